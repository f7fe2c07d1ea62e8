//! Data calls: packet contexts with an address each. No packet ever flows; the interfaces are names.
//!
//! Reference: ril.h, `RIL_REQUEST_SETUP_DATA_CALL` and `RIL_Data_Call_Response_v11`; 3GPP TS 24.008, 10.5.6.6 (causes).

use std::collections::BTreeMap;

use ril_protocol::payload::data::{DataCall, DataCallList, DataProfile, InitialAttachApn};
use ril_protocol::payload::{Strings, Text};
use ril_protocol::{Errno, UnsolCode};

use super::effects::Effects;

const LAYOUT: i32 = 11;
const ACTIVE: i32 = 2;
const INACTIVE: i32 = 0;
const MTU: i32 = 1_440;
const NO_RETRY: i32 = i32::MAX;
const DNS_V4: &str = "192.0.2.53 198.51.100.53";
const DNS_V6: &str = "2001:db8::53";

/// Causes that the network gives by itself.
const MISSING_APN: i32 = 0x1b;
const UNKNOWN_PDP_TYPE: i32 = 0x1c;
const MAX_CONTEXTS_REACHED: i32 = 0x41;
/// Why the network closes a call, unless the console says otherwise: regular deactivation.
pub const REGULAR_DEACTIVATION: i32 = 0x24;

/// The phone's place in the network of a call: the first one, and how many there are. A network of 16 addresses has
/// room for these beside its gateway.
const FIRST_HOST: u8 = 2;
const HOSTS: u8 = 13;

/// One protocol of a call.
struct Stack {
    address: String,
    gateway: String,
    dns: &'static str,
}

/// So many calls a SIM has at most, and so many networks and interfaces are between those of one SIM and of the next.
pub const MOST_CALLS: usize = 16;

/// The protocols of a PDP type; `None` for a type that the network does not know.
fn stacks(protocol: &str, net: i32, host: u8) -> Option<Vec<Stack>> {
    let v4 = || Stack { address: format!("10.64.{net}.{host}/28"), gateway: format!("10.64.{net}.1"), dns: DNS_V4 };
    let v6 = || Stack {
        address: format!("2001:db8:{net}::{host:x}/64"),
        gateway: format!("2001:db8:{net}::1"),
        dns: DNS_V6,
    };
    match protocol {
        "IP" => Some(vec![v4()]),
        "IPV6" => Some(vec![v6()]),
        "IPV4V6" => Some(vec![v4(), v6()]),
        _ => None,
    }
}

fn joined(stacks: &[Stack], part: fn(&Stack) -> &str) -> Text {
    Some(stacks.iter().map(part).collect::<Vec<_>>().join(" "))
}

/// The data calls and what belongs to them.
#[derive(Debug)]
pub struct Data {
    calls: Vec<DataCall>,
    apns: Vec<(i32, String)>,
    /// Contexts that can exist at a time; what `DATA_REGISTRATION_STATE` reports as the maximum.
    limit: usize,
    /// How many networks there are before those of this SIM.
    networks_before: i32,
    /// How many addresses were given in the network of each call: a new call, or a moved one, has another than before.
    given: BTreeMap<i32, u8>,
    allowed: bool,
    /// The APN that the host wants for the first attach.
    pub attach_apn: Option<InitialAttachApn>,
    /// `SET_DATA_PROFILE`.
    pub profiles: Vec<DataProfile>,
    last_cause: i32,
}

impl Data {
    /// No calls, and room for this many, on the SIM in this slot.
    pub fn new(limit: usize, slot: u8) -> Self {
        Self {
            calls: Vec::new(),
            apns: Vec::new(),
            limit,
            networks_before: i32::from(slot) * MOST_CALLS as i32,
            given: BTreeMap::new(),
            allowed: true,
            attach_apn: None,
            profiles: Vec::new(),
            last_cause: 0,
        }
    }

    /// Contexts that can exist at a time.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

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

    fn accept(&mut self, apn: &str, protocol: &str) -> Result<DataCall, i32> {
        // "fail" is refused as unknown, "fail33" with cause 33.
        if let Some(cause) = apn.strip_prefix("fail") {
            return Err(cause.parse().ok().filter(|cause| *cause > 0).unwrap_or(MISSING_APN));
        }
        let cid = (1..).take(self.limit).find(|cid| !self.calls.iter().any(|call| call.cid == *cid));
        let cid = cid.ok_or(MAX_CONTEXTS_REACHED)?;
        let net = self.networks_before + cid;
        let stacks = stacks(protocol, net, self.next_host(cid)).ok_or(UNKNOWN_PDP_TYPE)?;
        Ok(DataCall {
            status: 0,
            suggested_retry_time: -1,
            cid,
            active: ACTIVE,
            pdp_type: Some(protocol.to_owned()),
            ifname: Some(format!("sim_rmnet{}", net - 1)),
            addresses: joined(&stacks, |stack| &stack.address),
            dnses: joined(&stacks, |stack| stack.dns),
            gateways: joined(&stacks, |stack| &stack.gateway),
            pcscf: Some(String::new()),
            mtu: MTU,
        })
    }

    fn next_host(&mut self, cid: i32) -> u8 {
        let given = self.given.entry(cid).or_default();
        let host = FIRST_HOST + *given;
        *given = (*given + 1) % HOSTS;
        host
    }

    /// `DEACTIVATE_DATA_CALL`.
    pub(super) fn close(&mut self, cid: i32) -> Result<(), Errno> {
        if self.remove(cid) { Ok(()) } else { Err(Errno::INVALID_ARGUMENTS) }
    }

    /// The network closes one call for this cause; the host is told.
    pub fn drop_call(&mut self, cid: i32, cause: i32, to: &mut Effects) -> bool {
        let existed = self.calls.iter().any(|call| call.cid == cid);
        if existed {
            self.last_cause = cause;
            self.drop_where(|call| call.cid == cid, to);
        }
        existed
    }

    /// The network gives a call other addresses; the host is told.
    pub fn change(&mut self, cid: i32, to: &mut Effects) -> bool {
        let host = self.next_host(cid);
        let Some(call) = self.calls.iter_mut().find(|call| call.cid == cid) else { return false };
        let stacks = stacks(call.pdp_type.as_deref().unwrap_or_default(), cid, host);
        if let Some(stacks) = stacks {
            call.addresses = joined(&stacks, |stack| &stack.address);
        }
        to.tell(UnsolCode::DATA_CALL_LIST_CHANGED, &self.list());
        true
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
        self.profiles.clear();
    }

    /// `LAST_DATA_CALL_FAIL_CAUSE`.
    pub(super) fn last_cause(&self) -> i32 {
        self.last_cause
    }
}
