//! Conversations about the card.

use ril_protocol::payload::sim::{
    AppState, AppType, CardState, CardStatus, PinState, SimApdu, SimIo, SimIoResponse, SimRefresh,
};
use ril_protocol::{Errno, RequestCode as R, UnsolCode as U};

use crate::bench::Bench;

const READ_BINARY: i32 = 0xb0;
const READ_RECORD: i32 = 0xb2;
const GET_RESPONSE: i32 = 0xc0;
const UPDATE_BINARY: i32 = 0xd6;
const UPDATE_RECORD: i32 = 0xdc;

fn command(command: i32, file_id: i32, path: &str, [p1, p2, p3]: [i32; 3]) -> SimIo {
    SimIo { command, file_id, path: Some(path.to_owned()), p1, p2, p3, ..SimIo::default() }
}

impl Bench {
    /// "9000 data" of a command to a file.
    fn io(&mut self, command: &SimIo) -> String {
        let SimIoResponse { sw1, sw2, response } = self.get(R::SIM_IO, command);
        let data = response.map(|data| format!(" {data}")).unwrap_or_default();
        format!("{sw1:02X}{sw2:02X}{data}")
    }

    fn card(&mut self) -> CardStatus {
        self.get(R::GET_SIM_STATUS, &())
    }

    fn app_state(&mut self) -> AppState {
        self.card().applications[0].app_state
    }

    /// What went wrong and the tries left.
    fn pin(&mut self, code: R, strings: &[&str]) -> (Errno, i32) {
        let reply = self.strings(code, strings);
        let tries: Vec<i32> = ril_protocol::parcel::decode(&reply.payload, crate::model::VERSION).unwrap();
        (reply.errno, tries[0])
    }

    fn is_locked(&mut self, facility: &str) -> bool {
        let reply = self.strings(R::QUERY_FACILITY_LOCK, &[facility, "", "0"]);
        assert_eq!(reply.errno, Errno::SUCCESS, "{facility}");
        reply.payload[4] != 0
    }
}

#[test]
fn a_card_is_ready_with_the_radio_off() {
    let mut bench = Bench::new("");
    let card = bench.card();
    assert_eq!((card.card_state, card.gsm_umts_subscription_app_index), (CardState::PRESENT, 0));
    assert_eq!((card.applications[0].app_type, card.applications[0].app_state), (AppType::USIM, AppState::READY));
    assert_eq!(bench.get::<_, Option<String>>(R::GET_IMSI, &vec![None::<String>]).as_deref(), Some("001010123456789"));
    assert_eq!(bench.io(&command(READ_BINARY, 0x2fe2, "3F00", [0, 0, 10])), "9000 98000111325476981082");
}

#[test]
fn identity_files_hold_what_the_arguments_say() {
    let mut bench =
        Bench::new("--imsi 310150987654321 --operator Testnet,Test,310150 --spn Shop --msisdn +15550100042");
    assert_eq!(bench.io(&command(READ_BINARY, 0x6f07, "3F007F20", [0, 0, 9])), "9000 083901519078563412");
    assert_eq!(bench.io(&command(READ_BINARY, 0x6fad, "3F007F20", [0, 0, 4])), "9000 00000003");
    let name = bench.io(&command(READ_BINARY, 0x6f46, "3F007F20", [0, 0, 17]));
    assert_eq!(name, format!("9000 0053686F70{}", "FF".repeat(12)));
    let own = bench.io(&command(READ_RECORD, 0x6f40, "3F007F10", [1, 4, 32]));
    assert!(own.ends_with("07915155100040F2FFFFFFFFFFFF"), "{own}");
    let centre = bench.io(&command(READ_RECORD, 0x6f42, "3F007F10", [1, 4, 40]));
    assert!(centre.contains("E1FFFFFFFFFFFFFFFFFFFFFFFF07915155100000F0FFFFFFFF0000AD"), "{centre}");
}

#[test]
fn get_response_has_the_layout_of_ts_51_011() {
    let mut bench = Bench::new("");
    let transparent = bench.io(&command(GET_RESPONSE, 0x2fe2, "3F00", [0, 0, 15]));
    assert_eq!(transparent, "9000 0000000A2FE2040004FF4401020000");
    let records = bench.io(&command(GET_RESPONSE, 0x6f3b, "3F007F10", [0, 0, 15]));
    assert_eq!(records, "9000 000001406F3B040012FF4401020120", "ten records of 32, PIN1 to read, PIN2 to write");
}

