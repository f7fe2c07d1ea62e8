//! Calls with a link to the device: announced ones need no digits, and those that come are hinted at.

use crate::databases::{self, Postgres};
use crate::device::{Device, intent, key};
use crate::harness::{NUMBER, Net, PATIENCE, SIM, Sipp, number, settings};
use caller_tag::link::{CallAnswered, CallFailed, CallIntent, HintTaken, Phones, to_device, to_service};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use voip_bridge::call::{self, Stop};
use voip_bridge::config;
use voip_bridge::link::Links;
use voip_bridge::pool::{Call, Unavailable};
use voip_bridge::settings::{Device as KnownDevice, Link, Secret};
use voip_bridge::store::{Assign, Store};

const TARGET: &str = "+15550122222";
const ALLOWED: &str = "allowed = [\"1555\"]\n";

/// A bridge that listens to the device of the SIM.
struct Bridge {
    net: Net,
    store: Store,
    address: std::net::SocketAddr,
    stop: Stop,
    over: CancellationToken,
    tasks: [JoinHandle<()>; 2],
    _folder: tempfile::TempDir,
}

/// A database with the number in it.
async fn database(config: &config::Store, unavailable: Unavailable) -> Store {
    let store = Store::open(config).await.expect("a store");
    store.add_numbers(&[number(NUMBER)]).await.expect("a number");
    let (phone, sim) = ("work".to_owned(), number(SIM));
    let assign = Assign { number: number(NUMBER), sim, phone, tag: Some(2), access: None, unavailable };
    store.assign(&assign).await.expect("an assignment");
    store
}

impl Bridge {
    /// One that is alone.
    async fn start(unavailable: Unavailable) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = database(&databases::sqlite(folder.path()), unavailable).await;
        Self::start_with(store, "alone", folder).await
    }

    async fn start_with(store: Store, name: &str, folder: tempfile::TempDir) -> Self {
        let net = Net::new();
        let file = folder.path().join("key");
        std::fs::write(&file, key('a')).expect("a file");
        let mut settings = settings(net, "udp", ALLOWED);
        settings.link = Some(Link {
            listen: "127.0.0.1:0".parse().expect("an address"),
            most: 10,
            attempts_per_minute: 100,
            messages_per_second: 100,
        });
        settings.devices = vec![KnownDevice { name: "one".to_owned(), sim: SIM.to_owned(), key: Secret::File(file) }];
        let links = Links::new(&settings, store.clone(), None, name).expect("settings");
        let listener = links.listen().await.expect("a socket").expect("links");
        let address = listener.address().expect("an address");
        let (stop, over) = (Stop::new(), CancellationToken::new());
        let devices = tokio::spawn(listener.serve(over.clone()));
        let (pool, stopped, name) = (store.clone(), stop.clone(), name.to_owned());
        let calls = tokio::spawn(async move {
            call::serve(settings, pool, name, links, None, stopped).await.expect("serves");
        });
        Self { net, store, address, stop, over, tasks: [calls, devices], _folder: folder }
    }

    /// The device, with its phone reachable.
    async fn device(&self) -> Device<TcpStream> {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        let mut device = Device::link(stream, "one", &key('a'), 7).await;
        device.say(to_service::Say::Phones(Phones { available: vec![2] })).await;
        // What is answered was heard, and so was all before it.
        device.say(intent(0, 9, TARGET)).await;
        assert!(matches!(device.hear().await, Some(to_device::Say::IntentRefused(_))));
        device
    }

    async fn ended(&self) -> Call {
        let ended = async {
            loop {
                if let Some(call) = self.store.past_calls(1).await.expect("calls").pop() {
                    return call;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("the call ends")
    }

    async fn stop(self) {
        self.stop.hang_up();
        let [calls, devices] = self.tasks;
        calls.await.expect("no panic");
        self.over.cancel();
        devices.await.expect("no panic");
    }
}

async fn announce(device: &mut Device<TcpStream>, id: u64) {
    device.say(intent(id, 2, TARGET)).await;
    assert!(matches!(device.hear().await, Some(to_device::Say::IntentTaken(taken)) if taken.access == NUMBER));
}

fn failed(id: u64, cause: u32) -> Option<to_device::Say> {
    Some(to_device::Say::CallFailed(CallFailed { id, cause }))
}

/// The phone's leg, as the network of its SIM brings it.
fn phone<'a>() -> Vec<(&'a str, &'a str)> {
    vec![("from", "sip:+15550100099@gateway.example"), ("port", "6000"), ("more", ""), ("answer", "m=audio 7000")]
}

/// The target as a regular expression, and the phone's own number as its caller.
fn target<'a>() -> Vec<(&'a str, &'a str)> {
    vec![("simre", "sip:.15550122222@"), ("shown", ".15550100001@"), ("port", "6000")]
}

