//! Clients, the modem side and the daemon come and go; calls stay as long as somebody may want them.
//!
//! A phone without a client keeps its calls for a while: a client that comes back finds them in its list. After a
//! restart of the daemon the calls of its earlier life are looked for in the modem's list. Those that are there stay
//! with their holders, or are closed if they have none; so no call is left to nobody.

use ril_protocol::{Errno, RequestCode};

use super::held::{Hold, State};
use super::{ABSENCE, DataCalls, MOST_LOOKS, MOST_TRIES, RETRY};
use crate::router::order::Order;
use crate::router::pending::Ask;
use crate::router::{Actions, Now, PhoneId, Router};

impl DataCalls {
    /// Set-ups wait no longer for what is over and cannot be closed yet; whether there was any such call.
    fn stop_waiting(&mut self, now: Now) -> bool {
        let mut any = false;
        for call in &mut self.calls {
            if let State::Over { until, .. } = &mut call.state {
                any |= until.take_if(|until| *until <= now).is_some();
            }
        }
        any
    }
}

impl Router {
    /// A client of this phone came.
    pub(in crate::router) fn data_phone_up(&mut self, id: PhoneId) {
        self.data.bereft.retain(|bereft| *bereft != id);
        self.data_absence(id, None);
    }

    /// The client of this phone is gone.
    pub(in crate::router) fn data_phone_down(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.data_absence(id, Some(now + ABSENCE));
        let before = self.data.waiting.len();
        self.data.waiting.retain(|asked| asked.waiter.phone != id);
        self.uncharge(id, before - self.data.waiting.len());
        self.drop_cause_waiters(id);
        self.stop_keepalives(now, id, out);
    }

