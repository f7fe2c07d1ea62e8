//! The store in processes that are killed, on disks that are full, and in folders that are not its own.
//!
//! The tests that are ignored are not tests by themselves: others run them in processes of their own.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rild_proxy::router::{Change, Kind, Record};
use rild_proxy::store::{OpenError, Progress, Store, Writer};
use rild_proxy_tests::binaries;
use rild_proxy_tests::journal::PATIENCE;
use rild_proxy_tests::processes::{Process, Program};
use rild_proxy_tests::root::{Daemon, Root};
use tempfile::TempDir;

/// Tells a process that others run where to work.
const FOLDER: &str = "STORE_TEST_FOLDER";
/// And what to do there.
const SEED: &str = "STORE_TEST_SEED";

/// What a store holds, or ought to.
type Records = BTreeMap<(Kind, Vec<u8>), Vec<u8>>;

/// Starts a test of this file in a process of its own.
fn program(test: &str, folder: &Path) -> Program {
    let this = env::current_exe().expect("a test knows its executable");
    let program = Program::new(this).arg("--exact").arg(test).arg("--ignored").arg("--nocapture");
    program.variable(FOLDER, folder)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// The folder that such a process was told.
fn told_folder() -> PathBuf {
    env::var_os(FOLDER).expect("others run this test").into()
}

fn open(folder: &Path) -> Store {
    Store::open(&folder.join("state.db")).expect("the database is in order")
}

fn start(folder: &Path) -> Writer {
    open(folder).start().expect("a thread can be started")
}

fn records(folder: &Path) -> Records {
    let mut records = Records::new();
    let mut add = |record: Record<'_>| records.insert((record.kind, record.key.into()), record.value.into());
    open(folder).recall(|record| drop(add(record))).expect("the database is in order");
    records
}

/// Shows the progress until it is of this sort.
fn watch(writer: &Writer, mut see: impl FnMut(Progress), reached: impl Fn(Progress) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime can be made");
    let waiting = async {
        loop {
            let progress = writer.progress();
            see(progress);
            if reached(progress) {
                return;
            }
            writer.progressed().await;
        }
    };
    let in_time = runtime.block_on(async { tokio::time::timeout(PATIENCE, waiting).await.is_ok() });
    assert!(in_time, "{:?} and no further", writer.progress());
}

fn wait_for(writer: &Writer, reached: impl Fn(Progress) -> bool) {
    watch(writer, drop, reached);
}

// Killed.

/// Numbers that look random and are the same for the same seed: Steele, Lea, Flood, "Fast splittable pseudorandom
/// number generators", 2014.
fn mix(seed: u64, n: u64) -> u64 {
    let mut mixed = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The key of change `n`, and the value, if it is no removal.
fn change(seed: u64, n: u64) -> ([u8; 1], Option<Vec<u8>>) {
    let random = mix(seed, n);
    let value = [&n.to_be_bytes()[..], &vec![n as u8; random as usize / 64 % 500]].concat();
    ([(random % 16) as u8], (!(random / 16).is_multiple_of(4)).then_some(value))
}

/// Changes and changes, some of them awaited, and says how many are durable.
#[test]
#[ignore = "others run it, and kill it"]
fn changes_until_it_is_killed() {
    let writer = start(&told_folder());
    let seed = env::var(SEED).ok().and_then(|seed| seed.parse().ok()).expect("others run this test");
    println!("opened");
    let mut said = Progress::default();
    for n in 1.. {
        let (key, value) = change(seed, n);
        writer.put(match &value {
            Some(value) => Change::Put(Record { kind: Kind::Message, key: &key, value }),
            None => Change::Remove { kind: Kind::Message, key: &key },
        });
        // Never far ahead of the disk: there is always something under way, and never everything.
        let lead = mix(!seed, n) % 64;
        let say = |progress| {
            if progress != std::mem::replace(&mut said, progress) {
                println!("durable: {}", progress.durable);
            }
        };
        watch(&writer, say, |progress| progress.durable + lead >= n);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// After a kill, the database has the first so many changes, and no fewer than it has said.
    #[test]
    fn a_killed_store_has_the_first_changes(seed in any::<u64>(), until in prop::collection::vec(1..150_u64, 1..4)) {
        let folder = folder();
        for (life, until) in (0..).zip(until) {
            let before = records(folder.path());
            let seed = mix(seed, life);
            let program = program("changes_until_it_is_killed", folder.path()).variable(SEED, seed.to_string());
            let mut process = program.start("store");
            let durable = |line: &String| line.rsplit_once("durable: ").and_then(|(_, count)| count.parse::<u64>().ok());
            process.said().wait_for(0, |line| durable(line).filter(|count| *count >= until)).expect("it goes on");
            process.end("KILL");
            let said = process.said().read(0, |lines| lines.iter().filter_map(durable).max()).expect("it said some");

            let found = records(folder.path());
            let mut expected = before;
            let mut is_found = false;
            // It was never more than 64 changes ahead of what it had said.
            for n in 1..=said + 65 {
                let (key, value) = change(seed, n);
                match value {
                    Some(value) => expected.insert((Kind::Message, key.into()), value),
                    None => expected.remove(&(Kind::Message, key.into())),
                };
                is_found |= n >= said && expected == found;
            }
            prop_assert!(is_found, "seed {}, {} said to be durable, and then {:?}", seed, said, found);
        }
    }
}

// Full.

/// A file that takes what room there is.
struct Ballast(File);

impl Ballast {
    fn fill(folder: &Path) -> Self {
        let path = folder.join("ballast");
        let mut file = OpenOptions::new().append(true).create(true).open(path).expect("a file can be made");
        for piece in [4096, 1] {
            while file.write_all(&vec![0; piece]).map_err(|why| assert_eq!(why.kind(), ErrorKind::StorageFull)).is_ok()
            {
            }
        }
        Self(file)
    }

    /// Leaves this much room.
    fn spare(&self, bytes: u64) {
        let len = self.0.metadata().expect("the file is open").len();
        self.0.set_len(len - bytes).expect("a file can be made shorter");
    }

    fn remove(self) {
        self.0.set_len(0).expect("a file can be made shorter");
    }
}

/// Writes on a disk that is full again and again.
#[test]
#[ignore = "another runs it, on a small disk"]
fn writes_to_a_small_disk() {
    let folder = told_folder();
    let writer = start(&folder);
    let mut expected = Records::new();
    let mut changes = 0;
    let mut put = |kind, key: &[u8], value: Vec<u8>| {
        writer.put(Change::Put(Record { kind, key, value: &value }));
        expected.insert((kind, key.into()), value);
        changes += 1;
        changes
    };
    for round in 0..6_u8 {
        let before = put(Kind::Call, &[round], vec![round; 10]);
        wait_for(&writer, |progress| progress.durable == before);
        // The disk is full at another page of the transaction each time.
        let ballast = Ballast::fill(&folder);
        ballast.spare(4096 * u64::from(round));

        put(Kind::Message, &[round], vec![round; 100_000]);
        wait_for(&writer, |progress| progress.failing);
        let last = (0..100).map(|n| put(Kind::Sent, &[n], vec![round + n; 100])).max().expect("there are some");
        assert_eq!(writer.progress(), Progress { durable: before, failing: true });

        ballast.remove();
        let mut seen = Vec::new();
        watch(&writer, |progress| seen.push(progress), |progress| progress.durable == last);
        let [failing, works] = [(before, true), (last, false)].map(|(durable, failing)| Progress { durable, failing });
        seen.dedup();
        assert!(seen == [failing, works] || seen == [works], "all at once, and once: {seen:?}");
    }

    // Full to the end.
    let ballast = Ballast::fill(&folder);
    writer.put(Change::Put(Record { kind: Kind::Message, key: b"lost", value: &[0; 100_000] }));
    wait_for(&writer, |progress| progress.failing);
    drop(writer);
    ballast.remove();
    assert_eq!(records(&folder), expected);
}

#[test]
fn a_full_disk_delays_changes_and_loses_none() {
    let folder = folder();
    let program = program("writes_to_a_small_disk", folder.path());
    let process = program.with_mounts(&format!("mount -t tmpfs -o size=6m small \"${FOLDER}\"")).start("store");
    process.wait_for(0, "test result: ok. 1 passed");
}

// Not ours.

/// A configuration in a folder, and the daemon with it.
fn configured(folder: &Path) -> PathBuf {
    let file = folder.join("root.toml");
    let text = format!("[run]\ndir = '{}'\n[[phone]]\nname = 'a'\n", folder.join("run").display());
    fs::write(&file, text).expect("the file can be written");
    fs::create_dir(folder.join("run")).expect("a folder can be made");
    file
}

fn root(config: &Path) -> Daemon {
    Daemon::start(binaries::program("rild-proxy"), ["root".as_ref(), "--config".as_ref(), config.as_os_str()])
}

/// The daemon does not start because of its database, says so, and leaves it alone.
fn assert_refused(config: &Path, database: &Path, why: &str) {
    let before = fs::read(database).expect("there is a database");
    let mut root = root(config);
    let status = root.wait();
    assert_eq!(status.code(), Some(3), "{}", root.log().text());
    let said = root.log().text();
    assert!(said.contains(&format!("{}: ", database.display())) && said.contains(why), "{why} is not in\n{said}");
    assert_eq!(fs::read(database).expect("there is a database"), before);
}

#[test]
fn a_database_that_will_not_do_is_named() {
    let folder = folder();
    let config = configured(folder.path());
    let run = folder.path().join("run");
    let database = run.join("state.db");
    drop(start(&run));
    let ours = fs::read(&database).expect("there is a database");

    // The version and the application, "Database File Format" 1.3.
    for (offset, value, why) in [(60, 7, "version 7"), (68, 1, "another application")] {
        let mut bytes = ours.clone();
        bytes[offset..offset + 4].copy_from_slice(&u32::to_be_bytes(value));
        fs::write(&database, bytes).expect("the file can be written");
        assert_refused(&config, &database, why);
    }
    fs::write(&database, &ours[..ours.len() - 4096]).expect("the file can be written");
    assert_refused(&config, &database, "move it away");
    fs::write(&database, "hello, world").expect("the file can be written");
    assert_refused(&config, &database, "move it away");

    fs::write(&database, &ours).expect("the file can be written");
    std::os::unix::fs::chown(&database, Some(1), None).expect("tests run as root");
    assert_refused(&config, &database, "belongs to user 1");

    fs::remove_file(&database).expect("the file can be removed");
    root(&config).log().wait_for(&[" ready "]);
}

#[test]
fn one_root_to_a_folder() {
    let mut first = Root::start("[[phone]]\nname = 'a'\n");
    assert_refused(&first.path("root.toml"), &first.path("state.db"), "another process has this database open");
    assert!(first.is_running());
    drop(first.client("a"));
}

#[test]
fn the_lock_goes_with_a_killed_process() {
    let folder = folder();
    let program = program("changes_until_it_is_killed", folder.path()).variable(SEED, "1");
    let mut process: Process = program.start("store");
    process.wait_for(0, "opened");
    assert!(matches!(Store::open(&folder.path().join("state.db")), Err(OpenError::InUse)));
    process.end("KILL");
    drop(open(folder.path()));
}

/// What root says in a folder that became read-only after these commands, and its exit code.
fn on_read_only_disk(commands: &str) -> (String, String) {
    let folder = folder();
    let config = configured(folder.path());
    let run = folder.path().join("run");
    let program = Program::new("sh").arg("-c").arg("\"$0\" root --config \"$1\"; echo \"exit code: $?\"");
    let program = program.arg(binaries::rild_proxy()).arg(config).variable("RUN", &run);
    let setup =
        format!("mount -t tmpfs small \"$RUN\"\nmkdir \"$RUN/phones\"\n{commands}\nmount -o remount,ro \"$RUN\"");
    let process = program.with_mounts(&setup).start("root");
    let code = process.wait_for(0, "exit code: ");
    (process.wait_for(0, &format!("{}/state.db: ", run.display())), code)
}

#[test]
fn a_folder_that_is_read_only_is_3() {
    let (said, code) = on_read_only_disk("");
    assert!(said.contains("Read-only file system") && code.ends_with(" 3"), "{said} {code}");

    let other = folder();
    drop(start(other.path()));
    let database = other.path().join("state.db");
    let (said, code) = on_read_only_disk(&format!("cp '{}' \"$RUN\"\nchmod 600 \"$RUN/state.db\"", database.display()));
    assert!(said.contains("it is read-only") && code.ends_with(" 3"), "{said} {code}");
}
