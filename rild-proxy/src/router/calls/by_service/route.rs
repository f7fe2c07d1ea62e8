//! Which calls of a phone go by way of the number service, and to whom.
//!
//! Full numbers and national ones do. Emergency numbers, service strings and short codes are dialled as they came and
//! are seen as the SIM's number: the service calls none of them, and they are the SIM's business. What else is no
//! number of any country, such as a local number without its area code, is refused, because dialled directly it would
//! show a person the SIM's number.
//!
//! Reference: 3GPP TS 22.030, 6.5.1 for service strings; 3GPP TS 22.081 and 22.030, annex B for `*31#` and `#31#`; 3GPP
//! TS 27.007, 6.2 for pauses and waits.

use caller_tag::{E164, NumberingPlan, Target};
use ril_protocol::payload::call::Clir;

use crate::router::calls::dial_string;
use crate::router::calls::emergency::EmergencyNumbers;

/// Most digits of a short code.
const SHORT: usize = 6;

/// Temporary settings of CLIR in front of a number: shown and withheld.
const SHOW: &str = "*31#";
const WITHHOLD: &str = "#31#";
/// Those of carriers in North America, the country calling code of which is this.
const SHOW_THERE: &str = "*82";
const WITHHOLD_THERE: &str = "*67";
const NORTH_AMERICA: &str = "1";

/// The number by which the service is called for a phone, and how numbers are dialled where that is.
#[derive(Clone, Debug)]
pub(in crate::router) struct Access {
    pub(in crate::router) number: E164,
    plan: NumberingPlan,
}

/// Where a dialled call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::router::calls) enum Route {
    /// As it was dialled.
    Direct,
    /// To this target, by the service; the phone sees this number.
    Service(Target, String),
    /// Nowhere: it is no number.
    Nowhere,
}

impl Access {
    /// The access number as it is configured, if it is one.
    pub(in crate::router) fn parse(number: &str) -> Option<Self> {
        let number = E164::parse(number).ok()?;
        let plan = NumberingPlan::of(&number)?;
        Some(Self { number, plan })
    }

    /// Whether this is a way to write the access number itself.
    pub(in crate::router) fn is_written(&self, number: &str) -> bool {
        self.plan.read(number) == Some(self.number)
    }

    /// Whether a network may put this through to the access number: that number in any form, with whatever stands
    /// before it, such as a carrier's own code for CLIR or for another carrier, or behind it, and a local number that
    /// it would complete. A number that is somebody else's by the numbering table is not, whatever digits it has in
    /// common.
    pub(in crate::router) fn may_be_reached(&self, dialled: &str) -> bool {
        let number = dial_string::number(without_clir(dialled));
        // Some modems pass over a pause.
        let whole = dial_string::without_pauses(without_clir(dialled));
        if self.is_spelled(number) || self.is_spelled(&whole) {
            return true;
        }
        !self.is_elsewhere(number) && digits(dialled).contains(self.national())
    }

    /// Whether this is the access number in one of the forms of its country, perhaps with more behind it, which
    /// networks ignore: no number begins with another one of the same country. Or its last digits, as they are dialled
    /// nearby.
    fn is_spelled(&self, number: &str) -> bool {
        let full = self.number.digits();
        let local = digits(number);
        self.plan.may_begin_with(number, full) || local.len() > SHORT && full.ends_with(&local)
    }

    /// Whether this is a full or national number of somebody else. Not where the access number follows in it as it is
    /// dialled in the country: what stands before is then the code of a carrier, and not of an area.
    fn is_elsewhere(&self, number: &str) -> bool {
        let is_full = number.starts_with('+') || number.starts_with(self.plan.international_prefix());
        let trunk = self.plan.trunk_prefix();
        let follows = || !trunk.is_empty() && digits(number).contains(&format!("{trunk}{}", self.national()));
        self.is_number(number) && (is_full || !follows())
    }

