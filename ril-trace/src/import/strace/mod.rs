//! What `strace` saw of a client of a rild, of a rild, or of anything that is both.
//!
//! `strace -f -tt -xx -s 65536 -e trace=network,desc,process -o FILE` tells all there is; other times, strings and
//! filters are read as well. A connection counts when what goes over it begins as it does on a rild's socket, so that
//! nothing has to be said of paths, and descriptors that were open before strace began are found. Each path is a phone,
//! and so is each further connection to it at the same time; who speaks to `rild` is called `client`.
//!
//! A call is at the time of its line: of what was read that is when it had been read, of what was written when that
//! began. What strace cut off (`-s`) costs the frames that it was in, or all of them but the head; see `cut.rs`.
//!
//! It is not looked into io_uring or shared memory, which strace does not see.
//!
//! Reference: strace(1), and what its modules here name.

mod connection;
mod descriptors;
mod flags;
mod line;
mod phones;
mod shown;

use std::collections::HashMap;
use std::io::BufRead;
use std::time::Duration;

use self::connection::{Chunk, Connection, Conversation, End};
use self::descriptors::{Descriptor, Descriptors};
use self::line::{Stamp, What};
use self::phones::Phones;
use self::shown::Piece;
use super::cut;
use super::gathered::{Gathered, Kept};
use super::{ImportError, Lines};
use crate::format::{Event, Phone, Record};

/// A clock that goes back by more than this has gone past midnight.
const HALF_A_DAY: Duration = Duration::from_secs(12 * 60 * 60);

/// Whether a line is one of strace's.
pub(super) fn is_line(text: &str) -> bool {
    let is_of_interest = |text: &str| text.split_once('(').is_some_and(|(name, _)| KNOWN.contains(&name));
    line::line(text).is_some_and(|line| match line.what {
        What::Call(text) | What::Begun(text) => is_of_interest(text),
        What::Resumed(_) | What::Gone => line.stamp.is_some(),
    })
}

/// Calls that are hardly missing in any file, and whose names no other text has in such a place.
const KNOWN: [&str; 14] = [
    "read", "write", "close", "socket", "connect", "accept4", "recvfrom", "sendto", "recvmsg", "sendmsg", "execve",
    "fcntl", "openat", "mmap",
];

pub(super) fn read(source: impl BufRead, kept: Kept) -> Result<Gathered, ImportError> {
    let mut lines = Lines::of(source);
    let mut trace = Trace { kept, ..Trace::default() };
    while let Some((number, text)) = lines.next()? {
        let Some(line) = line::line(&text) else { continue };
        let at = trace.clock.at(line.stamp);
        trace.meet(line.pid);
        let moment = Moment { order: number, at };
        match line.what {
            What::Gone => {
                trace.never_ends(line.pid);
                for what in trace.descriptors.gone(line.pid) {
                    trace.closed(&what, moment);
                }
            }
            What::Call(text) => trace.call(line.pid, text, moment, moment)?,
            What::Begun(text) => trace.begin(line.pid, text, moment)?,
            What::Resumed(text) => {
                if let Some((began, begun)) = trace.begun.remove(&line.pid) {
                    trace.kept.forget(begun.len());
                    trace.call(line.pid, &format!("{begun}{text}"), began, moment)?;
                }
            }
        }
    }
    trace.finish(lines.number)
}

/// Where a line stands, and its time.
#[derive(Clone, Copy, Debug)]
struct Moment {
    order: u64,
    at: Duration,
}

/// All that was seen.
#[derive(Debug, Default)]
struct Trace {
    clock: Clock,
    descriptors: Descriptors,
    connections: Vec<Connection>,
    begun: HashMap<u32, (Moment, String)>,
    kept: Kept,
}

impl Trace {
    /// A process that shows up before the call that made it has returned is known by that call.
    fn meet(&mut self, pid: u32) {
        if !self.descriptors.knows(pid) {
            let maker = self.begun.iter().find(|(_, (_, text))| makes_process(text));
            if let Some(parent) = maker.map(|(parent, _)| *parent) {
                self.descriptors.fork(parent, pid, false);
            }
            self.descriptors.meet(pid);
        }
    }

    fn begin(&mut self, pid: u32, text: &str, moment: Moment) -> Result<(), ImportError> {
        if !self.descriptors.knows(pid) {
            return Ok(());
        }
        self.never_ends(pid);
        self.begun.insert(pid, (moment, text.to_owned()));
        self.kept.add(text.len())
    }

    /// What a process or thread has begun, it does not end any more.
    fn never_ends(&mut self, pid: u32) {
        if let Some((_, begun)) = self.begun.remove(&pid) {
            self.kept.forget(begun.len());
        }
    }

