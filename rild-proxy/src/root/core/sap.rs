//! The core's part in the SIM Access Profile: between the machine that decides ([`crate::sap`]), its client and the
//! modem.

use std::future::Future;
use std::rc::Rc;

use ril_sap::FRAME_LIMIT;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::Notify;
use tracing::{info, warn};
use vendor_shim::host::SapMessage;

use super::{ClientLink, Core};
use crate::router::{Now, PhoneId};
use crate::sap::{Action, Event, MOST_UNANSWERED, Modem, Note, Sap, View};

/// A client that has this much unread is disconnected: more than the answers to all that it may ask for at a time.
const MOST_UNREAD: usize = (MOST_UNANSWERED + 1) * FRAME_LIMIT;

/// The machine, and what it acts on.
pub(super) struct SapDriver {
    machine: Sap,
    /// Whose it is.
    phone: PhoneId,
    pub(super) link: Option<ClientLink>,
    actions: Vec<Action>,
    messages: Vec<SapMessage>,
    /// Wakes the task that waits until the next client may be let in.
    freed: Rc<Notify>,
    /// Wakes the task that waits until the modem has its SIM.
    ended: Rc<Notify>,
}

impl SapDriver {
    pub(super) fn deadline(&self) -> Option<Now> {
        self.machine.deadline()
    }
}

impl Core {
    /// From now on this phone has the SIM Access Profile, of a modem side that takes frame bodies of this length and is
    /// asked under numbers behind `last`.
    pub(in crate::root) fn set_sap(&mut self, phone: PhoneId, longest: usize, last: u32) {
        self.sap = Some(SapDriver {
            machine: Sap::new(longest, last),
            phone,
            link: None,
            actions: Vec::new(),
            messages: Vec::new(),
            freed: Rc::default(),
            ended: Rc::default(),
        });
    }

    /// Whose it is, and how it stands, if it is anybody's.
    pub(in crate::root) fn sap_view(&self) -> Option<(PhoneId, View)> {
        self.sap.as_ref().map(|driver| (driver.phone, driver.machine.view()))
    }

    /// Comes when the next client may be let in, or may be; `None` if that is now.
    pub(in crate::root) fn sap_is_taken(&self) -> Option<impl Future<Output = ()> + use<>> {
        let driver = self.sap.as_ref().filter(|driver| !driver.machine.is_free())?;
        let freed = Rc::clone(&driver.freed);
        Some(async move { freed.notified().await })
    }

    /// Ends the session that there may be, and lets nobody in any more.
    pub(in crate::root) fn sap_stop(&mut self) {
        if let Some(link) = self.sap_link() {
            link.hang_up("the daemon ends");
        }
        self.sap_handle(Event::Stop);
        self.flush();
    }

    /// Comes when the modem has its SIM, or may have; `None` if that is now.
    pub(in crate::root) fn sap_is_ending(&self) -> Option<impl Future<Output = ()> + use<>> {
        let driver = self.sap.as_ref().filter(|driver| driver.machine.is_ending())?;
        let ended = Rc::clone(&driver.ended);
        Some(async move { ended.notified().await })
    }

    /// A client connected.
    pub(in crate::root) fn sap_connect(&mut self, socket: OwnedWriteHalf) -> Rc<Notify> {
        let more = Rc::new(Notify::new());
        if let Some(driver) = &mut self.sap {
            driver.link = Some(ClientLink::new(socket, Rc::clone(&more), MOST_UNREAD));
        }
        self.sap_handle(Event::ClientUp);
        more
    }

    /// It is gone.
    pub(in crate::root) fn sap_disconnect(&mut self) {
        if let Some(driver) = &mut self.sap {
            driver.link = None;
        }
        self.sap_handle(Event::ClientDown);
        self.flush();
    }

    pub(in crate::root) fn sap_link(&mut self) -> Option<&mut ClientLink> {
        self.sap.as_mut()?.link.as_mut()
    }

    /// Handles the body of a frame of the client's; false if it is not to say any more. The caller
    /// [finishes](Self::finish_batch) when it has handled all that it read.
    pub(in crate::root) fn sap_client_says(&mut self, body: &[u8]) -> bool {
        self.sap_handle(Event::FromClient(body));
        self.sap_link().is_some_and(|link| link.broken.is_none())
    }

