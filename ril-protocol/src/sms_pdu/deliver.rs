//! SMS-DELIVER: a message on its way to a phone (TS 23.040, 9.2.2.1).

use super::address::Address;
use super::data_coding::DataCoding;
use super::error::{DecodeError, EncodeError, Field, TextError};
use super::split::Part;
use super::timestamp::Timestamp;
use super::tpdu::{HEADER_BIT, Tpdu, first_octet, flag, reader};
use super::user_data::UserData;

/// TP-MTI of SMS-DELIVER, and the reserved one that a phone treats alike (9.2.3.1).
pub(super) const TYPES: &[u8] = &[0b00, 0b11];
const NO_MORE: u8 = 0x04;
const LOOP: u8 = 0x08;
const STATUS_REPORT: u8 = 0x20;
const REPLY_PATH: u8 = 0x80;
/// Bits without a field of their own: the unused one, and TP-MTI for the sake of its reserved value.
const RESERVED: u8 = 0x13;

/// An SMS-DELIVER.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Deliver {
    /// Whether more messages wait in the service centre. TP-MMS says the opposite.
    pub more_messages: bool,
    /// TP-LP: forwarded or spawned already.
    pub loop_prevention: bool,
    /// TP-SRI: a status report goes back to the sender.
    pub status_report: bool,
    /// TP-RP: the reply goes through the same service centre.
    pub reply_path: bool,
    /// Bits 0, 1 and 4 of the first octet as received; 0 in a well-formed message.
    pub reserved: u8,
    /// TP-OA.
    pub originating_address: Address,
    /// TP-PID.
    pub protocol_identifier: u8,
    /// TP-DCS.
    pub data_coding: DataCoding,
    /// TP-SCTS.
    pub timestamp: Timestamp,
    /// TP-UDHI, TP-UDL and TP-UD.
    pub user_data: UserData,
}

impl Deliver {
    /// A plain message from someone at some time.
    pub fn new(originating_address: Address, timestamp: Timestamp, part: Part) -> Self {
        Deliver {
            more_messages: false,
            loop_prevention: false,
            status_report: false,
            reply_path: false,
            reserved: 0,
            originating_address,
            protocol_identifier: 0,
            data_coding: part.data_coding,
            timestamp,
            user_data: part.user_data,
        }
    }

    /// What it carries, without from whom and when.
    pub fn part(&self) -> Part {
        Part { data_coding: self.data_coding, user_data: self.user_data.clone() }
    }

    /// The text for display.
    ///
    /// # Errors
    /// As [`UserData::text`].
    pub fn text(&self) -> Result<String, TextError> {
        self.user_data.text(self.data_coding)
    }
}

impl Tpdu for Deliver {
    fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = reader(octets)?;
        let first = first_octet(&mut reader, TYPES)?;
        let originating_address = Address::read(&mut reader, Field::OriginatingAddress)?;
        let protocol_identifier = reader.octet(Field::ProtocolIdentifier)?;
        let data_coding = DataCoding(reader.octet(Field::DataCoding)?);
        let timestamp = Timestamp(reader.array(Field::ServiceCentreTimestamp)?);
        let user_data = UserData::read(&mut reader, first & HEADER_BIT != 0, data_coding)?;
        reader.finish(Field::UserData)?;
        Ok(Deliver {
            more_messages: first & NO_MORE == 0,
            loop_prevention: first & LOOP != 0,
            status_report: first & STATUS_REPORT != 0,
            reply_path: first & REPLY_PATH != 0,
            reserved: first & RESERVED,
            originating_address,
            protocol_identifier,
            data_coding,
            timestamp,
            user_data,
        })
    }

    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let first = self.reserved & RESERVED
            | flag(!self.more_messages, NO_MORE)
            | flag(self.loop_prevention, LOOP)
            | flag(self.status_report, STATUS_REPORT)
            | flag(self.user_data.has_header(), HEADER_BIT)
            | flag(self.reply_path, REPLY_PATH);
        let mut pdu = vec![first];
        self.originating_address.write(&mut pdu);
        pdu.extend([self.protocol_identifier, self.data_coding.0]);
        pdu.extend(self.timestamp.0);
        self.user_data.write(self.data_coding, &mut pdu)?;
        Ok(pdu)
    }
}
