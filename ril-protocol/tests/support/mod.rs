//! The payload vectors of `tests/vectors`: real or hand-laid bytes of a payload, and the JSON that they stand for.
//!
//! A vector is a line `request|response|unsolicited NAME VERSION [read][: TITLE]`, lines of hexadecimal bytes, and the
//! JSON behind a `=`. What stands behind a `#` is for people, as are lines that begin with it; an empty line ends a
//! vector. `read` marks bytes that this crate understands and would write differently.
//!
//! The bytes do not come from this crate. "Recorded" ones are from a session of oFono with an unmodified AOSP rild whose
//! modem was emulated, identities included; the others were laid by hand in the order in which libril reads or writes
//! the fields, whose names in ril.h stand beside them.

use std::path::Path;

use ril_protocol::messages::PayloadCodec;
use ril_protocol::parcel::from_hex;
use ril_protocol::{RequestCode, RilVersion, UnsolCode};
use serde_json::Value;

/// One vector.
pub(crate) struct Vector {
    /// The line that begins it, with its file.
    pub(crate) name: String,
    /// How the payload of that message is read and written.
    pub(crate) codec: PayloadCodec,
    /// The RIL version whose layout the bytes have.
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
    text.split("\n\n").filter(is_vector).map(|block| parse(&file, block)).collect()
}

fn parse(file: &str, block: &str) -> Vector {
    let (head, rest) = block.split_once('\n').unwrap();
    let (bytes, json) = rest.split_once("\n=").unwrap_or_else(|| panic!("{file}: no JSON for {head}"));
    let words: Vec<&str> = head.split(':').next().unwrap().split_whitespace().collect();
    let (kind, name, version, only_read) = match words[..] {
        [kind, name, version] => (kind, name, version, false),
        [kind, name, version, "read"] => (kind, name, version, true),
        _ => panic!("{file}: {head}"),
    };
    let request = || name.parse::<RequestCode>().unwrap().row().unwrap();
    let codec = match kind {
        "request" => request().request,
        "response" => request().response,
        "unsolicited" => name.parse::<UnsolCode>().unwrap().row().unwrap().payload,
        _ => panic!("{file}: {head}"),
    };
    let hex: String = bytes.lines().filter_map(|line| line.split('#').next()).collect();
    Vector {
        name: format!("{file}: {head}"),
        codec,
        version: RilVersion(version.parse().unwrap()),
        only_read,
        bytes: from_hex(&hex).unwrap_or_else(|| panic!("{file}: bytes of {head}")),
        json: serde_json::from_str(json).unwrap_or_else(|error| panic!("{file}: JSON of {head}: {error}")),
    }
}
