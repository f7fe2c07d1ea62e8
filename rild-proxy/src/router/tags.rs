//! The caller-ID tag on incoming calls and messages: which phone a presented number is for, and who is really calling.
//!
//! With `suffix-keyed` a tag counts with the right check digits only, and there are none as long as the key or the time
//! of the world is not known: then every call is a direct one.

use std::borrow::Cow;

use caller_tag::key::Key;
use caller_tag::suffix_keyed::{CheckDigits, Keyed, Step};
use caller_tag::suffix1::{self, Caller, Decoded, Tag, Tags};
use caller_tag::{E164, NumberingPlan};

use ril_protocol::payload::call::{Call, TOA_INTERNATIONAL};

use super::PhoneId;
use super::calls::Shown;
use super::phones::Phones;
use crate::config::{Config, Scheme};

/// Knows the tags in use, the home country and the number service's access numbers.
#[derive(Debug)]
pub(super) struct TagReader {
    tags: Tags,
    /// `None` when no phone has a number: without a home country numbers cannot be read, so nothing is tagged.
    plan: Option<NumberingPlan>,
    access: Vec<E164>,
    /// How many check digits there are; `None` for `suffix-1`.
    check_digits: Option<CheckDigits>,
    key: Option<Key>,
    /// The time of the world, in seconds since 1970.
    time: Option<u64>,
}

impl TagReader {
    pub(super) fn new(config: &Config) -> Self {
        // Numbers for access come first: they are of the SIM's own country.
        let access = config.phone.iter().filter_map(|phone| phone.access.as_deref());
        let numbers = config.phone.iter().filter_map(|phone| phone.number.as_deref());
        let access: Vec<E164> = access.chain(numbers).filter_map(|number| E164::parse(number).ok()).collect();
        // Of a configuration that was not checked, the safer one.
        let digits = CheckDigits::new(config.bridge.check_digits).unwrap_or(CheckDigits::Two);
        Self {
            tags: config.phone.iter().filter_map(|phone| Tag::new(phone.tag?)).collect(),
            plan: access.first().and_then(NumberingPlan::of),
            access,
            check_digits: (config.bridge.scheme == Scheme::SuffixKeyed).then_some(digits),
            key: None,
            time: None,
        }
    }

    /// The key that the service has for this SIM.
    pub(super) fn set_key(&mut self, key: Key) {
        self.key = Some(key);
    }

    /// That key, if there is one.
    pub(super) fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// The time of the world, in seconds since 1970.
    pub(super) fn set_time(&mut self, seconds: u64) {
        self.time = Some(seconds);
    }

    /// The minute of the world, as far as it is known.
    pub(super) fn minute(&self) -> u64 {
        self.known_minute().unwrap_or_default()
    }

    /// The minute of the world, if it is known.
    pub(super) fn known_minute(&self) -> Option<u64> {
        self.time.map(|seconds| seconds / 60)
    }

    /// The phone that a call is tagged for, and the caller to show there. An international number may come with its `+`
    /// or with its type of address only; it is shown as it came.
    pub(super) fn read_call(&self, call: &Call, phones: &Phones) -> Option<(PhoneId, Shown)> {
        let number = call.number.as_deref()?;
        let (phone, shown) = self.read(&written(call)?, phones)?;
        match shown {
            Shown::Number(caller) if !number.starts_with('+') => {
                Some((phone, Shown::Number(caller.trim_start_matches('+').to_owned())))
            }
            shown => Some((phone, shown)),
        }
    }

    /// The phone that this presented number is tagged for, and the caller to show there.
    pub(super) fn read(&self, presented: &str, phones: &Phones) -> Option<(PhoneId, Shown)> {
        match self.decode(presented)? {
            Decoded::Direct => None,
            Decoded::Tagged { tag, caller } => {
                let shown = match caller {
                    Caller::Number(number) => Shown::Number(number.to_owned()),
                    Caller::Withheld => Shown::Withheld,
                };
                Some((phones.with_tag(tag.digit())?, shown))
            }
        }
    }

    fn decode<'a>(&self, presented: &'a str) -> Option<Decoded<'a>> {
        let plan = self.plan.as_ref()?;
        let Some(digits) = self.check_digits else {
            return Some(suffix1::decode(presented, plan, self.tags, &self.access));
        };
        let (key, step) = (self.key.as_ref()?, Step::at(self.time?));
        let keyed = Keyed { digits, step, mac: |message: &[u8]| key.mac(message) };
        Some(keyed.decode(presented, plan, self.tags, &self.access))
    }

    /// Whether the service may have a call show this: the caller's number or an access number, and the phone's tag
    /// behind it, with as many check digits as there are. A caller's may be no number that somebody could have.
    pub(super) fn is_tagged(&self, presented: &str, caller: &str, tag: Tag) -> bool {
        let [presented, caller] = [presented, caller].map(|number| number.trim_start_matches('+'));
        let digits = match self.check_digits {
            None => 0,
            Some(CheckDigits::One) => 1,
            Some(CheckDigits::Two) => 2,
        };
        let is_behind = |number: &str| {
            let behind = presented.strip_prefix(number).map(str::as_bytes);
            behind.is_some_and(|behind| {
                behind.len() == 1 + digits && behind[0] == b'0' + tag.digit() && behind.iter().all(u8::is_ascii_digit)
            })
        };
        let is_callers = !caller.is_empty() && is_behind(caller) && E164::parse(presented).is_err();
        is_callers || self.access.iter().any(|access| is_behind(access.digits()))
    }

    /// Whether the SIM may be shown this number as `presented`.
    pub(super) fn is_shown_as(&self, number: &str, presented: &str) -> bool {
        let digits = |number: &str| number.trim_start_matches('+').to_owned();
        digits(number) == digits(presented) || self.plan.is_some_and(|plan| plan.may_be(presented, &digits(number)))
    }
}

/// The number of a call, with the `+` that it may have as a type of address only.
pub(super) fn written(call: &Call) -> Option<Cow<'_, str>> {
    let number = call.number.as_deref()?;
    let lacks_plus = call.toa == TOA_INTERNATIONAL && !number.starts_with('+');
    Some(if lacks_plus { Cow::Owned(format!("+{number}")) } else { Cow::Borrowed(number) })
}
