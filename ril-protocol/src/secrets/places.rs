//! What payloads hold that are only strings, integers or bytes: a row per message, place by place.
//!
//! Places are those of ril.h, which `rows.rs` names in short.

use super::{Held, Secret};
use crate::messages::{RequestCode as R, UnsolCode as U};
use Held::{All, Places, Repeated};
use Secret::{
    AccessPoint, Application, Broadcast, Cell, CellDecimal, Challenge, Imei, Imsi, IncomingPdu, Key, Keyword, Meid,
    Number, Open, Operator, OutgoingPdu, PhysicalCell, PhysicalCellDecimal, Pin, Position, ReportPdu, Short, Smsc,
    Tones, Toolkit, Unknown, Ussd,
};

const OPEN: Held = All(Open);

/// Its type says it, or it has none.
const FIELDS: Held = Held::Fields;

/// A short message to send: its service centre and itself.
pub(super) const SUBMITTED: Held = Places(&[Smsc, OutgoingPdu]);

/// State, location area, cell, technology; base station with latitude and longitude, concurrent services, system and
/// network of CDMA; roaming indicators; reason of a refusal; scrambling code.
const VOICE: Held = Places(&[
    Short,
    Cell,
    Cell,
    Short,
    CellDecimal,
    Position,
    Position,
    Short,
    CellDecimal,
    CellDecimal,
    Short,
    Short,
    Short,
    Short,
    PhysicalCell,
]);

/// State, location area, cell, technology, reason of a refusal, most data calls; tracking area, physical cell, cell,
/// closed subscriber group, and timing advance of LTE.
const DATA: Held = Places(&[
    Short,
    Cell,
    Cell,
    Short,
    Short,
    Short,
    CellDecimal,
    PhysicalCellDecimal,
    CellDecimal,
    CellDecimal,
    Short,
]);

