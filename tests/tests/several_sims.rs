//! Two phones on a modem with two SIMs: what is one SIM's reaches nobody on the other, whatever ends and comes back,
//! and whatever a library says of SIMs that there are not.

use std::fs::Permissions;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ril_protocol::payload::call::{Call, Dial};
use ril_protocol::payload::data::DataCallList;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Ints, Strings, Text};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy::control::reply::Answer;
use rild_proxy::control::request::Ask;
use rild_proxy::control::{GetStatus, ListPhones, ListSms};
use rild_proxy_tests::binaries;
use rild_proxy_tests::init_socket::init_socket;
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::peer::{Heard, Peer, decode, encode, is_radio, raw};
use rild_proxy_tests::processes::Program;
use rild_proxy_tests::root::{Proxy, Root};
use rild_proxy_tests::vendor;
use tempfile::TempDir;

const NEW_SMS: UnsolCode = UnsolCode::RESPONSE_NEW_SMS;
const CALLS_CHANGED: UnsolCode = UnsolCode::RESPONSE_CALL_STATE_CHANGED;
const CALLER: &str = "+15550100123";
const PHONES: &str =
    "[[phone]]\nname = 'first'\nprivileged = true\n[[phone]]\nname = 'second'\nnumber = '+15550100009'\ntag = 7\n";

/// The simulated modem with two SIMs, and its console.
struct Scene {
    root: Root,
    folder: TempDir,
}

impl Scene {
    /// With these keys of `[modem]`, and more tables behind them.
    fn set(keys: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let control = folder.path().join("modem.sock");
        let args = format!("['--sims', '2', '--radio', 'on', '--control', '{}']", control.display());
        let root = Root::start(&format!("[modem]\nsims = 2\n{keys}args = {args}\n{more}{PHONES}"));
        Self { root, folder }
    }

    fn modem_socket(&self) -> PathBuf {
        self.folder.path().join("modem.sock")
    }

    /// The console of a SIM's modem, counted from 1.
    fn modem(&self, sim: u8) -> Console {
        let mut console = Console::connect(&self.modem_socket());
        console.run(&format!("slot {sim}"));
        console
    }

    /// Clients of both phones on both SIMs: the SIM, the phone, its client.
    fn clients(&self) -> Vec<(u8, &'static str, Peer)> {
        let places = [1, 2].into_iter().flat_map(|sim| ["first", "second"].map(|phone| (sim, phone)));
        places.map(|(sim, phone)| (sim, phone, self.root.client_on(sim, phone))).collect()
    }
}

fn has_heard(peer: &Peer, wanted: UnsolCode) -> bool {
    peer.heard().iter().any(|heard| matches!(heard, Heard::News { code, .. } if *code == wanted))
}

fn imsi(peer: &mut Peer) -> Option<String> {
    let (errno, payload) = peer.ask(RequestCode::GET_IMSI, &encode::<Strings>(&vec![None]));
    assert_eq!(errno, Errno::SUCCESS);
    decode::<Text>(&payload)
}

fn calls(peer: &mut Peer) -> Vec<Call> {
    decode(&peer.ask(RequestCode::GET_CURRENT_CALLS, &[]).1)
}

/// Asks again while the network has not taken the SIM, which it does a moment after the radio has come on.
fn ask_when_registered(peer: &mut Peer, code: RequestCode, payload: &[u8]) -> (Errno, Vec<u8>) {
    peer.ask_until(code, payload, |errno, _| errno != Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW)
}

/// Waits until the network has taken the SIM: nobody can be reached before.
fn expect_registration(peer: &mut Peer) {
    let is_home = |_, payload: &[u8]| decode::<Strings>(payload).first() == Some(&Some("1".to_owned()));
    peer.ask_until(RequestCode::VOICE_REGISTRATION_STATE, &[], is_home);
}

/// Waits until a phone has no calls.
fn expect_no_calls(peer: &mut Peer) {
    let none = |_, payload: &[u8]| decode::<Vec<Call>>(payload).is_empty();
    peer.ask_until(RequestCode::GET_CURRENT_CALLS, &[], none);
}

