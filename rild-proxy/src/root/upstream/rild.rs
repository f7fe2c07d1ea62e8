//! A rild that has the vendor library and serves a socket, of which we are the one client.
//!
//! A rild with several SIMs serves each on a socket of its own; each is a modem side of its own here.
//!
//! It need not be there when we start, may go and come back, and is connected to again whenever it is not there. Its
//! version is what its first `RIL_CONNECTED` says. What it wants to be acknowledged (RIL version 13 and later) the
//! router acknowledges. What would make its library crash it is not given: nobody can tell whether it looks. An answer
//! that it drops, as AOSP's drops those over 8 KiB, is a request that times out.
//!
//! AOSP's rild lets in the user "radio" alone, not even root, and serves one client: a second one may connect and hears
//! nothing until the first is gone.
//!
//! Reference: `libril/ril.cpp` (`listenCallback`, `processCommandsCallback`).

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use ril_protocol::RequestCode;
use ril_protocol::dialect::{Dialect, DialectText};
use ril_protocol::frame::{self, Message, REQUEST_LIMIT, RESPONSE_LIMIT, Reply, Request, TooLong};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::timeout;
use tracing::warn;
use vendor_shim::host::RequestCheck;

use super::super::lines::Lines;
use super::connection::{Connection, connect_as};
use super::greeting::Greeting;
use super::library::lane;
use super::life::{Life, Living, keep_up};
use super::sap_socket::{SapCaller, SapSocket};
use super::turns::Turns;
use super::{SapSide, Upstream, View, sap_socket};
use crate::clock;
use crate::config::Modem;
use crate::router::Flow;

/// A rild that greets later serves somebody else, as it seems.
const GREETING: Duration = Duration::from_secs(5);

/// What the core talks to.
#[derive(Clone)]
pub(super) struct Rild {
    shared: Rc<RefCell<Shared>>,
    sap: Option<SapSocket>,
}

struct Shared {
    name: String,
    life: Life,
    connection: Option<Connection>,
    turns: Turns,
    greeting: Greeting,
    check: RequestCheck,
    /// A request was refused here, and its answer is in the inbox.
    refused: Rc<Notify>,
    /// Whole frames that the core has not taken.
    inbox: Vec<u8>,
}

/// Looks after the connection.
pub(in crate::root) struct Caller {
    path: PathBuf,
    uid: Option<u32>,
    shared: Rc<RefCell<Shared>>,
    sap: Option<SapCaller>,
}

/// Both halves for the line of a SIM, if there is a socket. Nothing is connected yet.
pub(super) fn call(modem: &Modem, dialect: &DialectText) -> Option<(Rild, Caller)> {
    let path = modem.socket.first()?.clone();
    let shared = Rc::new(RefCell::new(Shared {
        name: path.display().to_string(),
        life: Life::new("rild"),
        connection: None,
        turns: Turns::default(),
        greeting: Greeting::default(),
        // What could be wrong with it was told when it was read.
        check: RequestCheck::new(Dialect::new(dialect).unwrap_or_default()),
        refused: Rc::default(),
        inbox: Vec::new(),
    }));
    let (sap, sap_caller) = sap_socket::call(modem).unzip();
    let caller = Caller { path, uid: modem.socket_uid, shared: Rc::clone(&shared), sap: sap_caller };
    Some((Rild { shared, sap }, caller))
}

impl Caller {
    /// Is connected, to all the sockets that there are, for as long as the daemon lives.
    pub(super) async fn keep_all_up(mut self, line: Lines) -> io::Result<()> {
        match self.sap.take() {
            None => keep_up(&line, &mut self).await,
            Some(sap) => tokio::select! {
                never = keep_up(&line, &mut self) => never,
                never = sap.keep_up(&line) => never,
            },
        }
    }

    /// Takes in what the rild says until it hangs up; why it is gone.
    async fn listen(&self, line: &Lines, connection: Connection) -> String {
        let mut input = Vec::new();
        let mut greeted = false;
        let refused = Rc::clone(&self.shared.borrow().refused);
        loop {
            let read = if greeted {
                tokio::select! {
                    read = connection.read(&mut input) => read,
                    () = refused.notified() => {
                        line.modem_says();
                        continue;
                    }
                }
            } else {
                self.first_words(&connection, &mut input).await
            };
            match read {
                Ok(0) if !greeted => return "it hung up at once: it may serve another user only".to_owned(),
                Ok(0) if !input.is_empty() => return "it hung up in the middle of a frame".to_owned(),
                Ok(0) => return "it hung up".to_owned(),
                Ok(_) => {}
                Err(error) => return error.to_string(),
            }
            let taken = self.shared.borrow_mut().take_in(&mut input);
            if std::mem::replace(&mut greeted, true) {
                line.modem_says();
            } else {
                self.life(|life| life.begins(clock::now()));
                line.modem_up();
            }
            connection.write();
            if let Err(too_long) = taken {
                return format!("it sent a {too_long}");
            }
            line.let_clients_read().await;
            // It may say more than we can hear: phones, deadlines and signals have their turn.
            yield_now().await;
        }
    }

