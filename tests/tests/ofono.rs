//! oFono, a RIL client that is not ours, as two phones on one simulated modem.
//!
//! Every test has an arrangement of its own, so that they run side by side. They need root, for namespaces, and the
//! Debian packages `dbus` and `ofono`.

use rild_proxy_tests::binaries;
use rild_proxy_tests::dbus::{flag, text};
use rild_proxy_tests::modem::Console;
use rild_proxy_tests::ofono::{OFono, RADIO_USER};
use rild_proxy_tests::phones::Phones;
use rild_proxy_tests::processes::Program;

/// Valid with the tag behind it only without that: the tag of "work" is 2.
const TAGGED_FOR_WORK: &str = "155501999992";
const ITS_CALLER: &str = "15550199999";
const SOMEBODY: &str = "+15550100123";

/// How often oFono was told that something about calls had changed, since a place in its log.
fn call_notices(phone: &OFono, since: usize) -> usize {
    phone.log().said().read(since, |said| {
        said.iter().filter(|line| line.contains("CALL_STATE_CHANGED") || line.contains("CALL_RING")).count()
    })
}

/// Whether a data context of this phone is open.
fn has_data(phone: &OFono) -> bool {
    phone.contexts().iter().any(|(_, properties)| flag(properties, "Active"))
}

#[test]
fn both_phones_come_online() {
    let mut phones = Phones::start();
    for phone in [&phones.personal, &phones.work] {
        let network = phone.properties("NetworkRegistration");
        assert_eq!(text(&network, "Name").as_deref(), Some("Simnet"));
        let card = phone.properties("SimManager");
        assert_eq!(text(&card, "SubscriberIdentity").as_deref(), Some("001010123456789"));
        assert_eq!(phone.calls(), []);
    }
    for (state, status) in [("roaming", "roaming"), ("home", "registered")] {
        phones.modem.run(&format!("gsm voice {state}"));
        phones.personal.wait_for_registration(status);
        phones.work.wait_for_registration(status);
    }
}

#[test]
fn the_phone_with_the_screen_dials_and_the_other_is_refused() {
    let mut phones = Phones::start();
    let (since_personal, since_work) = phones.logs();
    phones.personal.dial(SOMEBODY).expect("the phone with the screen may dial");
    let (_, call) = phones.personal.wait_for_call("active");
    assert_eq!(text(&call, "LineIdentification").as_deref(), Some(SOMEBODY));

    let refused = phones.work.dial("+15550100124").expect_err("a phone in the background may not dial");
    assert_eq!(refused.error, "org.ofono.Error.Failed");
    assert_eq!(phones.work.calls(), []);
    assert_eq!(phones.modem.run("calls"), [format!("#1 to {SOMEBODY} ACTIVE")]);

    let hung_up: Result<(), _> = phones.personal.call("VoiceCallManager", "HangupAll", &());
    assert_eq!(hung_up, Ok(()));
    phones.personal.wait_for_no_call();
    assert_eq!(phones.modem.run("calls"), [""; 0]);
    phones.work.settle();
    assert_eq!(call_notices(&phones.work, since_work), 0);
    assert!(call_notices(&phones.personal, since_personal) >= 2, "it was answered and it ended");
}

#[test]
fn the_screen_brings_the_right_to_dial() {
    let mut phones = Phones::start();
    phones.bring_forward("work");
    phones.work.dial(SOMEBODY).expect("the phone with the screen may dial");
    let (call, _) = phones.work.wait_for_call("active");
    phones.personal.dial("+15550100124").expect_err("a phone in the background may not dial");
    phones.bring_forward("personal");
    phones.personal.dial("+15550100124").expect("the phone with the screen may dial");
    phones.personal.wait_for_call("active");
    // Its call goes on in the background, on hold.
    phones.work.wait_for_call("held");
    phones.work.on_call(&call, "Hangup");
    phones.work.wait_for_no_call();
    phones.personal.settle();
    phones.personal.wait_for_call("active");
    assert_eq!(phones.modem.run("calls"), ["#2 to +15550100124 ACTIVE"]);
}

