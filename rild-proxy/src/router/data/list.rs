//! The modem's list of data calls: what it means for the holders, and each phone's part of it.
//!
//! A phone hears of a change when something that it sees has changed, and of nothing else. What the list has and no
//! phone of ours opened is the modem's own, IMS for example: it is left alone. So a phone that holds no call has an
//! empty list, and the modem need not be asked.

use ril_protocol::frame::Request;
use ril_protocol::payload::data::{DataCall, DataCallList};
use ril_protocol::{Errno, RilVersion, UnsolCode, parcel};

use super::answer;
use super::held::{Hold, OpenCall, State, seen};
use super::{DataCalls, UNHELD};
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Waiter};
use crate::router::{Actions, Note, Now, PhoneId, Router};

impl DataCalls {
    /// The layout of lists.
    pub(super) fn list_layout(&self, version: RilVersion) -> i32 {
        self.layout.unwrap_or_else(|| answer::list_layout(version))
    }

    /// Whether this phone's part of the modem's list is empty, whatever the list is. While there are calls of an
    /// earlier life, the list is asked for all the same: it tells what has become of them. So it is while the phone has
    /// not seen that a call of its own is gone: that other phones have seen it makes no difference.
    fn has_none_to_list(&self, phone: PhoneId) -> bool {
        let is_of_no_interest =
            |call: &OpenCall| call.hold_of(phone).is_none() && !matches!(call.state, State::Recalled);
        !self.is_alone(phone) && !self.has_ended(phone) && self.calls.iter().all(is_of_no_interest)
    }

    /// There is no list that was asked for under this number: nobody waits for what it would tell of calls that are
    /// held.
    pub(super) fn list_failed(&mut self, asked: u32) {
        for call in self.calls.iter_mut().filter(|call| call.awaits_list() && call.since < asked) {
            call.in_doubt = Some(1);
        }
    }

    /// A phone's part of the modem's list, by the phone's own numbers: in the modem's order it would tell which of the
    /// modem's numbers others have. Of a call that is newer than the list, or over since, it has what is known of that.
    fn part_of(&self, phone: PhoneId, list: &DataCallList, asked: Option<u32>) -> DataCallList {
        let part = self.calls.iter().filter_map(|call| {
            let hold = call.hold_of(phone)?;
            let listed = list.calls.iter().find(|listed| listed.cid == call.cid);
            if call.is_newer_than(asked) || call.is_over_since(asked) {
                return Some(seen(&call.now, hold));
            }
            Some(seen(listed?, hold))
        });
        let mut calls: Vec<DataCall> = part.collect();
        calls.sort_by_key(|call| call.cid);
        DataCallList { version: list.version, calls }
    }

    /// Takes the modem's list in. `asked` is the number under which it was asked for.
    fn take_in(&mut self, now: Now, list: &DataCallList, asked: Option<u32>) -> TakenIn {
        let TakenIn { mut phones, mut touched, mut ended } = TakenIn::default();
        self.layout = Some(list.version);
        self.hear(list, asked);
        let last_id = self.last_id;
        self.calls.retain_mut(|call| {
            if call.is_newer_than(asked) {
                return true;
            }
            let before = call.now.clone();
            let listed = list.calls.iter().find(|listed| listed.cid == call.cid);
            let is_recalled = matches!(call.state, State::Recalled);
            // A call that was closed, or may have been, does not come back: its number is another's.
            let is_sure = !is_recalled && call.is_up() && call.in_doubt.is_none();
            let listed = listed.filter(|listed| is_sure || call.is_same(listed, list.version));
            if call.is_over_since(asked) && listed.is_some_and(|listed| listed.active != 0) {
                return true;
            }
            if let Some(listed) = listed {
                call.listed(listed, list.version);
                call.confirm_open(now);
                if asked.is_none() && !call.is_up() {
                    call.over_since = last_id;
                }
                if is_recalled && call.holds.is_empty() {
                    call.state = State::Unheld { until: Some(now + UNHELD), tries: 0 };
                } else if is_recalled {
                    call.state = State::Open;
                }
            }
            // That a call is gone is no news to who was told that it is over.
            if listed.is_none() && before.active != 0 || call.now != before {
                phones.extend(call.holds.iter().map(|hold| hold.phone));
            }
            if listed.is_none() || call.now != before || is_recalled {
                touched.push(call.cid);
            }
            if listed.is_none() {
                ended.append(&mut call.holds);
            }
            listed.is_some()
        });
        phones.sort_unstable();
        phones.dedup();
        TakenIn { phones, touched, ended }
    }
}

/// What the modem's list has changed.
#[derive(Debug, Default)]
struct TakenIn {
    /// The phones that see a change.
    phones: Vec<PhoneId>,
    /// The calls that are not as they were.
    touched: Vec<i32>,
    /// The holds on calls that are gone.
    ended: Vec<Hold>,
}

