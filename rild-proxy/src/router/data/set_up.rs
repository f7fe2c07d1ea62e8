//! `SETUP_DATA_CALL`: the first who asks for something opens it, the others share it.
//!
//! Who asks while it is being opened gets the same answer; a failure only if it is the same phone, or asked in the same
//! words: a library may trip over words that say the same. Who asks later gets what is known of the call, at once. A
//! failure is remembered for nobody: each further ask goes to the modem. What is about to be closed is closed first and
//! then opened anew.

use ril_protocol::frame::Request;
use ril_protocol::payload::data::DataCall;
use ril_protocol::{Errno, RequestCode};

use super::answer::{self, INSUFFICIENT_RESOURCES, Layout, NO_SECOND_CONNECTION, OPERATOR_BARRED};
use super::held::{Hold, OpenCall, State, seen};
use super::wanted::{Family, Wanted};
use super::{ABSENCE, Asked, DataCalls, MOST_ASKED, MOST_OPEN, MOST_TRIES, Opening, UNHELD};
use crate::config::Who;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Pending, Waiter};
use crate::router::{Actions, Note, Now, PhoneId, Router, denial};

/// What there is for who asks for something.
enum Found {
    /// This call serves it, as it is or as one of two families.
    Call(i32, Option<Family>),
    /// What goes on will show.
    Soon,
    Nothing,
}

impl DataCalls {
    fn find(&self, wanted: &Wanted) -> Found {
        let serving = self.calls.iter().filter_map(|call| Some((call, call.serves(wanted)?)));
        let mut soon = false;
        for (call, only) in serving {
            match call.state {
                // The modem did not close it when it had to; whether it still is, who asks will see.
                State::Unheld { until: None, .. } => {}
                State::Open | State::Unheld { .. } if call.in_doubt.is_some() => soon |= call.in_doubt == Some(0),
                State::Open | State::Unheld { .. } if call.is_up() => return Found::Call(call.cid, only),
                State::Open | State::Unheld { .. } => {}
                State::Closing { .. } => soon = true,
                State::Over { until, .. } => soon |= until.is_some(),
                State::Recalled => soon |= self.reviews < MOST_TRIES,
            }
        }
        if soon || self.opening.iter().any(|opening| opening.wanted.may_serve(wanted)) {
            Found::Soon
        } else {
            Found::Nothing
        }
    }

    /// The modem opened this call for that. The holds that are lost by it, on one that had the same number; and whether
    /// it is news that this one is over.
    fn opened(&mut self, call: DataCall, layout: Layout, wanted: Wanted) -> (Vec<Hold>, bool) {
        if let Layout::List(layout) = layout {
            self.layout = Some(layout);
        }
        let since = self.last_id;
        let in_doubt = self.is_said_to_be_over(&call).then_some(0);
        let known = self.calls.iter_mut().find(|known| known.cid == call.cid);
        let (mut lost, mut is_news) = (Vec::new(), false);
        if let Some(known) = known {
            let lives =
                matches!(known.state, State::Open | State::Unheld { .. }) && known.is_up() && known.may_be(&call);
            if lives {
                known.learn_wanted(wanted);
                (known.now, known.layout, known.since, known.in_doubt) = (call, layout, since, in_doubt);
                return (lost, is_news);
            }
            // Who was told that its call is over learns nothing of who has the number now.
            is_news = known.is_up();
            lost.append(&mut known.holds);
        }
        self.calls.retain(|known| known.cid != call.cid);
        let (cid, now, wanted) = (call.cid, call, vec![wanted]);
        let (holds, state) = (Vec::new(), State::Open);
        self.calls.push(OpenCall { cid, wanted, now, layout, holds, state, since, over_since: 0, in_doubt });
        (lost, is_news)
    }
}

impl Router {
    pub(super) fn set_up_data(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(wanted) = Wanted::read(request.payload, self.version()) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        if self.data.asked_by(id) >= MOST_ASKED {
            return self.refuse_flood(id, request, out);
        }
        let Some(waiter) = self.wait(id, request.serial) else { return };
        if wanted.is_the_devices() && !self.phones.is_privileged(id) {
            return self.refuse_data(waiter, OPERATOR_BARRED, out);
        }
        self.take_up(now, Asked { waiter, wanted, payload: request.payload.to_vec() }, out);
    }

