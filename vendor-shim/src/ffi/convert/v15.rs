//! The C forms that version 15 changed without changing parcels.
//!
//! Libraries of version 15 were made for the binderised service of Android 8 and 9, whose messages say more than
//! parcels do. What a client cannot say takes a value that restricts nothing; what it cannot be told is left out.
//!
//! Reference: ril.h and `libril/ril_service.cpp` of Android 9.

use ril_protocol::parcel::{DecodeError, Parcel, Reader, Writer};
use ril_protocol::payload::data::{DataProfile, InitialAttachApn};
use ril_protocol::payload::{Strings, Text};
use ril_protocol::{RequestCode, RilVersion};

use super::arena::Arena;
use super::form::{CForm, CStruct};
use super::lent::{self, Lent};
use super::{CData, ConvertError};
use crate::ffi::abi::{data as c, sim};

/// `RIL_APN_TYPE_ALL`.
const ALL_APN_TYPES: i32 = -1;
/// Strings of `SETUP_DATA_CALL` before the protocol.
const BEFORE_PROTOCOL: usize = 6;
/// P2 of SELECT is the library's choice.
const NO_P2: i32 = -1;

/// The same parcel, another C form.
macro_rules! same_parcel {
    ($(#[$doc:meta])* $Form:ident($Payload:ty)) => {
        $(#[$doc])*
        pub(super) struct $Form(pub(super) $Payload);

        impl Parcel for $Form {
            const LAYOUT: &'static ril_protocol::layout::Layout = <$Payload>::LAYOUT;

            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                <$Payload>::read(reader).map(Self)
            }

            fn write(&self, writer: &mut Writer<'_>) {
                self.0.write(writer);
            }
        }
    };
}
pub(super) use same_parcel;

same_parcel! {
    /// `SIM_OPEN_CHANNEL`.
    OpenChannel(Text)
}

impl CStruct for OpenChannel {
    type C = sim::OpenChannelParams;

    fn to_struct(&self, arena: &mut Arena) -> Result<sim::OpenChannelParams, ConvertError> {
        Ok(sim::OpenChannelParams { aid: arena.text(self.0.as_deref()), p2: NO_P2 })
    }

    unsafe fn from_struct(params: &sim::OpenChannelParams) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        Ok(Self(unsafe { lent::text(params.aid) }))
    }
}

same_parcel! {
    /// `SETUP_DATA_CALL`: fifteen strings.
    DataCallSetup(Strings)
}

impl CForm for DataCallSetup {
    fn checked_request(self, code: RequestCode) -> Result<Self, ConvertError> {
        let mut strings = self.0.checked_request(code)?;
        let protocol = strings.get(BEFORE_PROTOCOL).cloned().flatten().unwrap_or_else(|| "IP".to_owned());
        let all_apn_types = ALL_APN_TYPES.to_string();
        // Protocol, the same abroad, APN types, bearers, not known to the modem, no MTU, no MVNO, roaming allowed.
        let open = [protocol.as_str(), &protocol, &all_apn_types, "0", "0", "0", "", "", "1"];
        let given = strings.len().saturating_sub(BEFORE_PROTOCOL);
        strings.extend(open.into_iter().skip(given).map(|value| Some(value.to_owned())));
        Ok(Self(strings))
    }

    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        self.0.to_c(arena, version)
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe { Strings::from_c(data, version).map(Self) }
    }
}

same_parcel! {
    /// `SET_INITIAL_ATTACH_APN`.
    AttachApn(InitialAttachApn)
}

impl CStruct for AttachApn {
    type C = c::InitialAttachApnV15;

    fn to_struct(&self, arena: &mut Arena) -> Result<c::InitialAttachApnV15, ConvertError> {
        let apn = &self.0;
        let protocol = arena.text(apn.protocol.as_deref());
        Ok(c::InitialAttachApnV15 {
            apn: arena.text(apn.apn.as_deref()),
            protocol,
            roaming_protocol: protocol,
            auth_type: apn.auth_type,
            username: arena.text(apn.username.as_deref()),
            password: arena.text(apn.password.as_deref()),
            supported_types_bitmask: ALL_APN_TYPES,
            bearer_bitmask: 0,
            modem_cognitive: 0,
            mtu: 0,
            mvno_type: arena.text(Some("")),
            mvno_match_data: arena.text(Some("")),
        })
    }

    unsafe fn from_struct(apn: &c::InitialAttachApnV15) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe {
            Ok(Self(InitialAttachApn {
                apn: lent::text(apn.apn),
                protocol: lent::text(apn.protocol),
                auth_type: apn.auth_type,
                username: lent::text(apn.username),
                password: lent::text(apn.password),
            }))
        }
    }
}

same_parcel! {
    /// One of `SET_DATA_PROFILE`.
    Profile(DataProfile)
}

impl CStruct for Profile {
    type C = c::DataProfileV15;

    fn to_struct(&self, arena: &mut Arena) -> Result<c::DataProfileV15, ConvertError> {
        let profile = &self.0;
        let protocol = arena.text(profile.protocol.as_deref());
        Ok(c::DataProfileV15 {
            profile_id: profile.profile_id,
            apn: arena.text(profile.apn.as_deref()),
            protocol,
            roaming_protocol: protocol,
            auth_type: profile.auth_type,
            user: arena.text(profile.user.as_deref()),
            password: arena.text(profile.password.as_deref()),
            profile_type: profile.profile_type,
            max_conns_time: profile.max_conns_time,
            max_conns: profile.max_conns,
            wait_time: profile.wait_time,
            enabled: profile.enabled.into(),
            supported_types_bitmask: ALL_APN_TYPES,
            bearer_bitmask: 0,
            mtu: 0,
            mvno_type: arena.text(Some("")),
            mvno_match_data: arena.text(Some("")),
        })
    }

    unsafe fn from_struct(profile: &c::DataProfileV15) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe {
            Ok(Self(DataProfile {
                profile_id: profile.profile_id,
                apn: lent::text(profile.apn),
                protocol: lent::text(profile.protocol),
                auth_type: profile.auth_type,
                user: lent::text(profile.user),
                password: lent::text(profile.password),
                profile_type: profile.profile_type,
                max_conns_time: profile.max_conns_time,
                max_conns: profile.max_conns,
                wait_time: profile.wait_time,
                enabled: profile.enabled != 0,
            }))
        }
    }
}
