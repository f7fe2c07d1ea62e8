//! Puts something in the place of every secret that is known again, a different thing in each place.

use ril_protocol::secrets::{Censor, Secret};
use ril_protocol::sms_pdu::to_hex;

use super::pdus::{self, Hidden};
use super::search::Original;

/// Ways of writing a secret, for those that have the most.
pub(crate) const WAYS: usize = 8;

/// Plants secrets, and remembers them.
pub(crate) struct Planter {
    /// How secrets are written this time.
    pub(crate) way: usize,
    /// How many were planted, so that each is another.
    pub(crate) count: u32,
    /// The file of the SIM that is read or written.
    pub(crate) file: Option<i32>,
    /// What was planted since this was emptied.
    pub(crate) planted: Vec<Original>,
}

impl Planter {
    /// Digits that are nowhere else.
    fn digits(&mut self) -> String {
        self.count += 1;
        format!("{:07}", 2_345_678 + u64::from(self.count) * 7919 % 7_000_000)
    }

    fn plant_digits(&mut self, before: &str) -> String {
        let digits = before.to_owned() + &self.digits();
        self.planted.push(Original::Digits(digits.clone()));
        digits
    }

    fn plant_text(&mut self) -> String {
        self.count += 1;
        let text = format!("Quagga{}Zebra", self.count);
        self.planted.push(Original::Text(text.clone()));
        text
    }

    fn hidden(&mut self) -> (String, String, String) {
        let (number, centre) = (self.plant_digits("4930"), self.plant_digits("4917"));
        (number, centre, self.plant_text())
    }

