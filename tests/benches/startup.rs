//! Phones that all start at the same moment: what the modem is asked, and how long it takes until all have started.
//!
//! Each phone is a client of the real root daemon that asks what oFono asked of a real rild up to its first call, each
//! thing when the one before it is answered. The simulated modem counts what reaches it. What it is asked for the phones
//! themselves is GET_IMEI, and what each has of its own: calls, data calls, the microphone, cell broadcasts.
//!
//! `cargo bench -p rild-proxy-tests --bench startup`

#![allow(clippy::disallowed_methods, reason = "a clock is what this is about")]

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rild_proxy_tests::measure::{Scene, phone_name, start_of_ofono};
use rild_proxy_tests::peer::Peer;

const PHONES: [usize; 6] = [1, 2, 8, 32, 64, 128];

fn main() {
    println!("each phone asks {} things", start_of_ofono().len());
    println!("{:>6} {:>9} {:>11} {:>17} {:>9}", "phones", "at modem", "to 1 phone", "per further phone", "all, ms");
    let mut alone = None;
    for phones in PHONES {
        let (asked, took) = start_together(phones);
        let one = *alone.get_or_insert(asked);
        let ratio = asked as f64 / one as f64;
        let further = match phones {
            1 => "-".to_owned(),
            _ => format!("{:.1}", (asked as f64 - one as f64) / (phones - 1) as f64),
        };
        println!("{phones:>6} {asked:>9} {ratio:>11.2} {further:>17} {:>9.1}", took.as_secs_f64() * 1e3);
    }
}

/// What the modem was asked for them, and how long it took.
fn start_together(phones: usize) -> (usize, Duration) {
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
