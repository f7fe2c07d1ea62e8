//! The proxy RilD of a phone between real sockets: a client on one side, root on the other, both played by the test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ril_protocol::frame::{self, Message, REQUEST_LIMIT, RESPONSE_LIMIT, Reply, Request, Unsolicited};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, hex, parcel};
use rild_proxy::net::listener::Socket;
use rild_proxy::phone::driver::Driver;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A proxy RilD at work.
struct Proxy {
    folder: TempDir,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Proxy {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = Socket::bind(&folder.path().join("rild"), 0o600, None).unwrap();
        let driver = Driver::new(folder.path().join("root"), socket);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(driver.run(async {
            stopped.await.ok();
        }));
        Self { folder, stop, task }
    }

    fn client_path(&self) -> PathBuf {
        self.folder.path().join("rild")
    }

    /// A new root.
    fn root(&self) -> Root {
        let path = self.folder.path().join("root");
        Root { listener: UnixListener::bind(&path).unwrap(), path }
    }

    async fn client(&self) -> Peer {
        Peer::new(UnixStream::connect(self.client_path()).await.unwrap())
    }

    /// A root, its connection to the proxy, and a client that it has greeted.
    async fn with_both() -> (Self, Root, Peer, Peer) {
        let proxy = Self::start();
        let root = proxy.root();
        let mut client = proxy.client().await;
        let peer = root.greets(&mut client).await;
        (proxy, root, peer, client)
    }
}

struct Root {
    listener: UnixListener,
    path: PathBuf,
}

impl Root {
    /// The connection of the proxy, which was not there before.
    async fn accept(&self) -> Peer {
        Peer::new(self.listener.accept().await.unwrap().0)
    }

    /// The connection of the proxy, made for this client, which hears root's greeting and nothing else.
    async fn greets(&self, client: &mut Peer) -> Peer {
        let mut peer = self.accept().await;
        peer.greet().await;
        client.hears_greeting().await;
        peer
    }

    /// Kills this root; its socket file is gone with it.
    fn dies(self, peer: Peer) {
        std::fs::remove_file(&self.path).unwrap();
        drop(peer);
    }
}

/// One end of a connection to the proxy.
struct Peer {
    stream: UnixStream,
    read: Vec<u8>,
}