    /// A call that began and returned at these lines.
    fn call(&mut self, pid: u32, text: &str, began: Moment, returned: Moment) -> Result<(), ImportError> {
        let Some(call) = line::call(text) else { return Ok(()) };
        let (number, _) = shown::behind_descriptor(call.arguments);
        match (call.name, number, call.result) {
            ("connect", Some(number), result) if result == Some(0) || call.error == "EINPROGRESS" => {
                let path = shown::socket_path(call.arguments);
                if !self.is_other(pid, number) {
                    self.connect(pid, number, End::Client, path, began)?;
                }
            }
            (_, _, None) => {}
            ("bind", Some(number), _) => {
                if let Some(Descriptor::Socket(_)) = self.descriptors.get(pid, number) {
                    let path = shown::socket_path(call.arguments);
                    self.descriptors.set(pid, number, Descriptor::Socket(path));
                }
            }
            ("accept" | "accept4", Some(listener), Some(number)) => {
                let path = match self.descriptors.get(pid, listener) {
                    Some(Descriptor::Socket(path)) => path.clone(),
                    _ => None,
                };
                self.connect(pid, number, End::Rild, path, returned)?;
            }
            ("close", Some(number), _) => {
                if let Some(what) = self.descriptors.close(pid, number) {
                    self.closed(&what, began);
                }
            }
            ("dup" | "dup2" | "dup3", Some(from), Some(to)) if from != to => {
                self.copy(pid, from, to, returned)?;
            }
            ("fcntl" | "fcntl64", Some(from), Some(to)) if duplicates(call.arguments) => {
                self.copy(pid, from, to, returned)?;
            }
            ("clone" | "clone2" | "clone3" | "fork" | "vfork", _, Some(child)) => {
                let share = flags::FILES.is_in(call.arguments, flags::clone_flags(call.arguments));
                self.descriptors.fork(pid, u32::try_from(child).unwrap_or_default(), share);
            }
            ("socket", _, Some(number)) => {
                let kind = flags::argument(call.arguments, 1);
                let may_be_one = [flags::STREAM, flags::SEQPACKET].iter().any(|flag| flag.is_in(call.arguments, kind));
                let what = if may_be_one { Descriptor::Socket(None) } else { Descriptor::Other(pid) };
                self.set(pid, number, what, returned);
            }
            ("read" | "recv" | "recvfrom" | "recvmsg" | "readv", Some(number), Some(bytes @ 1..))
                if !peeks(call.name, call.arguments) =>
            {
                let pieces = shown::pieces(call.name, call.arguments, bytes);
                let chunk = Chunk { pid, moment: returned, line: returned.order, was_read: true, pieces };
                self.transfer(number, chunk)?;
            }
            ("write" | "send" | "sendto" | "sendmsg" | "writev", Some(number), Some(bytes @ 1..)) => {
                let pieces = shown::pieces(call.name, call.arguments, bytes);
                let chunk = Chunk { pid, moment: began, line: returned.order, was_read: false, pieces };
                self.transfer(number, chunk)?;
            }
            ("recvmmsg", Some(number), Some(count @ 1..)) if !peeks(call.name, call.arguments) => {
                let pieces = shown::messages(call.arguments, count);
                let chunk = Chunk { pid, moment: returned, line: returned.order, was_read: true, pieces };
                self.transfer(number, chunk)?;
            }
            ("sendmmsg", Some(number), Some(count @ 1..)) => {
                let pieces = shown::messages(call.arguments, count);
                let chunk = Chunk { pid, moment: began, line: returned.order, was_read: false, pieces };
                self.transfer(number, chunk)?;
            }
            (
                "open" | "openat" | "openat2" | "creat" | "memfd_create" | "epoll_create" | "epoll_create1",
                _,
                Some(made),
            )
            | (
                "eventfd" | "eventfd2" | "timerfd_create" | "signalfd4" | "inotify_init1" | "pidfd_open",
                _,
                Some(made),
            ) => {
                self.set(pid, made, Descriptor::Other(pid), returned);
            }
            _ => {}
        }
        Ok(())
    }

    fn connect(
        &mut self,
        pid: u32,
        number: usize,
        end: End,
        path: Option<String>,
        opened: Moment,
    ) -> Result<(), ImportError> {
        let place = self.connections.len();
        self.kept.add(size_of::<Connection>() + path.as_ref().map_or(0, String::len))?;
        self.connections.push(Connection::new(end, path, opened, pid));
        self.set(pid, number, Descriptor::Connection(place), opened);
        Ok(())
    }

    fn copy(&mut self, pid: u32, from: usize, to: usize, at: Moment) -> Result<(), ImportError> {
        if self.descriptors.get(pid, from).is_none() {
            // It may turn out to be a connection, and both are the same.
            self.connect(pid, from, End::Unknown, None, at)?;
        }
        if let Some(what) = self.descriptors.get(pid, from).cloned() {
            self.set(pid, to, what, at);
        }
        Ok(())
    }

