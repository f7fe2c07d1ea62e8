//! What libril does besides calling its vendor library: a socket, for a rild that is not ours and has our libril.so.
//!
//! Such a rild loads the library itself, starts the event loop and registers what `RIL_Init` returned. The socket is
//! the one that init has made for it (`ANDROID_SOCKET_rild`), as for libril. A rild with several SIMs (`SIM_COUNT`) has
//! one for each, and they tell that it has the multi-SIM flavour of ril.h ([`init_socket::of_rild`]). Each is served
//! like a rild of its own. One client is served at a time, as there; the next one waits. The library is not told when a
//! client leaves: its requests are answered to nobody. Nobody is let in or kept out here: the mode of init's socket
//! says who may connect.
//!
//! There is one phone, and no router. Several phones, a configuration, or a modem side that restarts are for
//! `rild-proxy`.
//!
//! Reference: `libril/ril.cpp` (`RIL_startEventLoop`, `RIL_register`, `listenCallback`, `onNewCommandConnect`).

use std::collections::HashMap;
use std::ffi::c_void;
use std::io::{self, ErrorKind, Read};
use std::num::NonZeroU8;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::frame::{self, Message, REQUEST_LIMIT, RESPONSE_LIMIT, Reply, Request};
use ril_protocol::{RequestCode, UnsolCode};

use crate::ffi::{host, library};
use crate::host::{Lane, Sim, Sims, StartError};
use crate::{init_socket, os};

/// A client that lets this many bytes wait does not read, and has to go.
const UNREAD_LIMIT: usize = 8 << 20;
/// The wait after a client could not be accepted, for lack of file descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How much is read at once.
const READ_AT_ONCE: usize = 64 << 10;

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// What was registered is NULL, or of a version that is not served.
    #[error("no functions of a vendor library with a RIL version from 6 to 15 were registered")]
    NotRegistered,
    /// init has made no socket.
    #[error("init has made no socket /dev/socket/{0}: the variable ANDROID_SOCKET_{0} is missing")]
    NoSocket(String),
    /// The system said no.
    #[error("/dev/socket/{0}: {1}")]
    Io(String, io::Error),
}

/// Makes this process one with a vendor library, which the caller will register, of a rild whose first socket has this
/// name. What it gives is for `rilproxy_attach` of libril.so. Fails if there is a vendor library already.
pub fn start(name: &str) -> Result<*const c_void, StartError> {
    let sockets = init_socket::of_rild(name).len();
    let sims = u8::try_from(sockets).ok().and_then(NonZeroU8::new).filter(|sims| *sims > NonZeroU8::MIN);
    library::host_for_foreign_rild(sims.map_or(Sims::One, Sims::Several))?;
    Ok((&raw const crate::ffi::TABLE).cast())
}

/// Serves clients on init's socket of this name, and on those of further SIMs if there are some, on a thread each, for
/// as long as the process lives.
pub fn serve(name: &str) -> Result<(), ServeError> {
    let host = host::current().filter(|host| host.functions().is_some()).ok_or(ServeError::NotRegistered)?;
    Sim::all_of(host).zip(init_socket::of_rild(name)).try_for_each(|(sim, name)| serve_sim(sim, &name))
}

fn serve_sim(sim: Sim, name: &str) -> Result<(), ServeError> {
    let failed = |why| ServeError::Io(name.to_owned(), why);
    let listener = init_socket::take(&Path::new(init_socket::FOLDER).join(name)).map_err(failed)?;
    let listener = listener.ok_or_else(|| ServeError::NoSocket(name.to_owned()))?;
    let service = Service { sim, listener, client: None, asked: HashMap::new(), serial: 0, time: None };
    std::thread::Builder::new().name("ril-socket".to_owned()).spawn(move || service.run()).map_err(failed)?;
    tracing::info!("serving clients on {}/{name}", init_socket::FOLDER);
    Ok(())
}

struct Service {
    sim: Sim,
    listener: UnixListener,
    client: Option<Client>,
    /// The client's serials, by ours: an answer to a client that is gone finds no other one.
    asked: HashMap<i32, i32>,
    serial: i32,
    /// The last message about the time that no client has heard.
    time: Option<Vec<u8>>,
}

struct Client {
    stream: UnixStream,
    input: Vec<u8>,
    output: Vec<u8>,
    stage: Stage,
}

/// How far the greeting of a client is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// What the library says is not for this client yet.
    New,
    /// It was told the version.
    Connected,
    /// It was told of the radio, and of the time.
    Greeted,
}

impl Service {
    fn run(mut self) {
        loop {
            match self.wait() {
                Ok(true) => self.look_at_socket(),
                Ok(false) => {}
                Err(why) => return tracing::error!("no client will be served any more: {why}"),
            }
            self.hear_library();
            if let Some(client) = &mut self.client
                && let Err(why) = client.write()
            {
                self.lose_client(&why);
            }
        }
    }

