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

/// A device with two SIMs, in which everything is there twice that can be.
const TWO_SIMS: &str = "\
[run]
dir = '/r'
[modem]
library = 'libvendor.so'
sims = 2
[bridge]
sim = 2
[trace]
ring = 1
dir = '/t'
[[phone]]
name = 'sim2'
socket = ['/dev/socket/rild', '/dev/socket/rild2']
imei = ['004999010640000', '004999010640018']
imsi = ['001010000000001', '001010000000002']
number = '+15550100001'
tag = 1
[[phone]]
name = 'b'
socket = '/b/rild'
";

#[test]
fn each_sim_has_a_line_as_a_root_with_that_sim_alone_would() {
    let config = Config::parse(TWO_SIMS).unwrap();
    let [first, second] = &config.lines()[..] else { panic!("two SIMs are two lines") };
    assert_eq!(first.run, config.run, "the first has the paths that it would have alone");
    assert_eq!(first.trace_dir(), Path::new("/t"));
    assert_eq!(second.run.control_socket(), Path::new("/r/sim2/control.sock"));
    assert_eq!(second.run.state_db(), Path::new("/r/sim2/state.db"));
    assert_eq!(second.trace_dir(), Path::new("/t/sim2"));
    // A phone may be called as a folder is.
    let sockets = |line: &Config| [line.run.phone_socket("sim2"), line.run.phone_socket("b")];
    assert_eq!(sockets(first), ["/r/phones/sim2.sock", "/r/phones/b.sock"].map(PathBuf::from));
    assert_eq!(sockets(second), ["/r/sim2/phones/sim2.sock", "/r/sim2/phones/b.sock"].map(PathBuf::from));

    let further = |line: &Config| line.phone.iter().map(|phone| phone.socket.first().cloned()).collect::<Vec<_>>();
    assert_eq!(further(first), [Some("/dev/socket/rild".into()), Some("/b/rild".into())]);
    assert_eq!(further(second), [Some("/dev/socket/rild2".into()), None]);
    let identity = |line: &Config| (line.phone[0].imei.first().cloned(), line.phone[0].imsi.first().cloned());
    assert_eq!(identity(first), (Some("004999010640000".into()), Some("001010000000001".into())));
    assert_eq!(identity(second), (Some("004999010640018".into()), Some("001010000000002".into())));
    assert_eq!((&first.phone[0].number, first.phone[0].tag), (&None, None), "the service knows the other SIM");
    assert_eq!((second.phone[0].number.as_deref(), second.phone[0].tag), (Some("+15550100001"), Some(1)));
    assert_ne!(first.digest(), second.digest());
    assert_eq!(first.lines(), std::slice::from_ref(first));

    let one = Config::parse("[[phone]]\nname = 'only'\nsocket = '/a'\n").unwrap();
    assert_eq!(one.lines(), std::slice::from_ref(&one), "one SIM is served as ever");
}

#[test]
fn mistakes_about_sims_are_told() {
    let with = |from: &str, to: &str| mistakes(&TWO_SIMS.replace(from, to));
    assert_eq!(with("sims = 2", "sims = 0"), ["5 modem.sims: must be 1 to 4"]);
    assert_eq!(with("sims = 2", "sims = 5"), ["5 modem.sims: must be 1 to 4"]);
    assert_eq!(
        with("sims = 2", "sims = 1"),
        [
            "7 bridge.sim: must be the number of a SIM, 1 to 1",
            "13 phone[0].socket: must be one for each SIM: 2 instead of 1",
            "14 phone[0].imei: must be one for each SIM: 2 instead of 1",
            "15 phone[0].imsi: must be one for each SIM: 2 instead of 1",
        ]
    );
    assert_eq!(
        with("imei = ['004999010640000', '004999010640018']", "imei = '004999010640000'"),
        ["14 phone[0].imei: must be one for each SIM: 1 instead of 2"],
        "it would be told the true one of the other SIM"
    );
    assert_eq!(with("'004999010640018'", "'004999010640000'"), ["14 phone[0].imei: has the same for two SIMs"]);
    assert_eq!(with("/b/rild", "/dev/socket/rild2"), ["20 phone[1].socket: phone[0] has the same"]);
    assert_eq!(with("/dev/socket/rild2", "rild2"), ["13 phone[0].socket: must be an absolute path"]);
    assert_eq!(
        with("sims = 2", "sims = 2\nmulti_sim = false"),
        ["6 modem.multi_sim: a library with several SIMs was compiled with ANDROID_MULTI_SIM"]
    );
    assert_eq!(
        with("library = 'libvendor.so'", "replay = '/boot.riltrace'"),
        ["4 modem.replay: a trace is of one SIM, and sims says that there are more"]
    );
    assert_eq!(
        with("[bridge]", "[calls]\nincoming = 'switch'\n[bridge]"),
        ["7 calls.incoming: \"switch\" is for one SIM: a call on one must not take the screen from a call on another"]
    );
}

