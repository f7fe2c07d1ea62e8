//! The sockets that requests come in by, what is read for them, and the only names that are looked up.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rsipstack::transport::tcp_listener::TcpListenerConnection;
use rsipstack::transport::tls::{TlsConfig, TlsListenerConnection};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection};
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::datagrams::Datagrams;
use super::screen::Gate;
use super::{OpenError, stack};
use crate::settings::{Listen, Peer, Transport};

/// The socket that the settings want.
pub(super) async fn socket(listen: &Listen, gate: &Gate, stop: &CancellationToken) -> Result<SipConnection, OpenError> {
    let address = listen.address;
    let failed = |error: rsipstack::Error| match error {
        rsipstack::Error::IoError(source) => OpenError::Listen { address, source },
        other => stack(&other),
    };
    info!(transport = ?listen.transport, %address, "listening");
    Ok(match listen.transport {
        Transport::Udp => {
            let socket = UdpSocket::bind(address).await.map_err(|source| OpenError::Listen { address, source })?;
            let socket = Arc::new(Datagrams::new(socket, gate.clone()));
            UdpConnection::from_socket(socket, None, Some(stop.child_token())).await.map_err(failed)?.into()
        }
        Transport::Tcp => {
            available(address)?;
            TcpListenerConnection::new(address, None).await.map_err(failed)?.into()
        }
        Transport::Tls => {
            available(address)?;
            let pem = |path: &Option<PathBuf>| path.as_deref().map(read).transpose();
            let (cert, key) = (pem(&listen.certificate)?, pem(&listen.key)?);
            let config = TlsConfig { cert, key, ..TlsConfig::default() };
            TlsListenerConnection::new(address, None, config).await.map_err(failed)?.into()
        }
    })
}

/// The stack opens stream listeners later and only warns when it cannot: ask the system first.
fn available(address: SocketAddr) -> Result<(), OpenError> {
    let failed = |source| OpenError::Listen { address, source };
    std::net::TcpListener::bind(address).map(drop).map_err(failed)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, OpenError> {
    fs::read(path).map_err(|source| OpenError::Read { path: path.display().to_string(), source })
}

/// The names in the certificates of peers, which stand for their addresses. Nothing else is looked up: no request of
/// a peer can make this service ask a name server.
pub(super) struct Names(HashMap<String, SocketAddr>);

impl Names {
    pub(super) fn new(peers: &[Peer]) -> Self {
        let named = peers.iter().filter_map(|peer| Some((peer.certificate_name.clone()?, peer.address)));
        Self(named.collect())
    }
}

#[async_trait::async_trait]
impl rsipstack::transport::transport_layer::DomainResolver for Names {
    async fn resolve(&self, target: &SipAddr) -> rsipstack::Result<SipAddr> {
        let name = target.addr.host.to_string();
        let address = self.0.get(&name).ok_or_else(|| rsipstack::Error::DnsResolutionError("not a peer".to_owned()))?;
        Ok(SipAddr { r#type: target.r#type, addr: (*address).into() })
    }
}
