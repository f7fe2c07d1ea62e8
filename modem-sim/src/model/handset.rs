//! Settings of the handset that change nothing in the simulation, kept so that they can be asked for.

/// What the host sets and reads back.
#[derive(Debug)]
pub struct Handset {
    /// Text telephone mode, 0 off.
    pub tty_mode: i32,
    /// Screen on.
    pub screen_on: bool,
    /// CDMA subscription: 0 RUIM, 1 NV.
    pub cdma_source: i32,
    /// CDMA roaming list version, as the console sets it.
    pub prl_version: i32,
    /// Notices of a changed location.
    pub location_updates: bool,
}

impl Handset {
    /// Forgets what is not in the modem's non-volatile memory.
    pub(super) fn forget(&mut self) {
        *self = Self { cdma_source: self.cdma_source, prl_version: self.prl_version, ..Self::default() };
    }
}

impl Default for Handset {
    fn default() -> Self {
        Self { tty_mode: 0, screen_on: true, cdma_source: 0, prl_version: 0, location_updates: false }
    }
}
