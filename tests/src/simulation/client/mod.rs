//! A phone's client as RilJ is one: asks much at its start, polls when it is told to look, acknowledges messages, and
//! dials again when it is in need and had no answer.
//!
//! * here: what it asks; `hearing`: what it hears, and that it hears nothing that it must not.

mod hearing;

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use fastrand::Rng;
use ril_protocol::dialect::Dialect;
use ril_protocol::frame::Request;
use ril_protocol::payload::call::Call;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::sms_pdu::{self, Tpdu};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};
use serde_json::{Value, json};

use super::cdma;
use super::names::{self, Names};

const V: RilVersion = RilVersion::COMMON;

/// Most numbers of its own that a client counts through.
const NUMBERS: u32 = 10_000;

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

/// Acts on the calls that there are, without naming one.
const ABOUT_CALLS: &[RequestCode] = &[
    RequestCode::HANGUP_WAITING_OR_BACKGROUND,
    RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND,
    RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE,
    RequestCode::CONFERENCE,
    RequestCode::UDUB,
    RequestCode::EXPLICIT_CALL_TRANSFER,
];

/// A text that a client wants sent.
struct Writing {
    says: String,
    code: RequestCode,
    pdu: String,
    /// It failed once.
    again: bool,
}

/// A phone with at most one client at a time.
pub(super) struct Client {
    /// Its place in the configuration.
    pub(super) place: usize,
    pub(super) names: Rc<Names>,
    /// What its software calls messages.
    dialect: Dialect,
    /// Requests of the vendor's own that the router does itself.
    own: Vec<RequestCode>,
    /// A client is connected.
    pub(super) up: bool,
    /// Goes on from client to client, so that an answer to an earlier one is noticed.
    serial: i32,
    /// Questions of this client that are not answered.
    open: HashMap<i32, RequestCode>,
    /// What the client will send next.
    outbox: VecDeque<Vec<u8>>,
    /// A message that was handed over and not acknowledged.
    message: Option<(String, RequestCode)>,
    /// Messages that clients of this phone have acknowledged, in order.
    pub(super) taken: Vec<String>,
    /// Those of them whose acknowledgement is not answered.
    confirming: Vec<String>,
    /// Those of them whose acknowledgement is answered, in the order of that.
    pub(super) confirmed: Vec<String>,
    /// What each unanswered acknowledgement says to be taken, by its serial.
    acknowledging: HashMap<i32, String>,
    /// Texts that it wants sent, by the serial of that.
    writing: HashMap<i32, Writing>,
    /// The text that it was told just now to be sent, with its reference.
    pub(super) sent: Option<(String, i32)>,
    /// Calls as it was told last.
    pub(super) calls: Vec<Call>,
    /// Data calls as it was told last.
    pub(super) data: Vec<i32>,
    /// Logical channels that it was told to have, and has not asked to close.
    channels: Vec<i32>,
    greeted: bool,
    /// The state of the radio as it was told last, and what the router was asked for last.
    pub(super) radio: Option<RadioState>,
    pub(super) wants_radio: Option<bool>,
    /// Pages of cell broadcast that it has just heard.
    pub(super) pages: Vec<Vec<u8>>,
    /// News of CDMA that it has just heard, and whether the network may call it back.
    pub(super) news: Vec<(UnsolCode, Vec<u8>)>,
    pub(super) in_callback_mode: bool,
    /// Broadcasts of emergencies that it heard in airplane mode.
    pub(super) alerted: Vec<String>,
    /// It has just heard that the card may be another.
    pub(super) card_is_news: bool,
    /// How often it has dialled and written.
    dialled: u32,
    written: u32,
}

