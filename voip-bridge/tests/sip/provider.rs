//! Kamailio as the provider: registration, passwords both ways, and TLS.

use std::path::Path;
use std::time::Duration;

use crate::certificates::Authority;
use crate::harness::{Bridge, NUMBER, Net, PATIENCE, Sipp, settings};
use crate::kamailio::Kamailio;
use crate::texts;
use rcgen::SanType;
use voip_bridge::pool::Unavailable;
use voip_bridge::settings::{Account, Digest, Messages, Required, Secret, Settings, Transport};
use voip_bridge::store::MessageState;

/// A Kamailio at host 3, with the gateway at host 4.
async fn start(net: Net, listen: &str, modules: &str, files: &[(&str, &str)]) -> Kamailio {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sip/kamailio.cfg");
    let at = |host| net.host(host).to_string();
    let words = [
        ("@listen@", listen.to_owned()),
        ("@modules@", modules.to_owned()),
        ("@provider@", at(3)),
        ("@bridge@", at(1)),
        ("@gateway@", at(4)),
    ];
    Kamailio::start(net.host(3), &template, &words, files).await
}

/// A bridge whose one peer is the provider.
fn at_provider(net: Net, transport: &str, folder: &Path) -> Settings {
    std::fs::write(folder.join("password"), "secret\n").expect("a file");
    let mut settings = settings(net, transport, "");
    settings.peers.remove(0);
    settings.peers[0].account = Some(Account {
        user: "trunk".to_owned(),
        password: Secret::File(folder.join("password")),
        register_seconds: Some(60),
    });
    settings
}

/// A call that comes by way of the provider and goes out by way of it, too.
async fn round(net: Net, bridge: Bridge) {
    round_to(net, bridge, "gateway_answers").await;
}

