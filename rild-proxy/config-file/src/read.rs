//! From text to structs, gathering every mistake on the way.
//!
//! serde stops at the first mistake. So the text becomes a plain tree first; whenever the tree does not fit the
//! structs, the key at fault is noted and taken out, and the rest is looked at again. What fits at last is checked for
//! sense by the program's own function.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::locate::{Step, line_of};

/// Why a configuration file is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{}: {why}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Something in it is wrong.
    #[error("{}", listed(file, mistakes))]
    Mistakes {
        /// The file.
        file: PathBuf,
        /// What is wrong, sorted by line.
        mistakes: Vec<Mistake>,
    },
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The key, as in `phone[0].tag`; empty if the text is not TOML at all.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.line, self.what)
        } else {
            write!(f, "{}: {}: {}", self.line, self.key, self.what)
        }
    }
}

fn listed(file: &Path, mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(|mistake| format!("{}:{mistake}", file.display())).collect();
    lines.join("\n")
}

/// Mistakes as they are found, each with the way to the value at fault.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<(Vec<Step>, String)>);

impl Mistakes {
    /// Notes a mistake, unless this value or one inside it is already known to be wrong.
    pub fn add(&mut self, path: Vec<Step>, what: impl Into<String>) {
        if !self.0.iter().any(|(known, _)| known.starts_with(&path)) {
            self.0.push((path, what.into()));
        }
    }

    fn located(self, text: &str) -> Vec<Mistake> {
        let mut mistakes: Vec<Mistake> = self
            .0
            .into_iter()
            .map(|(path, what)| Mistake { line: line_of(text, &path), key: written(&path), what })
            .collect();
        mistakes.sort_by_key(|mistake| mistake.line);
        mistakes
    }
}

/// Reads and checks a configuration file; see [`parse`].
///
/// # Errors
/// [`ConfigError`] when it cannot be read or something in it is wrong.
pub fn load<C>(file: &Path, check: impl FnOnce(&C, &Value, &mut Mistakes)) -> Result<C, ConfigError>
where
    C: DeserializeOwned + Default,
{
    let text = std::fs::read_to_string(file)
        .map_err(|why| ConfigError::Unreadable { file: file.to_owned(), why: why.to_string() })?;
    parse(&text, check).map_err(|mistakes| ConfigError::Mistakes { file: file.to_owned(), mistakes })
}

/// Reads a configuration. `check` notes what fits the structs and is wrong all the same; it is also given the file as
/// it was written, for the question whether a key is there.
///
/// # Errors
/// Every mistake, sorted by line.
pub fn parse<C>(text: &str, check: impl FnOnce(&C, &Value, &mut Mistakes)) -> Result<C, Vec<Mistake>>
where
    C: DeserializeOwned + Default,
{
    let tree: Value = basic_toml::from_str(text).map_err(|why| vec![not_toml(&why)])?;
    let mut mistakes = Mistakes::default();
    let config = fit(tree.clone(), &mut mistakes);
    check(&config, &tree, &mut mistakes);
    let mistakes = mistakes.located(text);
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

fn not_toml(why: &basic_toml::Error) -> Mistake {
    let line = why.line_col().map_or(1, |(line, _)| line + 1);
    let mut what = why.to_string();
    if let Some(place) = what.rfind(" at line ") {
        what.truncate(place);
    }
    Mistake { line, key: String::new(), what }
}

/// The configuration in `tree` without the keys that do not fit.
fn fit<C: DeserializeOwned + Default>(mut tree: Value, mistakes: &mut Mistakes) -> C {
    loop {
        let error = match serde_path_to_error::deserialize(tree.clone()) {
            Ok(config) => return config,
            Err(error) => error,
        };
        let path = steps(&error);
        let removed = remove(&mut tree, &path);
        mistakes.add(path, plainly(&error.into_inner().to_string()));
        if !removed {
            return C::default();
        }
    }
}

fn steps(error: &serde_path_to_error::Error<serde_json::Error>) -> Vec<Step> {
    error
        .path()
        .iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// Takes out the table entry nearest to the end of `path`.
fn remove(tree: &mut Value, path: &[Step]) -> bool {
    let Some(last) = path.iter().rposition(|step| matches!(step, Step::Key(_))) else { return false };
    let (way, entry) = path.split_at(last);
    let mut table = tree;
    for step in way {
        let next = match step {
            Step::Key(key) => table.get_mut(key.as_str()),
            Step::Index(index) => table.get_mut(*index),
        };
        let Some(next) = next else { return false };
        table = next;
    }
    match (table.as_object_mut(), entry.first()) {
        (Some(table), Some(Step::Key(key))) => table.remove(key).is_some(),
        _ => false,
    }
}

/// serde speaks of fields, the user of keys; the key itself is named beside the text.
fn plainly(what: &str) -> String {
    match what.strip_prefix("unknown field ").and_then(|rest| rest.split_once(", ")) {
        Some((_, known)) => format!("unknown key, {known}"),
        None => what.to_owned(),
    }
}

fn written(path: &[Step]) -> String {
    let mut key = String::new();
    for step in path {
        match step {
            Step::Key(name) if key.is_empty() => key.push_str(name),
            Step::Key(name) => key.extend([".", name]),
            Step::Index(index) => key.push_str(&format!("[{index}]")),
        }
    }
    key
}
