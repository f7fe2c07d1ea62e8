//! The link between root and the number service: both are the real programs, over a real connection. SIPp plays the
//! network of the SIM and the people on the other end; the modem is simulated.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use ril_protocol::payload::Ints;
use ril_protocol::payload::call::{Call, CallState, Clir, Dial};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::binaries;
use rild_proxy_tests::gateway::Gateway;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{Peer, decode, encode};
use rild_proxy_tests::processes::{Process, Program};

#[path = "../../voip-bridge/tests/sipp/mod.rs"]
#[expect(dead_code, reason = "the service's own tests use all of it")]
mod sipp;

use sipp::{NUMBER, Net, Raw, Sipp};

/// The number of "work"; that of "personal" is [`NUMBER`].
const WORK: &str = "+15550100002";
const SIM: &str = "+15550100099";
/// A full number of Austria, behind which a tag could be one digit more of the number.
const AMBIGUOUS: &str = "+431234567";
const TARGET: &str = "+15550122222";
const PORT: u16 = 5065;

/// A folder with the configurations of a root daemon and a service that have a key in common.
struct Scene {
    net: Net,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { net: Net::new(), folder: tempfile::tempdir().expect("a folder") };
        let key = scene.path("link.key");
        std::fs::write(&key, "5a".repeat(32)).expect("a file");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        let [bridge, caller, gateway] = [1, 2, 3].map(|host| scene.net.host(host));
        let root = format!(
            "[run]\ndir = '{}'\n[modem]\nlibrary = 'libril-sim.so'\nargs = ['--radio', 'on', '--control', '{}']\n\
             [bridge]\naddress = '{bridge}:{PORT}'\ndevice = 'phone-1'\nkey_file = '{}'\n\
             [[phone]]\nname = 'personal'\nnumber = '{NUMBER}'\ntag = 1\naccess = '{NUMBER}'\noutgoing = 'bridge'\n\
             [[phone]]\nname = 'work'\nnumber = '{WORK}'\ntag = 2\naccess = '{WORK}'\noutgoing = 'bridge'\n",
            scene.path("run").display(),
            scene.path("modem.sock").display(),
            key.display()
        );
        std::fs::write(scene.path("root.toml"), root).expect("a file");
        let service = format!(
            "[store]\nsqlite = '{}'\n[admin]\nlisten = ''\n\
             [voice.sip]\nlisten = [{{ transport = 'udp', address = '{bridge}:5060' }}]\n\
             [[voice.peer]]\nname = 'caller'\naddress = '{caller}:5060'\ntransport = 'udp'\n\
             [[voice.peer]]\nname = 'gateway'\naddress = '{gateway}:5060'\ntransport = 'udp'\n\
             [voice.link]\nlisten = '{bridge}:{PORT}'\n\
             [[voice.device]]\nname = 'phone-1'\nsim = '{SIM}'\nkey = {{ file = '{}' }}\n\
             [voice.calls]\ntrunk = 'gateway'\ncountry = 1\nallowed = ['1555']\n",
            scene.path("bridge.db").display(),
            key.display()
        );
        std::fs::write(scene.path("bridge.toml"), service).expect("a file");
        let numbers = |arguments: &[&str]| {
            let mut command = Command::new(binaries::voip_bridge());
            let config = scene.path("bridge.toml");
            let output =
                command.arg("numbers").args(arguments).arg("--config").arg(config).output().expect("a program");
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        numbers(&["add", NUMBER, WORK]);
        for (number, phone, tag) in [(NUMBER, "personal", "1"), (WORK, "work", "2")] {
            let unavailable = ["--unavailable", "reject"];
            numbers(&[&["assign", number, "--sim", SIM, "--phone", phone, "--tag", tag][..], &unavailable].concat());
        }
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start_root(&self) -> Process {
        let root = Program::new(binaries::rild_proxy()).arg("root").arg("--config").arg(self.path("root.toml"));
        let root = root.variable("NO_COLOR", "1").start("root");
        root.wait_for(0, "ready");
        root
    }

    fn start_service(&self) -> Process {
        let service = Program::new(binaries::voip_bridge()).arg("--log").arg("debug").arg("serve");
        service.arg("--config").arg(self.path("bridge.toml")).variable("NO_COLOR", "1").start("voip-bridge")
    }

    /// A client of a phone that was greeted.
    fn client(&self, phone: &str) -> Peer {
        Peer::greeted(&self.path(&format!("run/phones/{phone}.sock")))
    }

    /// What `rilctl status` says of the service.
    fn status(&self) -> String {
        let mut command = Command::new(binaries::rilctl());
        let output =
            command.arg("--control").arg(self.path("run/control.sock")).arg("status").output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("number service"));
        line.unwrap_or_else(|| panic!("nothing of a number service: {text}")).trim().to_owned()
    }

    /// Somebody calls a number through a provider.
    fn calls(&self, from: &str, number: &str, scenario: &str, words: &[(&str, &str)]) -> Sipp {
        let from = format!("sip:{from}@caller.example");
        let usual = [("number", number), ("from", &from), ("port", "6000"), ("more", ""), ("answer", "m=audio")];
        let words: Vec<_> = words.iter().chain(&usual).copied().collect();
        Sipp::run_with(self.net, 2, scenario, &words, &["-cid_str", "call"])
    }
}