    /// What the rild says first, however long that takes.
    async fn first_words(&self, connection: &Connection, input: &mut Vec<u8>) -> io::Result<usize> {
        if let Ok(read) = timeout(GREETING, connection.read(input)).await {
            return read;
        }
        warn!(rild = %self.path.display(), "the rild does not greet: it seems to serve somebody else");
        connection.read(input).await
    }
}

impl Living for Caller {
    fn life<T>(&self, look: impl FnOnce(&mut Life) -> T) -> T {
        look(&mut self.shared.borrow_mut().life)
    }

    async fn live(&mut self, line: &Lines) -> String {
        let connection = match connect_as(&self.path, self.uid).await {
            Ok(stream) => Connection::new(stream),
            Err(error) => return format!("{}: {error}", self.path.display()),
        };
        self.shared.borrow_mut().connection = Some(connection.clone());
        let why = self.listen(line, connection).await;
        let mut shared = self.shared.borrow_mut();
        shared.connection = None;
        shared.turns.forget();
        shared.greeting = Greeting::default();
        shared.inbox.clear();
        why
    }
}

impl Shared {
    /// Takes the whole frames off the beginning, and sends what waited for an answer among them.
    fn take_in(&mut self, input: &mut Vec<u8>) -> Result<(), TooLong> {
        let mut used = 0;
        let result = loop {
            match frame::split(&input[used..], RESPONSE_LIMIT) {
                Ok(Some((body, taken))) => {
                    let message = Message::parse(body);
                    if let (Some(Message::Reply(reply)), Some(connection)) = (&message, &self.connection) {
                        connection.put(|out| self.turns.over(reply.serial, out));
                    }
                    self.greeting.pass_on(message.as_ref(), &input[used..][..taken], &mut self.inbox);
                    used += taken;
                }
                Ok(None) => break Ok(()),
                Err(too_long) => break Err(too_long),
            }
        };
        input.drain(..used);
        result
    }
}

impl Upstream for Rild {
    fn send(&mut self, flow: Flow, mut frames: &[u8]) {
        let shared = &mut *self.shared.borrow_mut();
        let Some(connection) = &shared.connection else { return };
        while let Ok(Some((body, used))) = frame::split(frames, REQUEST_LIMIT) {
            let (frame, rest) = frames.split_at(used);
            frames = rest;
            match Request::parse(body) {
                // There is no answer to one, and a lock is held until it comes.
                Some(request) if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT => {
                    connection.put(|out| out.extend_from_slice(frame));
                }
                Some(Request { code, serial, payload }) => {
                    match shared.check.refusal(code, payload, shared.greeting.version()) {
                        Some(errno) => {
                            Reply::new(serial, errno, &[]).put(&mut shared.inbox);
                            shared.refused.notify_one();
                        }
                        None => connection.put(|out| shared.turns.request(lane(flow), serial, frame, out)),
                    }
                }
                None => {}
            }
        }
    }

    fn give_up(&mut self, serial: i32) {
        self.shared.borrow_mut().turns.give_up(serial);
    }

    fn flush(&mut self) {
        if let Some(sap) = &self.sap {
            sap.flush();
        }
        let shared = &mut *self.shared.borrow_mut();
        if let Some(connection) = &shared.connection {
            connection.put(|out| shared.turns.fill(out));
            connection.write();
        }
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        into.append(&mut self.shared.borrow_mut().inbox);
    }

    fn description(&self) -> String {
        self.shared.borrow().name.clone()
    }

    fn sap(&mut self) -> Option<&mut dyn SapSide> {
        self.sap.as_mut().map(|sap| sap as &mut dyn SapSide)
    }

    fn hurry(&mut self) {
        self.shared.borrow_mut().life.hurry(clock::now());
    }

    fn view(&self) -> View {
        self.shared.borrow().life.view(clock::now())
    }
}
