//! Text messages until they are delivered: store and forward, each message at most once.
//!
//! A message waits until it is due. Whoever takes it to deliver it pushes its next time forward in the same moment, so
//! that of many bridges one has it; when that bridge dies, the message is due again. The id is the sender's: the same
//! id twice is the same message, also after it was delivered.

use caller_tag::E164;

use super::Store;
use super::value::{FromValue, Row, Value};
use crate::pool::{Direction, StoreError, Timestamp};

/// A text message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Known to sender and service by this.
    pub id: String,
    /// The number of the pool for which it is, or from which it comes.
    pub number: E164,
    /// Which of the two.
    pub direction: Direction,
    /// Who sends or receives it.
    pub peer: String,
    /// The content, in whatever form it goes on.
    pub body: Vec<u8>,
    /// When it was accepted.
    pub queued: Timestamp,
    /// How often it was taken.
    pub attempts: u32,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// To be delivered.
    Waiting,
    /// Done.
    Delivered,
    /// Given up.
    Failed,
}

impl Store {
    /// Accepts a message; `false` when one with its id was accepted before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn queue_message(&self, message: &Message) -> Result<bool, StoreError> {
        let queue = "INSERT INTO message (id, number, direction, peer, body, queued, attempts, due, state) \
            VALUES ($1, $2, $3, $4, $5, $6, 0, $6, 'waiting') ON CONFLICT DO NOTHING";
        let values = vec![
            message.id.as_str().into(),
            (&message.number).into(),
            message.direction.into(),
            message.peer.as_str().into(),
            message.body.as_slice().into(),
            message.queued.into(),
        ];
        Ok(self.backend.execute(queue, values).await? > 0)
    }

    /// Takes the message that has been due longest, if any is due at `now`. It is not due again before `until`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_message(&self, now: Timestamp, until: Timestamp) -> Result<Option<Message>, StoreError> {
        let due = "SELECT id, due FROM message WHERE state = 'waiting' AND due <= $1 ORDER BY due, id LIMIT 8";
        let take = "UPDATE message SET due = $1, attempts = attempts + 1 \
            WHERE id = $2 AND due = $3 AND state = 'waiting' \
            RETURNING id, number, direction, peer, body, queued, attempts";
        for mut row in self.backend.query(due, vec![now.into()]).await? {
            let (id, due): (String, Timestamp) = (row.take()?, row.take()?);
            let taken = self.backend.query(take, vec![until.into(), id.as_str().into(), due.into()]).await?.pop();
            if let Some(row) = taken {
                return message(row).map(Some);
            }
        }
        Ok(None)
    }

    /// Says that a message that was taken is not to be tried before `due`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry_message(&self, id: &str, due: Timestamp) -> Result<(), StoreError> {
        let retry = "UPDATE message SET due = $1 WHERE id = $2 AND state = 'waiting'";
        self.backend.execute(retry, vec![due.into(), id.into()]).await.map(|_| ())
    }

    /// Says how a message ended. The first word counts: what is delivered does not fail later.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close_message(&self, id: &str, delivered: bool) -> Result<(), StoreError> {
        let close = "UPDATE message SET state = $1 WHERE id = $2 AND state = 'waiting'";
        let state = if delivered { "delivered" } else { "failed" };
        self.backend.execute(close, vec![state.into(), id.into()]).await.map(|_| ())
    }

    /// How far a message is; `None` when there is no such message, or no more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn message_state(&self, id: &str) -> Result<Option<MessageState>, StoreError> {
        let one = "SELECT state FROM message WHERE id = $1";
        self.backend.query(one, vec![id.into()]).await?.pop().map(|mut row| row.take()).transpose()
    }
}

fn message(mut row: Row) -> Result<Message, StoreError> {
    Ok(Message {
        id: row.take()?,
        number: row.take()?,
        direction: row.take()?,
        peer: row.take()?,
        body: row.take()?,
        queued: row.take()?,
        attempts: row.take()?,
    })
}

impl FromValue for MessageState {
    fn from_value(value: Value) -> Option<Self> {
        match String::from_value(value)?.as_str() {
            "waiting" => Some(Self::Waiting),
            "delivered" => Some(Self::Delivered),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }
}
