//! Why a call ended, in the three languages that its legs speak: one table.
//!
//! A row is an ITU-T Q.850 cause value, with the `RIL_LastCallFailCause` of ril.h that a modem reports for it (the same
//! number for all that ril.h takes from 3GPP TS 24.008 annex H), the SIP status that says it (RFC 3398 section 8.2.6.1)
//! and the SIP statuses that mean it (RFC 3398 section 7.2.4.1). The exact cause travels in a `Reason` header
//! (RFC 3326) and is believed before the status. It refuses to invent: what no row has is "normal, unspecified" or
//! "interworking".

/// A Q.850 cause value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause(u8);

struct Row {
    q850: u8,
    /// ril.h; `None` where the modem has no number of its own for it.
    ril: Option<i32>,
    /// What a failed call set-up is answered with.
    status: u16,
    /// What a failed call set-up was answered with.
    statuses: &'static [u16],
}

const fn row(q850: u8, ril: Option<i32>, status: u16, statuses: &'static [u16]) -> Row {
    Row { q850, ril, status, statuses }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Q.850              ril.h       to SIP  from SIP
    row(1,   Some(1),   404, &[404, 485, 604]), // unallocated number: UNOBTAINABLE_NUMBER
    row(2,   None,      404, &[]),              // no route to transit network
    row(3,   Some(3),   404, &[]),              // no route to destination
    row(8,   Some(8),   403, &[]),              // operator determined barring
    row(16,  Some(16),  480, &[]),              // normal call clearing
    row(17,  Some(17),  486, &[486, 600]),      // user busy
    row(18,  Some(18),  408, &[480]),           // no user responding
    row(19,  Some(19),  480, &[]),              // no answer from user
    row(20,  None,      480, &[]),              // subscriber absent
    row(21,  Some(21),  603, &[401, 402, 403, 407, 603]), // call rejected
    row(22,  Some(22),  410, &[410]),           // number changed
    row(25,  Some(25),  483, &[482, 483]),      // ril.h: PREEMPTION; Q.850: exchange routing error
    row(26,  None,      404, &[]),              // non-selected user clearing
    row(27,  Some(27),  502, &[]),              // destination out of order
    row(28,  Some(28),  484, &[484]),           // invalid number format
    row(29,  Some(29),  501, &[]),              // facility rejected
    row(31,  Some(31),  480, &[]),              // normal, unspecified
    row(34,  Some(34),  503, &[]),              // no circuit available: CONGESTION
    row(38,  Some(38),  503, &[502]),           // network out of order
    row(41,  Some(41),  503, &[400, 481, 500, 503]), // temporary failure
    row(42,  Some(42),  503, &[]),              // switching equipment congestion
    row(44,  Some(44),  503, &[]),              // requested circuit not available
    row(47,  Some(47),  503, &[]),              // resource unavailable
    row(55,  Some(55),  403, &[]),              // incoming calls barred within CUG
    row(57,  Some(57),  403, &[]),              // bearer capability not authorized
    row(58,  Some(58),  503, &[]),              // bearer capability not available
    row(63,  Some(63),  503, &[405]),           // service not available
    row(65,  Some(65),  488, &[488, 606]),      // bearer capability not implemented
    row(68,  Some(68),  402, &[]),              // ril.h only: ACM_LIMIT_EXCEEDED
    row(79,  Some(79),  501, &[406, 415, 501]), // service not implemented
    row(87,  Some(87),  403, &[]),              // user not member of CUG
    row(88,  Some(88),  503, &[]),              // incompatible destination
    row(102, Some(102), 504, &[408, 504]),      // recovery on timer expiry
    row(111, Some(111), 500, &[]),              // protocol error
    row(127, Some(127), 500, &[413, 414, 416, 420, 421, 423, 505, 513]), // interworking
];

/// `CALL_FAIL_ERROR_UNSPECIFIED` of ril.h.
const RIL_UNSPECIFIED: i32 = 0xffff;

impl Cause {
    /// Normal call clearing.
    pub const NORMAL: Self = Self(16);
    /// User busy.
    pub const BUSY: Self = Self(17);
    /// No user responding.
    pub const NO_RESPONSE: Self = Self(18);
    /// No answer from user (user alerted).
    pub const NO_ANSWER: Self = Self(19);
    /// Subscriber absent: not to be reached now.
    pub const ABSENT: Self = Self(20);
    /// Call rejected.
    pub const REJECTED: Self = Self(21);
    /// Unallocated number.
    pub const UNALLOCATED: Self = Self(1);
    /// Invalid number format.
    pub const INVALID_NUMBER: Self = Self(28);
    /// Normal, unspecified.
    pub const UNSPECIFIED: Self = Self(31);
    /// No circuit or channel available.
    pub const CONGESTION: Self = Self(34);
    /// Temporary failure.
    pub const TEMPORARY: Self = Self(41);
    /// Bearer capability not authorized: the call is not allowed.
    pub const BARRED: Self = Self(57);
    /// Bearer capability not implemented: no media in common.
    pub const NO_MEDIA: Self = Self(65);
    /// Recovery on timer expiry.
    pub const EXPIRED: Self = Self(102);

