//! The pace at which the modem side is heard: what it says comes in turns of a bounded size, and before the next one
//! the clients that have much to read are waited for. Without this, a library that says much at once would overflow the
//! output of a client that does read, and it would be hung up on. What is not heard yet waits in the library's outbox,
//! or is not taken off the other process's socket.
//!
//! libril writes while the library waits in its callback, for as long as the one client likes. Here other phones wait
//! too, so it is a tenth of a second between two turns, and a client that takes next to nothing is not waited for any
//! more after some.
//!
//! Reference: `libril/ril.cpp` (`blockingWrite`).

use std::time::Duration;

use tokio::time::timeout;

use super::core::SharedCore;
use super::lines::Lines;

/// How long the modem side waits before its next turn at most.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

impl Lines {
    /// Lets clients read that have much to read.
    pub(super) async fn let_clients_read(&self) {
        let reading = async {
            for core in self.iter() {
                clients_read(core).await;
            }
        };
        if timeout(LONGEST_WAIT, reading).await.is_err() {
            self.iter().for_each(|core| core.borrow_mut().waited());
        }
    }
}

async fn clients_read(core: &SharedCore) {
    loop {
        let behind = core.borrow().client_behind();
        let Some(socket) = behind else { return };
        // One that is broken is dealt with by whoever reads from it.
        if socket.writable().await.is_err() {
            return;
        }
        core.borrow_mut().flush();
    }
}
