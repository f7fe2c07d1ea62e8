//! The yardstick of `rilctl bench --echo`: a process that sends back what it gets over a Unix socket.
//!
//! It shows what one hop costs on this machine at this moment; a rild's latency as a multiple of it can be compared
//! with other machines.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ril_protocol::frame::Request;

use super::error::CtlError;
use super::load::Answering;
use crate::client::Stream;

/// Runs as the child: sends everything back until the other end is closed.
pub(super) fn serve() -> Result<(), CtlError> {
    let no_socket = |why: io::Error| CtlError::Usage(format!("standard input is no socket: {why}"));
    let mut socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().map_err(no_socket)?);
    let mut buffer = [0; 64 * 1024];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => socket.write_all(buffer.get(..read).unwrap_or_default()).map_err(no_socket)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(no_socket(error)),
        }
    }
}

/// A running echo process. It ends when this is dropped.
pub(super) struct Echo {
    /// `None` only while it is dropped.
    stream: Option<Stream>,
    child: Child,
}

impl Echo {
    /// Starts this program again, as an echo.
    pub(super) fn start(patience: Duration) -> Result<Self, CtlError> {
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let stream = Stream::from(ours);
        stream.set_patience(Some(patience))?;
        let child = Command::new(std::env::current_exe().map_err(failed)?)
            .arg("echo")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        Ok(Self { stream: Some(stream), child })
    }

    fn stream(&mut self) -> Result<&mut Stream, CtlError> {
        self.stream.as_mut().ok_or_else(|| failed("it is ending"))
    }
}

impl Answering for Echo {
    fn send(&mut self, frames: &[u8]) -> Result<(), CtlError> {
        Ok(self.stream()?.send_frames(frames)?)
    }

    fn next(&mut self) -> Result<Option<i32>, CtlError> {
        let body = self.stream()?.receive_frame()?;
        Ok(Request::parse(body).map(|request| request.serial))
    }

    fn has_more(&self) -> bool {
        self.stream.as_ref().is_some_and(Stream::has_message)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // The child ends when its socket does.
        self.stream = None;
        let _ = self.child.wait();
    }
}

fn failed(why: impl std::fmt::Display) -> CtlError {
    CtlError::Unavailable(format!("the echo process: {why}"))
}
