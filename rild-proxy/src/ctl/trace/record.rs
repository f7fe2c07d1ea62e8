//! `rilctl trace record`: the root daemon records, and this waits for the end.

use std::io::Write;
use std::path::{Path, absolute};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::super::complain;
use super::super::error::CtlError;
use super::args::Record;
use super::{about, tap};
use crate::control::client::ControlClient;
use crate::control::{StartTrace, TraceEnded};

/// What is said when a recording has begun.
pub(super) const RECORDING: &str = "recording; Ctrl-C ends it";

pub(super) fn run(arguments: &Record, control: &Path, out: &mut dyn Write) -> Result<(), CtlError> {
    if let Some([listen, connect]) = arguments.tap.as_deref() {
        return tap::run(listen, connect, &arguments.file, arguments.duration, out);
    }
    let path = absolute(&arguments.file).map_err(|error| about(&arguments.file, &error))?;
    let Some(path) = path.to_str().map(str::to_owned) else {
        return Err(CtlError::Usage(format!("{}: is not UTF-8", arguments.file.display())));
    };
    let mut client = ControlClient::connect(control)?;
    let phone = arguments.phone.clone().unwrap_or_default();
    let stopper = client.start_trace(StartTrace { path, phone })?;
    let duration = arguments.duration;
    std::thread::spawn(move || {
        // Without a runtime a signal ends this process; the daemon then ends the recording by itself.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(told_to_stop(duration, RECORDING));
            stopper.stop();
        }
    });
    let TraceEnded { records, bytes, error } = client.trace_ended()?;
    if !error.is_empty() {
        return Err(CtlError::Failed(format!("{}: {error}", arguments.file.display())));
    }
    Ok(writeln!(out, "{records} records, {bytes} bytes")?)
}

/// Comes when the time is over, or with Ctrl-C. Says `what` when it can come.
pub(in super::super) async fn told_to_stop(duration: Option<Duration>, what: &str) {
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
