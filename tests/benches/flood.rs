//! What a phone that floods does to another's round trips.
//!
//! Round trips of GET_ACTIVITY_INFO of one phone, one at a time, while another is quiet, keeps 64 requests unanswered,
//! or sends without a pause whatever its socket takes. How many requests of the other's the modem is given for one of
//! this phone's shows how much of a flood it was. The three take turns, so that what else the machine does falls on
//! all.
//!
//! The flooding client runs on the same machine, and takes its share of the processors too. Nobody has real-time
//! priority: at one such priority Linux lets nobody else in before somebody waits, so that the flood would have it all.
//!
//! `cargo bench -p rild-proxy-tests --bench flood`

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::thread;

use rild_proxy_tests::binaries::program;
use rild_proxy_tests::measure::{Scene, bench, figure, median, phone_name};
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, request};

const ROUNDS: usize = 9;
const TRIPS: &str = "5000";
/// Requests of `rilctl bench` for so many trips: a tenth more go ahead to warm up.
const OURS: f64 = 5500.0;

/// What the other phone does.
#[derive(Clone, Copy)]
enum Flood {
    None,
    Unanswered(&'static str),
    Ceaseless,
}

impl Flood {
    fn name(self) -> String {
        match self {
            Self::None => "is quiet".to_owned(),
            Self::Unanswered(count) => format!("keeps {count} unanswered"),
            Self::Ceaseless => "sends what its socket takes".to_owned(),
        }
    }
}

fn main() {
    let mut scene = Scene::set(2);
    let (loud, quiet) = (scene.root.socket(&phone_name(0)), scene.root.socket(&phone_name(1)));
    let floods = [Flood::None, Flood::Unanswered("64"), Flood::Ceaseless];
    let mut measured = floods.map(|_| (Vec::new(), Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        for (flood, (p50, p99, others)) in floods.into_iter().zip(&mut measured) {
            scene.modem.run("requests clear");
            let result = during(flood, &loud, || bench(&quiet, &["--count", TRIPS]));
            p50.push(figure(&result, "/rild/p50_us"));
            p99.push(figure(&result, "/rild/p99_us"));
            others.push(scene.requests()["GET_ACTIVITY_INFO"] as f64 / OURS - 1.0);
        }
    }
    println!(
        "{:28} {:>8} {:>6} {:>8} {:>6} {:>14}",
        "the other phone", "p50 us", "ratio", "p99 us", "ratio", "its to one"
    );
    let mut without = None;
    for (flood, (p50, p99, others)) in floods.into_iter().zip(measured) {
        let name = flood.name();
        let (p50, p99, others) = (median(p50), median(p99), median(others));
        let quiet = *without.get_or_insert((p50, p99));
        let (of_p50, of_p99) = (p50 / quiet.0, p99 / quiet.1);
        println!("{name:28} {p50:>8.1} {of_p50:>6.1} {p99:>8.1} {of_p99:>6.1} {others:>14.1}");
    }
}

/// Does something while the client of this socket does that.
fn during<T>(flood: Flood, socket: &Path, what: impl FnOnce() -> T) -> T {
    match flood {
        Flood::None => what(),
        Flood::Unanswered(count) => {
            let mut command = Command::new(program("rilctl"));
            command.arg("bench").arg(socket).args(["--outstanding", count, "--count", "10000000"]);
            let mut client = command.spawn().expect("rilctl can be started");
            let result = what();
            client.kill().and_then(|()| client.wait()).expect("it is our child");
            result
        }
        Flood::Ceaseless => {
            let stream = UnixStream::connect(socket).expect("root serves");
            let requests = request(ALWAYS_AT_MODEM, 7, &[]).repeat(256);
            thread::scope(|scope| {
                scope.spawn(|| while (&stream).write_all(&requests).is_ok() {});
                scope.spawn(|| while (&stream).read(&mut [0; 65536]).is_ok_and(|read| read > 0) {});
                let result = what();
                stream.shutdown(Shutdown::Both).expect("it is connected");
                result
            })
        }
    }
}