    fn set(&mut self, pid: u32, number: usize, what: Descriptor, at: Moment) {
        // Nothing gets the number of what is open: this is another process, which has the number, too.
        if let (Descriptor::Other(_), Some(Descriptor::Connection(place))) = (&what, self.descriptors.get(pid, number))
            && let Some(connection) = self.connections.get(*place)
            && !self.descriptors.are_one(connection.opener(), pid)
        {
            return;
        }
        if let Some(before) = self.descriptors.set(pid, number, what) {
            self.closed(&before, at);
        }
    }

    /// A descriptor is closed, and perhaps the last of its connection.
    fn closed(&mut self, what: &Descriptor, at: Moment) {
        if let Descriptor::Connection(place) = what
            && !self.descriptors.has(*place)
            && let Some(connection) = self.connections.get_mut(*place)
        {
            self.kept.forget(connection.close(at));
        }
    }

    /// Whether what a process has under this number surely is nothing that could be a connection to a rild.
    fn is_other(&self, pid: u32, number: usize) -> bool {
        match self.descriptors.get(pid, number) {
            Some(Descriptor::Other(by)) => self.descriptors.are_one(*by, pid),
            _ => false,
        }
    }

    fn transfer(&mut self, number: usize, chunk: Chunk) -> Result<(), ImportError> {
        let pid = chunk.pid;
        let place = match self.descriptors.get(pid, number) {
            Some(Descriptor::Connection(place)) => *place,
            Some(Descriptor::Other(_)) if self.is_other(pid, number) => return Ok(()),
            Some(Descriptor::Socket(_) | Descriptor::Other(_)) | None => {
                self.connect(pid, number, End::Unknown, None, chunk.moment)?;
                self.connections.len() - 1
            }
        };
        let Some(connection) = self.connections.get_mut(place) else { return Ok(()) };
        let (more, less) = connection.add(chunk);
        self.kept.add(more)?;
        self.kept.forget(less);
        Ok(())
    }

    /// What a rild and its clients said, in its order.
    fn finish(self, lines: u64) -> Result<Gathered, ImportError> {
        let (untimed, clock, kept) = (self.clock.began.is_none(), self.clock.unix(), self.kept);
        let mut gathered = Gathered { untimed, clock, kept, ..Gathered::default() };
        let mut steps = Vec::new();
        let mut phones = Phones::default();
        let all: Vec<Vec<Conversation<'_>>> = self.connections.iter().map(Connection::conversations).collect();
        for (connection, conversations) in self.connections.iter().zip(&all) {
            if conversations.is_empty() && connection.is_named_like_a_rild() && !connection.is_silent() {
                let path = connection.path.as_deref().unwrap_or_default();
                let what = format!("the connection to {path:?} is left out: nothing on it is of a rild");
                gathered.imported.complain(connection.opened.order, what);
            }
        }
        let mut all: Vec<Conversation<'_>> = all.into_iter().flatten().collect();
        all.sort_by_key(|conversation| conversation.opened.order);
        for conversation in &all {
            let opened = conversation.opened.order;
            let until = conversation.closed.map_or(u64::MAX, |closed| closed.order);
            let Some(place) = phones.take(&conversation.name(), opened, until) else { continue };
            let cutter = steps.len();
            steps.push((opened, cutter, Step::Open(conversation, place)));
            let chunks = conversation.chunks.iter();
            steps.extend(chunks.map(|chunk| (chunk.moment.order, cutter, Step::Chunk(chunk))));
            if let Some(closed) = conversation.closed {
                steps.push((closed.order, cutter, Step::Close(closed)));
            }
        }
        let left_out = phones.left_out();
        gathered.phones = phones.into_names();
        if left_out > 0 {
            let most = phones::MOST_PHONES;
            let what = format!("{left_out} connections are left out: {most} others were open");
            gathered.imported.complain(lines, what);
        }
        if steps.is_empty() {
            gathered
                .imported
                .complain(lines, "nobody spoke to a rild; was it all traced: -f -e trace=network,desc,process?");
        }
        steps.sort_by_key(|(order, ..)| *order);
        let mut open: HashMap<usize, Open> = HashMap::new();
        for (_, cutter, step) in steps {
            match step {
                Step::Open(Conversation { end, opened, was_opened, .. }, phone) => {
                    let cut = if *was_opened { cut::Connection::of } else { cut::Connection::in_the_middle_of };
                    open.insert(cutter, Open { end: *end, phone, cut: cut(phone) });
                    if *was_opened {
                        gathered.push(Record::event(opened.at, Event::PhoneUp(Phone { place: phone })))?;
                    }
                }
                Step::Chunk(chunk) => {
                    if let Some(open) = open.get_mut(&cutter) {
                        open.add(chunk, &mut gathered)?;
                    }
                }
                Step::Close(closed) => {
                    if let Some(open) = open.remove(&cutter) {
                        open.close(lines, &mut gathered);
                        gathered.push(Record::event(closed.at, Event::PhoneDown(Phone { place: open.phone })))?;
                    }
                }
            }
        }
        let mut left: Vec<Open> = open.into_values().collect();
        left.sort_by_key(|open| open.phone);
        left.iter().for_each(|open| open.close(lines, &mut gathered));
        Ok(gathered)
    }
}

