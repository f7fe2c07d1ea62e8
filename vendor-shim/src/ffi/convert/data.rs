//! Data calls.
//!
//! The list of data calls has four layouts, and the length of the memory is the only hint which one a library used.

use std::mem::offset_of;

use ril_protocol::parcel::{self, Parcel, Reader, Writer};
use ril_protocol::payload::data::{DataCall, DataCallList, DataProfile, DcRtInfo, InitialAttachApn, PcoData};
use ril_protocol::payload::{Raw, Strings};
use ril_protocol::{RequestCode, RilVersion};

use super::arena::Arena;
use super::field::field_by_field;
use super::form::{CForm, CStruct};
use super::lent::{self, Lent};
use super::{CData, ConvertError};
use crate::ffi::abi::Plain;
use crate::ffi::abi::data as c;

/// Strings of `SETUP_DATA_CALL` before version 4, which brought the protocol.
const OLD_SETUP_STRINGS: usize = 6;

/// A layout of the list, by the version that a parcel of it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    V4 = 4,
    V6 = 6,
    /// libril says 10 in the parcel.
    V9 = 10,
    V11 = 11,
}

impl Layout {
    /// What libril tries one after the other up to version 12.
    const TRIED: [Self; 3] = [Self::V6, Self::V9, Self::V11];

    fn size(self) -> usize {
        match self {
            Self::V4 => size_of::<c::DataCallV4>(),
            Self::V6 => size_of::<c::DataCallV6>(),
            Self::V9 => size_of::<c::DataCallV9>(),
            Self::V11 => size_of::<c::DataCallV11>(),
        }
    }

    /// The layout that a library of `version` used for what it gave.
    ///
    /// Up to version 12, libril takes the first layout that divides the length. Seven calls of layout 11 are as long as
    /// nine of layout 6: it then follows pointers that are none. Where several divide, one is taken here by which every
    /// call has a state of ril.h, which parts of pointers hardly are; of several such the newest that `version` has, as
    /// the likelier one. The empty list is of layout 6, as libril has it.
    ///
    /// # Safety
    /// `data` must have as many readable bytes as it says, unless it is NULL.
    unsafe fn of_library(version: RilVersion, data: Lent) -> Self {
        match version.0 {
            ..5 => Self::V4,
            13.. => Self::V11,
            _ if data.len == 0 || data.ptr.is_null() => Self::V6,
            _ => {
                let dividing = || Self::TRIED.into_iter().filter(|layout| data.len.is_multiple_of(layout.size()));
                // SAFETY: as the caller promises.
                let likely = || dividing().filter(|layout| unsafe { layout.has_states(data) });
                let is_known = |layout: &Self| *layout as i32 <= version.0;
                let best = likely().rfind(is_known).or_else(|| likely().next());
                best.or_else(|| dividing().rfind(is_known)).or_else(|| dividing().next()).unwrap_or(Self::V11)
            }
        }
    }

    /// Whether every call is inactive, active, or active with its link up, if this is the layout.
    ///
    /// # Safety
    /// `data` must have as many readable bytes as it says.
    unsafe fn has_states(self, data: Lent) -> bool {
        let state =
            |call: usize| data.ptr.cast::<u8>().wrapping_add(call * self.size() + offset_of!(c::DataCallV6, active));
        // SAFETY: each call lies within the bytes, whose every pattern is an integer; layouts 9 and 11 begin as 6 does.
        (0..data.len / self.size()).all(|call| (0..=2).contains(&unsafe { state(call).cast::<i32>().read_unaligned() }))
    }

    /// The layout for `count` calls that libril will take for what it is, as near to `wanted` as may be.
    fn for_libril(version: RilVersion, wanted: i32, count: usize) -> Self {
        let understood = |layout: Self| {
            let len = layout.size() * count;
            Self::TRIED.into_iter().find(|tried| len.is_multiple_of(tried.size())) == Some(layout)
        };
        match (version.0, wanted) {
            (..5, _) => Self::V4,
            (13.., _) => Self::V11,
            (_, 11..) if understood(Self::V11) => Self::V11,
            (_, 9..) if understood(Self::V9) => Self::V9,
            _ => Self::V6,
        }
    }
}

