//! A trace as the modem, with what is not due yet: whoever drives it says what time it is, and is told when to come
//! again.
//!
//! What an answer is and when an unsolicited message comes is decided in [`modem`](super::modem). Here answers wait for
//! as long as they took when they were recorded, or not at all at full speed.

use std::collections::BTreeMap;
use std::time::Duration;

use ril_protocol::frame::Request;

use super::modem::{Answer, Found, Modem};

/// An answer that is not due yet.
#[derive(Debug)]
struct Waiting {
    serial: i32,
    /// Which answer of the trace it is.
    place: Option<usize>,
    frame: Vec<u8>,
}

/// Plays the modem's side of a conversation. Times count from its beginning.
#[derive(Debug)]
pub struct Player {
    modem: Modem,
    full_speed: bool,
    /// By when they are due; the number tells those of the same time apart.
    waiting: BTreeMap<(Duration, u64), Waiting>,
    asked: u64,
}

impl Player {
    /// Begins at the beginning. At full speed no answer takes any time.
    pub fn new(modem: Modem, full_speed: bool) -> Self {
        Self { modem, full_speed, waiting: BTreeMap::new(), asked: 0 }
    }

    /// What to say at once; see [`Modem::greeting`].
    pub fn greeting(&self) -> Vec<u8> {
        self.modem.greeting()
    }

    /// Takes a request; how its answer was found.
    pub fn ask(&mut self, elapsed: Duration, request: &Request<'_>) -> Found {
        self.asked += 1;
        let Answer { found, frame, took, place } = self.modem.answer(elapsed, request);
        let due = if self.full_speed { elapsed } else { elapsed + took };
        if !frame.is_empty() {
            self.waiting.insert((due, self.asked), Waiting { serial: request.serial, place, frame });
        }
        found
    }

    /// Nobody waits for the answer with this serial any more.
    pub fn give_up(&mut self, serial: i32) {
        let Self { modem, waiting, .. } = self;
        waiting.retain(|_, waiting| {
            let is_given_up = waiting.serial == serial;
            if let Some(place) = waiting.place.filter(|_| is_given_up) {
                modem.given_up(place);
            }
            !is_given_up
        });
    }

    /// Appends what is due, as whole frames. In a hurry no unsolicited message waits for its time.
    pub fn take_due(&mut self, elapsed: Duration, in_a_hurry: bool, into: &mut Vec<u8>) {
        loop {
            while let Some(notice) = self.modem.notice(elapsed, in_a_hurry) {
                into.extend_from_slice(&notice);
            }
            let Some(entry) = self.waiting.first_entry().filter(|entry| entry.key().0 <= elapsed) else { return };
            let ((due, _), Waiting { place, frame, .. }) = entry.remove_entry();
            into.extend_from_slice(&frame);
            if let Some(place) = place {
                self.modem.sent(due, place);
            }
        }
    }

    /// When something is due, at the latest.
    pub fn next_due(&self) -> Option<Duration> {
        self.waiting.keys().next().map(|(due, _)| *due).into_iter().chain(self.modem.next_notice()).min()
    }

    /// How many requests there were.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// How many recorded answers were never asked for.
    pub fn left(&self) -> usize {
        self.modem.left()
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::frame::{Message, split};
    use ril_protocol::{Errno, RequestCode};

    use super::super::script::{Exchange, Recorded, Script};
    use super::*;

    const TOOK: Duration = Duration::from_millis(5);
    const START: Duration = Duration::from_secs(1);

    /// A trace in which one question was answered, after a while.
    fn player(full_speed: bool) -> Player {
        let answer = Recorded { place: 2, errno: Errno::SUCCESS, payload: Some((&b"1234"[..]).into()), took: TOOK };
        let exchange = Exchange {
            place: 1,
            at: START,
            code: RequestCode::GET_IMEI,
            arguments: Some((&b""[..]).into()),
            answer: Some(answer),
        };
        let script = Script { exchanges: vec![exchange], began: START, ..Script::default() };
        Player::new(Modem::new(script), full_speed)
    }

    fn ask(player: &mut Player, elapsed: Duration, serial: i32) -> Found {
        player.ask(elapsed, &Request { code: RequestCode::GET_IMEI, serial, payload: b"" })
    }

    /// The serials of the answers that are due.
    fn due(player: &mut Player, elapsed: Duration) -> Vec<i32> {
        let (mut frames, mut serials) = (Vec::new(), Vec::new());
        player.take_due(elapsed, false, &mut frames);
        let mut rest = &frames[..];
        while let Some((body, used)) = split(rest, 1024).unwrap() {
            let Some(Message::Reply(reply)) = Message::parse(body) else { panic!("{body:?}") };
            serials.push(reply.serial);
            rest = &rest[used..];
        }
        serials
    }

    #[test]
    fn answers_take_as_long_as_they_took() {
        let mut player = player(false);
        assert_eq!((ask(&mut player, START, 1), ask(&mut player, START, 2)), (Found::Next, Found::Again));
        assert_eq!(player.next_due(), Some(START + TOOK));
        assert!(due(&mut player, START).is_empty());
        player.give_up(1);
        assert_eq!(due(&mut player, START + TOOK), [2], "the first is of no interest any more");
        assert_eq!((player.next_due(), player.asked(), player.left()), (None, 2, 0));
    }

    #[test]
    fn what_was_not_answered_is_not_answered() {
        let exchange = Exchange {
            place: 1,
            at: START,
            code: RequestCode::GET_IMEI,
            arguments: Some((&b""[..]).into()),
            answer: None,
        };
        let script = Script { exchanges: vec![exchange], began: START, ..Script::default() };
        let mut player = Player::new(Modem::new(script), true);
        assert_eq!(ask(&mut player, START, 7).difference(), None);
        assert_eq!((due(&mut player, START), player.next_due(), player.left()), (vec![], None, 0));
    }

    #[test]
    fn at_full_speed_answers_take_no_time() {
        let mut player = player(true);
        assert_eq!(player.left(), 1);
        ask(&mut player, START, 7);
        assert_eq!(due(&mut player, START), [7]);
    }
}
