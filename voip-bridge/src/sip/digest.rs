//! Digest authentication of peers that must show a password (RFC 3261 section 22, RFC 7616, RFC 8760).
//!
//! The peer takes the first of the configured algorithms that it understands. A nonce is this service's own
//! random, good for five minutes, and each of its counts is taken once and in order, so that nothing can be played
//! again. It refuses digests without `qop=auth`, for another URI, user or realm; and remembers a bounded number of
//! nonces: who floods it with questions only makes others ask again.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use md5::Md5;
use ril_protocol::hex::to_hex;
use rsipstack::sip::Request;
use rsipstack::sip::headers::{Header, WwwAuthenticate};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use crate::settings::Digest as Algorithm;

/// How long a nonce is good.
const GOOD_FOR: Duration = Duration::from_secs(300);
/// How many nonces of one peer are remembered.
const MOST_NONCES: usize = 256;

/// What one peer must show.
pub(crate) struct Guard {
    realm: String,
    user: String,
    password: String,
    digests: Vec<Algorithm>,
    nonces: Mutex<VecDeque<Nonce>>,
}

struct Nonce {
    value: String,
    issued: Instant,
    /// The last count that was used.
    count: u32,
}

/// What a request shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The password.
    Right,
    /// The password, with a nonce that is too old or used up.
    Stale,
    /// Nothing, or something else.
    Wrong,
}

impl Guard {
    pub(crate) fn new(realm: String, user: String, password: String, digests: Vec<Algorithm>) -> Self {
        Self { realm, user, password, digests, nonces: Mutex::default() }
    }

    /// What `request` shows at `now`.
    pub(crate) fn check(&self, request: &Request, now: Instant) -> Shown {
        let shown = request.headers.iter().filter_map(|header| match header {
            Header::Authorization(value) => Some(value.value()),
            _ => None,
        });
        let mut best = Shown::Wrong;
        for value in shown {
            match self.check_one(value, &request.method.to_string(), &request.uri.to_string(), now) {
                Shown::Right => return Shown::Right,
                Shown::Stale => best = Shown::Stale,
                Shown::Wrong => {}
            }
        }
        best
    }

    fn check_one(&self, value: &str, method: &str, uri: &str, now: Instant) -> Shown {
        self.verify(value, method, uri).map_or(Shown::Wrong, |(nonce, count)| self.spend(nonce, count, now))
    }

    /// The nonce and its count, when the response is right.
    fn verify<'a>(&self, value: &'a str, method: &str, uri: &str) -> Option<(&'a str, u32)> {
        let parameters = parameters(value)?;
        let get = |name: &str| {
            let mut found = parameters.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            let (_, value) = found.next()?;
            // Two of a kind: whoever looks at the other one would see something else.
            if found.next().is_some() { None } else { Some(*value) }
        };
        let algorithm = match parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("algorithm")) {
            None => Algorithm::Md5,
            Some((_, name)) if name.eq_ignore_ascii_case("MD5") => Algorithm::Md5,
            Some((_, name)) if name.eq_ignore_ascii_case("SHA-256") => Algorithm::Sha256,
            Some(_) => return None,
        };
        if !self.digests.contains(&algorithm) {
            return None;
        }
        let count = get("nc").filter(|count| count.len() == 8)?;
        let (nonce, cnonce) = (get("nonce")?, get("cnonce")?);
        let same = get("realm")? == self.realm && get("username")? == self.user && get("uri")? == uri;
        if !same || !get("qop")?.eq_ignore_ascii_case("auth") {
            return None;
        }
        let secret = algorithm.hash(&format!("{}:{}:{}", self.user, self.realm, self.password));
        let what = algorithm.hash(&format!("{method}:{uri}"));
        let right = algorithm.hash(&format!("{secret}:{nonce}:{count}:{cnonce}:auth:{what}"));
        let shown = get("response")?.to_ascii_lowercase();
        let equal = bool::from(right.as_bytes().ct_eq(shown.as_bytes()));
        if equal { Some((nonce, u32::from_str_radix(count, 16).ok()?)) } else { None }
    }

    fn spend(&self, nonce: &str, count: u32, now: Instant) -> Shown {
        let mut nonces = self.nonces();
        let known = nonces.iter_mut().find(|known| known.value == nonce);
        match known {
            Some(known) if now.saturating_duration_since(known.issued) < GOOD_FOR && count > known.count => {
                known.count = count;
                Shown::Right
            }
            _ => Shown::Stale,
        }
    }

    /// The headers of a 401.
    pub(crate) fn challenge(&self, stale: bool, now: Instant) -> Vec<Header> {
        let value = to_hex(&rand::random::<[u8; 16]>());
        let mut nonces = self.nonces();
        if nonces.len() == MOST_NONCES {
            nonces.pop_front();
        }
        nonces.push_back(Nonce { value: value.clone(), issued: now, count: 0 });
        let stale = if stale { ", stale=true" } else { "" };
        let header = |algorithm: &Algorithm| {
            let (realm, algorithm) = (&self.realm, algorithm.name());
            let text =
                format!("Digest realm=\"{realm}\", nonce=\"{value}\", algorithm={algorithm}, qop=\"auth\"{stale}");
            Header::WwwAuthenticate(WwwAuthenticate::new(text))
        };
        self.digests.iter().map(header).collect()
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, VecDeque<Nonce>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Md5 => "MD5",
        }
    }

    fn hash(self, text: &str) -> String {
        match self {
            Self::Sha256 => to_hex(&Sha256::digest(text)),
            Self::Md5 => to_hex(&Md5::digest(text)),
        }
    }
}

