//! The server's side of the control socket: who asks is the owner of the socket, so whoever asks may ask.
//!
//! Nothing here makes the event loop wait: a connection is a task, what it may keep in memory is bounded, and a client
//! that does not read, or does not finish what it began to say, is disconnected. What the answers are is in `answers`.
//!
//! Reference: control/control.proto.

mod answers;
mod tracing;
mod watchers;

#[cfg(test)]
mod tests;

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ::tracing::{Instrument, debug, warn};
use prost::Message;
use ril_protocol::frame;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

pub(super) use self::tracing::Tracing;
use self::tracing::{Recording, begin, end, next_end};
use self::watchers::Watchers;
use super::core::SharedCore;
use super::lines::Lines;
use crate::control::error::Kind;
use crate::control::reply::Answer;
use crate::control::request::Ask;
use crate::control::{self, Done, Error, Event, FRAME_LIMIT, Reply, Request, VERSION};
use crate::net::listener::Socket;
use crate::net::send::{send_all, try_send};

/// Most connections at a time.
const MOST_CLIENTS: usize = 32;

/// How long a client may take to say hello, to finish a frame that it began, and to take what it is sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is read at once, at most.
const READ_AT_ONCE: usize = 4096;

/// Serves the socket of a line for as long as the daemon lives; the screen is the affair of all lines.
pub(super) async fn serve(core: SharedCore, lines: Lines, tracing: Tracing, listener: Socket) {
    let tracing = Rc::new(tracing);
    let watchers = Watchers::of(&core);
    let room = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let stream = listener.accept().await;
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            turn_away(&stream);
            continue;
        };
        let mut client = Client {
            stream,
            core: Rc::clone(&core),
            lines: lines.clone(),
            watchers: Rc::clone(&watchers),
            tracing: Rc::clone(&tracing),
            greeted: false,
            watch: None,
            recording: None,
        };
        let conversing = async move {
            match client.converse().await {
                Ok(()) => debug!("control client gone"),
                Err(error) => debug!(%error, "control client gone"),
            }
            drop(place);
        };
        tokio::task::spawn_local(conversing.in_current_span());
    }
}

/// A new socket takes a few bytes without waiting, and if it does not, hanging up says enough.
fn turn_away(stream: &UnixStream) {
    let mut frame = Vec::new();
    let answer = Some(refusal(Kind::Busy, "there are too many control connections"));
    control::put(&Reply { id: 0, answer }, &mut frame);
    let _ = try_send(stream, &frame);
    warn!("a control client was turned away: there are {MOST_CLIENTS}");
}

/// One connection.
struct Client {
    stream: UnixStream,
    core: SharedCore,
    lines: Lines,
    watchers: Rc<Watchers>,
    tracing: Rc<Tracing>,
    /// It has said hello.
    greeted: bool,
    /// The id of its Watch, and what is to be told.
    watch: Option<(u32, mpsc::Receiver<Event>)>,
    recording: Option<Recording>,
}

impl Client {
    /// Answers until the client is gone or has to be.
    async fn converse(&mut self) -> io::Result<()> {
        let mut input = Vec::with_capacity(READ_AT_ONCE);
        // Since when it is to say hello, or all of a frame.
        let mut due_since = Instant::now();
        loop {
            let was_empty = input.is_empty();
            let is_due = !self.greeted || !input.is_empty();
            tokio::select! {
                read = self.stream.read_buf(&mut input) => if read? == 0 { return Ok(()) },
                event = next_event(&mut self.watch) => match event {
                    Some((id, event)) => self.send(id, Answer::Event(event)).await?,
                    // It was too slow.
                    None => return Err(io::ErrorKind::TimedOut.into()),
                },
                (id, ended) = next_end(&mut self.recording) => self.send(id, ended).await?,
                () = sleep_until(due_since + PATIENCE), if is_due => return Err(io::ErrorKind::TimedOut.into()),
            }
            let mut used = 0;
            loop {
                let (body, taken) = match frame::split(input.get(used..).unwrap_or_default(), FRAME_LIMIT) {
                    Ok(Some(frame)) => frame,
                    Ok(None) => break,
                    Err(too_long) => return self.send(0, refusal(Kind::Malformed, &too_long.to_string())).await,
                };
                match Request::decode(body) {
                    Ok(request) => self.on_request(request).await?,
                    Err(error) => return self.send(0, refusal(Kind::Malformed, &error.to_string())).await,
                }
                used += taken;
            }
            input.drain(..used);
            input.reserve(READ_AT_ONCE);
            if self.greeted && (was_empty || used > 0) {
                due_since = Instant::now();
            }
        }
    }

    async fn on_request(&mut self, request: Request) -> io::Result<()> {
        let answer = match request.ask {
            Some(Ask::Hello(hello)) if hello.version == VERSION => {
                self.greeted = true;
                answers::welcome()
            }
            Some(Ask::Hello(_)) => refusal(Kind::Version, &format!("this daemon speaks version {VERSION}")),
            _ if !self.greeted => refusal(Kind::HelloFirst, "the first request must be Hello"),
            None => refusal(Kind::UnknownRequest, "this daemon does not know that request"),
            Some(Ask::Watch(_)) => {
                self.watch = Some((request.id, self.watchers.join()));
                Answer::Watching(Done {})
            }
            Some(Ask::TraceRing(_)) => {
                let written = self.core.borrow_mut().flush_ring();
                // It fails where there is no ring, or nothing can be written.
                let _ = written.await;
                self.tracing.ring()
            }
            Some(Ask::StartTrace(ask)) => begin(&self.tracing, &self.core, &mut self.recording, request.id, &ask),
            Some(Ask::StopTrace(_)) => end(self.recording.as_ref()),
            Some(Ask::Foreground(ask)) => answers::set_foreground(&self.core, &self.lines, &ask.name),
            Some(ask) => answers::answer(&mut self.core.borrow_mut(), &ask),
        };
        self.send(request.id, answer).await
    }

    async fn send(&mut self, id: u32, answer: Answer) -> io::Result<()> {
        let mut frame = Vec::new();
        control::put(&Reply { id, answer: Some(answer) }, &mut frame);
        timeout(PATIENCE, send_all(&self.stream, &frame)).await?
    }
}

/// The next event for a watcher; never comes for others. `None` when the watcher was too slow.
async fn next_event(watch: &mut Option<(u32, mpsc::Receiver<Event>)>) -> Option<(u32, Event)> {
    match watch {
        Some((id, events)) => events.recv().await.map(|event| (*id, event)),
        None => std::future::pending().await,
    }
}

fn refusal(kind: Kind, message: &str) -> Answer {
    Answer::Error(Error { kind: kind.into(), message: message.to_owned() })
}
