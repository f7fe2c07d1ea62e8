//! A request to give a number to a phone, as command line, API and page bring it: all text, nothing trusted.

use std::fmt;

use caller_tag::names::{NAME_RULE, is_name};
use caller_tag::{E164, NotE164};
use clap::Args;
use serde::Deserialize;

use super::UnavailableKind;
use crate::pool::Unavailable;
use crate::store::Assign;

/// Longest URI that is kept.
const URI_LIMIT: usize = 255;

/// Which phone gets a number, and how.
#[derive(Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// The number of the SIM that the phone shares.
    #[arg(long, value_name = "NUMBER")]
    pub sim: String,
    /// The name of the phone, as in the configuration of its device.
    #[arg(long, value_name = "NAME")]
    pub phone: String,
    /// The tag, 0 to 9; the lowest free one when it is not given.
    #[arg(long, value_name = "DIGIT", value_parser = clap::value_parser!(u8).range(0..=9))]
    #[serde(default)]
    pub tag: Option<u8>,
    /// The number that the phone dials for its outgoing calls, if it is not its own.
    #[arg(long, value_name = "NUMBER")]
    #[serde(default)]
    pub access: Option<String>,
    /// What callers get when the phone cannot be reached.
    #[arg(long, value_name = "WHAT", default_value = "voicemail")]
    #[serde(default)]
    pub unavailable: UnavailableKind,
    /// The SIP URI that they get with `forward`.
    #[arg(long, value_name = "URI")]
    #[serde(default)]
    pub forward_to: Option<String>,
}

/// Does not show the numbers.
impl fmt::Debug for AssignRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssignRequest").field("phone", &self.phone).field("tag", &self.tag).finish_non_exhaustive()
    }
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARequest {
    /// A number is none.
    #[error("{field}: {why}")]
    NotANumber {
        /// Which one.
        field: &'static str,
        /// What is wrong.
        why: NotE164,
    },
    /// The name cannot be one of a phone.
    #[error("phone: must be {NAME_RULE}")]
    NotAName,
    /// `forward_to` without `forward`, or the other way round.
    #[error("forward_to: goes with \"forward\" and nothing else")]
    ForwardTo,
    /// Not a SIP URI.
    #[error("forward_to: must be a URI that begins with sip: or sips:, without blanks")]
    NotAUri,
}

impl AssignRequest {
    /// What the store is asked for this `number`.
    ///
    /// # Errors
    /// [`NotARequest`] names the first field that is wrong.
    pub fn check(&self, number: &str) -> Result<Assign, NotARequest> {
        let parse = |field, text: &str| E164::parse(text).map_err(|why| NotARequest::NotANumber { field, why });
        if !is_name(&self.phone) {
            return Err(NotARequest::NotAName);
        }
        let unavailable = match (self.unavailable, &self.forward_to) {
            (UnavailableKind::Voicemail, None) => Unavailable::Voicemail,
            (UnavailableKind::Reject, None) => Unavailable::Reject,
            (UnavailableKind::Forward, Some(uri)) if is_sip_uri(uri) => Unavailable::Forward(uri.clone()),
            (UnavailableKind::Forward, Some(_)) => return Err(NotARequest::NotAUri),
            _ => return Err(NotARequest::ForwardTo),
        };
        Ok(Assign {
            number: parse("number", number)?,
            sim: parse("sim", &self.sim)?,
            phone: self.phone.clone(),
            tag: self.tag,
            access: self.access.as_deref().map(|access| parse("access", access)).transpose()?,
            unavailable,
        })
    }
}

/// RFC 3261, 19.1.1, as far as an operator's slip is caught by it: the SIP stack parses it in full.
fn is_sip_uri(uri: &str) -> bool {
    let rest = uri.strip_prefix("sip:").or_else(|| uri.strip_prefix("sips:"));
    uri.len() <= URI_LIMIT
        && rest.is_some_and(|rest| !rest.is_empty())
        && uri.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AssignRequest {
        AssignRequest { sim: "+15550200000".into(), phone: "work".into(), ..AssignRequest::default() }
    }

    fn wrong(request: &AssignRequest) -> NotARequest {
        request.check("+15550100001").unwrap_err()
    }

    #[test]
    fn little_is_needed() {
        let assign = request().check("15550100001").unwrap();
        assert_eq!((assign.tag, assign.access, assign.unavailable), (None, None, Unavailable::Voicemail));
    }

    #[test]
    fn each_mistake_is_named() {
        for name in ["", "Work", "a b", "a/b", &"x".repeat(33)] {
            assert_eq!(wrong(&AssignRequest { phone: name.into(), ..request() }), NotARequest::NotAName);
        }
        let sim = NotARequest::NotANumber { field: "sim", why: NotE164::NotDigits };
        assert_eq!(wrong(&AssignRequest { sim: "me".into(), ..request() }), sim);
        let forward = |kind, uri: Option<&str>| AssignRequest {
            unavailable: kind,
            forward_to: uri.map(str::to_owned),
            ..request()
        };
        assert_eq!(wrong(&forward(UnavailableKind::Forward, None)), NotARequest::ForwardTo);
        assert_eq!(wrong(&forward(UnavailableKind::Reject, Some("sip:a@b"))), NotARequest::ForwardTo);
        for uri in ["sip:", "tel:+1555", "sip:a b", "sip:a\r\nVia: x", "http://x"] {
            assert_eq!(wrong(&forward(UnavailableKind::Forward, Some(uri))), NotARequest::NotAUri, "{uri:?}");
        }
        assert!(forward(UnavailableKind::Forward, Some("sip:desk@example.com")).check("+15550100001").is_ok());
    }
}
