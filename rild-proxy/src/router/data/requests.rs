//! Data requests of phones, what their answers say, and the modem's notices.

use ril_protocol::frame::Request;
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::Closing;
use crate::router::pending::{Answer, Told};
use crate::router::{Actions, Now, PhoneId, Router, denial};

impl Router {
    /// A request of class `Data`.
    pub(in crate::router) fn data_request(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.phones.get(id).is_some_and(|phone| phone.data) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        match request.code {
            RequestCode::DEACTIVATE_DATA_CALL => match self.data.close(id, request.payload, self.version()) {
                Closing::ForReal => self.forward(now, id, request, out),
                Closing::Nothing => out.reply(id, request.serial, Errno::SUCCESS, &[]),
            },
            // These are about the SIM and the modem, not about a data call of the asker's.
            RequestCode::ALLOW_DATA | RequestCode::SET_INITIAL_ATTACH_APN | RequestCode::SET_DATA_PROFILE
                if !self.phones.is_privileged(id) =>
            {
                self.deny(id, request, Errno::SUCCESS, out);
            }
            _ => self.forward(now, id, request, out),
        }
    }

    /// What the answer to a phone's data request says, and what the phone is told of it.
    pub(in crate::router) fn data_answered(&mut self, phone: PhoneId, code: RequestCode, answer: Answer<'_>) -> Told {
        match code {
            _ if !answer.is_ok() => {}
            RequestCode::SETUP_DATA_CALL => self.data.opened(phone, answer.payload, self.version()),
            RequestCode::DATA_CALL_LIST => {
                return match self.data.list_for(phone, answer.payload, self.version()) {
                    Some(list) => Told::Instead(list),
                    None => Told::Failed(Errno::GENERIC_FAILURE),
                };
            }
            _ => {}
        }
        Told::AsItIs
    }

    /// A message whose audience is `Data`.
    pub(in crate::router) fn data_unsolicited(&mut self, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        let version = self.version();
        match code {
            UnsolCode::DATA_CALL_LIST_CHANGED => {
                for (phone, list) in self.data.changed(payload, version) {
                    self.tell(phone, code, &list, out);
                }
            }
            UnsolCode::PCO_DATA => {
                let cid = parcel::decode::<i32>(payload, version);
                for phone in self.phones.ids() {
                    if self.data.held_by(phone).any(|held| Ok(held) == cid) {
                        self.tell(phone, code, payload, out);
                    }
                }
            }
            _ => {
                for phone in self.phones.ids() {
                    if self.data.held_by(phone).next().is_some() {
                        self.tell(phone, code, payload, out);
                    }
                }
            }
        }
    }
}
