//! What the operator writes on the card, who may write every file.

use ril_protocol::card::{EF_ECC, EF_EST, EF_IMSI};

use super::file_system::Content;
use super::{SimCard, files};
use crate::model::emergency::EmergencyNumber;

/// Files that go with more than themselves: two of one number, the answer to `GET_IMSI`, whether dialling is fixed.
const SAID_ELSEWHERE: [u16; 3] = [EF_ECC, EF_IMSI, EF_EST];

impl SimCard {
    /// Writes a file, or one record of it, from 1; what is left is filled up with FF.
    pub(in crate::model) fn write(&mut self, id: u16, record: Option<usize>, octets: &[u8]) -> Result<(), String> {
        if !self.present {
            return Err("no card".to_owned());
        }
        if SAID_ELSEWHERE.contains(&id) {
            return Err(format!("file {id:04x} goes with more than itself; there is 'sim ecc', and 'sim swap'"));
        }
        let file = self.files.file_mut(id).ok_or_else(|| format!("the card has no file {id:04x}"))?;
        let place = match (&mut file.content, record) {
            (Content::Transparent(bytes), None) => bytes,
            (Content::Records(records), Some(record)) => {
                let most = records.len();
                let record = record.checked_sub(1).and_then(|at| records.get_mut(at));
                record.ok_or_else(|| format!("file {id:04x} has {most} records"))?
            }
            (Content::Transparent(_), Some(_)) => return Err(format!("file {id:04x} has no records")),
            (Content::Records(_), None) => return Err(format!("file {id:04x} has records, name one")),
        };
        if octets.len() > place.len() {
            return Err(format!("there is room for {} octets", place.len()));
        }
        place.fill(0xff);
        place[..octets.len()].copy_from_slice(octets);
        Ok(())
    }

    /// The operator writes EF_ECC over the air.
    pub(in crate::model) fn set_emergency_numbers(&mut self, numbers: &[EmergencyNumber]) {
        for file in self.files.all_mut(EF_ECC) {
            file.content = match file.content {
                Content::Records(_) => files::emergency_records(numbers),
                Content::Transparent(_) => files::emergency_octets(numbers),
            };
        }
    }
}
