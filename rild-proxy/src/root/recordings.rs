//! Traces of what goes through the router, as operators and the configuration want them.
//!
//! Everything that the router is told and does is offered to every recording, at the router's own time; while there is
//! none, that costs a look at an empty list. Writing is done by threads of their own, and nobody here waits for one.

use std::io;
use std::path::Path;
use std::time::Instant;

use ril_protocol::frame::{self, RESPONSE_LIMIT};
use ril_trace::format::{
    self as trace, ByteOrder, Event as TraceEvent, Failing, GiveUp, Header, Kept, Modem, Nothing, Origin, Phone,
    Stored, Summary, WallClock, Way,
};
use ril_trace::record::{Clock, File, Recorder};
use ril_trace::ring::Ring;
use tokio::sync::oneshot;
use tracing::{Span, warn};

use crate::clock;
use crate::config::Config;
use crate::router::{Action, Change, Event, Flow, Now, PhoneId, Record};

/// Most recordings at a time, the ring among them.
const MOST: usize = 4;

/// Names a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordingId(u64);

/// How a recording ended.
pub(super) type Ended = io::Result<Summary>;

/// What is recorded at present.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    /// The ring first, if there is one.
    all: Vec<Recording>,
    has_ring: bool,
    last_id: u64,
}

#[derive(Debug)]
struct Recording {
    id: RecordingId,
    recorder: Recorder,
    /// The phone whose frames alone are wanted.
    only: Option<PhoneId>,
}

impl Recordings {
    /// Begins with the ring, if the configuration wants one.
    pub(super) fn begin(config: &Config, started: Instant) -> io::Result<Self> {
        let mut recordings = Self::default();
        let Some(bytes) = config.trace.ring_bytes() else { return Ok(recordings) };
        let header = Header { from_start: true, ..header(config) };
        // It complains on a thread of its own.
        let span = Span::current();
        let complain = move |error: &io::Error| {
            span.in_scope(|| warn!("the ring of traces: {error}; what cannot be written is lost"));
        };
        let ring = Ring::new(&config.trace_dir(), bytes, header, clock(started), complain)?;
        recordings.add(Recorder::start(ring, drop)?, None);
        recordings.has_ring = true;
        Ok(recordings)
    }

    /// Begins a recording into a new file; its end is told to the receiver.
    pub(super) fn start(
        &mut self,
        path: &Path,
        header: &Header,
        only: Option<PhoneId>,
        started: Instant,
    ) -> io::Result<(RecordingId, oneshot::Receiver<Ended>)> {
        if self.all.len() >= MOST {
            return Err(io::Error::other(format!("there are {MOST} recordings already")));
        }
        let (tell, told) = oneshot::channel();
        let file = File::create(path, header, clock(started))?;
        let recorder = Recorder::start(file, |ended| {
            // Whoever wanted to know may be gone.
            let _ = tell.send(ended.map(|file| file.written()));
        })?;
        Ok((self.add(recorder, only), told))
    }

    /// Has all written that the ring was told so far; comes, or fails, when that is done.
    pub(super) fn flush_ring(&mut self) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        if let Some(ring) = self.all.first_mut().filter(|_| self.has_ring) {
            // Whoever wanted to know may be gone.
            ring.recorder.flush(move || _ = tell.send(()));
        }
        told
    }

    /// Ends a recording; what it has is written without anybody waiting for it.
    pub(super) fn stop(&mut self, id: RecordingId) {
        self.all.retain(|recording| recording.id != id);
    }

    /// Ends all recordings and waits until they are written.
    pub(super) fn finish(&mut self) {
        for recording in self.all.drain(..) {
            recording.recorder.finish();
        }
    }

    fn add(&mut self, recorder: Recorder, only: Option<PhoneId>) -> RecordingId {
        self.last_id += 1;
        let id = RecordingId(self.last_id);
        self.all.push(Recording { id, recorder, only });
        id
    }

    /// The router is told this.
    pub(super) fn event(&mut self, now: Now, event: Event<'_>) {
        for recording in &mut self.all {
            recording.event(now, event);
        }
    }

    /// The router wants this done.
    pub(super) fn action(&mut self, now: Now, action: Action<'_>) {
        for recording in &mut self.all {
            recording.action(now, action);
        }
    }

    /// The operator gives the screen to a phone.
    pub(super) fn foreground(&mut self, now: Now, phone: PhoneId) {
        for recording in &mut self.all {
            recording.tell(now, Some(phone), TraceEvent::Foreground(Phone { place: place(phone) }));
        }
    }

    /// The modem side is there.
    pub(super) fn modem_up(&mut self, now: Now, description: &str) {
        let modem = Modem { ril_version: None, vendor_version: Some(description.to_owned()) };
        for recording in &mut self.all {
            recording.tell(now, None, TraceEvent::ModemUp(modem.clone()));
        }
    }

    /// The end of a turn of the event loop.
    pub(super) fn hand_over(&mut self) {
        for recording in &mut self.all {
            recording.recorder.hand_over();
        }
    }
}

