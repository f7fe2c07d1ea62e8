//! Moves bytes between the client's socket, the machine and root's socket.
//!
//! One task on one thread. Each round waits until a socket is ready, reads it once, hands all whole frames to the
//! machine, and writes once to either side. What a socket does not take waits in its outbox; nothing is polled in vain.
//!
//! Root is connected as soon as a client is accepted. When the client has left, what it said last is still written to
//! root; then root is hung up on. Only after that the next client is accepted, so no two clients share a connection. A
//! client that says no more but reads on is there until it has its answers, if they come soon.

use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use phone_machine::{Actions, Broken, Event, GREETING_TIMEOUT, Inbox, Machine, Note, OUTBOX_LIMIT, Outbox, Retry};
use ril_protocol::frame::RESPONSE_LIMIT;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info, warn};

use crate::net::listener::Socket;
use crate::net::readiness::gone;
use crate::net::{FRAME_PATIENCE, LAST_ANSWERS};

/// The proxy RilD of one phone.
pub struct Driver {
    root: PathBuf,
    socket: Socket,
    machine: Machine,
    actions: Actions,
    upstream: Upstream,
    retry: Retry,
    client: Option<Link>,
    /// Until when the client may finish the frame that it has begun.
    unfinished: Option<Instant>,
    /// The client, if it says no more.
    leaving: Option<Leaving>,
    /// Until when the client waits for root's greeting.
    greeting: Instant,
}

/// The connection to root, or when to try next.
#[derive(Debug)]
enum Upstream {
    /// There is no client to connect for.
    Idle,
    Connected(Link),
    Waiting(Instant),
}

/// A connection and what was read from it.
#[derive(Debug)]
struct Link {
    stream: UnixStream,
    inbox: Inbox,
}

/// A client that says no more.
struct Leaving {
    why: Broken,
    /// It is gone, or has waited long enough.
    over: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// What ended a wait.
enum Wake {
    Stop,
    Retry,
    NoGreeting,
    Root(Progress),
    Client(Progress),
    ClientGone,
    Unfinished,
    Accepted(UnixStream),
}

/// What a socket can do or has done.
enum Progress {
    Writable,
    Read(io::Result<usize>),
}

impl Driver {
    /// A proxy that connects to root's socket for the phone and serves one client at a time on `socket`.
    pub fn new(root: impl Into<PathBuf>, socket: Socket) -> Self {
        Self {
            root: root.into(),
            socket,
            machine: Machine::default(),
            actions: Actions::default(),
            upstream: Upstream::Idle,
            retry: Retry::default(),
            client: None,
            unfinished: None,
            leaving: None,
            greeting: Instant::now(),
        }
    }

    /// Serves until `stop` is ready.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        info!("ready for a client");
        loop {
            let reads = self.leaving.is_none() && self.machine.takes_requests(&self.actions);
            let free = self.client.is_none() && matches!(self.upstream, Upstream::Idle);
            let wake = tokio::select! {
                wake = root_wake(&mut self.upstream, &self.actions.to_root) => wake,
                wake = client_wake(&mut self.client, reads, &self.actions.to_client), if self.client.is_some() => wake,
                () = over(&mut self.leaving) => Wake::ClientGone,
                () = due(self.unfinished), if reads => Wake::Unfinished,
                stream = self.socket.accept(), if free => Wake::Accepted(stream),
                () = sleep_until(self.greeting), if self.machine.waits_for_greeting() => Wake::NoGreeting,
                () = &mut stop => Wake::Stop,
            };
            match wake {
                Wake::Stop => return,
                Wake::Retry => self.connect().await,
                Wake::NoGreeting => self.machine.handle(Event::NoRoot, &mut self.actions),
                Wake::Root(progress) => {
                    if let Upstream::Connected(link) = &self.upstream
                        && let Err(why) = link.check(progress)
                    {
                        self.root_lost(&why);
                    }
                }
                Wake::Client(progress) => {
                    if let Some(link) = &self.client
                        && let Err(why) = link.check(progress)
                    {
                        self.client_says_no_more(why);
                    }
                }
                Wake::ClientGone => self.client_leaves(),
                Wake::Unfinished => {
                    let pending = self.client.as_ref().map_or(0, |link| link.inbox.pending());
                    self.client_lost(&Broken::Unfinished(pending));
                }
                Wake::Accepted(stream) => {
                    info!("a client connected");
                    self.client = Some(Link { stream, inbox: Inbox::of_client() });
                    self.greeting = Instant::now() + GREETING_TIMEOUT;
                    self.retry.reset();
                    self.machine.handle(Event::ClientUp, &mut self.actions);
                    self.connect().await;
                }
            }
            self.settle();
        }
    }

