//! The parcel primitives: everything inside a frame is made of these, and nothing else touches padding.
//!
//! Integers are 32 bits in the byte order of the machine (both ends of a RIL socket are on one machine). A string is
//! its number of UTF-16 code units, the units, a NUL unit, and zeros up to the next multiple of four; `-1` stands for
//! the null string. Raw bytes are a length and the bytes, padded likewise; `-1` stands for null.
//!
//! Reading never allocates more than the input justifies: a count is checked against the bytes that are left.
//!
//! Reference: the subset of `android::Parcel` that libril uses (`libril/ril.cpp`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::RilVersion;
use crate::hex::{from_hex, to_hex};
use crate::layout::Layout;

/// A value with a parcel form.
pub trait Parcel: Sized {
    /// How it lies there.
    const LAYOUT: &'static Layout;

    /// Reads one value, leaving the reader behind it.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
    /// Appends the value.
    fn write(&self, writer: &mut Writer<'_>);
}

/// Decodes a whole payload. Bytes behind the value are ignored, as libril ignores them.
pub fn decode<T: Parcel>(payload: &[u8], version: RilVersion) -> Result<T, DecodeError> {
    T::read(&mut Reader::new(payload, version))
}

/// Encodes a value as a payload of its own.
pub fn encode<T: Parcel>(value: &T, version: RilVersion) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.write(&mut Writer::new(&mut bytes, version));
    bytes
}

/// Why a payload could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}, field {field:?}: {fault}")]
pub struct DecodeError {
    /// Offset into the payload at which reading stopped.
    pub at: usize,
    /// The innermost named field that was being read; empty at top level.
    pub field: &'static str,
    /// What was wrong there.
    pub fault: Fault,
}

/// What was wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The payload ends inside a value.
    #[error("the payload ends here")]
    Truncated,
    /// A length or count is below zero where null is not allowed, or larger than the bytes left can hold.
    #[error("length {0} does not fit the bytes that are left")]
    BadLength(i32),
    /// A value is outside of what this field can hold.
    #[error("value {0} is not possible here")]
    BadValue(i32),
}

/// A name that none of the values of an open enumeration has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a known name nor a number")]
pub struct UnknownName(pub String);

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum NameOrNumber {
    Number(i32),
    Name(String),
}

