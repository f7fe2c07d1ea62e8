//! What may happen in a call between a caller and a phone, and most peers never do: each side says it by the book.

use std::time::Duration;

use crate::harness::{Bridge, NUMBER, Net, Raw, Sipp, offering, request, settings};
use crate::sipp::response;
use voip_bridge::pool::Unavailable;
use voip_bridge::settings::{Account, MediaPath, Secret, Settings};

const CALLER: &[(&str, &str)] = &[("from", "sip:+15550199999@caller.example"), ("port", "6000"), ("more", "")];
const GATEWAY: &[(&str, &str)] = &[("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "[0-9]+")];

/// A scenario and its words.
type Part<'a> = (&'a str, &'a [(&'a str, &'a str)]);

fn words<'a>(part: &Part<'a>, usual: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    part.1.iter().chain(usual).copied().collect()
}

async fn gateway(bridge: &Bridge, part: Part<'_>) -> Sipp {
    Sipp::run(bridge.net, 3, part.0, &words(&part, GATEWAY)).listening("udp", bridge.net, 3).await
}

fn caller(bridge: &Bridge, part: Part<'_>) -> Sipp {
    Sipp::run(bridge.net, 2, part.0, &words(&part, CALLER))
}

/// Plays both against each other; the cause of the call's end.
async fn play_with(mut bridge: Bridge, call: Part<'_>, answer: Part<'_>) -> Option<u8> {
    let gateway = gateway(&bridge, answer).await;
    let caller = caller(&bridge, call);
    tokio::join!(caller.done(), gateway.done());
    let cause = bridge.ended().await.cause;
    bridge.stop().await;
    cause
}

async fn play(call: Part<'_>, answer: Part<'_>) -> Option<u8> {
    play_with(Bridge::start(Unavailable::Reject, "").await, call, answer).await
}

fn relayed(net: Net) -> Settings {
    let mut settings = settings(net, "udp", "");
    settings.media.path = MediaPath::Relay;
    settings
}

/// Waits until the phone has answered, and then lets so much time pass for the bridge.
async fn pass(bridge: &mut Bridge, time: Duration) {
    bridge.told(|told| told.calls.iter().find(|call| call.answered.is_some()).map(drop)).await;
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_caller_who_asks_for_an_offer_is_made_one_and_its_audio_relayed() {
    let offered = [("port", "3[0-9]+ RTP/AVP 8 0 101")];
    let asks = ("caller_asks_for_an_offer", &[("offered", "3[0-9]+ RTP/AVP 0 8 101")][..]);
    assert_eq!(play(asks, ("gateway_answers", &offered)).await, Some(16));
}

#[tokio::test]
async fn an_offer_that_is_not_answered_ends_the_call() {
    assert_eq!(play(("caller_answers_no_offer", &[]), ("gateway_is_left", &[("cause", "65")])).await, Some(65));
}

#[tokio::test]
async fn who_asks_within_the_call_is_offered_what_there_is() {
    let changed = [("change", "a=sendonly"), ("answer", "recvonly")];
    assert_eq!(play(("caller_asks_again", &[]), ("gateway_is_changed", &changed)).await, Some(16));
}

#[tokio::test]
async fn both_sides_may_change_the_call_by_update() {
    let changed = [("change", "a=sendonly"), ("answer", "recvonly")];
    assert_eq!(play(("caller_updates", &[]), ("gateway_is_changed", &changed)).await, Some(16));
    assert_eq!(play(("caller_is_changed", &[]), ("gateway_updates", &[])).await, Some(16));
}

#[tokio::test]
async fn responses_arrive_where_that_is_required() {
    let required = [("more", "Require: 100rel\n")];
    assert_eq!(play(("caller_requires_100rel", &required), ("gateway_answers", &[])).await, Some(16));
}

/// The network of the SIM answers before the call is answered, and makes sure that it is heard (RFC 3262). `path` is
/// how it is reached then, and `reached` whose socket that is; `route` is what requests say of the way.
async fn is_heard_early(net: Net, path: &str, reached: u8, route: &[&str]) {
    let mut bridge = Bridge::start_with(net, Unavailable::Reject, "udp", "").await;
    let gateway = Raw::at(net, 3).await;
    let next = Raw::at(net, reached).await;
    let caller = caller(&bridge, ("caller_hears_early", &[("answer", "m=audio 7000")]));
    let invite = gateway.until("INVITE ").await;
    assert!(invite.contains("\r\nSupported: 100rel\r\n"), "{invite}");
    let address = net.host(3);
    let description = format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 7000 RTP/AVP 0 8 101\r\n"
    );
    let contact = format!("Contact: <sip:phone@{}:5060>\r\n", net.host(6));
    let early = format!("Require: 100rel\r\nRSeq: 4711\r\n{contact}{path}");
    let progress = response(&invite, "183 Session Progress", &early, &description);
    gateway.send(progress.as_bytes()).await;
    let prack = next.until("PRACK ").await;
    assert!(prack.starts_with(&format!("PRACK sip:phone@{}:5060 SIP/2.0\r\n", net.host(6))), "{prack}");
    let says = |request: &str, header: &str| {
        request.lines().find_map(|line| line.strip_prefix(header)).map(|value| value.trim().to_owned())
    };
    assert_eq!(says(&prack, "RAck:").as_deref(), Some("4711 1 INVITE"));
    assert_eq!(says(&prack, "CSeq:").as_deref(), Some("2 PRACK"));
    assert!(says(&prack, "To:").is_some_and(|to| to.ends_with(";tag=called")), "{prack}");
    let proxies: Vec<&str> = prack.lines().filter_map(|line| line.strip_prefix("Route: ")).collect();
    assert_eq!(proxies, route);
    next.send(response(&prack, "200 OK", "", "").as_bytes()).await;
    // The answer was given: it need not be said again.
    gateway.send(response(&invite, "200 OK", &format!("{contact}{path}"), "").as_bytes()).await;
    let ack = next.until("ACK ").await;
    assert_eq!(says(&ack, "CSeq:").as_deref(), Some("1 ACK"));
    let bye = next.until("BYE ").await;
    assert_eq!(says(&bye, "CSeq:").as_deref(), Some("3 BYE"));
    next.send(response(&bye, "200 OK", "", "").as_bytes()).await;
    caller.done().await;
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}

#[tokio::test]
async fn early_responses_of_the_called_side_are_acknowledged_where_they_come_from() {
    is_heard_early(Net::new(), "", 6, &[]).await;
}

#[tokio::test]
async fn and_by_way_of_the_proxies_that_stay_in_the_path() {
    let net = Net::new();
    let [near, far] = [5, 4].map(|host| format!("<sip:{}:5060;lr>", net.host(host)));
    // Each proxy has put itself in front of who was there (RFC 3261 section 16.6).
    let path = format!("Record-Route: {far}\r\nRecord-Route: {near}\r\n");
    is_heard_early(net, &path, 5, &[&near, &far]).await;
}

#[tokio::test]
async fn before_the_answer_there_is_little_to_change() {
    assert_eq!(play(("caller_is_early", &[]), ("gateway_rings", &[])).await, Some(16));
    assert_eq!(play(("caller_talks", &[("answer", "m=audio 7000")]), ("gateway_is_early", &[])).await, Some(16));
}

#[tokio::test]
async fn what_the_network_plays_is_heard_from_end_to_end() {
    assert_eq!(
        play(("caller_hears_early", &[("answer", "m=audio 7000")]), ("gateway_plays_early", &[])).await,
        Some(16)
    );
}

#[tokio::test]
async fn what_the_network_plays_is_heard_through_a_relay() {
    let net = Net::new();
    let bridge = Bridge::start_settings(net, Unavailable::Reject, relayed(net)).await;
    let cause = play_with(bridge, ("caller_hears_early", &[("answer", "m=audio 3")]), ("gateway_plays_early", &[]));
    assert_eq!(cause.await, Some(16));
}

#[tokio::test]
async fn of_two_changes_at_once_the_second_is_to_wait() {
    assert_eq!(play(("caller_changes", &[]), ("gateway_glares", &[])).await, Some(16));
}

#[tokio::test]
async fn nobody_is_called_on_somebodys_word() {
    assert_eq!(play(("caller_refers", &[]), ("gateway_answers", &[])).await, Some(16));
}

#[tokio::test]
async fn nobody_is_followed_elsewhere() {
    let moved = [("status", "302 Moved Temporarily"), ("more", "Contact: <sip:elsewhere@desk.example>\n")];
    let refused = [("status", "480"), ("cause", "31")];
    assert_eq!(play(("caller_is_refused", &refused), ("gateway_refuses", &moved)).await, Some(31));
}

#[tokio::test]
async fn the_password_is_shown_within_a_call_that_came_in() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    std::fs::write(folder.path().join("password"), "secret\n").expect("a file");
    let mut settings = settings(net, "udp", "");
    let password = Secret::File(folder.path().join("password"));
    settings.peers[0].account = Some(Account { user: "trunk".to_owned(), password, register_seconds: None });
    let bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let cause = play_with(bridge, ("caller_challenges", &[]), ("gateway_hangs_up", &[("cause", "27")])).await;
    assert_eq!(cause, Some(27));
}

