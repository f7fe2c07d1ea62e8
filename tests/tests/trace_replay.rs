//! Traces of real daemons played again: through the router alone, to a client, and to a rild.

use std::fs;
use std::path::{Path, PathBuf};

use ril_protocol::{Errno, RequestCode};
use ril_trace::format::{Entry, Event, Item, Lost, Options, Reader, Way, What, Writer};
use rild_proxy_tests::binaries;
use rild_proxy_tests::peer::{Peer, encode};
use rild_proxy_tests::processes::Program;
use rild_proxy_tests::root::Root;
use rild_proxy_tests::traces::{as_recorded, done, rilctl, text};

const TWO_PHONES: &str = "[trace]\nring = 4\n[[phone]]\nname = 'personal'\n[[phone]]\nname = 'work'\n";

/// A daemon whose ring has a session of two phones in it, and that ring as one file.
fn session() -> (Root, PathBuf) {
    let root = Root::start(TWO_PHONES);
    let mut personal = root.client("personal");
    let mut work = root.client("work");
    personal.ask(RequestCode::RADIO_POWER, &encode(&vec![1]));
    for code in [RequestCode::GET_IMEI, RequestCode::GET_SIM_STATUS, RequestCode::BASEBAND_VERSION] {
        personal.ask(code, &[]);
        work.ask(code, &[]);
    }
    work.ask(RequestCode::GET_CURRENT_CALLS, &[]);
    drop(personal);
    let file = root.path("session.riltrace");
    done(&["--control", &text(&root.path("control.sock")), "trace", "dump", &text(&file)]);
    (root, file)
}

/// `rilctl trace replay`; its exit code and what it said.
fn replay(file: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = rilctl(&[&["trace", "replay", &text(file)], args].concat());
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).expect("text"))
}

/// The same trace with some records changed.
fn changed(file: &Path, mut change: impl FnMut(&mut Entry)) {
    let mut reader = Reader::open(fs::File::open(file).unwrap()).unwrap();
    let mut writer = None;
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Session(header) => {
                writer = Some(Writer::new(Vec::new(), &header, Options::default()).unwrap());
            }
            Item::Record(mut entry) => {
                change(&mut entry);
                writer.as_mut().expect("a session comes first").write_entry(&entry).unwrap();
            }
            Item::Damage(damage) => panic!("{damage:?}"),
        }
    }
    let mut writer = writer.unwrap();
    writer.finish().unwrap();
    fs::write(file, writer.into_inner()).unwrap();
}

/// The same trace without some records.
fn shortened(file: &Path, mut keeps: impl FnMut(&Entry) -> bool) {
    let mut reader = Reader::open(fs::File::open(file).unwrap()).unwrap();
    let mut writer = None;
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Session(header) => {
                writer = Some(Writer::new(Vec::new(), &header, Options::default()).unwrap());
            }
            Item::Record(entry) if keeps(&entry) => {
                writer.as_mut().expect("a session comes first").write_entry(&entry).unwrap();
            }
            Item::Record(_) => {}
            Item::Damage(damage) => panic!("{damage:?}"),
        }
    }
    let mut writer = writer.unwrap();
    writer.finish().unwrap();
    fs::write(file, writer.into_inner()).unwrap();
}

/// The sessions of a trace, and behind them the same again, changed.
fn twice(file: &Path, change: impl Fn(&mut Item)) {
    let mut reader = Reader::open(fs::File::open(file).unwrap()).unwrap();
    let items: Vec<Item> = std::iter::from_fn(|| reader.next_item().unwrap()).collect();
    let mut writer = None;
    for again in [false, true] {
        for mut item in items.iter().cloned() {
            if again {
                change(&mut item);
            }
            match (item, &mut writer) {
                (Item::Session(header), None) => {
                    writer = Some(Writer::new(Vec::new(), &header, Options::default()).unwrap());
                }
                (Item::Session(header), Some(writer)) => writer.begin_session(&header).unwrap(),
                (Item::Record(entry), Some(writer)) => writer.write_entry(&entry).unwrap(),
                (item, _) => panic!("{item:?}"),
            }
        }
    }
    let mut writer = writer.unwrap();
    writer.finish().unwrap();
    fs::write(file, writer.into_inner()).unwrap();
}

#[test]
fn every_session_goes_through_a_router_of_its_own() {
    let (root, file) = session();
    let config = root.path("root.toml").display().to_string();
    let as_router = || replay(&file, &["--as", "router", "--config", &config]);
    let (_, once) = as_router();
    twice(&file, |_| {});
    let (code, said) = as_router();
    assert_eq!((code, as_recorded(&said)), (Some(0), 2 * as_recorded(&once)), "{said}");

    // One that was begun later is left out, and said to be.
    twice(&file, |item| {
        if let Item::Session(header) = item {
            header.from_start = false;
        }
    });
    let (code, said) = as_router();
    assert_eq!((code, as_recorded(&said)), (Some(0), 2 * as_recorded(&once)), "{said}");
    assert!(said.contains("session 3 does not begin with the router's life"), "{said}");

    // What is behind a gap is lost, and no more than that session.
    twice(&file, |item| {
        if let Item::Record(entry) = item {
            let lost = Lost { records: 1, bytes: 1 };
            entry.record.what = What::Event(Event::Lost(lost));
        }
    });
    let (code, said) = as_router();
    assert_eq!((code, as_recorded(&said)), (Some(0), 2 * as_recorded(&once)), "{said}");
    assert!(said.contains("records of session 5 are missing"), "{said}");
}

