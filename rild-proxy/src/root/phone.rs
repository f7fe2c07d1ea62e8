//! One phone's sockets: a client at a time, however many sockets the phone has.
//!
//! As with AOSP's rild, a second client may connect and waits unserved until the first is gone.

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::rc::Rc;
use std::task::Poll;

use ril_protocol::frame::{self, REQUEST_LIMIT};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::Notify;
use tracing::info;

use super::core::{Link, SharedCore};
use crate::net::listener::Socket;
use crate::router::PhoneId;

/// Room for what a client sends at once: some dozens of requests, or one of the longest.
const READ_BUFFER: usize = 32 * 1024;

/// Serves a phone for as long as the daemon lives.
pub(super) async fn serve(core: SharedCore, phone: PhoneId, name: String, sockets: Vec<Socket>) {
    loop {
        let stream = accept_any(&sockets).await;
        serve_client(&core, phone, &name, stream).await;
    }
}

async fn accept_any(sockets: &[Socket]) -> UnixStream {
    let mut accepts: Vec<_> = sockets.iter().map(|socket| Box::pin(socket.accept())).collect();
    poll_fn(|context| {
        let mut polled = accepts.iter_mut().map(|accept| accept.as_mut().poll(context));
        polled.find(Poll::is_ready).unwrap_or(Poll::Pending)
    })
    .await
}

async fn serve_client(core: &SharedCore, phone: PhoneId, name: &str, stream: UnixStream) {
    let (input, output) = stream.into_split();
    info!(phone = name, "client connected");
    let more = core.borrow_mut().connect(phone, output);
    let why = tokio::select! {
        why = read_requests(core, phone, input) => why,
        why = write_the_rest(core, phone, &more) => why,
    };
    core.borrow_mut().disconnect(phone);
    info!(phone = name, "client disconnected: {why}");
}

/// Handles frames until the client is gone or sends what cannot be followed; says which.
async fn read_requests(core: &SharedCore, phone: PhoneId, mut input: OwnedReadHalf) -> String {
    let mut buffer = Vec::with_capacity(READ_BUFFER);
    loop {
        let read = match input.read_buf(&mut buffer).await {
            // So the kernel calls the end when the client has left answers unread.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(0),
            read => read,
        };
        match read {
            Ok(0) if buffer.is_empty() => return "it hung up".to_owned(),
            Ok(0) => return format!("it hung up in the middle of a frame, {} bytes into it", buffer.len()),
            Ok(_) => {}
            Err(error) => return error.to_string(),
        }
        let mut core = core.borrow_mut();
        let mut used = 0;
        loop {
            match frame::split(&buffer[used..], REQUEST_LIMIT) {
                Ok(Some((body, taken))) => {
                    core.phone_says(phone, body);
                    used += taken;
                }
                Ok(None) => break,
                Err(too_long) => {
                    core.flush();
                    return format!("it sent a {too_long}");
                }
            }
        }
        buffer.drain(..used);
        core.finish_batch();
    }
}

/// Writes what the socket would not take at first, whenever it takes more. Ends when the link is broken.
///
/// A client that never reads never makes its socket writable, so whatever happens to the link ends that wait too.
async fn write_the_rest(core: &SharedCore, phone: PhoneId, more: &Rc<Notify>) -> String {
    loop {
        let waiting = match core.borrow_mut().link(phone) {
            None => return "it is gone".to_owned(),
            Some(Link { broken: Some(why), .. }) => return (*why).to_owned(),
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
                if let Some(link) = core.borrow_mut().link(phone) {
                    link.write();
                }
            }
        }
    }
}
