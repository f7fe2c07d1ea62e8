//! The library's own thread: moves what the rild has left on the desk to root, and what root says to the rild.
//!
//! It waits in `poll` for the desk, for the socket and for the next attempt to connect, and nowhere else, but for the
//! rild: a rild that is slow to take an answer makes root wait, as it makes its vendor's library wait.

use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use phone_machine::{Actions, Broken, Event, GREETING_TIMEOUT, Machine, Note, Retry};
use ril_protocol::frame::{self, Message, REQUEST_LIMIT, RESPONSE_LIMIT, Reply, Unsolicited};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use tracing::{debug, error, info, warn};
use vendor_shim::guest::Env;

use crate::clock::now;
use crate::desk::{Desk, Left};
use crate::greeting::{radio_in, timeout, version_in};
use crate::link::Link;

/// The socket id of the one SIM that this library has for its rild.
const FIRST_SIM: usize = 0;

/// Starts the thread, which never ends.
pub(crate) fn start(socket: PathBuf, desk: Arc<Desk>, env: Env) -> io::Result<()> {
    let worker = Worker {
        socket,
        desk,
        env,
        machine: Machine::default(),
        actions: Actions::default(),
        root: Root::Idle,
        retry: Retry::default(),
        greeting: now(),
        requests: Requests::default(),
        spare: Vec::new(),
    };
    std::thread::Builder::new().name("librilproxy".to_owned()).spawn(move || worker.run())?;
    Ok(())
}

struct Worker {
    socket: PathBuf,
    desk: Arc<Desk>,
    env: Env,
    machine: Machine,
    actions: Actions,
    root: Root,
    retry: Retry,
    /// Until when a new client waits for root's greeting.
    greeting: Instant,
    requests: Requests,
    /// Memory for what the rild leaves next.
    spare: Vec<u8>,
}

/// The connection to root, or when to try next.
enum Root {
    /// There is no client to connect for.
    Idle,
    Connected(Link),
    Waiting(Instant),
}

/// Requests of the rild that root has not been given yet.
#[derive(Default)]
struct Requests {
    frames: Vec<u8>,
    start: usize,
}

impl Worker {
    fn run(mut self) {
        self.desk.is_served_here();
        loop {
            let readable = match self.wait() {
                Ok(readable) => readable,
                Err(why) => return error!("cannot wait for anything any more: {why}"),
            };
            self.look_at_desk();
            self.look_at_clock();
            if let Root::Connected(link) = &mut self.root
                && readable
                && let Err(why) = link.read()
            {
                self.root_lost(&why);
            }
            self.settle();
        }
    }

