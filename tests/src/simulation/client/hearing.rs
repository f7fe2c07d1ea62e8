//! What a client hears: answers only to its own questions, once each, and nothing that is another phone's.

use ril_protocol::dialect::VendorAudience;
use ril_protocol::frame::{Message, Reply, Unsolicited};
use ril_protocol::payload::call::{Call, FailCause};
use ril_protocol::payload::data::DataCallList;
use ril_protocol::payload::sms::SmsResponse;
use ril_protocol::payload::{Strings, Text};
use ril_protocol::sms_pdu::{Addressed, Deliver, StatusReport, Tpdu};
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};
use serde_json::Value;

use super::{Client, V, Writing, verdict};
use crate::simulation::{cdma, names};

impl Client {
    /// Root says something; whole frames. The question that is answered, if one is.
    pub(in crate::simulation) fn hear(&mut self, body: &[u8]) -> Option<(RequestCode, i32, Errno)> {
        assert!(self.up, "phone {} is told something while it has no client", self.place);
        match Message::parse(body) {
            Some(Message::Reply(reply)) => Some(self.hear_reply(&reply)),
            Some(Message::Unsolicited(message)) => {
                self.hear_news(&message);
                None
            }
            other => panic!("phone {} is sent {other:?}", self.place),
        }
    }

    fn hear_reply(&mut self, reply: &Reply<'_>) -> (RequestCode, i32, Errno) {
        let Some(code) = self.open.remove(&reply.serial) else {
            panic!("phone {} did not ask {}", self.place, reply.serial);
        };
        let ok = reply.errno == Errno::SUCCESS;
        match code {
            RequestCode::GET_CURRENT_CALLS if ok => {
                let before = std::mem::take(&mut self.calls);
                self.calls = parcel::decode::<Vec<Call>>(reply.payload, V).unwrap_or_default();
                self.check_calls();
                if before.iter().any(|call| self.calls.iter().all(|other| other.index != call.index)) {
                    self.ask(RequestCode::LAST_CALL_FAIL_CAUSE, Value::Null);
                }
            }
            RequestCode::LAST_CALL_FAIL_CAUSE if ok => {
                let cause = parcel::decode::<FailCause>(reply.payload, V).unwrap_or_default().cause;
                let owner = self.names.of_cause(cause);
                assert!(
                    owner.is_none_or(|owner| owner == self.place),
                    "phone {} is told why {owner:?}'s call ended",
                    self.place
                );
            }
            RequestCode::DATA_CALL_LIST if ok => self.take_data(reply.payload),
            RequestCode::SETUP_DATA_CALL if ok => {
                let list = parcel::decode::<DataCallList>(reply.payload, V).unwrap_or_default();
                let opened = list.calls.into_iter().filter(|call| call.status == 0).map(|call| call.cid);
                self.data.extend(opened.filter(|cid| !self.data.contains(cid)).collect::<Vec<_>>());
            }
            RequestCode::SIM_OPEN_CHANNEL if ok => {
                let numbers = parcel::decode::<Vec<i32>>(reply.payload, V).unwrap_or_default();
                let number = numbers.first().copied().unwrap_or_default();
                // One that the card has closed by itself is given again.
                self.channels.retain(|known| *known != number);
                self.channels.push(number);
            }
            RequestCode::SEND_SMS | RequestCode::SEND_SMS_EXPECT_MORE => self.hear_of_text(reply),
            RequestCode::SMS_ACKNOWLEDGE | RequestCode::CDMA_SMS_ACKNOWLEDGE => {
                let text = self.acknowledging.remove(&reply.serial);
                let is_it = |confirming: &mut String| ok && Some(&*confirming) == text.as_ref();
                self.confirmed.extend(self.confirming.extract_if(.., is_it));
            }
            code if self.own.contains(&code) => assert!(ok, "phone {} is told {} of {code}", self.place, reply.errno),
            _ => {}
        }
        (code, reply.serial, reply.errno)
    }

    /// What it wrote is sent, or is not. What was to go by the service is sent again, as the framework does.
    fn hear_of_text(&mut self, reply: &Reply<'_>) {
        let Some(text) = self.writing.remove(&reply.serial) else { return };
        if reply.errno == Errno::SUCCESS {
            let response = parcel::decode::<SmsResponse>(reply.payload, V).unwrap_or_default();
            self.sent = Some((text.says, response.message_ref));
        } else if !text.again && self.names.is_by_service(self.place) {
            self.send_text(Writing { again: true, ..text });
        }
    }

