//! A configuration out of a seed: every rule that a configuration can choose, and phones of every kind.

use std::path::PathBuf;

use fastrand::Rng;
use rild_proxy::config::{
    Absent, Bridge, Calls, Config, DIALECTS, Data, FOREGROUND, Incoming, Modem, OnSwitch, Outgoing, Phone, Scheme, Sms,
    Who,
};

use super::Plan;
use super::names;

/// Most phones of a run.
const MOST_PHONES: usize = 6;
/// Keeps what the seed decides here apart from what it decides later.
const SALT: u64 = 0x636f_6e66_6967;

/// The configuration of a run.
pub(super) fn configuration(plan: Plan) -> Config {
    let rng = &mut Rng::with_seed(plan.seed ^ SALT);
    let count = plan.phones.unwrap_or_else(|| rng.usize(1..=MOST_PHONES));
    let has_service = rng.bool();
    let (has_key, is_keyed) = (rng.bool(), rng.bool());
    let phone: Vec<Phone> = (0..count).map(|place| phone(rng, place, has_service)).collect();
    let name = |place: usize| format!("phone{place}");
    Config {
        calls: Calls {
            on_switch: [OnSwitch::Keep, OnSwitch::Drop, OnSwitch::Deny][rng.usize(0..3)],
            incoming: [Incoming::Ring, Incoming::Switch, Incoming::Busy][rng.usize(0..3)],
            absent: [Absent::Busy, Absent::Ring][rng.usize(0..2)],
            emergency_numbers: (0..count).map(names::emergency).collect(),
        },
        data: Data {
            who: [Who::All, Who::Foreground][rng.usize(0..2)],
            owner: rng.bool().then(|| name(rng.usize(0..count))),
        },
        sms: Sms { default: if rng.bool() { FOREGROUND.to_owned() } else { name(0) } },
        bridge: Bridge {
            scheme: if has_key && is_keyed { Scheme::SuffixKeyed } else { Scheme::Suffix1 },
            check_digits: rng.u8(1..=2),
            sim_key_file: has_key.then(|| PathBuf::from("/sim.key")),
            ..Bridge::default()
        },
        modem: Modem {
            dialect: rng.bool().then(|| DIALECTS[rng.usize(0..DIALECTS.len())].0.to_owned()),
            ..Modem::default()
        },
        phone,
        ..Config::default()
    }
}

fn phone(rng: &mut Rng, place: usize, has_service: bool) -> Phone {
    let by_service = has_service && rng.bool();
    Phone {
        name: format!("phone{place}"),
        privileged: rng.bool(),
        number: (rng.u8(0..4) > 0).then(|| names::access(place)),
        outgoing: if by_service { Outgoing::Bridge } else { Outgoing::Sim },
        access: by_service.then(|| names::access(place)),
        tag: u8::try_from(place).ok().filter(|_| by_service || rng.u8(0..6) > 0),
        // Somebody must be there to take what is for nobody else.
        telephony: place == 0 || rng.u8(0..5) > 0,
        data: rng.u8(0..5) > 0,
        data_calls: rng.u8(1..=4),
        sim_channels: rng.u8(0..=3),
        location: rng.bool(),
        dialect: rng.u8(0..3) > 0,
        imei: rng.bool().then(|| imei(place)).into_iter().collect(),
        imsi: rng.bool().then(|| format!("00101000000010{place}")).into_iter().collect(),
        ..Phone::default()
    }
}

/// An IMEI of the test range whose last digit is right (3GPP TS 23.003, annex B).
fn imei(place: usize) -> String {
    ["004999010640000", "004999010640018", "004999010640026", "004999010640034", "004999010640042", "004999010640059"]
        [place.min(MOST_PHONES - 1)]
    .to_owned()
}
