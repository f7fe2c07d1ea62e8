//! The generated code of the messages is that of sap.proto.

use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn generate(into: &Path) {
    let files = protox::compile(["sap.proto"], [folder()]).unwrap();
    let mut config = prost_build::Config::new();
    config.out_dir(into);
    // They hold what goes to and from the SIM, PINs and keys among it, which nothing may show by accident.
    config.skip_debug(["."]);
    config.enum_attribute(".", "#[derive(Debug)]");
    config.compile_fds(files).unwrap();
}

#[test]
fn the_generated_file_is_that_of_the_proto_file() {
    let made = tempfile::tempdir().unwrap();
    generate(made.path());
    let generated = std::fs::read(made.path().join("ril_sap.rs")).unwrap();
    let committed = folder().join("generated.rs");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&committed, &generated).unwrap();
    }
    let same = std::fs::read(&committed).is_ok_and(|bytes| bytes == generated);
    assert!(same, "{} is old: run this test with UPDATE_EXPECT=1", committed.display());
}
