//! What one message costs the codec, apart from any socket.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ril_protocol::frame::{REQUEST_LIMIT, RESPONSE_LIMIT, Reply, Request, split};
use ril_protocol::parcel::{Parcel, decode, encode};
use ril_protocol::payload::call::{Call, CallState, Uus};
use ril_protocol::payload::sim::{AppState, AppStatus, AppType, CardState, CardStatus};
use ril_protocol::payload::{Raw, Strings};
use ril_protocol::{Errno, RequestCode, RilVersion};

const VERSION: RilVersion = RilVersion::COMMON;

fn frames(c: &mut Criterion) {
    let mut stream = Vec::new();
    for serial in 0..64 {
        Request { code: RequestCode::GET_IMEI, serial, payload: &[] }.put(&mut stream);
    }
    let mut group = c.benchmark_group("frame");
    group.throughput(Throughput::Elements(64));
    group.bench_function("split and parse 64 requests", |b| {
        b.iter(|| {
            let mut rest = &black_box(&stream)[..];
            let mut sum = 0;
            while let Ok(Some((body, used))) = split(rest, REQUEST_LIMIT) {
                sum += Request::parse(body).map_or(0, |request| request.serial);
                rest = &rest[used..];
            }
            sum
        });
    });
    let mut out = Vec::new();
    group.bench_function("put 64 replies", |b| {
        b.iter(|| {
            out.clear();
            for serial in 0..64 {
                Reply::new(black_box(serial), Errno::SUCCESS, b"0123456789abcdef").put(&mut out);
            }
            split(&out, RESPONSE_LIMIT).is_ok()
        });
    });
    group.finish();
}

fn payloads(c: &mut Criterion) {
    both_ways(c, "call list of 2", &calls());
    both_ways(c, "SIM status", &sim_status());
    let operator: Strings = ["T-Meego", "TTAU", "23401"].map(|text| Some(text.to_owned())).to_vec();
    both_ways(c, "strings of the operator", &operator);
}

/// Decodes and encodes `value`.
fn both_ways<T: Parcel>(c: &mut Criterion, name: &str, value: &T) {
    let bytes = encode(value, VERSION);
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("decode", |b| b.iter(|| decode::<T>(black_box(&bytes), VERSION)));
    group.bench_function("encode", |b| b.iter(|| encode(black_box(value), VERSION)));
    group.finish();
}

fn calls() -> Vec<Call> {
    let active = Call { state: CallState::ACTIVE, index: 1, toa: 145, is_voice: true, ..Call::default() };
    let waiting = Call { state: CallState::WAITING, index: 2, is_mt: true, ..active.clone() };
    let uus = Uus { uus_type: 1, dcs: 4, data: Raw(Some(b"hello".to_vec())) };
    vec![
        Call { number: Some("+15550100".into()), name: Some("Ada".into()), ..active },
        Call { number: Some("+15550199".into()), uus: Some(uus), ..waiting },
    ]
}

fn sim_status() -> CardStatus {
    let app = AppStatus { app_state: AppState::READY, aid: Some("A0000000871002".into()), ..AppStatus::default() };
    let applications = [AppType::USIM, AppType::ISIM].map(|app_type| AppStatus { app_type, ..app.clone() });
    CardStatus { card_state: CardState::PRESENT, applications: applications.to_vec(), ..CardStatus::default() }
}

criterion_group!(benches, frames, payloads);
criterion_main!(benches);
