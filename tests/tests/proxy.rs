//! The proxy RilD of a phone between a client that comes and goes and the real root daemon with the simulated modem.

use ril_protocol::payload::Ints;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy::control::ListPhones;
use rild_proxy::control::client::ControlClient;
use rild_proxy::control::reply::Answer;
use rild_proxy::control::request::Ask;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{Heard, encode};
use rild_proxy_tests::root::{Proxy, Root};
use tempfile::TempDir;

/// Root, its modem, and a proxy RilD for the one phone.
struct Scene {
    proxy: Proxy,
    modem: Console,
    root: Root,
    /// Goes last: the modem's socket is in here.
    _folder: TempDir,
}

impl Scene {
    fn set() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let console = folder.path().join("modem.sock");
        let root = Root::start(&format!(
            "[modem]\nlibrary = 'libril-sim.so'\nargs = ['--control', '{}', '--radio', 'on']\n\
             [[phone]]\nname = 'phone'\n",
            console.display()
        ));
        let proxy = Proxy::start(&root, "phone");
        Self { proxy, modem: Console::connect(&console), root, _folder: folder }
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
