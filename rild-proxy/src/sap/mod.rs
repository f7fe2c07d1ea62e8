//! The SIM Access Profile as a pure state machine: the one client that may have it, and the modem.
//!
//! Whoever has a session talks to the SIM command by command, and the modem has no SIM meanwhile: a session is every
//! phone's affair, and only one phone may have one. So the machine knows at all times whether the modem may have given
//! the SIM away, and takes it back when the client is gone. No I/O, no clock: time is an argument, and what is to be done
//! comes out as [`Action`]s.
//!
//! * **What a client says** must be a request that there is, whole and not too long. A frame that is none ends the
//!   connection; a request that will not do is answered with an error and with a result that says so, for Android's client
//!   reads a missing one as success.
//! * **Every request gets one answer**, also when the modem does not answer, ends, or answers with what is none. The modem
//!   knows requests by numbers of ours, which are not used twice, so that no late answer can reach a later client.
//! * **A session begins with CONNECT** and ends with DISCONNECT, with an indication that the modem has ended it, or with
//!   the modem. Commands outside of one are refused here, as a server of the profile does (SAP 1.1, 4.1).
//! * **When the client leaves** in a session, the modem is told to DISCONNECT, as libril does, and the answer is for
//!   nobody. The next client waits until it has come, or ten seconds have passed.
//!
//! Nothing of what goes to or from the SIM is looked at, and nothing of it is ever shown.
//!
//! Reference: Bluetooth SIM Access Profile 1.1; `libril/RilSapSocket.cpp`.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use ril_protocol::Errno;
use ril_protocol::frame::SAP_PAYLOAD_LIMIT;
use ril_sap::connect_response::Status;
use ril_sap::disconnect_indication::Type;
use ril_sap::{ConnectResponse, DisconnectIndication, DisconnectRequest, Error, Header, Kind, MsgId, bytes, read};
use vendor_shim::host::SapMessage;

/// Time since the start of the daemon.
pub type Now = Duration;

/// As many requests may be unanswered. A client waits for the answer before it asks again, but for what interrupts a
/// command that the SIM does not answer (SAP 1.1, 4.1).
pub const MOST_UNANSWERED: usize = 16;

/// After so long a request is answered as failed. A SIM may well work for seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// So long the modem may take to end a session that nobody has any more.
const PATIENCE_WITH_THE_END: Duration = Duration::from_secs(10);

/// What there is of a modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modem {
    /// None at present.
    Down,
    /// One that has no SIM Access Profile.
    Without,
    /// One that has it.
    Up,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The modem has come, or gone.
    Modem(Modem),
    /// A client has connected; there was none.
    ClientUp,
    /// It is gone.
    ClientDown,
    /// The body of a frame of the client's.
    FromClient(&'a [u8]),
    /// What the modem says.
    FromModem(&'a SapMessage),
    /// The [deadline](Sap::deadline) has come.
    Tick,
}

/// What is to be done.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// Send the client this frame.
    ToClient(Vec<u8>),
    /// Ask the modem.
    ToModem {
        /// Our number for it.
        serial: u32,
        /// Which message.
        id: MsgId,
        /// Its content.
        payload: Vec<u8>,
    },
    /// The modem need not answer this any more.
    GiveUp(u32),
    /// End the connection, and why.
    HangUp(&'static str),
    /// Something that people want to know.
    Note(Note),
}

impl fmt::Debug for Action {
    /// Without what goes to or from the SIM.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToClient(frame) => write!(f, "ToClient({} bytes)", frame.len()),
            Self::ToModem { serial, id, payload } => write!(f, "ToModem({id} #{serial}, {} bytes)", payload.len()),
            Self::GiveUp(serial) => write!(f, "GiveUp({serial})"),
            Self::HangUp(why) => write!(f, "HangUp({why:?})"),
            Self::Note(note) => note.fmt(f),
        }
    }
}

/// Something that people want to know. It says nothing of what is in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The SIM is the client's.
    SessionBegan,
    /// It is the modem's again, and why.
    SessionEnded(&'static str),
    /// A request was refused here, and why.
    Refused(MsgId, &'static str),
    /// The modem did not answer in time.
    TimedOut(MsgId),
    /// The modem has answered, or told, what is no such message.
    BadMessage(MsgId),
    /// The modem has answered what nobody waits for.
    Stray,
}

/// Whether the modem has the SIM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Session {
    /// It has.
    #[default]
    Closed,
    /// It was asked for it, and may give it away at any moment.
    Opening,
    /// It has given it away.
    Open,
}

/// How it stands, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// What there is of a modem.
    pub modem: Modem,
    /// Somebody is connected.
    pub client: bool,
    /// Whether the modem has the SIM.
    pub session: Session,
    /// How many sessions there were.
    pub sessions: u64,
    /// How many requests went to the modem.
    pub requests: u64,
    /// How many were refused here.
    pub refused: u64,
}

/// A request without an answer.
#[derive(Clone, Debug)]
struct Pending {
    token: u32,
    id: MsgId,
    /// What says that it was not carried out.
    refusal: Vec<u8>,
    deadline: Now,
}

