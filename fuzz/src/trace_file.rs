//! Trace files: a reader comes to the end of any bytes, in bounded memory, and what it found can be written and read
//! again.

use ril_trace::format::{BLOCK_LIMIT, Codec, Header, Item, Options, Reader, Record, What, Writer};

/// Takes the input as a file, and as what follows the beginning of a whole one.
pub fn trace_file(input: &[u8]) {
    let records = read(input);
    let mut writer = Writer::new(Vec::new(), &Header::default(), options()).expect("memory");
    for record in &records {
        writer.write(record).expect("what was in a block fits into one");
    }
    writer.finish().expect("memory");
    let file = writer.into_inner();
    assert_eq!(read(&file), records);
    assert!(read(&[&file, input].concat()).len() >= records.len(), "bytes behind the end cost what is before");
}

/// How the seeds are written, so that a changed byte is not all that there is to find.
pub(crate) fn options() -> Options {
    Options { codec: Codec::None, salt: 0 }
}

fn read(file: &[u8]) -> Vec<Record> {
    let Ok(mut reader) = Reader::open(file) else { return Vec::new() };
    let (mut records, mut last) = (Vec::new(), None);
    while let Some(item) = reader.next_item().expect("memory") {
        match item {
            Item::Session(_) => {}
            Item::Damage(damage) => assert!(damage.from <= damage.to && damage.to <= file.len() as u64),
            Item::Record(entry) => {
                assert!(last.is_none_or(|last| entry.number > last), "numbers go up");
                last = Some(entry.number);
                if let What::Frame(frame) = &entry.record.what {
                    assert!(frame.body.len() <= BLOCK_LIMIT);
                }
                records.push(entry.record);
            }
        }
    }
    assert!(reader.ending().is_some());
    records
}
