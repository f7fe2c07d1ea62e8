//! A vendor library in this process: the shortest way to a modem, and what crashes the library ends the daemon.

use std::future::pending;
use std::io;
use std::num::NonZeroU8;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use ril_protocol::dialect::{Dialect, DialectText};
use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use ril_sap::MsgId;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use vendor_shim::host::{HostConfig, HostStats, Lane, SapMessage, Sim, Sims, VendorHost};

use super::super::lines::Lines;
use super::{SapSide, Upstream};
use crate::config::{MOST_SIMS, Modem};
use crate::net::readiness::readable;
use crate::router::{Flow, PhoneId};
use crate::sap;

/// How long a library's answer is awaited on the spot. Longer than a library needs that answers from memory, and next
/// to nothing compared with one that asks its baseband. So it is in the process of an isolated library.
pub(crate) const ATTENTION: Duration = Duration::from_micros(50);

/// One SIM of the library, as the actions of its router see it.
pub(super) struct Library {
    host: Rc<VendorHost>,
    sim: Sim,
}

impl Library {
    pub(super) fn new(host: &Rc<VendorHost>, sim: Sim) -> Self {
        Self { host: Rc::clone(host), sim }
    }
}

impl Upstream for Library {
    fn send(&mut self, flow: Flow, mut frames: &[u8]) {
        let lane = lane_of_sim(self.sim.index(), flow);
        while let Ok(Some((body, used))) = frame::split(frames, REQUEST_LIMIT) {
            if let Some(request) = Request::parse(body) {
                self.sim.request(lane, request.code, request.serial, request.payload);
            }
            frames = &frames[used..];
        }
    }

    fn give_up(&mut self, serial: i32) {
        self.sim.cancel(serial);
    }

    fn attend(&mut self) -> bool {
        self.sim.attend(ATTENTION)
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        self.sim.drain(into);
    }

    fn description(&self) -> String {
        self.host.vendor_version().to_owned()
    }

    fn faults(&self) -> Option<HostStats> {
        Some(self.host.stats())
    }

    fn sap(&mut self) -> Option<&mut dyn SapSide> {
        Some(self)
    }
}

impl SapSide for Library {
    fn modem(&self) -> sap::Modem {
        if self.sim.sap().is_some() { sap::Modem::Up } else { sap::Modem::Without }
    }

    fn ask(&mut self, serial: u32, id: MsgId, payload: &[u8]) {
        if let Some(sap) = self.sim.sap() {
            sap.request(serial, id.0, payload);
        }
    }

    fn give_up(&mut self, serial: u32) {
        if let Some(sap) = self.sim.sap() {
            sap.cancel(serial);
        }
    }

    fn receive(&mut self, into: &mut Vec<SapMessage>) {
        if let Some(sap) = self.sim.sap() {
            sap.drain(into);
        }
    }
}

/// Becomes readable when the library has said something about a SIM.
pub(in crate::root) struct Readiness {
    sim: AsyncFd<OwnedFd>,
    /// Of its SIM Access Profile.
    sap: Option<AsyncFd<OwnedFd>>,
}

impl Readiness {
    pub(super) fn of(sim: &Sim) -> io::Result<Self> {
        let sap = sim.sap().map(|sap| readable(sap.event_fd())).transpose()?;
        Ok(Self { sim: readable(sim.event_fd())?, sap })
    }

    /// Lets the line hear what the library says, for as long as it says anything.
    pub(super) async fn watch(self, line: Lines) -> io::Result<()> {
        loop {
            // Readiness is taken back first: what comes after that wakes us again.
            tokio::select! {
                ready = self.sim.readable() => {
                    ready?.clear_ready();
                    line.modem_says();
                    line.let_clients_read().await;
                }
                ready = wait_for(self.sap.as_ref()) => {
                    ready?.clear_ready();
                    line.sap_says();
                }
            }
        }
    }
}

/// Never comes where there is nothing to wait for.
async fn wait_for(descriptor: Option<&AsyncFd<OwnedFd>>) -> io::Result<AsyncFdReadyGuard<'_, OwnedFd>> {
    match descriptor {
        Some(descriptor) => descriptor.readable().await,
        None => pending().await,
    }
}

/// A lane for each phone, and one for what they share.
pub(super) fn lane(flow: Flow) -> Lane {
    match flow {
        Flow::Urgent => Lane::Urgent,
        Flow::Router => Lane::Of(0),
        Flow::Phone(PhoneId(place)) => Lane::Of(u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1)),
    }
}

/// The same where several SIMs share a library: a phone that keeps one of them busy does not hold up itself on another.
pub(super) fn lane_of_sim(sim: usize, flow: Flow) -> Lane {
    match lane(flow) {
        Lane::Urgent => Lane::Urgent,
        Lane::Of(number) => {
            let sim = u32::try_from(sim).unwrap_or(u32::MAX);
            Lane::Of(number.saturating_mul(MOST_SIMS.into()).saturating_add(sim))
        }
    }
}

/// How the library is to be started.
pub(crate) fn host_config(modem: &Modem, dialect: &DialectText, sap: bool) -> HostConfig {
    HostConfig {
        // What could be wrong with it was told when it was read.
        dialect: Dialect::new(dialect).unwrap_or_default(),
        args: modem.args.clone(),
        client_id: modem.pass_client_id.then(|| modem.client_id.to_string()),
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
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_shares_a_lane() {
        let flows = [Flow::Urgent, Flow::Router, Flow::Phone(PhoneId(0)), Flow::Phone(PhoneId(1))];
        assert_eq!(flows.map(lane), [Lane::Urgent, Lane::Of(0), Lane::Of(1), Lane::Of(2)]);
        let mut lanes = HashSet::new();
        for sim in 0..MOST_SIMS.into() {
            assert_eq!(lane_of_sim(sim, Flow::Urgent), Lane::Urgent);
            lanes.extend(flows[1..].iter().map(|flow| lane_of_sim(sim, *flow)));
        }
        assert_eq!(lanes.len(), 3 * usize::from(MOST_SIMS));
    }

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
