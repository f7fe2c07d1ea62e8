//! The SIM Access Profile of the root daemon, by all the ways to a modem: sessions with the simulated card, a library
//! that does what it should not, clients that do.

use std::path::Path;

use ril_protocol::payload::sim::CardStatus;
use ril_protocol::{Errno, RequestCode};
use ril_sap::connect_response::Status;
use ril_sap::status_indication::Change;
use ril_sap::{
    ApduResponse, Ask, DisconnectIndication, Error, Header, MsgId, StatusIndication, disconnect_indication, read,
};
use rild_proxy::control::client::ControlClient;
use rild_proxy::control::reply::Answer;
use rild_proxy::control::request;
use rild_proxy::control::{GetStatus, SimAccess, sim_access};
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, Peer, decode};
use rild_proxy_tests::root::Root;
use rild_proxy_tests::sap::{SapPeer, apdu};
use rild_proxy_tests::vendor;

/// SELECT of EF_ICCID, and READ BINARY of it.
const SELECT_ICCID: [u8; 7] = [0xa0, 0xa4, 0, 0, 2, 0x2f, 0xe2];
const READ_ICCID: [u8; 5] = [0xa0, 0xb0, 0, 0, 10];
/// What the simulated card has there, and that it is done.
const ICCID: [u8; 12] = [0x98, 0x00, 0x01, 0x11, 0x32, 0x54, 0x76, 0x98, 0x10, 0x82, 0x90, 0x00];
/// What libawkward.so answers to a command.
const DONE: [u8; 2] = [0x90, 0x00];

const PHONES: &str = "[[phone]]\nname = 'first'\nprivileged = true\nsap = true\n[[phone]]\nname = 'second'\n";

/// Two phones, of which the first has the profile, on a simulated modem.
fn simulated(keys: &str) -> Root {
    Root::start(&format!("[modem]\nargs = ['--radio', 'on']\n{keys}{PHONES}"))
}

/// The same on libawkward.so.
fn awkward(keys: &str) -> Root {
    let library = vendor::awkward();
    Root::start(&format!("[modem]\nlibrary = '{}'\nargs = ['-k', '1']\n{keys}{PHONES}", library.display()))
}

/// A root whose modem is another root, as it could be a rild.
fn above(below: &Root) -> Root {
    let (socket, sap) = (below.socket("first"), sap_socket(below));
    let sockets = format!("socket = '{}'\nsap_socket = '{}'\n", socket.display(), sap.display());
    let root = Root::start(&format!("[modem]\n{sockets}{PHONES}"));
    root.log().wait_for(&["the socket for the SIM Access Profile is connected to"]);
    root
}

fn sap_socket(root: &Root) -> std::path::PathBuf {
    root.path("phones/first.sap.sock")
}

fn client(root: &Root) -> SapPeer {
    SapPeer::connect(&sap_socket(root))
}

fn access(root: &Root) -> SimAccess {
    let mut control = ControlClient::connect(&root.path("control.sock")).unwrap();
    match control.ask(request::Ask::Status(GetStatus {})).unwrap() {
        Answer::Status(status) => status.sim_access.unwrap(),
        other => panic!("{other:?}"),
    }
}

/// A whole session, and that the phones live on.
fn a_session_goes_well(root: &Root) {
    let mut car = client(root);
    assert_eq!(car.open(), Status::Ok);
    assert_eq!(access(root).session(), sim_access::Session::Open);
    let reset = car.news();
    assert_eq!(read::<StatusIndication>(reset.payload()).unwrap().change(), Change::CardReset);
    assert_eq!(car.answered(&SELECT_ICCID), [0x9f, 0x0f]);
    assert_eq!(car.answered(&READ_ICCID), ICCID);
    car.close();
    let view = access(root);
    assert_eq!((view.session(), view.client, view.sessions), (sim_access::Session::Closed, true, 1));
    let mut phone = root.client("second");
    let (errno, card) = phone.ask(RequestCode::GET_SIM_STATUS, &[]);
    assert_eq!((errno, decode::<CardStatus>(&card).applications.len()), (Errno::SUCCESS, 1));
}

#[test]
fn a_session_by_a_library_in_the_daemon() {
    a_session_goes_well(&simulated(""));
}

