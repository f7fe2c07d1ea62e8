//! PINs and PUKs: secrets that are lost after a few wrong tries, for everybody.
//!
//! Only privileged phones get here. One try is at the modem at a time, so that the next is made knowing how that went.
//! A secret that the card has refused twice is not tried a third time before another was right: a client that repeats
//! what it has stored at each start does not block the card. It is told what the card would say, and the tries that are
//! left. oFono asks for those with an empty secret; that is answered from what is known, because some cards count it.
//!
//! Reference: ril.h, `RIL_REQUEST_ENTER_SIM_PIN` and following; 3GPP TS 27.007, 7.4 and 8.3; ETSI TS 102 221, 9.5.

use std::collections::VecDeque;
use std::fmt;

use ril_protocol::frame::Request;
use ril_protocol::payload::Strings;
use ril_protocol::{Errno, RequestCode, parcel};

use crate::router::common::flow_of;
use crate::router::pending::{Answer, Ask, Asker, Waiter};
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// How often one wrong secret is tried.
const MOST_TRIES: usize = 2;
/// Most wrong secrets that are remembered; a card has ten tries for a PUK and three for a PIN.
const MOST_WRONG: usize = 16;
/// Most tries that wait for the one at the modem.
const MOST_WAITING: usize = 4;
/// "Not known" (ril.h).
const UNKNOWN: i32 = -1;

/// What is known of the card's secrets.
#[derive(Debug, Default)]
pub(in crate::router) struct Pins {
    at_modem: Option<AtModem>,
    waiting: VecDeque<Waiting>,
    /// The latest first.
    wrong: VecDeque<Wrong>,
    left: Vec<(Kind, i32)>,
}

/// Which secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pin1,
    Puk1,
    Pin2,
    Puk2,
    Network,
}

/// A secret of a card's application, as somebody enters it.
#[derive(Clone, PartialEq, Eq)]
struct Try {
    kind: Kind,
    secret: String,
    /// The application, or all that is said where a request has no one place for the secret.
    of: Vec<Option<String>>,
}

/// A try at the modem.
#[derive(Debug)]
struct AtModem {
    what: Try,
    /// There was no card since: what is heard of it says nothing of this one.
    stale: bool,
}

#[derive(Debug)]
struct Wrong {
    what: Try,
    times: usize,
}

struct Waiting {
    waiter: Waiter,
    code: RequestCode,
    payload: Vec<u8>,
}

impl fmt::Debug for Try {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.waiter, self.code)
    }
}

impl Try {
    /// The secret that a request enters, if it enters one; an absent one is empty.
    fn of(code: RequestCode, arguments: &Strings) -> Option<Self> {
        let text = |place: usize| arguments.get(place).cloned().flatten();
        let (kind, secret, aid) = match code {
            RequestCode::ENTER_SIM_PIN => (Kind::Pin1, 0, 1),
            RequestCode::ENTER_SIM_PUK => (Kind::Puk1, 0, 2),
            RequestCode::ENTER_SIM_PIN2 => (Kind::Pin2, 0, 1),
            RequestCode::ENTER_SIM_PUK2 => (Kind::Puk2, 0, 2),
            RequestCode::CHANGE_SIM_PIN => (Kind::Pin1, 0, 2),
            RequestCode::CHANGE_SIM_PIN2 => (Kind::Pin2, 0, 2),
            // One string by ril.h; CyanogenMod's clients of Android 4.4 and 5.1 say the kind of lock before it.
            RequestCode::ENTER_NETWORK_DEPERSONALIZATION => {
                let secret = arguments.last().cloned().flatten().unwrap_or_default();
                return Some(Self { kind: Kind::Network, secret, of: arguments.clone() });
            }
            RequestCode::SET_FACILITY_LOCK => match text(0).as_deref() {
                Some("SC") => (Kind::Pin1, 2, 4),
                Some("FD") => (Kind::Pin2, 2, 4),
                _ => return None,
            },
            _ => return None,
        };
        let aid = text(aid).filter(|aid| !aid.is_empty());
        Some(Self { kind, secret: text(secret).unwrap_or_default(), of: vec![aid] })
    }
}

