//! What a message costs in the router, by what becomes of it, among 1 to 256 connected phones.
//!
//! Each line is a short conversation, repeated: everything that phone, modem and store say in it. Before a conversation
//! is measured, it is looked at once: so many frames to phones, so many to the modem, and no others.
//!
//! `cargo bench -p rild-proxy --bench router`

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::messages::PayloadCodec;
use ril_protocol::sms_pdu::{self, Tpdu};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use rild_proxy::config::{Config, Phone};
use rild_proxy::router::{Action, Actions, Event, PhoneId, Router};
use serde_json::{Value, json};

const NOW: Duration = Duration::from_secs(1);
const PHONES: [usize; 5] = [1, 2, 8, 64, 256];

/// In the foreground and privileged.
const PERSONAL: PhoneId = PhoneId(0);
/// In the background.
const WORK: PhoneId = PhoneId(1);

/// A router, the phones' clients, a modem and a store.
struct Scene {
    router: Router,
    actions: Actions,
    /// The serial of the last request that reached the modem.
    asked: i32,
    to_modem: usize,
    to_phones: usize,
    stored: u64,
}

impl Scene {
    /// So many phones, all connected, on a modem whose radio is on. The first nine have numbers with tags.
    fn set(phones: usize) -> Self {
        let phone = |n: usize| {
            let (tag, number) = ((1..10).contains(&n)).then(|| (n as u8, format!("+1555010000{n}"))).unzip();
            Phone { name: format!("phone{n}"), tag, number, ..Default::default() }
        };
        let config = Config { phone: (1..=phones).map(phone).collect(), ..Default::default() };
        let (router, actions) = (Router::new(&config), Actions::default());
        let mut scene = Self { router, actions, asked: 0, to_modem: 0, to_phones: 0, stored: 0 };
        scene.event(Event::FromModem(&news(UnsolCode::RIL_CONNECTED, json!([12]))));
        scene.event(Event::FromModem(&news(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"))));
        for phone in 0..phones {
            scene.event(Event::PhoneUp(PhoneId(phone)));
        }
        scene
    }

    fn event(&mut self, event: Event<'_>) {
        self.router.handle(NOW, event, &mut self.actions);
        let mut stores = false;
        for action in self.actions.iter() {
            match action {
                Action::ToPhone(..) => self.to_phones += 1,
                Action::ToModem(_, frame) => {
                    self.asked =
                        frame.get(8..12).and_then(|serial| serial.try_into().ok()).map_or(0, i32::from_ne_bytes);
                    self.to_modem += 1;
                }
                Action::Store(_) => {
                    self.stored += 1;
                    stores = true;
                }
                Action::GiveUp(_) | Action::ToService(_) | Action::Note(_) => {}
            }
            black_box(action);
        }
        self.actions.clear();
        if stores {
            self.event(Event::Stored(self.stored));
        }
    }

    fn asks(&mut self, phone: PhoneId, request: &[u8]) {
        self.event(Event::FromPhone(phone, request));
    }

    /// The modem answers what it was asked last.
    fn answers(&mut self, answer: &mut [u8]) {
        answer[4..8].copy_from_slice(&self.asked.to_ne_bytes());
        self.event(Event::FromModem(answer));
    }

    fn says(&mut self, news: &[u8]) {
        self.event(Event::FromModem(news));
    }

    /// The modem has these calls, and the router looks.
    fn calls_are(&mut self, calls: Value) {
        self.says(&news(UnsolCode::RESPONSE_CALL_STATE_CHANGED, Value::Null));
        self.answers(&mut answer(RequestCode::GET_CURRENT_CALLS, calls));
    }
}

fn encode(codec: &PayloadCodec, value: Value) -> Vec<u8> {
    codec.from_json(value, RilVersion::COMMON).expect("the shape that ril.h says")
}

fn request(code: RequestCode, arguments: Value) -> Vec<u8> {
    let payload = encode(&code.row().expect("a request of ril.h").request, arguments);
    let mut frame = Vec::new();
    Request { code, serial: 7, payload: &payload }.put(&mut frame);
    frame.split_off(4)
}

fn answer_raw(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Reply::new(0, Errno::SUCCESS, payload).put(&mut frame);
    frame.split_off(4)
}

fn answer(code: RequestCode, result: Value) -> Vec<u8> {
    answer_raw(&encode(&code.row().expect("a request of ril.h").response, result))
}

fn news(code: UnsolCode, payload: Value) -> Vec<u8> {
    let payload = encode(&code.row().expect("a message of ril.h").payload, payload);
    let mut frame = Vec::new();
    Unsolicited::new(code, &payload).put(&mut frame);
    frame.split_off(4)
}

/// Looks at the conversation once, with so many frames to phones and to the modem, and then measures it.
fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    scene: &mut Scene,
    (to_phones, to_modem): (usize, usize),
    mut conversation: impl FnMut(&mut Scene),
) {
    for _ in 0..2 {
        (scene.to_phones, scene.to_modem) = (0, 0);
        conversation(scene);
        assert_eq!((scene.to_phones, scene.to_modem), (to_phones, to_modem), "{name}");
    }
    group.bench_function(BenchmarkId::new(name, scene.router.phones().count()), |b| b.iter(|| conversation(scene)));
}

/// The whole path, and the three that end at the router.
fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    for phones in PHONES {
        let last = PhoneId(phones - 1);
        let activity = request(RequestCode::GET_ACTIVITY_INFO, Value::Null);
        let mut activity_is = answer(RequestCode::GET_ACTIVITY_INFO, json!({"idle_mode_time_ms": 1000}));
        measure(&mut group, "forwarded", &mut Scene::set(phones), (1, 1), |scene| {
            scene.asks(last, &activity);
            scene.answers(&mut activity_is);
        });

        let mut known = Scene::set(phones);
        let read = |record| {
            let io = json!({"command": 0xb2, "file_id": 0x6f3a, "path": "3F007F10", "p1": record, "p2": 4, "p3": 28});
            request(RequestCode::SIM_IO, io)
        };
        // As many answers as a phone's start leaves behind.
        for record in 1..=80 {
            known.asks(PERSONAL, &read(record));
            let content = json!({"sw1": 0x90, "sw2": 0, "response": "00".repeat(28)});
            known.answers(&mut answer(RequestCode::SIM_IO, content));
        }
        let asked = read(40);
        measure(&mut group, "from memory", &mut known, (1, 0), |scene| scene.asks(last, &asked));

        let wish = request(RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1]));
        let mut wished = Scene::set(phones);
        wished.asks(last, &wish);
        wished.answers(&mut answer(RequestCode::SET_SUPP_SVC_NOTIFICATION, Value::Null));
        measure(&mut group, "told nothing new", &mut wished, (1, 0), |scene| scene.asks(last, &wish));

