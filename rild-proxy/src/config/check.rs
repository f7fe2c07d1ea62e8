//! What a well-formed configuration must also satisfy.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::net::Ipv6Addr;
use std::path::Path;

use caller_tag::E164;
use caller_tag::link::seal::DeviceName;
use config_file::{Mistakes, Step};
use serde_json::Value;
use vendor_shim::init_socket;

use super::{Config, DIALECTS, FOREGROUND, Incoming, MOST_SIMS, Modem, Outgoing, PerSim, Phone, Scheme};

/// The longest path that `sockaddr_un` holds, without its final NUL.
const SOCKET_PATH_LIMIT: usize = 107;

/// Longest name of a phone.
const NAME_LIMIT: usize = 32;

/// What is wrong with a further socket that is none.
const MADE_ANYWAY: &str = "is a socket that this daemon makes anyway, for a phone or for rilctl";

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
    distinct(phones, |phone| &phone.socket, |path| identity_of(path), "socket", mistakes);
    distinct(phones, |phone| &phone.sap_socket, |path| identity_of(path), "sap_socket", mistakes);
    unique(phones.iter().map(|phone| phone.number.as_ref()), "number", mistakes);
    unique(phones.iter().map(|phone| phone.access.as_ref()), "access", mistakes);
    unique(phones.iter().map(|phone| phone.tag), "tag", mistakes);
    distinct(phones, |phone| &phone.imei, String::clone, "imei", mistakes);
    sims(config, tree, mistakes);
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
    if has_no_library(modem) {
        let about_it = ["args", "multi_sim", "client_id", "pass_client_id"].into_iter().filter(written);
        for key in about_it.chain(modem.isolate.then_some("isolate")) {
            mistakes.add(at("modem", key), "is about a library, and there is none");
        }
    }
    if written(&"client_id") && !modem.pass_client_id {
        mistakes.add(at("modem", "client_id"), "is not passed, says pass_client_id");
    }
    if modem.last_request == Some(0) {
        mistakes.add(at("modem", "last_request"), "must be the number of a request, from 1");
    }
    if modem.last_request.is_some() && modem.replay.is_some() {
        mistakes.add(at("modem", "last_request"), "is about a library or a rild, and there is none");
    }
    if !modem.isolate && written(&"hang_after") {
        mistakes.add(at("modem", "hang_after"), "is about an isolated library");
    }
    let mut rilds = HashSet::new();
    for path in modem.socket.iter() {
        if !path.is_absolute() {
            mistakes.add(at("modem", "socket"), "must be an absolute path");
        } else if too_long(path) {
            mistakes.add(at("modem", "socket"), "is over 107 bytes, the most that a socket address holds");
        } else if serves(config, path) {
            mistakes.add(at("modem", "socket"), "is a socket on which this daemon itself serves");
        } else if !rilds.insert(path) {
            mistakes.add(at("modem", "socket"), "each SIM has a socket of its own");
        }
    }
    if modem.socket.is_empty() && modem.socket_uid.is_some() {
        mistakes.add(at("modem", "socket_uid"), "is about a socket, and there is none");
    }
    for (key, uid) in [("socket_uid", modem.socket_uid), ("sap_socket_uid", modem.sap_socket_uid)] {
        if let (Some(uid), Some(user @ 1..)) = (uid, config.run.user)
            && uid != user
        {
            mistakes
                .add(at("modem", key), format!("user {user}, which run.user makes of the daemon, may be nobody else"));
        }
    }
    for path in modem.sap_socket.iter() {
        if !path.is_absolute() {
            mistakes.add(at("modem", "sap_socket"), "must be an absolute path");
        } else if too_long(path) {
            mistakes.add(at("modem", "sap_socket"), "is over 107 bytes, the most that a socket address holds");
        } else if serves(config, path) {
            mistakes.add(at("modem", "sap_socket"), "is a socket on which this daemon itself serves");
        } else if !rilds.insert(path) {
            mistakes.add(at("modem", "sap_socket"), "is the socket for something else");
        }
    }
    if !modem.sap_socket.is_empty() && modem.socket.is_empty() {
        mistakes.add(at("modem", "sap_socket"), "is about the rild of a socket, and there is none");
    }
    if modem.sap_socket.is_empty() && modem.sap_socket_uid.is_some() {
        mistakes.add(at("modem", "sap_socket_uid"), "is about sap_socket, and there is none");
    }
}

