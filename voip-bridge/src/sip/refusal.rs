//! What is refused of a request before anybody looks at what it wants: by the form of its headers, what it requires and
//! what its body is (RFC 3261 section 8.2).
//!
//! Pure, and no peer is known here: whether one may say it at all is for [`screen`](super::screen).

use rsipstack::sip::headers::{Accept, Header, Unsupported};
use rsipstack::sip::{HeadersExt, Method, Request, Scheme, StatusCode, Version};

use super::{SUPPORTED, timer};
use crate::media::sdp;

/// What RFC 3261 section 8.2 refuses, in its order.
pub(crate) fn refusal(request: &Request) -> Option<(StatusCode, Vec<Header>)> {
    let no = |status| Some((status, Vec::new()));
    let sequence = request.cseq_header().and_then(|header| header.method());
    if sequence.ok() != Some(request.method) || request.from_header().is_err() || request.call_id_header().is_err() {
        return no(StatusCode::BadRequest);
    }
    if *request.version() != Version::V2 {
        return no(StatusCode::VersionNotSupported);
    }
    if !matches!(&request.uri.scheme, Some(Scheme::Sip | Scheme::Sips))
        && !matches!(&request.uri.scheme, Some(Scheme::Other(scheme)) if scheme.eq_ignore_ascii_case("tel"))
    {
        return no(StatusCode::UnsupportedUriScheme);
    }
    let required = request.headers.iter().filter_map(|header| match header {
        Header::Require(value) => Some(value.value()),
        _ => None,
    });
    let unknown: Vec<&str> = required
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|option| !option.is_empty() && !SUPPORTED.contains(option))
        .collect();
    if !unknown.is_empty() {
        let header = Header::Unsupported(Unsupported::new(unknown.join(", ")));
        return Some((StatusCode::BadExtension, vec![header]));
    }
    if request.method != Method::Invite && request.method != Method::Message {
        return None;
    }
    if request.max_forwards_header().is_ok_and(|header| header.value().trim() == "0") {
        return no(StatusCode::TooManyHops);
    }
    if request.method == Method::Message {
        return None;
    }
    if request.contact_header().is_err() {
        return no(StatusCode::BadRequest);
    }
    if request.body.len() > sdp::LONGEST {
        return no(StatusCode::RequestEntityTooLarge);
    }
    if !request.body.is_empty() && !is_sdp(request) {
        let accept = Header::Accept(Accept::new("application/sdp"));
        return Some((StatusCode::UnsupportedMediaType, vec![accept]));
    }
    timer::refusal(request)
}

/// How much of the body belongs to the message (RFC 3261 section 18.3); `None` when it is more than there is.
pub(crate) fn body_length(request: &Request) -> Option<usize> {
    let mut said = request.headers.iter().filter_map(|header| match header {
        Header::ContentLength(length) => Some(length.value().trim()),
        _ => None,
    });
    let Some(length) = said.next() else { return Some(request.body.len()) };
    let length = length.parse().ok().filter(|length| *length <= request.body.len())?;
    said.all(|other| other.parse() == Ok(length)).then_some(length)
}

/// Whether the body is a session description.
pub(super) fn is_sdp(request: &Request) -> bool {
    let kind = request.headers.iter().find_map(|header| match header {
        Header::ContentType(kind) => Some(kind.value()),
        _ => None,
    });
    kind.is_some_and(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/sdp"))
    })
}
