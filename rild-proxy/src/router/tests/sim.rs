//! The SIM card: who reads and changes what, whose logical channels are whose, and that no PIN is lost.

use super::*;

const SIM_IO: RequestCode = RequestCode::SIM_IO;
const OPEN: RequestCode = RequestCode::SIM_OPEN_CHANNEL;
const CLOSE: RequestCode = RequestCode::SIM_CLOSE_CHANNEL;
const TRANSMIT: RequestCode = RequestCode::SIM_TRANSMIT_APDU_CHANNEL;
const PIN: RequestCode = RequestCode::ENTER_SIM_PIN;

/// EF_SPN and EF_ADN; EF_SMS, EF_Kc and EF_EXT5.
const FILES: [i32; 2] = [0x6f46, 0x6f3a];
const PRIVATE_FILES: [i32; 3] = [0x6f3c, 0x6f20, 0x6f4e];

/// An application of nobody in particular, and a USIM.
const APPLET: &str = "F04E4F4E45";
const USIM: &str = "A0000000871002";

fn io(command: i32, file: i32, p1: i32, p2: i32) -> Value {
    json!({
        "command": command, "file_id": file, "path": "3F007F20", "p1": p1, "p2": p2, "p3": 15,
        "data": null, "pin2": null, "aid": null,
    })
}

fn read(file: i32) -> Value {
    io(0xb0, file, 0, 0)
}

fn content(data: &str) -> Value {
    json!({"sw1": 0x90, "sw2": 0, "response": data})
}

fn apdu(channel: i32, cla: i32, instruction: i32, p1: i32, data: Option<&str>) -> Value {
    json!({
        "session_id": channel, "cla": cla, "instruction": instruction, "p1": p1, "p2": 0,
        "p3": data.map_or(0, |data| data.len() / 2), "data": data,
    })
}

fn card(app_state: &str, pin1: &str, pin2: &str) -> Value {
    json!({
        "card_state": "PRESENT", "universal_pin_state": pin1, "gsm_umts_subscription_app_index": 0,
        "cdma_subscription_app_index": -1, "ims_subscription_app_index": -1,
        "applications": [{
            "app_type": "USIM", "app_state": app_state, "perso_substate": 0, "aid": USIM, "app_label": null,
            "pin1_replaced": 0, "pin1": pin1, "pin2": pin2,
        }],
    })
}

impl Bench {
    /// Opens a channel that the modem gives this number; the phone's number.
    #[track_caller]
    fn opens_channel(&mut self, phone: PhoneId, at_modem: i32, number: i32) {
        self.ask(phone, 50, OPEN, json!(APPLET));
        self.modem_answers(OPEN, json!(APPLET), json!([at_modem, 0x90, 0]));
        self.hears_reply(phone, 50, OPEN, Errno::SUCCESS, json!([number, 0x90, 0]));
        self.silence();
    }

    #[track_caller]
    fn is_refused(&mut self, phone: PhoneId, code: RequestCode, arguments: Value, errno: Errno) {
        self.ask(phone, 51, code, arguments);
        self.hears_errno(phone, 51, errno);
        self.silence();
    }

    /// Somebody asks for the card, and there is none.
    #[track_caller]
    fn finds_no_card(&mut self) {
        let mut absent = card("UNKNOWN", "UNKNOWN", "UNKNOWN");
        absent["card_state"] = json!("ABSENT");
        absent["applications"] = json!([]);
        self.finds_out(PERSONAL, RequestCode::GET_SIM_STATUS, Value::Null, absent);
    }

    /// A privileged phone enters a PIN and the card does not take it.
    #[track_caller]
    fn enters_wrongly(&mut self, pin: &str, left: i32) {
        self.ask(PERSONAL, 52, PIN, json!([pin, null]));
        let serial = self.modem_hears(PIN, json!([pin, null]));
        self.reply_raw(serial, Errno::PASSWORD_INCORRECT, &encoded(&[left]));
        self.hears_reply(PERSONAL, 52, PIN, Errno::PASSWORD_INCORRECT, json!([left]));
        self.silence();
    }

    /// A privileged phone enters a PIN and hears that it is wrong, without the card having been asked.
    #[track_caller]
    fn is_spared(&mut self, pin: &str, left: i32) {
        self.ask(PERSONAL, 53, PIN, json!([pin, null]));
        self.hears_reply(PERSONAL, 53, PIN, Errno::PASSWORD_INCORRECT, json!([left]));
        self.silence();
    }
}

