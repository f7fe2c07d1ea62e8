//! What a well-formed configuration must also satisfy.

use std::net::SocketAddr;

use config_file::{Mistakes, Step};
use serde_json::Value;

use super::Config;
use crate::settings::{Settings, SettingsError};

/// Longest name of a bridge.
const NAME_LIMIT: usize = 32;

/// Notes what is wrong with `config`; `tree` is the file as it was written.
pub(super) fn check(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
    let name = &config.bridge.name;
    let in_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    if name.is_empty() || name.len() > NAME_LIMIT || !name.bytes().all(in_name) {
        mistakes.add(at("bridge", "name"), "must be 1 to 32 of a-z, 0-9, _ and -");
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
        if store.password_file.is_some() {
            mistakes.add(at("store", "password_file"), "is only for PostgreSQL, and store.postgres is not there");
        }
        return;
    };
    if written("sqlite") {
        mistakes.add(at("store", "sqlite"), "there is already store.postgres; a service has only one database");
    }
    match parameters.parse::<tokio_postgres::Config>() {
        Ok(parsed) if parsed.get_password().is_some() => {
            mistakes.add(at("store", "postgres"), "a password does not belong here: use store.password_file");
        }
        Ok(parsed) if parsed.get_hosts().is_empty() => mistakes.add(at("store", "postgres"), "names no host"),
        Ok(_) => {}
        // The reason may quote the parameters, and so a password.
        Err(_) => mistakes.add(at("store", "postgres"), "is not a string of connection parameters"),
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
        SettingsError::NoTrunk(_) => key("voice.calls.trunk"),
        SettingsError::NoCarrier(name, _) => key(&format!("voice.messages.{name}")),
        SettingsError::NoCountry(_) => key("voice.calls.country"),
        SettingsError::NotDigits(_) => key("voice.calls"),
        SettingsError::CheckDigits => key("voice.tags.check_digits"),
        SettingsError::NoKeys => key("voice.tags"),
        SettingsError::NeedlessKeys => key("voice.tags.keys"),
        SettingsError::NoPorts => key("voice.media"),
        SettingsError::Zero(name) => key(&format!("voice.{name}")),
    }
}

fn at(table: &str, key: &str) -> Vec<Step> {
    vec![Step::Key(table.into()), Step::Key(key.into())]
}
