//! Emergency callback mode: for some minutes after an emergency call, the network can call the handset back.
//!
//! The phones whose emergency calls the modem has made of late and the privileged phones hear of it; the others neither
//! hear that it is over, nor dial or open data calls meanwhile, for both would end it. One caller does not end it for
//! another: where there are several, each that asks to leave it is told that it has, and is then one of the others,
//! until one is left. That one and the privileged phones may end it.
//!
//! It is over when the modem says so, when a request to leave it succeeds, with the modem's radio, or with the modem
//! side; who heard of it is then told, if the modem does not say it itself.
//!
//! It is stored, for a modem side may outlive the daemon. That one may have ended it meanwhile, and will not say so:
//! what is recalled counts for as long as the mode lasts at most.
//!
//! Reference: ril.h, RIL_UNSOL_ENTER_EMERGENCY_CALLBACK_MODE; 3GPP2 C.S0016 for the mode itself.

use std::time::Duration;

use prost::Message;
use ril_protocol::frame::Request;
use ril_protocol::{Errno, UnsolCode};

use super::Voice;
use crate::router::{Actions, Kind, Now, PhoneId, Router, denial};

/// The key of the mode in the store. Calls have their index at the modem, of four bytes.
pub(super) const CALLBACK_MODE: &[u8] = b"callback mode";
/// How long a handset stays in the mode if nothing ends it: what Android's telephony has by default. So long after its
/// emergency call a phone may be called back.
const LASTS: Duration = Duration::from_secs(300);

/// The mode as it is stored. The numbers of the fields are in people's databases.
#[derive(Clone, PartialEq, Eq, Message)]
struct StoredMode {
    /// Names of the phones that are called back.
    #[prost(string, repeated, tag = "1")]
    callers: Vec<String>,
}

/// Whether the network may call back, and whom.
#[derive(Debug, Default)]
pub(super) struct CallbackMode {
    is_on: bool,
    /// Who has made emergency calls that it is about, and has not left; they also hear that it is over.
    callers: Vec<PhoneId>,
    /// Who has made an emergency call, and until when that is of late.
    of_late: Vec<(PhoneId, Now)>,
    /// It is known from an earlier daemon, and the modem side is not there yet.
    is_recalled: bool,
    /// When it is over that was recalled.
    until: Option<Now>,
    /// The modem has been asked to leave it since it began.
    is_asked_to_end: bool,
}

impl CallbackMode {
    /// When it has lasted as long as it can.
    pub(super) fn deadline(&self) -> Option<Now> {
        self.until
    }

    /// The modem makes an emergency call of this phone, or that is over.
    pub(super) fn note_call(&mut self, now: Now, phone: PhoneId) {
        self.of_late.retain(|(other, until)| *other != phone && now < *until);
        self.of_late.push((phone, now + LASTS));
    }

    fn forget(&mut self, phone: PhoneId) {
        self.callers.retain(|caller| *caller != phone);
        self.of_late.retain(|(caller, _)| *caller != phone);
    }
}

impl Voice {
    /// Whether the network may call back after an emergency call.
    pub(in crate::router) fn in_callback_mode(&self) -> bool {
        self.callback_mode.is_on
    }

    /// Who is in an emergency call, or has made one of late.
    fn callers_of_late(&self, now: Now) -> Vec<PhoneId> {
        let of_late = self.callback_mode.of_late.iter().filter(|(_, until)| now < *until).map(|(phone, _)| *phone);
        let in_call = self.calls.iter().filter(|call| call.emergency).map(|call| call.owner);
        of_late.chain(in_call).collect()
    }

    /// Who dialled an emergency number last that the modem has neither accepted nor listed.
    fn last_in_need(&self) -> Option<PhoneId> {
        let dials = self.dialled.iter().rfind(|dialled| dialled.emergency).map(|dialled| dialled.phone);
        dials.or_else(|| self.late_emergencies.last_caller())
    }
}

impl Router {
    /// Whose a call is that is for nobody in particular: the default owner's. Where that one cannot hear it ring, and
    /// the network may be calling back after an emergency call, it is the caller's.
    pub(super) fn owner_of_untagged(&self, now: Now) -> PhoneId {
        let rings_at = |phone: &PhoneId| self.phones.is_up(*phone) && !self.has_radio_off(*phone);
        let owner = self.phones.default_owner();
        if rings_at(&owner) {
            return owner;
        }
        let callers = if self.voice.in_callback_mode() {
            self.voice.callback_mode.callers.clone()
        } else {
            self.voice.callers_of_late(now)
        };
        callers.into_iter().rev().find(rings_at).unwrap_or(owner)
    }

    /// Whether the network may call a phone back after an emergency call.
    pub fn in_callback_mode(&self) -> bool {
        self.voice.in_callback_mode()
    }

    /// Whether this phone must keep still, so that the network can call another back.
    pub(in crate::router) fn is_held_off(&self, id: PhoneId) -> bool {
        let is_last = self.voice.callback_mode.callers == [id];
        self.voice.in_callback_mode() && !is_last && !self.phones.is_privileged(id)
    }