fn wait_for_call(phone: &mut Peer, wanted: impl Fn(&Call) -> bool) -> Call {
    loop {
        let (errno, list) = phone.ask(RequestCode::GET_CURRENT_CALLS, &[]);
        assert_eq!(errno, Errno::SUCCESS);
        if let Some(call) = decode::<Vec<Call>>(&list).into_iter().find(&wanted) {
            return call;
        }
        phone.news(UnsolCode::RESPONSE_CALL_STATE_CHANGED);
    }
}

#[test]
fn the_link_comes_back_whichever_end_is_killed() {
    let scene = Scene::new();
    let mut root = scene.start_root();
    root.wait_for(0, "no link to the number service");
    assert!(scene.status().contains("refused"), "{}", scene.status());
    let mut service = scene.start_service();
    root.wait_for(0, "linked to the number service");
    assert!(scene.status().starts_with("linked for "), "{}", scene.status());
    service.wait_for(0, "linked device=\"phone-1\"");

    service.end("KILL");
    let place = root.said().len();
    root.wait_for(0, "it hung up");
    service = scene.start_service();
    root.wait_for(place, "linked to the number service");
    service.wait_for(0, "linked device=\"phone-1\"");

    root.end("KILL");
    service.wait_for(0, "not linked any more");
    let root = scene.start_root();
    root.wait_for(0, "linked to the number service");
    // It ends without a grudge.
    assert_eq!(service.end("TERM"), 0);
    root.wait_for(0, "it hung up");
}

#[tokio::test]
async fn a_caller_who_cannot_carry_a_tag_is_known_by_the_hint() {
    let scene = Scene::new();
    let root = scene.start_root();
    let (_personal, mut work) = (scene.client("personal"), scene.client("work"));
    let _gateway = {
        let modem = scene.path("modem.sock");
        Gateway::start((scene.net.host(3), 5060).into(), &modem, scene.net.bridge(), SIM)
    };
    let _service = scene.start_service();
    root.wait_for(0, "linked to the number service");
    Raw::at(scene.net, 2).await.until_served().await;
    let caller = scene.calls(AMBIGUOUS, WORK, "caller_is_refused", &[("status", "486"), ("cause", "17")]);
    work.news(UnsolCode::CALL_RING);
    let call = wait_for_call(&mut work, |call| call.state == CallState::INCOMING);
    assert_eq!(call.number.as_deref(), Some(AMBIGUOUS));
    assert_eq!(work.ask(RequestCode::UDUB, &[]).0, Errno::SUCCESS);
    caller.done().await;
}

#[tokio::test]
async fn a_phone_that_is_away_is_not_called() {
    let scene = Scene::new();
    let root = scene.start_root();
    let _personal = scene.client("personal");
    let service = scene.start_service();
    root.wait_for(0, "linked to the number service");
    service.wait_for(0, "phones can be reached phones=1");
    Raw::at(scene.net, 2).await.until_served().await;
    // There is nobody who could be asked for the SIM.
    scene.calls("+15550199999", WORK, "caller_is_refused", &[("status", "480"), ("cause", "20")]).done().await;
}

#[tokio::test]
async fn a_phones_call_is_announced_and_needs_no_tones() {
    let scene = Scene::new();
    let root = scene.start_root();
    let mut personal = scene.client("personal");
    let mut console = Console::connect(&scene.path("modem.sock"));
    let service = scene.start_service();
    root.wait_for(0, "linked to the number service");
    Raw::at(scene.net, 2).await.until_served().await;

    let dial = Dial { address: Some(TARGET.to_owned()), clir: Clir::default(), uus: None };
    assert_eq!(personal.ask(RequestCode::DIAL, &encode(&dial)).0, Errno::SUCCESS);
    service.wait_for(0, "a call is announced");
    let call = wait_for_call(&mut personal, |call| call.state != CallState::INCOMING);
    assert_eq!(call.number.as_deref(), Some(TARGET), "the phone sees whom it has called");

    // The network of the SIM brings the call to the service, which calls the target.
    let words = [("simre", "sip:.15550122222@"), ("shown", ".15550100001@"), ("port", "6000")];
    let target = Sipp::run(scene.net, 3, "gateway_answers", &words).listening("udp", scene.net, 3).await;
    let network = scene.calls(SIM, NUMBER, "caller_waits", &[]);
    console.run(&format!("gsm accept {NUMBER}"));
    let call = wait_for_call(&mut personal, |call| call.state == CallState::ACTIVE);
    assert_eq!(call.number.as_deref(), Some(TARGET));
    assert_eq!(personal.ask(RequestCode::HANGUP, &encode::<Ints>(&vec![call.index])).0, Errno::SUCCESS);
    network.tell((scene.net.host(2), 5060).into(), "call").await;
    tokio::join!(network.done(), target.done());
    service.wait_for(0, "a call that was announced is over");
}

#[test]
fn root_does_without_a_key_that_others_may_read() {
    let scene = Scene::new();
    std::fs::set_permissions(scene.path("link.key"), std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let mut root = Command::new(binaries::rild_proxy());
    let output = root.args(["root", "--config"]).arg(scene.path("root.toml")).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("link.key: everybody may use it"), "{said}");
}
