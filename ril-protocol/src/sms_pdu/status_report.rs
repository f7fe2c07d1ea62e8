//! SMS-STATUS-REPORT: what became of a message (TS 23.040, 9.2.2.3).

use super::address::Address;
use super::data_coding::DataCoding;
use super::error::{DecodeError, EncodeError, Field};
use super::reader::Reader;
use super::timestamp::Timestamp;
use super::tpdu::{HEADER_BIT, Tpdu, first_octet, flag, reader};
use super::user_data::UserData;

/// TP-MTI of SMS-STATUS-REPORT.
pub(super) const TYPE: u8 = 0b10;
const NO_MORE: u8 = 0x04;
const LOOP: u8 = 0x08;
const FOR_COMMAND: u8 = 0x20;
const RESERVED: u8 = 0x90;

const HAS_PROTOCOL_IDENTIFIER: u8 = 0x01;
const HAS_DATA_CODING: u8 = 0x02;
const HAS_USER_DATA: u8 = 0x04;
const RESERVED_INDICATORS: u8 = 0x78;
const EXTENSION: u8 = 0x80;

/// An SMS-STATUS-REPORT.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusReport {
    /// Whether more messages wait in the service centre. TP-MMS says the opposite.
    pub more_messages: bool,
    /// TP-LP: forwarded or spawned already.
    pub loop_prevention: bool,
    /// TP-SRQ: the answer to an SMS-COMMAND instead of an SMS-SUBMIT.
    pub for_command: bool,
    /// Bits 4 and 7 of the first octet as received, and bit 6 when no user data follows; else 0.
    pub reserved: u8,
    /// TP-MR of the message reported on.
    pub message_reference: u8,
    /// TP-RA: whom that message was for.
    pub recipient_address: Address,
    /// TP-SCTS: when the service centre took that message.
    pub timestamp: Timestamp,
    /// TP-DT: when the outcome was known.
    pub discharge_time: Timestamp,
    /// TP-ST.
    pub status: Status,
    /// TP-PI and what it announces, when the report goes on behind TP-ST.
    pub parameters: Option<Parameters>,
}

/// The optional parameters behind TP-ST.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Parameters {
    /// Bits 3 to 6 of TP-PI as received; 0 in a well-formed report.
    pub reserved: u8,
    /// Further octets of TP-PI; the extension bits are put right on encoding.
    pub extensions: Vec<u8>,
    /// TP-PID.
    pub protocol_identifier: Option<u8>,
    /// TP-DCS.
    pub data_coding: Option<DataCoding>,
    /// TP-UDHI, TP-UDL and TP-UD.
    pub user_data: Option<UserData>,
    /// Octets that a later version of the standard may explain.
    pub rest: Vec<u8>,
}

/// TP-ST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u8);

/// What a status means for the sender (9.2.3.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The transaction is complete; the message arrived, was forwarded or was replaced.
    Completed,
    /// It did not arrive yet and the service centre keeps trying.
    StillTrying,
    /// It will not arrive, and trying again is of no use.
    PermanentError,
    /// It did not arrive and the service centre gave up.
    TemporaryError,
}

impl Status {
    /// The recipient got the message.
    pub const RECEIVED: Status = Status(0x00);
    /// It was forwarded, and the service centre cannot say whether it arrived.
    pub const FORWARDED: Status = Status(0x01);
    /// Congestion, and the service centre keeps trying.
    pub const STILL_CONGESTED: Status = Status(0x20);
    /// The recipient cannot be sent such a message.
    pub const INCOMPATIBLE: Status = Status(0x41);
    /// The recipient, or who may send to it, has refused it.
    pub const CONNECTION_REJECTED: Status = Status(0x42);
    /// There is no such recipient.
    pub const NOT_OBTAINABLE: Status = Status(0x43);
    /// It was not delivered in its time.
    pub const EXPIRED: Status = Status(0x46);
    /// The recipient has not answered, and it is not tried again.
    pub const NO_RESPONSE: Status = Status(0x62);
    /// What an unknown status is to be taken for: the service was rejected.
    pub const REJECTED: Status = Status(0x63);

    /// The group of the status; reserved values count as [`Status::REJECTED`], as TS 23.040 asks.
    pub fn outcome(self) -> Outcome {
        match self.0 {
            0x00..=0x1f => Outcome::Completed,
            0x20..=0x3f => Outcome::StillTrying,
            0x40..=0x5f => Outcome::PermanentError,
            _ => Outcome::TemporaryError,
        }
    }
}

