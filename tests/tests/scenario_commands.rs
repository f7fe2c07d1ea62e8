//! `rilctl modem serve`, `run` and `watch` together, with a small RIL client for a phone.

use std::fs;
use std::process::{Child, Command, Output, Stdio};

use ril_protocol::{Errno, RequestCode};
use rild_proxy_tests::binaries;
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, Peer, encode};
use rild_proxy_tests::processes::{Process, Program};
use tempfile::TempDir;

/// A modem that is served, without a scenario of its own.
struct Served {
    process: Process,
    folder: TempDir,
}

impl Served {
    fn start() -> Self {
        Self::with(&[])
    }

    /// With more arguments of the modem.
    fn with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program =
            Program::new(binaries::rilctl()).arg("modem").arg("--socket").arg(folder.path().join("modem.sock"));
        let program = program.arg("serve").arg("--listen").arg(folder.path().join("rild"));
        let program = program.arg("--").arg("--radio").arg("on").variable("TMPDIR", folder.path());
        let program = more.iter().fold(program, |program, argument| program.arg(argument));
        let process = program.start("the modem");
        process.wait_for(0, "serving a rild");
        Self { process, folder }
    }

    fn client(&self) -> Peer {
        Peer::greeted(&self.folder.path().join("rild"))
    }

    /// `rilctl modem` with these arguments.
    fn modem(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(binaries::rilctl());
        command.arg("modem").arg("--control").arg(self.folder.path().join("modem.sock")).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("rilctl can be started")
    }

    fn file(&self, text: &str) -> String {
        let file = self.folder.path().join("a.scenario");
        fs::write(&file, text).expect("a file can be written");
        file.display().to_string()
    }
}

fn ended(child: Child) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it is our child");
    (status.code(), String::from_utf8([stdout, stderr].concat()).expect("text"))
}

#[test]
fn a_scenario_is_run_on_a_modem_that_is_served() {
    let mut served = Served::start();
    let mut client = served.client();
    let scenario = "when registered\nwhen GET_ACTIVITY_INFO within 30s\nfail GET_ACTIVITY_INFO MODEM_ERR\n";
    let running = served.modem(&["run", &served.file(scenario)]);
    // The scenario may begin only now. What it does befalls the very request that it waits for.
    while client.ask(ALWAYS_AT_MODEM, &[]).0 == Errno::SUCCESS {}
    let (code, said) = ended(running);
    assert!(code == Some(0) && said.ends_with("3 of 3 steps passed, 0 failed\n"), "{said}");

    let failing = served.modem(&["run", &served.file("expect ANSWER within 1ms\nwhen calls>=1 within 1ms\ncalls\n")]);
    let (code, said) = ended(failing);
    assert!(code == Some(1) && said.contains("0 of 2 steps passed, 2 failed\n1 steps were not reached\n"), "{said}");
    assert_eq!(served.process.end("TERM"), 0);
}

#[test]
fn what_happens_at_the_modem_is_watched() {
    let served = Served::start();
    let watching = served.modem(&["watch", "--count", "14"]);
    let mut client = served.client();
    client.ask(RequestCode::RADIO_POWER, &encode(&vec![1]));
    // One line for each state at first; one more is enough.
    while !has_ended(&watching) {
        client.ask(ALWAYS_AT_MODEM, &[]);
    }
    let (code, said) = ended(watching);
    assert_eq!((code, said.lines().count()), (Some(0), 14), "{said}");
    assert!(said.contains(" state radio=on\n"), "{said}");
}

#[test]
fn of_several_sims_the_first_is_served_and_each_can_be_spoken_to() {
    let served = Served::with(&["--sims", "2"]);
    served.client().expect_service();
    let mut command = Command::new(binaries::rilctl());
    command.args(["--sim", "2", "modem", "--socket"]).arg(served.folder.path().join("modem.sock"));
    command.args(["call", "5550199"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    assert_eq!(ended(command.spawn().expect("rilctl can be started")), (Some(0), "rings\n".to_owned()));
    assert_eq!(ended(served.modem(&["calls"])), (Some(0), String::new()));
}

/// Whether a process has ended; it is not waited for.
fn has_ended(child: &Child) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    state.rsplit(')').next().is_none_or(|rest| rest.trim_start().starts_with('Z'))
}