#[test]
fn a_file_is_read_once_for_all() {
    let mut b = Bench::new();
    for file in FILES {
        b.ask(WORK, 1, SIM_IO, read(file));
        b.ask(PERSONAL, 2, SIM_IO, read(file));
        b.modem_answers(SIM_IO, read(file), content("01"));
        b.hears_reply(WORK, 1, SIM_IO, Errno::SUCCESS, content("01"));
        b.hears_reply(PERSONAL, 2, SIM_IO, Errno::SUCCESS, content("01"));
        b.knows(WORK, SIM_IO, read(file), content("01"));
    }
    for other in [io(0xc0, FILES[0], 0, 0), io(0xb2, FILES[0], 1, 4), io(0xb0, FILES[0], 1, 0)] {
        b.finds_out(WORK, SIM_IO, other.clone(), content("02"));
        b.knows(PERSONAL, SIM_IO, other, content("02"));
    }
}

#[test]
fn a_file_is_read_again_when_it_may_have_changed() {
    let refresh = |result, file| json!({"result": result, "ef_id": file, "aid": null});
    let known = || {
        let mut b = Bench::new();
        for file in FILES {
            b.finds_out(WORK, SIM_IO, read(file), content("01"));
        }
        b
    };
    let mut b = known();
    b.unsolicited(UnsolCode::SIM_REFRESH, refresh(0, FILES[0]));
    b.to_phones.clear();
    b.finds_out(WORK, SIM_IO, read(FILES[0]), content("02"));
    b.knows(WORK, SIM_IO, read(FILES[1]), content("01"));
    for (code, payload) in [
        (UnsolCode::SIM_REFRESH, refresh(0, 0)),
        (UnsolCode::SIM_REFRESH, refresh(1, FILES[0])),
        (UnsolCode::RESPONSE_SIM_STATUS_CHANGED, Value::Null),
        (UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF")),
    ] {
        let mut b = known();
        b.unsolicited(code, payload);
        b.to_phones.clear();
        for file in FILES {
            b.finds_out(WORK, SIM_IO, read(file), content("02"));
        }
    }
}

/// What applications there are stands in EF_DIR, and the numbers of a CDMA card in files of it.
#[test]
fn what_is_made_of_files_is_asked_again_when_one_may_have_changed() {
    const MADE: [(RequestCode, Value); 2] =
        [(RequestCode::GET_SIM_STATUS, Value::Null), (RequestCode::CDMA_SUBSCRIPTION, Value::Null)];
    let known = || {
        let mut b = Bench::with(|config| config.phone[0].number = None);
        b.finds_out(PERSONAL, MADE[1].0, Value::Null, json!(["15550100", "1", "1", "1", "1"]));
        b.finds_out(PERSONAL, MADE[0].0, Value::Null, card("DETECTED", "DISABLED", "DISABLED"));
        b.ask(PERSONAL, 1, MADE[0].0, Value::Null);
        b.modem_answers(MADE[0].0, Value::Null, card("READY", "DISABLED", "DISABLED"));
        b.card_has_no_emergency_numbers();
        b.to_phones.clear();
        b.knows(PERSONAL, MADE[0].0, Value::Null, card("READY", "DISABLED", "DISABLED"));
        b
    };
    let mut b = known();
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 0, "ef_id": 0x2f00, "aid": null}));
    b.to_phones.clear();
    for (code, arguments) in MADE {
        b.ask(PERSONAL, 2, code, arguments.clone());
        b.modem_hears(code, arguments);
    }
    // EF_MDN of an R-UIM (3GPP2 C.S0023, 3.4.35).
    let mut b = known();
    let mut update = io(0xdc, 0x6f44, 1, 4);
    (update["path"], update["data"]) = (json!("3F007F25"), json!("00"));
    b.ask(PERSONAL, 2, SIM_IO, update.clone());
    b.modem_answers(SIM_IO, update, json!({"sw1": 0x90, "sw2": 0, "response": null}));
    b.to_phones.clear();
    b.finds_out(PERSONAL, MADE[1].0, Value::Null, json!(["15550101", "1", "1", "1", "1"]));
}

