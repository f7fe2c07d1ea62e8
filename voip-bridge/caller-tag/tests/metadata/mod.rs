//! The world's numbering plans as the `phonenumber` crate carries them (metadata of libphonenumber), read as automata,
//! so that tests can ask which lengths follow which digits, and draw numbers, without guessing.

// Each test file uses its own part of this module.
#![allow(dead_code)]

use phonenumber::metadata::{DATABASE, Descriptor, Metadata};
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::{primitives::StateID, start, syntax};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

type Part = fn(&Metadata) -> Option<&Descriptor>;
type Dfa = dense::DFA<Vec<u32>>;

/// How many numbers there are of each length: index is the length.
pub(crate) type Counts = [f64; 16];

/// Every kind of number, each with its name in libphonenumber; voice-mail boxes are left out (see `numbering`).
const KINDS: [(&str, Part); 9] = [
    ("fixed line", |country| country.descriptors().fixed_line()),
    ("mobile", |country| country.descriptors().mobile()),
    ("toll free", |country| country.descriptors().toll_free()),
    ("premium rate", |country| country.descriptors().premium_rate()),
    ("shared cost", |country| country.descriptors().shared_cost()),
    ("personal", |country| country.descriptors().personal_number()),
    ("voip", |country| country.descriptors().voip()),
    ("pager", |country| country.descriptors().pager()),
    ("uan", |country| country.descriptors().uan()),
];

/// One country calling code with all that is valid behind it.
pub(crate) struct Country {
    pub(crate) code: String,
    pub(crate) kinds: Vec<Kind>,
}

/// The numbers of one kind in one region.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    general: Arc<Dfa>,
    special: Dfa,
    /// Bit n: national numbers may have n digits.
    lengths: u16,
    counts: RefCell<HashMap<(StateID, StateID, usize), f64>>,
}

/// Where some leading digits lead to in every kind that still has such numbers.
pub(crate) struct Node<'a> {
    depth: usize,
    kinds: Vec<(&'a Kind, StateID, StateID)>,
}

/// All country calling codes, in the order of their digits.
pub(crate) fn world() -> Vec<Country> {
    let mut world: Vec<_> = (1..=999).filter_map(country).collect();
    world.sort_by(|a, b| a.code.cmp(&b.code));
    world
}

fn country(code: u16) -> Option<Country> {
    let mut regions = DATABASE.by_code(&code)?;
    regions.sort_by_key(|region| region.id().to_owned());
    let code = code.to_string();
    let kinds = regions.iter().flat_map(|region| kinds(region, 15 - code.len())).collect();
    Some(Country { code, kinds })
}

fn kinds(region: &Metadata, longest: usize) -> Vec<Kind> {
    let general = region.descriptors();
    let general = general.general();
    let pattern = Arc::new(dfa(general.national_number().as_str()));
    let lengths_of = |list: &[u16]| match list {
        [] => u16::MAX,
        list => list.iter().filter(|length| **length < 16).fold(0, |bits, length| bits | 1 << length),
    };
    let lengths = lengths_of(general.possible_length()) & ((2 << longest) - 1);
    let special = KINDS.iter().filter_map(|(name, of)| Some((*name, of(region)?)));
    special
        .map(|(name, kind)| Kind {
            name,
            general: Arc::clone(&pattern),
            special: dfa(kind.national_number().as_str()),
            lengths: lengths & lengths_of(kind.possible_length()),
            counts: RefCell::default(),
        })
        .collect()
}

/// An automaton that accepts exactly what `pattern` fits from first digit to last.
fn dfa(pattern: &str) -> Dfa {
    dense::Builder::new()
        .configure(dense::Config::new().start_kind(StartKind::Anchored))
        .syntax(syntax::Config::new().unicode(false).utf8(false).ignore_whitespace(true))
        .build(&format!("^(?:{pattern}\n)$"))
        .expect("the metadata's patterns are regular")
}

impl Country {
    /// Before the first digit, with every kind that `wanted` accepts.
    pub(crate) fn root(&self, wanted: impl Fn(&str) -> bool) -> Node<'_> {
        let anchored = start::Config::new().anchored(Anchored::Yes);
        let begin = |dfa: &Dfa| dfa.start_state(&anchored).expect("no look-behind in the metadata");
        let kinds = self.kinds.iter().filter(|kind| wanted(kind.name));
        Node { depth: 0, kinds: kinds.map(|kind| (kind, begin(&kind.general), begin(&kind.special))).collect() }
    }
}

impl<'a> Node<'a> {
    /// One digit further.
    pub(crate) fn step(&self, digit: u8) -> Node<'a> {
        let next = |(kind, general, special): &(&'a Kind, StateID, StateID)| {
            (*kind, kind.general.next_state(*general, digit), kind.special.next_state(*special, digit))
        };
        let alive = |(kind, general, special): &(&Kind, StateID, StateID)| {
            !kind.general.is_dead_state(*general) && !kind.special.is_dead_state(*special)
        };
        Node { depth: self.depth + 1, kinds: self.kinds.iter().map(next).filter(alive).collect() }
    }

    /// Nodes with equal keys have equal numbers below them.
    pub(crate) fn key(&self) -> Vec<(*const Kind, StateID, StateID)> {
        self.kinds.iter().map(|(kind, general, special)| (std::ptr::from_ref(*kind), *general, *special)).collect()
    }

    /// Lengths of the national numbers that begin like this; bit n stands for n digits in all.
    pub(crate) fn lengths(&self) -> u16 {
        let counts = self.counts();
        (0..16).filter(|length| counts[*length] > 0.0).fold(0, |bits, length| bits | 1 << length)
    }

    /// How many national numbers begin like this, by their whole length; one of two kinds counts twice.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for (kind, general, special) in &self.kinds {
            for length in (self.depth..16).filter(|length| kind.lengths >> length & 1 == 1) {
                sum[length] += kind.count(*general, *special, length - self.depth);
            }
        }
        sum
    }
}

impl Kind {
    /// How many strings of `digits` digits lead from these states to a number.
    fn count(&self, general: StateID, special: StateID, digits: usize) -> f64 {
        if self.general.is_dead_state(general) || self.special.is_dead_state(special) {
            return 0.0;
        }
        if let Some(count) = self.counts.borrow().get(&(general, special, digits)) {
            return *count;
        }
        let accepts = |dfa: &Dfa, state| dfa.is_match_state(dfa.next_eoi_state(state));
        let count = match digits {
            0 if accepts(&self.general, general) && accepts(&self.special, special) => 1.0,
            0 => 0.0,
            _ => {
                let next = |digit| (self.general.next_state(general, digit), self.special.next_state(special, digit));
                (b'0'..=b'9').map(next).map(|(general, special)| self.count(general, special, digits - 1)).sum()
            }
        };
        self.counts.borrow_mut().insert((general, special, digits), count);
        count
    }
}
