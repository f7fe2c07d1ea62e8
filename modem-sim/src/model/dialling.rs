//! Whether a call may be made, and where a call to this phone goes.
//!
//! Reference: 3GPP TS 22.101, 10 (emergency calls), TS 22.030, 6.5.2 (prefixes), TS 22.082 (forwarding).

use ril_protocol::Errno;
use ril_protocol::payload::call::{Clir, Dial};
use ril_protocol::payload::radio::RadioState;

use super::calls::{CallStep, Caller, Cause, Offer, Setup};
use super::effects::{Effects, Outcome, Reply};
use super::network::Registration;
use super::numbers::is_dialable;
use super::supplementary::Condition;
use super::{Modem, Timer};

/// What the network did with a call to this phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It rings.
    Rings,
    /// It waits beside another one.
    Waits,
    /// The caller hears the busy tone.
    Busy,
    /// It goes to this number.
    Forwarded(String),
    /// The subscription bars it.
    Barred,
    /// The phone cannot be reached.
    Unreachable,
}

impl Modem {
    pub(super) fn dial(&mut self, wanted: &Dial, to: &mut Effects) -> Result<Outcome, Errno> {
        let address = wanted.address.as_deref().ok_or(Errno::INVALID_ARGUMENTS)?;
        if self.run_as_service(address, to) {
            return Err(Errno::DIAL_MODIFIED_TO_SS);
        }
        let (number, wish) = match (address.strip_prefix("*31#"), address.strip_prefix("#31#")) {
            (Some(number), _) => (number, Clir::SUPPRESSION),
            (_, Some(number)) => (number, Clir::INVOCATION),
            _ => (address, wanted.clir),
        };
        if !is_dialable(number) {
            return Err(Errno::INVALID_ARGUMENTS);
        }
        let setup = Setup { emergency: self.is_emergency(number), clir: wish, withheld: self.services.withholds(wish) };
        if !setup.emergency {
            if !self.network.voice_now().in_service() {
                return Err(Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW);
            }
            if !self.sim.may_dial(number) {
                return Err(Errno::FDN_CHECK_FAILURE);
            }
            if self.services.bars_outgoing(number, self.is_roaming()) {
                self.calls.dial_refused(Cause::BARRED, to);
                return Ok(Reply::done().into());
            }
        }
        self.calls.dial(number, setup, to)?;
        Ok(Reply::done().into())
    }

    /// Someone calls this phone.
    pub fn offer_call(&mut self, caller: Caller, to: &mut Effects) -> Offered {
        let elsewhere =
            |condition| self.services.forwarded(condition).map(|number| Offered::Forwarded(number.to_owned()));
        if self.services.bars_incoming(self.is_roaming()) {
            return Offered::Barred;
        }
        if let Some(forwarded) = elsewhere(Condition::Unconditional) {
            return forwarded;
        }
        if self.radio != RadioState::ON || !self.network.voice_now().in_service() {
            return elsewhere(Condition::Unreachable).unwrap_or(Offered::Unreachable);
        }
        let if_busy = elsewhere(Condition::Busy).unwrap_or(Offered::Busy);
        let if_no_reply = elsewhere(Condition::NoReply);
        let (key, offered) = match self.calls.offer(caller, self.services.call_waiting, to) {
            Offer::Rings(key) => (key, Offered::Rings),
            Offer::Waits(key) => (key, Offered::Waits),
            Offer::Busy => return if_busy,
        };
        if if_no_reply.is_some() {
            to.after(self.services.no_reply_time(), Timer::Call(key, CallStep::Forward));
        }
        offered
    }

    fn is_roaming(&self) -> bool {
        self.network.voice_now() == Registration::Roaming
    }
}
