//! Real control sockets in front of a real core; only the modem behind it is played.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use prost::Message;
use ril_protocol::frame::{self, REQUEST_LIMIT, Reply as RilReply, Request as RilRequest, Unsolicited};
use ril_protocol::payload::call::{Call, CallState};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::LocalSet;
use vendor_shim::host::HostStats;

use super::super::core::SharedCore;
use super::super::core::tests::beginning;
use super::super::upstream::Upstream;
use super::*;
use crate::config::{Calls, Config, OnSwitch, Phone};
use crate::control::event::What;
use crate::control::{Describe, Hello, ListCalls, ListPhones, SetForeground, Watch};
use crate::net::listener::Socket;
use crate::router::{Actions, Flow, PhoneId};

const V: RilVersion = RilVersion::COMMON;

/// A modem that knows calls and agrees to all else.
struct Modem {
    calls: Vec<Call>,
    says: Vec<u8>,
}

struct Played(Rc<RefCell<Modem>>);

impl Upstream for Played {
    fn attend(&mut self) -> bool {
        false
    }

    fn give_up(&mut self, _serial: i32) {}

    fn send(&mut self, _flow: Flow, frames: &[u8]) {
        let mut modem = self.0.borrow_mut();
        let (body, used) = frame::split(frames, REQUEST_LIMIT).unwrap().unwrap();
        assert_eq!(used, frames.len(), "one frame at a time");
        let request = RilRequest::parse(body).unwrap();
        let payload =
            if request.code == RequestCode::GET_CURRENT_CALLS { parcel::encode(&modem.calls, V) } else { Vec::new() };
        RilReply::new(request.serial, Errno::SUCCESS, &payload).put(&mut modem.says);
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        into.append(&mut self.0.borrow_mut().says);
    }

    fn description(&self) -> String {
        "a played modem".to_owned()
    }

    fn faults(&self) -> Option<HostStats> {
        Some(HostStats { late_completions: 7, ..HostStats::default() })
    }
}

struct Daemon {
    core: SharedCore,
    modem: Rc<RefCell<Modem>>,
    run: TempDir,
}

impl Daemon {
    fn socket(&self) -> PathBuf {
        self.run.path().join("control.sock")
    }

    /// The core hears all that the modem says, also in answer to what it asks then.
    fn listen_to_modem(&self) {
        while !self.modem.borrow().says.is_empty() {
            self.core.borrow_mut().modem_says();
        }
    }

    fn call_comes_in(&self, number: &str) {
        let call = Call {
            state: CallState::INCOMING,
            index: 1,
            is_mt: true,
            number: Some(number.to_owned()),
            ..Call::default()
        };
        self.calls_are(vec![call]);
    }

    fn calls_end(&self) {
        self.calls_are(Vec::new());
    }

    fn calls_are(&self, calls: Vec<Call>) {
        self.modem.borrow_mut().calls = calls;
        Unsolicited::new(UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[]).put(&mut self.modem.borrow_mut().says);
        self.listen_to_modem();
    }
}

/// Runs a test against a daemon with the phones "personal" and "work". Time stands still while anything goes on, and
/// moves on when all wait.
fn with_daemon(on_switch: OnSwitch, test: impl AsyncFnOnce(Daemon)) {
    let phone = |name: &str| Phone { name: name.to_owned(), ..Phone::default() };
    let calls = Calls { on_switch, ..Calls::default() };
    let config = Config { phone: vec![phone("personal"), phone("work")], calls, ..Config::default() };
    let mut says = Vec::new();
    Unsolicited::new(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![V.0], V)).put(&mut says);
    Unsolicited::new(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&RadioState::ON, V)).put(&mut says);
    let modem = Rc::new(RefCell::new(Modem { calls: Vec::new(), says }));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(LocalSet::new().run_until(async {
        let run = tempfile::tempdir().unwrap();
        let modem_side = Box::new(Played(Rc::clone(&modem)));
        let core = beginning(run.path(), &config, Actions::default(), modem_side);
        let core = Rc::new(RefCell::new(core));
        let daemon = Daemon { core, modem, run };
        daemon.listen_to_modem();
        let listener = Socket::bind(&daemon.socket(), 0o600, None).unwrap();
        let lines = Lines::new(vec![Rc::clone(&daemon.core)]);
        tokio::task::spawn_local(serve(Rc::clone(&daemon.core), lines, Tracing::of(&config), listener));
        test(daemon).await;
    }));
}

