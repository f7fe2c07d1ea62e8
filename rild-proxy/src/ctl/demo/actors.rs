//! The phones of the demo: clients that speak to a rild as Android's RilJ does, and notice what they hear.

use std::collections::VecDeque;
use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use ril_protocol::payload::call::Call;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::sms_pdu::{self, Addressed, Deliver, Tpdu};
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};
use serde_json::{Value, json};

use super::super::root::soon;
use crate::client::{Client, Notice, arguments_from_json, notice_to_json, result_to_json};
use crate::clock;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What happened instead of what the story says.
#[derive(Debug)]
pub(super) struct Wrong(String);

impl Wrong {
    pub(super) fn new(what: impl Display) -> Self {
        Self(what.to_string())
    }
}

impl<E: std::error::Error> From<E> for Wrong {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Waits until it is so.
fn until(otherwise: &str, is_so: impl FnMut() -> Result<bool, Wrong>) -> Result<(), Wrong> {
    if soon(PATIENCE, is_so)? { Ok(()) } else { Err(Wrong::new(otherwise)) }
}

/// A phone's client.
pub(super) struct Phone {
    pub(super) name: &'static str,
    client: Client,
    heard: VecDeque<Notice>,
}

impl Phone {
    pub(super) fn connect(name: &'static str, socket: &Path) -> Result<Self, Wrong> {
        until("its socket does not appear", || Ok(socket.exists()))?;
        Ok(Self { name, client: Client::connect(socket, PATIENCE)?, heard: VecDeque::new() })
    }

    /// Asks; a failure is wrong.
    pub(super) fn ask(&mut self, code: RequestCode, arguments: Value) -> Result<Value, Wrong> {
        let version = self.client.version();
        let payload = arguments_from_json(code, arguments, version)?;
        let answer = self.client.request(code, &payload, PATIENCE)?;
        if answer.errno != Errno::SUCCESS {
            return Err(Wrong(format!("{code} failed: {}", answer.errno)));
        }
        Ok(result_to_json(code, &answer.payload, version)?)
    }

    /// Asks; success is wrong.
    pub(super) fn is_refused(&mut self, code: RequestCode, arguments: Value) -> Result<(), Wrong> {
        let payload = arguments_from_json(code, arguments, self.client.version())?;
        match self.client.request(code, &payload, PATIENCE)?.errno {
            Errno::SUCCESS => Err(Wrong(format!("{code} was allowed"))),
            _ => Ok(()),
        }
    }

    /// Asks something without arguments; anything but this answer is wrong.
    pub(super) fn is_told(&mut self, code: RequestCode, errno: Errno) -> Result<(), Wrong> {
        match self.client.request(code, &[], PATIENCE)?.errno {
            told if told == errno => Ok(()),
            told => Err(Wrong(format!("{code} was answered {told}"))),
        }
    }

    /// The next message of this kind, those heard already included.
    pub(super) fn wait_for(&mut self, code: UnsolCode) -> Result<Notice, Wrong> {
        let deadline = clock::now() + PATIENCE;
        loop {
            if let Some(place) = self.heard.iter().position(|notice| notice.code == code) {
                return self.heard.drain(..=place).next_back().ok_or_else(|| Wrong::new("nothing"));
            }
            let left = deadline.saturating_duration_since(clock::now());
            match self.client.notice(Some(left))? {
                Some(notice) => self.heard.push_back(notice),
                None => return Err(Wrong(format!("{} did not hear {code}", self.name))),
            }
        }
    }

    pub(super) fn forget_what_was_heard(&mut self) {
        // What is on its way was sent before the modem's answer to this.
        let _ = self.client.request(RequestCode::GET_ACTIVITY_INFO, &[], PATIENCE);
        while let Ok(Some(_)) = self.client.notice(Some(Duration::ZERO)) {}
        self.heard.clear();
    }

    /// Since it was told to forget, the phone has heard none of these. Root serves phones in order, so whatever it had
    /// for this phone comes before the modem's answer to a question that is asked now.
    pub(super) fn heard_none_of(&mut self, codes: &[UnsolCode]) -> Result<(), Wrong> {
        self.ask(RequestCode::GET_ACTIVITY_INFO, Value::Null)?;
        while let Some(notice) = self.client.notice(Some(Duration::ZERO))? {
            self.heard.push_back(notice);
        }
        match self.heard.iter().find(|notice| codes.contains(&notice.code)) {
            None => Ok(()),
            Some(notice) => Err(Wrong(format!("it heard {}", notice_to_json(notice, self.client.version())))),
        }
    }

