//! What people write and read.
//!
//! A text becomes small letters and spaces, as many as its encoding had units; the same text the same ones in every
//! encoding. Nothing of it stays but its length.

use ril_protocol::sms_pdu::{Alphabet, septets};

use super::Scrub;

/// One in so many characters is a space.
const SPACES: u16 = 7;

/// The character set of the SIM says that a text is UCS-2 (ETSI TS 102 221, annex A).
const UCS2: u8 = 0x80;
/// The same, one byte a character behind a base of eight bits.
const UCS2_SHORT_BASE: u8 = 0x81;
/// The same, behind a base of sixteen bits.
const UCS2_LONG_BASE: u8 = 0x82;

impl Scrub {
    /// The letters that stand for a text, without end.
    fn letters<'a>(&'a self, text: &'a str) -> impl Iterator<Item = u8> + 'a {
        let mut before = b' ';
        self.key.numbers("text", text.as_bytes()).map(move |drawn| {
            let letter = b'a' + (drawn / SPACES % 26) as u8;
            before = if before != b' ' && drawn % SPACES == 0 { b' ' } else { letter };
            before
        })
    }

    /// A text of as many UTF-16 units.
    pub(super) fn text(&self, text: &str) -> String {
        self.letters(text).take(text.encode_utf16().count()).map(char::from).collect()
    }

    /// UTF-8 or anything else, byte by byte.
    pub(super) fn octets(&self, octets: &mut [u8]) {
        let text = String::from_utf8_lossy(octets).into_owned();
        octets.iter_mut().zip(self.letters(&text)).for_each(|(octet, letter)| *octet = letter);
    }

    /// UTF-16, the most significant byte first; an odd last byte becomes zero.
    pub(super) fn utf16(&self, octets: &mut [u8]) {
        let units: Vec<u16> = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        let text = String::from_utf16_lossy(&units);
        let mut letters = self.letters(&text);
        for pair in octets.chunks_mut(2) {
            match (pair, letters.next()) {
                ([high, low], Some(letter)) => (*high, *low) = (0, letter),
                (odd, _) => odd.fill(0),
            }
        }
    }

    /// Codes of an alphabet, one a byte, its escapes counted.
    pub(super) fn codes(&self, alphabet: Alphabet, codes: &mut [u8]) {
        let text = alphabet.decode(codes);
        for (code, letter) in codes.iter_mut().zip(self.letters(&text)) {
            *code = letter_code(alphabet, letter);
        }
    }

    /// Codes of the default alphabet, packed, without a count of their own.
    pub(super) fn packed(&self, octets: &mut [u8]) {
        let mut codes = septets::unpack(octets, 0, octets.len() * 8 / 7);
        // Eight septets fill seven octets; the last of them may be no more than what fills them.
        let filled = codes.len().is_multiple_of(8) && matches!(codes.last(), Some(0 | b'\r'));
        let length = codes.len() - usize::from(filled);
        self.codes(Alphabet::DEFAULT, &mut codes[..length]);
        octets.fill(0);
        octets.iter_mut().zip(septets::pack(&codes, 0)).for_each(|(octet, packed)| *octet = packed);
    }

    /// A text behind its data coding scheme (3GPP TS 23.038, 5).
    pub(super) fn coded(&self, octets: &mut [u8]) {
        let Some((scheme, text)) = octets.split_first_mut() else { return };
        match *scheme & 0x0c {
            0x08 if *scheme & 0xf0 != 0xf0 => self.utf16(text),
            0x04 => self.codes(Alphabet::DEFAULT, text),
            _ => self.packed(text),
        }
    }

    /// A text in the character set of the SIM, filled up with `FF` (ETSI TS 102 221, annex A).
    pub(super) fn alpha(&self, octets: &mut [u8]) {
        let end = octets.iter().rposition(|octet| *octet != 0xff).map_or(0, |last| last + 1);
        match octets {
            [UCS2, text @ ..] => {
                let end = (end - 1).next_multiple_of(2).min(text.len());
                self.utf16(&mut text[..end]);
            }
            [UCS2_SHORT_BASE, length, base, text @ ..] => self.based(*length, u16::from(*base) << 7, text),
            [UCS2_LONG_BASE, length, high, low, text @ ..] => {
                let base = u16::from_be_bytes([*high, *low]);
                (*high, *low) = (0, 0);
                self.based(*length, base, text);
            }
            _ => self.codes(Alphabet::DEFAULT, &mut octets[..end]),
        }
    }

    /// Characters of which the upper half of a byte's codes are behind a base.
    fn based(&self, length: u8, base: u16, octets: &mut [u8]) {
        let length = usize::from(length).min(octets.len());
        let (octets, behind) = octets.split_at_mut(length);
        let shown = |octet: &u8| match octet {
            0x80.. => String::from_utf16_lossy(&[base.wrapping_add(u16::from(octet & 0x7f))]),
            code => Alphabet::DEFAULT.decode(&[*code]),
        };
        let text: String = octets.iter().map(shown).collect();
        octets.iter_mut().zip(self.letters(&text)).for_each(|(octet, letter)| *octet = letter);
        behind.fill(0xff);
    }
}

/// The code of a letter; of another where the alphabet has no Latin letters.
fn letter_code(alphabet: Alphabet, letter: u8) -> u8 {
    let is_letter = |code: &u8| alphabet.decode(&[*code]).chars().all(char::is_alphabetic);
    let own = alphabet.decode(&[letter]) == char::from(letter).to_string();
    if own {
        return letter;
    }
    let codes: Vec<u8> = (0..0x1b).chain(0x1c..0x80).filter(is_letter).collect();
    codes.get(usize::from(letter) % codes.len().max(1)).copied().unwrap_or(0x20)
}