#[test]
fn one_directory_has_two_names_and_a_usim_finds_telecom_files_in_its_own() {
    let mut bench = Bench::new("");
    for path in ["3F007F20", "3F007FFF", "3f007fff", "7FFF"] {
        assert_eq!(bench.io(&command(READ_BINARY, 0x6fad, path, [0, 0, 4])), "9000 00000002", "{path}");
        assert!(bench.io(&command(GET_RESPONSE, 0x6f3c, path, [0, 0, 15])).starts_with("9000"), "{path}");
    }
    for (file, path) in
        [(0x6fad, "3F00"), (0x6fad, "3F007F10"), (0x2fe2, "3F007F20"), (0x4f30, "3F007F105F3A"), (-1, "")]
    {
        assert_eq!(bench.io(&command(GET_RESPONSE, file, path, [0, 0, 15])), "9404", "{file:x} in {path}");
    }
}

#[test]
fn commands_that_do_not_fit_have_their_status() {
    let mut bench = Bench::new("");
    let telecom = "3F007F10";
    for (wrong, status) in [
        (command(READ_RECORD, 0x2fe2, "3F00", [1, 4, 10]), "9408"),
        (command(READ_BINARY, 0x6f3c, telecom, [0, 0, 10]), "9408"),
        (command(READ_RECORD, 0x6f3c, telecom, [0, 4, 176]), "9402"),
        (command(READ_RECORD, 0x6f3c, telecom, [21, 4, 176]), "9402"),
        (command(READ_RECORD, 0x6f3c, telecom, [-1, 4, 176]), "9402"),
        (command(READ_RECORD, 0x6f3c, telecom, [1, 4, 175]), "6700"),
        (command(READ_RECORD, 0x6f3c, telecom, [1, 2, 176]), "6B00"),
        (command(READ_BINARY, 0x2fe2, "3F00", [0, 10, 1]), "6B00"),
        (command(READ_BINARY, 0x2fe2, "3F00", [300, 0, 1]), "6B00"),
        (command(READ_BINARY, 0x2fe2, "3F00", [0, 0, 11]), "6700"),
        (command(0x32, 0x2fe2, "3F00", [0, 0, 1]), "6D00"),
        (command(UPDATE_BINARY, 0x2fe2, "3F00", [0, 0, 10]), "9804"),
    ] {
        assert_eq!(bench.io(&wrong), status, "{wrong:?}");
    }
    assert_eq!(bench.ask(R::SIM_IO, &7).errno, Errno::INVALID_ARGUMENTS);
}

#[test]
fn what_is_written_is_read() {
    let mut bench = Bench::new("");
    let mut update = command(UPDATE_BINARY, 0x6f45, "3F007F20", [0, 2, 4]);
    update.data = Some("0001fffe".to_owned());
    assert_eq!(bench.io(&update), "9000");
    assert_eq!(bench.io(&command(READ_BINARY, 0x6f45, "3F007F20", [0, 0, 0])), "9000 FFFF0001FFFEFFFFFFFF");
    let mut update = command(UPDATE_RECORD, 0x6f3a, "3F007F10", [50, 4, 32]);
    update.data = Some("41".repeat(32));
    assert_eq!(bench.io(&update), "9000");
    assert_eq!(bench.io(&command(READ_RECORD, 0x6f3a, "3F007F10", [50, 4, 32])), format!("9000 {}", "41".repeat(32)));
    for data in [None, Some("4".to_owned()), Some("41".repeat(31)), Some("zz".repeat(32))] {
        assert_eq!(bench.io(&SimIo { data, ..update.clone() }), "6700");
    }
}

