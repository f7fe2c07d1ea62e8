//! The traces in `fixtures/traces`, each played as whatever it can be played as; the README there says what they are.
//!
//! `UPDATE_EXPECT=1 cargo test -p rild-proxy-tests --test trace_corpus` records those of oFono anew. That is to be done
//! when the router is meant to do something else than it did. It needs root, for namespaces, and the Debian packages
//! `dbus`, `ofono` and `strace`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ril_trace::format::{Codec, Item, Options, Reader, Writer};
use rild_proxy_tests::binaries::program;
use rild_proxy_tests::ofono::OFono;
use rild_proxy_tests::phones::Phones;
use rild_proxy_tests::processes::Program;
use rild_proxy_tests::root::Root;
use rild_proxy_tests::traces::{Conversation, as_recorded, done, summaries, text, whole_dumps, whole_lines};

/// What root is told of its phones in the recordings of two phones. The same is in `Phones`.
const TWO_PHONES: &str = "\
[[phone]]
name = 'personal'
privileged = true
number = '+15550100001'
tag = 1
[[phone]]
name = 'work'
number = '+15550100002'
tag = 2
";

/// How a trace is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Play {
    /// Through the router alone.
    Router,
    /// As the modem and as the client, to each other: the conversation of this phone.
    EachOther(&'static str),
    /// As the client of a root with the simulated modem.
    Client,
}

/// What each file can be played as.
const TABLE: &[(&str, &[Play])] = &[
    ("two-phones.riltrace", &[Play::Router, Play::EachOther("personal"), Play::EachOther("work")]),
    ("start-up.log", &[Play::EachOther("client"), Play::Client]),
    ("start-up.strace", &[Play::EachOther("client"), Play::Client]),
    // As the modem it could hardly say anything: a log does not tell what was answered.
    ("android.logcat", &[Play::Client]),
];

fn fixtures() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/traces");
    static RECORDED: OnceLock<()> = OnceLock::new();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        RECORDED.get_or_init(|| record(&folder));
    }
    folder
}

/// Records all that can be recorded here.
fn record(folder: &Path) {
    let made = tempfile::tempdir().unwrap();
    let ring = made.path().join("two-phones.riltrace");
    record_two_phones(&ring);
    fs::write(folder.join("two-phones.riltrace"), made_small(&ring)).unwrap();
    record_start_up(folder);
}

/// A trace as small as it gets, and without the digest of its configuration, which changes when a key is added.
fn made_small(file: &Path) -> Vec<u8> {
    let mut reader = Reader::open(fs::File::open(file).unwrap()).unwrap();
    let options = Options { codec: Codec::SMALLEST, salt: 0 };
    let mut writer = None;
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Session(mut header) => {
                header.configuration = None;
                assert!(writer.is_none(), "there is one session");
                writer = Some(Writer::new(Vec::new(), &header, options).unwrap());
            }
            Item::Record(entry) => writer.as_mut().expect("a session comes first").write_entry(&entry).unwrap(),
            Item::Damage(damage) => panic!("{damage:?}"),
        }
    }
    let mut writer = writer.expect("there is a session");
    writer.finish().unwrap();
    writer.into_inner()
}

/// Two oFonos that start, and do a little of everything.
fn record_two_phones(file: &Path) {
    const SOMEBODY: &str = "+15550100123";
    const TAGGED_FOR_WORK: &str = "155501999992";
    let mut phones = Phones::start();
    phones.personal.dial(SOMEBODY).unwrap();
    phones.personal.wait_for_call("active");
    phones.modem.run(&format!("gsm call {TAGGED_FOR_WORK}"));
    let (call, _) = phones.work.wait_for_call("incoming");
    phones.work.on_call(&call, "Answer");
    phones.work.wait_for_call("active");
    phones.work.on_call(&call, "Hangup");
    phones.work.wait_for_no_call();
    phones.personal.manage_calls("HangupAll");
    phones.personal.wait_for_no_call();

    let (personal, work) = phones.signals();
    phones.work.send_text(SOMEBODY, "from work");
    phones.modem.run(&format!("sms send {SOMEBODY} an answer"));
    phones.modem.run("sms send +15550100199 to whom it may concern");
    phones.work.wait_for_texts(work, 1);
    phones.personal.wait_for_texts(personal, 1);

    assert!(phones.work.ask_network("*100#").unwrap().contains("Balance"));
    phones.work.reply_to_network("1").unwrap();
    let contexts = [phones.personal.open_context("internet"), phones.work.open_context("internet")];
    phones.personal.close_context(&contexts[0]);
    phones.work.close_context(&contexts[1]);
    phones.personal.settle();
    phones.work.settle();
    done(&["--control", &text(&phones.path("run/control.sock")), "trace", "dump", &text(file)]);
}

/// One oFono that starts: its own log, and what strace shows of it.
fn record_start_up(folder: &Path) {
    let place = tempfile::tempdir().unwrap();
    OFono::make_folders(place.path());
    let straced = place.path().join("strace");
    let _root =
        Root::start(&format!("{}uid = 1001\nsocket = '{}'\n", ONE_PHONE, text(&place.path().join("sockets/rild"))));
    let ofono = OFono::start_under_strace(place.path(), "start-up", &straced);
    ofono.go_online();
    ofono.settle();
    let log = ofono
        .log()
        .said()
        .read(0, |said| said.iter().filter(|line| line.contains("]: Device ")).cloned().collect::<Vec<_>>());
    drop(ofono);
    fs::write(folder.join("start-up.log"), whole_dumps(log).join("\n") + "\n").unwrap();
    let all = fs::read_to_string(&straced).unwrap();
    fs::write(folder.join("start-up.strace"), of_its_rild(whole_lines(&all))).unwrap();
}

