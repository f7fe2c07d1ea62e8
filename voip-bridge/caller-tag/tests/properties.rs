//! What holds for every number of every country, with numbers drawn from the metadata.

mod metadata;
mod numbers;

use caller_tag::suffix1::{Caller, Decoded, EncodeError, Tag, Tags, decode, encode};
use caller_tag::{E164, numbering};
use numbers::{home, like_international, number, tag};
use proptest::prelude::*;
use proptest::sample::Index;

fn tagged(presented: &str, tag: Tag) -> Decoded<'_> {
    Decoded::Tagged { tag, caller: Caller::Number(&presented[..presented.len() - 1]) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_was_written(written in "[+0-9() .*#-]{0,20}", home in home()) {
        if let Some(number) = home.read(&written) {
            let digits: String = written.chars().filter(char::is_ascii_digit).collect();
            // The end of the number is what was written, whatever stands before it.
            let behind_prefixes = (0..digits.len()).any(|at| number.digits().ends_with(&digits[at..]) && digits.len() - at >= 4);
            prop_assert!(behind_prefixes || digits.ends_with(number.digits()));
        }
    }

    #[test]
    fn a_tag_comes_back(number in number(), tag in tag(), abroad in home()) {
        let caller = E164::parse(&number.full()).expect("the metadata calls it valid");
        let full = match encode(&caller, tag) {
            Ok(full) => full,
            Err(error) => {
                let room = caller.digits().len() < 15;
                prop_assert_eq!(error, if room { EncodeError::Ambiguous } else { EncodeError::TooLong });
                prop_assert!(!(room && number.unambiguous), "{}", number.full());
                return Ok(());
            }
        };
        prop_assert_eq!(&full, &format!("{}{tag}", caller.digits()));
        for plan in [number.plan(), abroad] {
            let plus = format!("+{full}");
            prop_assert_eq!(decode(&plus, &plan, Tags::ALL, &[]), tagged(&plus, tag));
            let dialled = format!("{}{full}", plan.international_prefix());
            let decoded = decode(&dialled, &plan, Tags::ALL, &[]);
            let hidden = decoded == Decoded::Direct && like_international(&plan);
            prop_assert!(hidden || decoded == tagged(&dialled, tag), "{}", dialled);
            // Bare digits may also be a national number of the home country: then nothing is found, or this tag.
            let bare = decode(&full, &plan, Tags::ALL, &[]);
            prop_assert!(bare == Decoded::Direct || bare == tagged(&full, tag));
        }
        let plan = number.plan();
        let national = format!("{}{}{tag}", plan.trunk_prefix(), number.national);
        if plan.trunk_prefix().starts_with('0') && national.len() >= 8 && !like_international(&plan) {
            prop_assert_eq!(decode(&national, &plan, Tags::ALL, &[]), tagged(&national, tag));
        }
    }

    #[test]
    fn a_direct_call_is_never_misread(number in number(), abroad in home()) {
        let full = number.full();
        let home = number.plan();
        for plan in [home, abroad] {
            for presented in [format!("+{full}"), format!("{}{full}", plan.international_prefix()), full.clone()] {
                prop_assert_eq!(decode(&presented, &plan, Tags::ALL, &[]), Decoded::Direct, "{}", presented);
            }
        }
        for presented in [format!("{}{}", home.trunk_prefix(), number.national), number.national] {
            prop_assert_eq!(decode(&presented, &home, Tags::ALL, &[]), Decoded::Direct, "{}", presented);
        }
    }

    /// What the library itself, whose metadata the table is made of, calls valid is valid here, whatever else is.
    #[test]
    fn nothing_valid_is_missing(number in number(), at in any::<Index>(), digit in 0..=9u8, more in "[0-9]?") {
        let mut full = number.full() + &more;
        let at = at.index(full.len());
        full.replace_range(at..=at, &digit.to_string());
        // Its German numbers run past the fifteen digits of E.164.
        if full.len() <= 15
            && let Ok(parsed) = rlibphonenumber::PhoneNumber::parse(format!("+{full}"), None)
            && parsed.is_valid()
            && parsed.get_type() != rlibphonenumber::PhoneNumberType::VoiceMail
        {
            let full = parsed.format_as(rlibphonenumber::PhoneNumberFormat::E164).into_owned();
            prop_assert!(numbering::is_valid(full.trim_start_matches('+')), "{}", full);
        }
    }

    #[test]
    fn any_string_is_read_without_panic(presented in any::<String>(), plan in home(), access in number()) {
        let access = E164::parse(&access.full()).expect("the metadata calls it valid");
        let _ = decode(&presented, &plan, Tags::ALL, &[access]);
        let _ = E164::parse(&presented);
        let _ = numbering::is_valid(&presented);
    }

    #[test]
    fn what_is_tagged_ends_in_a_tag_in_use(presented in "[+]?[0-9]{0,20}[*#]?", plan in home(), only in tag()) {
        let decoded = decode(&presented, &plan, [only].into_iter().collect(), &[]);
        prop_assert!(decoded == Decoded::Direct || decoded == tagged(&presented, only));
    }
}
