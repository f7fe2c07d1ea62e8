//! The whole way round: SIPp calls a phone's own number, or is called from it; voip-bridge, the gateway of the SIM, the
//! simulated modem and root's router are what lies between it and that phone. All are the real programs.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use ril_protocol::payload::Ints;
use ril_protocol::payload::call::{Call, CallState, Dial, FailCause};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::binaries;
use rild_proxy_tests::gateway::Gateway;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{Heard, Peer, decode, encode};
use rild_proxy_tests::processes::{Process, Program};
use rild_proxy_tests::root::Root;
use tokio::time::{interval, timeout};
use voip_bridge::config;
use voip_bridge::store::Store;

#[path = "../../voip-bridge/tests/sipp/mod.rs"]
#[expect(dead_code, reason = "the service's own tests use more of it")]
mod sipp;

use sipp::{NUMBER, Net, PATIENCE, Raw, Sipp, offering, request};

/// The number of "work"; that of "personal" is [`NUMBER`].
const WORK: &str = "+15550100002";
/// The number of the SIM.
const SIM: &str = "+15550100099";
/// Whom "personal" calls.
const TARGET: &str = "+15550122222";
const CALLER: &str = "+15550199999";

/// A service with two numbers, and a SIM behind it that two phones share.
struct Scene {
    net: Net,
    personal: Peer,
    work: Peer,
    _gateway: Gateway,
    _service: Process,
    root: Root,
    /// Goes last.
    folder: tempfile::TempDir,
}

impl Scene {
    /// `unavailable` is what callers get whose call is not answered; `calls` goes behind `[voice.calls]`.
    async fn set(unavailable: &str, calls: &str) -> Self {
        Self::with_trunk("gateway", unavailable, calls).await
    }

    /// Phones call by their own numbers; whom they call is reached at host 5.
    async fn of_callers() -> Self {
        Self::with_trunk("network", "reject", "allowed = [\"1555\"]\n").await
    }

    async fn with_trunk(trunk: &str, unavailable: &str, calls: &str) -> Self {
        let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
        let modem = folder.path().join("modem.sock");
        let root = Root::start(&format!(
            "[modem]\nlibrary = 'libril-sim.so'\nargs = ['--radio', 'on', '--control', '{}']\n\
             [[phone]]\nname = 'personal'\nnumber = '{NUMBER}'\ntag = 1\naccess = '{NUMBER}'\noutgoing = 'bridge'\n\
             [[phone]]\nname = 'work'\nnumber = '{WORK}'\ntag = 2\n",
            modem.display()
        ));
        let (personal, work) = (root.client("personal"), root.client("work"));
        let gateway = Gateway::start((net.host(3), 5060).into(), &modem, net.bridge(), SIM);
        let service = serve(net, &folder, trunk, unavailable, calls);
        // As the caller's own address: whoever is no peer gets no answer that tells anything.
        Raw::at(net, 2).await.until_served().await;
        Self { net, personal, work, _gateway: gateway, _service: service, root, folder }
    }

    /// Somebody calls a number from an address.
    fn calls(&self, host: u8, number: &str, scenario: &str, words: &[(&str, &str)]) -> Sipp {
        let from = format!("sip:{CALLER}@caller.example");
        let usual = [("number", number), ("from", &from), ("port", "6000"), ("more", ""), ("answer", "m=audio 7000")];
        let words: Vec<_> = words.iter().chain(&usual).copied().collect();
        Sipp::run(self.net, host, scenario, &words)
    }

    /// Waits until the service has noted what `wanted` finds.
    async fn noted<T>(&self, wanted: impl AsyncFn(&Store) -> Option<T>) -> T {
        let store = config::Store { sqlite: database(&self.folder), ..config::Store::default() };
        let store = Store::open(&store).await.expect("the service's store");
        let mut again = interval(Duration::from_millis(10));
        let noting = async {
            loop {
                again.tick().await;
                if let Some(found) = wanted(&store).await {
                    return found;
                }
            }
        };
        timeout(PATIENCE, noting).await.expect("it is noted")
    }

    /// Waits until so many callers have heard that they were answered.
    async fn answered(&self, count: usize) {
        self.noted(async |store| {
            let calls = store.live_calls().await.expect("calls");
            (calls.iter().filter(|call| call.answered.is_some()).count() == count).then_some(())
        })
        .await;
    }
}

