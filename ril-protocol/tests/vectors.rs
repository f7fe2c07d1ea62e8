//! Every vector is read to its JSON and written back to its bytes, and every payload type has one.

mod support;

use std::collections::BTreeSet;

use ril_protocol::messages::{REQUESTS, UNSOLICITED};
use support::vectors;

#[test]
fn vectors_are_read_as_their_json() {
    for vector in vectors() {
        let read = vector.codec.to_json(&vector.bytes, vector.version);
        assert_eq!(read.as_ref(), Ok(&vector.json), "{}", vector.name);
    }
}

#[test]
fn vectors_are_written_byte_for_byte() {
    for vector in vectors().into_iter().filter(|vector| !vector.only_read) {
        assert_eq!(vector.codec.reencode(&vector.bytes, vector.version).unwrap(), vector.bytes, "{}", vector.name);
        let written = vector.codec.from_json(vector.json, vector.version);
        assert_eq!(written.unwrap(), vector.bytes, "{}", vector.name);
    }
}

#[test]
fn every_payload_type_has_a_vector() {
    let covered: BTreeSet<_> = vectors().iter().map(|vector| vector.codec.type_name).collect();
    let requests = REQUESTS.iter().flat_map(|row| [row.request, row.response]);
    for codec in requests.chain(UNSOLICITED.iter().map(|row| row.payload)) {
        let needs_none = ["()", "Opaque"].contains(&codec.type_name);
        assert!(needs_none || covered.contains(codec.type_name), "{}", codec.type_name);
    }
}
