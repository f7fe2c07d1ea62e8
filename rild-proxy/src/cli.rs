//! The command line of `rild-proxy`. Scripts depend on it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tracing::level_filters::LevelFilter;

/// Lets several phones share one modem.
#[derive(Debug, Parser)]
#[command(name = "rild-proxy", version)]
pub struct Cli {
    /// What to log on standard error: off, error, warn, info, debug or trace.
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info")]
    pub log: LevelFilter,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the root daemon: load the vendor's RIL library and serve all phones.
    Root(ConfigFile),
    /// Run a proxy RilD for one phone: serve its RilJ or oFono, relay to the root daemon.
    Phone(PhoneArgs),
    /// Validate a configuration and name the line of each mistake.
    Check(ConfigFile),
    /// The process of an isolated vendor library; root starts it.
    #[command(hide = true)]
    LibraryHost(LibraryHostArgs),
}

/// Where the configuration is.
#[derive(Debug, Args)]
pub struct ConfigFile {
    /// The configuration of the root daemon.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

/// What the process of an isolated library is told by its command line.
#[derive(Debug, Args)]
pub struct LibraryHostArgs {
    /// The process that has started it, without which it does not go on.
    #[arg(long, value_name = "PID")]
    pub root: u32,
}

/// What a proxy RilD is told.
#[derive(Debug, Args)]
pub struct PhoneArgs {
    /// The socket that the root daemon serves for this phone.
    #[arg(long, value_name = "SOCK")]
    pub root: PathBuf,
    /// The socket to serve; one that init has made at this path (ANDROID_SOCKET_NAME) is taken as it is.
    #[arg(long, value_name = "SOCK")]
    pub listen: PathBuf,
    /// Mode of the socket, octal.
    #[arg(long, default_value = "600", value_parser = mode)]
    pub mode: u32,
    /// Let in no other user than the one with this id.
    #[arg(long, value_name = "UID")]
    pub uid: Option<u32>,
}

fn mode(octal: &str) -> Result<u32, String> {
    match u32::from_str_radix(octal, 8) {
        Ok(mode @ 0..=0o777) => Ok(mode),
        _ => Err("not an octal number from 0 to 777".to_owned()),
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

    #[test]
    fn a_phone_needs_both_sockets() {
        let cli = Cli::try_parse_from(["rild-proxy", "phone", "--root", "/r", "--listen", "/l", "--mode", "660"]);
        let Command::Phone(phone) = cli.unwrap().command else { panic!("not a phone") };
        assert_eq!((phone.mode, phone.uid), (0o660, None));
        for bad in [
            &["rild-proxy", "phone", "--root", "/r"][..],
            &["rild-proxy", "phone", "--root", "/r", "--listen", "/l", "--mode", "1000"],
            &["rild-proxy", "phone", "--root", "/r", "--listen", "/l", "--mode", "+9"],
            &["rild-proxy", "root"],
            &["rild-proxy"],
            &["rild-proxy", "--log", "loud", "check", "--config", "f"],
        ] {
            assert_eq!(Cli::try_parse_from(bad).unwrap_err().exit_code(), 2, "{bad:?}");
        }
    }
}
