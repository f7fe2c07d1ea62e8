//! The number service: how it is reached, and what callers' numbers carry.

use std::net::Ipv6Addr;

use caller_tag::link::seal::DeviceName;
use caller_tag::suffix_keyed::CheckDigits;
use config_file::Mistakes;

use super::at;
use super::numbers::is_digits;
use crate::config::{Config, Scheme};

pub(super) fn bridge(config: &Config, mistakes: &mut Mistakes) {
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
    if CheckDigits::new(bridge.check_digits).is_none() {
        mistakes.add(at("bridge", "check_digits"), "must be 1 or 2");
    }
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
