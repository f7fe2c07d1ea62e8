//! Why each phone's last call ended.
//!
//! The modem knows the cause of the call that ended last, whoever's that was. So the router asks when a list shows that
//! calls of one phone have ended, and keeps the answer for that phone if no other call can have ended meanwhile: where
//! another phone has a call, or may have one, that is what the next list shows, which is asked for when the modem has
//! answered. A phone that asks while the router's question is open waits for it. A question that the modem does not
//! answer is not asked again: by then the cause may be that of a call that nobody saw.
//!
//! Nobody can say whose the modem's cause is when calls of two phones, or one that belongs to nobody, end in one look
//! or until the cause is known, nor when a call ended while the router did not see the list, or was not there, and
//! others may have come and gone: then the call ended normally.
//!
//! Reference: ril.h, RIL_REQUEST_LAST_CALL_FAIL_CAUSE; 3GPP TS 24.008, annex H for the numbers.

use std::borrow::Cow;

use caller_tag::cause::Cause;
use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode};

use super::cause_form;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Told, Waiter};
use crate::router::{Actions, Now, PhoneId, Router};

/// The router's question, and what it is about.
#[derive(Debug, Default)]
pub(super) struct Causes {
    question: Option<Question>,
    /// Numbers the questions.
    last: u32,
    /// Clients of its phone that want to know.
    waiting: Vec<Waiter>,
    /// Calls that the present list shows to be over.
    ended: Vec<Ended>,
    /// The modem side has put the number of integers before a cause.
    are_counted: bool,
}

/// Why the last call of a phone ended.
#[derive(Debug)]
struct Question {
    id: u32,
    of: PhoneId,
    progress: Progress,
}

#[derive(Debug, PartialEq, Eq)]
enum Progress {
    /// The modem has not answered.
    Asked,
    /// It said this. A list that is asked for from now on shows whether another's call has ended before that.
    Answered(Vec<u8>),
    /// That list is asked for.
    Checked(Vec<u8>),
}

/// A call that is over.
#[derive(Debug)]
struct Ended {
    /// Whose it was, if that is known.
    of: Option<PhoneId>,
    /// Its phone has seen it, and the modem knows why it is over.
    matters: bool,
}

impl Causes {
    /// A call is over. It is nobody's if it was not shown to anybody, and it matters if the modem's cause is its
    /// phone's.
    pub(super) fn note_end(&mut self, of: Option<PhoneId>, matters: bool) {
        self.ended.push(Ended { of, matters });
    }

    /// The client of this phone is gone; how many questions of it are forgotten.
    pub(super) fn drop_waiters(&mut self, phone: PhoneId) -> usize {
        let before = self.waiting.len();
        self.waiting.retain(|waiter| waiter.phone != phone);
        before - self.waiting.len()
    }

    /// The modem is asked for its list.
    pub(super) fn list_is_asked_for(&mut self) {
        let Some(question) = &mut self.question else { return };
        if let Progress::Answered(cause) = &mut question.progress {
            question.progress = Progress::Checked(std::mem::take(cause));
        }
    }

    /// The question that the list checks which the modem gives now.
    pub(super) fn checked(&self) -> Option<u32> {
        let is_checked = |question: &&Question| matches!(question.progress, Progress::Checked(_));
        self.question.as_ref().filter(is_checked).map(|question| question.id)
    }

    fn is_asked(&self, of: PhoneId) -> bool {
        self.question.as_ref().is_some_and(|question| question.of == of)
    }
}

impl Router {
    /// The list is worked in: why the calls have ended that it does not have is found out before another's does.
    pub(super) fn find_causes(&mut self, now: Now, overlooked: bool, out: &mut Actions) {
        let ended = std::mem::take(&mut self.voice.causes.ended);
        let Some(first) = ended.first() else { return };
        let of_one = first.of.filter(|of| ended.iter().all(|other| other.of == Some(*of)));
        if of_one.is_none_or(|of| !self.voice.causes.is_asked(of)) {
            self.cause_is_unknown(out);
        }
        let mut phones: Vec<PhoneId> =
            ended.iter().filter(|ended| ended.matters).filter_map(|ended| ended.of).collect();
        phones.dedup();
        for phone in phones {
            if self.is_alone() {
                self.forget_cause(phone);
            } else if of_one.is_some() && !overlooked {
                self.ask_for_cause(now, phone, out);
            } else {
                self.call_failed(phone, Cause::NORMAL, out);
            }
        }
    }

    fn ask_for_cause(&mut self, now: Now, of: PhoneId, out: &mut Actions) {
        self.forget_cause(of);
        let id = self.voice.causes.last.wrapping_add(1);
        if self.ask(now, Ask::FailCause { id, of }, &Order::plain(RequestCode::LAST_CALL_FAIL_CAUSE), out) {
            self.voice.causes.last = id;
            self.voice.causes.question = Some(Question { id, of, progress: Progress::Asked });
        }
    }

    fn forget_cause(&mut self, id: PhoneId) {
        if let Some(phone) = self.phones.get_mut(id) {
            phone.fail_cause = None;
        }
    }

