//! What a well-formed configuration must also satisfy.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::Ipv6Addr;
use std::path::Path;

use caller_tag::E164;
use caller_tag::link::seal::DeviceName;
use config_file::{Mistakes, Step};
use serde_json::Value;

use super::{Config, DIALECTS, FOREGROUND, Outgoing, Phone, Scheme};

/// The longest path that `sockaddr_un` holds, without its final NUL.
const SOCKET_PATH_LIMIT: usize = 107;

/// Longest name of a phone.
const NAME_LIMIT: usize = 32;

/// Notes what is wrong with `config`; `tree` is the file as it was written, for the question whether a key is there.
pub(super) fn check(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
    if !config.run.dir.is_absolute() {
        mistakes.add(at("run", "dir"), "must be an absolute path");
    }
    if config.run.wake_lock.as_ref().is_some_and(|path| !path.is_absolute()) {
        mistakes.add(at("run", "wake_lock"), "must be an absolute path");
    }
    modem(config, tree, mistakes);
    if !config.calls.emergency_numbers.iter().all(|number| is_dialled(number)) {
        mistakes.add(at("calls", "emergency_numbers"), "must be numbers of 2 to 6 of 0-9, * and #");
    }
    sms(config, mistakes);
    if config.trace.ring > 4096 {
        mistakes.add(at("trace", "ring"), "must be 0 to 4096 MiB");
    }
    if config.trace.ends > 0 && config.trace.ring == 0 {
        mistakes.add(at("trace", "ends"), "is about the ring, and there is none");
    }
    if config.trace.dir.as_ref().is_some_and(|dir| !dir.is_absolute()) {
        mistakes.add(at("trace", "dir"), "must be an absolute path");
    }
    bridge(config, mistakes);
    if config.phone.is_empty() {
        mistakes.add(vec![Step::Key("phone".into())], "there is no [[phone]]");
    }
    for (index, phone) in config.phone.iter().enumerate() {
        one_phone(config, index, phone, mistakes);
    }
    sap(config, mistakes);
    let phones = &config.phone;
    if let Some(owner) = &config.data.owner
        && !phones.iter().any(|phone| phone.name == *owner)
    {
        mistakes.add(at("data", "owner"), "there is no phone of that name");
    }
    unique(phones.iter().map(|phone| Some(&phone.name).filter(|name| !name.is_empty())), "name", mistakes);
    unique(phones.iter().map(|phone| phone.socket.as_ref()), "socket", mistakes);
    unique(phones.iter().map(|phone| phone.number.as_ref()), "number", mistakes);
    unique(phones.iter().map(|phone| phone.access.as_ref()), "access", mistakes);
    unique(phones.iter().map(|phone| phone.tag), "tag", mistakes);
    unique(phones.iter().map(|phone| phone.imei.as_ref()), "imei", mistakes);
}

fn modem(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
    let modem = &config.modem;
    let written = |key: &&str| tree.get("modem").and_then(|modem| modem.get(key)).is_some();
    let sources: Vec<&str> = ["library", "socket", "replay"].into_iter().filter(written).collect();
    if let [first, others @ ..] = &sources[..] {
        for other in others {
            mistakes.add(at("modem", other), format!("there is already a {first}; a modem has only one source"));
        }
    }
    if written(&"library") && modem.library.as_os_str().is_empty() {
        mistakes.add(at("modem", "library"), "must not be empty");
    }
    if modem.args.iter().any(|arg| arg.contains('\0')) {
        mistakes.add(at("modem", "args"), "must not contain a NUL character");
    }
    if let Some(dialect) = &modem.dialect
        && !Path::new(dialect).is_absolute()
        && !DIALECTS.iter().any(|(name, _)| name == dialect)
    {
        let known: Vec<&str> = DIALECTS.iter().map(|(name, _)| *name).collect();
        let what = format!("must be one of {}, or an absolute path", known.join(", "));
        mistakes.add(at("modem", "dialect"), what);
    }
    for key in ["replay_phone", "replay_full_speed"] {
        if modem.replay.is_none() && written(&key) {
            mistakes.add(at("modem", key), "is about a replay, and there is none");
        }
    }
    if modem.isolate && (modem.socket.is_some() || modem.replay.is_some()) {
        mistakes.add(at("modem", "isolate"), "is about a library, and there is none");
    }
    if !modem.isolate && written(&"hang_after") {
        mistakes.add(at("modem", "hang_after"), "is about an isolated library");
    }
    match &modem.socket {
        Some(path) if !path.is_absolute() => mistakes.add(at("modem", "socket"), "must be an absolute path"),
        Some(path) if too_long(path) => {
            mistakes.add(at("modem", "socket"), "is over 107 bytes, the most that a socket address holds");
        }
        Some(path) if serves(config, path) => {
            mistakes.add(at("modem", "socket"), "is a socket of a phone, on which this daemon itself serves");
        }
        Some(_) => {}
        None if modem.socket_uid.is_some() => {
            mistakes.add(at("modem", "socket_uid"), "is about a socket, and there is none");
        }
        None => {}
    }
    match &modem.sap_socket {
        Some(_) if modem.socket.is_none() => {
            mistakes.add(at("modem", "sap_socket"), "is about the rild of a socket, and there is none");
        }
        Some(path) if !path.is_absolute() => mistakes.add(at("modem", "sap_socket"), "must be an absolute path"),
        Some(path) if too_long(path) => {
            mistakes.add(at("modem", "sap_socket"), "is over 107 bytes, the most that a socket address holds");
        }
        Some(path) if serves(config, path) => {
            mistakes.add(at("modem", "sap_socket"), "is a socket of a phone, on which this daemon itself serves");
        }
        Some(path) if modem.socket.as_ref() == Some(path) => {
            mistakes.add(at("modem", "sap_socket"), "is the socket for everything else");
        }
        Some(_) => {}
        None if modem.sap_socket_uid.is_some() => {
            mistakes.add(at("modem", "sap_socket_uid"), "is about sap_socket, and there is none");
        }
        None => {}
    }
}

