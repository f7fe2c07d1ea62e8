//! One side of a call: ring, answer, reject, offer again, hang up, and what the other end does.
//!
//! A leg hides whether it was called or calls, and how SIP says things; `call` sees verbs and [`Event`]s only. There is
//! one kind of leg, so it is a type and not a trait. What is between this service and that one peer is settled here:
//! session timers, OPTIONS, and what is refused within a call (REFER, offers that come late). A leg that is dropped
//! hangs up. It refuses to outlive its call: its dialog leaves the stack's tables with it.

use std::time::Duration;

use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TransactionHandle};
use rsipstack::dialog::invitation::{InviteAsyncResult, InviteOption};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::headers::{ContentType, Header, PAssertedIdentity};
use rsipstack::sip::{HasHeaders, HeadersExt, HostWithPort, Method, Param, Request, Response, StatusCode, Uri};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipAddr;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::debug;

use super::timer::SessionTimer;
use super::{Agent, allow, is_sdp, reason_value, supported, uri, wire};
use crate::cause::Cause;
use crate::settings::{Peer, Transport};

/// How long a peer may say nothing at all to an INVITE, not even 100. The stack would go on for 32 seconds, while the
/// caller hears nothing.
const FIRST_ANSWER: Duration = Duration::from_secs(8);

/// One side of a call.
pub(crate) struct Leg {
    agent: Agent,
    dialog: InviteDialog,
    states: DialogStateReceiver,
    /// The INVITE of a leg that calls, until it has been answered.
    invite: Option<JoinHandle<InviteAsyncResult>>,
    timer: Option<SessionTimer>,
    /// When to refresh, or to give up.
    due: Option<Instant>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Early,
    Answered,
    Ended,
}

/// What the other end of a leg does.
#[derive(Debug)]
pub(crate) enum Event {
    /// It rings or plays something.
    Ringing(Option<Vec<u8>>),
    /// It has answered.
    Answered(Vec<u8>),
    /// It wants other media.
    Offer(Vec<u8>, Reply),
    /// It sends what only the other end may understand (INFO): a content type, a body.
    Info(String, Vec<u8>, Reply),
    /// The leg is over.
    Ended(Cause),
}

/// The answer to a request within a call. Whoever drops it has refused.
#[derive(Debug)]
pub(crate) struct Reply(Option<TransactionHandle>);

/// Whom a leg is to call.
pub(crate) struct Destination<'a> {
    /// The peer that gets the call.
    pub(crate) peer: &'a Peer,
    /// Whom that peer is to call.
    pub(crate) callee: Callee<'a>,
    /// Who is shown as the caller (`+` and digits); nobody when it is `None`.
    pub(crate) caller: Option<&'a str>,
    /// How many more hops it may take.
    pub(crate) hops: u8,
}

