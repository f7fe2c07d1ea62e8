//! Everything that touches C: the structs of ril.h, their conversion from and to parcels, and both sides of the calls.
//!
//! The only module of this crate that may use `unsafe`.

#![allow(unsafe_code, reason = "this module is the border to C")]

mod abi;
mod callbacks;
pub(crate) mod convert;
pub(crate) mod crash;
mod forked;
pub(crate) mod functions;
pub(crate) mod guest;
pub(crate) mod host;
pub(crate) mod inherited;
pub(crate) mod library;
pub(crate) mod log;
pub(crate) mod peer;
mod pool;
pub(crate) mod process;
pub(crate) mod standard_descriptors;
#[path = "libril/table.rs"]
mod table;

pub(crate) use callbacks::TABLE;
#[cfg(feature = "fuzz")]
pub use convert::exercise::{convert_hostile_bytes, hostile_seeds};

use std::fs::File;
use std::io;
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicU64, Ordering};

/// A new eventfd in non-blocking mode.
pub(crate) fn eventfd() -> io::Result<File> {
    // SAFETY: no pointers are involved.
    let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// Milliseconds since boot, time asleep included: what Android calls the elapsed real time.
#[allow(clippy::unnecessary_cast, reason = "both fields are 32 bits wide on 32-bit machines")]
pub(crate) fn boot_milliseconds() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is ours to write. Linux has had this clock since 2.6.39, so the call succeeds.
    unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    (now.tv_sec as i64) * 1000 + (now.tv_nsec as i64) / 1_000_000
}

/// Counts one more; the count when it is a power of two, so that a storm of the same makes few lines.
pub(crate) fn worth_a_line(count: &AtomicU64) -> Option<u64> {
    let now = count.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    now.is_power_of_two().then_some(now)
}
