//! The `RIL_Token`s that the library holds, and what to make of one that comes back.
//!
//! A token is a place in a table and the number of times that the place has been used, packed into one word. So a
//! token that is completed twice, after its request was given up, or that never was one of ours, is recognised instead
//! of followed like a pointer, as libril would.
//!
//! A library that has the SIM Access Profile, too, has two such tables. The tokens of one are marked, so that a token
//! that is completed by the other's function is nobody's.

use std::collections::VecDeque;

use ril_protocol::RequestCode;

use crate::guest::Token;

/// Bits of a token that hold the place; the rest counts the uses of it.
const PLACE_BITS: u32 = 14;
/// As many requests may wait for the library's answer at a time. All lanes share them: a caller that bounds each
/// asker's unanswered requests, and gives up those that are not answered in time, has no asker use up another's.
const MOST_OUTSTANDING: usize = 1 << PLACE_BITS;
/// The bit that marks the tokens of one of two tables.
const MARK: usize = 1 << (usize::BITS - 1);
const MOST_USES: usize = (MARK - 1) >> PLACE_BITS;

/// A request that the library has been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    /// The SIM that it is for, from 0.
    pub(crate) sim: usize,
    /// The asker's number for it.
    pub(crate) serial: i32,
    /// What was asked.
    pub(crate) code: RequestCode,
    /// Whether the library has said that the answer takes a while.
    pub(crate) acked: bool,
}

/// A request of the SIM Access Profile that the library has been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SapPending {
    /// The SIM that it is for, from 0.
    pub(crate) sim: usize,
    /// The asker's number for it.
    pub(crate) serial: u32,
}

/// A token that no answer is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stray {
    /// The request was given up before.
    Late,
    /// The request was answered before.
    Doubled,
    /// No request ever had this token.
    Invented,
}

#[derive(Clone, Copy, Debug)]
enum Use<R> {
    Pending(R),
    Answered,
    GivenUp,
}

#[derive(Debug)]
struct Place<R> {
    uses: usize,
    now: Use<R>,
}

/// The table. The place of a request that was given up is used again when its late answer has come, or when all other
/// places are taken.
#[derive(Debug)]
pub(crate) struct Tokens<R> {
    marked: bool,
    places: Vec<Place<R>>,
    free: Vec<usize>,
    /// Oldest first.
    given_up: VecDeque<usize>,
}

impl<R> Default for Tokens<R> {
    /// An empty table, of unmarked tokens.
    fn default() -> Self {
        Self { marked: false, places: Vec::new(), free: Vec::new(), given_up: VecDeque::new() }
    }
}

impl<R: Copy + PartialEq> Tokens<R> {
    /// An empty table, of marked tokens.
    pub(crate) fn marked() -> Self {
        Self { marked: true, ..Self::default() }
    }

    /// A token for `request`, or `None` when too many are outstanding.
    pub(crate) fn issue(&mut self, request: R) -> Option<Token> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.places.len() < MOST_OUTSTANDING => {
                self.places.push(Place { uses: 0, now: Use::Answered });
                self.places.len() - 1
            }
            None => self.given_up.pop_front()?,
        };
        let place = self.places.get_mut(index)?;
        // Zero uses would make the token of place 0 a null pointer, which a library may take for "no token".
        place.uses = if place.uses == MOST_USES { 1 } else { place.uses + 1 };
        place.now = Use::Pending(request);
        Some(pack(index, place.uses, self.marked))
    }

    /// The library completes `token`: the request that it stood for, once.
    pub(crate) fn complete(&mut self, token: Token) -> Result<R, Stray> {
        let (index, _) = unpack(token);
        let result = self.pending(token).copied();
        if result == Err(Stray::Late) {
            self.given_up.retain(|waits| *waits != index);
        }
        if let (Ok(_) | Err(Stray::Late), Some(place)) = (result, self.places.get_mut(index)) {
            place.now = Use::Answered;
            self.free.push(index);
        }
        result
    }

    /// Gives up every request that is wanted by nobody any more.
    pub(crate) fn give_up(&mut self, unwanted: impl Fn(R) -> bool) {
        for (index, place) in self.places.iter_mut().enumerate() {
            if matches!(place.now, Use::Pending(request) if unwanted(request)) {
                place.now = Use::GivenUp;
                self.given_up.push_back(index);
            }
        }
    }

    fn pending(&mut self, token: Token) -> Result<&mut R, Stray> {
        if (token.0 & MARK != 0) != self.marked {
            return Err(Stray::Invented);
        }
        let (index, uses) = unpack(token);
        let place = self.places.get_mut(index).ok_or(Stray::Invented)?;
        if uses == 0 || uses > place.uses {
            return Err(Stray::Invented);
        }
        if uses < place.uses {
            return Err(Stray::Doubled);
        }
        match &mut place.now {
            Use::Pending(request) => Ok(request),
            Use::Answered => Err(Stray::Doubled),
            Use::GivenUp => Err(Stray::Late),
        }
    }
}

impl Tokens<Pending> {
    /// The library says that the answer to `token` takes a while.
    pub(crate) fn acknowledge(&mut self, token: Token) -> Result<Pending, Stray> {
        let request = self.pending(token)?;
        request.acked = true;
        Ok(*request)
    }
}

fn pack(index: usize, uses: usize, marked: bool) -> Token {
    Token(if marked { MARK } else { 0 } | uses << PLACE_BITS | index)
}

