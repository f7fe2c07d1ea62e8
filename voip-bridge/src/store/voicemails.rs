//! Recorded messages, with their sound: it lies in the database, so that every bridge of a fleet can play it.

use caller_tag::E164;

use super::Store;
use super::value::Row;
use crate::pool::{StoreError, Timestamp, Voicemail};

/// A recorded message without its sound.
#[derive(Clone, PartialEq, Eq)]
pub struct VoicemailInfo {
    /// Its id.
    pub id: String,
    /// For which number it is.
    pub number: E164,
    /// Who left it; `None` when the caller is withheld.
    pub peer: Option<String>,
    /// When the recording began.
    pub at: Timestamp,
    /// How long it is.
    pub milliseconds: u32,
}

impl Store {
    /// Keeps it; one with the same id is kept already, and stays.
    pub(super) async fn add_voicemail(&self, voicemail: &Voicemail) -> Result<(), StoreError> {
        let add = "INSERT INTO voicemail (id, number, peer, at, milliseconds, audio) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT DO NOTHING";
        let values = vec![
            voicemail.id.as_str().into(),
            (&voicemail.number).into(),
            voicemail.peer.as_deref().into(),
            voicemail.at.into(),
            voicemail.milliseconds.into(),
            voicemail.audio.as_slice().into(),
        ];
        self.backend.execute(add, values).await.map(|_| ())
    }

    pub(super) async fn count_voicemails(&self, number: &E164) -> Result<u32, StoreError> {
        let count = "SELECT COUNT(*) FROM voicemail WHERE number = $1";
        let mut rows = self.backend.query(count, vec![number.into()]).await?;
        rows.pop().map_or(Ok(0), |mut row| row.take())
    }

    /// At most `limit` recorded messages, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn voicemails(&self, limit: u32) -> Result<Vec<VoicemailInfo>, StoreError> {
        let all = "SELECT id, number, peer, at, milliseconds FROM voicemail ORDER BY at DESC, id LIMIT $1";
        self.backend.query(all, vec![limit.into()]).await?.into_iter().map(info).collect()
    }

    /// The WAV file of one; `None` when there is no such message.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn voicemail_audio(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let one = "SELECT audio FROM voicemail WHERE id = $1";
        self.backend.query(one, vec![id.into()]).await?.pop().map(|mut row| row.take()).transpose()
    }

    /// Deletes one; whether there was one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_voicemail(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.backend.execute("DELETE FROM voicemail WHERE id = $1", vec![id.into()]).await? > 0)
    }
}

fn info(mut row: Row) -> Result<VoicemailInfo, StoreError> {
    Ok(VoicemailInfo {
        id: row.take()?,
        number: row.take()?,
        peer: row.take()?,
        at: row.take()?,
        milliseconds: row.take()?,
    })
}
