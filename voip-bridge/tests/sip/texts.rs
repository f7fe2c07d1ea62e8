//! Text messages with real SIP peers: who sends them, the gateway of the SIM, and the provider, played by SIPp.

use std::path::Path;
use std::time::Duration;

use caller_tag::suffix1::Tag;
use caller_tag::text::{Envelope, Id, Sealer, Way, unkeyed};
use ril_protocol::sms_pdu::{
    Address, Coding, DataCoding, Deliver, Header, Part, Reference, StatusReport, Submit, Tpdu, UserData, split,
};
use tokio::task::JoinHandle;
use voip_bridge::call::{self, Stop};
use voip_bridge::config;
use voip_bridge::link::Links;
use voip_bridge::pool::{Direction, Unavailable};
use voip_bridge::settings::Settings;
use voip_bridge::store::{Assign, MessageInfo, MessageState, Store};
use voip_bridge::texts::Texts;

use crate::harness::{NUMBER, Net, PATIENCE, Raw, SIM, Sipp, number, settings};
pub(crate) use crate::sipp::{message, ok};

/// The number without its `+`, as SIPp's patterns have it.
pub(crate) const DIGITS: &str = "15550100001";
const SIM_DIGITS: &str = "15550100099";
pub(crate) const SOMEBODY: &str = "+15550199999";

/// The service with a store of its own.
pub(crate) struct Bridge {
    pub(crate) store: Store,
    stop: Stop,
    server: JoinHandle<()>,
}

impl Bridge {
    /// With one number that a phone has, the gateway at host 3, and `more` in `[messages]`.
    async fn start(net: Net, folder: &Path, more: &str) -> Self {
        let more = format!(
            "allowed = [\"1\"]\nforbidden = [\"1900\"]\n[messages]\ngateway = \"gateway\"\ngrace_seconds = 0\n\
             retry_seconds = 1\n{more}"
        );
        Self::start_settings(folder, settings(net, "udp", &more)).await
    }

    pub(crate) async fn start_settings(folder: &Path, settings: Settings) -> Self {
        let store = store(folder).await;
        let texts = Texts::new(&settings, store.clone(), "test".to_owned()).expect("settings").expect("messages");
        let (stop, pool) = (Stop::new(), store.clone());
        let stopped = stop.clone();
        let server = tokio::spawn(async move {
            call::serve(settings, pool, "test".to_owned(), Links::none(), Some(texts), stopped).await.expect("serves");
        });
        Self { store, stop, server }
    }

