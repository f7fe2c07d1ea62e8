//! Whose call is whose: the calls that the modem has, their owners, and each phone's own numbering of them.
//!
//! The modem's notices say only that something changed, so the list of calls is the truth and ownership is worked out
//! by comparing it with the list before. This module decides nothing about requests; see `rules`.

use ril_protocol::payload::call::{Call, CallState, Presentation};

use super::by_service::ByService;
use crate::router::{Now, PhoneId};

/// A call at the modem and its owner.
#[derive(Clone, Debug)]
pub(in crate::router) struct OwnedCall {
    pub(in crate::router) owner: PhoneId,
    /// The index by which the owner knows it.
    pub(in crate::router) index: i32,
    /// As the modem told it last, under the modem's index.
    pub(in crate::router) call: Call,
    /// The caller as the owner sees it, where that differs.
    pub(in crate::router) shown: Option<Shown>,
    /// Rejected by policy and waiting to disappear; its owner never sees it.
    pub(in crate::router) hidden: bool,
    /// It goes to an emergency service.
    pub(in crate::router) emergency: bool,
    /// It is an emergency call to a number that is not known as one, and yields to calls to numbers that are.
    pub(in crate::router) yields: bool,
    /// It goes by way of the number service.
    pub(in crate::router) by_service: Option<ByService>,
    /// Its owner has had no client since it rings.
    pub(in crate::router) unseen: bool,
    /// When it is rejected, because its owner has no client.
    pub(in crate::router) reject_at: Option<Now>,
    /// Whether the modem was asked to end it.
    pub(super) ending: Ending,
    /// To be ended as soon as its index is known to be its own, see `ending`.
    pub(super) unwanted: bool,
}

/// Whether the modem was asked to end a call, of which no list has told since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was not.
    #[default]
    No,
    /// It was. Another call may have its index by now.
    Asked,
    /// It was, and the list that comes next was asked for later: what is in that is not over.
    Due,
}

/// A caller as it is shown to the owner of a tagged call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::router) enum Shown {
    /// This number.
    Number(String),
    /// A caller that withheld its number.
    Withheld,
}

/// Decides about a call that nobody owns yet.
pub(in crate::router) struct Assignment {
    pub(in crate::router) owner: PhoneId,
    pub(in crate::router) shown: Option<Shown>,
    pub(in crate::router) emergency: bool,
    pub(in crate::router) yields: bool,
    pub(in crate::router) by_service: Option<ByService>,
}

impl Assignment {
    /// An ordinary call, under the SIM's number.
    pub(super) fn plain(owner: PhoneId, shown: Option<Shown>) -> Self {
        Self { owner, shown, emergency: false, yields: false, by_service: None }
    }
}

/// What a new list changed.
#[derive(Debug, Default)]
pub(in crate::router) struct Changes {
    /// Owners whose own list changed; those of new calls are added once it is known whether they shall see them.
    pub(in crate::router) phones: Vec<PhoneId>,
    /// Places in the list of calls that are new.
    pub(in crate::router) appeared: Vec<usize>,
    /// Calls that are gone.
    pub(in crate::router) ended: Vec<OwnedCall>,
}

/// The calls at the modem.
#[derive(Debug, Default)]
pub(in crate::router) struct Calls {
    calls: Vec<OwnedCall>,
}

