//! Session timers (RFC 4028): a call whose other end has gone away silently ends.
//!
//! Each leg has its own. Of calls that this side makes it asks for one, and refreshes itself unless the other end wants
//! to; of calls that come in it agrees to what is asked for, and leaves refreshing to the peer unless that asks it to.
//! It refreshes at half the interval: by UPDATE where the peer allows it, else by an INVITE with the description that
//! there is. It refuses intervals below 90 seconds with 422 (section 4), and longer ones than a day from nobody.

use std::time::Duration;

use rsipstack::sip::headers::{Header, Require};
use rsipstack::sip::{HeadersExt, Request, Response, StatusCode};

/// The shortest interval that anybody may ask for (RFC 4028 section 4).
const SHORTEST: u32 = 90;
/// The interval that this side asks for (section 4 recommends it).
const USUAL: u32 = 1800;
/// A peer that wants no shorter interval than this is not called.
const LONGEST: u32 = 86_400;

/// The timer of one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionTimer {
    seconds: u32,
    /// Whether this side refreshes.
    ours: bool,
    /// Whether the peer understands `Require: timer`.
    understood: bool,
    /// Whether the peer takes UPDATE.
    updates: bool,
}

/// 422 when the interval is too short.
pub(super) fn refusal(request: &Request) -> Option<(StatusCode, Vec<Header>)> {
    let (seconds, _) = expires(request)?;
    (seconds < SHORTEST).then(|| (StatusCode::SessionIntervalTooSmall, vec![least(SHORTEST)]))
}

/// The headers of an INVITE by which this side asks for a timer: of the usual interval, or of one that a 422 has named.
pub(super) fn ask(seconds: Option<u32>) -> Vec<Header> {
    let seconds = seconds.unwrap_or(USUAL).max(USUAL);
    let mut headers = vec![Header::Supported("timer".into()), Header::SessionExpires(seconds.to_string().into())];
    if seconds > USUAL {
        headers.push(least(seconds));
    }
    headers
}

/// The interval that a 422 names, when this side may ask for that.
pub(super) fn least_of(refusal: &Response) -> Option<u32> {
    if refusal.status_code != StatusCode::SessionIntervalTooSmall {
        return None;
    }
    refusal.header_value("Min-SE")?.split(';').next()?.trim().parse().ok().filter(|seconds| *seconds <= LONGEST)
}

fn least(seconds: u32) -> Header {
    Header::MinSE(seconds.to_string().into())
}

impl SessionTimer {
    /// The timer that an INVITE or UPDATE asks for.
    pub(super) fn asked(request: &Request) -> Option<Self> {
        let (seconds, refresher) = expires(request)?;
        let understood = request.header_contains_token("Supported", "timer");
        let ours = refresher.as_deref() == Some("uas");
        Some(Self { seconds: seconds.max(SHORTEST), ours, understood, updates: updates(request) })
    }

    /// The timer that a 2xx to this side's INVITE sets. Without one the other end knows no timers, and this side
    /// refreshes alone (section 7.2).
    pub(super) fn set_by(response: &Response, asked: Option<u32>) -> Self {
        let updates = updates(response);
        match expires(response) {
            Some((seconds, refresher)) => {
                let ours = refresher.as_deref() != Some("uas");
                Self { seconds: seconds.max(SHORTEST), ours, understood: true, updates }
            }
            None => Self { seconds: asked.unwrap_or(USUAL).max(USUAL), ours: true, understood: false, updates },
        }
    }

