//! The device: modems and slots, capabilities, activity, link capacity, stored items, subscriptions, carriers (ril.h).

use serde::{Deserialize, Serialize};

use super::Text;
use crate::layout::{Field, Layout};
use crate::parcel::{DecodeError, Parcel, Reader, Writer};

open_enum! {
    /// Whether a modem or slot is in use (`RIL_HardwareConfig_State`).
    pub HardwareState {
        /// In use.
        ENABLED = 0,
        /// Standing by.
        STANDBY = 1,
        /// Switched off.
        DISABLED = 2,
    }
}

payload! {
    /// A modem (`RIL_HardwareConfig_Modem`, without `rilModel`, which libril does not send).
    pub struct HardwareModem {
        /// Identifier.
        pub uuid: Text,
        /// Whether it is in use.
        pub state: HardwareState,
        /// Set of radio technologies, bit N for value N of `RIL_RadioTechnology`.
        pub rat: u32,
        /// Voice calls at once.
        pub max_voice: i32,
        /// Data calls at once.
        pub max_data: i32,
        /// SIM cards at once.
        pub max_standby: i32,
    }
}

payload! {
    /// A SIM slot (`RIL_HardwareConfig_Sim`).
    pub struct HardwareSim {
        /// Identifier.
        pub uuid: Text,
        /// Whether it is in use.
        pub state: HardwareState,
        /// The modem that it belongs to.
        pub modem_uuid: Text,
    }
}

/// A modem or a SIM slot (`RIL_HardwareConfig`).
///
/// AOSP's libril sends neither the type nor `rilModel`, although Android's own client waits for both. So a reader must
/// guess: an entry is a slot if what follows its state is a string that an identifier can be. A modem's numbers there
/// have empty upper halves, which no identifier has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HardwareConfig {
    /// `RIL_HARDWARE_CONFIG_MODEM`
    Modem(HardwareModem),
    /// `RIL_HARDWARE_CONFIG_SIM`
    Sim(HardwareSim),
}

/// The most bytes of an identifier, its end included (`MAX_UUID_LENGTH`).
const UUID_LIMIT: usize = 64;

impl Parcel for HardwareConfig {
    const LAYOUT: &'static Layout = &Layout::Guess {
        first: ("sim", HardwareSim::LAYOUT),
        identifier: "modem_uuid",
        limit: UUID_LIMIT,
        second: ("modem", HardwareModem::LAYOUT),
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let as_modem = reader.clone();
        let is_uuid = |text: &String| text.len() < UUID_LIMIT && text.bytes().all(|byte| byte.is_ascii_graphic());
        match HardwareSim::read(reader) {
            Ok(sim) if sim.modem_uuid.as_ref().is_some_and(is_uuid) => Ok(Self::Sim(sim)),
            _ => {
                *reader = as_modem;
                HardwareModem::read(reader).map(Self::Modem)
            }
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Modem(modem) => modem.write(writer),
            Self::Sim(sim) => sim.write(writer),
        }
    }
}

open_enum! {
    /// Step of moving radio technologies between modems (`RadioCapabilityPhase`).
    pub CapabilityPhase {
        /// Nothing going on.
        CONFIGURED = 0,
        /// A change is coming.
        START = 1,
        /// Make the change.
        APPLY = 2,
        /// Told by the modem of its own.
        UNSOL_RSP = 3,
        /// The change is over.
        FINISH = 4,
    }
}

payload! {
    /// Radio technologies of one modem (`RIL_RadioCapability`).
    pub struct RadioCapability {
        /// Version of this structure, 1.
        pub version: i32,
        /// Number of the change, the same in everything that belongs to it.
        pub session: i32,
        /// Step of the change.
        pub phase: CapabilityPhase,
        /// Set of radio technologies (`RIL_RadioAccessFamily`).
        pub rat: u32,
        /// The modem, at most 63 characters.
        pub logical_modem_uuid: Text,
        /// `RadioCapabilityStatus`: 0 none, 1 success, 2 failure.
        pub status: i32,
    }
}

payload! {
    /// How long the modem did what (`RIL_ActivityStatsInfo`), in milliseconds.
    pub struct ActivityInfo {
        /// Asleep.
        pub sleep_mode_time_ms: u32,
        /// Awake and idle.
        pub idle_mode_time_ms: u32,
        /// Sending, at each of five levels of power, the lowest first.
        pub tx_mode_time_ms: [u32; 5],
        /// Receiving and not sending.
        pub rx_mode_time_ms: u32,
    }
}

