//! What holds between messages, and for the rest of a trace.

use std::time::Duration;

use ril_protocol::dialect::{Dialect, DialectText, RequestEntry};
use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::messages::PayloadCodec;
use ril_protocol::payload::call::{Call, Dial};
use ril_protocol::payload::cdma::{Address as CdmaAddress, DigitMode, SmsMessage};
use ril_protocol::payload::data::{DataCall, DataCallList};
use ril_protocol::payload::network::{Cell, CellInfo, LteCell};
use ril_protocol::payload::sim::{SimIo, SimIoResponse};
use ril_protocol::payload::{Strings, Text};
use ril_protocol::sms_pdu::{Addressed, Deliver, Tpdu, to_hex};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use ril_trace::format::{
    ByteOrder, Event, Frame, Header, Kept, Nothing, Origin, Phone, Reader, Record, Remark, Way, What, Writer,
};
use ril_trace::scrub::{Key, ScrubError, Scrubber};

use super::pdus::{self, Hidden};
use super::{read, scrubbed, trace};

const V: RilVersion = RilVersion::COMMON;

/// A conversation that is scrubbed at once.
#[derive(Default)]
struct Talk {
    records: Vec<Record>,
    serial: i32,
}

impl Talk {
    fn frame(&mut self, way: Way, put: impl FnOnce(&mut Vec<u8>)) -> usize {
        let mut frame = Vec::new();
        put(&mut frame);
        self.records.push(Record::frame(Duration::ZERO, way, Some(0), frame.split_off(4)));
        self.records.len() - 1
    }

    fn ask(&mut self, code: RequestCode, payload: &[u8]) -> usize {
        self.serial += 1;
        let serial = self.serial;
        self.frame(Way::FromPhone, |out| Request { code, serial, payload }.put(out))
    }

    /// Asks and answers; the place of the answer.
    fn answer(&mut self, code: RequestCode, arguments: &[u8], result: &[u8]) -> usize {
        self.ask(code, arguments);
        let serial = self.serial;
        self.frame(Way::ToPhone, |out| Reply::new(serial, Errno::SUCCESS, result).put(out))
    }

    fn tell(&mut self, code: UnsolCode, payload: &[u8]) -> usize {
        self.frame(Way::ToPhone, |out| Unsolicited { code, payload, wants_ack: false }.put(out))
    }

    /// The payloads as they are then.
    fn scrubbed(self) -> Vec<Vec<u8>> {
        let header = Header { ril_version: Some(V.0), phones: vec!["phone".to_owned()], ..Header::default() };
        let (out, _) = scrubbed(&trace(&[(header, self.records)]), true);
        read(&out).1.iter().map(|record| payload(record).to_vec()).collect()
    }
}

fn payload(record: &Record) -> &[u8] {
    let What::Frame(Frame { way, body, .. }) = &record.what else { return &[] };
    &body[if *way == Way::ToPhone && body.starts_with(&[0; 4]) { 12 } else { 8 }..]
}

fn text(value: &str) -> Vec<u8> {
    parcel::encode(&Text::Some(value.to_owned()), V)
}

fn text_of(payload: &[u8]) -> String {
    parcel::decode::<Text>(payload, V).unwrap().unwrap()
}

fn dial(number: &str) -> Vec<u8> {
    parcel::encode(&Dial { address: Some(number.to_owned()), ..Dial::default() }, V)
}

fn dialled(payload: &[u8]) -> String {
    parcel::decode::<Dial>(payload, V).unwrap().address.unwrap()
}

fn read_file(talk: &mut Talk, id: i32, content: &[u8]) -> usize {
    read_file_of(talk, None, id, content)
}

fn read_file_of(talk: &mut Talk, aid: Option<&str>, id: i32, content: &[u8]) -> usize {
    let (path, aid) = (Some("3F007FFF".to_owned()), aid.map(str::to_owned));
    let io = SimIo { command: 0xb2, file_id: id, path, aid, ..SimIo::default() };
    let response = SimIoResponse { sw1: 0x90, sw2: 0, response: Some(to_hex(content)) };
    talk.answer(RequestCode::SIM_IO, &parcel::encode(&io, V), &parcel::encode(&response, V))
}

/// Scrubs what was read from a file and is any bytes.
pub(crate) fn scrub_file(id: i32, aid: Option<&str>, content: &[u8]) {
    let mut talk = Talk::default();
    let place = read_file_of(&mut talk, aid, id, content);
    assert_eq!(file_of(&talk.scrubbed()[place]).len(), content.len());
}

