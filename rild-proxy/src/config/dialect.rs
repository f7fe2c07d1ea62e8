//! Files that describe what a vendor calls differently from ril.h, and those that come with rild-proxy.

use std::path::{Path, PathBuf};

use config_file::{ConfigError, Mistakes, Step};
use ril_protocol::dialect::{Dialect, DialectText, Place};
use serde_json::Value;

use super::Config;

/// The dialects that rild-proxy knows: name and text.
pub const DIALECTS: &[(&str, &str)] = &[
    ("mtk-1", include_str!("dialects/mtk-1.toml")),
    ("mtk-2", include_str!("dialects/mtk-2.toml")),
    ("qualcomm-9", include_str!("dialects/qualcomm-9.toml")),
    ("samsung-10001", include_str!("dialects/samsung-10001.toml")),
    ("samsung-10016", include_str!("dialects/samsung-10016.toml")),
    ("samsung-g7102", include_str!("dialects/samsung-g7102.toml")),
];

impl Config {
    /// The dialect of the modem: ril.h where none is named.
    ///
    /// # Errors
    /// [`ConfigError`] when its file cannot be read or something in it is wrong.
    pub fn dialect(&self) -> Result<Dialect, ConfigError> {
        self.modem.dialect.as_deref().map_or_else(|| Ok(Dialect::default()), dialect)
    }

    /// The text of that dialect.
    ///
    /// # Errors
    /// As [`dialect`](Self::dialect).
    pub fn dialect_text(&self) -> Result<DialectText, ConfigError> {
        self.modem.dialect.as_deref().map_or_else(|| Ok(DialectText::default()), text)
    }
}

/// The dialect of this name, or of this file.
///
/// # Errors
/// [`ConfigError`] when the file cannot be read or something in it is wrong.
pub fn dialect(name: &str) -> Result<Dialect, ConfigError> {
    // What could be wrong has been told.
    Ok(Dialect::new(&text(name)?).unwrap_or_default())
}

fn text(name: &str) -> Result<DialectText, ConfigError> {
    match DIALECTS.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => config_file::parse(text, check)
            .map_err(|mistakes| ConfigError::Mistakes { file: PathBuf::from(name), mistakes }),
        None => config_file::load(Path::new(name), check),
    }
}

fn check(text: &DialectText, _: &Value, mistakes: &mut Mistakes) {
    for fault in text.faults() {
        let (table, index) = match fault.place {
            Place::Request(index) => ("request", index),
            Place::Unsolicited(index) => ("unsolicited", index),
        };
        let path = vec![Step::Key(table.to_owned()), Step::Index(index), Step::Key(fault.key.to_owned())];
        mistakes.add(path, fault.what);
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::{RequestCode, UnsolCode};

    use super::*;

    fn config(dialect: &str) -> Config {
        let mut config = Config::default();
        config.modem.dialect = Some(dialect.to_owned());
        config
    }

    #[test]
    fn those_that_come_along_are_right() {
        for (name, _) in DIALECTS {
            config(name).dialect().unwrap_or_else(|error| panic!("{error}"));
        }
        let qualcomm = config("qualcomm-9").dialect().unwrap();
        assert_eq!(qualcomm.request_number(RequestCode::SET_UICC_SUBSCRIPTION), Some(RequestCode(115)));
        assert_eq!(qualcomm.unsolicited_named(UnsolCode(1039)), UnsolCode::ON_SS);
        let samsung = config("samsung-10016").dialect().unwrap();
        assert_eq!(samsung.emergency_dial(), Some(RequestCode(10_016)));
    }

    #[test]
    fn without_a_dialect_it_is_ril_h() {
        let none = Config::default().dialect().unwrap();
        assert_eq!(none.request_named(RequestCode(115)), RequestCode::SIM_OPEN_CHANNEL);
    }

    #[test]
    fn mistakes_are_told_by_their_lines() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own.toml");
        let text =
            "about = 'ours'\n\n[[request]]\ncode = 10\nname = 'DIAL_DIFFERENTLY'\n\n[[unsolicited]]\ncode = 4000\n";
        std::fs::write(&file, text).unwrap();
        let file = file.display().to_string();
        let said = config(&file).dialect().unwrap_err().to_string();
        assert!(said.contains(&format!("{file}:4: request[0].code: 10 has the meaning of ril.h")), "{said}");
        assert!(said.contains(&format!("{file}:7: unsolicited[0].name: needs a name")), "{said}");
        std::fs::write(&file, "[[request]]\ncode = 4000\nname = 'A'\nclass = 'everybody'\n").unwrap();
        assert!(config(&file).dialect().unwrap_err().to_string().contains(":4: request[0].class"));
        assert!(config("/nowhere/at.all").dialect().is_err());
    }
}
