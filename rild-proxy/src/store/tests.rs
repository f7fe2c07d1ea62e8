//! Real files. What needs a process to be killed, a disk to be full or another user is in the end-to-end tests.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::router::Change;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a store holds, or ought to.
type Records = BTreeMap<(Kind, Vec<u8>), Vec<u8>>;

/// A folder with, or for, a database.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn set() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a database that holds something.
    fn filled() -> Self {
        let scene = Self::set();
        let writer = scene.open().start().unwrap();
        for n in 0..200_u8 {
            writer.put(put(Kind::Message, &[n], &[n; 200]));
        }
        drop(writer);
        scene
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state.db")
    }

    fn open(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }

    /// It cannot be opened, and nothing is done to it; why.
    fn refused(&self) -> OpenError {
        let before = fs::read(self.path()).unwrap();
        let error = Store::open(&self.path()).unwrap_err();
        assert_eq!(fs::read(self.path()).unwrap(), before, "a database that is refused is left alone");
        error
    }

    fn records(&self) -> Records {
        let mut records = Records::new();
        self.open()
            .recall(|record| drop(records.insert((record.kind, record.key.into()), record.value.into())))
            .unwrap();
        records
    }

    /// What SQLite says, outside of the store.
    fn sql<T: rusqlite::types::FromSql>(&self, query: &str) -> T {
        Connection::open(self.path()).unwrap().query_row(query, [], |row| row.get(0)).unwrap()
    }

    fn change(&self, statements: &str) {
        Connection::open(self.path()).unwrap().execute_batch(statements).unwrap();
    }
}

fn put<'a>(kind: Kind, key: &'a [u8], value: &'a [u8]) -> Change<'a> {
    Change::Put(Record { kind, key, value })
}

/// Waits for progress of this sort.
fn wait_for(writer: &Writer, reached: impl Fn(Progress) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let waiting = async {
        while !reached(writer.progress()) {
            writer.progressed().await;
        }
    };
    let in_time = runtime.block_on(async { tokio::time::timeout(PATIENCE, waiting).await.is_ok() });
    assert!(in_time, "{:?} and no further", writer.progress());
}

#[test]
fn records_outlast_the_store() {
    let scene = Scene::set();
    assert_eq!(scene.records(), Records::new());
    let writer = scene.open().start().unwrap();
    writer.put(put(Kind::Message, b"1", b"text"));
    writer.put(put(Kind::Call, b"1", b""));
    writer.put(put(Kind::Message, b"", b"\0\xff"));
    writer.put(put(Kind::Message, b"1", b"other text"));
    writer.put(put(Kind::Sent, b"1", b"gone"));
    writer.put(Change::Remove { kind: Kind::Sent, key: b"1" });
    writer.put(Change::Remove { kind: Kind::Sent, key: b"never there" });
    wait_for(&writer, |progress| progress.durable == 7);
    drop(writer);
    let expected: [(_, &[u8]); 3] = [
        ((Kind::Message, b"".to_vec()), b"\0\xff"),
        ((Kind::Message, b"1".to_vec()), b"other text"),
        ((Kind::Call, b"1".to_vec()), b""),
    ];
    assert_eq!(scene.records(), expected.map(|(key, value)| (key, value.to_vec())).into());
}

#[test]
fn changes_are_durable_when_it_has_finished() {
    let scene = Scene::set();
    let mut writer = scene.open().start().unwrap();
    for n in 0..1000_u32 {
        writer.put(put(Kind::Message, &n.to_be_bytes(), b"text"));
    }
    assert_eq!(writer.finish(), Progress { durable: 1000, failing: false });
    assert_eq!(scene.records().len(), 1000);
}

