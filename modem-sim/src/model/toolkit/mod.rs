//! The SIM toolkit: a small proactive card.
//!
//! The card says one command at a time and waits for its terminal response; when it has nothing more to say, the
//! session is over. Nothing is said before the host is ready, and the menu is said again after the card was powered
//! anew. Responses that answer nothing are refused and counted. The card refuses a choice from the menu while it waits.
//!
//! A command goes to the host as the card wrote it. A call is a command like the others, with `STK_CALL_SETUP` behind
//! it; the modem takes the user's word, answers the card and makes the call. Some vendors' modems announce a call by
//! `STK_EVENT_NOTIFY` instead, which stands here for what needs no word of the user.
//!
//! There are no timers, no channels, no event list; other envelopes than the menu's are taken and mean nothing.
//!
//! Reference: ETSI TS 102 223; ril.h, requests 67 to 71, 103, 107, unsolicited messages 1012 to 1015, 1044.

#[cfg(test)]
mod tests;
mod tlv;

use std::collections::VecDeque;

use ril_protocol::hex::{from_hex, to_hex};
use ril_protocol::payload::Text;
use ril_protocol::payload::sim::SimIoResponse;
use ril_protocol::{Errno, UnsolCode};

use self::tlv::{Device, MENU_SELECTION, Response, Writer, read_envelope};
use super::effects::Effects;
use super::numbers::{international, packed, type_of_address};
use super::{Pace, Timer};

/// Commands that the card may have in mind.
const MAX_WAITING: usize = 32;
/// Items of a menu or a list; what has more does not fit into a command.
const MAX_ITEMS: usize = 32;
/// Display text stays until the user has seen it (8.6, DISPLAY TEXT).
const USER_CLEARS: u8 = 0x80;
/// Input of any characters, not digits alone (8.6, GET INPUT).
const CHARACTERS: u8 = 0x01;
/// The longest input.
const INPUT: (u8, u8) = (1, 20);
/// Status words (TS 102 221, 10.2.1): done, the card is busy, the menu has no such item.
const DONE: (i32, i32) = (0x90, 0x00);
const BUSY: (i32, i32) = (0x93, 0x00);
const NO_SUCH_ITEM: (i32, i32) = (0x6a, 0x80);

/// A command of the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// SET UP MENU with what [`Toolkit::set_menu`] was given.
    Menu,
    /// DISPLAY TEXT
    Text(String),
    /// GET INPUT; what was typed is shown afterwards.
    Input(String),
    /// SELECT ITEM: title and items; what was chosen is shown afterwards.
    Select(String, Vec<String>),
    /// SET UP CALL: number, and the question to the user.
    Call(String, String),
}

impl Command {
    /// Type of command (9.4) and name.
    fn kind(&self) -> (u8, &'static str) {
        match self {
            Self::Call(..) => (0x10, "SET UP CALL"),
            Self::Text(_) => (0x21, "DISPLAY TEXT"),
            Self::Input(_) => (0x23, "GET INPUT"),
            Self::Select(..) => (0x24, "SELECT ITEM"),
            Self::Menu => (0x25, "SET UP MENU"),
        }
    }

    fn encode(&self, number: u8, menu: &Menu) -> Option<Vec<u8>> {
        let start = |qualifier, to| Writer::new(number, self.kind().0, qualifier, to);
        match self {
            Self::Menu => start(0, Device::Terminal).alpha(&menu.title).items(menu.names()),
            Self::Text(text) => start(USER_CLEARS, Device::Display).text(text),
            Self::Input(prompt) => start(CHARACTERS, Device::Terminal).text(prompt).response_length(INPUT.0, INPUT.1),
            Self::Select(title, items) => {
                start(0, Device::Terminal).alpha(title).items(items.iter().map(String::as_str))
            }
            Self::Call(number, question) => {
                let kind = u8::try_from(type_of_address(international(number))).unwrap_or_default();
                let start = start(0, Device::Network);
                let asked = if question.is_empty() { start } else { start.alpha(question) };
                asked.address(kind, &packed(number))
            }
        }
        .finish()
    }
}

