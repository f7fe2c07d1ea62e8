//! Supplementary service codes that a phone sends as USSD because it does not know them itself: the network answers
//! with text, or, where the card's call control makes a service of them, with `ON_SS`.
//!
//! Call forwarding, call waiting and CLIR; barring and passwords are left to their own requests.
//!
//! Reference: 3GPP TS 22.030, 6.5.2 and annex B.

use ril_protocol::Errno;
use ril_protocol::payload::call::{Clir, ForwardInfo};
use ril_protocol::payload::stk::{RequestType, ServiceType, SsResponse};

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

    fn request_type(self) -> RequestType {
        match self {
            Self::Activate => RequestType::ACTIVATION,
            Self::Deactivate => RequestType::DEACTIVATION,
            Self::Interrogate => RequestType::INTERROGATION,
            Self::Register => RequestType::REGISTRATION,
            Self::Erase => RequestType::ERASURE,
        }
    }
}

/// What a code is about; forwarding with the reason of `ForwardInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Forwarding(i32),
    Waiting,
    Clir,
}

impl Service {
    /// Service codes (annex B).
    fn of(code: &str) -> Option<Self> {
        Some(match code {
            "21" => Self::Forwarding(0),
            "67" => Self::Forwarding(1),
            "61" => Self::Forwarding(2),
            "62" => Self::Forwarding(3),
            "002" => Self::Forwarding(4),
            "004" => Self::Forwarding(5),
            "43" => Self::Waiting,
            "31" => Self::Clir,
            _ => return None,
        })
    }

    /// ril.h numbers the kinds of forwarding as the reasons.
    fn service_type(self) -> ServiceType {
        match self {
            Self::Forwarding(reason) => ServiceType(reason),
            Self::Waiting => ServiceType::WAIT,
            Self::Clir => ServiceType::CLIR,
        }
    }
}

/// A code that is understood.
struct Code<'a> {
    service: Service,
    action: Action,
    number: Option<&'a str>,
    seconds: i32,
}

impl<'a> Code<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (action, rest) = Action::split(text.strip_suffix('#')?)?;
        let mut fields = rest.split('*');
        let service = Service::of(fields.next()?)?;
        let number = fields.next().filter(|number| !number.is_empty());
        let seconds = fields.nth(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
        let registers = matches!(action, Action::Register | Action::Erase);
        let makes_sense = matches!(service, Service::Forwarding(_)) || !registers;
        makes_sense.then_some(Self { service, action, number, seconds })
    }

    fn carry_out(&self, services: &mut Supplementary) -> Result<(), Errno> {
        match (self.service, self.action) {
            (_, Action::Interrogate) => Ok(()),
            (Service::Forwarding(reason), action) => services.set_forward(&ForwardInfo {
                status: action.forward_status(self.number.is_some()),
                reason,
                number: self.number.map(str::to_owned),
                time_seconds: self.seconds,
                ..ForwardInfo::default()
            }),
            (Service::Waiting, action) => {
                services.set_call_waiting(action == Action::Activate, 0);
                Ok(())
            }
            (Service::Clir, action) => {
                services.clir = if action == Action::Activate { Clir::INVOCATION } else { Clir::SUPPRESSION };
                Ok(())
            }
        }
    }
}

/// Carries out a service code that came as USSD; the network's words, or `None` for text that is none.
pub(super) fn run(text: &str, services: &mut Supplementary) -> Option<String> {
    let code = Code::parse(text)?;
    let done = code.carry_out(services).is_ok();
    Some(match code.service {
        Service::Forwarding(_) if !done => "Call forwarding: failed".to_owned(),
        Service::Forwarding(reason) => {
            let rules = services.forward_report(reason, 0).ok()?;
            match rules.into_iter().filter(|rule| rule.status == 1).find_map(|rule| rule.number) {
                Some(number) => format!("Call forwarding: to {number}"),
                None => "Call forwarding: off".to_owned(),
            }
        }
        Service::Waiting => format!("Call waiting: {}", on_off(services.call_waiting)),
        Service::Clir => {
            format!("Caller id: {}", if services.clir == Clir::INVOCATION { "withheld" } else { "shown" })
        }
    })
}

/// Carries out a service code as a service, as call control by the card has it; the particulars of `ON_SS`, or `None`
/// for text that is none.
pub(super) fn run_as_service(text: &str, services: &mut Supplementary) -> Option<SsResponse> {
    let code = Code::parse(text)?;
    let result = code.carry_out(services).err().unwrap_or(Errno::SUCCESS);
    let mut response = SsResponse {
        service_type: code.service.service_type(),
        request_type: code.action.request_type(),
        result,
        ..SsResponse::default()
    };
    let mut info = match code.service {
        Service::Forwarding(reason) => {
            response.cf_data = services.forward_report(reason, 0).unwrap_or_default();
            Vec::new()
        }
        Service::Waiting => services.call_waiting_report(0),
        Service::Clir => services.clir_report(),
    };
    info.resize(SS_INFO, 0);
    response.ss_info = info;
    Some(response)
}

/// `SS_INFO_MAX`: libril always sends this many integers.
const SS_INFO: usize = 4;

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