    /// The modem answered a set-up, or did not in time.
    pub(in crate::router) fn on_data_opened(
        &mut self,
        now: Now,
        id: u32,
        asker: Waiter,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let Some(place) = self.data.opening.iter().position(|opening| opening.id == id) else { return };
        let opening = self.data.opening.remove(place);
        match answer::read(answer.payload, self.version()).filter(|_| answer.is_ok()) {
            Some((call, _)) if call.status == 0 && self.data.is_followed(&call) => {
                self.data_not_opened(now, opening, asker, Answer::failed(Errno::GENERIC_FAILURE), None, out);
            }
            Some((call, layout)) if call.status == 0 => {
                let cid = call.cid;
                let losers = self.data_opened(call, layout, opening.wanted, out);
                // Before the answer, as they would hear of it if the answer were another phone's: so what number the
                // asker gets tells nothing of others.
                self.tell_own_lists(losers.into_iter(), out);
                let number = self.data.free_number(asker.phone, cid);
                if self.has_radio_off(asker.phone) {
                    self.answer(asker, Errno::RADIO_NOT_AVAILABLE, &[], out);
                    self.close_if_unheld(now, cid, out);
                } else if let Some((told, is_as_it_is)) = self.join(now, asker.phone, cid, number, None) {
                    self.keep_data_call(cid, out);
                    let told = if is_as_it_is { answer.payload } else { &told };
                    self.answer(asker, Errno::SUCCESS, told, out);
                }
                if self.data.call(cid).is_some_and(|call| call.awaits_list()) {
                    self.look_at_data(now, out);
                }
            }
            read => self.data_not_opened(now, opening, asker, answer, read, out),
        }
        self.settle_data(now, out);
    }

    /// The modem opened this call for that. The phones that are to hear that one of theirs is gone.
    fn data_opened(&mut self, call: DataCall, layout: Layout, wanted: Wanted, out: &mut Actions) -> Vec<PhoneId> {
        let (lost, is_news) = self.data.opened(call, layout, wanted);
        let (told, ended): (Vec<_>, Vec<_>) =
            lost.into_iter().partition(|hold| is_news && self.phones.is_up(hold.phone));
        self.data_ended(ended, out);
        told.into_iter().map(|hold| hold.phone).collect()
    }

    /// An answer to a set-up that was given up. The call is kept for a moment: who asked may ask again. Whether it is
    /// there still, the modem's list tells: another that was closed since may have had its number before.
    pub(in crate::router) fn on_data_opened_late(&mut self, now: Now, id: u32, answer: Answer<'_>, out: &mut Actions) {
        let Some(place) = self.data.given_up.iter().position(|opening| opening.id == id) else { return };
        let opening = self.data.given_up.remove(place);
        let read = answer::read(answer.payload, self.version()).filter(|_| answer.is_ok());
        let Some((call, layout)) = read.filter(|(call, _)| call.status == 0 && !self.data.is_followed(call)) else {
            return;
        };
        let cid = call.cid;
        let losers = self.data_opened(call, layout, opening.wanted, out);
        if let Some(call) = self.data.call(cid).filter(|call| call.holds.is_empty()) {
            call.state = State::Unheld { until: Some(now + UNHELD), tries: 0 };
        }
        self.keep_data_call(cid, out);
        self.tell_own_lists(losers.into_iter(), out);
        self.look_at_data(now, out);
        self.settle_data(now, out);
    }

    /// Looks again at the set-ups that wait, and before that at what waits for set-ups.
    pub(super) fn settle_data(&mut self, now: Now, out: &mut Actions) {
        self.close_what_is_over(now, out);
        for asked in std::mem::take(&mut self.data.waiting) {
            self.take_up(now, asked, out);
        }
    }

