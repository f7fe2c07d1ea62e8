//! Calls: whose they are, what a phone may do to them, and which phone hears of them.
//!
//! * `owned`: the calls at the modem and their owners; `lasting`: across restarts.
//! * `looking`: the list of calls, for the router and for the phones that ask; `appearing`: whose a new call is, and
//!   what else a list changes; `none`: when that is known to be empty.
//! * `rules`: what a phone's request may do, so that it never touches another phone's call; `cdma`: where there are no
//!   commands to hold calls; `unsettled`: what the rules cannot decide before a list has come.
//! * `dialling`, `emergency_dial`: outgoing calls; `overtaken`: what an emergency call goes before; `late_emergencies`:
//!   those that are listed late; `emergency`, `ecc`: which numbers are emergency numbers; `callback_mode`: after an
//!   emergency call.
//! * `by_service`: outgoing calls of phones that are seen as numbers of their own.
//! * `clir`, `held_values`, `tones`, `causes`: what the modem has one of and each phone its own; `front`: whose call it
//!   is about.
//! * `ending`: calls that are ended by policy, and never an emergency call in their place; `abandoned`: of a phone that
//!   does not come back.
//! * `switching`: what a change of the foreground phone means; `missed`: calls for a phone that is off.
//! * `requests`, `unsolicited`: the two directions.

mod abandoned;
mod appearing;
mod by_service;
mod callback_mode;
mod cause_form;
mod causes;
mod cdma;
mod clir;
pub(in crate::router) mod dial_string;
mod dialling;
mod ecc;
mod emergency;
mod emergency_dial;
mod ending;
mod front;
mod held_values;
mod lasting;
mod late_emergencies;
mod looking;
mod missed;
mod none;
mod overtaken;
mod owned;
mod requests;
mod rules;
mod switching;
mod tones;
mod unsettled;
mod unsolicited;

use std::time::Duration;

use ril_protocol::payload::Strings;
use ril_protocol::payload::call::Call;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};

use super::{Actions, Now, PhoneId, Router};
use crate::config::{Absent, Config, Incoming, OnSwitch};

use abandoned::Abandoned;
use by_service::{HeldTones, Intents};
use callback_mode::CallbackMode;
use causes::Causes;
use cdma::CdmaCalls;
use clir::CallerIds;
use dialling::Dialled;
use ecc::EccReader;
use emergency::EmergencyNumbers;
use emergency_dial::EmergencyDials;
use front::Front;
use held_values::HeldValue;
use lasting::LastingCalls;
use late_emergencies::LateEmergencies;
use looking::CallQuery;
use missed::MissedCalls;
use none::NoCalls;
use owned::{Calls, OwnedCall};
use unsettled::Unsettled;

pub(super) use by_service::Access;
pub(super) use overtaken::acts_on_calls;
pub(super) use owned::Shown;

/// How long a call may still appear that was dialled before the modem side came, or was given up: as long as dialling
/// may take, and then some, because what a slow modem dials late it also tells late.
const ORPHANS_FOR: Duration = Duration::from_secs(300);

/// Facilities that are locks of the card or the phone; others are the network's (3GPP TS 27.007, 7.4).
const LOCKS: [&str; 8] = ["SC", "FD", "PS", "PF", "PN", "PU", "PP", "PC"];

