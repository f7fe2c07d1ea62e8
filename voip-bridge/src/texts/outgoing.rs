//! A message of a phone, as the SMS-SUBMIT that the phone has made: it is checked, kept, and goes on from the phone's
//! own number when all its parts are there.
//!
//! It refuses targets that calls may not have either ([`crate::call::target`]), and more messages than a number or SIM
//! may send. A device learns that over its link; a phone whose message came as a tagged text gets a status report, if
//! it has asked for one.

use caller_tag::E164;
use caller_tag::text::{Envelope, Id};
use ril_protocol::hex::to_hex;
use ril_protocol::sms_pdu::{FailureCause, Status, Submit, Tpdu};
use tracing::debug;

use super::{Texts, after, content, message_id};
use crate::call::target::allowed;
use crate::pool::{Assignment, Direction, StoreError, Timestamp};
#[cfg(feature = "smpp")]
use crate::store::Ended;
use crate::store::{Fragment, Message};

/// For how long the parts of a message are waited for, in seconds.
const WAIT: i64 = 86_400;
/// An hour.
const HOUR: i64 = 3_600;

/// What became of a message that a phone wants sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is durable, or was already.
    Accepted,
    /// It will not be sent, and why.
    Refused(FailureCause),
}

impl Texts {
    /// Takes a message of the phone with this tag. The same id again is the same message.
    ///
    /// # Errors
    /// [`StoreError`]: it is not durable.
    pub async fn submit(
        &self,
        sim: &E164,
        tag: u8,
        id: &[u8; 16],
        tpdu: &[u8],
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        match self.0.store.assignment_by_tag(sim, tag).await? {
            Some(assignment) => self.accept(&assignment, &fragment_id(&assignment.number, id), tpdu, now).await,
            None => Ok(Submitted::Refused(FailureCause::NO_SC_SUBSCRIPTION)),
        }
    }

    /// Takes a tagged text.
    pub(super) async fn add_piece(
        &self,
        assignment: &Assignment,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        let Id(id) = envelope.id;
        let whole = fragment_id(&assignment.number, &id);
        let piece = Fragment {
            id: format!("{whole}.{}", envelope.piece),
            number: assignment.number,
            whole: format!("{whole}."),
            place: envelope.piece.into(),
            total: envelope.pieces.into(),
            octets: envelope.octets.clone(),
            at: now,
        };
        if envelope.pieces == 1 {
            return self.accept_text(assignment, &whole, &envelope.octets, now).await;
        }
        if !self.0.store.has_fragment(&piece.id).await? && self.too_many(assignment, now).await? {
            return Ok(Submitted::Refused(FailureCause::SC_BUSY));
        }
        let Some(parts) = self.0.store.add_fragment(&piece, after(now, -WAIT)).await? else {
            return Ok(Submitted::Accepted);
        };
        let tpdu: Vec<u8> = parts.iter().flat_map(|part| part.octets.iter().copied()).collect();
        let submitted = self.accept_text(assignment, &whole, &tpdu, now).await?;
        self.0.store.close_fragments(&parts, &whole).await?;
        Ok(submitted)
    }

    /// Takes one SMS-SUBMIT that came as tagged texts: a report is the only way to say no.
    async fn accept_text(
        &self,
        assignment: &Assignment,
        id: &str,
        tpdu: &[u8],
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        let submitted = self.accept(assignment, id, tpdu, now).await?;
        if let (Submitted::Refused(_), Ok(submit)) = (submitted, Submit::decode(tpdu)) {
            self.report(&assignment.number, id, &submit, (now, now), Status::CONNECTION_REJECTED.0).await?;
        }
        Ok(submitted)
    }

    /// Takes one SMS-SUBMIT.
    async fn accept(
        &self,
        assignment: &Assignment,
        id: &str,
        tpdu: &[u8],
        now: Timestamp,
    ) -> Result<Submitted, StoreError> {
        let Ok(submit) = Submit::decode(tpdu) else { return Ok(Submitted::Refused(FailureCause::NOT_SUPPORTED)) };
        let Some(to) = self.0.plan.read(&submit.destination_address.to_string()) else {
            return Ok(Submitted::Refused(FailureCause::INVALID_SME_ADDRESS));
        };
        if !allowed(&to, &self.0.settings.calls) {
            return Ok(Submitted::Refused(FailureCause::DESTINATION_SME_BARRED));
        }
        if !self.0.store.has_fragment(id).await? && self.too_many(assignment, now).await? {
            debug!("a phone sends too many messages");
            return Ok(Submitted::Refused(FailureCause::SC_BUSY));
        }
        let number = assignment.number;
        let header = submit.user_data.header().ok().flatten();
        let place = header.and_then(|header| header.concatenation()).filter(|place| self.joins() && place.total > 1);
        let part = Fragment {
            id: id.to_owned(),
            number,
            whole: match place {
                Some(place) => format!("{number} {to} {:?} {}", place.reference, place.total),
                None => id.to_owned(),
            },
            place: place.map_or(0, |place| u32::from(place.sequence) - 1),
            total: place.map_or(1, |place| place.total.into()),
            octets: tpdu.to_owned(),
            at: now,
        };
        if let Some(parts) = self.0.store.add_fragment(&part, after(now, -WAIT)).await? {
            let message = self.whole(&parts, number, to, now);
            self.queue(std::slice::from_ref(&message)).await?;
            self.0.store.close_fragments(&parts, &message.id).await?;
        }
        Ok(Submitted::Accepted)
    }

