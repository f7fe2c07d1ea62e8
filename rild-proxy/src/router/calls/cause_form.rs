//! How a cause lies in the answer to `LAST_CALL_FAIL_CAUSE`.
//!
//! Up to Android 5.1 it is a list of integers, as most answers are: their number, which is one, and the cause. From
//! Android 6.0 on it is the cause and, if the library has one, the vendor's own as a string. Neither form says which it
//! is, RIL versions do not tell them apart, and software reads the one that it was made for: RilJ of Android 5.1 takes
//! the other for that many integers, oFono for no cause at all.
//!
//! Reference: `libril/ril_commands.h` and `ril.cpp` of Android 5.1 (responseInts) and 6.0 (responseFailCause).

use std::borrow::Cow;

use ril_protocol::RilVersion;
use ril_protocol::parcel;

/// A null string.
const NULL: i32 = -1;

/// Whether the number of integers stands before the cause. Behind a cause there is a string, and one of four bytes is
/// null.
pub(super) fn is_counted(answer: &[u8]) -> bool {
    matches!(words(answer), Some([1, cause]) if cause != NULL)
}

/// The same cause behind the number of integers. What holds none stays as it is.
pub(super) fn counted(answer: &[u8]) -> Cow<'_, [u8]> {
    match answer.first_chunk::<4>() {
        Some(cause) if !is_counted(answer) => Cow::Owned([&1_i32.to_ne_bytes()[..], cause].concat()),
        _ => Cow::Borrowed(answer),
    }
}

/// A cause alone, or behind the number of integers.
pub(super) fn encode(cause: i32, is_counted: bool, version: RilVersion) -> Vec<u8> {
    if is_counted { parcel::encode(&vec![cause], version) } else { parcel::encode(&cause, version) }
}

/// The two integers that an answer is.
fn words(answer: &[u8]) -> Option<[i32; 2]> {
    let (first, rest) = answer.split_first_chunk::<4>()?;
    Some([i32::from_ne_bytes(*first), i32::from_ne_bytes(rest.try_into().ok()?)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(words: &[i32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    #[test]
    fn both_forms_are_told_apart() {
        assert!(is_counted(&answer(&[1, 16])) && is_counted(&answer(&[1, 0xffff])));
        // A cause alone, with a null string, with an empty one, and nothing.
        for other in [&[1][..], &[16], &[1, NULL], &[16, 0], &[1, 0, 0], &[]] {
            assert!(!is_counted(&answer(other)), "{other:?}");
        }
    }

    #[test]
    fn a_cause_is_counted_once() {
        for (from, to) in
            [(&[16][..], &[1, 16][..]), (&[1, 16], &[1, 16]), (&[1], &[1, 1]), (&[17, NULL], &[1, 17]), (&[], &[])]
        {
            assert_eq!(counted(&answer(from)), answer(to), "{from:?}");
        }
    }
}
