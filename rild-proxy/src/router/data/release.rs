//! `DEACTIVATE_DATA_CALL`: a phone gives up its hold, and the last one closes the call.
//!
//! Who is not the last is told at once that it is done. If the modem does not close the call, the last one holds it
//! again: it was told so. The modem may have closed it without saying so, and given its number to another; so its list
//! is asked for, and until then nobody is given that call. One that the router itself would close is closed again when
//! the list still has it.
//!
//! A call that the modem has reported as inactive is closed too: some modems keep its number until then. Others give
//! that number again at once, to a call that is being opened and of which nobody knows it yet; and so they may with one
//! that they were asked to close and have not said that they did. So while a set-up is unanswered, its phone is told
//! that it is done, and it is closed when the answers show that nobody else has its number.

use ril_protocol::frame::Request;
use ril_protocol::payload::Strings;
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};

use super::held::{OpenCall, State};
use super::{DataCalls, MOST_LOOKS, MOST_TRIES, RETRY, UNHELD};
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Waiter};
use crate::router::{Actions, Now, PhoneId, Router};

/// Closed for no particular reason (ril.h, `RIL_REQUEST_DEACTIVATE_DATA_CALL`).
const NO_REASON: &str = "0";

impl DataCalls {
    /// Whether this call is or may be over, and the modem may have given its number to one that it opens just now.
    fn may_be_given_again(&self, cid: i32) -> bool {
        let may_be_over = |call: &OpenCall| call.cid == cid && (!call.is_up() || call.in_doubt.is_some());
        !self.opening.is_empty() && self.calls.iter().any(may_be_over)
    }
}

