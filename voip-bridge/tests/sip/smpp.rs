//! SMPP with two service centres: one made of Net::SMPP, which is nobody's here, and one made of the codec that the
//! service itself uses, for what the other cannot be asked to do wrong.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use rcgen::SanType;
use ril_protocol::sms_pdu::{Deliver, Submit, Tpdu};
use rusmpp::pdus::{BindTransceiverResp, DeliverSm, SubmitSm, SubmitSmResp};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::OctetString;
use rusmpp::values::{DataCoding, EsmClass, Ton};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout};
use tokio_rustls::TlsAcceptor;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};
use voip_bridge::pool::Direction;
use voip_bridge::settings::{Long, ReceiptIds, Secret, Smpp};
use voip_bridge::store::{MessageInfo, MessageState};

use crate::certificates::Authority;
use crate::harness::{NUMBER, Net, PATIENCE, Raw, SIM, settings};
use crate::texts::{Bridge, DIGITS, SOMEBODY, all, ask, message, report, sealed, submits, tagged};

const PORT: u16 = 2775;

/// A bridge whose phones' messages go to the service centre at host 5; `messages` goes into that table.
async fn bridge(net: Net, folder: &Path, messages: &str, long: Long) -> Bridge {
    bridge_with(net, folder, messages, |smpp| smpp.long = long).await
}

async fn bridge_with(net: Net, folder: &Path, messages: &str, change: impl FnOnce(&mut Smpp)) -> Bridge {
    std::fs::write(folder.join("password"), "secret\n").expect("a file");
    let text = format!(
        "allowed = [\"1\"]\n[messages]\nprovider = \"centre\"\ngrace_seconds = 0\nretry_seconds = 1\n{messages}"
    );
    let mut settings = settings(net, "udp", &text);
    let authorities = Some(folder.join("authorities.pem")).filter(|file| file.exists());
    let mut smpp = Smpp {
        name: "centre".to_owned(),
        address: (net.host(5), PORT).into(),
        system_id: "bridge".to_owned(),
        password: Secret::File(folder.join("password")),
        system_type: String::new(),
        authorities,
        certificate_name: None,
        window: 10,
        enquire_seconds: 30,
        long: Long::Parts,
        receipt_ids: ReceiptIds::Same,
    };
    change(&mut smpp);
    settings.smpp.push(smpp);
    Bridge::start_settings(folder, settings).await
}

/// The script, and what it says.
struct Perl {
    _child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Perl {
    async fn start(net: Net) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smpp/smsc.pl");
        let mut child = tokio::process::Command::new("perl")
            .arg(script)
            .args([net.host(5).to_string(), PORT.to_string(), DIGITS.to_owned()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("perl (Debian: libnet-smpp-perl)");
        let said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut perl = Self { _child: child, said };
        assert_eq!(perl.says().await, "listening");
        perl
    }

    async fn says(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.said.next_line()).await.expect("it says something");
        line.expect("a line").expect("it runs")
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_service_centre_of_somebody_elses_is_understood() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let mut centre = Perl::start(net).await;
    let bridge = bridge(net, folder.path(), "gateway = \"gateway\"\n", Long::Parts).await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    assert_eq!(centre.says().await, "bind bridge secret 52");
    // In: its message is kept, answered, and reaches the phone.
    assert_eq!(centre.says().await, "delivered 0");
    let deliver = Deliver::decode(&tagged(&gateway).await).expect("a DELIVER");
    assert_eq!(deliver.originating_address.to_string(), SOMEBODY);
    assert_eq!(deliver.text().as_deref(), Ok("Hello from Perl"));
    // Out, in two parts; the receipts come back as reports.
    let text = "Goodbye. ".repeat(20);
    let parts = submits(SOMEBODY, &text);
    for (submit, id) in parts.iter().zip(1..) {
        for (text, piece) in sealed(id, submit).iter().zip(0..) {
            let request = message(NUMBER, SIM, &format!("p{id}{piece}"), "text/plain", text.as_bytes());
            assert!(ask(&gateway, &request).await.starts_with("SIP/2.0 202 "));
        }
    }
    let mut whole = String::new();
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(centre.says().await);
    }
    assert_eq!(heard.iter().filter(|said| *said == "delivered 0").count(), 2, "{heard:?}");
    let mut submitted: Vec<&String> = heard.iter().filter(|said| said.starts_with("submit ")).collect();
    // The header says which part it is: 05 00 03, reference, total, sequence.
    submitted.sort_by_key(|said| said.rsplit(' ').next().map(|octets| octets[10..12].to_owned()));
    for (said, sequence) in submitted.iter().zip(1..) {
        let begin = format!("submit {DIGITS} 15550199999 64 0 1 0500030302{sequence:02x}");
        whole += said.strip_prefix(&begin).unwrap_or_else(|| panic!("{said} begins {begin}"));
    }
    assert_eq!(whole, hex(&text));
    let mut references = [report(&gateway).await, report(&gateway).await].map(|report| {
        assert_eq!((report.status.0, report.recipient_address.to_string().as_str()), (0x00, SOMEBODY));
        report.message_reference
    });
    references.sort_unstable();
    assert_eq!(references, [40, 41]);
    bridge.messages(all(MessageState::Delivered, 5)).await;
    bridge.stop().await;
    assert_eq!(centre.says().await, "unbind");
}

/// A service centre that does as the test says, behind TLS if it has a certificate.
pub(crate) struct Centre(TcpListener, Option<TlsAcceptor>);

/// A connection of either kind.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// An ESME that has bound.
pub(crate) struct Esme {
    stream: Box<dyn Stream>,
    codec: CommandCodec,
    buffer: BytesMut,
}

impl Centre {
    pub(crate) async fn listen(net: Net) -> Self {
        Self(TcpListener::bind((net.host(5), PORT)).await.expect("a listener"), None)
    }

