//! Payloads of every row: decoding, writing again, and the way through JSON agree.

use std::sync::LazyLock;

use ril_protocol::RilVersion;
use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};

use crate::laws;

static CODECS: LazyLock<Vec<PayloadCodec>> = LazyLock::new(|| {
    let requests = REQUESTS.iter().flat_map(|row| [row.request, row.response]);
    requests.chain(UNSOLICITED.iter().map(|row| row.payload)).collect()
});

/// The first two bytes choose the row and direction, the third the RIL version; the payload follows.
pub fn payloads(input: &[u8]) {
    let [low, high, version, payload @ ..] = input else { return };
    let row = usize::from(u16::from_le_bytes([*low, *high]));
    let codec = &CODECS[row % CODECS.len()];
    laws::check(codec, payload, RilVersion(i32::from(version % 16)));
}

/// The input that makes [`payloads`] look at `payload` as the type of that name.
pub(crate) fn input(type_name: &str, version: RilVersion, payload: &[u8]) -> Option<Vec<u8>> {
    let row = CODECS.iter().position(|codec| codec.type_name == type_name)?;
    let [low, high] = u16::try_from(row).ok()?.to_le_bytes();
    Some([&[low, high, u8::try_from(version.0).ok()?], payload].concat())
}
