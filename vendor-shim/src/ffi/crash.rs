//! One clear line when closed code takes the process down: what happened, where, and during which request.
//!
//! A crash is not survived. The handler writes its line and lets the signal have its default effect, so that debuggers
//! and crash collectors see it as ever. Everything that the handler does is async-signal-safe: it formats into its own
//! stack, reads memory through the kernel, and takes no lock. It does not wait for ever for somebody to read its line.
//!
//! Reference: signal-safety(7), sigaltstack(2), dl_iterate_phdr(3).

use std::ffi::{CStr, c_int, c_void};
use std::fmt::{self, Write};
use std::ops::Range;
use std::os::fd::IntoRawFd;
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};

use ril_protocol::RequestCode;

use super::standard_descriptors::duplicate_above_standard;

/// What the handler reports on.
const SIGNALS: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT];
const STACK: usize = 64 << 10;
/// How far up the stack the handler looks for a return address into the vendor library, and in what steps.
const SCANNED_BYTES: usize = 64 << 10;
const STEP_WORDS: usize = 64;
const NOTHING: i32 = 0;
const TIMED_CALLBACK: i32 = -1;
const STATE_REQUEST: i32 = -2;
const VERSION_REQUEST: i32 = -3;
/// A message of the SIM Access Profile is this plus its number, as far as that is one.
const SAP: i32 = i32::MIN;
const SAP_LAST: i32 = SAP + (1 << 16);

/// What the request thread is doing: [`NOTHING`], [`TIMED_CALLBACK`], [`STATE_REQUEST`], [`VERSION_REQUEST`], [`SAP`]
/// and more, or the code of a request.
static DOING: AtomicI32 = AtomicI32::new(NOTHING);
static REQUEST_THREAD: AtomicI32 = AtomicI32::new(0);
/// The modules that came with the vendor library; leaked whenever they change.
static BLAMED: AtomicPtr<Vec<Module>> = AtomicPtr::new(std::ptr::null_mut());
/// The library as it was configured; leaked.
static LIBRARY: AtomicPtr<String> = AtomicPtr::new(std::ptr::null_mut());
static EXIT_EXPECTED: AtomicBool = AtomicBool::new(false);
/// The process that the handler was installed in. Those that the library forks have the handler too, until they execute
/// something, and their ends are not ours.
static PROCESS: AtomicI32 = AtomicI32::new(0);
/// Where the line goes: what is standard error when the library is loaded, which may do with that what it likes. Forked
/// processes have only their own.
static OUTPUT: AtomicI32 = AtomicI32::new(libc::STDERR_FILENO);
/// So many milliseconds whoever reads the line may let the end wait.
const PATIENCE: c_int = 1000;

/// A loaded executable or shared object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Module {
    name: String,
    start: usize,
    end: usize,
}

/// What is loaded at one time.
#[derive(Debug, Default)]
pub(crate) struct Modules(Vec<Module>);

impl Modules {
    /// Asks the dynamic linker.
    pub(crate) fn loaded() -> Self {
        let mut modules = Self::default();
        // SAFETY: `note` gets the address of `modules`, which outlives the call.
        unsafe { libc::dl_iterate_phdr(Some(note), (&raw mut modules).cast()) };
        modules
    }

    /// Where the one lies that has this address in it.
    pub(super) fn around(&self, address: usize) -> Range<usize> {
        let places = self.0.iter().map(|module| module.start..module.end);
        places.into_iter().find(|place| place.contains(&address)).unwrap_or_default()
    }
}

/// # Safety
/// As dl_iterate_phdr calls it, with a [`Modules`] as its `data`.
unsafe extern "C" fn note(info: *mut libc::dl_phdr_info, _size: usize, data: *mut c_void) -> c_int {
    // SAFETY: as the caller promises.
    let (info, modules) = unsafe { (&*info, &mut *data.cast::<Modules>()) };
    let name = if info.dlpi_name.is_null() {
        String::new()
    } else {
        // SAFETY: not NULL, so the linker's own string.
        unsafe { CStr::from_ptr(info.dlpi_name) }.to_string_lossy().into_owned()
    };
    let headers = if info.dlpi_phdr.is_null() {
        &[]
    } else {
        // SAFETY: the linker says how many there are.
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) }
    };
    let base = info.dlpi_addr as usize;
    let mut module = Module { name, start: usize::MAX, end: 0 };
    for header in headers.iter().filter(|header| header.p_type == libc::PT_LOAD) {
        let start = base.wrapping_add(header.p_vaddr as usize);
        module.start = module.start.min(start);
        module.end = module.end.max(start.wrapping_add(header.p_memsz as usize));
    }
    modules.0.push(module);
    0
}

