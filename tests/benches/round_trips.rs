//! Round trips of GET_ACTIVITY_INFO to the simulated modem, as multiples of a bare echo over a Unix socket.
//!
//! Directly to root, by way of `rild-proxy phone`, and to a root whose library is isolated; with one request
//! unanswered, and with 64. Each figure is the median of nine runs of `rilctl bench --echo`, which measures the echo in
//! the same run; the six take turns. This process gives itself real-time priority 50 with `chrt` of util-linux, and all
//! that it starts has it from there, so that what else the machine does matters little. That needs root.
//!
//! `cargo bench -p rild-proxy-tests --bench round_trips`

use rild_proxy_tests::measure::{Scene, bench, figure, median, phone_name, run_in_real_time};
use rild_proxy_tests::root::Proxy;

const RUNS: usize = 9;
const LOADS: [(&str, &str); 2] = [("1", "20000"), ("64", "200000")];
const FIGURES: [&str; 6] =
    ["/echo/p50_us", "/rild/p50_us", "/latency_ratio", "/echo/per_second", "/rild/per_second", "/throughput_ratio"];

fn main() {
    run_in_real_time();
    let scene = Scene::set(2);
    let proxy = Proxy::start(&scene.root, &phone_name(1));
    let isolated = Scene::isolated(1);
    let ways = [
        ("client - root", scene.root.socket(&phone_name(0))),
        ("client - proxy RilD - root", proxy.socket()),
        ("client - root - isolated library", isolated.root.socket(&phone_name(0))),
    ];
    let mut measured = LOADS.map(|_| ways.each_ref().map(|_| Vec::new()));
    for _ in 0..RUNS {
        for ((outstanding, count), of_load) in LOADS.iter().zip(&mut measured) {
            for ((_, socket), results) in ways.iter().zip(of_load) {
                results.push(bench(socket, &["--echo", "--outstanding", outstanding, "--count", count]));
            }
        }
    }
    println!(
        "{:32} {:>11} {:>8} {:>8} {:>6} {:>9} {:>9} {:>6}",
        "", "outstanding", "echo us", "rild us", "ratio", "echo /s", "rild /s", "ratio"
    );
    for ((outstanding, _), of_load) in LOADS.iter().zip(measured) {
        for ((name, _), results) in ways.iter().zip(of_load) {
            let [echo, rild, latency, echo_rate, rild_rate, throughput] =
                FIGURES.map(|path| median(results.iter().map(|result| figure(result, path)).collect()));
            println!(
                "{name:32} {outstanding:>11} {echo:>8.1} {rild:>8.1} {latency:>6.1} {echo_rate:>9.0} {rild_rate:>9.0} \
                 {throughput:>6.1}"
            );
        }
    }
}
