//! The command line of `rilctl modem`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::super::args::seconds;

/// `rilctl modem`.
#[derive(Debug, Args)]
pub struct Modem {
    /// The simulated modem's control socket; without it, modem.sock beside the control socket.
    #[arg(long, visible_alias = "control", value_name = "PATH", global = true)]
    pub socket: Option<PathBuf>,

    /// The most to wait for the answer to a line.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    pub timeout: Duration,

    /// What to do.
    #[command(subcommand)]
    pub deed: Deed,
}

/// What to do with a simulated modem.
#[derive(Debug, Subcommand)]
pub enum Deed {
    /// Play scenarios on a modem that runs, one after the other, and tell what becomes of each step.
    Run(Run),

    /// Read scenarios and name the line of a mistake.
    Check(Check),

    /// Run a modem with a rild in front of it, for one client, until a scenario is over or Ctrl-C.
    Serve(Serve),

    /// Show what happens at a modem that runs: requests, answers, messages, states.
    Watch {
        /// Stop after this many lines.
        #[arg(long, value_name = "N")]
        count: Option<u64>,
    },

    /// A line to the modem's console; the words are joined by spaces.
    #[command(external_subcommand)]
    Say(Vec<String>),
}

/// What scenarios are read with.
#[derive(Debug, Args)]
pub struct Given {
    /// What a `param` of the scenario stands for; may be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameters: Vec<(String, String)>,
}

/// `rilctl modem run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The scenarios.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// What is given to them.
    #[command(flatten)]
    pub given: Given,

    /// Also write a report for CI.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// `rilctl modem check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The scenarios.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// What is given to them.
    #[command(flatten)]
    pub given: Given,
}

/// `rilctl modem serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// The rild socket to serve. It appears when the scenario has begun, so that the client's first request is in it.
    #[arg(long, value_name = "SOCK")]
    pub listen: PathBuf,

    /// Mode of that socket, octal.
    #[arg(long, default_value = "600")]
    pub mode: String,

    /// Let in no other user than the one with this id.
    #[arg(long, value_name = "UID")]
    pub uid: Option<u32>,

    /// Play this, and end when it is over, as `run` does.
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,

    /// Go on serving when it is over, until Ctrl-C.
    #[arg(long, requires = "scenario")]
    pub stay: bool,

    /// What is given to it.
    #[command(flatten)]
    pub given: Given,

    /// Record what the client, the router and the modem say.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Also write a report for CI.
    #[arg(long, value_name = "FILE", requires = "scenario")]
    pub junit: Option<PathBuf>,

    /// Arguments of the modem, as `--imsi 001010123456789`; those of the scenario come behind them.
    #[arg(last = true, value_name = "ARGUMENT")]
    pub arguments: Vec<String>,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("is not NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
