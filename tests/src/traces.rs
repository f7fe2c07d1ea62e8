//! Traces in tests: the commands that make them, and what is in them.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

use ril_trace::format::{Header, Item, Options, Reader, Way, What, Writer};
use ril_trace::import::From;

use crate::binaries;

/// Runs `rilctl`.
///
/// # Panics
/// When it cannot be started.
pub fn rilctl(args: &[&str]) -> Output {
    Command::new(binaries::rilctl()).args(args).output().expect("rilctl can be started")
}

/// Runs `rilctl`, which has to succeed; what it printed.
///
/// # Panics
/// With what it said, when it does not.
pub fn done(args: &[&str]) -> String {
    let output = rilctl(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}{said}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("text")
}

/// The summary of each trace that was played or compared.
pub fn summaries(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.contains(" as recorded, ")).collect()
}

/// How many things were as recorded, of all traces; all were that were played.
///
/// # Panics
/// With all that was said, when one was not.
pub fn as_recorded(said: &str) -> usize {
    let alike = |line: &&str| {
        let counts = line.rsplit_once(": ")?.1.strip_suffix(" as recorded, 0 differ")?;
        counts.split(' ').next()?.parse::<usize>().ok()
    };
    summaries(said).iter().map(|line| alike(line).unwrap_or_else(|| panic!("{said}"))).sum()
}

/// The lines of oFono's dumps up to the last one at which both directions have come to the end of a frame: a log that
/// is read while oFono lives, or that oFono was killed at, may end in the middle of a dump.
///
/// # Panics
/// When they are no dumps.
pub fn whole_dumps(mut lines: Vec<String>) -> Vec<String> {
    let is_whole = |lines: &[String]| {
        let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
        let imported = From::Ofono.import(lines.join("\n").as_bytes(), "a test", begin);
        imported.expect("these are dumps").1.complaints.is_empty()
    };
    while !lines.is_empty() && !is_whole(&lines) {
        lines.pop();
    }
    lines
}

/// The lines of strace up to the last one that is there as a whole.
pub fn whole_lines(text: &str) -> &str {
    text.get(..text.rfind('\n').map_or(0, |end| end + 1)).unwrap_or_default()
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.display().to_string()
}

/// What one phone was sent and what it sent: bodies of frames.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// By the phone.
    pub from_phone: Vec<Vec<u8>>,
    /// To the phone.
    pub to_phone: Vec<Vec<u8>>,
}

impl Conversation {
    /// All that a phone said and heard in a trace in which every message is whole.
    ///
    /// # Panics
    /// When the trace is none like that.
    pub fn of(file: &str, phone: &str) -> Self {
        let source = File::open(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut reader = Reader::open(source).unwrap_or_else(|error| panic!("{file}: {error}"));
        let (mut conversation, mut place) = (Self::default(), None);
        while let Some(item) = reader.next_item().expect("a file can be read") {
            match item {
                Item::Session(header) => place = header.phones.iter().position(|name| name == phone),
                Item::Record(entry) => {
                    let What::Frame(frame) = entry.record.what else { continue };
                    let is_its = place.is_some() && frame.phone.map(|place| place as usize) == place;
                    assert!(!is_its || !frame.head_only, "{file}: record {} is not whole", entry.number);
                    match frame.way {
                        Way::FromPhone if is_its => conversation.from_phone.push(frame.body.to_vec()),
                        Way::ToPhone if is_its => conversation.to_phone.push(frame.body.to_vec()),
                        _ => {}
                    }
                }
                Item::Damage(damage) => panic!("{file}: {damage:?}"),
            }
        }
        conversation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_ends_within_a_dump_is_cut_before_it() {
        let dump = |way, bytes| format!("ofonod[7]: Device 0: {way} {bytes}  text");
        let lines = [
            // A request, and its answer in two dumps.
            dump('>', "00 00 00 08 26 00 00 00 01 00 00 00"),
            dump('<', "00 00 00 0c"),
            dump('<', "00 00 00 00 01 00 00 00 00 00 00 00"),
            // A request of two lines.
            dump('>', "00 00 00 10 26 00 00 00 02 00 00 00 00 00 00 00"),
            dump(' ', "00 00 00 00"),
        ];
        for (there, whole) in [(5, 5), (4, 3), (3, 3), (2, 1), (1, 1), (0, 0)] {
            assert_eq!(whole_dumps(lines[..there].to_vec()).len(), whole, "of {there}");
        }
    }

    #[test]
    fn a_line_without_its_end_is_none() {
        assert_eq!(whole_lines("7 close(3) = 0\n7 clo"), "7 close(3) = 0\n");
        assert_eq!(whole_lines("7 clo"), "");
    }
}
