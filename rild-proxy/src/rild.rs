//! Being started as `rild`: AOSP rild's own command line, for one phone with the usual socket.
//!
//! `rild [-l LIBRARY] [-c NUMBER] [-- ARGUMENT ...]`. What that does not say, Android's properties say:
//! `vendor.rild.libpath` and `vendor.rild.libargs`, which AOSP's newer rilds ask in images built with
//! `PRODUCT_COMPATIBLE_PROPERTY`, or else `rild.libpath` and `rild.libargs`. What they do not say, [`CONFIG_FILE`]
//! says, if that exists: each of library, arguments and number by itself. The rest of the configuration, more phones
//! for example, is the file's alone.
//!
//! AOSP has one pair of properties for all rilds of a phone. What a vendor's own rild asks beside that, such as
//! `rild.libpath2`, is not asked here: `-l` names such a library.
//!
//! A file that has the modem elsewhere leaves no room for a library: what the command line says of one is an error
//! then. Properties belong to the image, and whoever writes the file may not be able to change them: they are passed
//! over, and the log says so.
//!
//! A rild with several SIMs has a socket for each, `rild`, `rild2` and so on, which init has made; by them it is known
//! here how many SIMs there are. A configuration file says so itself: `[modem] sims`, and a list of sockets for each
//! phone.
//!
//! It becomes the user "radio" before the library is loaded, unless the file says otherwise.
//!
//! Reference: `rild/rild.c` (`main`, `switchUser`), `libril/ril.cpp` (`startListen`).

use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use tracing::info;
use vendor_shim::init_socket;

use crate::config::{Config, ConfigError, Modem, PerSim, Phone, Source};

/// Where more than the command line can say is looked for.
pub const CONFIG_FILE: &str = "/etc/rild-proxy.toml";

/// How many rilds a phone may run (`MAX_RILDS`).
const MOST_RILDS: u8 = 3;

/// Where Android's kernels take wake locks, as AOSP's rild does for each message that a phone has to wake up for.
const WAKE_LOCK: &str = "/sys/power/wake_lock";

/// The user "radio" (`AID_RADIO`).
const RADIO: u32 = 1001;

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
    /// The command line is about a library, and the configuration file about no library.
    #[error("{argument} on the command line is about a library, but {CONFIG_FILE} has `{key}` in [modem], and so none")]
    Elsewhere {
        /// What stands on the command line.
        argument: &'static str,
        /// What stands in the file.
        key: &'static str,
    },
    /// The configuration file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// What AOSP's rild is told on its command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RildArgs {
    /// The vendor's library.
    pub library: Option<PathBuf>,
    /// Number of this rild, if it is said; 0 is the first.
    pub number: Option<u8>,
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
                ("-c", Some(number)) => found.number = Some(parse_number(number)?),
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
        Ok(as_radio(self.configure(base, property)?, geteuid().is_root()))
    }

    fn configure(self, base: Option<Config>, property: impl Fn(&str) -> Option<String>) -> Result<Config, UsageError> {
        let has_file = base.is_some();
        let from_nothing = || one_phone(self.number.unwrap_or(0), init_socket::of_rild, init_socket::is_made);
        let mut config = base.unwrap_or_else(from_nothing);
        if let Some(key) = elsewhere(&config.modem) {
            if let Some(argument) = self.about_library() {
                return Err(UsageError::Elsewhere { argument, key });
            }
            if !Properties::read(property).is_empty() {
                info!(
                    "the properties about a library are passed over: {CONFIG_FILE} has `{key}` in [modem], and so none"
                );
            }
            return Ok(config);
        }
        let said = match (&self.library, &self.library_args) {
            (Some(_), Some(_)) => Properties::default(),
            _ => Properties::read(property),
        };
        match self.library.or(said.library) {
            Some(library) => config.modem.library = library,
            None if has_file => {}
            None => return Err(UsageError::NoLibrary),
        }
        if let Some(args) = self.library_args.or(said.args) {
            config.modem.args = args;
        }
        if let Some(number) = self.number {
            config.modem.client_id = number;
        }
        Ok(config)
    }

    /// What of it is about a library.
    fn about_library(&self) -> Option<&'static str> {
        let said = [("-l", self.library.is_some()), ("--", self.library_args.is_some()), ("-c", self.number.is_some())];
        said.into_iter().find(|(_, is_said)| *is_said).map(|(argument, _)| argument)
    }
}

/// The key by which the modem is reached another way than by a library.
fn elsewhere(modem: &Modem) -> Option<&'static str> {
    match modem.source() {
        Source::Replay(_) => Some("replay"),
        Source::Rild(_) => Some("socket"),
        Source::Library | Source::Isolated => None,
    }
}

/// Root's rights are not for a library, if nobody says otherwise.
fn as_radio(mut config: Config, is_root: bool) -> Config {
    if is_root && config.modem.source().is_library() {
        config.run.user.get_or_insert(RADIO);
    }
    config
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

    fn is_empty(&self) -> bool {
        self.library.is_none() && self.args.is_none()
    }
}