    /// The cause of this Q.850 value; what is none is "normal, unspecified".
    pub fn from_q850(value: u32) -> Self {
        u8::try_from(value).ok().filter(|cause| (1..=127).contains(cause)).map_or(Self::UNSPECIFIED, Self)
    }

    /// The cause of a SIP failure, by its `Reason` headers if they have one, else by its status.
    pub fn from_sip<'a>(status: u16, reasons: impl IntoIterator<Item = &'a str>) -> Self {
        Self::from_reasons(reasons).unwrap_or_else(|| {
            let row = ROWS.iter().find(|row| row.statuses.contains(&status));
            row.map_or(if status >= 500 { Self(127) } else { Self::UNSPECIFIED }, |row| Self(row.q850))
        })
    }

    /// The first Q.850 cause in `Reason` header values (RFC 3326): `Q.850;cause=16;text="..."`.
    pub fn from_reasons<'a>(reasons: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        reasons.into_iter().flat_map(|value| value.split(',')).find_map(|reason| {
            let mut parts = reason.split(';').map(str::trim);
            if !parts.next()?.eq_ignore_ascii_case("Q.850") {
                return None;
            }
            let value = parts.find_map(|part| {
                let (name, value) = part.split_once('=')?;
                name.trim().eq_ignore_ascii_case("cause").then(|| value.trim())
            })?;
            value.parse().ok().filter(|cause| (1..=127).contains(cause)).map(Self)
        })
    }

    /// The Q.850 value.
    pub const fn q850(self) -> u8 {
        self.0
    }

    /// The SIP status for a call set-up that failed for this.
    pub fn status(self) -> u16 {
        ROWS.iter().find(|row| row.q850 == self.0).map_or(480, |row| row.status)
    }

    /// What a modem would report.
    pub fn ril(self) -> i32 {
        ROWS.iter().find(|row| row.q850 == self.0).and_then(|row| row.ril).unwrap_or(RIL_UNSPECIFIED)
    }

    /// The value of a `Reason` header.
    pub fn reason(self) -> String {
        format!("Q.850;cause={}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cause_and_no_status_has_two_rows() {
        for (index, row) in ROWS.iter().enumerate() {
            for other in &ROWS[index + 1..] {
                assert_ne!(row.q850, other.q850);
                assert!(row.statuses.iter().all(|status| !other.statuses.contains(status)), "{}", row.q850);
            }
        }
    }

    #[test]
    fn every_row_is_a_failure_and_finds_itself_again() {
        for row in ROWS {
            assert!((400..700).contains(&row.status));
            let cause = Cause(row.q850);
            assert_eq!(Cause::from_reasons([cause.reason().as_str()]), Some(cause));
            assert_eq!(cause.ril(), row.ril.unwrap_or(RIL_UNSPECIFIED));
        }
    }

    #[test]
    fn a_reason_is_believed_before_the_status() {
        assert_eq!(Cause::from_sip(480, []), Cause::NO_RESPONSE);
        assert_eq!(Cause::from_sip(480, ["SIP;cause=480, q.850 ; text=\"no answer\" ; Cause=19"]), Cause::NO_ANSWER);
        assert_eq!(Cause::from_sip(486, ["Q.850;cause=0"]), Cause::BUSY);
        assert_eq!(Cause::from_sip(486, ["Q.850;cause=999;;=;"]), Cause::BUSY);
    }

    #[test]
    fn what_no_row_has_is_not_invented() {
        assert_eq!(Cause::from_sip(499, []), Cause::UNSPECIFIED);
        assert_eq!(Cause::from_sip(599, []), Cause(127));
        assert_eq!(Cause(99).ril(), RIL_UNSPECIFIED);
        assert_eq!(Cause(99).status(), 480);
    }

    #[test]
    fn what_is_no_q850_value_is_unspecified() {
        assert_eq!(Cause::from_q850(17), Cause::BUSY);
        for value in [0, 128, 256 + 17, u32::MAX] {
            assert_eq!(Cause::from_q850(value), Cause::UNSPECIFIED, "{value}");
        }
    }
}