/// Whom a peer is to call.
pub(crate) enum Callee<'a> {
    /// `+` and digits.
    Number(&'a str),
    /// Somebody elsewhere, whom the peer reaches.
    Uri(&'a str),
}

impl Leg {
    /// The leg of a new INVITE. `None` when it is not one that can be answered; that was said, then.
    pub(super) fn incoming(agent: &Agent, mut transaction: Transaction) -> Option<Self> {
        let transport = match transaction.connection.as_ref().map(|connection| connection.transport()) {
            Some(rsipstack::sip::Transport::Tcp) => Transport::Tcp,
            Some(rsipstack::sip::Transport::Tls) => Transport::Tls,
            _ => Transport::Udp,
        };
        let (sender, states) = agent.0.layer.new_dialog_state_channel();
        let contact = agent.contact(transport);
        let Ok(dialog) = agent.0.layer.get_or_create_server_invite(&transaction, sender, None, contact) else {
            super::reply(transaction, StatusCode::BadRequest, Vec::new());
            return None;
        };
        let timer = SessionTimer::asked(&transaction.original);
        let mut handler = dialog.clone();
        tokio::spawn(async move {
            if handler.handle(&mut transaction).await.is_err() {
                debug!("the INVITE of a call could not be handled");
            }
        });
        Some(Self { agent: agent.clone(), dialog, states, invite: None, timer, due: None, stage: Stage::Early })
    }

    /// Calls somebody.
    pub(crate) fn call(agent: &Agent, to: &Destination<'_>, offer: Vec<u8>) -> Result<Self, Cause> {
        let transport = to.peer.transport;
        let own: HostWithPort = agent.address(transport).ok_or(Cause::TEMPORARY)?.into();
        let mut headers = vec![Header::MaxForwards(u32::from(to.hops).into()), allow()];
        let caller = match to.caller {
            Some(caller) => {
                let caller = uri(caller, own, transport);
                headers.push(Header::PAssertedIdentity(PAssertedIdentity::new(format!("<{caller}>"))));
                caller
            }
            None => {
                headers.push(Header::Privacy("id".into()));
                Uri::try_from("sip:anonymous@anonymous.invalid").map_err(|_| Cause::TEMPORARY)?
            }
        };
        let peer = destination(to.peer);
        let (callee, route_set) = match to.callee {
            Callee::Number(number) => (uri(number, peer.addr.clone(), transport), Vec::new()),
            Callee::Uri(elsewhere) => {
                let mut route = uri("", peer.addr.clone(), transport);
                route.auth = None;
                route.params.push(Param::Lr);
                (Uri::try_from(elsewhere).map_err(|_| Cause::INVALID_NUMBER)?, vec![route.into()])
            }
        };
        let option = InviteOption {
            caller,
            callee,
            destination: Some(peer),
            route_set,
            offer: Some(offer),
            contact: agent.contact(transport).ok_or(Cause::TEMPORARY)?,
            credential: agent.0.credentials.get(&to.peer.name).cloned(),
            headers: Some(headers),
            ..InviteOption::default()
        };
        let (sender, states) = agent.0.layer.new_dialog_state_channel();
        let (dialog, invite) = agent.0.layer.do_invite_async(option, sender).map_err(|_| Cause::TEMPORARY)?;
        let (invite, stage) = (Some(invite), Stage::Early);
        let due = Some(Instant::now() + FIRST_ANSWER);
        Ok(Self { agent: agent.clone(), dialog, states, invite, timer: None, due, stage })
    }

    /// Says that it rings, or plays what `early` describes.
    pub(crate) fn ring(&self, early: Option<Vec<u8>>) {
        let headers = early.as_ref().map(|_| vec![sdp_type()]);
        self.dialog.ringing(headers, early).unwrap_or_else(|_| debug!("ringing could not be said"));
    }

    /// Answers.
    pub(crate) fn answer(&mut self, sdp: Vec<u8>) {
        let mut headers = vec![sdp_type(), allow(), supported()];
        headers.extend(self.timer.iter().flat_map(|timer| timer.headers()));
        if self.dialog.accept(Some(headers), Some(sdp)).is_ok() {
            self.stage = Stage::Answered;
            self.wait_for_refresh();
        }
    }

    /// Offers other media, and gives what the other end says to it.
    pub(crate) fn offer(&self, sdp: Vec<u8>) -> impl Future<Output = (u16, Option<Vec<u8>>)> + Send + use<> {
        let dialog = self.dialog.clone();
        async move {
            match dialog.reinvite(Some(vec![sdp_type(), allow()]), Some(sdp)).await {
                Ok(Some(response)) => (response.status_code.code(), body(response.body)),
                Ok(None) => (481, None),
                Err(_) => (500, None),
            }
        }
    }

    /// Sends what only the other end may understand, and gives the status that it answers.
    pub(crate) fn info(&self, kind: String, content: Vec<u8>) -> impl Future<Output = u16> + Send + use<> {
        let dialog = self.dialog.clone();
        async move {
            let headers = vec![Header::ContentType(ContentType::new(kind))];
            match dialog.info(Some(headers), Some(content)).await {
                Ok(Some(response)) => response.status_code.code(),
                Ok(None) => 481,
                Err(_) => 500,
            }
        }
    }

    /// Refuses the call for what has nothing to do with it: 503 without a cause. A proxy may try another bridge.
    pub(crate) async fn refuse(mut self) {
        self.stage = Stage::Ended;
        let refused = self.dialog.reject(Some(StatusCode::ServiceUnavailable), None);
        refused.unwrap_or_else(|_| debug!("a refusal could not be said"));
    }

    /// Ends it and does away with it.
    pub(crate) async fn end(mut self, cause: Cause) {
        self.finish(cause).await;
    }

    /// Ends it, if it has not ended.
    pub(crate) async fn finish(&mut self, cause: Cause) {
        if std::mem::replace(&mut self.stage, Stage::Ended) == Stage::Ended {
            return;
        }
        end(&self.dialog, cause).await;
    }

    /// What the other end does next. Cancel safe.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            if self.stage == Stage::Ended {
                return Event::Ended(Cause::NORMAL);
            }
            let due = self.due;
            let state = tokio::select! {
                state = self.states.recv() => state,
                () = sleep_until(due) => {
                    if let Some(cause) = self.refresh_or_give_up() {
                        return Event::Ended(cause);
                    }
                    continue;
                }
            };
            let Some(state) = state else {
                self.stage = Stage::Ended;
                return Event::Ended(Cause::TEMPORARY);
            };
            if let Some(event) = self.state(state).await {
                return event;
            }
        }
    }

    async fn state(&mut self, state: DialogState) -> Option<Event> {
        match state {
            DialogState::Trying(_) if self.stage == Stage::Early => {
                self.due = None;
                None
            }
            DialogState::Early(_, response) if self.stage == Stage::Early => {
                self.due = None;
                Some(Event::Ringing(body(response.body)))
            }
            DialogState::Confirmed(_, response) if self.stage == Stage::Early => {
                self.stage = Stage::Answered;
                self.timer = SessionTimer::set_by(&response);
                self.wait_for_refresh();
                Some(Event::Answered(response.body))
            }
            DialogState::Updated(_, request, handle) => self.update(request, handle).await,
            DialogState::Info(_, request, handle) => {
                let kind = request.headers().iter().find_map(|header| match header {
                    Header::ContentType(kind) => Some(kind.value().to_owned()),
                    _ => None,
                });
                Some(Event::Info(kind.unwrap_or_default(), request.body, Reply(Some(handle))))
            }
            DialogState::Options(_, _, handle) => {
                respond(&handle, StatusCode::OK, vec![allow(), supported()], None).await;
                None
            }
            DialogState::Refer(_, _, handle) => {
                respond(&handle, StatusCode::Decline, Vec::new(), None).await;
                None
            }
            DialogState::Message(_, _, handle) | DialogState::Notify(_, _, handle) => {
                respond(&handle, StatusCode::MethodNotAllowed, vec![allow()], None).await;
                None
            }
            DialogState::Terminated(id, _) => {
                let failure = self.failure().await;
                self.stage = Stage::Ended;
                Some(Event::Ended(failure.or_else(|| self.agent.take_reason(&id)).unwrap_or(Cause::NORMAL)))
            }
            _ => None,
        }
    }

    /// Why an INVITE of this side failed.
    async fn failure(&mut self) -> Option<Cause> {
        if self.stage != Stage::Early {
            return None;
        }
        let response = match self.invite.take()?.await {
            Ok(Ok((_, Some(response)))) => response,
            Ok(Ok((_, None))) => return Some(Cause::EXPIRED),
            Ok(Err(_)) | Err(_) => return Some(Cause::TEMPORARY),
        };
        Some(cause(&response))
    }

    async fn update(&mut self, request: Request, handle: TransactionHandle) -> Option<Event> {
        if let Some((status, headers)) = super::timer::refusal(&request) {
            respond(&handle, status, headers, None).await;
            return None;
        }
        if self.timer.is_some() || request.session_expires_header().is_some() {
            self.timer = SessionTimer::asked(&request).or(self.timer);
            self.wait_for_refresh();
        }
        if !request.body.is_empty() && is_sdp(&request) && request.body.len() <= super::LONGEST_SDP {
            return Some(Event::Offer(request.body, Reply(Some(handle))));
        }
        // An UPDATE without SDP only refreshes; an INVITE without would be an offer that comes late.
        let (status, headers) = if request.method == Method::Update && request.body.is_empty() {
            (StatusCode::OK, self.timer.map(SessionTimer::headers).unwrap_or_default())
        } else {
            (StatusCode::NotAcceptableHere, Vec::new())
        };
        respond(&handle, status, headers, None).await;
        None
    }

    fn wait_for_refresh(&mut self) {
        self.due = self.timer.map(|timer| Instant::now() + timer.wait());
    }

    fn refresh_or_give_up(&mut self) -> Option<Cause> {
        self.due = None;
        if let Some(timer) = self.timer.filter(|timer| timer.ours()) {
            let dialog = self.dialog.clone();
            tokio::spawn(async move { dialog.update(Some(timer.refresh()), None).await });
            self.wait_for_refresh();
            return None;
        }
        let cause = if self.stage == Stage::Early { Cause::TEMPORARY } else { Cause::EXPIRED };
        let dialog = self.dialog.clone();
        self.stage = Stage::Ended;
        tokio::spawn(async move { end(&dialog, cause).await });
        Some(cause)
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        let (agent, dialog) = (self.agent.clone(), self.dialog.clone());
        let ended = self.stage == Stage::Ended;
        tokio::spawn(async move {
            if !ended {
                end(&dialog, Cause::TEMPORARY).await;
            }
            let id = dialog.id();
            agent.0.layer.remove_dialog(&id);
            agent.take_reason(&id);
        });
    }
}

