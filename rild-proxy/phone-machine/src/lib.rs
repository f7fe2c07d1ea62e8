//! What the proxy RilD decides: who is told what when the client or root comes, speaks or goes.
//!
//! In a crate of its own because two have need of it: `rild-proxy phone`, whose client has a socket, and
//! `librilproxy.so`, whose client is the rild that has loaded it.
//!
//! Pure: no sockets, no clock, no threads. The driver calls [`Machine::handle`] with each event, one at a time, and
//! then writes what is in [`Actions`]. A frame that only passes through is copied once, with its serial replaced, and
//! nothing is allocated for it, but for the few settings that are kept.
//!
//! Root is connected only while there is a client, so that root knows whether a phone can be rung. Root greets each
//! client itself. A client that comes is told nothing until it is clear whether root will: either it is greeted as by
//! AOSP's rild, or it hears of a radio that is unavailable, and is greeted when root is there.
//!
//! Every request that root has not answered when it dies is answered here, once, with `RADIO_NOT_AVAILABLE`, although a
//! short message, say, may have gone out. RilJ leaves it to its user to send that again; it does so by itself only
//! after `SMS_SEND_FAIL_RETRY` (`SMSDispatcher.handleSendComplete`), which is never said here. oFono sends a message up
//! to four times whatever the error is (`src/sms.c`, `tx_finished`), so no errno can keep it from that; and a success
//! that may be none would lose the message.
//!
//! The exception is the acknowledgement of a short message. The proxy itself tells it to the next root (see the module
//! `sms`), so the client has done its part and is answered `SUCCESS`. RilJ does not look at that answer. oFono 1.31
//! only logs an error, but other drivers of oFono repeat a failed acknowledgement every second, and by then it would be
//! that of another message.
//!
//! What root keeps in memory for a client as long as that is there, such as airplane mode, is said again to the next
//! root (see the module `wishes`). Until that root has answered whether a radio is off that is to be off, the client is
//! not shown that it is on: some clients would switch themselves on with it.
//!
//! Reference: `libril/ril.cpp` (`onNewCommandConnect`, `RIL_onUnsolicitedResponse`, `processCommandBuffer`).

#![forbid(unsafe_code)]

mod broken;
mod inbox;
mod outbox;
mod pending;
mod retry;
mod sms;
mod wishes;

pub use pending::MOST_OF_A_PHONE;

use std::time::Duration;

use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::data::DataCallList;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};

pub use broken::Broken;
pub use inbox::Inbox;
pub use outbox::Outbox;
use pending::{Asker, Pending};
pub use retry::Retry;
use sms::ShortMessages;
use wishes::{Wishes, wants_radio};

/// A client or root that lets this many bytes wait is not reading and has to go.
pub const OUTBOX_LIMIT: usize = 8 * 1024 * 1024;

/// A client that lets this many bytes wait is spared the messages that need not wake a phone.
pub const QUIET_LIMIT: usize = 1024 * 1024;

/// While this many bytes wait for root, no request is taken from the client.
pub const ROOT_LIMIT: usize = 256 * 1024;

/// How long a new client waits for root's greeting before it is told that there is no radio ([`Event::NoRoot`]). Root
/// greets at once, unless it has no modem or serves another client.
pub const GREETING_TIMEOUT: Duration = Duration::from_secs(1);

/// Something happened. Frames are bodies, without the length that goes before them.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The connection to root is there; root has not said anything yet.
    RootUp,
    /// Root sent a frame.
    RootFrame(&'a [u8]),
    /// The connection to root is gone.
    RootDown,
    /// There is no root to connect to, or it has not greeted for so long that the client should not wait any more.
    NoRoot,
    /// A client is there. There is no connection to root yet: that of the client before is gone.
    ClientUp,
    /// The client sent a frame.
    ClientFrame(&'a [u8]),
    /// The client is gone; the connection to root goes as well, once all is written to it.
    ClientDown,
}

/// What the driver has to do.
#[derive(Debug, Default)]
pub struct Actions {
    /// To be written to the client.
    pub to_client: Outbox,
    /// To be written to root.
    pub to_root: Outbox,
    /// To be logged.
    pub notes: Vec<Note>,
}

/// What is worth a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Root greeted; this is the version of the vendor's library, if it said one.
    RootReady(Option<RilVersion>),
    /// Root sent something that is no message.
    NoMessage {
        /// Its length in bytes.
        len: usize,
    },
    /// Root answered what nobody waits for.
    NobodyWaits {
        /// The serial of the answer.
        serial: i32,
    },
    /// The client sent something too short for a request; libril ignores it as well.
    NoRequest {
        /// Its length in bytes.
        len: usize,
    },
    /// The client does not read; it was spared this message.
    Spared(UnsolCode),
    /// Root handed over again what a client had acknowledged before root died; it was acknowledged again.
    Acknowledged(UnsolCode),
}

