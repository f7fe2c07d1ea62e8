//! Conversations about short messages.

use ril_protocol::parcel::{Raw, encode};
use ril_protocol::payload::sms::{GsmBroadcastConfig, SmsResponse, SmsWriteArgs};
use ril_protocol::sms_pdu::{
    Address, Addressed, Deliver, MessageClass, Reference, ServiceCentre, Status, StatusReport, Submit, Tpdu, split,
};
use ril_protocol::{Errno, RequestCode as R, UnsolCode as U};

use crate::bench::Bench;
use crate::model::VERSION;

fn submit(to: &str, text: &str) -> Vec<Submit> {
    let parts = split(text, Reference::Short(7)).unwrap();
    parts.into_iter().map(|part| Submit::new(Address::number(to).unwrap(), part)).collect()
}

impl Bench {
    fn send_sms(&mut self, submit: &Submit) -> SmsResponse {
        self.get(R::SEND_SMS, &vec![None, Some(submit.to_hex().unwrap())])
    }

    /// The messages that came since the last look.
    fn received(&mut self) -> Vec<Addressed<Deliver>> {
        let pdus: Vec<Option<String>> = self.told_of(U::RESPONSE_NEW_SMS);
        pdus.iter().map(|pdu| Addressed::from_hex(pdu.as_deref().unwrap()).unwrap()).collect()
    }

    fn texts(&mut self) -> Vec<String> {
        self.received().iter().map(|message| message.tpdu.text().unwrap()).collect()
    }

    fn acknowledge(&mut self, ints: &[i32]) -> Errno {
        self.ints(R::SMS_ACKNOWLEDGE, ints).errno
    }
}

#[test]
fn a_sent_message_is_numbered_and_recorded() {
    let mut bench = Bench::online("");
    for reference in 1..=3 {
        let response = bench.send_sms(&submit("+15550777", "Hello\nyou")[0]);
        assert_eq!((response.message_ref, response.error_code), (reference, -1));
    }
    assert_eq!(bench.console("sms clear"), "OK\n");
    bench.send_sms(&submit("+15550777", "Hello\nyou")[0]);
    assert_eq!(bench.console("sms list"), "+15550777\tHello\\nyou\nOK\n");
}

#[test]
fn parts_are_put_together() {
    let mut bench = Bench::online("");
    let text = "Gr\u{fc}\u{df}e ".repeat(40);
    let parts = submit("5550777", &text);
    assert_eq!(parts.len(), 2);
    bench.send_sms(&parts[1]);
    bench.send_sms(&submit("5550778", "in between")[0]);
    let list = bench.console("sms list");
    assert!(list.contains("(1 of 2 parts)") && list.contains("5550778\tin between\n"), "{list}");
    let code = R::SEND_SMS_EXPECT_MORE;
    assert_eq!(bench.strings(code, &["", &parts[0].to_hex().unwrap()]).errno, Errno::SUCCESS);
    assert_eq!(bench.console("sms list"), format!("5550777\t{text}\n5550778\tin between\nOK\n"));
}

#[test]
fn a_status_report_follows_when_it_is_asked_for() {
    let mut bench = Bench::online("");
    let mut message = submit("+15550777", "Hello").remove(0);
    message.status_report_request = true;
    let reference = bench.send_sms(&message).message_ref;
    bench.advance(10);
    let reports: Vec<Option<String>> = bench.told_of(U::RESPONSE_NEW_SMS_STATUS_REPORT);
    let report = Addressed::<StatusReport>::from_hex(reports[0].as_deref().unwrap()).unwrap().tpdu;
    assert_eq!((i32::from(report.message_reference), report.status), (reference, Status::RECEIVED));
    assert_eq!(report.recipient_address.to_string(), "+15550777");
    assert_eq!(bench.acknowledge(&[1, 0]), Errno::SUCCESS);
    assert_eq!(bench.acknowledge(&[1, 0]), Errno::NO_SMS_TO_ACK);
}

