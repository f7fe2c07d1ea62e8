//! Data objects: a tag, a length and a value, one behind another.

use std::ops::Range;

/// Tag and place of the value of each object that is whole, and where the last of them ends.
pub(super) fn objects(octets: &[u8]) -> (Vec<(u8, Range<usize>)>, usize) {
    objects_with(octets, length)
}

/// The same where every length is one octet.
pub(super) fn short_objects(octets: &[u8]) -> (Vec<(u8, Range<usize>)>, usize) {
    objects_with(octets, |octets| octets.first().map(|length| (1, usize::from(*length))))
}

fn objects_with(octets: &[u8], length: impl Fn(&[u8]) -> Option<(usize, usize)>) -> (Vec<(u8, Range<usize>)>, usize) {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some((tag, behind)) = octets.get(at..).and_then(<[u8]>::split_first) {
        let Some((taken, length)) = length(behind) else { break };
        let start = at + 1 + taken;
        let end = start + length;
        if end > octets.len() {
            break;
        }
        found.push((*tag, start..end));
        at = end;
    }
    (found, at)
}

/// How many octets a length takes, and the length (ITU-T X.690, 8.1.3).
pub(super) fn length(octets: &[u8]) -> Option<(usize, usize)> {
    match octets {
        [length @ ..=0x7f, ..] => Some((1, usize::from(*length))),
        [0x81, length, ..] => Some((2, usize::from(*length))),
        [0x82, high, low, ..] => Some((3, usize::from(u16::from_be_bytes([*high, *low])))),
        _ => None,
    }
}
