//! The process of an isolated vendor library: loads it, and passes on what root and the library say.
//!
//! It decides nothing and stores nothing. It ends when root hangs up, and is killed when root ends. The library has
//! what user, groups and capabilities root has, as a library in root's own process would, but can gain no more: what it
//! executes runs without set-user-ID and file capabilities. What it writes to its standard output and error, root
//! passes on to its own standard error.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::parent_id;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ril_protocol::frame::{self, RESPONSE_LIMIT, Request};
use tracing::error;
use vendor_shim::host::{Sim, VendorHost};
use vendor_shim::os::{die_with_parent, inherited_descriptor, renounce_new_privileges};

use super::wire::{FromChild, Started, State, ToChild};
use crate::exit::Exit;
use crate::library::{ATTENTION, host_config};
use crate::stderr::stderr;

/// The descriptor of the standard input, by which root's socket comes.
const STANDARD_INPUT: i32 = 0;

/// So much is read of root at once.
const READ: usize = 32 * 1024;

/// Serves the root of this process id until it hangs up.
pub(crate) fn run(root: u32) -> Exit {
    let prepared = prepare(root).inspect(|_| stderr().attend());
    match prepared.and_then(|socket| serve(socket, root)) {
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
    let sap = host.sims().any(|sim| sim.sap().is_some());
    let started = Started { description: host.vendor_version().to_owned(), sap };
    FromChild::Started(started).put(&mut child.output);
    loop {
        child.pass_on(&host)?;
        child.write()?;
        if child.wait(&host)? {
            if !child.read()? {
                return Ok(Exit::Ok);
            }
            if let Some(sim) = child.carry_out(&host)? {
                sim.attend(ATTENTION);
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
        let sims: Vec<Sim> = host.sims().collect();
        let readable = |descriptor| PollFd::new(descriptor, PollFlags::POLLIN);
        let library = sims.iter().map(|sim| readable(sim.event_fd()));
        let saps = sims.iter().filter_map(Sim::sap).map(|sap| readable(sap.event_fd()));
        let mut waiting: Vec<PollFd<'_>> = std::iter::once(root).chain(library).chain(saps).collect();
        match poll(&mut waiting, PollTimeout::NONE) {
            Ok(_) => Ok(waiting.first().and_then(PollFd::any).unwrap_or(false)),
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

    /// Does what root said; of which SIM the one request among it was, if there was one.
    fn carry_out(&mut self, host: &VendorHost) -> io::Result<Option<Sim>> {
        let (mut used, mut requests, mut asked) = (0, 0, None);
        while let Some((record, taken)) = ToChild::split(&self.input[used..]).map_err(io::Error::other)? {
            match record {
                ToChild::Request(sim, lane, body) => {
                    if let Some(request) = Request::parse(body) {
                        let sim = served(host, sim)?;
                        sim.request(lane, request.code, request.serial, request.payload);
                        (requests, asked) = (requests + 1, Some(sim));
                    }
                }
                ToChild::GiveUp(sim, serial) => served(host, sim)?.cancel(serial),
                ToChild::Ask => FromChild::State(State::new(host.turn(), host.stats())).put(&mut self.output),
                ToChild::SapRequest { sim, serial, id, payload } => {
                    if let Some(sap) = served(host, sim)?.sap() {
                        sap.request(serial, id, payload);
                    }
                }
                ToChild::SapGiveUp(sim, serial) => {
                    if let Some(sap) = served(host, sim)?.sap() {
                        sap.cancel(serial);
                    }
                }
                ToChild::Start(_) => return Err(io::Error::other("root starts a second library")),
            }
            used += taken;
        }
        self.input.drain(..used);
        Ok(asked.filter(|_| requests == 1))
    }

    /// Takes what the library has said.
    fn pass_on(&mut self, host: &VendorHost) -> io::Result<()> {
        for (number, sim) in (0..).zip(host.sims()) {
            sim.drain(&mut self.frames);
            let mut rest = &self.frames[..];
            while let Some((body, used)) = frame::split(rest, RESPONSE_LIMIT).map_err(io::Error::other)? {
                FromChild::Frame(number, body).put(&mut self.output);
                rest = &rest[used..];
            }
            self.frames.clear();
        }
        for (number, sap) in (0..).zip(host.sims()).filter_map(|(number, sim)| Some((number, sim.sap()?))) {
            let mut messages = Vec::new();
            sap.drain(&mut messages);
            messages.into_iter().for_each(|message| FromChild::Sap(number, message).put(&mut self.output));
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

fn served(host: &VendorHost, number: u8) -> io::Result<Sim> {
    let sim = host.sim(number.into()).copied();
    sim.ok_or_else(|| io::Error::other(format!("root speaks of SIM {number}, which is not served")))
}
