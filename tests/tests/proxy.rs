//! The proxy RilD of a phone between a client that comes and goes and the real root daemon with the simulated modem.

use ril_protocol::payload::call::{Call, CallState, Dial, SuppSvcNotification};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Ints, Strings};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy::control::ListPhones;
use rild_proxy::control::client::ControlClient;
use rild_proxy::control::reply::Answer;
use rild_proxy::control::request::Ask;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{Heard, Peer, decode, encode};
use rild_proxy_tests::root::{Proxy, Root};
use tempfile::TempDir;

/// Root, its modem, and a proxy RilD for the one phone.
struct Scene {
    proxy: Proxy,
    modem: Console,
    root: Root,
    /// Goes last: the modem's socket is in here.
    folder: TempDir,
}

impl Scene {
    fn set() -> Self {
        Self::of("on", "")
    }

    /// With the radio so at the start, and more phones.
    fn of(radio: &str, phones: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let console = folder.path().join("modem.sock");
        let root = Root::start(&format!(
            "[modem]\nlibrary = 'libril-sim.so'\nargs = ['--control', '{}', '--radio', '{radio}']\n\
             [[phone]]\nname = 'phone'\n{phones}",
            console.display()
        ));
        let proxy = Proxy::start(&root, "phone");
        Self { proxy, modem: Console::connect(&console), root, folder }
    }

    fn kill_root(&mut self) {
        self.root.kill();
    }

    /// Root begins anew, and the library with it.
    fn start_root(&mut self) {
        self.root.start_again();
        self.modem = Console::connect(&self.folder.path().join("modem.sock"));
    }

    /// Whether root says that the phone has a client.
    fn is_connected(&self) -> bool {
        let mut control = ControlClient::connect(&self.root.path("control.sock")).expect("root has a control socket");
        match control.ask(Ask::Phones(ListPhones {})).expect("root answers") {
            Answer::Phones(list) => list.phones[0].connected,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn root_knows_whether_anybody_is_there() {
    let scene = Scene::set();
    assert!(!scene.is_connected());
    let mut client = scene.proxy.client();
    client.expect_service();
    assert!(scene.is_connected());
    drop(client);
    scene.root.log().wait_for(&["client disconnected"]);
    assert!(!scene.is_connected());
    let _next = scene.proxy.client();
    assert!(scene.is_connected());
}

#[test]
fn a_message_is_handed_to_one_client_after_the_other_until_one_acknowledges_it() {
    let mut scene = Scene::set();
    let mut client = scene.proxy.client();
    scene.modem.run("sms send 5550123 first");
    let first = client.news(UnsolCode::RESPONSE_NEW_SMS);
    drop(client);
    let mut client = scene.proxy.client();
    assert_eq!(client.news(UnsolCode::RESPONSE_NEW_SMS), first);
    let taken = encode::<Ints>(&vec![1, 0]);
    assert_eq!(client.ask(RequestCode::SMS_ACKNOWLEDGE, &taken).0, Errno::SUCCESS);
    drop(client);
    let mut client = scene.proxy.client();
    scene.modem.run("sms send 5550123 second");
    assert_ne!(client.news(UnsolCode::RESPONSE_NEW_SMS), first);
    client.expect_service();
    let is_message = |heard: &Heard| matches!(heard, Heard::News { code: UnsolCode::RESPONSE_NEW_SMS, .. });
    assert!(!client.heard().iter().any(is_message));
}

/// Waits until the client is told that its radio is so; no other state than being away is told before.
fn expect_radio(client: &mut Peer, wanted: RadioState) {
    loop {
        let state = decode::<RadioState>(&client.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED));
        if state == wanted {
            return;
        }
        assert_eq!(state, RadioState::UNAVAILABLE);
    }
}

fn wants(client: &mut Peer, code: RequestCode, ints: &Ints) {
    assert_eq!(client.ask(code, &encode::<Ints>(ints)).0, Errno::SUCCESS, "{code}");
}

/// The library begins anew with root, and its radio is off then. The client says nothing a second time.
#[test]
fn what_a_client_wants_outlives_root() {
    let mut scene = Scene::of("off", "");
    let mut client = scene.proxy.client();
    wants(&mut client, RequestCode::RADIO_POWER, &vec![1]);
    expect_radio(&mut client, RadioState::ON);
    wants(&mut client, RequestCode::SET_SUPP_SVC_NOTIFICATION, &vec![1]);
    assert_eq!(client.ask(RequestCode::REPORT_STK_SERVICE_IS_RUNNING, &[]).0, Errno::SUCCESS);
    scene.kill_root();
    expect_radio(&mut client, RadioState::UNAVAILABLE);
    scene.start_root();
    expect_radio(&mut client, RadioState::OFF);
    expect_radio(&mut client, RadioState::ON);
    let dial = Dial { address: Some("5550123".to_owned()), ..Dial::default() };
    client.ask_until(RequestCode::DIAL, &encode(&dial), |errno, _| errno == Errno::SUCCESS);
    let active =
        |_: Errno, calls: &[u8]| decode::<Vec<Call>>(calls).first().is_some_and(|call| call.state == CallState::ACTIVE);
    client.ask_until(RequestCode::GET_CURRENT_CALLS, &[], active);
    scene.modem.run("remote hold #1");
    let held = decode::<SuppSvcNotification>(&client.news(UnsolCode::SUPP_SVC_NOTIFICATION));
    assert_eq!((held.notification_type, held.code), (1, 2));
    scene.modem.run("stk text hello");
    client.news(UnsolCode::STK_PROACTIVE_COMMAND);
}

#[test]
fn airplane_mode_outlives_root() {
    let mut scene = Scene::of("on", "[[phone]]\nname = 'other'\n");
    let mut client = scene.proxy.client();
    let mut other = scene.root.client("other");
    wants(&mut other, RequestCode::RADIO_POWER, &vec![1]);
    wants(&mut client, RequestCode::RADIO_POWER, &vec![0]);
    expect_radio(&mut client, RadioState::OFF);
    for _ in 0..3 {
        scene.kill_root();
        expect_radio(&mut client, RadioState::UNAVAILABLE);
        scene.start_root();
        let mut other = scene.root.client("other");
        wants(&mut other, RequestCode::RADIO_POWER, &vec![1]);
        expect_radio(&mut client, RadioState::OFF);
        client.expect_service();
        assert_eq!(client.ask(RequestCode::QUERY_AVAILABLE_NETWORKS, &[]).0, Errno::RADIO_NOT_AVAILABLE);
        let is_radio =
            |heard: &Heard| matches!(heard, Heard::News { code: UnsolCode::RESPONSE_RADIO_STATE_CHANGED, .. });
        assert!(!client.heard().iter().any(is_radio), "its radio is off: {:?}", client.heard());
        let registered = |_: Errno, state: &[u8]| {
            decode::<Strings>(state).first().is_some_and(|state| state.as_deref() == Some("1"))
        };
        other.ask_until(RequestCode::VOICE_REGISTRATION_STATE, &[], registered);
    }
}