#[test]
fn a_session_by_an_isolated_library() {
    a_session_goes_well(&simulated("isolate = true\n"));
}

#[test]
fn a_session_by_a_rild() {
    let below = simulated("");
    a_session_goes_well(&above(&below));
}

#[test]
fn a_session_by_a_library_with_socket_ids() {
    let root = Root::start(&format!(
        "[modem]\nlibrary = '{}'\nmulti_sim = true\nargs = ['-k', '1']\n{PHONES}",
        vendor::awkward_multi_sim().display()
    ));
    let mut car = client(&root);
    assert_eq!((car.open(), car.answered(b"anything")), (Status::Ok, DONE.to_vec()));
}

#[test]
fn each_sim_has_a_session_of_its_own() {
    let read_iccid = |car: &mut SapPeer| {
        car.answered(&SELECT_ICCID);
        car.answered(&READ_ICCID)
    };
    for keys in ["", "isolate = true\n"] {
        let modem = "[modem]\nsims = 2\nargs = ['--radio', 'on', '--sims', '2']\n";
        let root = Root::start(&format!("{modem}{keys}{PHONES}"));
        let mut first = client(&root);
        let mut second = SapPeer::connect(&root.path("sim2/phones/first.sap.sock"));
        assert_eq!((first.open(), second.open()), (Status::Ok, Status::Ok));
        assert_eq!(read_iccid(&mut first), ICCID);
        let other = read_iccid(&mut second);
        assert_ne!(other, ICCID);
        first.close();
        assert_eq!(read_iccid(&mut second), other, "the end of one is not that of the other");
    }
}

#[test]
fn a_client_that_is_gone_leaves_the_sim_to_the_modem() {
    for root in [simulated(""), simulated("isolate = true\n")] {
        for _ in 0..3 {
            let mut car = client(&root);
            // The simulated modem refuses to give away what it has not back.
            assert_eq!(car.open(), Status::Ok);
            car.send(&Header::request(99, MsgId::APDU, apdu(&SELECT_ICCID)));
        }
        assert_eq!(access(&root).sessions, 3);
    }
}

#[test]
fn a_second_client_waits_for_the_end_of_the_first() {
    let root = simulated("");
    let (mut first, mut second) = (client(&root), client(&root));
    assert_eq!(first.open(), Status::Ok);
    second.send(&Header::request(7, MsgId::TRANSFER_ATR, Vec::new()));
    assert_eq!(first.answered(&SELECT_ICCID), [0x9f, 0x0f]);
    drop(first);
    let refused = second.answer(7);
    assert_eq!(refused.error(), Error::GenericFailure, "it has no session of its own");
    assert!(second.told().is_empty(), "and hears nothing of the other's");
}

#[test]
fn a_client_that_hangs_up_while_it_waits_is_not_given_the_sim() {
    let root = simulated("");
    let (mut first, mut second) = (client(&root), client(&root));
    assert_eq!(first.open(), Status::Ok);
    second.send(&Header::request(7, MsgId::CONNECT, vec![8, 0xac, 2]));
    drop(second);
    drop(first);
    assert_eq!(client(&root).open(), Status::Ok);
    assert_eq!(access(&root).sessions, 2, "of the first and the third");
}

#[test]
fn a_daemon_that_stops_takes_its_client_s_session_with_it() {
    for keys in ["", "isolate = true\n"] {
        let mut root = awkward(keys);
        let mut car = client(&root);
        assert_eq!(car.open(), Status::Ok);
        root.terminate();
        assert!(root.wait().success());
        root.log().wait_for(&["the SIM is the modem's again: it has taken it back"]);
    }
}

#[test]
fn a_card_that_is_pulled_out_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let control = folder.path().join("modem");
    let root =
        Root::start(&format!("[modem]\nargs = ['--radio', 'on', '--control', '{}']\n{PHONES}", control.display()));
    let mut car = client(&root);
    car.open();
    car.news();
    Console::connect(&control).run("sim remove");
    assert_eq!(read::<StatusIndication>(car.news().payload()).unwrap().change(), Change::CardRemoved);
    let answer = read::<ApduResponse>(car.command(&SELECT_ICCID).payload()).unwrap();
    assert_eq!(answer.result(), ril_sap::apdu_response::Result::Absent);
}

