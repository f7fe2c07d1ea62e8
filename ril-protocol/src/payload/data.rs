//! Data calls (ril.h: `RIL_Data_Call_Response_v4` to `_v11`, `RIL_InitialAttachApn`, `RIL_DataProfileInfo`, ...).
//!
//! `SETUP_DATA_CALL` itself carries strings: radio technology, profile, APN, user, password, authentication, protocol.

use serde::{Deserialize, Serialize};

use super::{Raw, Text};
use crate::layout::{Field, Layout, Otherwise, When};
use crate::parcel::{DecodeError, Parcel, Reader, Writer};

/// The data calls that exist, or the one that was just set up. The payload says which layout it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataCallList {
    /// Layout of the entries: 4, 6, 10 (for `RIL_Data_Call_Response_v9`) or 11.
    pub version: i32,
    /// The calls.
    pub calls: Vec<DataCall>,
}

impl Default for DataCallList {
    fn default() -> Self {
        Self { version: 11, calls: Vec::new() }
    }
}

/// One data call. Fields that a layout lacks have their default value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataCall {
    /// `RIL_DataCallFailCause`; 0 for no failure (3GPP TS 24.008, 10.5.6.6). From layout 6.
    pub status: i32,
    /// Milliseconds to wait before trying again; below zero for no advice. From layout 6.
    pub suggested_retry_time: i32,
    /// Context id.
    pub cid: i32,
    /// 0 inactive, 1 active with the physical link down, 2 active with it up.
    pub active: i32,
    /// PDP type: IP, IPV6, IPV4V6, PPP (3GPP TS 27.007, 10.1.1).
    #[serde(rename = "type")]
    pub pdp_type: Text,
    /// Network interface. From layout 6.
    pub ifname: Text,
    /// Addresses with optional prefix lengths, separated by spaces.
    pub addresses: Text,
    /// Name servers, separated by spaces. From layout 6.
    pub dnses: Text,
    /// Default gateways, separated by spaces. From layout 6.
    pub gateways: Text,
    /// P-CSCF addresses for IMS, separated by spaces. From layout 9.
    pub pcscf: Text,
    /// MTU in bytes; 0 or below when the network gave none. From layout 11.
    pub mtu: i32,
}

/// From layout 6.
const FROM_6: When = When::Within("version", 6, i32::MAX);

impl Parcel for DataCallList {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(DataCallList),
        fields: &[Field::new("version", &Layout::Int), Field::new("calls", &Layout::List(DataCall::LAYOUT))],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version: i32 = reader.field("version")?;
        let count = reader.count(4)?;
        let mut calls = Vec::with_capacity(count.min(16));
        for _ in 0..count {
            calls.push(DataCall::read(version, reader)?);
        }
        Ok(Self { version, calls })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.int(self.version);
        writer.count(self.calls.len());
        for call in &self.calls {
            call.write(self.version, writer);
        }
    }
}

impl DataCall {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(DataCall),
        fields: &[
            Field::new("status", &Layout::Int).when(FROM_6, Otherwise::Number(0)),
            Field::new("suggested_retry_time", &Layout::Int).when(FROM_6, Otherwise::Number(0)),
            Field::new("cid", &Layout::Int),
            Field::new("active", &Layout::Int),
            Field::new("type", &Layout::Text),
            Field::new("ifname", &Layout::Text).when(FROM_6, Otherwise::Null),
            Field::new("addresses", &Layout::Text),
            Field::new("dnses", &Layout::Text).when(FROM_6, Otherwise::Null),
            Field::new("gateways", &Layout::Text).when(FROM_6, Otherwise::Null),
            Field::new("pcscf", &Layout::Text).when(When::Within("version", 9, i32::MAX), Otherwise::Null),
            Field::new("mtu", &Layout::Int).when(When::Within("version", 11, i32::MAX), Otherwise::Number(0)),
        ],
    };

    fn read(layout: i32, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if layout < 6 {
            return Ok(Self {
                cid: reader.field("cid")?,
                active: reader.field("active")?,
                pdp_type: reader.field("type")?,
                addresses: reader.field("address")?,
                ..Self::default()
            });
        }
        Ok(Self {
            status: reader.field("status")?,
            suggested_retry_time: reader.field("suggested_retry_time")?,
            cid: reader.field("cid")?,
            active: reader.field("active")?,
            pdp_type: reader.field("type")?,
            ifname: reader.field("ifname")?,
            addresses: reader.field("addresses")?,
            dnses: reader.field("dnses")?,
            gateways: reader.field("gateways")?,
            pcscf: if layout >= 9 { reader.field("pcscf")? } else { None },
            mtu: if layout >= 11 { reader.field("mtu")? } else { 0 },
        })
    }

    fn write(&self, layout: i32, writer: &mut Writer<'_>) {
        if layout < 6 {
            writer.int(self.cid);
            writer.int(self.active);
            self.pdp_type.write(writer);
            return self.addresses.write(writer);
        }
        for value in [self.status, self.suggested_retry_time, self.cid, self.active] {
            writer.int(value);
        }
        for text in [&self.pdp_type, &self.ifname, &self.addresses, &self.dnses, &self.gateways] {
            text.write(writer);
        }
        if layout >= 9 {
            self.pcscf.write(writer);
        }
        if layout >= 11 {
            writer.int(self.mtu);
        }
    }
}

payload! {
    /// The APN of the first attach (`RIL_InitialAttachApn`).
    pub struct InitialAttachApn {
        /// The APN.
        pub apn: Text,
        /// PDP type.
        pub protocol: Text,
        /// 0 none, 1 PAP, 2 CHAP, 3 both; -1 not set.
        pub auth_type: i32,
        /// User name.
        pub username: Text,
        /// Password.
        pub password: Text,
    }
}

payload! {
    /// A data profile for the modem to keep (`RIL_DataProfileInfo`).
    pub struct DataProfile {
        /// Profile id.
        pub profile_id: i32,
        /// The APN.
        pub apn: Text,
        /// PDP type.
        pub protocol: Text,
        /// 0 none, 1 PAP, 2 CHAP, 3 both.
        pub auth_type: i32,
        /// User name.
        pub user: Text,
        /// Password.
        pub password: Text,
        /// 0 common, 1 3GPP, 2 3GPP2.
        pub profile_type as "type": i32,
        /// Seconds during which connections are counted.
        pub max_conns_time: i32,
        /// The most connections during that time.
        pub max_conns: i32,
        /// Seconds to wait after a connection was closed before it is opened again.
        pub wait_time: i32,
        /// Whether the profile may be used.
        pub enabled: bool,
    }
}

payload! {
    /// Protocol configuration that the network gave for a data call (`RIL_PCO_Data`; 3GPP TS 24.008, 10.5.6.3).
    pub struct PcoData {
        /// Context id.
        pub cid: i32,
        /// PDP type.
        pub bearer_proto: Text,
        /// Container id: 0xFF00 to 0xFFFF.
        pub pco_id: i32,
        /// What the carrier put there.
        pub contents: Raw,
    }
}

payload! {
    /// Power state of data connections (`RIL_DcRtInfo`).
    pub struct DcRtInfo {
        /// Nanoseconds, as `ril_nano_time` counts them.
        pub time: i64,
        /// `RIL_DcPowerStates`: 1 low, 2 medium, 3 high, `i32::MAX` unknown.
        pub power_state: i32,
    }
}
