//! Emergency numbers: those of the standard, of the card, and of the network.
//!
//! With a card, 112, 911 and what EF_ECC lists are emergency calls; without one, the numbers of other countries as
//! well. The network has a list of its own, which counts while the phone is registered there. No message of ril.h tells
//! a host of that list: it only shows in which numbers connect.
//!
//! Reference: 3GPP TS 22.101, 10.1.1; TS 31.102, 4.2.21 and TS 51.011, 10.3.27 (EF_ECC); TS 24.008, 10.5.3.13 (the
//! network's list) and 10.5.4.33 (categories).

use std::str::FromStr;

use super::Modem;

/// With any card.
const ALWAYS: [&str; 2] = ["112", "911"];
/// Without a card.
const WITHOUT_CARD: [&str; 6] = ["000", "08", "110", "118", "119", "999"];

/// EF_ECC has room for numbers of this many digits.
const MAX_DIGITS: usize = 6;
/// The bits of the emergency service category.
const MAX_CATEGORY: u8 = 0x1f;

/// A number of EF_ECC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyNumber {
    /// One to six digits.
    pub digits: String,
    /// Sum of 1 police, 2 ambulance, 4 fire, 8 marine, 16 mountain rescue; 0 says nothing. A SIM has none.
    pub category: u8,
}

impl EmergencyNumber {
    /// A number without a category.
    pub fn new(digits: &str) -> Self {
        Self { digits: digits.to_owned(), category: 0 }
    }
}

impl std::fmt::Display for EmergencyNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.category {
            0 => f.pad(&self.digits),
            category => write!(f, "{}/{category}", self.digits),
        }
    }
}

/// `DIGITS[/CATEGORY]`
impl FromStr for EmergencyNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (digits, category) = text.split_once('/').unwrap_or((text, "0"));
        let fits = (1..=MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let category = category.parse().ok().filter(|category| *category <= MAX_CATEGORY);
        match category {
            Some(category) if fits => Ok(Self { digits: digits.to_owned(), category }),
            _ => Err(format!("'{text}' is not one to six digits, perhaps with /CATEGORY up to {MAX_CATEGORY}")),
        }
    }
}

impl Modem {
    /// A call to this number is an emergency call now.
    pub fn is_emergency(&self, number: &str) -> bool {
        let of_card = || self.sim.emergency_numbers().iter().any(|known| known.digits == number);
        let of_network = || self.network.emergency_now().iter().any(|known| known == number);
        ALWAYS.contains(&number)
            || (!self.sim.is_present() && WITHOUT_CARD.contains(&number))
            || (self.sim.is_present() && of_card())
            || of_network()
    }
}
