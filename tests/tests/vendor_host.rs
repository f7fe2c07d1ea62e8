//! The host of vendor libraries against libraries in C: libawkward.so, right but awkward and wrong on command,
//! libwrapper.so, which wraps it, and liblinked.so, which needs libril.so. What they answer stands in the tables of
//! their sources.
//!
//! A process can have one vendor library, so each test runs in a process of its own: this executable again.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroU8;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::Once;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::frame::{self, Message, RESPONSE_LIMIT};
use ril_protocol::parcel::{self, Parcel};
use ril_protocol::payload::network::SignalStrength;
use ril_protocol::payload::{Ints, Raw, Strings, Text};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use rild_proxy_tests::vendor::{self, Fifo};
use vendor_shim::host::{HostConfig, HostStats, Lane, Sim, Sims, StartError, VendorHost};

/// Set in the process that a test runs in.
const INSIDE: &str = "VENDOR_HOST_TEST";
/// A library that is silent for so many milliseconds when it should speak hangs.
const HANGS: u16 = 20_000;
const IMEI: &str = "356938035643809";
const LANE: Lane = Lane::Of(0);

/// How a test's own process ended, and what it wrote to stderr.
struct Ended {
    status: ExitStatus,
    stderr: String,
}

/// Runs `body` in a process of its own and says how that ended; in that process itself, `None`.
fn own_process(test: &str, body: impl FnOnce()) -> Option<Ended> {
    if std::env::var_os(INSIDE).is_some() {
        body();
        return None;
    }
    build_libraries();
    let mut this = Command::new(std::env::current_exe().expect("a test knows its executable"));
    this.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(INSIDE, "1").env(vendor::ALREADY_BUILT, "1");
    let output = this.output().expect("it can be started again");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(Ended { status: output.status, stderr })
}

/// Once for all tests: a test's own process finds them built.
fn build_libraries() {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        vendor::awkward();
        vendor::awkward_multi_sim();
        vendor::wrapper();
        vendor::wrapper_multi_sim();
        vendor::link_time_libril();
        vendor::linked_against(&libril());
    });
}

/// Tests whose process must end well.
macro_rules! hosted {
    ($($(#[$attribute:meta])* fn $name:ident() $body:block)*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            if let Some(Ended { status, stderr }) = own_process(stringify!($name), || $body) {
                assert!(status.success(), "{status}\n{stderr}");
            }
        }
    )*};
}

/// One frame that the host gave out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Reply { serial: i32, errno: Errno, payload: Vec<u8>, wants_ack: bool },
    News { code: UnsolCode, payload: Vec<u8>, wants_ack: bool },
    Ack { serial: i32 },
}

impl From<Message<'_>> for Said {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Reply(reply) => Self::Reply {
                serial: reply.serial,
                errno: reply.errno,
                payload: reply.payload.to_vec(),
                wants_ack: reply.wants_ack,
            },
            Message::Unsolicited(news) => {
                Self::News { code: news.code, payload: news.payload.to_vec(), wants_ack: news.wants_ack }
            }
            Message::Ack { serial } => Self::Ack { serial },
        }
    }
}

/// What a SIM has said and nobody has asked for yet, in order.
#[derive(Default)]
struct Heard(Vec<Said>);

impl Heard {
    /// Takes out the first that is wanted, waiting for it if need be.
    fn wait(&mut self, sim: &Sim, mut wanted: impl FnMut(&Said) -> bool) -> Said {
        loop {
            if let Some(at) = self.0.iter().position(&mut wanted) {
                return self.0.remove(at);
            }
            let mut fds = [PollFd::new(sim.event_fd(), PollFlags::POLLIN)];
            assert_eq!(poll(&mut fds, PollTimeout::from(HANGS)), Ok(1), "silence; heard so far: {:?}", self.0);
            self.take(sim);
        }
    }

    fn take(&mut self, sim: &Sim) {
        let mut frames = Vec::new();
        sim.drain(&mut frames);
        let mut rest = &frames[..];
        while !rest.is_empty() {
            let (body, used) = frame::split(rest, RESPONSE_LIMIT).expect("short frames").expect("whole frames");
            self.0.push(Message::parse(body).expect("one of the five forms").into());
            rest = &rest[used..];
        }
    }
}

/// A host and what its first SIM has said.
struct Phone {
    host: VendorHost,
    sim: Sim,
    heard: Heard,
}

