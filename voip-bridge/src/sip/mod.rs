//! The SIP user agent: sockets, transactions and dialogs, behind names of our own (RFC 3261).
//!
//! The stack underneath (rsipstack) is seen in this folder only. It owns transactions and their timers; this module
//! decides who is let in ([`screen`]), answers what needs no call (OPTIONS, and the refusals of RFC 3261 section 8.2),
//! and hands each new INVITE out as a [`Leg`] with its [`Invitation`], and each MESSAGE ([`message`]). It refuses
//! strangers, unsupported `Require`d extensions, methods and bodies, what comes within a call before its answer
//! ([`early`]), and to be a registrar or a proxy.

mod datagrams;
mod dialogs;
pub(crate) mod digest;
mod early;
pub(crate) mod identity;
mod leg;
pub(crate) mod message;
mod name_addr;
mod place;
mod prack;
mod refresh;
mod refusal;
mod register;
mod reliable;
mod reply;
mod screen;
mod sockets;
pub(crate) mod status;
mod timer;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use caller_tag::NumberingPlan;
use rsipstack::EndpointBuilder;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::headers::{Accept, Allow, Header};
use rsipstack::sip::{Auth, HeadersExt, Method, Param, Request, Scheme, StatusCode, Uri, Version};
use rsipstack::transaction::endpoint::{Endpoint, EndpointOption};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::TransportLayer;
use rsipstack::transport::tls::TlsConfig;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use dialogs::Dialogs;
use digest::{Guard, Shown};
use identity::Caller;
pub(crate) use leg::{Event, Leg};
pub(crate) use place::{Callee, Destination};
pub(crate) use refusal::{body_length, refusal};
use refusal::{has_length, is_legible};
pub(crate) use reply::Reply;
use sockets::{Names, read, socket};

use crate::cause::Cause;
use crate::settings::{Listen, NoSecret, Peer, Settings, Sip, Transport};

/// What this service does, in the order of RFC 3261 and its extensions.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK";
/// The extensions that a peer may require.
const SUPPORTED: &[&str] = &["timer", "100rel"];
/// New calls that wait to be looked at; more are refused.
const WAITING_CALLS: usize = 64;
/// Messages that wait to be looked at; more are refused.
const WAITING_MESSAGES: usize = 64;

/// The user agent. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Agent(Arc<Inner>);

struct Inner {
    endpoint: Endpoint,
    layer: Arc<DialogLayer>,
    peers: Vec<Peer>,
    listen: Vec<Listen>,
    /// How numbers in national form are read.
    plan: NumberingPlan,
    /// By the name of the peer: what it must show, and what this service shows it.
    guards: HashMap<String, Guard>,
    credentials: HashMap<String, Credential>,
    /// Where messages go, once somebody takes them.
    messages: OnceLock<mpsc::Sender<message::Incoming>>,
    dialogs: Dialogs,
    /// Whether the service is about to stop.
    leaving: CancellationToken,
}

/// A call that a peer wants.
pub(crate) struct Invitation {
    /// Its leg, nothing answered yet but 100.
    pub(crate) leg: Leg,
    /// The request.
    pub(crate) request: Request,
    /// Who calls, as far as the peer says.
    pub(crate) caller: Caller,
    /// The name of the peer.
    pub(crate) peer: String,
}

/// Why there is no user agent.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A socket.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A certificate, a key, the authorities.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A password.
    #[error(transparent)]
    Secret(#[from] NoSecret),
    /// What the stack says.
    #[error("SIP: {0}")]
    Stack(String),
}

