//! The program killed (SIGKILL) between any two steps of a message, and started again: nothing is lost, nothing
//! doubled.
//!
//! Its peers do what their RFCs ask of them: who sends asks again until it is answered, who receives answers what it
//! has had before, and knows it again by its Call-ID or by the id in the tagged text.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use caller_tag::text::{Id, Sealer, Way, unkeyed};
use ril_protocol::sms_pdu::{Deliver, StatusReport, Tpdu};
use voip_bridge::pool::Direction;
use voip_bridge::store::{MessageState, Store};

use crate::harness::{NUMBER, Net, PATIENCE, Raw, SIM};
use crate::texts::{SOMEBODY, message, ok, sealed, store, submits};

/// The program, and how many more steps it lives.
struct Program {
    config: PathBuf,
    child: Child,
    steps: usize,
}

impl Program {
    /// With SQLite in `folder`, a number that a phone has, and `more` behind its configuration; killed after `steps`.
    async fn start(net: Net, folder: &Path, more: &str, steps: usize) -> (Self, Store) {
        let store = store(folder).await;
        let [bridge, caller, gateway] = [1, 2, 3].map(|host| net.host(host));
        let config = folder.join("bridge.toml");
        let text = format!(
            "[store]\nsqlite = '{}'\n[admin]\nlisten = ''\n\
             [voice.sip]\nlisten = [{{ transport = 'udp', address = '{bridge}:5060' }}]\n\
             [[voice.peer]]\nname = 'caller'\naddress = '{caller}:5060'\ntransport = 'udp'\n\
             [[voice.peer]]\nname = 'gateway'\naddress = '{gateway}:5060'\ntransport = 'udp'\n\
             [voice.calls]\ntrunk = 'gateway'\ncountry = 1\nallowed = ['1']\n\
             [voice.messages]\ngateway = 'gateway'\ngrace_seconds = 0\nretry_seconds = 1\n{more}",
            folder.join("bridge.db").display()
        );
        std::fs::write(&config, text).expect("a file");
        let child = spawn(&config);
        (Self { config, child, steps }, store)
    }

    /// Something has happened: perhaps this is the moment.
    fn step(&mut self) {
        if self.steps == 0 {
            self.child.kill().expect("it runs");
            self.child.wait().expect("a child");
            self.child = spawn(&self.config);
        }
        self.steps = self.steps.wrapping_sub(1);
    }

