//! One connection to the number service, from hello to the end.

use std::fmt;
use std::io;

use caller_tag::link::seal::{Broken, Channel, FRAME_LIMIT, IDLE, Knock, PEER_TIMEOUT, SILENCE, split};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::info;

use super::Service;
use crate::root::core::SharedCore;

/// Room for what the service says at once.
const READ_BUFFER: usize = 4096;

/// What a conversation is held over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// Why a connection ended, or did not come about.
#[derive(Debug)]
pub(in crate::root) enum Trouble {
    /// The network.
    Connection(io::Error),
    /// The service does not answer, or does not take what it is sent.
    Slow,
    /// The service hung up before it was believed: it does not know this device, or its key is another.
    TurnedAway,
    /// The service hung up.
    HungUp,
    /// What came is not from the service that has the key, or was changed.
    Broken(Broken),
    /// Nothing was heard for a long time.
    Silent,
    /// More waited to be said than may.
    Overflow,
}

/// Holds it to the end; says why that came.
pub(super) async fn hold<S: Stream>(core: &SharedCore, service: &Service, mut stream: S) -> Trouble {
    let mut channel = match timeout(PEER_TIMEOUT, meet(service, &mut stream)).await {
        Ok(Ok(channel)) => channel,
        Ok(Err(trouble)) => return trouble,
        Err(_) => return Trouble::Slow,
    };
    core.borrow_mut().service_up();
    info!("linked to the number service");
    let trouble = match carry(core, &mut channel, &mut stream).await {
        Ok(never) => match never {},
        Err(trouble) => trouble,
    };
    core.borrow_mut().service_down();
    trouble
}

/// Both sides show that they have the key.
async fn meet<S: Stream>(service: &Service, stream: &mut S) -> Result<Channel, Trouble> {
    let mut frames = Vec::new();
    let knock = Knock::new(&service.device, &service.key, service.run, &mut frames)?;
    stream.write_all(&frames).await?;
    let mut input = Vec::with_capacity(FRAME_LIMIT);
    let mut channel = loop {
        // One frame and nothing behind it: the service says no more before it has heard the record below.
        if let Some((welcome, used)) = split(&input).map_err(|_| Broken::NoHello)? {
            if used != input.len() {
                return Err(Broken::NoHello.into());
            }
            break knock.welcomed(welcome)?;
        }
        match stream.read_buf(&mut input).await {
            Ok(0) => return Err(Trouble::TurnedAway),
            Ok(_) => {}
            // So the kernel calls it when the service has left part of the hello unread.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Err(Trouble::TurnedAway),
            Err(error) => return Err(error.into()),
        }
    };
    frames.clear();
    channel.seal(&[], &mut frames)?;
    stream.write_all(&frames).await?;
    Ok(channel)
}

/// Carries messages both ways for as long as it goes well.
async fn carry<S: Stream>(
    core: &SharedCore,
    channel: &mut Channel,
    stream: &mut S,
) -> Result<std::convert::Infallible, Trouble> {
    let more = core.borrow_mut().service().more();
    let mut input = Vec::with_capacity(READ_BUFFER);
    let mut output = Vec::new();
    let (mut said, mut heard) = (Instant::now(), Instant::now());
    loop {
        while let Some(message) = core.borrow_mut().service().next() {
            channel.seal(&message, &mut output)?;
        }
        if core.borrow_mut().service().has_overflowed() {
            return Err(Trouble::Overflow);
        }
        if !output.is_empty() {
            timeout(PEER_TIMEOUT, stream.write_all(&output)).await.map_err(|_| Trouble::Slow)??;
            output.clear();
            said = Instant::now();
        }
        tokio::select! {
            read = stream.read_buf(&mut input) => {
                if read? == 0 {
                    return Err(Trouble::HungUp);
                }
                while let Some(message) = channel.take(&mut input)? {
                    heard = Instant::now();
                    if !message.is_empty() {
                        core.borrow_mut().service_says(&message);
                    }
                }
            }
            () = more.notified() => {}
            () = sleep_until(said + IDLE) => channel.seal(&[], &mut output)?,
            () = sleep_until(heard + SILENCE) => return Err(Trouble::Silent),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => error.fmt(f),
            Self::Slow => f.write_str("it does not answer in time"),
            Self::TurnedAway => {
                f.write_str("it hung up on the hello: it does not know this device, or not by this key")
            }
            Self::HungUp => f.write_str("it hung up"),
            Self::Broken(broken) => broken.fmt(f),
            Self::Silent => f.write_str("nothing was heard of it for a long time"),
            Self::Overflow => f.write_str("it does not take what it is sent"),
        }
    }
}
