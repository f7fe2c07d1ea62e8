//! Recording while something else goes on: what happens is put down without waiting, and a thread writes it.
//!
//! The event loop keeps records in memory of its own and hands them over when it is done with a turn, if the thread
//! does not look at that very moment; it never waits for the thread or the disk. What it can neither hand over nor keep
//! is counted, and the count stands in the trace where the records are missing.
//!
//! Files are made with mode 0600. The thread sleeps while nothing happens, and writes what came within half a second
//! of when it came.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::format::{Batch, Event, Flow, Header, Lost, Options, Record, Summary, Way, Writer, fresh_salt};

/// How long a record waits for others before it is written, at most.
const FLUSH_AFTER: Duration = Duration::from_millis(500);

/// How much may wait for the thread.
const QUEUE_LIMIT: usize = 8 * 1024 * 1024;

/// The thread does not wait any longer for more than this.
const ENOUGH: usize = 512 * 1024;

/// How often the lock is tried before the event loop goes on without it.
const TRIES: usize = 64;

/// A batch that holds this much is not added to.
const BATCH_TARGET: usize = 64 * 1024;

/// The time since the beginning of the session and the time of day, in nanoseconds since 1970, both now.
pub type Clock = Box<dyn FnMut() -> (Duration, i64) + Send>;

/// Where the thread writes to.
pub trait Sink: Send + 'static {
    /// Writes one batch.
    fn write(&mut self, batch: &Batch) -> io::Result<()>;

    /// There is no more; called once, also after an error.
    fn finish(&mut self) -> io::Result<()>;
}

/// Called when all that was recorded before is written, or cannot be.
type Flushed = Box<dyn FnOnce() + Send>;

/// The event loop's end of a recording. When it is dropped, what it has is written and the recording ends.
#[derive(Debug)]
pub struct Recorder {
    /// What was not handed over yet.
    local: Batch,
    /// The time of the last record.
    now: Duration,
    /// What there was no room for.
    lost: Lost,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    batches: VecDeque<Batch>,
    bytes: usize,
    /// A batch that was written, for its memory.
    spare: Option<Batch>,
    /// Who waits until all of this is written.
    flushed: Vec<Flushed>,
    /// Nothing more will come.
    closed: bool,
    /// The thread cannot write any more.
    failed: bool,
}

/// One file.
pub struct File {
    writer: Writer<std::fs::File>,
    clock: Clock,
}

impl File {
    /// Makes the file, which must not be there, for nobody but its owner.
    pub fn create(path: &Path, header: &Header, clock: Clock) -> io::Result<Self> {
        let options = Options { salt: fresh_salt(), ..Options::default() };
        Ok(Self { writer: Writer::new(create_private(path)?, header, options)?, clock })
    }

    /// How much was written.
    pub fn written(&self) -> Summary {
        self.writer.written()
    }
}

impl Sink for File {
    fn write(&mut self, batch: &Batch) -> io::Result<()> {
        let (at, unix_ns) = (self.clock)();
        self.writer.adjust_clock(at, unix_ns)?;
        self.writer.write_batch(batch)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.finish().map(drop)
    }
}

