//! Two telephones that hear each other's tone through the service; and one that is heard again after a hold.

use std::time::Duration;

use crate::harness::{Bridge, NUMBER, Net, PATIENCE, Sipp, settings};
use crate::telephone::Telephone;
use crate::tones::share;
use audio_codec::{Decoder, pcma};
use tokio::net::UdpSocket;
use tokio::time::timeout;
use voip_bridge::pool::Unavailable;
use voip_bridge::settings::MediaPath;

/// What the caller says, and what the phone says.
const CALLER: f64 = 440.0;
const PHONE: f64 = 700.0;
/// Long enough for the first packets, which may be silence, and a second behind them.
const SAMPLES: usize = 12_000;

async fn is_heard(telephone: &Telephone, hertz: f64) {
    let heard = telephone.hears(SAMPLES).await;
    let last = &heard[heard.len() - 8_000..];
    assert!(share(last, hertz) > 0.8, "{}", share(last, hertz));
}

async fn both_hear_each_other(path: MediaPath) {
    let net = Net::new();
    let mut settings = settings(net, "udp", "");
    settings.media.path = path;
    let mut bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let phone = Telephone::start(net, 3, "+15550100099", PHONE, ";answermode=auto").await;
    let mut caller = Telephone::start(net, 2, "+15550199999", CALLER, "").await;
    caller.command("dial", &format!("sip:{NUMBER}@{}", net.bridge())).await;
    is_heard(&phone, CALLER).await;
    is_heard(&caller, PHONE).await;
    caller.command("hangup", "").await;
    assert!(bridge.ended().await.answered.is_some());
    bridge.stop().await;
}

/// The next second that comes in at a socket, without the RTP headers.
async fn second(ear: &UdpSocket) -> Vec<i16> {
    let (mut heard, mut packet) = (Vec::new(), [0; 2048]);
    let hearing = async {
        while heard.len() < 8_000 {
            let length = ear.recv(&mut packet).await.expect("received");
            heard.extend(pcma::PcmaDecoder::new().decode(&packet[12..length]));
        }
    };
    timeout(PATIENCE, hearing).await.expect("something is heard");
    heard
}

/// baresip's own ear is deaf after a hold (its `sndfile` writes no more), so that the phone's is a socket here.
async fn is_heard_again(path: MediaPath) {
    let net = Net::new();
    let mut settings = settings(net, "udp", "");
    settings.media.path = path;
    let mut bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let ear = UdpSocket::bind((net.host(3), 0)).await.expect("a socket");
    let port = ear.local_addr().expect("an address").port().to_string();
    let words = [("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "[0-9]+"), ("ear", &port)];
    let phone = Sipp::run(net, 3, "gateway_is_held_and_resumed", &words).listening("udp", net, 3).await;
    let mut caller = Telephone::start(net, 2, "+15550199999", CALLER, "").await;
    caller.command("dial", &format!("sip:{NUMBER}@{}", net.bridge())).await;
    assert!(share(&second(&ear).await, CALLER) > 0.8);
    caller.command("hold", "").await;
    // What was on its way is heard, and then nothing but what is sent to keep ways open.
    while timeout(Duration::from_millis(300), ear.recv(&mut [0; 2048])).await.is_ok() {}
    caller.command("resume", "").await;
    assert!(share(&second(&ear).await, CALLER) > 0.8);
    caller.command("hangup", "").await;
    phone.done().await;
    assert!(bridge.ended().await.answered.is_some());
    bridge.stop().await;
}

#[tokio::test]
async fn who_was_on_hold_is_heard_again_from_end_to_end() {
    is_heard_again(MediaPath::Direct).await;
}

#[tokio::test]
async fn who_was_on_hold_is_heard_again_through_a_relay() {
    is_heard_again(MediaPath::Relay).await;
}

#[tokio::test]
async fn both_hear_each_other_from_end_to_end() {
    both_hear_each_other(MediaPath::Direct).await;
}

#[tokio::test]
async fn both_hear_each_other_through_a_relay() {
    both_hear_each_other(MediaPath::Relay).await;
}
