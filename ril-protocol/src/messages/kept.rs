//! How long the answers to shared questions hold.
//!
//! One row per question of class [`Shared`](super::Class::Shared), and for those of class
//! [`Virtual`](super::Class::Virtual) where the modem's own answer is the same for all: what ends the truth of an
//! answer that was given once. Said by ril.h: many messages are there to tell that the answer to a question changed,
//! and most questions have a request that sets what they ask for. Where neither is certain to be heard of, an answer
//! also ages. Nothing is kept beyond the life of the modem side.

use super::{RequestCode as R, UnsolCode as U};

/// How long the answer to one question holds.
#[derive(Debug)]
pub struct KeptRow {
    /// The question.
    pub code: R,
    /// For how many seconds an answer is fresh, if it ages.
    pub fresh_seconds: Option<u32>,
    /// Messages after which it may be another.
    pub dropped_by: &'static [U],
    /// A message that holds the new answer, in the form of the answer.
    pub replaced_by: Option<U>,
    /// Requests, of anybody, that may make it another.
    pub changed_by: &'static [R],
}

/// Every shared question, in order of code.
pub static KEPT: &[KeptRow] = &[
    until(
        R::GET_SIM_STATUS,
        &[RADIO, CARD, U::SIM_REFRESH, U::UICC_SUBSCRIPTION_STATUS_CHANGED],
        &[
            R::ENTER_SIM_PIN,
            R::ENTER_SIM_PUK,
            R::ENTER_SIM_PIN2,
            R::ENTER_SIM_PUK2,
            R::CHANGE_SIM_PIN,
            R::CHANGE_SIM_PIN2,
            R::ENTER_NETWORK_DEPERSONALIZATION,
            R::RADIO_POWER,
            R::SET_FACILITY_LOCK,
            R::SIM_TRANSMIT_APDU_BASIC,
            R::SET_UICC_SUBSCRIPTION,
            R::SET_CARRIER_RESTRICTIONS,
            R::SET_SIM_CARD_POWER,
        ],
    ),
    until(
        R::GET_IMSI,
        &[RADIO, CARD, U::SIM_REFRESH, U::UICC_SUBSCRIPTION_STATUS_CHANGED],
        &[R::SIM_IO, R::SIM_TRANSMIT_APDU_BASIC, R::SET_UICC_SUBSCRIPTION, R::SET_SIM_CARD_POWER],
    ),
    // With its screen off the modem tells no changes.
    until(R::SIGNAL_STRENGTH, &[RADIO], &[R::RADIO_POWER, R::SCREEN_STATE]).or(U::SIGNAL_STRENGTH).fresh(5),
    until(R::VOICE_REGISTRATION_STATE, &[RADIO, NETWORK, U::VOICE_RADIO_TECH_CHANGED], REGISTRATION).fresh(30),
    until(R::DATA_REGISTRATION_STATE, &[RADIO, NETWORK], REGISTRATION).fresh(30),
    until(R::OPERATOR, &[RADIO, NETWORK], REGISTRATION).fresh(30),
    until(
        R::SIM_IO,
        &[RADIO, CARD, U::SIM_REFRESH],
        &[
            R::ENTER_SIM_PIN,
            R::ENTER_SIM_PUK,
            R::ENTER_SIM_PIN2,
            R::ENTER_SIM_PUK2,
            R::CHANGE_SIM_PIN,
            R::CHANGE_SIM_PIN2,
            R::SET_FACILITY_LOCK,
            R::SET_SMSC_ADDRESS,
            R::SIM_TRANSMIT_APDU_BASIC,
            R::SET_UICC_SUBSCRIPTION,
            R::SET_SIM_CARD_POWER,
        ],
    ),
    // What the network keeps can also be changed elsewhere, and by service codes that are dialled.
    until(R::QUERY_CALL_WAITING, &[RADIO, CARD, U::ON_SS], &[R::DIAL, R::SEND_USSD, R::SET_CALL_WAITING]).fresh(300),
    until(R::GET_IMEI, &[RADIO, U::MODEM_RESTART], &[]),
    until(R::GET_IMEISV, &[RADIO, U::MODEM_RESTART], &[]),
    until(
        R::QUERY_FACILITY_LOCK,
        &[RADIO, CARD, U::SIM_REFRESH, U::ON_SS],
        &[
            R::ENTER_SIM_PIN,
            R::ENTER_SIM_PUK,
            R::ENTER_SIM_PIN2,
            R::ENTER_SIM_PUK2,
            R::CHANGE_SIM_PIN,
            R::CHANGE_SIM_PIN2,
            R::ENTER_NETWORK_DEPERSONALIZATION,
            R::DIAL,
            R::SIM_IO,
            R::SEND_USSD,
            R::SET_FACILITY_LOCK,
            R::CHANGE_BARRING_PASSWORD,
            R::SIM_TRANSMIT_APDU_BASIC,
            R::SET_UICC_SUBSCRIPTION,
            R::SET_SIM_CARD_POWER,
        ],
    )
    .fresh(300),
    until(
        R::QUERY_NETWORK_SELECTION_MODE,
        &[RADIO],
        &[R::SET_NETWORK_SELECTION_AUTOMATIC, R::SET_NETWORK_SELECTION_MANUAL],
    ),
    until(R::BASEBAND_VERSION, &[U::MODEM_RESTART], &[]),
    until(R::QUERY_CLIP, &[RADIO, CARD, U::ON_SS], &[R::DIAL, R::SEND_USSD]).fresh(300),
    until(R::STK_GET_PROFILE, &[RADIO, CARD, U::SIM_REFRESH], &[R::STK_SET_PROFILE, R::SET_SIM_CARD_POWER]),
    until(
        R::GET_PREFERRED_NETWORK_TYPE,
        &[RADIO, U::RADIO_CAPABILITY],
        &[R::SET_PREFERRED_NETWORK_TYPE, R::SET_RADIO_CAPABILITY],
    ),
    until(
        R::CDMA_QUERY_ROAMING_PREFERENCE,
        &[RADIO, U::CDMA_SUBSCRIPTION_SOURCE_CHANGED],
        &[R::CDMA_SET_SUBSCRIPTION_SOURCE, R::CDMA_SET_ROAMING_PREFERENCE],
    ),
    until(R::QUERY_TTY_MODE, &[RADIO], &[R::SET_TTY_MODE]),
    until(R::CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE, &[RADIO], &[R::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE]),
    until(
        R::CDMA_SUBSCRIPTION,
        &[
            RADIO,
            CARD,
            U::SIM_REFRESH,
            U::CDMA_OTA_PROVISION_STATUS,
            U::CDMA_SUBSCRIPTION_SOURCE_CHANGED,
            U::CDMA_PRL_CHANGED,
        ],
        &[R::SIM_IO, R::CDMA_SET_SUBSCRIPTION_SOURCE, R::SIM_TRANSMIT_APDU_BASIC, R::SET_SIM_CARD_POWER],
    ),
    until(R::DEVICE_IDENTITY, &[RADIO, U::MODEM_RESTART], &[]),
    until(
        R::GET_SMSC_ADDRESS,
        &[RADIO, CARD, U::SIM_REFRESH],
        &[R::SIM_IO, R::SET_SMSC_ADDRESS, R::SIM_TRANSMIT_APDU_BASIC, R::SET_SIM_CARD_POWER],
    ),
    until(
        R::CDMA_GET_SUBSCRIPTION_SOURCE,
        &[RADIO, CARD, U::CDMA_SUBSCRIPTION_SOURCE_CHANGED],
        &[R::CDMA_SET_SUBSCRIPTION_SOURCE],
    ),
    until(
        R::VOICE_RADIO_TECH,
        &[RADIO, CARD, U::CDMA_SUBSCRIPTION_SOURCE_CHANGED],
        &[R::RADIO_POWER, R::SET_PREFERRED_NETWORK_TYPE, R::SET_RADIO_CAPABILITY],
    )
    .or(U::VOICE_RADIO_TECH_CHANGED),
    until(R::IMS_REGISTRATION_STATE, &[RADIO, NETWORK, U::RESPONSE_IMS_NETWORK_STATE_CHANGED], &[]),
    until(R::GET_HARDWARE_CONFIG, &[U::MODEM_RESTART], &[]).or(U::HARDWARE_CONFIG_CHANGED),
    // Told at a rate that the phones choose.
    until(R::GET_DC_RT_INFO, &[RADIO], &[R::SET_DC_RT_INFO_RATE]).or(U::DC_RT_INFO_CHANGED).fresh(1),
    // The message is in the form of the answer, but its phase and session are those of the change.
    until(R::GET_RADIO_CAPABILITY, &[RADIO, U::RADIO_CAPABILITY], &[R::SET_RADIO_CAPABILITY]),
    until(R::PULL_LCEDATA, &[RADIO, U::LCEDATA_RECV], &[R::START_LCE, R::STOP_LCE]).fresh(1),
    until(R::GET_CARRIER_RESTRICTIONS, &[], &[R::SET_CARRIER_RESTRICTIONS]),
];

