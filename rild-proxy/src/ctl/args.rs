//! The command line of `rilctl`: a contract, scripts depend on it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ril_protocol::{RequestCode, RilVersion};

use super::error::CtlError;
use super::modem::args::{Deed, Modem};
use super::near::RequestName;
use super::trace::args::Trace;
use crate::config::MOST_SIMS;
use crate::config::run_files::{self, DEFAULT_CONTROL, line_folder};

const EXIT_CODES: &str = "\
Exit codes: 0 ok, 1 it was refused or a check failed, 2 wrong usage, 3 the modem or a socket is unavailable.";

/// See and steer the phones of rild-proxy, and talk to any rild.
#[derive(Debug, Parser)]
#[command(name = "rilctl", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// The control socket of the root daemon.
    #[arg(long, value_name = "SOCK", env = "RILD_PROXY_CONTROL", default_value = DEFAULT_CONTROL)]
    pub control: PathBuf,

    /// Which of several SIMs it is about, counted from 1. The screen is the same on all of them.
    /// Without it, the first.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_SIMS)))]
    pub sim: Option<u8>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The SIM that is meant.
    pub fn sim(&self) -> u8 {
        self.sim.unwrap_or(1)
    }

    /// The control socket of the line of the SIM.
    pub fn control_of_sim(&self) -> PathBuf {
        let folder = self.control.parent().unwrap_or(Path::new(""));
        match self.control.file_name() {
            Some(name) => line_folder(folder, self.sim()).join(name),
            None => self.control.clone(),
        }
    }

    /// Why there can be nothing to talk to, where that can be seen: a SIM that the daemon does not serve, or words that
    /// are about no SIM of it.
    pub(super) fn check_sim(&self) -> Result<(), CtlError> {
        let Some(sim) = self.sim else { return Ok(()) };
        let of_root = match &self.command {
            Command::Phones(_)
            | Command::Foreground { .. }
            | Command::Calls(_)
            | Command::Sms(_)
            | Command::Data(_)
            | Command::Status(_)
            | Command::Watch { .. } => true,
            Command::Send(Send { sock, .. }) | Command::Bench(Bench { sock, .. }) => is_phone_name(sock),
            Command::Trace(Trace::Record(record)) => record.tap.is_none(),
            Command::Trace(Trace::Dump(dump)) => dump.dir.is_none(),
            // That of the modem, which has slots of its own.
            Command::Modem(Modem { deed: Deed::Say(_) | Deed::Run(_) | Deed::Watch { .. }, .. }) => return Ok(()),
            _ => false,
        };
        if !of_root {
            return Err(CtlError::Usage(
                "--sim means nothing here: this is not about a SIM of the root daemon".to_owned(),
            ));
        }
        if self.control.exists() && !self.control_of_sim().exists() {
            let control = self.control.display();
            let why = format!(
                "the root daemon at {control} does not serve a SIM {sim}: [modem] sims says how many it serves"
            );
            return Err(CtlError::Unavailable(why));
        }
        Ok(())
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the phones.
    Phones(Format),

    /// Give a phone the screen.
    Foreground {
        /// The phone.
        name: String,
        /// How to answer.
        #[command(flatten)]
        format: Format,
    },

    /// List the calls and whose they are.
    Calls(Format),

    /// List the short messages that wait for a phone.
    Sms(Format),

    /// List the data calls and whose they are.
    Data(Format),

    /// Tell how the daemon and the modem side are, and what was counted.
    Status(Format),

    /// Tell what happens, as it happens: calls, messages, denials, the radio. Never a number or a text.
    Watch {
        /// Stop after this many events.
        #[arg(long, value_name = "N")]
        count: Option<u64>,
        /// How to answer: one JSON object per line.
        #[command(flatten)]
        format: Format,
    },

    /// Send one request to any rild socket and print its result as JSON.
    ///
    /// A rild serves one client at a time, so the socket must be free. An error of the RIL is a message with its name
    /// and exit code 1.
    Send(Send),

    /// Print the table of all messages of ril.h.
    Messages {
        /// Only rows that hold this in the code, the name, the class or the meaning.
        filter: Option<String>,
        /// How to answer.
        #[command(flatten)]
        format: Format,
    },

    /// Read the payload of a message and print it as JSON.
    ///
    /// The bytes are those behind the head of the frame. Exit code 1 if they are not what ril.h says.
    Decode {
        /// Which payload of which message.
        #[command(flatten)]
        of: PayloadOf,
        /// The bytes, as hexadecimal digits; `-` reads them from standard input.
        #[arg(value_name = "HEX", default_value = "", hide_default_value = true)]
        bytes: String,
    },

    /// Write the payload of a message that JSON describes, and print it in hexadecimal digits.
    Encode {
        /// Which payload of which message.
        #[command(flatten)]
        of: PayloadOf,
        /// The JSON, as decode and send print it; `-` reads it from standard input.
        #[arg(value_name = "JSON", default_value = "null", hide_default_value = true)]
        json: String,
    },

    /// Measure latency and throughput of any rild socket.
    Bench(Bench),

    /// Say a line to the simulated modem (`rilctl modem help` lists what it knows), or play scenarios on it.
    #[command(disable_help_subcommand = true)]
    Modem(Modem),

    /// Record, look into and put together traces of what goes through a rild.
    #[command(subcommand)]
    Trace(Trace),

    /// Print the completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },

    /// Write the manual pages.
    Man {
        /// The folder to write them to.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },

    /// Run the whole system on the simulated modem and tell what happens; exit code 1 if any of it is not true.
    Demo,

    /// Send back what comes in on standard input, which is a socket: the other end of `bench --echo`.
    #[command(hide = true)]
    Echo,
}

/// For people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct Format {
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
}