impl Agent {
    /// Opens the sockets. Nothing is answered until [`Self::serve`].
    /// They are closed at `stop`; from `leaving` on nothing new is begun.
    pub(crate) async fn open(
        settings: &Settings,
        plan: &NumberingPlan,
        stop: &CancellationToken,
        leaving: &CancellationToken,
    ) -> Result<Self, OpenError> {
        let (guards, credentials) = (guards(&settings.peers)?, credentials(&settings.peers)?);
        let transports = TransportLayer::new_with_domain_resolver(stop.clone(), Box::new(Names::new(&settings.peers)));
        let gate = screen::Gate::new(&settings.peers);
        transports.set_whitelist(gate.clone());
        for listen in &settings.sip.listen {
            transports.add_transport(socket(listen, &gate, stop).await?);
        }
        if let Some(authorities) = &settings.sip.authorities {
            let ca_certs = Some(read(authorities)?);
            transports.set_tls_config(TlsConfig { ca_certs, ..TlsConfig::default() });
        }
        let dialogs = Dialogs::default();
        let mut endpoint = EndpointBuilder::new();
        endpoint
            .with_cancel_token(stop.clone())
            .with_transport_layer(transports)
            .with_inspector(dialogs.inspector())
            .with_transport_inspector(Box::new(screen::Screen::new(&settings.peers)))
            .with_user_agent(concat!("voip-bridge/", env!("CARGO_PKG_VERSION")))
            .with_option(EndpointOption {
                // Without one the stack puts a name of its own into every Call-ID.
                callid_suffix: Some(host(&settings.sip)),
                ..EndpointOption::default()
            });
        let endpoint = endpoint.build();
        let layer = Arc::new(DialogLayer::new(endpoint.inner.clone()));
        dialogs.watch(&layer);
        let (peers, listen) = (settings.peers.clone(), settings.sip.listen.clone());
        Ok(Self(Arc::new(Inner {
            endpoint,
            layer,
            peers,
            listen,
            plan: *plan,
            guards,
            credentials,
            messages: OnceLock::new(),
            dialogs,
            leaving: leaving.clone(),
        })))
    }

    /// Runs until it is stopped; new calls go to `calls`.
    pub(crate) async fn serve(&self, calls: mpsc::Sender<Invitation>) -> Result<(), OpenError> {
        let mut incoming = self.0.endpoint.incoming_transactions().map_err(|error| stack(&error))?;
        let requests = async {
            while let Some(transaction) = incoming.recv().await {
                self.dispatch(transaction, &calls);
            }
        };
        tokio::select! {
            () = self.0.endpoint.serve() => {}
            () = requests => {}
        }
        Ok(())
    }

    /// Registers where the settings say, until `stop`.
    pub(crate) async fn register(&self, stop: &CancellationToken) {
        let kept = self.0.peers.iter().filter_map(|peer| {
            let seconds = peer.account.as_ref()?.register_seconds?;
            let credential = self.0.credentials.get(&peer.name)?.clone();
            Some(tokio::spawn(register::keep(self.clone(), peer.clone(), credential, seconds, stop.clone())))
        });
        for task in kept.collect::<Vec<_>>() {
            task.await.ok();
        }
    }

    /// How many calls may wait between [`Self::serve`] and whoever takes them.
    pub(crate) fn queue() -> (mpsc::Sender<Invitation>, mpsc::Receiver<Invitation>) {
        mpsc::channel(WAITING_CALLS)
    }

    /// The messages that peers send from now on; before, and for nobody else, there are none.
    pub(crate) fn messages(&self) -> mpsc::Receiver<message::Incoming> {
        let (sender, receiver) = mpsc::channel(WAITING_MESSAGES);
        self.0.messages.get_or_init(|| sender);
        receiver
    }

    /// What this service does.
    fn allow(&self) -> Header {
        match self.0.messages.get() {
            Some(_) => Header::Allow(Allow::new(format!("{ALLOW}, MESSAGE"))),
            None => allow(),
        }
    }

    /// The peer with this name.
    pub(crate) fn peer(&self, name: &str) -> Option<&Peer> {
        self.0.peers.iter().find(|peer| peer.name == name)
    }

    /// The address that peers on this transport are told.
    fn address(&self, transport: Transport) -> Option<SocketAddr> {
        self.0.listen.iter().find(|listen| listen.transport == transport).map(|listen| listen.address)
    }

    /// Where peers on this transport send what belongs to a call.
    fn contact(&self, transport: Transport) -> Option<Uri> {
        let mut uri = uri("bridge", self.address(transport)?.into(), transport);
        // Named even for UDP: a contact without a transport is rewritten by the stack.
        uri.params = vec![Param::Transport(wire(transport))];
        Some(uri)
    }

