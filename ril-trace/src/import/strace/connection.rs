//! One connection, as far as strace shows it, and who speaks on it.
//!
//! A file of strace does not tell which processes it looked at, so those that nobody was seen to make are taken for
//! threads of one. Where what they say on a descriptor makes no single conversation, they are several: then it is one
//! for each side that they speak.

use std::collections::BTreeSet;

use super::Moment;
use super::shown::Piece;
use crate::format::Way;
use crate::import::ends::{Ends, Verdict};
use crate::import::likeness::Likeness;

/// So many processes or threads are listened to on a connection.
const MOST_VOICES: usize = 64;

/// Places in [`Ends`]: who writes, and whom it reads of.
const TRACED: usize = 0;
const OTHER: usize = 1;

/// Which end of a connection was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Client,
    Rild,
    /// It was open before strace began.
    Unknown,
}

#[derive(Debug)]
pub(super) struct Connection {
    end: End,
    pub(super) path: Option<String>,
    pub(super) opened: Moment,
    pub(super) closed: Option<Moment>,
    /// Who opened it, or used it first.
    opener: u32,
    whole: Ends,
    voices: Vec<Voice>,
    chunks: Vec<Chunk>,
}

/// A process or thread that reads or writes.
#[derive(Debug)]
struct Voice {
    pid: u32,
    ends: Ends,
    /// It does not speak to a rild.
    is_foreign: bool,
}

/// What one call read or wrote.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) pid: u32,
    pub(super) moment: Moment,
    /// The line that shows it.
    pub(super) line: u64,
    pub(super) was_read: bool,
    pub(super) pieces: Vec<Piece>,
}

/// One conversation with a rild.
pub(super) struct Conversation<'a> {
    pub(super) end: End,
    /// When it was opened, and whether that was seen.
    pub(super) opened: Moment,
    pub(super) was_opened: bool,
    pub(super) closed: Option<Moment>,
    pub(super) path: Option<&'a str>,
    pub(super) chunks: Vec<&'a Chunk>,
}

impl Connection {
    pub(super) fn new(end: End, path: Option<String>, opened: Moment, opener: u32) -> Self {
        let whole = Ends::new(end != End::Unknown);
        Self { end, path, opened, closed: None, opener, whole, voices: Vec::new(), chunks: Vec::new() }
    }

    /// Who opened it, or used it first.
    pub(super) fn opener(&self) -> u32 {
        self.opener
    }

    /// Takes what was read or written. How many bytes more are kept, and how many no longer.
    pub(super) fn add(&mut self, chunk: Chunk) -> (usize, usize) {
        let (pid, client) = (chunk.pid, self.client(chunk.pid));
        if self.voices.iter().all(|voice| voice.pid != pid) && self.voices.len() < MOST_VOICES {
            let from_start = pid == self.opener && self.end != End::Unknown;
            self.voices.push(Voice { pid, ends: Ends::new(from_start), is_foreign: false });
        }
        let place = self.voices.iter().position(|voice| voice.pid == pid);
        let is_known = matches!(self.whole.verdict(self.client(self.opener)), Verdict::Client(_));
        if !is_known && place.is_none_or(|place| self.voices[place].is_foreign) {
            return (0, 0);
        }
        hear(&mut self.whole, &chunk);
        if let Some(place) = place {
            hear(&mut self.voices[place].ends, &chunk);
        }
        let more = chunk.size();
        self.chunks.push(chunk);
        let is_foreign = |ends: &Ends, client| ends.verdict(client) == Verdict::NoRild;
        if let Some(place) = place
            && is_foreign(&self.whole, self.client(self.opener))
            && is_foreign(&self.voices[place].ends, client)
        {
            self.voices[place].is_foreign = true;
            return (more, self.forget(|chunk| chunk.pid == pid));
        }
        (more, 0)
    }

    /// Nothing more is said on it. How many bytes are not kept any longer.
    pub(super) fn close(&mut self, at: Moment) -> usize {
        self.closed.get_or_insert(at);
        let is_of_use = !self.conversations().is_empty();
        if is_of_use { 0 } else { self.forget(|_| true) }
    }