#[test]
fn a_library_that_answers_as_it_should_not_confuses_nobody() {
    for keys in ["", "isolate = true\n"] {
        let root = awkward(keys);
        let mut phone = root.client("second");
        let mut car = client(&root);
        assert_eq!(car.open(), Status::Ok);
        for word in ["double", "invent", "door"] {
            assert_eq!(car.answered(word.as_bytes()), DONE, "{word}");
            assert_eq!(car.answered(b"anything"), DONE, "after {word}");
        }
        for word in ["null", "empty", "garbage", "long"] {
            let answer = car.command(word.as_bytes());
            assert_eq!(answer.error(), Error::GenericFailure, "{word}");
            let refusal: ApduResponse = read(answer.payload()).unwrap();
            assert_eq!((refusal.result(), refusal.response), (ril_sap::apdu_response::Result::Failure, None));
        }
        assert_eq!(car.answered(b"removed"), DONE);
        assert_eq!(read::<StatusIndication>(car.news().payload()).unwrap().change(), Change::CardRemoved);
        assert_eq!(car.answered(b"nonsense"), DONE);
        assert_eq!(car.told(), [], "what is no message is told to nobody");
        assert_eq!(phone.ask(ALWAYS_AT_MODEM, &[]).0, Errno::SUCCESS);
        phone.expect_no_more_replies();
    }
}

#[test]
fn a_library_may_look_at_a_command_until_it_has_answered() {
    let root = awkward("");
    let mut car = client(&root);
    car.open();
    let answer = car.command(b"kept");
    assert_eq!(answer.error(), Error::Success);
}

