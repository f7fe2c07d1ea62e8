//! What carriers, callers and short codes do to a caller ID, one test for each.

use caller_tag::suffix1::{Caller, Decoded, EncodeError, Tag, Tags, decode, encode, encode_withheld};
use caller_tag::{E164, NumberingPlan};

fn plan(code: u16) -> NumberingPlan {
    NumberingPlan::for_calling_code(code).expect("an assigned calling code")
}

fn tag(digit: u8) -> Tag {
    Tag::new(digit).expect("a digit")
}

fn number(number: &str) -> E164 {
    E164::parse(number).expect("a valid number")
}

/// Decodes at home in the country with this calling code, with all tags in use and no access number.
fn at_home(code: u16, presented: &str) -> Decoded<'_> {
    decode(presented, &plan(code), Tags::ALL, &[])
}

fn tagged(digit: u8, caller: &str) -> Decoded<'_> {
    Decoded::Tagged { tag: tag(digit), caller: Caller::Number(caller) }
}

#[test]
fn the_presented_form_is_kept() {
    assert_eq!(at_home(1, "155501999992"), tagged(2, "15550199999"));
    assert_eq!(at_home(1, "+155501999992"), tagged(2, "+15550199999"));
    assert_eq!(at_home(49, "00155501999992"), tagged(2, "0015550199999"));
    assert_eq!(at_home(44, "077009001232"), tagged(2, "07700900123"));
}

#[test]
fn real_callers_are_direct() {
    for presented in ["+15550199999", "15550199999", "5550199999", "01115550199999"] {
        assert_eq!(at_home(1, presented), Decoded::Direct, "{presented}");
    }
    for presented in ["+447700900123", "00447700900123", "07700900123", "447700900123", "7700900123"] {
        assert_eq!(at_home(44, presented), Decoded::Direct, "{presented}");
    }
    // German numbers of ten and of eleven digits behind 017: either may be real.
    assert_eq!(at_home(49, "01701234567"), Decoded::Direct);
    assert_eq!(at_home(49, "017012345672"), Decoded::Direct);
}

#[test]
fn a_national_number_may_look_like_an_international_one() {
    // A Russian number behind 810, which is also Russia's international prefix: as such it would be Chinese and tagged.
    assert_eq!(at_home(7, "81086102000000"), Decoded::Direct);
    assert_eq!(at_home(7, "810155501999992"), tagged(2, "81015550199999"));
}

#[test]
fn a_carrier_takes_the_leading_zero_off() {
    // Ten North American digits and a tag may be a Brazilian number.
    assert_eq!(at_home(1, "55501999992"), Decoded::Direct);
    assert_eq!(at_home(1, "155501999992"), tagged(2, "15550199999"));
    assert_eq!(at_home(1, "5550199999"), Decoded::Direct);
    assert_eq!(at_home(33, "6123456784"), tagged(4, "612345678"));
    // Without the zero, and with the tag, this might be a caller in Kazakhstan: it stays one.
    assert_eq!(at_home(44, "77009001234"), Decoded::Direct);
}

#[test]
fn a_carrier_keeps_or_adds_a_leading_zero() {
    assert_eq!(at_home(44, "+44077009001232"), tagged(2, "+4407700900123"));
    assert_eq!(at_home(44, "+077009001232"), tagged(2, "+07700900123"));
    assert_eq!(at_home(44, "+0044077009001232"), tagged(2, "+004407700900123"));
    assert_eq!(at_home(44, "+4407700900123"), Decoded::Direct);
}

#[test]
fn a_carrier_drops_or_rewrites_the_caller() {
    for presented in ["", "+", "anonymous", "Unavailable", "PRIVATE", "0", "00", "+0", "O2", "Bank24", "sip:2@example"]
    {
        assert_eq!(at_home(49, presented), Decoded::Direct, "{presented}");
    }
}

