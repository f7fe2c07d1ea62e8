//! Which bridge has the link to which device, and what other bridges have for that device. Needed where several bridges
//! share a database; one that is alone knows its links without.

use caller_tag::E164;

use super::Store;
use super::value::Value;
use crate::pool::{StoreError, Timestamp};

/// The link to the device of a SIM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkInfo {
    /// The connection.
    pub connection: String,
    /// A bit for the tag of each phone that can be reached.
    pub phones: u16,
}

/// What one bridge has for a device whose link another has.
#[derive(Clone, PartialEq, Eq)]
pub struct Post {
    /// Chosen by the sender; what it sends later has a higher one.
    pub id: String,
    /// The number of the device's SIM.
    pub sim: E164,
    /// The run of the device's daemon that it is for; `None` for any.
    pub run: Option<u64>,
    /// A message of the link.
    pub message: Vec<u8>,
    /// Until when it is worth anything.
    pub expires: Timestamp,
}

impl Store {
    /// A device is linked to this bridge from now on, whatever link it had before. All its phones count as reachable
    /// until it says which are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn link_up(&self, sim: &E164, bridge: &str, connection: &str, now: Timestamp) -> Result<(), StoreError> {
        let up = "INSERT INTO link (sim, bridge, connection, phones, seen) VALUES ($1, $2, $3, 1023, $4) \
            ON CONFLICT (sim) DO UPDATE SET bridge = excluded.bridge, connection = excluded.connection, \
            phones = excluded.phones, seen = excluded.seen";
        self.backend.execute(up, vec![sim.into(), bridge.into(), connection.into(), now.into()]).await.map(|_| ())
    }

    /// A device is still linked by this connection; `false` when it has a newer one, which may be elsewhere.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn link_seen(
        &self,
        sim: &E164,
        connection: &str,
        phones: u16,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let seen = "UPDATE link SET phones = $1, seen = $2 WHERE sim = $3 AND connection = $4";
        let values = vec![u32::from(phones).into(), now.into(), sim.into(), connection.into()];
        Ok(self.backend.execute(seen, values).await? > 0)
    }

    /// A connection is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn link_down(&self, sim: &E164, connection: &str) -> Result<(), StoreError> {
        let down = "DELETE FROM link WHERE sim = $1 AND connection = $2";
        self.backend.execute(down, vec![sim.into(), connection.into()]).await.map(|_| ())
    }

    /// Forgets the links that an earlier run of this bridge has left behind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_links(&self, bridge: &str) -> Result<(), StoreError> {
        self.backend.execute("DELETE FROM link WHERE bridge = $1", vec![bridge.into()]).await.map(|_| ())
    }

    /// The link to the device of this SIM, if there is one that was seen since then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn link(&self, sim: &E164, since: Timestamp) -> Result<Option<LinkInfo>, StoreError> {
        let one = "SELECT connection, phones FROM link WHERE sim = $1 AND seen >= $2";
        let Some(mut row) = self.backend.query(one, vec![sim.into(), since.into()]).await?.pop() else {
            return Ok(None);
        };
        let (connection, phones) = (row.take()?, row.take::<u32>()?);
        let phones = phones.try_into().map_err(|_| StoreError::Failed("a link has too many phones".to_owned()))?;
        Ok(Some(LinkInfo { connection, phones }))
    }

    /// Leaves a message for whichever bridge has the link.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn leave_post(&self, post: &Post) -> Result<(), StoreError> {
        let leave = "INSERT INTO post (id, sim, run, message, expires) VALUES ($1, $2, $3, $4, $5)";
        let values = vec![
            post.id.as_str().into(),
            (&post.sim).into(),
            post.run.map(u64::cast_signed).map_or(Value::Null, Value::from),
            post.message.as_slice().into(),
            post.expires.into(),
        ];
        self.backend.execute(leave, values).await.map(|_| ())
    }

    /// Takes what was left for the devices that are linked to this bridge, in the order in which it was left.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_posts(&self, bridge: &str, now: Timestamp) -> Result<Vec<Post>, StoreError> {
        let take = "DELETE FROM post WHERE sim IN (SELECT sim FROM link WHERE bridge = $1) \
            RETURNING id, sim, run, message, expires";
        let mut posts = Vec::new();
        for mut row in self.backend.query(take, vec![bridge.into()]).await? {
            let (id, sim) = (row.take()?, row.take()?);
            let run = row.take::<Option<i64>>()?.map(i64::cast_unsigned);
            posts.push(Post { id, sim, run, message: row.take()?, expires: row.take()? });
        }
        posts.retain(|post| now <= post.expires);
        posts.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(posts)
    }

    /// A device has taken a hint that another bridge has left for it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hint_taken(&self, id: u64, expires: Timestamp) -> Result<(), StoreError> {
        let taken = "INSERT INTO hint (id, expires) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.backend.execute(taken, vec![id.cast_signed().into(), expires.into()]).await.map(|_| ())
    }

    /// Whether a device has taken a hint; asked with `true` for an answer once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_hint_taken(&self, id: u64) -> Result<bool, StoreError> {
        Ok(self.backend.execute("DELETE FROM hint WHERE id = $1", vec![id.cast_signed().into()]).await? > 0)
    }

    /// The SIMs whose phones have messages waiting.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sims_with_messages(&self, now: Timestamp) -> Result<Vec<E164>, StoreError> {
        let sims = "SELECT DISTINCT sim FROM message JOIN assignment ON assignment.number = message.number \
            WHERE state = 'waiting' AND direction = 'in' AND due <= $1 AND expires > $1";
        self.backend.query(sims, vec![now.into()]).await?.into_iter().map(|mut row| row.take()).collect()
    }

    /// Forgets what has expired on its way to and from devices.
    pub(super) async fn expire_links(&self, now: Timestamp) -> Result<(), StoreError> {
        for expired in [
            "DELETE FROM intent WHERE expires < $1",
            "DELETE FROM post WHERE expires < $1",
            "DELETE FROM hint WHERE expires < $1",
        ] {
            self.backend.execute(expired, vec![now.into()]).await?;
        }
        Ok(())
    }
}