impl Reply {
    /// Answers with a status and, if it is a session description, a body.
    pub(crate) async fn give(mut self, status: u16, sdp: Option<Vec<u8>>) {
        if let Some(handle) = self.0.take() {
            let headers = sdp.as_ref().map(|_| vec![sdp_type(), allow()]).unwrap_or_default();
            respond(&handle, status.into(), headers, sdp).await;
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            tokio::spawn(async move { respond(&handle, StatusCode::NotAcceptableHere, Vec::new(), None).await });
        }
    }
}

async fn end(dialog: &InviteDialog, cause: Cause) {
    let reason = cause.reason();
    let state = dialog.state();
    if state.is_terminated() {
        return;
    }
    let called = dialog.role() == rsipstack::transaction::key::TransactionRole::Server;
    let done = if called && state.can_cancel() {
        dialog.reject(Some(cause.status().into()), Some(reason))
    } else {
        dialog.hangup_with_reason(reason).await
    };
    done.unwrap_or_else(|_| debug!("the end of a call could not be said"));
}

async fn respond(handle: &TransactionHandle, status: StatusCode, headers: Vec<Header>, body: Option<Vec<u8>>) {
    if handle.respond(status, Some(headers), body).await.is_err() {
        debug!("a request within a call has gone before its answer");
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn cause(response: &Response) -> Cause {
    let reasons = response.headers.iter().filter_map(reason_value);
    Cause::from_sip(response.status_code.code(), reasons)
}

/// Where requests for a peer are sent: by its name where a certificate is looked at.
pub(super) fn destination(peer: &Peer) -> SipAddr {
    let name = peer.certificate_name.as_ref().filter(|_| peer.transport == Transport::Tls);
    let addr = match name {
        Some(name) => HostWithPort {
            host: rsipstack::sip::Host::Domain(rsipstack::sip::Domain(name.clone())),
            port: Some(peer.address.port().into()),
        },
        None => peer.address.into(),
    };
    SipAddr { r#type: Some(wire(peer.transport)), addr }
}

fn sdp_type() -> Header {
    Header::ContentType(ContentType::new("application/sdp"))
}

fn body(body: Vec<u8>) -> Option<Vec<u8>> {
    if body.is_empty() { None } else { Some(body) }
}
