//! Voice calls: the list that `GET_CURRENT_CALLS` shows, and what moves a call from state to state.
//!
//! At most seven calls, at most one active and one held group, at most five parties in a conference, one call ringing
//! and one being set up at a time. What the user does with several calls is in `operations`; how called parties
//! behave is in `far_end`. Sound is nowhere.
//!
//! Reference: 3GPP TS 24.008, 5 (call states), TS 22.030, 6.5.5 (several calls), TS 27.007 `+CLCC`.

mod far_end;
mod operations;
#[cfg(test)]
mod tests;

pub use far_end::{FarEnd, FarEnds};

use ril_protocol::payload::call::{Call, CallState, Clir, Presentation, SuppSvcNotification};
use ril_protocol::{Errno, UnsolCode};

use super::effects::Effects;
use super::numbers::{international, type_of_address};
use super::{Pace, Timer};

/// The call list has room for this many (`+CLCC` indices 1 to 7).
const MAX_CALLS: usize = 7;
/// Tones that wait to be looked at.
const MAX_TONES: usize = 1_000;
/// Remote parties in one conference (3GPP TS 22.084, 1.3.1).
const MAX_PARTIES: usize = 5;

/// Why a call ended: the values of `RIL_LastCallFailCause` that occur here (3GPP TS 24.008, annex H).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause(pub i32);

#[allow(missing_docs, reason = "the names are those of the table")]
impl Cause {
    pub const UNASSIGNED: Self = Self(1);
    pub const NORMAL: Self = Self(16);
    pub const BUSY: Self = Self(17);
    pub const NO_ANSWER: Self = Self(19);
    pub const REJECTED: Self = Self(21);
    pub const OUT_OF_ORDER: Self = Self(27);
    pub const CONGESTION: Self = Self(34);
    pub const NETWORK_OUT_OF_ORDER: Self = Self(38);
    pub const BARRED: Self = Self(240);
}

/// Tells one call from every other that ever was, also when its index is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallKey(u64);

/// The next thing that happens to a call by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStep {
    /// The call reaches the far end, or does not.
    Reach,
    /// The far end answers.
    Answer,
    /// The far end did not answer.
    GiveUp,
    /// The incoming call rings again.
    Ring,
    /// The incoming call was not answered in time and goes elsewhere.
    Forward,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    key: CallKey,
    /// Its number in the list, from 1.
    pub index: i32,
    /// Where it stands.
    pub state: CallState,
    /// Part of a conference.
    pub conference: bool,
    /// Made here, not received.
    pub outgoing: bool,
    /// The far end.
    pub caller: Caller,
    /// The far end has put it on hold.
    pub held_remotely: bool,
    /// How it was made; nothing out of the ordinary for an incoming one.
    pub setup: Setup,
    far_end: FarEnd,
}

/// How an outgoing call is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Reaches an emergency centre, whatever the state of everything else.
    pub emergency: bool,
    /// What the phone asked for about showing our number.
    pub clir: Clir,
    /// What came of that: the far end is not shown our number.
    pub withheld: bool,
}

/// Who is at the far end, as far as this end is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The number; `None` when it is withheld or unknown.
    pub number: Option<String>,
    /// Whether the number may be shown.
    pub presentation: Presentation,
    /// The name, where the network sends one.
    pub name: Option<String>,
}

impl Caller {
    /// A caller who shows this number.
    pub fn from_number(number: &str) -> Self {
        Self { number: Some(number.to_owned()), ..Self::default() }
    }
}

impl Line {
    fn report(&self) -> Call {
        let number = self.caller.number.clone();
        let plus = number.as_deref().is_some_and(international);
        Call {
            state: self.state,
            index: self.index,
            toa: type_of_address(plus),
            is_mpty: self.conference,
            is_mt: !self.outgoing,
            als: 0,
            is_voice: true,
            is_voice_privacy: false,
            number,
            number_presentation: self.caller.presentation,
            name_presentation: match self.caller.name {
                Some(_) => Presentation::ALLOWED,
                None => Presentation::UNKNOWN,
            },
            name: self.caller.name.clone(),
            uus: None,
        }
    }
}

/// All calls and what belongs to calls.
#[derive(Debug)]
pub struct Calls {
    lines: Vec<Line>,
    keys: u64,
    pace: Pace,
    /// How called parties behave.
    pub far_ends: FarEnds,
    /// Why the last call ended.
    pub last_cause: Cause,
    /// The microphone is off.
    pub muted: bool,
    /// The tone that sounds now.
    tone: Option<char>,
    /// The tones sent since the last look, in order, up to a limit.
    tones: String,
    /// The host wants `SUPP_SVC_NOTIFICATION`.
    pub notify_services: bool,
}

