//! The process that a vendor library has to itself: `[modem] isolate = true`.
//!
//! Root starts this executable again, with one end of a socket pair as its standard input, and takes the place of the
//! event loop that `vendor_shim` is made for. A library that crashes, hangs or calls `exit()` takes nothing with it but
//! that process.
//!
//! * [`wire`]: what the two processes say to each other.
//! * [`child`]: the process of the library. Its other end is in `root/upstream`.

pub(crate) mod child;
pub(crate) mod wire;
