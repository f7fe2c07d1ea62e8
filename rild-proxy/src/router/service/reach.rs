//! Which phones can be reached now, for the service to decide what it does with who calls them.
//!
//! A phone can be reached while it has a client whose radio is on. The service is told once the link is there, and then
//! what changes, once a second at most: a phone that switches its radio to and fro must not fill the link, which all
//! phones share.

use std::time::Duration;

use caller_tag::link::Phones;
use caller_tag::link::to_service::Say;

use crate::router::{Actions, Now, Router};

/// The least time between two words of it over one link.
const DISTANCE: Duration = Duration::from_secs(1);

impl Router {
    /// Tells the service which phones can be reached, if that is news and it may be told yet.
    pub(super) fn tell_reachable(&mut self, now: Now, out: &mut Actions) {
        let reached =
            self.phones.iter().filter(|(id, phone)| phone.up && phone.telephony && self.radio_seen_by(*id).is_on());
        let available: Vec<u32> = reached.filter_map(|(_, phone)| phone.tag).map(u32::from).collect();
        if self.service.told_reachable.as_ref() == Some(&available) {
            self.service.tell_at = None;
            return;
        }
        if self.service.quiet_until.is_some_and(|until| until > now) {
            self.service.tell_at = self.service.quiet_until;
            return;
        }
        self.tell_service(Say::Phones(Phones { available: available.clone() }), out);
        self.service.told_reachable = Some(available);
        self.service.quiet_until = Some(now + DISTANCE);
        self.service.tell_at = None;
    }
}
