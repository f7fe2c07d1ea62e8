//! What a well-formed configuration must also satisfy.

mod bridge;
mod modem;
mod numbers;
mod phones;
mod sap;
mod sims;
mod sockets;

use config_file::{Mistakes, Step};
use serde_json::Value;

use self::numbers::is_dialled;
use self::phones::{distinct, one_phone, unique};
use self::sockets::identity_of;
use super::{Config, FOREGROUND};

/// The largest ring of traces, in MiB.
const LARGEST_RING: u32 = 4096;

/// Notes what is wrong with `config`; `tree` is the file as it was written, for the question whether a key is there.
pub(super) fn check(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
    if !config.run.dir.is_absolute() {
        mistakes.add(at("run", "dir"), "must be an absolute path");
    }
    if config.run.wake_lock.as_ref().is_some_and(|path| !path.is_absolute()) {
        mistakes.add(at("run", "wake_lock"), "must be an absolute path");
    }
    if config.run.user == Some(u32::MAX) {
        mistakes.add(at("run", "user"), "is no user's id");
    }
    modem::modem(config, tree, mistakes);
    if !config.calls.emergency_numbers.iter().all(|number| is_dialled(number)) {
        mistakes.add(at("calls", "emergency_numbers"), "must be numbers of 2 to 6 of 0-9, * and #");
    }
    sms(config, mistakes);
    if config.trace.ring > LARGEST_RING {
        mistakes.add(at("trace", "ring"), format!("must be 0 to {LARGEST_RING} MiB"));
    }
    if config.trace.ends > 0 && config.trace.ring == 0 {
        mistakes.add(at("trace", "ends"), "is about the ring, and there is none");
    }
    if config.trace.dir.as_ref().is_some_and(|dir| !dir.is_absolute()) {
        mistakes.add(at("trace", "dir"), "must be an absolute path");
    }
    bridge::bridge(config, mistakes);
    if config.phone.is_empty() {
        mistakes.add(vec![Step::Key("phone".into())], "there is no [[phone]]");
    }
    for (index, phone) in config.phone.iter().enumerate() {
        one_phone(config, index, phone, mistakes);
    }
    sap::sap(config, mistakes);
    let phones = &config.phone;
    if let Some(owner) = &config.data.owner
        && !phones.iter().any(|phone| phone.name == *owner)
    {
        mistakes.add(at("data", "owner"), "there is no phone of that name");
    }
    unique(phones.iter().map(|phone| Some(&phone.name).filter(|name| !name.is_empty())), "name", mistakes);
    distinct(phones, |phone| &phone.socket, |path| identity_of(path), "socket", mistakes);
    distinct(phones, |phone| &phone.sap_socket, |path| identity_of(path), "sap_socket", mistakes);
    unique(phones.iter().map(|phone| phone.number.as_ref()), "number", mistakes);
    unique(phones.iter().map(|phone| phone.access.as_ref()), "access", mistakes);
    unique(phones.iter().map(|phone| phone.tag), "tag", mistakes);
    distinct(phones, |phone| &phone.imei, String::clone, "imei", mistakes);
    sims::sims(config, tree, mistakes);
}

fn sms(config: &Config, mistakes: &mut Mistakes) {
    let default = &config.sms.default;
    let phone = config.phone.iter().find(|phone| phone.name == *default);
    if phone.is_none() && default != FOREGROUND {
        mistakes.add(at("sms", "default"), "there is no phone of this name");
    }
    if phone.is_some_and(|phone| !phone.telephony) {
        mistakes.add(at("sms", "default"), "this phone has no telephony");
    }
}

fn at(table: &str, key: &str) -> Vec<Step> {
    vec![Step::Key(table.into()), Step::Key(key.into())]
}

fn of_phone(index: usize, key: &str) -> Vec<Step> {
    vec![Step::Key("phone".into()), Step::Index(index), Step::Key(key.into())]
}