        if phones > 1 {
            let pin = request(RequestCode::ENTER_SIM_PIN, json!(["1234", null]));
            measure(&mut group, "denied", &mut Scene::set(phones), (1, 0), |scene| scene.asks(last, &pin));
        }
    }
    let cells = request(RequestCode::GET_CELL_INFO_LIST, Value::Null);
    let mut cells_are = answer_raw(&[1; 4096]);
    measure(&mut group, "forwarded, 4 KiB answer", &mut Scene::set(2), (1, 1), |scene| {
        scene.asks(WORK, &cells);
        scene.answers(&mut cells_are);
    });
    group.finish();
}

/// Two of the phones have a call each.
fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calls");
    for phones in [2, 64] {
        let at_modem = json!([
            {"index": 1, "state": "ACTIVE", "is_mt": true, "is_voice": true, "number": "15550199998"},
            {"index": 2, "state": "HOLDING", "is_mt": true, "is_voice": true, "number": "155501999992"},
        ]);
        let mut scene = Scene::set(phones);
        scene.calls_are(at_modem.clone());

        let list = request(RequestCode::GET_CURRENT_CALLS, Value::Null);
        let mut list_is = answer(RequestCode::GET_CURRENT_CALLS, at_modem);
        measure(&mut group, "list of two phones' calls", &mut scene, (1, 1), |scene| {
            scene.asks(WORK, &list);
            scene.answers(&mut list_is);
        });

        let hang_up = request(RequestCode::HANGUP, json!([1]));
        let mut done = answer(RequestCode::HANGUP, Value::Null);
        measure(&mut group, "hang up under another index", &mut scene, (1, 1), |scene| {
            scene.asks(WORK, &hang_up);
            scene.answers(&mut done);
        });
    }
    group.finish();
}

/// Messages are all different: one that comes again would be known.
fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("message");
    for phones in [2, 64] {
        let mut number = 0_u32;
        let (ack, mut acked) =
            (request(RequestCode::SMS_ACKNOWLEDGE, json!([1, 0])), answer(RequestCode::SMS_ACKNOWLEDGE, Value::Null));
        measure(&mut group, "received and acknowledged", &mut Scene::set(phones), (2, 1), |scene| {
            number += 1;
            scene.says(&received(number));
            scene.asks(PERSONAL, &ack);
            scene.answers(&mut acked);
        });
    }
    group.bench_function("making up the message alone", |b| {
        let mut number = 0_u32;
        b.iter(|| {
            number += 1;
            received(number)
        });
    });
    group.finish();
}

fn received(number: u32) -> Vec<u8> {
    let part =
        sms_pdu::split(&format!("message {number}"), sms_pdu::Reference::Short(0)).expect("it is short").remove(0);
    let from = sms_pdu::Address::number("+15550123456").expect("a number");
    let tpdu = sms_pdu::Deliver::new(from, sms_pdu::Timestamp::default(), part);
    let pdu = sms_pdu::Addressed { service_centre: None, tpdu }.to_hex().expect("a whole message");
    news(UnsolCode::RESPONSE_NEW_SMS, json!(pdu))
}

/// A phone asks for the data call that another has, and closes it.
fn data(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("data");
    for phones in [2, 64] {
        let set_up = request(RequestCode::SETUP_DATA_CALL, json!(["1", "0", "internet", null, null, "0", "IP"]));
        let is_up = json!({"version": 11, "calls": [
            {"cid": 3, "active": 2, "type": "IP", "ifname": "rmnet3", "addresses": "10.0.3.1"},
        ]});
        let close = request(RequestCode::DEACTIVATE_DATA_CALL, json!(["1", "0"]));
        let mut scene = Scene::set(phones);
        scene.asks(PERSONAL, &set_up);
        scene.answers(&mut answer(RequestCode::SETUP_DATA_CALL, is_up));
        measure(&mut group, "joined and left", &mut scene, (2, 0), |scene| {
            scene.asks(WORK, &set_up);
            scene.asks(WORK, &close);
        });
    }
    group.finish();
}

/// One message of the modem's for all phones.
fn broadcast(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("broadcast");
    for phones in PHONES {
        let network = news(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, Value::Null);
        group.throughput(Throughput::Elements(phones as u64));
        measure(&mut group, "network changed", &mut Scene::set(phones), (phones, 0), |scene| scene.says(&network));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    targets = requests, calls, messages, data, broadcast
}
criterion_main!(benches);
