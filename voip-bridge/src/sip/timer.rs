//! Session timers (RFC 4028): a call whose other end has gone away silently ends.
//!
//! Each leg has its own. The peer that asks for a timer refreshes (`refresher=uac`) unless it asks this side to, and then
//! this side refreshes by UPDATE at half the interval. It refuses intervals below 90 seconds with 422 (section 4), and
//! asks for no timer itself.

use std::time::Duration;

use rsipstack::sip::headers::{Header, Require};
use rsipstack::sip::{HeadersExt, Request, StatusCode};

/// The shortest interval that anybody may ask for (RFC 4028 section 4).
const SHORTEST: u32 = 90;

/// The timer of one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionTimer {
    seconds: u32,
    /// Whether this side refreshes.
    ours: bool,
    /// Whether the peer understands `Require: timer`.
    understood: bool,
}

/// 422 when the interval is too short.
pub(super) fn refusal(request: &Request) -> Option<(StatusCode, Vec<Header>)> {
    let (seconds, _) = expires(request)?;
    let too_short = Header::MinSE(SHORTEST.to_string().into());
    (seconds < SHORTEST).then(|| (StatusCode::SessionIntervalTooSmall, vec![too_short]))
}

impl SessionTimer {
    /// The timer that an INVITE or UPDATE asks for.
    pub(super) fn asked(request: &Request) -> Option<Self> {
        let (seconds, refresher) = expires(request)?;
        let understood = request.header_contains_token("Supported", "timer");
        let allowed = request.header_value("Allow").unwrap_or_default();
        let updates = allowed.split(',').any(|method| method.trim() == "UPDATE");
        let ours = refresher.as_deref() == Some("uas");
        // Without UPDATE, and without a peer that refreshes, there is no timer to keep.
        (!ours || updates).then_some(Self { seconds: seconds.max(SHORTEST), ours, understood })
    }

    /// The timer that a 2xx sets. This side has not said that it supports any: the peer refreshes.
    pub(super) fn set_by(response: &impl HeadersExt) -> Option<Self> {
        let (seconds, _) = expires(response)?;
        Some(Self { seconds: seconds.max(SHORTEST), ours: false, understood: false })
    }

    /// The headers of the 2xx that agrees.
    pub(super) fn headers(self) -> Vec<Header> {
        let refresher = if self.ours { "uas" } else { "uac" };
        let mut headers = vec![Header::SessionExpires(format!("{};refresher={refresher}", self.seconds).into())];
        if self.understood && !self.ours {
            headers.push(Header::Require(Require::new("timer")));
        }
        headers
    }

    /// The headers of an UPDATE by which this side refreshes.
    pub(super) fn refresh(self) -> Vec<Header> {
        vec![
            Header::SessionExpires(format!("{};refresher=uac", self.seconds).into()),
            Header::Supported("timer".into()),
        ]
    }

    /// Whether this side refreshes.
    pub(super) fn ours(self) -> bool {
        self.ours
    }

    /// How long to wait: before refreshing, or before giving up on a peer that does not (section 10).
    pub(super) fn wait(self) -> Duration {
        let seconds = if self.ours { self.seconds / 2 } else { self.seconds - (self.seconds / 3).min(32) };
        Duration::from_secs(seconds.into())
    }
}

/// `1800;refresher=uac`.
fn expires(message: &impl HeadersExt) -> Option<(u32, Option<String>)> {
    let value = message.session_expires_header()?.value();
    let mut parts = value.split(';').map(str::trim);
    let seconds = parts.next()?.parse().ok()?;
    let refresher = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("refresher").then(|| value.trim().to_ascii_lowercase())
    });
    Some((seconds, refresher))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(headers: &str) -> Request {
        let text = format!(
            "INVITE sip:1@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nFrom: <sip:2@192.0.2.9>;tag=1\r\n\
             To: <sip:1@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{headers}\r\n"
        );
        Request::try_from(text.as_str()).expect("a request")
    }

    #[test]
    fn the_peer_refreshes_unless_it_asks_not_to() {
        let timer = SessionTimer::asked(&invite("Session-Expires: 1800\r\nSupported: timer\r\n")).expect("a timer");
        assert!(!timer.ours());
        assert_eq!(timer.wait(), Duration::from_secs(1768));
        assert_eq!(timer.headers().len(), 2);
        let asks = "Session-Expires: 200 ; Refresher=UAS\r\nSupported: timer\r\nAllow: UPDATE\r\n";
        let timer = SessionTimer::asked(&invite(asks)).expect("a timer");
        assert!(timer.ours());
        assert_eq!(timer.wait(), Duration::from_secs(100));
        assert_eq!(SessionTimer::asked(&invite("Session-Expires: 200;refresher=uas\r\n")), None);
    }

    #[test]
    fn short_intervals_are_refused_and_malformed_ones_are_none() {
        let (status, headers) = refusal(&invite("Session-Expires: 89\r\n")).expect("a refusal");
        assert_eq!(status, StatusCode::SessionIntervalTooSmall);
        assert_eq!(headers.first().map(Header::value), Some("90"));
        assert_eq!(refusal(&invite("Session-Expires: 90\r\n")), None);
        assert_eq!(SessionTimer::asked(&invite("Session-Expires: soon\r\n")), None);
        assert_eq!(SessionTimer::asked(&invite("")), None);
    }
}