/// libawkward.so, which sends each answer at once.
fn awkward(args: &[&str]) -> HostConfig {
    let args = ["-k", "1"].iter().chain(args).map(|&arg| arg.to_owned()).collect();
    HostConfig { args, ..HostConfig::new(vendor::awkward()) }
}

/// This library behind libwrapper.so, which is given its path first.
fn wrapped(wrapper: PathBuf, config: HostConfig) -> HostConfig {
    let path = config.library.into_os_string().into_string().expect("it has a plain name");
    HostConfig { library: wrapper, args: [vec![path], config.args].concat(), ..config }
}

fn start(args: &[&str]) -> Phone {
    Phone::start(&awkward(args))
}

impl Phone {
    fn start(config: &HostConfig) -> Self {
        let host = VendorHost::start(config).expect("the library starts");
        let sim = *host.sim(0).expect("there is a first SIM");
        Self { host, sim, heard: Heard::default() }
    }

    fn ask<T: Parcel>(&self, serial: i32, code: RequestCode, arguments: &T) {
        self.sim.request(LANE, code, serial, &encode(arguments));
    }

    /// A command to libawkward.so, or bytes that it echoes.
    fn raw(&self, serial: i32, bytes: &str) {
        self.sim.request(LANE, RequestCode::OEM_HOOK_RAW, serial, &raw(bytes));
    }

    fn imei(&self, serial: i32) {
        self.sim.request(LANE, RequestCode::GET_IMEI, serial, &[]);
    }

    fn wait(&mut self, wanted: impl FnMut(&Said) -> bool) -> Said {
        self.heard.wait(&self.sim, wanted)
    }

    /// Waits for an answer.
    fn answer(&mut self, wanted: i32) -> (Errno, Vec<u8>) {
        match self.wait(|said| matches!(said, Said::Reply { serial, .. } if *serial == wanted)) {
            Said::Reply { errno, payload, .. } => (errno, payload),
            other => unreachable!("{other:?}"),
        }
    }

    /// Waits for an unsolicited message.
    fn news(&mut self, wanted: UnsolCode) -> Vec<u8> {
        match self.wait(|said| matches!(said, Said::News { code, .. } if *code == wanted)) {
            Said::News { payload, .. } => payload,
            other => unreachable!("{other:?}"),
        }
    }

    /// Gives a command, which must be obeyed.
    fn command(&mut self, command: &str) {
        self.raw(-99, command);
        assert_eq!(self.answer(-99), (Errno::SUCCESS, raw(command)), "{command}");
    }

    fn expect_imei(&mut self, serial: i32) {
        assert_eq!(self.answer(serial), (Errno::SUCCESS, text(IMEI)));
    }

    /// What the host counts, but for messages that came before the greeting: whether there are any depends on how soon
    /// the timed callback of libawkward.so runs.
    fn faults(&self) -> HostStats {
        HostStats { early_unsolicited: 0, ..self.host.stats() }
    }

    /// The library still answers, and has said nothing else since.
    fn expect_all_quiet(&mut self) {
        self.imei(12345);
        self.expect_imei(12345);
        let replies: Vec<&Said> = self.heard.0.iter().filter(|said| !matches!(said, Said::News { .. })).collect();
        assert!(replies.is_empty(), "{replies:?}");
    }
}

fn encode<T: Parcel>(value: &T) -> Vec<u8> {
    parcel::encode(value, RilVersion::COMMON)
}

fn decode<T: Parcel>(payload: &[u8]) -> T {
    parcel::decode(payload, RilVersion::COMMON).expect("a whole payload")
}

fn raw(bytes: &str) -> Vec<u8> {
    encode(&Raw(Some(bytes.as_bytes().to_vec())))
}

fn text(text: &str) -> Vec<u8> {
    encode::<Text>(&Some(text.to_owned()))
}

fn strings(texts: &[&str]) -> Vec<u8> {
    encode::<Strings>(&texts.iter().map(|&text| Some(text.to_owned())).collect())
}

/// Our libril.so, which cargo builds along with this test.
fn libril() -> PathBuf {
    std::env::current_exe().expect("a test knows its executable").with_file_name("libril.so")
}

fn linked(args: &[&str]) -> HostConfig {
    HostConfig {
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        libril: Some(libril()),
        ..HostConfig::new(vendor::linked_against(&libril()))
    }
}

