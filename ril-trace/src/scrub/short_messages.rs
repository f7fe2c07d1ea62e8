//! Short messages: numbers and texts inside their PDUs, which stay PDUs of the same kind and length.
//!
//! Types, references, ports, which part of which message, coding, class, status and times stay. What other elements of
//! a header hold becomes zeros. A PDU that cannot be read becomes zeros as a whole.
//!
//! Reference: 3GPP TS 23.040, 9.2.

use ril_protocol::sms_pdu::{
    Address, Addressed, Coding, DataCoding, Deliver, Element, Header, ServiceCentre, StatusReport, Submit, Tpdu,
    UserData, septets,
};
use ril_protocol::sms_pdu::{Alphabet, NumberType};

use super::Scrub;

impl Scrub {
    /// The address of a service centre and a message from it.
    pub(super) fn incoming(&self, pdu: &[u8]) -> Option<Vec<u8>> {
        let deliver = || {
            let Addressed { service_centre, tpdu } = Addressed::<Deliver>::decode(pdu).ok()?;
            Addressed { service_centre: self.centre(service_centre), tpdu: self.deliver(tpdu)? }.encode().ok()
        };
        let report = || {
            let Addressed { service_centre, tpdu } = Addressed::<StatusReport>::decode(pdu).ok()?;
            Addressed { service_centre: self.centre(service_centre), tpdu: self.status_report(tpdu)? }.encode().ok()
        };
        let submit = || {
            let Addressed { service_centre, tpdu } = Addressed::<Submit>::decode(pdu).ok()?;
            Addressed { service_centre: self.centre(service_centre), tpdu: self.submit(tpdu)? }.encode().ok()
        };
        as_long(pdu, deliver().or_else(report).or_else(submit))
    }

    /// A message without the address of a service centre.
    pub(super) fn tpdu(&self, pdu: &[u8]) -> Option<Vec<u8>> {
        let submit = || self.submit(Submit::decode(pdu).ok()?)?.encode().ok();
        let deliver = || self.deliver(Deliver::decode(pdu).ok()?)?.encode().ok();
        let report = || self.status_report(StatusReport::decode(pdu).ok()?)?.encode().ok();
        as_long(pdu, submit().or_else(deliver).or_else(report))
    }

    /// The address of a service centre by itself.
    pub(super) fn centre_alone(&self, octets: &[u8]) -> Option<Vec<u8>> {
        match octets {
            [] | [0] => Some(octets.to_vec()),
            [length, type_of_number, rest @ ..] if usize::from(*length) == rest.len() + 1 => {
                let mut digits = rest.to_vec();
                self.semi_octets(*type_of_number, &mut digits);
                Some([&[*length, *type_of_number], &digits[..]].concat())
            }
            _ => None,
        }
    }

    fn centre(&self, centre: Option<ServiceCentre>) -> Option<ServiceCentre> {
        let centre = centre?;
        let mut octets = centre.octets().to_vec();
        self.semi_octets(centre.type_of_address().0, &mut octets);
        centre.with_octets(&octets)
    }

    fn deliver(&self, mut deliver: Deliver) -> Option<Deliver> {
        deliver.originating_address = self.message_address(&deliver.originating_address)?;
        deliver.user_data = self.user_data(&deliver.user_data, deliver.data_coding)?;
        Some(deliver)
    }

    fn submit(&self, mut submit: Submit) -> Option<Submit> {
        submit.destination_address = self.message_address(&submit.destination_address)?;
        submit.user_data = self.user_data(&submit.user_data, submit.data_coding)?;
        Some(submit)
    }

    fn status_report(&self, mut report: StatusReport) -> Option<StatusReport> {
        report.recipient_address = self.message_address(&report.recipient_address)?;
        if let Some(parameters) = &mut report.parameters {
            parameters.rest.fill(0);
            parameters.extensions.iter_mut().for_each(|octet| *octet = 0);
            if let Some(user_data) = &mut parameters.user_data {
                *user_data = self.user_data(user_data, parameters.data_coding.unwrap_or_default())?;
            }
        }
        Some(report)
    }

    fn message_address(&self, address: &Address) -> Option<Address> {
        let mut octets = address.octets().to_vec();
        if address.type_of_address().number_type() == NumberType::Alphanumeric {
            self.packed(&mut octets);
        } else {
            self.semi_octets(address.type_of_address().0, &mut octets);
        }
        address.with_octets(&octets)
    }

    fn user_data(&self, user_data: &UserData, coding: DataCoding) -> Option<UserData> {
        let Ok(payload) = user_data.payload() else {
            return user_data.with_octets(vec![0; user_data.octets().len()]);
        };
        let taken = user_data.octets().len() - payload.len();
        let header = user_data.header().ok()?;
        let mut octets = header.as_ref().map_or(Some(Vec::new()), |header| without_secrets(header).encode().ok())?;
        let mut payload = payload.to_vec();
        match coding.coding() {
            _ if coding.is_compressed() => payload.fill(0),
            Coding::Octets => self.octets(&mut payload),
            Coding::Ucs2 => self.utf16(&mut payload),
            Coding::Gsm7 => {
                let mut codes = user_data.septets().ok()?;
                self.codes(header.map_or(Alphabet::DEFAULT, |header| header.alphabet()), &mut codes);
                let fill = (7 - taken * 8 % 7) % 7;
                let packed = septets::pack(&codes, u8::try_from(fill).unwrap_or(0));
                payload.fill(0);
                payload.iter_mut().zip(packed).for_each(|(octet, packed)| *octet = packed);
            }
        }
        octets.extend(payload);
        user_data.with_octets(octets)
    }
}

/// A header whose elements tell nothing but how to read the message.
fn without_secrets(header: &Header) -> Header {
    let element = |element: &Element| match element {
        Element::Other { identifier, data } => Element::Other { identifier: *identifier, data: vec![0; data.len()] },
        known => known.clone(),
    };
    Header::new(header.elements.iter().map(element))
}

fn as_long(pdu: &[u8], other: Option<Vec<u8>>) -> Option<Vec<u8>> {
    other.filter(|other| other.len() == pdu.len())
}
