//! The command line of `rilctl trace`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use ril_trace::show::{Filter, Message, Moment};

use super::super::args::{Format, seconds};

/// What to do with traces.
#[derive(Debug, Subcommand)]
pub enum Trace {
    /// Record what goes through the router into a new file, until Ctrl-C: numbers, texts and PINs included.
    ///
    /// The root daemon makes the file, for its own user alone. With --tap no daemon of ours takes part: rilctl itself
    /// stands between a client and any rild, and records what passes.
    Record(Record),

    /// Print what is in a trace, one record a line.
    ///
    /// Exit code 1 if a part of it is damaged; a file whose writer was stopped is none that is damaged.
    Show(Show),

    /// Put the ring of traces together in one new file: the last minutes before a crash, for example.
    Dump(Dump),
}

/// `rilctl trace record`.
#[derive(Debug, Args)]
pub struct Record {
    /// The file, which must not be there yet.
    pub file: PathBuf,

    /// Only what this phone says and hears; without it all phones, the modem, and what else the router does.
    #[arg(long, value_name = "NAME", conflicts_with = "tap")]
    pub phone: Option<String>,

    /// Stop after this time.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub duration: Option<Duration>,

    /// Listen on SOCK1, where the client looks for its rild, and connect to SOCK2, where the rild listens.
    #[arg(long, num_args = 2, value_names = ["SOCK1", "SOCK2"])]
    pub tap: Option<Vec<PathBuf>>,
}

/// `rilctl trace show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The trace; `-` reads it from standard input.
    pub file: PathBuf,

    /// Which records.
    #[command(flatten)]
    pub which: Which,

    /// How to answer: one JSON object per line.
    #[command(flatten)]
    pub format: Format,
}

/// Which records of a trace.
#[derive(Debug, Default, Args)]
pub struct Which {
    /// Only what phones of this name say, hear and do; may be repeated.
    #[arg(long = "phone", value_name = "NAME")]
    pub phones: Vec<String>,

    /// Only this request and its replies, or this unsolicited message, as ril.h names it or by its number; may be
    /// repeated.
    #[arg(long = "message", value_name = "NAME")]
    pub messages: Vec<Message>,

    /// Only requests and replies with this serial; may be repeated.
    #[arg(long = "serial", value_name = "N", allow_negative_numbers = true)]
    pub serials: Vec<i32>,

    /// Only from this time on: seconds since the beginning, or a time such as 2026-11-28T14:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub from: Option<Moment>,

    /// Only up to this time.
    #[arg(long, value_name = "TIME")]
    pub to: Option<Moment>,
}

impl Which {
    /// The same for whoever shows a trace.
    pub fn filter(&self) -> Filter {
        Filter {
            phones: self.phones.clone(),
            messages: self.messages.clone(),
            serials: self.serials.clone(),
            from: self.from,
            to: self.to,
        }
    }
}

/// `rilctl trace dump`.
#[derive(Debug, Args)]
pub struct Dump {
    /// The file, which must not be there yet.
    pub file: PathBuf,

    /// The folder of the ring, when there is no daemon to ask.
    #[arg(long)]
    pub dir: Option<PathBuf>,
}