    /// Behind TLS, with a certificate by this authority.
    async fn listen_tls(net: Net, authority: &Authority) -> Self {
        let (certificate, key) = authority.of(SanType::IpAddress(net.host(5)));
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a configuration");
        let Self(listener, _) = Self::listen(net).await;
        Self(listener, Some(TlsAcceptor::from(Arc::new(config))))
    }

    /// The next connection; `None` when it does not get through its handshake.
    async fn accepted(&self) -> Option<Box<dyn Stream>> {
        let (stream, _) =
            tokio::time::timeout(PATIENCE, self.0.accept()).await.expect("it connects").expect("a stream");
        match &self.1 {
            Some(tls) => tls.accept(stream).await.ok().map(|stream| Box::new(stream) as Box<dyn Stream>),
            None => Some(Box::new(stream)),
        }
    }

    /// The next ESME, let in.
    pub(crate) async fn bound(&self) -> Esme {
        let stream = self.accepted().await.expect("a connection");
        let mut esme = Esme { stream, codec: CommandCodec::new(), buffer: BytesMut::new() };
        let bind = esme.hears().await;
        assert_eq!(bind.id(), CommandId::BindTransceiver);
        esme.says(CommandStatus::EsmeRok, bind.sequence_number(), BindTransceiverResp::default()).await;
        esme
    }
}

impl Esme {
    async fn hears(&mut self) -> Command {
        let reading = async {
            loop {
                if let Some(command) = self.codec.decode(&mut self.buffer).expect("a PDU") {
                    return command;
                }
                assert_ne!(self.stream.read_buf(&mut self.buffer).await.expect("octets"), 0, "it is closed");
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("it says something")
    }

    async fn says(&mut self, status: CommandStatus, sequence: u32, pdu: impl Into<Pdu>) {
        let mut octets = BytesMut::new();
        self.codec.encode(Command::new(status, sequence, pdu), &mut octets).expect("a PDU");
        self.stream.write_all(&octets).await.expect("it listens");
    }

    /// The next message that it submits, and its sequence number.
    pub(crate) async fn submits(&mut self) -> (SubmitSm, u32) {
        let command = self.hears().await;
        match command.pdu() {
            Some(Pdu::SubmitSm(submit)) => (submit.clone(), command.sequence_number()),
            other => panic!("{other:?} is no submit_sm"),
        }
    }

    async fn delivers(&mut self, deliver: DeliverSm) -> CommandStatus {
        self.says(CommandStatus::EsmeRok, 7, deliver).await;
        let command = self.hears().await;
        assert_eq!((command.id(), command.sequence_number()), (CommandId::DeliverSmResp, 7));
        command.status()
    }
}

fn answer(id: &str) -> SubmitSmResp {
    SubmitSmResp::builder().message_id(id.parse().expect("an id")).build()
}

/// The SIM's gateway hands in what the phone sends.
async fn sends(gateway: &Raw, id: u8, submit: &Submit) {
    for (text, piece) in sealed(id, submit).iter().zip(0..) {
        let request = message(NUMBER, SIM, &format!("s{id}{piece}"), "text/plain", text.as_bytes());
        assert!(ask(gateway, &request).await.starts_with("SIP/2.0 202 "));
    }
}

fn outgoing(messages: &[MessageInfo]) -> &MessageInfo {
    let mut outgoing = messages.iter().filter(|message| message.direction == Direction::Out);
    let one = outgoing.next().expect("a message");
    assert!(outgoing.next().is_none());
    one
}

fn ended(messages: &[MessageInfo]) -> bool {
    messages.iter().any(|message| message.direction == Direction::Out && message.state != MessageState::Waiting)
}

#[tokio::test]
async fn a_service_centre_that_has_too_much_is_asked_again() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let centre = Centre::listen(net).await;
    let bridge = bridge(net, folder.path(), "gateway = \"gateway\"\n", Long::Parts).await;
    let mut esme = centre.bound().await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    let submit = Submit { status_report_request: false, ..submits(SOMEBODY, "Later, please").remove(0) };
    sends(&gateway, 1, &submit).await;
    let (first, sequence) = esme.submits().await;
    esme.says(CommandStatus::EsmeRthrottled, sequence, SubmitSmResp::default()).await;
    let (second, sequence) = esme.submits().await;
    assert_eq!(first.short_message(), second.short_message());
    assert_eq!(u8::from(first.registered_delivery), 0);
    esme.says(CommandStatus::EsmeRok, sequence, answer("1")).await;
    let messages = bridge.messages(ended).await;
    assert_eq!((outgoing(&messages).state, outgoing(&messages).attempts), (MessageState::Delivered, 2));
    bridge.stop().await;
}

/// The service centre may have it, and would send it twice.
#[tokio::test]
async fn what_was_handed_over_and_not_answered_for_is_not_sent_again() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let centre = Centre::listen(net).await;
    let bridge = bridge(net, folder.path(), "gateway = \"gateway\"\n", Long::Parts).await;
    let mut esme = centre.bound().await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    sends(&gateway, 1, &submits(SOMEBODY, "Once").remove(0)).await;
    esme.submits().await;
    drop(esme);
    let mut esme = centre.bound().await;
    assert_eq!(report(&gateway).await.status.0, 0x62);
    sends(&gateway, 2, &Submit { status_report_request: false, ..submits(SOMEBODY, "Another").remove(0) }).await;
    let (other, sequence) = esme.submits().await;
    assert_eq!(other.short_message().to_str(), Ok("Another"));
    esme.says(CommandStatus::EsmeRok, sequence, answer("2")).await;
    bridge.stop().await;
}

#[tokio::test]
async fn what_a_service_centre_refuses_is_reported() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let centre = Centre::listen(net).await;
    let bridge = bridge(net, folder.path(), "gateway = \"gateway\"\n", Long::Payload).await;
    let mut esme = centre.bound().await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    let text = "Für alle. ".repeat(30);
    let parts = submits(SOMEBODY, &text);
    for (submit, id) in parts.iter().zip(1..) {
        sends(&gateway, id, submit).await;
    }
    let (submit, sequence) = esme.submits().await;
    assert!(submit.short_message().is_empty());
    let payload = submit.tlvs().iter().find_map(|tlv| match tlv.value() {
        Some(rusmpp::tlvs::TlvValue::MessagePayload(payload)) => Some(payload.value.clone().into_vec()),
        _ => None,
    });
    let codes = ril_protocol::sms_pdu::Alphabet::DEFAULT.encode(&text).expect("the default alphabet has them");
    assert_eq!(payload, Some(codes));
    esme.says(CommandStatus::EsmeRinvdstadr, sequence, SubmitSmResp::default()).await;
    let reports = [report(&gateway).await, report(&gateway).await];
    assert!(reports.iter().all(|report| report.status.0 == 0x43));
    bridge.stop().await;
}

