//! Answers a leg with audio of this service: for who leaves a message, and for a phone that says whom it calls.
//!
//! The peer's description is in its INVITE, or in its ACK when it has asked for an offer (RFC 3261 section 13.2.1). It
//! refuses what is not G.711.

use tokio_util::sync::CancellationToken;

use crate::cause::Cause;
use crate::media::ports::Pair;
use crate::media::rtp::Audio;
use crate::media::sdp::{self, Offer};
use crate::sip::{Event, Leg, status};

/// A leg that hears this service.
pub(super) struct Spoken {
    pub(super) audio: Audio,
    /// What the peer has described, as it wrote it and as it was read.
    pub(super) described: Vec<u8>,
    pub(super) read: Offer,
}

/// Answers; `offer` is empty when the leg asks for one.
pub(super) async fn speak(leg: &mut Leg, offer: &[u8], pair: Pair, stop: &CancellationToken) -> Result<Spoken, Cause> {
    let read = |description: &[u8]| Offer::read(description).ok_or(Cause::NO_MEDIA);
    if !leg.asks() {
        let read = read(offer)?;
        leg.answer(read.answer(pair.address()));
        return Ok(Spoken { audio: Audio::new(pair, &read), described: offer.to_vec(), read });
    }
    leg.answer(sdp::offer(pair.address()));
    let described = answer_to_it(leg, stop).await?;
    let read = read(&described)?;
    Ok(Spoken { audio: Audio::new(pair, &read), described, read })
}

async fn answer_to_it(leg: &mut Leg, stop: &CancellationToken) -> Result<Vec<u8>, Cause> {
    loop {
        tokio::select! {
            event = leg.next() => match event {
                Event::Answered(description) => return Ok(description),
                Event::Ended(cause) => return Err(cause),
                Event::Offer(_, reply) | Event::Asked(reply) => reply.give(status::REQUEST_PENDING, None).await,
                Event::Info(_, _, reply) => reply.give(status::OK, None).await,
                Event::Ringing(_) => {}
            },
            () = stop.cancelled() => return Err(Cause::TEMPORARY),
        }
    }
}