#[test]
fn an_emergency_call_goes_out_from_the_background() {
    let phones = Phones::start();
    phones.personal.dial(SOMEBODY).expect("the phone with the screen may dial");
    phones.personal.wait_for_call("active");
    phones.work.dial("112").expect("an emergency call is never refused");
    let (call, properties) = phones.work.wait_for_call("active");
    assert!(flag(&properties, "Emergency"));
    phones.personal.wait_for_call("held");
    phones.work.on_call(&call, "Hangup");
    phones.work.wait_for_no_call();
}

#[test]
fn a_tagged_call_rings_its_phone_only() {
    let mut phones = Phones::start();
    let (since, _) = phones.logs();
    phones.modem.run(&format!("gsm call {TAGGED_FOR_WORK}"));
    let (call, properties) = phones.work.wait_for_call("incoming");
    assert_eq!(text(&properties, "LineIdentification").as_deref(), Some(ITS_CALLER));
    phones.work.on_call(&call, "Answer");
    phones.work.wait_for_call("active");
    assert_eq!(phones.modem.run("calls"), [format!("#1 from {TAGGED_FOR_WORK} ACTIVE")]);
    phones.work.on_call(&call, "Hangup");
    phones.work.wait_for_no_call();
    assert_eq!(phones.modem.run("calls"), [""; 0]);
    phones.personal.settle();
    assert_eq!(phones.personal.calls(), []);
    assert_eq!(call_notices(&phones.personal, since), 0);
}

#[test]
fn a_call_without_a_tag_rings_the_phone_with_the_screen() {
    let mut phones = Phones::start();
    let (_, since) = phones.logs();
    phones.modem.run(&format!("gsm call {SOMEBODY}"));
    let (_, properties) = phones.personal.wait_for_call("incoming");
    assert_eq!(text(&properties, "LineIdentification").as_deref(), Some(SOMEBODY));
    phones.modem.run(&format!("gsm cancel {SOMEBODY}"));
    phones.personal.wait_for_no_call();
    phones.work.settle();
    assert_eq!(call_notices(&phones.work, since), 0);
}

#[test]
fn a_tagged_call_during_a_call_of_the_other_phone() {
    let mut phones = Phones::start();
    phones.personal.dial(SOMEBODY).expect("the phone with the screen may dial");
    phones.personal.wait_for_call("active");
    phones.modem.run(&format!("gsm call {TAGGED_FOR_WORK}"));
    let (call, _) = phones.work.wait_for_call("incoming");
    phones.work.on_call(&call, "Answer");
    phones.work.wait_for_call("active");
    phones.personal.wait_for_call("held");
    assert_eq!(phones.work.calls().len(), 1);
    assert_eq!(phones.personal.calls().len(), 1);
    phones.work.on_call(&call, "Hangup");
    phones.work.wait_for_no_call();
}

#[test]
fn a_phone_handles_two_calls_of_its_own() {
    let mut phones = Phones::start();
    phones.personal.dial(SOMEBODY).expect("the phone with the screen may dial");
    phones.personal.wait_for_call("active");
    phones.modem.run("gsm call +15550100125");
    let (second, _) = phones.personal.wait_for_call("waiting");
    phones.personal.manage_calls("HoldAndAnswer");
    phones.personal.wait_for_call("held");
    assert_eq!(phones.personal.wait_for_call("active").0, second);
    phones.personal.manage_calls("SwapCalls");
    phones.personal.bus().wait_until("the calls are swapped", || {
        let calls = phones.personal.calls();
        let (_, properties) = calls.iter().find(|(path, _)| *path == second)?;
        (text(properties, "State")? == "held").then_some(())
    });
    phones.personal.send_tones("12#");
    assert_eq!(phones.modem.run("dtmf"), ["12#"]);
    phones.personal.manage_calls("HangupAll");
    phones.personal.wait_for_no_call();
    assert_eq!(phones.work.calls(), []);
}

#[test]
fn a_dialogue_with_the_network_is_its_phones_alone() {
    let mut phones = Phones::start();
    let (personal, work) = phones.signals();
    phones.modem.run("ussd notify Welcome");
    assert_eq!(phones.personal.wait_for_notification(personal), "Welcome");
    phones.work.settle();
    assert_eq!(phones.work.notifications(work), [""; 0]);

    // No network answers at once, and a busy oFono does not expect that.
    phones.modem.run("delay SEND_USSD 300");
    let menu = phones.work.ask_network("*100#").expect("there is a menu");
    assert!(menu.contains("1 Balance"), "{menu}");
    phones.personal.ask_network("*101#").expect_err("there is one session at a time");
    assert_eq!(phones.work.reply_to_network("1"), Ok("Your balance is 12.34".to_owned()));
    phones.modem.run("ussd answer *101# 5 left");
    assert_eq!(phones.work.ask_network("*101#"), Ok("5 left".to_owned()));
    phones.personal.settle();
    assert_eq!(phones.personal.notifications(personal), ["Welcome"]);
}

