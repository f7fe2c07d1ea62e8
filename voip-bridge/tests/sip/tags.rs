//! Tags with check digits: what the gateway of the SIM is shown, as the device with the key reads it.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::harness::{Bridge, NUMBER, Net, SIM, Sipp, number, settings};
use caller_tag::NumberingPlan;
use caller_tag::key::Key;
use caller_tag::suffix_keyed::{CheckDigits, Keyed, Step};
use caller_tag::suffix1::{Caller, Decoded, Tag};
use voip_bridge::call;
use voip_bridge::link::Links;
use voip_bridge::pool::Unavailable;
use voip_bridge::settings::{Scheme, Settings, Tags};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn keyed(net: Net, folder: &Path) -> Settings {
    let mut settings = settings(net, "udp", "");
    settings.tags = Tags { scheme: Scheme::SuffixKeyed, keys: Some(PathBuf::from(folder)), ..Tags::default() };
    settings
}

/// What the device reads in the caller that its network shows: it asks a clock of its own.
fn decoded(shown: &str) -> Decoded<'_> {
    let key = Key::parse(KEY).expect("a key");
    #[allow(clippy::disallowed_methods, reason = "the device of this test is a driver, too")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let scheme = Keyed { digits: CheckDigits::Two, step: Step::at(now), mac: |message: &[u8]| key.mac(message) };
    let home = NumberingPlan::for_calling_code(1).expect("North America");
    scheme.decode(shown, &home, Tag::new(2).into_iter().collect(), &[number(NUMBER)])
}

#[tokio::test]
async fn the_device_finds_the_tag_with_its_key() {
    for (from, caller) in [
        ("sip:+15550199999@caller.example", Caller::Number("+15550199999")),
        ("sip:anonymous@anonymous.invalid", Caller::Withheld),
    ] {
        let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
        std::fs::write(folder.path().join(SIM.trim_start_matches('+')), KEY).expect("a file");
        let bridge = Bridge::start_settings(net, Unavailable::Reject, keyed(net, folder.path())).await;
        let words = [("simre", "sip:.15550100099@"), ("shown", ".15550[0-9]+@"), ("port", "6000")];
        let gateway = Sipp::run(net, 3, "gateway_answers", &words).listening("udp", net, 3).await;
        let words = [("from", from), ("port", "6000"), ("more", ""), ("answer", "m=audio 7000")];
        let caller_side = Sipp::run(net, 2, "caller_talks", &words);
        let (messages, ()) = tokio::join!(gateway.messages(), caller_side.done());
        let invite = messages.split("INVITE sip:").nth(1).expect("an INVITE");
        let shown = invite.split("\nFrom: <sip:").nth(1).and_then(|from| from.split('@').next()).expect("a caller");
        assert!(decoded(shown) == Decoded::Tagged { tag: Tag::new(2).expect("a digit"), caller }, "{shown}");
        bridge.stop().await;
    }
}

#[tokio::test]
async fn a_sim_without_a_key_is_not_called() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    let mut bridge = Bridge::start_settings(net, Unavailable::Reject, keyed(net, folder.path())).await;
    let words = [
        ("from", "sip:+15550199999@caller.example"),
        ("port", "6000"),
        ("more", ""),
        ("status", "503"),
        ("cause", "41"),
    ];
    Sipp::run(net, 2, "caller_is_refused", &words).done().await;
    assert_eq!(bridge.ended().await.cause, Some(41));
    bridge.stop().await;
}

#[tokio::test]
async fn keys_that_are_none_are_said_before_the_first_call() {
    let (net, folder) = (Net::new(), tempfile::tempdir().expect("a folder"));
    for (name, content, why) in [
        ("15550100099", "secret", "a key is 64 hexadecimal digits"),
        ("+15550100099", KEY, "is not called as the digits of a SIM's number"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, content).expect("a file");
        let pool = crate::harness::no_pool();
        let (settings, links) = (keyed(net, folder.path()), Links::none());
        let served = call::serve(settings, pool, "test".to_owned(), links, None, Default::default()).await;
        let said = served.expect_err("a bad key").to_string();
        assert!(said.contains(why) && said.contains(name), "{said}");
        std::fs::remove_file(&file).expect("a file");
    }
}
