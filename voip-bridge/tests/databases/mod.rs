//! Databases for tests: an SQLite file, and a PostgreSQL server of our own in a temporary folder, on a Unix socket or,
//! on an address of its own, by TLS only.

// Each test file uses its own part of this module.
#![allow(dead_code)]

use std::ffi::OsStr;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix::unistd::{User, geteuid};
use tempfile::TempDir;
use voip_bridge::config;

const PASSWORD: &str = "a password in a file";

/// An SQLite database in a folder.
pub(crate) fn sqlite(folder: &Path) -> config::Store {
    config::Store { sqlite: folder.join("bridge.db"), ..config::Store::default() }
}

/// A PostgreSQL server, stopped when dropped.
pub(crate) struct Postgres {
    folder: TempDir,
    programs: PathBuf,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let server = Self::init();
        server.serve("listen_addresses=''");
        server
    }

    /// One that is reached at `address` and by TLS, with this certificate and key.
    pub(crate) fn start_with_tls(address: IpAddr, certificate: &str, key: &str) -> Self {
        let server = Self::init();
        server.own_file("server.crt", certificate);
        server.own_file("server.key", key);
        server.own_file("pg_hba.conf", "local all all scram-sha-256\nhostssl all all 127.0.0.0/8 scram-sha-256\n");
        server.serve(&format!("listen_addresses={address} -c ssl=on"));
        server
    }

    /// One that is reached at `address` without TLS.
    pub(crate) fn start_in_the_clear(address: IpAddr) -> Self {
        let server = Self::init();
        server.serve(&format!("listen_addresses={address}"));
        server
    }

    /// A file among the server's data that nobody else may read.
    fn own_file(&self, name: &str, content: &str) {
        let path = self.folder.path().join("data").join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        give_to_server(&path);
    }

    fn serve(&self, options: &str) {
        let options = format!("-k {} -c {options}", self.folder.path().display());
        self.run("pg_ctl", ["-w", "start", "-o", &options, "-l", "log"]);
    }

    fn init() -> Self {
        let folder = tempfile::Builder::new().prefix("voip-bridge-pg").tempdir().unwrap();
        give_to_server(folder.path());
        let server = Self { folder, programs: programs() };
        fs::write(server.password_file(), PASSWORD).unwrap();
        let password = format!("--pwfile={}", server.password_file().display());
        let as_usual = ["--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C"];
        server.run("initdb", as_usual.into_iter().chain(["--auth=scram-sha-256", &password]));
        server
    }

    /// A new, empty database.
    pub(crate) fn database(&self, name: &str) -> config::Store {
        let socket = self.folder.path().to_str().unwrap();
        let output = Command::new(self.programs.join("createdb"))
            .args(["--no-password", "-h", socket, "-U", "postgres", name])
            .env("PGPASSWORD", PASSWORD)
            .output()
            .unwrap();
        succeeded(&output);
        let parameters = format!("host={socket} user=postgres dbname={name}");
        config::Store {
            postgres: Some(parameters),
            password_file: Some(self.password_file()),
            ..config::Store::default()
        }
    }

    fn password_file(&self) -> PathBuf {
        self.folder.path().join("password")
    }

    /// Stops the server as a crash would, and starts it again.
    pub(crate) fn restart(&self) {
        self.run("pg_ctl", ["-w", "-m", "immediate", "restart", "-l", "log"]);
    }

    fn run<S: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = S>) {
        succeeded(&self.command(program, args).output().unwrap());
    }

    /// A server needs a log file: without one it keeps the pipe open on which its starter waits.
    fn command<S: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = S>) -> Command {
        let program = self.programs.join(program);
        let mut command = if geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path()).arg("-D").arg(self.folder.path().join("data")).args(args);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl", ["-m", "immediate", "stop"]).output();
    }
}

/// The server refuses to run as root.
fn give_to_server(path: &Path) {
    if geteuid().is_root() {
        let user = User::from_name("postgres").unwrap().expect("the package postgresql makes this user");
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
    }
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Debian keeps the server's programs out of PATH, in a folder for each version.
fn programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .expect("the package postgresql is needed")
        .map(|entry| entry.unwrap().path().join("bin"))
        .filter(|programs| programs.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("a version of PostgreSQL")
}
