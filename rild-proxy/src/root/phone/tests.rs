//! Clients that say much, beside others that say little.

use std::cell::RefCell;
use std::io::{Read, Seek};
use std::sync::Arc;
use std::time::Duration;

use ril_protocol::frame::{Request, Unsolicited};
use ril_protocol::{RequestCode, RilVersion, UnsolCode, parcel};
use tokio::io::AsyncWriteExt;
use tokio::task::LocalSet;
use vendor_shim::host::HostStats;

use super::super::core::tests::beginning;
use super::super::upstream::Upstream;
use super::*;
use crate::config::{Config, Phone};
use crate::router::{Actions, Flow};

/// A modem that is up, answers nothing, and remembers in which flow it was asked.
#[derive(Clone)]
struct Silent {
    says: Rc<RefCell<Vec<u8>>>,
    asked: Rc<RefCell<Vec<Flow>>>,
    more: Rc<Notify>,
}

impl Upstream for Silent {
    fn send(&mut self, flow: Flow, frames: &[u8]) {
        let (_, used) = frame::split(frames, REQUEST_LIMIT).unwrap().unwrap();
        assert_eq!(used, frames.len(), "one frame at a time");
        self.asked.borrow_mut().push(flow);
        self.more.notify_one();
    }

    fn give_up(&mut self, _serial: i32) {}

    fn attend(&mut self) -> bool {
        false
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        into.append(&mut self.says.borrow_mut());
    }

    fn description(&self) -> String {
        "a silent modem".to_owned()
    }

    fn faults(&self) -> Option<HostStats> {
        None
    }
}

impl Silent {
    fn new() -> Self {
        let version = parcel::encode(&vec![RilVersion::COMMON.0], RilVersion::COMMON);
        let mut says = Vec::new();
        Unsolicited::new(UnsolCode::RIL_CONNECTED, &version).put(&mut says);
        Self { says: Rc::new(RefCell::new(says)), asked: Rc::default(), more: Rc::new(Notify::new()) }
    }

    /// Waits until it was asked for this phone, and says what it was asked before that.
    async fn asked_before(&self, phone: PhoneId) -> Vec<Flow> {
        let place = || self.asked.borrow().iter().position(|flow| *flow == Flow::Phone(phone));
        loop {
            if let Some(place) = place() {
                return self.asked.borrow()[..place].to_vec();
            }
            self.more.notified().await;
        }
    }
}

/// So many requests with a payload of this length.
fn requests(count: i32, payload: usize) -> Vec<u8> {
    let mut frames = Vec::new();
    for serial in 0..count {
        let payload = &vec![0; payload];
        Request { code: RequestCode::GET_CELL_INFO_LIST, serial, payload }.put(&mut frames);
    }
    frames
}

/// How many requests of a client that has sent `flood` are handled before one of another client, when both are there
/// before anybody looks.
async fn handled_before_the_other(flood: &[u8]) -> usize {
    const FLOODS: PhoneId = PhoneId(0);
    const ASKS: PhoneId = PhoneId(1);
    let config = Config { phone: vec![Phone::default(), Phone::default()], ..Config::default() };
    let modem = Silent::new();
    let run = tempfile::tempdir().unwrap();
    let core = beginning(run.path(), &config, Actions::default(), Box::new(modem.clone()));
    let core: SharedCore = Rc::new(RefCell::new(core));
    let mut clients = Vec::new();
    for (phone, frames) in [(FLOODS, flood), (ASKS, &requests(1, 0))] {
        let (client, served) = UnixStream::pair().unwrap();
        client.writable().await.unwrap();
        assert_eq!(client.try_write(frames).unwrap(), frames.len(), "the socket has room for all of it");
        clients.push(client);
        let core = Rc::clone(&core);
        tokio::task::spawn_local(async move { serve_client(&core, phone, "", served).await });
    }
    let before = modem.asked_before(ASKS).await;
    assert!(before.iter().all(|flow| *flow == Flow::Phone(FLOODS)));
    before.len()
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(LocalSet::new().run_until(test))
}

