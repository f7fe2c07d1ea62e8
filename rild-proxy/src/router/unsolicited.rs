//! From modem to phones: which part of the router a message that nobody asked for goes to.

use ril_protocol::messages::Audience;
use ril_protocol::{RilVersion, UnsolCode};

use super::settings::is_heard_without_radio;
use super::{Actions, Note, Now, PhoneId, Router};

impl Router {
    pub(super) fn on_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        if code == UnsolCode::RIL_CONNECTED {
            return match self.first_int(payload) {
                Some(reported) => self.modem_up(now, RilVersion(reported), out),
                None => out.note(Note::Undecodable { what: "RIL_CONNECTED" }),
            };
        }
        // What is said before the greeting is of an epoch that is over.
        if self.modem.is_none() {
            return;
        }
        self.forget_what_changed(now, code, payload, out);
        self.calls_hear(now, code, payload, out);
        if code == UnsolCode::MODEM_RESTART {
            return self.modem_restarted(now, payload, out);
        }
        self.answer_for_phones(now, code, payload, out);
        match self.audience_of(code) {
            _ if code == UnsolCode::RESPONSE_NEW_BROADCAST_SMS => self.broadcast_unsolicited(payload, out),
            _ if code == UnsolCode::RESPONSE_NEW_SMS_ON_SIM => self.sms_on_sim(now, payload, out),
            Audience::All | Audience::AllVirtual | Audience::AllFiltered => {
                self.shared_unsolicited(now, code, payload, out);
            }
            Audience::Call | Audience::RouterThenCall => self.call_unsolicited(now, code, payload, out),
            Audience::Data => self.data_unsolicited(now, code, payload, out),
            Audience::Sms => self.sms_unsolicited(now, code, payload, out),
            Audience::Session => self.session_unsolicited(now, code, payload, out),
            Audience::Privileged => self.tell_privileged(code, payload, out),
            // A vendor's own. Those of ril.h have had their rules.
            Audience::Router => {}
        }
    }

    pub(super) fn tell(&self, phone: PhoneId, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        if self.phones.is_up(phone)
            && (is_heard_without_radio(code) || !self.has_radio_off(phone))
            && let Some(number) = self.number_for(phone, code)
        {
            out.unsolicited(phone, number, payload);
        }
    }

    pub(super) fn tell_privileged(&self, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        for phone in self.phones.ids().filter(|phone| self.phones.is_privileged(*phone)) {
            self.tell(phone, code, payload, out);
        }
    }
}
