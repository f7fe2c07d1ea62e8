//! Conversations of a client of the SIM Access Profile with the card.

use ril_protocol::Errno;
use ril_protocol::RequestCode as R;
use ril_protocol::UnsolCode as U;
use ril_protocol::hex::{from_hex, to_hex};
use ril_protocol::payload::sim::{CardState, CardStatus};
use ril_sap::apdu_request::Form;
use ril_sap::connect_response::Status;
use ril_sap::status_indication::Change;
use ril_sap::{
    ApduRequest, ApduResponse, Ask, AtrRequest, CardReaderStatusRequest, ConnectRequest, ConnectResponse,
    DisconnectIndication, DisconnectRequest, MsgId, PowerRequest, ProtocolRequest, ResetRequest, StatusIndication,
    apdu_response, bytes, disconnect_indication, power_response, protocol_request, protocol_response, read,
    reset_response,
};

use crate::bench::Bench;

impl Bench {
    fn sap_ask<A: Ask>(&mut self, id: MsgId, request: &A) -> A::Answer {
        let (errno, payload) = self.sap(id, &bytes(request));
        assert_eq!(errno, Errno::SUCCESS, "{id}");
        read(&payload).unwrap()
    }

    fn sap_connect(&mut self, max_message_size: i32) -> ConnectResponse {
        self.sap_ask(MsgId::CONNECT, &ConnectRequest { max_message_size: Some(max_message_size) })
    }

    fn in_session(args: &str) -> Self {
        let mut bench = Self::online(args);
        assert_eq!(bench.sap_connect(300).status(), Status::Ok);
        assert_eq!(bench.changes(), [Change::CardReset]);
        bench
    }

    /// The answer of the card to a command, both hexadecimal.
    fn apdu(&mut self, command: &str) -> String {
        to_hex(self.card_says(command).response())
    }

    fn card_says(&mut self, command: &str) -> ApduResponse {
        let command = from_hex(command).unwrap();
        self.sap_ask(MsgId::APDU, &ApduRequest { form: Some(Form::Apdu as i32), command: Some(command) })
    }

    /// What became of the card since the last look.
    fn changes(&mut self) -> Vec<Change> {
        let told = self.sap_told().into_iter().filter(|(id, _)| *id == MsgId::STATUS);
        told.map(|(_, payload)| read::<StatusIndication>(&payload).unwrap().change()).collect()
    }

    fn is_registered(&mut self) -> bool {
        self.modem().network.voice_now().in_service()
    }

    fn errno<A: Ask>(&mut self, id: MsgId, request: &A) -> Errno {
        let (errno, payload) = self.sap(id, &bytes(request));
        let refusal: A::Answer = read(&payload).unwrap();
        assert_eq!(bytes(&refusal), bytes(&request.refusal()));
        errno
    }
}

#[test]
fn a_session_takes_the_card_from_the_modem_and_gives_it_back() {
    let mut bench = Bench::in_session("");
    assert!(!bench.is_registered());
    assert!(bench.told().contains(&U::RESPONSE_VOICE_NETWORK_STATE_CHANGED));
    assert_eq!(bench.sap_connect(300).status(), Status::Failure, "it is given away");
    assert_eq!(bench.sap(MsgId::DISCONNECT, &bytes(&DisconnectRequest {})), (Errno::SUCCESS, Vec::new()));
    bench.advance(10);
    assert!(bench.is_registered());
    assert_eq!(bench.errno(MsgId::RESET_SIM, &ResetRequest {}), Errno::GENERIC_FAILURE, "there is no session");
}

#[test]
fn a_session_is_for_clients_that_can_take_it() {
    let mut bench = Bench::online("");
    assert_eq!(bench.sap_connect(100).status(), Status::SizeTooSmall);
    let large = bench.sap_connect(9000);
    assert_eq!((large.status(), large.max_message_size), (Status::SizeTooLarge, Some(4096)));
    assert!(bench.is_registered() && bench.sap_told().is_empty());
    bench.console("call 5550100");
    assert_eq!(bench.sap_connect(300).status(), Status::OkCallOngoing);
    bench.console("hangup 5550100");
    assert_eq!(bench.sap_connect(300).status(), Status::Ok);
}

#[test]
fn commands_reach_the_files_of_the_card() {
    let mut bench = Bench::in_session("");
    assert_eq!(bench.apdu("a0a40000023f00"), "9f16");
    assert_eq!(bench.apdu("a0c0000016"), "000000003f00010000000000098003000400838a838a9000");
    assert_eq!(bench.apdu("a0a40000022fe2"), "9f0f");
    assert_eq!(bench.apdu("a0c000000f"), "0000000a2fe2040004ff44010200009000");
    assert_eq!(bench.apdu("a0b000000a"), "980001113254769810829000");
    assert_eq!(bench.apdu("a0a40000027f20"), "9f16");
    assert_eq!(bench.apdu("a0a40000026f07"), "9f0f");
    assert_eq!(bench.apdu("a0b0000009"), "0809101010325476989000");
    // As an application of a USIM, with the class of ISO/IEC 7816-4 and a length that is wanted back.
    assert_eq!(bench.apdu("00a4040c07a0000000871002"), "6116");
    assert_eq!(bench.apdu("00a40004026f0700"), "610f");
    assert_eq!(bench.apdu("00b0000009"), "0809101010325476989000");
}

#[test]
fn commands_that_a_card_does_not_carry_out() {
    let mut bench = Bench::in_session("");
    for (command, words) in [
        ("a0", "6700"),
        ("a0b0000001", "9400"),
        ("a0a4000002ffff", "9404"),
        ("a0a4000003ff", "6700"),
        ("a088000010", "6d00"),
        ("20a40000023f00", "6e00"),
        ("00a4040007a0000000871099", "9404"),
        ("a020000108313233", "6700"),
    ] {
        assert_eq!(bench.apdu(command), words, "{command}");
    }
    bench.apdu("a0a40000022fe2");
    assert_eq!(bench.apdu("a0d6000001ff"), "9804", "the operator's alone");
}

