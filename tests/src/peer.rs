//! A client of a rild socket that says what no well-behaved client would, and keeps all that it hears.
//!
//! Every wait ends after [`PATIENCE`] with a panic.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use ril_protocol::frame::{Message, Request};
use ril_protocol::parcel::{self, Parcel};
use ril_protocol::payload::Raw;
use ril_protocol::payload::device::ActivityInfo;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, hex};
use rild_proxy::client::{ClientError, Stream};

use crate::journal::PATIENCE;

/// A harmless question that root never answers from memory: the answer is another each time.
pub const ALWAYS_AT_MODEM: RequestCode = RequestCode::GET_ACTIVITY_INFO;

/// What a client was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer.
    Reply {
        /// The serial of the request.
        serial: i32,
        /// Success or why not.
        errno: Errno,
        /// The result.
        payload: Vec<u8>,
    },
    /// An unsolicited message.
    News {
        /// What happened.
        code: UnsolCode,
        /// The particulars.
        payload: Vec<u8>,
    },
    /// "Your request arrived."
    Ack {
        /// The serial of the request.
        serial: i32,
    },
}

/// A connection to a rild, and what it said that nobody has asked for yet.
#[derive(Debug)]
pub struct Peer {
    output: UnixStream,
    input: Stream,
    heard: VecDeque<Heard>,
    /// Serials of [`Peer::ask`], which count down from here.
    serial: i32,
}

impl Peer {
    /// Connects and is not greeted yet.
    pub fn connect(path: &Path) -> Self {
        Self::over(UnixStream::connect(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    fn over(output: UnixStream) -> Self {
        output.set_write_timeout(Some(PATIENCE)).expect("a timeout can be set");
        let input = Stream::from(output.try_clone().expect("a descriptor is left"));
        input.set_patience(Some(PATIENCE)).expect("a timeout can be set");
        Self { output, input, heard: VecDeque::new(), serial: -1_000_000 }
    }

    /// Connects and takes the greeting: the version, and the state of the radio.
    pub fn greeted(path: &Path) -> Self {
        let mut peer = Self::connect(path);
        peer.take_greeting();
        peer
    }

    /// Connects and is not greeted yet, unless there is nobody.
    pub fn try_connect(path: &Path) -> Result<Self, ClientError> {
        UnixStream::connect(path).map(Self::over).map_err(ClientError::Io)
    }

    /// Connects and takes the greeting, unless there is nobody who greets.
    pub fn try_greeted(path: &Path) -> Result<Self, ClientError> {
        let mut peer = Self::try_connect(path)?;
        for wanted in [UnsolCode::RIL_CONNECTED, UnsolCode::RESPONSE_RADIO_STATE_CHANGED] {
            peer.try_wait(|heard| matches!(heard, Heard::News { code, .. } if *code == wanted))?;
        }
        Ok(peer)
    }

    /// Waits for the greeting and takes it.
    pub fn take_greeting(&mut self) {
        self.news(UnsolCode::RIL_CONNECTED);
        self.news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED);
    }

    /// Sends these bytes.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.try_send_bytes(bytes).expect("the other side reads");
    }

    /// Sends these bytes, unless the other side has hung up.
    pub fn try_send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.output.write_all(bytes)
    }

    /// Sends a request.
    pub fn send(&mut self, code: RequestCode, serial: i32, payload: &[u8]) {
        self.send_bytes(&request(code, serial, payload));
    }

    /// Sends a request and waits for its answer.
    pub fn ask(&mut self, code: RequestCode, payload: &[u8]) -> (Errno, Vec<u8>) {
        self.serial -= 1;
        let serial = self.serial;
        self.send(code, serial, payload);
        self.answer(serial)
    }

    /// Sends a request again and again until its answer is wanted; that answer.
    #[allow(clippy::disallowed_methods, reason = "what is waited for takes real time")]
    pub fn ask_until(
        &mut self,
        code: RequestCode,
        payload: &[u8],
        mut wanted: impl FnMut(Errno, &[u8]) -> bool,
    ) -> (Errno, Vec<u8>) {
        let began = Instant::now();
        loop {
            let (errno, answer) = self.ask(code, payload);
            if wanted(errno, &answer) {
                return (errno, answer);
            }
            assert!(began.elapsed() < PATIENCE, "{code} is still answered {errno}: {}", hex::to_hex(&answer));
            std::thread::yield_now();
        }
    }

    /// Sends a request and waits for its answer; none if the other side has hung up.
    pub fn ask_unless_gone(&mut self, code: RequestCode, payload: &[u8]) -> Option<(Errno, Vec<u8>)> {
        self.serial -= 1;
        let wanted = self.serial;
        self.try_send_bytes(&request(code, wanted, payload)).ok()?;
        match self.try_wait(|heard| matches!(heard, Heard::Reply { serial, .. } if *serial == wanted)) {
            Ok(Heard::Reply { errno, payload, .. }) => Some((errno, payload)),
            Ok(other) => unreachable!("{other:?}"),
            Err(error) if is_end(&error) => None,
            Err(error) => panic!("{error}; heard before: {:?}", self.heard),
        }
    }

