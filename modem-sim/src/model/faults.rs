//! Faults on demand: requests that fail, take long, are never answered, or are answered wrongly.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use ril_protocol::{Errno, RequestCode};
use vendor_shim::guest::Wrong;

use super::effects::{Reply, VERSION};

/// The most wrong results that wait for requests of a kind.
const MOST_RESULTS: usize = 1_000;

/// What the console has ordered.
#[derive(Debug, Default)]
pub struct Faults {
    failing: BTreeMap<RequestCode, (Errno, u32)>,
    delayed: BTreeMap<RequestCode, Duration>,
    /// How long requests wait that have no delay of their own.
    slow: Duration,
    hanging: BTreeSet<RequestCode>,
    /// Results in the place of the right ones, the next first.
    results: BTreeMap<RequestCode, VecDeque<Vec<u8>>>,
    /// How the next answers are given.
    wrong: BTreeMap<RequestCode, (Wrong, u32)>,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing out of the ordinary.
    None,
    /// It fails with this, and has no effect.
    Fail(Errno),
    /// It is looked at after this time.
    Delay(Duration),
    /// It is never answered, and has no effect.
    Hang,
}

impl Faults {
    /// The next `times` requests of this kind fail.
    pub fn fail(&mut self, code: RequestCode, errno: Errno, times: u32) {
        self.failing.insert(code, (errno, times));
    }

    /// All requests of this kind wait first.
    pub fn delay(&mut self, code: RequestCode, delay: Duration) {
        self.delayed.insert(code, delay);
    }

    /// All requests wait first, those with a delay of their own excepted.
    pub fn slow_down(&mut self, delay: Duration) {
        self.slow = delay;
    }

    /// The next request of this kind for which there is no such order yet succeeds with this result, whatever the right
    /// one is; it has its effect. False when too many wait already.
    pub fn reply(&mut self, code: RequestCode, result: Vec<u8>) -> bool {
        let results = self.results.entry(code).or_default();
        let room = results.len() < MOST_RESULTS;
        if room {
            results.push_back(result);
        }
        room
    }

    /// The answers to the next `times` requests of this kind are given as none should be.
    pub fn answer_wrongly(&mut self, code: RequestCode, wrong: Wrong, times: u32) {
        self.wrong.insert(code, (wrong, times));
    }

    /// No request of this kind is answered.
    pub fn hang(&mut self, code: RequestCode) {
        self.hanging.insert(code);
    }

    /// Everything works again.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// A request has come. `delayed` says that it has waited already.
    pub(super) fn meet(&mut self, code: RequestCode, delayed: bool) -> Fault {
        if self.hanging.contains(&code) {
            return Fault::Hang;
        }
        let delay = self.delayed.get(&code).copied().unwrap_or(self.slow);
        if !delayed && !delay.is_zero() {
            return Fault::Delay(delay);
        }
        match self.failing.get_mut(&code) {
            Some((errno, times)) if *times > 0 => {
                *times -= 1;
                Fault::Fail(*errno)
            }
            _ => Fault::None,
        }
    }

    /// The answer that is given in the place of the right one.
    pub(super) fn spoil(&mut self, code: RequestCode, reply: Reply) -> Reply {
        let mut reply = match self.results.get_mut(&code).and_then(VecDeque::pop_front) {
            Some(payload) => Reply { payload, ..Reply::done() },
            None => reply,
        };
        if let Some((wrong, times)) = self.wrong.get_mut(&code).filter(|(_, times)| *times > 0) {
            *times -= 1;
            reply.wrong = Some(*wrong);
        }
        reply
    }

    /// One line for each fault.
    pub fn list(&self) -> Vec<String> {
        let failing = self.failing.iter().filter(|(_, (_, times))| *times > 0);
        let failing = failing.map(|(code, (errno, times))| format!("fail {code} {errno} {times}"));
        let delayed = self.delayed.iter().map(|(code, delay)| format!("delay {code} {}", delay.as_millis()));
        let hanging = self.hanging.iter().map(|code| format!("hang {code}"));
        let slow = (!self.slow.is_zero()).then(|| format!("delay all {}", self.slow.as_millis()));
        let results = self.results.iter().flat_map(|(code, results)| results.iter().map(move |result| (code, result)));
        let results = results.map(|(code, result)| {
            let row = code.row().and_then(|row| row.response.to_json(result, VERSION).ok());
            format!("reply {code} {}", row.unwrap_or_default())
        });
        let wrong = self.wrong.iter().filter(|(_, (_, times))| *times > 0).map(|(code, (wrong, times))| {
            let name = if *wrong == Wrong::Cut { "cut" } else { "twice" };
            format!("{name} {code} {times}")
        });
        failing.chain(delayed).chain(slow).chain(hanging).chain(results).chain(wrong).collect()
    }
}