#[test]
fn a_locked_card_wants_its_pin() {
    let mut bench = Bench::new("--radio on --sim locked");
    bench.advance(20);
    bench.told();
    assert_eq!(bench.app_state(), AppState::PIN);
    assert_eq!(bench.card().applications[0].pin1, PinState::ENABLED_NOT_VERIFIED);
    assert_eq!(bench.io(&command(READ_BINARY, 0x6f07, "3F007F20", [0, 0, 9])), "9804", "the IMSI is behind the PIN");
    assert!(
        bench.io(&command(READ_BINARY, 0x2fe2, "3F00", [0, 0, 10])).starts_with("9000"),
        "the card's number is not"
    );
    assert_eq!(bench.ask(R::GET_IMSI, &vec![None::<String>]).errno, Errno::INVALID_SIM_STATE);
    assert_eq!(bench.pin(R::ENTER_SIM_PIN, &["9999"]), (Errno::PASSWORD_INCORRECT, 2));
    assert_eq!(bench.get::<_, Vec<Option<String>>>(R::VOICE_REGISTRATION_STATE, &())[0].as_deref(), Some("10"));
    assert_eq!(bench.pin(R::ENTER_SIM_PIN, &["1234"]), (Errno::SUCCESS, 3));
    bench.advance(20);
    assert_eq!(bench.app_state(), AppState::READY);
    let told = bench.told();
    assert!(told.contains(&U::RESPONSE_SIM_STATUS_CHANGED) && told.contains(&U::RESPONSE_VOICE_NETWORK_STATE_CHANGED));
    assert_eq!(bench.get::<_, Vec<Option<String>>>(R::VOICE_REGISTRATION_STATE, &())[0].as_deref(), Some("1"));
}

#[test]
fn a_blocked_pin_wants_its_puk() {
    let mut bench = Bench::new("--sim locked --pin 4711 --puk 11223344");
    for left in [2, 1, 0] {
        assert_eq!(bench.pin(R::ENTER_SIM_PIN, &["0000"]), (Errno::PASSWORD_INCORRECT, left));
    }
    assert_eq!(bench.app_state(), AppState::PUK);
    assert_eq!(bench.pin(R::ENTER_SIM_PUK, &["00000000", "1111"]), (Errno::PASSWORD_INCORRECT, 9));
    assert_eq!(bench.pin(R::ENTER_SIM_PUK, &["11223344", "1111"]), (Errno::SUCCESS, 3));
    assert_eq!(bench.app_state(), AppState::READY);
    assert_eq!(bench.pin(R::CHANGE_SIM_PIN, &["4711", "2222"]), (Errno::PASSWORD_INCORRECT, 2));
    assert_eq!(bench.pin(R::CHANGE_SIM_PIN, &["1111", "2222"]), (Errno::SUCCESS, 3));
    assert_eq!(bench.strings(R::ENTER_SIM_PIN, &[]).errno, Errno::INVALID_ARGUMENTS);
}

#[test]
fn the_pin_lock_is_a_facility() {
    let mut bench = Bench::new("");
    assert!(!bench.is_locked("SC"));
    assert_eq!(bench.pin(R::SET_FACILITY_LOCK, &["SC", "1", "9999", "0"]), (Errno::PASSWORD_INCORRECT, 2));
    assert_eq!(bench.pin(R::SET_FACILITY_LOCK, &["SC", "1", "1234", "0"]), (Errno::SUCCESS, 3));
    assert!(bench.is_locked("SC"));
    assert_eq!(bench.app_state(), AppState::READY, "it was entered just now");
    bench.console("sim remove");
    bench.console("sim insert");
    assert_eq!(bench.app_state(), AppState::PIN);
    assert!(!bench.is_locked("PN"));
    assert_eq!(bench.strings(R::QUERY_FACILITY_LOCK, &["XX", "", "0"]).errno, Errno::INVALID_ARGUMENTS);
}

#[test]
fn fixed_dialling_lets_only_its_list_through() {
    let mut bench = Bench::online("");
    let dial =
        |number: &str| ril_protocol::payload::call::Dial { address: Some(number.to_owned()), ..Default::default() };
    let mut entry = command(UPDATE_RECORD, 0x6f3b, "3F007F10", [1, 4, 32]);
    entry.data = Some(format!("{}0481555501FF{}", "FF".repeat(18), "FF".repeat(8)));
    assert_eq!(bench.ask(R::SIM_IO, &entry).errno, Errno::SIM_PIN2);
    entry.pin2 = Some("0000".to_owned());
    assert_eq!(bench.ask(R::SIM_IO, &entry).errno, Errno::SIM_PIN2);
    entry.pin2 = Some("5678".to_owned());
    assert_eq!(bench.io(&entry), "9000");
    assert_eq!(bench.pin(R::SET_FACILITY_LOCK, &["FD", "1", "5678", "0"]), (Errno::SUCCESS, 3));
    assert!(bench.is_locked("FD"));
    assert_eq!(bench.io(&command(READ_BINARY, 0x6f56, "3F007FFF", [0, 0, 1])), "9000 01");
    assert_eq!(bench.ask(R::DIAL, &dial("5550123")).errno, Errno::FDN_CHECK_FAILURE);
    assert_eq!(bench.ask(R::DIAL, &dial("5555109")).errno, Errno::SUCCESS);
    bench.ints(R::HANGUP, &[1]);
    assert_eq!(bench.ask(R::DIAL, &dial("112")).errno, Errno::SUCCESS);
}

