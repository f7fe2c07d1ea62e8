//! Cell broadcast: each phone's own choice.

use super::*;

const SET: RequestCode = RequestCode::GSM_SET_BROADCAST_SMS_CONFIG;
const GET: RequestCode = RequestCode::GSM_GET_BROADCAST_SMS_CONFIG;
const ACTIVATE: RequestCode = RequestCode::GSM_SMS_BROADCAST_ACTIVATION;
const BROADCAST: UnsolCode = UnsolCode::RESPONSE_NEW_BROADCAST_SMS;

fn range(from: i32, to: i32) -> Value {
    json!({
        "from_service_id": from, "to_service_id": to, "from_code_scheme": 0, "to_code_scheme": 255, "selected": true
    })
}

/// A page on this channel (3GPP TS 23.041, 9.4.1.2).
fn page(identifier: u16) -> Vec<u8> {
    let mut page = vec![0x40, 0x01];
    page.extend(identifier.to_be_bytes());
    page.extend([0x0f, 0x11]);
    page.resize(88, 0x0d);
    page
}

impl Bench {
    fn chooses(&mut self, phone: PhoneId, serial: i32, ranges: &[Value]) {
        self.ask(phone, serial, SET, json!(ranges));
    }

    /// The phones that get a message.
    fn broadcast(&mut self, message: Vec<u8>) -> Vec<PhoneId> {
        let payload = parcel::encode(&ril_protocol::payload::Raw(Some(message)), V);
        self.unsolicited_raw(BROADCAST, &payload);
        let heard = self.to_phones.drain(..).map(|(phone, heard)| {
            assert_eq!(heard, Heard::Unsolicited { code: BROADCAST, payload: payload.clone() });
            phone
        });
        heard.collect()
    }

    /// Personal listens to 50, work to 51 to 60.
    fn tuned() -> Self {
        let mut b = Self::listening();
        for (phone, ranges) in [(PERSONAL, range(50, 50)), (WORK, range(51, 60))] {
            b.chooses(phone, 2, &[ranges]);
            let union = if phone == PERSONAL { range(50, 50) } else { range(50, 60) };
            b.modem_answers(SET, json!([union]), Value::Null);
            b.hears_ok(phone, 2);
        }
        b.silence();
        b
    }

    /// Both have broadcast on.
    fn listening() -> Self {
        let mut b = Self::new();
        b.ask(PERSONAL, 1, ACTIVATE, json!([0]));
        b.modem_answers(ACTIVATE, json!([0]), Value::Null);
        b.hears_ok(PERSONAL, 1);
        b.ask(WORK, 1, ACTIVATE, json!([0]));
        b.hears_ok(WORK, 1);
        b
    }
}

#[test]
fn each_phone_hears_its_own_channels_and_sees_its_own_choice() {
    let mut b = Bench::tuned();
    assert_eq!(b.broadcast(page(50)), [PERSONAL]);
    assert_eq!(b.broadcast(page(55)), [WORK]);
    assert_eq!(b.broadcast(page(70)), []);
    b.ask(WORK, 3, GET, Value::Null);
    b.hears_reply(WORK, 3, GET, Errno::SUCCESS, json!([range(51, 60)]));
    b.ask(WORK, 4, ACTIVATE, json!([1]));
    b.hears_ok(WORK, 4);
    assert_eq!(b.broadcast(page(55)), []);
    b.silence();
}