fn file_of(payload: &[u8]) -> Vec<u8> {
    let response = parcel::decode::<SimIoResponse>(payload, V).unwrap().response.unwrap();
    ril_protocol::sms_pdu::from_hex(&response).unwrap()
}

#[test]
fn a_number_has_one_pseudonym_in_whatever_form_it_stands() {
    let mut talk = Talk::default();
    let number = "4930901820";
    let hidden = Hidden { number, centre: number, text: "hello" };
    let places = [
        talk.ask(RequestCode::DIAL, &dial("+4930901820")),
        talk.ask(RequestCode::DIAL, &dial("004930901820")),
        talk.ask(RequestCode::DIAL, &dial("**21*+49 30 901820#")),
        talk.ask(RequestCode::DIAL, &dial("030901820")),
    ];
    let call = Call { number: Some("+4930901820".to_owned()), ..Call::default() };
    let calls = talk.answer(RequestCode::GET_CURRENT_CALLS, &[], &parcel::encode(&vec![call], V));
    let message = talk.tell(UnsolCode::RESPONSE_NEW_SMS, &text(&to_hex(&pdus::incoming(&hidden, 0))));
    let entry = read_file(&mut talk, 0x6f3a, &pdus::file(0x6f3a, &hidden, "", ""));
    let scrubbed = talk.scrubbed();
    let other = dialled(&scrubbed[places[0]]);
    assert!(other.starts_with("+49") && other.len() == 11 && other != "+4930901820", "{other}");
    let digits = other.trim_start_matches('+').to_owned();
    assert_eq!(dialled(&scrubbed[places[1]]), format!("00{digits}"));
    assert_eq!(dialled(&scrubbed[places[2]]).replace(' ', ""), format!("**21*+{digits}#"));
    assert_eq!(dialled(&scrubbed[places[3]]), format!("0{}", &digits[2..]), "without country code");
    let calls: Vec<Call> = parcel::decode(&scrubbed[calls], V).unwrap();
    assert_eq!(calls[0].number, Some(other.clone()));
    let message = Addressed::<Deliver>::from_hex(&text_of(&scrubbed[message])).unwrap();
    assert_eq!(message.tpdu.originating_address.to_string(), other);
    assert_eq!(message.service_centre.unwrap().to_string(), other);
    let entry = file_of(&scrubbed[entry]);
    assert!(entry.windows(5).any(|window| window == pdus::semi_octets(&digits, 5)), "{entry:x?}");
}

#[test]
fn a_text_has_one_pseudonym_in_every_alphabet_and_the_pdu_stays_one() {
    let mut talk = Talk::default();
    let hidden = Hidden { number: "15550100123", centre: "15550100999", text: "Meet me at 6, Zebra!" };
    let places: Vec<usize> = (0..6)
        .map(|way| talk.tell(UnsolCode::RESPONSE_NEW_SMS, &text(&to_hex(&pdus::incoming(&hidden, way)))))
        .collect();
    let scrubbed = talk.scrubbed();
    let messages: Vec<Deliver> =
        places.iter().map(|place| Addressed::<Deliver>::from_hex(&text_of(&scrubbed[*place])).unwrap().tpdu).collect();
    let shown = messages[0].text().unwrap();
    assert!(shown.len() == hidden.text.len() && shown.bytes().all(|byte| byte == b' ' || byte.is_ascii_lowercase()));
    for (way, message) in messages.iter().enumerate() {
        let said = message
            .text()
            .unwrap_or_else(|_| String::from_utf8(message.user_data.payload().unwrap().to_vec()).unwrap());
        assert_eq!(said, shown, "way {way}");
        let header = message.user_data.header().unwrap();
        assert_eq!(header.as_ref().and_then(|header| header.ports()), (way >= 3).then_some((2948, 9200)));
        assert_eq!(header.and_then(|header| header.concatenation()).map(|part| part.sequence), (way >= 3).then_some(1));
        assert_eq!(message.timestamp.0[0], 0x62, "times stay");
    }
}

