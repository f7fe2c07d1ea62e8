//! The `RIL_Token`s that the library holds, and what to make of one that comes back.
//!
//! A token is the address of a block of memory that looks like what libril has there, and each block has a place in a
//! table. What stands in the block is the library's to read and to spoil: a token that comes back is known by its
//! address and by what the table has in that place. So a token that is completed twice, after its request was given up,
//! or that never was one of ours, is recognised instead of followed, as libril would.
//!
//! A place is not used again at once: its token would then stand for another request, whose answer a second completion
//! of the first would be taken for. It rests until 16384 other requests have been answered after its own, and longer if
//! its own was given up: until its late answer has come, or all other places are taken. There are 32768 places at most:
//! 2 MiB of blocks, or 1.1 MiB on 32-bit machines.
//!
//! A library that has the SIM Access Profile, too, has two such tables, so that a token that is completed by the
//! other's function is nobody's.

use std::collections::{BTreeSet, VecDeque};

use ril_protocol::RequestCode;

use crate::ffi::host::request_info::{Behind, Blocks};
use crate::token::Token;

/// As many requests may wait for the library's answer at a time. All lanes share them: a caller that bounds each
/// asker's unanswered requests, and gives up those that are not answered in time, has no asker use up another's.
const MOST_OUTSTANDING: usize = 1 << 14;
/// So many places rest.
const RESTING: usize = 1 << 14;
const MOST_PLACES: usize = MOST_OUTSTANDING + RESTING;

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

/// What the latest token of a place stands for.
#[derive(Clone, Copy, Debug)]
enum Place<R> {
    Pending(R),
    Answered,
    GivenUp,
}

/// The table.
#[derive(Debug)]
pub(crate) struct Tokens<R> {
    places: Vec<Place<R>>,
    /// Of the places, by their numbers.
    blocks: Blocks,
    /// Places whose requests wait for their answers.
    outstanding: BTreeSet<usize>,
    /// Places whose requests were answered, the first one first.
    answered: VecDeque<usize>,
    /// Places whose requests were given up, the first one first.
    given_up: VecDeque<usize>,
}

impl<R> Default for Tokens<R> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            blocks: Blocks::default(),
            outstanding: BTreeSet::new(),
            answered: VecDeque::new(),
            given_up: VecDeque::new(),
        }
    }
}

impl<R: Copy> Tokens<R> {
    /// A token for `request`, with this behind it, or `None` when too many are outstanding.
    pub(crate) fn issue(&mut self, request: R, behind: Behind) -> Option<Token> {
        if self.outstanding.len() == MOST_OUTSTANDING {
            return None;
        }
        let place = self.rested_place()?;
        let token = self.blocks.write(place, behind)?;
        match self.places.get_mut(place) {
            Some(used) => *used = Place::Pending(request),
            None => self.places.push(Place::Pending(request)),
        }
        self.outstanding.insert(place);
        Some(token)
    }

    /// The library completes `token`: the request that it stood for, once.
    pub(crate) fn complete(&mut self, token: Token) -> Result<R, Stray> {
        let place = self.blocks.number(token).ok_or(Stray::Invented)?;
        let used = self.places.get_mut(place).ok_or(Stray::Invented)?;
        match std::mem::replace(used, Place::Answered) {
            Place::Pending(request) => {
                self.outstanding.remove(&place);
                self.answered.push_back(place);
                Ok(request)
            }
            Place::Answered => Err(Stray::Doubled),
            Place::GivenUp => {
                self.given_up.retain(|waits| *waits != place);
                self.answered.push_back(place);
                Err(Stray::Late)
            }
        }
    }

    /// Gives up every request that is wanted by nobody any more.
    pub(crate) fn give_up(&mut self, unwanted: impl Fn(R) -> bool) {
        let places = &mut self.places;
        self.outstanding.retain(|place| match places.get_mut(*place) {
            Some(used) if matches!(*used, Place::Pending(request) if unwanted(request)) => {
                *used = Place::GivenUp;
                self.given_up.push_back(*place);
                self.blocks.cancel(*place);
                false
            }
            _ => true,
        });
    }

    /// A place for another request: one that has rested, or else a new one, or else that whose request was given up
    /// first.
    fn rested_place(&mut self) -> Option<usize> {
        if self.answered.len() > RESTING {
            self.answered.pop_front()
        } else if self.places.len() < MOST_PLACES {
            Some(self.places.len())
        } else {
            self.given_up.pop_front()
        }
    }
}

