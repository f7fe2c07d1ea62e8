//! What a client may expect of any rild, asked over its socket: of our root daemon with the simulated modem, or with
//! `RIL_UNDER_TEST=SOCKET` of whatever serves that socket, such as AOSP's rild with a vendor's library.
//!
//! ```sh
//! RIL_UNDER_TEST=/dev/socket/rild cargo test -p rild-proxy-tests --test compliance -- --nocapture
//! ```
//!
//! Nothing here dials, sends or changes anything at the modem. Where ours is known to differ from AOSP's rild, a
//! [`Difference`] says how and why: ours has to do what stands there, another rild may do either, and is said to.
//!
//! AOSP's rild dies of a client that leaves too early, here in
//! [`clients_that_leave_before_their_answers_come_do_no_harm`] at the latest. As on a device, something has to start it
//! again, with a new socket under the same name.
//!
//! Reference: `libril/ril.cpp` and `librilutils/record_stream.c` of Android 7.1; ril.h.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ril_protocol::messages::{Class, REQUESTS};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, hex};
use rild_proxy::client::ClientError;
use rild_proxy_tests::journal::PATIENCE;
use rild_proxy_tests::peer::{Heard, Peer, decode, frame, request, words};
use rild_proxy_tests::root::Root;

/// A request that every library answers, with success or not, and that changes nothing.
const HARMLESS: RequestCode = RequestCode::BASEBAND_VERSION;
/// A body of this many bytes is taken; one of more ends the connection (`MAX_COMMAND_BYTES`).
const LONGEST: usize = 8192;

/// What is seen of a rild that has crashed. Something starts it again.
const GONE: &str = "it is gone";

/// Where our root daemon and AOSP's rild are known to differ.
struct Difference {
    what: &'static str,
    ours: &'static str,
    aosp: &'static [&'static str],
    why: &'static str,
}

const UNKNOWN_CODE: Difference = Difference {
    what: "a request that ril.h does not have",
    ours: "REQUEST_NOT_SUPPORTED",
    aosp: &["GENERIC_FAILURE"],
    why: "the errno that ril.h has for it; clients only look whether it is success",
};
const BROKEN_ARGUMENTS: Difference = Difference {
    what: "arguments that break off",
    ours: "an error",
    aosp: &["no answer"],
    why: "a request without an answer stalls oFono for good, and leaks",
};
const BROKEN_STRINGS: Difference = Difference {
    what: "a list of strings that breaks off",
    ours: "an error",
    aosp: &["success", GONE],
    why: "there the library is given NULL for what is missing, and most libraries crash on it",
};
const ABSENT_ARGUMENTS: Difference = Difference {
    what: "no arguments where there should be some",
    ours: "an error",
    aosp: &["no answer"],
    why: "a request without an answer stalls oFono for good, and leaks",
};

const LEAVING: Difference = Difference {
    what: "clients that leave before their answers come",
    ours: "it serves on",
    aosp: &[GONE],
    why: "SIGPIPE ends a rild that writes to a client that has gone",
};

/// A rild, and what keeps it running. A rild serves one client at a time, so that only one test has it.
struct Rild {
    socket: PathBuf,
    ours: Option<Root>,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Rild {
    fn under_test() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        if let Some(socket) = std::env::var_os("RIL_UNDER_TEST") {
            let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
            return Self { socket: socket.into(), ours: None, _turn: Some(turn) };
        }
        let root = Root::start("[modem]\nargs = ['--radio', 'on']\n[[phone]]\nname = 'only'\n");
        Self { socket: root.socket("only"), ours: Some(root), _turn: None }
    }

    /// A client that was greeted.
    fn client(&self) -> Peer {
        self.reach(Peer::try_greeted)
    }

    /// Reaches it in this way; another rild also when that has ended and has to be started again.
    #[allow(clippy::disallowed_methods, reason = "what starts another rild again takes real time")]
    fn reach<T>(&self, reach: impl Fn(&Path) -> Result<T, ClientError>) -> T {
        let began = Instant::now();
        loop {
            match reach(&self.socket) {
                Ok(reached) => return reached,
                Err(error) => assert!(self.ours.is_none() && began.elapsed() < PATIENCE, "{error}"),
            }
            std::thread::yield_now();
        }
    }

    /// It does what it has to do there.
    #[track_caller]
    fn differs(&self, known: &Difference, seen: &str) {
        let Difference { what, ours, aosp, why } = known;
        if self.ours.is_some() {
            assert_eq!(seen, *ours, "{what}");
        } else {
            let aosp = aosp.join(" or ");
            println!("{what}: {seen} (ours: {ours}; AOSP's: {aosp}; {why})");
            assert!(seen == *ours || known.aosp.contains(&seen), "{what}: {seen}");
        }
    }
}