    /// Waits until there is something to do; whether that is to read what root says.
    fn wait(&self) -> io::Result<bool> {
        let mut fds = vec![PollFd::new(self.desk.wake().as_fd(), PollFlags::POLLIN)];
        if let Root::Connected(link) = &self.root {
            let writes = if self.actions.to_root.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
            fds.push(PollFd::new(link.as_fd(), PollFlags::POLLIN | writes));
        }
        match poll(&mut fds, self.patience()) {
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(why) => return Err(why.into()),
        }
        let on_link = fds.get(1).and_then(PollFd::revents).unwrap_or(PollFlags::empty());
        Ok(on_link.intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR))
    }

    fn patience(&self) -> PollTimeout {
        let retry = if let Root::Waiting(until) = self.root { Some(until) } else { None };
        let greeting = self.machine.waits_for_greeting().then_some(self.greeting);
        let next = retry.into_iter().chain(greeting).min();
        next.map_or(PollTimeout::NONE, |next| timeout(next.saturating_duration_since(now())))
    }

    fn look_at_desk(&mut self) {
        let Left { came, replaced, requests } = self.desk.take(std::mem::take(&mut self.spare));
        if came {
            self.client_comes();
        }
        let (before, since) = requests.split_at(replaced.unwrap_or(0).min(requests.len()));
        if replaced.is_some() {
            self.requests.add(before);
            self.settle();
            self.client_leaves();
            self.client_comes();
        }
        self.requests.add(since);
        self.spare = requests;
    }

    fn look_at_clock(&mut self) {
        let now = now();
        if matches!(self.root, Root::Waiting(until) if until <= now) {
            self.connect();
        }
        if self.machine.waits_for_greeting() && self.greeting <= now {
            self.machine.handle(Event::NoRoot, &mut self.actions);
        }
    }

    fn client_comes(&mut self) {
        debug!("the rild has a client");
        self.greeting = now() + GREETING_TIMEOUT;
        self.retry.reset();
        self.machine.handle(Event::ClientUp, &mut self.actions);
        self.connect();
    }

    /// Root has been told what the client said last, as far as it has read that.
    fn client_leaves(&mut self) {
        debug!("the rild has another client");
        self.machine.handle(Event::ClientDown, &mut self.actions);
        if let Root::Connected(_) = std::mem::replace(&mut self.root, Root::Idle) {
            self.machine.handle(Event::RootDown, &mut self.actions);
        }
        self.requests = Requests::default();
        for token in self.desk.abandoned() {
            self.env.complete(token, Errno::RADIO_NOT_AVAILABLE, &[]);
        }
    }

    fn connect(&mut self) {
        match Link::connect(&self.socket) {
            Ok(link) => {
                debug!("connected to root");
                self.root = Root::Connected(link);
                self.machine.handle(Event::RootUp, &mut self.actions);
            }
            Err(why) => {
                debug!("root is not there: {why}");
                self.retry_later();
                self.machine.handle(Event::NoRoot, &mut self.actions);
            }
        }
    }

    fn retry_later(&mut self) {
        self.root = Root::Waiting(self.retry.later(now()));
    }

    fn root_lost(&mut self, why: &Broken) {
        match why {
            Broken::HungUp | Broken::MidFrame(_) | Broken::Io(_) => warn!("lost root: {why}"),
            Broken::TooLong(_) | Broken::NoMessage(_) | Broken::NotReading(_) | Broken::Unfinished(_) => {
                error!("hung up on root: {why}");
            }
        }
        self.retry_later();
        self.machine.handle(Event::RootDown, &mut self.actions);
    }

    /// Hands on all that can be handed on now.
    fn settle(&mut self) {
        loop {
            let stalled = self.take_from_rild();
            self.take_from_root();
            self.note();
            self.tell_rild();
            self.write_to_root();
            self.tell_rild();
            if !(stalled && self.machine.takes_requests(&self.actions)) {
                return;
            }
        }
    }

    /// Whether requests are left that the machine does not take now.
    fn take_from_rild(&mut self) -> bool {
        while self.machine.takes_requests(&self.actions) {
            let Some(body) = self.requests.next() else { return false };
            self.machine.handle(Event::ClientFrame(body), &mut self.actions);
        }
        true
    }

    fn take_from_root(&mut self) {
        let Root::Connected(link) = &mut self.root else { return };
        loop {
            match link.next_message() {
                Ok(Some(body)) => self.machine.handle(Event::RootFrame(body), &mut self.actions),
                Ok(None) => return,
                Err(why) => return self.root_lost(&why),
            }
        }
    }

    fn write_to_root(&mut self) {
        if let Root::Connected(link) = &self.root
            && let Err(why) = link.write(&mut self.actions.to_root)
        {
            self.root_lost(&why);
        }
    }

    /// The rild may call back before it returns.
    fn tell_rild(&mut self) {
        let mut said = std::mem::take(&mut self.actions.to_client);
        let mut rest = said.unsent();
        while let Ok(Some((body, used))) = frame::split(rest, RESPONSE_LIMIT) {
            if let Some(message) = Message::parse(body) {
                self.tell(&message);
            }
            rest = rest.get(used..).unwrap_or_default();
        }
        said.clear();
        self.actions.to_client = said;
    }

    fn tell(&mut self, message: &Message<'_>) {
        let wants_ack = match message {
            Message::Reply(Reply { serial, errno, payload, wants_ack }) => {
                if let Some(token) = self.desk.answer(*serial) {
                    self.env.complete(token, *errno, payload);
                }
                *wants_ack
            }
            Message::Ack { serial } => {
                if let Some(token) = self.desk.asker(*serial) {
                    self.env.acknowledge(token);
                }
                false
            }
            Message::Unsolicited(news) => {
                self.tell_news(news);
                news.wants_ack
            }
        };
        if wants_ack {
            // From here on the rild keeps the system awake until its own client has the message.
            let body = [RequestCode::RESPONSE_ACKNOWLEDGEMENT.0.to_ne_bytes(), 0_i32.to_ne_bytes()].concat();
            self.machine.handle(Event::ClientFrame(&body), &mut self.actions);
        }
    }

    fn tell_news(&mut self, news: &Unsolicited<'_>) {
        if news.code == UnsolCode::RIL_CONNECTED {
            // The rild greets its clients itself.
            if let Some(version) = version_in(news) {
                self.env.take_parcels_of(version);
            }
            return;
        }
        if let Some(radio) = radio_in(news) {
            self.desk.set_radio(radio);
        }
        self.env.unsolicited(FIRST_SIM, news.code, news.payload);
    }

    fn note(&mut self) {
        for note in self.actions.notes.drain(..) {
            match note {
                Note::RootReady(version) => {
                    info!("root is ready, RIL version {}", version.unwrap_or_default());
                    self.retry.greeted(now());
                }
                Note::NoMessage { len } => warn!("root sent {len} bytes that are no message"),
                Note::NobodyWaits { serial } => debug!("root answered {serial}, for which nobody waits"),
                Note::NoRequest { len } => debug!("the rild sent {len} bytes that are no request"),
                Note::Acknowledged(code) => debug!("root was told again how a client had acknowledged its {code}"),
                Note::Spared(code) => debug!("the rild is slow, {code} is left out"),
            }
        }
    }
}

impl Requests {
    fn add(&mut self, frames: &[u8]) {
        // A client that always asks more than is taken must not make it grow for ever.
        if self.start > self.frames.len() / 2 {
            self.frames.drain(..self.start);
            self.start = 0;
        }
        self.frames.extend_from_slice(frames);
    }

    /// The body of the next one.
    fn next(&mut self) -> Option<&[u8]> {
        let rest = self.frames.get(self.start..)?;
        let (body, used) = frame::split(rest, REQUEST_LIMIT).ok().flatten()?;
        self.start += used;
        Some(body)
    }
}
