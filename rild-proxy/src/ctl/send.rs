//! `rilctl send`: one request to any rild, as curl is for HTTP.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use ril_protocol::{Errno, RequestCode, hex};
use serde_json::Value;

use super::args::{Send, rild_socket, text_or_stdin};
use super::error::CtlError;
use crate::client::{Client, arguments_from_json, notice_to_json, result_to_json};
use ril_trace::terminal::escaped;

/// A rild greets at once.
const GREETING: Duration = Duration::from_secs(5);

/// For requests that no row speaks of.
const ANSWER: Duration = Duration::from_secs(60);

pub(super) fn run(send: &Send, control: &Path, out: &mut dyn Write, pretty: bool) -> Result<(), CtlError> {
    let arguments = arguments(send)?;
    if send.name == Some(RequestCode::RESPONSE_ACKNOWLEDGEMENT) {
        return Err(CtlError::Usage("this one has no answer; rilctl sends it by itself where it is due".to_owned()));
    }
    let socket = rild_socket(&send.sock, control);
    let mut client = match send.ril_version {
        Some(version) => Client::connect_as(&socket, version),
        None => Client::connect(&socket, send.timeout.unwrap_or(GREETING)),
    }?;
    if let Some(code) = send.name {
        ask(&mut client, code, arguments, send, out, pretty && !send.unsol)?;
    }
    if send.unsol { print_notices(&mut client, send, out) } else { Ok(()) }
}

fn arguments(send: &Send) -> Result<Value, CtlError> {
    let text = send.arguments.as_deref().map(text_or_stdin).transpose()?;
    let arguments = text.map_or(Ok(Value::Null), |text| serde_json::from_str(&text));
    arguments.map_err(|error| CtlError::Usage(format!("the arguments are not JSON: {error}")))
}

fn ask(
    client: &mut Client,
    code: RequestCode,
    arguments: Value,
    send: &Send,
    out: &mut dyn Write,
    pretty: bool,
) -> Result<(), CtlError> {
    let payload = arguments_from_json(code, arguments, client.version())
        .map_err(|error| CtlError::Usage(format!("{code} does not take these arguments: {error}")))?;
    let by_table = code.row().map_or(ANSWER, |row| Duration::from_secs(u64::from(row.timeout_seconds)));
    let answer = client.request(code, &payload, send.timeout.unwrap_or(by_table))?;

    // Some errors come with a result, such as the tries that a PIN has left.
    if answer.errno == Errno::SUCCESS || !answer.payload.is_empty() {
        let result = result_to_json(code, &answer.payload, client.version()).map_err(|error| {
            let bytes = hex::to_hex(&answer.payload);
            CtlError::Failed(format!("{code}: {}, with a result that cannot be read ({error}): {bytes}", answer.errno))
        })?;
        let result = if pretty { format!("{result:#}") } else { result.to_string() };
        writeln!(out, "{}", escaped(&result))?;
        out.flush()?;
    }
    match answer.errno {
        Errno::SUCCESS => Ok(()),
        Errno(number) => Err(CtlError::Failed(match answer.errno.name() {
            Some(name) => format!("{code}: {name} ({number})"),
            None => format!("{code}: error {number}"),
        })),
    }
}

fn print_notices(client: &mut Client, send: &Send, out: &mut dyn Write) -> Result<(), CtlError> {
    let patience = send.timeout.filter(|_| send.count.is_some());
    let mut printed = 0;
    while send.count.is_none_or(|count| printed < count) {
        let Some(notice) = client.notice(patience)? else {
            return Err(CtlError::Unavailable(format!("only {printed} unsolicited messages came")));
        };
        writeln!(out, "{}", escaped(&notice_to_json(&notice, client.version()).to_string()))?;
        out.flush()?;
        printed += 1;
    }
    Ok(())
}
