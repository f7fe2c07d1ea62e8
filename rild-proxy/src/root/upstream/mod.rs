//! The modem side of root: what takes requests and gives answers and unsolicited messages.
//!
//! * `library`: a vendor library in this process.
//! * `isolated`: one in a process of its own.
//! * `rild`: a rild that has the library; `turns` is whose request it gets next, `greeting` what it says of itself,
//!   `sap_socket` its other socket.
//! * `replay`: a recorded trace.
//!
//! `connection` is a socket to another process, `life` what may end and is begun again.
//!
//! The core of each line talks to any of them through an [`Upstream`] of its SIM; what there is to wait for is the
//! [`Driver`]'s. Nothing here decides about messages: that is the router's.

mod connection;
mod greeting;
mod isolated;
mod library;
mod life;
mod replay;
mod rild;
mod sap_socket;
mod turns;

use std::io;
use std::rc::Rc;
use std::time::Duration;

use ril_protocol::dialect::DialectText;
use ril_sap::MsgId;
use tokio::task::JoinSet;
use tracing::Instrument;
use vendor_shim::host::{HostStats, SapMessage, StartError, VendorHost};

use self::isolated::{Supervisor, isolate};
use self::library::{Library, Readiness};
use self::life::keep_up;
use self::replay::{Replay, ReplayError};
use self::rild::{Caller, call};
use super::lines::Lines;
use crate::config::{Config, Modem, PerSim, Source};
use crate::isolated::wire::Start;
use crate::library::host_config;
use crate::router::Flow;
use crate::sap;

/// The modem side, whatever it is. Nothing here blocks.
pub(super) trait Upstream {
    /// Takes whole request frames, and in which flow they go.
    fn send(&mut self, flow: Flow, frames: &[u8]);

    /// Takes back the request with this serial, if it waits still; its answer is of no interest.
    fn give_up(&mut self, serial: i32);

    /// Sends what was taken.
    fn flush(&mut self) {}

    /// Waits a moment, without sleeping, for an answer that comes at once; true if something came.
    fn attend(&mut self) -> bool {
        false
    }

    /// Moves the whole frames that have come to the end of `into`. The first ones are `RIL_CONNECTED` and the radio
    /// state.
    fn receive(&mut self, into: &mut Vec<u8>);

    /// Name and version, for people.
    fn description(&self) -> String;

    /// How often a vendor library has broken the rules; `None` where the modem side is none.
    fn faults(&self) -> Option<HostStats> {
        None
    }

    /// How it is reached, and how it fares.
    fn view(&self) -> View {
        View::default()
    }

    /// Its SIM Access Profile; `None` for what can never have one.
    fn sap(&mut self) -> Option<&mut dyn SapSide> {
        None
    }

    /// An emergency call waits for it. One that is down need not take its time.
    fn hurry(&mut self) {}

    /// The daemon ends.
    fn end(&mut self) {}
}

/// The SIM Access Profile of a modem side. Nothing here blocks.
pub(super) trait SapSide {
    /// Whether it can be asked.
    fn modem(&self) -> sap::Modem;

    /// Takes a request, to be sent with all else at the next [`Upstream::flush`].
    fn ask(&mut self, serial: u32, id: MsgId, payload: &[u8]);

    /// Takes back the request with this serial, if it waits still.
    fn give_up(&mut self, serial: u32);

    /// Moves what has come to the end of `into`.
    fn receive(&mut self, into: &mut Vec<SapMessage>);
}

/// The modem side, as shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// How it is reached.
    pub(super) kind: &'static str,
    /// It can be talked to.
    pub(super) up: bool,
    /// How long that has been so; `None`: since the start.
    pub(super) changed: Option<Duration>,
    /// How often it ended.
    pub(super) ends: u64,
    /// Why it ended last.
    pub(super) last_end: String,
    /// How it fares as the modem, where it is a trace.
    pub(super) replayed: Option<Replayed>,
}

impl Default for View {
    fn default() -> Self {
        Self { kind: "library", up: true, changed: None, ends: 0, last_end: String::new(), replayed: None }
    }
}

/// What of a trace that is the modem was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Replayed {
    /// Requests as they were recorded.
    pub(super) as_recorded: u64,
    /// Requests that were recorded with other arguments only.
    pub(super) other_arguments: u64,
    /// Requests that were never recorded.
    pub(super) not_recorded: u64,
    /// Recorded answers that nobody has asked for.
    pub(super) left: u64,
}

