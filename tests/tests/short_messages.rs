//! Short messages for a phone that is away, in a real root daemon that is killed.
//!
//! The simulated modem lives in that process and dies with it, so the network never sends anything again here: what the
//! phone gets, it gets from the store. The steps in between are `rild-proxy/tests/sms_properties.rs`'s.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ril_protocol::payload::Ints;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy::control::client::ControlClient;
use rild_proxy::control::reply::Answer;
use rild_proxy::control::request::Ask;
use rild_proxy::control::sms::State;
use rild_proxy::control::{ListSms, Sms};
use rild_proxy_tests::binaries::program;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{Heard, Peer, encode};
use rild_proxy_tests::root::Daemon;
use tempfile::TempDir;

const NEW_SMS: UnsolCode = UnsolCode::RESPONSE_NEW_SMS;

/// The folder of one root daemon after the other.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder can be made"));
        let config = format!(
            "[run]\ndir = '{}'\n[modem]\nargs = ['--control', '{}', '--radio', 'on']\n[[phone]]\nname = 'phone'\n",
            folder.0.path().display(),
            folder.path("modem.sock").display()
        );
        std::fs::write(folder.path("root.toml"), config).expect("the configuration can be written");
        folder
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// A root daemon that serves. It is killed when it is dropped.
    fn root(&self) -> Daemon {
        let file = self.path("root.toml");
        let process = Daemon::start(program("rild-proxy"), [OsStr::new("root"), "--config".as_ref(), file.as_ref()]);
        process.log().wait_for(&[" ready "]);
        process
    }

    fn client(&self) -> Peer {
        Peer::greeted(&self.path("phones/phone.sock"))
    }

    fn modem(&self) -> Console {
        Console::connect(&self.path("modem.sock"))
    }

    /// What `rilctl sms` shows.
    fn waiting(&self) -> Vec<Sms> {
        let mut control = ControlClient::connect(&self.path("control.sock")).expect("root has a control socket");
        match control.ask(Ask::Sms(ListSms {})).expect("root answers") {
            Answer::Sms(list) => list.sms,
            other => panic!("{other:?}"),
        }
    }
}

fn take(client: &mut Peer) {
    assert_eq!(client.ask(RequestCode::SMS_ACKNOWLEDGE, &encode::<Ints>(&vec![1, 0])).0, Errno::SUCCESS);
}

#[test]
fn a_message_for_an_absent_phone_survives_a_kill_and_is_delivered_once() {
    let folder = Folder::new();
    let root = folder.root();
    folder.modem().run("sms send 5550123 first");
    root.log().wait_for(&["a short message came", "delivered=false"]);
    let [waiting] = &folder.waiting()[..] else { panic!("one message waits") };
    assert_eq!((waiting.phone.as_str(), waiting.state(), waiting.tries), ("phone", State::Waiting, 0));
    drop(root);

    let root = folder.root();
    let mut client = folder.client();
    let first = client.news(NEW_SMS);
    assert_eq!(folder.waiting()[0].state(), State::HandedOver);
    // The client, too, is gone before it says anything.
    drop((root, client));

    let root = folder.root();
    let mut client = folder.client();
    assert_eq!(client.news(NEW_SMS), first);
    take(&mut client);
    assert!(folder.waiting().is_empty());
    drop((root, client));

    let _root = folder.root();
    let mut client = folder.client();
    folder.modem().run("sms send 5550123 second");
    assert_ne!(client.news(NEW_SMS), first);
    take(&mut client);
    client.expect_service();
    assert!(!client.heard().iter().any(|heard| matches!(heard, Heard::News { code: NEW_SMS, .. })));
}
