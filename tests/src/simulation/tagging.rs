//! What stands behind a caller's number: the tag of a phone, and with `suffix-keyed` check digits that are good for the
//! minute in which they were made, the one before and the one after.

use std::cell::Cell;

use caller_tag::E164;
use caller_tag::key::Key;
use caller_tag::suffix_keyed::{CheckDigits, Keyed, Step};
use caller_tag::suffix1::Tag;
use caller_tag::text::{Sealer, unkeyed};
use rild_proxy::config::{Config, Scheme};

/// The key that service and router have for this SIM.
pub(super) const KEY: &str = "5eed000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d";
/// How many digits a full number has here.
pub(super) const FULL_NUMBER: usize = 11;
/// How many minutes it may take until the router hears of a forged tag that is to be a wrong one then.
const MOST_MINUTES: i64 = 5;

/// The scheme of a run.
#[derive(Clone, Debug)]
pub(super) struct Tagging {
    key: Option<Key>,
    check_digits: Option<CheckDigits>,
    /// The minute of the world.
    minute: Cell<u64>,
}

impl Tagging {
    pub(super) fn new(config: &Config) -> Self {
        let check_digits = match (config.bridge.scheme, config.bridge.check_digits) {
            (Scheme::Suffix1, _) => None,
            (Scheme::SuffixKeyed, 1) => Some(CheckDigits::One),
            (Scheme::SuffixKeyed, _) => Some(CheckDigits::Two),
        };
        let key = config.bridge.sim_key_file.as_ref().map(|_| Key::parse(KEY).expect("a key"));
        Self { key, check_digits, minute: Cell::new(0) }
    }

    pub(super) fn set_minute(&self, minute: u64) {
        self.minute.set(minute);
    }

    /// Whether only who has the key can make tags.
    pub(super) fn is_keyed(&self) -> bool {
        self.check_digits.is_some()
    }

    /// Whether only who has the key can make texts that the router takes for the service's.
    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The number with the tag of this phone behind it, as the service makes it so many minutes ago or ahead.
    pub(super) fn tagged(&self, number: &str, place: usize, ahead: i64) -> String {
        let minute = self.minute.get().saturating_add_signed(ahead);
        format!("{number}{}", self.suffix(number, place, minute))
    }

    /// The number with the tag of this phone and other check digits than right ones.
    pub(super) fn forged(&self, number: &str, place: usize) -> Option<String> {
        self.check_digits?;
        let length = self.length() - 1;
        let codes = (0..10).map(|code| format!("{number}{place}{code:0length$}"));
        let minutes = || (-1..MOST_MINUTES).map(|ahead| self.tagged(number, place, ahead));
        codes.into_iter().find(|presented| minutes().all(|right| right != *presented))
    }

    /// A presented number without its suffix, and the phone whose tag that is, if it is a right one.
    pub(super) fn meaning<'a>(&self, presented: &'a str) -> Option<(usize, &'a str)> {
        let (number, suffix) = presented.split_at_checked(presented.len().checked_sub(self.length())?)?;
        let place = usize::try_from(suffix.chars().next()?.to_digit(10)?).ok()?;
        let minute = self.minute.get();
        let is_full = number.trim_start_matches('+').len() == FULL_NUMBER;
        let mut right = (minute - 1..=minute + 1).map(|minute| self.suffix(number, place, minute));
        (is_full && right.any(|right| right == suffix)).then_some((place, number))
    }

    /// Makes and opens the texts of short messages between SIM and service.
    pub(super) fn sealer(&self) -> Sealer<impl Fn(&[u8]) -> u64 + use<>> {
        let key = self.key.clone();
        Sealer { mac: move |message: &[u8]| key.as_ref().map_or_else(|| unkeyed(message), |key| key.mac(message)) }
    }

    /// Of what stands behind the number.
    fn length(&self) -> usize {
        match self.check_digits {
            None => 1,
            Some(CheckDigits::One) => 2,
            Some(CheckDigits::Two) => 3,
        }
    }

    fn suffix(&self, number: &str, place: usize, minute: u64) -> String {
        let (Some(digits), Some(key)) = (self.check_digits, &self.key) else { return place.to_string() };
        let digits_only = number.trim_start_matches('+');
        let full = E164::parse(&format!("+{digits_only}")).expect("a full number");
        let tag = u8::try_from(place).ok().and_then(Tag::new).expect("a tag");
        let keyed = Keyed { digits, step: Step::at(minute * 60), mac: |message: &[u8]| key.mac(message) };
        let tagged = keyed.encode_withheld(&full, tag).expect("room for a tag");
        tagged[digits_only.len()..].to_owned()
    }
}
