//! What is on the card when it leaves the factory: files of TS 51.011 and TS 31.102 with sensible contents.

use ril_protocol::card;
use ril_protocol::payload::sim::AppType;

use super::SimConfig;
use super::file_system::{Access, Content, Directory, File};
use crate::model::emergency::EmergencyNumber;
use crate::model::network::Operator;
use crate::model::numbers::{international, packed, unpacked};

/// Length of a stored message: its status and up to 175 octets (TS 51.011, 10.5.3).
pub const SMS_RECORD: usize = 176;
const SMS_RECORDS: usize = 20;
/// Alpha identifier in front of a number.
const ALPHA: usize = 18;
const SMSP_ALPHA: usize = 12;
const PHONEBOOK_RECORDS: usize = 50;
const FDN_RECORDS: usize = 10;

/// A SIM has room for this many emergency numbers (TS 51.011, 10.3.27); the USIM of the same card for as many.
pub const MAX_EMERGENCY_NUMBERS: usize = 5;

/// The files of a new card.
pub fn factory(config: &SimConfig, operator: &Operator, smsc: &str) -> Vec<File> {
    use Access::{Always, Operator as Issuer, Pin1, Pin2};
    use Directory::{Application, Gsm, Master, Telecom};
    let usim = config.app == AppType::USIM;
    let plmn = plmn(&operator.numeric);
    let file = |directory, id, read, write, content| File { id, directory, read, write, content };
    let bytes = |bytes: &[u8]| Content::Transparent(bytes.to_vec());
    let language = if usim { bytes(b"en\xff\xff") } else { bytes(&[0x01, 0xff]) };
    let emergency = &config.emergency;
    let own = number_record("Own number", &config.msisdn);
    let mut files = vec![
        file(Master, card::EF_DIR, Always, Issuer, records(&[application_template(config)])),
        file(Master, card::EF_PL, Always, Pin1, bytes(b"en\xff\xff")),
        file(Master, card::EF_ICCID, Always, Issuer, Content::Transparent(packed(&config.iccid))),
        file(Telecom, card::EF_ADN, Pin1, Pin1, blank_records(PHONEBOOK_RECORDS, ALPHA + 14, 0xff)),
        file(Telecom, card::EF_FDN, Pin1, Pin2, blank_records(FDN_RECORDS, ALPHA + 14, 0xff)),
        file(Telecom, card::EF_SMS, Pin1, Pin1, Content::Records(vec![free_sms_record(); SMS_RECORDS])),
        file(Telecom, card::EF_MSISDN, Pin1, Pin1, records(&[own])),
        file(Telecom, card::EF_SMSP, Pin1, Pin1, records(&[service_centre_record(smsc)])),
        file(Telecom, card::EF_SMSS, Pin1, Pin1, bytes(&[0xff, 0xff])),
        file(Telecom, card::EF_SDN, Pin1, Issuer, blank_records(2, ALPHA + 14, 0xff)),
        file(Telecom, card::EF_EXT1, Pin1, Pin1, blank_records(5, 13, 0xff)),
        file(Application, card::EF_LI, Always, Pin1, language),
        file(Application, card::EF_IMSI, Pin1, Issuer, Content::Transparent(imsi(&config.imsi))),
        file(Application, card::EF_KC, Pin1, Pin1, bytes(&[0xff; 9])),
        file(Application, card::EF_HPPLMN, Pin1, Issuer, bytes(&[0x05])),
        file(Application, card::EF_UST, Pin1, Issuer, Content::Transparent(service_table(usim))),
        file(Application, card::EF_GID1, Pin1, Issuer, bytes(&[0xff])),
        file(Application, card::EF_CBMI, Pin1, Pin1, bytes(&[0xff; 10])),
        file(Application, card::EF_SPN, Always, Issuer, Content::Transparent(provider_name(&config.spn))),
        file(Application, card::EF_CBMIR, Pin1, Pin1, bytes(&[0xff; 16])),
        file(Application, card::EF_EST, Pin1, Pin2, bytes(&[0x00])),
        file(Application, card::EF_ACC, Pin1, Issuer, bytes(&[0x00, 0x01])),
        file(Application, card::EF_FPLMN, Pin1, Pin1, bytes(&[0xff; 12])),
        file(Application, card::EF_LOCI, Pin1, Pin1, bytes(&[0xff; 11])),
        file(Application, card::EF_AD, Always, Issuer, bytes(&[0, 0, 0, config.mnc_length])),
        file(Application, card::EF_PHASE, Always, Issuer, bytes(&[0x03])),
        file(Application, card::EF_PNN, Always, Issuer, records(&[network_name(&operator.long)])),
        file(
            Application,
            card::EF_OPL,
            Always,
            Issuer,
            records(&[[&plmn[..], &[0x00, 0x00, 0xff, 0xfe, 0x01]].concat()]),
        ),
        file(Application, card::EF_MBDN, Pin1, Pin1, records(&[number_record("Voicemail", &config.voicemail)])),
        file(Application, card::EF_MBI, Pin1, Pin1, records(&[vec![1, 0, 0, 0]])),
        file(Application, card::EF_MWIS, Pin1, Pin1, records(&[vec![0; 5]])),
        file(Application, card::EF_CFIS, Pin1, Pin1, records(&[[&[1, 0][..], &[0xff; 14]].concat()])),
        file(Application, card::EF_SPDI, Pin1, Issuer, Content::Transparent([&[0xa3, 5, 0x80, 3][..], &plmn].concat())),
    ];
    if usim {
        files.push(file(Application, card::EF_ECC, Always, Issuer, emergency_records(emergency)));
        files.push(file(Gsm, card::EF_ECC, Always, Issuer, emergency_octets(emergency)));
    } else {
        files.push(file(Application, card::EF_ECC, Always, Issuer, emergency_octets(emergency)));
    }
    files
}