#[test]
fn a_transaction_that_fails_is_tried_again_with_what_came_since() {
    let scene = Scene::filled();
    scene.change(
        "CREATE TRIGGER refuses BEFORE INSERT ON record WHEN NEW.value = x'00'
         BEGIN SELECT RAISE(ABORT, 'not this'); END",
    );
    let writer = scene.open().start().unwrap();
    writer.put(put(Kind::Sent, b"1", b"good"));
    wait_for(&writer, |progress| progress.durable == 1);
    writer.put(put(Kind::Sent, b"2", b"\0"));
    wait_for(&writer, |progress| progress.failing);
    writer.put(put(Kind::Sent, b"3", b"good"));
    assert_eq!(writer.progress().durable, 1);
    writer.put(put(Kind::Sent, b"2", b"good"));
    wait_for(&writer, |progress| !progress.failing);
    assert_eq!(writer.progress().durable, 4, "what works again has written all");
    drop(writer);
    let records = scene.records();
    assert_eq!(records.range((Kind::Sent, vec![])..(Kind::Correspondent, vec![])).count(), 3);
}

#[test]
fn the_last_try_is_the_last() {
    let scene = Scene::filled();
    scene.change("CREATE TRIGGER refuses BEFORE INSERT ON record BEGIN SELECT RAISE(ABORT, 'nothing'); END");
    let mut writer = scene.open().start().unwrap();
    writer.put(put(Kind::Sent, b"1", b"good"));
    assert_eq!(writer.finish(), Progress { durable: 0, failing: true });
    assert_eq!(scene.records().len(), 200);
}

#[test]
fn the_file_is_its_owners_alone() {
    let scene = Scene::filled();
    assert_eq!(fs::metadata(scene.path()).unwrap().mode() & 0o7777, 0o600);
    // A copy that was put back, say.
    fs::set_permissions(scene.path(), Permissions::from_mode(0o644)).unwrap();
    let writer = scene.open().start().unwrap();
    writer.put(put(Kind::Message, b"1", b"text"));
    wait_for(&writer, |progress| progress.durable == 1);
    for name in ["state.db", "state.db-wal"] {
        assert_eq!(fs::metadata(scene.folder.path().join(name)).unwrap().mode() & 0o7777, 0o600, "{name}");
    }
    let files = fs::read_dir(scene.folder.path()).unwrap().count();
    assert_eq!(files, 2, "no shared memory is needed");
}

#[test]
fn what_others_may_write_is_not_believed() {
    let scene = Scene::filled();
    fs::set_permissions(scene.path(), Permissions::from_mode(0o660)).unwrap();
    let error = scene.refused();
    assert!(matches!(&error, OpenError::Exposed { mode: 0o660, .. }), "{error}");

    fs::set_permissions(scene.path(), Permissions::from_mode(0o600)).unwrap();
    let log = scene.folder.path().join("state.db-wal");
    fs::write(&log, "").unwrap();
    fs::set_permissions(&log, Permissions::from_mode(0o602)).unwrap();
    let error = scene.refused();
    assert!(matches!(&error, OpenError::Exposed { name, .. } if name.ends_with("state.db-wal")), "{error}");
}

#[test]
fn only_a_file_will_do() {
    let scene = Scene::filled();
    let elsewhere = scene.folder.path().join("elsewhere.db");
    fs::rename(scene.path(), &elsewhere).unwrap();
    symlink(&elsewhere, scene.path()).unwrap();
    assert!(matches!(scene.refused(), OpenError::NotAFile { .. }));
    fs::remove_file(scene.path()).unwrap();
    fs::create_dir(scene.path()).unwrap();
    assert!(matches!(Store::open(&scene.path()), Err(OpenError::NotAFile { .. })));
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let error = Store::open(&Scene::set().folder.path().join("no/state.db")).unwrap_err();
    assert!(matches!(&error, OpenError::Io(why) if why.kind() == io::ErrorKind::NotFound), "{error}");
}

#[test]
fn one_at_a_time() {
    let scene = Scene::filled();
    let first = scene.open();
    assert!(matches!(scene.refused(), OpenError::InUse));
    // Neither the attempt nor a transaction gives up the lock.
    let writer = first.start().unwrap();
    writer.put(put(Kind::Sent, b"1", b"text"));
    wait_for(&writer, |progress| progress.durable == 1);
    assert!(matches!(Store::open(&scene.path()), Err(OpenError::InUse)));
    drop(writer);
    assert_eq!(scene.records().len(), 201);
}