/// Sailfish's oFono says which channels it wants, and that broadcast is off when it wants none, but never that it is
/// on.
#[test]
fn who_only_chooses_channels_hears_them() {
    let mut b = Bench::new();
    b.chooses(WORK, 1, &[range(51, 60)]);
    b.modem_answers(SET, json!([range(51, 60)]), Value::Null);
    b.hears_ok(WORK, 1);
    b.modem_answers(ACTIVATE, json!([0]), Value::Null);
    assert_eq!(b.broadcast(page(55)), [WORK]);
    b.restart();
    b.modem_answers(SET, json!([range(51, 60)]), Value::Null);
    b.modem_answers(ACTIVATE, json!([0]), Value::Null);
    assert_eq!(b.broadcast(page(55)), [WORK]);
    b.ask(WORK, 2, ACTIVATE, json!([1]));
    b.modem_answers(ACTIVATE, json!([1]), Value::Null);
    b.hears_ok(WORK, 2);
    assert_eq!(b.broadcast(page(55)), []);
    b.chooses(WORK, 3, &[range(51, 61)]);
    b.modem_answers(SET, json!([range(51, 61)]), Value::Null);
    b.hears_ok(WORK, 3);
    assert_eq!(b.broadcast(page(55)), []);
    b.silence();
}

#[test]
fn warnings_reach_everybody_who_has_telephony() {
    let mut b = Bench::with(|config| {
        config.phone.push(phone("quiet", 3));
        config.phone.push(Phone { telephony: false, ..phone("data", 4) });
    });
    assert_eq!(b.broadcast(page(4370)), [PERSONAL, WORK, PhoneId(2)]);
    assert_eq!(b.broadcast(page(50)), []);
}

#[test]
fn what_cannot_be_read_goes_to_those_who_listen_at_all() {
    let mut b = Bench::tuned();
    b.ask(WORK, 3, ACTIVATE, json!([1]));
    b.hears_ok(WORK, 3);
    assert_eq!(b.broadcast(vec![1, 2]), [PERSONAL]);
}

#[test]
fn the_modem_is_told_the_latest_once_it_has_answered() {
    let mut b = Bench::listening();
    b.chooses(WORK, 1, &[range(1, 1)]);
    let serial = b.modem_hears(SET, json!([range(1, 1)]));
    for serial in 2..5 {
        b.chooses(WORK, serial, &[range(serial, serial)]);
    }
    b.silence();
    b.reply_raw(serial, Errno::SUCCESS, &[]);
    b.hears_ok(WORK, 1);
    b.modem_answers(SET, json!([range(4, 4)]), Value::Null);
    for serial in 2..5 {
        b.hears_ok(WORK, serial);
    }
    b.silence();
}

#[test]
fn what_the_modem_refuses_is_told_and_not_tried_for_ever() {
    let mut b = Bench::listening();
    b.chooses(WORK, 1, &[range(1, 1)]);
    let serial = b.modem_hears(SET, json!([range(1, 1)]));
    b.reply_raw(serial, Errno::REQUEST_NOT_SUPPORTED, &[]);
    b.hears_errno(WORK, 1, Errno::REQUEST_NOT_SUPPORTED);
    b.event(Event::Tick);
    b.silence();
}

#[test]
fn what_the_modem_refuses_one_phone_takes_nothing_from_the_others() {
    let mut b = Bench::tuned();
    b.chooses(WORK, 5, &[range(100, 100)]);
    let bad = b.modem_hears(SET, json!([range(50, 50), range(100, 100)]));
    b.chooses(PERSONAL, 5, &[range(40, 40)]);
    b.chooses(WORK, 6, &[range(200, 200)]);
    b.reply_raw(bad, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 5, Errno::GENERIC_FAILURE);
    b.modem_answers(SET, json!([range(40, 40)]), Value::Null);
    b.hears_ok(PERSONAL, 5);
    let bad = b.modem_hears(SET, json!([range(40, 40), range(200, 200)]));
    b.reply_raw(bad, Errno::GENERIC_FAILURE, &[]);
    b.hears_errno(WORK, 6, Errno::GENERIC_FAILURE);
    b.modem_answers(SET, json!([range(40, 40)]), Value::Null);
    b.silence();
}

