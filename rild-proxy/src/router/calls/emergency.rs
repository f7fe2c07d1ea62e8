//! Which numbers are emergency numbers.
//!
//! A handset with a SIM treats 112, 911 and the numbers in the SIM's EF_ECC as emergency numbers, one without also 000,
//! 08, 110, 118, 119 and 999 (3GPP TS 22.101, 10.1.1). The configuration may name more. Taking a call for an emergency
//! that is none only means that policy does not apply to it.

use std::collections::VecDeque;

use ril_protocol::RequestCode;

use crate::config::Config;

/// Those of every handset.
const ALWAYS: [&str; 2] = ["112", "911"];
/// Those of a handset without a SIM.
const WITHOUT_SIM: [&str; 6] = ["000", "08", "110", "118", "119", "999"];
/// Most numbers that are taken from a SIM.
pub(super) const MOST_OF_SIM: usize = 32;
/// Most numbers that are remembered as dialled by the vendor's request.
const MOST_REMEMBERED: usize = 8;

/// The emergency numbers, and the requests that dial nothing else.
#[derive(Debug)]
pub(in crate::router) struct EmergencyNumbers {
    configured: Vec<String>,
    /// Those of the SIM that was read last.
    pub(super) of_sim: Vec<String>,
    /// There is no SIM.
    pub(super) no_sim: bool,
    /// The vendor's own way to dial an emergency number.
    pub(super) request: Option<RequestCode>,
    /// Numbers that were dialled by it last: where the modem lists one of them, that is an emergency call.
    dialled: VecDeque<String>,
}

impl EmergencyNumbers {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            configured: config.calls.emergency_numbers.clone(),
            of_sim: Vec::new(),
            no_sim: false,
            request: None,
            dialled: VecDeque::new(),
        }
    }

    /// Whether this request dials emergency numbers only.
    pub(in crate::router) fn is_emergency_request(&self, code: RequestCode) -> bool {
        self.request == Some(code)
    }

    /// An emergency call goes to this number.
    pub(super) fn note_dialled(&mut self, address: &str) {
        let is_number = address.contains(|c: char| c.is_ascii_digit());
        if is_number && !self.is_emergency(address) && !self.dialled.iter().any(|known| known == address) {
            if self.dialled.len() >= MOST_REMEMBERED {
                self.dialled.pop_front();
            }
            self.dialled.push_back(address.to_owned());
        }
    }

    /// Whether a call that the modem lists goes to an emergency service.
    pub(super) fn is_emergency_call(&self, number: &str) -> bool {
        self.is_emergency(number) || self.dialled.iter().any(|known| known == number)
    }

    /// Whether an emergency call to this number is sure to be one: the number is known, or its phone knows what it
    /// does.
    pub(super) fn is_sure(&self, number: &str, is_privileged: bool) -> bool {
        is_privileged || self.is_emergency(number)
    }

    /// Whether dialling this reaches an emergency service. Separators and a leading CLIR code (`*31#`, `#31#`) are
    /// skipped.
    pub(in crate::router) fn is_emergency(&self, address: &str) -> bool {
        let number = without_clir(address);
        let number = number.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/'));
        let is = |known: &str| number.clone().eq(known.chars());
        ALWAYS.into_iter().any(is)
            || self.configured.iter().chain(&self.of_sim).any(|known| is(known))
            || self.no_sim && WITHOUT_SIM.into_iter().any(is)
    }
}

/// The number behind a CLIR code, or all of it.
pub(super) fn without_clir(address: &str) -> &str {
    address.trim_start_matches("*31#").trim_start_matches("#31#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_number_counts() {
        let numbers = EmergencyNumbers::new(&Config::default());
        for number in ["112", "911", "9-1-1", "#31#112", "*31#911", " 112 "] {
            assert!(numbers.is_emergency(number), "{number}");
        }
        for number in ["", "1", "11", "1120", "9112", "+112", "91", "19911", "#31#", "999", "08"] {
            assert!(!numbers.is_emergency(number), "{number}");
        }
    }

    #[test]
    fn the_sim_the_configuration_and_the_lack_of_a_sim_add_numbers() {
        let mut config = Config::default();
        config.calls.emergency_numbers = vec!["1122".into()];
        let mut numbers = EmergencyNumbers::new(&config);
        numbers.of_sim = vec!["17".into()];
        assert!(numbers.is_emergency("1122") && numbers.is_emergency("1 7"));
        assert!(!numbers.is_emergency("999"));
        numbers.no_sim = true;
        for number in WITHOUT_SIM {
            assert!(numbers.is_emergency(number), "{number}");
        }
    }
}