#[tokio::test]
async fn a_phone_that_answers_a_caller_who_gives_up_is_hung_up() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let gateway = gateway(&bridge, ("gateway_answers_cancel", &[])).await;
    let caller = caller(&bridge, ("caller_gives_up", &[]));
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.answered, None);
    bridge.stop().await;
}

#[tokio::test]
async fn giving_up_too_late_changes_nothing() {
    assert_eq!(play(("caller_gives_up_too_late", &[]), ("gateway_answers", &[])).await, Some(16));
}

#[tokio::test]
async fn an_ack_of_the_callers_may_be_lost() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let gateway = gateway(&bridge, ("gateway_answers", &[])).await;
    // SIPp takes an answer that comes again for the same one: so the caller is a bare socket.
    let caller = Raw::at(bridge.net, 2).await;
    let invite = offering("lost");
    caller.send(invite.as_bytes()).await;
    let first = caller.until("SIP/2.0 200 ").await;
    assert_eq!(caller.until("SIP/2.0 200 ").await, first);
    let within = |method: &str, sequence: u32| {
        let to = first.lines().find(|line| line.starts_with("To: ")).expect("a header");
        let number = format!("CSeq: {sequence} {method}");
        request(method, "lost", "Reason: Q.850;cause=16\r\n")
            .replace(&format!("To: <sip:{NUMBER}@bridge.example>"), to)
            .replace(&format!("CSeq: 1 {method}"), &number)
            .replace("z9hG4bKlost", &format!("z9hG4bKlost{method}"))
    };
    caller.send(within("ACK", 1).as_bytes()).await;
    caller.send(within("BYE", 2).as_bytes()).await;
    gateway.done().await;
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}

