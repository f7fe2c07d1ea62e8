//! Calls that are to end while the modem has too many of the router's own requests to be asked for that.

use super::super::pending::KEPT_BACK;
use super::*;
use crate::config::{Incoming, OnSwitch};

const HANGUP: RequestCode = RequestCode::HANGUP;

/// A switch ends calls, and those for WORK in the background are rejected.
fn bench() -> Bench {
    Bench::with(|config| {
        config.calls.on_switch = OnSwitch::Drop;
        config.calls.incoming = Incoming::Busy;
    })
}

/// The modem answers no request to end a call, of which there are so many that this many of the router's own wait.
/// These calls go on. The serials of what waits.
fn fill(b: &mut Bench, own: usize, going_on: &[Call]) -> Vec<i32> {
    let mut waiting = Vec::new();
    for round in 0.. {
        let left = own - b.router.pending.own_awaited();
        if left == 0 {
            break;
        }
        let some = left.min(32 - going_on.len());
        let rejected =
            (10..).take(some).map(|index| incoming(index, CallState::WAITING, &format!("15550{round:02}00{index}2")));
        b.calls_are(&Vec::from_iter(going_on.iter().cloned().chain(rejected)));
        waiting.extend(b.to_modem.drain(..).map(|(_, serial, _)| serial));
    }
    b.to_phones.clear();
    waiting
}

/// Which calls the modem is told to end.
fn ended(b: &mut Bench) -> Vec<i32> {
    let ends = b.to_modem.drain(..).filter(|(code, ..)| *code == HANGUP);
    ends.map(|(_, _, payload)| parcel::decode::<Vec<i32>>(&payload, V).unwrap()[0]).collect()
}

#[test]
fn what_a_switch_ends_ends_as_soon_as_there_is_room() {
    let mut b = bench();
    let going_on = [call(1, CallState::ACTIVE, "5550100")];
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100"));
    b.to_modem.clear();
    fill(&mut b, KEPT_BACK - 1, &going_on);
    b.unsolicited(UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null);
    let look = b.modem_hears(RequestCode::GET_CURRENT_CALLS, Value::Null);
    b.foreground(WORK).unwrap();
    assert!(ended(&mut b).is_empty());
    b.reply_raw(look, Errno::SUCCESS, &parcel::encode(&going_on.to_vec(), V));
    assert_eq!(ended(&mut b), [1]);
}

#[test]
fn what_is_to_end_when_it_is_listed_ends_as_soon_as_there_is_room() {
    let mut b = bench();
    let waiting = fill(&mut b, KEPT_BACK - 1, &[]);
    for (serial, number) in [(1, "5550100"), (2, "5550101")] {
        b.ask(PERSONAL, serial, RequestCode::DIAL, dial(number));
    }
    b.to_modem.clear();
    b.foreground(WORK).unwrap();
    b.modem_answers(RequestCode::SCREEN_STATE, json!([1]), Value::Null);
    let listed = [call(1, CallState::HOLDING, "5550100"), call(2, CallState::ACTIVE, "5550101")];
    b.calls_are(&listed);
    assert_eq!(ended(&mut b), [1], "there is room for one");
    for serial in &waiting[..100] {
        b.reply_raw(*serial, Errno::GENERIC_FAILURE, &[]);
    }
    b.to_modem.clear();
    b.advance(Duration::from_secs(5));
    b.modem_lists(&listed[1..]);
    assert_eq!(ended(&mut b), [2]);
}

/// A phone that goes off the network has its calls ended, though it has as many unanswered requests as it may have.
#[test]
fn the_calls_of_a_phone_that_floods_and_goes_off_the_network_end() {
    let mut b = Bench::new();
    let listed = [incoming(1, CallState::ACTIVE, "155501999992")];
    b.calls_are(&listed);
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    for serial in 0.. {
        if !b.router.has_room(WORK, 2) {
            break;
        }
        b.ask(WORK, serial, ACTIVITY, Value::Null);
    }
    b.to_modem.clear();
    b.ask(WORK, 5000, RequestCode::RADIO_POWER, json!([0]));
    assert!(ended(&mut b).is_empty(), "one more is too many");
    b.advance(Duration::from_secs(5));
    b.modem_lists(&listed);
    assert_eq!(ended(&mut b), [1]);
}
