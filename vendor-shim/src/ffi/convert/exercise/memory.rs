//! Memory of a library of which not one byte too much may be read.
//!
//! Every struct, list and string is an allocation of its own, exactly as long as it is, at an odd address. So a tool
//! that watches memory, AddressSanitizer above all, sees each byte that is read behind an end.

use std::ffi::c_void;

use crate::ffi::convert::{Arena, CData};

/// One struct, list or string, behind a byte that makes its address odd.
#[derive(Debug)]
struct Block {
    bytes: Box<[u8]>,
    is_text: bool,
}

impl Block {
    /// # Safety
    /// There must be `len` bytes to read.
    unsafe fn copy_of(place: *const u8, len: usize, is_text: bool) -> Self {
        let mut bytes = vec![0; len + 1].into_boxed_slice();
        // SAFETY: as the caller promises; pointers among the bytes are copied as what they are.
        unsafe { place.copy_to_nonoverlapping(bytes.as_mut_ptr().add(1), len) };
        Self { bytes, is_text }
    }

    fn contents(&mut self) -> &mut [u8] {
        &mut self.bytes[1..]
    }

    fn address(&self) -> usize {
        self.bytes[1..].as_ptr().addr()
    }
}

/// The bytes of a pointer.
const POINTER: usize = size_of::<usize>();

/// What a library hands in.
#[derive(Debug)]
pub(in crate::ffi::convert) struct LibraryMemory {
    /// The first is what the pointer given points to. None for NULL.
    blocks: Vec<Block>,
    len: usize,
}

impl LibraryMemory {
    /// A value of C, pointers and all.
    #[cfg(test)]
    pub(in crate::ffi::convert) fn of<T>(value: &T) -> Self {
        let len = size_of::<T>();
        // SAFETY: a value is as long as its type.
        Self { blocks: vec![unsafe { Block::copy_of((&raw const *value).cast(), len, false) }], len }
    }

    /// So many zeros.
    pub(super) fn zeros(len: usize) -> Self {
        Self { blocks: vec![Block { bytes: vec![0; len + 1].into_boxed_slice(), is_text: false }], len }
    }

    /// What was built in `arena`, with everything that it points to.
    pub(super) fn of_form(data: CData, len_counts_bytes: bool, arena: &Arena) -> Self {
        let mut memory = Self { blocks: Vec::new(), len: data.len };
        if let Some(made) = arena.made_at(data.ptr.addr()) {
            let len = if len_counts_bytes { data.len } else { made.len };
            // A form may be shorter than what it was made of, and not longer.
            assert!(len <= made.len, "{len} of {made:?}");
            // SAFETY: the arena has made so many bytes there.
            memory.blocks.push(unsafe { Block::copy_of(made.place, len, made.is_text) });
            memory.follow(0, arena);
        }
        memory
    }

    /// Copies what a block points to, and has it point to the copies.
    fn follow(&mut self, block: usize, arena: &Arena) {
        if self.blocks[block].is_text {
            return;
        }
        for at in (0..self.blocks[block].contents().len() / POINTER).map(|word| word * POINTER) {
            let Some(made) = arena.made_at(self.word(block, at)) else { continue };
            // SAFETY: the arena has made so many bytes there.
            self.blocks.push(unsafe { Block::copy_of(made.place, made.len, made.is_text) });
            let copy = self.blocks.len() - 1;
            self.follow(copy, arena);
            let address = self.blocks[copy].address();
            self.blocks[block].contents()[at..at + POINTER].copy_from_slice(&address.to_ne_bytes());
        }
    }

    fn word(&mut self, block: usize, at: usize) -> usize {
        let bytes = self.blocks[block].contents()[at..].first_chunk();
        bytes.map_or(0, |bytes| usize::from_ne_bytes(*bytes))
    }

    /// Makes a pointer NULL, a string shorter or another, a number another where `numbers` allows it.
    ///
    /// A word that is zero stays: it may be a pointer.
    pub(super) fn apply(&mut self, change: Change, numbers: Numbers) {
        let count = self.blocks.len();
        if count == 0 {
            return;
        }
        let block = usize::from(change.block) % count;
        let len = self.blocks[block].contents().len();
        let Some(at) = usize::from(change.at).checked_rem(len) else { return };
        if self.blocks[block].is_text {
            // The NUL at the end stays.
            if at + 1 < len {
                self.blocks[block].contents()[at] = change.value;
            }
            return;
        }
        let start = at - at % POINTER;
        let word = self.word(block, start);
        if self.blocks.iter().any(|block| block.address() == word) {
            self.blocks[block].contents()[start..start + POINTER].fill(0);
        } else if word != 0 || len < start + POINTER {
            let contents = self.blocks[block].contents();
            let start = at - at % size_of::<i32>();
            let before = contents[start..].first_chunk().map(|number| i32::from_ne_bytes(*number));
            let old = std::mem::replace(&mut contents[at], change.value);
            let after = contents[start..].first_chunk().map(|number| i32::from_ne_bytes(*number));
            if numbers == Numbers::None || (numbers == Numbers::Smaller && after > before) {
                contents[at] = old;
            }
        }
    }

    /// The pointer and the length, as long as this lives.
    pub(super) fn data(&self) -> CData {
        let ptr = self.blocks.first().map_or(std::ptr::null(), |block| block.bytes[1..].as_ptr().cast::<c_void>());
        CData { ptr, len: self.len }
    }

    #[cfg(test)]
    pub(in crate::ffi::convert) fn ptr(&self) -> *const c_void {
        self.data().ptr
    }

    #[cfg(test)]
    pub(in crate::ffi::convert) fn len(&self) -> usize {
        self.len
    }
}

/// Which numbers of a C form a library may say anything about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    All,
    /// Smaller ones than are there.
    Smaller,
    None,
}

/// A byte that the library has changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    block: u8,
    at: u16,
    value: u8,
}

impl Change {
    /// As so many bytes it is written.
    pub(super) const BYTES: usize = 4;

    pub(super) fn of_bytes([block, low, high, value]: &[u8; Self::BYTES]) -> Self {
        Self { block: *block, at: u16::from_le_bytes([*low, *high]), value: *value }
    }
}