/// Requests that may change every answer. So may those that are not in ril.h.
pub static CHANGE_ANYTHING: &[R] = &[
    R::RESET_RADIO,
    R::OEM_HOOK_RAW,
    R::OEM_HOOK_STRINGS,
    R::NV_WRITE_ITEM,
    R::NV_WRITE_CDMA_PRL,
    R::NV_RESET_CONFIG,
    R::SHUTDOWN,
];

const RADIO: U = U::RESPONSE_RADIO_STATE_CHANGED;
const CARD: U = U::RESPONSE_SIM_STATUS_CHANGED;
const NETWORK: U = U::RESPONSE_VOICE_NETWORK_STATE_CHANGED;

/// What may make the modem register elsewhere, or tell less of it.
const REGISTRATION: &[R] = &[
    R::RADIO_POWER,
    R::SET_NETWORK_SELECTION_AUTOMATIC,
    R::SET_NETWORK_SELECTION_MANUAL,
    R::SCREEN_STATE,
    R::SET_BAND_MODE,
    R::SET_PREFERRED_NETWORK_TYPE,
    R::SET_LOCATION_UPDATES,
    R::SET_RADIO_CAPABILITY,
];

/// An answer that holds until one of these.
const fn until(code: R, dropped_by: &'static [U], changed_by: &'static [R]) -> KeptRow {
    KeptRow { code, fresh_seconds: None, dropped_by, replaced_by: None, changed_by }
}

