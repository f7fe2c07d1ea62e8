//! The texts of a request's arguments, each with its kind, looked at where they lie.
//!
//! This is for whoever judges every request: nothing is decoded into a type or copied. What the types of the arguments
//! say of their fields, and the rows of what is only strings, is said in `fields.rs` and `places.rs`; a test holds this
//! to them.

use super::{Held, Secret};
use crate::messages::RequestRow;
use crate::parcel::{DecodeError, Fault, Reader};

/// The UTF-16 units of a text, or the characters of one that has a byte for each.
#[derive(Clone, Debug)]
pub struct Units<'a> {
    /// Two bytes for each unit, or four for each character, of which the first counts.
    bytes: std::slice::ChunksExact<'a, u8>,
}

impl Iterator for Units<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        match *self.bytes.next()? {
            [one, other] => Some(u16::from_ne_bytes([one, other])),
            [byte, ..] => Some(u16::from(byte)),
            [] => None,
        }
    }
}

/// Looks at a text; whether to go on to the next.
type Look<'l> = dyn FnMut(Secret, Units<'_>) -> bool + 'l;

/// A part of arguments.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// So many words without a text.
    Words(usize),
    /// A text.
    Text(Secret),
}
use Part::{Text, Words};

/// What arguments consist of, as far as there are texts in it.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// No text.
    Nothing,
    /// A text, and whatever is behind it.
    One,
    /// Texts behind their number.
    Strings,
    /// These.
    Parts(&'static [Part]),
    /// These, again and again, behind how many times that is.
    List(&'static [Part]),
    /// Two lists, behind both numbers.
    Lists(&'static [Part]),
    /// A short message of CDMA, behind so many words.
    Cdma(usize),
    /// A short message over IMS.
    Ims,
}

/// RIL technologies of a message over IMS (ril.h, `RIL_RadioTechnologyFamily`).
const TECH_3GPP: i32 = 1;
const TECH_3GPP2: i32 = 2;

/// Of a CDMA address whose digits are no characters (ril_cdma_sms.h, `RIL_CDMA_SMS_DigitMode`).
const FOUR_BIT: i32 = 0;
/// The most of them (`RIL_CDMA_SMS_ADDRESS_MAX`).
const MOST_DIGITS: usize = 36;

fn shape(type_name: &str) -> Shape {
    match type_name {
        "Text" => Shape::One,
        "Strings" => Shape::Strings,
        "call::Dial" => Shape::Parts(&[Text(Secret::Number)]),
        "call::ForwardInfo" => Shape::Parts(&[Words(4), Text(Secret::Number), Words(1)]),
        "sim::SimIo" => Shape::Parts(&[
            Words(2),
            Text(Secret::Path),
            Words(3),
            Text(Secret::SimFile),
            Text(Secret::Pin),
            Text(Secret::Application),
        ]),
        "sim::SimApdu" => Shape::Parts(&[Words(6), Text(Secret::Apdu)]),
        "sim::SimAuthentication" => Shape::Parts(&[Words(1), Text(Secret::Challenge), Text(Secret::Application)]),
        "sms::SmsWriteArgs" => Shape::Parts(&[Words(1), Text(Secret::OutgoingPdu), Text(Secret::Smsc)]),
        "data::InitialAttachApn" => Shape::Parts(&[
            Text(Secret::AccessPoint),
            Text(Secret::Keyword),
            Words(1),
            Text(Secret::Text),
            Text(Secret::Key),
        ]),
        "Vec<data::DataProfile>" => Shape::List(&[
            Words(1),
            Text(Secret::AccessPoint),
            Text(Secret::Keyword),
            Words(1),
            Text(Secret::Text),
            Text(Secret::Key),
            Words(5),
        ]),
        "device::NvWriteItem" => Shape::Parts(&[Words(1), Text(Secret::Key)]),
        "device::RadioCapability" => Shape::Parts(&[Words(4), Text(Secret::Open)]),
        "device::CarrierRestrictions" => {
            Shape::Lists(&[Text(Secret::Operator), Text(Secret::Operator), Words(1), Text(Secret::CarrierMatch)])
        }
        "cdma::SmsMessage" => Shape::Cdma(0),
        "cdma::SmsWriteArgs" => Shape::Cdma(1),
        "ims::ImsSms" => Shape::Ims,
        _ => Shape::Nothing,
    }
}

/// Shows the texts of a request's arguments, one after the other, to `look`, until that says false. Whether it never
/// did.
///
/// # Errors
/// Where the arguments cannot be read.
pub fn request_texts(
    row: &RequestRow,
    arguments: &mut Reader<'_>,
    mut look: impl FnMut(Secret, Units<'_>) -> bool,
) -> Result<bool, DecodeError> {
    let held = row.code.arguments_hold();
    match shape(row.request.type_name) {
        Shape::Nothing => Ok(true),
        Shape::One => text(arguments, held.kind_at(0), &mut look),
        Shape::Strings => strings(arguments, held, &mut look),
        Shape::Parts(these) => parts(arguments, these, &mut look),
        Shape::List(these) => {
            let times = arguments.count(4)?;
            list(arguments, times, these, &mut look)
        }
        Shape::Lists(these) => {
            let (first, second) = (arguments.count(4)?, arguments.count(4)?);
            list(arguments, first.saturating_add(second), these, &mut look)
        }
        Shape::Cdma(before) => {
            words(arguments, before)?;
            cdma(arguments, &mut look)
        }
        Shape::Ims => match arguments.int()? {
            TECH_3GPP => {
                words(arguments, 2)?;
                strings(arguments, super::places::SUBMITTED, &mut look)
            }
            TECH_3GPP2 => {
                words(arguments, 2)?;
                cdma(arguments, &mut look)
            }
            other => Err(arguments.fault(Fault::BadValue(other))),
        },
    }
}

/// As [`request_texts`], of arguments that are texts behind their number, of which nobody can tell what they are.
///
/// # Errors
/// Where the arguments cannot be read.
pub fn unknown_strings(
    arguments: &mut Reader<'_>,
    mut look: impl FnMut(Secret, Units<'_>) -> bool,
) -> Result<bool, DecodeError> {
    strings(arguments, Held::All(Secret::Unknown), &mut look)
}

/// As [`request_texts`], of arguments that begin with a text of this kind.
///
/// # Errors
/// Where the arguments cannot be read.
pub fn first_text(
    arguments: &mut Reader<'_>,
    kind: Secret,
    mut look: impl FnMut(Secret, Units<'_>) -> bool,
) -> Result<bool, DecodeError> {
    text(arguments, kind, &mut look)
}

fn words(reader: &mut Reader<'_>, count: usize) -> Result<(), DecodeError> {
    (0..count).try_for_each(|_| reader.int().map(drop))
}

fn text(reader: &mut Reader<'_>, kind: Secret, look: &mut Look<'_>) -> Result<bool, DecodeError> {
    Ok(reader.utf16()?.is_none_or(|units| look(kind, Units { bytes: units.chunks_exact(2) })))
}

fn strings(reader: &mut Reader<'_>, held: Held, look: &mut Look<'_>) -> Result<bool, DecodeError> {
    for place in 0..reader.count(4)? {
        if !text(reader, held.kind_at(place), look)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn parts(reader: &mut Reader<'_>, parts: &[Part], look: &mut Look<'_>) -> Result<bool, DecodeError> {
    for part in parts {
        match *part {
            Words(count) => words(reader, count)?,
            Text(kind) => {
                if !text(reader, kind, look)? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

fn list(reader: &mut Reader<'_>, times: usize, these: &[Part], look: &mut Look<'_>) -> Result<bool, DecodeError> {
    for _ in 0..times {
        if !parts(reader, these, look)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Teleservice, category and whether it counts; mode of the digits, three more of the address, and its digits, a word
/// for each. They are a text if they are characters (ril_cdma_sms.h, `RIL_CDMA_SMS_Address`).
fn cdma(reader: &mut Reader<'_>, look: &mut Look<'_>) -> Result<bool, DecodeError> {
    words(reader, 3)?;
    let mode = reader.int()?;
    words(reader, 3)?;
    let count = reader.padded(1)?.first().map_or(0, |count| usize::from(*count)).min(MOST_DIGITS);
    let digits = reader.padded(4 * count)?;
    Ok(mode == FOUR_BIT || look(Secret::CdmaCharacters, Units { bytes: digits.chunks_exact(4) }))
}