    /// The message of these parts.
    fn whole(&self, parts: &[Fragment], number: E164, to: E164, now: Timestamp) -> Message {
        let first = parts.first().map_or("", |part| part.id.as_str());
        let tpdus: Vec<Vec<u8>> = parts.iter().map(|part| part.octets.clone()).collect();
        let id = message_id(&[b"out", first.as_bytes()], 0);
        let mut message = self.message(id, number, Direction::Out, to.to_string(), content::pack(&tpdus), now);
        let submits = tpdus.iter().filter_map(|tpdu| Submit::decode(tpdu).ok());
        if let Some(period) = submits.filter_map(|submit| submit.validity.period()).min() {
            message.expires = message.expires.min(after(now, i64::try_from(period.as_secs()).unwrap_or(i64::MAX)));
        }
        message
    }

    async fn too_many(&self, assignment: &Assignment, now: Timestamp) -> Result<bool, StoreError> {
        let since = after(now, -HOUR);
        let (number, sim) = self.0.store.count_fragments(&assignment.number, &assignment.sim, since).await?;
        let messages = &self.0.messages;
        Ok(number >= messages.hourly_per_number.into() || sim >= messages.hourly_per_sim.into())
    }

    /// Says that a service centre has a message, and knows it by `reference`.
    #[cfg(feature = "smpp")]
    pub(crate) async fn sent(&self, id: &str, reference: &str, now: Timestamp) -> Result<(), StoreError> {
        self.0.store.message_sent(id, reference, now).await
    }

    /// Takes what a service centre says of a message that it knows by `reference`. Its names come again some day, so
    /// where it says between which `ends` the message went, one of them must be right; some write both in ways of
    /// their own.
    #[cfg(feature = "smpp")]
    pub(crate) async fn receipt(&self, reference: &str, ends: &[String], status: u8, now: Timestamp) -> super::Verdict {
        let ended = if status < 0x20 { Ended::Delivered } else { Ended::Failed(status) };
        let written = async {
            let Some(message) = self.0.store.message_by_reference(reference).await? else { return Ok(false) };
            let own = [message.number.digits(), message.peer.trim_start_matches('+')];
            let is_own = |end: &String| own.iter().any(|own| self.0.plan.may_be(end, own));
            if !ends.is_empty() && !ends.iter().any(is_own) {
                return Ok(false);
            }
            self.reports(&message, status, now).await?;
            self.0.store.close_message(&message.id, ended, now).await?;
            Ok::<_, StoreError>(true)
        };
        match written.await {
            Ok(true) => super::Verdict::Accepted,
            // It may be of a message whose sending another bridge is about to write down.
            Ok(false) => super::Verdict::Busy,
            Err(error) => {
                tracing::warn!(%error, "a receipt cannot be kept");
                super::Verdict::Busy
            }
        }
    }

    /// Whether a service centre knows a message by `reference`.
    #[cfg(feature = "smpp")]
    pub(crate) async fn knows(&self, reference: &str) -> bool {
        self.0.store.message_by_reference(reference).await.is_ok_and(|message| message.is_some())
    }

    /// Tells the phone what became of a message of the queue, for each part of which it has asked.
    pub(super) async fn reports(&self, message: &Message, status: u8, at: Timestamp) -> Result<(), StoreError> {
        if message.direction == Direction::Out {
            for submit in content::unpack(&message.body).into_iter().filter_map(|tpdu| Submit::decode(tpdu).ok()) {
                self.report(&message.number, &message.id, &submit, (message.queued, at), status).await?;
            }
        }
        Ok(())
    }

    /// Tells the phone what became of its message, if it has asked.
    async fn report(
        &self,
        number: &E164,
        id: &str,
        submit: &Submit,
        (taken, ended): (Timestamp, Timestamp),
        status: u8,
    ) -> Result<(), StoreError> {
        if !submit.status_report_request {
            return Ok(());
        }
        let Ok(tpdu) = content::report(submit, taken, ended, status) else { return Ok(()) };
        let peer = submit.destination_address.to_string();
        let id = message_id(&[b"report", id.as_bytes(), &[submit.message_reference]], 0);
        self.queue(&[self.message(id, *number, Direction::In, peer, tpdu, ended)]).await
    }
}

/// The id of what a phone sends: no two phones share one, whatever they say.
fn fragment_id(number: &E164, id: &[u8]) -> String {
    format!("{}-{}", number.digits(), to_hex(id))
}
