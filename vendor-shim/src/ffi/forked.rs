//! What a process that the library forks has of ours, and is not to have.
//!
//! It may go on in the library's code for as long as it likes, also after the daemon. If it held our sockets, clients
//! would not hear that the daemon is gone, and the next daemon would take it for one that listens there. If it had our
//! handlers, signals that end a process would not end it. What it executes has neither of them anyway.
//!
//! Whatever runs in that process is async-signal-safe: other threads of ours may have held any lock.
//!
//! Reference: pthread_atfork(3), signal-safety(7).

use std::ffi::c_int;
use std::mem::zeroed;
use std::ops::Range;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering};

use super::crash::Modules;

/// Signals that we may handle, and that mean nothing to anybody else of the process's.
const SIGNALS: [c_int; 7] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2, libc::SIGCHLD];
/// Descriptors from here on are not looked at.
const MOST_DESCRIPTORS: c_int = 1 << 16;

/// What there was before the library; leaked.
static OURS: AtomicPtr<Ours> = AtomicPtr::new(null_mut());

struct Ours {
    files: Vec<File>,
    /// Of listening sockets, and so of the connections that they bring.
    names: Vec<libc::sockaddr_un>,
    /// Where our code is.
    code: Range<usize>,
}

/// A descriptor of a regular file, a pipe or a socket, and which one that is.
#[derive(PartialEq, Eq)]
struct File {
    descriptor: c_int,
    device: u64,
    inode: u64,
}

unsafe extern "C" {
    fn pthread_atfork(
        prepare: Option<unsafe extern "C" fn()>,
        parent: Option<unsafe extern "C" fn()>,
        child: Option<unsafe extern "C" fn()>,
    ) -> c_int;
}

/// Whatever is open now, and whom that lets in later, is closed in processes that are forked from now on.
pub(crate) fn leave_nothing_behind() {
    let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers = open.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let files: Vec<File> = numbers.filter(|number| *number > libc::STDERR_FILENO).filter_map(file).collect();
    let names = files.iter().filter_map(|file| name(file.descriptor)).collect();
    let ours = Ours { files, names, code: Modules::loaded().around(leave_nothing_behind as *const () as usize) };
    let before = OURS.swap(Box::into_raw(Box::new(ours)), Ordering::AcqRel);
    if before.is_null() {
        // SAFETY: the function stays where it is, since the host's code is never unloaded. Without memory for it, what
        // is forked keeps what we have.
        unsafe { pthread_atfork(None, None, Some(in_forked)) };
    }
}

/// # Safety
/// As fork() calls it in the new process.
unsafe extern "C" fn in_forked() {
    // SAFETY: NULL, or leaked.
    let Some(ours) = (unsafe { OURS.load(Ordering::Acquire).as_ref() }) else { return };
    for signal in SIGNALS {
        // SAFETY: a zeroed sigaction is an empty one.
        let mut action: libc::sigaction = unsafe { zeroed() };
        // SAFETY: sigaction() is async-signal-safe, and given one of ours.
        let known = unsafe { libc::sigaction(signal, null(), &raw mut action) } == 0;
        if known && ours.code.contains(&action.sa_sigaction) {
            action.sa_sigaction = libc::SIG_DFL;
            // SAFETY: as above.
            unsafe { libc::sigaction(signal, &raw const action, null_mut()) };
        }
    }
    for descriptor in libc::STDERR_FILENO + 1..most_descriptors() {
        if file(descriptor).is_some_and(|file| ours.files.contains(&file) || ours.has_let_in(descriptor)) {
            // SAFETY: close() is async-signal-safe; nobody in this process uses what is ours.
            unsafe { libc::close(descriptor) };
        }
    }
}

impl Ours {
    /// Whether a descriptor is a connection to one of our sockets.
    fn has_let_in(&self, descriptor: c_int) -> bool {
        name(descriptor).is_some_and(|name| self.names.iter().any(|ours| ours.sun_path == name.sun_path))
    }
}

fn most_descriptors() -> c_int {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit() is a system call, and given one of ours.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    c_int::try_from(limit.rlim_cur).unwrap_or(MOST_DESCRIPTORS).min(MOST_DESCRIPTORS)
}

/// What a descriptor is, if it is a regular file, a pipe or a socket.
#[allow(
    clippy::unnecessary_cast,
    reason = "on some machines these fields are narrower, or of another type than constants"
)]
fn file(descriptor: c_int) -> Option<File> {
    // SAFETY: a zeroed stat is an empty one.
    let mut found: libc::stat = unsafe { zeroed() };
    // SAFETY: fstat() is async-signal-safe, and given one of ours.
    let is_open = unsafe { libc::fstat(descriptor, &raw mut found) } == 0;
    let kind = found.st_mode as u32 & libc::S_IFMT as u32;
    let is_told_apart = [libc::S_IFREG, libc::S_IFIFO, libc::S_IFSOCK].iter().any(|known| *known as u32 == kind);
    let file = File { descriptor, device: found.st_dev as u64, inode: found.st_ino as u64 };
    (is_open && is_told_apart).then_some(file)
}

/// The path of a socket, if it has one.
fn name(descriptor: c_int) -> Option<libc::sockaddr_un> {
    // SAFETY: a zeroed address is an empty one.
    let mut address: libc::sockaddr_un = unsafe { zeroed() };
    let mut length = libc::socklen_t::try_from(size_of_val(&address)).ok()?;
    // SAFETY: getsockname() is async-signal-safe, and writes at most `length` bytes to one of ours.
    let is_socket = unsafe { libc::getsockname(descriptor, (&raw mut address).cast(), &raw mut length) } == 0;
    let has_path = c_int::from(address.sun_family) == libc::AF_UNIX && address.sun_path[0] != 0;
    (is_socket && has_path).then_some(address)
}
