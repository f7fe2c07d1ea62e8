//! The phones: each by itself, and what no two of them may share.

use std::collections::HashMap;
use std::hash::Hash;

use caller_tag::E164;
use caller_tag::names::{NAME_RULE, is_name};
use caller_tag::suffix1::Tag;
use config_file::Mistakes;
use ril_protocol::card::commands::MOST_CHANNELS;

use super::numbers::{is_e164, is_imei, is_imsi};
use super::of_phone;
use super::sockets::{LONGEST_PATH, MADE_ANYWAY, known_lines, makes, too_long, wrong_path};
use crate::config::{Config, Outgoing, PerSim, Phone};

pub(super) fn one_phone(config: &Config, index: usize, phone: &Phone, mistakes: &mut Mistakes) {
    let mut wrong = |key: &str, what: &str| mistakes.add(of_phone(index, key), what);
    if phone.name.is_empty() {
        wrong("name", "a phone must have a name");
    } else if !is_name(&phone.name) {
        wrong("name", &format!("must be {NAME_RULE}"));
    } else if known_lines(config).iter().any(|line| too_long(&line.run.phone_socket(&phone.name))) {
        wrong("name", &format!("the path of its socket in run.dir is over {LONGEST_PATH} bytes"));
    }
    for socket in phone.socket.iter() {
        if let Some(what) = wrong_path(socket) {
            wrong("socket", &what);
        } else if makes(config, socket) {
            wrong("socket", MADE_ANYWAY);
        }
    }
    if phone.number.as_ref().is_some_and(|number| !is_e164(number)) {
        wrong("number", "must be an E.164 number: + and 2 to 15 digits, the first not 0");
    }
    if phone.tag.is_some_and(|tag| Tag::new(tag).is_none()) {
        wrong("tag", "must be one digit, 0 to 9");
    }
    if phone.imei.iter().any(|imei| !is_imei(imei)) {
        wrong("imei", "must be 15 digits, the last one the check digit of the others");
    }
    if !phone.imsi.iter().all(|imsi| is_imsi(imsi)) {
        wrong("imsi", "must be 6 to 15 digits");
    }
    if phone.sim_channels > MOST_CHANNELS {
        wrong("sim_channels", &format!("must be 0 to {MOST_CHANNELS}"));
    }
    if phone.access.as_ref().is_some_and(|access| !access.starts_with('+') || E164::parse(access).is_err()) {
        wrong("access", "must be + and the digits of a number that its country can have");
    }
    if phone.outgoing == Outgoing::Bridge && (phone.access.is_none() || phone.tag.is_none()) {
        wrong("outgoing", "\"bridge\" needs access and tag, too");
    }
}

/// No value is there twice, for whichever SIM of whichever phone; `told` is what values differ in.
pub(super) fn distinct<T>(
    phones: &[Phone],
    of: fn(&Phone) -> &PerSim<T>,
    told: fn(&T) -> String,
    key: &str,
    mistakes: &mut Mistakes,
) {
    let mut seen = HashMap::new();
    for (index, phone) in phones.iter().enumerate() {
        for value in of(phone).iter() {
            match seen.insert(told(value), index) {
                Some(first) if first == index => mistakes.add(of_phone(index, key), "has the same for two SIMs"),
                Some(first) => mistakes.add(of_phone(index, key), format!("phone[{first}] has the same")),
                None => {}
            }
        }
    }
}

pub(super) fn unique<T: Eq + Hash>(values: impl Iterator<Item = Option<T>>, key: &str, mistakes: &mut Mistakes) {
    let mut seen = HashMap::new();
    for (index, value) in values.enumerate() {
        let Some(value) = value else { continue };
        if let Some(first) = seen.get(&value) {
            mistakes.add(of_phone(index, key), format!("phone[{first}] has the same"));
        } else {
            seen.insert(value, index);
        }
    }
}