/// `Digest name=token, name="quoted"`; `None` when it is not of that form. Quoted pairs are refused: no peer needs one.
fn parameters(value: &str) -> Option<Vec<(&str, &str)>> {
    let (scheme, mut rest) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let mut parameters = Vec::new();
    loop {
        let (name, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let (value, behind) = match behind.strip_prefix('"') {
            Some(quoted) => {
                let (value, behind) = quoted.split_once('"')?;
                if value.contains('\\') {
                    return None;
                }
                (value, behind.trim_start())
            }
            None => {
                let end = behind.find(',').unwrap_or(behind.len());
                (behind.get(..end)?.trim(), behind.get(end..)?)
            }
        };
        parameters.push((name.trim(), value));
        match behind.strip_prefix(',') {
            Some(more) => rest = more,
            None if behind.is_empty() => return Some(parameters),
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOTH: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Md5];
    const URI: &str = "sip:+15550100001@192.0.2.1";

    fn guard() -> Guard {
        Guard::new("voip".to_owned(), "trunk".to_owned(), "secret".to_owned(), BOTH.to_vec())
    }

    fn nonce(guard: &Guard, now: Instant) -> String {
        let headers = guard.challenge(false, now);
        let text = headers[0].value();
        text.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce").to_owned()
    }

    fn shown(algorithm: Algorithm, password: &str, nonce: &str, count: &str) -> String {
        let name = algorithm.name();
        let secret = algorithm.hash(&format!("trunk:voip:{password}"));
        let what = algorithm.hash(&format!("INVITE:{URI}"));
        let response = algorithm.hash(&format!("{secret}:{nonce}:{count}:abc:auth:{what}"));
        format!(
            "Digest username=\"trunk\", realm=\"voip\",nonce=\"{nonce}\", uri=\"{URI}\", response=\"{response}\", \
             algorithm={name}, cnonce=\"abc\", qop=auth, nc={count}"
        )
    }

    #[test]
    fn the_example_of_the_rfc_is_right() {
        // RFC 7616 section 3.9.1, with both algorithms.
        let (user, realm) = ("Mufasa".to_owned(), "http-auth@example.org".to_owned());
        let guard = Guard::new(realm, user, "Circle of Life".to_owned(), BOTH.to_vec());
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let value = format!(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
                 algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
                 cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            );
            assert!(guard.verify(&value, "GET", "/dir/index.html").is_some(), "{algorithm}");
        }
    }

    #[test]
    fn counts_are_taken_once_and_in_order() {
        let (guard, now) = (guard(), Instant::now());
        let nonce = nonce(&guard, now);
        let check = |count| guard.check_one(&shown(Algorithm::Sha256, "secret", &nonce, count), "INVITE", URI, now);
        assert_eq!(check("00000001"), Shown::Right);
        assert_eq!(check("00000001"), Shown::Stale);
        // Hexadecimal: where other implementations stop.
        for count in ["00000009", "0000000a", "0000000B", "00000010"] {
            assert_eq!(check(count), Shown::Right, "{count}");
        }
        assert_eq!(check("0000000a"), Shown::Stale);
    }

    #[test]
    fn nonces_expire_and_strange_ones_are_stale() {
        let (guard, now) = (guard(), Instant::now());
        let nonce = nonce(&guard, now);
        let value = shown(Algorithm::Md5, "secret", &nonce, "00000001");
        assert_eq!(guard.check_one(&value, "INVITE", URI, now + GOOD_FOR), Shown::Stale);
        let strange = shown(Algorithm::Md5, "secret", "strange", "00000001");
        assert_eq!(guard.check_one(&strange, "INVITE", URI, now), Shown::Stale);
        assert_eq!(guard.check_one(&value, "INVITE", URI, now), Shown::Right);
    }

    #[test]
    fn everything_else_is_wrong() {
        let (guard, now) = (guard(), Instant::now());
        let nonce = nonce(&guard, now);
        let right = shown(Algorithm::Sha256, "secret", &nonce, "00000001");
        let check = |value: &str| guard.check_one(value, "INVITE", URI, now);
        assert_eq!(check(&shown(Algorithm::Sha256, "Secret", &nonce, "00000001")), Shown::Wrong);
        assert_eq!(guard.check_one(&right, "BYE", URI, now), Shown::Wrong);
        assert_eq!(guard.check_one(&right, "INVITE", "sip:+15550100002@192.0.2.1", now), Shown::Wrong);
        for (from, to) in [
            ("qop=auth", "qop=auth-int"),
            ("qop=auth, ", ""),
            ("SHA-256", "MD5"),
            ("SHA-256", "SHA-512-256"),
            ("\"trunk\"", "\"other\""),
            ("\"voip\"", "\"other\""),
            ("nc=00000001", "nc=1"),
            ("Digest ", "Basic "),
            ("cnonce=\"abc\"", "cnonce=\"abc"),
            ("cnonce=\"abc\"", "cnonce=\"abc\", cnonce=\"abc\""),
        ] {
            assert_eq!(check(&right.replace(from, to)), Shown::Wrong, "{to}");
        }
        assert_eq!(check(""), Shown::Wrong);
        assert_eq!(check(&right), Shown::Right);
    }

    #[test]
    fn what_is_not_asked_for_is_wrong() {
        let now = Instant::now();
        let guard = Guard::new("voip".to_owned(), "trunk".to_owned(), "secret".to_owned(), vec![Algorithm::Sha256]);
        assert_eq!(guard.challenge(true, now).len(), 1);
        let nonce = nonce(&guard, now);
        let value = shown(Algorithm::Md5, "secret", &nonce, "00000001");
        assert_eq!(guard.check_one(&value, "INVITE", URI, now), Shown::Wrong);
    }

    #[test]
    fn nonces_are_bounded() {
        let (guard, now) = (guard(), Instant::now());
        (0..MOST_NONCES * 3).for_each(|_| drop(guard.challenge(false, now)));
        assert_eq!(guard.nonces().len(), MOST_NONCES);
    }

    proptest! {
        #[test]
        fn no_authorization_hurts(value in ".{0,200}", digest in "Digest ([a-z]{1,9}=(\"[^\"]{0,9}\"|[a-z0-9]{0,9}),? ?){0,9}") {
            let guard = guard();
            for value in [value, digest] {
                prop_assert_eq!(guard.check_one(&value, "INVITE", URI, Instant::now()), Shown::Wrong);
            }
        }
    }
}
