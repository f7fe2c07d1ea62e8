//! How fast a trace goes through the router alone: a long session of one client, and a short one of many messages.
//!
//! Each is recorded here by a root daemon's ring and played by `rilctl trace replay --as router`, whose whole run is
//! timed, start and reading of the file included. Medians of nine.
//!
//! `cargo bench -p rild-proxy-tests --bench replay`

#![allow(clippy::disallowed_methods, reason = "a clock is what this is about")]

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use ril_trace::format::{Item, Reader};
use rild_proxy_tests::binaries::program;
use rild_proxy_tests::measure::{Scene, bench, median, phone_name};

const RUNS: usize = 9;

fn main() {
    println!("{:>9} {:>10} {:>12} {:>9}", "messages", "ms", "messages/s", "traces/min");
    for requests in ["20", "500000"] {
        let scene = Scene::recorded(1);
        bench(&scene.root.socket(&phone_name(0)), &["--outstanding", "64", "--count", requests]);
        let trace = scene.root.path("session.riltrace");
        let control = scene.root.path("control.sock");
        rilctl(&["--control".as_ref(), &control, "trace".as_ref(), "dump".as_ref(), &trace]);
        let config = scene.root.path("root.toml");
        let again = [
            "trace".as_ref(),
            "replay".as_ref(),
            trace.as_path(),
            "--as".as_ref(),
            "router".as_ref(),
            "--config".as_ref(),
            &config,
        ];
        let runs = (0..RUNS).map(|_| {
            let before = Instant::now();
            rilctl(&again);
            before.elapsed().as_secs_f64()
        });
        let seconds = median(runs.collect());
        let messages = records(&trace);
        println!("{messages:>9} {:>10.1} {:>12.0} {:>9.0}", seconds * 1e3, messages as f64 / seconds, 60.0 / seconds);
    }
}

fn rilctl(args: &[&Path]) {
    let output = Command::new(program("rilctl")).args(args).output().expect("rilctl can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn records(trace: &Path) -> usize {
    let mut reader = Reader::open(File::open(trace).expect("the trace is there")).expect("a trace");
    let mut records = 0;
    while let Some(item) = reader.next_item().expect("can be read") {
        records += usize::from(matches!(item, Item::Record(_)));
    }
    records
}
