//! The states of a modem by name: for `when` and `expect`, for those who watch, and for `status` on the console.

use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::sim::PinState;

use crate::model::Modem;

/// A state.
struct Row {
    name: &'static str,
    /// Most states have exactly one value.
    values: fn(&Modem) -> Vec<String>,
    shown: Shown,
}

/// Where a state is shown that nobody asks for.
#[derive(PartialEq, Eq)]
enum Shown {
    /// By `status`, and to those who watch.
    InStatus,
    /// To those who watch.
    Watched,
    /// Nowhere.
    Asked,
}

/// One of the states below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State(usize);

const STATES: [Row; 14] = [
    Row { name: "radio", values: |modem| one(&radio(modem.radio())), shown: Shown::InStatus },
    Row { name: "sim", values: |modem| one(&card(modem)), shown: Shown::InStatus },
    Row { name: "voice", values: |modem| one(&modem.network.voice_now()), shown: Shown::InStatus },
    Row { name: "data", values: |modem| one(&modem.network.data_now()), shown: Shown::InStatus },
    Row {
        name: "operator",
        values: |modem| one(&modem.network.operator().map_or("none", |operator| operator.long.as_str())),
        shown: Shown::InStatus,
    },
    Row { name: "technology", values: |modem| one(&modem.network.technology), shown: Shown::InStatus },
    Row {
        name: "signal",
        values: |modem| one(&modem.network.signal_report().gw_signal_strength),
        shown: Shown::InStatus,
    },
    Row { name: "calls", values: |modem| one(&modem.calls.lines().len()), shown: Shown::InStatus },
    Row { name: "data-calls", values: |modem| one(&modem.data.calls().count()), shown: Shown::InStatus },
    Row { name: "sms-sent", values: |modem| one(&modem.sms.outbox.count()), shown: Shown::InStatus },
    Row { name: "sms-waiting", values: |modem| one(&modem.sms.inbox.undelivered()), shown: Shown::InStatus },
    Row {
        name: "call",
        values: |modem| modem.calls.lines().iter().map(|call| call.state.to_string()).collect(),
        shown: Shown::Watched,
    },
    Row { name: "silent", values: |modem| one(&if modem.is_silent() { "yes" } else { "no" }), shown: Shown::Watched },
    // Those who watch have seen them come.
    Row { name: "requests", values: |modem| one(&modem.counts.total()), shown: Shown::Asked },
];

fn one(value: &impl ToString) -> Vec<String> {
    vec![value.to_string()]
}

impl State {
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let found = STATES.iter().position(|state| state.name == name).map(Self);
        found.ok_or_else(|| format!("no state '{name}'; there are {}", STATES.map(|state| state.name).join(", ")))
    }
}

pub(crate) fn values(state: State, modem: &Modem) -> Vec<String> {
    STATES.get(state.0).map(|state| (state.values)(modem)).unwrap_or_default()
}

/// `name=value`, with all the values that it has.
pub(crate) fn show(state: State, modem: &Modem) -> String {
    STATES.get(state.0).map(|state| line(state, modem)).unwrap_or_default()
}

fn line(state: &Row, modem: &Modem) -> String {
    format!("{}={}", state.name, (state.values)(modem).join(","))
}

/// The states that those who watch are told of.
pub(crate) fn watched(modem: &Modem) -> Vec<String> {
    STATES.iter().filter(|state| state.shown != Shown::Asked).map(|state| line(state, modem)).collect()
}

/// What `status` shows: names and values.
pub(crate) fn states(modem: &Modem) -> Vec<(&'static str, String)> {
    let shown = STATES.iter().filter(|state| state.shown == Shown::InStatus);
    shown.map(|state| (state.name, (state.values)(modem).concat())).collect()
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
