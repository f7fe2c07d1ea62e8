//! The modem side: one source, and what is about that one.

use std::collections::HashSet;
use std::path::Path;

use config_file::Mistakes;
use serde_json::Value;

use super::at;
use super::sockets::{serves, wrong_path};
use crate::config::{Config, DIALECTS, Modem};

pub(super) fn modem(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
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
        let about_it =
            ["args", "multi_sim", "client_id", "pass_client_id", "frees_arguments"].into_iter().filter(written);
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
    if modem.unknown_requests.contains(&0) {
        mistakes.add(at("modem", "unknown_requests"), "must be numbers of requests, from 1");
    }
    for (key, is_written) in
        [("last_request", modem.last_request.is_some()), ("unknown_requests", !modem.unknown_requests.is_empty())]
    {
        if is_written && modem.replay.is_some() {
            mistakes.add(at("modem", key), "is about a library or a rild, and there is none");
        }
    }
    if !modem.isolate && written(&"hang_after") {
        mistakes.add(at("modem", "hang_after"), "is about an isolated library");
    }
    let mut rilds = HashSet::new();
    for path in modem.socket.iter() {
        if let Some(what) = wrong_path(path) {
            mistakes.add(at("modem", "socket"), what);
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
        if let Some(what) = wrong_path(path) {
            mistakes.add(at("modem", "sap_socket"), what);
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

/// The modem is reached another way.
pub(super) fn has_no_library(modem: &Modem) -> bool {
    !modem.socket.is_empty() || modem.replay.is_some()
}