/// Where root stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Root {
    /// There is no connection.
    #[default]
    Away,
    /// There is one, and no greeting yet: a rild that already has a client does not greet the second.
    Silent,
    /// Root greeted and takes requests.
    Ready,
}

/// What is known of the client that is there.
#[derive(Debug, Default)]
struct Client {
    /// It has not been told anything yet: root is about to greet it, or to be found missing.
    waits: bool,
    /// The version that it was told.
    told: Option<RilVersion>,
    /// It knew another root, and may believe in calls that went with that.
    stale: bool,
    wishes: Wishes,
    /// Root was told that its radio is to be off, and has not answered.
    goes_off: bool,
    /// What root has said of a radio that is on meanwhile.
    unshown: Option<Vec<u8>>,
}

/// The proxy RilD of one phone.
#[derive(Debug, Default)]
pub struct Machine {
    root: Root,
    client: Option<Client>,
    pending: Pending,
    messages: ShortMessages,
    /// That of root's last greeting.
    version: Option<RilVersion>,
    /// Whether root's last message about the radio asked for an acknowledgement, as it does from version 13 on.
    radio_wants_ack: bool,
}

impl Machine {
    /// Takes in an event. Frames of root come between `RootUp` and `RootDown`, those of a client likewise.
    pub fn handle(&mut self, event: Event<'_>, actions: &mut Actions) {
        match event {
            Event::RootUp => self.root = Root::Silent,
            Event::RootFrame(body) => self.root_frame(body, actions),
            Event::RootDown => self.root_down(actions),
            Event::NoRoot => self.no_root(actions),
            Event::ClientUp => self.client_up(actions),
            Event::ClientFrame(body) => self.client_frame(body, actions),
            Event::ClientDown => self.client_down(actions),
        }
    }

    /// Whether a request of the client may be taken now. If not, the driver leaves it unread for a while.
    pub fn takes_requests(&self, actions: &Actions) -> bool {
        !self.waits_for_greeting() && !self.pending.is_full() && actions.to_root.len() < ROOT_LIMIT
    }

    /// Whether the client has no answer yet to something that it has asked.
    pub fn owes_an_answer(&self) -> bool {
        self.pending.is_client_waiting()
    }

