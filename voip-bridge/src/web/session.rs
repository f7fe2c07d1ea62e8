//! Who may come in: the token, compared in constant time, and the sessions of browsers that have shown it.
//!
//! A session lives in this process only and ends after [`LIFETIME`], at the logout, or when [`MOST`] newer ones are
//! there. Its name and its form token are random and have nothing to do with the token.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use ril_protocol::hex::to_hex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::pool::Timestamp;

/// How long a session lasts, in seconds.
const LIFETIME: i64 = 12 * 3_600;

/// How many sessions there may be.
const MOST: usize = 64;

/// The name of the cookie.
const NAME: &str = "voip_bridge_session";

/// The sessions there are.
pub(super) struct Sessions {
    secure: bool,
    open: Mutex<HashMap<String, Session>>,
}

/// One browser's.
#[derive(Clone)]
struct Session {
    form_token: String,
    until: Timestamp,
}

/// Whether two secrets are one, in a time that tells nothing of either, not even the length.
pub(super) fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one).as_slice().ct_eq(Sha256::digest(other).as_slice()).into()
}

impl Sessions {
    pub(super) fn new(secure: bool) -> Self {
        Self { secure, open: Mutex::default() }
    }

    /// Begins a session; the value of `Set-Cookie` for it, which is always one.
    pub(super) fn begin(&self, now: Timestamp) -> Option<HeaderValue> {
        let (name, form_token) = (random(), random());
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.until > now);
        if open.len() >= MOST {
            let oldest = open.iter().min_by_key(|(_, session)| session.until).map(|(name, _)| name.clone());
            oldest.and_then(|oldest| open.remove(&oldest));
        }
        open.insert(name.clone(), Session { form_token, until: Timestamp(now.0 + LIFETIME) });
        self.cookie(&name, LIFETIME)
    }

    /// Ends the session of a request; the value of `Set-Cookie` that makes the browser forget it.
    pub(super) fn end(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let name = session_name(headers)?;
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        self.cookie("", 0)
    }

    /// The form token of the session to which a request belongs.
    pub(super) fn form_token(&self, headers: &HeaderMap, now: Timestamp) -> Option<String> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open.get(session_name(headers)?)?;
        (session.until > now).then(|| session.form_token.clone())
    }

    fn cookie(&self, value: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        HeaderValue::try_from(cookie).ok()
    }
}

/// The name of the session in the cookies of a request (RFC 6265, 5.4).
fn session_name(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == NAME).then_some(value)
    })
}

/// 32 random bytes in hexadecimal.
fn random() -> String {
    to_hex(&rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn request(cookie: &HeaderValue) -> HeaderMap {
        let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&format!("other=1; {cookie}")).unwrap())])
    }

    #[test]
    fn a_session_lasts_until_it_is_ended_or_old() {
        let sessions = Sessions::new(true);
        let cookie = sessions.begin(NOW).unwrap();
        assert!(cookie.to_str().unwrap().ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure"));
        let headers = request(&cookie);
        assert!(sessions.form_token(&headers, NOW).is_some());
        assert!(sessions.form_token(&headers, Timestamp(NOW.0 + LIFETIME)).is_none());
        assert!(sessions.form_token(&HeaderMap::new(), NOW).is_none());
        sessions.end(&headers).unwrap();
        assert!(sessions.form_token(&headers, NOW).is_none());
    }

    #[test]
    fn the_oldest_session_makes_room() {
        let sessions = Sessions::new(false);
        let first = request(&sessions.begin(NOW).unwrap());
        let second = request(&sessions.begin(Timestamp(NOW.0 + 1)).unwrap());
        for _ in 0..MOST - 1 {
            sessions.begin(Timestamp(NOW.0 + 2)).unwrap();
        }
        assert!(sessions.form_token(&first, NOW).is_none());
        assert!(sessions.form_token(&second, NOW).is_some());
        assert_eq!(sessions.open.lock().unwrap().len(), MOST);
    }

    #[test]
    fn secrets_are_compared_whole() {
        assert!(same("a secret", "a secret"));
        assert!(!same("a secret", "a secre") && !same("", "x") && !same("a secret", "b secret"));
    }
}