#[test]
fn a_card_that_is_pulled_out_takes_service_along() {
    let mut bench = Bench::online("");
    bench.strings(R::SETUP_DATA_CALL, &["3", "0", "internet", "", "", "0", "IP"]);
    assert_eq!(bench.console("sim remove"), "OK\n");
    let told = bench.told();
    for code in [U::RESPONSE_SIM_STATUS_CHANGED, U::DATA_CALL_LIST_CHANGED, U::RESPONSE_VOICE_NETWORK_STATE_CHANGED] {
        assert!(told.contains(&code), "{code} in {told:?}");
    }
    assert_eq!(bench.card().card_state, CardState::ABSENT);
    assert_eq!(bench.ask(R::GET_IMSI, &vec![None::<String>]).errno, Errno::SIM_ABSENT);
    assert_eq!(bench.ask(R::SIM_IO, &SimIo::default()).errno, Errno::SIM_ABSENT);
    assert_eq!(bench.strings(R::ENTER_SIM_PIN, &["1234"]).errno, Errno::SIM_ABSENT);
}

/// SELECT of the card's own application, or another command, on a channel.
fn apdu(session_id: i32, instruction: i32, data: &str) -> SimApdu {
    let (cla, p1, p2, p3) = (0, 4, 4, i32::try_from(data.len() / 2).unwrap());
    SimApdu { session_id, cla, instruction, p1, p2, p3, data: Some(data.to_owned()) }
}

#[test]
fn logical_channels_are_few() {
    let mut bench = Bench::new("");
    let open = |bench: &mut Bench, aid: &str| bench.ask(R::SIM_OPEN_CHANNEL, &Some(aid.to_owned()));
    assert_eq!(open(&mut bench, "A0000000040001").errno, Errno::NO_SUCH_ELEMENT);
    for channel in 1..=4 {
        let reply = open(&mut bench, "a0000000871002");
        assert_eq!(reply.payload[4], channel);
    }
    assert_eq!(open(&mut bench, "A0000000871002").errno, Errno::MISSING_RESOURCE);
    assert_eq!(bench.ints(R::SIM_CLOSE_CHANNEL, &[2]).errno, Errno::SUCCESS);
    assert_eq!(bench.ints(R::SIM_CLOSE_CHANNEL, &[2]).errno, Errno::INVALID_ARGUMENTS);
    assert_eq!(bench.ints(R::SIM_CLOSE_CHANNEL, &[0]).errno, Errno::INVALID_ARGUMENTS, "the basic one stays");
    assert_eq!(bench.console("sim channels").lines().map(|line| &line[..1]).collect::<String>(), "134O");
    assert_eq!(open(&mut bench, "A0000000871002").payload[4], 2);
    bench.console("sim remove");
    assert_eq!(bench.console("sim channels"), "OK\n");
    assert_eq!(open(&mut Bench::new("--channels 0"), "A0000000871002").errno, Errno::MISSING_RESOURCE);
}

