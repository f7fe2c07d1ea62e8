//! Characters to 7-bit codes and back (TS 23.038, 6.2 and annex A).
//!
//! A text is read and written under two tables: a locking shift table for plain codes and a single shift table for
//! codes behind the escape. Writing never substitutes: a character without a code is refused. Reading always gives a
//! text, with the fall-backs that TS 23.038 asks of a receiver.

mod south_asia;
mod tables;

use south_asia as south;
use tables::Locking;

const ESCAPE: u8 = 0x1b;
/// What the tables hold in place of a character that does not exist.
const UNDEFINED: char = '\0';

/// A national language of TS 23.038 annex A, by its national language identifier (TS 23.038, 6.2.1.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Language {
    /// Turkish, 1.
    Turkish = 1,
    /// Spanish, 2. It has a single shift table only.
    Spanish = 2,
    /// Portuguese, 3.
    Portuguese = 3,
    /// Bengali, 4, which also writes Assamese.
    Bengali = 4,
    /// Gujarati, 5.
    Gujarati = 5,
    /// Hindi, 6.
    Hindi = 6,
    /// Kannada, 7.
    Kannada = 7,
    /// Malayalam, 8.
    Malayalam = 8,
    /// Oriya, 9.
    Oriya = 9,
    /// Punjabi, 10.
    Punjabi = 10,
    /// Tamil, 11.
    Tamil = 11,
    /// Telugu, 12.
    Telugu = 12,
    /// Urdu, 13.
    Urdu = 13,
}

impl Language {
    /// Every language of the standard.
    pub const ALL: [Language; 13] = [
        Language::Turkish,
        Language::Spanish,
        Language::Portuguese,
        Language::Bengali,
        Language::Gujarati,
        Language::Hindi,
        Language::Kannada,
        Language::Malayalam,
        Language::Oriya,
        Language::Punjabi,
        Language::Tamil,
        Language::Telugu,
        Language::Urdu,
    ];

    /// The national language identifier.
    pub fn identifier(self) -> u8 {
        self as u8
    }

    /// The language of an identifier; `None` for a reserved one.
    pub fn from_identifier(identifier: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.identifier() == identifier)
    }
}

/// The pair of tables under which a text is written; `None` stands for the default alphabet or its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Alphabet {
    /// The language whose locking shift table replaces the default alphabet.
    pub locking: Option<Language>,
    /// The language whose single shift table replaces the default extension table.
    pub single: Option<Language>,
}

impl Alphabet {
    /// The default alphabet with its default extension.
    pub const DEFAULT: Alphabet = Alphabet { locking: None, single: None };

    /// Whether both tables exist; a language may lack a locking shift table.
    pub fn is_defined(self) -> bool {
        self.locking != Some(Language::Spanish)
    }

    /// The text that `septets` spell.
    ///
    /// A code which the single shift table lacks shows as the locking table has it; a double or dangling escape and a
    /// code that neither has show as a space (TS 23.038, 6.2.1.1).
    pub fn decode(self, septets: &[u8]) -> String {
        let mut text = String::with_capacity(septets.len());
        let mut codes = septets.iter().map(|septet| septet & 0x7f);
        while let Some(code) = codes.next() {
            text.push(match code {
                ESCAPE => codes.next().map_or(' ', |code| self.escaped(code)),
                code => self.plain(code),
            });
        }
        text
    }

    /// The codes of one character, the escape included; `None` where the tables lack it.
    pub fn encode_char(self, character: char) -> Option<Codes> {
        if character == UNDEFINED {
            return None;
        }
        let table = self.locking_table().as_flattened();
        let plain = (0..).zip(table).find(|(code, shown)| *code != ESCAPE && **shown == character);
        let escaped = || self.single_table().find(|(_, shown)| *shown == character);
        plain.map(|(code, _)| Codes::Plain(code)).or_else(|| escaped().map(|(code, _)| Codes::Escaped(*code)))
    }

    /// The septets that spell `text`.
    ///
    /// # Errors
    /// The first character that has no code.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        let mut septets = Vec::with_capacity(text.len());
        for character in text.chars() {
            self.encode_char(character).ok_or(character)?.append_to(&mut septets);
        }
        Ok(septets)
    }

    fn plain(self, code: u8) -> char {
        let shown = self.locking_table()[usize::from(code >> 4 & 7)][usize::from(code & 0xf)];
        if shown == UNDEFINED { ' ' } else { shown }
    }

    fn escaped(self, code: u8) -> char {
        if code == ESCAPE {
            return ' ';
        }
        let row = self.single_table().find(|(defined, _)| *defined == code);
        row.map_or_else(|| self.plain(code), |(_, character)| *character)
    }

    fn locking_table(self) -> &'static Locking {
        match self.locking {
            None | Some(Language::Spanish) => &tables::DEFAULT,
            Some(Language::Turkish) => &tables::TURKISH,
            Some(Language::Portuguese) => &tables::PORTUGUESE,
            Some(Language::Bengali) => &south::BENGALI,
            Some(Language::Gujarati) => &south::GUJARATI,
            Some(Language::Hindi) => &south::HINDI,
            Some(Language::Kannada) => &south::KANNADA,
            Some(Language::Malayalam) => &south::MALAYALAM,
            Some(Language::Oriya) => &south::ORIYA,
            Some(Language::Punjabi) => &south::PUNJABI,
            Some(Language::Tamil) => &south::TAMIL,
            Some(Language::Telugu) => &south::TELUGU,
            Some(Language::Urdu) => &south::URDU,
        }
    }

    fn single_table(self) -> impl Iterator<Item = &'static (u8, char)> {
        let (own, shared): (&[_], &[_]) = match self.single {
            None => (tables::DEFAULT_EXTENSION, &[]),
            Some(Language::Turkish) => (tables::TURKISH_EXTENSION, &[]),
            Some(Language::Spanish) => (tables::SPANISH_EXTENSION, &[]),
            Some(Language::Portuguese) => (tables::PORTUGUESE_EXTENSION, &[]),
            Some(Language::Bengali) => (south::BENGALI_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Gujarati) => (south::GUJARATI_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Hindi) => (south::HINDI_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Kannada) => (south::KANNADA_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Malayalam) => (south::MALAYALAM_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Oriya) => (south::ORIYA_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Punjabi) => (south::PUNJABI_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Tamil) => (south::TAMIL_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Telugu) => (south::TELUGU_EXTENSION, south::SHARED_EXTENSION),
            Some(Language::Urdu) => (south::URDU_EXTENSION, south::SHARED_EXTENSION),
        };
        own.iter().chain(shared)
    }
}

/// The septets of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// One septet of the locking shift table.
    Plain(u8),
    /// The escape and one septet of the single shift table.
    Escaped(u8),
}

impl Codes {
    /// How many septets these are.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(self) -> usize {
        match self {
            Codes::Plain(_) => 1,
            Codes::Escaped(_) => 2,
        }
    }

    /// Writes them behind others.
    pub fn append_to(self, septets: &mut Vec<u8>) {
        match self {
            Codes::Plain(code) => septets.push(code),
            Codes::Escaped(code) => septets.extend([ESCAPE, code]),
        }
    }
}