/// A client that says what it likes.
struct Raw {
    stream: UnixStream,
    input: Vec<u8>,
}

impl Raw {
    async fn connect(socket: &Path) -> Self {
        Self { stream: UnixStream::connect(socket).await.unwrap(), input: Vec::new() }
    }

    async fn greeted(socket: &Path) -> Self {
        let mut client = Self::connect(socket).await;
        let answer = client.ask(1, Ask::Hello(Hello { version: VERSION })).await;
        assert!(matches!(answer, Answer::Welcome(_)), "{answer:?}");
        client
    }

    async fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    async fn ask(&mut self, id: u32, ask: Ask) -> Answer {
        let mut frame = Vec::new();
        control::put(&Request { id, ask: Some(ask) }, &mut frame);
        self.say(&frame).await;
        let reply = self.reply().await.unwrap();
        assert_eq!(reply.id, id);
        reply.answer.unwrap()
    }

    /// The next reply; `None` when the daemon has hung up.
    async fn reply(&mut self) -> Option<Reply> {
        loop {
            if let Some((body, used)) = frame::split(&self.input, FRAME_LIMIT).unwrap() {
                let reply = Reply::decode(body).unwrap();
                self.input.drain(..used);
                return Some(reply);
            }
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The kind of error that is the next reply.
    async fn refused(&mut self) -> Kind {
        match self.reply().await.and_then(|reply| reply.answer) {
            Some(Answer::Error(error)) => error.kind(),
            other => panic!("{other:?}"),
        }
    }
}

fn kind(answer: &Answer) -> Kind {
    let Answer::Error(error) = answer else { panic!("{answer:?}") };
    error.kind()
}

#[test]
fn a_client_says_hello_first_and_in_a_version_that_is_known() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let mut client = Raw::connect(&daemon.socket()).await;
        assert_eq!(kind(&client.ask(1, Ask::Phones(ListPhones {})).await), Kind::HelloFirst);
        assert_eq!(kind(&client.ask(2, Ask::Hello(Hello { version: 99 })).await), Kind::Version);
        assert_eq!(kind(&client.ask(3, Ask::Phones(ListPhones {})).await), Kind::HelloFirst);
        assert!(matches!(client.ask(4, Ask::Hello(Hello { version: VERSION })).await, Answer::Welcome(_)));
        assert!(matches!(client.ask(5, Ask::Phones(ListPhones {})).await, Answer::Phones(_)));
    });
}

#[test]
fn a_request_of_a_later_version_is_unknown_and_no_harm() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let mut client = Raw::greeted(&daemon.socket()).await;
        // Field 1, the id, is 9; field 500, of which this version knows nothing, is an empty message.
        client.say(&[0, 0, 0, 5, 0x08, 9, 0xa2, 0x1f, 0]).await;
        assert_eq!(client.refused().await, Kind::UnknownRequest);
        assert!(matches!(client.ask(10, Ask::Phones(ListPhones {})).await, Answer::Phones(_)));
    });
}

#[test]
fn a_text_without_end_does_not_make_an_answer_too_long() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        daemon.call_comes_in(&"5".repeat(FRAME_LIMIT));
        let mut client = Raw::greeted(&daemon.socket()).await;
        let Answer::Calls(list) = client.ask(2, Ask::Calls(ListCalls {})).await else { panic!("no list") };
        assert_eq!(list.calls.len(), 1);
        assert_eq!(list.calls[0].number, Some("5".repeat(100)));
    });
}

#[test]
fn rubbish_is_answered_and_ends_the_connection() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let too_long = [0, 1, 0, 1];
        let no_message = [0, 0, 0, 2, 0xff, 0xff];
        for rubbish in [&too_long[..], &no_message] {
            let mut client = Raw::greeted(&daemon.socket()).await;
            client.say(rubbish).await;
            assert_eq!(client.refused().await, Kind::Malformed);
            assert!(client.reply().await.is_none());
        }
    });
}

#[test]
fn a_client_that_does_not_finish_is_not_waited_for() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let mut silent = Raw::connect(&daemon.socket()).await;
        assert!(silent.reply().await.is_none(), "not even hello");
        let mut half = Raw::greeted(&daemon.socket()).await;
        half.say(&[0, 0, 0]).await;
        assert!(half.reply().await.is_none(), "half a frame");
    });
}

