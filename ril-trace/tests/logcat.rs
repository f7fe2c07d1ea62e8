//! Traces out of the radio log of Android phones.
#![cfg(feature = "tools")]

use ril_trace::format::{Header, Item, Options, Reader, Writer};
use ril_trace::import::{From, Imported};
use ril_trace::replay::client::Client;
use ril_trace::replay::diff::Ignored;
use ril_trace::replay::modem::Modem;
use ril_trace::replay::script::{Script, Side};
use ril_trace::show::{Filter, Show};

fn import(from: From, source: &str) -> (Vec<u8>, Imported) {
    assert_eq!(From::guess(source.as_bytes()), Some(from), "{source}");
    let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
    let (mut writer, imported) = from.import(source.as_bytes(), "a test", begin).unwrap();
    writer.finish().unwrap();
    (writer.into_inner(), imported)
}

fn items(file: &[u8]) -> Vec<Item> {
    let mut reader = Reader::open(file).unwrap();
    std::iter::from_fn(|| reader.next_item().unwrap()).collect()
}

/// What is shown of it, without the numbers of records.
fn shown(file: &[u8]) -> Vec<String> {
    let mut show = Show::new(Filter::default());
    let lines = items(file).into_iter().filter_map(|item| show.text(&item)).skip(1);
    lines.map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect()
}

fn header(file: &[u8]) -> Header {
    match items(file).swap_remove(0) {
        Item::Session(header) => *header,
        other => panic!("{other:?}"),
    }
}

/// As RILJ of Android 4 and before writes it, in the format `brief`.
const OF_OLD: &str = "\
--------- beginning of /dev/log/radio
D/GSM     (  512): a line of something else
D/RILJ    (  512): [UNSL]< UNSOL_RESPONSE_RADIO_STATE_CHANGED RADIO_SIM_READY
D/RILJ    (  512): [0001]> GET_SIM_STATUS
D/RILJ    (  512): [0002]> SETUP_DEFAULT_PDP internet
D/RILJ    (  512): [0001]< GET_SIM_STATUS com.android.internal.telephony.IccCardStatus@41c0
D/RILJ    (  512): [0002]< SETUP_DEFAULT_PDP error: com.android.internal.telephony.CommandException: GENERIC_FAILURE
D/RILJ    (  512): [0003]> HANGUP_FOREGROUND_RESUME_BACKGROUND
D/RILJ    (  512): [0003]< HANGUP_FOREGROUND_RESUME_BACKGROUND
D/RILJ    (  512): [UNSL]< UNSOL_RESPONSE_CALL_STATE_CHANGED
";

#[test]
fn what_a_log_does_not_say_is_not_made_up() {
    let (file, imported) = import(From::Logcat, OF_OLD);
    assert_eq!((imported.frames, imported.complaints), (8, Vec::new()));
    assert!(header(&file).untimed && header(&file).phones == ["client"]);
    let unknown = "(what it carried is not known)";
    let (up, down) = ("0.000000 client -> rild:", "0.000000 rild -> client:");
    assert_eq!(
        shown(&file),
        [
            format!("{down} ! RESPONSE_RADIO_STATE_CHANGED {unknown}"),
            format!("{up} GET_SIM_STATUS #1"),
            format!("{up} SETUP_DATA_CALL #2 {unknown}"),
            format!("{down} GET_SIM_STATUS #1 ok after 0.0 ms {unknown}"),
            format!("{down} SETUP_DATA_CALL #2 GENERIC_FAILURE after 0.0 ms {unknown}"),
            format!("{up} HANGUP_FOREGROUND_RESUME_BACKGROUND #3"),
            format!("{down} HANGUP_FOREGROUND_RESUME_BACKGROUND #3 ok after 0.0 ms"),
            format!("{down} ! RESPONSE_CALL_STATE_CHANGED"),
        ]
    );
}

#[test]
fn what_is_not_known_is_not_played() {
    let (file, _) = import(From::Logcat, OF_OLD);
    let script = || Script::read(&mut Reader::open(&*file).unwrap(), Some(Side::Phone("client"))).unwrap();
    let version = script().version.unwrap_or_default();
    let client = Client::new(script(), version, Ignored::default());
    assert_eq!(client.unknown(), ["2 SETUP_DATA_CALL"], "requests without arguments are known");
    let modem = Modem::new(script());
    assert_eq!(modem.unknown(), ["1 GET_SIM_STATUS", "2 SETUP_DATA_CALL", "RESPONSE_RADIO_STATE_CHANGED"]);
    assert_eq!(modem.left(), 1, "an answer without a result is known");
}