#[test]
fn identities_stay_valid_and_are_the_same_in_strings_and_files() {
    let mut talk = Talk::default();
    let (imei, imsi, iccid) = ("350000000000006", "001010123456789", "8949010000012345672");
    let check = |digits: &str| -> u32 {
        let doubled =
            |(place, digit): (usize, u32)| if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 };
        digits.chars().rev().filter_map(|c| c.to_digit(10)).enumerate().map(doubled).sum::<u32>() % 10
    };
    assert_eq!((check(imei), check(iccid)), (0, 0));
    let asked = talk.answer(RequestCode::GET_IMEI, &[], &text(imei));
    let identity = parcel::encode(&Strings::from([imei, "3500000000000017"].map(|text| Some(text.to_owned()))), V);
    let device = talk.answer(RequestCode::DEVICE_IDENTITY, &[], &identity);
    let subscriber = talk.answer(RequestCode::GET_IMSI, &parcel::encode(&Strings::new(), V), &text(imsi));
    let subscriber_file = read_file(&mut talk, 0x6f07, &[&[8][..], &pdus::identity(imsi, 1)].concat());
    let card = read_file(&mut talk, 0x2fe2, &pdus::semi_octets(iccid, 10));
    let scrubbed = talk.scrubbed();
    let other = text_of(&scrubbed[asked]);
    assert!(other.starts_with("35000000") && other != imei && check(&other) == 0, "{other}");
    let device: Strings = parcel::decode(&scrubbed[device], V).unwrap();
    assert_eq!(device[0].as_ref(), Some(&other));
    assert_eq!(device[1].as_ref().map(|text| (&text[..14], &text[14..])), Some((&other[..14], "17")));
    let other = text_of(&scrubbed[subscriber]);
    assert!(other.starts_with("00101") && other != imsi && other.len() == 15, "{other}");
    assert_eq!(file_of(&scrubbed[subscriber_file]), [&[8][..], &pdus::identity(&other, 1)].concat());
    let nibbles: String =
        file_of(&scrubbed[card]).iter().map(|octet| format!("{:x}{:x}", octet & 0xf, octet >> 4)).collect();
    let other = nibbles.trim_end_matches('f');
    assert!(other.starts_with("894901") && other != iccid && other.len() == 19 && check(other) == 0, "{other}");
}

#[test]
fn a_cell_is_the_same_as_an_integer_and_in_both_notations() {
    let mut talk = Talk::default();
    let lte = LteCell { tac: 0x1a2b, ci: 0x0123_4567, pci: 301, mcc: 1, mnc: 1, ..LteCell::default() };
    let cell = CellInfo { registered: true, time_stamp_type: 3, time_stamp: 1, cell: Cell::Lte(lte) };
    let list = talk.answer(RequestCode::GET_CELL_INFO_LIST, &[], &parcel::encode(&vec![cell], V));
    let state =
        |places: &[&str]| parcel::encode(&Strings::from_iter(places.iter().map(|place| Some((*place).to_owned()))), V);
    let voice = talk.answer(RequestCode::VOICE_REGISTRATION_STATE, &[], &state(&["1", "1a2b", "01234567", "14"]));
    let data = state(&["1", "1A2B", "01234567", "14", "0", "20", "6699", "301", "19088743"]);
    let data = talk.answer(RequestCode::DATA_REGISTRATION_STATE, &[], &data);
    let scrubbed = talk.scrubbed();
    let cells: Vec<CellInfo> = parcel::decode(&scrubbed[list], V).unwrap();
    let Cell::Lte(LteCell { tac, ci, pci, mcc, mnc, .. }) = cells[0].cell else { panic!("{cells:?}") };
    assert!((mcc, mnc) == (1, 1) && tac != 0x1a2b && ci != 0x0123_4567 && pci != 301 && (0..504).contains(&pci));
    let strings = |payload: &[u8]| -> Vec<String> {
        parcel::decode::<Strings>(payload, V).unwrap().into_iter().flatten().collect()
    };
    let (voice, data) = (strings(&scrubbed[voice]), strings(&scrubbed[data]));
    assert_eq!(voice[1..3], [format!("{tac:04x}"), format!("{ci:08x}")]);
    assert_eq!(data[1], format!("{tac:04X}"));
    assert_eq!(data[6..], [tac.to_string(), pci.to_string(), ci.to_string()]);
}

