//! A real core and a real conversation; the network and the service are played, and time passes when nobody acts.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use caller_tag::link::seal::{Channel, FRAME_LIMIT, Hello, IDLE, SILENCE, put};
use caller_tag::link::{Phones, from_device, to_service};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::LocalSet;

use super::*;
use crate::config::{Config, Phone};
use crate::root::core::tests::{Silent, beginning};
use crate::router::Actions;

/// Room of a connection in each direction.
const ROOM: usize = 4096;

/// What there is to connect to, one after the other, and when it was connected to.
#[derive(Default)]
struct Network {
    waiting: RefCell<VecDeque<io::Result<DuplexStream>>>,
    tried: RefCell<Vec<Instant>>,
}

struct Bench {
    core: SharedCore,
    network: Rc<Network>,
    _folder: TempDir,
}

fn key(digit: char) -> Key {
    Key::parse(&digit.to_string().repeat(64)).unwrap()
}

impl Bench {
    /// A daemon that tries to connect to a service.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let phone = Phone { name: "a".to_owned(), tag: Some(1), ..Phone::default() };
        let config = Config { phone: vec![phone], ..Config::default() };
        let mut core = beginning(folder.path(), &config, Actions::default(), Box::new(Silent));
        core.service().configure();
        let (core, network) = (Rc::new(RefCell::new(core)), Rc::new(Network::default()));
        let bench = Self { core: Rc::clone(&core), network: Rc::clone(&network), _folder: folder };
        tokio::task::spawn_local(async move {
            let device = "phone-1".parse().unwrap();
            let service = Service { address: String::new(), device, key: key('a'), run: 7 };
            keep_up(core, &service, || network.connect()).await;
        });
        bench
    }

    /// What the daemon connects to next.
    fn offer(&self) -> DuplexStream {
        let (near, far) = duplex(ROOM);
        self.network.waiting.borrow_mut().push_back(Ok(near));
        far
    }

    fn is_up(&self) -> bool {
        self.core.borrow_mut().service().view().unwrap().up
    }

    fn trouble(&self) -> String {
        self.core.borrow_mut().service().view().unwrap().trouble
    }

    /// Comes when the link is down for a reason that contains these words.
    async fn down(&self, words: &str) {
        while self.is_up() || !self.trouble().contains(words) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Network {
    async fn connect(&self) -> io::Result<DuplexStream> {
        self.tried.borrow_mut().push(Instant::now());
        let next = self.waiting.borrow_mut().pop_front();
        match next {
            Some(stream) => stream,
            None => std::future::pending().await,
        }
    }
}

/// The next frame.
async fn frame(stream: &mut DuplexStream) -> Vec<u8> {
    let length = stream.read_u16().await.unwrap();
    let mut body = vec![0; usize::from(length)];
    stream.read_exact(&mut body).await.unwrap();
    body
}

/// Welcomes the device and hears that it is there.
async fn meet(stream: &mut DuplexStream) -> Channel {
    let hello = frame(stream).await;
    let mut welcome = Vec::new();
    let mut met = Hello::read(&hello).unwrap().welcome(&key('a'), &mut welcome).unwrap();
    assert_eq!(met.run, 7);
    stream.write_all(&welcome).await.unwrap();
    assert_eq!(met.channel.open(&frame(stream).await).as_deref(), Ok(&[][..]));
    met.channel
}

async fn hear(stream: &mut DuplexStream, channel: &mut Channel) -> Vec<u8> {
    channel.open(&frame(stream).await).unwrap()
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(LocalSet::new().run_until(test));
}

#[test]
fn the_router_talks_to_a_service_that_has_the_key() {
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        let mut channel = meet(&mut stream).await;
        let said = from_device(&hear(&mut stream, &mut channel).await).unwrap();
        assert!(said == Some(to_service::Say::Phones(Phones { available: vec![] })), "who can be reached comes first");
        assert!(bench.is_up());
        drop(stream);
        bench.down("it hung up").await;
    });
}

#[test]
fn an_idle_link_is_kept_up_and_a_dead_one_given_up() {
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        let mut channel = meet(&mut stream).await;
        let phones = hear(&mut stream, &mut channel).await;
        assert!(!phones.is_empty());
        let began = Instant::now();
        assert_eq!(hear(&mut stream, &mut channel).await, b"");
        assert_eq!(began.elapsed().as_secs(), IDLE.as_secs());
        let mut frame = Vec::new();
        channel.seal(&[], &mut frame).unwrap();
        stream.write_all(&frame).await.unwrap();
        let heard_us_last = Instant::now();
        bench.down("nothing was heard").await;
        assert_eq!(heard_us_last.elapsed().as_secs(), SILENCE.as_secs());
    });
}