    /// Waits until all messages are what `wanted` says, and gives them.
    pub(crate) async fn messages(&self, wanted: impl Fn(&[MessageInfo]) -> bool) -> Vec<MessageInfo> {
        let asking = async {
            let mut again = tokio::time::interval(Duration::from_millis(20));
            loop {
                again.tick().await;
                let messages = self.store.messages(100).await.expect("messages");
                if wanted(&messages) {
                    return messages;
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("the messages are so at last")
    }

    pub(crate) async fn stop(self) {
        self.stop.hang_up();
        tokio::time::timeout(PATIENCE, self.server).await.expect("it ends").expect("no panic");
    }
}

pub(crate) async fn store(folder: &Path) -> Store {
    let config = config::Store { sqlite: folder.join("bridge.db"), ..config::Store::default() };
    let store = Store::open(&config).await.expect("a store");
    if store.add_numbers(&[number(NUMBER)]).await.expect("added") > 0 {
        store.assign(&assign()).await.expect("assigned");
    }
    store
}

fn assign() -> Assign {
    Assign {
        number: number(NUMBER),
        sim: number(SIM),
        phone: "work".to_owned(),
        tag: Some(2),
        access: None,
        unavailable: Unavailable::Reject,
    }
}

pub(crate) fn all(state: MessageState, count: usize) -> impl Fn(&[MessageInfo]) -> bool {
    move |messages| messages.len() == count && messages.iter().all(|message| message.state == state)
}

/// Somebody at host 2 sends to the number, and gets this status.
fn sends(net: Net, from: &str, kind: &str, text: &str, status: &str) -> Sipp {
    let words = [("to", NUMBER), ("from", from), ("type", kind), ("text", text), ("status", status)];
    Sipp::run(net, 2, "texter_sends", &words)
}

/// The gateway takes `count` messages from the access number to the SIM.
async fn gateway(net: Net, count: usize) -> Sipp {
    let words = [("to", SIM_DIGITS), ("from", DIGITS), ("text", "CT1:"), ("status", "200 OK"), ("more", "")];
    let count = count.to_string();
    Sipp::run_with(net, 3, "gateway_takes_message", &words, &["-m", &count]).listening("udp", net, 3).await
}

/// What the tagged texts in a log of SIPp hold, each once.
fn opened(messages: &Path) -> Vec<Envelope> {
    let log = std::fs::read_to_string(messages).expect("a log");
    let texts = log.split("CT1:").skip(1).map(|rest| {
        let end = rest.find(|character: char| !character.is_ascii_alphanumeric() && !"+/".contains(character));
        format!("CT1:{}", &rest[..end.unwrap_or(rest.len())])
    });
    let mut opened: Vec<Envelope> = Vec::new();
    for envelope in texts.filter_map(|text| Sealer { mac: unkeyed }.open(Way::ToPhone, &text)) {
        if !opened.contains(&envelope) {
            opened.push(envelope);
        }
    }
    opened
}

fn delivers(envelopes: &[Envelope]) -> Vec<Deliver> {
    envelopes.iter().map(|envelope| Deliver::decode(&envelope.octets).expect("a DELIVER")).collect()
}

#[tokio::test]
async fn a_text_reaches_the_phone_through_the_gateway() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let gateway = gateway(net, 1).await;
    let log = gateway.path("messages");
    let bridge = Bridge::start(net, folder.path(), "").await;
    Raw::at(net, 2).await.until_served().await;
    sends(net, SOMEBODY, "text/plain;charset=UTF-8", "Hello {world} ~ ü", "202").done().await;
    bridge.messages(all(MessageState::Delivered, 1)).await;
    let envelopes = opened(&log);
    assert_eq!(envelopes.iter().map(|envelope| envelope.tag).collect::<Vec<_>>(), [Tag::new(2).expect("a digit")]);
    let deliver = delivers(&envelopes).remove(0);
    assert_eq!(deliver.originating_address.to_string(), SOMEBODY);
    assert_eq!(deliver.text().as_deref(), Ok("Hello {world} ~ ü"));
    gateway.done().await;
    bridge.stop().await;
}

/// Sends a request until it is answered, and gives the status line and headers.
pub(crate) async fn ask(peer: &Raw, request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    let call_id = text.lines().find(|line| line.starts_with("Call-ID:")).expect("a Call-ID");
    let asking = async {
        loop {
            peer.send(request).await;
            let answer = tokio::time::timeout(Duration::from_millis(500), peer.receive()).await;
            if let Ok(Some(answer)) = answer
                && answer.starts_with("SIP/2.0 ")
                && answer.lines().any(|line| line == call_id)
            {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("an answer")
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_its_reason() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let bridge = Bridge::start(net, folder.path(), "").await;
    let peer = Raw::at(net, 2).await;
    peer.until_served().await;
    let text = "text/plain";
    for (id, to, kind, body, status) in [
        ("a", "+15550100002", text, &b"hello"[..], "404"),
        ("b", "911", text, b"hello", "404"),
        ("c", NUMBER, text, &[b'x'; 4097], "413"),
        ("d", NUMBER, text, &[b'x'; 4096], "413"),
        ("e", NUMBER, "image/png", b"hello", "415"),
        ("f", NUMBER, "text/plain;charset=koi8-r", b"hello", "415"),
        ("g", NUMBER, text, b"\xff\xfe", "400"),
        ("h", NUMBER, "application/vnd.3gpp.sms", b"\x01\x00\x00\x00\x09\x04", "400"),
    ] {
        let answer = ask(&peer, &message(to, SOMEBODY, id, kind, body)).await;
        assert!(answer.starts_with(&format!("SIP/2.0 {status} ")), "{id}: {answer}");
        assert_eq!(status == "415", answer.contains("Accept: text/plain, application/vnd.3gpp.sms"), "{answer}");
    }
    let stranger = Raw::at(net, 9).await;
    let answer = ask(&stranger, &message(NUMBER, SOMEBODY, "s", text, b"hello")).await;
    assert!(answer.starts_with("SIP/2.0 403 "), "{answer}");
    assert!(bridge.store.messages(10).await.expect("messages").is_empty());
    bridge.stop().await;
}

#[tokio::test]
async fn what_is_sent_twice_is_one_message() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let bridge = Bridge::start(net, folder.path(), "").await;
    let peer = Raw::at(net, 2).await;
    peer.until_served().await;
    let sent = message(NUMBER, SOMEBODY, "one", "text/plain", b"hello");
    // A retransmission, and the same message in a new transaction, as a sender makes it that has heard no answer.
    let again = String::from_utf8(sent.clone()).expect("a text").replace("branch=z9hG4bKone", "branch=z9hG4bKtwo");
    for request in [&sent, &sent, again.as_bytes()] {
        assert!(ask(&peer, request).await.starts_with("SIP/2.0 202 "));
    }
    let other = message(NUMBER, SOMEBODY, "two", "text/plain", b"hello");
    assert!(ask(&peer, &other).await.starts_with("SIP/2.0 202 "));
    assert_eq!(bridge.store.messages(10).await.expect("messages").len(), 2);
    bridge.stop().await;
}

/// RP-DATA from the network (3GPP TS 24.011 section 7.3.1.1) around an SMS-DELIVER.
fn rp_data(reference: u8, deliver: &Deliver) -> Vec<u8> {
    let tpdu = deliver.encode().expect("a TPDU");
    let head = [0x01, reference, 0x02, 0x91, 0x51, 0x00, tpdu.len() as u8];
    [&head[..], &tpdu].concat()
}

#[tokio::test]
async fn everything_of_an_sms_survives() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let ports = Header::new([ril_protocol::sms_pdu::Element::Ports16 { destination: 2948, source: 9200 }]);
    let data = UserData::from_octets(Some(&ports), &[0xa5; 120]).expect("it fits");
    let flash: Vec<u8> = "Grüße 😀".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let flash = UserData::from_octets(None, &flash).expect("it fits");
    let long = "0123456789".repeat(30);
    let parts: Vec<Part> = [
        Part { data_coding: DataCoding(0x18), user_data: flash },
        Part { data_coding: DataCoding(0xf5), user_data: data },
    ]
    .into_iter()
    .chain(split(&long, Reference::Short(9)).expect("it fits"))
    .collect();
    assert_eq!(parts.len(), 4);
    let from = Address::alphanumeric("MyBank").expect("a name");
    let gateway = gateway(net, 7).await;
    let log = gateway.path("messages");
    let bridge = Bridge::start(net, folder.path(), "").await;
    let peer = Raw::at(net, 2).await;
    peer.until_served().await;
    for (part, reference) in parts.iter().zip(1_u8..) {
        let rpdu = rp_data(reference, &Deliver::new(from.clone(), Default::default(), part.clone()));
        let id = format!("rp{reference}");
        let request = message(NUMBER, "+15550000000", &id, "application/vnd.3gpp.sms", &rpdu);
        assert!(ask(&peer, &request).await.starts_with("SIP/2.0 202 "));
        // The network hears by a MESSAGE of the phone's own that it has arrived, and may ask as if it had not.
        let acknowledged = loop {
            let heard = peer.receive().await.expect("a message");
            if heard.starts_with("MESSAGE ") {
                peer.send(ok(&heard).as_bytes()).await;
            }
            if heard.contains(&format!("In-Reply-To: {id}\r\n")) {
                break heard;
            }
        };
        assert!(acknowledged.ends_with(&format!("\r\n\r\n\u{2}{}", char::from(reference))), "{acknowledged}");
        let again = message(NUMBER, "+15550000000", &format!("{id}again"), "application/vnd.3gpp.sms", &rpdu);
        assert!(ask(&peer, &again).await.starts_with("SIP/2.0 202 "));
    }
    bridge.messages(all(MessageState::Delivered, 7)).await;
    let delivers = delivers(&opened(&log));
    gateway.done().await;
    // The very same for another number is another message.
    let rpdu = rp_data(9, &Deliver::new(from.clone(), Default::default(), parts[0].clone()));
    bridge.store.add_numbers(&[number("+15550100003")]).await.expect("added");
    let other = Assign { number: number("+15550100003"), phone: "home".to_owned(), tag: Some(3), ..assign() };
    bridge.store.assign(&other).await.expect("assigned");
    let request = message("+15550100003", "+15550000000", "other", "application/vnd.3gpp.sms", &rpdu);
    assert!(ask(&peer, &request).await.starts_with("SIP/2.0 202 "));
    assert_eq!(bridge.store.messages(100).await.expect("messages").len(), 8);
    assert!(delivers.iter().all(|deliver| deliver.originating_address == from));
    let of = |coding: u8| delivers.iter().filter(|deliver| deliver.data_coding.0 == coding).collect::<Vec<_>>();
    assert_eq!(of(0x18).iter().map(|deliver| deliver.text()).collect::<Vec<_>>(), [Ok("Grüße 😀".to_owned())]);
    let with_ports = of(0xf5);
    assert_eq!(with_ports.len(), 2);
    assert!(with_ports.iter().all(|deliver| {
        let header = deliver.user_data.header().expect("a header").expect("a header");
        deliver.data_coding.coding() == Coding::Octets && header.ports() == Some((2948, 9200))
    }));
    assert_eq!(
        in_order(&with_ports).iter().flat_map(|deliver| deliver.user_data.payload().expect("data")).count(),
        120
    );
    let text: Vec<Part> = in_order(&of(0x00)).iter().map(|deliver| deliver.part()).collect();
    assert_eq!(text.len(), 4);
    assert_eq!(ril_protocol::sms_pdu::join(&text), Ok(long));
    bridge.stop().await;
}

fn in_order<'a>(delivers: &[&'a Deliver]) -> Vec<&'a Deliver> {
    let mut ordered = delivers.to_vec();
    ordered.sort_by_key(|deliver| {
        let header = deliver.user_data.header().expect("a header").expect("a header");
        header.concatenation().expect("a place").sequence
    });
    ordered
}

