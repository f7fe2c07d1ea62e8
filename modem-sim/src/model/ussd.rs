//! USSD: strings that the network answers with text, and sessions with a menu.
//!
//! `*100#` opens a menu of three entries; other codes answer what the console has set, and supplementary service codes
//! are carried out by the network. Everything else is refused as the network refuses what it does not know.
//!
//! Reference: ril.h, `RIL_UNSOL_ON_USSD`; 3GPP TS 22.090, TS 27.007 `+CUSD`.

use std::collections::BTreeMap;

use ril_protocol::UnsolCode;
use ril_protocol::payload::Text;

use super::effects::Effects;
use super::service_codes;
use super::supplementary::Supplementary;

/// The first string of `ON_USSD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text to show; the session is over.
    Notify = 0,
    /// Text to show; the network waits for a reply.
    Request = 1,
    /// The network ended the session.
    Ended = 2,
    /// The network does not support this.
    NotSupported = 4,
}

/// What the network says next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How the session goes on.
    pub kind: Kind,
    /// What is shown.
    pub text: Option<String>,
}

impl Message {
    /// A message of this kind with this text.
    pub fn new(kind: Kind, text: &str) -> Self {
        Self { kind, text: Some(text.to_owned()) }
    }
}

/// The code that opens the menu.
const MENU_CODE: &str = "*100#";
const MENU: &str = "Balance and services\n1 Balance\n2 Own number\n0 Exit";

/// The network's end of USSD.
#[derive(Debug, Default)]
pub struct Ussd {
    answers: BTreeMap<String, String>,
    /// The network waits for a reply: to its menu, or to a text of the console's.
    session: Option<Session>,
    /// Counts sessions, so that an answer that comes after a cancel is void.
    epoch: u64,
    last: Option<String>,
    /// The network is so quick that its word is here before the modem has answered `SEND_USSD`.
    pub early: bool,
    /// The card's call control makes services of service codes.
    pub as_services: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Session {
    Menu,
    Console,
}

impl Ussd {
    /// What the network does with a string from the phone: the reply, or `None` while the console plays the network.
    pub(super) fn reply(&mut self, text: &str, msisdn: &str, services: &mut Supplementary) -> Option<Message> {
        self.last = Some(text.to_owned());
        match self.session {
            Some(Session::Console) => None,
            Some(Session::Menu) => Some(self.menu(text, msisdn)),
            None => Some(self.begin(text, services)),
        }
    }

    /// The reply to a string outside of any session: what the console has set comes first.
    fn begin(&mut self, text: &str, services: &mut Supplementary) -> Message {
        if let Some(answer) = self.answers.get(text) {
            return Message::new(Kind::Notify, answer);
        }
        if text == MENU_CODE {
            self.session = Some(Session::Menu);
            return Message::new(Kind::Request, MENU);
        }
        match service_codes::run(text, services) {
            Some(result) => Message::new(Kind::Notify, &result),
            None => Message { kind: Kind::NotSupported, text: None },
        }
    }

    fn menu(&mut self, choice: &str, msisdn: &str) -> Message {
        self.session = None;
        match choice {
            "1" => Message::new(Kind::Notify, "Your balance is 12.34"),
            "2" => Message::new(Kind::Notify, &format!("Your number is {msisdn}")),
            "0" => Message::new(Kind::Ended, "Goodbye"),
            _ => {
                self.session = Some(Session::Menu);
                Message::new(Kind::Request, MENU)
            }
        }
    }

    /// The number that an answer under way has to come with.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The phone ends the session; an answer under way is void.
    pub(super) fn cancel(&mut self) {
        self.epoch += 1;
        self.session = None;
    }

    /// The network speaks first, or goes on with a session, by the console's word.
    pub fn say(&mut self, message: &Message, to: &mut Effects) {
        self.session = (message.kind == Kind::Request).then_some(Session::Console);
        tell(message, to);
    }

    /// Sets what a code answers.
    pub fn set_answer(&mut self, code: &str, text: &str) {
        self.answers.insert(code.to_owned(), text.to_owned());
    }

    /// A session is open.
    pub fn in_session(&self) -> bool {
        self.session.is_some()
    }

    /// The last string that the phone sent.
    pub fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }
}

/// `ON_USSD`.
pub(super) fn tell(message: &Message, to: &mut Effects) {
    let kind = (message.kind as i32).to_string();
    let strings: Vec<Text> = vec![Some(kind), message.text.clone()];
    to.tell(UnsolCode::ON_USSD, &strings);
}