/// The state machine.
#[derive(Debug)]
pub struct Sap {
    /// The longest frame body that the modem side takes.
    longest: usize,
    modem: Modem,
    client: bool,
    session: Session,
    /// By our number.
    pending: BTreeMap<u32, Pending>,
    /// Our number of a DISCONNECT for a client that is gone, and how long it may take.
    ending: Option<(u32, Now)>,
    serials: u32,
    sessions: u64,
    requests: u64,
    refused: u64,
}

impl Sap {
    /// Nobody there yet. `longest` is the longest frame body that the modem side takes.
    pub fn new(longest: usize) -> Self {
        Self {
            longest,
            modem: Modem::Down,
            client: false,
            session: Session::Closed,
            pending: BTreeMap::new(),
            ending: None,
            serials: 0,
            sessions: 0,
            requests: 0,
            refused: 0,
        }
    }

    /// Takes what has happened; appends what is to be done.
    pub fn handle(&mut self, now: Now, event: Event<'_>, to: &mut Vec<Action>) {
        match event {
            Event::Modem(modem) => self.modem_is(modem, to),
            Event::ClientUp => self.client = true,
            Event::ClientDown => self.client_left(now, to),
            Event::FromClient(body) => self.client_says(now, body, to),
            Event::FromModem(SapMessage::Answer { serial, errno, payload }) => {
                self.answered(*serial, *errno, payload, to);
            }
            Event::FromModem(SapMessage::Unsolicited { id, payload }) => self.told(MsgId(*id), payload, to),
            Event::Tick => self.tick(now, to),
        }
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Now> {
        let pending = self.pending.values().map(|pending| pending.deadline);
        pending.chain(self.ending.map(|(_, deadline)| deadline)).min()
    }

    /// Whether the next client may be let in.
    pub fn is_free(&self) -> bool {
        !self.client && self.ending.is_none()
    }

    /// How it stands.
    pub fn view(&self) -> View {
        View {
            modem: self.modem,
            client: self.client,
            session: self.session,
            sessions: self.sessions,
            requests: self.requests,
            refused: self.refused,
        }
    }

    // ---- the client ----

    fn client_says(&mut self, now: Now, body: &[u8], to: &mut Vec<Action>) {
        let Ok(header) = Header::read(body) else { return to.push(Action::HangUp("it sent what is no message")) };
        if header.kind() != Kind::Request {
            return to.push(Action::HangUp("it sent what is no request"));
        }
        let (token, id) = (header.token(), header.message());
        let payload = header.payload.unwrap_or_default();
        match self.objection(id, &payload, body.len()) {
            Some((error, why)) => {
                self.refused += 1;
                to.push(Action::Note(Note::Refused(id, why)));
                to.push(answer(token, id, error as i32, refusal(id, &payload)));
            }
            None => {
                if id == MsgId::CONNECT && self.session == Session::Closed {
                    self.session = Session::Opening;
                }
                let refusal = refusal(id, &payload);
                let serial = self.ask(id, payload, to);
                self.pending.insert(serial, Pending { token, id, refusal, deadline: now + PATIENCE });
            }
        }
    }

    /// Why the modem is not asked, if it is not.
    fn objection(&self, id: MsgId, payload: &[u8], length: usize) -> Option<(Error, &'static str)> {
        let Some(exchange) = id.row().and_then(|row| row.exchange) else {
            return Some((Error::RequestNotSupported, "there is no such request"));
        };
        if payload.len() > SAP_PAYLOAD_LIMIT || length > self.longest {
            return Some((Error::InvalidParameter, "it is too long"));
        }
        if (exchange.request)(payload).is_err() {
            return Some((Error::InvalidParameter, "it is no such request"));
        }
        match self.modem {
            Modem::Down => return Some((Error::RadioNotAvailable, "there is no modem")),
            Modem::Without => return Some((Error::RequestNotSupported, "the modem has no SIM Access Profile")),
            Modem::Up => {}
        }
        if self.pending.len() >= MOST_UNANSWERED {
            return Some((Error::GenericFailure, "too many are unanswered"));
        }
        let is_of_a_session = id != MsgId::CONNECT && id != MsgId::DISCONNECT;
        (is_of_a_session && self.session == Session::Closed).then_some((Error::GenericFailure, "there is no session"))
    }

    fn client_left(&mut self, now: Now, to: &mut Vec<Action>) {
        self.client = false;
        to.extend(std::mem::take(&mut self.pending).into_keys().map(Action::GiveUp));
        if self.session != Session::Closed {
            self.session_ends("the client left", to);
            let payload = bytes(&DisconnectRequest {});
            let serial = self.ask(MsgId::DISCONNECT, payload, to);
            self.ending = Some((serial, now + PATIENCE_WITH_THE_END));
        }
    }

    // ---- the modem ----

    fn ask(&mut self, id: MsgId, payload: Vec<u8>, to: &mut Vec<Action>) -> u32 {
        // Four thousand million requests later nobody waits for the first.
        self.serials = self.serials.wrapping_add(1);
        self.requests += 1;
        to.push(Action::ToModem { serial: self.serials, id, payload });
        self.serials
    }

    fn answered(&mut self, serial: u32, errno: Errno, payload: &[u8], to: &mut Vec<Action>) {
        if self.ending.is_some_and(|(ending, _)| ending == serial) {
            self.ending = None;
            return;
        }
        let Some(Pending { token, id, refusal, .. }) = self.pending.remove(&serial) else {
            return to.push(Action::Note(Note::Stray));
        };
        let is_answer = id.row().and_then(|row| row.exchange).is_some_and(|row| (row.response)(payload).is_ok());
        if is_answer {
            self.follow(id, errno, payload, to);
        } else if errno == Errno::SUCCESS {
            to.push(Action::Note(Note::BadMessage(id)));
        }
        to.push(match (is_answer, errno) {
            (true, _) => answer(token, id, errno.0, payload.to_vec()),
            (false, Errno::SUCCESS) => answer(token, id, Error::GenericFailure as i32, refusal),
            (false, _) => answer(token, id, errno.0, refusal),
        });
    }

    /// What an answer says of the session.
    fn follow(&mut self, id: MsgId, errno: Errno, payload: &[u8], to: &mut Vec<Action>) {
        if id == MsgId::DISCONNECT && errno == Errno::SUCCESS {
            self.session_ends("the client has disconnected", to);
        }
        if id != MsgId::CONNECT || self.session == Session::Closed {
            return;
        }
        let status = read::<ConnectResponse>(payload).map(|response| response.status);
        let is_open = [Status::Ok, Status::OkCallOngoing].map(|status| Ok(Some(status as i32))).contains(&status);
        if errno == Errno::SUCCESS && is_open {
            if self.session == Session::Opening {
                self.sessions += 1;
                to.push(Action::Note(Note::SessionBegan));
            }
            self.session = Session::Open;
        } else if self.session == Session::Opening {
            self.session = self.without_a_session();
        }
    }

    /// How it stands when there is no session, for another CONNECT may be under way.
    fn without_a_session(&self) -> Session {
        let is_asked_for = self.pending.values().any(|pending| pending.id == MsgId::CONNECT);
        if is_asked_for { Session::Opening } else { Session::Closed }
    }

    fn told(&mut self, id: MsgId, payload: &[u8], to: &mut Vec<Action>) {
        // libril has nobody to tell, either. What is told while a session ends is about that one.
        if !self.client || self.modem != Modem::Up {
            return;
        }
        if id.row().is_some_and(|row| row.unsolicited.is_none_or(|check| check(payload).is_err())) {
            return to.push(Action::Note(Note::BadMessage(id)));
        }
        let ended = read::<DisconnectIndication>(payload).is_ok_and(|told| told.r#type == Some(Type::Immediate as i32));
        to.push(tell(id, payload.to_vec()));
        if id == MsgId::DISCONNECT && ended {
            self.session_ends("the modem has ended it", to);
        }
    }

    fn modem_is(&mut self, modem: Modem, to: &mut Vec<Action>) {
        self.modem = modem;
        // One that has come anew knows nothing of what the one before was asked.
        self.ending = None;
        for Pending { token, id, refusal, .. } in std::mem::take(&mut self.pending).into_values() {
            to.push(answer(token, id, Error::RadioNotAvailable as i32, refusal));
        }
        if self.session != Session::Closed {
            let gone = DisconnectIndication { r#type: Some(Type::Immediate as i32) };
            to.push(tell(MsgId::DISCONNECT, bytes(&gone)));
            self.session_ends("the modem is gone", to);
        }
    }

    fn session_ends(&mut self, why: &'static str, to: &mut Vec<Action>) {
        let after = self.without_a_session();
        if std::mem::replace(&mut self.session, after) == Session::Open {
            to.push(Action::Note(Note::SessionEnded(why)));
        }
    }

    fn tick(&mut self, now: Now, to: &mut Vec<Action>) {
        if let Some((serial, _)) = self.ending.take_if(|(_, deadline)| *deadline <= now) {
            to.push(Action::GiveUp(serial));
            to.push(Action::Note(Note::TimedOut(MsgId::DISCONNECT)));
        }
        while let Some((&serial, _)) = self.pending.iter().find(|(_, pending)| pending.deadline <= now) {
            let Some(Pending { token, id, refusal, .. }) = self.pending.remove(&serial) else { return };
            to.push(Action::GiveUp(serial));
            to.push(Action::Note(Note::TimedOut(id)));
            to.push(answer(token, id, Error::GenericFailure as i32, refusal));
        }
    }
}

/// What says that a request was not carried out; nothing for one that there is not.
fn refusal(id: MsgId, request: &[u8]) -> Vec<u8> {
    id.row().and_then(|row| row.exchange).map_or_else(Vec::new, |exchange| (exchange.refusal)(request))
}

fn answer(token: u32, id: MsgId, error: i32, payload: Vec<u8>) -> Action {
    to_client(&Header::response(token, id, error, payload))
}

fn tell(id: MsgId, payload: Vec<u8>) -> Action {
    to_client(&Header::unsolicited(id, payload))
}

fn to_client(header: &Header) -> Action {
    let mut frame = Vec::new();
    header.put(&mut frame);
    Action::ToClient(frame)
}
