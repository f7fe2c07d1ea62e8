//! DTMF tones that are held down.
//!
//! A tone sounds in the call that is going on. One that its phone cannot stop any more, because its call went to the
//! background or its client is gone, would sound in another phone's call: the router stops it.
//!
//! Reference: ril.h, RIL_REQUEST_DTMF_START and RIL_REQUEST_DTMF_STOP.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode};

use crate::router::order::Order;
use crate::router::pending::Ask;
use crate::router::{Actions, Now, PhoneId, Router};

impl Router {
    /// DTMF_STOP: a phone without a tone has nothing to stop.
    pub(super) fn stop_tone(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if self.voice.tone == Some(id) {
            self.voice.tone = None;
            return self.forward(now, id, request, out);
        }
        out.reply(id, request.serial, Errno::SUCCESS, &[]);
    }

    /// Stops a tone whose phone is not in the call any more that is going on.
    pub(super) fn stop_stray_tone(&mut self, now: Now, out: &mut Actions) {
        if let Some(phone) = self.voice.tone
            && (!self.voice.is_speaking(phone) || !self.phones.is_up(phone))
        {
            self.voice.tone = None;
            self.ask(now, Ask::OrderFor(phone), &Order::plain(RequestCode::DTMF_STOP), out);
        }
    }
}
