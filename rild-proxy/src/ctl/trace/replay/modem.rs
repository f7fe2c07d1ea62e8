//! A trace as the modem of a live client.
//!
//! Clients are served one after the other, as a rild does, each from the beginning of the trace; when so many as are
//! wanted have hung up, or with Ctrl-C, the replay is over. What they asked that the trace has no answer to, or only to
//! other arguments, differs.

use std::path::Path;
use std::time::Duration;

use ril_protocol::RequestCode;
use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use ril_trace::replay::modem::Modem;
use ril_trace::replay::player::Player;
use ril_trace::replay::report::{Case, Suite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::super::args::Replay;
use super::{not_played, script, suite};
use crate::clock;
use crate::ctl::error::CtlError;
use crate::ctl::stop::told_to_stop;
use crate::deadline::until;
use crate::net::listener::Socket;

pub(super) fn run(arguments: &Replay, file: &Path, listen: &Path) -> Result<Suite, CtlError> {
    let script = script(arguments, file)?;
    let cases = script.damage.iter().cloned().map(not_played).collect();
    let modem = Modem::new(script);
    let mut suite = Suite { unknown: modem.unknown(), cases, ..suite(file) };
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
        let player = Player::new(modem.clone(), full_speed);
        let mut served = Served { player, name, cases, full_speed };
        served.serve(connection).await;
        if client == arguments.clients {
            return;
        }
    }
}

/// One client while it is served.
struct Served<'a> {
    player: Player,
    /// Tells its cases from those of other clients.
    name: String,
    cases: &'a mut Vec<Case>,
    full_speed: bool,
}

impl Served<'_> {
    /// Answers until the client is gone.
    async fn serve(&mut self, mut client: UnixStream) {
        let began = clock::now();
        let mut input = Vec::new();
        let mut output = self.player.greeting();
        loop {
            let elapsed = began.elapsed();
            self.player.take_due(elapsed, self.full_speed, &mut output);
            if client.write_all(&output).await.is_err() {
                return;
            }
            output.clear();
            let due_at = self.player.next_due().map(|due| began + due);
            tokio::select! {
                read = client.read_buf(&mut input) => if !matches!(read, Ok(1..)) { return },
                () = until(due_at) => {}
            }
            let mut used = 0;
            while let Ok(Some((body, taken))) = frame::split(input.get(used..).unwrap_or_default(), REQUEST_LIMIT) {
                if let Some(request) = Request::parse(body) {
                    self.request(&request, began.elapsed());
                }
                used += taken;
            }
            input.drain(..used);
            if input.len() > 4 + REQUEST_LIMIT {
                return;
            }
        }
    }

    fn request(&mut self, request: &Request<'_>, elapsed: Duration) {
        if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return;
        }
        let found = self.player.ask(elapsed, request);
        let differences = found.difference().map(str::to_owned).into_iter().collect();
        let name = format!("{}{} {}", self.name, self.player.asked(), request.code);
        self.cases.push(Case { name, differences });
    }
}

fn unavailable(path: &Path, error: &dyn std::error::Error) -> CtlError {
    CtlError::Unavailable(format!("{}: {error}", path.display()))
}