/// From now on, code in modules that were not loaded at `before` is the vendor library's.
pub(crate) fn blame_modules_since(before: &Modules) {
    let new = Modules::loaded().0.into_iter().filter(|module| !before.0.contains(module)).collect();
    BLAMED.store(Box::into_raw(Box::new(new)), Ordering::Release);
}

/// Reports crashes and calls of `exit()` from now on.
pub(crate) fn install(library: &Path) {
    PROCESS.store(process_id(), Ordering::Relaxed);
    LIBRARY.store(Box::into_raw(Box::new(library.display().to_string())), Ordering::Release);
    if let Ok(output) = duplicate_above_standard(std::io::stderr()) {
        OUTPUT.store(output.into_raw_fd(), Ordering::Release);
    }
    give_this_thread_a_stack();
    for signal in SIGNALS {
        // SAFETY: a zeroed sigaction is an empty one.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = on_signal as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND;
        // SAFETY: the action is complete, and its handler is written for signals.
        unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
    }
    watch_exit();
}

/// Asks to be called by `exit()` before whatever has asked until now. Without crash reports, does nothing.
pub(crate) fn watch_exit() {
    if !LIBRARY.load(Ordering::Acquire).is_null() {
        // SAFETY: the function stays where it is, since the host's code is never unloaded. A full table is no harm.
        unsafe { libc::atexit(on_exit) };
    }
}

/// An `exit()` from now on is our own.
pub(crate) fn expect_exit() {
    EXIT_EXPECTED.store(true, Ordering::Release);
}

/// Lets the handler run on this thread even when its stack has overflowed.
pub(crate) fn give_this_thread_a_stack() {
    let memory = vec![0_u8; STACK].leak();
    let stack = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: STACK };
    // SAFETY: the memory is leaked, so it outlives the thread.
    unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) };
}

/// This is the request thread.
pub(crate) fn this_is_the_request_thread() {
    REQUEST_THREAD.store(thread_id(), Ordering::Relaxed);
}

/// `onRequest` is about to be called.
pub(crate) fn request_begins(code: RequestCode) {
    DOING.store(code.0, Ordering::Relaxed);
}

/// `onRequest` of the SIM Access Profile is about to be called.
pub(crate) fn sap_request_begins(id: i32) {
    DOING.store(SAP + id.clamp(0, SAP_LAST - SAP), Ordering::Relaxed);
}

/// A timed callback is about to be called.
pub(crate) fn timed_callback_begins() {
    DOING.store(TIMED_CALLBACK, Ordering::Relaxed);
}

/// `onStateRequest` is about to be called.
pub(crate) fn state_request_begins() {
    DOING.store(STATE_REQUEST, Ordering::Relaxed);
}

/// `getVersion` is about to be called.
pub(crate) fn version_request_begins() {
    DOING.store(VERSION_REQUEST, Ordering::Relaxed);
}

/// The library has returned.
pub(crate) fn library_returned() {
    DOING.store(NOTHING, Ordering::Relaxed);
}

