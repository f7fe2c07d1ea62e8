//! oFono, unchanged, as a phone: Debian's `ofonod` on a bus of its own, with its own `/dev/socket` and its own memory
//! of settings.
//!
//! oFono connects to `/dev/socket/rild` as user 1001, so that the socket has to let that user in. It never connects a
//! second time, and it crashes on a card whose state is unknown: the radio has to be on when it starts.
//!
//! Reference: oFono 1.31, `doc/*.txt` for its D-Bus interfaces, `drivers/rilmodem`.

use std::fs;
use std::path::{Path, PathBuf};

use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::dbus::{Bus, Properties, Refused, Signal, flag, text};
use crate::processes::{Process, Program};

/// Builds a `/dev` with nothing in it but what oFono needs, where `/dev/socket` is the phone's folder, and puts the
/// phone's memory where oFono looks for it.
const MOUNTS: &str = r#"
mount -t tmpfs -o mode=0755 phone "$DEV"
for device in null random urandom; do
    : >"$DEV/$device"
    mount --bind "/dev/$device" "$DEV/$device"
done
mkdir "$DEV/socket"
mount --bind "$SOCKETS" "$DEV/socket"
mount --rbind "$DEV" /dev
mount --bind "$STATE" /var/lib
"#;

/// What strace has to show of a client of a rild.
pub const STRACED: &str = "trace=network,desc,process";

/// The user that oFono is while it connects, as AOSP's rild wants it (AID_RADIO).
pub const RADIO_USER: u32 = 1001;

/// An oFono that has found its modem.
#[derive(Debug)]
pub struct OFono {
    name: String,
    folder: PathBuf,
    /// Before the bus, which oFono does not survive.
    process: Process,
    bus: Bus,
    /// One for each SIM, the first one first.
    modems: Vec<String>,
    /// Which of them is meant.
    slot: usize,
}

