//! What phones have sent so far of messages that come in parts: the texts of one TPDU, the TPDUs of one long message.
//!
//! A part is kept when it comes, and stays known after its message is whole, so that one that comes again is not taken
//! for a part of the next message. Bridges that receive the last parts at the same time may both find a message whole:
//! they find the same parts.

use caller_tag::E164;

use super::Store;
use super::value::Row;
use crate::pool::{StoreError, Timestamp};

/// A part of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Fragment {
    /// The same id twice is the same part.
    pub id: String,
    /// The number of the phone that sent it.
    pub number: E164,
    /// What it is a part of.
    pub whole: String,
    /// Which part it is, from 0.
    pub place: u32,
    /// How many parts there are.
    pub total: u32,
    /// What is in it.
    pub octets: Vec<u8>,
    /// When it came.
    pub at: Timestamp,
}

impl Store {
    /// Keeps a part, unless it is known; gives all parts in their order when none is missing that came after `since`
    /// and belongs to no message yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_fragment(&self, part: &Fragment, since: Timestamp) -> Result<Option<Vec<Fragment>>, StoreError> {
        let add = "INSERT INTO fragment (id, number, whole, place, total, octets, at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let values = vec![
            part.id.as_str().into(),
            (&part.number).into(),
            part.whole.as_str().into(),
            part.place.into(),
            part.total.into(),
            part.octets.as_slice().into(),
            part.at.into(),
        ];
        self.backend.execute(add, values).await?;
        let open = "SELECT id, number, whole, place, total, octets, at FROM fragment \
            WHERE whole = $1 AND at >= $2 AND message IS NULL ORDER BY place, at, id";
        let rows = self.backend.query(open, vec![part.whole.as_str().into(), since.into()]).await?;
        let mut parts = rows.into_iter().map(fragment).collect::<Result<Vec<_>, _>>()?;
        // Of two that claim one place, the older one: the other is of the next message with that reference.
        parts.dedup_by_key(|part| part.place);
        let whole =
            parts.len() as u64 == u64::from(part.total) && parts.iter().zip(0..).all(|(part, at)| part.place == at);
        Ok(whole.then_some(parts))
    }

    /// Says of which message these are the parts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close_fragments(&self, parts: &[Fragment], message: &str) -> Result<(), StoreError> {
        let close = "UPDATE fragment SET message = $1 WHERE id = $2";
        let rows = parts.iter().map(|part| vec![message.into(), part.id.as_str().into()]).collect();
        self.backend.execute_all(close, rows).await.map(|_| ())
    }

    /// Whether this part is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_fragment(&self, id: &str) -> Result<bool, StoreError> {
        Ok(!self.backend.query("SELECT id FROM fragment WHERE id = $1", vec![id.into()]).await?.is_empty())
    }

    /// How many parts have come from a number since, and how many from all numbers of its SIM.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_fragments(&self, number: &E164, sim: &E164, since: Timestamp) -> Result<(u64, u64), StoreError> {
        let from_number = "SELECT COUNT(*) FROM fragment WHERE number = $1 AND at >= $2";
        let from_sim = "SELECT COUNT(*) FROM fragment JOIN assignment ON assignment.number = fragment.number \
            WHERE sim = $1 AND at >= $2";
        let mut counts = [0; 2];
        for ((count, sql), number) in counts.iter_mut().zip([from_number, from_sim]).zip([number, sim]) {
            if let Some(mut row) = self.backend.query(sql, vec![number.into(), since.into()]).await?.pop() {
                *count = u64::try_from(row.take::<i64>()?).unwrap_or_default();
            }
        }
        let [number, sim] = counts;
        Ok((number, sim))
    }
}

fn fragment(mut row: Row) -> Result<Fragment, StoreError> {
    Ok(Fragment {
        id: row.take()?,
        number: row.take()?,
        whole: row.take()?,
        place: row.take()?,
        total: row.take()?,
        octets: row.take()?,
        at: row.take()?,
    })
}
