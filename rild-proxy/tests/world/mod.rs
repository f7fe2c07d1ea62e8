//! A router among clients and a modem that do anything, and what must hold all the while.
//!
//! An [`Op`] is one thing that happens; any numbers in it mean something. [`World`] carries it out, checks every action
//! of the router as it comes, and [`World::settle`] checks that no question stays open. Panics are findings. The
//! property tests make up the operations, the fuzz target reads them from its input.
//!
//! Checked: a reply goes to the client that asked, under its serial, once; nothing goes to a client that is gone; the
//! modem is asked nothing while it is down, and under distinct serials; what a phone asks is on its own account; an
//! emergency call reaches the modem; a short message is acknowledged once at most, and only by the client that was
//! given it; a call is shown to no phone but the one that dialled it or that its tag names; what the router remembers
//! is bounded.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use caller_tag::link::to_device::Say;
use caller_tag::link::{self, CallAnswered, CallFailed, Hint, IntentRefused, IntentTaken, TEXT_ID, TextDeliver};
use ril_protocol::frame::{self, Message, RESPONSE_LIMIT, Reply, Request, Unsolicited};
use ril_protocol::messages::{Class, REQUESTS, UNSOLICITED};
use ril_protocol::payload::call::{Call, CallState, Dial};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::config::{Config, Outgoing, Phone};
use rild_proxy::router::{Action, Actions, Event, Flow, PhoneId, Router};

/// The RIL version of this modem.
pub(crate) const V: RilVersion = RilVersion::COMMON;
/// The most that [`Router`] may take when printed, for the phones and lengths that occur here.
const MOST_PRINTED: usize = 24 * 1024 * 1024;
/// How long an emergency call may wait for the radio of a modem that is there.
const WAIT_FOR_RADIO: Duration = Duration::from_secs(30);
/// So many emergency calls of one phone are at the modem, and the newest of the others waits.
const MOST_DIALLED: usize = 4;
/// Most requests of one phone at the modem.
const MOST_UNANSWERED: u32 = 1024;

/// Something that happens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Op {
    /// Which kind of thing.
    pub(crate) kind: u8,
    /// To or by which phone.
    pub(crate) phone: u8,
    /// Which code, state or position.
    pub(crate) code: u16,
    /// A serial or amount.
    pub(crate) number: i32,
    /// Bytes that are taken as they are.
    pub(crate) payload: Vec<u8>,
}

/// Router, clients and modem.
pub(crate) struct World {
    /// What is tested.
    pub(crate) router: Router,
    now: Duration,
    actions: Actions,
    clients: Vec<Client>,
    modem_is_up: bool,
    /// As far as the modem said and was told.
    radio_is_on: bool,
    /// Since when the modem is up.
    modem_since: Duration,
    /// Emergency calls that wait for the modem or its radio.
    waiting: Vec<WaitingCall>,
    /// What the modem was asked and has not answered.
    asked: Vec<(RequestCode, i32, Vec<u8>)>,
    /// Serials of requests that were withdrawn.
    given_up: HashSet<i32>,
    /// Serials that are answered, to answer them again.
    answered: Vec<i32>,
    calls: Vec<Call>,
    dialled: i32,
    /// Received messages that the router was told and the modem was not told the fate of.
    messages: usize,
    /// Changes that the router wants stored, and how many of them are.
    changes: u64,
    durable: u64,
    store_fails: bool,
    service_is_up: bool,
}

/// An emergency call that was dialled and did not go out at once.
struct WaitingCall {
    place: usize,
    serial: i32,
    payload: Vec<u8>,
    since: Duration,
}

#[derive(Default)]
struct Client {
    up: bool,
    /// How often each serial is unanswered.
    open: HashMap<i32, usize>,
    /// Received messages that this client was given and has not acknowledged.
    given: usize,
}

