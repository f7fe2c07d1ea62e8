//! What a phone's call request may do, so that it never touches another phone's call.
//!
//! Several requests of ril.h name no call: they act on all held, waiting or active calls of the modem, as the `AT+CHLD`
//! commands of 3GPP TS 22.030, 6.5.5 do. While every call belongs to the asker they pass unchanged; otherwise they are
//! put in terms of single calls, or refused. A call that was ended is over as far as its phone is concerned: until a list
//! says otherwise, another phone's call may have its index. Pure functions over the list of calls.

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
    let is_over = move |call: &&OwnedCall| is_shared && call.is_ending();
    let own = |state: fn(CallState) -> bool| {
        calls.owned_by(phone).filter(move |c| state(c.call.state)).filter(move |call| !is_over(call))
    };
    let has_own = |state| own(state).next().is_some();
    let alone = calls.others(phone).next().is_none();
    let others_only_ring = || calls.others(phone).all(OwnedCall::is_ringing);
    let no_such_call = Rule::Refuse(denial::no_such_call(version));
    let no_room = Rule::Refuse(denial::no_room(version));

    match code {
        RequestCode::HANGUP | RequestCode::SEPARATE_CONNECTION => {
            let Ok(arguments) = parcel::decode::<Vec<i32>>(payload, version) else {
                return Rule::Refuse(Errno::GENERIC_FAILURE);
            };
            let named = arguments.first().and_then(|index| calls.by_index(phone, *index));
            match named.filter(|call| !is_over(call)) {
                None => no_such_call,
                // All active calls but this one are held, or the held ones come forward (CHLD=2x).
                Some(_) if code == RequestCode::SEPARATE_CONNECTION && !others_only_ring() => no_room,
                Some(call) if call.call.index == call.index => Rule::Forward,
                Some(call) => Rule::Instead(vec![Order::about(code, call.call.index)]),
            }
        }

        RequestCode::ANSWER => {
            let others = |state: fn(CallState) -> bool| calls.others(phone).any(|c| state(c.call.state));
            let any_held = has_own(is_held) || others(is_held);
            if !has_own(CallState::is_ringing) {
                no_such_call
            } else if others(CallState::is_ringing) || others(is_unconnected) {
                no_room
            } else if others(is_active) {
                // ANSWER would do for an idle modem; with another phone's call connected, hold that and accept.
                let may_hold = !any_held && !is_emergency_of_another(calls, phone);
                let switch = || Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE);
                if may_hold { Rule::Instead(vec![switch()]) } else { no_room }
            } else if others(is_held) && has_own(is_foreground) {
                no_room
            } else {
                Rule::Forward
            }
        }

        RequestCode::UDUB => match own(CallState::is_ringing).next() {
            None => no_such_call,
            Some(_) if alone => Rule::Forward,
            Some(ringing) => Rule::Instead(vec![hang_up(ringing)]),
        },

        // These reject or accept whatever waits: who is in a call could keep the others from all of theirs.
        _ if alone && calls.iter().next().is_some() && !(is_shared && takes_what_waits(code)) => Rule::Forward,
        _ if calls.owned_by(phone).next().is_none() => no_such_call,

        // A ringing call is rejected if there is one, otherwise the held calls end.
        RequestCode::HANGUP_WAITING_OR_BACKGROUND => {
            let mut targets: Vec<Order> = own(CallState::is_ringing).map(hang_up).collect();
            if targets.is_empty() {
                targets = own(is_held).map(hang_up).collect();
            }
            if targets.is_empty() { no_such_call } else { Rule::Instead(targets) }
        }

        // The active calls end; what the asker itself has held or waiting comes forward.
        RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND => {
            let mut orders: Vec<Order> = own(is_foreground).map(hang_up).collect();
            if can_come_forward(calls, phone) {
                orders.push(Order::plain(RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE));
            }
            if orders.is_empty() { no_room } else { Rule::Instead(orders) }
        }

        RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE if can_come_forward(calls, phone) => Rule::Forward,

        // The held and the active calls are joined (CHLD=3, CHLD=4); a waiting call of another is not touched.
        RequestCode::CONFERENCE if has_own(is_active) && has_own(is_held) && others_only_ring() => Rule::Forward,
        RequestCode::EXPLICIT_CALL_TRANSFER if has_own(is_foreground) && has_own(is_held) && others_only_ring() => {
            Rule::Forward
        }

        _ => no_room,
    }
}

/// Whether a request rejects or accepts a call that waits, whichever that is.
fn takes_what_waits(code: RequestCode) -> bool {
    matches!(code, RequestCode::HANGUP_WAITING_OR_BACKGROUND | RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND)
}

/// Whether CHLD=2 brings forward a call of this phone: it has one that is held or rings, nobody else has, and another
/// phone's active call, if there is one, can be held for it.
fn can_come_forward(calls: &Calls, phone: PhoneId) -> bool {
    let own = |state: fn(CallState) -> bool| calls.owned_by(phone).any(|c| state(c.call.state));
    let mut others = calls.others(phone).peekable();
    // With a held call and a waiting one, the active call stays where it is: there is no room to hold it.
    let room = others.peek().is_none() || !(own(is_held) && own(CallState::is_ringing));
    (own(is_held) || own(CallState::is_ringing))
        && room
        && others.all(|c| c.call.state == CallState::ACTIVE && !c.emergency)
}

fn is_emergency_of_another(calls: &Calls, phone: PhoneId) -> bool {
    calls.others(phone).any(|c| c.emergency)
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
