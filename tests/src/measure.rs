//! What the measurements in `tests/benches` share: a root daemon with many phones, and what a process takes.
//!
//! Nothing here judges a figure; docs/performance.md says what each was when and how.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use ril_protocol::RequestCode;
use ril_protocol::hex::from_hex;
use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::program;
use crate::modem::Console;
use crate::root::Root;

/// What oFono asked of a real rild, one request on a line.
const OFONO_SESSION: &str = include_str!("../../modem-sim/tests/fixtures/ofono-session.txt");

/// A root daemon with the simulated modem, and so many phones.
#[derive(Debug)]
pub struct Scene {
    /// The daemon.
    pub root: Root,
    /// What the network does, and what the modem was asked.
    pub modem: Console,
    /// Goes last: the modem's socket is in here.
    _folder: TempDir,
}

impl Scene {
    /// Starts it; the radio is on.
    pub fn set(phones: usize) -> Self {
        Self::with(phones, "")
    }

    /// The same with a ring of traces.
    pub fn recorded(phones: usize) -> Self {
        Self::with(phones, "[trace]\nring = 64\n")
    }

    /// The same with the modem's library in a process of its own.
    pub fn isolated(phones: usize) -> Self {
        Self::with(phones, "isolate = true\n")
    }

    /// `more` goes on where `[modem]` ends.
    fn with(phones: usize, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let console = folder.path().join("modem.sock");
        let args = format!("['--control', '{}', '--radio', 'on', '--app', 'sim']", console.display());
        let mut config = format!("[modem]\nlibrary = 'libril-sim.so'\nargs = {args}\n{more}");
        for phone in 0..phones {
            write!(config, "[[phone]]\nname = '{}'\n", phone_name(phone)).expect("a string takes all");
        }
        let root = Root::start(&config);
        Self { root, modem: Console::connect(&console), _folder: folder }
    }

    /// How many requests of each kind the modem has had since it was last told to count anew.
    pub fn requests(&mut self) -> HashMap<String, usize> {
        let lines = self.modem.run("requests");
        let counts = lines.iter().filter_map(|line| line.split_once(' ')).filter(|(name, _)| *name != "total");
        let counts = counts.map(|(name, count)| (name.to_owned(), count.parse().expect("a number of requests")));
        counts.collect()
    }
}

/// The name of a phone of a [`Scene`].
pub fn phone_name(place: usize) -> String {
    format!("phone{place}")
}

/// What oFono asks when it starts, up to its first call: requests and their payloads.
pub fn start_of_ofono() -> Vec<(RequestCode, Vec<u8>)> {
    let lines = OFONO_SESSION.lines().filter(|line| !line.starts_with('#'));
    let requests = lines.map(|line| {
        let (name, payload) = line.split_once(' ').unwrap_or((line, ""));
        (name.parse().expect("a request of ril.h"), from_hex(payload).expect("hexadecimal digits"))
    });
    requests.take_while(|(code, _)| *code != RequestCode::DIAL).collect()
}

/// Kibibytes of memory that a process has to itself.
pub fn private_kib(pid: u32) -> f64 {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let line = text.lines().find_map(|line| line.strip_prefix("Private_Dirty:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")).and_then(|kib| kib.trim().parse().ok());
    kib.unwrap_or_else(|| panic!("{path} has no Private_Dirty:\n{text}"))
}

/// The straight line nearest to these points by least squares: what it has at 0, and what it gains for each 1.
pub fn line_through(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>()
        / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>();
    (y - slope * x, slope)
}

/// The middle one, or the upper of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Gives this process real-time priority 50, which all that it starts has from it, so that what else the machine does
/// matters little. What it starts is built before: that is not in a hurry.
///
/// # Panics
/// Without the right to it, or without `chrt` of util-linux.
pub fn run_in_real_time() {
    program("rilctl");
    let chrt = Command::new("chrt").args(["--fifo", "--pid", "50", &std::process::id().to_string()]).status();
    assert!(chrt.is_ok_and(|status| status.success()), "chrt gives no real-time priority; it needs root");
}

/// Round trips of GET_ACTIVITY_INFO as `rilctl bench` measures them with these arguments.
pub fn bench(socket: &Path, args: &[&str]) -> Value {
    let mut command = Command::new(program("rilctl"));
    command.arg("bench").arg(socket).args(["--request", "GET_ACTIVITY_INFO", "--json"]).args(args);
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("rilctl writes JSON")
}

/// A number in what [`bench()`] gives, by a path such as `/rild/p50_us`.
pub fn figure(result: &Value, path: &str) -> f64 {
    result.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("there is no {path} in {result}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_points_that_lie_on_it() {
        assert_eq!(line_through(&[(1.0, 5.0), (2.0, 7.0), (4.0, 11.0)]), (3.0, 2.0));
    }

    #[test]
    fn the_start_of_ofono_is_whole() {
        let start = start_of_ofono();
        assert_eq!(start.len(), 107);
        assert_eq!(start.first().map(|(code, _)| *code), Some(RequestCode::SCREEN_STATE));
        assert_eq!(start.iter().filter(|(code, _)| *code == RequestCode::SIM_IO).count(), 83);
    }
}
