//! When a command that goes on until it is told to stop does so.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::complain;

/// Comes when the time is over, or with Ctrl-C. Says `what` when it can come.
pub(super) async fn told_to_stop(duration: Option<Duration>, what: &str) {
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    complain(what);
    let over = async {
        match duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = over => {}
        () = comes(signals.0) => {}
        () = comes(signals.1) => {}
    }
}

/// Waits for a signal; one that cannot be waited for ends the process as ever.
async fn comes(signal: std::io::Result<Signal>) {
    match signal {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}