#[tokio::test]
async fn an_ack_to_the_phones_network_may_be_lost() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let net = bridge.net;
    let gateway = Raw::at(net, 3).await;
    let caller = caller(&bridge, ("caller_is_hung_up", &[("cause", "16")]));
    let invite = gateway.until("INVITE ").await;
    gateway.send(answer_to(net, &invite, "180 Ringing", "").as_bytes()).await;
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
    let answer = answer_to(net, &invite, "200 OK", sdp);
    gateway.send(answer.as_bytes()).await;
    let first = gateway.until("ACK ").await;
    gateway.send(answer.as_bytes()).await;
    assert_eq!(gateway.until("ACK ").await, first);
    bridge.told(|told| told.calls.iter().find(|call| call.answered.is_some()).map(drop)).await;
    let goodbye = async {
        let bye = gateway.until("BYE ").await;
        gateway.send(answer_to(net, &bye, "200 OK", "").as_bytes()).await;
    };
    tokio::join!(bridge.stop(), caller.done(), goodbye);
}

/// The gateway's response to a request.
fn answer_to(net: Net, request: &str, status: &str, sdp: &str) -> String {
    let copied = ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "];
    let headers = request.lines().filter(|line| copied.iter().any(|name| line.starts_with(name)));
    let headers = headers.map(|line| {
        let tag = if line.starts_with("To: ") && !line.contains(";tag=") { ";tag=g" } else { "" };
        format!("{line}{tag}\r\n")
    });
    let headers: String = headers.collect();
    let contact = format!("Contact: <sip:gateway@{}:5060>\r\nContent-Type: application/sdp", net.host(3));
    format!("SIP/2.0 {status}\r\n{headers}{contact}\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
}

#[tokio::test]
async fn a_caller_may_hang_up_before_its_ack() {
    assert_eq!(play(("caller_hangs_up_at_once", &[]), ("gateway_answers", &[])).await, Some(16));
}

#[tokio::test]
async fn of_two_phones_that_answer_the_first_one_keeps_the_call() {
    let hung_up = ("caller_is_hung_up", &[("cause", "27")][..]);
    assert_eq!(play(hung_up, ("gateway_forks", &[])).await, Some(27));
}

#[tokio::test]
async fn who_asks_for_it_is_refreshed() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let gateway = gateway(&bridge, ("gateway_answers", &[])).await;
    let timer = ("more", "Session-Expires: 90;refresher=uas\nSupported: timer\nAllow: INVITE, UPDATE\n");
    let caller = caller(&bridge, ("caller_is_refreshed", &[timer]));
    pass(&mut bridge, Duration::from_secs(46)).await;
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}

