//! Conversations about power, the network, data, USSD, services and faults, and what holds for every request.

use proptest::prelude::*;
use ril_protocol::messages::REQUESTS;
use ril_protocol::payload::Strings;
use ril_protocol::payload::call::{Dial, ForwardInfo};
use ril_protocol::payload::data::{DataCallList, DataProfile, InitialAttachApn};
use ril_protocol::payload::network::{NitzTime, SignalStrength};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::stk::{RequestType, ServiceType, SsResponse};
use ril_protocol::{Errno, RequestCode as R, UnsolCode as U};

use crate::bench::Bench;
use crate::model::network::nitz;
use crate::model::{VERSION, supports};

impl Bench {
    fn words(&mut self, code: R) -> Vec<String> {
        let strings: Strings = self.get(code, &());
        strings.into_iter().map(|text| text.unwrap_or_else(|| "-".to_owned())).collect()
    }

    fn registration(&mut self) -> (String, String) {
        (self.words(R::VOICE_REGISTRATION_STATE)[0].clone(), self.words(R::DATA_REGISTRATION_STATE)[0].clone())
    }

    fn set_up(&mut self, apn: &str, protocol: &str) -> DataCallList {
        let strings = ["3", "0", apn, "", "", "0", protocol].map(|text| Some(text.to_owned())).to_vec();
        self.get(R::SETUP_DATA_CALL, &strings)
    }

    fn ussd(&mut self, text: &str) -> Vec<String> {
        self.told();
        assert_eq!(self.ask(R::SEND_USSD, &Some(text.to_owned())).errno, Errno::SUCCESS);
        self.advance(5);
        self.ussd_told()
    }

