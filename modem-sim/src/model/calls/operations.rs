//! What the user, the far end and the console do to calls that exist.
//!
//! The user's operations are those of 3GPP TS 22.030, 6.5.5.1, which `AT+CHLD` numbers 0 to 4; every `(number)` below
//! is that one. An operation that makes no sense in the present state is refused and changes nothing.

use ril_protocol::Errno;
use ril_protocol::payload::call::CallState;

use super::{Calls, Cause, Line, MAX_PARTIES, active, being_set_up, held};
use crate::model::effects::Effects;

/// `code2` of `+CSSU` (3GPP TS 27.007, 7.17).
const NOTICE_HELD: i32 = 2;
const NOTICE_RETRIEVED: i32 = 3;

impl Calls {
    /// Takes the incoming call. A waiting call is taken by (1) or (2) instead.
    pub(in crate::model) fn answer(&mut self, to: &mut Effects) -> Result<(), Errno> {
        let line = self.lines.iter_mut().find(|line| line.state == CallState::INCOMING);
        line.ok_or(Errno::INVALID_STATE)?.state = CallState::ACTIVE;
        self.changed(to);
        Ok(())
    }

    /// Ends one call, whatever its state (1x).
    pub(in crate::model) fn hang_up(&mut self, index: i32, to: &mut Effects) -> Result<(), Errno> {
        let line = self.lines.iter().find(|line| line.index == index).ok_or(Errno::INVALID_CALL_ID)?;
        let cause = if line.state.is_ringing() { Cause::REJECTED } else { Cause::NORMAL };
        self.end(|line| line.index == index, cause, to);
        Ok(())
    }

    /// Refuses the ringing call; where none rings, ends all held calls (0).
    pub(in crate::model) fn release_held_or_refuse(&mut self, to: &mut Effects) -> Result<(), Errno> {
        if self.any(|line| line.state.is_ringing()) {
            self.refuse(to)
        } else if self.any(held) {
            self.end(held, Cause::NORMAL, to);
            Ok(())
        } else {
            Err(Errno::INVALID_STATE)
        }
    }

    /// Ends all active calls, then takes the waiting call or else resumes the held ones (1).
    pub(in crate::model) fn release_active_and_accept(&mut self, to: &mut Effects) -> Result<(), Errno> {
        let foreground = |line: &Line| active(line) || being_set_up(line.state);
        if self.lines.is_empty() {
            return Err(Errno::INVALID_STATE);
        }
        let ended = self.any(foreground);
        self.lines.retain(|line| !foreground(line));
        if ended {
            self.last_cause = Cause::NORMAL;
        }
        if self.any(|line| line.state.is_ringing()) {
            self.accept_ringing();
        } else {
            self.shift(CallState::HOLDING, CallState::ACTIVE);
        }
        self.dissolve_small_conferences();
        self.changed(to);
        Ok(())
    }

    /// Holds all active calls, and takes the waiting call or else resumes the held ones (2).
    pub(in crate::model) fn hold_active_and_accept(&mut self, to: &mut Effects) -> Result<(), Errno> {
        let rings = self.any(|line| line.state.is_ringing());
        let two_groups = self.any(active) && self.any(held);
        // Two groups cannot be on hold, and a call that is being set up can neither be held nor left.
        let impossible = self.lines.is_empty() || (rings && two_groups) || self.any(|line| being_set_up(line.state));
        if impossible {
            return Err(Errno::INVALID_STATE);
        }
        for line in &mut self.lines {
            line.state = match line.state {
                CallState::ACTIVE => CallState::HOLDING,
                CallState::HOLDING if !rings => CallState::ACTIVE,
                other => other,
            };
        }
        self.accept_ringing();
        self.changed(to);
        Ok(())
    }

    /// Joins the held and the active calls (3).
    pub(in crate::model) fn join(&mut self, to: &mut Effects) -> Result<(), Errno> {
        let parties = self.lines.iter().filter(|line| active(line) || held(line)).count();
        if !self.any(active) || !self.any(held) || parties > MAX_PARTIES {
            return Err(Errno::INVALID_STATE);
        }
        for line in self.lines.iter_mut().filter(|line| active(line) || held(line)) {
            line.state = CallState::ACTIVE;
            line.conference = true;
        }
        self.changed(to);
        Ok(())
    }