impl Recording {
    fn event(&mut self, now: Now, event: Event<'_>) {
        let unknown = trace::Flow::Unknown;
        let (about, event) = match event {
            Event::FromPhone(phone, body) => return self.frame(now, Way::FromPhone, Some(phone), unknown, body),
            Event::FromModem(body) => return self.frame(now, Way::FromModem, None, unknown, body),
            Event::PhoneUp(phone) => (Some(phone), TraceEvent::PhoneUp(Phone { place: place(phone) })),
            Event::PhoneDown(phone) => (Some(phone), TraceEvent::PhoneDown(Phone { place: place(phone) })),
            Event::ModemDown => (None, TraceEvent::ModemDown(Nothing {})),
            Event::Tick => (None, TraceEvent::Tick(Nothing {})),
            Event::Recall(record) => (None, TraceEvent::Recall(kept(record))),
            Event::Stored(changes) => (None, TraceEvent::Stored(Stored { changes })),
            Event::WallClock(unix_seconds) => (None, TraceEvent::WallClock(WallClock { unix_seconds })),
            Event::ServiceUp => (None, TraceEvent::ServiceUp(Nothing {})),
            Event::ServiceDown => (None, TraceEvent::ServiceDown(Nothing {})),
            Event::InUseElsewhere => (None, TraceEvent::InUseElsewhere(Nothing {})),
            Event::EmergencyElsewhere => (None, TraceEvent::EmergencyElsewhere(Nothing {})),
            Event::FromService(message) => return self.frame(now, Way::FromService, None, unknown, message),
            Event::StoreFailing(failing) => (None, TraceEvent::StoreFailing(Failing { failing })),
        };
        self.tell(now, about, event);
    }

    fn action(&mut self, now: Now, action: Action<'_>) {
        match action {
            Action::ToPhone(phone, frames) => self.frames(now, Way::ToPhone, Some(phone), trace::Flow::Unknown, frames),
            Action::ToModem(flow, frames) => self.frames(now, Way::ToModem, None, flow_of(flow), frames),
            Action::ToService(message) => self.frame(now, Way::ToService, None, trace::Flow::Unknown, message),
            Action::GiveUp(serial) => self.tell(now, None, TraceEvent::GiveUp(GiveUp { serial })),
            Action::Store(Change::Put(record)) => self.tell(now, None, TraceEvent::Store(kept(record))),
            Action::Store(Change::Remove { kind, key }) => {
                self.tell(now, None, TraceEvent::Remove(kept(Record { kind, key, value: &[] })));
            }
            // Notes are made from what is recorded.
            Action::Note(_) => {}
        }
    }

    fn frames(&mut self, now: Now, way: Way, phone: Option<PhoneId>, flow: trace::Flow, mut frames: &[u8]) {
        while let Ok(Some((body, used))) = frame::split(frames, RESPONSE_LIMIT) {
            self.frame(now, way, phone, flow, body);
            frames = &frames[used..];
        }
    }

    fn frame(&mut self, now: Now, way: Way, phone: Option<PhoneId>, flow: trace::Flow, body: &[u8]) {
        if self.only.is_none_or(|only| phone == Some(only)) {
            self.recorder.frame(now, way, phone.map(place), flow, body);
        }
    }

    /// An event about a phone, or about none.
    fn tell(&mut self, now: Now, about: Option<PhoneId>, event: TraceEvent) {
        if self.only.is_none_or(|only| about == Some(only)) {
            self.recorder.event(now, event);
        }
    }
}

/// What is known of every session before the modem is up.
pub(super) fn header(config: &Config) -> Header {
    Header {
        program: concat!("rild-proxy ", env!("CARGO_PKG_VERSION")).to_owned(),
        origin: Origin::Router.into(),
        byte_order: if cfg!(target_endian = "little") { ByteOrder::Little } else { ByteOrder::Big }.into(),
        dialect: config.modem.dialect.clone(),
        configuration: Some(config.digest()),
        phones: config.phone.iter().map(|phone| phone.name.clone()).collect(),
        ..Header::default()
    }
}

