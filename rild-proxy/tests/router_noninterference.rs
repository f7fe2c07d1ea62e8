//! What a phone hears does not depend on what only another phone does or is told.
//!
//! Every schedule runs twice: as it is, and without the private events of the phone "other". The phone "own" must hear
//! the same at each step, whatever it is doing itself. Within a step the order is left open: a question may have to
//! wait for another phone's answer, which is time and not content.
//!
//! Shared by declaration, so in both runs: signal, time, radio technology, who has the screen, untagged messages. Left
//! out, because one modem can be had by one phone at a time and the loser must notice: calls that "other" takes or
//! dials, USSD of both at once, trains of messages of both at once. Also left out is what a new client is told of the
//! radio: until it says whether it wants it on, it is shown the modem's state, which the others' wishes make.

use std::time::Duration;

use proptest::prelude::*;
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::Raw;
use ril_protocol::payload::call::{Call, CallState, Dial};
use ril_protocol::payload::data::{DataCall, DataCallList};
use ril_protocol::payload::sim::{SimApdu, SimIo};
use ril_protocol::payload::sms::{GsmBroadcastConfig, SmsResponse};
use ril_protocol::sms_pdu::{self, Addressed, Tpdu};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::config::{Config, Outgoing, Phone};
use rild_proxy::router::{Action, Actions, Event, PhoneId, Router};

const V: RilVersion = RilVersion::COMMON;
const OWN: PhoneId = PhoneId(0);
const OTHER: PhoneId = PhoneId(1);

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// To all.
    Shared(Shared),
    /// By or to the phone that is watched.
    Own(Private),
    /// By or to the other phone; left out of the second run.
    Other(Private),
    /// Calls of the phone that is watched.
    OwnCall(OwnCall),
    /// What the other phone does where "own" may not at the same time, or is denied.
    OtherOnly(OtherOnly),
}

#[derive(Clone, Debug)]
enum Shared {
    Signal(u8),
    Time(u8),
    RadioTech(u8),
    Screen(PhoneId),
    UntaggedMessage(u8),
    Broadcast(u8),
    Wait(u8),
}

#[derive(Clone, Debug)]
enum Private {
    Query(u8),
    ListCalls,
    FailCause,
    Radio(bool),
    Screen(bool),
    Notices(bool),
    Clir(u8),
    Mute(bool),
    Tone(bool),
    SetUpData(u8),
    CloseData(u8),
    ListData,
    ReadFile(u8),
    OpenChannel,
    Transmit(u8),
    CloseChannel(u8),
    SendMessage(u8),
    TaggedMessage(u8),
    Channels(u8),
    Reconnect,
}

#[derive(Clone, Debug)]
enum OwnCall {
    Dial(u8),
    Connected,
    HangUp(u8),
    Ends,
}

#[derive(Clone, Debug)]
enum OtherOnly {
    Rings(u8),
    RingEnds,
    Rejects,
    Ussd,
    Denied(u8),
    Flood,
    Garbage(Vec<u8>),
    IgnoresMessages,
}

