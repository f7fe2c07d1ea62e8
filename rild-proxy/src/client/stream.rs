//! The connection itself: whole requests out, whole messages in, in the order of the socket.

use std::io::{Read, Write};
use std::ops::Range;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use ril_protocol::RequestCode;
use ril_protocol::frame::{self, Message, RESPONSE_LIMIT, Reply, Request, Unsolicited};

use super::ClientError;

/// How much is read at once.
const READ_AT_ONCE: usize = 64 * 1024;

/// A connection to a rild, without any notion of which answer belongs to whom.
#[derive(Debug)]
pub struct Stream {
    socket: UnixStream,
    input: Vec<u8>,
    /// How much of `input` has been handed out.
    taken: usize,
}

impl Stream {
    /// Connects to a rild.
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let socket =
            UnixStream::connect(path).map_err(|source| ClientError::Connect { path: path.to_owned(), source })?;
        Ok(Self::from(socket))
    }

    /// The longest that [`receive`](Self::receive) waits for the next bytes; `None` is for ever.
    pub fn set_patience(&self, patience: Option<Duration>) -> Result<(), ClientError> {
        Ok(self.socket.set_read_timeout(patience)?)
    }

    /// Sends one request.
    pub fn send(&mut self, code: RequestCode, serial: i32, payload: &[u8]) -> Result<(), ClientError> {
        let mut frame = Vec::with_capacity(12 + payload.len());
        Request { code, serial, payload }.put(&mut frame);
        self.send_frames(&frame)
    }

    /// Sends whole frames as they are.
    pub fn send_frames(&mut self, frames: &[u8]) -> Result<(), ClientError> {
        Ok(self.socket.write_all(frames)?)
    }

    /// The body of the next frame, whatever it is.
    pub fn receive_frame(&mut self) -> Result<&[u8], ClientError> {
        let body = self.next_body()?;
        Ok(&self.input[body])
    }

    /// Whether [`receive`](Self::receive) would return without waiting.
    pub fn has_message(&self) -> bool {
        !matches!(frame::split(self.unread(), RESPONSE_LIMIT), Ok(None))
    }

    /// The next message. What a rild of version 13 wants acknowledged is acknowledged.
    pub fn receive(&mut self) -> Result<Message<'_>, ClientError> {
        let body = self.next_body()?;
        let message = Message::parse(&self.input[body.clone()]).ok_or(ClientError::NoMessage { len: body.len() })?;
        if let Message::Reply(Reply { wants_ack: true, .. })
        | Message::Unsolicited(Unsolicited { wants_ack: true, .. }) = message
        {
            let mut frame = Vec::new();
            Request { code: RequestCode::RESPONSE_ACKNOWLEDGEMENT, serial: 0, payload: &[] }.put(&mut frame);
            self.socket.write_all(&frame)?;
        }
        Ok(message)
    }

    /// Where in `input` the next frame's body is.
    fn next_body(&mut self) -> Result<Range<usize>, ClientError> {
        loop {
            if let Some((body, used)) = frame::split(self.unread(), RESPONSE_LIMIT)? {
                let end = self.taken + used;
                let body = end - body.len()..end;
                self.taken = end;
                return Ok(body);
            }
            self.read_more()?;
        }
    }

    fn unread(&self) -> &[u8] {
        self.input.get(self.taken..).unwrap_or_default()
    }

    fn read_more(&mut self) -> Result<(), ClientError> {
        self.input.drain(..self.taken);
        self.taken = 0;
        let had = self.input.len();
        self.input.resize(had + READ_AT_ONCE, 0);
        let read = loop {
            match self.socket.read(&mut self.input[had..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.input.truncate(had + read.as_ref().copied().unwrap_or(0));
        if read? == 0 { Err(ClientError::HungUp) } else { Ok(()) }
    }
}

impl From<UnixStream> for Stream {
    fn from(socket: UnixStream) -> Self {
        Self { socket, input: Vec::new(), taken: 0 }
    }
}
