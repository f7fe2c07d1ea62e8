//! The lines of the modem's other SIMs, as far as this one is told of them: emergency calls that go out there, and
//! phones that are there or in a call.
//!
//! Before an emergency call goes out elsewhere, all calls end here but emergency calls, and before all else; what the
//! router has dialled and cannot name yet ends when it can. The modem is not shut down while it is in use elsewhere.

use ril_protocol::payload::call::Call;
use rild_proxy::router::{Event, Flow, PhoneId};

use super::watch::is_emergency_call;
use super::world::World;

/// What happens on other lines.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// Another phone is there on another line, or in a call.
    pub(super) in_use: bool,
    /// An emergency call goes out on another line just now.
    goes_out: bool,
    /// Calls that were there then, and that the modem was not told to end since; with whether a list had them.
    to_end: Vec<(Call, bool)>,
}

impl Elsewhere {
    /// The modem side is gone, or root is: what it had is to be found out anew.
    pub(super) fn forget(&mut self) {
        self.to_end.clear();
    }

    /// The modem is told to end the call of this index.
    pub(super) fn is_hung_up(&mut self, flow: Flow, index: Option<i32>) {
        assert!(flow == Flow::Urgent || !self.goes_out, "an emergency call elsewhere waits behind others' requests");
        self.to_end.retain(|(call, _)| Some(call.index) != index);
    }

    /// The router has heard this list of calls last: what is not in it any more is over.
    pub(super) fn hears(&mut self, told: &[Call]) {
        self.to_end.retain_mut(|(call, listed)| {
            let is_listed = told.iter().any(|other| is_same(call, other));
            let is_over = *listed && !is_listed;
            *listed |= is_listed;
            !is_over
        });
    }
}

impl World {
    /// A phone says something.
    pub(super) fn phone_says(&mut self, place: usize, body: &[u8]) {
        if self.elsewhere.in_use && self.recorded.router.is_shutdown(PhoneId(place), body) {
            self.event(Event::InUseElsewhere);
        }
        self.event(Event::FromPhone(PhoneId(place), body));
    }

    /// An emergency call goes out on another line, or somebody comes there, or the last one leaves.
    pub(super) fn something_happens_elsewhere(&mut self) {
        if self.rng.bool() {
            self.elsewhere.in_use = !self.elsewhere.in_use;
            return;
        }
        // Those that are being ended already are not ended again.
        let hidden: Vec<i32> =
            self.recorded.router.calls().filter(|view| view.hidden).map(|view| view.modem_index).collect();
        let at_modem = self.modem.model().calls.report();
        let dialled = at_modem.iter().filter(|call| !call.is_mt && !self.modem.is_told(call));
        let told = self.modem.told_calls().iter().filter(|call| !hidden.contains(&call.index));
        let calls: Vec<Call> = told.chain(dialled).filter(|call| !is_emergency_call(call)).cloned().collect();
        self.elsewhere.to_end.extend(calls.into_iter().map(|call| (call, false)));
        self.elsewhere.goes_out = true;
        self.event(Event::EmergencyElsewhere);
        self.elsewhere.goes_out = false;
    }

    /// Nothing goes on that was to end.
    pub(super) fn check_ended_elsewhere(&mut self) {
        let at_modem = self.modem.model().calls.report();
        let mut to_end = self.elsewhere.to_end.iter().map(|(call, _)| call);
        let left = to_end.find(|call| at_modem.iter().any(|other| is_same(call, other)));
        let owner = left.map(|call| self.owner_of(call));
        assert!(left.is_none(), "a call of {owner:?} goes on in spite of an emergency call elsewhere");
        self.elsewhere.to_end.clear();
    }
}

fn is_same(one: &Call, other: &Call) -> bool {
    (one.index, one.is_mt, &one.number) == (other.index, other.is_mt, &other.number)
}
