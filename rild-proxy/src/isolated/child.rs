//! The process of an isolated vendor library: loads it, and passes on what root and the library say.
//!
//! It decides nothing and stores nothing. It ends when root hangs up, and is killed when root ends. The library has what
//! user, groups and capabilities root has, as a library in root's own process would, but can gain no more: what it
//! executes runs without set-user-ID and file capabilities. What it writes to its standard output and error, root passes
//! on to its own standard error.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::parent_id;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::frame::{self, RESPONSE_LIMIT, Request};
use tracing::error;
use vendor_shim::host::VendorHost;
use vendor_shim::{die_with_parent, inherited_descriptor, renounce_new_privileges};

use super::wire::{FromChild, Started, State, ToChild};
use crate::exit::Exit;
use crate::root::{ATTENTION, host_config};

/// The descriptor of the standard input, by which root's socket comes.
const STANDARD_INPUT: i32 = 0;

/// So much is read of root at once.
const READ: usize = 32 * 1024;

/// Serves the root of this process id until it hangs up.
pub(crate) fn run(root: u32) -> Exit {
    match prepare(root).and_then(|socket| serve(socket, root)) {
        Ok(exit) => exit,
        Err(why) => {
            error!("the process of the vendor library cannot go on: {why}");
            Exit::Unavailable
        }
    }
}

/// Takes root's socket, and gives the library a standard input that says nothing.
fn prepare(root: u32) -> io::Result<UnixStream> {
    let socket = UnixStream::from(inherited_descriptor(STANDARD_INPUT)?);
    nix::unistd::dup2_stdin(File::open("/dev/null")?)?;
    die_with(root)?;
    renounce_new_privileges()?;
    Ok(socket)
}

/// Is killed when root ends, also if that is before the kernel was told.
fn die_with(root: u32) -> io::Result<()> {
    die_with_parent()?;
    if parent_id() == root { Ok(()) } else { Err(io::Error::other("root has ended")) }
}

fn serve(socket: UnixStream, root: u32) -> io::Result<Exit> {
    let mut child = Child { socket, input: Vec::new(), frames: Vec::new(), output: Vec::new() };
    let host = loop {
        if !child.read()? {
            return Ok(Exit::Ok);
        }
        let Some((record, used)) = ToChild::split(&child.input).map_err(io::Error::other)? else { continue };
        let ToChild::Start(start) = record else { return Err(io::Error::other("root does not begin with the start")) };
        child.input.drain(..used);
        match VendorHost::start(&host_config(&start.modem, &start.dialect, start.sap)) {
            Ok(host) => break host,
            Err(why) => {
                FromChild::Refused(why.to_string()).put(&mut child.output);
                child.write()?;
                return Ok(Exit::Unavailable);
            }
        }
    };
    // A library that becomes another user has undone it.
    die_with(root)?;
    let started = Started { description: host.vendor_version(), sap: host.sap().is_some() };
    FromChild::Started(started).put(&mut child.output);
    loop {
        child.pass_on(&host)?;
        child.write()?;
        if child.wait(&host)? {
            if !child.read()? {
                return Ok(Exit::Ok);
            }
            if child.carry_out(&host)? == 1 {
                host.attend(ATTENTION);
            }
        }
    }
}

/// What goes to and fro.
struct Child {
    socket: UnixStream,
    /// Of root, not carried out yet.
    input: Vec<u8>,
    /// Of the library, whole frames.
    frames: Vec<u8>,
    /// For root.
    output: Vec<u8>,
}

impl Child {
    /// Waits until root or the library has said something; whether root has.
    fn wait(&self, host: &VendorHost) -> io::Result<bool> {
        let root = PollFd::new(self.socket.as_fd(), PollFlags::POLLIN);
        let mut waiting = vec![root, PollFd::new(host.event_fd(), PollFlags::POLLIN)];
        waiting.extend(host.sap().map(|sap| PollFd::new(sap.event_fd(), PollFlags::POLLIN)));
        match poll(&mut waiting, PollTimeout::NONE) {
            Ok(_) => Ok(waiting[0].any().unwrap_or(false)),
            Err(Errno::EINTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads what root has said; false if it has hung up.
    fn read(&mut self) -> io::Result<bool> {
        let from = self.input.len();
        self.input.resize(from + READ, 0);
        let read = loop {
            match self.socket.read(&mut self.input[from..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // So the kernel calls the end when root has left something unread.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break 0,
                read => break read?,
            }
        };
        self.input.truncate(from + read);
        Ok(read > 0)
    }

    /// Does what root said; how many requests there were among it.
    fn carry_out(&mut self, host: &VendorHost) -> io::Result<usize> {
        let (mut used, mut requests) = (0, 0);
        while let Some((record, taken)) = ToChild::split(&self.input[used..]).map_err(io::Error::other)? {
            match record {
                ToChild::Request(lane, body) => {
                    if let Some(request) = Request::parse(body) {
                        host.request(lane, request.code, request.serial, request.payload);
                        requests += 1;
                    }
                }
                ToChild::GiveUp(serial) => host.cancel(serial),
                ToChild::Ask => FromChild::State(State::new(host.turn(), host.stats())).put(&mut self.output),
                ToChild::SapRequest { serial, id, payload } => {
                    if let Some(sap) = host.sap() {
                        sap.request(serial, id, payload);
                    }
                }
                ToChild::SapGiveUp(serial) => {
                    if let Some(sap) = host.sap() {
                        sap.cancel(serial);
                    }
                }
                ToChild::Start(_) => return Err(io::Error::other("root starts a second library")),
            }
            used += taken;
        }
        self.input.drain(..used);
        Ok(requests)
    }

    /// Takes what the library has said.
    fn pass_on(&mut self, host: &VendorHost) -> io::Result<()> {
        host.drain(&mut self.frames);
        let mut rest = &self.frames[..];
        while let Some((body, used)) = frame::split(rest, RESPONSE_LIMIT).map_err(io::Error::other)? {
            FromChild::Frame(body).put(&mut self.output);
            rest = &rest[used..];
        }
        self.frames.clear();
        if let Some(sap) = host.sap() {
            let mut messages = Vec::new();
            sap.drain(&mut messages);
            messages.into_iter().for_each(|message| FromChild::Sap(message).put(&mut self.output));
        }
        Ok(())
    }

    /// Writes to root, which always reads. The library can say more meanwhile.
    fn write(&mut self) -> io::Result<()> {
        self.socket.write_all(&self.output)?;
        self.output.clear();
        Ok(())
    }
}