#[test]
fn short_codes_services_and_emergency_numbers_are_direct() {
    for code in [1, 33, 39, 43, 44, 49, 61, 81, 86, 91] {
        for presented in [
            "112",
            "911",
            "999",
            "110",
            "000",
            "08",
            "1122",
            "116117",
            "22922",
            "118000",
            "1234567",
            "+112",
            "+911",
            "*100#",
            "*31#5550199992",
            "#31#5550199992",
            "**21*15550199992#",
            "15550199999,2",
            "15550199999p2",
        ] {
            assert_eq!(at_home(code, presented), Decoded::Direct, "{presented} in {code}");
        }
    }
}

#[test]
fn digits_of_other_scripts_are_no_digits() {
    assert_eq!(at_home(1, "١٥٥٥٠١٩٩٩٩٩٢"), Decoded::Direct);
    assert_eq!(at_home(1, "15550199999２"), Decoded::Direct);
    assert_eq!(at_home(1, "１5550199999"), Decoded::Direct);
}

#[test]
fn a_tag_that_is_not_in_use_is_no_tag() {
    let tags: Tags = [tag(1), tag(3)].into_iter().collect();
    assert_eq!(decode("155501999992", &plan(1), tags, &[]), Decoded::Direct);
    assert_eq!(decode("155501999993", &plan(1), tags, &[]), tagged(3, "15550199999"));
    assert_eq!(decode("155501999993", &plan(1), Tags::default(), &[]), Decoded::Direct);
}

#[test]
fn a_withheld_caller_comes_from_the_access_number() {
    let access = [number("+15550100000"), number("+4930123456")];
    let withheld = |presented| decode(presented, &plan(49), Tags::ALL, &access);
    let from = |digit| Decoded::Tagged { tag: tag(digit), caller: Caller::Withheld };
    assert_eq!(encode_withheld(&access[0], tag(7)).as_deref(), Ok("155501000007"));
    assert_eq!(withheld("+155501000007"), from(7));
    assert_eq!(withheld("00155501000007"), from(7));
    // A German extension is a possible number itself; it belongs to the service all the same.
    assert_eq!(encode(&access[1], tag(5)), Err(EncodeError::Ambiguous));
    assert_eq!(withheld("0301234565"), from(5));
    assert_eq!(withheld("030123456"), Decoded::Direct);
    assert_eq!(decode("0301234565", &plan(49), Tags::default(), &access), Decoded::Direct);
    assert_eq!(decode("0301234565", &plan(49), Tags::ALL, &access[..1]), Decoded::Direct);
}

#[test]
fn no_more_than_fifteen_digits() {
    // A German national subscriber number: 2 and 13 digits.
    assert_eq!(encode(&number("+493212345678901"), tag(1)), Err(EncodeError::TooLong));
    assert_eq!(encode_withheld(&number("+493212345678901"), tag(1)), Err(EncodeError::TooLong));
    assert_eq!(at_home(1, "+1555019999922222"), Decoded::Direct);
    assert_eq!(at_home(1, "0000000000000000000000000000000000000000"), Decoded::Direct);
}

#[test]
fn numbers_that_cannot_carry_a_tag_are_refused() {
    // Vienna and Berlin: any subscriber number may go on for a direct-dial extension.
    for caller in ["+4315551234", "+4930123456"] {
        assert_eq!(encode(&number(caller), tag(2)), Err(EncodeError::Ambiguous), "{caller}");
    }
    for caller in ["+15550199999", "+447700900123", "+33612345678", "+393331234567", "+353851234567"] {
        assert!(encode(&number(caller), tag(2)).is_ok(), "{caller}");
    }
}

#[test]
fn numbers_do_not_show_in_debug_output() {
    assert_eq!(format!("{:?}", at_home(1, "155501999992")), "Tagged(2, Number(11 characters))");
}

#[test]
fn two_tagged_calls_at_once_are_told_apart() {
    let callers = [at_home(1, "155501999992"), at_home(1, "155501999993")];
    assert_eq!(callers, [tagged(2, "15550199999"), tagged(3, "15550199999")]);
}
