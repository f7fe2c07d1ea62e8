//! The pool: which numbers there are and which phone has which.
//!
//! A number, a tag and a way in each belong to one phone of a SIM at a time, and a phone has one number; the database
//! itself sees to that, however many bridges assign at once.

use caller_tag::E164;

use super::Store;
use super::value::Row;
use crate::pool::{Assignment, StoreError, Unavailable};

/// How often to look for a free tag again when others have taken the one that was free: there are only ten.
const ATTEMPTS: usize = 16;

/// A number of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolNumber {
    /// The number.
    pub number: E164,
    /// The phone that has it; `None` while it is free.
    pub assignment: Option<Assignment>,
}

/// Which number to give to which phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assign {
    /// A number of the pool.
    pub number: E164,
    /// The number of the SIM that the phone shares.
    pub sim: E164,
    /// The name of the phone.
    pub phone: String,
    /// The tag; `None` for the lowest that is free.
    pub tag: Option<u8>,
    /// The number that the phone's outgoing calls dial; `None` for `number` itself.
    pub access: Option<E164>,
    /// What callers get when the phone cannot be reached.
    pub unavailable: Unavailable,
}

/// Why a number was not assigned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignError {
    /// The pool has no such number.
    #[error("the number is not in the pool")]
    Unknown,
    /// Another phone has the number, or this one has it already.
    #[error("the number is assigned already")]
    NumberTaken,
    /// The phone has another number.
    #[error("the phone has a number already")]
    PhoneTaken,
    /// Another phone of the SIM has this tag.
    #[error("another phone of this SIM has the tag")]
    TagTaken,
    /// Another phone of the SIM has this way in.
    #[error("another phone of this SIM has the access number")]
    AccessTaken,
    /// The SIM has ten phones.
    #[error("the SIM has no free tag")]
    NoTagLeft,
    /// A tag is one digit.
    #[error("a tag is one digit, 0 to 9")]
    NotATag,
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a number was not released.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// No phone has it.
    #[error("the number is not assigned")]
    NotAssigned,
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a number was not removed from the pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoveError {
    /// A phone has it.
    #[error("the number is assigned; release it first")]
    Assigned,
    /// The pool has no such number.
    #[error("the number is not in the pool")]
    Unknown,
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Puts numbers into the pool, all or none; says how many it did not have yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_numbers(&self, numbers: &[E164]) -> Result<u64, StoreError> {
        let rows = numbers.iter().map(|number| vec![number.into()]).collect();
        self.backend.execute_all("INSERT INTO number (number) VALUES ($1) ON CONFLICT DO NOTHING", rows).await
    }

    /// Takes a free number out of the pool.
    ///
    /// # Errors
    /// [`RemoveError`].
    pub async fn remove_number(&self, number: &E164) -> Result<(), RemoveError> {
        let remove = "DELETE FROM number WHERE number = $1 \
            AND NOT EXISTS (SELECT 1 FROM assignment WHERE assignment.number = $1)";
        if self.backend.execute(remove, vec![number.into()]).await? > 0 {
            Ok(())
        } else if self.assignment(number).await?.is_some() {
            Err(RemoveError::Assigned)
        } else {
            Err(RemoveError::Unknown)
        }
    }

    /// The whole pool, ordered by number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn numbers(&self) -> Result<Vec<PoolNumber>, StoreError> {
        let all = "SELECT number.number, sim, access, tag, phone, unavailable, forward_to \
            FROM number LEFT JOIN assignment ON assignment.number = number.number ORDER BY number.number";
        let rows = self.backend.query(all, vec![]).await?;
        rows.into_iter().map(pool_number).collect()
    }

    /// Gives a number of the pool to a phone.
    ///
    /// # Errors
    /// [`AssignError`] says what is in the way.
    pub async fn assign(&self, assign: &Assign) -> Result<Assignment, AssignError> {
        if assign.tag.is_some_and(|tag| tag > 9) {
            return Err(AssignError::NotATag);
        }
        for _ in 0..ATTEMPTS {
            let tag = match assign.tag {
                Some(tag) => tag,
                None => self.free_tag(&assign.sim).await?.ok_or(AssignError::NoTagLeft)?,
            };
            let assignment = Assignment {
                number: assign.number,
                sim: assign.sim,
                access: assign.access.unwrap_or(assign.number),
                tag,
                phone: assign.phone.clone(),
                unavailable: assign.unavailable.clone(),
            };
            if self.insert(&assignment).await? {
                return Ok(assignment);
            }
            match self.obstacle(&assignment).await? {
                Some(AssignError::TagTaken) if assign.tag.is_none() => {}
                Some(obstacle) => return Err(obstacle),
                // What was in the way is gone.
                None => {}
            }
        }
        Err(StoreError::Unavailable("others assign numbers of this SIM all the time".to_owned()).into())
    }

    /// Takes a number from its phone and back into the pool.
    ///
    /// # Errors
    /// [`ReleaseError`].
    pub async fn release(&self, number: &E164) -> Result<Assignment, ReleaseError> {
        let release = "DELETE FROM assignment WHERE number = $1 \
            RETURNING number, sim, access, tag, phone, unavailable, forward_to";
        let mut rows = self.backend.query(release, vec![number.into()]).await?;
        rows.pop().map_or(Err(ReleaseError::NotAssigned), |row| Ok(assignment(row)?))
    }

    pub(super) async fn assignment(&self, number: &E164) -> Result<Option<Assignment>, StoreError> {
        let one = "SELECT number, sim, access, tag, phone, unavailable, forward_to FROM assignment WHERE number = $1";
        self.backend.query(one, vec![number.into()]).await?.pop().map(assignment).transpose()
    }

    pub(super) async fn assignment_of_sim(&self, sim: &E164, access: &E164) -> Result<Option<Assignment>, StoreError> {
        let one = "SELECT number, sim, access, tag, phone, unavailable, forward_to FROM assignment \
            WHERE sim = $1 AND access = $2";
        self.backend.query(one, vec![sim.into(), access.into()]).await?.pop().map(assignment).transpose()
    }

    /// The phone of a SIM that has this tag.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn assignment_by_tag(&self, sim: &E164, tag: u8) -> Result<Option<Assignment>, StoreError> {
        let one = "SELECT number, sim, access, tag, phone, unavailable, forward_to FROM assignment \
            WHERE sim = $1 AND tag = $2";
        self.backend.query(one, vec![sim.into(), tag.into()]).await?.pop().map(assignment).transpose()
    }

    async fn free_tag(&self, sim: &E164) -> Result<Option<u8>, StoreError> {
        let rows = self.backend.query("SELECT tag FROM assignment WHERE sim = $1", vec![sim.into()]).await?;
        let used = rows.into_iter().map(|mut row| row.take()).collect::<Result<Vec<u8>, _>>()?;
        Ok((0..=9).find(|tag| !used.contains(tag)))
    }

    /// Whether the assignment could be made.
    async fn insert(&self, new: &Assignment) -> Result<bool, StoreError> {
        let insert = "INSERT INTO assignment (number, sim, access, tag, phone, unavailable, forward_to) \
            SELECT number, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS TEXT), \
            CAST($6 AS TEXT), CAST($7 AS TEXT) FROM number WHERE number = $1 ON CONFLICT DO NOTHING";
        let (unavailable, forward_to) = match &new.unavailable {
            Unavailable::Voicemail => ("voicemail", None),
            Unavailable::Forward(uri) => ("forward", Some(uri.as_str())),
            Unavailable::Reject => ("reject", None),
        };
        let values = vec![
            (&new.number).into(),
            (&new.sim).into(),
            (&new.access).into(),
            new.tag.into(),
            new.phone.as_str().into(),
            unavailable.into(),
            forward_to.into(),
        ];
        Ok(self.backend.execute(insert, values).await? > 0)
    }

    /// What keeps `new` out, if it still does.
    async fn obstacle(&self, new: &Assignment) -> Result<Option<AssignError>, StoreError> {
        let known = self.backend.query("SELECT number FROM number WHERE number = $1", vec![(&new.number).into()]);
        if known.await?.is_empty() {
            return Ok(Some(AssignError::Unknown));
        }
        let others = "SELECT number, sim, access, tag, phone, unavailable, forward_to FROM assignment \
            WHERE number = $1 OR sim = $2";
        let rows = self.backend.query(others, vec![(&new.number).into(), (&new.sim).into()]).await?;
        let others = rows.into_iter().map(assignment).collect::<Result<Vec<_>, _>>()?;
        let any = |clash: fn(&Assignment, &Assignment) -> bool| {
            others.iter().any(|other| other.sim == new.sim && clash(other, new))
        };
        Ok(if others.iter().any(|other| other.number == new.number) {
            Some(AssignError::NumberTaken)
        } else if any(|other, new| other.phone == new.phone) {
            Some(AssignError::PhoneTaken)
        } else if any(|other, new| other.tag == new.tag) {
            Some(AssignError::TagTaken)
        } else if any(|other, new| other.access == new.access) {
            Some(AssignError::AccessTaken)
        } else {
            None
        })
    }
}

fn assignment(mut row: Row) -> Result<Assignment, StoreError> {
    let number = row.take()?;
    assigned(number, row.take()?, row)
}

fn pool_number(mut row: Row) -> Result<PoolNumber, StoreError> {
    let number = row.take()?;
    let sim: Option<E164> = row.take()?;
    let assignment = sim.map(|sim| assigned(number, sim, row)).transpose()?;
    Ok(PoolNumber { number, assignment })
}

/// Reads what is behind number and SIM.
fn assigned(number: E164, sim: E164, mut row: Row) -> Result<Assignment, StoreError> {
    let access = row.take()?;
    let tag = row.take()?;
    let phone = row.take()?;
    let unavailable: String = row.take()?;
    let forward_to: Option<String> = row.take()?;
    let unavailable = match (unavailable.as_str(), forward_to) {
        ("voicemail", None) => Unavailable::Voicemail,
        ("forward", Some(uri)) => Unavailable::Forward(uri),
        ("reject", None) => Unavailable::Reject,
        _ => return Err(StoreError::Failed("an assignment says nothing known of unavailable phones".to_owned())),
    };
    Ok(Assignment { number, sim, access, tag, phone, unavailable })
}
