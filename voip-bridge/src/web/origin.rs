//! From where a browser is sent here: another site may link to the pages, but press no button on them, not even the one
//! of the login, whose attempts it would use up.
//!
//! The browser says so (`Sec-Fetch-Site`, Fetch Metadata; `Origin`, RFC 6454), and no site can make it say something
//! else. A name that somebody has pointed at this machine is no name of it (DNS rebinding): without a proxy in front
//! there are only those of loopback. Programs say nothing of all that, and need not.

use std::net::IpAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method};

/// Where the request of a browser begins, of which it tells.
const SITE: &str = "sec-fetch-site";

/// Whether a request may be answered; `only_here` says that nobody can come but from this machine.
pub(super) fn is_fine(method: &Method, headers: &HeaderMap, only_here: bool) -> bool {
    (!only_here || is_for_here(headers)) && (method.is_safe() || is_from_here(headers))
}

fn is_for_here(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let authority = Authority::try_from(host.as_bytes()).ok();
    authority.is_some_and(|authority| {
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    })
}

fn is_from_here(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SITE) {
        // None: it was typed in.
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|origin| Some(origin.split_once("://")?.1));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    origin.is_some_and(|origin| host.is_some_and(|host| host.eq_ignore_ascii_case(origin)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        all.iter().map(header).collect()
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in ["127.0.0.1:8480", "127.0.0.2", "[::1]:8480", "localhost", "LOCALHOST:8480"] {
            assert!(is_fine(&Method::GET, &headers(&[("host", host)]), true), "{host}");
        }
        for host in ["evil.example", "evil.example:8480", "127.0.0.1.evil.example", "192.0.2.1:8480", "", "@"] {
            assert!(!is_fine(&Method::GET, &headers(&[("host", host)]), true), "{host}");
            assert!(is_fine(&Method::GET, &headers(&[("host", host)]), false), "behind a proxy: {host}");
        }
        assert!(is_fine(&Method::GET, &headers(&[]), true));
    }

    #[test]
    fn another_site_may_link_here_and_no_more() {
        let host = ("host", "127.0.0.1:8480");
        for (said, fine) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            // Another port of this machine is another's site.
            (&[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8480")], false),
            (&[("origin", "http://127.0.0.1:8480")], true),
            (&[("origin", "http://127.0.0.1:8481")], false),
            (&[("origin", "http://evil.example")], false),
            (&[("origin", "null")], false),
        ] {
            let headers = headers(&[&[host], said].concat());
            assert_eq!(is_fine(&Method::POST, &headers, true), fine, "{said:?}");
            assert_eq!(is_fine(&Method::DELETE, &headers, false), fine, "{said:?}");
            assert!(is_fine(&Method::GET, &headers, true), "{said:?}");
        }
    }
}