impl KeptRow {
    /// And for so many seconds at most.
    const fn fresh(self, seconds: u32) -> Self {
        Self { fresh_seconds: Some(seconds), ..self }
    }

    /// Or until this message, which holds the new answer.
    const fn or(self, message: U) -> Self {
        Self { replaced_by: Some(message), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Class, REQUESTS};

    #[test]
    fn every_shared_question_has_its_row() {
        let is_kept = |code| KEPT.iter().any(|row| row.code == code);
        let shared = REQUESTS.iter().filter(|row| row.class == Class::Shared || is_kept(row.code));
        assert_eq!(KEPT.iter().map(|row| row.code).collect::<Vec<_>>(), shared.map(|row| row.code).collect::<Vec<_>>());
        let classes = KEPT.iter().filter_map(|row| row.code.row()).map(|row| row.class);
        assert!(classes.into_iter().all(|class| matches!(class, Class::Shared | Class::Virtual)));
    }

    #[test]
    fn a_message_that_replaces_an_answer_has_its_form_and_answers_a_question_without_arguments() {
        for row in KEPT {
            let question = row.code.row().unwrap();
            if let Some(message) = row.replaced_by {
                assert_eq!(message.row().unwrap().payload.type_name, question.response.type_name, "{}", row.code);
                assert_eq!(question.request.type_name, "()", "{}", row.code);
                assert!(!row.dropped_by.contains(&message), "{}", row.code);
            }
        }
    }

    #[test]
    fn requests_and_messages_are_named_once() {
        for row in KEPT {
            for (place, code) in row.changed_by.iter().enumerate() {
                assert!(code.row().is_some() && !row.changed_by[..place].contains(code), "{}: {code}", row.code);
                assert!(!CHANGE_ANYTHING.contains(code), "{}: {code}", row.code);
                let is_question = KEPT.iter().any(|row| row.code == *code);
                assert!(*code == R::SIM_IO || !is_question, "a question changes nothing");
            }
            for (place, code) in row.dropped_by.iter().enumerate() {
                assert!(code.row().is_some() && !row.dropped_by[..place].contains(code), "{}: {code}", row.code);
            }
        }
    }
}
