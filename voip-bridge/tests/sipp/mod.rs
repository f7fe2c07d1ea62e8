//! The other ends of the service in tests: SIPp with the scenarios beside this file, and a bare UDP socket for single
//! messages.
//!
//! Every test has a loopback network of its own, so that all can use port 5060 and know their peers by address. Also
//! the end-to-end tests of the workspace use this.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::process::{Child, Command};

/// The number of the phone.
pub(crate) const NUMBER: &str = "+15550100001";
/// Longer than anything takes that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Addresses that nobody else uses.
#[derive(Clone, Copy)]
pub(crate) struct Net(u8, u8);

impl Net {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let process = u8::try_from(std::process::id() % 200).expect("less than 200");
        Self(process + 1, NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Host 1 is the bridge, 2 the caller, 3 the gateway.
    pub(crate) fn host(self, host: u8) -> IpAddr {
        Ipv4Addr::new(127, self.0, self.1, host).into()
    }

    pub(crate) fn bridge(self) -> SocketAddr {
        (self.host(1), 5060).into()
    }
}

/// A SIPp that runs.
pub(crate) struct Sipp {
    child: Child,
    folder: tempfile::TempDir,
    name: String,
}

impl Sipp {
    /// Plays `tests/sipp/SCENARIO.xml` once, with `@word@` replaced; `remote` is whom it talks to, if not the bridge.
    /// `host` is its address in the network.
    pub(crate) fn run(net: Net, host: u8, scenario: &str, words: &[(&str, &str)]) -> Self {
        Self::run_with(net, host, scenario, words, &[])
    }

    pub(crate) fn run_with(net: Net, host: u8, scenario: &str, words: &[(&str, &str)], more: &[&str]) -> Self {
        Self::run_files(net, host, scenario, words, more, &[])
    }

