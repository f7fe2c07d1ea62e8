//! Numbers of every country for property tests, drawn from the metadata.

// Each test file uses its own part of this module.
#![allow(dead_code)]

use std::cell::OnceCell;

use caller_tag::NumberingPlan;
use caller_tag::suffix1::Tag;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::metadata::{Country, world};

thread_local! {
    static WORLD: OnceCell<Vec<Country>> = const { OnceCell::new() };
}

/// A valid number: calling code, national number, and whether no two lengths of its country are neighbours.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    pub(crate) code: String,
    pub(crate) national: String,
    pub(crate) unambiguous: bool,
}

impl Number {
    pub(crate) fn full(&self) -> String {
        format!("{}{}", self.code, self.national)
    }

    pub(crate) fn plan(&self) -> NumberingPlan {
        plan(&self.code)
    }
}

pub(crate) fn plan(code: &str) -> NumberingPlan {
    NumberingPlan::for_calling_code(code.parse().expect("a number")).expect("an assigned calling code")
}

/// A number of any country, kind and length; all lengths of a kind are equally likely, however few numbers have them.
pub(crate) fn number() -> impl Strategy<Value = Number> {
    let picks = prop::collection::vec(any::<Index>(), 15);
    (any::<Index>(), any::<Index>(), any::<Index>(), picks).prop_map(|(country, kind, length, picks)| {
        WORLD.with(|cell| {
            let world = cell.get_or_init(world);
            let country = country.get(world);
            let all = country.root(|_| true).lengths();
            let kind = kind.get(&country.kinds).name;
            let mut node = country.root(|name| name == kind);
            let lengths: Vec<usize> = (1..16).filter(|length| node.lengths() >> length & 1 == 1).collect();
            let length = *length.get(&lengths);
            let mut national = String::new();
            for pick in picks.iter().take(length) {
                let leads_on = |digit: &char| node.step(*digit as u8).lengths() >> length & 1 == 1;
                let digits: Vec<char> = ('0'..='9').filter(leads_on).collect();
                let digit = *pick.get(&digits);
                node = node.step(digit as u8);
                national.push(digit);
            }
            Number { code: country.code.clone(), national, unambiguous: all & (all >> 1) == 0 }
        })
    })
}

pub(crate) fn tag() -> impl Strategy<Value = Tag> {
    (0..=9u8).prop_map(|digit| Tag::new(digit).expect("a digit"))
}

/// Another country to be at home in.
pub(crate) fn home() -> impl Strategy<Value = NumberingPlan> {
    any::<Index>().prop_map(|country| WORLD.with(|cell| plan(&country.get(cell.get_or_init(world)).code)))
}

/// Whether national numbers of this country may look as if they began with its international prefix.
pub(crate) fn like_international(plan: &NumberingPlan) -> bool {
    let begins_with_zero = |country: &Country| country.root(|_| true).step(b'0').lengths() != 0;
    let same = |country: &&Country| country.code == plan.country_code();
    !plan.international_prefix().starts_with('0')
        || plan.trunk_prefix() == "0"
            && WORLD.with(|cell| cell.get_or_init(world).iter().find(same).is_some_and(begins_with_zero))
}
