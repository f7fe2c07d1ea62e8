//! baresip as a telephone with a tone in place of a microphone, and an ear that writes down what it hears.
//!
//! It is told what to do by its control socket (module `ctrl_tcp`: netstrings of JSON).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use crate::harness::{Net, PATIENCE};
use crate::tones::{tone, wav};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

/// Where the samples begin in the file that baresip writes.
const HEADER: usize = 44;

/// A telephone that is on.
pub(crate) struct Telephone {
    control: TcpStream,
    folder: tempfile::TempDir,
    _child: Child,
}

impl Telephone {
    /// One at `host` with this number, that says a tone of so many hertz; `more` are parameters of its account.
    pub(crate) async fn start(net: Net, host: u8, number: &str, hertz: f64, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (address, place) = (net.host(host), folder.path().display());
        let configuration = format!(
            "poll_method epoll\nsip_listen {address}:5060\nnet_interface {address}\n\
             audio_source aufile,{place}/tone.wav\naudio_player aubridge,ear\nrtp_ports 20000-20100\n\
             module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\n\
             module sndfile.so\nsnd_path {place}\nmodule_app account.so\nmodule_app menu.so\n\
             module_app ctrl_tcp.so\nctrl_tcp_listen {address}:4444\n"
        );
        let account = format!("<sip:{number}@{address};transport=udp>;regint=0;audio_codecs=PCMA{more}\n");
        std::fs::write(folder.path().join("tone.wav"), wav(&tone(hertz).repeat(60))).expect("a file");
        for (name, content) in [("config", configuration), ("accounts", account), ("contacts", String::new())] {
            std::fs::write(folder.path().join(name), content).expect("a file");
        }
        let child = Command::new("baresip")
            .arg("-f")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("baresip (Debian: baresip-core)");
        let control = SocketAddr::new(address, 4444);
        let mut again = interval(Duration::from_millis(10));
        let connecting = async {
            loop {
                again.tick().await;
                if let Ok(control) = TcpStream::connect(control).await {
                    return control;
                }
            }
        };
        let control = timeout(PATIENCE, connecting).await.expect("baresip listens");
        Self { control, folder, _child: child }
    }

    /// Has it do something: `dial`, `hold`, `resume`, `hangup`.
    pub(crate) async fn command(&mut self, command: &str, parameters: &str) {
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{parameters}\"}}");
        let netstring = format!("{}:{json},", json.len());
        self.control.write_all(netstring.as_bytes()).await.expect("baresip reads");
    }

    /// Waits until it has heard so many samples more than before, and gives those.
    pub(crate) async fn hears(&self, samples: usize) -> Vec<i16> {
        let before = self.heard().len();
        let mut again = interval(Duration::from_millis(20));
        let hearing = async {
            loop {
                again.tick().await;
                let heard = self.heard();
                if heard.len() >= before + samples {
                    return heard[before..].to_vec();
                }
            }
        };
        timeout(PATIENCE, hearing).await.expect("it hears something")
    }

    fn heard(&self) -> Vec<i16> {
        let files = std::fs::read_dir(self.folder.path()).expect("a folder").flatten();
        let mut dumps: Vec<PathBuf> = files.map(|file| file.path()).collect();
        dumps.retain(|path| path.to_string_lossy().ends_with("dec.wav"));
        dumps.sort();
        let bytes: Vec<u8> = dumps.iter().flat_map(|path| std::fs::read(path).unwrap_or_default()).collect();
        let samples = bytes.get(HEADER..).unwrap_or_default().chunks_exact(2);
        samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }
}
