//! How a caller is shown to the device, so that its router knows for which phone the call is ([`caller_tag`]).

use std::path::{Path, PathBuf};

use caller_tag::suffix_keyed::CheckDigits;
use serde::{Deserialize, Serialize};

use super::SettingsError;

/// How a caller is tagged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tags {
    /// What stands behind the caller's number.
    #[serde(default)]
    pub scheme: Scheme,
    /// How many check digits `suffix-keyed` makes.
    #[serde(default = "default_check_digits")]
    pub check_digits: u8,
    /// The folder with the keys for `suffix-keyed`: for each SIM a file that is called as the digits of its number.
    pub keys: Option<PathBuf>,
}

/// What stands behind the caller's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// The tag.
    #[default]
    #[serde(rename = "suffix-1")]
    Suffix1,
    /// The tag and check digits that a stranger has to guess.
    SuffixKeyed,
}

impl Tags {
    /// The keys and the check digits of `suffix-keyed`; `None` for `suffix-1`.
    pub(crate) fn keyed(&self) -> Result<Option<(&Path, CheckDigits)>, SettingsError> {
        let digits = CheckDigits::new(self.check_digits).ok_or(SettingsError::CheckDigits)?;
        match (self.scheme, &self.keys) {
            (Scheme::Suffix1, None) => Ok(None),
            (Scheme::Suffix1, Some(_)) => Err(SettingsError::NeedlessKeys),
            (Scheme::SuffixKeyed, Some(keys)) if keys.is_absolute() => Ok(Some((keys, digits))),
            (Scheme::SuffixKeyed, _) => Err(SettingsError::NoKeys),
        }
    }
}

impl Tags {
    /// How many digits stand behind a caller's number.
    pub fn suffix(&self) -> usize {
        match self.scheme {
            Scheme::Suffix1 => 1,
            Scheme::SuffixKeyed => 1 + usize::from(self.check_digits),
        }
    }
}

impl Default for Tags {
    fn default() -> Self {
        Self { scheme: Scheme::default(), check_digits: default_check_digits(), keys: None }
    }
}

const fn default_check_digits() -> u8 {
    2
}
