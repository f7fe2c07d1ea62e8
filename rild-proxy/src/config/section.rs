//! One row per configuration key: the row becomes a field, its default and its line in docs/configuration.md.

/// A key of one table of the configuration file.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key as it is written in the file.
    pub name: &'static str,
    /// What it means, as on the field.
    pub about: &'static str,
}

/// Makes a table of the configuration out of `/// meaning`, `key: Type = default` rows.
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
            pub const KEYS: &'static [$crate::config::Key] = &[$($crate::config::Key {
                name: stringify!($key),
                about: concat!($($meaning),*),
            },)*];
        }
    };
}
