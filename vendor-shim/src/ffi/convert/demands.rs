//! What ril.h promises a library about requests that are plain strings and integers.
//!
//! libril hands on any number of strings, NULL among them, and libraries crash on what they were promised not to get.
//! A string that is missing is an error here; a password that is not needed is the empty string, as ril.h has it, also
//! when the client sent null.

use ril_protocol::RequestCode;
use ril_protocol::payload::Strings;

use super::ConvertError;

#[derive(Clone, Copy)]
enum Place {
    /// Must not be null.
    Required,
    /// Null is handed on as the empty string.
    OrEmpty,
    /// May be null.
    OrNull,
}

/// The leading strings of a request that must be there, and which of them may be null. What comes behind them (most
/// often the application identifier, which older clients do not send) may be null or absent.
fn places(code: RequestCode) -> &'static [Place] {
    use Place::{OrEmpty, OrNull, Required};
    match code {
        RequestCode::ENTER_SIM_PIN
        | RequestCode::ENTER_SIM_PIN2
        | RequestCode::ENTER_NETWORK_DEPERSONALIZATION
        | RequestCode::DEACTIVATE_DATA_CALL => &[Required],
        RequestCode::ENTER_SIM_PUK
        | RequestCode::ENTER_SIM_PUK2
        | RequestCode::CHANGE_SIM_PIN
        | RequestCode::CHANGE_SIM_PIN2
        | RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU => &[Required, Required],
        RequestCode::SEND_SMS | RequestCode::SEND_SMS_EXPECT_MORE => &[OrNull, Required],
        RequestCode::QUERY_FACILITY_LOCK => &[Required, OrEmpty, Required],
        RequestCode::SET_FACILITY_LOCK => &[Required, Required, OrEmpty, Required],
        RequestCode::CHANGE_BARRING_PASSWORD | RequestCode::CDMA_BURST_DTMF => &[Required, Required, Required],
        RequestCode::SETUP_DATA_CALL => &[Required, Required, OrNull, OrNull, OrNull, Required],
        _ => &[],
    }
}

/// Checks the strings of a request.
pub(super) fn strings(code: RequestCode, strings: &mut Strings) -> Result<(), ConvertError> {
    let places = places(code);
    if strings.len() < places.len() {
        return Err(ConvertError::TooFew { got: strings.len(), wanted: places.len() });
    }
    for (place, (string, demand)) in strings.iter_mut().zip(places).enumerate() {
        match demand {
            Place::Required if string.is_none() => return Err(ConvertError::NullString { place }),
            Place::OrEmpty => _ = string.get_or_insert_default(),
            Place::Required | Place::OrNull => {}
        }
    }
    Ok(())
}

/// Whether a request that is one string may do without: only the application to open a channel to may be none.
pub(super) fn may_be_null(code: RequestCode) -> bool {
    code == RequestCode::SIM_OPEN_CHANNEL
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[Option<&str>]) -> Strings {
        texts.iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn the_smsc_may_be_null_but_the_message_may_not() {
        assert_eq!(strings(RequestCode::SEND_SMS, &mut texts(&[None, Some("0100")])), Ok(()));
        let no_message = strings(RequestCode::SEND_SMS, &mut texts(&[Some("00"), None]));
        assert_eq!(no_message, Err(ConvertError::NullString { place: 1 }));
        let too_few = strings(RequestCode::SEND_SMS, &mut texts(&[Some("00")]));
        assert_eq!(too_few, Err(ConvertError::TooFew { got: 1, wanted: 2 }));
    }

    #[test]
    fn a_password_that_is_not_needed_is_empty() {
        let mut query = texts(&[Some("AO"), None, Some("1"), None]);
        assert_eq!(strings(RequestCode::QUERY_FACILITY_LOCK, &mut query), Ok(()));
        assert_eq!(query, texts(&[Some("AO"), Some(""), Some("1"), None]));
    }
}
