//! The program itself: from its configuration to a message that the operator can hear, and what its log says of it.

use std::fs::File;
use std::process::{Command, ExitStatus, Stdio};

use crate::harness::{NUMBER, Net, Raw, SIM, Sipp};
use audio_codec::{Encoder, pcmu};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use voip_bridge::config;
use voip_bridge::store::Store;

#[tokio::test]
async fn a_message_left_is_in_the_store_and_no_number_in_the_log() {
    let net = Net::new();
    let folder = tempfile::tempdir().expect("a folder");
    let [bridge, caller, gateway] = [1, 2, 3].map(|host| net.host(host));
    let database = folder.path().join("bridge.db");
    let file = folder.path().join("bridge.toml");
    let text = format!(
        "[store]\nsqlite = \"{}\"\n[admin]\nlisten = \"\"\n\
         [voice.sip]\nlisten = [{{ transport = \"udp\", address = \"{bridge}:5060\" }}]\n\
         [[voice.peer]]\nname = \"caller\"\naddress = \"{caller}:5060\"\ntransport = \"udp\"\n\
         [[voice.peer]]\nname = \"gateway\"\naddress = \"{gateway}:5060\"\ntransport = \"udp\"\n\
         [voice.calls]\ntrunk = \"gateway\"\ncountry = 1\n",
        database.display()
    );
    std::fs::write(&file, text).expect("a file");
    let program = || Command::new(env!("CARGO_BIN_EXE_voip-bridge"));
    let numbers = |arguments: &[&str]| {
        let status = program().arg("numbers").args(arguments).arg("--config").arg(&file).stdout(Stdio::null()).status();
        assert!(status.expect("a status").success(), "{arguments:?}");
    };
    numbers(&["add", NUMBER]);
    numbers(&["assign", NUMBER, "--sim", SIM, "--phone", "work", "--tag", "2"]);
    let log = folder.path().join("log");
    let mut service = program()
        .args(["serve", "--config"])
        .arg(&file)
        .stderr(File::create(&log).expect("a file"))
        .spawn()
        .expect("a program");
    Raw::at(net, 2).await.until_served().await;

    let words = [
        ("simre", "sip:.15550100099@"),
        ("shown", ".155501999992@"),
        ("port", "[0-9]+"),
        ("status", "486 Busy Here"),
        ("more", ""),
    ];
    let gateway = Sipp::run(net, 3, "gateway_refuses", &words).listening("udp", net, 3).await;
    let words = [("from", "sip:+15550199999@caller.example"), ("more", "")];
    let spoken = pcmu::PcmuEncoder::new().encode(&[1000; 8000]);
    let caller = Sipp::run_files(net, 2, "caller_leaves_message", &words, &[], &[("tone.ulaw", &spoken)]);
    tokio::join!(caller.done(), gateway.done());

    // It ends what it has begun before it goes.
    let pid = Pid::from_raw(service.id().try_into().expect("a process"));
    kill(pid, Signal::SIGTERM).expect("a signal");
    let status: ExitStatus =
        tokio::task::spawn_blocking(move || service.wait()).await.expect("a thread").expect("a status");
    let log = std::fs::read_to_string(&log).expect("a log");
    assert!(status.success(), "{log}");
    assert!(log.contains("listening"), "{log}");
    for number in ["5550100001", "5550100099", "5550199999"] {
        assert!(!log.contains(number), "{log}");
    }
    let store = Store::open(&config::Store { sqlite: database, ..config::Store::default() }).await.expect("a store");
    let messages = store.voicemails(10).await.expect("messages");
    assert_eq!(messages.len(), 1);
    assert!(store.live_calls().await.expect("calls").is_empty());
    let calls = store.past_calls(10).await.expect("calls");
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].peer.as_deref(), Some("+15550199999"));
    assert!(calls[0].answered.is_some() && calls[0].cause == Some(16));
}
