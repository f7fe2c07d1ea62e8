//! The router: one modem among several phones, as a pure state machine.
//!
//! [`Router::handle`] takes an event and appends what is to be done to [`Actions`]. It opens no socket, reads no clock,
//! starts no thread and is never random: the same events give the same actions. Every rule about who may see or do what
//! is in this module and its children, and nowhere else. What no rule speaks of passes byte for byte.
//!
//! The driving contract: one event at a time; all of its actions are carried out, in order, before the next event; and
//! [`Event::Tick`] comes when the [`deadline`](Router::deadline) has. The operator's word who is in the foreground is
//! no event, as it has an answer: [`Router::set_foreground`], for which the same holds.
//!
//! What concerns every message is here and in
//!
//! * `requests`, `unsolicited`: which part of the router a message goes to, in either direction;
//! * `asking`: in whose name a request goes to the modem, and what makes room for it;
//! * `common`: which requests act on what phones share, and so keep one order;
//! * `pending`: serials, and one answer for each request;
//! * `phones`: what is known of each phone, and its share of everything;
//! * `journal`: what must last;
//! * `event`, `order`, `denial`: what goes in and out, the router's own requests, its refusals;
//! * `dialect`: what a vendor calls differently from ril.h;
//! * `privileged`: what changes the modem for all;
//! * `identity`, `tags`: what a phone is told of itself, and whom a caller means.
//!
//! What concerns one kind of message is in a module of its own: `calls`, `sms`, `data`, `sim`, `session` (USSD, the SIM
//! toolkit), `settings` (of which the modem has one and every phone wants its own) and `answers` (the same for every
//! phone that asks). `service` takes what the number service says, and tells it which phones can be reached.

mod answers;
mod asking;
mod calls;
mod common;
mod data;
mod denial;
mod dialect;
mod event;
mod identity;
mod journal;
mod order;
mod pending;
mod phones;
mod privileged;
mod requests;
mod service;
mod session;
mod settings;
mod sim;
mod sms;
mod tags;
mod texts;
mod unsolicited;

#[cfg(test)]
mod tests;

use caller_tag::key::Key;
use ril_protocol::dialect::Dialect;
use ril_protocol::frame::{Message, Request};
use ril_protocol::payload::call::Call;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};

#[cfg(test)]
pub(crate) use common::MOST_IN_COMMON;
pub use data::DataCallView;
pub use event::{Action, Actions, Change, Event, Flow, Note, Now, PhoneId, Record};
pub use journal::Kind;
pub use sms::{SmsState, SmsView};

use crate::config::Config;
use answers::Answers;
use calls::Voice;
use data::DataCalls;
use journal::Journal;
use pending::{Answer, PendingTable, Taken};
use phones::Phones;
use service::Service;
use session::{Toolkit, UssdSession};
use settings::Settings;
use sim::{Channels, Pins};
use sms::Messages;
use tags::TagReader;

/// The serial of a request that has no answer; no other request has it.
const NO_SERIAL: i32 = -1;

/// The router's whole state.
#[derive(Debug)]
pub struct Router {
    phones: Phones,
    tags: TagReader,
    /// The RIL version that the modem side reports; `None` while it is down.
    modem: Option<RilVersion>,
    radio: RadioState,
    pending: PendingTable,
    journal: Journal,
    voice: Voice,
    messages: Messages,
    data: DataCalls,
    ussd: UssdSession,
    toolkit: Toolkit,
    settings: Settings,
    answers: Answers,
    channels: Channels,
    pins: Pins,
    service: Service,
    dialect: Dialect,
    /// The greatest request of ril.h that the modem side may be asked.
    last_request: Option<u16>,
    /// Those before that which it may not be asked either.
    unknown_requests: Vec<u16>,
    /// It is a library, and we are its host.
    is_library: bool,
}

/// Why another phone cannot have the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwitchRefused {
    /// There is no such phone.
    #[error("there is no such phone")]
    NoSuchPhone,
    /// The foreground phone is in a call, and the configuration says `on_switch = "deny"`.
    #[error("the foreground phone is in a call, and on_switch is \"deny\"")]
    InCall,
}

/// A phone, as shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneView {
    /// Its name.
    pub name: String,
    /// A client is connected.
    pub connected: bool,
    /// It has the screen.
    pub foreground: bool,
    /// It may change what all share.
    pub privileged: bool,
    /// State of the radio as it sees it.
    pub radio: RadioState,
    /// Its requests at the modem.
    pub unanswered: u32,
}

