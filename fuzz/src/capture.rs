//! Packet captures: importing comes to an end of any bytes, and what was imported can be exported and comes back the
//! same.

use ril_trace::export::pcapng::Capture;
use ril_trace::format::{Header, Item, Reader, Writer};
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
    let begin = |header: &Header| Writer::new(Vec::new(), header, options());
    let (mut writer, _) = From::Pcapng.import(capture, "fuzz", begin).ok()?;
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
