//! The root daemon on vendor libraries in C that are awkward, wrong on command, broken, or crash. What the libraries do
//! stands in the tables at the top of `libawkward.c` and `liblinked.c`.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ril_protocol::frame::{Message, RESPONSE_LIMIT, Request, split};
use ril_protocol::payload::call::Dial;
use ril_protocol::payload::device::ActivityInfo;
use ril_protocol::payload::network::SignalStrength;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::sim::{SimIo, SimIoResponse};
use ril_protocol::payload::{Ints, Raw, Strings, Text};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy::control::reply::Answer;
use rild_proxy::control::request::Ask;
use rild_proxy::control::{GetStatus, StartTrace};
use rild_proxy_tests::journal::PATIENCE;
use rild_proxy_tests::peer::{ALWAYS_AT_MODEM, Heard, Peer, decode, encode, frame, is_radio, raw, request};
use rild_proxy_tests::root::{Proxy, Root, expect_no_process};
use rild_proxy_tests::vendor::{self, Fifo};

/// Two phones, of which the first may use OEM hooks, on a library with these arguments.
fn config(library: &Path, args: &[&str]) -> String {
    let library = library.display();
    format!(
        "[modem]\nlibrary = '{library}'\nargs = {args:?}\n\
         [[phone]]\nname = 'first'\nprivileged = true\n[[phone]]\nname = 'second'\n"
    )
}

/// A daemon on libawkward.so and both of its phones.
struct Scene {
    root: Root,
    first: Peer,
    second: Peer,
}

impl Scene {
    /// On a libawkward.so that sends each answer at once.
    fn set() -> Self {
        Self::with(&["-k", "1"])
    }

    fn with(args: &[&str]) -> Self {
        Self::of(Root::start(&config(&vendor::awkward(), args)))
    }

    /// Nobody reads what the daemon says.
    fn unread() -> Self {
        Self::of(Root::start_unread(&config(&vendor::awkward(), &["-k", "1"])))
    }

    fn of(root: Root) -> Self {
        let (first, second) = (root.client("first"), root.client("second"));
        Self { root, first, second }
    }

    /// Gives the library a command, which it must obey.
    fn command(&mut self, command: &str) {
        let answer = self.first.ask(RequestCode::OEM_HOOK_RAW, &raw(command));
        assert_eq!(answer, (Errno::SUCCESS, raw(command)), "{command}");
    }

    /// Both phones are served and have heard no answer that they did not ask for.
    fn is_well(&mut self) {
        for phone in [&mut self.first, &mut self.second] {
            assert_eq!(phone.ask(ALWAYS_AT_MODEM, &[]), (Errno::SUCCESS, activity()));
            phone.expect_no_more_replies();
        }
        assert!(self.root.is_running());
    }
}

fn text(text: &str) -> Vec<u8> {
    encode::<Text>(&Some(text.to_owned()))
}

/// What the library answers to [`ALWAYS_AT_MODEM`].
fn activity() -> Vec<u8> {
    encode(&ActivityInfo {
        sleep_mode_time_ms: 10,
        idle_mode_time_ms: 20,
        tx_mode_time_ms: [1, 2, 3, 4, 5],
        rx_mode_time_ms: 30,
    })
}

/// A data call: seven strings.
fn data_call() -> Vec<u8> {
    encode::<Strings>(&vec![Some("0011".to_owned()); 7])
}

fn dial(number: &str) -> Vec<u8> {
    encode(&Dial { address: Some(number.to_owned()), ..Dial::default() })
}

/// The requests that reached the library since this was asked last, in their order.
fn seen(phone: &mut Peer) -> Vec<RequestCode> {
    let (errno, payload) = phone.ask(RequestCode::OEM_HOOK_RAW, &raw("seen"));
    assert_eq!(errno, Errno::SUCCESS);
    let codes = String::from_utf8(decode::<Raw>(&payload).0.expect("there is a text")).expect("it is ASCII");
    codes.split_whitespace().map(|code| RequestCode(code.parse().expect("a number"))).collect()
}

fn is_signal_strength(heard: &Heard) -> bool {
    matches!(heard, Heard::News { code: UnsolCode::SIGNAL_STRENGTH, .. })
}

