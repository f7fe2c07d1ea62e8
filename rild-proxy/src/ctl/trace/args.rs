//! The command line of `rilctl trace`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
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

    /// Play a trace again, and tell what differs: exit code 1 if anything does.
    Replay(Replay),

    /// Make a trace out of what another tool wrote.
    ///
    /// What it does not tell stays unknown. What cannot be read is told by its line, with exit code 1.
    Import(Import),

    /// Write a trace for another tool.
    Export(Export),

    /// Make the dissector with which Wireshark and tshark show what `export --to pcapng` wrote.
    Dissector(Dissector),

    /// Put the ring of traces together in one new file: the last minutes before a crash, for example.
    Dump(Dump),

    /// Write a trace again without what says who somebody is, where they are, what they say and to whom.
    ///
    /// Every message stays, with pseudonyms in the place of numbers, identities, texts, places and addresses: the same
    /// for the same original. What cannot be read becomes zeros. Times, phone names, and what tells the country and the
    /// network stay. Exit code 1 if a part of the trace is damaged, which is then left out.
    Scrub(Scrub),

    /// Tell what differs between two traces, message by message and field by field: exit code 1 if anything does.
    ///
    /// Messages are compared in their order, with no regard to their times and serials.
    Diff(Diff),
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
    pub since: Option<Moment>,

    /// Only up to this time.
    #[arg(long, value_name = "TIME")]
    pub until: Option<Moment>,
}

impl Which {
    /// The same for whoever shows a trace.
    pub fn filter(&self) -> Filter {
        Filter {
            phones: self.phones.clone(),
            messages: self.messages.clone(),
            serials: self.serials.clone(),
            from: self.since,
            to: self.until,
        }
    }
}

/// `rilctl trace replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// The traces. As the modem, one.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Whose part is played.
    #[arg(long = "as", value_name = "PART")]
    pub part: Part,

    /// As the modem: the socket on which a client is served.
    #[arg(long, value_name = "SOCK", required_if_eq("part", "modem"))]
    pub listen: Option<PathBuf>,

    /// As the client: the socket of the rild.
    #[arg(long, value_name = "SOCK", required_if_eq("part", "client"))]
    pub connect: Option<PathBuf>,

    /// As the modem: serve so many clients, one after the other, each from the beginning of the trace; 0: until Ctrl-C.
    #[arg(long, value_name = "N", default_value = "1")]
    pub clients: u32,

    /// As the router: the configuration with which the trace was recorded.
    #[arg(long, value_name = "FILE", required_if_eq("part", "router"))]
    pub config: Option<PathBuf>,

    /// As the modem or the client: play the conversation with this phone. Without it that of the router with the modem,
    /// or of the only phone.
    #[arg(long, value_name = "NAME")]
    pub phone: Option<String>,

    /// Do not keep to the recorded times.
    #[arg(long)]
    pub full_speed: bool,

    /// A field that may differ, such as `payload.gw_signal_strength`; `*` stands for any one name. May be
    /// repeated.
    #[arg(long = "ignore", value_name = "FIELD")]
    pub ignored: Vec<String>,

    /// Write a JUnit report.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Print what differs as annotations of a GitHub workflow as well.
    #[arg(long)]
    pub annotations: bool,

    /// Of N parts of the traces play only the K-th: for N machines that share the work.
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,

    /// As the client: the most to wait for an answer.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    pub timeout: Duration,
}

/// Whose part is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The modem's, to a live client.
    Modem,
    /// The client's, to a live rild.
    Client,
    /// All but the router's: it is told again what it was told, without sockets or a clock.
    Router,
}

/// A part of the work, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    part: usize,
    parts: usize,
}

impl Shard {
    /// Those of the files that are in this part.
    pub fn pick<T>(self, files: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        files.skip(self.part).step_by(self.parts)
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match numbers {
        Some((k @ 1.., parts @ 1..)) if k <= parts => Ok(Shard { part: k - 1, parts }),
        _ => Err("must be K/N with K from 1 to N".to_owned()),
    }
}

/// `rilctl trace import`.
#[derive(Debug, Args)]
pub struct Import {
    /// What the other tool wrote; `-` reads standard input.
    pub source: PathBuf,

