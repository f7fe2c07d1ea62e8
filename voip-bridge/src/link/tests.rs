//! Links over connections that are played, with a real database behind them; time passes when nobody acts.

#[path = "../../tests/device/mod.rs"]
mod device;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use caller_tag::link::seal::{IDLE, SILENCE};
use caller_tag::link::{
    CallAnswered, CallFailed, CallOver, HintTaken, IntentRefused, IntentTaken, Phones, TEXT_ID, Text, TextRejected,
    TextTaken, to_device, to_service,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::Instant;

use self::device::{Device, intent, key};
use super::strangers::Strangers;
use super::*;
use crate::cause::Cause;
use crate::config;
use crate::pool::{Direction, Pool, Timestamp, Unavailable};
use crate::store::{Assign, Message};

const SIM: &str = "+15550100099";
const NUMBER: &str = "+15550100001";
const TARGET: &str = "+15550122222";

/// A service with two SIMs of one phone each, and a device for each SIM.
struct Service {
    links: Links,
    store: Store,
    stop: CancellationToken,
    strangers: Strangers,
    /// How many connections there were, each from an address of its own.
    connections: AtomicU32,
    folder: TempDir,
}

fn number(digits: &str) -> E164 {
    E164::parse(digits).unwrap()
}

impl Service {
    async fn start() -> Self {
        Self::start_with("").await
    }

    /// With `more` at the end of its settings.
    async fn start_with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = config::Store { sqlite: folder.path().join("bridge.db"), ..config::Store::default() };
        let store = Store::open(&config).await.unwrap();
        for (phone, sim, tag) in [(NUMBER, SIM, 2), ("+15550100002", "+15550100098", 3)] {
            store.add_numbers(&[number(phone)]).await.unwrap();
            let assign = Assign {
                number: number(phone),
                sim: number(sim),
                phone: "work".to_owned(),
                tag: Some(tag),
                access: None,
                unavailable: Unavailable::Voicemail,
            };
            store.assign(&assign).await.unwrap();
        }
        for name in ["one", "other"] {
            std::fs::write(folder.path().join(name), key(if name == "one" { 'a' } else { 'b' })).unwrap();
        }
        let text = format!(
            "[sip]\nlisten = [{{ transport = 'udp', address = '127.0.0.1:5060' }}]\n\
             [[peer]]\nname = 'trunk'\naddress = '127.0.0.2:5060'\ntransport = 'udp'\n\
             [calls]\ntrunk = 'trunk'\ncountry = 1\nallowed = ['1']\nforbidden = ['1555013']\n\
             [[device]]\nname = 'one'\nsim = '{SIM}'\nkey = {{ file = '{0}/one' }}\n\
             [[device]]\nname = 'other'\nsim = '+15550100098'\nkey = {{ file = '{0}/other' }}\n\
             [messages]\nprovider = 'trunk'\n[link]\nlisten = '127.0.0.1:0'\n{more}",
            folder.path().display()
        );
        let tree: serde_json::Value = basic_toml::from_str(&text).unwrap();
        let settings: Settings = serde_json::from_value(tree).unwrap();
        settings.check().unwrap();
        let texts = Texts::new(&settings, store.clone(), "test".to_owned()).unwrap();
        let links = Links::new(&settings, store.clone(), texts, "test").unwrap();
        Self {
            links,
            store,
            stop: CancellationToken::new(),
            strangers: Strangers::default(),
            connections: AtomicU32::new(0),
            folder,
        }
    }

    /// A new connection.
    fn connect(&self) -> DuplexStream {
        let (near, far) = duplex(4096);
        let (inner, stop) = (self.links.0.clone().unwrap(), self.stop.clone());
        let from = Ipv4Addr::from_bits(self.connections.fetch_add(1, Ordering::Relaxed));
        let stranger = self.strangers.admit(from.into()).unwrap();
        tokio::spawn(async move { connection::serve(&inner, near, stranger, &stop).await });
        far
    }

    /// The device of the first SIM, which the service knows of.
    async fn device(&self) -> Device<DuplexStream> {
        self.device_in_run(1).await
    }

    async fn device_in_run(&self, run: u64) -> Device<DuplexStream> {
        let mut device = Device::link(self.connect(), "one", &key('a'), run).await;
        // What is answered was heard, and so was all before it.
        device.say(intent(0, 9, TARGET)).await;
        assert!(matches!(device.hear().await, Some(to_device::Say::IntentRefused(_))));
        device
    }

    async fn assignment(&self) -> Assignment {
        self.store.by_number(&number(NUMBER)).await.unwrap().unwrap()
    }

    async fn reachable(&self) -> Reachable {
        self.links.reachable(&self.assignment().await).await
    }
}

