//! What all phones may hear, each as far as it wants to.

use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{UnsolCode, parcel};

use super::{Setting, Settings};
use crate::router::{Actions, Note, Now, PhoneId, Router};

/// Bit of SET_UNSOLICITED_RESPONSE_FILTER (hardware/interfaces/radio/1.0/types.hal, `IndicationFilter`).
const SIGNAL_STRENGTH_WANTED: i32 = 1;

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
                    Ok(state) => {
                        if !state.is_on() {
                            self.settings.signal = None;
                        }
                        self.on_radio_state(now, state, out);
                    }
                    Err(_) => out.note(Note::Undecodable { what: "the radio state" }),
                };
            }
            UnsolCode::NITZ_TIME_RECEIVED => keep(&mut self.settings.nitz, payload),
            UnsolCode::SIGNAL_STRENGTH => keep(&mut self.settings.signal, payload),
            _ => {}
        }
        for phone in self.phones.ids() {
            if self.wants(now, phone, code) {
                self.tell(phone, code, payload, out);
            }
        }
    }

    /// Whether a phone wants to hear this, as far as it can choose.
    fn wants(&mut self, now: Now, phone: PhoneId, code: UnsolCode) -> bool {
        let Settings { screen, aggregated, capacity, cells_told, .. } = &mut self.settings;
        let bright = screen.wanted(phone) != Some(false);
        match code {
            UnsolCode::SIGNAL_STRENGTH => {
                let filter = aggregated.wanted(phone, Setting::Filter);
                bright && filter.is_none_or(|filter| filter & SIGNAL_STRENGTH_WANTED != 0)
            }
            UnsolCode::DC_RT_INFO_CHANGED => aggregated.wanted(phone, Setting::DataReportRate).is_some(),
            UnsolCode::CELL_INFO_LIST => {
                let may_know = self.phones.get(phone).is_some_and(|phone| phone.identity.may_know_cells());
                let rate = aggregated.wanted(phone, Setting::CellInfoRate);
                let Some(told) = cells_told.get_mut(phone.0).filter(|_| bright && may_know) else { return false };
                // The modem's own reports are as often as it was told to make them, and not to the millisecond.
                let is_modems = rate.is_none() || rate == aggregated.at_modem(Setting::CellInfoRate);
                let between = Duration::from_millis(rate.map_or(0, i32::unsigned_abs).into());
                if rate == Some(i32::MAX) || !is_modems && told.is_some_and(|told| now < told + between) {
                    return false;
                }
                *told = Some(now);
                true
            }
            UnsolCode::LCEDATA_RECV => capacity.is_wanted_by(phone),
            _ => true,
        }
    }

    /// The last network time, for a client that comes later.
    pub(in crate::router) fn tell_time(&self, phone: PhoneId, out: &mut Actions) {
        if let Some(nitz) = &self.settings.nitz {
            out.unsolicited(phone, UnsolCode::NITZ_TIME_RECEIVED, nitz);
        }
    }
}

/// Keeps the latest of its kind, in the memory of the one before.
fn keep(kept: &mut Option<Vec<u8>>, payload: &[u8]) {
    let kept = kept.get_or_insert_default();
    kept.clear();
    kept.extend_from_slice(payload);
}
