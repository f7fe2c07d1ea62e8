//! A real browser: Chromium, driven over WebDriver.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Chromium's driver, killed with its browsers when dropped.
pub(crate) struct Driver {
    child: Child,
    port: u16,
    /// Where the browser keeps its files.
    folder: TempDir,
}

impl Driver {
    pub(crate) fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .process_group(0)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the package chromium-driver is needed");
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let port = said.find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
        std::thread::spawn(move || said.for_each(drop));
        Self { child, port: port.expect("it says on which port it listens"), folder: TempDir::new().unwrap() }
    }

    /// A new window.
    pub(crate) async fn browser(&self) -> Client {
        let profile = format!("--user-data-dir={}", self.folder.path().display());
        // Tests run as root and in containers, where neither Chromium's sandbox nor much shared memory is to be had.
        let args = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", &profile];
        let capabilities = json!({ "goog:chromeOptions": { "args": args } });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("Chromium starts");
        client.set_window_size(1100, 900).await.unwrap();
        client
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = killpg(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
