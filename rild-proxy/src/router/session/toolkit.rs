//! The SIM toolkit: one phone speaks for the terminal, and each proactive command gets one terminal response.
//!
//! That phone is the first privileged one whose client has said that its toolkit is running or, while none has, the
//! first that has a client. The others are not asked anything; what other privileged phones say to the SIM is confirmed
//! and goes nowhere, and unprivileged ones are refused. A command whose phone leaves before it responds is given to the
//! next client; if none comes, the SIM is told that the terminal cannot do it now, for it waits. What a card has said
//! is over when the card is gone or was reset.
//!
//! Reference: ETSI TS 102 223; ril.h, `RIL_UNSOL_STK_PROACTIVE_COMMAND` and its neighbours.

use std::time::Duration;

use ril_protocol::frame::Request;
use ril_protocol::payload::Text;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};

use super::terminal_response;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask};
use crate::router::{Actions, Now, PhoneId, Router, denial};

/// Type of the command SET UP MENU (ETSI TS 102 223, 9.4).
const SET_UP_MENU: u8 = 0x25;
/// How long a command waits for a client that can take it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the router knows of the toolkit.
#[derive(Debug, Default)]
pub(in crate::router) struct Toolkit {
    /// The clients, by phone, whose toolkit is running.
    running: Vec<Option<u32>>,
    /// The modem knows that a toolkit is running.
    started: bool,
    /// How often the card has begun anew, and how often when the modem was told of a toolkit last: what it answers that
    /// was told before says nothing of now.
    begins: u32,
    told: u32,
    /// The last SET UP MENU, for a client that comes later.
    menu: Option<Vec<u8>>,
    /// The command that has no response yet.
    open: Option<Command>,
}

#[derive(Debug)]
struct Command {
    code: UnsolCode,
    payload: Vec<u8>,
    /// The client that it was given to.
    given_to: Option<(PhoneId, u32)>,
    /// When the SIM is told that nobody is there; only while it is given to nobody.
    until: Option<Now>,
}

impl Command {
    /// Whether a request of the client that it was given to answers this command, and not one before that the card has
    /// given up: the phone may have been asked twice by then. What cannot be read is taken for an answer.
    fn is_answered_by(&self, request: &Request<'_>, version: RilVersion) -> bool {
        if request.code != RequestCode::STK_SEND_TERMINAL_RESPONSE || self.code != UnsolCode::STK_PROACTIVE_COMMAND {
            return true;
        }
        let asked = command_of(&self.payload, version).and_then(|command| terminal_response::details(&command));
        let answered = command_of(request.payload, version).and_then(|it| terminal_response::answered(&it));
        let name = |[number, kind, _]: [u8; 3]| [number, kind];
        asked.zip(answered).is_none_or(|(asked, answered)| name(asked) == name(answered))
    }
}

impl Toolkit {
    pub(in crate::router) fn new(phones: usize) -> Self {
        Self { running: vec![None; phones], ..Self::default() }
    }

    /// The modem is told that a toolkit is running.
    fn start(&mut self) {
        (self.started, self.told) = (true, self.begins);
    }

    /// The card is gone, or begins anew: what it has said is over. So it is when the modem starts anew. Libraries keep
    /// back what it says until they hear again that a toolkit is running.
    pub(in crate::router) fn card_gone(&mut self) {
        self.started = false;
        self.begins = self.begins.wrapping_add(1);
        self.menu = None;
        self.open = None;
    }

    /// When a command has waited long enough.
    pub(in crate::router) fn deadline(&self) -> Option<Now> {
        self.open.as_ref()?.until
    }
}