impl World {
    /// So many phones, of which the first is privileged; none is connected and the modem is down.
    pub(crate) fn new(phones: u8) -> Self {
        let phone = |n: u8| Phone {
            name: format!("phone{n}"),
            privileged: n == 0,
            tag: Some(n),
            number: Some(format!("+1555010000{n}")),
            access: Some(access(usize::from(n))),
            outgoing: if n == 1 { Outgoing::Bridge } else { Outgoing::Sim },
            telephony: n != 3,
            data: n != 3,
            ..Default::default()
        };
        Self {
            router: Router::new(&Config { phone: (0..phones).map(phone).collect(), ..Default::default() }),
            now: Duration::ZERO,
            actions: Actions::default(),
            clients: (0..phones).map(|_| Client::default()).collect(),
            modem_is_up: false,
            radio_is_on: false,
            modem_since: Duration::ZERO,
            waiting: Vec::new(),
            asked: Vec::new(),
            given_up: HashSet::new(),
            answered: Vec::new(),
            calls: Vec::new(),
            dialled: 0,
            messages: 0,
            changes: 0,
            durable: 0,
            store_fails: false,
            service_is_up: false,
        }
    }

    /// Everything is connected and on.
    pub(crate) fn begun(phones: u8) -> Self {
        let mut world = Self::new(phones);
        world.modem_up();
        for place in 0..world.clients.len() {
            world.connect(place);
        }
        world
    }

    /// Lets one thing happen.
    pub(crate) fn step(&mut self, op: &Op) {
        // A payload that is made up must not be taken for a number that was dialled.
        let forged = holds_text(&op.payload, "555");
        let op = &Op { payload: if forged { Vec::new() } else { op.payload.clone() }, ..*op };
        let place = usize::from(op.phone) % self.clients.len();
        match op.kind % 16 {
            0..3 => self.request(place, known_request(op.code), op.number, &op.payload),
            3 => self.request(place, RequestCode(op.number), i32::from(op.code), &op.payload),
            4 => self.well_formed_request(place, op),
            5 => self.emergency(place, op),
            6..8 => self.answer(op),
            8 => self.answer_again(op),
            9 => self.unsolicited(known_unsolicited(op.code), &op.payload),
            10 => self.well_formed_unsolicited(op),
            11 => self.calls_change(op),
            12 if op.code.is_multiple_of(8) => self.coming_or_going(place),
            12 if op.code % 8 == 1 => self.event(None, Event::EmergencyElsewhere),
            12 => self.foreground(place),
            13 if op.code.is_multiple_of(16) => self.restart(),
            13 => self.event(None, Event::FromPhone(PhoneId(place), &op.payload[..op.payload.len().min(7)])),
            14 if op.phone.is_multiple_of(4) => self.store(op),
            14 => self.time_passes(Duration::from_millis(u64::from(op.code) * 4)),
            15 if op.phone.is_multiple_of(2) => self.service(place, op),
            _ => self.event(None, Event::FromModem(&op.payload)),
        }
        assert!(self.router.phones().all(|phone| phone.unanswered <= MOST_UNANSWERED + 40), "too much at the modem");
    }

    /// The end: when time passes, or when the modem goes down, every question has had its answer.
    pub(crate) fn settle(&mut self, by_time: bool) {
        self.stored(self.changes);
        if !by_time && self.modem_is_up {
            self.modem_down();
            self.stored(self.changes);
        }
        while let Some(deadline) = self.router.deadline() {
            self.now = self.now.max(deadline);
            self.event(None, Event::Tick);
            self.stored(self.changes);
            // What the router asks for itself when others' time is over.
            while let Some((code, serial, _)) = self.asked.pop() {
                // That there is room is said until the modem has heard it.
                let heard = code == RequestCode::REPORT_SMS_MEMORY_STATUS;
                self.reply(serial, if heard { Errno::SUCCESS } else { Errno::GENERIC_FAILURE }, &[]);
            }
        }
        for (place, client) in self.clients.iter().enumerate().filter(|(_, client)| client.up) {
            assert!(client.open.is_empty(), "phone {place} has no answer to {:?}", client.open);
        }
        assert!(self.router.phones().all(|phone| phone.unanswered == 0), "requests are counted that are answered");
        assert!(format!("{:?}", self.router).len() < MOST_PRINTED, "the router remembers too much");
    }

    /// The store gets on with its work, fails, or works again.
    fn store(&mut self, op: &Op) {
        if op.code.is_multiple_of(8) {
            self.store_fails = !self.store_fails;
            self.event(None, Event::StoreFailing(self.store_fails));
        } else if !self.store_fails {
            self.stored(self.changes.min(self.durable + u64::from(op.code % 8)));
        }
    }