fn deliver(to: &str, coding: u8, octets: &[u8], header: bool) -> DeliverSm {
    let mut deliver = DeliverSm::default();
    deliver.source_addr_ton = Ton::Alphanumeric;
    deliver.source_addr = "MyBank".parse().expect("a name");
    deliver.dest_addr_ton = Ton::International;
    deliver.destination_addr = to.parse().expect("a number");
    deliver.esm_class = EsmClass::from(if header { 0x40 } else { 0 });
    deliver.data_coding = DataCoding::from(coding);
    deliver.set_short_message(OctetString::from_slice(octets).expect("it fits"));
    deliver
}

/// A receipt as appendix B has it.
fn receipt(id: &str) -> DeliverSm {
    let text = format!(
        "id:{id} sub:001 dlvrd:001 submit date:2611281500 done date:2611281501 stat:DELIVRD err:000 text:Hello"
    );
    let mut receipt = deliver(DIGITS, 0, text.as_bytes(), false);
    receipt.esm_class = EsmClass::from(0x04);
    receipt
}

#[tokio::test]
async fn receipts_may_name_messages_in_another_base_than_answers() {
    for (ids, answered, named) in
        [(ReceiptIds::Decimal, "0001E240", "0000123456"), (ReceiptIds::Hexadecimal, "123456", "1e240")]
    {
        let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
        let centre = Centre::listen(net).await;
        let gateway = "gateway = \"gateway\"\n";
        let bridge = bridge_with(net, folder.path(), gateway, |smpp| smpp.receipt_ids = ids).await;
        let mut esme = centre.bound().await;
        let gateway = Raw::at(net, 3).await;
        gateway.until_served().await;
        sends(&gateway, 1, &submits(SOMEBODY, "Hello").remove(0)).await;
        let (_, sequence) = esme.submits().await;
        esme.says(CommandStatus::EsmeRok, sequence, answer(answered)).await;
        // As it was answered is not as receipts say it here: that is nobody's.
        assert_eq!(esme.delivers(receipt(answered)).await, CommandStatus::EsmeRxTAppn);
        assert_eq!(esme.delivers(receipt(named)).await, CommandStatus::EsmeRok);
        let report = report(&gateway).await;
        assert_eq!((report.message_reference, report.status.0), (40, 0x00));
        bridge.stop().await;
    }
}