impl Router {
    /// A request to the SIM's toolkit, or about it.
    pub(super) fn toolkit_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.phones.is_privileged(id) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        let speaks = self.toolkit_owner().is_some_and(|(owner, _)| owner == id);
        match request.code {
            RequestCode::STK_SEND_TERMINAL_RESPONSE | RequestCode::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM => {
                let client = self.phones.get(id).map(|phone| (id, phone.client));
                let version = self.version();
                let asked =
                    self.toolkit.open.take_if(|open| open.given_to == client && open.is_answered_by(request, version));
                if asked.is_some() {
                    self.forward(now, id, request, out);
                } else {
                    out.reply(id, request.serial, Errno::SUCCESS, &[]);
                }
            }
            _ if speaks => self.forward(now, id, request, out),
            RequestCode::STK_SEND_ENVELOPE_COMMAND => {
                out.reply(id, request.serial, Errno::SUCCESS, &parcel::encode(&Some(String::new()), self.version()));
            }
            _ => self.deny(id, request, denial::not_allowed(self.version()), out),
        }
    }

    /// REPORT_STK_SERVICE_IS_RUNNING: the modem is told once; a later client is shown the menu that it missed.
    pub(in crate::router) fn toolkit_is_running(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let client = self.phones.get(id).filter(|phone| phone.privileged).map(|phone| phone.client);
        let (Some(client), Some(running)) = (client, self.toolkit.running.get_mut(id.0)) else {
            return out.reply(id, request.serial, Errno::SUCCESS, &[]);
        };
        *running = Some(client);
        if !self.toolkit.started {
            self.toolkit.start();
            return self.forward(now, id, request, out);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
        if self.toolkit_owner() == Some((id, client)) {
            if let Some(menu) = &self.toolkit.menu {
                self.tell(id, UnsolCode::STK_PROACTIVE_COMMAND, menu, out);
            }
            self.give_command(now, out);
        }
    }

    /// A modem that started anew is told of a toolkit that still runs: its client may say so once only.
    pub(in crate::router) fn tell_toolkit(&mut self, now: Now, out: &mut Actions) {
        let order = Order::plain(RequestCode::REPORT_STK_SERVICE_IS_RUNNING);
        let runs = self.toolkit.running.iter().any(Option::is_some);
        if runs && !self.toolkit.started && self.ask(now, Ask::Order, &order, out) {
            self.toolkit.start();
        }
    }

    /// The modem answered REPORT_STK_SERVICE_IS_RUNNING.
    pub(in crate::router) fn toolkit_started(&mut self, answer: Answer<'_>) {
        self.toolkit.started = answer.is_ok() && self.toolkit.told == self.toolkit.begins;
    }

    /// What the SIM says.
    pub(super) fn toolkit_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        match code {
            UnsolCode::STK_PROACTIVE_COMMAND => {
                if is_menu(payload, self.version()) {
                    self.toolkit.menu = Some(payload.to_vec());
                }
            }
            UnsolCode::STK_CALL_SETUP => {}
            _ => {
                if code == UnsolCode::STK_SESSION_END {
                    self.toolkit.open = None;
                }
                if let Some((owner, _)) = self.toolkit_owner() {
                    self.tell(owner, code, payload, out);
                }
                return;
            }
        }
        // A SIM that asks anew has given up what it asked before.
        self.toolkit.open = Some(Command { code, payload: payload.to_vec(), given_to: None, until: None });
        self.give_command(now, out);
    }

    /// The client of this phone is gone, or is another one now.
    pub(in crate::router) fn toolkit_client_gone(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if let Some(running) = self.toolkit.running.get_mut(id.0) {
            *running = None;
        }
        self.give_command(now, out);
    }

    /// Nobody came for the open command in time.
    pub(in crate::router) fn toolkit_tick(&mut self, now: Now, out: &mut Actions) {
        let overdue = |open: &mut Command| open.until.is_some_and(|until| until <= now);
        let Some(Command { code, payload, .. }) = self.toolkit.open.take_if(overdue) else { return };
        let version = self.version();
        let order = match code {
            UnsolCode::STK_CALL_SETUP => Some(Order::about(RequestCode::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM, 0)),
            _ => command_of(&payload, version).and_then(|command| terminal_response::unable_to_process(&command)).map(
                |response| Order {
                    code: RequestCode::STK_SEND_TERMINAL_RESPONSE,
                    payload: parcel::encode(&Some(response), version),
                },
            ),
        };
        if let Some(order) = order {
            self.ask(now, Ask::Order, &order, out);
        }
    }

    /// Gives the open command to the client that speaks for the terminal, once; or lets it wait for one.
    fn give_command(&mut self, now: Now, out: &mut Actions) {
        let owner = self.toolkit_owner();
        let Some(open) = &mut self.toolkit.open else { return };
        match owner {
            Some(owner) if open.given_to != Some(owner) => {
                open.given_to = Some(owner);
                open.until = None;
                out.unsolicited(owner.0, open.code, &open.payload);
            }
            Some(_) => {}
            None => {
                open.given_to = None;
                open.until = open.until.or(Some(now + PATIENCE));
            }
        }
    }

    /// The client that speaks for the terminal: that of the first privileged phone whose toolkit runs, or, before any
    /// does, of the first privileged phone that is there.
    pub(in crate::router) fn toolkit_owner(&self) -> Option<(PhoneId, u32)> {
        let running = |phone: PhoneId, client| self.toolkit.running.get(phone.0) == Some(&Some(client));
        let there = || self.phones.iter().filter(|(_, phone)| phone.up && phone.privileged);
        let owner = there().find(|(id, phone)| running(*id, phone.client)).or_else(|| there().next());
        owner.map(|(id, phone)| (id, phone.client))
    }
}

fn command_of(payload: &[u8], version: RilVersion) -> Option<String> {
    parcel::decode::<Text>(payload, version).ok()?
}

fn is_menu(payload: &[u8], version: RilVersion) -> bool {
    let details = command_of(payload, version).and_then(|command| terminal_response::details(&command));
    details.is_some_and(|[_, kind, _]| kind == SET_UP_MENU)
}
