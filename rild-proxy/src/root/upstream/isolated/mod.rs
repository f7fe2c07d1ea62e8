//! A vendor library in a process of its own, which is watched and started again.
//!
//! The library's process is this executable again ([`crate::isolated`]). Its end, however it comes, is told to the
//! router as the end of the modem side, which answers what is open and goes on when there is another one. The first
//! start is special in one way: a library that cannot be loaded then is a mistake that somebody has to know of, and the
//! daemon ends as it would with a library in its own process. One that crashes meanwhile is only started again.
//!
//! What ended it is told from the process's exit status and the one line that it writes when it crashes
//! (`vendor_shim`), which has neither numbers nor texts in it.
//!
//! `process` is one process, `output` what it writes for people, `shared` what it says to us, `watch` whether it hangs.

mod output;
mod process;
mod shared;
mod watch;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use ril_protocol::RequestCode;
use ril_protocol::frame::{self, REQUEST_LIMIT, Request};
use ril_sap::MsgId;
use tokio::task::yield_now;
use vendor_shim::host::{HostStats, SapMessage};

use self::process::{Running, library_host};
use self::shared::{Heard, Shared, TWICE};
use self::watch::Due;
use super::super::lines::Lines;
use super::connection::Connection;
use super::library::lane_of_sim;
use super::life::{Life, Living};
use super::{ModemError, SapSide, Upstream, View};
use crate::clock;
use crate::deadline::until;
use crate::isolated::wire::{Start, ToChild};
use crate::router::Flow;
use crate::sap;

/// So much of what a process has said already is heard at once.
const MOST_HEARD_NOW: usize = 16 * 1024 * 1024;

/// What the core of a line talks to.
pub(super) struct Isolated {
    sim: u8,
    shared: Rc<RefCell<Shared>>,
}

/// Looks after the process.
pub(in crate::root) struct Supervisor {
    start: Box<Start>,
    shared: Rc<RefCell<Shared>>,
    /// One that has come up and was not served from yet.
    running: Option<Running>,
}

/// Why a process did not come up.
enum NotUp {
    /// The library would not start.
    Refused(String),
    /// The process ended, or would not come about.
    Ended(String),
}

/// What each line talks to, and what looks after the process. Nothing is started yet.
pub(super) fn isolate(start: Box<Start>) -> (Vec<Isolated>, Supervisor) {
    let shared = Shared::new(start.modem.sims, start.sap, hang_limit(&start));
    let shared = Rc::new(RefCell::new(shared));
    let of_lines = (0..start.modem.sims).map(|sim| Isolated { sim, shared: Rc::clone(&shared) }).collect();
    (of_lines, Supervisor { start, shared, running: None })
}

impl Supervisor {
    /// Starts the library for the first time. Returns when it is up, or when it has ended and will be started again.
    pub(super) async fn bring_up(&mut self, lines: &Lines) -> Result<(), ModemError> {
        match self.start().await {
            Ok(running) => {
                self.up(lines);
                self.running = Some(running);
                Ok(())
            }
            Err(NotUp::Refused(why)) => Err(ModemError::Refused(why)),
            Err(NotUp::Ended(why)) => {
                super::life::ended(lines, self, &why).await;
                Ok(())
            }
        }
    }

    fn up(&self, lines: &Lines) {
        self.shared.borrow_mut().life.begins(clock::now());
        lines.modem_up();
    }

    /// Starts a process, and waits until its library runs.
    async fn start(&self) -> Result<Running, NotUp> {
        match Running::start(library_host()) {
            Ok(running) => self.come_up(running).await,
            Err(error) => Err(NotUp::Ended(format!("its process: {error}"))),
        }
    }

