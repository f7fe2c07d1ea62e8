//! Short messages: one owner each, and one at a time at the modem.
//!
//! The modem keeps a received message until it is acknowledged and hands over no other meanwhile, so the router lets
//! the owner's acknowledgement through and no other. A message whose owner does not take it in time is refused with
//! "memory capacity exceeded": the network then keeps it and tries again (3GPP TS 23.040, 9.2.3.22), and the messages
//! of other phones are not held up. Sent messages are remembered by their reference, so that their status reports find
//! the sender, and by their recipient, so that an answer finds the phone that wrote.

mod requests;
mod unsolicited;

use std::collections::VecDeque;
use std::time::Duration;

use ril_protocol::parcel;
use ril_protocol::payload::cdma::SmsAck;
use ril_protocol::payload::sms::SmsResponse;
use ril_protocol::payload::{Strings, Text};
use ril_protocol::sms_pdu::{self, from_hex, rewrite, to_hex};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

use super::PhoneId;
use super::calls::Shown;
use super::order::Order;
use super::phones::Phones;
use super::shared::Switch;
use super::tags::TagReader;

/// How long a phone may take before the network is asked to try again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Modems keep one or a few messages unacknowledged; one that sends more than this is not worth believing.
const MOST_WAITING: usize = 64;
/// TP-Failure-Cause of 3GPP TS 23.040, 9.2.3.22.
const MEMORY_CAPACITY_EXCEEDED: i32 = 0xd3;
/// How many recipients are remembered.
const MOST_RECIPIENTS: usize = 256;

/// A received message or status report on its way to its owner.
#[derive(Debug)]
pub(in crate::router) struct Received {
    pub(in crate::router) owner: PhoneId,
    pub(in crate::router) code: UnsolCode,
    pub(in crate::router) payload: Vec<u8>,
    /// As the modem sent it, to know it again.
    original: Vec<u8>,
    /// When patience ends; set when it becomes the first.
    deadline: Duration,
    /// The client that it was handed to.
    pub(in crate::router) given_to: Option<u32>,
}

impl Received {
    /// Whether this request is the kind that acknowledges this kind of message.
    pub(in crate::router) fn is_acknowledged_by(&self, request: RequestCode) -> bool {
        (request == RequestCode::CDMA_SMS_ACKNOWLEDGE) == (self.code == UnsolCode::RESPONSE_CDMA_NEW_SMS)
    }
}

/// All received messages that are not acknowledged yet, and what is known of sent ones.
#[derive(Debug)]
pub(in crate::router) struct Messages {
    waiting: VecDeque<Received>,
    /// Sender of each TP-Message-Reference.
    senders: [Option<PhoneId>; 256],
    /// Recipients' last digits and who wrote to them last, newest first.
    recipients: VecDeque<(String, PhoneId)>,
    /// Whether there is room for short messages.
    memory: Switch,
}