/// A record of EF_SMS that holds no message.
pub fn free_sms_record() -> Vec<u8> {
    let mut record = vec![0xff; SMS_RECORD];
    record[0] = 0;
    record
}

/// A record of EF_SMSP with nothing but the service centre and the defaults (TS 51.011, 10.5.6).
pub fn service_centre_record(smsc: &str) -> Vec<u8> {
    let mut record = vec![0xff; SMSP_ALPHA];
    // Present: service centre, protocol identifier, coding scheme, validity.
    record.push(0xe1);
    record.extend([0xff; 12]);
    let mut address = bcd_number(smsc);
    address.resize(12, 0xff);
    record.extend(address);
    record.extend([0x00, 0x00, 0xad]);
    record
}

/// The number in a record of a phone book file; `None` for a free record.
pub fn record_number(record: &[u8]) -> Option<String> {
    let number = record.get(record.len().checked_sub(14)?..)?;
    let length = usize::from(*number.first()?).checked_sub(1).filter(|length| *length <= 10)?;
    let plus = if number.get(1)? & 0x70 == 0x10 { "+" } else { "" };
    let digits = unpacked(number.get(2..2 + length)?);
    Some(format!("{plus}{digits}"))
}

/// A number in front of its name (TS 51.011, 10.5.1).
fn number_record(name: &str, number: &str) -> Vec<u8> {
    let mut record: Vec<u8> = name.bytes().take(ALPHA).collect();
    record.resize(ALPHA, 0xff);
    let mut address = bcd_number(number);
    address.resize(14, 0xff);
    record.extend(address);
    record
}

/// Length, type of number, digits. No more digits than the ten octets of a record hold.
fn bcd_number(number: &str) -> Vec<u8> {
    let digits: Vec<u8> = packed(number).into_iter().take(10).collect();
    if digits.is_empty() {
        return Vec::new();
    }
    let length = u8::try_from(digits.len() + 1).unwrap_or(u8::MAX);
    let kind = if international(number) { 0x91 } else { 0x81 };
    [&[length, kind][..], &digits].concat()
}

fn records(records: &[Vec<u8>]) -> Content {
    Content::Records(records.to_vec())
}

fn blank_records(count: usize, length: usize, filler: u8) -> Content {
    Content::Records(vec![vec![filler; length]; count])
}

/// Length, then the digits behind a parity half octet (TS 51.011, 10.3.2).
fn imsi(imsi: &str) -> Vec<u8> {
    let parity = if imsi.len() % 2 == 1 { '9' } else { '1' };
    let digits = packed(&format!("{parity}{imsi}"));
    let mut file = vec![u8::try_from(digits.len()).unwrap_or(u8::MAX)];
    file.extend(digits);
    file.resize(9, 0xff);
    file
}