impl Calls {
    pub(in crate::router) fn iter(&self) -> impl Iterator<Item = &OwnedCall> {
        self.calls.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut OwnedCall> {
        self.calls.iter_mut()
    }

    pub(in crate::router) fn at(&self, place: usize) -> Option<&OwnedCall> {
        self.calls.get(place)
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut OwnedCall> {
        self.calls.get_mut(place)
    }

    /// The place of the first call that is to be rejected by now.
    pub(super) fn to_reject(&self, now: Now) -> Option<usize> {
        self.calls.iter().position(|call| call.reject_at.is_some_and(|at| at <= now))
    }

    /// A client of this phone is there to see its calls; whether there are any that it could not see before.
    pub(super) fn seen_by(&mut self, phone: PhoneId) -> bool {
        let mut any = false;
        for call in self.calls.iter_mut().filter(|call| call.owner == phone && !call.hidden) {
            any |= std::mem::take(&mut call.unseen);
            call.reject_at = None;
        }
        any
    }

    /// The modem is asked to end the call that it knows by this index, or would not.
    pub(super) fn set_ending(&mut self, index: i32, ending: Ending) {
        for call in self.calls.iter_mut().filter(|call| call.call.index == index) {
            call.ending = ending;
        }
    }

    /// The modem is asked for its list: what it has been asked to end may be in that still.
    pub(super) fn list_is_asked_for(&mut self) {
        for call in self.calls.iter_mut().filter(|call| call.ending == Ending::Asked) {
            call.ending = Ending::Due;
        }
    }

    /// That list is there.
    pub(super) fn list_came(&mut self) {
        for call in self.calls.iter_mut().filter(|call| call.ending == Ending::Due) {
            call.ending = Ending::No;
        }
    }

    /// The call that the modem knows by this index is to be ended later. Not an emergency call of this phone, which is
    /// in need: it may be what it needs now.
    pub(super) fn end_afterwards(&mut self, index: Option<i32>, in_need: PhoneId) {
        for call in self.calls.iter_mut().filter(|call| Some(call.call.index) == index) {
            call.unwanted |= !(call.emergency && call.owner == in_need);
        }
    }

    /// Adds calls of an earlier epoch, for the next list to confirm.
    pub(super) fn restore(&mut self, calls: Vec<OwnedCall>) {
        self.calls.extend(calls);
    }

    pub(in crate::router) fn owned_by(&self, phone: PhoneId) -> impl Iterator<Item = &OwnedCall> {
        self.calls.iter().filter(move |call| call.owner == phone && !call.hidden)
    }

    pub(in crate::router) fn others(&self, phone: PhoneId) -> impl Iterator<Item = &OwnedCall> {
        self.calls.iter().filter(move |call| call.owner != phone || call.hidden)
    }

    /// The call that its owner knows by this index.
    pub(in crate::router) fn by_index(&self, phone: PhoneId, index: i32) -> Option<&OwnedCall> {
        self.owned_by(phone).find(|call| call.index == index)
    }

    /// Takes the modem's list in. `assign` names the owner of each call that is new.
    pub(in crate::router) fn update(
        &mut self,
        list: Vec<Call>,
        mut assign: impl FnMut(&Call) -> Assignment,
    ) -> Changes {
        let mut changes = Changes::default();
        let seen_before = Self { calls: self.calls.clone() };
        let mut before = std::mem::take(&mut self.calls);
        for call in list {
            match before.iter().position(|known| is_same_call(&known.call, &call)) {
                Some(place) => {
                    let known = before.swap_remove(place);
                    self.calls.push(OwnedCall { call, ..known });
                }
                None => {
                    let Assignment { owner, shown, emergency, yields, by_service } = assign(&call);
                    // A call of the same list that has not been matched yet keeps its number.
                    let taken = |index| self.calls.iter().chain(&before).any(|c| c.owner == owner && c.index == index);
                    let index = (1..).find(|index| !taken(*index)).unwrap_or(call.index);
                    changes.appeared.push(self.calls.len());
                    self.calls.push(OwnedCall {
                        owner,
                        index,
                        call,
                        shown,
                        hidden: false,
                        emergency,
                        yields,
                        by_service,
                        unseen: false,
                        reject_at: None,
                        ending: Ending::No,
                        unwanted: false,
                    });
                }
            }
        }
        changes.ended = before;
        let known = self.calls.iter().enumerate().filter(|(place, _)| !changes.appeared.contains(place));
        let seen_now = Self { calls: known.map(|(_, call)| call.clone()).collect() };
        for owner in seen_before.calls.iter().map(|call| call.owner) {
            if seen_before.list_for(owner) != seen_now.list_for(owner) {
                changes.touch(owner);
            }
        }
        changes
    }

    /// The modem side is gone: what it had.
    pub(super) fn take(&mut self) -> Vec<OwnedCall> {
        std::mem::take(&mut self.calls)
    }

    /// The list as this phone sees it, by its own numbers: in the modem's order it would tell which of the modem's
    /// numbers others' calls have had. One that it has no radio for is not in it.
    pub(in crate::router) fn list_for(&self, phone: PhoneId) -> Vec<Call> {
        let mut list: Vec<Call> =
            self.owned_by(phone).filter(|call| !call.unseen).map(|call| self.as_seen(call)).collect();
        list.sort_by_key(|call| call.index);
        list
    }

    /// A call as its owner sees it. One that waits at the modem only because another phone is in a call has nothing to
    /// wait for there: it is incoming.
    pub(in crate::router) fn as_seen(&self, call: &OwnedCall) -> Call {
        let mut seen = Call { index: call.index, ..call.call.clone() };
        match &call.shown {
            None => {}
            Some(Shown::Number(number)) => seen.number = Some(number.clone()),
            Some(Shown::Withheld) => {
                seen.number = Some(String::new());
                seen.number_presentation = Presentation::RESTRICTED;
            }
        }
        if let Some(by_service) = &call.by_service {
            by_service.show(&mut seen);
        }
        let own = || self.owned_by(call.owner);
        let is_first = own().map(|own| own.index).min() == Some(call.index);
        if is_first && own().all(|own| own.call.state == CallState::WAITING) {
            seen.state = CallState::INCOMING;
        }
        seen
    }

    /// Whether this phone's list is the modem's, to the letter.
    pub(in crate::router) fn is_all_of(&self, phone: PhoneId) -> bool {
        self.calls.iter().all(|c| c.owner == phone && !c.hidden && c.index == c.call.index && c.shown.is_none())
    }
}

impl Changes {
    /// Notes that the list of this phone changed.
    pub(in crate::router) fn touch(&mut self, phone: PhoneId) {
        if !self.phones.contains(&phone) {
            self.phones.push(phone);
        }
    }
}

impl OwnedCall {
    pub(in crate::router) fn is_ringing(&self) -> bool {
        self.call.state.is_ringing()
    }

    /// Whether the modem was asked to end it, so that its index may be another's.
    pub(super) fn is_ending(&self) -> bool {
        self.ending != Ending::No
    }
}

/// Whether two lists speak of one call. Between two looks a call may have ended and another taken its index: then the
/// direction or the number differs, or the call has gone back to a state that it cannot return to.
fn is_same_call(before: &Call, now: &Call) -> bool {
    before.index == now.index
        && before.is_mt == now.is_mt
        && before.number == now.number
        && (progress(now.state) >= progress(before.state))
}

fn progress(state: CallState) -> u8 {
    match state {
        CallState::DIALING => 0,
        CallState::ALERTING | CallState::INCOMING | CallState::WAITING => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PhoneId = PhoneId(0);
    const B: PhoneId = PhoneId(1);

    fn call(index: i32, state: CallState, number: &str) -> Call {
        let is_mt = state.is_ringing();
        Call { index, state, is_mt, number: Some(number.into()), ..Default::default() }
    }

    fn to(owner: PhoneId) -> impl FnMut(&Call) -> Assignment {
        move |_| Assignment { owner, shown: None, emergency: false, yields: false, by_service: None }
    }

    #[test]
    fn each_phone_counts_its_own_calls_from_one() {
        let mut calls = Calls::default();
        let first = call(1, CallState::ACTIVE, "1");
        calls.update(vec![first.clone()], to(A));
        let changes = calls.update(vec![first, call(2, CallState::WAITING, "2")], to(B));
        assert!(changes.phones.is_empty() && changes.appeared == [1]);
        assert_eq!(calls.list_for(A).iter().map(|c| c.index).collect::<Vec<_>>(), [1]);
        assert_eq!(calls.list_for(B).iter().map(|c| c.index).collect::<Vec<_>>(), [1]);
        assert_eq!(calls.by_index(B, 1).unwrap().call.index, 2);
        assert!(calls.by_index(A, 2).is_none());
    }

    #[test]
    fn a_phones_list_is_in_the_order_of_its_own_numbers() {
        let mut calls = Calls::default();
        calls.update(vec![call(1, CallState::ACTIVE, "1")], to(B));
        calls.update(vec![call(1, CallState::ACTIVE, "1"), call(2, CallState::WAITING, "2")], to(A));
        calls.update(vec![call(1, CallState::WAITING, "3"), call(2, CallState::WAITING, "2")], to(A));
        let list = calls.list_for(A);
        assert_eq!(
            list.iter().map(|c| (c.index, c.number.as_deref())).collect::<Vec<_>>(),
            [(1, Some("2")), (2, Some("3"))]
        );
        assert_eq!([list[0].state, list[1].state], [CallState::INCOMING, CallState::WAITING]);
    }

    #[test]
    fn a_call_waits_only_for_calls_of_its_own_phone() {
        let mut calls = Calls::default();
        let first = call(1, CallState::ACTIVE, "1");
        calls.update(vec![first.clone()], to(A));
        calls.update(vec![first.clone(), call(2, CallState::WAITING, "2")], to(B));
        let states = |calls: &Calls, phone| calls.list_for(phone).iter().map(|c| c.state).collect::<Vec<_>>();
        assert_eq!(states(&calls, B), [CallState::INCOMING]);
        let both = [call(2, CallState::WAITING, "2"), call(3, CallState::WAITING, "3")];
        calls.update([&[first][..], &both].concat(), to(B));
        assert_eq!(states(&calls, B), [CallState::INCOMING, CallState::WAITING]);

        // The call that it waited for at the modem ends; its owner has nothing to learn from that.
        let changes = calls.update(vec![call(2, CallState::INCOMING, "2"), call(3, CallState::WAITING, "3")], to(B));
        assert_eq!(changes.phones, [A]);
        let answered = Call { is_mt: true, ..call(2, CallState::ACTIVE, "2") };
        let changes = calls.update(vec![answered, call(3, CallState::WAITING, "3")], to(B));
        assert_eq!(changes.phones, [B]);
        assert_eq!(states(&calls, B), [CallState::ACTIVE, CallState::WAITING]);
    }

    #[test]
    fn an_index_taken_by_another_call_is_another_call() {
        let mut calls = Calls::default();
        calls.update(vec![call(1, CallState::ACTIVE, "1")], to(A));
        let changes = calls.update(vec![call(1, CallState::INCOMING, "1")], to(B));
        assert_eq!((changes.ended.len(), changes.appeared.len()), (1, 1));
        assert_eq!(calls.at(0).unwrap().owner, B);
    }

    #[test]
    fn an_unchanged_list_changes_nothing() {
        let mut calls = Calls::default();
        let list = vec![call(1, CallState::ACTIVE, "1"), call(2, CallState::HOLDING, "2")];
        calls.update(list.clone(), to(A));
        let changes = calls.update(list, to(B));
        assert!(changes.phones.is_empty() && changes.appeared.is_empty() && changes.ended.is_empty());
        assert!(calls.is_all_of(A));
    }
}
