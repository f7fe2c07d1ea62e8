//! `rild-proxy root`, `rild-proxy phone`, `rild-proxy check`; and `rild`, when it is started by that name.
//!
//! Here and not in the program, because `rilctl demo` starts the daemons too and needs no other executable.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use crate::cli::{Cli, Command, PhoneArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::isolated;
use crate::net::listener::Socket;
use crate::phone::driver::Driver;
use crate::rild::{RildArgs, is_rild};
use crate::root;
use crate::stderr::stderr;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing::level_filters::LevelFilter;

/// Does what the command line of this process says.
pub fn main() -> Exit {
    let program = std::env::args_os().next().unwrap_or_default();
    let done = if is_rild(&program.to_string_lossy()) { as_rild() } else { as_rild_proxy() };
    stderr().finish();
    done.unwrap_or_else(|exit| exit)
}

fn as_rild_proxy() -> Result<Exit, Exit> {
    let cli = Cli::parse();
    log_to_stderr(cli.log);
    match cli.command {
        Command::Root(file) => run_root(&load(&file.config)?),
        Command::Phone(args) => run_phone(&args),
        Command::Check(file) => {
            let config = load(&file.config)?;
            config.dialect().map_err(|why| say(Exit::Usage, why))?;
            println!("{}: ok", file.config.display());
            Ok(Exit::Ok)
        }
        Command::LibraryHost(args) => Ok(isolated::child::run(args.root)),
    }
}

fn as_rild() -> Result<Exit, Exit> {
    log_to_stderr(LevelFilter::INFO);
    let args = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned());
    let config = RildArgs::parse(args).and_then(RildArgs::configuration).map_err(|why| say(Exit::Usage, why))?;
    run_root(&config)
}

fn load(file: &Path) -> Result<Config, Exit> {
    Config::load(file).map_err(|why| say(Exit::Usage, why))
}

fn run_root(config: &Config) -> Result<Exit, Exit> {
    root::run(config).map_err(|why| say(why.exit(), why))?;
    Ok(Exit::Ok)
}

fn run_phone(args: &PhoneArgs) -> Result<Exit, Exit> {
    let unavailable = |why: &dyn Display| say(Exit::Unavailable, why);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|why| unavailable(&why))?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(|why| unavailable(&why))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|why| unavailable(&why))?;
        let socket = Socket::open(&args.listen, args.mode, args.uid)
            .map_err(|why| unavailable(&format_args!("{}: {why}", args.listen.display())))?;
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        Driver::new(&args.root, socket).run(stop).await;
        Ok(Exit::Ok)
    })
}

fn log_to_stderr(level: LevelFilter) {
    tracing_subscriber::fmt().with_max_level(level).with_writer(stderr).with_ansi(stderr().is_terminal()).init();
}

/// Tells people why it ended, and scripts how.
fn say(exit: Exit, why: impl Display) -> Exit {
    // There is nobody to tell of a failure.
    let _ = stderr().write_all(format!("{why}\n").as_bytes());
    exit
}
