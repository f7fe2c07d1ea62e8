//! The radio itself (ril.h: `RIL_RadioState`).

open_enum! {
    /// State of the radio. The states 2 to 9 of older libraries also told of the SIM; libril turns them into `ON`.
    pub RadioState {
        /// Switched off on purpose.
        OFF = 0,
        /// Not there: booting, resetting, crashed.
        UNAVAILABLE = 1,
        /// On, SIM not ready.
        SIM_NOT_READY = 2,
        /// On, SIM locked or absent.
        SIM_LOCKED_OR_ABSENT = 3,
        /// On, SIM ready.
        SIM_READY = 4,
        /// On, RUIM not ready.
        RUIM_NOT_READY = 5,
        /// On, RUIM ready.
        RUIM_READY = 6,
        /// On, RUIM locked or absent.
        RUIM_LOCKED_OR_ABSENT = 7,
        /// On, CDMA memory not ready.
        NV_NOT_READY = 8,
        /// On, CDMA memory ready.
        NV_READY = 9,
        /// On.
        ON = 10,
    }
}

impl RadioState {
    /// Whether the radio is there and switched on, whatever is known of the card.
    pub fn is_on(self) -> bool {
        !matches!(self, Self::OFF | Self::UNAVAILABLE)
    }
}