    fn take_up(&mut self, now: Now, asked: Asked, out: &mut Actions) {
        if self.modem.is_none() {
            return self.answer_waiter(asked.waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
        }
        match self.data.find(&asked.wanted) {
            Found::Call(cid, only) => {
                let number = self.data.free_number(asked.waiter.phone, cid);
                if let Some((told, _)) = self.join(now, asked.waiter.phone, cid, number, only) {
                    self.keep_joined_data_call(now, asked.waiter.phone, cid, out);
                    self.answer_waiter(asked.waiter, Errno::SUCCESS, &told, out);
                }
            }
            Found::Soon => self.data.waiting.push(asked),
            Found::Nothing => self.open_data(now, asked, out),
        }
    }

    /// Whether a phone has as many data calls, and set-ups at the modem, as it may have: no phone needs them all. One
    /// that the modem has ended does not count, though no list has shown yet that it is gone: another phone's may do so
    /// first. One that it may have ended is what this phone may be asking for.
    fn has_data_enough(&self, id: PhoneId) -> bool {
        let counts = |call: &&OpenCall| call.is_up() && call.in_doubt.is_none() && call.hold_of(id).is_some();
        let held = self.data.calls.iter().filter(counts).count();
        let is_its_own = |pending: &Pending| matches!(pending.asker, Asker::Router(Ask::OpenData { asker, .. }) if asker.phone == id);
        let asked = self.pending.count(is_its_own);
        let most = self.phones.get(id).map_or(0, |phone| phone.data_calls);
        !self.data.is_alone(id) && held + asked >= most
    }

    /// Whether another phone has what this one asks for under another account: the network would end the one for the
    /// other, or refuse it.
    fn is_in_the_way_of_another(&self, id: PhoneId, wanted: &Wanted) -> bool {
        let is_rival = |other: &Wanted| other.is_under_another_account(wanted);
        let is_anothers = |call: &OpenCall| call.is_up() && call.all_holds().any(|hold| hold.phone != id);
        self.data.calls.iter().any(|call| is_anothers(call) && call.wanted.iter().any(is_rival))
    }

    fn open_data(&mut self, now: Now, asked: Asked, out: &mut Actions) {
        let Asked { waiter, wanted, payload } = asked;
        let allowed = match self.data.who {
            Who::All => true,
            Who::Foreground => waiter.phone == self.phones.foreground(),
        };
        // It may have waited for what went on, and the network may call another phone back meanwhile.
        if !allowed
            || self.is_held_off(waiter.phone)
            || self.has_data_enough(waiter.phone)
            || self.data.calls.len() + self.data.opening.len() >= MOST_OPEN
        {
            return self.refuse_data(waiter, INSUFFICIENT_RESOURCES, out);
        }
        if !self.phones.is_privileged(waiter.phone) && self.is_in_the_way_of_another(waiter.phone, &wanted) {
            return self.refuse_data(waiter, NO_SECOND_CONNECTION, out);
        }
        // It is charged to the phone as the modem's request now.
        self.uncharge(waiter.phone, 1);
        let id = self.data.next_id();
        let order = Order { code: RequestCode::SETUP_DATA_CALL, payload };
        if self.ask(now, Ask::OpenData { asker: waiter, id }, &order, out) {
            self.data.listen();
            self.data.opening.push(Opening { id, wanted, payload: order.payload });
        } else {
            self.answer(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
    }

    /// Refuses a set-up in the way of a network: with a cause, as clients know it. The oldest versions have only a
    /// failure, and ask for the cause.
    pub(super) fn refuse_data(&mut self, waiter: Waiter, cause: i32, out: &mut Actions) {
        let version = self.version();
        let phone = waiter.phone;
        let refusal = answer::refusal(cause, self.data.list_layout(version), version);
        let errno = if refusal.is_some() { Errno::SUCCESS } else { denial::not_allowed(version) };
        out.note(Note::Denied { phone, code: RequestCode::SETUP_DATA_CALL, errno });
        self.answer_waiter(waiter, errno, &refusal.unwrap_or_default(), out);
        self.note_cause(&[phone], cause, out);
    }

    /// Gives a phone a hold on a call, which it knows by this number if it has none yet. What it is told of it, and
    /// whether that is just what the modem said.
    fn join(
        &mut self,
        now: Now,
        phone: PhoneId,
        cid: i32,
        number: i32,
        only: Option<Family>,
    ) -> Option<(Vec<u8>, bool)> {
        let version = self.version();
        let until = (!self.phones.is_up(phone)).then_some(now + ABSENCE);
        let call = self.data.call(cid)?;
        call.state = State::Open;
        match call.holds.iter_mut().find(|hold| hold.phone == phone) {
            // It asked for one family before and for another now.
            Some(hold) if hold.only != only => hold.only = None,
            Some(_) => {}
            None => call.holds.push(Hold { phone, cid: number, only, until }),
        }
        let seen = seen(&call.now, call.hold_of(phone)?);
        let is_as_it_is = seen == call.now;
        Some((answer::write(seen, call.layout, version), is_as_it_is))
    }

    /// Nothing was opened: whom that concerns hears it, and why is found out.
    fn data_not_opened(
        &mut self,
        now: Now,
        mut opening: Opening,
        asker: Waiter,
        answer: Answer<'_>,
        read: Option<(DataCall, Layout)>,
        out: &mut Actions,
    ) {
        let version = self.version();
        // A library may say that it went well and nothing else; then nobody knows of a call.
        let says_nothing = answer.is_ok() && answer.payload.is_empty();
        if answer.is_ok() && read.is_none() && !says_nothing {
            out.note(Note::Undecodable { what: "a data call" });
        }
        let status = read.as_ref().map(|(call, _)| call.status);
        let (errno, told) = match read {
            _ if self.data.is_alone(asker.phone) => (answer.errno, answer.payload.to_vec()),
            Some((call, layout)) => (answer.errno, answer::without_number(call, layout, version)),
            None if answer.is_ok() && !says_nothing => (Errno::GENERIC_FAILURE, Vec::new()),
            None => (answer.errno, Vec::new()),
        };
        let words = std::mem::take(&mut opening.payload);
        let same: Vec<Asked> = self
            .data
            .waiting
            .extract_if(.., |asked| {
                asked.wanted == opening.wanted && (asked.waiter.phone == asker.phone || asked.payload == words)
            })
            .collect();
        let mut phones = vec![asker.phone];
        phones.extend(same.iter().map(|asked| asked.waiter.phone));
        match status {
            Some(cause) => self.note_cause(&phones, cause, out),
            None if errno != Errno::RADIO_NOT_AVAILABLE && !says_nothing => self.ask_cause(now, &phones, out),
            None => {}
        }
        self.answer(asker, errno, &told, out);
        for asked in same {
            self.answer_waiter(asked.waiter, errno, &told, out);
        }
        // One that was given up may succeed yet, while its request is kept for that: so many of each phone.
        let Self { data, pending, .. } = self;
        data.given_up.push(opening);
        data.given_up.retain(|opening| {
            let opens =
                |pending: &Pending| matches!(pending.asker, Asker::Router(Ask::OpenData { id, .. }) if id == opening.id);
            pending.count(opens) > 0
        });
    }
}
