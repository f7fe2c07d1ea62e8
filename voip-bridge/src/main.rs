//! `voip-bridge`: the number service and its operator's commands. It parses arguments, sets up the log and calls the
//! library; the exit codes are those of [`Exit`].

use std::path::Path;

use clap::Parser;
use tokio::runtime::Runtime;
use tracing::level_filters::LevelFilter;
use tracing::{error, info};
use tracing_subscriber::prelude::*;
use voip_bridge::cli::{Cli, Command, Exit, Numbers};
use voip_bridge::config::Config;
use voip_bridge::log::filter;
use voip_bridge::numbers::command;
use voip_bridge::service;

fn main() -> Exit {
    let cli = Cli::parse();
    log(cli.log);
    match cli.command {
        Command::Check(file) => with_config(&file.config, |_| {
            println!("{}: ok", file.config.display());
            Exit::Ok
        }),
        Command::Serve(file) => with_config(&file.config, |config| with_runtime(serve(config))),
        Command::Numbers(command) => {
            with_config(&command.common().config, |config| with_runtime(numbers(&command, &config)))
        }
    }
}

async fn serve(config: Config) -> Exit {
    match service::serve(config).await {
        Ok(()) => {
            info!("stopped");
            Exit::Ok
        }
        Err(why) => {
            error!("{why}");
            why.exit()
        }
    }
}

async fn numbers(numbers: &Numbers, config: &Config) -> Exit {
    match command::run(numbers, config).await {
        Ok(answer) => {
            println!("{}", answer.shown(numbers.common().json));
            for advice in answer.advice() {
                eprintln!("note: {advice}");
            }
            Exit::Ok
        }
        Err(why) => {
            eprintln!("{why}");
            why.exit()
        }
    }
}

fn with_config(file: &Path, run: impl FnOnce(Config) -> Exit) -> Exit {
    match Config::load(file) {
        Ok(config) => run(config),
        Err(why) => {
            eprintln!("{why}");
            Exit::Usage
        }
    }
}

fn with_runtime(work: impl Future<Output = Exit>) -> Exit {
    match Runtime::new() {
        Ok(runtime) => runtime.block_on(work),
        Err(why) => {
            eprintln!("threads cannot be started: {why}");
            Exit::Unavailable
        }
    }
}

fn log(level: LevelFilter) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(filter(level))).init();
}