    /// The access number without its country calling code.
    fn national(&self) -> &str {
        let full = self.number.digits();
        full.strip_prefix(self.plan.country_code()).unwrap_or(full)
    }

    /// Whether this is a full or national number.
    pub(in crate::router) fn is_number(&self, number: &str) -> bool {
        self.plan.read(number).is_some()
    }

    /// Whether this is a short code or something for the network, not a number that somebody has.
    pub(in crate::router) fn is_short(&self, number: &str) -> bool {
        let digits = number.chars().filter(char::is_ascii_digit).count();
        number.contains(['*', '#']) || digits <= SHORT && !number.contains(char::is_alphabetic)
    }

    /// The number behind a temporary setting of CLIR, and whether that withholds the caller's.
    fn clir_of_a_call<'a>(&self, dialled: &'a str) -> Option<(&'a str, bool)> {
        let is_there = self.plan.country_code() == NORTH_AMERICA;
        let there = [(SHOW_THERE, false), (WITHHOLD_THERE, true)].into_iter().filter(|_| is_there);
        let settings = [(SHOW, false), (WITHHOLD, true)].into_iter().chain(there);
        settings.filter_map(|(setting, withheld)| Some((dialled.strip_prefix(setting)?, withheld))).next()
    }

    /// Where a number goes that is dialled with this CLIR.
    pub(in crate::router::calls) fn route(&self, dialled: &str, clir: Clir, emergency: &EmergencyNumbers) -> Route {
        let (number, withheld) = self.clir_of_a_call(dialled).unwrap_or((dialled, clir == Clir::INVOCATION));
        let number = dial_string::number(number);
        if emergency.is_emergency(number) || self.is_short(number) {
            return Route::Direct;
        }
        match self.plan.read(number) {
            Some(full) => Route::Service(Target { number: full, withheld }, number.to_owned()),
            None => Route::Nowhere,
        }
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// What is behind a temporary setting of CLIR.
fn without_clir(dialled: &str) -> &str {
    dialled.strip_prefix(SHOW).or_else(|| dialled.strip_prefix(WITHHOLD)).unwrap_or(dialled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn route(dialled: &str, clir: Clir) -> Route {
        let access = Access::parse("+493012345678").unwrap();
        let mut numbers = EmergencyNumbers::new(&Config::default());
        numbers.of_sim = vec!["1234567".into()];
        access.route(dialled, clir, &numbers)
    }

    #[track_caller]
    fn goes_to(dialled: &str, clir: Clir, number: &str, withheld: bool, shown: &str) {
        let target = Target { number: E164::parse(number).unwrap(), withheld };
        assert_eq!(route(dialled, clir), Route::Service(target, shown.to_owned()), "{dialled}");
    }

    #[test]
    fn every_form_of_a_number_goes_by_the_service() {
        for dialled in ["+491701234567", "00491701234567", "01701234567", "+49 170 1234567", "0170/1234567"] {
            goes_to(dialled, Clir::DEFAULT, "+491701234567", false, dialled);
        }
        goes_to("+15550199999", Clir::SUPPRESSION, "+15550199999", false, "+15550199999");
    }

    #[test]
    fn a_number_may_be_withheld() {
        let number = "+491701234567";
        goes_to(number, Clir::INVOCATION, number, true, number);
        goes_to("#31#+491701234567", Clir::SUPPRESSION, number, true, number);
        goes_to("*31#+491701234567", Clir::INVOCATION, number, false, number);
    }

    #[test]
    fn what_is_behind_a_pause_is_for_the_call() {
        for rest in [",123#", ";1", "p1", "W*"] {
            goes_to(&format!("+491701234567{rest}"), Clir::DEFAULT, "+491701234567", false, "+491701234567");
        }
    }

    #[test]
    fn emergencies_services_and_short_codes_are_dialled_as_they_came() {
        for dialled in [
            "",
            "112",
            "911",
            "#31#112",
            "*31#911",
            "1-1-2",
            "112,1",
            "110",
            "+112",
            "0112",
            "00112",
            "+49112",
            "116117",
            "*21*+491701234567#",
            "**61*01701234567#",
            "#31#",
            "*100#",
            "611",
            "1234567",
            "123-4567",
            "22922",
        ] {
            assert_eq!(route(dialled, Clir::DEFAULT), Route::Direct, "{dialled}");
        }
    }

    /// A carrier's way to withhold the number is none to call past the service.
    #[test]
    fn a_number_may_be_withheld_in_the_way_of_north_america() {
        let numbers = EmergencyNumbers::new(&Config::default());
        let there = Access::parse("+12125550100").unwrap();
        for (code, withheld) in [("*67", true), ("*82", false)] {
            let dialled = format!("{code}4155550101");
            let target = Target { number: E164::parse("+14155550101").unwrap(), withheld };
            let route = there.route(&dialled, Clir::DEFAULT, &numbers);
            assert_eq!(route, Route::Service(target, "4155550101".to_owned()));
            assert_eq!(there.route(&format!("{code}911"), Clir::DEFAULT, &numbers), Route::Direct);
            assert_eq!(there.route(code, Clir::DEFAULT, &numbers), Route::Direct, "nobody is called");
        }
    }

    #[test]
    fn an_access_number_is_known_in_every_form() {
        let access = Access::parse("+493012345678").unwrap();
        for dialled in [
            "+493012345678",
            "00493012345678",
            "030/12345678",
            "#31#+493012345678",
            "*6703012345678",
            "+49303012345678#",
            "+49 (0)30 12345678",
            "+4930123456789",
            "12345678",
            "12345678,9",
            "+4930,12345678",
            "1234,5678",
            "*31#030,12345678",
            "01013 030 12345678",
            "+493012345678 0",
            "++493012345678",
        ] {
            assert!(access.may_be_reached(dialled), "{dialled}");
        }
        for dialled in ["", "112", "345678", "+493012345679", "+493012345", "*100#"] {
            assert!(!access.may_be_reached(dialled), "{dialled}");
        }
    }

    /// Whose number it is, the numbering table says, and not which digits are in it.
    #[test]
    fn numbers_of_others_that_have_its_digits_are_not_the_access_number() {
        for (access, spelled, others) in [
            (
                "+15550100001",
                &["5550100001", "15550100001", "011 1 5550100001", "1010288 1 5550100001", "0100001", "*67 5550100001"]
                    [..],
                // In Mexico, and in a country with longer numbers.
                &["+52 555 010 0001", "01152 5550100001", "+49 5550100001 5"][..],
            ),
            (
                "+431234567",
                &["01234567", "01 234567", "+43 (0)1 234567", "00431234567", "+4312345678", "1066 01234567", "1234567"],
                &["0664 1234567", "+43 664 1234567", "0043 6641234567", "0664 1234567,1234567", "+49 30 1234567"],
            ),
            (
                "+4930123456",
                &["030123456", "01013 030123456", "+49 30 123456 7", "#31#030123456,1", "030 123 456"],
                &["0151 30123456", "+49 151 30123456", "0040 30123456 1"],
            ),
            ("+34612345678", &["612345678", "+34 612 345 678"], &["+33 612345678", "+44 7612 345678"]),
            // As short as a short code.
            ("+4930123", &["030123", "+4930123"], &["030124", "030 4930123"]),
        ] {
            let access = Access::parse(access).unwrap();
            for dialled in spelled {
                assert!(access.may_be_reached(dialled), "{access:?} by {dialled}");
            }
            for dialled in others {
                assert!(!access.may_be_reached(dialled), "{access:?} by {dialled}");
            }
        }
    }

    #[test]
    fn what_is_no_number_shows_nobody_the_sims() {
        for dialled in ["1234568", "+4912345678901234", "0800FLOWERS1234567", "++491701234567", "sip:1234567@x"] {
            assert_eq!(route(dialled, Clir::DEFAULT), Route::Nowhere, "{dialled}");
        }
    }
}
