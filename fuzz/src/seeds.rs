//! Inputs to start from, for each target.

use std::time::Duration;

use caller_tag::link::seal::{DeviceName, Key, Knock};
use caller_tag::link::{CallIntent, Hint, Phones, TEXT_ID, Text, TextDeliver, to_device, to_service};
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::parcel::encode;
use ril_protocol::sms_pdu::from_hex;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use ril_sap::{ApduRequest, ConnectRequest, Header as Sap, MsgId, bytes};
use ril_trace::format::{Event, Header, Options, Phone, Reader, Record, Way, Writer};
use vendor_shim::hostile_seeds;

use crate::capture::export;
use crate::payloads::input;
use crate::support::{Vector, vectors};
use crate::trace_file::options;

/// A session with a frame and an event, exported; and a segment to a rild, in a capture of TCP.
pub fn capture() -> Vec<Vec<u8>> {
    let traces = trace_file();
    let exported = traces.iter().take(1).map(|file| {
        let reader = Reader::open(&file[..]).ok();
        let items =
            reader.into_iter().flat_map(|mut reader| std::iter::from_fn(move || reader.next_item().ok().flatten()));
        export(&items.collect::<Vec<_>>())
    });
    let mut greeting = Vec::new();
    Unsolicited::new(UnsolCode::RIL_CONNECTED, &encode(&vec![12], RilVersion::COMMON)).put(&mut greeting);
    // pcap of bare IP: a file header, a packet header, IPv4, TCP.
    let mut tcp: Vec<u8> =
        [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, 101, 5, 6, 60, 60].map(u32::to_le_bytes).concat();
    tcp.extend([0x45, 0, 0, 60, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 2, 192, 0, 2, 1]);
    tcp.extend([0x23, 0x28, 0x9c, 0x40, 0, 0, 0, 100, 0, 0, 0, 1, 0x50, 0x10, 255, 255, 0, 0, 0, 0]);
    tcp.extend(greeting);
    exported.chain([tcp]).collect()
}

/// Every payload vector of ril-protocol: to C and back, changed in C, and zeros and NULL in its place. Then what was
/// found.
pub fn conversions() -> Vec<Vec<u8>> {
    let inputs = |vector: Vector| hostile_seeds(vector.direction, vector.row, vector.version, &vector.bytes);
    // So many zeros are a modem without technologies, which reads as a SIM slot.
    let modem = hostile_seeds("unsolicited", "HARDWARE_CONFIG_CHANGED", RilVersion(9), &[0; 136]);
    vectors().into_iter().flat_map(inputs).chain(modem).collect()
}

/// A conversation in both directions, and its beginning.
pub fn frame() -> Vec<Vec<u8>> {
    let mut stream = Vec::new();
    let version = encode(&vec![12], RilVersion::COMMON);
    Unsolicited::new(UnsolCode::RIL_CONNECTED, &version).put(&mut stream);
    Request { code: RequestCode::DIAL, serial: 7, payload: b"12345678" }.put(&mut stream);
    Reply::new(7, Errno::SUCCESS, &[]).put(&mut stream);
    Message::Ack { serial: 8 }.put(&mut stream);
    vec![stream[..20].to_vec(), stream]
}

/// The messages that hold most, from either side, and the hello of a device.
pub fn link_messages() -> Vec<Vec<u8>> {
    let number = || "+15550199999".to_owned();
    let intent = CallIntent { id: 1, tag: 2, target: number(), withheld: true, valid_ms: 30_000 };
    let text = Text { id: vec![7; TEXT_ID], tag: 1, recipient: number(), tpdu: vec![1; 20] };
    let hint = Hint { id: 5, caller: number(), presented: "+155501999992".into(), tag: 2, valid_ms: 20_000 };
    let deliver = TextDeliver { id: vec![9; TEXT_ID], tag: 1, tpdu: vec![4; 20] };
    let mut hello = Vec::new();
    if let (Ok(name), Ok(key)) = ("phone".parse::<DeviceName>(), Key::parse(&"01".repeat(32))) {
        let knocked = Knock::new(&name, &key, 1, &mut hello);
        debug_assert!(knocked.is_ok());
    }
    vec![
        to_service(to_service::Say::CallIntent(intent)),
        to_service(to_service::Say::Text(text)),
        to_service(to_service::Say::Phones(Phones { available: vec![0, 2] })),
        to_device(to_device::Say::Hint(hint)),
        to_device(to_device::Say::TextDeliver(deliver)),
        hello,
    ]
}