#[test]
fn attempts_become_rare_and_soon_again_after_a_link_that_lasted() {
    run(async {
        let bench = Bench::new();
        for _ in 0..9 {
            let refused = Err(io::ErrorKind::ConnectionRefused.into());
            bench.network.waiting.borrow_mut().push_back(refused);
        }
        let mut stream = bench.offer();
        let mut channel = meet(&mut stream).await;
        let pauses = |tried: &[Instant]| -> Vec<Duration> { tried.windows(2).map(|two| two[1] - two[0]).collect() };
        let pauses = pauses(&bench.network.tried.borrow());
        for (pause, longest) in pauses.iter().zip([1, 2, 4, 8, 16, 32, 64, 120, 120].map(Duration::from_secs)) {
            assert!(*pause >= longest / 2 && *pause <= longest + Duration::from_millis(2), "{pauses:?}");
        }
        assert!(bench.trouble().contains("refused"));
        // It stands for long enough, by what is heard.
        let end = Instant::now() + LASTING;
        while Instant::now() < end {
            hear(&mut stream, &mut channel).await;
        }
        drop(stream);
        let ended = Instant::now();
        let mut stream = bench.offer();
        meet(&mut stream).await;
        assert!(ended.elapsed() <= FIRST_PAUSE + Duration::from_millis(2));
    });
}

#[test]
fn a_service_without_the_key_is_not_believed() {
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        let hello = frame(&mut stream).await;
        assert!(Hello::read(&hello).unwrap().welcome(&key('b'), &mut Vec::new()).is_err());
        let mut noise = Vec::new();
        put(&[0x42; 49], &mut noise);
        stream.write_all(&noise).await.unwrap();
        bench.down("another key").await;
    });
}

#[test]
fn what_is_no_welcome_ends_the_attempt() {
    for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0xff; 64], &[0; 3]] {
        run(async move {
            let bench = Bench::new();
            let mut stream = bench.offer();
            frame(&mut stream).await;
            stream.write_all(answer).await.unwrap();
            while bench.trouble().is_empty() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert!(!bench.is_up());
        });
    }
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        frame(&mut stream).await;
        bench.down("in time").await;
    });
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        frame(&mut stream).await;
        drop(stream);
        bench.down("does not know this device").await;
    });
}

#[test]
fn a_record_that_was_changed_ends_the_link() {
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        let mut channel = meet(&mut stream).await;
        let mut frame = Vec::new();
        channel.seal(b"", &mut frame).unwrap();
        frame[5] ^= 1;
        stream.write_all(&frame).await.unwrap();
        bench.down("changed on its way").await;
    });
}

#[test]
fn messages_that_are_none_harm_nobody() {
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        let mut channel = meet(&mut stream).await;
        hear(&mut stream, &mut channel).await;
        let mut frames = Vec::new();
        for message in [&[0xff; 40][..], &[0; FRAME_LIMIT - 16], b"\x0a\x00"] {
            channel.seal(message, &mut frames).unwrap();
        }
        stream.write_all(&frames).await.unwrap();
        assert_eq!(hear(&mut stream, &mut channel).await, b"", "nothing is said until it is time to say something");
        assert!(bench.is_up());
    });
}

#[test]
fn a_service_that_does_not_read_is_hung_up_on() {
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        let _channel = meet(&mut stream).await;
        while bench.is_up() {
            for _ in 0..64 {
                bench.core.borrow_mut().service().put(&[1; 100]);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let trouble = bench.trouble();
        assert!(trouble == Trouble::Slow.to_string() || trouble == Trouble::Overflow.to_string(), "{trouble}");
    });
}

#[test]
fn a_frame_of_the_service_may_come_in_parts() {
    run(async {
        let bench = Bench::new();
        let mut stream = bench.offer();
        let hello = frame(&mut stream).await;
        let mut welcome = Vec::new();
        let mut met = Hello::read(&hello).unwrap().welcome(&key('a'), &mut welcome).unwrap();
        for byte in welcome {
            stream.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(met.channel.open(&frame(&mut stream).await).as_deref(), Ok(&[][..]));
        assert!(bench.trouble().is_empty());
    });
}

#[test]
fn pauses_are_jittered_within_their_second_half() {
    let pause = Duration::from_secs(2);
    for random in [0, 1, 999, 1000, 1001, u64::MAX] {
        let jittered = jittered(pause, random);
        assert!(jittered >= pause / 2 && jittered <= pause, "{random}: {jittered:?}");
    }
    assert_ne!(jittered(pause, 1), jittered(pause, 2));
}