#[test]
fn a_rild_has_a_socket_for_each_sim() {
    let with = |sockets: &str| TWO_SIMS.replace("library = 'libvendor.so'", &format!("socket = {sockets}"));
    let config = Config::parse(&with("['/v/rild', '/v/rild2']")).unwrap();
    let sockets: Vec<_> = config.lines().iter().map(|line| line.modem.socket.first().cloned()).collect();
    assert_eq!(sockets, [Some("/v/rild".into()), Some("/v/rild2".into())]);
    let too_few = "4 modem.socket: must be one for each SIM: 1 instead of 2";
    assert_eq!(mistakes(&with("'/v/rild'")), [too_few]);
    assert_eq!(mistakes(&with("['/v/rild', '/v/rild']")), ["4 modem.socket: each SIM has a socket of its own"]);
    for own in ["/dev/socket/rild2", "/r/sim2/phones/b.sock"] {
        let told = mistakes(&with(&format!("['/v/rild', '{own}']")));
        assert_eq!(told, ["4 modem.socket: is a socket on which this daemon itself serves"]);
    }
    let none = mistakes(&with("[]"));
    assert!(none.len() == 1 && none[0].starts_with("4 modem.socket: invalid length 0, expected a string"), "{none:?}");
}

#[test]
fn one_privileged_phone_may_have_the_sim_to_itself() {
    let config = Config::parse("[[phone]]\nname = 'a'\n[[phone]]\nname = 'a-b'\n").unwrap();
    assert!(config.sap_phone().is_none(), "nobody, unless it is written");
    let config = Config::parse("[[phone]]\nname = 'a'\nsap = true\n").unwrap();
    assert_eq!(config.run.sap_socket("a"), Path::new("/run/rild-proxy/phones/a.sap.sock"));
    assert_eq!(config.sap_phone().unwrap().1.name, "a", "the first is privileged when none is marked so");

    let phones = |first: &str, second: &str| format!("[[phone]]\nname = 'a'\n{first}[[phone]]\nname = 'b'\n{second}");
    let both = phones("privileged = true\nsap = true\n", "privileged = true\nsap = true\n");
    assert_eq!(mistakes(&both), ["8 phone[1].sap: phone[0] has it, and there is one SIM to have"]);
    let needs = "needs privileged, too: it gives raw commands to the SIM";
    assert_eq!(mistakes(&phones("", "sap = true\n")), [format!("5 phone[1].sap: {needs}")]);
    assert_eq!(mistakes(&phones("sap = true\n", "privileged = true\n")), [format!("3 phone[0].sap: {needs}")]);
    assert_eq!(
        mistakes(&phones("imsi = '001010000000001'\nsap = true\n", "")),
        ["4 phone[0].sap: would show this phone the SIM's IMSI, and it has one of its own"]
    );
    assert_eq!(
        mistakes(&phones("sap_socket = '/a'\nsap_uid = 1002\n", "")),
        [
            "3 phone[0].sap_socket: is about sap, which this phone has not",
            "4 phone[0].sap_uid: is about sap, which this phone has not"
        ]
    );
    assert_eq!(
        mistakes(&phones("sap = true\nsap_socket = '/b'\n", "socket = '/b'\n")),
        ["4 phone[0].sap_socket: is a socket of a phone for everything else"]
    );
    let of_init = "socket = '/dev/socket/sap-uim'\n";
    assert_eq!(
        mistakes(&phones("sap = true\nsap_socket = '/dev/socket/sap_uim'\n", of_init)),
        ["4 phone[0].sap_socket: is a socket of a phone for everything else"],
        "init has one variable for both"
    );
    assert_eq!(
        mistakes(&phones("socket = '/dev/socket/sap_uim'\n", of_init)),
        ["6 phone[1].socket: phone[0] has the same"]
    );
    assert_eq!(
        mistakes(&phones("sap = true\nsap_socket = ['/x', '/y']\n", "")),
        ["4 phone[0].sap_socket: must be one for each SIM: 2 instead of 1"]
    );
}

