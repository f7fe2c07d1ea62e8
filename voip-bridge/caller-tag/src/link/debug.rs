//! `Debug` of the messages: the kind, and nothing of what is in them.

use std::fmt;

use super::{
    CallAnswered, CallFailed, CallIntent, CallOver, Hint, HintTaken, IntentRefused, IntentTaken, Phones, Text,
    TextAccepted, TextDeliver, TextRefused, TextRejected, TextTaken, ToDevice, ToService, to_device, to_service,
};

macro_rules! names {
    ($($message:ident)*) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($message))
            }
        }
    )*};
}

names! {
    CallAnswered CallFailed CallIntent CallOver Hint HintTaken IntentRefused IntentTaken Phones Text TextAccepted
    TextDeliver TextRefused TextRejected TextTaken ToDevice ToService
}

macro_rules! kinds {
    ($module:ident: $($kind:ident)*) => {
        impl fmt::Debug for $module::Say {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$kind(message) => message.fmt(f),)*
                }
            }
        }
    };
}

kinds! { to_service: CallIntent CallOver HintTaken Text TextTaken TextRefused Phones }
kinds! { to_device: IntentTaken IntentRefused CallAnswered CallFailed Hint TextDeliver TextAccepted TextRejected }
