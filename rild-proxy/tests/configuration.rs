//! The configuration as its users meet it: the examples, the documentation, and what is said about each mistake.

use std::path::{Path, PathBuf};

use rild_proxy::config::{Bridge, Calls, Config, Data, Key, Modem, OnSwitch, Phone, Run, Sms, Trace, Who};
use serde::Serialize;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every mistake as `line key: what`.
fn mistakes(text: &str) -> Vec<String> {
    let mistakes = Config::parse(text).expect_err("this configuration is wrong");
    mistakes.iter().map(|mistake| format!("{} {}: {}", mistake.line, mistake.key, mistake.what)).collect()
}

#[test]
fn every_example_is_right() {
    let mut seen = 0;
    for entry in std::fs::read_dir(workspace().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let config = Config::load(&path).unwrap_or_else(|why| panic!("{why}"));
            assert!(!config.phone.is_empty());
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn a_name_is_all_that_is_required() {
    let config = Config::parse("[[phone]]\nname = 'only'\n").unwrap();
    assert_eq!(config.run.dir, Path::new("/run/rild-proxy"));
    assert_eq!(config.modem.library, Path::new("libril-sim.so"));
    assert_eq!(config.calls.on_switch, OnSwitch::Keep);
    assert_eq!(config.phone, [Phone { name: "only".into(), ..Phone::default() }]);
    assert_eq!(config.run.phone_socket("only"), Path::new("/run/rild-proxy/phones/only.sock"));
}

#[test]
fn all_mistakes_are_told_at_once_with_their_lines() {
    let text = "\
[run]
dir = 'relative'
color = 'blue'

[modem]
library = 'libvendor.so'
isolate = 'yes'
args = ['-d', 5]

[calls]
incoming = 'whistle'

[[phone]]
name = 'Über'
number = '0123'

[[phone]]
nmae = 'work'
tag = 10
";
    let found = mistakes(text);
    let starts = [
        "2 run.dir: must be an absolute path",
        "3 run.color: unknown key, expected",
        "7 modem.isolate: invalid type: string \"yes\", expected a boolean",
        "8 modem.args[1]: invalid type: integer `5`, expected a string",
        "11 calls.incoming: unknown variant `whistle`, expected one of `ring`, `switch`, `busy`",
        "14 phone[0].name: must be 1 to 32 of",
        "15 phone[0].number: must be an E.164 number",
        "17 phone[1].name: a phone must have a name",
        "18 phone[1].nmae: unknown key, expected one of `name`",
        "19 phone[1].tag: must be one digit",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (mistake, start) in found.iter().zip(starts) {
        assert!(mistake.starts_with(start), "{mistake}\nshould begin {start}");
    }
}

#[test]
fn messages_go_by_default_to_a_phone_that_can_have_them() {
    let phones = "[[phone]]\nname = 'one'\n[[phone]]\nname = 'data'\ntelephony = false\n";
    let with = |default: &str| format!("[sms]\ndefault = '{default}'\n{phones}");
    assert_eq!(Config::parse(&with("one")).unwrap().sms.default, "one");
    assert!(Config::parse(&with("foreground")).is_ok());
    assert_eq!(mistakes(&with("other")), ["2 sms.default: there is no phone of this name"]);
    assert_eq!(mistakes(&with("data")), ["2 sms.default: this phone has no telephony"]);
}

#[test]
fn the_link_is_whole_or_not_there() {
    let phone = "[[phone]]\nname = 'a'\n";
    let with = |keys: &str| format!("[bridge]\n{keys}{phone}");
    let whole = "address = 'bridge.example.net:5065'\ndevice = 'phone-1'\nkey_file = '/etc/link.key'\n";
    assert!(Config::parse(&with(whole)).is_ok());
    for address in ["192.0.2.1:1", "[2001:db8::1]:65535", "localhost:5065"] {
        assert!(Config::parse(&with(&whole.replace("bridge.example.net:5065", address))).is_ok(), "{address}");
    }
    let alone = mistakes(&with("device = 'phone-1'\n"));
    assert_eq!(alone, ["2 bridge.device: the link needs address and key_file, too"]);
    assert_eq!(
        mistakes(&with("address = 'host'\ndevice = 'Phone'\nkey_file = 'link.key'\n")),
        [
            "2 bridge.address: must be a host and a port, as in host:5065 or [2001:db8::1]:5065",
            "3 bridge.device: the name of a device is 1 to 32 of a-z, 0-9, _ and -",
            "4 bridge.key_file: must be an absolute path",
        ]
    );
    for address in ["", ":5065", "host:", "host:0", "host:65536", "host:+1", "2001:db8::1:5065", "[host]:1", "a b:1"] {
        let found = mistakes(&with(&whole.replace("bridge.example.net:5065", address)));
        assert!(found.len() == 1 && found[0].starts_with("2 bridge.address: must be a host"), "{address}: {found:?}");
    }
}

#[test]
fn a_phone_that_calls_by_the_service_has_a_tag_and_an_access_number() {
    let with = |keys: &str| format!("[[phone]]\nname = 'a'\noutgoing = 'bridge'\n{keys}");
    assert!(Config::parse(&with("tag = 1\naccess = '+493012345678'\n")).is_ok());
    for keys in ["", "tag = 1\n", "access = '+493012345678'\n"] {
        assert_eq!(mistakes(&with(keys)), ["3 phone[0].outgoing: \"bridge\" needs access and tag, too"]);
    }
    for access in ["493012345678", "+49112", "+0493012345678", "+999123456789", "+49 30 12345678"] {
        let found = mistakes(&with(&format!("tag = 1\naccess = '{access}'\n")));
        assert_eq!(found, ["5 phone[0].access: must be + and the digits of a number that its country can have"]);
    }
    let two = |name| format!("[[phone]]\nname = '{name}'\naccess = '+493012345678'\n");
    assert_eq!(mistakes(&[two("a"), two("b")].concat()), ["6 phone[1].access: phone[0] has the same"]);
}

#[test]
fn check_digits_need_a_key() {
    let with = |keys: &str| format!("[bridge]\n{keys}[[phone]]\nname = 'a'\n");
    assert!(Config::parse(&with("scheme = 'suffix-keyed'\ncheck_digits = 1\nsim_key_file = '/etc/sim.key'\n")).is_ok());
    assert_eq!(
        mistakes(&with("scheme = 'suffix-keyed'\ncheck_digits = 3\n")),
        ["2 bridge.scheme: \"suffix-keyed\" needs sim_key_file, too", "3 bridge.check_digits: must be 1 or 2"]
    );
    assert_eq!(mistakes(&with("sim_key_file = 'sim.key'\n")), ["2 bridge.sim_key_file: must be an absolute path"]);
}

#[test]
fn phones_must_differ() {
    let one = "[[phone]]\nname = 'a'\nsocket = '/s'\nnumber = '+15550100001'\ntag = 0\n";
    assert_eq!(
        mistakes(&format!("{one}{one}")),
        [
            "7 phone[1].name: phone[0] has the same",
            "8 phone[1].socket: phone[0] has the same",
            "9 phone[1].number: phone[0] has the same",
            "10 phone[1].tag: phone[0] has the same",
        ]
    );
}

#[test]
fn the_owner_of_data_is_a_phone() {
    let phone = "[[phone]]\nname = 'a'\n";
    assert_eq!(mistakes(&format!("[data]\nowner = 'b'\n{phone}")), ["2 data.owner: there is no phone of that name"]);
    let config = Config::parse(&format!("[data]\nowner = 'a'\nwho = 'foreground'\n{phone}")).unwrap();
    assert_eq!((config.data.who, config.data.owner.as_deref()), (Who::Foreground, Some("a")));
}

#[test]
fn a_modem_has_one_source() {
    let phone = "\n[[phone]]\nname = 'a'\n";
    assert_eq!(
        mistakes(&format!("[modem]\nlibrary = 'x'\nsocket = '/y'{phone}")),
        ["3 modem.socket: there is already a library; a modem has only one source"]
    );
    let isolated = Config::parse(&format!("[modem]\nisolate = true\nhang_after = 0{phone}")).unwrap();
    assert!(isolated.modem.isolate && isolated.modem.hang_after == 0);
    assert_eq!(
        mistakes(&format!("[modem]\nisolate = true\nreplay = '/t'{phone}")),
        ["2 modem.isolate: is about a library, and there is none"]
    );
    assert_eq!(
        mistakes(&format!("[modem]\nhang_after = 5{phone}")),
        ["2 modem.hang_after: is about an isolated library"]
    );
    assert_eq!(
        mistakes(&format!("[modem]\nreplay_phone = 'a'\nreplay_full_speed = false{phone}")),
        [
            "2 modem.replay_phone: is about a replay, and there is none",
            "3 modem.replay_full_speed: is about a replay, and there is none"
        ]
    );
    assert!(Config::parse(&format!("[modem]\nsocket = '/dev/socket/rild'\nsocket_uid = 1001{phone}")).is_ok());
    assert_eq!(mistakes(&format!("[modem]\nsocket = 'rild'{phone}")), ["2 modem.socket: must be an absolute path"]);
    assert_eq!(
        mistakes(&format!("[modem]\nsocket = '/x'{phone}socket = '/x'\n")),
        ["2 modem.socket: is a socket of a phone, on which this daemon itself serves"]
    );
    assert_eq!(
        mistakes(&format!("[modem]\nsocket_uid = 1001{phone}")),
        ["2 modem.socket_uid: is about a socket, and there is none"]
    );
}

#[test]
fn paths_of_sockets_must_fit_their_address() {
    let long = "x".repeat(107);
    assert_eq!(
        mistakes(&format!("[[phone]]\nname = 'a'\nsocket = '/{long}'\n[[phone]]\nname = 'b'\nsocket = 'rild'\n")),
        [
            "3 phone[0].socket: is over 107 bytes, the most that a socket address holds",
            "6 phone[1].socket: must be an absolute path",
        ]
    );
    assert_eq!(
        mistakes(&format!("run.dir = '/{}'\n[[phone]]\nname = 'a'\n", "x".repeat(93))),
        ["3 phone[0].name: the path of its socket in run.dir is over 107 bytes"]
    );
}

#[test]
fn what_is_no_configuration_at_all() {
    assert_eq!(mistakes(""), ["1 phone: there is no [[phone]]"]);
    assert_eq!(mistakes("phone = 1"), ["1 phone: invalid type: integer `1`, expected a sequence"]);
    assert_eq!(
        mistakes("phone = [1]"),
        ["1 phone[0]: invalid type: integer `1`, expected struct Phone"],
        "and nothing about a lack of phones"
    );
    let syntax = mistakes("[run]\ndir = \n");
    assert_eq!(syntax.len(), 1);
    assert!(syntax[0].starts_with("2 : "), "{syntax:?}");
    let twice = mistakes("[run]\ndir = '/a'\ndir = '/b'\n");
    assert!(twice[0].contains("duplicate key"), "{twice:?}");
}

#[test]
fn an_error_names_file_line_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.toml");
    std::fs::write(&file, "[run]\ndir = 'x'\n").unwrap();
    let said = Config::load(&file).unwrap_err().to_string();
    let file = file.display();
    assert_eq!(said, format!("{file}:1: phone: there is no [[phone]]\n{file}:2: run.dir: must be an absolute path"));
    let said = Config::load(Path::new("/nonexistent/root.toml")).unwrap_err().to_string();
    assert!(said.starts_with("/nonexistent/root.toml: "), "{said}");
}

#[test]
fn the_documentation_lists_every_key() {
    let path = workspace().join("docs/configuration.md");
    let generated = documentation();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == generated, "docs/configuration.md is old: run this test with UPDATE_EXPECT=1");
}

fn documentation() -> String {
    let mut out = "# Configuration of rild-proxy root\n\n\
        A TOML file; every key has a default, an unknown key is an error. `rild-proxy check --config FILE` names the\n\
        file, line and key of each mistake. [examples/two-phones.toml](../examples/two-phones.toml) is a whole one.\n\
        This page is made from the sources by a test.\n"
        .to_owned();
    out += &table("[run]", Run::ABOUT, Run::KEYS, &Run::default());
    out += &table("[modem]", Modem::ABOUT, Modem::KEYS, &Modem::default());
    out += &table("[calls]", Calls::ABOUT, Calls::KEYS, &Calls::default());
    out += &table("[data]", Data::ABOUT, Data::KEYS, &Data::default());
    out += &table("[sms]", Sms::ABOUT, Sms::KEYS, &Sms::default());
    out += &table("[bridge]", Bridge::ABOUT, Bridge::KEYS, &Bridge::default());
    out += &table("[trace]", Trace::ABOUT, Trace::KEYS, &Trace::default());
    out += &table("[[phone]]", Phone::ABOUT, Phone::KEYS, &Phone::default());
    out
}

fn table(header: &str, about: &str, keys: &[Key], defaults: &impl Serialize) -> String {
    let defaults = serde_json::to_value(defaults).unwrap();
    assert_eq!(defaults.as_object().unwrap().len(), keys.len());
    config_file::table(header, about, keys, &defaults)
}