/// An array of structs, not of pointers.
impl CForm for DataCallList {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        let calls = &self.calls;
        Ok(match Layout::for_libril(version, self.version, calls.len()) {
            Layout::V4 => structs(calls, v4_to_c, arena),
            Layout::V6 => structs(calls, v6_to_c, arena),
            Layout::V9 => structs(calls, v9_to_c, arena),
            Layout::V11 => structs(calls, v11_to_c, arena),
        })
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // The layout is found by looking at all of it.
        if !data.is_possible_list() {
            return Err(data.length_of::<c::DataCallV11>());
        }
        // SAFETY: as the caller promises.
        let layout = unsafe { Layout::of_library(version, data) };
        // SAFETY: as the caller promises.
        let calls = unsafe {
            match layout {
                Layout::V4 => data.list()?.into_iter().map(|call| v4_from_c(&call)).collect(),
                Layout::V6 => data.list()?.into_iter().map(|call| v6_from_c(&call)).collect(),
                Layout::V9 => data.list()?.into_iter().map(|call| v9_from_c(&call)).collect(),
                Layout::V11 => data.list()?.into_iter().map(|call| v11_from_c(&call)).collect(),
            }
        };
        Ok(Self { version: layout as i32, calls })
    }
}

fn structs<C: Plain>(calls: &[DataCall], to_c: fn(&DataCall, &mut Arena) -> C, arena: &mut Arena) -> CData {
    let structs: Vec<C> = calls.iter().map(|call| to_c(call, arena)).collect();
    CData::list(&structs, arena)
}

fn v4_to_c(call: &DataCall, arena: &mut Arena) -> c::DataCallV4 {
    c::DataCallV4 {
        cid: call.cid,
        active: call.active,
        pdp_type: arena.text(call.pdp_type.as_deref()),
        apn: arena.text(Some("")), // not in the parcel
        address: arena.text(call.addresses.as_deref()),
    }
}

fn v6_to_c(call: &DataCall, arena: &mut Arena) -> c::DataCallV6 {
    c::DataCallV6 {
        status: call.status,
        suggested_retry_time: call.suggested_retry_time,
        cid: call.cid,
        active: call.active,
        pdp_type: arena.text(call.pdp_type.as_deref()),
        ifname: arena.text(call.ifname.as_deref()),
        addresses: arena.text(call.addresses.as_deref()),
        dnses: arena.text(call.dnses.as_deref()),
        gateways: arena.text(call.gateways.as_deref()),
    }
}

fn v9_to_c(call: &DataCall, arena: &mut Arena) -> c::DataCallV9 {
    c::DataCallV9 { v6: v6_to_c(call, arena), pcscf: arena.text(call.pcscf.as_deref()) }
}

fn v11_to_c(call: &DataCall, arena: &mut Arena) -> c::DataCallV11 {
    c::DataCallV11 { v9: v9_to_c(call, arena), mtu: call.mtu }
}

/// # Safety
/// The strings must be NULL or valid.
unsafe fn v4_from_c(call: &c::DataCallV4) -> DataCall {
    // SAFETY: as the caller promises.
    let (pdp_type, addresses) = unsafe { (lent::text(call.pdp_type), lent::text(call.address)) };
    DataCall { cid: call.cid, active: call.active, pdp_type, addresses, ..DataCall::default() }
}

/// # Safety
/// The strings must be NULL or valid.
unsafe fn v6_from_c(call: &c::DataCallV6) -> DataCall {
    // SAFETY: as the caller promises.
    unsafe {
        DataCall {
            status: call.status,
            suggested_retry_time: call.suggested_retry_time,
            cid: call.cid,
            active: call.active,
            pdp_type: lent::text(call.pdp_type),
            ifname: lent::text(call.ifname),
            addresses: lent::text(call.addresses),
            dnses: lent::text(call.dnses),
            gateways: lent::text(call.gateways),
            ..DataCall::default()
        }
    }
}

