//! What a list of calls changes: whose a new call is, which calls are over, and which phones hear of it.
//!
//! A call that comes is for the phone that the number service names, or that the tag in the caller's number says, or
//! for the foreground phone. One that goes out is for the phone that dialled it, which the modem does not say: it is
//! known by the number, as far as the modem has left that alone. One that nobody is known to have dialled, and that may
//! have been given up, is ended and shown to nobody; not an emergency call.
//!
//! The list itself is asked for in `looking`.

use ril_protocol::payload::call::Call;

use super::Voice;
use super::dialling::{DialState, Dialled};
use super::emergency::EmergencyNumbers;
use super::ending::ABSENT_GRACE;
use super::owned::{Assignment, OwnedCall, Shown};
use crate::config::{Absent, Incoming};
use crate::router::phones::Phones;
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// What a list is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing was overlooked since the one before.
    Whole,
    /// Calls may have come and gone since.
    AfterAGap,
    /// So they may, and what it does not have may have been dialled since it was asked for.
    Late,
    /// The modem has no radio, and says nothing of calls whose owners are kept.
    OutOfSight,
}

impl Router {
    /// Works the list in; the phones whose own list changed.
    pub(super) fn take_calls_in(
        &mut self,
        now: Now,
        mut list: Vec<Call>,
        look: Look,
        out: &mut Actions,
    ) -> Vec<PhoneId> {
        let recalled = if look == Look::OutOfSight { Vec::new() } else { self.voice.lasting.take_recalled() };
        let orphans = self.is_shared() && now < self.voice.orphans_until;
        let ends_found = std::mem::take(&mut self.voice.ends_what_is_found);
        let owners: Vec<PhoneId> = recalled.iter().map(|call| call.owner).collect();
        self.voice.mute.recalled(&owners);
        self.voice.privacy.recalled(&owners);
        self.voice.calls.restore(recalled);
        if now >= self.voice.orphans_until {
            self.voice.late_emergencies.clear();
        }
        let untagged = self.owner_of_untagged(now);
        let Self { voice, phones, tags, service, .. } = self;
        let Voice { calls, dialled, numbers, emergency_caller, late_emergencies, .. } = voice;
        // What is surely one of them is found first, and a phone's own numbers do not tell which of the modem's were
        // free.
        list.sort_by_key(|call| likeness(call, phones, dialled, numbers).unwrap_or((Likeness::None, 0)));
        let mut appeared = Vec::new();
        let mut changes = calls.update(list, |call| {
            let expected = if call.is_mt { service.hints.take(now, call, tags) } else { None };
            let tagged = expected.or_else(|| tags.read_call(call, phones).filter(|_| call.is_mt));
            let meant = tagged.map_or((untagged, None), |(owner, shown)| (owner, Some(shown)));
            let number = call.number.as_deref().unwrap_or_default();
            if let Some(owner) = late_emergencies.take(call, dialled, numbers) {
                appeared.push(Appearance::default());
                let yields = !numbers.is_sure(number, phones.is_privileged(owner));
                return Assignment { owner, shown: None, emergency: true, yields, by_service: None };
            }
            let (mut assignment, appearance) = assign(call, meant, phones, dialled, numbers);
            if appearance.orphaned && assignment.emergency {
                assignment.owner = emergency_caller.unwrap_or(assignment.owner);
                assignment.yields = !numbers.is_sure(number, phones.is_privileged(assignment.owner));
            }
            let is_found = (call.is_mt || appearance.orphaned) && !assignment.emergency;
            let orphaned = appearance.orphaned && !assignment.emergency && (orphans || appearance.to_service);
            let unwanted = appearance.unwanted || ends_found && is_found;
            let appearance = Appearance { orphaned, unwanted, ..appearance };
            appeared.push(appearance);
            assignment
        });
        for owner in owners {
            changes.touch(owner);
        }
        for (place, appearance) in std::mem::take(&mut changes.appeared).into_iter().zip(appeared) {
            if let Some(owner) = self.call_appeared(now, place, appearance, out) {
                changes.touch(owner);
            }
        }
        self.calls_ended(now, &changes.ended, out);
        if look != Look::Late {
            self.give_up_dialled(now, look != Look::Whole, out);
        }
        self.find_causes(now, look != Look::Whole, out);
        self.voice.cdma.list_came(&self.voice.calls);
        self.stop_stray_tone(now, out);
        self.bring_held_values(now, out);
        self.attend_to_tones(now, out);
        self.note_abandoned_calls(now);
        self.store_calls(out);
        self.store_unlisted_emergencies(out);
        changes.phones
    }

