//! A text into the user data of as few messages as it takes, and back (TS 23.040, 9.2.3.24.1).
//!
//! Takes the default alphabet when it has all characters, else the national tables that the caller allows, else UCS-2.
//! Never cuts an escape sequence or a surrogate pair, and never substitutes a character.

use super::alphabet::{Alphabet, Codes, Language};
use super::data_coding::{Coding, DataCoding};
use super::error::{EncodeError, SplitError, TextError};
use super::header::{Concatenation, Element, Header, Reference};
use super::user_data::{MAX_OCTETS, UserData, header_septets};

/// Parts of one message at most; the header counts them in one octet.
pub const MAX_PARTS: usize = 255;

/// What one message carries: TP-DCS and the user data written under it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// TP-DCS.
    pub data_coding: DataCoding,
    /// TP-UDHI, TP-UDL and TP-UD.
    pub user_data: UserData,
}

/// How to write a text.
#[derive(Debug, Clone, Copy)]
pub struct Splitter<'a> {
    /// The reference number, should the text need several parts.
    pub reference: Reference,
    /// Languages whose national tables the receiver is known to read.
    pub languages: &'a [Language],
    /// Header elements for every part, such as ports.
    pub elements: &'a [Element],
    /// Octets of user data that each part may have: [`MAX_OCTETS`], or less where it travels in something smaller.
    pub octets: usize,
}

/// The parts of a text in the default alphabet or in UCS-2.
///
/// # Errors
/// A text of more than 255 parts.
pub fn split(text: &str, reference: Reference) -> Result<Vec<Part>, SplitError> {
    Splitter { reference, languages: &[], elements: &[], octets: MAX_OCTETS }.split(text)
}

/// The text of all parts of a message, given in their order.
///
/// # Errors
/// The first part that has no text.
pub fn join<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Result<String, TextError> {
    let mut utf16 = Vec::new();
    for Part { data_coding, user_data } in parts {
        if data_coding.coding() == Coding::Ucs2 && !data_coding.is_compressed() {
            // Half a surrogate pair may wait for its other half in the next part.
            utf16.extend(user_data.utf16()?);
        } else {
            utf16.extend(user_data.text(*data_coding)?.encode_utf16());
        }
    }
    Ok(String::from_utf16_lossy(&utf16))
}