/// Why there is no modem.
#[derive(Debug, thiserror::Error)]
pub enum ModemError {
    /// The vendor library could not be brought up.
    #[error(transparent)]
    Library(#[from] StartError),
    /// An isolated vendor library could not be brought up.
    #[error("{0}")]
    Refused(String),
    /// The trace cannot be played.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// A modem side that can be served from.
pub(super) enum Opened {
    Library(VendorHost),
    Isolated(Box<Start>),
    /// A rild's socket for each SIM, and what its vendor calls differently.
    Rild(Vec<Modem>, DialectText),
    Replay(Replay),
}

/// Makes ready what the configuration of the lines names. A vendor library is loaded and started on this thread, as
/// rild does; an isolated one is started by [`Driver::bring_up`].
pub(super) fn open(config: &Config, dialect: &DialectText) -> Result<Opened, ModemError> {
    let modem = &config.modem;
    let sap = config.sap_phone().is_some();
    Ok(match modem.source() {
        Source::Replay(trace) => Opened::Replay(Replay::open(trace, modem)?),
        Source::Rild(_) => {
            // What nobody wants to hear is not connected to.
            let of_line = |line: Config| match sap {
                true => line.modem,
                false => Modem { sap_socket: PerSim::NONE, ..line.modem },
            };
            Opened::Rild(config.lines().into_iter().map(of_line).collect(), dialect.clone())
        }
        Source::Isolated => Opened::Isolated(Box::new(Start { modem: modem.clone(), dialect: dialect.clone(), sap })),
        Source::Library => Opened::Library(VendorHost::start(&host_config(modem, dialect, sap))?),
    })
}

impl Opened {
    /// What the core of each line talks to, and what has to be waited for. Needs the event loop.
    pub(super) fn split(self) -> io::Result<(Vec<Box<dyn Upstream>>, Driver)> {
        Ok(match self {
            Self::Library(host) => {
                let host = Rc::new(host);
                let readiness = host.sims().map(|sim| Readiness::of(&sim)).collect::<io::Result<_>>()?;
                (boxed(host.sims().map(|sim| Library::new(&host, sim))), Driver::Library(readiness))
            }
            Self::Isolated(start) => {
                let (isolated, supervisor) = isolate(start);
                (boxed(isolated), Driver::Isolated(Box::new(supervisor)))
            }
            Self::Rild(modems, dialect) => {
                let (rilds, callers): (Vec<_>, Vec<_>) =
                    modems.iter().filter_map(|modem| call(modem, &dialect)).unzip();
                (boxed(rilds), Driver::Rild(callers))
            }
            Self::Replay(replay) => (boxed([replay.clone()]), Driver::Replay(replay)),
        })
    }
}

fn boxed<U: Upstream + 'static>(sides: impl IntoIterator<Item = U>) -> Vec<Box<dyn Upstream>> {
    sides.into_iter().map(|side| Box::new(side) as Box<dyn Upstream>).collect()
}

/// What waits for the modem side, and tells the lines.
pub(super) enum Driver {
    /// Of each SIM.
    Library(Vec<Readiness>),
    Isolated(Box<Supervisor>),
    /// Of each SIM: they come and go on their own.
    Rild(Vec<Caller>),
    Replay(Replay),
}

impl Driver {
    /// Waits until the modem side is there, as far as that is for the first client to wait for.
    pub(super) async fn bring_up(&mut self, lines: &Lines) -> Result<(), ModemError> {
        match self {
            Self::Library(_) | Self::Replay(_) => lines.modem_up(),
            Self::Isolated(supervisor) => supervisor.bring_up(lines).await?,
            // It may come much later.
            Self::Rild(_) => {}
        }
        Ok(())
    }

    /// Tells the lines what the modem side says, for as long as the daemon lives.
    pub(super) async fn drive(self, lines: &Lines) -> io::Result<()> {
        match self {
            Self::Library(of_sims) => each(of_sims, lines, Readiness::watch).await,
            Self::Isolated(mut supervisor) => keep_up(lines, &mut *supervisor).await,
            Self::Rild(callers) => each(callers, lines, Caller::keep_all_up).await,
            Self::Replay(replay) => replay.play(lines).await,
        }
    }
}

/// Drives the modem side of each line; ends when one of them ends.
async fn each<T: 'static, F>(sides: Vec<T>, lines: &Lines, drive: impl Fn(T, Lines) -> F) -> io::Result<()>
where
    F: Future<Output = io::Result<()>> + 'static,
{
    let mut all = JoinSet::new();
    for (side, line) in sides.into_iter().zip(lines.each()) {
        let span = line.span();
        all.spawn_local(drive(side, line).instrument(span));
    }
    match all.join_next().await {
        Some(ended) => ended.map_err(io::Error::other)?,
        None => Ok(()),
    }
}