hosted! {
    fn the_first_words_are_those_of_libril_to_a_new_client() {
        let mut phone = start(&[]);
        assert_eq!(phone.host.version(), RilVersion(12));
        assert_eq!(phone.host.vendor_version(), "awkward 1.0");
        let Said::News { code, payload, wants_ack } = phone.wait(|_| true) else { panic!("no news") };
        assert_eq!((code, payload, wants_ack), (UnsolCode::RIL_CONNECTED, encode::<Ints>(&vec![12]), false));
        let Said::News { code, payload, .. } = phone.wait(|_| true) else { panic!("no news") };
        assert_eq!(code, UnsolCode::RESPONSE_RADIO_STATE_CHANGED);
        assert!(matches!(decode::<i32>(&payload), 1 | 10), "{payload:?}");
    }

    fn a_timed_callback_asked_for_in_ril_init_runs() {
        let mut phone = start(&[]);
        while decode::<i32>(&phone.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED)) != 10 {}
    }

    fn the_library_gets_its_arguments_and_the_client_id() {
        let config = HostConfig {
            program: "/system/bin/rild".to_owned(),
            client_id: Some("2".to_owned()),
            ..awkward(&["-f", "7"])
        };
        let mut phone = Phone::start(&config);
        phone.raw(1, "argv");
        let lines = ["/system/bin/rild", "-k", "1", "-f", "7", "-c", "2", "NULL"].join("\n");
        let (errno, payload) = phone.answer(1);
        let Raw(Some(bytes)) = decode::<Raw>(&payload) else { panic!("no arguments") };
        assert_eq!((errno, String::from_utf8_lossy(&bytes).trim_end()), (Errno::SUCCESS, &lines[..]));
    }

    fn a_library_that_does_not_know_the_client_id_is_not_given_one() {
        let mut phone = Phone::start(&HostConfig { client_id: None, ..awkward(&[]) });
        phone.raw(1, "argv");
        assert_eq!(phone.answer(1), (Errno::SUCCESS, raw("/system/bin/rild\n-k\n1\nNULL")));
    }

    fn answers_come_in_the_order_of_the_library_with_the_serials_of_the_asker() {
        let mut phone = Phone::start(&HostConfig::new(vendor::awkward()));
        for (serial, echo) in [(7, "a"), (7, "b"), (i32::MIN, "c"), (-1, "d")] {
            phone.raw(serial, echo);
        }
        let mut seen = BTreeSet::new();
        for _ in 0..4 {
            let Said::Reply { serial, payload, .. } = phone.wait(|said| matches!(said, Said::Reply { .. })) else {
                unreachable!("waited for a reply")
            };
            seen.insert((serial, payload));
        }
        let wanted = [(7, "a"), (7, "b"), (i32::MIN, "c"), (-1, "d")].map(|(serial, echo)| (serial, raw(echo)));
        assert_eq!(seen, BTreeSet::from(wanted));
    }

    fn answers_are_copied_before_the_library_uses_its_memory_again() {
        let mut phone = start(&[]);
        for serial in 0..200 {
            phone.imei(serial);
            phone.raw(serial + 1000, &format!("echo {serial}"));
        }
        for serial in 0..200 {
            phone.expect_imei(serial);
            assert_eq!(phone.answer(serial + 1000), (Errno::SUCCESS, raw(&format!("echo {serial}"))));
        }
        assert_eq!(phone.faults(), HostStats::default());
    }

    fn a_second_completion_is_dropped_and_counted() {
        let mut phone = start(&[]);
        phone.command("double");
        phone.imei(1);
        phone.expect_imei(1);
        phone.command("late");
        phone.imei(2);
        phone.expect_imei(2);
        phone.command("release");
        phone.expect_all_quiet();
        let counted = |phone: &Phone| phone.host.stats().doubled_completions;
        // The stray ones come from other threads, so some may still be on their way.
        while counted(&phone) < 2 {
            phone.expect_all_quiet();
        }
        assert_eq!(phone.faults(), HostStats { doubled_completions: 2, ..HostStats::default() });
    }

    fn a_wrapper_finds_behind_a_token_what_libril_keeps_there() {
        let mut phone = Phone::start(&wrapped(vendor::wrapper(), awkward(&[])));
        phone.ask(7, RequestCode::BASEBAND_VERSION, &());
        assert_eq!(phone.answer(7), (Errno::SUCCESS, text("51 7 0")));
        phone.command("ack");
        phone.imei(8);
        assert_eq!(phone.news(UnsolCode::OEM_HOOK_RAW), raw("acknowledged 38"));
        phone.wait(|said| matches!(said, Said::Ack { serial: 8 }));
        phone.expect_imei(8);
        phone.command("never");
        phone.imei(9);
        phone.raw(10, "seen");
        assert_eq!(phone.answer(10).1, raw("51 38 38"), "it reached the library");
        phone.sim.cancel(9);
        phone.command("release");
        assert_eq!(phone.news(UnsolCode::OEM_HOOK_RAW), raw("cancelled 38"));
        while phone.host.stats().late_completions < 1 {
            phone.expect_all_quiet();
        }
        assert_eq!(phone.faults(), HostStats { late_completions: 1, ..HostStats::default() });
    }

    fn what_a_wrapper_writes_behind_a_token_is_not_believed() {
        let mut phone = Phone::start(&wrapped(vendor::wrapper(), awkward(&[])));
        phone.ask(1, RequestCode::ALLOW_DATA, &vec![1]);
        assert_eq!(phone.answer(1), (Errno::SUCCESS, vec![]), "not that to the request which the library was given");
        phone.command("late");
        phone.imei(2);
        phone.expect_imei(2);
        phone.command("release");
        while phone.host.stats().doubled_completions < 2 {
            phone.expect_all_quiet();
        }
        assert_eq!(phone.faults(), HostStats { doubled_completions: 2, ..HostStats::default() });
    }

    fn invented_tokens_are_dropped_and_counted() {
        let mut phone = start(&[]);
        phone.command("invent");
        while phone.host.stats().invented_completions < 4 {
            phone.expect_all_quiet();
        }
        phone.expect_all_quiet();
        assert_eq!(phone.faults(), HostStats { invented_completions: 4, ..HostStats::default() });
    }

    fn a_cancelled_request_is_answered_to_nobody() {
        let mut phone = start(&[]);
        phone.command("never");
        phone.imei(1);
        phone.expect_all_quiet();
        phone.sim.cancel(1);
        phone.command("release");
        // Each look is a round trip through the library; it comes long before there are this many.
        for _ in 0..100_000 {
            if phone.host.stats().late_completions > 0 {
                break;
            }
            phone.expect_all_quiet();
        }
        phone.expect_all_quiet();
        assert_eq!(phone.faults(), HostStats { late_completions: 1, ..HostStats::default() });
    }

    fn success_without_a_result_is_an_empty_payload() {
        let mut phone = start(&[]);
        phone.command("null-ok");
        phone.ask(1, RequestCode::SIGNAL_STRENGTH, &());
        assert_eq!(phone.answer(1), (Errno::SUCCESS, vec![]));
    }

    fn an_error_may_carry_a_payload() {
        let mut phone = start(&[]);
        phone.command("error-payload");
        phone.raw(1, "why");
        assert_eq!(phone.answer(1), (Errno::GENERIC_FAILURE, raw("why")));
    }

    fn a_result_of_impossible_length_is_errno_minus_one() {
        let mut phone = start(&[]);
        phone.command("bad-length");
        phone.ask(1, RequestCode::SIGNAL_STRENGTH, &());
        assert_eq!(phone.answer(1), (Errno(-1), vec![]));
        phone.expect_all_quiet();
        assert_eq!(phone.faults(), HostStats { bad_responses: 1, ..HostStats::default() });
    }

    fn what_is_no_request_never_reaches_the_library() {
        let mut phone = start(&[]);
        phone.sim.request(LANE, RequestCode(9999), 1, &[]);
        assert_eq!(phone.answer(1), (Errno::REQUEST_NOT_SUPPORTED, vec![]));
        phone.sim.request(LANE, RequestCode::DTMF, 2, &[]);
        assert_eq!(phone.answer(2), (Errno::INVALID_ARGUMENTS, vec![]));
        phone.sim.request(LANE, RequestCode::SEND_SMS, 3, &1_000_000_i32.to_ne_bytes());
        assert_eq!(phone.answer(3), (Errno::INVALID_ARGUMENTS, vec![]));
        phone.sim.request(LANE, RequestCode::RESPONSE_ACKNOWLEDGEMENT, 4, &[]);
        phone.expect_all_quiet();
        assert_eq!(phone.faults(), HostStats { bad_requests: 3, ..HostStats::default() });
    }

    fn an_old_library_s_clients_are_told_of_a_general_failure() {
        let mut phone = start(&["-v", "6"]);
        phone.sim.request(LANE, RequestCode::DTMF, 2, &[]);
        assert_eq!(phone.answer(2), (Errno::GENERIC_FAILURE, vec![]));
    }

    fn an_acknowledgement_goes_out_before_the_answer() {
        let mut phone = start(&[]);
        phone.command("ack");
        phone.imei(5);
        let first = phone.wait(|said| !matches!(said, Said::News { .. }));
        assert_eq!(first, Said::Ack { serial: 5 });
        let second = phone.wait(|said| matches!(said, Said::Reply { .. }));
        assert_eq!(second, Said::Reply { serial: 5, errno: Errno::SUCCESS, payload: text(IMEI), wants_ack: false });
    }

    fn from_version_13_on_clients_acknowledge() {
        let mut phone = start(&["-v", "13"]);
        phone.command("ack");
        phone.imei(5);
        let answer = phone.wait(|said| matches!(said, Said::Reply { .. }));
        assert_eq!(answer, Said::Reply { serial: 5, errno: Errno::SUCCESS, payload: text(IMEI), wants_ack: true });
        phone.command("ring 5550100");
        let ring = phone.wait(|said| matches!(said, Said::News { code: UnsolCode::CALL_RING, .. }));
        assert!(matches!(ring, Said::News { wants_ack: true, .. }), "{ring:?}");
        phone.command("storm 1");
        let signal = phone.wait(|said| matches!(said, Said::News { code: UnsolCode::SIGNAL_STRENGTH, .. }));
        assert!(matches!(signal, Said::News { wants_ack: false, .. }), "{signal:?}");
    }

    fn a_storm_from_many_threads_arrives_whole() {
        let mut phone = start(&[]);
        phone.command("storm 20000");
        let mut seen = vec![false; 20_000];
        for _ in 0..seen.len() {
            let signal: SignalStrength = decode(&phone.news(UnsolCode::SIGNAL_STRENGTH));
            let number = usize::try_from(signal.cdma_dbm).expect("not negative");
            assert!(!std::mem::replace(&mut seen[number], true), "{number} twice");
        }
        phone.expect_all_quiet();
        assert_eq!(phone.faults(), HostStats::default());
    }

    fn a_library_that_blocks_in_onrequest_is_heard_all_the_same() {
        let fifo = Fifo::make();
        let mut phone = start(&["-u", fifo.path()]);
        phone.command("never");
        phone.imei(1);
        phone.command("block");
        phone.imei(2);
        assert_eq!(phone.news(UnsolCode::OEM_HOOK_RAW), raw("blocked"));
        phone.raw(3, "withdrawn");
        phone.sim.cancel(3);
        phone.imei(4);
        phone.sim.request(LANE, RequestCode::DTMF, 5, &[]);
        assert_eq!(phone.answer(5), (Errno::INVALID_ARGUMENTS, vec![]), "while the library blocks");
        fifo.unblock();
        phone.expect_imei(2);
        phone.expect_imei(4);
        phone.command("release");
        phone.expect_imei(1);
        phone.expect_all_quiet();
        assert_eq!(phone.faults(), HostStats { bad_requests: 1, ..HostStats::default() });
    }

    fn requests_of_other_lanes_wait_for_one_of_a_flood_and_urgent_ones_for_none() {
        let fifo = Fifo::make();
        let mut phone = start(&["-k", "1", "-u", fifo.path()]);
        phone.command("block");
        phone.imei(0);
        phone.news(UnsolCode::OEM_HOOK_RAW);
        // Each is answered inside of onRequest, and so in the order in which the library gets them.
        let ask = |lane, serial| phone.sim.request(lane, RequestCode::OEM_HOOK_RAW, serial, &raw("socket"));
        for serial in 100..400 {
            ask(Lane::Of(1), serial);
        }
        ask(Lane::Of(2), 20);
        ask(Lane::Of(3), 30);
        ask(Lane::Of(2), 21);
        ask(Lane::Urgent, 1);
        fifo.unblock();
        let mut order = Vec::new();
        // The first one's answer comes from another thread, and so at any time.
        let mut first = false;
        while order.len() < 304 || !first {
            match phone.wait(|said| matches!(said, Said::Reply { .. })) {
                Said::Reply { serial: 0, .. } => first = true,
                Said::Reply { serial, errno, .. } => {
                    assert_eq!(errno, Errno::SUCCESS);
                    order.push(serial);
                }
                other => unreachable!("{other:?}"),
            }
        }
        let wanted: Vec<i32> = [1, 100, 20, 30, 101, 21].into_iter().chain(102..400).collect();
        assert_eq!(order, wanted);
        phone.expect_all_quiet();
    }

    fn a_nitz_message_carries_its_time_of_arrival() {
        let mut phone = start(&[]);
        phone.command("unsol 1008 26/11/23,20:25:00+00");
        let payload = phone.news(UnsolCode::NITZ_TIME_RECEIVED);
        let said = text("26/11/23,20:25:00+00");
        let (start, time) = payload.split_at(said.len());
        assert_eq!(start, said);
        let time = i64::from_ne_bytes(time.try_into().expect("eight bytes"));
        let uptime = fs::read_to_string("/proc/uptime").expect("Linux");
        let uptime: f64 = uptime.split(' ').next().and_then(|seconds| seconds.parse().ok()).expect("seconds");
        assert!((uptime * 1000.0 - time as f64).abs() < 60_000.0, "{time} ms at {uptime} s");
    }

    fn an_unsolicited_code_that_nobody_knows_is_dropped() {
        let mut phone = start(&[]);
        phone.command("unsol 4711 hello");
        // A thread of the library's own raises it, and may be slower than those that answer.
        let is_counted = |phone: &mut Phone| {
            phone.expect_all_quiet();
            phone.faults() != HostStats::default()
        };
        assert!((0..10_000).any(|_| is_counted(&mut phone)), "nothing is counted");
        assert!(!phone.heard.0.iter().any(|said| matches!(said, Said::News { code: UnsolCode(4711), .. })));
        assert_eq!(phone.faults(), HostStats { bad_responses: 1, ..HostStats::default() });
    }

    fn two_sims_speak_apart() {
        let two = NonZeroU8::new(2).expect("two");
        let config = HostConfig {
            library: vendor::awkward_multi_sim(),
            sims: Sims::Several(two),
            ..awkward(&[])
        };
        let host = VendorHost::start(&config).expect("the library starts");
        assert!(host.sim(2).is_none());
        for index in [1, 0] {
            let sim = host.sim(index).expect("there are two");
            sim.request(LANE, RequestCode::OEM_HOOK_RAW, 1, &raw("socket"));
            let reply = Heard::default().wait(sim, |said| matches!(said, Said::Reply { .. }));
            let Said::Reply { payload, .. } = reply else { unreachable!("waited for a reply") };
            assert_eq!(payload, raw(&index.to_string()));
        }
    }

    fn a_wrapper_finds_the_socket_of_a_request_behind_its_token() {
        let config = HostConfig {
            library: vendor::awkward_multi_sim(),
            sims: Sims::Several(NonZeroU8::new(2).expect("two")),
            ..awkward(&[])
        };
        let host = VendorHost::start(&wrapped(vendor::wrapper_multi_sim(), config)).expect("the library starts");
        let sim = host.sim(1).expect("there are two");
        sim.request(LANE, RequestCode::BASEBAND_VERSION, 5, &[]);
        let reply = Heard::default().wait(sim, |said| matches!(said, Said::Reply { .. }));
        let Said::Reply { payload, .. } = reply else { unreachable!("waited for a reply") };
        assert_eq!(payload, text("51 5 1"));
    }

    fn a_library_is_loaded_once_per_process() {
        let _phone = start(&[]);
        let second = VendorHost::start(&awkward(&[])).expect_err("there is one");
        assert!(matches!(second, StartError::AlreadyStarted));
    }

    fn a_library_that_refuses_to_start_is_named() {
        let error = VendorHost::start(&awkward(&["-n"])).expect_err("RIL_Init returns NULL");
        assert!(matches!(error, StartError::InitFailed { .. }));
        assert!(error.to_string().contains("libawkward.so") && error.to_string().contains("RIL_Init"), "{error}");
    }

    fn a_library_of_an_older_version_is_refused() {
        let error = VendorHost::start(&awkward(&["-v", "5"])).expect_err("too old");
        assert!(matches!(error, StartError::Version { version: RilVersion(5), .. }), "{error}");
    }

    fn a_library_of_an_unknown_version_is_refused() {
        let error = VendorHost::start(&awkward(&["-v", "16"])).expect_err("too new");
        assert!(error.to_string().contains("libawkward.so") && error.to_string().contains("16"), "{error}");
    }

    fn a_library_that_is_not_there_is_named() {
        let error = VendorHost::start(&HostConfig::new("/nowhere/libril-vendor.so")).expect_err("not there");
        assert!(matches!(error, StartError::Open { .. }));
        assert!(error.to_string().contains("/nowhere/libril-vendor.so"), "{error}");
    }

    fn a_library_that_is_no_vendor_s_is_named() {
        let error = VendorHost::start(&HostConfig::new("libm.so.6")).expect_err("no RIL_Init");
        assert!(matches!(error, StartError::NoInit { .. }));
        assert!(error.to_string().contains("libm.so.6") && error.to_string().contains("RIL_Init"), "{error}");
    }

    fn a_library_linked_against_libril_reaches_the_host() {
        let mut phone = Phone::start(&linked(&[]));
        assert_eq!(phone.host.vendor_version(), "linked 1.0");
        while decode::<i32>(&phone.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED)) != 10 {}
        phone.ask(1, RequestCode::BASEBAND_VERSION, &());
        assert_eq!(phone.answer(1), (Errno::SUCCESS, text("linked 1.0")));
        phone.raw(2, "ring");
        assert!(phone.news(UnsolCode::CALL_RING).is_empty());
        phone.raw(3, "ack");
        phone.wait(|said| *said == Said::Ack { serial: 3 });
        for (question, wanted) in [
            (&["requestToString", "10"][..], "DIAL"),
            (&["requestToString", "1001"], "UNSOL_RESPONSE_CALL_STATE_CHANGED"),
            (&["failCauseToString", "2"], "E_GENERIC_FAILURE"),
            (&["callStateToString", "4"], "INCOMING"),
            (&["radioStateToString", "10"], "RADIO_ON"),
            (&["rilSocketIdToString", "0"], "RIL_SOCKET_1"),
            (&["ril_nano_time"], "monotonic"),
            (&["record_stream", "whole"], "whole"),
        ] {
            phone.sim.request(LANE, RequestCode::OEM_HOOK_STRINGS, 4, &strings(question));
            assert_eq!(phone.answer(4), (Errno::SUCCESS, strings(&[wanted])), "{question:?}");
        }
    }

    fn a_library_may_register_by_itself() {
        let mut phone = Phone::start(&linked(&["-r"]));
        phone.ask(1, RequestCode::BASEBAND_VERSION, &());
        assert_eq!(phone.answer(1), (Errno::SUCCESS, text("linked 1.0")));
        let greetings = phone.heard.0.iter().filter(|said| matches!(said, Said::News { code: UnsolCode::RIL_CONNECTED, .. }));
        assert_eq!(greetings.count(), 1);
    }

    fn somebody_else_s_libril_is_refused() {
        let config = HostConfig { libril: Some(vendor::link_time_libril()), ..linked(&[]) };
        let error = VendorHost::start(&config).expect_err("not ours");
        assert!(error.to_string().contains("rilproxy_attach"), "{error}");
    }

}

