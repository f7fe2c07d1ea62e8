//! A recorded session is understood frame by frame, and every frame of it is written back as it was.

use std::collections::BTreeMap;

use ril_protocol::RilVersion;
use ril_protocol::frame::{Message, REQUEST_LIMIT, Request, split};
use ril_protocol::hex::from_hex;
use ril_protocol::messages::PayloadCodec;

const SESSION: &str = include_str!("recorded/ofono-and-rild.txt");

/// Direction and body of each frame.
fn frames() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let lines = SESSION.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').map(|(direction, hex)| (direction, from_hex(hex).unwrap())).unwrap())
}

#[test]
fn every_request_is_answered_once() {
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    for (direction, body) in frames() {
        if direction == ">" {
            asked.push(Request::parse(&body).unwrap().serial);
        } else if let Message::Reply(reply) = Message::parse(&body).unwrap() {
            answered.push(reply.serial);
        }
    }
    answered.sort_unstable();
    assert_eq!(asked, (1..=120).collect::<Vec<_>>());
    assert_eq!(answered, asked);
}

#[test]
fn frames_are_written_as_they_were() {
    for (direction, body) in frames() {
        let mut out = Vec::new();
        if direction == ">" {
            Request::parse(&body).unwrap().put(&mut out);
        } else {
            Message::parse(&body).unwrap().put(&mut out);
        }
        assert_eq!(split(&out, REQUEST_LIMIT), Ok(Some((&body[..], out.len()))));
    }
}

#[test]
fn payloads_are_written_as_they_were() {
    let mut pending = BTreeMap::new();
    for (direction, body) in frames() {
        if direction == ">" {
            let request = Request::parse(&body).unwrap();
            let row = request.code.row().unwrap();
            pending.insert(request.serial, row);
            // oFono sends "no UUS" twice.
            let payload = request.payload;
            let payload = if row.name == "DIAL" { &payload[..payload.len() - 4] } else { payload };
            same_again(row.name, &row.request, payload);
            continue;
        }
        match Message::parse(&body).unwrap() {
            Message::Reply(reply) => {
                let row = pending.remove(&reply.serial).unwrap();
                same_again(row.name, &row.response, reply.payload);
            }
            Message::Unsolicited(message) => {
                let row = message.code.row().unwrap();
                same_again(row.name, &row.payload, message.payload);
            }
            Message::Ack { serial } => panic!("a rild of version 12 sent an acknowledgement of {serial}"),
        }
    }
}

fn same_again(name: &str, codec: &PayloadCodec, payload: &[u8]) {
    if !payload.is_empty() {
        assert_eq!(codec.reencode(payload, RilVersion(12)).as_deref(), Ok(payload), "{name}");
    }
}
