//! Digits as peers send them: RTP events (RFC 4733) and INFO in its two usual forms.
//!
//! A digit counts once, when it begins, however many packets it has, however long it is held, and in whichever order
//! they arrive. It refuses what is no digit of a keypad: flash hooks, tones of answering machines, and other events.

use super::RATE;

const DIGITS: &[u8; 16] = b"0123456789*#ABCD";
/// The end bit, in the octet with the volume (RFC 4733 section 2.3.2).
const END: u8 = 0x80;
/// A segment of an event that goes on begins so much later than the one before (section 2.5.1.3).
const SEGMENT: i32 = 0xffff;
/// For so many samples a packet may be late. What is farther back is a clock that was set anew.
const LATE: i32 = 4 * RATE as i32;

/// The RTP events of one leg.
#[derive(Debug, Default)]
pub(crate) struct Events(Option<Last>);

/// The latest event.
#[derive(Debug)]
struct Last {
    source: u32,
    timestamp: u32,
    event: u8,
    /// Whether its end has been heard.
    ended: bool,
}

impl Events {
    /// The digit that begins with a packet of this SSRC and time stamp (RFC 4733 section 2.3: event, end bit and
    /// volume, duration); `None` when it is malformed, `Some(None)` when it is no digit, or one that is known.
    pub(crate) fn digit(&mut self, source: u32, timestamp: u32, payload: &[u8]) -> Option<Option<char>> {
        let [event, flags, _, _, ..] = *payload else { return None };
        let ended = flags & END != 0;
        let mut known = false;
        if let Some(last) = self.0.as_mut().filter(|last| last.source == source) {
            let later = timestamp.wrapping_sub(last.timestamp).cast_signed();
            if later == 0 {
                last.ended |= ended;
            }
            if (-LATE..=0).contains(&later) {
                return Some(None);
            }
            known = later == SEGMENT && last.event == event && !last.ended;
        }
        self.0 = Some(Last { source, timestamp, event, ended });
        let digit = DIGITS.get(usize::from(event)).filter(|_| !known);
        Some(digit.copied().map(char::from))
    }
}

/// The digit in an INFO: `Signal=5` in `application/dtmf-relay`, the digit itself in `application/dtmf`.
pub(crate) fn info(kind: &str, content: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(content).ok()?;
    let signal = match kind.split(';').next()?.trim().to_ascii_lowercase().as_str() {
        "application/dtmf-relay" => text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
        })?,
        "application/dtmf" => text.trim(),
        _ => return None,
    };
    match signal.as_bytes() {
        [digit] if digit.is_ascii_digit() || b"*#ABCD".contains(digit) => Some(char::from(*digit)),
        // Some write the numbers of RFC 4733.
        b"10" => Some('*'),
        b"11" => Some('#'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// SSRC, time stamp, event, end bit.
    type Packet = (u32, u32, u8, bool);

    fn heard(packets: &[Packet]) -> String {
        let mut events = Events::default();
        let digit = |(source, timestamp, event, ended): &Packet| {
            events.digit(*source, *timestamp, &[*event, if *ended { END } else { 0 } | 10, 0xff, 0xff]).flatten()
        };
        packets.iter().filter_map(digit).collect()
    }

    #[test]
    fn a_digit_that_is_held_for_ever_is_one() {
        let start = u32::MAX - 70_000;
        let segment = |index: u32| (1, start.wrapping_add(index * 0xffff), 5, false);
        let held: Vec<Packet> = (0..10_000).flat_map(|index| [segment(index); 3]).collect();
        assert_eq!(heard(&held), "5");
        // Let go and pressed again, at the very moment; and another one.
        assert_eq!(heard(&[(1, 0, 5, false), (1, 0, 5, true), (1, 0xffff, 5, false)]), "55");
        assert_eq!(heard(&[(1, 0, 5, false), (1, 0xffff, 6, false)]), "56");
    }

    #[test]
    fn a_packet_that_is_late_is_no_digit() {
        assert_eq!(heard(&[(1, 100, 5, false), (1, 900, 6, false), (1, 100, 5, true), (1, 1700, 11, true)]), "56#");
        assert_eq!(heard(&[(1, u32::MAX, 5, false), (1, 9, 6, false), (1, u32::MAX, 5, true)]), "56");
    }

    #[test]
    fn another_source_has_a_clock_of_its_own() {
        assert_eq!(heard(&[(1, 9000, 5, true), (2, 9000, 5, true), (2, 10_000, 6, true)]), "556");
        // And one that begins anew without saying so.
        assert_eq!(heard(&[(1, 900_000, 5, true), (1, 100, 6, true)]), "56");
    }

    proptest! {
        #[test]
        fn no_packet_hurts(packets in prop::collection::vec((0..3_u32, any::<u32>(), any::<Vec<u8>>()), 0..20)) {
            let mut events = Events::default();
            for (source, timestamp, payload) in packets {
                events.digit(source, timestamp, &payload);
            }
        }
    }

    #[test]
    fn digits_of_info_are_read_in_both_forms() {
        assert_eq!(info("application/dtmf-relay", b"Signal= 5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(info("Application/DTMF-Relay; x=y", b"Duration=160\nsignal=#\n"), Some('#'));
        assert_eq!(info("application/dtmf-relay", b"Signal=11"), Some('#'));
        assert_eq!(info("application/dtmf", b"*"), Some('*'));
        for (kind, content) in [
            ("application/dtmf-relay", &b"Signal=12"[..]),
            ("application/dtmf-relay", b"Duration=5"),
            ("application/dtmf", b""),
            ("application/dtmf", b"\xff"),
            ("text/plain", b"5"),
        ] {
            assert_eq!(info(kind, content), None, "{kind}");
        }
    }
}
