//! The process of an isolated library is killed while phones are in the middle of something. The modem of
//! `libawkward.so` remembers its calls, data calls and messages in a file (`-m`), so it goes on as a real one does;
//! `forget` is what happens to it while no library looks. What a phone has of the modem afterwards is what the modem
//! has, and the other phone hears of none of it.

use ril_protocol::payload::call::{Call, CallState, Dial};
use ril_protocol::payload::data::DataCallList;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Ints, Raw, Strings, Text};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, Heard, Peer, decode, encode, is_radio, raw};
use rild_proxy_tests::root::Root;
use rild_proxy_tests::vendor::{self, Fifo};
use tempfile::TempDir;

/// An SMS-DELIVER with its service centre: "hellohello" from +15550123.
const MESSAGE: &str = "00040891515510320000001111111111110AE8329BFD4697D9EC37";

const NUMBER: &str = "5550100";
const EMERGENCY: &str = "112";

/// A daemon on an isolated library whose modem goes on, and both of its phones.
struct Scene {
    root: Root,
    first: Peer,
    second: Peer,
    /// What would end a request that blocks; here that is a kill.
    _fifo: Fifo,
    _folder: TempDir,
}

impl Scene {
    fn set() -> Self {
        let (fifo, folder) = (Fifo::make(), tempfile::tempdir().expect("a temporary folder can be made"));
        let memory = folder.path().join("modem");
        let args = ["-k", "1", "-u", fifo.path(), "-m", memory.to_str().expect("a plain name")];
        let library = vendor::awkward();
        let root = Root::start(&format!(
            "[modem]\nlibrary = '{}'\nisolate = true\nargs = {args:?}\n\
             [[phone]]\nname = 'first'\nprivileged = true\n[[phone]]\nname = 'second'\n",
            library.display()
        ));
        let (first, second) = (root.client("first"), root.client("second"));
        Self { root, first, second, _fifo: fifo, _folder: folder }
    }

    fn command(&mut self, command: &str) {
        let answer = self.first.ask(RequestCode::OEM_HOOK_RAW, &raw(command));
        assert_eq!(answer, (Errno::SUCCESS, raw(command)), "{command}");
    }

    /// Leaves a request of each phone unanswered, and kills the process of the library: both phones are told so, see
    /// the radio go and come back, and are not cut off.
    fn kill_library(&mut self) {
        for phone in ["first", "second"] {
            self.command("never");
            self.phone(phone).send(ALWAYS_AT_MODEM, 1, &[]);
            self.phone(phone).expect_service();
        }
        self.root.kill_library();
        for phone in ["first", "second"] {
            assert_eq!(self.phone(phone).answer(1), (Errno::RADIO_NOT_AVAILABLE, vec![]));
        }
        self.modem_comes_back();
    }

    fn modem_comes_back(&mut self) {
        for phone in [&mut self.first, &mut self.second] {
            phone.wait(is_radio(RadioState::UNAVAILABLE));
            phone.news(UnsolCode::RIL_CONNECTED);
            phone.wait(is_radio(RadioState::ON));
        }
    }

    fn phone(&mut self, name: &str) -> &mut Peer {
        if name == "first" { &mut self.first } else { &mut self.second }
    }

    /// The codes of the requests that this process of the library has had.
    fn seen(&mut self) -> Vec<i32> {
        let (errno, answer) = self.first.ask(RequestCode::OEM_HOOK_RAW, &raw("seen"));
        assert_eq!(errno, Errno::SUCCESS);
        let codes = decode::<Raw>(&answer).0.unwrap_or_default();
        let codes = String::from_utf8(codes).expect("it is ASCII");
        codes.split_whitespace().map(|code| code.parse().expect("a number")).collect()
    }

    /// Waits until the library has had this request.
    fn library_has_had(&mut self, code: RequestCode) {
        let mut tries = 0..10_000;
        assert!(tries.any(|_| self.seen().contains(&code.0)), "{code} does not come");
    }

