//! One side of a call: ring, answer, reject, offer again, hang up, and what the other end does.
//!
//! A leg hides whether it was called or calls, and how SIP says things; `call` sees verbs and [`Event`]s only. There is
//! one kind of leg, so it is a type and not a trait. What is between this service and that one peer is settled here:
//! session timers, responses that must arrive, OPTIONS, whose the descriptions are, and what is refused within a call
//! (REFER). A leg that is dropped hangs up. It refuses to outlive its call: its dialog leaves the stack's tables with
//! it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TransactionHandle};
use rsipstack::dialog::invitation::InviteAsyncResult;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::headers::{ContentType, Header};
use rsipstack::sip::{HasHeaders, HeadersExt, Method, Request, Response, StatusCode, StatusCodeKind};
use rsipstack::transaction::transaction::Transaction;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::debug;

use super::place::{Destination, Invite, Sent};
use super::prack::Agreed;
use super::refresh::{Refreshed, refresh};
use super::refusal::is_sdp;
use super::reliable::{Reliable, Step};
use super::reply::{Reply, SharedOrigin, lock, refresh_target, respond, sdp_type, stamp};
use super::timer::SessionTimer;
use super::{Agent, allow, body_length, reason_value, status, supported, transport};
use crate::cause::Cause;
use crate::media::origin::Origin;
use crate::media::sdp;

/// How long a peer may say nothing at all to an INVITE, not even 100. The stack would go on for 32 seconds, while the
/// caller hears nothing.
const FIRST_ANSWER: Duration = Duration::from_secs(8);
/// When a refresh is tried again that met a change of the peer's.
const LATER: Duration = Duration::from_secs(4);
/// How often a change is tried that meets one of the peer's.
const TRIES: usize = 4;

/// One side of a call.
pub(crate) struct Leg {
    agent: Agent,
    dialog: InviteDialog,
    states: DialogStateReceiver,
    /// Whose the descriptions are that the peer is told.
    origin: SharedOrigin,
    /// The INVITE of a leg that calls, and what comes of it until it has been answered.
    invite: Option<Box<(Invite, JoinHandle<InviteAsyncResult>)>>,
    /// The answer that has come before the 2xx.
    agreed: Option<Agreed>,
    /// The CSeq of the peer's INVITE whose answer comes with the ACK, as this side makes the offer.
    late: Option<u32>,
    /// Provisional responses that must arrive, and the answer that waits for them.
    reliable: Option<Reliable>,
    answer: Option<Vec<u8>>,
    timer: Option<SessionTimer>,
    /// When to refresh, or to give up.
    due: Option<Instant>,
    refreshing: Option<JoinHandle<Refreshed>>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Early,
    Answered,
    /// The dialog is over, and nobody was told yet.
    Over,
    Ended,
}

/// What the other end of a leg does.
#[derive(Debug)]
pub(crate) enum Event {
    /// It rings or plays something.
    Ringing(Option<Vec<u8>>),
    /// It has answered: a call, or the offer that it has asked for, and then with nothing if it is malformed.
    Answered(Vec<u8>),
    /// It wants other media.
    Offer(Vec<u8>, Reply),
    /// It asks what media there are: [`Reply::offer_again`], and [`Event::Answered`] follows.
    Asked(Reply),
    /// It sends what only the other end may understand (INFO): a content type, a body.
    Info(String, Vec<u8>, Reply),
    /// The leg is over.
    Ended(Cause),
}

impl Leg {
    /// The leg of a new INVITE. `None` when it is not one that can be answered; that was said, then.
    pub(super) fn incoming(
        agent: &Agent,
        mut transaction: Transaction,
        credential: Option<Credential>,
    ) -> Option<Self> {
        let transport = transport(&transaction);
        let (sender, states) = agent.0.layer.new_dialog_state_channel();
        let contact = agent.contact(transport);
        let Ok(dialog) = agent.0.layer.get_or_create_server_invite(&transaction, sender, credential, contact) else {
            super::reply(transaction, StatusCode::BadRequest, Vec::new());
            return None;
        };
        let request = &transaction.original;
        let timer = SessionTimer::asked(request);
        let late = if request.body.is_empty() { sequence(request) } else { None };
        let reliable = Reliable::required(request);
        agent.dialogs().begins(&dialog.id());
        if let Some(reliable) = &reliable {
            agent.dialogs().awaits(&dialog.id(), reliable.acknowledged());
        }
        let mut handler = dialog.clone();
        tokio::spawn(async move {
            if handler.handle(&mut transaction).await.is_err() {
                debug!("the INVITE of a call could not be handled");
            }
        });
        let origin = Origin::new(agent.address(transport)?.ip());
        let mut leg = Self::new(agent, dialog, states, origin);
        (leg.late, leg.reliable, leg.timer) = (late, reliable, timer);
        Some(leg)
    }

