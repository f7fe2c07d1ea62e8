//! The payloads that the library was lent with requests of the SIM Access Profile.
//!
//! libril frees the payload of such a request when the request is completed, not when `onRequest` returns, and
//! libraries hand it to another thread for that long. So a payload is kept until its request is completed and
//! `onRequest` has returned. One whose request was given up is kept for a late completion, but not for ever: of too
//! many of those the oldest ones go.
//!
//! Reference: `libril/RilSapSocket.cpp` (`onRequestComplete`).

use std::collections::VecDeque;
use std::ffi::c_void;

use super::tokens::SapPending;
use crate::token::Token;

/// So many payloads of requests that were given up are kept.
const MOST_GIVEN_UP: usize = 64;

/// What is lent, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Lent {
    loans: VecDeque<Loan>,
    /// The request that `onRequest` has not returned from.
    inside: Option<Token>,
}

#[derive(Debug)]
struct Loan {
    token: Token,
    request: SapPending,
    state: State,
    payload: Payload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Asked,
    GivenUp,
    Completed,
}

/// Bytes that are nobody's to print, with a NUL behind them, so that their address can be read also where there are
/// none.
struct Payload(Vec<u8>);

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Lent {
    /// Lends what comes with a request that is about to be given to the library; the address of it.
    pub(crate) fn lend(&mut self, token: Token, request: SapPending, payload: &[u8]) -> *mut c_void {
        let payload = Payload([payload, &[0]].concat());
        self.loans.push_back(Loan { token, request, state: State::Asked, payload });
        self.inside = Some(token);
        self.loans.back_mut().map_or(std::ptr::null_mut(), |loan| loan.payload.0.as_mut_ptr().cast())
    }

    /// `onRequest` has returned.
    pub(crate) fn returned(&mut self) {
        let inside = self.inside.take();
        self.loans.retain(|loan| Some(loan.token) != inside || loan.state != State::Completed);
    }

    /// The request was completed, perhaps after it was given up.
    pub(crate) fn completed(&mut self, token: Token) {
        let Some(place) = self.loans.iter().position(|loan| loan.token == token) else { return };
        if self.inside != Some(token) {
            self.loans.remove(place);
        } else if let Some(loan) = self.loans.get_mut(place) {
            loan.state = State::Completed;
        }
    }

    /// The request was given up.
    pub(crate) fn given_up(&mut self, request: SapPending) {
        for loan in self.loans.iter_mut().filter(|loan| loan.request == request && loan.state == State::Asked) {
            loan.state = State::GivenUp;
        }
        let is_kept = |loan: &Loan| loan.state == State::GivenUp && Some(loan.token) != self.inside;
        if self.loans.iter().filter(|loan| is_kept(loan)).count() > MOST_GIVEN_UP
            && let Some(oldest) = self.loans.iter().position(is_kept)
        {
            self.loans.remove(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(serial: u32) -> SapPending {
        SapPending { sim: 0, serial }
    }

    fn lent(lent: &Lent) -> Vec<usize> {
        lent.loans.iter().map(|loan| loan.token.0).collect()
    }

    #[test]
    fn a_payload_is_kept_until_its_request_is_completed_and_onrequest_has_returned() {
        let mut all = Lent::default();
        assert!(!all.lend(Token(1), request(1), b"").is_null());
        all.returned();
        all.lend(Token(2), request(2), b"command");
        all.completed(Token(2));
        assert_eq!(lent(&all), [1, 2], "onRequest may look at it still");
        all.returned();
        assert_eq!(lent(&all), [1]);
        all.completed(Token(1));
        assert_eq!(lent(&all), [0; 0]);
    }

    #[test]
    fn what_was_given_up_is_kept_for_a_late_completion_but_not_all_of_it() {
        let mut all = Lent::default();
        all.lend(Token(1), request(1), b"asked");
        all.returned();
        for serial in 2..100 {
            all.lend(Token(serial), request(u32::try_from(serial).unwrap()), b"given up");
            all.returned();
            all.given_up(request(u32::try_from(serial).unwrap()));
        }
        assert_eq!(lent(&all), [1].into_iter().chain(100 - MOST_GIVEN_UP..100).collect::<Vec<_>>());
        all.completed(Token(99));
        assert_eq!(lent(&all).last(), Some(&98));
        assert!(!format!("{all:?}").contains("103"), "what goes to a SIM is not shown");
    }
}