    /// Whether the client has not been told anything yet. It must not wait for long; see [`Event::NoRoot`].
    pub fn waits_for_greeting(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.waits)
    }

    fn root_frame(&mut self, body: &[u8], actions: &mut Actions) {
        let Some(message) = Message::parse(body) else {
            return actions.notes.push(Note::NoMessage { len: body.len() });
        };
        match message {
            Message::Reply(reply) => self.reply(&reply, body, actions),
            Message::Ack { serial } => {
                if let Some(Asker::Client(serial)) = self.pending.asker(serial) {
                    actions.to_client.put_with_serial(body, serial);
                }
            }
            // What root says to a client that has just left, root will say to the next one if that has to know.
            Message::Unsolicited(_) if self.client.is_none() => {}
            Message::Unsolicited(message) => self.unsolicited(&message, body, actions),
        }
    }

    fn reply(&mut self, reply: &Reply<'_>, body: &[u8], actions: &mut Actions) {
        self.messages.answered(reply.serial);
        if let Some(client) = &mut self.client {
            client.wishes.answered(reply.serial, reply.errno == Errno::SUCCESS);
        }
        match self.pending.take(reply.serial) {
            Some(Asker::Client(serial)) => return actions.to_client.put_with_serial(body, serial),
            Some(Asker::Proxy) => {}
            Some(Asker::RadioOff) => self.switched_off(reply.errno, actions),
            Some(Asker::DataCalls) => self.data_calls(reply, actions),
            None if self.client.is_none() => {}
            None => actions.notes.push(Note::NobodyWaits { serial: reply.serial }),
        }
        acknowledge(reply.wants_ack, actions);
    }

    fn unsolicited(&mut self, message: &Unsolicited<'_>, body: &[u8], actions: &mut Actions) {
        let is_radio = message.code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED;
        self.radio_wants_ack = if is_radio { message.wants_ack } else { self.radio_wants_ack };
        if !self.admits(message, body, actions) {
            return acknowledge(message.wants_ack, actions);
        }
        if is_radio { self.show_radio(body, actions) } else { actions.to_client.put(body) }
    }

    /// Whether the client is told this. If not, it ends here.
    fn admits(&mut self, message: &Unsolicited<'_>, body: &[u8], actions: &mut Actions) -> bool {
        if message.code == UnsolCode::RIL_CONNECTED {
            return self.connected(message, actions);
        }
        if self.root != Root::Ready {
            // A rild greets before it says anything else.
            return false;
        }
        if message.code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED {
            return self.admits_radio(message.payload, body);
        }
        if ShortMessages::is_one(message.code) {
            return self.admits_short_message(message, actions);
        }
        let spared = actions.to_client.len() > QUIET_LIMIT && message.code.row().is_some_and(|row| !row.wakes);
        if spared {
            actions.notes.push(Note::Spared(message.code));
        }
        !spared
    }

    /// Not if a client was shown it already. If that client has acknowledged it, then so it is to root.
    fn admits_short_message(&mut self, message: &Unsolicited<'_>, actions: &mut Actions) -> bool {
        let Some(known) = self.messages.hand_over(message) else { return true };
        if let Some((body, serial)) = known.tell(|| self.pending.insert(Asker::Proxy)) {
            actions.to_root.put_with_serial(body, serial);
            actions.notes.push(Note::Acknowledged(message.code));
        }
        false
    }

    /// Not that it is on, while root has yet to hear that it is to be off.
    fn admits_radio(&mut self, payload: &[u8], body: &[u8]) -> bool {
        let is_on = self.radio_in(payload).is_some_and(RadioState::is_on);
        let Some(client) = &mut self.client else { return true };
        client.unshown = (client.goes_off && is_on).then(|| body.to_vec());
        client.unshown.is_none()
    }

    /// Tells the client what root has said of its radio.
    fn show_radio(&mut self, body: &[u8], actions: &mut Actions) {
        actions.to_client.put(body);
        let Some(Message::Unsolicited(message)) = Message::parse(body) else { return };
        let state = self.radio_in(message.payload);
        if state.is_some_and(RadioState::is_on)
            && let Some(client) = &mut self.client
        {
            client.wishes.radio_is_on();
        }
        self.look_again(state, actions);
    }

    fn radio_in(&self, payload: &[u8]) -> Option<RadioState> {
        parcel::decode(payload, self.version.unwrap_or_default()).ok()
    }

    /// Root has answered that the client's radio is off, or that it is not: then the client is told after all.
    fn switched_off(&mut self, errno: Errno, actions: &mut Actions) {
        if let Some(client) = self.client.as_mut().filter(|_| errno == Errno::SUCCESS) {
            client.unshown = None;
        }
        self.show_unshown(actions);
    }

    /// The radio is to be off no more, or that is settled: the client is shown what root has said of it.
    fn show_unshown(&mut self, actions: &mut Actions) {
        let Some(client) = &mut self.client else { return };
        client.goes_off = false;
        if let Some(unshown) = client.unshown.take() {
            self.show_radio(&unshown, actions);
        }
    }

    /// Calls and data calls may not have survived root, and a new root has no news of them. As soon as there is a modem
    /// to ask, the client is told to look: oFono draws no conclusion from a radio that was away. It cannot be told to
    /// look at its data calls, so root is asked for those.
    fn look_again(&mut self, radio: Option<RadioState>, actions: &mut Actions) {
        let away = radio == Some(RadioState::UNAVAILABLE);
        let Some(client) = self.client.as_mut().filter(|client| client.stale && !away) else { return };
        client.stale = false;
        for code in [UnsolCode::RESPONSE_CALL_STATE_CHANGED, UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED] {
            Unsolicited::new(code, &[]).put(actions.to_client.end());
        }
        if let Some(serial) = self.pending.insert(Asker::DataCalls) {
            Request { code: RequestCode::DATA_CALL_LIST, serial, payload: &[] }.put(actions.to_root.end());
        }
    }

    /// Root's list of data calls, or that it has none to give: then there are none.
    fn data_calls(&self, reply: &Reply<'_>, actions: &mut Actions) {
        if self.client.is_none() {
            return;
        }
        let none = parcel::encode(&DataCallList::default(), self.version.unwrap_or_default());
        let list = if reply.errno == Errno::SUCCESS && !reply.payload.is_empty() { reply.payload } else { &none };
        Unsolicited::new(UnsolCode::DATA_CALL_LIST_CHANGED, list).put(actions.to_client.end());
    }

    /// Root tells the version of the vendor's library. Whether the client has to hear of it: not if only the connection
    /// to root is new, and it was told the same before.
    fn connected(&mut self, message: &Unsolicited<'_>, actions: &mut Actions) -> bool {
        let greeting = self.root != Root::Ready;
        self.root = Root::Ready;
        self.version = version_in(message.payload);
        if greeting {
            actions.notes.push(Note::RootReady(self.version));
        }
        let Some(client) = &mut self.client else { return false };
        let known = greeting && client.told.is_some() && client.told == self.version;
        client.stale |= greeting && client.told.is_some();
        client.told = self.version;
        client.waits = false;
        if greeting {
            self.say_again(actions);
        }
        !known
    }

    /// Tells a root that has just come what the client wants of it.
    fn say_again(&mut self, actions: &mut Actions) {
        let Some(client) = &mut self.client else { return };
        let is_off = client.wishes.is_off();
        for (code, payload) in client.wishes.kept() {
            let goes_off = is_off && code == RequestCode::RADIO_POWER;
            if let Some(serial) = self.pending.insert(if goes_off { Asker::RadioOff } else { Asker::Proxy }) {
                Request { code, serial, payload }.put(actions.to_root.end());
                client.goes_off |= goes_off;
            }
        }
    }

    fn root_down(&mut self, actions: &mut Actions) {
        let was = std::mem::take(&mut self.root);
        actions.to_root.clear();
        for (serial, asker) in self.pending.drain() {
            let Asker::Client(asker) = asker else { continue };
            let errno = if self.messages.acknowledges(serial) { Errno::SUCCESS } else { Errno::RADIO_NOT_AVAILABLE };
            Reply::new(asker, errno, &[]).put(actions.to_client.end());
        }
        self.messages.root_down();
        if let Some(client) = &mut self.client {
            client.wishes.root_down();
            (client.goes_off, client.unshown) = (false, None);
        }
        if was == Root::Ready && self.client.is_some() {
            self.unavailable(actions);
        }
        self.no_root(actions);
    }

    fn no_root(&mut self, actions: &mut Actions) {
        if let Some(client) = self.client.as_mut().filter(|client| client.waits) {
            client.waits = false;
            self.unavailable(actions);
        }
    }

    fn client_up(&mut self, actions: &mut Actions) {
        actions.to_client.clear();
        self.client = Some(Client { waits: true, ..Client::default() });
    }

    fn client_frame(&mut self, body: &[u8], actions: &mut Actions) {
        let Some(request) = Request::parse(body) else {
            return actions.notes.push(Note::NoRequest { len: body.len() });
        };
        if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            if self.root == Root::Ready {
                actions.to_root.put(body);
            }
            return;
        }
        let reaches_root = self.reaches_root(request.code);
        let mut message = self.messages.acknowledged_by(request.code);
        if let Some(message) = message.as_mut().filter(|message| !message.is_handed_over()) {
            // Root died, and has not handed the message over again. When it does, it will be told.
            message.acknowledge(body, None);
            return Reply::new(request.serial, Errno::SUCCESS, &[]).put(actions.to_client.end());
        }
        let asker = Asker::Client(request.serial);
        let serial = if reaches_root { self.pending.insert(asker) } else { None };
        let Some(serial) = serial else {
            return Reply::new(request.serial, Errno::RADIO_NOT_AVAILABLE, &[]).put(actions.to_client.end());
        };
        actions.to_root.put_with_serial(body, serial);
        if let Some(message) = message {
            message.acknowledge(body, Some(serial));
        }
        if let Some(client) = &mut self.client {
            client.wishes.asked(serial, &request, self.version.unwrap_or_default());
        }
        if request.code == RequestCode::RADIO_POWER && wants_radio(request.payload) == Some(true) {
            self.show_unshown(actions);
        }
    }

    /// Whether a request of the client goes to root. One that has not greeted has no modem, or serves another client.
    /// What may be an emergency call it keeps for its modem all the same, for whose sake it hurries: only root knows
    /// which numbers these are, and which request is the vendor's own.
    fn reaches_root(&self, code: RequestCode) -> bool {
        match self.root {
            Root::Ready => true,
            Root::Silent => code == RequestCode::DIAL || code.row().is_none(),
            Root::Away => false,
        }
    }

    fn client_down(&mut self, actions: &mut Actions) {
        actions.to_client.clear();
        self.pending.drain();
        self.messages.client_down();
        self.client = None;
    }

    /// Tells the client that there is no radio, in the form that root uses.
    fn unavailable(&self, actions: &mut Actions) {
        let payload = parcel::encode(&RadioState::UNAVAILABLE, self.version.unwrap_or_default());
        let code = UnsolCode::RESPONSE_RADIO_STATE_CHANGED;
        Unsolicited { code, payload: &payload, wants_ack: self.radio_wants_ack }.put(actions.to_client.end());
    }
}

/// Tells root that it need not wait any longer for the acknowledgement of a message that no client sees.
fn acknowledge(wanted: bool, actions: &mut Actions) {
    if wanted {
        let code = RequestCode::RESPONSE_ACKNOWLEDGEMENT;
        Request { code, serial: 0, payload: &[] }.put(actions.to_root.end());
    }
}

fn version_in(payload: &[u8]) -> Option<RilVersion> {
    let ints: Vec<i32> = parcel::decode(payload, RilVersion::COMMON).ok()?;
    ints.first().copied().map(RilVersion)
}

#[cfg(test)]
mod tests;
