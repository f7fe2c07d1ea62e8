//! Characters to 7-bit codes and back (TS 23.038, 6.2 and annex A).
//!
//! A text is read and written under two tables: a locking shift table for plain codes and a single shift table for
//! codes behind the escape. Writing never substitutes: a character without a code is refused. Reading always gives a
//! text, with the fall-backs that TS 23.038 asks of a receiver.

mod tables;

const ESCAPE: u8 = 0x1b;

/// A national language of TS 23.038 annex A, by its national language identifier (TS 23.038, 6.2.1.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Turkish, 1.
    Turkish,
    /// Spanish, 2. It has a single shift table only.
    Spanish,
    /// Portuguese, 3.
    Portuguese,
}

impl Language {
    /// Every language with a table here.
    pub const ALL: [Language; 3] = [Language::Turkish, Language::Spanish, Language::Portuguese];

    /// The national language identifier.
    pub fn identifier(self) -> u8 {
        match self {
            Language::Turkish => 1,
            Language::Spanish => 2,
            Language::Portuguese => 3,
        }
    }

    /// The language of an identifier; `None` for one without tables here.
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
    /// A code which the single shift table lacks shows as the locking table has it; a double or dangling escape
    /// shows as a space (TS 23.038, 6.2.1.1).
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
        let plain = (0..128).find(|code| *code != ESCAPE && self.plain(*code) == character).map(Codes::Plain);
        plain.or_else(|| {
            let row = self.extension().iter().find(|(_, shown)| *shown == character)?;
            Some(Codes::Escaped(row.0))
        })
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
        let table = match self.locking {
            None | Some(Language::Spanish) => &tables::DEFAULT,
            Some(Language::Turkish) => &tables::TURKISH,
            Some(Language::Portuguese) => &tables::PORTUGUESE,
        };
        table[usize::from(code >> 4 & 7)][usize::from(code & 0xf)]
    }

    fn escaped(self, code: u8) -> char {
        if code == ESCAPE {
            return ' ';
        }
        let row = self.extension().iter().find(|(defined, _)| *defined == code);
        row.map_or_else(|| self.plain(code), |(_, character)| *character)
    }

    fn extension(self) -> &'static [(u8, char)] {
        match self.single {
            None => tables::DEFAULT_EXTENSION,
            Some(Language::Turkish) => tables::TURKISH_EXTENSION,
            Some(Language::Spanish) => tables::SPANISH_EXTENSION,
            Some(Language::Portuguese) => tables::PORTUGUESE_EXTENSION,
        }
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