/// What the router knows of calls.
#[derive(Debug)]
pub(super) struct Voice {
    on_switch: OnSwitch,
    incoming: Incoming,
    absent: Absent,
    pub(super) calls: Calls,
    front: Front,
    unsettled: Unsettled,
    lasting: LastingCalls,
    looking: CallQuery,
    /// How often in a row the modem was asked to end a call that nobody sees.
    tries_to_end: u8,
    /// An emergency call has gone out on another SIM since the list was asked for that is awaited: what is found by it
    /// ends.
    ends_what_is_found: bool,
    no_calls: NoCalls,
    /// Calls that were dialled and are not in the modem's list yet.
    pub(super) dialled: Vec<Dialled>,
    intents: Intents,
    held_tones: HeldTones,
    numbers: EmergencyNumbers,
    ecc: EccReader,
    emergency_dials: EmergencyDials,
    /// Who called an emergency number last, and is called back.
    emergency_caller: Option<PhoneId>,
    late_emergencies: LateEmergencies,
    callback_mode: CallbackMode,
    /// The modem side may have been asked to dial by an earlier daemon, or before it went.
    may_be_orphans: bool,
    /// Until then a call that nobody is known to have dialled may be one that was given up. For ever, while the modem
    /// gives no list in which it could be seen.
    orphans_until: Now,
    /// A CALL_RING that is held until the ringing call has an owner.
    ring: Option<Vec<u8>>,
    clir: CallerIds,
    mute: HeldValue,
    privacy: HeldValue,
    /// Whose tone sounds.
    tone: Option<PhoneId>,
    causes: Causes,
    missed: MissedCalls,
    abandoned: Abandoned,
    pub(super) cdma: CdmaCalls,
    /// Who asked last for what the SIM's call control may comment.
    last_asker: Option<PhoneId>,
}

impl Voice {
    pub(super) fn new(config: &Config) -> Self {
        let phones = config.phone.len();
        Self {
            on_switch: config.calls.on_switch,
            incoming: config.calls.incoming,
            absent: config.calls.absent,
            calls: Calls::default(),
            front: Front::default(),
            unsettled: Unsettled::default(),
            lasting: LastingCalls::default(),
            looking: CallQuery::default(),
            tries_to_end: 0,
            ends_what_is_found: false,
            no_calls: NoCalls::default(),
            dialled: Vec::new(),
            intents: Intents::default(),
            held_tones: HeldTones::default(),
            numbers: EmergencyNumbers::new(config),
            ecc: EccReader::default(),
            emergency_dials: EmergencyDials::default(),
            emergency_caller: None,
            late_emergencies: LateEmergencies::default(),
            callback_mode: CallbackMode::default(),
            may_be_orphans: false,
            orphans_until: Now::ZERO,
            ring: None,
            clir: CallerIds::new(phones),
            mute: HeldValue::new(Some(0), phones),
            privacy: HeldValue::new(None, phones),
            tone: None,
            causes: Causes::default(),
            missed: MissedCalls::new(phones),
            abandoned: Abandoned::default(),
            cdma: CdmaCalls::default(),
            last_asker: None,
        }
    }

    /// The calls that phones missed and have not been shown yet.
    pub(super) fn missed(&self) -> impl Iterator<Item = (PhoneId, Call)> {
        self.missed.iter()
    }

    /// The modem's radio has another state: without one, nobody is told what was asked while there was one.
    pub(super) fn radio_changed(&mut self, state: RadioState) {
        if !state.is_on() {
            self.clir.forget_at_modem();
        }
    }

    /// When something about calls is due.
    pub(super) fn deadline(&self) -> Option<Now> {
        let rejected = self.calls.iter().filter_map(|call| call.reject_at).min();
        let by_service = [self.intents.deadline(), self.tones_deadline()];
        let emergencies = [self.emergency_dials.deadline(), self.callback_mode.deadline()];
        let others = [self.missed.deadline(), self.looking.deadline(), rejected, self.abandoned.deadline()];
        by_service.into_iter().chain(emergencies).chain(others).flatten().min()
    }
}

impl Router {
    /// A client of this phone is there.
    pub(super) fn calls_phone_up(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        self.note_abandoned_calls(now);
        self.voice.calls.seen_by(id);
        self.voice.lasting.seen_by(id);
        self.store_calls(out);
    }

    /// This phone has a radio again, and is told if a call rings for it by now; whether there is one.
    pub(super) fn calls_come_in_sight(&mut self, id: PhoneId, out: &mut Actions) -> bool {
        let any = self.voice.calls.seen_by(id);
        if any {
            self.store_calls(out);
            self.tell(id, UnsolCode::RESPONSE_CALL_STATE_CHANGED, &[], out);
        }
        any
    }

