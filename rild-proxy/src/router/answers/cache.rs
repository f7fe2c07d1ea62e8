//! Answers that are the same for all phones: those that are kept, and the questions that are at the modem.
//!
//! An answer is kept byte for byte under its question, code and whole payload, until something ends its truth; what
//! that is stands in the rows of [`KEPT`]. Dropping an answer also cuts off the question that is at the modem: whoever
//! asked it gets its answer, but nobody else does, for it may be older than the change. Nothing is decided here about
//! who may ask.
//!
//! Memory is bounded. When it is short, the answer goes that was longest without use among those of the phone that has
//! most to itself; what two phones asked for belongs to nobody and goes last. So a phone that asks for endless
//! different things pushes out its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ril_protocol::messages::{CHANGE_ANYTHING, KEPT, KeptRow, REQUESTS, UNSOLICITED};
use ril_protocol::{RequestCode, UnsolCode};

use crate::router::pending::Waiter;
use crate::router::{Now, PhoneId};

/// Most bytes that are kept, [`OVERHEAD`] included.
const MOST_BYTES: usize = 384 * 1024;
/// What an answer takes besides its bytes and those of its question.
const OVERHEAD: usize = 128;
/// The longest answer that is kept.
const LONGEST_ANSWER: usize = 8 * 1024;
/// For how long a change that was given up may still happen.
const DOUBT: Duration = Duration::from_secs(300);
/// The longest question that others can join or have the answer of.
const LONGEST_QUESTION: usize = 512;

/// A question at the modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::router) struct QuestionId(u64);

/// Place of a row in [`KEPT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) struct Place(usize);

/// Kept answers and questions at the modem.
#[derive(Debug)]
pub(in crate::router) struct Answers {
    /// In the order of [`KEPT`].
    rows: Vec<Row>,
    questions: BTreeMap<QuestionId, Question>,
    asked: u64,
    bytes: usize,
    used: u64,
    /// What each request is to the rows, by its code.
    requests: Vec<OfRequest>,
    /// What each message is to them, by its code less [`FIRST_NEWS`].
    news: Vec<OfNews>,
}

/// What a request is to the rows of [`KEPT`].
#[derive(Clone, Copy, Debug)]
struct OfRequest {
    /// The row that it is the question of.
    place: Option<Place>,
    /// The rows that it may change.
    changes: Rows,
}

/// What an unsolicited message is to the rows of [`KEPT`].
#[derive(Clone, Copy, Debug, Default)]
struct OfNews {
    /// The rows that it may change.
    drops: Rows,
    /// The row of which it holds the new answer.
    replaces: Option<Place>,
}

/// The first code of an unsolicited message.
const FIRST_NEWS: i32 = 1000;

/// A set of rows: a bit for each of [`KEPT`].
type Rows = u32;
const _: () = assert!(KEPT.len() <= Rows::BITS as usize);

#[derive(Debug, Default)]
struct Row {
    kept: BTreeMap<Arc<[u8]>, Kept>,
    /// The latest question of each payload, while its answer will be good for whoever joins now.
    current: BTreeMap<Arc<[u8]>, QuestionId>,
    /// Until then nothing is kept.
    in_doubt: Duration,
}

#[derive(Debug)]
struct Kept {
    payload: Vec<u8>,
    until: Option<Now>,
    /// When it was used last, counted in uses.
    used: u64,
    /// The only phone that has asked for it.
    of: Option<PhoneId>,
}

/// A question, and who waits for its answer.
#[derive(Debug)]
pub(in crate::router) struct Question {
    pub(in crate::router) place: Place,
    pub(in crate::router) payload: Arc<[u8]>,
    /// Whose request it is at the modem.
    pub(in crate::router) asker: Waiter,
    /// Who joined.
    pub(in crate::router) waiting: Vec<Waiter>,
    /// It waits behind so many other requests of the asker's that nobody else should wait for it.
    crowded: bool,
}

impl Place {
    fn row(self) -> Option<&'static KeptRow> {
        KEPT.get(self.0)
    }

    /// What is asked.
    pub(in crate::router) fn code(self) -> Option<RequestCode> {
        self.row().map(|row| row.code)
    }
}

impl OfRequest {
    fn new(code: RequestCode) -> Self {
        let anything = code.row().is_none() || CHANGE_ANYTHING.contains(&code);
        Self {
            place: KEPT.iter().position(|row| row.code == code).map(Place),
            changes: if anything { Rows::MAX } else { rows_where(|row| row.changed_by.contains(&code)) },
        }
    }
}

impl OfNews {
    fn new(code: UnsolCode) -> Self {
        Self {
            drops: rows_where(|row| row.dropped_by.contains(&code)),
            replaces: KEPT.iter().position(|row| row.replaced_by == Some(code)).map(Place),
        }
    }
}

