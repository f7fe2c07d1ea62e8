//! The stack twice: a root daemon whose vendor library is `librilproxy.so`, so that its modem is a phone of another
//! root daemon, which has the simulated modem. Its client is oFono, or one that is ours.

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::binaries::librilproxy;
use rild_proxy_tests::dbus::text;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::ofono::{OFono, RADIO_USER};
use rild_proxy_tests::peer::{Peer, decode};
use rild_proxy_tests::root::Root;
use tempfile::TempDir;

const SOMEBODY: &str = "+15550100123";

/// Two roots, one on the other.
struct Stack {
    upper: Root,
    lower: Root,
    modem: Console,
    /// Goes last: the modem's socket and oFono's folders are in here.
    folder: TempDir,
}

impl Stack {
    /// `phone` is more of the upper root's `[[phone]]` table.
    fn start(phone: impl FnOnce(&TempDir) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let console = folder.path().join("modem.sock");
        let lower = Root::start(&format!(
            "[modem]\nlibrary = 'libril-sim.so'\nargs = ['--control', '{}', '--radio', 'on']\n\
             [[phone]]\nname = 'guest'\nprivileged = true\n",
            console.display()
        ));
        let upper = Root::start(&format!(
            "[modem]\nlibrary = '{}'\nargs = ['-s', '{}']\n[[phone]]\nname = 'phone'\nprivileged = true\n{}",
            librilproxy().display(),
            lower.socket("guest").display(),
            phone(&folder)
        ));
        Self { upper, lower, modem: Console::connect(&console), folder }
    }
}

#[test]
fn ofono_has_a_session_through_both() {
    let mut stack = Stack::start(|folder| {
        OFono::make_folders(&folder.path().join("phone"));
        format!("socket = '{}'\nuid = {RADIO_USER}\n", folder.path().join("phone/sockets/rild").display())
    });
    let phone = OFono::start(&stack.folder.path().join("phone"), "phone");
    phone.go_online();
    assert_eq!(text(&phone.properties("NetworkRegistration"), "Name").as_deref(), Some("Simnet"));

    phone.dial(SOMEBODY).expect("the phone has the screen");
    let (call, _) = phone.wait_for_call("active");
    assert_eq!(stack.modem.run("calls"), [format!("#1 to {SOMEBODY} ACTIVE")]);
    phone.on_call(&call, "Hangup");
    phone.wait_for_no_call();

    stack.modem.run(&format!("gsm call {}", &SOMEBODY[1..]));
    let (call, _) = phone.wait_for_call("incoming");
    phone.on_call(&call, "Answer");
    phone.wait_for_call("active");
    stack.modem.run(&format!("gsm cancel {}", &SOMEBODY[1..]));
    phone.wait_for_no_call();

    let since = phone.bus().signals().len();
    stack.modem.run(&format!("sms send {SOMEBODY} through both"));
    assert_eq!(phone.wait_for_texts(since, 1), [("through both".to_owned(), SOMEBODY.to_owned())]);
    phone.send_text(SOMEBODY, "and back");
    assert_eq!(stack.modem.run("sms list"), [format!("{SOMEBODY}\tand back")]);
    phone.open_context("internet");
}

#[test]
fn a_modem_side_that_restarts_is_a_radio_that_is_away() {
    let mut stack = Stack::start(|_| String::new());
    let mut client = stack.upper.client("phone");
    client.expect_service();
    stack.lower.kill();
    let wait_for = |client: &mut Peer, wanted: RadioState| {
        while decode::<RadioState>(&client.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED)) != wanted {}
    };
    wait_for(&mut client, RadioState::UNAVAILABLE);
    assert_eq!(client.ask(RequestCode::GET_ACTIVITY_INFO, &[]).0, Errno::RADIO_NOT_AVAILABLE);
    stack.lower.start_again();
    wait_for(&mut client, RadioState::ON);
    client.expect_service();
}
