//! The generated code is that of trace.proto.

use std::path::Path;

#[test]
fn generated_code_is_that_of_the_proto_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/format");
    let files = protox::compile(["trace.proto"], [&folder]).unwrap();
    let made = tempfile::tempdir().unwrap();
    prost_build::Config::new().out_dir(made.path()).bytes(["."]).compile_fds(files).unwrap();
    let generated = std::fs::read(made.path().join("ril_trace.v1.rs")).unwrap();
    let committed = folder.join("generated.rs");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&committed, &generated).unwrap();
    }
    let same = std::fs::read(&committed).is_ok_and(|bytes| bytes == generated);
    assert!(same, "{} is old: run this test with UPDATE_EXPECT=1", committed.display());
}