/// Each thing that can happen to a record, in turn, and then all of them.
pub fn link_records() -> Vec<Vec<u8>> {
    let cut_twice = b"\0qq\0q\0".to_vec();
    vec![vec![0, 3, 0, 5, 0, 9], vec![0, 3, 1, 2, 0, 3], vec![0, 3, 2, 0, 3, 1, 4, 2, 5, 0], cut_twice]
}

/// One of every kind of value.
pub fn parcel() -> Vec<Vec<u8>> {
    let v = RilVersion::COMMON;
    let texts = vec![Some("+15550100".to_owned()), None];
    let values = [encode(&texts, v), encode(&texts[0], v), encode(&5_i64, v), encode(&9_u8, v), encode(&[1_u32; 3], v)];
    vec![[&[5, 5, 3, 1, 2, 6][..], &values.concat()].concat()]
}

/// The payload vectors of ril-protocol.
pub fn payloads() -> Vec<Vec<u8>> {
    vectors().iter().filter_map(|vector| input(vector.codec.type_name, vector.version, &vector.bytes)).collect()
}

/// An operation of each kind, and then all of them among three phones.
pub fn router_events() -> Vec<Vec<u8>> {
    let ops: Vec<Vec<u8>> = (0..16_u8).map(|kind| vec![kind, kind % 3, kind, 0, 1, 4, kind % 2, 0, 0, 0]).collect();
    vec![[&[2, 1], &ops.concat()[..]].concat(), [&[3, 2], &ops.concat().repeat(2)[..]].concat()]
}

/// Every verb, and what can go wrong with files.
pub fn scenarios() -> Vec<Vec<u8>> {
    let verbs = "# A call.\nparam who 5550199\nmodem --radio on --pin 1234\nwhen registered within 5s\ncall $who\n\
                 expect told CALL_RING\nexpect no 2 DIAL address=${who}* within 200ms\nhangup #1\nat 1.5s\nafter 1m\n\
                 expect answer ANSWER errno=SUCCESS\nwhen quiet 2s\nexpect says \"calls\" \"#1 *\"\n";
    let files = "repeat 2 as n\nrepeat 3\nsms send 555 $n for 5$$\nend\nend\ninclude s who=1\nreply GET_IMEI \"1\"\n";
    [verbs, files].map(|text| text.as_bytes().to_vec()).to_vec()
}

const DESCRIPTION: &str = "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
                           m=audio 6000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";

/// A plain offer, and one with more in it.
pub fn session_descriptions() -> Vec<Vec<u8>> {
    let more = "m=video 7000/2 RTP/AVP 31\r\nc=IN IP6 2001:db8::1\r\na=rtcp:9\r\na=candidate:1 1 UDP 1 192.0.2.1 9 typ host\r\n";
    // Not a candidate, but what looks like one within another attribute.
    let within = "a=x 10a=candidate:1 1 UDP 1 192.0.2.1 9 typ host\r\n";
    vec![DESCRIPTION.into(), format!("{DESCRIPTION}{more}").into(), format!("{DESCRIPTION}{within}").into()]
}

/// A call with a password, an asserted caller and an offer; a reason; and what a phone may dial.
pub fn sip_requests() -> Vec<Vec<u8>> {
    let invite = format!(
        "INVITE sip:+15550100001;npdi@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\nFrom: \"A\" <sip:03012345678@192.0.2.1>;tag=1\r\nTo: <sip:+15550100001@192.0.2.9>\r\n\
         Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.1>\r\nRequire: timer, 100rel\r\n\
         P-Asserted-Identity: <sip:+493012345678@192.0.2.1>, <tel:+493012345678>\r\nSession-Expires: 1800;refresher=uac\r\n\
         Authorization: Digest username=\"trunk\", realm=\"voip\", nonce=\"n\", uri=\"sip:+15550100001;npdi@192.0.2.9\", \
         response=\"0\", algorithm=MD5, cnonce=\"c\", qop=auth, nc=00000001\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{DESCRIPTION}",
        DESCRIPTION.len()
    );
    let texts = ["SIP;cause=480, Q.850;cause=19;text=\"no answer\"", "00493012345678", "*0493012345678", "19005551234"];
    std::iter::once(invite.as_str()).chain(texts).map(|text| text.as_bytes().to_vec()).collect()
}

