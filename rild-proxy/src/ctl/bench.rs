//! `rilctl bench`: latency and throughput of any rild socket.
//!
//! So many requests are unanswered at any time, and an answer makes room for the next request; what one read brings is
//! answered with one write, as a client under load does. With `--echo` the two measurements take turns, so that what
//! else the machine does falls on both.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use ril_protocol::frame::Message;
use ril_protocol::{Errno, RequestCode};
use serde_json::{Value, json};

use super::args::{Bench, rild_socket};
use super::echo::Echo;
use super::error::CtlError;
use super::load::{Answering, Load};
use super::statistics::{Sample, Summary, rounded};
use super::table;
use crate::client::{Client, Stream};

/// In so many parts the measurement is made.
const ROUNDS: u32 = 5;

/// AOSP's rild, Android 7.1, with a library that answers at once, as multiples of the echo of the same machine:
/// latency with one request outstanding, and throughput with 64 (21.6 to 13.5 us, 3737000 to 166000 per second).
const AOSP_LATENCY_RATIO: (u32, f64) = (1, 1.6);
const AOSP_THROUGHPUT_RATIO: (u32, f64) = (64, 22.5);

pub(super) fn run(arguments: &Bench, control: &Path, out: &mut dyn Write) -> Result<(), CtlError> {
    let socket = rild_socket(&arguments.sock, control);
    let client = Client::connect(&socket, arguments.timeout)?;
    let version = client.version();
    let mut rild = Rild { stream: client.into_stream(), errors: BTreeMap::new() };
    rild.stream.set_patience(Some(arguments.timeout))?;
    let mut echo = if arguments.echo { Some(Echo::start(arguments.timeout)?) } else { None };

    let mut load = Load { code: arguments.request, outstanding: arguments.outstanding, serial: 0 };
    let (mut of_rild, mut of_echo) = (Sample::default(), Sample::default());
    let warm_up = arguments.count.div_ceil(10);
    load.put_on(&mut rild, warm_up, &mut Sample::default())?;
    if let Some(echo) = &mut echo {
        load.put_on(echo, warm_up, &mut Sample::default())?;
    }
    for round in 0..ROUNDS {
        let count = share(arguments.count, round);
        if let Some(echo) = &mut echo {
            load.put_on(echo, count, &mut of_echo)?;
        }
        load.put_on(&mut rild, count, &mut of_rild)?;
    }

    let result = Outcome {
        request: arguments.request,
        count: arguments.count,
        outstanding: arguments.outstanding,
        ril_version: version.0,
        rild: of_rild.summary().ok_or_else(|| CtlError::Failed("nothing was answered".to_owned()))?,
        echo: of_echo.summary(),
        errors: rild.errors,
    };
    if arguments.format.json {
        writeln!(out, "{}", result.json())?;
    } else {
        result.write(out)?;
    }
    result.check()
}

/// This round's share of all.
fn share(count: u32, round: u32) -> u32 {
    count / ROUNDS + u32::from(round < count % ROUNDS)
}

struct Rild {
    stream: Stream,
    /// How often it answered which error.
    errors: BTreeMap<Errno, u64>,
}

impl Answering for Rild {
    fn send(&mut self, frames: &[u8]) -> Result<(), CtlError> {
        Ok(self.stream.send_frames(frames)?)
    }

    fn next(&mut self) -> Result<Option<i32>, CtlError> {
        let Message::Reply(reply) = self.stream.receive()? else { return Ok(None) };
        let (serial, errno) = (reply.serial, reply.errno);
        if errno != Errno::SUCCESS {
            *self.errors.entry(errno).or_default() += 1;
        }
        Ok(Some(serial))
    }

    fn has_more(&self) -> bool {
        self.stream.has_message()
    }
}

/// What was measured.
struct Outcome {
    request: RequestCode,
    count: u32,
    outstanding: u32,
    ril_version: i32,
    rild: Summary,
    echo: Option<Summary>,
    /// Warm-up included.
    errors: BTreeMap<Errno, u64>,
}

impl Outcome {
    /// The rild's latency and the echo's throughput, as multiples of the other's.
    fn ratios(&self) -> Option<(f64, f64)> {
        let echo = self.echo?;
        (echo.p50 > 0.0 && self.rild.per_second > 0.0)
            .then(|| (self.rild.p50 / echo.p50, echo.per_second / self.rild.per_second))
    }

    fn aosp(&self, published: (u32, f64)) -> Option<f64> {
        (published.0 == self.outstanding).then_some(published.1)
    }

