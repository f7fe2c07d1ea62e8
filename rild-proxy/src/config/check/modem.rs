//! The modem side: one source, and what is about that one.

use std::collections::HashSet;
use std::path::Path;

use config_file::Mistakes;
use serde_json::Value;

use super::at;
use super::sockets::{serves, wrong_path};
use crate::config::{Config, DIALECTS, Modem, Source};

pub(super) fn modem(config: &Config, tree: &Value, mistakes: &mut Mistakes) {
    let modem = &config.modem;
    let written = |key: &str| tree.get("modem").and_then(|modem| modem.get(key)).is_some();
    only_one_source(&written, mistakes);
    library(modem, &written, mistakes);
    replay(modem, &written, mistakes);
    requests(modem, mistakes);
    dialect(modem, mistakes);
    rild(config, mistakes);
}

fn only_one_source(written: &impl Fn(&str) -> bool, mistakes: &mut Mistakes) {
    let sources: Vec<&str> = ["library", "socket", "replay"].into_iter().filter(|key| written(key)).collect();
    if let [first, others @ ..] = &sources[..] {
        for other in others {
            mistakes.add(at("modem", other), format!("there is already a {first}; a modem has only one source"));
        }
    }
}

fn library(modem: &Modem, written: &impl Fn(&str) -> bool, mistakes: &mut Mistakes) {
    if written("library") && modem.library.as_os_str().is_empty() {
        mistakes.add(at("modem", "library"), "must not be empty");
    }
    if modem.args.iter().any(|arg| arg.contains('\0')) {
        mistakes.add(at("modem", "args"), "must not contain a NUL character");
    }
    if !modem.source().is_library() {
        let keys = ["args", "multi_sim", "client_id", "pass_client_id", "frees_arguments"];
        let about_it = keys.into_iter().filter(|key| written(key));
        for key in about_it.chain(modem.isolate.then_some("isolate")) {
            mistakes.add(at("modem", key), "is about a library, and there is none");
        }
    }
    if written("client_id") && !modem.pass_client_id {
        mistakes.add(at("modem", "client_id"), "is not passed, says pass_client_id");
    }
    if written("hang_after") && !modem.isolate {
        mistakes.add(at("modem", "hang_after"), "is about an isolated library");
    }
}

fn replay(modem: &Modem, written: &impl Fn(&str) -> bool, mistakes: &mut Mistakes) {
    for key in ["replay_phone", "replay_full_speed"] {
        if modem.replay.is_none() && written(key) {
            mistakes.add(at("modem", key), "is about a replay, and there is none");
        }
    }
}

/// Which requests the modem side knows.
fn requests(modem: &Modem, mistakes: &mut Mistakes) {
    if modem.last_request == Some(0) {
        mistakes.add(at("modem", "last_request"), "must be the number of a request, from 1");
    }
    if modem.unknown_requests.contains(&0) {
        mistakes.add(at("modem", "unknown_requests"), "must be numbers of requests, from 1");
    }
    if let Source::Replay(_) = modem.source() {
        let last = modem.last_request.map(|_| "last_request");
        let unknown = (!modem.unknown_requests.is_empty()).then_some("unknown_requests");
        for key in last.into_iter().chain(unknown) {
            mistakes.add(at("modem", key), "is about a library or a rild, and there is none");
        }
    }
}

fn dialect(modem: &Modem, mistakes: &mut Mistakes) {
    if let Some(dialect) = &modem.dialect
        && !Path::new(dialect).is_absolute()
        && !DIALECTS.iter().any(|(name, _)| name == dialect)
    {
        let known: Vec<&str> = DIALECTS.iter().map(|(name, _)| *name).collect();
        let what = format!("must be one of {}, or an absolute path", known.join(", "));
        mistakes.add(at("modem", "dialect"), what);
    }
}

/// The sockets of a rild, and as whom they are connected to.
fn rild(config: &Config, mistakes: &mut Mistakes) {
    let modem = &config.modem;
    let mut seen = HashSet::new();
    for (key, paths, seen_already) in [
        ("socket", &modem.socket, "each SIM has a socket of its own"),
        ("sap_socket", &modem.sap_socket, "is the socket for something else"),
    ] {
        for path in paths.iter() {
            if let Some(what) = wrong_path(path) {
                mistakes.add(at("modem", key), what);
            } else if serves(config, path) {
                mistakes.add(at("modem", key), "is a socket on which this daemon itself serves");
            } else if !seen.insert(path) {
                mistakes.add(at("modem", key), seen_already);
            }
        }
    }
    for (key, uid) in [("socket_uid", modem.socket_uid), ("sap_socket_uid", modem.sap_socket_uid)] {
        if let (Some(uid), Some(user @ 1..)) = (uid, config.run.user)
            && uid != user
        {
            let what = format!("user {user}, which run.user makes of the daemon, may be nobody else");
            mistakes.add(at("modem", key), what);
        }
    }
    if modem.socket.is_empty() && modem.socket_uid.is_some() {
        mistakes.add(at("modem", "socket_uid"), "is about a socket, and there is none");
    }
    if modem.socket.is_empty() && !modem.sap_socket.is_empty() {
        mistakes.add(at("modem", "sap_socket"), "is about the rild of a socket, and there is none");
    }
    if modem.sap_socket.is_empty() && modem.sap_socket_uid.is_some() {
        mistakes.add(at("modem", "sap_socket_uid"), "is about sap_socket, and there is none");
    }
}
