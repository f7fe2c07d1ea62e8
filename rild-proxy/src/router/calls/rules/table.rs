//! Every request of every phone in every situation of calls that a GSM modem can be in, tried on a model of one.
//!
//! What must hold: no other phone's call changes, but that an active one is held when the asker's comes forward; calls
//! of two phones are never joined; what the router sends beside the asker's own words is what the modem can do.

use std::fmt;

use ril_protocol::payload::call::Call;

use super::super::dialling::room_for_a_call;
use super::super::emergency_dial::room_for_an_emergency;
use super::super::owned::{Assignment, Ending};
use super::*;

const A: PhoneId = PhoneId(0);
const B: PhoneId = PhoneId(1);
const V: RilVersion = RilVersion::COMMON;

/// A call at the modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    index: i32,
    owner: PhoneId,
    state: CallState,
}

/// The commands of 3GPP TS 22.030, 6.5.5.1, over the calls of a modem. Calls in one connected state are one group.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Modem {
    calls: Vec<At>,
}

/// The modem would not do it, and did nothing.
#[derive(Debug)]
struct Refused;

impl Modem {
    fn any(&self, state: impl Fn(CallState) -> bool) -> bool {
        self.calls.iter().any(|call| state(call.state))
    }

    fn turn(&mut self, from: impl Fn(CallState) -> bool, to: CallState) {
        self.calls.iter_mut().filter(|call| from(call.state)).for_each(|call| call.state = to);
    }

    fn release(&mut self, which: impl Fn(&At) -> bool) -> Result<(), Refused> {
        let before = self.calls.len();
        self.calls.retain(|call| !which(call));
        if self.calls.len() == before { Err(Refused) } else { Ok(()) }
    }

    fn request(&mut self, code: RequestCode, index: Option<i32>) -> Result<(), Refused> {
        match code {
            RequestCode::HANGUP => self.release(|call| Some(call.index) == index),
            // Without a waiting call, both are "release all held calls": the accident to be avoided.
            RequestCode::HANGUP_WAITING_OR_BACKGROUND | RequestCode::UDUB => {
                if self.any(CallState::is_ringing) {
                    self.release(|call| call.state.is_ringing())
                } else {
                    self.release(|call| is_held(call.state))
                }
            }
            RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND => {
                let released = self.release(|call| is_foreground(call.state));
                self.accept_other().or(released)
            }
            RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE => {
                let cannot_hold = self.any(is_active) && self.any(is_held) && self.any(CallState::is_ringing);
                if self.any(is_unconnected)
                    || cannot_hold
                    || !self.any(|state| is_active(state) || is_held(state)) && !self.any(CallState::is_ringing)
                {
                    return Err(Refused);
                }
                let active: Vec<i32> = self.of_state(is_active);
                let _ = self.accept_other();
                let held = |call: &&mut At| active.contains(&call.index);
                self.calls.iter_mut().filter(held).for_each(|call| call.state = CallState::HOLDING);
                Ok(())
            }
            RequestCode::CONFERENCE if self.any(is_active) && self.any(is_held) => {
                self.turn(is_held, CallState::ACTIVE);
                Ok(())
            }
            RequestCode::EXPLICIT_CALL_TRANSFER if self.any(is_foreground) && self.any(is_held) => {
                self.release(|call| is_foreground(call.state) || is_held(call.state))
            }
            // Also where 3GPP has no such thing: a modem may take it for a swap, or mix the groups.
            RequestCode::SEPARATE_CONNECTION => {
                let stays = index.ok_or(Refused)?;
                if self.of_state(|state| is_active(state) || is_held(state)).contains(&stays) {
                    self.turn(is_active, CallState::HOLDING);
                    self.calls
                        .iter_mut()
                        .filter(|call| call.index == stays)
                        .for_each(|call| call.state = CallState::ACTIVE);
                    return Ok(());
                }
                Err(Refused)
            }
            RequestCode::ANSWER if self.any(CallState::is_ringing) && !self.any(is_foreground) => {
                self.turn(CallState::is_ringing, CallState::ACTIVE);
                Ok(())
            }
            RequestCode::DIAL if !self.any(CallState::is_ringing) && !self.any(is_unconnected) => {
                if self.any(is_active) && self.any(is_held) {
                    return Err(Refused);
                }
                self.turn(is_active, CallState::HOLDING);
                Ok(())
            }
            _ => Err(Refused),
        }
    }

    /// The waiting call comes forward, or else the held ones.
    fn accept_other(&mut self) -> Result<(), Refused> {
        let which = if self.any(CallState::is_ringing) { CallState::is_ringing } else { is_held };
        if !self.any(which) {
            return Err(Refused);
        }
        self.turn(which, CallState::ACTIVE);
        Ok(())
    }