#[test]
fn choices_survive_a_restart_and_a_modem_that_forgets() {
    let mut b = Bench::tuned();
    b.restart();
    // The phones connect one after the other.
    b.modem_answers(SET, json!([range(50, 50)]), Value::Null);
    b.modem_answers(ACTIVATE, json!([0]), Value::Null);
    b.modem_answers(SET, json!([range(50, 60)]), Value::Null);
    b.silence();
    assert_eq!(b.broadcast(page(55)), [WORK]);
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    b.modem_lists(&[]);
    b.modem_answers(SET, json!([range(50, 60)]), Value::Null);
    b.modem_answers(ACTIVATE, json!([0]), Value::Null);
    b.event(Event::PhoneDown(PERSONAL));
    b.modem_answers(SET, json!([range(51, 60)]), Value::Null);
}

#[test]
fn a_modem_that_starts_anew_behind_its_library_is_told_again() {
    let mut b = Bench::tuned();
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.modem_answers(SET, json!([range(50, 60)]), Value::Null);
    b.modem_answers(ACTIVATE, json!([0]), Value::Null);
}

#[test]
fn what_a_modem_answers_that_has_started_anew_since_is_said_again() {
    let mut b = Bench::tuned();
    b.chooses(WORK, 3, &[range(51, 70)]);
    let asked = b.modem_hears(SET, json!([range(50, 70)]));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.modem_answers(ACTIVATE, json!([0]), Value::Null);
    b.reply_raw(asked, Errno::SUCCESS, &[]);
    b.modem_answers(SET, json!([range(50, 70)]), Value::Null);
}

#[test]
fn what_a_modem_without_state_did_not_take_is_said_again_once_its_radio_is_on() {
    let mut b = Bench::tuned();
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.chooses(WORK, 3, &[range(51, 70)]);
    let asked = b.modem_hears(SET, json!([range(50, 70)]));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.modem_answers(ACTIVATE, json!([0]), Value::Null);
    b.to_phones.clear();
    b.reply_raw(asked, Errno::RADIO_NOT_AVAILABLE, &[]);
    b.hears_errno(WORK, 3, Errno::RADIO_NOT_AVAILABLE);
    // Once: what does not take it with its radio on either is not asked for ever.
    let again = b.modem_hears(SET, json!([range(50, 70)]));
    b.reply_raw(again, Errno::RADIO_NOT_AVAILABLE, &[]);
    b.event(Event::Tick);
    b.silence();
}

#[test]
fn what_a_modem_that_started_anew_does_not_take_is_said_again_a_few_times() {
    let mut b = Bench::tuned();
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    b.to_phones.clear();
    let mut refused = b.modem_hears(SET, json!([range(50, 60)]));
    b.modem_answers(ACTIVATE, json!([0]), Value::Null);
    for seconds in [10, 20, 40, 80, 160, 320] {
        b.reply_raw(refused, Errno::GENERIC_FAILURE, &[]);
        b.advance(Duration::from_secs(seconds - 1));
        b.silence();
        b.advance(Duration::from_secs(1));
        refused = b.modem_hears(SET, json!([range(50, 60)]));
    }
    b.reply_raw(refused, Errno::GENERIC_FAILURE, &[]);
    b.advance(Duration::from_secs(3600));
    b.silence();
    // What it takes in the end is not said again.
    b.event(Event::PhoneDown(WORK));
    b.modem_answers(SET, json!([range(50, 50)]), Value::Null);
    b.advance(Duration::from_secs(3600));
    b.silence();
}

#[test]
fn a_modem_without_cell_broadcast_is_told_once() {
    let mut b = Bench::tuned();
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("UNAVAILABLE"));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    for (code, arguments) in [(SET, json!([range(50, 60)])), (ACTIVATE, json!([0]))] {
        let refused = b.modem_hears(code, arguments);
        b.reply_raw(refused, Errno::REQUEST_NOT_SUPPORTED, &[]);
    }
    b.to_phones.clear();
    b.advance(Duration::from_secs(3600));
    b.silence();
}

#[test]
fn an_absurd_choice_is_refused() {
    let mut b = Bench::new();
    b.chooses(WORK, 1, &[range(5, 4)]);
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.chooses(WORK, 2, &vec![range(1, 1); 129]);
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.ask_raw(WORK, 3, ACTIVATE, &[]);
    b.hears_errno(WORK, 3, Errno::GENERIC_FAILURE);
    b.silence();
}

