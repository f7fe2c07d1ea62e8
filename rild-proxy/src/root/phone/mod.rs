//! One phone's sockets: a client at a time, however many sockets the phone has.
//!
//! As with AOSP's rild, a second client may connect and waits unserved until the first is gone. A client that says more
//! than can be handled at once has it handled in turns, and everybody else is served between two of them. One that says
//! no more but reads on has the answers to what it has asked, if they come soon. One that begins a frame and does not
//! come to its end is disconnected.

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::rc::Rc;
use std::task::Poll;

use ril_protocol::frame::{self, REQUEST_LIMIT, TooLong};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::info;

use super::client_link::{ClientLink, NOT_READING};
use super::core::{Core, SharedCore};
use crate::net::listener::Socket;
use crate::net::readiness::gone;
use crate::net::{FRAME_PATIENCE, LAST_ANSWERS};
use crate::router::PhoneId;

#[cfg(test)]
mod tests;

/// Room for what a client sends at once: some dozens of requests, or one of the longest.
const READ_BUFFER: usize = 32 * 1024;

/// So many requests of a client are handled in a row; then everybody else in the event loop has a turn.
const TURN: usize = 64;

/// Serves a phone for as long as the daemon lives.
pub(super) async fn serve(core: SharedCore, phone: PhoneId, name: String, sockets: Vec<Socket>) {
    loop {
        let stream = accept_any(&sockets).await;
        serve_client(&core, phone, &name, stream).await;
    }
}

pub(super) async fn accept_any(sockets: &[Socket]) -> UnixStream {
    let mut accepts: Vec<_> = sockets.iter().map(|socket| Box::pin(socket.accept())).collect();
    poll_fn(|context| {
        let mut polled = accepts.iter_mut().map(|accept| accept.as_mut().poll(context));
        polled.find(Poll::is_ready).unwrap_or(Poll::Pending)
    })
    .await
}

async fn serve_client(core: &SharedCore, phone: PhoneId, name: &str, stream: UnixStream) {
    let (input, output) = stream.into_split();
    if core.borrow_mut().take_line(phone, "clients that connected") {
        info!(phone = name, "client connected");
    }
    let more = core.borrow_mut().connect(phone, output);
    let hearing = async {
        let say = |core: &mut Core, body: &[u8]| {
            core.phone_says(phone, body);
            true
        };
        let heard = read_frames(core, input, REQUEST_LIMIT, |core| core.link(phone), say);
        let end = heard.await;
        if end.is_hang_up {
            last_answers(core, phone).await;
        }
        end.why
    };
    let why = tokio::select! {
        why = hearing => why,
        why = write_the_rest(core, |core| core.link(phone), &more) => why,
    };
    if core.borrow_mut().take_line(phone, "clients that disconnected") {
        info!(phone = name, "client disconnected: {why}");
    }
    core.borrow_mut().disconnect(phone);
}

/// Waits until a client that says no more has all its answers, or is gone, or has waited long enough.
async fn last_answers(core: &SharedCore, phone: PhoneId) {
    let (settled, socket) = match core.borrow_mut().link(phone) {
        Some(link) => match link.settle() {
            Some(settled) => (settled, Rc::clone(&link.socket)),
            None => return,
        },
        None => return,
    };
    tokio::select! {
        biased;
        () = gone::<UnixStream>((*socket).as_ref()) => {}
        () = settled.notified() => {}
        () = sleep(LAST_ANSWERS) => {}
    }
}

/// Why no more is heard of a client.
pub(super) struct End {
    pub(super) why: String,
    /// It says no more, of its own accord.
    is_hang_up: bool,
}

impl End {
    fn hang_up(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_hang_up: true }
    }

    fn fault(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_hang_up: false }
    }
}