impl Default for Answers {
    fn default() -> Self {
        let last = |codes: &mut dyn Iterator<Item = i32>| codes.max().unwrap_or_default();
        let last_request = last(&mut REQUESTS.iter().map(|row| row.code.0));
        let last_news = last(&mut UNSOLICITED.iter().map(|row| row.code.0));
        Self {
            rows: KEPT.iter().map(|_| Row::default()).collect(),
            questions: BTreeMap::new(),
            asked: 0,
            bytes: 0,
            used: 0,
            requests: (0..=last_request).map(|code| OfRequest::new(RequestCode(code))).collect(),
            news: (FIRST_NEWS..=last_news).map(|code| OfNews::new(UnsolCode(code))).collect(),
        }
    }
}

impl Answers {
    /// The place of this question, if it is one whose answer can be shared.
    pub(in crate::router) fn place(&self, code: RequestCode) -> Option<Place> {
        self.request(code).and_then(|request| request.place)
    }

    /// Whether a question of this length can be shared at all.
    pub(in crate::router) fn takes(payload: &[u8]) -> bool {
        payload.len() <= LONGEST_QUESTION
    }

    /// The kept answer to this question of this phone.
    pub(in crate::router) fn kept(&mut self, now: Now, place: Place, payload: &[u8], by: PhoneId) -> Option<&[u8]> {
        let kept = self.rows.get_mut(place.0)?.kept.get_mut(payload)?;
        if kept.until.is_some_and(|until| until <= now) {
            return None;
        }
        self.used += 1;
        kept.used = self.used;
        kept.of.take_if(|phone| *phone != by);
        Some(&kept.payload)
    }

    /// The question at the modem whose answer is as good for this phone as its own would be.
    pub(in crate::router) fn joinable(&mut self, place: Place, payload: &[u8], by: PhoneId) -> Option<&mut Question> {
        let id = self.rows.get(place.0)?.current.get(payload)?;
        self.questions.get_mut(id).filter(|question| !question.crowded || question.asker.phone == by)
    }

    /// A question is on its way to the modem.
    pub(in crate::router) fn ask(&mut self, place: Place, payload: &[u8], asker: Waiter, crowded: bool) -> QuestionId {
        self.asked += 1;
        let id = QuestionId(self.asked);
        let payload: Arc<[u8]> = payload.into();
        if let Some(row) = self.rows.get_mut(place.0) {
            row.current.insert(Arc::clone(&payload), id);
        }
        self.questions.insert(id, Question { place, payload, asker, waiting: Vec::new(), crowded });
        id
    }

    /// The question as it is at the modem.
    pub(in crate::router) fn question_mut(&mut self, id: QuestionId) -> Option<&mut Question> {
        self.questions.get_mut(&id)
    }

    /// The question is answered or given up; also whether nothing has happened since that would change the answer.
    pub(in crate::router) fn close(&mut self, id: QuestionId) -> Option<(Question, bool)> {
        let question = self.questions.remove(&id)?;
        let current = &mut self.rows.get_mut(question.place.0)?.current;
        let is_current = current.get(&question.payload) == Some(&id);
        if is_current {
            current.remove(&question.payload);
        }
        Some((question, is_current))
    }

    /// Keeps the answer to a question.
    pub(in crate::router) fn keep(&mut self, now: Now, question: &Question, answer: &[u8]) {
        let others = question.waiting.iter().any(|waiter| waiter.phone != question.asker.phone);
        let of = (!others).then_some(question.asker.phone);
        self.put(now, question.place, &question.payload, answer, of);
    }

    /// Forgets the waiting questions of a phone's client; how many there were.
    pub(in crate::router) fn drop_waiters(&mut self, phone: PhoneId) -> usize {
        let mut dropped = 0;
        for question in self.questions.values_mut() {
            let before = question.waiting.len();
            question.waiting.retain(|waiter| waiter.phone != phone);
            dropped += before - question.waiting.len();
        }
        dropped
    }

    /// A request goes to the modem, or has come to its end there, that may change answers.
    pub(in crate::router) fn changed_by(&mut self, code: RequestCode) {
        self.drop_rows(self.changes(code));
    }

    /// A request was given up that may change answers; the modem may do so yet, and nobody will say so.
    pub(in crate::router) fn given_up(&mut self, now: Now, code: RequestCode) {
        let files = self.place(code).map_or(0, |place| 1 << place.0);
        let rows = self.changes(code) | files;
        self.drop_rows(rows);
        for row in in_set(rows, &mut self.rows) {
            row.in_doubt = now + DOUBT;
        }
    }

    fn changes(&self, code: RequestCode) -> Rows {
        self.request(code).map_or(Rows::MAX, |request| request.changes)
    }

    fn request(&self, code: RequestCode) -> Option<&OfRequest> {
        usize::try_from(code.0).ok().and_then(|code| self.requests.get(code))
    }

    /// The modem said something that may change answers.
    pub(in crate::router) fn heard(&mut self, now: Now, code: UnsolCode, payload: &[u8]) {
        let OfNews { drops, replaces } = self.of_news(code);
        self.drop_rows(drops);
        let Some(place) = replaces else { return };
        let Some(row) = self.rows.get_mut(place.0) else { return };
        row.current.clear();
        // These questions have no arguments; under other payloads are questions of somebody who gave some.
        let bytes = &mut self.bytes;
        row.kept.retain(|question, kept| question.is_empty() || forget(bytes, question, kept));
        if payload.is_empty() {
            self.drop_rows(1 << place.0);
        } else {
            self.put(now, place, &Arc::default(), payload, None);
        }
    }

