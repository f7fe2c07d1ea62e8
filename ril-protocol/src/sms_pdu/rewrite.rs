//! Reading and changing single fields of a PDU in place, as a router does that must forward all else octet for octet.
//!
//! Looks no further than the field in question: what follows it may be anything. PDUs from the modem start with the
//! service centre address, those to the modem do not (ril.h).

use super::address::{Address, ServiceCentre};
use super::deliver;
use super::error::{DecodeError, Field};
use super::reader::Reader;
use super::tpdu::first_octet;
use super::{status_report, submit};

/// TP-OA of an SMS-DELIVER behind its service centre address.
///
/// # Errors
/// Another message type, or octets that end before the address does.
pub fn originating_address(pdu: &[u8]) -> Result<Address, DecodeError> {
    find_originating_address(pdu).map(|(_, address, _)| address)
}

/// The same SMS-DELIVER with another TP-OA; every other octet stays.
///
/// # Errors
/// As [`originating_address`].
pub fn replace_originating_address(pdu: &[u8], address: &Address) -> Result<Vec<u8>, DecodeError> {
    let (before, _, after) = find_originating_address(pdu)?;
    let mut replaced = before.to_vec();
    address.write(&mut replaced);
    replaced.extend(after);
    Ok(replaced)
}

/// TP-DA of an SMS-SUBMIT without service centre address.
///
/// # Errors
/// Another message type, or octets that end before the address does.
pub fn destination_address(tpdu: &[u8]) -> Result<Address, DecodeError> {
    let mut reader = Reader::new(tpdu);
    first_octet(&mut reader, &[submit::TYPE])?;
    reader.octet(Field::MessageReference)?;
    Address::read(&mut reader, Field::DestinationAddress)
}

/// TP-MR of an SMS-SUBMIT without service centre address.
///
/// # Errors
/// Another message type, or octets that end before the reference.
pub fn submit_reference(tpdu: &[u8]) -> Result<u8, DecodeError> {
    find_submit_reference(tpdu).map(|(_, reference)| reference)
}

/// Sets TP-MR of an SMS-SUBMIT without service centre address.
///
/// # Errors
/// As [`submit_reference`]; the octets are then unchanged.
pub fn set_submit_reference(tpdu: &mut [u8], reference: u8) -> Result<(), DecodeError> {
    let (at, _) = find_submit_reference(tpdu)?;
    tpdu[at] = reference;
    Ok(())
}

/// TP-MR of an SMS-STATUS-REPORT behind its service centre address.
///
/// # Errors
/// Another message type, or octets that end before the reference.
pub fn report_reference(pdu: &[u8]) -> Result<u8, DecodeError> {
    find_report_reference(pdu).map(|(_, reference)| reference)
}

/// Sets TP-MR of an SMS-STATUS-REPORT behind its service centre address.
///
/// # Errors
/// As [`report_reference`]; the octets are then unchanged.
pub fn set_report_reference(pdu: &mut [u8], reference: u8) -> Result<(), DecodeError> {
    let (at, _) = find_report_reference(pdu)?;
    pdu[at] = reference;
    Ok(())
}

/// What precedes TP-OA, the address, and what follows it.
fn find_originating_address(pdu: &[u8]) -> Result<(&[u8], Address, &[u8]), DecodeError> {
    let mut reader = Reader::new(pdu);
    ServiceCentre::read(&mut reader)?;
    first_octet(&mut reader, deliver::TYPES)?;
    let before = &pdu[..reader.at()];
    let address = Address::read(&mut reader, Field::OriginatingAddress)?;
    Ok((before, address, reader.rest()))
}

/// The offset of TP-MR, where there is an octet, and its value.
fn find_submit_reference(tpdu: &[u8]) -> Result<(usize, u8), DecodeError> {
    let mut reader = Reader::new(tpdu);
    first_octet(&mut reader, &[submit::TYPE])?;
    Ok((reader.at(), reader.octet(Field::MessageReference)?))
}

/// The offset of TP-MR, where there is an octet, and its value.
fn find_report_reference(pdu: &[u8]) -> Result<(usize, u8), DecodeError> {
    let mut reader = Reader::new(pdu);
    ServiceCentre::read(&mut reader)?;
    first_octet(&mut reader, &[status_report::TYPE])?;
    Ok((reader.at(), reader.octet(Field::MessageReference)?))
}