/// Waits for as many as there are in a storm: each comes, and comes once.
fn expect_storm(phone: &mut Peer, count: usize) {
    let mut seen = BTreeSet::new();
    for _ in 0..count {
        let Heard::News { payload, .. } = phone.wait(is_signal_strength) else { unreachable!("waited for news") };
        let number = decode::<SignalStrength>(&payload).cdma_dbm;
        assert!(usize::try_from(number).is_ok_and(|number| number < count), "{number}");
        assert!(seen.insert(number), "{number} twice");
    }
}

/// The arguments of a SIM_IO that reads this file.
fn file(id: i32) -> SimIo {
    SimIo { command: 0xb0, file_id: id, path: Some("3F00".to_owned()), ..SimIo::default() }
}

#[test]
fn each_phone_gets_its_own_answers_whatever_their_order() {
    // Four answers at a time, last one first, from three threads and from memory that is overwritten afterwards.
    let mut scene = Scene::with(&[]);
    for serial in 0..200 {
        for phone in [&mut scene.first, &mut scene.second] {
            phone.send(ALWAYS_AT_MODEM, serial, &[]);
        }
        // The same serials in both phones, but not the same answers.
        scene.first.send(RequestCode::SIM_IO, 1000 + serial, &encode(&file(serial)));
        scene.second.send(RequestCode::SIM_IO, 1000 + serial, &encode(&file(500 + serial)));
        scene.first.send(RequestCode::OEM_HOOK_RAW, 2000 + serial, &raw(&format!("echo {serial}")));
    }
    for serial in 0..200 {
        for (phone, from) in [(&mut scene.first, 0), (&mut scene.second, 500)] {
            assert_eq!(phone.answer(serial), (Errno::SUCCESS, activity()));
            let (errno, payload) = phone.answer(1000 + serial);
            let answer: SimIoResponse = decode(&payload);
            let wanted = format!("176,{},3F00,0,0,0,-,-,-", from + serial);
            assert_eq!((errno, answer.response.as_deref()), (Errno::SUCCESS, Some(&wanted[..])));
        }
        assert_eq!(scene.first.answer(2000 + serial), (Errno::SUCCESS, raw(&format!("echo {serial}"))));
    }
    scene.is_well();
}

#[test]
fn doubled_and_late_answers_reach_nobody() {
    let mut scene = Scene::set();
    let dropped = "OnRequestComplete for a request that was answered before: dropped";
    scene.command("double");
    scene.is_well();
    scene.root.log().wait_for(&["WARN", dropped, "count=1"]);
    scene.command("late");
    // The place of the answered request is used again before its answer comes once more.
    scene.is_well();
    scene.command("release");
    scene.root.log().wait_for(&["WARN", dropped, "count=2"]);
    scene.is_well();
}

#[test]
fn invented_answers_reach_nobody() {
    let mut scene = Scene::set();
    scene.command("invent");
    scene.root.log().wait_for(&["OnRequestComplete for a token that was never given: dropped", "count=4"]);
    scene.is_well();
}

#[test]
fn success_without_a_result_is_passed_on() {
    let mut scene = Scene::set();
    assert_eq!(scene.second.ask(RequestCode::SETUP_DATA_CALL, &data_call()).0, Errno::SUCCESS);
    let codes = [
        RequestCode::SIGNAL_STRENGTH,
        RequestCode::GET_SIM_STATUS,
        RequestCode::OPERATOR,
        RequestCode::DATA_CALL_LIST,
        RequestCode::GET_IMEI,
    ];
    for code in codes {
        scene.command("null-ok");
        let (errno, payload) = scene.second.ask(code, &[]);
        assert_eq!(errno, Errno::SUCCESS, "{code}");
        // The list of data calls is made anew for each phone.
        assert!(payload.is_empty() || code == RequestCode::DATA_CALL_LIST, "{code} {payload:?}");
    }
    // The router looks inside of these. An SMS-SUBMIT without text (3GPP TS 23.040, 9.2.2.2).
    let submit = "01000B915155103254F6000000".to_owned();
    let requests = [
        (RequestCode::GET_CURRENT_CALLS, Vec::new()),
        (RequestCode::SETUP_DATA_CALL, data_call()),
        (RequestCode::SEND_SMS, encode::<Strings>(&vec![None, Some(submit)])),
    ];
    for (code, payload) in requests {
        scene.command("null-ok");
        assert_eq!(scene.second.ask(code, &payload).0, Errno::SUCCESS, "{code}");
    }
    scene.is_well();
}