/// `rilctl send`.
#[derive(Debug, Args)]
pub struct Send {
    /// A rild socket, or the name of a phone of the root daemon.
    pub sock: PathBuf,

    /// The request, as ril.h names it, with or without RIL_REQUEST_, or its number.
    #[arg(value_parser = RequestName, hide_possible_values = true, required_unless_present = "unsol")]
    pub name: Option<RequestCode>,

    /// The arguments, in the shape that `rilctl messages` tells; `-` reads them from standard input. Bytes of a message
    /// that ril.h does not have are a string of hexadecimal digits.
    #[arg(value_name = "JSON")]
    pub arguments: Option<String>,

    /// Also print unsolicited messages, one JSON object per line, until interrupted.
    #[arg(long)]
    pub unsol: bool,

    /// Stop after this many unsolicited messages, the greeting's included.
    #[arg(long, value_name = "N", requires = "unsol")]
    pub count: Option<u64>,

    /// The most to wait for the greeting, for the answer, and with --count for each message. Without it, as long as the
    /// request may take by the table, and for messages without end.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// Do not wait for the greeting: the rild has this RIL version.
    #[arg(long, value_name = "VERSION", value_parser = ril_version)]
    pub ril_version: Option<RilVersion>,
}

/// One payload of a message.
#[derive(Debug, Args)]
pub struct PayloadOf {
    /// What a request takes, what it is answered with, or what an unsolicited message carries.
    pub kind: PayloadKind,

    /// The message, as ril.h names it, or its number.
    pub name: String,

    /// The RIL version whose layout it has.
    #[arg(long, value_name = "VERSION", value_parser = ril_version, default_value_t = RilVersion::COMMON)]
    pub ril_version: RilVersion,
}

/// Which payload of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PayloadKind {
    /// The arguments of a request.
    Request,
    /// The result of a request.
    Response,
    /// The particulars of an unsolicited message.
    #[value(alias = "unsolicited")]
    Unsol,
}

/// `rilctl bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// A rild socket, or the name of a phone of the root daemon.
    pub sock: PathBuf,

    /// The request to repeat; it goes out without arguments. Root answers many questions from memory, but not this one.
    #[arg(long, value_name = "NAME", value_parser = RequestName, default_value = "GET_ACTIVITY_INFO")]
    #[arg(hide_possible_values = true)]
    pub request: RequestCode,

    /// How many requests are unanswered at any time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub outstanding: u32,

    /// How many requests to measure; a tenth more go ahead to warm up.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub count: u32,

    /// Also measure a process that only sends back what it gets, and the ratio to it.
    #[arg(long)]
    pub echo: bool,

    /// The most to wait for the greeting and for each answer.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    pub timeout: Duration,

    /// How to answer.
    #[command(flatten)]
    pub format: Format,
}

/// Whether this is the name of a phone, and no path.
fn is_phone_name(given: &Path) -> bool {
    given.components().count() == 1 && given.extension().is_none() && !given.exists()
}

/// The rild socket that is meant: a phone's name stands for its socket beside the control socket.
pub fn rild_socket(given: &Path, control: &Path) -> PathBuf {
    match (is_phone_name(given), control.parent(), given.to_str()) {
        (true, Some(run), Some(name)) => run_files::phone_socket(run, name),
        _ => given.to_owned(),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "is not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && seconds <= 1e6 => Ok(duration),
        _ => Err("must be more than 0 and at most 1000000".to_owned()),
    }
}

/// An argument, or what is on standard input where it is `-`.
pub(super) fn text_or_stdin(argument: &str) -> Result<Cow<'_, str>, CtlError> {
    if argument != "-" {
        return Ok(Cow::Borrowed(argument));
    }
    let text = std::io::read_to_string(std::io::stdin());
    text.map(Cow::Owned).map_err(|why| CtlError::Usage(format!("standard input: {why}")))
}

