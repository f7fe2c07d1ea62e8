//! Who calls: what a provider asserts, what a caller writes, and what he wants nobody to know, up to the phone and the
//! log.

use crate::harness::{Bridge, Net, SIM, Sipp, settings};
use voip_bridge::pool::{Direction, Unavailable};
use voip_bridge::settings::Identity;

/// As the device is to see a withheld caller: the access number and the tag.
const NOBODY: &str = ".155501000012";
const WROTE: &str = "+15550199999";

/// A call from whoever writes `from`, with `more` headers, by way of a peer that says by `identity` who calls: what the
/// gateway of the SIM has to be shown, and whom the log names.
async fn call(identity: Identity, from: &str, more: &str, shown: &str, peer: Option<&str>) {
    let net = Net::new();
    let mut settings = settings(net, "udp", "allowed = [\"1\"]\n");
    settings.peers[0].identity = identity;
    let mut bridge = Bridge::start_settings(net, Unavailable::Reject, settings).await;
    let words = [("simre", "sip:.15550100099@"), ("shown", shown), ("port", "6000")];
    let gateway = Sipp::run(net, 3, "gateway_answers", &words).listening("udp", net, 3).await;
    let from = format!("sip:{from}@caller.example");
    let words = [("from", from.as_str()), ("port", "6000"), ("more", more), ("answer", "m=audio 7000")];
    let caller = Sipp::run(net, 2, "caller_talks", &words);
    tokio::join!(caller.done(), gateway.done());
    let call = bridge.ended().await;
    assert_eq!((call.direction, call.peer.as_deref()), (Direction::In, peer), "{more}");
    bridge.stop().await;
}

#[tokio::test]
async fn the_phone_and_the_log_see_whom_a_trusted_peer_asserts() {
    let asserted = "P-Asserted-Identity: \"tel:+15550177777, \" <sip:+15550188888@provider.example>\n";
    call(Identity::Any, WROTE, asserted, ".155501888882", Some("+15550188888")).await;
    call(Identity::Asserted, WROTE, "", NOBODY, None).await;
}

#[tokio::test]
async fn what_a_peer_asserts_that_is_not_trusted_counts_nothing() {
    let asserted = "P-Asserted-Identity: <sip:+15550188888@provider.example>\n";
    call(Identity::From, WROTE, asserted, ".155501999992", Some(WROTE)).await;
}

/// Nor is he the phone whose SIM he names: that would be a call at its expense.
#[tokio::test]
async fn who_is_asserted_to_be_nobody_is_not_whom_he_says() {
    let nobody = "P-Asserted-Identity: \"Anonymous\" <sip:anonymous@anonymous.invalid>\n";
    call(Identity::Any, SIM, nobody, NOBODY, None).await;
    let other = "P-Asserted-Identity: <sip:+15550188888@provider.example>\n";
    call(Identity::Any, SIM, other, ".155501888882", Some("+15550188888")).await;
}

#[tokio::test]
async fn who_wants_not_to_be_known_is_not() {
    let asserted = "P-Asserted-Identity: <sip:+15550188888@provider.example>\nPrivacy: none\nPrivacy: ID;critical\n";
    call(Identity::Any, WROTE, asserted, NOBODY, None).await;
}
