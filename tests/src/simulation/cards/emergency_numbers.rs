//! The emergency numbers of the card that is in the slot: whenever all is calm, the router knows them, and no others of
//! a card, for it has noted them (3GPP TS 31.102, 4.2.21).

use std::collections::BTreeSet;

use rild_proxy::router::Kind;

use crate::simulation::world::World;

impl World {
    /// Whenever all is calm, and somebody has asked for the state of the card.
    pub(super) fn check_emergency_numbers(&self) {
        // What the store does not take is known, but cannot be seen.
        if !self.modem.model().sim.is_present() || self.store.waiting() > 0 || self.clients.iter().all(|it| !it.up) {
            return;
        }
        let of_card = self.modem.model().sim.emergency_numbers();
        let of_card: BTreeSet<String> = of_card.into_iter().map(|number| number.digits).collect();
        let noted = self.store.records().into_iter().filter(|(kind, ..)| *kind == Kind::EmergencyNumber);
        let noted: BTreeSet<String> = noted.map(|(_, key, _)| String::from_utf8_lossy(&key).into_owned()).collect();
        assert_eq!(noted, of_card, "the router does not know the emergency numbers of this card");
    }
}