    /// Has a new process start the library, and waits until that runs.
    async fn come_up(&self, mut running: Running) -> Result<Running, NotUp> {
        self.shared.borrow_mut().hang_up();
        running.connection.put(|out| ToChild::Start(self.start.clone()).put(out));
        running.connection.write();
        let limit = hang_limit(&self.start).map(|limit| clock::now() + limit);
        loop {
            let heard = tokio::select! {
                heard = self.hear(&running.connection, &mut running.input) => heard,
                // Another process that it has started may hold the socket.
                () = running.exit.comes() => match self.hear_now(&mut running) {
                    Heard::More => Heard::End,
                    heard => heard,
                },
                () = until(limit) => {
                    let why = format!("a hang: it has not started within {} s", self.start.modem.hang_after);
                    return Err(NotUp::Ended(running.abort(&why).await));
                }
            };
            match heard {
                Heard::Started => {
                    let mut shared = self.shared.borrow_mut();
                    shared.watch.begin_anew();
                    // Its greeting is asked of the library, and until then nothing else can be.
                    shared.watch.given_work(clock::now());
                    shared.connection = Some(running.connection.clone());
                    return Ok(running);
                }
                Heard::Refused(why) => {
                    // What the library has said of it is passed on first: the daemon may end next.
                    running.end().await;
                    return Err(NotUp::Refused(why));
                }
                Heard::More => {}
                Heard::End => return Err(NotUp::Ended(running.end().await)),
                Heard::Wrong(why) => return Err(NotUp::Ended(running.abort(&why).await)),
            }
        }
    }

    /// Takes in what the process says next.
    async fn hear(&self, connection: &Connection, input: &mut Vec<u8>) -> Heard {
        match connection.read(input).await {
            Ok(1..) => self.shared.borrow_mut().take_in(input),
            Ok(0) | Err(_) => Heard::End,
        }
    }

