//! Between the threads of the rild and the library's own: requests wait here, and who asked them is kept here.
//!
//! The rild's threads come in with `onRequest`, `onStateRequest`, `getVersion` and `onCancel`. They leave what they
//! have and go; nobody holds the lock while anything is waited for, or while the rild is called.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use nix::sys::eventfd::{EfdFlags, EventFd};
use ril_protocol::RequestCode;
use ril_protocol::frame::{REQUEST_LIMIT, Request};
use ril_protocol::payload::radio::RadioState;
use vendor_shim::guest::Token;

use crate::presence::{Presence, Sign};

/// So many requests may be unanswered.
const MOST: usize = 2048;
const _: () = assert!(MOST > phone_machine::MOST_OF_A_PHONE, "it is root that refuses what is too much");

/// Bytes of a request's body before its payload.
const HEAD: usize = 8;

/// What the rild's threads and the library's own thread share.
#[derive(Debug)]
pub(crate) struct Desk {
    state: Mutex<State>,
    wake: EventFd,
    radio: AtomicI32,
    /// The library's own thread, once it runs.
    own: OnceLock<ThreadId>,
}

#[derive(Debug, Default)]
struct State {
    presence: Presence,
    left: Left,
    /// The requests that are not answered, by serial, and the client that each is of.
    asked: HashMap<i32, (Token, u32)>,
    serial: i32,
    /// Counts the clients.
    client: u32,
    signalled: bool,
}

/// What the rild has left for the library's thread.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// A first client has come.
    pub(crate) came: bool,
    /// Another client has come, after this many bytes of the requests: they are of clients that are gone.
    pub(crate) replaced: Option<usize>,
    /// Requests, as whole frames.
    pub(crate) requests: Vec<u8>,
}

/// Why a request is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Too many wait.
    #[error("{MOST} requests are not answered yet")]
    Full,
    /// Root would hang up on it.
    #[error("{0} bytes are more than a frame may have")]
    TooLong(usize),
}

impl Desk {
    /// An empty one. The rild is told this of the radio until the thread knows better.
    pub(crate) fn new(radio: RadioState) -> nix::Result<Self> {
        let wake = EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        Ok(Self { state: Mutex::default(), wake, radio: AtomicI32::new(radio.0), own: OnceLock::new() })
    }

    // ---- for the rild's threads ----

    /// Takes a request in.
    pub(crate) fn request(&self, code: RequestCode, token: Token, payload: &[u8]) -> Result<(), Refused> {
        if payload.len() > REQUEST_LIMIT - HEAD {
            return Err(Refused::TooLong(HEAD + payload.len()));
        }
        let mut state = self.lock();
        if state.asked.len() >= MOST {
            return Err(Refused::Full);
        }
        let sign = state.presence.request();
        state.note(sign);
        let (serial, client) = (state.free_serial(), state.client);
        state.asked.insert(serial, (token, client));
        Request { code, serial, payload }.put(&mut state.left.requests);
        self.unlock_and_wake(state);
        Ok(())
    }

    /// The state of the radio, as the rild asks for it.
    pub(crate) fn radio(&self) -> RadioState {
        let thread = thread::current().id();
        if self.own.get() != Some(&thread) {
            let mut state = self.lock();
            let sign = state.presence.state_asked(thread);
            if state.note(sign) {
                self.unlock_and_wake(state);
            }
        }
        RadioState(self.radio.load(Ordering::Acquire))
    }

    /// The rild asks for the radio state of a SIM that is not served: the version that it asks for next is that
    /// client's.
    pub(crate) fn another_sim_asked(&self) {
        self.lock().presence.another_sim_asked();
    }

    /// The rild asks for the library's version.
    pub(crate) fn version_asked(&self) {
        let mut state = self.lock();
        let sign = state.presence.version_asked(thread::current().id());
        if state.note(sign) {
            self.unlock_and_wake(state);
        }
    }

    /// The rild does not want this answered any more; false if it was.
    pub(crate) fn cancel(&self, token: Token) -> bool {
        let asked = &mut self.lock().asked;
        let serial = asked.iter().find_map(|(serial, (asker, _))| (*asker == token).then_some(*serial));
        serial.and_then(|serial| asked.remove(&serial)).is_some()
    }

    // ---- for the library's own thread ----

    /// This is the library's own thread from now on.
    pub(crate) fn is_served_here(&self) {
        // It is called once.
        let _first = self.own.set(thread::current().id());
    }

    /// Readable while something was left.
    pub(crate) fn wake(&self) -> &EventFd {
        &self.wake
    }

    /// Takes everything that was left. The requests are swapped for `memory`, which is to be used again.
    pub(crate) fn take(&self, mut memory: Vec<u8>) -> Left {
        memory.clear();
        let mut state = self.lock();
        if std::mem::take(&mut state.signalled) {
            // Fails only when there was no signal, which is as good.
            let _nothing_to_take_back = self.wake.read();
        }
        std::mem::replace(&mut state.left, Left { requests: memory, ..Left::default() })
    }

    /// Who asked this; the request goes on waiting.
    pub(crate) fn asker(&self, serial: i32) -> Option<Token> {
        self.lock().asked.get(&serial).map(|(token, _)| *token)
    }

    /// Who asked this, to be answered now.
    pub(crate) fn answer(&self, serial: i32) -> Option<Token> {
        self.lock().asked.remove(&serial).map(|(token, _)| token)
    }

