//! SIM toolkit (ril.h: `RIL_StkCcUnsolSsResponse`).
//!
//! Proactive commands, envelopes and terminal responses are hexadecimal strings and have no type here.

use serde::{Deserialize, Serialize};

use super::Ints;
use super::call::ForwardInfo;
use crate::Errno;
use crate::layout::{Field, Layout, Otherwise, When};
use crate::parcel::{DecodeError, Parcel, Reader, Writer};

open_enum! {
    /// A supplementary service (`RIL_SsServiceType`).
    pub ServiceType {
        /// Call forwarding, unconditional.
        CFU = 0,
        /// Call forwarding on busy.
        CF_BUSY = 1,
        /// Call forwarding on no reply.
        CF_NO_REPLY = 2,
        /// Call forwarding when not reachable.
        CF_NOT_REACHABLE = 3,
        /// All call forwarding.
        CF_ALL = 4,
        /// All conditional call forwarding.
        CF_ALL_CONDITIONAL = 5,
        /// Calling number shown.
        CLIP = 6,
        /// Calling number withheld.
        CLIR = 7,
        /// Connected number shown.
        COLP = 8,
        /// Connected number withheld.
        COLR = 9,
        /// Call waiting.
        WAIT = 10,
        /// Barring of all outgoing calls.
        BAOC = 11,
        /// Barring of outgoing international calls.
        BAOIC = 12,
        /// Barring of outgoing international calls but home.
        BAOIC_EXC_HOME = 13,
        /// Barring of all incoming calls.
        BAIC = 14,
        /// Barring of incoming calls when roaming.
        BAIC_ROAMING = 15,
        /// All barring.
        ALL_BARRING = 16,
        /// Outgoing barring.
        OUTGOING_BARRING = 17,
        /// Incoming barring.
        INCOMING_BARRING = 18,
    }
}

open_enum! {
    /// What was asked of the service (`RIL_SsRequestType`).
    pub RequestType {
        /// Activate.
        ACTIVATION = 0,
        /// Deactivate.
        DEACTIVATION = 1,
        /// Ask for the state.
        INTERROGATION = 2,
        /// Register.
        REGISTRATION = 3,
        /// Erase.
        ERASURE = 4,
    }
}

/// The network answered a supplementary service request that the SIM made out of a call (`RIL_StkCcUnsolSsResponse`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SsResponse {
    /// The service.
    pub service_type: ServiceType,
    /// What was asked of it.
    pub request_type: RequestType,
    /// `RIL_SsTeleserviceType`: 0 everything, 1 teleservices, 2 telephony, 3 data, 4 SMS, 5 all but SMS.
    pub teleservice_type: i32,
    /// Sum of service classes (3GPP TS 27.007 `+CCFC`).
    pub service_class: i32,
    /// Success or the reason of failure.
    pub result: Errno,
    /// The call forwarding rules, if [`asks_for_forwarding`](Self::asks_for_forwarding); libril sends seven at most.
    pub cf_data: Vec<ForwardInfo>,
    /// Anything else: the integers that the plain request would answer; libril always sends four.
    pub ss_info: Ints,
}

impl SsResponse {
    /// Whether call forwarding was interrogated: then `cf_data` is sent, else `ss_info`.
    pub fn asks_for_forwarding(&self) -> bool {
        self.request_type == RequestType::INTERROGATION
            && (ServiceType::CFU..=ServiceType::CF_ALL_CONDITIONAL).contains(&self.service_type)
    }
}

/// What [`SsResponse::asks_for_forwarding`] says, for readers by layout.
const FORWARDING: When = When::Both(
    &When::Within("request_type", RequestType::INTERROGATION.0, RequestType::INTERROGATION.0),
    &When::Within("service_type", ServiceType::CFU.0, ServiceType::CF_ALL_CONDITIONAL.0),
);

impl Parcel for SsResponse {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(SsResponse),
        fields: &[
            Field::new("service_type", ServiceType::LAYOUT),
            Field::new("request_type", RequestType::LAYOUT),
            Field::new("teleservice_type", &Layout::Int),
            Field::new("service_class", &Layout::Int),
            Field::new("result", Errno::LAYOUT),
            Field::new("cf_data", &Layout::List(ForwardInfo::LAYOUT)).when(FORWARDING, Otherwise::NoItems),
            Field::new("ss_info", Ints::LAYOUT).when(When::Not(&FORWARDING), Otherwise::NoItems),
        ],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut response = Self {
            service_type: reader.field("service_type")?,
            request_type: reader.field("request_type")?,
            teleservice_type: reader.field("teleservice_type")?,
            service_class: reader.field("service_class")?,
            result: reader.field("result")?,
            ..Self::default()
        };
        if response.asks_for_forwarding() {
            response.cf_data = reader.field("cf_data")?;
        } else {
            response.ss_info = reader.field("ss_info")?;
        }
        Ok(response)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.service_type.write(writer);
        self.request_type.write(writer);
        writer.int(self.teleservice_type);
        writer.int(self.service_class);
        self.result.write(writer);
        if self.asks_for_forwarding() {
            self.cf_data.write(writer);
        } else {
            self.ss_info.write(writer);
        }
    }
}
