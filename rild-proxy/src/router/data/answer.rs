//! What is said of one data call: the answer to `SETUP_DATA_CALL`.
//!
//! Before version 5 it is strings behind the version: context id, interface, addresses, and perhaps name servers,
//! gateways and P-CSCF. Since then it is a list with one call, and a network's refusal is a status in it.
//!
//! Reference: `libril/ril.cpp`, responseSetupDataCall; ril.h, `RIL_DataCallFailCause`; 3GPP TS 24.008, 10.5.6.6.

use ril_protocol::RilVersion;
use ril_protocol::parcel::{self, Parcel, Reader, Writer};
use ril_protocol::payload::data::{DataCall, DataCallList};
use ril_protocol::payload::{Strings, Text};

/// The version from which the answer is a list.
const LISTS: RilVersion = RilVersion(5);

/// "Insufficient resources": clients try again later.
pub(super) const INSUFFICIENT_RESOURCES: i32 = 0x1a;
/// "Operator determined barring": clients do not try again.
pub(super) const OPERATOR_BARRED: i32 = 0x08;

/// "Multiple connections to the same PDN are not allowed": clients do not try again.
pub(super) const NO_SECOND_CONNECTION: i32 = 0x37;

/// What ril.h calls no value for the time after which a client may try again.
const NO_SUGGESTION: i32 = -1;
/// Milliseconds after which a client may try again to have what another phone has now. By its own rules it would wait
/// longer each time, up to half an hour, and nothing tells it that there is room.
const SOON: i32 = 10_000;

/// No call at all.
const NO_CID: i32 = -1;
/// Active with the physical link up. What says nothing of it is a call that was just set up.
const ACTIVE: i32 = 2;

/// How an answer is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// So many strings.
    Strings(usize),
    /// A list of this layout.
    List(i32),
}

/// Reads an answer: the call, and how it is laid out.
pub(super) fn read(payload: &[u8], version: RilVersion) -> Option<(DataCall, Layout)> {
    if version >= LISTS {
        let list = parcel::decode::<DataCallList>(payload, version).ok()?;
        let [call] = <[DataCall; 1]>::try_from(list.calls).ok()?;
        return Some((call, Layout::List(list.version)));
    }
    let mut reader = Reader::new(payload, version);
    reader.int().ok()?;
    let strings = Strings::read(&mut reader).ok()?;
    let at = |place: usize| strings.get(place).cloned().flatten();
    let call = DataCall {
        cid: at(0)?.trim().parse().ok()?,
        active: ACTIVE,
        ifname: at(1),
        addresses: at(2),
        dnses: at(3),
        gateways: at(4),
        pcscf: at(5),
        ..DataCall::default()
    };
    Some((call, Layout::Strings(strings.len())))
}

/// Writes an answer.
pub(super) fn write(call: DataCall, layout: Layout, version: RilVersion) -> Vec<u8> {
    match layout {
        Layout::List(layout) => parcel::encode(&DataCallList { version: layout, calls: vec![call] }, version),
        Layout::Strings(count) => {
            let cid: Text = Some(call.cid.to_string());
            let mut strings: Strings = vec![cid, call.ifname, call.addresses, call.dnses, call.gateways, call.pcscf];
            strings.resize(count, None);
            let mut payload = Vec::new();
            let mut writer = Writer::new(&mut payload, version);
            writer.int(version.0);
            strings.write(&mut writer);
            payload
        }
    }
}

/// The answer that a network would refuse with; `None` where the version has no such answer but only a failure.
pub(super) fn refusal(status: i32, layout: i32, version: RilVersion) -> Option<Vec<u8>> {
    let none: Text = Some(String::new());
    let call = DataCall {
        status,
        suggested_retry_time: if status == INSUFFICIENT_RESOURCES { SOON } else { NO_SUGGESTION },
        cid: NO_CID,
        pdp_type: none.clone(),
        ifname: none.clone(),
        addresses: none.clone(),
        dnses: none.clone(),
        gateways: none.clone(),
        pcscf: none,
        ..DataCall::default()
    };
    (version >= LISTS).then(|| write(call, Layout::List(layout), version))
}

/// A failure, without the number under which the modem failed.
pub(super) fn without_number(mut call: DataCall, layout: Layout, version: RilVersion) -> Vec<u8> {
    call.cid = NO_CID;
    write(call, layout, version)
}

/// The layout of lists that a library of this version has (libril, responseDataCallList).
pub(super) fn list_layout(version: RilVersion) -> i32 {
    match version.0 {
        ..5 => 4,
        5..=8 => 6,
        9 | 10 => 10,
        _ => 11,
    }
}
