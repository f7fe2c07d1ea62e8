//! Text messages until they are delivered: store and forward, each message at most once.
//!
//! A message waits until it is due. Whoever takes it to deliver it pushes its next time forward in the same moment, so
//! that of many bridges one has it; when that bridge dies, the message is due again, at once when the bridge comes
//! back. What a taker says of it afterwards counts only while nobody has taken it again. The id is the sender's: the
//! same id twice is the same message, also after it was delivered.
//!
//! Where the receiver does not know a message that comes again, an attempt is written down before it is made
//! ([`Store::give_message`]): whoever finds that takes it that the message may have arrived.

use std::fmt;

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
    /// When it is given up.
    pub expires: Timestamp,
    /// How often it was taken.
    pub attempts: u32,
    /// Whether an attempt was made of which nobody knows how it ended.
    pub given: bool,
}

/// A text message without its content.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageInfo {
    /// Its id.
    pub id: String,
    /// The number of the pool for which it is, or from which it comes.
    pub number: E164,
    /// Which of the two.
    pub direction: Direction,
    /// Who sends or receives it.
    pub peer: String,
    /// When it was accepted.
    pub queued: Timestamp,
    /// How often it was taken.
    pub attempts: u32,
    /// How far it is.
    pub state: MessageState,
    /// Why it was not delivered (TP-ST).
    pub status: Option<u8>,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// To be delivered.
    Waiting,
    /// The provider has it, and will say what becomes of it.
    Sent,
    /// Done.
    Delivered,
    /// Given up.
    Failed,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Delivered, or given to whom nothing more will be heard from.
    Delivered,
    /// Not delivered, with a reason (TP-ST of 3GPP TS 23.040 section 9.2.3.15).
    Failed(u8),
}

/// How many messages there are of one direction in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageCount {
    /// The direction.
    pub direction: Direction,
    /// The state.
    pub state: MessageState,
    /// How many.
    pub messages: u64,
}