impl Router {
    pub(super) fn release_data(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let version = self.version();
        let arguments = parcel::decode::<Strings>(request.payload, version).ok();
        let number = arguments.as_ref().and_then(|strings| strings.first()?.as_deref()?.trim().parse::<i32>().ok());
        if number.is_some_and(|number| self.data.is_taken_by_ended(id, number)) {
            self.data_end_seen(id, number, out);
            return out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
        let Some((cid, hold)) = number.and_then(|number| self.data.hold(id, number)) else {
            // One phone alone may know of calls that nobody here does. Others are confirmed what is so anyway.
            return match self.data.is_alone(id) {
                true => self.forward(now, id, request, out),
                false => out.reply(id, request.serial, Errno::SUCCESS, &[]),
            };
        };
        let hold = hold.clone();
        let Some(asker) = self.waiter(id, request.serial) else { return };
        let ask = self.data.next_id();
        let may_be_anothers = self.data.may_be_given_again(cid) && !self.data.is_alone(id);
        let Some(call) = self.data.call(cid) else { return };
        call.holds.retain(|other| *other != hold);
        let is_last = call.holds.is_empty();
        // A call of an earlier life is closed when it is known to be that call.
        if !is_last || matches!(call.state, State::Recalled) || may_be_anothers {
            if is_last && may_be_anothers {
                call.state = State::Over { until: Some(now + UNHELD), tries: 0 };
            }
            self.keep_data_call(cid, out);
            return out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
        let payload = match arguments {
            Some(mut strings) if hold.cid != cid => {
                if let Some(first) = strings.first_mut() {
                    *first = Some(cid.to_string());
                }
                parcel::encode(&strings, version)
            }
            _ => request.payload.to_vec(),
        };
        // One that is over is held by nobody any more, whatever the modem says.
        self.data.closing.push((ask, hold.clone()));
        let Some(call) = self.data.call(cid) else { return };
        let hold = call.is_up().then_some(hold);
        call.state = State::Closing { id: ask, hold, tries: 0 };
        let order = Order { code: RequestCode::DEACTIVATE_DATA_CALL, payload };
        if !self.ask(now, Ask::CloseData { asker: Some(asker), id: ask }, &order, out) {
            self.on_data_closed(now, ask, Some(asker), Answer::failed(Errno::GENERIC_FAILURE), out);
        }
    }

    /// Closes a call if it is nobody's; one that may be over, when the modem's list has it.
    pub(super) fn close_if_unheld(&mut self, now: Now, cid: i32, out: &mut Actions) {
        let id = self.data.next_id();
        let may_be_anothers = self.data.may_be_given_again(cid);
        let Some(call) = self.data.call(cid).filter(|call| call.holds.is_empty()) else { return };
        let tries = match call.state {
            State::Over { .. } if may_be_anothers => return,
            State::Open => 0,
            State::Over { tries, .. } | State::Unheld { tries, .. } => tries,
            State::Closing { .. } | State::Recalled => return self.keep_data_call(cid, out),
        };
        if may_be_anothers {
            call.state = State::Over { until: Some(now + UNHELD), tries };
            return self.keep_data_call(cid, out);
        }
        if let Some(looks) = call.in_doubt {
            let until = (looks < MOST_LOOKS).then(|| now + RETRY * (2 << looks));
            call.in_doubt = Some(looks.saturating_add(1));
            call.state = State::Unheld { until, tries };
            self.keep_data_call(cid, out);
            self.look_at_data(now, out);
            return;
        }
        call.state = State::Closing { id, hold: None, tries: tries + 1 };
        let strings: Strings = vec![Some(cid.to_string()), Some(NO_REASON.to_owned())];
        let payload = parcel::encode(&strings, RilVersion::COMMON);
        let order = Order { code: RequestCode::DEACTIVATE_DATA_CALL, payload };
        if self.ask(now, Ask::CloseData { asker: None, id }, &order, out) {
            self.keep_data_call(cid, out);
        } else {
            self.on_data_closed(now, id, None, Answer::failed(Errno::GENERIC_FAILURE), out);
        }
    }

    /// Closes what is over, when its number cannot be another's any more.
    pub(super) fn close_what_is_over(&mut self, now: Now, out: &mut Actions) {
        let over = self.data.calls.iter().filter(|call| matches!(call.state, State::Over { .. })).map(|call| call.cid);
        for cid in over.collect::<Vec<_>>() {
            self.close_if_unheld(now, cid, out);
        }
    }

    /// The modem closed a call, or refused.
    pub(in crate::router) fn on_data_closed(
        &mut self,
        now: Now,
        id: u32,
        asker: Option<Waiter>,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let is_it = |state: &State| matches!(state, State::Closing { id: closing, .. } if *closing == id);
        self.data.closing.retain(|(closing, _)| *closing != id);
        let (mut is_in_doubt, mut is_over) = (false, false);
        let last_id = self.data.last_id;
        if let Some(place) = self.data.calls.iter().position(|call| is_it(&call.state)) {
            let call = &mut self.data.calls[place];
            let cid = call.cid;
            // One that the network has closed before is over in any case, and so is one of a radio that is gone.
            let radio_is_gone = answer.errno == Errno::RADIO_NOT_AVAILABLE && self.modem.is_some();
            if answer.is_ok() || radio_is_gone || !call.is_up() {
                is_over = !call.is_up();
                self.data.calls.remove(place);
            } else if self.modem.is_some() && !self.radio.is_on() {
                // As all others that were there when the radio went.
                is_over = true;
                call.state = State::Recalled;
                self.data.reviews = self.data.reviews.max(MOST_TRIES);
            } else if let State::Closing { hold, tries, .. } = std::mem::replace(&mut call.state, State::Open) {
                (call.in_doubt, call.since) = (Some(0), last_id);
                is_in_doubt = true;
                match hold {
                    Some(hold) => call.holds.push(hold),
                    None => {
                        let until = (tries < MOST_TRIES).then_some(now + RETRY);
                        call.state = State::Unheld { until, tries };
                    }
                }
            }
            self.keep_data_call(cid, out);
        } else {
            // A list has shown meanwhile that it is gone, or its number is another's.
            is_over = answer.errno != Errno::RADIO_NOT_AVAILABLE;
        }
        if is_in_doubt {
            self.look_at_data(now, out);
        }
        match asker {
            // What the modem says of a call that is over anyway depends on whether another phone's question has shown
            // that.
            Some(asker) if is_over && !self.data.is_alone(asker.phone) => self.answer(asker, Errno::SUCCESS, &[], out),
            Some(asker) => self.answer(asker, answer.errno, answer.payload, out),
            None => {}
        }
        self.settle_data(now, out);
    }
}
