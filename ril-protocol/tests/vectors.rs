//! Every vector is read to its JSON and written back to its bytes, in each of its versions, and no row and version is
//! without one.

mod support;

use std::collections::BTreeSet;

use ril_protocol::messages::{REQUESTS, UNSOLICITED};
use ril_protocol::{RequestCode, RilVersion};
use support::{Vector, vectors};

/// Every vector with each of its versions.
fn each_version() -> impl Iterator<Item = (Vector, RilVersion)> {
    let versions = |vector: &Vector| vector.versions.clone().map(RilVersion).collect::<Vec<_>>();
    vectors().into_iter().flat_map(move |vector| versions(&vector).into_iter().map(move |it| (vector.clone(), it)))
}

#[test]
fn vectors_are_read_as_their_json() {
    for (vector, version) in each_version() {
        let read = vector.codec.to_json(&vector.bytes, version);
        assert_eq!(read.as_ref(), Ok(&vector.json), "{} as version {version}", vector.name);
    }
}

#[test]
fn vectors_are_written_byte_for_byte() {
    for (vector, version) in each_version().filter(|(vector, _)| !vector.only_read) {
        if !vector.bytes.is_empty() {
            let again = vector.codec.reencode(&vector.bytes, version);
            assert_eq!(again.as_ref(), Ok(&vector.bytes), "{} as version {version}", vector.name);
        }
        let written = vector.codec.from_json(vector.json, version);
        assert_eq!(written.unwrap(), vector.bytes, "{} as version {version}", vector.name);
    }
}

/// A payload of a row in one version.
type Place = (&'static str, &'static str, i32);

/// What every row has from its first version on.
fn places() -> impl Iterator<Item = Place> {
    let from = |direction, name, since: RilVersion| (since.0..=15).map(move |version| (direction, name, version));
    let requests = REQUESTS
        .iter()
        .flat_map(move |row| from("request", row.name, row.since).chain(from("response", row.name, row.since)));
    requests.chain(UNSOLICITED.iter().flat_map(move |row| from("unsolicited", row.name, row.since)))
}

/// What has no vector, and why.
fn has_none((direction, name, version): Place) -> bool {
    match (direction, name.parse()) {
        // It is an answer itself.
        ("response", Ok(RequestCode::RESPONSE_ACKNOWLEDGEMENT)) => true,
        // Strings behind the version. libril serves no library of that age (`RIL_VERSION_MIN`), nor do we; how one's
        // answer is understood all the same is tested with the C structs, in vendor-shim.
        ("response", Ok(RequestCode::SETUP_DATA_CALL)) => version < 5,
        _ => false,
    }
}

#[test]
fn no_row_and_version_is_without_a_vector() {
    let wanted: BTreeSet<Place> = places().filter(|place| !has_none(*place)).collect();
    let vectors = vectors();
    let here =
        |vector: &Vector| vector.versions.clone().map(|it| (vector.direction, vector.row, it)).collect::<Vec<_>>();
    let covered: BTreeSet<Place> = vectors.iter().filter(|vector| !vector.only_read).flat_map(here).collect();
    let read: BTreeSet<Place> = vectors.iter().flat_map(here).collect();
    // RIL version 2 has no user-to-user information: what its clients send ends before the word for it, which is
    // written all the same.
    let only_read: Vec<_> = read.difference(&covered).copied().collect();
    assert_eq!(only_read, [("request", "DIAL", 2)]);
    assert_eq!(wanted.difference(&read).collect::<Vec<_>>(), Vec::<&Place>::new(), "without a vector");
    assert_eq!(read.difference(&wanted).collect::<Vec<_>>(), Vec::<&Place>::new(), "of no row and version");
}
