//! A trace as the modem of a live client.
//!
//! Clients are served one after the other, as a rild does, each from the beginning of the trace; when so many as are
//! wanted have hung up, or with Ctrl-C, the replay is over. What they asked that the trace has no answer to, or only to
//! other arguments, differs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use ril_protocol::RequestCode;
use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use ril_trace::replay::modem::{Found, Modem};
use ril_trace::replay::report::{Case, Suite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::super::super::error::CtlError;
use super::super::args::Replay;
use super::super::record::told_to_stop;
use super::{script, suite, until};
use crate::net::listener::Socket;

pub(super) fn run(arguments: &Replay, file: &Path, listen: &Path) -> Result<Suite, CtlError> {
    let modem = Modem::new(script(arguments, file)?);
    let mut suite = Suite { unknown: modem.unknown(), ..suite(file) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| unavailable(listen, &error))?;
    runtime.block_on(async {
        let socket = Socket::bind(listen, 0o600, None).map_err(|error| unavailable(listen, &error))?;
        tokio::select! {
            () = serve(arguments, &socket, &modem, &mut suite.cases) => {}
            () = told_to_stop(None, "serving clients; Ctrl-C ends it") => {}
        }
        Ok::<(), CtlError>(())
    })?;
    Ok(suite)
}

/// Serves as many clients as are wanted, or clients without end.
async fn serve(arguments: &Replay, socket: &Socket, modem: &Modem, cases: &mut Vec<Case>) {
    for client in 1.. {
        let connection = socket.accept().await;
        // The first needs no name: mostly it is the only one.
        let name = if client == 1 { String::new() } else { format!("client {client}: ") };
        let full_speed = arguments.full_speed;
        let mut served = Served { modem: modem.clone(), name, cases, full_speed, waiting: BTreeMap::new() };
        served.serve(connection).await;
        if client == arguments.clients {
            return;
        }
    }
}

/// One client while it is served.
struct Served<'a> {
    modem: Modem,
    /// Tells its cases from those of other clients.
    name: String,
    cases: &'a mut Vec<Case>,
    full_speed: bool,
    /// Answers that are not due yet, by when they are; the number tells those of the same time apart.
    waiting: BTreeMap<(Duration, u64), Vec<u8>>,
}

impl Served<'_> {
    /// Answers until the client is gone.
    async fn serve(&mut self, mut client: UnixStream) {
        let began = now();
        let mut input = Vec::new();
        let mut number = 0;
        let mut output = self.modem.greeting();
        loop {
            let elapsed = began.elapsed();
            while let Some(notice) = self.modem.notice(if self.full_speed { Duration::MAX } else { elapsed }) {
                output.extend_from_slice(&notice);
            }
            while let Some(entry) = self.waiting.first_entry()
                && entry.key().0 <= elapsed
            {
                output.extend_from_slice(&entry.remove());
            }
            if client.write_all(&output).await.is_err() {
                return;
            }
            output.clear();
            let due = self.waiting.keys().next().map(|(due, _)| *due).into_iter().chain(self.modem.next_notice()).min();
            let due_at = due.map(|due| began + due);
            tokio::select! {
                read = client.read_buf(&mut input) => if !matches!(read, Ok(1..)) { return },
                () = until(due_at) => {}
            }
            let mut used = 0;
            while let Ok(Some((body, taken))) = frame::split(input.get(used..).unwrap_or_default(), REQUEST_LIMIT) {
                if let Some(request) = Request::parse(body) {
                    number += 1;
                    self.request(&request, began.elapsed(), number);
                }
                used += taken;
            }
            input.drain(..used);
            if input.len() > 4 + REQUEST_LIMIT {
                return;
            }
        }
    }

    fn request(&mut self, request: &Request<'_>, elapsed: Duration, number: u64) {
        if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return;
        }
        let answer = self.modem.answer(request);
        let differences = match answer.found {
            Found::Next | Found::Again => Vec::new(),
            Found::OtherArguments | Found::OtherArgumentsAgain => {
                vec!["the trace has an answer to other arguments only; that was given".to_owned()]
            }
            Found::Never => vec!["the trace has no answer to this; REQUEST_NOT_SUPPORTED was given".to_owned()],
            Found::Unknown => {
                let what = "the trace does not say what was asked and answered; REQUEST_NOT_SUPPORTED was given";
                vec![what.to_owned()]
            }
        };
        self.cases.push(Case { name: format!("{}{number} {}", self.name, request.code), differences });
        let due = if self.full_speed { elapsed } else { elapsed + answer.took };
        self.waiting.insert((due, number), answer.frame);
    }
}

fn unavailable(path: &Path, error: &dyn std::error::Error) -> CtlError {
    CtlError::Unavailable(format!("{}: {error}", path.display()))
}

#[allow(clippy::disallowed_methods, reason = "a client is answered in real time")]
fn now() -> Instant {
    Instant::now()
}