#[tokio::test]
async fn an_announced_call_goes_to_its_target_and_is_answered_when_that_answers() {
    let bridge = Bridge::start(Unavailable::Reject).await;
    let mut device = bridge.device().await;
    announce(&mut device, 5).await;
    let gateway = Sipp::run(bridge.net, 3, "gateway_answers", &target()).listening("udp", bridge.net, 3).await;
    let phone = Sipp::run(bridge.net, 2, "caller_talks", &phone());
    tokio::join!(phone.done(), gateway.done());
    assert!(device.hear().await == Some(to_device::Say::CallAnswered(CallAnswered { id: 5 })));
    assert!(device.hear().await == failed(5, 16));
    let call = bridge.ended().await;
    assert_eq!((call.peer.as_deref(), call.cause), (Some(TARGET), Some(16)));
    assert!(call.answered.is_some());
    bridge.stop().await;
}

#[tokio::test]
async fn why_a_target_is_not_reached_is_said_to_the_network_and_to_the_device() {
    let bridge = Bridge::start(Unavailable::Reject).await;
    let mut device = bridge.device().await;
    announce(&mut device, 5).await;
    let words = [&target()[..], &[("status", "486 Busy Here"), ("more", "")]].concat();
    let gateway = Sipp::run(bridge.net, 3, "gateway_refuses", &words).listening("udp", bridge.net, 3).await;
    let words = [&phone()[..], &[("status", "486"), ("cause", "17")]].concat();
    let phone = Sipp::run(bridge.net, 2, "caller_is_refused", &words);
    tokio::join!(phone.done(), gateway.done());
    assert!(device.hear().await == failed(5, 17));
    bridge.stop().await;
}

#[tokio::test]
async fn a_link_that_breaks_takes_no_call_along() {
    let bridge = Bridge::start(Unavailable::Reject).await;
    let mut device = bridge.device().await;
    announce(&mut device, 5).await;
    // As a network does that has no data while there is a call.
    drop(device);
    let gateway = Sipp::run(bridge.net, 3, "gateway_answers", &target()).listening("udp", bridge.net, 3).await;
    let phone = Sipp::run(bridge.net, 2, "caller_talks", &phone());
    tokio::join!(phone.done(), gateway.done());
    assert!(bridge.ended().await.answered.is_some());
    bridge.stop().await;
}

#[tokio::test]
async fn who_does_not_want_to_be_seen_is_not() {
    let bridge = Bridge::start(Unavailable::Reject).await;
    let mut device = bridge.device().await;
    let target_number = TARGET.to_owned();
    let call = CallIntent { id: 1, tag: 2, target: target_number, withheld: true, valid_ms: 30_000 };
    device.say(to_service::Say::CallIntent(call)).await;
    assert!(matches!(device.hear().await, Some(to_device::Say::IntentTaken(_))));
    let words = [("simre", "sip:.15550122222@"), ("status", "486 Busy Here")];
    let gateway = Sipp::run(bridge.net, 3, "gateway_sees_nobody", &words).listening("udp", bridge.net, 3).await;
    let words = [&phone()[..], &[("status", "486"), ("cause", "17")]].concat();
    let phone = Sipp::run(bridge.net, 2, "caller_is_refused", &words);
    tokio::join!(phone.done(), gateway.done());
    bridge.stop().await;
}