/// Reads parcel values from a payload.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    version: RilVersion,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `payload`, whose layout is that of `version`.
    pub fn new(payload: &'a [u8], version: RilVersion) -> Self {
        Self { bytes: payload, at: 0, version }
    }

    /// The RIL version whose layouts apply.
    pub fn version(&self) -> RilVersion {
        self.version
    }

    /// The bytes that have not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Takes all remaining bytes.
    pub fn take_rest(&mut self) -> &'a [u8] {
        let rest = self.rest();
        self.at = self.bytes.len();
        rest
    }

    /// An `int32`.
    pub fn int(&mut self) -> Result<i32, DecodeError> {
        let Some((head, _)) = self.rest().split_first_chunk::<4>() else {
            return Err(self.fault(Fault::Truncated));
        };
        self.at += 4;
        Ok(i32::from_ne_bytes(*head))
    }

    /// A 64-bit integer, stored as eight bytes without alignment.
    pub fn long(&mut self) -> Result<i64, DecodeError> {
        let Some((head, _)) = self.rest().split_first_chunk::<8>() else {
            return Err(self.fault(Fault::Truncated));
        };
        self.at += 8;
        Ok(i64::from_ne_bytes(*head))
    }

    /// A number of items that each take at least `item` bytes (`item > 0`).
    pub fn count(&mut self, item: usize) -> Result<usize, DecodeError> {
        let count = self.int()?;
        match usize::try_from(count) {
            Ok(n) if n <= self.rest().len() / item => Ok(n),
            _ => Err(self.fault(Fault::BadLength(count))),
        }
    }

    /// The UTF-16 code units of a nullable string, in the machine's byte order, as they lie in the payload.
    pub fn utf16(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        let units = self.int()?;
        if units == -1 {
            return Ok(None);
        }
        // The terminating NUL is part of the stored form but not of the count.
        let stored = usize::try_from(units).ok().and_then(|n| n.checked_add(1)?.checked_mul(2));
        match stored {
            Some(stored) if stored <= self.rest().len() => Ok(self.padded(stored)?.get(..stored - 2)),
            _ => Err(self.fault(Fault::BadLength(units))),
        }
    }

    /// A nullable string. Unpaired surrogates become U+FFFD.
    pub fn string(&mut self) -> Result<Option<String>, DecodeError> {
        Ok(self.utf16()?.map(|bytes| {
            let units = bytes.chunks_exact(2).map(|unit| u16::from_ne_bytes([unit[0], unit[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }))
    }

    /// `len` bytes stored with padding up to a multiple of four. Padding cut off at the very end is forgiven.
    pub fn padded(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let Some(bytes) = self.rest().get(..len) else {
            return Err(self.fault(Fault::Truncated));
        };
        self.at = (self.at + len.next_multiple_of(4)).min(self.bytes.len());
        Ok(bytes)
    }

    /// A value of any parcel type, whose name an error will carry.
    pub fn field<T: Parcel>(&mut self, name: &'static str) -> Result<T, DecodeError> {
        T::read(self).map_err(|error| if error.field.is_empty() { DecodeError { field: name, ..error } } else { error })
    }

    /// An error at the current position.
    pub fn fault(&self, fault: Fault) -> DecodeError {
        DecodeError { at: self.at, field: "", fault }
    }
}

/// Appends parcel values to a buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    version: RilVersion,
}

impl<'a> Writer<'a> {
    /// A writer that appends to `out` in the layouts of `version`.
    pub fn new(out: &'a mut Vec<u8>, version: RilVersion) -> Self {
        Self { out, version }
    }

    /// The RIL version whose layouts apply.
    pub fn version(&self) -> RilVersion {
        self.version
    }

    /// An `int32`.
    pub fn int(&mut self, value: i32) {
        self.out.extend_from_slice(&value.to_ne_bytes());
    }

    /// A 64-bit integer.
    pub fn long(&mut self, value: i64) {
        self.out.extend_from_slice(&value.to_ne_bytes());
    }

    /// A number of items. More than `i32::MAX` cannot be said; no payload comes near it.
    pub fn count(&mut self, count: usize) {
        self.int(i32::try_from(count).unwrap_or(i32::MAX));
    }

    /// A nullable string.
    pub fn string(&mut self, text: Option<&str>) {
        let Some(text) = text else { return self.int(-1) };
        let length_at = self.out.len();
        self.int(0);
        for unit in text.encode_utf16() {
            self.out.extend_from_slice(&unit.to_ne_bytes());
        }
        let units = (self.out.len() - length_at - 4) / 2;
        self.out[length_at..length_at + 4].copy_from_slice(&i32::try_from(units).unwrap_or(i32::MAX).to_ne_bytes());
        self.out.extend_from_slice(&[0, 0]);
        self.pad((units + 1) * 2);
    }

    /// Bytes with padding up to a multiple of four.
    pub fn padded(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.pad(bytes.len());
    }

    /// Bytes as they are.
    pub fn verbatim(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn pad(&mut self, written: usize) {
        self.out.extend_from_slice(&[0; 3][..written.next_multiple_of(4) - written]);
    }
}

/// No payload (`dispatchVoid`, `responseVoid`). Whatever is there is ignored, as libril ignores it.
impl Parcel for () {
    const LAYOUT: &'static Layout = &Layout::Nothing;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.take_rest();
        Ok(())
    }

    fn write(&self, _: &mut Writer<'_>) {}
}

impl Parcel for i32 {
    const LAYOUT: &'static Layout = &Layout::Int;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.int()
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.int(*self);
    }
}

impl Parcel for u32 {
    const LAYOUT: &'static Layout = &Layout::Unsigned;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.int().map(i32::cast_unsigned)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.int(self.cast_signed());
    }
}

impl Parcel for i64 {
    const LAYOUT: &'static Layout = &Layout::Long;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.long()
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.long(*self);
    }
}

/// A flag: an `int32`, true when it is not zero.
impl Parcel for bool {
    const LAYOUT: &'static Layout = &Layout::Flag;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(reader.int()? != 0)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.int(i32::from(*self));
    }
}

/// One byte (`Parcel::read` and `Parcel::write` of length 1): the first of four, the others are padding.
impl Parcel for u8 {
    const LAYOUT: &'static Layout = &Layout::Byte;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.padded(1)? {
            [byte, ..] => Ok(*byte),
            [] => Err(reader.fault(Fault::Truncated)),
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.padded(&[*self]);
    }
}

/// A nullable string (`dispatchString`, `responseString`).
impl Parcel for Option<String> {
    const LAYOUT: &'static Layout = &Layout::Text;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.string()
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.string(self.as_deref());
    }
}

/// A counted list (`dispatchInts`, `dispatchStrings`, `responseInts`, ...). Every item takes at least four bytes.
impl<T: Parcel> Parcel for Vec<T> {
    const LAYOUT: &'static Layout = &Layout::List(T::LAYOUT);

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.count(4)?;
        let mut items = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            items.push(T::read(reader)?);
        }
        Ok(items)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.count(self.len());
        for item in self {
            item.write(writer);
        }
    }
}