    /// Calls somebody.
    pub(crate) fn call(agent: &Agent, to: &Destination<'_>, offer: &[u8]) -> Result<Self, Cause> {
        let transport = to.peer.transport;
        let address = agent.address(transport).ok_or(Cause::TEMPORARY)?;
        let mut origin = Origin::new(address.ip());
        let invite = Invite::new(agent, to, origin.stamp(offer))?;
        let Sent { dialog, states, result } = invite.send(agent)?;
        agent.dialogs().places(&dialog.id());
        let mut leg = Self::new(agent, dialog, states, origin);
        (leg.invite, leg.due) = (Some(Box::new((invite, result))), Some(Instant::now() + FIRST_ANSWER));
        Ok(leg)
    }

    fn new(agent: &Agent, dialog: InviteDialog, states: DialogStateReceiver, origin: Origin) -> Self {
        Self {
            agent: agent.clone(),
            dialog,
            states,
            origin: Arc::new(Mutex::new(origin)),
            invite: None,
            agreed: None,
            late: None,
            reliable: None,
            answer: None,
            timer: None,
            due: None,
            refreshing: None,
            stage: Stage::Early,
        }
    }

    /// Whether the peer wants this side to make the offer.
    pub(crate) fn asks(&self) -> bool {
        self.late.is_some()
    }

    /// Says that it rings, or plays what `early` describes.
    pub(crate) fn ring(&mut self, early: Option<Vec<u8>>) {
        let early = early.map(|sdp| stamp(&self.origin, &sdp));
        match &mut self.reliable {
            // The first one that must arrive would have to make the offer, which is not known yet (RFC 3262 section 5).
            Some(_) if self.late.is_some() => {}
            Some(reliable) => reliable.want(early),
            None => self.provisional(Vec::new(), early),
        }
    }

    fn provisional(&self, mut headers: Vec<Header>, description: Option<Vec<u8>>) {
        headers.extend(description.as_ref().map(|_| sdp_type()));
        self.dialog.ringing(Some(headers), description).unwrap_or_else(|_| debug!("ringing could not be said"));
    }

    /// Answers; with the offer if the peer [asks](Self::asks) for it.
    pub(crate) fn answer(&mut self, sdp: Vec<u8>) {
        if self.reliable.as_ref().is_some_and(|reliable| !reliable.is_done()) {
            self.answer = Some(sdp);
            return;
        }
        let mut headers = vec![sdp_type(), allow(), supported()];
        headers.extend(self.timer.iter().flat_map(|timer| timer.headers()));
        if self.dialog.accept(Some(headers), Some(stamp(&self.origin, &sdp))).is_ok() {
            self.stage = Stage::Answered;
            self.wait_for_refresh();
        }
    }

    /// Offers other media, and gives what the other end says to it.
    pub(crate) fn offer(&self, sdp: &[u8]) -> impl Future<Output = (u16, Option<Vec<u8>>)> + Send + use<> {
        let (dialog, sdp) = (self.dialog.clone(), stamp(&self.origin, sdp));
        let acknowledged = self.agent.dialogs().acknowledgement(&dialog.id());
        async move {
            acknowledged.await;
            match dialog.reinvite(Some(vec![sdp_type(), allow()]), Some(sdp)).await {
                Ok(Some(response)) => {
                    if response.status_code.kind() == StatusCodeKind::Successful {
                        refresh_target(&dialog, &response);
                    }
                    (response.status_code.code(), body(response.body))
                }
                Ok(None) => (status::DOES_NOT_EXIST, None),
                Err(error) => {
                    debug!(%error, "a change of a call could not be sent");
                    (status::SERVER_INTERNAL_ERROR, None)
                }
            }
        }
    }