#[test]
fn a_message_to_oneself_comes_back() {
    let mut bench = Bench::online("");
    bench.send_sms(&submit("+15550100001", "Note to self")[0]);
    bench.advance(10);
    let messages = bench.received();
    assert_eq!(messages[0].tpdu.text().unwrap(), "Note to self");
    assert_eq!(messages[0].tpdu.originating_address.to_string(), "+15550100001");
    assert_eq!(messages[0].service_centre, Some(ServiceCentre::number("+15550100000").unwrap()));
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let mut bench = Bench::online("");
    for (strings, errno) in [
        (vec!["", "0102"], Errno::INVALID_SMS_FORMAT),
        (vec!["", "not hex"], Errno::INVALID_SMS_FORMAT),
        (vec!["zz", "110008915155214300 00A71AE8329BFD06"], Errno::INVALID_SMS_FORMAT),
        (vec![""], Errno::INVALID_ARGUMENTS),
        (vec![], Errno::INVALID_ARGUMENTS),
    ] {
        assert_eq!(bench.strings(R::SEND_SMS, &strings).errno, errno, "{strings:?}");
    }
    let pdu = submit("5550777", "Hello")[0].to_hex().unwrap();
    assert_eq!(bench.strings(R::SEND_SMS, &["0", &pdu]).errno, Errno::INVALID_SMSC_ADDRESS);
    bench.console("network off");
    assert_eq!(bench.strings(R::SEND_SMS, &["", &pdu]).errno, Errno::NETWORK_NOT_READY);
    assert_eq!(bench.console("sms list"), "OK\n");
}

#[test]
fn messages_come_one_at_a_time() {
    let mut bench = Bench::online("");
    bench.console("sms send 5550101 first");
    bench.console("sms send 5550102 second");
    assert_eq!(bench.texts(), ["first"]);
    assert_eq!(bench.console("sms waiting"), "2\nOK\n");
    assert_eq!(bench.acknowledge(&[1, 0]), Errno::SUCCESS);
    assert_eq!(bench.texts(), ["second"]);
    assert_eq!(bench.acknowledge(&[1, 0]), Errno::SUCCESS);
    bench.advance(60_000);
    assert_eq!(bench.texts(), Vec::<String>::new());
}

#[test]
fn a_message_that_was_not_taken_comes_again() {
    let mut bench = Bench::online("");
    bench.console("sms send 5550101 again");
    assert_eq!(bench.texts(), ["again"]);
    bench.advance(2_000);
    assert_eq!(bench.texts(), ["again"], "no acknowledgement in time");
    assert_eq!(bench.acknowledge(&[0, 0xff]), Errno::SUCCESS);
    assert_eq!(bench.texts(), Vec::<String>::new());
    bench.advance(2_000);
    assert_eq!(bench.texts(), ["again"], "refused");
    assert_eq!(bench.acknowledge(&[1, 0]), Errno::SUCCESS);
    bench.advance(10_000);
    assert_eq!(bench.texts(), Vec::<String>::new());
}

#[test]
fn a_full_phone_gets_its_messages_when_it_has_room() {
    let mut bench = Bench::online("");
    bench.console("sms send 5550101 patience");
    bench.acknowledge(&[0, 0xd3]);
    bench.told();
    bench.advance(60_000);
    assert_eq!(bench.texts(), Vec::<String>::new());
    bench.ints(R::REPORT_SMS_MEMORY_STATUS, &[1]);
    assert_eq!(bench.texts(), ["patience"]);
}

#[test]
fn the_network_keeps_messages_for_a_phone_that_is_off() {
    let mut bench = Bench::new("");
    bench.console("sms send 5550101 later");
    assert_eq!(bench.texts(), Vec::<String>::new());
    bench.ints(R::RADIO_POWER, &[1]);
    bench.advance(10);
    assert_eq!(bench.texts(), ["later"]);
    bench.ints(R::RADIO_POWER, &[0]);
    assert_eq!(bench.acknowledge(&[1, 0]), Errno::RADIO_NOT_AVAILABLE);
    bench.ints(R::RADIO_POWER, &[1]);
    bench.advance(10);
    assert_eq!(bench.texts(), ["later"], "not acknowledged, so not lost");
}

#[test]
fn a_long_text_comes_in_parts() {
    let mut bench = Bench::online("");
    bench.console(&format!("sms send +15550101 {}", "0123456789".repeat(20)));
    let first = bench.received().remove(0).tpdu;
    let concatenation = first.user_data.header().unwrap().unwrap().concatenation().unwrap();
    assert_eq!((concatenation.sequence, concatenation.total), (1, 2));
    bench.acknowledge(&[1, 0]);
    assert_eq!(bench.texts().len(), 1);
}

#[test]
fn a_pdu_is_delivered_as_it_is() {
    let mut bench = Bench::online("");
    let pdu = "07914151551512F2040B916105551511F100006060605130308A04D4F29C0E";
    assert_eq!(bench.console(&format!("sms pdu {pdu}")), "OK\n");
    let told: Vec<Option<String>> = bench.told_of(U::RESPONSE_NEW_SMS);
    assert_eq!(told, [Some(pdu.to_owned())]);
}