#[test]
fn an_error_may_carry_a_payload() {
    let mut scene = Scene::set();
    scene.command("error-payload");
    assert_eq!(scene.first.ask(RequestCode::OEM_HOOK_RAW, &raw("why")), (Errno::GENERIC_FAILURE, raw("why")));
    // Of a phone without data calls the modem is not asked for the list.
    assert_eq!(scene.second.ask(RequestCode::SETUP_DATA_CALL, &data_call()).0, Errno::SUCCESS);
    for code in [RequestCode::GET_CURRENT_CALLS, RequestCode::DATA_CALL_LIST, RequestCode::SIGNAL_STRENGTH] {
        scene.command("error-payload");
        assert_eq!(scene.second.ask(code, &[]).0, Errno::GENERIC_FAILURE, "{code}");
    }
    scene.is_well();
}

#[test]
fn a_result_of_impossible_length_is_an_error() {
    let mut scene = Scene::set();
    for code in [RequestCode::SIGNAL_STRENGTH, RequestCode::GET_CURRENT_CALLS] {
        scene.command("bad-length");
        assert_ne!(scene.second.ask(code, &[]).0, Errno::SUCCESS, "{code}");
    }
    scene.root.log().wait_for(&["WARN", "SIGNAL_STRENGTH", "the vendor library gave data that cannot be"]);
    scene.is_well();
}

#[test]
fn a_result_of_a_length_that_no_memory_has_is_an_error() {
    let mut scene = Scene::set();
    assert_eq!(scene.second.ask(RequestCode::SETUP_DATA_CALL, &data_call()).0, Errno::SUCCESS);
    let codes = [
        RequestCode::OPERATOR,
        RequestCode::GET_CURRENT_CALLS,
        RequestCode::SIGNAL_STRENGTH,
        RequestCode::VOICE_RADIO_TECH,
        RequestCode::DATA_CALL_LIST,
    ];
    for code in codes {
        scene.command("huge-length");
        assert_ne!(scene.second.ask(code, &[]).0, Errno::SUCCESS, "{code}");
    }
    scene.command("huge-length");
    assert_ne!(scene.first.ask(RequestCode::OEM_HOOK_RAW, &raw("echo")).0, Errno::SUCCESS);
    let news = [
        UnsolCode::SIGNAL_STRENGTH,
        UnsolCode::ON_USSD,
        UnsolCode::DATA_CALL_LIST_CHANGED,
        UnsolCode::CELL_INFO_LIST,
        UnsolCode::OEM_HOOK_RAW,
    ];
    for code in news {
        scene.command(&format!("unsol-huge {}", code.0));
    }
    scene.is_well();
}

#[test]
fn a_library_that_says_it_is_connected_begins_anew_in_its_version_and_with_its_radio_on() {
    let mut scene = Scene::set();
    for (serial, version) in (1..).zip(["12", "999", "-1"]) {
        // What was asked is of the time before.
        scene.first.send(RequestCode::OEM_HOOK_RAW, serial, &raw(&format!("connected {version}")));
        assert_eq!(scene.first.answer(serial).0, Errno::RADIO_NOT_AVAILABLE);
        assert_eq!(scene.first.news(UnsolCode::OEM_HOOK_RAW), raw("connected"));
        for phone in [&mut scene.first, &mut scene.second] {
            phone.wait(is_radio(RadioState::UNAVAILABLE));
            assert_eq!(decode::<Ints>(&phone.news(UnsolCode::RIL_CONNECTED)), [12]);
            phone.wait(is_radio(RadioState::ON));
        }
        scene.is_well();
        assert_eq!(scene.second.ask(RequestCode::SIM_IO, &encode(&file(1))).0, Errno::SUCCESS);
    }
}

#[test]
fn a_request_that_is_never_answered_holds_nobody_up() {
    let mut scene = Scene::set();
    scene.command("never");
    scene.second.send(ALWAYS_AT_MODEM, 1, &[]);
    assert_eq!(scene.second.ask(ALWAYS_AT_MODEM, &[]), (Errno::SUCCESS, activity()));
    scene.is_well();
    scene.command("release");
    assert_eq!(scene.second.answer(1), (Errno::SUCCESS, activity()));
    scene.is_well();
}

#[test]
fn an_answer_to_a_client_that_has_left_is_not_given_to_the_next() {
    let mut scene = Scene::set();
    scene.command("never");
    scene.second.send(ALWAYS_AT_MODEM, 1, &[]);
    // One answer later, the request has reached the library.
    scene.second.expect_service();
    drop(scene.second);
    scene.second = scene.root.client("second");
    scene.command("release");
    scene.is_well();
    scene.is_well();
}

