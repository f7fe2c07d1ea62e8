//! Calls that the service is told of before they are dialled, and what it says about them.
//!
//! A call waits for the service's word for a moment; without it, the call goes out and its target by tones. An intent
//! is good for half a minute and for one call, from when the service reads it. When its call ends and the service need
//! not have used it for that, the service is told; until it must have heard that, or the intent is over by itself,
//! tones of the same phone would come too late: the service calls at once whom it was told. So the phone's calls by
//! tones are refused for so long. A service that is behind says nothing, and may still read the intent: the half minute
//! begins with its word, or with the end of the link.

use std::time::Duration;

use caller_tag::cause::Cause;
use caller_tag::link::to_service::Say;
use caller_tag::link::{CallIntent, CallOver};
use caller_tag::{E164, Target};
use ril_protocol::frame::Request;
use ril_protocol::payload::call::{CallState, Clir, Dial};
use ril_protocol::{Errno, RequestCode, parcel};

use super::{ByService, Route, Stage, Tones, is_unanswered};
use crate::router::calls::Voice;
use crate::router::calls::dialling::{Dialled, MOST_DIALLED};
use crate::router::pending::Waiter;
use crate::router::phones::Phone;
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// How long a call waits for the service's word.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long an intent is good: as long as it may take until the service is called.
const VALID_MS: u32 = 30_000;
const VALID: Duration = Duration::from_millis(VALID_MS as u64);
/// Most intents of a phone that are over and that the service has not read, or may not have heard to be over.
const MOST_LOOSE: usize = 8;

/// What the service was told and has not used, as far as is known.
#[derive(Debug, Default)]
pub(in crate::router::calls) struct Intents {
    /// The last id that was used.
    last: u64,
    /// Calls that wait for the service's word.
    waiting: Vec<Waiting>,
    /// Intents whose calls are over, and of which the service has not heard that for certain.
    loose: Vec<Loose>,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    waiter: Waiter,
    target: Target,
    /// The number as its phone sees it.
    number: String,
    until: Now,
}

#[derive(Clone, Copy, Debug)]
struct Loose {
    id: u64,
    phone: PhoneId,
    /// When it is over by itself; not known while the service has not read it.
    until: Option<Now>,
    /// The last id that was used when the service was told over this link that it is over.
    told: Option<u64>,
}

impl Loose {
    fn is_over(&self, now: Now) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

impl Intents {
    pub(in crate::router::calls) fn deadline(&self) -> Option<Now> {
        self.waiting.iter().map(|waiting| waiting.until).min()
    }

    /// Whether a call of a phone of this kind waits.
    pub(in crate::router::calls) fn any(&self, of: impl Fn(PhoneId) -> bool) -> bool {
        self.waiting.iter().any(|waiting| of(waiting.waiter.phone))
    }

    /// An id that no other call has.
    pub(in crate::router::calls) fn next_id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn take(&mut self, which: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        let place = self.waiting.iter().position(which)?;
        Some(self.waiting.remove(place))
    }

    /// Whether the service may take this phone's next call for an earlier one.
    fn is_haunted(&self, phone: PhoneId, now: Now) -> bool {
        self.loose.iter().any(|loose| loose.phone == phone && !loose.is_over(now))
    }

    /// How many intents of this phone are over that the service has still to read.
    fn unread(&self, phone: PhoneId) -> usize {
        self.loose.iter().filter(|loose| loose.phone == phone && loose.until.is_none()).count()
    }

    /// The service has read this intent, and so what it was told before: which of the phone's others are over.
    fn forget_read_before(&mut self, phone: PhoneId, id: u64) {
        self.loose.retain(|loose| loose.phone != phone || loose.told.is_none_or(|told| told >= id));
    }
}

impl Voice {
    /// The call of this intent, as far as the modem was asked for it.
    fn announced(&mut self, id: u64) -> Option<&mut ByService> {
        self.by_service(id).filter(|by_service| by_service.announced)
    }

    /// The phone of that call.
    fn caller(&self, id: u64) -> Option<PhoneId> {
        let dialled = self.dialled.iter().find(|dialled| dialled.is_by_service(id)).map(|dialled| dialled.phone);
        dialled.or_else(|| self.calls.iter().find(|call| call.is_by_service(id)).map(|call| call.owner))
    }