impl Client {
    /// A phone whose client is not there yet.
    pub(super) fn new(place: usize, names: Rc<Names>, dialect: Dialect, own: Vec<RequestCode>) -> Self {
        Self {
            place,
            names,
            dialect,
            own,
            up: false,
            serial: 0,
            open: HashMap::new(),
            outbox: VecDeque::new(),
            message: None,
            taken: Vec::new(),
            confirming: Vec::new(),
            confirmed: Vec::new(),
            acknowledging: HashMap::new(),
            writing: HashMap::new(),
            sent: None,
            calls: Vec::new(),
            data: Vec::new(),
            channels: Vec::new(),
            greeted: false,
            radio: None,
            wants_radio: None,
            pages: Vec::new(),
            news: Vec::new(),
            in_callback_mode: false,
            alerted: Vec::new(),
            card_is_news: false,
            dialled: 0,
            written: 0,
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

    /// The client is gone, and all that it knew; or root is, and nothing will be answered. The proxy RilD remembers
    /// what was acknowledged.
    pub(super) fn leave(&mut self) {
        *self = Self {
            serial: self.serial,
            taken: std::mem::take(&mut self.taken),
            confirming: std::mem::take(&mut self.confirming),
            confirmed: std::mem::take(&mut self.confirmed),
            alerted: std::mem::take(&mut self.alerted),
            dialled: self.dialled,
            written: self.written,
            ..Self::new(self.place, Rc::clone(&self.names), self.dialect.clone(), std::mem::take(&mut self.own))
        };
    }

    /// Asks something, if its software knows such a question.
    pub(super) fn ask(&mut self, code: RequestCode, arguments: Value) {
        self.ask_like(code, code, arguments);
    }

    /// Asks something whose arguments are those of another request.
    fn ask_like(&mut self, code: RequestCode, like: RequestCode, arguments: Value) {
        let Some(row) = like.row() else { return };
        let Ok(payload) = row.request.from_json(arguments, V) else { panic!("the arguments of {code} are wrong") };
        self.ask_with(code, &payload);
    }

    /// Asks something with arguments that need not be any.
    pub(super) fn ask_with(&mut self, code: RequestCode, payload: &[u8]) {
        let Some(number) = self.dialect.request_number(code) else { return };
        self.serial += 1;
        self.open.insert(self.serial, code);
        let mut frame = Vec::new();
        Request { code: number, serial: self.serial, payload }.put(&mut frame);
        self.outbox.push_back(frame.split_off(4));
    }

    /// Asks something that only the vendor knows and that is for nobody's modem, for the router does it.
    fn ask_of_vendor(&mut self, rng: &mut Rng) {
        if let Some(code) = self.own.get(rng.usize(0..self.own.len().max(1))).copied() {
            self.ask_like(code, RequestCode::SET_MUTE, json!([1]));
        }
    }

    /// What the number of a request stands for that it sends.
    pub(super) fn named(&self, number: RequestCode) -> RequestCode {
        self.dialect.request_named(number)
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
        match rng.u8(0..34) {
            0..3 => {
                self.dialled = (self.dialled + 1) % NUMBERS;
                self.ask(RequestCode::DIAL, json!({ "address": self.names.dialled(self.place, self.dialled) }));
            }
            3 => self.about_a_call(rng, RequestCode::HANGUP),
            4..6 => self.ask(RequestCode::ANSWER, Value::Null),
            6..8 => self.ask(ABOUT_CALLS[rng.usize(0..ABOUT_CALLS.len())], Value::Null),
            8 => self.ask(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null),
            9 => self.tone(rng),
            10 => self.ask(RequestCode::SET_MUTE, json!([rng.u8(0..2)])),
            11 => self.ask(RequestCode::RADIO_POWER, json!([u8::from(rng.u8(0..3) > 0)])),
            12 => self.ask(RequestCode::SCREEN_STATE, json!([rng.u8(0..2)])),
            13..15 => self.set_up_data(rng),
            15..17 => {
                if let Some(cid) = self.data.first() {
                    self.ask(RequestCode::DEACTIVATE_DATA_CALL, json!([cid.to_string(), "0"]));
                }
            }
            17 => self.ask(RequestCode::DATA_CALL_LIST, Value::Null),
            18 => self.ask(RequestCode::SEND_USSD, json!(names::ussd(self.place))),
            19 => self.ask(RequestCode::CANCEL_USSD, Value::Null),
            20..22 => self.write(rng),
            22 => self.ask(RequestCode::SET_CLIR, json!([rng.u8(0..3)])),
            23 => self.ask(RequestCode::GET_CLIR, Value::Null),
            24 => self.ask(RequestCode::GSM_SMS_BROADCAST_ACTIVATION, json!([rng.u8(0..2)])),
            25 => self.ask(RequestCode::ENTER_SIM_PIN, json!(["0000", null])),
            26 => self.ask(RequestCode::SIM_IO, json!({"command": 176, "file_id": 12258, "path": "3F00", "p3": 10})),
            27..31 => self.use_a_channel(rng),
            31 => self.ask(RequestCode::SHUTDOWN, Value::Null),
            32 => self.ask_of_vendor(rng),
            _ => {
                let (code, arguments) = START[rng.usize(0..START.len())];
                self.ask(code, serde_json::from_str(arguments).unwrap_or_default());
            }
        }
    }

    /// Its user is in need. What goes by the vendor's own request for that is an emergency call, whatever the number.
    pub(super) fn call_for_help(&mut self, rng: &mut Rng) {
        let own = names::emergency(self.place);
        let number = ["112", "911", own.as_str()][rng.usize(0..3)];
        let of_vendor = names::emergency_of_vendor(self.place);
        let (code, number) = match (self.dialect.emergency_dial(), rng.u8(0..3)) {
            (Some(code), 0) => (code, number),
            (Some(code), 1) => (code, of_vendor.as_str()),
            _ => (RequestCode::DIAL, number),
        };
        self.ask_like(code, RequestCode::DIAL, json!({ "address": number }));
    }

    /// The client takes the message that it was handed over, or says that it has no room.
    pub(super) fn acknowledge(&mut self, taken: bool) {
        let Some((text, code)) = self.message.take() else { return };
        self.ask(code, verdict(code, taken));
        if taken {
            self.acknowledging.insert(self.serial, text.clone());
            self.confirming.push(text.clone());
            self.taken.push(text);
        } else {
            // It will have room again.
            self.ask(RequestCode::REPORT_SMS_MEMORY_STATUS, json!([1]));
        }
    }

    /// Whether it has asked something that has not been sent.
    pub(super) fn has_something_to_say(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Whether it has a message to acknowledge.
    pub(super) fn has_message(&self) -> bool {
        self.message.is_some()
    }

    fn about_a_call(&mut self, rng: &mut Rng, code: RequestCode) {
        if !self.calls.is_empty() {
            let index = self.calls[rng.usize(0..self.calls.len())].index;
            self.ask(code, json!([index]));
        }
    }

    fn tone(&mut self, rng: &mut Rng) {
        match rng.u8(0..3) {
            0 => self.ask(RequestCode::DTMF, json!("5")),
            1 => self.ask(RequestCode::DTMF_START, json!("5")),
            _ => self.ask(RequestCode::DTMF_STOP, Value::Null),
        }
    }

    fn set_up_data(&mut self, rng: &mut Rng) {
        let apn = match rng.u8(0..4) {
            0 => "internet".to_owned(),
            1 => "wap".to_owned(),
            2 => "mms".to_owned(),
            _ => names::apn(self.place),
        };
        let protocol = ["IP", "IP", "IPV4V6", "IPV6"][rng.usize(0..4)];
        self.ask(RequestCode::SETUP_DATA_CALL, json!(["16", "0", apn, "", "", "0", protocol]));
    }

    /// The number of the next text that it writes.
    pub(super) fn next_text(&mut self) -> u32 {
        self.written = (self.written + 1) % NUMBERS;
        self.written
    }

    /// Sends a short message and wants to know what becomes of it.
    fn write(&mut self, rng: &mut Rng) {
        self.next_text();
        let says = names::written(self.place, self.written, rng.u8(0..4) == 0);
        let part = sms_pdu::split(&says, sms_pdu::Reference::Short(0)).ok().and_then(|mut parts| parts.pop());
        let to = sms_pdu::Address::number(&self.names.recipient(self.place, self.written)).ok();
        let (Some(part), Some(to)) = (part, to) else { return };
        let submit = sms_pdu::Submit { status_report_request: true, ..sms_pdu::Submit::new(to, part) };
        let code = if rng.bool() { RequestCode::SEND_SMS } else { RequestCode::SEND_SMS_EXPECT_MORE };
        self.send_text(Writing { says, code, pdu: submit.to_hex().unwrap_or_default(), again: false });
    }

    fn send_text(&mut self, text: Writing) {
        self.ask(text.code, json!([null, text.pdu]));
        self.writing.insert(self.serial, text);
    }

    fn use_a_channel(&mut self, rng: &mut Rng) {
        match (rng.u8(0..3), self.channels.first().copied()) {
            (0, _) | (_, None) => self.ask(RequestCode::SIM_OPEN_CHANNEL, json!(names::application(self.place))),
            (1, Some(channel)) => {
                let select = json!({"session_id": channel, "cla": channel, "instruction": 0xa4, "p1": 4, "p3": -1});
                self.ask(RequestCode::SIM_TRANSMIT_APDU_CHANNEL, select);
            }
            (_, Some(channel)) => {
                self.channels.retain(|other| *other != channel);
                self.ask(RequestCode::SIM_CLOSE_CHANNEL, json!([channel]));
            }
        }
    }
}

/// What an acknowledgement of this kind says: that a message is taken, or that there is no room.
fn verdict(code: RequestCode, is_taken: bool) -> Value {
    match code {
        RequestCode::CDMA_SMS_ACKNOWLEDGE => cdma::verdict(is_taken),
        _ if is_taken => json!([1, 0]),
        _ => json!([0, 0xd3]),
    }
}
