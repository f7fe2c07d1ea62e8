//! `rilctl`: everything that the operator's tool does, apart from `main`.
//!
//! Parsing is in `args`; each command has a file and writes to whatever it is given, so that tests read what a terminal
//! would show. Output that nobody reads any more (`rilctl watch | head`) is no error.

pub mod args;
mod bench;
mod codec;
mod control;
mod demo;
mod echo;
mod error;
mod load;
mod messages;
pub mod modem;
mod near;
mod root;
mod send;
mod shell;
mod statistics;
mod stop;
mod table;
pub mod trace;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use clap::Parser;
use ril_trace::terminal::printable_lines;

pub use error::CtlError;

use self::args::{Cli, Command};
use crate::exit::Exit;

/// Does what the command line says.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(asked_for_help_or_wrong) => {
            // Nobody is left to be told when this cannot be written.
            let _ = asked_for_help_or_wrong.print();
            return if asked_for_help_or_wrong.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    let stdout = io::stdout();
    let pretty = stdout.is_terminal();
    match execute(&cli, &mut io::BufWriter::new(stdout.lock()), pretty) {
        Ok(()) => Exit::Ok,
        Err(error) => {
            if !error.is_closed_pipe() {
                complain(&error.to_string());
            }
            error.exit()
        }
    }
}

/// Says something to the user beside the output. Nobody is left to be told when that cannot be written.
fn complain(what: &str) {
    let _ = writeln!(io::stderr(), "rilctl: {}", printable_lines(what));
}

/// Does what the command line says and writes to `out`; JSON on more than one line if `pretty`.
pub fn execute(cli: &Cli, out: &mut dyn Write, pretty: bool) -> Result<(), CtlError> {
    cli.check_sim()?;
    let control = &cli.control_of_sim();
    match &cli.command {
        Command::Phones(format) => control::phones(control, *format, out),
        Command::Foreground { name, format } => control::foreground(control, name, *format, out),
        Command::Calls(format) => control::calls(control, *format, out),
        Command::Sms(format) => control::sms(control, *format, out),
        Command::Data(format) => control::data(control, *format, out),
        Command::Status(format) => control::status(control, *format, out),
        Command::Watch { count, format } => control::watch(control, *count, *format, out),
        Command::Send(arguments) => send::run(arguments, control, out, pretty),
        Command::Messages { filter, format } => messages::run(filter.as_deref(), *format, out),
        Command::Decode { of, bytes } => codec::decode(of, bytes, out, pretty),
        Command::Encode { of, json } => codec::encode(of, json, out),
        Command::Bench(arguments) => bench::run(arguments, control, out),
        Command::Demo => demo::run(out),
        Command::Echo => echo::serve(),
        Command::Modem(arguments) => modem::run(arguments, &cli.control, cli.sim(), out),
        Command::Trace(arguments) => trace::run(arguments, control, out),
        Command::Completions { shell } => shell::completions(*shell, out),
        Command::Man { folder } => shell::manual(folder),
    }?;
    Ok(out.flush()?)
}