/// A library that does what `command` makes it do; how its process ended.
fn dies(test: &str, command: &str) -> Option<Ended> {
    own_process(test, || {
        let mut phone = start(&[]);
        phone.raw(1, command);
        phone.wait(|_| false);
    })
}

/// The one line that says that a signal ended the process.
fn crash_line(ended: &Ended) -> &str {
    let mut lines = ended.stderr.lines().filter(|line| line.starts_with("rild-proxy: "));
    let line = lines.next().unwrap_or_else(|| panic!("no line: {}", ended.stderr));
    assert_eq!(lines.next(), None);
    line
}

#[test]
fn a_crash_inside_onrequest_names_the_request() {
    let Some(ended) = dies("a_crash_inside_onrequest_names_the_request", "here-segv") else { return };
    assert_eq!(ended.status.signal(), Some(11), "{}", ended.stderr);
    let line = crash_line(&ended);
    for part in ["SIGSEGV", "\"ril-request\"", "inside the vendor library (libawkward.so+0x", "OEM_HOOK_RAW (59)"] {
        assert!(line.contains(part), "{part} in {line}");
    }
}

/// A library that dies by a signal on a thread of its own.
macro_rules! killed {
    ($($test:ident: $command:literal is $name:literal $number:literal;)*) => {$(
        #[test]
        fn $test() {
            let Some(ended) = dies(stringify!($test), $command) else { return };
            assert_eq!(ended.status.signal(), Some($number), "{}", ended.stderr);
            let line = crash_line(&ended);
            assert!(line.contains($name) && line.contains("(libawkward.so+0x"), "{line}");
        }
    )*};
}