#[test]
fn a_client_that_says_a_byte_now_and_then_is_not_waited_for_either() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let strangers = Raw::connect(&daemon.socket()).await;
        let known = Raw::greeted(&daemon.socket()).await;
        for mut client in [strangers, known] {
            let mut heard = 0;
            // The first four say that many more are to come.
            for byte in [0, 0, 16].into_iter().chain([0; 17]) {
                if client.stream.write_all(&[byte]).await.is_err() {
                    break;
                }
                heard += 1;
                tokio::time::sleep(PATIENCE / 4).await;
            }
            assert!(heard <= 6, "it was heard for long");
        }
    });
}

#[test]
fn a_client_may_be_idle_and_send_its_requests_in_pieces_or_all_at_once() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let mut client = Raw::greeted(&daemon.socket()).await;
        tokio::time::sleep(PATIENCE * 3).await;
        let mut frames = Vec::new();
        for id in 1..=100 {
            control::put(&Request { id, ask: Some(Ask::Phones(ListPhones {})) }, &mut frames);
        }
        let (first, rest) = frames.split_at(7);
        client.say(first).await;
        tokio::task::yield_now().await;
        client.say(rest).await;
        for id in 1..=100 {
            assert_eq!(client.reply().await.unwrap().id, id);
        }
    });
}

#[test]
fn there_is_room_for_so_many_clients() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let mut clients = Vec::new();
        for _ in 0..MOST_CLIENTS {
            clients.push(Raw::greeted(&daemon.socket()).await);
        }
        let mut late = Raw::connect(&daemon.socket()).await;
        assert_eq!(late.refused().await, Kind::Busy);
        assert!(late.reply().await.is_none());

        let mut leaving = clients.pop().unwrap();
        leaving.stream.shutdown().await.unwrap();
        assert!(leaving.reply().await.is_none());
        // Its place is free when its task has ended.
        tokio::task::yield_now().await;
        Raw::greeted(&daemon.socket()).await;
    });
}

#[test]
fn a_watcher_is_told_what_happens_and_may_go_on_asking() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let mut client = Raw::greeted(&daemon.socket()).await;
        assert!(matches!(client.ask(7, Ask::Watch(Watch {})).await, Answer::Watching(_)));
        daemon.core.borrow_mut().set_foreground(PhoneId(1)).unwrap();
        let reply = client.reply().await.unwrap();
        let Some(Answer::Event(event)) = reply.answer else { panic!("{reply:?}") };
        assert_eq!((reply.id, event.phone.as_str()), (7, "work"));
        assert!(matches!(event.what, Some(What::Foreground(_))));
        assert!(event.unix_ms > 1_600_000_000_000);
        assert!(matches!(client.ask(8, Ask::Phones(ListPhones {})).await, Answer::Phones(_)));
    });
}

#[test]
fn a_watcher_that_does_not_read_is_dropped_and_delays_nobody() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let mut sleeper = Raw::greeted(&daemon.socket()).await;
        sleeper.ask(1, Ask::Watch(Watch {})).await;
        const EVENTS: usize = 20_000;
        for event in 0..EVENTS {
            daemon.core.borrow_mut().set_foreground(PhoneId((event + 1) % 2)).unwrap();
            tokio::task::yield_now().await;
        }
        let mut other = Raw::greeted(&daemon.socket()).await;
        assert!(matches!(other.ask(1, Ask::Phones(ListPhones {})).await, Answer::Phones(_)));

        let mut seen = 0;
        while sleeper.reply().await.is_some() {
            seen += 1;
        }
        assert!(seen > 0 && seen < EVENTS, "{seen} events before it was dropped");
    });
}

#[test]
fn the_protocol_describes_itself() {
    with_daemon(OnSwitch::Keep, async |daemon| {
        let mut client = Raw::greeted(&daemon.socket()).await;
        let answer = client.ask(1, Ask::Describe(Describe {})).await;
        let Answer::Description(description) = answer else { panic!("{answer:?}") };
        let set = prost_types::FileDescriptorSet::decode(&description.file_descriptor_set[..]).unwrap();
        assert_eq!(set.file[0].package(), "rild_proxy.control.v1");
        assert!(set.file[0].message_type.iter().any(|message| message.name() == "Request"));
    });
}

