//! How a vendor library is started and listened to, by root and by the process that it may have to itself.

use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ril_protocol::dialect::{Dialect, DialectText};
use vendor_shim::host::{HostConfig, Sims};

use crate::config::Modem;

/// How long a library's answer is awaited on the spot. Longer than a library needs that answers from memory, and next
/// to nothing compared with one that asks its baseband.
pub(crate) const ATTENTION: Duration = Duration::from_micros(50);

/// How the library is to be started.
pub(crate) fn host_config(modem: &Modem, dialect: &DialectText, sap: bool) -> HostConfig {
    HostConfig {
        // What could be wrong with it was told when it was read.
        dialect: Dialect::new(dialect).unwrap_or_default(),
        args: modem.args.clone(),
        client_id: modem.pass_client_id.then(|| modem.client_id.to_string()),
        frees_arguments: modem.frees_arguments,
        sap,
        sims: match NonZeroU8::new(modem.sims) {
            Some(sims) if modem.multi_sim || sims > NonZeroU8::MIN => Sims::Several(sims),
            _ => Sims::One,
        },
        libril: Some(find_library(Path::new("libril.so"))).filter(|path| path.is_absolute()),
        ..HostConfig::new(find_library(&modem.library))
    }
}

/// A bare name is handed to dlopen as it is, unless a library of that name lies beside the executable: there or in
/// `deps/`, where cargo puts it, and with the underscores that cargo knows instead of hyphens.
fn find_library(name: &Path) -> PathBuf {
    if name.components().count() != 1 {
        return name.to_owned();
    }
    let Some(folder) = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned())) else {
        return name.to_owned();
    };
    let plain = name.to_string_lossy().into_owned();
    let candidates = [plain.clone(), plain.replace('-', "_")];
    let folders = [folder.clone(), folder.join("deps")];
    let found = folders.iter().flat_map(|folder| candidates.iter().map(move |name| folder.join(name)));
    found.into_iter().find(|path| path.is_file()).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_id_is_passed_unless_the_configuration_says_otherwise() {
        let client_id = |modem: Modem| host_config(&modem, &DialectText::default(), false).client_id;
        assert_eq!(client_id(Modem { client_id: 2, ..Modem::default() }).as_deref(), Some("2"));
        assert_eq!(client_id(Modem { pass_client_id: false, ..Modem::default() }), None);
    }

    #[test]
    fn several_sims_are_served_by_libraries_with_socket_ids_only() {
        let sims = |sims, multi_sim| {
            host_config(&Modem { sims, multi_sim, ..Modem::default() }, &DialectText::default(), false).sims
        };
        assert_eq!(sims(1, false), Sims::One);
        assert_eq!(sims(1, true), Sims::Several(NonZeroU8::MIN));
        assert_eq!(sims(3, false), Sims::Several(NonZeroU8::new(3).unwrap()));
    }
}