#[tokio::test]
async fn a_device_hears_of_a_call_before_it_comes() {
    let bridge = Bridge::start(Unavailable::Reject).await;
    let mut device = bridge.device().await;
    let words = [("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "6000")];
    let gateway = Sipp::run(bridge.net, 3, "gateway_answers", &words).listening("udp", bridge.net, 3).await;
    let words =
        [("from", "sip:+15550199999@caller.example"), ("port", "6000"), ("more", ""), ("answer", "m=audio 7000")];
    let caller = Sipp::run(bridge.net, 2, "caller_talks", &words);
    let Some(to_device::Say::Hint(hint)) = device.hear().await else { panic!("no hint") };
    assert_eq!((hint.caller.as_str(), hint.presented.as_str()), ("+15550199999", "+155501999992"));
    device.say(to_service::Say::HintTaken(HintTaken { id: hint.id })).await;
    tokio::join!(caller.done(), gateway.done());
    bridge.stop().await;
}

#[tokio::test]
async fn a_phone_that_its_device_cannot_reach_is_not_called() {
    let bridge = Bridge::start(Unavailable::Reject).await;
    let mut device = bridge.device().await;
    device.say(to_service::Say::Phones(Phones { available: vec![0, 1] })).await;
    device.say(intent(1, 9, TARGET)).await;
    device.hear().await;
    let words = [
        ("from", "sip:+15550199999@caller.example"),
        ("port", "6000"),
        ("more", ""),
        ("status", "480"),
        ("cause", "20"),
    ];
    Sipp::run(bridge.net, 2, "caller_is_refused", &words).done().await;
    assert_eq!(bridge.ended().await.cause, Some(20), "subscriber absent");
    bridge.stop().await;
}

#[tokio::test]
async fn a_call_may_come_to_another_bridge_than_it_was_announced_to() {
    let server = Postgres::start();
    let config = server.database("linked");
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let [near_folder, far_folder] = folders;
    let near = Bridge::start_with(database(&config, Unavailable::Reject).await, "near", near_folder).await;
    let far = Bridge::start_with(Store::open(&config).await.expect("a store"), "far", far_folder).await;
    let mut device = near.device().await;
    announce(&mut device, 5).await;
    let gateway = Sipp::run(far.net, 3, "gateway_answers", &target()).listening("udp", far.net, 3).await;
    let calling = Sipp::run(far.net, 2, "caller_talks", &phone());
    tokio::join!(calling.done(), gateway.done());
    assert!(device.hear().await == Some(to_device::Say::CallAnswered(CallAnswered { id: 5 })));
    assert!(device.hear().await == failed(5, 16));

    // One that comes to the far bridge is hinted at by way of the near one.
    let words = [("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "6000")];
    let gateway = Sipp::run(far.net, 3, "gateway_answers", &words).listening("udp", far.net, 3).await;
    let words =
        [("from", "sip:+15550199999@caller.example"), ("port", "6000"), ("more", ""), ("answer", "m=audio 7000")];
    let caller = Sipp::run(far.net, 2, "caller_talks", &words);
    let Some(to_device::Say::Hint(hint)) = device.hear().await else { panic!("no hint") };
    device.say(to_service::Say::HintTaken(HintTaken { id: hint.id })).await;
    tokio::join!(caller.done(), gateway.done());

    // The device moves to the far bridge, and the near one lets go of it when it looks.
    let mut moved = far.device().await;
    device.say(to_service::Say::Phones(Phones { available: vec![2] })).await;
    assert!(device.hear().await.is_none());
    announce(&mut moved, 6).await;
    near.stop().await;
    far.stop().await;
}
