//! TLS to PostgreSQL: the server must show a certificate for the name or address by which it is reached, signed by one
//! of the operator's authorities. No other authority is known, not even those of the system: whoever can get a
//! certificate from one of them would be let between bridge and database.
//!
//! It refuses servers that speak no TLS, and TLS before version 1.3.
//!
//! Reference: postgresql.org, "SSL Support" (what libpq calls `sslmode=verify-full`); RFC 8446.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::pool::StoreError;

/// The way to servers whose certificates the `authorities` (a PEM file) have signed.
pub(super) fn verified_by(authorities: &Path) -> Result<MakeRustlsConnect, StoreError> {
    let failed = |why: &dyn std::fmt::Display| StoreError::Unavailable(format!("{}: {why}", authorities.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authorities).map_err(|why| failed(&why))? {
        let certificate = certificate.map_err(|why| failed(&why))?;
        roots.add(certificate).map_err(|why| failed(&why))?;
    }
    if roots.is_empty() {
        return Err(failed(&"there is no certificate in it"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|why| StoreError::Failed(why.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