impl Store {
    /// Accepts messages, all or none; says how many of them had not been accepted before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn queue_messages(&self, messages: &[Message]) -> Result<u64, StoreError> {
        let queue = "INSERT INTO message (id, number, direction, peer, body, queued, expires, attempts, due, given, \
            state) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $6, 0, 'waiting') ON CONFLICT DO NOTHING";
        let values = |message: &Message| {
            vec![
                message.id.as_str().into(),
                (&message.number).into(),
                message.direction.into(),
                message.peer.as_str().into(),
                message.body.as_slice().into(),
                message.queued.into(),
                message.expires.into(),
            ]
        };
        self.backend.execute_all(queue, messages.iter().map(values).collect()).await
    }

    /// Takes the message of this direction that has been due longest, of those that were accepted by `accepted`, if any
    /// is due at `now`. It is the bridge's with the name `taker`, and not due again before `until`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_message(
        &self,
        taker: &str,
        direction: Direction,
        accepted: Timestamp,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let due = "SELECT id, due FROM message WHERE state = 'waiting' AND due <= $1 AND queued <= $2 \
            AND direction = $3 ORDER BY due, queued, id LIMIT 8";
        self.take_one(due, vec![now.into(), accepted.into(), direction.into()], taker, until).await
    }

    /// Takes the message for one phone of a SIM that has waited longest, if any is due at `now` and not to be given up.
    /// It is the bridge's with the name `taker`, and not due again before `until`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_message_for(
        &self,
        taker: &str,
        sim: &E164,
        tag: u8,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let due = "SELECT id, due FROM message JOIN assignment ON assignment.number = message.number \
            WHERE state = 'waiting' AND due <= $1 AND expires > $1 AND direction = 'in' AND sim = $2 AND tag = $3 \
            ORDER BY queued, id LIMIT 8";
        self.take_one(due, vec![now.into(), sim.into(), tag.into()], taker, until).await
    }

    async fn take_one(
        &self,
        due: &'static str,
        values: Vec<Value>,
        taker: &str,
        until: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let take = "UPDATE message SET due = $1, attempts = attempts + 1, taker = $4 \
            WHERE id = $2 AND due = $3 AND state = 'waiting' \
            RETURNING id, number, direction, peer, body, queued, expires, attempts, given";
        for mut row in self.backend.query(due, values).await? {
            let (id, due): (String, Timestamp) = (row.take()?, row.take()?);
            let values = vec![until.into(), id.as_str().into(), due.into(), taker.into()];
            if let Some(row) = self.backend.query(take, values).await?.pop() {
                return message(row).map(Some);
            }
        }
        Ok(None)
    }

    /// Makes due again what the bridge of this name had taken when it died; says how many messages that were.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_messages(&self, taker: &str, now: Timestamp) -> Result<u64, StoreError> {
        let release = "UPDATE message SET due = $1, taker = NULL WHERE taker = $2 AND state = 'waiting'";
        self.backend.execute(release, vec![now.into(), taker.into()]).await
    }

    /// Says that a message that was taken is given away now, to somebody who does not know it when it comes again;
    /// `false` when it is not the taker's any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn give_message(&self, taken: &Message) -> Result<bool, StoreError> {
        let give = "UPDATE message SET given = 1 WHERE id = $1 AND attempts = $2 AND state = 'waiting'";
        Ok(self.backend.execute(give, vec![taken.id.as_str().into(), taken.attempts.into()]).await? > 0)
    }

    /// Says that a message that was taken has not arrived, and is not to be tried before `due`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry_message(&self, taken: &Message, due: Timestamp) -> Result<(), StoreError> {
        let retry = "UPDATE message SET due = $1, given = 0, taker = NULL \
            WHERE id = $2 AND attempts = $3 AND state = 'waiting'";
        let values = vec![due.into(), taken.id.as_str().into(), taken.attempts.into()];
        self.backend.execute(retry, values).await.map(|_| ())
    }

    /// Says that the provider has a message and knows it by `reference`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn message_sent(&self, id: &str, reference: &str, at: Timestamp) -> Result<(), StoreError> {
        let sent = "UPDATE message SET state = 'sent', given = 0, reference = $1, closed = $2 \
            WHERE id = $3 AND state = 'waiting'";
        self.backend.execute(sent, vec![reference.into(), at.into(), id.into()]).await.map(|_| ())
    }

    /// Says how a message ended; whether it was the first to say so. The first word counts: what is delivered does not
    /// fail later.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close_message(&self, id: &str, ended: Ended, at: Timestamp) -> Result<bool, StoreError> {
        let close = "UPDATE message SET state = $1, status = $2, closed = $3 \
            WHERE id = $4 AND state IN ('waiting', 'sent')";
        let (state, status) = match ended {
            Ended::Delivered => ("delivered", None),
            Ended::Failed(status) => ("failed", Some(status)),
        };
        Ok(self.backend.execute(close, vec![state.into(), status.into(), at.into(), id.into()]).await? > 0)
    }

    /// Gives up the messages for phones whose time is over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn expire_messages(&self, status: u8, now: Timestamp) -> Result<u64, StoreError> {
        let expire = "UPDATE message SET state = 'failed', status = $1, closed = $2 \
            WHERE state = 'waiting' AND direction = 'in' AND expires <= $2 AND due <= $2";
        self.backend.execute(expire, vec![status.into(), now.into()]).await
    }

    /// The message that the provider knows by `reference`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn message_by_reference(&self, reference: &str) -> Result<Option<Message>, StoreError> {
        let one = "SELECT id, number, direction, peer, body, queued, expires, attempts, given FROM message \
            WHERE reference = $1 ORDER BY queued DESC LIMIT 1";
        self.backend.query(one, vec![reference.into()]).await?.pop().map(message).transpose()
    }

    /// The message with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn message(&self, id: &str) -> Result<Option<Message>, StoreError> {
        let one = "SELECT id, number, direction, peer, body, queued, expires, attempts, given FROM message \
            WHERE id = $1";
        self.backend.query(one, vec![id.into()]).await?.pop().map(message).transpose()
    }

    /// How far a message is; `None` when there is no such message, or no more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn message_state(&self, id: &str) -> Result<Option<MessageState>, StoreError> {
        let one = "SELECT state FROM message WHERE id = $1";
        self.backend.query(one, vec![id.into()]).await?.pop().map(|mut row| row.take()).transpose()
    }

    /// At most `limit` messages, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn messages(&self, limit: u32) -> Result<Vec<MessageInfo>, StoreError> {
        let all = "SELECT id, number, direction, peer, queued, attempts, state, status FROM message \
            ORDER BY queued DESC, id LIMIT $1";
        self.backend.query(all, vec![limit.into()]).await?.into_iter().map(info).collect()
    }

    /// How many messages there are, by direction and state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn message_counts(&self) -> Result<Vec<MessageCount>, StoreError> {
        let counts = "SELECT direction, state, COUNT(*) FROM message GROUP BY direction, state \
            ORDER BY direction, state";
        self.backend.query(counts, vec![]).await?.into_iter().map(count).collect()
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
        expires: row.take()?,
        attempts: row.take()?,
        given: row.take::<i64>()? != 0,
    })
}

fn info(mut row: Row) -> Result<MessageInfo, StoreError> {
    Ok(MessageInfo {
        id: row.take()?,
        number: row.take()?,
        direction: row.take()?,
        peer: row.take()?,
        queued: row.take()?,
        attempts: row.take()?,
        state: row.take()?,
        status: row.take()?,
    })
}

fn count(mut row: Row) -> Result<MessageCount, StoreError> {
    let (direction, state, messages) = (row.take()?, row.take()?, row.take::<i64>()?);
    Ok(MessageCount { direction, state, messages: u64::try_from(messages).unwrap_or_default() })
}

impl FromValue for MessageState {
    fn from_value(value: Value) -> Option<Self> {
        match String::from_value(value)?.as_str() {
            "waiting" => Some(Self::Waiting),
            "sent" => Some(Self::Sent),
            "delivered" => Some(Self::Delivered),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }
}

/// Shows neither numbers nor content.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("direction", &self.direction)
            .field("attempts", &self.attempts)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}
