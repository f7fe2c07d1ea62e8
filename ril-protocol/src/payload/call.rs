//! Voice calls and their supplementary services (ril.h: `RIL_Dial`, `RIL_Call`, `RIL_CallForwardInfo`, ...).

use serde::{Deserialize, Serialize};

use super::{Raw, Text};
use crate::layout::{Field, Layout, Otherwise, When};
use crate::parcel::{DecodeError, Parcel, Reader, Writer};

open_enum! {
    /// State of one call (`RIL_CallState`; 3GPP TS 27.007 `+CLCC`).
    pub CallState {
        /// Connected and heard.
        ACTIVE = 0,
        /// Connected and on hold.
        HOLDING = 1,
        /// Outgoing, not yet ringing at the far end.
        DIALING = 2,
        /// Outgoing, ringing at the far end.
        ALERTING = 3,
        /// Incoming, nothing else going on.
        INCOMING = 4,
        /// Incoming while another call is connected.
        WAITING = 5,
    }
}

impl CallState {
    /// Rings here and waits to be answered.
    pub fn is_ringing(self) -> bool {
        matches!(self, Self::INCOMING | Self::WAITING)
    }
}

open_enum! {
    /// Whether a number or name may be shown (`numberPresentation`, `namePresentation`).
    pub Presentation {
        /// May be shown.
        ALLOWED = 0,
        /// Withheld by the far end.
        RESTRICTED = 1,
        /// The network does not know it.
        UNKNOWN = 2,
        /// The far end is a payphone.
        PAYPHONE = 3,
    }
}

open_enum! {
    /// Whether the own number is shown to the called party (`RIL_Dial.clir`; 3GPP TS 27.007 `+CLIR`).
    pub Clir {
        /// What the subscription says.
        DEFAULT = 0,
        /// Withhold the own number.
        INVOCATION = 1,
        /// Show the own number.
        SUPPRESSION = 2,
    }
}

payload! {
    /// User-to-user signalling (`RIL_UUS_Info`; 3GPP TS 23.087).
    pub struct Uus {
        /// Activation type, `RIL_UUS_Type`.
        pub uus_type: i32,
        /// Coding of the data, `RIL_UUS_DCS`.
        pub dcs: i32,
        /// The data.
        pub data: Raw,
    }
}

/// Present or absent, behind an `int32` that is 1 or 0.
impl Parcel for Option<Uus> {
    const LAYOUT: &'static Layout = &Layout::IfFlagged(Uus::LAYOUT);

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // A client of RIL version 2 stops before this field.
        let present = !reader.rest().is_empty() && reader.int()? != 0;
        if present { Uus::read(reader).map(Some) } else { Ok(None) }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.int(i32::from(self.is_some()));
        if let Some(uus) = self {
            uus.write(writer);
        }
    }
}

payload! {
    /// A voice call to place (`RIL_Dial`).
    pub struct Dial {
        /// What to dial, as the user entered it.
        pub address: Text,
        /// Whether to show the own number.
        pub clir: Clir,
        /// User-to-user information to send along.
        pub uus: Option<Uus>,
    }
}

/// Type of address of an international number, with or without its `+` (`RIL_Call.toa`; 3GPP TS 24.008, 10.5.4.7).
pub const TOA_INTERNATIONAL: i32 = 145;
/// Type of address of any other number.
pub const TOA_UNKNOWN: i32 = 129;

payload! {
    /// One entry of the call list (`RIL_Call`).
    pub struct Call {
        /// State of the call.
        pub state: CallState,
        /// Number of the connection, from 1, as `AT+CHLD` counts it.
        pub index: i32,
        /// Type of address: [`TOA_INTERNATIONAL`] or [`TOA_UNKNOWN`].
        pub toa: i32,
        /// Part of a conference.
        pub is_mpty: bool,
        /// Mobile terminated, that is incoming.
        pub is_mt: bool,
        /// Alternate line: 0 for line 1.
        pub als: i32,
        /// A voice call.
        pub is_voice: bool,
        /// CDMA voice privacy is in use.
        pub is_voice_privacy: bool,
        /// Number of the far end.
        pub number: Text,
        /// Whether the number may be shown.
        pub number_presentation: Presentation,
        /// Name of the far end.
        pub name: Text,
        /// Whether the name may be shown.
        pub name_presentation: Presentation,
        /// User-to-user information from the far end.
        pub uus: Option<Uus>,
    }
}

/// Why the last call ended (`RIL_LastCallFailCauseInfo`, or the plain integer of older libraries).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FailCause {
    /// `RIL_LastCallFailCause`, mostly the values of 3GPP TS 24.008, annex H.
    pub cause: i32,
    /// The vendor's own cause; `None`, and left out in JSON, when the library gave the plain integer.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub vendor_cause: Option<Text>,
}

/// A field that is there is `Some`, also when it is null.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Text>, D::Error> {
    Text::deserialize(deserializer).map(Some)
}

impl Parcel for FailCause {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(FailCause),
        fields: &[
            Field::new("cause", &Layout::Int),
            Field::new("vendor_cause", &Layout::Text).when(When::Left, Otherwise::LeftOut),
        ],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let cause = reader.field("cause")?;
        let vendor_cause = if reader.rest().is_empty() { None } else { Some(reader.field("vendor_cause")?) };
        Ok(Self { cause, vendor_cause })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.cause.write(writer);
        if let Some(vendor_cause) = &self.vendor_cause {
            vendor_cause.write(writer);
        }
    }
}

payload! {
    /// A call forwarding rule, set or reported (`RIL_CallForwardInfo`; 3GPP TS 27.007 `+CCFC`).
    pub struct ForwardInfo {
        /// Reported: 1 active, 0 not. To set: 0 disable, 1 enable, 2 interrogate, 3 register, 4 erase.
        pub status: i32,
        /// 0 unconditional, 1 busy, 2 no reply, 3 not reachable, 4 all, 5 all conditional.
        pub reason: i32,
        /// Sum of service classes; 0 for all that the user has.
        pub service_class: i32,
        /// Type of address.
        pub toa: i32,
        /// Where calls go.
        pub number: Text,
        /// Seconds before a call is forwarded on no reply.
        pub time_seconds: i32,
    }
}

payload! {
    /// The network tells of a supplementary service in use (`RIL_SuppSvcNotification`; TS 27.007 `+CSSI`, `+CSSU`).
    pub struct SuppSvcNotification {
        /// 0 for an outgoing call, 1 for an incoming one.
        pub notification_type: i32,
        /// `code1` or `code2` of TS 27.007, 7.17.
        pub code: i32,
        /// Index of the closed user group.
        pub index: i32,
        /// Type of address.
        pub toa: i32,
        /// The number that the notice is about.
        pub number: Text,
    }
}