#[test]
fn a_gateway_stays_in_the_network_of_its_address() {
    let mut talk = Talk::default();
    let call = DataCall {
        addresses: Some("10.11.12.13/24 2001:db8:1:2::5/64".to_owned()),
        dnses: Some("10.11.200.1 fe80::1".to_owned()),
        gateways: Some("10.11.12.1".to_owned()),
        ..DataCall::default()
    };
    let list = DataCallList { version: 11, calls: vec![call] };
    let list = talk.tell(UnsolCode::DATA_CALL_LIST_CHANGED, &parcel::encode(&list, V));
    let scrubbed = talk.scrubbed();
    let list: DataCallList = parcel::decode(&scrubbed[list], V).unwrap();
    let [addresses, dnses, gateways] =
        [&list.calls[0].addresses, &list.calls[0].dnses, &list.calls[0].gateways].map(|text| text.clone().unwrap());
    let [v4, v6] = [0, 1].map(|place| addresses.split(' ').nth(place).unwrap().to_owned());
    let network = |address: &str, octets: usize| address.split('.').take(octets).collect::<Vec<_>>().join(".");
    assert!(!addresses.contains("10.11.12.13") && v4.ends_with("/24") && v6.ends_with("::5/64") || v6.contains("::"));
    assert_eq!(network(&v4, 3), network(&gateways, 3));
    assert_eq!(network(&v4, 2), network(&dnses, 2));
    assert!(v6.starts_with('2') && v6.ends_with("/64") && !v6.contains("db8"), "{v6}");
    assert!(dnses.contains(" fe80::"), "{dnses}");
    assert_eq!(addresses.len(), "10.11.12.13/24 2001:db8:1:2::5/64".len());
}

#[test]
fn cdma_digits_have_the_pseudonym_of_the_number() {
    let mut talk = Talk::default();
    let digits = |text: &str| text.bytes().map(|digit| if digit == b'0' { 10 } else { digit - b'0' }).collect();
    let address =
        CdmaAddress { digit_mode: DigitMode::FOUR_BIT, digits: digits("15550100123"), ..CdmaAddress::default() };
    let message = SmsMessage { address, ..SmsMessage::default() };
    let sent = talk.ask(RequestCode::CDMA_SEND_SMS, &parcel::encode(&message, V));
    let number = talk.ask(RequestCode::DIAL, &dial("15550100123"));
    let scrubbed = talk.scrubbed();
    let message: SmsMessage = parcel::decode(&scrubbed[sent], V).unwrap();
    assert_eq!(message.address.digits, digits(&dialled(&scrubbed[number])));
}

#[test]
fn what_has_to_stay_stays() {
    let mut talk = Talk::default();
    let kept = ["112", "911", "*100#", "*#06#", "**21*"];
    let places = kept.map(|number| talk.ask(RequestCode::DIAL, &dial(number)));
    let operator = parcel::encode(&Strings::from(["Home", "Hm", "00101"].map(|text| Some(text.to_owned()))), V);
    let operator_place = talk.answer(RequestCode::OPERATOR, &[], &operator);
    let version = talk.answer(RequestCode::GET_IMEISV, &[], &text("17"));
    let description = "0000000A6FE2040004FF4401020000";
    let io = SimIo { command: 0xc0, file_id: 0x6fe2, ..SimIo::default() };
    let response = SimIoResponse { sw1: 0x90, sw2: 0, response: Some(description.to_owned()) };
    let about = talk.answer(RequestCode::SIM_IO, &parcel::encode(&io, V), &parcel::encode(&response, V));
    let scrubbed = talk.scrubbed();
    assert_eq!(places.map(|place| dialled(&scrubbed[place])), kept);
    assert_eq!(scrubbed[operator_place], operator);
    assert_eq!(text_of(&scrubbed[version]), "17");
    let about: SimIoResponse = parcel::decode(&scrubbed[about], V).unwrap();
    assert_eq!(about.response.as_deref(), Some(description));
}

#[test]
fn what_cannot_be_read_becomes_zeros() {
    let mut talk = Talk::default();
    let secret = text("Quagga 5550143267");
    let unknown = talk.ask(RequestCode(4711), &secret);
    let broken = talk.ask(RequestCode::DIAL, &secret[..12]);
    let unasked = talk.frame(Way::ToPhone, |out| Reply::new(999, Errno::SUCCESS, &secret).put(out));
    let short = talk.records.len();
    talk.records.push(Record::frame(Duration::ZERO, Way::FromPhone, Some(0), vec![1, 2, 3]));
    let service = talk.records.len();
    talk.records.push(Record::frame(Duration::ZERO, Way::ToService, None, secret.clone()));
    let header = Header { ril_version: Some(V.0), phones: vec!["phone".to_owned()], ..Header::default() };
    let before = talk.records.clone();
    let (out, result) = scrubbed(&trace(&[(header, talk.records)]), true);
    assert_eq!((result.frames, result.unread), (5, 5));
    let body = |record: &Record| match &record.what {
        What::Frame(frame) => frame.body.to_vec(),
        _ => panic!("{record:?}"),
    };
    let after = read(&out).1;
    for (place, head) in [(unknown, 8), (broken, 8), (unasked, 12), (short, 0), (service, 0)] {
        let (before, after) = (body(&before[place]), body(&after[place]));
        assert_eq!((before.len(), &before[..head]), (after.len(), &after[..head]));
        assert!(after[head..].iter().all(|byte| *byte == 0), "{place}");
    }
}

