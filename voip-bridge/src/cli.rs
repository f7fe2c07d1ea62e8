//! The command line of `voip-bridge`. Scripts depend on it.

use std::path::PathBuf;
use std::process::{ExitCode, Termination};

use clap::{Args, Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use crate::numbers::AssignRequest;

/// Gives each phone that shares a SIM a number of its own.
#[derive(Debug, Parser)]
#[command(name = "voip-bridge", version)]
pub struct Cli {
    /// What to log on standard error: off, error, warn, info, debug or trace. Numbers appear from debug on.
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info")]
    pub log: LevelFilter,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service until SIGTERM or SIGINT.
    Serve(ConfigFile),
    /// Validate a configuration and name the line of each mistake.
    Check(ConfigFile),
    /// The number pool.
    #[command(subcommand)]
    Numbers(Numbers),
}

/// Where the configuration is.
#[derive(Debug, Args)]
pub struct ConfigFile {
    /// The configuration of the service.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

/// What all commands of the number pool take.
#[derive(Debug, Args)]
pub struct Common {
    /// The configuration of the service; its database is used.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to do with the number pool.
#[derive(Debug, Subcommand)]
pub enum Numbers {
    /// Put numbers into the pool.
    Add {
        /// Numbers and ranges: +15550100001, +15550100000-+15550100099.
        #[arg(value_name = "NUMBERS", required_unless_present = "file")]
        numbers: Vec<String>,
        /// A file with more of them; # begins a comment.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Configuration and form of the answer.
        #[command(flatten)]
        common: Common,
    },
    /// Give a number of the pool to a phone.
    Assign {
        /// The number.
        number: String,
        /// To whom, and how.
        #[command(flatten)]
        request: AssignRequest,
        /// Configuration and form of the answer.
        #[command(flatten)]
        common: Common,
    },
    /// Take a number from its phone.
    Release {
        /// The number.
        number: String,
        /// Take it out of the pool, too.
        #[arg(long)]
        remove: bool,
        /// Configuration and form of the answer.
        #[command(flatten)]
        common: Common,
    },
    /// Show the pool.
    List {
        /// Configuration and form of the answer.
        #[command(flatten)]
        common: Common,
    },
}

impl Numbers {
    /// Configuration and form of the answer.
    pub fn common(&self) -> &Common {
        match self {
            Self::Add { common, .. }
            | Self::Assign { common, .. }
            | Self::Release { common, .. }
            | Self::List { common } => common,
        }
    }
}

/// What the exit code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Ok = 0,
    /// The number pool refused: the number is taken, not there, and so on.
    Refused = 1,
    /// Wrong usage or configuration; standard error says what.
    Usage = 2,
    /// The database or an address is unavailable.
    Unavailable = 3,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