    async fn connect(&mut self) {
        match UnixStream::connect(&self.root).await {
            Ok(stream) => {
                debug!("connected to root");
                self.upstream = Upstream::Connected(Link { stream, inbox: Inbox::new(RESPONSE_LIMIT) });
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
        let next = self.retry.later(Instant::now().into_std());
        self.upstream = Upstream::Waiting(Instant::from_std(next));
    }

    /// Handles all whole frames that were read, and writes what comes of them.
    fn settle(&mut self) {
        loop {
            let stalled = self.take_from_client();
            self.take_from_root();
            self.note();
            self.write_to_root();
            self.write_to_client();
            if self.leaving.is_some() && !stalled && !self.machine.owes_an_answer() && self.actions.to_client.is_empty()
            {
                self.client_leaves();
            }
            if !(stalled && self.machine.takes_requests(&self.actions)) {
                return self.hang_up_unless_needed();
            }
        }
    }

    /// Root takes a phone for one with a client as long as it is connected.
    fn hang_up_unless_needed(&mut self) {
        let connected = matches!(self.upstream, Upstream::Connected(_));
        if self.client.is_some() || connected && !self.actions.to_root.is_empty() {
            return;
        }
        self.upstream = Upstream::Idle;
        if connected {
            debug!("hung up on root");
            self.machine.handle(Event::RootDown, &mut self.actions);
        }
    }

    /// Whether requests are left that the machine does not take now.
    fn take_from_client(&mut self) -> bool {
        let Some(link) = &mut self.client else { return false };
        while self.machine.takes_requests(&self.actions) {
            match link.inbox.next_frame() {
                Ok(Some(body)) => {
                    self.unfinished = None;
                    self.machine.handle(Event::ClientFrame(body), &mut self.actions);
                }
                Ok(None) => {
                    let until = self.unfinished.unwrap_or_else(|| Instant::now() + FRAME_PATIENCE);
                    self.unfinished = (link.inbox.pending() > 0).then_some(until);
                    return false;
                }
                Err(why) => {
                    self.client_lost(&why.into());
                    return false;
                }
            }
        }
        true
    }

    fn take_from_root(&mut self) {
        let Upstream::Connected(link) = &mut self.upstream else { return };
        loop {
            match link.inbox.next_frame() {
                Ok(Some(body)) => self.machine.handle(Event::RootFrame(body), &mut self.actions),
                Ok(None) => return,
                Err(why) => return self.root_lost(&why.into()),
            }
        }
    }

    fn write_to_root(&mut self) {
        if let Upstream::Connected(link) = &self.upstream
            && let Err(why) = link.write(&mut self.actions.to_root)
        {
            self.root_lost(&why);
        }
    }

    fn write_to_client(&mut self) {
        if let Some(link) = &self.client
            && let Err(why) = link.write(&mut self.actions.to_client)
        {
            self.client_lost(&why);
        }
    }

    fn root_lost(&mut self, why: &Broken) {
        warn!("lost root: {why}");
        self.retry_later();
        self.machine.handle(Event::RootDown, &mut self.actions);
    }

    /// It may read on until it has its answers.
    fn client_says_no_more(&mut self, why: Broken) {
        match (&self.client, why) {
            (Some(link), why @ (Broken::HungUp | Broken::MidFrame(_))) => {
                let gone = gone(&link.stream);
                let over = Box::pin(async move {
                    let _either = timeout(LAST_ANSWERS, gone).await;
                });
                self.leaving = Some(Leaving { why, over });
            }
            (_, why) => self.client_lost(&why),
        }
    }

    /// It is gone, if it has said that it says no more.
    fn client_leaves(&mut self) {
        if let Some(Leaving { why, .. }) = self.leaving.take() {
            self.client_lost(&why);
        }
    }

    fn client_lost(&mut self, why: &Broken) {
        match why {
            Broken::TooLong(_) | Broken::NoMessage(_) | Broken::NotReading(_) | Broken::Unfinished(_) => {
                warn!("the client is sent away: {why}");
            }
            Broken::HungUp | Broken::MidFrame(_) | Broken::Io(_) => info!("the client is gone: {why}"),
        }
        (self.client, self.leaving, self.unfinished) = (None, None, None);
        self.machine.handle(Event::ClientDown, &mut self.actions);
    }

    fn note(&mut self) {
        for note in self.actions.notes.drain(..) {
            match note {
                Note::RootReady(version) => {
                    info!("root is ready, RIL version {}", version.unwrap_or_default());
                    self.retry.greeted(Instant::now().into_std());
                }
                Note::NoMessage { len } => warn!("root sent {len} bytes that are no message"),
                Note::NobodyWaits { serial } => debug!("root answered {serial}, for which nobody waits"),
                Note::NoRequest { len } => debug!("the client sent {len} bytes that are no request"),
                Note::Acknowledged(code) => debug!("root was told again how a client had acknowledged its {code}"),
                Note::Spared(code) => debug!("the client does not read, {code} is left out"),
            }
        }
    }
}

impl Link {
    /// Waits until there is something to read, if that is wanted, or room to write what waits.
    async fn progress(&mut self, reads: bool, outbox: &Outbox) -> Progress {
        poll_fn(|context| {
            if !outbox.is_empty() && self.stream.poll_write_ready(context).is_ready() {
                return Poll::Ready(Progress::Writable);
            }
            if !reads {
                return Poll::Pending;
            }
            let read = ready!(self.poll_read(context));
            Poll::Ready(Progress::Read(read))
        })
        .await
    }

    /// Reads once, when there is something. 0 means that the peer will send no more.
    ///
    /// Goes by `poll_read`, which knows that a read that did not fill the buffer has emptied the socket and so needs no
    /// second system call to find out.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(self.inbox.room());
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut room))?;
        let count = room.filled().len();
        self.inbox.add(count);
        Poll::Ready(Ok(count))
    }

    /// Whether the connection goes on after this.
    fn check(&self, progress: Progress) -> Result<(), Broken> {
        match progress {
            Progress::Read(Ok(0)) => Err(Broken::at_end(self.inbox.pending())),
            Progress::Read(Err(why)) => Err(why.into()),
            Progress::Read(Ok(_)) | Progress::Writable => Ok(()),
        }
    }

    /// Writes as much as the socket takes.
    fn write(&self, outbox: &mut Outbox) -> Result<(), Broken> {
        while !outbox.is_empty() {
            match self.stream.try_write(outbox.unsent()) {
                Ok(count) => outbox.advance(count),
                Err(full) if full.kind() == io::ErrorKind::WouldBlock => break,
                Err(why) => return Err(why.into()),
            }
        }
        if outbox.len() > OUTBOX_LIMIT { Err(Broken::NotReading(outbox.len())) } else { Ok(()) }
    }
}

async fn root_wake(upstream: &mut Upstream, outbox: &Outbox) -> Wake {
    match upstream {
        Upstream::Idle => std::future::pending().await,
        Upstream::Connected(link) => Wake::Root(link.progress(true, outbox).await),
        Upstream::Waiting(until) => {
            sleep_until(*until).await;
            Wake::Retry
        }
    }
}

async fn due(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

async fn over(leaving: &mut Option<Leaving>) {
    match leaving {
        Some(leaving) => leaving.over.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn client_wake(client: &mut Option<Link>, reads: bool, outbox: &Outbox) -> Wake {
    match client {
        Some(link) => Wake::Client(link.progress(reads, outbox).await),
        None => std::future::pending().await,
    }
}
