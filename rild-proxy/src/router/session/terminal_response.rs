//! What a terminal response answers, and the answer that the SIM gets when nobody is there to give one.
//!
//! A proactive command waits at the SIM until its terminal response has come (3GPP TS 31.111, 6.8; ETSI TS 102 223,
//! 6.8). This builds the one that says that the terminal is currently unable to process the command (8.12.2), which the
//! SIM may take as "try again later".

use ril_protocol::hex::{from_hex, to_hex};

/// Tag of a proactive command (ETSI TS 102 223, 9.2).
const PROACTIVE_COMMAND: u8 = 0xd0;
/// Tags of the data objects (9.3), without the bit that demands comprehension.
const COMMAND_DETAILS: u8 = 0x01;
const COMPREHENSION_REQUIRED: u8 = 0x80;
/// Device identities of the terminal, speaking to the SIM (8.7).
const FROM_TERMINAL: [u8; 4] = [0x82, 0x02, 0x82, 0x81];
/// Result "terminal currently unable to process command", no specific cause (8.12.2).
const UNABLE: [u8; 4] = [0x83, 0x02, 0x20, 0x00];

/// Number, type and qualifier of a proactive command (8.6).
pub(super) fn details(command: &str) -> Option<[u8; 3]> {
    let bytes = from_hex(command)?;
    let [PROACTIVE_COMMAND, rest @ ..] = &bytes[..] else { return None };
    details_in(skip_length(rest)?)
}

/// Number, type and qualifier of the command that a terminal response answers (6.8).
pub(super) fn answered(response: &str) -> Option<[u8; 3]> {
    details_in(&from_hex(response)?)
}

/// The command details among some data objects.
fn details_in(mut objects: &[u8]) -> Option<[u8; 3]> {
    while let [tag, rest @ ..] = objects {
        let rest = match rest {
            [0x81, rest @ ..] => rest,
            rest => rest,
        };
        let (len, value) = rest.split_first()?;
        let value_of = value.get(..usize::from(*len))?;
        if tag & !COMPREHENSION_REQUIRED == COMMAND_DETAILS {
            return value_of.try_into().ok();
        }
        objects = &value[value_of.len()..];
    }
    None
}

/// The terminal response to this proactive command, both as ril.h has them: hexadecimal.
pub(super) fn unable_to_process(command: &str) -> Option<String> {
    let details = details(command)?;
    let mut response = vec![COMMAND_DETAILS | COMPREHENSION_REQUIRED, 3];
    response.extend(details);
    response.extend(FROM_TERMINAL);
    response.extend(UNABLE);
    Some(to_hex(&response))
}

/// The length of a BER-TLV object takes one byte, or two with 0x81 before it (9.2).
fn skip_length(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0x81, _, rest @ ..] | [0..=0x7f, rest @ ..] => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DISPLAY TEXT "80ms", from the examples of 3GPP TS 31.124, 27.22.4.1.
    const DISPLAY_TEXT: &str = "D01A8103012180820281028D0F04546F6F6C6B697420546573742031";

    #[test]
    fn the_response_repeats_the_commands_details() {
        assert_eq!(details(DISPLAY_TEXT), Some([0x01, 0x21, 0x80]));
        assert_eq!(
            unable_to_process(DISPLAY_TEXT).as_deref(),
            Some("810301218082028281830220 00".replace(' ', "").as_str())
        );
        assert_eq!(details("D0810A 8103012500 82028182 00".replace(' ', "").as_str()), Some([0x01, 0x25, 0x00]));
    }

    #[test]
    fn a_response_says_what_it_answers() {
        assert_eq!(answered("810301218082028281830100"), Some([0x01, 0x21, 0x80]));
        assert_eq!(answered("820282818103022500830100"), Some([0x02, 0x25, 0x00]), "in another order");
        for text in ["", "8103", "82028281", "zz"] {
            assert_eq!(answered(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_command_has_no_response() {
        for text in ["", "D0", "D009", "D1098103012180", "D009820281028103", "D0098103", "zz", "D00981FF"] {
            assert_eq!(unable_to_process(text), None, "{text}");
        }
    }
}
