//! Text messages by the link: a phone, its proxy RilD, root, the link, the service and somebody who speaks SIP or SMPP
//! are the real programs. Each of root, the service and the link between them is killed at every moment of a message:
//! nothing is lost and nothing doubled.
//!
//! What cannot be promised is written down here, too: a phone that is told of a failure, because root died while it
//! waited, does not know whether its message was sent.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use ril_protocol::payload::sms::SmsResponse;
use ril_protocol::payload::{Ints, Strings, Text};
use ril_protocol::sms_pdu::{Address, Addressed, Deliver, Reference, StatusReport, Submit, Tpdu, from_hex, split};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::journal::{Journal, PATIENCE};
use rild_proxy_tests::peer::{Heard, Peer, decode, encode};
use rild_proxy_tests::processes::Process;

mod linked;
#[path = "../../voip-bridge/tests/sipp/mod.rs"]
#[expect(dead_code, reason = "the service's own tests use all of it")]
mod sipp;

use linked::faults::{Moments, Relay};
use linked::{PORT, Scene, WORK};
use sipp::{Net, message, ok};

const SOMEBODY: &str = "+15550122222";
/// TP-ST: passed on, nobody will say whether it arrived; and delivered (TS 23.040 section 9.2.3.15).
const FORWARDED: u8 = 0x01;
const DELIVERED: u8 = 0x00;

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Link,
    Root,
    Service,
}

/// Two phones of a SIM, linked to the service through a relay.
struct Stage {
    personal: Peer,
    work: Peer,
    _proxies: [Process; 2],
    programs: Arc<Mutex<Programs>>,
    relay: Arc<Relay>,
    moments: Arc<Moments>,
    scene: Arc<Scene>,
}

struct Programs {
    root: Process,
    service: Process,
}

impl Stage {
    /// `provider` is of the service's configuration.
    fn set(provider: impl Fn(&Scene) -> String) -> Self {
        let (scene, moments) = (Arc::new(Scene::with(9, provider)), Arc::<Moments>::default());
        let [near, far] = [9, 1].map(|host| SocketAddr::from((scene.net.host(host), PORT)));
        let service = scene.start_service();
        service.wait_for(0, "listening for devices");
        let relay = Arc::new(Relay::start(near, far, &moments));
        let root = scene.start_root();
        let [(first, personal), (second, work)] = ["personal", "work"].map(|phone| scene.start_proxy(phone));
        let [personal, work] = [personal, work].map(|socket| Peer::greeted(&socket));
        root.wait_for(0, "linked to the number service");
        service.wait_for(0, "phones can be reached phones=2");
        let programs = Arc::new(Mutex::new(Programs { root, service }));
        Self { personal, work, _proxies: [first, second], programs, relay, moments, scene }
    }

    /// Kills the victim when so many moments have passed, and waits until the link is there again.
    fn arm(&self, victim: Victim, after: usize) {
        let (programs, relay, scene) = (self.programs.clone(), self.relay.clone(), self.scene.clone());
        self.moments.arm(after, move || {
            let Programs { root, service } = &mut *programs.lock().unwrap_or_else(PoisonError::into_inner);
            let mut place = root.said().len();
            match victim {
                Victim::Link => relay.cut(),
                Victim::Root => {
                    root.end("KILL");
                    (*root, place) = (scene.start_root(), 0);
                }
                Victim::Service => {
                    service.end("KILL");
                    // What stands between passes on that the other end is gone; here it waits for this.
                    relay.cut();
                    *service = scene.start_service();
                }
            }
            root.wait_for(place, "linked to the number service");
        });
    }

    /// The phone takes the next message of this kind.
    fn takes(&mut self, code: UnsolCode) -> Vec<u8> {
        let payload = self.work.news(code);
        self.moments.pass();
        // Root may be away at this moment: the proxy RilD says it to the next one.
        self.work.ask(RequestCode::SMS_ACKNOWLEDGE, &encode::<Ints>(&vec![1, 0]));
        self.moments.pass();
        payload
    }

    /// Nobody was told anything of messages but what was taken.
    fn heard_nothing_more(&mut self) {
        for phone in [&mut self.personal, &mut self.work] {
            phone.expect_service();
            let of_messages = |heard: &&Heard| {
                matches!(
                    heard,
                    Heard::News { code: UnsolCode::RESPONSE_NEW_SMS | UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT, .. }
                )
            };
            assert_eq!(phone.heard().iter().filter(of_messages).count(), 0);
        }
    }
}

fn pdu<T: Tpdu>(payload: &[u8]) -> T {
    let hex = decode::<Text>(payload).expect("a PDU");
    Addressed::<T>::decode(&from_hex(&hex).expect("octets")).expect("a TPDU").tpdu
}

