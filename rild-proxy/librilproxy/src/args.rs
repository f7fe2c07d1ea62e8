//! What `rild.libargs`, or the words behind `--` on rild's command line, say to the library.

use std::path::PathBuf;

use ril_protocol::RilVersion;
use tracing::level_filters::LevelFilter;

/// The arguments, for people who got them wrong.
pub(crate) const USAGE: &str = "librilproxy.so takes [-s SOCKET] [-v RIL_VERSION] [-l LEVEL]: the phone's socket of \
    root (/dev/socket/rild-proxy), the RIL version to report (root's), and what to log (info)";

/// Where the phone's socket is expected; behind it comes the number of the rild, unless it is the first.
const SOCKET: &str = "/dev/socket/rild-proxy";

/// What the library is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Args {
    /// The phone's socket of root.
    pub(crate) socket: PathBuf,
    /// The RIL version to report, if it should not be root's.
    pub(crate) version: Option<RilVersion>,
    /// What to log.
    pub(crate) level: LevelFilter,
    /// The rild is the first of its device, or the only one.
    pub(crate) is_first: bool,
}

impl Args {
    /// Reads `argv[1..]` of `RIL_Init`.
    pub(crate) fn parse(args: Vec<String>) -> Result<Self, String> {
        let mut found = Self { socket: PathBuf::new(), version: None, level: LevelFilter::INFO, is_first: true };
        let mut number = String::new();
        let mut args = args.into_iter();
        while let Some(option) = args.next() {
            if option == "-h" || option == "--help" {
                return Err(USAGE.to_owned());
            }
            let mut value = || args.next().ok_or_else(|| wrong(&option, "a value is missing"));
            match option.as_str() {
                "-s" => found.socket = value()?.into(),
                "-v" => found.version = Some(version(&value()?).ok_or_else(|| wrong(&option, "6 to 15 are known"))?),
                "-l" => found.level = value()?.parse().map_err(|_| wrong(&option, "not a level, like debug"))?,
                // From rild itself.
                "-c" => number = value()?,
                _ => return Err(wrong(&option, "not an argument of this library")),
            }
        }
        found.is_first = number.is_empty() || number == "0";
        if found.socket.as_os_str().is_empty() {
            found.socket = if found.is_first { SOCKET.into() } else { format!("{SOCKET}{number}").into() };
        }
        Ok(found)
    }
}

fn version(text: &str) -> Option<RilVersion> {
    let version = RilVersion(text.parse().ok()?);
    (RilVersion::OLDEST_ACCEPTED..=RilVersion::NEWEST).contains(&version).then_some(version)
}

fn wrong(option: &str, why: &str) -> String {
    format!("{option}: {why}; {USAGE}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn everything_can_be_said() {
        let args = parse("-s /phones/work.sock -v 10 -l debug -c 1").unwrap();
        assert_eq!(args.socket, Path::new("/phones/work.sock"));
        assert_eq!((args.version, args.level), (Some(RilVersion(10)), LevelFilter::DEBUG));
    }

    #[test]
    fn each_rild_has_a_socket_of_its_own() {
        for (line, socket) in
            [("", "/dev/socket/rild-proxy"), ("-c 0", "/dev/socket/rild-proxy"), ("-c 2", "/dev/socket/rild-proxy2")]
        {
            assert_eq!(parse(line).unwrap().socket, Path::new(socket), "{line}");
        }
    }

    #[test]
    fn mistakes_are_named_and_answered_with_the_usage() {
        for (line, named) in [("-s", "-s"), ("-d /dev/smd0", "-d"), ("-v 5", "-v"), ("-v x", "-v"), ("-l loud", "-l")] {
            let why = parse(line).unwrap_err();
            assert!(why.starts_with(named) && why.ends_with(USAGE), "{why}");
        }
        assert_eq!(parse("-h").unwrap_err(), USAGE);
    }
}
