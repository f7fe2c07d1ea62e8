//! Conversations between the card, the modem and the host's SIM toolkit.

use ril_protocol::payload::sim::SimIoResponse;
use ril_protocol::{Errno, RequestCode as R, UnsolCode as U};

use crate::bench::Bench;

impl Bench {
    /// A modem whose host has said that it is ready.
    fn toolkit() -> Self {
        let mut bench = Self::online("");
        assert_eq!(bench.does(R::REPORT_STK_SERVICE_IS_RUNNING), Errno::SUCCESS);
        bench
    }

    /// The commands that the card said since the last look.
    fn commands(&mut self) -> Vec<String> {
        self.advance(5);
        self.told_of::<Option<String>>(U::STK_PROACTIVE_COMMAND).into_iter().flatten().collect()
    }

    fn hex(&mut self, code: R, hex: &str) -> Errno {
        self.ask(code, &Some(hex.to_owned())).errno
    }

    /// Result 00 to a command with this number and type, with more objects behind it.
    fn respond(&mut self, number: u8, kind: u8, more: &str) -> Errno {
        self.hex(R::STK_SEND_TERMINAL_RESPONSE, &format!("8103{number:02X}{kind:02X}0082028281830100{more}"))
    }

    fn choose(&mut self, item: u8) -> Errno {
        self.hex(R::STK_SEND_ENVELOPE_COMMAND, &format!("D307820201819001{item:02X}"))
    }

