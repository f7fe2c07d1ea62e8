//! Requests within a call that has not been answered, or whose answer has not arrived.
//!
//! The stack has dialogs for calls that were answered; what comes before is settled here. PRACK acknowledges
//! ([`super::reliable`]), BYE gives up (RFC 3261 section 15), UPDATE without a description and OPTIONS are answered;
//! what comes between an answer and its ACK waits for that. It refuses everything else for the moment (500 with
//! `Retry-After`): offers, as the first one is still open (RFC 3311 section 5.2, RFC 3261 section 14.2), and what there
//! is nobody yet to pass to.

use std::time::Duration;

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::Dialog;
use rsipstack::sip::headers::{Header, RetryAfter};
use rsipstack::sip::{Method, StatusCode, typed};
use rsipstack::transaction::transaction::Transaction;
use tracing::debug;

use super::{Agent, allow, reply, supported, transport};

/// How often, and after which time, the stack is asked for a dialog whose answer it takes in.
const LOOKS: usize = 50;
const LOOK: Duration = Duration::from_millis(10);

/// A request within a dialog of which the stack knows nothing under its name.
pub(super) fn of_unknown(agent: &Agent, transaction: Transaction) {
    let placed = DialogId::try_from(&transaction).ok().filter(|id| agent.dialogs().has_placed(id));
    let Some(id) = placed else { return reply(transaction, StatusCode::CallTransactionDoesNotExist, Vec::new()) };
    // A call that this side makes has no name of the other end's before it was answered.
    let unnamed = agent.0.layer.get_dialog(&DialogId { remote_tag: String::new(), ..id.clone() });
    let is_early = unnamed.is_some_and(|dialog| dialog.can_cancel());
    if is_early && transaction.original.method != Method::Bye {
        return answer(agent, transaction);
    }
    // Who was called hangs up only after it has answered (RFC 3261 section 15): the stack is just taking the answer in.
    let agent = agent.clone();
    tokio::spawn(async move {
        for _ in 0..LOOKS {
            if agent.0.layer.get_dialog(&id).is_some() {
                return agent.within_dialog(transaction);
            }
            tokio::time::sleep(LOOK).await;
        }
        reply(transaction, StatusCode::CallTransactionDoesNotExist, Vec::new());
    });
}

/// A request within a call that came in and was not answered, or whose answer was not acknowledged.
pub(super) fn request(agent: &Agent, dialog: &Dialog, mut transaction: Transaction) {
    match transaction.original.method {
        Method::PRack => {
            let awaited = agent.dialogs().awaited(&dialog.id());
            let right = awaited.is_some_and(|awaited| awaited.by(&transaction.original));
            let status = if right { StatusCode::OK } else { StatusCode::CallTransactionDoesNotExist };
            reply(transaction, status, Vec::new());
        }
        Method::Bye if dialog.can_cancel() => {
            let dialog = dialog.clone();
            tokio::spawn(async move {
                let said = transaction.reply(StatusCode::OK).await;
                said.unwrap_or_else(|_| debug!("an answer could not be sent"));
                if let Dialog::Invite(invite) = dialog {
                    let ended = invite.reject(Some(StatusCode::RequestTerminated), None);
                    ended.unwrap_or_else(|_| debug!("an INVITE could not be ended"));
                }
            });
        }
        Method::Bye | Method::Ack => {
            let mut dialog = dialog.clone();
            tokio::spawn(async move { dialog.handle(&mut transaction).await });
        }
        _ => match agent.dialogs().unacknowledged(&dialog.id()) {
            // It may have overtaken the ACK: one is as good as here, or the call ends.
            Some(acknowledged) if dialog.state().waiting_ack() => {
                let agent = agent.clone();
                tokio::spawn(async move {
                    acknowledged.cancelled().await;
                    agent.within_dialog(transaction);
                });
            }
            _ => answer(agent, transaction),
        },
    }
}

fn answer(agent: &Agent, transaction: Transaction) {
    let contact = agent.contact(transport(&transaction));
    let contact = contact.map(|uri| Header::from(typed::Contact { display_name: None, uri, params: Vec::new() }));
    match transaction.original.method {
        Method::Update if transaction.original.body.is_empty() => {
            reply(transaction, StatusCode::OK, contact.into_iter().chain([allow()]).collect());
        }
        Method::Options => reply(transaction, StatusCode::OK, vec![allow(), supported()]),
        _ => {
            let later = Header::RetryAfter(RetryAfter::new("2"));
            reply(transaction, StatusCode::ServerInternalError, vec![later]);
        }
    }
}
