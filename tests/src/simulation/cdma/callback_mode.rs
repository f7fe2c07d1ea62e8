//! Emergency callback mode: whether the router is in it, and who hears of it and may end it.
//!
//! Whether the router is in it is not known when root was killed since: what it has noted may not have been durable,
//! and what the modem did meanwhile, nobody heard. That lasts for as long as a handset stays in the mode at most.

use std::collections::BTreeSet;
use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, parcel};

use super::texts::V;
use crate::simulation::world::World;

/// How long the mode lasts at most that an earlier root knew of.
const LASTS: Duration = Duration::from_secs(300);

/// What is known of the mode.
#[derive(Debug)]
pub(super) struct CallbackMode {
    /// Whether the router is in it, if that is known.
    is_on: Option<bool>,
    /// Until then it may be in it, if that is not known.
    until: Option<Duration>,
    /// Whose requests to leave it the modem has not answered.
    exits: Vec<usize>,
    /// What one of them came to, nobody heard.
    may_be_left: bool,
    /// Nobody is known to have called for help, and whoever hears that it begins now is taken for the one.
    is_guessed: bool,
    /// The modem has made somebody's call for help: of one of those below.
    is_made: bool,
    /// The same, if root were killed now.
    is_made_for_good: bool,
    /// Who has ever called for help, or was taken for the one.
    helped: BTreeSet<usize>,
    /// Calls for help that are not answered: phones and serials.
    dials: BTreeSet<(usize, i32)>,
}

impl Default for CallbackMode {
    fn default() -> Self {
        Self {
            is_on: Some(false),
            until: None,
            exits: Vec::new(),
            may_be_left: false,
            is_guessed: false,
            is_made: false,
            is_made_for_good: false,
            helped: BTreeSet::new(),
            dials: BTreeSet::new(),
        }
    }
}

impl CallbackMode {
    /// A phone calls for help.
    pub(super) fn calls_for_help(&mut self, place: usize, serial: i32) {
        self.helped.insert(place);
        self.dials.insert((place, serial));
    }

    /// A phone was told what became of a call.
    pub(super) fn dial_answered(&mut self, place: usize, serial: i32, errno: Errno) {
        self.is_made |= self.dials.remove(&(place, serial)) && errno == Errno::SUCCESS;
    }

    /// A phone was told what became of its request to leave it. Where others are called back, the router itself lets it
    /// go.
    pub(super) fn exit_answered(&mut self, place: usize, errno: Errno) {
        let Some(asked) = self.exits.iter().position(|asker| *asker == place) else { return };
        self.exits.remove(asked);
        if errno == Errno::SUCCESS {
            self.is_on = Some(false);
        }
    }

    /// A phone is not there to hear what became of its request.
    pub(super) fn asker_gone(&mut self) {
        self.may_be_left |= !self.exits.is_empty();
    }

    pub(super) fn all_is_durable(&mut self) {
        self.is_made_for_good = self.is_made;
    }

    /// Root is killed.
    pub(super) fn root_gone(&mut self, phones: usize) {
        (self.is_on, self.until, self.may_be_left) = (None, None, false);
        self.exits.clear();
        self.is_made = self.is_made_for_good;
        if !self.is_made && !self.helped.is_empty() {
            // That anybody has called is not known then, and whoever is in a call may be taken for the one.
            self.helped.extend(0..phones);
        }
    }
}

impl World {
    /// The mode begins or ends by itself.
    pub(super) fn callback_mode_changes(&mut self) {
        let on = self.rng.u8(0..3) > 0;
        self.modem.console(self.now, if on { "cdma ecbm on" } else { "cdma ecbm off" });
    }

    /// Whether a phone is one that hears of it and may end it, unless that is in doubt.
    pub(super) fn is_called_back(&self, place: usize) -> Option<bool> {
        let CallbackMode { is_made, helped, .. } = &self.cdma.callback_mode;
        let has_helped = helped.contains(&place);
        if self.names.is_privileged(place) || *is_made && has_helped && helped.len() == 1 {
            return Some(true);
        }
        // Where no call is known to have been made, it is whoever has dialled, is in a call or has the screen.
        if has_helped || !is_made { None } else { Some(false) }
    }

