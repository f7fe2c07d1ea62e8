//! The router and everything it acts on: the phones' connections and the modem side. One thread, no locks.
//!
//! Frames go from a read buffer through the router into a phone's output buffer or to the modem side, without a queue
//! or a task in between. Output is written when all frames of one read are handled.

mod sap;
#[cfg(test)]
pub(super) mod tests;

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::path::Path;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use ril_protocol::frame::{self, RESPONSE_LIMIT};
use ril_trace::format::Header;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{Notify, oneshot};
use tracing::{Span, error, info, info_span, warn};
use vendor_shim::host::HostStats;

use super::client_link::{ClientLink, MOST_UNREAD, Put, wakes};
use super::crash_traces::CrashTraces;
use super::recordings::{Ended, RecordingId, Recordings};
use super::service_link::ServiceLink;
use super::upstream::{Upstream, View};
use super::wake_lock::{WakeLock, WakeLockCounts};
use super::{counters, log};
use crate::clock;
use crate::control::Counters;
use crate::log_limit::LogLimit;
use crate::router::{Action, Actions, Event, Note, Now, PhoneId, Router, SwitchRefused};
use crate::store::{Progress, Writer};

/// The single state of the daemon, or of the line of one of its SIMs.
pub(super) struct Core {
    /// Which SIM it is the line of, where there are several.
    sim: Option<u8>,
    /// What lines in the log stand in, which says so.
    span: Span,
    /// The lines of the other SIMs.
    others: Vec<Weak<RefCell<Core>>>,
    router: Router,
    actions: Actions,
    links: Vec<Option<ClientLink>>,
    upstream: Box<dyn Upstream>,
    store: Writer,
    /// What the router was told of the store.
    stored: Progress,
    from_modem: Vec<u8>,
    /// Requests that went to the modem side since the last flush.
    sent: u32,
    /// The clock that the router is told the time by.
    started: Instant,
    /// The minute that the router was told last.
    minute: Option<u64>,
    /// Wakes the task that waits for the router's deadline.
    deadline_changed: Rc<Notify>,
    deadline: Option<Instant>,
    watcher: Option<Watcher>,
    counters: Counters,
    log_limit: LogLimit,
    recordings: Recordings,
    service: ServiceLink,
    /// The SIM Access Profile, if a phone has it.
    sap: Option<sap::SapDriver>,
    /// Where it is kept what came before an end of the modem side.
    crash_traces: Option<CrashTraces>,
    wake_lock: Option<WakeLock>,
}

/// A router that knows what an earlier daemon stored, and what it wants done about that.
pub(super) struct Recalled {
    /// Which SIM it is about, where there are several.
    pub(super) sim: Option<u8>,
    pub(super) router: Router,
    pub(super) actions: Actions,
    /// What the router's time counts from.
    pub(super) started: Instant,
    pub(super) recordings: Recordings,
}

/// Someone who is shown every note, and the name of the phone that it is about.
pub(super) type Watcher = Box<dyn FnMut(&str, &Note)>;

pub(super) type SharedCore = Rc<RefCell<Core>>;

/// What lines in the log stand in that are about one of several SIMs.
pub(super) fn span(sim: Option<u8>) -> Span {
    sim.map_or_else(Span::none, |sim| info_span!("line", sim))
}

impl Core {
    /// Begins with what the router wants done about what it has recalled.
    pub(super) fn new(
        Recalled { sim, router, actions, started, recordings }: Recalled,
        phones: usize,
        upstream: Box<dyn Upstream>,
        store: Writer,
    ) -> Self {
        let mut core = Self {
            sim,
            span: span(sim),
            others: Vec::new(),
            router,
            actions,
            links: (0..phones).map(|_| None).collect(),
            upstream,
            store,
            stored: Progress::default(),
            from_modem: Vec::new(),
            sent: 0,
            started,
            minute: None,
            deadline_changed: Rc::new(Notify::new()),
            deadline: None,
            watcher: None,
            counters: Counters::default(),
            log_limit: LogLimit::default(),
            recordings,
            service: ServiceLink::default(),
            sap: None,
            crash_traces: None,
            wake_lock: None,
        };
        let now = core.uptime();
        core.act(now, None);
        core
    }

    /// These are the lines of the other SIMs.
    pub(super) fn set_others(&mut self, others: Vec<Weak<RefCell<Self>>>) {
        self.others = others;
    }

    /// Which SIM it is the line of, where there are several.
    pub(super) fn sim(&self) -> Option<u8> {
        self.sim
    }

    /// What lines in the log about this SIM stand in.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The modem side is there, and has perhaps said something.
    pub(super) fn modem_up(&mut self) {
        let modem = self.upstream.description();
        self.span.in_scope(|| info!(modem, "the modem is up"));
        self.recordings.modem_up(self.started.elapsed(), &modem);
        self.modem_says();
        self.sap_looks();
    }