impl Splitter<'_> {
    /// The parts of a text, one part for an empty text.
    ///
    /// # Errors
    /// A text of more than 255 parts, or header elements that leave no room.
    pub fn split(&self, text: &str) -> Result<Vec<Part>, SplitError> {
        let mut best: Option<Result<Vec<Part>, SplitError>> = None;
        for alphabet in self.alphabets() {
            let codes = text.chars().map(|character| alphabet.encode_char(character)).collect::<Option<Vec<_>>>();
            let Some(codes) = codes else { continue };
            best = Some(match (best, self.gsm7(alphabet, &codes)) {
                (Some(Ok(before)), Ok(parts)) if weight(&parts) < weight(&before) => Ok(parts),
                (Some(Ok(before)), _) => Ok(before),
                (_, tried) => tried,
            });
        }
        best.unwrap_or_else(|| self.ucs2(text))
    }

    fn alphabets(&self) -> impl Iterator<Item = Alphabet> {
        let national = self.languages.iter().copied().map(Some).flat_map(|language| {
            [
                Alphabet { locking: None, single: language },
                Alphabet { locking: language, single: None },
                Alphabet { locking: language, single: language },
            ]
        });
        std::iter::once(Alphabet::DEFAULT).chain(national.filter(|alphabet| alphabet.is_defined()))
    }

    fn gsm7(&self, alphabet: Alphabet, codes: &[Codes]) -> Result<Vec<Part>, SplitError> {
        let octets = self.octets.min(MAX_OCTETS);
        let room = |header: &[u8]| (octets * 8 / 7).saturating_sub(header_septets(header.len()).0);
        let (alone, each) = self.rooms(alphabet, room)?;
        let pieces = cut(codes, |codes| codes.len(), alone, each)?;
        self.parts(alphabet, &pieces, |header, codes| {
            let mut septets = Vec::new();
            codes.iter().for_each(|codes| codes.append_to(&mut septets));
            let user_data = UserData::from_septets(header, &septets)?;
            Ok(Part { data_coding: DataCoding::GSM7, user_data })
        })
    }

    fn ucs2(&self, text: &str) -> Result<Vec<Part>, SplitError> {
        let room = |header: &[u8]| self.octets.min(MAX_OCTETS).saturating_sub(header.len()) / 2;
        let (alone, each) = self.rooms(Alphabet::DEFAULT, room)?;
        let characters: Vec<char> = text.chars().collect();
        let pieces = cut(&characters, |character| character.len_utf16(), alone, each)?;
        self.parts(Alphabet::DEFAULT, &pieces, |header, characters| {
            let mut payload = Vec::new();
            for character in characters {
                payload.extend(character.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
            }
            let user_data = UserData::from_octets(header, &payload)?;
            Ok(Part { data_coding: DataCoding::UCS2, user_data })
        })
    }

    /// Room for text in a lone message and in a part of several.
    fn rooms(&self, alphabet: Alphabet, room: impl Fn(&[u8]) -> usize) -> Result<(usize, usize), EncodeError> {
        let alone = self.header(alphabet, None).map_or(Ok(Vec::new()), |header| header.encode())?;
        let some_part = Concatenation { reference: self.reference, total: 1, sequence: 1 };
        let each = self.header(alphabet, Some(some_part)).map_or(Ok(Vec::new()), |header| header.encode())?;
        Ok((room(&alone), room(&each)))
    }

    fn parts<T>(
        &self,
        alphabet: Alphabet,
        pieces: &[&[T]],
        build: impl Fn(Option<&Header>, &[T]) -> Result<Part, EncodeError>,
    ) -> Result<Vec<Part>, SplitError> {
        let Ok(total) = u8::try_from(pieces.len()) else {
            return Err(SplitError::TooManyParts { max: MAX_PARTS });
        };
        let reference = self.reference;
        let build_at = |(sequence, piece): (u8, &&[T])| {
            let concatenation = (total > 1).then_some(Concatenation { reference, total, sequence });
            Ok(build(self.header(alphabet, concatenation).as_ref(), piece)?)
        };
        (1..=total).zip(pieces).map(build_at).collect()
    }

    fn header(&self, alphabet: Alphabet, concatenation: Option<Concatenation>) -> Option<Header> {
        let concatenation = concatenation.map(Element::Concatenation);
        let single = alphabet.single.map(|language| Element::SingleShift(language.identifier()));
        let locking = alphabet.locking.map(|language| Element::LockingShift(language.identifier()));
        let own = [concatenation, single, locking].into_iter().flatten();
        let header = Header::new(own.chain(self.elements.iter().cloned()));
        (!header.elements.is_empty()).then_some(header)
    }
}

/// Fewer parts are better, then fewer septets.
fn weight(parts: &[Part]) -> (usize, usize) {
    (parts.len(), parts.iter().map(|part| usize::from(part.user_data.length())).sum())
}

/// Slices of characters that fit: one slice of up to `alone` units, else slices of up to `each`.
fn cut<T>(characters: &[T], units: impl Fn(&T) -> usize, alone: usize, each: usize) -> Result<Vec<&[T]>, SplitError> {
    if characters.iter().map(&units).sum::<usize>() <= alone {
        return Ok(vec![characters]);
    }
    // No character takes more than two units.
    if each < 2 {
        return Err(SplitError::NoRoom);
    }
    let mut pieces = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, character) in characters.iter().enumerate() {
        if used + units(character) > each {
            pieces.push(&characters[start..at]);
            (start, used) = (at, 0);
        }
        used += units(character);
    }
    pieces.push(&characters[start..]);
    Ok(pieces)
}