#[test]
fn the_configuration_may_keep_the_screen_where_the_call_is() {
    with_daemon(OnSwitch::Deny, async |daemon| {
        daemon.call_comes_in("+15550100009");
        let mut client = Raw::greeted(&daemon.socket()).await;
        let work = || Ask::Foreground(SetForeground { name: "work".to_owned() });
        assert_eq!(kind(&client.ask(1, work()).await), Kind::InCall);
        daemon.calls_end();
        assert!(matches!(client.ask(2, work()).await, Answer::Foreground(_)));
    });
}

/// What `rilctl` shows, against the same daemon.
#[cfg(feature = "ctl")]
mod rilctl {
    use clap::Parser;
    use serde_json::Value;

    use ril_trace::format::{Ending, Item, Reader};

    use super::*;
    use crate::control::{StartTrace, StopTrace};
    use crate::ctl::args::Cli;
    use crate::ctl::{CtlError, execute};
    use crate::exit::Exit;

    async fn rilctl(daemon: &Daemon, line: &str) -> Result<String, CtlError> {
        let socket = daemon.socket();
        let words = ["rilctl", "--control"].map(str::to_owned).into_iter();
        let words = words.chain([socket.display().to_string()]).chain(line.split(' ').map(str::to_owned));
        let cli = Cli::try_parse_from(words).unwrap();
        let run = move || {
            let mut out = Vec::new();
            execute(&cli, &mut out, false).map(|()| String::from_utf8(out).unwrap())
        };
        tokio::task::spawn_blocking(run).await.unwrap()
    }

    #[test]
    fn phones_and_calls() {
        with_daemon(OnSwitch::Keep, async |daemon| {
            daemon.call_comes_in("+15550100009");
            assert_eq!(rilctl(&daemon, "foreground work").await.unwrap(), "");
            assert_eq!(
                rilctl(&daemon, "phones").await.unwrap(),
                "PHONE     SCREEN      CLIENT  RADIO  PRIVILEGED  UNANSWERED\n\
                 personal  background  -       ON     yes         0\n\
                 work      foreground  -       ON     no          0\n"
            );
            assert_eq!(
                rilctl(&daemon, "calls").await.unwrap(),
                "PHONE     INDEX  MODEM  STATE     DIRECTION  NUMBER        CONFERENCE  ACCESS\n\
                 personal  1      1      INCOMING  incoming   +15550100009  no          -\n"
            );
            // Nobody was there to see it.
            daemon.calls_end();
            assert_eq!(
                rilctl(&daemon, "calls").await.unwrap(),
                "PHONE     INDEX  MODEM  STATE   DIRECTION  NUMBER        CONFERENCE  ACCESS\n\
                 personal  -      -      missed  incoming   +15550100009  no          -\n"
            );
            let json: serde_json::Value =
                serde_json::from_str(&rilctl(&daemon, "calls --json").await.unwrap()).unwrap();
            assert_eq!((&json[0]["missed"], &json[0]["number"]), (&true.into(), &"+15550100009".into()));
        });
    }

    #[test]
    fn errors_have_their_exit_codes() {
        with_daemon(OnSwitch::Keep, async |daemon| {
            let nobody = rilctl(&daemon, "foreground nobody").await.unwrap_err();
            assert_eq!(nobody.to_string(), "there is no phone \"nobody\"; there are personal, work");
            assert_eq!(nobody.exit(), Exit::Usage);
            assert_eq!(rilctl(&daemon, "sms --json").await.unwrap(), "[]\n");
            assert_eq!(rilctl(&daemon, "data --json").await.unwrap(), "[]\n");
            std::fs::remove_file(daemon.socket()).unwrap();
            let gone = rilctl(&daemon, "phones").await.unwrap_err();
            assert_eq!(gone.exit(), Exit::Unavailable);
            assert!(gone.to_string().contains("control.sock"), "{gone}");
        });
    }

    #[test]
    fn status_counts() {
        with_daemon(OnSwitch::Keep, async |daemon| {
            daemon.core.borrow_mut().phone_says(PhoneId(0), &[1, 2, 3]);
            let status: Value = serde_json::from_str(&rilctl(&daemon, "status --json").await.unwrap()).unwrap();
            assert_eq!(status["modem"], "a played modem");
            assert_eq!(status["ril_version"], 12);
            assert_eq!(status["radio"], "ON");
            assert_eq!(status["pid"], std::process::id());
            assert!(status["counters"]["from_modem"].as_u64() >= Some(2), "the greeting and the state of the radio");
            assert_eq!(status["counters"]["from_phones"], 1);
            assert_eq!(status["counters"]["malformed"], 1);
            assert_eq!(status["library_faults"]["late_completions"], 7);
        });
    }

