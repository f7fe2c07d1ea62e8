//! Requests that act on what phones share, and their order.
//!
//! What the router decides about one of them hangs on those before: which call has which index at the modem, which
//! setting the modem has, whose message it waits for. So they reach the modem in the order of these decisions, all on
//! one [flow](super::Flow), and not when the turn comes to the phone that asked: a HANGUP that waited behind its own
//! phone's questions might find another phone's call under that index. In return a phone may have few of them
//! unanswered at a time, for here others wait for it.
//!
//! Logical channels of the SIM card are shared as well: the number of one that is closed may be the next phone's. They
//! have an order, and a flow, of their own: cards are slow, and nothing else hangs on what is said to them, so that no
//! call waits for what another phone says to its application.
//!
//! Questions, and what concerns the asker alone, are none of these.

use ril_protocol::RequestCode;
use ril_protocol::messages::Class;

use super::requests::class_of;
use super::{Flow, PhoneId};

/// Most of these requests that one phone may have unanswered, orders that they make necessary not counted in advance. A
/// client that starts sends a dozen settings at once.
pub(crate) const MOST_IN_COMMON: u32 = 32;

/// Whether a request is one of these.
pub(super) fn is_common(code: RequestCode) -> bool {
    match class_of(code) {
        Class::Aggregated
        | Class::Call
        | Class::Channel
        | Class::Data
        | Class::Emulated
        | Class::Foreground
        | Class::Local
        | Class::Session => code != RequestCode::GET_CURRENT_CALLS,
        // The router changes the one too, when another phone comes to the foreground; the other takes the modem from
        // all.
        Class::Privileged => matches!(code, RequestCode::SET_TTY_MODE | RequestCode::SHUTDOWN),
        Class::Query | Class::Shared | Class::Sms | Class::Virtual => false,
    }
}

/// In which flow this request of a phone goes to the modem.
pub(super) fn flow_of(phone: PhoneId, code: RequestCode) -> Flow {
    match class_of(code) {
        Class::Channel => Flow::Card,
        _ if is_common(code) => Flow::Router,
        _ => Flow::Phone(phone),
    }
}