#[test]
fn commands_on_a_closed_channel_fail_as_the_card_says() {
    let mut bench = Bench::new("");
    let mut transmit = |code, command: SimApdu| {
        let SimIoResponse { sw1, sw2, .. } = bench.get(code, &command);
        (sw1, sw2)
    };
    let usim = "A0000000871002";
    assert_eq!(transmit(R::SIM_TRANSMIT_APDU_CHANNEL, apdu(1, 0xa4, usim)), (0x68, 0x81));
    assert_eq!(transmit(R::SIM_TRANSMIT_APDU_BASIC, apdu(1, 0xa4, usim)), (0x90, 0x00), "is always open");
    assert_eq!(transmit(R::SIM_TRANSMIT_APDU_BASIC, apdu(0, 0xa4, "A0000000040001")), (0x6a, 0x82));
    assert_eq!(transmit(R::SIM_TRANSMIT_APDU_BASIC, apdu(0, 0xb0, "")), (0x6d, 0x00));
    bench.ask(R::SIM_OPEN_CHANNEL, &Some(usim.to_owned()));
    let mut transmit =
        |session_id| bench.get::<_, SimIoResponse>(R::SIM_TRANSMIT_APDU_CHANNEL, &apdu(session_id, 0xa4, usim));
    assert_eq!([1, 2, 20, -1].map(|channel| transmit(channel).sw1), [0x90, 0x68, 0x68, 0x68]);
    bench.console("sim remove");
    assert_eq!(bench.ask(R::SIM_TRANSMIT_APDU_CHANNEL, &apdu(1, 0xa4, usim)).errno, Errno::SIM_ABSENT);
}

#[test]
fn a_sim_has_the_tables_of_a_sim() {
    let mut sim = Bench::new("--app sim");
    assert_eq!(sim.card().applications[0].app_type, AppType::SIM);
    assert_eq!(sim.io(&command(READ_BINARY, 0x6fb7, "3F007F20", [0, 0, 15])), "9000 11F2FF19F1FFFFFFFFFFFFFFFFFFFF");
    let mut usim = Bench::new("--app usim");
    assert_eq!(usim.io(&command(READ_RECORD, 0x6fb7, "3F007FFF", [2, 4, 4])), "9000 19F1FF00");
}

#[test]
fn emergency_numbers_are_read_in_the_layout_of_the_directory() {
    let free = "F".repeat(18);
    for app in ["sim", "usim"] {
        let mut bench = Bench::new(&format!("--app {app} --ecc 112,118118/4"));
        let gsm = bench.io(&command(READ_BINARY, 0x6fb7, "3F007F20", [0, 0, 15]));
        assert_eq!(gsm, format!("9000 11F2FF111881{free}"), "{app}");
    }
    let mut bench = Bench::new("--ecc 112,118118/4");
    for (at, record) in [(1, "9000 11F2FF00"), (2, "9000 11188104"), (3, "9000 FFFFFFFF"), (6, "9402")] {
        assert_eq!(bench.io(&command(READ_RECORD, 0x6fb7, "3F007FFF", [at, 4, 4])), record, "{at}");
    }
    assert_eq!(bench.console("sim ecc"), "112\n118118/4\nOK\n");
    assert_eq!(bench.console("sim ecc 08/16 000"), "OK\n");
    let refreshed: Vec<SimRefresh> = bench.told_of(U::SIM_REFRESH);
    assert_eq!((refreshed[0].result, refreshed[0].ef_id), (0, 0x6fb7));
    assert_eq!(bench.io(&command(READ_RECORD, 0x6fb7, "3F007FFF", [1, 4, 4])), "9000 80FFFF10");
    assert!(bench.io(&command(READ_BINARY, 0x6fb7, "3F007F20", [0, 0, 6])).starts_with("9000 80FFFF00F0FF"));
    assert_eq!(bench.console("sim ecc none"), "OK\n");
    assert_eq!(bench.console("sim ecc"), "OK\n");
    for wrong in ["1 2 3 4 5 6", "1234567", "112/32", "112/x", "one"] {
        assert!(bench.console(&format!("sim ecc {wrong}")).starts_with("KO: "), "{wrong}");
    }
}

const SPN: [i32; 3] = [0, 0, 17];