    fn json(&self) -> Value {
        let errors: BTreeMap<String, u64> = self.errors.iter().map(|(errno, n)| (errno.to_string(), *n)).collect();
        let mut value = json!({
            "request": self.request,
            "count": self.count,
            "outstanding": self.outstanding,
            "ril_version": self.ril_version,
            "rild": self.rild.json(),
            "errors": errors,
        });
        if let (Some(echo), Some((latency, throughput))) = (self.echo, self.ratios()) {
            value["echo"] = echo.json();
            value["latency_ratio"] = rounded(latency).into();
            value["throughput_ratio"] = rounded(throughput).into();
            value["aosp_latency_ratio"] = self.aosp(AOSP_LATENCY_RATIO).into();
            value["aosp_throughput_ratio"] = self.aosp(AOSP_THROUGHPUT_RATIO).into();
        }
        value
    }

    fn write(&self, out: &mut dyn Write) -> Result<(), CtlError> {
        let Self { request, count, outstanding, ril_version, .. } = self;
        writeln!(out, "{request}, {count} requests, {outstanding} outstanding, RIL version {ril_version}\n")?;
        let row = |name: &str, summary: &Summary| {
            let [p50, p90, p99, max, per_second] = summary.cells();
            [name.to_owned(), p50, p90, p99, max, per_second]
        };
        let rows: Vec<_> = [Some(row("rild", &self.rild)), self.echo.as_ref().map(|echo| row("echo", echo))]
            .into_iter()
            .flatten()
            .collect();
        let heading = ["", "  p50 us", "  p90 us", "  p99 us", "  max us", " per second"];
        table::write(out, heading, &rows)?;
        if let Some((latency, throughput)) = self.ratios() {
            let aosp = |published| match self.aosp(published) {
                Some(ratio) => format!(" (AOSP's rild: {ratio:.1})"),
                None => String::new(),
            };
            writeln!(out, "\nlatency     {latency:.1} times that of the echo{}", aosp(AOSP_LATENCY_RATIO))?;
            writeln!(
                out,
                "throughput  1/{throughput:.1} of that of the echo{}",
                match self.aosp(AOSP_THROUGHPUT_RATIO) {
                    Some(ratio) => format!(" (AOSP's rild: 1/{ratio:.1})"),
                    None => String::new(),
                }
            )?;
        }
        Ok(())
    }

    /// Errors are answered without the work, so latencies of errors mean little.
    fn check(&self) -> Result<(), CtlError> {
        let Some((errno, _)) = self.errors.iter().max_by_key(|(_, count)| **count) else { return Ok(()) };
        let total: u64 = self.errors.values().sum();
        let advice = match *errno {
            Errno::REQUEST_NOT_SUPPORTED => "; --request names another request",
            _ => "",
        };
        Err(CtlError::Failed(format!("{total} answers were errors, mostly {errno}{advice}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_share_all_requests() {
        for count in [1, 4, 5, 7, 20_000] {
            assert_eq!((0..ROUNDS).map(|round| share(count, round)).sum::<u32>(), count);
        }
    }

    fn outcome(outstanding: u32, errors: &[(Errno, u64)]) -> Outcome {
        let summary = |p50, per_second| Summary { p50, p90: 30.0, p99: 79.6, max: 1234.56, per_second };
        Outcome {
            request: RequestCode::GET_IMEI,
            count: 20_000,
            outstanding,
            ril_version: 12,
            rild: summary(21.6, 41_600.0),
            echo: Some(summary(13.5, 69_900.0)),
            errors: errors.iter().copied().collect(),
        }
    }

    #[test]
    fn the_result_for_people() {
        let mut out = Vec::new();
        outcome(1, &[]).write(&mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "GET_IMEI, 20000 requests, 1 outstanding, RIL version 12\n\
             \n        \
                 p50 us    p90 us    p99 us    max us   per second\n\
             rild      21.6      30.0      79.6    1234.6        41600\n\
             echo      13.5      30.0      79.6    1234.6        69900\n\
             \n\
             latency     1.6 times that of the echo (AOSP's rild: 1.6)\n\
             throughput  1/1.7 of that of the echo\n"
        );
    }

    #[test]
    fn the_result_for_programs() {
        let json = outcome(64, &[]).json();
        assert_eq!(json["rild"]["p50_us"], 21.6);
        assert_eq!(json["echo"]["per_second"], 69_900.0);
        assert_eq!(json["latency_ratio"], 1.6);
        assert_eq!(json["aosp_latency_ratio"], Value::Null);
        assert_eq!(json["aosp_throughput_ratio"], 22.5);
        let without_echo = Outcome { echo: None, ..outcome(1, &[]) }.json();
        assert_eq!(without_echo.get("latency_ratio"), None);
    }

    #[test]
    fn answers_that_are_errors_fail() {
        assert!(outcome(1, &[]).check().is_ok());
        let errors = [(Errno::GENERIC_FAILURE, 2), (Errno::RADIO_NOT_AVAILABLE, 5)];
        let said = outcome(1, &errors).check().unwrap_err().to_string();
        assert_eq!(said, "7 answers were errors, mostly RADIO_NOT_AVAILABLE");
    }
}
