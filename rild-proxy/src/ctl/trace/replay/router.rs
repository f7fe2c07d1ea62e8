//! A trace through the router alone: it is told again what it was told, at the same times, and has to do the same.
//!
//! That is a claim of the design (the same events give the same actions), so a difference means another router or
//! another configuration. It needs sessions from the start of the router's life: with `from_start`, as the ring has
//! them. Each is played to a router of its own, as far as nothing of it is missing; other sessions are left out, and
//! said to be. What the last thing that the router was told led to need not be recorded: a daemon may have been killed,
//! or its ring read, in the middle of it.

use std::collections::VecDeque;
use std::path::Path;

use ril_protocol::frame::{self, RESPONSE_LIMIT};
use ril_trace::format::{
    Entry, Event as TraceEvent, Flow, Frame, GiveUp, Header, Item, Kept, Record as Line, Way, What,
};
use ril_trace::replay::diff::{Ignored, differences};
use ril_trace::replay::report::{Case, Suite};
use ril_trace::show::{Filter, Show};
use serde_json::Value;

use super::super::args::Replay;
use super::super::{about, open};
use super::{not_played, suite};
use crate::config::Config;
use crate::ctl::complain;
use crate::ctl::error::CtlError;
use crate::root::{self, flow_of};
use crate::router::{Action, Actions, Change, Event, Kind, Now, PhoneId, Record, Router};

const NO_FLOW: Flow = Flow::Unknown;

/// A router that does not what the trace says is not followed for ever.
const MOST_DIFFERENCES: usize = 100;

pub(super) fn run(arguments: &Replay, file: &Path, config: &Path) -> Result<Suite, CtlError> {
    let config = Config::load(config).map_err(|error| CtlError::Usage(error.to_string()))?;
    let mut reader = open(file)?;
    let mut suite = suite(file);
    let mut playing: Option<Again> = None;
    let (mut sessions, mut played) = (0, 0);
    let mut left_out = Vec::new();
    while let Some(item) = reader.next_item().map_err(|error| about(file, &error))? {
        match &item {
            Item::Session(header) => {
                // What the last events of a daemon that was killed led to was not recorded any more.
                playing = None;
                sessions += 1;
                let line = match line_of(header, &config) {
                    Ok(line) => line,
                    Err(why) => {
                        left_out.push((sessions, why));
                        continue;
                    }
                };
                played += 1;
                let mut again = Again::new(
                    root::router(&line).map_err(|error| CtlError::Usage(error.to_string()))?,
                    Ignored::new(arguments.ignored.iter().map(String::as_str)),
                );
                again.follow(&item);
                playing = Some(again);
            }
            Item::Damage(damage) => {
                let what = if playing.take().is_some() {
                    format!("{damage}; what follows in session {sessions} is not replayed")
                } else {
                    damage.to_string()
                };
                suite.cases.push(not_played(what));
            }
            Item::Record(entry) => {
                let Some(again) = &mut playing else { continue };
                if matches!(entry.record.what, What::Event(TraceEvent::Lost(_))) {
                    say(
                        file,
                        format_args!("records of session {sessions} are missing; what follows in it is not replayed"),
                    );
                    playing = None;
                    continue;
                }
                again.record(entry, &mut suite);
                if suite.failed() >= MOST_DIFFERENCES {
                    say(file, format_args!("there are too many differences to go on"));
                    return Ok(suite);
                }
            }
        }
    }
    if played == 0 {
        let why = left_out.first().map_or("has nothing in it", |(_, why)| why);
        return Err(CtlError::Usage(format!("{}: {why}", file.display())));
    }
    for (session, why) in left_out {
        say(file, format_args!("session {session} {why}; it is not replayed"));
    }
    if suite.cases.is_empty() && suite.alike == 0 {
        suite.cases.push(not_played("the router has to do nothing in it".to_owned()));
    }
    Ok(suite)
}

