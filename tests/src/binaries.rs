//! The programs and libraries under test.
//!
//! Cargo tells a test only of the programs of its own package, and a dependency on a library does not build the
//! programs beside it. So they are built here, by the cargo that runs the tests, in the same profile and target folder:
//! what a test runs is never older than its sources.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// One of our programs on a device: `rild-proxy` or `rilctl`.
///
/// # Panics
/// With cargo's words when it cannot be built.
pub fn program(name: &str) -> PathBuf {
    folder().join(name)
}

/// The program `rild-proxy`, with the simulated modem beside it.
///
/// # Panics
/// With cargo's words when it cannot be built.
pub fn rild_proxy() -> PathBuf {
    program("rild-proxy")
}

/// The simulated modem, a vendor library.
///
/// # Panics
/// With cargo's words when it cannot be built.
pub fn simulated_modem() -> PathBuf {
    folder().join("libril_sim.so")
}

/// `librilproxy.so`, the vendor library that connects a stock rild to root.
///
/// # Panics
/// With cargo's words when it cannot be built.
pub fn librilproxy() -> PathBuf {
    folder().join("librilproxy.so")
}

/// The program `rilctl`.
///
/// # Panics
/// With cargo's words when it cannot be built.
pub fn rilctl() -> PathBuf {
    program("rilctl")
}

/// The program `voip-bridge`.
///
/// # Panics
/// With cargo's words when it cannot be built.
pub fn voip_bridge() -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    let folder = test_folder();
    BUILT.get_or_init(|| build(&folder, &["voip-bridge"]));
    folder.join("voip-bridge")
}

/// Where the programs are, built once per test process.
fn folder() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = test_folder();
        build(&folder, &["rild-proxy", "libril-sim", "rilproxy"]);
        folder
    })
}

fn test_folder() -> PathBuf {
    let test = env::current_exe().expect("a test knows its executable");
    test.ancestors().nth(2).expect("a test lies in TARGET/PROFILE/deps").to_owned()
}

fn build(folder: &Path, packages: &[&str]) {
    let target = folder.parent().expect("a profile's folder lies in the target folder");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet"]).args(packages.iter().flat_map(|package| ["--package", package]));
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    cargo.arg("--target-dir").arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
    // What cargo has told this test of its own package makes build scripts run again that look at such things.
    for (name, _) in env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of_test| name.to_string_lossy().starts_with(of_test)) {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().unwrap_or_else(|error| panic!("cargo: {error}"));
    assert!(output.status.success(), "cargo build:\n{}", String::from_utf8_lossy(&output.stderr));
}
