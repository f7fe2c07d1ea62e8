//! The program as scripts see it: exit codes, standard error, signals, and init's sockets.

use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, UnixAddr};
use nix::unistd::Pid;

const PROGRAM: &str = env!("CARGO_BIN_EXE_rild-proxy");

fn run(program: impl AsRef<Path>, args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = Command::new(program.as_ref()).args(args).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A proxy RilD whose client socket is there; killed at the end of the test.
struct Running(Child);

impl Running {
    /// A proxy RilD that takes clients, and whose root is away.
    fn phone(command: &mut Command, listen: &Path) -> Self {
        let command = command.args(["phone", "--root", "/nonexistent", "--listen"]).arg(listen);
        let mut child = Self(command.stderr(Stdio::piped()).spawn().unwrap());
        let log = BufReader::new(child.0.stderr.as_mut().unwrap());
        assert!(log.lines().any(|line| line.unwrap().contains("ready for a client")));
        child
    }

    fn ends_on(mut self, signal: Signal) -> Option<i32> {
        kill(Pid::from_raw(self.0.id().cast_signed()), signal).unwrap();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Reads what a client without root is told first: a radio that is unavailable.
fn hears_of_no_radio(mut client: UnixStream) {
    let mut read = [0; 16];
    client.read_exact(&mut read).unwrap();
    let words: Vec<i32> = read[4..].chunks_exact(4).map(|word| i32::from_ne_bytes(word.try_into().unwrap())).collect();
    assert_eq!((&read[..4], &words[..]), (&[0, 0, 0, 12][..], &[1, 1000, 1][..]));
}

#[test]
fn check_says_what_is_wrong_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.toml");
    let name = file.to_str().unwrap();
    std::fs::write(&file, "[[phone]]\nname = 'a'\n").unwrap();
    assert_eq!(run(PROGRAM, &["check", "--config", name]).0, Some(0));
    std::fs::write(&file, "[[phone]]\nname = 'a'\ntag = 11\nnummer = ''\n").unwrap();
    for command in ["check", "root"] {
        let (code, said) = run(PROGRAM, &[command, "--config", name]);
        assert_eq!(code, Some(2));
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{said}");
        assert!(lines[0].starts_with(&format!("{name}:3: phone[0].tag: ")), "{said}");
        assert!(lines[1].starts_with(&format!("{name}:4: phone[0].nummer: unknown key")), "{said}");
    }
    assert_eq!(run(PROGRAM, &["check", "--config", "/nonexistent"]).0, Some(2));
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    for args in [&[][..], &["phone"], &["root", "--config"], &["telephone"]] {
        assert_eq!(run(PROGRAM, args).0, Some(2), "{args:?}");
    }
    assert_eq!(run(PROGRAM, &["--help"]).0, Some(0));
    assert_eq!(run(PROGRAM, &["--version"]).0, Some(0));
}

#[test]
fn a_phone_ends_well_on_a_signal_and_takes_its_socket_along() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let folder = tempfile::tempdir().unwrap();
        let listen = folder.path().join("rild");
        let phone = Running::phone(&mut Command::new(PROGRAM), &listen);
        hears_of_no_radio(UnixStream::connect(&listen).unwrap());
        assert_eq!(phone.ends_on(signal), Some(0));
        assert!(!listen.exists());
    }
}

#[test]
fn a_socket_in_use_is_3() {
    let folder = tempfile::tempdir().unwrap();
    let listen = folder.path().join("rild");
    let _rild = UnixListener::bind(&listen).unwrap();
    let (code, said) = run(PROGRAM, &["phone", "--root", "/nonexistent", "--listen", listen.to_str().unwrap()]);
    assert_eq!(code, Some(3));
    assert_eq!(said, format!("{}: another process listens there\n", listen.display()));
}

#[test]
fn the_socket_that_init_made_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rild-test");
    let bound = socket::socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).unwrap();
    socket::bind(bound.as_raw_fd(), &UnixAddr::new(&path).unwrap()).unwrap();
    let mut command = Command::new(PROGRAM);
    command.env("ANDROID_SOCKET_rild_test", bound.as_raw_fd().to_string());
    let phone = Running::phone(&mut command, Path::new("/dev/socket/rild-test"));
    hears_of_no_radio(UnixStream::connect(&path).unwrap());
    assert_eq!(phone.ends_on(Signal::SIGTERM), Some(0));
    assert!(path.exists(), "init made it, init removes it");
}

#[test]
fn the_process_of_a_library_serves_nobody_but_the_root_that_started_it() {
    let (_root, theirs) = UnixStream::pair().unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["library-host", "--root", "1"]).stdin(std::os::fd::OwnedFd::from(theirs));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("root has ended"));
}

#[test]
fn by_the_name_of_rild_it_takes_the_arguments_of_rild() {
    let folder = tempfile::tempdir().unwrap();
    let rild = folder.path().join("rild");
    std::os::unix::fs::symlink(PROGRAM, &rild).unwrap();
    let (code, said) = run(&rild, &["--config", "x"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("usage: rild [-l LIBRARY] [-c NUMBER] [-- ARGUMENT ...]"), "{said}");
    let (code, said) = run(&rild, &["-c", "7"]);
    assert_eq!((code, said.as_str()), (Some(2), "-c \"7\": not a number from 0 to 2\n"));
}
