//! What of the short messages must last, as it is stored.
//!
//! Fields are only ever added. Phones are named, because their places in the configuration change. A record of a phone
//! that is not configured is neither read nor removed: it is there again when the phone is.

use prost::Message;

use crate::router::journal::Journal;
use crate::router::phones::Phones;
use crate::router::{Actions, Kind, PhoneId};

/// A received message ([`Kind::Message`]), under its number in the order of reception.
///
/// The payloads are laid out alike in every RIL version (ril.h 1003, 1004, 1020).
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Received {
    /// Name of the phone that it is for.
    #[prost(string, tag = "1")]
    pub(super) owner: String,
    /// Code of the unsolicited message.
    #[prost(int32, tag = "2")]
    pub(super) code: i32,
    /// As its owner shall see it; empty once the owner has it.
    #[prost(bytes = "vec", tag = "3")]
    pub(super) payload: Vec<u8>,
    /// As the modem sent it, where that is something else.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) original: Option<Vec<u8>>,
    /// The modem has confirmed that the network will not send it again.
    #[prost(bool, tag = "5")]
    pub(super) confirmed: bool,
    /// Its owner has it; it is only remembered so as not to be taken in again.
    #[prost(bool, tag = "6")]
    pub(super) taken: bool,
    /// The record of the SIM that it came in, as long as it is there too.
    #[prost(int32, optional, tag = "7")]
    pub(super) on_sim: Option<i32>,
    /// Code of the unsolicited message that it came in, where that is another.
    #[prost(int32, optional, tag = "8")]
    pub(super) came_as: Option<i32>,
    /// Its id, if it came by way of the number service.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub(super) text_id: Option<Vec<u8>>,
}

/// A message that came by way of the number service ([`Kind::ServiceText`]), under its phone's name and its id.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct KnownText {
    /// Its place in the order of all that came.
    #[prost(uint64, tag = "1")]
    pub(super) order: u64,
}

/// A message that was sent ([`Kind::Sent`]), under the sender's name and the TP-MR.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Sent {
    /// Whom it went to, as far as two ways of writing a number agree.
    #[prost(string, tag = "1")]
    pub(super) recipient: String,
    /// Its place in the order of all that was sent.
    #[prost(uint64, tag = "2")]
    pub(super) order: u64,
    /// The reference by which the sender knows it, where that is another.
    #[prost(uint32, optional, tag = "3")]
    pub(super) known_as: Option<u32>,
}

/// Whose messages from someone are ([`Kind::Correspondent`]), under the phone's name and that someone.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Correspondent {
    /// Its place in the order of all that was learnt.
    #[prost(uint64, tag = "1")]
    pub(super) order: u64,
}

/// What a phone has chosen of cell broadcast ([`Kind::Setting`]), under the phone's name and `broadcast`.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Broadcast {
    /// Its channels, as it put them (`GSM_SET_BROADCAST_SMS_CONFIG`).
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) gsm: Option<Vec<u8>>,
    /// GSM cell broadcast is on; absent if it has not said whether.
    #[prost(bool, optional, tag = "2")]
    pub(super) gsm_active: Option<bool>,
    /// Its CDMA services, as it put them (`CDMA_SET_BROADCAST_SMS_CONFIG`).
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) cdma: Option<Vec<u8>>,
    /// CDMA broadcast is on.
    #[prost(bool, tag = "4")]
    pub(super) cdma_active: bool,
}

/// How a phone's references have counted ([`Kind::Setting`]), under the phone's name and `references`.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Counted {
    /// In how many lives they began elsewhere.
    #[prost(uint32, tag = "1")]
    pub(super) lives: u32,
}

/// A key of a phone's: its name, and what it is about behind a NUL, which no name has.
pub(super) fn key(phone: &str, about: &[u8]) -> Vec<u8> {
    [phone.as_bytes(), b"\0", about].concat()
}

/// The phone's name and the rest of a [`key`].
pub(super) fn split_key(key: &[u8]) -> Option<(&str, &[u8])> {
    let end = key.iter().position(|byte| *byte == 0)?;
    Some((std::str::from_utf8(&key[..end]).ok()?, &key[end + 1..]))
}

/// Where a phone's records are stored and removed.
pub(super) struct Book<'a> {
    pub(super) phones: &'a Phones,
    pub(super) journal: &'a mut Journal,
    pub(super) out: &'a mut Actions,
}

impl Book<'_> {
    /// Stores a record; the number of the change.
    pub(super) fn put(&mut self, kind: Kind, phone: PhoneId, about: &[u8], record: &impl Message) -> u64 {
        let name = self.phones.get(phone).map_or("", |phone| &phone.name);
        self.journal.put(kind, &key(name, about), &record.encode_to_vec(), self.out)
    }

    pub(super) fn remove(&mut self, kind: Kind, phone: PhoneId, about: &[u8]) {
        if let Some(phone) = self.phones.get(phone) {
            self.journal.remove(kind, &key(&phone.name, about), self.out);
        }
    }
}
