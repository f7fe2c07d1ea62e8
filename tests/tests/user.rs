//! A root daemon that becomes another user before the vendor's library is loaded. These tests need root.
//!
//! What the daemon may keep is what the tests have: a container's root has less than a device's.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ril_protocol::payload::radio::RadioState;
use rild_proxy_tests::init_socket::init_socket;
use rild_proxy_tests::peer::{Peer, is_radio};
use rild_proxy_tests::processes::Program;
use rild_proxy_tests::root::Root;
use rild_proxy_tests::{binaries, vendor};
use tempfile::TempDir;

const RADIO: u32 = 1001;

/// The user of a phone.
const PHONE: u32 = 10_123;

/// NET_ADMIN, NET_RAW and BLOCK_SUSPEND (linux/capability.h).
const KEPT: u64 = 1 << 12 | 1 << 13 | 1 << 36;

/// A folder that everybody may write to, with libawkward.so in it: what the tests have built may lie where nobody else
/// may get to.
struct Public(TempDir);

impl Public {
    fn folder() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("it is ours");
        let copied = std::fs::copy(vendor::awkward(), folder.path().join("libawkward.so"));
        copied.expect("a library can be copied");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Where the library says who it is.
    fn status(&self) -> PathBuf {
        self.path("status")
    }

    /// The configuration of a daemon on that library.
    fn config(&self, user: &str, modem: &str) -> String {
        format!(
            "{user}\n[modem]\nlibrary = '{}'\nargs = ['-k', '1', '-w', '{}']\n{modem}\n\
             [[phone]]\nname = 'first'\nprivileged = true\n[[phone]]\nname = 'second'\nuid = {PHONE}\n",
            self.path("libawkward.so").display(),
            self.status().display()
        )
    }
}

/// What proc(5) says of a thread: the words behind each name.
fn status(file: &Path) -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(file).expect("there is one");
    let line = |line: &str| {
        let (name, words) = line.split_once(':')?;
        Some((name.to_owned(), words.split_whitespace().map(str::to_owned).collect()))
    };
    text.lines().filter_map(line).collect()
}

fn capabilities(status: &BTreeMap<String, Vec<String>>, set: &str) -> u64 {
    u64::from_str_radix(&status[set][0], 16).expect("a number")
}

fn owner(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).expect("it is there").uid()
}

/// The library is the user "radio", has what is kept of the tests' own capabilities, and has their groups; what it has
/// made is its own.
fn expect_radio(file: &Path, for_programs: bool) {
    let (ours, its) = (status(Path::new("/proc/self/status")), status(file));
    assert_eq!(its["Uid"], ["1001"; 4]);
    assert_eq!((&its["Gid"], &its["Groups"]), (&ours["Gid"], &ours["Groups"]));
    let kept = capabilities(&ours, "CapPrm") & KEPT;
    assert_ne!(kept, 0, "run the tests as root");
    let for_programs = if for_programs { kept } else { 0 };
    let sets = [("CapPrm", kept), ("CapEff", kept), ("CapInh", for_programs), ("CapAmb", for_programs)];
    for (set, wanted) in sets {
        assert_eq!(capabilities(&its, set), wanted, "{set}");
    }
    assert_eq!(owner(file), RADIO);
}

fn is_well(root: &mut Root) {
    root.client("first").expect_service();
    assert!(root.is_running());
}

#[test]
fn a_library_is_not_root_and_has_what_aosp_s_rild_leaves_it() {
    let public = Public::folder();
    let mut root = Root::start(&public.config("user = 1001", ""));
    expect_radio(&public.status(), false);
    is_well(&mut root);
    for (path, wanted) in [
        (".", RADIO),
        ("phones", RADIO),
        ("state.db", RADIO),
        ("state.db-wal", RADIO),
        ("control.sock", RADIO),
        ("phones/first.sock", RADIO),
        ("phones/second.sock", PHONE),
    ] {
        assert_eq!(owner(&root.path(path)), wanted, "{path}");
    }
    for thread in std::fs::read_dir(format!("/proc/{}/task", root.id())).expect("it runs") {
        let thread = status(&thread.expect("a thread").path().join("status"));
        assert_eq!(thread["Uid"], ["1001"; 4], "{:?}", thread["Name"]);
    }
    root.kill();
    root.start_again();
    is_well(&mut root);
}

#[test]
fn an_isolated_library_is_not_root_either() {
    let public = Public::folder();
    let mut root = Root::start(&public.config("user = 1001", "isolate = true"));
    expect_radio(&public.status(), true);
    is_well(&mut root);
    std::fs::remove_file(public.status()).expect("it is there");
    let mut phone = root.client("first");
    root.kill_library();
    phone.wait(is_radio(RadioState::UNAVAILABLE));
    phone.wait(is_radio(RadioState::ON));
    phone.expect_service();
    expect_radio(&public.status(), true);
}

#[test]
fn what_was_stored_as_root_is_the_new_user_s() {
    let public = Public::folder();
    let trace = "[trace]\nring = 1\n";
    let mut root = Root::start(&(public.config("", "") + trace));
    assert_eq!((owner(&public.status()), owner(&root.path("state.db"))), (0, 0));
    is_well(&mut root);
    root.terminate();
    assert!(root.wait().success(), "the traces are whole");
    root.start_again();
    is_well(&mut root);
    // The log of the database stays behind.
    root.kill();
    root.start_again_with(&(public.config("user = 1001", "") + trace));
    expect_radio(&public.status(), false);
    is_well(&mut root);
    let files = std::fs::read_dir(root.path("trace")).expect("it is there").map(|file| file.expect("a file").path());
    let files: Vec<_> = files.chain(["state.db", "state.db-wal", "trace"].map(|name| root.path(name))).collect();
    assert!(files.len() > 3, "there are traces: {files:?}");
    for file in files {
        assert_eq!(owner(&file), RADIO, "{}", file.display());
    }
    assert_eq!(owner(&root.path("root.toml")), 0, "that is somebody else's");
}

#[test]
fn a_daemon_that_is_not_root_is_who_it_is() {
    let public = Public::folder();
    for user in ["", "user = 1001"] {
        let mut root = Root::start_as(RADIO, &public.config(user, ""));
        let its = status(&public.status());
        assert_eq!((&its["Uid"][..], capabilities(&its, "CapPrm")), (&["1001"; 4].map(str::to_owned)[..], 0));
        assert!(root.is_running());
    }
    let (status, said) = Root::fails_as(RADIO + 1, &public.config("user = 1001", ""));
    assert_eq!(status.code(), Some(3), "{said}");
    assert!(said.contains("run.user: this cannot become user 1001: "), "{said}");
}

/// In a namespace with a /run of its own, which is where it keeps its files.
#[test]
fn by_the_name_of_rild_a_library_is_not_root() {
    let public = Public::folder();
    let socket = init_socket(&public.path("rild"));
    let program = public.path("bin/rild");
    std::fs::create_dir(public.path("bin")).expect("a folder can be made");
    std::os::unix::fs::symlink(binaries::rild_proxy(), &program).expect("a link can be made");
    let rild = Program::new(&program).arg("-l").arg(public.path("libawkward.so")).arg("--");
    let rild = rild.arg("-k").arg("1").arg("-w").arg(public.status());
    let rild = rild.variable("ANDROID_SOCKET_rild", socket.as_raw_fd().to_string());
    let rild = rild.with_mounts("mount -t tmpfs rild /run").start("rild");
    rild.wait_for(0, "ready");
    expect_radio(&public.status(), false);
    Peer::greeted(&public.path("rild")).expect_service();
}
