//! How many calls a number may place: counted here, so that the limit is that of the fleet and outlives a restart.

use caller_tag::E164;

use super::Store;
use crate::pool::{CallsOut, StoreError, Timestamp};

const MINUTE: i64 = 60;

impl Store {
    /// Whether `number` may place a call now; if so, it counts.
    pub(super) async fn count_call_out(
        &self,
        number: &E164,
        limits: CallsOut,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let live = "SELECT COUNT(*) FROM call WHERE number = $1 AND direction = 'out' AND ended IS NULL";
        let live: i64 = match self.backend.query(live, vec![number.into()]).await?.pop() {
            Some(mut row) => row.take()?,
            None => 0,
        };
        if live >= limits.at_once.into() {
            return Ok(false);
        }
        // One statement, so that of calls that begin at once no more are let through than may be.
        let count = "INSERT INTO outgoing (number, minute, calls) VALUES ($1, $2, 1) ON CONFLICT (number) DO UPDATE SET \
            calls = CASE WHEN outgoing.minute = excluded.minute THEN outgoing.calls + 1 ELSE 1 END, \
            minute = excluded.minute WHERE outgoing.minute <> excluded.minute OR outgoing.calls < $3";
        let minute = now.0.div_euclid(MINUTE);
        let values = vec![number.into(), minute.into(), limits.per_minute.into()];
        Ok(self.backend.execute(count, values).await? > 0)
    }
}
