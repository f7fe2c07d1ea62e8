//! Screen state: the modem is told that of the foreground phone; each phone's own decides what it hears.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode, UnsolCode};

use crate::router::Kind;
use crate::router::order::Order;
use crate::router::pending::Ask;
use crate::router::{Actions, Note, Now, PhoneId, Record, Router};

/// Key of the record of the phone that has the screen. Phones' own settings have a NUL in their keys.
const FOREGROUND: &[u8] = b"foreground";

impl Router {
    /// SCREEN_STATE.
    pub(super) fn screen_state(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(on) = self.flag(request) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        let was_off = self.settings.screen.wanted(id) == Some(false);
        self.settings.screen.want(id, on);
        if id == self.phones.foreground() && self.settings.screen.set_modem(on) {
            self.forward(now, id, request, out);
        } else {
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
        if on
            && was_off
            && let Some(signal) = &self.settings.signal
        {
            self.tell(id, UnsolCode::SIGNAL_STRENGTH, signal, out);
        }
    }

    /// Gives the screen, and what hangs on it, to a phone.
    pub(in crate::router) fn bring_forward(&mut self, now: Now, phone: PhoneId, out: &mut Actions) {
        self.phones.set_foreground(phone);
        let name = self.phones.get(phone).map(|phone| phone.name.clone()).unwrap_or_default();
        self.journal.put(Kind::Setting, FOREGROUND, name.as_bytes(), out);
        out.note(Note::Foreground { phone });
        let on = self.settings.screen.wanted(phone).unwrap_or(true);
        if self.settings.screen.set_modem(on) {
            self.ask(now, Ask::Order, &Order::about(RequestCode::SCREEN_STATE, i32::from(on)), out);
        }
        self.apply_tty(now, out);
    }

    /// The record of the phone that has the screen.
    pub fn foreground_record(&self) -> Record<'_> {
        let name = self.phones.get(self.phones.foreground()).map_or("", |phone| &phone.name);
        Record { kind: Kind::Setting, key: FOREGROUND, value: name.as_bytes() }
    }

    /// The phone that had the screen when the daemon ended; false if the record is about something else.
    pub(in crate::router) fn recall_foreground(&mut self, key: &[u8], value: &[u8]) -> bool {
        let phone = std::str::from_utf8(value).ok().and_then(|name| self.phone_named(name));
        if let Some(phone) = phone.filter(|_| key == FOREGROUND) {
            self.phones.set_foreground(phone);
        }
        key == FOREGROUND
    }
}
