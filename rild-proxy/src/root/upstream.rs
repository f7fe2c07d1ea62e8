//! The modem side of root: what takes requests and gives answers and unsolicited messages.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use vendor_shim::host::{HostStats, Lane, VendorHost};

use crate::router::{Flow, PhoneId};

/// How long a library's answer is awaited on the spot. Longer than a library needs that answers from memory, and next to
/// nothing compared with one that asks its baseband.
const ATTENTION: Duration = Duration::from_micros(50);

/// The modem side, whatever it is. Nothing here blocks.
pub(super) trait Upstream {
    /// Takes whole request frames, and on whose account they go.
    fn send(&mut self, flow: Flow, frames: &[u8]);

    /// Takes back the request with this serial, if it waits still; its answer is of no interest.
    fn give_up(&mut self, serial: i32);

    /// Waits a moment, without sleeping, for an answer that comes at once; true if something came.
    fn attend(&mut self) -> bool;

    /// Moves the whole frames that have come to the end of `into`. The first ones are `RIL_CONNECTED` and the radio state.
    fn receive(&mut self, into: &mut Vec<u8>);

    /// Becomes readable when there is something to receive.
    fn readiness(&self) -> io::Result<OwnedFd>;

    /// Name and version, for people.
    fn description(&self) -> String;

    /// How often a vendor library has broken the rules; `None` where the modem side is none.
    fn faults(&self) -> Option<HostStats>;
}

/// A vendor library in this process.
pub(super) struct Library(pub(super) VendorHost);

impl Upstream for Library {
    fn send(&mut self, flow: Flow, mut frames: &[u8]) {
        let lane = lane(flow);
        while let Ok(Some((body, used))) = frame::split(frames, REQUEST_LIMIT) {
            if let Some(request) = Request::parse(body) {
                self.0.request(lane, request.code, request.serial, request.payload);
            }
            frames = &frames[used..];
        }
    }

    fn give_up(&mut self, serial: i32) {
        self.0.cancel(serial);
    }

    fn attend(&mut self) -> bool {
        self.0.attend(ATTENTION)
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        self.0.drain(into);
    }

    fn readiness(&self) -> io::Result<OwnedFd> {
        self.0.event_fd().try_clone_to_owned()
    }

    fn description(&self) -> String {
        self.0.vendor_version()
    }

    fn faults(&self) -> Option<HostStats> {
        Some(self.0.stats())
    }
}

/// A lane for each phone, and one for what they share.
fn lane(flow: Flow) -> Lane {
    match flow {
        Flow::Urgent => Lane::Urgent,
        Flow::Router => Lane::Of(0),
        Flow::Phone(PhoneId(place)) => Lane::Of(u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_shares_a_lane() {
        let flows = [Flow::Urgent, Flow::Router, Flow::Phone(PhoneId(0)), Flow::Phone(PhoneId(1))];
        assert_eq!(flows.map(lane), [Lane::Urgent, Lane::Of(0), Lane::Of(1), Lane::Of(2)]);
    }
}
