//! What the phones are told that must not notice the hidden one.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::data::DataCallList;
use ril_protocol::{RequestCode, RilVersion, UnsolCode, parcel};

const V: RilVersion = RilVersion::COMMON;

/// Something that a phone is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::simulation) struct Told {
    /// The router's time, where that is compared.
    at: Duration,
    phone: usize,
    /// Whether it is no greeting: a client hears that first.
    is_news: bool,
    body: Vec<u8>,
}

/// What is told, and what is not compared or heard yet.
#[derive(Debug)]
pub(in crate::simulation) struct Observed {
    hidden: usize,
    /// Everything is heard and compared at once, with its time and in its order.
    prompt: bool,
    /// The modem has answered everything, and nothing changes.
    calm: bool,
    told: Vec<Told>,
    /// What can be compared.
    complete: Vec<Told>,
    /// Bodies as they are, which the clients are still to hear.
    unheard: Vec<(usize, Vec<u8>)>,
    /// What is asked, by phone and serial.
    asked: HashMap<(usize, i32), RequestCode>,
}

impl Observed {
    pub(super) fn new(hidden: usize, prompt: bool) -> Self {
        Self {
            hidden,
            prompt,
            calm: false,
            told: Vec::new(),
            complete: Vec::new(),
            unheard: Vec::new(),
            asked: HashMap::new(),
        }
    }

    /// A phone asks.
    pub(in crate::simulation) fn asks(&mut self, phone: usize, request: &Request<'_>) {
        self.asked.insert((phone, request.serial), request.code);
    }

    /// A phone is told something. Whether its client hears that at once.
    pub(in crate::simulation) fn tell(&mut self, now: Duration, phone: usize, body: &[u8]) -> bool {
        if phone == self.hidden {
            return true;
        }
        if !self.prompt && !self.calm && self.is_of_the_moment(phone, body) {
            return false;
        }
        let (at, code) = if self.prompt { (now, None) } else { (Duration::ZERO, Some(UnsolCode::RIL_CONNECTED)) };
        let is_news = code.is_none_or(|code| !is_news_of(body, code));
        self.told.push(Told { at, phone, is_news, body: self.without_the_modems_own(phone, body) });
        if !self.prompt {
            self.unheard.push((phone, body.to_vec()));
        }
        self.prompt
    }

    /// From now on nothing changes until [`complete`](Self::complete), and lists can be compared. Whether they have to
    /// be asked for.
    pub(super) fn is_calm(&mut self) -> bool {
        self.calm = true;
        !self.prompt
    }

    /// Whether this is a list of what there is, or what the phone has set, or says that one is another now. One that is
    /// asked for while others wait for theirs may be later than without them.
    fn is_of_the_moment(&self, phone: usize, body: &[u8]) -> bool {
        match Message::parse(body) {
            Some(Message::Reply(reply)) => matches!(
                self.asked.get(&(phone, reply.serial)),
                Some(
                    &(RequestCode::GET_CURRENT_CALLS
                        | RequestCode::DATA_CALL_LIST
                        | RequestCode::LAST_CALL_FAIL_CAUSE
                        | RequestCode::GET_CLIR)
                )
            ),
            Some(Message::Unsolicited(message)) => matches!(
                message.code,
                UnsolCode::RESPONSE_CALL_STATE_CHANGED | UnsolCode::CALL_RING | UnsolCode::DATA_CALL_LIST_CHANGED
            ),
            _ => false,
        }
    }

    /// The modem has answered everything. What the clients are still to hear, in the same order in both runs.
    pub(super) fn complete(&mut self) -> Vec<(usize, Vec<u8>)> {
        if !self.prompt {
            self.told.sort();
        }
        self.complete.append(&mut self.told);
        self.calm = false;
        let mut unheard = std::mem::take(&mut self.unheard);
        unheard.sort_by_cached_key(|(phone, body)| {
            (*phone, !is_news_of(body, UnsolCode::RIL_CONNECTED), self.without_the_modems_own(*phone, body))
        });
        unheard
    }

    /// What can be compared by now.
    pub(super) fn take(&mut self) -> Vec<Told> {
        let mut taken = std::mem::take(&mut self.complete);
        if self.prompt {
            taken.append(&mut self.told);
        }
        taken
    }

    /// A data call has the modem's interface and addresses, and a modem numbers these by all calls that there are.
    fn without_the_modems_own(&self, phone: usize, body: &[u8]) -> Vec<u8> {
        let plain = |payload: &[u8]| {
            let mut list = parcel::decode::<DataCallList>(payload, V).ok()?;
            for call in &mut list.calls {
                for own in [&mut call.ifname, &mut call.addresses, &mut call.gateways] {
                    let many = own.as_deref().unwrap_or_default().split(' ').count();
                    *own = Some(many.to_string());
                }
            }
            Some(parcel::encode(&list, V))
        };
        let mut frame = Vec::new();
        match Message::parse(body) {
            Some(Message::Reply(reply)) => {
                let code = self.asked.get(&(phone, reply.serial));
                let is_list = matches!(code, Some(&(RequestCode::SETUP_DATA_CALL | RequestCode::DATA_CALL_LIST)));
                let Some(payload) = plain(reply.payload).filter(|_| is_list) else { return body.to_vec() };
                Reply::new(reply.serial, reply.errno, &payload).put(&mut frame);
            }
            Some(Message::Unsolicited(message)) if message.code == UnsolCode::DATA_CALL_LIST_CHANGED => {
                let Some(payload) = plain(message.payload) else { return body.to_vec() };
                Unsolicited::new(message.code, &payload).put(&mut frame);
            }
            _ => return body.to_vec(),
        }
        frame.split_off(4)
    }
}

fn is_news_of(body: &[u8], code: UnsolCode) -> bool {
    matches!(Message::parse(body), Some(Message::Unsolicited(message)) if message.code == code)
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  phone{} at {:?}: {:?}", self.phone, self.at, Message::parse(&self.body))
    }
}