    /// The same, tried again while the other end is at a change of its own (RFC 3261 section 14.1).
    pub(crate) fn insist(&self, sdp: &[u8]) -> impl Future<Output = (u16, Option<Vec<u8>>)> + Send + use<> {
        // Who has chosen the Call-ID waits longer, so that both do not try again at once.
        let calls = self.invite.is_some();
        let tries: [_; TRIES] = std::array::from_fn(|_| self.offer(sdp));
        async move {
            let mut last = (status::REQUEST_PENDING, None);
            for offer in tries {
                last = offer.await;
                if last.0 != status::REQUEST_PENDING {
                    break;
                }
                let pause = if calls { rand::random_range(2_100..4_000) } else { rand::random_range(0..2_000) };
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            last
        }
    }

    /// Sends what only the other end may understand, and gives the status that it answers.
    pub(crate) fn info(&self, kind: String, content: Vec<u8>) -> impl Future<Output = u16> + Send + use<> {
        let dialog = self.dialog.clone();
        let acknowledged = self.agent.dialogs().acknowledgement(&dialog.id());
        async move {
            acknowledged.await;
            let headers = vec![Header::ContentType(ContentType::new(kind))];
            match dialog.info(Some(headers), Some(content)).await {
                Ok(Some(response)) => response.status_code.code(),
                Ok(None) => status::DOES_NOT_EXIST,
                Err(error) => {
                    debug!(%error, "an INFO could not be sent");
                    status::SERVER_INTERNAL_ERROR
                }
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
            match self.stage {
                Stage::Early | Stage::Answered => {}
                Stage::Over => {
                    if let Some(cause) = self.over().await {
                        self.stage = Stage::Ended;
                        return Event::Ended(cause);
                    }
                    continue;
                }
                Stage::Ended => return Event::Ended(Cause::NORMAL),
            }
            let due = self.due;
            let event = tokio::select! {
                state = self.states.recv() => match state {
                    Some(state) => self.state(state).await,
                    None => Some(self.ended(Cause::TEMPORARY)),
                },
                () = sleep_until(due) => self.refresh_or_give_up(),
                refreshed = refreshed(&mut self.refreshing) => self.refreshed(refreshed),
                () = ready(self.reliable.as_ref()) => self.reliably(),
            };
            if let Some(event) = event {
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
                self.agreed = Agreed::by(&response).or(self.agreed.take());
                Some(Event::Ringing(body(response.body)))
            }
            DialogState::Confirmed(_, response) if self.stage == Stage::Early => {
                self.stage = Stage::Answered;
                let asked = self.invite.as_ref().and_then(|calling| calling.0.interval());
                self.timer = Some(SessionTimer::set_by(&response, asked));
                self.wait_for_refresh();
                Some(Event::Answered(Agreed::in_answer(self.agreed.take(), response)))
            }
            DialogState::Confirmed(_, response) => self.acknowledged(&response),
            DialogState::Updated(_, request, handle) => self.update(request, handle).await,
            DialogState::Info(_, request, handle) => {
                let kind = request.headers().iter().find_map(|header| match header {
                    Header::ContentType(kind) => Some(kind.value().to_owned()),
                    _ => None,
                });
                let content = request.body.clone();
                Some(Event::Info(kind.unwrap_or_default(), content, self.reply(handle, request, None)))
            }
            DialogState::Options(_, _, handle) => {
                respond(&handle, StatusCode::OK, vec![allow(), supported()], None).await;
                None
            }
            // A transfer would be a call that this service makes on somebody's word, at its operator's expense.
            DialogState::Refer(_, _, handle) => {
                respond(&handle, StatusCode::Decline, Vec::new(), None).await;
                None
            }
            DialogState::Message(_, _, handle) | DialogState::Notify(_, _, handle) => {
                respond(&handle, StatusCode::MethodNotAllowed, vec![allow()], None).await;
                None
            }
            DialogState::Terminated(..) => {
                self.stage = if self.stage == Stage::Early { Stage::Over } else { return Some(self.hung_up()) };
                None
            }
            _ => None,
        }
    }

    /// Why an early dialog is over; `None` when the call goes on with another one.
    async fn over(&mut self) -> Option<Cause> {
        let id = self.dialog.id();
        let Some((invite, result)) = self.invite.as_deref_mut() else {
            return Some(self.agent.dialogs().take_reason(&id).unwrap_or(Cause::NORMAL));
        };
        let refusal = match (&mut *result).await {
            Ok(Ok((_, Some(response)))) => response,
            Ok(Ok((_, None))) => return Some(Cause::EXPIRED),
            Ok(Err(error)) => {
                debug!(%error, "an INVITE has no answer");
                return Some(Cause::TEMPORARY);
            }
            Err(_) => return Some(Cause::TEMPORARY),
        };
        if invite.heeds(&refusal) {
            match invite.send(&self.agent) {
                Ok(again) => {
                    self.agent.0.layer.remove_dialog(&id);
                    self.agent.dialogs().forget(&id);
                    self.agent.dialogs().places(&again.dialog.id());
                    (self.dialog, self.states, *result) = (again.dialog, again.states, again.result);
                    (self.stage, self.due) = (Stage::Early, Some(Instant::now() + FIRST_ANSWER));
                    return None;
                }
                Err(cause) => return Some(cause),
            }
        }
        let reasons = refusal.headers.iter().filter_map(reason_value);
        Some(Cause::from_sip(refusal.status_code.code(), reasons))
    }

    fn hung_up(&mut self) -> Event {
        let reason = self.agent.dialogs().take_reason(&self.dialog.id());
        self.ended(reason.unwrap_or(Cause::NORMAL))
    }

    fn ended(&mut self, cause: Cause) -> Event {
        self.stage = Stage::Ended;
        Event::Ended(cause)
    }

    /// An ACK has come, and with it the peer's answer if this side has made the offer.
    fn acknowledged(&mut self, response: &Response) -> Option<Event> {
        self.agent.dialogs().is_acknowledged(&self.dialog.id());
        let ack = self.dialog.last_remote_ack()?;
        let answers = response.status_code.kind() == StatusCodeKind::Successful && sequence(&ack) == self.late;
        if !answers || self.late.take().is_none() {
            return None;
        }
        let length = body_length(&ack).filter(|length| *length <= sdp::LONGEST && is_sdp(&ack));
        let mut answer = ack.body;
        answer.truncate(length.unwrap_or(0));
        Some(Event::Answered(answer))
    }

    async fn update(&mut self, request: Request, handle: TransactionHandle) -> Option<Event> {
        if let Some((status, headers)) = super::timer::refusal(&request) {
            respond(&handle, status, headers, None).await;
            return None;
        }
        let invites = request.method == Method::Invite;
        if invites && self.refreshing.is_some() {
            // RFC 3261 section 14.2.
            respond(&handle, StatusCode::RequestPending, Vec::new(), None).await;
            return None;
        }
        if self.timer.is_some() || request.session_expires_header().is_some() {
            self.timer = SessionTimer::asked(&request).or(self.timer);
            self.wait_for_refresh();
        }
        let (description, number) = (request.body.clone(), sequence(&request));
        let acceptable = description.len() <= sdp::LONGEST && is_sdp(&request);
        let agreed = self.timer.filter(|_| request.session_expires_header().is_some());
        let reply = self.reply(handle, request, agreed);
        match (description.is_empty(), invites) {
            (false, _) if acceptable => return Some(Event::Offer(description, reply)),
            (false, _) => reply.give(status::NOT_ACCEPTABLE_HERE, None).await,
            (true, true) => {
                self.late = number;
                return Some(Event::Asked(reply));
            }
            // An UPDATE without a description refreshes, or says where its sender is now.
            (true, false) => reply.give(status::OK, None).await,
        }
        None
    }

    fn reply(&self, handle: TransactionHandle, to: Request, timer: Option<SessionTimer>) -> Reply {
        Reply::new(handle, to, &self.dialog, &self.origin, timer)
    }

    /// Sees to the provisional responses that must arrive, and to the answer behind them.
    fn reliably(&mut self) -> Option<Event> {
        match self.reliable.as_mut()?.step(Instant::now()) {
            Step::Send(headers, description) => self.provisional(headers, description),
            Step::Done => {
                if let Some(answer) = self.answer.take() {
                    self.answer(answer);
                }
            }
            Step::Wait => {}
            Step::GiveUp => return Some(self.give_up(Cause::EXPIRED)),
        }
        None
    }

    fn wait_for_refresh(&mut self) {
        self.due = self.timer.map(|timer| Instant::now() + timer.wait());
    }

    fn refresh_or_give_up(&mut self) -> Option<Event> {
        self.due = None;
        match self.timer.filter(|timer| timer.ours()) {
            Some(timer) => {
                let agreed = lock(&self.origin).last();
                let acknowledged = self.agent.dialogs().acknowledgement(&self.dialog.id());
                self.refreshing = Some(tokio::spawn(refresh(acknowledged, self.dialog.clone(), timer, agreed)));
                None
            }
            None if self.stage == Stage::Early => Some(self.give_up(Cause::TEMPORARY)),
            None => Some(self.give_up(Cause::EXPIRED)),
        }
    }

    fn refreshed(&mut self, refreshed: Refreshed) -> Option<Event> {
        self.refreshing = None;
        match refreshed {
            Refreshed::Done => self.wait_for_refresh(),
            Refreshed::Longer(seconds) => {
                self.timer = self.timer.map(|timer| timer.longer(seconds));
                return self.refresh_or_give_up();
            }
            Refreshed::Later => self.due = Some(Instant::now() + LATER),
            Refreshed::Gone => return Some(self.give_up(Cause::EXPIRED)),
        }
        None
    }

    fn give_up(&mut self, cause: Cause) -> Event {
        let dialog = self.dialog.clone();
        tokio::spawn(async move { end(&dialog, cause).await });
        self.ended(cause)
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
            agent.dialogs().forget(&id);
        });
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

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn ready(reliable: Option<&Reliable>) {
    match reliable {
        Some(reliable) => reliable.ready().await,
        None => std::future::pending().await,
    }
}

/// A refresh that panicked has said nothing.
async fn refreshed(refreshing: &mut Option<JoinHandle<Refreshed>>) -> Refreshed {
    match refreshing {
        Some(task) => task.await.unwrap_or(Refreshed::Gone),
        None => std::future::pending().await,
    }
}

fn sequence(request: &Request) -> Option<u32> {
    request.cseq_header().and_then(|header| header.seq()).ok()
}

fn body(body: Vec<u8>) -> Option<Vec<u8>> {
    if body.is_empty() { None } else { Some(body) }
}