    /// A call is in the list that was not; its owner, if that shall see it.
    fn call_appeared(
        &mut self,
        now: Now,
        place: usize,
        Appearance { tagged, unwanted, orphaned, .. }: Appearance,
        out: &mut Actions,
    ) -> Option<PhoneId> {
        let new = self.voice.calls.at(place)?.clone();
        if orphaned {
            // Whoever dialled it may not be the one whose it would be now, and nobody else may see the number.
            if let Some(call) = self.voice.calls.at_mut(place) {
                call.hidden = true;
            }
            self.end_call(now, place, out);
            return None;
        }
        out.note(Note::CallAssigned {
            phone: new.owner,
            modem_index: new.call.index,
            index: new.index,
            incoming: new.call.is_mt,
            tagged,
        });
        if new.emergency {
            self.note_emergency_caller(now, new.owner, out);
        }
        if unwanted {
            self.end_call(now, place, out);
        }
        if !new.is_ringing() {
            return Some(new.owner);
        }
        // What ends anyway rings by no policy.
        let off = self.has_radio_off(new.owner);
        if new.owner != self.phones.foreground() && !unwanted {
            match self.voice.incoming {
                Incoming::Ring => {}
                Incoming::Switch if off => {}
                Incoming::Switch => self.come_forward(now, new.owner, out),
                Incoming::Busy => {
                    self.reject(now, place, out);
                    return None;
                }
            }
        }
        if off || !self.phones.is_up(new.owner) {
            let rejects = tagged && !unwanted && self.voice.absent == Absent::Busy && self.is_shared();
            if let Some(call) = self.voice.calls.at_mut(place) {
                call.unseen = true;
                call.reject_at = rejects.then(|| now + ABSENT_GRACE);
            }
        }
        (!off).then_some(new.owner)
    }

    /// These calls are not in the list any more.
    fn calls_ended(&mut self, now: Now, ended: &[OwnedCall], out: &mut Actions) {
        for call in ended {
            out.note(Note::CallEnded { phone: call.owner, modem_index: call.call.index });
            if call.emergency {
                self.voice.callback_mode.note_call(now, call.owner);
            }
            if call.unseen {
                let seen = self.voice.calls.as_seen(call);
                self.note_missed(call, &seen, out);
            }
            // Where the owner does not know of it, its last call is another. Of one to the service, the modem knows
            // only that it is over.
            let by_service = call.by_service.as_ref().is_some_and(|call| call.cause().is_some());
            let matters = !call.hidden && !call.unseen && !by_service;
            self.voice.causes.note_end((!call.hidden).then_some(call.owner), matters);
            if let Some(by_service) = &call.by_service {
                self.service_call_over(now, call.owner, by_service, call.call.state, out);
            }
            if self.voice.calls.owned_by(call.owner).next().is_none() {
                self.voice.mute.call_over(call.owner);
                self.voice.privacy.call_over(call.owner);
            }
        }
    }
}

/// How a new call came to its owner.
#[derive(Clone, Copy, Debug, Default)]
struct Appearance {
    /// By the tag in the caller's number.
    tagged: bool,
    /// It is to be ended as soon as it is there.
    unwanted: bool,
    /// Nobody is known to have dialled it.
    orphaned: bool,
    /// It is such a one, and goes to the number service.
    to_service: bool,
}

