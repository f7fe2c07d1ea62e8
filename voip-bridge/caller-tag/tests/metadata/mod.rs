//! The world's numbering plans as `rlibphonenumber` carries them (metadata of libphonenumber), read as automata,
//! so that tests can ask which lengths follow which digits, and draw numbers, without guessing.

// Each test file uses its own part of this module.
#![allow(dead_code)]
// The fields are marked for users of the library's wrappers, which empty them; here they come straight from the file.
#![allow(deprecated)]

use prost::Message;
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::{primitives::StateID, start, syntax};
use rlibphonenumber::{PhoneMetadata, PhoneMetadataCollection, PhoneNumberDesc};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

type Dfa = dense::DFA<Vec<u32>>;

/// How many numbers there are of each length: index is the length.
pub(crate) type Counts = [f64; 16];

/// A part of the description of a region.
type Part = fn(&PhoneMetadata) -> Option<&PhoneNumberDesc>;

/// Every kind of number, each with its name in libphonenumber; voice-mail boxes are left out (see `numbering`).
const KINDS: [(&str, Part); 9] = [
    ("fixed line", |region| region.fixed_line.as_ref()),
    ("mobile", |region| region.mobile.as_ref()),
    ("toll free", |region| region.toll_free.as_ref()),
    ("premium rate", |region| region.premium_rate.as_ref()),
    ("shared cost", |region| region.shared_cost.as_ref()),
    ("personal", |region| region.personal_number.as_ref()),
    ("voip", |region| region.voip.as_ref()),
    ("pager", |region| region.pager.as_ref()),
    ("uan", |region| region.uan.as_ref()),
];

/// One country calling code with all that is valid behind it.
pub(crate) struct Country {
    pub(crate) code: String,
    /// Dialled before a national number; empty when nothing is.
    pub(crate) trunk: String,
    /// Dialled before a country calling code.
    pub(crate) international: String,
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
    let mut world = BTreeMap::<String, Country>::new();
    let mut regions = source().1;
    regions.sort_by_key(|region| (!region.main_country_for_code(), region.id.clone()));
    for region in &regions {
        let code = region.country_code().to_string();
        // The main region of a code comes first, and its prefixes are the country's.
        let country = world.entry(code.clone()).or_insert_with(|| country(code, region));
        country.kinds.extend(kinds(region, 15 - country.code.len()));
    }
    world.into_values().collect()
}

/// The platform that the tests are built for and on.
fn host() -> String {
    let version = Command::new(env!("CARGO")).arg("-vV").output().expect("cargo runs");
    let text = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo -vV names the host");
    host.to_owned()
}

/// The version of `rlibphonenumber` and its metadata. The crate does not hand it out, so this reads the file in the
/// source that cargo has built.
pub(crate) fn source() -> (String, Vec<PhoneMetadata>) {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        // Without the dependencies of other platforms, which cargo has not fetched.
        .args(["--filter-platform", &host()])
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    let workspace: serde_json::Value = serde_json::from_slice(&cargo.stdout).expect("cargo metadata writes JSON");
    let packages = workspace["packages"].as_array().expect("it lists the packages");
    let package = packages.iter().find(|package| package["name"] == "rlibphonenumber").expect("a dependency");
    let text = |field: &str| package[field].as_str().expect("a string").to_owned();
    let file = Path::new(&text("manifest_path")).with_file_name("src/generated/metadata/metadata.bin");
    let bytes = fs::read(file).expect("the crate keeps its metadata there");
    let regions = PhoneMetadataCollection::decode(bytes.as_slice()).expect("it is in protobuf").metadata;
    (text("version"), regions)
}

/// A country with the prefixes of its main region. Where the metadata has only a pattern for the international one, and
/// no usual one, it is 00.
fn country(code: String, main: &PhoneMetadata) -> Country {
    let usual = main.preferred_international_prefix().replace('~', "");
    let only = main.international_prefix().trim_start_matches("^(?:").trim_end_matches(")$");
    let candidates = [usual.as_str(), only];
    let digits = |prefix: &&str| !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
    let international = candidates.into_iter().find(digits).unwrap_or("00").to_owned();
    Country { code, trunk: main.national_prefix().to_owned(), international, kinds: Vec::new() }
}

fn kinds(region: &PhoneMetadata, longest: usize) -> Vec<Kind> {
    let general = region.general_desc.as_ref().expect("each region has one");
    let pattern = Arc::new(dfa(general.national_number_pattern()));
    let lengths_of = |kind: &PhoneNumberDesc| match kind.possible_length.as_slice() {
        [] => u16::MAX,
        // A length of -1 says that there is no such kind.
        list => list.iter().filter(|length| (0..16).contains(*length)).fold(0, |bits, length| bits | 1 << length),
    };
    let lengths = lengths_of(general) & ((2 << longest) - 1);
    let special = KINDS.iter().filter_map(|(name, of)| Some((*name, of(region)?)));
    special
        .filter(|(_, kind)| !kind.national_number_pattern().is_empty() && lengths & lengths_of(kind) != 0)
        .map(|(name, kind)| Kind {
            name,
            general: Arc::clone(&pattern),
            special: dfa(kind.national_number_pattern()),
            lengths: lengths & lengths_of(kind),
            counts: RefCell::default(),
        })
        .collect()
}

/// An automaton for `pattern`, which is anchored on both sides.
fn dfa(pattern: &str) -> Dfa {
    dense::Builder::new()
        .configure(dense::Config::new().start_kind(StartKind::Anchored))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build(pattern)
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