#[test]
fn a_library_that_blocks_in_onrequest_leaves_the_phones_served() {
    const STORM: usize = 2000;
    let fifo = Fifo::make();
    let mut scene = Scene::with(&["-k", "1", "-u", fifo.path()]);
    scene.command(&format!("storm {STORM}"));
    scene.command("block");
    scene.first.send(ALWAYS_AT_MODEM, 1, &[]);
    assert_eq!(scene.first.news(UnsolCode::OEM_HOOK_RAW), raw("blocked"));

    expect_storm(&mut scene.second, STORM);
    let (errno, _) = scene.second.ask(RequestCode::OEM_HOOK_RAW, &raw("x"));
    assert_eq!(errno, Errno::REQUEST_NOT_SUPPORTED, "the router's own answer");
    drop(scene.second);
    scene.second = scene.root.client("second");
    scene.second.send(ALWAYS_AT_MODEM, 2, &[]);
    let (errno, _) = scene.first.ask(RequestCode::DTMF, &[]);
    assert_ne!(errno, Errno::SUCCESS);
    assert!(!scene.second.heard().iter().any(|heard| matches!(heard, Heard::Reply { .. })));

    fifo.unblock();
    assert_eq!(scene.first.answer(1), (Errno::SUCCESS, activity()));
    assert_eq!(scene.second.answer(2), (Errno::SUCCESS, activity()));
    scene.is_well();
}

#[test]
fn the_operator_asks_a_library_that_holds_its_lock_for_nothing() {
    let fifo = Fifo::make();
    let mut scene = Scene::with(&["-k", "1", "-u", fifo.path()]);
    scene.command("block");
    scene.first.send(ALWAYS_AT_MODEM, 1, &[]);
    assert_eq!(scene.first.news(UnsolCode::OEM_HOOK_RAW), raw("blocked"));
    let Answer::Status(status) = scene.root.ask_on(1, Ask::Status(GetStatus {})) else { panic!("a status") };
    assert_eq!(status.modem, "awkward 1.0");
    let record = StartTrace { path: scene.root.path("trace").display().to_string(), ..StartTrace::default() };
    assert!(matches!(scene.root.ask_on(1, Ask::StartTrace(record)), Answer::Tracing(_)));
    let (errno, _) = scene.second.ask(RequestCode::OEM_HOOK_RAW, &raw("x"));
    assert_eq!(errno, Errno::REQUEST_NOT_SUPPORTED, "the router's own answer");
    fifo.unblock();
    assert_eq!(scene.first.answer(1), (Errno::SUCCESS, activity()));
    scene.is_well();
}

#[test]
fn a_timed_callback_that_asks_for_itself_again_holds_up_no_request() {
    let mut scene = Scene::with(&["-k", "1", "-t"]);
    scene.is_well();
    assert_eq!(scene.second.ask(RequestCode::DIAL, &dial("112")).0, Errno::SUCCESS);
}

#[test]
fn a_phone_that_floods_a_blocked_library_leaves_room_for_the_others() {
    let fifo = Fifo::make();
    let mut scene = Scene::with(&["-k", "1", "-u", fifo.path()]);
    scene.command("block");
    scene.first.send(ALWAYS_AT_MODEM, 1, &[]);
    scene.first.news(UnsolCode::OEM_HOOK_RAW);

    // More, by way of several clients, than all phones together may have unanswered.
    for _ in 0..5 {
        for code in [ALWAYS_AT_MODEM, RequestCode::GET_CURRENT_CALLS] {
            for serial in 0..1100 {
                scene.second.send(code, serial, &[]);
            }
            let refused = |heard: &Heard| matches!(heard, Heard::Reply { serial: 1099, .. });
            let Heard::Reply { errno, .. } = scene.second.wait(refused) else { unreachable!("waited for a reply") };
            assert_eq!(errno, Errno::GENERIC_FAILURE, "{code}");
        }
        drop(scene.second);
        scene.second = scene.root.client("second");
    }
    let refused = ["phone=\"second\"", "too many unanswered requests"];
    scene.root.log().wait_for(&refused);
    assert!(scene.root.log().count(&refused) <= 10, "thousands were");
    scene.first.send(ALWAYS_AT_MODEM, 2, &[]);
    fifo.unblock();
    for serial in [1, 2] {
        assert_eq!(scene.first.answer(serial), (Errno::SUCCESS, activity()));
    }
    scene.is_well();
}

