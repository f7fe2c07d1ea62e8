//! Flags of calls, by their names or, with `-X raw`, as numbers.
//!
//! Reference: strace(1); the headers of Linux, for these numbers are the same on all machines that phones have.

/// `MSG_PEEK`
pub(super) const PEEK: Flag = Flag { name: "MSG_PEEK", value: 2, mask: 2 };
/// `CLONE_FILES`
pub(super) const FILES: Flag = Flag { name: "CLONE_FILES", value: 0x400, mask: 0x400 };
/// `SOCK_STREAM` and `SOCK_SEQPACKET`, beside flags.
pub(super) const STREAM: Flag = Flag { name: "SOCK_STREAM", value: 1, mask: 0xf };
pub(super) const SEQPACKET: Flag = Flag { name: "SOCK_SEQPACKET", value: 5, mask: 0xf };
/// `F_DUPFD` and `F_DUPFD_CLOEXEC`, which are commands.
pub(super) const DUP: Flag = Flag { name: "F_DUPFD", value: 0, mask: u64::MAX };
pub(super) const DUP_CLOEXEC: Flag = Flag { name: "F_DUPFD", value: 0x406, mask: u64::MAX };

/// Some bits of an argument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag {
    name: &'static str,
    value: u64,
    mask: u64,
}

impl Flag {
    /// Whether an argument, or all of them, name this flag, or an argument is a number that has it.
    pub(super) fn is_in(self, arguments: &str, argument: &str) -> bool {
        let is_raw = number(argument).is_some_and(|number| number & self.mask == self.value);
        is_raw || arguments.contains(self.name)
    }
}

/// The argument at this place, behind a descriptor: text between commas, of which strings and structures may hold some.
pub(super) fn argument(arguments: &str, place: usize) -> &str {
    arguments.split(", ").nth(place).unwrap_or_default()
}

/// The argument at this place from the end.
pub(super) fn argument_from_end(arguments: &str, place: usize) -> &str {
    arguments.rsplit(", ").nth(place).unwrap_or_default()
}

/// Flags of `clone` stand behind their name, in a structure or among arguments.
pub(super) fn clone_flags(arguments: &str) -> &str {
    arguments.split_once("flags=").map_or("", |(_, flags)| flags.split([',', '}']).next().unwrap_or_default())
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_a_name_or_a_bit() {
        for (arguments, is_stream) in [
            ("AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0", true),
            ("0x1, 0x80801, 0", true),
            ("0x1, 0x1 /* SOCK_STREAM */, 0", true),
            ("0x10, 0x80003, 0", false),
            ("1, 2, 0", false),
        ] {
            assert_eq!(STREAM.is_in(arguments, argument(arguments, 1)), is_stream, "{arguments}");
        }
        let peek = |arguments| PEEK.is_in(arguments, argument_from_end(arguments, 2));
        assert!(peek("6, \"a, b\", 4, MSG_PEEK, NULL, NULL") && peek("6, \"a, b\", 4, 0x2, NULL, NULL"));
        assert!(!peek("6, \"a, b\", 4, 0, NULL, NULL"));
        assert_eq!(clone_flags("child_stack=NULL, flags=0x1200011, child_tidptr=0x7f"), "0x1200011");
        assert_eq!(clone_flags("{flags=0x3d0f00, child_tid=0x7f}, 88"), "0x3d0f00");
    }
}
