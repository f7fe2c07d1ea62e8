//! Our standard error, for which nobody waits.
//!
//! Who reads it may be slow or stand still, and the thread that serves all phones must not stand still with it, nor a
//! vendor library in one of our callbacks. What is taken at once is written at once, so that a line is out before
//! anything else happens, a crash for example. What is not taken waits here, up to a limit; what comes then is left
//! out, and when the reader goes on it is told how many lines that were.
//!
//! It is a descriptor of its own above 2. A vendor library in this process may close descriptor 2, and then the next
//! client that connects is 2.
//!
//! How to write without waiting depends on what it is. Whether a write waits belongs to the open file, which other
//! processes share, so that is left as it is: a pipe or terminal is opened a second time. Where that is not to be had,
//! everything goes by way of the thread that may wait. There is none before a daemon has become the user that it is to
//! be.
//!
//! Reference: pipe(7), poll(2), proc(5) (`/proc/self/fd`).

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::socket::{MsgFlags, send};
use vendor_shim::os::duplicate_above_standard;

/// So much may wait to be written.
const MOST_WAITING: usize = 1024 * 1024;

/// At the end, so long is waited for a reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// A place for lines, if it is to be had. Writing takes everything, or leaves all of it out.
#[derive(Clone, Debug)]
pub(crate) struct Output(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    file: File,
    at_once: AtOnce,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// There is a thread that writes it.
    attended: bool,
    /// The thread writes what it has taken.
    writing: bool,
    left_out: usize,
}

/// How to write without waiting.
#[derive(Debug)]
enum AtOnce {
    /// A file takes everything.
    File,
    Socket,
    /// The same pipe or terminal, which says so when it is full.
    Again(File),
    /// Not at all.
    Never,
}

/// That of this process.
pub(crate) fn stderr() -> &'static Output {
    static STDERR: OnceLock<Output> = OnceLock::new();
    STDERR.get_or_init(|| duplicate_above_standard(io::stderr()).map_or(Output(None), Output::on))
}

impl Output {
    fn on(descriptor: OwnedFd) -> Self {
        let file = File::from(descriptor);
        let at_once = AtOnce::of(&file);
        Self::with(file, at_once)
    }

    fn with(file: File, at_once: AtOnce) -> Self {
        Self(Some(Arc::new(Shared { file, at_once, state: Mutex::default(), changed: Condvar::new() })))
    }

    /// From now on a thread writes what is not taken at once; until then that waits. For a process that has become the
    /// user that it is to be, which is a thread's affair.
    pub(crate) fn attend(&self) {
        let Some(shared) = &self.0 else { return };
        if std::mem::replace(&mut shared.lock().attended, true) {
            return;
        }
        let waits = Arc::clone(shared);
        // Without it, what is not taken at once is left out in the end.
        let _started = std::thread::Builder::new().name("stderr".to_owned()).spawn(move || waits.write_what_waits());
    }

    /// Whether people look at it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.0.as_ref().is_some_and(|shared| shared.file.is_terminal())
    }

    /// Waits a moment for the reader to take all.
    pub(crate) fn finish(&self) {
        let unfinished = |state: &mut State| state.writing || !state.waiting.is_empty();
        let Some(shared) = self.0.as_ref().filter(|shared| unfinished(&mut shared.lock())) else { return };
        self.attend();
        drop(shared.changed.wait_timeout_while(shared.lock(), PATIENCE, unfinished));
    }
}

impl Shared {
    fn put(&self, lines: &[u8]) {
        let mut state = self.lock();
        let is_free = state.waiting.is_empty() && !state.writing;
        let taken = if is_free { self.at_once.write(&self.file, lines) } else { 0 };
        let rest = lines.get(taken..).unwrap_or_default();
        if rest.is_empty() {
            return;
        }
        // The rest of what has begun is not left out.
        if taken == 0 && state.waiting.len() + rest.len() > MOST_WAITING {
            state.left_out += lines.split_inclusive(|byte| *byte == b'\n').count();
            return;
        }
        state.waiting.extend_from_slice(rest);
        self.changed.notify_all();
    }

