//! The kinds of messages of RFC 4475, against the running service: none may hurt it, and each gets the answer that it
//! deserves or none.
//!
//! The messages are this project's own, made after the sections that they are named by.

use std::time::Duration;

use crate::harness::{Bridge, NUMBER, Net, Raw, request, settings};
use voip_bridge::pool::Unavailable;

/// Longer than an answer takes.
const LONG: Duration = Duration::from_secs(5);

/// A section, a message, and the statuses that are right for it: `""` is no answer.
type Case = (&'static str, Vec<u8>, &'static [&'static str]);

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";

fn options(more: &str) -> String {
    request("OPTIONS", "torture", more)
}

fn invite() -> String {
    let length = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}", SDP.len());
    // Somebody else's number: the call ends with 404 before anybody is called.
    request("INVITE", "torture", "").replace(NUMBER, "+15550100002").replace("Content-Length: 0\r\n\r\n", &length)
}

fn changed(message: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(message.contains(from), "{from}");
    message.replace(from, to).into_bytes()
}

fn cases() -> Vec<Case> {
    let (options, invite) = (options(""), invite());
    let call = "Call-ID: torture";
    vec![
        (
            "3.1.1.1 white space and line folding",
            options
                .replace("To: <", "TO :\r\n <")
                .replace("CSeq: 1 OPTIONS", "cseq:  0001\r\n  OPTIONS")
                .replace("Max-Forwards: 70", "Max-Forwards:   0068")
                .into_bytes(),
            &["200", "400", ""],
        ),
        ("3.1.1.2 a method of strange characters", changed(&options, "OPTIONS", "!interesting-Method0123456789_*+`.%'~"), &["405", "400", "501", ""]),
        ("3.1.1.3 escapes in a user", changed(&options, &format!("sip:{NUMBER}@"), "sip:%2B1555%3A0100%40x@"), &["200"]),
        ("3.1.1.4 escaped nulls", changed(&options, &format!("sip:{NUMBER}@"), "sip:null-%00-null@"), &["200"]),
        ("3.1.1.5 a percent sign that escapes nothing", changed(&options, "OPTIONS", "RE%47IST%45R"), &["405", "400", "501", ""]),
        ("3.1.1.6 no white space before the address", changed(&options, "From: <", "From: caller<"), &["200"]),
        ("3.1.1.7 very long values", changed(&options, call, &format!("{call}\r\nX-Long: {}", "x".repeat(1000))), &["200"]),
        ("3.1.1.8 two messages in one datagram", [options.as_bytes(), options.as_bytes()].concat(), &["200", "400"]),
        ("3.1.1.9 a semicolon in a user", changed(&options, &format!("sip:{NUMBER}@"), "sip:user;par=u%40example.net@"), &["200", "400", "416"]),
        ("3.1.1.10 transports that nobody has", changed(&options, "SIP/2.0/UDP", "SIP/2.0/UNKNOWN"), &["200", "400", ""]),
        ("3.1.2.1 an INVITE with stray separators", changed(&invite, "Max-Forwards: 70", "Max-Forwards: 70\r\nSubject ;; : x"), &["400", "404", ""]),
        ("3.1.2.2 a length beyond the datagram", changed(&invite, &format!("Length: {}", SDP.len()), "Length: 9999"), &["400", ""]),
        ("3.1.2.3 a negative length", changed(&invite, &format!("Length: {}", SDP.len()), "Length: -999"), &["400", ""]),
        ("3.1.2.4 numbers that do not fit", changed(&options, "CSeq: 1 ", "CSeq: 36893488147419103232 "), &["400", ""]),
        ("3.1.2.6 a quote without an end", changed(&options, "To: <", "To: \"caller <"), &["200", "400", ""]),
        ("3.1.2.7 brackets around the URI", changed(&options, &format!("OPTIONS sip:{NUMBER}@bridge.example"), "OPTIONS <sip:x@bridge.example>"), &["200", "400", "416", ""]),
        ("3.1.2.8 white space in the URI", changed(&options, "@bridge.example SIP", "@bridge.example; lr SIP"), &["400", ""]),
        ("3.1.2.9 too much white space in the first line", changed(&options, "OPTIONS sip", "OPTIONS  sip"), &["200", "400", "416", ""]),
        ("3.1.2.11 headers escaped in the URI", changed(&options, "@bridge.example SIP", "@bridge.example?Route=%3Csip:x%3E SIP"), &["200", "400"]),
        ("3.1.2.12 a date of another zone", changed(&options, call, &format!("{call}\r\nDate: Fri, 01 Jan 2010 16:00:00 EST")), &["200", "400"]),
        ("3.1.2.14 an address without brackets", changed(&options, "To: <", "To: a, b <"), &["200", "400", ""]),
        ("3.1.2.16 another version", changed(&options, "SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), &["505", "400", ""]),
        ("3.1.2.17 the method of the CSeq is another", changed(&options, "CSeq: 1 OPTIONS", "CSeq: 1 INVITE"), &["400"]),
        ("3.1.2.18 an unknown method with another CSeq", changed(&options, "OPTIONS sip", "NEWMETHOD sip"), &["400", "405", "501", ""]),
        ("3.1.2.19 a status that is none", b"SIP/2.0 4294967301 better not break the receiver\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: torture\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n".to_vec(), &[""]),
        ("3.2.1 a branch without the rest", changed(&options, "branch=z9hG4bKtorture", "branch=z9hG4bK"), &["200", "400", ""]),
        ("3.3.1 no Call-ID, From, or To", format!("INVITE sip:{NUMBER}@bridge.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKi;rport\r\nCSeq: 1 INVITE\r\nX-Is: {call}\r\nContent-Length: 0\r\n\r\n").into_bytes(), &["400", ""]),
        ("3.3.2 a scheme that nobody knows", changed(&options, "OPTIONS sip:", "OPTIONS nobodyknowsthisscheme:"), &["416"]),
        ("3.3.3 a known scheme that is not SIP's", changed(&options, &format!("OPTIONS sip:{NUMBER}@bridge.example"), "OPTIONS soap.beep://192.0.2.103:3002"), &["416", "400", ""]),
        ("3.3.5 extensions that nobody has", changed(&options, call, &format!("{call}\r\nRequire: nothingSupportsThis\r\nProxy-Require: nothingEither")), &["420"]),
        ("3.3.6 a content that is not SDP", changed(&invite, "application/sdp", "application/unknownformat"), &["415"]),
        ("3.3.8 two of what may be there once", changed(&options, call, &format!("{call}\r\nCSeq: 5 BYE\r\nMax-Forwards: 10\r\n{call}")), &["200", "400", ""]),
        ("3.3.9 two lengths", changed(&invite, "Content-Length", "Content-Length: 3\r\nContent-Length"), &["400", "404", ""]),
        ("3.3.11 no hop left", changed(&invite, "Max-Forwards: 70", "Max-Forwards: 0"), &["483"]),
        ("3.3.13 parameters of an escaped Contact", changed(&invite, "<sip:caller@127.0.0.1>", "sip:caller%40x@127.0.0.1?Route=%3Csip:y%3E"), &["400", "404"]),
        ("3.3.15 an old INVITE without branch or tag", changed(&invite, ";branch=z9hG4bKtorture", ""), &["400", "404", ""]),
        ("very many headers", changed(&options, call, &format!("{call}\r\n{}", "X: y\r\n".repeat(1000).trim_end())), &["200"]),
        ("more than is read of a datagram", changed(&options, call, &format!("{call}\r\nX-Long: {}", "x".repeat(50_000))), &["400", ""]),
        ("a body longer than is read of a datagram", changed(&invite, &format!("Length: {}\r\n\r\n", SDP.len()), &format!("Length: {}\r\n\r\n{}", SDP.len() + 50_000, "x".repeat(50_000))), &["400", ""]),
        ("not text at all", [&[0xff_u8, 0, 0xfe][..], options.as_bytes()].concat(), &[""]),
        ("nothing but line ends", b"\r\n\r\n\r\n\r\n".to_vec(), &[""]),
    ]
}

#[tokio::test]
async fn no_message_hurts_the_service_and_each_gets_its_answer() {
    let net = Net::new();
    let mut settings = settings(net, "udp", "");
    settings.peers[0].rate = 10_000;
    let bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let caller = Raw::at(bridge.net, 2).await;
    caller.until_served().await;
    let mut wrong = Vec::new();
    for (index, (section, message, right)) in cases().into_iter().enumerate() {
        // Transactions of one case must not be taken for those of another.
        let text = replace(&message, b"torture", format!("torture{index}").as_bytes());
        caller.send(&text).await;
        caller.send(request("OPTIONS", &format!("fence{index}"), "").as_bytes()).await;
        let (mut answers, mut passed) = (Vec::new(), false);
        // Every case but those without an answer ends with one; the fence shows that the service lives.
        while !passed || (answers.is_empty() && !right.contains(&"")) {
            let Ok(answer) = tokio::time::timeout(LONG, caller.receive()).await else { break };
            let answer = answer.expect("an answer");
            assert!(answer.starts_with("SIP/2.0 "), "{section}: {answer}");
            if index > 0 && answer.contains(&format!("torture{}\r\n", index - 1)) {
                // It was late.
            } else if answer.contains(&format!("fence{index}")) {
                passed = true;
            } else if !answer.starts_with("SIP/2.0 100 ") {
                answers.push(answer.split(' ').nth(1).expect("a status").to_owned());
            }
        }
        assert!(passed, "{section}: the service does not answer any more");
        let none = answers.is_empty() && !right.contains(&"");
        if none || !answers.iter().all(|answer| right.contains(&answer.as_str())) {
            wrong.push(format!("{section}: {answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    bridge.stop().await;
}

fn replace(message: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut changed = Vec::new();
    let mut rest = message;
    while let Some((first, behind)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(from) {
            changed.extend(to);
            rest = behind;
        } else {
            changed.push(*first);
            rest = behind;
        }
    }
    changed
}