    /// The modem said that this file of the card may be another now.
    pub(in crate::router) fn file_refreshed(&mut self, file: i32) {
        let files = self.place(RequestCode::SIM_IO).map_or(0, |place| 1 << place.0);
        let drops = self.of_news(UnsolCode::SIM_REFRESH).drops;
        self.drop_rows(drops & !files);
        self.file_changed(file);
    }

    fn of_news(&self, code: UnsolCode) -> OfNews {
        let news = usize::try_from(code.0.wrapping_sub(FIRST_NEWS)).ok().and_then(|code| self.news.get(code));
        news.copied().unwrap_or_default()
    }

    /// The answers to this question are not to be given from memory any more.
    pub(in crate::router) fn forget(&mut self, code: RequestCode) {
        if let Some(place) = self.place(code) {
            self.drop_rows(1 << place.0);
        }
    }

    /// Drops the answers to these questions of one row, and cuts off those that are at the modem.
    pub(in crate::router) fn drop_where(&mut self, place: Place, dropped: impl Fn(&[u8]) -> bool) {
        let Some(row) = self.rows.get_mut(place.0) else { return };
        row.current.retain(|question, _| !dropped(question));
        let bytes = &mut self.bytes;
        row.kept.retain(|question, kept| !dropped(question) || forget(bytes, question, kept));
    }

    /// The modem started anew.
    pub(in crate::router) fn forget_kept(&mut self) {
        self.drop_rows(Rows::MAX);
    }

    fn drop_rows(&mut self, rows: Rows) {
        if rows == 0 {
            return;
        }
        for row in in_set(rows, &mut self.rows) {
            row.current.clear();
            for (question, kept) in std::mem::take(&mut row.kept) {
                forget(&mut self.bytes, &question, &kept);
            }
        }
    }

    fn put(&mut self, now: Now, place: Place, question: &Arc<[u8]>, answer: &[u8], of: Option<PhoneId>) {
        let Some(about) = place.row() else { return };
        let until = about.fresh_seconds.map(|seconds| now + Duration::from_secs(u64::from(seconds)));
        self.used += 1;
        let used = self.used;
        let Some(row) = self.rows.get_mut(place.0) else { return };
        if answer.len() > LONGEST_ANSWER || now < row.in_doubt {
            if let Some(kept) = row.kept.remove(question) {
                forget(&mut self.bytes, question, &kept);
            }
            return;
        }
        self.bytes += cost(question, answer);
        match row.kept.get_mut(question) {
            // In the memory of the one before.
            Some(kept) => {
                self.bytes -= cost(question, &kept.payload);
                kept.payload.clear();
                kept.payload.extend_from_slice(answer);
                (kept.until, kept.used) = (until, used);
                kept.of.take_if(|phone| Some(*phone) != of);
            }
            None => {
                row.kept.insert(Arc::clone(question), Kept { payload: answer.to_vec(), until, used, of });
            }
        }
        while self.bytes > MOST_BYTES && self.drop_one() {}
    }

    /// Drops the answer that can best be spared.
    fn drop_one(&mut self) -> bool {
        let mut held: BTreeMap<PhoneId, usize> = BTreeMap::new();
        for (question, kept) in self.rows.iter().flat_map(|row| &row.kept) {
            if let Some(phone) = kept.of {
                *held.entry(phone).or_default() += cost(question, &kept.payload);
            }
        }
        let most = held.into_iter().max_by_key(|(_, bytes)| *bytes).map(|(phone, _)| phone);
        let candidates =
            self.rows.iter().enumerate().flat_map(|(place, row)| row.kept.iter().map(move |it| (place, it)));
        let victim = candidates
            .filter(|(_, (_, kept))| kept.of == most)
            .min_by_key(|(_, (_, kept))| kept.used)
            .map(|(place, (question, _))| (place, Arc::clone(question)));
        let Some((place, question)) = victim else { return false };
        let Some(kept) = self.rows.get_mut(place).and_then(|row| row.kept.remove(&question)) else { return false };
        forget(&mut self.bytes, &question, &kept);
        true
    }
}

fn in_set(set: Rows, rows: &mut [Row]) -> impl Iterator<Item = &mut Row> {
    rows.iter_mut().enumerate().filter(move |(place, _)| set & 1 << place != 0).map(|(_, row)| row)
}

fn rows_where(counts: impl Fn(&KeptRow) -> bool) -> Rows {
    KEPT.iter().enumerate().filter(|(_, row)| counts(row)).fold(0, |rows, (place, _)| rows | 1 << place)
}

/// What an answer counts for.
fn cost(question: &[u8], answer: &[u8]) -> usize {
    OVERHEAD + question.len() + answer.len()
}

/// Takes an answer out of the count; false, which is to say that it is not kept any more.
fn forget(bytes: &mut usize, question: &[u8], kept: &Kept) -> bool {
    *bytes -= cost(question, &kept.payload);
    false
}