async fn round_to(net: Net, mut bridge: Bridge, gateway: &str) {
    let words = [("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "6000")];
    let gateway = Sipp::run(net, 4, gateway, &words).listening("udp", net, 4).await;
    let remote = format!("{}:5060", net.host(3));
    let words = [
        ("from", "sip:+15550199999@caller.example"),
        ("port", "6000"),
        ("more", ""),
        ("answer", "m=audio 7000"),
        ("remote", &remote),
    ];
    // Until the bridge is registered the provider refuses: so it is asked before.
    registered(net).await;
    let caller = Sipp::run(net, 2, "caller_talks_through_proxy", &words);
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}

/// Waits until calls reach the bridge through the provider: a number of nobody is then 404 and no longer 480.
async fn registered(net: Net) {
    let mut again = tokio::time::interval(Duration::from_millis(50));
    let socket = tokio::net::UdpSocket::bind((net.host(8), 0)).await.expect("a socket");
    let own = socket.local_addr().expect("an address");
    let asking = async {
        for index in 0.. {
            again.tick().await;
            let body =
                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
            let invite = format!(
                "INVITE sip:+15550100002@{0} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKr{index}\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:+15550199999@{own}>;tag=r{index}\r\nTo: <sip:+15550100002@{0}>\r\n\
                 Call-ID: r{index}\r\nCSeq: 1 INVITE\r\nContact: <sip:r@{own}>\r\nContent-Type: application/sdp\r\n\
                 Content-Length: {1}\r\n\r\n{body}",
                net.host(3),
                body.len()
            );
            socket.send_to(invite.as_bytes(), (net.host(3), 5060)).await.expect("sent");
            let mut buffer = [0; 4096];
            loop {
                let received = tokio::time::timeout(Duration::from_millis(500), socket.recv(&mut buffer)).await;
                let Ok(Ok(length)) = received else { break };
                let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if !answer.contains(&format!("Call-ID: r{index}\r\n")) {
                    continue;
                }
                match answer.split(' ').nth(1) {
                    Some("404") => return,
                    Some("100") => {}
                    _ => break,
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("the bridge is registered");
}

#[tokio::test]
async fn the_bridge_registers_and_shows_its_password_for_each_call() {
    let net = Net::new();
    let folder = tempfile::tempdir().expect("a folder");
    let provider = start(net, "", "", &[]).await;
    let bridge = Bridge::start_settings(net, Unavailable::Reject, at_provider(net, "udp", folder.path())).await;
    round(net, bridge).await;
    drop(provider);
}

/// The provider drops what within a call does not go by the way that it has recorded.
#[tokio::test]
async fn early_responses_are_acknowledged_by_way_of_it() {
    let net = Net::new();
    let folder = tempfile::tempdir().expect("a folder");
    let provider = start(net, "", "", &[]).await;
    let bridge = Bridge::start_settings(net, Unavailable::Voicemail, at_provider(net, "udp", folder.path())).await;
    round_to(net, bridge, "gateway_must_be_heard").await;
    drop(provider);
}

#[tokio::test]
async fn messages_go_by_way_of_it_in_and_out() {
    let net = Net::new();
    let folder = tempfile::tempdir().expect("a folder");
    let provider = start(net, "", "", &[]).await;
    let mut settings = at_provider(net, "udp", folder.path());
    let through = Some("gateway".to_owned());
    settings.messages = Some(Messages { gateway: through, grace_seconds: 0, ..Messages::default() });
    let bridge = texts::Bridge::start_settings(folder.path(), settings).await;
    let words = [("to", "15550100099"), ("from", texts::DIGITS), ("text", "CT1:"), ("status", "200 OK"), ("more", "")];
    let gateway = Sipp::run(net, 4, "gateway_takes_message", &words).listening("udp", net, 4).await;
    registered(net).await;
    let remote = format!("{}:5060", net.host(3));
    let words = [
        ("to", NUMBER),
        ("from", texts::SOMEBODY),
        ("type", "text/plain"),
        ("text", "Hello"),
        ("status", "202"),
        ("remote", &remote),
    ];
    Sipp::run(net, 2, "texter_sends", &words).done().await;
    gateway.done().await;
    bridge.messages(texts::all(MessageState::Delivered, 1)).await;
    bridge.stop().await;
    drop(provider);
}

/// The provider with TLS, its certificate for `name`; and a bridge that trusts `trusted`.
async fn over_tls(net: Net, folder: &Path, trusted: &Authority, own: &Authority) -> (Kamailio, Settings) {
    let (certificate, key) = own.of(SanType::DnsName("provider.example".try_into().expect("a name")));
    let modules = "loadmodule \"tls.so\"\nmodparam(\"tls\", \"certificate\", \"@folder@/certificate.pem\")\n\
                   modparam(\"tls\", \"private_key\", \"@folder@/key.pem\")\n\
                   modparam(\"tls\", \"verify_certificate\", 0)\nmodparam(\"tls\", \"require_certificate\", 0)\n\
                   modparam(\"tls\", \"tls_method\", \"TLSv1.2+\")";
    let listen = "enable_tls=yes\nlisten=tls:@provider@:5060";
    let files = [("certificate.pem", certificate.as_str()), ("key.pem", key.as_str())];
    let provider = start(net, listen, modules, &files).await;
    let (certificate, key) = trusted.of(SanType::IpAddress(net.host(1)));
    for (name, content) in [("own.pem", &certificate), ("own.key", &key), ("trusted.pem", &trusted.pem())] {
        std::fs::write(folder.join(name), content).expect("a file");
    }
    let mut settings = at_provider(net, "tls", folder);
    settings.sip.authorities = Some(folder.join("trusted.pem"));
    settings.sip.listen[0].certificate = Some(folder.join("own.pem"));
    settings.sip.listen[0].key = Some(folder.join("own.key"));
    settings.peers[0].certificate_name = Some("provider.example".to_owned());
    assert_eq!(settings.peers[0].transport, Transport::Tls);
    (provider, settings)
}

#[tokio::test]
async fn the_same_over_tls() {
    let net = Net::new();
    let folder = tempfile::tempdir().expect("a folder");
    let certificates = Authority::new();
    let (provider, settings) = over_tls(net, folder.path(), &certificates, &certificates).await;
    let bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    round(net, bridge).await;
    drop(provider);
}

#[tokio::test]
async fn a_provider_that_nobody_vouches_for_gets_no_call() {
    let net = Net::new();
    let folder = tempfile::tempdir().expect("a folder");
    let (provider, mut settings) = over_tls(net, folder.path(), &Authority::new(), &Authority::new()).await;
    // A second peer, so that somebody can call at all.
    settings.sip.listen.extend(crate::harness::settings(net, "udp", "").sip.listen);
    settings.peers.extend(crate::harness::settings(net, "udp", "").peers.drain(..1));
    let mut bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let words = [
        ("from", "sip:+15550199999@caller.example"),
        ("port", "6000"),
        ("more", ""),
        ("status", "503"),
        ("cause", "41"),
    ];
    Sipp::run(net, 2, "caller_is_refused", &words).done().await;
    assert_eq!(bridge.ended().await.cause, Some(41));
    bridge.stop().await;
    drop(provider);
}

#[tokio::test]
async fn a_peer_that_must_show_a_password_gets_calls_with_it_only() {
    let net = Net::new();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("password"), "secret\n").expect("a file");
    let mut settings = settings(net, "udp", "");
    settings.peers[0].require = Some(Required {
        realm: "voip".to_owned(),
        user: "trunk".to_owned(),
        password: Secret::File(folder.path().join("password")),
        // SIPp knows no other.
        digests: vec![Digest::Md5],
    });
    let mut bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let words = [("from", "sip:+15550199999@caller.example"), ("port", "6000"), ("more", ""), ("password", "wrong")];
    // SIPp would hash a URI without the user, which is not what it asks for.
    let uri = format!("{NUMBER}@{}", net.bridge());
    let more = ["-auth_uri", uri.as_str()];
    Sipp::run_with(net, 2, "caller_shows_wrong_password", &words, &more).done().await;
    let gateway = [("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "6000")];
    let gateway = Sipp::run(net, 3, "gateway_answers", &gateway).listening("udp", net, 3).await;
    let words = [
        ("from", "sip:+15550199999@caller.example"),
        ("port", "6000"),
        ("more", ""),
        ("password", "secret"),
        ("answer", "m=audio 7000"),
    ];
    let caller = Sipp::run_with(net, 2, "caller_shows_password", &words, &more);
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}