impl Messages {
    pub(in crate::router) fn new(phones: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            senders: [None; 256],
            recipients: VecDeque::new(),
            memory: Switch::new(phones),
        }
    }

    /// What the client of this phone wanted is over with it.
    pub(in crate::router) fn forget_wishes(&mut self, phone: PhoneId) {
        self.memory.forget(phone);
    }

    /// The message that the modem waits to be acknowledged.
    pub(in crate::router) fn first(&self) -> Option<&Received> {
        self.waiting.front()
    }

    pub(in crate::router) fn first_mut(&mut self) -> Option<&mut Received> {
        self.waiting.front_mut()
    }

    /// Takes a message in. False if it is one that waits already: modems repeat what is not acknowledged.
    pub(in crate::router) fn receive(
        &mut self,
        now: Duration,
        code: UnsolCode,
        payload: &[u8],
        owned: (PhoneId, Vec<u8>),
    ) -> bool {
        if self.waiting.len() >= MOST_WAITING || self.waiting.iter().any(|known| known.original == payload) {
            return false;
        }
        let (owner, shown) = owned;
        let original = payload.to_vec();
        self.waiting.push_back(Received {
            owner,
            code,
            payload: shown,
            original,
            deadline: now + PATIENCE,
            given_to: None,
        });
        true
    }

    /// The first message is acknowledged, one way or the other.
    pub(in crate::router) fn finish(&mut self, now: Duration) -> Option<Received> {
        let done = self.waiting.pop_front();
        if let Some(next) = self.waiting.front_mut() {
            next.deadline = now + PATIENCE;
        }
        done
    }

    /// Nothing can be acknowledged any more.
    pub(in crate::router) fn forget_received(&mut self) {
        self.waiting.clear();
    }

    pub(in crate::router) fn deadline(&self) -> Option<Duration> {
        self.first().map(|first| first.deadline)
    }

    /// A phone sent a message and the modem answered.
    pub(in crate::router) fn sent(&mut self, phone: PhoneId, response: &[u8], version: RilVersion) {
        if let Ok(response) = parcel::decode::<SmsResponse>(response, version)
            && let Ok(reference) = u8::try_from(response.message_ref)
        {
            self.senders[usize::from(reference)] = Some(phone);
        }
    }

    /// A phone is about to send this message.
    pub(in crate::router) fn remember_recipient(&mut self, phone: PhoneId, request: &[u8], version: RilVersion) {
        let Some(recipient) = recipient_of(request, version) else { return };
        self.recipients.retain(|(known, _)| *known != recipient);
        self.recipients.push_front((recipient, phone));
        self.recipients.truncate(MOST_RECIPIENTS);
    }

    /// Whose a received message is, and the payload as its owner shall see it.
    pub(in crate::router) fn owner_of(
        &self,
        payload: &[u8],
        phones: &Phones,
        tags: &TagReader,
        v: RilVersion,
    ) -> (PhoneId, Vec<u8>) {
        let by_default = || (phones.default_owner(), payload.to_vec());
        let Some(pdu) = pdu_of(payload, v) else { return by_default() };
        let Ok(originator) = rewrite::originating_address(&pdu) else { return by_default() };
        let Some(number) = number_of(&originator) else { return by_default() };
        if let Some((owner, Shown::Number(caller))) = tags.read(&number, phones)
            && let Ok(address) = originator.with_digits(caller.trim_start_matches('+'))
            && let Ok(pdu) = rewrite::replace_originating_address(&pdu, &address)
        {
            return (owner, parcel::encode(&Some(to_hex(&pdu)), v));
        }
        let known = self.recipients.iter().find(|(known, _)| *known == last_digits(&number));
        match known {
            Some((_, phone)) if phones.has_telephony(*phone) => (*phone, payload.to_vec()),
            _ => by_default(),
        }
    }

    /// Whose a status report is.
    pub(in crate::router) fn owner_of_report(&self, payload: &[u8], phones: &Phones, version: RilVersion) -> PhoneId {
        let reference = pdu_of(payload, version).and_then(|pdu| rewrite::report_reference(&pdu).ok());
        let sender = reference.and_then(|reference| self.senders[usize::from(reference)]);
        sender.unwrap_or_else(|| phones.default_owner())
    }
}

/// "Memory capacity exceeded; keep it and try again later."
pub(in crate::router) fn refusal(code: UnsolCode, version: RilVersion) -> Order {
    if code == UnsolCode::RESPONSE_CDMA_NEW_SMS {
        // Two plain integers: error class "temporary", cause "no resources" (C.S0015-B, 3.4.3.6; N.S0005, 6.5.2.125).
        let payload = parcel::encode(&2, version).into_iter().chain(parcel::encode(&35, version)).collect();
        return Order { code: RequestCode::CDMA_SMS_ACKNOWLEDGE, payload };
    }
    Order { code: RequestCode::SMS_ACKNOWLEDGE, payload: parcel::encode(&vec![0, MEMORY_CAPACITY_EXCEEDED], version) }
}

/// Whether a modem side can read this acknowledgement.
pub(in crate::router) fn is_acknowledgement(code: RequestCode, payload: &[u8], version: RilVersion) -> bool {
    match code {
        RequestCode::CDMA_SMS_ACKNOWLEDGE => parcel::decode::<SmsAck>(payload, version).is_ok(),
        RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU => {
            parcel::decode::<Strings>(payload, version).is_ok_and(|strings| strings.len() >= 2)
        }
        _ => parcel::decode::<Vec<i32>>(payload, version).is_ok_and(|arguments| !arguments.is_empty()),
    }
}

fn pdu_of(payload: &[u8], version: RilVersion) -> Option<Vec<u8>> {
    from_hex(&parcel::decode::<Text>(payload, version).ok()??).ok()
}

/// The recipient of a SEND_SMS: its arguments are the SMSC address and the SMS-SUBMIT.
fn recipient_of(request: &[u8], version: RilVersion) -> Option<String> {
    let strings = parcel::decode::<Strings>(request, version).ok()?;
    let submit = from_hex(strings.get(1)?.as_deref()?).ok()?;
    Some(last_digits(&number_of(&rewrite::destination_address(&submit).ok()?)?))
}

/// The digits, with a `+` where the type of number is international.
fn number_of(address: &sms_pdu::Address) -> Option<String> {
    let digits = address.digits()?;
    let international = address.type_of_address().number_type() == sms_pdu::NumberType::International;
    Some(if international { format!("+{digits}") } else { digits })
}

/// What two ways of writing one number have in common.
fn last_digits(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(8)..].iter().collect()
}
