//! The rows have the payloads that libril reads and writes, by the list in `libril.txt`.

use std::collections::BTreeSet;

use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

const LIST: &str = include_str!("libril.txt");

/// The headings of the list, each with the messages under it.
fn list() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let blocks = LIST.split("\n\n").map(|block| block.lines().filter(|line| !line.starts_with('#')));
    blocks.filter_map(|mut lines| Some((lines.next()?, lines.flat_map(str::split_whitespace).collect())))
}

fn payload(kind: &str, name: &str) -> PayloadCodec {
    let request = || name.parse().ok().and_then(RequestCode::row).unwrap_or_else(|| panic!("{name} has no row"));
    match kind {
        "request" => request().request,
        "response" => request().response,
        "unsolicited" => {
            name.parse().ok().and_then(UnsolCode::row).unwrap_or_else(|| panic!("{name} has no row")).payload
        }
        _ => panic!("{kind}"),
    }
}

#[test]
fn every_row_has_the_payload_of_libril() {
    let mut seen = BTreeSet::new();
    for (heading, names) in list() {
        let Some((kind, payload_type)) = heading.split_once(' ') else { continue };
        for name in names {
            assert_eq!(payload(kind, name).type_name, payload_type, "{kind} {name}");
            assert!(seen.insert((kind, name)), "{kind} {name} twice");
        }
    }
    // Later messages never went through a libril with sockets.
    let of_that_time = |since: RilVersion| since < RilVersion(15);
    let requests = REQUESTS.iter().filter(|row| of_that_time(row.since) && row.code.0 < 800);
    for row in requests {
        assert!(seen.contains(&("request", row.name)) && seen.contains(&("response", row.name)), "{}", row.name);
    }
    for row in UNSOLICITED.iter().filter(|row| of_that_time(row.since)) {
        assert!(seen.contains(&("unsolicited", row.name)), "{}", row.name);
    }
}

#[test]
fn every_row_wakes_as_in_libril() {
    for (heading, names) in list().filter(|(heading, _)| !heading.contains(' ')) {
        for row in names.into_iter().filter_map(|name| name.parse().ok().and_then(UnsolCode::row)) {
            assert_eq!(row.wakes, heading == "wakes", "{}", row.name);
        }
    }
}
