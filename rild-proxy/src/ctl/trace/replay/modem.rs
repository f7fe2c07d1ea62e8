//! A trace as the modem of a live client.
//!
//! One client is served; when it hangs up, or with Ctrl-C, the replay is over. What it asked that the trace has no answer
//! to, or only to other arguments, differs.

use std::path::Path;
use std::time::{Duration, Instant};

use ril_protocol::RequestCode;
use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use ril_trace::replay::player::Player;
use ril_trace::replay::report::{Case, Suite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::super::super::error::CtlError;
use super::super::args::Replay;
use super::super::record::told_to_stop;
use super::{script, suite, until};
use crate::net::listener::Socket;

pub(super) fn run(arguments: &Replay, file: &Path, listen: &Path) -> Result<Suite, CtlError> {
    let player = Player::new(script(arguments, file)?, arguments.full_speed);
    let mut served = Served { player, suite: suite(file), full_speed: arguments.full_speed };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| unavailable(listen, &error))?;
    runtime.block_on(async {
        let socket = Socket::bind(listen, 0o600, None).map_err(|error| unavailable(listen, &error))?;
        tokio::select! {
            () = async { served.serve(socket.accept().await).await } => {}
            () = told_to_stop(None, "serving a client; Ctrl-C ends it") => {}
        }
        Ok::<(), CtlError>(())
    })?;
    Ok(served.suite)
}

struct Served {
    player: Player,
    suite: Suite,
    full_speed: bool,
}

impl Served {
    /// Answers until the client is gone.
    async fn serve(&mut self, mut client: UnixStream) {
        let began = now();
        let mut input = Vec::new();
        let mut output = self.player.greeting();
        loop {
            let elapsed = began.elapsed();
            self.player.take_due(if self.full_speed { Duration::MAX } else { elapsed }, elapsed, &mut output);
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
        self.suite.cases.push(Case { name: format!("{} {}", self.player.asked(), request.code), differences });
    }
}

fn unavailable(path: &Path, error: &dyn std::error::Error) -> CtlError {
    CtlError::Unavailable(format!("{}: {error}", path.display()))
}

#[allow(clippy::disallowed_methods, reason = "a client is answered in real time")]
fn now() -> Instant {
    Instant::now()
}
