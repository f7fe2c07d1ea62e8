//! Builds the C vendor libraries of `tests/vendor`, with the C compiler of the machine (`$CC`, else `cc`).
//!
//! They are C on purpose: a vendor library is loaded into our process through an ABI that only C defines, and a test
//! vendor in Rust would share our mistakes. What each library does, and every misbehaviour it has on command, stands in
//! the table at the top of its source, `libawkward.c`, `liblinked.c`, `libwrapper.c` and `libdialect.c`.
//!
//! Everything here panics with the compiler's words when something cannot be built; there is no test without it.
//! Reference for the layouts: Android's `ril.h`, versions 6 to 15.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, id};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

/// An environment variable. A test that starts a process of its own sets it there when it has built what that needs.
pub const ALREADY_BUILT: &str = "RILD_PROXY_TESTS_BUILT";

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vendor");
const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-g"];
const SHARED: [&str; 5] = ["-pthread", "-shared", "-fPIC", "-Wl,-z,now", "-Wl,-z,defs"];

/// `libawkward.so`: right, but awkward in every way that real vendors are, and wrong on command.
pub fn awkward() -> PathBuf {
    once("libawkward.so", |command| {
        command.args(SHARED).arg("-fvisibility=hidden").args(awkward_sources());
    })
}

/// `libawkward.so` for hosts with the multi-SIM ABI, where a socket id is the last argument.
pub fn awkward_multi_sim() -> PathBuf {
    once("libawkward-msim.so", |command| {
        command.args(SHARED).args(["-fvisibility=hidden", "-DANDROID_MULTI_SIM"]).args(awkward_sources());
    })
}

/// `liblinked.so`: needs `libril.so` (not found by any path that is built in) and uses its exports by name.
pub fn linked() -> PathBuf {
    let libril = link_time_libril();
    once("liblinked.so", |command| link_with(command, &libril))
}

/// `liblinked.so`, linked against this `libril.so`; fails unless that has every export which vendors use.
pub fn linked_against(libril: &Path) -> PathBuf {
    once("liblinked-real.so", |command| link_with(command, libril))
}

/// `libwrapper.so`: wraps the library that its first argument names, and looks behind tokens, where libril keeps its
/// own.
pub fn wrapper() -> PathBuf {
    once("libwrapper.so", |command| {
        command.args(SHARED).arg("-fvisibility=hidden").arg(source("libwrapper.c")).arg("-ldl");
    })
}

/// The same for hosts with the multi-SIM ABI.
pub fn wrapper_multi_sim() -> PathBuf {
    once("libwrapper-msim.so", |command| {
        command.args(SHARED).args(["-fvisibility=hidden", "-DANDROID_MULTI_SIM"]);
        command.arg(source("libwrapper.c")).arg("-ldl");
    })
}

/// `libdialect.so`: numbers of its own for messages of ril.h, and messages that ril.h does not have.
pub fn dialect() -> PathBuf {
    once("libdialect.so", |command| {
        command.args(SHARED).arg("-fvisibility=hidden").arg(source("libdialect.c"));
    })
}

/// A `libril.so` that satisfies the dynamic linker and aborts when one of its functions is called. In a folder of its
/// own, so that it is found only when asked for.
pub fn link_time_libril() -> PathBuf {
    once("link-time/libril.so", |command| {
        command.args(SHARED).arg("-Wl,-soname,libril.so").arg(source("libril_stub.c"));
    })
}

/// A rild in C that knows nothing but libril's exports, linked against this `libril.so`: `rild LIBRARY [ARGUMENT...]`.
/// Finds that library by `LD_LIBRARY_PATH` only.
pub fn rild_linked_against(libril: &Path) -> PathBuf {
    once("vendor-rild", |command| {
        let folder = libril.parent().expect("a library lies in a folder");
        command.arg("-pthread").arg(source("rild.c")).arg("-L").arg(folder).args(["-l:libril.so", "-ldl"]);
    })
}

/// The same of a rild with several SIMs.
pub fn rild_multi_sim_linked_against(libril: &Path) -> PathBuf {
    once("vendor-rild-msim", |command| {
        let folder = libril.parent().expect("a library lies in a folder");
        command.args(["-pthread", "-DANDROID_MULTI_SIM"]).arg(source("rild.c"));
        command.arg("-L").arg(folder).args(["-l:libril.so", "-ldl"]);
    })
}

/// The small C host that checks the libraries themselves: `host LIBRARY SCENARIO [VENDOR ARGUMENT...]`.
pub fn host() -> PathBuf {
    once("vendor-host", |command| {
        command.args(["-pthread", "-rdynamic"]).arg(source("host.c")).arg("-ldl");
    })
}

/// The same for the multi-SIM ABI; it says everything on the second socket.
pub fn host_multi_sim() -> PathBuf {
    once("vendor-host-msim", |command| {
        command.args(["-pthread", "-rdynamic", "-DANDROID_MULTI_SIM"]).arg(source("host.c")).arg("-ldl");
    })
}

