//! What is dialled: numbers, pauses and what a modem makes of other characters; and vendors' own emergency requests.

use super::*;

/// Two phones; the second has the screen.
fn bench() -> Bench {
    bench_with(|_| {})
}

fn bench_with(change: impl FnOnce(&mut Config)) -> Bench {
    let mut b = Bench::with(change);
    b.foreground(WORK).unwrap();
    b.to_modem.clear();
    b.to_phones.clear();
    b
}

/// The requests that the modem hears of, and their numbers.
fn dialled(b: &mut Bench) -> Vec<(i32, String)> {
    let is_a_call = |code: RequestCode| code == RequestCode::DIAL || code.row().is_none();
    let calls = b.to_modem.drain(..).filter(|(code, ..)| is_a_call(*code));
    calls.map(|(code, _, payload)| (code.0, parcel::decode::<Option<String>>(&payload, V).unwrap().unwrap())).collect()
}

#[test]
fn what_tells_the_modem_how_to_dial_is_not_dialled() {
    let mut let_through = Vec::new();
    for number in [
        "5550100!",
        "5550100@1",
        ">5550100",
        "T5550100",
        "P5550100",
        "t5550100",
        "5550100I",
        "5550100i",
        "5550100G",
        "5550100g",
        "5550100p1",
        "5550100w1",
        "5550100W1",
        "5550100;",
        "5550100;1",
        "L",
        "S=1",
        "5550100\\",
        "sip:a@b",
        "0800FLOWERS",
        "5550100\u{ff11}",
    ] {
        let mut b = bench();
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        let_through.extend(dialled(&mut b).into_iter().map(|(_, number)| number));
    }
    assert!(let_through.is_empty(), "{let_through:?}");
    for number in ["5550100", "+1 (555) 0100-1", "5550100,1#", "*#21#", "#31#5550100", "*100#", "A1B2C3D4"] {
        let mut b = bench();
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        assert_eq!(dialled(&mut b), [(RequestCode::DIAL.0, number.to_owned())]);
    }
    // A privileged phone knows what it does.
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("5550100p1"));
    assert_eq!(dialled(&mut b), [(RequestCode::DIAL.0, "5550100p1".to_owned())]);
}

/// Some modems pass over a pause, and over a CLIR code before another.
#[test]
fn a_setting_is_one_with_pauses_in_it() {
    let mut let_through = Vec::new();
    for number in
        ["*2,1*5550666#", "**21*5,550666#", ",**21*5550666#", "**21*5550666#,", "#31#**21*5550666#", "*31#*31#*21#"]
    {
        let mut b = bench();
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        let_through.extend(dialled(&mut b).into_iter().map(|(_, number)| number));
    }
    assert!(let_through.is_empty(), "{let_through:?}");
}

/// Carriers' own codes end in no `#`: these forward all calls, give them back, or have the network program the handset.
const CARRIERS: [&str; 14] = [
    "*725550666",
    "*72 555 0666",
    "(*72)5550666",
    "*72,5550666",
    ",*725550666",
    "+*725550666",
    "*71",
    "*73",
    "*90+15550666",
    "*228",
    "*22899",
    "#31#*725550666",
    "*67*725550666",
    "*725550666#",
];

#[test]
fn no_phone_without_the_privilege_dials_a_carriers_own_code() {
    let mut let_through = Vec::new();
    for number in CARRIERS.into_iter().chain(["#72", "*67", "*82", "*31#*228", "*21#5550666", "#"]) {
        let mut b = bench();
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        let_through.extend(dialled(&mut b).into_iter().map(|(_, number)| number));
    }
    assert!(let_through.is_empty(), "{let_through:?}");
    for number in ["*675550100", "*82 555 0100", "*67#31#5550100", "#31#5550100", "*#21#", "*100#", "*135*1#", "5*72"] {
        let mut b = bench();
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        assert_eq!(dialled(&mut b), [(RequestCode::DIAL.0, number.to_owned())]);
    }
    let mut b = Bench::new();
    b.ask(PERSONAL, 1, RequestCode::DIAL, dial("*725550100"));
    assert_eq!(dialled(&mut b), [(RequestCode::DIAL.0, "*725550100".to_owned())]);
}

