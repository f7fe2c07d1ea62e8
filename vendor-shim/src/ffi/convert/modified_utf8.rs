//! Strings as Android's C libraries have them: UTF-8, but a character beyond U+FFFF is its two UTF-16 surrogates, each
//! in three bytes. That is what libril makes of a client's string (`strndup16to8` of libcutils), so it is what a vendor
//! library has been tested with. Both forms are read, as libcutils does (`strdup8to16`).

use std::borrow::Cow;

/// The bytes of one surrogate.
const SURROGATE: usize = 3;

/// The string for a library.
pub(super) fn write(text: &str) -> Cow<'_, [u8]> {
    let is_beyond = |lead: u8| lead >= 0xf0;
    if !text.bytes().any(is_beyond) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len() * 2);
    for character in text.chars() {
        if character.len_utf16() == 1 {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let [_, low] = unit.to_be_bytes();
            let middle = (*unit >> 6).to_be_bytes()[1];
            bytes.extend_from_slice(&[0xed, 0x80 | (middle & 0x3f), 0x80 | (low & 0x3f)]);
        }
    }
    Cow::Owned(bytes)
}

/// The string of a library. What is neither form becomes U+FFFD.
pub(super) fn read(bytes: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        if let Some(character) = pair(rest) {
            text.push(character);
            rest = &rest[2 * SURROGATE..];
            continue;
        }
        let before = (1..rest.len()).find(|at| pair(&rest[*at..]).is_some()).unwrap_or(rest.len());
        text.push_str(&String::from_utf8_lossy(&rest[..before]));
        rest = &rest[before..];
    }
    text
}

/// The character whose two surrogates begin these bytes.
fn pair(bytes: &[u8]) -> Option<char> {
    let units = [surrogate(bytes)?, surrogate(&bytes[SURROGATE..])?];
    char::decode_utf16(units).next()?.ok()
}

fn surrogate(bytes: &[u8]) -> Option<u16> {
    match *bytes {
        [0xed, middle @ 0xa0..=0xbf, low @ 0x80..=0xbf, ..] => {
            Some(0xd000 | (u16::from(middle & 0x3f) << 6) | u16::from(low & 0x3f))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// U+1F600, as `strndup16to8` writes it.
    const FACE: &[u8] = b"\xed\xa0\xbd\xed\xb8\x80";

    #[test]
    fn a_character_beyond_the_basic_plane_is_two_surrogates_to_a_library() {
        assert_eq!(write("*100#"), Cow::Borrowed(b"*100#"));
        assert_eq!(write("caf\u{e9} \u{20ac} \u{ffff}"), "caf\u{e9} \u{20ac} \u{ffff}".as_bytes());
        assert_eq!(write("\u{1f600}"), FACE);
        let several = b"a\xed\xaf\xbf\xed\xbf\xbf\xc3\xa9\xed\xa0\x80\xed\xb0\x80";
        assert_eq!(write("a\u{10ffff}\u{e9}\u{10000}"), &several[..]);
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(read(FACE), "\u{1f600}");
        assert_eq!(read("\u{1f600}".as_bytes()), "\u{1f600}");
        assert_eq!(
            read(&[b"a\xc3\xa9", FACE, FACE, "\u{1f600}".as_bytes(), b"z"].concat()),
            "a\u{e9}\u{1f600}\u{1f600}\u{1f600}z"
        );
        for text in ["", "\u{d7ff}\u{e000}", "\u{10000}", "\u{10ffff}\u{1f600}x"] {
            assert_eq!(read(&write(text)), text);
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_loses_nothing_else() {
        assert_eq!(read(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(read(&[b"\xff", FACE, b"\xc3"].concat()), "\u{fffd}\u{1f600}\u{fffd}");
        // One half alone, the halves the wrong way round, and one that breaks off.
        for bytes in [&b"\xed\xa0\xbdx"[..], b"\xed\xb8\x80\xed\xa0\xbdx", b"x\xed\xa0\xbd\xed\xb8"] {
            let text = read(bytes);
            assert!(text.contains('x') && text.contains('\u{fffd}'), "{bytes:?}: {text}");
            assert!(text.chars().all(|character| matches!(character, 'x' | '\u{fffd}')), "{bytes:?}: {text}");
        }
    }
}
