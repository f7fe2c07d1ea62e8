//! The SIM Access Profile as a pure state machine: the one client that may have it, and the modem.
//!
//! Whoever has a session talks to the SIM command by command, and the modem has no SIM meanwhile: a session is every
//! phone's affair, and only one phone may have one. So the machine knows at all times whether the modem may have given
//! the SIM away, and takes it back when the client is gone. No I/O, no clock: time is an argument, and what is to be
//! done comes out as [`Action`]s.
//!
//! * **What a client says** must be a request that there is, whole and not too long. A frame that is none ends the
//!   connection; a request that will not do is answered with an error and with a result that says so, for Android's
//!   client reads a missing one as success.
//! * **Every request gets one answer**, also when the modem does not answer, ends, or answers with what is none. The
//!   modem knows requests by numbers of ours, which are not used twice, so that no late answer can reach a later
//!   client.
//! * **A session begins with CONNECT** and ends with DISCONNECT, with an indication that the modem has ended it, or
//!   with the modem. Commands outside of one are refused here, as a server of the profile does (SAP 1.1, chapter 4).
//! * **A CONNECT that is given up may still succeed**, and what it opened is closed: no CONNECT is taken back, and the
//!   modem counts as having given its SIM away until a DISCONNECT that was sent behind it has succeeded (`custody`). It
//!   is no session of the next client's.
//! * **When the client leaves**, the modem is asked to DISCONNECT if it may have given its SIM away, as libril asks it,
//!   and is asked again if it refuses. The next client waits until it has its SIM back, or ten seconds have passed. It
//!   is asked when it comes up, too: an earlier life of ours, or of its side, may have ended in a session (`ending`).
//!
//! Nothing of what goes to or from the SIM is looked at, and nothing of it is ever shown.
//!
//! Reference: Bluetooth SIM Access Profile 1.1; `libril/RilSapSocket.cpp`.

mod custody;
mod ending;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use ril_protocol::Errno;
use ril_protocol::frame::SAP_PAYLOAD_LIMIT;
use ril_sap::connect_response::Status;
use ril_sap::disconnect_indication::Type;
use ril_sap::{ConnectResponse, DisconnectIndication, DisconnectRequest, Error, Header, Kind, MsgId, bytes, read};
use vendor_shim::host::SapMessage;

use self::custody::{Custody, is_later};
use self::ending::{Ending, Step};

/// Time since the start of the daemon.
pub type Now = Duration;

/// As many requests may be unanswered. A client waits for the answer before it asks again, but for what interrupts a
/// command that the SIM does not answer (SAP 1.1, chapter 4).
pub const MOST_UNANSWERED: usize = 16;

