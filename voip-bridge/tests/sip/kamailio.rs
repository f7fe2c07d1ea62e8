//! A Kamailio that runs.

use std::net::{IpAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::harness::PATIENCE;

/// One with a folder of its own, stopped when dropped.
pub(crate) struct Kamailio {
    child: Child,
    folder: tempfile::TempDir,
}

impl Kamailio {
    /// Starts one with the configuration `template`, in which each word is replaced, and `@folder@` by the folder that
    /// has the files. Returns when it answers at `host`.
    pub(crate) async fn start(host: IpAddr, template: &Path, words: &[(&str, String)], files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).expect("a file");
        }
        let mut text = std::fs::read_to_string(template).expect("a configuration");
        for (word, value) in words.iter().chain(&[("@folder@", folder.path().display().to_string())]) {
            text = text.replace(word, value);
        }
        let file = folder.path().join("kamailio.cfg");
        std::fs::write(&file, text).expect("a file");
        let child = Command::new("/usr/sbin/kamailio")
            .args(["-DD", "-E", "-m", "16", "-M", "4", "-Y"])
            .arg(folder.path())
            .arg("-f")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("errors")).expect("a file"))
            .spawn()
            .expect("kamailio (Debian: kamailio)");
        let mut kamailio = Self { child, folder };
        kamailio.until_it_answers(host).await;
        kamailio
    }

    /// A request that may go no further is refused: that shows that it is there.
    async fn until_it_answers(&mut self, host: IpAddr) {
        let mut again = tokio::time::interval(Duration::from_millis(20));
        let answers = async {
            loop {
                again.tick().await;
                assert!(self.child.try_wait().expect("a child").is_none(), "{}", self.errors());
                let socket = UdpSocket::bind((host, 0)).expect("a socket");
                socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
                let own = socket.local_addr().expect("an address");
                let hello = format!(
                    "OPTIONS sip:{host} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKh\r\nMax-Forwards: 0\r\n\
                     From: <sip:h@{own}>;tag=h\r\nTo: <sip:{host}>\r\nCall-ID: h\r\nCSeq: 1 OPTIONS\r\n\
                     Content-Length: 0\r\n\r\n"
                );
                socket.send_to(hello.as_bytes(), (host, 5060)).ok();
                if socket.recv(&mut [0; 2048]).is_ok() {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.expect("kamailio answers");
    }

    fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("errors")).unwrap_or_default()
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // Its main process ends the others when it is told to.
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().ok();
        self.child.wait().ok();
    }
}
