//! How often somebody may show a wrong token: so many a minute from one address, and so many from all together.
//!
//! Who is out of attempts is not even told whether the next one was right. Those of others go on, until the limit for
//! all is reached; it bounds how many addresses are remembered, too. Of IPv6 a whole /64 counts as one address, as
//! one subscriber has that many. Behind a proxy the address is the one that the proxy says it has seen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use tokio::time::Instant;

use super::session;
use crate::rate::{Bucket, Buckets};

/// Wrong tokens a minute from one address.
const OF_ONE: u32 = 10;
/// And from all.
const OF_ALL: u32 = 100;
const MINUTE: Duration = Duration::from_secs(60);

/// The header in which a proxy says whom it serves, the last hop last.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The attempts of late.
pub(super) struct Attempts {
    /// Whether a proxy is in front.
    behind_proxy: bool,
    failed: Mutex<Failed>,
}

struct Failed {
    of_one: Buckets<IpAddr>,
    of_all: Bucket,
}

/// What an attempt comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    TooMany,
}

impl Attempts {
    pub(super) fn new(behind_proxy: bool) -> Self {
        let failed = Failed { of_one: Buckets::new(OF_ONE, MINUTE), of_all: Bucket::new(OF_ALL, MINUTE) };
        Self { behind_proxy, failed: Mutex::new(failed) }
    }

    /// Compares what was shown with the token; nothing shown is no attempt, and wrong.
    pub(super) fn judge(&self, shown: Option<&str>, token: &str, from: IpAddr, now: Instant) -> Verdict {
        let Some(shown) = shown.filter(|shown| !shown.is_empty()) else { return Verdict::Wrong };
        let right = session::same(shown, token);
        let from = subscriber(from);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if !failed.of_all.has(now) || !failed.of_one.has(&from, now) {
            Verdict::TooMany
        } else if right {
            Verdict::Right
        } else {
            failed.of_all.take(now);
            failed.of_one.take(from, now);
            Verdict::Wrong
        }
    }

    /// From where a request comes.
    pub(super) fn source(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        // Each proxy appends whom it has seen: only the last word is that of ours.
        let said = headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
        let said = said.and_then(|value| value.rsplit(',').next()?.trim().parse().ok());
        said.filter(|_| self.behind_proxy).or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

/// Whose address it is, as far as an address tells.
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const TOKEN: &str = "the token";

    fn wrong(attempts: &Attempts, from: &str, now: Instant) -> Verdict {
        attempts.judge(Some("wrong"), TOKEN, from.parse().unwrap(), now)
    }

    fn right(attempts: &Attempts, from: &str, now: Instant) -> Verdict {
        attempts.judge(Some(TOKEN), TOKEN, from.parse().unwrap(), now)
    }

    #[test]
    fn who_was_wrong_too_often_waits_and_others_do_not() {
        let (attempts, start) = (Attempts::new(false), Instant::now());
        for _ in 0..OF_ONE {
            assert_eq!(wrong(&attempts, "192.0.2.1", start), Verdict::Wrong);
        }
        assert_eq!(wrong(&attempts, "192.0.2.1", start), Verdict::TooMany);
        assert_eq!(right(&attempts, "192.0.2.1", start), Verdict::TooMany);
        assert_eq!(right(&attempts, "::ffff:192.0.2.1", start), Verdict::TooMany);
        assert_eq!(right(&attempts, "192.0.2.2", start), Verdict::Right);
        assert_eq!(right(&attempts, "192.0.2.1", start + MINUTE / OF_ONE), Verdict::Right);
    }

    #[test]
    fn the_right_token_and_none_at_all_cost_nothing() {
        let (attempts, start) = (Attempts::new(false), Instant::now());
        for _ in 0..OF_ALL * 2 {
            assert_eq!(right(&attempts, "192.0.2.1", start), Verdict::Right);
            assert_eq!(attempts.judge(None, TOKEN, Ipv4Addr::LOCALHOST.into(), start), Verdict::Wrong);
        }
    }

    #[test]
    fn many_addresses_are_one_attacker() {
        let (attempts, start) = (Attempts::new(false), Instant::now());
        let address = |index: u32| format!("2001:db8:{index:x}::1");
        let wrong = (0..1000).filter(|index| wrong(&attempts, &address(*index), start) == Verdict::Wrong).count();
        assert_eq!(wrong, OF_ALL as usize);
        assert!(attempts.failed.lock().unwrap().of_one.len() <= OF_ALL as usize);
        assert_eq!(right(&attempts, "192.0.2.1", start), Verdict::TooMany);
        assert_eq!(right(&attempts, "192.0.2.1", start + MINUTE), Verdict::Right);
    }

    #[test]
    fn all_of_a_subscribers_addresses_are_one() {
        let (attempts, start) = (Attempts::new(false), Instant::now());
        for host in 0..OF_ONE {
            assert_eq!(wrong(&attempts, &format!("2001:db8::{host:x}"), start), Verdict::Wrong);
        }
        assert_eq!(wrong(&attempts, "2001:db8::ffff:1", start), Verdict::TooMany);
        assert_eq!(wrong(&attempts, "2001:db8:0:1::1", start), Verdict::Wrong);
    }

    #[test]
    fn only_the_proxys_own_word_counts_and_only_if_there_is_one() {
        let peer = SocketAddr::from(([192, 0, 2, 9], 1));
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(peer));
        let mut headers = HeaderMap::new();
        assert_eq!(Attempts::new(true).source(&headers, &extensions), peer.ip());
        headers.append(FORWARDED_FOR, HeaderValue::from_static("198.51.100.1"));
        headers.append(FORWARDED_FOR, HeaderValue::from_static("198.51.100.2, 203.0.113.3"));
        assert_eq!(Attempts::new(true).source(&headers, &extensions), IpAddr::from([203, 0, 113, 3]));
        assert_eq!(Attempts::new(false).source(&headers, &extensions), peer.ip());
    }
}
