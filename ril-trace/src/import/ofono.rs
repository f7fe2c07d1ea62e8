//! oFono's log, when the environment variable `OFONO_RIL_HEX_TRACE` was set: everything that went over its socket, in
//! hexadecimal dumps.
//!
//! A dump begins with `Device 0: >` for what oFono sent or `Device 0: <` for what it was sent, and goes on in lines of
//! `Device 0:` with neither, sixteen bytes a line. The log has no times of its own. Of several devices each is a phone
//! with a socket of its own; the first is imported.
//!
//! Reference: oFono `gril/grilutil.c` (`g_ril_util_debug_hexdump`).

use std::io::{BufRead, Write};
use std::time::Duration;

use super::cut::Connection;
use super::{ImportError, Imported, Lines};
use crate::format::{Way, Writer};

/// What begins a dump.
const DEVICE: &str = "Device ";

/// A dump shows so many bytes a line.
const BYTES_A_LINE: usize = 16;

pub(super) fn import<W: Write>(source: impl BufRead, into: &mut Writer<W>) -> Result<Imported, ImportError> {
    let (mut lines, mut imported) = (Lines::of(source), Imported::default());
    let mut connection = Connection::default();
    let (mut device, mut way) = (None::<String>, None);
    while let Some((number, line)) = lines.next()? {
        let Some(Dump { device: name, begins, bytes }) = dump(without_prefix(&line)) else { continue };
        if device.get_or_insert_with(|| name.to_owned()) != name {
            continue;
        }
        way = begins.or(way);
        let (Some(way), Some(bytes)) = (way, dumped(bytes)) else {
            imported.complain(number, "is no dump of bytes, or its beginning is missing");
            continue;
        };
        imported.write(connection.take(way, Duration::ZERO, &bytes), number, into)?;
    }
    if imported.frames == 0 {
        imported.complain(lines.number, "there is no dump; was OFONO_RIL_HEX_TRACE set?");
    }
    imported.end(&connection, lines.number);
    Ok(imported)
}

/// Whether a line is one of a dump.
pub(super) fn is_dump(line: &str) -> bool {
    dump(without_prefix(line)).is_some()
}

/// Without what syslog or the terminal puts before a message: everything up to `ofonod[PID]: `.
fn without_prefix(line: &str) -> &str {
    let behind = line.find("ofonod[").and_then(|at| Some(at + line.get(at..)?.find("]: ")? + 3));
    behind.and_then(|at| line.get(at..)).unwrap_or(line)
}

/// A line of a dump.
struct Dump<'a> {
    device: &'a str,
    /// The way of the dump that begins here.
    begins: Option<Way>,
    /// The bytes, and what they are as text.
    bytes: &'a str,
}

fn dump(line: &str) -> Option<Dump<'_>> {
    let (device, rest) = line.strip_prefix(DEVICE)?.split_once(": ")?;
    let begins = match rest.chars().next()? {
        '>' => Some(Way::FromPhone),
        '<' => Some(Way::ToPhone),
        ' ' => None,
        _ => return None,
    };
    Some(Dump { device, begins, bytes: rest.get(1..)? })
}

/// The bytes of a line of a dump; the same as text follows them.
fn dumped(line: &str) -> Option<Vec<u8>> {
    let pairs = line.trim_start().as_bytes().chunks(3).take(BYTES_A_LINE);
    let is_byte = |pair: &&[u8]| pair.len() >= 2 && pair[..2].iter().all(u8::is_ascii_hexdigit);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair.get(..2)?).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.take_while(is_byte).map(byte).collect();
    bytes.filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_dump_is_read_up_to_its_text() {
        assert_eq!(dumped(" 00 00 00 08 09  ....a"), Some(vec![0, 0, 0, 8, 9]));
        assert_eq!(dumped("    ff              ."), Some(vec![0xff]));
        let full = " 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70  ab cdefghijklmnop";
        assert_eq!(dumped(full), Some((0x61..=0x70).collect()), "text that looks like a byte is text");
        assert_eq!(dumped("  hello"), None);
        assert_eq!(dumped(""), None);
    }

    #[test]
    fn whatever_is_before_the_message_is_left_out() {
        assert!(is_dump("Nov 28 14:00:00 host ofonod[123]: Device 0: > 00"));
        assert!(is_dump("Device 1: < 00") && is_dump("ofonod[1]: Device 0:   00 00  .."));
        assert!(!is_dump("ofonod[123]: [0,0001]> RIL_REQUEST_SCREEN_STATE (0)"));
    }
}
