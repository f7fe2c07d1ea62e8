//! Short messages between root's handing-over and the end of their acknowledgement, so that each is acknowledged once.
//!
//! Root stores a message, hands it over, and forgets it only when the client's acknowledgement is durable; only then
//! does it answer that request. If root dies in between it hands over the same message again. The proxy outlives root,
//! so it keeps the message and what the client said to it until root has answered:
//!
//! * A client that has the message is not shown it again. Its acknowledgement, when it comes, is that of the new
//!   handing-over.
//! * A message that the client has acknowledged is acknowledged to the next root in the client's words, and no client
//!   sees it again.
//! * A client that leaves without a word leaves the message to the next client: root hands it over to that one.
//!
//! A message is known again by its bytes, which carry the service centre's time stamp (3GPP TS 23.040, 9.2.3.11), and
//! only where it is due: root hands messages over in the order of reception, so as soon as it hands over another one it
//! has forgotten those before.
//!
//! This is not durable and need not be: whoever kills the proxy ends its client's connection as well.
//!
//! Reference: ril.h, `RIL_UNSOL_RESPONSE_NEW_SMS`, `RIL_REQUEST_SMS_ACKNOWLEDGE` and their CDMA counterparts: after one
//! message there is no other of its kind until it is acknowledged.

use std::collections::VecDeque;

use ril_protocol::frame::Unsolicited;
use ril_protocol::{RequestCode, UnsolCode};

/// How many messages of a kind are kept. There are more only at a root that does not wait for acknowledgements; then
/// all are forgotten, and what the client says passes as it is.
const MOST_KEPT: usize = 8;

/// The messages of both kinds. A kind is what one request acknowledges.
#[derive(Debug, Default)]
pub(super) struct ShortMessages {
    gsm: Kept,
    cdma: Kept,
}

/// The messages of one kind, in the order of reception.
#[derive(Debug, Default)]
struct Kept(VecDeque<ShortMessage>);

/// A message that the client was shown.
#[derive(Debug)]
pub(super) struct ShortMessage {
    code: UnsolCode,
    payload: Vec<u8>,
    /// Whether the root that is connected has handed it over.
    handed_over: bool,
    acknowledgement: Option<Acknowledgement>,
}

/// What the client said to a message.
#[derive(Debug)]
struct Acknowledgement {
    /// The body of its request.
    body: Vec<u8>,
    /// The serial under which the root that is connected was told, if it was.
    serial: Option<i32>,
}

impl ShortMessages {
    /// Whether this is a message that wants to be acknowledged.
    pub(super) fn is_one(code: UnsolCode) -> bool {
        matches!(
            code,
            UnsolCode::RESPONSE_NEW_SMS | UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT | UnsolCode::RESPONSE_CDMA_NEW_SMS
        )
    }

    /// Root hands a message over. None if it is for the client to see; if not, what is known of it.
    pub(super) fn hand_over(&mut self, message: &Unsolicited<'_>) -> Option<&mut ShortMessage> {
        let cdma = message.code == UnsolCode::RESPONSE_CDMA_NEW_SMS;
        if cdma { &mut self.cdma } else { &mut self.gsm }.hand_over(message)
    }

    /// The message that this request acknowledges: the first that is not acknowledged yet. None if there is none, or it
    /// is another request.
    pub(super) fn acknowledged_by(&mut self, code: RequestCode) -> Option<&mut ShortMessage> {
        let kept = match code {
            RequestCode::SMS_ACKNOWLEDGE | RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU => &mut self.gsm,
            RequestCode::CDMA_SMS_ACKNOWLEDGE => &mut self.cdma,
            _ => return None,
        };
        kept.0.iter_mut().find(|known| known.acknowledgement.is_none())
    }

    /// Whether root was told the acknowledgement of a message under this serial, and has not answered.
    pub(super) fn acknowledges(&self, serial: i32) -> bool {
        self.all().any(|known| known.was_told(serial))
    }

    /// Root has answered: if that was an acknowledgement, its message is done with. Also if root refused it: root does
    /// not wait for that acknowledgement then, and the next one must not be taken for it.
    pub(super) fn answered(&mut self, serial: i32) {
        self.each(|known| !known.was_told(serial));
    }

    /// Root is gone.
    pub(super) fn root_down(&mut self) {
        self.each(|known| {
            known.handed_over = false;
            if let Some(acknowledgement) = &mut known.acknowledgement {
                acknowledgement.serial = None;
            }
            true
        });
    }

    /// The client is gone. What it has not acknowledged is the next one's.
    pub(super) fn client_down(&mut self) {
        self.each(|known| known.acknowledgement.is_some());
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.all().count()
    }

    fn all(&self) -> impl Iterator<Item = &ShortMessage> {
        self.gsm.0.iter().chain(&self.cdma.0)
    }

    /// Keeps the messages for which this is true.
    fn each(&mut self, mut keep: impl FnMut(&mut ShortMessage) -> bool) {
        self.gsm.0.retain_mut(&mut keep);
        self.cdma.0.retain_mut(keep);
    }
}

impl Kept {
    fn hand_over(&mut self, message: &Unsolicited<'_>) -> Option<&mut ShortMessage> {
        let again = self.0.iter().position(|known| !known.handed_over && known.is(message));
        let rest = self.0.split_off(again.unwrap_or(self.0.len()));
        // What root passes over it has forgotten. But a client that has yet to acknowledge such a message will do so,
        // and that must not be taken for the acknowledgement of this one.
        self.0.retain(|known| known.handed_over || known.acknowledgement.is_none());
        let place = self.0.len();
        self.0.extend(rest);
        if again.is_some() {
            let known = self.0.get_mut(place)?;
            known.handed_over = true;
            return Some(known);
        }
        if self.0.len() == MOST_KEPT {
            self.0.clear();
        }
        let payload = message.payload.to_vec();
        self.0.push_back(ShortMessage { code: message.code, payload, handed_over: true, acknowledgement: None });
        None
    }
}

impl ShortMessage {
    /// Whether root waits for its acknowledgement.
    pub(super) fn is_handed_over(&self) -> bool {
        self.handed_over
    }

    /// The client has acknowledged it, with this request; `serial` is that towards root, if root was told.
    pub(super) fn acknowledge(&mut self, body: &[u8], serial: Option<i32>) {
        self.acknowledgement = Some(Acknowledgement { body: body.to_vec(), serial });
    }

    /// The client's acknowledgement, to be told to root under this serial; none if the client has yet to acknowledge.
    pub(super) fn tell(&mut self, serial: impl FnOnce() -> Option<i32>) -> Option<(&[u8], i32)> {
        let acknowledgement = self.acknowledgement.as_mut()?;
        acknowledgement.serial = serial();
        Some((&acknowledgement.body, acknowledgement.serial?))
    }

    fn is(&self, message: &Unsolicited<'_>) -> bool {
        self.code == message.code && self.payload == message.payload
    }

    fn was_told(&self, serial: i32) -> bool {
        self.acknowledgement.as_ref().is_some_and(|acknowledgement| acknowledgement.serial == Some(serial))
    }
}
