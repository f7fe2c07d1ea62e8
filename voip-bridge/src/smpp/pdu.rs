//! TPDUs and texts in PDUs of SMPP, and back (SMPP 3.4 sections 4.4, 4.6 and 5.2; TS 23.038).
//!
//! A message of a phone goes as the phone has made it: its header behind the UDH indicator, its alphabet and class in
//! `data_coding`, 7-bit codes unpacked, one to an octet. `data_coding` 0 is the GSM default alphabet, whatever else a
//! service centre might take for its default. Receipts are read from their TLVs, or from the text that appendix B
//! suggests.

use ril_protocol::sms_pdu::{
    Address, Alphabet, Coding, Concatenation, DataCoding, Deliver, Element, Header, MessageClass, Part, Reference,
    Submit, UserData,
};
use rusmpp::pdus::{DeliverSm, SubmitSm};
use rusmpp::tlvs::{MessageSubmissionRequestTlvValue, Tlv, TlvValue};
use rusmpp::types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{
    AddrSubunit, DataCoding as Scheme, EsmClass, MessagePayload, MessageState, Npi, RegisteredDelivery, Ton,
};

use crate::pool::Timestamp;
use crate::texts::{Content, NotSendable, scts};

/// The UDH indicator in `esm_class`.
const UDHI: u8 = 0x40;
/// The bits of `esm_class` that say what kind of message it is: 4 is a receipt, 32 an intermediate notification.
const KIND: u8 = 0x3c;
const RECEIPT: u8 = 0x04;
const NOTIFICATION: u8 = 0x20;

/// What became of a message, by the service centre's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) id: Id,
    /// TP-ST; `None` while the service centre goes on trying.
    pub(super) status: Option<u8>,
}

/// How a receipt names a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Id {
    /// `receipted_message_id` (section 5.3.2.12): as in the answer.
    Tlv(String),
    /// In its text (appendix B).
    Text(String),
}

/// From whom, to whom and how a message is submitted.
pub(crate) struct Envelope<'a> {
    /// Digits of a full number.
    pub(crate) from: &'a str,
    /// Digits of a full number.
    pub(crate) to: &'a str,
    /// For how many seconds the service centre shall try.
    pub(crate) seconds: i64,
    /// Whether it shall say what became of it.
    pub(crate) receipt: bool,
}

/// A message of a phone as the phone has made it.
pub(crate) fn submit(envelope: &Envelope<'_>, submit: &Submit) -> Result<SubmitSm, NotSendable> {
    let (coding, data) = (submit.data_coding, &submit.user_data);
    if coding.is_compressed() {
        return Err(NotSendable::NotText);
    }
    let header = data.header().map_err(|_| NotSendable::Malformed)?;
    let mut octets = header.map_or(Ok(Vec::new()), |header| header.encode()).map_err(|_| NotSendable::Malformed)?;
    match coding.coding() {
        Coding::Gsm7 => octets.extend(data.septets().map_err(|_| NotSendable::Malformed)?),
        Coding::Octets | Coding::Ucs2 => octets.extend(data.payload().map_err(|_| NotSendable::Malformed)?),
    }
    let mut pdu = addressed(envelope)?;
    pdu.esm_class = EsmClass::from(if data.has_header() { UDHI } else { 0 });
    pdu.protocol_id = submit.protocol_identifier;
    pdu.data_coding = Scheme::from(scheme(coding));
    if coding.coding() == Coding::Ucs2 && coding.class() == Some(MessageClass::Flash) {
        // `data_coding` has no class for UCS-2 (SMPP 3.4 section 5.2.19).
        pdu.push_tlv(MessageSubmissionRequestTlvValue::DestAddrSubunit(AddrSubunit::MSDisplay));
    }
    pdu.set_short_message(OctetString::from_vec(octets).map_err(|_| NotSendable::TooLong)?);
    Ok(pdu)
}

