//! The structs of ril.h as C lays them out, one module per group of ril.h.
//!
//! Every struct states its size and the offsets of its fields, on 64-bit and on 32-bit machines (`64 | 32`), and the
//! compiler checks them. Enumerations are plain `i32`: a library may put any number there. Strings are NUL-terminated
//! bytes, or NULL.
//!
//! Reference: `include/telephony/ril.h` of Android 7.1 and, for what came later, of Android 9.

pub(crate) mod call;
pub(crate) mod cdma;
pub(crate) mod data;
pub(crate) mod device;
pub(crate) mod ims;
#[cfg(test)]
pub(in crate::ffi) mod layout;
pub(crate) mod network;
pub(crate) mod sim;
pub(crate) mod sms;
pub(crate) mod stk;

use std::ffi::c_char;

/// A string of C: NUL-terminated bytes, or NULL.
pub(crate) type CText = *mut c_char;

/// A type of which every bit pattern is a value, so that it may be read from whatever bytes a library gave.
///
/// # Safety
/// Numbers, raw pointers, arrays and `repr(C)` structs or unions of them only.
pub(crate) unsafe trait Plain: Copy {
    /// What ril.h calls it.
    const NAME: &'static str;
}

// SAFETY: a number.
unsafe impl Plain for i32 {
    const NAME: &'static str = "int";
}

// SAFETY: two numbers.
unsafe impl Plain for [i32; 2] {
    const NAME: &'static str = "int[2]";
}

// SAFETY: a raw pointer, which nothing follows without a check for NULL.
unsafe impl<T> Plain for *mut T {
    const NAME: &'static str = "pointer";
}

/// Defines a struct of ril.h: its name there, its size, and each field behind its offset, all as `64-bit | 32-bit`, or
/// as `64-bit | Arm | x86` where a 64-bit integer makes a difference.
macro_rules! c_struct {
    ($(#[$doc:meta])* $Type:ident = $name:literal, $($size:literal)|+ {
        $($($at:literal)|+: $field:ident: $FieldType:ty,)*
    }) => {
        #[doc = concat!("`", $name, "`.")]
        $(#[$doc])*
        #[derive(Clone, Copy)]
        #[repr(C)]
        pub(crate) struct $Type { $(pub(crate) $field: $FieldType,)* }

        // SAFETY: `repr(C)`, and made of plain fields only, or the bounds below would not hold.
        unsafe impl $crate::ffi::abi::Plain for $Type {
            const NAME: &'static str = $name;
        }

        const _: () = {
            use $crate::ffi::abi::on_this_machine;
            assert!(size_of::<$Type>() == on_this_machine(&[$($size),+]), concat!("size of ", $name));
            $(assert!(
                core::mem::offset_of!($Type, $field) == on_this_machine(&[$($at),+]),
                concat!("offset of ", stringify!($field), " in ", $name)
            );)*
        };

        #[cfg(test)]
        #[test]
        #[allow(non_snake_case, reason = "the test has the name of the struct")]
        fn $Type() {
            $crate::ffi::abi::layout::agrees_with_c($name, &[$($size),+], &[$((stringify!($field), &[$($at),+])),*]);
        }
    };
}
use c_struct;

/// The first on 64-bit machines, the second on 32-bit machines, of which x86 has the third if there is one: it aligns
/// 64-bit integers to four bytes only.
const fn on_this_machine(numbers: &[usize]) -> usize {
    match numbers {
        [wide, ..] if cfg!(target_pointer_width = "64") => *wide,
        [_, _, x86] if cfg!(target_arch = "x86") => *x86,
        [_, narrow, ..] => *narrow,
        _ => panic!("two or three numbers"),
    }
}
