//! Supplementary service codes that a phone sends as USSD because it does not know them itself.
//!
//! Call forwarding, call waiting and CLIR; barring and passwords are left to their own requests.
//!
//! Reference: 3GPP TS 22.030, 6.5.2 and annex B.

use ril_protocol::payload::call::{Clir, ForwardInfo};

use super::supplementary::Supplementary;

/// What is to be done to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Activate,
    Deactivate,
    Interrogate,
    Register,
    Erase,
}

impl Action {
    /// Takes the action off the front of a code.
    fn split(code: &str) -> Option<(Self, &str)> {
        // Longest first: "*#" begins with "*".
        let prefixes = [
            ("*#", Self::Interrogate),
            ("**", Self::Register),
            ("##", Self::Erase),
            ("*", Self::Activate),
            ("#", Self::Deactivate),
        ];
        prefixes.into_iter().find_map(|(prefix, action)| Some((action, code.strip_prefix(prefix)?)))
    }

    /// `ForwardInfo::status` of this action.
    fn forward_status(self, has_number: bool) -> i32 {
        match self {
            Self::Deactivate => 0,
            // An activation with a number is a registration (6.5.2).
            Self::Activate if has_number => 3,
            Self::Activate => 1,
            Self::Interrogate => 2,
            Self::Register => 3,
            Self::Erase => 4,
        }
    }
}

/// Carries out a service code; `None` for text that is none.
pub(super) fn run(text: &str, services: &mut Supplementary) -> Option<String> {
    let (action, rest) = Action::split(text.strip_suffix('#')?)?;
    let mut fields = rest.split('*');
    let service = fields.next()?;
    let number = fields.next().filter(|number| !number.is_empty());
    match service {
        "21" => forward(0, action, number, fields.nth(1), services),
        "67" => forward(1, action, number, fields.nth(1), services),
        "61" => forward(2, action, number, fields.nth(1), services),
        "62" => forward(3, action, number, fields.nth(1), services),
        "002" => forward(4, action, number, fields.nth(1), services),
        "004" => forward(5, action, number, fields.nth(1), services),
        "43" => {
            match action {
                Action::Activate => services.set_call_waiting(true, 0),
                Action::Deactivate => services.set_call_waiting(false, 0),
                Action::Interrogate => {}
                Action::Register | Action::Erase => return None,
            }
            Some(format!("Call waiting: {}", on_off(services.call_waiting)))
        }
        "31" => {
            match action {
                Action::Activate => services.clir = Clir::INVOCATION,
                Action::Deactivate => services.clir = Clir::SUPPRESSION,
                Action::Interrogate => {}
                Action::Register | Action::Erase => return None,
            }
            Some(format!("Caller id: {}", if services.clir == Clir::INVOCATION { "withheld" } else { "shown" }))
        }
        _ => None,
    }
}

fn forward(
    reason: i32,
    action: Action,
    number: Option<&str>,
    seconds: Option<&str>,
    services: &mut Supplementary,
) -> Option<String> {
    let wanted = ForwardInfo {
        status: action.forward_status(number.is_some()),
        reason,
        number: number.map(str::to_owned),
        time_seconds: seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(0),
        ..ForwardInfo::default()
    };
    if action != Action::Interrogate && services.set_forward(&wanted).is_err() {
        return Some("Call forwarding: failed".to_owned());
    }
    let rules = services.forward_report(reason, 0).ok()?;
    let active: Vec<String> =
        rules.into_iter().filter(|rule| rule.status == 1).filter_map(|rule| rule.number).collect();
    Some(match active.first() {
        Some(number) => format!("Call forwarding: to {number}"),
        None => "Call forwarding: off".to_owned(),
    })
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
