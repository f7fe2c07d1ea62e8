//! What changes the card in its slot, and what the host is told of that.
//!
//! Reference: ril.h, `RIL_UNSOL_SIM_REFRESH` and `RIL_SimRefreshResponse_v7`; ETSI TS 102 223, 6.4.7 (REFRESH).

use ril_protocol::UnsolCode;
use ril_protocol::card::EF_ECC;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::sim::SimRefresh;
use ril_sap::status_indication::Change;

use super::Modem;
use super::effects::Effects;
use super::emergency::EmergencyNumber;

/// `RIL_SimRefreshResult`.
const FILE_UPDATE: i32 = 0;
const INIT: i32 = 1;
const RESET: i32 = 2;

/// What of the card is to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// This file.
    File(u16),
    /// All of it: the application begins anew.
    Files,
    /// All of it: the card was reset. Its PINs are to be entered again, its channels are closed.
    Reset,
}

impl Modem {
    /// The card was inserted, removed, locked or unlocked.
    pub fn card_changed(&mut self, to: &mut Effects) {
        to.tell(UnsolCode::RESPONSE_SIM_STATUS_CHANGED, &());
        let ready = self.sim.is_ready() && !self.access.is_open();
        if ready == self.network.subscribed {
            return;
        }
        self.network.subscribed = ready;
        if self.radio != RadioState::ON {
            return;
        }
        if ready {
            self.search(to);
        } else {
            self.data.drop_all(to);
            to.tell(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &());
        }
    }

    /// The card is put in or pulled out.
    pub fn insert_card(&mut self, present: bool, to: &mut Effects) {
        self.sim.set_present(present);
        self.sap_tells_of(if present { Change::CardInserted } else { Change::CardRemoved }, to);
        if !present {
            self.toolkit.lose_card(to);
        }
        self.card_changed(to);
        self.let_card_speak(to);
    }

    /// Another card is in the slot, as it left the factory. The one that was there is pulled out first.
    pub fn swap_card(&mut self, imsi: &str, iccid: Option<&str>, to: &mut Effects) {
        if self.sim.is_present() {
            self.insert_card(false, to);
        }
        self.sim = self.sim.another(imsi, iccid, &self.config.operator, &self.config.smsc);
        self.insert_card(true, to);
    }

    /// The operator writes a file over the air, or one record of it; the host is told to read it again. What is left of
    /// it is filled up with FF.
    ///
    /// # Errors
    /// What is wrong with the place, or with how much is to be written.
    pub fn write_file(
        &mut self,
        id: u16,
        record: Option<usize>,
        octets: &[u8],
        to: &mut Effects,
    ) -> Result<(), String> {
        self.sim.write(id, record, octets)?;
        self.refresh_card(Refresh::File(id), to);
        Ok(())
    }

    /// The card wants what was read of it to be read again, as by the toolkit's REFRESH; false without a card.
    pub fn refresh_card(&mut self, refresh: Refresh, to: &mut Effects) -> bool {
        if !self.sim.is_present() {
            return false;
        }
        let (result, file) = match refresh {
            Refresh::File(file) => (FILE_UPDATE, file),
            Refresh::Files => (INIT, 0),
            Refresh::Reset => (RESET, 0),
        };
        if refresh == Refresh::Reset {
            self.sim.reset();
        }
        to.tell(UnsolCode::SIM_REFRESH, &SimRefresh { result, ef_id: file.into(), aid: self.sim.aid() });
        if refresh == Refresh::Reset {
            self.sap_tells_of(Change::CardReset, to);
            self.toolkit.lose_card(to);
            self.card_changed(to);
            self.let_card_speak(to);
        }
        true
    }

    /// The operator writes EF_ECC; the host is told to read it again.
    pub fn set_emergency_numbers(&mut self, numbers: &[EmergencyNumber], to: &mut Effects) {
        self.sim.set_emergency_numbers(numbers);
        self.refresh_card(Refresh::File(EF_ECC), to);
    }

    /// Somebody enters PIN1; `Err` has the tries left, or nothing where there is no card.
    pub fn enter_pin(&mut self, pin: &str, to: &mut Effects) -> Result<(), Option<i32>> {
        let tried = self.sim.pin1_mut().map_err(|_| None)?.verify(pin);
        self.card_changed(to);
        tried.map(drop).map_err(|(_, tries)| Some(tries))
    }

    /// Somebody enters the unblocking key of PIN1 and a new PIN; `Err` as for the PIN.
    pub fn enter_puk(&mut self, puk: &str, pin: &str, to: &mut Effects) -> Result<(), Option<i32>> {
        let tried = self.sim.pin1_mut().map_err(|_| None)?.unblock(puk, pin);
        self.card_changed(to);
        tried.map(drop).map_err(|(_, tries)| Some(tries))
    }

    /// The card asks for its PIN, or for its unblocking key.
    pub fn lock_card(&mut self, blocked: bool, to: &mut Effects) {
        self.sim.lock(blocked);
        self.card_changed(to);
    }
}
