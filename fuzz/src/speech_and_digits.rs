//! RTP of peers, and INFO: a digit is one of a keypad, and nothing is heard that was not in a packet.

use voip_bridge::untrusted::{heard, info};

/// Takes the input as packets, each behind its length, and as the body of an INFO.
pub fn speech_and_digits(input: &[u8]) {
    let (mut packets, mut rest) = (Vec::new(), input);
    while let Some((length, behind)) = rest.split_first() {
        let (packet, more) = behind.split_at(behind.len().min(usize::from(*length)));
        packets.push(packet);
        rest = more;
    }
    let (digits, samples) = heard(&packets);
    assert!(digits.len() <= packets.len() && digits.chars().all(is_digit), "{digits}");
    assert!(samples <= input.len());
    for kind in ["application/dtmf-relay", "application/dtmf"] {
        assert!(info(kind, input).is_none_or(is_digit));
    }
}

fn is_digit(digit: char) -> bool {
    "0123456789*#ABCD".contains(digit)
}
