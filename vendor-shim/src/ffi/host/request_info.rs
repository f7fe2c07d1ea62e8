//! What libril keeps behind a `RIL_Token`, for libraries that look there.
//!
//! To ril.h a token is opaque, but the wrappers that device trees put around a vendor's library take it for the pointer
//! to libril's `RequestInfo` that it is: they read which request an answer is to, and some write there. So a token is
//! the address of a block of that layout. We write it before the library has the token, and never read it: whatever the
//! library has written there, the table of tokens knows by the address alone what the token stands for.
//!
//! Blocks are never freed, so that whoever looks behind a token of long ago finds memory. The fields are atomic, since
//! a library may look behind one, on a thread of its own, while we write it for its next request.
//!
//! The layout is that of Android 7. Earlier ones end before `wasAckSent` (Android 7) or `socket_id` (Android 5), and
//! the later one of the HIDL service has the same `RequestInfo` and the same beginning of `CommandInfo`. The functions
//! of `CommandInfo` are NULL: their arguments are binder's parcels, so that nobody but libril can call them.
//!
//! Reference: `libril/ril.cpp` (`RequestInfo`, `CommandInfo`) of Android 4.0 to 7.1, `libril/ril_internal.h` of 8.1.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicI8, AtomicI32, AtomicPtr, Ordering};

use crate::token::Token;

/// So many blocks are made at once.
const AT_ONCE: usize = 1024;

/// What stands in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Behind {
    /// The asker's number for the request.
    pub(crate) serial: i32,
    /// The request, as the library numbers it.
    pub(crate) number: i32,
    /// The SIM that it is for, from 0.
    pub(crate) sim: usize,
}

/// `RequestInfo`.
#[derive(Debug)]
#[repr(C)]
struct RequestInfo {
    token: AtomicI32,
    command: AtomicPtr<CommandInfo>,
    next: AtomicPtr<RequestInfo>,
    cancelled: AtomicI8,
    local: AtomicI8,
    socket_id: AtomicI32,
    was_ack_sent: AtomicI32,
}

/// `CommandInfo`.
#[derive(Debug)]
#[repr(C)]
struct CommandInfo {
    request_number: AtomicI32,
    dispatch_function: AtomicPtr<()>,
    response_function: AtomicPtr<()>,
}

/// Both together: in libril all requests of one kind share a `CommandInfo`, so that who writes there changes others'.
#[derive(Debug)]
#[repr(C)]
struct Block {
    info: RequestInfo,
    command: CommandInfo,
}

const POINTER: usize = size_of::<usize>();
/// 64 bytes, or 36 on 32-bit machines.
const SIZE: usize = size_of::<Block>();
const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(Block, info) == 0);
    assert!(offset_of!(RequestInfo, command) == POINTER);
    assert!(offset_of!(RequestInfo, next) == 2 * POINTER);
    assert!(offset_of!(RequestInfo, cancelled) == 3 * POINTER);
    assert!(offset_of!(RequestInfo, socket_id) == 3 * POINTER + 4);
    assert!(offset_of!(RequestInfo, was_ack_sent) == 3 * POINTER + 8);
    assert!(offset_of!(CommandInfo, dispatch_function) == POINTER);
    assert!(SIZE == if POINTER == 8 { 64 } else { 36 });
};

/// The blocks, by their numbers from 0.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    /// Leaked, [`AT_ONCE`] each.
    chunks: Vec<&'static [Block]>,
}

impl Blocks {
    /// Writes a block, which is made if it is the first behind those that there are; the token that points to it.
    pub(crate) fn write(&mut self, number: usize, behind: Behind) -> Option<Token> {
        if number == self.chunks.len() * AT_ONCE {
            let chunk: Box<[Block]> = (0..AT_ONCE).map(|_| Block::new()).collect();
            self.chunks.push(Box::leak(chunk));
        }
        let block = self.block(number)?;
        block.write(behind);
        Some(Token(std::ptr::from_ref(block).expose_provenance()))
    }

    /// The number of the block that a token points to, if it is the beginning of one.
    pub(crate) fn number(&self, token: Token) -> Option<usize> {
        self.chunks.iter().enumerate().find_map(|(place, chunk)| {
            let offset = token.0.checked_sub(chunk.as_ptr().addr())?;
            let is_block = offset % SIZE == 0 && offset / SIZE < chunk.len();
            is_block.then_some(place * AT_ONCE + offset / SIZE)
        })
    }

    /// The request was given up.
    pub(crate) fn cancel(&self, number: usize) {
        if let Some(block) = self.block(number) {
            block.info.cancelled.store(1, Ordering::Relaxed);
        }
    }