/// Starts the service, with the two numbers assigned.
fn serve(net: Net, folder: &tempfile::TempDir, trunk: &str, unavailable: &str, calls: &str) -> Process {
    let [bridge, caller, gateway, other, network] = [1, 2, 3, 4, 5].map(|host| net.host(host));
    let text = format!(
        "[store]\nsqlite = \"{}\"\n[admin]\nlisten = \"\"\n\
         [voice.sip]\nlisten = [{{ transport = \"udp\", address = \"{bridge}:5060\" }}]\n\
         [[voice.peer]]\nname = \"caller\"\naddress = \"{caller}:5060\"\ntransport = \"udp\"\nsources = [\"{other}\"]\n\
         [[voice.peer]]\nname = \"gateway\"\naddress = \"{gateway}:5060\"\ntransport = \"udp\"\n\
         [[voice.peer]]\nname = \"network\"\naddress = \"{network}:5060\"\ntransport = \"udp\"\n\
         [voice.calls]\ntrunk = \"{trunk}\"\ncountry = 1\n{calls}",
        database(folder).display()
    );
    let file = folder.path().join("bridge.toml");
    std::fs::write(&file, text).expect("a file");
    let numbers = |arguments: &[&str]| {
        let mut command = Command::new(binaries::voip_bridge());
        let output = command.arg("numbers").args(arguments).arg("--config").arg(&file).output().expect("a program");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    numbers(&["add", NUMBER, WORK]);
    for (number, phone, tag) in [(NUMBER, "personal", "1"), (WORK, "work", "2")] {
        let unavailable = ["--unavailable", unavailable];
        numbers(&[&["assign", number, "--sim", SIM, "--phone", phone, "--tag", tag][..], &unavailable].concat());
    }
    Program::new(binaries::voip_bridge()).arg("serve").arg("--config").arg(&file).start("voip-bridge")
}

fn database(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("bridge.db")
}

fn calls(phone: &mut Peer) -> Vec<Call> {
    let (errno, list) = phone.ask(RequestCode::GET_CURRENT_CALLS, &[]);
    assert_eq!(errno, Errno::SUCCESS);
    decode(&list)
}

/// Waits until the phone's calls are as wanted: it asks when it is told that they have changed.
fn wait_for_calls(phone: &mut Peer, wanted: impl Fn(&[Call]) -> bool) -> Vec<Call> {
    loop {
        let calls = calls(phone);
        if wanted(&calls) {
            return calls;
        }
        phone.news(UnsolCode::RESPONSE_CALL_STATE_CHANGED);
    }
}

/// Waits until the phone rings, with the caller as it is, and nothing of a tag.
fn rings(phone: &mut Peer) {
    phone.news(UnsolCode::CALL_RING);
    let [call] = &calls(phone)[..] else { panic!("one call rings") };
    assert_eq!(call.state, CallState::INCOMING);
    assert_eq!(call.number.as_deref(), Some(CALLER));
}

fn ended_with(phone: &mut Peer) -> i32 {
    wait_for_calls(phone, <[Call]>::is_empty);
    let (errno, cause) = phone.ask(RequestCode::LAST_CALL_FAIL_CAUSE, &[]);
    assert_eq!(errno, Errno::SUCCESS);
    decode::<FailCause>(&cause).cause
}

fn does(phone: &mut Peer, code: RequestCode, arguments: &[u8]) {
    assert_eq!(phone.ask(code, arguments).0, Errno::SUCCESS);
}

/// The phone has heard of no call.
fn has_no_part_in_it(phone: &mut Peer) {
    assert!(calls(phone).is_empty());
    let of_calls = |heard: &Heard| matches!(heard, Heard::News { code, .. } if [UnsolCode::CALL_RING, UnsolCode::RESPONSE_CALL_STATE_CHANGED].contains(code));
    assert!(!phone.heard().iter().any(of_calls), "{:?}", phone.heard());
}

#[tokio::test]
async fn the_phone_of_the_number_answers_and_the_caller_hangs_up() {
    let mut scene = Scene::set("reject", "").await;
    let caller = scene.calls(2, WORK, "caller_talks", &[]);
    rings(&mut scene.work);
    does(&mut scene.work, RequestCode::ANSWER, &[]);
    assert_eq!(ended_with(&mut scene.work), 16);
    caller.done().await;
    has_no_part_in_it(&mut scene.personal);
}

#[tokio::test]
async fn the_phone_hangs_up() {
    let mut scene = Scene::set("reject", "").await;
    let caller = scene.calls(2, NUMBER, "caller_is_hung_up", &[("cause", "16")]);
    rings(&mut scene.personal);
    does(&mut scene.personal, RequestCode::ANSWER, &[]);
    let [call] = &wait_for_calls(&mut scene.personal, |calls| calls[0].state == CallState::ACTIVE)[..] else {
        panic!("one call is active")
    };
    scene.answered(1).await;
    does(&mut scene.personal, RequestCode::HANGUP, &encode::<Ints>(&vec![call.index]));
    caller.done().await;
    has_no_part_in_it(&mut scene.work);
}

#[tokio::test]
async fn a_caller_who_gives_up_stops_the_ringing() {
    let mut scene = Scene::set("reject", "").await;
    let caller = Raw::at(scene.net, 2).await;
    caller.send(offering("caller").as_bytes()).await;
    rings(&mut scene.personal);
    caller.send(request("CANCEL", "caller", "").as_bytes()).await;
    assert_eq!(ended_with(&mut scene.personal), 16);
    has_no_part_in_it(&mut scene.work);
}

#[tokio::test]
async fn a_phone_that_refuses_is_busy() {
    let mut scene = Scene::set("reject", "").await;
    let caller = scene.calls(2, WORK, "caller_is_refused", &[("status", "486"), ("cause", "17")]);
    rings(&mut scene.work);
    does(&mut scene.work, RequestCode::UDUB, &[]);
    caller.done().await;
    assert!(calls(&mut scene.work).is_empty());
}

#[tokio::test]
async fn who_gets_no_answer_leaves_a_message_for_that_phones_number() {
    let mut scene = Scene::set("voicemail", "ring_seconds = 1\n").await;
    let spoken = ("tone.ulaw", &[0x55_u8; 8000][..]);
    let from = format!("sip:{CALLER}@caller.example");
    let words = [("number", WORK), ("from", &from), ("more", "")];
    let caller = Sipp::run_files(scene.net, 2, "caller_leaves_message", &words, &[], &[spoken]);
    rings(&mut scene.work);
    wait_for_calls(&mut scene.work, <[Call]>::is_empty);
    caller.done().await;
    let messages = scene
        .noted(async |store| {
            Some(store.voicemails(10).await.expect("messages")).filter(|messages| !messages.is_empty())
        })
        .await;
    assert_eq!(messages.iter().map(|message| message.number.to_string()).collect::<Vec<_>>(), [WORK]);
}

#[tokio::test]
async fn two_calls_at_once_ring_two_phones() {
    let mut scene = Scene::set("reject", "").await;
    let first = scene.calls(2, NUMBER, "caller_is_hung_up", &[("cause", "16")]);
    rings(&mut scene.personal);
    does(&mut scene.personal, RequestCode::ANSWER, &[]);
    wait_for_calls(&mut scene.personal, |calls| calls[0].state == CallState::ACTIVE);
    scene.answered(1).await;
    let from = "sip:+15550188888@caller.example";
    let second = scene.calls(4, WORK, "caller_is_hung_up", &[("cause", "16"), ("from", from)]);
    let ringing = wait_for_calls(&mut scene.work, |calls| !calls.is_empty());
    assert_eq!(ringing[0].number.as_deref(), Some("+15550188888"));
    does(&mut scene.work, RequestCode::ANSWER, &[]);
    let work = wait_for_calls(&mut scene.work, |calls| calls[0].state == CallState::ACTIVE);
    scene.answered(2).await;
    // Each has its own call and no other; the first one waits on hold.
    let [held] = &wait_for_calls(&mut scene.personal, |calls| calls[0].state == CallState::HOLDING)[..] else {
        panic!("one call is held")
    };
    assert_eq!(held.number.as_deref(), Some(CALLER));
    does(&mut scene.work, RequestCode::HANGUP, &encode::<Ints>(&vec![work[0].index]));
    second.done().await;
    wait_for_calls(&mut scene.work, <[Call]>::is_empty);
    does(&mut scene.personal, RequestCode::HANGUP, &encode::<Ints>(&vec![held.index]));
    first.done().await;
    assert!(scene.root.is_running());
}

/// Whom the phone calls, at the end of the provider's network.
async fn target(scene: &Scene, scenario: &str, words: &[(&str, &str)]) -> Sipp {
    let usual = [("simre", "sip:.15550122222@"), ("shown", ".15550100001@"), ("port", "[0-9]+"), ("more", "")];
    let words: Vec<_> = words.iter().chain(&usual).copied().collect();
    Sipp::run(scene.net, 5, scenario, &words).listening("udp", scene.net, 5).await
}

fn dials(phone: &mut Peer) {
    let dial = Dial { address: Some(TARGET.to_owned()), ..Dial::default() };
    does(phone, RequestCode::DIAL, &encode(&dial));
}

#[tokio::test]
async fn a_phone_calls_and_is_seen_as_its_own_number() {
    let mut scene = Scene::of_callers().await;
    let target = target(&scene, "gateway_answers", &[]).await;
    dials(&mut scene.personal);
    let [call] = &wait_for_calls(&mut scene.personal, |calls| calls[0].state == CallState::ACTIVE)[..] else {
        panic!("one call is active")
    };
    assert_eq!(call.number.as_deref(), Some(TARGET));
    let lines = Console::connect(&scene.folder.path().join("modem.sock")).run("calls");
    assert!(matches!(&lines[..], [line] if line.starts_with(&format!("#1 to {NUMBER} ACTIVE"))), "{lines:?}");
    scene.answered(1).await;
    does(&mut scene.personal, RequestCode::HANGUP, &encode::<Ints>(&vec![call.index]));
    target.done().await;
    assert_eq!(ended_with(&mut scene.personal), 16);
    has_no_part_in_it(&mut scene.work);
}

#[tokio::test]
async fn whom_a_phone_calls_hangs_up() {
    let mut scene = Scene::of_callers().await;
    let target = target(&scene, "gateway_hangs_up", &[("cause", "27")]).await;
    dials(&mut scene.personal);
    target.done().await;
    assert_eq!(ended_with(&mut scene.personal), 27);
}

#[tokio::test]
async fn whom_a_phone_calls_is_busy() {
    let mut scene = Scene::of_callers().await;
    let target = target(&scene, "gateway_refuses", &[("status", "486 Busy Here")]).await;
    dials(&mut scene.personal);
    target.done().await;
    assert_eq!(ended_with(&mut scene.personal), 17);
}
