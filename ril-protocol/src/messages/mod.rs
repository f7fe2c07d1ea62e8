//! What the rows of requests and unsolicited messages mean, and how to look them up.
//!
//! The rows themselves are in `rows.rs`: one per message of ril.h, and nothing of a message's shape or routing is said
//! anywhere else; how long the answers to shared questions hold is in `kept.rs`. [`ril_requests!`](crate::ril_requests)
//! and [`ril_unsolicited!`](crate::ril_unsolicited) replay the rows for whoever needs the payload types, such as the C
//! conversions.

mod codec;
mod kept;
mod rows;
mod table;

pub use codec::{JsonError, PayloadCodec};
pub use kept::{CHANGE_ANYTHING, KEPT, KeptRow};
pub use table::{REQUESTS, RequestCode, UNSOLICITED, UnsolCode};

use crate::RilVersion;

/// Who may cause a request to reach the modem, and who gets its effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A question that goes through as it is.
    Query,
    /// A question whose answer is the same for every phone until a known event.
    Shared,
    /// For the foreground phone only.
    Foreground,
    /// A value about the call that is going on. It goes to the modem for the phone whose call that is; for the others
    /// it is kept, and confirmed.
    Emulated,
    /// Belongs to the owner of a call.
    Call,
    /// Belongs to the holder of a data call.
    Data,
    /// Belongs to the sender or receiver of a short message.
    Sms,
    /// Belongs to the owner of a USSD, supplementary-service or STK session.
    Session,
    /// Belongs to the owner of a logical channel of the SIM.
    Channel,
    /// One setting made out of what all phones want.
    Aggregated,
    /// For privileged phones only: changes what all share.
    Privileged,
    /// Each phone has a value or identity of its own.
    Virtual,
    /// Answered by the router; the modem has its own exchange with the router.
    Local,
}

/// Who gets to see an unsolicited message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every phone.
    All,
    /// Every phone, with its own value.
    AllVirtual,
    /// Every phone whose filter lets it through.
    AllFiltered,
    /// The owner of the call.
    Call,
    /// The holders of the data call.
    Data,
    /// The owner of the message.
    Sms,
    /// The owner of the session.
    Session,
    /// Privileged phones.
    Privileged,
    /// The router first, by a rule of the message's own.
    Router,
    /// The router first, which then tells the owner of the call.
    RouterThenCall,
}

/// One request of ril.h.
#[derive(Debug)]
pub struct RequestRow {
    /// The code.
    pub code: RequestCode,
    /// Its name without `RIL_REQUEST_`.
    pub name: &'static str,
    /// What it asks for.
    pub about: &'static str,
    /// Shape of the arguments.
    pub request: PayloadCodec,
    /// Shape of the result.
    pub response: PayloadCodec,
    /// First RIL version that has it; 2 also stands for older ones.
    pub since: RilVersion,
    /// Routing class.
    pub class: Class,
    /// How long to wait for the modem before the asker is told that it failed.
    pub timeout_seconds: u32,
}

/// One unsolicited message of ril.h.
#[derive(Debug)]
pub struct UnsolRow {
    /// The code.
    pub code: UnsolCode,
    /// Its name without `RIL_UNSOL_`.
    pub name: &'static str,
    /// What it tells.
    pub about: &'static str,
    /// Shape of the particulars.
    pub payload: PayloadCodec,
    /// First RIL version that has it; 2 also stands for older ones.
    pub since: RilVersion,
    /// Who gets to see it.
    pub audience: Audience,
    /// Whether the phone must stay awake for it (`WAKE_PARTIAL` of libril).
    pub wakes: bool,
}

impl RequestCode {
    /// The row of this request, if ril.h has it.
    pub fn row(self) -> Option<&'static RequestRow> {
        find(REQUESTS, self.0, |row| row.code.0)
    }
}

impl UnsolCode {
    /// The row of this message, if ril.h has it.
    pub fn row(self) -> Option<&'static UnsolRow> {
        find(UNSOLICITED, self.0, |row| row.code.0)
    }
}

/// The codes run without gaps but for a few at the end, so the first guess is nearly always right.
fn find<T>(rows: &'static [T], code: i32, code_of: impl Fn(&T) -> i32) -> Option<&'static T> {
    let first = code_of(rows.first()?);
    let guess = usize::try_from(code.checked_sub(first)?).ok().and_then(|place| rows.get(place));
    match guess {
        Some(row) if code_of(row) == code => Some(row),
        _ => rows.iter().rev().find(|row| code_of(row) == code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_ril_h_has_one_row() {
        let codes: Vec<i32> = REQUESTS.iter().map(|row| row.code.0).collect();
        assert_eq!(codes, (1..=145).chain([800]).collect::<Vec<_>>());
        let codes: Vec<i32> = UNSOLICITED.iter().map(|row| row.code.0).collect();
        assert_eq!(codes, (1000..=1050).collect::<Vec<_>>());
        for row in REQUESTS {
            assert!(std::ptr::eq(row.code.row().unwrap(), row));
            assert!(row.timeout_seconds > 0 && !row.about.is_empty(), "{}", row.name);
        }
        for row in UNSOLICITED {
            assert!(std::ptr::eq(row.code.row().unwrap(), row));
        }
    }

    #[test]
    fn what_is_not_in_ril_h_has_no_row_but_keeps_its_number() {
        for code in [0, -1, 146, 799, 801, 1000, i32::MAX, i32::MIN] {
            assert!(RequestCode(code).row().is_none());
            assert_eq!(RequestCode(code).to_string(), code.to_string());
        }
        assert!(UnsolCode(1051).row().is_none() && UnsolCode(999).row().is_none());
    }

    #[test]
    fn payload_types_are_spelled_as_in_the_rows() {
        assert_eq!(RequestCode::DIAL.row().unwrap().request.type_name, "call::Dial");
        assert_eq!(RequestCode::GET_CURRENT_CALLS.row().unwrap().response.type_name, "Vec<call::Call>");
        assert_eq!(UnsolCode::CALL_RING.row().unwrap().payload.type_name, "Option<cdma::SignalInfo>");
    }

    #[test]
    fn names_are_read_with_or_without_their_prefix() {
        assert_eq!("DIAL".parse(), Ok(RequestCode::DIAL));
        assert_eq!("RIL_REQUEST_DIAL".parse(), Ok(RequestCode::DIAL));
        assert_eq!("get_imei".parse(), Ok(RequestCode::GET_IMEI));
        assert_eq!("10".parse(), Ok(RequestCode::DIAL));
        assert_eq!("RIL_UNSOL_CALL_RING".parse(), Ok(UnsolCode::CALL_RING));
        assert!("DIALL".parse::<RequestCode>().is_err());
    }
}