/// There is no other kind of code, and the `#` behind one is no end of it.
#[test]
fn in_a_cdma_network_every_code_is_a_carriers_own() {
    for (number, passes) in [("*228#", false), ("*#21#", false), ("*675550100", true), ("5550100#", true)] {
        let mut b = bench();
        b.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, json!([6]));
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        assert_eq!(dialled(&mut b).len(), usize::from(passes), "{number}");
    }
}

/// The rest is for the call: AOSP sends it as tones itself.
#[test]
fn the_number_before_a_pause_is_an_emergency_number() {
    for number in ["112,1", "112;+CFUN=0", "112w5", "112p5", "112W", "#31#112P1", "1-1-2;"] {
        let mut b = Bench::new();
        b.ask(WORK, 1, RequestCode::DIAL, dial(number));
        let front = number.split([',', ';', 'w', 'p', 'W', 'P']).next().unwrap();
        assert_eq!(dialled(&mut b), [(RequestCode::DIAL.0, front.to_owned())], "{number}");
    }
}

fn emergency(b: &mut Bench, phone: PhoneId, number: &str) {
    let payload = RequestCode::DIAL.row().unwrap().request.from_json(dial(number), V).unwrap();
    b.ask_raw(phone, 1, RequestCode(10_016), &payload);
}

fn vendor() -> Bench {
    bench_with(|config| config.modem.dialect = Some("samsung-10016".to_owned()))
}

#[test]
fn a_vendors_emergency_request_dials_nothing_else() {
    let mut let_through = Vec::new();
    for number in
        ["**21*5550666#", "**04*1234*4321*4321#", "AT+CFUN=0", "5;+CFUN=0", "police", "5550666x", "\r", "", "5\0"]
    {
        let mut b = vendor();
        emergency(&mut b, WORK, number);
        let_through.extend(dialled(&mut b).into_iter().map(|(_, number)| number));
        assert_eq!(b.to_phones.len(), 1, "{number}");
    }
    assert!(let_through.is_empty(), "{let_through:?}");
    // Nor what cannot be read, of which AOSP's rild makes something else.
    for payload in [&[][..], &[0xfb, 0xff, 0xff, 0xff, 0, 0, 0, 0], &[0xff, 0xff, 0xff, 0xff]] {
        let mut b = vendor();
        b.ask_raw(WORK, 1, RequestCode(10_016), payload);
        assert!(b.to_modem.is_empty(), "{:?}", b.to_modem);
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    }
}

/// Numbers of emergency services are short; the network may have told the phone of one that is not on the SIM.
#[test]
fn a_long_number_is_an_ordinary_call() {
    for number in ["5550100", "+15550177777", "*100#", "#31#5550100"] {
        let mut b = vendor();
        emergency(&mut b, WORK, number);
        assert_eq!(dialled(&mut b), [(RequestCode::DIAL.0, number.to_owned())]);
        let mut b = vendor();
        b.foreground(PERSONAL).unwrap();
        b.to_modem.clear();
        b.to_phones.clear();
        emergency(&mut b, WORK, number);
        b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
        assert!(b.to_modem.is_empty(), "{number}");
    }
    for (number, dialled_as) in [("112", "112"), ("8881", "8881"), ("112;1", "112"), ("#31#911", "#31#911")] {
        let mut b = vendor();
        b.foreground(PERSONAL).unwrap();
        b.to_modem.clear();
        emergency(&mut b, WORK, number);
        assert_eq!(dialled(&mut b), [(10_016, dialled_as.to_owned())]);
    }
    let mut b = vendor();
    emergency(&mut b, PERSONAL, "5550100");
    assert_eq!(dialled(&mut b), [(10_016, "5550100".to_owned())]);
}