#[test]
fn the_router_does_again_what_it_did() {
    let (root, file) = session();
    let config = root.path("root.toml").display().to_string();
    let (code, said) = replay(&file, &["--as", "router", "--config", &config]);
    assert_eq!(code, Some(0), "{said}");
    assert!(as_recorded(&said) > 0, "{said}");

    // One answer to a phone was another one then.
    let mut to_change = true;
    changed(&file, |entry| {
        if let What::Frame(frame) = &mut entry.record.what
            && frame.way == Way::ToPhone
            && frame.body.starts_with(&[0, 0, 0, 0])
            && std::mem::take(&mut to_change)
        {
            let mut body = frame.body.to_vec();
            body[8] ^= 2;
            frame.body = body.into();
        }
    });
    let report = root.path("report.xml").display().to_string();
    let args = ["--as", "router", "--config", &config, "--junit", &report, "--annotations"];
    let (code, said) = replay(&file, &args);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("  errno: recorded \"") && said.contains(", 1 differ") && said.contains("::error file="),
        "{said}"
    );
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains("failures=\"1\"") && report.contains("errno: recorded"), "{report}");

    let other = root.path("other.toml");
    fs::write(&other, "[[phone]]\nname = 'personal'\n").unwrap();
    let (code, said) = replay(&file, &["--as", "router", "--config", &other.display().to_string()]);
    assert_eq!(code, Some(2), "{said}");
}

/// A recording ends in the middle of things: before the answer to what was asked last, and before what the router did
/// then.
#[test]
fn what_was_not_answered_when_the_recording_ended_is_no_difference() {
    let (root, file) = session();
    let (mut count, mut last) = (0, 0);
    shortened(&file, |entry| {
        count += 1;
        if matches!(&entry.record.what, What::Frame(frame) if frame.way == Way::FromPhone && frame.phone == Some(1)) {
            last = count;
        }
        true
    });
    // Work's last request, and nothing of what it led to.
    shortened(&file, |_| {
        last -= 1;
        last >= 0
    });
    let config = root.path("root.toml").display().to_string();
    let (code, said) = replay(&file, &["--as", "router", "--config", &config]);
    assert_eq!(code, Some(0), "{said}");
    assert!(as_recorded(&said) > 0, "{said}");

    let socket = root.socket("work").display().to_string();
    let as_client =
        |connect: &str| replay(&file, &["--as", "client", "--phone", "work", "--connect", connect, "--full-speed"]);
    let (code, said) = as_client(&socket);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 of 3 as recorded"), "{said}");

    let listen = root.path("replayed.sock");
    let program = Program::new(binaries::rilctl()).arg("trace").arg("replay").arg(&file).arg("--as").arg("modem");
    let program = program.arg("--phone").arg("work").arg("--full-speed").arg("--listen").arg(&listen);
    let modem = program.start("replayed rild");
    modem.wait_for(0, "serving");
    let (code, said) = as_client(&listen.display().to_string());
    assert_eq!(code, Some(0), "{said}");
    modem.wait_for(0, "4 of 4 as recorded, 0 differ");
}

#[test]
fn a_phone_is_played_to_a_rild_and_a_rild_to_a_phone() {
    let (root, file) = session();
    let socket = root.socket("personal").display().to_string();
    let as_client =
        |connect: &str| replay(&file, &["--as", "client", "--phone", "personal", "--connect", connect, "--full-speed"]);
    let (code, said) = as_client(&socket);
    assert_eq!(code, Some(0), "the same daemon answers the same: {said}");
    assert!(said.contains("4 of 4 as recorded"), "{said}");

    let listen = root.path("replayed.sock");
    let serve = |clients: &str| {
        let program = Program::new(binaries::rilctl()).arg("trace").arg("replay").arg(&file).arg("--as").arg("modem");
        let program =
            program.arg("--phone").arg("personal").arg("--full-speed").arg("--clients").arg(clients).arg("--listen");
        let program = program.arg(&listen);
        let modem = program.start("replayed rild");
        modem.wait_for(0, "serving");
        modem
    };
    let modem = serve("1");
    let (code, said) = as_client(&listen.display().to_string());
    assert_eq!(code, Some(0), "the trace answers as the trace does: {said}");
    modem.wait_for(0, "4 of 4 as recorded, 0 differ");

    let mut modem = serve("0");
    let mut client = Peer::greeted(&listen);
    client.ask(RequestCode::GET_IMEI, &[]);
    let (errno, _) = client.ask(RequestCode::OPERATOR, &[]);
    assert_eq!(errno, Errno::REQUEST_NOT_SUPPORTED);
    drop(client);
    let mut client = Peer::greeted(&listen);
    client.ask(RequestCode::GET_IMEI, &[]);
    drop(client);
    let (code, _) = as_client(&listen.display().to_string());
    assert_eq!(code, Some(0), "each client is served from the beginning");
    assert_eq!(modem.end("INT"), 1);
    modem.said().read(0, |said| {
        for expected in ["the trace has no answer to this", "6 of 7 as recorded, 1 differ", "2 OPERATOR"] {
            assert!(said.iter().any(|line| line.contains(expected)), "{expected}: {said:?}");
        }
    });
}