killed! {
    a_null_pointer_is_blamed_on_the_library: "sig segv" is "SIGSEGV" 11;
    a_bus_error_is_blamed_on_the_library: "sig bus" is "SIGBUS" 7;
    a_division_by_zero_is_blamed_on_the_library: "sig fpe" is "SIGFPE" 8;
    an_abort_is_blamed_on_the_library: "sig abrt" is "SIGABRT" 6;
}

#[test]
fn our_own_exit_is_not_blamed_on_the_library() {
    let ended = own_process("our_own_exit_is_not_blamed_on_the_library", || drop(start(&[])));
    assert!(ended.is_none_or(|ended| ended.status.success() && !ended.stderr.contains("rild-proxy: ")));
}

#[test]
fn our_own_exit_after_a_failed_start_is_not_blamed_on_the_library() {
    let ended = own_process("our_own_exit_after_a_failed_start_is_not_blamed_on_the_library", || {
        VendorHost::start(&awkward(&["-n"])).expect_err("RIL_Init returns NULL");
    });
    assert!(ended.is_none_or(|ended| ended.status.success() && !ended.stderr.contains("rild-proxy: ")));
}

#[test]
fn an_exit_by_the_library_is_said() {
    let Some(ended) = dies("an_exit_by_the_library_is_said", "sig exit") else { return };
    assert_eq!(ended.status.code(), Some(3), "{}", ended.stderr);
    let line = crash_line(&ended);
    assert!(line.contains("exit()") && line.contains("libawkward.so"), "{line}");
}