    /// Waits for the answer to a request.
    pub fn answer(&mut self, wanted: i32) -> (Errno, Vec<u8>) {
        match self.wait(|heard| matches!(heard, Heard::Reply { serial, .. } if *serial == wanted)) {
            Heard::Reply { errno, payload, .. } => (errno, payload),
            other => unreachable!("{other:?}"),
        }
    }

    /// Waits for an unsolicited message.
    pub fn news(&mut self, wanted: UnsolCode) -> Vec<u8> {
        match self.wait(|heard| matches!(heard, Heard::News { code, .. } if *code == wanted)) {
            Heard::News { payload, .. } => payload,
            other => unreachable!("{other:?}"),
        }
    }

    /// Takes out the first thing heard that is wanted, waiting for it if need be.
    pub fn wait(&mut self, wanted: impl FnMut(&Heard) -> bool) -> Heard {
        self.try_wait(wanted).unwrap_or_else(|error| panic!("{error}; heard before: {:?}", self.heard))
    }

    /// The same, unless the other side hangs up or says nothing.
    pub fn try_wait(&mut self, mut wanted: impl FnMut(&Heard) -> bool) -> Result<Heard, ClientError> {
        if let Some(at) = self.heard.iter().position(&mut wanted) {
            return Ok(self.heard.remove(at).expect("it was found there"));
        }
        loop {
            let next = self.next()?;
            if wanted(&next) {
                return Ok(next);
            }
            self.heard.push_back(next);
        }
    }

    /// It is served: the modem answers it.
    pub fn expect_service(&mut self) {
        let (errno, payload) = self.ask(ALWAYS_AT_MODEM, &[]);
        assert_eq!(errno, Errno::SUCCESS);
        decode::<ActivityInfo>(&payload);
    }

    /// Nothing else has come than unsolicited messages. The modem has answered one more request before, so whatever was
    /// to come before that is here.
    pub fn expect_no_more_replies(&mut self) {
        self.ask(ALWAYS_AT_MODEM, &[]);
        let replies: Vec<&Heard> = self.heard.iter().filter(|heard| !matches!(heard, Heard::News { .. })).collect();
        assert!(replies.is_empty(), "{replies:?}");
    }

    /// Sends these requests at once, each of which gets one answer and no other; the answers in the order of the
    /// requests. Their serials are their places.
    pub fn ask_all(&mut self, requests: &[(RequestCode, Vec<u8>)]) -> Vec<(Errno, Vec<u8>)> {
        let mut frames = Vec::new();
        for (serial, (code, payload)) in (0..).zip(requests) {
            frames.extend(request(*code, serial, payload));
        }
        self.send_bytes(&frames);
        let answers = (0..).zip(requests).map(|(serial, _)| self.answer(serial)).collect();
        self.expect_no_more_replies();
        answers
    }

    /// Waits until the other side hangs up.
    pub fn expect_end(&mut self) {
        loop {
            match self.next() {
                Ok(heard) => self.heard.push_back(heard),
                Err(error) if is_end(&error) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// What has come and was not asked for.
    pub fn heard(&self) -> &VecDeque<Heard> {
        &self.heard
    }

    /// Whether something waits to be read at this moment.
    pub fn has_input(&mut self) -> bool {
        self.output.set_nonblocking(true).expect("a flag can be set");
        let next = self.next();
        self.output.set_nonblocking(false).expect("a flag can be set");
        match next {
            Err(ClientError::Io(error)) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error}"),
            Ok(heard) => {
                self.heard.push_back(heard);
                true
            }
        }
    }

    fn next(&mut self) -> Result<Heard, ClientError> {
        Ok(match self.input.receive()? {
            Message::Reply(reply) => {
                Heard::Reply { serial: reply.serial, errno: reply.errno, payload: reply.payload.to_vec() }
            }
            Message::Unsolicited(news) => Heard::News { code: news.code, payload: news.payload.to_vec() },
            Message::Ack { serial } => Heard::Ack { serial },
        })
    }
}

/// The other side has hung up.
fn is_end(error: &ClientError) -> bool {
    match error {
        ClientError::HungUp => true,
        ClientError::Io(error) => error.kind() == ErrorKind::ConnectionReset,
        _ => false,
    }
}

/// For [`Peer::wait`]: the radio is in this state.
pub fn is_radio(wanted: RadioState) -> impl FnMut(&Heard) -> bool {
    move |heard| match heard {
        Heard::News { code: UnsolCode::RESPONSE_RADIO_STATE_CHANGED, payload } => {
            decode::<RadioState>(payload) == wanted
        }
        _ => false,
    }
}

/// A request as a whole frame.
pub fn request(code: RequestCode, serial: i32, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Request { code, serial, payload }.put(&mut frame);
    frame
}

/// A frame with this body.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("test frames are short");
    [&length.to_be_bytes(), body].concat()
}

/// Integers as they lie in a parcel.
pub fn words(words: &[i32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// A value as a parcel.
pub fn encode<T: Parcel>(value: &T) -> Vec<u8> {
    parcel::encode(value, RilVersion::COMMON)
}

/// The value in a parcel.
pub fn decode<T: Parcel>(payload: &[u8]) -> T {
    parcel::decode(payload, RilVersion::COMMON).expect("a whole payload")
}

/// Bytes as the parcel of `OEM_HOOK_RAW`.
pub fn raw(bytes: &str) -> Vec<u8> {
    encode(&Raw(Some(bytes.as_bytes().to_vec())))
}
