//! What a phone's call request may do, so that it never touches another phone's call.
//!
//! Several requests of ril.h name no call: they act on all held, waiting or active calls of the modem, as the `AT+CHLD`
//! commands of 3GPP TS 22.030, 6.5.5 do. While every call belongs to the asker they pass unchanged; otherwise they are
//! put in terms of single calls, or refused. A call that was ended is over as far as its phone is concerned: until a
//! list says otherwise, another phone's call may have its index. Pure functions over the list of calls.

use ril_protocol::payload::call::CallState;
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};

use super::owned::{Calls, OwnedCall};
use crate::router::order::Order;
use crate::router::{PhoneId, denial};

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::router) enum Rule {
    /// Pass it as it is.
    Forward,
    /// Refuse it.
    Refuse(Errno),
    /// Send these instead, in this order; the answer to the last one is the asker's answer.
    Instead(Vec<Order>),
}

/// The rule for a request that acts on calls as `AT+CHLD`, `ATA` and `ATH` do. `is_shared`: another phone may have been
/// called just now, of which no list has told yet.
pub(in crate::router) fn rule(
    calls: &Calls,
    phone: PhoneId,
    code: RequestCode,
    payload: &[u8],
    version: RilVersion,
    is_shared: bool,
) -> Rule {
    let situation = Situation { calls, phone, version, is_shared };
    match code {
        RequestCode::HANGUP | RequestCode::SEPARATE_CONNECTION => situation.about_one_call(code, payload),
        RequestCode::ANSWER => situation.answer(),
        RequestCode::UDUB => situation.reject(),
        _ if !situation.has(|_| true) => situation.no_such_call(),
        // These reject or accept whatever waits: who is in a call could keep the others from all of theirs.
        _ if situation.is_alone() && !(is_shared && takes_what_waits(code)) => Rule::Forward,
        RequestCode::HANGUP_WAITING_OR_BACKGROUND => situation.end_waiting_or_held(),
        RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND => situation.end_active(),
        RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE => situation.forward_if(situation.can_come_forward()),
        // The held and the active calls are joined (CHLD=3, CHLD=4); a waiting call of another is not touched.
        RequestCode::CONFERENCE => situation.forward_if(situation.can_join(is_active)),
        RequestCode::EXPLICIT_CALL_TRANSFER => situation.forward_if(situation.can_join(is_foreground)),
        _ => situation.no_room(),
    }
}

/// Whether a request rejects or accepts a call that waits, whichever that is.
fn takes_what_waits(code: RequestCode) -> bool {
    matches!(code, RequestCode::HANGUP_WAITING_OR_BACKGROUND | RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND)
}

/// The calls at the modem, as the phone that asks sees them.
#[derive(Clone, Copy)]
struct Situation<'a> {
    calls: &'a Calls,
    phone: PhoneId,
    version: RilVersion,
    is_shared: bool,
}

impl<'a> Situation<'a> {
    /// Whether a call is over as far as requests are concerned.
    fn is_over(self, call: &OwnedCall) -> bool {
        self.is_shared && call.is_ending()
    }