    /// The phones are served, and had no answer that they did not ask for.
    fn is_well(&mut self) {
        self.first.expect_no_more_replies();
        self.second.expect_no_more_replies();
    }
}

/// Nothing like this has come that was not taken.
#[track_caller]
fn has_not_heard(phone: &mut Peer, unwanted: &[UnsolCode]) {
    phone.expect_no_more_replies();
    let heard = |heard: &&Heard| matches!(heard, Heard::News { code, .. } if unwanted.contains(code));
    assert_eq!(phone.heard().iter().find(heard), None);
}

const OF_CALLS: [UnsolCode; 2] = [UnsolCode::RESPONSE_CALL_STATE_CHANGED, UnsolCode::CALL_RING];

fn dial(address: &str) -> Vec<u8> {
    encode(&Dial { address: Some(address.to_owned()), ..Dial::default() })
}

/// Index, number and state of each call that the phone has.
fn calls(phone: &mut Peer) -> Vec<(i32, String, CallState)> {
    let (errno, list) = phone.ask(RequestCode::GET_CURRENT_CALLS, &[]);
    assert_eq!(errno, Errno::SUCCESS);
    let calls = decode::<Vec<Call>>(&list).into_iter();
    calls.map(|call| (call.index, call.number.unwrap_or_default(), call.state)).collect()
}

/// The phone dials, and waits until the other side has answered.
fn in_call(phone: &mut Peer, number: &str) -> Vec<(i32, String, CallState)> {
    assert_eq!(phone.ask(RequestCode::DIAL, &dial(number)).0, Errno::SUCCESS);
    loop {
        phone.news(UnsolCode::RESPONSE_CALL_STATE_CHANGED);
        let calls = calls(phone);
        if let [(_, _, CallState::ACTIVE)] = calls[..] {
            return calls;
        }
    }
}

/// A call that goes on at the modem is its owner's afterwards, under its index, and nobody else's.
fn call_goes_on(owner: &str, other: &str, number: &str) {
    let mut scene = Scene::set();
    let before = in_call(scene.phone(owner), number);
    scene.kill_library();
    scene.phone(owner).news(UnsolCode::RESPONSE_CALL_STATE_CHANGED);
    assert_eq!(calls(scene.phone(owner)), before);
    assert_eq!(calls(scene.phone(other)), []);
    has_not_heard(scene.phone(other), &OF_CALLS);
    assert_eq!(scene.phone(owner).ask(RequestCode::HANGUP, &encode::<Ints>(&vec![before[0].0])).0, Errno::SUCCESS);
    assert_eq!(calls(scene.phone(owner)), []);
    scene.is_well();
}

#[test]
fn a_call_that_goes_on_is_its_owners_still() {
    call_goes_on("first", "second", NUMBER);
}

#[test]
fn an_emergency_call_that_goes_on_is_its_owners_still() {
    call_goes_on("second", "first", EMERGENCY);
}

#[test]
fn a_call_that_ended_meanwhile_ends_for_its_owner_alone() {
    let mut scene = Scene::set();
    in_call(&mut scene.first, NUMBER);
    scene.command("forget");
    scene.kill_library();
    scene.first.news(UnsolCode::RESPONSE_CALL_STATE_CHANGED);
    assert_eq!(calls(&mut scene.first), []);
    has_not_heard(&mut scene.second, &OF_CALLS);
    // It holds nothing up.
    in_call(&mut scene.first, NUMBER);
    scene.is_well();
}

#[test]
fn an_emergency_call_that_the_library_had_not_begun_is_dialled_by_the_next() {
    let mut scene = Scene::set();
    scene.command("block");
    scene.second.send(RequestCode::DIAL, 7, &dial(EMERGENCY));
    assert_eq!(scene.first.news(UnsolCode::OEM_HOOK_RAW), raw("blocked"));
    scene.root.kill_library();
    scene.modem_comes_back();
    assert_eq!(scene.second.answer(7), (Errno::SUCCESS, vec![]));
    let [(_, number, _)] = &calls(&mut scene.second)[..] else { panic!("not one call") };
    assert_eq!(number, EMERGENCY);
    let had: Vec<i32> = scene.seen().into_iter().filter(|code| *code == RequestCode::DIAL.0).collect();
    assert_eq!(had.len(), 1);
    has_not_heard(&mut scene.first, &OF_CALLS);
    scene.is_well();
}

