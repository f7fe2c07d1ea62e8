//! How values lie in a parcel, said as data: for what has to read payloads without this crate, such as a dissector.
//!
//! Every [`Parcel`](crate::parcel::Parcel) type has a [`Layout`]. Reading a payload by its layout gives what
//! [`PayloadCodec::to_json`](crate::messages::PayloadCodec::to_json) gives, member by member; a law of the property
//! tests holds the two together. Nothing in this crate reads by layouts: decoding stays what libril's order of reads
//! is.

use crate::RilVersion;

/// How one value lies in a parcel, and what it is in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// No value, `null`; whatever lies there is ignored.
    Nothing,
    /// An `int32`.
    Int,
    /// An `int32` that counts from zero.
    Unsigned,
    /// Eight bytes: an `int64`.
    Long,
    /// An `int32`, true when it is not zero.
    Flag,
    /// The first byte of a word.
    Byte,
    /// The same, with a sign.
    SignedByte,
    /// The same, true when it is not zero.
    ByteFlag,
    /// An `int32` with names for some values: the name where there is one, else the number.
    Named {
        /// The type.
        name: &'static str,
        /// Values and their names.
        values: &'static [(i32, &'static str)],
    },
    /// A nullable string.
    Text,
    /// A length and so many bytes, or -1 for null: hexadecimal.
    Raw,
    /// All that is left: hexadecimal.
    Rest,
    /// Bytes of which each has a word to itself, behind their number: hexadecimal.
    Octets {
        /// The number is a [`Byte`](Self::Byte) and not an [`Int`](Self::Int); one below zero is none.
        byte_count: bool,
        /// So many are read, whatever the number is.
        most: usize,
    },
    /// A number of values. At least four bytes must be left for each.
    Count,
    /// A [`Count`](Self::Count) and the values.
    List(&'static Layout),
    /// So many values.
    Array(&'static Layout, usize),
    /// As many values as the last field of this name counted.
    Times(&'static str, &'static Layout),
    /// Null where nothing is left.
    IfLeft(&'static Layout),
    /// Null where nothing is left or an `int32` is zero; the value is behind that.
    IfFlagged(&'static Layout),
    /// Fields in their order: an object.
    Struct {
        /// The type, behind its module.
        name: &'static str,
        /// The fields.
        fields: &'static [Field],
    },
    /// One of several: an object whose only member has the name of the choice.
    Choice {
        /// What chooses.
        by: By,
        /// The choices.
        arms: &'static [Arm],
        /// The name of a member that is the number itself, where no choice has it; without this it is not possible.
        other: Option<&'static str>,
    },
    /// The first, if what lies there can be read so and has an identifier in a field; else the second.
    Guess {
        /// The first.
        first: (&'static str, &'static Layout),
        /// The field that has to be a string of printable ASCII without spaces.
        identifier: &'static str,
        /// It has fewer bytes than this.
        limit: usize,
        /// The second.
        second: (&'static str, &'static Layout),
    },
}

/// A part of a [`Layout::Struct`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it is.
    pub layout: &'static Layout,
    /// It says how what follows lies, and is no member of the object.
    pub hidden: bool,
    /// When it is there.
    pub when: When,
    /// What the object has when it is not.
    pub otherwise: Otherwise,
}

/// When a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// Something is left to read.
    Left,
    /// From this RIL version on.
    Since(RilVersion),
    /// The last field of this name was from one number to the other.
    Within(&'static str, i32, i32),
    /// Both hold.
    Both(&'static When, &'static When),
    /// It does not hold.
    Not(&'static When),
}

/// What stands for a field that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// Nothing: the object has no such member.
    LeftOut,
    /// Null.
    Null,
    /// This number.
    Number(i32),
    /// No items.
    NoItems,
}

/// What chooses an [`Arm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The last field of this name.
    Field(&'static str),
    /// The value that stands before the choice, and its name.
    Next(&'static str, &'static Layout),
}

/// One of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The number that chooses it.
    pub value: i32,
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub layout: &'static Layout,
}

impl Field {
    /// A field that is always there.
    pub const fn new(name: &'static str, layout: &'static Layout) -> Self {
        Self { name, layout, hidden: false, when: When::Always, otherwise: Otherwise::LeftOut }
    }

    /// No member of the object.
    pub const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// There only when this holds.
    pub const fn when(self, when: When, otherwise: Otherwise) -> Self {
        Self { when, otherwise, ..self }
    }
}

impl Arm {
    /// The choice of this number.
    pub const fn new(value: i32, name: &'static str, layout: &'static Layout) -> Self {
        Self { value, name, layout }
    }
}