#[test]
fn a_phone_that_floods_a_blocked_library_gets_ahead_of_nobody() {
    const FLOOD: usize = 700;
    /// The phones' and the router's.
    const LANES: usize = 4;
    let fifo = Fifo::make();
    let config = config(&vendor::awkward(), &["-k", "1", "-u", fifo.path()]);
    let root = Root::start(&(config + "[[phone]]\nname = 'third'\n"));
    let [mut first, mut second, mut third] = ["first", "second", "third"].map(|phone| root.client(phone));
    seen(&mut first);
    assert_eq!(first.ask(RequestCode::OEM_HOOK_RAW, &raw("block")).0, Errno::SUCCESS);
    first.send(ALWAYS_AT_MODEM, 1, &[]);
    assert_eq!(first.news(UnsolCode::OEM_HOOK_RAW), raw("blocked"));

    // The router's own answer to a phone comes when all that the phone asked before is on its way to the library.
    for serial in (0..).take(FLOOD) {
        second.send(ALWAYS_AT_MODEM, serial, &[]);
    }
    assert_eq!(second.ask(RequestCode::OEM_HOOK_RAW, &raw("x")).0, Errno::REQUEST_NOT_SUPPORTED);
    first.send(RequestCode::BASEBAND_VERSION, 2, &[]);
    assert_ne!(first.ask(RequestCode::DTMF, &[]).0, Errno::SUCCESS);
    third.send(RequestCode::DIAL, 1, &dial("112"));
    assert_eq!(third.ask(RequestCode::OEM_HOOK_RAW, &raw("x")).0, Errno::REQUEST_NOT_SUPPORTED);

    fifo.unblock();
    assert_eq!(third.answer(1).0, Errno::SUCCESS);
    for serial in [1, 2] {
        assert_eq!(first.answer(serial).0, Errno::SUCCESS);
    }
    for serial in (0..).take(FLOOD) {
        assert_eq!(second.answer(serial), (Errno::SUCCESS, activity()));
    }
    let seen = seen(&mut first);
    assert_eq!(seen[..2], [ALWAYS_AT_MODEM, RequestCode::DIAL], "after the one that blocked, the emergency call");
    assert!(seen[2..][..LANES].contains(&RequestCode::BASEBAND_VERSION), "{seen:?}");
    assert_eq!(seen.iter().filter(|code| **code == ALWAYS_AT_MODEM).count(), FLOOD + 1);
}

#[test]
fn what_made_room_for_an_emergency_call_does_not_reach_the_library() {
    let fifo = Fifo::make();
    let mut scene = Scene::with(&["-k", "1", "-u", fifo.path()]);
    scene.command("block");
    scene.first.send(ALWAYS_AT_MODEM, 1, &[]);
    scene.first.news(UnsolCode::OEM_HOOK_RAW);
    for serial in 0..1024 {
        scene.second.send(RequestCode::SIM_IO, serial, &encode(&file(serial)));
    }
    assert_eq!(scene.second.ask(RequestCode::SIM_IO, &[]).0, Errno::GENERIC_FAILURE, "one too many");
    scene.second.send(RequestCode::DIAL, 2000, &dial("112"));
    assert_eq!(scene.second.answer(0).0, Errno::GENERIC_FAILURE, "the oldest makes room");
    fifo.unblock();
    for serial in (1..1024).chain([2000]) {
        assert_eq!(scene.second.answer(serial).0, Errno::SUCCESS, "{serial}");
    }
    let seen = seen(&mut scene.first);
    assert_eq!(seen.iter().filter(|code| **code == RequestCode::SIM_IO).count(), 1023);
    assert_eq!(scene.first.answer(1), (Errno::SUCCESS, activity()));
    scene.is_well();
}

#[test]
fn a_storm_from_several_threads_reaches_both_phones_whole() {
    // Less than a mebibyte, so that the phone which is read last gets all of it too.
    const STORM: usize = 10_000;
    let mut scene = Scene::set();
    scene.command(&format!("storm {STORM}"));
    expect_storm(&mut scene.first, STORM);
    expect_storm(&mut scene.second, STORM);
    scene.is_well();
    for phone in [&scene.first, &scene.second] {
        assert!(!phone.heard().iter().any(is_signal_strength));
    }
}

