//! The answer to a request within a call.
//!
//! What it says of media is the leg's own ([`Origin`]); what the request has said of where its sender is now reached is
//! taken up with a 2xx, and not before (RFC 3261 section 12.2.2). Whoever drops a [`Reply`] has refused.

use std::sync::{Arc, Mutex, PoisonError};

use rsipstack::dialog::dialog::{Dialog, TransactionHandle};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::headers::{ContentType, Header};
use rsipstack::sip::{HeadersExt, Request, StatusCode};
use tracing::debug;

use super::timer::SessionTimer;
use super::{allow, status};
use crate::media::origin::Origin;
use crate::media::sdp;

/// What a leg's descriptions have in common.
pub(super) type SharedOrigin = Arc<Mutex<Origin>>;

/// The answer to a request within a call.
pub(crate) struct Reply {
    handle: Option<TransactionHandle>,
    to: Request,
    dialog: InviteDialog,
    origin: SharedOrigin,
    timer: Option<SessionTimer>,
}

impl Reply {
    pub(super) fn new(
        handle: TransactionHandle,
        to: Request,
        dialog: &InviteDialog,
        origin: &SharedOrigin,
        timer: Option<SessionTimer>,
    ) -> Self {
        Self { handle: Some(handle), to, dialog: dialog.clone(), origin: origin.clone(), timer }
    }

    /// Answers with a status and, if it is a session description, a body.
    pub(crate) async fn give(mut self, status: u16, sdp: Option<Vec<u8>>) {
        let Some(handle) = self.handle.take() else { return };
        let sdp = sdp.map(|sdp| stamp(&self.origin, &sdp));
        let mut headers = sdp.as_ref().map(|_| vec![sdp_type(), allow()]).unwrap_or_default();
        if (200..300).contains(&status) {
            headers.extend(self.timer.iter().flat_map(|timer| timer.headers()));
            refresh_target(&self.dialog, &self.to);
        }
        respond(&handle, status.into(), headers, sdp).await;
    }

    /// Offers, to a peer that has asked what there is, what it was told before: its answer comes with the ACK.
    pub(crate) async fn offer_again(self) {
        let agreed = lock(&self.origin).last();
        self.give(status::OK, Some(sdp::again(&agreed))).await;
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            tokio::spawn(async move { respond(&handle, StatusCode::NotAcceptableHere, Vec::new(), None).await });
        }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("method", &self.to.method).finish_non_exhaustive()
    }
}

/// Takes up where the sender of a message is now reached.
pub(super) fn refresh_target(dialog: &InviteDialog, message: &impl HeadersExt) {
    let Ok(contact) = message.contact_header() else { return };
    let Ok(contacts) = message.typed_contact_headers() else { return };
    if let Some(first) = contacts.first() {
        Dialog::Invite(dialog.clone()).set_remote_target(first.uri.clone(), Some(contact.clone()));
    }
}

/// The description as the leg's own.
pub(super) fn stamp(origin: &SharedOrigin, sdp: &[u8]) -> Vec<u8> {
    lock(origin).stamp(sdp)
}

/// Nothing panics while it holds this lock, so what a poisoned one guards is whole.
pub(super) fn lock(origin: &SharedOrigin) -> std::sync::MutexGuard<'_, Origin> {
    origin.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) async fn respond(
    handle: &TransactionHandle,
    status: StatusCode,
    headers: Vec<Header>,
    body: Option<Vec<u8>>,
) {
    if handle.respond(status, Some(headers), body).await.is_err() {
        debug!("a request within a call has gone before its answer");
    }
}

pub(super) fn sdp_type() -> Header {
    Header::ContentType(ContentType::new("application/sdp"))
}
