//! Radio power: the modem's radio is on while any connected phone wants it on, and each phone sees what it asked for.

use std::time::Duration;

use ril_protocol::frame::Request;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::airplane::{WithoutRadio, without_radio};
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker};
use crate::router::privileged::ends_calls;
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// How long the radio stays on for a client that may come back.
const ABSENCE: Duration = Duration::from_secs(60);

impl Router {
    /// State of the radio as a phone sees it: off while that phone wants it off, whatever the others do; and not there
    /// when it has shut down, for which Android waits.
    pub(in crate::router) fn radio_seen_by(&self, phone: PhoneId) -> RadioState {
        if self.phones.get(phone).is_some_and(|phone| phone.shut_down) {
            return RadioState::UNAVAILABLE;
        }
        if self.radio != RadioState::UNAVAILABLE && self.has_radio_off(phone) { RadioState::OFF } else { self.radio }
    }

    /// Whether this phone has switched its radio off.
    pub(in crate::router) fn has_radio_off(&self, phone: PhoneId) -> bool {
        self.settings.power.wanted(phone) == Some(false)
    }

    /// What this phone wants of the radio: what it asked for last, or to keep it if it was shown that it is on and has
    /// asked for nothing. There are clients that ask for power only when they find the radio off.
    pub(super) fn wants_radio(&self, phone: PhoneId) -> Option<bool> {
        let is_shown_on = || self.phones.get(phone)?.shown_radio?.is_on().then_some(true);
        self.settings.power.wanted(phone).or_else(is_shown_on)
    }

    /// Answers a request that a phone without radio cannot have, or finds nothing with; false if it may pass.
    pub(in crate::router) fn answers_without_radio(
        &self,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) -> bool {
        match without_radio(request.code, self.version()) {
            WithoutRadio::Works => return false,
            WithoutRadio::Fails => out.reply(id, request.serial, Errno::RADIO_NOT_AVAILABLE, &[]),
            WithoutRadio::Finds(nothing) => out.reply(id, request.serial, Errno::SUCCESS, &nothing),
        }
        true
    }

