//! Faults on demand: requests that fail, take long, or are never answered.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ril_protocol::{Errno, RequestCode};

/// What the console has ordered.
#[derive(Debug, Default)]
pub struct Faults {
    failing: BTreeMap<RequestCode, (Errno, u32)>,
    delayed: BTreeMap<RequestCode, Duration>,
    hanging: BTreeSet<RequestCode>,
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
        if let Some(delay) = self.delayed.get(&code).filter(|_| !delayed) {
            return Fault::Delay(*delay);
        }
        match self.failing.get_mut(&code) {
            Some((errno, times)) if *times > 0 => {
                *times -= 1;
                Fault::Fail(*errno)
            }
            _ => Fault::None,
        }
    }

    /// One line for each fault.
    pub fn list(&self) -> Vec<String> {
        let failing = self.failing.iter().filter(|(_, (_, times))| *times > 0);
        let failing = failing.map(|(code, (errno, times))| format!("fail {code} {errno} {times}"));
        let delayed = self.delayed.iter().map(|(code, delay)| format!("delay {code} {}", delay.as_millis()));
        let hanging = self.hanging.iter().map(|code| format!("hang {code}"));
        failing.chain(delayed).chain(hanging).collect()
    }
}
