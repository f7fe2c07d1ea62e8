//! Calls through the service as SIPp sees them, next to SIPp calling SIPp without it in the same run.
//!
//! SIPp's own scenarios `uac` and `uas` play caller and phone; the service is the program itself with an SQLite file,
//! once with direct media and once with the relay. How many calls a second are set up without any failure or
//! retransmission, for four seconds; how long a set-up takes, from INVITE to 200; and what a call costs in memory while
//! it goes on, just after its end, and when the transactions are over (RFC 3261 keeps them for 32 seconds). No RTP is
//! sent: a relay costs its sockets and tasks here, and the copying is not measured.
//!
//! `cargo bench -p voip-bridge --bench calls`

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

const BRIDGE: &str = "127.77.0.1";
const CALLER: &str = "127.77.0.2";
const PHONE: &str = "127.77.0.3";
const NUMBER: &str = "+15550100001";
const SIM: &str = "+15550100099";

/// How long calls come at one rate, in seconds.
const STEP: u32 = 4;
/// Where the search for the highest rate begins, and how it goes on.
const FIRST_RATE: u32 = 100;
const NEXT_RATE: f64 = 1.3;
/// A rate has failed when it has failed so often: others use this machine, too.
const TRIES: u32 = 2;
/// Rounds of set-up times; the ways take turns.
const ROUNDS: usize = 5;
/// Calls that go on while memory is looked at.
const CALLS: u32 = 1000;
/// Until the transactions of calls are over.
const TRANSACTIONS: Duration = Duration::from_secs(40);

/// How the calls go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    Direct,
    Relayed,
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let _phone = Sipp::phone(folder.path());
    let ways = [(Way::Plain, "SIPp - SIPp"), (Way::Direct, "direct media"), (Way::Relayed, "relayed media")];
    let bridge = |way, name: &str| (way != Way::Plain).then(|| Bridge::start(&folder.path().join(name), way));

    println!("{:16} {:>10} {:>14}", "", "calls/s", "fails at");
    for (way, name) in ways {
        let _bridge = bridge(way, name);
        let (highest, failed) = rate(folder.path(), way);
        println!("{name:16} {highest:>10} {failed:>14}");
    }

    let mut times = ways.map(|_| Vec::new());
    for round in 0..ROUNDS {
        for ((way, name), times) in ways.iter().zip(&mut times) {
            let _bridge = bridge(*way, &format!("{name} {round}"));
            times.push(setup_times(folder.path(), *way));
        }
    }
    println!("\n{:16} {:>10} {:>10}", "set-up, ms", "median", "p99");
    for ((_, name), rounds) in ways.iter().zip(times) {
        let [middle, late] = [50, 99].map(|percent| median(rounds.iter().map(|times| at(times, percent)).collect()));
        println!("{name:16} {middle:>10.2} {late:>10.2}");
    }

    println!("\n{:16} {:>10} {:>10} {:>10}", "KiB a call", "live", "ended", "40 s later");
    for (way, name) in ways.into_iter().skip(1) {
        let bridge = Bridge::start(&folder.path().join(format!("{name} memory")), way);
        let [live, ended, over] = memory(folder.path(), way, &bridge);
        println!("{name:16} {live:>10.1} {ended:>10.1} {over:>10.1}");
    }
}

/// The highest rate that is sustained, and the first one that is not.
fn rate(folder: &Path, way: Way) -> (u32, u32) {
    let mut highest = 0;
    let mut rate = FIRST_RATE;
    loop {
        let calls = (rate * STEP).to_string();
        let rate_text = rate.to_string();
        let sustained = (0..TRIES).any(|_| {
            let sipp = Sipp::caller(
                folder,
                way,
                &["-r", &rate_text, "-m", &calls, "-trace_stat", "-stf", "stat", "-fd", "60"],
            );
            let status = sipp.wait();
            let stat = fs::read_to_string(folder.join("stat")).expect("what SIPp counted");
            let count = |name| column(&stat, name).parse::<f64>().expect("a number");
            status.success()
                && count("FailedCall(C)") == 0.0
                && count("Retransmissions(C)") == 0.0
                && count("CallRate(C)") > f64::from(rate) * 0.9
        });
        if !sustained {
            return (highest, rate);
        }
        highest = rate;
        rate = (f64::from(rate) * NEXT_RATE) as u32;
    }
}

