//! What the router reads in a short message: who is at the far end, which parts belong together, and whose business it
//! is. It never looks at the text.
//!
//! Reference: 3GPP TS 23.040, 9.2.2 and 9.2.3; TS 31.111, 7.1.1; 3GPP2 C.S0015-B, 3.4.3.3 for CDMA addresses.

use std::ops::RangeInclusive;

use ril_protocol::payload::cdma::{self, DigitMode, NumberType, SmsMessage};
use ril_protocol::payload::ims::{ImsMessage, ImsSms};
use ril_protocol::payload::{Strings, Text};
use ril_protocol::sms_pdu::{
    self, Addressed, Concatenation, Deliver, Element, Header, MessageClass, ServiceCentre, StatusReport, Submit, Tpdu,
    from_hex, rewrite, to_hex,
};
use ril_protocol::{RequestCode, RilVersion, UnsolCode, parcel};

/// Digits that two ways of writing one number have in common.
const SAME_DIGITS: usize = 8;
/// TP-PID "(U)SIM data download" and "ANSI-136 R-DATA" (TS 23.040, 9.2.3.9): the message is for the SIM.
const FOR_THE_SIM: [u8; 2] = [0x7f, 0x7c];
/// Information elements "(U)SIM toolkit security headers" (TS 23.040, 9.2.3.24).
const SIM_TOOLKIT_ELEMENTS: RangeInclusive<u8> = 0x70..=0x7f;
/// TP-PID of what is for the card or the modem of whoever gets it: also "ME data download" and "ME de-personalization"
/// (TS 23.040, 9.2.3.9).
const FOR_A_DEVICE: RangeInclusive<u8> = 0x7c..=0x7f;
/// Card application toolkit protocol (3GPP2 C.R1001-G, table 2.3).
const CARD_TOOLKIT_TELESERVICE: i32 = 4103;

/// The far end of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FarEnd {
    /// The number as people write it, or the name.
    pub(super) shown: String,
    /// The same for every way of writing the number.
    pub(super) key: String,
}

impl FarEnd {
    /// It is a name: nobody can answer to that, nor be written to by it.
    pub(super) fn is_name(&self) -> bool {
        self.key.starts_with('=')
    }

    fn number(number: String) -> Option<Self> {
        let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
        let key: String = digits[digits.len().saturating_sub(SAME_DIGITS)..].iter().collect();
        (!key.is_empty()).then_some(Self { shown: number, key })
    }

    fn of(address: &sms_pdu::Address) -> Option<Self> {
        match address.name() {
            // No number begins like this.
            Some(name) => Some(Self { key: format!("={name}"), shown: name }),
            None => Self::number(address.to_string()),
        }
    }

    fn of_cdma(address: &cdma::Address) -> Option<Self> {
        // Of either mode, whichever is said: a modem that knows one of them only sends to the same number.
        let digit = |digit: &u8| match digit {
            1..=9 => Some(char::from(b'0' + digit)),
            10 => Some('0'),
            b'0'..=b'9' => Some(char::from(*digit)),
            _ => None,
        };
        let digits: String = address.digits.iter().filter_map(digit).collect();
        let international =
            address.digit_mode == DigitMode::EIGHT_BIT && address.number_type == NumberType::INTERNATIONAL_OR_DATA_IP;
        Self::number(if international { format!("+{digits}") } else { digits })
    }
}

/// What a received message says to the router.
#[derive(Clone, Debug, Default)]
pub(super) struct Incoming {
    /// Who sent it.
    pub(super) originator: Option<FarEnd>,
    /// Which part it is of a longer message.
    pub(super) part: Option<Concatenation>,
    /// It is for the SIM, by way of a phone whose answer the network waits for.
    pub(super) for_the_sim: bool,
}

impl Incoming {
    /// The SMS-DELIVER in a message.
    pub(super) fn deliver(payload: &[u8], version: RilVersion) -> Option<Deliver> {
        Addressed::decode(&pdu_of(payload, version)?).ok().map(|addressed| addressed.tpdu)
    }

    /// Reads as much of a message as can be read.
    pub(super) fn read(code: UnsolCode, payload: &[u8], version: RilVersion) -> Self {
        if code == UnsolCode::RESPONSE_CDMA_NEW_SMS {
            let message = parcel::decode::<SmsMessage>(payload, version).ok();
            let originator = message.and_then(|message| FarEnd::of_cdma(&message.address));
            return Self { originator, ..Self::default() };
        }
        let Some(pdu) = pdu_of(payload, version) else { return Self::default() };
        let originator = rewrite::originating_address(&pdu).ok().and_then(|address| FarEnd::of(&address));
        let Ok(Addressed { tpdu: deliver, .. }) = Addressed::<Deliver>::decode(&pdu) else {
            return Self { originator, ..Self::default() };
        };
        let header = deliver.user_data.header().ok().flatten();
        let toolkit = header.as_ref().is_some_and(is_for_toolkit);
        Self {
            originator,
            part: header.and_then(|header| header.concatenation()),
            for_the_sim: deliver.data_coding.class() == Some(MessageClass::Sim)
                && (toolkit || FOR_THE_SIM.contains(&deliver.protocol_identifier)),
        }
    }
}

/// The same message from this number, as people write it.
pub(super) fn with_originator(code: UnsolCode, payload: &[u8], number: &str, version: RilVersion) -> Option<Vec<u8>> {
    let digits = number.trim_start_matches('+');
    if code == UnsolCode::RESPONSE_CDMA_NEW_SMS {
        let mut message = parcel::decode::<SmsMessage>(payload, version).ok()?;
        let four_bit = message.address.digit_mode == DigitMode::FOUR_BIT;
        message.address.digits = digits
            .bytes()
            .map(|digit| match digit {
                b'0' if four_bit => 10,
                _ if four_bit => digit - b'0',
                _ => digit,
            })
            .collect();
        return Some(parcel::encode(&message, version));
    }
    let pdu = pdu_of(payload, version)?;
    let address = rewrite::originating_address(&pdu).ok()?.with_digits(digits).ok()?;
    let pdu = rewrite::replace_originating_address(&pdu, &address).ok()?;
    Some(parcel::encode(&Some(to_hex(&pdu)), version))
}

