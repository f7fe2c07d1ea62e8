//! The class byte of a command: it names the logical channel, or leaves that to whoever sends the command.
//!
//! Reference: ISO/IEC 7816-4, 5.4.1; ETSI TS 102 221, 10.1.1.

use ril_protocol::card::commands::MOST_CHANNELS;

/// Channels of the first form of the class byte; the further form begins with the next.
const FIRST_FORM: i32 = 4;
/// The last channel that a class byte can name.
const LAST: i32 = MOST_CHANNELS as i32;
/// Marks the further form.
const FURTHER: i32 = 0x40;
/// Secure messaging without its header authenticated, in either form. The first form has two other kinds.
const SECURE_FIRST: i32 = 0x08;
const SECURE_ANY_FIRST: i32 = 0x0c;
const SECURE_FURTHER: i32 = 0x20;
/// Bits that mean the same in both forms: proprietary, and more of the command follows.
const COMMON: i32 = 0x90;
/// No class at all (ISO/IEC 7816-3, 10.3).
const NO_CLASS: i32 = 0xff;
/// The class of a GSM SIM (3GPP TS 51.011, 9.2), which knows no channels.
const GSM: i32 = 0xa0;

/// The class byte of a command on channel `seen`, for channel `actual`; one that names no channel stays as it is.
/// `None` if it names another, or cannot be said of that one.
pub(super) fn moved(class: i32, seen: i32, actual: i32) -> Option<i32> {
    let is_further = class & FURTHER != 0;
    let is_reserved = !is_further && class & 0x20 != 0 && class != GSM;
    if !(0..NO_CLASS).contains(&class) || is_reserved {
        return None;
    }
    let channel = if is_further { FIRST_FORM + (class & 0x0f) } else { class & 0x03 };
    if channel == 0 {
        return Some(class);
    }
    if channel == seen { put(class, actual) } else { None }
}

/// As [`moved`], but one that names no channel is to name this one too: a modem may hand it to the card as it is, and
/// then it would be about the basic channel. Where `actual` is no channel, the modem itself has to know which one it
/// is. That of a GSM SIM can name none.
pub(super) fn named(class: i32, seen: i32, actual: i32) -> Option<i32> {
    let class = moved(class, seen, actual).filter(|class| *class != GSM)?;
    let names_none = class & (FURTHER | 0x03) == 0;
    if names_none && actual <= LAST { put(class, actual) } else { Some(class) }
}

/// A class byte with this channel in it.
fn put(class: i32, actual: i32) -> Option<i32> {
    if !(1..=LAST).contains(&actual) {
        return None;
    }
    let is_further = class & FURTHER != 0;
    let secure = if is_further { class & SECURE_FURTHER != 0 } else { class & SECURE_ANY_FIRST != 0 };
    if actual >= FIRST_FORM {
        let sayable = is_further || matches!(class & SECURE_ANY_FIRST, 0 | SECURE_FIRST);
        let secure = if secure { SECURE_FURTHER } else { 0 };
        let moved = class & COMMON | FURTHER | secure | (actual - FIRST_FORM);
        return Some(moved).filter(|moved| sayable && *moved != NO_CLASS);
    }
    let secure = match (is_further, secure) {
        (false, _) => class & SECURE_ANY_FIRST,
        (true, true) => SECURE_FIRST,
        (true, false) => 0,
    };
    Some(class & COMMON | secure | actual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_names_no_channel_stays() {
        for class in [0x00, 0x80, 0x0c, 0x10, 0xa0] {
            assert_eq!(moved(class, 1, 3), Some(class));
        }
    }

    #[test]
    fn a_channel_is_renamed_within_and_between_the_forms() {
        assert_eq!(moved(0x01, 1, 3), Some(0x03));
        assert_eq!(moved(0x81, 1, 2), Some(0x82));
        assert_eq!(moved(0x1d, 1, 2), Some(0x1e), "chaining and secure messaging stay");
        assert_eq!(moved(0x01, 1, 4), Some(0x40));
        assert_eq!(moved(0x89, 1, 19), Some(0xef), "secure messaging");
        assert_eq!(moved(0x40, 4, 2), Some(0x02));
        assert_eq!(moved(0x60, 4, 2), Some(0x0a));
        assert_eq!(moved(0x41, 5, 19), Some(0x4f));
    }

    #[test]
    fn another_channel_is_refused_and_so_is_what_cannot_be_said() {
        assert_eq!(moved(0x02, 1, 1), None, "another channel");
        assert_eq!(moved(0x40, 1, 1), None);
        assert_eq!(moved(0x05, 1, 4), None, "proprietary secure messaging has no further form");
        assert_eq!(moved(0x01, 1, 20), None, "a session that is no channel");
        for class in [-1, 0x20, 0x3f, 0xff, 0x100, i32::MAX] {
            assert_eq!(moved(class, 1, 1), None);
        }
    }

    #[test]
    fn a_class_that_names_no_channel_can_be_given_one() {
        assert_eq!(named(0x00, 1, 3), Some(0x03));
        assert_eq!(named(0x80, 1, 7), Some(0xc3));
        assert_eq!(named(0x0c, 1, 2), Some(0x0e));
        assert_eq!(named(0x08, 1, 4), Some(0x60));
        assert_eq!(named(0x0c, 1, 4), None, "cannot be said of that channel");
        assert_eq!(named(0xa0, 1, 4), None, "nor of any");
        assert_eq!(named(0xa0, 1, 77), None);
        assert_eq!(named(0x01, 1, 3), Some(0x03));
        assert_eq!(named(0x02, 1, 3), None);
        assert_eq!(named(0x00, 1, 77), Some(0x00), "a session that is no channel");
    }

    /// What comes out names the actual channel and keeps everything else that can be kept.
    #[test]
    fn moving_there_and_back_is_the_same() {
        for class in 0..0xff {
            for (seen, actual) in (1..=19).flat_map(|seen| (1..=19).map(move |actual| (seen, actual))) {
                let Some(there) = moved(class, seen, actual) else { continue };
                assert_eq!(moved(there, actual, seen), Some(class), "{class:02x} from {seen} to {actual}");
            }
        }
    }
}
