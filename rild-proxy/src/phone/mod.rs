//! The proxy RilD of one virtual phone: serves RilJ or oFono on the phone's own socket and relays to root's.
//!
//! Its client never notices that root or the vendor's library restarts, other than by a radio that is unavailable for a
//! while. Root is connected only while there is a client: to root, a phone without one is down, and a client that
//! restarts is a new one, as to AOSP's rild. It decides nothing about telephony: whatever a phone may see or do is the
//! business of root's router.
//!
//! The crate [`phone_machine`] decides, without sockets or clock; [`driver`] moves bytes.
//!
//! Reference: `libril/ril.cpp` (`onNewCommandConnect`, `processCommandsCallback`, `listenCallback`).

pub mod driver;
