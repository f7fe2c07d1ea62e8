//! What unprivileged phones may say to the card, as the card takes it: by SIM_IO and on logical channels.

use super::*;

const SIM_IO: RequestCode = RequestCode::SIM_IO;
const OPEN: RequestCode = RequestCode::SIM_OPEN_CHANNEL;
const CLOSE: RequestCode = RequestCode::SIM_CLOSE_CHANNEL;
const TRANSMIT: RequestCode = RequestCode::SIM_TRANSMIT_APDU_CHANNEL;

const APPLET: &str = "F04E4F4E45";
const USIM: &str = "A0000000871002";
const CSIM: &str = "A0000003431002";
const ISIM: &str = "A0000000871004";

const SELECT: i32 = 0xa4;

/// A command with its data; P3 is what the card wants there.
fn apdu(cla: i32, instruction: i32, p1: i32, data: &str) -> Value {
    let data_or_none = if data.is_empty() { Value::Null } else { json!(data) };
    json!({
        "session_id": 1, "cla": cla, "instruction": instruction, "p1": p1, "p2": 0, "p3": data.len() / 2,
        "data": data_or_none,
    })
}

fn with(mut value: Value, name: &str, field: i32) -> Value {
    value[name] = json!(field);
    value
}

/// The second phone has channel 1, which is 2 at the modem.
fn bench() -> Bench {
    bench_with(|_| {})
}

fn bench_with(change: impl FnOnce(&mut Config)) -> Bench {
    let mut b = Bench::with(change);
    b.ask(WORK, 50, OPEN, json!(APPLET));
    b.modem_answers(OPEN, json!(APPLET), json!([2, 0x90, 0]));
    b.to_phones.clear();
    b
}

/// Those of these commands that reach the modem.
fn let_through(b: &mut Bench, phone: PhoneId, code: RequestCode, commands: Vec<Value>) -> Vec<String> {
    let mut through = Vec::new();
    for command in commands {
        b.ask(phone, 7, code, command.clone());
        if b.to_modem.pop_front().is_some() {
            through.push(command.to_string());
        }
        b.to_phones.clear();
    }
    through
}

#[test]
fn a_selection_does_not_lead_to_the_network() {
    let by_name = |data: &str| apdu(0, SELECT, 4, data);
    let with_length = format!("07{USIM}");
    let commands = vec![
        by_name(USIM),
        by_name(&USIM.to_ascii_lowercase()),
        by_name("A0"),
        by_name(""),
        // The length stands in the data: the command has no P3 of its own, or an extended one.
        with(by_name(&with_length), "p3", -1),
        with(by_name(&with_length), "p3", 0),
        with(by_name(&format!("00{with_length}")), "p3", 0),
        // The card takes as much as P3 says.
        with(by_name("F0A0000000871002"), "p3", 3),
        with(by_name("F04E"), "p3", 9),
        // The last, next or previous of that name.
        with(by_name("A0"), "p2", 2),
        // Bits of P1 that mean nothing.
        apdu(0, SELECT, 0x84, USIM),
        apdu(0, SELECT, 0x44, USIM),
        apdu(0, SELECT, 0x0c, USIM),
        apdu(0, SELECT, 0x14, USIM),
        // A part of the command, or one that is wrapped.
        apdu(0x10, SELECT, 4, APPLET),
        apdu(0x0c, SELECT, 4, "8107A0000000871002"),
        apdu(0x04, SELECT, 4, "8107A0000000871002"),
        // Folders, and files in them, by identifier and by path: the master file by its name, and where nothing is
        // said.
        apdu(0, SELECT, 0, ""),
        apdu(0, SELECT, 0, "3F00"),
        apdu(0, SELECT, 0, "3f00"),
        apdu(0, SELECT, 0, "7FFF"),
        apdu(0, SELECT, 1, "7FFF"),
        apdu(0, SELECT, 0, "7F10"),
        apdu(0, SELECT, 0, "7F20"),
        apdu(0, SELECT, 0, "7F25"),
        apdu(0, SELECT, 3, ""),
        apdu(0, SELECT, 0, "6F08"),
        apdu(0, SELECT, 2, "6F3C"),
        apdu(0, SELECT, 8, "7FFF6F46"),
        apdu(0, SELECT, 8, "7F206F3C"),
        apdu(0, SELECT, 8, "50155FC04F05"),
        apdu(0, SELECT, 9, "7F10"),
        apdu(0, SELECT, 9, "5F3B4F20"),
        apdu(0, SELECT, 9, ""),
        apdu(0, SELECT, 0, "7FFF6F08"),
        apdu(0, SELECT, 8, "50"),
        with(apdu(0, SELECT, 0, "027FFF"), "p3", 0),
    ];
    let through = let_through(&mut bench(), WORK, TRANSMIT, commands);
    assert!(through.is_empty(), "{through:#?}");
}

#[test]
fn a_class_names_no_other_channel_and_no_other_card() {
    // The phone's own channel is 1, whatever it is at the modem.
    let commands = [0x02, 0x03, 0x40, 0x41, 0x4f, 0x60, 0x82, 0xc0, 0xa0, 0x20, 0xff, 0x100, -1];
    let commands = commands.map(|cla| apdu(cla, 0xb0, 0, "")).to_vec();
    let through = let_through(&mut bench(), WORK, TRANSMIT, commands);
    assert!(through.is_empty(), "{through:#?}");
}

