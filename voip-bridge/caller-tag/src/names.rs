//! The names of phones, of devices and of bridges: one rule for all of them, since each is told the others'.

/// Longest name, in characters.
pub const LONGEST_NAME: usize = 32;

/// What a name is, for people: behind "must be" or "is".
pub const NAME_RULE: &str = "1 to 32 of a-z, 0-9, _ and -";

/// Whether a text is a name.
pub fn is_name(text: &str) -> bool {
    let in_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(in_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        let longest = "x".repeat(LONGEST_NAME);
        for name in ["a", "work-phone_2", "0", longest.as_str()] {
            assert!(is_name(name), "{name}");
        }
        let too_long = "x".repeat(LONGEST_NAME + 1);
        for none in ["", "Work", "a.b", "a b", "ä", too_long.as_str()] {
            assert!(!is_name(none), "{none}");
        }
        assert!(NAME_RULE.contains(&LONGEST_NAME.to_string()));
    }
}
