//! Secrets: from an environment variable or from a file, never from the configuration itself, and never shown.

use std::fs;
use std::path::{Path, PathBuf};

/// The fewest characters of a token that is not guessed.
pub(super) const SHORTEST_TOKEN: usize = 16;

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Neither file nor environment variable.
    #[error("admin.token_file: a token is needed, in a file or in {}", super::ADMIN_TOKEN)]
    Missing,
    /// Too few characters.
    #[error("admin.token_file: the token must have at least {SHORTEST_TOKEN} characters")]
    Short,
    /// The file is not there, or not for us.
    #[error("{}: {why}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
}

/// The environment's word, or else the file's without white space around it.
pub(super) fn read(variable: &str, file: Option<&Path>) -> Result<Option<String>, SecretError> {
    if let Ok(secret) = std::env::var(variable) {
        return Ok(Some(secret));
    }
    let Some(file) = file else { return Ok(None) };
    let secret = fs::read_to_string(file).map_err(|why| SecretError::Unreadable { file: file.to_owned(), why })?;
    Ok(Some(secret.trim().to_owned()))
}
