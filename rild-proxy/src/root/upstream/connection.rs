//! A stream socket to a modem side in another process. What it does not take at once waits, up to a limit.

use std::cell::RefCell;
use std::io::{self, Read};
use std::os::unix::net as std_net;
use std::path::Path;
use std::rc::Rc;

use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::{Notify, oneshot};
use vendor_shim::os::become_user_in_this_thread;

use crate::net::send::try_send;

/// So much is read at once.
const READ: usize = 64 * 1024;

/// Who has this much unread takes nothing any more. The router bounds how many requests there are.
const MOST_UNREAD: usize = 64 * 1024 * 1024;

/// Both of the core's, which writes, and of the driver's, which waits.
#[derive(Clone, Debug)]
pub(super) struct Connection(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    stream: UnixStream,
    out: RefCell<Vec<u8>>,
    /// Something waits to be written that did not.
    more: Notify,
}

/// Connects to a socket, as this user if one is named.
pub(super) async fn connect_as(path: &Path, uid: Option<u32>) -> io::Result<UnixStream> {
    let Some(uid) = uid else { return UnixStream::connect(path).await };
    let path = path.to_owned();
    let (tell, told) = oneshot::channel();
    // A thread that ends with it, so that the daemon is never that user.
    std::thread::Builder::new().name("connect".to_owned()).spawn(move || {
        let connected = become_user_in_this_thread(uid).and_then(|()| std_net::UnixStream::connect(path));
        // Whoever wanted to know may be gone.
        let _ = tell.send(connected);
    })?;
    let stream = told.await.map_err(io::Error::other)??;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self(Rc::new(Shared { stream, out: RefCell::default(), more: Notify::new() }))
    }

    /// Lets `put` append what is to be written next.
    pub(super) fn put(&self, put: impl FnOnce(&mut Vec<u8>)) {
        put(&mut self.0.out.borrow_mut());
    }

    /// Writes as much as the socket takes now. An error shows when it is read.
    pub(super) fn write(&self) {
        let mut out = self.0.out.borrow_mut();
        let mut written = 0;
        while written < out.len() {
            match try_send(&self.0.stream, &out[written..]) {
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => written = out.len(),
            }
        }
        out.drain(..written);
        if !out.is_empty() {
            self.0.more.notify_one();
        }
    }

    /// Appends what comes next, and writes meanwhile what waits; 0 bytes are the end. Nothing is lost when it is
    /// dropped.
    pub(super) async fn read(&self, into: &mut Vec<u8>) -> io::Result<usize> {
        loop {
            let unread = self.0.out.borrow().len();
            if unread > MOST_UNREAD {
                return Err(io::Error::other("it does not read what it is sent"));
            }
            let interest = if unread == 0 { Interest::READABLE } else { Interest::READABLE | Interest::WRITABLE };
            let ready = tokio::select! {
                ready = self.0.stream.ready(interest) => ready?,
                () = self.0.more.notified() => continue,
            };
            if ready.is_writable() {
                self.write();
            }
            if ready.is_readable() {
                match self.read_ready(into) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return read,
                }
            }
        }
    }

    /// Appends what is there already, also what the event loop has not heard of yet: it may hear first that the process
    /// is gone which said it.
    pub(super) fn read_now(&self, into: &mut Vec<u8>) -> io::Result<usize> {
        let start = into.len();
        into.resize(start + READ, 0);
        let read = called_the_end((&*SockRef::from(&self.0.stream)).read(&mut into[start..]));
        into.truncate(start + read.as_ref().unwrap_or(&0));
        read
    }

    /// Appends what the event loop has heard of.
    fn read_ready(&self, into: &mut Vec<u8>) -> io::Result<usize> {
        into.reserve(READ);
        called_the_end(self.0.stream.try_read_buf(into))
    }
}

/// The kernel has an error for the end when the other side has left something unread.
fn called_the_end(read: io::Result<usize>) -> io::Result<usize> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(0),
        read => read,
    }
}