    /// The phone's calls in such a state.
    fn own(self, state: fn(CallState) -> bool) -> impl Iterator<Item = &'a OwnedCall> {
        self.calls.owned_by(self.phone).filter(move |call| state(call.call.state) && !self.is_over(call))
    }

    fn has(self, state: fn(CallState) -> bool) -> bool {
        self.own(state).next().is_some()
    }

    fn others(self) -> impl Iterator<Item = &'a OwnedCall> {
        self.calls.others(self.phone)
    }

    fn have_others(self, state: fn(CallState) -> bool) -> bool {
        self.others().any(|call| state(call.call.state))
    }

    /// Whether nobody else has a call.
    fn is_alone(self) -> bool {
        self.others().next().is_none()
    }

    fn others_only_ring(self) -> bool {
        self.others().all(OwnedCall::is_ringing)
    }

    fn no_such_call(self) -> Rule {
        Rule::Refuse(denial::no_such_call(self.version))
    }

    fn no_room(self) -> Rule {
        Rule::Refuse(denial::no_room(self.version))
    }

    fn forward_if(self, may: bool) -> Rule {
        if may { Rule::Forward } else { self.no_room() }
    }

    /// HANGUP and SEPARATE_CONNECTION, which name a call by its index.
    fn about_one_call(self, code: RequestCode, payload: &[u8]) -> Rule {
        let Ok(arguments) = parcel::decode::<Vec<i32>>(payload, self.version) else {
            return Rule::Refuse(Errno::GENERIC_FAILURE);
        };
        let named = arguments.first().and_then(|index| self.calls.by_index(self.phone, *index));
        match named.filter(|call| !self.is_over(call)) {
            None => self.no_such_call(),
            // All active calls but this one are held, or the held ones come forward (CHLD=2x).
            Some(_) if code == RequestCode::SEPARATE_CONNECTION && !self.others_only_ring() => self.no_room(),
            Some(call) if call.call.index == call.index => Rule::Forward,
            Some(call) => Rule::Instead(vec![Order::about(code, call.call.index)]),
        }
    }

    /// ANSWER would do for an idle modem; with another phone's call connected, that is held and the ringing one
    /// accepted.
    fn answer(self) -> Rule {
        if !self.has(CallState::is_ringing) {
            return self.no_such_call();
        }
        if self.have_others(CallState::is_ringing) || self.have_others(is_unconnected) {
            return self.no_room();
        }
        let have_held = self.have_others(is_held);
        if self.have_others(is_active) {
            let may_hold = !self.has(is_held) && !have_held && !self.others().any(|call| call.emergency);
            let switch = Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE);
            return if may_hold { Rule::Instead(vec![switch]) } else { self.no_room() };
        }
        self.forward_if(!(have_held && self.has(is_foreground)))
    }

    /// UDUB: the ringing call is rejected.
    fn reject(self) -> Rule {
        match self.own(CallState::is_ringing).next() {
            None => self.no_such_call(),
            Some(_) if self.is_alone() => Rule::Forward,
            Some(ringing) => Rule::Instead(vec![hang_up(ringing)]),
        }
    }

    /// A ringing call is rejected if there is one, otherwise the held calls end.
    fn end_waiting_or_held(self) -> Rule {
        let which = if self.has(CallState::is_ringing) { CallState::is_ringing } else { is_held };
        let orders: Vec<Order> = self.own(which).map(hang_up).collect();
        if orders.is_empty() { self.no_such_call() } else { Rule::Instead(orders) }
    }

    /// The active calls end; what the phone itself has held or waiting comes forward.
    fn end_active(self) -> Rule {
        let mut orders: Vec<Order> = self.own(is_foreground).map(hang_up).collect();
        if self.can_come_forward() {
            orders.push(Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE));
        }
        if orders.is_empty() { self.no_room() } else { Rule::Instead(orders) }
    }

    /// Whether CHLD=2 brings forward a call of this phone: it has one that is held or rings, nobody else has, and
    /// another phone's active call, if there is one, can be held for it.
    fn can_come_forward(self) -> bool {
        let (held, ringing) = (self.has(is_held), self.has(CallState::is_ringing));
        // With a held call and a waiting one, the active call stays where it is: there is no room to hold it.
        let room = self.is_alone() || !(held && ringing);
        (held || ringing) && room && self.others().all(|call| is_active(call.call.state) && !call.emergency)
    }

    /// Whether the phone's held calls can be joined to its others: in such a state.
    fn can_join(self, others: fn(CallState) -> bool) -> bool {
        self.has(others) && self.has(is_held) && self.others_only_ring()
    }
}

/// Ends this call, and no other.
pub(in crate::router) fn hang_up(call: &OwnedCall) -> Order {
    hang_up_at(call.call.index)
}

/// Ends the call that the modem knows by this index.
pub(super) fn hang_up_at(index: i32) -> Order {
    Order::about(RequestCode::HANGUP, index)
}

/// Has the microphone and the loudspeaker.
pub(super) fn is_foreground(state: CallState) -> bool {
    is_active(state) || is_unconnected(state)
}

/// Outgoing and not answered.
pub(super) fn is_unconnected(state: CallState) -> bool {
    matches!(state, CallState::DIALING | CallState::ALERTING)
}

pub(super) fn is_active(state: CallState) -> bool {
    state == CallState::ACTIVE
}

pub(super) fn is_held(state: CallState) -> bool {
    state == CallState::HOLDING
}

#[cfg(test)]
mod table;

#[cfg(test)]
mod tests {
    use ril_protocol::payload::call::Call;

    use super::super::owned::Assignment;
    use super::*;

    const A: PhoneId = PhoneId(0);
    const B: PhoneId = PhoneId(1);

