//! The link between root and the number service: both are the real programs, over a real connection. SIPp plays the
//! network of the SIM and the people on the other end; the modem is simulated.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use ril_protocol::payload::Ints;
use ril_protocol::payload::call::{Call, CallState, Clir, Dial};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::binaries;
use rild_proxy_tests::gateway::Gateway;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{Peer, decode, encode};

mod linked;
#[path = "../../voip-bridge/tests/sipp/mod.rs"]
#[expect(dead_code, reason = "the service's own tests use all of it")]
mod sipp;

use linked::{SIM, Scene, WORK};
use sipp::{NUMBER, Raw, Sipp};

/// A full number of Austria, behind which a tag could be one digit more of the number.
const AMBIGUOUS: &str = "+431234567";
const TARGET: &str = "+15550122222";

/// Somebody calls a number through a provider.
fn calls(scene: &Scene, from: &str, number: &str, scenario: &str, words: &[(&str, &str)]) -> Sipp {
    let from = format!("sip:{from}@caller.example");
    let usual = [("number", number), ("from", &from), ("port", "6000"), ("more", ""), ("answer", "m=audio")];
    let words: Vec<_> = words.iter().chain(&usual).copied().collect();
    Sipp::run_with(scene.net, 2, scenario, &words, &["-cid_str", "call"])
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

#[test]
fn two_devices_with_one_key_are_told_of() {
    let scene = Scene::new();
    let service = scene.start_service();
    service.wait_for(0, "listening for devices");
    let root = scene.start_root();
    root.wait_for(0, "linked to the number service");
    let twin = scene.start_twin();
    twin.wait_for(0, "linked to the number service");
    service.wait_for(0, "two devices have this name and key: each ends the other's link device=\"phone-1\"");
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
    let caller = calls(&scene, AMBIGUOUS, WORK, "caller_is_refused", &[("status", "486"), ("cause", "17")]);
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
    calls(&scene, "+15550199999", WORK, "caller_is_refused", &[("status", "480"), ("cause", "20")]).done().await;
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
    let network = calls(&scene, SIM, NUMBER, "caller_waits", &[]);
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
