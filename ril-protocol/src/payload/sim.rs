//! The SIM card (ril.h: `RIL_CardStatus_v6`, `RIL_SIM_IO_v6`, `RIL_SIM_APDU`, ...).

use super::Text;

open_enum! {
    /// Whether there is a card (`RIL_CardState`).
    pub CardState {
        /// No card.
        ABSENT = 0,
        /// A card.
        PRESENT = 1,
        /// A card that does not answer properly.
        ERROR = 2,
        /// A card that may not be used here.
        RESTRICTED = 3,
    }
}

open_enum! {
    /// State of one application of the card (`RIL_AppState`).
    pub AppState {
        /// Not known yet.
        UNKNOWN = 0,
        /// Found, not examined yet.
        DETECTED = 1,
        /// Needs a PIN or UPIN.
        PIN = 2,
        /// Needs a PUK to change the PIN.
        PUK = 3,
        /// Needs a personalisation key.
        SUBSCRIPTION_PERSO = 4,
        /// Ready for use.
        READY = 5,
    }
}

open_enum! {
    /// State of a PIN (`RIL_PinState`).
    pub PinState {
        /// Not known.
        UNKNOWN = 0,
        /// Enabled, not entered.
        ENABLED_NOT_VERIFIED = 1,
        /// Enabled and entered.
        ENABLED_VERIFIED = 2,
        /// Disabled.
        DISABLED = 3,
        /// Needs its PUK.
        ENABLED_BLOCKED = 4,
        /// Lost for good.
        ENABLED_PERM_BLOCKED = 5,
    }
}

open_enum! {
    /// Kind of an application (`RIL_AppType`).
    pub AppType {
        /// Not known.
        UNKNOWN = 0,
        /// GSM SIM.
        SIM = 1,
        /// UMTS SIM.
        USIM = 2,
        /// CDMA RUIM.
        RUIM = 3,
        /// CDMA SIM.
        CSIM = 4,
        /// IMS SIM.
        ISIM = 5,
    }
}

payload! {
    /// One application of the card (`RIL_AppStatus`).
    pub struct AppStatus {
        /// Kind.
        pub app_type: AppType,
        /// State.
        pub app_state: AppState,
        /// Which personalisation is locked, when the state is `SUBSCRIPTION_PERSO` (`RIL_PersoSubstate`).
        pub perso_substate: i32,
        /// Application identifier, hexadecimal (ETSI TS 101 220).
        pub aid: Text,
        /// Label for people.
        pub app_label: Text,
        /// 1 when the universal PIN stands for PIN1.
        pub pin1_replaced: i32,
        /// State of PIN1.
        pub pin1: PinState,
        /// State of PIN2.
        pub pin2: PinState,
    }
}

payload! {
    /// The card and its applications (`RIL_CardStatus_v6`; version 5 lacks the IMS index, which is then -1).
    pub struct CardStatus {
        /// Whether there is a card.
        pub card_state: CardState,
        /// State of the universal PIN.
        pub universal_pin_state: PinState,
        /// Index into the applications of the one for GSM and UMTS; -1 for none.
        pub gsm_umts_subscription_app_index: i32,
        /// Index of the one for CDMA; -1 for none.
        pub cdma_subscription_app_index: i32,
        /// Index of the one for IMS; -1 for none.
        pub ims_subscription_app_index: i32,
        /// At most eight (`RIL_CARD_MAX_APPS`).
        pub applications: Vec<AppStatus>,
    }
}

payload! {
    /// A command to a file of the card (`RIL_SIM_IO_v6`; 3GPP TS 27.007 `+CRSM`).
    pub struct SimIo {
        /// The instruction: 0xB0 READ BINARY, 0xB2 READ RECORD, 0xC0 GET RESPONSE, 0xD6, 0xDC updates, ...
        pub command: i32,
        /// The elementary file.
        pub file_id: i32,
        /// Where it is, hexadecimal from the master file: "3F007F20".
        pub path: Text,
        /// First parameter.
        pub p1: i32,
        /// Second parameter.
        pub p2: i32,
        /// Third parameter, mostly a length.
        pub p3: i32,
        /// Data of an update, hexadecimal.
        pub data: Text,
        /// PIN2, where the file asks for it.
        pub pin2: Text,
        /// The application that the file belongs to.
        pub aid: Text,
    }
}

payload! {
    /// What the card answered (`RIL_SIM_IO_Response`; ETSI TS 102 221 for the status words).
    pub struct SimIoResponse {
        /// First status word.
        pub sw1: i32,
        /// Second status word.
        pub sw2: i32,
        /// The data, hexadecimal.
        pub response: Text,
    }
}

impl SimIoResponse {
    /// Whether the card did what it was told: 90 00, or 91 and 9F, which have something more to fetch (TS 51.011,
    /// 9.4.1).
    pub fn is_done(&self) -> bool {
        matches!(self.sw1, 0x90 | 0x91 | 0x9f)
    }
}

payload! {
    /// Files on the card changed (`RIL_SimRefreshResponse_v7`).
    pub struct SimRefresh {
        /// `RIL_SimRefreshResult`: 0 file update, 1 initialised, 2 reset.
        pub result: i32,
        /// The changed file, for a file update.
        pub ef_id: i32,
        /// The application concerned.
        pub aid: Text,
    }
}

payload! {
    /// A command for the card as it is (`RIL_SIM_APDU`; 3GPP TS 27.007 `+CSIM`, `+CGLA`).
    pub struct SimApdu {
        /// The logical channel; without meaning on the basic channel.
        pub session_id: i32,
        /// Class.
        pub cla: i32,
        /// Instruction.
        pub instruction: i32,
        /// First parameter.
        pub p1: i32,
        /// Second parameter.
        pub p2: i32,
        /// Third parameter; below zero for a command of four bytes.
        pub p3: i32,
        /// Data, hexadecimal.
        pub data: Text,
    }
}

payload! {
    /// A challenge for the card (`RIL_SimAuthentication`; 3GPP TS 31.102, 7.1.2).
    pub struct SimAuthentication {
        /// P2 of the AUTHENTICATE command.
        pub auth_context: i32,
        /// The challenge, Base64.
        pub auth_data: Text,
        /// The application.
        pub aid: Text,
    }
}
