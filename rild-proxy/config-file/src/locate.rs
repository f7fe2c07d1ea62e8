//! Finds the line on which a key of a TOML text stands. It expects text that has already been parsed without error.
//!
//! It knows tables, arrays of tables, dotted and quoted keys and values over several lines. Keys inside an inline table
//! are not looked for: they are said to stand where the inline table begins.

/// A step on the way from the top of a document to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a table.
    Key(String),
    /// Into an array, counted from 0.
    Index(usize),
}

/// The line, counted from 1, of the value at `path` or else of the nearest table around it; line 1 if there is none.
pub(crate) fn line_of(text: &str, path: &[Step]) -> usize {
    let mut best = (0, 1);
    for (place, line) in places(text) {
        if place.len() > best.0 && path.starts_with(&place) {
            best = (place.len(), line);
        }
    }
    best.1
}

/// Every table header and key with its line.
fn places(text: &str) -> Vec<(Vec<Step>, usize)> {
    let mut found: Vec<(Vec<Step>, usize)> = Vec::new();
    let mut table = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let (now, after) = rest.split_at(statement_len(rest));
        let code = now.trim_start();
        if let Some(header) = code.strip_prefix("[[") {
            table = keys(header.split(']').next().unwrap_or_default());
            let nth = found
                .iter()
                .filter(|(place, _)| {
                    place.len() == table.len() + 1
                        && place.starts_with(&table)
                        && matches!(place.last(), Some(Step::Index(_)))
                })
                .count();
            table.push(Step::Index(nth));
            found.push((table.clone(), line));
        } else if let Some(header) = code.strip_prefix('[') {
            table = keys(header.split(']').next().unwrap_or_default());
            found.push((table.clone(), line));
        } else if let Some((key, _)) = code.split_once('=').filter(|_| !code.starts_with('#')) {
            found.push(([&table[..], &keys(key)].concat(), line));
        }
        line += now.bytes().filter(|byte| *byte == b'\n').count();
        rest = after;
    }
    found
}

/// `a."b".c` as steps.
fn keys(dotted: &str) -> Vec<Step> {
    dotted.split('.').map(|key| Step::Key(key.trim().trim_matches(['"', '\'']).to_owned())).collect()
}

/// The length of the first statement: up to and with the first end of line that is in no string, array or inline table.
fn statement_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(quote) = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote)) {
            at += string_len(rest, quote);
            continue;
        }
        let Some(here) = rest.chars().next() else { break };
        match here {
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '\n' if depth == 0 => return at + 1,
            _ => {}
        }
        at += here.len_utf8();
    }
    text.len()
}

/// The length of the string that begins `text`, quotes included.
fn string_len(text: &str, quote: &str) -> usize {
    let escapes = quote.starts_with('"');
    let mut at = quote.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let mut characters = rest.chars();
        at += characters.next().map_or(0, char::len_utf8);
        if escapes && rest.starts_with('\\') {
            at += characters.next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, path: &str) -> usize {
        let steps: Vec<Step> =
            path.split('.').map(|step| step.parse().map_or_else(|_| Step::Key(step.to_owned()), Step::Index)).collect();
        line_of(text, &steps)
    }

    #[test]
    fn a_key_stands_in_its_table() {
        let text = "top = 1\n[run]\n# dir = no\ndir = \"a # b\" # comment\n\n[modem]\nlibrary = 'x'\n";
        assert_eq!(line(text, "top"), 1);
        assert_eq!(line(text, "run"), 2);
        assert_eq!(line(text, "run.dir"), 4);
        assert_eq!(line(text, "modem.library"), 7);
    }

    #[test]
    fn tables_of_an_array_are_counted() {
        let text = "[[phone]]\nname = 'a'\n\n[[phone]]\nname = 'b'\ntag = 1\n[calls]\nincoming = 1";
        assert_eq!(line(text, "phone.0.name"), 2);
        assert_eq!(line(text, "phone.1"), 4);
        assert_eq!(line(text, "phone.1.tag"), 6);
        assert_eq!(line(text, "phone.0.tag"), 1, "absent: where its table begins");
        assert_eq!(line(text, "calls.incoming"), 8);
    }

    #[test]
    fn values_over_several_lines_hide_no_key_and_pretend_none() {
        let text =
            "[modem]\nargs = [\n  'x = [', # ]\n  \"y\\\"\",\n]\nlibrary = \"\"\"\nisolate = 1\n\"\"\"\nisolate = 1\n";
        assert_eq!(line(text, "modem.args"), 2);
        assert_eq!(line(text, "modem.library"), 6);
        assert_eq!(line(text, "modem.isolate"), 9);
    }

    #[test]
    fn dotted_quoted_and_inline_keys() {
        let text = "run.dir = 'a'\n\"modem\".'library' = 'b'\nphone = [\n{ name = 'c', tag = 1 } ]\n";
        assert_eq!(line(text, "run.dir"), 1);
        assert_eq!(line(text, "modem.library"), 2);
        assert_eq!(line(text, "phone.0.tag"), 3, "an inline table is one place");
        assert_eq!(line("", "phone"), 1);
    }
}
