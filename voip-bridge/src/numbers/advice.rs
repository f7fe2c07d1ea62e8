//! What an operator should know about a number before it is used. Advice only: nothing is refused for it.
//!
//! Which countries have callers that cannot carry a tag, and why, is in the documentation of `caller-tag`; the very
//! text is quoted here. Whether a number can be in service is libphonenumber's word (`rlibphonenumber`).

use caller_tag::E164;
use caller_tag::suffix1::{self, EncodeError, Tag};
use rlibphonenumber::PhoneNumber;

/// What is known of tags in each country.
const CALLER_TAGS: &str = include_str!("../../caller-tag/docs/caller-tags.md");

/// Why some callers from the country of this SIM will be shown as withheld; empty when all can carry a tag.
pub fn country_advice(sim: &E164) -> Vec<String> {
    let Some(code) = calling_code(sim) else { return Vec::new() };
    let rows = CALLER_TAGS.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [row_code, kind, share, ..] = cells[..] else { return None };
        (row_code == code && share != "none")
            .then(|| format!("{share} of the {kind} numbers of +{code} cannot carry a tag"))
    });
    let mut advice: Vec<String> = rows.collect();
    if !advice.is_empty() {
        advice.extend(reasons(&code));
        advice.push("such callers are shown as withheld".to_owned());
    }
    advice
}

/// What is wrong with an access number, which carries the tag for callers who cannot.
pub fn access_advice(access: &E164) -> Option<String> {
    let encoded = Tag::new(0).map(|tag| suffix1::encode(access, tag))?;
    match encoded {
        Err(EncodeError::Ambiguous) => Some(format!(
            "{access} with a digit behind it may be somebody's number: hold those ten numbers, too, or use another \
             access number"
        )),
        Err(EncodeError::TooLong) => Some(format!("{access} has no room for a tag: use another access number")),
        Ok(_) => None,
    }
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
        let advice = country_advice(&number("+4915123456789")).join("\n");
        assert!(advice.contains("of the mobile numbers of +49 cannot carry a tag"), "{advice}");
        assert!(advice.contains("Germany (49), fixed: hardly any number can carry a tag."), "{advice}");
        assert!(!advice.contains("Austria"), "{advice}");
    }

    #[test]
    fn a_french_sim_needs_no_advice() {
        assert_eq!(country_advice(&number("+33612345678")), [""; 0]);
    }

    #[test]
    fn an_access_number_should_carry_a_tag() {
        assert_eq!(access_advice(&number("+33612345678")), None);
        assert!(access_advice(&number("+496912345678")).unwrap().contains("somebody's number"));
    }

    #[test]
    fn numbers_of_films_are_not_in_the_plan() {
        assert_eq!(plan_advice(&number("+33612345678")), None);
        assert!(plan_advice(&number("+15550100001")).is_some());
    }
}
