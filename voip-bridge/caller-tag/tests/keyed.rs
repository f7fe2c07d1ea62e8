//! What holds of `suffix-keyed` for every number of every country, with HMAC-SHA-256 (RFC 2104) as its function.

mod metadata;
mod numbers;

use caller_tag::suffix_keyed::{CheckDigits, Keyed, Step};
use std::cell::Cell;

use caller_tag::suffix1::{Caller, Decoded, EncodeError, Tag, Tags};
use caller_tag::{E164, NumberingPlan};
use hmac::{Hmac, KeyInit, Mac};
use numbers::{home, like_international, number, tag};
use proptest::prelude::*;
use sha2::Sha256;

/// The scheme at a time, under a key.
fn keyed(key: &[u8], digits: CheckDigits, seconds: u64) -> Keyed<impl Fn(&[u8]) -> u64> {
    let key = key.to_owned();
    let mac = move |message: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key of any length will do");
        mac.update(message);
        let code = mac.finalize().into_bytes();
        u64::from_be_bytes(code[..8].try_into().expect("eight bytes"))
    };
    Keyed { digits, step: Step::at(seconds), mac }
}

fn digits() -> impl Strategy<Value = CheckDigits> {
    prop_oneof![Just(CheckDigits::One), Just(CheckDigits::Two)]
}

fn length(digits: CheckDigits) -> usize {
    match digits {
        CheckDigits::One => 1,
        CheckDigits::Two => 2,
    }
}

fn tagged(presented: &str, digits: CheckDigits, tag: Tag) -> Decoded<'_> {
    let caller = &presented[..presented.len() - 1 - length(digits)];
    Decoded::Tagged { tag, caller: Caller::Number(caller) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tag_comes_back_within_a_minute(
        number in number(), tag in tag(), abroad in home(), digits in digits(),
        key in any::<[u8; 16]>(), sent in 60..u64::MAX - 60, skew in -60..=60_i64,
    ) {
        let caller = E164::parse(&number.full()).expect("the metadata calls it valid");
        let full = match keyed(&key, digits, sent).encode(&caller, tag) {
            Ok(full) => full,
            Err(error) => {
                let room = caller.digits().len() + 1 + length(digits) <= 15;
                prop_assert_eq!(error, if room { EncodeError::Ambiguous } else { EncodeError::TooLong });
                return Ok(());
            }
        };
        let here = keyed(&key, digits, sent.saturating_add_signed(skew));
        for plan in [number.plan(), abroad] {
            let plus = format!("+{full}");
            prop_assert_eq!(here.decode(&plus, &plan, Tags::ALL, &[]), tagged(&plus, digits, tag));
            let dialled = format!("{}{full}", plan.international_prefix());
            let decoded = here.decode(&dialled, &plan, Tags::ALL, &[]);
            let hidden = decoded == Decoded::Direct && like_international(&plan);
            prop_assert!(hidden || decoded == tagged(&dialled, digits, tag), "{}", dialled);
        }
    }

    #[test]
    fn a_direct_call_is_never_misread(
        number in number(), abroad in home(), digits in digits(), key in any::<[u8; 16]>(), seconds in any::<u64>(),
    ) {
        let (full, home) = (number.full(), number.plan());
        let keyed = keyed(&key, digits, seconds);
        for plan in [home, abroad] {
            for presented in [format!("+{full}"), format!("{}{full}", plan.international_prefix()), full.clone()] {
                prop_assert_eq!(keyed.decode(&presented, &plan, Tags::ALL, &[]), Decoded::Direct, "{}", presented);
            }
        }
        for presented in [format!("{}{}", home.trunk_prefix(), number.national), number.national] {
            prop_assert_eq!(keyed.decode(&presented, &home, Tags::ALL, &[]), Decoded::Direct, "{}", presented);
        }
    }

    /// All codes are tried: of a hundred, or ten, a stranger has three that work, and none for another tag in use.
    #[test]
    fn three_codes_are_right(
        number in number(), tag in tag(), digits in digits(), key in any::<[u8; 16]>(), seconds in 60..u64::MAX - 60,
    ) {
        let (plan, keyed) = (number.plan(), keyed(&key, digits, seconds));
        let only: Tags = [tag].into_iter().collect();
        let width = length(digits);
        let right = (0..10_usize.pow(width as u32))
            .filter(|code| {
                let guess = format!("+{}{tag}{code:0width$}", number.full());
                keyed.decode(&guess, &plan, only, &[]) != Decoded::Direct
            })
            .count();
        prop_assert!(right <= 3, "{}", right);
        let caller = E164::parse(&number.full()).expect("the metadata calls it valid");
        prop_assert_eq!(right == 0, keyed.encode(&caller, tag).is_err());
    }

    #[test]
    fn any_string_is_read_without_panic(
        presented in any::<String>(), numeric in "[+]?[0-9]{0,20}", plan in home(), digits in digits(), access in number(),
        seconds in any::<u64>(),
    ) {
        let access = E164::parse(&access.full()).expect("the metadata calls it valid");
        for presented in [presented, numeric] {
            let _ = keyed(b"key", digits, seconds).decode(&presented, &plan, Tags::ALL, &[access]);
        }
    }
}

