//! `rilctl trace record --tap`: a recorder between a client and any rild, with nothing else of ours.
//!
//! Bytes pass as they come, also those that make no frame; what is recorded is cut into frames beside that. A rild
//! serves one client at a time, and so does the tap.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use ril_protocol::frame::{self, RESPONSE_LIMIT};
use ril_trace::format::{ByteOrder, Event, Flow, Header, Nothing, Origin, Phone, Remark, Way};
use ril_trace::record::{File, Recorder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::super::error::CtlError;
use super::super::stop::told_to_stop;
use super::about;
use crate::clock;
use crate::net::listener::Socket;

/// What is said when a recording has begun.
pub(super) const RECORDING: &str = "recording; Ctrl-C ends it";

/// How much is passed at once.
const READ_BUFFER: usize = 32 * 1024;

/// The only phone that a tap knows.
const PLACE: u32 = 0;

pub(super) fn run(
    listen: &Path,
    connect: &Path,
    file: &Path,
    duration: Option<Duration>,
    out: &mut dyn Write,
) -> Result<(), CtlError> {
    let started = clock::now();
    let clock = Box::new(move || (started.elapsed(), clock::unix_ns()));
    let target = File::create(file, &header(), clock).map_err(|error| about(file, &error))?;
    let (tell, told) = std::sync::mpsc::channel();
    let recorder = Recorder::start(target, move |ended| {
        // Whoever waits for it is there until it came.
        let _ = tell.send(ended.map(|file| file.written()));
    });
    let tap = RefCell::new(Tap { recorder: recorder.map_err(|error| about(file, &error))?, started });

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CtlError::Unavailable(format!("the event loop: {error}")))?;
    runtime.block_on(async {
        let socket = Socket::bind(listen, 0o600, None)
            .map_err(|error| CtlError::Unavailable(format!("{}: {error}", listen.display())))?;
        tokio::select! {
            () = serve(&socket, connect, &tap) => {}
            () = told_to_stop(duration, RECORDING) => {}
        }
        Ok::<(), CtlError>(())
    })?;
    tap.into_inner().recorder.finish();
    let written = told.recv().map_err(|_| CtlError::Failed("the thread that writes is gone".to_owned()))?;
    let written = written.map_err(|error| CtlError::Failed(format!("{}: {error}", file.display())))?;
    Ok(writeln!(out, "{} records, {} bytes", written.records, written.bytes)?)
}

struct Tap {
    recorder: Recorder,
    started: Instant,
}

impl Tap {
    fn event(&mut self, event: Event) {
        self.recorder.event(self.started.elapsed(), event);
        self.recorder.hand_over();
    }

    fn remark(&mut self, text: String) {
        self.event(Event::Remark(Remark { text }));
    }
}

async fn serve(socket: &Socket, connect: &Path, tap: &RefCell<Tap>) {
    loop {
        let client = socket.accept().await;
        tap.borrow_mut().event(Event::PhoneUp(Phone { place: PLACE }));
        match UnixStream::connect(connect).await {
            Ok(rild) => pass(client, rild, tap).await,
            Err(error) => tap.borrow_mut().remark(format!("the rild is not there: {error}")),
        }
        tap.borrow_mut().event(Event::PhoneDown(Phone { place: PLACE }));
    }
}

/// Passes bytes both ways until either side is gone.
async fn pass(client: UnixStream, rild: UnixStream, tap: &RefCell<Tap>) {
    let (from_client, to_client) = client.into_split();
    let (from_rild, to_rild) = rild.into_split();
    tokio::select! {
        () = copy(from_client, to_rild, Way::FromPhone, tap) => {}
        () = copy(from_rild, to_client, Way::ToPhone, tap) => tap.borrow_mut().event(Event::ModemDown(Nothing {})),
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, way: Way, tap: &RefCell<Tap>) {
    let mut buffer = Vec::with_capacity(READ_BUFFER);
    let mut cutter = Cutter { way, rest: Vec::new(), lost: false };
    loop {
        buffer.clear();
        match from.read_buf(&mut buffer).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
        cutter.cut(&buffer, &mut tap.borrow_mut());
        if to.write_all(&buffer).await.is_err() {
            return;
        }
    }
}

/// Cuts one direction into frames.
struct Cutter {
    way: Way,
    rest: Vec<u8>,
    /// A length was too long to be one; nothing behind it can be cut.
    lost: bool,
}

impl Cutter {
    fn cut(&mut self, bytes: &[u8], tap: &mut Tap) {
        if self.lost {
            return;
        }
        self.rest.extend_from_slice(bytes);
        let at = tap.started.elapsed();
        let mut used = 0;
        loop {
            match frame::split(self.rest.get(used..).unwrap_or_default(), RESPONSE_LIMIT) {
                Ok(Some((body, taken))) => {
                    tap.recorder.frame(at, self.way, Some(PLACE), Flow::Unknown, body);
                    used += taken;
                }
                Ok(None) => break,
                Err(too_long) => {
                    self.lost = true;
                    tap.remark(format!("{:?}: a {too_long}; what follows cannot be recorded", self.way));
                    break;
                }
            }
        }
        self.rest.drain(..used);
        tap.recorder.hand_over();
    }
}

fn header() -> Header {
    Header {
        program: concat!("rilctl ", env!("CARGO_PKG_VERSION")).to_owned(),
        origin: Origin::Tap.into(),
        byte_order: if cfg!(target_endian = "little") { ByteOrder::Little } else { ByteOrder::Big }.into(),
        phones: vec!["client".to_owned()],
        ..Header::default()
    }
}
