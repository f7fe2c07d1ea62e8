//! Who may speak SIP to this service, and how much: decided before a message costs anything.
//!
//! At the [`Gate`] strangers are turned away. Their connections are closed before anything is read: one that nothing
//! comes by, or only half of a handshake, would cost a descriptor for as long as they like. Their datagrams are
//! answered 403 without any state (RFC 3261 section 8.2.7), and not even that when many come: nobody is answered a
//! flood. At the [`Screen`] a peer that sends more than its share gets 503 with `Retry-After` for new requests; what
//! belongs to its calls passes at ten times that rate. It refuses to look inside a message.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rsipstack::sip::headers::{Header, Headers, RetryAfter};
use rsipstack::sip::{HasHeaders, HeadersExt, Method, Request, Response, SipMessage, StatusCode, Transport};
use rsipstack::transaction::endpoint::TransportEventInspector;
use rsipstack::transaction::make_tag;
use rsipstack::transport::{SipConnection, TransportEvent, TransportWhitelist};
use tokio::task;
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::rate::Bucket;
use crate::settings::Peer;

/// How many datagrams of strangers are looked at in a second.
const STRANGERS: u32 = 20;
/// Requests within calls, for each new request that a peer may send.
const WITHIN_CALLS: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// The second one: which requests of peers reach the SIP stack.
pub(super) struct Screen(HashMap<IpAddr, Arc<Mutex<Share>>>);

struct Share {
    new: Bucket,
    within: Bucket,
}

/// The first of the two: whose datagrams and connections are taken at all. Clones are the same.
#[derive(Clone)]
pub(super) struct Gate(Arc<Strangers>);

struct Strangers {
    peers: HashSet<IpAddr>,
    allowance: Mutex<Bucket>,
    /// The tasks that read datagrams, and ask about each what was decided already.
    readers: Mutex<HashSet<task::Id>>,
}

/// What becomes of a stranger's datagram.
pub(super) enum Stranger {
    /// It is a response. Who was called may have moved there, as his `Contact` said; the stack knows its transactions.
    Pass,
    /// It is a request, and this is the answer.
    Answer(Vec<u8>),
    Drop,
}

enum Verdict {
    Pass,
    Busy,
    Drop,
}

impl Gate {
    pub(super) fn new(peers: &[Peer]) -> Self {
        let peers = peers.iter().flat_map(Peer::sources).collect();
        let allowance = Mutex::new(Bucket::new(STRANGERS, SECOND));
        Self(Arc::new(Strangers { peers, allowance, readers: Mutex::default() }))
    }

    /// Whether this is a peer's address.
    pub(super) fn is_peer(&self, from: IpAddr) -> bool {
        self.0.peers.contains(&from)
    }

    /// The task that says so reads datagrams, and keeps back those of strangers itself.
    pub(super) fn reads_datagrams(&self) {
        lock(&self.0.readers).extend(task::try_id());
    }

    /// What becomes of a stranger's datagram.
    pub(super) fn judge(&self, datagram: &[u8], from: SocketAddr, now: Instant) -> Stranger {
        if !lock(&self.0.allowance).take(now) {
            return Stranger::Drop;
        }
        let received = |message| SipConnection::update_msg_received(message, from, Transport::Udp).ok();
        match SipMessage::try_from(datagram).ok().and_then(received) {
            Some(SipMessage::Response(_)) => Stranger::Pass,
            Some(SipMessage::Request(request)) if request.method != Method::Ack => {
                Stranger::Answer(SipMessage::from(refusal(&request, StatusCode::Forbidden)).to_bytes())
            }
            Some(SipMessage::Request(_)) | None => Stranger::Drop,
        }
    }
}

#[async_trait::async_trait]
impl TransportWhitelist for Gate {
    /// The stack asks about each datagram and each connection, and does not say which of them it is: but by whom it
    /// asks.
    async fn allow(&self, from: IpAddr) -> bool {
        let reads_datagrams = task::try_id().is_some_and(|task| lock(&self.0.readers).contains(&task));
        self.is_peer(from) || reads_datagrams
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
        Self(peers.collect())
    }

    fn judge(&self, from: Option<IpAddr>, request: &Request, now: Instant) -> Verdict {
        let Some(share) = from.and_then(|from| self.0.get(&from)) else { return Verdict::Drop };
        let mut share = lock(share);
        let within = request.method == Method::Cancel
            || request.to_header().is_ok_and(|to| to.tag().is_ok_and(|tag| tag.is_some()));
        match within {
            false if share.new.take(now) => Verdict::Pass,
            true if share.within.take(now) => Verdict::Pass,
            false if request.method != Method::Ack => Verdict::Busy,
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
            Verdict::Busy => {
                debug!("a peer sends too many requests");
                let response = refusal(&request, StatusCode::ServiceUnavailable);
                let to = (!connection.is_reliable()).then_some(&from);
                if connection.send(response.into(), to).await.is_err() {
                    warn!("a refusal could not be sent");
                }
            }
            Verdict::Drop => debug!("a request is dropped"),
        }
        None
    }
}

/// The answer without a transaction: the same request gets the same answer again.
fn refusal(request: &Request, status: StatusCode) -> Response {
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
    Response { status_code: status, wire_reason: None, version: *request.version(), headers, body: Vec::new() }
}

/// Nothing in here panics while it holds a lock, so what a poisoned one guards is whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