    /// The client of this phone is gone; how many of its questions are forgotten.
    pub(super) fn calls_phone_down(&mut self, now: Now, id: PhoneId, out: &mut Actions) -> usize {
        self.voice.emergency_dials.client_gone(id);
        self.voice.cdma.client_gone(id);
        self.voice.missed.client_gone(id);
        self.note_abandoned_calls(now);
        self.stop_stray_tone(now, out);
        self.give_up_intents(now, Errno::RADIO_NOT_AVAILABLE, |phone| phone == id, out);
        self.voice.drop_waiters(id)
    }

    /// The modem side is there: what was put off for it.
    pub(super) fn calls_modem_up(&mut self, now: Now, out: &mut Actions) {
        self.callback_modem_up(now);
        let awaits_list = self.voice.emergency_dials.awaits_list();
        self.advance_emergency(now, out);
        if self.voice.may_be_orphans {
            self.expect_orphans(now);
        }
        // There may be calls of an earlier life, also such as it had no time to store.
        if awaits_list || self.voice.may_be_orphans || self.voice.lasting.any_recalled() {
            self.look_at_calls_of_before(now, out);
        }
    }

    /// A call that was given up may come to be all the same.
    pub(super) fn expect_orphans(&mut self, now: Now) {
        self.voice.orphans_until = now + ORPHANS_FOR;
    }

    /// There was a daemon before this one, which may have dialled what is not stored.
    pub(super) fn calls_may_be_orphans(&mut self) {
        self.voice.may_be_orphans = true;
    }

    /// The modem side is gone; the phones that had calls.
    pub(super) fn calls_modem_down(&mut self, now: Now, out: &mut Actions) -> Vec<PhoneId> {
        self.keep_emergency_dials(out);
        self.forget_card();
        self.voice.ends_what_is_found = false;
        self.drop_callback_mode(out);
        self.voice.clir.forget_at_modem();
        self.voice.mute.modem_down();
        self.voice.privacy.modem_down();
        self.voice.tone = None;
        self.voice.front = Front::default();
        self.voice.cdma.modem_down();
        self.give_up_intents(now, Errno::RADIO_NOT_AVAILABLE, |_| true, out);
        self.fail_held_tones(out);
        for waiter in self.voice.unsettled.modem_down() {
            self.answer_waiter(waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
        }
        self.calls_gone(now, out)
    }

    /// Time has passed.
    pub(super) fn calls_tick(&mut self, now: Now, out: &mut Actions) {
        self.looking_tick(now, out);
        self.absent_tick(now, out);
        self.intents_tick(now, out);
        self.attend_to_tones(now, out);
        self.missed_tick(now, out);
        self.abandoned_tick(now, out);
        self.emergency_tick(now, out);
        self.callback_tick(now, out);
    }

    /// Whether more than one phone can have calls.
    pub(super) fn is_shared(&self) -> bool {
        self.phones.iter().filter(|(_, phone)| phone.telephony).nth(1).is_some()
    }

    /// This phone asks for something that the SIM's call control may comment.
    pub(super) fn note_asker(&mut self, id: PhoneId) {
        self.voice.last_asker = Some(id);
    }
}

/// Whether a request is of those that the SIM's call control sees: calls, supplementary services and USSD (3GPP TS
/// 31.111, 7.3). A lock of the card or the phone is none.
pub(super) fn is_seen_by_call_control(code: RequestCode, payload: &[u8], version: RilVersion) -> bool {
    if matches!(code, RequestCode::QUERY_FACILITY_LOCK | RequestCode::SET_FACILITY_LOCK) {
        let facility = parcel::decode::<Strings>(payload, version).ok().and_then(|strings| strings.first().cloned()?);
        return facility.is_some_and(|facility| !LOCKS.contains(&facility.as_str()));
    }
    matches!(
        code,
        RequestCode::DIAL
            | RequestCode::SEND_USSD
            | RequestCode::QUERY_CALL_FORWARD_STATUS
            | RequestCode::SET_CALL_FORWARD
            | RequestCode::QUERY_CALL_WAITING
            | RequestCode::SET_CALL_WAITING
            | RequestCode::CHANGE_BARRING_PASSWORD
            | RequestCode::QUERY_CLIP
    )
}