#[test]
fn cdma_services_are_each_phones_own_too() {
    let (set, get) = (RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG, RequestCode::CDMA_GET_BROADCAST_SMS_CONFIG);
    let service = |category: i32| json!({"service_category": category, "language": 1, "selected": true});
    let mut b = Bench::new();
    b.ask(WORK, 1, set, json!([service(1)]));
    b.modem_answers(set, json!([service(1)]), Value::Null);
    b.hears_ok(WORK, 1);
    b.ask(PERSONAL, 1, set, json!([service(2)]));
    b.modem_answers(set, json!([service(1), service(2)]), Value::Null);
    b.hears_ok(PERSONAL, 1);
    b.ask(WORK, 2, get, Value::Null);
    b.hears_reply(WORK, 2, get, Errno::SUCCESS, json!([service(1)]));
    b.silence();
}

#[test]
fn a_phone_may_be_called_like_a_setting() {
    let names =
        |config: &mut Config| (config.phone[0].name, config.phone[1].name) = ("broadcast".into(), "clir".into());
    let mut b = Bench::with(names);
    let channels = json!([{"from_service_id": 50, "to_service_id": 50, "from_code_scheme": 0, "to_code_scheme": 255, "selected": true}]);
    b.ask(WORK, 1, RequestCode::GSM_SET_BROADCAST_SMS_CONFIG, channels.clone());
    b.to_modem.clear();
    b.ask(PERSONAL, 2, RequestCode::SET_CLIR, json!([1]));
    let records = b.take_records();
    println!("{records:?}");
    let mut b = Bench::with_records(names, &records);
    b.to_phones.clear();
    b.to_modem.clear();
    b.ask(WORK, 1, RequestCode::GSM_GET_BROADCAST_SMS_CONFIG, Value::Null);
    b.hears_reply(WORK, 1, RequestCode::GSM_GET_BROADCAST_SMS_CONFIG, Errno::SUCCESS, channels);
}

const CDMA_SET: RequestCode = RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG;
const CDMA_ACTIVATE: RequestCode = RequestCode::CDMA_SMS_BROADCAST_ACTIVATION;
pub(super) const CDMA_SMS: UnsolCode = UnsolCode::RESPONSE_CDMA_NEW_SMS;
pub(super) const CDMA_ACK: RequestCode = RequestCode::CDMA_SMS_ACKNOWLEDGE;

fn service(category: i32) -> Value {
    json!({"service_category": category, "language": 1, "selected": true})
}

/// A broadcast of this category, told apart by a byte.
pub(super) fn cdma(category: i32, text: u8) -> Vec<u8> {
    let message = ril_protocol::payload::cdma::SmsMessage {
        is_service_present: true,
        service_category: category,
        bearer_data: vec![text],
        ..Default::default()
    };
    parcel::encode(&message, V)
}

impl Bench {
    /// Personal wants categories 2 and 3, work 3 and 4.
    fn tuned_to_cdma() -> Self {
        let mut b = Self::new();
        for (phone, own, union) in [(PERSONAL, [2, 3], &[2, 3][..]), (WORK, [3, 4], &[2, 3, 4])] {
            b.ask(phone, 1, CDMA_SET, json!(own.map(service)));
            b.modem_answers(CDMA_SET, json!(union.iter().map(|it| service(*it)).collect::<Vec<_>>()), Value::Null);
            b.hears_ok(phone, 1);
            b.ask(phone, 2, CDMA_ACTIVATE, json!([0]));
            if phone == PERSONAL {
                b.modem_answers(CDMA_ACTIVATE, json!([0]), Value::Null);
            }
            b.hears_ok(phone, 2);
        }
        b.silence();
        b
    }

