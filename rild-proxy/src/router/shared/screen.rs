//! Screen state: the modem is told that of the foreground phone; each phone's own decides what it hears.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode, UnsolCode};

use crate::router::order::Order;
use crate::router::pending::Ask;
use crate::router::{Actions, Note, Now, PhoneId, Router};

impl Router {
    /// SCREEN_STATE.
    pub(super) fn screen_state(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(on) = self.flag(request) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        let was_off = self.shared.screen.wanted(id) == Some(false);
        self.shared.screen.want(id, on);
        if id == self.phones.foreground() && self.shared.screen.set_modem(on) {
            self.forward(now, id, request, out);
        } else {
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
        if on
            && was_off
            && let Some(signal) = &self.shared.signal
        {
            self.tell(id, UnsolCode::SIGNAL_STRENGTH, signal, out);
        }
    }

    /// Gives the screen, and what hangs on it, to a phone.
    pub(in crate::router) fn bring_forward(&mut self, now: Now, phone: PhoneId, out: &mut Actions) {
        self.phones.set_foreground(phone);
        out.note(Note::Foreground { phone });
        let on = self.shared.screen.wanted(phone).unwrap_or(true);
        if self.shared.screen.set_modem(on) {
            self.ask(now, Ask::Order, &Order::about(RequestCode::SCREEN_STATE, i32::from(on)), out);
        }
        self.apply_tty(now, out);
    }
}