impl OFono {
    /// Makes the folders of a phone. The socket that the phone is served on is `sockets/rild` in there.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn make_folders(folder: &Path) {
        for name in ["dev", "sockets", "state"] {
            fs::create_dir_all(folder.join(name)).expect("a folder can be made");
        }
    }

    /// Starts oFono on a socket that is there already, and waits until it has found its modem.
    ///
    /// # Panics
    /// When it finds none.
    pub fn start(folder: &Path, name: &str) -> Self {
        Self::start_as(folder, name, &[], 1)
    }

    /// As [`start`](Self::start), with a modem for each of two SIMs. The second one's socket is called `rild1` by
    /// oFono.
    ///
    /// # Panics
    /// When it does not find both.
    pub fn start_with_two_sims(folder: &Path, name: &str) -> Self {
        Self::start_as(folder, name, &[], 2)
    }

    /// Means the modem of this SIM from now on, counted from 1.
    pub fn turn_to(&mut self, sim: usize) {
        self.slot = sim - 1;
    }

    /// As [`start`](Self::start), under strace, which writes all that goes over sockets into a file.
    ///
    /// # Panics
    /// When it finds no modem.
    pub fn start_under_strace(folder: &Path, name: &str, file: &Path) -> Self {
        let file = file.to_str().expect("a path is UTF-8");
        Self::start_as(folder, name, &["strace", "-f", "-tt", "-xx", "-s", "65536", "-e", STRACED, "-o", file], 1)
    }

    fn start_as(folder: &Path, name: &str, under: &[&str], sims: usize) -> Self {
        let bus = Bus::start(folder, name);
        let process = start_daemon(folder, name, &bus, under, sims);
        let (name, folder) = (name.to_owned(), folder.to_owned());
        let mut ofono = Self { name, folder, process, bus, modems: vec![String::new(); sims], slot: 0 };
        ofono.find_modems();
        ofono
    }

    /// Ends it with a signal, and starts it anew with what it remembers.
    ///
    /// # Panics
    /// When it does not end, or finds no modem afterwards.
    pub fn restart(&mut self, signal: &str) {
        self.process.end(signal);
        self.process = start_daemon(&self.folder, &self.name, &self.bus, &[], self.modems.len());
        self.find_modems();
    }

    /// What oFono logs: every frame of its RIL connection, besides.
    pub fn log(&self) -> &Process {
        &self.process
    }

    /// The bus that it is on.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Calls a method of the modem object.
    pub fn call<A, R>(&self, interface: &str, method: &str, arguments: &A) -> Result<R, Refused>
    where
        A: serde::Serialize + zbus::zvariant::DynamicType,
        R: serde::de::DeserializeOwned + zbus::zvariant::Type,
    {
        self.bus.call(&self.modems[self.slot], interface, method, arguments)
    }

    /// The properties that the modem object has by this interface; none if it lacks the interface.
    pub fn properties(&self, interface: &str) -> Properties {
        self.call(interface, "GetProperties", &()).unwrap_or_default()
    }

    /// Powers the modem up, goes online, and waits until it is registered and has all interfaces that tests use.
    ///
    /// # Panics
    /// When it does not come to that.
    pub fn go_online(&self) {
        // Refused while oFono, which remembers it, is at it already.
        self.switch("Powered", true);
        self.bus.wait_until("the card is there", || flag(&self.properties("SimManager"), "Present").then_some(()));
        // Refused while oFono still reads the card.
        self.switch("Online", true);
        self.wait_for_registration("registered");
        for interface in ["VoiceCallManager", "MessageManager", "ConnectionManager"] {
            self.bus.wait_until(interface, || self.call::<_, Properties>(interface, "GetProperties", &()).ok());
        }
    }

    /// Switches its radio off.
    ///
    /// # Panics
    /// When it does not come to that.
    pub fn go_offline(&self) {
        self.switch("Online", false);
    }

    /// Waits until its registration has this status: `registered`, `roaming`, `unregistered`.
    ///
    /// # Panics
    /// When it does not come to that.
    pub fn wait_for_registration(&self, status: &str) {
        self.bus.wait_until(&format!("{} is {status}", self.name), || {
            (text(&self.properties("NetworkRegistration"), "Status")? == status).then_some(())
        });
    }

    /// Dials; the call's object.
    pub fn dial(&self, number: &str) -> Result<String, Refused> {
        let call: OwnedObjectPath = self.call("VoiceCallManager", "Dial", &(number, "default"))?;
        Ok(call.to_string())
    }

    /// The calls that it knows of.
    ///
    /// # Panics
    /// When it has no telephony.
    pub fn calls(&self) -> Vec<(String, Properties)> {
        let calls: Vec<(OwnedObjectPath, Properties)> =
            self.call("VoiceCallManager", "GetCalls", &()).expect("calls can be listed");
        calls.into_iter().map(|(path, properties)| (path.to_string(), properties)).collect()
    }

    /// Waits until it has a call in this state; the call's object and properties.
    ///
    /// # Panics
    /// When it does not come to that.
    pub fn wait_for_call(&self, state: &str) -> (String, Properties) {
        self.bus.wait_until(&format!("{} has a call that is {state}", self.name), || {
            self.calls().into_iter().find(|(_, properties)| text(properties, "State").as_deref() == Some(state))
        })
    }

    /// Waits until it has no calls.
    ///
    /// # Panics
    /// When it does not come to that.
    pub fn wait_for_no_call(&self) {
        self.bus.wait_until(&format!("{} has no call", self.name), || self.calls().is_empty().then_some(()));
    }

    /// Calls a method without arguments of a call's object: `Answer`, `Hangup`.
    ///
    /// # Panics
    /// When it is refused.
    pub fn on_call(&self, call: &str, method: &str) {
        let done: Result<(), Refused> = self.bus.call(call, "VoiceCall", method, &());
        done.unwrap_or_else(|refused| panic!("{}: {method}: {}", self.name, refused.error));
    }

    /// Calls a method without arguments that is about all calls: `HangupAll`, `HoldAndAnswer`, `SwapCalls`.
    ///
    /// # Panics
    /// When it is refused.
    pub fn manage_calls(&self, method: &str) {
        let done: Result<(), Refused> = self.call("VoiceCallManager", method, &());
        done.unwrap_or_else(|refused| panic!("{}: {method}: {}", self.name, refused.error));
    }

    /// Sends tones in the active call, and waits until the modem has them.
    ///
    /// # Panics
    /// When that is refused.
    pub fn send_tones(&self, tones: &str) {
        let log = self.log().said();
        let since = log.len();
        let done: Result<(), Refused> = self.call("VoiceCallManager", "SendTones", &tones);
        done.unwrap_or_else(|refused| panic!("{}: tones: {}", self.name, refused.error));
        // oFono says that it is done before it has sent the last ones.
        let mut left = tones.len();
        let sent = log.wait_for(since, |line| {
            left -= usize::from(line.contains("> RIL_REQUEST_DTMF "));
            (left == 0).then_some(())
        });
        assert!(sent.is_some(), "{}: {left} of {tones} were not sent", self.name);
        self.settle();
    }

    /// Asks the network by USSD; its answer.
    pub fn ask_network(&self, code: &str) -> Result<String, Refused> {
        let (_kind, answer): (String, OwnedValue) = self.call("SupplementaryServices", "Initiate", &code)?;
        answer.downcast_ref::<String>().map_err(|error| Refused { error: error.to_string() })
    }

    /// Goes on with a USSD session; what the network says next.
    pub fn reply_to_network(&self, words: &str) -> Result<String, Refused> {
        self.call("SupplementaryServices", "Respond", &words)
    }

    /// What the network has said of its own accord by USSD since a place in the journal of signals.
    pub fn notifications(&self, since: usize) -> Vec<String> {
        self.bus.signals().read(since, |signals| signals.iter().filter_map(notification).collect())
    }

    /// Waits until the network says something of its own accord by USSD.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait_for_notification(&self, since: usize) -> String {
        let heard = self.bus.signals().wait_for(since, notification);
        heard.unwrap_or_else(|| panic!("{} hears nothing of the network", self.name))
    }

    /// Sends a text and waits until it is on its way.
    ///
    /// # Panics
    /// When it is not sent.
    pub fn send_text(&self, to: &str, words: &str) {
        let since = self.bus.signals().len();
        let message: OwnedObjectPath =
            self.call("MessageManager", "SendMessage", &(to, words)).expect("a message is taken");
        let state = self.bus.signals().wait_for(since, |signal| {
            let is_about_it = signal.name == "PropertyChanged" && signal.path == message.as_str();
            let (name, value) = signal.body::<(String, OwnedValue)>().filter(|_| is_about_it)?;
            let state = value.downcast_ref::<String>().ok()?;
            (name == "State" && state != "pending").then_some(state)
        });
        assert_eq!(state.as_deref(), Some("sent"), "{}'s message", self.name);
    }

    /// The texts that came since a place in the journal of signals: words and sender.
    pub fn texts(&self, since: usize) -> Vec<(String, String)> {
        self.bus.signals().read(since, |signals| {
            let texts = signals.iter().filter(|signal| signal.name == "IncomingMessage");
            texts
                .filter_map(|signal| {
                    let (words, about): (String, Properties) = signal.body()?;
                    Some((words, text(&about, "Sender")?))
                })
                .collect()
        })
    }

    /// Waits until this many texts have come since a place in the journal of signals; words and sender of each.
    ///
    /// # Panics
    /// When fewer come.
    pub fn wait_for_texts(&self, since: usize, count: usize) -> Vec<(String, String)> {
        self.bus.wait_until(&format!("{} gets {count} texts", self.name), || {
            Some(self.texts(since)).filter(|texts| texts.len() >= count)
        })
    }

    /// Returns when oFono has dealt with all that root has sent it so far, and we with all that oFono signalled.
    ///
    /// # Panics
    /// When root does not answer.
    pub fn settle(&self) {
        let since = self.log().said().len();
        // One of the few methods that always ask the modem. It need not succeed.
        let _: Result<(), Refused> = self.call("NetworkRegistration", "Register", &());
        self.log().wait_for(since, "< RIL_REQUEST_SET_NETWORK_SELECTION_AUTOMATIC");
        self.bus.catch_up();
    }

    /// Adds a data context, or takes the one that is there, and opens it with this access point; its object.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn open_context(&self, access_point: &str) -> String {
        let manager = "ConnectionManager";
        let contexts = self.contexts();
        let context = contexts.into_iter().next().map_or_else(
            || {
                let made: OwnedObjectPath =
                    self.call(manager, "AddContext", &"internet").expect("a context can be added");
                made.to_string()
            },
            |(path, _)| path,
        );
        self.bus.wait_until("attached", || flag(&self.properties(manager), "Attached").then_some(()));
        for (name, value) in [("AccessPointName", Value::from(access_point)), ("Active", Value::from(true))] {
            let done: Result<(), Refused> = self.bus.call(&context, "ConnectionContext", "SetProperty", &(name, value));
            done.unwrap_or_else(|refused| panic!("{}: {name}: {}", self.name, refused.error));
        }
        context
    }

    /// Closes a data context.
    ///
    /// # Panics
    /// When that is refused.
    pub fn close_context(&self, context: &str) {
        let arguments = ("Active", Value::from(false));
        let done: Result<(), Refused> = self.bus.call(context, "ConnectionContext", "SetProperty", &arguments);
        done.unwrap_or_else(|refused| panic!("{}: {}", self.name, refused.error));
    }

    /// The data contexts that it has.
    ///
    /// # Panics
    /// When it has no data.
    pub fn contexts(&self) -> Vec<(String, Properties)> {
        let contexts: Vec<(OwnedObjectPath, Properties)> =
            self.call("ConnectionManager", "GetContexts", &()).expect("contexts can be listed");
        contexts.into_iter().map(|(path, properties)| (path.to_string(), properties)).collect()
    }

    /// Sets a property of the modem object; again after every signal, until it has that value.
    fn switch(&self, name: &str, on: bool) {
        self.bus.wait_until(&format!("{}: {name} is {on}", self.name), || {
            let _: Result<(), Refused> = self.call("Modem", "SetProperty", &(name, Value::from(on)));
            (flag(&self.properties("Modem"), name) == on).then_some(())
        });
    }

    fn find_modems(&mut self) {
        let list = || {
            let modems: Vec<(OwnedObjectPath, Properties)> = self.bus.call("/", "Manager", "GetModems", &()).ok()?;
            let mut paths: Vec<String> = modems.into_iter().map(|(path, _)| path.to_string()).collect();
            paths.sort();
            Some(paths).filter(|paths| paths.len() == self.modems.len())
        };
        self.modems = self.bus.wait_until("a modem for each SIM", list);
    }
}

fn notification(signal: &Signal) -> Option<String> {
    (signal.name == "NotificationReceived").then(|| signal.body())?
}

/// Starts the daemon, under another program with these arguments if there are any.
fn start_daemon(folder: &Path, name: &str, bus: &Bus, under: &[&str], sims: usize) -> Process {
    let mut command = under.iter().copied().chain(["ofonod", "--nodetach"]);
    let program = Program::new(command.next().expect("there is a program"));
    command
        .fold(program, |program, arg| program.arg(arg))
        .arg("--debug")
        .variable("DEV", folder.join("dev"))
        .variable("SOCKETS", folder.join("sockets"))
        .variable("STATE", folder.join("state"))
        .variable("DBUS_SYSTEM_BUS_ADDRESS", bus.address())
        .variable("OFONO_RIL_DEVICE", "ril")
        .variable("OFONO_RIL_NUM_SIM_SLOTS", sims.to_string())
        .variable("OFONO_RIL_TRACE", "1")
        .variable("OFONO_RIL_HEX_TRACE", "1")
        .with_mounts(MOUNTS)
        .start(&format!("{name}'s oFono"))
}