    /// Takes in what the process has said already, and no more than so much of it: another process that it has started
    /// may write, too, and go on for ever.
    fn hear_now(&self, running: &mut Running) -> Heard {
        let mut left = MOST_HEARD_NOW;
        loop {
            match running.connection.read_now(&mut running.input) {
                Ok(read @ 1..) => {
                    let heard = self.shared.borrow_mut().take_in(&mut running.input);
                    left = left.saturating_sub(read);
                    if left == 0 || !matches!(heard, Heard::More) {
                        return heard;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Heard::More,
                Ok(0) | Err(_) => return Heard::End,
            }
        }
    }

    /// Serves the core until the process ends; why it did.
    async fn serve(&self, lines: &Lines, mut running: Running) -> String {
        let ended = self.exchange(lines, &mut running).await;
        // What is asked from now on has no answer. It is the router's to say so, and soon.
        self.shared.borrow_mut().hang_up();
        match ended {
            None => running.end().await,
            Some(wrong) => running.abort(&wrong).await,
        }
    }

    /// Serves the core until the process ends, or does what it should not, and what.
    async fn exchange(&self, lines: &Lines, running: &mut Running) -> Option<String> {
        loop {
            let (deadline, watched) = {
                let shared = self.shared.borrow();
                (shared.watch.deadline(), Rc::clone(&shared.watched))
            };
            let heard = tokio::select! {
                heard = self.hear(&running.connection, &mut running.input) => heard,
                () = running.exit.comes() => {
                    // What it said last counts.
                    self.hear_now(running);
                    Heard::End
                }
                () = watched.notified() => continue,
                () = until(deadline) => self.look_after(running),
            };
            lines.modem_says();
            lines.sap_says();
            lines.let_clients_read().await;
            // It may say more than we can hear: phones, deadlines and signals have their turn.
            yield_now().await;
            match heard {
                Heard::More => {}
                Heard::End => return None,
                Heard::Wrong(why) => return Some(why),
                // Nobody says that twice.
                Heard::Started | Heard::Refused(_) => return Some(TWICE.to_owned()),
            }
        }
    }

    /// Looks whether the library hangs.
    fn look_after(&self, running: &mut Running) -> Heard {
        // We may have stood still ourselves: what was said meanwhile counts.
        let heard = self.hear_now(running);
        if !matches!(heard, Heard::More) {
            return heard;
        }
        match self.shared.borrow_mut().watch.due(clock::now()) {
            Due::Nothing => {}
            Due::Ask => {
                running.connection.put(|out| ToChild::Ask.put(out));
                running.connection.write();
            }
            Due::Hangs(why) => return Heard::Wrong(why),
        }
        Heard::More
    }
}

impl Living for Supervisor {
    fn life<T>(&self, look: impl FnOnce(&mut Life) -> T) -> T {
        look(&mut self.shared.borrow_mut().life)
    }

    async fn live(&mut self, lines: &Lines) -> String {
        let running = match self.running.take() {
            Some(running) => running,
            None => match self.start().await {
                Ok(running) => {
                    self.up(lines);
                    running
                }
                Err(NotUp::Refused(why)) => return format!("it could not be started: {why}"),
                Err(NotUp::Ended(why)) => return why,
            },
        };
        self.serve(lines, running).await
    }
}

/// After how long a library hangs, if it is watched.
fn hang_limit(start: &Start) -> Option<Duration> {
    (start.modem.hang_after > 0).then(|| Duration::from_secs(start.modem.hang_after.into()))
}

impl Upstream for Isolated {
    fn send(&mut self, flow: Flow, mut frames: &[u8]) {
        let shared = &mut *self.shared.borrow_mut();
        let Some(connection) = &shared.connection else { return };
        let lane = lane_of_sim(self.sim.into(), flow);
        while let Ok(Some((body, used))) = frame::split(frames, REQUEST_LIMIT) {
            // The host would end acknowledgements anyway.
            if Request::parse(body).is_some_and(|request| request.code != RequestCode::RESPONSE_ACKNOWLEDGEMENT) {
                connection.put(|out| ToChild::Request(self.sim, lane, body).put(out));
                shared.put = true;
            }
            frames = &frames[used..];
        }
    }

    fn give_up(&mut self, serial: i32) {
        self.shared.borrow_mut().tell(&ToChild::GiveUp(self.sim, serial));
    }

    fn flush(&mut self) {
        let shared = &mut *self.shared.borrow_mut();
        if let (true, Some(connection)) = (std::mem::take(&mut shared.put), &shared.connection) {
            connection.write();
            if shared.watch.given_work(clock::now()) {
                shared.watched.notify_one();
            }
        }
    }

    fn receive(&mut self, into: &mut Vec<u8>) {
        if let Some(inbox) = self.shared.borrow_mut().inboxes.get_mut(usize::from(self.sim)) {
            into.append(inbox);
        }
    }

    fn description(&self) -> String {
        self.shared.borrow().description.clone()
    }

    fn faults(&self) -> Option<HostStats> {
        Some(self.shared.borrow().faults)
    }

    fn hurry(&mut self) {
        self.shared.borrow_mut().life.hurry(clock::now());
    }

    fn view(&self) -> View {
        self.shared.borrow().life.view(clock::now())
    }

    fn sap(&mut self) -> Option<&mut dyn SapSide> {
        Some(self)
    }
}

impl SapSide for Isolated {
    fn modem(&self) -> sap::Modem {
        let shared = self.shared.borrow();
        match (&shared.connection, shared.sap) {
            (None, _) => sap::Modem::Down,
            (Some(_), false) => sap::Modem::Without,
            (Some(_), true) => sap::Modem::Up,
        }
    }

    fn ask(&mut self, serial: u32, id: MsgId, payload: &[u8]) {
        self.shared.borrow_mut().tell(&ToChild::SapRequest { sim: self.sim, serial, id: id.0, payload });
    }

    fn give_up(&mut self, serial: u32) {
        self.shared.borrow_mut().tell(&ToChild::SapGiveUp(self.sim, serial));
    }

    fn receive(&mut self, into: &mut Vec<SapMessage>) {
        if let Some(inbox) = self.shared.borrow_mut().sap_inboxes.get_mut(usize::from(self.sim)) {
            into.append(inbox);
        }
    }
}
