//! Cutting arguments into words, with quotes.

/// The words of some arguments.
///
/// # Errors
/// A quote that is not closed.
pub(crate) fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => quoted(c, &mut chars, word.get_or_insert_default())?,
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(quote: char, chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    let open = || format!("{quote} is not closed");
    loop {
        match chars.next().ok_or_else(open)? {
            end if end == quote => return Ok(()),
            '\\' if quote == '"' => word.push(chars.next().ok_or_else(open)?),
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_quotes() {
        assert_eq!(words("a  b\tc").unwrap(), ["a", "b", "c"]);
        assert_eq!(words(r#"x "two words" 'and "more"' a"b"c"#).unwrap(), ["x", "two words", "and \"more\"", "abc"]);
        assert_eq!(words(r#""a \" \\" """#).unwrap(), ["a \" \\", ""]);
        assert_eq!(words("").unwrap(), Vec::<String>::new());
        assert_eq!(words("\"open").unwrap_err(), "\" is not closed");
        assert_eq!(words("\"open\\").unwrap_err(), "\" is not closed");
    }
}