/// It answers.
#[track_caller]
fn is_served(client: &mut Peer) {
    client.ask(HARMLESS, &[]);
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// It is answered.
    Answer(Errno),
    /// Later ones are answered, and it is not.
    Nothing,
    /// The rild hangs up on it, as one that has crashed.
    Gone,
}

impl Told {
    /// The errno, or what there is instead.
    fn name(self) -> String {
        match self {
            Self::Answer(errno) => errno.to_string(),
            other => other.kind().to_owned(),
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Answer(Errno::SUCCESS) => "success",
            Self::Answer(_) => "an error",
            Self::Nothing => "no answer",
            Self::Gone => GONE,
        }
    }
}

/// What the client is told of a request before a later one is answered, and again a later one.
fn told(client: &mut Peer, code: RequestCode, payload: &[u8]) -> Told {
    const SERIAL: i32 = 77;
    client.send(code, SERIAL, payload);
    if (0..2).any(|_| client.ask_unless_gone(HARMLESS, &[]).is_none()) {
        return Told::Gone;
    }
    let is_it = |heard: &Heard| matches!(heard, Heard::Reply { serial: SERIAL, .. });
    if client.heard().iter().any(is_it) { Told::Answer(client.answer(SERIAL).0) } else { Told::Nothing }
}

#[test]
fn a_client_is_greeted_with_the_version_and_then_the_radio_state() {
    let rild = Rild::under_test();
    let (mut client, first, second) = rild.reach(|socket| {
        let mut client = Peer::try_connect(socket)?;
        let first = client.try_wait(|_| true)?;
        let second = client.try_wait(|_| true)?;
        Ok((client, first, second))
    });
    let Heard::News { code, payload } = first else { panic!("an answer to nothing") };
    assert_eq!((code, payload.len()), (UnsolCode::RIL_CONNECTED, 8));
    assert!(matches!(decode::<Vec<i32>>(&payload)[..], [2..=15]), "{payload:?}");
    let Heard::News { code, payload } = second else { panic!("an answer to nothing") };
    assert_eq!((code, payload.len()), (UnsolCode::RESPONSE_RADIO_STATE_CHANGED, 4));
    is_served(&mut client);
}

#[test]
fn every_client_is_greeted() {
    let rild = Rild::under_test();
    for _ in 0..3 {
        is_served(&mut rild.client());
    }
}

#[test]
fn frames_may_be_split_and_joined_anyhow() {
    let rild = Rild::under_test();
    let mut client = rild.client();
    let three = [1, 2, 3].map(|serial| request(HARMLESS, serial, &[])).concat();
    client.send_bytes(&three);
    (1..=3).for_each(|serial| drop(client.answer(serial)));
    for byte in &three {
        client.send_bytes(std::slice::from_ref(byte));
    }
    (1..=3).for_each(|serial| drop(client.answer(serial)));
}

#[test]
fn serials_are_the_clients_own() {
    let rild = Rild::under_test();
    let mut client = rild.client();
    for serial in [0, -1, i32::MIN, i32::MAX] {
        client.send(HARMLESS, serial, &[]);
        client.answer(serial);
    }
    let twice = request(HARMLESS, 7, &[]).repeat(2);
    client.send_bytes(&twice);
    client.answer(7);
    client.answer(7);
}

#[test]
fn a_body_too_short_for_a_request_is_ignored() {
    let rild = Rild::under_test();
    let mut client = rild.client();
    for length in 0..8 {
        client.send_bytes(&frame(&vec![0; length]));
        is_served(&mut client);
    }
    assert!(client.heard().iter().all(|heard| matches!(heard, Heard::News { .. })), "{:?}", client.heard());
}

#[test]
fn the_longest_body_is_taken_and_a_longer_one_ends_the_connection() {
    let rild = Rild::under_test();
    let mut client = rild.client();
    // What stands behind the arguments is nobody's business.
    client.send(HARMLESS, 1, &vec![0; LONGEST - 8]);
    client.answer(1);
    drop(client);
    for length in [LONGEST + 1, 0x7fff_ffff, 0xffff_ffff] {
        let mut client = rild.client();
        let length = u32::try_from(length).expect("four bytes");
        let _hung_up_before = client.try_send_bytes(&[&length.to_be_bytes()[..], &[0; LONGEST + 1]].concat());
        client.expect_end();
    }
    is_served(&mut rild.client());
}

#[test]
fn what_ril_h_does_not_have_is_an_error() {
    let rild = Rild::under_test();
    let mut client = rild.client();
    for code in [4711, i32::MAX, -1].map(RequestCode) {
        rild.differs(&UNKNOWN_CODE, &told(&mut client, code, &[]).name());
    }
}