    /// The modem side is gone; nothing that was asked of it will be answered.
    pub(super) fn modem_down(&mut self, why: &str) {
        if self.take_line_of_modem("ends of the modem") {
            self.span.in_scope(|| warn!("the modem is gone: {why}"));
        }
        self.handle(Event::ModemDown);
        self.sap_looks();
        self.flush();
    }

    /// From now on what came before an end of the modem side is kept there.
    pub(super) fn set_crash_traces(&mut self, traces: Option<CrashTraces>) {
        self.crash_traces = traces;
    }

    pub(super) fn crash_traces(&self) -> Option<CrashTraces> {
        self.crash_traces.clone()
    }

    /// From now on this lock is held when a phone has to wake up.
    pub(super) fn set_wake_lock(&mut self, lock: Option<WakeLock>) {
        self.wake_lock = lock;
    }

    /// What was done with the wake lock, if there is one.
    pub(super) fn wake_lock(&self) -> Option<WakeLockCounts> {
        self.wake_lock.as_ref().map(WakeLock::counts)
    }

    pub(super) fn router(&self) -> &Router {
        &self.router
    }

    /// What the modem side calls itself.
    pub(super) fn modem(&self) -> String {
        self.upstream.description()
    }

    /// How the modem side is reached, and how it fares.
    pub(super) fn modem_view(&self) -> View {
        self.upstream.view()
    }

    /// How often the vendor library has broken the rules, if there is one.
    pub(super) fn faults(&self) -> Option<HostStats> {
        self.upstream.faults()
    }

    pub(super) fn counters(&self) -> Counters {
        self.counters
    }

    /// Since the start.
    pub(super) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Adds someone to be shown every note until it returns false.
    pub(super) fn watch(&mut self, watcher: Watcher) {
        self.watcher = Some(watcher);
    }

    pub(super) fn set_foreground(&mut self, phone: PhoneId) -> Result<(), SwitchRefused> {
        let now = self.started.elapsed();
        self.recordings.foreground(now, phone);
        let result = self.router.set_foreground(now, phone, &mut self.actions);
        self.act(now, None);
        self.flush();
        result
    }

    /// A client connected; it is greeted.
    pub(super) fn connect(&mut self, phone: PhoneId, socket: OwnedWriteHalf) -> Rc<Notify> {
        let more = Rc::new(Notify::new());
        if let Some(link) = self.links.get_mut(phone.0) {
            *link = Some(ClientLink::new(socket, Rc::clone(&more), MOST_UNREAD));
        }
        self.handle(Event::PhoneUp(phone));
        self.flush();
        more
    }

    pub(super) fn disconnect(&mut self, phone: PhoneId) {
        if let Some(link) = self.links.get_mut(phone.0) {
            *link = None;
        }
        self.handle(Event::PhoneDown(phone));
        self.flush();
    }

    pub(super) fn link(&mut self, phone: PhoneId) -> Option<&mut ClientLink> {
        self.links.get_mut(phone.0)?.as_mut()
    }

    /// Handles one frame of a client. The caller [finishes](Self::finish_batch) when it has handled all that it read.
    pub(super) fn phone_says(&mut self, phone: PhoneId, body: &[u8]) {
        self.counters.from_phones += 1;
        if let Some(link) = self.link(phone) {
            link.hear(body);
        }
        if !self.others.is_empty() && self.router.is_shutdown(phone, body) && self.is_in_use_elsewhere(phone) {
            self.handle(Event::InUseElsewhere);
        }
        self.handle(Event::FromPhone(phone, body));
    }

    /// The socket of a client that the modem side is to wait for.
    pub(super) fn client_behind(&self) -> Option<Rc<OwnedWriteHalf>> {
        self.links.iter().flatten().find(|link| link.is_behind()).map(|link| Rc::clone(&link.socket))
    }

    /// The modem side has waited for those clients for as long as it does.
    pub(super) fn waited(&mut self) {
        self.links.iter_mut().flatten().filter(|link| link.is_behind()).for_each(|link| link.vain_waits += 1);
    }

    /// All that was read of a client is handled. A single request is worth a moment's wait for its answer; of many, the
    /// answers come in good time while the next ones are read.
    pub(super) fn finish_batch(&mut self) {
        let single = self.sent == 1;
        self.flush();
        if single && self.client_behind().is_none() && self.upstream.attend() {
            self.modem_says();
        }
    }