/// A fixed number of values, without a count.
impl<T: Parcel + Copy + Default, const N: usize> Parcel for [T; N] {
    const LAYOUT: &'static Layout = &Layout::Array(T::LAYOUT, N);

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut items = [T::default(); N];
        for item in &mut items {
            *item = T::read(reader)?;
        }
        Ok(items)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        for item in self {
            item.write(writer);
        }
    }
}

/// Nullable bytes behind a length (`dispatchRaw`, `responseRaw`); hexadecimal text in JSON.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Raw(pub Option<Vec<u8>>);

impl Parcel for Raw {
    const LAYOUT: &'static Layout = &Layout::Raw;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let len = reader.int()?;
        if len == -1 {
            return Ok(Self(None));
        }
        match usize::try_from(len) {
            Ok(n) if n <= reader.rest().len() => Ok(Self(Some(reader.padded(n)?.to_vec()))),
            _ => Err(reader.fault(Fault::BadLength(len))),
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match &self.0 {
            None => writer.int(-1),
            Some(bytes) => {
                writer.count(bytes.len());
                writer.padded(bytes);
            }
        }
    }
}

/// A payload whose layout is not known to this crate: kept byte for byte; hexadecimal text in JSON.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Opaque(pub Vec<u8>);

impl Parcel for Opaque {
    const LAYOUT: &'static Layout = &Layout::Rest;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.take_rest().to_vec()))
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.verbatim(&self.0);
    }
}

/// The integer at this place of a payload, counted in words of four bytes from 0; `None` beyond its end.
pub fn word_at(payload: &[u8], place: usize) -> Option<i32> {
    let at = place.checked_mul(4)?;
    Some(i32::from_ne_bytes(payload.get(at..)?.first_chunk().copied()?))
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("null"),
            Some(bytes) => f.write_str(&to_hex(bytes)),
        }
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl Serialize for Raw {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_deref().map(to_hex).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| from_hex(&text).ok_or_else(not_hex)).transpose().map(Self)
    }
}

impl Serialize for Opaque {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        hex_text::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Opaque {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        hex_text::deserialize(deserializer).map(Self)
    }
}

/// For `#[serde(with = ...)]`: a byte list that is hexadecimal text in JSON.
pub(crate) mod hex_text {
    use super::{Deserialize, from_hex, not_hex, to_hex};

    pub(crate) fn serialize<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(bytes))
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        from_hex(&String::deserialize(deserializer)?).ok_or_else(not_hex)
    }
}

fn not_hex<E: serde::de::Error>() -> E {
    E::custom("expected hexadecimal text")
}

#[cfg(test)]
mod tests {
    use super::*;

    const V: RilVersion = RilVersion::COMMON;

    #[test]
    fn words_are_counted_from_the_first() {
        let payload = [7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(
            [0, 1, 2, 3, usize::MAX].map(|place| word_at(&payload, place)),
            [Some(7), Some(-1), None, None, None]
        );
    }

    #[test]
    fn strings_have_a_count_a_nul_and_padding() {
        let bytes = encode(&Some("ab1".to_owned()), V);
        assert_eq!(to_hex(&bytes), "03000000".to_owned() + "6100" + "6200" + "3100" + "0000");
        assert_eq!(decode::<Option<String>>(&bytes, V).unwrap().as_deref(), Some("ab1"));
        assert_eq!(to_hex(&encode(&Some(String::new()), V)), "0000000000000000");
        assert_eq!(to_hex(&encode(&None::<String>, V)), "ffffffff");
    }

    #[test]
    fn absurd_lengths_are_refused_before_anything_is_allocated() {
        for length in [-2, i32::MIN, i32::MAX, 1_000_000, 3] {
            let bytes = [&length.to_ne_bytes()[..], &[0; 4]].concat();
            assert!(decode::<Option<String>>(&bytes, V).is_err(), "string of {length}");
            assert!(decode::<Vec<i32>>(&bytes, V).is_err(), "ints of {length}");
        }
        let raw = [&100_i32.to_ne_bytes()[..], &[1, 2, 3, 4]].concat();
        assert_eq!(decode::<Raw>(&raw, V).unwrap_err().fault, Fault::BadLength(100));
    }

    #[test]
    fn an_error_names_the_field_and_the_offset() {
        let bytes = encode(&crate::payload::call::Dial { address: Some("1".into()), ..Default::default() }, V);
        let error = decode::<crate::payload::call::Dial>(&bytes[..8], V).unwrap_err();
        assert_eq!((error.field, error.at, error.fault), ("clir", 8, Fault::Truncated));
    }
}
