//! Sources of traces: whatever a file of another tool holds, an import ends, in bounded memory, with a trace that can
//! be read and whose frames are the same again by way of JSON.

use ril_trace::format::{Entry, Header, Item, Reader, Record, What, Writer};
use ril_trace::import::From;
use ril_trace::show::{Filter, Show};

use crate::trace_file::options;

/// The kinds, by the first byte.
const KINDS: [From; 5] = [From::Jsonl, From::Relay, From::Ofono, From::Strace, From::Logcat];

/// Takes the first byte as the kind of source and the rest as the source. How many frames were imported.
pub fn trace_import(input: &[u8]) -> u64 {
    let Some((kind, source)) = input.split_first() else { return 0 };
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    // Whatever it is taken for.
    From::guess(source);
    let Some((file, frames)) = import(kind, source) else { return 0 };
    let items = read(&file);
    let mut show = Show::whole(Filter::default());
    let json: Vec<String> = items.iter().filter_map(|item| show.json(item)).map(|line| line.to_string()).collect();
    let (again, frames_again) = import(From::Jsonl, json.join("\n").as_bytes()).expect("these are lines of JSON");
    assert_eq!(frames_again, frames);
    assert_eq!(frames_of(&read(&again)), frames_of(&items));
    frames
}

fn frames_of(items: &[Item]) -> Vec<&Record> {
    let record = |item| match item {
        &Item::Record(Entry { record: ref record @ Record { what: What::Frame(_), .. }, .. }) => Some(record),
        _ => None,
    };
    items.iter().filter_map(record).collect()
}

/// The trace, and how many frames are in it; nothing of a source that is refused as a whole.
fn import(kind: From, source: &[u8]) -> Option<(Vec<u8>, u64)> {
    let begin = |header: &Header| Writer::new(Vec::new(), header, options());
    let (mut writer, imported) = kind.import(source, "fuzz", begin).ok()?;
    writer.finish().expect("memory");
    Some((writer.into_inner(), imported.frames))
}

fn read(file: &[u8]) -> Vec<Item> {
    let mut reader = Reader::open(file).expect("a whole file");
    std::iter::from_fn(|| reader.next_item().expect("memory")).collect()
}