    /// Whether the moment has come.
    fn was_killed(&self) -> bool {
        self.steps > usize::MAX / 2
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn spawn(config: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voip-bridge"));
    command.args(["serve", "--log", "error", "--config"]).arg(config).spawn().expect("a program")
}

/// A peer that sends until it is answered, and answers everything.
struct Peer {
    raw: Raw,
    /// The requests that it has heard.
    heard: Vec<String>,
}

impl Peer {
    async fn at(net: Net, host: u8) -> Self {
        Self { raw: Raw::at(net, host).await, heard: Vec::new() }
    }

    /// The next message, if one comes within the time after which a sender asks again (RFC 3261 timer E).
    async fn next(&mut self) -> Option<String> {
        let mut again = tokio::time::interval(Duration::from_millis(20));
        let heard = async {
            loop {
                // Where nobody listens yet, the kernel says so.
                again.tick().await;
                if let Some(heard) = self.raw.receive().await {
                    return heard;
                }
            }
        };
        tokio::time::timeout(Duration::from_millis(500), heard).await.ok()
    }

    /// Answers a request, with a step before and one behind.
    async fn answer(&mut self, program: &mut Program, request: String) {
        program.step();
        self.raw.send(ok(&request).as_bytes()).await;
        self.heard.push(request);
        program.step();
    }

    /// Sends a request until it is answered with 202, with a step behind each time and one at the end.
    async fn sends(&mut self, program: &mut Program, request: &[u8]) {
        let asking = async {
            loop {
                self.raw.send(request).await;
                program.step();
                match self.next().await {
                    Some(answer) if answer.starts_with("SIP/2.0 202 ") => return,
                    Some(heard) if heard.starts_with("MESSAGE ") => self.answer(program, heard).await,
                    _ => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("it is taken");
        program.step();
    }

    /// What the tagged texts in all that was heard hold, each id once.
    fn opened(&self) -> Vec<(Id, Vec<u8>)> {
        let mut opened: Vec<(Id, Vec<u8>)> = Vec::new();
        for request in &self.heard {
            let (_, body) = request.split_once("\r\n\r\n").expect("a body");
            let envelope = Sealer { mac: unkeyed }.open(Way::ToPhone, body).expect("a tagged text");
            match opened.iter().find(|(id, _)| *id == envelope.id) {
                Some((_, octets)) => assert_eq!(*octets, envelope.octets, "one id is one message"),
                None => opened.push((envelope.id, envelope.octets)),
            }
        }
        opened
    }
}

/// Whether all messages are delivered, and how many there are of each direction.
async fn delivered(store: &Store) -> Option<(usize, usize)> {
    let messages = store.messages(100).await.expect("messages");
    let count = |direction| messages.iter().filter(|message| message.direction == direction).count();
    let all = messages.iter().all(|message| message.state == MessageState::Delivered);
    all.then(|| (count(Direction::In), count(Direction::Out)))
}

#[tokio::test]
async fn a_message_to_a_phone_survives_any_kill() {
    for steps in 0.. {
        let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
        let (mut program, store) = Program::start(net, folder.path(), "", steps).await;
        let (mut sender, mut gateway) = (Peer::at(net, 2).await, Peer::at(net, 3).await);
        sender.raw.until_served().await;
        let request = message(NUMBER, SOMEBODY, "crash", "text/plain", "Grüße".as_bytes());
        sender.sends(&mut program, &request).await;
        let carried = async {
            while delivered(&store).await != Some((1, 0)) {
                if let Some(request) = gateway.next().await.filter(|heard| heard.starts_with("MESSAGE ")) {
                    gateway.answer(&mut program, request).await;
                }
            }
        };
        tokio::time::timeout(PATIENCE, carried).await.expect("it arrives");
        let opened = gateway.opened();
        assert_eq!(opened.len(), 1, "killed after {steps} steps");
        let deliver = Deliver::decode(&opened[0].1).expect("a DELIVER");
        assert_eq!(deliver.text().as_deref(), Ok("Grüße"));
        if !program.was_killed() {
            assert!(steps >= 4, "{steps} steps");
            return;
        }
    }
}

#[tokio::test]
async fn a_message_of_a_phone_survives_any_kill() {
    for steps in 0.. {
        let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
        let (mut program, store) = Program::start(net, folder.path(), "provider = 'caller'\n", steps).await;
        let (mut provider, mut gateway) = (Peer::at(net, 2).await, Peer::at(net, 3).await);
        gateway.raw.until_served().await;
        let text = "x".repeat(150);
        let submit = submits(SOMEBODY, &text).remove(0);
        let texts = sealed(1, &submit);
        assert_eq!(texts.len(), 2);
        for (text, index) in texts.iter().zip(0..) {
            let request = message(NUMBER, SIM, &format!("crash{index}"), "text/plain", text.as_bytes());
            gateway.sends(&mut program, &request).await;
        }
        let carried = async {
            // The report comes in when the message has gone out.
            while delivered(&store).await != Some((1, 1)) {
                for peer in [&mut provider, &mut gateway] {
                    if let Some(request) = peer.next().await.filter(|heard| heard.starts_with("MESSAGE ")) {
                        peer.answer(&mut program, request).await;
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, carried).await.expect("it arrives");
        let mut names: Vec<&str> = provider.heard.iter().map(|request| line(request, "Call-ID: ")).collect();
        assert!(provider.heard.iter().all(|request| request.ends_with(&text)));
        names.dedup();
        assert_eq!(names.len(), 1, "killed after {steps} steps");
        let opened = gateway.opened();
        assert_eq!(opened.len(), 1, "killed after {steps} steps");
        assert_eq!(StatusReport::decode(&opened[0].1).map(|report| report.message_reference), Ok(40));
        if !program.was_killed() {
            assert!(steps >= 8, "{steps} steps");
            return;
        }
    }
}

fn line<'a>(request: &'a str, header: &str) -> &'a str {
    request.lines().find_map(|line| line.strip_prefix(header)).expect("a header")
}

/// A service centre does not know a message that comes again: so it is not handed over again, and the phone hears that
/// nobody knows what became of it.
#[cfg(feature = "smpp")]
#[tokio::test]
async fn what_a_service_centre_was_handed_is_not_handed_over_again_after_a_kill() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    std::fs::write(folder.path().join("password"), "secret\n").expect("a file");
    let more = format!(
        "provider = 'centre'\n[[voice.smpp]]\nname = 'centre'\naddress = '{}:2775'\nsystem_id = 'bridge'\n\
         password = {{ file = '{}/password' }}\n",
        net.host(5),
        folder.path().display()
    );
    let centre = crate::smpp::Centre::listen(net).await;
    let (mut program, store) = Program::start(net, folder.path(), &more, usize::MAX / 2 - 1).await;
    let mut esme = centre.bound().await;
    let mut gateway = Peer::at(net, 3).await;
    gateway.raw.until_served().await;
    let text = &sealed(1, &submits(SOMEBODY, "Once").remove(0))[0];
    gateway.sends(&mut program, &message(NUMBER, SIM, "once", "text/plain", text.as_bytes())).await;
    esme.submits().await;
    program.steps = 0;
    program.step();
    let _esme = centre.bound().await;
    let reported = async {
        while gateway.heard.is_empty() {
            if let Some(request) = gateway.next().await.filter(|heard| heard.starts_with("MESSAGE ")) {
                gateway.answer(&mut program, request).await;
            }
        }
    };
    tokio::time::timeout(PATIENCE, reported).await.expect("a report");
    let report = StatusReport::decode(&gateway.opened()[0].1).expect("a report");
    assert_eq!((report.message_reference, report.status.0), (40, 0x62));
    let messages = store.messages(10).await.expect("messages");
    let out = messages.iter().find(|message| message.direction == Direction::Out).expect("a message");
    assert_eq!((out.state, out.status), (MessageState::Failed, Some(0x62)));
}