fn place(phone: PhoneId) -> u32 {
    u32::try_from(phone.0).unwrap_or(u32::MAX)
}

/// In which flow a request goes to the modem, as traces say it.
pub(crate) fn flow_of(flow: Flow) -> trace::Flow {
    match flow {
        Flow::Urgent => trace::Flow::Urgent,
        Flow::Router => trace::Flow::Router,
        Flow::Card => trace::Flow::Card,
        Flow::Phone(phone) => trace::Flow::Phone(place(phone)),
    }
}

fn kept(record: Record<'_>) -> Kept {
    let Record { kind, key, value } = record;
    Kept { kind: kind as u32, key: key.to_vec().into(), value: value.to_vec().into() }
}

/// Tells the router's time and the time of day, on the thread that writes.
fn clock(started: Instant) -> Clock {
    Box::new(move || (started.elapsed(), clock::unix_ns()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ril_protocol::frame::{Reply, Request};
    use ril_protocol::{Errno, RequestCode};
    use ril_trace::format::{Ending, Item, Reader, What};

    use super::*;
    use crate::router::Kind;

    /// Records a request on its way there and back, and what else may happen.
    fn record(only: Option<PhoneId>) -> Vec<What> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.riltrace");
        let mut recordings = Recordings::default();
        let (_, mut ended) = recordings.start(&path, &Header::default(), only, clock::now()).unwrap();
        let mut request = Vec::new();
        Request { code: RequestCode::GET_IMEI, serial: 7, payload: &[] }.put(&mut request);
        let mut replies = Vec::new();
        Reply::new(7, Errno::SUCCESS, b"1234").put(&mut replies);
        Reply::new(8, Errno::SUCCESS, b"5678").put(&mut replies);
        let at = Duration::from_millis(3);
        recordings.event(at, Event::PhoneUp(PhoneId(0)));
        recordings.event(at, Event::PhoneUp(PhoneId(1)));
        recordings.event(at, Event::FromPhone(PhoneId(1), &request[4..]));
        recordings.action(at, Action::ToModem(Flow::Phone(PhoneId(1)), &request));
        recordings.event(at, Event::FromModem(&replies[4..20]));
        recordings.action(at, Action::ToPhone(PhoneId(1), &replies));
        let record = Record { kind: Kind::Setting, key: b"k", value: b"v" };
        recordings.action(at, Action::Store(Change::Put(record)));
        recordings.event(at, Event::Recall(record));
        recordings.foreground(at, PhoneId(1));
        recordings.finish();
        let written = ended.try_recv().unwrap().unwrap();

        let mut reader = Reader::open(std::fs::File::open(path).unwrap()).unwrap();
        let mut found = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            if let Item::Record(entry) = item {
                assert_eq!(entry.record.at, at);
                found.push(entry.record.what);
            }
        }
        assert_eq!((reader.ending(), written.records), (Some(Ending::Complete), found.len() as u64));
        found
    }

    #[test]
    fn both_sides_of_the_router_are_recorded_in_their_order() {
        let found = record(None);
        let ways: Vec<_> = found
            .iter()
            .filter_map(|what| match what {
                What::Frame(frame) => Some((frame.way, frame.phone, frame.flow)),
                _ => None,
            })
            .collect();
        let unknown = trace::Flow::Unknown;
        assert_eq!(
            ways,
            [
                (Way::FromPhone, Some(1), unknown),
                (Way::ToModem, None, trace::Flow::Phone(1)),
                (Way::FromModem, None, unknown),
                (Way::ToPhone, Some(1), unknown),
                (Way::ToPhone, Some(1), unknown),
            ]
        );
        let kept = Kept { kind: 6, key: (&b"k"[..]).into(), value: (&b"v"[..]).into() };
        assert_eq!(found[7..9], [What::Event(TraceEvent::Store(kept.clone())), What::Event(TraceEvent::Recall(kept))]);
        assert_eq!(found[9], What::Event(TraceEvent::Foreground(Phone { place: 1 })));
    }

    #[test]
    fn one_phones_recording_has_nothing_of_others_or_of_the_modem() {
        let found = record(Some(PhoneId(1)));
        let mine = |what: &What| match what {
            What::Frame(frame) => frame.phone == Some(1),
            What::Event(TraceEvent::PhoneUp(phone) | TraceEvent::Foreground(phone)) => phone.place == 1,
            _ => false,
        };
        assert!(found.len() == 5 && found.iter().all(mine), "{found:?}");
    }
}
