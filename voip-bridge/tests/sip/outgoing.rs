//! Calls of a phone through the service.

use crate::harness::{Bridge, NUMBER, Net, SIM, Sipp, settings};
use voip_bridge::pool::{Direction, Unavailable};
use voip_bridge::settings::MediaPath;

const ALLOWED: &str = "allowed = [\"1555\"]\n";
/// The target as a regular expression, and the phone's own number as its caller.
const TARGET: &[(&str, &str)] = &[("simre", "sip:.15550122222@"), ("shown", ".15550100001@"), ("port", "6000")];

fn phone<'a>() -> Vec<(&'a str, &'a str)> {
    vec![("from", "sip:+15550100099@gateway.example"), ("port", "6000"), ("more", ""), ("joined", "7000")]
}

#[tokio::test]
async fn a_phone_dials_by_info_and_is_seen_as_its_own_number() {
    let mut bridge = Bridge::start(Unavailable::Reject, ALLOWED).await;
    let net = bridge.net;
    let target = Sipp::run(net, 3, "gateway_answers", TARGET).listening("udp", net, 3).await;
    let phone = Sipp::run(net, 2, "phone_calls_by_info", &phone());
    tokio::join!(phone.done(), target.done());
    let call = bridge.ended().await;
    assert_eq!((call.direction, call.peer.as_deref()), (Direction::Out, Some("+15550122222")));
    assert_eq!(call.number, crate::harness::number(NUMBER));
    assert!(call.answered.is_some());
    bridge.stop().await;
}

#[tokio::test]
async fn a_phone_dials_by_rtp_events() {
    let mut bridge = Bridge::start(Unavailable::Reject, ALLOWED).await;
    let net = bridge.net;
    let target = Sipp::run(net, 3, "gateway_answers", TARGET).listening("udp", net, 3).await;
    let mut words = phone();
    words.push(("digits", "15550122222#"));
    let phone = Sipp::run(net, 2, "phone_calls_by_rtp", &words);
    tokio::join!(phone.done(), target.done());
    assert_eq!(bridge.ended().await.peer.as_deref(), Some("+15550122222"));
    bridge.stop().await;
}

#[tokio::test]
async fn where_audio_is_relayed_the_target_is_offered_the_relay() {
    let net = Net::new();
    let mut settings = settings(net, "udp", ALLOWED);
    settings.media.path = MediaPath::Relay;
    let mut bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let words = [("simre", "sip:.15550122222@"), ("shown", ".15550100001@"), ("port", "3[0-9]+ RTP/AVP 0 96")];
    let target = Sipp::run(net, 3, "gateway_answers", &words).listening("udp", net, 3).await;
    let phone = Sipp::run(net, 2, "phone_calls_relayed", &phone());
    tokio::join!(phone.done(), target.done());
    assert!(bridge.ended().await.answered.is_some());
    bridge.stop().await;
}

#[tokio::test]
async fn a_target_that_refuses_is_heard_as_busy_and_its_cause_told() {
    let mut bridge = Bridge::start(Unavailable::Reject, ALLOWED).await;
    let net = bridge.net;
    let mut words = TARGET.to_vec();
    words.extend([("status", "486 Busy Here"), ("more", "")]);
    let target = Sipp::run(net, 3, "gateway_refuses", &words).listening("udp", net, 3).await;
    let mut words = phone();
    words.push(("cause", "17"));
    let phone = Sipp::run(net, 2, "phone_is_told_no", &words);
    tokio::join!(phone.done(), target.done());
    assert_eq!(bridge.ended().await.cause, Some(17));
    bridge.stop().await;
}

#[tokio::test]
async fn a_target_that_is_not_allowed_is_not_called() {
    let bridge = Bridge::start(Unavailable::Reject, "allowed = [\"1555\"]\nforbidden = [\"15550122\"]\n").await;
    let mut words = phone();
    words.push(("cause", "57"));
    Sipp::run(bridge.net, 2, "phone_is_told_no", &words).done().await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_number_that_has_placed_its_calls_has_to_wait() {
    let mut bridge = Bridge::start(Unavailable::Reject, &format!("{ALLOWED}out_per_minute = 1\n")).await;
    let net = bridge.net;
    let target = Sipp::run(net, 3, "gateway_answers", TARGET).listening("udp", net, 3).await;
    let first = Sipp::run(net, 2, "phone_calls_by_info", &phone());
    tokio::join!(first.done(), target.done());
    assert!(bridge.ended().await.answered.is_some());
    let mut words = phone();
    words.push(("cause", "34"));
    Sipp::run(net, 2, "phone_is_told_no", &words).done().await;
    bridge.stop().await;
}

#[tokio::test]
async fn without_allowed_targets_a_phones_call_is_refused() {
    let bridge = Bridge::start(Unavailable::Reject, "").await;
    let from = format!("sip:{SIM}@gateway.example");
    let words = [("from", from.as_str()), ("port", "6000"), ("more", ""), ("status", "403"), ("cause", "57")];
    Sipp::run(bridge.net, 2, "caller_is_refused", &words).done().await;
    bridge.stop().await;
}
