//! The texts of requests: each is looked at, as what its type says that it is, and is made of what such texts are made
//! of.

mod support;

use ril_protocol::frame::Request;
use ril_protocol::hex::from_hex;
use ril_protocol::layout::{By, Layout};
use ril_protocol::messages::{REQUESTS, RequestRow};
use ril_protocol::parcel::{self, Reader};
use ril_protocol::secrets::{Censor, Secret, request_texts};
use ril_protocol::{RequestCode, RilVersion};

use support::{Vector, vectors};

const SESSION: &str = include_str!("recorded/ofono-and-rild.txt");

fn requests() -> impl Iterator<Item = (&'static RequestRow, Vector)> {
    let requests = vectors().into_iter().filter(|vector| vector.direction == "request");
    requests.map(|vector| (vector.row.parse::<RequestCode>().unwrap().row().unwrap(), vector))
}

/// The kinds and texts of a request, as they are looked at in their places.
fn looked_at(row: &RequestRow, payload: &[u8], version: RilVersion) -> Vec<(Secret, String)> {
    let mut texts = Vec::new();
    let all = request_texts(row, &mut Reader::new(payload, version), |kind, units| {
        texts.push((kind, String::from_utf16_lossy(&units.collect::<Vec<u16>>())));
        true
    });
    assert_eq!(all, Ok(true), "{}", row.name);
    texts
}

/// What a censor is shown.
#[derive(Default)]
struct Shown(Vec<(Secret, String)>);

impl Censor for Shown {
    fn text(&mut self, secret: Secret, text: &mut String) {
        self.0.push((secret, text.clone()));
    }

    fn int(&mut self, _: Secret, _: &mut i32) {}

    fn bytes(&mut self, secret: Secret, bytes: &mut Vec<u8>) {
        if secret == Secret::CdmaCharacters {
            self.0.push((secret, bytes.iter().copied().map(char::from).collect()));
        }
    }
}

#[test]
fn a_text_is_looked_at_as_what_its_type_says() {
    for (row, vector) in requests() {
        let mut shown = Shown::default();
        row.request.censor(&vector.bytes, vector.version, row.code.arguments_hold(), &mut shown).unwrap();
        let mut texts = looked_at(row, &vector.bytes, vector.version);
        // What may be read is not shown to a censor: identifiers, and the name that a SELECT has.
        texts.retain(|(kind, _)| {
            *kind != Secret::Open && (*kind != Secret::Apdu || shown.0.iter().any(|it| it.0 == *kind))
        });
        assert_eq!(texts, shown.0, "{}", vector.name);
    }
}

#[test]
fn every_text_that_a_layout_has_is_looked_at() {
    for row in REQUESTS {
        let (mut payload, mut texts) = (Vec::new(), 0);
        put(row.request.layout, &mut payload, &mut texts);
        let mut looked_at = looked_at(row, &payload, RilVersion::NEWEST);
        // Bytes that are a text.
        looked_at.retain(|(kind, _)| *kind != Secret::CdmaCharacters);
        assert_eq!(looked_at.len(), texts, "{}", row.name);
    }
}

/// Writes a payload of this layout: one item in each list, one in each word, and in each text as well. How many those
/// are.
fn put(layout: &Layout, out: &mut Vec<u8>, texts: &mut usize) {
    let word = |out: &mut Vec<u8>, word: i32| out.extend_from_slice(&word.to_ne_bytes());
    match layout {
        Layout::Text => {
            *texts += 1;
            out.extend(parcel::encode(&Some("1".to_owned()), RilVersion::NEWEST));
        }
        Layout::List(item) => {
            word(out, 1);
            put(item, out, texts);
        }
        Layout::Array(item, count) => (0..*count).for_each(|_| put(item, out, texts)),
        Layout::Times(_, item) | Layout::IfLeft(item) => put(item, out, texts),
        Layout::IfFlagged(item) => {
            word(out, 1);
            put(item, out, texts);
        }
        Layout::Struct { fields, .. } => fields.iter().for_each(|field| put(field.layout, out, texts)),
        Layout::Choice { by: By::Field(_), arms, .. } => {
            put(arms.iter().find(|arm| arm.value == 1).unwrap().layout, out, texts);
        }
        Layout::Choice { .. } | Layout::Guess { .. } => panic!("no request has such a layout"),
        Layout::Raw | Layout::Octets { .. } => word(out, 0),
        Layout::Long => {
            word(out, 1);
            word(out, 1);
        }
        Layout::Nothing | Layout::Rest => {}
        _ => word(out, 1),
    }
}

#[test]
fn texts_of_all_rows_are_made_of_what_they_are_made_of() {
    for (row, vector) in requests() {
        for (kind, text) in looked_at(row, &vector.bytes, vector.version) {
            assert!(kind.alphabet().spells(text.encode_utf16()), "{}: {kind:?} {text:?}", vector.name);
        }
    }
}

#[test]
fn so_are_texts_of_a_recorded_session() {
    let mut texts = 0;
    for line in SESSION.lines().filter_map(|line| line.strip_prefix("> ")) {
        let body = from_hex(line).unwrap();
        let request = Request::parse(&body).unwrap();
        for (kind, text) in looked_at(request.code.row().unwrap(), request.payload, RilVersion::COMMON) {
            assert!(kind.alphabet().spells(text.encode_utf16()), "{:?}: {kind:?} {text:?}", request.code);
            texts += 1;
        }
    }
    assert!(texts > 0);
}

#[test]
fn looking_ends_where_it_is_told_to_and_says_what_cannot_be_read() {
    let row = RequestCode::SETUP_DATA_CALL.row().unwrap();
    let (_, vector) = requests().find(|(of, _)| of.code == row.code).unwrap();
    let mut looked = 0;
    let mut reader = Reader::new(&vector.bytes, vector.version);
    let all = request_texts(row, &mut reader, |kind, _| {
        looked += 1;
        kind != Secret::AccessPoint
    });
    assert_eq!((all, looked), (Ok(false), 3));
    // A length below zero that is not -1, which AOSP's libril takes for an absent text.
    let mut odd = vector.bytes.clone();
    odd[4..8].copy_from_slice(&(-5_i32).to_ne_bytes());
    assert!(request_texts(row, &mut Reader::new(&odd, vector.version), |_, _| true).is_err());
}
