//! Parcel primitives: any sequence of reads stays inside the bytes, and what was read can be written and read again.

use std::fmt::Debug;

use ril_protocol::RilVersion;
use ril_protocol::parcel::{Parcel, Raw, Reader, decode, encode};

/// The first byte says how many of the next bytes are reads to make; what follows is read.
pub fn parcel(input: &[u8]) {
    let Some((&count, rest)) = input.split_first() else { return };
    let Some((reads, payload)) = rest.split_at_checked(usize::from(count)) else { return };
    let mut reader = Reader::new(payload, RilVersion::COMMON);
    for read in reads {
        let before = reader.rest().len();
        let went_well = match read % 8 {
            0 => value::<i32>(&mut reader),
            1 => value::<i64>(&mut reader),
            2 => value::<u8>(&mut reader),
            3 => value::<Option<String>>(&mut reader),
            4 => value::<Raw>(&mut reader),
            5 => value::<Vec<Option<String>>>(&mut reader),
            6 => value::<[u32; 3]>(&mut reader),
            _ => reader.padded(usize::from(*read)).is_ok(),
        };
        assert!(reader.rest().len() <= before);
        if !went_well {
            break;
        }
    }
}

fn value<T: Parcel + PartialEq + Debug>(reader: &mut Reader<'_>) -> bool {
    let before = reader.rest().len();
    let Ok(value) = T::read(reader) else { return false };
    let written = encode(&value, reader.version());
    // Padding may be missing at the very end of what is read.
    assert!(written.len() <= before.next_multiple_of(4) + 4);
    assert_eq!(decode::<T>(&written, reader.version()), Ok(value));
    true
}
