//! The SIM Access Profile: the card in the hands of a client, and the modem without one meanwhile.
//!
//! A session takes the card from the network's side: it is reset, the modem has no subscription until the session ends,
//! and raw commands go to the card. A session that is asked for during a call has to wait for its end and be asked for
//! again. Transfer protocols are taken and change nothing.
//!
//! Reference: Bluetooth SIM Access Profile 1.1, chapters 4 and 5.

#[cfg(test)]
mod tests;

use ril_protocol::Errno;
use ril_sap::connect_response::Status;
use ril_sap::disconnect_indication::Type;
use ril_sap::status_indication::Change;
use ril_sap::{
    ApduRequest, ApduResponse, AtrResponse, CardReaderStatusResponse, ConnectRequest, ConnectResponse,
    DisconnectIndication, DisconnectResponse, Error, MsgId, Payload, PowerRequest, PowerResponse, ProtocolRequest,
    ProtocolResponse, ResetResponse, StatusIndication, apdu_response, atr_response, bytes, card_reader_status_response,
    power_response, protocol_request, protocol_response, read, reset_response,
};
use vendor_shim::guest::Token;

use super::Modem;
use super::effects::Effects;

/// Messages that a client must be able to take: the longest command of class `A0` with what is around it.
const SMALLEST_MESSAGE: i32 = 276;
/// The longest that we take.
const LARGEST_MESSAGE: i32 = 4096;

/// The answer to reset of a card that says no more than it has to (ISO/IEC 7816-3, 8.2).
const ATR: [u8; 3] = [0x3b, 0x10, 0x96];

/// A reader that is there and takes a card of the usual size (3GPP TS 11.14, 12.33).
const READER: i32 = 0x10;
const CARD_IN_READER: i32 = 0x40;
const CARD_POWERED: i32 = 0x80;

/// Whether a client has the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    open: bool,
    /// The card is switched off.
    off: bool,
}

impl Access {
    /// A client has the card.
    pub fn is_open(self) -> bool {
        self.open
    }
}

/// What there is to say to a request, or that it was no such request.
type Answered = Result<Vec<u8>, Errno>;

impl Modem {
    /// A request of a client.
    pub(super) fn sap_request(&mut self, id: MsgId, token: Token, payload: &[u8], to: &mut Effects) {
        let Some(exchange) = id.row().and_then(|row| row.exchange) else {
            return to.sap_answer(token, Errno::REQUEST_NOT_SUPPORTED, Vec::new());
        };
        let before = self.access.open;
        match self.sap_answer(id, payload) {
            Ok(answer) => to.sap_answer(token, Errno::SUCCESS, answer),
            Err(errno) => to.sap_answer(token, errno, (exchange.refusal)(payload)),
        }
        if self.access.open != before {
            self.card_changes_hands(to);
        }
    }

    fn sap_answer(&mut self, id: MsgId, payload: &[u8]) -> Answered {
        match id {
            MsgId::CONNECT => self.sap_connect(&wanted(payload)?),
            MsgId::DISCONNECT => {
                self.access.open = false;
                Ok(bytes(&DisconnectResponse {}))
            }
            _ if !self.access.open => Err(Errno::GENERIC_FAILURE),
            MsgId::APDU => self.sap_command(&wanted(payload)?),
            MsgId::TRANSFER_ATR => Ok(bytes(&self.sap_atr())),
            MsgId::POWER => self.sap_power(&wanted(payload)?),
            MsgId::RESET_SIM => Ok(bytes(&self.sap_reset())),
            MsgId::TRANSFER_CARD_READER_STATUS => Ok(bytes(&self.sap_reader())),
            _ => self.sap_protocol(&wanted(payload)?),
        }
    }

    fn sap_connect(&mut self, request: &ConnectRequest) -> Answered {
        let status = match request.max_message_size() {
            ..SMALLEST_MESSAGE => Status::SizeTooSmall,
            size if size > LARGEST_MESSAGE => Status::SizeTooLarge,
            _ if !self.calls.lines().is_empty() => Status::OkCallOngoing,
            _ if self.access.open => Status::Failure,
            _ => {
                self.access = Access { open: true, off: false };
                Status::Ok
            }
        };
        let max_message_size = (status == Status::SizeTooLarge).then_some(LARGEST_MESSAGE);
        Ok(bytes(&ConnectResponse { status: Some(status as i32), max_message_size }))
    }

