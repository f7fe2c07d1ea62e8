//! What the proxy RilD decides: who is told what when the client or root comes, speaks or goes.
//!
//! Pure: no sockets, no clock, no threads. The driver calls [`Machine::handle`] with each event, one at a time, and then
//! writes what is in [`Actions`]. A frame that only passes through is copied once, with its serial replaced, and nothing
//! is allocated for it.
//!
//! Three things are kept here because root's connection outlives clients: the greeting, one time notice (NITZ), and the
//! short message that the client has not acknowledged, so that it reaches the next client.
//!
//! Reference: `libril/ril.cpp` (`onNewCommandConnect`, `RIL_onUnsolicitedResponse`, `processCommandBuffer`).

use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::data::DataCallList;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};

use super::Outbox;
use super::pending::{Asker, Pending};

/// A client or root that lets this many bytes wait is not reading and has to go.
pub const OUTBOX_LIMIT: usize = 8 * 1024 * 1024;

/// A client that lets this many bytes wait is spared the messages that need not wake a phone.
pub const QUIET_LIMIT: usize = 1024 * 1024;

/// While this many bytes wait for root, no request is taken from the client.
pub const ROOT_LIMIT: usize = 256 * 1024;

/// Something happened. Frames are bodies, without the length that goes before them.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The connection to root is there; root has not said anything yet.
    RootUp,
    /// Root sent a frame.
    RootFrame(&'a [u8]),
    /// The connection to root is gone.
    RootDown,
    /// A client is there, the one before has gone.
    ClientUp,
    /// The client sent a frame.
    ClientFrame(&'a [u8]),
    /// The client is gone.
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
    /// The version that it was told.
    told: Option<RilVersion>,
    /// It knew another root, and may believe in calls that went with that.
    stale: bool,
}

/// Bodies of messages that a later client must see.
#[derive(Debug, Default)]
struct Kept {
    connected: Vec<u8>,
    radio: Vec<u8>,
    nitz: Vec<u8>,
    sms: Vec<u8>,
    cdma_sms: Vec<u8>,
}

/// The proxy RilD of one phone.
#[derive(Debug, Default)]
pub struct Machine {
    root: Root,
    client: Option<Client>,
    pending: Pending,
    kept: Kept,
    version: Option<RilVersion>,
    /// Whether root's last message about the radio asked for an acknowledgement, as it does from version 13 on.
    radio_wants_ack: bool,
}

impl Machine {
    /// Takes in an event. Events of root come between `RootUp` and `RootDown`, those of a client likewise.
    pub fn handle(&mut self, event: Event<'_>, actions: &mut Actions) {
        match event {
            Event::RootUp => self.root = Root::Silent,
            Event::RootFrame(body) => self.root_frame(body, actions),
            Event::RootDown => self.root_down(actions),
            Event::ClientUp => self.client_up(actions),
            Event::ClientFrame(body) => self.client_frame(body, actions),
            Event::ClientDown => self.client_down(actions),
        }
    }

    /// Whether a request of the client may be taken now. If not, the driver leaves it unread for a while.
    pub fn takes_requests(&self, actions: &Actions) -> bool {
        !self.pending.is_full() && actions.to_root.len() < ROOT_LIMIT
    }

    fn root_frame(&mut self, body: &[u8], actions: &mut Actions) {
        match Message::parse(body) {
            Some(Message::Reply(reply)) => match self.pending.take(reply.serial) {
                Some(Asker::Present(serial)) => actions.to_client.put_with_serial(body, serial),
                asker => {
                    if asker.is_none() {
                        actions.notes.push(Note::NobodyWaits { serial: reply.serial });
                    }
                    acknowledge(reply.wants_ack, actions);
                }
            },
            Some(Message::Ack { serial }) => {
                if let Some(Asker::Present(serial)) = self.pending.asker(serial) {
                    actions.to_client.put_with_serial(body, serial);
                }
            }
            Some(Message::Unsolicited(message)) => self.unsolicited(&message, body, actions),
            None => actions.notes.push(Note::NoMessage { len: body.len() }),
        }
    }

    fn unsolicited(&mut self, message: &Unsolicited<'_>, body: &[u8], actions: &mut Actions) {
        match message.code {
            UnsolCode::RIL_CONNECTED if self.connected(message, body, actions) => {
                return acknowledge(message.wants_ack, actions);
            }
            UnsolCode::RESPONSE_RADIO_STATE_CHANGED => {
                self.radio_wants_ack = message.wants_ack;
                keep(&mut self.kept.radio, body);
            }
            UnsolCode::NITZ_TIME_RECEIVED if self.client.is_none() => keep(&mut self.kept.nitz, body),
            UnsolCode::RESPONSE_NEW_SMS | UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT => keep(&mut self.kept.sms, body),
            UnsolCode::RESPONSE_CDMA_NEW_SMS => keep(&mut self.kept.cdma_sms, body),
            _ => {}
        }
        if self.client.is_none() {
            return acknowledge(message.wants_ack, actions);
        }
        if actions.to_client.len() > QUIET_LIMIT && message.code.row().is_some_and(|row| !row.wakes) {
            actions.notes.push(Note::Spared(message.code));
            return acknowledge(message.wants_ack, actions);
        }
        actions.to_client.put(body);
        if message.code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED {
            self.look_again(message.payload, actions);
        }
    }

    /// Calls and data calls do not survive root, and a new root has no news of them. As soon as there is a modem to ask,
    /// the client is told to look: oFono draws no conclusion from a radio that was away.
    fn look_again(&mut self, radio: &[u8], actions: &mut Actions) {
        let version = self.version.unwrap_or_default();
        let away = parcel::decode::<RadioState>(radio, version).is_ok_and(|state| state == RadioState::UNAVAILABLE);
        let Some(client) = self.client.as_mut().filter(|client| client.stale && !away) else { return };
        client.stale = false;
        let no_data = parcel::encode(&DataCallList::default(), version);
        for (code, payload) in [
            (UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[][..]),
            (UnsolCode::DATA_CALL_LIST_CHANGED, &no_data),
            (UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &[]),
        ] {
            Unsolicited::new(code, payload).put(actions.to_client.end());
        }
    }

    /// Root tells the version of the vendor's library. Whether the client need not hear of it: the connection to root
    /// is new, and the client was told the same before.
    fn connected(&mut self, message: &Unsolicited<'_>, body: &[u8], actions: &mut Actions) -> bool {
        let greeting = self.root != Root::Ready;
        self.root = Root::Ready;
        self.version = version_in(message.payload);
        keep(&mut self.kept.connected, body);
        if greeting {
            actions.notes.push(Note::RootReady(self.version));
        }
        let Some(client) = &mut self.client else { return false };
        let known = greeting && client.told.is_some() && client.told == self.version;
        client.stale |= greeting && client.told.is_some();
        client.told = self.version;
        known
    }

    fn root_down(&mut self, actions: &mut Actions) {
        let was = std::mem::take(&mut self.root);
        actions.to_root.clear();
        self.kept = Kept { nitz: std::mem::take(&mut self.kept.nitz), ..Kept::default() };
        let waiting = self.pending.drain();
        if self.client.is_none() {
            return;
        }
        for serial in waiting {
            Reply::new(serial, Errno::RADIO_NOT_AVAILABLE, &[]).put(actions.to_client.end());
        }
        if was == Root::Ready {
            self.unavailable(actions);
        }
    }

    fn client_up(&mut self, actions: &mut Actions) {
        actions.to_client.clear();
        let client = self.client.insert(Client::default());
        if self.root != Root::Ready {
            return self.unavailable(actions);
        }
        client.told = self.version;
        let kept = &mut self.kept;
        for body in [&kept.connected, &kept.radio, &kept.nitz, &kept.sms, &kept.cdma_sms] {
            if !body.is_empty() {
                actions.to_client.put(body);
            }
        }
        kept.nitz.clear();
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
        let serial = if self.root == Root::Ready { self.pending.insert(request.serial) } else { None };
        let Some(serial) = serial else {
            return Reply::new(request.serial, Errno::RADIO_NOT_AVAILABLE, &[]).put(actions.to_client.end());
        };
        actions.to_root.put_with_serial(body, serial);
        match request.code {
            RequestCode::SMS_ACKNOWLEDGE => self.kept.sms.clear(),
            RequestCode::CDMA_SMS_ACKNOWLEDGE => self.kept.cdma_sms.clear(),
            _ => {}
        }
    }

    fn client_down(&mut self, actions: &mut Actions) {
        actions.to_client.clear();
        self.pending.orphan();
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

fn keep(place: &mut Vec<u8>, body: &[u8]) {
    place.clear();
    place.extend_from_slice(body);
}

fn version_in(payload: &[u8]) -> Option<RilVersion> {
    let ints: Vec<i32> = parcel::decode(payload, RilVersion::COMMON).ok()?;
    ints.first().copied().map(RilVersion)
}

#[cfg(test)]
mod tests;
