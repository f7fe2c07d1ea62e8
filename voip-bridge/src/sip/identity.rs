//! Who calls and who is called, as SIP writes it.
//!
//! Callers are read from `P-Asserted-Identity` (RFC 3325; every peer of this service is trusted to assert it) and else
//! from `From`; `Privacy` (RFC 3323) and the anonymous URIs of RFC 3325 section 7 mean that the caller is withheld.
//! Numbers in national form are read by the numbering plan of the configured country. It refuses to guess: what is not
//! a possible number is not one.

use caller_tag::{E164, NumberingPlan};
use rsipstack::sip::{Header, HeadersExt, Request, Uri, typed};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A full number.
    Number(E164),
    /// Nobody says.
    Withheld,
}

/// Who sends this message, as written: a short code or a name as well as a number; nobody when it is withheld.
pub(crate) fn sender(request: &Request) -> Option<String> {
    let users = uris(request)?.into_iter().filter_map(|uri| user(&uri));
    users.into_iter().find(|user| !user.is_empty() && user != "anonymous")
}

/// Who sends this request.
pub(crate) fn caller(request: &Request, plan: &NumberingPlan) -> Caller {
    let number = uris(request).and_then(|uris| uris.iter().find_map(|uri| number(uri, plan)));
    number.map_or(Caller::Withheld, Caller::Number)
}

/// By which URIs a request says who sends it, the likeliest first; `None` when that is withheld.
fn uris(request: &Request) -> Option<Vec<Uri>> {
    let private = request.privacy_header().is_some_and(|privacy| {
        privacy.value().split([';', ',']).any(|word| matches!(word.trim(), "id" | "user" | "header"))
    });
    if private {
        return None;
    }
    let asserted = request.headers.iter().filter_map(|header| match header {
        Header::PAssertedIdentity(identity) => Some(identity.value()),
        _ => None,
    });
    // A sip: and a tel: URI may be asserted in one header.
    let asserted = asserted.flat_map(|value| value.split(',')).filter_map(|one| typed::From::parse(one.trim()).ok());
    let asserted = asserted.map(|one| one.uri);
    Some(asserted.chain(request.from_header().ok().and_then(|from| from.uri().ok())).collect())
}

/// The full number in a `sip:` or `tel:` URI.
pub(crate) fn number(uri: &Uri, plan: &NumberingPlan) -> Option<E164> {
    plan.read(&user(uri)?)
}

/// The user of a `sip:` URI, or the subscriber of a `tel:` URI, without parameters.
fn user(uri: &Uri) -> Option<String> {
    let text = uri.to_string();
    let (scheme, rest) = text.split_once(':')?;
    // The stack ends a user at a semicolon, but a telephone subscriber has parameters of its own before the `@`
    // (RFC 3261 section 19.1.6): so the text is asked.
    let user = match scheme {
        "sip" | "sips" => rest.split(['?', '<', '>']).next()?.split_once('@')?.0,
        "tel" => rest,
        _ => return None,
    };
    user.split([';', ':']).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> NumberingPlan {
        NumberingPlan::for_calling_code(49).expect("Germany")
    }

    fn invite(headers: &str) -> Request {
        let text = format!(
            "INVITE sip:+493012345678@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
             To: <sip:+493012345678@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{headers}\r\n"
        );
        Request::try_from(text.as_str()).expect("a request")
    }

    fn full(number: &str) -> E164 {
        E164::parse(number).expect("a number")
    }

    #[test]
    fn what_the_peer_asserts_goes_before_from() {
        let request = invite(
            "From: \"x\" <sip:+493099999999@192.0.2.9>;tag=1\r\n\
             P-Asserted-Identity: \"y\" <sip:+493011111111;npdi@192.0.2.9;user=phone>\r\n",
        );
        assert_eq!(caller(&request, &plan()), Caller::Number(full("+493011111111")));
        let request = invite("From: <sip:03099999999@192.0.2.9>;tag=1\r\n");
        assert_eq!(caller(&request, &plan()), Caller::Number(full("+493099999999")));
    }

    #[test]
    fn a_sender_may_be_a_name_or_a_short_code() {
        for (headers, sender_is) in [
            ("From: <sip:MyBank@192.0.2.9>;tag=1\r\n", Some("MyBank")),
            ("From: <sip:anonymous@192.0.2.9>;tag=1\r\nP-Asserted-Identity: <tel:22000>\r\n", Some("22000")),
            ("From: <sip:+493099999999;npdi@192.0.2.9>;tag=1\r\n", Some("+493099999999")),
            ("From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n", None),
            ("From: <sip:+493099999999@192.0.2.9>;tag=1\r\nPrivacy: id\r\n", None),
            ("From: <sip:192.0.2.9>;tag=1\r\n", None),
        ] {
            assert_eq!(sender(&invite(headers)).as_deref(), sender_is, "{headers}");
        }
    }

    #[test]
    fn a_withheld_caller_stays_withheld() {
        for headers in [
            "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n",
            "From: <sip:+493099999999@192.0.2.9>;tag=1\r\nPrivacy: id\r\n",
            "From: <sip:192.0.2.9>;tag=1\r\nP-Asserted-Identity: <sip:+493011111111@192.0.2.9>\r\nPrivacy: user;id\r\n",
            "From: <sip:192.0.2.9>;tag=1\r\n",
        ] {
            assert_eq!(caller(&invite(headers), &plan()), Caller::Withheld, "{headers}");
        }
    }
}
