//! Packet captures: importing comes to an end of any bytes, and what was imported can be exported and comes back the same.

use ril_trace::export::pcapng::Capture;
use ril_trace::format::{Item, Reader, Writer};
use ril_trace::import::From;
use ril_trace::show::Filter;

use crate::trace_file::options;

/// Takes the input as a capture.
pub fn capture(input: &[u8]) {
    let Some(items) = import(input) else { return };
    let exported = export(&items);
    assert_eq!(import(&exported).as_ref(), Some(&items));
}

/// What is in a capture, without what the import says of itself.
fn import(capture: &[u8]) -> Option<Vec<Item>> {
    let mut writer = Writer::new(Vec::new(), &From::Pcapng.header("fuzz"), options()).expect("memory");
    From::Pcapng.import(capture, &mut writer).ok()?;
    writer.finish().expect("memory");
    let file = writer.into_inner();
    let mut reader = Reader::open(&file[..]).expect("what was just written");
    let items = std::iter::from_fn(|| reader.next_item().expect("memory")).skip(1);
    Some(items.collect())
}

/// The capture of a trace.
pub(crate) fn export(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut capture = Capture::new(&mut out, "fuzz", Filter::default()).expect("memory");
    for item in items {
        capture.add(item).expect("memory");
    }
    capture.finish().expect("memory");
    out
}
