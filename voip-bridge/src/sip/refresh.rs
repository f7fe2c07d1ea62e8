//! How this side refreshes a session (RFC 4028 section 7.4), and what comes of it.

use std::time::Duration;

use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::StatusCode;

use super::reply::sdp_type;
use super::timer::{self, SessionTimer};

/// How long an ACK may still be on its way: 64*T1 (RFC 3261 section 13.3.1.4).
const PATIENCE: Duration = Duration::from_secs(32);

/// What has come of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refreshed {
    /// The other end is there.
    Done,
    /// It is, and wants a longer interval.
    Longer(u32),
    /// It is busy with a change of its own (RFC 3261 section 14.1).
    Later,
    /// It does not know of the call, or says nothing.
    Gone,
}

/// Refreshes once, when the call has been acknowledged: by UPDATE, or by an INVITE with the description that the peer
/// has.
pub(super) async fn refresh(
    acknowledged: impl Future<Output = ()>,
    dialog: InviteDialog,
    timer: SessionTimer,
    description: Vec<u8>,
) -> Refreshed {
    if tokio::time::timeout(PATIENCE, acknowledged).await.is_err() {
        return Refreshed::Gone;
    }
    let mut headers = timer.refresh();
    let response = if timer.updates() {
        dialog.update(Some(headers), None).await
    } else {
        headers.push(sdp_type());
        dialog.reinvite(Some(headers), Some(description)).await
    };
    let Ok(Some(response)) = response else { return Refreshed::Gone };
    match response.status_code {
        StatusCode::CallTransactionDoesNotExist | StatusCode::RequestTimeout => Refreshed::Gone,
        StatusCode::RequestPending => Refreshed::Later,
        // Whoever refuses for any other reason is there.
        _ => timer::least_of(&response).map_or(Refreshed::Done, Refreshed::Longer),
    }
}
