//! The generated code and the description of the control protocol are those of control.proto.

use std::path::{Path, PathBuf};

use prost::Message;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/control")
}

/// Fields whose JSON is the name in ril.h of their number.
const NAMED: &[(&str, &str)] = &[
    ("Phone.radio", "radio"),
    ("Status.radio", "radio"),
    ("Radio.state", "radio"),
    ("Call.state", "call_state"),
    ("Call.number_presentation", "presentation"),
    ("SimAccess.modem", "sim_access_modem"),
    ("SimAccess.session", "sim_access_session"),
    ("Sms.unsolicited", "unsolicited"),
    ("Sms.state", "sms_state"),
    ("Denied.request", "request"),
    ("Denied.errno", "errno"),
    ("TimedOut.request", "request"),
];

fn generate(into: &Path) {
    let mut files = protox::compile(["control.proto"], [folder()]).unwrap();
    let package = ".rild_proxy.control.v1";
    let mut config = prost_build::Config::new();
    config.out_dir(into);
    config.type_attribute(".", "#[derive(serde::Serialize)]");
    config.type_attribute(format!("{package}.Event.what"), "#[serde(tag = \"event\", rename_all = \"snake_case\")]");
    // Without the package it is the field alone; with it, the variants too.
    config.field_attribute("Event.what", "#[serde(flatten)]");
    config.field_attribute(format!("{package}.Event.phone"), "#[serde(skip_serializing_if = \"String::is_empty\")]");
    for (field, name) in NAMED {
        let attribute = format!("#[serde(serialize_with = \"super::names::{name}\")]");
        config.field_attribute(format!("{package}.{field}"), attribute);
    }
    // By far the largest answer.
    config.boxed(format!("{package}.Reply.answer.status"));
    config.compile_fds(files.clone()).unwrap();
    // Comments are in the code; the description that the daemon hands out does without.
    for file in &mut files.file {
        file.source_code_info = None;
    }
    std::fs::write(into.join("description.bin"), files.encode_to_vec()).unwrap();
}

#[test]
fn generated_files_are_those_of_the_proto_file() {
    let folder = folder();
    let made = tempfile::tempdir().unwrap();
    generate(made.path());
    for (generated, committed) in [("rild_proxy.control.v1.rs", "generated.rs"), ("description.bin", "description.bin")]
    {
        let generated = std::fs::read(made.path().join(generated)).unwrap();
        let committed = folder.join(committed);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&committed, &generated).unwrap();
        }
        let same = std::fs::read(&committed).is_ok_and(|bytes| bytes == generated);
        assert!(same, "{} is old: run this test with UPDATE_EXPECT=1", committed.display());
    }
}