/// Speech, and a digit that is sent twice; digits in INFO.
pub fn speech_and_digits() -> Vec<Vec<u8>> {
    let packet = |kind: u8, timestamp: u8, payload: &[u8]| {
        let mut packet = vec![0x80, kind, 0, 1, 0, 0, 0, timestamp, 0, 0, 0, 9];
        packet.extend(payload);
        [&[packet.len() as u8][..], &packet].concat()
    };
    let digit = packet(101, 5, &[7, 0x8a, 0, 160]);
    vec![
        [packet(8, 1, &[0x55; 20]), digit.clone(), digit].concat(),
        b"Signal=5\r\nDuration=160\r\n".into(),
        b"#".into(),
    ]
}

/// A message received, one sent, and a report.
pub fn sms_pdu() -> Vec<Vec<u8>> {
    let pdus = [
        "07914151551512f2040B916105551511f100006060605130308A04D4F29C0E",
        "11000891515521430000A71AE8329BFD0699E5EF36E86D7EBBDFA0B7BD2C07C9D36C32",
        "0006D60B911326880736F4111011719551401110117195714000",
    ];
    pdus.iter().filter_map(|pdu| from_hex(pdu).ok()).collect()
}

/// A session with a command, one that is left open, and what is refused.
pub fn sap() -> Vec<Vec<u8>> {
    let connect = bytes(&ConnectRequest { max_message_size: Some(300) });
    let apdu = bytes(&ApduRequest { form: Some(0), command: Some(vec![0xa0, 0xa4, 0, 0, 2, 0x3f, 0]) });
    let stream = |said: &[Sap]| {
        let mut stream = Vec::new();
        said.iter().for_each(|header| header.put(&mut stream));
        stream
    };
    let open = Sap::request(1, MsgId::CONNECT, connect);
    let command = Sap::request(2, MsgId::APDU, apdu);
    let close = Sap::request(3, MsgId::DISCONNECT, Vec::new());
    let power = Sap::request(4, MsgId::POWER, vec![8, 1]);
    let unknown = Sap::request(5, MsgId(77), vec![1]);
    vec![
        stream(&[open.clone(), command.clone(), close]),
        stream(&[command.clone(), open, command.clone(), command]),
        stream(&[power, unknown, Sap::unsolicited(MsgId::STATUS, vec![8, 3])]),
    ]
}

/// Two sessions with frames, an event and a flush, compressed and not.
pub fn trace_file() -> Vec<Vec<u8>> {
    let write = |options| {
        let header = Header { program: "seed".to_owned(), phones: vec!["work".to_owned()], ..Default::default() };
        let mut writer = Writer::new(Vec::new(), &header, options)?;
        writer.write(&Record::event(Duration::ZERO, Event::PhoneUp(Phone { place: 0 })))?;
        writer.write(&Record::frame(Duration::from_millis(1), Way::FromPhone, Some(0), vec![5; 20]))?;
        writer.set_clock(Duration::from_millis(2), 1_000)?;
        writer.write(&Record::frame(Duration::from_millis(2), Way::FromModem, None, vec![6; 20]))?;
        writer.begin_session(&header)?;
        writer.write(&Record::frame(Duration::ZERO, Way::ToPhone, Some(0), Vec::new()))?;
        writer.finish().map(|_| writer.into_inner())
    };
    [options(), Options::default()].into_iter().filter_map(|with| write(with).ok()).collect()
}

