//! Emergency calls by way of the real root daemon and the simulated modem: the card's own numbers, and a radio that is
//! off.

use ril_protocol::payload::Ints;
use ril_protocol::payload::call::{Call, CallState, Dial};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::peer::{Peer, decode, encode};
use rild_proxy_tests::root::Root;

/// Most round trips before the router has read a file of five records.
const PATIENCE: usize = 1000;

fn root(modem: &str) -> Root {
    Root::start(&format!(
        "[modem]\nlibrary = 'libril-sim.so'\nargs = [{modem}]\n\
         [[phone]]\nname = 'personal'\n[[phone]]\nname = 'work'\ntelephony = false\n"
    ))
}

fn dial(peer: &mut Peer, number: &str) -> Errno {
    let dial = Dial { address: Some(number.to_owned()), ..Default::default() };
    peer.ask(RequestCode::DIAL, &encode(&dial)).0
}

fn calls(peer: &mut Peer) -> Vec<Call> {
    let (errno, list) = peer.ask(RequestCode::GET_CURRENT_CALLS, &[]);
    assert_eq!(errno, Errno::SUCCESS);
    decode(&list)
}

#[test]
fn the_numbers_of_the_card_are_emergency_numbers() {
    let root = root("'--radio', 'on', '--ecc', '118118'");
    let mut work = root.client("work");
    assert_ne!(dial(&mut work, "118118"), Errno::SUCCESS, "nobody has asked for the card");
    assert_eq!(work.ask(RequestCode::GET_SIM_STATUS, &[]).0, Errno::SUCCESS);
    let accepted = (0..PATIENCE).any(|_| dial(&mut work, "118118") == Errno::SUCCESS);
    assert!(accepted, "the card's number is not called");
    assert_eq!(calls(&mut work)[0].number.as_deref(), Some("118118"));
    assert_ne!(dial(&mut work, "118119"), Errno::SUCCESS);
}

#[test]
fn a_radio_that_is_off_is_switched_on() {
    let root = root("'--radio', 'off'");
    let mut work = root.client("work");
    assert_eq!(dial(&mut work, "112"), Errno::SUCCESS);
    let is_on = |peer: &mut Peer| decode::<RadioState>(&peer.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED));
    while is_on(&mut work) != RadioState::ON {}
    let [call] = &calls(&mut work)[..] else { panic!("there is no call") };
    assert!(matches!(call.state, CallState::DIALING | CallState::ALERTING | CallState::ACTIVE));
    // The other phone has no part in it, and does not end it.
    let mut personal = root.client("personal");
    assert!(calls(&mut personal).is_empty());
    assert_eq!(personal.ask(RequestCode::RADIO_POWER, &encode::<Ints>(&vec![0])).0, Errno::SUCCESS);
    assert_ne!(personal.ask(RequestCode::RESET_RADIO, &[]).0, Errno::SUCCESS);
    assert_eq!(calls(&mut work).len(), 1);
}