/// From INVITE to 200, in milliseconds, of calls that have little to do with each other; sorted.
fn setup_times(folder: &Path, way: Way) -> Vec<f64> {
    let sipp = Sipp::caller(folder, way, &["-r", "25", "-m", "100", "-trace_rtt", "-rtt_freq", "1"]);
    let pid = sipp.0.id();
    assert!(sipp.wait().success(), "calls at a low rate");
    let file = folder.join(format!("uac_{pid}_rtt.csv"));
    let text = fs::read_to_string(&file).expect("what SIPp measured");
    fs::remove_file(&file).expect("its file");
    let mut times: Vec<f64> =
        text.lines().skip(1).map(|line| line.split(';').nth(1).expect("a time").parse().expect("a number")).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// KiB for each call: while it goes on, when it has just ended, and when its transactions are over.
fn memory(folder: &Path, way: Way, bridge: &Bridge) -> [f64; 3] {
    // What the service has for its first calls it keeps for the next ones.
    assert!(Sipp::caller(folder, way, &["-r", "10", "-m", "10"]).wait().success());
    let before = bridge.private();
    let calls = CALLS.to_string();
    let sipp = Sipp::caller(folder, way, &["-r", "50", "-l", &calls, "-m", &calls, "-d", "35000"]);
    // All are there after twenty seconds; the first one ends after 35.
    sleep(Duration::from_secs(27));
    let live = bridge.private();
    assert!(sipp.wait().success(), "{CALLS} calls at once");
    let ended = bridge.private();
    sleep(TRANSACTIONS);
    [live, ended, bridge.private()].map(|kib| (kib - before) / f64::from(CALLS))
}

/// A SIPp.
struct Sipp(Child);

impl Sipp {
    fn phone(folder: &Path) -> Self {
        let phone = Self::start(folder, PHONE, &["-sn", "uas"]);
        while UdpSocket::bind((PHONE, 5060)).is_ok() {
            sleep(Duration::from_millis(10));
        }
        phone
    }

    fn caller(folder: &Path, way: Way, more: &[&str]) -> Self {
        let remote = if way == Way::Plain { PHONE } else { BRIDGE };
        let remote = format!("{remote}:5060");
        let usual = ["-sn", "uac", "-s", NUMBER, "-nostdin", "-timeout", "120s", &remote];
        Self::start(folder, CALLER, &[more, &usual].concat())
    }

    fn start(folder: &Path, host: &str, arguments: &[&str]) -> Self {
        let child = Command::new("sipp")
            .args(["-i", host, "-p", "5060", "-mi", host])
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp (Debian: sip-tester)");
        Self(child)
    }

    fn wait(mut self) -> ExitStatus {
        self.0.wait().expect("an end")
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The service.
struct Bridge(Child);

impl Bridge {
    fn start(folder: &Path, way: Way) -> Self {
        fs::create_dir(folder).expect("a folder");
        let config = folder.join("bridge.toml");
        let path = if way == Way::Relayed { "relay" } else { "direct" };
        let peer = |name, host| {
            format!("[[voice.peer]]\nname = '{name}'\naddress = '{host}:5060'\ntransport = 'udp'\nrate = 1000000\n")
        };
        let text = format!(
            "[store]\nsqlite = '{}/bridge.db'\n[admin]\nlisten = ''\n\
             [voice.sip]\nlisten = [{{ transport = 'udp', address = '{BRIDGE}:5060' }}]\n{}{}\
             [voice.calls]\ntrunk = 'phone'\ncountry = 1\nmost = 100000\nmost_per_number = 100000\n\
             [voice.media]\npath = '{path}'\nfirst_port = 10000\nlast_port = 59999\n",
            folder.display(),
            peer("caller", CALLER),
            peer("phone", PHONE)
        );
        fs::write(&config, text).expect("a file");
        let add: &[&str] = &["numbers", "add", NUMBER];
        for arguments in [add, &["numbers", "assign", NUMBER, "--sim", SIM, "--phone", "work", "--tag", "2"]] {
            let mut numbers = program(&config, arguments);
            let status = numbers.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("a status");
            assert!(status.success(), "{arguments:?}");
        }
        let bridge = Self(program(&config, &["serve", "--log", "error"]).spawn().expect("a program"));
        while UdpSocket::bind((BRIDGE, 5060)).is_ok() {
            sleep(Duration::from_millis(10));
        }
        bridge
    }

    /// Its private memory in KiB, as the kernel counts it.
    fn private(&self) -> f64 {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0.id())).expect("a process");
        let line = rollup.lines().find_map(|line| line.strip_prefix("Private_Dirty:")).expect("a line");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The program, with as many files as the system lets it have: a relay needs four for a call.
fn program(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n $(ulimit -H -n) && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_voip-bridge")]);
    command.args(arguments).arg("--config").arg(config);
    command
}

/// The last value of a column of SIPp's statistics.
fn column<'a>(stat: &'a str, name: &str) -> &'a str {
    let names = stat.lines().next().expect("a heading").split(';');
    let place = names.into_iter().position(|known| known == name).expect("a column");
    stat.lines().last().expect("a line").split(';').nth(place).expect("a value")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    at(&values, 50)
}

/// The value below which so many percent of the sorted `values` are.
fn at(values: &[f64], percent: usize) -> f64 {
    values[(values.len() * percent / 100).min(values.len() - 1)]
}