#[test]
fn clients_that_read_survive_a_storm_larger_than_what_may_wait_for_them() {
    // 64 bytes each, a multiple of the 8 MiB that may wait for a client.
    const STORM: usize = 400_000;
    let mut scene = Scene::set();
    scene.command(&format!("storm {STORM}"));
    let Scene { first, second, .. } = &mut scene;
    std::thread::scope(|scope| {
        for phone in [first, second] {
            // Signal strengths may be left out, answers may not.
            scope.spawn(move || {
                for _ in 0..STORM / 1000 {
                    assert_eq!(phone.ask(ALWAYS_AT_MODEM, &[]), (Errno::SUCCESS, activity()));
                }
            });
        }
    });
    for phone in ["first", "second"] {
        let spared = [&format!("phone=\"{phone}\"")[..], "the client reads slowly"];
        scene.root.log().wait_for(&spared);
    }
    scene.is_well();
}

#[test]
fn nobody_waits_for_a_log_that_is_not_read() {
    let mut scene = Scene::unread();
    scene.command("fill");
    // A line each.
    for _ in 0..4 {
        drop(scene.second);
        scene.second = scene.root.client("second");
    }
    scene.is_well();
    scene.root.read_on();
    scene.root.log().wait_for(&["phone=\"second\"", "client disconnected"]);
}

#[test]
fn clients_and_log_readers_that_leave_are_no_harm_whatever_the_library_makes_of_the_signal_for_it() {
    let mut scene = Scene::unread();
    scene.command("sigpipe");
    scene.root.close_log();
    drop(scene.second);
    // They hear nothing any more when they are answered, and so does the reader of the log.
    let phone = UnixStream::connect(scene.root.socket("second")).expect("it is served");
    phone.shutdown(Shutdown::Read).expect("it is connected");
    (&phone).write_all(&request(RequestCode::OEM_HOOK_RAW, 1, &raw("x"))).expect("it can be asked");
    let operator = UnixStream::connect(scene.root.path("control.sock")).expect("it is served");
    operator.shutdown(Shutdown::Read).expect("it is connected");
    // A frame that is no request: it is answered by why.
    (&operator).write_all(&frame(&[0xff; 8])).expect("it can be asked");
    drop(phone);
    scene.second = scene.root.client("second");
    assert!(matches!(scene.root.ask_on(1, Ask::Status(GetStatus {})), Answer::Status(_)));
    drop(operator);
    scene.is_well();
}

#[test]
fn a_library_that_closes_the_standard_descriptors_has_nobody_sent_what_is_printed() {
    let mut scene = Scene::set();
    scene.command("close");
    drop(scene.second);
    // Each that was closed would be a client's in its turn, and so would the operator's connection.
    for _ in 0..4 {
        let mut client = Peer::connect(&scene.root.socket("second"));
        client.news(UnsolCode::RIL_CONNECTED);
        client.wait(is_radio(RadioState::ON));
        assert_eq!(client.ask(ALWAYS_AT_MODEM, &[]), (Errno::SUCCESS, activity()));
    }
    for descriptor in 0..=2 {
        let file = std::fs::read_link(format!("/proc/{}/fd/{descriptor}", scene.root.id()));
        assert_eq!(file.expect("it is open"), Path::new("/dev/null"), "{descriptor}");
    }
    scene.second = scene.root.client("second");
    scene.is_well();
    scene.root.log().wait_for(&["phone=\"second\"", "client disconnected"]);
}

#[test]
fn a_process_that_the_library_has_forked_holds_nothing_of_ours() {
    let mut scene = Scene::set();
    let (errno, answer) = scene.first.ask(RequestCode::OEM_HOOK_RAW, &raw("fork stay"));
    assert_eq!(errno, Errno::SUCCESS);
    let number = String::from_utf8(decode::<Raw>(&answer).0.expect("a number")).expect("it is text");
    let forked = Pid::from_raw(number.parse().expect("it is a number"));
    scene.root.kill();
    scene.first.expect_end();
    scene.second.expect_end();
    scene.root.start_again();
    scene.root.client("first").expect_service();
    kill(forked, Signal::SIGTERM).expect("it is there");
    expect_no_process(forked);
}

