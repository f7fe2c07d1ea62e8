//! Names of messages on the command line: any spelling of ril.h, numbers, and what was probably meant.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};
use ril_protocol::RequestCode;
use ril_protocol::messages::{REQUESTS, UNSOLICITED};

/// How many suggestions at most.
const MOST_SUGGESTED: usize = 3;

/// Reads a [`RequestCode`]. Numbers that ril.h does not have are vendors' own.
#[derive(Clone, Debug)]
pub(super) struct RequestName;

impl TypedValueParser for RequestName {
    type Value = RequestCode;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<RequestCode, Error> {
        let text = value.to_string_lossy();
        text.parse().map_err(|_| {
            let mut error = Error::new(ErrorKind::InvalidValue).with_cmd(command);
            let name = arg.map_or_else(|| "NAME".to_owned(), ToString::to_string);
            error.insert(ContextKind::InvalidArg, ContextValue::String(name));
            error.insert(ContextKind::InvalidValue, ContextValue::String(text.clone().into_owned()));
            error.insert(ContextKind::SuggestedValue, ContextValue::Strings(near_request(&text)));
            error
        })
    }

    /// For completions.
    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(REQUESTS.iter().map(|row| PossibleValue::new(row.name).help(row.about))))
    }
}

/// Requests with a name like this one, the likest first.
pub(super) fn near_request(text: &str) -> Vec<String> {
    near(text, "RIL_REQUEST_", REQUESTS.iter().map(|row| row.name))
}

/// Unsolicited messages with a name like this one, the likest first.
pub(super) fn near_unsolicited(text: &str) -> Vec<String> {
    near(text, "RIL_UNSOL_", UNSOLICITED.iter().map(|row| row.name))
}

fn near(text: &str, prefix: &str, names: impl Iterator<Item = &'static str>) -> Vec<String> {
    let wanted = text.to_ascii_uppercase();
    let wanted = wanted.strip_prefix(prefix).unwrap_or(&wanted);
    let likeness = |name: &str| {
        let whole = strsim::jaro_winkler(wanted, name);
        if wanted.len() >= 3 && name.contains(wanted) { whole + 1.0 } else { whole }
    };
    let mut names: Vec<(f64, &str)> = names.map(|name| (likeness(name), name)).collect();
    names.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let likely = names.into_iter().take_while(|(likeness, _)| *likeness > 0.85);
    likely.take(MOST_SUGGESTED).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{near_request as near, near_unsolicited};

    #[test]
    fn a_typing_mistake_finds_the_name() {
        assert_eq!(near("GET_IME")[..2], ["GET_IMEI", "GET_IMEISV"]);
        assert_eq!(near("ril_request_dail")[0], "DIAL");
        assert_eq!(near("OPERATER")[0], "OPERATOR");
    }

    #[test]
    fn a_part_of_a_name_finds_it() {
        assert!(near("USSD").contains(&"SEND_USSD".to_owned()), "{:?}", near("USSD"));
        assert!(near("conference").contains(&"CONFERENCE".to_owned()));
    }

    #[test]
    fn unsolicited_messages_have_names_of_their_own() {
        assert_eq!(near_unsolicited("RIL_UNSOL_NITZ_TIME")[0], "NITZ_TIME_RECEIVED");
    }

    #[test]
    fn nothing_is_suggested_for_rubbish() {
        assert!(near("qqqqqq").is_empty());
        assert!(near("").is_empty());
    }
}
