//! Scheme `suffix-keyed`: behind the full number the tag, and behind that one or two check digits that only the holders
//! of a key can make, and that change with time.
//!
//! With `suffix-1` whoever can choose a caller ID can choose the phone. Here a stranger has to guess: at each attempt
//! three of a hundred codes are right (of ten, with one digit) for each way to read the number, and it takes a call
//! that rings to find out. That is a hurdle, no proof: digits in a caller ID have no room for one.
//!
//! The rule is that of [`suffix1`](crate::suffix1) otherwise. What is a possible number as it stands is direct,
//! whatever its last digits say, so no valid caller is ever taken for a tagged one. Where `suffix-1` relies on its
//! table of lengths, which may not know a new range of numbers yet, this scheme is wrong about such a number in three
//! cases of a hundred for each tag in use, instead of always. A wrong code makes a call direct; it is not told apart
//! from a number without one.
//!
//! # Time
//!
//! The code depends on the minute ([`Step`]), not on a counter: calls get lost on the way, and bridges of a fleet would
//! have to share the counter. The device accepts the minute before its own and the one after, too. Its clock may thus
//! be a minute slow, or be fast by a minute less the time that the call takes to arrive. A device whose clock is wrong
//! by more, after a start without network for example, takes every tagged call for a direct one.
//!
//! A code is for one caller, one tag and three minutes. Within them it can be used again, by somebody who has seen it
//! and shows the same caller: the phone that was called rings once more. That is not refused, because a caller who
//! rings off and calls again within the minute comes with the very same code.
//!
//! No cryptography is done here: the message authentication code comes as a function ([`Keyed::mac`]). Service and
//! router take HMAC-SHA-256 under a key of the SIM (feature `key`).

use crate::digits::MAX_DIGITS;
use crate::suffix1::{Decoded, EncodeError, Tag, Tags};
use crate::{E164, NumberingPlan, numbering, rule};

/// How long a code is made for, in seconds.
const STEP_SECONDS: u64 = 60;

/// What every message begins with, so that the key may serve other purposes, too.
const LABEL: &[u8] = b"caller-tag suffix-keyed 1\0";

/// Longest message: label, digits, separator, tag, step.
const LONGEST: usize = LABEL.len() + MAX_DIGITS + 1 + 1 + 8;

/// How many check digits there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckDigits {
    /// Three of ten codes are right.
    One,
    /// Three of a hundred codes are right.
    Two,
}

impl CheckDigits {
    /// So many of them; `None` for a number that there cannot be.
    pub const fn new(count: u8) -> Option<Self> {
        match count {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }
}

/// A minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step(u64);

/// The scheme at one moment, with one key.
#[derive(Clone, Copy)]
pub struct Keyed<M> {
    /// How many check digits there are. Both sides have to agree.
    pub digits: CheckDigits,
    /// The minute now.
    pub step: Step,
    /// The first eight bytes, the most significant one first, of a message authentication code under the key that
    /// service and device share for this SIM.
    pub mac: M,
}

impl Step {
    /// The minute of this time, in seconds since 1970-01-01 00:00 UTC.
    pub const fn at(unix_seconds: u64) -> Self {
        Self(unix_seconds / STEP_SECONDS)
    }
}

impl CheckDigits {
    /// How many digits, and how many codes they can show.
    const fn size(self) -> (usize, u64) {
        match self {
            Self::One => (1, 10),
            Self::Two => (2, 100),
        }
    }
}

impl<M: Fn(&[u8]) -> u64> Keyed<M> {
    /// `caller` with `tag` and check digits behind it: digits without `+`, at most fifteen.
    ///
    /// # Errors
    /// [`EncodeError`] when [`Self::decode`] could not find the tag again.
    pub fn encode(&self, caller: &E164, tag: Tag) -> Result<String, EncodeError> {
        let tagged = self.encode_withheld(caller, tag)?;
        if numbering::is_valid(&tagged) { Err(EncodeError::Ambiguous) } else { Ok(tagged) }
    }

    /// The service's own `access` number with `tag` and check digits behind it, for a caller who cannot be shown. As
    /// with [`suffix1::encode_withheld`](crate::suffix1::encode_withheld) the service must hold the longer numbers,
    /// too, or use an access number that [`Self::encode`] accepts.
    ///
    /// # Errors
    /// [`EncodeError::TooLong`] when there is no room for tag and check digits.
    pub fn encode_withheld(&self, access: &E164, tag: Tag) -> Result<String, EncodeError> {
        let (length, _) = self.digits.size();
        let number = access.digits();
        if number.len() + 1 + length > MAX_DIGITS {
            return Err(EncodeError::TooLong);
        }
        Ok(format!("{number}{tag}{:0length$}", self.code(number, tag, self.step.0)))
    }

    /// Finds the tag in a presented number, as a device at home in `plan` sees it.
    ///
    /// `access` lists the service's access numbers; it may be empty. The function for the message authentication code
    /// is called eighteen times at most.
    pub fn decode<'a>(&self, presented: &'a str, plan: &NumberingPlan, tags: Tags, access: &[E164]) -> Decoded<'a> {
        let (length, _) = self.digits.size();
        rule::decode(presented, plan, access, 1 + length, |number, suffix| {
            let (tag, code) = suffix.split_at_checked(1)?;
            let tag = Tag::new(tag.parse().ok()?).filter(|tag| tags.contains(*tag))?;
            let code: u64 = code.parse().ok()?;
            let now = self.step.0;
            // The code of this minute is the likeliest.
            let steps = [Some(now), now.checked_sub(1), now.checked_add(1)];
            steps.into_iter().flatten().any(|step| self.code(number, tag, step) == code).then_some(tag)
        })
    }

    /// The check digits of a number and a tag in one minute.
    fn code(&self, number: &str, tag: Tag, step: u64) -> u64 {
        let mut message = [0; LONGEST];
        let mut length = 0;
        // The digits end where the separator, which is none, begins; what follows has a fixed length.
        for part in [LABEL, number.as_bytes(), b"\0", &[tag.digit()], &step.to_be_bytes()] {
            for byte in part {
                if let Some(place) = message.get_mut(length) {
                    *place = *byte;
                    length += 1;
                }
            }
        }
        let (_, codes) = self.digits.size();
        (self.mac)(message.get(..length).unwrap_or_default()) % codes
    }
}