    /// The phones that get a broadcast, which the modem is told is taken, once; each acknowledges it.
    #[track_caller]
    fn cdma_broadcast(&mut self, message: &[u8]) -> Vec<PhoneId> {
        self.unsolicited_raw(CDMA_SMS, message);
        self.modem_answers(CDMA_ACK, json!({"error_class": 0, "sms_cause_code": 0}), Value::Null);
        let heard: Vec<_> = self.to_phones.drain(..).collect();
        for (phone, heard) in &heard {
            assert_eq!(*heard, Heard::Unsolicited { code: CDMA_SMS, payload: message.to_vec() });
            self.ask(*phone, 9, CDMA_ACK, json!({"error_class": 0, "sms_cause_code": 0}));
            self.hears_ok(*phone, 9);
        }
        self.silence();
        assert_eq!(self.router.messages(self.now).count(), 0);
        heard.into_iter().map(|(phone, _)| phone).collect()
    }
}

#[test]
fn each_phone_hears_its_own_service_categories_and_every_alert() {
    let mut b = Bench::tuned_to_cdma();
    assert_eq!(b.cdma_broadcast(&cdma(2, 0)), [PERSONAL]);
    assert_eq!(b.cdma_broadcast(&cdma(3, 1)), [PERSONAL, WORK]);
    assert_eq!(b.cdma_broadcast(&cdma(4, 2)), [WORK]);
    assert_eq!(b.cdma_broadcast(&cdma(5, 3)), []);
    for (category, text) in [(1, 4), (0x1000, 5)] {
        assert_eq!(b.cdma_broadcast(&cdma(category, text)), [PERSONAL, WORK]);
    }
    b.ask(WORK, 3, CDMA_ACTIVATE, json!([1]));
    b.hears_ok(WORK, 3);
    assert_eq!(b.cdma_broadcast(&cdma(3, 6)), [PERSONAL]);
    b.event(Event::PhoneDown(PERSONAL));
    b.to_modem.clear();
    assert_eq!(b.cdma_broadcast(&cdma(3, 7)), []);
}

#[test]
fn a_broadcast_waits_for_the_message_before_it() {
    let mut b = Bench::tuned_to_cdma();
    let [first, second] = [cdma(3, 1), cdma(3, 2)];
    for message in [&first, &second] {
        b.unsolicited_raw(CDMA_SMS, message);
        b.modem_answers(CDMA_ACK, json!({"error_class": 0, "sms_cause_code": 0}), Value::Null);
    }
    // What the network sends again is known.
    b.advance(Duration::from_secs(30));
    b.unsolicited_raw(CDMA_SMS, &first);
    b.modem_answers(CDMA_ACK, json!({"error_class": 0, "sms_cause_code": 0}), Value::Null);
    for message in [first, second] {
        let heard = Heard::Unsolicited { code: CDMA_SMS, payload: message };
        let place = b.to_phones.iter().position(|(phone, _)| *phone == WORK).expect("work hears it");
        assert_eq!(b.to_phones.remove(place), Some((WORK, heard)));
        assert!(!b.to_phones.iter().any(|(phone, _)| *phone == WORK), "one at a time");
        b.ask(WORK, 9, CDMA_ACK, json!({"error_class": 0, "sms_cause_code": 0}));
        let place =
            b.to_phones.iter().position(|(phone, heard)| *phone == WORK && matches!(heard, Heard::Reply { .. }));
        b.to_phones.remove(place.expect("it is answered"));
    }
    assert!(!b.to_phones.iter().any(|(phone, _)| *phone == WORK));
}

