//! What must fit the number of SIMs.

use config_file::Mistakes;
use serde_json::Value;

use super::{at, of_phone};
use crate::config::{Config, Incoming, MOST_SIMS};

/// What must fit the number of SIMs.
pub(super) fn sims(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
    let sims = config.modem.sims;
    if !(1..=MOST_SIMS).contains(&sims) {
        return mistakes.add(at("modem", "sims"), format!("must be 1 to {MOST_SIMS}"));
    }
    let modem = &config.modem;
    let is_several = sims > 1;
    if is_several && modem.replay.is_some() {
        mistakes.add(at("modem", "replay"), "a trace is of one SIM, and sims says that there are more");
    }
    if is_several
        && modem.source().is_library()
        && tree.get("modem").and_then(|modem| modem.get("multi_sim")) == Some(&Value::Bool(false))
    {
        mistakes.add(at("modem", "multi_sim"), "a library with several SIMs was compiled with ANDROID_MULTI_SIM");
    }
    if !modem.socket.is_empty() && modem.socket.len() != usize::from(sims) {
        mistakes.add(at("modem", "socket"), not_one_each(modem.socket.len(), sims));
    }
    if !modem.sap_socket.is_empty() && modem.sap_socket.len() != usize::from(sims) {
        mistakes.add(at("modem", "sap_socket"), not_one_each(modem.sap_socket.len(), sims));
    }
    if is_several && config.calls.incoming == Incoming::Switch {
        let what = "\"switch\" is for one SIM: a call on one must not take the screen from a call on another";
        mistakes.add(at("calls", "incoming"), what);
    }
    if !(1..=sims).contains(&config.bridge.sim) {
        mistakes.add(at("bridge", "sim"), format!("must be the number of a SIM, 1 to {sims}"));
    }
    for (index, phone) in config.phone.iter().enumerate() {
        for (key, sockets) in [("socket", &phone.socket), ("sap_socket", &phone.sap_socket)] {
            if sockets.len() > usize::from(sims) {
                mistakes.add(of_phone(index, key), not_one_each(sockets.len(), sims));
            }
        }
        // With some of them, it would be told the true one of another SIM.
        for (key, values) in [("imei", &phone.imei), ("imsi", &phone.imsi)] {
            if !values.is_empty() && values.len() != usize::from(sims) {
                mistakes.add(of_phone(index, key), not_one_each(values.len(), sims));
            }
        }
    }
}

fn not_one_each(found: usize, sims: u8) -> String {
    format!("must be one for each SIM: {found} instead of {sims}")
}
