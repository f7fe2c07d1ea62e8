//! The caller-ID tag on incoming calls and messages: which phone a presented number is for, and who is really calling.

use caller_tag::suffix1::{self, Caller, Decoded, Tag, Tags};
use caller_tag::{E164, NumberingPlan};

use ril_protocol::payload::call::Call;

use super::PhoneId;
use super::calls::Shown;
use super::phones::Phones;
use crate::config;

/// Type of address of an international number (3GPP TS 24.008, 10.5.4.7).
const INTERNATIONAL: i32 = 145;

/// Knows the tags in use, the home country and the number service's access numbers.
#[derive(Debug)]
pub(super) struct TagReader {
    tags: Tags,
    /// `None` when no phone has a number: without a home country numbers cannot be read, so nothing is tagged.
    plan: Option<NumberingPlan>,
    access: Vec<E164>,
}

impl TagReader {
    pub(super) fn new(phones: &[config::Phone]) -> Self {
        let access: Vec<E164> = phones.iter().filter_map(|phone| E164::parse(phone.number.as_deref()?).ok()).collect();
        Self {
            tags: phones.iter().filter_map(|phone| Tag::new(phone.tag?)).collect(),
            plan: access.first().and_then(NumberingPlan::of),
            access,
        }
    }

    /// The phone that a call is tagged for, and the caller to show there. An international number may come with its `+`
    /// or with its type of address only; it is shown as it came.
    pub(super) fn read_call(&self, call: &Call, phones: &Phones) -> Option<(PhoneId, Shown)> {
        let number = call.number.as_deref()?;
        if call.toa != INTERNATIONAL || number.starts_with('+') {
            return self.read(number, phones);
        }
        let (phone, shown) = self.read(&format!("+{number}"), phones)?;
        let Shown::Number(caller) = shown else { return Some((phone, shown)) };
        Some((phone, Shown::Number(caller.trim_start_matches('+').to_owned())))
    }

    /// The phone that this presented number is tagged for, and the caller to show there.
    pub(super) fn read(&self, presented: &str, phones: &Phones) -> Option<(PhoneId, Shown)> {
        match suffix1::decode(presented, self.plan.as_ref()?, self.tags, &self.access) {
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
}