#[test]
fn events_keep_their_order_and_lose_what_they_hold() {
    let kept = Kept { kind: 2, key: b"+15550143267".to_vec().into(), value: b"hello".to_vec().into() };
    let events = vec![
        Event::Recall(kept.clone()),
        Event::Store(kept.clone()),
        Event::Remove(kept),
        Event::Remark(Remark { text: "Quagga called 5550143267".to_owned() }),
        Event::Tick(Nothing {}),
    ];
    let header = Header {
        program: "rild-proxy 0.1.0".to_owned(),
        configuration: Some("0123".to_owned()),
        vendor_version: Some("libril-sim".to_owned()),
        from_start: true,
        ..Header::default()
    };
    let records = events.into_iter().map(|event| Record::event(Duration::from_millis(3), event)).collect();
    let (out, _) = scrubbed(&trace(&[(header.clone(), records)]), true);
    let (headers, records) = read(&out);
    assert_eq!(headers, [Header { configuration: None, scrubbed: true, ..header }]);
    let zeros = Kept { kind: 2, key: vec![0; 12].into(), value: vec![0; 5].into() };
    let what: Vec<&What> = records.iter().map(|record| &record.what).collect();
    assert_eq!(what[0], &What::Event(Event::Recall(zeros)));
    assert_eq!(what[4], &What::Event(Event::Tick(Nothing {})));
    let What::Event(Event::Remark(Remark { text })) = what[3] else { panic!("{what:?}") };
    assert!(text.len() == 24 && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_lowercase()), "{text}");
    assert!(records.iter().all(|record| record.at == Duration::from_millis(3)));
}

#[test]
fn a_trace_of_the_other_byte_order_is_refused() {
    let other = if cfg!(target_endian = "little") { ByteOrder::Big } else { ByteOrder::Little };
    let mut header = Header::default();
    header.set_byte_order(other);
    header.set_origin(Origin::Tap);
    let trace = trace(&[(header, Vec::new())]);
    let scrubber = Scrubber::new(Key::random().unwrap(), true, |_| None);
    let result =
        scrubber.run(&mut Reader::open(&trace[..]).unwrap(), |header| Writer::new(Vec::new(), header, super::plain()));
    assert!(matches!(result, Err(ScrubError::ByteOrder)));
}

#[test]
fn every_payload_that_a_vector_has_is_read_as_before() {
    for vector in super::support::vectors() {
        let codec: PayloadCodec = vector.codec;
        let before = codec.to_json(&vector.bytes, vector.version).unwrap();
        let row = ril_protocol::messages::REQUESTS.iter().find(|row| row.request.type_name == codec.type_name);
        let Some(row) = row else { continue };
        let mut talk = Talk::default();
        let place = talk.ask(row.code, &vector.bytes);
        let header = Header { ril_version: Some(vector.version.0), ..Header::default() };
        let (out, _) = scrubbed(&trace(&[(header, talk.records)]), true);
        let after = codec.to_json(payload(&read(&out).1[place]), vector.version).unwrap();
        assert_eq!(shape(&before), shape(&after), "{}", vector.name);
    }
}

/// Names, kinds and lengths, without values.
fn shape(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name}:{},", shape(value))).collect()
        }
        serde_json::Value::Array(items) => items.iter().map(shape).collect::<Vec<_>>().join(";"),
        serde_json::Value::String(text) => format!("{}", text.encode_utf16().count()),
        serde_json::Value::Number(_) => "n".to_owned(),
        other => other.to_string(),
    }
}

