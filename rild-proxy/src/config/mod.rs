//! The configuration of the root daemon: a TOML file, every key with a default, every mistake named by its line.
//!
//! Reading never touches anything but the text: it opens no socket, asks for no user and looks for no library. Whoever
//! wants to know whether the modem is there has to start the daemon.
//!
//! Reference: TOML v0.5.0; E.164 for numbers.

mod check;
mod dialect;
mod line;
mod per_sim;
pub mod run_files;
mod source;

use std::path::{Path, PathBuf};

use config_file::section;
use serde::{Deserialize, Serialize};

pub use config_file::{ConfigError, Key, Mistake};
pub use dialect::{DIALECTS, dialect};
pub use per_sim::PerSim;
pub use run_files::line_folder;
pub use source::Source;
pub use vendor_shim::MOST_SIMS;

/// Everything that the root daemon is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the daemon keeps its files.
    pub run: Run,
    /// Where the modem is.
    pub modem: Modem,
    /// What happens to calls when phones come to the foreground or are in the background.
    pub calls: Calls,
    /// Which phones decide about mobile data.
    pub data: Data,
    /// Whose short messages are.
    pub sms: Sms,
    /// What is recorded for crash reports.
    pub trace: Trace,
    /// The number service, and how to reach it.
    pub bridge: Bridge,
    /// The virtual phones; the first one is in the foreground at the first start.
    pub phone: Vec<Phone>,
}

section! {
    /// Where the daemon keeps its files.
    Run {
        /// Absolute path of the folder of `control.sock`, `phones/NAME.sock` and `state.db`. The last one outlasts a
        /// restart of the machine only if the folder does.
        dir: PathBuf = PathBuf::from(run_files::DEFAULT_DIR),
        /// Absolute path of the kernel's file to take wake locks by, `/sys/power/wake_lock` on Android; `wake_unlock`
        /// is beside it. With it the device stays awake for 200 ms after each message that a phone has to wake up for.
        /// None: somebody else sees to that.
        wake_lock: Option<PathBuf> = None,
        /// Become the user with this id before the vendor's library is loaded, for good. NET_ADMIN, NET_RAW and
        /// BLOCK_SUSPEND are kept, as far as they are there, and the groups; nothing else. Sockets, `state.db` and
        /// traces are that user's, and what an earlier start has made as root becomes so. 0: it stays root. None: it
        /// stays who it is; but by the name of `rild`, started as root and with a library, it becomes 1001, `radio`, as
        /// AOSP's rild does.
        user: Option<u32> = None,
    }
}

