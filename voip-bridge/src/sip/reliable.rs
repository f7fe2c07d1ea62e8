//! Provisional responses that arrive (RFC 3262), for a peer that requires them (`Require: 100rel`).
//!
//! One at a time: each is sent again, with growing pauses, until its PRACK comes, and the next one waits for that. Also
//! the answer waits, as it must where a description was sent before it (section 3). A peer that only supports the
//! extension gets what is usual. Of those that wait only the latest is kept, and there are only so many in a call: the
//! other side may say that it rings as often as it likes. It refuses PRACKs that acknowledge nothing (481), and to wait
//! for longer than 64*T1.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rsipstack::sip::headers::{Header, Require};
use rsipstack::sip::{HeadersExt, Method, Request};
use tokio::sync::Notify;
use tokio::time::Instant;

/// T1 of RFC 3261: the first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// 64*T1: when to give up.
const PATIENCE: Duration = Duration::from_secs(32);
/// So many in one call: enough for every forwarding to ring and to play something of its own.
const MOST: u32 = 32;

/// What one leg has sent and wants to send.
pub(super) struct Reliable {
    acknowledged: Arc<Acknowledged>,
    invite: u32,
    /// The number of the last one.
    number: u32,
    sent: Option<Sent>,
    /// The latest description that waits to be sent.
    waiting: Option<Option<Vec<u8>>>,
    /// How many may still be sent.
    left: u32,
}

struct Sent {
    description: Option<Vec<u8>>,
    pause: Duration,
    again: Instant,
    over: Instant,
}

/// The one that waits for its PRACK, as the agent knows it.
#[derive(Debug, Default)]
pub(super) struct Acknowledged {
    /// RSeq, and the CSeq of the INVITE.
    awaited: Mutex<Option<(u32, u32)>>,
    come: Notify,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send this one, with these headers.
    Send(Vec<Header>, Option<Vec<u8>>),
    /// Everything has arrived.
    Done,
    /// Wait on.
    Wait,
    /// The peer does not acknowledge.
    GiveUp,
}

impl Reliable {
    /// For an INVITE that requires it; `None` for others.
    pub(super) fn required(invite: &Request) -> Option<Self> {
        if !invite.header_contains_token("Require", "100rel") {
            return None;
        }
        let sequence = invite.cseq_header().and_then(|header| header.seq()).ok()?;
        // Between 1 and 2^31 - 1, and room for what follows.
        let number = rand::random::<u32>() >> 2;
        let acknowledged = Arc::default();
        Some(Self { acknowledged, invite: sequence, number, sent: None, waiting: None, left: MOST })
    }

    /// Where the agent says which PRACK has come.
    pub(super) fn acknowledged(&self) -> Arc<Acknowledged> {
        self.acknowledged.clone()
    }

    /// Wants to send one with this description, in place of what waits. The same one twice is one.
    pub(super) fn want(&mut self, description: Option<Vec<u8>>) {
        let last = self.waiting.as_ref().or(self.sent.as_ref().map(|sent| &sent.description));
        if self.left > 0 && last != Some(&description) {
            self.waiting = Some(description);
        }
    }

    /// Whether all that was wanted has arrived.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_none() && self.acknowledged.awaited().is_none()
    }

    /// Waits until there may be something to do. Cancel safe.
    pub(super) async fn ready(&self) {
        if self.acknowledged.awaited().is_none() {
            if self.waiting.is_none() {
                self.acknowledged.come.notified().await;
            }
            return;
        }
        let again = self.sent.as_ref().map_or_else(Instant::now, |sent| sent.again);
        tokio::select! {
            () = tokio::time::sleep_until(again) => {}
            () = self.acknowledged.come.notified() => {}
        }
    }

    /// What is to be done at `now`.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        if self.acknowledged.awaited().is_none() {
            let Some(description) = self.waiting.take() else { return Step::Done };
            self.left = self.left.saturating_sub(1);
            self.number += 1;
            *self.acknowledged.lock() = Some((self.number, self.invite));
            let (again, over) = (now + FIRST_PAUSE, now + PATIENCE);
            self.sent = Some(Sent { description: description.clone(), pause: FIRST_PAUSE, again, over });
            return Step::Send(self.headers(), description);
        }
        let headers = self.headers();
        match &mut self.sent {
            Some(sent) if now >= sent.over => Step::GiveUp,
            Some(sent) if now >= sent.again => {
                sent.pause *= 2;
                sent.again = now + sent.pause;
                Step::Send(headers, sent.description.clone())
            }
            _ => Step::Wait,
        }
    }

    fn headers(&self) -> Vec<Header> {
        vec![Header::Require(Require::new("100rel")), Header::RSeq(self.number.to_string().into())]
    }
}

