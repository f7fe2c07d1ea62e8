//! What must hold for every payload, whatever its bytes. The fuzz targets hold payloads to the same laws.

mod by_layout;

use ril_protocol::RilVersion;
use ril_protocol::messages::PayloadCodec;

/// The longest JSON that `len` bytes may turn into: a data call of layout 4 takes 16 bytes and says all eleven names.
fn json_limit(len: usize) -> usize {
    512 + 16 * len
}

/// Decoding either fails inside the payload, or gives a value that survives every way of writing it; reading by the
/// layout gives the same. Panics if not.
pub(crate) fn check(codec: &PayloadCodec, payload: &[u8], version: RilVersion) {
    if !payload.is_empty() {
        let (read, by_layout) = (codec.to_json(payload, version), by_layout::read(codec.layout, payload, version));
        assert_eq!(by_layout.ok(), read.ok(), "{codec:?} has another layout");
    }
    let once = match codec.reencode(payload, version) {
        Ok(once) => once,
        Err(error) => return assert!(error.at <= payload.len(), "{codec:?}: {error}"),
    };
    assert!(once.len() <= payload.len() + 8, "{codec:?} grew from {} to {} bytes", payload.len(), once.len());
    assert_eq!(codec.reencode(&once, version).as_ref(), Ok(&once), "{codec:?} is not stable");
    let json = codec.to_json(payload, version).unwrap();
    assert!(json.to_string().len() <= json_limit(payload.len()), "{codec:?}: long JSON {json}");
    assert_eq!(codec.to_json(&once, version).as_ref(), Ok(&json), "{codec:?} says something else");
    // An empty payload is null whatever its type; other payloads are what their JSON says.
    if !payload.is_empty() {
        assert_eq!(codec.from_json(json, version).unwrap(), once, "{codec:?} is not what its JSON says");
    }
}
