//! Loading a vendor library and starting it, in the order in which rild does.
//!
//! The library is never unloaded: its threads, and callbacks that it has been given, live as long as the process.
//!
//! Reference: `rild/rild.c` (`main`), `libril/ril.cpp` (`RIL_register`).

use std::ffi::{CString, c_char, c_int};
use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW};
use ril_protocol::RilVersion;
use ril_protocol::dialect::Dialect;

use super::callbacks::{ENV, ENV_MULTI, SAP_ENV, SAP_ENV_MULTI, TABLE};
use super::functions::{Env, Init, RadioFunctions};
use super::host::Host;
use super::table::HostTable;
use super::{crash, forked};
use crate::host::{HostConfig, Sims, StartError};

/// NULLs behind the arguments: AOSP's rild writes past the end of its vector, and libraries were built against it.
const SPARE_ARGUMENTS: usize = 2;
/// Stack of the request thread, on which closed code runs that was written for the main thread's limits.
const STACK: usize = 8 << 20;
const LIBRIL: &str = "libril.so";
/// Libraries that wait for their modem to boot take seconds.
const START_PATIENCE: Duration = Duration::from_secs(10);

/// `rilproxy_attach` of our libril.so: 0, or -1 when it has another version of the table.
type Attach = unsafe extern "C" fn(*const HostTable) -> c_int;

/// `rilproxy_sims` of a vendor library of ours: for how many SIMs there are socket ids.
type TellSims = unsafe extern "C" fn(u8);

unsafe extern "C" {
    /// Where `getopt` goes on reading.
    static mut optind: c_int;
}

/// Whether libril would have taken this version, and we know its layouts.
pub(crate) fn is_served(version: c_int) -> bool {
    (RilVersion::OLDEST_ACCEPTED..=RilVersion::NEWEST).contains(&RilVersion(version))
}

/// Loads the library and calls its `RIL_Init` on this thread.
pub(crate) fn start(config: &HostConfig) -> Result<&'static Host, StartError> {
    let (sims, multi_sim) = count(config.sims);
    let mut arguments = Arguments::new(config)?;
    let eventfds = eventfds(sims)?;
    let host = Host::install(eventfds, multi_sim, config.frees_arguments, config.dialect.clone(), true);
    let host = host.ok_or(StartError::AlreadyStarted)?;
    let before = crash::Modules::loaded();
    if config.report_crashes {
        crash::install(&config.library);
    }
    forked::leave_nothing_behind();
    start_request_thread(host)?;

    if let Some(libril) = &config.libril {
        let loaded = load(libril, RTLD_NOW | RTLD_GLOBAL)?;
        attach(libril, &loaded)?;
    }
    let library = load(&config.library, RTLD_NOW | RTLD_LOCAL)?;
    if let Some(libril) = already_loaded(LIBRIL) {
        attach(Path::new(LIBRIL), &libril)?;
    }
    crash::blame_modules_since(&before);
    // SAFETY: a library that exports this symbol means the function of ril.h.
    let init = unsafe { library.get::<Init>(b"RIL_Init\0") };
    match init {
        Ok(init) => {
            let env: &'static Env = if multi_sim { &ENV_MULTI } else { &ENV };
            tell_sims(&library, config.sims);
            tracing::info!("starting the vendor library {} with {:?}", config.library.display(), config.args);
            let starts = tell_if_late(&config.library)?;
            // SAFETY: only getopt looks at it, in this thread.
            unsafe { optind = 1 };
            // SAFETY: as ril.h says: the table and the arguments live as long as the process.
            let functions = unsafe { init(env, arguments.count, arguments.pointers()) };
            drop(starts);
            take(host, &config.library, functions)?;
        }
        Err(_) if host.functions().is_some() => {}
        Err(error) => {
            return Err(StartError::NoInit { path: config.library.clone(), reason: error.to_string() });
        }
    }
    if config.sap {
        start_sap(host, config, &library, &mut arguments, sims)?;
    }
    crash::blame_modules_since(&before);
    crash::watch_exit();
    Ok(host)
}

/// Tells when the library has not started [after a while](START_PATIENCE): until it has, nobody is served, and nothing
/// else would say why. It has when what this gives is dropped.
fn tell_if_late(path: &Path) -> Result<Sender<()>, StartError> {
    let (starts, waits) = mpsc::channel();
    let path = path.display().to_string();
    let wait = move || {
        if waits.recv_timeout(START_PATIENCE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("RIL_Init of {path} has not returned for {} s", START_PATIENCE.as_secs());
        }
    };
    let spawned = std::thread::Builder::new().name("ril-start".to_owned()).spawn(wait);
    spawned.map_err(|error| StartError::System { what: "start a thread", error })?;
    Ok(starts)
}

/// Tells a library of ours how many SIMs there are, and whether there are socket ids; it refuses to start if it has
/// others.
fn tell_sims(library: &Library, sims: Sims) {
    // SAFETY: only libraries of ours have this symbol.
    if let Ok(tell) = unsafe { library.get::<TellSims>(b"rilproxy_sims\0") } {
        let with_socket_ids = match sims {
            Sims::One => 0,
            Sims::Several(sims) => sims.get(),
        };
        // SAFETY: it keeps a number.
        unsafe { tell(with_socket_ids) };
    }
}