    fn calls(&mut self) -> Result<Vec<Call>, Wrong> {
        let list = self.ask(RequestCode::GET_CURRENT_CALLS, Value::Null)?;
        // Null is what libril makes of a library that has no list to give.
        Ok(if list.is_null() { Vec::new() } else { serde_json::from_value(list)? })
    }

    /// Looks at its calls whenever it hears that they changed, until they are so.
    fn wait_for_calls(&mut self, are_so: impl Fn(&[Call]) -> bool) -> Result<(), Wrong> {
        let deadline = clock::now() + PATIENCE;
        loop {
            let calls = self.calls()?;
            if are_so(&calls) {
                return Ok(());
            }
            if clock::now() > deadline || self.wait_for(UnsolCode::RESPONSE_CALL_STATE_CHANGED).is_err() {
                let states: Vec<String> = calls.iter().map(|c| format!("{} {:?}", c.state, c.number)).collect();
                return Err(Wrong(format!("{} sees the calls {states:?}", self.name)));
            }
        }
    }

    pub(super) fn wait_for_call(&mut self, is_so: impl Fn(&Call) -> bool) -> Result<(), Wrong> {
        self.wait_for_calls(|calls| calls.iter().any(&is_so))
    }

    pub(super) fn wait_for_no_call(&mut self) -> Result<(), Wrong> {
        self.wait_for_calls(<[Call]>::is_empty)
    }

    pub(super) fn sees_no_call(&mut self) -> Result<(), Wrong> {
        match self.calls()?.len() {
            0 => Ok(()),
            n => Err(Wrong(format!("it sees {n}"))),
        }
    }

    pub(super) fn switch_radio_on(&mut self) -> Result<(), Wrong> {
        self.ask(RequestCode::RADIO_POWER, json!([1]))?;
        self.hears_radio("ON")
    }

    pub(super) fn airplane_mode(&mut self) -> Result<(), Wrong> {
        self.forget_what_was_heard();
        self.ask(RequestCode::RADIO_POWER, json!([0]))?;
        self.hears_radio("OFF")
    }

    /// Waits until it hears of this state of the radio.
    pub(super) fn hears_radio(&mut self, state: &str) -> Result<(), Wrong> {
        loop {
            let notice = self.wait_for(UnsolCode::RESPONSE_RADIO_STATE_CHANGED)?;
            let told: RadioState = parcel::decode(&notice.payload, self.client.version())?;
            if told.to_string() == state {
                return Ok(());
            }
        }
    }

    /// Registered at home (1) or roaming (5), 3GPP TS 27.007, 7.2.
    pub(super) fn wait_for_network(&mut self) -> Result<(), Wrong> {
        loop {
            let registration = self.ask(RequestCode::VOICE_REGISTRATION_STATE, Value::Null)?;
            if matches!(registration[0].as_str(), Some("1" | "5")) {
                return Ok(());
            }
            self.wait_for(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED)
                .map_err(|_| Wrong(format!("registration is {registration}")))?;
        }
    }

    pub(super) fn send_sms(&mut self, to: &str, text: &str) -> Result<(), Wrong> {
        let part = sms_pdu::split(text, sms_pdu::Reference::Short(0))?.swap_remove(0);
        let submit = sms_pdu::Submit::new(sms_pdu::Address::number(to)?, part);
        self.ask(RequestCode::SEND_SMS, json!([null, submit.to_hex()?])).map(drop)
    }

    /// Waits for a message, checks it, and acknowledges it.
    pub(super) fn receives_sms(&mut self, from: &str, text: &str) -> Result<(), Wrong> {
        let notice = self.wait_for(UnsolCode::RESPONSE_NEW_SMS)?;
        let pdu: Option<String> = parcel::decode(&notice.payload, self.client.version())?;
        let message = Addressed::<Deliver>::from_hex(&pdu.unwrap_or_default())?.tpdu;
        let (sender, said) = (message.originating_address.to_string(), message.text()?);
        self.ask(RequestCode::SMS_ACKNOWLEDGE, json!([1, 0]))?;
        if sender.trim_start_matches('+') == from.trim_start_matches('+') && said == text {
            Ok(())
        } else {
            Err(Wrong(format!("it got {said:?} from {sender}")))
        }
    }

    /// Its old connection is good again.
    pub(super) fn is_served_again(&mut self) -> Result<(), Wrong> {
        until("its questions stay unanswered", || {
            Ok(self.client.request(RequestCode::GET_IMEI, &[], PATIENCE)?.errno == Errno::SUCCESS)
        })
    }
}
