//! The end of the service: nobody new is let in, and the calls that there are go on.

use crate::harness::{Bridge, Raw, Sipp, request};
use voip_bridge::pool::Unavailable;

#[tokio::test]
async fn a_call_outlives_the_door_and_the_service_ends_with_it() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let net = bridge.net;
    let words = [("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "6000")];
    let gateway = Sipp::run(net, 3, "gateway_answers", &words).listening("udp", net, 3).await;
    let words =
        [("from", "sip:+15550199999@caller.example"), ("port", "6000"), ("more", ""), ("answer", "m=audio 7000")];
    let caller = Sipp::run_with(net, 2, "caller_waits", &words, &["-cid_str", "waits"]);
    bridge.told(|told| told.calls.iter().find(|call| call.answered.is_some()).cloned()).await;

    bridge.take_no_more();
    // A second program of the caller's: requests from its address, on another port.
    let other = Raw::on(net, 2, 5070).await;
    for method in ["OPTIONS", "INVITE"] {
        let answer = other.ask(&request(method, method, "")).await;
        assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
    }
    caller.tell((net.host(2), 5060).into(), "waits").await;
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stopped().await;
}

#[tokio::test]
async fn told_twice_it_hangs_up() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let net = bridge.net;
    let words = [("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "6000")];
    let gateway = Sipp::run(net, 3, "gateway_answers", &words).listening("udp", net, 3).await;
    let words = [("from", "sip:+15550199999@caller.example"), ("port", "6000"), ("more", ""), ("cause", "16")];
    let caller = Sipp::run(net, 2, "caller_is_hung_up", &words);
    bridge.told(|told| told.calls.iter().find(|call| call.answered.is_some()).cloned()).await;
    bridge.take_no_more();
    bridge.stop().await;
    tokio::join!(caller.done(), gateway.done());
}