#[test]
fn arguments_that_break_off_reach_nobody() {
    let rild = Rild::under_test();
    let broken: [(RequestCode, Vec<u8>, &Difference); 5] = [
        (RequestCode::GET_IMSI, words(&[1, 100]), &BROKEN_STRINGS),
        (RequestCode::QUERY_CALL_WAITING, words(&[2, 1]), &BROKEN_ARGUMENTS),
        (RequestCode::SIM_IO, words(&[0xb0, 0x6f07]), &BROKEN_ARGUMENTS),
        (RequestCode::QUERY_FACILITY_LOCK, words(&[3, -1]), &BROKEN_STRINGS),
        (RequestCode::QUERY_CALL_FORWARD_STATUS, words(&[2]), &BROKEN_ARGUMENTS),
    ];
    for (code, payload, known) in broken {
        rild.differs(known, told(&mut rild.client(), code, &payload).kind());
    }
}

#[test]
fn arguments_that_are_not_there_reach_nobody() {
    let rild = Rild::under_test();
    for code in [RequestCode::QUERY_CALL_WAITING, RequestCode::SIM_IO, RequestCode::QUERY_CALL_FORWARD_STATUS] {
        rild.differs(&ABSENT_ARGUMENTS, told(&mut rild.client(), code, &[]).kind());
    }
}

#[test]
fn an_acknowledgement_has_no_answer() {
    let rild = Rild::under_test();
    let mut client = rild.client();
    assert_eq!(told(&mut client, RequestCode::RESPONSE_ACKNOWLEDGEMENT, &[]), Told::Nothing);
}

#[test]
fn every_question_has_one_answer_of_the_shape_of_its_row() {
    let rild = Rild::under_test();
    let (mut client, greeting) = rild.reach(|socket| {
        let mut client = Peer::try_connect(socket)?;
        let greeting = client.try_wait(|_| true)?;
        Ok((client, greeting))
    });
    let Heard::News { payload, .. } = greeting else { panic!("an answer to nothing") };
    let version = RilVersion(decode::<Vec<i32>>(&payload)[0]);
    let questions = REQUESTS.iter().filter(|row| {
        let asks = matches!(row.class, Class::Query | Class::Shared | Class::Virtual);
        asks && row.request.type_name == "()" && row.since <= version
    });
    let mut asked = 0;
    for row in questions {
        let (errno, payload) = client.ask(row.code, &[]);
        asked += 1;
        if errno == Errno::SUCCESS && !payload.is_empty() {
            let read = row.response.to_json(&payload, version);
            assert!(read.is_ok(), "{}: {read:?}: {}", row.name, hex::to_hex(&payload));
        }
    }
    assert!(asked > 20, "{asked}");
    is_served(&mut client);
    let replies = client.heard().iter().filter(|heard| matches!(heard, Heard::Reply { .. }));
    assert_eq!(replies.count(), 0, "an answer too many: {:?}", client.heard());
}

#[test]
fn a_second_client_waits_for_the_first_to_leave() {
    let rild = Rild::under_test();
    let mut first = rild.client();
    let mut second = rild.reach(Peer::try_connect);
    is_served(&mut first);
    assert!(!second.has_input(), "two clients at a time");
    drop(first);
    second.take_greeting();
    is_served(&mut second);
}

#[test]
fn clients_that_leave_before_their_answers_come_do_no_harm() {
    let rild = Rild::under_test();
    let fifty = request(HARMLESS, 1, &[]).repeat(50);
    let serves = (0..100).all(|_| {
        let client = Peer::try_greeted(&rild.socket);
        client.is_ok_and(|mut client| client.try_send_bytes(&fifty).is_ok())
    });
    rild.differs(&LEAVING, if serves { "it serves on" } else { GONE });
    is_served(&mut rild.client());
}

#[test]
fn clients_that_break_off_do_no_harm() {
    let rild = Rild::under_test();
    let whole = request(HARMLESS, 1, &[]);
    for length in 0..whole.len() {
        rild.client().send_bytes(&whole[..length]);
    }
    // Nor does one that leaves before it was greeted.
    drop(UnixStream::connect(&rild.socket));
    is_served(&mut rild.client());
}

#[test]
fn a_client_that_asks_a_thousand_things_at_once_has_every_answer() {
    let rild = Rild::under_test();
    let mut client = rild.client();
    let serials = 0..1000;
    client.send_bytes(&serials.clone().flat_map(|serial| request(HARMLESS, serial, &[])).collect::<Vec<u8>>());
    serials.for_each(|serial| drop(client.answer(serial)));
}