    /// Holds all active calls but one (2x).
    pub(in crate::model) fn separate(&mut self, index: i32, to: &mut Effects) -> Result<(), Errno> {
        let line = self.lines.iter().find(|line| line.index == index).ok_or(Errno::INVALID_CALL_ID)?;
        if line.state != CallState::ACTIVE || !line.conference || self.any(held) {
            return Err(Errno::INVALID_STATE);
        }
        for line in self.lines.iter_mut().filter(|line| active(line)) {
            if line.index == index {
                line.conference = false;
            } else {
                line.state = CallState::HOLDING;
            }
        }
        self.dissolve_small_conferences();
        self.changed(to);
        Ok(())
    }

    /// Connects the held party with the active or the ringing one and leaves (4; 3GPP TS 22.091).
    pub(in crate::model) fn transfer(&mut self, to: &mut Effects) -> Result<(), Errno> {
        let other = |line: &Line| active(line) || line.state == CallState::ALERTING;
        if !self.any(held) || !self.any(other) {
            return Err(Errno::INVALID_STATE);
        }
        self.end(|line| held(line) || other(line), Cause::NORMAL, to);
        Ok(())
    }

    /// Refuses the ringing call: user determined user busy.
    pub(in crate::model) fn refuse(&mut self, to: &mut Effects) -> Result<(), Errno> {
        if !self.any(|line| line.state.is_ringing()) {
            return Err(Errno::INVALID_STATE);
        }
        self.end(|line| line.state.is_ringing(), Cause::REJECTED, to);
        Ok(())
    }

    /// The first call with this number, or with this index where the text is `#1` to `#7`.
    pub fn find(&self, who: &str) -> Option<&Line> {
        let index = who.strip_prefix('#').and_then(|index| index.parse::<i32>().ok());
        self.lines.iter().find(|line| match index {
            Some(index) => line.index == index,
            None => line.caller.number.as_deref() == Some(who),
        })
    }

    /// The far end or the network ends a call.
    pub fn end_remotely(&mut self, index: i32, cause: Cause, to: &mut Effects) {
        self.end(|line| line.index == index, cause, to);
    }

    /// The far end answers, or the call becomes the active one. Refused when another call is active or being set up.
    pub fn make_active(&mut self, index: i32, to: &mut Effects) -> bool {
        let taken = self.any(|line| (active(line) || being_set_up(line.state)) && line.index != index);
        self.force(index, CallState::ACTIVE, taken, to)
    }

    /// The call goes on hold. Refused when another group is held, and for a call that is not connected.
    pub fn make_held(&mut self, index: i32, to: &mut Effects) -> bool {
        let taken = self.any(|line| held(line) && line.index != index);
        let connected = self.any(|line| line.index == index && (active(line) || held(line)));
        self.force(index, CallState::HOLDING, taken || !connected, to)
    }

    fn force(&mut self, index: i32, state: CallState, refused: bool, to: &mut Effects) -> bool {
        let line = self.lines.iter_mut().find(|line| line.index == index);
        let Some(line) = line.filter(|_| !refused) else { return false };
        line.state = state;
        line.conference = false;
        self.dissolve_small_conferences();
        self.changed(to);
        self.promote_waiting(to);
        true
    }

    /// The far end holds or retrieves the call; this end only hears of it.
    pub fn hold_remotely(&mut self, index: i32, on_hold: bool, to: &mut Effects) -> bool {
        let line = self.lines.iter_mut().find(|line| line.index == index && (active(line) || held(line)));
        let Some(line) = line.filter(|line| line.held_remotely != on_hold) else { return false };
        line.held_remotely = on_hold;
        let number = line.caller.number.clone();
        self.notify(if on_hold { NOTICE_HELD } else { NOTICE_RETRIEVED }, number, to);
        true
    }

    fn accept_ringing(&mut self) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.state.is_ringing()) {
            line.state = CallState::ACTIVE;
        }
    }
}
