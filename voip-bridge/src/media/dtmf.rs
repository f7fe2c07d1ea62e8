//! Digits as peers send them: RTP events (RFC 4733) and INFO in its two usual forms.
//!
//! It refuses what is no digit of a keypad: flash hooks, tones of answering machines, and other events.

const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

/// The digit of an RTP event (RFC 4733 section 2.3: event, end bit and volume, duration); `None` when it is malformed,
/// `Some(None)` when it is another event.
pub(crate) fn event(payload: &[u8]) -> Option<Option<char>> {
    let event = payload.first().copied().filter(|_| payload.len() >= 4)?;
    Some(DIGITS.get(usize::from(event)).copied().map(char::from))
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