#[test]
fn a_modem_that_takes_its_sim_back_ends_the_session() {
    let root = awkward("");
    let mut car = client(&root);
    car.open();
    assert_eq!(car.answered(b"taken"), DONE);
    let told: DisconnectIndication = read(car.news().payload()).unwrap();
    assert_eq!(told.r#type(), disconnect_indication::Type::Immediate);
    assert_eq!(car.command(b"anything").error(), Error::GenericFailure);
    assert_eq!(car.open(), Status::Ok);
}

#[test]
fn a_library_that_dies_of_a_command_ends_the_session_and_nothing_else() {
    let root = awkward("isolate = true\n");
    let mut phone = root.client("second");
    let mut car = client(&root);
    car.open();
    let answer = car.command(b"segv");
    assert_eq!(answer.error(), Error::RadioNotAvailable);
    let told: DisconnectIndication = read(car.news().payload()).unwrap();
    assert_eq!(told.r#type(), disconnect_indication::Type::Immediate);
    root.log().wait_for(&["onRequest of the SIM Access Profile for message 3"]);
    come_back(&mut phone);
    assert_eq!((car.open(), car.answered(b"anything")), (Status::Ok, DONE.to_vec()));
}

#[test]
fn a_library_that_dies_of_the_end_of_a_session_lets_the_next_client_in() {
    let root = awkward("isolate = true\n");
    let mut phone = root.client("second");
    let mut car = client(&root);
    car.open();
    assert_eq!(car.answered(b"die-later"), DONE);
    drop(car);
    come_back(&mut phone);
    let mut next = client(&root);
    assert_eq!((next.open(), next.answered(b"anything")), (Status::Ok, DONE.to_vec()));
}

/// Waits until the phone has seen the modem go and come back.
fn come_back(phone: &mut Peer) {
    phone.news(ril_protocol::UnsolCode::RIL_CONNECTED);
}

#[test]
fn a_rild_that_goes_and_comes_back_has_no_session_left() {
    let mut below = simulated("");
    let root = above(&below);
    let mut car = client(&root);
    assert_eq!(car.open(), Status::Ok);
    car.news();
    below.kill();
    let told: DisconnectIndication = read(car.news().payload()).unwrap();
    assert_eq!(told.r#type(), disconnect_indication::Type::Immediate);
    assert_eq!(car.open(), Status::Failure);
    assert_eq!(access(&root).modem(), sim_access::Modem::Down);
    below.start_again();
    let mut tries = 0..100_000;
    assert!(tries.any(|_| access(&root).modem() == sim_access::Modem::Up), "it is connected to again");
    assert_eq!(car.open(), Status::Ok);
}

#[test]
fn a_library_without_the_profile_says_so() {
    let library = vendor::dialect();
    let root = Root::start(&format!("[modem]\nlibrary = '{}'\n{PHONES}", library.display()));
    root.log().wait_for(&["no symbol RIL_SAP_Init"]);
    let mut car = client(&root);
    let answer = car.ask(MsgId::RESET_SIM, Vec::new());
    assert_eq!(answer.error(), Error::RequestNotSupported);
    assert_eq!(car.open(), Status::Failure);
    assert_eq!(access(&root).modem(), sim_access::Modem::Without);
}

/// Whatever a client says, it is hung up on, the SIM is the modem's, and the next one is served.
#[test]
fn a_client_that_says_what_is_no_request_is_hung_up_on() {
    let root = simulated("");
    let mut said = Vec::new();
    Header::response(1, MsgId::CONNECT, 0, vec![8, 0]).put(&mut said);
    let huge = [&u32::MAX.to_be_bytes()[..], &[0; 100]].concat();
    for words in [&said[..], &huge, &[0, 0, 0, 3, 0xff, 0xff, 0xff], &[0, 0, 0, 0]] {
        let mut car = client(&root);
        assert_eq!(car.open(), Status::Ok);
        car.news();
        car.say(words);
        car.expect_end();
    }
    a_session_of_the_next_client(&root, 4);
}

fn a_session_of_the_next_client(root: &Root, before: u64) {
    let mut car = client(root);
    assert_eq!(car.open(), Status::Ok);
    assert_eq!(access(root).sessions, before + 1);
    let mut phone = root.client("first");
    assert_eq!(phone.ask(RequestCode::GET_IMEI, &[]).0, Errno::SUCCESS);
}

#[test]
fn a_client_that_reads_nothing_is_hung_up_on() {
    let root = simulated("");
    let mut car = client(&root);
    let mut refused = Vec::new();
    // A number that is long as it goes over the socket.
    Header::request(1, MsgId(-1), Vec::new()).put(&mut refused);
    // The refusals wait for whoever reads them.
    let many = refused.repeat(1000);
    while car.say(&many) {}
    root.log().wait_for(&["client of the SIM Access Profile disconnected", "it does not read what it is sent"]);
    a_session_of_the_next_client(&root, 0);
}

#[test]
fn a_client_of_another_user_is_turned_away() {
    let other = nix::unistd::getuid().as_raw() + 1;
    let root = Root::start(&format!("[[phone]]\nname = 'first'\nsap = true\nsap_uid = {other}\n"));
    client(&root).expect_end();
    assert!(!access(&root).client);
}

#[test]
fn a_phone_that_has_it_not_has_no_socket_for_it() {
    let root = simulated("");
    let socket = root.path("phones/second.sap.sock");
    assert!(sap_socket(&root).exists() && !socket.exists());
    let mode = std::os::unix::fs::PermissionsExt::mode(&Path::metadata(&sap_socket(&root)).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

/// A request of each kind, and that what was asked for is what was refused.
#[test]
fn every_request_is_refused_in_its_own_words_where_there_is_no_session() {
    fn refused<A: Ask>(car: &mut SapPeer, id: MsgId, request: &A) {
        let answer = car.ask(id, ril_sap::bytes(request));
        assert_eq!(answer.error(), Error::GenericFailure, "{id}");
        assert_eq!(answer.payload(), ril_sap::bytes(&request.refusal()), "{id}");
    }
    let root = simulated("");
    let mut car = client(&root);
    refused(&mut car, MsgId::APDU, &ril_sap::ApduRequest { form: Some(1), command: Some(vec![1]) });
    refused(&mut car, MsgId::TRANSFER_ATR, &ril_sap::AtrRequest {});
    refused(&mut car, MsgId::POWER, &ril_sap::PowerRequest { on: Some(true) });
    refused(&mut car, MsgId::RESET_SIM, &ril_sap::ResetRequest {});
    refused(&mut car, MsgId::TRANSFER_CARD_READER_STATUS, &ril_sap::CardReaderStatusRequest {});
    refused(&mut car, MsgId::SET_TRANSFER_PROTOCOL, &ril_sap::ProtocolRequest { protocol: Some(0) });
    assert_eq!(access(&root).refused, 6);
}
