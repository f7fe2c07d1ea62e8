//! A vendor library in this process: the shortest way to a modem, and what crashes the library ends the daemon.

use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use ril_sap::MsgId;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use vendor_shim::host::{HostStats, Lane, SapMessage, Sim, VendorHost};

use super::super::lines::Lines;
use super::{SapSide, Upstream};
use crate::config::MOST_SIMS;
use crate::library::ATTENTION;
use crate::net::readiness::readable;
use crate::router::{Flow, PhoneId};
use crate::sap;

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

/// A lane for each phone, and two for what they share.
pub(super) fn lane(flow: Flow) -> Lane {
    match flow {
        Flow::Urgent => Lane::Urgent,
        Flow::Router => Lane::Of(0),
        Flow::Card => Lane::Of(1),
        Flow::Phone(PhoneId(place)) => Lane::Of(u32::try_from(place).unwrap_or(u32::MAX).saturating_add(2)),
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_shares_a_lane() {
        let flows = [Flow::Urgent, Flow::Router, Flow::Card, Flow::Phone(PhoneId(0)), Flow::Phone(PhoneId(1))];
        assert_eq!(flows.map(lane), [Lane::Urgent, Lane::Of(0), Lane::Of(1), Lane::Of(2), Lane::Of(3)]);
        let mut lanes = HashSet::new();
        for sim in 0..MOST_SIMS.into() {
            assert_eq!(lane_of_sim(sim, Flow::Urgent), Lane::Urgent);
            lanes.extend(flows[1..].iter().map(|flow| lane_of_sim(sim, *flow)));
        }
        assert_eq!(lanes.len(), 4 * usize::from(MOST_SIMS));
    }
}