    /// A session has begun or ended.
    fn card_changes_hands(&mut self, to: &mut Effects) {
        self.sim.reset();
        self.card_changed(to);
        if self.access.open {
            let change = if self.sim.is_present() { Change::CardReset } else { Change::CardRemoved };
            self.sap_tells_of(change, to);
        }
    }

    fn sap_command(&mut self, request: &ApduRequest) -> Answered {
        let (result, response) = match (self.sim.is_present(), self.access.off) {
            (false, _) => (apdu_response::Result::Absent, None),
            (true, true) => (apdu_response::Result::AlreadyOff, None),
            (true, false) => (apdu_response::Result::Ok, Some(self.sim.command(request.command()))),
        };
        Ok(bytes(&ApduResponse { form: request.form, result: Some(result as i32), response }))
    }

    fn sap_atr(&self) -> AtrResponse {
        let (result, atr) = match (self.sim.is_present(), self.access.off) {
            (false, _) => (atr_response::Result::Absent, None),
            (true, true) => (atr_response::Result::AlreadyOff, None),
            (true, false) => (atr_response::Result::Ok, Some(ATR.to_vec())),
        };
        AtrResponse { result: Some(result as i32), atr }
    }

    fn sap_power(&mut self, request: &PowerRequest) -> Answered {
        let result = match (self.sim.is_present(), self.access.off, request.on()) {
            (false, ..) => power_response::Result::Absent,
            (true, true, false) => power_response::Result::AlreadyOff,
            (true, false, true) => power_response::Result::AlreadyOn,
            (true, _, on) => {
                self.access.off = !on;
                self.sim.reset();
                power_response::Result::Ok
            }
        };
        Ok(bytes(&PowerResponse { result: Some(result as i32) }))
    }

    fn sap_reset(&mut self) -> ResetResponse {
        let result = match (self.sim.is_present(), self.access.off) {
            (false, _) => reset_response::Result::Absent,
            (true, true) => reset_response::Result::AlreadyOff,
            (true, false) => {
                self.sim.reset();
                reset_response::Result::Ok
            }
        };
        ResetResponse { result: Some(result as i32) }
    }

    fn sap_reader(&self) -> CardReaderStatusResponse {
        let card = if self.sim.is_present() { CARD_IN_READER } else { 0 };
        let power = if self.sim.is_present() && !self.access.off { CARD_POWERED } else { 0 };
        let result = Some(card_reader_status_response::Result::Ok as i32);
        CardReaderStatusResponse { result, status: Some(READER | card | power) }
    }

    fn sap_protocol(&self, request: &ProtocolRequest) -> Answered {
        let result = match (self.sim.is_present(), request.protocol()) {
            (false, _) => protocol_response::Result::Absent,
            (true, protocol_request::Protocol::T0) => protocol_response::Result::Ok,
            (true, protocol_request::Protocol::T1) => protocol_response::Result::Failure,
        };
        Ok(bytes(&ProtocolResponse { result: Some(result as i32) }))
    }

    /// The modem wants the card back: it asks for that, or takes it. False if nobody has it.
    pub fn end_access(&mut self, at_once: bool, to: &mut Effects) -> bool {
        if !self.access.open {
            return false;
        }
        let kind = if at_once { Type::Immediate } else { Type::Graceful };
        to.sap_tell(MsgId::DISCONNECT, bytes(&DisconnectIndication { r#type: Some(kind as i32) }));
        if at_once {
            self.access.open = false;
            self.card_changes_hands(to);
        }
        true
    }

    /// A client that has the card is told of it.
    pub(super) fn sap_tells_of(&mut self, change: Change, to: &mut Effects) {
        if self.access.open {
            to.sap_tell(MsgId::STATUS, bytes(&StatusIndication { change: Some(change as i32) }));
        }
    }
}

fn wanted<P: Payload>(payload: &[u8]) -> Result<P, Errno> {
    read(payload).map_err(|_| Errno(Error::InvalidParameter as i32))
}
