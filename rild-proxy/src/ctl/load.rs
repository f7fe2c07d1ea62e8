//! Requests of one kind, put on whatever answers them, and how long each answer takes.

use std::time::Instant;

use ril_protocol::RequestCode;
use ril_protocol::frame::Request;

use super::error::CtlError;
use super::statistics::Sample;
use crate::clock;

/// Something that answers each request once, in any order.
pub(super) trait Answering {
    /// Takes whole request frames.
    fn send(&mut self, frames: &[u8]) -> Result<(), CtlError>;

    /// Waits for the next message; the serial of the request if it is an answer.
    fn next(&mut self) -> Result<Option<i32>, CtlError>;

    /// Whether [`next`](Self::next) has not to wait.
    fn has_more(&self) -> bool;
}

/// The requests to put on somebody.
pub(super) struct Load {
    pub(super) code: RequestCode,
    /// How many may be unanswered at any time.
    pub(super) outstanding: u32,
    /// The last serial that was used. It never comes near the end: both counts are bounded.
    pub(super) serial: i32,
}

impl Load {
    /// Sends so many requests and waits for all answers.
    pub(super) fn put_on(
        &mut self,
        whom: &mut impl Answering,
        count: u32,
        sample: &mut Sample,
    ) -> Result<(), CtlError> {
        let first_serial = self.serial.wrapping_add(1);
        let mut sent: Vec<Option<Instant>> = Vec::with_capacity(count as usize);
        let mut unsent = count;
        let mut unanswered = count;
        let mut room = self.outstanding;
        let mut frames = Vec::new();
        let start = clock::now();
        while unanswered > 0 {
            frames.clear();
            let at = clock::now();
            for _ in 0..room.min(unsent) {
                self.serial = self.serial.wrapping_add(1);
                Request { code: self.code, serial: self.serial, payload: &[] }.put(&mut frames);
                sent.push(Some(at));
                unsent -= 1;
            }
            if !frames.is_empty() {
                whom.send(&frames)?;
            }
            room = 0;
            while room == 0 || whom.has_more() {
                let Some(serial) = whom.next()? else { continue };
                let place = usize::try_from(serial.wrapping_sub(first_serial)).ok();
                // Answers to nothing count for nothing.
                if let Some(at) = place.and_then(|place| sent.get_mut(place)).and_then(Option::take) {
                    sample.add(at.elapsed());
                    unanswered -= 1;
                    room += 1;
                }
            }
        }
        sample.took(start.elapsed());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use ril_protocol::frame::{REQUEST_LIMIT, split};

    use super::*;

    /// Answers the newest first, and says other things in between.
    #[derive(Default)]
    struct Backwards {
        unanswered: Vec<i32>,
        most: usize,
        ready: VecDeque<Option<i32>>,
    }

    impl Answering for Backwards {
        fn send(&mut self, mut frames: &[u8]) -> Result<(), CtlError> {
            while let Ok(Some((body, used))) = split(frames, REQUEST_LIMIT) {
                self.unanswered.push(Request::parse(body).unwrap().serial);
                frames = &frames[used..];
            }
            self.most = self.most.max(self.unanswered.len());
            Ok(())
        }

        fn next(&mut self) -> Result<Option<i32>, CtlError> {
            if self.ready.is_empty() {
                let serial = self.unanswered.pop();
                // An answer to nothing, an unsolicited message, and the answer twice.
                self.ready.extend([Some(-1), None, serial, serial]);
            }
            Ok(self.ready.pop_front().flatten())
        }

        fn has_more(&self) -> bool {
            !self.ready.is_empty()
        }
    }

    #[test]
    fn every_request_is_measured_once_whatever_comes() {
        for (count, outstanding) in [(1, 1), (10, 1), (10, 3), (10, 10), (10, 64)] {
            let mut whom = Backwards::default();
            let mut load = Load { code: RequestCode::GET_IMEI, outstanding, serial: 100 };
            let mut sample = Sample::default();
            load.put_on(&mut whom, count, &mut sample).unwrap();
            assert_eq!(load.serial, 100 + i32::try_from(count).unwrap());
            assert!(whom.unanswered.is_empty());
            assert_eq!(whom.most, outstanding.min(count) as usize);
            let summary = sample.summary().unwrap();
            assert!(summary.max >= summary.p50);
        }
    }
}