    fn dispatch(&self, mut transaction: Transaction, calls: &mpsc::Sender<Invitation>) {
        let by_datagram = transport(&transaction) == Transport::Udp;
        let is_whole = |request: &&Request| is_legible(request) && (by_datagram || has_length(request));
        let legible = Some(&transaction.original).filter(is_whole);
        let Some(length) = legible.and_then(body_length) else {
            return reply(transaction, StatusCode::BadRequest, Vec::new());
        };
        transaction.original.body.truncate(length);
        let within = transaction.original.to_header().is_ok_and(|to| to.tag().is_ok_and(|tag| tag.is_some()));
        if within {
            self.within_dialog(transaction);
        } else if self.0.leaving.is_cancelled() {
            reply(transaction, StatusCode::ServiceUnavailable, Vec::new());
        } else {
            match refusal(&transaction.original) {
                Some((status, headers)) => reply(transaction, status, headers),
                None => self.new_request(transaction, calls),
            }
        }
    }

    fn within_dialog(&self, mut transaction: Transaction) {
        let Some(mut dialog) = self.0.layer.match_dialog(&transaction) else {
            return early::of_unknown(self, transaction);
        };
        let state = dialog.state();
        if !state.is_confirmed() && !state.is_terminated() {
            return early::request(self, &dialog, transaction);
        }
        let id = dialog.id();
        if transaction.original.method == Method::Bye {
            let reasons = transaction.original.headers.iter().filter_map(reason_value);
            if let Some(cause) = Cause::from_reasons(reasons) {
                self.dialogs().ends(&id, cause);
            }
        }
        let agent = self.clone();
        tokio::spawn(async move {
            if dialog.handle(&mut transaction).await.is_err() {
                debug!("a request within a call could not be handled");
            }
            if agent.0.layer.get_dialog(&id).is_none() {
                agent.dialogs().forget(&id);
            }
        });
    }

    fn new_request(&self, transaction: Transaction, calls: &mpsc::Sender<Invitation>) {
        match (&transaction.original.method, self.0.messages.get()) {
            (Method::Options, messages) => {
                let types = messages.map_or_else(String::new, |_| format!(", {}", message::ACCEPTED));
                let accept = Header::Accept(Accept::new(format!("application/sdp{types}")));
                reply(transaction, StatusCode::OK, vec![self.allow(), accept, supported()]);
            }
            (Method::Invite, _) => self.new_call(transaction, calls),
            (Method::Message, Some(messages)) => self.new_message(transaction, messages),
            // RFC 3261 section 9.2.
            (Method::Cancel, _) => reply(transaction, StatusCode::CallTransactionDoesNotExist, Vec::new()),
            // RFC 3261 section 8.2.1. REGISTER, too: this is no registrar.
            _ => reply(transaction, StatusCode::MethodNotAllowed, vec![self.allow()]),
        }
    }

    /// The peer that sends a request, if it is one and shows what it must; everybody else was answered.
    fn admitted(&self, transaction: Transaction) -> Option<(Transaction, &Peer)> {
        let Some(peer) = source(&transaction).and_then(|source| self.peer_at(source)) else {
            reply(transaction, StatusCode::Forbidden, Vec::new());
            return None;
        };
        if let Some(guard) = self.0.guards.get(&peer.name) {
            let now = Instant::now();
            let shown = guard.check(&transaction.original, now);
            if shown != Shown::Right {
                let challenge = guard.challenge(shown == Shown::Stale, now);
                reply(transaction, StatusCode::Unauthorized, challenge);
                return None;
            }
        }
        Some((transaction, peer))
    }

    fn new_message(&self, transaction: Transaction, messages: &mpsc::Sender<message::Incoming>) {
        let Some((transaction, peer)) = self.admitted(transaction) else { return };
        let Ok(permit) = messages.try_reserve() else {
            return message::Answer::to(transaction).give(status::SERVICE_UNAVAILABLE);
        };
        if let Some(incoming) = message::read(transaction, peer, &self.0.plan) {
            permit.send(incoming);
        }
    }

