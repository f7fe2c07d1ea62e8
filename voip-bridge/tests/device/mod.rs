//! The device's end of a link, as a root daemon would hold it.

// Each test file uses its own part of this module.
#![allow(dead_code)]

use std::io;

use caller_tag::link::seal::{Channel, Key, Knock, put, split};
use caller_tag::link::{CallIntent, from_service, to_device, to_service};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A key that is this digit over and over.
pub(crate) fn key(digit: char) -> String {
    digit.to_string().repeat(64)
}

/// A device that is linked.
pub(crate) struct Device<S> {
    pub(crate) stream: S,
    pub(crate) channel: Channel,
    input: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Device<S> {
    /// Says hello and hears the welcome; an error when there is none.
    pub(crate) async fn meet(mut stream: S, name: &str, key: &str, run: u64) -> io::Result<Self> {
        let mut hello = Vec::new();
        let knock = Knock::new(&name.parse().unwrap(), &Key::parse(key).unwrap(), run, &mut hello).unwrap();
        stream.write_all(&hello).await?;
        let mut input = Vec::new();
        loop {
            if let Some((welcome, used)) = split(&input).unwrap() {
                let channel = knock.welcomed(welcome).map_err(io::Error::other)?;
                input.drain(..used);
                return Ok(Self { stream, channel, input });
            }
            if stream.read_buf(&mut input).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The same, and says that it is there.
    pub(crate) async fn link(stream: S, name: &str, key: &str, run: u64) -> Self {
        let mut device = Self::meet(stream, name, key, run).await.unwrap();
        device.record(&[]).await;
        device
    }

    pub(crate) async fn say(&mut self, say: to_service::Say) {
        self.record(&caller_tag::link::to_service(say)).await;
    }

    /// Says something that need not be a message.
    pub(crate) async fn record(&mut self, message: &[u8]) {
        let mut frame = Vec::new();
        self.channel.seal(message, &mut frame).unwrap();
        self.stream.write_all(&frame).await.unwrap();
    }

    /// Sends a frame that nobody has sealed.
    pub(crate) async fn forge(&mut self, body: &[u8]) {
        let mut frame = Vec::new();
        put(body, &mut frame);
        self.stream.write_all(&frame).await.unwrap();
    }

    /// The next message; `None` when the service hangs up.
    pub(crate) async fn hear(&mut self) -> Option<to_device::Say> {
        loop {
            let message = self.next().await?;
            if !message.is_empty() {
                return Some(from_service(&message).unwrap().unwrap());
            }
        }
    }

    /// What is in the next record, which may be nothing; `None` when the service hangs up.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(message) = self.channel.take(&mut self.input).unwrap() {
                return Some(message);
            }
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

/// The phone with this tag is about to call.
pub(crate) fn intent(id: u64, tag: u32, target: &str) -> to_service::Say {
    to_service::Say::CallIntent(CallIntent { id, tag, target: target.to_owned(), withheld: false, valid_ms: 30_000 })
}
