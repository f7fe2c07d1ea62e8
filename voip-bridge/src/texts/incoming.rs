//! A message that a peer sends: for a phone, or from one as a tagged text.
//!
//! Who sends it is shown to the phone as it was said: a full number, a short code, or a name; a sender that is withheld
//! as `Unknown`, because an SMS has to come from somebody. It refuses numbers that nobody has, and texts that need more
//! parts than anybody reads.

use caller_tag::text::Way;
use caller_tag::{E164, NumberingPlan};
use ril_protocol::hex::from_plain_hex;
use ril_protocol::sms_pdu::{Address, Deliver};
use tracing::{debug, warn};

use super::content::{self, NotSendable};
use super::{Submitted, Texts, message_id};
use crate::pool::{Direction, Pool, StoreError, Timestamp};

/// Parts of one message to a phone at most.
const MOST_PARTS: usize = 40;
/// Whom a message comes from that is from nobody.
const NOBODY: &str = "Unknown";

/// What a peer has sent.
pub(crate) struct Received<'a> {
    /// The name of the peer.
    pub(crate) peer: &'a str,
    /// To which number.
    pub(crate) to: Option<E164>,
    /// From whom, as written; nobody when it is withheld.
    pub(crate) from: Option<&'a str>,
    /// The words by which this message is known when it comes again.
    pub(crate) id: &'a [&'a [u8]],
    /// What.
    pub(crate) content: Content,
}

/// What is in a message.
pub(crate) enum Content {
    /// A text.
    Text(String),
    /// A TPDU with everything.
    Deliver(Box<Deliver>),
}

/// What is said to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is durable.
    Accepted,
    /// The number is nobody's.
    Unknown,
    /// It is a phone's, and that phone may not send it.
    Refused,
    /// It has too many parts.
    TooLong,
    /// It is malformed.
    Malformed,
    /// Later, perhaps.
    Busy,
}

impl Texts {
    /// Takes what a peer has sent.
    pub(crate) async fn receive(&self, received: Received<'_>, now: Timestamp) -> Verdict {
        match self.take(received, now).await {
            Ok(verdict) => verdict,
            Err(error) => {
                warn!(%error, "a message cannot be kept");
                Verdict::Busy
            }
        }
    }

    async fn take(&self, received: Received<'_>, now: Timestamp) -> Result<Verdict, StoreError> {
        let Some(to) = received.to else { return Ok(Verdict::Unknown) };
        if let Some(verdict) = self.tagged(&received, &to, now).await? {
            return Ok(verdict);
        }
        let Some(assignment) = self.0.store.by_number(&to).await? else { return Ok(Verdict::Unknown) };
        let reference = reference(received.id);
        let (from, tpdus) = match received.content {
            Content::Text(text) => match originator(&self.0.plan, received.from) {
                Some(from) => (from.to_string(), content::text_to_phone(&from, now, &text, reference)),
                None => return Ok(Verdict::Malformed),
            },
            Content::Deliver(deliver) => {
                (deliver.originating_address.to_string(), content::deliver_to_phone(*deliver, reference))
            }
        };
        let tpdus = match tpdus {
            Ok(tpdus) if tpdus.len() <= MOST_PARTS => tpdus,
            Ok(_) | Err(NotSendable::TooLong) => return Ok(Verdict::TooLong),
            Err(NotSendable::Malformed | NotSendable::NotText) => return Ok(Verdict::Malformed),
        };
        // One TPDU may be for several numbers.
        let first = [&b"in"[..], received.peer.as_bytes(), to.digits().as_bytes()];
        let words: Vec<&[u8]> = first.into_iter().chain(received.id.iter().copied()).collect();
        let message = |(part, tpdu)| {
            let id = message_id(&words, part);
            self.message(id, assignment.number, Direction::In, from.clone(), tpdu, now)
        };
        self.queue(&(0..).zip(tpdus).map(message).collect::<Vec<_>>()).await?;
        debug!(peer = received.peer, "a message is kept");
        Ok(Verdict::Accepted)
    }

    /// A tagged text of a phone; `None` when it is none.
    async fn tagged(
        &self,
        received: &Received<'_>,
        access: &E164,
        now: Timestamp,
    ) -> Result<Option<Verdict>, StoreError> {
        let text = match &received.content {
            Content::Text(text) => text.clone(),
            Content::Deliver(deliver) if deliver.user_data.has_header() => return Ok(None),
            Content::Deliver(deliver) => deliver.text().unwrap_or_default(),
        };
        let from_gateway = self.0.messages.gateway.as_deref() == Some(received.peer);
        let Some(sim) = received.from.filter(|_| from_gateway).and_then(|from| self.0.plan.read(from)) else {
            return Ok(None);
        };
        let Some(assignment) = self.0.store.by_sim(&sim, access).await? else { return Ok(None) };
        let Some(envelope) = self.sealer(&sim).await?.open(Way::FromPhone, &text) else { return Ok(None) };
        if envelope.tag.digit() != assignment.tag {
            return Ok(Some(Verdict::Refused));
        }
        Ok(Some(match self.add_piece(&assignment, &envelope, now).await? {
            Submitted::Accepted => Verdict::Accepted,
            Submitted::Refused(_) => Verdict::Refused,
        }))
    }
}

/// Whom the phone is shown: the number, the short code or the name; somebody unknown where it is none of them.
fn originator(plan: &NumberingPlan, from: Option<&str>) -> Option<Address> {
    let from = from.filter(|from| !from.is_empty());
    let full = from.and_then(|from| plan.read(from)).map(|number| number.to_string());
    let shown = full.as_deref().or(from).unwrap_or(NOBODY);
    let named = Address::number(shown).or_else(|_| Address::alphanumeric(shown));
    named.or_else(|_| Address::alphanumeric(NOBODY)).ok()
}

/// The reference of a message in parts: the same when it comes again.
fn reference(words: &[&[u8]]) -> u8 {
    let id = message_id(words, 0);
    from_plain_hex(&id).ok().and_then(|id| id.last().copied()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sends_it_is_shown_somehow() {
        let plan = NumberingPlan::for_calling_code(49).expect("Germany");
        for (from, shown) in [
            (Some("+15550199999"), "+15550199999"),
            (Some("03012345678"), "+493012345678"),
            (Some("22000"), "22000"),
            (Some("MyBank"), "MyBank"),
            (Some("a name of more than eleven"), "Unknown"),
            (Some("Банк"), "Unknown"),
            (Some(""), "Unknown"),
            (None, "Unknown"),
        ] {
            assert_eq!(originator(&plan, from).map(|address| address.to_string()).as_deref(), Some(shown));
        }
    }
}
