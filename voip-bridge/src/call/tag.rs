//! Whom a device is shown as the caller: the true caller with the phone's tag behind it, so that the router there knows
//! for which phone the call is ([`caller_tag`]).
//!
//! A caller that is withheld or cannot carry a tag is shown as the access number with the tag. With `suffix-keyed` the
//! key of the SIM is read for each call: a device that comes new, or gets a new key, needs no restart. It refuses to
//! show a caller without the check digits when there is no key: the device would take the call for a direct one.

use std::path::{Path, PathBuf};

use caller_tag::E164;
use caller_tag::key::{Key, NotAKey};
use caller_tag::suffix_keyed::{CheckDigits, Keyed, Step};
use caller_tag::suffix1::{self, EncodeError, Tag};
use tokio::fs;

use super::ServeError;
use crate::pool::{Assignment, Timestamp};
use crate::settings::{SettingsError, Tags};
use crate::sip::identity::Caller;

/// Makes tags.
pub(super) enum Tagger {
    Suffix1,
    Keyed {
        /// The folder with the keys.
        keys: PathBuf,
        digits: CheckDigits,
    },
}

/// Why a caller cannot be shown. Names no number.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoTag {
    #[error("there is no room for a tag behind the access number")]
    NoRoom,
    #[error("the key of the SIM cannot be read: {0}")]
    Unreadable(std::io::Error),
    #[error("the file with the key of the SIM: {0}")]
    Key(#[from] NotAKey),
}

impl Tagger {
    pub(super) fn new(tags: &Tags) -> Result<Self, SettingsError> {
        Ok(match tags.keyed()? {
            Some((keys, digits)) => Self::Keyed { keys: keys.to_owned(), digits },
            None => Self::Suffix1,
        })
    }

    /// Refuses keys that are none, before a call is lost for them.
    pub(super) async fn check(&self) -> Result<(), ServeError> {
        let Self::Keyed { keys, .. } = self else { return Ok(()) };
        let failed = |path: &Path, why: &dyn std::fmt::Display| ServeError::Key(format!("{}: {why}", path.display()));
        let mut files = fs::read_dir(keys).await.map_err(|why| failed(keys, &why))?;
        while let Some(file) = files.next_entry().await.map_err(|why| failed(keys, &why))? {
            let path = file.path();
            if !file.file_name().to_str().is_some_and(|name| E164::parse(name).is_ok_and(|sim| sim.digits() == name)) {
                return Err(failed(&path, &"is not called as the digits of a SIM's number"));
            }
            read(&path).await.map_err(|why| failed(&path, &why))?;
        }
        Ok(())
    }

    /// The caller as the device of this assignment is to see it.
    pub(super) async fn shown(
        &self,
        caller: &Caller,
        assignment: &Assignment,
        now: Timestamp,
    ) -> Result<String, NoTag> {
        let tag = Tag::new(assignment.tag).ok_or(NoTag::NoRoom)?;
        let number = match caller {
            Caller::Number(number) => Some(number),
            Caller::Withheld => None,
        };
        let shown = match self {
            Self::Suffix1 => number
                .and_then(|number| suffix1::encode(number, tag).ok())
                .map_or_else(|| suffix1::encode_withheld(&assignment.access, tag), Ok),
            Self::Keyed { keys, digits } => {
                let key = read(&keys.join(assignment.sim.digits())).await?;
                let step = Step::at(now.0.try_into().unwrap_or(0));
                let scheme = Keyed { digits: *digits, step, mac: |message: &[u8]| key.mac(message) };
                number
                    .and_then(|number| scheme.encode(number, tag).ok())
                    .map_or_else(|| scheme.encode_withheld(&assignment.access, tag), Ok)
            }
        };
        shown.map(|shown| format!("+{shown}")).map_err(|_: EncodeError| NoTag::NoRoom)
    }
}

async fn read(file: &Path) -> Result<Key, NoTag> {
    let text = fs::read_to_string(file).await.map_err(NoTag::Unreadable)?;
    Ok(Key::parse(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Unavailable;
    use crate::settings::Scheme;
    use caller_tag::NumberingPlan;
    use caller_tag::suffix1::{self as plain, Decoded, Tags as InUse};

    const NOW: Timestamp = Timestamp(1_700_000_000);

    fn number(digits: &str) -> E164 {
        E164::parse(digits).expect("a number")
    }

    fn assignment() -> Assignment {
        Assignment {
            number: number("+15550100001"),
            sim: number("+15550100099"),
            access: number("+15550100001"),
            tag: 2,
            phone: "work".to_owned(),
            unavailable: Unavailable::Reject,
        }
    }

    fn keyed(folder: &Path) -> Tagger {
        let keys = Some(folder.to_owned());
        Tagger::new(&Tags { scheme: Scheme::SuffixKeyed, keys, ..Tags::default() }).expect("a scheme")
    }

    #[tokio::test]
    async fn the_caller_carries_the_tag() {
        let shown = async |caller| Tagger::Suffix1.shown(&caller, &assignment(), NOW).await.expect("a tag");
        assert_eq!(shown(Caller::Number(number("+15550199999"))).await, "+155501999992");
        assert_eq!(shown(Caller::Withheld).await, "+155501000012");
        // An Austrian number with a digit more may be one, too.
        assert_eq!(shown(Caller::Number(number("+431234567"))).await, "+155501000012");
    }

    #[tokio::test]
    async fn a_keyed_tag_is_found_by_who_has_the_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = "5a".repeat(32);
        std::fs::write(folder.path().join("15550100099"), format!("{key}\n")).expect("a file");
        let tagger = keyed(folder.path());
        tagger.check().await.expect("good keys");
        let home = NumberingPlan::for_calling_code(1).expect("North America");
        let tag = Tag::new(2).expect("a digit");
        let in_use: InUse = [tag].into_iter().collect();
        let access = [number("+15550100001")];
        for (caller, found) in [
            (Caller::Number(number("+15550199999")), plain::Caller::Number("+15550199999")),
            (Caller::Withheld, plain::Caller::Withheld),
        ] {
            let shown = tagger.shown(&caller, &assignment(), NOW).await.expect("a tag");
            let decode = |key: &str| {
                let key = Key::parse(key).expect("a key");
                let step = Step::at(NOW.0.unsigned_abs());
                let scheme = Keyed { digits: CheckDigits::Two, step, mac: |message: &[u8]| key.mac(message) };
                scheme.decode(&shown, &home, in_use, &access) == Decoded::Tagged { tag, caller: found }
            };
            assert!(decode(&key), "{shown}");
            assert!(!decode(&"00".repeat(32)), "{shown}");
        }
    }

    #[tokio::test]
    async fn without_a_key_nobody_is_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let tagger = keyed(folder.path());
        let shown = async || tagger.shown(&Caller::Withheld, &assignment(), NOW).await;
        assert!(matches!(shown().await, Err(NoTag::Unreadable(_))));
        std::fs::write(folder.path().join("15550100099"), "secret").expect("a file");
        assert!(matches!(shown().await, Err(NoTag::Key(_))));
        let said = tagger.check().await.expect_err("a bad key").to_string();
        assert!(
            said.ends_with("15550100099: the file with the key of the SIM: a key is 64 hexadecimal digits"),
            "{said}"
        );
    }
}
