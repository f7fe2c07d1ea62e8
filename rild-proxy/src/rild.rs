//! Being started as `rild`: AOSP rild's own command line, for one phone with the usual socket.
//!
//! `rild [-l LIBRARY] [-c NUMBER] [-- ARGUMENT ...]`. What that does not say of the library, Android's properties say:
//! `vendor.rild.libpath` and `vendor.rild.libargs`, which AOSP's rild asks since Android 9, or else those of before,
//! `rild.libpath` and `rild.libargs`. The rest of the configuration, more phones for example, comes from [`CONFIG_FILE`]
//! if that exists.
//!
//! AOSP has one pair for all rilds of a phone. What a vendor's own rild asks beside that, such as `rild.libpath2`, is not
//! asked here: `-l` names such a library.
//!
//! A rild with several SIMs has a socket for each, `rild`, `rild2` and so on, which init has made; by them it is known
//! here how many SIMs there are. A configuration file says so itself: `[modem] sims`, and a list of sockets for each phone.
//!
//! Reference: `rild/rild.c` (`main`), `libril/ril.cpp` (`startListen`).

use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError, Modem, PerSim, Phone};
use crate::net::init_socket;

/// Where more than the command line can say is looked for.
pub const CONFIG_FILE: &str = "/etc/rild-proxy.toml";

/// How many rilds a phone may run (`MAX_RILDS`).
const MOST_RILDS: u8 = 3;

/// Wrong usage.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// An argument is not one of rild's.
    #[error("unknown argument {0:?}; usage: rild [-l LIBRARY] [-c NUMBER] [-- ARGUMENT ...]")]
    Unknown(String),
    /// `-c` is not followed by the number of a rild.
    #[error("-c {0:?}: not a number from 0 to {most}", most = MOST_RILDS - 1)]
    Number(String),
    /// Nobody named a library.
    #[error("no library: neither -l nor a property vendor.rild.libpath or rild.libpath")]
    NoLibrary,
    /// The configuration file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// What AOSP's rild is told on its command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RildArgs {
    /// The vendor's library.
    pub library: Option<PathBuf>,
    /// Number of this rild; 0 is the first.
    pub number: u8,
    /// Arguments of the library, if there was a `--`.
    pub library_args: Option<Vec<String>>,
}

/// Whether a program of this name has to behave like rild.
pub fn is_rild(program: &str) -> bool {
    Path::new(program).file_name().is_some_and(|name| name == "rild")
}

impl RildArgs {
    /// Reads the arguments behind the program's name.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, UsageError> {
        let mut found = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match (arg.as_str(), args.next()) {
                ("-l", Some(library)) => found.library = Some(library.into()),
                ("-c", Some(number)) => found.number = parse_number(number)?,
                ("--", first) => {
                    found.library_args = Some(first.into_iter().chain(args).collect());
                    break;
                }
                _ => return Err(UsageError::Unknown(arg)),
            }
        }
        Ok(found)
    }

    /// The configuration that comes of the command line, Android's properties and the configuration file.
    pub fn configuration(self) -> Result<Config, UsageError> {
        let file = Path::new(CONFIG_FILE);
        let base = if file.exists() { Some(Config::load(file)?) } else { None };
        self.configure(base, property)
    }

    fn configure(self, base: Option<Config>, property: impl Fn(&str) -> Option<String>) -> Result<Config, UsageError> {
        // Where the file says that the modem is elsewhere, only the command line knows better.
        let is_elsewhere =
            base.as_ref().is_some_and(|base| !base.modem.socket.is_empty() || base.modem.replay.is_some());
        let said = match (&self.library, &self.library_args) {
            (Some(_), Some(_)) => Properties::default(),
            _ => Properties::read(property),
        };
        let library = self.library.or(said.library.filter(|_| !is_elsewhere));
        let args = self.library_args.or(said.args);
        let from_file = base.is_some();
        let mut config = base.unwrap_or_else(|| one_phone(self.number, init_socket::of_rild, init_socket::is_made));
        let modem = &mut config.modem;
        match library {
            Some(library) => {
                let args = args.unwrap_or_default();
                *modem = Modem { library, args, socket: PerSim::NONE, replay: None, ..modem.clone() };
            }
            None if from_file => {}
            None => return Err(UsageError::NoLibrary),
        }
        modem.client_id = self.number;
        Ok(config)
    }
}

/// What Android's properties say of the library.
#[derive(Debug, Default)]
struct Properties {
    library: Option<PathBuf>,
    args: Option<Vec<String>>,
}

impl Properties {
    /// Those of the newer names, or those of the older ones where there are none: no Android asks both.
    fn read(property: impl Fn(&str) -> Option<String>) -> Self {
        let pair = |names: [&str; 2]| names.map(&property);
        let [library, args] = match pair(["vendor.rild.libpath", "vendor.rild.libargs"]) {
            [None, None] => pair(["rild.libpath", "rild.libargs"]),
            newer => newer,
        };
        let words = |args: String| args.split(' ').filter(|arg| !arg.is_empty()).map(str::to_owned).collect();
        Self { library: library.map(PathBuf::from), args: args.map(words) }
    }
}

