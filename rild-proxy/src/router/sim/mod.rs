//! The SIM card: who may read and write what.

use ril_protocol::frame::Request;
use ril_protocol::parcel;
use ril_protocol::payload::sim::SimIo;

use super::{Actions, Now, PhoneId, Router, denial};

/// READ BINARY, READ RECORD, GET RESPONSE, RETRIEVE DATA and STATUS (ETSI TS 102 221, 10.1.2): what any phone may do.
const SIM_READS: [i32; 5] = [0xb0, 0xb2, 0xc0, 0xcb, 0xf2];

impl Router {
    /// SIM_IO.
    pub(super) fn sim_io(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.phones.is_privileged(id) && !self.is_sim_read(request.payload) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        self.forward(now, id, request, out);
    }

    /// A request of class `Channel`.
    pub(super) fn channel_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        self.forward(now, id, request, out);
    }

    /// Whether a SIM_IO only reads, and tries no PIN2.
    fn is_sim_read(&self, payload: &[u8]) -> bool {
        let io = parcel::decode::<SimIo>(payload, self.version());
        io.is_ok_and(|io| SIM_READS.contains(&io.command) && io.pin2.is_none_or(|pin2| pin2.is_empty()))
    }
}