/// The SIM Access Profile: one phone's, which may do what it allows anyway, of a modem side that can have it.
fn sap(config: &Config, mistakes: &mut Mistakes) {
    let mut first = None;
    for (index, phone) in config.phone.iter().enumerate() {
        let mut wrong = |key: &str, what: String| mistakes.add(of_phone(index, key), what);
        for (key, written) in [("sap_socket", phone.sap_socket.is_some()), ("sap_uid", phone.sap_uid.is_some())] {
            if written && !phone.sap {
                wrong(key, "is about sap, which this phone has not".into());
            }
        }
        if let Some(path) = &phone.sap_socket {
            if !path.is_absolute() {
                wrong("sap_socket", "must be an absolute path".into());
            } else if too_long(path) {
                wrong("sap_socket", "is over 107 bytes, the most that a socket address holds".into());
            } else if config.phone.iter().any(|other| other.socket.as_ref() == Some(path)) {
                wrong("sap_socket", "is a socket of a phone for everything else".into());
            }
        }
        if !phone.sap {
            continue;
        }
        if let Some(first) = first.replace(index) {
            wrong("sap", format!("phone[{first}] has it, and there is one SIM to have"));
        } else if !config.is_privileged(index) {
            wrong("sap", "needs privileged, too: it gives raw commands to the SIM".into());
        } else if config.modem.replay.is_some() {
            wrong("sap", "needs a SIM, and a trace has none".into());
        } else if config.modem.socket.is_some() && config.modem.sap_socket.is_none() {
            wrong("sap", "needs sap_socket of [modem], too".into());
        }
        if too_long(&config.run.sap_socket(&phone.name)) {
            wrong("name", "the path of its socket for the SIM Access Profile in run.dir is over 107 bytes".into());
        }
    }
}

