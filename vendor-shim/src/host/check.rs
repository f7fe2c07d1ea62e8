//! Whether a vendor library can be handed a request, for who passes requests on to a rild that is not ours.
//!
//! libril hands on what it gets: a string that is null, a count that no parcel can have. Libraries crash on it, and one
//! client's request would take the modem from all. So a request is judged here as the host judges it, by the same
//! conversion; what comes of it is thrown away. A request that ril.h does not have is that rild's affair.

use std::sync::atomic::AtomicU64;

use ril_protocol::dialect::Dialect;
use ril_protocol::{Errno, RequestCode, RilVersion};

use crate::ffi::convert::{Arena, ConvertError, dialect};
use crate::ffi::host::invalid_arguments;
use crate::ffi::worth_a_line;

/// Judges requests to a rild.
#[derive(Debug)]
pub struct RequestCheck {
    dialect: Dialect,
    arena: Arena,
    refused: AtomicU64,
}

impl RequestCheck {
    /// For a rild whose vendor has these names.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, arena: Arena::new(), refused: AtomicU64::new(0) }
    }

    /// The error that a client of a rild of this version is answered with; `None` for a request that may be passed on.
    /// The code is the vendor's.
    pub fn refusal(&mut self, code: RequestCode, payload: &[u8], version: RilVersion) -> Option<Errno> {
        let converted = dialect::request_to_c(&self.dialect, code, payload, version, &mut self.arena);
        self.arena.clear();
        match converted {
            Ok(_) | Err(ConvertError::NotSupported) => None,
            Err(error) => {
                if let Some(count) = worth_a_line(&self.refused) {
                    tracing::warn!(%code, %error, count, "request refused before it reached the rild");
                }
                Some(invalid_arguments(version))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::parcel;
    use ril_protocol::payload::Strings;

    use super::*;

    #[test]
    fn what_a_library_might_crash_on_is_refused_and_the_rest_passes() {
        let mut check = RequestCheck::new(Dialect::default());
        let sms = |texts: [Option<&str>; 2]| {
            let strings: Strings = texts.iter().map(|text| text.map(str::to_owned)).collect();
            parcel::encode(&strings, RilVersion::COMMON)
        };
        let mut refusal = |code, payload: &[u8], version| check.refusal(code, payload, RilVersion(version));
        assert_eq!(refusal(RequestCode::SEND_SMS, &sms([None, Some("0100")]), 12), None);
        assert_eq!(refusal(RequestCode::SEND_SMS, &sms([None, None]), 12), Some(Errno::INVALID_ARGUMENTS));
        assert_eq!(refusal(RequestCode::SEND_SMS, &sms([None, None]), 10), Some(Errno::GENERIC_FAILURE));
        let absurd = 0x2000_0000_i32.to_ne_bytes();
        for code in [RequestCode::SEND_SMS, RequestCode::QUERY_CALL_WAITING, RequestCode::SETUP_DATA_CALL] {
            assert!(refusal(code, &absurd, 12).is_some(), "{code}");
        }
        assert_eq!(refusal(RequestCode(9999), &absurd, 12), None, "that rild may know it");
    }
}
