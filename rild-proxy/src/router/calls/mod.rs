//! Calls: whose they are, what a phone may do to them, and which phone hears of them.
//!
//! * `owned`: the calls at the modem and their owners.
//! * `rules`: what a phone's request may do, so that it never touches another phone's call.
//! * `looking`: the list of calls, for the router and for the phones that ask.
//! * `requests`, `unsolicited`: the two directions.
//! * `emergency`: which numbers are emergency numbers.

mod emergency;
mod looking;
mod owned;
mod requests;
mod rules;
mod unsolicited;

use super::PhoneId;
use crate::config::{self, Incoming, OnSwitch};

pub(super) use looking::{CallQuery, DialState, Dialled};
pub(super) use owned::{Calls, OwnedCall, Shown};
pub(super) use rules::hang_up;

/// What the router knows of calls.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) on_switch: OnSwitch,
    incoming: Incoming,
    pub(super) calls: Calls,
    looking: CallQuery,
    /// Calls that were dialled and are not in the modem's list yet.
    pub(super) dialled: Vec<Dialled>,
    /// Whose call ended last: the modem's fail cause is that call's.
    ended_last: Option<PhoneId>,
    /// Who called an emergency number last, and is called back.
    emergency_caller: Option<PhoneId>,
    /// A CALL_RING that is held until the ringing call has an owner.
    ring: Option<Vec<u8>>,
}

impl Voice {
    pub(super) fn new(config: &config::Calls) -> Self {
        Self {
            on_switch: config.on_switch,
            incoming: config.incoming,
            calls: Calls::default(),
            looking: CallQuery::default(),
            dialled: Vec::new(),
            ended_last: None,
            emergency_caller: None,
            ring: None,
        }
    }
}
