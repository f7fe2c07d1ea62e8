//! Whom a phone may call through this service, and to whom it may send messages.
//!
//! Full numbers that begin as the configuration allows, and not as it forbids. It refuses everything else: emergency
//! numbers, short codes and services never go through a bridge, whatever is configured, as they are no full numbers.

use caller_tag::{E164, NumberingPlan, Target};

use crate::cause::Cause;
use crate::settings::Calls;

/// Whom these digits call.
pub(crate) fn target(digits: &str, plan: &NumberingPlan, calls: &Calls) -> Result<Target, Cause> {
    let target = Target::read(digits, plan).ok_or(Cause::INVALID_NUMBER)?;
    if allowed(&target.number, calls) { Ok(target) } else { Err(Cause::BARRED) }
}

/// Whether phones may call this number, and send messages to it.
pub(crate) fn allowed(number: &E164, calls: &Calls) -> bool {
    let begins = |prefixes: &[String]| prefixes.iter().any(|prefix| number.digits().starts_with(prefix.as_str()));
    begins(&calls.allowed) && !begins(&calls.forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(allowed: &[&str], forbidden: &[&str]) -> Calls {
        let owned = |prefixes: &[&str]| prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        Calls {
            trunk: String::new(),
            country: 49,
            most: 1,
            ring_seconds: 1,
            longest_seconds: 1,
            drain_seconds: 0,
            most_per_number: 1,
            out_per_minute: 1,
            out_at_once: 1,
            allowed: owned(allowed),
            forbidden: owned(forbidden),
        }
    }

    fn dial(digits: &str, allowed: &[&str], forbidden: &[&str]) -> Result<String, Cause> {
        let plan = NumberingPlan::for_calling_code(49).expect("Germany");
        target(digits, &plan, &calls(allowed, forbidden)).map(|target| target.number.to_string())
    }

    #[test]
    fn every_form_of_an_allowed_number_is_called() {
        for digits in ["03012345678", "00493012345678", "*0493012345678", "*1493012345678"] {
            assert_eq!(dial(digits, &["49", "43"], &["49900"]).as_deref(), Ok("+493012345678"));
        }
    }

    #[test]
    fn nothing_is_called_that_is_not_allowed() {
        assert_eq!(dial("03012345678", &[], &[]), Err(Cause::BARRED));
        assert_eq!(dial("03012345678", &["43"], &[]), Err(Cause::BARRED));
        assert_eq!(dial("09001234567", &["49"], &["49900"]), Err(Cause::BARRED));
    }

    #[test]
    fn emergency_numbers_and_services_are_never_called() {
        for digits in [
            "112",
            "110",
            "911",
            "999",
            "116117",
            "0112",
            "0110",
            "00112",
            "+112",
            "+49112",
            "0049112",
            "49112",
            "*100",
            "",
            "0",
            "*31#03012345678",
            "*0112",
            "*149112",
        ] {
            assert_eq!(dial(digits, &["1", "4", "9", "49"], &[]), Err(Cause::INVALID_NUMBER), "{digits}");
        }
    }
}