    fn hear_news(&mut self, message: &Unsolicited<'_>) {
        let code = self.dialect.unsolicited_named(message.code);
        assert!(self.greeted || code == UnsolCode::RIL_CONNECTED, "{code} before the greeting");
        self.check_audience(code);
        match code {
            UnsolCode::RIL_CONNECTED => self.greeted = true,
            UnsolCode::RESPONSE_CALL_STATE_CHANGED => self.ask(RequestCode::GET_CURRENT_CALLS, Value::Null),
            UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED => self.ask(RequestCode::OPERATOR, Value::Null),
            UnsolCode::RESPONSE_SIM_STATUS_CHANGED => {
                self.channels.clear();
                self.card_is_news = true;
            }
            UnsolCode::SIM_REFRESH => self.card_is_news = true,
            UnsolCode::DATA_CALL_LIST_CHANGED => self.take_data(message.payload),
            UnsolCode::RESPONSE_RADIO_STATE_CHANGED => self.radio = parcel::decode(message.payload, V).ok(),
            UnsolCode::RESPONSE_NEW_BROADCAST_SMS => self.pages.push(message.payload.to_vec()),
            UnsolCode::RESPONSE_NEW_SMS | UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT => {
                self.hear_message(code, message.payload);
            }
            UnsolCode::RESPONSE_CDMA_NEW_SMS => self.hear_cdma_message(message.payload),
            code if cdma::is_news(code) => self.hear_cdma_news(code, message.payload),
            UnsolCode::ON_USSD => {
                let strings = parcel::decode::<Strings>(message.payload, V).expect("a USSD text that can be read");
                let owner = strings.get(1).cloned().flatten().and_then(|text| self.names.of_ussd(&text));
                assert!(
                    owner.is_none_or(|owner| owner == self.place),
                    "phone {} is shown {owner:?}'s USSD",
                    self.place
                );
            }
            _ => {}
        }
    }

    /// A vendor's own message is for phones that know it, and some are for those alone that may know what is in them.
    fn check_audience(&self, code: UnsolCode) {
        let audience = self.dialect.audience(code);
        assert!(
            audience.is_some() || code.row().is_some(),
            "phone {} hears {code}, which it does not know",
            self.place
        );
        let may = match audience {
            Some(VendorAudience::Router) => false,
            Some(VendorAudience::Privileged) => self.names.is_privileged(self.place),
            Some(VendorAudience::All) | None => true,
        };
        assert!(may, "phone {} hears {code}, which is not for it", self.place);
    }

    fn hear_message(&mut self, code: UnsolCode, payload: &[u8]) {
        let hex = parcel::decode::<Text>(payload, V).ok().flatten().unwrap_or_default();
        let (text, is_own) = self.read_message(code, &hex);
        self.take_in(text, is_own, RequestCode::SMS_ACKNOWLEDGE);
    }

    /// It is given a message, which this acknowledges. The proxy RilD knows one that it has acknowledged and that root
    /// may not know to be.
    pub(in crate::simulation) fn take_in(&mut self, text: String, is_own: bool, acknowledgement: RequestCode) {
        assert!(self.names.has_telephony(self.place), "phone {} without telephony is shown a message", self.place);
        assert!(is_own, "phone {} is shown another's `{text}`", self.place);
        assert!(
            self.message.is_none() || self.message.as_ref().is_some_and(|(known, _)| *known == text),
            "phone {} is handed a second message before it took the first",
            self.place
        );
        if self.confirming.contains(&text) {
            self.ask(acknowledgement, verdict(acknowledgement, true));
            self.acknowledging.insert(self.serial, text);
            return;
        }
        self.message = Some((text, acknowledgement));
    }

    /// The text of a message, or one that stands for a status report; and whether it may be this phone's.
    fn read_message(&self, code: UnsolCode, hex: &str) -> (String, bool) {
        if code == UnsolCode::RESPONSE_NEW_SMS {
            let message = Addressed::<Deliver>::from_hex(hex).ok();
            let text = message.and_then(|message| message.tpdu.text().ok()).unwrap_or_default();
            let is_own = self.names.is_message_for(&text, self.place);
            return (text, is_own);
        }
        let report = Addressed::<StatusReport>::from_hex(hex).ok();
        let recipient = report.and_then(|report| report.tpdu.recipient_address.digits());
        let sender = recipient.and_then(|recipient| self.names.of_report(&recipient));
        (names::report(hex), sender.is_none_or(|sender| sender == self.place))
    }

    fn take_data(&mut self, payload: &[u8]) {
        let list = parcel::decode::<DataCallList>(payload, V).unwrap_or_default();
        self.data = list.calls.into_iter().map(|call| call.cid).collect();
    }

    fn check_calls(&self) {
        let indices: Vec<i32> = self.calls.iter().map(|call| call.index).collect();
        for call in &self.calls {
            assert_eq!(indices.iter().filter(|index| **index == call.index).count(), 1, "two calls of one index");
            let owner = self.names.of_call(call);
            assert!(owner.is_none_or(|owner| owner == self.place), "phone {} sees a call of {owner:?}", self.place);
        }
    }
}
