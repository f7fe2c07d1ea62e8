//! The two small macros that the rest of the crate is written with: open enumerations and field-list payloads.

/// An integer with named values. Values without a name are kept as they are: unknown is a value, not an error.
///
/// Makes a newtype over `i32` with one constant per name, `name()`, `Display`, `FromStr` (name or number), the parcel
/// form (one `int32`) and the JSON form (the name where there is one, else the number).
macro_rules! open_enum {
    ($(#[$doc:meta])* pub $Type:ident { $($(#[$row_doc:meta])* $NAME:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $Type(pub i32);

        impl $Type {
            $($(#[$row_doc])* #[doc = concat!(" (", stringify!($value), ")")] pub const $NAME: Self = Self($value);)*

            /// Every named value, in the order of ril.h.
            pub const ALL: &'static [Self] = &[$(Self::$NAME),*];

            const NAME_PREFIX: &'static str = "";
            const NAMES: &'static [(i32, &'static str)] = &[$(($value, stringify!($NAME))),*];

            /// The name without its ril.h prefix, if this value has one.
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$NAME => Some(stringify!($NAME)),)*
                    _ => None,
                }
            }
        }

        open_enum_traits!($Type);
    };
}

/// What [`open_enum!`] derives from `name()` and `ALL`; also used by the message codes.
macro_rules! open_enum_traits {
    ($Type:ident) => {
        impl std::fmt::Display for $Type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl std::fmt::Debug for $Type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => write!(f, "{name}({})", self.0),
                    None => write!(f, "{}({})", stringify!($Type), self.0),
                }
            }
        }

        impl std::str::FromStr for $Type {
            type Err = $crate::parcel::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if let Ok(value) = text.parse() {
                    return Ok(Self(value));
                }
                let bare = text.strip_prefix(Self::NAME_PREFIX).unwrap_or(text);
                let found = Self::ALL.iter().find(|value| value.name().is_some_and(|n| n.eq_ignore_ascii_case(bare)));
                found.copied().ok_or_else(|| $crate::parcel::UnknownName(text.to_owned()))
            }
        }

        impl $crate::parcel::Parcel for $Type {
            const LAYOUT: &'static $crate::layout::Layout =
                &$crate::layout::Layout::Named { name: type_path!($Type), values: Self::NAMES };

            fn read(reader: &mut $crate::parcel::Reader<'_>) -> Result<Self, $crate::parcel::DecodeError> {
                reader.int().map(Self)
            }

            fn write(&self, writer: &mut $crate::parcel::Writer<'_>) {
                writer.int(self.0);
            }
        }

        impl serde::Serialize for $Type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.name() {
                    Some(name) => serializer.serialize_str(name),
                    None => serializer.serialize_i32(self.0),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $Type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match $crate::parcel::NameOrNumber::deserialize(deserializer)? {
                    $crate::parcel::NameOrNumber::Number(value) => Ok(Self(value)),
                    $crate::parcel::NameOrNumber::Name(name) => name.parse().map_err(serde::de::Error::custom),
                }
            }
        }
    };
}

/// A payload whose parcel form is its fields in order. Each field type says how it is read and written. A field whose
/// JSON name Rust does not allow has that name behind `as`.
macro_rules! payload {
    ($(#[$doc:meta])* pub struct $Type:ident {
        $($(#[$field_doc:meta])* pub $field:ident $(as $json:literal)?: $FieldType:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $Type { $($(#[$field_doc])* $(#[serde(rename = $json)])? pub $field: $FieldType,)* }

        impl $crate::parcel::Parcel for $Type {
            const LAYOUT: &'static $crate::layout::Layout = &$crate::layout::Layout::Struct {
                name: type_path!($Type),
                fields: &[$($crate::layout::Field::new(
                    json_name!($field $($json)?),
                    <$FieldType as $crate::parcel::Parcel>::LAYOUT,
                )),*],
            };

            fn read(reader: &mut $crate::parcel::Reader<'_>) -> Result<Self, $crate::parcel::DecodeError> {
                Ok(Self { $($field: reader.field(json_name!($field $($json)?))?,)* })
            }

            fn write(&self, writer: &mut $crate::parcel::Writer<'_>) {
                $($crate::parcel::Parcel::write(&self.$field, writer);)*
            }
        }
    };
}

/// The name of a field in JSON.
macro_rules! json_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $json:literal) => {
        $json
    };
}

/// A type behind its module.
macro_rules! type_path {
    ($Type:ident) => {
        concat!(module_path!(), "::", stringify!($Type))
    };
}
