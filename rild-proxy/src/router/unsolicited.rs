//! From modem to phones: who gets to see what nobody asked for.

use ril_protocol::messages::Audience;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{RilVersion, UnsolCode, parcel};

use super::{Actions, Note, Now, PhoneId, Router};

impl Router {
    pub(super) fn on_unsolicited(&mut self, now: Now, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        // What is said before the greeting is of an epoch that is over.
        if self.modem.is_none() && code != UnsolCode::RIL_CONNECTED {
            return;
        }
        let version = self.version();
        match code {
            UnsolCode::RIL_CONNECTED => match parcel::decode::<Vec<i32>>(payload, version).ok().as_deref() {
                Some([reported, ..]) => self.modem_up(RilVersion(*reported), out),
                _ => out.note(Note::Undecodable { what: "RIL_CONNECTED" }),
            },
            UnsolCode::RESPONSE_RADIO_STATE_CHANGED => match parcel::decode::<RadioState>(payload, version) {
                Ok(state) => self.on_radio_state(now, state, out),
                Err(_) => out.note(Note::Undecodable { what: "the radio state" }),
            },
            UnsolCode::RESPONSE_CALL_STATE_CHANGED => self.look_at_calls(now, out),
            UnsolCode::CALL_RING => {
                if self.calls.iter().any(|call| call.is_ringing()) {
                    self.ring_owners(payload, out);
                } else {
                    self.ring = Some(payload.to_vec());
                    self.look_at_calls(now, out);
                }
            }
            UnsolCode::RESPONSE_NEW_SMS | UnsolCode::RESPONSE_CDMA_NEW_SMS => {
                let owned = self.messages.owner_of(payload, &self.phones, &self.tags, version);
                self.on_message(now, code, payload, owned, out);
            }
            UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT => {
                let owner = self.messages.owner_of_report(payload, &self.phones, version);
                self.on_message(now, code, payload, (owner, payload.to_vec()), out);
            }
            UnsolCode::ON_USSD | UnsolCode::ON_USSD_REQUEST => {
                let listener = self.ussd.heard(now, payload, self.phones.default_owner(), version);
                if let Some(listener) = listener {
                    self.tell(listener, code, payload, out);
                }
            }
            // The answer to a service code is for whoever sent it as USSD; others come from privileged requests.
            UnsolCode::ON_SS => match self.ussd.answered() {
                Some(asker) => self.tell(asker, code, payload, out),
                None => self.distribute(code, payload, out),
            },
            UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE => {
                let caller = self.emergency_caller.unwrap_or_else(|| self.phone_in_call());
                self.tell(caller, code, payload, out);
            }
            UnsolCode::PCO_DATA => {
                let cid = parcel::decode::<i32>(payload, version);
                for phone in self.phones.ids() {
                    if self.data.held_by(phone).any(|held| Ok(held) == cid) {
                        self.tell(phone, code, payload, out);
                    }
                }
            }
            UnsolCode::DATA_CALL_LIST_CHANGED => {
                for (phone, list) in self.data.changed(payload, version) {
                    self.tell(phone, code, &list, out);
                }
            }
            _ => self.distribute(code, payload, out),
        }
    }

    /// By the row's audience alone.
    fn distribute(&mut self, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        match code {
            UnsolCode::NITZ_TIME_RECEIVED => keep(&mut self.nitz, payload),
            UnsolCode::SIGNAL_STRENGTH => keep(&mut self.signal, payload),
            _ => {}
        }
        // What ril.h does not know may tell anything.
        let audience = code.row().map_or(Audience::Privileged, |row| row.audience);
        let for_bright_screens = matches!(code, UnsolCode::SIGNAL_STRENGTH | UnsolCode::CELL_INFO_LIST);
        match audience {
            Audience::All | Audience::AllVirtual | Audience::AllFiltered => {
                for phone in self.phones.ids() {
                    if !for_bright_screens || self.screen.wanted(phone) != Some(false) {
                        self.tell(phone, code, payload, out);
                    }
                }
            }
            Audience::Call | Audience::RouterThenCall => self.tell(self.phone_in_call(), code, payload, out),
            Audience::Data => {
                for phone in self.phones.ids() {
                    if self.data.held_by(phone).next().is_some() {
                        self.tell(phone, code, payload, out);
                    }
                }
            }
            Audience::Sms | Audience::Session | Audience::Privileged | Audience::Router => {
                for phone in self.phones.ids().filter(|phone| self.phones.is_privileged(*phone)) {
                    self.tell(phone, code, payload, out);
                }
            }
        }
    }

    fn tell(&self, phone: PhoneId, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        if self.phones.is_up(phone) {
            out.unsolicited(phone, code, payload);
        }
    }

    fn on_radio_state(&mut self, now: Now, state: RadioState, out: &mut Actions) {
        self.learn_radio(state, out);
        for id in self.phones.ids() {
            // A phone that wants it off must not notice when the others do.
            let news = self.power.wanted(id) != Some(false)
                || self.phones.get(id).is_some_and(|phone| phone.shown_radio != Some(self.radio_seen_by(id)));
            if news && self.phones.is_up(id) {
                self.show_radio(id, out);
            }
        }
        if state != RadioState::ON && self.calls.iter().next().is_some() {
            self.look_at_calls(now, out);
        }
    }

    fn on_message(&mut self, now: Now, code: UnsolCode, payload: &[u8], owned: (PhoneId, Vec<u8>), out: &mut Actions) {
        let owner = owned.0;
        if self.messages.receive(now, code, payload, owned) {
            let delivered = self.hand_over_message(out);
            out.note(Note::SmsAssigned { phone: owner, delivered });
        }
    }
}

/// Keeps the latest of its kind, in the memory of the one before.
fn keep(kept: &mut Option<Vec<u8>>, payload: &[u8]) {
    let kept = kept.get_or_insert_default();
    kept.clear();
    kept.extend_from_slice(payload);
}
