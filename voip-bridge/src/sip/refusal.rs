//! What is refused of a request before anybody looks at what it wants: by the form of its headers, what it requires and
//! what its body is (RFC 3261 section 8.2).
//!
//! Pure, and no peer is known here: whether one may say it at all is for [`screen`](super::screen).

use rsipstack::sip::headers::{Accept, Header, Unsupported};
use rsipstack::sip::{HeadersExt, Method, Request, Scheme, StatusCode, Version};

use super::{SUPPORTED, timer};
use crate::media::sdp;

/// What there is once (RFC 3261 section 7.3.1): of two, others in between may have looked at the other one.
const ONCE: [&str; 4] = ["From", "To", "Call-ID", "CSeq"];

/// Whether there are no control characters in a request, which RFC 3261 section 25.1 has nowhere: a carriage return
/// ends a line for somebody to whom a value is passed on.
pub(super) fn is_legible(request: &Request) -> bool {
    let is_legible = |text: &str| !text.contains(|character: char| character.is_control() && character != '\t');
    let headers = request.headers.iter();
    headers.into_iter().all(|header| is_legible(header.name()) && is_legible(header.value()))
        && is_legible(&request.uri.to_string())
}

/// What RFC 3261 section 8.2 refuses, in its order.
pub(crate) fn refusal(request: &Request) -> Option<(StatusCode, Vec<Header>)> {
    let no = |status| Some((status, Vec::new()));
    let sequence = request.cseq_header().and_then(|header| header.method());
    let is_once = |name: &&str| request.headers.iter().filter(|header| header.name() == *name).count() == 1;
    if sequence.ok() != Some(request.method) || !ONCE.iter().all(is_once) {
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

/// Whether a request says how long its body is, as it must on a stream (RFC 3261 section 20.14). One that has said so,
/// and does not any more, has lost the rest of its headers.
pub(super) fn has_length(request: &Request) -> bool {
    request.headers.iter().any(|header| matches!(header, Header::ContentLength(_)))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn options(headers: &str) -> Request {
        let text = format!(
            "OPTIONS sip:1@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
             From: <sip:2@192.0.2.9>;tag=1\r\nTo: <sip:1@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n{headers}\r\n"
        );
        Request::try_from(text.as_str()).expect("a request")
    }

    #[test]
    fn what_there_is_once_is_there_once() {
        let status = |headers: &str| refusal(&options(headers)).map(|(status, _)| status.code());
        assert_eq!(status("Subject: x\r\nSubject: y\r\n"), None);
        for twice in ["f: <sip:3@192.0.2.9>;tag=1", "To: <sip:3@192.0.2.9>", "i: 2", "CSeq: 1 OPTIONS"] {
            assert_eq!(status(&format!("{twice}\r\n")), Some(400), "{twice}");
        }
    }

    #[test]
    fn control_characters_are_nowhere() {
        assert!(is_legible(&options("Subject: a\tb \u{fc}\u{4f60}\r\nX: y\r\n folded\r\n")));
        // An escape is no character (RFC 3261 section 19.1.2).
        assert!(is_legible(&options("Contact: <sip:a%0d%0aX:b@192.0.2.9>\r\n")));
        for headers in ["Subject: a\rContact: <sip:x>", "X: \0", "X\rY: z", "X: \x1b[2J", "X: \x7f", "X: y\u{85}z"] {
            assert!(!is_legible(&options(&format!("{headers}\r\n"))), "{headers:?}");
        }
        let mut request = options("");
        request.uri = "sip:1@192.0.2.1\rX".try_into().expect("the stack takes it");
        assert!(!is_legible(&request));
    }
}