    /// The library has said that the answer takes a while.
    pub(crate) fn acknowledge(&self, number: usize) {
        if let Some(block) = self.block(number) {
            block.info.was_ack_sent.store(1, Ordering::Relaxed);
        }
    }

    fn block(&self, number: usize) -> Option<&'static Block> {
        self.chunks.get(number / AT_ONCE)?.get(number % AT_ONCE)
    }
}

impl Block {
    fn new() -> Self {
        let info = RequestInfo {
            token: AtomicI32::new(0),
            command: AtomicPtr::new(null_mut()),
            next: AtomicPtr::new(null_mut()),
            cancelled: AtomicI8::new(0),
            local: AtomicI8::new(0),
            socket_id: AtomicI32::new(0),
            was_ack_sent: AtomicI32::new(0),
        };
        let command = CommandInfo {
            request_number: AtomicI32::new(0),
            dispatch_function: AtomicPtr::new(null_mut()),
            response_function: AtomicPtr::new(null_mut()),
        };
        Self { info, command }
    }

    /// Every field, whatever the library has left there.
    fn write(&self, Behind { serial, number, sim }: Behind) {
        let Self { info, command } = self;
        command.request_number.store(number, Ordering::Relaxed);
        command.dispatch_function.store(null_mut(), Ordering::Relaxed);
        command.response_function.store(null_mut(), Ordering::Relaxed);
        info.token.store(serial, Ordering::Relaxed);
        info.command.store(std::ptr::from_ref(command).cast_mut(), Ordering::Relaxed);
        info.next.store(null_mut(), Ordering::Relaxed);
        info.cancelled.store(0, Ordering::Relaxed);
        info.local.store(0, Ordering::Relaxed);
        info.socket_id.store(i32::try_from(sim).unwrap_or(i32::MAX), Ordering::Relaxed);
        info.was_ack_sent.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Behind = Behind { serial: 7, number: 38, sim: 1 };

    #[test]
    fn a_token_is_known_by_the_address_of_its_block() {
        let mut blocks = Blocks::default();
        assert_eq!(blocks.number(Token(0)), None);
        let tokens: Vec<Token> = (0..=AT_ONCE).map(|number| blocks.write(number, REQUEST).unwrap()).collect();
        for (number, token) in tokens.iter().enumerate() {
            assert_eq!(blocks.number(*token), Some(number));
            assert_eq!(blocks.number(Token(token.0 + 1)), None, "not the beginning");
        }
        for stray in [tokens[0].0 - SIZE, tokens[AT_ONCE - 1].0 + SIZE, 0, usize::MAX] {
            assert!(blocks.number(Token(stray)).is_none() || tokens.contains(&Token(stray)), "{stray:#x}");
        }
    }

    #[test]
    fn whatever_the_library_left_in_a_block_is_overwritten() {
        let mut blocks = Blocks::default();
        let token = blocks.write(0, Behind { serial: -1, number: 10, sim: 0 }).unwrap();
        let block = blocks.block(0).unwrap();
        block.info.command.store(null_mut(), Ordering::Relaxed);
        block.info.local.store(-86, Ordering::Relaxed);
        block.command.request_number.store(-1, Ordering::Relaxed);
        blocks.cancel(0);
        blocks.acknowledge(0);
        assert_eq!(blocks.write(0, REQUEST), Some(token), "the block stays where it is");
        let read = |field: &AtomicI32| field.load(Ordering::Relaxed);
        let Block { info, command } = block;
        assert_eq!((read(&info.token), read(&info.socket_id), read(&info.was_ack_sent)), (7, 1, 0));
        assert_eq!((info.cancelled.load(Ordering::Relaxed), info.local.load(Ordering::Relaxed)), (0, 0));
        assert_eq!(info.command.load(Ordering::Relaxed).cast_const(), std::ptr::from_ref(command));
        assert_eq!(read(&command.request_number), 38);
    }

    #[test]
    fn the_layout_is_that_of_c() {
        let numbers = |wide: usize, narrow: usize| [wide, narrow];
        crate::ffi::abi::layout::agrees_with_c(
            "RequestInfo",
            &numbers(40, 24),
            &[
                ("command", &numbers(8, 4)),
                ("next", &numbers(16, 8)),
                ("cancelled", &numbers(24, 12)),
                ("local", &numbers(25, 13)),
                ("socket_id", &numbers(28, 16)),
                ("was_ack_sent", &numbers(32, 20)),
            ],
        );
        crate::ffi::abi::layout::agrees_with_c(
            "CommandInfo",
            &numbers(24, 12),
            &[("dispatch_function", &numbers(8, 4)), ("response_function", &numbers(16, 8))],
        );
    }
}
