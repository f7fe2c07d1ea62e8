//! What a process says of itself to the kernel before it loads closed code.
//!
//! Reference: prctl(2).

use std::ffi::{c_int, c_ulong};
use std::io;

/// This process is killed when the thread that started it ends. Undone by a change of the user id.
pub fn die_with_parent() -> io::Result<()> {
    prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as c_ulong)
}

/// No program that this process starts has more rights than it has, set-user-ID or not.
pub fn renounce_new_privileges() -> io::Result<()> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1)
}

fn prctl(option: c_int, value: c_ulong) -> io::Result<()> {
    // SAFETY: both options take an integer, and zeros where they take nothing.
    match unsafe { libc::prctl(option, value, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
