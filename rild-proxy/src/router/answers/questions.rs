//! Questions whose answer is the same for all phones: asked of the modem once, and answered from memory while the
//! answer holds.
//!
//! A phone is never told what the modem said to a question that was sent before something changed the answer, unless it
//! asked that question itself. Failures are given to all who wait and are not kept. What a phone whose radio is off may
//! hear is decided before a question comes here.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};

use super::cache::{Answers, QuestionId};
use crate::router::calls::is_seen_by_call_control;
use crate::router::pending::{Answer, Ask, Asker, Pending, Told, Waiter};
use crate::router::phones::Phone;
use crate::router::sim::files::Refreshed;
use crate::router::sim::{card, files};
use crate::router::{Actions, Flow, Now, PhoneId, Router};

/// A phone with this many requests at the modem has a queue there in which no other phone should have to stand.
const CROWD: u32 = 16;

impl Router {
    /// A request of class `Shared`.
    pub(in crate::router) fn shared_request(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        match request.code {
            RequestCode::SIM_IO => self.sim_io(now, id, request, out),
            RequestCode::QUERY_TTY_MODE => self.own_request(now, id, request, out),
            RequestCode::CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE => self.get_held_value(now, id, request, out),
            _ => self.share(now, id, request, out),
        }
    }

    /// Answers a question from memory, or asks the modem once for all who want to know. What is no shared question is
    /// forwarded.
    pub(in crate::router) fn share(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        let place = self.answers.place(code).filter(|_| !self.is_of_later_ril_h(code));
        let Some(place) = place else { return self.forward(now, id, request, out) };
        if self.answer_from_memory(now, id, request, out) {
            return;
        }
        // No question of ril.h is so long.
        if !Answers::takes(payload) {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        }
        if self.answers.joinable(place, payload, id).is_some() {
            let waiter = self.wait(id, serial);
            if let Some(question) = self.answers.joinable(place, payload, id) {
                question.waiting.extend(waiter);
            }
            return;
        }
        let Some(asker) = self.waiter(id, serial) else { return };
        if is_seen_by_call_control(code, payload, self.version()) {
            self.note_asker(id);
        }
        let crowded = self.phones.get(id).is_some_and(|phone| phone.unanswered >= CROWD);
        let question = self.answers.ask(place, payload, asker, crowded);
        if !self.send(Flow::Phone(id), now, Asker::Router(Ask::Shared(question, id)), code, payload, out) {
            self.answers.close(question);
            self.refuse_flood(id, request, out);
        }
    }

    /// Answers a question of a phone with what is kept, if that still holds.
    pub(in crate::router) fn answer_from_memory(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) -> bool {
        let &Request { code, serial, payload } = request;
        let version = self.version();
        let Self { answers, phones, .. } = self;
        let Some((place, phone)) = answers.place(code).zip(phones.get(id)) else { return false };
        let Some(answer) = answers.kept(now, place, payload, id) else { return false };
        match view(phone, code, Answer::success(answer), version) {
            Told::AsItIs => out.reply(id, serial, Errno::SUCCESS, answer),
            Told::Instead(payload) => out.reply(id, serial, Errno::SUCCESS, &payload),
            Told::Failed(errno) => out.reply(id, serial, errno, &[]),
        }
        true
    }

    /// The modem's answer to a shared question, or that there is none.
    pub(in crate::router) fn on_shared(&mut self, now: Now, id: QuestionId, answer: Answer<'_>, out: &mut Actions) {
        let Some((question, is_current)) = self.answers.close(id) else { return };
        let Some(code) = question.place.code() else { return };
        if code == RequestCode::GET_SIM_STATUS {
            self.learn_card(answer, is_current, out);
        }
        self.calls_learn(now, code, answer, out);
        if is_current && answer.is_ok() && self.is_lasting(code, &question.payload, answer.payload) {
            self.answers.keep(now, &question, answer.payload);
        }
        self.tell_asker(question.asker, code, answer, out);
        for waiter in question.waiting {
            self.uncharge(waiter.phone, 1);
            self.tell_asker(waiter, code, answer, out);
        }
    }

    fn tell_asker(&mut self, waiter: Waiter, code: RequestCode, answer: Answer<'_>, out: &mut Actions) {
        let Some(phone) = self.phones.get(waiter.phone) else { return };
        let told = view(phone, code, answer, self.version());
        self.answer_as_told(waiter, answer, told, out);
    }

