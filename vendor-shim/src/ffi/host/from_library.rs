//! What the vendor library calls: answers, acknowledgements, unsolicited messages, timed callbacks.
//!
//! Reference: `libril/ril.cpp` (`RIL_onRequestComplete`, `RIL_onRequestAck`, `RIL_onUnsolicitedResponse`,
//! `RIL_requestTimedCallback`).

use std::ffi::{c_int, c_void};
use std::sync::atomic::Ordering;
use std::time::Duration;

use ril_protocol::frame::{Message, Reply};
use ril_protocol::{Errno, UnsolCode};

use super::saying::put_filled;
use super::{ACKNOWLEDGED_SINCE, Host, TimedCall, lock};
use crate::ffi::convert::dialect as convert;
use crate::ffi::functions::TimedCallback;
use crate::ffi::{boot_milliseconds, worth_a_line};
use crate::host::outbox::Worth;
use crate::host::tokens::{Pending, Stray};
use crate::token::Token;

/// `RIL_ERRNO_INVALID_RESPONSE` of libril: the library gave a result of an impossible length.
const INVALID_RESPONSE: Errno = Errno(-1);

impl Host {
    /// `OnRequestComplete`.
    ///
    /// # Safety
    /// `response` must be NULL or the result, as ril.h defines it, of the request that `token` stands for.
    pub(in crate::ffi) unsafe fn complete(&self, token: Token, errno: Errno, response: *const c_void, len: usize) {
        let request = match lock(&self.tokens).complete(token) {
            Ok(request) => request,
            Err(stray) => return self.note_stray(stray, "OnRequestComplete"),
        };
        let version = self.version();
        let wants_ack = request.acked && version >= ACKNOWLEDGED_SINCE;
        let head = Message::Reply(Reply { serial: request.serial, errno, payload: &[], wants_ack });
        self.say(request.sim, Worth::Answer, |out| {
            let fill = |out: &mut Vec<u8>| {
                // SAFETY: as the caller promises.
                unsafe { convert::response_from_c(&self.dialect, request.code, response, len, version, out) }
            };
            if let Err(error) = put_filled(out, &head, fill) {
                self.note_bad_response(&request.code, &error);
                Reply { serial: request.serial, errno: INVALID_RESPONSE, payload: &[], wants_ack }.put(out);
            }
        });
    }

    /// `OnRequestAck`.
    pub(in crate::ffi) fn acknowledge(&self, token: Token) {
        match lock(&self.tokens).acknowledge(token) {
            Ok(Pending { sim, serial, .. }) => self.say(sim, Worth::Answer, |out| Message::Ack { serial }.put(out)),
            Err(stray) => self.note_stray(stray, "OnRequestAck"),
        }
    }

    /// `OnUnsolicitedResponse`.
    ///
    /// # Safety
    /// `data` must be NULL or the particulars of `code` as ril.h defines them.
    pub(in crate::ffi) unsafe fn unsolicited(
        &self,
        socket_id: c_int,
        code: UnsolCode,
        data: *const c_void,
        len: usize,
    ) {
        let Some(functions) = self.functions() else { return self.note_early(code) };
        let Some(sim) = self.sim_of(socket_id) else { return };
        // From a thread of the library's own, between its registration and the greeting.
        if self.greets_at_once && !self.sims.get(sim).is_some_and(|sim| sim.greeted.load(Ordering::Acquire)) {
            return self.note_early(code);
        }
        if self.dialect.unsolicited_named(code) == UnsolCode::RIL_CONNECTED {
            if let Some(count) = worth_a_line(&self.counts.greeted) {
                tracing::info!(count, "the vendor library says RIL_CONNECTED itself: whoever listens is greeted anew");
            }
            return self.greet_with(functions, sim);
        }
        let state = (code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED).then(|| self.new_radio_state(functions, sim));
        let arrived = (code == UnsolCode::NITZ_TIME_RECEIVED).then(boot_milliseconds);
        self.tell(sim, code, |out| {
            // SAFETY: as the caller promises.
            unsafe { convert::unsolicited_from_c(&self.dialect, code, data, len, self.version(), out) }?;
            if let Some(state) = state {
                out.extend_from_slice(&state.0.to_ne_bytes());
            }
            if let Some(arrived) = arrived {
                out.extend_from_slice(&arrived.to_ne_bytes());
            }
            Ok(())
        });
    }

    /// `RequestTimedCallback`.
    pub(in crate::ffi) fn after(&self, delay: Duration, callback: TimedCallback, param: *mut c_void) {
        self.work.after(delay, TimedCall { callback, param });
    }

    /// The library said something that nobody could hear yet.
    fn note_early(&self, code: UnsolCode) {
        if let Some(count) = worth_a_line(&self.counts.early) {
            tracing::info!(%code, count, "unsolicited message before the first greeting dropped");
        }
    }

    pub(super) fn note_stray(&self, stray: Stray, function: &str) {
        let (count, what) = match stray {
            Stray::Late => (&self.counts.late, "a request that was given up"),
            Stray::Doubled => (&self.counts.doubled, "a request that was answered before"),
            Stray::Invented => (&self.counts.invented, "a token that was never given"),
        };
        if let Some(count) = worth_a_line(count) {
            tracing::warn!(count, "vendor library called {function} for {what}: dropped");
        }
    }
}