/// Three octets of country and network code (TS 24.008, 10.5.1.3).
pub fn plmn(numeric: &str) -> [u8; 3] {
    let digit = |at: usize| numeric.as_bytes().get(at).filter(|c| c.is_ascii_digit()).map_or(0xf, |c| c - b'0');
    [digit(0) | digit(1) << 4, digit(2) | digit(5) << 4, digit(3) | digit(4) << 4]
}

/// Display condition (this name alone will do in the home network) and name (TS 51.011, 10.3.11).
fn provider_name(name: &str) -> Vec<u8> {
    let mut file = vec![0x00];
    file.extend(name.bytes().take(16));
    file.resize(17, 0xff);
    file
}

/// Full name for network, UCS2 (TS 24.008, 10.5.3.5a).
fn network_name(name: &str) -> Vec<u8> {
    let text: Vec<u8> = name.encode_utf16().take(20).flat_map(u16::to_be_bytes).collect();
    let mut record = vec![0x43, u8::try_from(text.len() + 1).unwrap_or(u8::MAX), 0x90];
    record.extend(text);
    record.resize(48, 0xff);
    record
}

/// EF_ECC of a SIM: three octets for each number, free ones filled up (TS 51.011, 10.3.27).
pub fn emergency_octets(numbers: &[EmergencyNumber]) -> Content {
    Content::Transparent(emergency_slots(numbers).into_iter().flat_map(|(octets, _)| octets).collect())
}

/// EF_ECC of a USIM: a record for each number, with an empty name and a category (TS 31.102, 4.2.21).
pub fn emergency_records(numbers: &[EmergencyNumber]) -> Content {
    let record = |(octets, category): ([u8; 3], u8)| [&octets[..], &[category]].concat();
    Content::Records(emergency_slots(numbers).into_iter().map(record).collect())
}

fn emergency_slots(numbers: &[EmergencyNumber]) -> [([u8; 3], u8); MAX_EMERGENCY_NUMBERS] {
    let mut slots = [([0xff; 3], 0xff); MAX_EMERGENCY_NUMBERS];
    for ((octets, category), number) in slots.iter_mut().zip(numbers) {
        octets.iter_mut().zip(packed(&number.digits)).for_each(|(octet, digits)| *octet = digits);
        *category = number.category;
    }
    slots
}

/// The numbers of EF_ECC in either layout.
pub fn read_emergency_numbers(content: &Content) -> Vec<EmergencyNumber> {
    let read = |slot: &[u8], category| {
        let digits = unpacked(slot.get(..3)?);
        (!digits.is_empty()).then_some(EmergencyNumber { digits, category })
    };
    match content {
        Content::Transparent(octets) => octets.chunks(3).filter_map(|slot| read(slot, 0)).collect(),
        Content::Records(records) => {
            records.iter().filter_map(|record| read(record, record.last().copied().unwrap_or_default())).collect()
        }
    }
}

/// Which services the card has: two bits each on a SIM (TS 51.011, 10.3.7), one on a USIM (TS 31.102, 4.2.8).
fn service_table(usim: bool) -> Vec<u8> {
    const SIM: [usize; 14] = [1, 2, 3, 4, 9, 10, 12, 14, 17, 30, 51, 52, 53, 54];
    const USIM: [usize; 14] = [1, 2, 10, 12, 15, 16, 19, 21, 45, 46, 47, 48, 49, 51];
    let mut table = vec![0_u8; 15];
    for service in if usim { USIM } else { SIM } {
        let (per_octet, bits) = if usim { (8, 0b1) } else { (4, 0b11) };
        let at = service - 1;
        table[at / per_octet] |= bits << (at % per_octet * (8 / per_octet));
    }
    table
}

/// Identifier and label of the application (ETSI TS 102 221, 13.1).
fn application_template(config: &SimConfig) -> Vec<u8> {
    let aid = ril_protocol::hex::from_hex(&config.aid).unwrap_or_default();
    let label = config.label();
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let inner = [&[0x4f, length(&aid)][..], &aid, &[0x50, length(label.as_bytes())], label.as_bytes()].concat();
    let mut record = [&[0x61, length(&inner)][..], &inner].concat();
    record.resize(38, 0xff);
    record
}