    /// Whether a call of this phone goes on whose intent the service may still read.
    fn has_unread_intent(&self, phone: PhoneId) -> bool {
        let dialled = self.dialled.iter().filter(|dialled| dialled.phone == phone);
        let dialled = dialled.filter_map(|dialled| dialled.by_service.as_ref());
        let listed = self.calls.owned_by(phone).filter_map(|call| call.by_service.as_ref());
        dialled.chain(listed).any(|call| call.announced && !call.taken)
    }

    /// The calls whose targets' answers the service was to tell.
    fn told_of_answers(&self) -> Vec<u64> {
        let dialled = self.dialled.iter().filter_map(|dialled| dialled.by_service.as_ref());
        let listed = self.calls.iter().filter_map(|call| call.by_service.as_ref());
        dialled.chain(listed).filter(|call| call.is_known()).map(|call| call.id).collect()
    }
}

impl Router {
    /// Where a call of this phone goes. Only the router calls the service: it would take the call for one of the phone
    /// whose access number it is.
    pub(in crate::router::calls) fn route(&self, id: PhoneId, address: &str, request: &Request<'_>) -> Route {
        match self.configured_route(id, address, request) {
            Route::Direct if self.phones.may_reach_service(address) => Route::Nowhere,
            route => route,
        }
    }

    fn configured_route(&self, id: PhoneId, address: &str, request: &Request<'_>) -> Route {
        let Some(phone) = self.phones.get(id).filter(|phone| phone.by_service) else { return Route::Direct };
        let clir = match parcel::decode::<Dial>(request.payload, self.version()) {
            Ok(dial) if dial.clir != Clir::DEFAULT => dial.clir,
            _ => self.voice.clir.of(id).map_or(Clir::DEFAULT, Clir),
        };
        match &phone.access {
            Some(access) => access.route(address, clir, &self.voice.numbers),
            None => Route::Nowhere,
        }
    }

    /// Places a call by the service, which is told before if it can be.
    pub(in crate::router::calls) fn dial_by_service(
        &mut self,
        now: Now,
        id: PhoneId,
        target: Target,
        number: String,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let call = self.voice.intents.next_id();
        let tag = self.phones.get(id).and_then(|phone| phone.tag).filter(|_| self.can_tell_service());
        let Some(tag) = tag else {
            let by_service = ByService::by_tones(call, target, number, false);
            return self.dial_access(now, id, request.serial, by_service, out);
        };
        let of_phone = |waiting: &&Waiting| waiting.waiter.phone == id;
        let waiting = self.voice.intents.waiting.iter().filter(of_phone).count();
        // A phone that dials and goes, again and again, is not to fill the link to a service that is behind.
        if waiting >= MOST_DIALLED || self.voice.intents.unread(id) >= MOST_LOOSE {
            return self.refuse_flood(id, request, out);
        }
        let Some(waiter) = self.wait(id, request.serial) else { return };
        self.voice.intents.waiting.push(Waiting { id: call, waiter, target, number, until: now + PATIENCE });
        let intent = CallIntent {
            id: call,
            tag: tag.into(),
            target: target.number.to_string(),
            withheld: target.withheld,
            valid_ms: VALID_MS,
        };
        self.tell_service(Say::CallIntent(intent), out);
    }

    /// Has the modem call the service.
    fn dial_access(&mut self, now: Now, id: PhoneId, serial: i32, by_service: ByService, out: &mut Actions) {
        let Some(access) = self.phones.get(id).and_then(|phone| phone.access.as_ref()) else { return };
        let address = access.number.to_string();
        // The service knows the SIM by its number.
        let dial = Dial { address: Some(address.clone()), clir: Clir::SUPPRESSION, uus: None };
        let payload = parcel::encode(&dial, self.version());
        let request = Request { code: RequestCode::DIAL, serial, payload: &payload };
        let mut dialled = Dialled::new(id, self.waiter(id, serial), address, false);
        let may_be_taken_for_another = self.voice.intents.is_haunted(id, now) || self.voice.has_unread_intent(id);
        let is_haunted = !by_service.is_known() && may_be_taken_for_another;
        dialled.by_service = Some(by_service);
        if let Some(errno) = self.may_not_call(id) {
            self.deny(id, &request, errno, out);
        } else if is_haunted {
            self.call_failed(id, Cause::TEMPORARY, out);
            self.deny(id, &request, Errno::GENERIC_FAILURE, out);
        } else if self.clear_the_way(now, id, &request, out) {
            self.note_dialled(now, dialled, out);
            return self.forward(now, id, &request, out);
        }
        self.dialled_over(now, dialled, out);
    }

