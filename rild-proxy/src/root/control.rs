//! Temporary.
use super::core::SharedCore;
pub(super) async fn serve(_core: SharedCore, listener: tokio::net::UnixListener) {
    loop {
        let _ = listener.accept().await;
    }
}
