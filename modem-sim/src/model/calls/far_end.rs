//! How the parties that the phone calls behave.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::Cause;

/// What happens at the other end of an outgoing call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FarEnd {
    /// Rings, then answers by itself.
    #[default]
    Answers,
    /// Rings until the console says what happens.
    Manual,
    /// Rings, and nobody answers.
    Never,
    /// Is on the phone.
    Busy,
    /// Is switched off.
    Unreachable,
    /// Nobody has this number.
    Unassigned,
    /// The network is full.
    Congested,
}

impl FarEnd {
    const NAMES: [(&'static str, Self); 7] = [
        ("auto", Self::Answers),
        ("manual", Self::Manual),
        ("never", Self::Never),
        ("busy", Self::Busy),
        ("unreachable", Self::Unreachable),
        ("unassigned", Self::Unassigned),
        ("congested", Self::Congested),
    ];

    /// The cause with which the network refuses the call; `None` when the far end rings.
    pub(super) fn refusal(self) -> Option<Cause> {
        match self {
            Self::Answers | Self::Manual | Self::Never => None,
            Self::Busy => Some(Cause::BUSY),
            Self::Unreachable => Some(Cause::OUT_OF_ORDER),
            Self::Unassigned => Some(Cause::UNASSIGNED),
            Self::Congested => Some(Cause::CONGESTION),
        }
    }
}

impl std::fmt::Display for FarEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name);
        f.pad(name)
    }
}

impl FromStr for FarEnd {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::NAMES.map(|(name, _)| name).join("|");
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| *value).ok_or_else(|| format!("bad policy '{text}', use {names}"))
    }
}

/// The behaviour of single numbers, and of all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FarEnds {
    /// Everyone who has no rule.
    pub others: FarEnd,
    rules: BTreeMap<String, FarEnd>,
}

impl FarEnds {
    /// Sets how one number behaves.
    pub fn set(&mut self, number: &str, far_end: FarEnd) {
        self.rules.insert(number.to_owned(), far_end);
    }

    /// How this number behaves.
    pub fn of(&self, number: &str) -> FarEnd {
        self.rules.get(number).copied().unwrap_or(self.others)
    }

    /// The numbers that have a rule of their own.
    pub fn rules(&self) -> impl Iterator<Item = (&str, FarEnd)> {
        self.rules.iter().map(|(number, far_end)| (number.as_str(), *far_end))
    }
}