    /// Who is to hear that it begins.
    pub(super) fn who_is_called_back(&self) -> Vec<Option<bool>> {
        let who = (0..self.clients.len())
            .map(|place| if self.clients[place].up { self.is_called_back(place) } else { Some(false) });
        who.collect()
    }

    /// Who is to hear that it ends: who has called for help may not have been told that it begins.
    pub(super) fn who_is_not_called_back_any_more(&self) -> Vec<Option<bool>> {
        let who = self.who_is_called_back().into_iter().enumerate();
        who.map(|(place, hears)| hears.filter(|hears| !hears || self.names.is_privileged(place))).collect()
    }

    /// The router hears that it begins.
    pub(super) fn callback_mode_begins(&mut self) {
        let mode = &mut self.cdma.callback_mode;
        mode.is_on = Some(true);
        mode.is_guessed = !mode.is_made;
    }

    /// These have heard that it begins.
    pub(super) fn are_told_of_callback_mode(&mut self, told: &[usize]) {
        let others: Vec<usize> = told.iter().copied().filter(|place| !self.names.is_privileged(*place)).collect();
        let mode = &mut self.cdma.callback_mode;
        if std::mem::take(&mut mode.is_guessed) {
            let strangers = others.iter().filter(|place| !mode.helped.contains(place)).count();
            assert!(strangers <= 1, "{others:?} are all taken for the one who called for help");
            // Or it is a phone that did not hear of it, or hears of it anyway.
            let guessed = if others.is_empty() { (0..self.clients.len()).collect() } else { others };
            mode.helped.extend(guessed);
        }
    }

    /// The router hears that it ends.
    pub(super) fn callback_mode_ends(&mut self) {
        self.cdma.callback_mode.is_on = Some(false);
    }

    /// The modem side is gone, or begins anew.
    pub(super) fn callback_mode_drops(&mut self, begins: bool) {
        let mode = &mut self.cdma.callback_mode;
        if self.recorded.router.modem_version().is_some() {
            (mode.is_on, mode.may_be_left) = (Some(false), false);
            mode.exits.clear();
        } else if begins && mode.is_on.is_none() {
            mode.until = Some(self.now + LASTS);
        }
    }

    /// The modem's radio has another state.
    pub(super) fn callback_radio_changes(&mut self, payload: &[u8]) {
        if parcel::decode::<RadioState>(payload, V).is_ok_and(|state| state != RadioState::ON) {
            self.callback_mode_ends();
        }
    }

    /// The modem is about to be asked for something that not every phone may have in this mode.
    pub(super) fn check_callback_mode_kept(&mut self, code: RequestCode) {
        let Some(by) = self.by.filter(|by| by.code == code) else { return };
        let mode = &self.cdma.callback_mode;
        let matters = code == RequestCode::EXIT_EMERGENCY_CALLBACK_MODE
            || !by.emergency && mode.is_on == Some(true) && mode.exits.is_empty() && !mode.may_be_left;
        assert!(
            !matters || self.is_called_back(by.place) != Some(false),
            "{code} of phone {} ends the mode in which another is called back",
            by.place
        );
        if code == RequestCode::EXIT_EMERGENCY_CALLBACK_MODE {
            let place = by.place;
            self.cdma.callback_mode.exits.push(place);
        }
    }

    /// After each event.
    pub(super) fn check_callback_mode(&self) {
        let CallbackMode { is_on, until, ref exits, may_be_left, .. } = self.cdma.callback_mode;
        let is_being_left = !exits.is_empty() || may_be_left;
        let router = self.recorded.router.in_callback_mode();
        let is_due = self.recorded.router.deadline().is_some_and(|deadline| deadline <= self.now);
        match is_on {
            Some(is_on) => assert!(
                router == is_on || is_being_left && !router,
                "the router believes in callback mode: {router}, and the modem has said: {is_on}"
            ),
            None => assert!(
                !router || until.is_none_or(|until| self.now <= until) || is_due,
                "the router believes for ever in the callback mode that an earlier one has heard of"
            ),
        }
    }

    /// Whenever all is calm: who has been told of it is told that it is over.
    pub(super) fn check_callback_mode_at_rest(&self) {
        let router = self.recorded.router.in_callback_mode();
        for client in self.clients.iter().filter(|client| client.up) {
            assert!(router || !client.in_callback_mode, "phone {} is in callback mode for ever", client.place);
        }
    }
}
