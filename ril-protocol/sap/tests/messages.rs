//! The messages are what AOSP's side of the socket reads and writes; nothing that comes does harm.

use proptest::collection::vec;
use proptest::prelude::*;
use ril_protocol::frame::split;
use ril_sap::apdu_request::Form;
use ril_sap::{
    ApduRequest, ApduResponse, ConnectRequest, ConnectResponse, FRAME_LIMIT, Header, Kind, MESSAGES, Malformed, MsgId,
    StatusIndication, apdu_response, bytes, connect_response, read,
};

/// Made by hand from the field numbers and types of sap-api.proto.
#[test]
fn a_request_is_what_androids_client_writes() {
    let connect = ConnectRequest { max_message_size: Some(300) };
    let mut frame = Vec::new();
    Header::request(0x0403_0201, MsgId::CONNECT, bytes(&connect)).put(&mut frame);
    let header = [0x0d, 1, 2, 3, 4, 0x10, 1, 0x18, 1, 0x20, 6, 0x2a, 3, 0x08, 0xac, 0x02];
    assert_eq!(frame, [&[0, 0, 0, 16][..], &header].concat());

    let apdu = ApduRequest { form: Some(Form::Apdu7816 as i32), command: Some(vec![0xa0, 0xa4]) };
    assert_eq!(bytes(&apdu), [0x08, 1, 0x12, 2, 0xa0, 0xa4]);
}

#[test]
fn an_answer_is_what_a_library_of_aosp_writes() {
    let answer: ConnectResponse = read(&[0x08, 2, 0x10, 0xac, 0x02]).unwrap();
    assert_eq!((answer.status(), answer.max_message_size), (connect_response::Status::SizeTooLarge, Some(300)));
    let answer: ApduResponse = read(&[0x08, 0, 0x10, 0, 0x1a, 2, 0x90, 0]).unwrap();
    assert_eq!((answer.result(), answer.response()), (apdu_response::Result::Ok, &[0x90, 0][..]));
    let change: StatusIndication = read(&[0x08, 3]).unwrap();
    assert_eq!(change.change(), ril_sap::status_indication::Change::CardRemoved);
}

#[test]
fn what_is_missing_is_missed() {
    assert_eq!(read::<ConnectRequest>(&[]).unwrap_err(), Malformed::Incomplete);
    assert_eq!(read::<ApduRequest>(&[0x08, 0]).unwrap_err(), Malformed::Incomplete);
    assert_eq!(read::<ConnectRequest>(&[0x0a]).unwrap_err(), Malformed::Unreadable);
    assert_eq!(Header::read(&[0x10, 1, 0x18, 1, 0x20, 6, 0x2a, 0]).unwrap_err(), Malformed::Incomplete, "no token");
}

#[test]
fn numbers_that_nobody_knows_are_kept() {
    let header = Header::response(7, MsgId(77), -5, Vec::new());
    let mut frame = Vec::new();
    header.put(&mut frame);
    let heard = Header::read(&frame[4..]).unwrap();
    assert_eq!((heard.message().to_string(), heard.error), ("77".to_owned(), Some(-5)));
    assert_eq!(heard.kind(), Kind::Response);
}

#[test]
fn a_refusal_is_an_answer_and_no_success() {
    for row in MESSAGES {
        let Some(exchange) = row.exchange else { continue };
        for request in [&[][..], &[0xff], &[0x08, 1]] {
            let payload = (exchange.refusal)(request);
            assert_eq!((exchange.response)(&payload), Ok(()), "{}", row.name);
            // The result is the first or the second field; both are numbers.
            let says_failure = payload.chunks(2).any(|field| field != [0x08, 0] && field != [0x10, 0]);
            assert!(says_failure || row.id == MsgId::DISCONNECT, "{}: {payload:?}", row.name);
        }
    }
    let refusal = (MsgId::APDU.row().unwrap().exchange.unwrap().refusal)(&[0x08, 1, 0x12, 0]);
    assert_eq!(read::<ApduResponse>(&refusal).unwrap().form(), Form::Apdu7816, "in the form of the request");
}

#[test]
fn nothing_that_goes_to_a_sim_is_shown() {
    let secret = b"1234";
    let apdu = ApduRequest { form: Some(0), command: Some(secret.to_vec()) };
    let header = Header::request(1, MsgId::APDU, bytes(&apdu));
    assert_eq!(format!("{apdu:?}"), "ApduRequest");
    assert_eq!(format!("{header:?}"), "Request APDU #1 error Some(6), 8 bytes");
}

prop_compose! {
    fn header()(
        token: u32,
        kind in 0..4,
        id in prop_oneof![1..11, any::<i32>()],
        error: i32,
        payload in vec(any::<u8>(), 0..300),
    ) -> Header {
        Header { token: Some(token), kind: Some(kind), id: Some(id), error: Some(error), payload: Some(payload) }
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(headers in vec(header(), 0..5)) {
        let mut stream = Vec::new();
        headers.iter().for_each(|header| header.put(&mut stream));
        let (mut rest, mut heard) = (&stream[..], Vec::new());
        while let Some((body, used)) = split(rest, FRAME_LIMIT).unwrap() {
            heard.push(Header::read(body).unwrap());
            rest = &rest[used..];
        }
        prop_assert!(rest.is_empty());
        prop_assert!(heard == headers);
    }

    #[test]
    fn nothing_that_comes_does_harm(body in vec(any::<u8>(), 0..100)) {
        if let Ok(header) = Header::read(&body) {
            let mut frame = Vec::new();
            header.put(&mut frame);
            prop_assert!(Header::read(&frame[4..]).is_ok_and(|again| again == header));
        }
        for row in MESSAGES {
            if let Some(exchange) = row.exchange {
                let _ = (exchange.request)(&body);
                prop_assert_eq!((exchange.response)(&(exchange.refusal)(&body)), Ok(()));
            }
        }
    }
}