/// The texts by which a phone sends an SMS.
pub(crate) fn sealed(id: u8, submit: &Submit) -> Vec<String> {
    let tag = Tag::new(2).expect("a digit");
    let tpdu = submit.encode().expect("a TPDU");
    Sealer { mac: unkeyed }.seal(Way::FromPhone, tag, Id([id; 8]), &tpdu).expect("it fits")
}

pub(crate) fn submits(to: &str, text: &str) -> Vec<Submit> {
    let to = Address::number(to).expect("a number");
    let parts = split(text, Reference::Short(3)).expect("it fits");
    let submit = |(part, reference)| Submit {
        message_reference: reference,
        status_report_request: true,
        ..Submit::new(to.clone(), part)
    };
    parts.into_iter().zip(40..).map(submit).collect()
}

/// The next report that the gateway gets for the SIM.
pub(crate) async fn report(gateway: &Raw) -> StatusReport {
    StatusReport::decode(&tagged(gateway).await).expect("a report")
}

/// The TPDU in the next tagged text that the gateway gets for the SIM.
pub(crate) async fn tagged(gateway: &Raw) -> Vec<u8> {
    loop {
        let heard = gateway.receive().await.expect("a message");
        let Some((_, body)) = heard.split_once("\r\n\r\n").filter(|_| heard.starts_with("MESSAGE ")) else { continue };
        gateway.send(ok(&heard).as_bytes()).await;
        let envelope = Sealer { mac: unkeyed }.open(Way::ToPhone, body).expect("a tagged text");
        return envelope.octets;
    }
}