/// A message that a phone sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    /// Whom it is for.
    pub(super) recipient: FarEnd,
    /// The sender wants a status report (TP-SRR).
    pub(super) wants_report: bool,
    /// It is one of CDMA.
    pub(super) is_cdma: bool,
}

impl Outgoing {
    /// Reads a request to send; none of one that cannot be read.
    pub(super) fn read(code: RequestCode, payload: &[u8], version: RilVersion) -> Option<Self> {
        match Words::of(code, payload, version)? {
            Words::Cdma(message) => {
                Some(Self { recipient: FarEnd::of_cdma(&message.address)?, wants_report: false, is_cdma: true })
            }
            Words::Gsm(submit) => {
                let recipient = FarEnd::of(&rewrite::destination_address(&submit).ok()?)?;
                let wants_report = Submit::decode(&submit).is_ok_and(|submit| submit.status_report_request);
                Some(Self { recipient, wants_report, is_cdma: false })
            }
        }
    }
}

/// What a request to send has the network carry.
enum Words {
    /// The TPDU.
    Gsm(Vec<u8>),
    Cdma(SmsMessage),
}

impl Words {
    fn of(code: RequestCode, payload: &[u8], version: RilVersion) -> Option<Self> {
        let strings = match code {
            RequestCode::CDMA_SEND_SMS => return parcel::decode(payload, version).ok().map(Self::Cdma),
            RequestCode::IMS_SEND_SMS => match parcel::decode::<ImsSms>(payload, version).ok()?.message {
                ImsMessage::Gsm(strings) => strings,
                ImsMessage::Cdma(message) => return Some(Self::Cdma(message)),
            },
            _ => parcel::decode::<Strings>(payload, version).ok()?,
        };
        // Its arguments are the SMSC address and the TPDU. A library writes them one behind the other, and so the first
        // must end where it says, for what follows is the TPDU to the modem.
        let [service_centre, Some(tpdu), ..] = &strings[..] else { return None };
        let centre = service_centre.as_deref().filter(|centre| !centre.is_empty());
        if centre.is_some_and(|centre| ServiceCentre::from_hex(centre).is_err()) {
            return None;
        }
        from_hex(tpdu).ok().map(Self::Gsm)
    }
}

/// Whether this is a message to people or their applications, as every phone may send: an SMS-SUBMIT that can be read,
/// and neither for the card nor for the modem of whoever gets it. An SMS-COMMAND (TS 23.040, 9.2.3.19) would delete
/// what others have sent, for the service centre knows the SIM alone; and what is for a card may be sent to the own
/// number.
pub(super) fn is_a_message(code: RequestCode, payload: &[u8], version: RilVersion) -> bool {
    match Words::of(code, payload, version) {
        Some(Words::Cdma(message)) => message.teleservice_id != CARD_TOOLKIT_TELESERVICE,
        Some(Words::Gsm(tpdu)) => Submit::decode(&tpdu).is_ok_and(|submit| {
            let is_for_card = |header: Option<Header>| header.as_ref().is_some_and(is_for_toolkit);
            !FOR_A_DEVICE.contains(&submit.protocol_identifier)
                && submit.user_data.header().is_ok_and(|header| !is_for_card(header))
        }),
        None => false,
    }
}

/// Whether this header stands before a command to a card.
fn is_for_toolkit(header: &Header) -> bool {
    let is_such = |element: &Element| matches!(element, Element::Other { identifier, .. } if SIM_TOOLKIT_ELEMENTS.contains(identifier));
    header.elements.iter().any(is_such)
}

/// TP-MR and recipient of a status report.
pub(super) fn report(payload: &[u8], version: RilVersion) -> Option<(u8, FarEnd)> {
    let report = Addressed::<StatusReport>::decode(&pdu_of(payload, version)?).ok()?.tpdu;
    Some((report.message_reference, FarEnd::of(&report.recipient_address)?))
}

/// The same status report about this reference; `None` if that is what it is about.
pub(super) fn with_reference(payload: &[u8], reference: u8, version: RilVersion) -> Option<Vec<u8>> {
    let mut pdu = pdu_of(payload, version)?;
    if rewrite::report_reference(&pdu).ok()? == reference {
        return None;
    }
    rewrite::set_report_reference(&mut pdu, reference).ok()?;
    Some(parcel::encode(&Some(to_hex(&pdu)), version))
}

/// The message in a record of EF_SMS, as `RESPONSE_NEW_SMS` carries it; none if the record is empty, holds something
/// that was not received, or cannot be read (TS 51.011, 10.5.3).
pub(super) fn from_sim_record(record: &[u8], version: RilVersion) -> Option<Vec<u8>> {
    let (status, rest) = record.split_first()?;
    // Bit 1: used; bit 3: sent by this side rather than received.
    if status & 0x05 != 0x01 {
        return None;
    }
    // What follows the message is padding, and where it begins only the message tells.
    let end = (1..=rest.len()).find(|end| Addressed::<Deliver>::decode(&rest[..*end]).is_ok())?;
    Some(parcel::encode(&Some(to_hex(&rest[..end])), version))
}

fn pdu_of(payload: &[u8], version: RilVersion) -> Option<Vec<u8>> {
    from_hex(&parcel::decode::<Text>(payload, version).ok()??).ok()
}