#[test]
fn texts_go_out_from_both_phones_and_answers_come_back_to_the_one_that_wrote() {
    let mut phones = Phones::start();
    phones.work.send_text("+15550100124", "from work");
    phones.personal.send_text(SOMEBODY, "from personal");
    assert_eq!(
        phones.modem.run("sms list"),
        ["+15550100124\tfrom work".to_owned(), format!("{SOMEBODY}\tfrom personal")]
    );

    let (personal, work) = phones.signals();
    phones.modem.run("sms send +15550100124 answer to work");
    phones.modem.run("sms send +15550100199 to whom it may concern");
    phones.modem.run(&format!("sms send {TAGGED_FOR_WORK} by the tag"));
    let at_personal = phones.personal.wait_for_texts(personal, 1);
    let at_work = phones.work.wait_for_texts(work, 2);
    for phone in [&phones.personal, &phones.work] {
        phone.settle();
    }
    assert_eq!(phones.modem.run("sms waiting"), ["0"]);
    let text = |words: &str, from: &str| (words.to_owned(), from.to_owned());
    assert_eq!(phones.personal.texts(personal), at_personal);
    assert_eq!(phones.work.texts(work), at_work);
    assert_eq!(at_personal, [text("to whom it may concern", "+15550100199")]);
    assert_eq!(at_work, [text("answer to work", "+15550100124"), text("by the tag", ITS_CALLER)]);
}

#[test]
fn a_long_text_with_any_letters_arrives_whole() {
    let mut phones = Phones::start();
    let words = "κάθε γράμμα".repeat(20);
    phones.work.send_text(SOMEBODY, &words);
    assert_eq!(phones.modem.run("sms list"), [format!("{SOMEBODY}\t{words}")]);
    let (_, work) = phones.signals();
    phones.modem.run(&format!("sms send {TAGGED_FOR_WORK} {words}."));
    assert_eq!(phones.work.wait_for_texts(work, 1), [(format!("{words}."), ITS_CALLER.to_owned())]);
}

#[test]
fn a_data_context_is_its_phones_alone() {
    let mut phones = Phones::start();
    let context = phones.personal.open_context("internet");
    assert!(has_data(&phones.personal));
    assert!(!has_data(&phones.work));
    let open = phones.modem.run("data list");
    assert_eq!(open.len(), 1, "{open:?}");

    // A starting oFono closes whatever the modem lists.
    phones.work.restart("TERM");
    phones.work.go_online();
    phones.work.settle();
    assert_eq!(phones.modem.run("data list"), open);
    phones.personal.settle();
    assert!(has_data(&phones.personal), "{context} was closed");

    phones.personal.close_context(&context);
    assert_eq!(phones.modem.run("data list"), [""; 0]);
}

#[test]
fn both_phones_have_data_at_once() {
    let mut phones = Phones::start();
    let first = phones.personal.open_context("internet");
    let second = phones.work.open_context("internet");
    phones.personal.close_context(&first);
    phones.work.settle();
    assert!(!has_data(&phones.personal) && has_data(&phones.work));
    assert_eq!(phones.modem.run("data list").len(), 1);
    phones.work.close_context(&second);
    assert_eq!(phones.modem.run("data list"), [""; 0]);
}

#[test]
fn one_phone_goes_offline_alone() {
    let mut phones = Phones::start();
    phones.personal.go_offline();
    phones.work.settle();
    phones.work.wait_for_registration("registered");
    phones.modem.run(&format!("gsm call {TAGGED_FOR_WORK}"));
    let (call, _) = phones.work.wait_for_call("incoming");
    phones.work.on_call(&call, "Hangup");
    phones.work.wait_for_no_call();
    phones.personal.go_online();
    phones.personal.dial(SOMEBODY).expect("the phone with the screen may dial");
    phones.personal.wait_for_call("active");
}