fn parse_number(number: String) -> Result<u8, UsageError> {
    match number.parse() {
        Ok(number) if number < MOST_RILDS => Ok(number),
        _ => Err(UsageError::Number(number)),
    }
}

/// One phone that may do everything, on the sockets of this rild; as there, with the SIM Access Profile if init has
/// made sockets for it, to which init lets in whom it should.
fn one_phone(number: u8, sockets_of_rild: impl Fn(&str) -> Vec<String>, is_made: impl Fn(&Path) -> bool) -> Config {
    let name = if number == 0 { "rild".to_owned() } else { format!("rild{number}") };
    let mut config = Config::default();
    if cfg!(target_os = "android") {
        config.run.dir = PathBuf::from("/data/misc/radio/rild-proxy");
        config.run.wake_lock = Some(PathBuf::from(WAKE_LOCK));
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
        assert_eq!((args.number, args.library_args), (Some(1), Some(vec!["-d".to_owned(), "/dev/ttyS0".to_owned()])));
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
    }

    /// What comes of a command line, the properties and `[modem]` of a file: library, arguments and number.
    fn all_three(line: &str, properties: &[(&str, &str)], modem: &str) -> (PathBuf, String, u8) {
        let file = Config::parse(&format!("[modem]\n{modem}\n[[phone]]\nname = 'a'\n")).unwrap();
        let property = |name: &str| Some(properties.iter().find(|(named, _)| *named == name)?.1.to_owned());
        let modem = parse(line).unwrap().configure(Some(file), property).unwrap().modem;
        (modem.library, modem.args.join(" "), modem.client_id)
    }

    #[test]
    fn the_command_line_beats_properties_and_they_beat_the_file_each_key_by_itself() {
        const FILE: &str = "library = 'file.so'\nargs = ['of', 'file']\nclient_id = 2";
        const PATH: (&str, &str) = ("rild.libpath", "property.so");
        const ARGS: (&str, &str) = ("rild.libargs", "of property");
        for (line, properties, library, args, number) in [
            ("", &[][..], "file.so", "of file", 2),
            ("", &[PATH], "property.so", "of file", 2),
            ("", &[ARGS], "file.so", "of property", 2),
            ("", &[PATH, ARGS], "property.so", "of property", 2),
            ("-l line.so", &[PATH, ARGS], "line.so", "of property", 2),
            ("-l line.so", &[], "line.so", "of file", 2),
            ("-- -d /dev/x", &[PATH, ARGS], "property.so", "-d /dev/x", 2),
            ("-- -d /dev/x", &[], "file.so", "-d /dev/x", 2),
            ("--", &[ARGS], "file.so", "", 2),
            ("-c 0", &[], "file.so", "of file", 0),
            ("-l line.so -c 1 -- x", &[PATH, ARGS], "line.so", "x", 1),
        ] {
            let wanted = (PathBuf::from(library), args.to_owned(), number);
            assert_eq!(all_three(line, properties, FILE), wanted, "{line:?} {properties:?}");
        }
    }

    #[test]
    fn a_modem_that_is_elsewhere_leaves_no_room_for_a_library() {
        for (key, value) in [("socket", "/dev/socket/vendor"), ("replay", "/data/x.riltrace")] {
            let modem = format!("{key} = '{value}'");
            let file = Config::parse(&format!("[modem]\n{modem}\n[[phone]]\nname = 'a'\n")).unwrap();
            for (line, argument) in [("-l line.so", "-l"), ("-- -d /dev/x", "--"), ("-c 0", "-c")] {
                let error = parse(line).unwrap().configure(Some(file.clone()), |_| None).unwrap_err().to_string();
                assert!(error.starts_with(argument) && error.contains(CONFIG_FILE) && error.contains(key), "{error}");
            }
            let property = |_: &str| Some("/vendor/lib/libril-x.so".to_owned());
            let config = parse("").unwrap().configure(Some(file.clone()), property).unwrap();
            assert_eq!(config, file, "the image has them anyway");
        }
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
    fn root_s_rights_are_not_for_a_library() {
        let user = |file: &str, is_root| as_radio(Config::parse(file).unwrap(), is_root).run.user;
        let phone = "[[phone]]\nname = 'a'\n";
        assert_eq!(user(phone, true), Some(RADIO));
        assert_eq!(user(phone, false), None, "init has made it whom it shall be");
        assert_eq!(user(&format!("[run]\nuser = 0\n{phone}"), true), Some(0));
        assert_eq!(user(&format!("[modem]\nsocket = '/dev/socket/vendor'\n{phone}"), true), None);
    }

    #[test]
    fn only_the_name_rild_makes_a_rild() {
        assert!(is_rild("rild") && is_rild("/system/bin/rild"));
        assert!(!is_rild("rild-proxy") && !is_rild("/rild/proxy") && !is_rild(""));
    }
}