fn us() -> NumberingPlan {
    NumberingPlan::for_calling_code(1).expect("North America")
}

fn caller() -> E164 {
    E164::parse("+15550199999").expect("a number")
}

fn two() -> Tag {
    Tag::new(2).expect("a digit")
}

/// The two sides may run different versions of this crate: what is signed, and how it is shown, stays as it is. The
/// code was computed apart from it, with Python's `hmac`.
#[test]
fn the_code_is_what_it_has_always_been() {
    let sent = keyed(b"sixteen byte key", CheckDigits::Two, 1_790_000_000);
    assert_eq!(sent.encode(&caller(), two()).as_deref(), Ok("15550199999265"));
    let sent = keyed(b"sixteen byte key", CheckDigits::One, 1_790_000_000);
    assert_eq!(sent.encode(&caller(), two()).as_deref(), Ok("1555019999925"));
}

/// Of 2000 codes seen, those that work for something else are as many as guesses would be.
#[test]
fn a_code_is_for_one_caller_one_tag_and_three_minutes() {
    let others = |other: &dyn Fn(&str, u64) -> (String, u64)| {
        let worked = (0..2_000).map(|case| 1_790_000_000 + case * 3_600).filter(|sent| {
            let full = keyed(b"key", CheckDigits::Two, *sent).encode(&caller(), two()).expect("it can carry a tag");
            let (shown, read) = other(&full, *sent);
            keyed(b"key", CheckDigits::Two, read).decode(&shown, &us(), Tags::ALL, &[]) != Decoded::Direct
        });
        worked.count()
    };
    assert_eq!(others(&|full, sent| (format!("+{full}"), sent)), 2_000);
    let guesses = 30..=90;
    let another_caller = others(&|full, sent| (format!("+15550199998{}", &full[11..]), sent));
    let another_tag = others(&|full, sent| (format!("+{}3{}", &full[..11], &full[12..]), sent));
    let later = others(&|full, sent| (format!("+{full}"), sent + 120));
    let earlier = others(&|full, sent| (format!("+{full}"), sent - 120));
    for worked in [another_caller, another_tag, later, earlier] {
        assert!(guesses.contains(&worked), "{worked} of 2000");
    }
}

#[test]
fn a_withheld_caller_comes_from_the_access_number() {
    let access = E164::parse("+15550100000").expect("a number");
    let now = keyed(b"key", CheckDigits::Two, 1_790_000_000);
    let shown = now.encode_withheld(&access, two()).expect("there is room");
    let withheld = Decoded::Tagged { tag: two(), caller: Caller::Withheld };
    assert_eq!(now.decode(&shown, &us(), Tags::ALL, &[access]), withheld);
    let later = keyed(b"key", CheckDigits::Two, 1_790_000_000 + 600);
    assert_eq!(later.decode(&shown, &us(), Tags::ALL, &[access]), Decoded::Direct);
    assert_eq!(now.decode(&shown, &us(), Tags::default(), &[access]), Decoded::Direct, "the tag is not in use");
}

#[test]
fn a_national_form_has_the_code_of_the_full_number() {
    let caller = E164::parse("+33612345678").expect("a number");
    let plan = NumberingPlan::for_calling_code(33).expect("France");
    let now = keyed(b"key", CheckDigits::Two, 1_790_000_000);
    let full = now.encode(&caller, two()).expect("it can carry a tag");
    let national = format!("0{}", full.strip_prefix("33").expect("it begins with the calling code"));
    let decoded = Decoded::Tagged { tag: two(), caller: Caller::Number("0612345678") };
    assert_eq!(now.decode(&national, &plan, Tags::ALL, &[]), decoded);
}

/// A phone on which anybody can show any caller does bounded work for each.
#[test]
fn few_codes_are_made_for_one_caller() {
    let made = Cell::new(0);
    let mac = |_: &[u8]| {
        made.set(made.get() + 1);
        u64::MAX
    };
    let now = Keyed { digits: CheckDigits::Two, step: Step::at(1_790_000_000), mac };
    let access = E164::parse("+15550100000").expect("a number");
    for presented in ["+15550100000200", "15550100000200", "+15550199999200", "01133612345678200"] {
        made.set(0);
        let _ = now.decode(presented, &us(), Tags::ALL, &[access]);
        assert!((1..=18).contains(&made.get()), "{presented}: {}", made.get());
    }
}

#[test]
fn the_clock_may_begin_and_end() {
    for seconds in [0, 59, u64::MAX] {
        let now = keyed(b"key", CheckDigits::One, seconds);
        let full = format!("+{}", now.encode(&caller(), two()).expect("it can carry a tag"));
        assert_eq!(now.decode(&full, &us(), Tags::ALL, &[]), tagged(&full, CheckDigits::One, two()));
    }
}