/// A whole text.
pub(crate) fn whole(envelope: &Envelope<'_>, text: &str) -> Result<SubmitSm, NotSendable> {
    let mut pdu = addressed(envelope)?;
    let (scheme, octets) = match Alphabet::DEFAULT.encode(text) {
        Ok(codes) => (0x00, codes),
        Err(_) => (0x08, text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    };
    pdu.data_coding = Scheme::from(scheme);
    if octets.len() <= 140 {
        pdu.set_short_message(OctetString::from_vec(octets).map_err(|_| NotSendable::TooLong)?);
    } else {
        let payload = MessagePayload::new(AnyOctetString::from_vec(octets));
        pdu.push_tlv(MessageSubmissionRequestTlvValue::MessagePayload(payload));
    }
    Ok(pdu)
}

/// A text of one SMS, in the default alphabet.
pub(crate) fn short(envelope: &Envelope<'_>, text: &str) -> Result<SubmitSm, NotSendable> {
    let mut pdu = addressed(envelope)?;
    let codes = Alphabet::DEFAULT.encode(text).map_err(|_| NotSendable::NotText)?;
    pdu.set_short_message(OctetString::from_vec(codes).map_err(|_| NotSendable::TooLong)?);
    Ok(pdu)
}

fn addressed(envelope: &Envelope<'_>) -> Result<SubmitSm, NotSendable> {
    let number = |digits: &str| -> Result<COctetString<1, 21>, NotSendable> {
        digits.parse().map_err(|_| NotSendable::Malformed)
    };
    // Relative time: years to seconds, tenths, no zone (section 7.1.1.2).
    let (seconds, minutes) = (envelope.seconds.clamp(1, 99 * 86_400), 60);
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (months, days) = (days / 30, days % 30);
    let period = format!("00{months:02}{days:02}{hours:02}{:02}{:02}000R", seconds / minutes % 60, seconds % 60);
    let mut pdu = SubmitSm::default();
    (pdu.source_addr_ton, pdu.source_addr_npi) = (Ton::International, Npi::Isdn);
    pdu.source_addr = number(envelope.from)?;
    (pdu.dest_addr_ton, pdu.dest_addr_npi) = (Ton::International, Npi::Isdn);
    pdu.destination_addr = number(envelope.to)?;
    // The library's default of this field is a delivery acknowledgement.
    pdu.esm_class = EsmClass::from(0);
    pdu.validity_period = EmptyOrFullCOctetString::from_string(period).map_err(|_| NotSendable::Malformed)?;
    pdu.registered_delivery = RegisteredDelivery::from(u8::from(envelope.receipt));
    Ok(pdu)
}

/// `data_coding` for a TP-DCS (section 5.2.19: the last group is that of TS 23.038).
fn scheme(coding: DataCoding) -> u8 {
    let class = coding.class().map(|class| class as u8);
    match (coding.coding(), class) {
        (Coding::Gsm7, None) => 0x00,
        (Coding::Gsm7, Some(class)) => 0xf0 | class,
        (Coding::Octets, None) => 0x04,
        (Coding::Octets, Some(class)) => 0xf4 | class,
        (Coding::Ucs2, _) => 0x08,
    }
}

/// Who sends it.
pub(super) fn sender(deliver: &DeliverSm) -> Option<String> {
    address(&deliver.source_addr, deliver.source_addr_ton)
}

/// For whom it is.
pub(super) fn recipient(deliver: &DeliverSm) -> Option<String> {
    address(&deliver.destination_addr, deliver.dest_addr_ton)
}

fn address(digits: &COctetString<1, 21>, ton: Ton) -> Option<String> {
    let text = digits.as_str().trim_end_matches('\0');
    let plus = ton == Ton::International && !text.starts_with('+');
    (!text.is_empty()).then(|| format!("{}{text}", if plus { "+" } else { "" }))
}

/// What is in it.
pub(super) fn content(deliver: &DeliverSm, at: Timestamp) -> Result<Content, NotSendable> {
    let payload = tlv(deliver.tlvs(), |value| match value {
        TlvValue::MessagePayload(payload) => Some(payload.value.clone().into_vec()),
        _ => None,
    });
    let octets = payload.unwrap_or_else(|| deliver.short_message().clone().into_vec());
    let (header, body) = if u8::from(deliver.esm_class) & UDHI == 0 {
        (Header::default(), octets.as_slice())
    } else {
        let (header, taken) = Header::decode(&octets).map_err(|_| NotSendable::Malformed)?;
        (header, octets.get(taken..).unwrap_or_default())
    };
    let header = Header::new(segment(deliver.tlvs()).map(Element::Concatenation).into_iter().chain(header.elements));
    let header = Some(header).filter(|header| !header.elements.is_empty());
    let coding = u8::from(deliver.data_coding);
    let (data_coding, user_data) = match coding {
        0x00 | 0xf0..=0xf3 => (DataCoding(coding), UserData::from_septets(header.as_ref(), body)),
        0x02 | 0x04 => (DataCoding::OCTETS, UserData::from_octets(header.as_ref(), body)),
        0xf4..=0xf7 => (DataCoding(coding), UserData::from_octets(header.as_ref(), body)),
        0x08 => (DataCoding::UCS2, UserData::from_octets(header.as_ref(), body)),
        // Latin-1 has ASCII, and the code points of Unicode.
        0x01 | 0x03 if header.is_none() => return Ok(Content::Text(body.iter().copied().map(char::from).collect())),
        _ => return Err(NotSendable::NotText),
    };
    match user_data {
        Ok(user_data) => {
            let from = sender(deliver).ok_or(NotSendable::Malformed)?;
            let from = Address::number(&from).or_else(|_| Address::alphanumeric(&from));
            let from = from.map_err(|_| NotSendable::Malformed)?;
            let part = Part { data_coding, user_data };
            let deliver = Deliver { protocol_identifier: deliver.protocol_id, ..Deliver::new(from, scts(at), part) };
            Ok(Content::Deliver(Box::new(deliver)))
        }
        // More than one SMS, in one piece.
        Err(_) if header.is_none() && coding == 0x00 => Ok(Content::Text(Alphabet::DEFAULT.decode(body))),
        Err(_) if header.is_none() && coding == 0x08 => {
            let units: Vec<u16> = body.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            Ok(Content::Text(String::from_utf16_lossy(&units)))
        }
        Err(_) => Err(NotSendable::TooLong),
    }
}

/// The place of a segment (sections 5.3.2.22 to 5.3.2.24).
fn segment(tlvs: &[Tlv]) -> Option<Concatenation> {
    let reference = tlv(tlvs, |value| if let TlvValue::SarMsgRefNum(value) = value { Some(*value) } else { None })?;
    let total = tlv(tlvs, |value| if let TlvValue::SarTotalSegments(value) = value { Some(*value) } else { None })?;
    let sequence = tlv(tlvs, |value| if let TlvValue::SarSegmentSeqnum(value) = value { Some(*value) } else { None })?;
    let place = Concatenation { reference: Reference::Long(reference), total, sequence };
    place.is_valid().then_some(place)
}

fn tlv<T>(tlvs: &[Tlv], read: impl Fn(&TlvValue) -> Option<T>) -> Option<T> {
    tlvs.iter().filter_map(Tlv::value).find_map(read)
}

/// The receipt that this is, if it is one.
pub(super) fn receipt(deliver: &DeliverSm) -> Option<Receipt> {
    let kind = u8::from(deliver.esm_class) & KIND;
    if kind != RECEIPT && kind != NOTIFICATION {
        return None;
    }
    let text = deliver.short_message().to_str().unwrap_or_default().to_owned();
    let word = |name: &str| {
        let behind = text.split_once(name)?.1;
        behind.split([' ', '\0']).next().filter(|word| !word.is_empty()).map(str::to_owned)
    };
    let named = tlv(deliver.tlvs(), |value| match value {
        TlvValue::ReceiptedMessageId(id) => Some(Id::Tlv(id.as_str().trim_end_matches('\0').to_owned())),
        _ => None,
    });
    let state =
        tlv(deliver.tlvs(), |value| if let TlvValue::MessageState(state) = value { Some(*state) } else { None });
    let id = named.or_else(|| word("id:").map(Id::Text))?;
    let status = match state {
        Some(state) => status_of(state),
        None => status_of(state_of(&word("stat:")?)),
    };
    Some(Receipt { id, status })
}

fn state_of(state: &str) -> MessageState {
    match state {
        "DELIVRD" => MessageState::Delivered,
        "EXPIRED" => MessageState::Expired,
        "DELETED" => MessageState::Deleted,
        "UNDELIV" => MessageState::Undeliverable,
        "ACCEPTD" => MessageState::Accepted,
        "REJECTD" => MessageState::Rejected,
        "ENROUTE" => MessageState::Enroute,
        _ => MessageState::Unknown,
    }
}

/// TP-ST (TS 23.040 section 9.2.3.15) of a message state (section 5.2.28).
fn status_of(state: MessageState) -> Option<u8> {
    match state {
        MessageState::Delivered => Some(0x00),
        MessageState::Accepted => Some(0x01),
        MessageState::Expired => Some(0x46),
        MessageState::Deleted => Some(0x48),
        MessageState::Undeliverable => Some(0x43),
        MessageState::Rejected => Some(0x42),
        MessageState::Scheduled | MessageState::Enroute => None,
        _ => Some(0x40),
    }
}