/// After so long a request is answered as failed. A SIM may well work for seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// So many DISCONNECTs that are nobody's are known by their late answers.
const MOST_DISCONNECTS: usize = 16;

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
    /// The daemon is about to end: nobody is served any more.
    Stop,
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
    /// The client has it no more, and why; the modem is to take it back.
    SessionLeft(&'static str),
    /// It is the modem's again, and why.
    SessionEnded(&'static str),
    /// The modem has not said in time that it has it back.
    NotEnded,
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
    /// Nobody has it any more, and the modem has not said that it has it back.
    Ending,
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
    /// The last of our numbers that was used before it came.
    before_client: u32,
    /// The session that there is, as people were told; never [`Session::Opening`].
    session: Session,
    /// What the modem may have given away, whatever was told.
    custody: Custody,
    /// By our number.
    pending: BTreeMap<u32, Pending>,
    /// The modem is asked for its SIM.
    ending: Option<Ending>,
    /// Our numbers of the DISCONNECTs that are nobody's and have no answer, oldest first.
    disconnects: VecDeque<u32>,
    /// Nobody is served any more.
    stopped: bool,
    /// The last of our numbers.
    serials: u32,
    sessions: u64,
    requests: u64,
    refused: u64,
}

impl Sap {
    /// Nobody there yet. `longest` is the longest frame body that the modem side takes. Our numbers begin behind
    /// `last`: a modem side that outlasts us may still answer an earlier life of ours, so each life draws its own.
    pub fn new(longest: usize, last: u32) -> Self {
        Self {
            longest,
            modem: Modem::Down,
            client: false,
            before_client: last,
            session: Session::Closed,
            custody: Custody::of_earlier_life(last),
            pending: BTreeMap::new(),
            ending: None,
            disconnects: VecDeque::new(),
            stopped: false,
            serials: last,
            sessions: 0,
            requests: 0,
            refused: 0,
        }
    }

    /// Takes what has happened; appends what is to be done.
    pub fn handle(&mut self, now: Now, event: Event<'_>, to: &mut Vec<Action>) {
        match event {
            Event::Modem(modem) => self.modem_is(now, modem, to),
            Event::ClientUp => (self.client, self.before_client) = (true, self.serials),
            // It is dealt with.
            Event::ClientDown | Event::FromClient(_) if !self.client => {}
            Event::ClientDown => self.client_left(now, to),
            Event::FromClient(body) => self.client_says(now, body, to),
            Event::FromModem(SapMessage::Answer { serial, errno, payload }) => {
                self.answered(now, *serial, *errno, payload, to);
            }
            Event::FromModem(SapMessage::Unsolicited { id, payload }) => self.told(MsgId(*id), payload, to),
            Event::Tick => self.tick(now, to),
            Event::Stop => self.stop(now, to),
        }
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Now> {
        let pending = self.pending.values().map(|pending| pending.deadline);
        pending.chain(self.ending.as_ref().map(Ending::deadline)).min()
    }

    /// Whether the next client may be let in.
    pub fn is_free(&self) -> bool {
        !self.client && !self.is_ending() && !self.stopped
    }

    /// Whether the modem is being asked for its SIM.
    pub fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// How it stands.
    pub fn view(&self) -> View {
        View {
            modem: self.modem,
            client: self.client,
            session: self.session(),
            sessions: self.sessions,
            requests: self.requests,
            refused: self.refused,
        }
    }

    fn session(&self) -> Session {
        let is_asked_for = self.pending.values().any(|pending| pending.id == MsgId::CONNECT);
        if is_asked_for && self.session != Session::Open { Session::Opening } else { self.session }
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
                let refusal = refusal(id, &payload);
                let serial = self.ask(id, payload, to);
                if id == MsgId::CONNECT {
                    self.custody.connect_sent(serial);
                    // What was asked for its sake is in order; to ask again would end what this one begins.
                    self.ending = None;
                }
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
        let is_in_one = matches!(self.session(), Session::Opening | Session::Open);
        (is_of_a_session && !is_in_one).then_some((Error::GenericFailure, "there is no session"))
    }

    fn client_left(&mut self, now: Now, to: &mut Vec<Action>) {
        self.client = false;
        let mut asked = None;
        for (serial, Pending { id, .. }) in std::mem::take(&mut self.pending) {
            if id == MsgId::DISCONNECT {
                // What the client has asked for last is what we would ask for, and the modem may have done it by now.
                self.await_disconnect(serial);
                asked = Some(serial);
            } else {
                give_up(serial, id, to);
            }
        }
        self.session_is_left("the client left", to);
        let is_asked = asked.filter(|serial| !self.custody.awaits_any() && self.custody.is_given_before(*serial));
        match is_asked.filter(|_| !self.is_ending()) {
            Some(serial) => self.ending = Some(Ending::begins(now, Step::Answer(serial))),
            None => self.end(now, to),
        }
    }

    // ---- the end of a session that nobody has ----

    /// Has the modem end what it may have begun.
    fn end(&mut self, now: Now, to: &mut Vec<Action>) {
        if self.modem != Modem::Up || self.is_ending() {
            return;
        }
        if self.custody.awaits_any() {
            self.ending = Some(Ending::begins(now, Step::Connect));
        } else if self.custody.is_given() {
            self.ask_for_the_end(now, to);
        }
    }

    fn ask_for_the_end(&mut self, now: Now, to: &mut Vec<Action>) {
        let serial = self.ask(MsgId::DISCONNECT, bytes(&DisconnectRequest {}), to);
        self.await_disconnect(serial);
        let again = self.ending.filter(|ending| matches!(ending.step, Step::Again(_)));
        let step = Step::Answer(serial);
        self.ending = Some(again.map_or(Ending::begins(now, step), |ending| Ending { step, ..ending }));
    }

    /// The answer to this DISCONNECT will be for nobody.
    fn await_disconnect(&mut self, serial: u32) {
        if self.disconnects.len() == MOST_DISCONNECTS {
            self.disconnects.pop_front();
        }
        self.disconnects.push_back(serial);
    }

    /// The answer to a DISCONNECT that is nobody's, which may be late.
    fn end_is_answered(&mut self, now: Now, serial: u32, errno: Errno, to: &mut Vec<Action>) {
        if errno == Errno::SUCCESS {
            self.session_ends(serial, "it has taken it back", to);
        }
        let Some(ending) = self.ending.filter(|ending| ending.step == Step::Answer(serial)) else { return };
        // A modem that refuses where there was no session, as far as we know, has nothing to give back.
        let is_refused = errno != Errno::SUCCESS && self.session == Session::Ending;
        self.ending = is_refused.then(|| ending.is_refused(now));
    }

    /// The client has its session no more.
    fn session_is_left(&mut self, why: &'static str, to: &mut Vec<Action>) {
        if self.session == Session::Open {
            self.session = Session::Ending;
            to.push(Action::Note(Note::SessionLeft(why)));
        }
    }

    /// A DISCONNECT has succeeded.
    fn session_ends(&mut self, serial: u32, why: &'static str, to: &mut Vec<Action>) {
        self.custody.disconnect_succeeded(serial);
        if !self.custody.is_given() {
            self.session_is_over(why, to);
        }
    }

    fn session_is_over(&mut self, why: &'static str, to: &mut Vec<Action>) {
        if std::mem::take(&mut self.session) != Session::Closed {
            to.push(Action::Note(Note::SessionEnded(why)));
        }
    }

    fn stop(&mut self, now: Now, to: &mut Vec<Action>) {
        self.stopped = true;
        self.client_left(now, to);
        if self.ending.is_some_and(|ending| ending.step == Step::Connect) {
            self.ask_for_the_end(now, to);
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

    fn answered(&mut self, now: Now, serial: u32, errno: Errno, payload: &[u8], to: &mut Vec<Action>) {
        if let Some(place) = self.disconnects.iter().position(|ours| *ours == serial) {
            self.disconnects.remove(place);
            return self.end_is_answered(now, serial, errno, to);
        }
        let pending = self.pending.remove(&serial);
        let id = match &pending {
            Some(pending) => pending.id,
            None if self.custody.awaits(serial) => MsgId::CONNECT,
            None => return to.push(Action::Note(Note::Stray)),
        };
        let is_answer = id.row().and_then(|row| row.exchange).is_some_and(|row| (row.response)(payload).is_ok());
        if !is_answer && errno == Errno::SUCCESS {
            to.push(Action::Note(Note::BadMessage(id)));
        }
        if id == MsgId::CONNECT {
            self.connect_is_answered(now, serial, errno, payload, to);
        } else if id == MsgId::DISCONNECT && is_answer && errno == Errno::SUCCESS {
            self.session_ends(serial, "the client has disconnected", to);
        }
        let Some(Pending { token, refusal, .. }) = pending else { return };
        to.push(match (is_answer, errno) {
            (true, _) => answer(token, id, errno.0, payload.to_vec()),
            (false, Errno::SUCCESS) => answer(token, id, Error::GenericFailure as i32, refusal),
            (false, _) => answer(token, id, errno.0, refusal),
        });
    }

    /// The modem has answered a CONNECT, which perhaps nobody waits for any more. An answer that cannot be read may
    /// have been a success, though it is told as a failure.
    fn connect_is_answered(&mut self, now: Now, serial: u32, errno: Errno, payload: &[u8], to: &mut Vec<Action>) {
        let status = read::<ConnectResponse>(payload).map(|response| response.status);
        let opens = [Status::Ok, Status::OkCallOngoing].map(|status| Ok(Some(status as i32))).contains(&status);
        let is_open = errno == Errno::SUCCESS && opens;
        let cannot_be_read = errno == Errno::SUCCESS && !matches!(status, Ok(Some(_)));
        self.custody.connect_answered(serial, is_open || cannot_be_read);
        let is_anothers = self.client && !is_later(serial, self.before_client);
        let has_its_own = self.client && matches!(self.session(), Session::Opening | Session::Open);
        if is_open && self.session != Session::Open && !(is_anothers && has_its_own) {
            self.session = Session::Open;
            self.sessions += 1;
            to.push(Action::Note(Note::SessionBegan));
        }
        if self.client && (has_its_own || !is_anothers && is_open || !self.is_to_be_taken_back()) {
            return;
        }
        self.session_is_left("the client had left before it began", to);
        // If DISCONNECT was asked for meanwhile, its answer says whether it has to be asked for again.
        self.ending = self.ending.filter(|ending| ending.step != Step::Connect || self.custody.awaits_any());
        self.end(now, to);
    }

    /// Whether the modem has given the SIM away for a client before the one that is there, and is not being asked for
    /// it.
    fn is_to_be_taken_back(&self) -> bool {
        self.custody.is_given_before(self.before_client.wrapping_add(1))
            && !self.disconnects.iter().any(|serial| self.custody.is_given_before(*serial))
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
            // Of this session or, late, of one before: that changes nothing of what the modem is asked in the end.
            self.session_is_over("the modem has ended it", to);
        }
    }

    fn modem_is(&mut self, now: Now, modem: Modem, to: &mut Vec<Action>) {
        let was_in_session = matches!(self.session(), Session::Opening | Session::Open);
        self.modem = modem;
        // One that has come anew answers nothing of what the one before was asked, which may have done it all the same.
        self.ending = None;
        self.disconnects.clear();
        self.custody.modem_gone();
        for Pending { token, id, refusal, .. } in std::mem::take(&mut self.pending).into_values() {
            to.push(answer(token, id, Error::RadioNotAvailable as i32, refusal));
        }
        if was_in_session {
            let gone = DisconnectIndication { r#type: Some(Type::Immediate as i32) };
            to.push(tell(MsgId::DISCONNECT, bytes(&gone)));
            self.session_is_left("the modem is gone", to);
        }
        self.end(now, to);
    }

    fn tick(&mut self, now: Now, to: &mut Vec<Action>) {
        match self.ending {
            Some(Ending { step: Step::Connect, until }) if until <= now => self.ask_for_the_end(now, to),
            Some(Ending { until, .. }) if until <= now => {
                // Nothing is taken back: a modem that has not done it is to do it yet, and its late answer counts.
                self.ending = None;
                to.push(Action::Note(Note::NotEnded));
            }
            Some(Ending { step: Step::Again(time), .. }) if time <= now => self.ask_for_the_end(now, to),
            _ => {}
        }
        while let Some((&serial, _)) = self.pending.iter().find(|(_, pending)| pending.deadline <= now) {
            let Some(Pending { token, id, refusal, .. }) = self.pending.remove(&serial) else { return };
            give_up(serial, id, to);
            to.push(Action::Note(Note::TimedOut(id)));
            to.push(answer(token, id, Error::GenericFailure as i32, refusal));
        }
    }
}

/// Nobody waits for this any more. A CONNECT is not taken back: whether it was carried out would not be known.
fn give_up(serial: u32, id: MsgId, to: &mut Vec<Action>) {
    if id != MsgId::CONNECT {
        to.push(Action::GiveUp(serial));
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
