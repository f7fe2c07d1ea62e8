//! Whether an isolated library hangs: its request thread does not return, or its process says nothing at all.
//!
//! Asking costs something, so only a library that was given something to do is asked, and not any more once it has
//! returned. A library that does not answer requests but returns from them does not hang: timeouts are the router's.
//!
//! Root may have been stopped itself and be reading old answers. So a library hangs only if its process says, to a
//! question asked after the limit, that it is still in the same call. When a process is silent and root comes late to
//! judge it, it is asked once more first.
//!
//! Pure: it is told the time.

use std::time::{Duration, Instant};

/// So often within the limit a library is asked.
const LOOKS: u32 = 4;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing yet.
    Nothing,
    /// Ask it how it is.
    Ask,
    /// It hangs, and in which way.
    Hangs(String),
}

/// Watches one library.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// `None`: it is not watched.
    limit: Option<Duration>,
    phase: Phase,
    /// The turn that it was found inside of, and when it was first.
    inside: Option<(u64, Instant)>,
    /// It was given something to do since it was asked last.
    busy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// There is nothing that it could hang in.
    Resting,
    /// It is asked then.
    Until(Instant),
    /// It was asked then, and has not answered.
    Asked(Instant),
    /// It has said, then, that it has not returned, and was asked for long enough.
    Inside(Instant),
}

impl Watch {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, phase: Phase::Resting, inside: None, busy: false }
    }

    /// Another process.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::new(self.limit);
    }

    /// It was given something to do; whether there is a deadline now that was none before.
    pub(super) fn given_work(&mut self, now: Instant) -> bool {
        self.busy = true;
        match (self.phase, self.limit) {
            (Phase::Resting, Some(limit)) => {
                self.phase = Phase::Until(now + limit / LOOKS);
                true
            }
            _ => false,
        }
    }

    /// When [`due`](Self::due) has something to say.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let limit = self.limit?;
        match self.phase {
            Phase::Resting => None,
            Phase::Until(at) | Phase::Inside(at) => Some(at),
            Phase::Asked(at) => Some(at + limit),
        }
    }

    /// The deadline has come, or may have.
    pub(super) fn due(&mut self, now: Instant) -> Due {
        let (Some(deadline), Some(limit)) = (self.deadline(), self.limit) else { return Due::Nothing };
        if now < deadline {
            return Due::Nothing;
        }
        let seconds = limit.as_secs();
        match self.phase {
            Phase::Inside(_) => {
                Due::Hangs(format!("a hang: it has not returned to its request thread for {seconds} s"))
            }
            Phase::Asked(_) if now.saturating_duration_since(deadline) < limit / LOOKS => {
                Due::Hangs(format!("a hang: its process has said nothing for {seconds} s"))
            }
            _ => {
                (self.phase, self.busy) = (Phase::Asked(now), false);
                Due::Ask
            }
        }
    }

    /// It answered that it is in this turn. An answer to nothing says nothing.
    pub(super) fn answered(&mut self, now: Instant, turn: u64) {
        let (Some(limit), Phase::Asked(asked)) = (self.limit, self.phase) else { return };
        let is_inside = turn % 2 == 1;
        self.inside = match self.inside {
            Some((same, since)) if same == turn => Some((same, since)),
            _ => is_inside.then_some((turn, now)),
        };
        self.phase = match self.inside {
            Some((_, since)) if asked.saturating_duration_since(since) >= limit => Phase::Inside(now),
            Some((_, since)) => Phase::Until((now + limit / LOOKS).min(since + limit)),
            None if self.busy => Phase::Until(now + limit / LOOKS),
            None => Phase::Resting,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const LIMIT: Duration = Duration::from_secs(40);
    const LOOK: Duration = Duration::from_secs(10);

    fn watch() -> (Watch, Instant) {
        (Watch::new(Some(LIMIT)), clock::now())
    }

    #[test]
    fn who_has_nothing_to_do_is_left_alone() {
        let (mut watch, start) = watch();
        assert_eq!((watch.deadline(), watch.due(start + LIMIT * 9)), (None, Due::Nothing));
        assert!(watch.given_work(start) && !watch.given_work(start));
        assert_eq!(watch.due(start + LOOK - Duration::from_nanos(1)), Due::Nothing);
        assert_eq!(watch.due(start + LOOK), Due::Ask);
        watch.answered(start + LOOK, 2);
        assert_eq!(watch.deadline(), None, "it has returned, whether it has answered or not");
        let mut unwatched = Watch::new(None);
        unwatched.given_work(start);
        assert_eq!(unwatched.deadline(), None);
    }

    #[test]
    fn who_does_not_return_hangs() {
        let (mut watch, start) = watch();
        watch.given_work(start);
        let mut now = start + LOOK;
        while watch.due(now) == Due::Ask {
            watch.given_work(now);
            watch.answered(now, 7);
            now = watch.deadline().unwrap();
        }
        assert_eq!(now, start + LOOK + LIMIT);
        assert!(matches!(watch.due(now), Due::Hangs(why) if why.contains("not returned")));
        watch.begin_anew();
        assert_eq!(watch.deadline(), None);
    }

    #[test]
    fn an_answer_that_is_heard_late_says_nothing_of_the_time_since() {
        let (mut watch, start) = watch();
        watch.given_work(start);
        assert_eq!(watch.due(start + LOOK), Due::Ask);
        watch.answered(start + LOOK, 7);
        assert_eq!(watch.due(start + 2 * LOOK), Due::Ask);
        // It answers at once; we stand still.
        let late = start + 9 * LIMIT;
        watch.answered(late, 7);
        assert_eq!(watch.due(late), Due::Ask, "it may have returned long ago");
        let mut returned = watch.clone();
        returned.answered(late, 8);
        assert_eq!((returned.deadline(), returned.due(late)), (None, Due::Nothing));
        watch.answered(late, 7);
        assert!(matches!(watch.due(late), Due::Hangs(why) if why.contains("not returned")));
    }

    #[test]
    fn who_comes_late_to_a_silent_process_asks_once_more() {
        let (mut watch, start) = watch();
        watch.given_work(start);
        assert_eq!(watch.due(start + LOOK), Due::Ask);
        let late = start + 2 * LOOK + LIMIT;
        assert_eq!(watch.due(late), Due::Ask, "it may have stood still with us");
        assert!(matches!(watch.due(late + LIMIT), Due::Hangs(why) if why.contains("said nothing")));
    }

    #[test]
    fn who_returns_and_is_called_again_does_not_hang() {
        let (mut watch, start) = watch();
        watch.given_work(start);
        let mut now = start + LOOK;
        for turn in 0..100 {
            assert_eq!(watch.due(now), Due::Ask);
            watch.given_work(now);
            watch.answered(now, 2 * turn + 1);
            now = watch.deadline().unwrap();
        }
        assert_eq!(watch.due(now), Due::Ask);
        watch.answered(now, 200);
        assert_eq!(watch.deadline(), None);
    }

    #[test]
    fn a_process_that_says_nothing_hangs() {
        let (mut watch, start) = watch();
        watch.given_work(start);
        assert_eq!(watch.due(start + LOOK), Due::Ask);
        assert_eq!(watch.due(start + LIMIT), Due::Nothing);
        assert!(matches!(watch.due(start + LOOK + LIMIT), Due::Hangs(why) if why.contains("said nothing")));
    }
}
