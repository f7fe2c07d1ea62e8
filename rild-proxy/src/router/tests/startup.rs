//! Many phones that start at once ask the modem little more than one does.

use std::collections::HashMap;

use super::*;

/// A question and its arguments.
type Step = (RequestCode, Value);

fn plain(code: RequestCode) -> Step {
    (code, Value::Null)
}

fn io(command: i32, file: i32, p1: i32, p2: i32, p3: i32) -> Step {
    let arguments = json!({"command": command, "file_id": file, "path": "3F007F20", "p1": p1, "p2": p2, "p3": p3});
    (RequestCode::SIM_IO, arguments)
}

/// What oFono asks when it comes up: who and what the modem is, whether there are locks, and the files of the SIM: each
/// file's header, then its content or its records.
fn of_ofono() -> Vec<Step> {
    let mut steps = vec![
        (RequestCode::SCREEN_STATE, json!([1])),
        plain(RequestCode::BASEBAND_VERSION),
        plain(RequestCode::GET_CURRENT_CALLS),
        (RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1])),
        plain(RequestCode::GET_MUTE),
        plain(RequestCode::GET_IMEI),
        plain(RequestCode::GET_SIM_STATUS),
        plain(RequestCode::GET_IMEISV),
    ];
    for facility in ["SC", "FD", "PN"] {
        steps.push((RequestCode::QUERY_FACILITY_LOCK, json!([facility, "", "7", null])));
    }
    for file in [0x2fe2, 0x2f05, 0x6f05, 0x6fad, 0x6f38, 0x6fae, 0x6f46, 0x6f16, 0x6f11, 0x6f15] {
        steps.extend([io(0xc0, file, 0, 0, 15), io(0xb0, file, 0, 0, 10)]);
    }
    steps.push((RequestCode::GET_IMSI, json!([null])));
    steps.push(plain(RequestCode::REPORT_STK_SERVICE_IS_RUNNING));
    for (file, records) in [(0x6fb7, 2), (0x6f40, 3), (0x6f49, 15), (0x6fc9, 1), (0x6fca, 1), (0x6fc5, 10)] {
        steps.push(io(0xc0, file, 0, 0, 15));
        steps.extend((1..=records).map(|record| io(0xb2, file, record, 4, 28)));
    }
    steps.extend([
        (RequestCode::RADIO_POWER, json!([1])),
        plain(RequestCode::GSM_GET_BROADCAST_SMS_CONFIG),
        plain(RequestCode::DATA_CALL_LIST),
        plain(RequestCode::VOICE_REGISTRATION_STATE),
        plain(RequestCode::OPERATOR),
        plain(RequestCode::SIGNAL_STRENGTH),
        plain(RequestCode::DATA_REGISTRATION_STATE),
        plain(RequestCode::GET_SMSC_ADDRESS),
        (RequestCode::QUERY_CALL_WAITING, json!([0])),
        plain(RequestCode::QUERY_CLIP),
    ]);
    steps
}

/// What Android's RIL asks when it comes up.
fn of_rilj() -> Vec<Step> {
    let mut steps = vec![
        plain(RequestCode::GET_RADIO_CAPABILITY),
        plain(RequestCode::GET_HARDWARE_CONFIG),
        (RequestCode::CDMA_SET_SUBSCRIPTION_SOURCE, json!([0])),
        plain(RequestCode::VOICE_RADIO_TECH),
        (RequestCode::RADIO_POWER, json!([1])),
        plain(RequestCode::GET_SIM_STATUS),
        plain(RequestCode::BASEBAND_VERSION),
        plain(RequestCode::DEVICE_IDENTITY),
        plain(RequestCode::GET_IMEI),
        plain(RequestCode::GET_IMEISV),
        (RequestCode::SET_SUPP_SVC_NOTIFICATION, json!([1])),
        (RequestCode::SCREEN_STATE, json!([1])),
        plain(RequestCode::GET_SMSC_ADDRESS),
        plain(RequestCode::CDMA_GET_SUBSCRIPTION_SOURCE),
        plain(RequestCode::GET_CURRENT_CALLS),
        plain(RequestCode::GET_SIM_STATUS),
        (RequestCode::QUERY_FACILITY_LOCK, json!(["FD", "", "7", null])),
        (RequestCode::GET_IMSI, json!([null])),
    ];
    for file in [0x2fe2, 0x6fad, 0x6fb7, 0x6f46, 0x6f38, 0x6fcd, 0x6fc5, 0x6fc6, 0x6fc7, 0x6fc9, 0x6fca, 0x6fcb] {
        steps.extend([io(0xc0, file, 0, 0, 15), io(0xb0, file, 0, 0, 10)]);
    }
    for (file, records) in [(0x6f40, 2), (0x6f3a, 30), (0x6f3b, 5)] {
        steps.push(io(0xc0, file, 0, 0, 15));
        steps.extend((1..=records).map(|record| io(0xb2, file, record, 4, 28)));
    }
    for _ in 0..3 {
        // At each news of the network.
        steps.extend([
            plain(RequestCode::OPERATOR),
            plain(RequestCode::DATA_REGISTRATION_STATE),
            plain(RequestCode::VOICE_REGISTRATION_STATE),
            plain(RequestCode::QUERY_NETWORK_SELECTION_MODE),
            plain(RequestCode::SIGNAL_STRENGTH),
        ]);
    }
    steps.push(plain(RequestCode::IMS_REGISTRATION_STATE));
    steps.push(plain(RequestCode::GET_PREFERRED_NETWORK_TYPE));
    steps.push(plain(RequestCode::DATA_CALL_LIST));
    steps
}

