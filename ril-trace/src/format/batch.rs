//! Records as they lie in a block: encoded one by one, without allocation once the memory is warm.
//!
//! A frame is encoded from where it lies. That is the form of `prost` for the same record, which a test compares.

use std::time::Duration;

use bytes::BufMut;
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};

use super::record::{Flow, Record, Way, What};
use super::{BLOCK_LIMIT, generated};

/// A record that no block can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record of {0} bytes: a block holds {BLOCK_LIMIT}")]
pub struct TooLarge(pub usize);

/// Encoded records that will be one block.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) records: u32,
    pub(super) first_at: Duration,
}

impl Batch {
    /// How many records there are.
    pub fn records(&self) -> u32 {
        self.records
    }

    /// How many bytes they take.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The time of the first record.
    pub fn first_at(&self) -> Duration {
        self.first_at
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Forgets all records and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records = 0;
    }

    /// Appends a record; nothing is appended when a block would be too large with it.
    pub fn push(&mut self, record: &Record) -> Result<(), TooLarge> {
        let message = match &record.what {
            What::Frame(frame) if !frame.head_only => {
                return self.push_frame(record.at, frame.way, frame.phone, frame.flow, &frame.body);
            }
            What::Frame(frame) => generated::Record {
                at_ns: nanos(record.at),
                way: frame.way.into(),
                phone: frame.phone.map_or(0, |place| place.saturating_add(1)),
                flow: frame.flow.number(),
                head: frame.body.clone(),
                ..Default::default()
            },
            What::Event(event) => {
                generated::Record { at_ns: nanos(record.at), event: Some(event.clone()), ..Default::default() }
            }
            What::Unknown => generated::Record { at_ns: nanos(record.at), ..Default::default() },
        };
        self.room_for(message.encoded_len())?;
        message.encode_length_delimited(&mut self.bytes).map_err(|_| TooLarge(message.encoded_len()))?;
        self.count(record.at);
        Ok(())
    }

    /// Appends a frame, given as its body.
    pub fn push_frame(
        &mut self,
        at: Duration,
        way: Way,
        phone: Option<u32>,
        flow: Flow,
        body: &[u8],
    ) -> Result<(), TooLarge> {
        let fields = [(1, nanos(at)), (2, u64::from(way as u32)), (3, phone.map_or(0, |place| u64::from(place) + 1))];
        let flow = [(5, u64::from(flow.number()))];
        let body_len =
            if body.is_empty() { 0 } else { key_len(4) + encoded_len_varint(body.len() as u64) + body.len() };
        let len = varints_len(&fields) + body_len + varints_len(&flow);
        self.room_for(len)?;
        encode_varint(len as u64, &mut self.bytes);
        put_varints(&fields, &mut self.bytes);
        if !body.is_empty() {
            encode_key(4, WireType::LengthDelimited, &mut self.bytes);
            encode_varint(body.len() as u64, &mut self.bytes);
            self.bytes.put_slice(body);
        }
        put_varints(&flow, &mut self.bytes);
        self.count(at);
        Ok(())
    }

    /// Moves all records of another batch behind these; nothing is moved when a block would be too large then.
    pub fn append(&mut self, other: &mut Self) -> Result<(), TooLarge> {
        if self.bytes.len() + other.bytes.len() > BLOCK_LIMIT {
            return Err(TooLarge(other.bytes.len()));
        }
        if self.is_empty() {
            self.first_at = other.first_at;
        }
        self.bytes.extend_from_slice(&other.bytes);
        self.records += other.records;
        other.clear();
        Ok(())
    }

    fn count(&mut self, at: Duration) {
        if self.is_empty() {
            self.first_at = at;
        }
        self.records += 1;
    }

    fn room_for(&self, len: usize) -> Result<(), TooLarge> {
        let more = encoded_len_varint(len as u64).saturating_add(len);
        if self.bytes.len().saturating_add(more) > BLOCK_LIMIT { Err(TooLarge(len)) } else { Ok(()) }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Fields that are zero are left out, as proto3 has it.
fn present(fields: &[(u32, u64)]) -> impl Iterator<Item = (u32, u64)> {
    fields.iter().copied().filter(|(_, value)| *value != 0)
}

fn varints_len(fields: &[(u32, u64)]) -> usize {
    present(fields).map(|(tag, value)| key_len(tag) + encoded_len_varint(value)).sum()
}

fn put_varints(fields: &[(u32, u64)], out: &mut Vec<u8>) {
    for (tag, value) in present(fields) {
        encode_key(tag, WireType::Varint, out);
        encode_varint(value, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_encoded_as_prost_would() {
        let mut batch = Batch::default();
        let mut expected = Vec::new();
        let first = Duration::from_secs(5);
        for (at, way, phone, flow, body) in [
            (first, Way::FromPhone, Some(0), Flow::Unknown, &b"abc"[..]),
            (Duration::ZERO, Way::ToModem, Some(300), Flow::Phone(300), &[7; 300]),
            (Duration::from_nanos(u64::MAX), Way::FromModem, None, Flow::Urgent, b""),
        ] {
            batch.push_frame(at, way, phone, flow, body).unwrap();
            let at_ns = u64::try_from(at.as_nanos()).unwrap();
            let phone = phone.map_or(0, |place| place + 1);
            let body = body.to_vec().into();
            let record =
                generated::Record { at_ns, way: way.into(), phone, body, flow: flow.number(), ..Default::default() };
            record.encode_length_delimited(&mut expected).unwrap();
        }
        assert_eq!((batch.records(), batch.first_at), (3, first));
        assert_eq!(batch.bytes, expected);
    }

    #[test]
    fn what_no_block_can_hold_is_refused_and_leaves_the_others() {
        let mut batch = Batch::default();
        batch.push_frame(Duration::ZERO, Way::ToPhone, None, Flow::Unknown, b"abc").unwrap();
        let before = batch.len();
        let refused = batch.push_frame(Duration::ZERO, Way::ToPhone, None, Flow::Unknown, &vec![0; BLOCK_LIMIT]);
        assert!(matches!(refused, Err(TooLarge(len)) if len > BLOCK_LIMIT));
        assert_eq!((batch.len(), batch.records()), (before, 1));
    }
}
