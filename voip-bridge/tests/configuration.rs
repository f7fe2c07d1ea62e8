//! The configuration as its users meet it: the documentation, the example, and what is said about each mistake.

use std::path::{Path, PathBuf};

use config_file::Key;
use serde::Serialize;
use voip_bridge::config::{Admin, Bridge, Config, Retention, Store};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every mistake as `line key: what`.
fn mistakes(text: &str) -> Vec<String> {
    let mistakes = Config::parse(text).expect_err("this configuration is wrong");
    mistakes.iter().map(|mistake| format!("{} {}: {}", mistake.line, mistake.key, mistake.what)).collect()
}

#[test]
fn nothing_is_required() {
    assert!(Config::parse("").is_ok_and(|config| config.voice.is_none()));
    assert_eq!(Config::default().store.sqlite, Path::new("/var/lib/voip-bridge/bridge.db"));
}

#[test]
fn the_examples_are_right() {
    for example in ["bridge.toml", "fleet.toml"] {
        let path = workspace().join("examples/voip-bridge").join(example);
        Config::load(&path).unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn all_mistakes_are_told_at_once_with_their_lines() {
    let text = "\
[bridge]
name = 'Bridge 1'

[store]
sqlite = 'bridge.db'
password_file = '/etc/secret'

[admin]
listen = 'localhost'
token = 'secret'

[retention]
calls_days = -1
";
    let found = mistakes(text);
    let starts = [
        "2 bridge.name: must be 1 to 32 of",
        "5 store.sqlite: must be an absolute path",
        "6 store.password_file: is only for PostgreSQL",
        "9 admin.listen: must be an address and a port",
        "10 admin.token: unknown key, expected one of `listen`, `token_file`, `behind_tls`",
        "13 retention.calls_days: invalid value: integer `-1`",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (mistake, start) in found.iter().zip(starts) {
        assert!(mistake.starts_with(start), "{mistake}\nshould begin {start}");
    }
}

#[test]
fn secrets_do_not_belong_here_and_are_not_repeated() {
    for parameters in ["host=/run password=hunter2", "postgresql://bridge:hunter2@db/bridge"] {
        let found = mistakes(&format!("[store]\npostgres = '{parameters}'\n"));
        assert_eq!(found, ["2 store.postgres: a password does not belong here: use store.password_file"]);
    }
    let unreadable = mistakes("[store]\npostgres = 'password=hunter2 nonsense'\n");
    assert_eq!(unreadable, ["2 store.postgres: is not a string of connection parameters"]);
}

#[test]
fn a_service_has_one_database() {
    let postgres = "postgres = 'host=/run/postgresql user=bridge'";
    assert!(Config::parse(&format!("[store]\n{postgres}\npassword_file = '/etc/secret'\n")).is_ok());
    assert_eq!(
        mistakes(&format!("[store]\nsqlite = '/bridge.db'\n{postgres}\n")),
        ["2 store.sqlite: there is already store.postgres; a service has only one database"]
    );
    assert_eq!(mistakes("[store]\npostgres = 'user=bridge'\n"), ["2 store.postgres: names no host"]);
}

#[test]
fn the_token_does_not_cross_a_network_in_the_clear() {
    let listen = |address: &str, more: &str| format!("[admin]\nlisten = '{address}'\n{more}");
    for address in ["127.0.0.1:80", "[::1]:80", ""] {
        assert!(Config::parse(&listen(address, "")).is_ok());
    }
    for address in ["0.0.0.0:80", "192.0.2.1:80", "[::]:80"] {
        assert!(mistakes(&listen(address, ""))[0].starts_with("2 admin.listen: is not a loopback address"));
        assert!(Config::parse(&listen(address, "behind_tls = true\n")).is_ok());
    }
}

#[test]
fn the_database_does_not_cross_a_network_in_the_clear() {
    let postgres = |parameters: &str, more: &str| format!("[store]\npostgres = '{parameters}'\n{more}");
    let authorities = "authorities = '/etc/voip-bridge/database.pem'\n";
    for (parameters, more) in [
        ("host=/run/postgresql", ""),
        ("host=localhost", ""),
        ("host=127.0.0.1,::1", ""),
        ("host=db.example sslmode=disable", ""),
        ("host=db.example", authorities),
        ("host=192.0.2.1 sslmode=require", authorities),
    ] {
        assert!(Config::parse(&postgres(parameters, more)).is_ok(), "{parameters}");
    }
    for (parameters, more, said) in [
        ("host=db.example", "", "all would cross the network in the clear: set store.authorities"),
        ("host=/run/postgresql,192.0.2.1", "", "all would cross the network in the clear"),
        ("host=db.example sslmode=require", "", "sslmode=require needs store.authorities"),
        ("host=db.example sslmode=disable", authorities, "sslmode=disable does not go with store.authorities"),
        ("host=/run/postgresql", authorities, "names a Unix socket, on which there is no TLS"),
    ] {
        let found = mistakes(&postgres(parameters, more));
        assert!(found.len() == 1 && found[0].starts_with(&format!("2 store.postgres: {said}")), "{found:?}");
    }
    assert!(mistakes(&format!("[store]\n{authorities}"))[0].starts_with("2 store.authorities: is only for PostgreSQL"));
}

const VOICE: &str = "\
[voice.sip]
listen = [{ transport = 'udp', address = '192.0.2.1:5060' }]

[[voice.peer]]
name = 'provider'
address = '192.0.2.2:5060'
transport = 'udp'

[voice.calls]
trunk = 'provider'
country = 49
";

#[test]
fn what_is_wrong_with_calls_is_told_with_its_line() {
    assert!(Config::parse(VOICE).is_ok());
    for (right, wrong, said) in [
        ("192.0.2.1:", "0.0.0.0:", "2 voice.sip.listen: sip.listen.address: 0.0.0.0:5060 is not an address"),
        ("transport = 'udp'\n", "transport = 'tcp'\n", "4 voice.peer[0]: peer \"provider\": nothing in sip.listen"),
        ("'provider'\ncountry", "'nobody'\ncountry", "10 voice.calls.trunk: calls.trunk: there is no peer"),
        ("49", "999", "11 voice.calls.country: calls.country: 999 is not a country calling code"),
        ("49", "49\nring_seconds = 0", "12 voice.calls.ring_seconds: calls.ring_seconds must not be zero"),
        (
            "49",
            "49\n[voice.tags]\nscheme = 'suffix-keyed'",
            "12 voice.tags: tags.keys: suffix-keyed needs the absolute",
        ),
        ("49", "49\n[voice.tags]\nkeys = '/keys'", "13 voice.tags.keys: tags.keys: are only for"),
        ("49", "49\n[voice.tags]\ncheck_digits = 3", "13 voice.tags.check_digits: tags.check_digits: must be 1 or 2"),
        ("49", "49\n[voice.tags]\nscheme = 'hint'", "13 voice.tags.scheme: unknown variant"),
        ("49", "49\nwring_seconds = 9", "12 voice.calls.wring_seconds: unknown key"),
    ] {
        let found = mistakes(&VOICE.replacen(right, wrong, 1));
        assert!(found[0].starts_with(said), "{found:?}\nshould begin {said}");
    }
}

#[test]
fn devices_have_names_and_sims_of_their_own() {
    let device = |name: &str, sim: &str| {
        format!("[[voice.device]]\nname = '{name}'\nsim = '{sim}'\nkey = {{ file = '/etc/link.key' }}\n")
    };
    let link = "[voice.link]\nlisten = '192.0.2.1:5065'\n";
    let two = [device("one", "+15550100098"), device("two", "+15550100099")].concat();
    assert!(Config::parse(&format!("{VOICE}{link}{two}")).is_ok());
    for (devices, said) in [
        (device("One", "+15550100098"), "14 voice.device[0]: device \"One\": the name of a device is 1 to 32 of"),
        (device("one", "911"), "14 voice.device[0]: device \"one\": sim: no country has such a number"),
        (
            [device("one", "+15550100098"), device("one", "+15550100099")].concat(),
            "18 voice.device[1]: device \"one\": it is there twice",
        ),
        (
            [device("one", "+15550100098"), device("two", "+15550100098")].concat(),
            "18 voice.device[1]: device \"two\": another device has this SIM, too",
        ),
    ] {
        let found = mistakes(&format!("{VOICE}{link}{devices}"));
        assert!(found[0].starts_with(said), "{found:?}\nshould begin {said}");
    }
    let found = mistakes(&format!("{VOICE}{two}"));
    assert!(found[0].starts_with("12 voice.device[0]: device \"one\": there is no voice.link"), "{found:?}");
    let found = mistakes(&format!("{VOICE}{link}most = 0\n"));
    assert_eq!(found, ["14 voice.link.most: link.most must not be zero"]);
}

#[test]
fn a_service_centres_name_ends_where_the_names_of_its_messages_begin() {
    let smpp = |name: &str| {
        format!(
            "{VOICE}[[voice.smpp]]\nname = '{name}'\naddress = '192.0.2.9:2775'\nsystem_id = 'bridge'\n\
             password = {{ file = '/password' }}\n"
        )
    };
    assert!(Config::parse(&smpp("centre")).is_ok());
    let found = mistakes(&smpp("centre:1"));
    assert!(found[0].ends_with("smpp \"centre:1\": there is no colon in a name"), "{found:?}");
}

/// The tables of calls, each with its heading in the documentation and a file in which it has a key that nobody knows.
#[test]
fn the_documentation_lists_the_keys_of_calls() {
    let documentation = std::fs::read_to_string(workspace().join("docs/voip-bridge.md")).unwrap();
    for (header, text) in [
        ("[voice.sip]", "[voice.sip]\nx = 1\n"),
        ("[[voice.sip.listen]]", "[[voice.sip.listen]]\nx = 1\n"),
        ("[[voice.peer]]", "[[voice.peer]]\nx = 1\n"),
        ("[voice.peer.account]", "[[voice.peer]]\naccount = { x = 1 }\n"),
        ("[voice.peer.require]", "[[voice.peer]]\nrequire = { x = 1 }\n"),
        ("[voice.calls]", "[voice.calls]\nx = 1\n"),
        ("[voice.tags]", "[voice.tags]\nx = 1\n"),
        ("[voice.media]", "[voice.media]\nx = 1\n"),
        ("[voice.voicemail]", "[voice.voicemail]\nx = 1\n"),
        ("[voice.link]", "[voice.link]\nx = 1\n"),
        ("[[voice.device]]", "[[voice.device]]\nx = 1\n"),
        ("[voice.messages]", "[voice.messages]\nx = 1\n"),
        ("[[voice.smpp]]", "[[voice.smpp]]\nx = 1\n"),
    ] {
        let said = mistakes(text);
        let unknown = said.iter().find(|said| said.contains("unknown key")).unwrap_or_else(|| panic!("{said:?}"));
        let known: Vec<&str> = unknown.split('`').skip(1).step_by(2).collect();
        let section = documentation.split(&format!("\n## {header}\n")).nth(1).unwrap_or_else(|| panic!("{header}"));
        let rows = section.split("\n## ").next().unwrap().lines().filter_map(|line| line.strip_prefix("| `"));
        let listed: Vec<&str> = rows.map(|row| row.split('`').next().unwrap()).collect();
        assert_eq!(listed, known, "docs/voip-bridge.md, {header}");
    }
}

#[test]
fn the_documentation_lists_every_key() {
    let path = workspace().join("docs/voip-bridge.md");
    let committed = std::fs::read_to_string(&path).unwrap();
    let (begin, end) =
        ("<!-- generated by voip-bridge/tests/configuration.rs -->\n", "<!-- end of the generated part -->\n");
    let (before, rest) = committed.split_once(begin).expect("the mark is there");
    let (_, after) = rest.split_once(end).expect("the mark is there");
    let generated = format!("{before}{begin}{}\n{end}{after}", keys());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &generated).unwrap();
        return;
    }
    assert!(committed == generated, "docs/voip-bridge.md is old: run this test with UPDATE_EXPECT=1");
}

fn keys() -> String {
    table("[bridge]", Bridge::ABOUT, Bridge::KEYS, &Bridge::default())
        + &table("[store]", Store::ABOUT, Store::KEYS, &Store::default())
        + &table("[admin]", Admin::ABOUT, Admin::KEYS, &Admin::default())
        + &table("[retention]", Retention::ABOUT, Retention::KEYS, &Retention::default())
}

fn table(header: &str, about: &str, keys: &[Key], defaults: &impl Serialize) -> String {
    let defaults = serde_json::to_value(defaults).unwrap();
    assert_eq!(defaults.as_object().unwrap().len(), keys.len());
    config_file::table(header, about, keys, &defaults)
}