#[test]
fn it_goes_through_json_and_back_without_becoming_known() {
    let (file, _) = import(From::Logcat, OF_OLD);
    let before = items(&file);
    let mut show = Show::whole(Filter::default());
    let lines: Vec<String> = before.iter().filter_map(|item| show.json(item)).map(|line| line.to_string()).collect();
    assert!(lines[1].contains("\"payload_unknown\":true") && lines[1].contains("\"head\":\"01000000e8030000\""));
    let (again, _) = import(From::Jsonl, &lines.join("\n"));
    assert_eq!(items(&again)[1..], before[..]);
}

#[test]
fn sims_are_phones_and_a_line_without_one_belongs_to_its_request() {
    let log = "\
11-28 14:00:00.000  1810  1838 D RILJ    : [0041]> iccIO: SIM_IO 0xb0 0x6f46  path: 3F007FFF,0,0,17 [SUB0]
11-28 14:00:00.010  1810  1838 D RILJ    : [0042]> OPERATOR [SUB1]
11-28 14:00:00.020  1810  1838 D RILJ    : [0042] Ack < OPERATOR [SUB1]
11-28 14:00:00.110  1810  1845 D RILJ    : [0042]< OPERATOR error: com.android.internal.telephony.CommandException: RADIO_NOT_AVAILABLE ret=
11-28 14:00:00.200  1810  1845 D RILJ    : [UNSL]< UNSOL_SIGNAL_STRENGTH SignalStrength: 99 99
11-28 14:00:00.300  1810  1845 W RILJ    : [0041]< SIM_IO exception, possible invalid RIL response
";
    let (file, imported) = import(From::Logcat, log);
    assert_eq!(imported.complaints, [""; 0]);
    assert_eq!(header(&file).phones, ["SUB0", "SUB1"]);
    assert_eq!(
        shown(&file),
        [
            "0.000000 SUB0 -> rild: SIM_IO #41 (what it carried is not known)",
            "0.010000 SUB1 -> rild: OPERATOR #42",
            "0.020000 rild -> SUB1: #42 arrived",
            "0.110000 rild -> SUB1: OPERATOR #42 RADIO_NOT_AVAILABLE after 100.0 ms (what it carried is not known)",
            "0.200000 rild -> phone: ! SIGNAL_STRENGTH (what it carried is not known)",
            "0.300000 # the client could not read the answer to SIM_IO #41",
        ]
    );
}

#[test]
fn what_libril_lists_is_taken_at_its_word() {
    let log = "\
11-28 14:00:00.000 D/RILC    (   99): [0001]> SCREEN_STATE (1)
11-28 14:00:00.001 D/RILC    (   99): [0001]< SCREEN_STATE
11-28 14:00:00.002 D/RILC    (   99): [0002]> DIAL (num=5550100,clir=0)
11-28 14:00:00.003 D/RILC    (   99): [0002]< DIAL fails by E_RAIDO_NOT_AVAILABLE
11-28 14:00:00.004 D/RILC    (   99): [UNSL]< UNSOL_RIL_CONNECTED {9}
";
    let (file, imported) = import(From::Logcat, log);
    assert_eq!(imported.complaints, [""; 0]);
    assert_eq!(
        shown(&file),
        [
            "0.000000 client -> rild: SCREEN_STATE #1 [1]",
            "0.001000 rild -> client: SCREEN_STATE #1 ok after 1.0 ms",
            "0.002000 client -> rild: DIAL #2 (what it carried is not known)",
            "0.003000 rild -> client: DIAL #2 RADIO_NOT_AVAILABLE after 1.0 ms",
            "0.004000 rild -> client: ! RIL_CONNECTED [9]",
        ]
    );
    let both = format!("{log}11-28 14:00:01.000 D/RILJ    (   12): [0009]> GET_IMEI\n");
    let (file, _) = import(From::Logcat, &both);
    let lines = shown(&file);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("5 lines are left out") && lines[1].ends_with("GET_IMEI #9"), "{lines:?}");
}