/// A named pipe, for `-u` of `libawkward.so`: it ends a `block`.
#[derive(Debug)]
pub struct Fifo {
    path: String,
    _folder: TempDir,
}

impl Fifo {
    /// Makes one, in a folder of its own that goes with it.
    pub fn make() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("fifo").into_os_string().into_string().expect("it has a plain name");
        let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo starts");
        assert!(made.success(), "mkfifo {path}: {made}");
        Self { path, _folder: folder }
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Lets the library go on.
    pub fn unblock(&self) {
        let mut pipe = OpenOptions::new().write(true).open(&self.path).expect("the library holds the other end");
        pipe.write_all(b"x").expect("the pipe has room");
    }
}

/// A target whose structure layout can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The machine that runs the tests.
    Native,
    /// 32-bit x86: 64-bit integers are aligned to 4.
    I386,
    /// 32-bit Arm: 64-bit integers are aligned to 8.
    Arm,
}

/// Where one field lies. A row without a dot in its name is a whole structure, at offset 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `RIL_Dial` or `RIL_Dial.address`; members of unions `RIL_CellInfo.CellInfo.gsm`.
    pub name: String,
    /// Bytes from the beginning of the structure.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
}

/// The C layout of every structure in `ril_abi.h`, or `None` when this machine has no compiler for the target.
/// Nothing is linked or run, so no foreign libc is needed.
pub fn layout(target: Target) -> Option<Vec<Row>> {
    let compilers = match target {
        Target::Native => vec![(c_compiler(), None)],
        Target::I386 => vec![(c_compiler(), Some("-m32")), ("clang".into(), Some("--target=i386-linux-gnu"))],
        Target::Arm => {
            vec![("clang".into(), Some("--target=armv7a-linux-gnueabihf")), ("arm-linux-gnueabihf-gcc".into(), None)]
        }
    };
    let assembly = compilers.iter().find_map(|(compiler, target_flag)| {
        let mut command = Command::new(compiler);
        command.args(target_flag).args(WARNINGS).args(["-S", "-ffreestanding", "-o", "-"]).arg(source("layout.c"));
        let output = command.output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    })?;
    Some(assembly.lines().filter_map(layout_row).collect())
}

/// Reads a row out of a line like `.ascii "-> RIL_Dial.address 0 8"`.
fn layout_row(line: &str) -> Option<Row> {
    let (_, row) = line.split_once("\"-> ")?;
    let mut words = row.trim_end().trim_end_matches('"').split(' ');
    let name = words.next()?.to_owned();
    Some(Row { name, offset: words.next()?.parse().ok()?, size: words.next()?.parse().ok()? })
}

fn source(name: &str) -> PathBuf {
    Path::new(SOURCES).join(name)
}

fn awkward_sources() -> Vec<PathBuf> {
    let parts = fs::read_dir(source("awkward")).expect("the sources are there");
    let mut sources: Vec<_> = parts
        .map(|entry| entry.expect("the sources can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    sources.sort();
    sources.push(source("libawkward.c"));
    sources
}

/// By name, not by path: the path would end up in the library's `DT_NEEDED`.
fn link_with(command: &mut Command, libril: &Path) {
    let folder = libril.parent().expect("a library lies in a folder");
    command.args(SHARED).arg(source("liblinked.c")).arg("-L").arg(folder).arg("-l:libril.so");
}

/// Compiles once per process, to a folder beside the test executable. The finished file replaces an older one in one
/// step, so other test processes may load or build the same at the same time.
fn once(name: &'static str, sources_and_flags: impl FnOnce(&mut Command)) -> PathBuf {
    static BUILT: Mutex<Option<HashMap<&str, PathBuf>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    if let Some(path) = built.get(name) {
        return path.clone();
    }

    let path = output_folder().join(name);
    if std::env::var_os(ALREADY_BUILT).is_some() {
        return path;
    }
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the folder can be made");
    let mut unfinished = OsString::from(&path);
    unfinished.push(format!(".{}", id()));

    let mut command = Command::new(c_compiler());
    command.args(WARNINGS);
    sources_and_flags(&mut command);
    command.arg("-o").arg(&unfinished);
    let output = command.output().unwrap_or_else(|error| panic!("no C compiler, see $CC: {error}"));
    assert!(output.status.success(), "cannot build {name}:\n{}", String::from_utf8_lossy(&output.stderr));
    fs::rename(&unfinished, &path).expect("the finished file can be moved");
    built.insert(name, path.clone());
    path
}

fn c_compiler() -> OsString {
    std::env::var_os("CC").unwrap_or_else(|| "cc".into())
}

fn output_folder() -> PathBuf {
    let executable = std::env::current_exe().expect("a test knows its executable");
    executable.with_file_name("vendor")
}