/// Handles frames until the client is gone or sends what cannot be followed; says which. While it leaves much unread it
/// is not heard, and after a while it is disconnected. When `say` will hear no more it handles nothing, and does not
/// come back.
pub(super) async fn read_frames(
    core: &SharedCore,
    mut input: OwnedReadHalf,
    limit: usize,
    link_of: impl Fn(&mut Core) -> Option<&mut ClientLink>,
    say: impl Fn(&mut Core, &[u8]) -> bool,
) -> End {
    let mut buffer = Vec::with_capacity(READ_BUFFER);
    let mut left = TURN;
    // Of which there is a part, and not all.
    let mut frame_began = None;
    let mut is_first = true;
    loop {
        let read = tokio::select! {
            biased;
            read = input.read_buf(&mut buffer) => read,
            () = too_late(frame_began) => {
                return End::fault(format!("it did not finish a frame, {} bytes into it", buffer.len()));
            }
        };
        let read = match read {
            // So the kernel calls the end when the client has left answers unread.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(0),
            read => read,
        };
        match read {
            Ok(0) if buffer.is_empty() => return End::hang_up("it hung up"),
            Ok(0) => {
                return End::hang_up(format!("it hung up in the middle of a frame, {} bytes into it", buffer.len()));
            }
            Ok(_) => {}
            Err(error) => return End::fault(error.to_string()),
        }
        let mut used = 0;
        if is_first && buffer.len() >= 4 {
            is_first = false;
            used = frame::subscription(&buffer);
        }
        loop {
            if timeout(FRAME_PATIENCE, until_it_reads(core, &link_of)).await.is_err() {
                return End::fault(NOT_READING);
            }
            let handled = handle_frames(&mut core.borrow_mut(), &buffer[used..], left, limit, &say);
            match handled {
                Ok(handled) => {
                    used += handled.bytes;
                    // Bytes that make no frame yet were work too.
                    left -= handled.frames.max(1);
                    if handled.no_more {
                        // Who waits for the link to be closed closes it, and says why.
                        return std::future::pending().await;
                    }
                }
                Err(too_long) => return End::fault(format!("it sent a {too_long}")),
            }
            if left > 0 {
                break;
            }
            yield_now().await;
            left = TURN;
        }
        buffer.drain(..used);
        frame_began = match frame_began {
            _ if buffer.is_empty() => None,
            Some(began) if used == 0 => Some(began),
            _ => Some(Instant::now()),
        };
    }
}

/// Waits until the client has read some of what there is for it.
async fn until_it_reads(core: &SharedCore, link_of: &impl Fn(&mut Core) -> Option<&mut ClientLink>) {
    loop {
        let heard_again = link_of(&mut core.borrow_mut()).and_then(ClientLink::not_heard_before);
        match heard_again {
            Some(heard_again) => heard_again.notified().await,
            None => return,
        }
    }
}

/// Comes when a frame that began at that time should have come to its end.
async fn too_late(began: Option<Instant>) {
    match began {
        Some(began) => sleep_until(began + FRAME_PATIENCE).await,
        None => std::future::pending().await,
    }
}

/// What was taken of a client's input.
struct Handled {
    frames: usize,
    bytes: usize,
    /// The client is heard no more.
    no_more: bool,
}

/// Handles the whole frames at the beginning of what a client said, so many at most.
fn handle_frames(
    core: &mut Core,
    input: &[u8],
    most: usize,
    limit: usize,
    say: impl Fn(&mut Core, &[u8]) -> bool,
) -> Result<Handled, TooLong> {
    let mut handled = Handled { frames: 0, bytes: 0, no_more: false };
    let result = loop {
        if handled.frames == most {
            break Ok(handled);
        }
        match frame::split(&input[handled.bytes..], limit) {
            Ok(Some((body, taken))) => {
                let goes_on = say(core, body);
                handled.frames += 1;
                handled.bytes += taken;
                if !goes_on {
                    handled.no_more = true;
                    break Ok(handled);
                }
            }
            Ok(None) => break Ok(handled),
            Err(too_long) => break Err(too_long),
        }
    };
    core.finish_batch();
    result
}

/// Writes what the socket would not take at first, whenever it takes more. Ends when the link is broken.
///
/// A client that never reads never makes its socket writable, so whatever happens to the link ends that wait too.
pub(super) async fn write_the_rest(
    core: &SharedCore,
    link_of: impl Fn(&mut Core) -> Option<&mut ClientLink>,
    more: &Rc<Notify>,
) -> String {
    loop {
        let waiting = match link_of(&mut core.borrow_mut()) {
            None => return "it is gone".to_owned(),
            Some(ClientLink { broken: Some(why), .. }) => return (*why).to_owned(),
            Some(link) => (!link.is_written()).then(|| Rc::clone(&link.socket)),
        };
        let Some(socket) = waiting else {
            more.notified().await;
            continue;
        };
        tokio::select! {
            () = more.notified() => {}
            ready = socket.writable() => {
                if ready.is_err() {
                    return "it is gone".to_owned();
                }
                if let Some(link) = link_of(&mut core.borrow_mut()) {
                    link.write();
                }
            }
        }
    }
}
