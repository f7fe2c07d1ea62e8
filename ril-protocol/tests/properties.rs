//! What holds for the payload of every row, whatever the bytes.

mod laws;
mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use ril_protocol::RilVersion;
use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};
use serde_json::Value;
use support::{Vector, vectors};

/// The codecs of all rows; rows that name the same type share one.
static CODECS: LazyLock<Vec<PayloadCodec>> = LazyLock::new(|| {
    let requests = REQUESTS.iter().flat_map(|row| [row.request, row.response]);
    let all = requests.chain(UNSOLICITED.iter().map(|row| row.payload));
    all.map(|codec| (codec.type_name, codec)).collect::<BTreeMap<_, _>>().into_values().collect()
});

/// Those that have bytes.
static VECTORS: LazyLock<Vec<Vector>> =
    LazyLock::new(|| vectors().into_iter().filter(|vector| !vector.bytes.is_empty()).collect());

/// Every version that has a row.
fn any_version() -> impl Strategy<Value = RilVersion> {
    (2..=RilVersion::NEWEST.0).prop_map(RilVersion)
}

/// Words that payloads are made of: small numbers, null, extremes, strings.
fn parcel_like() -> impl Strategy<Value = Vec<u8>> {
    let word = |value: i32| value.to_ne_bytes().to_vec();
    let piece = prop_oneof![
        6 => (0..8_i32).prop_map(word),
        2 => Just(word(-1)),
        1 => prop_oneof![Just(i32::MIN), Just(i32::MAX), any::<i32>()].prop_map(word),
        3 => prop::option::of("\\PC{0,6}").prop_map(|text| ril_protocol::parcel::encode(&text, RilVersion::COMMON)),
        1 => prop::collection::vec(any::<u16>(), 0..4).prop_map(|units| string_of(&units)),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A string of any UTF-16 units, unpaired surrogates included.
fn string_of(units: &[u16]) -> Vec<u8> {
    let mut bytes = i32::try_from(units.len()).unwrap().to_ne_bytes().to_vec();
    bytes.extend(units.iter().chain(&[0]).flat_map(|unit| unit.to_ne_bytes()));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

proptest! {
    #[test]
    fn any_bytes(payload in prop::collection::vec(any::<u8>(), 0..400), version in any_version()) {
        for codec in &*CODECS {
            laws::check(codec, &payload, version);
        }
    }

    #[test]
    fn bytes_that_look_like_a_parcel(payload in parcel_like(), version in any_version()) {
        for codec in &*CODECS {
            laws::check(codec, &payload, version);
        }
    }

    #[test]
    fn a_good_payload_with_one_word_changed(
        place in any::<prop::sample::Index>(),
        word in prop_oneof![-2..40_i32, any::<i32>()],
        cut in prop::option::of(any::<prop::sample::Index>()),
        version in any_version(),
    ) {
        for vector in &*VECTORS {
            let mut payload = vector.bytes.clone();
            let at = place.index(payload.len() / 4) * 4;
            payload[at..at + 4].copy_from_slice(&word.to_ne_bytes());
            payload.truncate(cut.map_or(payload.len(), |cut| cut.index(payload.len())));
            laws::check(&vector.codec, &payload, version);
        }
    }
}

#[test]
fn an_empty_payload_is_null_for_every_row() {
    for codec in &*CODECS {
        for version in (2..=RilVersion::NEWEST.0).map(RilVersion) {
            assert_eq!(codec.to_json(&[], version), Ok(Value::Null), "{codec:?}");
            let written = codec.from_json(Value::Null, version).unwrap();
            assert_eq!(codec.to_json(&written, version), Ok(Value::Null), "{codec:?}");
        }
    }
}

#[test]
fn a_count_that_the_payload_cannot_hold_is_refused() {
    let lists = ["Vec", "Ints", "Strings"];
    let lists: Vec<_> = CODECS.iter().filter(|codec| lists.iter().any(|x| codec.type_name.starts_with(x))).collect();
    assert!(lists.len() > 10);
    for count in [i32::MAX, 1_000_000, 17, -2, i32::MIN] {
        let payload = [&count.to_ne_bytes()[..], &[0; 64]].concat();
        for codec in &lists {
            assert!(codec.reencode(&payload, RilVersion::COMMON).is_err(), "{codec:?} of {count}");
        }
    }
}

#[test]
fn what_stands_behind_a_value_is_not_part_of_it() {
    for vector in VECTORS.iter().filter(|vector| !vector.only_read && !ends_open(&vector.codec)) {
        let payload = [&vector.bytes[..], &[7; 8]].concat();
        assert_eq!(vector.codec.to_json(&payload, vector.version).as_ref(), Ok(&vector.json), "{}", vector.name);
    }
}

#[test]
fn a_payload_cut_short_is_an_error_inside_it() {
    for vector in VECTORS.iter().filter(|vector| !vector.only_read && !ends_open(&vector.codec)) {
        for cut in (0..vector.bytes.len()).step_by(4) {
            let error = vector.codec.reencode(&vector.bytes[..cut], vector.version).expect_err(&vector.name);
            assert!(error.at <= cut, "{} cut at {cut}: {error}", vector.name);
        }
    }
}

/// Whether the last part of this type is there or not depending on whether anything is left to read.
fn ends_open(codec: &PayloadCodec) -> bool {
    let open = ["call::Dial", "Vec<call::Call>", "call::FailCause", "network::NitzTime", "Option<cdma::SignalInfo>"];
    open.contains(&codec.type_name) || codec.type_name == "Opaque"
}