impl Acknowledged {
    /// Whether this PRACK is the one that was waited for.
    pub(super) fn by(&self, prack: &Request) -> bool {
        let Some((number, sequence, Method::Invite)) = prack.rack_value() else { return false };
        let right = self.lock().take_if(|awaited| *awaited == (number, sequence)).is_some();
        if right {
            self.come.notify_one();
        }
        right
    }

    fn awaited(&self) -> Option<(u32, u32)> {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(u32, u32)>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, more: &str) -> Request {
        let text = format!(
            "{method} sip:1@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
             From: <sip:2@192.0.2.9>;tag=1\r\nTo: <sip:1@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 7 {method}\r\n{more}\r\n"
        );
        Request::try_from(text.as_str()).expect("a request")
    }

    fn sent(step: Step) -> (u32, Option<Vec<u8>>) {
        let Step::Send(headers, description) = step else { panic!("{step:?}") };
        let number = headers.iter().find(|header| header.name() == "RSeq").expect("a number").value();
        (number.parse().expect("a number"), description)
    }

    #[test]
    fn only_who_requires_it_gets_it() {
        assert!(Reliable::required(&request("INVITE", "Supported: 100rel\r\n")).is_none());
        assert!(Reliable::required(&request("INVITE", "Require: timer, 100rel\r\n")).is_some());
    }

    #[test]
    fn one_after_the_other_and_each_until_it_has_arrived() {
        let mut reliable = Reliable::required(&request("INVITE", "Require: 100rel\r\n")).expect("required");
        let start = Instant::now();
        assert_eq!(reliable.step(start), Step::Done);
        reliable.want(None);
        let (first, description) = sent(reliable.step(start));
        assert_eq!(description, None);
        reliable.want(None);
        reliable.want(Some(b"v=0".to_vec()));
        assert_eq!(reliable.step(start + FIRST_PAUSE / 2), Step::Wait);
        assert_eq!(sent(reliable.step(start + FIRST_PAUSE)).0, first);
        assert_eq!(reliable.step(start + FIRST_PAUSE * 2), Step::Wait);
        assert_eq!(sent(reliable.step(start + FIRST_PAUSE * 3)).0, first);
        for wrong in ["", "RAck: 1 7 INVITE\r\n", &format!("RAck: {first} 8 INVITE\r\n"), "RAck: x\r\n"] {
            assert!(!reliable.acknowledged().by(&request("PRACK", wrong)), "{wrong}");
        }
        let right = request("PRACK", &format!("RAck: {first} 7 INVITE\r\n"));
        assert!(reliable.acknowledged().by(&right));
        assert!(!reliable.acknowledged().by(&right), "once");
        assert!(!reliable.is_done());
        let (second, description) = sent(reliable.step(start + FIRST_PAUSE * 3));
        assert_eq!((second, description.as_deref()), (first + 1, Some(&b"v=0"[..])));
        assert!(reliable.acknowledged().by(&request("PRACK", &format!("RAck: {second} 7 INVITE\r\n"))));
        assert!(reliable.is_done());
    }

    #[test]
    fn however_much_rings_there_is_one_that_waits_and_an_end() {
        let mut reliable = Reliable::required(&request("INVITE", "Require: 100rel\r\n")).expect("required");
        let start = Instant::now();
        let mut number_of_sent = 0;
        for ringing in 0..1000_u32 {
            reliable.want(Some(vec![0]));
            let latest = ringing.to_be_bytes().to_vec();
            reliable.want(Some(latest.clone()));
            let (number, description) = match reliable.step(start) {
                Step::Done => break,
                step => sent(step),
            };
            number_of_sent += 1;
            assert_eq!(description, Some(latest));
            assert!(reliable.acknowledged().by(&request("PRACK", &format!("RAck: {number} 7 INVITE\r\n"))));
        }
        assert_eq!(number_of_sent, MOST);
        assert!(reliable.is_done(), "so that the answer is sent");
    }

    #[test]
    fn who_never_acknowledges_is_given_up() {
        let mut reliable = Reliable::required(&request("INVITE", "Require: 100rel\r\n")).expect("required");
        let start = Instant::now();
        reliable.want(None);
        sent(reliable.step(start));
        assert_eq!(reliable.step(start + PATIENCE), Step::GiveUp);
    }
}
