//! The lines of a root with several SIMs: each has the configuration that a root with that SIM alone would have.
//!
//! What is a line's own are its folder, and so its database and sockets, its further sockets and its traces; of the
//! phones, what they are told of SIM and device. The number service knows one of the SIMs: on the others no phone has a
//! number of its own.

use super::run_files::line_folder;
use super::{Bridge, Config, Modem, Outgoing, Phone, Run};

impl Config {
    /// The configuration of each line, that of the first SIM first.
    pub fn lines(&self) -> Vec<Self> {
        (1..=self.modem.sims).map(|sim| self.line(sim)).collect()
    }

    /// The configuration of the line of a SIM, its number counted from 1.
    pub fn line(&self, sim: u8) -> Self {
        let place = usize::from(sim.saturating_sub(1));
        let mut line = self.clone();
        line.run = Run { dir: line_folder(&self.run.dir, sim), ..self.run.clone() };
        let (socket, sap_socket) = (self.modem.socket.only(place), self.modem.sap_socket.only(place));
        line.modem = Modem { sims: 1, socket, sap_socket, ..self.modem.clone() };
        line.trace.dir = self.trace.dir.as_ref().map(|dir| line_folder(dir, sim));
        let is_served = self.bridge.sim == sim;
        line.bridge = if is_served { Bridge { sim: 1, ..self.bridge.clone() } } else { Bridge::default() };
        for phone in &mut line.phone {
            phone.socket = phone.socket.only(place);
            phone.sap_socket = phone.sap_socket.only(place);
            phone.imei = phone.imei.only(place);
            phone.imsi = phone.imsi.only(place);
            if !is_served {
                *phone = Phone { number: None, tag: None, access: None, outgoing: Outgoing::Sim, ..phone.clone() };
            }
        }
        line
    }
}