/// # Safety
/// The strings must be NULL or valid.
unsafe fn v9_from_c(call: &c::DataCallV9) -> DataCall {
    // SAFETY: as the caller promises.
    unsafe { DataCall { pcscf: lent::text(call.pcscf), ..v6_from_c(&call.v6) } }
}

/// # Safety
/// The strings must be NULL or valid.
unsafe fn v11_from_c(call: &c::DataCallV11) -> DataCall {
    // SAFETY: as the caller promises.
    unsafe { DataCall { mtu: call.mtu, ..v9_from_c(&call.v9) } }
}

field_by_field!(InitialAttachApn = c::InitialAttachApn { apn, protocol, auth_type, username, password });

field_by_field!(
    DataProfile = c::DataProfile {
        profile_id,
        apn,
        protocol,
        auth_type,
        user,
        password,
        profile_type,
        max_conns_time,
        max_conns,
        wait_time,
        enabled,
    }
);

field_by_field!(DcRtInfo = c::DcRtInfo { time, power_state });

impl CStruct for PcoData {
    type C = c::PcoData;

    fn to_struct(&self, arena: &mut Arena) -> Result<c::PcoData, ConvertError> {
        let (contents, contents_length) = arena.bytes(&self.contents)?;
        Ok(c::PcoData {
            cid: self.cid,
            bearer_proto: arena.text(self.bearer_proto.as_deref()),
            pco_id: self.pco_id,
            contents_length,
            contents,
        })
    }

    unsafe fn from_struct(pco: &c::PcoData) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe {
            Ok(Self {
                cid: pco.cid,
                bearer_proto: lent::text(pco.bearer_proto),
                pco_id: pco.pco_id,
                contents: contents_from_c(pco)?,
            })
        }
    }
}

/// As in libril, NULL without a length is no bytes, and not null; libril crashes on NULL with a length.
///
/// # Safety
/// The contents must be NULL or as long as they say.
unsafe fn contents_from_c(pco: &c::PcoData) -> Result<Raw, ConvertError> {
    // SAFETY: as the caller promises.
    match unsafe { lent::bytes(pco.contents, pco.contents_length)? } {
        Raw(None) if pco.contents_length == 0 => Ok(Raw(Some(Vec::new()))),
        Raw(None) => Err(ConvertError::NullPointer("contents")),
        given => Ok(given),
    }
}

/// `SETUP_DATA_CALL` for a library before version 4, which knows no protocol.
pub(super) fn old_setup_to_c(payload: &[u8], version: RilVersion, arena: &mut Arena) -> Result<CData, ConvertError> {
    let mut strings = parcel::decode::<Strings>(payload, version)?;
    strings.truncate(OLD_SETUP_STRINGS);
    strings.checked_request(RequestCode::SETUP_DATA_CALL)?.to_c(arena, version)
}

/// The result of `SETUP_DATA_CALL` before version 5: strings, in the parcel behind the version.
///
/// # Safety
/// As for [`CForm::from_c`].
pub(super) unsafe fn old_setup_from_c(data: Lent, version: RilVersion, out: &mut Vec<u8>) -> Result<(), ConvertError> {
    // SAFETY: as the caller promises.
    let strings = unsafe { Strings::from_c(data, version)? };
    let mut writer = Writer::new(out, version);
    writer.int(version.0);
    strings.write(&mut writer);
    Ok(())
}

/// The other way.
pub(super) fn old_setup_result_to_c(
    payload: &[u8],
    version: RilVersion,
    arena: &mut Arena,
) -> Result<CData, ConvertError> {
    let mut reader = Reader::new(payload, version);
    reader.int()?;
    Strings::read(&mut reader)?.to_c(arena, version)
}