#[test]
fn a_new_database_is_taken_too() {
    let scene = Scene::set();
    let first = scene.open();
    assert!(matches!(scene.refused(), OpenError::InUse));
    drop(first);
    assert_eq!(scene.records(), Records::new());
}

#[test]
fn what_it_makes_says_what_it_is() {
    let scene = Scene::filled();
    assert_eq!(scene.sql::<i64>("PRAGMA application_id"), 0x7269_6c64);
    assert_eq!(scene.sql::<i64>("PRAGMA user_version"), 1);
    assert_eq!(scene.sql::<String>("PRAGMA journal_mode"), "wal");
    let full = 2;
    assert_eq!(scene.open().database.0.pragma_query_value(None, "synchronous", |row| row.get(0)), Ok(full));
}

#[test]
fn other_databases_are_left_alone() {
    let scene = Scene::set();
    scene.change("CREATE TABLE record (kind INTEGER)");
    assert!(matches!(scene.refused(), OpenError::OtherApplication));
    scene.change("PRAGMA application_id = 7; PRAGMA user_version = 1");
    assert!(matches!(scene.refused(), OpenError::OtherApplication));
}

#[test]
fn a_newer_database_is_left_alone() {
    let scene = Scene::filled();
    scene.change("PRAGMA user_version = 2");
    let error = scene.refused();
    assert!(matches!(error, OpenError::Newer { found: 2 }), "{error}");
}

