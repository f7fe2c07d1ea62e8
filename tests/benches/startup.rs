//! Phones that all start at the same moment: what the modem is asked, and how long it takes until all have started.
//!
//! Each phone is a client of the real root daemon that asks what oFono asked of a real rild up to its first call, each
//! thing when the one before it is answered. The simulated modem counts what reaches it. What it is asked for every phone
//! anew, because each has its own or because a rule says so, is named and counted apart.
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
    let results = PHONES.map(start_together);
    let (alone, together) = (&results[0].0, &results[PHONES.len() - 1].0);
    let further = PHONES[PHONES.len() - 1] - PHONES[0];
    let asked_alone = |name: &str| alone.get(name).copied().unwrap_or_default();
    let mut own: Vec<&str> = together.keys().map(String::as_str).collect();
    own.retain(|name| together[*name] >= asked_alone(name) + further / 2);
    own.sort_unstable();

    println!("{:>6} {:>9} {:>6} {:>13} {:>6} {:>9}", "phones", "at modem", "ratio", "but for own", "ratio", "all, ms");
    let of = |asked: &HashMap<String, usize>| {
        let shared = asked.iter().filter(|(name, _)| !own.contains(&name.as_str()));
        (asked.values().sum::<usize>(), shared.map(|(_, count)| count).sum::<usize>())
    };
    let (all_alone, shared_alone) = of(alone);
    for (phones, (asked, took)) in PHONES.iter().zip(&results) {
        let (all, shared) = of(asked);
        let (ratio, of_shared) = (all as f64 / all_alone as f64, shared as f64 / shared_alone as f64);
        let took = took.as_secs_f64() * 1e3;
        println!("{phones:>6} {all:>9} {ratio:>6.2} {shared:>13} {of_shared:>6.2} {took:>9.1}");
    }
    println!("own: {}", own.join(", "));
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
