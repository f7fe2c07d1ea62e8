//! The trace file: blocks of records, each compressed and checked by itself, so that damage costs only where it is.
//!
//! A file is a preamble, then blocks. A block is a head of fixed size and a body, which is Protocol Buffers
//! (`trace.proto`) behind an optional compression. A head is found again by its marker after damage, and counts only if
//! its checksum holds, which begins with a number of the file's own: bytes that a client put into a payload, or that an
//! older file left on the disk, are never taken for a block.
//!
//! Nothing here reads a clock or opens a file.
//!
//! Reference: docs/trace-format.md.

mod batch;
mod codec;
mod head;
mod index;
mod reader;
mod record;
mod writer;

#[rustfmt::skip]
#[allow(unreachable_pub, reason = "generated; what of it is public is said below")]
mod generated;

pub use batch::{Batch, TooLarge};
pub use codec::Codec;
pub use generated::header::{ByteOrder, Origin};
pub use generated::record::Event;
pub use generated::{Failing, GiveUp, Header, Kept, Lost, Modem, Nothing, Phone, Remark, Stored, WallClock};
pub use head::VERSION;
pub use index::Wanted;
pub use reader::{Damage, DamageKind, Ending, Entry, Item, OpenError, Reader};
pub use record::{Flow, Frame, Record, Way, What};
pub use writer::{Options, Summary, Writer, fresh_salt};

/// The most that a block may hold before compression. A reader needs so much memory and little more.
pub const BLOCK_LIMIT: usize = 1024 * 1024;

/// A writer ends a block that holds this much.
const BLOCK_TARGET: usize = 64 * 1024;

impl ByteOrder {
    /// That of this machine.
    pub const OWN: Self = if cfg!(target_endian = "little") { Self::Little } else { Self::Big };
}
