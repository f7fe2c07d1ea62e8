//! A recorded session of oFono against the library, without a rild between them: every request is answered, and with
//! something that oFono can live with.

mod support;

use ril_protocol::hex::{from_hex, to_hex};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode as R, RilVersion, UnsolCode as U};
use support::Host;

/// Requests that oFono sends here and that make no sense to a modem with nothing to close.
const REFUSED: [(R, Errno); 1] = [(R::DEACTIVATE_DATA_CALL, Errno::INVALID_ARGUMENTS)];

fn session() -> Vec<(R, Vec<u8>)> {
    let lines = include_str!("fixtures/ofono-session.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, payload) = line.split_once(' ').unwrap_or((line, ""));
            (name.parse().unwrap(), from_hex(payload).unwrap())
        })
        .collect()
}

#[test]
#[cfg(target_endian = "little")]
fn every_request_of_the_session_is_answered() {
    let host = Host::start("--radio on --app sim");
    host.settle();
    let session = session();
    assert_eq!(session.len(), 120);
    for (code, payload) in session {
        let (errno, result) = host.ask(code, &payload);
        let refused = REFUSED.iter().find(|(refused, _)| *refused == code).map(|(_, errno)| *errno);
        assert_eq!(errno, refused.unwrap_or(Errno::SUCCESS), "{code} {}", to_hex(&payload));
        let row = code.row().unwrap();
        let json = row.response.to_json(&result, support::VERSION).unwrap();
        match code {
            R::SIM_IO => {
                let status = (json["sw1"].as_i64().unwrap(), json["sw2"].as_i64().unwrap());
                assert!([(0x90, 0), (0x94, 4), (0x94, 8), (0x67, 0), (0x94, 2)].contains(&status), "{json}");
            }
            R::GET_SIM_STATUS => assert_eq!(json["applications"][0]["app_state"], "READY", "oFono crashes on others"),
            R::GET_IMSI => assert_eq!(json, "001010123456789"),
            R::VOICE_REGISTRATION_STATE | R::DATA_REGISTRATION_STATE => assert_eq!(json[0], "1"),
            R::OPERATOR => assert_eq!(json[2], "00101"),
            R::SEND_SMS => assert_eq!(json["message_ref"], 1),
            _ => {}
        }
    }
    let told = host.told();
    assert!(told.contains(&U::RESPONSE_CALL_STATE_CHANGED) && told.contains(&U::NITZ_TIME_RECEIVED), "{told:?}");
    assert_eq!(host.radio_state(), RadioState::OFF);
}

/// libril asks for the radio state while the library is telling it of a new one.
#[test]
fn the_radio_state_can_be_asked_for_from_within_the_message_that_tells_of_it() {
    let host = Host::start("");
    assert_eq!(host.radio_state(), RadioState::OFF);
    assert_eq!(host.ask(R::RADIO_POWER, &ints(&[1])).0, Errno::SUCCESS);
    assert_eq!(host.states_when_told(), [RadioState::ON]);
    assert_eq!(host.ask(R::RADIO_POWER, &ints(&[0])).0, Errno::SUCCESS);
    assert_eq!(host.states_when_told(), [RadioState::ON, RadioState::OFF]);
}

#[test]
fn the_version_is_what_the_arguments_say() {
    assert_eq!(Host::start("").version(), Some(RilVersion(12)));
    assert_eq!(Host::start("--ril-version 15").version(), Some(RilVersion(15)));
    assert!(Host::try_start("--ril-version 99").is_err());
}

#[test]
fn a_library_with_wrong_arguments_does_not_start() {
    assert_eq!(Host::try_start("--radio maybe").err().unwrap(), "--radio: 'maybe' is not one of on|off");
}

fn ints(ints: &[i32]) -> Vec<u8> {
    ril_protocol::parcel::encode(&ints.to_vec(), support::VERSION)
}