    /// With files in its folder.
    pub(crate) fn run_files(
        net: Net,
        host: u8,
        scenario: &str,
        words: &[(&str, &str)],
        more: &[&str],
        files: &[(&str, &[u8])],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).expect("a file");
        }
        let mut text = scene(scenario, &[]);
        for (word, value) in words.iter().chain(&[("number", NUMBER)]) {
            text = text.replace(&format!("@{word}@"), value);
        }
        let file = folder.path().join("scenario.xml");
        std::fs::write(&file, text).expect("a file");
        let address = net.host(host).to_string();
        let bridge = net.bridge().to_string();
        let child = Command::new("sipp")
            .arg("-sf")
            .arg(&file)
            .args(["-i", &address, "-p", "5060", "-mi", &address, "-m", "1", "-nostdin", "-timeout_error"])
            .args(["-timeout", "30s", "-recv_timeout", "20000", "-trace_err", "-error_file", "errors"])
            .args(["-trace_msg", "-message_file", "messages"])
            .args(more)
            .arg(words.iter().find(|(word, _)| *word == "remote").map_or(bridge.as_str(), |(_, remote)| remote))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("sipp (Debian: sip-tester)");
        Self { child, folder, name: scenario.to_owned() }
    }

    /// Waits until it listens: the kernel's table of sockets says so without disturbing anybody.
    pub(crate) async fn listening(mut self, table: &str, net: Net, host: u8) -> Self {
        let IpAddr::V4(address) = net.host(host) else { unreachable!("loopback networks are of IPv4") };
        let socket = format!("{:08X}:{:04X}", u32::from_le_bytes(address.octets()), 5060);
        let listening = async {
            let mut again = tokio::time::interval(Duration::from_millis(5));
            while !std::fs::read_to_string(format!("/proc/net/{table}")).expect("a table").contains(&socket) {
                assert!(self.child.try_wait().expect("a child").is_none(), "{} did not start", self.name);
                again.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect("sipp listens");
        self
    }

    /// Sends an INFO into its call once that is answered: some scenarios go on with it. SIPp would not answer it here.
    pub(crate) async fn tell(&self, at: SocketAddr, call: &str) {
        let answered = async {
            let mut again = tokio::time::interval(Duration::from_millis(5));
            while !std::fs::read_to_string(self.path("messages")).is_ok_and(|said| said.contains("ACK sip:")) {
                again.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.expect("an answer");
        let socket = UdpSocket::bind((at.ip(), 0)).await.expect("a socket");
        socket.send_to(request("INFO", call, "").as_bytes(), at).await.expect("sent");
    }

    /// Waits until it has played to the end, as written.
    pub(crate) async fn done(self) {
        self.messages().await;
    }

    /// The same, and gives what was said meanwhile.
    pub(crate) async fn messages(mut self) -> String {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("sipp ends").expect("a status");
        assert!(status.success(), "{} says {}", self.name, self.story(status));
        std::fs::read_to_string(self.path("messages")).expect("a file")
    }

    fn story(&self, status: ExitStatus) -> String {
        let read = |name| std::fs::read_to_string(self.path(name)).unwrap_or_default();
        format!("{status}\n{}\n{}", read("errors"), read("messages"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A scenario, or a part of one. A line `@part NAME|ONE|TWO@` stands for the part of that name in `parts`, with `$1`
/// and `$2` replaced.
fn scene(name: &str, arguments: &[&str]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../voip-bridge/tests/sipp/{name}.xml"));
    let mut text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (index, argument) in arguments.iter().enumerate() {
        text = text.replace(&format!("${}", index + 1), argument);
    }
    let line = |line: &str| match line.strip_prefix("@part ").and_then(|line| line.strip_suffix('@')) {
        Some(part) => {
            let (name, arguments) = part.split_once('|').unwrap_or((part, ""));
            scene(&format!("parts/{name}"), &arguments.split('|').collect::<Vec<_>>())
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// A bare socket at one address, for single messages.
pub(crate) struct Raw(UdpSocket);

impl Raw {
    pub(crate) async fn at(net: Net, host: u8) -> Self {
        Self::on(net, host, 5060).await
    }

    pub(crate) async fn on(net: Net, host: u8, port: u16) -> Self {
        Self::bound((net.host(host), port).into(), net.bridge()).await
    }

    /// From port 5060 of a host to somebody else than the bridge.
    pub(crate) async fn between(net: Net, host: u8, remote: SocketAddr) -> Self {
        Self::bound((net.host(host), 5060).into(), remote).await
    }

    async fn bound(own: SocketAddr, remote: SocketAddr) -> Self {
        let socket = UdpSocket::bind(own).await.expect("a socket");
        socket.connect(remote).await.expect("an address");
        Self(socket)
    }

    pub(crate) async fn send(&self, message: &[u8]) {
        // Where nobody listens yet, the kernel says so at the next call: that is as good as a datagram that is lost.
        self.0.send(message).await.ok();
    }

    /// The next message. What the bridge has not opened yet refuses a datagram: then there is none.
    pub(crate) async fn receive(&self) -> Option<String> {
        let mut buffer = vec![0; 65_536];
        let received = tokio::time::timeout(PATIENCE, self.0.recv(&mut buffer)).await.expect("an answer");
        received.ok().map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned())
    }

    /// The next message that begins so.
    pub(crate) async fn until(&self, beginning: &str) -> String {
        loop {
            match self.receive().await {
                Some(message) if message.starts_with(beginning) => return message,
                _ => {}
            }
        }
    }

    /// Sends a request until it is answered (RFC 3261 section 17.1.2), and gives the answer.
    pub(crate) async fn ask(&self, message: &str) -> String {
        let answer = async {
            loop {
                self.send(message.as_bytes()).await;
                let answer = tokio::time::timeout(Duration::from_millis(500), self.receive()).await;
                if let Ok(Some(answer)) = answer {
                    return answer;
                }
            }
        };
        tokio::time::timeout(PATIENCE, answer).await.expect("an answer")
    }

    /// Waits until the bridge answers OPTIONS.
    pub(crate) async fn until_served(&self) {
        let answer = self.ask(&request("OPTIONS", "ready", "")).await;
        assert!(answer.starts_with("SIP/2.0 "), "{answer}");
    }
}

/// A request with the headers that every one has, and `more`.
pub(crate) fn request(method: &str, id: &str, more: &str) -> String {
    format!(
        "{method} sip:{NUMBER}@bridge.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK{id};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+15550199999@caller.example>;tag={id}\r\nTo: <sip:{NUMBER}@bridge.example>\r\n\
         Call-ID: {id}\r\nCSeq: 1 {method}\r\nContact: <sip:caller@127.0.0.1>\r\n{more}Content-Length: 0\r\n\r\n"
    )
}

/// An INVITE for the number with an offer.
pub(crate) fn offering(id: &str) -> String {
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
    let body = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len());
    request("INVITE", id, "").replace("Content-Length: 0\r\n\r\n", &body)
}

/// A MESSAGE with any body.
pub(crate) fn message(to: &str, from: &str, id: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "MESSAGE sip:{to}@bridge.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK{id};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{from}@caller.example>;tag={id}\r\nTo: <sip:{to}@bridge.example>\r\n\
         Call-ID: {id}\r\nCSeq: 1 MESSAGE\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The response of who is called to a request, with `more` headers and perhaps a description.
pub(crate) fn response(to: &str, status: &str, more: &str, description: &str) -> String {
    let kept = ["Via:", "From:", "Record-Route:", "Call-ID:", "CSeq:"];
    let kept = to.lines().filter(|line| kept.iter().any(|header| line.starts_with(header)));
    let kept: String = kept.map(|line| format!("{line}\r\n")).collect();
    let whom = to.lines().find(|line| line.starts_with("To:")).expect("a recipient");
    let tag = if whom.contains(";tag=") { "" } else { ";tag=called" };
    let kind = if description.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let length = description.len();
    format!("SIP/2.0 {status}\r\n{kept}{whom}{tag}\r\n{more}{kind}Content-Length: {length}\r\n\r\n{description}")
}

/// The 200 to a request.
pub(crate) fn ok(request: &str) -> String {
    response(request, "200 OK", "", "")
}