    /// Waits for something to do; whether it is at the socket.
    fn wait(&self) -> io::Result<bool> {
        let (socket, wanted) = match &self.client {
            None => (self.listener.as_fd(), PollFlags::POLLIN),
            Some(client) if client.output.is_empty() => (client.stream.as_fd(), PollFlags::POLLIN),
            Some(client) => (client.stream.as_fd(), PollFlags::POLLIN | PollFlags::POLLOUT),
        };
        let mut fds = [PollFd::new(self.sim.event_fd(), PollFlags::POLLIN), PollFd::new(socket, wanted)];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(why) => return Err(why.into()),
        }
        let at_socket = fds.get(1).and_then(PollFd::revents).unwrap_or(PollFlags::empty());
        Ok(at_socket.intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR))
    }

    fn look_at_socket(&mut self) {
        match &mut self.client {
            None => self.accept(),
            Some(client) => {
                if let Err(why) = client.read() {
                    self.lose_client(&why);
                }
                self.take_requests();
            }
        }
    }

    fn accept(&mut self) {
        let accepted = self.listener.accept().and_then(|(stream, _)| {
            stream.set_nonblocking(true)?;
            // The rild may have closed a standard descriptor, and print.
            os::above_standard(stream.into()).map(UnixStream::from)
        });
        match accepted {
            Ok(stream) => {
                self.client = Some(Client { stream, input: Vec::new(), output: Vec::new(), stage: Stage::New });
                self.sim.greet();
            }
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(why) => {
                tracing::warn!("cannot accept a client: {why}");
                std::thread::sleep(ACCEPT_PAUSE);
            }
        }
    }

    fn take_requests(&mut self) {
        let Some(client) = &mut self.client else { return };
        let input = std::mem::take(&mut client.input);
        let mut rest = &input[..];
        loop {
            match frame::split(rest, REQUEST_LIMIT) {
                Ok(Some((body, used))) => {
                    if let Some(request) = Request::parse(body) {
                        self.request(&request);
                    }
                    rest = rest.get(used..).unwrap_or_default();
                }
                Ok(None) => break,
                Err(why) => return self.lose_client(&io::Error::other(why)),
            }
        }
        if let Some(client) = &mut self.client {
            client.input.extend_from_slice(rest);
        }
    }

    fn request(&mut self, request: &Request<'_>) {
        if request.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT {
            return; // It has no answer.
        }
        self.serial = self.serial.wrapping_add(1);
        self.asked.insert(self.serial, request.serial);
        self.sim.request(self.lane(), request.code, self.serial, request.payload);
    }

    /// Each SIM has a lane, so that a client that asks much does not hold up that of another SIM.
    fn lane(&self) -> Lane {
        Lane::Of(u32::try_from(self.sim.index()).unwrap_or(u32::MAX))
    }

    fn hear_library(&mut self) {
        let mut frames = Vec::new();
        self.sim.drain(&mut frames);
        let mut rest = &frames[..];
        while let Ok(Some((body, used))) = frame::split(rest, RESPONSE_LIMIT) {
            if let Some(message) = Message::parse(body) {
                self.tell(message);
            }
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    fn tell(&mut self, message: Message<'_>) {
        let code = if let Message::Unsolicited(news) = &message { Some(news.code) } else { None };
        let Some(client) = self.client.as_mut() else { return self.nobody_hears(&message) };
        match (message, client.stage) {
            (Message::Reply(reply), _) => {
                if let Some(serial) = self.asked.remove(&reply.serial) {
                    Message::Reply(Reply { serial, ..reply }).put(&mut client.output);
                }
            }
            (Message::Ack { serial }, _) => {
                if let Some(serial) = self.asked.get(&serial) {
                    Message::Ack { serial: *serial }.put(&mut client.output);
                }
            }
            (news, Stage::New) if code == Some(UnsolCode::RIL_CONNECTED) => {
                client.stage = Stage::Connected;
                news.put(&mut client.output);
            }
            (news, Stage::New) => self.nobody_hears(&news),
            (news, Stage::Connected) => {
                news.put(&mut client.output);
                if code == Some(UnsolCode::RESPONSE_RADIO_STATE_CHANGED) {
                    client.stage = Stage::Greeted;
                    client.output.extend(self.time.take().unwrap_or_default());
                }
            }
            (news, Stage::Greeted) => news.put(&mut client.output),
        }
    }

    /// The time is told to the next client; everything else is lost, as with libril.
    fn nobody_hears(&mut self, message: &Message<'_>) {
        if matches!(message, Message::Unsolicited(news) if news.code == UnsolCode::NITZ_TIME_RECEIVED) {
            let mut frame = Vec::new();
            message.put(&mut frame);
            self.time = Some(frame);
        }
    }

    fn lose_client(&mut self, why: &io::Error) {
        tracing::info!("the client is gone: {why}");
        self.client = None;
        // What the library has not begun it is to do all the same, as with libril.
        self.asked.drain().for_each(|(serial, _)| self.sim.forget(serial));
    }
}

impl Client {
    fn read(&mut self) -> io::Result<()> {
        let had = self.input.len();
        self.input.resize(had + READ_AT_ONCE, 0);
        let read = self.stream.read(self.input.get_mut(had..).unwrap_or_default());
        self.input.truncate(had + read.as_ref().copied().unwrap_or(0));
        match read {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Err(why) if !matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Err(why),
            _ => Ok(()),
        }
    }

    /// Writes as much as the socket takes. A client that is gone raises no signal, which would end the rild.
    fn write(&mut self) -> io::Result<()> {
        let mut sent = 0;
        while let Some(rest) = self.output.get(sent..).filter(|rest| !rest.is_empty()) {
            match os::send(&self.stream, rest) {
                Ok(count) => sent += count,
                Err(why) if why.kind() == ErrorKind::WouldBlock => break,
                Err(why) => return Err(why),
            }
        }
        self.output.drain(..sent);
        if self.output.len() > UNREAD_LIMIT { Err(io::Error::other("it does not read")) } else { Ok(()) }
    }
}
