//! The lines of a source, as text.
//!
//! A source is UTF-8, with or without a mark of that at its beginning, or UTF-16 with one, as PowerShell writes what
//! goes through its `>`. What is no text of either stays in as replacement characters.

use std::borrow::Cow;
use std::io::{self, BufRead, Cursor, Read};

use super::ImportError;

/// The longest line that is read: two hexadecimal digits for each byte of the longest frame, and what is around them.
const LINE_LIMIT: u64 = 2 * 1024 * 1024;

/// So many bytes are enough for any mark.
const LONGEST_MARK: u64 = 3;

/// How text is written as bytes.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    Utf8,
    /// How two bytes are a word.
    Utf16(fn([u8; 2]) -> u16),
}

impl Encoding {
    /// What a mark at the beginning says, and how long it is.
    fn of(beginning: &[u8]) -> (Self, usize) {
        match beginning {
            [0xff, 0xfe, ..] => (Self::Utf16(u16::from_le_bytes), 2),
            [0xfe, 0xff, ..] => (Self::Utf16(u16::from_be_bytes), 2),
            [0xef, 0xbb, 0xbf, ..] => (Self::Utf8, 3),
            _ => (Self::Utf8, 0),
        }
    }

    fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Utf16(word) => {
                let words = bytes.as_chunks::<2>().0.iter().map(|pair| word(*pair));
                char::decode_utf16(words).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
        }
    }
}

/// The beginning of a source as text.
pub(super) fn text(beginning: &[u8]) -> Cow<'_, str> {
    let (encoding, mark) = Encoding::of(beginning);
    encoding.text(beginning.get(mark..).unwrap_or_default())
}

/// The lines, each with its number. A line that is too long is an error: it is no text.
pub(super) struct Lines<R> {
    /// What was read to see how the text is written, and is text itself.
    beginning: Cursor<Vec<u8>>,
    source: R,
    encoding: Option<Encoding>,
    pub(super) number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(source: R) -> Self {
        Self { beginning: Cursor::default(), source, encoding: None, number: 0, line: Vec::new() }
    }

    pub(super) fn next(&mut self) -> Result<Option<(u64, String)>, ImportError> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => self.find_encoding()?,
        };
        self.line.clear();
        match encoding {
            Encoding::Utf8 => {
                let source = (&mut self.beginning).chain(&mut self.source);
                source.take(LINE_LIMIT).read_until(b'\n', &mut self.line)?;
            }
            Encoding::Utf16(word) => self.read_words(word)?,
        }
        if self.line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if self.line.len() as u64 == LINE_LIMIT {
            return Err(ImportError::Line { line: self.number, what: "is too long for a line".to_owned() });
        }
        Ok(Some((self.number, encoding.text(&self.line).trim_end().to_owned())))
    }

    /// Reads the mark at the beginning, and what else was read with it once more.
    fn find_encoding(&mut self) -> io::Result<Encoding> {
        let mut beginning = Vec::new();
        self.source.by_ref().take(LONGEST_MARK).read_to_end(&mut beginning)?;
        let (encoding, mark) = Encoding::of(&beginning);
        beginning.drain(..mark);
        self.beginning = Cursor::new(beginning);
        self.encoding = Some(encoding);
        Ok(encoding)
    }

    /// Reads up to the end of a line, or of what is too long for one.
    fn read_words(&mut self, word: fn([u8; 2]) -> u16) -> io::Result<()> {
        while (self.line.len() as u64) < LINE_LIMIT {
            let mut pair = Vec::with_capacity(2);
            (&mut self.beginning).chain(&mut self.source).take(2).read_to_end(&mut pair)?;
            self.line.extend_from_slice(&pair);
            match *pair {
                [one, other] if word([one, other]) != u16::from(b'\n') => {}
                _ => break,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &[u8]) -> Vec<String> {
        let mut lines = Lines::of(source);
        std::iter::from_fn(|| lines.next().unwrap().map(|(_, line)| line)).collect()
    }

    #[test]
    fn marks_say_how_text_is_written() {
        // The last has the byte of a line's end in a word that is none, and the one before is half a pair.
        let words: Vec<u16> = "one\r\ntwo\n\u{10a}".encode_utf16().chain([0xd800]).collect();
        let little: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let big: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        for (mark, bytes) in [(&b"\xff\xfe"[..], little), (b"\xfe\xff", big)] {
            let source = [mark, &bytes].concat();
            assert_eq!(lines(&source), ["one", "two", "\u{10a}\u{fffd}"]);
            assert_eq!(text(&source), "one\r\ntwo\n\u{10a}\u{fffd}");
        }
        assert_eq!(lines(b"\xef\xbb\xbfone\ntwo"), ["one", "two"]);
        assert_eq!(text(b"\xef\xbb\xbfone"), "one");
        for (short, expected) in [(&b""[..], &[][..]), (b"\n", &[""]), (b"a", &["a"]), (b"\xff\xfe", &[])] {
            assert_eq!(lines(short), expected);
        }
    }

    #[test]
    fn a_line_that_never_ends_is_none() {
        for unit in [&b"x"[..], b"x\0"] {
            let mark = if unit.len() == 2 { &b"\xff\xfe"[..] } else { b"" };
            let endless = [mark, &unit.repeat(3 * 1024 * 1024)].concat();
            assert!(matches!(Lines::of(&endless[..]).next(), Err(ImportError::Line { line: 1, .. })));
        }
    }
}
