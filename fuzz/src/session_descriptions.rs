//! Session descriptions of peers: what this service answers and passes on leads to it and nowhere else, and each leg's
//! version counts what has changed.

use voip_bridge::untrusted::{LOCAL, again, answer, relayed, stamped};

/// Takes the input as a description: an offer, one that is relayed, and one that a leg is told.
pub fn session_descriptions(description: &[u8]) {
    let (host, port) = LOCAL.split_once(':').expect("an address and a port");
    if let Some(answer) = answer(description) {
        let text = String::from_utf8(answer.clone()).expect("text");
        // One stream is taken; all others are refused in their places (RFC 3264 section 6).
        let streams = || text.lines().filter(|line| line.starts_with("m="));
        let taken = |line: &&str| line.split(' ').nth(1) == Some(port);
        assert_eq!(streams().filter(taken).count(), 1, "{text}");
        assert!(streams().filter(|line| !taken(line)).all(|line| line.split(' ').nth(1) == Some("0")), "{text}");
        assert!(self::answer(&answer).is_some(), "an answer is as good as an offer: {text}");
    }
    if let Some((written, remote)) = relayed(description) {
        assert!(!remote.ip().is_multicast() && remote.port() != 0);
        let text = String::from_utf8_lossy(&written);
        let connections: Vec<&str> = text.lines().filter(|line| line.starts_with("c=")).collect();
        assert!(matches!(connections[..], [only] if only.ends_with(host)), "{text}");
        let is_other_way = |line: &str| {
            line == "a=rtcp-mux" || ["a=candidate:", "a=rtcp:", "a=ice-"].iter().any(|way| line.starts_with(way))
        };
        assert!(!text.lines().any(is_other_way), "{text}");
        let (_, through) = relayed(&written).expect("what was relayed can be relayed again");
        assert_eq!(through.to_string(), LOCAL);
    }
    let told = stamped(&[description, description, &again(description)]);
    assert_eq!(told[0], told[1], "nothing has changed");
    assert_eq!(again(&again(description)), again(description));
}
