//! What all phones may hear, each as far as it wants to.

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{UnsolCode, parcel};

use crate::router::{Actions, Note, Now, PhoneId, Router};

impl Router {
    /// A message whose audience is `All`, `AllFiltered` or `AllVirtual`.
    pub(in crate::router) fn shared_unsolicited(
        &mut self,
        now: Now,
        code: UnsolCode,
        payload: &[u8],
        out: &mut Actions,
    ) {
        match code {
            UnsolCode::RESPONSE_RADIO_STATE_CHANGED => {
                return match parcel::decode::<RadioState>(payload, self.version()) {
                    Ok(state) => self.on_radio_state(now, state, out),
                    Err(_) => out.note(Note::Undecodable { what: "the radio state" }),
                };
            }
            UnsolCode::NITZ_TIME_RECEIVED => keep(&mut self.shared.nitz, payload),
            UnsolCode::SIGNAL_STRENGTH => keep(&mut self.shared.signal, payload),
            _ => {}
        }
        let for_bright_screens = matches!(code, UnsolCode::SIGNAL_STRENGTH | UnsolCode::CELL_INFO_LIST);
        for phone in self.phones.ids() {
            if !for_bright_screens || self.shared.screen.wanted(phone) != Some(false) {
                self.tell(phone, code, payload, out);
            }
        }
    }

    /// The last network time, for a client that comes later.
    pub(in crate::router) fn tell_time(&self, phone: PhoneId, out: &mut Actions) {
        if let Some(nitz) = &self.shared.nitz {
            out.unsolicited(phone, UnsolCode::NITZ_TIME_RECEIVED, nitz);
        }
    }

    fn on_radio_state(&mut self, now: Now, state: RadioState, out: &mut Actions) {
        self.learn_radio(state, out);
        for id in self.phones.ids() {
            // A phone that wants it off must not notice when the others do.
            let news = self.shared.power.wanted(id) != Some(false)
                || self.phones.get(id).is_some_and(|phone| phone.shown_radio != Some(self.radio_seen_by(id)));
            if news && self.phones.is_up(id) {
                self.show_radio(id, out);
            }
        }
        self.advance_emergency(now, out);
        if state != RadioState::ON && self.voice.calls.iter().next().is_some() {
            self.look_at_calls(now, out);
        }
    }
}

/// Keeps the latest of its kind, in the memory of the one before.
fn keep(kept: &mut Option<Vec<u8>>, payload: &[u8]) {
    let kept = kept.get_or_insert_default();
    kept.clear();
    kept.extend_from_slice(payload);
}
