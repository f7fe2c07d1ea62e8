//! What a phone may do without any other noticing: by `docs/ROUTING.md` it has no effect on what others find.
//!
//! Every request of ril.h is in one of two tables. [`PRIVATE`] are asked, in any state and with any arguments that fit,
//! under a condition where there is one: each condition names what is shared beyond it. [`SHARED`] are not asked, each
//! for its reason.

use ril_protocol::RequestCode as R;
use ril_protocol::sms_pdu::{self, Tpdu};
use serde_json::Value;

use super::Terms;
use crate::simulation::names;
use crate::simulation::world::World;

/// When a request is private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Always.
    Always,
    /// From a phone without the privilege, which is refused or told "done": a privileged one changes what all share.
    Unprivileged,
    /// From a phone that never has the screen: that of the one in front is the modem's.
    NeverInFront,
    /// While another phone is there that keeps the modem's radio on: it is on while anybody wants it.
    OthersHaveRadio,
    /// Where no other phone sends trains of messages: a train waits for what others have under way.
    NoTrains,
    /// From a phone in the background, which is refused; and from any, where no other has calls. One modem has calls.
    CallsAreItsOwn,
    /// Where no other phone uses USSD. One modem has one session.
    UssdIsItsOwn,
    /// From a phone that does not speak for the SIM in matters of data, which is told "done".
    NotDataOwner,
}

use When::{Always, CallsAreItsOwn, NeverInFront, NoTrains, NotDataOwner, OthersHaveRadio, Unprivileged, UssdIsItsOwn};

/// Arguments of which nobody looks at more than that they are none, or not at all.
pub(super) const ANYTHING: &str = "";

