//! The links to devices: each root daemon that has a data path keeps one, and over it calls are announced, hinted at
//! and answered, and texts are carried.
//!
//! All of it has a way without: no call and no text waits for a link longer than a moment. A device is known by its key
//! and bound to the SIM that the configuration gives it; whatever it says is about phones of that SIM, or refused. Of a
//! device the newest connection counts. Several bridges may share a database: a call that was announced to one may come
//! to another, and what one has for a device that is linked to another goes by way of the database
//! (`elsewhere`).
//!
//! Reference: [`caller_tag::link`].

mod connection;
mod elsewhere;
mod hints;
mod intents;
mod listener;
mod rivals;
mod strangers;
mod texts;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use caller_tag::link::seal::DeviceName;
use caller_tag::link::to_device::Say;
use caller_tag::{E164, NumberingPlan};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::pool::{Assignment, Timestamp};
use crate::settings::{Calls, Link, Secret, Settings, SettingsError};
use crate::store::Store;
use crate::texts::Texts;

pub use listener::{Listener, OpenError};
use rivals::Rivals;

/// So many messages may wait for a device; more are lost, and have another way.
const MOST_WAITING: usize = 64;

/// A bit for each tag.
const ALL_PHONES: u16 = 0x3ff;

/// The links of this service. Clones are the same.
#[derive(Clone)]
pub struct Links(Option<Arc<Inner>>);

struct Inner {
    store: Store,
    texts: Option<Texts>,
    /// The name of this bridge.
    bridge: String,
    /// Other bridges may have links, too.
    shared: bool,
    settings: Link,
    calls: Calls,
    plan: NumberingPlan,
    devices: HashMap<DeviceName, Known>,
    /// The links of this bridge, by the SIM of the device.
    here: Mutex<HashMap<E164, Here>>,
    rivals: Rivals,
    /// Hints of this bridge that have not been taken yet, each for one SIM's device.
    hints: Mutex<HashMap<(E164, u64), oneshot::Sender<()>>>,
    /// Hints of other bridges that were passed on: to which SIM's device, and until when they are of interest.
    foreign_hints: Mutex<HashMap<u64, (E164, Timestamp)>>,
}

/// A device of the configuration.
struct Known {
    sim: E164,
    /// Where its key is.
    secret: Secret,
}

/// A link of this bridge.
struct Here {
    connection: String,
    run: u64,
    /// The phones that can be reached; all until the device has said.
    phones: u16,
    sender: mpsc::Sender<Say>,
    /// Wakes the connection when texts may be waiting.
    texts: Arc<Notify>,
    /// Ends the connection.
    end: CancellationToken,
}

/// Whether a phone can be reached, as far as its device has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reachable {
    /// Its device has no link.
    Unknown,
    /// It can.
    Yes,
    /// It cannot now.
    No,
}

impl Links {
    /// No links.
    pub fn none() -> Self {
        Self(None)
    }

    /// The links that the settings allow; none when they have no `link`.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: &Settings, store: Store, texts: Option<Texts>, bridge: &str) -> Result<Self, SettingsError> {
        let Some(link) = settings.link.clone() else { return Ok(Self(None)) };
        let country = settings.calls.country;
        let plan = NumberingPlan::for_calling_code(country).ok_or(SettingsError::NoCountry(country))?;
        let mut devices = HashMap::new();
        for device in &settings.devices {
            devices.insert(device.name()?, Known { sim: device.sim()?, secret: device.key.clone() });
        }
        let shared = store.is_shared();
        Ok(Self(Some(Arc::new(Inner {
            store,
            texts,
            bridge: bridge.to_owned(),
            shared,
            settings: link,
            calls: settings.calls.clone(),
            plan,
            devices,
            here: Mutex::default(),
            rivals: Rivals::default(),
            hints: Mutex::default(),
            foreign_hints: Mutex::default(),
        }))))
    }

    /// Whether the phone of this assignment can be reached.
    pub(crate) async fn reachable(&self, assignment: &Assignment) -> Reachable {
        let Some(inner) = &self.0 else { return Reachable::Unknown };
        match inner.phones(&assignment.sim).await {
            None => Reachable::Unknown,
            Some(phones) if phones & bit(assignment.tag) != 0 => Reachable::Yes,
            Some(_) => Reachable::No,
        }
    }
}

impl Inner {
    /// The phones of this SIM that can be reached; `None` when its device has no link.
    async fn phones(&self, sim: &E164) -> Option<u16> {
        if self.shared {
            return elsewhere::link(self, sim).await.map(|link| link.phones);
        }
        lock(&self.here).get(sim).map(|here| here.phones)
    }

    /// A device is linked now; an older connection of it is over.
    fn join(&self, sim: E164, here: Here) {
        if let Some(older) = lock(&self.here).insert(sim, here) {
            older.end.cancel();
        }
    }

    /// A connection is gone.
    fn leave(&self, sim: &E164, connection: &str) {
        let mut here = lock(&self.here);
        if here.get(sim).is_some_and(|here| here.connection == connection) {
            here.remove(sim);
        }
    }

    fn set_phones(&self, sim: &E164, connection: &str, phones: u16) {
        if let Some(here) = lock(&self.here).get_mut(sim).filter(|here| here.connection == connection) {
            here.phones = phones;
        }
    }

    /// Says this over a link of this bridge; whether there is one, of this run, that has room.
    fn say_here(&self, sim: &E164, run: Option<u64>, say: &Say) -> bool {
        let here = lock(&self.here);
        let fits = here.get(sim).filter(|here| run.is_none_or(|run| run == here.run));
        fits.is_some_and(|here| here.sender.try_send(say.clone()).is_ok())
    }
}

/// The bit of a tag.
fn bit(tag: u8) -> u16 {
    1_u16.checked_shl(tag.into()).unwrap_or(0) & ALL_PHONES
}

/// Nothing in here panics while it holds a lock, so what a poisoned one guards is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Some seconds later.
fn after(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp(now.0.saturating_add(seconds))
}