impl StatusReport {
    /// A report without optional parameters.
    pub fn new(
        message_reference: u8,
        recipient_address: Address,
        timestamp: Timestamp,
        discharge_time: Timestamp,
        status: Status,
    ) -> Self {
        StatusReport {
            more_messages: false,
            loop_prevention: false,
            for_command: false,
            reserved: 0,
            message_reference,
            recipient_address,
            timestamp,
            discharge_time,
            status,
            parameters: None,
        }
    }

    fn user_data(&self) -> Option<&UserData> {
        self.parameters.as_ref()?.user_data.as_ref()
    }
}

impl Tpdu for StatusReport {
    fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = reader(octets)?;
        let first = first_octet(&mut reader, &[TYPE])?;
        let message_reference = reader.octet(Field::MessageReference)?;
        let recipient_address = Address::read(&mut reader, Field::RecipientAddress)?;
        let timestamp = Timestamp(reader.array(Field::ServiceCentreTimestamp)?);
        let discharge_time = Timestamp(reader.array(Field::DischargeTime)?);
        let status = Status(reader.octet(Field::Status)?);
        let has_header = first & HEADER_BIT != 0;
        let parameters = if reader.is_empty() { None } else { Some(Parameters::read(&mut reader, has_header)?) };
        let carries_user_data = parameters.as_ref().is_some_and(|parameters| parameters.user_data.is_some());
        Ok(StatusReport {
            more_messages: first & NO_MORE == 0,
            loop_prevention: first & LOOP != 0,
            for_command: first & FOR_COMMAND != 0,
            reserved: first & reserved_bits(carries_user_data),
            message_reference,
            recipient_address,
            timestamp,
            discharge_time,
            status,
            parameters,
        })
    }

    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let first = TYPE
            | self.reserved & reserved_bits(self.user_data().is_some())
            | flag(!self.more_messages, NO_MORE)
            | flag(self.loop_prevention, LOOP)
            | flag(self.for_command, FOR_COMMAND)
            | flag(self.user_data().is_some_and(UserData::has_header), HEADER_BIT);
        let mut pdu = vec![first, self.message_reference];
        self.recipient_address.write(&mut pdu);
        pdu.extend(self.timestamp.0);
        pdu.extend(self.discharge_time.0);
        pdu.push(self.status.0);
        if let Some(parameters) = &self.parameters {
            parameters.write(&mut pdu)?;
        }
        Ok(pdu)
    }
}

impl Parameters {
    fn read(reader: &mut Reader<'_>, has_header: bool) -> Result<Self, DecodeError> {
        let indicator = reader.octet(Field::ParameterIndicator)?;
        let announced = |bit| indicator & bit != 0;
        let mut extensions = Vec::new();
        let mut extended = announced(EXTENSION);
        while extended {
            let extension = reader.octet(Field::ParameterIndicator)?;
            extended = extension & EXTENSION != 0;
            extensions.push(extension);
        }
        let protocol_identifier =
            announced(HAS_PROTOCOL_IDENTIFIER).then(|| reader.octet(Field::ProtocolIdentifier)).transpose()?;
        let data_coding =
            announced(HAS_DATA_CODING).then(|| reader.octet(Field::DataCoding).map(DataCoding)).transpose()?;
        let coding = data_coding.unwrap_or_default();
        let user_data = announced(HAS_USER_DATA).then(|| UserData::read(reader, has_header, coding)).transpose()?;
        Ok(Parameters {
            reserved: indicator & RESERVED_INDICATORS,
            extensions,
            protocol_identifier,
            data_coding,
            user_data,
            rest: reader.rest().to_vec(),
        })
    }

    fn write(&self, pdu: &mut Vec<u8>) -> Result<(), EncodeError> {
        pdu.push(
            self.reserved & RESERVED_INDICATORS
                | flag(self.protocol_identifier.is_some(), HAS_PROTOCOL_IDENTIFIER)
                | flag(self.data_coding.is_some(), HAS_DATA_CODING)
                | flag(self.user_data.is_some(), HAS_USER_DATA)
                | flag(!self.extensions.is_empty(), EXTENSION),
        );
        if let Some((last, others)) = self.extensions.split_last() {
            pdu.extend(others.iter().map(|extension| extension | EXTENSION));
            pdu.push(last & !EXTENSION);
        }
        pdu.extend(self.protocol_identifier);
        pdu.extend(self.data_coding.map(|data_coding| data_coding.0));
        if let Some(user_data) = &self.user_data {
            user_data.write(self.data_coding.unwrap_or_default(), pdu)?;
        }
        pdu.extend(&self.rest);
        Ok(())
    }
}

/// Unused bits, TP-UDHI among them when there is no user data to which it could refer.
fn reserved_bits(carries_user_data: bool) -> u8 {
    if carries_user_data { RESERVED } else { RESERVED | HEADER_BIT }
}