    /// The request that carries this question is given up for the sake of its asker's emergency call. Other phones that
    /// joined have it asked anew.
    pub(in crate::router) fn give_question_up(&mut self, now: Now, id: QuestionId, out: &mut Actions) {
        let Some(question) = self.answers.question_mut(id) else { return };
        let given_up = question.asker;
        let (own, mut others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut question.waiting).into_iter().partition(|waiter| waiter.phone == given_up.phone);
        let heir = if others.is_empty() { None } else { Some(others.remove(0)) };
        question.waiting = others;
        if let Some(heir) = heir {
            question.asker = heir;
        }
        let (place, payload) = (question.place, question.payload.clone());
        self.answer(given_up, Errno::GENERIC_FAILURE, &[], out);
        for waiter in own {
            self.answer_waiter(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
        let Some((heir, code)) = heir.zip(place.code()) else {
            self.answers.close(id);
            return;
        };
        self.uncharge(heir.phone, 1);
        let asker = Asker::Router(Ask::Shared(id, heir.phone));
        if !self.send(Flow::Phone(heir.phone), now, asker, code, &payload, out) {
            self.on_shared(now, id, Answer::failed(Errno::GENERIC_FAILURE), out);
        }
    }

    /// What the modem said may end the truth of what is kept.
    pub(in crate::router) fn forget_what_changed(
        &mut self,
        now: Now,
        code: UnsolCode,
        payload: &[u8],
        out: &mut Actions,
    ) {
        let version = self.version();
        if code != UnsolCode::SIM_REFRESH {
            return self.answers.heard(now, code, payload);
        }
        match files::refreshed(payload, version) {
            Refreshed::File(file) => self.answers.file_refreshed(file),
            refreshed => {
                self.answers.heard(now, code, payload);
                if refreshed == Refreshed::Card {
                    self.forget_channels(out);
                    self.toolkit.card_gone();
                }
            }
        }
    }

    /// A request goes to the modem, or has come to its end there.
    pub(in crate::router) fn forget_what_it_changes(&mut self, pending: &Pending) {
        if self.is_harmless_of_vendor(pending.code) {
            return;
        }
        let judged = self.as_judged(pending.code);
        self.voice.request_may_make_a_call(judged);
        match (changes(pending), pending.asker) {
            (Some(_), Asker::Router(Ask::SimChange(_, Some(file)))) => self.answers.file_changed(file),
            (Some(code), _) => self.answers.changed_by(self.as_judged(code)),
            (None, _) => {}
        }
    }

    /// A request is given up that the modem may carry out yet.
    pub(in crate::router) fn doubt_what_it_changes(&mut self, now: Now, pending: &Pending) {
        if let Some(code) = changes(pending) {
            self.answers.given_up(now, self.as_judged(code));
        }
    }

    /// The request whose effects this one may have: any, where ril.h has it only later.
    fn as_judged(&self, code: RequestCode) -> RequestCode {
        if self.is_of_later_ril_h(code) { RequestCode::OEM_HOOK_RAW } else { code }
    }

    /// Whether an answer says more than how things are at this moment.
    fn is_lasting(&self, code: RequestCode, question: &[u8], answer: &[u8]) -> bool {
        match code {
            RequestCode::SIM_IO => files::is_lasting(question, answer),
            RequestCode::GET_SIM_STATUS => card::is_settled(answer, self.version()),
            _ => true,
        }
    }
}

/// The request that changes what this one does; `None` for a question.
fn changes(pending: &Pending) -> Option<RequestCode> {
    match pending.asker {
        Asker::Router(Ask::Shared(..) | Ask::EmergencyNumbers) => None,
        // A question about a file of the SIM that is not shared; others are changes of the SIM.
        Asker::Phone(_) if pending.code == RequestCode::SIM_IO => None,
        // The command can be any that the basic channel takes.
        Asker::Router(Ask::SimChange(_, None)) => Some(RequestCode::SIM_TRANSMIT_APDU_BASIC),
        _ => Some(pending.code),
    }
}

/// What a phone is told of an answer that is the same for all but for what it may not see.
fn view(phone: &Phone, code: RequestCode, answer: Answer<'_>, version: RilVersion) -> Told {
    match code {
        RequestCode::GET_SIM_STATUS if phone.privileged || !answer.is_ok() => Told::AsItIs,
        RequestCode::GET_SIM_STATUS => card::without_pins(answer.payload, version).map_or(Told::AsItIs, Told::Instead),
        _ => phone.identity.personal(code, answer, version),
    }
}