#[test]
fn a_locked_card_wants_its_pin_of_the_client_too() {
    let mut bench = Bench::in_session("--sim locked");
    bench.apdu("a0a40000027f20");
    bench.apdu("a0a40000026f07");
    assert_eq!(bench.apdu("a0b0000009"), "9804");
    assert_eq!(bench.apdu("a02000010830303030ffffffff"), "9804");
    assert_eq!(bench.apdu("a02000010831323334ffffffff"), "9000");
    assert_eq!(bench.apdu("a0b0000009"), "0809101010325476989000");
    let reset = bench.sap_ask(MsgId::RESET_SIM, &ResetRequest {});
    assert_eq!(reset.result(), reset_response::Result::Ok);
    assert_eq!(bench.apdu("a0b0000009"), "9400", "a reset card has no file selected");
    for _ in 0..3 {
        bench.apdu("a02000010830303030ffffffff");
    }
    assert_eq!(bench.apdu("a02000010831323334ffffffff"), "9840");
}

#[test]
fn a_card_that_is_off_says_nothing() {
    let mut bench = Bench::in_session("");
    assert!(bench.sap_ask(MsgId::TRANSFER_ATR, &AtrRequest {}).atr.is_some_and(|atr| atr[0] == 0x3b));
    let power = |bench: &mut Bench, on| bench.sap_ask(MsgId::POWER, &PowerRequest { on: Some(on) }).result();
    assert_eq!(power(&mut bench, true), power_response::Result::AlreadyOn);
    assert_eq!(power(&mut bench, false), power_response::Result::Ok);
    assert_eq!(power(&mut bench, false), power_response::Result::AlreadyOff);
    assert_eq!(bench.card_says("a0a40000023f00").result(), apdu_response::Result::AlreadyOff);
    assert!(bench.sap_ask(MsgId::TRANSFER_ATR, &AtrRequest {}).atr.is_none());
    let reader = bench.sap_ask(MsgId::TRANSFER_CARD_READER_STATUS, &CardReaderStatusRequest {});
    assert_eq!(reader.status, Some(0x50));
    assert_eq!(power(&mut bench, true), power_response::Result::Ok);
    let protocol = |protocol: protocol_request::Protocol| ProtocolRequest { protocol: Some(protocol as i32) };
    let t1 = bench.sap_ask(MsgId::SET_TRANSFER_PROTOCOL, &protocol(protocol_request::Protocol::T1));
    assert_eq!(t1.result(), protocol_response::Result::Failure);
    let t0 = bench.sap_ask(MsgId::SET_TRANSFER_PROTOCOL, &protocol(protocol_request::Protocol::T0));
    assert_eq!(t0.result(), protocol_response::Result::Ok);
}

#[test]
fn a_card_that_is_pulled_out_is_told_of() {
    let mut bench = Bench::in_session("");
    assert_eq!(bench.console("sim remove"), "OK\n");
    assert_eq!(bench.changes(), [Change::CardRemoved]);
    assert_eq!(bench.card_says("a0a40000023f00").result(), apdu_response::Result::Absent);
    bench.console("sim insert");
    assert_eq!(bench.changes(), [Change::CardInserted]);
    assert_eq!(bench.apdu("a0a40000023f00"), "9f16");
    assert!(!bench.is_registered(), "the card is the client's still");
}

#[test]
fn the_modem_asks_for_its_card_or_takes_it() {
    let mut bench = Bench::in_session("");
    let kinds = |bench: &mut Bench| {
        let told = bench.sap_told().into_iter().filter(|(id, _)| *id == MsgId::DISCONNECT);
        told.map(|(_, payload)| read::<DisconnectIndication>(&payload).unwrap().r#type()).collect::<Vec<_>>()
    };
    assert_eq!(bench.console("sim reclaim"), "OK\n");
    assert_eq!(kinds(&mut bench), [disconnect_indication::Type::Graceful]);
    assert_eq!(bench.apdu("a0a40000023f00"), "9f16", "it has time");
    assert_eq!(bench.console("sim reclaim now"), "OK\n");
    assert_eq!(kinds(&mut bench), [disconnect_indication::Type::Immediate]);
    bench.advance(10);
    assert!(bench.is_registered());
    assert!(bench.console("sim reclaim").starts_with("KO: nobody"));
    assert!(bench.console("sim reclaim later").starts_with("KO: usage"));
}

#[test]
fn a_modem_that_crashes_has_its_card_back() {
    let mut bench = Bench::in_session("");
    bench.console("radio crash");
    assert!(bench.sap_told().iter().any(|(id, _)| *id == MsgId::DISCONNECT));
    assert_eq!(bench.errno(MsgId::RESET_SIM, &ResetRequest {}), Errno::GENERIC_FAILURE);
}

#[test]
fn what_is_no_request_is_refused() {
    let mut bench = Bench::in_session("");
    for id in [MsgId::STATUS, MsgId(0), MsgId(99)] {
        assert_eq!(bench.sap(id, &[]), (Errno::REQUEST_NOT_SUPPORTED, Vec::new()));
    }
    assert_eq!(bench.errno(MsgId::APDU, &ApduRequest { form: Some(0), command: None }), Errno(5));
    let card: CardStatus = bench.get(R::GET_SIM_STATUS, &());
    assert_eq!(card.card_state, CardState::PRESENT, "the host sees the card all the same");
}
