//! A private message bus, and a client of it that remembers every signal.
//!
//! Conditions are looked at again whenever a signal came, so a test neither sleeps nor misses one.
//!
//! Reference: the D-Bus specification 0.43, "Message Bus Specification".

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::MatchRule;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::message::Type;
use zbus::zvariant::{DynamicType, OwnedValue, Type as Signature};

use crate::journal::{Journal, PATIENCE};
use crate::processes::{Process, Program};

/// The properties of an object.
pub type Properties = HashMap<String, OwnedValue>;

/// A bus that lets everybody do everything.
const POLICY: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>ADDRESS</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*" eavesdrop="true"/>
  </policy>
</busconfig>
"#;

/// A bus of its own, and a connection to it.
#[derive(Debug)]
pub struct Bus {
    /// Before the daemon, so that it is closed while somebody is at the other end.
    connection: Connection,
    signals: Arc<Journal<Signal>>,
    address: String,
    _daemon: Process,
}

/// A signal that came.
#[derive(Clone, Debug)]
pub struct Signal {
    /// The object that it is about.
    pub path: String,
    /// Its name, without the interface.
    pub name: String,
    message: zbus::Message,
}

/// Why a method did not give what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Name of the D-Bus error, or what went wrong on the way.
    pub error: String,
}

impl Bus {
    /// Starts a bus whose files are in this folder.
    ///
    /// # Panics
    /// When there can be none.
    pub fn start(folder: &Path, name: &str) -> Self {
        let policy = folder.join("bus.conf");
        let address = format!("unix:path={}", folder.join("bus").display());
        fs::write(&policy, POLICY.replace("ADDRESS", &address)).expect("a file can be written");
        let daemon = Program::new("dbus-daemon")
            .arg("--nofork")
            .arg("--print-address=1")
            .arg("--config-file")
            .arg(&policy)
            .start(&format!("{name}'s dbus-daemon"));
        let address = daemon.wait_for(0, "unix:path=");
        let connect = || connection::Builder::address(address.as_str())?.method_timeout(PATIENCE).build();
        let connection: Connection = connect().unwrap_or_else(|error| panic!("{address}: {error}"));
        let signals = Arc::new(Journal::default());
        remember_signals(&connection, &signals);
        Self { connection, signals, address, _daemon: daemon }
    }

    /// The address, for other clients.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// All signals that came.
    pub fn signals(&self) -> &Journal<Signal> {
        &self.signals
    }

    /// Calls a method of oFono.
    pub fn call<A, R>(&self, path: &str, interface: &str, method: &str, arguments: &A) -> Result<R, Refused>
    where
        A: Serialize + DynamicType,
        R: DeserializeOwned + Signature,
    {
        let interface = format!("org.ofono.{interface}");
        let reply =
            self.connection.call_method(Some("org.ofono"), path, Some(interface.as_str()), method, arguments)?;
        Ok(reply.body().deserialize()?)
    }

    /// Returns when all signals that were sent before are in the journal.
    ///
    /// # Panics
    /// When the bus does not work.
    pub fn catch_up(&self) {
        let since = self.signals.len();
        let sent = self.connection.emit_signal(None::<&str>, "/", "org.example.Test", "CaughtUp", &());
        sent.expect("the bus takes a signal");
        let came = self.signals.wait_for(since, |signal| (signal.name == "CaughtUp").then_some(()));
        assert!(came.is_some(), "the bus lost a signal");
    }

    /// What is found, now or after some signal.
    ///
    /// # Panics
    /// When patience ends before.
    pub fn wait_until<R>(&self, what: &str, mut look: impl FnMut() -> Option<R>) -> R {
        let deadline = now() + PATIENCE;
        loop {
            let known = self.signals.len();
            if let Some(found) = look() {
                return found;
            }
            let left = deadline.saturating_duration_since(now());
            assert!(self.signals.wait_beyond(known, left), "in vain: {what}");
        }
    }
}

impl Signal {
    /// What it carries.
    pub fn body<R: DeserializeOwned + Signature>(&self) -> Option<R> {
        self.message.body().deserialize().ok()
    }
}

impl From<zbus::Error> for Refused {
    fn from(error: zbus::Error) -> Self {
        match error {
            zbus::Error::MethodError(name, ..) => Self { error: name.to_string() },
            other => Self { error: other.to_string() },
        }
    }
}

/// A string property.
pub fn text(properties: &Properties, name: &str) -> Option<String> {
    properties.get(name)?.downcast_ref::<String>().ok()
}

/// A boolean property; false if there is none.
pub fn flag(properties: &Properties, name: &str) -> bool {
    properties.get(name).is_some_and(|value| value.downcast_ref() == Ok(true))
}

fn remember_signals(connection: &Connection, signals: &Arc<Journal<Signal>>) {
    let rule = MatchRule::builder().msg_type(Type::Signal).build();
    let messages = MessageIterator::for_match_rule(rule, connection, None).expect("the bus takes a match rule");
    let signals = Arc::clone(signals);
    thread::spawn(move || {
        for message in messages.flatten() {
            let header = message.header();
            let path = header.path().map(ToString::to_string).unwrap_or_default();
            let name = header.member().map(ToString::to_string).unwrap_or_default();
            drop(header);
            signals.add(Signal { path, name, message });
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "a deadline for what other processes do")]
fn now() -> Instant {
    Instant::now()
}
