//! Names of requests on the command line: any spelling of ril.h, numbers, and what was probably meant.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};
use ril_protocol::RequestCode;
use ril_protocol::messages::REQUESTS;

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
            error.insert(ContextKind::SuggestedValue, ContextValue::Strings(near(&text)));
            error
        })
    }

    /// For completions.
    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(REQUESTS.iter().map(|row| PossibleValue::new(row.name).help(row.about))))
    }
}

/// Names like this one, the likest first.
pub(super) fn near(text: &str) -> Vec<String> {
    let wanted = text.to_ascii_uppercase();
    let wanted = wanted.strip_prefix("RIL_REQUEST_").unwrap_or(&wanted);
    let likeness = |name: &str| {
        let whole = strsim::jaro_winkler(wanted, name);
        if wanted.len() >= 3 && name.contains(wanted) { whole + 1.0 } else { whole }
    };
    let mut names: Vec<(f64, &str)> = REQUESTS.iter().map(|row| (likeness(row.name), row.name)).collect();
    names.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let likely = names.into_iter().take_while(|(likeness, _)| *likeness > 0.85);
    likely.take(MOST_SUGGESTED).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::near;

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
    fn nothing_is_suggested_for_rubbish() {
        assert!(near("qqqqqq").is_empty());
        assert!(near("").is_empty());
    }
}
