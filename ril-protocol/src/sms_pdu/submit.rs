//! SMS-SUBMIT: a message on its way from a phone (TS 23.040, 9.2.2.2).

use super::address::Address;
use super::data_coding::DataCoding;
use super::error::{DecodeError, EncodeError, Field, TextError};
use super::split::Part;
use super::tpdu::{HEADER_BIT, Tpdu, first_octet, flag, reader};
use super::user_data::UserData;
use super::validity::Validity;

/// TP-MTI of SMS-SUBMIT.
pub(super) const TYPE: u8 = 0b01;
const REJECT_DUPLICATES: u8 = 0x04;
const STATUS_REPORT: u8 = 0x20;
const REPLY_PATH: u8 = 0x80;

/// An SMS-SUBMIT.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Submit {
    /// TP-RD: the service centre shall refuse what it holds already.
    pub reject_duplicates: bool,
    /// TP-SRR: the sender asks for a status report.
    pub status_report_request: bool,
    /// TP-RP: the reply goes through the same service centre.
    pub reply_path: bool,
    /// TP-MR, by which a status report names this message.
    pub message_reference: u8,
    /// TP-DA.
    pub destination_address: Address,
    /// TP-PID.
    pub protocol_identifier: u8,
    /// TP-DCS.
    pub data_coding: DataCoding,
    /// TP-VPF and TP-VP.
    pub validity: Validity,
    /// TP-UDHI, TP-UDL and TP-UD.
    pub user_data: UserData,
}

impl Submit {
    /// A plain message to someone, with message reference 0, which modems fill in.
    pub fn new(destination_address: Address, part: Part) -> Self {
        Submit {
            reject_duplicates: false,
            status_report_request: false,
            reply_path: false,
            message_reference: 0,
            destination_address,
            protocol_identifier: 0,
            data_coding: part.data_coding,
            validity: Validity::Absent,
            user_data: part.user_data,
        }
    }

    /// What it carries, without to whom.
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

impl Tpdu for Submit {
    fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = reader(octets)?;
        let first = first_octet(&mut reader, &[TYPE])?;
        let message_reference = reader.octet(Field::MessageReference)?;
        let destination_address = Address::read(&mut reader, Field::DestinationAddress)?;
        let protocol_identifier = reader.octet(Field::ProtocolIdentifier)?;
        let data_coding = DataCoding(reader.octet(Field::DataCoding)?);
        let validity = Validity::read(&mut reader, first)?;
        let user_data = UserData::read(&mut reader, first & HEADER_BIT != 0, data_coding)?;
        reader.finish(Field::UserData)?;
        Ok(Submit {
            reject_duplicates: first & REJECT_DUPLICATES != 0,
            status_report_request: first & STATUS_REPORT != 0,
            reply_path: first & REPLY_PATH != 0,
            message_reference,
            destination_address,
            protocol_identifier,
            data_coding,
            validity,
            user_data,
        })
    }

    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let first = TYPE
            | flag(self.reject_duplicates, REJECT_DUPLICATES)
            | self.validity.format_bits()
            | flag(self.status_report_request, STATUS_REPORT)
            | flag(self.user_data.has_header(), HEADER_BIT)
            | flag(self.reply_path, REPLY_PATH);
        let mut pdu = vec![first, self.message_reference];
        self.destination_address.write(&mut pdu);
        pdu.extend([self.protocol_identifier, self.data_coding.0]);
        self.validity.write(&mut pdu);
        self.user_data.write(self.data_coding, &mut pdu)?;
        Ok(pdu)
    }
}