/// What strace shows of the connection to the rild, of much that is of no use here.
fn of_its_rild(all: &str) -> String {
    let path: String = b"/dev/socket/rild".iter().map(|byte| format!("\\x{byte:02x}")).collect();
    let connect =
        all.lines().position(|line| line.contains(&format!("sun_path=\"{path}\""))).expect("it has connected");
    let descriptor =
        all.lines().nth(connect).and_then(|line| line.split_once("connect(")?.1.split_once(',')).unwrap().0;
    let is_of_it = |line: &&str| {
        let calls = ["connect", "read", "write", "close", "recvmsg", "sendmsg", "recvfrom", "sendto"];
        let ends = [",", ")"];
        !line.contains("EAGAIN")
            && calls.iter().any(|call| ends.iter().any(|end| line.contains(&format!(" {call}({descriptor}{end}"))))
    };
    all.lines().skip(connect).filter(is_of_it).map(|line| format!("{line}\n")).collect()
}

/// The beginning of the configuration of a root for the start-up of one client.
const ONE_PHONE: &str = "[modem]\nlibrary = 'libril-sim.so'\nargs = ['--radio', 'on']\n[[phone]]\nname = 'rild'\n";

/// Each file of the table as a trace, imported where it is none, in the order of the table.
fn traces(into: &Path) -> Vec<(PathBuf, &'static [Play])> {
    let fixtures = fixtures();
    let trace = |(name, plays): &(&str, &'static [Play])| {
        let source = fixtures.join(name);
        if name.ends_with(".riltrace") {
            return (source, *plays);
        }
        let file = into.join(format!("{name}.riltrace"));
        done(&["trace", "import", &text(&source), "-o", &text(&file)]);
        (file, *plays)
    };
    TABLE.iter().map(trace).collect()
}

#[test]
fn the_table_and_the_folder_have_the_same_files() {
    let other = ["README.md"];
    let mut files: Vec<String> =
        fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.retain(|name| !other.contains(&&**name));
    files.sort();
    let mut expected: Vec<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(files, expected);
}

#[test]
fn each_trace_is_played_as_all_that_it_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let traces = traces(folder.path());
    let those =
        |wanted: Play| traces.iter().filter(move |(_, plays)| plays.contains(&wanted)).map(|(file, _)| text(file));

    let config = folder.path().join("root.toml");
    fs::write(&config, TWO_PHONES).unwrap();
    let files: Vec<String> = those(Play::Router).collect();
    let router = |shard: &str| {
        let args =
            ["trace", "replay", "--as", "router", "--config", &text(&config), "--shard", shard].map(str::to_owned);
        done(&args.iter().chain(&files).map(String::as_str).collect::<Vec<_>>())
    };
    assert!(as_recorded(&router("1/1")) > 300);

    for (file, plays) in &traces {
        for play in *plays {
            if let Play::EachOther(phone) = play {
                play_to_each_other(&text(file), phone, folder.path());
            }
        }
    }

    // Machines share the work, a trace each: what one has left at a modem would be what the next one finds.
    let files: Vec<String> = those(Play::Client).collect();
    let client = |number: usize| {
        let root = Root::start(ONE_PHONE);
        let (socket, shard) = (text(&root.socket("rild")), format!("{number}/{}", files.len()));
        let args = ["trace", "replay", "--as", "client", "--full-speed", "--connect", &socket, "--shard", &shard];
        let said = done(&args.into_iter().chain(files.iter().map(String::as_str)).collect::<Vec<_>>());
        assert_eq!(summaries(&said).len(), 1, "{said}");
        assert!(as_recorded(&said) > 0, "{said}");
        said
    };
    let said: Vec<String> = (1..=files.len()).map(client).collect();
    let alike: usize = said.iter().map(|said| as_recorded(said)).sum();
    assert!(alike > 100, "{said:?}");
    assert!(said.concat().contains(" more could not be played"), "a log does not say all");
}

#[test]
fn ofonos_log_and_strace_show_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, phone: &str| {
        let file = text(&folder.path().join(name));
        done(&["trace", "import", &text(&fixtures().join(name)), "-o", &file]);
        Conversation::of(&file, phone)
    };
    let (logged, straced) = (of("start-up.log", "client"), of("start-up.strace", "client"));
    assert!(logged.from_phone.len() > 60 && logged.to_phone.len() > 60);
    // The log ends earlier.
    assert_eq!(logged.from_phone[..], straced.from_phone[..logged.from_phone.len()]);
    assert_eq!(logged.to_phone[..], straced.to_phone[..logged.to_phone.len()]);
}

/// The trace as the modem, and the same as its client: all that can be asked is answered as it was.
fn play_to_each_other(file: &str, phone: &str, folder: &Path) {
    let socket = folder.join("replayed.sock");
    let modem = ["trace", "replay", file, "--as", "modem", "--phone", phone, "--full-speed"];
    let program = modem.iter().fold(Program::new(program("rilctl")), |program, arg| program.arg(arg));
    let modem = program.arg("--listen").arg(&socket).start("the replayed modem");
    modem.wait_for(0, "serving");
    let said = done(&[
        "trace",
        "replay",
        file,
        "--as",
        "client",
        "--phone",
        phone,
        "--full-speed",
        "--connect",
        &text(&socket),
    ]);
    assert!(as_recorded(&said) > 0, "{said}");
    let summary = modem.wait_for(0, " as recorded, ");
    // A request that was not answered any more when the trace ended is asked, is not answered, and is not compared.
    assert!(as_recorded(&summary) >= as_recorded(&said), "{file}: {phone}: {summary}, {said}");
}
