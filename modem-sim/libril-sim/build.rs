//! Gives the shared library the name under which a rild loads it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libril-sim.so");
}