/// A call, as shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// Its owner.
    pub phone: PhoneId,
    /// The modem's index.
    pub modem_index: i32,
    /// The call as its owner sees it.
    pub call: Call,
    /// It is being ended, and its owner does not see it.
    pub hidden: bool,
    /// The number that the modem calls in place of the far end's, by way of the number service.
    pub access: Option<String>,
}

impl Router {
    /// A router for the phones and rules of this configuration. The first phone has the screen.
    pub fn new(config: &Config) -> Self {
        let phones = Phones::new(config);
        Self {
            tags: TagReader::new(config),
            modem: None,
            radio: RadioState::UNAVAILABLE,
            pending: PendingTable::default(),
            journal: Journal::default(),
            voice: Voice::new(config),
            messages: Messages::new(config, &phones),
            data: DataCalls::new(config, &phones),
            ussd: UssdSession::default(),
            toolkit: Toolkit::new(config.phone.len()),
            settings: Settings::new(config.phone.len()),
            answers: Answers::default(),
            channels: Channels::default(),
            pins: Pins::default(),
            service: Service::default(),
            dialect: Dialect::default(),
            last_request: config.modem.last_request,
            is_library: config.modem.source().is_library(),
            unknown_requests: config.modem.unknown_requests.clone(),
            phones,
        }
    }

    /// The key that the number service has for this SIM. Comes before any event.
    pub fn set_sim_key(&mut self, key: Key) {
        self.tags.set_key(key);
    }

    /// What the modem side calls differently from ril.h, and phones whose configuration does not say otherwise. Comes
    /// before any event.
    pub fn set_dialect(&mut self, dialect: Dialect) {
        self.voice.set_emergency_request(dialect.emergency_dial());
        self.dialect = dialect;
    }

    /// Takes one event and appends what is to be done.
    pub fn handle(&mut self, now: Now, event: Event<'_>, out: &mut Actions) {
        match event {
            Event::FromPhone(phone, body) => self.phone_says(now, phone, body, out),
            Event::FromModem(body) => self.modem_says(now, body, out),
            Event::PhoneUp(phone) => self.phone_up(now, phone, out),
            Event::PhoneDown(phone) => self.phone_down(now, phone, out),
            Event::ModemDown => self.modem_down(now, out),
            Event::Tick => self.tick(now, out),
            // What follows from records does when there are all of them.
            Event::Recall(record) => return self.recall(record),
            Event::Stored(changes) => self.stored(changes),
            Event::StoreFailing(failing) => self.store_failing(failing),
            Event::ServiceUp => self.service_up(now, out),
            Event::ServiceDown => self.service_down(now, out),
            Event::EmergencyElsewhere => self.emergency_elsewhere(now, out),
            Event::InUseElsewhere => self.settings.in_use_elsewhere = true,
            Event::FromService(message) => self.service_says(now, message, out),
            Event::WallClock(seconds) => {
                self.tags.set_time(seconds);
                self.messages.stir();
            }
        }
        self.attend_to_sms(now, out);
        self.attend_to_service(now, out);
    }

    /// When the next [`Event::Tick`] is due; it may turn out that nothing was.
    pub fn deadline(&self) -> Option<Now> {
        let own = [self.pending.earliest(), self.messages.deadline(), self.data.deadline()];
        let others =
            [self.toolkit.deadline(), self.voice.deadline(), self.service.deadline(), self.settings.deadline()];
        own.into_iter().chain(others).flatten().min()
    }

    /// The phone that has the screen.
    pub fn foreground(&self) -> PhoneId {
        self.phones.foreground()
    }

    /// The phones, in the order of the configuration.
    pub fn phones(&self) -> impl Iterator<Item = PhoneView> {
        self.phones.iter().map(|(id, phone)| PhoneView {
            name: phone.name.clone(),
            connected: phone.up,
            foreground: id == self.phones.foreground(),
            privileged: phone.privileged,
            radio: self.radio_seen_by(id),
            unanswered: phone.unanswered,
        })
    }