    fn new_call(&self, transaction: Transaction, calls: &mpsc::Sender<Invitation>) {
        let Some((transaction, peer)) = self.admitted(transaction) else { return };
        let Ok(permit) = calls.try_reserve() else {
            return reply(transaction, StatusCode::ServiceUnavailable, Vec::new());
        };
        let request = transaction.original.clone();
        let caller = identity::caller(&request, peer.identity, &self.0.plan);
        let peer = peer.name.clone();
        // A malformed one was answered by the transaction's own refusal.
        if let Some(leg) = Leg::incoming(self, transaction, self.0.credentials.get(&peer).cloned()) {
            permit.send(Invitation { leg, request, caller, peer });
        }
    }

    fn peer_at(&self, source: IpAddr) -> Option<&Peer> {
        self.0.peers.iter().find(|peer| peer.sources().any(|own| own == source))
    }

    /// What is known of dialogs.
    fn dialogs(&self) -> &Dialogs {
        &self.0.dialogs
    }
}

/// Nothing in here panics while it holds a lock, so what a poisoned one guards is whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn guards(peers: &[Peer]) -> Result<HashMap<String, Guard>, NoSecret> {
    let guarded = peers.iter().filter_map(|peer| Some((peer.name.clone(), peer.require.as_ref()?)));
    guarded
        .map(|(name, required)| {
            let password = required.password.read()?;
            Ok((name, Guard::new(required.realm.clone(), required.user.clone(), password, required.digests.clone())))
        })
        .collect()
}

fn credentials(peers: &[Peer]) -> Result<HashMap<String, Credential>, NoSecret> {
    let known = peers.iter().filter_map(|peer| Some((peer.name.clone(), peer.account.as_ref()?)));
    known
        .map(|(name, account)| {
            let (username, password) = (account.user.clone(), account.password.read()?);
            Ok((name, Credential { username, password, realm: None, auth_username: None }))
        })
        .collect()
}

/// Answers and waits until the transaction has done what its method asks for.
fn reply(mut transaction: Transaction, status: StatusCode, headers: Vec<Header>) {
    // The stack repeats the request's version, which may be one that nobody speaks.
    transaction.original.version = Version::V2;
    tokio::spawn(async move {
        if transaction.reply_with(status, headers, None).await.is_err() {
            return debug!("an answer could not be sent");
        }
        if transaction.original.method == Method::Invite {
            while transaction.receive().await.is_some() {}
        }
    });
}

fn reason_value(header: &Header) -> Option<&str> {
    match header {
        Header::Reason(reason) => Some(reason.value()),
        _ => None,
    }
}

fn allow() -> Header {
    Header::Allow(Allow::new(ALLOW))
}

fn supported() -> Header {
    Header::Supported(SUPPORTED.join(", ").into())
}

/// The transport that a request came by.
fn transport(transaction: &Transaction) -> Transport {
    match transaction.connection.as_ref().map(|connection| connection.transport()) {
        Some(rsipstack::sip::Transport::Tcp) => Transport::Tcp,
        Some(rsipstack::sip::Transport::Tls) => Transport::Tls,
        _ => Transport::Udp,
    }
}

/// The IP address that a request came from.
fn source(transaction: &Transaction) -> Option<IpAddr> {
    let address = transaction.connection.as_ref()?.get_remote_addr()?;
    address.get_socketaddr().ok().map(|address| address.ip())
}

/// `sip:user@address`.
fn uri(user: &str, address: rsipstack::sip::HostWithPort, transport: Transport) -> Uri {
    let params = if transport == Transport::Udp { Vec::new() } else { vec![Param::Transport(wire(transport))] };
    Uri {
        scheme: Some(Scheme::Sip),
        auth: Some(Auth { user: user.to_owned(), password: None }),
        host_with_port: address,
        params,
        headers: Vec::new(),
    }
}

fn wire(transport: Transport) -> rsipstack::sip::Transport {
    match transport {
        Transport::Udp => rsipstack::sip::Transport::Udp,
        Transport::Tcp => rsipstack::sip::Transport::Tcp,
        Transport::Tls => rsipstack::sip::Transport::Tls,
    }
}

/// The host that stands in Call-IDs.
fn host(sip: &Sip) -> String {
    sip.listen.first().map(|listen| listen.address.ip().to_string()).unwrap_or_default()
}

fn stack(error: &rsipstack::Error) -> OpenError {
    OpenError::Stack(error.to_string())
}
