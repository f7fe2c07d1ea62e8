//! Voice mail with real RTP: SIPp and baresip send a tone, and the recording is asked for its frequency.

use std::f64::consts::TAU;
use std::path::Path;
use std::process::Stdio;

use crate::harness::{Bridge, NUMBER, Net, PATIENCE, Raw, Sipp, request, settings};
use audio_codec::{Decoder, Encoder, pcmu};
use tokio::net::UdpSocket;
use tokio::process::{Child, Command};
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

/// A baresip at `host` that calls the number, sends a tone of 440 Hz, and hangs up after some seconds.
fn baresip(net: Net, host: u8, folder: &Path) -> Child {
    let address = net.host(host);
    let spoken = folder.join("tone.wav");
    std::fs::write(&spoken, wav(&tone(440.0).repeat(6))).expect("a file");
    let configuration = format!(
        "poll_method epoll\nsip_listen {address}:5060\nnet_interface {address}\naudio_source aufile,{}\n\
         rtp_ports 20000-20100\nmodule_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\n\
         module_app account.so\nmodule_app menu.so\n",
        spoken.display()
    );
    let account = format!("<sip:+15550199999@{address};transport=udp>;regint=0;audio_codecs=PCMA\n");
    for (name, content) in [("config", configuration), ("accounts", account), ("contacts", String::new())] {
        std::fs::write(folder.join(name), content).expect("a file");
    }
    Command::new("baresip")
        .arg("-f")
        .arg(folder)
        .args(["-e", &format!("/dial sip:{NUMBER}@{}", net.bridge()), "-t", "6"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("baresip (Debian: baresip-core)")
}

#[tokio::test]
async fn a_real_telephone_leaves_a_message() {
    let mut bridge = Bridge::start(Unavailable::Voicemail, "").await;
    let net = bridge.net;
    let words = [
        ("simre", "sip:.15550100099@"),
        ("shown", ".155501999992@"),
        ("port", "[0-9]+"),
        ("status", "480 Temporarily Unavailable"),
        ("more", ""),
    ];
    let gateway = Sipp::run(net, 3, "gateway_refuses", &words).listening("udp", net, 3).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut caller = baresip(net, 2, folder.path());
    gateway.done().await;
    let message = bridge.told(|told| told.voicemails.first().cloned()).await;
    let samples = samples(&message);
    assert!(samples.len() > 8000, "{}", samples.len());
    let middle = &samples[2000..6000];
    assert!(share(middle, 440.0) > 0.8, "{}", share(middle, 440.0));
    caller.wait().await.expect("a status");
    bridge.stop().await;
}

#[tokio::test]
async fn a_caller_hears_the_prompt_and_the_tone() {
    let net = Net::new();
    let folder = tempfile::tempdir().expect("a folder");
    let prompt = folder.path().join("prompt.wav");
    std::fs::write(&prompt, wav(&tone(600.0))).expect("a file");
    let mut settings = settings(net, "udp", "");
    settings.voicemail.prompt = Some(prompt);
    let bridge = Bridge::start_settings(net, Unavailable::Voicemail, settings).await;
    let gateway = [
        ("simre", "sip:.15550100099@"),
        ("shown", ".155501999992@"),
        ("port", "[0-9]+"),
        ("status", "486 Busy Here"),
        ("more", ""),
    ];
    let gateway = Sipp::run(net, 3, "gateway_refuses", &gateway).listening("udp", net, 3).await;
    let ears = UdpSocket::bind((net.host(2), 0)).await.expect("a socket");
    let port = ears.local_addr().expect("an address").port();
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n",
        net.host(2)
    );
    let length = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len());
    let caller = Raw::at(net, 2).await;
    caller.until_served().await;
    caller.send(request("INVITE", "ears", "").replace("Content-Length: 0\r\n\r\n", &length).as_bytes()).await;
    // One second of prompt, and 0.7 seconds of silence and tone.
    let mut heard = Vec::new();
    let listening = async {
        let mut packet = [0; 2048];
        while heard.len() < 13_600 {
            let received = ears.recv(&mut packet).await.expect("received");
            heard.extend(pcmu::PcmuDecoder::new().decode(&packet[12..received]));
        }
    };
    tokio::time::timeout(PATIENCE, listening).await.expect("prompt and tone");
    assert!(share(&heard[..8000], 600.0) > 0.9, "{}", share(&heard[..8000], 600.0));
    assert!(share(&heard[10_400..13_600], 1000.0) > 0.9, "{}", share(&heard[10_400..13_600], 1000.0));
    gateway.done().await;
    bridge.stop().await;
}

fn wav(samples: &[i16]) -> Vec<u8> {
    let length = u32::try_from(samples.len() * 2).expect("short");
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    file.extend(length.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}