#[test]
fn a_library_that_keeps_the_arguments_has_them_until_it_frees_them() {
    let ended = own_process("a_library_that_keeps_the_arguments_has_them_until_it_frees_them", || {
        let mut phone = Phone::start(&HostConfig { frees_arguments: true, ..awkward(&["-o"]) });
        for serial in 1..=500 {
            phone.raw(serial, "5550123");
            phone.sim.request(LANE, RequestCode::OEM_HOOK_STRINGS, -serial, &strings(&["AT", "", "+CPIN"]));
            phone.ask(serial + 1000, RequestCode::SCREEN_STATE, &vec![serial % 2]);
            assert_eq!(phone.answer(serial), (Errno::SUCCESS, raw("5550123")));
            phone.answer(-serial);
            phone.answer(serial + 1000);
        }
        phone.imei(1);
        phone.expect_imei(1);
    });
    if let Some(ended) = ended {
        assert!(ended.status.success(), "{}", ended.stderr);
    }
}

/// A library of which a process that it has forked dies; that process ends as if nothing had happened.
fn forks(test: &str, command: &str) -> Option<Ended> {
    let ended = own_process(test, || start(&[]).command(command));
    ended.inspect(|ended| assert!(ended.status.success(), "{}", ended.stderr))
}

#[test]
fn an_exit_of_a_process_that_the_library_has_forked_is_not_ours() {
    let Some(ended) = forks("an_exit_of_a_process_that_the_library_has_forked_is_not_ours", "fork exit") else {
        return;
    };
    assert!(!ended.stderr.contains("rild-proxy: "), "{}", ended.stderr);
}

#[test]
fn a_crash_of_a_process_that_the_library_has_forked_is_said_to_be_one() {
    let test = "a_crash_of_a_process_that_the_library_has_forked_is_said_to_be_one";
    let Some(ended) = forks(test, "fork segv") else { return };
    let line = crash_line(&ended);
    for part in ["SIGSEGV", "which the vendor library has forked", "inside the vendor library (libawkward.so+0x"] {
        assert!(line.contains(part), "{part} in {line}");
    }
}