/// Who owns a call that nobody owns yet, and how that came; `meant` is whom an incoming one is for, and the caller that
/// it is shown if the service says both.
fn assign(
    call: &Call,
    (meant, shown): (PhoneId, Option<Shown>),
    phones: &Phones,
    dialled: &mut Vec<Dialled>,
    numbers: &EmergencyNumbers,
) -> (Assignment, Appearance) {
    let plainly = Appearance::default();
    if call.is_mt {
        let appearance = Appearance { tagged: shown.is_some(), ..plainly };
        return (Assignment::plain(meant, shown), appearance);
    }
    match likeness(call, phones, dialled, numbers).map(|(_, place)| dialled.remove(place)) {
        Some(Dialled { phone, emergency, yields, unwanted, by_service, .. }) => {
            let shown = by_service.as_ref().map(|call| Shown::Number(call.number.clone()));
            (Assignment { owner: phone, shown, emergency, yields, by_service }, Appearance { unwanted, ..plainly })
        }
        None => {
            let owner = phones.default_owner();
            let number = call.number.as_deref().unwrap_or_default();
            let emergency = numbers.is_emergency_call(number);
            let assignment = Assignment { emergency, ..Assignment::plain(owner, None) };
            // Nobody sees a call to the service who does not know whom it is to reach.
            let to_service = phones.with_access(number).is_some();
            (assignment, Appearance { orphaned: true, to_service, ..plainly })
        }
    }
}

/// How like a listed call is to one that was dialled; the likest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// Its number, to the letter.
    Same,
    /// Another way of writing it.
    SameNumber,
    /// Another number of the same kind.
    SameKind,
    /// None was dialled that it can be.
    None,
}

/// The dialled call that a listed one is likest to.
fn likeness(
    call: &Call,
    phones: &Phones,
    dialled: &[Dialled],
    numbers: &EmergencyNumbers,
) -> Option<(Likeness, usize)> {
    if call.is_mt {
        return None;
    }
    let number = call.number.as_deref().unwrap_or_default();
    // Of two alike, the one that is to be ended as soon as it is listed may never have come to be; nor may one that the
    // modem has not accepted.
    let first = |such: &dyn Fn(&Dialled) -> bool| {
        let alike = dialled.iter().enumerate().filter(|(_, dialled)| such(dialled));
        let doubts = |dialled: &Dialled| (dialled.unwanted, dialled.seen_as == DialState::Asked);
        alike.min_by_key(|(_, dialled)| doubts(dialled)).map(|(place, _)| place)
    };
    // A number that is like none of them was changed by the modem, which makes no emergency of a call that is none, nor
    // a call to the number service of another, nor the other way round; calls come to be in the order of their
    // dialling. One without a number may be any.
    let is_emergency = numbers.is_emergency_call(number);
    let to_service = phones.with_access(number).is_some();
    let same = first(&|dialled| number == dialled.address).map(|place| (Likeness::Same, place));
    let same_number = || Some((Likeness::SameNumber, first(&|dialled| is_same_number(number, &dialled.address))?));
    // `*112#` is a code, and `112` no answer to it: of two that are written alike in digits, the one of its kind.
    let same_call = || {
        let is_it = |dialled: &Dialled| dialled.emergency == is_emergency && is_same_number(number, &dialled.address);
        Some((Likeness::SameNumber, first(&is_it)?))
    };
    let has_number = !digits(number).is_empty();
    let is_its_kind = |dialled: &Dialled| {
        !has_number || dialled.emergency == is_emergency && dialled.by_service.is_some() == to_service
    };
    same.or_else(same_call).or_else(same_number).or_else(|| Some((Likeness::SameKind, first(&is_its_kind)?)))
}

/// Whether these may be two ways of writing one number: with and without prefixes, separators and service codes.
pub(super) fn is_same_number(listed: &str, dialled: &str) -> bool {
    let (listed, dialled) = (digits(listed), digits(dialled));
    !listed.is_empty() && !dialled.is_empty() && (listed.ends_with(&dialled) || dialled.ends_with(&listed))
}

/// The digits of a number, without what may stand between them.
pub(super) fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}
