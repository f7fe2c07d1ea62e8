//! Voice mail with real RTP: SIPp sends a tone, and the recording is asked for its frequency.

use std::f64::consts::TAU;

use crate::harness::{Bridge, Sipp};
use audio_codec::{Encoder, pcmu};
use voip_bridge::pool::{Unavailable, Voicemail};

const RATE: f64 = 8000.0;

/// A second of this frequency.
fn tone(hertz: f64) -> Vec<i16> {
    (0..8000).map(|index| ((TAU * hertz * f64::from(index) / RATE).sin() * 8000.0) as i16).collect()
}

/// How much of the power of `samples` is at this frequency (Goertzel).
fn share(samples: &[i16], hertz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hertz / RATE).cos();
    let (mut one, mut two, mut power) = (0.0, 0.0, 0.0);
    for sample in samples.iter().copied().map(f64::from) {
        (one, two) = (sample + coefficient * one - two, one);
        power += sample * sample;
    }
    let count = samples.len() as f64;
    2.0 * (one * one + two * two - coefficient * one * two) / (power * count).max(1.0)
}

fn samples(message: &Voicemail) -> Vec<i16> {
    assert_eq!(&message.audio[..4], b"RIFF");
    message.audio[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

#[test]
fn the_measure_tells_frequencies_apart() {
    assert!(share(&tone(700.0), 700.0) > 0.95);
    assert!(share(&tone(700.0), 1000.0) < 0.05);
}

#[tokio::test]
async fn a_caller_who_gets_no_answer_leaves_a_message() {
    let mut bridge = Bridge::start(Unavailable::Voicemail, "").await;
    let net = bridge.net;
    let words = [
        ("simre", "sip:.15550100099@"),
        ("shown", ".155501999992@"),
        ("port", "[0-9]+"),
        ("status", "486 Busy Here"),
        ("more", ""),
    ];
    let gateway = Sipp::run(net, 3, "gateway_refuses", &words).listening("udp", net, 3).await;
    let words = [("from", "sip:+15550199999@caller.example"), ("more", "")];
    let spoken = pcmu::PcmuEncoder::new().encode(&tone(700.0));
    let caller = Sipp::run_files(net, 2, "caller_leaves_message", &words, &[], &[("tone.ulaw", &spoken)]);
    tokio::join!(caller.done(), gateway.done());
    let message = bridge.told(|told| told.voicemails.first().cloned()).await;
    assert_eq!(message.peer.as_deref(), Some("+15550199999"));
    let samples = samples(&message);
    assert_eq!(u64::from(message.milliseconds), samples.len() as u64 / 8);
    assert!(samples.len() > 8000, "{}", samples.len());
    // Not at the edges: SIPp begins and ends its packets where it likes.
    let middle = &samples[2000..6000];
    assert!(share(middle, 700.0) > 0.8, "{}", share(middle, 700.0));
    let call = bridge.ended().await;
    assert!(call.answered.is_some());
    bridge.stop().await;
}