/// The line of this configuration that a session can be played to the router of, or why it cannot.
fn line_of(header: &Header, config: &Config) -> Result<Config, &'static str> {
    if !header.from_start {
        return Err("does not begin with the router's life; a ring of traces does");
    }
    let is_recorded = |line: &Config| header.configuration.as_ref().is_none_or(|digest| *digest == line.digest());
    config.lines().into_iter().find(is_recorded).ok_or("was recorded with another configuration")
}

fn say(file: &Path, what: std::fmt::Arguments<'_>) {
    complain(&format!("{}: {what}", file.display()));
}

struct Again {
    router: Router,
    actions: Actions,
    ignored: Ignored,
    /// What the router does now that the trace has not come to yet.
    pending: VecDeque<What>,
    now: Now,
    /// Follow the same requests, each with its own replies.
    recorded: Show,
    played: Show,
}

impl Again {
    fn new(router: Router, ignored: Ignored) -> Self {
        Self {
            router,
            actions: Actions::default(),
            ignored,
            pending: VecDeque::new(),
            now: Now::ZERO,
            recorded: Show::new(Filter::default()),
            played: Show::new(Filter::default()),
        }
    }

    fn follow(&mut self, item: &Item) {
        self.recorded.json(item);
        self.played.json(item);
    }

    fn record(&mut self, entry: &Entry, suite: &mut Suite) {
        let at = entry.record.at;
        match &entry.record.what {
            What::Frame(Frame { way: Way::ToPhone | Way::ToModem | Way::ToService, .. })
            | What::Event(TraceEvent::GiveUp(_) | TraceEvent::Store(_) | TraceEvent::Remove(_)) => {
                self.compare(entry, suite);
            }
            what => {
                // What is recalled comes before anything is done.
                if !matches!(what, What::Event(TraceEvent::Recall(_))) {
                    self.expect_nothing_more(&format!("record {}", entry.number), suite);
                }
                self.recorded.pass_over(&entry.record);
                self.played.pass_over(&entry.record);
                self.tell(at, what);
            }
        }
    }

    /// Tells the router what it was told.
    fn tell(&mut self, at: Now, what: &What) {
        self.now = at;
        let event = match what {
            What::Frame(Frame { way: Way::FromPhone, phone: Some(place), body, .. }) => {
                Event::FromPhone(phone(*place), body)
            }
            What::Frame(Frame { way: Way::FromModem, body, .. }) => Event::FromModem(body),
            What::Frame(Frame { way: Way::FromService, body, .. }) => Event::FromService(body),
            What::Event(event) => match event {
                TraceEvent::PhoneUp(up) => Event::PhoneUp(phone(up.place)),
                TraceEvent::PhoneDown(down) => Event::PhoneDown(phone(down.place)),
                TraceEvent::ModemDown(_) => Event::ModemDown,
                TraceEvent::Tick(_) => Event::Tick,
                TraceEvent::Stored(stored) => Event::Stored(stored.changes),
                TraceEvent::StoreFailing(failing) => Event::StoreFailing(failing.failing),
                TraceEvent::ServiceUp(_) => Event::ServiceUp,
                TraceEvent::ServiceDown(_) => Event::ServiceDown,
                TraceEvent::InUseElsewhere(_) => Event::InUseElsewhere,
                TraceEvent::EmergencyElsewhere(_) => Event::EmergencyElsewhere,
                TraceEvent::WallClock(clock) => Event::WallClock(clock.unix_seconds),
                TraceEvent::Recall(kept) => match record(kept) {
                    Some(record) => Event::Recall(record),
                    None => return,
                },
                TraceEvent::Foreground(foreground) => {
                    // A switch that is refused was refused then too, or what follows differs.
                    let _ = self.router.set_foreground(at, phone(foreground.place), &mut self.actions);
                    return self.take_actions();
                }
                _ => return,
            },
            What::Frame(_) | What::Unknown => return,
        };
        self.router.handle(at, event, &mut self.actions);
        self.take_actions();
    }

