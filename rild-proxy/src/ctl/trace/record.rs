//! `rilctl trace record`: the root daemon records, and this waits for the end.

use std::io::Write;
use std::path::{Path, absolute};

use super::super::error::CtlError;
use super::super::stop::told_to_stop;
use super::about;
use super::args::Record;
use super::tap::{self, RECORDING};
use crate::control::client::ControlClient;
use crate::control::{StartTrace, TraceEnded};

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