fn unpack(token: Token) -> (usize, usize) {
    (token.0 & (MOST_OUTSTANDING - 1), (token.0 & !MARK) >> PLACE_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(serial: i32) -> Pending {
        Pending { sim: 0, serial, code: RequestCode::GET_IMEI, acked: false }
    }

    #[test]
    fn a_token_is_good_for_one_completion() {
        let mut tokens = Tokens::default();
        let token = tokens.issue(request(7)).unwrap();
        assert_ne!(token.0, 0);
        assert_eq!(tokens.complete(token), Ok(request(7)));
        assert_eq!(tokens.complete(token), Err(Stray::Doubled));
        let next = tokens.issue(request(8)).unwrap();
        assert_eq!(tokens.complete(token), Err(Stray::Doubled), "though its place is in use again");
        assert_eq!(tokens.complete(next), Ok(request(8)));
    }

    #[test]
    fn invented_tokens_are_told_apart() {
        let mut tokens = Tokens::default();
        for token in [0, 1, usize::MAX, 0x5ca1_ab1f, 1 << PLACE_BITS] {
            assert_eq!(tokens.complete(Token(token)), Err(Stray::Invented), "{token:#x}");
        }
        let token = tokens.issue(request(1)).unwrap();
        for token in [0, token.0 + 1, token.0 + MOST_OUTSTANDING] {
            assert_eq!(tokens.complete(Token(token)), Err(Stray::Invented), "{token:#x}");
            assert_eq!(tokens.acknowledge(Token(token)), Err(Stray::Invented), "{token:#x}");
        }
        assert_eq!(tokens.complete(token), Ok(request(1)));
    }

    #[test]
    fn a_token_of_one_table_is_nobodys_in_the_other() {
        let (mut plain, mut marked) = (Tokens::default(), Tokens::marked());
        let asked = SapPending { sim: 0, serial: 1 };
        let (ril, sap) = (plain.issue(request(1)).unwrap(), marked.issue(asked).unwrap());
        assert_ne!(ril, sap);
        assert_eq!((plain.complete(sap), marked.complete(ril)), (Err(Stray::Invented), Err(Stray::Invented)));
        assert_eq!((plain.complete(ril), marked.complete(sap)), (Ok(request(1)), Ok(asked)));
        assert_eq!((plain.complete(ril), marked.complete(sap)), (Err(Stray::Doubled), Err(Stray::Doubled)));
    }

    #[test]
    fn a_request_that_was_given_up_is_answered_late_once() {
        let mut tokens = Tokens::default();
        let (kept, token) = (tokens.issue(request(1)).unwrap(), tokens.issue(request(2)).unwrap());
        tokens.give_up(|request| request.sim == 1);
        tokens.give_up(|request| request.serial == 2);
        tokens.give_up(|request| request.serial == 2);
        let other = tokens.issue(request(3)).unwrap();
        assert_eq!(tokens.complete(token), Err(Stray::Late));
        assert_eq!(tokens.complete(token), Err(Stray::Doubled));
        assert_eq!(tokens.complete(kept), Ok(request(1)));
        assert_eq!(tokens.complete(other), Ok(request(3)));
        assert!(tokens.given_up.is_empty());
    }

    #[test]
    fn places_of_requests_that_are_never_answered_come_back_when_they_are_needed() {
        let mut tokens = Tokens::default();
        let first = tokens.issue(request(0)).unwrap();
        for serial in (1..).take(MOST_OUTSTANDING - 1) {
            tokens.issue(request(serial)).unwrap();
        }
        assert_eq!(tokens.issue(request(-1)), None);
        tokens.give_up(|request| request.serial == 0);
        tokens.give_up(|request| request.serial == 1);
        let again = tokens.issue(request(-1)).unwrap();
        assert_eq!(unpack(again), (unpack(first).0, 2), "the oldest first");
        assert_eq!(tokens.complete(first), Err(Stray::Doubled));
        assert_eq!(tokens.complete(again), Ok(request(-1)));
    }

    #[test]
    fn an_acknowledged_request_remembers_it() {
        let mut tokens = Tokens::default();
        let token = tokens.issue(request(1)).unwrap();
        let acked = Pending { acked: true, ..request(1) };
        assert_eq!(tokens.acknowledge(token), Ok(acked));
        assert_eq!(tokens.complete(token), Ok(acked));
        assert_eq!(tokens.acknowledge(token), Err(Stray::Doubled));
    }

    #[test]
    fn the_number_of_outstanding_requests_is_bounded() {
        let mut tokens = Tokens::default();
        let serials = (0..).take(MOST_OUTSTANDING);
        let issued: Vec<Token> = serials.map(|serial| tokens.issue(request(serial)).unwrap()).collect();
        assert_eq!(tokens.issue(request(-1)), None);
        assert_eq!(tokens.complete(issued[17]), Ok(request(17)));
        assert!(tokens.issue(request(-1)).is_some());
        assert_eq!(tokens.complete(issued[17]), Err(Stray::Doubled));
    }

    #[test]
    fn the_count_of_uses_starts_over_without_a_null_token() {
        let places = vec![Place { uses: MOST_USES, now: Use::Answered }];
        let mut tokens = Tokens { places, free: vec![0], ..Tokens::default() };
        let token = tokens.issue(request(1)).unwrap();
        assert_eq!(unpack(token), (0, 1));
        assert_eq!(tokens.complete(token), Ok(request(1)));
    }
}
