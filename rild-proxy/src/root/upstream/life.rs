//! A modem side in another process: whether it is there, why it ended last, and when it is tried again.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::warn;

use super::super::lines::Lines;
use super::View;
use crate::clock;
use crate::pause::Pause;

/// How long to wait before the first new try.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often it may be hurried.
const HURRY: Duration = Duration::from_secs(1);
/// What has lived for so long is begun again soon.
const LASTING: Duration = Duration::from_secs(60);

/// How the modem side fares.
#[derive(Debug)]
pub(super) struct Life {
    kind: &'static str,
    up: bool,
    changed: Option<Instant>,
    ends: u64,
    last_end: String,
    pause: Pause,
    hurried: Rc<Notify>,
    /// When it was hurried last.
    hurried_at: Option<Instant>,
}

impl Life {
    /// Not there yet.
    pub(super) fn new(kind: &'static str) -> Self {
        let (pause, hurried) = (Pause::new(FIRST_PAUSE, LONGEST_PAUSE), Rc::new(Notify::new()));
        Self { kind, up: false, changed: None, ends: 0, last_end: String::new(), pause, hurried, hurried_at: None }
    }

    /// It can be talked to.
    pub(super) fn begins(&mut self, now: Instant) {
        (self.up, self.changed) = (true, Some(now));
    }

    /// Whether it can be talked to.
    pub(super) fn is_up(&self) -> bool {
        self.up
    }

    /// It ended, or did not come about; how long to wait.
    pub(super) fn ends(&mut self, now: Instant, why: &str) -> Duration {
        let lived = self.changed.filter(|_| self.up).map(|since| now.saturating_duration_since(since));
        if self.up {
            self.changed = Some(now);
        }
        self.up = false;
        self.ends += 1;
        why.clone_into(&mut self.last_end);
        if lived.is_some_and(|lived| lived >= LASTING) {
            self.pause.begin_anew();
        }
        self.pause.next()
    }

    /// Somebody's life may hang on it: the next try is due now, and those after it soon. Who says so again within a
    /// second has those.
    pub(super) fn hurry(&mut self, now: Instant) {
        if self.hurried_at.is_some_and(|at| now.saturating_duration_since(at) < HURRY) {
            return;
        }
        self.hurried_at = Some(now);
        self.pause.begin_anew();
        self.hurried.notify_waiters();
    }

    pub(super) fn view(&self, now: Instant) -> View {
        View {
            kind: self.kind,
            up: self.up,
            changed: self.changed.map(|changed| now.saturating_duration_since(changed)),
            ends: self.ends,
            last_end: self.last_end.clone(),
            ..View::default()
        }
    }
}

/// A life that somebody looks after.
pub(super) trait Living {
    /// Where its life is.
    fn life<T>(&self, look: impl FnOnce(&mut Life) -> T) -> T;

    /// Lives once; why it ended.
    async fn live(&mut self, lines: &Lines) -> String;
}

/// Lives again and again, for as long as the daemon lives.
pub(super) async fn keep_up(lines: &Lines, side: &mut impl Living) -> ! {
    loop {
        let why = side.live(lines).await;
        ended(lines, side, &why).await;
    }
}

/// Tells of an end, and waits until the next try is due.
pub(super) async fn ended(lines: &Lines, side: &impl Living, why: &str) {
    let was_up = side.life(|life| life.is_up());
    let (pause, hurried) = side.life(|life| (life.ends(clock::now(), why), Rc::clone(&life.hurried)));
    let hurried = hurried.notified();
    tokio::pin!(hurried);
    // From now on it is heard, also while the router is told.
    hurried.as_mut().enable();
    lines.modem_down(why);
    if was_up {
        lines.keep_crash_traces();
    }
    if lines.are_worth_a_line("tries of the modem") {
        warn!(pause_ms = pause.as_millis(), "the modem is tried again");
    }
    tokio::select! {
        () = sleep(pause) => {}
        () = hurried => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_last_is_begun_again_ever_more_rarely() {
        let mut life = Life::new("test");
        let start = clock::now();
        let pauses: Vec<_> = (0..12).map(|_| life.ends(start, "it cannot start").as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
        life.begins(start);
        assert!(life.view(start).up);
        assert_eq!(life.ends(start + LASTING - Duration::from_millis(1), "too early"), LONGEST_PAUSE);
        life.begins(start);
        assert_eq!(life.ends(start + LASTING, "late"), FIRST_PAUSE, "what lasted is begun again at once");
        let view = life.view(start + LASTING + Duration::from_secs(7));
        assert_eq!((view.up, view.ends, view.last_end.as_str()), (false, 14, "late"));
        assert_eq!(view.changed, Some(Duration::from_secs(7)));
    }

    #[test]
    fn an_emergency_makes_the_pauses_short_again() {
        let mut life = Life::new("test");
        let start = clock::now();
        for _ in 0..12 {
            life.ends(start, "it cannot start");
        }
        life.hurry(start);
        assert_eq!(life.ends(start, "once more"), FIRST_PAUSE);
    }

    #[test]
    fn emergencies_without_end_do_not_make_every_pause_short() {
        let mut life = Life::new("test");
        let start = clock::now();
        life.hurry(start);
        assert_eq!(life.ends(start, "it cannot start"), FIRST_PAUSE);
        life.hurry(start + HURRY - Duration::from_millis(1));
        assert_eq!(life.ends(start, "nor now"), 2 * FIRST_PAUSE);
        life.hurry(start + HURRY);
        assert_eq!(life.ends(start, "nor now"), FIRST_PAUSE);
    }
}