#[tokio::test]
async fn a_caller_who_does_not_refresh_has_gone() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let gateway = gateway(&bridge, ("gateway_is_left", &[("cause", "102")])).await;
    let timer = ("more", "Session-Expires: 90;refresher=uac\nSupported: timer\n");
    let caller = caller(&bridge, ("caller_goes_away", &[timer]));
    pass(&mut bridge, Duration::from_secs(61)).await;
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.cause, Some(102));
    bridge.stop().await;
}

#[tokio::test]
async fn the_phones_network_is_refreshed_also_if_it_knows_no_update() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let gateway = gateway(&bridge, ("gateway_is_refreshed", &[])).await;
    let caller = caller(&bridge, ("caller_is_hung_up", &[("cause", "27")]));
    pass(&mut bridge, Duration::from_secs(901)).await;
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.cause, Some(27));
    bridge.stop().await;
}

#[tokio::test]
async fn a_network_that_has_forgotten_the_call_ends_it() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let gateway = gateway(&bridge, ("gateway_forgets", &[])).await;
    let caller = caller(&bridge, ("caller_is_hung_up", &[("cause", "102")]));
    pass(&mut bridge, Duration::from_secs(901)).await;
    tokio::join!(caller.done(), gateway.done());
    assert_eq!(bridge.ended().await.cause, Some(102));
    bridge.stop().await;
}

#[tokio::test]
async fn an_interval_that_the_phones_network_finds_too_small_is_made_longer() {
    let mut bridge = Bridge::start(Unavailable::Reject, "").await;
    let refuses = [("status", "422 Session Interval Too Small"), ("more", "Min-SE: 3600\n")];
    let first = gateway(&bridge, ("gateway_refuses", &refuses)).await;
    let caller = caller(&bridge, ("caller_talks", &[("answer", "m=audio 7000")]));
    first.done().await;
    // Only now does anybody listen there again: the INVITE is sent again until then.
    let second = Sipp::run(bridge.net, 3, "gateway_answers", GATEWAY);
    let (messages, ()) = tokio::join!(second.messages(), caller.done());
    assert!(messages.contains("Session-Expires: 3600") && messages.contains("Min-SE: 3600"), "{messages}");
    assert_eq!(bridge.ended().await.cause, Some(16));
    bridge.stop().await;
}
