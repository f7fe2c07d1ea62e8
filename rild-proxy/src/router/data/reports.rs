//! Reports of the power state of data connections: as often as the phone that wants them most often, and only to those
//! that want them.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, UnsolCode, parcel};

use crate::router::{Actions, Now, PhoneId, Router};

impl Router {
    /// `SET_DC_RT_INFO_RATE`: milliseconds between reports.
    pub(in crate::router) fn data_report_rate(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        let rate = parcel::decode::<Vec<i32>>(request.payload, self.version()).ok();
        let Some(rate) = rate.and_then(|rate| rate.first().copied()) else {
            return self.deny(id, request, Errno::GENERIC_FAILURE, out);
        };
        if let Some(wish) = self.data.rates.get_mut(id.0) {
            *wish = Some(rate);
        }
        let least = self.data.rates.iter().flatten().min().copied().unwrap_or(rate);
        if self.data.rate.replace(least) == Some(least) {
            return out.reply(id, request.serial, Errno::SUCCESS, &[]);
        }
        if least == rate {
            return self.forward(now, id, request, out);
        }
        let payload = parcel::encode(&vec![least], self.version());
        self.forward(now, id, &Request { payload: &payload, ..*request }, out);
    }

    /// The answer to that: what the modem has is not known if it refuses.
    pub(in crate::router) fn data_report_rate_set(&mut self, accepted: bool) {
        if !accepted {
            self.data.rate = None;
        }
    }

    /// `DC_RT_INFO_CHANGED`.
    pub(in crate::router) fn data_report(&self, payload: &[u8], out: &mut Actions) {
        for phone in self.phones.ids() {
            if self.data.rates.get(phone.0).is_some_and(Option::is_some) {
                self.tell(phone, UnsolCode::DC_RT_INFO_CHANGED, payload, out);
            }
        }
    }
}