/// Requests, when they are private, and arguments; see [`arguments`].
pub(super) const PRIVATE: &[(R, When, &str)] = &[
    (R::GET_SIM_STATUS, Always, "null"),
    (R::ENTER_SIM_PIN, Unprivileged, r#"["000{n}", null]"#),
    (R::ENTER_SIM_PUK, Unprivileged, r#"["0000000{n}", "1111", null]"#),
    (R::ENTER_SIM_PIN2, Unprivileged, r#"["000{n}", null]"#),
    (R::ENTER_SIM_PUK2, Unprivileged, r#"["0000000{n}", "1111", null]"#),
    (R::CHANGE_SIM_PIN, Unprivileged, r#"["000{n}", "1111", null]"#),
    (R::CHANGE_SIM_PIN2, Unprivileged, r#"["000{n}", "1111", null]"#),
    (R::ENTER_NETWORK_DEPERSONALIZATION, Unprivileged, r#"["000{n}"]"#),
    (R::GET_CURRENT_CALLS, Always, "null"),
    (R::DIAL, CallsAreItsOwn, r#"{"address": "{dialled}"}"#),
    (R::GET_IMSI, Always, "[null]"),
    (R::HANGUP, Always, "[{n}]"),
    (R::HANGUP_WAITING_OR_BACKGROUND, Always, "null"),
    (R::HANGUP_FOREGROUND_RESUME_BACKGROUND, Always, "null"),
    (R::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE, Always, "null"),
    (R::CONFERENCE, Always, "null"),
    (R::UDUB, Always, "null"),
    (R::LAST_CALL_FAIL_CAUSE, Always, "null"),
    (R::SIGNAL_STRENGTH, Always, "null"),
    (R::VOICE_REGISTRATION_STATE, Always, "null"),
    (R::DATA_REGISTRATION_STATE, Always, "null"),
    (R::OPERATOR, Always, "null"),
    (R::RADIO_POWER, OthersHaveRadio, "[{bit}]"),
    (R::DTMF, Always, r#""{n}""#),
    (R::SEND_SMS, NoTrains, r#"[null, "{message}"]"#),
    (R::SETUP_DATA_CALL, Always, r#"["16", "{bit}", "{apn}", "", "", "0", "{protocol}"]"#),
    (R::SIM_IO, Always, r#"{"command": 176, "file_id": {file}, "path": "3F00", "p3": 10}"#),
    (R::SEND_USSD, UssdIsItsOwn, r#""{ussd}""#),
    (R::CANCEL_USSD, Always, "null"),
    (R::GET_CLIR, Always, "null"),
    (R::SET_CLIR, Always, "[{two}]"),
    (R::QUERY_CALL_FORWARD_STATUS, Always, r#"{"status": 2, "reason": {n}}"#),
    (R::SET_CALL_FORWARD, Unprivileged, r#"{"status": 3, "reason": {n}, "number": "15550100"}"#),
    (R::QUERY_CALL_WAITING, Always, "[{n}]"),
    (R::SET_CALL_WAITING, Unprivileged, "[{bit}, 1]"),
    (R::SMS_ACKNOWLEDGE, Always, "[{bit}, 211]"),
    (R::GET_IMEI, Always, "null"),
    (R::GET_IMEISV, Always, "null"),
    (R::ANSWER, Always, "null"),
    (R::DEACTIVATE_DATA_CALL, Always, r#"["{n}", "0"]"#),
    (R::QUERY_FACILITY_LOCK, Always, r#"["SC", "", "7", null]"#),
    (R::SET_FACILITY_LOCK, Unprivileged, r#"["SC", "{bit}", "0000", "7", null]"#),
    (R::CHANGE_BARRING_PASSWORD, Unprivileged, r#"["AB", "000{n}", "1111"]"#),
    (R::QUERY_NETWORK_SELECTION_MODE, Always, "null"),
    (R::SET_NETWORK_SELECTION_AUTOMATIC, Unprivileged, "null"),
    (R::SET_NETWORK_SELECTION_MANUAL, Unprivileged, r#""00101""#),
    (R::QUERY_AVAILABLE_NETWORKS, Unprivileged, "null"),
    (R::DTMF_START, Always, r#""{n}""#),
    (R::DTMF_STOP, Always, "null"),
    (R::BASEBAND_VERSION, Always, "null"),
    (R::SEPARATE_CONNECTION, Always, "[{n}]"),
    (R::SET_MUTE, Always, "[{bit}]"),
    (R::GET_MUTE, Always, "null"),
    (R::QUERY_CLIP, Always, "null"),
    (R::LAST_DATA_CALL_FAIL_CAUSE, Always, "null"),
    (R::DATA_CALL_LIST, Always, "null"),
    (R::RESET_RADIO, Unprivileged, "null"),
    (R::OEM_HOOK_RAW, Unprivileged, ANYTHING),
    (R::OEM_HOOK_STRINGS, Unprivileged, r#"["{n}"]"#),
    (R::SCREEN_STATE, NeverInFront, "[{bit}]"),
    (R::SET_SUPP_SVC_NOTIFICATION, Always, "[{bit}]"),
    (R::WRITE_SMS_TO_SIM, Unprivileged, ANYTHING),
    (R::DELETE_SMS_ON_SIM, Unprivileged, "[{n}]"),
    (R::SET_BAND_MODE, Unprivileged, "[{n}]"),
    (R::QUERY_AVAILABLE_BAND_MODE, Unprivileged, "null"),
    (R::STK_GET_PROFILE, Always, "null"),
    (R::STK_SET_PROFILE, Unprivileged, r#""0{n}""#),
    (R::STK_SEND_ENVELOPE_COMMAND, Unprivileged, r#""D3020{n}""#),
    (R::STK_SEND_TERMINAL_RESPONSE, Unprivileged, r#""810301250{n}""#),
    (R::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM, Unprivileged, "[{bit}]"),
    (R::EXPLICIT_CALL_TRANSFER, Always, "null"),
    (R::SET_PREFERRED_NETWORK_TYPE, Unprivileged, "[{n}]"),
    (R::GET_PREFERRED_NETWORK_TYPE, Always, "null"),
    (R::GET_NEIGHBORING_CELL_IDS, Always, "null"),
    (R::SET_LOCATION_UPDATES, Always, "[{bit}]"),
    (R::CDMA_SET_SUBSCRIPTION_SOURCE, Unprivileged, "[{bit}]"),
    (R::CDMA_SET_ROAMING_PREFERENCE, Unprivileged, "[{bit}]"),
    (R::CDMA_QUERY_ROAMING_PREFERENCE, Always, "null"),
    (R::SET_TTY_MODE, NeverInFront, "[{n}]"),
    (R::QUERY_TTY_MODE, Always, "null"),
    (R::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE, Always, "[{bit}]"),
    (R::CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE, Always, "null"),
    (R::CDMA_FLASH, Always, r#""{n}""#),
    (R::CDMA_BURST_DTMF, Always, r#"["{n}", "100", "100"]"#),
    (R::CDMA_VALIDATE_AND_WRITE_AKEY, Unprivileged, r#""{n}""#),
    (R::CDMA_SMS_ACKNOWLEDGE, Always, r#"{"error_class": 0, "sms_cause_code": 0}"#),
    (R::GSM_GET_BROADCAST_SMS_CONFIG, Always, "null"),
    (
        R::GSM_SET_BROADCAST_SMS_CONFIG,
        Always,
        r#"[{"from_service_id": {n}, "to_service_id": 50, "from_code_scheme": 0, "to_code_scheme": 255, "selected": true}]"#,
    ),
    (R::GSM_SMS_BROADCAST_ACTIVATION, Always, "[{bit}]"),
    (R::CDMA_GET_BROADCAST_SMS_CONFIG, Always, "null"),
    (R::CDMA_SMS_BROADCAST_ACTIVATION, Always, "[{bit}]"),
    (R::CDMA_SUBSCRIPTION, Always, "null"),
    (R::CDMA_DELETE_SMS_ON_RUIM, Unprivileged, "[{n}]"),
    (R::DEVICE_IDENTITY, Always, "null"),
    (R::EXIT_EMERGENCY_CALLBACK_MODE, Unprivileged, "null"),
    (R::GET_SMSC_ADDRESS, Always, "null"),
    (R::SET_SMSC_ADDRESS, Unprivileged, r#""1555010000{n}""#),
    (R::REPORT_SMS_MEMORY_STATUS, Always, "[{bit}]"),
    (R::REPORT_STK_SERVICE_IS_RUNNING, Unprivileged, "null"),
    (R::CDMA_GET_SUBSCRIPTION_SOURCE, Always, "null"),
    (R::ISIM_AUTHENTICATION, Unprivileged, r#""00""#),
    (R::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU, Always, r#"["{bit}", "0000"]"#),
    (R::STK_SEND_ENVELOPE_WITH_STATUS, Unprivileged, r#""D3020{n}""#),
    (R::VOICE_RADIO_TECH, Always, "null"),
    (R::GET_CELL_INFO_LIST, Always, "null"),
    (R::SET_INITIAL_ATTACH_APN, NotDataOwner, r#"{"apn": "{apn}"}"#),
    (R::IMS_REGISTRATION_STATE, Always, "null"),
    (R::SIM_TRANSMIT_APDU_BASIC, Unprivileged, r#"{"instruction": 164}"#),
    (R::SIM_OPEN_CHANNEL, Always, r#""{application}""#),
    (R::SIM_CLOSE_CHANNEL, Always, "[{n}]"),
    (
        R::SIM_TRANSMIT_APDU_CHANNEL,
        Always,
        r#"{"session_id": {n}, "cla": {n}, "instruction": {instruction}, "p1": 4, "p3": -1}"#,
    ),
    (R::NV_READ_ITEM, Unprivileged, ANYTHING),
    (R::NV_RESET_CONFIG, Unprivileged, "[{n}]"),
    (R::ALLOW_DATA, NotDataOwner, "[{bit}]"),
    (R::GET_HARDWARE_CONFIG, Always, "null"),
    (R::GET_DC_RT_INFO, Always, "null"),
    (R::SET_DC_RT_INFO_RATE, Always, "[{n}]"),
    (R::SET_DATA_PROFILE, NotDataOwner, "[]"),
    (R::SHUTDOWN, OthersHaveRadio, "null"),
    (R::GET_RADIO_CAPABILITY, Always, "null"),
    (R::PULL_LCEDATA, Always, "null"),
    (R::GET_ACTIVITY_INFO, Always, "null"),
    (R::GET_CARRIER_RESTRICTIONS, Always, "null"),
    (R::SEND_DEVICE_STATE, Always, "[{n}, {bit}]"),
    (R::SET_SIM_CARD_POWER, Unprivileged, "[{bit}]"),
    (R::STOP_NETWORK_SCAN, Unprivileged, "null"),
    (R::STOP_KEEPALIVE, Always, "[{n}]"),
    (R::CDMA_SEND_SMS, NoTrains, ANYTHING),
    (R::CDMA_SET_BROADCAST_SMS_CONFIG, Always, ANYTHING),
    (R::CDMA_WRITE_SMS_TO_RUIM, Unprivileged, ANYTHING),
    (R::IMS_SEND_SMS, NoTrains, ANYTHING),
    (R::NV_WRITE_ITEM, Unprivileged, ANYTHING),
    (R::NV_WRITE_CDMA_PRL, Unprivileged, ANYTHING),
    (R::SET_UICC_SUBSCRIPTION, Unprivileged, ANYTHING),
    (R::SIM_AUTHENTICATION, Unprivileged, ANYTHING),
    (R::SET_RADIO_CAPABILITY, Unprivileged, ANYTHING),
    (R::SET_CARRIER_RESTRICTIONS, Unprivileged, ANYTHING),
    (R::SET_CARRIER_INFO_IMSI_ENCRYPTION, Unprivileged, ANYTHING),
    (R::START_NETWORK_SCAN, Unprivileged, ANYTHING),
    (R::START_KEEPALIVE, Always, ANYTHING),
    (R::RESPONSE_ACKNOWLEDGEMENT, Always, "null"),
];

/// Requests that others may notice, and why. They are not asked.
#[cfg(test)]
const SHARED: &[(R, &str)] = &[
    (R::SEND_SMS_EXPECT_MORE, "what others send waits for the end of the train"),
    (R::SET_UNSOLICITED_RESPONSE_FILTER, "the modem says what any phone wants to hear, and others hear it too"),
    (R::SET_UNSOL_CELL_INFO_LIST_RATE, "the modem tells of cells at the shortest rate"),
    (R::START_LCE, "the modem makes estimates at the shortest interval"),
    (R::STOP_LCE, "as START_LCE"),
];

impl World {
    /// Whether a request of the phone that is hidden is private just now.
    pub(super) fn is_private(&self, terms: &Terms, when: When) -> bool {
        let hidden = terms.hidden;
        // Where none is privileged, the first is.
        let any_privileged = self.config.phone.iter().any(|phone| phone.privileged);
        let first_privileged = self.config.phone.iter().position(|phone| phone.privileged).unwrap_or(0);
        let owner = self.config.data.owner.as_ref();
        let owner = owner.and_then(|name| self.config.phone.iter().position(|phone| phone.name == *name));
        match when {
            Always => true,
            Unprivileged => !self.config.phone[hidden].privileged && (any_privileged || hidden != 0),
            NeverInFront => !terms.may_be_in_front,
            OthersHaveRadio => terms.anchor.is_some() && self.recorded.router.radio().is_on(),
            // A message by way of the service goes as several texts when there is no link.
            NoTrains => {
                let mut others = (0..self.clients.len()).filter(|place| *place != hidden);
                !terms.trains && !others.any(|place| self.names.is_by_service(place))
            }
            CallsAreItsOwn => terms.calls_are_its_own || self.recorded.router.foreground().0 != hidden,
            UssdIsItsOwn => terms.ussd_is_its_own,
            NotDataOwner => owner.unwrap_or(first_privileged) != hidden,
        }
    }

    /// Arguments of a request: what stands in braces is filled in.
    pub(super) fn arguments(&mut self, place: usize, template: &str) -> Value {
        let rng = &mut self.rng;
        let mut text = template.to_owned();
        let files = ["12258", "28423", "28474", "28476", "28486", "28478"];
        let protocols = ["IP", "IP", "IPV4V6", "IPV6", "PPP"];
        // No client counts that far: no two texts are alike.
        let text_number = rng.u32(10_000..);
        let written = message(&self.names.recipient(place, text_number), &names::written(place, text_number, false));
        for (name, value) in [
            ("{n}", rng.u8(0..5).to_string()),
            ("{bit}", rng.u8(0..2).to_string()),
            ("{two}", rng.u8(0..3).to_string()),
            ("{file}", files[rng.usize(0..files.len())].to_owned()),
            ("{instruction}", if rng.bool() { "164" } else { "112" }.to_owned()),
            ("{protocol}", protocols[rng.usize(0..protocols.len())].to_owned()),
            ("{dialled}", self.names.dialled(place, rng.u32(0..10_000))),
            ("{apn}", names::apn(place)),
            ("{ussd}", names::ussd(place)),
            ("{application}", names::application(place).to_owned()),
            ("{message}", written),
        ] {
            text = text.replace(name, &value);
        }
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }
}

/// An SMS-SUBMIT that wants to know what becomes of it.
fn message(to: &str, says: &str) -> String {
    let part = sms_pdu::split(says, sms_pdu::Reference::Short(0)).expect("a short text").remove(0);
    let to = sms_pdu::Address::number(to).expect("a number");
    let submit = sms_pdu::Submit { status_report_request: true, ..sms_pdu::Submit::new(to, part) };
    submit.to_hex().expect("a message that can be written")
}

#[cfg(test)]
mod tests {
    use ril_protocol::messages::REQUESTS;

    use super::*;

    #[test]
    fn every_request_is_private_or_shared_for_a_reason() {
        for row in REQUESTS {
            let private = PRIVATE.iter().filter(|(code, ..)| *code == row.code).count();
            let shared = SHARED.iter().filter(|(code, _)| *code == row.code).count();
            assert_eq!(private + shared, 1, "{} is to be in one of the tables", row.code);
        }
    }
}