fn text(payload: &[u8]) -> (String, String) {
    let deliver: Deliver = pdu(payload);
    (deliver.originating_address.to_string(), deliver.text().expect("a text"))
}

/// `SEND_SMS` of a text to somebody, for which a status report is asked.
fn send_sms(words: &str) -> Vec<u8> {
    let [part] = <[_; 1]>::try_from(split(words, Reference::Short(0)).expect("it fits")).expect("one part");
    let to = Address::number(SOMEBODY).expect("a number");
    let submit = Submit { status_report_request: true, ..Submit::new(to, part) };
    encode::<Strings>(&vec![None, Some(submit.to_hex().expect("a TPDU"))])
}

/// Somebody who speaks SIP: answers what the service sends, each with a moment before and behind, and keeps all of it.
struct World {
    socket: UdpSocket,
    heard: Arc<Journal<String>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl World {
    fn start(net: Net, moments: &Arc<Moments>) -> Self {
        let socket = UdpSocket::bind((net.host(2), 5060)).expect("a socket");
        let (heard, stopped) = (Arc::<Journal<String>>::default(), Arc::new(AtomicBool::new(false)));
        let (own, all, stop) = (socket.try_clone().expect("a descriptor"), heard.clone(), stopped.clone());
        let (moments, bridge) = (moments.clone(), net.bridge());
        let thread = spawn(move || {
            let mut buffer = vec![0; 65_536];
            while !stop.load(Ordering::Relaxed) {
                let Ok(length) = own.recv(&mut buffer) else { continue };
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if text.starts_with("MESSAGE ") {
                    moments.pass();
                    own.send_to(ok(&text).as_bytes(), bridge).ok();
                    all.add(text);
                    moments.pass();
                } else {
                    all.add(text);
                }
            }
        });
        Self { socket, heard, stopped, thread: Some(thread) }
    }

    /// Sends a MESSAGE to the phone until it is accepted (RFC 3428, RFC 3261 section 17.1.2).
    fn sends(&self, net: Net, id: &str, text: &str) {
        let request = message(WORK, SOMEBODY, id, "text/plain", text.as_bytes());
        let accepted =
            |heard: &String| heard.starts_with("SIP/2.0 202 ") && heard.contains(&format!("Call-ID: {id}\r\n"));
        let mut tries = PATIENCE.as_millis() / 500;
        while !self.heard.read(0, |heard| heard.iter().any(accepted)) {
            tries = tries.checked_sub(1).expect("it is accepted at last");
            let known = self.heard.len();
            self.socket.send_to(&request, net.bridge()).ok();
            self.heard.wait_beyond(known, Duration::from_millis(500));
        }
    }

    /// The texts of the messages that came, each once: who sends again says the same Call-ID.
    fn messages(&self) -> Vec<String> {
        let mut known: Vec<(String, String)> = Vec::new();
        self.heard.read(0, |heard| {
            for request in heard.iter().filter(|heard| heard.starts_with("MESSAGE ")) {
                let id = request.lines().find(|line| line.starts_with("Call-ID:")).expect("a Call-ID").to_owned();
                let (_, body) = request.split_once("\r\n\r\n").expect("a body");
                if !known.iter().any(|(earlier, _)| *earlier == id) {
                    known.push((id, body.to_owned()));
                }
            }
        });
        known.into_iter().map(|(_, body)| body).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Ok(own) = self.socket.local_addr() {
            self.socket.send_to(b"the end", own).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn by_sip(_: &Scene) -> String {
    "[voice.messages]\nprovider = 'caller'\nretry_seconds = 1\n".to_owned()
}

/// Kills the victim at each moment of a message to a phone.
fn a_message_to_a_phone_survives(victim: Victim) {
    for after in 0.. {
        let mut stage = Stage::set(by_sip);
        let net = stage.scene.net;
        let world = World::start(net, &stage.moments);
        stage.arm(victim, after);
        world.sends(net, "first", "Grüße");
        assert_eq!(text(&stage.takes(UnsolCode::RESPONSE_NEW_SMS)), (SOMEBODY.to_owned(), "Grüße".to_owned()));
        let was_killed = stage.moments.settle();
        // What came twice would come before this one.
        world.sends(net, "second", "The end");
        assert_eq!(text(&stage.takes(UnsolCode::RESPONSE_NEW_SMS)).1, "The end", "{victim:?} killed after {after}");
        stage.heard_nothing_more();
        if !was_killed {
            // It was given, heard, acknowledged, and said to be taken. What one end says at once may be one frame.
            assert!(after >= 3, "there were {after} moments");
            return;
        }
    }
}

#[test]
fn a_message_to_a_phone_survives_the_end_of_the_link() {
    a_message_to_a_phone_survives(Victim::Link);
}

#[test]
fn a_message_to_a_phone_survives_the_end_of_root() {
    a_message_to_a_phone_survives(Victim::Root);
}

#[test]
fn a_message_to_a_phone_survives_the_end_of_the_service() {
    a_message_to_a_phone_survives(Victim::Service);
}

/// Kills the victim at each moment of a message of a phone, and of its report.
fn a_message_of_a_phone_survives(victim: Victim) {
    for after in 0.. {
        let mut stage = Stage::set(by_sip);
        let world = World::start(stage.scene.net, &stage.moments);
        stage.arm(victim, after);
        let (errno, response) = stage.work.ask(RequestCode::SEND_SMS, &send_sms("Hello"));
        // The first moment is what root says to the service: what is killed with it, nobody else has.
        let is_sent = victim != Victim::Root || after > 0;
        if is_sent {
            let report: StatusReport = pdu(&stage.takes(UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT));
            assert_eq!((report.status.0, report.recipient_address.to_string().as_str()), (FORWARDED, SOMEBODY));
            if errno == Errno::SUCCESS {
                let reference = decode::<SmsResponse>(&response).message_ref;
                assert_eq!(i32::from(report.message_reference), reference, "{victim:?} killed after {after}");
            }
        }
        assert!(errno == Errno::SUCCESS || victim == Victim::Root, "{errno}: {victim:?} killed after {after}");
        let was_killed = stage.moments.settle();
        // What was sent twice, or reported twice, would have been so before this.
        let (errno, _) = stage.work.ask(RequestCode::SEND_SMS, &send_sms("The end"));
        assert_eq!(errno, Errno::SUCCESS);
        stage.takes(UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT);
        let sent = if is_sent { &["Hello", "The end"][..] } else { &["The end"] };
        assert_eq!(world.messages(), sent, "{victim:?} killed after {after}");
        stage.heard_nothing_more();
        if !was_killed {
            // Said, accepted, sent, answered; and of the report: given, heard, acknowledged, taken. What one end says
            // at once may be one frame.
            assert!(after >= 4, "there were {after} moments");
            return;
        }
    }
}

#[test]
fn a_message_of_a_phone_survives_the_end_of_the_link() {
    a_message_of_a_phone_survives(Victim::Link);
}

#[test]
fn a_message_of_a_phone_survives_the_end_of_root() {
    a_message_of_a_phone_survives(Victim::Root);
}

#[test]
fn a_message_of_a_phone_survives_the_end_of_the_service() {
    a_message_of_a_phone_survives(Victim::Service);
}

/// A service centre made of Net::SMPP, and what it says.
struct Centre {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Centre {
    fn start(net: Net, number: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../voip-bridge/tests/smpp/smsc.pl");
        let mut command = Command::new("perl");
        command.arg(script).args([&net.host(5).to_string(), "2775", number]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("perl (Debian: libnet-smpp-perl)");
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let mut centre = Self { child, said };
        centre.says("listening");
        centre
    }

    /// Waits until it says something that begins so.
    fn says(&mut self, beginning: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.said.read_line(&mut line).expect("a line") > 0, "it has ended before '{beginning}'");
            if line.starts_with(beginning) {
                return line.trim_end().to_owned();
            }
        }
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn messages_go_both_ways_between_a_service_centre_and_a_phone() {
    let by_smpp = |scene: &Scene| {
        let password: PathBuf = scene.path("password");
        std::fs::write(&password, "secret\n").expect("a file");
        format!(
            "[voice.messages]\nprovider = 'centre'\n[[voice.smpp]]\nname = 'centre'\naddress = '{}:2775'\n\
             system_id = 'bridge'\npassword = {{ file = '{}' }}\n",
            scene.net.host(5),
            password.display()
        )
    };
    let mut stage = Stage::set(by_smpp);
    let number = WORK.trim_start_matches('+');
    let mut centre = Centre::start(stage.scene.net, number);
    assert_eq!(centre.says("bind"), "bind bridge secret 52");
    assert_eq!(centre.says("delivered"), "delivered 0");
    let deliver = text(&stage.takes(UnsolCode::RESPONSE_NEW_SMS));
    assert_eq!(deliver, ("+15550199999".to_owned(), "Hello from Perl".to_owned()));

    let (errno, response) = stage.work.ask(RequestCode::SEND_SMS, &send_sms("Goodbye"));
    assert_eq!(errno, Errno::SUCCESS);
    let octets: String = b"Goodbye".iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(centre.says("submit"), format!("submit {number} 15550122222 0 0 1 {octets}"));
    assert_eq!(centre.says("delivered"), "delivered 0");
    let report: StatusReport = pdu(&stage.takes(UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT));
    assert_eq!((report.status.0, report.recipient_address.to_string().as_str()), (DELIVERED, SOMEBODY));
    assert_eq!(i32::from(report.message_reference), decode::<SmsResponse>(&response).message_ref);
    stage.heard_nothing_more();
}