#[test]
fn a_phone_cannot_fill_the_log() {
    const HOSTILE: PhoneId = PhoneId(0);
    let config = Config { phone: vec![Phone { name: "hostile".to_owned(), ..Phone::default() }], ..Config::default() };
    let mut log = tempfile::tempfile().unwrap();
    let writer = Arc::new(log.try_clone().unwrap());
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish();
    tracing::subscriber::with_default(subscriber, || {
        let run = tempfile::tempdir().unwrap();
        let mut core = beginning(run.path(), &config, Actions::default(), Box::new(Silent::new()));
        assert_eq!(core.deadline().0, None);
        for _ in 0..3000 {
            core.phone_says(HOSTILE, b"");
        }
        assert_eq!(core.counters().malformed, 3000);
        assert!(core.deadline().0.is_some(), "it will be said how many more there were");
    });
    log.rewind().unwrap();
    let mut lines = String::new();
    log.read_to_string(&mut lines).unwrap();
    assert_eq!(lines.matches("a frame that is no message was dropped phone=\"hostile\"").count(), 10, "{lines}");
}

#[test]
fn a_client_that_sends_many_requests_at_once_has_one_turn_before_another() {
    let flood = requests(1000, 0);
    assert!(flood.len() < READ_BUFFER, "they are read at once");
    assert!(run(handled_before_the_other(&flood)) <= TURN);
}

#[test]
fn a_client_that_always_has_something_to_read_has_one_turn_before_another() {
    let flood = requests(200, 500);
    assert!(flood.len() > 3 * READ_BUFFER, "they are not read at once");
    assert!(run(handled_before_the_other(&flood)) <= TURN);
}

/// How long a client is there that has asked something which nobody answers, after it has said no more or has gone.
async fn stays(leave: impl AsyncFnOnce(UnixStream) -> Option<UnixStream>) -> Duration {
    let config = Config { phone: vec![Phone::default()], ..Config::default() };
    let run = tempfile::tempdir().unwrap();
    let core = beginning(run.path(), &config, Actions::default(), Box::new(Silent::new()));
    let core: SharedCore = Rc::new(RefCell::new(core));
    let (client, served) = UnixStream::pair().unwrap();
    client.writable().await.unwrap();
    client.try_write(&requests(1, 0)).unwrap();
    let _client = leave(client).await;
    let begun = tokio::time::Instant::now();
    serve_client(&core, PhoneId(0), "", served).await;
    begun.elapsed()
}

#[test]
fn a_client_that_says_no_more_is_waited_for_and_one_that_is_gone_is_not() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let says_no_more = stays(async |mut client| {
        client.shutdown().await.unwrap();
        Some(client)
    });
    let stayed = runtime.block_on(LocalSet::new().run_until(says_no_more)).as_millis();
    assert_eq!(stayed / 10, LAST_ANSWERS.as_millis() / 10);
    let stayed = runtime.block_on(LocalSet::new().run_until(stays(async |_client| None)));
    assert_eq!(stayed, Duration::ZERO);
}