/// Makes a file of mode 0600 that is not there yet: a trace holds numbers and texts.
pub fn create_private(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

impl Recorder {
    /// Starts the thread. `ended` is called on it when all is written, or with the first error.
    pub fn start<S: Sink>(sink: S, ended: impl FnOnce(io::Result<S>) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), wake: Condvar::new() });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("trace".to_owned()).spawn(move || {
            ended(write_all(sink, &for_thread));
        })?;
        Ok(Self { local: Batch::default(), now: Duration::ZERO, lost: Lost::default(), shared, thread: Some(thread) })
    }

    /// A frame was sent: its body.
    pub fn frame(&mut self, at: Duration, way: Way, phone: Option<u32>, flow: Flow, body: &[u8]) {
        self.now = at;
        if self.local.push_frame(at, way, phone, flow, body).is_err() {
            self.lose(body.len());
        }
    }

    /// Something else happened.
    pub fn event(&mut self, at: Duration, event: Event) {
        self.now = at;
        if self.local.push(&Record::event(at, event)).is_err() {
            self.lose(0);
        }
    }

    /// Hands over what there is, if that is possible now. Called at the end of a turn of the event loop.
    pub fn hand_over(&mut self) {
        if self.local.is_empty() {
            return;
        }
        let Some(mut queue) = self.shared.try_lock() else { return };
        if queue.failed {
            self.local.clear();
            return;
        }
        let more = self.local.len();
        if queue.bytes + more > QUEUE_LIMIT {
            return;
        }
        let was_below = (queue.bytes == 0, queue.bytes < ENOUGH);
        queue.bytes += more;
        queue.take_in(&mut self.local);
        let is_due = was_below.0 || (was_below.1 && queue.bytes >= ENOUGH);
        drop(queue);
        if is_due {
            self.shared.wake.notify_one();
        }
        self.tell_lost();
    }

    /// Has all written at once that was recorded so far. `flushed` is called when that is done, or cannot be done,
    /// mostly on the thread that writes.
    pub fn flush(&mut self, flushed: impl FnOnce() + Send + 'static) {
        self.hand_over();
        let mut queue = self.shared.lock();
        if queue.failed {
            drop(queue);
            return flushed();
        }
        queue.take_in(&mut self.local);
        queue.flushed.push(Box::new(flushed));
        drop(queue);
        self.shared.wake.notify_one();
    }

    /// Ends the recording and waits until all is written.
    pub fn finish(mut self) {
        self.close();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has been told of by the panic.
            let _ = thread.join();
        }
    }

    fn close(&mut self) {
        self.hand_over();
        self.tell_lost();
        let mut queue = self.shared.lock();
        queue.take_in(&mut self.local);
        queue.closed = true;
        drop(queue);
        self.shared.wake.notify_one();
    }

    /// Where records are missing, their number is.
    fn tell_lost(&mut self) {
        if self.lost.records > 0 {
            let lost = std::mem::take(&mut self.lost);
            self.event(self.now, Event::Lost(lost));
        }
    }

    fn lose(&mut self, bytes: usize) {
        self.lost.records += 1;
        self.lost.bytes += bytes as u64;
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.close();
        }
    }
}

impl Shared {
    /// The lock, if it is free within a moment: the thread holds it for as long as it takes to move a few pointers.
    fn try_lock(&self) -> Option<MutexGuard<'_, Queue>> {
        for _ in 0..TRIES {
            match self.queue.try_lock() {
                Ok(queue) => return Some(queue),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
        None
    }

    /// Nobody who holds the lock can panic.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Queue {
    /// Whether the thread waits no longer for more.
    fn is_due(&self) -> bool {
        self.bytes >= ENOUGH || self.closed || !self.flushed.is_empty()
    }

    /// Adds a batch to the last one, or behind it.
    fn take_in(&mut self, batch: &mut Batch) {
        if let Some(last) = self.batches.back_mut()
            && last.len() < BATCH_TARGET
            && last.append(batch).is_ok()
        {
            return;
        }
        let spare = self.spare.take().unwrap_or_default();
        self.batches.push_back(std::mem::replace(batch, spare));
    }
}

/// The thread: takes what waits, writes it, and sleeps. After an error there is nothing more to do.
fn write_all<S: Sink>(mut sink: S, shared: &Shared) -> io::Result<S> {
    let mut batches = VecDeque::new();
    loop {
        let mut queue = shared.lock();
        while queue.batches.is_empty() && !queue.is_due() {
            queue = shared.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let waited = shared.wake.wait_timeout_while(queue, FLUSH_AFTER, |queue| !queue.is_due());
        (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut queue.batches, &mut batches);
        queue.bytes = 0;
        let (closed, flushed) = (queue.closed, std::mem::take(&mut queue.flushed));
        drop(queue);
        let mut result = Ok(());
        for mut batch in batches.drain(..) {
            if result.is_ok() {
                result = sink.write(&batch);
            }
            batch.clear();
            shared.lock().spare.get_or_insert(batch);
        }
        flushed.into_iter().for_each(|flushed| flushed());
        if let Err(error) = result {
            let mut queue = shared.lock();
            queue.failed = true;
            let flushed = std::mem::take(&mut queue.flushed);
            drop(queue);
            flushed.into_iter().for_each(|flushed| flushed());
            // The first error says more than one of ending what failed.
            let _ = sink.finish();
            return Err(error);
        }
        if closed {
            sink.finish()?;
            return Ok(sink);
        }
    }
}
