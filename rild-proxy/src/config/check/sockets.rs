//! Paths of sockets: those that a configuration names, and those that the daemon makes anyway.

use std::path::Path;

use vendor_shim::init_socket;

use crate::config::{Config, MOST_SIMS, Phone};

/// The longest path that `sockaddr_un` holds, without its final NUL (unix(7)).
pub(super) const LONGEST_PATH: usize = 107;

/// What is wrong with a further socket that is none.
pub(super) const MADE_ANYWAY: &str = "is a socket that this daemon makes anyway, for a phone or for rilctl";

/// What is wrong with a path by itself.
pub(super) fn wrong_path(path: &Path) -> Option<String> {
    if !path.is_absolute() {
        Some("must be an absolute path".to_owned())
    } else if too_long(path) {
        Some(format!("is over {LONGEST_PATH} bytes, the most that a socket address holds"))
    } else {
        None
    }
}

/// Whether the daemon serves at this path, a phone or the operator.
pub(super) fn serves(config: &Config, path: &Path) -> bool {
    let own = |phone: &Phone| phone.socket.iter().chain(phone.sap_socket.iter()).any(|socket| socket == path);
    makes(config, path) || config.phone.iter().any(own)
}

/// Whether it makes a socket at this path without being told of one.
pub(super) fn makes(config: &Config, path: &Path) -> bool {
    let of_phone = |line: &Config, phone: &Phone| {
        [line.run.phone_socket(&phone.name), line.run.sap_socket(&phone.name)].iter().any(|socket| socket == path)
    };
    known_lines(config)
        .iter()
        .any(|line| line.run.control_socket() == path || config.phone.iter().any(|phone| of_phone(line, phone)))
}

/// The lines, of a configuration that may want far too many of them.
pub(super) fn known_lines(config: &Config) -> Vec<Config> {
    (1..=config.modem.sims.min(MOST_SIMS)).map(|sim| config.line(sim)).collect()
}

/// By what two sockets are compared: the name of init's variable, which two paths may share, or else the path.
pub(super) fn identity_of(path: &Path) -> String {
    init_socket::variable_of(path).unwrap_or_else(|| path.to_string_lossy().into_owned())
}

pub(super) fn too_long(socket: &Path) -> bool {
    socket.as_os_str().len() > LONGEST_PATH
}
