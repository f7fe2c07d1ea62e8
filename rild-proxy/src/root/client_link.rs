//! The connection to a client: what it is to hear, until its socket takes it.
//!
//! Nothing here waits. What a client leaves unread is bounded: first it is spared what it need not wake up for, then
//! its connection is closed. Whose client it is and what it hears is for others to know.

use std::rc::Rc;

use ril_protocol::frame::{self, Message, RESPONSE_LIMIT, Request};
use ril_protocol::{RequestCode, UnsolCode};
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::Notify;

use crate::net::send::try_send;

/// A client that has this much unread is disconnected.
pub(super) const MOST_UNREAD: usize = 8 * 1024 * 1024;

/// Why it is.
pub(super) const NOT_READING: &str = "it does not read what it is sent";

/// The modem side waits for a client that has more than this unread, see [`super::pace`].
const MOST_UNREAD_IN_PEACE: usize = 4 * 1024 * 1024;

/// It does so that many times until the client has taken this much: for one that takes less it would wait for ever. In
/// the time that it waits, who reads at all takes many times that.
const MOST_VAIN_WAITS: u32 = 16;
const ENOUGH: usize = 512 * 1024;

/// A client that has this much unread is not heard before it has read some of it: what it asks for further, it would
/// not read either, and the modem side would wait for it in the end.
const MOST_UNREAD_AND_HEARD: usize = 2 * 1024 * 1024;

/// A client that has this much unread is not told any more what a phone need not wake up for, such as signal strength.
const MOST_UNREAD_QUIETLY: usize = 1024 * 1024;

/// The connection to a phone's client.
pub(super) struct ClientLink {
    pub(super) socket: Rc<OwnedWriteHalf>,
    /// What the socket would not take yet.
    out: Vec<u8>,
    /// Wakes the task that writes `out` when the socket takes more; also when the link is to be closed.
    more: Rc<Notify>,
    /// With this much unread it is disconnected.
    most_unread: usize,
    /// Requests of the client that have no answer yet.
    unanswered: usize,
    /// Told when all is answered and written, for a client that says no more.
    settled: Option<Rc<Notify>>,
    /// Told when so little is unread that the client is heard again.
    heard_again: Option<Rc<Notify>>,
    /// Messages were left out, because the client is slow.
    spared: bool,
    /// How much it has taken since it took enough last, and how often the modem side has waited for it since then.
    taken: usize,
    pub(super) vain_waits: u32,
    /// The client takes nothing any more. Whether it is gone is found out by reading: it may have said something last.
    deaf: bool,
    /// To be closed, and why.
    pub(super) broken: Option<&'static str>,
}

/// What became of a frame for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    Done,
    /// It was left out, and nothing was left out before.
    FirstSpared,
}

impl ClientLink {
    pub(super) fn new(socket: OwnedWriteHalf, more: Rc<Notify>, most_unread: usize) -> Self {
        Self {
            socket: Rc::new(socket),
            out: Vec::new(),
            more,
            most_unread,
            unanswered: 0,
            settled: None,
            heard_again: None,
            spared: false,
            taken: 0,
            vain_waits: 0,
            deaf: false,
            broken: None,
        }
    }

    /// Takes in one frame for the client, to be written later.
    pub(super) fn put(&mut self, frame: &[u8]) -> Put {
        if self.deaf || self.broken.is_some() {
            return Put::Done;
        }
        if self.out.len() > MOST_UNREAD_QUIETLY && is_quiet(frame) {
            return if std::mem::replace(&mut self.spared, true) { Put::Done } else { Put::FirstSpared };
        }
        if is_answer(frame) {
            self.unanswered = self.unanswered.saturating_sub(1);
        }
        self.append(frame);
        Put::Done
    }

    /// The client has sent this. What is no request, or one without an answer, is not counted.
    pub(super) fn hear(&mut self, body: &[u8]) {
        if Request::parse(body).is_some_and(|request| request.code != RequestCode::RESPONSE_ACKNOWLEDGEMENT) {
            self.unanswered += 1;
        }
    }

    /// Its client says no more. What is told when it has all its answers; nothing if it has them.
    pub(super) fn settle(&mut self) -> Option<Rc<Notify>> {
        (!self.is_settled()).then(|| Rc::clone(self.settled.insert(Rc::new(Notify::new()))))
    }

    fn is_settled(&self) -> bool {
        self.unanswered == 0 && self.is_written()
    }

    /// Takes in a frame that is not to be left out, to be written later.
    pub(super) fn append(&mut self, frame: &[u8]) {
        if !self.deaf && self.broken.is_none() {
            self.out.extend_from_slice(frame);
        }
    }

