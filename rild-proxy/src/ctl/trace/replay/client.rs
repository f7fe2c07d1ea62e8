//! A trace as the client of a live rild.

use std::path::Path;

use ril_protocol::frame::{self, Message, RESPONSE_LIMIT};
use ril_protocol::payload::Ints;
use ril_protocol::{RilVersion, UnsolCode, parcel};
use ril_trace::replay::client::Client;
use ril_trace::replay::diff::Ignored;
use ril_trace::replay::report::{Case, Suite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::super::args::Replay;
use super::{not_played, script, suite};
use crate::clock;
use crate::ctl::error::CtlError;
use crate::deadline::until;

pub(super) fn run(arguments: &Replay, file: &Path, connect: &Path) -> Result<Suite, CtlError> {
    let script = script(arguments, file)?;
    let recorded = script.version.unwrap_or_default();
    let ignored = Ignored::new(arguments.ignored.iter().map(String::as_str));
    let cases = script.damage.iter().cloned().map(not_played).collect();
    let client = Client::new(script, recorded, ignored);
    let mut played = Played { client, version: recorded, suite: Suite { cases, ..suite(file) } };
    played.suite.unknown = played.client.unknown();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let unavailable = |error: std::io::Error| CtlError::Unavailable(format!("{}: {error}", connect.display()));
    let runtime = runtime.map_err(unavailable)?;
    runtime.block_on(async {
        let rild = UnixStream::connect(connect).await.map_err(unavailable)?;
        played.play(rild, arguments).await.map_err(unavailable)
    })?;
    let unanswered = played.client.unanswered();
    played.suite.cases.extend(unanswered.into_iter().map(|(place, code)| Case {
        name: format!("{} {code}", place + 1),
        differences: vec!["there is no answer, and the recording has one".to_owned()],
    }));
    if played.suite.cases.is_empty() {
        played.suite.cases.push(not_played("nothing is asked in it, or nothing that it says the answer to".to_owned()));
    }
    Ok(played.suite)
}

struct Played {
    client: Client,
    version: RilVersion,
    suite: Suite,
}

impl Played {
    /// Asks all there is to ask, until all is answered, or nothing more comes in time, or the rild is gone.
    async fn play(&mut self, mut rild: UnixStream, arguments: &Replay) -> std::io::Result<()> {
        let mut input = Vec::new();
        // A rild that takes clients one after another serves from its greeting on.
        let mut began = None;
        while !self.client.is_done() {
            let mut due = None;
            while let Some(began) = began {
                due = self.client.next_at().map(|at| began + at).filter(|_| !arguments.full_speed);
                if due.is_some_and(|due| due > clock::now()) {
                    break;
                }
                let Some(request) = self.client.request() else {
                    due = None;
                    break;
                };
                rild.write_all(&request).await?;
            }
            if self.client.is_done() {
                break;
            }
            tokio::select! {
                read = rild.read_buf(&mut input) => if read? == 0 { break },
                () = until(due), if due.is_some() => continue,
                () = tokio::time::sleep(arguments.timeout), if due.is_none() => break,
            }
            let mut used = 0;
            while let Ok(Some((body, taken))) = frame::split(input.get(used..).unwrap_or_default(), RESPONSE_LIMIT) {
                match Message::parse(body) {
                    Some(Message::Unsolicited(message)) if message.code == UnsolCode::RIL_CONNECTED => {
                        let words = parcel::decode::<Ints>(message.payload, self.version).unwrap_or_default();
                        self.version = words.first().map_or(self.version, |version| RilVersion(*version));
                        began.get_or_insert_with(clock::now);
                    }
                    Some(Message::Reply(reply)) => {
                        if let Some(compared) = self.client.reply(&reply, self.version) {
                            let name = format!("{} {}", compared.place + 1, compared.code);
                            let differences = compared.differences.iter().map(ToString::to_string).collect();
                            self.suite.cases.push(Case { name, differences });
                        }
                    }
                    _ => {}
                }
                used += taken;
            }
            input.drain(..used);
        }
        Ok(())
    }
}
