//! Short messages from the network.

use ril_protocol::UnsolCode;

use crate::router::{Actions, Note, Now, Router};

impl Router {
    /// A message whose audience is `Sms`.
    pub(in crate::router) fn sms_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        let version = self.version();
        let owned = match code {
            UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT => {
                (self.messages.owner_of_report(payload, &self.phones, version), payload.to_vec())
            }
            _ => self.messages.owner_of(payload, &self.phones, &self.tags, version),
        };
        let owner = owned.0;
        if self.messages.receive(now, code, payload, owned) {
            let delivered = self.hand_over_message(out);
            out.note(Note::SmsAssigned { phone: owner, delivered });
        }
    }
}
