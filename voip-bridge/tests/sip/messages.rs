//! Voice mail with real RTP: SIPp and baresip send a tone, and the recording is asked for its frequency.

use crate::harness::{Bridge, NUMBER, Net, PATIENCE, Raw, Sipp, request, settings};
use crate::telephone::Telephone;
use crate::tones::{share, tone, wav};
use audio_codec::{Decoder, Encoder, pcmu};
use tokio::net::UdpSocket;
use voip_bridge::pool::{Unavailable, Voicemail};

fn samples(message: &Voicemail) -> Vec<i16> {
    assert_eq!(&message.audio[..4], b"RIFF");
    message.audio[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
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

#[tokio::test]
async fn a_real_telephone_leaves_a_message() {
    let net = Net::new();
    let mut settings = settings(net, "udp", "");
    // The service ends it: a telephone does not know when enough was said.
    settings.voicemail.longest_seconds = 2;
    let mut bridge = Bridge::start_settings(net, Unavailable::Voicemail, settings).await;
    let words = [
        ("simre", "sip:.15550100099@"),
        ("shown", ".155501999992@"),
        ("port", "[0-9]+"),
        ("status", "480 Temporarily Unavailable"),
        ("more", ""),
    ];
    let gateway = Sipp::run(net, 3, "gateway_refuses", &words).listening("udp", net, 3).await;
    let mut caller = Telephone::start(net, 2, "+15550199999", 440.0, "").await;
    caller.command("dial", &format!("sip:{NUMBER}@{}", net.bridge())).await;
    gateway.done().await;
    let message = bridge.told(|told| told.voicemails.first().cloned()).await;
    let samples = samples(&message);
    let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
    assert!(share(middle, 440.0) > 0.8, "{}", share(middle, 440.0));
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