    /// The number service comes, goes, and says what it likes, nonsense too.
    fn service(&mut self, place: usize, op: &Op) {
        let id = op.number.unsigned_abs().into();
        let (tag, cause) = (u32::try_from(place).unwrap_or(0), op.number.unsigned_abs());
        let say = match op.code % 8 {
            0 => {
                self.service_is_up = !self.service_is_up;
                let event = if self.service_is_up { Event::ServiceUp } else { Event::ServiceDown };
                return self.event(None, event);
            }
            1 => Say::IntentTaken(IntentTaken { id, access: access(place) }),
            2 => Say::IntentRefused(IntentRefused { id, cause }),
            3 => Say::CallAnswered(CallAnswered { id }),
            4 => Say::CallFailed(CallFailed { id, cause }),
            5 => {
                let presented = format!("{}{tag}", access(place));
                Say::Hint(Hint { id, caller: "+15550188888".to_owned(), presented, tag, valid_ms: cause })
            }
            6 => {
                let id = [op.phone % 8; TEXT_ID].to_vec();
                // An SMS-DELIVER, or whatever comes.
                let deliver = [&[4, 11, 0x91, 0x51, 0x55, 0x10, 0x21, 0x43, 0xf5], &[0; 10][..]].concat();
                let tpdu = if op.payload.is_empty() { deliver } else { op.payload.clone() };
                Say::TextDeliver(TextDeliver { id, tag, tpdu })
            }
            _ => return self.event(None, Event::FromService(&op.payload)),
        };
        self.event(None, Event::FromService(&link::to_device(say)));
    }

    fn stored(&mut self, changes: u64) {
        self.durable = changes;
        self.event(None, Event::Stored(changes));
    }

    fn connect(&mut self, place: usize) {
        self.clients[place] = Client { up: true, ..Default::default() };
        self.event(None, Event::PhoneUp(PhoneId(place)));
    }

    fn coming_or_going(&mut self, place: usize) {
        if self.clients[place].up {
            self.clients[place].up = false;
            self.waiting.retain(|call| call.place != place);
            self.event(None, Event::PhoneDown(PhoneId(place)));
        } else {
            self.connect(place);
        }
    }

    fn foreground(&mut self, place: usize) {
        let mut actions = std::mem::take(&mut self.actions);
        let _ = self.router.set_foreground(self.now, PhoneId(place), &mut actions);
        self.actions = actions;
        self.carry_out(None);
    }