fn dial(peer: &mut Peer, number: &str) -> Errno {
    let dial = Dial { address: Some(number.to_owned()), ..Dial::default() };
    ask_when_registered(peer, RequestCode::DIAL, &encode(&dial)).0
}

fn acknowledge(peer: &mut Peer) {
    assert_eq!(peer.ask(RequestCode::SMS_ACKNOWLEDGE, &encode::<Ints>(&vec![1, 0])).0, Errno::SUCCESS);
}

/// The phone that each SIM's operator finds to have the screen.
fn foreground(root: &Root) -> [String; 2] {
    [1, 2].map(|sim| match root.ask_on(sim, Ask::Phones(ListPhones {})) {
        Answer::Phones(list) => list.phones.into_iter().find(|phone| phone.foreground).expect("one has it").name,
        other => panic!("{other:?}"),
    })
}

fn operate(root: &Root, words: &[&str]) -> Output {
    let mut command = Command::new(binaries::rilctl());
    command.arg("--control").arg(root.path("control.sock")).args(words);
    command.output().expect("rilctl can be started")
}

/// What it has printed.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_call_and_a_message_reach_their_sim_alone() {
    let scene = Scene::set("", "");
    let mut clients = scene.clients();
    scene.root.log().wait_for(&["line{sim=2}", "client connected", "second"]);
    for (sim, _, client) in &mut clients {
        let wanted = if *sim == 1 { "001010123456789" } else { "001010123456790" };
        assert_eq!(imsi(client).as_deref(), Some(wanted));
        expect_registration(client);
    }
    assert_eq!(scene.modem(2).run(&format!("call {CALLER}")), ["rings"]);
    scene.modem(2).run(&format!("sms send {CALLER} hello"));
    for (sim, phone, client) in &mut clients {
        if (*sim, *phone) == (2, "first") {
            client.news(CALLS_CHANGED);
            client.news(NEW_SMS);
            assert_eq!(calls(client)[0].number.as_deref(), Some(CALLER));
            acknowledge(client);
        }
    }
    for (sim, phone, client) in &mut clients {
        client.expect_service();
        if (*sim, *phone) != (2, "first") {
            assert_eq!(calls(client), [], "SIM {sim} of {phone}");
            assert!(!has_heard(client, CALLS_CHANGED) && !has_heard(client, NEW_SMS), "SIM {sim} of {phone}");
        }
    }
    // And the other way round, while the call on the second SIM goes on.
    let (_, _, on_first) = &mut clients[0];
    assert_eq!(dial(on_first, CALLER), Errno::SUCCESS);
    assert!(scene.modem(1).run("calls")[0].contains("to"));
    assert_eq!(scene.modem(2).run("calls").len(), 1);
}

#[test]
fn data_calls_of_two_sims_share_nothing() {
    let scene = Scene::set("", "");
    let [first, second] = [1, 2].map(|sim| {
        let mut client = scene.root.client_on(sim, "first");
        let wanted = ["16", "0", "internet", "", "", "0", "IP"].map(|word| Some(word.to_owned())).to_vec();
        let payload = encode::<Strings>(&wanted);
        let (errno, payload) = ask_when_registered(&mut client, RequestCode::SETUP_DATA_CALL, &payload);
        assert_eq!(errno, Errno::SUCCESS);
        let DataCallList { mut calls, .. } = decode(&payload);
        calls.remove(0)
    });
    assert_eq!(first.cid, second.cid);
    assert_ne!(first.ifname, second.ifname);
    assert_ne!(first.addresses, second.addresses);
}

#[test]
fn messages_of_both_sims_outlast_a_kill() {
    let mut scene = Scene::set("", "");
    for sim in [1, 2] {
        scene.modem(sim).run(&format!("sms send {CALLER} {}", "on".repeat(sim.into())));
        scene.root.log().wait_for(&[&format!("line{{sim={sim}}}"), "a short message came", "delivered=false"]);
    }
    scene.root.kill();
    scene.root.start_again();
    let mut messages = Vec::new();
    for sim in [2, 1] {
        let Answer::Sms(waiting) = scene.root.ask_on(sim, Ask::Sms(ListSms {})) else { panic!("a list") };
        assert_eq!(waiting.sms.len(), 1, "SIM {sim}");
        let mut client = scene.root.client_on(sim, "first");
        messages.push(client.news(NEW_SMS));
        acknowledge(&mut client);
        client.expect_service();
        assert!(!has_heard(&client, NEW_SMS), "it has one");
    }
    assert_ne!(messages[0], messages[1]);
}

