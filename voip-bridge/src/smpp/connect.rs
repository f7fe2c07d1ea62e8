//! The connection itself: TCP, with TLS around it where the operator says by whom the service centre is signed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::settings::Smpp;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A stream of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects.
pub(super) async fn connect(smpp: &Smpp) -> io::Result<Box<dyn Stream>> {
    timeout(PATIENCE, open(smpp)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn open(smpp: &Smpp) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(smpp.address).await?;
    stream.set_nodelay(true)?;
    let Some(authorities) = &smpp.authorities else { return Ok(Box::new(stream)) };
    let invalid = |why: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidInput, why.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authorities).map_err(|why| invalid(&why))? {
        roots.add(certificate.map_err(|why| invalid(&why))?).map_err(|why| invalid(&why))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|why| invalid(&why))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = match &smpp.certificate_name {
        Some(name) => ServerName::try_from(name.clone()).map_err(|why| invalid(&why))?,
        None => ServerName::IpAddress(smpp.address.ip().into()),
    };
    Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}