#[tokio::test]
async fn a_phones_long_text_goes_out_as_one_and_its_reports_come_back() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let bridge = Bridge::start(net, folder.path(), "provider = \"caller\"\n").await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    let text = "Wake me up at 7. ".repeat(16);
    let words =
        [("to", "15550199999"), ("from", DIGITS), ("text", text.trim_end()), ("status", "200 OK"), ("more", "")];
    let provider = Sipp::run(net, 2, "gateway_takes_message", &words).listening("udp", net, 2).await;
    let submits = submits(SOMEBODY, &text);
    assert_eq!(submits.len(), 2);
    // In no order, and one of them twice.
    let mut texts: Vec<String> = submits.iter().zip(1..).flat_map(|(submit, id)| sealed(id, submit)).collect();
    assert_eq!(texts.len(), 4);
    texts.swap(0, 3);
    texts.push(texts[1].clone());
    for (text, index) in texts.iter().zip(0..) {
        let request = message(NUMBER, SIM, &format!("piece{index}"), "text/plain", text.as_bytes());
        assert!(ask(&gateway, &request).await.starts_with("SIP/2.0 202 "));
    }
    provider.done().await;
    let mut references = Vec::new();
    while references.len() < 2 {
        let report = report(&gateway).await;
        assert_eq!((report.status.0, report.recipient_address.to_string().as_str()), (0x01, SOMEBODY));
        if !references.contains(&report.message_reference) {
            references.push(report.message_reference);
        }
    }
    references.sort_unstable();
    assert_eq!(references, [40, 41]);
    let messages = bridge.messages(all(MessageState::Delivered, 3)).await;
    assert_eq!(messages.iter().filter(|message| message.direction == Direction::Out).count(), 1);
    bridge.stop().await;
}