    /// Handles what the modem side has sent, as much as that gives at once.
    pub(super) fn modem_says(&mut self) {
        let mut frames = std::mem::take(&mut self.from_modem);
        self.upstream.receive(&mut frames);
        self.tell_minute();
        let mut rest = &frames[..];
        loop {
            match frame::split(rest, RESPONSE_LIMIT) {
                Ok(Some((body, used))) => {
                    self.counters.from_modem += 1;
                    self.handle(Event::FromModem(body));
                    rest = &rest[used..];
                }
                Ok(None) => break,
                Err(too_long) => {
                    self.span.in_scope(|| error!("the modem side sent a {too_long}; what it sent with it is lost"));
                    break;
                }
            }
        }
        frames.clear();
        self.from_modem = frames;
        self.flush();
    }

    /// Whether nothing can be stored at present.
    pub(super) fn store_is_failing(&self) -> bool {
        self.stored.failing
    }

    /// Comes when [`store_says`](Self::store_says) is due, or may be.
    pub(super) fn store_progressed(&self) -> impl Future<Output = ()> + use<> {
        self.store.progressed()
    }

    /// Tells the router how far its changes have come.
    pub(super) fn store_says(&mut self) {
        let now = self.store.progress();
        let before = std::mem::replace(&mut self.stored, now);
        if now.failing != before.failing {
            self.handle(Event::StoreFailing(now.failing));
        }
        if now.durable != before.durable {
            self.handle(Event::Stored(now.durable));
        }
        self.flush();
    }

    /// The link to the number service.
    pub(super) fn service(&mut self) -> &mut ServiceLink {
        &mut self.service
    }

    /// Tells the router the time of the world, if its minute has changed.
    fn tell_minute(&mut self) {
        let seconds = clock::since_1970().as_secs();
        if self.minute.replace(seconds / 60) != Some(seconds / 60) {
            self.handle(Event::WallClock(seconds));
        }
    }

    /// The number service can be talked to.
    pub(super) fn service_up(&mut self) {
        self.tell_minute();
        self.service.set_up(self.started.elapsed(), true);
        self.handle(Event::ServiceUp);
        self.flush();
    }

    /// The number service cannot be talked to any more.
    pub(super) fn service_down(&mut self) {
        self.service.set_up(self.started.elapsed(), false);
        self.handle(Event::ServiceDown);
        self.flush();
    }

    /// Whether another phone is there or in a call on the line of another SIM.
    fn is_in_use_elsewhere(&self, phone: PhoneId) -> bool {
        let mut others = self.others.iter().filter_map(Weak::upgrade);
        others.any(|other| other.borrow().router.is_in_use_by_another(phone))
    }

    /// An emergency call goes out on the line of another SIM, which waits for this.
    fn emergency_elsewhere(&mut self) {
        self.handle(Event::EmergencyElsewhere);
        self.flush();
    }

    /// Handles a message of the number service.
    pub(super) fn service_says(&mut self, message: &[u8]) {
        self.handle(Event::FromService(message));
        self.flush();
    }

    /// The end: makes durable what is not yet, and does what waited for that.
    pub(super) fn stop(&mut self) {
        self.store.finish();
        self.store_says();
        self.upstream.end();
        self.wake_lock = None;
        self.recordings.finish();
    }

    /// Has the ring of traces write what it has; comes, or fails, when that is done.
    pub(super) fn flush_ring(&mut self) -> oneshot::Receiver<()> {
        self.recordings.flush_ring()
    }

    /// Begins to record into a new file, what one phone says and hears or all; the end is told to the receiver.
    pub(super) fn start_recording(
        &mut self,
        path: &Path,
        header: Header,
        only: Option<PhoneId>,
    ) -> io::Result<(RecordingId, oneshot::Receiver<Ended>)> {
        let header = Header {
            ril_version: self.router.modem_version().map(|version| version.0),
            vendor_version: Some(self.modem()),
            only_phone: only.map(|phone| u32::try_from(phone.0).unwrap_or(u32::MAX)),
            ..header
        };
        self.recordings.start(path, &header, only, self.started)
    }

    /// Ends a recording.
    pub(super) fn stop_recording(&mut self, id: RecordingId) {
        self.recordings.stop(id);
    }

    /// The deadline has come, or may have.
    pub(super) fn tick(&mut self) {
        self.handle(Event::Tick);
        self.sap_tick();
        if let Some(lock) = &self.wake_lock {
            lock.release_if_due(self.started.elapsed());
        }
        for left_out in self.log_limit.ended(self.started.elapsed()) {
            self.span.in_scope(|| log::write_left_out(&left_out, &self.name(left_out.phone)));
        }
        self.flush();
    }

    /// When [`tick`](Self::tick) is due, and what wakes whoever waits for it when that changes.
    pub(super) fn deadline(&self) -> (Option<Instant>, Rc<Notify>) {
        (self.deadline, Rc::clone(&self.deadline_changed))
    }

