//! A blocking client of the control socket, for `rilctl` and tests.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use prost::Message;
use ril_protocol::frame::{self, TooLong};

use super::reply::Answer;
use super::request::Ask;
use super::{
    Event, FRAME_LIMIT, Hello, Reply, Request, StartTrace, StopTrace, TraceEnded, VERSION, Watch, Welcome, error,
};
use crate::clock::now;

/// How long the daemon may take for an answer, whatever else it says. It never has to wait for the modem.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The socket is not there or does not let us in.
    #[error("{}: {source}", path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The daemon said no.
    #[error("{message}")]
    Refused {
        /// Which kind of no.
        kind: error::Kind,
        /// Why, for people.
        message: String,
    },
    /// The daemon has not answered in time.
    #[error("the daemon does not answer")]
    Slow,
    /// The daemon hung up.
    #[error("the daemon hung up")]
    HungUp,
    /// The daemon sent something that is not this protocol.
    #[error("the daemon sent what is not the control protocol: {0}")]
    Strange(String),
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<TooLong> for ControlError {
    fn from(too_long: TooLong) -> Self {
        Self::Strange(too_long.to_string())
    }
}

/// A connection to the root daemon.
#[derive(Debug)]
pub struct ControlClient {
    socket: UnixStream,
    input: Vec<u8>,
    last_id: u32,
    welcome: Welcome,
}

impl ControlClient {
    /// Connects and says hello.
    pub fn connect(path: &Path) -> Result<Self, ControlError> {
        let socket =
            UnixStream::connect(path).map_err(|source| ControlError::Connect { path: path.to_owned(), source })?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let mut client = Self { socket, input: Vec::new(), last_id: 0, welcome: Welcome::default() };
        match client.ask(Ask::Hello(Hello { version: VERSION }))? {
            Answer::Welcome(welcome) => client.welcome = welcome,
            other => return Err(unexpected(&other)),
        }
        Ok(client)
    }

    /// Who answers.
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Asks, and waits for the answer. An [`Error`](super::Error) is an error here too.
    pub fn ask(&mut self, ask: Ask) -> Result<Answer, ControlError> {
        self.ask_until(now() + PATIENCE, ask)
    }

    fn ask_until(&mut self, deadline: Instant, ask: Ask) -> Result<Answer, ControlError> {
        self.last_id = self.last_id.wrapping_add(1);
        let mut frame = Vec::new();
        super::put(&Request { id: self.last_id, ask: Some(ask) }, &mut frame);
        self.socket.write_all(&frame)?;
        loop {
            match self.receive(Some(deadline))? {
                // What was watched for before.
                Answer::Event(_) => {}
                answer => return Ok(answer),
            }
        }
    }

    /// Begins to watch: from here on [`event`](Self::event) tells what happens.
    pub fn watch(&mut self) -> Result<(), ControlError> {
        match self.ask(Ask::Watch(Watch {}))? {
            Answer::Watching(_) => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// Waits for the next event.
    pub fn event(&mut self) -> Result<Event, ControlError> {
        match self.receive(None)? {
            Answer::Event(event) => Ok(event),
            other => Err(unexpected(&other)),
        }
    }

    /// Begins a recording; what ends it again.
    pub fn start_trace(&mut self, start: StartTrace) -> Result<Stopper, ControlError> {
        match self.ask(Ask::StartTrace(start))? {
            Answer::Tracing(_) => {}
            other => return Err(unexpected(&other)),
        }
        self.last_id = self.last_id.wrapping_add(1);
        Ok(Stopper { socket: self.socket.try_clone()?, id: self.last_id })
    }

    /// Waits for the end of the recording.
    pub fn trace_ended(&mut self) -> Result<TraceEnded, ControlError> {
        loop {
            match self.receive(None)? {
                Answer::TraceEnded(ended) => return Ok(ended),
                Answer::StoppingTrace(_) | Answer::Event(_) => {}
                other => return Err(unexpected(&other)),
            }
        }
    }

    fn receive(&mut self, deadline: Option<Instant>) -> Result<Answer, ControlError> {
        let reply = loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(ControlError::Slow);
            }
            if let Some((body, used)) = frame::split(&self.input, FRAME_LIMIT)? {
                let reply = Reply::decode(body).map_err(|error| ControlError::Strange(error.to_string()));
                self.input.drain(..used);
                break reply?;
            }
            self.socket.set_read_timeout(left)?;
            let mut chunk = [0; 4096];
            match self.socket.read(&mut chunk) {
                Ok(0) => return Err(ControlError::HungUp),
                Ok(read) => self.input.extend_from_slice(chunk.get(..read).unwrap_or_default()),
                // Of the latter it is known by the time left.
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
                Err(error) => return Err(error.into()),
            }
        };
        match reply.answer {
            Some(Answer::Error(error)) => Err(ControlError::Refused { kind: error.kind(), message: error.message }),
            Some(answer) => Ok(answer),
            None => Err(ControlError::Strange("an answer of a kind that this version does not know".to_owned())),
        }
    }
}

/// Ends the recording of a connection, from another thread than the one that waits for its end.
#[derive(Debug)]
pub struct Stopper {
    socket: UnixStream,
    id: u32,
}

impl Stopper {
    /// Asks for the end. A daemon that is gone has ended it already.
    pub fn stop(mut self) {
        let mut frame = Vec::new();
        super::put(&Request { id: self.id, ask: Some(Ask::StopTrace(StopTrace {})) }, &mut frame);
        let _ = self.socket.write_all(&frame);
    }
}

/// An answer of another kind than the question asked for.
pub(crate) fn unexpected(answer: &Answer) -> ControlError {
    ControlError::Strange(format!("{answer:?} is no answer to that"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{self, ListPhones, Phone, PhoneList};

    /// A client of a daemon that has said this.
    fn client_of(says: &[Answer]) -> (ControlClient, UnixStream) {
        let (socket, mut daemon) = UnixStream::pair().unwrap();
        let mut frames = Vec::new();
        for answer in says {
            control::put(&Reply { id: 1, answer: Some(answer.clone()) }, &mut frames);
        }
        daemon.write_all(&frames).unwrap();
        (ControlClient { socket, input: Vec::new(), last_id: 0, welcome: Welcome::default() }, daemon)
    }

    #[test]
    fn a_daemon_that_says_anything_but_the_answer_is_not_waited_for_without_end() {
        let event = Answer::Event(Event::default());
        let list = Answer::Phones(PhoneList { phones: vec![Phone::default()] });
        let (mut client, _daemon) = client_of(&[event.clone(), list]);
        assert!(matches!(client.ask(Ask::Phones(ListPhones {})), Ok(Answer::Phones(list)) if list.phones.len() == 1));
        let (mut client, _daemon) = client_of(&[event.clone(), event]);
        assert!(matches!(client.ask_until(now(), Ask::Phones(ListPhones {})), Err(ControlError::Slow)));
    }
}
