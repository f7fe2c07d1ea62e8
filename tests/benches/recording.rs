//! What recording costs a client: round trips to a root daemon with a ring of traces, as multiples of those to one
//! without.
//!
//! As in `round_trips`: with one request unanswered, and with 64; medians of nine runs of `rilctl bench` that take
//! turns, all at real-time priority 50. That needs root.
//!
//! `cargo bench -p rild-proxy-tests --bench recording`

use rild_proxy_tests::measure::{Scene, bench, figure, median, phone_name, run_in_real_time};

const RUNS: usize = 9;
const LOADS: [(&str, &str); 2] = [("1", "20000"), ("64", "200000")];

fn main() {
    run_in_real_time();
    let scenes = [Scene::set(1), Scene::recorded(1)];
    let mut measured = LOADS.map(|_| [Vec::new(), Vec::new()]);
    for _ in 0..RUNS {
        for ((outstanding, count), of_load) in LOADS.iter().zip(&mut measured) {
            for (scene, results) in scenes.iter().zip(of_load) {
                let socket = scene.root.socket(&phone_name(0));
                results.push(bench(&socket, &["--outstanding", outstanding, "--count", count]));
            }
        }
    }
    println!(
        "{:>11} {:>9} {:>12} {:>6} {:>9} {:>12} {:>6}",
        "outstanding", "p50 us", "recorded us", "ratio", "/s", "recorded /s", "ratio"
    );
    for ((outstanding, _), of_load) in LOADS.iter().zip(measured) {
        let of = |path| {
            of_load.each_ref().map(|results| median(results.iter().map(|result| figure(result, path)).collect()))
        };
        let ([plain, recorded], [rate, recorded_rate]) = (of("/rild/p50_us"), of("/rild/per_second"));
        println!(
            "{outstanding:>11} {plain:>9.1} {recorded:>12.1} {:>6.2} {rate:>9.0} {recorded_rate:>12.0} {:>6.2}",
            recorded / plain,
            recorded_rate / rate
        );
    }
}