#[test]
fn an_empty_database_is_a_new_one() {
    // What a crash at the wrong moment leaves of the very first start.
    let scene = Scene::set();
    fs::write(scene.path(), "").unwrap();
    fs::set_permissions(scene.path(), Permissions::from_mode(0o600)).unwrap();
    assert_eq!(scene.records(), Records::new());
    let scene = Scene::set();
    scene.change("PRAGMA journal_mode = WAL; VACUUM");
    assert_eq!(scene.records(), Records::new());
    let scene = Scene::set();
    for name in ["state.db", "state.db-journal"] {
        fs::write(scene.folder.path().join(name), if name == "state.db" { "" } else { "begun" }).unwrap();
        fs::set_permissions(scene.folder.path().join(name), Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(scene.records(), Records::new());
}

#[test]
fn a_damaged_database_is_left_alone() {
    let scene = Scene::filled();
    let whole = fs::read(scene.path()).unwrap();
    let page = 4096;
    assert!(whole.len() > 8 * page);
    let garbage = |range: std::ops::Range<usize>| {
        let mut bytes = whole.clone();
        bytes[range].fill(0xa5);
        bytes
    };
    let damages = [
        ("its header", garbage(0..100)),
        ("its schema", garbage(100..page)),
        ("a page", garbage(5 * page..6 * page)),
        ("all pages", garbage(page..whole.len())),
        ("its end", whole[..whole.len() / 2].to_vec()),
        ("all but a bit", whole[..700].to_vec()),
        ("no database", b"This is a letter, not a database.".to_vec()),
    ];
    for (what, bytes) in damages {
        fs::write(scene.path(), bytes).unwrap();
        let error = scene.refused();
        assert!(matches!(&error, OpenError::Damaged(_)), "{what}: {error}");
        assert!(error.to_string().contains("move it away"), "{error}");
    }
    fs::write(scene.path(), &whole).unwrap();
    assert_eq!(scene.records().len(), 200);
}

#[test]
fn a_log_without_its_database_is_not_thrown_away() {
    let scene = Scene::filled();
    let writer = scene.open().start().unwrap();
    writer.put(put(Kind::Sent, b"1", b"text"));
    wait_for(&writer, |progress| progress.durable == 1);
    let log = fs::read(scene.folder.path().join("state.db-wal")).unwrap();
    assert!(!log.is_empty());

    let scene = Scene::set();
    fs::write(scene.folder.path().join("state.db-wal"), &log).unwrap();
    assert!(matches!(Store::open(&scene.path()), Err(OpenError::Damaged(_))));
    assert_eq!(fs::read(scene.folder.path().join("state.db-wal")).unwrap(), log);
}

#[test]
fn a_log_that_breaks_off_anywhere_leaves_the_first_changes() {
    let scene = Scene::filled();
    let mut prefixes = vec![scene.records()];
    let writer = scene.open().start().unwrap();
    for n in 1..=12_u8 {
        // Changes that touch the same pages and, in the end, the same record.
        let (key, value) = ([n % 5], vec![n; 30 * usize::from(n)]);
        let mut records = prefixes[prefixes.len() - 1].clone();
        records.insert((Kind::Message, key.into()), value.clone());
        prefixes.push(records.clone());
        records.remove(&(Kind::Message, vec![100 + n]));
        prefixes.push(records);
        writer.put(put(Kind::Message, &key, &value));
        wait_for(&writer, |progress| progress.durable == 2 * u64::from(n) - 1);
        writer.put(Change::Remove { kind: Kind::Message, key: &[100 + n] });
        wait_for(&writer, |progress| progress.durable == 2 * u64::from(n));
    }
    let database = fs::read(scene.path()).unwrap();
    let log = fs::read(scene.folder.path().join("state.db-wal")).unwrap();
    drop(writer);

    let mut reached = 0;
    for len in (0..=log.len()).step_by(997).chain([log.len()]) {
        let scene = Scene::set();
        for (name, bytes) in [("state.db", &database[..]), ("state.db-wal", &log[..len])] {
            fs::write(scene.folder.path().join(name), bytes).unwrap();
            fs::set_permissions(scene.folder.path().join(name), Permissions::from_mode(0o600)).unwrap();
        }
        let records = scene.records();
        let place = prefixes.iter().position(|prefix| *prefix == records);
        let place = place.unwrap_or_else(|| panic!("{len} bytes of the log leave what never was"));
        assert!(place >= reached, "{len} bytes of the log leave less than fewer do");
        reached = place;
    }
    assert_eq!(reached, 24);
}

#[test]
fn records_of_kinds_to_come_stay() {
    let scene = Scene::filled();
    scene.change("INSERT INTO record VALUES (200, x'01', x'02'), (-1, x'', x''), (65537, x'', x'')");
    assert_eq!(scene.records().len(), 200);
    let writer = scene.open().start().unwrap();
    writer.put(put(Kind::Message, &[0], b"text"));
    drop(writer);
    assert_eq!(scene.sql::<i64>("SELECT count(*) FROM record"), 203);
}

#[test]
fn what_was_removed_is_not_in_the_file_any_more() {
    let scene = Scene::filled();
    let text = b"a text that somebody wants to be gone";
    let is_in_file = || fs::read(scene.path()).unwrap().windows(text.len()).any(|window| window == text);
    let writer = scene.open().start().unwrap();
    writer.put(put(Kind::Message, b"1", text));
    drop(writer);
    assert!(is_in_file());
    let writer = scene.open().start().unwrap();
    writer.put(Change::Remove { kind: Kind::Message, key: b"1" });
    drop(writer);
    assert!(!is_in_file());
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8, Vec<u8>),
    Remove(u8, u8),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1..4_u8, 0..8_u8, prop::collection::vec(any::<u8>(), 0..64)).prop_map(|(k, n, v)| Step::Put(k, n, v)),
        4 => (1..4_u8, 0..8_u8).prop_map(|(kind, key)| Step::Remove(kind, key)),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_store_is_a_map(steps in prop::collection::vec(step(), 0..60)) {
        let scene = Scene::set();
        let mut map = Records::new();
        let mut writer = scene.open().start().unwrap();
        for step in &steps {
            match step {
                Step::Put(kind, key, value) => {
                    let kind = Kind::from_number(*kind).unwrap();
                    map.insert((kind, vec![*key]), value.clone());
                    writer.put(put(kind, &[*key], value));
                }
                Step::Remove(kind, key) => {
                    let kind = Kind::from_number(*kind).unwrap();
                    map.remove(&(kind, vec![*key]));
                    writer.put(Change::Remove { kind, key: &[*key] });
                }
                Step::Reopen => {
                    drop(writer);
                    prop_assert_eq!(&scene.records(), &map);
                    writer = scene.open().start().unwrap();
                }
            }
        }
        drop(writer);
        prop_assert_eq!(scene.records(), map);
    }
}
