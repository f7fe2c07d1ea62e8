//! The escapes that the emulator understands in the text of a message, and their opposite for texts that are shown.

/// The text that is meant.
///
/// # Errors
/// What the emulator's console prints before `KO: badly formatted text`, in words of our own.
pub(crate) fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        plain.push(match chars.next() {
            Some('n') => '\n',
            Some('\\') => '\\',
            Some('x') => code(&mut chars, 2).ok_or("\\x wants two hexadecimal digits")?,
            Some('u') => code(&mut chars, 4).ok_or("\\u wants the four hexadecimal digits of a character")?,
            Some(other) => return Err(format!("\\{other} means nothing; known are \\n \\\\ \\xNN \\uNNNN")),
            None => return Err("a \\ at the end means nothing".to_owned()),
        });
    }
    Ok(plain)
}

fn code(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let text: String = chars.by_ref().take(digits).collect();
    let is_hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(&text, 16).ok().filter(|_| is_hex).and_then(char::from_u32)
}

/// A text on one line.
pub(crate) fn escape(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\\' => line.push_str("\\\\"),
            control if control.is_control() => line.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => line.push(other),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go_both_ways() {
        assert_eq!(unescape(r"a\nb\\c\x41\u00e9").unwrap(), "a\nb\\cA\u{e9}");
        assert_eq!(escape("a\nb\\c\r"), r"a\nb\\c\u000d");
        assert_eq!(unescape(&escape("any\n\t\\ text")).unwrap(), "any\n\t\\ text");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [r"\q", "\\", r"\x4", r"\xzz", r"\ud800", r"\u12", r"\x+1"] {
            assert!(unescape(text).is_err(), "{text}");
        }
    }
}
