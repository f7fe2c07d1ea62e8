//! Voice mail: a prompt, a tone, a recording.
//!
//! It is a leg's other end for as long as the caller speaks, and gives back what was said; `call` keeps it. It ends
//! when the caller hangs up, presses `#`, has been silent on the wire too long, or has said all that there is room for.
//! It refuses to keep what is shorter than half a second: that is a caller who hung up at the tone.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::cause::Cause;
use crate::media::rtp::{Audio, Heard};
use crate::media::sdp::Offer;
use crate::media::{FRAME, RATE, tone};
use crate::settings::Settings;
use crate::sip::{Event, Leg, status};

/// Shorter recordings are none.
const SHORTEST: usize = RATE as usize / 2;
/// So much speech may come sooner than it was said.
const EARLY: Duration = Duration::from_secs(2);

/// The limits of a recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The longest recording, in samples.
    longest: usize,
    /// How long to wait for RTP.
    idle: Duration,
}

/// What was said, in order.
struct Recording {
    samples: Vec<i16>,
    longest: usize,
    /// The time stamp of the first sample.
    base: Option<u32>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            longest: settings.voicemail.longest_seconds as usize * RATE as usize,
            idle: Duration::from_secs(settings.media.idle_seconds.into()),
        }
    }
}

/// Plays `prompt` and the tone, then records. `leg` has been answered. Gives the recording, if there is one, and why it
/// ended.
pub(crate) async fn record(
    leg: &mut Leg,
    audio: &mut Audio,
    prompt: &[i16],
    limits: Limits,
    stop: &CancellationToken,
) -> (Option<Vec<i16>>, Cause) {
    let mut to_say: VecDeque<i16> = prompt.iter().copied().chain(tone::beep()).collect();
    let mut recording = Recording { samples: Vec::new(), longest: limits.longest, base: None };
    let mut clock = interval(Duration::from_millis(20));
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut began = None;
    let silent = tokio::time::sleep(limits.idle);
    tokio::pin!(silent);
    let cause = loop {
        tokio::select! {
            event = leg.next() => match event {
                Event::Ended(cause) => break cause,
                Event::Offer(sdp, reply) => match Offer::read(&sdp) {
                    Some(offer) => {
                        audio.changed(&offer);
                        reply.give(status::OK, Some(offer.answer(audio.address()))).await;
                    }
                    None => reply.give(status::NOT_ACCEPTABLE_HERE, None).await,
                },
                Event::Asked(reply) => reply.offer_again().await,
                // What it answers to what it was told before.
                Event::Answered(sdp) => {
                    if let Some(offer) = Offer::read(&sdp) {
                        audio.changed(&offer);
                    }
                }
                Event::Info(_, _, reply) => reply.give(status::OK, None).await,
                Event::Ringing(_) => {}
            },
            heard = audio.hear() => {
                silent.as_mut().reset(Instant::now() + limits.idle);
                match heard {
                    Heard::Digit('#') => break Cause::NORMAL,
                    Heard::Speech(timestamp, samples) if to_say.is_empty() => {
                        let now = Instant::now();
                        let passed = now.saturating_duration_since(*began.get_or_insert(now)) + EARLY;
                        recording.add(timestamp, &samples, samples_in(passed));
                        if recording.is_full() {
                            break Cause::NORMAL;
                        }
                    }
                    Heard::Digit(_) | Heard::Speech(..) => {}
                }
            }
            _ = clock.tick(), if !to_say.is_empty() => {
                let frame: Vec<i16> = to_say.drain(..FRAME.min(to_say.len())).collect();
                audio.say(&frame);
            }
            () = &mut silent => break Cause::EXPIRED,
            () = stop.cancelled() => break Cause::TEMPORARY,
        }
    };
    (Some(recording.samples).filter(|samples| samples.len() >= SHORTEST), cause)
}

/// How many samples last so long.
fn samples_in(time: Duration) -> usize {
    usize::try_from(time.as_millis()).unwrap_or(usize::MAX).saturating_mul(RATE as usize / 1000)
}

impl Recording {
    /// Puts samples to their place: packets may come in any order, and silence may not be sent at all. A place that
    /// there has not been time for is none, with so many samples `passed`: a packet is not to make minutes of silence.
    fn add(&mut self, timestamp: u32, samples: &[i16], passed: usize) {
        let base = *self.base.get_or_insert(timestamp);
        let place = timestamp.wrapping_sub(base) as usize;
        let place = if place < self.longest.min(passed) {
            place
        } else {
            // A new source, or an old one, with another clock: go on behind what there is.
            let end = self.samples.len();
            self.base = Some(timestamp.wrapping_sub(u32::try_from(end).unwrap_or(0)));
            end
        };
        let end = (place + samples.len()).min(self.longest);
        if self.samples.len() < end {
            self.samples.resize(end, 0);
        }
        for (kept, sample) in self.samples.iter_mut().skip(place).zip(samples) {
            *kept = *sample;
        }
    }

    fn is_full(&self) -> bool {
        self.samples.len() >= self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        Recording { samples: Vec::new(), longest: 10, base: None }
    }

    #[test]
    fn packets_find_their_place_in_any_order() {
        let mut recording = recording();
        recording.add(u32::MAX, &[1, 1], usize::MAX);
        recording.add(5, &[4, 4], usize::MAX);
        recording.add(1, &[2, 2], usize::MAX);
        assert_eq!(recording.samples, [1, 1, 2, 2, 0, 0, 4, 4]);
    }

    #[test]
    fn a_recording_is_never_longer_than_it_may_be() {
        let mut recording = recording();
        recording.add(0, &[1; 4], usize::MAX);
        recording.add(8, &[2; 4], usize::MAX);
        assert_eq!(recording.samples, [1, 1, 1, 1, 0, 0, 0, 0, 2, 2]);
        assert!(recording.is_full());
        recording.add(4_000_000_000, &[3; 100], usize::MAX);
        assert_eq!(recording.samples.len(), 10);
    }

    #[test]
    fn time_that_has_not_passed_is_not_recorded() {
        let mut recording = recording();
        recording.add(100, &[1, 1], 4);
        recording.add(109, &[2, 2], 4);
        assert_eq!(recording.samples, [1, 1, 2, 2]);
        // Silence that was not sent is.
        recording.add(114, &[3], 8);
        assert_eq!(recording.samples, [1, 1, 2, 2, 0, 0, 0, 3]);
        assert_eq!(samples_in(EARLY), 16_000);
    }

    #[test]
    fn another_source_goes_on_where_the_first_ended() {
        let mut recording = recording();
        recording.add(100, &[1, 1], usize::MAX);
        recording.add(99, &[2, 2], usize::MAX);
        recording.add(101, &[3, 3], usize::MAX);
        assert_eq!(recording.samples, [1, 1, 2, 2, 3, 3]);
    }
}