impl Peer {
    fn new(stream: UnixStream) -> Self {
        Self { stream, read: Vec::new() }
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The body of the next frame, none at the end of the stream.
    async fn frame(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some((body, used)) = frame::split(&self.read, RESPONSE_LIMIT).unwrap() {
                let body = body.to_vec();
                self.read.drain(..used);
                return Some(body);
            }
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    async fn hears(&mut self) -> String {
        let body = self.frame().await.expect("a frame, not the end");
        match Message::parse(&body).unwrap() {
            Message::Reply(reply) => {
                format!("#{} {} {}", reply.serial, reply.errno.0, String::from_utf8_lossy(reply.payload))
            }
            Message::Unsolicited(news) => format!("{} {}", news.code, hex::to_hex(news.payload)),
            Message::Ack { serial } => format!("#{serial} takes a while"),
        }
    }

    async fn hears_greeting(&mut self) {
        assert_eq!(self.hears().await, "RIL_CONNECTED 010000000c000000");
        assert_eq!(self.hears().await, "RESPONSE_RADIO_STATE_CHANGED 0a000000");
    }

    async fn greet(&mut self) {
        let version = parcel::encode(&vec![12], RilVersion::COMMON);
        self.write(&news(UnsolCode::RIL_CONNECTED, &version)).await;
        let radio = parcel::encode(&RadioState::ON, RilVersion::COMMON);
        self.write(&news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &radio)).await;
    }

    async fn asks(&mut self, serial: i32, payload: &[u8]) {
        self.write(&question(serial, payload)).await;
    }

    /// The next request, answered with its own payload; the payload.
    async fn answers(&mut self) -> String {
        self.answers_to(RequestCode::GET_IMEI).await
    }

    async fn answers_to(&mut self, code: RequestCode) -> String {
        let body = self.frame().await.expect("a request, not the end");
        let request = Request::parse(&body).unwrap();
        assert_eq!(request.code, code);
        self.write(&answer(request.serial, request.payload)).await;
        String::from_utf8(request.payload.to_vec()).unwrap()
    }
}

fn question(serial: i32, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Request { code: RequestCode::GET_IMEI, serial, payload }.put(&mut out);
    out
}

fn answer(serial: i32, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Reply::new(serial, Errno::SUCCESS, payload).put(&mut out);
    out
}

fn news(code: UnsolCode, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Unsolicited::new(code, payload).put(&mut out);
    out
}

const UNAVAILABLE: &str = "RESPONSE_RADIO_STATE_CHANGED 01000000";

#[tokio::test]
async fn questions_and_answers_pass() {
    let (_proxy, _root, mut root, mut client) = Proxy::with_both().await;
    client.asks(-4, b"first").await;
    assert_eq!(root.answers().await, "first");
    assert_eq!(client.hears().await, "#-4 0 first");
    root.write(&news(UnsolCode::RESPONSE_CALL_STATE_CHANGED, b"")).await;
    assert_eq!(client.hears().await, "RESPONSE_CALL_STATE_CHANGED ");
}

#[tokio::test]
async fn frames_may_come_in_pieces_and_in_heaps() {
    let (_proxy, _root, mut root, mut client) = Proxy::with_both().await;
    for byte in question(1, b"piecemeal") {
        client.write(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(root.answers().await, "piecemeal");
    assert_eq!(client.hears().await, "#1 0 piecemeal");

    let heap: Vec<u8> = (0..500).flat_map(|serial| question(serial, &[b'x'; 300])).collect();
    for piece in heap.chunks(9973) {
        client.write(piece).await;
    }
    for _ in 0..500 {
        root.answers().await;
    }
    for serial in 0..500 {
        assert_eq!(client.hears().await, format!("#{serial} 0 {}", "x".repeat(300)));
    }
}

#[tokio::test]
async fn a_second_client_waits_for_the_first_to_leave() {
    let (proxy, root, mut peer, mut first) = Proxy::with_both().await;
    let mut second = proxy.client().await;
    second.asks(2, b"second").await;
    first.asks(1, b"first").await;
    assert_eq!(peer.answers().await, "first");
    assert_eq!(first.hears().await, "#1 0 first");
    assert_eq!(second.stream.try_read(&mut [0; 1]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(first);
    assert_eq!(peer.frame().await, None, "root sees the first one leave");
    let mut peer = root.greets(&mut second).await;
    assert_eq!(peer.answers().await, "second");
    assert_eq!(second.hears().await, "#2 0 second");
}

#[tokio::test]
async fn root_is_connected_as_long_as_there_is_a_client() {
    let proxy = Proxy::start();
    let root = proxy.root();
    for _ in 0..3 {
        let mut client = proxy.client().await;
        let mut peer = root.greets(&mut client).await;
        drop(client);
        assert_eq!(peer.frame().await, None);
    }
    let nobody =
        std::future::poll_fn(|context| std::task::Poll::Ready(root.listener.poll_accept(context).is_pending()));
    assert!(nobody.await);
}

#[tokio::test]
async fn what_a_client_says_before_root_greets_is_asked_after_it() {
    let proxy = Proxy::start();
    let root = proxy.root();
    let mut client = proxy.client().await;
    client.asks(1, b"hasty").await;
    let mut peer = root.greets(&mut client).await;
    assert_eq!(peer.answers().await, "hasty");
    assert_eq!(client.hears().await, "#1 0 hasty");
}

#[tokio::test]
async fn a_client_that_says_no_more_has_its_answers_before_it_is_hung_up_on() {
    let (_proxy, _root, mut root, mut client) = Proxy::with_both().await;
    client.write(&[question(1, b"one"), question(2, b"two")].concat()).await;
    client.stream.shutdown().await.unwrap();
    assert_eq!(root.answers().await, "one");
    assert_eq!(root.answers().await, "two");
    assert_eq!(client.hears().await, "#1 0 one");
    assert_eq!(client.hears().await, "#2 0 two");
    assert_eq!(client.frame().await, None);
    assert_eq!(root.frame().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_no_more_is_not_waited_for_without_end() {
    let (proxy, root, mut peer, mut client) = Proxy::with_both().await;
    client.asks(1, b"never").await;
    client.stream.shutdown().await.unwrap();
    let mut next = proxy.client().await;
    assert!(peer.frame().await.is_some(), "the request");
    let asked = Instant::now();
    assert_eq!(client.frame().await, None);
    assert_eq!(asked.elapsed().as_secs(), 5);
    assert_eq!(peer.frame().await, None);
    root.greets(&mut next).await;

    // One that is gone is not waited for at all.
    next.asks(1, b"never").await;
    drop(next);
    let left = Instant::now();
    let mut last = proxy.client().await;
    root.greets(&mut last).await;
    assert_eq!(left.elapsed().as_millis(), 0);
}

#[tokio::test]
async fn what_a_client_says_last_reaches_root_before_root_is_hung_up_on() {
    let (proxy, root, mut peer, mut client) = Proxy::with_both().await;
    // More than a socket holds, so that it is not all written when the client leaves.
    let farewell: Vec<u8> = (0..1000).flat_map(|serial| question(serial, &[b'x'; 1000])).collect();
    let asking = tokio::spawn(async move {
        client.write(&farewell).await;
    });
    let mut next = proxy.client().await;
    for _ in 0..1000 {
        assert_eq!(peer.frame().await.expect("a request, not the end").len(), 1008);
    }
    asking.await.unwrap();
    assert_eq!(peer.frame().await, None);
    root.greets(&mut next).await;
}

/// Time stands still, and jumps when nothing else happens.
#[tokio::test(start_paused = true)]
async fn a_root_that_does_not_greet_does_not_keep_the_client_waiting() {
    let proxy = Proxy::start();
    let root = proxy.root();
    let mut client = proxy.client().await;
    client.asks(1, b"").await;
    let mut peer = root.accept().await;
    assert_eq!(client.hears().await, UNAVAILABLE);
    assert_eq!(client.hears().await, "#1 1 ");
    peer.greet().await;
    client.hears_greeting().await;
    client.asks(2, b"late").await;
    assert_eq!(peer.answers().await, "late");
}

#[tokio::test]
async fn a_client_outlives_root() {
    let (proxy, root, mut peer, mut client) = Proxy::with_both().await;
    client.asks(1, b"lost").await;
    peer.frame().await;
    root.dies(peer);
    assert_eq!(client.hears().await, "#1 1 ");
    assert_eq!(client.hears().await, UNAVAILABLE);
    client.asks(2, b"too early").await;
    assert_eq!(client.hears().await, "#2 1 ");
    let root = proxy.root();
    let mut peer = root.accept().await;
    peer.greet().await;
    assert_eq!(client.hears().await, "RESPONSE_RADIO_STATE_CHANGED 0a000000");
    // What it knew of calls, data calls and the network may be over.
    for news in ["RESPONSE_CALL_STATE_CHANGED", "RESPONSE_VOICE_NETWORK_STATE_CHANGED"] {
        assert!(client.hears().await.starts_with(news), "{news}");
    }
    assert_eq!(peer.answers_to(RequestCode::DATA_CALL_LIST).await, "");
    assert!(client.hears().await.starts_with("DATA_CALL_LIST_CHANGED"));
    client.asks(3, b"back").await;
    assert_eq!(peer.answers().await, "back");
    assert_eq!(client.hears().await, "#3 0 back");
}

#[tokio::test]
async fn a_message_is_acknowledged_to_the_root_that_hands_it_over_again() {
    let (proxy, root, mut peer, mut client) = Proxy::with_both().await;
    let sms = news(UnsolCode::RESPONSE_NEW_SMS, b"pdu.");
    peer.write(&sms).await;
    assert_eq!(client.hears().await, "RESPONSE_NEW_SMS 7064752e");
    let mut taken = Vec::new();
    Request { code: RequestCode::SMS_ACKNOWLEDGE, serial: 5, payload: b"taken" }.put(&mut taken);
    client.write(&taken).await;
    peer.frame().await;
    root.dies(peer);
    assert_eq!(client.hears().await, "#5 0 ");
    drop(client);

    let root = proxy.root();
    let mut client = proxy.client().await;
    let mut peer = root.greets(&mut client).await;
    peer.write(&sms).await;
    let told = peer.frame().await.unwrap();
    let told = Request::parse(&told).unwrap();
    assert_eq!((told.code, told.payload), (RequestCode::SMS_ACKNOWLEDGE, &b"taken"[..]));
    peer.write(&answer(told.serial, b"")).await;
    peer.write(&news(UnsolCode::RESPONSE_CALL_STATE_CHANGED, b"")).await;
    assert_eq!(client.hears().await, "RESPONSE_CALL_STATE_CHANGED ", "and nothing before");
}

#[tokio::test]
async fn root_may_come_last_and_clients_may_go_meanwhile() {
    let proxy = Proxy::start();
    for _ in 0..3 {
        let mut client = proxy.client().await;
        assert_eq!(client.hears().await, UNAVAILABLE);
        client.asks(1, b"").await;
        assert_eq!(client.hears().await, "#1 1 ");
    }
    let mut client = proxy.client().await;
    assert_eq!(client.hears().await, UNAVAILABLE);
    let root = proxy.root();
    root.greets(&mut client).await;
}

#[tokio::test]
async fn late_answers_to_a_client_that_left_reach_no_one() {
    let (proxy, root, mut peer, mut client) = Proxy::with_both().await;
    client.asks(1, b"old").await;
    let old = peer.frame().await.unwrap();
    client.write(&question(2, b"half a frame")[..9]).await;
    drop(client);
    let mut client = proxy.client().await;
    let mut peer = root.greets(&mut client).await;
    client.asks(1, b"new").await;
    peer.write(&answer(Request::parse(&old).unwrap().serial, b"late")).await;
    assert_eq!(peer.answers().await, "new");
    assert_eq!(client.hears().await, "#1 0 new");
}

#[tokio::test]
async fn a_root_that_dies_within_a_frame_leaves_no_trace_of_it() {
    let (proxy, root, mut peer, mut client) = Proxy::with_both().await;
    peer.write(&news(UnsolCode::ON_USSD, &[0; 64])[..30]).await;
    root.dies(peer);
    assert_eq!(client.hears().await, UNAVAILABLE);
    let root = proxy.root();
    let mut peer = root.accept().await;
    peer.greet().await;
    assert_eq!(client.hears().await, "RESPONSE_RADIO_STATE_CHANGED 0a000000");
}

#[tokio::test]
async fn a_root_that_babbles_is_left_and_tried_again() {
    let (_proxy, root, mut peer, mut client) = Proxy::with_both().await;
    peer.write(&news(UnsolCode(9), b"unknown but well-formed")).await;
    assert!(client.hears().await.starts_with("9 "));
    peer.write(b"\0\0\0\x04junk\xff\xff\xff\xff").await;
    assert_eq!(client.hears().await, UNAVAILABLE);
    assert_eq!(peer.frame().await, None);
    let mut peer = root.accept().await;
    peer.greet().await;
    assert_eq!(client.hears().await, "RESPONSE_RADIO_STATE_CHANGED 0a000000");
}

/// Time stands still, and jumps when nothing else happens.
#[tokio::test(start_paused = true)]
async fn a_root_that_greets_and_goes_is_tried_less_and_less_often() {
    let (_proxy, root, mut peer, mut client) = Proxy::with_both().await;
    let begin = Instant::now();
    for _ in 0..10 {
        drop(peer);
        // Between the two it is told to look at its calls.
        while client.hears().await != UNAVAILABLE {}
        peer = root.accept().await;
        peer.greet().await;
        assert_eq!(client.hears().await, "RESPONSE_RADIO_STATE_CHANGED 0a000000");
    }
    let doubled: u64 = (0..10).map(|times| 1 << times).sum();
    assert!(begin.elapsed() >= Duration::from_millis(doubled), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn the_longest_request_passes_and_a_longer_one_ends_the_connection() {
    let (proxy, root, mut peer, mut client) = Proxy::with_both().await;
    let longest = vec![b'x'; REQUEST_LIMIT - 8];
    client.asks(1, &longest).await;
    assert_eq!(peer.answers().await.len(), longest.len());
    assert_eq!(client.hears().await.len(), "#1 0 ".len() + longest.len());
    client.asks(2, b"good").await;
    client.asks(3, &[longest, vec![b'x']].concat()).await;
    let last = peer.frame().await.expect("what came before it is still asked");
    assert_eq!(Request::parse(&last).unwrap().payload, b"good");
    assert_eq!(peer.frame().await, None);
    while client.frame().await.is_some() {}
    let mut next = proxy.client().await;
    root.greets(&mut next).await;
}

/// Its place would be taken for ever.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_come_to_the_end_of_a_frame_makes_way_for_the_next() {
    let (proxy, root, _peer, mut client) = Proxy::with_both().await;
    let begun = Instant::now();
    let mut frame = Vec::new();
    Request { code: RequestCode::GET_IMEI, serial: 1, payload: &[] }.put(&mut frame);
    client.stream.write_all(&[&frame[..], &frame[..6]].concat()).await.unwrap();
    let mut next = proxy.client().await;
    root.greets(&mut next).await;
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn frames_too_short_for_a_request_are_ignored() {
    let (_proxy, _root, mut root, mut client) = Proxy::with_both().await;
    client.write(b"\0\0\0\0\0\0\0\x04\x0a\0\0\0").await;
    client.asks(1, b"next").await;
    assert_eq!(root.answers().await, "next");
    assert_eq!(client.hears().await, "#1 0 next");
}

#[tokio::test]
async fn a_long_answer_passes_whole() {
    let (_proxy, _root, mut root, mut client) = Proxy::with_both().await;
    client.asks(1, b"").await;
    let request = root.frame().await.unwrap();
    let long = vec![b'x'; RESPONSE_LIMIT - 12];
    root.write(&answer(Request::parse(&request).unwrap().serial, &long)).await;
    assert_eq!(client.hears().await.len(), "#1 0 ".len() + long.len());
}

#[tokio::test]
async fn more_questions_than_root_takes_wait_their_turn() {
    let (_proxy, _root, mut root, client) = Proxy::with_both().await;
    let (mut reading, mut writing) = client.stream.into_split();
    let asking = tokio::spawn(async move {
        for serial in 0..5000 {
            writing.write_all(&question(serial, &[b'x'; 1000])).await.unwrap();
        }
        writing
    });
    let answering = tokio::spawn(async move {
        for _ in 0..5000 {
            root.answers().await;
        }
        root
    });
    let mut heard = Vec::new();
    let mut next = 0;
    while next < 5000 {
        assert_ne!(reading.read_buf(&mut heard).await.unwrap(), 0);
        while let Some((body, used)) = frame::split(&heard, RESPONSE_LIMIT).unwrap() {
            let Some(Message::Reply(reply)) = Message::parse(body) else { panic!("only answers are awaited") };
            assert_eq!((reply.serial, reply.errno), (next, Errno::SUCCESS));
            heard.drain(..used);
            next += 1;
        }
    }
    asking.await.unwrap();
    answering.await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_read_is_sent_away() {
    let (proxy, root, mut peer, _deaf) = Proxy::with_both().await;
    let mut waiting = proxy.client().await;
    let alarm = news(UnsolCode::OEM_HOOK_RAW, &[0; 100_000]);
    // Until the proxy hangs up, for want of a client.
    while peer.stream.write_all(&alarm).await.is_ok() {}
    root.greets(&mut waiting).await;
}

#[tokio::test]
async fn at_the_end_the_socket_is_gone_and_everybody_knows() {
    let (proxy, _root, mut root, mut client) = Proxy::with_both().await;
    let path = proxy.client_path();
    proxy.stop.send(()).unwrap();
    proxy.task.await.unwrap();
    assert!(!Path::exists(&path));
    assert_eq!(client.frame().await, None);
    assert_eq!(root.frame().await, None);
}
