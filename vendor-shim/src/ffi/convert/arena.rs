//! Memory that C structs point into while a library looks at them.

use std::alloc::{Layout, handle_alloc_error};
use std::ffi::c_char;

use ril_protocol::payload::Raw;

use super::{ConvertError, modified_utf8};
use crate::ffi::abi::{CText, Plain};

/// Bytes of zeros behind every list and struct: a library that reads a little too far finds NULL and 0, not its
/// neighbour.
const SPARE: usize = 64;
const FIRST_CHUNK_WORDS: usize = 256;
/// Words that are kept for reuse; what is larger was for an unusual request.
const KEPT_WORDS: usize = 4096;

/// Owns strings, lists and structs of one request or answer. What it hands out stays valid, and where it is, until
/// [`clear`](Self::clear).
#[derive(Debug, Default)]
pub(crate) struct Arena {
    /// Allocations of zeroed words, each larger than the one before; only the last one has room.
    chunks: Vec<*mut [u64]>,
    /// Words of the last chunk that are handed out.
    used: usize,
    /// Whether all that is handed out comes from `calloc`, each by itself, and can be given away.
    in_pieces: bool,
    /// Those that are not given away, of zeroed words.
    pieces: Vec<*mut [u64]>,
    /// Everything that is handed out.
    #[cfg(any(test, feature = "fuzz"))]
    made: Vec<Made>,
}

/// One list, struct or string of an [`Arena`].
#[cfg(any(test, feature = "fuzz"))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    /// Where it begins.
    pub(super) place: *const u8,
    /// How many bytes it has, the NUL of a string included, the spare ones not.
    pub(super) len: usize,
    /// It is a string.
    pub(super) is_text: bool,
}

impl Arena {
    /// An arena that owns nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One whose every string, list and struct is an allocation of its own, as `malloc` makes them.
    pub(crate) fn in_pieces() -> Self {
        let mut arena = Self::new();
        arena.in_pieces = true;
        arena
    }

    /// Leaves all of it to somebody who frees each piece when he is done with it. In one that is not in pieces, nothing
    /// is left to anybody.
    pub(crate) fn give_away(&mut self) {
        self.pieces.clear();
    }

    /// Takes everything back and overwrites it, so that no PIN stays behind. One allocation is kept for reuse.
    pub(crate) fn clear(&mut self) {
        for piece in self.pieces.drain(..) {
            // SAFETY: the piece is ours and that long; what was handed out of it has ended.
            unsafe { piece.cast::<u64>().write_bytes(0, piece.len()) };
            // SAFETY: it came from calloc, and is released once, as it leaves the list.
            unsafe { libc::free(std::hint::black_box(piece).cast()) };
        }
        let kept = self.chunks.pop_if(|last| last.len() <= KEPT_WORDS);
        for chunk in self.chunks.drain(..) {
            release(chunk);
        }
        if let Some(chunk) = kept {
            // SAFETY: the chunk is ours and at least `used` words long; what was handed out of it has ended.
            unsafe { chunk.cast::<u64>().write_bytes(0, self.used) };
            self.chunks.push(chunk);
        }
        self.used = 0;
        #[cfg(any(test, feature = "fuzz"))]
        self.made.clear();
    }

    /// What begins there, if something does.
    #[cfg(any(test, feature = "fuzz"))]
    pub(super) fn made_at(&self, address: usize) -> Option<Made> {
        self.made.iter().find(|made| made.place.addr() == address).copied()
    }

    /// Keeps a struct.
    pub(super) fn put<T: Plain>(&mut self, value: T) -> *mut T {
        self.list(&[value])
    }

    /// Keeps a list.
    pub(super) fn list<T: Copy>(&mut self, items: &[T]) -> *mut T {
        self.copy(items, SPARE)
    }

    /// Keeps items with that many zero bytes behind them.
    fn copy<T: Copy>(&mut self, items: &[T], zeros: usize) -> *mut T {
        const { assert!(align_of::<T>() <= align_of::<u64>()) };
        let place = self.place(size_of_val(items) + zeros).cast::<T>();
        // SAFETY: `place` is fresh memory of at least that size, aligned for `u64` and so for `T`.
        unsafe { place.copy_from_nonoverlapping(items.as_ptr(), items.len()) };
        #[cfg(any(test, feature = "fuzz"))]
        self.made.push(Made { place: place.cast_const().cast(), len: size_of_val(items), is_text: false });
        place
    }

    /// Keeps a string up to its first NUL, and the NUL; NULL for the null string.
    pub(super) fn text(&mut self, text: Option<&str>) -> CText {
        match text {
            None => std::ptr::null_mut(),
            Some(text) => {
                let end = text.bytes().position(|byte| byte == 0).unwrap_or(text.len());
                let bytes = modified_utf8::write(&text[..end]);
                let place = self.copy(&bytes, 1).cast::<c_char>();
                #[cfg(any(test, feature = "fuzz"))]
                if let Some(made) = self.made.last_mut() {
                    *made = Made { len: bytes.len() + 1, is_text: true, ..*made };
                }
                place
            }
        }
    }

