//! How the body of a block is compressed.
//!
//! LZ4 is Rust alone and quick enough to be written on a phone. zstd takes two thirds of the room and is a library in
//! C, so only builds with the feature `tools`, those of operator tools, read or write it.

/// A compression, by its number in the head of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Codec {
    /// None.
    None = 0,
    /// An LZ4 block.
    #[default]
    Lz4 = 1,
    /// A zstd frame (RFC 8878).
    #[cfg(feature = "tools")]
    Zstd = 2,
}

/// Why a body could not be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undone {
    /// No codec has this number, or this build does not have it.
    UnknownCodec(u8),
    /// The bytes are not of that codec, or not of the length that the head says.
    Wrong,
}

#[cfg(feature = "tools")]
const ZSTD_LEVEL: i32 = 3;

impl Codec {
    /// What takes the least room, of what this build has.
    #[cfg(feature = "tools")]
    pub const SMALLEST: Self = Self::Zstd;

    /// What takes the least room, of what this build has.
    #[cfg(not(feature = "tools"))]
    pub const SMALLEST: Self = Self::Lz4;

    /// The codec and the form in `out` in which `raw` takes the least room.
    pub(super) fn compress(self, raw: &[u8], out: &mut Vec<u8>) -> Self {
        out.clear();
        let done = match self {
            Self::None => false,
            Self::Lz4 => lz4(raw, out),
            #[cfg(feature = "tools")]
            Self::Zstd => zstd(raw, out),
        };
        if done && out.len() < raw.len() {
            return self;
        }
        out.clear();
        out.extend_from_slice(raw);
        Self::None
    }

    /// Decompresses `stored` into all of `raw`.
    pub(super) fn decompress(number: u8, stored: &[u8], raw: &mut [u8]) -> Result<(), Undone> {
        let len = match number {
            0 if stored.len() == raw.len() => {
                raw.copy_from_slice(stored);
                Ok(raw.len())
            }
            0 => Err(Undone::Wrong),
            1 => lz4_flex::block::decompress_into(stored, raw).map_err(|_| Undone::Wrong),
            #[cfg(feature = "tools")]
            2 => zstd::bulk::decompress_to_buffer(stored, raw).map_err(|_| Undone::Wrong),
            number => Err(Undone::UnknownCodec(number)),
        }?;
        if len == raw.len() { Ok(()) } else { Err(Undone::Wrong) }
    }
}

fn lz4(raw: &[u8], out: &mut Vec<u8>) -> bool {
    out.resize(lz4_flex::block::get_maximum_output_size(raw.len()), 0);
    let len = lz4_flex::block::compress_into(raw, out).ok();
    out.truncate(len.unwrap_or_default());
    len.is_some()
}

#[cfg(feature = "tools")]
fn zstd(raw: &[u8], out: &mut Vec<u8>) -> bool {
    out.resize(zstd::zstd_safe::compress_bound(raw.len()), 0);
    let len = zstd::bulk::compress_to_buffer(raw, &mut out[..], ZSTD_LEVEL).ok();
    out.truncate(len.unwrap_or_default());
    len.is_some()
}