#[test]
fn the_screen_is_one_on_both_sims() {
    let mut scene = Scene::set("", "[calls]\non_switch = 'deny'\n");
    said(&operate(&scene.root, &["--sim", "2", "foreground", "second"]));
    assert_eq!(foreground(&scene.root), ["second", "second"]);
    said(&operate(&scene.root, &["foreground", "first"]));
    assert_eq!(foreground(&scene.root), ["first", "first"]);

    let mut client = scene.root.client_on(2, "first");
    assert_eq!(dial(&mut client, CALLER), Errno::SUCCESS);
    let refused = operate(&scene.root, &["foreground", "second"]);
    assert_eq!(refused.status.code(), Some(1), "a call on either SIM forbids it");
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(why.contains("on SIM 2, the foreground phone is in a call"), "{why}");
    assert_eq!(foreground(&scene.root), ["first", "first"]);
    assert_eq!(client.ask(RequestCode::HANGUP, &encode::<Ints>(&vec![1])).0, Errno::SUCCESS);
    expect_no_calls(&mut client);
    said(&operate(&scene.root, &["foreground", "second"]));

    scene.root.terminate();
    scene.root.wait();
    scene.root.start_again();
    assert_eq!(foreground(&scene.root), ["second", "second"]);
    // As a daemon leaves it that is killed before the second line has stored anything.
    scene.root.terminate();
    scene.root.wait();
    std::fs::remove_file(scene.root.path("sim2/state.db")).expect("it is there");
    assert!(!scene.root.path("sim2/state.db-wal").exists(), "the daemon has ended in order");
    scene.root.start_again();
    assert_eq!(foreground(&scene.root), ["second", "second"]);
}

#[test]
fn an_emergency_call_ends_what_goes_on_on_the_other_sim() {
    let scene = Scene::set("", "");
    let mut busy = scene.root.client_on(2, "first");
    assert_eq!(dial(&mut busy, CALLER), Errno::SUCCESS);
    assert_eq!(calls(&mut busy).len(), 1);
    // From the phone in the background, on the other SIM.
    let mut caller = scene.root.client_on(1, "second");
    assert_eq!(dial(&mut caller, "112"), Errno::SUCCESS);
    expect_no_calls(&mut busy);
    assert_eq!(scene.modem(2).run("calls"), [""; 0]);
    assert_eq!(calls(&mut caller)[0].number.as_deref(), Some("112"));
    // And an emergency call on one SIM does not end one on the other.
    assert_eq!(dial(&mut busy, "112"), Errno::SUCCESS);
    assert_eq!([1, 2].map(|sim| scene.modem(sim).run("calls").len()), [1, 1]);
}

#[test]
fn a_switch_that_drops_calls_drops_them_on_both_sims() {
    let scene = Scene::set("", "[calls]\non_switch = 'drop'\n");
    let mut clients = [1, 2].map(|sim| scene.root.client_on(sim, "first"));
    for client in &mut clients {
        assert_eq!(dial(client, CALLER), Errno::SUCCESS);
        assert_eq!(calls(client).len(), 1);
    }
    said(&operate(&scene.root, &["--sim", "2", "foreground", "second"]));
    clients.iter_mut().for_each(expect_no_calls);
    assert_eq!([1, 2].map(|sim| scene.modem(sim).run("calls").len()), [0, 0]);
    assert_eq!(foreground(&scene.root), ["second", "second"]);
}