/// How often the modem is asked what, when so many phones start. Each waits for its answers; it begins so many steps
/// after the one before it.
fn start(phones: u8, steps: &[Step], stagger: usize) -> HashMap<RequestCode, usize> {
    let mut b = Bench::with(|config| config.phone = (1..=phones).map(|n| phone(&format!("p{n}"), n)).collect());
    let mut asked: HashMap<RequestCode, usize> = HashMap::new();
    let phones = usize::from(phones);
    for turn in 0..steps.len() + stagger * phones {
        let mut answers = 0;
        for phone in 0..phones {
            if let Some((code, arguments)) = turn.checked_sub(phone * stagger).and_then(|place| steps.get(place)) {
                b.ask(PhoneId(phone), i32::try_from(turn).unwrap(), *code, arguments.clone());
                answers += 1;
            }
        }
        while let Some((code, serial, _)) = b.to_modem.pop_front() {
            *asked.entry(code).or_default() += 1;
            b.reply_raw(serial, Errno::SUCCESS, &answer_to(code));
        }
        let replies = b.to_phones.drain(..).filter(|(_, heard)| matches!(heard, Heard::Reply { .. })).count();
        assert_eq!(replies, answers, "one answer to each");
        b.now += Duration::from_millis(10);
    }
    asked
}

fn answer_to(code: RequestCode) -> Vec<u8> {
    let answer = match code {
        RequestCode::SIM_IO => json!({"sw1": 0x90, "sw2": 0, "response": "00"}),
        RequestCode::GET_SIM_STATUS => json!({
            "card_state": "PRESENT", "universal_pin_state": "DISABLED", "gsm_umts_subscription_app_index": 0,
            "cdma_subscription_app_index": -1, "ims_subscription_app_index": -1,
            "applications": [{"app_type": "USIM", "app_state": "READY", "perso_substate": 0, "aid": null,
                "app_label": null, "pin1_replaced": 0, "pin1": "DISABLED", "pin2": "ENABLED_NOT_VERIFIED"}],
        }),
        _ => return Vec::new(),
    };
    code.row().unwrap().response.from_json(answer, V).unwrap()
}

#[track_caller]
fn costs_little_more_than_one(steps: &[Step]) {
    let alone: usize = start(1, steps, 0).values().sum();
    for phones in [2, 8, 32] {
        for stagger in [0, 1, 7, steps.len()] {
            let asked = start(phones, steps, stagger);
            let of_calls = asked[&RequestCode::GET_CURRENT_CALLS];
            assert!(of_calls <= usize::from(phones), "{of_calls} for {phones} phones");
            // Phones that start one after the other ask anew whether there are calls.
            let anew = if stagger == steps.len() { of_calls - 1 } else { 0 };
            let all = asked.values().sum::<usize>() - anew;
            assert!(all * 10 <= alone * 12, "{phones} phones, {stagger} apart: {all}, alone {alone}: {asked:?}");
        }
    }
}

#[test]
fn of_ofono_phones() {
    costs_little_more_than_one(&of_ofono());
}

#[test]
fn of_android_phones() {
    costs_little_more_than_one(&of_rilj());
}
