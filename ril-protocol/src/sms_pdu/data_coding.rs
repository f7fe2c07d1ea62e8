//! TP-DCS, the data coding scheme (TS 23.038, 4).
//!
//! Keeps the octet; class, alphabet and waiting indication are views of it.

/// A data coding scheme octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DataCoding(pub u8);

/// In what units the user data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// 7-bit codes; TP-UDL counts septets.
    Gsm7,
    /// 8-bit data; TP-UDL counts octets.
    Octets,
    /// 16-bit characters; TP-UDL counts octets.
    Ucs2,
}

/// Message class: where a phone is asked to put the message (TS 23.038, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageClass {
    /// Class 0: show at once, do not store.
    Flash,
    /// Class 1: default meaning: store in the phone.
    Phone,
    /// Class 2: store in the SIM.
    Sim,
    /// Class 3: default meaning: hand to the terminal equipment.
    Terminal,
}

/// Message waiting indication (TS 23.038, 4, groups 1100 to 1110).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// Whether the indication is to be set or cleared.
    pub active: bool,
    /// What waits: 0 voice mail, 1 fax, 2 electronic mail, 3 other.
    pub kind: u8,
    /// Whether the message may be discarded once the indication is shown.
    pub discard: bool,
}

impl DataCoding {
    /// Default alphabet, no class.
    pub const GSM7: DataCoding = DataCoding(0x00);
    /// 8-bit data, no class.
    pub const OCTETS: DataCoding = DataCoding(0x04);
    /// UCS-2, no class.
    pub const UCS2: DataCoding = DataCoding(0x08);

    /// The units of the user data. Reserved values count as 7-bit, as TS 23.038 asks of a receiver.
    pub fn coding(self) -> Coding {
        match (self.0 >> 4, self.0 >> 2 & 3) {
            (0x0..=0x7, 1) => Coding::Octets,
            (0x0..=0x7, 2) => Coding::Ucs2,
            (0xe, _) => Coding::Ucs2,
            (0xf, 1 | 3) => Coding::Octets,
            _ => Coding::Gsm7,
        }
    }

    /// Whether the text is compressed (TS 23.042).
    pub fn is_compressed(self) -> bool {
        self.0 & 0xa0 == 0x20
    }

    /// Whether TP-UDL counts septets.
    pub fn counts_septets(self) -> bool {
        self.coding() == Coding::Gsm7 && !self.is_compressed()
    }

    /// The message class, where one is given.
    pub fn class(self) -> Option<MessageClass> {
        let given = matches!((self.0 >> 4, self.0 & 0x10), (0x0..=0x7, 0x10) | (0xf, _));
        given.then_some(match self.0 & 3 {
            0 => MessageClass::Flash,
            1 => MessageClass::Phone,
            2 => MessageClass::Sim,
            _ => MessageClass::Terminal,
        })
    }

    /// The general-group scheme of the same coding with a message class; compression and waiting bits are dropped.
    #[must_use]
    pub fn with_class(self, class: MessageClass) -> Self {
        let coding = match self.coding() {
            Coding::Gsm7 => 0x00,
            Coding::Octets => 0x04,
            Coding::Ucs2 => 0x08,
        };
        let class = match class {
            MessageClass::Flash => 0,
            MessageClass::Phone => 1,
            MessageClass::Sim => 2,
            MessageClass::Terminal => 3,
        };
        DataCoding(0x10 | coding | class)
    }

    /// The waiting indication, where this is one.
    pub fn waiting(self) -> Option<Waiting> {
        let group = self.0 >> 4;
        matches!(group, 0xc..=0xe).then_some(Waiting {
            active: self.0 & 0x08 != 0,
            kind: self.0 & 3,
            discard: group == 0xc,
        })
    }
}
