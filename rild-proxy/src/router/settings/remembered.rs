//! Settings that a phone believes to have made: remembered for the phone that may not change them for all.
//!
//! The preferred network type is the privileged phones' to choose. The text telephone mode is the foreground phone's:
//! what another phone chose comes into effect when it gets the screen.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode};

use crate::router::order::Order;
use crate::router::pending::Ask;
use crate::router::{Actions, Now, PhoneId, Router};

/// What each phone has set for itself.
#[derive(Debug)]
pub(in crate::router) struct Remembered {
    network_type: Vec<Option<i32>>,
    tty: Vec<Option<i32>>,
    tty_at_modem: Option<i32>,
}

impl Remembered {
    pub(super) fn new(phones: usize) -> Self {
        Self { network_type: vec![None; phones], tty: vec![None; phones], tty_at_modem: None }
    }

    /// The modem has forgotten what it was told.
    pub(super) fn unlearn(&mut self) {
        self.tty_at_modem = None;
    }
}

impl Router {
    /// SET_PREFERRED_NETWORK_TYPE.
    pub(in crate::router) fn set_network_type(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let Some(value) = self.first_int(request.payload) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        if self.phones.is_privileged(id) {
            return self.forward(now, id, request, out);
        }
        if let Some(remembered) = self.settings.remembered.network_type.get_mut(id.0) {
            *remembered = Some(value);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
    }

    /// SET_TTY_MODE.
    pub(in crate::router) fn set_tty(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(value) = self.first_int(request.payload) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        if let Some(remembered) = self.settings.remembered.tty.get_mut(id.0) {
            *remembered = Some(value);
        }
        if id == self.phones.foreground() {
            self.settings.remembered.tty_at_modem = Some(value);
            return self.forward(now, id, request, out);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
    }

    /// What this phone has set of what the request asks for, if the modem has something else.
    pub(in crate::router) fn remembered(&self, id: PhoneId, code: RequestCode) -> Option<i32> {
        let remembered = &self.settings.remembered;
        match code {
            RequestCode::GET_PREFERRED_NETWORK_TYPE => *remembered.network_type.get(id.0)?,
            RequestCode::QUERY_TTY_MODE if id != self.phones.foreground() => *remembered.tty.get(id.0)?,
            _ => None,
        }
    }

    /// The foreground phone's text telephone mode comes into effect.
    pub(super) fn apply_tty(&mut self, now: Now, out: &mut Actions) {
        let Remembered { tty, tty_at_modem, .. } = &mut self.settings.remembered;
        // A phone that never chose has it off, as every phone does at first.
        let wanted = tty.get(self.phones.foreground().0).copied().flatten().unwrap_or(0);
        if tty_at_modem.is_some_and(|at_modem| at_modem != wanted) || tty_at_modem.is_none() && wanted != 0 {
            *tty_at_modem = Some(wanted);
            self.ask(now, Ask::Order, &Order::about(RequestCode::SET_TTY_MODE, wanted), out);
        }
    }
}
