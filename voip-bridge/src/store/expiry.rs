//! Forgets what is older than the operator wants to keep. Calls that go on and messages that wait are never forgotten.

use super::Store;
use crate::config::Retention;
use crate::pool::{StoreError, Timestamp};

const DAY: i64 = 86_400;

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Calls of the log.
    pub calls: u64,
    /// Recorded messages.
    pub voicemails: u64,
    /// Text messages.
    pub messages: u64,
}

impl Store {
    /// Deletes what was older at `now` than `retention` allows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn expire(&self, retention: &Retention, now: Timestamp) -> Result<Expired, StoreError> {
        // What was counted so long ago limits nobody any more.
        let counted = "DELETE FROM outgoing WHERE minute < $1";
        self.backend.execute(counted, vec![(now.0 / 60 - 1).into()]).await?;
        let before = |days: u16| vec![Timestamp(now.0 - i64::from(days) * DAY).into()];
        let calls = "DELETE FROM call WHERE ended < $1";
        let voicemails = "DELETE FROM voicemail WHERE at < $1";
        let messages = "DELETE FROM message WHERE closed < $1 AND state <> 'waiting'";
        // Of what never became whole nobody waits for the rest so long.
        let fragments = "DELETE FROM fragment WHERE at < $1";
        self.backend.execute(fragments, before(retention.messages_days.max(1))).await?;
        self.expire_links(now).await?;
        Ok(Expired {
            calls: self.backend.execute(calls, before(retention.calls_days)).await?,
            voicemails: self.backend.execute(voicemails, before(retention.voicemail_days)).await?,
            messages: self.backend.execute(messages, before(retention.messages_days)).await?,
        })
    }
}
