//! The router: one modem among several phones, as a pure state machine.
//!
//! [`Router::handle`] takes an event and appends what is to be done to [`Actions`]. It opens no socket, reads no clock,
//! starts no thread and is never random: the same events give the same actions. Every rule about who may see or do what
//! is in this module and its children, and nowhere else. What no rule speaks of passes byte for byte.
//!
//! The driving contract: one event at a time; all of its actions are carried out, in order, before the next event; and
//! [`Event::Tick`] comes when the [`deadline`](Router::deadline) has.
//!
//! * `pending`: serials, and one answer for each request.
//! * `calls`, `call_rules`: whose call is whose, and what a phone may do to it.
//! * `sms`, `data`, `session`: owners of messages, data calls and the USSD session.
//! * `ss_codes`: settings in the shape of dialled strings.
//! * `switches`: settings that all phones share.
//! * `looking`: the list of calls, for the router and for the phones that ask.
//! * `requests`, `unsolicited`: the two directions, put together from the above.

mod call_rules;
mod calls;
mod data;
mod denial;
mod emergency;
mod event;
mod looking;
mod pending;
mod phones;
mod requests;
mod session;
mod sms;
mod ss_codes;
mod switches;
mod tags;
mod unsolicited;

#[cfg(test)]
mod tests;

use std::time::Duration;

use ril_protocol::frame::{Message, Request};
use ril_protocol::payload::call::{Call, CallState};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};

pub use event::{Action, Actions, Event, Note, Now, PhoneId};

use crate::config::{Config, Incoming, OnSwitch};
use call_rules::Order;
use calls::Calls;
use data::DataCalls;
use looking::{CallQuery, DialState, Dialled, Waiter};
use pending::{Ask, Asker, KEPT_BACK, Pending, PendingTable};
use phones::Phones;
use session::UssdSession;
use sms::Messages;
use switches::Switch;
use tags::TagReader;

/// How long an order of the router's own may take; only bookkeeping hangs on it.
const ORDER_TIMEOUT: Duration = Duration::from_secs(60);

/// The serial of a request that has no answer; no other request has it.
const NO_SERIAL: i32 = -1;

/// The router's whole state.
#[derive(Debug)]
pub struct Router {
    phones: Phones,
    tags: TagReader,
    on_switch: OnSwitch,
    incoming: Incoming,
    /// The RIL version that the modem side reports; `None` while it is down.
    modem: Option<RilVersion>,
    radio: RadioState,
    pending: PendingTable,
    /// How many of them are the router's own.
    own_unanswered: usize,
    calls: Calls,
    looking: CallQuery,
    /// Calls that were dialled and are not in the modem's list yet.
    dialled: Vec<Dialled>,
    /// Whose call ended last: the modem's fail cause is that call's.
    ended_last: Option<PhoneId>,
    /// Who called an emergency number last, and is called back.
    emergency_caller: Option<PhoneId>,
    /// A CALL_RING that is held until the ringing call has an owner.
    ring: Option<Vec<u8>>,
    messages: Messages,
    data: DataCalls,
    ussd: UssdSession,
    power: Switch,
    screen: Switch,
    supp_svc: Switch,
    location: Switch,
    /// Whether there is room for short messages.
    memory: Switch,
    /// The last network time, for clients that come later.
    nitz: Option<Vec<u8>>,
    /// The last signal strength, for phones whose screen was off.
    signal: Option<Vec<u8>>,
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
}

impl Router {
    /// A router for the phones and rules of this configuration. The first phone has the screen.
    pub fn new(config: &Config) -> Self {
        let phones = Phones::new(&config.phone);
        let switch = || Switch::new(config.phone.len());
        Self {
            tags: TagReader::new(&config.phone),
            on_switch: config.calls.on_switch,
            incoming: config.calls.incoming,
            modem: None,
            radio: RadioState::UNAVAILABLE,
            pending: PendingTable::default(),
            own_unanswered: 0,
            calls: Calls::default(),
            looking: CallQuery::default(),
            dialled: Vec::new(),
            ended_last: None,
            emergency_caller: None,
            ring: None,
            messages: Messages::default(),
            data: DataCalls::default(),
            ussd: UssdSession::default(),
            power: switch(),
            screen: switch(),
            supp_svc: switch(),
            location: switch(),
            memory: switch(),
            nitz: None,
            signal: None,
            phones,
        }
    }

