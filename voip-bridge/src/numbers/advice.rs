//! What an operator should know about a number before it is used. Advice only: nothing is refused for it.
//!
//! Which countries have callers that cannot carry a tag, and why, is in the documentation of `caller-tag`; the very
//! text is quoted here. Whether a number can be in service is libphonenumber's word (`rlibphonenumber`).

use caller_tag::E164;
use rlibphonenumber::PhoneNumber;

/// The most digits that a number has (ITU-T E.164).
const LONGEST: usize = 15;

/// What is known of tags in each country.
const CALLER_TAGS: &str = include_str!("../../caller-tag/docs/caller-tags.md");

/// Why some callers from the country of this SIM will be shown as withheld, where `suffix` digits stand behind a
/// number; empty when all can carry them.
pub fn country_advice(sim: &E164, suffix: usize) -> Vec<String> {
    let Some(code) = calling_code(sim) else { return Vec::new() };
    let rows = CALLER_TAGS.lines().filter_map(|line| {
        // Calling code, kind, and a share for each length of the suffix.
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (row_code, kind, share) = (cells.first()?, cells.get(1)?, cells.get(1 + suffix)?);
        (*row_code == code && *share != "none")
            .then(|| format!("{share} of the {kind} numbers of +{code} cannot carry a tag"))
    });
    let mut advice: Vec<String> = rows.collect();
    if !advice.is_empty() {
        advice.extend(reasons(&code));
    }
    if sim.digits().len() + suffix > LONGEST {
        advice.push(format!("numbers of +{code} that are as long as that of this SIM have no room for a tag"));
    }
    if !advice.is_empty() {
        advice.push("such callers are shown as withheld".to_owned());
    }
    advice
}

/// What is wrong with an access number, which carries a suffix of so many digits for callers who cannot.
pub fn access_advice(access: &E164, suffix: usize) -> Option<String> {
    if access.digits().len() + suffix > LONGEST {
        return Some(format!("{access} has no room for a tag: use another access number"));
    }
    let suffixes = 10_u32.pow(u32::try_from(suffix).ok()?);
    let is_number = |digits: u32| E164::parse(&format!("{access}{digits:0suffix$}")).is_ok();
    (0..suffixes).any(is_number).then(|| {
        format!(
            "{access} with {suffix} {} behind it may be somebody's number: hold those {suffixes} numbers, too, or use \
             another access number",
            if suffix == 1 { "digit" } else { "digits" }
        )
    })
}

/// Whether the numbering plan has no such number, as far as it is known.
pub fn plan_advice(number: &E164) -> Option<String> {
    let valid = PhoneNumber::parse(number.to_string(), None).is_ok_and(|number| number.is_valid());
    (!valid).then(|| format!("{number} is not in the numbering plan of its country, as far as it is known"))
}

fn calling_code(number: &E164) -> Option<String> {
    PhoneNumber::parse(number.to_string(), None).ok().map(|number| number.country_code.to_string())
}

/// The items of the documentation's list that speak of this calling code, each on one line and without its marks.
fn reasons(code: &str) -> impl Iterator<Item = String> {
    let mark = format!("({code})");
    let items = CALLER_TAGS.split("\n* ").skip(1).map(|item| item.split("\n\n").next().unwrap_or_default());
    items
        .filter(move |item| item.split("**").nth(1).is_some_and(|head| head.contains(&mark)))
        .map(|item| item.split_whitespace().collect::<Vec<_>>().join(" ").replace("**", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> E164 {
        E164::parse(text).unwrap()
    }

    #[test]
    fn a_german_sim_comes_with_a_reason() {
        let advice = country_advice(&number("+4915123456789"), 1).join("\n");
        assert!(advice.contains("of the mobile numbers of +49 cannot carry a tag"), "{advice}");
        assert!(advice.contains("Germany (49), fixed: hardly any number can carry a tag."), "{advice}");
        assert!(!advice.contains("Austria"), "{advice}");
    }

    #[test]
    fn a_french_sim_needs_no_advice() {
        assert_eq!(country_advice(&number("+33612345678"), 1), [""; 0]);
        assert_eq!(country_advice(&number("+33612345678"), 3), [""; 0]);
    }

    /// In Singapore two more digits may make another number, and one or three do not.
    #[test]
    fn advice_is_about_the_suffix_that_is_used() {
        let share = |sim, suffix| {
            let advice = country_advice(&number(sim), suffix);
            advice.first().map(|line| line.split(' ').next().unwrap_or_default().to_owned())
        };
        assert_eq!([1, 2, 3].map(|suffix| share("+6581234567", suffix)), [None, Some("52.4".to_owned()), None]);
        assert_eq!(
            [1, 2, 3].map(|suffix| share("+6421123456", suffix)).map(|share| share.is_some()),
            [true, true, false]
        );
        // A mobile number of Germany has 13 digits: with three more it is none that a network carries.
        let long = country_advice(&number("+4915123456789"), 3).join("\n");
        assert!(long.contains("have no room for a tag\nsuch callers"), "{long}");
        assert!(!country_advice(&number("+4915123456789"), 2).join("\n").contains("no room"));
    }

    #[test]
    fn an_access_number_should_carry_a_tag() {
        for suffix in 1..=3 {
            assert_eq!(access_advice(&number("+33612345678"), suffix), None);
        }
        let advice = |access, suffix| access_advice(&number(access), suffix).unwrap_or_default();
        assert!(
            advice("+496912345678", 1).contains("1 digit behind it may be somebody's number: hold those 10 numbers")
        );
        assert!(advice("+4969123456", 3).contains("3 digits behind it may be somebody's number: hold those 1000"));
        assert!(advice("+4915123456789", 3).contains("no room"));
        assert_eq!(advice("+4915123456789", 2), "");
    }

    #[test]
    fn numbers_of_films_are_not_in_the_plan() {
        assert_eq!(plan_advice(&number("+33612345678")), None);
        assert!(plan_advice(&number("+15550100001")).is_some());
    }
}
