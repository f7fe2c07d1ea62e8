//! Airplane mode of one phone while the others have their radio: what that phone may ask, and what it may hear.
//!
//! A phone that switched its radio off finds what a modem without radio would show: no network, no signal, nothing that
//! needs one. Its SIM card, its settings and emergency calls work. Whether the modem's radio is on makes no difference.

use ril_protocol::payload::Strings;
use ril_protocol::payload::network::{CellInfo, SignalStrength};
use ril_protocol::{RequestCode, RilVersion, UnsolCode, parcel};

use crate::router::calls::acts_on_calls;

/// Registration state "not registered, not searching" (ril.h, RIL_REQUEST_VOICE_REGISTRATION_STATE).
const NOT_REGISTERED: &str = "0";
/// "Not measurable" (3GPP TS 27.007, 8.5), and what ril.h has for the other technologies.
const NO_SIGNAL: SignalStrength = SignalStrength {
    gw_signal_strength: 99,
    gw_bit_error_rate: 99,
    cdma_dbm: -1,
    cdma_ecio: -1,
    evdo_dbm: -1,
    evdo_ecio: -1,
    evdo_signal_noise_ratio: -1,
    lte_signal_strength: 99,
    lte_rsrp: i32::MAX,
    lte_rsrq: i32::MAX,
    lte_rssnr: i32::MAX,
    lte_cqi: i32::MAX,
    tdscdma_rscp: i32::MAX,
};

/// What becomes of a request of a phone without radio.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::router) enum WithoutRadio {
    /// It needs no radio.
    Works,
    /// It needs one.
    Fails,
    /// This is what a modem without radio says.
    Finds(Vec<u8>),
}

/// What becomes of a request of a phone without radio. DIAL is not decided here: emergency calls go through.
pub(in crate::router) fn without_radio(code: RequestCode, version: RilVersion) -> WithoutRadio {
    match code {
        RequestCode::VOICE_REGISTRATION_STATE | RequestCode::DATA_REGISTRATION_STATE => {
            let none: Strings = vec![Some(NOT_REGISTERED.to_owned()), None, None, Some("0".to_owned())];
            WithoutRadio::Finds(parcel::encode(&none, version))
        }
        RequestCode::OPERATOR => WithoutRadio::Finds(parcel::encode(&vec![None::<String>; 3], version)),
        RequestCode::SIGNAL_STRENGTH => WithoutRadio::Finds(parcel::encode(&NO_SIGNAL, version)),
        RequestCode::GET_CELL_INFO_LIST | RequestCode::GET_NEIGHBORING_CELL_IDS => {
            WithoutRadio::Finds(parcel::encode(&Vec::<CellInfo>::new(), version))
        }
        RequestCode::IMS_REGISTRATION_STATE => WithoutRadio::Finds(parcel::encode(&vec![0, 0], version)),
        // A call that comes is not there for it.
        code if code != RequestCode::DIAL && acts_on_calls(code) => WithoutRadio::Fails,
        RequestCode::SEND_SMS
        | RequestCode::SEND_SMS_EXPECT_MORE
        | RequestCode::CDMA_SEND_SMS
        | RequestCode::IMS_SEND_SMS
        | RequestCode::SETUP_DATA_CALL
        | RequestCode::SEND_USSD
        | RequestCode::QUERY_CALL_FORWARD_STATUS
        | RequestCode::SET_CALL_FORWARD
        | RequestCode::QUERY_CALL_WAITING
        | RequestCode::SET_CALL_WAITING
        | RequestCode::QUERY_CLIP
        | RequestCode::CHANGE_BARRING_PASSWORD
        | RequestCode::QUERY_AVAILABLE_NETWORKS
        | RequestCode::START_NETWORK_SCAN
        | RequestCode::SET_NETWORK_SELECTION_AUTOMATIC
        | RequestCode::SET_NETWORK_SELECTION_MANUAL
        | RequestCode::START_LCE
        | RequestCode::PULL_LCEDATA
        | RequestCode::START_KEEPALIVE => WithoutRadio::Fails,
        _ => WithoutRadio::Works,
    }
}

/// Whether a phone without radio hears this. What it hears of cell broadcast is decided in `sms::broadcast`.
pub(in crate::router) fn is_heard_without_radio(code: UnsolCode) -> bool {
    !matches!(
        code,
        UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED
            | UnsolCode::NITZ_TIME_RECEIVED
            | UnsolCode::SIGNAL_STRENGTH
            | UnsolCode::RESTRICTED_STATE_CHANGED
            | UnsolCode::CELL_INFO_LIST
            | UnsolCode::RESPONSE_IMS_NETWORK_STATE_CHANGED
            | UnsolCode::DC_RT_INFO_CHANGED
            | UnsolCode::LCEDATA_RECV
            | UnsolCode::ON_USSD
            | UnsolCode::ON_USSD_REQUEST
    )
}
