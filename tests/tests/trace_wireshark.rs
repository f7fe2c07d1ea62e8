//! What a real oFono says by way of root, as tshark shows it: every field is what `rilctl trace show --json` says.

#[path = "../../ril-trace/tests/wireshark/mod.rs"]
mod wireshark;

use std::fs;
use std::process::Command;

use rild_proxy_tests::binaries;
use rild_proxy_tests::phones::Phones;
use rild_proxy_tests::processes::Program;
use wireshark::Wireshark;

#[test]
fn a_recording_of_ofono_is_shown_field_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut phones = Phones::start();
    let recording = Program::new(binaries::rilctl()).arg("--control").arg(phones.control());
    let mut recording = recording.arg("trace").arg("record").arg(path("t.riltrace")).start("recorder");
    recording.wait_for(0, "recording");
    phones.work.restart("TERM");
    phones.work.go_online();
    phones.personal.dial("+15550100123").unwrap();
    phones.personal.wait_for_call("active");
    phones.personal.manage_calls("HangupAll");
    phones.personal.wait_for_no_call();
    let context = phones.work.open_context("internet");
    phones.work.close_context(&context);
    phones.modem.run("gsm voice roaming");
    phones.work.wait_for_registration("roaming");
    assert_eq!(recording.end("TERM"), 0);

    let items = wireshark::items(&fs::read(path("t.riltrace")).unwrap());
    let payloads = wireshark::compare(&items);
    assert!(payloads > 100, "{payloads} payloads");

    let rilctl = |args: &[&str]| {
        let output = Command::new(binaries::rilctl()).current_dir(folder.path()).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    rilctl(&["trace", "export", "t.riltrace", "--to", "pcapng", "-o", "t.pcapng"]);
    let capture = fs::read(path("t.pcapng")).unwrap();
    wireshark::keep("ofono.pcapng", &capture);
    let wireshark = Wireshark::with(&capture);
    let dialled = wireshark.fields("ril.request == \"DIAL\" && ril.to == \"modem\"", &["ril.call.dial.address"]);
    assert_eq!(dialled, ["+15550100123"]);
    assert!(wireshark.fields("ril.malformed || ril.unreadable", &["frame.number"]).is_empty());
    assert!(wireshark.fields("ril.phone == \"work\"", &["frame.interface_name"]).iter().all(|name| name == "work"));

    rilctl(&["trace", "import", "t.pcapng", "-o", "again.riltrace"]);
    let again = wireshark::items(&fs::read(path("again.riltrace")).unwrap());
    // The session of the import itself comes first.
    assert_eq!(wireshark::capture(&again[1..]), wireshark::capture(&items));
}