    /// What clients that are gone have asked, to be answered now.
    pub(crate) fn abandoned(&self) -> Vec<Token> {
        let state = &mut *self.lock();
        let now = state.client;
        state.asked.extract_if(|_, (_, client)| *client != now).map(|(_, (token, _))| token).collect()
    }

    /// The radio is in this state from now on.
    pub(crate) fn set_radio(&self, radio: RadioState) {
        self.radio.store(radio.0, Ordering::Release);
    }

    fn unlock_and_wake(&self, mut state: MutexGuard<'_, State>) {
        let quiet = !std::mem::replace(&mut state.signalled, true);
        if quiet {
            // The counter is far from full after one signal, so this neither blocks nor fails.
            let _written = self.wake.write(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the library's thread has to know.
    fn note(&mut self, sign: Sign) -> bool {
        match sign {
            Sign::None => return false,
            Sign::Came => self.left.came = true,
            Sign::Replaced => {
                self.left.replaced = Some(self.left.requests.len());
                self.client = self.client.wrapping_add(1);
            }
        }
        true
    }

    /// There are fewer requests than serials.
    fn free_serial(&mut self) -> i32 {
        loop {
            self.serial = self.serial.wrapping_add(1);
            if !self.asked.contains_key(&self.serial) {
                return self.serial;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::frame;

    use super::*;

    fn desk() -> Desk {
        Desk::new(RadioState::OFF).unwrap()
    }

    fn ask(desk: &Desk, token: usize) -> Result<(), Refused> {
        desk.request(RequestCode::GET_IMEI, Token(token), &[])
    }

    fn serials(left: &Left) -> Vec<i32> {
        let mut rest = &left.requests[..];
        let mut serials = Vec::new();
        while let Some((body, used)) = frame::split(rest, REQUEST_LIMIT).unwrap() {
            serials.push(Request::parse(body).unwrap().serial);
            rest = &rest[used..];
        }
        serials
    }

    #[test]
    fn what_is_left_is_taken_once_and_signalled_once() {
        let desk = desk();
        ask(&desk, 7).unwrap();
        ask(&desk, 8).unwrap();
        let left = desk.take(Vec::new());
        assert!(left.came && left.replaced.is_none());
        let serials = serials(&left);
        assert_eq!(serials.len(), 2);
        assert!(desk.wake.read().is_err(), "taken back");
        assert_eq!(desk.asker(serials[0]), Some(Token(7)));
        assert_eq!(desk.answer(serials[0]), Some(Token(7)));
        assert_eq!(desk.answer(serials[0]), None);
        let left = desk.take(left.requests);
        assert!(!left.came && left.requests.is_empty());
        ask(&desk, 9).unwrap();
        assert_eq!(desk.wake.read(), Ok(1));
    }

    #[test]
    fn the_next_client_is_told_from_the_one_before() {
        let desk = desk();
        assert_eq!(desk.radio(), RadioState::OFF);
        desk.version_asked();
        ask(&desk, 1).unwrap();
        desk.radio();
        desk.version_asked();
        ask(&desk, 2).unwrap();
        let left = desk.take(Vec::new());
        let first = left.replaced.unwrap();
        assert_eq!(first * 2, left.requests.len());
        assert_eq!(desk.abandoned(), [Token(1)]);
        assert_eq!(desk.answer(serials(&left)[1]), Some(Token(2)));
    }

    #[test]
    fn the_echo_of_a_new_state_is_no_client() {
        let desk = desk();
        desk.is_served_here();
        desk.set_radio(RadioState::ON);
        assert_eq!(desk.radio(), RadioState::ON);
        assert!(!desk.take(Vec::new()).came);
    }

    #[test]
    fn a_cancelled_request_is_answered_once() {
        let desk = desk();
        ask(&desk, 7).unwrap();
        assert!(desk.cancel(Token(7)));
        assert!(!desk.cancel(Token(7)));
        assert_eq!(desk.answer(serials(&desk.take(Vec::new()))[0]), None);
    }

    #[test]
    fn there_is_an_end_to_what_is_taken() {
        let desk = desk();
        let longest = vec![0; REQUEST_LIMIT - HEAD];
        desk.request(RequestCode::OEM_HOOK_RAW, Token(0), &longest).unwrap();
        let longer = vec![0; REQUEST_LIMIT - HEAD + 1];
        let refused = desk.request(RequestCode::OEM_HOOK_RAW, Token(0), &longer);
        assert_eq!(refused, Err(Refused::TooLong(REQUEST_LIMIT + 1)));
        for token in 1..MOST {
            ask(&desk, token).unwrap();
        }
        assert_eq!(ask(&desk, MOST), Err(Refused::Full));
        desk.cancel(Token(1));
        ask(&desk, MOST).unwrap();
    }

    #[test]
    fn serials_go_round_and_pass_over_those_in_use() {
        let desk = desk();
        ask(&desk, 1).unwrap();
        let used = serials(&desk.take(Vec::new()))[0];
        desk.lock().serial = used - 1;
        ask(&desk, 2).unwrap();
        desk.lock().serial = i32::MAX;
        ask(&desk, 3).unwrap();
        assert_eq!(serials(&desk.take(Vec::new())), [used + 1, i32::MIN]);
        assert_eq!(desk.answer(used), Some(Token(1)));
    }
}