    /// Has the connection closed, and says why.
    pub(super) fn hang_up(&mut self, why: &'static str) {
        self.out = Vec::new();
        self.broken = Some(why);
        self.more.notify_one();
    }

    /// Writes as much as the socket takes now. What is left waits for the task that [`Self::more`] wakes.
    pub(super) fn write(&mut self) {
        let mut written = 0;
        while written < self.out.len() {
            match try_send(self.socket.as_ref().as_ref(), &self.out[written..]) {
                Ok(0) => break,
                Ok(n) => written += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.out = Vec::new();
                    self.deaf = true;
                    return self.hear_again();
                }
            }
        }
        self.out.drain(..written);
        self.hear_again();
        self.taken += written;
        if self.taken >= ENOUGH {
            (self.taken, self.vain_waits) = (0, 0);
        }
        if self.out.len() > self.most_unread {
            self.hang_up(NOT_READING);
        } else if !self.out.is_empty() {
            self.more.notify_one();
        }
        if let Some(settled) = self.settled.as_ref().filter(|_| self.is_settled()) {
            settled.notify_one();
        }
    }

    /// What is told when the client is to be heard again; nothing if it is now.
    pub(super) fn not_heard_before(&mut self) -> Option<Rc<Notify>> {
        let has_too_much = self.out.len() > MOST_UNREAD_AND_HEARD;
        has_too_much.then(|| Rc::clone(self.heard_again.insert(Rc::new(Notify::new()))))
    }

    fn hear_again(&mut self) {
        if self.out.len() <= MOST_UNREAD_AND_HEARD
            && let Some(heard_again) = self.heard_again.take()
        {
            heard_again.notify_one();
        }
    }

    /// It has much to read, and takes enough of it, as far as is known.
    pub(super) fn is_behind(&self) -> bool {
        self.out.len() > MOST_UNREAD_IN_PEACE && self.vain_waits < MOST_VAIN_WAITS
    }

    /// Nothing waits to be written.
    pub(super) fn is_written(&self) -> bool {
        self.out.is_empty()
    }
}

/// Whether a frame is an unsolicited message that a phone need not wake up for.
fn is_quiet(frame: &[u8]) -> bool {
    unsolicited(frame).and_then(UnsolCode::row).is_some_and(|row| !row.wakes)
}

/// Whether a frame is an unsolicited message that a phone has to wake up for. Who waits for an answer is awake.
pub(super) fn wakes(frame: &[u8]) -> bool {
    unsolicited(frame).is_some_and(|code| code.row().is_none_or(|row| row.wakes))
}

fn is_answer(frame: &[u8]) -> bool {
    matches!(message(frame), Some(Message::Reply(_)))
}

fn unsolicited(frame: &[u8]) -> Option<UnsolCode> {
    match message(frame)? {
        Message::Unsolicited(message) => Some(message.code),
        Message::Reply(_) | Message::Ack { .. } => None,
    }
}

fn message(frame: &[u8]) -> Option<Message<'_>> {
    let (body, _) = frame::split(frame, RESPONSE_LIMIT).ok()??;
    Message::parse(body)
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};
    use std::os::unix::net::UnixStream;

    use tokio::task::yield_now;

    use super::*;

    /// In how many of a hundred turns the modem side waits for a client that takes so much in each, and to which as
    /// much is said.
    fn waits_for(takes: usize) -> usize {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut client, served) = UnixStream::pair().unwrap();
            served.set_nonblocking(true).unwrap();
            client.set_nonblocking(true).unwrap();
            let (_input, output) = tokio::net::UnixStream::from_std(served).unwrap().into_split();
            output.writable().await.unwrap();
            let mut link = ClientLink::new(output, Rc::default(), MOST_UNREAD);
            link.append(&vec![0; MOST_UNREAD_IN_PEACE + 1024 * 1024]);
            link.write();
            let mut waits = 0;
            for _ in 0..100 {
                let mut room = vec![0; takes];
                let mut rest = &mut room[..];
                while !rest.is_empty() {
                    match client.read(rest) {
                        Ok(taken) => rest = &mut rest[taken..],
                        Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                    }
                    // So it is known that the socket takes more.
                    yield_now().await;
                    link.write();
                }
                link.append(&vec![0; takes]);
                waits += usize::from(link.is_behind());
                link.vain_waits += u32::from(link.is_behind());
            }
            waits
        })
    }

    #[test]
    fn a_client_that_takes_next_to_nothing_is_not_waited_for_and_one_that_reads_is() {
        assert_eq!(waits_for(0), 16);
        assert_eq!(waits_for(1), 16);
        assert!(waits_for(12 * 1024) <= 64);
        assert_eq!(waits_for(64 * 1024), 100);
    }
}