    /// A call that waited goes out, in the knowledge of the service or not.
    fn go_on(&mut self, now: Now, waiting: Waiting, is_known: bool, out: &mut Actions) {
        let Waiting { id, waiter, target, number, .. } = waiting;
        self.uncharge(waiter.phone, 1);
        let by_service = match is_known {
            true => ByService::known(id, target, number),
            false => ByService::by_tones(id, target, number, true),
        };
        self.dial_access(now, waiter.phone, waiter.serial, by_service, out);
    }

    /// The service waits for a call. Only the number of the configuration is called: what else the service may name, it
    /// is the SIM that would pay for it.
    pub(in crate::router) fn intent_taken(&mut self, now: Now, id: u64, access: &str, out: &mut Actions) {
        let access = E164::parse(access).ok();
        let is_access = |phone: Option<&Phone>| {
            access.is_some() && phone.and_then(|phone| phone.access.as_ref()).map(|own| own.number) == access
        };
        if let Some(waiting) = self.voice.intents.take(|waiting| waiting.id == id) {
            let phone = waiting.waiter.phone;
            let is_known = is_access(self.phones.get(phone));
            if !is_known {
                out.note(Note::Undecodable { what: "the number to call that the service named" });
            }
            self.voice.intents.forget_read_before(phone, id);
            return self.go_on(now, waiting, is_known, out);
        }
        // It comes late. If no tone is out yet, none is needed.
        let of_call = self.voice.caller(id);
        let is_access = of_call.is_some_and(|phone| is_access(self.phones.get(phone)));
        match self.voice.announced(id) {
            Some(call) if is_access && call.stage == Stage::Tones(Tones::default()) => {
                call.stage = Stage::Known { until: None };
                call.taken = true;
            }
            Some(call) if call.is_known() => {}
            call => {
                let phone = call.and_then(|call| std::mem::take(&mut call.announced).then_some(of_call)).flatten();
                self.intent_is_not_used(now, phone, id, out);
            }
        }
    }

    /// The service has read an intent too late for its call, which goes on with tones if it is this phone's.
    fn intent_is_not_used(&mut self, now: Now, phone: Option<PhoneId>, id: u64, out: &mut Actions) {
        if let Some(phone) = phone {
            return self.intent_given_up(now, phone, id, Some(now + VALID), out);
        }
        self.tell_service(Say::CallOver(CallOver { id }), out);
        if let Some(loose) = self.voice.intents.loose.iter_mut().find(|loose| loose.id == id) {
            loose.until.get_or_insert(now + VALID);
        }
    }

    /// The service will not call whom a phone dialled.
    pub(in crate::router) fn intent_refused(&mut self, id: u64, cause: Cause, out: &mut Actions) {
        if let Some(waiting) = self.voice.intents.take(|waiting| waiting.id == id) {
            let phone = waiting.waiter.phone;
            self.voice.intents.forget_read_before(phone, id);
            self.call_failed(phone, cause, out);
            return self.answer_waiter(waiting.waiter, Errno::GENERIC_FAILURE, &[], out);
        }
        self.voice.intents.loose.retain(|loose| loose.id != id);
        if let Some(call) = self.voice.announced(id) {
            call.announced = false;
        }
    }

    /// Whom a phone called has answered.
    pub(in crate::router) fn target_answered(&mut self, now: Now, id: u64, out: &mut Actions) {
        let Some(call) = self.voice.announced(id) else { return };
        call.announced = false;
        self.put_through(id, out);
        self.attend_to_tones(now, out);
    }

