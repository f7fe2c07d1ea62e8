//! What the process of an isolated library has said, until the core of each line takes it, and what is wrong with that.
//!
//! Nothing here waits, and nothing is done about a process that says what it should not: that is the supervisor's.

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use vendor_shim::host::{HostStats, SapMessage};

use super::super::connection::Connection;
use super::super::life::Life;
use super::watch::Watch;
use crate::clock;
use crate::isolated::wire::{FromChild, Started, ToChild};

/// What is wrong with a process that says twice how its start went, something else before that, or of what there is not
/// or nobody wants.
pub(super) const TWICE: &str = "it says twice that it has started";
pub(super) const TOO_EARLY: &str = "it talks before it has started";
const NO_SUCH_SIM: &str = "it talks of a SIM that is not served";
pub(super) const NO_SAP: &str = "it talks of the SIM Access Profile, which is not served";

/// Both of what the cores of the lines talk to and of the supervisor.
pub(super) struct Shared {
    pub(super) life: Life,
    pub(super) connection: Option<Connection>,
    /// Whole frames that the core of each line has not taken.
    pub(super) inboxes: Vec<Vec<u8>>,
    /// The library of this process runs.
    started: bool,
    pub(super) description: String,
    /// Somebody wants the SIM Access Profile.
    sap_wanted: bool,
    /// It has the SIM Access Profile, and somebody wants it.
    pub(super) sap: bool,
    /// What it has said of that and the core of each line has not taken.
    pub(super) sap_inboxes: Vec<Vec<SapMessage>>,
    pub(super) faults: HostStats,
    pub(super) watch: Watch,
    /// The watch has a deadline that it had not.
    pub(super) watched: Rc<Notify>,
    /// Something was put that is not written yet.
    pub(super) put: bool,
}

/// What a process has said.
pub(super) enum Heard {
    Started,
    Refused(String),
    /// Frames, or nothing that is whole.
    More,
    End,
    /// What it should not have, or something else is wrong with it.
    Wrong(String),
}

impl Shared {
    /// Of a library for so many SIMs, which hangs after `limit`. There is no process yet.
    pub(super) fn new(sims: u8, sap_wanted: bool, limit: Option<Duration>) -> Self {
        Self {
            life: Life::new("isolated library"),
            connection: None,
            inboxes: (0..sims).map(|_| Vec::new()).collect(),
            started: false,
            description: String::new(),
            sap_wanted,
            sap: false,
            sap_inboxes: (0..sims).map(|_| Vec::new()).collect(),
            faults: HostStats::default(),
            watch: Watch::new(limit),
            watched: Rc::new(Notify::new()),
            put: false,
        }
    }

    /// Another process is to be talked to, or none.
    pub(super) fn hang_up(&mut self) {
        self.connection = None;
        self.started = false;
        self.put = false;
        self.inboxes.iter_mut().for_each(Vec::clear);
        self.sap_inboxes.iter_mut().for_each(Vec::clear);
    }

    /// Says something, to be written at the next flush.
    pub(super) fn tell(&mut self, record: &ToChild<'_>) {
        if let Some(connection) = &self.connection {
            connection.put(|out| record.put(out));
            self.put = true;
        }
    }

    /// Takes the whole records off the beginning.
    pub(super) fn take_in(&mut self, input: &mut Vec<u8>) -> Heard {
        let (mut used, before) = (0, self.started);
        let heard = loop {
            match FromChild::split(&input[used..]) {
                Ok(Some((record, taken))) => {
                    used += taken;
                    if let Some(heard) = self.take(record) {
                        break heard;
                    }
                }
                Ok(None) if self.started != before => break Heard::Started,
                Ok(None) => break Heard::More,
                Err(garbled) => break Heard::Wrong(garbled.to_string()),
            }
        };
        input.drain(..used);
        heard
    }

    /// Takes a record; what comes after it is of no interest if there is something to say.
    fn take(&mut self, record: FromChild<'_>) -> Option<Heard> {
        match (record, self.started) {
            (FromChild::Started(Started { description, sap }), false) => {
                (self.description, self.sap) = (description, sap && self.sap_wanted);
                self.started = true;
            }
            (FromChild::Refused(why), false) => return Some(Heard::Refused(why)),
            (FromChild::Started(_) | FromChild::Refused(_), true) => return Some(Heard::Wrong(TWICE.to_owned())),
            (FromChild::Frame(..) | FromChild::State(_) | FromChild::Sap(..), false) => {
                return Some(Heard::Wrong(TOO_EARLY.to_owned()));
            }
            // Nobody would take them.
            (FromChild::Sap(..), true) if !self.sap => return Some(Heard::Wrong(NO_SAP.to_owned())),
            (FromChild::Sap(sim, message), true) => match self.sap_inboxes.get_mut(usize::from(sim)) {
                Some(inbox) => inbox.push(message),
                None => return Some(Heard::Wrong(NO_SUCH_SIM.to_owned())),
            },
            (FromChild::Frame(sim, body), true) => match self.inboxes.get_mut(usize::from(sim)) {
                Some(inbox) => {
                    // A record holds no more than a frame.
                    inbox.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
                    inbox.extend_from_slice(body);
                }
                None => return Some(Heard::Wrong(NO_SUCH_SIM.to_owned())),
            },
            (FromChild::State(state), true) => {
                self.faults = state.faults();
                self.watch.answered(clock::now(), state.turn);
            }
        }
        None
    }
}
