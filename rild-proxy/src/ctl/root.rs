//! A root daemon of `rilctl`'s own, with its proxy RilDs, in a folder that goes with it: for the demo and for
//! `modem serve`. All of it is gone when it is dropped.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::error::CtlError;
use crate::clock;
use crate::config::run_files;
use crate::control::client::ControlClient;

/// How long a process may take to come up.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct OwnRoot {
    folder: PathBuf,
    root: Child,
    proxies: Vec<Child>,
}

impl OwnRoot {
    /// Starts one in a folder that is called after `name`, and waits until it serves. Its configuration is made for the
    /// folder.
    pub(super) fn start(name: &str, configuration: impl FnOnce(&str) -> String) -> Result<Self, CtlError> {
        let unavailable = |what: &Path, why: io::Error| CtlError::Unavailable(format!("{}: {why}", what.display()));
        let temporary = std::env::temp_dir();
        let folder = create_folder(&temporary, name).map_err(|why| unavailable(&temporary, why))?;
        let file = folder.join("root.toml");
        let started = std::fs::write(&file, configuration(&folder.to_string_lossy()))
            .and_then(|()| rild_proxy(&folder, &root_arguments(&folder)));
        match started {
            Ok(root) => {
                let mut root = Self { folder, root, proxies: Vec::new() };
                root.wait_until_it_serves().map_err(|why| CtlError::Unavailable(root.with_log(&why)))?;
                Ok(root)
            }
            Err(why) => {
                let _ = std::fs::remove_dir_all(&folder);
                Err(unavailable(&file, why))
            }
        }
    }

    /// Starts the proxy RilD of a phone, and waits until a client can connect to it.
    pub(super) fn start_phone(&mut self, phone: &str, listen: &Path, more: &[String]) -> Result<(), CtlError> {
        let above = self.phone_socket(phone);
        let mut arguments = vec!["phone", "--root"];
        let (above, listen) = (above.to_string_lossy(), listen.to_string_lossy());
        arguments.extend([&above, "--listen", &listen]);
        arguments.extend(more.iter().map(String::as_str));
        let started = rild_proxy(&self.folder, &arguments);
        self.proxies.push(started.map_err(|why| CtlError::Unavailable(format!("rild-proxy phone: {why}")))?);
        // Each says when its socket listens. The file is there earlier, and a connection would be the client's.
        let all_listen = || Ok(self.log().matches("ready for a client").count() >= self.proxies.len());
        let Ok(all_listen) = soon::<std::convert::Infallible>(PATIENCE, all_listen);
        let why = || CtlError::Unavailable(self.with_log("the proxy RilD does not come up"));
        if all_listen { Ok(()) } else { Err(why()) }
    }

    /// Kills the root daemon.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.root.kill().and_then(|()| self.root.wait()).map(drop)
    }

    /// Starts the root daemon again that was killed.
    pub(super) fn restart(&mut self) -> Result<(), String> {
        self.root = rild_proxy(&self.folder, &root_arguments(&self.folder)).map_err(|why| why.to_string())?;
        self.wait_until_it_serves()
    }

    /// Its control socket.
    pub(super) fn control_socket(&self) -> PathBuf {
        run_files::control_socket(&self.folder)
    }

    /// The socket that it serves for a phone.
    pub(super) fn phone_socket(&self, name: &str) -> PathBuf {
        run_files::phone_socket(&self.folder, name)
    }

    /// A file in its folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What went wrong, with what the daemons logged.
    pub(super) fn with_log(&self, why: &str) -> String {
        let log = self.log();
        if log.is_empty() { why.to_owned() } else { format!("{why}; the daemons say:\n{log}") }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn wait_until_it_serves(&mut self) -> Result<(), String> {
        let serves = soon(PATIENCE, || match self.root.try_wait() {
            Ok(Some(status)) => Err(format!("the root daemon ended with {status}")),
            _ => Ok(ControlClient::connect(&self.control_socket()).is_ok()),
        });
        if serves? { Ok(()) } else { Err("the root daemon does not answer on its control socket".to_owned()) }
    }
}

impl Drop for OwnRoot {
    fn drop(&mut self) {
        for child in self.proxies.iter_mut().chain([&mut self.root]) {
            // It may be gone already; then there is nothing to do.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A folder that is ours alone. In a pid namespace others may have our process id.
fn create_folder(temporary: &Path, name: &str) -> io::Result<PathBuf> {
    let mut number = std::process::id();
    loop {
        let folder = temporary.join(format!("rilctl-{name}-{number}"));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => number = number.wrapping_add(1),
            Err(why) => return Err(why),
        }
    }
}

fn root_arguments(folder: &Path) -> [String; 3] {
    ["root".to_owned(), "--config".to_owned(), folder.join("root.toml").to_string_lossy().into_owned()]
}

/// Starts `rild-proxy`: this executable under that name, so that `rilctl` needs no other.
fn rild_proxy<A: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: &[A]) -> io::Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    Command::new(std::env::current_exe()?)
        .arg0("rild-proxy")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
}

/// Tries again until it is so, or too late. For things that nobody announces, such as a socket that is not there yet.
pub(super) fn soon<E>(patience: Duration, mut is_so: impl FnMut() -> Result<bool, E>) -> Result<bool, E> {
    let deadline = clock::now() + patience;
    while clock::now() < deadline {
        if is_so()? {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(false)
}
