//! What the hop through `rild-proxy phone` costs, in units of one round trip over a Unix socket.
//!
//! Three ways to the same echo, each with blocking threads at both ends: directly, through a relay that only copies
//! bytes, and through the proxy. Times differ from machine to machine, the ratios hardly. Run with
//! `cargo bench -p rild-proxy --bench phone_hop`.

#![allow(clippy::disallowed_methods, reason = "a clock is what this is about")]

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use ril_protocol::frame::{self, Message, RESPONSE_LIMIT, Reply, Request, Unsolicited};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::net::listener::Socket;
use rild_proxy::phone::driver::Driver;

const ROUNDS: usize = 9;
const TRIPS: usize = 20_000;
const OUTSTANDING: usize = 64;
const BATCHES: usize = 2_000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for sockets");
    let [echo, relay, root, phone] = ["echo", "relay", "root", "phone"].map(|name| folder.path().join(name));
    serve(&echo, |stream| answer_all(stream, false));
    let target = echo.clone();
    serve(&relay, move |stream| copy_both(stream, &UnixStream::connect(&target).expect("the echo is there")));
    serve(&root, |stream| answer_all(stream, true));
    start_proxy(&root, &phone);

    let ways = [("echo", &echo, false), ("byte relay", &relay, false), ("rild-proxy phone", &phone, true)];
    let mut clients: Vec<Client> = ways.iter().map(|(_, path, greets)| Client::connect(path, *greets)).collect();
    let mut trips = vec![Vec::new(); ways.len()];
    let mut rates = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        for (way, client) in clients.iter_mut().enumerate() {
            trips[way].push(client.median_trip());
            rates[way].push(client.rate());
        }
    }
    let unit = median(&mut trips[0]);
    println!("{:18} {:>12} {:>7} {:>22}", "", "p50 one trip", "ratio", "answers/s, 64 at once");
    for (way, (name, _, _)) in ways.iter().enumerate() {
        let trip = median(&mut trips[way]);
        rates[way].sort_by(f64::total_cmp);
        let rate = rates[way][ROUNDS / 2];
        println!("{name:18} {:>9.1} us {:>7.2} {rate:>22.0}", micros(trip), micros(trip) / micros(unit));
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Serves each connection on a thread of its own.
fn serve(path: &Path, each: impl Fn(UnixStream) + Clone + Send + 'static) {
    let listener = UnixListener::bind(path).expect("a socket");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let each = each.clone();
            std::thread::spawn(move || each(stream.expect("a client")));
        }
    });
}

fn start_proxy(root: &Path, phone: &Path) {
    let (root, phone) = (root.to_owned(), phone.to_owned());
    let (ready, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let driver = Driver::new(root, Socket::bind(&phone, 0o600, None).expect("a socket"));
            ready.send(()).expect("somebody waits");
            driver.run(std::future::pending()).await;
        });
    });
    wait.recv().expect("the proxy starts");
}

/// Answers every request at once, all of a batch in one write.
fn answer_all(mut stream: UnixStream, greets: bool) {
    let mut out = Vec::new();
    if greets {
        let version = parcel::encode(&vec![12], RilVersion::COMMON);
        Unsolicited::new(UnsolCode::RIL_CONNECTED, &version).put(&mut out);
        let radio = parcel::encode(&RadioState::ON, RilVersion::COMMON);
        Unsolicited::new(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &radio).put(&mut out);
        stream.write_all(&out).expect("the proxy reads");
    }
    let mut inbox = Frames::default();
    while inbox.read(&mut stream) {
        out.clear();
        inbox.each(|body| {
            if let Some(request) = Request::parse(body) {
                Reply::new(request.serial, Errno::SUCCESS, request.payload).put(&mut out);
            }
        });
        stream.write_all(&out).expect("the client reads");
    }
}

fn copy_both(one: UnixStream, other: &UnixStream) {
    let (mut from, mut to) = (other.try_clone().expect("a descriptor"), one.try_clone().expect("a descriptor"));
    std::thread::spawn(move || copy(&mut from, &mut to));
    let mut to = other.try_clone().expect("a descriptor");
    let mut from = one;
    copy(&mut from, &mut to);
}

fn copy(from: &mut UnixStream, to: &mut UnixStream) {
    let mut buffer = [0; 65536];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        to.write_all(&buffer[..count]).expect("the other side reads");
    }
}

#[derive(Default)]
struct Frames {
    bytes: Vec<u8>,
    end: usize,
}

impl Frames {
    fn read(&mut self, stream: &mut UnixStream) -> bool {
        self.bytes.resize(65536, 0);
        let count = stream.read(&mut self.bytes[self.end..]).unwrap_or(0);
        self.end += count;
        count > 0
    }

    fn each(&mut self, mut handle: impl FnMut(&[u8])) {
        let mut start = 0;
        while let Some((body, used)) =
            frame::split(&self.bytes[start..self.end], RESPONSE_LIMIT).expect("well-formed frames")
        {
            handle(body);
            start += used;
        }
        self.bytes.copy_within(start..self.end, 0);
        self.end -= start;
    }
}

struct Client {
    stream: UnixStream,
    inbox: Frames,
    request: Vec<u8>,
    batch: Vec<u8>,
}

impl Client {
    fn connect(path: &Path, greeted: bool) -> Self {
        let stream = UnixStream::connect(path).expect("somebody listens");
        let mut request = Vec::new();
        Request { code: RequestCode::GET_IMEI, serial: 7, payload: &[0; 36] }.put(&mut request);
        let batch = request.repeat(OUTSTANDING);
        let mut client = Self { stream, inbox: Frames::default(), request, batch };
        while greeted && client.unsolicited() != Some(RadioState::ON) {}
        client
    }

    /// The state of the radio, if the next messages tell one.
    fn unsolicited(&mut self) -> Option<RadioState> {
        let mut state = None;
        assert!(self.inbox.read(&mut self.stream));
        self.inbox.each(|body| {
            if let Some(Message::Unsolicited(news)) = Message::parse(body)
                && news.code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED
            {
                state = parcel::decode(news.payload, RilVersion::COMMON).ok();
            }
        });
        state
    }

    fn answers(&mut self, mut count: usize) {
        while count > 0 {
            assert!(self.inbox.read(&mut self.stream));
            self.inbox.each(|_| count -= 1);
        }
    }

    fn median_trip(&mut self) -> Duration {
        let mut times = Vec::with_capacity(TRIPS);
        for _ in 0..TRIPS {
            let start = Instant::now();
            self.stream.write_all(&self.request).expect("somebody reads");
            self.answers(1);
            times.push(start.elapsed());
        }
        median(&mut times)
    }

    fn rate(&mut self) -> f64 {
        let start = Instant::now();
        for _ in 0..BATCHES {
            self.stream.write_all(&self.batch).expect("somebody reads");
            self.answers(OUTSTANDING);
        }
        (OUTSTANDING * BATCHES) as f64 / start.elapsed().as_secs_f64()
    }
}