#[test]
fn a_message_of_class_2_is_stored_on_the_card() {
    let mut bench = Bench::online("");
    let part = split("keep", Reference::Short(0)).unwrap().remove(0);
    let mut message = Deliver::new(Address::number("5550101").unwrap(), Default::default(), part);
    message.data_coding = message.data_coding.with_class(MessageClass::Sim);
    let pdu = Addressed { service_centre: None, tpdu: message }.to_hex().unwrap();
    bench.console(&format!("sms pdu {pdu}"));
    assert_eq!(bench.told_of::<Vec<i32>>(U::RESPONSE_NEW_SMS_ON_SIM), [[1]]);
    assert_eq!(bench.console("sms waiting"), "0\nOK\n");
}

#[test]
fn the_card_holds_twenty_messages() {
    let mut bench = Bench::online("");
    let message = |pdu: &str| SmsWriteArgs { status: 1, pdu: Some(pdu.to_owned()), smsc: None };
    for index in 1..=20 {
        assert_eq!(bench.get::<_, Vec<i32>>(R::WRITE_SMS_TO_SIM, &message("0403")), [index]);
    }
    assert_eq!(bench.told(), [U::SIM_SMS_STORAGE_FULL]);
    assert_eq!(bench.ask(R::WRITE_SMS_TO_SIM, &message("0403")).errno, Errno::SIM_FULL);
    assert_eq!(bench.ints(R::DELETE_SMS_ON_SIM, &[5]).errno, Errno::SUCCESS);
    assert_eq!(bench.get::<_, Vec<i32>>(R::WRITE_SMS_TO_SIM, &message("0403")), [5]);
    for wrong in [0, 21, -1] {
        assert_eq!(bench.ints(R::DELETE_SMS_ON_SIM, &[wrong]).errno, Errno::INVALID_ARGUMENTS);
    }
    let wrong = [message("xx"), message(&"00".repeat(200)), SmsWriteArgs { status: 4, ..message("0403") }];
    bench.ints(R::DELETE_SMS_ON_SIM, &[5]);
    for (wrong, errno) in
        wrong.into_iter().zip([Errno::INVALID_SMS_FORMAT, Errno::INVALID_SMS_FORMAT, Errno::INVALID_ARGUMENTS])
    {
        assert_eq!(bench.ask(R::WRITE_SMS_TO_SIM, &wrong).errno, errno);
    }
}

#[test]
fn the_service_centre_can_be_changed() {
    let mut bench = Bench::online("");
    let centre = |bench: &mut Bench| bench.get::<_, Option<String>>(R::GET_SMSC_ADDRESS, &()).unwrap();
    assert_eq!(centre(&mut bench), "\"+15550100000\",145");
    for text in ["\"+15550666\",145", "+15550666"] {
        assert_eq!(bench.ask(R::SET_SMSC_ADDRESS, &Some(text.to_owned())).errno, Errno::SUCCESS);
        assert_eq!(centre(&mut bench), "\"+15550666\",145");
    }
    assert_eq!(bench.ask(R::SET_SMSC_ADDRESS, &Some("nowhere".to_owned())).errno, Errno::INVALID_SMSC_ADDRESS);
    bench.console("sms send 5550101 x");
    assert_eq!(bench.received()[0].service_centre, Some(ServiceCentre::number("+15550666").unwrap()));
}

#[test]
fn broadcasts_reach_a_phone_that_listens() {
    let mut bench = Bench::online("");
    let deaf = "not received: the phone does not listen to this channel\nOK\n";
    assert_eq!(bench.console("cb 4370 Earthquake"), deaf);
    let range = |from, to, selected| GsmBroadcastConfig {
        from_service_id: from,
        to_service_id: to,
        from_code_scheme: 0,
        to_code_scheme: 255,
        selected,
    };
    let config = vec![range(4352, 4400, true), range(4380, 4380, false)];
    bench.ask(R::GSM_SET_BROADCAST_SMS_CONFIG, &config);
    assert_eq!(bench.get::<_, Vec<GsmBroadcastConfig>>(R::GSM_GET_BROADCAST_SMS_CONFIG, &()), config);
    assert_eq!(bench.console("cb 4370 Earthquake"), deaf, "not switched on");
    bench.ints(R::GSM_SMS_BROADCAST_ACTIVATION, &[0]);
    assert_eq!(bench.console("cb 4380 Earthquake"), deaf, "not selected");
    assert_eq!(bench.console("cb 4370 Earthquake"), "received\nOK\n");
    let pages: Vec<Raw> = bench.told_of(U::RESPONSE_NEW_BROADCAST_SMS);
    let page = pages[0].0.clone().unwrap();
    assert_eq!((page.len(), &page[2..6]), (88, &[0x11, 0x12, 0x01, 0x11][..]));
    assert_eq!(ril_protocol::sms_pdu::septets::unpack(&page[6..], 0, 10), b"Earthquake");
    bench.console(&format!("cb 4370 {}", "x".repeat(200)));
    let pages: Vec<Raw> = bench.told_of(U::RESPONSE_NEW_BROADCAST_SMS);
    assert_eq!(pages.iter().map(|page| page.0.as_ref().unwrap()[5]).collect::<Vec<_>>(), [0x13, 0x23, 0x33]);
    assert!(bench.console("cb 70000 x").starts_with("KO: "));
}