#[tokio::test]
async fn a_receipt_is_for_the_message_that_was_sent_and_for_no_other() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let centre = Centre::listen(net).await;
    let bridge = bridge(net, folder.path(), "gateway = \"gateway\"\n", Long::Parts).await;
    let mut esme = centre.bound().await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    assert_eq!(esme.delivers(receipt("1")).await, CommandStatus::EsmeRxTAppn, "before there is any");
    sends(&gateway, 1, &submits(SOMEBODY, "Hello").remove(0)).await;
    let (_, sequence) = esme.submits().await;
    // An answer to what was not asked names nothing.
    esme.says(CommandStatus::EsmeRok, sequence + 1, answer("1")).await;
    assert_eq!(esme.delivers(receipt("1")).await, CommandStatus::EsmeRxTAppn);
    esme.says(CommandStatus::EsmeRok, sequence, answer("2")).await;
    for (from, to) in [("15550133333", "15550144444"), ("15550133333", "15550100002"), ("MyBank", "4930123456")] {
        let mut of_others = receipt("2");
        (of_others.source_addr, of_others.destination_addr) = (from.parse().expect("one"), to.parse().expect("one"));
        assert_eq!(esme.delivers(of_others).await, CommandStatus::EsmeRxTAppn, "{from} {to}");
    }
    // In national form, or turned round, it is the same message.
    let mut own = receipt("2");
    own.dest_addr_ton = Ton::National;
    (own.source_addr, own.destination_addr) = ("+49301234".parse().expect("one"), "5550100001".parse().expect("one"));
    assert_eq!(esme.delivers(own).await, CommandStatus::EsmeRok);
    assert_eq!(report(&gateway).await.status.0, 0x00);
    bridge.stop().await;
}