impl Tokens<Pending> {
    /// The library says that the answer to `token` takes a while.
    pub(crate) fn acknowledge(&mut self, token: Token) -> Result<Pending, Stray> {
        let place = self.blocks.number(token).ok_or(Stray::Invented)?;
        match self.places.get_mut(place).ok_or(Stray::Invented)? {
            Place::Pending(request) => {
                request.acked = true;
                self.blocks.acknowledge(place);
                Ok(*request)
            }
            Place::Answered => Err(Stray::Doubled),
            Place::GivenUp => Err(Stray::Late),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(serial: i32) -> Pending {
        Pending { sim: 0, serial, code: RequestCode::GET_IMEI, acked: false }
    }

    fn issue(tokens: &mut Tokens<Pending>, serial: i32) -> Option<Token> {
        tokens.issue(request(serial), Behind { serial, number: RequestCode::GET_IMEI.0, sim: 0 })
    }

    /// Has so many requests asked and answered.
    fn answer(tokens: &mut Tokens<Pending>, requests: usize) {
        for _ in 0..requests {
            let token = issue(tokens, -1).unwrap();
            tokens.complete(token).unwrap();
        }
    }

    #[test]
    fn a_token_is_good_for_one_completion() {
        let mut tokens = Tokens::default();
        let token = issue(&mut tokens, 7).unwrap();
        assert_ne!(token.0, 0);
        assert_eq!(tokens.complete(token), Ok(request(7)));
        assert_eq!(tokens.complete(token), Err(Stray::Doubled));
        let next = issue(&mut tokens, 8).unwrap();
        assert_eq!(tokens.complete(token), Err(Stray::Doubled), "its place rests");
        assert_eq!(tokens.complete(next), Ok(request(8)));
    }

    #[test]
    fn a_place_rests_until_16384_others_were_answered() {
        let mut tokens = Tokens::default();
        let token = issue(&mut tokens, 1).unwrap();
        tokens.complete(token).unwrap();
        answer(&mut tokens, RESTING);
        assert_eq!(tokens.complete(token), Err(Stray::Doubled));
        assert_eq!(issue(&mut tokens, 2), Some(token), "the first one first");
        assert_eq!(tokens.complete(token), Ok(request(2)));
        answer(&mut tokens, 3 * RESTING);
        assert_eq!(tokens.places.len(), RESTING + 1, "and no more memory is taken");
    }

    #[test]
    fn invented_tokens_are_told_apart() {
        let mut tokens = Tokens::default();
        for token in [0, 1, usize::MAX, 0x5ca1_ab1f, 1 << 14] {
            assert_eq!(tokens.complete(Token(token)), Err(Stray::Invented), "{token:#x}");
        }
        let token = issue(&mut tokens, 1).unwrap();
        let on_the_stack = std::ptr::from_ref(&token).addr();
        let never_given =
            Tokens::<Pending>::default().blocks.write(0, Behind { serial: 0, number: 0, sim: 0 }).unwrap().0;
        for token in [0, token.0 + 1, token.0 + 64, on_the_stack, never_given] {
            assert_eq!(tokens.complete(Token(token)), Err(Stray::Invented), "{token:#x}");
            assert_eq!(tokens.acknowledge(Token(token)), Err(Stray::Invented), "{token:#x}");
        }
        assert_eq!(tokens.complete(token), Ok(request(1)));
    }

    #[test]
    fn a_token_of_one_table_is_nobodys_in_the_other() {
        let (mut plain, mut other) = (Tokens::default(), Tokens::default());
        let asked = SapPending { sim: 0, serial: 1 };
        let ril = issue(&mut plain, 1).unwrap();
        let sap = other.issue(asked, Behind { serial: 1, number: 0, sim: 0 }).unwrap();
        assert_ne!(ril, sap);
        assert_eq!((plain.complete(sap), other.complete(ril)), (Err(Stray::Invented), Err(Stray::Invented)));
        assert_eq!((plain.complete(ril), other.complete(sap)), (Ok(request(1)), Ok(asked)));
        assert_eq!((plain.complete(ril), other.complete(sap)), (Err(Stray::Doubled), Err(Stray::Doubled)));
    }

    #[test]
    fn a_request_that_was_given_up_is_answered_late_once() {
        let mut tokens = Tokens::default();
        let (kept, token) = (issue(&mut tokens, 1).unwrap(), issue(&mut tokens, 2).unwrap());
        tokens.give_up(|request| request.sim == 1);
        tokens.give_up(|request| request.serial == 2);
        tokens.give_up(|request| request.serial == 2);
        let other = issue(&mut tokens, 3).unwrap();
        answer(&mut tokens, RESTING + 9);
        assert_eq!(tokens.complete(token), Err(Stray::Late), "however many were answered since");
        assert_eq!(tokens.complete(token), Err(Stray::Doubled));
        assert_eq!(tokens.complete(kept), Ok(request(1)));
        assert_eq!(tokens.complete(other), Ok(request(3)));
        assert!(tokens.given_up.is_empty());
    }

    #[test]
    fn places_of_requests_that_are_never_answered_come_back_when_they_are_needed() {
        let mut tokens = Tokens::default();
        let first = issue(&mut tokens, 0).unwrap();
        for serial in 1..=MOST_PLACES {
            if serial % MOST_OUTSTANDING == 0 {
                tokens.give_up(|_| true);
            }
            if serial < MOST_PLACES {
                issue(&mut tokens, 1).unwrap();
            }
        }
        assert_eq!(issue(&mut tokens, -1), Some(first), "the first one first");
        assert_eq!(tokens.places.len(), MOST_PLACES);
        assert_eq!(tokens.complete(first), Ok(request(-1)));
        assert_eq!(tokens.complete(first), Err(Stray::Doubled));
    }

    #[test]
    fn an_acknowledged_request_remembers_it() {
        let mut tokens = Tokens::default();
        let token = issue(&mut tokens, 1).unwrap();
        let acked = Pending { acked: true, ..request(1) };
        assert_eq!(tokens.acknowledge(token), Ok(acked));
        assert_eq!(tokens.complete(token), Ok(acked));
        assert_eq!(tokens.acknowledge(token), Err(Stray::Doubled));
    }

    #[test]
    fn the_number_of_outstanding_requests_is_bounded() {
        let mut tokens = Tokens::default();
        let issued: Vec<Token> =
            (0..).take(MOST_OUTSTANDING).map(|serial| issue(&mut tokens, serial).unwrap()).collect();
        assert_eq!(issue(&mut tokens, -1), None);
        assert_eq!(tokens.complete(issued[17]), Ok(request(17)));
        assert!(issue(&mut tokens, -1).is_some());
        assert_eq!(issue(&mut tokens, -1), None);
        tokens.give_up(|request| request.serial == 18);
        assert!(issue(&mut tokens, -1).is_some());
        assert_eq!(tokens.complete(issued[17]), Err(Stray::Doubled));
    }
}