    fn take_actions(&mut self) {
        for action in self.actions.iter() {
            match action {
                Action::ToPhone(PhoneId(place), frames) => {
                    let place = u32::try_from(place).unwrap_or(u32::MAX);
                    self.pending.extend(bodies(frames).map(|body| sent(Way::ToPhone, Some(place), NO_FLOW, body)));
                }
                Action::ToModem(flow, frames) => {
                    self.pending.extend(bodies(frames).map(|body| sent(Way::ToModem, None, flow_of(flow), body)));
                }
                Action::ToService(message) => self.pending.push_back(sent(Way::ToService, None, NO_FLOW, message)),
                Action::GiveUp(serial) => {
                    self.pending.push_back(What::Event(TraceEvent::GiveUp(GiveUp { serial })));
                }
                Action::Store(Change::Put(record)) => {
                    self.pending.push_back(What::Event(TraceEvent::Store(kept(record))));
                }
                Action::Store(Change::Remove { kind, key }) => {
                    let removed = kept(Record { kind, key, value: &[] });
                    self.pending.push_back(What::Event(TraceEvent::Remove(removed)));
                }
                Action::Note(_) => {}
            }
        }
        self.actions.clear();
    }

    /// The router has to do next what the trace has next.
    fn compare(&mut self, entry: &Entry, suite: &mut Suite) {
        let now = self.pending.pop_front();
        if now.as_ref() == Some(&entry.record.what) {
            self.recorded.pass_over(&entry.record);
            self.played.pass_over(&entry.record);
            suite.alike += 1;
            return;
        }
        let recorded = line(&mut self.recorded, entry);
        let now = now.map(|what| {
            let record = Line { at: self.now, what };
            line(&mut self.played, &Entry { number: entry.number, unix_ns: None, record })
        });
        let differences = differences(&recorded, &now.unwrap_or_default(), &self.ignored);
        let what = ["request", "reply", "unsolicited"].into_iter().find_map(|key| recorded[key].as_str());
        let name = format!("record {} {}", entry.number, what.unwrap_or_default());
        let differences = differences.iter().map(ToString::to_string).collect();
        suite.cases.push(Case { name: name.trim_end().to_owned(), differences });
    }

    /// Whatever the router does more than the trace has is a difference.
    fn expect_nothing_more(&mut self, before: &str, suite: &mut Suite) {
        for what in std::mem::take(&mut self.pending) {
            let record = Line { at: self.now, what };
            let now = line(&mut self.played, &Entry { number: 0, unix_ns: None, record });
            let differences = vec![format!("recorded nothing, now {now}")];
            suite.cases.push(Case { name: format!("before {before}"), differences });
        }
    }
}

/// A record as it is compared: without its number and time, and with no regard to how long an answer took.
fn line(show: &mut Show, entry: &Entry) -> Value {
    let mut line = show.json(&Item::Record(entry.clone())).unwrap_or_default();
    if let Some(fields) = line.as_object_mut() {
        for name in ["record", "at", "time", "took"] {
            fields.remove(name);
        }
    }
    line
}

fn bodies(mut frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (body, used) = frame::split(frames, RESPONSE_LIMIT).ok()??;
        frames = &frames[used..];
        Some(body)
    })
}

fn sent(way: Way, phone: Option<u32>, flow: Flow, body: &[u8]) -> What {
    What::Frame(Frame { way, phone, flow, body: body.to_vec().into(), head_only: false })
}

fn phone(place: u32) -> PhoneId {
    PhoneId(usize::try_from(place).unwrap_or(usize::MAX))
}

/// A record of a kind that this version knows.
fn record(kept: &Kept) -> Option<Record<'_>> {
    let kind = u8::try_from(kept.kind).ok().and_then(Kind::from_number)?;
    Some(Record { kind, key: &kept.key, value: &kept.value })
}

fn kept(record: Record<'_>) -> Kept {
    let Record { kind, key, value } = record;
    Kept { kind: kind as u32, key: key.to_vec().into(), value: value.to_vec().into() }
}
