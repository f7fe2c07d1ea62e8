//! Calls to a number of the pool, with the audio from end to end.

use crate::harness::{Bridge, Net, Sipp, settings};
use voip_bridge::pool::{Direction, Unavailable};
use voip_bridge::settings::MediaPath;

/// The SIM's number as a regular expression, and the caller as the device is to see it.
const GATEWAY: &[(&str, &str)] = &[("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "6000")];

const CALLER: &[(&str, &str)] = &[("from", "sip:+15550199999@caller.example"), ("port", "6000"), ("more", "")];

fn with<'a>(words: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    words.iter().chain(more).copied().collect()
}

/// Plays a caller and a gateway against each other and gives the bridge back.
async fn play(bridge: &Bridge, caller: (&str, &[(&str, &str)]), gateway: (&str, &[(&str, &str)])) {
    let gateway = Sipp::run(bridge.net, 3, gateway.0, &with(gateway.1, GATEWAY)).listening("udp", bridge.net, 3).await;
    let caller = Sipp::run(bridge.net, 2, caller.0, &with(caller.1, CALLER));
    tokio::join!(caller.done(), gateway.done());
}

#[tokio::test]
async fn the_phone_answers_and_the_caller_hangs_up() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    // The caller is told the gateway's own address for audio.
    let answer = format!("c=IN IP4 {}", bridge.net.host(3));
    play(&bridge, ("caller_talks", &[("answer", &answer)]), ("gateway_answers", &[])).await;
    let call = bridge.ended().await;
    assert_eq!(call.direction, Direction::In);
    assert_eq!(call.peer.as_deref(), Some("+15550199999"));
    assert!(call.answered.is_some());
    assert_eq!(call.cause, Some(16));
    bridge.stop().await;
}

#[tokio::test]
async fn the_same_over_tcp() {
    let net = Net::new();
    let mut bridge = Bridge::start_with(net, Unavailable::Reject, "tcp", "").await;
    let gateway = Sipp::run_with(net, 3, "gateway_answers", GATEWAY, &["-t", "t1"]).listening("tcp", net, 3).await;
    let words = with(CALLER, &[("answer", "m=audio 7000")]);
    let caller = Sipp::run_with(net, 2, "caller_talks", &words, &["-t", "t1"]);
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}

#[tokio::test]
async fn the_cause_of_the_phones_hang_up_reaches_the_caller() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let cause = &[("cause", "27")];
    play(&bridge, ("caller_is_hung_up", cause), ("gateway_hangs_up", cause)).await;
    assert_eq!(bridge.ended().await.cause, Some(27));
    bridge.stop().await;
}

#[tokio::test]
async fn refusals_reach_the_caller_with_their_cause() {
    for (sent, more, status, cause) in [
        ("486 Busy Here", "", "486", "17"),
        ("480 Temporarily Unavailable", "Reason: Q.850;cause=19\n", "480", "19"),
        ("404 Not Found", "", "404", "1"),
        ("500 Server Internal Error", "", "503", "41"),
        ("603 Decline", "", "603", "21"),
    ] {
        let mut bridge = Bridge::start(Unavailable::Reject, "").await;
        let caller = ("caller_is_refused", &[("status", status), ("cause", cause)][..]);
        play(&bridge, caller, ("gateway_refuses", &[("status", sent), ("more", more)])).await;
        let call = bridge.ended().await;
        assert_eq!(call.cause, cause.parse().ok());
        assert_eq!(call.answered, None);
        bridge.stop().await;
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_stops_the_ringing() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    play(&bridge, ("caller_gives_up", &[]), ("gateway_rings", &[])).await;
    assert_eq!(bridge.ended().await.answered, None);
    bridge.stop().await;
}

#[tokio::test]
async fn a_phone_that_rings_too_long_is_given_up() {
    let mut bridge = Bridge::start(Unavailable::Reject, "ring_seconds = 1\n").await;
    play(&bridge, ("caller_is_refused", &[("status", "480"), ("cause", "19")]), ("gateway_rings", &[])).await;
    assert_eq!(bridge.ended().await.cause, Some(19));
    bridge.stop().await;
}

#[tokio::test]
async fn hold_and_digits_go_through() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    play(&bridge, ("caller_holds", &[]), ("gateway_is_held", &[])).await;
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}

#[tokio::test]
async fn a_session_timer_is_agreed_on_and_refreshed() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let timer = "Session-Expires: 1800;refresher=uac\nSupported: timer\n";
    let gateway = Sipp::run(bridge.net, 3, "gateway_answers", GATEWAY).listening("udp", bridge.net, 3).await;
    let caller = Sipp::run(bridge.net, 2, "caller_refreshes", &with(&[("more", timer)], CALLER));
    tokio::join!(caller.done(), gateway.done());
    bridge.ended().await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_withheld_caller_is_shown_as_the_access_number() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let caller = ("caller_talks", &[("answer", "m=audio 7000"), ("more", "Privacy: id\n")][..]);
    play(&bridge, caller, ("gateway_answers", &[("shown", ".155501000012@")])).await;
    assert_eq!(bridge.ended().await.peer, None);
    bridge.stop().await;
}

#[tokio::test]
async fn a_number_of_nobody_does_not_exist() {
    let bridge = Bridge::start(Unavailable::Reject, "").await;
    let words = with(&[("number", "+15550100002"), ("status", "404"), ("cause", "1")], CALLER);
    Sipp::run(bridge.net, 2, "caller_is_refused", &words).done().await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_phone_that_is_not_reached_is_forwarded() {
    let mut bridge = Bridge::start(Unavailable::Forward("sip:desk@office.example".to_owned()), "").await;
    let net = bridge.net;
    let gateway = Sipp::run(net, 3, "gateway_refuses", &with(&[("status", "486 Busy Here"), ("more", "")], GATEWAY));
    let gateway = gateway.listening("udp", net, 3).await;
    let caller = Sipp::run(net, 2, "caller_talks", &with(&[("answer", "m=audio 7000")], CALLER));
    gateway.done().await;
    // Only now does anybody listen there again: the INVITE is sent again until then.
    let words = [("simre", "sip:desk@office.example"), ("shown", ".15550199999@"), ("port", "6000")];
    let desk = Sipp::run(net, 3, "gateway_answers", &words);
    tokio::join!(caller.done(), desk.done());
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}

#[tokio::test]
async fn stopping_ends_calls_that_are_under_way() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let net = bridge.net;
    let gateway = Sipp::run(net, 3, "gateway_answers", GATEWAY).listening("udp", net, 3).await;
    let caller = Sipp::run(net, 2, "caller_is_hung_up", &with(&[("cause", "16")], CALLER));
    bridge.told(|told| told.calls.iter().find(|call| call.answered.is_some()).cloned()).await;
    let stopped = bridge.stop();
    tokio::join!(caller.done(), gateway.done(), stopped);
}

#[tokio::test]
async fn where_audio_is_relayed_both_ends_are_told_the_relay() {
    let net = Net::new();
    let mut settings = settings(net, "udp", "");
    settings.media.path = MediaPath::Relay;
    let mut bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let answer = format!("c=IN IP4 {}", net.host(1));
    let caller = ("caller_talks", &[("answer", answer.as_str())][..]);
    play(&bridge, caller, ("gateway_answers", &[("port", "3[0-9]+ RTP/AVP 0 8 101")])).await;
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}
