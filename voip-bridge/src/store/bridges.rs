//! The bridges that share this database, and whether they live: each counts up a number of its own.

use super::Store;
use super::backend::Backend;
use crate::pool::StoreError;

impl Store {
    /// Whether other bridges may share this database.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.backend, Backend::Postgres(_))
    }

    /// Counts up the number of the bridge of this name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn beat(&self, bridge: &str) -> Result<(), StoreError> {
        let beat = "INSERT INTO bridge (name, beats) VALUES ($1, 1) \
            ON CONFLICT (name) DO UPDATE SET beats = bridge.beats + 1";
        self.backend.execute(beat, vec![bridge.into()]).await.map(|_| ())
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
