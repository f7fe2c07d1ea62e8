//! `librilproxy.so`: the vendor library of a stock rild in a virtual phone.
//!
//! A virtual phone that keeps its own rild has no modem for it. That rild loads this library as its vendor's
//! (`rild.libpath`), and finds behind it what root shows to this phone: the library is a client of the phone's socket
//! of root. Requests leave as parcels, answers and unsolicited messages come back as the C structs of ril.h. It decides
//! nothing about telephony.
//!
//! * `onRequest` never waits: it leaves the request to the library's own thread (`desk`).
//! * That thread keeps the connection (`thread`). What has to be said to whom while root restarts is said by
//!   [`phone_machine`], as in `rild-proxy phone`.
//! * Root is connected while the rild has a client (`presence`), so that root knows whether the phone can be rung.
//! * The RIL version that is reported is root's, if root says it within a second (`greeting`), or the argument's.
//!   Root may say another one later, when its modem side is another: then answers are turned into the layouts of the
//!   version that was reported.
//!
//! There is no `RIL_SAP_Init`: root serves the SIM Access Profile on a socket of its own. One library serves one SIM:
//! of a rild of the multi-SIM flavour the first one. Requests about the others are refused (`RADIO_NOT_AVAILABLE`).
//!
//! Reference: ril.h; `rild/rild.c`, `libril/ril.cpp` of Android 7.1.

// Exporting RIL_Init is an unsafe attribute; nothing else here is unsafe.
#![deny(unsafe_code)]

mod args;
mod clock;
mod desk;
mod greeting;
mod library;
mod link;
mod presence;
mod thread;

pub use library::RilProxy;

vendor_shim::export_ril_init!(RilProxy);
