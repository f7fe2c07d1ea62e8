//! What a message costs in the router, by what becomes of it. `cargo bench -p rild-proxy`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::payload::call::{Call, CallState};
use ril_protocol::payload::sim::{SimIo, SimIoResponse};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::config::{Config, Phone};
use rild_proxy::router::{Action, Actions, Event, PhoneId, Router};

const NOW: Duration = Duration::from_secs(1);
const OWN: PhoneId = PhoneId(0);

/// A router with so many connected phones.
fn router(phones: usize, actions: &mut Actions) -> Router {
    let phone = |n: usize| Phone { name: format!("phone{n}"), tag: u8::try_from(n).ok(), ..Default::default() };
    let mut router = Router::new(&Config { phone: (0..phones).map(phone).collect(), ..Default::default() });
    let version = parcel::encode(&vec![12], RilVersion::COMMON);
    router.handle(NOW, Event::FromModem(&unsolicited(UnsolCode::RIL_CONNECTED, &version)), actions);
    for phone in 0..phones {
        router.handle(NOW, Event::PhoneUp(PhoneId(phone)), actions);
    }
    actions.clear();
    router
}

fn request(code: RequestCode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Request { code, serial: 7, payload }.put(&mut frame);
    frame.split_off(4)
}

fn unsolicited(code: UnsolCode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Unsolicited::new(code, payload).put(&mut frame);
    frame.split_off(4)
}

/// Hands the request in and the modem's answer after it.
fn round(router: &mut Router, actions: &mut Actions, request: &[u8], answer: &mut [u8]) {
    router.handle(NOW, Event::FromPhone(OWN, request), actions);
    let serial = actions.iter().find_map(|action| match action {
        Action::ToModem(_, frame) => frame.get(8..12),
        _ => None,
    });
    answer[4..8].copy_from_slice(serial.unwrap_or_default());
    actions.clear();
    router.handle(NOW, Event::FromModem(answer), actions);
    black_box(actions.iter().count());
    actions.clear();
}

fn answer(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Reply::new(0, Errno::SUCCESS, payload).put(&mut frame);
    frame.split_off(4)
}

/// The arguments of a SIM_IO that reads a record.
fn read(record: i32) -> Vec<u8> {
    let path = Some("3F007F10".to_owned());
    let io = SimIo { command: 0xb2, file_id: 0x6f3a, path, p1: record, p2: 4, p3: 28, ..Default::default() };
    parcel::encode(&io, RilVersion::COMMON)
}

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    let mut actions = Actions::default();

    // Two messages in each round: the request and the answer.
    group.throughput(Throughput::Elements(2));
    for (name, code, size) in
        [("forwarded", RequestCode::GET_IMEI, 40), ("forwarded, 4 KiB answer", RequestCode::GET_CELL_INFO_LIST, 4096)]
    {
        let mut router = router(2, &mut actions);
        let (request, mut answer) = (request(code, &[]), answer(&vec![1; size]));
        group.bench_function(name, |b| b.iter(|| round(&mut router, &mut actions, &request, &mut answer)));
    }
    for (name, calls) in [("calls, none", 0), ("calls, two", 2)] {
        let mut router = router(2, &mut actions);
        let call = |index| Call {
            index,
            state: if index == 1 { CallState::ACTIVE } else { CallState::HOLDING },
            number: Some("5550100".to_owned()),
            ..Default::default()
        };
        let calls: Vec<Call> = (1..=calls).map(call).collect();
        let request = request(RequestCode::GET_CURRENT_CALLS, &[]);
        let mut answer = answer(&parcel::encode(&calls, RilVersion::COMMON));
        group.bench_function(name, |b| b.iter(|| round(&mut router, &mut actions, &request, &mut answer)));
    }

    group.throughput(Throughput::Elements(1));
    let mut known = router(2, &mut actions);
    // As many answers as a phone's start leaves behind.
    for record in 1..=80 {
        let read = request(RequestCode::SIM_IO, &read(record));
        let content = SimIoResponse { sw1: 0x90, sw2: 0, response: Some("00".repeat(28)) };
        round(&mut known, &mut actions, &read, &mut answer(&parcel::encode(&content, RilVersion::COMMON)));
    }
    let asked = request(RequestCode::SIM_IO, &read(40));
    group.bench_function("from memory", |b| {
        b.iter(|| {
            known.handle(NOW, Event::FromPhone(PhoneId(1), &asked), &mut actions);
            black_box(actions.iter().count());
            actions.clear();
        });
    });
    let mut router = router(2, &mut actions);
    let request = request(RequestCode::ENTER_SIM_PIN, &[0; 40]);
    group.bench_function("denied", |b| {
        b.iter(|| {
            router.handle(NOW, Event::FromPhone(PhoneId(1), &request), &mut actions);
            black_box(actions.iter().count());
            actions.clear();
        });
    });
    group.finish();
}

fn broadcast(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("broadcast");
    for phones in [2, 16, 256] {
        let mut actions = Actions::default();
        let mut router = router(phones, &mut actions);
        let message = unsolicited(UnsolCode::SIGNAL_STRENGTH, &[9; 52]);
        group.throughput(Throughput::Elements(phones as u64));
        group.bench_function(BenchmarkId::from_parameter(phones), |b| {
            b.iter(|| {
                router.handle(NOW, Event::FromModem(&message), &mut actions);
                black_box(actions.iter().count());
                actions.clear();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, requests, broadcast);
criterion_main!(benches);
