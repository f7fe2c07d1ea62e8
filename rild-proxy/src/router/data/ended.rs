//! Numbers of calls that are over, of which their phones have not seen yet that they are gone.
//!
//! A call that the network has ended stays in the modem's list for a while. When it goes from there hangs on other
//! phones too: the modem gives its number to their next call, or one of them asks for the list. So the number by which
//! a phone knew the call is not given to that phone's next one before the phone has had a list without it, or has
//! closed it. These numbers are no more than the calls that it had at a time: when the next one ends, it has a list.

use prost::Message;

use super::DataCalls;
use super::held::Hold;
use super::lasting::StoredCall;
use crate::router::phones::Phones;
use crate::router::{Actions, PhoneId, Router};

/// The key of the record; calls have the modem's number, of four bytes.
pub(super) const KEY: &[u8] = b"ended";

impl DataCalls {
    /// Whether this phone may take that number for that of a call which it once had.
    pub(super) fn is_taken_by_ended(&self, phone: PhoneId, number: i32) -> bool {
        self.ended.iter().any(|hold| hold.is(phone, number))
    }

    pub(super) fn has_ended(&self, phone: PhoneId) -> bool {
        self.ended.iter().any(|hold| hold.phone == phone)
    }

    /// The numbers of an earlier life.
    pub(super) fn recall_ended(&mut self, value: &[u8], phones: &Phones) {
        let Ok(stored) = StoredCall::decode(value) else { return };
        self.ended.extend(stored.holds_on(phones));
    }
}

impl Router {
    /// These calls are gone, and their holders have not seen that. One phone alone has the modem's numbers.
    pub(super) fn data_ended(&mut self, mut holds: Vec<Hold>, out: &mut Actions) {
        holds.retain(|hold| !self.data.is_alone(hold.phone));
        if holds.is_empty() {
            return;
        }
        self.data.ended.extend(holds);
        self.keep_ended_data(out);
    }

    /// This phone has closed what it knew by that number, or, without one, has had a list of what there is.
    pub(super) fn data_end_seen(&mut self, phone: PhoneId, number: Option<i32>, out: &mut Actions) {
        self.forget_ended_data(|hold| hold.phone == phone && number.is_none_or(|number| hold.cid == number), out);
    }

    /// Frees these numbers; whether there were any.
    pub(super) fn forget_ended_data(&mut self, which: impl Fn(&Hold) -> bool, out: &mut Actions) -> bool {
        let before = self.data.ended.len();
        self.data.ended.retain(|hold| !which(hold));
        let any = self.data.ended.len() < before;
        if any {
            self.keep_ended_data(out);
        }
        any
    }

    fn keep_ended_data(&mut self, out: &mut Actions) {
        let is_any = !self.data.ended.is_empty();
        let record = is_any.then(|| StoredCall::of_holds(self.data.ended.iter(), &self.phones).encode_to_vec());
        self.keep_data_record(KEY, record, out);
    }
}