#[test]
fn a_card_that_is_swapped_is_another_card() {
    let mut bench = Bench::online("--sim locked --pin 4711");
    bench.pin(R::ENTER_SIM_PIN, &["4711"]);
    bench.ask(R::SIM_OPEN_CHANNEL, &Some("A0000000871002".to_owned()));
    bench.console("sim write 6f46 004E6577");
    bench.console("sim ecc 118");
    bench.told();
    assert_eq!(bench.console("sim swap 001010000000002 8900100000000000002"), "OK\n");
    let pulled_and_put_in = bench.told_of::<()>(U::RESPONSE_SIM_STATUS_CHANGED).len();
    assert_eq!(pulled_and_put_in, 2);
    assert_eq!(bench.app_state(), AppState::PIN, "nobody has entered the PIN of this one");
    assert_eq!(bench.pin(R::ENTER_SIM_PIN, &["4711"]), (Errno::SUCCESS, 3));
    let imsi: Option<String> = bench.get(R::GET_IMSI, &vec![None::<String>]);
    assert_eq!(imsi.as_deref(), Some("001010000000002"));
    assert_eq!(bench.io(&command(READ_BINARY, 0x2fe2, "3F00", [0, 0, 10])), "9000 980001000000000000F2");
    assert_eq!(bench.console("sim channels"), "OK\n");
    assert_eq!(bench.console("sim ecc"), "112\n911\nOK\n");
    assert_ne!(bench.io(&command(READ_BINARY, 0x6f46, "3F007FFF", SPN))[..12], *"9000 004E6577");
    bench.console("sim remove");
    bench.told();
    assert_eq!(bench.console("sim swap 001010000000003"), "OK\n");
    assert_eq!(bench.told_of::<()>(U::RESPONSE_SIM_STATUS_CHANGED).len(), 1, "there was none to pull out");
}

#[test]
fn a_file_that_the_operator_writes_is_read_again() {
    let mut bench = Bench::online("");
    assert_eq!(bench.console("sim write 6F46 004E6577"), "OK\n");
    let refreshed: Vec<SimRefresh> = bench.told_of(U::SIM_REFRESH);
    assert_eq!(refreshed.iter().map(|it| (it.result, it.ef_id)).collect::<Vec<_>>(), [(0, 0x6f46)]);
    assert!(refreshed[0].aid.as_deref().is_some_and(|aid| aid.starts_with("A0000000871002")));
    let written = format!("004E6577{}", "FF".repeat(13));
    assert_eq!(bench.io(&command(READ_BINARY, 0x6f46, "3F007FFF", SPN)), format!("9000 {written}"));
    assert_eq!(bench.console("sim file 6f46"), format!("{}\nOK\n", written.to_lowercase()));
    assert_eq!(bench.console("sim write 6f3a#2 41"), "OK\n");
    let record = format!("9000 41{}", "FF".repeat(31));
    assert_eq!(bench.io(&command(READ_RECORD, 0x6f3a, "3F007F10", [2, 4, 32])), record);
    for wrong in
        ["6f46", "6f46 0", "6f46#1 00", "6f3a 00", "6f3a#0 00", "6f3a#51 00", "6f4600 00", "6f99 00", "6f07 00"]
    {
        assert!(bench.console(&format!("sim write {wrong}")).starts_with("KO: "), "{wrong}");
    }
    assert!(bench.console(&format!("sim write 6f46 {}", "00".repeat(18))).starts_with("KO: there is room for 17"));
    bench.console("sim remove");
    assert_eq!(bench.console("sim write 6f46 00"), "KO: no card\n");
}

#[test]
fn a_refresh_says_what_is_to_be_read_again() {
    let mut bench = Bench::online("--sim locked");
    bench.pin(R::ENTER_SIM_PIN, &["1234"]);
    bench.does(R::REPORT_STK_SERVICE_IS_RUNNING);
    bench.console("stk menu");
    bench.ask(R::SIM_OPEN_CHANNEL, &Some("A0000000871002".to_owned()));
    bench.told();
    for (line, result, file) in [("6f46", 0, 0x6f46), ("init", 1, 0)] {
        assert_eq!(bench.console(&format!("sim refresh {line}")), "OK\n");
        let refreshed: Vec<SimRefresh> = bench.told_of(U::SIM_REFRESH);
        assert_eq!(refreshed.iter().map(|it| (it.result, it.ef_id)).collect::<Vec<_>>(), [(result, file)], "{line}");
        assert_eq!(bench.app_state(), AppState::READY, "{line}");
    }
    assert_eq!(bench.console("sim refresh reset"), "OK\n");
    let told = bench.told();
    let expected = [U::SIM_REFRESH, U::STK_SESSION_END, U::RESPONSE_SIM_STATUS_CHANGED];
    assert_eq!(told[..3], expected);
    assert!(told.contains(&U::STK_PROACTIVE_COMMAND), "the menu is said again: {told:?}");
    assert_eq!(bench.app_state(), AppState::PIN);
    assert_eq!(bench.console("sim channels"), "OK\n");
    bench.console("sim remove");
    assert_eq!(bench.console("sim refresh init"), "KO: no card\n");
    assert!(bench.console("sim refresh all").starts_with("KO: "));
}