#[test]
fn sending_fails_on_demand() {
    let mut bench = Bench::online("");
    let args = encode(&vec![None, Some(submit("5550777", "Hello")[0].to_hex().unwrap())], VERSION);
    bench.console("fail SEND_SMS SMS_SEND_FAIL_RETRY 2");
    let mut errno = || {
        let token = bench.send(R::SEND_SMS, &args);
        bench.advance(10);
        bench.answer(token).unwrap().errno
    };
    assert_eq!([errno(), errno(), errno()], [Errno::SMS_SEND_FAIL_RETRY, Errno::SMS_SEND_FAIL_RETRY, Errno::SUCCESS]);
}

/// The PDUs that came since the last look.
fn pdus(bench: &mut Bench) -> Vec<String> {
    bench.told_of::<Option<String>>(U::RESPONSE_NEW_SMS).into_iter().flatten().collect()
}

#[test]
fn a_message_comes_again_octet_for_octet() {
    let mut bench = Bench::online("");
    let pdu = "07914151551512F2040B916105551511F100006060605130308A04D4F29C0E";
    bench.console(&format!("sms pdu {pdu}"));
    assert_eq!(pdus(&mut bench), [pdu]);
    bench.advance(2_000);
    assert_eq!(pdus(&mut bench), [pdu], "nobody acknowledged it");
    bench.acknowledge(&[0, 0xd3]);
    bench.ints(R::REPORT_SMS_MEMORY_STATUS, &[1]);
    assert_eq!(pdus(&mut bench), [pdu], "there is room again");
    bench.console("radio crash");
    bench.advance(50);
    bench.ints(R::RADIO_POWER, &[1]);
    bench.advance(10);
    assert_eq!(pdus(&mut bench), [pdu], "the modem restarted");
    assert_eq!(bench.console("sms queue"), format!("4 {pdu}\nOK\n"));
    assert_eq!(bench.acknowledge(&[1, 0]), Errno::SUCCESS);
    bench.advance(60_000);
    assert_eq!((pdus(&mut bench), bench.console("sms queue")), (vec![], "OK\n".to_owned()));
}

#[test]
fn a_refusal_by_pdu_says_why_in_its_second_octet() {
    let mut bench = Bench::online("");
    bench.console("sms send 5550101 patience");
    assert_eq!(bench.strings(R::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU, &["0", "00D300"]).errno, Errno::SUCCESS);
    bench.told();
    bench.advance(60_000);
    assert_eq!(bench.texts(), Vec::<String>::new());
    bench.console("sms retry");
    assert_eq!(bench.texts(), ["patience"], "the service centre has a timer of its own");
}

#[test]
fn senders_may_have_names() {
    let mut bench = Bench::online("");
    for (line, name) in [("Simnet Hi", "Simnet"), ("'My Bank' Hi", "My Bank"), ("\"0 to 9\" Hi", "0 to 9")] {
        assert_eq!(bench.console(&format!("sms send {line}")), "OK\n");
        let message = bench.received().remove(0).tpdu;
        assert_eq!((message.originating_address.name().as_deref(), message.text().as_deref()), (Some(name), Ok("Hi")));
        bench.acknowledge(&[1, 0]);
    }
    assert!(bench.console("sms send Twelve-letters Hi").starts_with("KO: "));
}

#[test]
fn parts_of_a_text_say_that_more_follow() {
    let mut bench = Bench::online("");
    bench.console(&format!("sms send +15550101 {}", "0123456789".repeat(40)));
    let mut more = Vec::new();
    while let Some(part) = bench.received().pop() {
        more.push(part.tpdu.more_messages);
        bench.acknowledge(&[1, 0]);
    }
    assert_eq!(more, [true, true, false]);
}