impl Pins {
    /// There is no card, or another.
    pub(in crate::router) fn forget_card(&mut self) {
        self.wrong.clear();
        self.left.clear();
        if let Some(at_modem) = &mut self.at_modem {
            at_modem.stale = true;
        }
    }

    fn left(&self, kind: Kind) -> i32 {
        self.left.iter().find(|(of, _)| *of == kind).map_or(UNKNOWN, |(_, left)| *left)
    }

    fn is_known_to_be_wrong(&self, what: &Try) -> bool {
        self.wrong.iter().any(|wrong| wrong.what == *what && wrong.times >= MOST_TRIES)
    }

    fn learn(&mut self, what: Try, errno: Errno, left: Option<i32>) {
        if !matches!(errno, Errno::SUCCESS | Errno::PASSWORD_INCORRECT) {
            return;
        }
        self.left.retain(|(kind, _)| *kind != what.kind);
        self.left.extend(left.filter(|left| *left >= 0).map(|left| (what.kind, left)));
        if errno == Errno::SUCCESS {
            // A PUK also makes a new PIN.
            let made_new = |kind| match what.kind {
                Kind::Puk1 => matches!(kind, Kind::Puk1 | Kind::Pin1),
                Kind::Puk2 => matches!(kind, Kind::Puk2 | Kind::Pin2),
                right => kind == right,
            };
            self.wrong.retain(|wrong| !made_new(wrong.what.kind));
            self.left.retain(|(kind, _)| *kind == what.kind || !made_new(*kind));
        } else if let Some(wrong) = self.wrong.iter_mut().find(|wrong| wrong.what == what) {
            wrong.times += 1;
        } else {
            self.wrong.truncate(MOST_WRONG - 1);
            self.wrong.push_front(Wrong { what, times: 1 });
        }
    }
}

impl Router {
    /// A request with a PIN or PUK, of a privileged phone.
    pub(in crate::router) fn try_pin(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        // What cannot be read is not shown to the card, which might count it.
        let Ok(arguments) = parcel::decode::<Strings>(payload, self.version()) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        let Some(what) = Try::of(code, &arguments) else { return self.forward(now, id, request, out) };
        if what.secret.is_empty() || self.pins.is_known_to_be_wrong(&what) {
            let errno = Errno::PASSWORD_INCORRECT;
            out.note(Note::Denied { phone: id, code, errno });
            let left = parcel::encode(&vec![self.pins.left(what.kind)], self.version());
            return out.reply(id, serial, errno, &left);
        }
        if self.pins.at_modem.is_some() {
            if self.pins.waiting.len() >= MOST_WAITING {
                return self.deny(id, request, Errno::GENERIC_FAILURE, out);
            }
            let waiting = self.wait(id, serial).map(|waiter| Waiting { waiter, code, payload: payload.to_vec() });
            return self.pins.waiting.extend(waiting);
        }
        let Some(waiter) = self.waiter(id, serial) else { return };
        if self.send(flow_of(id, code), now, Asker::Router(Ask::Pin(waiter)), code, payload, out) {
            self.pins.at_modem = Some(AtModem { what, stale: false });
        } else {
            self.refuse_flood(id, request, out);
        }
    }

    /// What became of a try.
    pub(in crate::router) fn on_pin(&mut self, now: Now, waiter: Waiter, answer: Answer<'_>, out: &mut Actions) {
        let left = self.first_int(answer.payload);
        if let Some(AtModem { what, stale: false }) = self.pins.at_modem.take() {
            self.pins.learn(what, answer.errno, left);
        }
        self.answer(waiter, answer.errno, answer.payload, out);
        while self.pins.at_modem.is_none()
            && let Some(Waiting { waiter, code, payload }) = self.pins.waiting.pop_front()
        {
            if self.modem.is_none() {
                self.answer_waiter(waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
                continue;
            }
            self.uncharge(waiter.phone, 1);
            if self.is_there(waiter) {
                let request = Request { code, serial: waiter.serial, payload: &payload };
                self.try_pin(now, waiter.phone, &request, out);
            }
        }
    }
}
