//! The bridges that share this database, and whether they live: each counts up a number of its own.

use super::Store;
use super::backend::Backend;
use crate::pool::StoreError;

impl Store {
    /// Whether other bridges may share this database.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.backend, Backend::Postgres(_))
    }

    /// Counts up the number of the bridge of this name, for the run of it that asks. The run that has counted since
    /// that one has, if there is another; the name is the asking one's from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn beat(&self, bridge: &str, run: i64) -> Result<Option<i64>, StoreError> {
        let again = "UPDATE bridge SET beats = beats + 1 WHERE name = $1 AND run = $2";
        if self.backend.execute(again, vec![bridge.into(), run.into()]).await? > 0 {
            return Ok(None);
        }
        let last = self.last_run(bridge).await?;
        let first = "INSERT INTO bridge (name, beats, run) VALUES ($1, 1, $2) \
            ON CONFLICT (name) DO UPDATE SET beats = bridge.beats + 1, run = excluded.run";
        self.backend.execute(first, vec![bridge.into(), run.into()]).await?;
        Ok(last)
    }

    /// The run of the bridge of this name that has counted last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_run(&self, bridge: &str) -> Result<Option<i64>, StoreError> {
        // A version before this one has not said which.
        let last = "SELECT run FROM bridge WHERE name = $1 AND run IS NOT NULL";
        self.backend.query(last, vec![bridge.into()]).await?.pop().map(|mut row| row.take()).transpose()
    }

    /// All bridges, and how far each has counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn beats(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = self.backend.query("SELECT name, beats FROM bridge", vec![]).await?;
        rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
    }

    /// Forgets a bridge that has not counted further; one that has lives.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_bridge(&self, bridge: &str, beats: i64) -> Result<(), StoreError> {
        let forget = "DELETE FROM bridge WHERE name = $1 AND beats = $2";
        self.backend.execute(forget, vec![bridge.into(), beats.into()]).await.map(|_| ())
    }
}
