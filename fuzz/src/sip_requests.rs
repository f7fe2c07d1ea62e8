//! Requests of peers, and what stands in their headers: who calls whom is a full number or nobody, a password that
//! nobody knows is never shown, and causes are those of Q.850.

use caller_tag::NumberingPlan;
use voip_bridge::cause::Cause;
use voip_bridge::settings::Calls;
use voip_bridge::untrusted::{request, target};

/// Takes the input as a request, as a `Reason`, and as digits that a phone has dialled.
pub fn sip_requests(input: &[u8]) {
    for country in [1, 49] {
        let plan = NumberingPlan::for_calling_code(country).expect("a country");
        if let Some(read) = request(input, &plan) {
            assert!(!read.shows_password);
            assert!(read.refused.is_none_or(|status| (400..700).contains(&status)));
            read.caller.iter().chain(&read.called).for_each(|number| full(number));
        }
        let Ok(text) = std::str::from_utf8(input) else { continue };
        if let Some(number) = target(text, &plan, &calls(country)) {
            full(&number);
            assert!(number.starts_with("+1") || number.starts_with("+49"), "{number}");
            assert!(!number.starts_with("+1900"), "{number}");
        }
    }
    if let Ok(text) = std::str::from_utf8(input)
        && let Some(cause) = Cause::from_reasons([text])
    {
        assert!((1..=127).contains(&cause.q850()));
        assert!((400..700).contains(&cause.status()));
        assert_eq!(Cause::from_reasons([cause.reason().as_str()]), Some(cause));
    }
}

/// `+` and up to fifteen digits (E.164), more than any emergency number or short code has.
fn full(number: &str) {
    let digits = number.strip_prefix('+').expect("a plus");
    assert!((4..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()), "{number}");
}

fn calls(country: u16) -> Calls {
    let text = format!(
        "{{\"trunk\": \"t\", \"country\": {country}, \"allowed\": [\"1\", \"49\"], \"forbidden\": [\"1900\"]}}"
    );
    serde_json::from_str(&text).expect("settings")
}
