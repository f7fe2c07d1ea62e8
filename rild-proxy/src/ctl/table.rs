//! Aligned columns for people, of which a terminal acts on nothing.

use std::io::{self, Write};

use ril_trace::terminal::printable;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut out = Vec::new();
        write(&mut out, ["NAME", "X"], &[["a".into(), "é-b".into()], ["personal".into(), String::new()]]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "NAME      X\na         é-b\npersonal\n");
    }
}
