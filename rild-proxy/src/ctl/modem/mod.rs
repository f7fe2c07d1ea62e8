//! `rilctl modem`: the simulated modem from a terminal and in CI.

pub mod args;
mod play;
mod report;
pub(super) mod say;
mod serve;
mod watch;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use modem_sim::scenario::Scenario;

use self::args::{Check, Deed, Given, Modem, Run};
use self::report::Told;
use self::say::Console;
use super::error::CtlError;
use crate::config::run_files::MODEM_SOCKET;

/// Longest file of a scenario.
const LONGEST_FILE: u64 = 1 << 20;

/// Says it to the modem beside this control socket, which is that of the first SIM, about this SIM.
pub(super) fn run(arguments: &Modem, control: &Path, sim: u8, out: &mut dyn Write) -> Result<(), CtlError> {
    let socket = arguments.socket.clone().unwrap_or_else(|| control.with_file_name(MODEM_SOCKET));
    let console = Console { socket: &socket, sim };
    match &arguments.deed {
        // It would be about this connection, on which nothing follows.
        Deed::Say(words) if words.first().is_some_and(|word| word.split(' ').next() == Some("slot")) => {
            Err(CtlError::Usage(
                "every line has a connection of its own here; --sim N says which SIM it is about".to_owned(),
            ))
        }
        Deed::Say(words) => say::run(&words.join(" "), console, arguments.timeout, out),
        Deed::Run(run) => run_scenarios(run, console, out),
        Deed::Check(check) => check_scenarios(check, out),
        Deed::Serve(serve) => serve::run(serve, arguments.socket.as_deref(), out),
        Deed::Watch { count } => watch::run(console, *count, out),
    }
}

fn run_scenarios(arguments: &Run, console: Console<'_>, out: &mut dyn Write) -> Result<(), CtlError> {
    let scenarios: Vec<(&PathBuf, Scenario)> = load(&arguments.files, &arguments.given)?;
    if let Some((file, _)) = scenarios.iter().find(|(_, scenario)| !scenario.arguments.is_empty()) {
        let why = "its 'modem' lines hold before the modem is started: rilctl modem serve --scenario";
        return Err(CtlError::Usage(format!("{}: {why}", file.display())));
    }
    let mut told = Told::default();
    let mut played = Ok(());
    for (file, scenario) in &scenarios {
        let ended = play::Performance::begin(console, scenario)
            .and_then(|performance| performance.follow(told.begin(file, scenario), out));
        if ended.is_err() {
            told.cut_short();
            played = ended;
            break;
        }
    }
    told.end(arguments.junit.as_deref(), out)?;
    played?;
    told.verdict()
}

fn check_scenarios(arguments: &Check, out: &mut dyn Write) -> Result<(), CtlError> {
    for (file, scenario) in load(&arguments.files, &arguments.given)? {
        writeln!(out, "{}: {} steps", file.display(), scenario.steps.len())?;
    }
    Ok(())
}

fn load<'a>(files: &'a [PathBuf], given: &Given) -> Result<Vec<(&'a PathBuf, Scenario)>, CtlError> {
    files.iter().map(|file| Ok((file, read(file, given)?))).collect()
}

/// Reads a scenario; a mistake in it is wrong usage, with its line.
fn read(file: &Path, given: &Given) -> Result<Scenario, CtlError> {
    let parameters: BTreeMap<String, String> = given.parameters.iter().cloned().collect();
    Scenario::load(file, &parameters, &mut read_file).map_err(|mistake| CtlError::Usage(mistake.to_string()))
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if read as u64 > LONGEST_FILE { Err(io::Error::other("is longer than a mebibyte")) } else { Ok(text) }
}