/// Requests: arguments and result.
#[rustfmt::skip]
static REQUESTS_HOLD: &[(R, Held, Held)] = &[
    (R::ENTER_SIM_PIN, Places(&[Pin, Application]), OPEN),
    (R::ENTER_SIM_PUK, Places(&[Pin, Pin, Application]), OPEN),
    (R::ENTER_SIM_PIN2, Places(&[Pin, Application]), OPEN),
    (R::ENTER_SIM_PUK2, Places(&[Pin, Pin, Application]), OPEN),
    (R::CHANGE_SIM_PIN, Places(&[Pin, Pin, Application]), OPEN),
    (R::CHANGE_SIM_PIN2, Places(&[Pin, Pin, Application]), OPEN),
    (R::ENTER_NETWORK_DEPERSONALIZATION, All(Key), OPEN),
    (R::GET_IMSI, Places(&[Application]), All(Imsi)),
    (R::HANGUP, OPEN, FIELDS),
    (R::VOICE_REGISTRATION_STATE, FIELDS, VOICE),
    (R::DATA_REGISTRATION_STATE, FIELDS, DATA),
    (R::OPERATOR, FIELDS, All(Operator)),
    (R::RADIO_POWER, OPEN, FIELDS),
    (R::DTMF, All(Tones), FIELDS),
    (R::SEND_SMS, SUBMITTED, FIELDS),
    (R::SEND_SMS_EXPECT_MORE, SUBMITTED, FIELDS),
    (R::SETUP_DATA_CALL, Places(&[Short, Short, AccessPoint, Secret::Text, Key, Short, Keyword]), FIELDS),
    (R::SEND_USSD, All(Ussd), FIELDS),
    (R::GET_CLIR, FIELDS, OPEN),
    (R::SET_CLIR, OPEN, FIELDS),
    (R::QUERY_CALL_WAITING, OPEN, OPEN),
    (R::SET_CALL_WAITING, OPEN, FIELDS),
    (R::SMS_ACKNOWLEDGE, OPEN, FIELDS),
    (R::GET_IMEI, FIELDS, All(Imei)),
    (R::GET_IMEISV, FIELDS, All(Imei)),
    (R::DEACTIVATE_DATA_CALL, Places(&[Short, Short]), FIELDS),
    (R::QUERY_FACILITY_LOCK, Places(&[Short, Pin, Short, Application]), OPEN),
    (R::SET_FACILITY_LOCK, Places(&[Short, Short, Pin, Short, Application]), OPEN),
    (R::CHANGE_BARRING_PASSWORD, Places(&[Short, Pin, Pin, Pin]), FIELDS),
    (R::QUERY_NETWORK_SELECTION_MODE, FIELDS, OPEN),
    (R::SET_NETWORK_SELECTION_MANUAL, All(Operator), FIELDS),
    (R::QUERY_AVAILABLE_NETWORKS, FIELDS, Repeated(&[Operator, Operator, Operator, Keyword])),
    (R::DTMF_START, All(Tones), FIELDS),
    (R::BASEBAND_VERSION, FIELDS, OPEN),
    (R::SEPARATE_CONNECTION, OPEN, FIELDS),
    (R::SET_MUTE, OPEN, FIELDS),
    (R::GET_MUTE, FIELDS, OPEN),
    (R::QUERY_CLIP, FIELDS, OPEN),
    (R::LAST_DATA_CALL_FAIL_CAUSE, FIELDS, OPEN),
    (R::OEM_HOOK_RAW, All(Unknown), All(Unknown)),
    (R::OEM_HOOK_STRINGS, All(Unknown), All(Unknown)),
    (R::SCREEN_STATE, OPEN, FIELDS),
    (R::SET_SUPP_SVC_NOTIFICATION, OPEN, FIELDS),
    (R::WRITE_SMS_TO_SIM, FIELDS, OPEN),
    (R::DELETE_SMS_ON_SIM, OPEN, FIELDS),
    (R::SET_BAND_MODE, OPEN, FIELDS),
    (R::QUERY_AVAILABLE_BAND_MODE, FIELDS, OPEN),
    (R::STK_GET_PROFILE, FIELDS, OPEN),
    (R::STK_SET_PROFILE, OPEN, FIELDS),
    (R::STK_SEND_ENVELOPE_COMMAND, All(Toolkit), All(Toolkit)),
    (R::STK_SEND_TERMINAL_RESPONSE, All(Toolkit), FIELDS),
    (R::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM, OPEN, FIELDS),
    (R::SET_PREFERRED_NETWORK_TYPE, OPEN, FIELDS),
    (R::GET_PREFERRED_NETWORK_TYPE, FIELDS, OPEN),
    (R::SET_LOCATION_UPDATES, OPEN, FIELDS),
    (R::CDMA_SET_SUBSCRIPTION_SOURCE, OPEN, FIELDS),
    (R::CDMA_SET_ROAMING_PREFERENCE, OPEN, FIELDS),
    (R::CDMA_QUERY_ROAMING_PREFERENCE, FIELDS, OPEN),
    (R::SET_TTY_MODE, OPEN, FIELDS),
    (R::QUERY_TTY_MODE, FIELDS, OPEN),
    (R::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE, OPEN, FIELDS),
    (R::CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE, FIELDS, OPEN),
    (R::CDMA_FLASH, All(Number), FIELDS),
    (R::CDMA_BURST_DTMF, Places(&[Tones, Short, Short]), FIELDS),
    (R::CDMA_VALIDATE_AND_WRITE_AKEY, All(Key), FIELDS),
    (R::GSM_SMS_BROADCAST_ACTIVATION, OPEN, FIELDS),
    (R::CDMA_SMS_BROADCAST_ACTIVATION, OPEN, FIELDS),
    (R::CDMA_SUBSCRIPTION, FIELDS, Places(&[Number, CellDecimal, CellDecimal, Number, Short])),
    (R::CDMA_WRITE_SMS_TO_RUIM, FIELDS, OPEN),
    (R::CDMA_DELETE_SMS_ON_RUIM, OPEN, FIELDS),
    (R::DEVICE_IDENTITY, FIELDS, Places(&[Imei, Imei, Meid, Meid])),
    (R::GET_SMSC_ADDRESS, FIELDS, All(Smsc)),
    (R::SET_SMSC_ADDRESS, All(Smsc), FIELDS),
    (R::REPORT_SMS_MEMORY_STATUS, OPEN, FIELDS),
    (R::CDMA_GET_SUBSCRIPTION_SOURCE, FIELDS, OPEN),
    (R::ISIM_AUTHENTICATION, All(Challenge), All(Challenge)),
    (R::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU, Places(&[Short, ReportPdu]), FIELDS),
    (R::STK_SEND_ENVELOPE_WITH_STATUS, All(Toolkit), FIELDS),
    (R::VOICE_RADIO_TECH, FIELDS, OPEN),
    (R::SET_UNSOL_CELL_INFO_LIST_RATE, OPEN, FIELDS),
    (R::IMS_REGISTRATION_STATE, FIELDS, OPEN),
    (R::SIM_OPEN_CHANNEL, All(Application), Places(&[Open])),
    (R::SIM_CLOSE_CHANNEL, OPEN, FIELDS),
    (R::NV_READ_ITEM, FIELDS, All(Key)),
    (R::NV_WRITE_CDMA_PRL, All(Unknown), FIELDS),
    (R::NV_RESET_CONFIG, OPEN, FIELDS),
    (R::ALLOW_DATA, OPEN, FIELDS),
    (R::SET_DC_RT_INFO_RATE, OPEN, FIELDS),
    (R::START_LCE, OPEN, FIELDS),
    (R::SET_CARRIER_RESTRICTIONS, FIELDS, OPEN),
    (R::SEND_DEVICE_STATE, OPEN, FIELDS),
    (R::SET_UNSOLICITED_RESPONSE_FILTER, OPEN, FIELDS),
    (R::SET_SIM_CARD_POWER, OPEN, FIELDS),
    (R::SET_CARRIER_INFO_IMSI_ENCRYPTION, All(Unknown), FIELDS),
    (R::START_NETWORK_SCAN, All(Unknown), FIELDS),
    (R::START_KEEPALIVE, All(Unknown), All(Unknown)),
    (R::STOP_KEEPALIVE, OPEN, FIELDS),
];

