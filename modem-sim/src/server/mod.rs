//! The doors to the console: a telnet port on loopback, and a Unix socket that only its owner may use.
//!
//! Whoever comes in speaks to the modem of the first SIM; `slot 2` turns the conversation to that of the second.
//!
//! A thread for each door and for each client, at most [`MAX_CLIENTS`] of them at a door. A client sends lines and
//! gets answers, one after the other. What looks like a web browser or is not text is shown out, as in the emulator: a
//! web page must not be able to speak to the console. A socket that a dead process left behind is replaced, that of a
//! living one not.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use vendor_shim::os;

use crate::console::{self, Answer, End, GREETING};
use crate::library::Shared;

/// Clients at a door at a time; another one is shown out.
const MAX_CLIENTS: usize = 32;
/// Longest line, as in the emulator.
const MAX_LINE: u64 = 4096;

mod performance;

/// What the two doors do differently, and who is inside.
struct Door {
    greets: bool,
    line_end: &'static str,
    clients: AtomicUsize,
}

static TELNET: Door = Door { greets: true, line_end: "\r\n", clients: AtomicUsize::new(0) };
static SOCKET: Door = Door { greets: false, line_end: "\n", clients: AtomicUsize::new(0) };

/// Opens the doors that are wanted.
///
/// # Errors
/// A sentence that names the door.
pub(crate) fn start(sims: &[Arc<Shared>], console: Option<SocketAddr>, control: Option<&Path>) -> Result<(), String> {
    let sims: Arc<[Arc<Shared>]> = sims.into();
    if let Some(address) = console {
        let listener = TcpListener::bind(address).map_err(|error| format!("console {address}: {error}"))?;
        let sims = Arc::clone(&sims);
        spawn(move || {
            for stream in listener.incoming().flatten() {
                let reader = stream.try_clone();
                greet(&sims, &TELNET, reader, stream);
            }
        })
        .map_err(|error| format!("console {address}: {error}"))?;
    }
    if let Some(path) = control {
        let listener = bind(path).map_err(|error| format!("control {}: {error}", path.display()))?;
        spawn(move || {
            for stream in listener.incoming().flatten() {
                let reader = stream.try_clone();
                greet(&sims, &SOCKET, reader, stream);
            }
        })
        .map_err(|error| format!("control {}: {error}", path.display()))?;
    }
    Ok(())
}

/// A socket with mode 0600 from the moment that it can be reached: it is made in a directory that nobody else may
/// enter, and moved.
fn bind(path: &Path) -> io::Result<UnixListener> {
    if UnixStream::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another modem listens there"));
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let closed = path.with_file_name(name);
    DirBuilder::new().mode(0o700).create(&closed)?;
    let inside = closed.join("s");
    let listener = UnixListener::bind(&inside).and_then(|listener| {
        fs::set_permissions(&inside, Permissions::from_mode(0o600))?;
        fs::rename(&inside, path)?;
        Ok(listener)
    });
    let _ = fs::remove_file(&inside);
    fs::remove_dir(&closed)?;
    listener
}

fn spawn(run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("sim-console".to_owned()).spawn(run).map(drop)
}

/// Writes to a client. One that has gone is an error, and never a SIGPIPE: the signal would end the rild around us.
struct Writer<D>(D);

impl<D: AsRawFd> Writer<D> {
    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let sent = os::send(&self.0, bytes)?;
            bytes = bytes.get(sent..).unwrap_or_default();
        }
        Ok(())
    }
}

fn greet<D: Read + AsRawFd + Send + 'static>(
    sims: &Arc<[Arc<Shared>]>,
    door: &'static Door,
    reader: io::Result<D>,
    writer: D,
) {
    let Ok(reader) = reader else { return };
    let mut writer = Writer(writer);
    if door.clients.fetch_add(1, Ordering::AcqRel) >= MAX_CLIENTS {
        door.clients.fetch_sub(1, Ordering::AcqRel);
        let _ = writer.write_all(format!("KO: too many clients{}", door.line_end).as_bytes());
        return;
    }
    let sims = Arc::clone(sims);
    let spawned = spawn(move || {
        // An error here is a client that has gone.
        let _ = serve(&sims, door, reader, writer);
        door.clients.fetch_sub(1, Ordering::AcqRel);
    });
    if let Err(error) = spawned {
        door.clients.fetch_sub(1, Ordering::AcqRel);
        tracing::error!(%error, "no thread for a console client");
    }
}

fn serve(
    sims: &[Arc<Shared>],
    door: &'static Door,
    reader: impl Read,
    mut writer: Writer<impl AsRawFd>,
) -> io::Result<()> {
    let Door { greets, line_end, .. } = *door;
    let Some(mut shared) = sims.first() else { return Ok(()) };
    let mut reader = BufReader::new(reader);
    if greets {
        writer.write_all(format!("{GREETING}{line_end}OK{line_end}").as_bytes())?;
    }
    loop {
        let text = match read_line(&mut reader)? {
            None => return Ok(()),
            Some(Ok(text)) => text,
            Some(Err(refusal)) => return writer.write_all(format!("KO: {refusal}. Aborting{line_end}").as_bytes()),
        };
        let answer = match text.trim() {
            "watch" => return performance::watch(shared, &mut writer, line_end),
            "scenario" => match performance::read(|| read_line(&mut reader))? {
                None => return Ok(()),
                Some(Ok(scenario)) => performance::play(shared, scenario, &mut writer, line_end)?,
                Some(Err(answer)) => answer,
            },
            line => match line.strip_prefix("slot ") {
                Some(number) => match slot(sims, number.trim()) {
                    Ok(other) => {
                        shared = other;
                        Answer { text: String::new(), end: End::Ok }
                    }
                    Err(why) => Answer { text: String::new(), end: End::Ko(why) },
                },
                None => shared.operate(|modem, to| console::run(line, modem, to)),
            },
        };
        writer.write_all(answer.render(line_end).as_bytes())?;
        if answer.end == End::Quit {
            return Ok(());
        }
    }
}

/// The modem of the SIM of this number, counted from 1.
fn slot<'a>(sims: &'a [Arc<Shared>], number: &str) -> Result<&'a Arc<Shared>, String> {
    let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let found = place.and_then(|place| sims.get(place));
    found.ok_or_else(|| format!("the slots are 1 to {}", sims.len()))
}

/// A line, or why whoever wrote it is shown out, or nothing at the end.
type Said = Option<Result<String, &'static str>>;

fn read_line(reader: &mut impl BufRead) -> io::Result<Said> {
    let mut line = Vec::new();
    if reader.take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let whole = line.ends_with(b"\n") || (line.len() as u64) < MAX_LINE;
    Ok(Some(match String::from_utf8(line) {
        Err(_) => Err("Forbidden binary request"),
        Ok(text) if is_http(&text) => Err("Forbidden HTTP request"),
        Ok(_) if !whole => Err("line too long"),
        Ok(text) => Ok(text.replace('\r', "")),
    }))
}

/// The first line of an HTTP request.
fn is_http(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some() && words.next_back().is_some_and(|last| last.starts_with("HTTP/"))
}