#[test]
fn an_emergency_call_that_goes_on_is_not_dialled_again() {
    let mut scene = Scene::set();
    scene.command("never");
    scene.second.send(RequestCode::DIAL, 7, &dial(EMERGENCY));
    // The modem has it in its list before it has answered.
    scene.second.news(UnsolCode::RESPONSE_CALL_STATE_CHANGED);
    scene.root.kill_library();
    scene.modem_comes_back();
    assert_eq!(scene.second.answer(7), (Errno::SUCCESS, vec![]));
    let [(_, number, _)] = &calls(&mut scene.second)[..] else { panic!("not one call") };
    assert_eq!(number, EMERGENCY);
    assert!(!scene.seen().contains(&RequestCode::DIAL.0));
    has_not_heard(&mut scene.first, &OF_CALLS);
    scene.is_well();
}

#[test]
fn a_data_call_is_gone_for_its_holders_and_at_the_modem_it_is_given_again_or_closed() {
    let mut scene = Scene::set();
    let wanted = ["14", "0", "internet", "", "", "0", "IP"].map(|text| Some(text.to_owned()));
    let set_up = encode::<Strings>(&wanted.to_vec());
    let list = |payload: &[u8]| decode::<DataCallList>(payload).calls.len();
    for phone in [&mut scene.first, &mut scene.second] {
        let (errno, answer) = phone.ask(RequestCode::SETUP_DATA_CALL, &set_up);
        assert_eq!((errno, list(&answer)), (Errno::SUCCESS, 1));
    }
    scene.kill_library();
    for phone in [&mut scene.first, &mut scene.second] {
        while list(&phone.news(UnsolCode::DATA_CALL_LIST_CHANGED)) > 0 {}
        let (errno, answer) = phone.ask(RequestCode::DATA_CALL_LIST, &[]);
        assert_eq!((errno, list(&answer)), (Errno::SUCCESS, 0));
    }
    let (errno, answer) = scene.second.ask(RequestCode::SETUP_DATA_CALL, &set_up);
    assert_eq!((errno, list(&answer)), (Errno::SUCCESS, 1));
    // It has the one that the modem has still; on a slow machine that was closed before it asked.
    let had = scene.seen();
    let times = |code: RequestCode| had.iter().filter(|had| **had == code.0).count();
    assert_eq!(times(RequestCode::SETUP_DATA_CALL), times(RequestCode::DEACTIVATE_DATA_CALL));
    scene.is_well();
}

#[test]
fn a_message_whose_acknowledgement_is_lost_is_delivered_once() {
    let mut scene = Scene::set();
    scene.command("block");
    scene.command(&format!("sms {MESSAGE}"));
    assert_eq!(decode::<Text>(&scene.first.news(UnsolCode::RESPONSE_NEW_SMS)).as_deref(), Some(MESSAGE));
    // The daemon has stored it and says so to the modem, which never hears of it and sends it again.
    assert_eq!(scene.first.news(UnsolCode::OEM_HOOK_RAW), raw("blocked"));
    let taken = encode::<Ints>(&vec![1, 0]);
    assert_eq!(scene.first.ask(RequestCode::SMS_ACKNOWLEDGE, &taken).0, Errno::SUCCESS);
    scene.root.kill_library();
    scene.modem_comes_back();
    scene.library_has_had(RequestCode::SMS_ACKNOWLEDGE);
    for phone in [&mut scene.first, &mut scene.second] {
        has_not_heard(phone, &[UnsolCode::RESPONSE_NEW_SMS]);
    }
    // What is sent later is another message.
    scene.command(&format!("sms {}", MESSAGE.replace("1111111111", "2111111111")));
    scene.first.news(UnsolCode::RESPONSE_NEW_SMS);
    scene.is_well();
}
