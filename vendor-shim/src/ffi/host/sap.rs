//! The SIM Access Profile of the vendor library, which has an `onRequest` and callbacks of its own.
//!
//! What goes to and fro are bytes, which nobody here looks into. Requests run on the request thread, in a lane of their
//! own, so that one that blocks holds up the others for that long and a flood of them nobody.
//!
//! Reference: ril.h, `RIL_SAP_Init`; `libril/RilSapSocket.cpp`.

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::sync::Mutex;
use std::sync::OnceLock;

use ril_protocol::Errno;
use ril_protocol::frame::SAP_PAYLOAD_LIMIT;

use super::super::functions::{OnRequestMulti, Untyped};
use super::super::{crash, worth_a_line};
use super::request_info::Behind;
use super::to_library::MOST_WAITING;
use super::{Host, Job, lock, socket_id};
use crate::host::lanes::SAP_LANE;
use crate::host::lent::Lent;
use crate::host::sap::{SapInbox, SapMessage};
use crate::host::tokens::{SapPending, Stray, Tokens};
use crate::token::Token;

/// What the host keeps for it.
pub(crate) struct SapSide {
    /// By SIM.
    inboxes: Vec<SapInbox>,
    /// Once the library has given it.
    on_request: OnceLock<Untyped>,
    tokens: Mutex<Tokens<SapPending>>,
    lent: Mutex<Lent>,
}

/// A request that waits for its turn.
pub(crate) struct SapRequest {
    sim: usize,
    serial: u32,
    id: i32,
    payload: Vec<u8>,
}

impl SapSide {
    /// A token for a request, and where its payload is; `None` if the library has too many.
    fn lend(&self, request: SapPending, id: i32, payload: &[u8]) -> Option<(Token, *mut c_void)> {
        let behind = Behind { serial: request.serial.cast_signed(), number: id, sim: request.sim };
        // Both at once: it may be given up meanwhile.
        let mut tokens = lock(&self.tokens);
        let token = tokens.issue(request, behind)?;
        Some((token, lock(&self.lent).lend(token, request, payload)))
    }
}

impl Host {
    /// Makes ready for what the library says from now on, with one eventfd per SIM.
    pub(crate) fn open_sap(&self, eventfds: Vec<File>) {
        let inboxes = eventfds.into_iter().map(SapInbox::new).collect();
        let side = SapSide { inboxes, on_request: OnceLock::new(), tokens: Mutex::default(), lent: Mutex::default() };
        // There is one host, which starts its library once.
        let _first = self.sap.set(side);
    }

    /// Takes the library's function.
    pub(crate) fn register_sap(&self, on_request: Untyped) {
        if let Some(side) = self.sap.get() {
            let _first = side.on_request.set(on_request);
        }
    }

    /// What the library says about a SIM, if it has the SIM Access Profile.
    pub(crate) fn sap_inbox(&self, sim: usize) -> Option<&SapInbox> {
        let side = self.sap.get().filter(|side| side.on_request.get().is_some())?;
        side.inboxes.get(sim)
    }

    /// Queues a request.
    pub(crate) fn request_sap(&self, sim: usize, serial: u32, id: i32, payload: &[u8]) {
        let request = SapRequest { sim, serial, id, payload: payload.to_vec() };
        if self.work.push(SAP_LANE, Job::Sap(request), MOST_WAITING).is_err() {
            self.answer_sap(SapPending { sim, serial }, Errno::GENERIC_FAILURE, Vec::new());
        }
    }

    /// Gives up the request with this serial.
    pub(crate) fn cancel_sap(&self, sim: usize, serial: u32) {
        let unwanted = |job: &Job| matches!(job, Job::Sap(request) if request.sim == sim && request.serial == serial);
        while self.work.withdraw(unwanted).is_some() {}
        if let Some(side) = self.sap.get() {
            let mut tokens = lock(&side.tokens);
            tokens.give_up(|request| request == SapPending { sim, serial });
            lock(&side.lent).given_up(SapPending { sim, serial });
        }
    }

