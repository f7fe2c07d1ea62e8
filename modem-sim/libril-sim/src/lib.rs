//! `libril-sim.so`: the simulated modem with the C ABI of every vendor's library, as a rild loads it.
//!
//! Nothing but `RIL_Init` and `RIL_SAP_Init` is here, so that a program which links the modem itself does not export
//! that.

// Exporting RIL_Init is an unsafe attribute; nothing else here is unsafe.
#![deny(unsafe_code)]

vendor_shim::export_ril_init!(modem_sim::SimLibrary);
vendor_shim::export_ril_sap_init!(modem_sim::SimLibrary);
