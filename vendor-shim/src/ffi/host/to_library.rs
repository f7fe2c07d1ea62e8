//! Requests on their way to the vendor library, and the one thread that hands them over.
//!
//! Reference: `libril/ril.cpp` (`processCommandBuffer`, `eventLoop`).

use ril_protocol::frame::Reply;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode};

use super::request_info::Behind;
use super::saying::one_int;
use super::{Host, Job, TimedCall, invalid_arguments, lock, socket_id};
use crate::ffi::convert::{ConvertError, dialect as convert};
use crate::ffi::functions::{OnRequestMulti, RadioFunctions};
use crate::ffi::pool::Packed;
use crate::ffi::{crash, worth_a_line};
use crate::host::lanes::Lane;
use crate::host::outbox::Worth;
use crate::host::radio;
use crate::host::tokens::Pending;
use crate::host::work::Task;

/// As many requests may wait in one lane for the library to take them.
pub(super) const MOST_WAITING: usize = 4096;

impl Host {
    /// Queues a request, or answers it at once when it can never reach the library.
    pub(crate) fn request(&self, sim: usize, lane: Lane, code: RequestCode, serial: i32, payload: &[u8]) {
        if code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return;
        }
        let mut arguments = self.arguments.take();
        match convert::request_to_c(&self.dialect, code, payload, self.version(), &mut arguments.arena) {
            Ok(data) => {
                arguments.data = data;
                let job = Job::Request { sim, serial, code, arguments };
                if self.work.push(lane, job, MOST_WAITING).is_err() {
                    self.reply(sim, serial, self.detailed(Errno::NO_RESOURCES));
                }
            }
            Err(error) => {
                let errno = match error {
                    ConvertError::NotSupported => Errno::REQUEST_NOT_SUPPORTED,
                    _ => invalid_arguments(self.version()),
                };
                if let Some(count) = worth_a_line(&self.counts.bad_requests) {
                    tracing::warn!(%code, %error, count, "request refused before it reached the vendor library");
                }
                self.reply(sim, serial, errno);
                self.arguments.put_back(arguments);
            }
        }
    }

    /// Gives up the requests with this serial.
    pub(crate) fn cancel(&self, sim: usize, serial: i32) {
        let wanted = |job: &Job| matches!(job, Job::Request { sim: s, serial: n, .. } if *s == sim && *n == serial);
        while let Some(job) = self.work.withdraw(wanted) {
            if let Job::Request { arguments, .. } = job {
                self.arguments.put_back(arguments);
            }
        }
        self.forget(sim, serial);
    }

    /// Gives up the answers to the requests with this serial that the library was given.
    pub(crate) fn forget(&self, sim: usize, serial: i32) {
        lock(&self.tokens).give_up(|request| request.sim == sim && request.serial == serial);
    }

    /// The request thread: runs everything that the library expects on one thread. Never returns.
    pub(crate) fn run(&'static self) {
        crash::give_this_thread_a_stack();
        crash::this_is_the_request_thread();
        loop {
            match self.work.next() {
                Task::Job(Job::Request { sim, serial, code, mut arguments }) => {
                    self.hand_over(sim, serial, code, &mut arguments);
                    self.arguments.put_back(arguments);
                }
                Task::Job(Job::Greet { sim }) => self.greet(sim),
                Task::Job(Job::Sap(request)) => self.hand_over_sap(request),
                Task::Timer(TimedCall { callback, param }) => {
                    crash::timed_callback_begins();
                    self.enter_library();
                    // SAFETY: the library asked for just this call.
                    unsafe { callback(param) };
                    self.leave_library();
                }
            }
        }
    }

    fn hand_over(&self, sim: usize, serial: i32, code: RequestCode, arguments: &mut Packed) {
        let Some(functions) = self.functions() else { return self.reply(sim, serial, Errno::RADIO_NOT_AVAILABLE) };
        let asks_old_radio = matches!(code, RequestCode::VOICE_RADIO_TECH | RequestCode::CDMA_GET_SUBSCRIPTION_SOURCE);
        if asks_old_radio && self.answered_for_old_radio(sim, serial, code, functions) {
            return;
        }
        let Some(on_request) = functions.on_request else {
            return self.reply(sim, serial, Errno::REQUEST_NOT_SUPPORTED);
        };
        let (pending, behind) = (Pending { sim, serial, code, acked: false }, Behind { serial, number: code.0, sim });
        let Some(token) = lock(&self.tokens).issue(pending, behind) else {
            return self.reply(sim, serial, self.detailed(Errno::NO_RESOURCES));
        };
        let data = arguments.data;
        // A library that frees them may do so at any time from now on.
        arguments.arena.give_away();
        let data_ptr = data.ptr.cast_mut();
        let token = std::ptr::with_exposed_provenance_mut(token.0);
        crash::request_begins(code);
        self.enter_library();
        // SAFETY: a function pointer of one flavour as that of the other; see `OnRequestMulti`.
        let on_request: OnRequestMulti = unsafe { std::mem::transmute(on_request) };
        // SAFETY: `data` is what ril.h says for this code and stays valid until the caller takes its arena back.
        unsafe { on_request(code.0, data_ptr, data.len, token, socket_id(sim)) };
        self.leave_library();
    }

    /// Answers for libraries from before these two requests existed, as libril does: whoever knows the state `ON`
    /// answers for himself.
    fn answered_for_old_radio(&self, sim: usize, serial: i32, code: RequestCode, functions: &RadioFunctions) -> bool {
        crash::state_request_begins();
        self.enter_library();
        let state = self.radio_state(functions, sim);
        self.leave_library();
        let value = match state {
            RadioState::ON => return false,
            RadioState::OFF | RadioState::UNAVAILABLE => {
                self.reply(sim, serial, Errno::RADIO_NOT_AVAILABLE);
                return true;
            }
            _ if code == RequestCode::VOICE_RADIO_TECH => radio::voice_technology(state),
            _ => radio::subscription_source(state),
        };
        match value {
            None => self.reply(sim, serial, Errno::GENERIC_FAILURE),
            Some(value) => self.say(sim, Worth::Answer, |out| {
                Reply::new(serial, Errno::SUCCESS, &one_int(value)).put(out);
            }),
        }
        true
    }
}
