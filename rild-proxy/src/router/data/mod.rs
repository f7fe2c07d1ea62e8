//! Data calls: what phones ask for is shared, and each phone sees its own.
//!
//! Phones that ask for the same thing get the same call of the modem: the first one opens it, and it is closed when
//! nobody holds it any more. Each phone numbers its calls for itself, and its list has those calls only. Nothing here
//! carries data or touches an interface: that is the host's part.
//!
//! * `wanted`: what a phone asks for, and what else may serve it.
//! * `answer`: what a phone is told of a set-up, in the layout of the modem's version.
//! * `held`: the calls that exist, who holds them and how each holder sees them.
//! * `set_up`, `release`, `list`: opening, closing, and the modem's lists.
//! * `ended`: numbers that stay taken until their phone has seen that the call is gone.
//! * `overtaken`: lists that say more of a call than the later answer that opened it.
//! * `absence`: clients, the modem and the daemon come and go.
//! * `lasting`: what a later life of the daemon must know.
//! * `causes`: why a phone's last set-up failed. `keepalive`: what belongs to a data call.
//! * `requests`: which of them a message goes to.
//!
//! Reference: ril.h, `RIL_REQUEST_SETUP_DATA_CALL` and its neighbours; 3GPP TS 27.007, 10.1; TS 24.301, 6.5.1.

mod absence;
mod answer;
mod causes;
mod ended;
mod held;
mod keepalive;
mod lasting;
mod list;
mod overtaken;
mod release;
mod requests;
mod set_up;
mod wanted;

use std::collections::BTreeMap;
use std::time::Duration;

use super::pending::Waiter;
use super::phones::Phones;
use super::{Now, PhoneId};
use crate::config::{Config, Who};
use causes::Cause;
use held::{Hold, OpenCall, State};
use keepalive::Keepalive;
use overtaken::Heard;
use wanted::Wanted;

/// Most calls that exist or are being opened; modems have fewer than twenty.
const MOST_OPEN: usize = 64;

/// Most set-ups of one phone that are not answered.
const MOST_ASKED: usize = 16;

/// How long a phone without a client keeps its calls.
const ABSENCE: Duration = Duration::from_secs(60);

/// How long a call is kept that nobody holds and that somebody may still want: one that came too late, or that the
/// daemon finds when it starts.
const UNHELD: Duration = Duration::from_secs(10);

/// After how long the modem is asked again when it did not do what it must, and how often.
const RETRY: Duration = Duration::from_secs(5);
const MOST_TRIES: u8 = 3;

/// How often, less and less so, the modem is asked for its list again to know whether a call is there still: for twenty
/// minutes.
const MOST_LOOKS: u8 = 7;

/// What the router knows of data calls.
#[derive(Debug)]
pub(in crate::router) struct DataCalls {
    who: Who,
    /// The phone that speaks for the SIM: it sets what is about no data call.
    owner: PhoneId,
    /// The only phone that may have data. It has nobody to share with and knows calls by the modem's own numbers.
    alone: Option<PhoneId>,
    calls: Vec<OpenCall>,
    /// Holds on calls that are gone. See `ended`.
    ended: Vec<Hold>,
    /// What phones have asked to be closed and have no answer about, each with what the modem is asked for it.
    closing: Vec<(u32, Hold)>,
    opening: Vec<Opening>,
    /// Set-ups that were given up and may succeed all the same.
    given_up: Vec<Opening>,
    /// What the modem's lists said last of each call, while a set-up was unanswered. See `overtaken`.
    heard: Vec<Heard>,
    /// Set-ups that wait for what goes on about the same thing.
    waiting: Vec<Asked>,
    /// Numbers what the modem is asked.
    last_id: u32,
    /// When the modem's list must be known, while there are calls of an earlier life; and how often it was asked for.
    review: Option<Now>,
    reviews: u8,
    /// Layout of the last list.
    layout: Option<i32>,
    causes: Vec<Cause>,
    keepalives: Vec<Keepalive>,
    /// Who had calls when the modem side ended, and was not told yet that they are gone.
    bereft: Vec<PhoneId>,
    /// The records in the store, by their keys.
    stored: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// A set-up at the modem.
#[derive(Debug)]
struct Opening {
    id: u32,
    wanted: Wanted,
    /// In the words of whoever asked.
    payload: Vec<u8>,
}

/// A set-up of a client.
#[derive(Debug)]
struct Asked {
    waiter: Waiter,
    wanted: Wanted,
    payload: Vec<u8>,
}

/// A data call, as shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataCallView {
    /// The modem's context id.
    pub cid: i32,
    /// The access point name; in lower case, for it has none (3GPP TS 23.003, 9.1).
    pub apn: String,
    /// PDP type that was granted.
    pub pdp_type: String,
    /// Network interface.
    pub ifname: String,
    /// Addresses, separated by spaces.
    pub addresses: String,
    /// 0 inactive, 1 active with the physical link down, 2 active with it up.
    pub active: i32,
    /// Who holds it, each with the context id by which it knows the call.
    pub holders: Vec<(PhoneId, i32)>,
}