/// State of link capacity estimates (`RIL_LceStatusInfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LceStatus {
    /// -1 not supported, 0 stopped, 1 active.
    pub lce_status: i8,
    /// Milliseconds between estimates, when active.
    pub actual_interval_ms: u32,
}

impl Parcel for LceStatus {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(LceStatus),
        fields: &[Field::new("lce_status", &Layout::SignedByte), Field::new("actual_interval_ms", &Layout::Unsigned)],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            lce_status: reader.field::<u8>("lce_status")?.cast_signed(),
            actual_interval_ms: reader.field("actual_interval_ms")?,
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.lce_status.cast_unsigned().write(writer);
        self.actual_interval_ms.write(writer);
    }
}

payload! {
    /// A link capacity estimate (`RIL_LceDataInfo`).
    pub struct LceData {
        /// Kilobits per second over the last hop.
        pub last_hop_capacity_kbps: u32,
        /// Confidence in percent.
        pub confidence_level: u8,
        /// 1 when estimates are about to be suspended.
        pub lce_suspended: u8,
    }
}

payload! {
    /// An item of the modem's memory to read (`RIL_NV_ReadItem`).
    pub struct NvReadItem {
        /// `RIL_NV_Item` of ril_nv_items.h.
        pub item_id: i32,
    }
}

payload! {
    /// An item of the modem's memory to write (`RIL_NV_WriteItem`).
    pub struct NvWriteItem {
        /// `RIL_NV_Item` of ril_nv_items.h.
        pub item_id: i32,
        /// The value.
        pub value: Text,
    }
}

payload! {
    /// A subscription to use, or to stop using (`RIL_SelectUiccSub`).
    pub struct UiccSubscription {
        /// Slot of the card.
        pub slot: i32,
        /// Index of the application on the card.
        pub app_index: i32,
        /// `RIL_SubscriptionType`: 0 to 2.
        pub sub_type: i32,
        /// `RIL_UiccSubActStatus`: 0 deactivate, 1 activate.
        pub act_status: i32,
    }
}

open_enum! {
    /// How a carrier is told from others with the same codes (`RIL_CarrierMatchType`).
    pub CarrierMatchType {
        /// Not at all.
        MATCH_ALL = 0,
        /// By the name of its service provider.
        MATCH_SPN = 1,
        /// By the first digits of the IMSI.
        MATCH_IMSI_PREFIX = 2,
        /// By group identifier 1.
        MATCH_GID1 = 3,
        /// By group identifier 2.
        MATCH_GID2 = 4,
    }
}

payload! {
    /// A carrier (`RIL_Carrier`).
    pub struct Carrier {
        /// Mobile country code.
        pub mcc: Text,
        /// Mobile network code.
        pub mnc: Text,
        /// How it is told from others.
        pub match_type: CarrierMatchType,
        /// What to match; null for `MATCH_ALL`.
        pub match_data: Text,
    }
}

/// Carriers whose SIM may be used (`RIL_CarrierRestrictions`). Both counts stand before both lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CarrierRestrictions {
    /// Allowed.
    pub allowed_carriers: Vec<Carrier>,
    /// Not allowed although they match the list of allowed ones.
    pub excluded_carriers: Vec<Carrier>,
}

impl Parcel for CarrierRestrictions {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(CarrierRestrictions),
        fields: &[
            Field::new("allowed_carriers_count", &Layout::Count).hidden(),
            Field::new("excluded_carriers_count", &Layout::Count).hidden(),
            Field::new("allowed_carriers", &Layout::Times("allowed_carriers_count", Carrier::LAYOUT)),
            Field::new("excluded_carriers", &Layout::Times("excluded_carriers_count", Carrier::LAYOUT)),
        ],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let allowed = reader.count(4)?;
        let excluded = reader.count(4)?;
        Ok(Self {
            allowed_carriers: (0..allowed).map(|_| reader.field("allowed_carriers")).collect::<Result<_, _>>()?,
            excluded_carriers: (0..excluded).map(|_| reader.field("excluded_carriers")).collect::<Result<_, _>>()?,
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.count(self.allowed_carriers.len());
        writer.count(self.excluded_carriers.len());
        for carrier in self.allowed_carriers.iter().chain(&self.excluded_carriers) {
            carrier.write(writer);
        }
    }
}
