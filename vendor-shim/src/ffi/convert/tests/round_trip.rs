//! Parcel to C and back, for every row.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

use crate::ffi::convert::ConvertError;
use crate::ffi::convert::exercise::{Payload, convert_hostile_bytes, hostile_seeds};

#[path = "../../../../../ril-protocol/tests/support/mod.rs"]
mod support;

/// The payload that a vector is of.
fn payload_of(vector: &support::Vector) -> Payload {
    match vector.direction {
        "request" => Payload::Request(vector.row.parse().unwrap()),
        "response" => Payload::Response(vector.row.parse().unwrap()),
        _ => Payload::Unsolicited(vector.row.parse().unwrap()),
    }
}

/// What ends up elsewhere than in the C form, or is made into something else on purpose.
fn changes_on_the_way(payload: Payload, vector: &support::Vector, version: RilVersion) -> bool {
    match payload {
        // libril adds these on the other side.
        Payload::Unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED | UnsolCode::NITZ_TIME_RECEIVED) => true,
        // An empty number becomes NULL.
        Payload::Request(RequestCode::QUERY_CALL_FORWARD_STATUS | RequestCode::SET_CALL_FORWARD) => {
            vector.json["number"] == ""
        }
        // A library since version 5 cannot speak of data calls in layout 4.
        Payload::Unsolicited(UnsolCode::DATA_CALL_LIST_CHANGED) | Payload::Response(RequestCode::DATA_CALL_LIST) => {
            vector.json["version"] == 4 && version >= RilVersion(5)
        }
        // A null password becomes the empty string.
        Payload::Request(RequestCode::QUERY_FACILITY_LOCK | RequestCode::SET_FACILITY_LOCK) => true,
        _ => false,
    }
}

#[test]
fn vectors_come_back_as_they_were() {
    let mut compared = BTreeSet::new();
    for vector in support::vectors().into_iter().filter(|vector| !vector.bytes.is_empty()) {
        let payload = payload_of(&vector);
        for version in vector.versions.clone().map(RilVersion) {
            let before = vector.codec.reencode(&vector.bytes, version).unwrap();
            let after = match payload.round(&vector.bytes, version.into()) {
                Ok(after) => after,
                Err(ConvertError::NotSupported) if vector.codec.type_name == "Opaque" => continue,
                Err(error) => panic!("{} as version {version}: {error}", vector.name),
            };
            if !changes_on_the_way(payload, &vector, version) {
                // A result that is NULL has the empty payload, which says the same as null.
                let says_the_same = after == before || (after.is_empty() && vector.json.is_null());
                assert!(
                    says_the_same,
                    "{} as version {version}: {:?}",
                    vector.name,
                    vector.codec.to_json(&after, version)
                );
                compared.insert((vector.direction, vector.row));
            }
        }
    }
    assert!(compared.len() > 150, "{} rows compared", compared.len());
}

/// What a layout cannot hold is lost once and not again.
#[test]
fn every_version_settles_after_one_round() {
    for vector in support::vectors() {
        let payload = payload_of(&vector);
        for version in (2..=15).map(RilVersion) {
            let Ok(once) = payload.round(&vector.bytes, version.into()) else { continue };
            if once.is_empty() {
                continue;
            }
            let twice = payload.round(&once, version.into()).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
            assert_eq!(once, twice, "{} as version {version}", vector.name);
        }
    }
}

/// Each vector with what a hostile library may make of it, and each byte of that another in turn.
#[test]
fn what_a_hostile_library_hands_in_is_a_payload_or_an_error() {
    let mut inputs = 0;
    for vector in support::vectors() {
        let seeds = hostile_seeds(vector.direction, vector.row, vector.version, &vector.bytes);
        assert_eq!(seeds.len(), 4, "{}", vector.name);
        for mut seed in seeds {
            convert_hostile_bytes(&seed);
            for at in 0..seed.len() {
                for value in [0, 0x7f, 0xff] {
                    let before = std::mem::replace(&mut seed[at], value);
                    convert_hostile_bytes(&seed);
                    seed[at] = before;
                    inputs += 1;
                }
            }
        }
    }
    assert!(inputs > 10_000, "{inputs}");
}

#[test]
fn every_typed_row_has_a_vector_or_no_content() {
    let seen: Vec<&str> = support::vectors().iter().map(|vector| vector.codec.type_name).collect();
    for payload in Payload::all() {
        let name = payload.codec().unwrap().type_name;
        assert!(seen.contains(&name) || ["()", "Opaque"].contains(&name), "{payload:?}: {name}");
    }
}

fn words() -> impl Strategy<Value = Vec<u8>> {
    let word = |value: i32| value.to_ne_bytes().to_vec();
    let piece = prop_oneof![
        6 => (0..8_i32).prop_map(word),
        2 => Just(word(-1)),
        1 => prop_oneof![Just(i32::MIN), Just(i32::MAX), any::<i32>()].prop_map(word),
        3 => prop::option::of("\\PC{0,6}").prop_map(|text| ril_protocol::parcel::encode(&text, RilVersion::COMMON)),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// No payload of a hostile client makes a C form that cannot be read, and reading it never fails.
    #[test]
    fn whatever_has_a_c_form_comes_back(bytes in words(), version in 2..=15) {
        prop_assume!(!bytes.is_empty());
        let version = RilVersion(version);
        for payload in Payload::all() {
            if let Ok(once) = payload.round(&bytes, version.into()) && !once.is_empty() {
                prop_assert_eq!(payload.round(&once, version.into()), Ok(once), "{:?}", payload);
            }
        }
    }
}