/// An incoming call was put to the phone, or could not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It rings.
    Rings(CallKey),
    /// It waits beside another call.
    Waits(CallKey),
    /// Another one rings, the list is full, or calls may not wait.
    Busy,
}

impl Calls {
    /// No calls.
    pub fn new(pace: Pace, far_ends: FarEnds) -> Self {
        Self {
            lines: Vec::new(),
            keys: 0,
            pace,
            far_ends,
            last_cause: Cause::NORMAL,
            muted: false,
            tone: None,
            tones: String::new(),
            notify_services: false,
        }
    }

    /// The calls in order of index.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The calls as `GET_CURRENT_CALLS` reports them.
    pub fn report(&self) -> Vec<Call> {
        self.lines.iter().map(Line::report).collect()
    }

    /// Starts an outgoing call. An active group is held first, as a modem does for `ATD`; there must be room for that,
    /// and nothing may ring or be set up. For an emergency call, room is made.
    pub(super) fn dial(&mut self, number: &str, how: Setup, to: &mut Effects) -> Result<(), Errno> {
        if how.emergency {
            self.make_room();
        }
        let unfinished = self.any(|line| being_set_up(line.state) || line.state.is_ringing());
        if unfinished || (self.any(active) && self.any(held)) {
            return Err(Errno::INVALID_STATE);
        }
        let index = self.free_index().ok_or(Errno::NO_RESOURCES)?;
        self.shift(CallState::ACTIVE, CallState::HOLDING);
        let far_end = if how.emergency { FarEnd::Answers } else { self.far_ends.of(number) };
        let key = self.insert(index, CallState::DIALING, Caller::from_number(number), far_end);
        if let Some(line) = self.lines.iter_mut().find(|line| line.key == key) {
            line.setup = how;
        }
        let reach = if far_end.refusal().is_some() { self.pace.refuse } else { self.pace.alert };
        to.after(reach, Timer::Call(key, CallStep::Reach));
        self.changed(to);
        Ok(())
    }

    /// Ends what an emergency call cannot be made beside.
    fn make_room(&mut self) {
        let before = self.lines.len();
        self.lines.retain(|line| active(line) || held(line));
        if self.any(active) && self.any(held) {
            self.lines.retain(held);
        }
        if self.lines.len() == MAX_CALLS {
            self.lines.clear();
        }
        if self.lines.len() < before {
            self.last_cause = Cause::NORMAL;
        }
        self.dissolve_small_conferences();
    }

    /// A dialled call that the network refuses at once: the list stays as it was, and the cause says why.
    pub(super) fn dial_refused(&mut self, cause: Cause, to: &mut Effects) {
        self.last_cause = cause;
        self.changed(to);
    }

    /// Someone calls.
    pub fn offer(&mut self, caller: Caller, may_wait: bool, to: &mut Effects) -> Offer {
        let alone = self.lines.is_empty();
        if self.any(|line| line.state.is_ringing()) || (!alone && !may_wait) {
            return Offer::Busy;
        }
        let Some(index) = self.free_index() else { return Offer::Busy };
        let state = if alone { CallState::INCOMING } else { CallState::WAITING };
        let key = self.insert(index, state, caller, FarEnd::Manual);
        self.changed(to);
        if alone {
            self.ring(key, to);
            Offer::Rings(key)
        } else {
            Offer::Waits(key)
        }
    }

    /// The time of a step has come. Steps of calls that are gone or have moved on are void.
    pub(super) fn step(&mut self, key: CallKey, step: CallStep, to: &mut Effects) {
        let Some(line) = self.lines.iter_mut().find(|line| line.key == key) else { return };
        match (line.state, step) {
            (CallState::DIALING, CallStep::Reach) => match line.far_end.refusal() {
                Some(cause) => self.end(|line| line.key == key, cause, to),
                None => self.alert(key, to),
            },
            (CallState::ALERTING, CallStep::Answer) => {
                line.state = CallState::ACTIVE;
                self.changed(to);
            }
            (CallState::ALERTING, CallStep::GiveUp) => self.end(|line| line.key == key, Cause::NO_ANSWER, to),
            (CallState::INCOMING, CallStep::Ring) => self.ring(key, to),
            (CallState::INCOMING | CallState::WAITING, CallStep::Forward) => {
                self.end(|line| line.key == key, Cause::NORMAL, to);
            }
            _ => {}
        }
    }

    /// The radio is gone: so are all calls.
    pub(super) fn drop_all(&mut self, cause: Cause, to: &mut Effects) {
        if !self.lines.is_empty() {
            self.end(|_| true, cause, to);
        }
        self.tone = None;
    }