    /// The calls of a modem, in order of index, each with its owner.
    fn calls(list: &[(PhoneId, CallState)]) -> Calls {
        let mut calls = Calls::default();
        let modem = list.iter().zip(1..).map(|((_, state), index)| Call { index, state: *state, ..Default::default() });
        calls.update(modem.collect(), |call| Assignment {
            owner: list[usize::try_from(call.index - 1).unwrap()].0,
            shown: None,
            emergency: false,
            yields: false,
            by_service: None,
        });
        calls
    }

    fn ask(calls: &Calls, phone: PhoneId, code: RequestCode) -> Rule {
        rule(calls, phone, code, &[], RilVersion::COMMON, false)
    }

    fn end_of(index: i32) -> Order {
        Order::about(RequestCode::HANGUP, index)
    }

    const REFUSED: Rule = Rule::Refuse(Errno::GENERIC_FAILURE);

    #[test]
    fn a_phone_alone_has_the_modem_to_itself() {
        let calls = calls(&[(A, CallState::ACTIVE), (A, CallState::HOLDING)]);
        for code in [
            RequestCode::CONFERENCE,
            RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE,
            RequestCode::HANGUP_WAITING_OR_BACKGROUND,
            RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND,
            RequestCode::EXPLICIT_CALL_TRANSFER,
        ] {
            assert_eq!(ask(&calls, A, code), Rule::Forward, "{code}");
            assert_eq!(ask(&calls, B, code), REFUSED, "{code} from a phone without calls");
        }
    }

    #[test]
    fn hang_up_by_index_is_about_the_askers_own_numbering() {
        let calls = calls(&[(A, CallState::HOLDING), (B, CallState::ACTIVE)]);
        let one = parcel::encode(&vec![1], RilVersion::COMMON);
        let two = parcel::encode(&vec![2], RilVersion::COMMON);
        let hang = |phone, index: &[u8]| rule(&calls, phone, RequestCode::HANGUP, index, RilVersion::COMMON, true);
        assert_eq!(hang(A, &one), Rule::Forward);
        assert_eq!(hang(B, &one), Rule::Instead(vec![end_of(2)]));
        assert_eq!(hang(A, &two), REFUSED);
        assert_eq!(hang(A, &[]), REFUSED);
    }

    #[test]
    fn answering_holds_the_other_phones_call() {
        let calls = calls(&[(A, CallState::ACTIVE), (B, CallState::WAITING)]);
        let switch = Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE);
        assert_eq!(ask(&calls, B, RequestCode::ANSWER), Rule::Instead(vec![switch]));
        assert_eq!(ask(&calls, A, RequestCode::ANSWER), REFUSED, "it is not theirs to answer");
        assert_eq!(ask(&calls, A, RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE), REFUSED, "nor this way");
        assert_eq!(ask(&calls, B, RequestCode::UDUB), Rule::Instead(vec![end_of(2)]));
    }

    #[test]
    fn a_client_that_knows_the_finer_errors_is_told_why() {
        let calls = calls(&[(A, CallState::ACTIVE), (A, CallState::HOLDING), (B, CallState::WAITING)]);
        let ask = |phone, code| rule(&calls, phone, code, &[], RilVersion(14), true);
        assert_eq!(ask(B, RequestCode::ANSWER), Rule::Refuse(Errno::INVALID_STATE), "there is no room for a third");
        assert_eq!(ask(A, RequestCode::ANSWER), Rule::Refuse(Errno::INVALID_CALL_ID), "it is not theirs");
    }

    #[test]
    fn ending_calls_without_naming_them_spares_the_other_phone() {
        let calls = calls(&[(A, CallState::HOLDING), (B, CallState::ACTIVE)]);
        assert_eq!(
            ask(&calls, B, RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND),
            Rule::Instead(vec![end_of(2)]),
            "A's held call is not resumed for B"
        );
        assert_eq!(ask(&calls, B, RequestCode::HANGUP_WAITING_OR_BACKGROUND), REFUSED, "B holds nothing");
        assert_eq!(ask(&calls, A, RequestCode::HANGUP_WAITING_OR_BACKGROUND), Rule::Instead(vec![end_of(1)]));
        assert_eq!(ask(&calls, A, RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE), Rule::Forward, "resume");
        for code in [RequestCode::CONFERENCE, RequestCode::EXPLICIT_CALL_TRANSFER] {
            assert_eq!(ask(&calls, A, code), REFUSED, "{code} would join the two phones");
        }
    }
}
