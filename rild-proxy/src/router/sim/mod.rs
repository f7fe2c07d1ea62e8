//! The SIM card: who may read and write what, enter its PINs, and use its logical channels.
//!
//! * `files`: SIM_IO; `commands`: its numbers; `layout`: how large a file is; `guarded`: what is not for every phone.
//! * `channels`, `class_byte`, `apdu`: logical channels.
//! * `pins`: PINs and PUKs, and the other privileged requests.
//! * `card`: the state of the card as each phone sees it.

mod apdu;
pub(super) mod card;
mod channels;
mod class_byte;
pub(super) mod files;
pub(super) mod guarded;
pub(super) mod layout;
mod pins;

pub(super) use channels::Channels;
pub(super) use pins::Pins;
