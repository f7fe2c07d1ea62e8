//! What texts of each kind are made of.
//!
//! Many libraries write the texts of a request into AT commands, some of them between quotation marks and some not.
//! There a line end or a semicolon begins another command (ITU-T V.250, 5.2.1 and 5.4.5), a quotation mark ends the
//! text, and a backslash says a character by its number (5.4.2.2). A modem that follows V.250 drops all but the lower
//! seven bits of a character (5.1), so that half of what is not ASCII ends in one of those. A text that is made of what
//! its kind is made of has none of them.
//!
//! What a text means is not judged here.

use super::Secret;

/// Characters of ASCII, one bit each.
type Characters = u128;

const DIGITS: Characters = all("0123456789");
const LETTERS: Characters = all("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
const HEXADECIMAL: Characters = DIGITS | all("ABCDEFabcdef");
const PRINTABLE: Characters = printable();
/// Keys of a telephone (3GPP TS 24.008, 10.5.4.7; TS 27.007, 6.2).
const KEYS: Characters = DIGITS | all("*#ABCDabcd");
/// What people put between the digits of a number, and libraries take out or modems pass over.
const SEPARATORS: Characters = all(" -.()/");
/// Words and identifiers that vendors make up.
const NAMES: Characters = LETTERS | DIGITS | all("-._:");

/// What texts of one kind are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alphabet {
    characters: Characters,
    /// A text has at least so many characters, or none.
    least: usize,
    /// And at most so many.
    most: usize,
    /// It has a multiple of so many.
    step: usize,
    /// It may stand between quotation marks, with a comma and digits behind.
    quoted: bool,
}

/// The characters of a text.
const fn all(text: &str) -> Characters {
    let bytes = text.as_bytes();
    let (mut characters, mut place) = (0, 0);
    while place < bytes.len() {
        characters |= 1 << bytes[place];
        place += 1;
    }
    characters
}

/// What can be printed, a space included, but for what ends a text or a command, or says a character by its number.
const fn printable() -> Characters {
    let from_space: Characters = !0 << b' ';
    from_space & !all("\";\\\u{7f}")
}

impl Alphabet {
    const fn of(characters: Characters) -> Self {
        Self { characters, least: 0, most: usize::MAX, step: 1, quoted: false }
    }

    const fn between(self, least: usize, most: usize) -> Self {
        Self { least, most, ..self }
    }

    const fn steps_of(self, step: usize) -> Self {
        Self { step, ..self }
    }

    /// Whether a text of these UTF-16 units can be one of this kind. An empty one can be any.
    pub fn spells(self, units: impl IntoIterator<Item = u16>) -> bool {
        let mut units = units.into_iter();
        let Some(first) = units.next() else { return true };
        if self.quoted && first == QUOTE {
            return is_quoted(units, self.characters);
        }
        let mut length = 0;
        for unit in std::iter::once(first).chain(units) {
            if !has(self.characters, unit) {
                return false;
            }
            length += 1;
        }
        (self.least..=self.most).contains(&length) && length.is_multiple_of(self.step)
    }
}

const QUOTE: u16 = b'"' as u16;
const COMMA: u16 = b',' as u16;

fn has(characters: Characters, unit: u16) -> bool {
    unit < 0x80 && characters >> unit & 1 == 1
}

/// The rest of `"+15550100",145` behind the first quotation mark.
fn is_quoted(mut units: impl Iterator<Item = u16>, characters: Characters) -> bool {
    if units.by_ref().find(|unit| !has(characters, *unit)) != Some(QUOTE) {
        return false;
    }
    units.next().is_none_or(|unit| unit == COMMA) && units.all(|unit| has(DIGITS, unit))
}

