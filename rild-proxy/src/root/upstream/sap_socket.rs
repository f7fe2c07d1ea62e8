//! The socket of a rild for the SIM Access Profile, of which we are the one client, as of its other socket.
//!
//! It is connected to whenever it is not there, apart from the other. What the rild would not be able to follow is not
//! sent: the machine refuses what is longer than its frames. When we hang up it tells the SIM's side to disconnect.
//!
//! AOSP's rild lets in the user "bluetooth" alone. One whose library has no SIM Access Profile does not listen, though
//! init has made the socket.
//!
//! Reference: `libril/RilSapSocket.cpp`, `libril/RilSocket.cpp`, `libril/ril.cpp` (`listenCallback`).

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use ril_protocol::Errno;
use ril_protocol::frame::split;
use ril_sap::{FRAME_LIMIT, Header, Kind, MsgId};
use tokio::task::yield_now;
use tokio::time::sleep;
use tracing::{info, warn};
use vendor_shim::host::SapMessage;

use super::super::lines::Lines;
use super::SapSide;
use super::connection::{Connection, connect_as};
use super::life::Life;
use crate::clock;
use crate::config::Modem;
use crate::sap;

/// What the core talks to.
#[derive(Clone, Default)]
pub(super) struct SapSocket(Rc<RefCell<Shared>>);

#[derive(Default)]
struct Shared {
    connection: Option<Connection>,
    /// What the core has not taken.
    inbox: Vec<SapMessage>,
}

/// Looks after the connection.
pub(in crate::root) struct SapCaller {
    path: PathBuf,
    uid: Option<u32>,
    socket: SapSocket,
}

/// Both halves for the line of a SIM, where one is configured. Nothing is connected yet.
pub(super) fn call(modem: &Modem) -> Option<(SapSocket, SapCaller)> {
    let socket = SapSocket::default();
    let path = modem.sap_socket.first()?.clone();
    Some((socket.clone(), SapCaller { path, uid: modem.sap_socket_uid, socket }))
}

impl SapCaller {
    /// Is connected for as long as the daemon lives.
    pub(super) async fn keep_up(&self, line: &Lines) -> ! {
        let mut life = Life::new("rild");
        loop {
            let why = match connect_as(&self.path, self.uid).await {
                Ok(stream) => {
                    info!(rild = %self.path.display(), "the socket for the SIM Access Profile is connected to");
                    life.begins(clock::now());
                    self.listen(line, Connection::new(stream)).await
                }
                Err(error) => error.to_string(),
            };
            let is_news = life.is_up() || life.view(clock::now()).last_end != why;
            let pause = life.ends(clock::now(), &why);
            if is_news {
                warn!(rild = %self.path.display(), "no socket for the SIM Access Profile: {why}");
            }
            sleep(pause).await;
        }
    }

    /// Takes in what the rild says until it hangs up; why it is gone.
    async fn listen(&self, line: &Lines, connection: Connection) -> String {
        self.socket.0.borrow_mut().connection = Some(connection.clone());
        line.sap_looks();
        let mut input = Vec::new();
        let why = loop {
            match connection.read(&mut input).await {
                Ok(1..) => {}
                Ok(0) => break "it hung up".to_owned(),
                Err(error) => break error.to_string(),
            }
            let taken = self.socket.0.borrow_mut().take_in(&mut input);
            line.sap_says();
            if let Err(why) = taken {
                break why.to_string();
            }
            // It may say more than we can hear: phones, deadlines and signals have their turn.
            yield_now().await;
        };
        *self.socket.0.borrow_mut() = Shared::default();
        line.sap_looks();
        why
    }
}

impl Shared {
    /// Takes the whole frames off the beginning.
    fn take_in(&mut self, input: &mut Vec<u8>) -> io::Result<()> {
        let mut used = 0;
        while let Some((body, taken)) = split(&input[used..], FRAME_LIMIT).map_err(io::Error::other)? {
            let header = Header::read(body).map_err(|why| io::Error::other(format!("a message of its: {why}")))?;
            let (id, token, errno, kind) = (header.id(), header.token(), header.error, header.kind());
            let payload = header.payload.unwrap_or_default();
            match kind {
                Kind::Response => {
                    let errno = errno.map_or(Errno::GENERIC_FAILURE, Errno);
                    self.inbox.push(SapMessage::Answer { serial: token, errno, payload });
                }
                Kind::Unsolicited => self.inbox.push(SapMessage::Unsolicited { id, payload }),
                Kind::Request | Kind::Unknown => return Err(io::Error::other("it sent what no rild says")),
            }
            used += taken;
        }
        input.drain(..used);
        Ok(())
    }
}

impl SapSocket {
    /// Sends what was taken.
    pub(super) fn flush(&self) {
        if let Some(connection) = &self.0.borrow().connection {
            connection.write();
        }
    }
}

impl SapSide for SapSocket {
    fn modem(&self) -> sap::Modem {
        if self.0.borrow().connection.is_some() { sap::Modem::Up } else { sap::Modem::Down }
    }

    fn ask(&mut self, serial: u32, id: MsgId, payload: &[u8]) {
        if let Some(connection) = &self.0.borrow().connection {
            connection.put(|out| Header::request(serial, id, payload.to_vec()).put(out));
        }
    }

    /// No rild can be told.
    fn give_up(&mut self, _serial: u32) {}

    fn receive(&mut self, into: &mut Vec<SapMessage>) {
        into.append(&mut self.0.borrow_mut().inbox);
    }
}
