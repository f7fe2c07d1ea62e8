//! The payload vectors of `tests/vectors`: real or hand-laid bytes of a payload, and the JSON that they stand for.
//!
//! A vector is a line `request|response|unsolicited NAME VERSIONS [read][: TITLE]`, lines of hexadecimal bytes, each
//! behind two spaces, and the JSON behind a `=`. The RIL versions whose layout the bytes have are one or `FIRST-LAST`.
//! Messages with the same payload have their lines one below the other. What stands behind a `#` is for people, as are
//! lines that begin with it; an empty line ends a vector. `read` marks bytes that this crate understands and would
//! write differently.
//!
//! The bytes do not come from this crate. "Recorded" ones are from a session of oFono with an unmodified AOSP rild
//! whose modem was emulated, identities included; the others were laid by hand in the order in which libril reads or
//! writes the fields, whose names in ril.h stand beside them: `ril_commands.h` and `ril_unsol_commands.h` of libril
//! name for each message the function of `ril.cpp` that has the order, `dispatch*` for a request, `response*` for the
//! rest.
//!
//! libril itself was asked, too. `ril.cpp` of Android 7.1 was compiled outside this repository, with a stand-in for
//! libbinder's `Parcel`, and called for every vector up to message 137 or 1046 in each of its versions up to 14 (15 has
//! structs of Android 9, and went by another way than a parcel). Of requests, its dispatch functions read every byte,
//! and the structs that they made became the same bytes again by `request_from_c` of vendor-shim. Of responses and
//! unsolicited messages, its response functions wrote the same bytes, given the structs that `response_to_c` and
//! `unsolicited_to_c` make of them. That is 3525 pairs of a payload and a version; what is not among them:
//!
//! * the radio state and the time of arrival of NITZ, which libril writes behind what its functions write;
//! * `GET_SIM_STATUS` of versions up to 5, whose struct has the size of a later one on 64-bit machines, for which
//!   libril takes it; and `SETUP_DATA_CALL` of versions up to 4, which has no vector.
//!
//! Vectors with words changed went the same way: 400,000 that still were payloads became the same bytes. What differed
//! is what vendor-shim refuses or mends on purpose where libril hands it on, a flag of 256, which libril cuts to a
//! byte, and two mistakes of vendor-shim, which are mended.

#![allow(dead_code, reason = "each of those who take this in looks at another part of a vector")]

use std::ops::RangeInclusive;
use std::path::Path;

use ril_protocol::hex::from_hex;
use ril_protocol::messages::PayloadCodec;
use ril_protocol::{RequestCode, RilVersion, UnsolCode};
use serde_json::Value;

/// One vector.
#[derive(Clone)]
pub(crate) struct Vector {
    /// The line that begins it, with its file.
    pub(crate) name: String,
    /// `request`, `response` or `unsolicited`.
    pub(crate) direction: &'static str,
    /// The name of the row.
    pub(crate) row: &'static str,
    /// How the payload of that message is read and written.
    pub(crate) codec: PayloadCodec,
    /// The RIL versions whose layout the bytes have.
    pub(crate) versions: RangeInclusive<i32>,
    /// One of them: the common one if it is, else the newest.
    pub(crate) version: RilVersion,
    /// The payload.
    pub(crate) bytes: Vec<u8>,
    /// Whether the bytes are not what this crate would write.
    pub(crate) only_read: bool,
    /// What it says.
    pub(crate) json: Value,
}

/// All vectors.
pub(crate) fn vectors() -> Vec<Vector> {
    // By way of the folder above, so that the fuzz crate, which takes its seeds from here, finds them too.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ril-protocol/tests/vectors");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Vector> {
    let text = std::fs::read_to_string(file).unwrap();
    let file = file.file_name().unwrap().to_string_lossy().into_owned();
    let is_vector = |block: &&str| !block.trim().is_empty() && !block.starts_with('#');
    text.split("\n\n").filter(is_vector).flat_map(|block| parse(&file, block)).collect()
}

/// The vectors of a block: one for each of its messages.
fn parse(file: &str, block: &str) -> Vec<Vector> {
    let mut lines = block.lines().peekable();
    let heads: Vec<&str> = std::iter::from_fn(|| lines.next_if(|line| !line.starts_with([' ', '=']))).collect();
    let hex: String = std::iter::from_fn(|| lines.next_if(|line| !line.starts_with('=')))
        .filter_map(|line| line.split('#').next())
        .collect();
    let bytes = from_hex(&hex).unwrap_or_else(|| panic!("{file}: bytes of {heads:?}"));
    let json = lines.collect::<Vec<_>>().join("\n");
    let json = json.strip_prefix('=').unwrap_or_else(|| panic!("{file}: no JSON for {heads:?}"));
    let json: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{file}: JSON of {heads:?}: {error}"));
    heads.into_iter().map(|head| vector(file, head, bytes.clone(), json.clone())).collect()
}

fn vector(file: &str, head: &str, bytes: Vec<u8>, json: Value) -> Vector {
    let words: Vec<&str> = head.split(':').next().unwrap().split_whitespace().collect();
    let (direction, name, versions, only_read) = match words[..] {
        [direction, name, versions] => (direction, name, versions, false),
        [direction, name, versions, "read"] => (direction, name, versions, true),
        _ => panic!("{file}: {head}"),
    };
    let request = || name.parse::<RequestCode>().unwrap().row().unwrap();
    let unsolicited = || name.parse::<UnsolCode>().unwrap().row().unwrap();
    let (direction, row, codec) = match direction {
        "request" => ("request", request().name, request().request),
        "response" => ("response", request().name, request().response),
        "unsolicited" => ("unsolicited", unsolicited().name, unsolicited().payload),
        _ => panic!("{file}: {head}"),
    };
    let (first, last) = versions.split_once('-').unwrap_or((versions, versions));
    let versions = first.parse().unwrap()..=last.parse().unwrap();
    let common = versions.contains(&RilVersion::COMMON.0);
    Vector {
        name: format!("{file}: {head}"),
        direction,
        row,
        codec,
        version: if common { RilVersion::COMMON } else { RilVersion(*versions.end()) },
        versions,
        only_read,
        bytes,
        json,
    }
}
