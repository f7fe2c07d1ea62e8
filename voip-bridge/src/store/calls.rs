//! The call log. A call without an end is live; a bridge that starts ends what it left behind.

use caller_tag::cause::Cause;

use super::Store;
use super::value::{FromValue, Row, Value};
use crate::pool::{Call, Direction, StoreError, Timestamp};

/// Q.850 cause 41, temporary failure: what calls have ended with whose bridge has gone.
const TEMPORARY_FAILURE: u8 = Cause::TEMPORARY.q850();

impl Store {
    pub(super) async fn write_calls(&self, calls: &[Call]) -> Result<(), StoreError> {
        let write = "INSERT INTO call (id, bridge, number, direction, peer, began, answered, ended, cause) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET \
            answered = excluded.answered, ended = excluded.ended, cause = excluded.cause";
        let values = |call: &Call| {
            vec![
                call.id.as_str().into(),
                call.bridge.as_str().into(),
                (&call.number).into(),
                call.direction.into(),
                call.peer.as_deref().into(),
                call.began.into(),
                call.answered.into(),
                call.ended.into(),
                call.cause.into(),
            ]
        };
        self.backend.execute_all(write, calls.iter().map(values).collect()).await.map(|_| ())
    }

    /// The calls that go on at this moment, on all bridges, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_calls(&self) -> Result<Vec<Call>, StoreError> {
        let live = "SELECT id, bridge, number, direction, peer, began, answered, ended, cause FROM call \
            WHERE ended IS NULL ORDER BY began DESC, id";
        self.backend.query(live, vec![]).await?.into_iter().map(call).collect()
    }

    /// At most `limit` calls that have ended, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn past_calls(&self, limit: u32) -> Result<Vec<Call>, StoreError> {
        let past = "SELECT id, bridge, number, direction, peer, began, answered, ended, cause FROM call \
            WHERE ended IS NOT NULL ORDER BY began DESC, id LIMIT $1";
        self.backend.query(past, vec![limit.into()]).await?.into_iter().map(call).collect()
    }

    /// Ends what the bridge of this name has left behind; says how many calls that were.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_abandoned(&self, bridge: &str, now: Timestamp) -> Result<u64, StoreError> {
        let end = "UPDATE call SET ended = $1, cause = $2 WHERE bridge = $3 AND ended IS NULL";
        self.backend.execute(end, vec![now.into(), TEMPORARY_FAILURE.into(), bridge.into()]).await
    }
}

fn call(mut row: Row) -> Result<Call, StoreError> {
    Ok(Call {
        id: row.take()?,
        bridge: row.take()?,
        number: row.take()?,
        direction: row.take()?,
        peer: row.take()?,
        began: row.take()?,
        answered: row.take()?,
        ended: row.take()?,
        cause: row.take()?,
    })
}

impl From<Direction> for Value {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::In => "in".into(),
            Direction::Out => "out".into(),
        }
    }
}

impl FromValue for Direction {
    fn from_value(value: Value) -> Option<Self> {
        match String::from_value(value)?.as_str() {
            "in" => Some(Self::In),
            "out" => Some(Self::Out),
            _ => None,
        }
    }
}