#[test]
fn a_phone_in_airplane_mode_hears_alerts_and_nothing_else() {
    let mut b = Bench::tuned_to_cdma();
    b.ask(PERSONAL, 3, RequestCode::RADIO_POWER, json!([1]));
    b.ask(WORK, 3, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.to_modem.clear();
    assert_eq!(b.cdma_broadcast(&cdma(3, 1)), [PERSONAL]);
    let alert = cdma(0x1001, 2);
    b.unsolicited_raw(CDMA_SMS, &alert);
    for phone in [WORK, PERSONAL] {
        let heard = Heard::Unsolicited { code: CDMA_SMS, payload: alert.clone() };
        assert_eq!(b.to_phones.pop_front(), Some((phone, heard)));
    }
    b.modem_answers(CDMA_ACK, json!({"error_class": 0, "sms_cause_code": 0}), Value::Null);
    b.silence();
}

const THIRD: PhoneId = PhoneId(2);

impl Bench {
    /// With a third phone, which has no more privileges than work.
    fn of_three() -> Self {
        Self::with(|config| config.phone.push(phone("third", 3)))
    }

    /// The modem has room for so many ranges, and refuses more. What it is told of them.
    fn has_room_for(&mut self, most: usize) -> Vec<Value> {
        let mut told = Vec::new();
        while let Some((code, serial, payload)) = self.to_modem.pop_front() {
            if code == ACTIVATE {
                self.reply_raw(serial, Errno::SUCCESS, &[]);
                continue;
            }
            assert_eq!(code, SET);
            let ranges = json_of(&code.row().unwrap().request, &payload);
            let fits = ranges.as_array().unwrap().len() <= most;
            told.push(ranges);
            self.reply_raw(serial, if fits { Errno::SUCCESS } else { Errno::GENERIC_FAILURE }, &[]);
        }
        told
    }
}

/// Ten ranges, of which the last one is of public warnings.
fn many() -> Vec<Value> {
    (1..10).map(|n| range(100 * n, 100 * n)).chain([range(4370, 4380)]).collect()
}

#[test]
fn a_phone_that_fills_the_modem_gives_way_to_one_that_wants_less() {
    let mut b = Bench::of_three();
    b.chooses(WORK, 1, &many());
    assert_eq!(b.has_room_for(10), [json!(many())]);
    b.hears_ok(WORK, 1);
    for (asker, channel, others) in [(THIRD, 50, &[][..]), (PERSONAL, 40, &[50])] {
        b.chooses(asker, 1, &[range(channel, channel)]);
        let few: Vec<Value> = [channel].iter().chain(others).map(|channel| range(*channel, *channel)).collect();
        let told = b.has_room_for(10);
        let with_warnings: Vec<Value> = few.iter().cloned().chain([range(4370, 4380)]).collect();
        assert_eq!(told.last(), Some(&json!(with_warnings)));
        b.hears_ok(asker, 1);
    }
    b.knows(WORK, GET, Value::Null, json!(many()));
    // It is the one that asks for too much now; its warnings stay.
    b.chooses(WORK, 2, &many());
    assert_eq!(b.has_room_for(10).last(), Some(&json!([range(40, 40), range(50, 50), range(4370, 4380)])));
    b.hears_errno(WORK, 2, Errno::GENERIC_FAILURE);
    b.chooses(WORK, 3, &[range(60, 60)]);
    assert_eq!(b.has_room_for(10), [json!([range(40, 40), range(50, 50), range(60, 60)])]);
    b.hears_ok(WORK, 3);
    b.silence();
}

#[test]
fn warnings_do_not_fill_the_modem_either() {
    let mut b = Bench::of_three();
    let warnings: Vec<Value> = (0..20).map(|n| range(4400 + 2 * n, 4400 + 2 * n)).collect();
    b.chooses(WORK, 1, &warnings);
    b.has_room_for(20);
    b.hears_ok(WORK, 1);
    b.chooses(THIRD, 1, &[range(4370, 4370)]);
    b.has_room_for(20);
    b.hears_ok(THIRD, 1);
    b.silence();
}

#[test]
fn a_privileged_phone_gives_way_to_nobody() {
    let mut b = Bench::new();
    b.chooses(PERSONAL, 1, &many());
    b.has_room_for(10);
    b.hears_ok(PERSONAL, 1);
    b.chooses(WORK, 1, &[range(50, 50)]);
    assert_eq!(b.has_room_for(10).last(), Some(&json!(many())));
    b.hears_errno(WORK, 1, Errno::GENERIC_FAILURE);
    b.silence();
    // Whoever is privileged has room, however much that is.
    let mut b = Bench::new();
    b.chooses(WORK, 1, &[range(50, 50)]);
    b.has_room_for(10);
    b.hears_ok(WORK, 1);
    b.chooses(PERSONAL, 1, &many());
    assert_eq!(b.has_room_for(10).last(), Some(&json!(many())));
    b.hears_ok(PERSONAL, 1);
    b.silence();
}

#[test]
fn nobody_gives_way_to_a_choice_that_the_modem_does_not_want_at_all() {
    let mut b = Bench::of_three();
    b.chooses(WORK, 1, &many());
    b.has_room_for(10);
    b.hears_ok(WORK, 1);
    b.chooses(THIRD, 1, &[range(9999, 9999)]);
    b.to_modem.retain(|(code, ..)| *code == SET);
    while let Some((SET, serial, payload)) = b.to_modem.pop_front() {
        let ranges = json_of(&SET.row().unwrap().request, &payload);
        let is_bad = ranges.as_array().unwrap().contains(&range(9999, 9999));
        b.reply_raw(serial, if is_bad { Errno::GENERIC_FAILURE } else { Errno::SUCCESS }, &[]);
        assert!(is_bad || ranges == json!(many()));
    }
    b.hears_errno(THIRD, 1, Errno::GENERIC_FAILURE);
    b.event(Event::PhoneDown(THIRD));
    b.silence();
}

/// As its phone hears of no refusal, nobody would know that a phone that has come back gets nothing.
#[test]
fn a_phone_that_fills_the_modem_gives_way_to_one_that_comes_back() {
    let mut b = Bench::new();
    b.chooses(PERSONAL, 1, &[range(50, 50)]);
    b.chooses(WORK, 1, &many());
    b.has_room_for(11);
    b.to_phones.clear();
    b.event(Event::PhoneDown(PERSONAL));
    b.has_room_for(10);
    b.connects(PERSONAL);
    // A modem may not be ready. It is asked again first.
    assert_eq!(b.has_room_for(10).len(), 1);
    b.advance(Duration::from_secs(10));
    assert_eq!(b.has_room_for(10).last(), Some(&json!([range(50, 50), range(4370, 4380)])));
    b.silence();
}

/// It may have taken it, or take it yet.
#[test]
fn nobody_gives_way_to_a_choice_that_the_modem_does_not_answer() {
    let mut b = Bench::of_three();
    b.chooses(WORK, 1, &many());
    b.has_room_for(11);
    b.hears_ok(WORK, 1);
    b.chooses(THIRD, 1, &[range(50, 50)]);
    let all: Vec<Value> = [range(50, 50)].into_iter().chain(many()).collect();
    b.modem_hears(SET, json!(all));
    b.advance(Duration::from_secs(60));
    b.hears_errno(THIRD, 1, Errno::GENERIC_FAILURE);
    b.silence();
    b.advance(Duration::from_secs(10));
    b.modem_hears(SET, json!(all));
    b.advance(Duration::from_secs(60));
    b.silence();
    b.advance(Duration::from_secs(20));
    assert_eq!(b.has_room_for(11), [json!(all)]);
    b.silence();
}

#[test]
fn a_modem_that_wants_nothing_is_not_asked_for_ever_and_nobody_gives_way() {
    let mut b = Bench::new();
    b.chooses(PERSONAL, 1, &[range(50, 50)]);
    b.chooses(WORK, 1, &many());
    b.has_room_for(11);
    b.to_phones.clear();
    b.event(Event::ModemDown);
    b.modem_comes_up(RadioState::ON);
    let mut told = Vec::new();
    for _ in 0..100 {
        told.extend(b.has_room_for(0));
        b.advance(Duration::from_secs(60));
    }
    assert!(told.len() < 20, "{}", told.len());
    // Another radio state, and it wants everything.
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("OFF"));
    b.unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, json!("ON"));
    assert_eq!(b.has_room_for(11).last().unwrap().as_array().unwrap().len(), 11);
}
