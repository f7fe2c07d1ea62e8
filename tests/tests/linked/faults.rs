//! What goes wrong in the middle of something, at a moment that can be named: the n-th time that anything of it
//! happens.
//!
//! A moment is a frame of the link, which goes through a [`Relay`], or whatever else says that it is one. At the chosen
//! one the harm is done before anything goes on, and a frame that was the moment never arrives. So a test that goes
//! through all of them has cut in between any two steps, and is not a matter of luck.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, spawn};

use caller_tag::link::seal::split;

type Harm = Box<dyn FnOnce() + Send>;

/// Counts moments, and does harm at one of them.
#[derive(Default)]
pub(crate) struct Moments {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Quiet,
    /// So many moments pass before the harm.
    Armed(usize, Harm),
    Harming,
    Done,
}

impl Moments {
    /// Does this once, when so many moments have passed.
    pub(crate) fn arm(&self, after: usize, harm: impl FnOnce() + Send + 'static) {
        *self.lock() = State::Armed(after, Box::new(harm));
    }

    /// Something happens. Whether this was the moment, of which the harm is done by now.
    pub(crate) fn pass(&self) -> bool {
        let mut state = self.lock();
        match std::mem::take(&mut *state) {
            State::Armed(0, harm) => {
                *state = State::Harming;
                drop(state);
                harm();
                *self.lock() = State::Done;
                self.done.notify_all();
                true
            }
            State::Armed(after, harm) => {
                *state = State::Armed(after - 1, harm);
                false
            }
            other => {
                *state = other;
                false
            }
        }
    }

    /// Nothing happens any more. Whether harm was done, which is over by now.
    pub(crate) fn settle(&self) -> bool {
        let harming = |state: &mut State| matches!(state, State::Harming);
        let mut state = self.done.wait_while(self.lock(), harming).unwrap_or_else(PoisonError::into_inner);
        matches!(std::mem::take(&mut *state), State::Done)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands between the two ends of a link, and can cut it.
pub(crate) struct Relay {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Whoever connects to `address` is connected to `service`. Each frame, of either end, is a moment.
    pub(crate) fn start(address: SocketAddr, service: SocketAddr, moments: &Arc<Moments>) -> Self {
        let listener = TcpListener::bind(address).expect("the address is free");
        let (stopped, streams) = (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<TcpStream>>>::default());
        let (stop, all, moments) = (stopped.clone(), streams.clone(), moments.clone());
        let thread = spawn(move || {
            for near in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                // Where no service is, whoever has connected is hung up on.
                let (Ok(near), Ok(far)) = (near, TcpStream::connect(service)) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let [from, to] = [from, to].map(|stream| stream.try_clone().expect("a descriptor"));
                    let moments = moments.clone();
                    spawn(move || carry(from, to, &moments));
                }
                lock(&all).extend([near, far]);
            }
        });
        Self { address, stopped, streams, thread: Some(thread) }
    }

    /// Cuts what goes through it.
    pub(crate) fn cut(&self) {
        for stream in lock(&self.streams).drain(..) {
            hang_up(&stream);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        self.cut();
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, moments: &Moments) {
    let (mut input, mut chunk) = (Vec::new(), [0; 4096]);
    'open: loop {
        while let Some((_, used)) = split(&input).expect("frames") {
            if moments.pass() || to.write_all(&input[..used]).is_err() {
                break 'open;
            }
            input.drain(..used);
        }
        match from.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(read) => input.extend(&chunk[..read]),
        }
    }
    hang_up(&from);
    hang_up(&to);
}

fn hang_up(stream: &TcpStream) {
    // The other end may have done so before.
    stream.shutdown(Shutdown::Both).ok();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
