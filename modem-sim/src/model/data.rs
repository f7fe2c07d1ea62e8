//! Data calls: packet contexts with an address each. No packet ever flows; the interfaces are names.
//!
//! Reference: ril.h, `RIL_REQUEST_SETUP_DATA_CALL` and `RIL_Data_Call_Response_v11`; 3GPP TS 24.008, 10.5.6.6 (causes).

use ril_protocol::payload::data::{DataCall, DataCallList, InitialAttachApn};
use ril_protocol::payload::{Strings, Text};
use ril_protocol::{Errno, UnsolCode};

use super::effects::Effects;

/// Contexts that can exist at a time; what `DATA_REGISTRATION_STATE` reports as the maximum.
pub const MAX_DATA_CALLS: usize = 8;

const LAYOUT: i32 = 11;
const ACTIVE: i32 = 2;
const INACTIVE: i32 = 0;
const MTU: i32 = 1_440;
const NO_RETRY: i32 = i32::MAX;
const DNS_V4: &str = "192.0.2.53 198.51.100.53";
const DNS_V6: &str = "2001:db8::53";

/// Causes that the network gives by itself.
const INSUFFICIENT_RESOURCES: i32 = 0x1a;
const MISSING_APN: i32 = 0x1b;
const UNKNOWN_PDP_TYPE: i32 = 0x1c;

/// The data calls and what belongs to them.
#[derive(Debug)]
pub struct Data {
    calls: Vec<DataCall>,
    apns: Vec<(i32, String)>,
    allowed: bool,
    /// The APN that the host wants for the first attach.
    pub attach_apn: Option<InitialAttachApn>,
    last_cause: i32,
}

impl Default for Data {
    fn default() -> Self {
        Self { calls: Vec::new(), apns: Vec::new(), allowed: true, attach_apn: None, last_cause: 0 }
    }
}

impl Data {
    /// The calls that exist, with their APNs.
    pub fn calls(&self) -> impl Iterator<Item = (&DataCall, &str)> {
        self.calls.iter().map(|call| {
            let apn = self.apns.iter().find(|(cid, _)| *cid == call.cid);
            (call, apn.map_or("", |(_, apn)| apn.as_str()))
        })
    }

    /// `DATA_CALL_LIST`.
    pub(super) fn list(&self) -> DataCallList {
        DataCallList { version: LAYOUT, calls: self.calls.clone() }
    }

    /// `SETUP_DATA_CALL`: technology, profile, APN, user, password, authentication, protocol. A refusal by the network
    /// is a result with its cause, not a failure of the request.
    pub(super) fn set_up(&mut self, wanted: &Strings) -> Result<DataCallList, Errno> {
        let place = |at: usize| wanted.get(at).cloned().flatten();
        let apn = place(2).ok_or(Errno::INVALID_ARGUMENTS)?;
        let protocol = place(6).unwrap_or_else(|| "IP".to_owned());
        if !self.allowed {
            return Err(Errno::OPERATION_NOT_ALLOWED);
        }
        match self.accept(&apn, &protocol) {
            Ok(call) => {
                self.calls.push(call.clone());
                self.apns.push((call.cid, apn));
                self.last_cause = 0;
                Ok(DataCallList { version: LAYOUT, calls: vec![call] })
            }
            Err(cause) => {
                self.last_cause = cause;
                let refused = DataCall {
                    status: cause,
                    suggested_retry_time: NO_RETRY,
                    pdp_type: Some(protocol),
                    ..DataCall::default()
                };
                Ok(DataCallList { version: LAYOUT, calls: vec![refused] })
            }
        }
    }

    fn accept(&self, apn: &str, protocol: &str) -> Result<DataCall, i32> {
        // "fail" is refused as unknown, "fail33" with cause 33.
        if let Some(cause) = apn.strip_prefix("fail") {
            return Err(cause.parse().ok().filter(|cause| *cause > 0).unwrap_or(MISSING_APN));
        }
        let cid = (1..).take(MAX_DATA_CALLS).find(|cid| !self.calls.iter().any(|call| call.cid == *cid));
        let cid = cid.ok_or(INSUFFICIENT_RESOURCES)?;
        let v4 = (format!("10.64.{cid}.2/30"), format!("10.64.{cid}.1"), DNS_V4);
        let v6 = (format!("2001:db8:{cid}::2/64"), format!("2001:db8:{cid}::1"), DNS_V6);
        let stacks = match protocol {
            "IP" => vec![v4],
            "IPV6" => vec![v6],
            "IPV4V6" => vec![v4, v6],
            _ => return Err(UNKNOWN_PDP_TYPE),
        };
        let joined = |part: fn(&(String, String, &str)) -> String| -> Text {
            Some(stacks.iter().map(part).collect::<Vec<_>>().join(" "))
        };
        Ok(DataCall {
            status: 0,
            suggested_retry_time: -1,
            cid,
            active: ACTIVE,
            pdp_type: Some(protocol.to_owned()),
            ifname: Some(format!("sim_rmnet{}", cid - 1)),
            addresses: joined(|(address, _, _)| address.clone()),
            dnses: joined(|(_, _, dns)| (*dns).to_owned()),
            gateways: joined(|(_, gateway, _)| gateway.clone()),
            pcscf: Some(String::new()),
            mtu: MTU,
        })
    }

    /// `DEACTIVATE_DATA_CALL`.
    pub(super) fn close(&mut self, cid: i32) -> Result<(), Errno> {
        if self.remove(cid) { Ok(()) } else { Err(Errno::INVALID_ARGUMENTS) }
    }

    /// The network closes one call; the host is told.
    pub fn drop_call(&mut self, cid: i32, to: &mut Effects) -> bool {
        let existed = self.calls.iter().any(|call| call.cid == cid);
        if existed {
            self.drop_where(|call| call.cid == cid, to);
        }
        existed
    }

    /// All calls end; the host is told if there were any.
    pub fn drop_all(&mut self, to: &mut Effects) {
        if !self.calls.is_empty() {
            self.drop_where(|_| true, to);
        }
    }

    /// A closed call is in the list once more, as inactive: oFono does not miss one that is merely gone.
    fn drop_where(&mut self, which: impl Fn(&DataCall) -> bool, to: &mut Effects) {
        let mut list = self.list();
        for call in list.calls.iter_mut().filter(|call| which(call)) {
            call.active = INACTIVE;
        }
        to.tell(UnsolCode::DATA_CALL_LIST_CHANGED, &list);
        self.calls.retain(|call| !which(call));
        let calls = &self.calls;
        self.apns.retain(|(cid, _)| calls.iter().any(|call| call.cid == *cid));
    }

    fn remove(&mut self, cid: i32) -> bool {
        let before = self.calls.len();
        self.calls.retain(|call| call.cid != cid);
        self.apns.retain(|(of, _)| *of != cid);
        self.calls.len() < before
    }

    /// `ALLOW_DATA`: forbidding it closes all calls.
    pub(super) fn allow(&mut self, allowed: bool, to: &mut Effects) {
        self.allowed = allowed;
        if !allowed {
            self.drop_all(to);
        }
    }

    /// Forgets what the host has set.
    pub(super) fn forget(&mut self) {
        self.allowed = true;
        self.attach_apn = None;
    }

    /// `LAST_DATA_CALL_FAIL_CAUSE`.
    pub(super) fn last_cause(&self) -> i32 {
        self.last_cause
    }
}