    /// What it is; guessed from its beginning when not given.
    #[arg(long, value_name = "KIND")]
    pub from: Option<ImportKind>,

    /// The trace, which must not be there yet.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// What is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportKind {
    /// What `export --to jsonl` wrote.
    Jsonl,
    /// Chunks of a byte relay, a JSON object a line: `t` in seconds, `dir` (open, c2s, s2c, close), `hex`.
    Relay,
    /// oFono's log with OFONO_RIL_HEX_TRACE set.
    Ofono,
    /// What strace printed of a client or a rild: `strace -f -tt -xx -s 65536 -e trace=network,desc,process`.
    Strace,
    /// The radio log of an Android phone, `logcat -b radio`: messages by name, and hardly what they carried.
    Logcat,
    /// A packet capture: what `export --to pcapng` wrote, or TCP to a rild whose socket was bridged.
    Pcapng,
}

/// `rilctl trace export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The trace.
    pub file: PathBuf,

    /// What for.
    #[arg(long, value_name = "KIND")]
    pub to: ExportKind,

    /// The new file, which must not be there yet; standard output without it.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Which records.
    #[command(flatten)]
    pub which: Which,

    /// Most arrows of a diagram; 200 for Mermaid when not given, 500000 for HTML.
    #[arg(long, value_name = "N")]
    pub most: Option<usize>,
}

/// What a trace is exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportKind {
    /// A JSON object a line, with the bytes of every frame: `import` makes the same trace of it.
    Jsonl,
    /// A sequence diagram without payloads.
    Mermaid,
    /// A page with a ladder of all messages, to look through in a browser.
    Html,
    /// A packet capture for Wireshark and tshark, whose dissector `rilctl trace dissector` makes.
    Pcapng,
}

/// `rilctl trace dissector`.
#[derive(Debug, Args)]
pub struct Dissector {
    /// The new file, which must not be there yet; standard output without it.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
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

/// `rilctl trace scrub`.
#[derive(Debug, Args)]
pub struct Scrub {
    /// The trace.
    pub file: PathBuf,

    /// The new trace, which must not be there yet.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// A file with a secret of at least 16 bytes: traces that were scrubbed with the same have the same pseudonyms.
    /// Without it they are drawn with a random key that nobody keeps.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,

    /// Replace names and codes of operators too. Lists of networks on the SIM stay.
    #[arg(long)]
    pub operators: bool,

    /// The dialect of the modem, by its name or its file, instead of what the trace says.
    #[arg(long, value_name = "NAME")]
    pub dialect: Option<String>,
}

/// `rilctl trace diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The first trace.
    #[arg(value_name = "A")]
    pub before: PathBuf,

    /// The other.
    #[arg(value_name = "B")]
    pub after: PathBuf,

    /// Only what phones of this name say, hear and do; may be repeated.
    #[arg(long = "phone", value_name = "NAME")]
    pub phones: Vec<String>,

    /// Only this request and its replies, or this unsolicited message, as ril.h names it or by its number; may be
    /// repeated.
    #[arg(long = "message", value_name = "NAME")]
    pub messages: Vec<Message>,

    /// A field that may differ, such as `payload.gw_signal_strength`; `*` stands for any one name. May be repeated.
    #[arg(long = "ignore", value_name = "FIELD")]
    pub ignored: Vec<String>,

    /// How to answer: one JSON object per message that differs.
    #[command(flatten)]
    pub format: Format,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_all_files_and_none_twice() {
        let of = |text: &str| shard(text).unwrap().pick(0..7).collect::<Vec<_>>();
        assert_eq!([of("1/3"), of("2/3"), of("3/3")].concat(), [0, 3, 6, 1, 4, 2, 5]);
        for wrong in ["0/3", "4/3", "3", "a/b", "1/0", "-1/3"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