/// # Safety
/// As the kernel calls a handler with SA_SIGINFO.
unsafe extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let mut line = Line::new();
    let name = match signal {
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        _ => "SIGABRT",
    };
    line.add(format_args!("rild-proxy: {name}"));
    // SAFETY: the kernel's own. Which of its fields are there depends on the code: above zero, it is a fault.
    unsafe {
        match (*info).si_code {
            1.. => line.add(format_args!(" at address {:#x}", (*info).si_addr().addr())),
            _ if (*info).si_pid() == libc::getpid() => {}
            _ => line.add(format_args!(" sent by process {}", (*info).si_pid())),
        }
    }
    line.add(format_args!(" in "));
    if is_forked() {
        line.add(format_args!("process {}, which the vendor library has forked, ", process_id()));
    }
    line.add_thread();
    // SAFETY: the kernel's own.
    let (pc, sp) = unsafe { registers(context.cast()) };
    if let Some((module, offset)) = vendor_code(pc) {
        line.add(format_args!(", inside the vendor library ({}+{offset:#x})", base_name(&module.name)));
    } else if let Some((module, offset)) = vendor_caller(sp) {
        line.add(format_args!(", called by the vendor library ({}+{offset:#x})", base_name(&module.name)));
    } else {
        line.add(format_args!(", outside the vendor library"));
    }
    line.add_doing();
    line.finish();
    // SA_RESETHAND has restored the default action. A fault happens again when we return; a signal that was sent, or
    // raised by abort(), is raised again and arrives when we return.
    // SAFETY: raise() is async-signal-safe.
    unsafe { libc::raise(signal) };
}

extern "C" fn on_exit() {
    static ONCE: Once = Once::new();
    if EXIT_EXPECTED.load(Ordering::Acquire) || is_forked() {
        return;
    }
    ONCE.call_once(|| {
        let mut line = Line::new();
        line.add(format_args!("rild-proxy: the vendor library has called exit() in "));
        line.add_thread();
        line.add_doing();
        line.finish();
    });
}

fn vendor_code(address: usize) -> Option<(&'static Module, usize)> {
    // SAFETY: NULL, or leaked.
    let modules = unsafe { BLAMED.load(Ordering::Acquire).as_ref() }?;
    let module = modules.iter().find(|module| (module.start..module.end).contains(&address))?;
    Some((module, address - module.start))
}

/// The first word on the stack that is an address in the vendor library: as a rule the innermost return address into
/// it.
fn vendor_caller(sp: usize) -> Option<(&'static Module, usize)> {
    let mut words = [0_usize; STEP_WORDS];
    let size = size_of_val(&words);
    for start in (sp..sp.checked_add(SCANNED_BYTES)?).step_by(size) {
        let got = read_own_memory(start, &mut words);
        let found = words.get(..got)?.iter().find_map(|word| vendor_code(*word));
        if found.is_some() || got < STEP_WORDS {
            return found;
        }
    }
    None
}

/// Reads memory that may not be there; the number of words read.
fn read_own_memory(address: usize, words: &mut [usize; STEP_WORDS]) -> usize {
    let local = libc::iovec { iov_base: words.as_mut_ptr().cast(), iov_len: size_of_val(words) };
    let remote = libc::iovec { iov_base: address as *mut c_void, iov_len: size_of_val(words) };
    // SAFETY: the kernel writes to `words` only, and fails on an address that is not mapped.
    let got = unsafe { libc::process_vm_readv(libc::getpid(), &raw const local, 1, &raw const remote, 1, 0) };
    usize::try_from(got).unwrap_or(0) / size_of::<usize>()
}

/// Where the thread was, and its stack pointer; zeros on a machine that we do not know.
///
/// # Safety
/// `context` must be what the kernel gave to a signal handler.
#[allow(clippy::cast_sign_loss, reason = "registers are signed in libc")]
unsafe fn registers(context: *const libc::ucontext_t) -> (usize, usize) {
    // SAFETY: as the caller promises.
    let machine = unsafe { &(*context).uc_mcontext };
    #[cfg(target_arch = "x86_64")]
    return (machine.gregs[libc::REG_RIP as usize] as usize, machine.gregs[libc::REG_RSP as usize] as usize);
    #[cfg(target_arch = "x86")]
    return (machine.gregs[libc::REG_EIP as usize] as usize, machine.gregs[libc::REG_ESP as usize] as usize);
    #[cfg(target_arch = "aarch64")]
    return (machine.pc as usize, machine.sp as usize);
    #[cfg(target_arch = "arm")]
    return (machine.arm_pc as usize, machine.arm_sp as usize);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64", target_arch = "arm")))]
    {
        let _unknown = machine;
        (0, 0)
    }
}

/// Whether this process is one that the library has forked.
fn is_forked() -> bool {
    process_id() != PROCESS.load(Ordering::Relaxed)
}