#[tokio::test]
async fn a_provider_that_is_busy_is_asked_again() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let bridge = Bridge::start(net, folder.path(), "provider = \"caller\"\n").await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    let words = [("text", "Busy then")];
    let provider = Sipp::run(net, 2, "gateway_is_busy_at_first", &words).listening("udp", net, 2).await;
    let submit = Submit { status_report_request: false, ..submits(SOMEBODY, "Busy then").remove(0) };
    let request = message(NUMBER, SIM, "busy", "text/plain", sealed(1, &submit)[0].as_bytes());
    assert!(ask(&gateway, &request).await.starts_with("SIP/2.0 202 "));
    provider.done().await;
    assert_eq!(bridge.messages(all(MessageState::Delivered, 1)).await[0].attempts, 2);
    bridge.stop().await;
}

/// As long as a transaction lasts (RFC 3261 timer F), because there is no other way to see that it is over.
#[tokio::test]
async fn a_provider_that_does_not_answer_is_asked_again() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let bridge = Bridge::start(net, folder.path(), "provider = \"caller\"\n").await;
    let (gateway, provider) = (Raw::at(net, 3).await, Raw::at(net, 2).await);
    gateway.until_served().await;
    let submit = Submit { status_report_request: false, ..submits(SOMEBODY, "Hello?").remove(0) };
    let request = message(NUMBER, SIM, "silent", "text/plain", sealed(1, &submit)[0].as_bytes());
    assert!(ask(&gateway, &request).await.starts_with("SIP/2.0 202 "));
    let line = |request: &str, header: &str| {
        request.lines().find(|line| line.starts_with(header)).expect("a header").to_owned()
    };
    let first = provider.receive().await.expect("a message");
    let second = loop {
        let heard = provider.receive().await.expect("a message");
        if line(&heard, "Via:") != line(&first, "Via:") {
            break heard;
        }
    };
    for header in ["Call-ID:", "From:", "CSeq:"] {
        assert_eq!(line(&first, header), line(&second, header), "it is the same message");
    }
    provider.send(ok(&second).as_bytes()).await;
    assert_eq!(bridge.messages(all(MessageState::Delivered, 1)).await[0].attempts, 2);
    bridge.stop().await;
}

#[tokio::test]
async fn what_a_phone_may_not_send_comes_back_as_a_report() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let bridge = Bridge::start(net, folder.path(), "provider = \"caller\"\nhourly_per_number = 2\n").await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    let words = [("to", "15550199999"), ("from", DIGITS), ("text", "first"), ("status", "404 Not Found"), ("more", "")];
    let provider = Sipp::run(net, 2, "gateway_takes_message", &words).listening("udp", net, 2).await;
    for (id, to, text, status, answer) in [
        (1, "911", "not a number", 0x42, "403"),
        (2, "+19005550100", "forbidden", 0x42, "403"),
        (3, "+493012345678", "not allowed", 0x42, "403"),
        (4, SOMEBODY, "first", 0x43, "202"),
    ] {
        let submit = submits(to, text).remove(0);
        let request = message(NUMBER, SIM, &format!("m{id}"), "text/plain", sealed(id, &submit)[0].as_bytes());
        assert!(ask(&gateway, &request).await.starts_with(&format!("SIP/2.0 {answer} ")), "{to}");
        let report = report(&gateway).await;
        assert_eq!((report.status.0, report.recipient_address.to_string().as_str()), (status, to));
    }
    provider.done().await;
    // Another tag than the access number's, another SIM, another peer than the gateway, and no tagged text at all.
    let submit = submits(SOMEBODY, "forged").remove(0).encode().expect("a TPDU");
    let other = Sealer { mac: unkeyed }.seal(Way::FromPhone, Tag::new(3).expect("a digit"), Id([9; 8]), &submit);
    let request = message(NUMBER, SIM, "other", "text/plain", other.expect("it fits")[0].as_bytes());
    assert!(ask(&gateway, &request).await.starts_with("SIP/2.0 403 "));
    let outgoing =
        |messages: &[MessageInfo]| messages.iter().filter(|message| message.direction == Direction::Out).count();
    assert_eq!(outgoing(&bridge.store.messages(100).await.expect("messages")), 1);
    bridge.stop().await;
}
