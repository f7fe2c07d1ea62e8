//! The root daemon on a vendor library with numbers of its own, `libdialect.c`.

use std::fs;

use ril_protocol::payload::call::Dial;
use ril_protocol::payload::device::UiccSubscription;
use ril_protocol::payload::{Ints, Text};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy_tests::peer::{Peer, decode, encode, raw};
use rild_proxy_tests::root::Root;
use rild_proxy_tests::vendor;

/// What the library calls differently.
const DIALECT: &str = r#"
about = "libdialect.so"

[[request]]
code = 115
is = "SET_UICC_SUBSCRIPTION"

[[request]]
code = 2086
name = "SET_CALL_INDICATION"
arguments = "Ints"
class = "local"

[[request]]
code = 10016
name = "DIAL_EMERGENCY"
arguments = "call::Dial"
emergency = true

[[unsolicited]]
code = 1041
is = "UICC_SUBSCRIPTION_STATUS_CHANGED"

[[unsolicited]]
code = 3042
name = "INCOMING_CALL_INDICATION"
particulars = "Strings"
audience = "router"
answer = { request = "SET_CALL_INDICATION", ints = ["0", "$0", "$4"] }

[[unsolicited]]
code = 11010
name = "AM"
particulars = "Text"
"#;

/// The library's string that only privileged phones hear.
const AM: UnsolCode = UnsolCode(11_010);

/// A daemon on that library, a phone that speaks its dialect and one that speaks ril.h.
fn scene() -> (Root, Peer, Peer) {
    scene_with("")
}

fn scene_with(keys: &str) -> (Root, Peer, Peer) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let dialect = folder.path().join("dialect.toml");
    fs::write(&dialect, DIALECT).expect("the folder can be written to");
    let root = Root::start(&format!(
        "[modem]\nlibrary = '{}'\ndialect = '{}'\n{keys}\
         [[phone]]\nname = 'native'\nprivileged = true\n[[phone]]\nname = 'plain'\nprivileged = true\ndialect = false\n",
        vendor::dialect().display(),
        dialect.display()
    ));
    let (native, plain) = (root.client("native"), root.client("plain"));
    (root, native, plain)
}

fn said(peer: &mut Peer) -> String {
    decode::<Text>(&peer.news(AM)).expect("a text")
}

#[test]
fn the_library_is_given_the_structures_that_its_numbers_stand_for() {
    let (_root, mut native, mut plain) = scene();
    let subscription = encode(&UiccSubscription { slot: 0, app_index: 1, sub_type: 0, act_status: 1 });
    assert_eq!(native.ask(RequestCode(115), &subscription).0, Errno::SUCCESS);
    assert_eq!(decode::<Ints>(&native.news(UnsolCode(1041))), [1]);
    assert_eq!(decode::<Ints>(&plain.news(UnsolCode::UICC_SUBSCRIPTION_STATUS_CHANGED)), [1]);
    // The same from a phone that has ril.h's number for it; and ril.h's message of number 115 does not exist here.
    assert_eq!(plain.ask(RequestCode::SET_UICC_SUBSCRIPTION, &subscription).0, Errno::SUCCESS);
    let application = encode::<Text>(&Some("A0000000871002".to_owned()));
    assert_eq!(plain.ask(RequestCode::SIM_OPEN_CHANNEL, &application).0, Errno::REQUEST_NOT_SUPPORTED);
}

#[test]
fn emergency_calls_are_dialled_the_vendors_way() {
    let (_root, mut native, mut plain) = scene();
    let dial = |address: &str| encode(&Dial { address: Some(address.to_owned()), ..Dial::default() });
    assert_eq!(plain.ask(RequestCode::DIAL, &dial("112")).0, Errno::SUCCESS);
    assert_eq!(said(&mut native), "112");
    assert_eq!(native.ask(RequestCode(10_016), &dial("999")).0, Errno::SUCCESS);
    assert_eq!(said(&mut native), "999");
}

#[test]
fn a_call_may_ring_when_the_daemon_has_said_so() {
    let (_root, mut native, _plain) = scene();
    assert_eq!(native.ask(RequestCode::OEM_HOOK_RAW, &raw("call")).0, Errno::SUCCESS);
    assert_eq!(said(&mut native), "may ring 7");
}

#[test]
fn a_library_in_a_process_of_its_own_speaks_it_and_so_does_the_next_process() {
    let (root, mut native, mut plain) = scene_with("isolate = true\n");
    let emergency = encode(&Dial { address: Some("112".to_owned()), ..Dial::default() });
    let subscription = encode(&UiccSubscription { slot: 0, app_index: 1, sub_type: 0, act_status: 1 });
    for _ in 0..2 {
        assert_eq!(plain.ask(RequestCode::DIAL, &emergency).0, Errno::SUCCESS);
        assert_eq!(said(&mut native), "112");
        assert_eq!(native.ask(RequestCode::OEM_HOOK_RAW, &raw("call")).0, Errno::SUCCESS);
        assert_eq!(said(&mut native), "may ring 7");
        assert_eq!(plain.ask(RequestCode::SET_UICC_SUBSCRIPTION, &subscription).0, Errno::SUCCESS);
        assert_eq!(decode::<Ints>(&plain.news(UnsolCode::UICC_SUBSCRIPTION_STATUS_CHANGED)), [1]);
        assert_eq!(decode::<Ints>(&native.news(UnsolCode(1041))), [1]);

        root.kill_library();
        for phone in [&mut native, &mut plain] {
            phone.news(UnsolCode::RIL_CONNECTED);
        }
    }
}

#[test]
fn a_wrong_dialect_is_told_by_its_line() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let dialect = folder.path().join("wrong.toml");
    fs::write(&dialect, "[[request]]\ncode = 10\nname = 'DIAL'\n").expect("the folder can be written to");
    let (status, said) =
        Root::fails(&format!("[modem]\ndialect = '{}'\n[[phone]]\nname = 'only'\n", dialect.display()));
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("wrong.toml:2: request[0].code: 10 has the meaning of ril.h"), "{said}");
}