#[test]
fn a_further_socket_is_none_that_the_daemon_makes_anyway() {
    let anyway = "is a socket that this daemon makes anyway, for a phone or for rilctl";
    let of_two = |keys: &str| {
        format!("[run]\ndir = '/r'\n[modem]\nsims = 2\n[[phone]]\nname = 'a'\n[[phone]]\nname = 'b'\n{keys}")
    };
    for own in [
        "phones/a.sock",
        "phones/b.sock",
        "phones/a.sap.sock",
        "control.sock",
        "sim2/phones/a.sock",
        "sim2/control.sock",
    ] {
        assert_eq!(mistakes(&of_two(&format!("socket = '/r/{own}'\n"))), [format!("9 phone[1].socket: {anyway}")]);
        let sap = of_two(&format!("privileged = true\nsap = true\nsap_socket = '/r/{own}'\n"));
        assert_eq!(mistakes(&sap), [format!("11 phone[1].sap_socket: {anyway}")]);
    }
    assert!(Config::parse(&of_two("socket = '/r/phones/c.sock'\n")).is_ok());
    let control = "[modem]\nsocket = '/run/rild-proxy/control.sock'\n[[phone]]\nname = 'a'\n";
    assert_eq!(mistakes(control), ["2 modem.socket: is a socket on which this daemon itself serves"]);
}