    fn modem_up(&mut self) {
        self.modem_is_up = true;
        self.unsolicited(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![V.0], V));
        self.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&10, V));
    }

    fn modem_down(&mut self) {
        self.modem_is_up = false;
        self.radio_is_on = false;
        self.asked.clear();
        self.calls.clear();
        self.messages = 0;
        self.event(None, Event::ModemDown);
    }

    fn restart(&mut self) {
        if self.modem_is_up { self.modem_down() } else { self.modem_up() }
    }

    fn time_passes(&mut self, time: Duration) {
        let until = self.now + time;
        // As the driver does it: at each deadline, which may turn out to be none.
        while let Some(deadline) = self.router.deadline().filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            self.event(None, Event::Tick);
            assert!(self.router.deadline().is_none_or(|next| next > self.now), "the deadline stays in the past");
        }
        self.now = until;
    }

    // Phones speak.

    fn request(&mut self, place: usize, code: RequestCode, serial: i32, payload: &[u8]) {
        let mut frame = Vec::new();
        Request { code, serial, payload }.put(&mut frame);
        let client = &mut self.clients[place];
        if client.up && code != RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            *client.open.entry(serial).or_default() += 1;
        }
        self.event(Some((place, code)), Event::FromPhone(PhoneId(place), &frame[4..]));
    }

    fn well_formed_request(&mut self, place: usize, op: &Op) {
        let small = op.number.rem_euclid(8);
        let (code, payload) = match op.code % 8 {
            0 => {
                // Nobody else dials this number.
                self.dialled += 1;
                (RequestCode::DIAL, dial(&format!("555{place}{:06}", self.dialled)))
            }
            1 => (RequestCode::GET_CURRENT_CALLS, Vec::new()),
            2 => (RequestCode::SMS_ACKNOWLEDGE, ints(&[1, 0])),
            3 => (RequestCode::RADIO_POWER, ints(&[small % 2])),
            4 => (RequestCode::SEND_USSD, text("*100#")),
            5 => (RequestCode::HANGUP, ints(&[small])),
            6 => (RequestCode::DEACTIVATE_DATA_CALL, strings(&[&small.to_string(), "0"])),
            _ => {
                let codes = [12, 13, 14, 15, 16, 17, 18, 32, 40, 49, 50, 52, 53, 54, 61, 62, 72, 76, 84, 99, 102];
                let payload = ints(&[small % 2, 0]);
                (RequestCode(codes[usize::from(op.code / 8) % codes.len()]), payload)
            }
        };
        self.request(place, code, op.number, &payload);
    }

    /// An emergency call is not stopped by anything, but waits for a radio that is off or about to be, and where the
    /// modem has many without an answer, which may all be the phone's own. What takes the radio away is withdrawn for
    /// it, and when it goes out, it goes first.
    fn emergency(&mut self, place: usize, op: &Op) {
        let number = if op.code.is_multiple_of(2) { "112" } else { "911" };
        let payload = dial(number);
        // What is behind the number may be missing; the modem is given all of it.
        let said = if op.code.is_multiple_of(5) { text(number) } else { payload.clone() };
        let at_modem = |world: &Self| world.asked.iter().filter(|(code, _, _)| *code == RequestCode::DIAL).count();
        let before = at_modem(self);
        let many = before >= MOST_DIALLED;
        // What takes the radio away is withdrawn, and the radio switched on again first.
        let goes_away = self.asked.iter().any(|(code, ..)| takes_radio_away(*code));
        // Of a phone that dials several, the newest waits.
        self.waiting.retain(|call| call.place != place);
        self.request(place, RequestCode::DIAL, op.number, &said);
        if self.clients[place].up && self.modem_is_up {
            for (code, serial, _) in self.asked.iter().filter(|(code, ..)| takes_radio_away(*code)) {
                assert!(self.given_up.contains(serial), "{code} takes the radio away from an emergency call");
            }
        }
        if self.clients[place].up && at_modem(self) == before && !many {
            self.waiting.push(WaitingCall { place, serial: op.number, payload: payload.clone(), since: self.now });
        }
        if self.clients[place].up && self.modem_is_up && self.radio_is_on && !goes_away && !many {
            assert!(at_modem(self) > before, "an emergency call did not reach the modem");
            // Behind it the router may look at the calls: what it went before was withdrawn.
            let last = self.asked.iter().rfind(|(code, ..)| *code == RequestCode::DIAL);
            assert!(last.is_some_and(|last| last.2 == payload), "nor whole and unchanged");
        }
    }

    // The modem speaks.

    fn answer(&mut self, op: &Op) {
        if self.asked.is_empty() {
            return;
        }
        let (code, serial, payload) = self.asked.remove(usize::from(op.code) % self.asked.len());
        let errno = if op.number % 5 == 0 { Errno(op.number.rem_euclid(9)) } else { Errno::SUCCESS };
        let result = match code {
            RequestCode::GET_CURRENT_CALLS if op.number % 7 != 0 => parcel::encode(&self.calls, V),
            RequestCode::DIAL if errno == Errno::SUCCESS => {
                self.place_call(&payload, op.number);
                Vec::new()
            }
            _ => op.payload.clone(),
        };
        self.reply(serial, errno, &result);
    }

    /// A dialled call comes to be, under the number as it was dialled or with a prefix.
    fn place_call(&mut self, payload: &[u8], number: i32) {
        let Ok(Dial { address: Some(address), .. }) = parcel::decode::<Dial>(payload, V) else { return };
        let is_known = address.starts_with("555") || address.starts_with("+1555");
        if self.calls.len() < 7 && is_known && number % 3 != 0 {
            let in_full = number % 2 == 0 || address.starts_with('+');
            let listed = if in_full { address } else { format!("+1{address}") };
            self.add_call(CallState::DIALING, false, listed);
        }
    }

    fn add_call(&mut self, state: CallState, is_mt: bool, number: String) {
        let taken = |index: &i32| self.calls.iter().any(|call| call.index == *index);
        let index = (1..).find(|index| !taken(index)).unwrap_or_default();
        self.calls.push(Call { state, index, is_mt, number: Some(number), is_voice: true, ..Default::default() });
    }

    fn calls_change(&mut self, op: &Op) {
        let place = usize::from(op.code) % self.calls.len().max(1);
        match op.number.rem_euclid(4) {
            0 if self.calls.len() < 7 => {
                let tag = usize::from(op.phone) % self.clients.len().min(3); // The fourth has no telephony.
                self.add_call(CallState::INCOMING, true, format!("15550199999{tag}"));
                self.unsolicited(UnsolCode::CALL_RING, &[]);
            }
            1 if place < self.calls.len() => drop(self.calls.remove(place)),
            _ => {
                if let Some(call) = self.calls.get_mut(place) {
                    call.state = if op.number % 2 == 0 { CallState::ACTIVE } else { CallState::HOLDING };
                }
            }
        }
        self.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
    }

    fn answer_again(&mut self, op: &Op) {
        let done = self.answered.get(usize::from(op.code) % self.answered.len().max(1)).copied();
        let serial = if op.phone.is_multiple_of(2) { done.unwrap_or(op.number) } else { op.number };
        // The router uses a serial again only after very many others, so an answered one is nobody's.
        if !self.asked.iter().any(|(_, asked, _)| *asked == serial) {
            self.reply(serial, Errno::SUCCESS, &op.payload);
        }
    }

    fn well_formed_unsolicited(&mut self, op: &Op) {
        match op.code % 6 {
            0 => {
                let from = if op.number % 2 == 0 { "0B915155102143F5" } else { "0B915155102143F6" };
                let pdu = format!("0004{from}00006260213021350003{:06X}", op.number.rem_euclid(0x00ff_ffff));
                self.unsolicited(UnsolCode::RESPONSE_NEW_SMS, &text(&pdu));
            }
            1 => self.unsolicited(UnsolCode::ON_USSD, &strings(&[&op.number.rem_euclid(6).to_string(), "text"])),
            2 => self.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state(op.number), V)),
            3 => self.unsolicited(UnsolCode::RESPONSE_CDMA_NEW_SMS, &op.payload),
            4 => self.unsolicited(UnsolCode::SIGNAL_STRENGTH, &[0; 52]),
            _ => self.unsolicited(UnsolCode::NITZ_TIME_RECEIVED, &text("26/11/23,20:00:00+04")),
        }
    }

    fn unsolicited(&mut self, code: UnsolCode, payload: &[u8]) {
        let mut frame = Vec::new();
        Unsolicited::new(code, payload).put(&mut frame);
        self.event(None, Event::FromModem(&frame[4..]));
    }

    fn reply(&mut self, serial: i32, errno: Errno, payload: &[u8]) {
        let mut frame = Vec::new();
        Reply::new(serial, errno, payload).put(&mut frame);
        self.answered.push(serial);
        self.event(None, Event::FromModem(&frame[4..]));
    }

    // The router acts.

    fn event(&mut self, by: Option<(usize, RequestCode)>, event: Event<'_>) {
        if let Event::FromModem(body) = event {
            match Message::parse(body) {
                Some(Message::Unsolicited(message)) => self.modem_said(message.code, message.payload),
                // One that is made up may be an answer to something all the same.
                Some(Message::Reply(reply)) => self.asked.retain(|(_, serial, _)| *serial != reply.serial),
                _ => {}
            }
        }
        let mut actions = std::mem::take(&mut self.actions);
        self.router.handle(self.now, event, &mut actions);
        self.actions = actions;
        self.carry_out(by);
        for call in self.waiting.iter().filter(|_| self.modem_is_up) {
            let waits = self.now.saturating_sub(call.since.max(self.modem_since));
            assert!(waits <= WAIT_FOR_RADIO, "an emergency call of phone {} waits for the radio for ever", call.place);
        }
    }

    /// What the modem says may turn the world over, also when it is made up.
    fn modem_said(&mut self, code: UnsolCode, payload: &[u8]) {
        match code {
            UnsolCode::RIL_CONNECTED if parcel::decode::<Vec<i32>>(payload, V).is_ok_and(|ints| !ints.is_empty()) => {
                self.modem_is_up = true;
                self.modem_since = self.now;
                self.radio_is_on = false;
                self.asked.clear();
                self.messages = 0;
            }
            UnsolCode::MODEM_RESTART => self.modem_since = self.now,
            UnsolCode::RESPONSE_RADIO_STATE_CHANGED if self.modem_is_up => {
                if let Ok(state) = parcel::decode::<i32>(payload, V) {
                    self.radio_is_on = !matches!(state, 0 | 1);
                }
            }
            UnsolCode::RESPONSE_NEW_SMS
            | UnsolCode::RESPONSE_CDMA_NEW_SMS
            | UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT => self.messages += 1,
            _ => {}
        }
    }

    fn carry_out(&mut self, by: Option<(usize, RequestCode)>) {
        let mut actions = std::mem::take(&mut self.actions);
        for action in actions.iter() {
            match action {
                Action::ToPhone(phone, bytes) => {
                    let body = whole(bytes);
                    match Message::parse(body) {
                        Some(Message::Reply(reply)) => self.heard_reply(phone.0, &reply),
                        Some(Message::Unsolicited(message)) => self.heard(phone.0, message.code),
                        other => panic!("a phone is sent {other:?}"),
                    }
                }
                Action::ToModem(flow, bytes) => {
                    let request = Request::parse(whole(bytes)).expect("the modem is sent a request");
                    // What one phone does may clear the way for a message of another's that waited, or for an emergency
                    // call with all that makes room for it.
                    if let (Flow::Phone(account), Some((phone, code))) = (flow, by) {
                        let waited = request.code.row().is_some_and(|row| row.class == Class::Sms)
                            || [code, request.code].contains(&RequestCode::DIAL);
                        assert!(waited || account.0 == phone, "{code} of one phone on another's account");
                    }
                    assert!(
                        flow != Flow::Urgent || matches!(by, None | Some((_, RequestCode::DIAL))),
                        "{by:?} is urgent"
                    );
                    self.emergency_goes_out(flow, &request);
                    self.modem_hears(by, &request);
                }
                Action::Store(_) => self.changes += 1,
                Action::ToService(_) => assert!(self.service_is_up, "a service that is gone is told something"),
                Action::GiveUp(serial) => drop(self.given_up.insert(serial)),
                Action::Note(_) => {}
            }
        }
        actions.clear();
        self.actions = actions;
    }

    /// An emergency call that waited goes before all else, unless one that its phone dialled before is there already.
    fn emergency_goes_out(&mut self, flow: Flow, request: &Request<'_>) {
        let is_it = |call: &WaitingCall| request.code == RequestCode::DIAL && call.payload == request.payload;
        let Some(place) = self.waiting.iter().position(is_it) else { return };
        self.waiting.remove(place);
        let another = self.asked.iter().any(|(code, ..)| *code == RequestCode::DIAL);
        assert!(flow == Flow::Urgent || another, "an emergency call waits behind others' requests");
    }

    fn heard_reply(&mut self, place: usize, reply: &Reply<'_>) {
        self.waiting.retain(|call| (call.place, call.serial) != (place, reply.serial));
        let client = &mut self.clients[place];
        assert!(client.up, "a reply to a client that is gone");
        let Some(open) = client.open.get_mut(&reply.serial) else { panic!("phone {place} did not ask {reply:?}") };
        *open -= 1;
        if *open == 0 {
            client.open.remove(&reply.serial);
        }
        // Numbers that only one phone may see are told from all else by their digits.
        for other in (0..self.clients.len()).filter(|other| *other != place) {
            let dialled = format!("555{other}0");
            assert!(!holds_text(reply.payload, &dialled), "phone {place} sees what phone {other} dialled");
        }
        assert!(!shows_a_tag(reply.payload), "a tag is shown");
    }

    fn heard(&mut self, place: usize, code: UnsolCode) {
        let client = &mut self.clients[place];
        assert!(client.up, "{code} to a client that is gone");
        if matches!(
            code,
            UnsolCode::RESPONSE_NEW_SMS | UnsolCode::RESPONSE_CDMA_NEW_SMS | UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT
        ) {
            client.given += 1;
        }
    }

    fn modem_hears(&mut self, by: Option<(usize, RequestCode)>, request: &Request<'_>) {
        if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return; // Whatever says that it wants one is there to take it.
        }
        assert!(self.modem_is_up, "the modem is down and asked {}", request.code);
        assert!(request.serial >= 0);
        if request.code == RequestCode::RADIO_POWER {
            let on = parcel::decode::<Vec<i32>>(request.payload, V).is_ok_and(|ints| ints.first() != Some(&0));
            self.radio_is_on &= on;
        }
        self.radio_is_on &= !takes_radio_away(request.code);
        if is_sms_acknowledgement(request.code) {
            assert!(self.messages > 0, "an acknowledgement too many");
            self.messages -= 1;
            if let Some((place, code)) = by.filter(|(_, code)| is_sms_acknowledgement(*code)) {
                let client = &mut self.clients[place];
                assert!(client.given > 0, "phone {place} acknowledges by {code} what it was not given");
                client.given -= 1;
            }
        }
        self.asked.push((request.code, request.serial, request.payload.to_vec()));
        let serials: HashSet<i32> = self.asked.iter().map(|(_, serial, _)| *serial).collect();
        assert_eq!(serials.len(), self.asked.len(), "a serial is used twice");
    }
}