/// Whether a phone is served at this path.
fn serves(config: &Config, path: &Path) -> bool {
    let own = |phone: &Phone| {
        let made = [config.run.phone_socket(&phone.name), config.run.sap_socket(&phone.name)];
        made.iter().any(|made| made == path)
            || [&phone.socket, &phone.sap_socket].map(Option::as_deref).contains(&Some(path))
    };
    config.phone.iter().any(own)
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

fn bridge(config: &Config, mistakes: &mut Mistakes) {
    let bridge = &config.bridge;
    let link = [
        ("address", bridge.address.is_some()),
        ("device", bridge.device.is_some()),
        ("key_file", bridge.key_file.is_some()),
    ];
    let missing: Vec<&str> = link.iter().filter(|(_, is_there)| !is_there).map(|(key, _)| *key).collect();
    if let Some((present, _)) = link.iter().find(|(_, is_there)| *is_there)
        && !missing.is_empty()
    {
        mistakes.add(at("bridge", present), format!("the link needs {}, too", missing.join(" and ")));
    }
    if bridge.address.as_ref().is_some_and(|address| !is_host_and_port(address)) {
        mistakes.add(at("bridge", "address"), "must be a host and a port, as in host:5065 or [2001:db8::1]:5065");
    }
    if let Some(Err(no_name)) = bridge.device.as_ref().map(|name| name.parse::<DeviceName>()) {
        mistakes.add(at("bridge", "device"), no_name.to_string());
    }
    if bridge.key_file.as_ref().is_some_and(|path| !path.is_absolute()) {
        mistakes.add(at("bridge", "key_file"), "must be an absolute path");
    }
    if bridge.sim_key_file.as_ref().is_some_and(|path| !path.is_absolute()) {
        mistakes.add(at("bridge", "sim_key_file"), "must be an absolute path");
    }
    if bridge.scheme == Scheme::SuffixKeyed && bridge.sim_key_file.is_none() {
        mistakes.add(at("bridge", "scheme"), "\"suffix-keyed\" needs sim_key_file, too");
    }
    if !(1..=2).contains(&bridge.check_digits) {
        mistakes.add(at("bridge", "check_digits"), "must be 1 or 2");
    }
}

fn one_phone(config: &Config, index: usize, phone: &Phone, mistakes: &mut Mistakes) {
    let mut wrong = |key: &str, what: &str| mistakes.add(of_phone(index, key), what);
    if phone.name.is_empty() {
        wrong("name", "a phone must have a name");
    } else if phone.name.len() > NAME_LIMIT || !phone.name.bytes().all(in_name) {
        wrong("name", "must be 1 to 32 of a-z, 0-9, _ and -");
    } else if too_long(&config.run.phone_socket(&phone.name)) {
        wrong("name", "the path of its socket in run.dir is over 107 bytes");
    }
    if let Some(socket) = &phone.socket {
        if !socket.is_absolute() {
            wrong("socket", "must be an absolute path");
        } else if too_long(socket) {
            wrong("socket", "is over 107 bytes, the most that a socket address holds");
        }
    }
    if phone.number.as_ref().is_some_and(|number| !is_e164(number)) {
        wrong("number", "must be an E.164 number: + and 2 to 15 digits, the first not 0");
    }
    if phone.tag.is_some_and(|tag| tag > 9) {
        wrong("tag", "must be one digit, 0 to 9");
    }
    if phone.imei.as_ref().is_some_and(|imei| !is_imei(imei)) {
        wrong("imei", "must be 15 digits, the last one the check digit of the others");
    }
    if phone.imsi.as_ref().is_some_and(|imsi| !(6..=15).contains(&imsi.len()) || !is_digits(imsi)) {
        wrong("imsi", "must be 6 to 15 digits");
    }
    if phone.sim_channels > 19 {
        wrong("sim_channels", "must be 0 to 19");
    }
    if phone.access.as_ref().is_some_and(|access| !access.starts_with('+') || E164::parse(access).is_err()) {
        wrong("access", "must be + and the digits of a number that its country can have");
    }
    if phone.outgoing == Outgoing::Bridge && (phone.access.is_none() || phone.tag.is_none()) {
        wrong("outgoing", "\"bridge\" needs access and tag, too");
    }
}

fn unique<T: Eq + Hash>(values: impl Iterator<Item = Option<T>>, key: &str, mistakes: &mut Mistakes) {
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

fn at(table: &str, key: &str) -> Vec<Step> {
    vec![Step::Key(table.into()), Step::Key(key.into())]
}

fn of_phone(index: usize, key: &str) -> Vec<Step> {
    vec![Step::Key("phone".into()), Step::Index(index), Step::Key(key.into())]
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-'
}

fn too_long(socket: &Path) -> bool {
    socket.as_os_str().len() > SOCKET_PATH_LIMIT
}

/// RFC 3986, 3.2.2: an address of IPv6 is in brackets. Whether there is such a host is found out by the daemon.
fn is_host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let is_port = is_digits(port) && port.parse::<u16>().is_ok_and(|port| port != 0);
    let is_host = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']').is_some_and(|host| host.parse::<Ipv6Addr>().is_ok()),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
    };
    is_host && is_port
}

/// What EF_ECC can hold (3GPP TS 31.102, 4.2.21); one digit alone is a slip of the finger.
fn is_dialled(number: &str) -> bool {
    (2..=6).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit() || c == b'*' || c == b'#')
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|digit| digit.is_ascii_digit())
}

/// 3GPP TS 23.003, 6.2.1 and annex B: fourteen digits and a Luhn check digit.
fn is_imei(imei: &str) -> bool {
    let weighted = |(place, digit): (usize, u8)| {
        let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
        value / 10 + value % 10
    };
    imei.len() == 15 && is_digits(imei) && imei.bytes().enumerate().map(weighted).sum::<u32>() % 10 == 0
}

/// ITU-T E.164, 6.2: at most 15 digits, the country code first and never 0.
fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && is_digits(digits) && !digits.starts_with('0')
}