    fn of_state(&self, state: impl Fn(CallState) -> bool) -> Vec<i32> {
        self.calls.iter().filter(|call| state(call.state)).map(|call| call.index).collect()
    }

    /// The same, as the router knows it. `emergency`: the other phones' connected calls are such calls.
    fn known(&self, emergency_of: Option<PhoneId>) -> Calls {
        let mut calls = Calls::default();
        let list = self.calls.iter().map(|at| Call {
            index: at.index,
            state: at.state,
            is_mt: at.state.is_ringing(),
            ..Default::default()
        });
        calls.update(list.collect(), |call| {
            let at = self.calls.iter().find(|at| at.index == call.index).unwrap();
            let emergency = emergency_of == Some(at.owner) && !at.state.is_ringing();
            Assignment { owner: at.owner, shown: None, emergency, yields: false, by_service: None }
        });
        calls
    }
}

impl fmt::Display for Modem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |phone| if phone == A { "A" } else { "B" };
        self.calls.iter().try_for_each(|call| write!(f, " {}{}:{}", name(call.owner), call.index, call.state))
    }
}

/// Every situation: one call or two that are joined, active or not answered yet; the same on hold; one that rings.
fn situations() -> Vec<Modem> {
    const NOBODY_OR_EITHER: [Option<PhoneId>; 3] = [None, Some(A), Some(B)];
    let mut all = Vec::new();
    for place in 0..27 {
        let [front, held, ringing] = [1, 3, 9].map(|digit| NOBODY_OR_EITHER[place / digit % 3]);
        for state in [CallState::ACTIVE, CallState::DIALING, CallState::ALERTING] {
            for (fronts, helds) in [(1, 1), (1, 2), (2, 1)] {
                let mut calls = Vec::new();
                let mut add = |owner: Option<PhoneId>, state, count| {
                    for _ in 0..count {
                        if let Some(owner) = owner {
                            let index = i32::try_from(calls.len()).unwrap() + 1;
                            calls.push(At { index, owner, state });
                        }
                    }
                };
                add(front, state, if state == CallState::ACTIVE { fronts } else { 1 });
                add(held, CallState::HOLDING, helds);
                let first = front.is_none() && held.is_none();
                add(ringing, if first { CallState::INCOMING } else { CallState::WAITING }, 1);
                let modem = Modem { calls };
                if !all.contains(&modem) {
                    all.push(modem);
                }
            }
        }
    }
    all
}

/// What may be asked: the request, and the index by which the asker knows the call.
fn questions() -> Vec<(RequestCode, Option<i32>)> {
    let plain = [
        RequestCode::ANSWER,
        RequestCode::UDUB,
        RequestCode::HANGUP_WAITING_OR_BACKGROUND,
        RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND,
        RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE,
        RequestCode::CONFERENCE,
        RequestCode::EXPLICIT_CALL_TRANSFER,
    ];
    let indexed = [RequestCode::HANGUP, RequestCode::SEPARATE_CONNECTION];
    let indexed = indexed.into_iter().flat_map(|code| (1..=5).map(move |index| (code, Some(index))));
    plain.into_iter().map(|code| (code, None)).chain(indexed).collect()
}

fn index_of(order: &Order) -> Option<i32> {
    parcel::decode::<Vec<i32>>(&order.payload, V).ok().and_then(|arguments| arguments.first().copied())
}

/// Nothing of another's changed, but that an active call is held when the asker's came forward.
#[track_caller]
fn others_are_spared(before: &Modem, after: &Modem, asker: PhoneId, may_hold: bool, what: &str) {
    for other in before.calls.iter().filter(|call| call.owner != asker) {
        let now = after.calls.iter().find(|call| call.index == other.index);
        let is_held_for_asker = may_hold
            && is_active(other.state)
            && now.is_some_and(|now| is_held(now.state))
            && after.calls.iter().any(|call| call.owner == asker && is_active(call.state));
        assert!(now == Some(other) || is_held_for_asker, "{before} -> {after}: {what}");
    }
    for state in [CallState::ACTIVE, CallState::HOLDING] {
        let joined: Vec<&At> = after.calls.iter().filter(|call| call.state == state).collect();
        assert!(joined.windows(2).all(|pair| pair[0].owner == pair[1].owner), "{before} -> {after}: {what}");
    }
}