/// As a modem would send it on that does not fill in the channel.
#[test]
fn a_command_without_a_channel_is_on_its_phones() {
    let mut b = bench();
    let at_modem = |cla: i32, instruction: i32| with(apdu(cla, instruction, 0, ""), "session_id", 2);
    for (said, heard) in [(0x00, 0x02), (0x80, 0x82), (0x0c, 0x0e), (0x01, 0x02)] {
        b.ask(WORK, 7, TRANSMIT, apdu(said, 0xca, 0, ""));
        b.modem_hears(TRANSMIT, at_modem(heard, 0xca));
    }
    // Beyond the fourth channel the class has another form.
    b.ask(WORK, 50, OPEN, json!(APPLET));
    b.modem_answers(OPEN, json!(APPLET), json!([6]));
    b.ask(WORK, 7, TRANSMIT, with(apdu(0x80, 0xca, 0, ""), "session_id", 2));
    b.modem_hears(TRANSMIT, with(apdu(0xc2, 0xca, 0, ""), "session_id", 6));
    // A privileged phone's is as it says.
    b.ask(PERSONAL, 50, OPEN, json!(USIM));
    b.modem_answers(OPEN, json!(USIM), json!([3]));
    b.ask(PERSONAL, 7, TRANSMIT, apdu(0x00, 0xb0, 0, ""));
    b.modem_hears(TRANSMIT, with(apdu(0x00, 0xb0, 0, ""), "session_id", 3));
}

#[test]
fn no_pin_of_the_card_is_tried_and_nothing_wrapped_on_a_channel() {
    let mut commands = Vec::new();
    // VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK of a PIN of the whole card.
    for instruction in [0x20, 0x24, 0x26, 0x28, 0x2c] {
        commands.push(with(apdu(0, instruction, 0, "31323334FFFFFFFF"), "p2", 1));
        commands.push(with(apdu(0, instruction, 0, "31323334FFFFFFFF"), "p2", 0x11));
    }
    // ENVELOPE, in which another command may be.
    commands.extend([apdu(0x00, 0xc2, 0, "00A4040007A0000000871002"), apdu(0x80, 0xc3, 0, "D1")]);
    // A command of four bytes with data behind it.
    commands.push(with(apdu(0, 0xca, 0, "00"), "p3", -1));
    let through = let_through(&mut bench(), WORK, TRANSMIT, commands);
    assert!(through.is_empty(), "{through:#?}");
    // An application's own PIN is that application's.
    let own = vec![with(apdu(0, 0x20, 0, "31323334"), "p2", 0x81), with(apdu(0, 0x20, 0, "31323334"), "p2", 0)];
    assert_eq!(let_through(&mut bench(), WORK, TRANSMIT, own).len(), 2);
}

/// Access rules of carriers are read so from a PKCS #15 application.
#[test]
fn files_of_other_applications_are_selected() {
    let commands = vec![
        apdu(0, SELECT, 4, APPLET),
        apdu(0, SELECT, 4, &APPLET.to_ascii_lowercase()),
        // Le behind the data.
        with(apdu(0, SELECT, 4, "F04E4F4E4500"), "p3", 5),
        with(apdu(0, SELECT, 0, "5031"), "p2", 4),
        with(apdu(0, SELECT, 0, "4401"), "p2", 4),
        apdu(0, SELECT, 9, "50154402"),
        apdu(0, 0xb0, 0, ""),
        with(apdu(0, 0xb0, 0, ""), "p3", 0xff),
        with(apdu(0x80, 0xca, 0, ""), "p3", -1),
        apdu(0x80, 0xe2, 0, "BF2003"),
    ];
    let count = commands.len();
    assert_eq!(let_through(&mut bench(), WORK, TRANSMIT, commands).len(), count);
}

#[test]
fn what_a_phone_may_not_read_of_itself_it_may_not_select() {
    let own = |config: &mut Config| {
        config.phone[1].imsi = "001010000000002".to_owned().into();
        config.phone[1].location = false;
    };
    let commands = vec![apdu(0, SELECT, 2, "6F07"), apdu(0, SELECT, 0, "6F7E"), apdu(0, SELECT, 9, "50156F07")];
    let through = let_through(&mut bench_with(own), WORK, TRANSMIT, commands);
    assert!(through.is_empty(), "{through:#?}");
}

#[test]
fn what_opens_a_channel_is_an_identifier() {
    let aids =
        [USIM, "a0000000871002", "A000000", "F04E4", "F04E4F4E45FG", "F04E 4F4E45", "F04E4F4E4\u{ff15}", "A0000"];
    let commands = aids.iter().map(|aid| json!(aid)).chain([json!("F0".repeat(17))]).collect();
    let through = let_through(&mut Bench::new(), WORK, OPEN, commands);
    assert!(through.is_empty(), "{through:#?}");
    let commands = vec![json!(APPLET), json!(APPLET.to_ascii_lowercase())];
    assert_eq!(let_through(&mut Bench::new(), WORK, OPEN, commands).len(), 2);
}

