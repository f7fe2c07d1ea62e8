//! Frames: a length of two bytes, big-endian, and so many bytes.

use super::SEAL;
use crate::link::MESSAGE_LIMIT;

/// The longest frame without its length: a record with the longest message in it.
pub const FRAME_LIMIT: usize = MESSAGE_LIMIT + SEAL;

/// What comes is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Appends a whole frame.
pub fn put(body: &[u8], out: &mut Vec<u8>) {
    debug_assert!(body.len() <= FRAME_LIMIT);
    // What is over the limit is refused by whoever reads it.
    out.extend_from_slice(&u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(body);
}

/// The first frame of `bytes`, and how many bytes it takes with its length; `None` while it is not whole.
///
/// # Errors
/// [`TooLong`]; as soon as the length is there, so that nobody waits for the rest.
pub fn split(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, TooLong> {
    let Some((length, rest)) = bytes.split_first_chunk() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes(*length));
    if length > FRAME_LIMIT {
        return Err(TooLong);
    }
    Ok(rest.get(..length).map(|body| (body, 2 + length)))
}

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a frame is too long")
    }
}

impl std::error::Error for TooLong {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_where_they_were_put() {
        let mut bytes = Vec::new();
        put(b"one", &mut bytes);
        put(b"", &mut bytes);
        assert_eq!(split(&bytes), Ok(Some((&b"one"[..], 5))));
        assert_eq!(split(&bytes[5..]), Ok(Some((&b""[..], 2))));
        for part in 0..5 {
            assert_eq!(split(&bytes[..part]), Ok(None));
        }
    }

    #[test]
    fn a_frame_that_is_too_long_is_refused_before_it_is_there() {
        let over = u16::try_from(FRAME_LIMIT + 1).expect("small").to_be_bytes();
        assert_eq!(split(&over), Err(TooLong));
        let longest = u16::try_from(FRAME_LIMIT).expect("small").to_be_bytes();
        assert_eq!(split(&longest), Ok(None));
    }
}