impl Secret {
    /// What texts of this kind are made of where a request has them.
    pub const fn alphabet(self) -> Alphabet {
        match self {
            // Identifiers of modems ("com.xxx.modem0"), profiles of the toolkit in hexadecimal.
            Self::Open => Alphabet::of(NAMES),
            Self::Short => Alphabet::of(LETTERS | DIGITS | all("-")).between(0, 5),
            Self::Keyword => Alphabet::of(LETTERS | DIGITS | all("-_")).between(0, 16),
            // Sixteen octets at most (ETSI TS 101 220, 4).
            Self::Application => Alphabet::of(HEXADECIMAL).between(0, 32).steps_of(2),
            // Two octets for each folder (ETSI TS 102 221, 8.1).
            Self::Path => Alphabet::of(HEXADECIMAL).steps_of(4),
            Self::Number => Alphabet::of(KEYS | SEPARATORS | all("+,")),
            Self::Smsc => Alphabet { quoted: true, ..Alphabet::of(HEXADECIMAL | all("+")) },
            Self::Imsi | Self::Imei | Self::CellDecimal | Self::PhysicalCellDecimal => Alphabet::of(DIGITS),
            Self::Meid | Self::Cell | Self::PhysicalCell => Alphabet::of(HEXADECIMAL),
            // Codes of a country and a network (3GPP TS 23.003, 12.1): a request has no names of operators.
            Self::Operator => Alphabet::of(DIGITS).between(0, 6),
            // Labels of letters, digits and hyphens (3GPP TS 23.003, 9.1); operators use the underscore, too.
            Self::AccessPoint => Alphabet::of(LETTERS | DIGITS | all("-._")).between(0, 100),
            Self::Addresses => Alphabet::of(LETTERS | DIGITS | all("-.:/ ")),
            // 3GPP TS 31.101, 9.4; passwords of call barring have four digits (TS 22.030, 6.5.4).
            Self::Pin => Alphabet::of(DIGITS).between(4, 8),
            Self::Tones => Alphabet::of(KEYS),
            Self::Position => Alphabet::of(DIGITS | all("-.")),
            Self::IncomingPdu
            | Self::OutgoingPdu
            | Self::ReportPdu
            | Self::Broadcast
            | Self::Toolkit
            | Self::SimFile
            | Self::Apdu
            | Self::CdmaBearerData => Alphabet::of(HEXADECIMAL).steps_of(2),
            Self::CdmaDigits => Alphabet::of(KEYS),
            Self::SimResponse | Self::Challenge => Alphabet::of(LETTERS | DIGITS | all("+/=")),
            Self::Text | Self::Ussd | Self::Key | Self::CarrierMatch | Self::CdmaCharacters => Alphabet::of(PRINTABLE),
            // Texts of vendors' own requests. Without "=", "?", "&", "^", "%" or "$" they are no command of their own.
            Self::Unknown => Alphabet::of(NAMES | SEPARATORS | all("+*#,")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind.
    const KINDS: [Secret; 35] = [
        Secret::Open,
        Secret::Short,
        Secret::Keyword,
        Secret::Application,
        Secret::Path,
        Secret::Number,
        Secret::Smsc,
        Secret::Imsi,
        Secret::Imei,
        Secret::Meid,
        Secret::Text,
        Secret::Ussd,
        Secret::Operator,
        Secret::CarrierMatch,
        Secret::AccessPoint,
        Secret::Addresses,
        Secret::Pin,
        Secret::Key,
        Secret::Tones,
        Secret::Cell,
        Secret::CellDecimal,
        Secret::PhysicalCell,
        Secret::PhysicalCellDecimal,
        Secret::Position,
        Secret::IncomingPdu,
        Secret::OutgoingPdu,
        Secret::ReportPdu,
        Secret::Broadcast,
        Secret::CdmaDigits,
        Secret::CdmaBearerData,
        Secret::Toolkit,
        Secret::SimFile,
        Secret::Apdu,
        Secret::Challenge,
        Secret::Unknown,
    ];

    fn spells(kind: Secret, text: &str) -> bool {
        kind.alphabet().spells(text.encode_utf16())
    }

    #[test]
    fn no_kind_has_what_begins_another_command() {
        for kind in KINDS {
            assert!(spells(kind, ""), "{kind:?}");
            for ender in ['\0', '\n', '\r', '\u{1a}', '\u{1b}', '\u{7f}', ';', '\\', 'ä', '»', '\u{8d}', '😀'] {
                for text in [format!("1234{ender}"), format!("{ender}1234"), format!("12{ender}34")] {
                    assert!(!spells(kind, &text), "{kind:?} {text:?}");
                }
            }
            for text in ["12\"34", "1234\"", "\"1234", "\"12\"34", "\"1234\",1\"", "\"1234\",;"] {
                assert!(!spells(kind, text), "{kind:?} {text:?}");
            }
        }
    }

    #[test]
    fn texts_are_told_from_what_is_none_of_their_kind() {
        for (kind, text) in [
            (Secret::Number, "+49 (30) 123-45/6,7#"),
            (Secret::Smsc, "0791445566778899"),
            (Secret::Smsc, "+15550100"),
            (Secret::Smsc, "\"+15550100\""),
            (Secret::Smsc, "\"+15550100\",145"),
            (Secret::AccessPoint, "ims.mnc001.mcc001.gprs"),
            (Secret::Keyword, "IPV4V6"),
            (Secret::Text, "user@example.com"),
            (Secret::Ussd, "*100*1#"),
            (Secret::Ussd, "Yes, please"),
            (Secret::Pin, "1234"),
            (Secret::Pin, "12345678"),
            (Secret::Path, "3F007fff"),
            (Secret::Short, "-1"),
            (Secret::Tones, "1#A"),
        ] {
            assert!(spells(kind, text), "{kind:?} {text}");
        }
        for (kind, text) in [
            (Secret::Number, "0800FLOWERS"),
            (Secret::Number, "5550100!"),
            (Secret::Number, "5550100w1"),
            (Secret::AccessPoint, "internet,1"),
            (Secret::Short, "123456"),
            (Secret::Keyword, "IP,1"),
            (Secret::Pin, "123"),
            (Secret::Pin, "123456789"),
            (Secret::Pin, "12a4"),
            (Secret::Path, "3F007F2"),
            (Secret::Path, "3F 0"),
            (Secret::Application, "A000000"),
            (Secret::Application, "A0000000871002FF33FF018900000100FF"),
            (Secret::OutgoingPdu, "0100G0"),
            (Secret::Operator, "Orange"),
            (Secret::Smsc, "\"+1555\",A"),
            (Secret::Unknown, "+CFUN=0"),
        ] {
            assert!(!spells(kind, text), "{kind:?} {text}");
        }
    }
}