    fn status(&mut self, name: &str) -> String {
        let status = self.console("stk status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap().to_owned()
    }
}

#[test]
fn the_card_says_nothing_before_the_host_is_ready() {
    let mut bench = Bench::online("");
    bench.console("stk menu Bank Balance");
    bench.console("stk text Hello");
    assert_eq!(bench.commands(), Vec::<String>::new());
    assert_eq!(bench.does(R::REPORT_STK_SERVICE_IS_RUNNING), Errno::SUCCESS);
    let menu = "d019810301250082028182850442616e6b8f080142616c616e6365";
    assert_eq!(bench.commands(), [menu]);
    assert_eq!(bench.respond(1, 0x25, ""), Errno::SUCCESS);
    assert_eq!(bench.commands(), ["d0118103022180820281028d060448656c6c6f"]);
    assert_eq!(bench.respond(2, 0x21, ""), Errno::SUCCESS);
    bench.advance(5);
    assert_eq!(bench.told(), [U::STK_SESSION_END]);
}

#[test]
fn exactly_one_response_is_due() {
    let mut bench = Bench::toolkit();
    bench.console("stk text Hello");
    assert_eq!(bench.commands().len(), 1);
    assert_eq!(bench.respond(2, 0x21, ""), Errno::OPERATION_NOT_ALLOWED, "another command's");
    assert_eq!(bench.respond(1, 0x23, ""), Errno::OPERATION_NOT_ALLOWED, "another kind's");
    assert_eq!(bench.respond(1, 0x21, ""), Errno::SUCCESS);
    assert_eq!(bench.respond(1, 0x21, ""), Errno::OPERATION_NOT_ALLOWED, "once more");
    assert_eq!((bench.status("responses"), bench.status("unexpected")), ("1".to_owned(), "3".to_owned()));
    bench.advance(5);
    assert_eq!(bench.told(), [U::STK_SESSION_END]);
    for wrong in ["", "81", "810301218082028281", "not hex", "8103012180"] {
        assert_eq!(bench.hex(R::STK_SEND_TERMINAL_RESPONSE, wrong), Errno::INVALID_ARGUMENTS, "{wrong}");
    }
    bench.console("stk clear");
    assert_eq!(bench.status("unexpected"), "0");
}

#[test]
fn a_choice_from_the_menu_leads_somewhere() {
    let mut bench = Bench::toolkit();
    bench.console("stk menu");
    bench.commands();
    assert_eq!(bench.choose(1), Errno::SIM_BUSY, "the menu itself has not been answered");
    bench.respond(1, 0x25, "");
    bench.advance(5);
    assert_eq!(bench.told(), [U::STK_SESSION_END]);
    assert_eq!(bench.choose(9), Errno::SIM_ERR);
    assert_eq!(bench.choose(2), Errno::SUCCESS);
    assert!(bench.commands()[0].contains("8103022400"), "SELECT ITEM");
    assert_eq!(bench.respond(2, 0x24, "900102"), Errno::SUCCESS);
    assert!(bench.commands()[0].contains("53706f727473"), "DISPLAY TEXT with Sports");
    assert_eq!(bench.respond(3, 0x21, ""), Errno::SUCCESS);
    bench.advance(5);
    assert_eq!((bench.told(), bench.status("last answer")), (vec![U::STK_SESSION_END], "Sports".to_owned()));
    let with_status: SimIoResponse =
        bench.get(R::STK_SEND_ENVELOPE_WITH_STATUS, &Some("D30782020181900101".to_owned()));
    assert_eq!((with_status.sw1, with_status.sw2), (0x90, 0x00));
    assert_eq!(bench.commands().len(), 1);
    let busy: SimIoResponse = bench.get(R::STK_SEND_ENVELOPE_WITH_STATUS, &Some("D30782020181900101".to_owned()));
    assert_eq!((busy.sw1, busy.sw2), (0x93, 0x00));
    let event = Some("D60A19010582028281200100".to_owned());
    let event: SimIoResponse = bench.get(R::STK_SEND_ENVELOPE_WITH_STATUS, &event);
    assert_eq!((event.sw1, bench.status("envelopes")), (0x90, "6".to_owned()));
}

#[test]
fn what_is_typed_is_thanked_for_in_any_coding() {
    for (text, typed) in [("8D0404416E6E", "Ann"), ("8D040041B71B", "Ann"), ("8D0508041003EF", "\u{410}\u{3ef}")] {
        let mut bench = Bench::toolkit();
        bench.console("stk input Who are you?");
        assert_eq!(bench.commands(), ["d01c8103012301820281828d0d0457686f2061726520796f753f91020114"]);
        assert_eq!(bench.respond(1, 0x23, text), Errno::SUCCESS);
        assert_eq!(bench.commands().len(), 1);
        assert_eq!(bench.status("last answer"), typed, "{text}");
    }
    let mut bench = Bench::toolkit();
    bench.console("stk input Who are you?");
    bench.commands();
    bench.hex(R::STK_SEND_TERMINAL_RESPONSE, "8103012301820282818301108D0404416E6E");
    bench.advance(5);
    assert_eq!(bench.told(), [U::STK_SESSION_END], "the user went away");
}

#[test]
fn a_call_of_the_card_is_made_by_the_modem() {
    let mut bench = Bench::toolkit();
    assert_eq!(bench.ints(R::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM, &[1]).errno, Errno::OPERATION_NOT_ALLOWED);
    bench.console("stk call +15550123 Call?");
    assert_eq!(bench.told_of::<Vec<i32>>(U::STK_CALL_SETUP), [[3_000]]);
    assert_eq!(bench.ints(R::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM, &[1]).errno, Errno::SUCCESS);
    bench.advance(20);
    assert_eq!(bench.console("calls"), "#1 to +15550123 ACTIVE\nOK\n");
    assert!(bench.told().contains(&U::STK_SESSION_END));
    assert_eq!(bench.ints(R::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM, &[1]).errno, Errno::OPERATION_NOT_ALLOWED);
    bench.console("hangup #1");
    bench.console("stk call 5550123");
    assert_eq!(bench.commands()[0], "d010810302100082028183860581550521f3", "no question");
}

#[test]
fn a_call_that_nobody_answers_for_lapses() {
    let mut bench = Bench::toolkit();
    bench.console("stk call 5550123 Call?");
    bench.told();
    bench.advance(3_000);
    assert_eq!((bench.told(), bench.status("last answer")), (vec![U::STK_SESSION_END], "call lapsed".to_owned()));
    bench.console("stk call 5550123 Call?");
    bench.told();
    assert_eq!(bench.ints(R::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM, &[0]).errno, Errno::SUCCESS);
    bench.advance(60_000);
    assert_eq!((bench.told(), bench.console("calls")), (vec![U::STK_SESSION_END], "OK\n".to_owned()));
}

#[test]
fn card_and_modem_take_the_session_with_them() {
    let mut bench = Bench::toolkit();
    bench.console("stk menu");
    bench.respond(1, 0x25, "");
    bench.console("stk text Hello");
    bench.told();
    bench.console("sim remove");
    assert!(bench.told().contains(&U::STK_SESSION_END));
    assert_eq!(bench.respond(2, 0x21, ""), Errno::SIM_ABSENT);
    bench.console("sim insert");
    assert_eq!(bench.commands().len(), 1, "the menu");
    bench.console("radio crash");
    bench.console("stk text Hello");
    bench.advance(60);
    assert_eq!(bench.commands(), Vec::<String>::new(), "the host has to say again that it is ready");
    bench.does(R::REPORT_STK_SERVICE_IS_RUNNING);
    assert!(bench.commands()[0].contains("8103042500"), "the menu");
}

#[test]
fn what_does_not_fit_into_a_command_is_refused() {
    let mut bench = Bench::toolkit();
    assert!(bench.console(&format!("stk text {}", "x".repeat(230))).starts_with("OK"));
    for line in [
        format!("stk text {}", "x".repeat(250)),
        format!("stk menu {}", "item ".repeat(40)),
        "stk menu Empty".to_owned(),
        "stk select Empty".to_owned(),
        "stk call me".to_owned(),
        "stk text".to_owned(),
    ] {
        let answer = bench.console(&line);
        assert!(answer.starts_with("KO: "), "{line}: {answer}");
    }
    bench.told();
    assert_eq!(bench.console("stk notify Sending"), "OK\n");
    assert_eq!(
        bench.told_of::<Option<String>>(U::STK_EVENT_NOTIFY),
        [Some("d012810301130082028183850753656e64696e67".to_owned())]
    );
}

#[test]
fn call_control_tells_the_user() {
    let mut bench = Bench::toolkit();
    assert_eq!(bench.console("stk alpha Calling the desk"), "OK\n");
    let told: Vec<Option<String>> = bench.told_of(U::STK_CC_ALPHA_NOTIFY);
    assert_eq!(told, [Some("Calling the desk".to_owned())]);
}

#[test]
fn the_profile_is_kept() {
    let mut bench = Bench::toolkit();
    assert_eq!(bench.hex(R::STK_SET_PROFILE, "FFFF"), Errno::SUCCESS);
    assert_eq!(bench.get::<_, Option<String>>(R::STK_GET_PROFILE, &()).as_deref(), Some("FFFF"));
}