/// On channel 0 is the network's application.
#[test]
fn numbers_that_are_no_channels_are_nobodys() {
    let mut b = bench();
    for phone in [PERSONAL, WORK] {
        for number in [i32::MIN, -1, 0, 20, i32::MAX] {
            b.ask(phone, 7, TRANSMIT, with(apdu(0, 0xca, 0, ""), "session_id", number));
            b.hears_errno(phone, 7, Errno::GENERIC_FAILURE);
            b.ask(phone, 7, CLOSE, json!([number]));
            b.hears_errno(phone, 7, Errno::GENERIC_FAILURE);
            b.silence();
        }
    }
    for number in [0, -1, i32::MIN] {
        b.ask(WORK, 8, OPEN, json!(APPLET));
        b.modem_answers(OPEN, json!(APPLET), json!([number, 0x90, 0]));
        b.hears_errno(WORK, 8, Errno::GENERIC_FAILURE);
        b.silence();
        b.ask(WORK, 7, TRANSMIT, with(apdu(0, 0xca, 0, ""), "session_id", 2));
        b.hears_errno(WORK, 7, Errno::GENERIC_FAILURE);
    }
    b.event(Event::PhoneDown(WORK));
    b.modem_hears(CLOSE, json!([2]));
    b.silence();
}

fn read(command: i32, file: i32, path: &str) -> Value {
    let path = if path.is_empty() { Value::Null } else { json!(path) };
    json!({
        "command": command, "file_id": file, "path": path, "p1": 0, "p2": 0, "p3": 10, "data": null, "pin2": null,
        "aid": null,
    })
}

#[test]
fn a_command_says_one_thing_about_where_it_reads() {
    let record = |p3: i32| with(with(with(read(0xb2, 0x6f3a, "3F007F10"), "p1", 1), "p2", 4), "p3", p3);
    let commands = vec![
        // The path leads to another file than the one that is named.
        read(0xb0, 0x6f46, "3F007F206F3C"),
        read(0xb0, 0x6f46, "7FFF6F08"),
        read(0xc0, 0x6f46, "3F007F206F45"),
        // What it is depends on what was selected before.
        read(0xb0, 0x4f20, ""),
        read(0xb0, 0x4f20, "3F007F20"),
        read(0xb0, 0x4f05, "3F007FFF5FC0"),
        read(0xb0, 0x4f20, "3f007f205f3b"),
        read(0xb0, 0x4f46, "3F007FFF5F40"),
        // Numbers that are no bytes.
        with(read(0xb0, 0x6f46, "3F007F20"), "p3", -1),
        with(read(0xb0, 0x6f46, "3F007F20"), "p3", 0x10000),
        with(read(0xc0, 0x6f46, "3F007F20"), "p3", 256),
        record(-1),
        record(256),
    ];
    let through = let_through(&mut Bench::new(), WORK, SIM_IO, commands);
    assert!(through.is_empty(), "{through:#?}");
    let commands = vec![
        read(0xb0, 0x6f46, "3F007F20"),
        read(0xb0, 0x6f46, ""),
        read(0xb0, 0x6f46, "3F007F206F46"),
        read(0xb0, 0x2fe2, "3F00"),
        read(0xb0, 0x4f20, "3F007F105F50"),
        read(0xb0, 0x4f30, "3F007F105F3A"),
        read(0xb0, 0x6f38, "3F007FFF"),
        // A list of networks may be longer than a record.
        with(read(0xb0, 0x6f61, "3F007FFF"), "p3", 300),
        record(28),
        record(255),
    ];
    let count = commands.len();
    assert_eq!(let_through(&mut Bench::new(), WORK, SIM_IO, commands).len(), count);
}

/// What a library makes of the application, nobody knows.
#[test]
fn keys_are_keys_whatever_application_is_named() {
    let mut keys = read(0xb0, 0x6f09, "3F007FFF");
    keys["aid"] = json!(ISIM);
    let through = let_through(&mut Bench::new(), WORK, SIM_IO, vec![keys]);
    assert!(through.is_empty(), "{through:#?}");
}

#[test]
fn files_of_cdma_are_told_from_others_of_their_number() {
    let of_csim = |file: i32| {
        let mut read = read(0xb0, file, "3F007FFF");
        read["aid"] = json!(CSIM);
        read
    };
    let mut commands = Vec::new();
    for file in [0x6f33, 0x6f50, 0x6f6b, 0x6f76, 0x6f7c, 0x6f7d, 0x6f65, 0x6f3e, 0x6f3c, 0x6f44] {
        commands.extend([read(0xb0, file, "3F007F25"), of_csim(file)]);
    }
    let through = let_through(&mut Bench::new(), WORK, SIM_IO, commands);
    assert!(through.is_empty(), "{through:#?}");
    let others = [0x6f50, 0x6f3e, 0x6f65].map(|file| read(0xb0, file, "3F007FFF")).to_vec();
    assert_eq!(let_through(&mut Bench::new(), WORK, SIM_IO, others).len(), 3);
}
