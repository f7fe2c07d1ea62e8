//! Parcel to C and back, for every row.

use proptest::prelude::*;
use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

use super::LibraryMemory;
use crate::ffi::convert::{
    Arena, CData, ConvertError, request_from_c, request_to_c, response_from_c, response_to_c, unsolicited_from_c,
    unsolicited_to_c,
};

#[allow(dead_code, reason = "made for the codec's tests, which look at more")]
#[path = "../../../../../ril-protocol/tests/support/mod.rs"]
mod support;

/// One of the three payloads that a row may have.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Payload {
    Request(RequestCode),
    Response(RequestCode),
    Unsolicited(UnsolCode),
}

impl Payload {
    fn all() -> impl Iterator<Item = Self> {
        let requests = REQUESTS.iter().flat_map(|row| [Self::Request(row.code), Self::Response(row.code)]);
        requests.chain(UNSOLICITED.iter().map(|row| Self::Unsolicited(row.code)))
    }

    /// The payload that a vector is of.
    fn of(vector: &support::Vector) -> Self {
        let (_, head) = vector.name.split_once(": ").unwrap();
        let (kind, rest) = head.split_once(' ').unwrap();
        let (name, _) = rest.split_once(' ').unwrap();
        match kind {
            "request" => Self::Request(name.parse().unwrap()),
            "response" => Self::Response(name.parse().unwrap()),
            _ => Self::Unsolicited(name.parse().unwrap()),
        }
    }

    fn codec(self) -> PayloadCodec {
        match self {
            Self::Request(code) => code.row().unwrap().request,
            Self::Response(code) => code.row().unwrap().response,
            Self::Unsolicited(code) => code.row().unwrap().payload,
        }
    }

    fn to_c(self, payload: &[u8], version: RilVersion, arena: &mut Arena) -> Result<CData, ConvertError> {
        match self {
            Self::Request(code) => request_to_c(code, payload, version, arena),
            Self::Response(code) => response_to_c(code, payload, version.into(), arena),
            Self::Unsolicited(code) => unsolicited_to_c(code, payload, version.into(), arena),
        }
    }

    /// # Safety
    /// `data` must be the C form of this payload.
    unsafe fn copy_from_c(self, data: CData, version: RilVersion) -> Result<Vec<u8>, ConvertError> {
        let mut out = Vec::new();
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Self::Request(code) => request_from_c(code, data.ptr, data.len, version, &mut out)?,
                Self::Response(code) => response_from_c(code, data.ptr, data.len, version, &mut out)?,
                Self::Unsolicited(code) => unsolicited_from_c(code, data.ptr, data.len, version, &mut out)?,
            }
        }
        Ok(out)
    }

    /// Whether the pointer is a struct or list of `len` bytes; else it is a string, or of another size.
    fn len_counts_bytes(self) -> bool {
        let is_text = self.codec().type_name == "Text" || self == Self::Unsolicited(UnsolCode::NITZ_TIME_RECEIVED);
        !is_text && self != Self::Request(RequestCode::IMS_SEND_SMS)
    }

    /// To C and back, with the C form in memory that ends where it must.
    fn round(self, payload: &[u8], version: RilVersion) -> Result<Vec<u8>, ConvertError> {
        let mut arena = Arena::new();
        let data = self.to_c(payload, version, &mut arena)?;
        // SAFETY: `data` was just made out of a payload of this kind.
        let back = unsafe {
            if data.ptr.is_null() || !self.len_counts_bytes() {
                self.copy_from_c(data, version)
            } else {
                let memory = LibraryMemory::copy_of(data);
                self.copy_from_c(CData { ptr: memory.ptr(), len: memory.len() }, version)
            }
        };
        Ok(back.unwrap_or_else(|error| panic!("{self:?} of version {version} does not come back: {error}")))
    }
}

/// What ends up elsewhere than in the C form, or is made into something else on purpose.
fn changes_on_the_way(payload: Payload, vector: &support::Vector) -> bool {
    match payload {
        // libril adds these on the other side.
        Payload::Unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED | UnsolCode::NITZ_TIME_RECEIVED) => true,
        // An empty number becomes NULL.
        Payload::Request(RequestCode::QUERY_CALL_FORWARD_STATUS | RequestCode::SET_CALL_FORWARD) => {
            vector.json["number"] == ""
        }
        // A library since version 5 cannot speak of data calls in layout 4.
        Payload::Unsolicited(UnsolCode::DATA_CALL_LIST_CHANGED) | Payload::Response(RequestCode::DATA_CALL_LIST) => {
            vector.json["version"] == 4 && vector.version >= RilVersion(5)
        }
        // A null password becomes the empty string.
        Payload::Request(RequestCode::QUERY_FACILITY_LOCK | RequestCode::SET_FACILITY_LOCK) => true,
        _ => false,
    }
}

#[test]
fn vectors_come_back_as_they_were() {
    let mut compared = 0;
    for vector in support::vectors() {
        let payload = Payload::of(&vector);
        let before = vector.codec.reencode(&vector.bytes, vector.version).unwrap();
        let after = match payload.round(&vector.bytes, vector.version) {
            Ok(after) => after,
            Err(error) => panic!("{}: {error}", vector.name),
        };
        if !changes_on_the_way(payload, &vector) {
            assert_eq!(
                vector.codec.to_json(&after, vector.version),
                vector.codec.to_json(&before, vector.version),
                "{}",
                vector.name
            );
            // A result that is NULL has the empty payload, which says the same as null.
            assert!(after == before || (after.is_empty() && vector.json.is_null()), "{}: {after:?}", vector.name);
            compared += 1;
        }
    }
    assert!(compared > 80, "{compared} vectors compared");
}

/// What a layout cannot hold is lost once and not again.
#[test]
fn every_version_settles_after_one_round() {
    for vector in support::vectors() {
        let payload = Payload::of(&vector);
        for version in (2..=15).map(RilVersion) {
            let Ok(once) = payload.round(&vector.bytes, version) else { continue };
            if once.is_empty() {
                continue;
            }
            let twice = payload.round(&once, version).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
            assert_eq!(once, twice, "{} as version {version}", vector.name);
        }
    }
}

#[test]
fn every_typed_row_has_a_vector_or_no_content() {
    let seen: Vec<&str> = support::vectors().iter().map(|vector| vector.codec.type_name).collect();
    for payload in Payload::all() {
        let name = payload.codec().type_name;
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
            if let Ok(once) = payload.round(&bytes, version) && !once.is_empty() {
                prop_assert_eq!(payload.round(&once, version), Ok(once), "{:?}", payload);
            }
        }
    }
}