fn refused(id: u64, cause: Cause) -> Option<to_device::Say> {
    Some(to_device::Say::IntentRefused(IntentRefused { id, cause: cause.q850().into() }))
}

#[tokio::test(start_paused = true)]
async fn an_announced_call_is_taken_once() {
    let service = Service::start().await;
    let mut device = service.device().await;
    device.say(intent(7, 2, "5550122222")).await;
    let taken = to_device::Say::IntentTaken(IntentTaken { id: 7, access: NUMBER.to_owned() });
    assert!(device.hear().await == Some(taken));
    let assignment = service.assignment().await;
    let waiting = service.links.take_intent(&assignment).await.unwrap();
    assert_eq!((waiting.target, waiting.id, waiting.withheld), (number(TARGET), 7, false));
    assert!(service.links.take_intent(&assignment).await.is_none());
    service.links.answered(&waiting).await;
    service.links.over(&waiting, Cause::NORMAL).await;
    assert!(device.hear().await == Some(to_device::Say::CallAnswered(CallAnswered { id: 7 })));
    assert!(device.hear().await == Some(to_device::Say::CallFailed(CallFailed { id: 7, cause: 16 })));
}

#[tokio::test(start_paused = true)]
async fn an_intent_is_refused_as_digits_are() {
    let service = Service::start().await;
    let mut device = service.device().await;
    for (id, tag, target, cause) in [
        (1, 2, "911", Cause::INVALID_NUMBER),
        (2, 2, "112", Cause::INVALID_NUMBER),
        (3, 2, "+112", Cause::INVALID_NUMBER),
        (4, 2, "+4930123456", Cause::BARRED),
        (5, 2, "+15550130000", Cause::BARRED),
        // The phone of another SIM.
        (6, 3, TARGET, Cause::BARRED),
        (7, 0, TARGET, Cause::BARRED),
    ] {
        device.say(intent(id, tag, target)).await;
        assert!(device.hear().await == refused(id, cause), "{target}");
    }
    assert!(service.links.take_intent(&service.assignment().await).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_or_announced_anew_is_forgotten() {
    let service = Service::start().await;
    let mut device = service.device().await;
    device.say(intent(7, 2, TARGET)).await;
    device.hear().await;
    device.say(to_service::Say::CallOver(CallOver { id: 7 })).await;
    device.say(intent(8, 2, TARGET)).await;
    assert!(matches!(device.hear().await, Some(to_device::Say::IntentTaken(IntentTaken { id: 8, .. }))));
    device.say(intent(9, 2, TARGET)).await;
    let earlier = to_device::Say::CallFailed(CallFailed { id: 8, cause: Cause::TEMPORARY.q850().into() });
    let said = [device.hear().await.unwrap(), device.hear().await.unwrap()];
    assert!(said.contains(&earlier));
    assert_eq!(service.links.take_intent(&service.assignment().await).await.unwrap().id, 9);
}

#[tokio::test(start_paused = true)]
async fn what_became_of_a_call_is_no_business_of_another_run() {
    let service = Service::start().await;
    let mut device = service.device_in_run(1).await;
    device.say(intent(7, 2, TARGET)).await;
    device.hear().await;
    let waiting = service.links.take_intent(&service.assignment().await).await.unwrap();
    // The connection is another one, and the daemon the same.
    let mut device = service.device_in_run(1).await;
    service.links.answered(&waiting).await;
    assert!(device.hear().await == Some(to_device::Say::CallAnswered(CallAnswered { id: 7 })));
    // It has started anew.
    let mut device = service.device_in_run(2).await;
    service.links.over(&waiting, Cause::NORMAL).await;
    device.say(intent(1, 9, TARGET)).await;
    assert!(device.hear().await == refused(1, Cause::BARRED));
}

#[tokio::test(start_paused = true)]
async fn phones_are_reachable_as_their_device_says() {
    let service = Service::start().await;
    assert_eq!(service.reachable().await, Reachable::Unknown);
    let mut device = service.device().await;
    assert_eq!(service.reachable().await, Reachable::Yes, "until it has said");
    let mut id = 0;
    for (available, expected) in [(vec![0, 9], Reachable::No), (vec![2], Reachable::Yes), (vec![], Reachable::No)] {
        device.say(to_service::Say::Phones(Phones { available })).await;
        id += 1;
        device.say(intent(id, 9, TARGET)).await;
        assert!(device.hear().await == refused(id, Cause::BARRED));
        assert_eq!(service.reachable().await, expected);
    }
    drop(device);
    while service.reachable().await != Reachable::Unknown {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_is_told_of_a_call_and_waited_for_a_moment() {
    let service = Service::start().await;
    let assignment = service.assignment().await;
    let caller = number("+15550199999");
    assert!(!service.links.hint(&assignment, Some(&caller), "+155501999992").await, "there is no link");
    let mut device = service.device().await;
    let hinting = service.links.hint(&assignment, Some(&caller), "+155501999992");
    let taking = async {
        let Some(to_device::Say::Hint(hint)) = device.hear().await else { panic!("no hint") };
        assert_eq!((hint.caller.as_str(), hint.presented.as_str()), ("+15550199999", "+155501999992"));
        assert_eq!(hint.tag, 2);
        // Of a call that nobody knows, and then of this one.
        device.say(to_service::Say::HintTaken(HintTaken { id: !hint.id })).await;
        device.say(to_service::Say::HintTaken(HintTaken { id: hint.id })).await;
    };
    assert!(tokio::join!(hinting, taking).0);
    // Another device says that it knows.
    let mut other = Device::link(service.connect(), "other", &key('b'), 1).await;
    let hinting = service.links.hint(&assignment, Some(&caller), "+155501999992");
    let taking = async {
        let Some(to_device::Say::Hint(hint)) = device.hear().await else { panic!("no hint") };
        other.say(to_service::Say::HintTaken(HintTaken { id: hint.id })).await;
    };
    assert!(!tokio::join!(hinting, taking).0);
    let began = Instant::now();
    assert!(!service.links.hint(&assignment, None, "+155501000012").await, "the device says nothing");
    assert!(began.elapsed() < Duration::from_millis(500));
    let Some(to_device::Say::Hint(hint)) = device.hear().await else { panic!("no hint") };
    assert_eq!(hint.caller, "");
}

#[tokio::test(start_paused = true)]
async fn the_newest_connection_of_a_device_counts() {
    let service = Service::start().await;
    let mut older = service.device().await;
    let _other = Device::link(service.connect(), "other", &key('b'), 1).await;
    let mut newer = service.device().await;
    assert!(older.hear().await.is_none(), "it is hung up on");
    newer.say(intent(1, 2, TARGET)).await;
    assert!(matches!(newer.hear().await, Some(to_device::Say::IntentTaken(_))));
}

#[tokio::test(start_paused = true)]
async fn a_hello_that_was_recorded_moves_nobody() {
    let service = Service::start().await;
    let mut device = service.device().await;
    // Whoever has the hello of a device, and not its key, does not get further than this.
    let met = Device::meet(service.connect(), "one", &key('a'), 1).await.unwrap();
    let mut stranger = met.stream;
    stranger.write_all(&[0, 16]).await.unwrap();
    stranger.write_all(&[0x55; 16]).await.unwrap();
    assert_eq!(stranger.read(&mut [0; 16]).await.unwrap(), 0, "it is hung up on");
    device.say(intent(1, 2, TARGET)).await;
    assert!(matches!(device.hear().await, Some(to_device::Say::IntentTaken(_))));
}

#[tokio::test(start_paused = true)]
async fn strangers_are_not_answered() {
    let service = Service::start().await;
    for (name, digit) in [("one", 'b'), ("nobody", 'a'), ("other", 'a')] {
        assert!(Device::meet(service.connect(), name, &key(digit), 1).await.is_err(), "{name}");
    }
    for noise in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 700], &[0; 64], b"\x00\x08vblink\x01\x00", b"\x00\x03one"] {
        let mut stranger = service.connect();
        stranger.write_all(noise).await.unwrap();
        let mut answer = Vec::new();
        stranger.read_to_end(&mut answer).await.unwrap();
        assert!(answer.is_empty(), "{noise:?}");
    }
    // Who says nothing at all is let go as well.
    let began = Instant::now();
    assert_eq!(service.connect().read(&mut [0; 16]).await.unwrap(), 0);
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(service.strangers.len(), 0, "and none of them has kept a place");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_read_keeps_only_its_device_out() {
    let service = Service::start().await;
    std::fs::write(service.folder.path().join("other"), "no key").unwrap();
    assert!(Device::meet(service.connect(), "other", &key('b'), 1).await.is_err());
    service.device().await;
    // A new key counts from the next connection on.
    std::fs::write(service.folder.path().join("other"), key('c')).unwrap();
    assert!(Device::meet(service.connect(), "other", &key('c'), 1).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_link_does_not_outlive_its_key() {
    let service = Service::start().await;
    let mut other = Device::link(service.connect(), "other", &key('b'), 1).await;
    for new in [key('c'), "no key".to_owned()] {
        std::fs::write(service.folder.path().join("one"), key('a')).unwrap();
        let mut device = service.device().await;
        std::fs::write(service.folder.path().join("one"), &new).unwrap();
        let began = Instant::now();
        while device.next().await.is_some() {}
        assert!(began.elapsed() < IDLE, "it is hung up on before it would have been for its silence");
        assert!(Device::meet(service.connect(), "one", &key('a'), 1).await.is_err(), "nor is it linked again");
    }
    // Whose key is the same does not notice.
    other.say(intent(1, 3, TARGET)).await;
    assert!(matches!(other.hear().await, Some(to_device::Say::IntentTaken(_))));
}

#[tokio::test(start_paused = true)]
async fn a_device_that_says_what_is_none_is_hung_up_on() {
    let service = Service::start().await;
    for message in [&[0xff; 32][..], &caller_tag::link::to_service(intent(1, 10, TARGET)), &[0x0a, 0xff, 0xff]] {
        let mut device = service.device().await;
        device.record(message).await;
        assert!(device.hear().await.is_none(), "{message:?}");
    }
    let mut device = service.device().await;
    device.forge(&[0x42; 40]).await;
    assert!(device.hear().await.is_none());
    // What a later version says is passed over.
    let mut device = service.device().await;
    device.record(&[0xa2, 0x06, 0x00]).await;
    device.say(intent(1, 2, TARGET)).await;
    assert!(device.hear().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_device_that_says_too_much_is_listened_to_slowly() {
    let service = Service::start_with("messages_per_second = 10\n").await;
    let mut device = service.device().await;
    let began = Instant::now();
    for id in 0..50 {
        device.say(intent(id, 9, TARGET)).await;
        assert!(device.hear().await.is_some());
    }
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
    // Another device does not notice.
    let began = Instant::now();
    let mut other = Device::link(service.connect(), "other", &key('b'), 1).await;
    other.say(intent(1, 3, TARGET)).await;
    assert!(matches!(other.hear().await, Some(to_device::Say::IntentTaken(_))));
    assert!(began.elapsed() < Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn a_link_is_kept_up_and_a_dead_one_given_up() {
    let service = Service::start().await;
    let mut device = service.device().await;
    let began = Instant::now();
    assert!(device.next().await.is_some_and(|message| message.is_empty()));
    assert_eq!(began.elapsed().as_secs(), IDLE.as_secs());
    while device.next().await.is_some() {}
    assert_eq!(began.elapsed().as_secs(), SILENCE.as_secs());
    assert_eq!(service.reachable().await, Reachable::Unknown);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_service_ends_links() {
    let service = Service::start().await;
    let mut device = service.device().await;
    let mut stranger = service.connect();
    service.stop.cancel();
    assert!(device.hear().await.is_none());
    assert_eq!(stranger.read(&mut [0; 16]).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn texts_of_phones_are_accepted_when_they_are_durable() {
    let service = Service::start().await;
    let mut device = service.device().await;
    // "hello" to +15550122222, no status report (3GPP TS 23.040 section 9.2.2.2).
    let tpdu =
        [&[0x01, 0x07, 0x0b, 0x91][..], b"\x51\x55\x10\x22\x22\xf2", &[0x00, 0x00, 0x05], b"\xe8\x32\x9b\xfd\x06"];
    let text = |id: u8, tag, tpdu: &[u8]| {
        let id = vec![id; TEXT_ID];
        to_service::Say::Text(Text { id, tag, recipient: TARGET.to_owned(), tpdu: tpdu.to_vec() })
    };
    for _ in 0..2 {
        device.say(text(1, 2, &tpdu.concat())).await;
        let Some(to_device::Say::TextAccepted(accepted)) = device.hear().await else { panic!("not accepted") };
        assert_eq!(accepted.id, [1; TEXT_ID]);
    }
    let queued = service.store.messages(10).await.unwrap();
    assert_eq!(queued.len(), 1, "the same text again is the same text");
    assert_eq!((queued[0].number, queued[0].peer.as_str()), (number(NUMBER), TARGET));
    for (tag, tpdu) in [(3, &tpdu.concat()[..]), (2, &[0xff; 3])] {
        device.say(text(2, tag, tpdu)).await;
        let Some(to_device::Say::TextRejected(TextRejected { id, .. })) = device.hear().await else {
            panic!("not rejected")
        };
        assert_eq!(id, [2; TEXT_ID]);
    }
    // Of a text that was never given to it a device can say nothing.
    device.say(to_service::Say::TextTaken(TextTaken { id: vec![9; TEXT_ID] })).await;
    device.say(intent(1, 2, TARGET)).await;
    assert!(device.hear().await.is_some());
}

/// Nobody knows whether the first link's device has it, and it knows the id: so it need not wait until it is due again.
#[tokio::test(start_paused = true)]
async fn a_text_that_was_on_its_way_when_its_link_ended_is_given_to_the_next_one_at_once() {
    let service = Service::start().await;
    let inner = service.links.0.clone().unwrap();
    tokio::spawn(texts::watch(inner.clone(), inner.texts.clone().unwrap()));
    let now = crate::clock::now();
    let message = Message {
        id: "5A".repeat(TEXT_ID),
        number: number(NUMBER),
        direction: Direction::In,
        peer: TARGET.to_owned(),
        body: vec![0],
        queued: now,
        expires: Timestamp(now.0 + 3600),
        attempts: 0,
        given: false,
    };
    service.store.queue_messages(&[message]).await.unwrap();
    for _ in 0..3 {
        let mut device = Device::link(service.connect(), "one", &key('a'), 1).await;
        let Some(to_device::Say::TextDeliver(text)) = device.hear().await else { panic!("no text") };
        assert_eq!((text.id, text.tag), (vec![0x5a; TEXT_ID], 2));
    }
}