    fn pdu(&mut self, make: impl FnOnce(&Hidden<'_>, usize) -> Vec<u8>) -> Vec<u8> {
        let way = self.way;
        let (number, centre, text) = self.hidden();
        make(&Hidden { number: &number, centre: &centre, text: &text }, way)
    }

    fn toolkit(&mut self) -> Vec<u8> {
        let (imei, [.., third, fourth]) = (self.plant_digits("3500000"), self.count.to_be_bytes());
        let address = [198, 51, third | 0x80, fourth | 0x80];
        self.planted.push(Original::Bytes(address.to_vec()));
        let objects = self.pdu(|hidden, _| pdus::toolkit(hidden, &format!("{imei}1"), address));
        match self.way {
            0 => [&[0xd0, 0x82][..], &u16::try_from(objects.len()).unwrap().to_be_bytes(), &objects].concat(),
            1 => objects,
            // Cut off, and behind something that is no object.
            2 => objects[..objects.len() - 9].to_vec(),
            _ => self.plant_text().into_bytes(),
        }
    }

    fn file(&mut self) -> Vec<u8> {
        let Some(id) = self.file else { return self.plant_text().into_bytes() };
        let (imsi, iccid) = (self.plant_digits("00101020"), self.plant_digits("894901000001"));
        self.pdu(|hidden, way| match way {
            // What is no such file as it should be.
            1 => hidden.text.as_bytes().to_vec(),
            2 => [&[0x80, 3][..], hidden.text.as_bytes(), &pdus::semi_octets(hidden.number, 7)].concat(),
            _ => pdus::file(id, hidden, &imsi, &iccid),
        })
    }

    fn addresses(&mut self) -> String {
        let [.., third, fourth] = {
            self.count += 1;
            self.count
        }
        .to_be_bytes();
        let address = match self.way % 3 {
            0 => format!("198.51.{}.{}", third | 0x80, fourth | 0x80),
            1 => format!("2001:db8:{:x}:a1b2:c3d4:{:x}:77:1234", 0x1000 + u32::from(third), 0x1000 + u32::from(fourth)),
            _ => format!("host{}.zebra.example", self.count),
        };
        self.planted.push(Original::Text(address.clone()));
        format!("{address} {address}{}", ["/24", "/64", ""][self.way % 3])
    }
}

impl Censor for Planter {
    fn text(&mut self, secret: Secret, text: &mut String) {
        let way = self.way;
        *text = match secret {
            Secret::Open => return,
            Secret::Number => match way {
                0 => format!("+{}", self.plant_digits("1555")),
                1 => self.plant_digits("555"),
                2 => format!("00{}", self.plant_digits("49171")),
                3 => format!("*21*+{}#", self.plant_digits("1555")),
                4 => format!("sip:+{}@zebra.example", self.plant_digits("1555")),
                5 => format!("tel:+{}", self.plant_digits("1555")),
                6 => format!("+1 (555) {}", self.plant_digits("22")),
                _ => self.plant_text(),
            },
            Secret::Smsc => match way {
                0 => format!("\"+{}\",145", self.plant_digits("4917")),
                1 => {
                    let digits = self.plant_digits("4917");
                    to_hex(&pdus::centre(&digits))
                }
                2 => self.plant_digits("4917"),
                3 => format!("+491,{}", self.plant_digits("555")),
                _ => self.plant_text(),
            },
            Secret::Imsi if way < 4 => self.plant_digits("00101020"),
            Secret::Imei if way == 0 => self.plant_digits("3500000") + "1",
            Secret::Imei if way == 1 => self.plant_digits("3500000") + "17",
            Secret::Meid if way < 3 => {
                self.count += 1;
                let meid =
                    if way == 0 { format!("A1000012{:06X}", self.count) } else { format!("8{:07X}", self.count * 991) };
                self.planted.push(Original::Text(meid.clone()));
                meid
            }
            Secret::Meid if way == 3 => self.plant_digits("2804"),
            Secret::Ussd if way == 0 => format!("*100*{}#", self.plant_digits("555")),
            Secret::CarrierMatch if way == 0 => self.plant_digits("00101"),
            Secret::AccessPoint => self.plant_text() + ".corp-net.example",
            Secret::Addresses => self.addresses(),
            Secret::Key if way == 0 => self.plant_digits("1"),
            Secret::IncomingPdu if way < 7 => to_hex(&self.pdu(pdus::incoming)),
            Secret::OutgoingPdu if way < 6 => to_hex(&self.pdu(pdus::submit)),
            Secret::OutgoingPdu if way == 6 => to_hex(&self.pdu(pdus::deliver)).to_lowercase(),
            Secret::Toolkit if way < 4 => to_hex(&self.toolkit()),
            Secret::SimFile | Secret::SimResponse if way < 4 => to_hex(&self.file()),
            Secret::Apdu | Secret::ReportPdu | Secret::Challenge | Secret::Unknown if way == 0 => {
                let digits = self.plant_digits("491");
                to_hex(&pdus::semi_octets(&digits, 5)).to_lowercase()
            }
            Secret::Apdu | Secret::ReportPdu | Secret::Challenge | Secret::Unknown if way == 1 => {
                to_hex(self.plant_text().as_bytes())
            }
            // Numbers whose places are few are compared one by one.
            Secret::Cell | Secret::PhysicalCell if way < 4 => {
                self.count += 1;
                format!("{:x}", 0x120 + self.count % 0x90)
            }
            Secret::CellDecimal | Secret::PhysicalCellDecimal if way < 4 => {
                self.count += 1;
                (260 + self.count % 200).to_string()
            }
            Secret::Position if way < 4 => {
                self.count += 1;
                format!("-{}", 100_000 + self.count)
            }
            Secret::Text if way == 1 => {
                let text = self.plant_text() + "Жук";
                self.planted.push(Original::Text("Жук".to_owned()));
                text
            }
            _ => self.plant_text(),
        };
    }

    fn int(&mut self, _: Secret, value: &mut i32) {
        self.count += 1;
        *value = 0x120 + i32::try_from(self.count % 0x90).unwrap();
    }

    fn bytes(&mut self, secret: Secret, bytes: &mut Vec<u8>) {
        let way = self.way;
        *bytes = match secret {
            Secret::CdmaDigits => {
                let digits = self.plant_digits("1555");
                digits.bytes().map(|digit| if digit == b'0' { 10 } else { digit - b'0' }).collect()
            }
            Secret::CdmaCharacters if way < 4 => self.plant_digits("1555").into_bytes(),
            Secret::CdmaBearerData if way < 4 => self.pdu(pdus::bearer_data),
            Secret::Broadcast => [&[0; 6], self.plant_text().as_bytes()].concat(),
            Secret::Unknown if way == 0 => {
                let digits = self.plant_digits("491");
                pdus::semi_octets(&digits, 5)
            }
            _ => self.plant_text().into_bytes(),
        };
    }
}
