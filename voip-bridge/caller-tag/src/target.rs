//! Whom a phone calls through the number service, as tones in the call to its access number.
//!
//! A router sends `*0` and the full number, or `*1` and the full number of somebody who is not to see the phone's own
//! (CLIR): that reads the same in every country. People send the number as they would dial it. `#` ends both. It
//! refuses what is no full number: short codes, services and emergency numbers are not called through a service.

use std::fmt;

use crate::{E164, NumberingPlan};

/// Behind which a router's full number comes, for a caller that is shown and for one that is not.
const SHOWN: &str = "*0";
const WITHHELD: &str = "*1";

/// Whom a phone calls.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The number.
    pub number: E164,
    /// The phone does not want to be seen as its own number.
    pub withheld: bool,
}

impl Target {
    /// The tones that say this, with the `#` at their end.
    pub fn tones(&self) -> String {
        let mark = if self.withheld { WITHHELD } else { SHOWN };
        format!("{mark}{}#", self.number.digits())
    }

    /// Reads the tones before the `#`, in a country of this plan.
    pub fn read(tones: &str, plan: &NumberingPlan) -> Option<Self> {
        let full = |mark| tones.strip_prefix(mark).map(|number| E164::parse(number).ok());
        let (number, withheld) = match (full(SHOWN), full(WITHHELD)) {
            (Some(number), _) => (number?, false),
            (_, Some(number)) => (number?, true),
            (None, None) => (plan.read(tones)?, false),
        };
        Some(Self { number, withheld })
    }
}

/// Does not show the number.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("withheld", &self.withheld).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(number: &str, withheld: bool) -> Option<Target> {
        Some(Target { number: E164::parse(number).expect("a number"), withheld })
    }

    #[test]
    fn a_router_is_understood_in_every_country() {
        for number in ["+15550199999", "+493012345678", "+78121234567", "+81312345678", "+861012345678"] {
            for withheld in [false, true] {
                let target = target(number, withheld);
                let tones = target.expect("a target").tones();
                let digits = tones.strip_suffix('#').expect("an end");
                for country in [1, 7, 39, 49, 61] {
                    let plan = NumberingPlan::for_calling_code(country).expect("a country");
                    assert_eq!(Target::read(digits, &plan), target);
                }
            }
        }
    }

    #[test]
    fn people_dial_as_they_always_do() {
        let plan = NumberingPlan::for_calling_code(49).expect("Germany");
        for tones in ["03012345678", "00493012345678", "493012345678"] {
            assert_eq!(Target::read(tones, &plan), target("+493012345678", false), "{tones}");
        }
    }

    #[test]
    fn what_is_no_full_number_is_not_called() {
        let plan = NumberingPlan::for_calling_code(49).expect("Germany");
        for tones in ["", "*", "*0", "*1", "112", "*0112", "*1112", "*2493012345678", "*003012345678"] {
            assert_eq!(Target::read(tones, &plan), None, "{tones}");
        }
    }
}