#[test]
fn a_trace_is_the_modem_of_a_daemon() {
    let (recorded, file) = session();
    let config = |keys: &str| format!("[modem]\nreplay = '{}'\n{keys}{TWO_PHONES}", file.display());
    let mut root = Root::start(&config("replay_full_speed = true\n"));
    let mut personal = root.client("personal");
    let mut work = root.client("work");
    assert_eq!(personal.ask(RequestCode::RADIO_POWER, &encode(&vec![1])).0, Errno::SUCCESS);
    for code in [RequestCode::GET_IMEI, RequestCode::GET_SIM_STATUS, RequestCode::BASEBAND_VERSION] {
        let live = recorded.client("personal").ask(code, &[]);
        assert_eq!((live.0, personal.ask(code, &[])), (Errno::SUCCESS, live.clone()), "{code}");
        assert_eq!(work.ask(code, &[]).0, Errno::SUCCESS, "{code}");
    }
    let side = root.modem_side();
    let replayed = side.replayed.expect("it is a trace");
    assert_eq!((side.kind.as_str(), side.up), ("trace", true));
    assert_eq!((replayed.other_arguments, replayed.not_recorded), (0, 0), "{replayed:?}");
    assert!(replayed.as_recorded >= 4, "{replayed:?}");

    // What was never asked then, and what was asked otherwise.
    assert_eq!(personal.ask(RequestCode::DEVICE_IDENTITY, &[]).0, Errno::REQUEST_NOT_SUPPORTED);
    root.log().wait_for(&["WARN", "DEVICE_IDENTITY", "the trace has no answer to this"]);
    let replayed = root.modem_side().replayed.expect("it is a trace");
    assert_eq!((replayed.other_arguments, replayed.not_recorded), (0, 1));
    root.terminate();
    root.log().wait_for(&["INFO", "requests as recorded", "other_arguments=0", "not_recorded=1"]);
    assert!(root.wait().success());

    // The same of what one phone said.
    let mut root = Root::start(&config("replay_phone = 'work'\nreplay_full_speed = true\n"));
    assert_eq!(root.client("personal").ask(RequestCode::BASEBAND_VERSION, &[]).0, Errno::SUCCESS);
    assert!(root.is_running());

    let (status, said) = Root::fails(&config("replay_phone = 'nobody'\n"));
    assert!(status.code() == Some(3) && said.contains("the trace holds nothing of a phone \"nobody\""), "{said}");
    let (status, said) = Root::fails("[modem]\nreplay = '/nonexistent'\n[[phone]]\nname = 'a'\n");
    assert!(status.code() == Some(3) && said.contains("/nonexistent: "), "{said}");
}

/// What cannot be read was not played: a green report would say that it was.
#[test]
fn a_damaged_trace_has_not_passed_and_one_that_is_none_takes_nothing_from_the_others() {
    let (root, file) = session();
    let config = root.path("root.toml").display().to_string();
    let (damaged, none, report) = (root.path("damaged.riltrace"), root.path("none.riltrace"), root.path("report.xml"));
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8].fill(0xa5);
    fs::write(&damaged, bytes).unwrap();
    let (code, said) = replay(&damaged, &["--as", "router", "--config", &config]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("are damaged"), "{said}");

    let files = [&damaged, &none, &file].map(|file| text(file));
    let [damaged, none, file] = &files;
    let report_path = text(&report);
    let output = rilctl(&[
        "trace",
        "replay",
        damaged,
        none,
        file,
        "--as",
        "router",
        "--config",
        &config,
        "--junit",
        &report_path,
    ]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let xml = fs::read_to_string(&report).expect("there is a report");
    let of =
        |file: &str| xml.split("<testsuite name=").find(|suite| suite.contains(file)).expect("its suite").to_owned();
    assert!(of(damaged).contains("<failure message=\"bytes "), "{xml}");
    assert!(of(none).contains("failures=\"1\""), "{xml}");
    assert!(of(file).contains("failures=\"0\"") && of(file).contains("as recorded"), "{xml}");
}