/// How long a client is there that says a frame byte by byte, one a second.
async fn stays_while_it_drips(frame: &[u8]) -> Duration {
    let config = Config { phone: vec![Phone::default()], ..Config::default() };
    let run = tempfile::tempdir().unwrap();
    let core = beginning(run.path(), &config, Actions::default(), Box::new(Silent::new()));
    let core: SharedCore = Rc::new(RefCell::new(core));
    let (mut client, served) = UnixStream::pair().unwrap();
    let begun = tokio::time::Instant::now();
    let drips = async {
        for byte in frame {
            if client.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        // It says nothing more, and stays.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = serve_client(&core, PhoneId(0), "", served) => begun.elapsed(),
        () = drips => unreachable!("it stays"),
        () = sleep(Duration::from_secs(24 * 60 * 60)) => Duration::MAX,
    }
}

/// Its place would be taken for ever. One that is done with what it has begun may be idle for as long as it likes.
#[test]
fn a_client_that_does_not_come_to_the_end_of_a_frame_is_not_waited_for() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let stayed = |frame: &[u8]| runtime.block_on(LocalSet::new().run_until(stays_while_it_drips(frame)));
    let long = requests(1, 4000);
    assert_eq!(stayed(&long).as_secs(), FRAME_PATIENCE.as_secs());
    assert_eq!(stayed(&long[..10]).as_secs(), FRAME_PATIENCE.as_secs());
    let short = requests(1, 0);
    assert_eq!(stayed(&short), Duration::MAX);
    // Who names its subscription first is heard as if it had not.
    assert_eq!(stayed(&[b"SUB2", &short[..]].concat()), Duration::MAX);
    assert_eq!(stayed(&[b"SUB9", &short[..]].concat()).as_secs(), 3, "this is the length of a frame");
    assert_eq!(stayed(&[&short[..], b"SUB2"].concat()).as_secs(), short.len() as u64 + 3, "and so is this");
    // Each frame has its own time.
    assert_eq!(stayed(&requests(5, 0)), Duration::MAX);
}

/// What it asks for further, it would not read either, and the modem side would wait for it.
#[test]
fn a_client_that_leaves_much_unread_is_not_heard_before_it_reads() {
    const SLOW: PhoneId = PhoneId(0);
    const ASKS: PhoneId = PhoneId(1);
    const MUCH: usize = 3 * 1024 * 1024;
    run(async {
        let config = Config { phone: vec![Phone::default(), Phone::default()], ..Config::default() };
        let modem = Silent::new();
        let run = tempfile::tempdir().unwrap();
        let core = beginning(run.path(), &config, Actions::default(), Box::new(modem.clone()));
        let core: SharedCore = Rc::new(RefCell::new(core));
        let [mut slow, asks] = [SLOW, ASKS].map(|phone| {
            let (client, served) = UnixStream::pair().unwrap();
            let core = Rc::clone(&core);
            tokio::task::spawn_local(async move { serve_client(&core, phone, "", served).await });
            client
        });
        while [SLOW, ASKS].iter().any(|phone| core.borrow_mut().link(*phone).is_none()) {
            yield_now().await;
        }
        let greeting = 4 + 12;
        core.borrow_mut().link(SLOW).unwrap().append(&vec![0; MUCH]);
        for client in [&slow, &asks] {
            client.writable().await.unwrap();
            client.try_write(&requests(1, 0)).unwrap();
        }
        assert_eq!(modem.asked_before(ASKS).await, []);
        slow.read_exact(&mut vec![0; MUCH + greeting]).await.unwrap();
        assert_eq!(modem.asked_before(SLOW).await, [Flow::Phone(ASKS)]);
    });
}

/// Its place would be taken for ever.
#[test]
fn a_client_that_reads_nothing_is_not_waited_for() {
    let never_reads = async {
        let config = Config { phone: vec![Phone::default()], ..Config::default() };
        let run = tempfile::tempdir().unwrap();
        let core = beginning(run.path(), &config, Actions::default(), Box::new(Silent::new()));
        let core: SharedCore = Rc::new(RefCell::new(core));
        let (client, served) = UnixStream::pair().unwrap();
        let begun = tokio::time::Instant::now();
        let asks = async {
            while core.borrow_mut().link(PhoneId(0)).is_none() {
                yield_now().await;
            }
            core.borrow_mut().link(PhoneId(0)).unwrap().append(&vec![0; 3 * 1024 * 1024]);
            client.try_write(&requests(1, 0)).unwrap();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = serve_client(&core, PhoneId(0), "", served) => begun.elapsed(),
            () = asks => unreachable!("it stays"),
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let stayed = runtime.block_on(LocalSet::new().run_until(never_reads));
    assert_eq!(stayed.as_secs(), FRAME_PATIENCE.as_secs());
}
