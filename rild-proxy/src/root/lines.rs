//! The lines of a root, one for each SIM of its modem: a router with its phones, a store, sockets and recordings.
//!
//! No router knows that there are other lines. What they have in common is here and in the modem side: that comes and
//! goes for all of them, and a phone has the screen on every line or on none.

use std::fmt::{self, Display, Formatter};
use std::rc::Rc;

use tokio::task::spawn_local;
use tracing::{Instrument, Span};

use super::core::{Recalled, SharedCore};
use crate::router::{Event, Now, PhoneId, SwitchRefused};

/// Why another phone cannot have the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SwitchRefusedBy {
    /// On which SIM, where there are several.
    pub(super) sim: Option<u8>,
    pub(super) why: SwitchRefused,
}

impl Display for SwitchRefusedBy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.sim {
            Some(sim) => write!(f, "on SIM {sim}, {}", self.why),
            None => self.why.fmt(f),
        }
    }
}

/// Some of the lines, or all.
#[derive(Clone)]
pub(super) struct Lines(Rc<[SharedCore]>);

impl Lines {
    pub(super) fn new(lines: Vec<SharedCore>) -> Self {
        Self(lines.into())
    }

    /// Lets each line know of the others, for what one of them cannot wait to tell.
    pub(super) fn acquaint(&self) {
        for core in self.iter() {
            let others = self.iter().filter(|other| !Rc::ptr_eq(other, core));
            core.borrow_mut().set_others(others.map(Rc::downgrade).collect());
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &SharedCore> {
        self.0.iter()
    }

    /// Each line alone.
    pub(super) fn each(&self) -> impl Iterator<Item = Self> {
        self.iter().map(|core| Self::new(vec![Rc::clone(core)]))
    }

    /// The modem side is there, and has perhaps said something.
    pub(super) fn modem_up(&self) {
        self.iter().for_each(|core| core.borrow_mut().modem_up());
    }

    /// The modem side is gone.
    pub(super) fn modem_down(&self, why: &str) {
        self.iter().for_each(|core| core.borrow_mut().modem_down(why));
    }

    /// Whether a line about the modem is worth writing. The kind says what such lines are about.
    pub(super) fn are_worth_a_line(&self, kind: &'static str) -> bool {
        self.iter().next().is_none_or(|core| core.borrow_mut().take_line_of_modem(kind))
    }

    /// Has all that the modem side has said handled.
    pub(super) fn modem_says(&self) {
        self.iter().for_each(|core| core.borrow_mut().modem_says());
    }

    /// Keeps what came before an end of the modem side, where that is wanted.
    pub(super) fn keep_crash_traces(&self) {
        for core in self.iter() {
            let (traces, span) = (core.borrow().crash_traces(), core.borrow().span());
            if let Some(traces) = traces {
                let written = core.borrow_mut().flush_ring();
                spawn_local(traces.keep(written).instrument(span));
            }
        }
    }

    /// What lines in the log stand in that are about these: about one of several SIMs, or about the modem.
    pub(super) fn span(&self) -> Span {
        match &self.0[..] {
            [core] => core.borrow().span(),
            _ => Span::none(),
        }
    }

    /// Has all that the modem side has said of the SIM Access Profile handled.
    pub(super) fn sap_says(&self) {
        self.iter().for_each(|core| core.borrow_mut().sap_says());
    }

    /// Looks whether the SIM Access Profile of the modem side can be asked, after that may have changed.
    pub(super) fn sap_looks(&self) {
        self.iter().for_each(|core| core.borrow_mut().sap_looks());
    }

    /// Gives a phone the screen on every line, or on none. The phones are the same on all of them, in the same order.
    pub(super) fn set_foreground(&self, phone: PhoneId) -> Result<(), SwitchRefusedBy> {
        for core in self.iter() {
            let core = core.borrow();
            core.router().may_switch(phone).map_err(|why| SwitchRefusedBy { sim: core.sim(), why })?;
        }
        for core in self.iter() {
            let mut core = core.borrow_mut();
            let switched = core.set_foreground(phone);
            switched.map_err(|why| SwitchRefusedBy { sim: core.sim(), why })?;
        }
        Ok(())
    }

    /// Has the modem take back the SIMs that clients have; comes when it has said so for all of them.
    pub(super) async fn take_sims_back(&self) {
        self.iter().for_each(|core| core.borrow_mut().sap_stop());
        for core in self.iter() {
            loop {
                let ending = core.borrow().sap_is_ending();
                match ending {
                    Some(ended) => ended.await,
                    None => break,
                }
            }
        }
    }

    /// The end.
    pub(super) fn stop(&self) {
        self.iter().for_each(|core| core.borrow_mut().stop());
    }
}

/// The phone that had the screen on the first line has it on all of them: a daemon that was killed in the middle of a
/// switch has stored it on some.
pub(super) fn agree_on_foreground(lines: &mut [Recalled]) {
    let Some((first, others)) = lines.split_first_mut() else { return };
    for other in others.iter_mut().filter(|other| other.router.foreground() != first.router.foreground()) {
        let event = Event::Recall(first.router.foreground_record());
        other.recordings.event(Now::ZERO, event);
        other.router.handle(Now::ZERO, event, &mut other.actions);
    }
}