    /// The calls that exist and whose they are.
    pub fn calls(&self) -> impl Iterator<Item = CallView> {
        let views = self.voice.calls.iter().map(|owned| {
            let mut view = CallView {
                phone: owned.owner,
                modem_index: owned.call.index,
                call: self.voice.calls.as_seen(owned),
                hidden: owned.hidden,
                access: owned.by_service.as_ref().and(owned.call.number.clone()),
            };
            // Nobody knows whom one was to reach that only the modem knows of.
            let called =
                if owned.call.is_mt || owned.by_service.is_some() { None } else { owned.call.number.as_deref() };
            if let Some(phone) = called.and_then(|number| self.phones.with_access(number)) {
                view.phone = phone;
                view.access = view.call.number.take();
            }
            view
        });
        views.collect::<Vec<_>>().into_iter()
    }

    /// The calls that came for phones that were not there, and that these have not been shown yet; without an index.
    pub fn missed_calls(&self) -> impl Iterator<Item = (PhoneId, Call)> {
        self.voice.missed()
    }

    /// The data calls that phones opened.
    pub fn data_calls(&self) -> impl Iterator<Item = DataCallView> {
        self.data.views()
    }

    /// State of the radio at the modem.
    pub fn radio(&self) -> RadioState {
        self.radio
    }

    /// The phone of this name.
    pub fn phone_named(&self, name: &str) -> Option<PhoneId> {
        self.phones.named(name)
    }

    /// Whether a phone says in this that the modem may go off, which hangs on [`Event::InUseElsewhere`].
    pub fn is_shutdown(&self, phone: PhoneId, body: &[u8]) -> bool {
        Request::parse(body).is_some_and(|request| self.named(phone, request.code) == RequestCode::SHUTDOWN)
    }

    /// Whether a phone other than this is there or in a call.
    pub fn is_in_use_by_another(&self, phone: PhoneId) -> bool {
        self.phones.up().into_iter().any(|other| other != phone) || self.voice.is_in_use_by_another(phone)
    }

    /// The RIL version that the modem side reports; `None` while it is down.
    pub fn modem_version(&self) -> Option<RilVersion> {
        self.modem
    }

    /// The RIL version whose layouts apply.
    fn version(&self) -> RilVersion {
        self.modem.unwrap_or_default()
    }

    fn phone_says(&mut self, now: Now, phone: PhoneId, body: &[u8], out: &mut Actions) {
        match Request::parse(body) {
            Some(request) => {
                let code = self.named(phone, request.code);
                self.on_request(now, phone, &Request { code, ..request }, out);
            }
            None => out.note(Note::Malformed { from: Some(phone), len: body.len() }),
        }
        self.settings.in_use_elsewhere = false;
    }

    fn modem_says(&mut self, now: Now, body: &[u8], out: &mut Actions) {
        match Message::parse(body) {
            Some(Message::Reply(reply)) => {
                self.acknowledge_if(reply.wants_ack, out);
                match self.pending.take(reply.serial) {
                    Some(Taken::InTime(pending)) => self.conclude(now, pending, Answer::of(&reply), out),
                    Some(Taken::Late(pending)) => {
                        out.note(Note::UnknownReply { serial: reply.serial });
                        self.too_late(now, pending, Answer::of(&reply), out);
                    }
                    None => out.note(Note::UnknownReply { serial: reply.serial }),
                }
            }
            Some(Message::Unsolicited(message)) => {
                self.acknowledge_if(message.wants_ack, out);
                let code = self.dialect.unsolicited_named(message.code);
                self.on_unsolicited(now, code, message.payload, out);
            }
            // "The answer takes a while" concerns wake locks; the asker waits anyway.
            Some(Message::Ack { .. }) => {}
            None => out.note(Note::Malformed { from: None, len: body.len() }),
        }
    }

    /// A rild of version 13 holds a wake lock for some of its messages until they are acknowledged.
    fn acknowledge_if(&self, wanted: bool, out: &mut Actions) {
        if wanted {
            out.request(Flow::Router, RequestCode::RESPONSE_ACKNOWLEDGEMENT, NO_SERIAL, &[]);
        }
    }

    fn phone_up(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        let Some(phone) = self.phones.get_mut(id) else { return };
        phone.up = true;
        phone.client = phone.client.wrapping_add(1);
        phone.shown_radio = None;
        self.settings.left.remove(&id);
        self.service.stir();
        self.forget_wishes(now, id, out);
        self.calls_phone_up(now, id, out);
        self.data_phone_up(id);
        self.greet(id, out);
        self.toolkit_client_gone(now, id, out);
        self.sms_client_changed(now, id);
    }