    /// Takes one event and appends what is to be done.
    pub fn handle(&mut self, now: Now, event: Event<'_>, out: &mut Actions) {
        match event {
            Event::FromPhone(phone, body) => self.phone_says(now, phone, body, out),
            Event::FromModem(body) => self.modem_says(now, body, out),
            Event::PhoneUp(phone) => self.phone_up(phone, out),
            Event::PhoneDown(phone) => self.phone_down(phone),
            Event::ModemDown => self.modem_down(out),
            Event::Tick => self.tick(now, out),
        }
    }

    /// When the next [`Event::Tick`] is due; it may turn out that nothing was.
    pub fn deadline(&self) -> Option<Now> {
        [self.pending.earliest(), self.messages.deadline()].into_iter().flatten().min()
    }

    /// Gives the screen to another phone.
    pub fn set_foreground(&mut self, now: Now, phone: PhoneId, out: &mut Actions) -> Result<(), SwitchRefused> {
        let before = self.phones.foreground();
        if self.phones.get(phone).is_none() {
            return Err(SwitchRefused::NoSuchPhone);
        }
        if phone == before {
            return Ok(());
        }
        match self.on_switch {
            OnSwitch::Deny if self.calls.owned_by(before).next().is_some() => return Err(SwitchRefused::InCall),
            OnSwitch::Drop => {
                let orders: Vec<Order> = self.calls.owned_by(before).map(Order::hang_up).collect();
                for order in &orders {
                    self.ask(now, Ask::Order, order, out);
                }
            }
            OnSwitch::Keep | OnSwitch::Deny => {}
        }
        self.bring_forward(now, phone, out);
        Ok(())
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
        let seen = |call| self.calls.as_seen(call);
        let views = self.calls.iter().map(|c| CallView { phone: c.owner, modem_index: c.call.index, call: seen(c) });
        views.collect::<Vec<_>>().into_iter()
    }

    /// State of the radio at the modem.
    pub fn radio(&self) -> RadioState {
        self.radio
    }