    /// "kind text" of each message.
    fn ussd_told(&mut self) -> Vec<String> {
        let told: Vec<Strings> = self.told_of(U::ON_USSD);
        told.into_iter().map(|strings| strings.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect()
    }
}

#[test]
fn power_brings_state_card_network_and_time_in_this_order() {
    let mut bench = Bench::new("");
    assert_eq!((bench.modem().radio(), bench.told()), (RadioState::OFF, vec![]));
    assert_eq!(bench.does(R::SIGNAL_STRENGTH), Errno::RADIO_NOT_AVAILABLE);
    assert_eq!(bench.ints(R::RADIO_POWER, &[1]).errno, Errno::SUCCESS);
    assert_eq!(bench.told(), [U::RESPONSE_RADIO_STATE_CHANGED, U::RESPONSE_SIM_STATUS_CHANGED]);
    assert_eq!(bench.registration(), ("2".to_owned(), "2".to_owned()), "searching");
    assert_eq!(bench.words(R::OPERATOR), ["-", "-", "-"]);
    bench.advance(5);
    assert_eq!(bench.told(), [U::RESPONSE_VOICE_NETWORK_STATE_CHANGED, U::SIGNAL_STRENGTH, U::NITZ_TIME_RECEIVED]);
    assert_eq!(bench.registration(), ("1".to_owned(), "1".to_owned()));
    assert_eq!(bench.words(R::OPERATOR), ["Simnet", "Sim", "00101"]);
    assert_eq!(bench.ints(R::RADIO_POWER, &[1]).errno, Errno::SUCCESS);
    assert_eq!(bench.told(), [], "it was on already");
    assert_eq!(bench.ints(R::RADIO_POWER, &[0]).errno, Errno::SUCCESS);
    assert_eq!(bench.told(), [U::RESPONSE_RADIO_STATE_CHANGED, U::RESPONSE_SIM_STATUS_CHANGED]);
}

#[test]
fn power_off_ends_everything() {
    let mut bench = Bench::online("");
    bench.ask(R::DIAL, &Dial { address: Some("5550123".to_owned()), ..Dial::default() });
    bench.set_up("internet", "IP");
    bench.told();
    bench.ints(R::RADIO_POWER, &[0]);
    let told = bench.told();
    assert!(told.starts_with(&[U::RESPONSE_CALL_STATE_CHANGED, U::DATA_CALL_LIST_CHANGED]), "{told:?}");
    assert_eq!(bench.get::<_, DataCallList>(R::DATA_CALL_LIST, &()).calls, []);
    bench.advance(60_000);
    assert_eq!(bench.told(), [], "old timers find nothing to do");
}

#[test]
fn a_search_that_was_cut_short_does_not_register() {
    let mut bench = Bench::new("");
    bench.ints(R::RADIO_POWER, &[1]);
    bench.ints(R::RADIO_POWER, &[0]);
    bench.advance(3);
    bench.ints(R::RADIO_POWER, &[1]);
    bench.advance(3);
    assert_eq!(bench.registration().0, "2", "the first search's time is over, not the second's");
    bench.advance(3);
    assert_eq!(bench.registration().0, "1");
}

#[test]
fn a_crash_is_unavailable_and_then_off() {
    let mut bench = Bench::online("");
    bench.console("radio crash");
    assert_eq!(bench.told_of::<RadioState>(U::RESPONSE_RADIO_STATE_CHANGED), [RadioState::UNAVAILABLE]);
    assert_eq!(bench.does(R::GET_IMEI), Errno::RADIO_NOT_AVAILABLE);
    assert_eq!(bench.ints(R::SCREEN_STATE, &[1]).errno, Errno::SUCCESS);
    bench.advance(50);
    assert_eq!(bench.told_of::<RadioState>(U::RESPONSE_RADIO_STATE_CHANGED), [RadioState::OFF]);
    assert_eq!(bench.does(R::GET_IMEI), Errno::SUCCESS);
    bench.console("radio on");
    bench.advance(10);
    assert_eq!(bench.registration().0, "1");
}

#[test]
fn a_restarted_modem_may_come_back_as_it_was() {
    let mut bench = Bench::online("");
    bench.console("radio crash same");
    bench.told();
    bench.advance(60);
    assert_eq!(bench.told_of::<RadioState>(U::RESPONSE_RADIO_STATE_CHANGED), [RadioState::ON]);
    assert_eq!(bench.registration().0, "1");
    bench.ints(R::RADIO_POWER, &[0]);
    bench.console("radio crash same");
    bench.told();
    bench.advance(60);
    assert_eq!(bench.told_of::<RadioState>(U::RESPONSE_RADIO_STATE_CHANGED), [RadioState::OFF]);
    assert!(bench.console("radio crash sometimes").starts_with("KO: "));
}

#[test]
fn a_host_of_version_15_is_told_why_the_modem_restarted() {
    let mut bench = Bench::online("--ril-version 15");
    bench.console("radio crash off Watchdog in task 7");
    assert_eq!(bench.told_of::<Option<String>>(U::MODEM_RESTART), [Some("Watchdog in task 7".to_owned())]);
    let mut bench = Bench::online("");
    bench.console("radio crash");
    assert_eq!(bench.told_of::<Option<String>>(U::MODEM_RESTART), []);
}

#[test]
fn what_is_under_way_fails_when_the_modem_restarts() {
    let mut bench = Bench::online("");
    bench.console("delay GET_IMEI 20");
    let tokens = [R::GET_IMEI, R::QUERY_AVAILABLE_NETWORKS].map(|code| bench.send(code, &[]));
    bench.ints(R::GSM_SMS_BROADCAST_ACTIVATION, &[0]);
    bench.console("radio crash");
    for token in tokens {
        assert_eq!(bench.answer(token).unwrap().errno, Errno::RADIO_NOT_AVAILABLE);
    }
    bench.advance(100);
    assert!(tokens.iter().all(|token| bench.answer(*token).is_none()), "once is enough");
    assert!(!bench.modem().sms.broadcast.active, "a setting that no modem remembers");
}

#[test]
fn a_silent_modem_does_and_says_everything_when_it_speaks_again() {
    let mut bench = Bench::online("");
    assert_eq!(bench.console("radio resume"), "KO: the modem is not silent\n");
    bench.console("radio hang");
    let imei = bench.send(R::GET_IMEI, &[]);
    let off = bench.send(R::RADIO_POWER, &ril_protocol::parcel::encode(&vec![0_i32], crate::model::VERSION));
    bench.console("call 5550199");
    bench.advance(60_000);
    assert_eq!((bench.told(), bench.answer(imei), bench.answer(off)), (vec![], None, None));
    assert_eq!(bench.modem().radio(), RadioState::ON, "it was not carried out either");
    bench.console("radio resume");
    let told = bench.told();
    assert!(told.starts_with(&[U::RESPONSE_CALL_STATE_CHANGED, U::CALL_RING]), "{told:?}");
    assert!(told.ends_with(&[U::RESPONSE_RADIO_STATE_CHANGED, U::RESPONSE_SIM_STATUS_CHANGED]), "{told:?}");
    assert_eq!([imei, off].map(|token| bench.answer(token).unwrap().errno), [Errno::SUCCESS; 2]);
}

#[test]
fn a_silent_modem_that_restarts_fails_what_it_was_asked() {
    let mut bench = Bench::online("");
    let search = bench.send(R::QUERY_AVAILABLE_NETWORKS, &[]);
    bench.console("radio hang");
    let imei = bench.send(R::GET_IMEI, &[]);
    bench.advance(1_000);
    bench.console("call 5550199");
    bench.console("radio crash");
    assert_eq!([search, imei].map(|token| bench.answer(token).unwrap().errno), [Errno::RADIO_NOT_AVAILABLE; 2]);
    assert!(!bench.told().contains(&U::CALL_RING));
    bench.advance(60);
    assert_eq!(bench.does(R::GET_IMEI), Errno::SUCCESS);
}

#[test]
fn shutdown_and_reset() {
    let mut bench = Bench::online("");
    assert_eq!(bench.does(R::RESET_RADIO), Errno::SUCCESS);
    assert_eq!(bench.told_of::<RadioState>(U::RESPONSE_RADIO_STATE_CHANGED), [RadioState::OFF, RadioState::ON]);
    assert_eq!(bench.does(R::SHUTDOWN), Errno::SUCCESS);
    assert_eq!(bench.told_of::<RadioState>(U::RESPONSE_RADIO_STATE_CHANGED), [RadioState::UNAVAILABLE]);
    bench.advance(60_000);
    assert_eq!(bench.told(), []);
}

#[test]
fn the_console_moves_the_phone_through_the_network() {
    let mut bench = Bench::online("");
    for (state, voice, data, operator) in [
        ("roaming", "5", "5", "Roamnet"),
        ("denied", "13", "3", "-"),
        ("searching", "12", "2", "-"),
        ("off", "10", "0", "-"),
        ("home", "1", "1", "Simnet"),
    ] {
        bench.told();
        assert_eq!(bench.console(&format!("network {state}")), "OK\n");
        assert_eq!(bench.registration(), (voice.to_owned(), data.to_owned()), "{state}");
        assert_eq!(bench.words(R::OPERATOR)[0], operator, "{state}");
        assert_eq!(bench.told()[0], U::RESPONSE_VOICE_NETWORK_STATE_CHANGED, "{state}");
    }
    bench.console("gsm data denied");
    assert_eq!(bench.registration(), ("1".to_owned(), "3".to_owned()));
    let voice = bench.words(R::VOICE_REGISTRATION_STATE);
    assert_eq!((voice.len(), &voice[1..4]), (15, &["00b1".to_owned(), "0002a3b0".to_owned(), "3".to_owned()][..]));
}

#[test]
fn calls_and_data_end_where_there_is_no_coverage() {
    let mut bench = Bench::online("");
    bench.ask(R::DIAL, &Dial { address: Some("5550123".to_owned()), ..Dial::default() });
    bench.set_up("internet", "IP");
    bench.console("network searching");
    assert_eq!(bench.console("calls"), "OK\n");
    assert_eq!(bench.console("data list"), "OK\n");
}

#[test]
fn networks_are_found_and_chosen() {
    let mut bench = Bench::online("");
    let found = bench.words(R::QUERY_AVAILABLE_NETWORKS);
    let states: Vec<(&str, &str)> = found.chunks(4).map(|network| (network[2].as_str(), network[3].as_str())).collect();
    assert_eq!(states, [("00101", "current"), ("00102", "available"), ("00103", "forbidden")]);
    let select =
        |bench: &mut Bench, code: &str| bench.ask(R::SET_NETWORK_SELECTION_MANUAL, &Some(code.to_owned())).errno;
    assert_eq!(select(&mut bench, "00103"), Errno::ILLEGAL_SIM_OR_ME);
    assert_eq!(select(&mut bench, "99999"), Errno::NO_NETWORK_FOUND);
    assert_eq!(bench.get::<_, Vec<i32>>(R::QUERY_NETWORK_SELECTION_MODE, &()), [0]);
    assert_eq!(select(&mut bench, "00102"), Errno::SUCCESS);
    assert_eq!((bench.registration().0.as_str(), bench.words(R::OPERATOR)[2].as_str()), ("5", "00102"));
    assert_eq!(bench.get::<_, Vec<i32>>(R::QUERY_NETWORK_SELECTION_MODE, &()), [1]);
    assert_eq!(bench.does(R::SET_NETWORK_SELECTION_AUTOMATIC), Errno::SUCCESS);
    assert_eq!(bench.registration().0, "1");
}

#[test]
fn signal_is_what_the_console_says_and_lte_has_its_own() {
    let mut bench = Bench::online("");
    assert_eq!(bench.console("gsm signal 17 3"), "OK\n");
    let told: Vec<SignalStrength> = bench.told_of(U::SIGNAL_STRENGTH);
    assert_eq!((told[0].gw_signal_strength, told[0].gw_bit_error_rate, told[0].lte_signal_strength), (17, 3, 99));
    bench.console("network speed lte");
    let signal: SignalStrength = bench.get(R::SIGNAL_STRENGTH, &());
    assert_eq!((signal.lte_signal_strength, signal.lte_rsrp), (17, 96));
    assert_eq!(bench.words(R::DATA_REGISTRATION_STATE)[3], "14");
    assert_eq!(bench.get::<_, Vec<i32>>(R::VOICE_RADIO_TECH, &()), [3], "calls fall back to UMTS");
    bench.console("network off");
    assert_eq!(bench.get::<_, SignalStrength>(R::SIGNAL_STRENGTH, &()).gw_signal_strength, 99);
}

#[test]
fn the_network_tells_the_time() {
    assert_eq!(nitz(1_795_467_862, 4, 1).as_deref(), Some("26/11/23,21:04:22+04,1"));
    assert_eq!(nitz(0, -20, 0), None, "1970 is not a year of GSM");
    let mut bench = Bench::online("");
    assert_eq!(bench.console("nitz 1795467862 -20 1"), "OK\n");
    let told: Vec<NitzTime> = bench.told_of(U::NITZ_TIME_RECEIVED);
    assert_eq!(told[0].time.as_deref(), Some("26/11/23,21:04:22-20,1"));
}

#[test]
fn data_calls_have_addresses_and_interfaces_of_their_own() {
    let mut bench = Bench::online("");
    let first = bench.set_up("internet", "IP").calls.remove(0);
    assert_eq!((first.status, first.cid, first.active), (0, 1, 2));
    assert_eq!((first.ifname.as_deref(), first.addresses.as_deref()), (Some("sim_rmnet0"), Some("10.64.1.2/28")));
    assert_eq!(first.gateways.as_deref(), Some("10.64.1.1"));
    let second = bench.set_up("ims", "IPV4V6").calls.remove(0);
    assert_eq!(second.addresses.as_deref(), Some("10.64.2.2/28 2001:db8:2::2/64"));
    assert_eq!(bench.get::<_, DataCallList>(R::DATA_CALL_LIST, &()).calls, [first, second]);
    assert_eq!(bench.strings(R::DEACTIVATE_DATA_CALL, &["1", "0"]).errno, Errno::SUCCESS);
    assert_eq!(bench.strings(R::DEACTIVATE_DATA_CALL, &["1", "0"]).errno, Errno::INVALID_ARGUMENTS);
    assert_eq!(bench.set_up("again", "IPV6").calls[0].ifname.as_deref(), Some("sim_rmnet0"));
    assert_eq!(bench.console("data list").lines().count(), 3);
}

#[test]
fn data_is_refused_with_its_cause() {
    let mut bench = Bench::online("");
    for (apn, protocol, cause) in [("fail", "IP", 27), ("fail33", "IP", 33), ("internet", "X25", 28)] {
        let refused = bench.set_up(apn, protocol).calls.remove(0);
        assert_eq!((refused.status, refused.cid, refused.active), (cause, 0, 0), "{apn}");
        assert_eq!(bench.get::<_, Vec<i32>>(R::LAST_DATA_CALL_FAIL_CAUSE, &()), [cause]);
    }
    for _ in 0..8 {
        assert_eq!(bench.set_up("internet", "IP").calls[0].status, 0);
    }
    assert_eq!(bench.set_up("internet", "IP").calls[0].status, 65);
    assert_eq!(bench.strings(R::SETUP_DATA_CALL, &["3", "0"]).errno, Errno::INVALID_ARGUMENTS);
    bench.console("gsm data off");
    assert_eq!(bench.strings(R::SETUP_DATA_CALL, &["3", "0", "a"]).errno, Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW);
}

#[test]
fn the_network_drops_a_data_call() {
    let mut bench = Bench::online("");
    bench.set_up("internet", "IP");
    bench.set_up("mms", "IP");
    assert_eq!(bench.console("data drop 1"), "OK\n");
    let told: Vec<DataCallList> = bench.told_of(U::DATA_CALL_LIST_CHANGED);
    assert_eq!(told[0].calls.iter().map(|call| (call.cid, call.active)).collect::<Vec<_>>(), [(1, 0), (2, 2)]);
    assert_eq!(bench.console("data list"), "2 mms IP sim_rmnet1 10.64.2.2/28\nOK\n");
    assert_eq!(bench.console("data drop 1"), "KO: no data call 1\n");
    bench.ints(R::ALLOW_DATA, &[0]);
    assert_eq!(bench.console("data list"), "OK\n");
    assert_eq!(bench.strings(R::SETUP_DATA_CALL, &["3", "0", "a"]).errno, Errno::OPERATION_NOT_ALLOWED);
}

#[test]
fn the_network_says_why_it_dropped_a_data_call() {
    let mut bench = Bench::online("");
    let cause = |bench: &mut Bench| bench.get::<_, Vec<i32>>(R::LAST_DATA_CALL_FAIL_CAUSE, &())[0];
    for (line, expected) in [("data drop 1", 36), ("data drop 1 39", 39)] {
        bench.set_up("internet", "IP");
        assert_eq!(cause(&mut bench), 0);
        assert_eq!(bench.console(line), "OK\n");
        assert_eq!(cause(&mut bench), expected);
    }
    assert!(bench.console("data drop 1 because").starts_with("KO: "));
}

#[test]
fn the_network_gives_other_addresses() {
    let mut bench = Bench::online("");
    bench.set_up("internet", "IP");
    bench.set_up("ims", "IPV4V6");
    for expected in ["10.64.2.3/28 2001:db8:2::3/64", "10.64.2.4/28 2001:db8:2::4/64"] {
        bench.told();
        assert_eq!(bench.console("data change 2"), "OK\n");
        let told: Vec<DataCallList> = bench.told_of(U::DATA_CALL_LIST_CHANGED);
        let addresses: Vec<&str> = told[0].calls.iter().map(|call| call.addresses.as_deref().unwrap()).collect();
        assert_eq!(addresses, ["10.64.1.2/28", expected]);
        assert_eq!(bench.get::<_, DataCallList>(R::DATA_CALL_LIST, &()), told[0]);
    }
    for _ in 0..300 {
        bench.console("data change 1");
    }
    assert!(bench.console("data list").starts_with("1 internet IP sim_rmnet0 10.64.1."));
    assert_eq!(bench.console("data change 3"), "KO: no data call 3\n");
}

#[test]
fn the_limit_of_data_calls_is_an_argument() {
    let mut bench = Bench::online("--data-calls 2");
    assert_eq!(bench.words(R::DATA_REGISTRATION_STATE)[5], "2");
    let statuses = ["internet", "mms", "ims"].map(|apn| bench.set_up(apn, "IP").calls[0].status);
    assert_eq!(statuses, [0, 0, 65]);
    assert_eq!(bench.get::<_, Vec<i32>>(R::LAST_DATA_CALL_FAIL_CAUSE, &()), [65]);
}

#[test]
fn attach_and_profiles_are_kept_until_the_modem_restarts() {
    let mut bench = Bench::online("");
    let apn = |name: &str| Some(name.to_owned());
    let attach = InitialAttachApn { apn: apn("internet"), protocol: apn("IPV4V6"), ..InitialAttachApn::default() };
    assert_eq!(bench.ask(R::SET_INITIAL_ATTACH_APN, &attach).errno, Errno::SUCCESS);
    let profile = |profile_id, name: &str, enabled| DataProfile {
        profile_id,
        apn: apn(name),
        protocol: apn("IP"),
        password: apn("secret"),
        enabled,
        ..DataProfile::default()
    };
    let profiles = vec![profile(0, "internet", true), profile(1, "mms", false)];
    assert_eq!(bench.ask(R::SET_DATA_PROFILE, &profiles).errno, Errno::SUCCESS);
    let shown = "attach internet IPV4V6\n0 internet IP\n1 mms IP disabled\nOK\n";
    assert_eq!(bench.console("data profiles"), shown);
    bench.console("radio crash");
    assert_eq!(bench.console("data profiles"), "OK\n");
}

#[test]
fn a_ussd_menu_is_a_session() {
    let mut bench = Bench::online("");
    assert!(bench.ussd("*100#")[0].starts_with("1 Balance and services\n1 Balance"));
    assert!(bench.ussd("9")[0].starts_with("1 Balance"), "not a choice: the menu again");
    assert_eq!(bench.ussd("2"), ["0 Your number is +15550100001"]);
    assert_eq!(bench.ussd("2"), ["4"], "there is no session any more");
    bench.ussd("*100#");
    assert_eq!(bench.ussd("0"), ["2 Goodbye"]);
}

#[test]
fn a_cancelled_ussd_is_silent() {
    let mut bench = Bench::online("");
    bench.ask(R::SEND_USSD, &Some("*100#".to_owned()));
    assert_eq!(bench.does(R::CANCEL_USSD), Errno::SUCCESS);
    bench.advance(100);
    assert_eq!(bench.ussd_told(), Vec::<String>::new());
    assert_eq!(bench.ussd("1"), ["4"]);
}

#[test]
fn the_console_can_play_the_network_in_a_session() {
    let mut bench = Bench::online("");
    assert_eq!(bench.console("ussd answer *101# Line one\\nLine two"), "OK\n");
    assert_eq!(bench.ussd("*101#"), ["0 Line one\nLine two"]);
    bench.console("ussd request Your name?");
    assert_eq!(bench.ussd_told(), ["1 Your name?"]);
    assert_eq!(bench.ussd("Ann"), Vec::<String>::new(), "it is for the console to go on");
    assert_eq!(bench.console("ussd last"), "Ann\nOK\n");
    bench.console("ussd end Thank you");
    assert_eq!(bench.ussd_told(), ["2 Thank you"]);
    bench.console("ussd notify A message");
    assert_eq!(bench.ussd_told(), ["0 A message"]);
}

#[test]
fn the_network_may_be_quicker_than_the_answer() {
    let mut bench = Bench::online("");
    bench.console("ussd answer *101# 5 left");
    assert_eq!(bench.console("ussd early on"), "OK\n");
    let token = bench.send(R::SEND_USSD, &ril_protocol::parcel::encode(&Some("*101#".to_owned()), VERSION));
    assert_eq!((bench.ussd_told(), bench.answer(token)), (vec!["0 5 left".to_owned()], None));
    bench.advance(3);
    assert_eq!(bench.answer(token).unwrap().errno, Errno::SUCCESS);
    assert_eq!((bench.ussd_told(), bench.console("ussd early")), (vec![], "on\nOK\n".to_owned()));
    assert!(bench.console("ussd early maybe").starts_with("KO: "));
}

#[test]
fn the_network_speaks_first_with_and_without_a_reply() {
    let mut bench = Bench::online("");
    bench.console("ussd notify You have mail");
    assert_eq!(bench.ussd_told(), ["0 You have mail"]);
    assert_eq!(bench.ussd("yes"), ["4"], "nobody asked");
    bench.console("ussd request More?");
    assert_eq!(bench.ussd_told(), ["1 More?"]);
    assert_eq!(bench.ussd("*100#"), Vec::<String>::new(), "a reply, not a new session");
    bench.console("ussd request And more?");
    bench.does(R::CANCEL_USSD);
    assert!(bench.ussd("*100#").last().unwrap().starts_with("1 Balance"), "a new session");
}

#[test]
fn call_control_makes_services_of_codes() {
    let mut bench = Bench::online("");
    bench.console("ussd services on");
    let mut send = |code, text: &str| {
        let errno = match code {
            R::DIAL => bench.ask(code, &Dial { address: Some(text.to_owned()), ..Dial::default() }).errno,
            _ => bench.ask(code, &Some(text.to_owned())).errno,
        };
        bench.advance(5);
        (errno, bench.told_of::<SsResponse>(U::ON_SS).pop())
    };
    let (errno, told) = send(R::SEND_USSD, "**21*5550666#");
    let told = told.unwrap();
    assert_eq!((errno, told.result), (Errno::USSD_MODIFIED_TO_SS, Errno::SUCCESS));
    assert_eq!((told.service_type, told.request_type), (ServiceType::CFU, RequestType::REGISTRATION));
    let (errno, told) = send(R::DIAL, "*#21#");
    assert_eq!(errno, Errno::DIAL_MODIFIED_TO_SS);
    assert_eq!(told.unwrap().cf_data[0].number.as_deref(), Some("5550666"));
    let (_, told) = send(R::SEND_USSD, "**67#");
    assert_eq!(told.unwrap().result, Errno::INVALID_ARGUMENTS, "to whom?");
    let (_, told) = send(R::SEND_USSD, "*#43#");
    assert_eq!(told.unwrap().ss_info, [1, 1, 0, 0]);
    assert_eq!(send(R::SEND_USSD, "*100#").0, Errno::SUCCESS, "no service code");
    assert_eq!(send(R::SEND_USSD, "*#21#"), (Errno::SUCCESS, None), "a reply to the menu");
    assert_eq!(send(R::DIAL, "5550123"), (Errno::SUCCESS, None));
}

#[test]
fn an_answer_set_on_the_console_comes_before_all_others() {
    let mut bench = Bench::online("");
    bench.console("ussd answer *100# No menu");
    bench.console("ussd answer *21*+15550666# Not forwarded");
    assert_eq!(bench.ussd("*100#"), ["0 No menu"]);
    assert_eq!(bench.ussd("1"), ["4"], "there is no session");
    assert_eq!(bench.ussd("*21*+15550666#"), ["0 Not forwarded"]);
    assert_eq!(bench.ussd("*#21#"), ["0 Call forwarding: off"]);
}

#[test]
fn service_codes_are_carried_out() {
    let mut bench = Bench::online("");
    assert_eq!(bench.ussd("*21*+15550666#"), ["0 Call forwarding: to +15550666"]);
    assert_eq!(bench.console("call 5550199"), "forwarded to +15550666\nOK\n");
    assert_eq!(bench.ussd("*#21#"), ["0 Call forwarding: to +15550666"]);
    assert_eq!(bench.ussd("##21#"), ["0 Call forwarding: off"]);
    assert_eq!(bench.ussd("*61*5550666**25#"), ["0 Call forwarding: to 5550666"]);
    assert_eq!(bench.ussd("#43#"), ["0 Call waiting: off"]);
    assert_eq!(bench.ussd("*31#"), ["0 Caller id: withheld"]);
    assert_eq!(bench.ussd("**67#"), ["0 Call forwarding: failed"], "to whom?");
    assert_eq!(bench.ussd("*77#"), ["4"]);
}

fn forward(status: i32, reason: i32, number: &str) -> ForwardInfo {
    let number = (!number.is_empty()).then(|| number.to_owned());
    ForwardInfo { status, reason, service_class: 1, toa: 129, number, time_seconds: 5 }
}

#[test]
fn calls_are_forwarded_as_the_rules_say() {
    let mut bench = Bench::online("");
    for (reason, number) in [(1, "5550601"), (2, "5550602"), (3, "5550603")] {
        assert_eq!(bench.ask(R::SET_CALL_FORWARD, &forward(3, reason, number)).errno, Errno::SUCCESS);
    }
    let rules: Vec<ForwardInfo> = bench.get(R::QUERY_CALL_FORWARD_STATUS, &forward(2, 4, ""));
    assert_eq!(
        rules.iter().map(|rule| (rule.reason, rule.status)).collect::<Vec<_>>(),
        [(0, 0), (1, 1), (2, 1), (3, 1)]
    );
    assert_eq!(rules[2].time_seconds, 5);
    assert_eq!(bench.console("call 5550199"), "rings\nOK\n");
    assert_eq!(bench.console("call 5550198"), "forwarded to 5550601\nOK\n", "one rings already");
    bench.advance(5_000);
    assert_eq!(bench.console("calls"), "OK\n", "not answered in five seconds");
    bench.ints(R::RADIO_POWER, &[0]);
    assert_eq!(bench.console("call 5550199"), "forwarded to 5550603\nOK\n");
    bench.ints(R::RADIO_POWER, &[1]);
    bench.advance(10);
    assert_eq!(bench.ask(R::SET_CALL_FORWARD, &forward(3, 0, "")).errno, Errno::INVALID_ARGUMENTS);
    assert_eq!(bench.ask(R::SET_CALL_FORWARD, &forward(3, 9, "1")).errno, Errno::INVALID_ARGUMENTS);
    assert_eq!(bench.ask(R::SET_CALL_FORWARD, &forward(4, 4, "")).errno, Errno::SUCCESS);
    assert_eq!(bench.console("services").lines().take(4).filter(|line| line.ends_with("off")).count(), 4);
}

#[test]
fn an_answered_call_is_not_forwarded_later() {
    let mut bench = Bench::online("");
    bench.ask(R::SET_CALL_FORWARD, &forward(3, 2, "5550602"));
    bench.console("call 5550199");
    bench.does(R::ANSWER);
    bench.advance(60_000);
    assert_eq!(bench.console("calls"), "#1 from 5550199 ACTIVE\nOK\n");
}

#[test]
fn barring_asks_for_its_password() {
    let mut bench = Bench::online("");
    let set = |bench: &mut Bench, facility, on, password| {
        bench.strings(R::SET_FACILITY_LOCK, &[facility, on, password, "1"]).errno
    };
    assert_eq!(set(&mut bench, "AO", "1", "9999"), Errno::PASSWORD_INCORRECT);
    assert_eq!(set(&mut bench, "AO", "1", "0000"), Errno::SUCCESS);
    let dial = |number: &str| Dial { address: Some(number.to_owned()), ..Dial::default() };
    assert_eq!(bench.ask(R::DIAL, &dial("5550123")).errno, Errno::SUCCESS);
    assert_eq!(bench.console("calls"), "OK\n");
    assert_eq!(bench.get::<_, i32>(R::LAST_CALL_FAIL_CAUSE, &()), 240);
    assert_eq!(bench.ask(R::DIAL, &dial("112")).errno, Errno::SUCCESS);
    assert_eq!(bench.console("calls"), "#1 to 112 DIALING emergency\nOK\n");
    bench.ints(R::HANGUP, &[1]);
    assert_eq!(set(&mut bench, "AI", "1", "0000"), Errno::SUCCESS);
    assert_eq!(bench.console("call 5550199"), "barred\nOK\n");
    assert_eq!(set(&mut bench, "AB", "1", "0000"), Errno::INVALID_ARGUMENTS, "all at once can only be cleared");
    assert_eq!(bench.strings(R::CHANGE_BARRING_PASSWORD, &["AB", "0000", "1234"]).errno, Errno::SUCCESS);
    assert_eq!(set(&mut bench, "AB", "0", "1234"), Errno::SUCCESS);
    assert_eq!(bench.console("call 5550199"), "rings\nOK\n");
}

#[test]
fn faults_come_on_demand_and_go() {
    let mut bench = Bench::online("");
    bench.console("fail GET_IMEI GENERIC_FAILURE 2");
    assert_eq!([bench.does(R::GET_IMEI), bench.does(R::GET_IMEI)], [Errno::GENERIC_FAILURE; 2]);
    assert_eq!(bench.does(R::GET_IMEI), Errno::SUCCESS);
    bench.console("delay GET_IMEI 500");
    let token = bench.send(R::GET_IMEI, &[]);
    bench.advance(499);
    assert_eq!(bench.answer(token), None);
    bench.advance(1);
    assert_eq!(bench.answer(token).unwrap().errno, Errno::SUCCESS);
    bench.console("hang RIL_REQUEST_GET_IMEI");
    let token = bench.send(R::GET_IMEI, &[]);
    bench.advance(100_000);
    assert_eq!(bench.answer(token), None);
    assert_eq!(bench.console("faults"), "delay GET_IMEI 500\nhang GET_IMEI\nOK\n");
    bench.console("faults clear");
    assert_eq!(bench.does(R::GET_IMEI), Errno::SUCCESS);
    for line in ["fail GET_IMEY 2", "fail GET_IMEI NO_SUCH", "fail GET_IMEI", "delay GET_IMEI soon", "hang"] {
        assert!(bench.console(line).starts_with("KO: "), "{line}");
    }
}

#[test]
fn requests_are_counted_when_they_come() {
    let mut bench = Bench::online("");
    assert_eq!(bench.console("requests"), "total 0\nOK\n");
    bench.console("delay GET_IMEI 5");
    bench.console("hang GET_IMSI");
    for code in [R::GET_IMEI, R::OPERATOR, R::GET_IMEI, R::GET_IMSI, R(9999), R(-1)] {
        bench.send(code, &[]);
    }
    bench.advance(10);
    let counted = "GET_IMSI 1\nOPERATOR 1\nGET_IMEI 2\nunknown 2\ntotal 6\nOK\n";
    assert_eq!(bench.console("requests"), counted, "once each, whatever became of them");
    assert_eq!(bench.console("requests clear"), "OK\n");
    bench.console("radio hang");
    bench.send(R::OPERATOR, &[]);
    assert_eq!(bench.console("requests"), "OPERATOR 1\ntotal 1\nOK\n");
    bench.console("radio resume");
    assert_eq!(bench.console("requests"), "OPERATOR 1\ntotal 1\nOK\n");
    assert!(bench.console("requests now").starts_with("KO: "));
}

#[test]
fn what_is_not_simulated_says_so() {
    let mut bench = Bench::online("");
    for code in [R::OEM_HOOK_RAW, R::OEM_HOOK_STRINGS, R::CDMA_SUBSCRIPTION, R::IMS_SEND_SMS, R(146), R(-1), R(9999)] {
        assert_eq!(bench.does(code), Errno::REQUEST_NOT_SUPPORTED, "{code}");
        assert!(!supports(code), "{code}");
    }
    assert!(supports(R::DIAL));
}

#[test]
fn settings_are_kept() {
    let mut bench = Bench::online("");
    assert_eq!(bench.ints(R::SET_TTY_MODE, &[2]).errno, Errno::SUCCESS);
    assert_eq!(bench.get::<_, Vec<i32>>(R::QUERY_TTY_MODE, &()), [2]);
    assert_eq!(bench.ints(R::SET_TTY_MODE, &[4]).errno, Errno::INVALID_ARGUMENTS);
    assert_eq!(bench.ints(R::SET_PREFERRED_NETWORK_TYPE, &[9]).errno, Errno::SUCCESS);
    assert_eq!(bench.get::<_, Vec<i32>>(R::GET_PREFERRED_NETWORK_TYPE, &()), [9]);
    assert_eq!(bench.words(R::DEVICE_IDENTITY), ["004999010640000", "01", "-", "-"]);
    assert_eq!(bench.get::<_, Vec<i32>>(R::IMS_REGISTRATION_STATE, &()), [0, 1]);
}

#[test]
fn a_result_is_always_what_the_table_says() {
    for args in ["", "--radio on", "--radio on --sim absent", "--radio on --sim locked"] {
        for row in REQUESTS {
            let mut bench = Bench::new(args);
            bench.advance(10);
            let token = bench.send(row.code, &[]);
            bench.advance(1_000);
            let reply = bench.answer(token).expect(row.name);
            let json = row.response.to_json(&reply.payload, crate::model::VERSION);
            assert!(json.is_ok(), "{}: {json:?}", row.name);
        }
    }
}

fn any_request() -> impl Strategy<Value = (R, Vec<u8>)> {
    let code = prop_oneof![
        20 => (0..REQUESTS.len()).prop_map(|at| REQUESTS[at].code),
        1 => any::<i32>().prop_map(R),
    ];
    let word = prop_oneof![3 => 0_i32..12, 1 => any::<i32>(), 1 => Just(-1)];
    let payload = prop::collection::vec(word, 0..16)
        .prop_map(|words| words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<u8>>());
    (code, payload)
}

proptest! {
    /// Whatever a host sends, in whatever order: one answer each in bounded time, and no panic.
    #[test]
    fn every_request_has_one_answer(requests in prop::collection::vec((any_request(), 0_u64..50), 1..40)) {
        let mut bench = Bench::online("");
        let mut tokens = Vec::new();
        for ((code, payload), pause) in requests {
            tokens.push(bench.send(code, &payload));
            bench.advance(pause);
        }
        bench.advance(60_000);
        for token in tokens {
            prop_assert!(bench.answer(token).is_some());
            prop_assert!(bench.answer(token).is_none());
        }
    }
}