    /// Handles what the modem side has said.
    pub(in crate::root) fn sap_says(&mut self) {
        let mut messages = self.sap.as_mut().map(|driver| std::mem::take(&mut driver.messages)).unwrap_or_default();
        // Also where there is nobody to hear it: nothing is to pile up.
        if let Some(side) = self.upstream.sap() {
            side.receive(&mut messages);
        }
        messages.iter().for_each(|message| self.sap_handle(Event::FromModem(message)));
        messages.clear();
        if let Some(driver) = &mut self.sap {
            driver.messages = messages;
        }
        self.flush();
    }

    /// Looks whether the modem side can be asked, after that may have changed.
    pub(in crate::root) fn sap_looks(&mut self) {
        let modem = self.upstream.sap().map_or(Modem::Without, |side| side.modem());
        if self.sap_view().is_some_and(|(_, view)| view.modem != modem) {
            self.sap_handle(Event::Modem(modem));
            self.flush();
        }
    }

    /// The deadline has come, or may have.
    pub(super) fn sap_tick(&mut self) {
        self.sap_handle(Event::Tick);
    }

    fn sap_handle(&mut self, event: Event<'_>) {
        let now = self.started.elapsed();
        let Some(driver) = &mut self.sap else { return };
        let mut actions = std::mem::take(&mut driver.actions);
        let before = driver.deadline();
        driver.machine.handle(now, event, &mut actions);
        let deadline_has_changed = driver.deadline() != before;
        let phone = driver.phone;
        for action in actions.drain(..) {
            match action {
                Action::ToClient(frame) => {
                    if let Some(link) = self.sap_link() {
                        link.append(&frame);
                    }
                }
                Action::ToModem { serial, id, payload } => {
                    if let Some(side) = self.upstream.sap() {
                        side.ask(serial, id, &payload);
                    }
                }
                Action::GiveUp(serial) => {
                    if let Some(side) = self.upstream.sap() {
                        side.give_up(serial);
                    }
                }
                Action::HangUp(why) => {
                    if let Some(link) = self.sap_link() {
                        link.hang_up(why);
                    }
                }
                Action::Note(note) => self.sap_note(phone, note),
            }
        }
        if let Some(driver) = &mut self.sap {
            driver.actions = actions;
            if driver.machine.is_free() {
                driver.freed.notify_one();
            }
            if !driver.machine.is_ending() {
                driver.ended.notify_one();
            }
        }
        if deadline_has_changed {
            self.watch_deadline();
        }
    }

    fn sap_note(&mut self, phone: PhoneId, note: Note) {
        if !self.take_line(phone, kind(note)) {
            return;
        }
        let phone = self.name(Some(phone));
        self.span.in_scope(|| match note {
            Note::SessionBegan => warn!(phone, "the SIM is in the hands of a client of the SIM Access Profile"),
            Note::SessionLeft(why) => info!(phone, "the SIM is to be the modem's again: {why}"),
            Note::SessionEnded(why) => info!(phone, "the SIM is the modem's again: {why}"),
            Note::NotEnded => warn!(phone, "the modem has not said in time that it has its SIM"),
            Note::Refused(id, why) => info!(phone, %id, "a request of the SIM Access Profile was refused: {why}"),
            Note::TimedOut(id) => warn!(phone, %id, "the modem did not answer the SIM Access Profile in time"),
            Note::BadMessage(id) => warn!(phone, %id, "the modem said what is no message of the SIM Access Profile"),
            Note::Stray => info!(phone, "an answer that nobody waits for was dropped"),
        });
    }
}

/// What the lines of a note are about, where they are counted.
fn kind(note: Note) -> &'static str {
    match note {
        Note::SessionBegan | Note::SessionLeft(_) | Note::SessionEnded(_) | Note::NotEnded => {
            "sessions of the SIM Access Profile"
        }
        Note::Refused(..) => "refused requests of the SIM Access Profile",
        Note::TimedOut(_) => "requests of the SIM Access Profile without an answer in time",
        Note::BadMessage(_) => "what is no message of the SIM Access Profile",
        Note::Stray => "answers of the SIM Access Profile to nothing",
    }
}