    /// This phone switched its radio off, and with it go its calls.
    pub(in crate::router) fn data_radio_off(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        let waiting = std::mem::take(&mut self.data.waiting);
        let (own, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|asked| asked.waiter.phone == id);
        self.data.waiting = others;
        for asked in own {
            self.answer_waiter(asked.waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
        }
        if self.drop_holds(now, |hold| hold.phone == id, out) {
            self.tell_own_lists([id].into_iter(), out);
        }
    }

    /// The modem side came up: who had calls hears that they are gone, and it is asked for calls of an earlier life.
    pub(in crate::router) fn data_modem_up(&mut self, now: Now, out: &mut Actions) {
        let bereft = std::mem::take(&mut self.data.bereft);
        self.tell_own_lists(bereft.into_iter(), out);
        for id in self.phones.ids() {
            if !self.phones.is_up(id) {
                self.data_absence(id, Some(now + ABSENCE));
            }
        }
        self.data.reviews = 0;
        self.review_data(now, out);
    }

    /// The modem's radio is off or not there, and phones take their calls for gone: not every modem says so. If they
    /// are not, they are closed when the radio is on again and the list shows them; until then nobody waits for that.
    pub(in crate::router) fn data_radio_gone(&mut self, now: Now, out: &mut Actions) {
        let mut bereft: Vec<PhoneId> = self.data.ended.iter().map(|hold| hold.phone).collect();
        self.forget_ended_data(|_| true, out);
        for call in self.data.calls.iter_mut().filter(|call| !matches!(call.state, State::Closing { .. })) {
            bereft.extend(call.holds.drain(..).map(|hold| hold.phone));
            call.state = State::Recalled;
        }
        (self.data.review, self.data.reviews) = (None, MOST_TRIES);
        for cid in self.data.calls.iter().map(|call| call.cid).collect::<Vec<_>>() {
            self.keep_data_call(cid, out);
        }
        bereft.sort_unstable();
        bereft.dedup();
        self.tell_own_lists(bereft.into_iter(), out);
        self.settle_data(now, out);
    }

    /// The modem's radio is on again. It is asked what it has still, unless it is being asked.
    pub(in crate::router) fn data_radio_on(&mut self, now: Now, out: &mut Actions) {
        if self.data.reviews >= MOST_TRIES {
            self.data.reviews = 0;
            self.review_data(now, out);
        }
    }

    /// The modem side is gone, and phones take their calls for gone. If they are not, they are closed when it is back.
    pub(in crate::router) fn data_modem_down(&mut self, now: Now, out: &mut Actions) {
        self.settle_data(now, out);
        self.data.closing.clear();
        self.data.bereft.extend(self.data.ended.iter().map(|hold| hold.phone));
        self.forget_ended_data(|_| true, out);
        for call in &mut self.data.calls {
            self.data.bereft.extend(call.all_holds().map(|hold| hold.phone));
            if !matches!(call.state, State::Recalled) {
                call.state = State::Recalled;
                call.holds.clear();
            }
        }
        self.data.bereft.sort_unstable();
        self.data.bereft.dedup();
        self.data.opening.clear();
        self.data.given_up.clear();
        self.data.heard.clear();
        self.data.keepalives.clear();
        self.data.layout = None;
        self.data.review = None;
        for cid in self.data.calls.iter().map(|call| call.cid).collect::<Vec<_>>() {
            self.keep_data_call(cid, out);
        }
    }

    /// What is due, is done.
    pub(in crate::router) fn data_tick(&mut self, now: Now, out: &mut Actions) {
        if self.data.deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        self.drop_holds(now, |hold| hold.until.is_some_and(|until| until <= now), out);
        let is_due = |state: &State| matches!(state, State::Unheld { until: Some(until), .. } if *until <= now);
        let due = self.data.calls.iter().filter(|call| is_due(&call.state)).map(|call| call.cid);
        let due: Vec<i32> = due.collect();
        for cid in &due {
            self.close_if_unheld(now, *cid, out);
        }
        // Who waited for these waits no longer.
        if self.data.stop_waiting(now) || !due.is_empty() {
            self.settle_data(now, out);
        }
        if self.data.review.is_some_and(|review| review <= now) {
            self.review_data(now, out);
        }
    }

    /// The modem could not list its calls. If that goes on, it is asked less and less often, and set-ups wait no longer
    /// for what it may show; a list that comes for another reason still shows it.
    pub(super) fn review_failed(&mut self, now: Now, out: &mut Actions) {
        self.data.reviews = self.data.reviews.saturating_add(1);
        if self.modem.is_none() || !self.has_recalled() {
            return;
        }
        let Some(slowly) = self.data.reviews.checked_sub(MOST_TRIES) else {
            self.data.review = Some(now + RETRY);
            return;
        };
        self.data.review = (slowly < MOST_LOOKS).then(|| now + RETRY * (2 << slowly));
        self.settle_data(now, out);
    }

    fn review_data(&mut self, now: Now, out: &mut Actions) {
        self.data.review = None;
        if !self.has_recalled() {
            return;
        }
        if !self.look_at_data(now, out) {
            self.review_failed(now, out);
        }
    }

    /// The router itself asks for the modem's list; false if that is not possible now.
    pub(super) fn look_at_data(&mut self, now: Now, out: &mut Actions) -> bool {
        let id = self.data.next_id();
        let is_asked =
            self.ask(now, Ask::ListData { asker: None, id }, &Order::plain(RequestCode::DATA_CALL_LIST), out);
        if !is_asked {
            self.data.list_failed(id);
        }
        is_asked
    }

    fn has_recalled(&self) -> bool {
        self.data.calls.iter().any(|call| matches!(call.state, State::Recalled))
    }

    /// Takes these holds away and closes what nobody holds then; whether there were any.
    fn drop_holds(&mut self, now: Now, which: impl Fn(&Hold) -> bool, out: &mut Actions) -> bool {
        let mut unheld = Vec::new();
        let mut any = self.forget_ended_data(&which, out);
        for call in &mut self.data.calls {
            let before = call.holds.len();
            call.holds.retain(|hold| !which(hold));
            if let State::Closing { hold, .. } = &mut call.state {
                any |= hold.take_if(|hold| which(hold)).is_some();
            }
            if call.holds.len() < before {
                any = true;
                unheld.push(call.cid);
            }
        }
        for cid in unheld {
            self.keep_data_call(cid, out);
            self.close_if_unheld(now, cid, out);
        }
        any
    }

    /// From when on this phone has no calls any more.
    fn data_absence(&mut self, id: PhoneId, until: Option<Now>) {
        for call in &mut self.data.calls {
            let leaving = match &mut call.state {
                State::Closing { hold, .. } => hold.as_mut(),
                _ => None,
            };
            for hold in call.holds.iter_mut().chain(leaving).filter(|hold| hold.phone == id) {
                hold.until = until;
            }
        }
        for hold in self.data.ended.iter_mut().filter(|hold| hold.phone == id) {
            hold.until = until;
        }
    }
}
