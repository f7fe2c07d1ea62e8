//! What a change of the foreground phone means for calls.
//!
//! `on_switch` decides about the calls of the phone that leaves: they go on, are ended, or forbid the switch. An
//! emergency call is never ended for a switch; with `deny` it forbids every switch, whosever call it is, and with
//! `drop` a switch away from the phone whose call it is.

use ril_protocol::Errno;

use super::ending::Which;
use super::rules::hang_up_at;
use crate::config::OnSwitch;
use crate::router::pending::Ask;
use crate::router::{Actions, Flow, Now, PhoneId, Router, SwitchRefused};

impl Router {
    /// Gives the screen to another phone.
    pub fn set_foreground(&mut self, now: Now, phone: PhoneId, out: &mut Actions) -> Result<(), SwitchRefused> {
        self.may_switch(phone)?;
        let before = self.phones.foreground();
        if phone == before {
            return Ok(());
        }
        if self.voice.on_switch == OnSwitch::Drop {
            self.drop_calls(now, Flow::Router, before, Which::All, out);
        }
        self.bring_forward(now, phone, out);
        Ok(())
    }

    /// Whether [`set_foreground`](Self::set_foreground) would do it.
    pub fn may_switch(&self, phone: PhoneId) -> Result<(), SwitchRefused> {
        let before = self.phones.foreground();
        if self.phones.get(phone).is_none() {
            Err(SwitchRefused::NoSuchPhone)
        } else if phone == before || self.may_leave(before) {
            Ok(())
        } else {
            Err(SwitchRefused::InCall)
        }
    }

    fn may_leave(&self, before: PhoneId) -> bool {
        match self.voice.on_switch {
            OnSwitch::Keep => true,
            OnSwitch::Drop => !self.voice.is_emergency(|phone| phone == before),
            OnSwitch::Deny => !self.voice.is_emergency(|_| true) && !self.has_calls(before),
        }
    }

    /// Ends these calls of a phone; one that is dialled and not listed yet, as soon as it is.
    pub(super) fn drop_calls(&mut self, now: Now, flow: Flow, phone: PhoneId, which: Which, out: &mut Actions) {
        self.end_listed_calls(now, flow, phone, which, None, out);
        self.end_unlisted_calls(now, phone, which, out);
    }

    /// Ends these calls of a phone that are listed, on that phone's account or the router's.
    fn end_listed_calls(
        &mut self,
        now: Now,
        flow: Flow,
        phone: PhoneId,
        which: Which,
        by: Option<PhoneId>,
        out: &mut Actions,
    ) {
        let indices = self.calls_to_end(phone, which);
        let has_room = by.is_none_or(|by| self.has_room(by, indices.len() + 1));
        for index in indices {
            let is_asked = has_room && self.ask_on(flow, now, Ask::HangUp { index, by }, &hang_up_at(index), out);
            self.end_was_asked(now, index, is_asked);
        }
    }

    /// A phone goes off the network: its calls end.
    pub(in crate::router) fn leave_calls(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.end_listed_calls(now, Flow::Router, id, Which::All, Some(id), out);
        self.end_unlisted_calls(now, id, Which::All, out);
    }

    /// Ends what this phone dialled of these and the modem has not listed yet, as soon as it does.
    fn end_unlisted_calls(&mut self, now: Now, phone: PhoneId, which: Which, out: &mut Actions) {
        self.give_up_intents(now, Errno::GENERIC_FAILURE, |waiting| waiting == phone, out);
        for dialled in self.voice.dialled.iter_mut().filter(|dialled| dialled.phone == phone) {
            dialled.unwanted |= which.includes(dialled.emergency);
        }
    }

    /// A call rings at a background phone that shall come forward for it. No caller can do what `on_switch` keeps the
    /// user from doing, or end the call that is going on: then it rings in the background.
    pub(super) fn come_forward(&mut self, now: Now, phone: PhoneId, out: &mut Actions) {
        let before = self.phones.foreground();
        let disturbs =
            self.voice.is_emergency(|_| true) || self.voice.on_switch != OnSwitch::Keep && self.has_calls(before);
        if !disturbs && self.phones.is_up(phone) {
            self.bring_forward(now, phone, out);
        }
    }

    pub(super) fn has_calls(&self, phone: PhoneId) -> bool {
        self.voice.calls.owned_by(phone).next().is_some()
            || self.voice.dialled.iter().any(|dialled| dialled.phone == phone)
            || self.voice.intents.any(|waiting| waiting == phone)
            || self.voice.recalled().any(|call| call.owner == phone)
    }
}