    /// Keeps nullable bytes whose length a struct gives.
    pub(super) fn bytes(&mut self, bytes: &Raw) -> Result<(*mut c_char, i32), ConvertError> {
        let Some(bytes) = &bytes.0 else { return Ok((std::ptr::null_mut(), 0)) };
        let len = i32::try_from(bytes.len());
        let len =
            len.map_err(|_| ConvertError::TooLong { what: "bytes", got: bytes.len(), most: i32::MAX as usize })?;
        Ok((self.list(bytes).cast(), len))
    }

    /// That many bytes, all zero.
    fn place(&mut self, bytes: usize) -> *mut u64 {
        let words = bytes.div_ceil(size_of::<u64>());
        if self.in_pieces {
            return self.piece(words);
        }
        let chunk = match self.chunks.last() {
            Some(last) if last.len() - self.used >= words => *last,
            last => {
                let size = words.max(last.map_or(FIRST_CHUNK_WORDS, |last| last.len() * 2));
                let chunk = Box::into_raw(vec![0_u64; size].into_boxed_slice());
                self.chunks.push(chunk);
                self.used = 0;
                chunk
            }
        };
        let at = self.used;
        self.used += words;
        // SAFETY: the chunk has `words` words from `at` on, as was just made sure.
        unsafe { chunk.cast::<u64>().add(at) }
    }

    fn piece(&mut self, words: usize) -> *mut u64 {
        // SAFETY: sizes are involved only, whose product calloc checks.
        let piece = unsafe { libc::calloc(words.max(1), size_of::<u64>()) }.cast::<u64>();
        if piece.is_null() {
            handle_alloc_error(Layout::array::<u64>(words).unwrap_or(Layout::new::<u64>()));
        }
        self.pieces.push(std::ptr::slice_from_raw_parts_mut(piece, words));
        piece
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        self.clear();
        for chunk in self.chunks.drain(..) {
            release(chunk);
        }
    }
}

fn release(chunk: *mut [u64]) {
    // SAFETY: every chunk came out of `Box::into_raw` and is released once, as it leaves the list.
    let mut words = unsafe { Box::from_raw(chunk) };
    words.fill(0);
    // Without a look at the zeros, the compiler would not write them.
    std::hint::black_box(&words);
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn what_was_handed_out_stays_while_more_is_added() {
        let mut arena = Arena::new();
        for round in 0..3 {
            let texts: Vec<CText> = (0..500).map(|n| arena.text(Some(&format!("text {n} of round {round}")))).collect();
            for (n, text) in texts.into_iter().enumerate() {
                // SAFETY: the arena was not cleared since the string was made.
                let text = unsafe { CStr::from_ptr(text) };
                assert_eq!(text.to_str().unwrap(), format!("text {n} of round {round}"));
            }
            arena.clear();
        }
        assert!(arena.chunks.len() <= 1);
    }

    #[test]
    fn a_huge_request_leaves_no_memory_behind() {
        let mut arena = Arena::new();
        arena.list(&[1_u8; 100]);
        arena.clear();
        assert_eq!(arena.chunks.len(), 1);
        arena.list(&[1_u8; 1_000_000]);
        arena.clear();
        assert_eq!(arena.chunks.len(), 0);
    }

    #[test]
    fn pieces_are_allocations_each_and_stay_when_they_are_given_away() {
        let mut arena = Arena::in_pieces();
        let (text, list) = (arena.text(Some("5550123")), arena.list(&[7_i32, 8]));
        arena.give_away();
        arena.text(Some("1234"));
        arena.clear();
        // SAFETY: both were given away to us, who look at them and free them once.
        unsafe {
            assert_eq!((CStr::from_ptr(text), *list.add(1)), (c"5550123", 8));
            libc::free(text.cast());
            libc::free(list.cast());
        }
    }

    #[test]
    fn zeros_follow_a_list() {
        let mut arena = Arena::new();
        arena.list(&[u8::MAX; 4000]);
        arena.clear();
        let list = arena.list(&[7_i32, 8]);
        arena.list(&[9_i32]);
        // SAFETY: two items and the spare bytes are there to read.
        let words = unsafe { std::slice::from_raw_parts(list, 2 + SPARE / 4) };
        assert_eq!(words[..2], [7, 8]);
        assert!(words[2..].iter().all(|word| *word == 0));
    }

    #[test]
    fn a_string_ends_at_its_first_nul() {
        let mut arena = Arena::new();
        let text = arena.text(Some("12\u{0}34"));
        // SAFETY: the string was just made.
        assert_eq!(unsafe { CStr::from_ptr(text) }, c"12");
        assert!(arena.text(None).is_null());
    }
}