    /// The same timer with the interval that a 422 to a refresh has named.
    pub(super) fn longer(self, seconds: u32) -> Self {
        Self { seconds: seconds.max(self.seconds), ..self }
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

    /// The headers of a request by which this side refreshes.
    pub(super) fn refresh(self) -> Vec<Header> {
        let mut headers = vec![
            Header::SessionExpires(format!("{};refresher=uac", self.seconds).into()),
            Header::Supported("timer".into()),
        ];
        if self.seconds > USUAL {
            headers.push(least(self.seconds));
        }
        headers
    }

    /// Whether this side refreshes.
    pub(super) fn ours(self) -> bool {
        self.ours
    }

    /// Whether the peer takes UPDATE.
    pub(super) fn updates(self) -> bool {
        self.updates
    }

    /// How long to wait: before refreshing, or before giving up on a peer that does not (section 10).
    pub(super) fn wait(self) -> Duration {
        let seconds = if self.ours { self.seconds / 2 } else { self.seconds - (self.seconds / 3).min(32) };
        Duration::from_secs(seconds.into())
    }
}

fn updates(message: &impl HeadersExt) -> bool {
    message.header_value("Allow").is_some_and(|allowed| allowed.split(',').any(|method| method.trim() == "UPDATE"))
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

    const HEAD: &str = "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nFrom: <sip:2@192.0.2.9>;tag=1\r\n\
                        To: <sip:1@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n";

    fn invite(headers: &str) -> Request {
        let text = format!("INVITE sip:1@192.0.2.1 SIP/2.0\r\n{HEAD}{headers}\r\n");
        Request::try_from(text.as_str()).expect("a request")
    }

    fn response(status: &str, headers: &str) -> Response {
        Response::try_from(format!("SIP/2.0 {status}\r\n{HEAD}{headers}\r\n").as_str()).expect("a response")
    }

    fn value(headers: &[Header], name: &str) -> Option<String> {
        headers.iter().find(|header| header.name() == name).map(|header| header.value().to_owned())
    }

    #[test]
    fn the_peer_refreshes_unless_it_asks_not_to() {
        let timer = SessionTimer::asked(&invite("Session-Expires: 1800\r\nSupported: timer\r\n")).expect("a timer");
        assert!(!timer.ours());
        assert_eq!(timer.wait(), Duration::from_secs(1768));
        assert_eq!(timer.headers().len(), 2);
        let asks = "Session-Expires: 200 ; Refresher=UAS\r\nSupported: timer\r\nAllow: UPDATE\r\n";
        let timer = SessionTimer::asked(&invite(asks)).expect("a timer");
        assert!(timer.ours() && timer.updates());
        assert_eq!(timer.wait(), Duration::from_secs(100));
        let without = SessionTimer::asked(&invite("Session-Expires: 200;refresher=uas\r\n")).expect("a timer");
        assert!(without.ours() && !without.updates());
    }

    #[test]
    fn this_side_refreshes_what_it_asked_for_unless_the_other_end_does() {
        let agreed = SessionTimer::set_by(&response("200 OK", "Session-Expires: 600;refresher=uas\r\n"), None);
        assert_eq!((agreed.ours(), agreed.wait()), (false, Duration::from_secs(568)));
        let agreed = SessionTimer::set_by(&response("200 OK", "Session-Expires: 600;refresher=uac\r\n"), None);
        assert_eq!((agreed.ours(), agreed.wait()), (true, Duration::from_secs(300)));
        let alone = SessionTimer::set_by(&response("200 OK", ""), Some(3600));
        assert_eq!((alone.ours(), alone.wait()), (true, Duration::from_secs(1800)));
    }

    #[test]
    fn an_interval_that_is_too_small_is_asked_for_again_as_it_is_wanted() {
        let refused = response("422 Session Interval Too Small", "Min-SE: 3600;x=y\r\n");
        let seconds = least_of(&refused);
        assert_eq!(seconds, Some(3600));
        let headers = ask(seconds);
        assert_eq!(value(&headers, "Session-Expires").as_deref(), Some("3600"));
        assert_eq!(value(&headers, "Min-SE").as_deref(), Some("3600"));
        assert_eq!(value(&ask(None), "Session-Expires").as_deref(), Some("1800"));
        let timer = SessionTimer::set_by(&response("200 OK", ""), None).longer(3600);
        assert_eq!(value(&timer.refresh(), "Session-Expires").as_deref(), Some("3600;refresher=uac"));
        // No second a year, and nothing that is not asked for.
        assert_eq!(least_of(&response("422 No", "Min-SE: 4000000000\r\n")), None);
        assert_eq!(least_of(&response("422 No", "")), None);
        assert_eq!(least_of(&response("486 Busy Here", "Min-SE: 3600\r\n")), None);
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