/// A conversation as each kind of source has it, behind the place of the kind in the list of all.
pub fn trace_import() -> Vec<Vec<u8>> {
    let mut request = Vec::new();
    Request { code: RequestCode::GET_IMEI, serial: 1, payload: &[] }.put(&mut request);
    let pairs = |joiner: &str, prefix: &str| {
        request.iter().map(|byte| format!("{prefix}{byte:02x}")).collect::<Vec<_>>().join(joiner)
    };
    let head = "{\"at_ns\": 1, \"way\": \"FROM_PHONE\", \"phone\": 0, \"head\": \"2600000001000000\"}";
    let jsonl = format!(
        "{{\"session\": {{\"phones\": [\"work\"]}}}}\n{head}\n{{\"at_ns\": 2, \"event\": {{\"phone_up\": \"work\"}}}}\n"
    );
    let relay =
        format!("{{\"t\": 0.5, \"dir\": \"open\"}}\n{{\"t\": 1, \"dir\": \"c2s\", \"hex\": \"{}\"}}\n", pairs("", ""));
    let ofono = format!("ofonod[7]: Device 0: > {}  ....\n", pairs(" ", ""));
    let strace = format!(
        "10 14:00:00.1 socket(AF_UNIX, SOCK_STREAM, 0) = 3\n\
         10 14:00:00.2 connect(3, {{sa_family=AF_UNIX, sun_path=\"/dev/rild\"}}, 11) = 0\n\
         10 14:00:00.3 write(3, \"{0}\", 12 <unfinished ...>\n10 14:00:00.4 <... write resumed>) = 12\n\
         10 14:00:00.5 fork() = 11\n11 14:00:00.6 dup2(3, 5) = 5\n\
         11 14:00:00.7 writev(5, [{{iov_base=\"{0}\"..., iov_len=40}}], 1) = 40\n11 14:00:00.8 close(3) = 0\n\
         11 14:00:00.9 +++ exited with 0 +++\n",
        pairs("", "\\x")
    );
    let logcat = "11-28 14:00:00.1  1  2 D RILJ    : [0001]> GET_IMEI [SUB0]\n\
                  11-28 14:00:00.2  1  2 D RILJ    : [0001]< GET_IMEI error: X: GENERIC_FAILURE ret= [SUB1]\n\
                  D/RILC(9): [0002]> SCREEN_STATE (1,0)\nD/RILJ(9): [UNSL]< UNSOL_RESPONSE_NETWORK_STATE_CHANGED\n";
    let sources = [jsonl, relay, ofono, strace, logcat.to_owned()];
    (0..).zip(sources).map(|(kind, source)| [&[kind], source.as_bytes()].concat()).collect()
}

#[cfg(test)]
mod tests {
    /// Runs `body` over every seed, over its beginnings, and with each byte changed in turn.
    fn exercise(seeds: &[Vec<u8>], body: impl Fn(&[u8])) {
        assert!(!seeds.is_empty());
        for seed in seeds {
            body(seed);
            for at in 0..seed.len() {
                body(&seed[..at]);
                for value in [0, 1, 0x7f, 0x80, 0xff, !seed[at]] {
                    let mut bent = seed.clone();
                    bent[at] = value;
                    body(&bent);
                }
            }
        }
    }

    #[test]
    fn capture() {
        let seeds = super::capture();
        assert_eq!(seeds.len(), 2);
        exercise(&seeds, crate::capture);
    }

    #[test]
    fn conversions() {
        exercise(&super::conversions(), crate::conversions);
    }

    #[test]
    fn frame() {
        exercise(&super::frame(), crate::frame);
    }

    #[test]
    fn link_messages() {
        exercise(&super::link_messages(), crate::link_messages);
    }

    #[test]
    fn link_records() {
        exercise(&super::link_records(), crate::link_records);
    }

    #[test]
    fn parcel() {
        exercise(&super::parcel(), crate::parcel);
    }

    #[test]
    fn payloads() {
        exercise(&super::payloads(), crate::payloads);
    }

    #[test]
    fn router_events() {
        exercise(&super::router_events(), crate::router_events);
    }

    #[test]
    fn trace_file() {
        let seeds = super::trace_file();
        assert_eq!(seeds.len(), 2);
        exercise(&seeds, crate::trace_file);
    }

    #[test]
    fn sap() {
        exercise(&super::sap(), crate::sap);
    }

    #[test]
    fn scenarios() {
        exercise(&super::scenarios(), crate::scenarios);
    }

    #[test]
    fn trace_import() {
        let seeds = super::trace_import();
        let frames = |seed: &Vec<u8>| crate::trace_import(seed);
        assert_eq!(seeds.iter().map(frames).collect::<Vec<_>>(), [1, 1, 1, 2, 3], "each seed is a source");
        exercise(&seeds, |input| {
            crate::trace_import(input);
        });
    }

    #[test]
    fn session_descriptions() {
        exercise(&super::session_descriptions(), crate::session_descriptions);
    }

    #[test]
    fn sip_requests() {
        exercise(&super::sip_requests(), crate::sip_requests);
    }

    #[test]
    fn speech_and_digits() {
        exercise(&super::speech_and_digits(), crate::speech_and_digits);
    }

    #[test]
    fn sms_pdu() {
        let seeds = super::sms_pdu();
        assert_eq!(seeds.len(), 3);
        exercise(&seeds, crate::sms_pdu);
    }
}
