//! The core between a real store and a router that wants something stored.

use std::path::Path;

use ril_protocol::{RequestCode, RilVersion, UnsolCode, frame, parcel};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::net::UnixStream;

use super::*;
use crate::config::{Config, Phone};
use crate::router::{Change, Flow, Kind, Record};
use crate::store::Store;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A modem that says nothing.
pub(in crate::root) struct Silent;

impl Upstream for Silent {
    fn send(&mut self, _flow: Flow, _frames: &[u8]) {}

    fn give_up(&mut self, _serial: i32) {}

    fn attend(&mut self) -> bool {
        false
    }

    fn receive(&mut self, _into: &mut Vec<u8>) {}

    fn description(&self) -> String {
        "a silent modem".to_owned()
    }

    fn faults(&self) -> Option<HostStats> {
        None
    }
}

/// A core with a store in this folder, which begins with these actions.
pub(in crate::root) fn beginning(run: &Path, config: &Config, actions: Actions, upstream: Box<dyn Upstream>) -> Core {
    let store = Store::open(&run.join("state.db")).unwrap().start().unwrap();
    let router = Router::new(config);
    let recalled =
        Recalled { sim: None, router, actions, started: crate::clock::now(), recordings: Recordings::default() };
    let mut core = Core::new(recalled, config.phone.len(), upstream, store);
    core.modem_up();
    core
}

/// A core whose router wants these records stored first of all.
fn core(folder: &Path, values: &[&[u8]]) -> Core {
    let config = Config { phone: vec![Phone { name: "a".to_owned(), ..Phone::default() }], ..Config::default() };
    let mut actions = Actions::default();
    for (key, value) in (0..).zip(values) {
        actions.store(Change::Put(Record { kind: Kind::Setting, key: &[key], value }));
    }
    beginning(folder, &config, actions, Box::new(Silent))
}

/// Lets the core hear of the store until the router has heard these words.
fn wait_for_router(core: &mut Core, words: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let waiting = async {
        while !format!("{:?}", core.router()).contains(words) {
            core.store_progressed().await;
            core.store_says();
        }
    };
    assert!(runtime.block_on(async { tokio::time::timeout(PATIENCE, waiting).await.is_ok() }), "{words}");
}

fn stored(folder: &TempDir) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    let store = Store::open(&folder.path().join("state.db")).unwrap();
    store.recall(|record| values.push(record.value.to_vec())).unwrap();
    values
}

#[test]
fn the_router_hears_when_its_changes_are_durable() {
    let folder = tempfile::tempdir().unwrap();
    let mut core = core(folder.path(), &[b"one", b"two", b"three"]);
    wait_for_router(&mut core, "durable: 3, failing: false");
    assert!(!core.store_is_failing());
    drop(core);
    assert_eq!(stored(&folder), [&b"one"[..], b"two", b"three"]);
}

#[test]
fn the_router_hears_when_changes_cannot_be_made_durable() {
    let folder = tempfile::tempdir().unwrap();
    drop(core(folder.path(), &[]));
    let refusal = "CREATE TRIGGER refuses BEFORE INSERT ON record BEGIN SELECT RAISE(ABORT, 'no'); END";
    Connection::open(folder.path().join("state.db")).unwrap().execute_batch(refusal).unwrap();
    let mut core = core(folder.path(), &[b"one"]);
    wait_for_router(&mut core, "durable: 0, failing: true");
    assert!(core.store_is_failing());
}

#[test]
fn what_is_not_durable_yet_is_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut core = core(folder.path(), &[&[7; 1000][..]; 200]);
    core.stop();
    assert!(format!("{:?}", core.router()).contains("durable: 200, failing: false"));
    drop(core);
    assert_eq!(stored(&folder).len(), 200);
}

/// The modem says this.
fn says(core: &mut Core, code: UnsolCode, payload: &[u8]) {
    let mut frame = Vec::new();
    frame::Unsolicited::new(code, payload).put(&mut frame);
    core.handle(Event::FromModem(&frame[4..]));
}

/// Who has just said something is awake, and could keep the device so.
#[test]
fn no_phone_keeps_the_device_awake_by_what_it_says_itself() {
    const SPEAKS: PhoneId = PhoneId(0);
    const LISTENS: PhoneId = PhoneId(1);
    let folder = tempfile::tempdir().unwrap();
    let phone = |name: &str| Phone { name: name.to_owned(), ..Phone::default() };
    let config = Config { phone: vec![phone("speaks"), phone("listens")], ..Config::default() };
    let mut core = beginning(folder.path(), &config, Actions::default(), Box::new(Silent));
    core.set_wake_lock(Some(WakeLock::new(&folder.path().join("wake_lock"))));
    let version = RilVersion::COMMON;
    let [off, on] = [0, 10].map(|state| parcel::encode(&state, version));
    says(&mut core, UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![version.0], version));
    says(&mut core, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &on);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _within = runtime.enter();
    let mut clients = Vec::new();
    for phone in [SPEAKS, LISTENS] {
        let (client, served) = UnixStream::pair().unwrap();
        core.connect(phone, served.into_split().1);
        clients.push(client);
    }
    let told = core.counters().to_phones;
    for on in [0, 1] {
        let mut frame = Vec::new();
        let payload = parcel::encode(&vec![on], version);
        frame::Request { code: RequestCode::RADIO_POWER, serial: on, payload: &payload }.put(&mut frame);
        core.phone_says(SPEAKS, &frame[4..]);
    }
    assert!(core.counters().to_phones - told > 2, "it has its answers, and hears that its radio has another state");
    assert_eq!(core.wake_lock().unwrap().taken, 0);
    says(&mut core, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &off);
    assert_eq!(core.wake_lock().unwrap().taken, 1);
}