/// Unsolicited messages.
#[rustfmt::skip]
static UNSOLICITED_HOLD: &[(U, Held)] = &[
    (U::RESPONSE_NEW_SMS, All(IncomingPdu)),
    (U::RESPONSE_NEW_SMS_STATUS_REPORT, All(IncomingPdu)),
    (U::RESPONSE_NEW_SMS_ON_SIM, OPEN),
    (U::ON_USSD, Places(&[Short, Secret::Text])),
    (U::STK_PROACTIVE_COMMAND, All(Toolkit)),
    (U::STK_EVENT_NOTIFY, All(Toolkit)),
    (U::STK_CALL_SETUP, OPEN),
    (U::RESPONSE_NEW_BROADCAST_SMS, All(Broadcast)),
    (U::RESTRICTED_STATE_CHANGED, OPEN),
    (U::CDMA_OTA_PROVISION_STATUS, OPEN),
    (U::OEM_HOOK_RAW, All(Unknown)),
    (U::RINGBACK_TONE, OPEN),
    (U::CDMA_SUBSCRIPTION_SOURCE_CHANGED, OPEN),
    (U::CDMA_PRL_CHANGED, OPEN),
    (U::RIL_CONNECTED, OPEN),
    (U::VOICE_RADIO_TECH_CHANGED, OPEN),
    (U::UICC_SUBSCRIPTION_STATUS_CHANGED, OPEN),
    (U::SRVCC_STATE_NOTIFY, OPEN),
    (U::STK_CC_ALPHA_NOTIFY, All(Secret::Text)),
    (U::MODEM_RESTART, All(Secret::Text)),
    (U::NETWORK_SCAN_RESULT, All(Unknown)),
    (U::KEEPALIVE_STATUS, All(Unknown)),
];

impl R {
    /// What the arguments hold. Of a request that is not in ril.h nobody can tell.
    pub fn arguments_hold(self) -> Held {
        self.find().map_or(FIELDS, |(_, arguments, _)| *arguments)
    }

    /// What the result holds.
    pub fn result_holds(self) -> Held {
        self.find().map_or(FIELDS, |(_, _, result)| *result)
    }

    fn find(self) -> Option<&'static (R, Held, Held)> {
        let place = REQUESTS_HOLD.binary_search_by_key(&self, |(code, ..)| *code).ok()?;
        REQUESTS_HOLD.get(place)
    }
}

impl U {
    /// What the particulars hold.
    pub fn holds(self) -> Held {
        let place = UNSOLICITED_HOLD.binary_search_by_key(&self, |(code, _)| *code);
        place.ok().and_then(|place| UNSOLICITED_HOLD.get(place)).map_or(FIELDS, |(_, held)| *held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{REQUESTS, UNSOLICITED};

    /// Types without fields of their own, whose places have to be told here.
    const PLAIN: [&str; 5] = ["Ints", "Strings", "Text", "Raw", "Opaque"];

    #[test]
    fn every_payload_without_fields_says_what_it_holds_and_no_other_does() {
        for row in REQUESTS {
            let said = [(row.request, row.code.arguments_hold()), (row.response, row.code.result_holds())];
            for (codec, held) in said {
                assert_eq!(held != FIELDS, PLAIN.contains(&codec.type_name), "{} {codec:?}", row.name);
            }
        }
        for row in UNSOLICITED {
            assert_eq!(row.code.holds() != FIELDS, PLAIN.contains(&row.payload.type_name), "{}", row.name);
        }
    }

    #[test]
    fn rows_are_in_order_of_code() {
        assert!(REQUESTS_HOLD.is_sorted_by(|one, next| one.0 < next.0));
        assert!(UNSOLICITED_HOLD.is_sorted_by(|one, next| one.0 < next.0));
    }

    #[test]
    fn what_has_no_row_or_no_place_nobody_can_tell() {
        assert_eq!(R(146).arguments_hold().secret(), Some(Unknown));
        assert_eq!(R::DEVICE_IDENTITY.result_holds().at(4), All(Unknown));
        assert_eq!(R::QUERY_AVAILABLE_NETWORKS.result_holds().at(7), All(Secret::Keyword));
    }
}