impl DataCalls {
    pub(in crate::router) fn new(config: &Config, phones: &Phones) -> Self {
        let owner = config.data.owner.as_ref().and_then(|name| phones.named(name));
        let owner = owner.or_else(|| phones.ids().find(|phone| phones.is_privileged(*phone)));
        let mut with_data = phones.ids().filter(|phone| phones.has_data(*phone));
        let alone = with_data.next().filter(|_| with_data.next().is_none());
        Self {
            who: config.data.who,
            owner: owner.unwrap_or(PhoneId(0)),
            alone,
            calls: Vec::new(),
            ended: Vec::new(),
            closing: Vec::new(),
            opening: Vec::new(),
            given_up: Vec::new(),
            heard: Vec::new(),
            waiting: Vec::new(),
            last_id: 0,
            review: None,
            reviews: 0,
            layout: None,
            causes: config.phone.iter().map(|_| Cause::None).collect(),
            keepalives: Vec::new(),
            bereft: Vec::new(),
            stored: BTreeMap::new(),
        }
    }

    /// When something here is due.
    pub(in crate::router) fn deadline(&self) -> Option<Now> {
        let calls = self.calls.iter().flat_map(|call| {
            let unheld = match call.state {
                State::Unheld { until, .. } | State::Over { until, .. } => until,
                _ => None,
            };
            call.holds.iter().map(|hold| hold.until).chain([unheld]).flatten()
        });
        let ended = self.ended.iter().filter_map(|hold| hold.until);
        calls.chain(ended).chain(self.review).min()
    }

    /// The calls that exist.
    pub(in crate::router) fn views(&self) -> impl Iterator<Item = DataCallView> {
        self.calls.iter().map(|call| DataCallView {
            cid: call.cid,
            apn: call.wanted.first().map(|wanted| wanted.apn.clone()).unwrap_or_default(),
            pdp_type: call.now.pdp_type.clone().unwrap_or_default(),
            ifname: call.now.ifname.clone().unwrap_or_default(),
            addresses: call.now.addresses.clone().unwrap_or_default(),
            active: call.now.active,
            holders: call.holds.iter().map(|hold| (hold.phone, hold.cid)).collect(),
        })
    }

    fn next_id(&mut self) -> u32 {
        self.last_id = self.last_id.wrapping_add(1);
        self.last_id
    }

    fn call(&mut self, cid: i32) -> Option<&mut OpenCall> {
        self.calls.iter_mut().find(|call| call.cid == cid)
    }

    /// Whether the modem's call of this number can be used.
    fn is_in_use(&self, cid: i32) -> bool {
        self.calls.iter().any(|call| call.cid == cid && call.is_up())
    }

    fn is_alone(&self, phone: PhoneId) -> bool {
        self.alone == Some(phone)
    }

    /// The hold by which this phone knows a call by this number: the modem's number of the call, and the hold.
    fn hold(&self, phone: PhoneId, cid: i32) -> Option<(i32, &Hold)> {
        let known = |hold: &&Hold| hold.phone == phone && hold.cid == cid;
        self.calls.iter().find_map(|call| Some((call.cid, call.holds.iter().find(known)?)))
    }

    /// A number for a new call of this phone's: the smallest that it does not use, so that it cannot count the calls of
    /// others. It uses one until it knows that it is closed, whatever a list has shown meanwhile.
    fn free_number(&self, phone: PhoneId, cid: i32) -> i32 {
        if self.is_alone(phone) {
            return cid;
        }
        let used = |number: i32| self.calls.iter().any(|call| call.all_holds().any(|hold| hold.is(phone, number)));
        let is_closing = |number: i32| self.closing.iter().any(|(_, hold)| hold.is(phone, number));
        let is_free = |number: &i32| !used(*number) && !is_closing(*number) && !self.is_taken_by_ended(phone, *number);
        (1..).find(is_free).unwrap_or(cid)
    }

    /// Set-ups of this phone that wait here.
    fn asked_by(&self, phone: PhoneId) -> usize {
        self.waiting.iter().filter(|asked| asked.waiter.phone == phone).count()
    }
}
