//! Emergency calls that the modem was asked to make and has not listed: whose each is, should it be listed yet.
//!
//! Such a call may be listed long after it was given up, by the next modem side, or to the next daemon, when others
//! have dialled other numbers, none of whom is to see it. So its number is kept with who dialled it, durably, for as
//! long as it may come: of each phone the newest few. Of two phones that dialled the same number nobody can tell whose
//! it is.

use prost::Message;
use ril_protocol::payload::call::Call;

use super::appearing::{digits, is_same_number};
use super::dialling::{Dialled, MOST_DIALLED};
use super::emergency::{EmergencyNumbers, without_clir};
use crate::router::{Actions, Kind, PhoneId, Router};

/// The key of these calls in the store. Calls have their index at the modem, of four bytes.
pub(super) const UNLISTED: &[u8] = b"unlisted emergency calls";

/// The calls as they are stored. The numbers of the fields are in people's databases.
#[derive(Clone, PartialEq, Message)]
struct UnlistedCalls {
    #[prost(message, repeated, tag = "1")]
    calls: Vec<UnlistedCall>,
}

#[derive(Clone, PartialEq, Message)]
struct UnlistedCall {
    /// Name of the phone that dialled.
    #[prost(string, tag = "1")]
    caller: String,
    /// Digits of the number that it dialled.
    #[prost(string, tag = "2")]
    number: String,
}

/// Calls that nothing but a list can tell of any more, and what is stored.
#[derive(Debug, Default)]
pub(super) struct LateEmergencies {
    /// Who dialled, and which digits; the oldest first.
    calls: Vec<(PhoneId, String)>,
    stored: UnlistedCalls,
}

impl LateEmergencies {
    /// The modem may make this call of a phone yet.
    pub(super) fn add(&mut self, phone: PhoneId, address: &str) {
        let call = (phone, number_of(address));
        self.calls.retain(|known| *known != call);
        let mut of_phone = self.calls.iter().enumerate().filter(|(_, (other, _))| *other == phone);
        if let Some((oldest, _)) = of_phone.next()
            && of_phone.count() + 1 >= MOST_DIALLED
        {
            self.calls.remove(oldest);
        }
        self.calls.push(call);
    }

    /// Whether one of these phones dialled any of them.
    pub(super) fn any(&self, of: impl Fn(PhoneId) -> bool) -> bool {
        self.calls.iter().any(|(phone, _)| of(*phone))
    }

    /// Who dialled the newest of them.
    pub(super) fn last_caller(&self) -> Option<PhoneId> {
        self.calls.last().map(|(phone, _)| *phone)
    }

    /// Too much time has passed for any of them to come.
    pub(super) fn clear(&mut self) {
        self.calls.clear();
    }

    /// Whose call this is, if it is one of them and nobody has dialled that number since, or an emergency number that
    /// may be the same. A number that only ends like theirs is another, and one that theirs ends in as well, unless
    /// that is an emergency number: then the rest is a code in front of it.
    pub(super) fn take(&mut self, call: &Call, dialled: &[Dialled], numbers: &EmergencyNumbers) -> Option<PhoneId> {
        let number = call.number.as_deref().unwrap_or_default();
        let listed = digits(number);
        let is_expected = |dialled: &Dialled| {
            digits(&dialled.address) == listed || dialled.emergency && is_same_number(number, &dialled.address)
        };
        if call.is_mt || listed.is_empty() || dialled.iter().any(is_expected) {
            return None;
        }
        let is_it =
            |dialled: &str| dialled == listed || dialled.ends_with(&listed) && numbers.is_emergency_call(&listed);
        let place = self.calls.iter().position(|(_, dialled)| is_it(dialled))?;
        Some(self.calls.remove(place).0)
    }
}

/// The digits by which a modem may list what was dialled.
fn number_of(address: &str) -> String {
    digits(without_clir(address))
}

impl Router {
    /// Stores what changed of emergency calls that are not listed: those that are dialled, and those that may come
    /// late.
    pub(super) fn store_unlisted_emergencies(&mut self, out: &mut Actions) {
        let late = self.voice.late_emergencies.calls.iter().map(|(phone, number)| (*phone, number.clone()));
        let dialled = self.voice.dialled.iter().filter(|dialled| dialled.emergency);
        let dialled = dialled.map(|dialled| (dialled.phone, number_of(&dialled.address)));
        let mut now = UnlistedCalls::default();
        for (phone, number) in late.chain(dialled) {
            let Some(caller) = self.phones.get(phone).map(|phone| phone.name.clone()) else { continue };
            let call = UnlistedCall { caller, number };
            if !now.calls.contains(&call) {
                now.calls.push(call);
            }
        }
        if now == self.voice.late_emergencies.stored {
            return;
        }
        if now.calls.is_empty() {
            self.journal.remove(Kind::Call, UNLISTED, out);
        } else {
            self.journal.put(Kind::Call, UNLISTED, &now.encode_to_vec(), out);
        }
        self.voice.late_emergencies.stored = now;
    }

    /// The emergency calls that an earlier daemon dialled and had not seen in a list.
    pub(super) fn recall_unlisted_emergencies(&mut self, value: &[u8]) {
        let Ok(stored) = UnlistedCalls::decode(value) else { return };
        for call in &stored.calls {
            if let Some(phone) = self.phone_named(&call.caller) {
                self.voice.late_emergencies.add(phone, &call.number);
            }
        }
        self.voice.late_emergencies.stored = stored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_newest_few_of_each_phone_are_known() {
        let [a, b] = [PhoneId(0), PhoneId(1)];
        let mut late = LateEmergencies::default();
        let numbers = EmergencyNumbers::new(&Config::default());
        late.add(b, "112");
        for number in ["000", "911", "08", "110", "9-1-1", "118"] {
            late.add(a, number);
        }
        let mut whose = |number: &str| {
            let call = Call { number: Some(number.to_owned()), ..Call::default() };
            late.take(&call, &[], &numbers)
        };
        assert_eq!(whose("000"), None, "four are newer");
        assert_eq!(["112", "08", "110", "911", "118"].map(&mut whose), [Some(b), Some(a), Some(a), Some(a), Some(a)]);
        assert_eq!(whose("911"), None, "it was one call");
    }

    #[test]
    fn what_stands_before_the_number_is_no_part_of_it() {
        let numbers = EmergencyNumbers::new(&Config::default());
        let whose = |listed: &str| {
            let mut late = LateEmergencies::default();
            late.add(PhoneId(0), "*67 911");
            late.take(&Call { number: Some(listed.to_owned()), ..Call::default() }, &[], &numbers)
        };
        assert_eq!(
            ["67911", "911", "11", "1", "7911"].map(whose),
            [Some(PhoneId(0)), Some(PhoneId(0)), None, None, None]
        );
    }
}
