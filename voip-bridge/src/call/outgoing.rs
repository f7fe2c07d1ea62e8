//! A call of a phone through this service: it has called its access number, says by digits whom it wants, and is seen
//! as its own number.
//!
//! The phone is known by the SIM's number as the caller and the access number as the called one. Digits are RFC 4733
//! events or INFO (`application/dtmf-relay`, `application/dtmf`), say what [`Target`] reads, and end with `#`. The
//! phone hears ringing while its target is called, and the busy tone when that does not work. Where audio goes from end
//! to end the phone gets the target's description in a new offer. It refuses targets that are not allowed
//! ([`super::target`]), phones when none is, and numbers that place more calls than they may.

use std::collections::VecDeque;
use std::time::Duration;

use caller_tag::Target;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tracing::{debug, warn};

use super::Bridge;
use super::join::join;
use super::record::Record;
use super::speak::{Spoken, speak};
use super::target::target;
use crate::cause::Cause;
use crate::media::relay::{From, Relay};
use crate::media::rtp::{Audio, Heard};
use crate::media::sdp::Offer;
use crate::media::way::Way;
use crate::media::{FRAME, dtmf, tone};
use crate::pool::{Assignment, Direction, Pool};
use crate::settings::MediaPath;
use crate::sip::{Callee, Destination, Event, Leg, status};

/// How long to wait for the next digit.
const NEXT_DIGIT: Duration = Duration::from_secs(15);
/// And for all of them.
const ALL_DIGITS: Duration = Duration::from_secs(60);
/// Longer than any number with its prefixes.
const MOST_DIGITS: usize = 24;
/// Hops of a new call (RFC 3261 section 8.1.1.6).
const HOPS: u8 = 70;

/// Serves one call to the end.
pub(super) async fn serve<P: Pool>(bridge: &Bridge<P>, mut a: Leg, offer: &[u8], assignment: &Assignment) {
    if bridge.settings.calls.allowed.is_empty() {
        return a.end(Cause::BARRED).await;
    }
    let pair = match bridge.ports.open().await {
        Ok(pair) => pair,
        Err(error) => {
            warn!(%error, "there is no port for a call");
            return a.end(Cause::CONGESTION).await;
        }
    };
    let Spoken { audio, described, read } = match speak(&mut a, offer, pair, &bridge.stop).await {
        Ok(spoken) => spoken,
        Err(cause) => return a.end(cause).await,
    };
    let mut call = Outgoing { bridge, assignment, offer: described, read, tone: Tone::silent() };
    let cause = call.serve(&mut a, audio).await;
    a.finish(cause).await;
}

struct Outgoing<'a, P> {
    bridge: &'a Bridge<P>,
    assignment: &'a Assignment,
    /// As the phone's network has it.
    offer: Vec<u8>,
    read: Offer,
    tone: Tone,
}

/// What the phone hears, over and over.
struct Tone {
    samples: Vec<i16>,
    left: VecDeque<i16>,
    again: bool,
    clock: Interval,
}