#[test]
fn a_message_of_class_0_is_for_the_screen() {
    let mut bench = Bench::online("");
    assert_eq!(bench.console("sms class 0 5550101 Look!"), "OK\n");
    let message = bench.received().remove(0).tpdu;
    assert_eq!((message.data_coding.class(), message.text().as_deref()), (Some(MessageClass::Flash), Ok("Look!")));
    for wrong in ["4 5550101 x", "0 5550101", "0", ""] {
        assert!(bench.console(&format!("sms class {wrong}")).starts_with("KO: "), "{wrong}");
    }
}

#[test]
fn a_full_card_makes_its_messages_wait_and_no_others() {
    let mut bench = Bench::online("");
    for _ in 0..20 {
        bench.console("sms class 2 5550101 keep");
    }
    assert_eq!(bench.told_of::<Vec<i32>>(U::RESPONSE_NEW_SMS_ON_SIM), (1..=20).map(|at| vec![at]).collect::<Vec<_>>());
    bench.console("sms class 2 5550101 no room");
    bench.console("sms class 2 5550101 nor for this");
    assert_eq!(bench.told(), [U::SIM_SMS_STORAGE_FULL], "once");
    assert_eq!(bench.console("sms waiting"), "2\nOK\n");
    bench.console("sms send 5550101 pass");
    assert_eq!(bench.texts(), ["pass"]);
    bench.acknowledge(&[1, 0]);
    assert_eq!(bench.ints(R::DELETE_SMS_ON_SIM, &[7]).errno, Errno::SUCCESS);
    assert_eq!(bench.told(), [U::RESPONSE_NEW_SMS_ON_SIM, U::SIM_SMS_STORAGE_FULL], "one found room");
    assert_eq!(bench.console("sms waiting"), "1\nOK\n");
}

#[test]
fn reports_wait_for_the_console_or_tell_of_failure() {
    let mut bench = Bench::online("");
    let mut message = submit("+15550777", "Hello").remove(0);
    message.status_report_request = true;
    let statuses = |bench: &mut Bench| {
        bench.advance(10);
        let reports: Vec<Option<String>> = bench.told_of(U::RESPONSE_NEW_SMS_STATUS_REPORT);
        let read = |pdu: &Option<String>| Addressed::<StatusReport>::from_hex(pdu.as_deref().unwrap()).unwrap().tpdu;
        let reports: Vec<StatusReport> = reports.iter().map(read).collect();
        if !reports.is_empty() {
            bench.acknowledge(&[1, 0]);
        }
        reports.iter().map(|report| (report.message_reference, report.status.0)).collect::<Vec<_>>()
    };
    bench.console("sms reports fail");
    bench.send_sms(&message);
    assert_eq!(statuses(&mut bench), [(1, 0x43)]);
    bench.console("sms reports hold");
    bench.send_sms(&message);
    bench.send_sms(&message);
    assert_eq!(statuses(&mut bench), []);
    assert_eq!(bench.console("sms reports"), "hold 2\nOK\n");
    for (line, report) in [("sms report trying", (2, 0x20)), ("sms report", (2, 0)), ("sms report 46", (3, 0x46))] {
        assert_eq!(bench.console(line), "OK\n");
        assert_eq!(statuses(&mut bench), [report], "{line}");
    }
    assert_eq!(bench.console("sms report"), "KO: no status report is held\n");
}

#[test]
fn broadcasts_are_chosen_by_coding_too_and_need_coverage() {
    let mut bench = Bench::online("");
    let mut range = GsmBroadcastConfig {
        from_service_id: 4352,
        to_service_id: 6399,
        from_code_scheme: 2,
        to_code_scheme: 255,
        selected: true,
    };
    bench.ask(R::GSM_SET_BROADCAST_SMS_CONFIG, &vec![range.clone()]);
    bench.ints(R::GSM_SMS_BROADCAST_ACTIVATION, &[0]);
    assert!(bench.console("cb 4370 Earthquake").starts_with("not received"), "coding 1 is English");
    range.from_code_scheme = 0;
    bench.ask(R::GSM_SET_BROADCAST_SMS_CONFIG, &vec![range]);
    for (state, heard) in [("denied", true), ("off", false), ("home", true)] {
        bench.console(&format!("network {state}"));
        assert_eq!(bench.console("cb 4370 Earthquake") == "received\nOK\n", heard, "{state}");
    }
    assert!(bench.console("cb 4351 News").starts_with("not received"));
    assert!(bench.console("cb 6400 News").starts_with("not received"));
    bench.ints(R::RADIO_POWER, &[0]);
    assert!(bench.console("cb 4370 Earthquake").starts_with("not received"));
}