    /// The phone of this name.
    pub fn phone_named(&self, name: &str) -> Option<PhoneId> {
        self.phones.iter().find(|(_, phone)| phone.name == name).map(|(id, _)| id)
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
            Some(request) => self.on_request(now, phone, &request, out),
            None => out.note(Note::Malformed { from: Some(phone), len: body.len() }),
        }
    }

    fn modem_says(&mut self, now: Now, body: &[u8], out: &mut Actions) {
        match Message::parse(body) {
            Some(Message::Reply(reply)) => {
                self.acknowledge_if(reply.wants_ack, out);
                self.on_reply(now, &reply, out);
            }
            Some(Message::Unsolicited(message)) => {
                self.acknowledge_if(message.wants_ack, out);
                self.on_unsolicited(now, message.code, message.payload, out);
            }
            // "The answer takes a while" concerns wake locks; the asker waits anyway.
            Some(Message::Ack { .. }) => {}
            None => out.note(Note::Malformed { from: None, len: body.len() }),
        }
    }

    /// A rild of version 13 holds a wake lock for some of its messages until they are acknowledged.
    fn acknowledge_if(&self, wanted: bool, out: &mut Actions) {
        if wanted {
            out.request(RequestCode::RESPONSE_ACKNOWLEDGEMENT, NO_SERIAL, &[]);
        }
    }

    fn phone_up(&mut self, id: PhoneId, out: &mut Actions) {
        let Some(phone) = self.phones.get_mut(id) else { return };
        phone.up = true;
        phone.client = phone.client.wrapping_add(1);
        phone.shown_radio = None;
        for switch in [&mut self.power, &mut self.screen, &mut self.supp_svc, &mut self.location, &mut self.memory] {
            switch.forget(id);
        }
        self.greet(id, out);
        self.hand_over_message(out);
    }

    fn phone_down(&mut self, id: PhoneId) {
        if let Some(phone) = self.phones.get_mut(id) {
            phone.up = false;
        }
        // Nobody waits for these any more. What is at the modem still counts: or else a client that comes and goes
        // could have any number of requests there.
        let CallQuery { waiting, next, .. } = &mut self.looking;
        let before = waiting.len() + next.len();
        waiting.retain(|waiter| waiter.phone != id);
        next.retain(|waiter| waiter.phone != id);
        let gone = before - waiting.len() - next.len();
        self.uncharge(Some(id), gone);
        self.ussd.leave(id);
    }

    /// What a rild says to a client at once.
    fn greet(&mut self, phone: PhoneId, out: &mut Actions) {
        let Some(version) = self.modem else { return };
        out.unsolicited(phone, UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![version.0], version));
        self.show_radio(phone, out);
        if let Some(nitz) = &self.nitz {
            out.unsolicited(phone, UnsolCode::NITZ_TIME_RECEIVED, nitz);
        }
    }

    /// The modem side came up, or came up again: a new epoch. The state of its radio follows.
    fn modem_up(&mut self, version: RilVersion, out: &mut Actions) {
        if self.modem.is_some() {
            self.modem_down(out);
        }
        self.modem = Some(version);
        for phone in self.phones.ids().filter(|phone| self.phones.is_up(*phone)).collect::<Vec<_>>() {
            self.greet(phone, out);
        }
    }

    /// Everything that the modem side knew is gone; every phone hears it and no question stays open.
    fn modem_down(&mut self, out: &mut Actions) {
        self.modem = None;
        for pending in self.pending.take_all() {
            self.uncharge(pending.charged_to(), 1);
            self.fail(pending, Errno::RADIO_NOT_AVAILABLE, out);
        }
        self.looking.in_flight = false;
        self.fail_waiters(Errno::RADIO_NOT_AVAILABLE, out);
        let changes = self.calls.clear();
        self.dialled.clear();
        self.ring = None;
        self.messages.forget_received();
        self.data.forget();
        self.ussd.forget();
        self.nitz = None;
        self.signal = None;
        for switch in [&mut self.screen, &mut self.supp_svc, &mut self.location] {
            switch.learn(None);
        }
        self.learn_radio(RadioState::UNAVAILABLE, out);
        for phone in self.phones.ids().filter(|phone| self.phones.is_up(*phone)).collect::<Vec<_>>() {
            self.show_radio(phone, out);
            if changes.phones.contains(&phone) {
                out.unsolicited(phone, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
            }
        }
    }

    fn tick(&mut self, now: Now, out: &mut Actions) {
        for pending in self.pending.take_expired(now) {
            out.note(Note::TimedOut { code: pending.code });
            self.uncharge(pending.charged_to(), 1);
            self.fail(pending, Errno::GENERIC_FAILURE, out);
            if pending.asker == Asker::Router(Ask::Calls) {
                self.looking.in_flight = false;
                self.fail_waiters(Errno::GENERIC_FAILURE, out);
                if self.looking.again {
                    self.look_at_calls(now, out);
                }
            }
        }
        self.refuse_overdue_message(now, out);
    }

    /// An unanswered request gets its one answer.
    fn fail(&mut self, pending: Pending, errno: Errno, out: &mut Actions) {
        if let Asker::Phone { phone, serial, client } = pending.asker {
            self.forget_failed(phone, pending.code);
            self.answer(phone, serial, client, errno, &[], out);
        }
    }

    /// Answers a request that went to the modem, if the client that asked is still there.
    fn answer(&mut self, id: PhoneId, serial: i32, client: u32, errno: Errno, payload: &[u8], out: &mut Actions) {
        if self.phones.get(id).is_some_and(|phone| phone.up && phone.client == client) {
            out.reply(id, serial, errno, payload);
        }
    }

    /// Whether this phone may have so many more requests unanswered.
    fn has_room(&self, id: PhoneId, more: usize) -> bool {
        let room =
            self.phones.get(id).map_or(0, |phone| self.phones.most_unanswered().saturating_sub(phone.unanswered));
        more <= room as usize
    }

    /// Has room for what must not be refused: where there is none, the phone's own requests that would expire first
    /// fail.
    fn make_room(&mut self, id: PhoneId, more: usize, out: &mut Actions) {
        while !self.has_room(id, more) {
            let Some(pending) = self.pending.take_first_of(id) else { return };
            out.note(Note::Flooded { phone: id });
            self.uncharge(Some(id), 1);
            self.fail(pending, Errno::GENERIC_FAILURE, out);
        }
    }

    /// So many requests of a phone, or of the router, are not unanswered any more.
    fn uncharge(&mut self, phone: Option<PhoneId>, count: usize) {
        match phone {
            None => self.own_unanswered = self.own_unanswered.saturating_sub(count),
            Some(phone) => {
                if let Some(phone) = self.phones.get_mut(phone) {
                    phone.unanswered = phone.unanswered.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
                }
            }
        }
    }

    /// Passes a request on, in the phone's words or in the router's. The caller has seen to it that there is room.
    fn forward(&mut self, now: Now, id: PhoneId, serial: i32, code: RequestCode, payload: &[u8], out: &mut Actions) {
        let Some(phone) = self.phones.get_mut(id) else { return };
        let asker = Asker::Phone { phone: id, serial, client: phone.client };
        let timeout = code.row().map_or(ORDER_TIMEOUT, |row| Duration::from_secs(u64::from(row.timeout_seconds)));
        match self.pending.add(Pending { asker, code, deadline: now + timeout }) {
            Some(modem_serial) => {
                phone.unanswered += 1;
                out.request(code, modem_serial, payload);
            }
            None => self.refuse_flood(id, serial, code, out),
        }
    }

    /// The phone has too many unanswered requests.
    fn refuse_flood(&mut self, id: PhoneId, serial: i32, code: RequestCode, out: &mut Actions) {
        out.note(Note::Flooded { phone: id });
        self.forget_failed(id, code);
        out.reply(id, serial, Errno::GENERIC_FAILURE, &[]);
    }

    /// Asks or orders something in the router's own words; false if that is not possible now.
    fn ask(&mut self, now: Now, ask: Ask, order: &Order, out: &mut Actions) -> bool {
        let pending = Pending { asker: Asker::Router(ask), code: order.code, deadline: now + ORDER_TIMEOUT };
        let charged = pending.charged_to();
        if self.modem.is_none() || charged.is_none() && self.own_unanswered >= KEPT_BACK {
            return false;
        }
        let Some(serial) = self.pending.add(pending) else { return false };
        match charged.and_then(|phone| self.phones.get_mut(phone)) {
            Some(phone) => phone.unanswered += 1,
            None => self.own_unanswered += 1,
        }
        out.request(order.code, serial, &order.payload);
        true
    }

    /// Orders that a request of this phone makes necessary. The caller has seen to it that there is room.
    fn send_orders(&mut self, now: Now, by: PhoneId, orders: &[Order], out: &mut Actions) {
        for order in orders {
            self.ask(now, Ask::OrderFor(by), order, out);
        }
    }

    fn bring_forward(&mut self, now: Now, phone: PhoneId, out: &mut Actions) {
        self.phones.set_foreground(phone);
        out.note(Note::Foreground { phone });
        let on = self.screen.wanted(phone).unwrap_or(true);
        if self.screen.set_modem(on) {
            self.ask(now, Ask::Order, &Order::about(RequestCode::SCREEN_STATE, i32::from(on)), out);
        }
    }

    /// State of the radio as a phone sees it: off while that phone wants it off, whatever the others do.
    fn radio_seen_by(&self, phone: PhoneId) -> RadioState {
        if self.radio != RadioState::UNAVAILABLE && self.power.wanted(phone) == Some(false) {
            RadioState::OFF
        } else {
            self.radio
        }
    }

    fn show_radio(&mut self, id: PhoneId, out: &mut Actions) {
        let state = self.radio_seen_by(id);
        let version = self.version();
        let Some(phone) = self.phones.get_mut(id) else { return };
        phone.shown_radio = Some(state);
        out.unsolicited(id, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state, version));
    }

    fn learn_radio(&mut self, state: RadioState, out: &mut Actions) {
        self.radio = state;
        self.power.learn(match state {
            RadioState::UNAVAILABLE => None,
            RadioState::OFF => Some(false),
            _ => Some(true),
        });
        out.note(Note::Radio { state });
    }

    /// Whether more than one phone can have calls.
    fn is_shared(&self) -> bool {
        self.phones.iter().filter(|(_, phone)| phone.telephony).nth(1).is_some()
    }

    /// The phone whose call is going on, for notices that name no call.
    fn phone_in_call(&self) -> PhoneId {
        let speaking = |call: &&calls::OwnedCall| !call.is_ringing() && call.call.state != CallState::HOLDING;
        let call = self.calls.iter().find(speaking).or_else(|| self.calls.iter().next());
        call.map_or_else(|| self.phones.default_owner(), |call| call.owner)
    }

    /// Hands the first waiting message to its owner, once per client.
    fn hand_over_message(&mut self, out: &mut Actions) -> bool {
        let Some(first) = self.messages.first_mut() else { return false };
        let Some(owner) = self.phones.get(first.owner) else { return false };
        if !owner.up || first.given_to == Some(owner.client) {
            return false;
        }
        first.given_to = Some(owner.client);
        out.unsolicited(first.owner, first.code, &first.payload);
        true
    }

    /// Gives a message back to the network when its owner did not take it in time.
    fn refuse_overdue_message(&mut self, now: Now, out: &mut Actions) {
        while self.messages.deadline().is_some_and(|deadline| deadline <= now) {
            let Some(overdue) = self.messages.finish(now) else { return };
            out.note(Note::SmsRefused { phone: overdue.owner });
            self.ask(now, Ask::Order, &sms::refusal(overdue.code, self.version()), out);
            self.hand_over_message(out);
        }
    }
}