/// The SIM Access Profile: one phone's, which may do what it allows anyway, of a modem side that can have it.
fn sap(config: &Config, mistakes: &mut Mistakes) {
    if !config.modem.sap_socket.is_empty() && config.sap_phone().is_none() {
        mistakes.add(at("modem", "sap_socket"), "is about the SIM Access Profile, which no phone has");
    }
    let mut first = None;
    for (index, phone) in config.phone.iter().enumerate() {
        let mut wrong = |key: &str, what: String| mistakes.add(of_phone(index, key), what);
        for (key, written) in [("sap_socket", !phone.sap_socket.is_empty()), ("sap_uid", phone.sap_uid.is_some())] {
            if written && !phone.sap {
                wrong(key, "is about sap, which this phone has not".into());
            }
        }
        for path in phone.sap_socket.iter() {
            if !path.is_absolute() {
                wrong("sap_socket", "must be an absolute path".into());
            } else if too_long(path) {
                wrong("sap_socket", "is over 107 bytes, the most that a socket address holds".into());
            } else if makes(config, path) {
                wrong("sap_socket", MADE_ANYWAY.into());
            } else if config
                .phone
                .iter()
                .any(|other| other.socket.iter().any(|socket| identity_of(socket) == identity_of(path)))
            {
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
        } else if !phone.imsi.is_empty() {
            wrong("sap", "would show this phone the SIM's IMSI, and it has one of its own".into());
        } else if config.modem.replay.is_some() {
            wrong("sap", "needs a SIM, and a trace has none".into());
        } else if !config.modem.socket.is_empty() && config.modem.sap_socket.is_empty() {
            wrong("sap", "needs sap_socket of [modem], too".into());
        }
        if known_lines(config).iter().any(|line| too_long(&line.run.sap_socket(&phone.name))) {
            wrong("name", "the path of its socket for the SIM Access Profile in run.dir is over 107 bytes".into());
        }
    }
}

/// The modem is reached another way.
fn has_no_library(modem: &Modem) -> bool {
    !modem.socket.is_empty() || modem.replay.is_some()
}

/// Whether the daemon serves at this path, a phone or the operator.
fn serves(config: &Config, path: &Path) -> bool {
    let own = |phone: &Phone| phone.socket.iter().chain(phone.sap_socket.iter()).any(|socket| socket == path);
    makes(config, path) || config.phone.iter().any(own)
}

/// Whether it makes a socket at this path without being told of one.
fn makes(config: &Config, path: &Path) -> bool {
    let of_phone = |line: &Config, phone: &Phone| {
        [line.run.phone_socket(&phone.name), line.run.sap_socket(&phone.name)].iter().any(|socket| socket == path)
    };
    known_lines(config)
        .iter()
        .any(|line| line.run.control_socket() == path || config.phone.iter().any(|phone| of_phone(line, phone)))
}

/// The lines, of a configuration that may want far too many of them.
fn known_lines(config: &Config) -> Vec<Config> {
    (1..=config.modem.sims.min(MOST_SIMS)).map(|sim| config.line(sim)).collect()
}

/// What must fit the number of SIMs.
fn sims(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
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
        && !has_no_library(modem)
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

/// By what two sockets are compared: the name of init's variable, which two paths may share, or else the path.
fn identity_of(path: &Path) -> String {
    init_socket::variable_of(path).unwrap_or_else(|| path.to_string_lossy().into_owned())
}

/// No value is there twice, for whichever SIM of whichever phone; `told` is what values differ in.
fn distinct<T>(
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
    } else if known_lines(config).iter().any(|line| too_long(&line.run.phone_socket(&phone.name))) {
        wrong("name", "the path of its socket in run.dir is over 107 bytes");
    }
    for socket in phone.socket.iter() {
        if !socket.is_absolute() {
            wrong("socket", "must be an absolute path");
        } else if too_long(socket) {
            wrong("socket", "is over 107 bytes, the most that a socket address holds");
        } else if makes(config, socket) {
            wrong("socket", MADE_ANYWAY);
        }
    }
    if phone.number.as_ref().is_some_and(|number| !is_e164(number)) {
        wrong("number", "must be an E.164 number: + and 2 to 15 digits, the first not 0");
    }
    if phone.tag.is_some_and(|tag| tag > 9) {
        wrong("tag", "must be one digit, 0 to 9");
    }
    if phone.imei.iter().any(|imei| !is_imei(imei)) {
        wrong("imei", "must be 15 digits, the last one the check digit of the others");
    }
    if phone.imsi.iter().any(|imsi| !(6..=15).contains(&imsi.len()) || !is_digits(imsi)) {
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