#[test]
fn the_sim_is_reached_by_what_can_reach_it() {
    let phone = "[[phone]]\nname = 'a'\nsap = true\n";
    let with = |modem: &str| mistakes(&format!("[modem]\n{modem}{phone}"));
    assert_eq!(with("replay = '/t'\n"), ["5 phone[0].sap: needs a SIM, and a trace has none"]);
    assert_eq!(with("socket = '/rild'\n"), ["5 phone[0].sap: needs sap_socket of [modem], too"]);
    assert_eq!(with("sap_socket = '/sap'\n"), ["2 modem.sap_socket: is about the rild of a socket, and there is none"]);
    let unused = "[modem]\nsocket = '/rild'\nsap_socket = '/sap'\n[[phone]]\nname = 'a'\n";
    assert_eq!(mistakes(unused), ["3 modem.sap_socket: is about the SIM Access Profile, which no phone has"]);
    assert_eq!(with("sap_socket_uid = 1002\n"), ["2 modem.sap_socket_uid: is about sap_socket, and there is none"]);
    assert_eq!(
        with("socket = '/rild'\nsap_socket = '/rild'\n"),
        ["3 modem.sap_socket: is the socket for something else"]
    );
    let own = "socket = '/rild'\nsap_socket = '/run/rild-proxy/phones/a.sap.sock'\n";
    assert_eq!(with(own), ["3 modem.sap_socket: is a socket on which this daemon itself serves"]);
    let two = "sims = 2\nsocket = ['/rild', '/rild2']\nsap_socket = ['/sap1', '/sap2']\n";
    let config = Config::parse(&format!("[modem]\n{two}{phone}")).unwrap();
    let second = config.line(2);
    assert_eq!(second.modem.sap_socket.first().unwrap(), Path::new("/sap2"));
    assert_eq!(second.run.sap_socket("a"), Path::new("/run/rild-proxy/sim2/phones/a.sap.sock"));
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
    let about_a_library = [
        ("args", "['-k', '1']"),
        ("multi_sim", "true"),
        ("multi_sim", "false"),
        ("client_id", "1"),
        ("pass_client_id", "true"),
        ("frees_arguments", "false"),
    ];
    for (key, value) in about_a_library {
        for other in ["socket = ['/a', '/b']\nsims = 2", "replay = '/t'"] {
            assert_eq!(
                mistakes(&format!("[modem]\n{key} = {value}\n{other}{phone}")),
                [format!("2 modem.{key}: is about a library, and there is none")]
            );
        }
    }
    let asked = Config::parse(&format!("[modem]\npass_client_id = false\nlast_request = 108{phone}")).unwrap().modem;
    assert_eq!((asked.pass_client_id, asked.last_request), (false, Some(108)));
    assert!(Config::parse(&format!("[modem]\nsocket = '/dev/socket/rild'\nlast_request = 108{phone}")).is_ok());
    assert_eq!(
        mistakes(&format!("[modem]\npass_client_id = false\nclient_id = 1\nlast_request = 0{phone}")),
        [
            "3 modem.client_id: is not passed, says pass_client_id",
            "4 modem.last_request: must be the number of a request, from 1"
        ]
    );
    assert_eq!(
        mistakes(&format!("[modem]\nreplay = '/t'\nlast_request = 108{phone}")),
        ["3 modem.last_request: is about a library or a rild, and there is none"]
    );
    let unknown = |keys: &str| mistakes(&format!("[modem]\n{keys}{phone}"));
    assert_eq!(
        unknown("unknown_requests = [38, 0]"),
        ["2 modem.unknown_requests: must be numbers of requests, from 1"]
    );
    assert_eq!(
        unknown("replay = '/t'\nunknown_requests = [38]"),
        ["3 modem.unknown_requests: is about a library or a rild, and there is none"]
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
        ["2 modem.socket: is a socket on which this daemon itself serves"]
    );
    let called_as =
        |user| format!("[run]\nuser = {user}\n[modem]\nsocket = '/dev/socket/rild'\nsocket_uid = 1001{phone}");
    assert!(Config::parse(&called_as(0)).is_ok() && Config::parse(&called_as(1001)).is_ok());
    assert_eq!(
        mistakes(&called_as(1002)),
        ["5 modem.socket_uid: user 1002, which run.user makes of the daemon, may be nobody else"]
    );
    assert_eq!(mistakes(&format!("[run]\nuser = 4294967295{phone}")), ["2 run.user: is no user's id"]);
    assert_eq!(
        mistakes(&format!("[modem]\nsocket_uid = 1001{phone}")),
        ["2 modem.socket_uid: is about a socket, and there is none"]
    );
}

#[test]
fn what_needs_something_else_says_so() {
    let phone = "[[phone]]\nname = 'a'\n";
    assert!(Config::parse(&format!("[trace]\nring = 1\nends = 3\n{phone}")).is_ok());
    let found = mistakes(&format!("[run]\nwake_lock = 'lock'\n[trace]\nends = 3\n{phone}"));
    let told = ["2 run.wake_lock: must be an absolute path", "4 trace.ends: is about the ring, and there is none"];
    assert_eq!(found, told);
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
        A TOML file with at least one `[[phone]]`, whose `name` is all that is always required. Every other key has a\n\
        default, or may be left out (`none`); an unknown key is an error. `rild-proxy check --config FILE` names the\n\
        file, line and key of each mistake. [examples/two-phones.toml](../examples/two-phones.toml) is a whole one,\n\
        with which root starts as it is. This page is made from the sources by a test.\n"
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