#[test]
fn an_update_changes_its_file_from_when_it_is_sent_until_it_is_answered() {
    let mut b = Bench::new();
    for file in FILES {
        b.finds_out(WORK, SIM_IO, read(file), content("01"));
    }
    let mut update = io(0xd6, FILES[0], 0, 0);
    update["data"] = json!("02");
    b.ask(PERSONAL, 1, SIM_IO, update.clone());
    let updating = b.modem_hears(SIM_IO, update);
    b.finds_out(WORK, SIM_IO, read(FILES[0]), content("01"));
    let payload =
        SIM_IO.row().unwrap().response.from_json(json!({"sw1": 0x90, "sw2": 0, "response": null}), V).unwrap();
    b.reply_raw(updating, Errno::SUCCESS, &payload);
    b.hears_reply(PERSONAL, 1, SIM_IO, Errno::SUCCESS, json!({"sw1": 0x90, "sw2": 0, "response": null}));
    b.finds_out(WORK, SIM_IO, read(FILES[0]), content("02"));
    b.knows(WORK, SIM_IO, read(FILES[1]), content("01"));
}

#[test]
fn what_the_card_says_of_the_moment_is_not_kept() {
    for (sw1, sw2, lasting) in [
        (0x90, 0x00, true),
        (0x9f, 0x0f, true),
        (0x94, 0x04, true),
        (0x6a, 0x82, true),
        (0x91, 0x10, false),
        (0x92, 0x40, false),
        (0x69, 0x82, false),
        (0x6f, 0x00, false),
        (0x62, 0x81, false),
    ] {
        let mut b = Bench::new();
        let said = json!({"sw1": sw1, "sw2": sw2, "response": null});
        b.finds_out(WORK, SIM_IO, read(FILES[0]), said.clone());
        match lasting {
            true => b.knows(PERSONAL, SIM_IO, read(FILES[0]), said),
            false => b.finds_out(PERSONAL, SIM_IO, read(FILES[0]), content("01")),
        }
    }
    // EF_LOCI, which the modem writes.
    let mut b = Bench::new();
    for _ in 0..2 {
        b.finds_out(WORK, SIM_IO, read(0x6f7e), content("01"));
    }
}

#[test]
fn what_other_phones_did_is_for_privileged_phones() {
    let mut b = Bench::new();
    let refusal = json!({"sw1": 0x69, "sw2": 0x82, "response": null});
    let mut keys = read(0x4f20);
    keys["path"] = json!("3F007F205f3b");
    for private in PRIVATE_FILES.into_iter().map(|file| io(0xb2, file, 1, 4)).chain([keys, io(0xc0, 0x6f3c, 0, 0)]) {
        for _ in 0..2 {
            b.finds_out(PERSONAL, SIM_IO, private.clone(), content("01"));
            b.knows(WORK, SIM_IO, private.clone(), refusal.clone());
        }
    }
}

/// What they read depends on what was read before, or on what a short identifier stands for.
#[test]
fn reads_that_do_not_name_what_they_read_are_for_privileged_phones() {
    let mut b = Bench::new();
    let file = FILES[0];
    let next = [io(0xb2, file, 0, 2), io(0xb2, file, 0, 3), io(0xb2, file, 0, 4)];
    for stateful in next.into_iter().chain([io(0xb0, file, 0x81, 0), io(0xb2, file, 1, 0x0c), io(0xcb, file, 0, 0)]) {
        b.is_refused(WORK, SIM_IO, stateful.clone(), Errno::GENERIC_FAILURE);
        b.finds_out(PERSONAL, SIM_IO, stateful.clone(), content("01"));
        b.finds_out(PERSONAL, SIM_IO, stateful, content("02"));
    }
    b.finds_out(WORK, SIM_IO, io(0xf2, file, 0, 0), content("01"));
    b.finds_out(WORK, SIM_IO, io(0xf2, file, 0, 0), content("02"));
    b.is_refused(WORK, SIM_IO, io(0xf2, file, 2, 0), Errno::GENERIC_FAILURE);
    let mut tries_pin2 = read(file);
    tries_pin2["pin2"] = json!("1234");
    b.is_refused(WORK, SIM_IO, tries_pin2.clone(), Errno::GENERIC_FAILURE);
    b.finds_out(PERSONAL, SIM_IO, tries_pin2.clone(), content("01"));
    b.is_refused(WORK, SIM_IO, tries_pin2, Errno::GENERIC_FAILURE);
}