#[tokio::test]
async fn what_is_no_pdu_ends_the_session_and_lies_in_a_header_only_their_message() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let centre = Centre::listen(net).await;
    let bridge = bridge(net, folder.path(), "", Long::Parts).await;
    // Lengths below the header's and above what is read (SMPP 3.4 section 3.2), and a message cut off in its PDU.
    for length in [15, u32::MAX] {
        let mut esme = centre.bound().await;
        let pdu = [length, 0x15, 0, 1].map(u32::to_be_bytes).concat();
        esme.stream.write_all(&pdu).await.expect("it listens");
        assert_eq!(esme.stream.read(&mut [0; 16]).await.unwrap_or(0), 0, "{length}: it hangs up");
    }
    let mut esme = centre.bound().await;
    // Longer than the message, elements longer than the header, parts that there cannot be.
    for (octets, status) in [
        (&[0xff][..], CommandStatus::EsmeRxPAppn),
        (&[0x05, 0x00, 0x03, 0x01], CommandStatus::EsmeRxPAppn),
        (&[0x02, 0x00, 0xff, b'x'], CommandStatus::EsmeRxPAppn),
        (&[0x05, 0x00, 0x03, 0x01, 0x00, 0x00, b'x'], CommandStatus::EsmeRok),
        (&[0x05, 0x00, 0x03, 0x01, 0x02, 0x03, b'x'], CommandStatus::EsmeRok),
        (&[0x00, b'x'], CommandStatus::EsmeRok),
    ] {
        assert_eq!(esme.delivers(deliver(DIGITS, 0x04, octets, true)).await, status, "{octets:02x?}");
    }
    bridge.messages(all(MessageState::Waiting, 3)).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_storm_of_enquiries_is_answered_and_keeps_nothing_else_waiting() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let centre = Centre::listen(net).await;
    let bridge = bridge(net, folder.path(), "gateway = \"gateway\"\n", Long::Parts).await;
    let mut esme = centre.bound().await;
    for sequence in 0..2000 {
        esme.says(CommandStatus::EsmeRok, sequence, Pdu::EnquireLink).await;
    }
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    sends(&gateway, 1, &submits(SOMEBODY, "Hello").remove(0)).await;
    let (mut answered, mut submitted) = (0, 0);
    while (answered, submitted) != (2000, 1) {
        match esme.hears().await.id() {
            CommandId::EnquireLinkResp => answered += 1,
            CommandId::SubmitSm => submitted += 1,
            other => panic!("{other:?}"),
        }
    }
    bridge.stop().await;
}

/// One that does not even answer whether it is there. What it was handed, nobody else is handed; everything else is.
#[tokio::test]
async fn a_service_centre_that_falls_silent_is_left_and_found_again() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let centre = Centre::listen(net).await;
    let narrow = |smpp: &mut Smpp| (smpp.window, smpp.enquire_seconds) = (1, 1);
    let bridge = bridge_with(net, folder.path(), "gateway = \"gateway\"\n", narrow).await;
    let mut silent = centre.bound().await;
    let gateway = Raw::at(net, 3).await;
    gateway.until_served().await;
    sends(&gateway, 1, &submits(SOMEBODY, "Once").remove(0)).await;
    silent.submits().await;
    sends(&gateway, 2, &submits("+15550188888", "Later").remove(0)).await;
    assert_eq!(silent.hears().await.id(), CommandId::EnquireLink);
    let mut esme = centre.bound().await;
    let (later, sequence) = esme.submits().await;
    assert_eq!(later.short_message().to_str(), Ok("Later"));
    esme.says(CommandStatus::EsmeRok, sequence, answer("2")).await;
    assert_eq!(esme.delivers(receipt("2")).await, CommandStatus::EsmeRok);
    // The gateway has not been listening for so long that it was asked again.
    let mut reports = BTreeSet::new();
    while reports.len() < 2 {
        let report = report(&gateway).await;
        reports.insert((report.recipient_address.to_string(), report.status.0));
    }
    let reports: Vec<_> = reports.into_iter().collect();
    assert_eq!(reports, [("+15550188888".to_owned(), 0x00), (SOMEBODY.to_owned(), 0x62)]);
    bridge.stop().await;
}