    /// The conversations with a rild: one, or none, or one for each process that shares nothing but the number.
    pub(super) fn conversations(&self) -> Vec<Conversation<'_>> {
        let client = self.client(self.opener);
        let least = if self.is_named_like_a_rild() { Likeness::Perhaps } else { Likeness::Surely };
        let whole = self.whole.settled(client, least);
        match whole {
            Verdict::Client(client) if self.voices.len() == 1 || self.whole.is_of_a_piece(client) => {
                vec![self.conversation(end_of(client), |_| true)]
            }
            Verdict::Client(_) | Verdict::NoRild | Verdict::Open => {
                let speaks = |client: usize| -> BTreeSet<u32> {
                    let is_so =
                        |voice: &&Voice| voice.ends.settled(self.client(voice.pid), least) == Verdict::Client(client);
                    self.voices.iter().filter(is_so).map(|voice| voice.pid).collect()
                };
                let sides = [TRACED, OTHER].map(|client| (end_of(client), speaks(client)));
                let sides = sides.iter().filter(|(_, pids)| !pids.is_empty());
                sides.map(|(end, pids)| self.conversation(*end, |pid| pids.contains(&pid))).collect()
            }
        }
    }

    /// Whether its path says that it is to a rild.
    pub(super) fn is_named_like_a_rild(&self) -> bool {
        self.path.as_deref().and_then(file_name).is_some_and(|name| name.starts_with("rild"))
    }

    /// Whether anything was said on it.
    pub(super) fn is_silent(&self) -> bool {
        self.voices.is_empty()
    }

    fn conversation(&self, end: End, is_of_it: impl Fn(u32) -> bool) -> Conversation<'_> {
        let chunks: Vec<&Chunk> = self.chunks.iter().filter(|chunk| is_of_it(chunk.pid)).collect();
        if is_of_it(self.opener) {
            let (opened, was_opened) = (self.opened, self.end != End::Unknown);
            let path = self.path.as_deref();
            return Conversation { end, opened, was_opened, closed: self.closed, path, chunks };
        }
        let opened = chunks.first().map_or(self.opened, |chunk| chunk.moment);
        Conversation { end, opened, was_opened: false, closed: None, path: None, chunks }
    }

    /// Which end of it is known to be the client, to who this is.
    fn client(&self, pid: u32) -> Option<usize> {
        match self.end {
            End::Client if pid == self.opener => Some(TRACED),
            End::Rild if pid == self.opener => Some(OTHER),
            _ => None,
        }
    }

    fn forget(&mut self, is_of_no_use: impl Fn(&Chunk) -> bool) -> usize {
        self.chunks.extract_if(.., |chunk| is_of_no_use(chunk)).map(|chunk| chunk.size()).sum()
    }
}

impl Conversation<'_> {
    /// The name of its phone, if that is the only one of this path.
    pub(super) fn name(&self) -> String {
        let file = self.path.and_then(file_name);
        let name = file.map_or("client", |name| name.strip_suffix(".sock").unwrap_or(name));
        // What is behind the socket of a rild is no phone of that name: it is who speaks to the rild.
        name.strip_prefix("rild").map_or_else(|| name.to_owned(), |number| format!("client{number}"))
    }
}

impl Chunk {
    pub(super) fn way(&self, end: End) -> Way {
        if (end == End::Rild) == self.was_read { Way::FromPhone } else { Way::ToPhone }
    }

    /// In memory.
    fn size(&self) -> usize {
        let shown = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => bytes.len(),
            Piece::Missing(_) => 0,
        };
        // What is made of it in the end stands for it once more.
        size_of::<Self>()
            + size_of::<(u64, usize, &Self)>()
            + self.pieces.iter().map(|piece| size_of::<Piece>() + shown(piece)).sum::<usize>()
    }
}

fn end_of(client: usize) -> End {
    if client == TRACED { End::Client } else { End::Rild }
}

fn file_name(path: &str) -> Option<&str> {
    path.rsplit('/').next().filter(|name| !name.is_empty())
}

fn hear(ends: &mut Ends, chunk: &Chunk) {
    let end = if chunk.was_read { OTHER } else { TRACED };
    for piece in &chunk.pieces {
        match piece {
            Piece::Bytes(bytes) => ends.hear(end, bytes),
            Piece::Missing(missing) => ends.miss(end, *missing),
        }
    }
}