/// What happened to a connection that a rild is on.
enum Step<'a> {
    Open(&'a Conversation<'a>, u32),
    Chunk(&'a Chunk),
    Close(Moment),
}

/// A connection that is open.
struct Open {
    end: End,
    phone: u32,
    cut: cut::Connection,
}

impl Open {
    fn add(&mut self, chunk: &Chunk, gathered: &mut Gathered) -> Result<(), ImportError> {
        let way = chunk.way(self.end);
        let at = chunk.moment.at;
        for piece in &chunk.pieces {
            match piece {
                Piece::Bytes(bytes) => {
                    let (records, error) = self.cut.take(way, at, bytes);
                    records.into_iter().try_for_each(|record| gathered.push(record))?;
                    let passed_over = self.cut.passed_over(way);
                    if passed_over > 0 {
                        let what = format!("no message begins with the {passed_over} bytes before these");
                        gathered.imported.complain(chunk.line, what);
                    }
                    if let Some(error) = error {
                        gathered.imported.complain(chunk.line, error);
                    }
                }
                Piece::Missing(missing) => {
                    self.cut.missing(way, at, *missing).map_or(Ok(()), |record| gathered.push(record))?;
                    let what = format!("{missing} bytes are not shown; strace -s 65536 shows them");
                    gathered.imported.complain(chunk.line, what);
                }
            }
        }
        Ok(())
    }

    fn close(&self, lines: u64, gathered: &mut Gathered) {
        let left = self.cut.left();
        if left > 0 {
            gathered.imported.complain(lines, format_args!("the last {left} bytes of a connection are no whole frame"));
        }
    }
}

/// Whether what is read stays there. The flags are the last argument of `recv` and `recvmsg`, and others follow them in
/// `recvfrom` and `recvmmsg`.
fn peeks(name: &str, arguments: &str) -> bool {
    let behind = match name {
        "recv" | "recvmsg" => 0,
        "recvfrom" => 2,
        "recvmmsg" => 1,
        _ => return false,
    };
    flags::PEEK.is_in(arguments, flags::argument_from_end(arguments, behind))
}

fn duplicates(arguments: &str) -> bool {
    let command = flags::argument(shown::behind_descriptor(arguments).1.trim_start_matches([',', ' ']), 0);
    [flags::DUP, flags::DUP_CLOEXEC].iter().any(|flag| flag.is_in(arguments, command))
}

/// Whether a call, of which this much is known, makes a process with descriptors of its own.
fn makes_process(text: &str) -> bool {
    let is_one = ["fork(", "vfork(", "clone(", "clone3("].iter().any(|name| text.starts_with(name));
    is_one && !flags::FILES.is_in(text, flags::clone_flags(text))
}

/// Time since the first line that had one.
#[derive(Debug, Default)]
struct Clock {
    began: Option<Stamp>,
    /// The time of the line before.
    last: Duration,
    at: Duration,
}

impl Clock {
    /// The time of a line; of one without, that of the line before.
    fn at(&mut self, stamp: Option<Stamp>) -> Duration {
        let Some(stamp) = stamp else { return self.at };
        let is_first = self.began.is_none();
        self.began.get_or_insert(stamp);
        match stamp {
            Stamp::Step(step) => self.at = self.at.saturating_add(if is_first { Duration::ZERO } else { step }),
            Stamp::OfDay(time) | Stamp::Unix(time) => {
                if is_first {
                    self.last = time;
                }
                let is_midnight = matches!(stamp, Stamp::OfDay(_)) && self.last.saturating_sub(time) > HALF_A_DAY;
                let passed = if is_midnight { 2 * HALF_A_DAY } else { Duration::ZERO };
                self.at = (self.at + passed + time).saturating_sub(self.last);
                self.last = time;
            }
        }
        self.at
    }

    /// The time of day of the first line, where it is known which day it was.
    fn unix(&self) -> Option<(Duration, i64)> {
        match self.began {
            Some(Stamp::Unix(time)) => Some((Duration::ZERO, i64::try_from(time.as_nanos()).ok()?)),
            _ => None,
        }
    }
}
