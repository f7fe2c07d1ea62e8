//! Control clients that record: a recording belongs to the connection that began it, and ends with it at the latest.

use std::path::Path;

use ril_trace::format::Header;
use tokio::sync::oneshot;

use super::super::core::SharedCore;
use super::super::recordings::{self, Ended, RecordingId};
use super::{answers, refusal};
use crate::config::Config;
use crate::control::error::Kind;
use crate::control::reply::Answer;
use crate::control::{Done, StartTrace, TraceEnded, TraceRing};

/// What the daemon knows of tracing for as long as it lives.
pub(in crate::root) struct Tracing {
    header: Header,
    ring: TraceRing,
}

impl Tracing {
    pub(in crate::root) fn of(config: &Config) -> Self {
        let dir = config.trace_dir().to_string_lossy().into_owned();
        Self { header: recordings::header(config), ring: TraceRing { dir, mib: config.trace.ring } }
    }

    pub(super) fn ring(&self) -> Answer {
        Answer::TraceRing(self.ring.clone())
    }

    /// Begins a recording for the request with this id.
    pub(super) fn start(&self, core: &SharedCore, id: u32, ask: &StartTrace) -> Result<Recording, Answer> {
        let path = Path::new(&ask.path);
        if !path.is_absolute() {
            return Err(refusal(Kind::Unspecified, "the path of a trace must be absolute"));
        }
        let mut borrowed = core.borrow_mut();
        let only = match ask.phone.as_str() {
            "" => None,
            name => match borrowed.router().phone_named(name) {
                Some(phone) => Some(phone),
                None => return Err(answers::no_such_phone(&borrowed, name)),
            },
        };
        let started = borrowed.start_recording(path, self.header.clone(), only);
        drop(borrowed);
        match started {
            Ok((recording, ended)) => Ok(Recording { id, core: core.clone(), recording, ended: Some(ended) }),
            Err(error) => Err(refusal(Kind::Unspecified, &format!("{}: {error}", ask.path))),
        }
    }
}

/// A recording of a connection; it is ended when this is dropped.
pub(super) struct Recording {
    /// The id of its request.
    id: u32,
    core: SharedCore,
    recording: RecordingId,
    /// Tells its end; `None` when that was told.
    ended: Option<oneshot::Receiver<Ended>>,
}

impl Recording {
    /// Ends it; what was recorded is written meanwhile.
    pub(super) fn stop(&self) {
        self.core.borrow_mut().stop_recording(self.recording);
    }

    /// Waits for the end. Comes once.
    async fn ended(&mut self) -> (u32, Answer) {
        let Some(ended) = &mut self.ended else { return std::future::pending().await };
        let ended = ended.await;
        self.ended = None;
        let answer = match ended {
            Ok(Ok(written)) => TraceEnded { records: written.records, bytes: written.bytes, error: String::new() },
            Ok(Err(error)) => TraceEnded { error: error.to_string(), ..TraceEnded::default() },
            Err(_) => TraceEnded { error: "the thread that writes is gone".to_owned(), ..TraceEnded::default() },
        };
        (self.id, Answer::TraceEnded(answer))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The end of a connection's recording, when that comes; never comes where there is none.
pub(super) async fn next_end(recording: &mut Option<Recording>) -> (u32, Answer) {
    match recording {
        Some(recording) => recording.ended().await,
        None => std::future::pending().await,
    }
}

/// Begins a connection's recording, which must be its only one.
pub(super) fn begin(
    tracing: &Tracing,
    core: &SharedCore,
    mine: &mut Option<Recording>,
    id: u32,
    ask: &StartTrace,
) -> Answer {
    if mine.as_ref().is_some_and(|recording| recording.ended.is_some()) {
        return refusal(Kind::Unspecified, "this connection records already");
    }
    match tracing.start(core, id, ask) {
        Ok(recording) => {
            *mine = Some(recording);
            Answer::Tracing(Done {})
        }
        Err(refused) => refused,
    }
}

/// Ends a connection's recording, if there is one.
pub(super) fn end(mine: Option<&Recording>) -> Answer {
    match mine.filter(|recording| recording.ended.is_some()) {
        Some(recording) => {
            recording.stop();
            Answer::StoppingTrace(Done {})
        }
        None => refusal(Kind::Unspecified, "this connection does not record"),
    }
}
