//! The link to the number service: connects, says who this device is, and carries messages between service and router.
//!
//! Nothing of the daemon waits for it. While there is no link the router is told so and does without; what it has said
//! and what had not left yet is lost with a link, and the router knows. What waits to be sent is bounded: a service
//! that does not take it is hung up on. Connections are tried again, ever more rarely while they do not last, and not
//! by all devices at once. It refuses to carry anything that is not sealed.
//!
//! Reference: [`caller_tag::link`].

mod conversation;
mod key;
mod state;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::time::Duration;

use caller_tag::link::seal::{DeviceName, Key, PEER_TIMEOUT};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, warn};

use super::core::SharedCore;
use super::random::random;
use crate::config::Bridge;
use crate::pause::Pause;
use conversation::Trouble;

pub use key::KeyError;
pub(super) use key::read as read_key;
pub(super) use state::ServiceLink;

/// How long to wait before the second attempt.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// A link that stood for so long was a good one: the next attempt comes soon.
const LASTING: Duration = Duration::from_secs(60);

/// Whom to call, and as whom.
pub(super) struct Service {
    address: String,
    device: DeviceName,
    key: Key,
    /// Drawn when the daemon starts.
    run: u64,
}

impl Service {
    /// What the configuration says, with the key; `None` where it says nothing of a link.
    pub(super) fn of(bridge: &Bridge) -> Result<Option<Self>, KeyError> {
        let (Some(address), Some(device), Some(file)) = (&bridge.address, &bridge.device, &bridge.key_file) else {
            return Ok(None);
        };
        // The configuration has been checked.
        let Ok(device) = device.parse() else { return Ok(None) };
        Ok(Some(Self { address: address.clone(), device, key: key::read(file, Key::parse)?, run: random() }))
    }
}

/// Keeps up the link for as long as the daemon lives.
pub(super) async fn serve(core: SharedCore, service: Service) {
    keep_up(core, &service, || TcpStream::connect(&service.address)).await;
}

/// As [`serve`], by whatever `connect` connects.
async fn keep_up<S, F>(core: SharedCore, service: &Service, connect: impl Fn() -> F)
where
    S: conversation::Stream,
    F: Future<Output = io::Result<S>>,
{
    let mut pause = Pause::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        let began = Instant::now();
        let trouble = match timeout(PEER_TIMEOUT, connect()).await {
            Ok(Ok(stream)) => conversation::hold(&core, service, stream).await,
            Ok(Err(error)) => Trouble::Connection(error),
            Err(_) => Trouble::Slow,
        };
        if began.elapsed() >= LASTING {
            pause.begin_anew();
        }
        tell(&core, &trouble);
        sleep(jittered(pause.next(), random())).await;
    }
}

/// Says why there is no link, once while it stays the same.
fn tell(core: &SharedCore, trouble: &Trouble) {
    let words = trouble.to_string();
    if core.borrow_mut().service().note_trouble(&words) {
        warn!("no link to the number service: {words}");
    } else {
        debug!("no link to the number service: {words}");
    }
}

/// Somewhere in the second half of `pause`, so that many devices that lost the same service do not come back at once.
fn jittered(pause: Duration, random: u64) -> Duration {
    let half = pause / 2;
    let steps = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
    half + Duration::from_millis(random % steps)
}
