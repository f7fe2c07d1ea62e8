//! Which phones can be reached now, for the service to decide what it does with who calls them.
//!
//! A phone can be reached while it has a client whose radio is on. The service is told once the link is there, and then
//! what changes.

use caller_tag::link::Phones;
use caller_tag::link::to_service::Say;

use crate::router::{Actions, Router};

impl Router {
    /// Tells the service which phones can be reached, if that is news.
    pub(super) fn tell_reachable(&mut self, out: &mut Actions) {
        let reached =
            self.phones.iter().filter(|(id, phone)| phone.up && phone.telephony && self.radio_seen_by(*id).is_on());
        let available: Vec<u32> = reached.filter_map(|(_, phone)| phone.tag).map(u32::from).collect();
        if self.service.told_reachable.as_ref() != Some(&available) {
            self.tell_service(Say::Phones(Phones { available: available.clone() }), out);
            self.service.told_reachable = Some(available);
        }
    }
}
