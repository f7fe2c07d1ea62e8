//! Messages on their way to the phone.
//!
//! The network delivers one message at a time, octet for octet the same until the phone has acknowledged it, and keeps
//! what it cannot deliver: through a refusal, a restart of the modem, a phone that is away. After "memory capacity
//! exceeded" it waits for the phone to say that it has room again, or for the service centre's next try. Messages of
//! class 2 go to the card; while the card is full they wait, and let others pass. Nothing is ever given up.
//!
//! Reference: 3GPP TS 23.040, 3.2.8 and 10.3; TS 24.011, 2.2; ril.h, `RIL_UNSOL_RESPONSE_NEW_SMS` and
//! `RIL_UNSOL_SIM_SMS_STORAGE_FULL`.

use std::collections::VecDeque;

use ril_protocol::hex::from_hex;
use ril_protocol::sms_pdu::{Addressed, Deliver, FailureCause, MessageClass, ServiceCentre, Tpdu};
use ril_protocol::{Errno, UnsolCode};

use super::redelivery::{Acknowledgement, Redelivery};
use super::{CARD_STATUS, Incoming, Waiting};
use crate::model::effects::Effects;
use crate::model::sim_card::SimCard;
use crate::model::{Pace, Timer};

/// What waits, and what is under way.
#[derive(Debug)]
pub struct Inbox {
    for_phone: Redelivery<Incoming>,
    for_card: VecDeque<Addressed<Deliver>>,
    /// The host knows that the card is full.
    card_full: bool,
}

impl Inbox {
    pub(super) fn new(pace: Pace) -> Self {
        let for_phone = Redelivery::new(pace.acknowledge, Timer::SmsRetry);
        Self { for_phone, for_card: VecDeque::new(), card_full: false }
    }

    /// The network has a message for the phone.
    pub fn arrive(&mut self, message: Incoming) {
        match message {
            Incoming::Deliver(deliver) if deliver.tpdu.data_coding.class() == Some(MessageClass::Sim) => {
                self.for_card.push_back(deliver);
            }
            message => self.for_phone.push(message),
        }
    }

    /// Messages that the phone has not acknowledged yet, or that the card had no room for.
    pub fn undelivered(&self) -> usize {
        self.for_phone.len() + self.for_card.len()
    }

    /// The messages for the phone, then those for the card.
    pub fn queue(&self) -> impl Iterator<Item = Waiting<Incoming>> {
        let for_card = self.for_card.iter().cloned();
        let for_card = for_card.map(|deliver| Waiting { message: Incoming::Deliver(deliver), transmissions: 0 });
        self.for_phone.iter().cloned().chain(for_card)
    }

    /// Delivers what can be delivered now.
    pub(in crate::model) fn pump(&mut self, reachable: bool, card: &mut SimCard, to: &mut Effects) {
        if !reachable {
            return;
        }
        self.fill_card(card, to);
        if let Some(next) = self.for_phone.next(to).cloned() {
            next.tell(to);
        }
    }

    fn fill_card(&mut self, card: &mut SimCard, to: &mut Effects) {
        while let Some(deliver) = self.for_card.front() {
            let centre = deliver.service_centre.as_ref().map(ServiceCentre::to_hex);
            let centre = centre.as_deref().and_then(from_hex).unwrap_or_else(|| vec![0]);
            let tpdu = deliver.tpdu.encode().unwrap_or_default();
            match card.store_sms(CARD_STATUS[0], &centre, &tpdu) {
                Ok(index) => to.tell(UnsolCode::RESPONSE_NEW_SMS_ON_SIM, &vec![index]),
                Err(Errno::SIM_FULL) => {
                    if !std::mem::replace(&mut self.card_full, true) {
                        to.tell(UnsolCode::SIM_SMS_STORAGE_FULL, &());
                    }
                    return;
                }
                // No record is long enough for this one: it is refused for good.
                Err(_) => {}
            }
            self.card_full = false;
            self.for_card.pop_front();
        }
    }

    /// `SMS_ACKNOWLEDGE`: the phone took the message, or did not and why.
    pub(in crate::model) fn acknowledge(&mut self, taken: bool, cause: i32, to: &mut Effects) -> Result<(), Errno> {
        let word = match (taken, cause) {
            (true, _) => Acknowledgement::Taken,
            // The network waits until the phone says that it has room again.
            (false, cause) if cause == i32::from(FailureCause::MEMORY_CAPACITY_EXCEEDED) => Acknowledgement::Full,
            (false, _) => Acknowledgement::Refused,
        };
        self.for_phone.acknowledge(word, to)
    }

    /// Time is up for an acknowledgement, or it is time to try again after a refusal.
    pub(in crate::model) fn retry(&mut self, transmission: u64) {
        self.for_phone.retry(transmission);
    }

    /// The service centre tries again at once, whatever the phone said of its memory.
    pub fn retry_now(&mut self) {
        self.for_phone.interrupt();
        self.for_phone.set_full(false);
        self.card_full = false;
    }

    /// The radio is gone: whatever was under way is sent again when it is back.
    pub(in crate::model) fn interrupt(&mut self) {
        self.for_phone.interrupt();
    }

    /// `REPORT_SMS_MEMORY_STATUS`.
    pub(in crate::model) fn set_phone_full(&mut self, full: bool) {
        self.for_phone.set_full(full);
    }
}
