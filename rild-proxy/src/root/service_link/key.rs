//! Files with keys: that of this device, and that of its SIM.
//!
//! A file that others may read or write is refused: nothing else would ever show that mistake.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What of others' rights a key file may have: none.
const OTHERS: u32 = 0o007;
/// More than a key and an end of line.
const MOST_BYTES: u64 = 4096;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct KeyError {
    /// Its file.
    path: PathBuf,
    /// What is wrong with it.
    #[source]
    why: Why,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is not an ordinary file")]
    NoFile,
    #[error("everybody may use it: its mode is {0:03o}, and should be 600")]
    Open(u32),
    #[error("a key is 64 hexadecimal digits")]
    NoKey,
}

/// Reads one, of a kind that `parse` makes of its text.
pub(in crate::root) fn read<K, E>(path: &Path, parse: impl FnOnce(&str) -> Result<K, E>) -> Result<K, KeyError> {
    let text = read_checked(path);
    text.and_then(|text| parse(&text).map_err(|_| Why::NoKey)).map_err(|why| KeyError { path: path.to_owned(), why })
}

fn read_checked(path: &Path) -> Result<String, Why> {
    let file = File::open(path)?;
    // Of the file that is open, whatever its name means by now.
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Why::NoFile);
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(Why::Open(mode));
    }
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use caller_tag::link::seal::Key;

    use super::*;

    /// What is said about a file with this in it and this mode; empty when it is a key.
    fn said(text: &str, mode: u32) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("link.key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let said = read(&path, Key::parse).map(|_| String::new()).unwrap_or_else(|error| error.to_string());
        said.replace(&format!("{}: ", path.display()), "")
    }

    #[test]
    fn a_key_is_read_from_a_file_that_others_cannot_use() {
        let key = "0123456789abcdef".repeat(4);
        for mode in [0o600, 0o400, 0o640] {
            assert_eq!(said(&key, mode), "");
            assert_eq!(said(&format!("{key}\n"), mode), "");
        }
        for mode in [0o644, 0o604, 0o602, 0o601] {
            assert_eq!(said(&key, mode), format!("everybody may use it: its mode is {mode:03o}, and should be 600"));
        }
    }

    #[test]
    fn what_is_no_key_is_not_shown() {
        for text in ["", "secret", &format!("{}\nmore", "a".repeat(64))] {
            assert_eq!(said(text, 0o600), "a key is 64 hexadecimal digits");
        }
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let said = |path: &Path| read(path, Key::parse).map(|_| ()).unwrap_err().to_string();
        assert!(said(folder.path()).ends_with("it is not an ordinary file"));
        assert!(said(&folder.path().join("nothing")).contains("No such file"));
    }
}
