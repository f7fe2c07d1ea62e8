//! The states of a modem by name: for `when` and `expect`, for those who watch, and for `status` on the console.

use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::sim::PinState;

use crate::model::Modem;

/// One of the states below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(usize);

type Values = fn(&Modem) -> Vec<String>;

/// Name and values, of which most states have exactly one.
const STATES: [(&str, Values); 14] = [
    ("radio", |modem| one(&radio(modem.radio()))),
    ("sim", |modem| one(&card(modem))),
    ("voice", |modem| one(&modem.network.voice_now())),
    ("data", |modem| one(&modem.network.data_now())),
    ("operator", |modem| one(&modem.network.operator().map_or("none", |operator| operator.long.as_str()))),
    ("technology", |modem| one(&modem.network.technology)),
    ("signal", |modem| one(&modem.network.signal_report().gw_signal_strength)),
    ("calls", |modem| one(&modem.calls.lines().len())),
    ("data-calls", |modem| one(&modem.data.calls().count())),
    ("sms-sent", |modem| one(&modem.sms.outbox.count())),
    ("sms-waiting", |modem| one(&modem.sms.inbox.undelivered())),
    ("call", |modem| modem.calls.lines().iter().map(|call| call.state.to_string()).collect()),
    ("silent", |modem| one(&if modem.is_silent() { "yes" } else { "no" })),
    ("requests", |modem| one(&modem.counts.total())),
];

/// How many of them `status` shows.
const SHOWN: usize = 11;

fn one(value: &impl ToString) -> Vec<String> {
    vec![value.to_string()]
}

impl State {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let found = STATES.iter().position(|(state, _)| *state == name).map(Self);
        found.ok_or_else(|| format!("no state '{name}'; there are {}", STATES.map(|(name, _)| name).join(", ")))
    }
}

pub(super) fn values(state: State, modem: &Modem) -> Vec<String> {
    STATES.get(state.0).map(|(_, values)| values(modem)).unwrap_or_default()
}

/// `name=value`, with all the values that it has.
pub(super) fn show(state: State, modem: &Modem) -> String {
    let name = STATES.get(state.0).map_or("", |(name, _)| name);
    format!("{name}={}", values(state, modem).join(","))
}

/// All states but the number of requests, which those who watch have seen come.
pub(super) fn watched(modem: &Modem) -> Vec<String> {
    (0..STATES.len() - 1).map(|at| show(State(at), modem)).collect()
}

/// What `status` shows: names and values.
pub(crate) fn states(modem: &Modem) -> Vec<(&'static str, String)> {
    STATES.iter().take(SHOWN).map(|(name, values)| (*name, values(modem).concat())).collect()
}

pub(crate) fn radio(state: RadioState) -> &'static str {
    match state {
        RadioState::ON => "on",
        RadioState::OFF => "off",
        _ => "unavailable",
    }
}

pub(crate) fn card(modem: &Modem) -> &'static str {
    let card = &modem.sim;
    if !card.is_present() {
        return "absent";
    }
    match card.pin1().state() {
        PinState::ENABLED_NOT_VERIFIED => "pin wanted",
        PinState::ENABLED_BLOCKED => "puk wanted",
        PinState::ENABLED_PERM_BLOCKED => "blocked for good",
        _ => "ready",
    }
}
