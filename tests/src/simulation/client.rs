//! A phone's client as RilJ is one: asks much at its start, polls when it is told to look, acknowledges messages.
//!
//! It checks what it hears: answers only to its own questions, once each, and nothing that belongs to another phone.

use std::collections::{HashMap, VecDeque};

use fastrand::Rng;
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::call::Call;
use ril_protocol::payload::data::DataCallList;
use ril_protocol::payload::{Strings, Text};
use ril_protocol::sms_pdu::{Addressed, Deliver, Tpdu};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use serde_json::{Value, json};

const V: RilVersion = RilVersion::COMMON;

/// Numbers that a phone dials begin with this and its place: no other phone may ever see one.
pub(super) const DIALLED: &str = "5557";

/// What a phone asks when it starts.
const START: &[(RequestCode, &str)] = &[
    (RequestCode::GET_SIM_STATUS, "null"),
    (RequestCode::BASEBAND_VERSION, "null"),
    (RequestCode::GET_IMEI, "null"),
    (RequestCode::GET_IMSI, "[null]"),
    (RequestCode::SCREEN_STATE, "[1]"),
    (RequestCode::SET_SUPP_SVC_NOTIFICATION, "[1]"),
    (RequestCode::VOICE_REGISTRATION_STATE, "null"),
    (RequestCode::DATA_REGISTRATION_STATE, "null"),
    (RequestCode::OPERATOR, "null"),
    (RequestCode::SIGNAL_STRENGTH, "null"),
    (RequestCode::GET_CURRENT_CALLS, "null"),
    (RequestCode::DATA_CALL_LIST, "null"),
    (RequestCode::REPORT_STK_SERVICE_IS_RUNNING, "null"),
    (RequestCode::REPORT_SMS_MEMORY_STATUS, "[1]"),
];

/// A phone with at most one client at a time.
pub(super) struct Client {
    /// Its place in the configuration.
    pub(super) place: usize,
    /// A client is connected.
    pub(super) up: bool,
    serial: i32,
    /// Questions of this client that are not answered.
    open: HashMap<i32, RequestCode>,
    /// What the client will send next.
    outbox: VecDeque<Vec<u8>>,
    /// A message that was handed over and not acknowledged.
    message: Option<(String, RequestCode)>,
    /// Messages that clients of this phone have acknowledged, in order.
    pub(super) taken: Vec<String>,
    /// The message whose acknowledgement is not answered.
    confirming: Vec<String>,
    /// What each unanswered acknowledgement says to be taken, in order.
    acknowledging: VecDeque<Option<String>>,
    /// Calls as it was told last.
    pub(super) calls: Vec<Call>,
    /// Data calls as it was told last.
    pub(super) data: Vec<i32>,
    greeted: bool,
    dialled: u32,
}

impl Client {
    /// A phone whose client is not there yet.
    pub(super) fn new(place: usize) -> Self {
        Self {
            place,
            up: false,
            serial: 0,
            open: HashMap::new(),
            outbox: VecDeque::new(),
            message: None,
            taken: Vec::new(),
            confirming: Vec::new(),
            acknowledging: VecDeque::new(),
            calls: Vec::new(),
            data: Vec::new(),
            greeted: false,
            dialled: 0,
        }
    }

    /// A client connects.
    pub(super) fn come(&mut self) {
        self.up = true;
        self.greeted = false;
        for (code, arguments) in START {
            self.ask(*code, serde_json::from_str(arguments).unwrap_or_default());
        }
    }

    /// The client is gone, and all that it knew.
    pub(super) fn leave(&mut self) {
        *self = Self {
            taken: std::mem::take(&mut self.taken),
            confirming: std::mem::take(&mut self.confirming),
            dialled: self.dialled,
            ..Self::new(self.place)
        };
    }

    /// Root is gone: nothing will be answered. The proxy RilD keeps the client, and remembers what it acknowledged.
    pub(super) fn root_is_gone(&mut self) {
        self.leave();
    }

    /// Asks something.
    pub(super) fn ask(&mut self, code: RequestCode, arguments: Value) {
        let Some(row) = code.row() else { return };
        let Ok(payload) = row.request.from_json(arguments, V) else { panic!("the arguments of {code} are wrong") };
        self.serial += 1;
        self.open.insert(self.serial, code);
        let mut frame = Vec::new();
        Request { code, serial: self.serial, payload: &payload }.put(&mut frame);
        self.outbox.push_back(frame.split_off(4));
    }

    /// The next frame's body that it sends.
    pub(super) fn send(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop_front()
    }

