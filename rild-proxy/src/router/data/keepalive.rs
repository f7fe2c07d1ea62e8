//! Keep-alive sessions: each belongs to the phone that started it, on a data call of its own.
//!
//! The payloads are the C structs: `RIL_KeepaliveRequest` (type, two addresses of 16 bytes each with a port behind it,
//! interval, context id) and `RIL_KeepaliveStatus` (session handle, code).

use ril_protocol::frame::Request;
use ril_protocol::parcel::word_at;
use ril_protocol::{RequestCode, UnsolCode};

use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Pending};
use crate::router::{Actions, Now, PhoneId, Router, denial};

/// Place of the context id in `RIL_KeepaliveRequest`, its last member, in words.
const CID_AT: usize = 12;

/// Most sessions of one phone, with those that are being started and stopped.
const MOST_SESSIONS: usize = 16;

/// A session and its owner.
#[derive(Debug)]
pub(super) struct Keepalive {
    handle: i32,
    phone: PhoneId,
}

impl Router {
    pub(super) fn start_keepalive(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let named = word_at(request.payload, CID_AT).and_then(|cid| self.data.hold(id, cid));
        // One that is over may be gone already, for the modem has given its number to another phone's.
        let named = named.filter(|(cid, _)| self.data.is_alone(id) || self.data.is_in_use(*cid));
        let Some((cid, hold)) = named else {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        };
        let own = self.data.keepalives.iter().filter(|session| session.phone == id).count();
        // There is one until the modem has stopped it.
        let is_session = |pending: &Pending| {
            let codes = [RequestCode::START_KEEPALIVE, RequestCode::STOP_KEEPALIVE];
            pending.charged_to() == Some(id) && codes.contains(&pending.code)
        };
        if own + self.pending.count(is_session) >= MOST_SESSIONS {
            return self.refuse_flood(id, request, out);
        }
        if hold.cid == cid {
            return self.forward(now, id, request, out);
        }
        let mut payload = request.payload.to_vec();
        payload[4 * CID_AT..][..4].copy_from_slice(&cid.to_ne_bytes());
        self.forward(now, id, &Request { payload: &payload, ..*request }, out);
    }

    pub(super) fn stop_keepalive(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        // A count of one stands before the handle.
        let handle = word_at(request.payload, 1);
        let own = |handle: i32| self.data.keepalives.iter().position(|s| (s.handle, s.phone) == (handle, id));
        match handle.and_then(own) {
            Some(place) => {
                self.data.keepalives.remove(place);
                self.forward(now, id, request, out);
            }
            None => self.deny(id, request, denial::not_allowed(self.version()), out),
        }
    }

    /// A session was started.
    pub(super) fn keepalive_started(&mut self, now: Now, phone: PhoneId, answer: Answer<'_>, out: &mut Actions) {
        let Some(handle) = word_at(answer.payload, 0).filter(|_| answer.is_ok()) else { return };
        self.data.keepalives.retain(|session| session.handle != handle);
        self.data.keepalives.push(super::Keepalive { handle, phone });
        if !self.phones.is_up(phone) {
            self.stop_keepalives(now, phone, out);
        }
    }

    /// A session was started that nobody waits for any more.
    pub(in crate::router) fn keepalive_started_late(
        &mut self,
        now: Now,
        phone: PhoneId,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        if let Some(handle) = word_at(answer.payload, 0).filter(|_| answer.is_ok()) {
            self.ask(now, Ask::OrderFor(phone), &Order::about(RequestCode::STOP_KEEPALIVE, handle), out);
        }
    }

    /// What this phone keeps alive, it does not any more.
    pub(super) fn stop_keepalives(&mut self, now: Now, phone: PhoneId, out: &mut Actions) {
        let (ended, others) =
            std::mem::take(&mut self.data.keepalives).into_iter().partition(|session| session.phone == phone);
        self.data.keepalives = others;
        let ended: Vec<super::Keepalive> = ended;
        for session in ended {
            self.ask(now, Ask::OrderFor(phone), &Order::about(RequestCode::STOP_KEEPALIVE, session.handle), out);
        }
    }

    pub(super) fn keepalive_status(&self, payload: &[u8], out: &mut Actions) {
        let handle = word_at(payload, 0);
        if let Some(session) = self.data.keepalives.iter().find(|session| Some(session.handle) == handle) {
            self.tell(session.phone, UnsolCode::KEEPALIVE_STATUS, payload, out);
        }
    }
}