#[test]
fn clients_that_read_lose_nothing_of_what_they_have_to_wake_up_for() {
    // As much as the outbox of a library holds, and a multiple of what may wait for a client; no message is too long
    // for one.
    const MESSAGES: usize = 12_800;
    const LENGTH: usize = 8000;
    for keys in ["", "isolate = true"] {
        let config = config(&vendor::awkward(), &["-k", "1"]).replace("[modem]", &format!("[modem]\n{keys}"));
        let root = Root::start(&config);
        let mut first = root.client("first");
        // The answer comes behind them.
        let command = raw(&format!("raws {MESSAGES} {LENGTH}"));
        assert_eq!(first.ask(RequestCode::OEM_HOOK_RAW, &command), (Errno::SUCCESS, command.clone()));
        let is_whole = |heard: &&Heard| match heard {
            Heard::News { code: UnsolCode::OEM_HOOK_RAW, payload, .. } => payload.len() == 4 + LENGTH,
            _ => false,
        };
        assert_eq!(first.heard().iter().filter(is_whole).count(), MESSAGES, "{keys}");
    }
}

#[test]
fn a_client_that_says_no_more_has_the_answers_to_what_it_has_asked() {
    // The library answers later, from threads of its own.
    let root = Root::start(&config(&vendor::awkward(), &[]));
    let proxy = Proxy::start(&root, "second");
    for socket in [root.socket("first"), proxy.socket()] {
        let mut client = UnixStream::connect(&socket).expect("it is served");
        client.set_read_timeout(Some(PATIENCE)).expect("a socket has a timeout");
        let mut said = Vec::new();
        for serial in 0..3 {
            Request { code: ALWAYS_AT_MODEM, serial, payload: &[] }.put(&mut said);
        }
        client.write_all(&said).expect("it is read");
        client.shutdown(Shutdown::Write).expect("it is connected");
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).expect("it is hung up on in the end");
        let (mut rest, mut answered) = (&heard[..], BTreeSet::new());
        while let Ok(Some((body, used))) = split(rest, RESPONSE_LIMIT) {
            if let Some(Message::Reply(reply)) = Message::parse(body) {
                assert_eq!((reply.errno, reply.payload), (Errno::SUCCESS, &activity()[..]));
                answered.insert(reply.serial);
            }
            rest = &rest[used..];
        }
        assert_eq!(answered, BTreeSet::from([0, 1, 2]), "{}", socket.display());
    }
}

#[test]
fn the_multi_sim_flavour_is_served_whatever_is_configured() {
    for told in ["multi_sim = true", ""] {
        let config = config(&vendor::awkward_multi_sim(), &["-k", "1"]);
        let root = Root::start(&config.replace("[modem]", &format!("[modem]\n{told}")));
        let mut first = root.client("first");
        assert_eq!(first.ask(RequestCode::OEM_HOOK_RAW, &raw("socket")), (Errno::SUCCESS, raw("0")));
        first.expect_service();
    }
}

/// As one without socket ids does that was said to have them: where one is looked for, there is whatever was there.
#[test]
fn what_is_no_socket_id_means_the_only_sim() {
    let config = config(&vendor::awkward_multi_sim(), &["-k", "1"]).replace("[modem]", "[modem]\nmulti_sim = true");
    let root = Root::start(&config);
    let mut first = root.client("first");
    for (id, text) in [(1_750_000_000, "heard"), (1, "of another SIM"), (-5, "heard too")] {
        let command = raw(&format!("say-on {id} 1028 {text}"));
        assert_eq!(first.ask(RequestCode::OEM_HOOK_RAW, &command), (Errno::SUCCESS, command));
    }
    assert_eq!(first.news(UnsolCode::OEM_HOOK_RAW), raw("heard"));
    assert_eq!(first.news(UnsolCode::OEM_HOOK_RAW), raw("heard too"));
    root.log().wait_for(&["gives no socket id; multi_sim says it does"]);
}

#[test]
fn a_library_that_is_linked_against_libril_finds_ours() {
    let root = Root::start(&config(&vendor::linked(), &[]));
    let mut first = root.client("first");
    assert_eq!(first.ask(RequestCode::BASEBAND_VERSION, &[]), (Errno::SUCCESS, text("linked 1.0")));
    let call = encode::<Strings>(&vec![Some("requestToString".to_owned()), Some("10".to_owned())]);
    let answer = encode::<Strings>(&vec![Some("DIAL".to_owned())]);
    assert_eq!(first.ask(RequestCode::OEM_HOOK_STRINGS, &call), (Errno::SUCCESS, answer));
    assert_eq!(first.ask(RequestCode::OEM_HOOK_RAW, &raw("ack")), (Errno::SUCCESS, raw("ack")));
}