fn process_id() -> i32 {
    // SAFETY: no pointers are involved.
    unsafe { libc::getpid() }
}

fn thread_id() -> i32 {
    // SAFETY: no pointers are involved.
    let id = unsafe { libc::syscall(libc::SYS_gettid) };
    i32::try_from(id).unwrap_or(0)
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A line of text on its way to stderr, cut where it gets too long.
struct Line {
    text: [u8; 512],
    len: usize,
}

impl Line {
    fn new() -> Self {
        Self { text: [0; 512], len: 0 }
    }

    fn add(&mut self, words: fmt::Arguments<'_>) {
        // Only what does not fit fails, and that is cut off on purpose.
        let _cut = self.write_fmt(words);
    }

    fn add_thread(&mut self) {
        let mut name = [0_u8; 16];
        // SAFETY: the kernel writes at most 16 bytes.
        unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
        let name = CStr::from_bytes_until_nul(&name).ok().and_then(|name| name.to_str().ok()).unwrap_or("?");
        self.add(format_args!("thread {} \"{name}\"", thread_id()));
    }

    fn add_doing(&mut self) {
        let here = thread_id() == REQUEST_THREAD.load(Ordering::Relaxed);
        self.add(format_args!("{}", if here { ", " } else { ", while the request thread was " }));
        match DOING.load(Ordering::Relaxed) {
            NOTHING => self.add(format_args!("idle")),
            TIMED_CALLBACK => self.add(format_args!("in a timed callback")),
            STATE_REQUEST => self.add(format_args!("in onStateRequest")),
            VERSION_REQUEST => self.add(format_args!("in getVersion")),
            sap @ SAP..=SAP_LAST => {
                self.add(format_args!("in onRequest of the SIM Access Profile for message {}", sap - SAP));
            }
            code => {
                let code = RequestCode(code);
                self.add(format_args!("in onRequest for {} ({})", code.name().unwrap_or("?"), code.0));
            }
        }
        // SAFETY: NULL, or leaked.
        if let Some(library) = unsafe { LIBRARY.load(Ordering::Acquire).as_ref() } {
            self.add(format_args!("; the vendor library is {library}"));
        }
    }

    fn finish(&mut self) {
        let len = self.len.min(self.text.len() - 1);
        self.text[len] = b'\n';
        let output = if is_forked() { libc::STDERR_FILENO } else { OUTPUT.load(Ordering::Acquire) };
        let mut ready = libc::pollfd { fd: output, events: libc::POLLOUT, revents: 0 };
        // SAFETY: poll() is async-signal-safe, and given one of ours.
        if unsafe { libc::poll(&raw mut ready, 1, PATIENCE) } == 1 {
            // SAFETY: the bytes are ours. There is nobody to tell of a failure.
            unsafe { libc::write(output, self.text.as_ptr().cast(), len + 1) };
        }
    }
}

impl Write for Line {
    fn write_str(&mut self, words: &str) -> fmt::Result {
        let room = self.text.len() - 1 - self.len;
        let fits = words.len().min(room);
        self.text[self.len..self.len + fits].copy_from_slice(&words.as_bytes()[..fits]);
        self.len += fits;
        if fits == words.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_its_end_and_stays_a_line() {
        let mut line = Line::new();
        for _ in 0..100 {
            line.add(format_args!("0123456789"));
        }
        assert_eq!(line.len, 511);
        line.add(format_args!("x"));
        assert_eq!(line.len, 511);
    }

    #[test]
    fn the_linker_names_its_modules_and_their_places() {
        let modules = Modules::loaded();
        let here = the_linker_names_its_modules_and_their_places as *const () as usize;
        assert!(modules.0.iter().any(|module| (module.start..module.end).contains(&here)));
        assert!(modules.0.iter().any(|module| module.name.contains("libc.so")));
    }

    #[test]
    fn memory_that_is_not_there_is_not_read() {
        let mut words = [0; STEP_WORDS];
        assert_eq!(read_own_memory(0, &mut words), 0);
        let source: Vec<usize> = (0..STEP_WORDS).collect();
        assert_eq!(read_own_memory(source.as_ptr().addr(), &mut words), STEP_WORDS);
        assert_eq!(words[..], source[..]);
    }
}
