//! Phones that all start at the same moment: what the modem is asked, and how long it takes until all have started.
//!
//! Each phone is a client of the real root daemon that asks what oFono asked of a real rild up to its first call, each
//! thing when the one before it is answered. The simulated modem counts what reaches it.
//!
//! `cargo bench -p rild-proxy-tests --bench startup`

#![allow(clippy::disallowed_methods, reason = "a clock is what this is about")]

use std::collections::HashMap;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rild_proxy_tests::measure::{Scene, phone_name, start_of_ofono};
use rild_proxy_tests::peer::Peer;

const PHONES: [usize; 5] = [1, 2, 8, 32, 128];

fn main() {
    println!("each phone asks {} things", start_of_ofono().len());
    println!("{:>6} {:>9} {:>6} {:>9}  asked more often than for one", "phones", "at modem", "ratio", "all, ms");
    let mut alone = None;
    for phones in PHONES {
        let (asked, took) = start_together(phones);
        let alone = alone.get_or_insert_with(|| asked.clone());
        let total = |asked: &HashMap<String, usize>| asked.values().sum::<usize>();
        let ratio = total(&asked) as f64 / total(alone) as f64;
        let took = took.as_secs_f64() * 1e3;
        println!("{phones:>6} {:>9} {ratio:>6.2} {took:>9.1}  {}", total(&asked), more_than(alone, &asked));
    }
}

/// What was asked more often than that, and by how much.
fn more_than(before: &HashMap<String, usize>, asked: &HashMap<String, usize>) -> String {
    let more = asked.iter().filter_map(|(name, count)| {
        let more = count.saturating_sub(before.get(name).copied().unwrap_or_default());
        (more > 0).then_some((more, name))
    });
    let mut more: Vec<_> = more.collect();
    more.sort_unstable_by(|a, b| b.cmp(a));
    more.iter().map(|(more, name)| format!("{name} +{more}")).collect::<Vec<_>>().join(", ")
}

/// What the modem was asked for them, and how long it took.
fn start_together(phones: usize) -> (HashMap<String, usize>, Duration) {
    let mut scene = Scene::set(phones);
    let steps = start_of_ofono();
    let gate = Barrier::new(phones + 1);
    scene.modem.run("requests clear");
    let took = thread::scope(|scope| {
        for phone in 0..phones {
            let (socket, steps, gate) = (scene.root.socket(&phone_name(phone)), &steps, &gate);
            scope.spawn(move || {
                let mut peer = Peer::greeted(&socket);
                gate.wait();
                for (code, payload) in steps {
                    peer.ask(*code, payload);
                }
                gate.wait();
            });
        }
        gate.wait();
        let start = Instant::now();
        gate.wait();
        start.elapsed()
    });
    (scene.requests(), took)
}