/// A menu: each item leads to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// What stands above it.
    pub title: String,
    /// The items.
    pub items: Vec<(String, Command)>,
}

impl Menu {
    fn empty() -> Self {
        Self { title: String::new(), items: Vec::new() }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|(name, _)| name.as_str())
    }
}

/// One of each kind of command.
impl Default for Menu {
    fn default() -> Self {
        let news = ["Weather", "Sports"].map(str::to_owned).to_vec();
        let items = [
            ("Balance", Command::Text("Your balance is 12.34".to_owned())),
            ("News", Command::Select("News".to_owned(), news)),
            ("Your name", Command::Input("What is your name?".to_owned())),
            ("Call the desk", Command::Call("+15550100098".to_owned(), "Call the desk?".to_owned())),
        ];
        let items = items.into_iter().map(|(name, command)| (name.to_owned(), command)).collect();
        Self { title: "Simnet".to_owned(), items }
    }
}

/// What came from the phone, for the console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Terminal responses to the command that waited.
    pub responses: u32,
    /// Terminal responses, and words about a call, when none was due.
    pub unexpected: u32,
    /// The last terminal response, expected or not, as it came.
    pub last_response: Option<String>,
    /// Envelopes.
    pub envelopes: u32,
    /// The last envelope, as it came.
    pub last_envelope: Option<String>,
    /// What the user typed, chose or said of a call.
    pub last_answer: Option<String>,
}

/// The command that waits for its response.
#[derive(Debug)]
struct Sent {
    number: u8,
    command: Command,
}

/// The card's toolkit and the modem's part in it.
#[derive(Debug)]
pub struct Toolkit {
    pace: Pace,
    running: bool,
    menu: Option<Menu>,
    /// The host has been sent the menu since it became ready.
    menu_sent: bool,
    waiting: VecDeque<Command>,
    current: Option<Sent>,
    /// The end of the session is still to be told.
    in_session: bool,
    numbers: u8,
    /// `STK_SET_PROFILE`.
    pub(super) profile: String,
    /// What came from the phone.
    pub log: Log,
}

