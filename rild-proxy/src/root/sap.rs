//! The sockets for the SIM Access Profile of the phone that has it: a client at a time.
//!
//! A second client may connect, and waits unserved until the first is gone and the modem has its SIM back. One that
//! hangs up while it waits is not served: it would be given the SIM for nothing.

use std::os::fd::AsFd;

use ril_sap::FRAME_LIMIT;
use tracing::info;
use vendor_shim::os::has_hung_up;

use super::core::{Core, SharedCore};
use super::phone::{accept_any, read_frames, write_the_rest};
use crate::net::listener::Socket;
use crate::net::readiness::hung_up;
use crate::router::PhoneId;

/// Serves it for as long as the daemon lives.
pub(super) async fn serve(core: SharedCore, phone: PhoneId, name: String, sockets: Vec<Socket>) {
    loop {
        let stream = accept_any(&sockets).await;
        tokio::select! {
            () = wait_until_free(&core) => {}
            () = hung_up(&stream) => {}
        }
        // Nobody would give the SIM back that one asked for which is gone.
        if has_hung_up(stream.as_fd()) {
            continue;
        }
        let (input, output) = stream.into_split();
        tell(&core, phone, || info!(phone = name, "client of the SIM Access Profile connected"));
        let more = core.borrow_mut().sap_connect(output);
        let why = tokio::select! {
            end = read_frames(&core, input, FRAME_LIMIT, Core::sap_link, Core::sap_client_says) => end.why,
            why = write_the_rest(&core, Core::sap_link, &more) => why,
        };
        tell(&core, phone, || info!(phone = name, "client of the SIM Access Profile disconnected: {why}"));
        core.borrow_mut().sap_disconnect();
    }
}

async fn wait_until_free(core: &SharedCore) {
    loop {
        let taken = core.borrow().sap_is_taken();
        match taken {
            Some(freed) => freed.await,
            None => return,
        }
    }
}

fn tell(core: &SharedCore, phone: PhoneId, write: impl FnOnce()) {
    if core.borrow_mut().take_line(phone, "clients of the SIM Access Profile") {
        write();
    }
}
