//! SIP over TCP from peers that send in pieces, slowly, or too much: each is served, and nobody waits for another.

use std::time::Duration;

use crate::harness::{Bridge, Net, PATIENCE, request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
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
