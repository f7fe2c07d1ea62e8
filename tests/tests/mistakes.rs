//! What the programs say of wrong configurations and of sockets that nobody serves, and the exit codes that scripts
//! know these by.

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use rild_proxy_tests::binaries::program;

/// Exit code and standard error.
fn run(name: &str, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(program(name)).args(args).output().expect("the program can be started");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn plain(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

#[test]
fn every_mistake_of_a_configuration_is_named_with_its_line() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("root.toml");
    let text = "\
[run]
dir = 'relative'

[modem]
library = 7
dialect = 'klingon'

[calls]
on_switch = 'whatever'

[[phone]]
name = 'a'
tag = 12

[[phone]]
name = 'a'
colour = 'blue'
";
    std::fs::write(&file, text).expect("the file can be written");
    let file = plain(&file);
    for command in ["check", "root"] {
        let (code, said) = run("rild-proxy", &[command, "--config", file]);
        assert_eq!(code, Some(2), "{said}");
        for (line, key) in [
            (2, "run.dir"),
            (5, "modem.library"),
            (6, "modem.dialect"),
            (9, "calls.on_switch"),
            (13, "phone[0].tag"),
            (16, "phone[1].name"),
            (17, "phone[1].colour"),
        ] {
            assert!(said.contains(&format!("{file}:{line}: {key}: ")), "line {line}, {key} in\n{said}");
        }
        assert_eq!(said.lines().count(), 7, "{said}");
    }
}

#[test]
fn a_configuration_that_is_no_toml_is_named_with_its_line() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("root.toml");
    for (text, line) in [("[run]\ndir = \n", 2), ("[[phone]]\nname = 'a'\n[run\n", 3)] {
        std::fs::write(&file, text).expect("the file can be written");
        for command in ["check", "root"] {
            let (code, said) = run("rild-proxy", &[command, "--config", plain(&file)]);
            assert_eq!(code, Some(2), "{said}");
            assert!(said.starts_with(&format!("{}:{line}: ", file.display())), "{said}");
        }
    }
    std::fs::write(&file, [0xff, 0xfe, 0]).expect("the file can be written");
    let (code, said) = run("rild-proxy", &["check", "--config", plain(&file)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.starts_with(plain(&file)), "{said}");
}

#[test]
fn a_socket_that_nobody_serves_is_3() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let dead = folder.path().join("dead.sock");
    drop(UnixListener::bind(&dead).expect("a socket can be made"));
    let missing = folder.path().join("missing.sock");
    for (socket, why) in [(&dead, "Connection refused"), (&missing, "No such file")] {
        let (code, said) = run("rilctl", &["send", plain(socket), "GET_IMEI"]);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(plain(socket)) && said.contains(why), "{said}");
        let (code, said) = run("rilctl", &["--control", plain(socket), "phones"]);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(plain(socket)) && said.contains(why) && said.contains("`rild-proxy root`"), "{said}");
        let (code, said) = run("rilctl", &["modem", "--socket", plain(socket), "status"]);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(plain(socket)) && said.contains(why) && said.contains("--control"), "{said}");
    }
}

#[test]
fn a_socket_whose_server_hangs_up_is_3() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("rude.sock");
    let rude = UnixListener::bind(&path).expect("a socket can be made");
    // Nobody waits for it: rilctl may have failed before it connects.
    std::thread::spawn(move || drop(rude.accept()));
    let (code, said) = run("rilctl", &["send", plain(&path), "GET_IMEI"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("hung up") || said.contains("reset"), "{said}");
}

#[test]
fn a_folder_in_which_no_socket_can_be_made_is_3() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let in_the_way = folder.path().join("run");
    std::fs::write(&in_the_way, "").expect("the file can be written");
    let file = folder.path().join("root.toml");
    let text = format!("[run]\ndir = '{}'\n[[phone]]\nname = 'a'\n", in_the_way.display());
    std::fs::write(&file, text).expect("the file can be written");
    let (code, said) = run("rild-proxy", &["root", "--config", plain(&file)]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(plain(&in_the_way)), "{said}");
}
