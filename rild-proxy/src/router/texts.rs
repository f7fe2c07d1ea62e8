//! Texts of phones that nobody should hand to a library.
//!
//! A C library sees a text up to its first NUL, and many build AT commands of what they are given: a text with a NUL is
//! not the text that was judged here, and one with a line end or a quotation mark may be another command altogether.
//! Privileged phones may do what such commands can do, and are not held to this; emergency calls do not come this way.
//!
//! Texts are looked at where they lie in the payload, for this happens to every request of an unprivileged phone.

use ril_protocol::parcel::{DecodeError, Reader};
use ril_protocol::{RequestCode, RilVersion};

/// Whether all texts of a request are plain. What cannot be decoded is for whoever judges or carries it.
pub(super) fn are_plain(code: RequestCode, payload: &[u8], version: RilVersion) -> bool {
    let Some(row) = code.row() else { return true };
    let mut reader = Reader::new(payload, version);
    let plain = match row.request.type_name {
        "Text" | "call::Dial" => next_is_plain(&mut reader),
        "Strings" => strings(&mut reader),
        // Command, file; path; three parameters; data, PIN2, application.
        "sim::SimIo" => texts_behind_numbers(&mut reader, &[2, 3, 0, 0]),
        // Channel, class, instruction and three parameters; data.
        "sim::SimApdu" => texts_behind_numbers(&mut reader, &[6]),
        _ => return true,
    };
    plain.unwrap_or(true)
}

fn strings(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    for _ in 0..reader.int()?.max(0) {
        if !next_is_plain(reader)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Texts, each behind so many integers.
fn texts_behind_numbers(reader: &mut Reader<'_>, numbers: &[usize]) -> Result<bool, DecodeError> {
    for count in numbers {
        for _ in 0..*count {
            reader.int()?;
        }
        if !next_is_plain(reader)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the next text has no control character (Unicode's C0, DEL and C1) and no quotation mark.
fn next_is_plain(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    let units = reader.utf16()?.unwrap_or_default().chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    Ok(!units.into_iter().any(|unit| matches!(unit, 0..=0x1f | 0x22 | 0x7f..=0x9f)))
}
