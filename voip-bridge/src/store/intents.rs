//! Calls that phones have announced over the link, until they come. Of each phone one waits, the latest; it is taken
//! once, by whichever bridge gets the call, and not after it has expired.

use caller_tag::E164;

use super::Store;
use super::value::Row;
use crate::pool::{StoreError, Timestamp};

/// A call that a phone has announced.
#[derive(Clone, PartialEq, Eq)]
pub struct Intent {
    /// The number of the SIM.
    pub sim: E164,
    /// The number by which the phone reaches this service.
    pub access: E164,
    /// The run of the device's daemon.
    pub run: u64,
    /// The device's own number for the call, in that run.
    pub id: u64,
    /// Whom the phone calls.
    pub target: E164,
    /// It does not want to be seen as its own number.
    pub withheld: bool,
    /// Until when it is good.
    pub expires: Timestamp,
}

impl Store {
    /// Keeps an intent; gives the one of the same phone that was waiting and waits no more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_intent(&self, intent: &Intent) -> Result<Option<Intent>, StoreError> {
        let earlier = self.remove_intent(&intent.sim, &intent.access).await?;
        let put = "INSERT INTO intent (sim, access, run, id, target, withheld, expires) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sim, access) DO UPDATE SET run = excluded.run, \
            id = excluded.id, target = excluded.target, withheld = excluded.withheld, expires = excluded.expires";
        let values = vec![
            (&intent.sim).into(),
            (&intent.access).into(),
            intent.run.cast_signed().into(),
            intent.id.cast_signed().into(),
            (&intent.target).into(),
            i64::from(intent.withheld).into(),
            intent.expires.into(),
        ];
        self.backend.execute(put, values).await?;
        Ok(earlier)
    }

    /// Takes the intent of the phone that has called `access`, if one waits that is good at `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_intent(&self, sim: &E164, access: &E164, now: Timestamp) -> Result<Option<Intent>, StoreError> {
        Ok(self.remove_intent(sim, access).await?.filter(|intent| now <= intent.expires))
    }

    async fn remove_intent(&self, sim: &E164, access: &E164) -> Result<Option<Intent>, StoreError> {
        let remove = "DELETE FROM intent WHERE sim = $1 AND access = $2 \
            RETURNING sim, access, run, id, target, withheld, expires";
        self.backend.query(remove, vec![sim.into(), access.into()]).await?.pop().map(intent).transpose()
    }

    /// Forgets an intent, if it still waits; whether it did.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_intent(&self, sim: &E164, run: u64, id: u64) -> Result<bool, StoreError> {
        let drop = "DELETE FROM intent WHERE sim = $1 AND run = $2 AND id = $3";
        let values = vec![sim.into(), run.cast_signed().into(), id.cast_signed().into()];
        Ok(self.backend.execute(drop, values).await? > 0)
    }
}

fn intent(mut row: Row) -> Result<Intent, StoreError> {
    Ok(Intent {
        sim: row.take()?,
        access: row.take()?,
        run: row.take::<i64>()?.cast_unsigned(),
        id: row.take::<i64>()?.cast_unsigned(),
        target: row.take()?,
        withheld: row.take::<i64>()? != 0,
        expires: row.take()?,
    })
}