#[test]
fn no_request_touches_another_phones_call() {
    let mut passed = 0;
    for before in situations() {
        for (asker, (code, index)) in
            [A, B].into_iter().flat_map(|asker| questions().into_iter().map(move |q| (asker, q)))
        {
            for emergency_of in [None, Some(A), Some(B)] {
                let calls = before.known(emergency_of);
                let payload = index.map_or_else(Vec::new, |index| parcel::encode(&vec![index], V));
                let rule = rule(&calls, asker, code, &payload, V, true);
                let what = format!("{asker:?} asks {code} {index:?}, {rule:?}");
                let mut after = before.clone();
                match &rule {
                    Rule::Refuse(_) => continue,
                    Rule::Forward => {
                        // A refusal of the asker's own words is the modem's answer to it.
                        let known = index.and_then(|index| calls.by_index(asker, index)).map(|call| call.call.index);
                        let _ = after.request(code, known);
                    }
                    Rule::Instead(orders) => {
                        for order in orders {
                            let done = after.request(order.code, index_of(order));
                            assert!(done.is_ok(), "{before}: the modem refuses {order:?}; {what}");
                        }
                    }
                }
                passed += 1;
                let may_hold = emergency_of.is_none_or(|caller| caller == asker);
                others_are_spared(&before, &after, asker, may_hold, &what);
            }
        }
    }
    assert!(passed > 1000, "only {passed} requests were let through");
}

/// The modem gives the index of a call that is over to another phone's, of which no list has told.
#[test]
fn what_has_ended_a_call_ends_none_in_its_place() {
    let mut ended_some = 0;
    for before in situations() {
        for (code, index) in questions() {
            let payload = index.map_or_else(Vec::new, |index| parcel::encode(&vec![index], V));
            let mut calls = before.known(None);
            let known = index.and_then(|index| calls.by_index(A, index)).map(|call| call.call.index);
            let ended: Vec<i32> = match rule(&calls, A, code, &payload, V, true) {
                Rule::Forward if code == RequestCode::HANGUP => known.into_iter().collect(),
                Rule::Forward if code == RequestCode::UDUB => before.of_state(CallState::is_ringing),
                Rule::Instead(orders) => {
                    orders.iter().filter(|order| order.code == RequestCode::HANGUP).filter_map(index_of).collect()
                }
                _ => continue,
            };
            ended.iter().for_each(|index| calls.set_ending(*index, Ending::Asked));
            let own = |index: &i32| before.calls.iter().any(|call| call.index == *index && call.owner == A);
            assert!(ended.iter().all(own), "{before}: {code}");
            ended_some += ended.len();
            for (code, index) in questions() {
                let payload = index.map_or_else(Vec::new, |index| parcel::encode(&vec![index], V));
                let known = index.and_then(|index| calls.by_index(A, index)).map(|call| call.call.index);
                let again = match rule(&calls, A, code, &payload, V, true) {
                    Rule::Forward => vec![(code, known)],
                    Rule::Instead(orders) => orders.iter().map(|order| (order.code, index_of(order))).collect(),
                    Rule::Refuse(_) => continue,
                };
                let what = format!("A has ended {ended:?} and asks {code} {index:?}");
                assert!(!again.iter().any(|(_, index)| index.is_some_and(|index| ended.contains(&index))), "{what}");
                if again.iter().any(|(code, _)| matches!(*code, RequestCode::UDUB | RequestCode::ANSWER)) {
                    let ringing = before.of_state(CallState::is_ringing);
                    assert!(!ringing.iter().any(|index| ended.contains(index)), "{before}: {what}");
                }
                // The modem does it without those that are over.
                let left =
                    Modem { calls: before.calls.iter().filter(|at| !ended.contains(&at.index)).copied().collect() };
                let mut after = left.clone();
                for (code, index) in again {
                    let _ = after.request(code, index);
                }
                others_are_spared(&left, &after, A, true, &what);
            }
        }
    }
    assert!(ended_some > 100, "only {ended_some} calls were ended");
}

/// A phone that has a call, and nobody else has as far as the router knows, does nothing to a call that comes just
/// then. One that brings back its held call may: there is no command for that which names the call.
#[test]
fn a_call_that_is_not_listed_yet_is_not_rejected_for_another() {
    let is_unlisted = |call: &At| call.owner == B;
    let only_rings =
        |modem: &&Modem| modem.calls.iter().filter(|call| is_unlisted(call)).all(|call| call.state.is_ringing());
    let mut passed = 0;
    for before in situations().iter().filter(only_rings) {
        let listed = Modem { calls: before.calls.iter().filter(|call| !is_unlisted(call)).copied().collect() };
        for code in [RequestCode::HANGUP_WAITING_OR_BACKGROUND, RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND] {
            let Rule::Instead(orders) = rule(&listed.known(None), A, code, &[], V, true) else { continue };
            let mut after = before.clone();
            for order in orders.iter().filter(|order| order.code == RequestCode::HANGUP) {
                assert!(after.request(order.code, index_of(order)).is_ok(), "{before}: the modem refuses {order:?}");
            }
            passed += 1;
            others_are_spared(before, &after, A, false, &format!("{code}, {orders:?}"));
        }
    }
    assert!(passed > 10, "only {passed} requests were let through");
}

