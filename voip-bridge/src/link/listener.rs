//! Where devices connect.
//!
//! Before a device has shown its key it is a stranger: strangers have few places, each for a moment, two of them for
//! one address, which may try only so often. They are not answered, and cannot end the link of a device that has one.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::strangers::{Strangers, block};
use super::{Inner, Links, connection, elsewhere, texts};
use crate::rate::Buckets;

/// How long to wait when no connection can be taken, for want of descriptors.
const PAUSE: Duration = Duration::from_millis(100);
const MINUTE: Duration = Duration::from_secs(60);

/// Why devices are not listened to.
#[derive(Debug, thiserror::Error)]
#[error("link.listen: {address}: {source}")]
pub struct OpenError {
    address: SocketAddr,
    source: io::Error,
}

/// An open socket for devices.
pub struct Listener {
    inner: Arc<Inner>,
    socket: TcpListener,
}

impl Links {
    /// Opens the socket; `None` when there are no links.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn listen(&self) -> Result<Option<Listener>, OpenError> {
        let Some(inner) = &self.0 else { return Ok(None) };
        let address = inner.settings.listen;
        let socket = TcpListener::bind(address).await.map_err(|source| OpenError { address, source })?;
        Ok(Some(Listener { inner: inner.clone(), socket }))
    }
}

impl Listener {
    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves devices until `stop`; then hangs up on all, and returns.
    pub async fn serve(self, stop: CancellationToken) {
        let Self { inner, socket } = self;
        info!(devices = inner.devices.len(), "listening for devices");
        if inner.shared
            && let Err(error) = inner.store.end_links(&inner.bridge).await
        {
            warn!(%error, "links of an earlier run of this bridge are still in the database; they will expire");
        }
        let tasks = TaskTracker::new();
        let looks = async {
            tokio::join!(
                async {
                    if inner.shared {
                        elsewhere::pass_on_post(&inner).await;
                    }
                },
                async {
                    if let Some(texts) = inner.texts.clone() {
                        texts::watch(inner.clone(), texts).await;
                    }
                },
                std::future::pending::<()>(),
            )
        };
        tokio::select! {
            () = stop.cancelled() => {}
            _ = looks => {}
            () = accept(&inner, &socket, &stop, &tasks) => {}
        }
        tasks.close();
        tasks.wait().await;
    }
}

async fn accept(inner: &Arc<Inner>, socket: &TcpListener, stop: &CancellationToken, tasks: &TaskTracker) {
    let places = Arc::new(Semaphore::new(inner.settings.most));
    let strangers = Strangers::default();
    let mut attempts: Buckets<IpAddr> = Buckets::new(inner.settings.attempts_per_minute, MINUTE);
    loop {
        let (stream, from) = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                debug!(%error, "a connection of a device could not be taken");
                sleep(PAUSE).await;
                continue;
            }
        };
        let from = block(from.ip());
        if !attempts.take(from, Instant::now()) {
            debug!("an address tries too often to be linked");
            continue;
        }
        let (Some(stranger), Ok(place)) = (strangers.admit(from), places.clone().try_acquire_owned()) else {
            debug!("there are as many connections of devices, or from this address, as may be");
            continue;
        };
        prepare(&stream);
        let (inner, stop) = (inner.clone(), stop.clone());
        tasks.spawn(async move {
            connection::serve(&inner, stream, stranger, &stop).await;
            drop(place);
        });
    }
}

/// Messages are small, and a call waits for them.
fn prepare(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "a connection of a device will be slow");
    }
}