/// Both ways through one service centre: it is the gateway of the SIM, too.
#[tokio::test]
async fn what_comes_by_smpp_goes_by_smpp_and_keeps_its_form() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let centre = Centre::listen(net).await;
    let bridge = bridge(net, folder.path(), "gateway = \"centre\"\n", Long::Parts).await;
    let mut esme = centre.bound().await;
    esme.says(CommandStatus::EsmeRok, 1, Pdu::EnquireLink).await;
    assert_eq!(esme.hears().await.id(), CommandId::EnquireLinkResp);
    assert_eq!(esme.delivers(deliver("15550100002", 0, b"hello", false)).await, CommandStatus::EsmeRinvdstadr);
    assert_eq!(esme.delivers(deliver(DIGITS, 0, &[0x06, 0x05], true)).await, CommandStatus::EsmeRxPAppn);
    let flash: Vec<u8> = "Grüße".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let port = [0x06, 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0, 0xde, 0xad];
    for (coding, octets, header) in
        [(0xf0, &b"Alarm\x1b\x65"[..], false), (0x08, &flash, false), (0x04, &port, true), (0x03, b"caf\xe9", false)]
    {
        assert_eq!(esme.delivers(deliver(DIGITS, coding, octets, header)).await, CommandStatus::EsmeRok);
        let (submit, sequence) = esme.submits().await;
        esme.says(CommandStatus::EsmeRok, sequence, answer("1")).await;
        assert_eq!((submit.source_addr.as_str(), submit.destination_addr.as_str()), (DIGITS, "15550100099"));
        assert_eq!((u8::from(submit.data_coding), u8::from(submit.esm_class)), (0, 0));
        let text = submit.short_message().to_str().expect("plain letters").to_owned();
        let sealer = caller_tag::text::Sealer { mac: caller_tag::text::unkeyed };
        let envelope = sealer.open(caller_tag::text::Way::ToPhone, &text).expect("a tagged text");
        let shown = Deliver::decode(&envelope.octets).expect("a DELIVER");
        assert_eq!(shown.originating_address.to_string(), "MyBank");
        match coding {
            0xf0 => assert_eq!((shown.data_coding.0, shown.text().as_deref()), (0xf0, Ok("Alarm€"))),
            0x08 => assert_eq!((shown.data_coding.0, shown.text().as_deref()), (0x08, Ok("Grüße"))),
            0x03 => assert_eq!((shown.data_coding.0, shown.text().as_deref()), (0x00, Ok("café"))),
            _ => {
                let header = shown.user_data.header().expect("a header").expect("a header");
                assert_eq!((shown.data_coding.0, header.ports()), (0x04, Some((2948, 9200))));
                assert_eq!(shown.user_data.payload(), Ok(&[0xde, 0xad][..]));
            }
        }
    }
    // A tagged text of the phone comes as any other message does, and goes out by the same way.
    let submit = Submit { status_report_request: false, ..submits(SOMEBODY, "Out").remove(0) };
    let mut from_sim = deliver(DIGITS, 0, sealed(9, &submit)[0].as_bytes(), false);
    (from_sim.source_addr_ton, from_sim.source_addr) = (Ton::International, "15550100099".parse().expect("a number"));
    assert_eq!(esme.delivers(from_sim).await, CommandStatus::EsmeRok);
    let (out, sequence) = esme.submits().await;
    assert_eq!((out.source_addr.as_str(), out.destination_addr.as_str()), (DIGITS, "15550199999"));
    assert_eq!(out.short_message().to_str(), Ok("Out"));
    esme.says(CommandStatus::EsmeRok, sequence, answer("2")).await;
    bridge.messages(all(MessageState::Delivered, 5)).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_service_centre_behind_tls_must_show_a_certificate_of_the_right_authority() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let (right, wrong) = (Authority::new(), Authority::new());
    std::fs::write(folder.path().join("authorities.pem"), right.pem()).expect("a file");
    let impostor = Centre::listen_tls(net, &wrong).await;
    let bridge = bridge(net, folder.path(), "", Long::Parts).await;
    assert!(impostor.accepted().await.is_none(), "no password is shown to it");
    drop(impostor);
    let centre = Centre::listen_tls(net, &right).await;
    let mut esme = centre.bound().await;
    assert_eq!(esme.delivers(deliver(DIGITS, 0, b"hello", false)).await, CommandStatus::EsmeRok);
    bridge.messages(all(MessageState::Waiting, 1)).await;
    bridge.stop().await;
}