section! {
    /// Where the modem is: exactly one of `library`, `socket` and `replay`.
    Modem {
        /// The vendor's RIL library, as it is handed to dlopen.
        /// A bare `libril-sim.so`, the simulated modem, is also looked for beside the executable.
        library: PathBuf = PathBuf::from("libril-sim.so"),
        /// What the library finds in `argv[1]` and on in `RIL_Init`.
        args: Vec<String> = Vec::new(),
        /// How many SIMs of the modem are served, 1 to 4, to every phone. With more than one, the first has the files
        /// in `run.dir`, and each further one the same files in a folder of its own in there, `sim2` to `sim4`. The
        /// library must have as many: the simulated modem, by `args = ["--sims", "2"]`, refuses to start if it has not;
        /// no other tells.
        sims: u8 = 1,
        /// The library was compiled with ANDROID_MULTI_SIM and gives the number of a SIM with what it says, which the
        /// library itself does not tell. With more than one SIM it always does. With one it need be said only of a
        /// library that speaks for others too: what that says of them is left out.
        multi_sim: bool = false,
        /// Number of this rild on a phone that runs several, given to the library as `-c N` behind `args`.
        client_id: u8 = 0,
        /// Give the library `-c N` at all, as AOSP's rild does. Libraries from before Android 5 may not know that
        /// option and refuse to start.
        pass_client_id: bool = true,
        /// The greatest request of ril.h that the library, or the rild of `socket`, knows; some crash on greater ones.
        /// Those are answered that they are not supported, and not passed on. The numbers that a dialect has are not
        /// ril.h's, and are. None: it is asked whatever ril.h has.
        last_request: Option<u16> = None,
        /// Further requests of ril.h that the library, or the rild of `socket`, does not know, by their numbers. They
        /// are answered likewise.
        unknown_requests: Vec<u16> = Vec::new(),
        /// The library keeps the arguments of a request and frees them itself when it is done with them, as that of
        /// Spreadtrum does since Android 8, whose rild leaves them to it. Without this, such a library crashes; with
        /// it, any other leaks them.
        frees_arguments: bool = false,
        /// Run the library in a process of its own, which is started again when it crashes, ends or hangs; the phones
        /// stay connected meanwhile and see a radio that is unavailable. Each request takes two more hops between
        /// processes.
        isolate: bool = false,
        /// After how many seconds in which an isolated library does not return from one request it hangs and is started
        /// again. A library may well search for networks that long. 0: never. A library that says nothing does not
        /// hang.
        hang_after: u32 = 120,
        /// Use the rild that serves this socket instead of a library: AOSP's, or any other. It may come later, go and
        /// come back. Absolute path; with several SIMs a list of them, as rild serves each SIM on a socket of its own.
        socket: PerSim<PathBuf> = PerSim::NONE,
        /// Connect to `socket` as the user with this id; AOSP's rild lets in 1001 alone. None: as who the daemon is.
        socket_uid: Option<u32> = None,
        /// The socket of that rild for the SIM Access Profile, `/dev/socket/sap_uim_socket1` on Android. Required where
        /// a phone has `sap`. Absolute path; with several SIMs a list of them.
        sap_socket: PerSim<PathBuf> = PerSim::NONE,
        /// Connect to `sap_socket` as the user with this id; AOSP's rild lets in 1002 alone. None: as who the daemon
        /// is.
        sap_socket_uid: Option<u32> = None,
        /// Use this recorded trace instead of a library: requests are answered as they were when it was recorded. What
        /// differs from the recording stands in the log and in `rilctl status`. A trace is of one SIM.
        replay: Option<PathBuf> = None,
        /// Play what the modem said to the phone of this name in the trace. None: what it said to the router.
        replay_phone: Option<String> = None,
        /// Answer at once, and not after as long as it took when it was recorded.
        replay_full_speed: bool = false,
        /// What the library calls differently from ril.h: the name of a dialect that rild-proxy knows, or the absolute
        /// path of a file of one. See dialects.md.
        dialect: Option<String> = None,
    }
}

section! {
    /// What happens to calls when phones come to the foreground or are in the background.
    Calls {
        /// What a switch of the foreground phone does to the calls of the phone that leaves it:
        /// they go on (`keep`), they are ended (`drop`), or the switch is refused while there are any (`deny`).
        on_switch: OnSwitch = OnSwitch::Keep,
        /// What an incoming call for a background phone does: it rings there (`ring`), it also brings
        /// that phone to the foreground (`switch`), or the caller hears a busy tone (`busy`).
        incoming: Incoming = Incoming::Ring,
        /// What an incoming call does that is tagged for a phone that has no client, unless `incoming` has it rejected
        /// before: the caller hears a busy tone after ten seconds, if the phone is not back by then (`busy`), or it
        /// rings until the network gives up (`ring`). The phone is told of it when it is back, either way.
        absent: Absent = Absent::Busy,
        /// Emergency numbers beyond 112, 911 and those of the SIM.
        emergency_numbers: Vec<String> = Vec::new(),
    }
}

section! {
    /// Which phones decide about mobile data. Phones that ask for the same connection share it.
    Data {
        /// Who may open a connection that no phone has yet: any phone (`all`), or only the one in the foreground
        /// (`foreground`). The others then join what is open and are refused the rest.
        who: Who = Who::All,
        /// The phone whose initial APN, data profiles and "data allowed" the modem is told; the others are only
        /// told that it is done. None: the first privileged phone.
        owner: Option<String> = None,
    }
}

section! {
    /// Whose short messages are.
    Sms {
        /// The phone that gets a message that carries no tag and comes from nobody whom a phone has written to: its
        /// name, or `foreground` for the one that has the screen.
        default: String = FOREGROUND.to_owned(),
    }
}

section! {
    /// What is recorded for crash reports. Traces hold numbers and texts: their folder and files are their owner's
    /// alone.
    Trace {
        /// How many MiB of the latest traffic are kept, of each SIM, in files that `rilctl trace dump` puts together: 1
        /// to 4096, or 0 for none.
        ring: u32 = 0,
        /// How many ends of the modem side (a crash of an isolated library, a rild that hangs up) keep a copy of the
        /// ring, as `end-NUMBER.riltrace` beside it: the newest, for each SIM.
        ends: u8 = 0,
        /// Absolute path of the folder of those files; the SIMs behind the first have theirs in `sim2` to `sim4` in
        /// there. None: `trace` in `run.dir`, and in `sim2` to `sim4` in that.
        dir: Option<PathBuf> = None,
    }
}

