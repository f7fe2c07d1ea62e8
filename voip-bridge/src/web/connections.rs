//! The connections of browsers and programs: so many at a time, each for so long, and none for who does not get to the
//! point.
//!
//! The same process carries calls, and a connection costs a descriptor. So who comes when all places are taken waits
//! until one is free, and whoever is slow loses his. It refuses HTTP/2, which a proxy speaks for itself.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tracing::debug;

/// Connections at a time. A browser opens six.
pub(super) const MOST_CONNECTIONS: usize = 64;
/// How long the head of a request may take, and the wait for the next one.
const HEAD: Duration = Duration::from_secs(10);
/// The largest head.
const LARGEST_HEAD: usize = 16 * 1024;
/// How long one connection may last: longer than a recording takes to load.
const LONGEST: Duration = Duration::from_secs(300);
/// How long to wait when no connection can be taken, for want of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves a site until it is dropped.
///
/// # Errors
/// Never: the result is that of a service that ends.
pub async fn serve(listener: TcpListener, site: Router) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
        match listener.accept().await {
            Ok((stream, from)) => {
                let site = site.clone();
                tokio::spawn(async move {
                    serve_one(stream, from, site).await;
                    drop(place);
                });
            }
            Err(error) => {
                debug!(%error, "a connection to the page could not be taken");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn serve_one(stream: TcpStream, from: SocketAddr, site: Router) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(LARGEST_HEAD);
    let service = TowerToHyperService::new(site.layer(Extension(ConnectInfo(from))));
    match timeout(LONGEST, http.serve_connection(TokioIo::new(stream), service)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "a connection to the page is over"),
        Err(_) => debug!("a connection to the page has lasted too long"),
    }
}
