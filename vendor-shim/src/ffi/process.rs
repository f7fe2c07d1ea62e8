//! What a process says of itself to the kernel: before it loads closed code, and to be let in somewhere.
//!
//! Reference: prctl(2), setresuid(2), nptl(7).

use std::ffi::{c_int, c_long, c_ulong};
use std::io;

/// This process is killed when the thread that started it ends. Undone by a change of the user id.
pub fn die_with_parent() -> io::Result<()> {
    prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as c_ulong)
}

/// No program that this process starts has more rights than it has, set-user-ID or not.
pub fn renounce_new_privileges() -> io::Result<()> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// The effective user of this thread alone, for all that it does from now on: libc's functions change that of the whole
/// process.
pub fn become_user_in_this_thread(uid: u32) -> io::Result<()> {
    let unchanged = libc::uid_t::MAX;
    // SAFETY: no pointers are involved, and the kernel takes 32 bits of each.
    match unsafe { libc::syscall(SETRESUID, unchanged, uid, unchanged) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The call that knows user ids of 32 bits, which some 32-bit machines have under another number.
#[cfg(any(target_arch = "arm", target_arch = "x86"))]
const SETRESUID: c_long = libc::SYS_setresuid32;
#[cfg(not(any(target_arch = "arm", target_arch = "x86")))]
const SETRESUID: c_long = libc::SYS_setresuid;

fn prctl(option: c_int, value: c_ulong) -> io::Result<()> {
    // SAFETY: both options take an integer, and zeros where they take nothing.
    match unsafe { libc::prctl(option, value, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
