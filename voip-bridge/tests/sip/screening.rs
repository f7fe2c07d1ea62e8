//! Who is let in, and what is answered without any call (RFC 3261 section 8.2).

use std::time::Duration;

use crate::certificates::Authority;
use crate::harness::{Bridge, Net, PATIENCE, Raw, request, settings};
use rcgen::SanType;
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;
use voip_bridge::pool::Unavailable;

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).expect("a status line")
}

#[tokio::test]
async fn options_say_what_is_there() {
    let bridge = Bridge::start(Unavailable::Reject, "").await;
    let caller = Raw::at(bridge.net, 2).await;
    let answer = caller.ask(&request("OPTIONS", "1", "")).await;
    assert_eq!(status(&answer), "200");
    assert!(answer.contains("\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS"), "{answer}");
    assert!(answer.contains("\r\nAccept: application/sdp\r\n"), "{answer}");
    bridge.stop().await;
}

#[tokio::test]
async fn strangers_are_forbidden_everything() {
    let bridge = Bridge::start(Unavailable::Reject, "").await;
    Raw::at(bridge.net, 2).await.until_served().await;
    let stranger = Raw::at(bridge.net, 9).await;
    for method in ["OPTIONS", "INVITE", "MESSAGE", "REGISTER", "BYE"] {
        let answer = stranger.ask(&request(method, method, "")).await;
        assert_eq!(status(&answer), "403", "{method}");
        assert!(answer.contains(&format!("CSeq: 1 {method}")), "{answer}");
    }
    bridge.stop().await;
}

/// One that says nothing, and perhaps only begins a handshake, would cost a descriptor for ever.
#[tokio::test]
async fn a_strangers_connection_is_closed_before_anything_is_said() {
    for transport in ["tcp", "tls"] {
        let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
        let mut settings = settings(net, transport, "");
        let authority = Authority::new();
        let (certificate, key) = authority.of(SanType::IpAddress(net.host(1)));
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("a file");
            Some(path)
        };
        settings.sip.listen[0].certificate = file("certificate.pem", &certificate);
        settings.sip.listen[0].key = file("key.pem", &key);
        settings.sip.authorities = file("authorities.pem", &authority.pem());
        let bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
        let mut again = tokio::time::interval(Duration::from_millis(5));
        let mut stream = loop {
            again.tick().await;
            let socket = TcpSocket::new_v4().expect("a socket");
            socket.bind((net.host(9), 0).into()).expect("an address");
            if let Ok(stream) = socket.connect(net.bridge()).await {
                break stream;
            }
        };
        let mut said = Vec::new();
        let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("closed");
        assert!(closed.is_err() || said.is_empty(), "{transport}: {said:?}");
        bridge.stop().await;
    }
}

#[tokio::test]
async fn a_flood_of_strangers_is_not_answered() {
    let bridge = Bridge::start(Unavailable::Reject, "").await;
    let caller = Raw::at(bridge.net, 2).await;
    caller.until_served().await;
    let stranger = Raw::at(bridge.net, 9).await;
    for index in 0..200 {
        stranger.send(request("OPTIONS", &format!("flood{index}"), "").as_bytes()).await;
    }
    // The peer's request comes behind all of them, and is answered.
    let answer = caller.ask(&request("OPTIONS", "behind", "")).await;
    assert_eq!(status(&answer), "200");
    let mut answered = 0;
    while let Ok(Some(answer)) = tokio::time::timeout(Duration::from_millis(1), stranger.receive()).await {
        assert_eq!(status(&answer), "403");
        answered += 1;
    }
    assert!((1..=60).contains(&answered), "{answered} of 200");
    bridge.stop().await;
}

#[tokio::test]
async fn a_peer_that_sends_too_much_is_told_to_wait() {
    let net = Net::new();
    let mut settings = settings(net, "udp", "");
    settings.peers[0].rate = 1;
    let bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let caller = Raw::at(net, 2).await;
    let mut answers = Vec::new();
    for index in 0..20 {
        answers.push(caller.ask(&request("OPTIONS", &format!("many{index}"), "")).await);
    }
    assert_eq!(status(&answers[0]), "200");
    let refused = answers.iter().find(|answer| status(answer) == "503").expect("a refusal");
    assert!(refused.contains("\r\nRetry-After: 1\r\n"), "{refused}");
    bridge.stop().await;
}

#[tokio::test]
async fn what_no_call_can_come_of_is_refused() {
    let bridge = Bridge::start(Unavailable::Reject, "").await;
    let caller = Raw::at(bridge.net, 2).await;
    let cases = [
        ("405", request("REGISTER", "a", "")),
        ("405", request("PUBLISH", "b", "")),
        ("481", request("BYE", "c", "").replace("@bridge.example>\r\nCall", "@bridge.example>;tag=x\r\nCall")),
        ("420", request("OPTIONS", "d", "Require: nothing-that-is\r\n")),
        ("416", request("OPTIONS", "e", "").replacen("sip:", "mailto:", 1)),
        ("400", request("OPTIONS", "f", "").replace("CSeq: 1 OPTIONS", "CSeq: 1 BYE")),
        ("483", request("INVITE", "g", "").replace("Max-Forwards: 70", "Max-Forwards: 0")),
        ("481", request("CANCEL", "h", "")),
        (
            "415",
            request("INVITE", "i", "Content-Type: text/plain\r\n").replace("Length: 0\r\n\r\n", "Length: 2\r\n\r\nhi"),
        ),
        (
            "422",
            request("INVITE", "j", "Content-Type: application/sdp\r\nSession-Expires: 60\r\n")
                .replace("Length: 0\r\n\r\n", "Length: 5\r\n\r\nv=0\r\n"),
        ),
    ];
    for (expected, request) in cases {
        let answer = caller.ask(&request).await;
        assert_eq!(status(&answer), expected, "{request}\n{answer}");
    }
    bridge.stop().await;
}