impl Router {
    /// `DATA_CALL_LIST`.
    pub(super) fn list_data(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if self.data.has_none_to_list(id) {
            return self.list_no_data(id, request, out);
        }
        let ask = Ask::ListData { asker: self.waiter(id, request.serial), id: self.data.next_id() };
        let order = Order { code: request.code, payload: request.payload.to_vec() };
        if !self.ask(now, ask, &order, out) {
            self.refuse_flood(id, request, out);
        }
    }

    /// A list without calls.
    pub(super) fn list_no_data(&self, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let version = self.version();
        let none = DataCallList { version: self.data.list_layout(version), calls: Vec::new() };
        out.reply(id, request.serial, Errno::SUCCESS, &parcel::encode(&none, version));
    }

    pub(in crate::router) fn on_data_list(
        &mut self,
        now: Now,
        id: u32,
        asker: Option<Waiter>,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let version = self.version();
        let list = match answer.payload {
            _ if !answer.is_ok() => None,
            [] => Some(DataCallList { version: self.data.list_layout(version), calls: Vec::new() }),
            payload => parcel::decode::<DataCallList>(payload, version).ok(),
        };
        match &list {
            Some(list) => self.take_data_list(now, list, answer.payload, Some(id), asker.map(|asker| asker.phone), out),
            None if answer.is_ok() => out.note(Note::Undecodable { what: "the list of data calls" }),
            None => {}
        }
        match asker {
            None if list.is_none() => {
                self.data.list_failed(id);
                self.review_failed(now, out);
                self.settle_data(now, out);
            }
            None => {}
            Some(asker) if self.data.is_alone(asker.phone) => {
                self.answer(asker, answer.errno, answer.payload, out);
            }
            Some(asker) => match list {
                Some(list) => {
                    let part = self.data_part(asker.phone, &list, Some(id), answer.payload);
                    self.answer(asker, Errno::SUCCESS, &part, out);
                    if self.is_there(asker) {
                        self.data_end_seen(asker.phone, None, out);
                    }
                }
                None if answer.is_ok() => self.answer(asker, Errno::GENERIC_FAILURE, &[], out),
                None => self.answer(asker, answer.errno, &[], out),
            },
        }
    }

    /// `DATA_CALL_LIST_CHANGED`.
    pub(super) fn data_list_changed(&mut self, now: Now, payload: &[u8], out: &mut Actions) {
        match parcel::decode::<DataCallList>(payload, self.version()) {
            Ok(list) => self.take_data_list(now, &list, payload, None, None, out),
            Err(_) => out.note(Note::Undecodable { what: "the list of data calls" }),
        }
        if let Some(alone) = self.data.alone {
            self.tell(alone, UnsolCode::DATA_CALL_LIST_CHANGED, payload, out);
        }
    }

    /// Tells these phones what they hold, as far as it is known without the modem.
    pub(super) fn tell_own_lists(&mut self, phones: impl Iterator<Item = PhoneId>, out: &mut Actions) {
        let version = self.version();
        for phone in phones {
            let calls = self.data.calls.iter().map(|call| call.now.clone()).collect();
            let all = DataCallList { version: self.data.list_layout(version), calls };
            let part = parcel::encode(&self.data.part_of(phone, &all, None), version);
            self.tell(phone, UnsolCode::DATA_CALL_LIST_CHANGED, &part, out);
        }
    }

    /// The list is known now, and whoever sees a change in it hears of it, but for the one who gets it anyway.
    fn take_data_list(
        &mut self,
        now: Now,
        list: &DataCallList,
        payload: &[u8],
        asked: Option<u32>,
        asker: Option<PhoneId>,
        out: &mut Actions,
    ) {
        let TakenIn { phones, touched, ended } = self.data.take_in(now, list, asked);
        self.data_ended(ended, out);
        self.data.review = None;
        for cid in touched {
            self.keep_data_call(cid, out);
        }
        for phone in phones.into_iter().filter(|phone| Some(*phone) != asker) {
            if self.data.is_alone(phone) {
                continue;
            }
            let part = self.data_part(phone, list, asked, payload);
            self.tell(phone, UnsolCode::DATA_CALL_LIST_CHANGED, &part, out);
            if self.phones.is_up(phone) {
                self.data_end_seen(phone, None, out);
            }
        }
        self.settle_data(now, out);
    }

    /// A phone's part of the modem's list; the modem's own bytes if that is all of it.
    fn data_part(&self, phone: PhoneId, list: &DataCallList, asked: Option<u32>, payload: &[u8]) -> Vec<u8> {
        let part = self.data.part_of(phone, list, asked);
        if part == *list { payload.to_vec() } else { parcel::encode(&part, self.version()) }
    }
}