    fn phone_down(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        if let Some(phone) = self.phones.get_mut(id) {
            phone.up = false;
        }
        self.service.stir();
        // Nobody waits for an answer any more. What is at the modem still counts: or else a client that comes and goes
        // could have any number of requests there.
        let gone =
            self.calls_phone_down(now, id, out) + self.answers.drop_waiters(id) + self.texts_client_gone(now, id);
        let gone = gone + self.ussd.leave(id);
        self.uncharge(id, gone);
        self.sms_client_changed(now, id);
        self.data_phone_down(now, id, out);
        self.leave_channels(now, id, out);
        self.radio_is_left(now, id);
        self.forget_wishes(now, id, out);
        self.toolkit_client_gone(now, id, out);
    }

    /// What a rild says to a client at once.
    fn greet(&mut self, phone: PhoneId, out: &mut Actions) {
        let Some(version) = self.modem else { return };
        out.unsolicited(phone, UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![version.0], version));
        self.show_radio(phone, out);
        self.tell_time(phone, out);
        self.announce_missed(phone, out);
    }

    /// The modem side came up, or came up again: a new epoch. The state of its radio follows.
    fn modem_up(&mut self, now: Now, version: RilVersion, out: &mut Actions) {
        if self.modem.is_some() {
            self.withdraw_all(out);
            self.modem_down(now, out);
        }
        self.modem = Some(version);
        self.radio_may_be_left(now);
        for phone in self.phones.up() {
            self.greet(phone, out);
        }
        self.calls_modem_up(now, out);
        self.data_modem_up(now, out);
        self.session_modem_up(now, out);
    }

    /// Everything that the modem side knew is gone; every phone hears it and no question stays open.
    fn modem_down(&mut self, now: Now, out: &mut Actions) {
        if self.modem.take().is_none() {
            return; // Nobody has been told of a modem that could be gone now.
        }
        let in_call = self.forget_modem(now, out);
        self.learn_radio(RadioState::UNAVAILABLE, out);
        for phone in self.phones.up() {
            self.show_radio(phone, out);
            if in_call.contains(&phone) {
                out.unsolicited(phone, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
            }
        }
    }

    /// The modem started anew under a modem side that goes on, which tells the state of the radio itself.
    fn modem_restarted(&mut self, now: Now, payload: &[u8], out: &mut Actions) {
        self.withdraw_all(out);
        let version = self.modem.take();
        let in_call = self.forget_modem(now, out);
        self.modem = version;
        for phone in self.phones.up() {
            out.unsolicited(phone, UnsolCode::MODEM_RESTART, payload);
            if in_call.contains(&phone) {
                out.unsolicited(phone, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
            }
        }
        self.calls_modem_up(now, out);
        self.data_modem_up(now, out);
        self.session_modem_up(now, out);
    }

    /// A modem side that goes on may have requests that wait still; who asked is told that they failed, so they must
    /// not be carried out any more.
    fn withdraw_all(&self, out: &mut Actions) {
        out.give_up_all(&self.pending.serials());
    }

    /// What was asked of the modem will not be answered, and what it had is gone. The phones that had calls.
    fn forget_modem(&mut self, now: Now, out: &mut Actions) -> Vec<PhoneId> {
        for pending in self.pending.take_all() {
            self.conclude(now, pending, Answer::failed(Errno::RADIO_NOT_AVAILABLE), out);
        }
        let in_call = self.calls_modem_down(now, out);
        self.sms_modem_down(now, out);
        self.data_modem_down(now, out);
        self.ussd.forget();
        self.toolkit.card_gone();
        self.settings.modem_down();
        self.answers.forget_kept();
        self.forget_channels(out);
        in_call
    }

    fn tick(&mut self, now: Now, out: &mut Actions) {
        let expired = self.pending.take_expired(now);
        for pending in &expired.requests {
            out.note(Note::TimedOut { code: pending.code });
            self.expect_late_effects(now, pending, out);
        }
        self.give_up(now, expired, out);
        self.messages.stir();
        self.data_tick(now, out);
        self.radio_tick(now, out);
        self.toolkit_tick(now, out);
        self.calls_tick(now, out);
    }
}