    /// Tells a phone the state of its radio. One that comes back on the network also hears what it missed, whether that
    /// was its own airplane mode or the modem's radio: it must not be able to tell.
    pub(in crate::router) fn show_radio(&mut self, id: PhoneId, out: &mut Actions) {
        let state = self.radio_seen_by(id);
        let version = self.version();
        let Some(phone) = self.phones.get_mut(id) else { return };
        let before = phone.shown_radio.replace(state);
        self.messages.stir();
        self.service.stir();
        out.unsolicited(id, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state, version));
        if before == Some(RadioState::OFF) && state == RadioState::ON {
            self.tell(id, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &[], out);
            self.tell_time(id, out);
            if !self.calls_come_in_sight(id, out) {
                self.announce_missed(id, out);
            }
        } else if before == Some(RadioState::UNAVAILABLE) && state == RadioState::ON {
            // It had shut down, and a call may have come meanwhile.
            self.calls_come_in_sight(id, out);
        }
    }

    /// Tells a phone the state of its radio, unless it was told that last.
    pub(in crate::router) fn show_radio_if_news(&mut self, id: PhoneId, out: &mut Actions) {
        let seen = Some(self.radio_seen_by(id));
        if self.phones.get(id).is_some_and(|phone| phone.shown_radio != seen) {
            self.show_radio(id, out);
        }
    }

    pub(in crate::router) fn learn_radio(&mut self, state: RadioState, out: &mut Actions) {
        self.radio = state;
        if state == RadioState::UNAVAILABLE {
            // The modem starts anew, and gives power to the card when it is there again.
            self.forget_channels(out);
            self.toolkit.card_gone();
            self.answers.forget_kept();
            self.settings.settings_are_gone();
        } else {
            self.settings.shuts_down = false;
        }
        self.voice.radio_changed(state);
        self.messages.radio_changed(state);
        self.service.stir();
        self.settings.power.learn(match state {
            RadioState::UNAVAILABLE => None,
            RadioState::OFF => Some(false),
            _ => Some(true),
        });
        out.note(Note::Radio { state });
    }

    /// The modem's radio has another state.
    pub(super) fn on_radio_state(&mut self, now: Now, state: RadioState, out: &mut Actions) {
        let was_gone = self.radio == RadioState::UNAVAILABLE;
        let was_on = self.radio.is_on();
        self.learn_radio(state, out);
        if !state.is_on() {
            self.drop_callback_mode(out);
            self.data_radio_gone(now, out);
        }
        for id in self.phones.ids() {
            // A phone that wants it off must not notice when the others do.
            let news = !self.has_radio_off(id)
                || self.phones.get(id).is_some_and(|phone| phone.shown_radio != Some(self.radio_seen_by(id)));
            if news && self.phones.is_up(id) {
                self.show_radio(id, out);
            }
        }
        if state.is_on() && !was_on {
            self.data_radio_on(now, out);
        }
        self.advance_emergency(now, out);
        self.tell_anew(now, state, out);
        if !state.is_on() && self.voice.calls.iter().next().is_some() {
            self.look_at_calls(now, out);
        } else if was_gone && state != RadioState::UNAVAILABLE {
            self.look_for_calls_out_of_sight(now, out);
        }
    }

    /// RADIO_POWER.
    pub(super) fn radio_power(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(on) = self.flag(request) else { return self.deny(id, request, Errno::GENERIC_FAILURE, out) };
        self.want_power(id, on, out);
        self.service.stir();
        if !on {
            self.leave_network(now, id, out);
        }
        // Who is in a call needs the radio, whether it ever asked for it or not.
        let in_call = self.voice.is_in_use_by_another(id);
        let stays_on = in_call
            || self.phones.up().into_iter().any(|phone| self.wants_radio(phone) == Some(true))
            || self.settings.left.keys().any(|phone| *phone != id);
        if (on || !stays_on) && self.settings.power.set_modem(on) {
            return self.forward(now, id, request, out);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
        self.show_radio_if_news(id, out);
    }

    /// The modem did not switch its radio, as the phone hears that asked. One that was to be off and is shown that it
    /// is on has it on: it would not understand why it is refused what needs a radio. A modem that is gone has none to
    /// switch.
    pub(super) fn radio_not_switched(&mut self, asker: Option<PhoneId>, errno: Errno, out: &mut Actions) {
        self.settings.power.learn(None);
        if let Some((id, phone)) = asker.and_then(|id| Some((id, self.phones.get(id)?)))
            && errno != Errno::RADIO_NOT_AVAILABLE
            && phone.shown_radio.is_some_and(RadioState::is_on)
        {
            self.settings.power.forget(id);
            self.calls_come_in_sight(id, out);
        }
    }

    /// SHUTDOWN: one phone that goes off is no reason to switch the modem off, unless it is the last, on all SIMs of
    /// the modem.
    pub(in crate::router) fn shutdown(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let others = self.settings.in_use_elsewhere || self.is_in_use_by_another(id);
        if self.phones.is_privileged(id) && !others {
            self.settings.shuts_down = true;
            self.settings.power.learn(None);
            return self.forward(now, id, request, out);
        }
        self.shuts_down(now, id, out);
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
        self.show_radio(id, out);
    }

    /// A phone wants the radio on or off. One that has shut down begins anew with that.
    pub(in crate::router) fn want_power(&mut self, id: PhoneId, on: bool, out: &mut Actions) {
        self.settings.power.want(id, on);
        let Some(phone) = self.phones.get_mut(id) else { return };
        phone.shut_down = false;
        if on && phone.shown_radio.is_some_and(RadioState::is_on) {
            // It has thought better of going off, and was not shown that it did.
            self.calls_come_in_sight(id, out);
        }
    }

    /// A phone has shut down, and the modem goes on.
    fn shuts_down(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.settings.power.want(id, false);
        if let Some(phone) = self.phones.get_mut(id) {
            phone.shut_down = true;
        }
        self.leave_network(now, id, out);
    }

    /// A client is gone that wanted the radio. It may come back; if not, the radio goes off when all who are there want
    /// that.
    pub(in crate::router) fn radio_is_left(&mut self, now: Now, id: PhoneId) {
        if self.wants_radio(id) == Some(true) {
            self.settings.left.insert(id, now + ABSENCE);
        }
    }

    /// The modem is there for the first time in the life of this daemon. Clients of the one before may have left its
    /// radio on, and come back each at its own time.
    pub(in crate::router) fn radio_may_be_left(&mut self, now: Now) {
        if std::mem::take(&mut self.settings.may_be_left) {
            let absent = self.phones.ids().filter(|id| !self.phones.is_up(*id));
            self.settings.left.extend(absent.map(|id| (id, now + ABSENCE)));
        }
    }

    /// Whoever left the radio on has not come back.
    pub(in crate::router) fn radio_tick(&mut self, now: Now, out: &mut Actions) {
        let before = self.settings.left.len();
        self.settings.left.retain(|_, until| *until > now);
        if before > 0
            && self.settings.left.is_empty()
            && self.radio.is_on()
            && self.is_unwanted_radio()
            && self.settings.power.set_modem(false)
            && !self.ask(now, Ask::Order, &Order::about(RequestCode::RADIO_POWER, 0), out)
        {
            self.settings.power.learn(None);
        }
    }

    /// Whether all who are there want the radio off. What nobody has spoken of stays as it is, and so does the radio of
    /// a call.
    pub(super) fn is_unwanted_radio(&self) -> bool {
        let up = self.phones.up();
        !up.is_empty() && up.iter().all(|phone| self.wants_radio(*phone) == Some(false)) && !self.voice.may_be_in_use()
    }

    /// What takes the radio away, and waits still or is at the modem, is withdrawn for a phone in need. It may have
    /// been begun: so the radio is switched on again all the same. Another phone that went off is off, and hears
    /// nothing of that.
    pub(in crate::router) fn withdraw_radio_off(&mut self, now: Now, in_need: PhoneId, out: &mut Actions) {
        let goes_off = self.settings.power.at_modem() == Some(false);
        let given_up = self.pending.take_such(now, |pending| match pending.code {
            RequestCode::RADIO_POWER => goes_off,
            RequestCode::SHUTDOWN => true,
            code => ends_calls(code),
        });
        if given_up.requests.is_empty() {
            return;
        }
        out.give_up_all(&given_up.serials);
        for pending in given_up.requests {
            match pending.asker {
                Asker::Phone(waiter)
                    if waiter.phone != in_need && self.is_there(waiter) && !ends_calls(pending.code) =>
                {
                    // Who has asked for its radio to go off has left the network already.
                    if pending.code == RequestCode::SHUTDOWN {
                        self.shuts_down(now, waiter.phone, out);
                    }
                    self.conclude(now, pending, Answer::success(&[]), out);
                    self.show_radio_if_news(waiter.phone, out);
                }
                _ => self.conclude(now, pending, Answer::failed(Errno::GENERIC_FAILURE), out),
            }
        }
        self.settings.power.set_modem(false);
    }

    /// A phone goes off the network: what it has there ends.
    fn leave_network(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.leave_calls(now, id, out);
        self.leave_ussd(now, id, out);
        self.leave_sending(now, id, out);
        self.data_radio_off(now, id, out);
    }
}
