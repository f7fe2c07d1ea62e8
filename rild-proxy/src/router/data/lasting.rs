//! What a later life of the daemon must know of data calls: the modem keeps them when the daemon is gone.
//!
//! One record for each call, under the modem's number: how it looked, what it was asked for, and who holds it. One more
//! for the holds on calls that are gone. Phones are named, because their places in the configuration change.
//!
//! What is stored already is not stored again. Who joins a call that is open costs the modem nothing, and may do so all
//! the time; the flash wears out. So a phone may have so many of its joins stored, and beyond that they are with the
//! next change of that call. A daemon that starts before that finds the call without that phone, which has to set it up
//! anew.

use prost::Message;
use ril_protocol::RilVersion;

use super::answer::{self, Layout};
use super::ended;
use super::held::{Hold, OpenCall, State};
use super::wanted::{Family, Wanted};
use super::{DataCalls, MOST_OPEN};
use crate::router::journal::Kind;
use crate::router::phones::Phones;
use crate::router::{Actions, Now, PhoneId, Record, Router};

/// The layout that says all.
const FULL: Layout = Layout::List(11);

#[derive(Clone, PartialEq, Message)]
pub(super) struct StoredCall {
    /// The call, as an answer in the fullest layout.
    #[prost(bytes = "vec", tag = "1")]
    call: Vec<u8>,
    /// The layout of the answer to the set-up was a list.
    #[prost(int32, optional, tag = "2")]
    list: Option<i32>,
    /// It was so many strings.
    #[prost(uint32, optional, tag = "3")]
    strings: Option<u32>,
    #[prost(message, repeated, tag = "4")]
    wanted: Vec<StoredWanted>,
    #[prost(message, repeated, tag = "5")]
    holds: Vec<StoredHold>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredWanted {
    /// The strings of a set-up.
    #[prost(string, repeated, tag = "1")]
    strings: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredHold {
    #[prost(string, tag = "1")]
    phone: String,
    #[prost(int32, tag = "2")]
    cid: i32,
    /// 4 or 6 if it sees one address family only.
    #[prost(uint32, tag = "3")]
    only: u32,
}

impl DataCalls {
    /// A call of an earlier life, or its calls that were gone, unless the record is none.
    pub(in crate::router) fn recall(&mut self, key: &[u8], value: &[u8], phones: &Phones) {
        self.stored.insert(key.to_vec(), value.to_vec());
        if key == ended::KEY {
            return self.recall_ended(value, phones);
        }
        let Some(call) = read(value, phones) else { return };
        if self.calls.len() < MOST_OPEN && !self.calls.iter().any(|known| known.cid == call.cid) {
            self.calls.push(call);
        }
    }
}

impl Router {
    /// Stores what is to be known of a call, or that there is none of this number.
    pub(super) fn keep_data_call(&mut self, cid: i32, out: &mut Actions) {
        self.keep_data_record(&cid.to_be_bytes(), self.data_call_record(cid), out);
    }

    /// The same when this phone has joined it.
    pub(super) fn keep_joined_data_call(&mut self, now: Now, phone: PhoneId, cid: i32, out: &mut Actions) {
        let is_news = self.data.stored.get(&cid.to_be_bytes()[..]) != self.data_call_record(cid).as_ref();
        if is_news && self.journal.take_change(now, phone) {
            self.keep_data_call(cid, out);
        }
    }

    /// Stores this record in place of the one of this key, if it is another, or removes that.
    pub(super) fn keep_data_record(&mut self, key: &[u8], record: Option<Vec<u8>>, out: &mut Actions) {
        if self.data.stored.get(key) == record.as_ref() {
            return;
        }
        if let Some(record) = record {
            self.journal.put(Kind::DataCall, key, &record, out);
            self.data.stored.insert(key.to_vec(), record);
        } else {
            self.journal.remove(Kind::DataCall, key, out);
            self.data.stored.remove(key);
        }
    }

    fn data_call_record(&self, cid: i32) -> Option<Vec<u8>> {
        let call = self.data.calls.iter().find(|call| call.cid == cid)?;
        Some(written(call, &self.phones).encode_to_vec())
    }
}

fn written(call: &OpenCall, phones: &Phones) -> StoredCall {
    let (list, strings) = match call.layout {
        Layout::List(layout) => (Some(layout), None),
        Layout::Strings(count) => (None, u32::try_from(count).ok()),
    };
    StoredCall {
        call: answer::write(call.now.clone(), FULL, RilVersion::COMMON),
        list,
        strings,
        wanted: call.wanted.iter().map(|wanted| StoredWanted { strings: wanted.written() }).collect(),
        ..StoredCall::of_holds(call.all_holds(), phones)
    }
}

impl StoredCall {
    /// Who holds it, and nothing else.
    pub(super) fn of_holds<'a>(holds: impl Iterator<Item = &'a Hold>, phones: &Phones) -> Self {
        let written = |hold: &Hold| {
            let phone = phones.get(hold.phone)?.name.clone();
            let only = match hold.only {
                None => 0,
                Some(Family::V4) => 4,
                Some(Family::V6) => 6,
            };
            Some(StoredHold { phone, cid: hold.cid, only })
        };
        Self { holds: holds.filter_map(written).collect(), ..Self::default() }
    }

    /// The holds of phones that may still have data.
    pub(super) fn holds_on(self, phones: &Phones) -> impl Iterator<Item = Hold> {
        self.holds.into_iter().filter_map(|hold| {
            let phone = phones.named(&hold.phone).filter(|phone| phones.has_data(*phone))?;
            let only = match hold.only {
                4 => Some(Family::V4),
                6 => Some(Family::V6),
                _ => None,
            };
            Some(Hold { phone, cid: hold.cid, only, until: None })
        })
    }
}

fn read(value: &[u8], phones: &Phones) -> Option<OpenCall> {
    let stored = StoredCall::decode(value).ok()?;
    let (now, _) = answer::read(&stored.call, RilVersion::COMMON)?;
    let layout = match (stored.list, stored.strings) {
        (Some(layout), _) => Layout::List(layout),
        (None, strings) => Layout::Strings(strings.unwrap_or_default().min(6) as usize),
    };
    Some(OpenCall {
        cid: now.cid,
        wanted: stored.wanted.iter().map(|wanted| Wanted::of(&wanted.strings)).collect(),
        now,
        layout,
        holds: stored.holds_on(phones).collect(),
        state: State::Recalled,
        since: 0,
        over_since: 0,
        in_doubt: None,
    })
}

impl Router {
    /// A record of this kind of an earlier life.
    pub(in crate::router) fn recall_data(&mut self, record: Record<'_>) {
        self.data.recall(record.key, record.value, &self.phones);
    }
}