    /// Whom a phone called was not reached, or has rung off.
    pub(in crate::router) fn target_failed(&mut self, now: Now, id: u64, cause: Cause, out: &mut Actions) {
        if self.voice.intents.waiting.iter().any(|waiting| waiting.id == id) {
            return self.intent_refused(id, cause, out);
        }
        let Some(call) = self.voice.announced(id) else { return };
        call.announced = false;
        call.cause = Some(cause);
        if let Some(dialled) = self.voice.dialled.iter_mut().find(|dialled| dialled.is_by_service(id)) {
            dialled.unwanted = true;
        }
        let listed = self.voice.calls.iter().position(|call| call.is_by_service(id));
        if let Some(place) = listed {
            self.end_call(now, place, out);
        }
    }

    /// A call by the service is over, and was in this state at last.
    pub(in crate::router::calls) fn service_call_over(
        &mut self,
        now: Now,
        phone: PhoneId,
        call: &ByService,
        state: CallState,
        out: &mut Actions,
    ) {
        if call.announced {
            match (call.taken, is_unanswered(state)) {
                (true, false) => self.tell_service(Say::CallOver(CallOver { id: call.id }), out),
                (true, true) => self.intent_given_up(now, phone, call.id, Some(now + VALID), out),
                (false, _) => self.intent_given_up(now, phone, call.id, None, out),
            }
        }
        if let Some(cause) = call.cause {
            self.call_failed(phone, cause, out);
        }
    }

    /// No call will come for this intent, and the service can still have one for it: until then, if that is known.
    fn intent_given_up(&mut self, now: Now, phone: PhoneId, id: u64, until: Option<Now>, out: &mut Actions) {
        self.tell_service(Say::CallOver(CallOver { id }), out);
        let is_told = self.can_tell_service();
        let intents = &mut self.voice.intents;
        let until = until.or((!is_told).then_some(now + VALID));
        let told = is_told.then_some(intents.last);
        let loose = &mut intents.loose;
        loose.retain(|loose| !loose.is_over(now));
        if loose.iter().filter(|loose| loose.phone == phone).count() >= MOST_LOOSE
            && let Some(oldest) = loose.iter().position(|loose| loose.phone == phone)
        {
            loose.remove(oldest);
        }
        loose.push(Loose { id, phone, until, told });
    }

    /// The service can be told again what it may have missed.
    pub(in crate::router) fn intents_service_up(&mut self, now: Now, out: &mut Actions) {
        let intents = &mut self.voice.intents;
        intents.loose.retain(|loose| !loose.is_over(now));
        for loose in &mut intents.loose {
            loose.until = Some(now + VALID);
            loose.told = Some(intents.last);
        }
        let loose: Vec<u64> = intents.loose.iter().map(|loose| loose.id).collect();
        for id in loose {
            self.tell_service(Say::CallOver(CallOver { id }), out);
        }
    }

    /// Nothing more will be heard of what the service was told.
    pub(in crate::router) fn intents_service_down(&mut self, now: Now, out: &mut Actions) {
        for loose in &mut self.voice.intents.loose {
            loose.until.get_or_insert(now + VALID);
            loose.told = None;
        }
        while let Some(waiting) = self.voice.intents.take(|_| true) {
            self.go_on(now, waiting, false, out);
        }
        // Whether somebody answers is heard in the call from now on.
        for id in self.voice.told_of_answers() {
            self.put_through(id, out);
        }
    }

    /// Calls that have waited long enough for the service's word go out.
    pub(in crate::router::calls) fn intents_tick(&mut self, now: Now, out: &mut Actions) {
        while let Some(waiting) = self.voice.intents.take(|waiting| waiting.until <= now) {
            self.go_on(now, waiting, false, out);
        }
    }

    /// The calls of these phones that wait for the service's word are not placed.
    pub(in crate::router::calls) fn give_up_intents(
        &mut self,
        now: Now,
        errno: Errno,
        of: impl Fn(PhoneId) -> bool,
        out: &mut Actions,
    ) {
        while let Some(waiting) = self.voice.intents.take(|waiting| of(waiting.waiter.phone)) {
            self.intent_given_up(now, waiting.waiter.phone, waiting.id, None, out);
            self.answer_waiter(waiting.waiter, errno, &[], out);
        }
    }
}
