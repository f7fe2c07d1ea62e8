//! Data requests of phones, what their answers say, and the modem's notices.

use ril_protocol::frame::Request;
use ril_protocol::parcel::{self, word_at};
use ril_protocol::{Errno, RequestCode, UnsolCode};

use super::answer::OPERATOR_BARRED;
use crate::router::pending::Answer;
use crate::router::{Actions, Now, PhoneId, Router, denial};

impl Router {
    /// A request of class `Data`.
    pub(in crate::router) fn data_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.phones.has_data(id) {
            return self.without_data(id, request, out);
        }
        match request.code {
            // It would end the mode in which the network calls another phone back.
            RequestCode::SETUP_DATA_CALL if self.is_held_off(id) => {
                self.deny(id, request, denial::not_allowed(self.version()), out);
            }
            RequestCode::SETUP_DATA_CALL => self.set_up_data(now, id, request, out),
            RequestCode::DEACTIVATE_DATA_CALL => self.release_data(now, id, request, out),
            RequestCode::DATA_CALL_LIST => self.list_data(now, id, request, out),
            RequestCode::LAST_DATA_CALL_FAIL_CAUSE => self.data_fail_cause(now, id, request, out),
            RequestCode::START_KEEPALIVE => self.start_keepalive(now, id, request, out),
            RequestCode::STOP_KEEPALIVE => self.stop_keepalive(now, id, request, out),
            // The others are about the SIM and the modem, not about a data call of the asker's.
            _ if id == self.data.owner => {
                self.note_said(id, request);
                self.forward(now, id, request, out);
            }
            _ => self.deny(id, request, Errno::SUCCESS, out),
        }
    }

    /// What the answer to a phone's data request says.
    pub(in crate::router) fn data_answered(
        &mut self,
        now: Now,
        phone: PhoneId,
        code: RequestCode,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        if code == RequestCode::START_KEEPALIVE {
            self.keepalive_started(now, phone, answer, out);
        }
    }

    /// A message whose audience is `Data`.
    pub(in crate::router) fn data_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        match code {
            UnsolCode::DATA_CALL_LIST_CHANGED => self.data_list_changed(now, payload, out),
            UnsolCode::PCO_DATA => self.tell_pco(payload, out),
            UnsolCode::KEEPALIVE_STATUS => self.keepalive_status(payload, out),
            _ => {
                for phone in self.phones.ids() {
                    if self.data.calls.iter().any(|call| call.is_up() && call.hold_of(phone).is_some()) {
                        self.tell(phone, code, payload, out);
                    }
                }
            }
        }
    }

    /// A phone that may have no data finds a network that gives it none.
    fn without_data(&mut self, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let version = self.version();
        match request.code {
            RequestCode::SETUP_DATA_CALL => {
                if let Some(waiter) = self.wait(id, request.serial) {
                    self.refuse_data(waiter, OPERATOR_BARRED, out);
                }
            }
            RequestCode::DATA_CALL_LIST => self.list_no_data(id, request, out),
            RequestCode::LAST_DATA_CALL_FAIL_CAUSE => {
                let cause = parcel::encode(&vec![OPERATOR_BARRED], version);
                out.reply(id, request.serial, Errno::SUCCESS, &cause);
            }
            RequestCode::START_KEEPALIVE | RequestCode::STOP_KEEPALIVE => {
                self.deny(id, request, denial::not_allowed(version), out);
            }
            _ => self.deny(id, request, Errno::SUCCESS, out),
        }
    }

    /// Protocol configuration of one call; the context id comes first (`RIL_PCO_Data`).
    fn tell_pco(&self, payload: &[u8], out: &mut Actions) {
        let Some(cid) = word_at(payload, 0) else { return };
        // The number of one that is over may be another phone's by now.
        let Some(call) = self.data.calls.iter().find(|call| call.cid == cid && call.is_up()) else { return };
        for hold in &call.holds {
            let mut told = payload.to_vec();
            told[..4].copy_from_slice(&hold.cid.to_ne_bytes());
            self.tell(hold.phone, UnsolCode::PCO_DATA, &told, out);
        }
    }
}