section! {
    /// The number service that gives phones numbers of their own, and how to reach it over a data path. Without these
    /// keys, or while there is no data path, it says what it has to say by digits behind callers' numbers.
    Bridge {
        /// Which of several SIMs the service knows, counted from 1: phones have numbers of their own on that one alone.
        sim: u8 = 1,
        /// Host and port of its link, as in `bridge.example.net:5065`. With it the two keys below are required.
        address: Option<String> = None,
        /// The name of this device at the service: 1 to 32 of `a-z`, `0-9`, `_` and `-`.
        device: Option<String> = None,
        /// Absolute path of the file with the key of this device, 64 hexadecimal digits. Nobody but its owner and
        /// group may have any right on it.
        key_file: Option<PathBuf> = None,
        /// What stands behind a caller's number for one of these phones: the tag alone (`suffix-1`), or the tag and
        /// check digits that only the service can make (`suffix-keyed`). As the service has it.
        scheme: Scheme = Scheme::Suffix1,
        /// How many check digits `suffix-keyed` has, 1 or 2. As the service has it.
        check_digits: u8 = 2,
        /// Absolute path of the file with the key that the service has for this SIM, 64 hexadecimal digits. Required
        /// for `suffix-keyed`; with it, short messages between SIM and service are taken only if they were made with
        /// the key.
        sim_key_file: Option<PathBuf> = None,
    }
}

section! {
    /// One virtual phone; repeat the table for each. The first one is in the foreground at the first start, later the
    /// one that was last.
    Phone {
        /// The name, which is also that of its socket `phones/NAME.sock`: 1 to 32 of `a-z`, `0-9`, `_` and `-`.
        /// Required, and no two phones share one.
        name: String = String::new(),
        /// Absolute path of a further socket on which this phone is served; with several SIMs a list of them, as in
        /// `["/dev/socket/rild", "/dev/socket/rild2"]`.
        socket: PerSim<PathBuf> = PerSim::NONE,
        /// The only user id that may connect as this phone. None: any that the file mode lets in.
        uid: Option<u32> = None,
        /// Whether this phone may change what all phones share: SIM PIN, network selection, OEM hooks.
        privileged: bool = false,
        /// Whether its Bluetooth may have the SIM by the SIM Access Profile, on the socket `phones/NAME.sap.sock`: one
        /// phone at most, and a privileged one. While a car or a tablet has a session, raw commands go to the SIM, PINs
        /// and keys among them, and the modem has none: every phone is without network.
        sap: bool = false,
        /// Absolute path of a further socket for the SIM Access Profile, `/dev/socket/sap_uim_socket1` for Android;
        /// with several SIMs a list of them.
        sap_socket: PerSim<PathBuf> = PerSim::NONE,
        /// The only user id that may connect to the sockets for the SIM Access Profile; Android's Bluetooth is 1002.
        /// None: as `uid`.
        sap_uid: Option<u32> = None,
        /// Its own number, served by the number service: E.164 with a leading `+`. No two phones share one.
        number: Option<String> = None,
        /// The digit, 0 to 9, that the number service appends to the caller's number of calls for this phone.
        /// No two phones share one.
        tag: Option<u8> = None,
        /// The number that the people see whom it calls and writes to: the SIM's (`sim`), or its own by way of the
        /// number service (`bridge`), which needs `tag` and `access`.
        outgoing: Outgoing = Outgoing::Sim,
        /// The number that the service has for this phone to call it by, often its own: E.164 with a leading `+`, in
        /// the SIM's country, because numbers are dialled as there. No two phones share one.
        access: Option<String> = None,
        /// Whether its software speaks the modem's `dialect`, or else ril.h alone.
        dialect: bool = true,
        /// Whether its software reads the cause of its last call behind a number of integers, as Android up to 5.1 and
        /// oFono do. If not, the cause is as the modem side has it: alone, but for a rild of such an Android.
        counted_cause: bool = false,
        /// Whether it may place and receive calls and messages. Emergency calls always go through.
        telephony: bool = true,
        /// Whether it may use mobile data.
        data: bool = true,
        /// How many data calls it may have open at a time, where it is not alone with them; a modem has few for all
        /// phones.
        data_calls: u8 = 4,
        /// How many logical channels of the SIM it may have open at a time; a SIM has 3 to 19 for all phones.
        sim_channels: u8 = 2,
        /// Whether it may know the cells around it, and so where it is.
        location: bool = true,
        /// The IMEI that it is told instead of the modem's: 15 digits, the last one the check digit. With several SIMs
        /// a list, one for each.
        imei: PerSim<String> = PerSim::NONE,
        /// The IMSI that it is told instead of the SIM's: 6 to 15 digits. It cannot authenticate by SIM then. With
        /// several SIMs a list, one for each.
        imsi: PerSim<String> = PerSim::NONE,
    }
}

