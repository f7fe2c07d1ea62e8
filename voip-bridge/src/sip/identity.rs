//! Who calls and who is called, as SIP writes it.
//!
//! A peer that is trusted with it asserts who sends a request (`P-Asserted-Identity`, RFC 3325); then `From`, which the
//! caller has written, says nothing. Whose word counts is the peer's [`Identity`] setting. `Privacy` (RFC 3323) and the
//! anonymous URIs of RFC 3325 section 7 mean that the caller is withheld. Numbers in national form are read by the
//! numbering plan of the configured country. It refuses to guess: what is not a possible number is not one, what stands
//! in a display name is none, and who is asserted to be two is nobody.

use caller_tag::{E164, NumberingPlan};
use rsipstack::sip::{Header, HeadersExt, Request, Uri};

use super::name_addr;
use crate::settings::Identity;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A full number.
    Number(E164),
    /// Nobody says.
    Withheld,
}

/// Who sends this message, as written: a short code or a name as well as a number; nobody when it is withheld.
pub(crate) fn sender(request: &Request, identity: Identity, plan: &NumberingPlan) -> Option<String> {
    let mut users = users(request, identity)?;
    users.retain(|user| !user.is_empty() && !user.eq_ignore_ascii_case("anonymous"));
    let numbers: Vec<E164> = users.iter().filter_map(|user| plan.read(user)).collect();
    if numbers.is_empty() {
        return if all_same(&users) { users.into_iter().next() } else { None };
    }
    users.into_iter().find(|user| plan.read(user).is_some()).filter(|_| all_same(&numbers))
}

/// Who sends this request.
pub(crate) fn caller(request: &Request, identity: Identity, plan: &NumberingPlan) -> Caller {
    let users = users(request, identity).unwrap_or_default();
    let numbers: Vec<E164> = users.iter().filter_map(|user| plan.read(user)).collect();
    let number = numbers.first().filter(|_| all_same(&numbers));
    number.map_or(Caller::Withheld, |number| Caller::Number(*number))
}

fn all_same<T: PartialEq>(all: &[T]) -> bool {
    all.windows(2).all(|pair| matches!(pair, [one, other] if one == other))
}

/// The users of the URIs by which a request says who sends it; `None` when it does not say, or not so that it can be
/// read.
fn users(request: &Request, identity: Identity) -> Option<Vec<String>> {
    if is_private(request) {
        return None;
    }
    let asserted = asserted(request);
    let uris = match identity {
        Identity::From => vec![from(request)?],
        Identity::Any if asserted.is_empty() => vec![from(request)?],
        // What is there and names nobody is no reason to believe what the caller has written.
        Identity::Any | Identity::Asserted => asserted.into_iter().collect::<Option<_>>()?,
    };
    Some(uris.iter().filter_map(user).collect())
}

/// Whether the caller does not want to be known (RFC 3323 section 4.2, RFC 3325 section 9.3).
fn is_private(request: &Request) -> bool {
    let values = request.headers.iter().filter_map(|header| match header {
        Header::Privacy(privacy) => Some(privacy.value()),
        _ => None,
    });
    let mut words = values.flat_map(|value| value.split([';', ','])).map(str::trim);
    words.any(|word| ["id", "user", "header"].iter().any(|private| word.eq_ignore_ascii_case(private)))
}

/// What is asserted, a `sip:` and a `tel:` URI perhaps in one header; `None` for what cannot be read.
fn asserted(request: &Request) -> Vec<Option<Uri>> {
    let values = request.headers.iter().filter_map(|header| match header {
        Header::PAssertedIdentity(identity) => Some(identity.value()),
        _ => None,
    });
    values.flat_map(name_addr::list).map(name_addr::uri).collect()
}

