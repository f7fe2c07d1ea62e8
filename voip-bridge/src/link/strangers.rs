//! The places of connections that have not shown their key yet.
//!
//! There are few, and an address gets no more than two of them at a time, so that whoever sits on places needs as many
//! addresses. Of IPv6 a host has a whole network (RFC 4291 section 2.5.4): its first half counts as the address.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Connections that have not shown their key yet.
pub(super) const MOST_STRANGERS: usize = 64;
/// Of one address: a device, and one more behind the same router, or its new connection while the old one is stuck.
const MOST_OF_ONE: usize = 2;

/// Who has a place now.
#[derive(Debug, Default)]
pub(super) struct Strangers(Arc<Mutex<Vec<IpAddr>>>);

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    strangers: Strangers,
    address: IpAddr,
}

impl Strangers {
    /// A place for a connection from this [`block`], if there is one.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Place> {
        let mut taken = self.taken();
        let of_this = taken.iter().filter(|other| **other == address).count();
        if taken.len() >= MOST_STRANGERS || of_this >= MOST_OF_ONE {
            return None;
        }
        taken.push(address);
        Some(Place { strangers: Self(self.0.clone()), address })
    }

    /// How many places are taken.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.taken().len()
    }

    fn taken(&self) -> MutexGuard<'_, Vec<IpAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.strangers.taken();
        if let Some(at) = taken.iter().position(|other| *other == self.address) {
            taken.swap_remove(at);
        }
    }
}

/// What counts as one address.
pub(super) fn block(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: usize) -> IpAddr {
        IpAddr::V4(u32::try_from(number).expect("small").into())
    }

    #[test]
    fn one_address_has_two_places_at_a_time() {
        let strangers = Strangers::default();
        let first = strangers.admit(at(1)).expect("a place");
        let _second = strangers.admit(at(1)).expect("a place");
        assert!(strangers.admit(at(1)).is_none());
        let _other = strangers.admit(at(2)).expect("a place for another");
        drop(first);
        let _third = strangers.admit(at(1)).expect("the place that became free");
        assert!(strangers.admit(at(1)).is_none());
    }

    #[test]
    fn all_together_have_so_many() {
        let strangers = Strangers::default();
        let places: Vec<Place> = (0..MOST_STRANGERS).map_while(|number| strangers.admit(at(number / 2))).collect();
        assert_eq!(places.len(), MOST_STRANGERS);
        assert!(strangers.admit(at(MOST_STRANGERS)).is_none());
        drop(places);
        assert_eq!(strangers.len(), 0);
        assert!(strangers.admit(at(MOST_STRANGERS)).is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| block(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