/// What [`Sms::default`](struct@Sms) is when it names no phone.
pub const FOREGROUND: &str = "foreground";

/// What a switch of the foreground phone does to the calls of the phone that leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnSwitch {
    /// The calls go on.
    Keep,
    /// The calls are ended.
    Drop,
    /// The switch is refused.
    Deny,
}

/// What an incoming call for a background phone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Incoming {
    /// The phone rings in the background.
    Ring,
    /// The phone comes to the foreground and rings.
    Switch,
    /// The call is refused as busy.
    Busy,
}

/// What an incoming call for a phone without a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Absent {
    /// The call is refused as busy, unless the phone is back soon.
    Busy,
    /// The call rings until the network gives up.
    Ring,
}

/// Who may open a connection that no phone has yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// Any phone.
    All,
    /// The phone in the foreground.
    Foreground,
}

/// What stands behind a caller's number to say for which phone the call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Scheme {
    /// The tag.
    #[serde(rename = "suffix-1")]
    Suffix1,
    /// The tag and check digits that a stranger has to guess.
    #[serde(rename = "suffix-keyed")]
    SuffixKeyed,
}

/// Which number an outgoing call shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outgoing {
    /// The number of the SIM.
    Sim,
    /// The phone's own, by way of the number service.
    Bridge,
}

impl Config {
    /// Reads and checks a configuration file.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        config_file::load(file, check::check)
    }

    /// The folder of the ring of traces.
    pub fn trace_dir(&self) -> PathBuf {
        self.trace.dir.clone().unwrap_or_else(|| run_files::traces(&self.run.dir))
    }

    /// Whether the phone at this place may change what all share. The first one may if none is marked so: somebody has
    /// to be able to enter the PIN.
    pub fn is_privileged(&self, place: usize) -> bool {
        let marked = |phone: &Phone| phone.privileged;
        self.phone.get(place).is_some_and(marked) || place == 0 && !self.phone.iter().any(marked)
    }

    /// The phone that has the SIM Access Profile, and its place.
    pub fn sap_phone(&self) -> Option<(usize, &Phone)> {
        self.phone.iter().enumerate().find(|(_, phone)| phone.sap)
    }

    /// Tells whether two configurations are the same as far as the router looks at them: FNV-1a, 64 bits, of all but
    /// where files, sockets, the modem and the number service are.
    pub fn digest(&self) -> String {
        let modem = Modem { dialect: self.modem.dialect.clone(), ..Modem::default() };
        let mut config = Self { run: Run::default(), modem, trace: Trace::default(), ..self.clone() };
        config.bridge.address = self.bridge.address.as_ref().map(|_| String::new());
        config.bridge.sim_key_file = self.bridge.sim_key_file.as_ref().map(|_| PathBuf::new());
        (config.bridge.device, config.bridge.key_file) = (None, None);
        for phone in &mut config.phone {
            (phone.socket, phone.uid) = (PerSim::NONE, None);
            (phone.sap, phone.sap_socket, phone.sap_uid) = (false, PerSim::NONE, None);
        }
        // Nothing in it can fail to be written.
        let text = serde_json::to_string(&config).unwrap_or_default();
        let fold = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
    }

    /// Reads and checks a configuration; what is wrong comes back sorted by line, all at once.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        config_file::parse(text, check::check)
    }
}

impl Trace {
    /// How much the ring holds, if there is to be one.
    pub fn ring_bytes(&self) -> Option<u64> {
        (self.ring > 0).then(|| u64::from(self.ring) * 1024 * 1024)
    }
}