#[test]
fn a_phone_alone_is_never_hindered() {
    for before in situations().iter().filter(|modem| modem.calls.iter().all(|call| call.owner == A)) {
        let calls = before.known(None);
        for (code, index) in questions() {
            let payload = index.map_or_else(Vec::new, |index| parcel::encode(&vec![index], V));
            // Some modems end held calls when there is nothing to reject.
            let rejects_nothing = code == RequestCode::UDUB && !before.any(CallState::is_ringing);
            if !rejects_nothing && before.clone().request(code, index).is_ok() {
                assert_eq!(rule(&calls, A, code, &payload, V, false), Rule::Forward, "{before}: {code} {index:?}");
            }
        }
    }
}

/// What a phone could do if it were alone it can do, as long as that is about its own calls alone.
#[test]
fn what_spares_the_others_is_allowed() {
    for before in situations() {
        let calls = before.known(None);
        let own: Vec<&OwnedCall> = calls.owned_by(A).collect();
        for call in &own {
            let by_index = parcel::encode(&vec![call.index], V);
            assert!(!matches!(rule(&calls, A, RequestCode::HANGUP, &by_index, V, true), Rule::Refuse(_)), "{before}");
        }
        if own.iter().any(|call| call.is_ringing()) {
            assert!(!matches!(rule(&calls, A, RequestCode::UDUB, &[], V, true), Rule::Refuse(_)), "{before}");
        }
    }
}

#[test]
fn dialling_only_holds_and_only_what_can_be_held() {
    for before in situations() {
        for asker in [A, B] {
            let Some(orders) = room_for_a_call(&before.known(None), asker, false, false) else { continue };
            let mut after = before.clone();
            for order in &orders {
                assert!(after.request(order.code, None).is_ok(), "{before}: the modem refuses {order:?}");
            }
            let _ = after.request(RequestCode::DIAL, None);
            // The new call is the one that comes forward.
            let index = i32::try_from(after.calls.len()).unwrap() + 1;
            after.calls.push(At { index, owner: asker, state: CallState::ACTIVE });
            for other in before.calls.iter().filter(|call| call.owner != asker) {
                let now = after.calls.iter().find(|call| call.index == other.index);
                let is_held_now = is_active(other.state) && now.is_some_and(|now| is_held(now.state));
                assert!(now == Some(other) || is_held_now, "{before}: {asker:?} dials, {orders:?}");
            }
        }
    }
}

#[test]
fn an_emergency_call_has_room_whatever_others_do() {
    for before in situations() {
        let mut after = before.clone();
        for order in room_for_an_emergency(&before.known(None), A, [false, false], true, false) {
            assert!(after.request(order.code, index_of(&order)).is_ok(), "{before}: the modem refuses {order:?}");
        }
        let own_in_the_way = Modem { calls: before.calls.iter().filter(|call| call.owner == A).copied().collect() };
        if own_in_the_way.clone().request(RequestCode::DIAL, None).is_ok() {
            assert!(after.request(RequestCode::DIAL, None).is_ok(), "{before} -> {after}");
        }
        // Another phone's emergency call is the one thing that is not ended.
        let orders = room_for_an_emergency(&before.known(Some(B)), A, [false, false], true, false);
        let mut after = before.clone();
        for order in &orders {
            let _ = after.request(order.code, index_of(order));
        }
        for other in before.calls.iter().filter(|call| call.owner == B && !call.state.is_ringing()) {
            assert!(after.calls.contains(other), "{before}: {orders:?}");
        }
    }
}

/// The router does not know the index of a call that the modem has not listed yet.
#[test]
fn an_emergency_call_has_room_beside_a_call_that_is_not_listed() {
    let is_unlisted = |call: &At| call.owner == B && is_unconnected(call.state);
    for before in situations().iter().filter(|modem| modem.calls.iter().any(is_unlisted)) {
        let listed = Modem { calls: before.calls.iter().filter(|call| !is_unlisted(call)).copied().collect() };
        let mut after = before.clone();
        for order in room_for_an_emergency(&listed.known(None), A, [false, true], true, false) {
            assert!(after.request(order.code, index_of(&order)).is_ok(), "{before}: the modem refuses {order:?}");
        }
        assert!(after.calls.iter().all(|call| call.owner == A), "{before} -> {after}");
        let own_fill_it = after.any(is_active) && after.any(is_held);
        assert!(own_fill_it || after.request(RequestCode::DIAL, None).is_ok(), "{before} -> {after}");
    }
}
