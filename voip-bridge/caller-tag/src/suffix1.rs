//! Scheme `suffix-1`: the tag is one decimal digit behind the full number (Cells, SOSP 2011).
//!
//! Decoding has one rule. If any reading of the presented number is valid as it stands, the call is direct. If none is,
//! but one is without the last digit, and that digit is a tag in use, the call is tagged. Everything else is direct:
//! short codes, emergency numbers, service strings with `*` or `#`, names in place of numbers, and no number at all.
//! So a call is never taken from its addressee on a guess, while some tagged calls cannot be told; [`encode`] refuses
//! to make those, and the service then presents its own access number ([`encode_withheld`]).
//!
//! Only ASCII digits behind an optional `+` are read. Give numbers of international type (type of address 145,
//! 3GPP TS 24.008 10.5.4.7) with their `+`: without it a number may be read as a national one.

use crate::digits::MAX_DIGITS;
use crate::{E164, NumberingPlan, numbering, rule};
use std::fmt;

/// Which phone a call is for: one decimal digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u8);

/// The tags in use on one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tags(u16);

/// Why a number cannot be shown with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodeError {
    /// The number with its tag is itself a possible number of that country: it would be read as a direct call.
    Ambiguous,
    /// The number already has fifteen digits.
    TooLong,
}

/// For whom a presented number says that the call is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// No tag: show the presented number, route by policy.
    Direct,
    /// A call for the phone with this tag.
    Tagged {
        /// The tag, one of those in use.
        tag: Tag,
        /// Whom to show as the caller.
        caller: Caller<'a>,
    },
}

/// The caller of a tagged call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Caller<'a> {
    /// The presented number in its presented form, less the tag.
    Number(&'a str),
    /// The service presented its own access number: the caller withheld the number, or it cannot carry a tag.
    Withheld,
}

/// `caller` with `tag` behind it: digits without `+`, at most fifteen.
///
/// # Errors
/// [`EncodeError`] when [`decode`] could not find the tag again.
pub fn encode(caller: &E164, tag: Tag) -> Result<String, EncodeError> {
    let tagged = encode_withheld(caller, tag)?;
    if numbering::is_valid(&tagged) { Err(EncodeError::Ambiguous) } else { Ok(tagged) }
}

/// The service's own `access` number with `tag` behind it, for a caller who cannot be shown.
///
/// [`decode`] knows access numbers before it asks whether a number is valid, so the service must hold `access` and its
/// ten extensions by one digit, or use an access number that [`encode`] accepts.
///
/// # Errors
/// [`EncodeError::TooLong`] when there is no room for a tag.
pub fn encode_withheld(access: &E164, tag: Tag) -> Result<String, EncodeError> {
    if access.digits().len() >= MAX_DIGITS {
        return Err(EncodeError::TooLong);
    }
    Ok(format!("{}{tag}", access.digits()))
}

/// Finds the tag in a presented number, as a device at home in `plan` sees it.
///
/// `access` lists the service's access numbers; it may be empty.
pub fn decode<'a>(presented: &'a str, plan: &NumberingPlan, tags: Tags, access: &[E164]) -> Decoded<'a> {
    rule::decode(presented, plan, access, 1, |_, suffix| {
        Tag::new(suffix.parse().ok()?).filter(|tag| tags.contains(*tag))
    })
}

impl Tag {
    /// The tag of this digit; `None` above nine.
    pub const fn new(digit: u8) -> Option<Self> {
        if digit <= 9 { Some(Self(digit)) } else { None }
    }

    /// The digit, 0 to 9.
    pub const fn digit(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Tags {
    /// All ten.
    pub const ALL: Self = Self(0x3ff);

    /// Adds one tag.
    pub const fn insert(&mut self, tag: Tag) {
        self.0 |= 1 << tag.0;
    }

    /// Whether this tag is in use.
    pub const fn contains(self, tag: Tag) -> bool {
        self.0 >> tag.0 & 1 == 1
    }
}

impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(iter: I) -> Self {
        let mut tags = Self::default();
        iter.into_iter().for_each(|tag| tags.insert(tag));
        tags
    }
}

/// Does not show the number.
impl fmt::Debug for Caller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "Number({} characters)", number.len()),
            Self::Withheld => f.write_str("Withheld"),
        }
    }
}

/// Does not show the number.
impl fmt::Debug for Decoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("Direct"),
            Self::Tagged { tag, caller } => write!(f, "Tagged({tag}, {caller:?})"),
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambiguous => "the number with a tag is a possible number itself",
            Self::TooLong => "the number has no room for a tag",
        })
    }
}

impl std::error::Error for EncodeError {}
