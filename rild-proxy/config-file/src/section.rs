//! One row per configuration key: the row becomes a field, its default and its line in the documentation.

use std::fmt::Write as _;

use serde_json::Value;

/// A key of one table of the configuration file.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key as it is written in the file.
    pub name: &'static str,
    /// What it means, as on the field.
    pub about: &'static str,
}

/// Makes a table of the configuration out of `/// meaning`, `key: Type = default` rows.
#[macro_export]
macro_rules! section {
    ($(#[doc = $about:literal])* $Name:ident { $($(#[doc = $meaning:literal])* $key:ident: $Type:ty = $default:expr,)* }) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $Name {
            $($(#[doc = $meaning])* pub $key: $Type,)*
        }

        impl Default for $Name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }

        impl $Name {
            /// What this table is about.
            pub const ABOUT: &'static str = concat!($($about),*);
            /// Every key, in the order of the documentation.
            pub const KEYS: &'static [$crate::Key] = &[$($crate::Key {
                name: stringify!($key),
                about: concat!($($meaning),*),
            },)*];
        }
    };
}

/// The documentation of one table: its header, what it is about, and a row for each key with its default.
pub fn table(header: &str, about: &str, keys: &[Key], defaults: &Value) -> String {
    let mut out = format!("\n## {header}\n\n{}\n\n| key | default | meaning |\n|---|---|---|\n", about.trim());
    for key in keys {
        let default = match defaults.get(key.name) {
            None | Some(Value::Null) => "none".to_owned(),
            Some(Value::String(empty)) if empty.is_empty() => "none".to_owned(),
            Some(value) => format!("`{value}`"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| `{}` | {default} | {} |", key.name, key.about.trim());
    }
    out
}
