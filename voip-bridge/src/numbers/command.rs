//! The commands `voip-bridge numbers`: what they ask of the store, and what they print.
//!
//! The answer goes to standard output, advice and refusals to standard error. With `--json` the answer has the advice.

use std::fmt::Write as _;
use std::fs;

use caller_tag::E164;
use serde_json::{Value, json};

use super::{
    AssignmentView, NotARequest, NotNumbers, NumberView, access_advice, country_advice, parse_numbers, plan_advice,
};
use crate::cli::{Exit, Numbers};
use crate::config::Config;
use crate::pool::{Assignment, StoreError};
use crate::store::{AssignError, ReleaseError, RemoveError, Store};

/// What a command prints.
pub struct Answer {
    /// For people.
    text: String,
    /// For programs.
    json: Value,
    advice: Vec<String>,
}

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// What was given makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The pool does not do it.
    #[error("{0}")]
    Refused(String),
    /// The database does not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommandError {
    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Refused(_) => Exit::Refused,
            Self::Store(_) => Exit::Unavailable,
        }
    }
}

/// Does what the command says.
///
/// # Errors
/// [`CommandError`].
pub async fn run(command: &Numbers, config: &Config) -> Result<Answer, CommandError> {
    // What makes no sense is said before the database is made.
    match command {
        Numbers::Add { numbers, file, .. } => {
            let mut text = numbers.join(" ");
            if let Some(file) = file {
                let more = fs::read_to_string(file)
                    .map_err(|why| CommandError::Usage(format!("{}: {why}", file.display())))?;
                text = if text.is_empty() { more } else { format!("{text}\n{more}") };
            }
            let numbers = parse_numbers(&text)?;
            add(&Store::open(&config.store).await?, &numbers).await
        }
        Numbers::Assign { number, request, .. } => {
            let assign = request.check(number)?;
            let made = Store::open(&config.store).await?.assign(&assign).await?;
            Ok(assigned(&made, config.suffix()))
        }
        Numbers::Release { number, remove, .. } => {
            let number = parse(number)?;
            release(&Store::open(&config.store).await?, &number, *remove).await
        }
        Numbers::List { .. } => list(&Store::open(&config.store).await?).await,
    }
}

async fn add(store: &Store, numbers: &[E164]) -> Result<Answer, CommandError> {
    let added = store.add_numbers(numbers).await?;
    let known = numbers.len() as u64 - added;
    let text = match known {
        0 => format!("{added} added"),
        _ => format!("{added} added, {known} were there"),
    };
    let advice = numbers.iter().filter_map(plan_advice).collect();
    Ok(Answer { text, json: json!({ "added": added, "known": known }), advice })
}

fn assigned(made: &Assignment, suffix: usize) -> Answer {
    let mut advice = country_advice(&made.sim, suffix);
    advice.extend(access_advice(&made.access, suffix));
    let text = format!("{} is the number of {} on {}, tag {}", made.number, made.phone, made.sim, made.tag);
    Answer { text, json: json!({ "assigned": AssignmentView::from(made) }), advice }
}

async fn release(store: &Store, number: &E164, remove: bool) -> Result<Answer, CommandError> {
    let released = match store.release(number).await {
        Err(ReleaseError::NotAssigned) if remove => None,
        released => Some(released?),
    };
    if remove {
        store.remove_number(number).await?;
    }
    let text = match &released {
        Some(from) => format!("{number} is no longer the number of {} on {}", from.phone, from.sim),
        None => format!("{number} is no longer in the pool"),
    };
    let released = released.as_ref().map(AssignmentView::from);
    Ok(Answer { text, json: json!({ "released": released, "removed": remove }), advice: Vec::new() })
}

async fn list(store: &Store) -> Result<Answer, CommandError> {
    let numbers: Vec<NumberView> = store.numbers().await?.iter().map(NumberView::from).collect();
    let mut text = format!("{:<17} {:<17} {:<3} {:<17} PHONE", "NUMBER", "SIM", "TAG", "ACCESS");
    for entry in &numbers {
        // Writing to a String cannot fail.
        let _ = match &entry.assignment {
            Some(to) => {
                write!(text, "\n{:<17} {:<17} {:<3} {:<17} {}", entry.number, to.sim, to.tag, to.access, to.phone)
            }
            None => write!(text, "\n{:<17} free", entry.number),
        };
    }
    Ok(Answer { text, json: json!({ "numbers": numbers }), advice: Vec::new() })
}

fn parse(number: &str) -> Result<E164, CommandError> {
    E164::parse(number).map_err(|why| CommandError::Usage(format!("number: {why}")))
}

impl Answer {
    /// What goes to standard output.
    pub fn shown(&self, as_json: bool) -> String {
        if !as_json {
            return self.text.clone();
        }
        let mut json = self.json.clone();
        if let Some(fields) = json.as_object_mut() {
            fields.insert("advice".to_owned(), json!(self.advice));
        }
        json.to_string()
    }

    /// What an operator should know besides.
    pub fn advice(&self) -> &[String] {
        &self.advice
    }
}

impl From<NotNumbers> for CommandError {
    fn from(why: NotNumbers) -> Self {
        Self::Usage(why.to_string())
    }
}

impl From<NotARequest> for CommandError {
    fn from(why: NotARequest) -> Self {
        Self::Usage(why.to_string())
    }
}

impl From<AssignError> for CommandError {
    fn from(why: AssignError) -> Self {
        match why {
            AssignError::Store(why) => Self::Store(why),
            why => Self::Refused(why.to_string()),
        }
    }
}

impl From<ReleaseError> for CommandError {
    fn from(why: ReleaseError) -> Self {
        match why {
            ReleaseError::Store(why) => Self::Store(why),
            why => Self::Refused(why.to_string()),
        }
    }
}

impl From<RemoveError> for CommandError {
    fn from(why: RemoveError) -> Self {
        match why {
            RemoveError::Store(why) => Self::Store(why),
            why => Self::Refused(why.to_string()),
        }
    }
}
