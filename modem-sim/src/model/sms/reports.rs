//! Status reports: at once, held until the console lets them go, or of failure.
//!
//! Reference: 3GPP TS 23.040, 9.2.2.3 and 9.2.3.15 (TP-Status).

use std::collections::VecDeque;
use std::str::FromStr;

use ril_protocol::sms_pdu::{Addressed, Outcome, Status, StatusReport, Timestamp};

use super::Incoming;

/// Reports that are held; the oldest is forgotten for the next.
const MEMORY: usize = 1_000;

/// What becomes of a report that the phone has asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The recipient has the message at once, and the report says so.
    #[default]
    Now,
    /// The report waits for the console.
    Hold,
    /// The recipient cannot be reached, and the report says so.
    Fail,
}

impl Policy {
    const NAMES: [(&'static str, Self); 3] = [("now", Self::Now), ("hold", Self::Hold), ("fail", Self::Fail)];
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name))
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| *value).ok_or_else(|| format!("bad policy '{text}', use now|hold|fail"))
    }
}

/// TP-Status as the console writes it: a word or two hexadecimal digits.
pub fn status(text: &str) -> Option<Status> {
    match text {
        "received" => Some(Status::RECEIVED),
        "trying" => Some(Status::STILL_CONGESTED),
        "failed" => Some(Status::NOT_OBTAINABLE),
        hex if hex.len() == 2 => u8::from_str_radix(hex, 16).ok().map(Status),
        _ => None,
    }
}

/// The reports of messages that the phone has sent.
#[derive(Debug, Default)]
pub struct Reports {
    /// What becomes of the next ones.
    pub policy: Policy,
    held: VecDeque<Addressed<StatusReport>>,
}

impl Reports {
    /// A report was asked for; gives what is sent at once.
    pub(super) fn ask(&mut self, mut report: Addressed<StatusReport>) -> Option<Incoming> {
        match self.policy {
            Policy::Now => Some(Incoming::Report(report)),
            Policy::Fail => {
                report.tpdu.status = Status::NOT_OBTAINABLE;
                Some(Incoming::Report(report))
            }
            Policy::Hold => {
                if self.held.len() == MEMORY {
                    self.held.pop_front();
                }
                self.held.push_back(report);
                None
            }
        }
    }

    /// Reports that wait for the console.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The oldest held report, with this status at this time. While the service centre is still trying, another will
    /// follow.
    pub(super) fn release(&mut self, status: Status, time: Timestamp) -> Option<Incoming> {
        let report = self.held.front_mut()?;
        (report.tpdu.status, report.tpdu.discharge_time) = (status, time);
        let report = report.clone();
        if status.outcome() != Outcome::StillTrying {
            self.held.pop_front();
        }
        Some(Incoming::Report(report))
    }
}