#[test]
fn names_that_ril_h_never_had_are_told_once_each() {
    let log = "\
2026-11-28 14:00:00.000 +0100  1810  1838 D RILJ    : [0001]> GET_PHONE_CAPABILITY [PHONE0]
2026-11-28 14:00:00.000 +0100  1810  1838 D RILJ    : [0001]< GET_PHONE_CAPABILITY {} [PHONE0]
2026-11-28 14:00:00.500 +0100  1810  1838 D RILJ    : [0002]> GET_IMEI [PHONE0]
2026-11-28 14:00:00.500 +0100  1810  1838 D RILJ    : [0003]> QUERY_CLIP [PHONE0]
2026-11-28 14:00:00.500 +0100  1810  1838 D RILJ    : [0003]< QUERY_CLIP {1, 0} [PHONE0]
2026-11-28 14:00:00.500 +0100  1810  1838 D RILJ    : [0004]> SCREEN_STATE: {1} [PHONE0]
2026-11-28 14:00:01.000 +0100  1810  1838 D RILJ    : [0002]< GET_IMEI error: com.android.internal.telephony.CommandException: INVALID_RESPONSE ret= [PHONE0]
";
    let (file, imported) = import(From::Logcat, log);
    assert_eq!(imported.complained, 3);
    assert_eq!(
        imported.complaints,
        [
            "line 7: \"INVALID_RESPONSE\" is no error of ril.h, or any of several",
            "line 1: ril.h has no message \"GET_PHONE_CAPABILITY\"; 2 lines name it",
        ]
    );
    assert_eq!(
        shown(&file),
        [
            "0.000000 PHONE0 -> rild: GET_IMEI #2",
            "0.000000 PHONE0 -> rild: QUERY_CLIP #3",
            "0.000000 rild -> PHONE0: QUERY_CLIP #3 ok after 0.0 ms [1,0]",
            "0.000000 PHONE0 -> rild: SCREEN_STATE #4 (what it carried is not known)",
        ]
    );
    let Item::Record(entry) = &items(&file)[1] else { panic!() };
    assert_eq!(entry.unix_ns, Some(1_795_870_800_500_000_000));
}

#[test]
fn a_log_may_go_past_the_end_of_a_year() {
    let log = "\
12-31 23:59:59.500  1  2 D RILJ    : [0001]> GET_IMEI
01-01 00:00:00.500  1  2 D RILJ    : [0001]> GET_IMEI
01-01 00:00:00.250  1  2 D RILJ    : [0001]> GET_IMEI
";
    let (file, _) = import(From::Logcat, log);
    let times: Vec<String> = shown(&file).iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(times, ["0.000000", "1.000000", "0.750000"]);
}

#[test]
fn a_log_without_ril_is_said_to_be_one() {
    let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
    let (_, imported) = From::Logcat.import(&b"D/dalvikvm(1): GC\n"[..], "a test", begin).unwrap();
    assert!(imported.complaints[0].contains("logcat -b radio"), "{imported:?}");
}

#[test]
fn a_log_may_have_heads_of_their_own_or_colours() {
    let long = "\
--------- beginning of radio
[ 11-28 14:00:00.000  1810: 1838 D/RILJ     ]
[0001]> GET_IMEI [SUB0]

[ 11-28 14:00:00.005  1810: 1838 D/GSM      ]
[0002]> GET_IMEI is what somebody else says

[ 11-28 14:00:00.010  1810: 1838 D/RILJ     ]
[0001]< GET_IMEI 1 [SUB0]

";
    let coloured = "\
\x1b[38;5;75m11-28 14:00:00.000  1810  1838 D RILJ    : [0001]> GET_IMEI [SUB0]\x1b[0m
\x1b[38;5;75m11-28 14:00:00.010  1810  1838 D RILJ    : [0001]< GET_IMEI 1 [SUB0]\x1b[0m
";
    for log in [long, coloured] {
        let (file, imported) = import(From::Logcat, log);
        assert_eq!(imported.complaints, [""; 0]);
        assert_eq!(
            shown(&file),
            [
                "0.000000 SUB0 -> rild: GET_IMEI #1",
                "0.010000 rild -> SUB0: GET_IMEI #1 ok after 10.0 ms (what it carried is not known)",
            ]
        );
    }
}

#[test]
fn a_libril_that_says_no_serials_is_said_to() {
    let log = "\
01-01 02:56:37.107    62   162 I RILC    : libril: new connection to RIL_SOCKET_1
01-01 02:56:37.107    62   162 I RILC    : RIL_SOCKET_1 UNSOLICITED: UNSOL_RIL_CONNECTED length:16
01-01 02:56:37.117    62   162 D RILC    : SOCKET RIL_SOCKET_1 REQUEST: BASEBAND_VERSION length:8
";
    let (_, imported) = import(From::Logcat, log);
    let told = "line 2: libril says in 2 lines which messages went, but no serials and no payloads: nothing can be made \
                of that";
    assert_eq!((imported.frames, imported.complaints), (0, vec![told.to_owned()]));
}