fn parse_number(number: String) -> Result<u8, UsageError> {
    match number.parse() {
        Ok(number) if number < MOST_RILDS => Ok(number),
        _ => Err(UsageError::Number(number)),
    }
}

/// One phone that may do everything, on the sockets of this rild; as there, with the SIM Access Profile if init has made
/// sockets for it, to which init lets in whom it should.
fn one_phone(number: u8, sockets_of_rild: impl Fn(&str) -> Vec<String>, is_made: impl Fn(&Path) -> bool) -> Config {
    let name = if number == 0 { "rild".to_owned() } else { format!("rild{number}") };
    let mut config = Config::default();
    if cfg!(target_os = "android") {
        config.run.dir = PathBuf::from("/data/misc/radio/rild-proxy");
    }
    if number > 0 {
        config.run.dir.push(&name);
    }
    let place = |socket: String| Path::new(init_socket::FOLDER).join(socket);
    let socket: PerSim<PathBuf> = sockets_of_rild(&name).into_iter().map(place).collect();
    config.modem.sims = u8::try_from(socket.len()).unwrap_or(1);
    let of_sims = (number + 1..).take(socket.len()).map(|sim| place(format!("sap_uim_socket{sim}")));
    let sap_socket: PerSim<PathBuf> = of_sims.take_while(|socket| is_made(socket)).collect();
    let sap = !sap_socket.is_empty();
    config.phone.push(Phone { name, socket, privileged: true, sap, sap_socket, ..Phone::default() });
    config
}

/// A property of Android, none if it is empty.
#[cfg(target_os = "android")]
fn property(name: &str) -> Option<String> {
    let said = std::process::Command::new("/system/bin/getprop").arg(name).output().ok()?;
    let value = String::from_utf8(said.stdout).ok()?.trim_end().to_owned();
    (!value.is_empty()).then_some(value)
}

