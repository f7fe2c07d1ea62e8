//! SIP over TCP from peers that send in pieces, slowly, or too much: each is served, and nobody waits for another. And
//! connections that are lost in the middle of a call, which goes on.

use std::io::ErrorKind;
use std::time::Duration;

use crate::harness::{Bridge, Net, PATIENCE, offering, request};
use crate::sipp::response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{interval, timeout};
use voip_bridge::pool::Unavailable;

/// A connection of the caller's, as soon as the bridge listens.
async fn connect(net: Net) -> TcpStream {
    let mut again = interval(Duration::from_millis(5));
    loop {
        again.tick().await;
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((net.host(2), 0).into()).expect("an address");
        if let Ok(stream) = socket.connect(net.bridge()).await {
            stream.set_nodelay(true).expect("a socket");
            return stream;
        }
    }
}

fn options(id: &str, more: &str) -> String {
    request("OPTIONS", id, more).replace("SIP/2.0/UDP", "SIP/2.0/TCP")
}

/// The status of the next answer.
async fn status(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let read = timeout(PATIENCE, stream.read(&mut answer)).await.expect("an answer").expect("a connection");
    String::from_utf8_lossy(&answer[..read]).split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_message_in_pieces_is_one_message_and_two_in_one_are_two() {
    let net = Net::new();
    let bridge = Bridge::start_with(net, Unavailable::Reject, "tcp", "").await;
    let mut caller = connect(net).await;
    for piece in options("pieces", "").as_bytes().chunks(7) {
        caller.write_all(piece).await.expect("sent");
        tokio::task::yield_now().await;
    }
    assert_eq!(status(&mut caller).await, "200");
    caller.write_all((options("one", "") + &options("two", "")).as_bytes()).await.expect("sent");
    let mut answers = String::new();
    while answers.matches("SIP/2.0 200 ").count() < 2 {
        let mut more = vec![0; 4096];
        let read = timeout(PATIENCE, caller.read(&mut more)).await.expect("an answer").expect("a connection");
        answers.push_str(&String::from_utf8_lossy(&more[..read]));
    }
    bridge.stop().await;
}

/// What is not UTF-8 hides what is behind it, and on a stream the length always is.
#[tokio::test]
async fn a_message_without_a_length_is_none() {
    let net = Net::new();
    let bridge = Bridge::start_with(net, Unavailable::Reject, "tcp", "").await;
    let mut caller = connect(net).await;
    caller.write_all(options("none", "").replace("Content-Length: 0\r\n", "").as_bytes()).await.expect("sent");
    assert_eq!(status(&mut caller).await, "400");
    let mut hidden = options("hidden", "Subject: ?\r\n").into_bytes();
    let place = hidden.iter().position(|octet| *octet == b'?').expect("its place");
    hidden[place] = 0xff;
    caller.write_all(&hidden).await.expect("sent");
    assert_eq!(status(&mut caller).await, "400");
    caller.write_all(options("right", "Subject: \u{fc}\r\n").as_bytes()).await.expect("sent");
    assert_eq!(status(&mut caller).await, "200");
    bridge.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_a_sender_that_never_ends() {
    let net = Net::new();
    let bridge = Bridge::start_with(net, Unavailable::Reject, "tcp", "").await;
    let mut slow = Vec::new();
    for index in 0..50 {
        let mut stream = connect(net).await;
        let message = options(&format!("slow{index}"), "");
        stream.write_all(&message.as_bytes()[..message.len() / 2]).await.expect("sent");
        slow.push(stream);
    }
    let mut caller = connect(net).await;
    caller.write_all(options("quick", "").as_bytes()).await.expect("sent");
    assert_eq!(status(&mut caller).await, "200");
    bridge.stop().await;
}

/// Waits until the bridge hangs up.
async fn hung_up_on(stream: &mut TcpStream) {
    let mut rest = vec![0; 4096];
    let ended = async {
        loop {
            match stream.read(&mut rest).await {
                Ok(0) => return,
                Err(error) => return assert_eq!(error.kind(), ErrorKind::ConnectionReset),
                Ok(_) => {}
            }
        }
    };
    timeout(PATIENCE, ended).await.expect("it hangs up");
}

#[tokio::test]
async fn who_sends_more_than_a_message_may_have_is_hung_up_on() {
    let net = Net::new();
    let bridge = Bridge::start_with(net, Unavailable::Reject, "tcp", "").await;
    let mut caller = connect(net).await;
    let endless = "x".repeat(200_000);
    let lengths = |length: &str| options("long", "").replace("Content-Length: 0", &format!("Content-Length: {length}"));
    for (index, message) in [
        format!("OPTIONS {endless}"),
        options("header", &format!("X-Is: {endless}\r\n")),
        lengths("99999999") + &endless,
        lengths("9223372036854775807") + &endless,
        lengths("-1"),
    ]
    .iter()
    .enumerate()
    {
        let mut sender = connect(net).await;
        // It may be hung up on before it has sent everything.
        sender.write_all(message.as_bytes()).await.ok();
        hung_up_on(&mut sender).await;
        caller.write_all(options(&format!("after{index}"), "").as_bytes()).await.expect("sent");
        assert_eq!(status(&mut caller).await, "200");
    }
    bridge.stop().await;
}

#[tokio::test]
async fn a_message_of_very_many_headers_is_a_message() {
    let net = Net::new();
    let bridge = Bridge::start_with(net, Unavailable::Reject, "tcp", "").await;
    let mut caller = connect(net).await;
    let many: String = (0..5_000).map(|index| format!("X: {index}\r\n")).collect();
    caller.write_all(options("many", &many).as_bytes()).await.expect("sent");
    assert_eq!(status(&mut caller).await, "200");
    // As many that this service looks into.
    let many = format!("{}Require: x\r\n", "Require: timer\r\n".repeat(2_000));
    caller.write_all(options("required", &many).as_bytes()).await.expect("sent");
    assert_eq!(status(&mut caller).await, "420");
    bridge.stop().await;
}

/// A connection, and whole messages out of it.
struct Stream {
    tcp: TcpStream,
    read: Vec<u8>,
}

impl Stream {
    fn of(tcp: TcpStream) -> Self {
        Self { tcp, read: Vec::new() }
    }

    async fn send(&mut self, message: &str) {
        let message = message.replace("SIP/2.0/UDP", "SIP/2.0/TCP");
        self.tcp.write_all(message.as_bytes()).await.expect("sent");
    }

    /// The next message that begins so.
    async fn until(&mut self, beginning: &str) -> String {
        let reading = async {
            loop {
                let text = String::from_utf8(self.read.clone()).expect("a text");
                let whole = text.find("\r\n\r\n").and_then(|end| {
                    let length = text.lines().find_map(|line| line.strip_prefix("Content-Length:"))?;
                    Some(end + 4 + length.trim().parse::<usize>().expect("a length"))
                });
                match whole.filter(|end| *end <= text.len()) {
                    Some(end) => {
                        self.read.drain(..end);
                        if text.starts_with(beginning) {
                            return text[..end].to_owned();
                        }
                    }
                    None => assert_ne!(self.tcp.read_buf(&mut self.read).await.expect("octets"), 0, "{beginning}"),
                }
            }
        };
        timeout(PATIENCE, reading).await.expect("a message")
    }
}

/// A call over TCP that has been answered.
struct Call {
    net: Net,
    bridge: Bridge,
    caller: Stream,
    gateway: Stream,
    /// Where the gateway is called again.
    listener: TcpListener,
    /// What the gateway was called with, and what the caller was answered.
    invite: String,
    answer: String,
}

impl Call {
    async fn answered() -> Self {
        let net = Net::new();
        let listener = TcpListener::bind((net.host(3), 5060)).await.expect("a listener");
        let bridge = Bridge::start_with(net, Unavailable::Reject, "tcp", "").await;
        let mut caller = Stream::of(connect(net).await);
        caller.send(&offering("lost").replace("<sip:caller@127.0.0.1>", &contact(net, 2))).await;
        let (tcp, _) = timeout(PATIENCE, listener.accept()).await.expect("a connection").expect("a connection");
        let mut gateway = Stream::of(tcp);
        let invite = gateway.until("INVITE ").await;
        let description =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
        let more = format!("Contact: {}\r\n", contact(net, 3));
        gateway.send(&response(&invite, "200 OK", &more, description)).await;
        gateway.until("ACK ").await;
        let answer = caller.until("SIP/2.0 200 ").await;
        let mut call = Self { net, bridge, caller, gateway, listener, invite, answer };
        let ack = call.of_caller("ACK", 1);
        call.caller.send(&ack).await;
        call
    }

    /// A request of the caller within the call.
    fn of_caller(&self, method: &str, number: u32) -> String {
        let to = self.answer.lines().find(|line| line.starts_with("To:")).expect("a tag");
        let from = self.answer.lines().find(|line| line.starts_with("From:")).expect("a tag");
        within(self.net, method, number, "lost", from, to)
    }

    /// A BYE of the gateway.
    fn of_gateway(&self) -> String {
        let header =
            |name: &str| self.invite.lines().find_map(|line| line.strip_prefix(name)).expect("a header").trim();
        let (from, to) = (format!("From: {};tag=called", header("To:")), format!("To: {}", header("From:")));
        within(self.net, "BYE", 1, header("Call-ID:"), &from, &to)
    }
}

fn contact(net: Net, host: u8) -> String {
    format!("<sip:peer@{}:5060;transport=tcp>", net.host(host))
}

fn within(net: Net, method: &str, number: u32, id: &str, from: &str, to: &str) -> String {
    format!(
        "{method} sip:bridge@{};transport=tcp SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK{method}{id}\r\n\
         Max-Forwards: 70\r\n{from}\r\n{to}\r\nCall-ID: {id}\r\nCSeq: {number} {method}\r\nContent-Length: 0\r\n\r\n",
        net.bridge()
    )
}

#[tokio::test]
async fn a_caller_whose_connection_was_lost_hangs_up_by_another_one() {
    let mut call = Call::answered().await;
    call.caller = Stream::of(connect(call.net).await);
    let bye = call.of_caller("BYE", 2);
    call.caller.send(&bye).await;
    let bye = call.gateway.until("BYE ").await;
    call.gateway.send(&response(&bye, "200 OK", "", "")).await;
    call.caller.until("SIP/2.0 200 ").await;
    assert_eq!(call.bridge.ended().await.cause, Some(16));
    call.bridge.stop().await;
}

#[tokio::test]
async fn a_gateway_whose_connection_was_lost_is_told_by_another_one() {
    let mut call = Call::answered().await;
    let bye = call.of_caller("BYE", 2);
    drop(call.gateway);
    call.caller.send(&bye).await;
    let (tcp, _) = timeout(PATIENCE, call.listener.accept()).await.expect("a connection").expect("a connection");
    let mut gateway = Stream::of(tcp);
    let bye = gateway.until("BYE ").await;
    gateway.send(&response(&bye, "200 OK", "", "")).await;
    assert_eq!(call.bridge.ended().await.cause, Some(16));
    call.bridge.stop().await;
}

#[tokio::test]
async fn a_caller_who_cannot_be_told_keeps_no_call() {
    let mut call = Call::answered().await;
    let bye = call.of_gateway();
    // Nobody listens where it says that it is.
    drop(call.caller);
    call.gateway.send(&bye).await;
    call.gateway.until("SIP/2.0 200 ").await;
    assert_eq!(call.bridge.ended().await.cause, Some(16));
    call.bridge.stop().await;
}