fn step() -> impl Strategy<Value = Step> {
    let shared = prop_oneof![
        any::<u8>().prop_map(Shared::Signal),
        any::<u8>().prop_map(Shared::Time),
        any::<u8>().prop_map(Shared::RadioTech),
        any::<bool>().prop_map(|other| Shared::Screen(if other { OTHER } else { OWN })),
        any::<u8>().prop_map(Shared::UntaggedMessage),
        (0..8_u8).prop_map(Shared::Broadcast),
        any::<u8>().prop_map(Shared::Wait),
    ];
    let private = prop_oneof![
        3 => any::<u8>().prop_map(Private::Query),
        2 => Just(Private::ListCalls),
        1 => Just(Private::FailCause),
        2 => any::<bool>().prop_map(Private::Radio),
        1 => any::<bool>().prop_map(Private::Screen),
        1 => any::<bool>().prop_map(Private::Notices),
        1 => (0..4_u8).prop_map(Private::Clir),
        1 => any::<bool>().prop_map(Private::Mute),
        1 => any::<bool>().prop_map(Private::Tone),
        2 => (0..3_u8).prop_map(Private::SetUpData),
        2 => (0..3_u8).prop_map(Private::CloseData),
        1 => Just(Private::ListData),
        2 => any::<u8>().prop_map(Private::ReadFile),
        2 => Just(Private::OpenChannel),
        1 => (0..4_u8).prop_map(Private::Transmit),
        1 => (0..4_u8).prop_map(Private::CloseChannel),
        1 => any::<u8>().prop_map(Private::SendMessage),
        1 => any::<u8>().prop_map(Private::TaggedMessage),
        1 => (0..8_u8).prop_map(Private::Channels),
        1 => Just(Private::Reconnect),
    ];
    let own_call = prop_oneof![
        (0..4_u8).prop_map(OwnCall::Dial),
        Just(OwnCall::Connected),
        (0..3_u8).prop_map(OwnCall::HangUp),
        Just(OwnCall::Ends),
    ];
    let other_only = prop_oneof![
        3 => (0..4_u8).prop_map(OtherOnly::Rings),
        2 => Just(OtherOnly::RingEnds),
        1 => Just(OtherOnly::Rejects),
        1 => Just(OtherOnly::Ussd),
        2 => any::<u8>().prop_map(OtherOnly::Denied),
        1 => Just(OtherOnly::Flood),
        1 => Just(OtherOnly::IgnoresMessages),
        1 => prop::collection::vec(any::<u8>(), 0..8).prop_map(OtherOnly::Garbage),
    ];
    prop_oneof![
        2 => shared.prop_map(Step::Shared),
        3 => private.clone().prop_map(Step::Own),
        4 => private.prop_map(Step::Other),
        2 => own_call.prop_map(Step::OwnCall),
        3 => other_only.prop_map(Step::OtherOnly),
    ]
}

proptest! {
    #[test]
    fn a_phone_hears_nothing_of_another(steps in prop::collection::vec(step(), 1..80), service in service()) {
        let with = run(&steps, service, true);
        let without = run(&steps, service, false);
        for (at, (with, without)) in with.iter().zip(&without).enumerate() {
            prop_assert_eq!(with, without, "step {}, {:?}", at, &steps[at]);
        }
    }
}

/// What both phones' calls and messages have to do with the number service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    /// Nothing.
    Unused,
    /// They go by it, by tones and texts.
    WithoutLink,
    /// It is told of them, and says nothing.
    Silent,
}

fn service() -> impl Strategy<Value = Service> {
    prop_oneof![2 => Just(Service::Unused), 1 => Just(Service::WithoutLink), 1 => Just(Service::Silent)]
}

/// What "own" hears at each step.
fn run(steps: &[Step], service: Service, with_other: bool) -> Vec<Vec<String>> {
    let mut run = Run::new(service);
    steps.iter().zip(0..).map(|(step, number)| run.step(step, number, with_other)).collect()
}

/// A router and a modem that answers at once.
struct Run {
    router: Router,
    now: Duration,
    /// What "own" heard in this step.
    heard: Vec<String>,
    asked: Vec<(RequestCode, i32, Vec<u8>)>,
    /// Messages that phones were given and must acknowledge.
    given: Vec<PhoneId>,
    /// The other phone acknowledges nothing any more.
    other_ignores: bool,
    calls: Vec<Call>,
    data: Vec<DataCall>,
    /// Logical channels of the SIM.
    channels: Vec<i32>,
    radio: i32,
    /// Why the call that ended last did.
    cause: i32,
    /// Messages that were sent.
    sent: i32,
}