    /// On the request thread.
    pub(super) fn hand_over_sap(&self, request: SapRequest) {
        let SapRequest { sim, serial, id, payload } = request;
        let asked = SapPending { sim, serial };
        let Some((on_request, side)) = self.sap.get().and_then(|side| Some((*side.on_request.get()?, side))) else {
            return self.answer_sap(asked, Errno::REQUEST_NOT_SUPPORTED, Vec::new());
        };
        let Some((token, data)) = side.lend(asked, id, &payload) else {
            return self.answer_sap(asked, Errno::GENERIC_FAILURE, Vec::new());
        };
        let (len, token) = (payload.len(), std::ptr::with_exposed_provenance_mut(token.0));
        crash::sap_request_begins(id);
        self.enter_library();
        // SAFETY: a function pointer of one flavour as that of the other; see `OnRequestMulti`.
        let on_request: OnRequestMulti = unsafe { std::mem::transmute(on_request) };
        // SAFETY: `data` is `len` bytes, and stays valid until the call has returned and the request is completed.
        unsafe { on_request(id, data, len, token, socket_id(sim)) };
        self.leave_library();
        lock(&side.lent).returned();
    }

    /// `OnRequestComplete`.
    ///
    /// # Safety
    /// `response` must be NULL or `len` bytes.
    pub(in super::super) unsafe fn complete_sap(
        &self,
        token: Token,
        errno: Errno,
        response: *const c_void,
        len: usize,
    ) {
        let Some(side) = self.sap.get() else { return };
        let completed = lock(&side.tokens).complete(token);
        if matches!(completed, Ok(_) | Err(Stray::Late)) {
            lock(&side.lent).completed(token);
        }
        let asked = match completed {
            Ok(asked) => asked,
            Err(stray) => return self.note_stray(stray, "OnRequestComplete of the SIM Access Profile"),
        };
        // SAFETY: as the caller promises.
        match unsafe { bytes(response, len) } {
            Some(payload) => self.answer_sap(asked, errno, payload),
            None => {
                self.note_long_sap(len);
                self.answer_sap(asked, Errno::GENERIC_FAILURE, Vec::new());
            }
        }
    }

    /// `OnUnsolicitedResponse`.
    ///
    /// # Safety
    /// `data` must be NULL or `len` bytes.
    pub(in super::super) unsafe fn sap_unsolicited(
        &self,
        socket_id: c_int,
        id: c_int,
        data: *const c_void,
        len: usize,
    ) {
        let Some(sim) = self.sim_of(socket_id) else { return };
        let Some(inbox) = self.sap.get().and_then(|side| side.inboxes.get(sim)) else { return };
        // SAFETY: as the caller promises.
        let Some(payload) = (unsafe { bytes(data, len) }) else { return self.note_long_sap(len) };
        if !inbox.put(SapMessage::Unsolicited { id, payload })
            && let Some(count) = worth_a_line(&self.counts.overflowed)
        {
            tracing::warn!(count, "unsolicited message dropped: nobody takes them");
        }
    }

    fn answer_sap(&self, SapPending { sim, serial }: SapPending, errno: Errno, payload: Vec<u8>) {
        if let Some(inbox) = self.sap.get().and_then(|side| side.inboxes.get(sim)) {
            inbox.put(SapMessage::Answer { serial, errno, payload });
        }
    }

    fn note_long_sap(&self, len: usize) {
        if let Some(count) = worth_a_line(&self.counts.bad_responses) {
            tracing::warn!(len, count, "the vendor library gave a message that no SIM has said");
        }
    }
}

/// The bytes at an address, none at NULL, as in libril; `None` if there are too many.
///
/// # Safety
/// `data` must be NULL or `len` bytes.
unsafe fn bytes(data: *const c_void, len: usize) -> Option<Vec<u8>> {
    if data.is_null() || len == 0 {
        return Some(Vec::new());
    }
    if len > SAP_PAYLOAD_LIMIT {
        return None;
    }
    // SAFETY: not NULL, so `len` bytes, as the caller promises.
    Some(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }.to_vec())
}
