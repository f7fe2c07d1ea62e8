//! What a terminal may be given. What the network told us, what a peer says, and what stands in a trace or is called in
//! a file system may hold anything, so control characters are not printed, nor what changes the direction of all that
//! follows (Unicode Standard Annex #9, 2.1 to 2.5): a line would not say what it seems to.

/// The text without anything that a terminal would act on.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if acts(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same for a text of several lines, such as why a command failed.
pub fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// JSON that means the same, without DEL and the control characters behind ASCII, which may stand in its texts as they
/// are (RFC 8259 section 7).
pub fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_steered_from_outside() {
        assert_eq!(printable("\u{1b}[2J\r\n\u{9b}x"), "\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}x");
        assert_eq!(printable("\u{202e}\u{2066}שלום\u{2069}"), "\u{fffd}\u{fffd}שלום\u{fffd}");
        assert_eq!(printable_lines("a\u{1b}[2J\n\u{9b}b\n"), "a\u{fffd}[2J\n\u{fffd}b\n");
    }

    #[test]
    fn json_means_the_same_without_control_characters() {
        let value = serde_json::json!({ "a\u{7f}é": "\u{1b}[2J\r\n\u{80}\u{9b}31m\u{9f}\u{a0}\\" });
        for json in [value.to_string(), format!("{value:#}")] {
            let escaped = escaped(&json);
            assert!(!escaped.chars().any(|c| c.is_control() && c != '\n'), "{escaped:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
        }
    }
}