    fn alert(&mut self, key: CallKey, to: &mut Effects) {
        let Some(line) = self.lines.iter_mut().find(|line| line.key == key) else { return };
        line.state = CallState::ALERTING;
        match line.far_end {
            FarEnd::Answers => to.after(self.pace.answer, Timer::Call(key, CallStep::Answer)),
            FarEnd::Never => to.after(self.pace.no_answer, Timer::Call(key, CallStep::GiveUp)),
            _ => {}
        }
        self.changed(to);
    }

    fn ring(&mut self, key: CallKey, to: &mut Effects) {
        to.tell(UnsolCode::CALL_RING, &());
        to.after(self.pace.ring, Timer::Call(key, CallStep::Ring));
    }

    /// Ends the calls that `which` picks. A waiting call that is then alone becomes an incoming one and rings; a
    /// conference that has lost all but one party is an ordinary call again.
    fn end(&mut self, which: impl Fn(&Line) -> bool, cause: Cause, to: &mut Effects) {
        let before = self.lines.len();
        self.lines.retain(|line| !which(line));
        if self.lines.len() < before {
            self.last_cause = cause;
        }
        if self.lines.is_empty() {
            self.muted = false;
        }
        self.dissolve_small_conferences();
        self.changed(to);
        self.promote_waiting(to);
    }

    fn promote_waiting(&mut self, to: &mut Effects) {
        if let [only] = self.lines.as_mut_slice()
            && only.state == CallState::WAITING
        {
            only.state = CallState::INCOMING;
            let key = only.key;
            self.changed(to);
            self.ring(key, to);
        }
    }

    fn dissolve_small_conferences(&mut self) {
        for state in [CallState::ACTIVE, CallState::HOLDING] {
            let parties = self.lines.iter().filter(|line| line.conference && line.state == state).count();
            if parties == 1 {
                self.lines.iter_mut().filter(|line| line.state == state).for_each(|line| line.conference = false);
            }
        }
    }

    fn changed(&self, to: &mut Effects) {
        to.tell(UnsolCode::RESPONSE_CALL_STATE_CHANGED, &());
    }

    fn any(&self, which: impl Fn(&Line) -> bool) -> bool {
        self.lines.iter().any(which)
    }

    fn shift(&mut self, from: CallState, into: CallState) {
        self.lines.iter_mut().filter(|line| line.state == from).for_each(|line| line.state = into);
    }

    fn free_index(&self) -> Option<i32> {
        (1..).take(MAX_CALLS).find(|index| !self.any(|line| line.index == *index))
    }

    fn insert(&mut self, index: i32, state: CallState, caller: Caller, far_end: FarEnd) -> CallKey {
        self.keys += 1;
        let key = CallKey(self.keys);
        self.lines.push(Line {
            key,
            index,
            state,
            conference: false,
            outgoing: being_set_up(state),
            caller,
            held_remotely: false,
            setup: Setup::default(),
            far_end,
        });
        self.lines.sort_by_key(|line| line.index);
        key
    }

    /// One tone of fixed length.
    pub(super) fn dtmf(&mut self, tone: char) -> Result<(), Errno> {
        if !self.any(|line| line.state == CallState::ACTIVE || line.state == CallState::ALERTING) {
            return Err(Errno::INVALID_STATE);
        }
        if self.tones.len() < MAX_TONES {
            self.tones.push(tone);
        }
        Ok(())
    }

    pub(super) fn dtmf_start(&mut self, tone: char) -> Result<(), Errno> {
        self.dtmf(tone)?;
        self.tone = Some(tone);
        Ok(())
    }

    /// Stopping where nothing sounds is no mistake: the tone may have ended with its call.
    pub(super) fn dtmf_stop(&mut self) {
        self.tone = None;
    }

    /// The tones sent since the last look.
    pub fn take_tones(&mut self) -> String {
        std::mem::take(&mut self.tones)
    }

    /// The tone that sounds now.
    pub fn tone(&self) -> Option<char> {
        self.tone
    }

    fn notify(&self, code: i32, number: Option<String>, to: &mut Effects) {
        if self.notify_services {
            let toa = type_of_address(number.as_deref().is_some_and(international));
            let notification = SuppSvcNotification { notification_type: 1, code, index: 0, toa, number };
            to.tell(UnsolCode::SUPP_SVC_NOTIFICATION, &notification);
        }
    }
}

/// Outgoing and not yet answered.
fn being_set_up(state: CallState) -> bool {
    matches!(state, CallState::DIALING | CallState::ALERTING)
}

fn active(line: &Line) -> bool {
    line.state == CallState::ACTIVE
}

fn held(line: &Line) -> bool {
    line.state == CallState::HOLDING
}