/// The daemon does not start, exits with 3, and a line of what it says has these words in it.
fn refused(library: &Path, args: &[&str], words: &[&str]) {
    let (status, log) = Root::fails(&config(library, args));
    assert_eq!(status.code(), Some(3), "{log}");
    // Threads of the library may speak after the line.
    assert!(log.lines().any(|line| words.iter().all(|word| line.contains(word))), "{words:?} in\n{log}");
}

#[test]
fn a_library_of_a_version_too_old_or_too_new_is_refused() {
    for version in ["5", "0", "-1", "16"] {
        let words = ["libawkward.so", &format!("reports RIL version {version};"), "6 to 15"];
        refused(&vendor::awkward(), &["-v", version], &words);
    }
}

#[test]
fn a_library_that_refuses_to_start_is_said() {
    refused(&vendor::awkward(), &["-n"], &["libawkward.so", "returned NULL"]);
}

#[test]
fn a_library_that_is_not_there_is_said() {
    refused(Path::new("/nonexistent/libvendor.so"), &[], &["/nonexistent/libvendor.so", "No such file"]);
    refused(Path::new("libnonexistent-vendor.so"), &[], &["libnonexistent-vendor.so", "No such file"]);
}

#[test]
fn a_file_that_is_no_library_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("libtext.so");
    for content in ["", "This is a text of more than the sixty-four bytes that an ELF header needs to be read at all."]
    {
        std::fs::write(&file, content).expect("the file can be written");
        refused(&file, &[], &["libtext.so: ", "cannot load"]);
    }
    refused(folder.path(), &[], &[&folder.path().display().to_string(), "cannot load"]);
}

#[test]
fn a_library_of_another_kind_is_said() {
    refused(Path::new("libm.so.6"), &[], &["libm.so.6", "has no symbol RIL_Init"]);
}

/// Lets the library end the process: how it ended, and the last that it said.
struct Crash {
    status: std::process::ExitStatus,
    last_line: String,
}

/// Gives the command with which the library crashes. Every client sees its connection end, but one behind a proxy RilD
/// only sees the radio go.
fn crash(command: &str) -> Crash {
    let mut root = Root::start(&config(&vendor::awkward(), &["-k", "1"]));
    let mut proxy = Proxy::start(&root, "second");
    let mut client = proxy.client();
    client.expect_service();
    let mut first = root.client("first");
    first.send(RequestCode::OEM_HOOK_RAW, 1, &raw(command));
    first.expect_end();
    let status = root.wait();
    let last_line = root.log().last_line();

    let radio_is_gone = |heard: &Heard| match heard {
        Heard::News { code: UnsolCode::RESPONSE_RADIO_STATE_CHANGED, payload } => {
            decode::<RadioState>(payload) == RadioState::UNAVAILABLE
        }
        _ => false,
    };
    client.wait(radio_is_gone);
    assert_eq!(client.ask(RequestCode::GET_IMEI, &[]), (Errno::RADIO_NOT_AVAILABLE, vec![]));
    assert!(proxy.is_running());
    Crash { status, last_line }
}

/// Libraries that die by a signal: the daemon dies by the same one, and says what has happened.
macro_rules! killed {
    ($($test:ident: $command:literal is $name:literal $number:literal, $doing:literal;)*) => {$(
        #[test]
        fn $test() {
            let Crash { status, last_line } = crash($command);
            assert_eq!(status.signal(), Some($number), "{last_line}");
            for word in [concat!("rild-proxy: ", $name), "libawkward.so", $doing] {
                assert!(last_line.contains(word), "{word} in {last_line}");
            }
        }
    )*};
}

killed! {
    a_null_pointer_of_the_library_is_said: "sig segv" is "SIGSEGV" 11, "inside the vendor library";
    a_bus_error_of_the_library_is_said: "sig bus" is "SIGBUS" 7, "inside the vendor library";
    a_division_by_zero_of_the_library_is_said: "sig fpe" is "SIGFPE" 8, "called by the vendor library";
    an_abort_of_the_library_is_said: "sig abrt" is "SIGABRT" 6, "called by the vendor library";
    a_crash_inside_onrequest_names_the_request: "here-segv" is "SIGSEGV" 11, "in onRequest for OEM_HOOK_RAW (59)";
}

#[test]
fn an_exit_of_the_library_is_said() {
    let Crash { status, last_line } = crash("sig exit");
    assert_eq!(status.code(), Some(3), "{last_line}");
    assert!(last_line.contains("the vendor library has called exit()"), "{last_line}");
    assert!(last_line.contains("libawkward.so"), "{last_line}");
}