    /// Whether it waits for nothing and has nothing to say.
    pub(super) fn is_quiet(&self) -> bool {
        self.open.is_empty() && self.outbox.is_empty() && self.message.is_none()
    }

    /// What it still waits for.
    pub(super) fn open(&self) -> Vec<RequestCode> {
        self.open.values().copied().collect()
    }

    /// Its user does something, or its framework does.
    pub(super) fn act(&mut self, rng: &mut Rng) {
        match rng.u8(0..24) {
            0..3 => {
                self.dialled += 1;
                let number = format!("{DIALLED}{}{:04}", self.place, self.dialled % 10_000);
                self.ask(RequestCode::DIAL, json!({ "address": number }));
            }
            3 => self.about_a_call(rng, RequestCode::HANGUP),
            4..6 => self.ask(RequestCode::ANSWER, Value::Null),
            6 => {
                let codes = [
                    RequestCode::HANGUP_WAITING_OR_BACKGROUND,
                    RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND,
                    RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE,
                    RequestCode::CONFERENCE,
                    RequestCode::UDUB,
                    RequestCode::LAST_CALL_FAIL_CAUSE,
                    RequestCode::EXPLICIT_CALL_TRANSFER,
                ];
                self.ask(codes[rng.usize(0..codes.len())], Value::Null);
            }
            7 => self.ask(RequestCode::DTMF, json!("5")),
            8 => self.ask(RequestCode::SET_MUTE, json!([rng.u8(0..2)])),
            9 => self.ask(RequestCode::RADIO_POWER, json!([u8::from(rng.u8(0..3) > 0)])),
            10 => self.ask(RequestCode::SCREEN_STATE, json!([rng.u8(0..2)])),
            11..13 => {
                let apn = ["internet", "ims", "mms"][rng.usize(0..3)];
                self.ask(RequestCode::SETUP_DATA_CALL, json!(["16", "0", apn, "", "", "0", "IP"]));
            }
            13 => {
                if let Some(cid) = self.data.first() {
                    self.ask(RequestCode::DEACTIVATE_DATA_CALL, json!([cid.to_string(), "0"]));
                }
            }
            14 => self.ask(RequestCode::DATA_CALL_LIST, Value::Null),
            15 => self.ask(RequestCode::SEND_USSD, json!("*100#")),
            16 => self.ask(RequestCode::CANCEL_USSD, Value::Null),
            17 => {
                // SMS-SUBMIT to 5550123, a status report wanted, "Hi".
                let submit = "21000781555010F3000002C834";
                let code = if rng.bool() { RequestCode::SEND_SMS } else { RequestCode::SEND_SMS_EXPECT_MORE };
                self.ask(code, json!([null, submit]));
            }
            18 => self.ask(RequestCode::SET_CLIR, json!([rng.u8(0..3)])),
            19 => self.ask(RequestCode::GET_CLIR, Value::Null),
            20 => self.ask(RequestCode::GSM_SMS_BROADCAST_ACTIVATION, json!([rng.u8(0..2)])),
            21 => self.ask(RequestCode::ENTER_SIM_PIN, json!(["0000", null])),
            22 => self.ask(RequestCode::SIM_IO, json!({"command": 176, "file_id": 12258, "path": "3F00", "p3": 10})),
            _ => {
                let (code, arguments) = START[rng.usize(0..START.len())];
                self.ask(code, serde_json::from_str(arguments).unwrap_or_default());
            }
        }
    }

    /// Its user is in need.
    pub(super) fn call_for_help(&mut self, rng: &mut Rng) {
        self.ask(RequestCode::DIAL, json!({ "address": if rng.bool() { "112" } else { "911" } }));
    }

