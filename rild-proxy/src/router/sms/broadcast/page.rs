//! The head of a cell broadcast message: what it is about, and in which coding.
//!
//! Reference: 3GPP TS 23.041, 9.4.1.2 (a page of 88 octets), 9.4.1.3 (the ETWS primary notification of 56 octets) and
//! 9.4.2.2 (the UMTS form, whose length varies).

use std::ops::RangeInclusive;

/// Octets of a page in GSM, at most.
const PAGE: usize = 88;
/// Octets of an ETWS primary notification in GSM, which has no data coding scheme.
const PRIMARY_NOTIFICATION: usize = 56;
/// "CBS Message" (9.4.2.2.1 and TS 25.324, 11.1).
const UMTS_MESSAGE: u8 = 1;
/// Message identifiers of the public warning systems: ETWS, CMAS, and what is reserved for more (9.4.1.2.2).
pub(super) const WARNINGS: RangeInclusive<u16> = 4352..=6399;
/// Those of ETWS.
const ETWS: RangeInclusive<u16> = 4352..=4359;

/// What a message says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Message identifier: what it is about.
    pub(super) identifier: u16,
    /// Data coding scheme, if it has one.
    pub(super) coding: Option<u8>,
}

impl Head {
    /// Reads the head of a message; none of one that has none.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        if message.len() > PAGE {
            let &[UMTS_MESSAGE, id_high, id_low, _, _, coding, ..] = message else { return None };
            return Some(Self { identifier: u16::from_be_bytes([id_high, id_low]), coding: Some(coding) });
        }
        let &[_, _, id_high, id_low, coding, _, ..] = message else { return None };
        let identifier = u16::from_be_bytes([id_high, id_low]);
        let primary = message.len() <= PRIMARY_NOTIFICATION && ETWS.contains(&identifier);
        Some(Self { identifier, coding: (!primary).then_some(coding) })
    }

    /// A warning that everybody is to get.
    pub(super) fn is_warning(self) -> bool {
        WARNINGS.contains(&self.identifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_told_apart_by_their_lengths() {
        let mut page = vec![0x40, 0x01, 0x00, 0x32, 0x0f, 0x11];
        page.resize(PAGE, 0);
        assert_eq!(Head::read(&page), Some(Head { identifier: 50, coding: Some(0x0f) }));
        let mut primary = vec![0x40, 0x01, 0x11, 0x00, 0x05, 0x80];
        primary.resize(PRIMARY_NOTIFICATION, 0);
        assert_eq!(Head::read(&primary), Some(Head { identifier: 4352, coding: None }));
        let mut umts = vec![1, 0x11, 0x12, 0x40, 0x01, 0x01, 1];
        umts.resize(1 + 6 + 83, 0);
        assert_eq!(Head::read(&umts), Some(Head { identifier: 4370, coding: Some(1) }));
        umts[0] = 2;
        assert_eq!(Head::read(&umts), None, "a schedule message");
        assert_eq!(Head::read(&[0, 1, 2]), None);
    }

    #[test]
    fn warnings_are_those_of_the_public_warning_systems() {
        let warned = |identifier| Head { identifier, coding: None }.is_warning();
        assert!([4352, 4359, 4370, 4399, 6399].into_iter().all(warned));
        assert!(![50, 4351, 6400].into_iter().any(warned));
    }
}
