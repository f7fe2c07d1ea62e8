//! What the host costs: from `request` to a readable event descriptor and back out of `drain`, around a vendor library
//! that answers at once. The echo over a Unix socket between two threads is the yardstick; compare ratios, not times.
//!
//! `cargo bench -p vendor-shim`. Needs a C compiler (`$CC`, else `cc`). On a machine with two cores and much else to
//! do, at real-time priority (`chrt -f 50`): echo 31 us; one request outstanding 31 us (1.0); a client behind a loop 62
//! us (2.0); 64 outstanding 1.3 million a second; a storm 6 million a second.
//!
//! Each wake-up of another thread costs half an echo, and next to nothing else costs anything. To spin instead of
//! sleeping was tried, in the loop behind `request`, in the request thread, and in both, for 20 and for 50 us: with a
//! client of its own to run, a machine with two cores gains a tenth at best and loses as much at other times.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::parcel::{self, Raw};
use ril_protocol::{RequestCode, RilVersion};
use vendor_shim::host::{HostConfig, Lane, Sim, VendorHost};

/// Bytes of a GET_IMEI request frame, and of its answer with a 15-digit text.
const QUESTION: usize = 12;
const ANSWER: usize = 52;
const LANE: Lane = Lane::Of(0);
const SIGNALS: i32 = 1000;
/// Bytes of a SIGNAL_STRENGTH frame, 13 integers, and of an empty answer.
const SIGNAL: usize = 12 + 13 * 4;
const EMPTY: usize = 16;

fn null_vendor() -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/null_vendor.c");
    let library = std::env::current_exe().expect("a benchmark knows its executable").with_file_name("libnull.so");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command.args(["-O2", "-Wall", "-Wextra", "-pthread", "-shared", "-fPIC", "-o"]).arg(&library).arg(source);
    assert!(command.status().expect("there is a C compiler").success());
    library
}

/// Waits for `bytes` of frames.
fn take(sim: &Sim, frames: &mut Vec<u8>, bytes: usize) {
    let mut got = 0;
    while got < bytes {
        let mut fds = [PollFd::new(sim.event_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::NONE).expect("the descriptor can be waited for");
        frames.clear();
        sim.drain(frames);
        got += frames.len();
    }
    assert_eq!(got, bytes);
}

/// What the daemon does for one phone, and nothing else.
fn serve(sim: &Sim, mut phone: &UnixStream) {
    let (mut question, mut frames) = ([0; QUESTION], Vec::new());
    loop {
        let descriptors = [sim.event_fd(), phone.as_fd()];
        let mut fds = descriptors.map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        poll(&mut fds, PollTimeout::NONE).expect("the descriptors can be waited for");
        let [has_answer, has_question] = fds.map(|fd| fd.any().unwrap_or(true));
        if has_answer {
            frames.clear();
            sim.drain(&mut frames);
            phone.write_all(&frames).expect("the phone reads");
        }
        if has_question {
            if phone.read_exact(&mut question).is_err() {
                return;
            }
            sim.request(LANE, RequestCode::GET_IMEI, 1, &[]);
        }
    }
}

fn echo(criterion: &mut Criterion) {
    let (mut near, mut far) = UnixStream::pair().expect("a socket pair");
    let echo = thread::spawn(move || {
        let mut question = [0; QUESTION];
        while far.read_exact(&mut question).is_ok() {
            far.write_all(&[0; ANSWER]).expect("the asker reads");
        }
    });
    criterion.bench_function("echo over a Unix socket", |bencher| {
        bencher.iter(|| {
            near.write_all(&[0; QUESTION]).expect("the echo reads");
            near.read_exact(&mut [0; ANSWER]).expect("the echo answers");
        });
    });
    drop(near);
    echo.join().expect("the echo ends");
}

fn host(criterion: &mut Criterion) {
    let mut config = HostConfig::new(null_vendor());
    config.args = std::env::var("NULL_VENDOR").ok().into_iter().collect();
    let host = VendorHost::start(&config).expect("the library starts");
    let sim = host.sim(0).expect("there is a first SIM");
    let mut frames = Vec::new();
    take(sim, &mut frames, 20 + 16);

    criterion.bench_function("one request outstanding", |bencher| {
        bencher.iter(|| {
            sim.request(LANE, RequestCode::GET_IMEI, 1, &[]);
            take(sim, &mut frames, ANSWER);
        });
    });

    let (mut near, far) = UnixStream::pair().expect("a socket pair");
    thread::scope(|scope| {
        scope.spawn(|| serve(sim, &far));
        criterion.bench_function("a client behind a loop", |bencher| {
            bencher.iter(|| {
                near.write_all(&[0; QUESTION]).expect("the loop reads");
                near.read_exact(&mut [0; ANSWER]).expect("the loop answers");
            });
        });
        near.shutdown(Shutdown::Both).expect("the loop still listens");
    });

    let mut group = criterion.benchmark_group("throughput");
    group.throughput(Throughput::Elements(64));
    group.bench_function("64 requests outstanding", |bencher| {
        bencher.iter(|| {
            for serial in 0..64 {
                sim.request(LANE, RequestCode::GET_IMEI, serial, &[]);
            }
            take(sim, &mut frames, 64 * ANSWER);
        });
    });
    let storm = parcel::encode(&Raw(Some(SIGNALS.to_ne_bytes().to_vec())), RilVersion::COMMON);
    group.throughput(Throughput::Elements(SIGNALS.unsigned_abs().into()));
    group.bench_function("storm of signal strengths", |bencher| {
        bencher.iter(|| {
            sim.request(LANE, RequestCode::OEM_HOOK_RAW, 1, &storm);
            take(sim, &mut frames, SIGNALS.unsigned_abs() as usize * SIGNAL + EMPTY);
        });
    });
}

criterion_group!(benches, echo, host);
criterion_main!(benches);
