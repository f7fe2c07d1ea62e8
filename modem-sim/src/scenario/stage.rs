//! A modem with the scenarios that are played on it and with those who watch it.
//!
//! Everything that happens to the modem goes through here: players see a request before the modem does, and what it
//! says about it after that. Pure as the modem is: what is to be said goes into channels, which nobody waits for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Sender, SyncSender};
use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::{RequestCode, UnsolCode, parcel};
use vendor_shim::guest::Token;

use super::player::Player;
use super::report::Report;
use super::seen::Seen;
use super::step::Scenario;
use crate::model::{Effect, Effects, Input, Modem, VERSION};
use crate::states::watched;

/// The name of a scenario that is being played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayerId(u64);

/// A modem, its players, and its watchers.
#[derive(Debug)]
pub struct Stage {
    /// The modem.
    pub modem: Modem,
    players: Vec<Playing>,
    players_ever: u64,
    watchers: Vec<SyncSender<String>>,
    /// The states as watchers know them.
    shown: Vec<String>,
    /// What was asked under each token that is not answered yet.
    asked: BTreeMap<usize, RequestCode>,
    /// The earliest time that somebody was asked to come back at.
    alarm: Option<Duration>,
}

#[derive(Debug)]
struct Playing {
    id: PlayerId,
    player: Player,
    reports: Sender<Report>,
}

impl Stage {
    /// A modem that nobody watches.
    pub fn new(modem: Modem) -> Self {
        Self {
            modem,
            players: Vec::new(),
            players_ever: 0,
            watchers: Vec::new(),
            shown: Vec::new(),
            asked: BTreeMap::new(),
            alarm: None,
        }
    }

    /// Something happens to the modem; what is to be done.
    pub fn handle(&mut self, now: Duration, input: Input<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Input::Request { code, token, payload } = input {
            self.asked.insert(token.0, code);
            if self.has_audience() {
                self.see(&Seen::request(now, code, payload));
                effects = self.follow(now, Vec::new());
            }
        }
        let handled = self.modem.handle(now, input);
        effects.extend(self.follow(now, handled));
        effects
    }

    /// Somebody does something to the modem; what is to be done.
    pub fn operate<T>(&mut self, now: Duration, act: impl FnOnce(&mut Modem, &mut Effects) -> T) -> (T, Vec<Effect>) {
        let (result, effects) = self.modem.operate(now, act);
        (result, self.follow(now, effects))
    }

    /// The time of [`take_alarm`](Self::take_alarm) has come.
    pub fn ring(&mut self, now: Duration) -> Vec<Effect> {
        self.alarm = None;
        self.follow(now, Vec::new())
    }

    /// How long until [`ring`](Self::ring) is to be called, if nobody was told so already.
    pub fn take_alarm(&mut self, now: Duration) -> Option<Duration> {
        let next = self.players.iter().filter_map(|playing| playing.player.wakes_at()).min()?;
        if self.alarm.is_some_and(|alarm| alarm <= next) {
            return None;
        }
        self.alarm = Some(next);
        Some(next.saturating_sub(now))
    }

    /// Plays a scenario from now on. What becomes of its steps is sent as it happens; the channel closes at its end.
    pub fn play(&mut self, now: Duration, scenario: Scenario, reports: Sender<Report>) -> (PlayerId, Vec<Effect>) {
        self.players_ever += 1;
        let id = PlayerId(self.players_ever);
        self.players.push(Playing { id, player: Player::new(scenario, now), reports });
        (id, self.follow(now, Vec::new()))
    }

    /// Ends a scenario before its end.
    pub fn stop(&mut self, id: PlayerId) {
        self.players.retain(|playing| playing.id != id);
    }

    /// From now on everything that is seen of the modem is sent there, a line each: the time in milliseconds, then
    /// `request`, `answer`, `told` or `state`. Whoever does not keep up is left behind, and finds the channel closed.
    pub fn watch(&mut self, now: Duration, watcher: SyncSender<String>) {
        self.shown = watched(&self.modem);
        let begins = self.shown.iter().all(|state| watcher.try_send(line(now, &format!("state {state}"))).is_ok());
        if begins {
            self.watchers.push(watcher);
        }
    }

    fn has_audience(&self) -> bool {
        !(self.players.is_empty() && self.watchers.is_empty())
    }

    /// Lets players see what the modem does, and do what they want about it, until none wants anything.
    fn follow(&mut self, now: Duration, effects: Vec<Effect>) -> Vec<Effect> {
        let mut queue = VecDeque::from(effects);
        let mut followed = Vec::with_capacity(queue.len());
        loop {
            while let Some(effect) = queue.pop_front() {
                let seen = self.effect(now, &effect);
                followed.push(effect);
                if let Some(seen) = seen {
                    self.see(&seen);
                    queue.extend(self.go_on(now));
                }
            }
            self.players.iter_mut().for_each(|playing| playing.player.note_seen());
            queue.extend(self.go_on(now));
            if queue.is_empty() && !self.players.iter().any(|playing| playing.player.rests()) {
                break;
            }
        }
        self.show_states(now);
        followed
    }

    /// What an effect looks like from outside.
    fn effect(&mut self, now: Duration, effect: &Effect) -> Option<Seen> {
        match effect {
            Effect::Answer(Token(token), reply) => {
                let code = self.asked.remove(token)?;
                self.has_audience().then(|| Seen::answer(now, code, reply.errno, &reply.payload))
            }
            Effect::Unsolicited(code, payload) => self.has_audience().then(|| Seen::told(now, *code, payload)),
            Effect::RadioState(state) => self.has_audience().then(|| radio_state(now, *state)),
            // Raw commands to the card are nobody's to see.
            Effect::SapAnswer(..) | Effect::SapTell(..) | Effect::After(..) | Effect::Abort => None,
        }
    }

    fn see(&mut self, seen: &Seen) {
        self.tell_watchers(&line(seen.at, &seen.to_string()));
        self.players.iter_mut().for_each(|playing| playing.player.see(seen));
    }

    fn go_on(&mut self, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        for Playing { player, reports, .. } in &mut self.players {
            let ((), more) = self.modem.operate(now, |modem, to| player.go_on(now, modem, to));
            effects.extend(more);
            for report in player.take_reports() {
                // Nobody may be left to hear of it: whoever has gone stops the scenario by itself.
                let _ = reports.send(report);
            }
        }
        self.players.retain(|playing| !playing.player.is_over());
        effects
    }

    fn show_states(&mut self, now: Duration) {
        if self.watchers.is_empty() {
            return;
        }
        let states = watched(&self.modem);
        let changed: Vec<&String> = states.iter().filter(|state| !self.shown.contains(state)).collect();
        let lines: Vec<String> = changed.into_iter().map(|state| line(now, &format!("state {state}"))).collect();
        lines.iter().for_each(|line| self.tell_watchers(line));
        self.shown = states;
    }

    fn tell_watchers(&mut self, line: &str) {
        self.watchers.retain(|watcher| watcher.try_send(line.to_owned()).is_ok());
    }
}

fn line(at: Duration, what: &str) -> String {
    format!("{} {what}", at.as_millis())
}

fn radio_state(now: Duration, state: RadioState) -> Seen {
    Seen::told(now, UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &parcel::encode(&state, VERSION))
}