fn ril_version(text: &str) -> Result<RilVersion, String> {
    match text.parse() {
        Ok(version @ 2..=15) => Ok(RilVersion(version)),
        _ => Err("must be 2 to 15".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    fn complaint(line: &str) -> String {
        let error = parse(line).expect_err(line);
        assert!(error.use_stderr(), "{line} is help, not a complaint");
        error.to_string()
    }

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn every_listing_takes_json() {
        for command in ["phones", "calls", "sms", "data", "status", "watch", "messages", "foreground work"] {
            parse(&format!("rilctl {command}")).unwrap();
            parse(&format!("rilctl {command} --json")).unwrap();
            parse(&format!("rilctl --control /x {command}")).unwrap();
        }
    }

    #[test]
    fn send_takes_a_name_in_any_spelling() {
        for name in ["GET_IMEI", "get_imei", "RIL_REQUEST_GET_IMEI", "38"] {
            let Command::Send(send) = parse(&format!("rilctl send /s {name}")).unwrap().command else { panic!() };
            assert_eq!(send.name, Some(RequestCode::GET_IMEI));
        }
        let Command::Send(send) = parse("rilctl send /s 30001 \"0a\" --timeout 0.5").unwrap().command else { panic!() };
        assert_eq!((send.name, send.timeout), (Some(RequestCode(30001)), Some(Duration::from_millis(500))));
        assert!(parse("rilctl send /s --unsol --count 2").is_ok());
    }

    #[test]
    fn mistakes_are_told() {
        let said = complaint("rilctl send /s GET_IME");
        assert!(said.contains("'GET_IME'") && said.contains("'GET_IMEI'") && said.contains("'GET_IMSI'"), "{said}");
        assert!(complaint("rilctl send /s").contains("<NAME>"));
        assert!(complaint("rilctl send /s GET_IMEI --count 1").contains("--unsol"));
        assert!(complaint("rilctl send /s GET_IMEI --timeout 0").contains("more than 0"));
        assert!(complaint("rilctl send /s GET_IMEI --timeout NaN").contains("more than 0"));
        assert!(complaint("rilctl send /s GET_IMEI --ril-version 16").contains("2 to 15"));
        assert!(complaint("rilctl bench /s --outstanding 0").contains("1..=1024"));
        assert!(complaint("rilctl modem").contains("[OPTIONS] <COMMAND>"));
        assert!(complaint("rilctl foregroun work").contains("'foreground'"));
    }

    #[test]
    fn words_for_the_modem_may_look_like_options() {
        let Command::Modem(modem) = parse("rilctl modem --timeout 1 signal -51 --json").unwrap().command else {
            panic!()
        };
        let Deed::Say(words) = modem.deed else { panic!("a line to the console") };
        assert_eq!(words, ["signal", "-51", "--json"]);
    }

    #[test]
    fn each_sim_has_a_control_socket_of_its_own() {
        let control = |line: &str| parse(line).unwrap().control_of_sim();
        assert_eq!(control("rilctl --control /r/c.sock calls"), Path::new("/r/c.sock"));
        assert_eq!(control("rilctl --control /r/c.sock --sim 1 calls"), Path::new("/r/c.sock"));
        assert_eq!(control("rilctl --control /r/c.sock --sim 2 calls"), Path::new("/r/sim2/c.sock"));
        assert_eq!(control("rilctl --control c.sock --sim 4 calls"), Path::new("sim4/c.sock"));
        for sim in ["0", "5", "two"] {
            assert!(complaint(&format!("rilctl --sim {sim} calls")).contains("--sim"));
        }
    }

    #[test]
    fn a_sim_is_refused_where_it_means_nothing() {
        let checked =
            |line: &str| parse(&format!("rilctl --control /nowhere/c.sock --sim 2 {line}")).unwrap().check_sim();
        for line in [
            "send /dev/socket/rild GET_IMEI",
            "bench ./rild",
            "messages",
            "decode request DIAL",
            "encode request DIAL",
            "demo",
            "trace show x.riltrace",
            "trace replay x.riltrace --as router --config x.toml",
            "trace dump x.riltrace --dir /ring",
            "trace record x.riltrace --tap /a /b",
            "modem check x.scn",
            "modem serve --listen /s",
        ] {
            assert!(matches!(checked(line), Err(CtlError::Usage(_))), "{line}");
        }
        for line in [
            "calls",
            "send work GET_IMEI",
            "bench work",
            "trace record x.riltrace",
            "trace dump x.riltrace",
            "modem calls",
            "modem run x.scn",
            "modem watch",
        ] {
            checked(line).unwrap();
        }
        parse("rilctl messages").unwrap().check_sim().unwrap();
    }

    #[test]
    fn a_phones_name_stands_for_its_socket() {
        let control = Path::new("/run/x/control.sock");
        assert_eq!(rild_socket(Path::new("work"), control), Path::new("/run/x/phones/work.sock"));
        assert_eq!(rild_socket(Path::new("./work"), control), Path::new("./work"));
        assert_eq!(rild_socket(Path::new("rild.sock"), control), Path::new("rild.sock"));
        assert_eq!(rild_socket(Path::new("/dev/socket/rild"), control), Path::new("/dev/socket/rild"));
    }
}
