//! A data call of the modem, who holds it, and how each holder sees it.

use ril_protocol::payload::Text;
use ril_protocol::payload::data::DataCall;

use super::answer::Layout;
use super::wanted::{DUAL, Family, Wanted};
use super::{MOST_TRIES, RETRY};
use crate::router::{Now, PhoneId};

/// Asks that one call is known to serve, at most: the modem may give the same call for different ones.
const MOST_WANTED: usize = 4;

/// A data call that was opened for a phone, in this life of the daemon or an earlier one.
#[derive(Debug)]
pub(super) struct OpenCall {
    /// The modem's number.
    pub(super) cid: i32,
    /// What was asked for and got this call.
    pub(super) wanted: Vec<Wanted>,
    /// As the modem said last.
    pub(super) now: DataCall,
    /// How the answer to the set-up was laid out.
    pub(super) layout: Layout,
    pub(super) holds: Vec<Hold>,
    pub(super) state: State,
    /// What the modem was asked last before it said that this call exists: an older list does not have it.
    pub(super) since: u32,
    /// What it was asked last before news came that this call is over: an older list may have it as up.
    pub(super) over_since: u32,
    /// It may be over: the modem was asked to close it and has not said that it did, or a list has said so before the
    /// answer came that opened it. The list is asked for at once; how often it was asked for in vain, or again.
    pub(super) in_doubt: Option<u8>,
}

/// Where a call is in its life.
#[derive(Debug)]
pub(super) enum State {
    /// Somebody holds it.
    Open,
    /// Nobody does. It is closed at that time; never, if the modem has refused that often enough.
    Unheld { until: Option<Now>, tries: u8 },
    /// The modem is asked to close it. If it refuses, the one who asked holds it again.
    Closing { id: u32, hold: Option<Hold>, tries: u8 },
    /// It is over, or may be, and nobody holds it any more. It is closed when no set-up is unanswered, for meanwhile
    /// its number may be another's. Until then who asks for the same waits for that.
    Over { until: Option<Now>, tries: u8 },
    /// Known from an earlier life of the daemon or the modem side. Whether it still is that call, a list will tell.
    Recalled,
}

/// One phone's hold on a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) phone: PhoneId,
    /// The number by which the phone knows the call.
    pub(super) cid: i32,
    /// The phone asked for one address family and sees that one of two.
    pub(super) only: Option<Family>,
    /// The phone has no client, and loses the call then.
    pub(super) until: Option<Now>,
}

impl Hold {
    pub(super) fn is(&self, phone: PhoneId, cid: i32) -> bool {
        (self.phone, self.cid) == (phone, cid)
    }
}

impl OpenCall {
    /// Whether it can be used. One that the network has closed may stay in the list for a while.
    pub(super) fn is_up(&self) -> bool {
        self.now.active != 0
    }

    /// Whether a list that was asked for under this number is older than the call. `None`: it is news.
    pub(super) fn is_newer_than(&self, asked: Option<u32>) -> bool {
        asked.is_some_and(|asked| self.since >= asked)
    }

    /// Whether such a list is older than the news that the call is over.
    pub(super) fn is_over_since(&self, asked: Option<u32>) -> bool {
        asked.is_some_and(|asked| self.over_since >= asked)
    }

    /// How it serves who asks for this; see [`Wanted::serves`].
    pub(super) fn serves(&self, wanted: &Wanted) -> Option<Option<Family>> {
        let granted = self.now.pdp_type.as_deref();
        self.wanted.iter().find_map(|own| own.serves(granted, wanted))
    }

    /// It was given for this, too.
    pub(super) fn learn_wanted(&mut self, wanted: Wanted) {
        if !self.wanted.contains(&wanted) && self.wanted.len() < MOST_WANTED {
            self.wanted.push(wanted);
        }
    }

    /// The holds on it, and the one that comes back if the modem does not close it.
    pub(super) fn all_holds(&self) -> impl Iterator<Item = &Hold> {
        let leaving = match &self.state {
            State::Closing { hold, .. } => hold.as_ref(),
            _ => None,
        };
        self.holds.iter().chain(leaving)
    }

    pub(super) fn hold_of(&self, phone: PhoneId) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.phone == phone)
    }

    /// The modem lists it like this. Lists of the oldest layout say less than the answer to the set-up did.
    pub(super) fn listed(&mut self, listed: &DataCall, layout: i32) {
        if layout < 6 {
            self.now.active = listed.active;
            self.now.pdp_type.clone_from(&listed.pdp_type);
            self.now.addresses.clone_from(&listed.addresses);
        } else {
            self.now.clone_from(listed);
        }
    }

    /// Somebody holds it, and the list that was asked for is to tell whether it is there.
    pub(super) fn awaits_list(&self) -> bool {
        matches!(self.state, State::Open) && self.in_doubt == Some(0)
    }

    /// The modem has it, whatever it was asked to do with it: one that it did not close is closed again.
    pub(super) fn confirm_open(&mut self, now: Now) {
        if let State::Unheld { until, tries } = &mut self.state
            && self.in_doubt.is_some()
        {
            *until = (*tries < MOST_TRIES).then_some(now + RETRY);
        }
        self.in_doubt = None;
    }

    /// Whether this answer to another set-up may mean the same call: it has an address of it, or more of them by now.
    /// One that has none of them took the number of a call whose end was not heard.
    pub(super) fn may_be(&self, opened: &DataCall) -> bool {
        let of = |call: &DataCall| call.addresses.clone().unwrap_or_default();
        let (known, opened) = (of(&self.now), of(opened));
        known.is_empty() || opened.is_empty() || known.split(' ').any(|one| opened.split(' ').any(|other| one == other))
    }

    /// Whether the modem means the same call by this: numbers are used again, addresses and interfaces hardly.
    pub(super) fn is_same(&self, listed: &DataCall, layout: i32) -> bool {
        are_same(&self.now, listed, layout)
    }
}

/// Whether both are the same call at different times; see [`OpenCall::is_same`].
pub(super) fn are_same(one: &DataCall, other: &DataCall, layout: i32) -> bool {
    let same = one.cid == other.cid && one.addresses == other.addresses;
    same && (layout < 6 || one.ifname == other.ifname && one.pdp_type == other.pdp_type)
}

/// A call as this holder sees it.
pub(super) fn seen(call: &DataCall, hold: &Hold) -> DataCall {
    let mut seen = DataCall { cid: hold.cid, ..call.clone() };
    let Some(family) = hold.only.filter(|_| call.pdp_type.as_deref() == Some(DUAL)) else { return seen };
    seen.pdp_type = Some(family.name().to_owned());
    for addresses in [&mut seen.addresses, &mut seen.dnses, &mut seen.gateways, &mut seen.pcscf] {
        keep_family(addresses, family);
    }
    seen
}

/// Leaves addresses of one family: those of IPv6 have colons, those of IPv4 have not (RFC 4291, 2.2).
fn keep_family(addresses: &mut Text, family: Family) {
    let Some(text) = addresses else { return };
    let is_wanted = |address: &&str| address.contains(':') == (family == Family::V6);
    *text = text.split(' ').filter(is_wanted).collect::<Vec<_>>().join(" ");
}
