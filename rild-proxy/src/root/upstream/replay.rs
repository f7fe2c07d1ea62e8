//! A recorded trace as the modem: for CI without one, and to see again what a report tells of.
//!
//! Answers are found as [`ril_trace::replay::modem`] says. What differs from the recording is counted; the first of it
//! stands in the log, by the names of the requests only, and the sum when the daemon ends.

use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use ril_protocol::RequestCode;
use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use ril_trace::format::{OpenError, Reader};
use ril_trace::replay::modem::{Found, Modem};
use ril_trace::replay::player::Player;
use ril_trace::replay::script::{Script, ScriptError, Side};
use tokio::sync::Notify;
use tracing::{info, warn};

use super::super::lines::Lines;
use super::{Replayed, Upstream, View};
use crate::clock;
use crate::config;
use crate::deadline::until;
use crate::router::Flow;

/// So many differences have a line of their own in the log.
const MOST_LINES: u64 = 20;

/// Why a trace cannot be the modem.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// It has no such conversation in it.
    #[error("{}: {source}", path.display())]
    Script {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ScriptError,
    },
    /// It does not say which version of RIL was spoken, which the layouts of all messages hang on.
    #[error("{}: neither a RIL_CONNECTED nor the head of the trace tells the RIL version", .0.display())]
    NoVersion(PathBuf),
}

/// A trace that is played; both of the core's and the driver's.
#[derive(Clone)]
pub(in crate::root) struct Replay {
    playing: Rc<RefCell<Playing>>,
    /// Something may be due that was not.
    stirred: Rc<Notify>,
}

struct Playing {
    player: Player,
    name: String,
    began: Instant,
    counts: Replayed,
    /// What is said first of all.
    greeting: Vec<u8>,
}

impl Replay {
    /// Reads the conversation that the configuration names; its beginning is now.
    pub(super) fn open(path: &Path, modem: &config::Modem) -> Result<Self, ReplayError> {
        let unreadable = |source| ReplayError::Open { path: path.to_owned(), source };
        let file = File::open(path).map_err(|error| unreadable(OpenError::Io(error)))?;
        let mut reader = Reader::open(file).map_err(unreadable)?;
        let side = modem.replay_phone.as_deref().map_or(Side::Modem, Side::Phone);
        let script = Script::read(&mut reader, Some(side));
        let script = script.map_err(|source| ReplayError::Script { path: path.to_owned(), source })?;
        for damage in &script.damage {
            warn!(trace = %path.display(), "{damage}");
        }
        if script.version.is_none() {
            return Err(ReplayError::NoVersion(path.to_owned()));
        }
        let player = Player::new(Modem::new(script), modem.replay_full_speed);
        let playing = Playing {
            greeting: player.greeting(),
            player,
            name: path.display().to_string(),
            began: clock::now(),
            counts: Replayed::default(),
        };
        Ok(Self { playing: Rc::new(RefCell::new(playing)), stirred: Rc::new(Notify::new()) })
    }

    /// Lets the line hear what is due, whenever it is.
    pub(super) async fn play(self, line: &Lines) -> std::io::Result<()> {
        loop {
            let due = self.playing.borrow().next_due();
            tokio::select! {
                () = self.stirred.notified() => {}
                () = until(due) => {}
            }
            line.modem_says();
        }
    }
}

impl Playing {
    fn next_due(&self) -> Option<Instant> {
        self.player.next_due().map(|due| self.began + due)
    }

    fn ask(&mut self, request: &Request<'_>) {
        let found = self.player.ask(self.began.elapsed(), request);
        let count = match found {
            Found::Next | Found::Again | Found::Unanswered => &mut self.counts.as_recorded,
            Found::OtherArguments | Found::OtherArgumentsAgain => &mut self.counts.other_arguments,
            Found::Never | Found::Unknown => &mut self.counts.not_recorded,
        };
        *count += 1;
        if let Some(difference) = found.difference()
            && self.counts.differ() <= MOST_LINES
        {
            warn!(code = %request.code, trace = self.name, "{difference}");
            if self.counts.differ() == MOST_LINES {
                warn!(trace = self.name, "what differs further is only counted");
            }
        }
    }
}

impl Replayed {
    /// Requests that the trace does not have like this.
    fn differ(&self) -> u64 {
        self.other_arguments + self.not_recorded
    }
}

impl Upstream for Replay {
    fn send(&mut self, _flow: Flow, mut frames: &[u8]) {
        while let Ok(Some((body, used))) = frame::split(frames, REQUEST_LIMIT) {
            if let Some(request) = Request::parse(body)
                && request.code != RequestCode::RESPONSE_ACKNOWLEDGEMENT
            {
                self.playing.borrow_mut().ask(&request);
            }
            frames = &frames[used..];
        }
        self.stirred.notify_one();
    }

    fn give_up(&mut self, serial: i32) {
        self.playing.borrow_mut().player.give_up(serial);
    }

    fn attend(&mut self) -> bool {
        self.playing.borrow().next_due().is_some_and(|due| due <= clock::now())
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        let playing = &mut *self.playing.borrow_mut();
        into.append(&mut playing.greeting);
        let elapsed = playing.began.elapsed();
        playing.player.take_due(elapsed, false, into);
    }

    fn description(&self) -> String {
        self.playing.borrow().name.clone()
    }

    fn view(&self) -> View {
        let playing = self.playing.borrow();
        let left = u64::try_from(playing.player.left()).unwrap_or(u64::MAX);
        View { kind: "trace", replayed: Some(Replayed { left, ..playing.counts }), ..View::default() }
    }

    fn end(&mut self) {
        let playing = self.playing.borrow();
        let Replayed { as_recorded, other_arguments, not_recorded, .. } = playing.counts;
        let (all, left) = (playing.player.asked(), playing.player.left());
        info!(trace = playing.name, other_arguments, not_recorded, left, "{as_recorded} of {all} requests as recorded");
    }
}
