//! What a well-formed configuration must also satisfy.

use std::net::{IpAddr, SocketAddr};

use caller_tag::names::{NAME_RULE, is_name};
use config_file::{Mistakes, Step};
use serde_json::Value;
use tokio_postgres::config::{Host, SslMode};

use super::Config;
use crate::settings::{Settings, SettingsError};

/// The shortest time after which a bridge is taken for dead.
const SHORTEST_GONE: u32 = 3;

/// Notes what is wrong with `config`; `tree` is the file as it was written.
pub(super) fn check(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
    if !is_name(&config.bridge.name) {
        mistakes.add(at("bridge", "name"), format!("must be {NAME_RULE}"));
    }
    if config.bridge.gone_seconds < SHORTEST_GONE {
        mistakes.add(at("bridge", "gone_seconds"), format!("must be at least {SHORTEST_GONE}"));
    }
    store(config, tree, mistakes);
    if let Some(voice) = &config.voice
        && let Err(why) = voice.check()
    {
        mistakes.add(place(&why, voice), why.to_string());
    }
    match config.admin.listen.parse::<SocketAddr>() {
        _ if config.admin.listen.is_empty() => {}
        Ok(address) if address.ip().is_loopback() || config.admin.behind_tls => {}
        Ok(_) => mistakes.add(
            at("admin", "listen"),
            "is not a loopback address: put a proxy that speaks TLS in front and set admin.behind_tls",
        ),
        Err(_) => mistakes.add(at("admin", "listen"), "must be an address and a port, as in 127.0.0.1:8480"),
    }
}

fn store(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
    let store = &config.store;
    let written = |key: &str| tree.get("store").and_then(|store| store.get(key)).is_some();
    if !store.sqlite.is_absolute() {
        mistakes.add(at("store", "sqlite"), "must be an absolute path");
    }
    let Some(parameters) = &store.postgres else {
        for (key, given) in
            [("password_file", store.password_file.is_some()), ("authorities", store.authorities.is_some())]
        {
            if given {
                mistakes.add(at("store", key), "is only for PostgreSQL, and store.postgres is not there");
            }
        }
        return;
    };
    if written("sqlite") {
        mistakes.add(at("store", "sqlite"), "there is already store.postgres; a service has only one database");
    }
    // Why it cannot be read may quote the parameters, and so a password.
    let problem = match parameters.parse::<tokio_postgres::Config>() {
        Ok(parsed) => postgres(&parsed, store.authorities.is_some()),
        Err(_) => Some("is not a string of connection parameters"),
    };
    if let Some(problem) = problem {
        mistakes.add(at("store", "postgres"), problem);
    }
}

/// What is wrong with these connection parameters, with or without authorities that vouch for the server.
fn postgres(parameters: &tokio_postgres::Config, authorities: bool) -> Option<&'static str> {
    let (hosts, mode) = (parameters.get_hosts(), parameters.get_ssl_mode());
    if parameters.get_password().is_some() {
        return Some("a password does not belong here: use store.password_file");
    }
    if hosts.is_empty() {
        return Some("names no host");
    }
    if authorities {
        if hosts.iter().any(|host| matches!(host, Host::Unix(_))) {
            return Some("names a Unix socket, on which there is no TLS: it does not go with store.authorities");
        }
        return (mode == SslMode::Disable).then_some("sslmode=disable does not go with store.authorities");
    }
    if mode == SslMode::Require {
        return Some("sslmode=require needs store.authorities, by which the server is verified");
    }
    (mode != SslMode::Disable && !hosts.iter().all(is_here)).then_some(
        "all would cross the network in the clear: set store.authorities, or sslmode=disable if the network is nobody \
         else's",
    )
}

/// Whether a database is on this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    }
}

/// Where in the file it is that the settings of calls are wrong.
fn place(why: &SettingsError, voice: &Settings) -> Vec<Step> {
    let key = |way: &str| way.split('.').map(|key| Step::Key(key.to_owned())).collect();
    // Of two peers that clash, the later one is at fault.
    let peer = |name: &String| match voice.peers.iter().rposition(|peer| peer.name == *name) {
        Some(index) => vec![Step::Key("voice".into()), Step::Key("peer".into()), Step::Index(index)],
        None => key("voice.peer"),
    };
    match why {
        SettingsError::NoListener | SettingsError::Wildcard(_) | SettingsError::NoCertificate => {
            key("voice.sip.listen")
        }
        SettingsError::NoAuthorities(name)
        | SettingsError::NoTransport(name)
        | SettingsError::PeerTwice(name)
        | SettingsError::AddressTwice(name, _) => peer(name),
        SettingsError::Device(name, _) => match voice.devices.iter().rposition(|device| device.name == *name) {
            Some(index) => vec![Step::Key("voice".into()), Step::Key("device".into()), Step::Index(index)],
            None => key("voice.device"),
        },
        SettingsError::NoTrunk(_) => key("voice.calls.trunk"),
        SettingsError::CarrierTwice(_)
        | SettingsError::CarrierName(_)
        | SettingsError::LongNames(_)
        | SettingsError::NoSmpp => key("voice.smpp"),
        SettingsError::NoCarrier(name, _) => key(&format!("voice.messages.{name}")),
        SettingsError::NoCountry(_) => key("voice.calls.country"),
        SettingsError::NotDigits(_) => key("voice.calls"),
        SettingsError::CheckDigits => key("voice.tags.check_digits"),
        SettingsError::NoKeys => key("voice.tags"),
        SettingsError::NeedlessKeys => key("voice.tags.keys"),
        SettingsError::NoPorts => key("voice.media"),
        SettingsError::Zero(name) if name.starts_with("smpp") => key("voice.smpp"),
        SettingsError::Zero(name) => key(&format!("voice.{name}")),
    }
}

fn at(table: &str, key: &str) -> Vec<Step> {
    vec![Step::Key(table.into()), Step::Key(key.into())]
}
