//! The one rule by which every scheme finds a tag behind a number.
//!
//! Access numbers come first: the service holds them and whatever is one suffix longer. Then: what is a possible number
//! as it stands is direct. Only what is none, but is one without the suffix, may be tagged; whether it is, the scheme
//! says.

use crate::digits::Digits;
use crate::suffix1::{Caller, Decoded, Tag};
use crate::{E164, NumberingPlan, numbering};

/// Finds the tag in a presented number whose last `length` digits may be a suffix. `tag_of` is given the number without
/// it, calling code first, and the suffix, and says which tag in use that is.
pub(crate) fn decode<'a>(
    presented: &'a str,
    plan: &NumberingPlan,
    access: &[E164],
    length: usize,
    tag_of: impl Fn(&str, &str) -> Option<Tag>,
) -> Decoded<'a> {
    let split = presented.len().checked_sub(length).and_then(|at| presented.split_at_checked(at));
    let Some((caller, suffix)) = split.filter(|(_, suffix)| suffix.bytes().all(|byte| byte.is_ascii_digit())) else {
        return Decoded::Direct;
    };
    let readings = || plan.readings(presented);
    let untagged = || readings().filter_map(|reading| without_suffix(&reading, length));
    let mut own = untagged().filter(|number| access.iter().any(|access| access.digits() == number.as_str()));
    if let Some(tag) = own.find_map(|number| tag_of(number.as_str(), suffix)) {
        return Decoded::Tagged { tag, caller: Caller::Withheld };
    }
    if readings().any(|number| numbering::is_valid(number.as_str())) {
        return Decoded::Direct;
    }
    let mut possible = untagged().filter(|number| numbering::is_valid(number.as_str()));
    match possible.find_map(|number| tag_of(number.as_str(), suffix)) {
        Some(tag) => Decoded::Tagged { tag, caller: Caller::Number(caller) },
        None => Decoded::Direct,
    }
}

fn without_suffix(reading: &Digits, length: usize) -> Option<Digits> {
    let digits = reading.as_str();
    Digits::concat(&[digits.get(..digits.len().checked_sub(length)?)?])
}