#[test]
fn a_phone_comes_back_after_a_restart() {
    let mut phones = Phones::start();
    phones.work.restart("TERM");
    phones.work.go_online();
    phones.modem.run(&format!("gsm call {TAGGED_FOR_WORK}"));
    phones.work.wait_for_call("incoming");
    phones.personal.restart("TERM");
    phones.personal.go_online();
    phones.work.settle();
    phones.work.wait_for_call("incoming");
}

#[test]
fn a_call_survives_the_phone_that_made_it() {
    let mut phones = Phones::start();
    phones.personal.dial(SOMEBODY).expect("the phone with the screen may dial");
    phones.personal.wait_for_call("active");
    // One that ends in an orderly way switches its radio off, and its calls end with that.
    phones.personal.restart("KILL");
    phones.personal.go_online();
    let (call, properties) = phones.personal.wait_for_call("active");
    assert_eq!(text(&properties, "LineIdentification").as_deref(), Some(SOMEBODY));
    phones.personal.on_call(&call, "Hangup");
    phones.personal.wait_for_no_call();
    assert_eq!(phones.modem.run("calls"), [""; 0]);
}

#[test]
fn root_dies_and_comes_back_and_ofono_stays_connected() {
    let mut phones = Phones::start();
    for signal in ["KILL", "TERM"] {
        let (since, _) = phones.logs();
        phones.restart_root(signal);
        phones.personal.log().wait_for(since, "RADIO_STATE_CHANGED (state: UNAVAILABLE)");
        phones.personal.log().wait_for(since, "RADIO_STATE_CHANGED (state: ON)");
        // The network tells the time to a phone that it has let in.
        phones.personal.log().wait_for(since, "UNSOL_NITZ_TIME_RECEIVED");
        phones.personal.wait_for_no_call();
        phones.personal.dial(SOMEBODY).expect("the phone with the screen may dial");
        // The call will go with root, without a word from the modem.
        phones.personal.wait_for_call("active");
    }
}

/// One phone with both SIMs of a modem, as an Android phone with two slots has them.
#[test]
fn one_phone_has_both_sims_of_a_modem() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| folder.path().join(name);
    OFono::make_folders(&path("phone"));
    let (run, sockets, modem) = (path("run"), path("phone/sockets"), path("modem.sock"));
    let config = format!(
        "[run]\ndir = '{}'\n\
         [modem]\nsims = 2\nargs = ['--sims', '2', '--radio', 'on', '--control', '{}']\n\
         [[phone]]\nname = 'phone'\nuid = {RADIO_USER}\nsocket = ['{sockets}/rild', '{sockets}/rild1']\n",
        run.display(),
        modem.display(),
        sockets = sockets.display(),
    );
    std::fs::write(path("root.toml"), config).expect("a file can be written");
    let root = Program::new(binaries::rild_proxy()).arg("root").arg("--config").arg(path("root.toml")).start("root");
    root.wait_for(0, "ready");
    let mut phone = OFono::start_with_two_sims(&path("phone"), "phone");
    for (sim, imsi) in [(1, "001010123456789"), (2, "001010123456790")] {
        phone.turn_to(sim);
        phone.go_online();
        let card = phone.properties("SimManager");
        assert_eq!(text(&card, "SubscriberIdentity").as_deref(), Some(imsi));
    }
    let signals = phone.bus().signals().len();
    let mut second = Console::connect(&modem);
    second.run("slot 2");
    second.run(&format!("gsm call {SOMEBODY}"));
    second.run(&format!("sms send {SOMEBODY} hello"));
    let (call, properties) = phone.wait_for_call("incoming");
    assert_eq!(text(&properties, "LineIdentification").as_deref(), Some(SOMEBODY));
    assert_eq!(phone.wait_for_texts(signals, 1), [("hello".to_owned(), SOMEBODY.to_owned())]);
    phone.on_call(&call, "Answer");
    phone.wait_for_call("active");
    phone.turn_to(1);
    phone.settle();
    assert_eq!(phone.calls(), [], "the first SIM has no call");
    assert_eq!(phone.texts(signals).len(), 1);
    phone.dial("+15550100124").expect("the first SIM is free");
    phone.wait_for_call("active");
    assert_eq!(second.run("calls"), [format!("#1 from {SOMEBODY} ACTIVE")]);
    second.run("slot 1");
    assert_eq!(second.run("calls"), ["#1 to +15550100124 ACTIVE"]);
}