/// What the caller has written.
fn from(request: &Request) -> Option<Uri> {
    name_addr::uri(request.from_header().ok()?.value())
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
    let user = match scheme.to_ascii_lowercase().as_str() {
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

    /// Whom a call, and whom a message comes from; the same but for what is no number.
    fn known(headers: &str, identity: Identity) -> (Option<String>, Option<String>) {
        let request = invite(headers);
        let caller = match caller(&request, identity, &plan()) {
            Caller::Number(number) => Some(number.to_string()),
            Caller::Withheld => None,
        };
        (caller, sender(&request, identity, &plan()))
    }

    /// Who may be known by a number only.
    fn number(headers: &str, identity: Identity) -> Option<String> {
        let (caller, sender) = known(headers, identity);
        assert_eq!(
            sender.and_then(|sender| plan().read(&sender)).map(|number| number.to_string()),
            caller,
            "{headers}"
        );
        caller
    }

    const FROM: &str = "From: \"x\" <sip:+493099999999@192.0.2.9>;tag=1\r\n";
    const ASSERTED: &str = "P-Asserted-Identity: \"y\" <sip:+493011111111;npdi@192.0.2.9;user=phone>\r\n";

    #[test]
    fn what_a_trusted_peer_asserts_goes_before_from() {
        let both = format!("{FROM}{ASSERTED}");
        for (headers, identity, is) in [
            (both.as_str(), Identity::Any, Some("+493011111111")),
            (FROM, Identity::Any, Some("+493099999999")),
            (both.as_str(), Identity::Asserted, Some("+493011111111")),
            (FROM, Identity::Asserted, None),
            (both.as_str(), Identity::From, Some("+493099999999")),
            (ASSERTED, Identity::From, None),
            ("From: <sip:03099999999@192.0.2.9>;tag=1\r\n", Identity::Any, Some("+493099999999")),
        ] {
            assert_eq!(number(headers, identity).as_deref(), is, "{identity:?} {headers}");
        }
    }

    #[test]
    fn where_somebody_is_asserted_the_caller_has_no_say() {
        for asserted in [
            "<sip:anonymous@anonymous.invalid>",
            "<sip:192.0.2.9>",
            "<sip:>",
            "",
            "\"no end <sip:+493011111111@192.0.2.9>",
            "<mailto:+493011111111@192.0.2.9>",
        ] {
            let headers = format!("{FROM}P-Asserted-Identity: {asserted}\r\n");
            for identity in [Identity::Any, Identity::Asserted] {
                assert_eq!(known(&headers, identity), (None, None), "{asserted}");
            }
        }
        let named = format!("{FROM}P-Asserted-Identity: <sip:alice@192.0.2.9>\r\n");
        assert_eq!(known(&named, Identity::Any), (None, Some("alice".to_owned())));
    }

    #[test]
    fn who_is_asserted_to_be_two_is_nobody() {
        let both = "<sip:+493011111111@192.0.2.9>, <tel:030-11111111>";
        let is = Some("+493011111111".to_owned());
        for (asserted, number_is) in [
            (both.to_owned(), is.clone()),
            ("<sip:alice@192.0.2.9>, <tel:+493011111111>".to_owned(), is.clone()),
            (both.replace(", ", "\r\nP-Asserted-Identity: "), is),
            // One that the caller has sent was left there.
            (both.replace("030-11111111", "+493022222222"), None),
            ("<sip:alice@192.0.2.9>, <sip:bob@192.0.2.9>".to_owned(), None),
            (format!("{both}, <nonsense"), None),
        ] {
            let headers = format!("{FROM}P-Asserted-Identity: {asserted}\r\n");
            assert_eq!(number(&headers, Identity::Any), number_is, "{asserted}");
        }
    }

    #[test]
    fn a_display_name_is_never_a_number() {
        for name in [
            "+493099999999",
            "\"+493099999999\"",
            "\"<sip:+493099999999@192.0.2.9>\"",
            "\"x, <tel:+493099999999>\"",
            "\"tel:+493099999999, \"",
            "\"\\\"<sip:+493099999999@192.0.2.9>\\\"\"",
            "\"\\\\\"",
        ] {
            for (header, identity) in [("P-Asserted-Identity", Identity::Asserted), ("From", Identity::From)] {
                let headers = format!("{header}: {name} <sip:+493011111111@192.0.2.9>\r\n");
                assert_eq!(number(&headers, identity).as_deref(), Some("+493011111111"), "{headers}");
                let nobody = format!("{header}: {name} <sip:anonymous@anonymous.invalid>\r\n");
                assert_eq!(known(&nobody, identity), (None, None), "{nobody}");
            }
        }
    }

    #[test]
    fn a_sender_may_be_a_name_or_a_short_code() {
        for (headers, sender_is) in [
            ("From: <sip:MyBank@192.0.2.9>;tag=1\r\n", Some("MyBank")),
            ("From: <sip:anonymous@192.0.2.9>;tag=1\r\nP-Asserted-Identity: <tel:22000>\r\n", Some("22000")),
            ("From: <sip:+493099999999;npdi@192.0.2.9>;tag=1\r\n", Some("+493099999999")),
            ("From: <TEL:+493099999999>;tag=1\r\n", Some("+493099999999")),
            ("From: sip:+493099999999@192.0.2.9;tag=1\r\n", Some("+493099999999")),
            ("From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n", None),
            ("From: <sip:192.0.2.9>;tag=1\r\n", None),
        ] {
            assert_eq!(known(headers, Identity::Any).1.as_deref(), sender_is, "{headers}");
        }
    }

    #[test]
    fn a_withheld_caller_stays_withheld() {
        for privacy in [
            "Privacy: id",
            "Privacy: user;id",
            "Privacy: ID",
            "Privacy: none\r\nPrivacy: critical; id",
            "privacy:header",
        ] {
            for identity in [Identity::Any, Identity::Asserted, Identity::From] {
                let headers = format!("{FROM}{ASSERTED}{privacy}\r\n");
                assert_eq!(known(&headers, identity), (None, None), "{privacy}");
            }
        }
        for headers in
            ["From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n", "From: <sip:192.0.2.9>;tag=1\r\n", ""]
        {
            assert_eq!(known(headers, Identity::Any), (None, None), "{headers}");
        }
        let asks_nothing = format!("{FROM}Privacy: none\r\n");
        assert_eq!(number(&asks_nothing, Identity::Any).as_deref(), Some("+493099999999"));
    }
}