impl<P: Pool> Outgoing<'_, P> {
    async fn serve(&mut self, a: &mut Leg, mut audio: Audio) -> Cause {
        let digits = match self.digits(a, &mut audio).await {
            Ok(digits) => digits,
            Err(cause) => return cause,
        };
        let target = match target(&digits, &self.bridge.plan, &self.bridge.settings.calls) {
            Ok(target) => target,
            Err(cause) => return self.refuse(a, audio, cause).await,
        };
        if let Err(cause) = self.bridge.allowance(&self.assignment.number).await {
            return self.refuse(a, audio, cause).await;
        }
        let mut record = Record::begin(self.bridge, self.assignment.number, Direction::Out, Some(target.number)).await;
        let cause = self.call(a, audio, target, &mut record).await;
        record.ended(self.bridge, cause).await;
        cause
    }

    /// The digits before `#`.
    async fn digits(&mut self, a: &mut Leg, audio: &mut Audio) -> Result<String, Cause> {
        let mut digits = String::new();
        let too_late = tokio::time::sleep(NEXT_DIGIT);
        tokio::pin!(too_late);
        let much_too_late = tokio::time::sleep(ALL_DIGITS);
        tokio::pin!(much_too_late);
        loop {
            let digit = tokio::select! {
                event = a.next() => match event {
                    Event::Ended(cause) => return Err(cause),
                    Event::Info(kind, content, reply) => {
                        let digit = dtmf::info(&kind, &content);
                        reply.give(if digit.is_some() { status::OK } else { status::UNSUPPORTED_MEDIA_TYPE }, None).await;
                        digit
                    }
                    other => {
                        self.meanwhile(other, audio).await;
                        None
                    }
                },
                heard = audio.hear() => match heard {
                    Heard::Digit(digit) => Some(digit),
                    Heard::Speech(..) => None,
                },
                () = &mut too_late => return Err(Cause::INVALID_NUMBER),
                () = &mut much_too_late => return Err(Cause::INVALID_NUMBER),
                () = self.bridge.stop.cancelled() => return Err(Cause::TEMPORARY),
            };
            match digit {
                Some('#') => return Ok(digits),
                Some(_) if digits.len() == MOST_DIGITS => return Err(Cause::INVALID_NUMBER),
                Some(digit) => {
                    digits.push(digit);
                    too_late.as_mut().reset(Instant::now() + NEXT_DIGIT);
                }
                None => {}
            }
        }
    }

    /// Calls the target, joins both, and carries on to the end.
    async fn call(&mut self, a: &mut Leg, mut audio: Audio, target: Target, record: &mut Record) -> Cause {
        let relayed = self.bridge.settings.media.path == MediaPath::Relay;
        let far = match (relayed, self.bridge.ports.open()) {
            (false, _) => None,
            (true, opening) => match opening.await {
                Ok(pair) => Some(pair),
                Err(_) => return self.refuse(a, audio, Cause::CONGESTION).await,
            },
        };
        let Some(peer) = self.bridge.trunk() else { return self.refuse(a, audio, Cause::TEMPORARY).await };
        let offer = match &far {
            // The phone was told one codec: its target is offered no other.
            Some(pair) => self.read.offer(pair.address()),
            None => match Way::Direct(&self.bridge.ports).describe(From::Near, &self.offer) {
                Some(offer) => offer,
                None => return self.refuse(a, audio, Cause::NO_MEDIA).await,
            },
        };
        let (own, number) = (self.assignment.number.to_string(), target.number.to_string());
        let caller = Some(own.as_str()).filter(|_| !target.withheld);
        let destination = Destination { peer, callee: Callee::Number(&number), caller, hops: HOPS };
        let mut b = match Leg::call(&self.bridge.agent, &destination, &offer) {
            Ok(leg) => leg,
            Err(cause) => return self.refuse(a, audio, cause).await,
        };
        let answer = match self.ring(a, &mut b, &mut audio).await {
            Ok(answer) => answer,
            Err(Failed::Target(cause)) => {
                b.end(cause).await;
                return self.refuse(a, audio, cause).await;
            }
            Err(Failed::Phone(cause)) => {
                b.end(cause).await;
                return cause;
            }
        };
        let idle = Duration::from_secs(self.bridge.settings.media.idle_seconds.into());
        let relay = far.map(|far| Relay::start(audio.into_pair(), far, idle));
        let way = relay.as_ref().map_or(Way::Direct(&self.bridge.ports), Way::Relay);
        let described = way.describe(From::Near, &self.offer).and(way.describe(From::Far, &answer));
        let joined = match described {
            Some(_) if relay.is_some() => Ok(()),
            Some(answer) => self.introduce(a, &answer).await,
            None => Err(Cause::NO_MEDIA),
        };
        let cause = match joined {
            Ok(()) => {
                record.answered(self.bridge).await;
                let longest = Duration::from_secs(self.bridge.settings.calls.longest_seconds.into());
                join(a, &mut b, way, longest, &self.bridge.stop).await
            }
            Err(cause) => cause,
        };
        b.end(cause).await;
        cause
    }

    /// Tells the phone's network where the target is, instead of this service.
    async fn introduce(&self, a: &mut Leg, answer: &[u8]) -> Result<(), Cause> {
        let change = a.insist(answer);
        tokio::pin!(change);
        loop {
            tokio::select! {
                (status, _) = &mut change => {
                    debug!(status, "a phone is told of its target");
                    return if status == status::OK { Ok(()) } else { Err(Cause::NO_MEDIA) };
                }
                event = a.next() => match event {
                    Event::Ended(cause) => return Err(cause),
                    // One change at a time (RFC 3261 section 14.2).
                    Event::Offer(_, reply) | Event::Asked(reply) | Event::Info(_, _, reply) => {
                        reply.give(status::REQUEST_PENDING, None).await;
                    }
                    Event::Ringing(_) | Event::Answered(_) => {}
                },
                () = self.bridge.stop.cancelled() => return Err(Cause::TEMPORARY),
            }
        }
    }

    /// Waits for the target's answer, while the phone hears that it rings.
    async fn ring(&mut self, a: &mut Leg, b: &mut Leg, audio: &mut Audio) -> Result<Vec<u8>, Failed> {
        self.tone = Tone::silent();
        let no_answer = tokio::time::sleep(Duration::from_secs(self.bridge.settings.calls.ring_seconds.into()));
        tokio::pin!(no_answer);
        loop {
            tokio::select! {
                event = b.next() => match event {
                    Event::Ringing(_) if self.tone.samples.is_empty() => self.tone = Tone::new(tone::ringing(), true),
                    Event::Answered(answer) => return Ok(answer),
                    Event::Ended(cause) => return Err(Failed::Target(cause)),
                    Event::Ringing(_) | Event::Offer(..) | Event::Asked(_) | Event::Info(..) => {}
                },
                event = a.next() => match event {
                    Event::Ended(cause) => return Err(Failed::Phone(cause)),
                    other => self.meanwhile(other, audio).await,
                },
                // Nobody listens yet, but symmetric RTP learns the way.
                _ = audio.hear() => {}
                frame = self.tone.next() => audio.say(&frame),
                () = &mut no_answer => return Err(Failed::Target(Cause::NO_ANSWER)),
                () = self.bridge.stop.cancelled() => return Err(Failed::Phone(Cause::TEMPORARY)),
            }
        }
    }

    /// Lets the phone hear that it did not work.
    async fn refuse(&mut self, a: &mut Leg, mut audio: Audio, cause: Cause) -> Cause {
        debug!(cause = cause.q850(), "a phone's call does not come about");
        self.tone = Tone::new(tone::busy(), false);
        while !self.tone.is_over() {
            tokio::select! {
                event = a.next() => match event {
                    Event::Ended(_) => break,
                    other => self.meanwhile(other, &mut audio).await,
                },
                _ = audio.hear() => {}
                frame = self.tone.next() => audio.say(&frame),
                () = self.bridge.stop.cancelled() => break,
            }
        }
        cause
    }

    /// What the phone's network wants before there is anybody to ask.
    async fn meanwhile(&mut self, event: Event, audio: &mut Audio) {
        match event {
            Event::Offer(sdp, reply) => match Offer::read(&sdp) {
                Some(read) => {
                    audio.changed(&read);
                    reply.give(status::OK, Some(read.answer(audio.address()))).await;
                    (self.offer, self.read) = (sdp, read);
                }
                None => reply.give(status::NOT_ACCEPTABLE_HERE, None).await,
            },
            Event::Asked(reply) => reply.offer_again().await,
            // What it answers to what it was told before.
            Event::Answered(sdp) => {
                if let Some(read) = Offer::read(&sdp) {
                    audio.changed(&read);
                    (self.offer, self.read) = (sdp, read);
                }
            }
            Event::Info(_, _, reply) => reply.give(status::OK, None).await,
            Event::Ringing(_) | Event::Ended(_) => {}
        }
    }
}

/// Who did not want.
enum Failed {
    Target(Cause),
    Phone(Cause),
}

impl Tone {
    fn new(samples: Vec<i16>, again: bool) -> Self {
        let mut clock = interval(Duration::from_millis(20));
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Self { left: samples.iter().copied().collect(), samples, again, clock }
    }

    fn silent() -> Self {
        Self::new(Vec::new(), false)
    }

    /// The next 20 ms, when it is time for them. Cancel safe.
    async fn next(&mut self) -> Vec<i16> {
        if self.left.is_empty() && self.again {
            self.left.extend(&self.samples);
        }
        if self.left.is_empty() {
            std::future::pending::<()>().await;
        }
        self.clock.tick().await;
        self.left.drain(..FRAME.min(self.left.len())).collect()
    }

    fn is_over(&self) -> bool {
        self.left.is_empty() && !self.again
    }
}