#[test]
fn the_modem_goes_off_when_no_other_phone_is_there_on_either_sim() {
    let scene = Scene::set("", "");
    let mut only = scene.root.client_on(1, "first");
    let other = scene.root.client_on(2, "second");
    let shutdowns = |sim| scene.modem(sim).run("requests").into_iter().filter(|line| line.contains("SHUTDOWN")).count();
    assert_eq!(only.ask(RequestCode::SHUTDOWN, &[]).0, Errno::SUCCESS);
    only.wait(is_radio(RadioState::UNAVAILABLE));
    assert_eq!([1, 2].map(shutdowns), [0, 0]);
    // It is its own modem that goes off when the same phone is there on the other SIM, and no other phone is.
    drop(other);
    scene.root.log().wait_for(&["line{sim=2}", "client disconnected", "second"]);
    let mut elsewhere = scene.root.client_on(2, "first");
    only.ask(RequestCode::SHUTDOWN, &[]);
    elsewhere.expect_service();
    assert_eq!([1, 2].map(shutdowns), [1, 0]);
}

#[test]
fn the_number_service_knows_the_second_sim_alone() {
    let scene = Scene::set("", "[bridge]\nsim = 2\n");
    let mut clients = scene.clients();
    clients.iter_mut().for_each(|(_, _, client)| expect_registration(client));
    for sim in [1, 2] {
        assert_eq!(scene.modem(sim).run(&format!("call {CALLER}7")), ["rings"]);
    }
    for (sim, phone, client) in &mut clients {
        let number = match (*sim, *phone) {
            (1, "first") => format!("{CALLER}7"),
            (2, "second") => CALLER.to_owned(),
            _ => continue,
        };
        client.news(CALLS_CHANGED);
        assert_eq!(calls(client)[0].number, Some(number), "SIM {sim}");
    }
    for (sim, phone, client) in &mut clients {
        client.expect_service();
        let is_called = matches!((*sim, *phone), (1, "first") | (2, "second"));
        assert_eq!(calls(client).len(), usize::from(is_called), "SIM {sim} of {phone}");
    }
}