    /// The client takes the message that it was handed over, or says that it has no room.
    pub(super) fn acknowledge(&mut self, taken: bool) {
        let Some((text, code)) = self.message.take() else { return };
        self.ask(code, if taken { json!([1, 0]) } else { json!([0, 0xd3]) });
        self.acknowledging.push_back(taken.then(|| text.clone()));
        if taken {
            self.confirming.push(text.clone());
            self.taken.push(text);
        } else {
            // It will have room again.
            self.ask(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]));
        }
    }

    /// Whether it has a message to acknowledge.
    pub(super) fn has_message(&self) -> bool {
        self.message.is_some()
    }

    /// Root says something; whole frames.
    pub(super) fn hear(&mut self, body: &[u8]) {
        assert!(self.up, "phone {} is told something while it has no client", self.place);
        match Message::parse(body) {
            Some(Message::Reply(reply)) => self.hear_reply(&reply),
            Some(Message::Unsolicited(message)) => self.hear_news(&message),
            other => panic!("phone {} is sent {other:?}", self.place),
        }
    }

    fn hear_reply(&mut self, reply: &Reply<'_>) {
        let Some(code) = self.open.remove(&reply.serial) else {
            panic!("phone {} did not ask {}", self.place, reply.serial);
        };
        let ok = reply.errno == Errno::SUCCESS;
        match code {
            RequestCode::GET_CURRENT_CALLS if ok => {
                self.calls = parcel::decode::<Vec<Call>>(reply.payload, V).unwrap_or_default();
                self.check_calls();
            }
            RequestCode::DATA_CALL_LIST if ok => self.take_data(reply.payload),
            RequestCode::SETUP_DATA_CALL if ok => {
                let list = parcel::decode::<DataCallList>(reply.payload, V).unwrap_or_default();
                let opened = list.calls.into_iter().filter(|call| call.status == 0).map(|call| call.cid);
                self.data.extend(opened.filter(|cid| !self.data.contains(cid)).collect::<Vec<_>>());
            }
            RequestCode::SMS_ACKNOWLEDGE => {
                let text = self.acknowledging.pop_front().flatten();
                self.confirming.retain(|confirming| !ok || Some(confirming) != text.as_ref());
            }
            _ => {}
        }
    }

    fn hear_news(&mut self, message: &Unsolicited<'_>) {
        assert!(self.greeted || message.code == UnsolCode::RIL_CONNECTED, "{} before the greeting", message.code);
        match message.code {
            UnsolCode::RIL_CONNECTED => self.greeted = true,
            UnsolCode::RESPONSE_CALL_STATE_CHANGED => self.ask(RequestCode::GET_CURRENT_CALLS, Value::Null),
            UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED => self.ask(RequestCode::OPERATOR, Value::Null),
            UnsolCode::DATA_CALL_LIST_CHANGED => self.take_data(message.payload),
            UnsolCode::RESPONSE_NEW_SMS | UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT => {
                self.hear_message(message.code, message.payload);
            }
            UnsolCode::ON_USSD => {
                assert!(parcel::decode::<Strings>(message.payload, V).is_ok(), "a USSD text that cannot be read");
            }
            _ => {}
        }
    }

    /// The proxy RilD knows a message that it has acknowledged and that root may not know to be.
    fn hear_message(&mut self, code: UnsolCode, payload: &[u8]) {
        let hex = parcel::decode::<Text>(payload, V).ok().flatten().unwrap_or_default();
        let text = match Addressed::<Deliver>::from_hex(&hex) {
            Ok(message) if code == UnsolCode::RESPONSE_NEW_SMS => message.tpdu.text().unwrap_or_default(),
            _ => format!("report {hex}"),
        };
        if let Some(owner) = text.strip_prefix("for ") {
            let own = format!("{} ", self.place);
            assert!(owner.starts_with(&own), "phone {} is shown a message for {owner}", self.place);
        }
        assert!(
            self.message.is_none() || self.message.as_ref().is_some_and(|(known, _)| *known == text),
            "phone {} is handed a second message before it took the first",
            self.place
        );
        if self.confirming.contains(&text) {
            self.ask(RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]));
            self.acknowledging.push_back(Some(text));
            return;
        }
        self.message = Some((text, RequestCode::SMS_ACKNOWLEDGE));
    }

    fn take_data(&mut self, payload: &[u8]) {
        let list = parcel::decode::<DataCallList>(payload, V).unwrap_or_default();
        self.data = list.calls.into_iter().map(|call| call.cid).collect();
    }

    fn check_calls(&self) {
        let indices: Vec<i32> = self.calls.iter().map(|call| call.index).collect();
        for call in &self.calls {
            assert_eq!(indices.iter().filter(|index| **index == call.index).count(), 1, "two calls of one index");
            let number = call.number.as_deref().unwrap_or_default();
            if let Some(rest) = number.strip_prefix(DIALLED) {
                let own = rest.starts_with(&self.place.to_string());
                assert!(own, "phone {} sees a call that another dialled: {number}", self.place);
            }
            if call.is_mt
                && let Some(owner) = number.strip_prefix("1555019").and_then(|rest| rest.chars().next())
            {
                assert_eq!(owner.to_digit(10), u32::try_from(self.place).ok(), "a call for another phone");
            }
        }
    }

    fn about_a_call(&mut self, rng: &mut Rng, code: RequestCode) {
        if !self.calls.is_empty() {
            let index = self.calls[rng.usize(0..self.calls.len())].index;
            self.ask(code, json!([index]));
        }
    }
}