    #[test]
    fn a_recording_has_what_went_through_the_router() {
        with_daemon(OnSwitch::Keep, async |daemon| {
            let file = daemon.run.path().join("t.riltrace").display().to_string();
            let start = || StartTrace { path: file.clone(), phone: String::new() };
            let mut client = Raw::greeted(&daemon.socket()).await;
            assert!(matches!(client.ask(2, Ask::StartTrace(start())).await, Answer::Tracing(_)));
            daemon.call_comes_in("+15550100009");
            assert!(matches!(client.ask(3, Ask::StopTrace(StopTrace {})).await, Answer::StoppingTrace(_)));
            let ended = client.reply().await.unwrap();
            let Some(Answer::TraceEnded(written)) = ended.answer else { panic!("{ended:?}") };
            assert_eq!((ended.id, written.error.as_str()), (2, ""));
            assert_eq!(written.bytes, std::fs::metadata(&file).unwrap().len());
            assert_eq!(kind(&client.ask(4, Ask::StartTrace(start())).await), Kind::Unspecified, "the file is there");

            let shown = rilctl(&daemon, &format!("trace show {file}")).await.unwrap();
            assert!(shown.contains("; RIL version 12; modem a played modem; phones personal, work;"), "{shown}");
            assert!(shown.contains("modem -> router: ! RESPONSE_CALL_STATE_CHANGED\n"), "{shown}");
            assert!(shown.contains("router -> modem: GET_CURRENT_CALLS #"), "{shown}");
            let ringing = format!("trace show {file} --json --message GET_CURRENT_CALLS");
            let ringing = rilctl(&daemon, &ringing).await.unwrap();
            let lines: Vec<Value> = ringing.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert!(lines.iter().any(|line| line["payload"][0]["number"] == "+15550100009"), "{ringing}");
        });
    }

    #[test]
    fn a_recording_ends_with_its_connection() {
        with_daemon(OnSwitch::Keep, async |daemon| {
            let path = daemon.run.path().join("t.riltrace");
            let ask = |phone: &str| StartTrace { path: path.display().to_string(), phone: phone.to_owned() };
            let mut client = Raw::greeted(&daemon.socket()).await;
            assert_eq!(kind(&client.ask(2, Ask::StopTrace(StopTrace {})).await), Kind::Unspecified);
            assert_eq!(kind(&client.ask(3, Ask::StartTrace(ask("nobody"))).await), Kind::NoSuchPhone);
            let relative = StartTrace { path: "t.riltrace".to_owned(), phone: String::new() };
            assert_eq!(kind(&client.ask(4, Ask::StartTrace(relative)).await), Kind::Unspecified);
            assert!(!path.exists());
            assert!(matches!(client.ask(5, Ask::StartTrace(ask("work"))).await, Answer::Tracing(_)));
            assert_eq!(kind(&client.ask(6, Ask::StartTrace(ask("work"))).await), Kind::Unspecified);
            daemon.core.borrow_mut().set_foreground(PhoneId(1)).unwrap();
            daemon.core.borrow_mut().set_foreground(PhoneId(0)).unwrap();
            client.stream.shutdown().await.unwrap();
            assert!(client.reply().await.is_none());
            // The thread that writes takes the time it takes.
            let ending = loop {
                let mut reader = Reader::open(std::fs::File::open(&path).unwrap()).unwrap();
                let mut items = Vec::new();
                while let Some(item) = reader.next_item().unwrap() {
                    items.push(item);
                }
                if reader.ending() == Some(Ending::Complete) {
                    break items;
                }
                tokio::task::yield_now().await;
            };
            assert!(matches!(ending[..], [Item::Session(_), Item::Record(_)]), "{ending:?}");
        });
    }

    #[test]
    fn watch_tells_no_number() {
        with_daemon(OnSwitch::Keep, async |daemon| {
            let watching = rilctl(&daemon, "watch --json --count 1");
            tokio::pin!(watching);
            // Calls come and go until somebody watches.
            let line = loop {
                tokio::select! {
                    line = &mut watching => break line.unwrap(),
                    () = tokio::task::yield_now() => {
                        daemon.call_comes_in("+15550100009");
                        daemon.calls_end();
                    }
                }
            };
            assert!(!line.contains("5550100009"), "{line}");
            let event: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(event["event"], "call_assigned");
            assert_eq!(event["phone"], "personal");
        });
    }
}