#[test]
fn rilctl_says_which_sim() {
    let scene = Scene::set("", "");
    let socket = scene.modem_socket();
    let modem = |sim, line: &str| {
        let socket = socket.to_str().expect("a plain name");
        said(&operate(&scene.root, &["--sim", sim, "modem", "--socket", socket, line]))
    };
    let mut client = scene.root.client_on(2, "first");
    expect_registration(&mut client);
    assert_eq!(modem("2", &format!("call {CALLER}")).trim(), "rings");
    client.news(CALLS_CHANGED);
    assert_eq!(modem("1", "calls"), "");
    assert!(modem("2", "calls").contains(CALLER));
    assert!(said(&operate(&scene.root, &["--sim", "2", "calls"])).contains(CALLER));
    assert!(!said(&operate(&scene.root, &["calls"])).contains(CALLER));
    assert!(said(&operate(&scene.root, &["--sim", "2", "status"])).starts_with("SIM                     2\n"));
    assert!(said(&operate(&scene.root, &["--sim", "1", "status"])).starts_with("SIM                     1\n"));
    let imsi = |sim| said(&operate(&scene.root, &["--sim", sim, "send", "second", "GET_IMSI", "[null]"]));
    assert_eq!((imsi("1").trim(), imsi("2").trim()), ("\"001010123456789\"", "\"001010123456790\""));
    let refused = |words: &[&str], code, why: &str| {
        let refused = operate(&scene.root, words);
        assert_eq!(refused.status.code(), Some(code), "{words:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains(why), "{said}");
    };
    refused(&["--sim", "3", "status"], 3, "[modem] sims says how many");
    refused(&["--sim", "3", "send", "second", "GET_IMSI"], 3, "[modem] sims says how many");
    refused(&["--sim", "2", "send", "/dev/null", "GET_IMSI"], 2, "--sim means nothing here");
    let socket = socket.to_str().expect("a plain name");
    refused(&["modem", "--socket", socket, "slot", "2"], 2, "--sim N");
}

#[test]
fn one_sim_is_served_as_ever() {
    let root = Root::start(&format!("[modem]\nargs = ['--radio', 'on']\n{PHONES}"));
    let Answer::Status(status) = root.ask_on(1, Ask::Status(GetStatus {})) else { panic!("a status") };
    assert_eq!(status.sim, None);
    assert!(!root.path("sim1").exists() && !root.path("sim2").exists());
    assert!(!root.log().text().contains("line{"));
}

#[test]
fn a_recording_is_of_one_sim_and_can_be_played_to_its_router() {
    let scene = Scene::set("", "[trace]\nring = 1\n");
    for sim in [1, 2] {
        scene.root.client_on(sim, "first").expect_service();
    }
    let config = scene.root.path("root.toml");
    for sim in ["1", "2"] {
        let trace = scene.folder.path().join(format!("{sim}.riltrace"));
        let trace = trace.to_str().expect("a plain name");
        said(&operate(&scene.root, &["--sim", sim, "trace", "dump", trace]));
        let config = config.to_str().expect("a plain name");
        said(&operate(&scene.root, &["trace", "replay", trace, "--as", "router", "--config", config]));
    }
    assert!(scene.root.path("sim2/trace").is_dir());
}

#[test]
fn both_sims_of_an_isolated_library_go_and_come_back() {
    let scene = Scene::set("isolate = true\n", "[trace]\nring = 1\nends = 2\n");
    let mut clients = scene.clients();
    clients.iter_mut().for_each(|(_, _, client)| client.expect_service());
    scene.modem(2).run(&format!("sms send {CALLER} hello"));
    for (sim, phone, client) in &mut clients {
        if (*sim, *phone) == (2, "first") {
            client.news(NEW_SMS);
            acknowledge(client);
        }
        client.expect_service();
        assert!(!has_heard(client, NEW_SMS), "SIM {sim} of {phone}");
    }
    // Both have one process.
    scene.root.kill_library();
    for (_, _, client) in &mut clients {
        client.wait(is_radio(RadioState::UNAVAILABLE));
        client.news(UnsolCode::RIL_CONNECTED);
        client.wait(is_radio(RadioState::ON));
        client.expect_service();
    }
    for sim in [1, 2] {
        assert_eq!(scene.root.modem_side_on(sim).ends, 1, "SIM {sim}");
    }
    for trace in ["trace", "sim2/trace"] {
        let kept = scene.root.log().wait_for(&["what came before the end of the modem is kept in", trace]);
        assert!(kept.contains("end-0000000000.riltrace"), "{kept}");
    }
}

#[test]
fn a_rild_below_serves_each_sim_on_a_socket_of_its_own() {
    let below = Scene::set("", "");
    let (one, other) = (below.root.socket_on(1, "first"), below.root.socket_on(2, "first"));
    let sockets = format!("['{}', '{}']", one.display(), other.display());
    let above = Root::start(&format!("[modem]\nsims = 2\nsocket = {sockets}\n{PHONES}"));
    let [mut first, mut second] = [1, 2].map(|sim| above.client_on(sim, "first"));
    for client in [&mut first, &mut second] {
        // The rild below may greet after us.
        client.ask_until(RequestCode::GET_IMEI, &[], |errno, _| errno != Errno::RADIO_NOT_AVAILABLE);
    }
    assert_eq!(imsi(&mut first).as_deref(), Some("001010123456789"));
    assert_eq!(imsi(&mut second).as_deref(), Some("001010123456790"));
    assert_eq!(above.modem_side_on(2).kind, "rild");
    below.modem(2).run(&format!("sms send {CALLER} hello"));
    second.news(NEW_SMS);
    acknowledge(&mut second);
    first.expect_service();
    assert!(!has_heard(&first, NEW_SMS));
}

#[test]
fn rilds_below_come_and_go_alone() {
    let one = |imsi: &str| Root::start(&format!("[modem]\nargs = ['--radio', 'on', '--imsi', '{imsi}']\n{PHONES}"));
    let (mut below, other) = (one("001010000000001"), one("001010000000002"));
    let sockets = [&below, &other].map(|root| root.socket("first"));
    let above = Root::start(&format!("[modem]\nsims = 2\nsocket = {sockets:?}\n{PHONES}"));
    let [mut first, mut second] = [1, 2].map(|sim| above.client_on(sim, "first"));
    for client in [&mut first, &mut second] {
        client.ask_until(RequestCode::GET_IMEI, &[], |errno, _| errno != Errno::RADIO_NOT_AVAILABLE);
    }
    below.kill();
    first.wait(is_radio(RadioState::UNAVAILABLE));
    above.log().wait_for(&["line{sim=1}", "the modem is tried again"]);
    assert_eq!(imsi(&mut second).as_deref(), Some("001010000000002"));
    assert_eq!([1, 2].map(|sim| above.modem_side_on(sim).up), [false, true]);
    below.start_again();
    first.news(UnsolCode::RIL_CONNECTED);
    first.wait(is_radio(RadioState::ON));
    assert_eq!(imsi(&mut first).as_deref(), Some("001010000000001"));
    assert_eq!(above.modem_side_on(2).ends, 0);
    let is_gone = |heard: &Heard| is_radio(RadioState::UNAVAILABLE)(heard);
    second.expect_service();
    assert!(!second.heard().iter().any(is_gone));
    assert_eq!(above.log().count(&["line{sim=2}", "the modem is tried again"]), 0);
}

#[test]
fn a_library_with_another_number_of_sims_is_refused() {
    for (sims, args) in [("sims = 2", "[]"), ("sims = 1", "['--sims', '2']"), ("sims = 3", "['--sims', '2']")] {
        for isolate in ["", "isolate = true\n"] {
            let (status, said) = Root::fails(&format!("[modem]\n{sims}\n{isolate}args = {args}\n{PHONES}"));
            assert_eq!(status.code(), Some(3), "{said}");
            assert!(said.contains("--sims is ") && said.contains("([modem] sims)"), "{said}");
        }
    }
    // One SIM in the flavour with socket ids.
    let root = Root::start(&format!("[modem]\nmulti_sim = true\nargs = ['--radio', 'on']\n{PHONES}"));
    let mut client = root.client("first");
    assert_eq!(imsi(&mut client).as_deref(), Some("001010123456789"));
}

#[test]
fn each_line_of_the_log_about_one_sim_says_which() {
    let scene = Scene::set("", "");
    for sim in [1, 2] {
        drop(scene.root.client_on(sim, "second"));
        scene.root.log().wait_for(&[&format!("line{{sim={sim}}}"), "client disconnected"]);
    }
    for about in ["client connected", "client disconnected", "the modem is up"] {
        for sim in [1, 2] {
            assert_eq!(scene.root.log().count(&[&format!("line{{sim={sim}}}"), about]), 1, "{about}");
        }
        assert_eq!(scene.root.log().count(&[about]), 2, "{about}");
    }
}

#[test]
fn a_phone_has_a_proxy_for_each_sim() {
    let mut scene = Scene::set("", "");
    let socket = scene.folder.path().join("rild2");
    let proxy = Proxy::between(&scene.root.socket_on(2, "second"), socket);
    let mut client = proxy.client();
    assert_eq!(imsi(&mut client).as_deref(), Some("001010123456790"));
    scene.root.kill();
    client.wait(is_radio(RadioState::UNAVAILABLE));
    scene.root.start_again();
    client.wait(is_radio(RadioState::ON));
    assert_eq!(imsi(&mut client).as_deref(), Some("001010123456790"));
}

/// On a library in C with socket ids; it has one modem, whose news are for the socket of the latest request.
fn awkward(keys: &str) -> Root {
    let library = vendor::awkward_multi_sim();
    Root::start(&format!(
        "[modem]\nsims = 2\n{keys}library = '{}'\nargs = ['-k', '1']\n[[phone]]\nname = 'first'\nprivileged = true\n",
        Path::new(&library).display()
    ))
}

fn command(client: &mut Peer, command: &str) {
    assert_eq!(client.ask(RequestCode::OEM_HOOK_RAW, &raw(command)), (Errno::SUCCESS, raw(command)));
}

/// What a library of C says and is told of socket ids, in root's process or in one of its own.
fn socket_ids_are_kept_apart(root: &Root, impossible: &[&str]) {
    let [mut first, mut second] = [1, 2].map(|sim| root.client_on(sim, "first"));
    for _ in 0..2 {
        for (client, id) in [(&mut first, "0"), (&mut second, "1")] {
            let answer = client.ask(RequestCode::OEM_HOOK_RAW, &raw("socket"));
            assert_eq!(answer, (Errno::SUCCESS, raw(id)), "it comes as the last argument");
        }
    }
    // The same serials on both, which are not the same requests.
    for serial in 0..100 {
        first.send(RequestCode::OEM_HOOK_RAW, serial, &raw(&format!("first {serial}")));
        second.send(RequestCode::OEM_HOOK_RAW, serial, &raw(&format!("second {serial}")));
    }
    for serial in 0..100 {
        assert_eq!(first.answer(serial), (Errno::SUCCESS, raw(&format!("first {serial}"))));
        assert_eq!(second.answer(serial), (Errno::SUCCESS, raw(&format!("second {serial}"))));
    }
    // A new radio state is asked for with the socket id, too.
    command(&mut first, "say-on 1 1028 on the second");
    second.news(UnsolCode::OEM_HOOK_RAW);
    for id in impossible {
        command(&mut first, &format!("say-on {id} 1028 on none"));
    }
    command(&mut second, "say-on 0 1028 on the first");
    first.news(UnsolCode::OEM_HOOK_RAW);
    for client in [&mut first, &mut second] {
        client.expect_service();
        client.expect_no_more_replies();
        assert!(!has_heard(client, UnsolCode::OEM_HOOK_RAW), "each heard its own, once");
    }
}

#[test]
fn socket_ids_that_there_are_not_are_told_and_dropped() {
    let root = awkward("");
    socket_ids_are_kept_apart(&root, &["7", "-1", "2147483647", "-2147483648", "2"]);
    for id in ["7", "-1"] {
        root.log()
            .wait_for(&["the vendor library speaks for a SIM that is not configured", &format!("socket_id={id}")]);
    }
    let Answer::Status(status) = root.ask_on(1, Ask::Status(GetStatus {})) else { panic!("a status") };
    assert!(status.library_faults.expect("there is a library").bad_responses >= 5, "each is counted");
}

#[test]
fn a_library_that_says_it_is_connected_begins_anew_on_that_sim_alone() {
    let root = awkward("");
    let [mut first, mut second] = [1, 2].map(|sim| root.client_on(sim, "first"));
    first.send(RequestCode::OEM_HOOK_RAW, 1, &raw("connected 999"));
    first.wait(is_radio(RadioState::UNAVAILABLE));
    assert_eq!(decode::<Ints>(&first.news(UnsolCode::RIL_CONNECTED)), [12]);
    first.wait(is_radio(RadioState::ON));
    second.expect_service();
    assert!(!has_heard(&second, UnsolCode::RIL_CONNECTED));
}

#[test]
fn an_isolated_library_has_socket_ids_too() {
    socket_ids_are_kept_apart(&awkward("isolate = true\n"), &["7", "-1"]);
}

/// In a namespace with a /run of its own, which is where it keeps its files. Needs root.
#[test]
fn by_the_name_of_rild_it_serves_as_many_sims_as_init_has_made_sockets() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let made = ["rild", "rild2"].map(|name| init_socket(&folder.path().join(name)));
    let program = folder.path().join("bin/rild");
    std::fs::create_dir(folder.path().join("bin")).expect("a folder can be made");
    std::os::unix::fs::symlink(binaries::rild_proxy(), &program).expect("a link can be made");
    // It becomes another user, who may not get to where it was built.
    let library = folder.path().join("libawkward.so");
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).expect("it is ours");
    std::fs::copy(vendor::awkward_multi_sim(), &library).expect("a library can be copied");
    let mut rild = Program::new(&program).arg("-l").arg(library).arg("-c").arg("0");
    rild = rild.arg("--").arg("-k").arg("1").with_mounts("mount -t tmpfs rild /run");
    for (name, socket) in ["ANDROID_SOCKET_rild", "ANDROID_SOCKET_rild2"].into_iter().zip(&made) {
        rild = rild.variable(name, socket.as_raw_fd().to_string());
    }
    let rild = rild.start("rild");
    rild.wait_for(0, "ready");
    for (name, id) in [("rild", "0"), ("rild2", "1")] {
        let mut client = Peer::greeted(&folder.path().join(name));
        assert_eq!(client.ask(RequestCode::OEM_HOOK_RAW, &raw("socket")), (Errno::SUCCESS, raw(id)), "{name}");
    }
}