#[test]
fn each_phone_numbers_its_own_channels() {
    let mut b = Bench::new();
    b.opens_channel(PERSONAL, 1, 1);
    b.opens_channel(WORK, 2, 1);
    b.opens_channel(WORK, 3, 2);
    b.ask(WORK, 1, TRANSMIT, apdu(1, 0x81, 0xca, 0, None));
    b.modem_answers(TRANSMIT, apdu(2, 0x82, 0xca, 0, None), content("01"));
    b.hears_reply(WORK, 1, TRANSMIT, Errno::SUCCESS, content("01"));
    b.ask(WORK, 2, CLOSE, json!([1]));
    b.modem_answers(CLOSE, json!([2]), Value::Null);
    b.hears_ok(WORK, 2);
    b.is_refused(WORK, CLOSE, json!([1]), Errno::GENERIC_FAILURE);
    b.is_refused(WORK, TRANSMIT, apdu(1, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.is_refused(PERSONAL, TRANSMIT, apdu(2, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.opens_channel(WORK, 4, 1);
}

#[test]
fn a_phone_has_no_more_channels_than_its_share() {
    let mut b = Bench::with(|config| config.phone[0].sim_channels = 0);
    b.is_refused(PERSONAL, OPEN, json!(APPLET), Errno::MISSING_RESOURCE);
    b.ask(WORK, 1, OPEN, json!(APPLET));
    b.ask(WORK, 2, OPEN, json!(APPLET));
    b.ask(WORK, 3, OPEN, json!(APPLET));
    b.hears_errno(WORK, 3, Errno::MISSING_RESOURCE);
    let serial = b.modem_hears(OPEN, json!(APPLET));
    b.reply_raw(serial, Errno::NO_SUCH_ELEMENT, &[]);
    b.hears_errno(WORK, 1, Errno::NO_SUCH_ELEMENT);
    b.modem_answers(OPEN, json!(APPLET), json!([1]));
    b.hears_reply(WORK, 2, OPEN, Errno::SUCCESS, json!([1]));
    b.opens_channel(WORK, 2, 2);
    b.is_refused(WORK, OPEN, json!(APPLET), Errno::MISSING_RESOURCE);
}

#[test]
fn the_channels_of_a_client_that_left_are_closed() {
    let mut b = Bench::new();
    b.opens_channel(WORK, 1, 1);
    b.ask(WORK, 1, OPEN, json!(APPLET));
    let opening = b.modem_hears(OPEN, json!(APPLET));
    b.event(Event::PhoneDown(WORK));
    b.modem_answers(CLOSE, json!([1]), Value::Null);
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.reply_raw(opening, Errno::SUCCESS, &encoded(&[2]));
    b.modem_answers(CLOSE, json!([2]), Value::Null);
    b.silence();
    b.opens_channel(WORK, 1, 1);
}

/// By then the modem may have given the number to somebody else.
#[test]
fn a_channel_is_not_closed_a_second_time() {
    let mut b = Bench::new();
    b.opens_channel(WORK, 1, 1);
    b.ask(WORK, 1, CLOSE, json!([1]));
    let closing = b.modem_hears(CLOSE, json!([1]));
    b.event(Event::PhoneDown(WORK));
    b.silence();
    b.reply_raw(closing, Errno::GENERIC_FAILURE, &[]);
    b.modem_answers(CLOSE, json!([1]), Value::Null);
    b.silence();
}

/// The modem may have closed it, and given its number to somebody else.
#[test]
fn a_channel_whose_closing_was_given_up_is_not_used_nor_closed_again() {
    let mut b = Bench::new();
    b.opens_channel(WORK, 3, 1);
    b.ask(WORK, 1, CLOSE, json!([1]));
    b.modem_hears(CLOSE, json!([3]));
    b.advance(Duration::from_secs(u64::from(CLOSE.row().unwrap().timeout_seconds)));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.is_refused(WORK, TRANSMIT, apdu(1, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.event(Event::PhoneDown(WORK));
    b.silence();
    // It may be open, and is one of the phone's two, until the modem uses its number again.
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.opens_channel(WORK, 4, 1);
    b.is_refused(WORK, OPEN, json!(APPLET), Errno::MISSING_RESOURCE);
    b.opens_channel(PERSONAL, 3, 1);
    b.opens_channel(WORK, 5, 2);
}

/// Coming and going gives a phone no more channels than it may have.
#[test]
fn channels_that_a_client_has_left_count_until_they_are_closed() {
    let mut b = Bench::new();
    b.opens_channel(WORK, 1, 1);
    b.opens_channel(WORK, 2, 2);
    b.ask(WORK, 1, CLOSE, json!([1]));
    b.modem_hears(CLOSE, json!([1]));
    b.event(Event::PhoneDown(WORK));
    let closing = b.modem_hears(CLOSE, json!([2]));
    b.silence();
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.is_refused(WORK, OPEN, json!(APPLET), Errno::MISSING_RESOURCE);
    b.is_refused(WORK, TRANSMIT, apdu(2, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.reply_raw(closing, Errno::SUCCESS, &[]);
    b.opens_channel(WORK, 2, 1);
    b.is_refused(WORK, OPEN, json!(APPLET), Errno::MISSING_RESOURCE);
    // Of the first nobody knows whether it is open, until the modem uses its number again.
    b.advance(Duration::from_secs(u64::from(CLOSE.row().unwrap().timeout_seconds)));
    b.is_refused(WORK, OPEN, json!(APPLET), Errno::MISSING_RESOURCE);
    b.opens_channel(PERSONAL, 1, 1);
    b.opens_channel(WORK, 3, 2);
}

/// One that the modem opens when its phone has given it up is closed, and is the phone's until then.
#[test]
fn a_channel_that_is_opened_too_late_counts_until_it_is_closed() {
    let mut b = Bench::with(|config| config.phone[1].sim_channels = 1);
    b.ask(WORK, 1, OPEN, json!(APPLET));
    let opening = b.modem_hears(OPEN, json!(APPLET));
    b.advance(Duration::from_secs(u64::from(OPEN.row().unwrap().timeout_seconds)));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.reply_raw(opening, Errno::SUCCESS, &encoded(&[1]));
    let closing = b.modem_hears(CLOSE, json!([1]));
    b.is_refused(WORK, OPEN, json!(APPLET), Errno::MISSING_RESOURCE);
    b.reply_raw(closing, Errno::SUCCESS, &[]);
    b.opens_channel(WORK, 1, 1);
}

#[test]
fn a_channel_that_the_modem_would_not_close_counts_as_its_phones() {
    let mut b = Bench::with(|config| config.phone[1].sim_channels = 1);
    b.opens_channel(WORK, 1, 1);
    b.event(Event::PhoneDown(WORK));
    let closing = b.modem_hears(CLOSE, json!([1]));
    b.reply_raw(closing, Errno::GENERIC_FAILURE, &[]);
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.is_refused(WORK, OPEN, json!(APPLET), Errno::MISSING_RESOURCE);
    b.silence();
}

/// Its number may be another's by then.
#[test]
fn a_channel_that_is_opened_too_late_and_before_a_reset_of_the_card_is_left_alone() {
    let mut b = Bench::new();
    b.ask(WORK, 1, OPEN, json!(APPLET));
    let opening = b.modem_hears(OPEN, json!(APPLET));
    b.advance(Duration::from_secs(u64::from(OPEN.row().unwrap().timeout_seconds)));
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 2, "ef_id": 0, "aid": null}));
    b.to_phones.clear();
    b.opens_channel(PERSONAL, 1, 1);
    b.reply_raw(opening, Errno::SUCCESS, &encoded(&[1]));
    b.silence();
}

#[test]
fn channels_do_not_lead_to_who_manages_the_card() {
    let mut b = Bench::new();
    for aid in ["A000000151000000", "a00000015153504341534400", "A000000003000000", "A000000018434D00", "A0000001"] {
        b.is_refused(WORK, OPEN, json!(aid), Errno::GENERIC_FAILURE);
    }
    // Whom Android asks who may talk to applications.
    b.ask(WORK, 9, OPEN, json!("A00000015141434C00"));
    b.modem_hears(OPEN, json!("A00000015141434C00"));
}

#[test]
fn channels_end_with_the_modem_and_with_a_reset_of_the_card() {
    let mut b = Bench::new();
    b.opens_channel(WORK, 1, 1);
    b.unsolicited(UnsolCode::SIM_REFRESH, json!({"result": 2, "ef_id": 0, "aid": null}));
    b.to_phones.clear();
    b.is_refused(WORK, TRANSMIT, apdu(1, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.opens_channel(WORK, 1, 1);
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.to_modem.clear();
    b.is_refused(WORK, TRANSMIT, apdu(1, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.event(Event::PhoneDown(WORK));
    b.silence();
}

/// Another card gives the same numbers.
#[test]
fn channels_end_with_a_card_that_is_pulled_out() {
    let mut b = Bench::new();
    b.opens_channel(PERSONAL, 1, 1);
    b.ask(WORK, 1, OPEN, json!(APPLET));
    let opening = b.modem_hears(OPEN, json!(APPLET));
    b.finds_no_card();
    b.is_refused(PERSONAL, TRANSMIT, apdu(1, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.is_refused(PERSONAL, CLOSE, json!([1]), Errno::GENERIC_FAILURE);
    // It was opened on the card that is gone.
    b.reply_raw(opening, Errno::SUCCESS, &encoded(&[2]));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.event(Event::PhoneDown(PERSONAL));
    b.silence();
}

/// The modem answered before it started anew, and was heard afterwards: the number is somebody else's by then.
#[test]
fn a_channel_that_was_opened_before_the_modem_started_anew_is_not_open() {
    let mut b = Bench::new();
    b.opens_channel(PERSONAL, 1, 1);
    b.ask(WORK, 1, OPEN, json!(APPLET));
    let opening = b.modem_hears(OPEN, json!(APPLET));
    for state in [RadioState::UNAVAILABLE, RadioState::ON] {
        b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!(state));
    }
    b.to_phones.clear();
    b.reply_raw(opening, Errno::SUCCESS, &encoded(&[2]));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    for phone in [PERSONAL, WORK] {
        b.is_refused(phone, TRANSMIT, apdu(1, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    }
    b.opens_channel(PERSONAL, 2, 1);
}

/// The modem has closed it without a word.
#[test]
fn a_channel_that_the_modem_gives_to_another_is_lost() {
    let mut b = Bench::new();
    b.opens_channel(PERSONAL, 1, 1);
    b.opens_channel(WORK, 1, 1);
    b.is_refused(PERSONAL, TRANSMIT, apdu(1, 0, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.event(Event::PhoneDown(PERSONAL));
    b.silence();
}

#[test]
fn channels_do_not_lead_to_the_networks_applications() {
    let mut b = Bench::new();
    for aid in [json!(USIM), json!("a0000000871004"), json!("A00000"), json!(""), Value::Null, json!("A0000005591010")]
    {
        b.is_refused(WORK, OPEN, aid, Errno::GENERIC_FAILURE);
    }
    b.ask(PERSONAL, 1, OPEN, json!(USIM));
    b.modem_answers(OPEN, json!(USIM), json!([1]));
    b.hears_reply(PERSONAL, 1, OPEN, Errno::SUCCESS, json!([1]));
    b.opens_channel(WORK, 2, 1);
    b.is_refused(WORK, TRANSMIT, apdu(1, 0, 0xa4, 4, Some(USIM)), Errno::GENERIC_FAILURE);
    b.is_refused(WORK, TRANSMIT, apdu(1, 0, 0xa4, 4, None), Errno::GENERIC_FAILURE);
    b.is_refused(WORK, TRANSMIT, apdu(1, 0, 0x70, 0x80, None), Errno::GENERIC_FAILURE);
    b.is_refused(PERSONAL, TRANSMIT, apdu(1, 0, 0x70, 0x80, None), Errno::GENERIC_FAILURE);
    b.is_refused(WORK, TRANSMIT, apdu(1, 0x02, 0xca, 0, None), Errno::GENERIC_FAILURE);
    b.ask(WORK, 2, TRANSMIT, apdu(1, 0, 0xa4, 4, Some(APPLET)));
    b.modem_answers(TRANSMIT, apdu(2, 2, 0xa4, 4, Some(APPLET)), content("01"));
    b.hears_reply(WORK, 2, TRANSMIT, Errno::SUCCESS, content("01"));
}

#[test]
fn what_a_privileged_phone_says_to_the_card_may_change_files() {
    let mut b = Bench::new();
    b.opens_channel(PERSONAL, 1, 1);
    b.opens_channel(WORK, 2, 1);
    let command = |channel| apdu(channel, 0, 0xd6, 0, Some("00"));
    let named = |channel| apdu(channel, channel, 0xd6, 0, Some("00"));
    b.finds_out(WORK, SIM_IO, read(FILES[0]), content("01"));
    b.ask(WORK, 1, TRANSMIT, command(1));
    b.modem_answers(TRANSMIT, named(2), content(""));
    b.to_phones.clear();
    b.knows(WORK, SIM_IO, read(FILES[0]), content("01"));
    b.ask(PERSONAL, 1, TRANSMIT, command(1));
    b.modem_answers(TRANSMIT, command(1), content(""));
    b.to_phones.clear();
    b.finds_out(WORK, SIM_IO, read(FILES[0]), content("02"));
}

#[test]
fn a_pin_that_was_wrong_twice_is_not_tried_again() {
    let mut b = Bench::new();
    b.enters_wrongly("1111", 2);
    b.enters_wrongly("1111", 1);
    b.is_spared("1111", 1);
    // A restart of the modem gives the card no new tries.
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.to_phones.clear();
    b.to_modem.clear();
    b.is_spared("1111", 1);
    b.ask(PERSONAL, 1, PIN, json!(["2222", null]));
    b.modem_answers(PIN, json!(["2222", null]), json!([3]));
    b.hears_reply(PERSONAL, 1, PIN, Errno::SUCCESS, json!([3]));
    b.enters_wrongly("1111", 2);
}

/// CyanogenMod says the kind of lock first.
#[test]
fn a_network_code_is_not_known_by_the_kind_of_its_lock() {
    const CODE: RequestCode = RequestCode::ENTER_NETWORK_DEPERSONALIZATION;
    for code in [|code: &str| json!([code]), |code: &str| json!(["3", code])] {
        let mut b = Bench::new();
        for (serial, wrong, left) in [(1, "11111111", 9), (2, "22222222", 8), (3, "11111111", 7)] {
            b.ask(PERSONAL, serial, CODE, code(wrong));
            let asked = b.modem_hears(CODE, code(wrong));
            b.reply_raw(asked, Errno::PASSWORD_INCORRECT, &encoded(&[left]));
            b.hears_reply(PERSONAL, serial, CODE, Errno::PASSWORD_INCORRECT, json!([left]));
        }
        b.ask(PERSONAL, 4, CODE, code("11111111"));
        b.hears_reply(PERSONAL, 4, CODE, Errno::PASSWORD_INCORRECT, json!([7]));
        b.ask(PERSONAL, 5, CODE, code(""));
        b.hears_reply(PERSONAL, 5, CODE, Errno::PASSWORD_INCORRECT, json!([7]));
        b.silence();
        b.ask(PERSONAL, 6, CODE, code("12345678"));
        b.modem_answers(CODE, code("12345678"), json!([10]));
        b.hears_reply(PERSONAL, 6, CODE, Errno::SUCCESS, json!([10]));
    }
}

#[test]
fn another_card_may_have_that_pin() {
    let mut b = Bench::new();
    b.enters_wrongly("1111", 2);
    b.enters_wrongly("1111", 1);
    b.finds_no_card();
    b.is_spared("", -1);
    b.enters_wrongly("1111", 2);
}

#[test]
fn what_a_card_says_late_that_is_gone_is_not_said_of_the_next() {
    let mut b = Bench::new();
    b.enters_wrongly("1111", 2);
    b.ask(PERSONAL, 1, PIN, json!(["1111", null]));
    let serial = b.modem_hears(PIN, json!(["1111", null]));
    b.finds_no_card();
    b.reply_raw(serial, Errno::PASSWORD_INCORRECT, &encoded(&[1]));
    b.hears_reply(PERSONAL, 1, PIN, Errno::PASSWORD_INCORRECT, json!([1]));
    b.is_spared("", -1);
    b.enters_wrongly("1111", 2);
    b.enters_wrongly("1111", 1);
    b.is_spared("1111", 1);
}

#[test]
fn the_tries_that_are_left_are_told_without_asking_the_card() {
    let mut b = Bench::new();
    b.is_spared("", -1);
    b.enters_wrongly("1111", 2);
    b.is_spared("", 2);
    b.is_refused(WORK, PIN, json!(["", null]), Errno::GENERIC_FAILURE);
    let lock = |pin: &str| json!(["SC", "1", pin, "7", null]);
    b.ask(PERSONAL, 1, RequestCode::SET_FACILITY_LOCK, lock("1111"));
    let serial = b.modem_hears(RequestCode::SET_FACILITY_LOCK, lock("1111"));
    b.reply_raw(serial, Errno::PASSWORD_INCORRECT, &encoded(&[1]));
    b.to_phones.clear();
    b.is_spared("1111", 1);
    b.ask_raw(PERSONAL, 1, PIN, &[7, 0, 0, 0]);
    b.hears_errno(PERSONAL, 1, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn pins_are_tried_one_at_a_time() {
    let mut b = Bench::with(|config| config.phone[1].privileged = true);
    b.ask(PERSONAL, 1, PIN, json!(["1111", null]));
    b.ask(WORK, 2, PIN, json!(["1111", null]));
    b.ask(WORK, 3, PIN, json!(["1111", null]));
    b.ask(PERSONAL, 4, PIN, json!(["2222", null]));
    for (phone, serial, left) in [(PERSONAL, 1, 2), (WORK, 2, 1)] {
        let asked = b.modem_hears(PIN, json!(["1111", null]));
        b.silence();
        b.reply_raw(asked, Errno::PASSWORD_INCORRECT, &encoded(&[left]));
        b.hears_reply(phone, serial, PIN, Errno::PASSWORD_INCORRECT, json!([left]));
    }
    b.hears_reply(WORK, 3, PIN, Errno::PASSWORD_INCORRECT, json!([1]));
    b.modem_answers(PIN, json!(["2222", null]), json!([3]));
    b.hears_reply(PERSONAL, 4, PIN, Errno::SUCCESS, json!([3]));
    b.silence();
    for serial in 0..6 {
        b.ask(WORK, serial, PIN, json!(["3333", null]));
    }
    b.hears_errno(WORK, 5, Errno::GENERIC_FAILURE);
    b.event(Event::ModemDown);
    for serial in 0..5 {
        b.hears_errno(WORK, serial, Errno::RADIO_NOT_AVAILABLE);
    }
    assert_eq!(b.router.phones().map(|phone| phone.unanswered).sum::<u32>(), 0);
}

#[test]
fn a_phone_that_may_not_enter_pins_sees_none_to_enter() {
    let mut b = Bench::new();
    let status = RequestCode::GET_SIM_STATUS;
    let real = card("READY", "ENABLED_NOT_VERIFIED", "ENABLED_BLOCKED");
    let shown = card("READY", "ENABLED_VERIFIED", "ENABLED_NOT_VERIFIED");
    b.ask(PERSONAL, 1, status, Value::Null);
    b.ask(WORK, 2, status, Value::Null);
    b.modem_answers(status, Value::Null, real.clone());
    b.hears_reply(PERSONAL, 1, status, Errno::SUCCESS, real.clone());
    b.hears_reply(WORK, 2, status, Errno::SUCCESS, shown.clone());
    b.card_has_no_emergency_numbers();
    b.knows(PERSONAL, status, Value::Null, real);
    b.knows(WORK, status, Value::Null, shown);
    b.unsolicited(UnsolCode::RESPONSE_SIM_STATUS_CHANGED, Value::Null);
    b.to_phones.clear();
    let locked = card("PIN", "ENABLED_NOT_VERIFIED", "ENABLED_NOT_VERIFIED");
    b.ask(WORK, 3, status, Value::Null);
    b.modem_answers(status, Value::Null, locked.clone());
    b.hears_reply(WORK, 3, status, Errno::SUCCESS, locked);
}

/// Not every modem says when it has got further.
#[test]
fn a_card_that_is_starting_is_looked_at_again() {
    let mut b = Bench::new();
    let status = RequestCode::GET_SIM_STATUS;
    let starting = card("DETECTED", "UNKNOWN", "UNKNOWN");
    b.finds_out(WORK, status, Value::Null, starting);
    let ready = card("READY", "DISABLED", "ENABLED_NOT_VERIFIED");
    b.ask(WORK, 1, status, Value::Null);
    b.modem_answers(status, Value::Null, ready.clone());
    b.hears_reply(WORK, 1, status, Errno::SUCCESS, ready.clone());
    b.card_has_no_emergency_numbers();
    b.knows(WORK, status, Value::Null, ready);
}

/// Cards are slow. What opens, uses and closes channels keeps its order, for the number of one that is closed may be
/// another phone's next.
#[test]
fn no_call_waits_for_what_another_phone_says_to_the_card() {
    let mut b = Bench::new();
    b.opens_channel(WORK, 1, 1);
    b.calls_are(&[incoming(1, CallState::INCOMING, "5550100")]);
    b.to_phones.clear();
    b.flows.clear();
    for serial in 0..32 {
        b.ask(WORK, serial, TRANSMIT, apdu(1, 0x81, 0xca, 0, None));
    }
    b.ask(PERSONAL, 1, RequestCode::ANSWER, Value::Null);
    b.ask(PERSONAL, 2, OPEN, json!(APPLET));
    b.event(Event::PhoneDown(WORK));
    let sent: Vec<_> = b.to_modem.drain(..).map(|(code, ..)| code).zip(b.flows).collect();
    let of_card: Vec<_> = sent.iter().filter(|(_, flow)| *flow == Flow::Card).map(|(code, _)| *code).collect();
    assert_eq!(of_card[..32], [TRANSMIT; 32]);
    assert_eq!(of_card[32..], [OPEN, CLOSE]);
    assert!(sent.contains(&(RequestCode::ANSWER, Flow::Router)));
}