/// There are no properties elsewhere.
#[cfg(not(target_os = "android"))]
fn property(_name: &str) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<RildArgs, UsageError> {
        RildArgs::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_command_line_of_a_stock_rild() {
        let args = parse("-l libreference-ril.so -c 1 -- -d /dev/ttyS0").unwrap();
        assert_eq!(args.library.as_deref(), Some(Path::new("libreference-ril.so")));
        assert_eq!((args.number, args.library_args), (1, Some(vec!["-d".to_owned(), "/dev/ttyS0".to_owned()])));
        assert_eq!(parse("").unwrap(), RildArgs::default());
        assert_eq!(parse("-l a --").unwrap().library_args, Some(Vec::new()));
        assert_eq!(parse("-- -l x -c 9").unwrap().library, None);
    }

    #[test]
    fn wrong_usage_is_named() {
        assert!(matches!(parse("-l"), Err(UsageError::Unknown(arg)) if arg == "-l"));
        assert!(matches!(parse("-x y"), Err(UsageError::Unknown(arg)) if arg == "-x"));
        assert!(matches!(parse("-c 3"), Err(UsageError::Number(arg)) if arg == "3"));
        assert!(matches!(parse("-c -1"), Err(UsageError::Number(_))));
    }

    #[test]
    fn one_phone_on_the_usual_socket() {
        let config = parse("-l a.so -- -d /dev/x").unwrap().configure(None, |_| None).unwrap();
        assert_eq!(config.modem.library, Path::new("a.so"));
        assert_eq!(config.modem.args, ["-d", "/dev/x"]);
        assert_eq!(config.phone.len(), 1);
        assert_eq!(config.phone[0].socket, PathBuf::from("/dev/socket/rild").into());
        assert!(config.phone[0].privileged);
        let config = parse("-l a.so -c 2").unwrap().configure(None, |_| None).unwrap();
        assert_eq!(config.modem.client_id, 2);
        assert_eq!(config.phone[0].socket, PathBuf::from("/dev/socket/rild2").into());
        assert_ne!(config.run.dir, Config::default().run.dir, "two rilds share no folder");
    }

    #[test]
    fn the_sim_access_profile_is_there_if_init_has_made_its_sockets() {
        let one = |number| one_phone(number, |name| vec![name.to_owned()], |path| path.ends_with("sap_uim_socket1"));
        let config = one(0);
        assert_eq!(config.phone[0].sap_socket.first().unwrap(), Path::new("/dev/socket/sap_uim_socket1"));
        assert_eq!(config.sap_phone().map(|(place, _)| place), Some(0));
        let config = one(1);
        assert!(config.sap_phone().is_none() && config.phone[0].sap_socket.is_empty(), "that is the first rild's");
        let two = one_phone(0, |_| vec!["rild".to_owned(), "rild2".to_owned()], |_| true);
        assert_eq!(two.phone[0].sap_socket.of(1).unwrap(), Path::new("/dev/socket/sap_uim_socket2"));
    }

    #[test]
    fn properties_say_what_the_command_line_does_not() {
        let property = |name: &str| match name {
            "rild.libpath" => Some("/vendor/lib/libril-x.so".to_owned()),
            "rild.libargs" => Some("-d  /dev/smd0".to_owned()),
            _ => None,
        };
        let config = parse("").unwrap().configure(None, property).unwrap();
        assert_eq!(config.modem.library, Path::new("/vendor/lib/libril-x.so"));
        assert_eq!(config.modem.args, ["-d", "/dev/smd0"]);
        let config = parse("-l mine.so --").unwrap().configure(None, property).unwrap();
        assert_eq!((config.modem.library.as_path(), config.modem.args.len()), (Path::new("mine.so"), 0));
        assert!(matches!(parse("").unwrap().configure(None, |_| None), Err(UsageError::NoLibrary)));
    }

    #[test]
    fn the_properties_of_android_9_and_later_go_before_those_of_earlier_ones() {
        let of = |properties: &[(&str, &str)]| {
            let find =
                |name: &str| properties.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
            let config = parse("").unwrap().configure(None, find).unwrap();
            (config.modem.library.display().to_string(), config.modem.args)
        };
        let newer = [("vendor.rild.libpath", "/vendor/lib64/libril-x.so"), ("vendor.rild.libargs", "-d /dev/smd0")];
        assert_eq!(of(&newer), ("/vendor/lib64/libril-x.so".to_owned(), vec!["-d".to_owned(), "/dev/smd0".to_owned()]));
        let older = [("rild.libpath", "/system/lib/libril-y.so"), ("rild.libargs", "-y")];
        assert_eq!(of(&[newer, older].concat()), of(&newer));
        let (library, args) = of(&[newer[0], older[1]]);
        assert!(library == newer[0].1 && args.is_empty(), "arguments of another library: {args:?}");
    }

    #[test]
    fn a_configuration_file_brings_the_phones() {
        let file =
            || Config::parse("[modem]\nlibrary = 'file.so'\n[[phone]]\nname = 'a'\n[[phone]]\nname = 'b'\n").ok();
        let config = parse("").unwrap().configure(file(), |_| None).unwrap();
        assert_eq!((config.modem.library.as_path(), config.phone.len()), (Path::new("file.so"), 2));
        let config = parse("-l line.so").unwrap().configure(file(), |_| None).unwrap();
        assert_eq!((config.modem.library.as_path(), config.phone.len()), (Path::new("line.so"), 2));
        let elsewhere = || Config::parse("[modem]\nsocket = '/dev/socket/vendor'\n[[phone]]\nname = 'a'\n").ok();
        let property = |name: &str| (name == "rild.libpath").then(|| "/vendor/lib/libril-x.so".to_owned());
        let config = parse("").unwrap().configure(elsewhere(), property).unwrap();
        assert_eq!(config.modem.socket, PathBuf::from("/dev/socket/vendor").into());
        let config = parse("-l line.so").unwrap().configure(elsewhere(), property).unwrap();
        assert_eq!((config.modem.library.as_path(), config.modem.socket), (Path::new("line.so"), PerSim::NONE));
    }

    #[test]
    fn a_rild_with_two_sims_has_a_socket_for_each() {
        let config = one_phone(0, |name| vec![name.to_owned(), "rild2".to_owned()], |_| false);
        let sockets: Vec<_> = config.lines().iter().map(|line| line.phone[0].socket.first().cloned()).collect();
        assert_eq!(sockets, [Some("/dev/socket/rild".into()), Some("/dev/socket/rild2".into())]);
        assert_eq!(one_phone(0, |name| vec![name.to_owned()], |_| false).modem.sims, 1);

        let file = "[modem]\nlibrary = 'file.so'\nsims = 2\n[[phone]]\nname = 'a'\n\
                    socket = ['/dev/socket/rild', '/dev/socket/rild2']\n[[phone]]\nname = 'b'\n";
        let config = parse("-l line.so -c 0").unwrap().configure(Config::parse(file).ok(), |_| None).unwrap();
        assert_eq!((config.modem.library.as_path(), config.lines().len()), (Path::new("line.so"), 2));
        assert_eq!(config.phone[0].socket.of(1).unwrap(), Path::new("/dev/socket/rild2"));
    }

    #[test]
    fn only_the_name_rild_makes_a_rild() {
        assert!(is_rild("rild") && is_rild("/system/bin/rild"));
        assert!(!is_rild("rild-proxy") && !is_rild("/rild/proxy") && !is_rild(""));
    }
}
