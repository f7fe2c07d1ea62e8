//! Which texts are let through: a list, so that what is added to it is seen.

use std::collections::BTreeSet;
use std::time::Duration;

use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};
use ril_protocol::{Errno, RilVersion};
use ril_trace::format::{Header, Record, Way};
use serde_json::Value;

use super::every_row::{of_frame, skeletons};
use super::search::{Original, Searched};
use super::{read, scrubbed, trace};

const V: RilVersion = RilVersion::COMMON;

/// Message, and where in its arguments, its answer or its particulars a text stays as it is.
const LET_THROUGH: &[&str] = &[
    "BASEBAND_VERSION answer",
    "DATA_CALL_LIST answer calls.*.ifname",
    "DATA_CALL_LIST_CHANGED calls.*.ifname",
    "GET_HARDWARE_CONFIG answer *.modem.uuid",
    "GET_HARDWARE_CONFIG answer *.sim.modem_uuid",
    "GET_HARDWARE_CONFIG answer *.sim.uuid",
    "GET_RADIO_CAPABILITY answer logical_modem_uuid",
    "HARDWARE_CONFIG_CHANGED *.modem.uuid",
    "HARDWARE_CONFIG_CHANGED *.sim.modem_uuid",
    "HARDWARE_CONFIG_CHANGED *.sim.uuid",
    "NITZ_TIME_RECEIVED time",
    "RADIO_CAPABILITY logical_modem_uuid",
    "SETUP_DATA_CALL answer calls.*.ifname",
    "SET_RADIO_CAPABILITY answer logical_modem_uuid",
    "SET_RADIO_CAPABILITY logical_modem_uuid",
    "SIM_TRANSMIT_APDU_BASIC data",
    "SIM_TRANSMIT_APDU_CHANNEL data",
    "STK_GET_PROFILE answer",
    "STK_SET_PROFILE",
];

/// A payload with this text in one place.
struct Planted {
    /// Where it is: the places of a list of messages are all alike, those of a list of strings are not.
    path: String,
    payload: Vec<u8>,
}

/// One payload for each text in it.
fn planted(codec: &PayloadCodec, skeletons: &[Value], text: &str) -> Vec<Planted> {
    let mut found = Vec::new();
    for skeleton in skeletons {
        let mut paths = Vec::new();
        texts(skeleton, &mut Vec::new(), &mut paths);
        for path in paths {
            let mut changed = skeleton.clone();
            *changed.pointer_mut(&path).unwrap() = Value::from(text);
            // What is the name of a value, or hexadecimal, is no text.
            if let Ok(payload) = codec.from_json(changed, V) {
                let is_strings = codec.type_name == "Strings";
                let names = path.split('/').skip(1);
                let names = names.map(|name| if !is_strings && name.parse::<u8>().is_ok() { "*" } else { name });
                found.push(Planted { path: names.collect::<Vec<_>>().join("."), payload });
            }
        }
    }
    found
}

/// Where a value has strings, as JSON pointers.
fn texts(value: &Value, path: &mut Vec<String>, found: &mut Vec<String>) {
    let mut inside = |name: String, value: &Value| {
        path.push(name);
        texts(value, path, found);
        path.pop();
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| inside(name.clone(), value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(place, value)| inside(place.to_string(), value)),
        Value::String(_) | Value::Null => found.push(path.iter().fold(String::new(), |path, name| path + "/" + name)),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

fn frame(way: Way, put: impl FnOnce(&mut Vec<u8>)) -> Record {
    let mut frame = Vec::new();
    put(&mut frame);
    Record::frame(Duration::ZERO, way, Some(0), frame.split_off(4))
}

#[test]
fn no_text_is_let_through_but_those_that_are_known_to_be() {
    let skeletons = skeletons();
    let none = Vec::new();
    let of = |codec: &PayloadCodec, text: &str| {
        planted(codec, skeletons.get(codec.type_name).unwrap_or(&none), text).into_iter()
    };
    let text = "Quagga";
    let (mut names, mut records) = (Vec::new(), Vec::new());
    let mut add = |name: String, record: Record| {
        names.push(name);
        records.push(record);
    };
    for row in REQUESTS {
        let code = row.code;
        for Planted { path, payload } in of(&row.request, text) {
            let record = frame(Way::FromPhone, |out| Request { code, serial: 1, payload: &payload }.put(out));
            add(format!("{} {path}", row.name), record);
        }
        for Planted { path, payload } in of(&row.response, text) {
            add(String::new(), frame(Way::FromPhone, |out| Request { code, serial: 2, payload: &[] }.put(out)));
            let record = frame(Way::ToPhone, |out| Reply::new(2, Errno::SUCCESS, &payload).put(out));
            add(format!("{} answer {path}", row.name), record);
        }
    }
    for row in UNSOLICITED {
        for Planted { path, payload } in of(&row.payload, text) {
            let message = Unsolicited { code: row.code, payload: &payload, wants_ack: false };
            add(format!("{} {path}", row.name), frame(Way::ToPhone, |out| message.put(out)));
        }
    }
    let original = Original::Text(text.to_owned());
    let (out, _) = scrubbed(&trace(&[(Header { ril_version: Some(V.0), ..Header::default() }, records)]), false);
    let after = read(&out).1;
    let survived =
        names.iter().zip(&after).filter(|(_, record)| Searched::new(&of_frame(record).body).find(&original).is_some());
    let survived: BTreeSet<&str> = survived.map(|(name, _)| name.trim_end()).collect();
    assert_eq!(survived, LET_THROUGH.iter().copied().collect(), "{survived:#?}");
}