/// Starts the SIM Access Profile, if the library has it; that it has not is no error, as in rild. The arguments are
/// those of `RIL_Init`, and as there, getopt has read them by now.
fn start_sap(
    host: &Host,
    config: &HostConfig,
    library: &Library,
    arguments: &mut Arguments,
    sims: usize,
) -> Result<(), StartError> {
    let path = config.library.display();
    // SAFETY: a library that exports this symbol means the function of ril.h.
    let Ok(init) = (unsafe { library.get::<Init>(b"RIL_SAP_Init\0") }) else {
        tracing::warn!("{path} has no symbol RIL_SAP_Init: there is no SIM Access Profile");
        return Ok(());
    };
    host.open_sap(eventfds(sims)?);
    let env: &'static Env = if config.sims == Sims::One { &SAP_ENV } else { &SAP_ENV_MULTI };
    // SAFETY: as ril.h says: the table and the arguments live as long as the process.
    let functions = unsafe { init(env, arguments.count, arguments.pointers()) };
    // SAFETY: NULL, or the table that ril.h describes.
    match unsafe { functions.as_ref() }.and_then(|functions| functions.on_request) {
        Some(on_request) => host.register_sap(on_request),
        None => tracing::warn!("RIL_SAP_Init of {path} returned no onRequest: there is no SIM Access Profile"),
    }
    Ok(())
}

/// How many SIMs, and whether there are socket ids.
fn count(sims: Sims) -> (usize, bool) {
    match sims {
        Sims::One => (1, false),
        Sims::Several(sims) => (sims.get().into(), true),
    }
}

/// Makes the host for a rild that loads its library itself and registers it (`RIL_register`).
pub(crate) fn host_for_foreign_rild(sims: Sims) -> Result<&'static Host, StartError> {
    let (sims, multi_sim) = count(sims);
    let host = Host::install(eventfds(sims)?, multi_sim, false, Dialect::default(), false)
        .ok_or(StartError::AlreadyStarted)?;
    start_request_thread(host)?;
    Ok(host)
}

fn eventfds(sims: usize) -> Result<Vec<File>, StartError> {
    let eventfds = (0..sims).map(|_| super::eventfd()).collect::<Result<_, _>>();
    eventfds.map_err(|error| StartError::System { what: "create an eventfd", error })
}

fn start_request_thread(host: &'static Host) -> Result<(), StartError> {
    std::thread::Builder::new()
        .name("ril-request".to_owned())
        .stack_size(STACK)
        .spawn(move || host.run())
        .map_err(|error| StartError::System { what: "start the request thread", error })?;
    Ok(())
}

/// Registers what `RIL_Init` returned.
fn take(host: &Host, path: &Path, functions: *const RadioFunctions) -> Result<(), StartError> {
    let path = || path.to_owned();
    // SAFETY: NULL, or the table that ril.h describes.
    let Some(functions) = (unsafe { functions.as_ref() }) else {
        return if host.functions().is_some() { Ok(()) } else { Err(StartError::InitFailed { path: path() }) };
    };
    if !is_served(functions.version) {
        return Err(StartError::Version { path: path(), version: RilVersion(functions.version) });
    }
    if functions.on_request.is_none() {
        return Err(StartError::MissingFunction { path: path(), name: "onRequest" });
    }
    if functions.on_state_request.is_none() {
        return Err(StartError::MissingFunction { path: path(), name: "onStateRequest" });
    }
    if !host.register(*functions) {
        tracing::info!("the vendor library had called RIL_register before RIL_Init returned; that registration counts");
    }
    Ok(())
}

/// Loads a library for ever, since its code may run from now on, whatever goes wrong later.
fn load(path: &Path, flags: c_int) -> Result<ManuallyDrop<Library>, StartError> {
    // SAFETY: loading runs the library's constructors, which is what the configuration asks for.
    let library = unsafe { Library::open(Some(path), flags) };
    let failed = |error: libloading::Error| StartError::Open { path: path.to_owned(), reason: error.to_string() };
    library.map(ManuallyDrop::new).map_err(failed)
}

/// A library that is loaded, by its soname.
fn already_loaded(soname: &str) -> Option<Library> {
    // SAFETY: with RTLD_NOLOAD nothing is loaded and no constructor runs.
    unsafe { Library::open(Some(soname), RTLD_NOW | libc::RTLD_NOLOAD) }.ok()
}

/// Gives libril.so our table. A libril.so of somebody else's would leave the vendor library talking to nobody.
fn attach(path: &Path, libril: &Library) -> Result<(), StartError> {
    // SAFETY: only our libril.so has this symbol.
    let attach = unsafe { libril.get::<Attach>(b"rilproxy_attach\0") };
    let attach = attach.map_err(|_| StartError::ForeignLibril { path: path.to_owned() })?;
    // SAFETY: the table lives as long as the process.
    match unsafe { attach(&raw const TABLE) } {
        0 => Ok(()),
        _ => Err(StartError::ForeignLibril { path: path.to_owned() }),
    }
}

/// `argv` of `RIL_Init`. Leaked, since libraries keep pointers into it.
struct Arguments {
    count: c_int,
    vector: &'static mut [*mut c_char],
}

impl Arguments {
    fn new(config: &HostConfig) -> Result<Self, StartError> {
        let words = std::iter::once(config.program.as_str())
            .chain(config.args.iter().map(String::as_str))
            .chain(config.client_id.iter().flat_map(|id| ["-c", id.as_str()]));
        let words: Vec<CString> = words
            .map(|word| CString::new(word).map_err(|_| StartError::Argument { argument: word.to_owned() }))
            .collect::<Result<_, _>>()?;
        let count = c_int::try_from(words.len()).map_err(|_| StartError::TooManyArguments)?;
        let mut vector: Vec<*mut c_char> = words.into_iter().map(CString::into_raw).collect();
        vector.resize(vector.len() + 1 + SPARE_ARGUMENTS, std::ptr::null_mut());
        Ok(Self { count, vector: Vec::leak(vector) })
    }

    fn pointers(&mut self) -> *mut *mut c_char {
        self.vector.as_mut_ptr()
    }
}
