//! Who may speak SIP to this service, and how much: decided before a message costs anything.
//!
//! A request from an address that is no peer's is answered 403 without any state (RFC 3261 section 8.2.7), and not even
//! that when many come: nobody is answered a flood. A peer that sends more than its share gets 503 with `Retry-After`
//! for new requests; what belongs to its calls passes at ten times that rate. Before that, at the [`Gate`], so many
//! datagrams and connections of strangers are taken a second and the rest dropped unread, so that they fill neither
//! tables nor descriptors. It refuses to look inside a message.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rsipstack::sip::headers::{Header, Headers, RetryAfter};
use rsipstack::sip::{HasHeaders, HeadersExt, Method, Request, Response, SipMessage, StatusCode};
use rsipstack::transaction::endpoint::TransportEventInspector;
use rsipstack::transaction::make_tag;
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent, TransportWhitelist};
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::rate::Bucket;
use crate::settings::Peer;

/// How many strangers are told 403 in a second.
const ANSWERS_TO_STRANGERS: u32 = 20;
/// Requests within calls, for each new request that a peer may send.
const WITHIN_CALLS: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// The second one: which requests reach the SIP stack.
pub(super) struct Screen {
    peers: HashMap<IpAddr, Arc<Mutex<Share>>>,
    strangers: Mutex<Bucket>,
}

struct Share {
    new: Bucket,
    within: Bucket,
}

/// The first of the two: whose datagrams and connections are taken at all.
pub(super) struct Gate {
    peers: HashSet<IpAddr>,
    strangers: Mutex<Bucket>,
}

enum Verdict {
    Pass,
    Answer(StatusCode),
    Drop,
}

impl Gate {
    pub(super) fn new(peers: &[Peer]) -> Self {
        let peers = peers.iter().flat_map(Peer::sources).collect();
        Self { peers, strangers: Mutex::new(Bucket::new(ANSWERS_TO_STRANGERS, SECOND)) }
    }
}

#[async_trait::async_trait]
impl TransportWhitelist for Gate {
    async fn allow(&self, from: IpAddr) -> bool {
        self.peers.contains(&from) || lock(&self.strangers).take(Instant::now())
    }
}

impl Screen {
    pub(super) fn new(peers: &[Peer]) -> Self {
        let share = |peer: &Peer| {
            let within = Bucket::new(peer.rate.saturating_mul(WITHIN_CALLS), SECOND);
            Arc::new(Mutex::new(Share { new: Bucket::new(peer.rate, SECOND), within }))
        };
        let peers = peers.iter().flat_map(|peer| {
            let share = share(peer);
            peer.sources().map(move |source| (source, share.clone()))
        });
        Self { peers: peers.collect(), strangers: Mutex::new(Bucket::new(ANSWERS_TO_STRANGERS, SECOND)) }
    }

    fn judge(&self, from: Option<IpAddr>, request: &Request, now: Instant) -> Verdict {
        let answerable = request.method != Method::Ack;
        let Some(share) = from.and_then(|from| self.peers.get(&from)) else {
            let answer = answerable && lock(&self.strangers).take(now);
            return if answer { Verdict::Answer(StatusCode::Forbidden) } else { Verdict::Drop };
        };
        let mut share = lock(share);
        let within = request.method == Method::Cancel
            || request.to_header().is_ok_and(|to| to.tag().is_ok_and(|tag| tag.is_some()));
        match within {
            false if share.new.take(now) => Verdict::Pass,
            true if share.within.take(now) => Verdict::Pass,
            false if answerable => Verdict::Answer(StatusCode::ServiceUnavailable),
            _ => Verdict::Drop,
        }
    }
}

#[async_trait::async_trait]
impl TransportEventInspector for Screen {
    async fn handle(&self, event: TransportEvent) -> Option<TransportEvent> {
        let TransportEvent::Incoming(SipMessage::Request(request), connection, from) = event else {
            return Some(event);
        };
        let address = from.get_socketaddr().ok();
        match self.judge(address.map(|address| address.ip()), &request, Instant::now()) {
            Verdict::Pass => return Some(TransportEvent::Incoming(request.into(), connection, from)),
            Verdict::Answer(status) => {
                debug!(status = status.code(), "a request is not let in");
                let stranger = status == StatusCode::Forbidden;
                answer(&request, status, &connection, &from).await;
                if stranger && connection.is_reliable() {
                    // A stranger's connection costs a descriptor for as long as it is open.
                    connection.close().await.ok();
                }
            }
            Verdict::Drop => debug!("a request is dropped"),
        }
        None
    }
}

/// Answers without a transaction: the same request gets the same answer again.
async fn answer(request: &Request, status: StatusCode, connection: &SipConnection, from: &SipAddr) {
    let mut headers = Headers::default();
    for header in request.headers().iter() {
        match header {
            Header::Via(_) | Header::From(_) | Header::CallId(_) | Header::CSeq(_) => headers.push(header.clone()),
            Header::To(to) => headers.push(Header::To(to.with_tag(make_tag()))),
            _ => {}
        }
    }
    if status == StatusCode::ServiceUnavailable {
        headers.push(Header::RetryAfter(RetryAfter::new("1")));
    }
    headers.push(Header::ContentLength(0.into()));
    let response =
        Response { status_code: status, wire_reason: None, version: *request.version(), headers, body: Vec::new() };
    let to = (!connection.is_reliable()).then_some(from);
    if connection.send(response.into(), to).await.is_err() {
        warn!("a refusal could not be sent");
    }
}

/// Nothing in here panics while it holds a lock, so what a poisoned one guards is whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
