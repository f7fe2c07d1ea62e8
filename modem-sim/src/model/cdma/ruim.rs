//! Short messages that the host keeps on the RUIM.
//!
//! Reference: ril.h, requests 96 and 97, unsolicited message 1022; 3GPP2 C.S0023, 3.4.27.

use std::collections::BTreeMap;

use ril_protocol::Errno;
use ril_protocol::payload::cdma::SmsWriteArgs;

/// Records of EF_SMS.
const RECORDS: i32 = 10;

/// The messages on the card, by their index, from 1.
#[derive(Debug, Default)]
pub struct RuimMessages(BTreeMap<i32, SmsWriteArgs>);

impl RuimMessages {
    /// Stores a message; its index.
    pub(in crate::model) fn store(&mut self, message: SmsWriteArgs) -> Result<i32, Errno> {
        let free = (1..=RECORDS).find(|index| !self.0.contains_key(index)).ok_or(Errno::SIM_FULL)?;
        self.0.insert(free, message);
        Ok(free)
    }

    /// Deletes a message.
    pub(in crate::model) fn delete(&mut self, index: i32) -> Result<(), Errno> {
        self.0.remove(&index).map(drop).ok_or(Errno::NO_SUCH_ENTRY)
    }

    /// There is no room for another.
    pub(in crate::model) fn is_full(&self) -> bool {
        self.0.len() >= usize::try_from(RECORDS).unwrap_or_default()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}
