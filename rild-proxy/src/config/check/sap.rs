//! The SIM Access Profile.

use config_file::Mistakes;

use super::sockets::{LONGEST_PATH, MADE_ANYWAY, identity_of, known_lines, makes, too_long, wrong_path};
use super::{at, of_phone};
use crate::config::{Config, Source};

/// One phone has it, which may do what it allows anyway, of a modem side that can have it.
pub(super) fn sap(config: &Config, mistakes: &mut Mistakes) {
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
            if let Some(what) = wrong_path(path) {
                wrong("sap_socket", what);
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
        } else if let Source::Replay(_) = config.modem.source() {
            wrong("sap", "needs a SIM, and a trace has none".into());
        } else if let Source::Rild(_) = config.modem.source()
            && config.modem.sap_socket.is_empty()
        {
            wrong("sap", "needs sap_socket of [modem], too".into());
        }
        if known_lines(config).iter().any(|line| too_long(&line.run.sap_socket(&phone.name))) {
            let what = "the path of its socket for the SIM Access Profile in run.dir is over";
            wrong("name", format!("{what} {LONGEST_PATH} bytes"));
        }
    }
}