    fn is_called_back(&self, id: PhoneId) -> bool {
        self.phones.is_privileged(id) || self.voice.callback_mode.callers.contains(&id)
    }

    /// ENTER_EMERGENCY_CALLBACK_MODE.
    pub(super) fn enter_callback_mode(&mut self, now: Now, payload: &[u8], out: &mut Actions) {
        let mut callers = self.voice.callers_of_late(now);
        if callers.is_empty() {
            let caller = self.voice.emergency_caller.or_else(|| self.voice.last_in_need());
            callers.push(caller.unwrap_or_else(|| self.phone_in_call()));
        }
        let mode = &mut self.voice.callback_mode;
        if !mode.is_on {
            // The modem need not have said that the one before is over.
            mode.callers.clear();
        }
        (mode.is_on, mode.until, mode.is_asked_to_end) = (true, None, false);
        for caller in callers {
            self.add_caller(caller, out);
        }
        self.tell_called_back(UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, payload, out);
    }

    /// The modem makes an emergency call of this phone. If it may call back already, it may call this one back, too.
    pub(super) fn call_back_too(&mut self, id: PhoneId, out: &mut Actions) {
        if !self.voice.in_callback_mode() {
            return;
        }
        let has_heard = self.is_called_back(id);
        self.add_caller(id, out);
        if !has_heard {
            self.tell(id, UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE, &[], out);
        }
    }

    fn add_caller(&mut self, id: PhoneId, out: &mut Actions) {
        let callers = &mut self.voice.callback_mode.callers;
        if !callers.contains(&id) {
            callers.push(id);
            self.store_callers(out);
        }
    }

    fn store_callers(&mut self, out: &mut Actions) {
        let callers = &self.voice.callback_mode.callers;
        let names = callers.iter().filter_map(|phone| self.phones.get(*phone)).map(|phone| phone.name.clone());
        let stored = StoredMode { callers: names.collect() };
        self.journal.put(Kind::Call, CALLBACK_MODE, &stored.encode_to_vec(), out);
    }

    /// EXIT_EMERGENCY_CALLBACK_MODE, of the modem.
    pub(super) fn callback_mode_ended(&mut self, payload: &[u8], out: &mut Actions) {
        self.leave_callback_mode(out);
        self.tell_called_back(UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE, payload, out);
        self.voice.callback_mode.callers.clear();
    }

    /// EXIT_EMERGENCY_CALLBACK_MODE, of a phone.
    pub(super) fn exit_callback_mode(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        if !self.is_called_back(id) {
            return self.deny(id, request, denial::not_allowed(self.version()), out);
        }
        if self.is_held_off(id) {
            // It goes on for others.
            self.voice.callback_mode.forget(id);
            self.store_callers(out);
            out.reply(id, request.serial, Errno::SUCCESS, &[]);
            return self.tell(id, UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE, &[], out);
        }
        self.voice.callback_mode.is_asked_to_end = true;
        self.forward(now, id, request, out);
    }

    /// The modem has left the mode as it was asked to. It says so itself, but if the mode began anew meanwhile: then it
    /// may have said it already.
    pub(super) fn callback_mode_left(&mut self, out: &mut Actions) {
        if self.voice.callback_mode.is_asked_to_end {
            self.voice.callback_mode.of_late.clear();
            self.leave_callback_mode(out);
        } else {
            self.drop_callback_mode(out);
        }
    }

    /// The mode is over. The modem says so itself.
    fn leave_callback_mode(&mut self, out: &mut Actions) {
        let mode = &mut self.voice.callback_mode;
        mode.until = None;
        if std::mem::take(&mut mode.is_on) {
            self.journal.remove(Kind::Call, CALLBACK_MODE, out);
        }
    }

    /// The mode is over, of which the modem says nothing.
    pub(in crate::router) fn drop_callback_mode(&mut self, out: &mut Actions) {
        if self.voice.in_callback_mode() {
            self.callback_mode_ended(&[], out);
        }
    }

    /// The mode in which an earlier daemon was.
    pub(super) fn recall_callback_mode(&mut self, value: &[u8]) {
        let Ok(stored) = StoredMode::decode(value) else { return };
        let callers = stored.callers.iter().filter_map(|name| self.phone_named(name)).collect();
        self.voice.callback_mode = CallbackMode { is_on: true, callers, is_recalled: true, ..CallbackMode::default() };
    }

    /// The modem side is there, which may have been in the mode for long.
    pub(super) fn callback_modem_up(&mut self, now: Now) {
        let mode = &mut self.voice.callback_mode;
        if std::mem::take(&mut mode.is_recalled) {
            mode.until = Some(now + LASTS);
        }
    }

    /// Time has passed.
    pub(super) fn callback_tick(&mut self, now: Now, out: &mut Actions) {
        if self.voice.callback_mode.until.is_some_and(|until| until <= now) {
            self.drop_callback_mode(out);
        }
    }

    fn tell_called_back(&self, code: UnsolCode, payload: &[u8], out: &mut Actions) {
        for phone in self.phones.ids().filter(|phone| self.is_called_back(*phone)) {
            self.tell(phone, code, payload, out);
        }
    }
}
