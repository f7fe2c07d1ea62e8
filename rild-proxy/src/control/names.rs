//! Numbers of ril.h as JSON: the name where there is one, else the number.

use ril_protocol::payload::call::{CallState, Presentation};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use serde::{Serialize, Serializer};

use super::sim_access::{Modem, Session};
use super::sms::State;

macro_rules! names {
    ($($name:ident: $Type:ident,)*) => {$(
        #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
        pub(super) fn $name<S: Serializer>(number: &i32, serializer: S) -> Result<S::Ok, S::Error> {
            $Type(*number).serialize(serializer)
        }
    )*};
}

names! {
    call_state: CallState,
    errno: Errno,
    presentation: Presentation,
    radio: RadioState,
    request: RequestCode,
    unsolicited: UnsolCode,
}

/// Whether the modem side has the SIM Access Profile, in small letters and without the name of the field.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) fn sim_access_modem<S: Serializer>(number: &i32, serializer: S) -> Result<S::Ok, S::Error> {
    let name = Modem::try_from(*number).map_or("", |modem| modem.as_str_name());
    name.trim_start_matches("MODEM_").to_ascii_lowercase().serialize(serializer)
}

/// Whether the modem has the SIM, likewise.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) fn sim_access_session<S: Serializer>(number: &i32, serializer: S) -> Result<S::Ok, S::Error> {
    let name = Session::try_from(*number).map_or("", |session| session.as_str_name());
    name.trim_start_matches("SESSION_").to_ascii_lowercase().serialize(serializer)
}

/// How far a short message is, in small letters.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) fn sms_state<S: Serializer>(number: &i32, serializer: S) -> Result<S::Ok, S::Error> {
    match State::try_from(*number) {
        Ok(state) => state.as_str_name().to_ascii_lowercase().serialize(serializer),
        Err(_) => number.serialize(serializer),
    }
}