fn whole(bytes: &[u8]) -> &[u8] {
    match frame::split(bytes, RESPONSE_LIMIT) {
        Ok(Some((body, used))) if used == bytes.len() => body,
        other => panic!("not one whole frame: {other:?}"),
    }
}

fn holds_text(payload: &[u8], wanted: &str) -> bool {
    let units: Vec<u8> = wanted.encode_utf16().flat_map(u16::to_ne_bytes).collect();
    payload.windows(units.len()).any(|window| window == units)
}

/// Whether one of the callers in a list still has its tag.
fn shows_a_tag(payload: &[u8]) -> bool {
    let calls = parcel::decode::<Vec<Call>>(payload, V).unwrap_or_default();
    let still_tagged = |number: &str| number.strip_prefix("15550199999").is_some_and(|tag| !tag.is_empty());
    calls.iter().any(|call| call.number.as_deref().is_some_and(still_tagged))
}

fn is_sms_acknowledgement(code: RequestCode) -> bool {
    [
        RequestCode::SMS_ACKNOWLEDGE,
        RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU,
        RequestCode::CDMA_SMS_ACKNOWLEDGE,
    ]
    .contains(&code)
}

/// Whether an emergency call has the radio switched on again after this request.
fn takes_radio_away(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::SHUTDOWN
            | RequestCode::RESET_RADIO
            | RequestCode::NV_RESET_CONFIG
            | RequestCode::SET_UICC_SUBSCRIPTION
            | RequestCode::SET_RADIO_CAPABILITY
            | RequestCode::SET_SIM_CARD_POWER
    )
}

fn known_request(place: u16) -> RequestCode {
    REQUESTS[usize::from(place) % REQUESTS.len()].code
}

fn known_unsolicited(place: u16) -> UnsolCode {
    UNSOLICITED[usize::from(place) % UNSOLICITED.len()].code
}

fn state(number: i32) -> i32 {
    [0, 1, 10][usize::try_from(number.rem_euclid(3)).unwrap_or_default()]
}

fn dial(number: &str) -> Vec<u8> {
    parcel::encode(&Dial { address: Some(number.to_owned()), ..Default::default() }, V)
}

fn ints(values: &[i32]) -> Vec<u8> {
    parcel::encode(&values.to_vec(), V)
}

fn text(text: &str) -> Vec<u8> {
    parcel::encode(&Some(text.to_owned()), V)
}

fn strings(texts: &[&str]) -> Vec<u8> {
    parcel::encode(&texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>(), V)
}

/// The number by which the number service is called for this phone.
fn access(place: usize) -> String {
    format!("+1555010000{place}")
}