impl Run {
    fn new(service: Service) -> Self {
        let outgoing = if service == Service::Unused { Outgoing::Sim } else { Outgoing::Bridge };
        let phone = |tag: u8| Phone {
            access: Some(format!("+1555010000{tag}")),
            outgoing,
            name: format!("phone{tag}"),
            tag: Some(tag),
            number: Some(format!("+1555010000{tag}")),
            ..Default::default()
        };
        let mut run = Self {
            router: Router::new(&Config { phone: vec![phone(1), phone(2)], ..Default::default() }),
            now: Duration::ZERO,
            heard: Vec::new(),
            asked: Vec::new(),
            given: Vec::new(),
            other_ignores: false,
            calls: Vec::new(),
            data: Vec::new(),
            channels: Vec::new(),
            radio: 10,
            cause: 0,
            sent: 0,
        };
        run.unsolicited(UnsolCode::RIL_CONNECTED, &ints(&[V.0]));
        run.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&run.radio, V));
        for phone in [OWN, OTHER] {
            run.private(phone, &Private::Reconnect, 0);
        }
        if service == Service::Silent {
            run.event(Event::ServiceUp);
        }
        run.settle();
        run
    }

    fn step(&mut self, step: &Step, number: i32, with_other: bool) -> Vec<String> {
        self.heard.clear();
        match step {
            Step::Shared(shared) => self.shared(shared),
            Step::Own(private) => self.private(OWN, private, number),
            Step::OwnCall(call) => self.own_call(call, number),
            Step::Other(private) if with_other => self.private(OTHER, private, number),
            Step::OtherOnly(only) if with_other => self.other_only(only, number),
            Step::Other(_) | Step::OtherOnly(_) => {}
        }
        self.settle();
        if matches!(step, Step::Own(Private::Reconnect)) {
            self.heard.clear();
        }
        let mut heard = std::mem::take(&mut self.heard);
        heard.sort();
        heard
    }

    fn shared(&mut self, shared: &Shared) {
        match shared {
            Shared::Signal(n) => self.unsolicited(UnsolCode::SIGNAL_STRENGTH, &ints(&[i32::from(*n)])),
            Shared::Time(n) => self.unsolicited(UnsolCode::NITZ_TIME_RECEIVED, &text(&format!("26/11/23,20:00:{n}"))),
            Shared::RadioTech(n) => self.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, &ints(&[i32::from(*n)])),
            Shared::Screen(phone) => {
                let mut actions = Actions::default();
                self.router.set_foreground(self.now, *phone, &mut actions).unwrap();
                self.carry_out(&actions);
            }
            Shared::UntaggedMessage(n) => self.message(&format!("+1555777{n:04}")),
            Shared::Broadcast(channel) => {
                let mut page = vec![0, 1, 0, *channel, 0x0f, 0x11];
                page.resize(88, 0x0d);
                self.unsolicited(UnsolCode::RESPONSE_NEW_BROADCAST_SMS, &parcel::encode(&Raw(Some(page)), V));
            }
            Shared::Wait(seconds) => {
                self.now += Duration::from_secs(u64::from(*seconds));
                self.event(Event::Tick);
            }
        }
    }

    fn private(&mut self, phone: PhoneId, private: &Private, number: i32) {
        let name = if phone == OWN { "own" } else { "other" };
        let base = if phone == OWN { 0 } else { 10 };
        match private {
            Private::Query(n) => {
                let codes = [1, 11, 19, 20, 21, 22, 31, 38, 39, 45, 51, 54, 55, 75, 98, 100, 108, 109, 112, 130];
                let code = RequestCode(codes[usize::from(*n) % codes.len()]);
                // Both ask the same, or each its own.
                self.request(phone, number, code, &text(if *n < 128 { "either" } else { name }));
            }
            Private::ReadFile(n) => {
                let files = [0x2fe2, 0x6f07, 0x6f3a, 0x6f3c, 0x6f46];
                let file_id = files[usize::from(*n) % files.len()];
                let read = SimIo { command: 0xb0, file_id, path: Some("3F007F20".to_owned()), ..Default::default() };
                self.request(phone, number, RequestCode::SIM_IO, &parcel::encode(&read, V));
            }
            Private::OpenChannel => self.request(phone, number, RequestCode::SIM_OPEN_CHANNEL, &text("F0123456")),
            Private::Transmit(n) => {
                let apdu = SimApdu { session_id: i32::from(*n), cla: i32::from(*n), ..Default::default() };
                self.request(phone, number, RequestCode::SIM_TRANSMIT_APDU_CHANNEL, &parcel::encode(&apdu, V));
            }
            Private::CloseChannel(n) => {
                self.request(phone, number, RequestCode::SIM_CLOSE_CHANNEL, &ints(&[i32::from(*n)]));
            }
            Private::ListCalls => self.request(phone, number, RequestCode::GET_CURRENT_CALLS, &[]),
            Private::FailCause => self.request(phone, number, RequestCode::LAST_CALL_FAIL_CAUSE, &[]),
            Private::Radio(on) => self.request(phone, number, RequestCode::RADIO_POWER, &ints(&[i32::from(*on)])),
            Private::Screen(on) => self.request(phone, number, RequestCode::SCREEN_STATE, &ints(&[i32::from(*on)])),
            Private::Notices(on) => {
                for code in [RequestCode::SET_SUPP_SVC_NOTIFICATION, RequestCode::SET_LOCATION_UPDATES] {
                    self.request(phone, number, code, &ints(&[i32::from(*on)]));
                }
            }
            Private::Clir(n) => self.request(phone, number, RequestCode::SET_CLIR, &ints(&[i32::from(*n)])),
            Private::Mute(on) => self.request(phone, number, RequestCode::SET_MUTE, &ints(&[i32::from(*on)])),
            Private::Tone(true) => self.request(phone, number, RequestCode::DTMF_START, &text("5")),
            Private::Tone(false) => self.request(phone, number, RequestCode::DTMF_STOP, &[]),
            Private::SetUpData(n) => {
                let apn = (base + n).to_string();
                let arguments = strings(&["1", "0", &apn, "", "", "0", "IP"]);
                self.request(phone, number, RequestCode::SETUP_DATA_CALL, &arguments);
            }
            Private::CloseData(n) => {
                let arguments = strings(&[&(base + n).to_string(), "0"]);
                self.request(phone, number, RequestCode::DEACTIVATE_DATA_CALL, &arguments);
            }
            Private::ListData => self.request(phone, number, RequestCode::DATA_CALL_LIST, &[]),
            Private::SendMessage(n) => {
                let part = sms_pdu::split(name, sms_pdu::Reference::Short(0)).unwrap().remove(0);
                let to = sms_pdu::Address::number(&format!("+1555{base:02}8{n:04}")).unwrap();
                let pdu = sms_pdu::Submit::new(to, part).to_hex().unwrap();
                self.request(phone, number, RequestCode::SEND_SMS, &strings(&["", &pdu]));
            }
            Private::TaggedMessage(n) => self.message(&format!("+1555012{n:04}{}", phone.0 + 1)),
            Private::Channels(n) => {
                let channels = GsmBroadcastConfig {
                    from_service_id: i32::from(*n),
                    to_service_id: i32::from(n + 2),
                    to_code_scheme: 255,
                    selected: true,
                    ..Default::default()
                };
                self.request(phone, number, RequestCode::GSM_GET_BROADCAST_SMS_CONFIG, &[]);
                let channels = parcel::encode(&vec![channels], V);
                self.request(phone, number, RequestCode::GSM_SET_BROADCAST_SMS_CONFIG, &channels);
                let active = ints(&[i32::from(n % 3 == 0)]);
                self.request(phone, number, RequestCode::GSM_SMS_BROADCAST_ACTIVATION, &active);
            }
            Private::Reconnect => {
                self.event(Event::PhoneDown(phone));
                self.event(Event::PhoneUp(phone));
                // Every client says at once whether it wants the radio; until then it is shown the modem's.
                self.request(phone, number, RequestCode::RADIO_POWER, &ints(&[1]));
            }
        }
    }

    fn own_call(&mut self, call: &OwnCall, number: i32) {
        let place = self.calls.iter().position(|call| !call.is_mt);
        match (call, place) {
            (OwnCall::Dial(n), _) => {
                let dial = Dial { address: Some(format!("55501{n}{number:03}")), ..Default::default() };
                self.request(OWN, number, RequestCode::DIAL, &parcel::encode(&dial, V));
            }
            (OwnCall::Connected, Some(place)) => {
                self.calls[place].state = CallState::ACTIVE;
                self.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
            }
            (OwnCall::HangUp(index), _) => {
                self.request(OWN, number, RequestCode::HANGUP, &ints(&[i32::from(*index)]));
            }
            (OwnCall::Ends, Some(place)) => self.end_call(place),
            (OwnCall::Connected | OwnCall::Ends, None) => {}
        }
    }

    fn other_only(&mut self, only: &OtherOnly, number: i32) {
        let place = self.calls.iter().position(|call| call.is_mt);
        match (only, place) {
            (OtherOnly::Rings(n), None) => {
                self.add_call(CallState::INCOMING, true, format!("1555019999{n}2"));
                self.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
                self.unsolicited(UnsolCode::CALL_RING, &[]);
            }
            (OtherOnly::Rings(_), Some(_)) => self.unsolicited(UnsolCode::CALL_RING, &[]),
            (OtherOnly::RingEnds, Some(place)) => self.end_call(place),
            (OtherOnly::RingEnds, None) => {}
            (OtherOnly::Rejects, _) => self.request(OTHER, number, RequestCode::HANGUP, &ints(&[1])),
            (OtherOnly::Ussd, _) => {
                self.request(OTHER, number, RequestCode::SEND_USSD, &text("*100#"));
                // The network answers what reaches it; a phone without radio reaches nobody.
                if self.asked.iter().any(|(code, ..)| *code == RequestCode::SEND_USSD) {
                    for kind in ["1", "2", "2"] {
                        self.unsolicited(UnsolCode::ON_USSD, &strings(&[kind, "yours alone"]));
                    }
                }
            }
            (OtherOnly::Denied(n), _) => {
                let codes = [2, 6, 13, 14, 15, 16, 17, 24, 34, 37, 40, 41, 47, 53, 59, 63, 72, 99, 102, 123, 129, 4711];
                let code = RequestCode(codes[usize::from(*n) % codes.len()]);
                self.request(OTHER, number, code, &ints(&[0, 0]));
            }
            (OtherOnly::Flood, _) => {
                for serial in 0..550 {
                    self.request(OTHER, serial, RequestCode::GET_CURRENT_CALLS, &[]);
                    self.request(OTHER, serial, RequestCode::GET_ACTIVITY_INFO, &[]);
                }
            }
            (OtherOnly::IgnoresMessages, _) => self.other_ignores = true,
            (OtherOnly::Garbage(bytes), _) => self.event(Event::FromPhone(OTHER, bytes)),
        }
    }

    fn message(&mut self, from: &str) {
        let part = sms_pdu::split("hello", sms_pdu::Reference::Short(0)).unwrap().remove(0);
        let from = sms_pdu::Address::number(from).unwrap();
        let tpdu = sms_pdu::Deliver::new(from, sms_pdu::Timestamp::default(), part);
        let pdu = Addressed { service_centre: None, tpdu }.to_hex().unwrap();
        self.unsolicited(UnsolCode::RESPONSE_NEW_SMS, &text(&pdu));
    }

    // The modem.

    /// Lets the modem answer and the phones acknowledge until nobody has anything left to say.
    fn settle(&mut self) {
        loop {
            if let Some(phone) = self.given.pop() {
                self.request(phone, -1, RequestCode::SMS_ACKNOWLEDGE, &ints(&[1, 0]));
            } else if self.asked.is_empty() {
                return;
            } else {
                let (code, serial, payload) = self.asked.remove(0);
                self.answer(code, serial, &payload);
            }
        }
    }

    fn answer(&mut self, code: RequestCode, serial: i32, payload: &[u8]) {
        let argument = |place: usize| {
            let strings = parcel::decode::<Vec<Option<String>>>(payload, V).unwrap_or_default();
            strings.get(place).cloned().flatten().and_then(|text| text.parse::<i32>().ok()).unwrap_or_default()
        };
        let number = parcel::decode::<Vec<i32>>(payload, V).ok().and_then(|numbers| numbers.first().copied());
        match code {
            RequestCode::GET_CURRENT_CALLS => self.reply(serial, &parcel::encode(&self.calls, V)),
            RequestCode::LAST_CALL_FAIL_CAUSE => self.reply(serial, &parcel::encode(&self.cause, V)),
            RequestCode::DIAL => {
                let dial: Dial = parcel::decode(payload, V).unwrap();
                self.add_call(CallState::DIALING, false, dial.address.unwrap_or_default());
                self.reply(serial, &[]);
                self.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
            }
            RequestCode::HANGUP => {
                self.reply(serial, &[]);
                if let Some(place) = self.calls.iter().position(|call| Some(call.index) == number) {
                    self.end_call(place);
                }
            }
            RequestCode::RADIO_POWER => {
                self.reply(serial, &[]);
                let radio = if number == Some(0) { 0 } else { 10 };
                if std::mem::replace(&mut self.radio, radio) != radio {
                    self.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&radio, V));
                }
            }
            RequestCode::SETUP_DATA_CALL => {
                let call = DataCall { cid: argument(2), active: 2, ..Default::default() };
                if !self.data.contains(&call) {
                    self.data.push(call.clone());
                }
                self.reply(serial, &data_list(vec![call]));
                self.unsolicited(UnsolCode::DATA_CALL_LIST_CHANGED, &data_list(self.data.clone()));
            }
            RequestCode::DEACTIVATE_DATA_CALL => {
                self.data.retain(|call| call.cid != argument(0));
                self.reply(serial, &[]);
                self.unsolicited(UnsolCode::DATA_CALL_LIST_CHANGED, &data_list(self.data.clone()));
            }
            RequestCode::DATA_CALL_LIST => self.reply(serial, &data_list(self.data.clone())),
            RequestCode::SIM_OPEN_CHANNEL => {
                let channel = (1..).find(|channel| !self.channels.contains(channel)).unwrap();
                self.channels.push(channel);
                self.reply(serial, &ints(&[channel, 0x90, 0]));
            }
            RequestCode::SIM_CLOSE_CHANNEL => {
                self.channels.retain(|channel| Some(*channel) != number);
                self.reply(serial, &[]);
            }
            RequestCode::SIM_TRANSMIT_APDU_CHANNEL => {
                let apdu = parcel::decode::<SimApdu>(payload, V).unwrap();
                assert!(self.channels.contains(&apdu.session_id), "a channel that is not open");
                self.reply(serial, &[]);
            }
            RequestCode::SEND_SMS | RequestCode::SEND_SMS_EXPECT_MORE => {
                // It counts for both phones.
                self.sent += 1;
                let message_ref = self.sent;
                self.reply(serial, &parcel::encode(&SmsResponse { message_ref, ..Default::default() }, V));
            }
            code if [1, 11].contains(&code.0)
                || code.0 >= 19 && code.row().is_some_and(|row| row.response.type_name != "()") =>
            {
                // Some answer that depends on what was asked and on nothing else.
                self.reply(serial, &[&code.0.to_ne_bytes(), payload].concat());
            }
            _ => self.reply(serial, &[]),
        }
    }

    fn add_call(&mut self, state: CallState, is_mt: bool, number: String) {
        let taken = |index: &i32| self.calls.iter().any(|call| call.index == *index);
        let index = (1..).find(|index| !taken(index)).unwrap();
        self.calls.push(Call { state, index, is_mt, number: Some(number), is_voice: true, ..Default::default() });
    }

    fn end_call(&mut self, place: usize) {
        self.cause = if self.calls.remove(place).is_mt { 17 } else { 16 };
        self.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]);
    }

    // Frames.

    fn request(&mut self, phone: PhoneId, serial: i32, code: RequestCode, payload: &[u8]) {
        let mut frame = Vec::new();
        Request { code, serial, payload }.put(&mut frame);
        self.event(Event::FromPhone(phone, &frame[4..]));
    }

    fn unsolicited(&mut self, code: UnsolCode, payload: &[u8]) {
        let mut frame = Vec::new();
        Unsolicited::new(code, payload).put(&mut frame);
        self.event(Event::FromModem(&frame[4..]));
    }

    fn reply(&mut self, serial: i32, payload: &[u8]) {
        let mut frame = Vec::new();
        Reply::new(serial, Errno::SUCCESS, payload).put(&mut frame);
        self.event(Event::FromModem(&frame[4..]));
    }

    fn event(&mut self, event: Event<'_>) {
        let mut actions = Actions::default();
        self.router.handle(self.now, event, &mut actions);
        self.carry_out(&actions);
        if actions.iter().any(|action| matches!(action, Action::Store(_))) {
            self.event(Event::Stored(u64::MAX));
        }
    }

    fn carry_out(&mut self, actions: &Actions) {
        for action in actions.iter() {
            match action {
                Action::ToPhone(phone, frame) => {
                    let message = Message::parse(&frame[4..]).unwrap();
                    if matches!(&message, Message::Unsolicited(m) if m.code == UnsolCode::RESPONSE_NEW_SMS)
                        && !(phone == OTHER && self.other_ignores)
                    {
                        self.given.push(phone);
                    }
                    if phone == OWN {
                        self.heard.push(format!("{message:?}"));
                    }
                }
                Action::ToModem(_, frame) => {
                    let request = Request::parse(&frame[4..]).unwrap();
                    self.asked.push((request.code, request.serial, request.payload.to_vec()));
                }
                Action::GiveUp(_) | Action::Store(_) | Action::ToService(_) | Action::Note(_) => {}
            }
        }
    }
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

fn data_list(calls: Vec<DataCall>) -> Vec<u8> {
    parcel::encode(&DataCallList { version: 11, calls }, V)
}