impl Toolkit {
    /// A card that has nothing to say.
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            running: false,
            menu: None,
            menu_sent: false,
            waiting: VecDeque::new(),
            current: None,
            in_session: false,
            numbers: 0,
            profile: String::new(),
            log: Log::default(),
        }
    }

    /// `REPORT_STK_SERVICE_IS_RUNNING`: the card may speak, once this is answered.
    pub(super) fn run(&mut self, to: &mut Effects) {
        self.running = true;
        self.soon(to);
    }

    /// The host has said that it is ready.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// The command that waits for its response, and how many others wait.
    pub fn pending(&self) -> (Option<(u8, &'static str)>, usize) {
        (self.current.as_ref().map(|sent| (sent.number, sent.command.kind().1)), self.waiting.len())
    }

    /// The card gets a menu and says so. `Err` for one that is too long to be said.
    pub fn set_menu(&mut self, menu: Menu) -> Result<(), String> {
        check(&Command::Menu, &menu)?;
        for (_, command) in &menu.items {
            check(command, &menu)?;
        }
        self.menu = Some(menu);
        self.menu_sent = false;
        Ok(())
    }

    /// The card gets something to say. `Err` for what is too long, or too much.
    pub fn offer(&mut self, command: Command) -> Result<(), String> {
        check(&command, &Menu::empty())?;
        if self.waiting.len() == MAX_WAITING {
            return Err("the card has enough to say already".to_owned());
        }
        self.waiting.push_back(command);
        Ok(())
    }

    fn soon(&self, to: &mut Effects) {
        to.after(self.pace.toolkit, Timer::ToolkitSpeaks);
    }

    /// The card says the next thing, or that it has said all.
    pub(super) fn speak(&mut self, present: bool, to: &mut Effects) {
        if !self.running || !present || self.current.is_some() {
            return;
        }
        let menu = self.menu.as_ref().filter(|_| !self.menu_sent);
        let Some(command) = menu.map(|_| Command::Menu).or_else(|| self.waiting.pop_front()) else {
            if std::mem::take(&mut self.in_session) {
                to.tell(UnsolCode::STK_SESSION_END, &());
            }
            return;
        };
        // Command numbers are 1 to 254 (8.6).
        self.numbers = self.numbers % 254 + 1;
        self.menu_sent |= command == Command::Menu;
        let octets = match &self.menu {
            Some(menu) => command.encode(self.numbers, menu),
            None => command.encode(self.numbers, &Menu::empty()),
        };
        // What does not fit was refused when it was offered.
        to.tell(UnsolCode::STK_PROACTIVE_COMMAND, &octets.map(|octets| to_hex(&octets)));
        if matches!(command, Command::Call(..)) {
            let patience = self.pace.toolkit_call;
            to.tell(UnsolCode::STK_CALL_SETUP, &vec![i32::try_from(patience.as_millis()).unwrap_or(i32::MAX)]);
            to.after(patience, Timer::ToolkitCallLapses(self.numbers));
        }
        self.in_session = true;
        self.current = Some(Sent { number: self.numbers, command });
    }

    /// `STK_SEND_TERMINAL_RESPONSE`.
    pub(super) fn respond(&mut self, hex: &str, to: &mut Effects) -> Result<(), Errno> {
        let response = from_hex(hex).and_then(|octets| Response::read(&octets)).ok_or(Errno::INVALID_ARGUMENTS)?;
        self.log.last_response = Some(hex.to_owned());
        let due = self
            .current
            .as_ref()
            .is_some_and(|sent| (sent.number, sent.command.kind().0) == (response.number, response.kind));
        let Some(sent) = self.current.take_if(|_| due) else {
            self.log.unexpected += 1;
            return Err(Errno::OPERATION_NOT_ALLOWED);
        };
        self.log.responses += 1;
        self.follow_up(&sent.command, &response);
        self.soon(to);
        Ok(())
    }

    /// What the user typed or chose is shown to the user.
    fn follow_up(&mut self, command: &Command, response: &Response) {
        let chosen = match command {
            _ if !response.performed() => None,
            Command::Input(_) => response.text.clone(),
            Command::Select(_, items) => {
                let at = response.item.and_then(|item| usize::from(item).checked_sub(1));
                at.and_then(|at| items.get(at)).cloned()
            }
            _ => None,
        };
        if let Some(chosen) = chosen {
            self.waiting.push_front(Command::Text(format!("Thank you: {chosen}")));
            self.log.last_answer = Some(chosen);
        }
    }

    /// `STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM`: the user wants the call or not; gives the number to call. The modem
    /// answers the card itself.
    pub(super) fn handle_call(&mut self, accepted: bool, to: &mut Effects) -> Result<Option<String>, Errno> {
        let Some(Sent { command: Command::Call(number, _), .. }) =
            self.current.take_if(|sent| matches!(sent.command, Command::Call(..)))
        else {
            self.log.unexpected += 1;
            return Err(Errno::OPERATION_NOT_ALLOWED);
        };
        self.log.last_answer = Some(if accepted { "call accepted" } else { "call refused" }.to_owned());
        self.soon(to);
        Ok(accepted.then_some(number))
    }

    /// The user was asked about the call with this number for long enough.
    pub(super) fn call_lapses(&mut self, number: u8, present: bool, to: &mut Effects) {
        let lapsed = |sent: &mut Sent| sent.number == number && matches!(sent.command, Command::Call(..));
        if self.current.take_if(lapsed).is_some() {
            self.log.last_answer = Some("call lapsed".to_owned());
            self.speak(present, to);
        }
    }

    /// An envelope; gives the status words.
    fn take_envelope(&mut self, hex: &str, to: &mut Effects) -> Result<(i32, i32), Errno> {
        let envelope = from_hex(hex).and_then(|octets| read_envelope(&octets));
        let (tag, item) = envelope.ok_or(Errno::INVALID_ARGUMENTS)?;
        self.log.envelopes += 1;
        self.log.last_envelope = Some(hex.to_owned());
        if tag != MENU_SELECTION {
            return Ok(DONE);
        }
        if self.current.is_some() || !self.waiting.is_empty() {
            return Ok(BUSY);
        }
        let at = item.and_then(|item| usize::from(item).checked_sub(1));
        let chosen = at.and_then(|at| self.menu.as_ref()?.items.get(at));
        let Some((_, command)) = chosen else { return Ok(NO_SUCH_ITEM) };
        self.waiting.push_back(command.clone());
        self.soon(to);
        Ok(DONE)
    }

    /// `STK_SEND_ENVELOPE_COMMAND`: the card never has data to give back.
    pub(super) fn envelope(&mut self, hex: &str, to: &mut Effects) -> Result<Text, Errno> {
        match self.take_envelope(hex, to)? {
            DONE => Ok(None),
            BUSY => Err(Errno::SIM_BUSY),
            _ => Err(Errno::SIM_ERR),
        }
    }

    /// `STK_SEND_ENVELOPE_WITH_STATUS`.
    pub(super) fn envelope_with_status(&mut self, hex: &str, to: &mut Effects) -> Result<SimIoResponse, Errno> {
        let (sw1, sw2) = self.take_envelope(hex, to)?;
        Ok(SimIoResponse { sw1, sw2, response: None })
    }

    /// The card ends the session, whatever it had in mind.
    pub fn end(&mut self, to: &mut Effects) -> bool {
        self.current = None;
        self.waiting.clear();
        let told = std::mem::take(&mut self.in_session);
        if told {
            to.tell(UnsolCode::STK_SESSION_END, &());
        }
        told
    }

    /// The modem carries out a command that needs no answer: SEND SHORT MESSAGE with this text for the user.
    pub fn notify(&mut self, text: &str, to: &mut Effects) -> Result<(), String> {
        const SEND_SHORT_MESSAGE: u8 = 0x13;
        let command = Writer::new(1, SEND_SHORT_MESSAGE, 0, Device::Network).alpha(text).finish();
        to.tell(UnsolCode::STK_EVENT_NOTIFY, &Some(to_hex(&command.ok_or(TOO_LONG)?)));
        Ok(())
    }

    /// Call control by the card has changed what the user wanted, and this is what the user is told.
    pub fn tell_of_change(text: &str, to: &mut Effects) {
        to.tell(UnsolCode::STK_CC_ALPHA_NOTIFY, &Some(text.to_owned()));
    }

    /// The card was pulled out: the session is over, and the menu is said again to whoever is ready.
    pub(super) fn lose_card(&mut self, to: &mut Effects) {
        self.end(to);
        self.menu_sent = false;
    }

    /// The modem restarts: the host has to say again that it is ready. Nobody is told of the session's end.
    pub(super) fn forget(&mut self) {
        self.running = false;
        self.menu_sent = false;
        self.current = None;
        self.waiting.clear();
        self.in_session = false;
        self.profile.clear();
    }
}

const TOO_LONG: &str = "too long for a command of the card";

fn check(command: &Command, menu: &Menu) -> Result<(), String> {
    let items = match command {
        Command::Menu => menu.items.len(),
        Command::Select(_, items) => items.len(),
        _ => 1,
    };
    if !(1..=MAX_ITEMS).contains(&items) {
        return Err(format!("a list has 1 to {MAX_ITEMS} items"));
    }
    command.encode(1, menu).map(drop).ok_or_else(|| TOO_LONG.to_owned())
}
