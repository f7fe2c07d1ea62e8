//! Control clients that watch: the router's notes as events, for whoever reads them fast enough.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::super::core::SharedCore;
use crate::clock;
use crate::control::event::What;
use crate::control::{
    CallAssigned, CallEnded, CallMissed, CallRejected, Denied, Emergency, Event, Flooded, Foreground, Malformed, Radio,
    SmsAssigned, SmsRefused, TimedOut, Undecodable, UnknownReply,
};
use crate::router::Note;

/// A watcher that has this many events unread is dropped.
const MOST_UNREAD: usize = 256;

/// Everyone who watches.
#[derive(Default)]
pub(super) struct Watchers {
    all: RefCell<Vec<Sender<Event>>>,
}

impl Watchers {
    /// Those who will watch this core.
    pub(super) fn of(core: &SharedCore) -> Rc<Self> {
        let watchers = Rc::new(Self::default());
        let told = Rc::clone(&watchers);
        core.borrow_mut().watch(Box::new(move |phone, note| told.tell(phone, note)));
        watchers
    }

    /// One more; it is told what happens from now on.
    pub(super) fn join(&self) -> Receiver<Event> {
        let (sender, receiver) = mpsc::channel(MOST_UNREAD);
        let mut all = self.all.borrow_mut();
        all.retain(|watcher| !watcher.is_closed());
        all.push(sender);
        receiver
    }

    /// Tells all; whoever has no room left, or is gone, is told no more.
    fn tell(&self, phone: &str, note: &Note) {
        let mut all = self.all.borrow_mut();
        if all.is_empty() {
            return;
        }
        let event = Event {
            unix_ms: u64::try_from(clock::since_1970().as_millis()).unwrap_or(u64::MAX),
            phone: phone.to_owned(),
            what: Some(what(note)),
        };
        all.retain(|watcher| watcher.try_send(event.clone()).is_ok());
    }
}

fn what(note: &Note) -> What {
    match note {
        Note::Malformed { len, .. } => What::Malformed(Malformed { length: *len as u64 }),
        Note::Denied { code, errno, .. } => What::Denied(Denied { request: code.0, errno: errno.0 }),
        Note::UnknownReply { serial } => What::UnknownReply(UnknownReply { serial: *serial }),
        Note::TimedOut { code } => What::TimedOut(TimedOut { request: code.0 }),
        Note::Flooded { .. } => What::Flooded(Flooded {}),
        Note::CallAssigned { modem_index, index, incoming, tagged, .. } => What::CallAssigned(CallAssigned {
            modem_index: *modem_index,
            index: *index,
            incoming: *incoming,
            tagged: *tagged,
        }),
        Note::CallEnded { modem_index, .. } => What::CallEnded(CallEnded { modem_index: *modem_index }),
        Note::CallRejected { .. } => What::CallRejected(CallRejected {}),
        Note::CallMissed { .. } => What::CallMissed(CallMissed {}),
        Note::Emergency { .. } => What::Emergency(Emergency {}),
        Note::SmsAssigned { delivered, .. } => What::SmsAssigned(SmsAssigned { delivered: *delivered }),
        Note::SmsRefused { .. } => What::SmsRefused(SmsRefused {}),
        Note::Foreground { .. } => What::Foreground(Foreground {}),
        Note::Radio { state } => What::Radio(Radio { state: state.0 }),
        Note::Undecodable { what } => What::Undecodable(Undecodable { what: (*what).to_owned() }),
        Note::TooLong { what } => What::Undecodable(Undecodable { what: format!("{what}, longer than clients read") }),
    }
}