    /// The modem refused to make a call of this phone. The answer says why; the modem's cause may still be that of the
    /// last call that there was, or by now be about this one.
    pub(super) fn dial_refused(&mut self, id: PhoneId, out: &mut Actions) {
        if !self.is_alone() {
            if !self.voice.causes.is_asked(id) {
                self.cause_is_unknown(out);
            }
            self.call_failed(id, Cause::UNSPECIFIED, out);
        }
    }

    /// Whether there is one phone. All others, with telephony or without, have emergency calls at least.
    pub(super) fn is_alone(&self) -> bool {
        self.phones.ids().nth(1).is_none()
    }

    /// A call of this phone came to nothing, or is over, for a cause that the modem does not know.
    pub(super) fn call_failed(&mut self, id: PhoneId, cause: Cause, out: &mut Actions) {
        let cause = cause_form::encode(cause.ril(), self.voice.causes.are_counted, self.version());
        if self.voice.causes.is_asked(id) {
            self.tell_cause(Answer::success(&cause), out);
        } else if let Some(phone) = self.phones.get_mut(id) {
            phone.fail_cause = Some(cause);
        }
    }

    /// The modem's cause may be that of another call than the one whose it was asked for.
    pub(super) fn cause_is_unknown(&mut self, out: &mut Actions) {
        if let Some(of) = self.voice.causes.question.as_ref().map(|question| question.of) {
            self.call_failed(of, Cause::NORMAL, out);
        }
    }

    /// The list has come by which this question was to be checked, and has shown no reason to doubt the answer.
    pub(super) fn cause_is_checked(&mut self, id: u32, out: &mut Actions) {
        if let Some(Question { id: open, progress: Progress::Checked(cause), .. }) = &mut self.voice.causes.question
            && *open == id
        {
            let cause = std::mem::take(cause);
            self.tell_cause(Answer::success(&cause), out);
        }
    }

    /// The modem side is gone, and what it said is not checked any more.
    pub(super) fn causes_gone(&mut self, out: &mut Actions) {
        self.voice.causes.ended.clear();
        self.tell_cause(Answer::failed(Errno::RADIO_NOT_AVAILABLE), out);
    }

    /// LAST_CALL_FAIL_CAUSE.
    pub(super) fn last_call_fail_cause(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if self.voice.causes.is_asked(id) {
            if let Some(waiter) = self.wait(id, request.serial) {
                self.voice.causes.waiting.push(waiter);
            }
            return;
        }
        let known = self.phones.get(id).and_then(|phone| phone.fail_cause.as_deref());
        match known {
            Some(cause) => out.reply(id, request.serial, Errno::SUCCESS, &self.as_read_by(id, cause)),
            None if self.is_alone() => self.forward(now, id, request, out),
            None => out.reply(id, request.serial, Errno::GENERIC_FAILURE, &[]),
        }
    }

    /// What the modem says why the last call ended.
    pub(in crate::router) fn on_fail_cause(&mut self, now: Now, id: u32, answer: Answer<'_>, out: &mut Actions) {
        let Some(question) = self.voice.causes.question.as_mut().filter(|question| question.id == id) else { return };
        if !answer.is_ok() {
            return self.tell_cause(answer, out);
        }
        self.voice.causes.are_counted = cause_form::is_counted(answer.payload);
        let of = question.of;
        question.progress = Progress::Answered(answer.payload.to_vec());
        if self.may_another_call_have_ended(of) {
            self.look_at_calls(now, out);
        } else {
            self.tell_cause(answer, out);
        }
    }

    /// Whether a call that is not this phone's may have ended since the last list.
    fn may_another_call_have_ended(&self, of: PhoneId) -> bool {
        let [_, others_dial] = self.voice.unlisted(of, |_| true);
        let is_looking = self.voice.looking.in_flight || self.voice.looking.is_behind();
        others_dial || is_looking || self.voice.calls.others(of).next().is_some()
    }

    /// The question has this answer; whoever waits is told.
    fn tell_cause(&mut self, answer: Answer<'_>, out: &mut Actions) {
        let Some(question) = self.voice.causes.question.take() else { return };
        if let Some(phone) = self.phones.get_mut(question.of) {
            phone.fail_cause = answer.is_ok().then(|| answer.payload.to_vec());
        }
        for waiter in std::mem::take(&mut self.voice.causes.waiting) {
            let payload = self.as_read_by(waiter.phone, answer.payload);
            self.answer_waiter(waiter, answer.errno, &payload, out);
        }
    }

    /// What a phone is told that is alone, and asks the modem itself.
    pub(in crate::router) fn own_cause(&self, id: PhoneId, answer: Answer<'_>) -> Told {
        match self.as_read_by(id, answer.payload) {
            Cow::Owned(payload) if answer.is_ok() => Told::Instead(payload),
            _ => Told::AsItIs,
        }
    }

    /// An answer as this phone's software reads it.
    fn as_read_by<'a>(&self, id: PhoneId, answer: &'a [u8]) -> Cow<'a, [u8]> {
        let is_counted = self.phones.get(id).is_some_and(|phone| phone.counted_cause);
        if is_counted { cause_form::counted(answer) } else { Cow::Borrowed(answer) }
    }
}
