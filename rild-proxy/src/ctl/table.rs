//! Aligned columns for people, and what a terminal may be given. What the network told us, or what stands in a trace, may
//! hold anything, so control characters are not printed.

use std::io::{self, Write};

/// Writes a heading and rows of as many cells, columns two spaces apart.
pub(super) fn write<const N: usize>(out: &mut dyn Write, heading: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.clone().map(|cell| printable(&cell))).collect();
    let mut widths = heading.map(|cell| cell.chars().count());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    line(out, heading, widths)?;
    rows.iter().try_for_each(|row| line(out, row.each_ref().map(String::as_str), widths))
}

fn line<const N: usize>(out: &mut dyn Write, cells: [&str; N], widths: [usize; N]) -> io::Result<()> {
    let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    writeln!(out, "{}", padded.join("  ").trim_end())
}

/// The text without anything that a terminal would act on.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The same for a text of several lines, such as why a command failed.
pub(super) fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// JSON that means the same, without DEL and the control characters behind ASCII, which may stand in its texts as they
/// are (RFC 8259 section 7).
pub(super) fn escaped(json: &str) -> String {
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
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut out = Vec::new();
        write(&mut out, ["NAME", "X"], &[["a".into(), "é-b".into()], ["personal".into(), String::new()]]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "NAME      X\na         é-b\npersonal\n");
    }

    #[test]
    fn a_terminal_is_not_steered_from_outside() {
        assert_eq!(printable("\u{1b}[2J\r\n\u{9b}x"), "\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}x");
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
