//! The preamble of a file, the heads of its blocks, and the trailer that says where its index is.
//!
//! All numbers are little-endian. Checksums are the CRC-32 of IEEE 802.3, as zlib computes it; those of a file's blocks
//! begin with its salt.

use std::time::Duration;

use super::generated;

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u16 = 1;

/// As PNG's: a byte that is no text, the name, and line ends that a transfer as text would change.
const MAGIC: [u8; 8] = *b"\x89RIL\r\n\x1a\n";
const MARKER: [u8; 4] = *b"\x9eRTB";
const TRAILER: [u8; 4] = *b"\x9eRTX";

pub(super) const PREAMBLE_LEN: usize = 20;
pub(super) const HEAD_LEN: usize = 56;
pub(super) const TRAILER_LEN: usize = 16;

/// An unknown time of day.
const NO_TIME: i64 = i64::MIN;

/// What stands before the first block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Preamble {
    pub(super) version: u16,
    /// What the checksums begin with.
    pub(super) salt: u32,
}

/// Why there is no preamble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPreamble {
    OtherFile,
    Damaged,
}

impl Preamble {
    pub(super) fn to_bytes(self) -> [u8; PREAMBLE_LEN] {
        let mut bytes = [0; PREAMBLE_LEN];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&self.version.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.salt.to_le_bytes());
        let sum = checksum(0, &bytes[..16]);
        bytes[16..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NoPreamble> {
        let begins_right = !bytes.is_empty() && bytes.iter().zip(&MAGIC).all(|(byte, magic)| byte == magic);
        if !begins_right {
            return Err(NoPreamble::OtherFile);
        }
        if bytes.len() != PREAMBLE_LEN || u32_at(bytes, 16) != checksum(0, &bytes[..16]) {
            return Err(NoPreamble::Damaged);
        }
        Ok(Self { version: u16::from_le_bytes([bytes[8], bytes[9]]), salt: u32_at(bytes, 12) })
    }
}

/// What a block holds, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Header = 1,
    Records = 2,
    Index = 3,
}

/// The head of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// A [`Kind`], or a number of a newer version.
    pub(super) kind: u8,
    /// A [`Codec`](super::Codec), or a number of a newer version.
    pub(super) codec: u8,
    /// Length of the body.
    pub(super) stored: u32,
    /// Length of the body before compression.
    pub(super) raw: u32,
    /// The number of the first record behind the head: of this block, or of the next one that has records.
    pub(super) record: u64,
    /// How many records the block has.
    pub(super) records: u32,
    /// Checksum of the body.
    pub(super) sum: u32,
    /// The time of the block, since the beginning of the session, in nanoseconds.
    pub(super) at_ns: u64,
    /// The time of day at that time, in nanoseconds since 1970.
    pub(super) unix_ns: Option<i64>,
}

impl Head {
    pub(super) fn to_bytes(self, salt: u32) -> [u8; HEAD_LEN] {
        let mut bytes = [0; HEAD_LEN];
        bytes[..4].copy_from_slice(&MARKER);
        bytes[4] = self.kind;
        bytes[5] = self.codec;
        bytes[8..12].copy_from_slice(&self.stored.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.raw.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.record.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.records.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.sum.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.at_ns.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.unix_ns.unwrap_or(NO_TIME).to_le_bytes());
        let sum = checksum(salt, &bytes[..52]);
        bytes[52..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// `None` if this is no head of a block of this file.
    pub(super) fn parse(bytes: &[u8; HEAD_LEN], salt: u32) -> Option<Self> {
        if bytes[..4] != MARKER || u32_at(bytes, 52) != checksum(salt, &bytes[..52]) {
            return None;
        }
        let unix_ns = u64_at(bytes, 40).cast_signed();
        Some(Self {
            kind: bytes[4],
            codec: bytes[5],
            stored: u32_at(bytes, 8),
            raw: u32_at(bytes, 12),
            record: u64_at(bytes, 16),
            records: u32_at(bytes, 24),
            sum: u32_at(bytes, 28),
            at_ns: u64_at(bytes, 32),
            unix_ns: (unix_ns != NO_TIME).then_some(unix_ns),
        })
    }
}

/// Where in `bytes` a head may begin: at the marker, or at what may become one with more bytes.
pub(super) fn find_marker(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| {
        let rest = &bytes[*at..];
        let len = rest.len().min(MARKER.len());
        rest[..len] == MARKER[..len]
    })
}

/// The trailer of a file whose index block begins at `offset`.
pub(super) fn trailer(offset: u64, salt: u32) -> [u8; TRAILER_LEN] {
    let mut bytes = [0; TRAILER_LEN];
    bytes[..8].copy_from_slice(&offset.to_le_bytes());
    bytes[8..12].copy_from_slice(&TRAILER);
    let sum = checksum(salt, &bytes[..12]);
    bytes[12..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Where a trailer says that the index block begins.
pub(super) fn parse_trailer(bytes: &[u8; TRAILER_LEN], salt: u32) -> Option<u64> {
    (bytes[8..12] == TRAILER && u32_at(bytes, 12) == checksum(salt, &bytes[..12])).then(|| u64_at(bytes, 0))
}

pub(super) fn checksum(salt: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    hasher.update(bytes);
    hasher.finalize()
}

/// The place of a block, for the index.
pub(super) fn place(offset: u64, head: &Head) -> generated::Place {
    generated::Place { offset, record: head.record, at_ns: head.at_ns }
}

/// The time of day at `at`, when it is `unix_ns` at `when`.
pub(super) fn time_of_day(unix_ns: i64, when: Duration, at: Duration) -> i64 {
    // Neither comes near 2^127 nanoseconds.
    let between = at.as_nanos().cast_signed() - when.as_nanos().cast_signed();
    let sum = i128::from(unix_ns) + between;
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}