#[test]
fn in_a_dialect_a_number_is_read_as_what_it_is_there() {
    let entry = RequestEntry { code: 115, is: Some("NV_READ_ITEM".to_owned()), ..RequestEntry::default() };
    let text_of_dialect = DialectText { request: vec![entry], ..DialectText::default() };
    let mut talk = Talk::default();
    // In ril.h 115 opens a channel.
    let code = RequestCode::SIM_OPEN_CHANNEL;
    let request = |talk: &mut Talk, way| talk.frame(way, |out| Request { code, serial: 9, payload: &[] }.put(out));
    let item = text("8675309");
    request(&mut talk, Way::ToModem);
    let modem = talk.frame(Way::FromModem, |out| Reply::new(9, Errno::SUCCESS, &item).put(out));
    request(&mut talk, Way::FromPhone);
    let phone = talk.frame(Way::ToPhone, |out| Reply::new(9, Errno::SUCCESS, &item).put(out));
    let header = Header { ril_version: Some(V.0), dialect: Some("own".to_owned()), ..Header::default() };
    let trace = trace(&[(header, talk.records)]);
    let run = |known: bool| {
        let dialect = Dialect::new(&text_of_dialect).unwrap();
        let dialects = move |name: &str| (known && name == "own").then(|| dialect.clone());
        let scrubber = Scrubber::new(Key::new(b"the key of these tests").unwrap(), true, dialects);
        let mut out = Vec::new();
        let result = scrubber
            .run(&mut Reader::open(&trace[..]).unwrap(), |header| Writer::new(&mut out, header, super::plain()));
        result.map(|_| out)
    };
    assert!(matches!(run(false), Err(ScrubError::Dialect(name)) if name == "own"));
    let records = read(&run(true).unwrap()).1;
    let What::Frame(frame) = &records[modem].what else { panic!("{records:?}") };
    assert_eq!(text_of(&frame.body[12..]), "0000000");
    assert_eq!(payload(&records[phone]), vec![0; item.len()], "who knows which it speaks");
}

#[test]
fn a_file_is_read_as_that_of_its_application() {
    let mut talk = Talk::default();
    let uri = |text: &str| [&[0x80, u8::try_from(text.len()).unwrap()][..], text.as_bytes(), &[0xff]].concat();
    let identity = uri("001010123456789@ims.mnc001.mcc001.3gppnetwork.org");
    let number = uri("tel:+15550100123");
    let isim = Some("A0000000871004FFFFFFFF8906190000");
    let private = read_file_of(&mut talk, isim, 0x6f02, &identity);
    let public = read_file_of(&mut talk, isim, 0x6f04, &number);
    // A table of services in a USIM, the number of the device in a CSIM.
    let services = read_file_of(&mut talk, Some("A0000000871002FF01"), 0x6f38, &[0x9e, 0x6b]);
    let device = read_file_of(&mut talk, Some("A0000003431002FF01"), 0x6f38, &[4, 0x80, 1, 2, 3]);
    let imsi = talk.answer(RequestCode::GET_IMSI, &parcel::encode(&Strings::new(), V), &text("001010123456789"));
    let dialled_number = talk.ask(RequestCode::DIAL, &dial("+15550100123"));
    let scrubbed = talk.scrubbed();
    let imsi = text_of(&scrubbed[imsi]);
    assert_eq!(file_of(&scrubbed[private]), uri(&format!("{imsi}@ims.mnc001.mcc001.3gppnetwork.org")));
    assert_eq!(file_of(&scrubbed[public]), uri(&format!("tel:{}", dialled(&scrubbed[dialled_number]))));
    assert_eq!(file_of(&scrubbed[services]), [0x9e, 0x6b]);
    assert_eq!(file_of(&scrubbed[device]), [0xff; 5]);
}

#[test]
fn an_answer_belongs_to_the_request_of_its_own_client() {
    let mut talk = Talk::default();
    // Never answered, and its client is gone.
    let io = SimIo { command: 0xb0, file_id: 0x6f38, ..SimIo::default() };
    talk.ask(RequestCode::SIM_IO, &parcel::encode(&io, V));
    talk.records.push(Record::event(Duration::ZERO, Event::PhoneUp(Phone { place: 0 })));
    talk.serial = 0;
    let imsi = [&[8][..], &pdus::identity("001010123456789", 1)].concat();
    let place = read_file(&mut talk, 0x6f07, &imsi);
    let other = file_of(&talk.scrubbed()[place]);
    assert!(other.starts_with(&imsi[..3]) && other != imsi, "{other:x?}");
}
