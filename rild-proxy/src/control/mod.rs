//! The control protocol of the root daemon, `RUN/control.sock`: its messages, its frames and a client.
//!
//! `control.proto` says what there is to say and is the reference. `generated.rs` and `description.bin` are made from
//! it and compared by a test. After a change of it, and before anything uses the change, run that test with
//! `UPDATE_EXPECT=1`: `tests/control_protocol.rs`. The server's side is in `root`, next to what it tells of.

pub mod client;
mod names;

#[rustfmt::skip]
mod generated;

use prost::Message;

pub use generated::*;

/// The version of this protocol.
pub const VERSION: u32 = 1;

/// The longest frame in either direction.
pub const FRAME_LIMIT: usize = 64 * 1024;

/// The protocol as a serialized `google.protobuf.FileDescriptorSet`.
pub static DESCRIPTION: &[u8] = include_bytes!("description.bin");

/// Appends a whole frame that holds `message`.
pub fn put<M: Message>(message: &M, out: &mut Vec<u8>) {
    let body = message.encode_to_vec();
    // Nothing here comes near 4 GiB; what is over the limit is refused by whoever reads it.
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&body);
}