    /// A thread of its own: writes what was not taken at once, however long that takes.
    fn write_what_waits(&self) {
        // Who reads may leave, and a vendor library may have taken the signal for that out of our hands.
        let _ignored = SigSet::from_iter([Signal::SIGPIPE]).thread_block();
        let mut state = self.lock();
        loop {
            state.writing = false;
            self.changed.notify_all();
            while state.waiting.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let mut lines = std::mem::take(&mut state.waiting);
            if let count @ 1.. = std::mem::take(&mut state.left_out) {
                lines.extend_from_slice(format!("({count} lines were left out here: nobody read)\n").as_bytes());
            }
            state.writing = true;
            drop(state);
            write_all(&self.file, &lines);
            state = self.lock();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for &Output {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if let Some(shared) = &self.0 {
            shared.put(lines);
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AtOnce {
    fn of(file: &File) -> Self {
        let Ok(kind) = file.metadata().map(|about| about.file_type()) else { return Self::Never };
        if kind.is_file() {
            Self::File
        } else if kind.is_socket() {
            Self::Socket
        } else {
            let mut again = OpenOptions::new();
            again.write(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
            again.open(format!("/proc/self/fd/{}", file.as_raw_fd())).map_or(Self::Never, Self::Again)
        }
    }

    /// Writes what is taken without waiting; how much that is. What nobody can be given counts as taken.
    fn write(&self, file: &File, lines: &[u8]) -> usize {
        let mut written = 0;
        while let Some(rest) = lines.get(written..).filter(|rest| !rest.is_empty()) {
            let taken = match self {
                Self::Never => return 0,
                Self::File => (&*file).write(rest),
                Self::Socket => {
                    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
                    send(file.as_raw_fd(), rest, flags).map_err(io::Error::from)
                }
                Self::Again(again) => write_again(again, rest),
            };
            match taken {
                Ok(taken @ 1..) => written += taken,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // There is nobody to tell.
                Ok(0) | Err(_) => return lines.len(),
            }
        }
        written
    }
}

/// Looks first whether there is a reader: who writes to none is sent a signal, and a vendor library may have seen to it
/// that it ends this process.
fn write_again(mut pipe: &File, lines: &[u8]) -> io::Result<usize> {
    let mut asked = [PollFd::new(pipe.as_fd(), PollFlags::POLLOUT)];
    poll(&mut asked, PollTimeout::ZERO)?;
    match asked[0].revents() {
        Some(events) if events.contains(PollFlags::POLLERR) => Err(ErrorKind::BrokenPipe.into()),
        Some(events) if events.contains(PollFlags::POLLOUT) => pipe.write(lines),
        _ => Err(ErrorKind::WouldBlock.into()),
    }
}

/// Writes all of it, also where another process has seen to it that writing does not wait.
fn write_all(mut file: &File, mut lines: &[u8]) {
    while !lines.is_empty() {
        match file.write(lines) {
            Ok(taken @ 1..) => lines = lines.get(taken..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let mut asked = [PollFd::new(file.as_fd(), PollFlags::POLLOUT)];
                // Interrupted, it is only tried again.
                let _ready = poll(&mut asked, PollTimeout::NONE);
            }
            Ok(0) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::net::UnixStream;

    use super::*;

    /// A reader, and an output on the other end of a pipe, a socket, and a pipe that cannot be opened a second time.
    fn kinds() -> Vec<(Box<dyn Read>, Output)> {
        let (reader, writer) = io::pipe().unwrap();
        let pipe = (Box::new(reader) as Box<dyn Read>, Output::on(writer.into()));
        let (reader, writer) = UnixStream::pair().unwrap();
        let socket = (Box::new(reader) as Box<dyn Read>, Output::on(writer.into()));
        let (reader, writer) = io::pipe().unwrap();
        let never = Output::with(File::from(OwnedFd::from(writer)), AtOnce::Never);
        let kinds = vec![pipe, socket, (Box::new(reader), never)];
        kinds.iter().for_each(|(_, output)| output.attend());
        kinds
    }

    fn line(number: usize) -> String {
        format!("line {number} of a few dozen bytes, as lines of a log are\n")
    }

    #[test]
    fn nobody_waits_for_a_reader_that_stands_still_and_it_is_told_what_it_missed() {
        for (reader, output) in kinds() {
            let count = 4 * MOST_WAITING / line(0).len();
            (0..count).for_each(|number| (&output).write_all(line(number).as_bytes()).unwrap());
            let mut said = BufReader::new(reader).lines().map(Result::unwrap);
            let (mut next, mut read) = (0, 0);
            while next < count {
                let said = said.next().unwrap();
                match said
                    .strip_prefix('(')
                    .and_then(|said| said.strip_suffix(" lines were left out here: nobody read)"))
                {
                    Some(left_out) => next += left_out.parse::<usize>().unwrap(),
                    None => {
                        assert_eq!(said, line(next).trim_end());
                        (next, read) = (next + 1, read + 1);
                    }
                }
            }
            assert!(next == count && read < count && read * line(0).len() >= MOST_WAITING / 2, "{read} of {count}");
            (&output).write_all(b"again\n").unwrap();
            assert_eq!(said.next().unwrap(), "again");
        }
    }

    #[test]
    fn what_is_taken_at_once_is_out_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let output = Output::on(File::create(&path).unwrap().into());
        (&output).write_all(b"said\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "said\n");
        let (mut reader, writer) = UnixStream::pair().unwrap();
        reader.set_nonblocking(true).unwrap();
        let output = Output::on(writer.into());
        (&output).write_all(b"said\n").unwrap();
        let mut read = [0; 5];
        reader.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"said\n");
    }

    #[test]
    fn a_reader_that_has_left_is_no_harm() {
        for (reader, output) in kinds() {
            drop(reader);
            (&output).write_all(b"said to nobody\n").unwrap();
            output.finish();
        }
    }
}
