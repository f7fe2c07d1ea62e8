//! Turns the rows into codes with names and into two static tables.

use super::{Audience, Class, PayloadCodec, RequestRow, UnsolRow};
use crate::RilVersion;
#[allow(clippy::wildcard_imports, reason = "the rows name payload types of every module")]
use crate::payload::*;

macro_rules! make_requests {
    ($($code:literal $NAME:ident: $Request:ty => $Response:ty; $since:literal $class:ident $timeout:literal $about:literal)*) => {
        /// The code of a request. Codes without a row are kept as numbers.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct RequestCode(pub i32);

        impl RequestCode {
            $(#[doc = concat!($about, ".")] pub const $NAME: Self = Self($code);)*

            const NAME_PREFIX: &'static str = "RIL_REQUEST_";
            const ALL: &'static [Self] = &[$(Self::$NAME),*];
            const NAMES: &'static [(i32, &'static str)] = &[$(($code, stringify!($NAME))),*];
        }

        /// Every request of ril.h, in order of code.
        pub static REQUESTS: &[RequestRow] = &[$(RequestRow {
            code: RequestCode::$NAME,
            name: stringify!($NAME),
            about: $about,
            request: PayloadCodec::of::<$Request>(spell!($Request)),
            response: PayloadCodec::of::<$Response>(spell!($Response)),
            since: RilVersion($since),
            class: Class::$class,
            timeout_seconds: $timeout,
        }),*];
    };
}

macro_rules! make_unsolicited {
    ($($code:literal $NAME:ident: $Payload:ty; $since:literal $audience:ident $wake:ident $about:literal)*) => {
        /// The code of an unsolicited message. Codes without a row are kept as numbers.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct UnsolCode(pub i32);

        impl UnsolCode {
            $(#[doc = concat!($about, ".")] pub const $NAME: Self = Self($code);)*

            const NAME_PREFIX: &'static str = "RIL_UNSOL_";
            const ALL: &'static [Self] = &[$(Self::$NAME),*];
            const NAMES: &'static [(i32, &'static str)] = &[$(($code, stringify!($NAME))),*];
        }

        /// Every unsolicited message of ril.h, in order of code.
        pub static UNSOLICITED: &[UnsolRow] = &[$(UnsolRow {
            code: UnsolCode::$NAME,
            name: stringify!($NAME),
            about: $about,
            payload: PayloadCodec::of::<$Payload>(spell!($Payload)),
            since: RilVersion($since),
            audience: Audience::$audience,
            wakes: wakes!($wake),
        }),*];
    };
}

/// A type as its row spells it, without spaces: where `stringify!` puts some differs from compiler to compiler.
macro_rules! spell {
    ($Type:ty) => {{
        const SPELLED: &str = stringify!($Type);
        const BYTES: [u8; spaceless::<0>(SPELLED).1] = spaceless(SPELLED).0;
        match str::from_utf8(&BYTES) {
            Ok(name) => name,
            Err(_) => SPELLED,
        }
    }};
}

/// The bytes of `text` that are no spaces, as far as there is room, and their number.
const fn spaceless<const ROOM: usize>(text: &str) -> ([u8; ROOM], usize) {
    let (mut kept, mut count, mut rest) = ([0; ROOM], 0, text.as_bytes());
    while let [byte, behind @ ..] = rest {
        if *byte != b' ' {
            if count < ROOM {
                kept[count] = *byte;
            }
            count += 1;
        }
        rest = behind;
    }
    (kept, count)
}

macro_rules! wakes {
    (wakes) => {
        true
    };
    (quiet) => {
        false
    };
}

crate::ril_requests!(make_requests);
crate::ril_unsolicited!(make_unsolicited);

impl RequestCode {
    /// The name without `RIL_REQUEST_`, if ril.h has one.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }
}

impl UnsolCode {
    /// The name without `RIL_UNSOL_`, if ril.h has one.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }
}

open_enum_traits!(RequestCode);
open_enum_traits!(UnsolCode);