    fn handle(&mut self, event: Event<'_>) {
        let now = self.started.elapsed();
        self.recordings.event(now, event);
        self.router.handle(now, event, &mut self.actions);
        let awake = match event {
            Event::FromPhone(phone, _) | Event::PhoneUp(phone) => Some(phone),
            _ => None,
        };
        self.act(now, awake);
    }

    /// Does what the router says, perhaps to what this phone has just said: that is awake.
    fn act(&mut self, now: Now, awake: Option<PhoneId>) {
        let mut actions = std::mem::take(&mut self.actions);
        for action in actions.iter() {
            self.recordings.action(now, action);
            match action {
                Action::ToPhone(phone, frames) => {
                    if awake != Some(phone) && wakes(frames) {
                        self.keep_awake(now, phone);
                    }
                    self.tell_phone(phone, frames);
                }
                Action::ToModem(flow, frames) => {
                    self.upstream.send(flow, frames);
                    self.counters.to_modem += 1;
                    self.sent += 1;
                }
                Action::GiveUp(serial) => self.upstream.give_up(serial),
                Action::Store(change) => self.span.in_scope(|| self.store.put(change)),
                Action::ToService(message) => self.service.put(message),
                Action::Note(note) => self.note(note),
            }
        }
        actions.clear();
        self.actions = actions;
        self.watch_deadline();
    }

    /// This phone has to wake up, if it has a client.
    fn keep_awake(&self, now: Now, phone: PhoneId) {
        let has_client = self.links.get(phone.0).is_some_and(Option::is_some);
        if let Some(lock) = self.wake_lock.as_ref().filter(|_| has_client) {
            lock.hold(now);
        }
    }

    fn tell_phone(&mut self, phone: PhoneId, frames: &[u8]) {
        let Some(Some(link)) = self.links.get_mut(phone.0) else { return };
        self.counters.to_phones += 1;
        if link.put(frames) == Put::FirstSpared && self.take_line(phone, "clients that read slowly") {
            let name = self.name(Some(phone));
            self.span.in_scope(|| {
                warn!(phone = name, "the client reads slowly; it is spared what it need not wake up for");
            });
        }
    }

    /// Lets the task that waits for the deadline know of a new one.
    fn watch_deadline(&mut self) {
        let deadline = self.next_deadline();
        // A deadline that moves later is found out when the earlier one has come.
        if deadline.is_some_and(|new| self.deadline.is_none_or(|old| new < old)) {
            self.deadline = deadline;
            self.deadline_changed.notify_one();
        }
    }

    /// Takes the present deadline as met; the next one is the router's, or that of lines which were left out.
    pub(super) fn rearm(&mut self) {
        self.deadline = self.next_deadline();
    }

    fn next_deadline(&self) -> Option<Instant> {
        let wake_lock = self.wake_lock.as_ref().and_then(WakeLock::deadline);
        let sap = self.sap.as_ref().and_then(sap::SapDriver::deadline);
        let deadlines = [self.router.deadline(), self.log_limit.deadline(), wake_lock, sap];
        deadlines.into_iter().flatten().min().map(|deadline| self.started + deadline)
    }

    /// Writes what phones are to get, as far as their sockets take it.
    pub(super) fn flush(&mut self) {
        self.recordings.hand_over();
        self.upstream.flush();
        self.sent = 0;
        let sap = self.sap.as_mut().and_then(|desk| desk.link.as_mut());
        for link in self.links.iter_mut().flatten().chain(sap).filter(|link| !link.is_written()) {
            link.write();
        }
    }

    /// Takes one of the log lines that this phone may cause just now; false if there is none. The kind says what such
    /// lines are about.
    pub(super) fn take_line(&mut self, phone: PhoneId, kind: &'static str) -> bool {
        self.log_limit.admits(self.started.elapsed(), Some(phone), kind)
    }

    /// The same of lines about the modem.
    pub(super) fn take_line_of_modem(&mut self, kind: &'static str) -> bool {
        self.log_limit.admits(self.started.elapsed(), None, kind)
    }

    /// The name of a phone; empty for what is no phone's affair.
    fn name(&self, phone: Option<PhoneId>) -> String {
        let view = phone.and_then(|phone| self.router.phones().nth(phone.0));
        view.map(|view| view.name).unwrap_or_default()
    }

    fn note(&mut self, note: &Note) {
        counters::count(&mut self.counters, note);
        if matches!(note, Note::Emergency { .. }) {
            self.upstream.hurry();
            for other in self.others.iter().filter_map(Weak::upgrade) {
                other.borrow_mut().emergency_elsewhere();
            }
        }
        let about = self.name(note.phone());
        if self.log_limit.admits(self.started.elapsed(), note.phone(), log::kind(note)) {
            self.span.in_scope(|| log::write(note, &about));
        }
        if let Some(watcher) = &mut self.watcher {
            watcher(&about, note);
        }
    }
}
