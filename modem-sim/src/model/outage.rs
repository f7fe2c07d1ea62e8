//! The modem fails: it restarts by itself, or says nothing for a while.
//!
//! A restart drops everything: what was under way is answered `RADIO_NOT_AVAILABLE`, settings that a modem keeps in
//! memory are gone, the card is powered anew. A silent modem carries nothing out and tells nothing; when it speaks
//! again, it first says what happened meanwhile, then does what it was asked, in order.
//!
//! Reference: ril.h, `RIL_RadioState` and `RIL_UNSOL_MODEM_RESTART`.

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use ril_sap::MsgId;
use vendor_shim::guest::Token;

use super::calls::Cause;
use super::effects::{Effect, Effects, Reply};
use super::{Modem, Timer};

/// The first version of ril.h with `RIL_UNSOL_MODEM_RESTART`.
const RESTART_SINCE: RilVersion = RilVersion(15);

/// What the host does not hear of while the modem is silent.
#[derive(Debug, Default)]
pub(super) struct Silence {
    effects: Vec<Effect>,
    requests: Vec<(RequestCode, Token, Vec<u8>)>,
    sap_requests: Vec<(MsgId, Token, Vec<u8>)>,
}

impl Silence {
    /// Keeps what would reach the host; gives the rest, so that time goes on.
    pub(super) fn keep(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let reaches_host = |effect: &Effect| !matches!(effect, Effect::After(..) | Effect::Abort);
        let (kept, rest): (Vec<_>, Vec<_>) = effects.into_iter().partition(reaches_host);
        self.effects.extend(kept);
        rest
    }

    pub(super) fn queue(&mut self, code: RequestCode, token: Token, payload: &[u8]) {
        self.requests.push((code, token, payload.to_vec()));
    }

    pub(super) fn queue_sap(&mut self, id: MsgId, token: Token, payload: &[u8]) {
        self.sap_requests.push((id, token, payload.to_vec()));
    }

    /// The modem restarts before it has spoken: requests fail, and only the radio state is still worth telling.
    fn lose(self, to: &mut Effects) {
        for effect in self.effects {
            match effect {
                Effect::Answer(token, _) => to.answer(token, lost()),
                Effect::SapAnswer(token, ..) => to.sap_answer(token, Errno::RADIO_NOT_AVAILABLE, Vec::new()),
                Effect::RadioState(state) => to.radio_state(state),
                _ => {}
            }
        }
        self.requests.into_iter().for_each(|(_, token, _)| to.answer(token, lost()));
        let unasked = self.sap_requests.into_iter();
        unasked.for_each(|(_, token, _)| to.sap_answer(token, Errno::RADIO_NOT_AVAILABLE, Vec::new()));
    }
}

fn lost() -> Reply {
    Reply::error(Errno::RADIO_NOT_AVAILABLE)
}

impl Modem {
    /// The modem's software crashes and restarts: the radio is unavailable, then off, or with `same` as it was. A host
    /// of version 15 is told the reason.
    pub fn crash(&mut self, same: bool, reason: &str, to: &mut Effects) {
        self.comes_back = if same && self.radio != RadioState::UNAVAILABLE { self.radio } else { RadioState::OFF };
        if let Some(silence) = self.silence.take() {
            silence.lose(to);
        }
        std::mem::take(&mut self.underway).into_values().for_each(|token| to.answer(token, lost()));
        self.lose_everything(Cause::NETWORK_OUT_OF_ORDER, to);
        self.forget_settings();
        self.end_access(true, to);
        self.sim.reset();
        self.network.subscribed = self.sim.is_ready();
        self.set_radio(RadioState::UNAVAILABLE, to);
        if self.config.ril_version >= RESTART_SINCE {
            to.tell(UnsolCode::MODEM_RESTART, &Some(reason.to_owned()));
        }
        self.crashes += 1;
        to.after(self.config.pace.restart, Timer::Restarted(self.crashes));
    }

    /// What no modem remembers through a restart.
    fn forget_settings(&mut self) {
        self.handset.forget();
        self.calls.notify_services = false;
        self.sms.broadcast.forget();
        self.cdma.forget();
        self.data.forget();
        self.toolkit.forget();
    }

    pub(super) fn restarted(&mut self, crash: u64, to: &mut Effects) {
        if crash != self.crashes || self.radio != RadioState::UNAVAILABLE {
            return;
        }
        if self.comes_back == RadioState::ON {
            self.power_on(to);
        } else {
            self.set_radio(RadioState::OFF, to);
        }
    }

    /// From now on the modem neither does nor says anything.
    pub fn fall_silent(&mut self) {
        self.silence.get_or_insert_default();
    }

    /// The modem is silent.
    pub fn is_silent(&self) -> bool {
        self.silence.is_some()
    }

    /// The modem says what it has kept back and does what it was asked.
    pub fn speak_again(&mut self, to: &mut Effects) {
        let Some(Silence { effects, requests, sap_requests }) = self.silence.take() else { return };
        to.extend(effects);
        requests.into_iter().for_each(|(code, token, payload)| self.request(code, token, &payload, false, to));
        sap_requests.into_iter().for_each(|(id, token, payload)| self.sap_request(id, token, &payload, to));
    }
}
