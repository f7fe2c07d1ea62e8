//! The systemd unit of `examples`: that systemd understands it, and that it gives the service little.

use std::path::Path;
use std::process::Command;

/// The worst exposure that `systemd-analyze security` may find, in tenths; 100 is that of a service without any limits.
const EXPOSURE: &str = "--threshold=15";

#[test]
fn the_unit_is_understood_and_tight() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/voip-bridge/voip-bridge.service");
    let unit = std::fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("voip-bridge.service");
    std::fs::write(&file, unit.replace("/usr/bin/voip-bridge", env!("CARGO_BIN_EXE_voip-bridge"))).unwrap();
    for arguments in [&["verify", "--man=no"][..], &["security", "--offline=yes", "--no-pager", EXPOSURE]] {
        let output = Command::new("systemd-analyze").args(arguments).arg(&file).output().unwrap();
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        assert!(output.status.success(), "{arguments:?}: {said}");
        // What it does not know it only warns of.
        assert!(!said.contains("Unknown key"), "{said}");
    }
}
