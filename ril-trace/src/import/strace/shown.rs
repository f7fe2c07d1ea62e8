//! The bytes that strace shows of what a call read or wrote, and how many it does not show.
//!
//! A string of strace's is in C's notation, with or without `-x` or `-xx`, and ends in `...` behind the quotes where it
//! is longer than `-s` allows. Calls with several buffers show one string for each.
//!
//! Reference: strace `util.c` (`string_quote`, `print_quoted_string_ex`), `io.c` (`tprint_iov`), `msghdr.c`.

/// A piece of what was read or written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    /// So many bytes that are not shown.
    Missing(usize),
}

/// A string as it stands there.
struct Shown {
    bytes: Vec<u8>,
    cut: bool,
}

/// What a call with these arguments has read or written, when that was so many bytes.
pub(super) fn pieces(name: &str, arguments: &str, mut left: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = behind_descriptor(arguments).1;
    let has_several = matches!(name, "readv" | "writev" | "recvmsg" | "sendmsg");
    if has_several {
        // The address of the other side may stand before the buffers.
        let from = text.find("msg_iov").unwrap_or(0);
        text = text.get(from..).and_then(|text| text.split_once('[')).map_or("", |(_, text)| text);
    }
    while left > 0 {
        let Some((shown, rest)) = next_string(text, has_several) else { break };
        text = rest;
        let len = match (shown.cut, has_several) {
            (false, _) => shown.bytes.len(),
            (true, false) => left,
            (true, true) => number(rest).unwrap_or(left),
        };
        let taken = len.min(left);
        left -= taken;
        let mut bytes = shown.bytes;
        bytes.truncate(taken);
        let missing = taken - bytes.len();
        pieces.extend((!bytes.is_empty()).then_some(Piece::Bytes(bytes)));
        pieces.extend((missing > 0).then_some(Piece::Missing(missing)));
        if !has_several {
            break;
        }
    }
    pieces.extend((left > 0).then_some(Piece::Missing(left)));
    pieces
}

/// What so many messages hold, each with its length: `[{msg_hdr={...}, msg_len=20}, ...]`.
pub(super) fn messages(arguments: &str, count: usize) -> Vec<Piece> {
    let of_message = |text: &str| {
        let (_, len) = text.rsplit_once("msg_len=")?;
        let len = len.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        Some(pieces("sendmsg", text, len))
    };
    arguments.split("{msg_hdr=").skip(1).take(count).filter_map(of_message).flatten().collect()
}

/// The descriptor that is a call's first argument, and what follows it. With `-y` it is `3<what it is>`.
pub(super) fn behind_descriptor(arguments: &str) -> (Option<usize>, &str) {
    let digits = arguments.find(|c: char| !c.is_ascii_digit()).unwrap_or(arguments.len());
    let (number, rest) = arguments.split_at(digits);
    let decorated = rest.strip_prefix('<').and_then(|rest| rest.split_once(">,").map(|(_, rest)| rest));
    (number.parse().ok(), decorated.unwrap_or(rest))
}

/// Most bytes of a Unix socket's path (unix(7)).
const MOST_PATH: usize = 108;

/// The path of a Unix socket's address, without the names that no file has.
pub(super) fn socket_path(arguments: &str) -> Option<String> {
    let (_, text) = arguments.split_once("sun_path=")?;
    let (shown, _) = next_string(text.strip_prefix('"').map(|_| text)?, false)?;
    String::from_utf8(shown.bytes).ok().filter(|path| path.len() <= MOST_PATH)
}

/// The next string, and what follows it. Among several buffers the end of their list is the end of the strings.
fn next_string(text: &str, in_list: bool) -> Option<(Shown, &str)> {
    let start = text.find('"')?;
    if in_list && text.get(..start)?.contains(']') {
        return None;
    }
    let mut bytes = Vec::new();
    let mut rest = text.get(start + 1..)?.as_bytes();
    loop {
        match *rest {
            [b'"', ref behind @ ..] => {
                let behind = text.get(text.len() - behind.len()..)?;
                let whole = behind.strip_prefix("...");
                return Some((Shown { bytes, cut: whole.is_some() }, whole.unwrap_or(behind)));
            }
            [b'\\', ref behind @ ..] => {
                let (byte, used) = escaped(behind)?;
                bytes.push(byte);
                rest = behind.get(used..)?;
            }
            [byte, ref behind @ ..] => {
                bytes.push(byte);
                rest = behind;
            }
            [] => return None,
        }
    }
}

/// The byte behind a backslash, and how many characters say it.
fn escaped(text: &[u8]) -> Option<(u8, usize)> {
    let plain = match text.first()? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'b' => 0x08,
        b'a' => 0x07,
        b'x' => return Some((u8::from_str_radix(std::str::from_utf8(text.get(1..3)?).ok()?, 16).ok()?, 3)),
        b'0'..=b'7' => {
            let digits = text.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let octal = std::str::from_utf8(text.get(..digits)?).ok()?;
            return Some((u8::try_from(u32::from_str_radix(octal, 8).ok()?).ok()?, digits));
        }
        other => *other,
    };
    Some((plain, 1))
}

/// The length of a buffer, which follows its string: `, iov_len=36}`, of old `, 36}`.
fn number(text: &str) -> Option<usize> {
    let text = text.strip_prefix(", ")?;
    let text = text.strip_prefix("iov_len=").unwrap_or(text);
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Piece::{Bytes, Missing};
    use super::*;

    #[test]
    fn strings_are_in_cs_notation() {
        let bytes = |text: &str| next_string(text, false).map(|(shown, _)| shown.bytes);
        assert_eq!(bytes(r#""\0\0\0\20\1\n\t\"\\a0""#), Some(b"\0\0\0\x10\x01\n\t\"\\a0".to_vec()));
        assert_eq!(bytes(r#""\0001\377""#), Some(b"\x001\xff".to_vec()), "three digits at most");
        assert_eq!(bytes(r#""\x00\x2f\xff""#), Some(b"\x00/\xff".to_vec()));
        for broken in [r#""\400""#, r#""\xg0""#, r#""\x0"#, "\"a", "\"a\\", "a"] {
            assert_eq!(bytes(broken), None, "{broken}");
        }
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        assert_eq!(pieces("read", r#"3, "abc", 64"#, 3), [Bytes(b"abc".to_vec())]);
        assert_eq!(pieces("read", r#"3, "abc"..., 64"#, 10), [Bytes(b"abc".to_vec()), Missing(7)]);
        assert_eq!(pieces("read", "3, 0x7ffd15d58ee0, 64", 10), [Missing(10)]);
        let address = r#"{sa_family=AF_UNIX, sun_path="/a"}, [110 => 2]"#;
        assert_eq!(
            pieces("recvfrom", &format!(r#"3<UNIX:["/b>"]>, "abc", 9, 0, {address}"#), 3),
            [Bytes(b"abc".to_vec())]
        );
    }

    #[test]
    fn several_buffers_are_one_after_another() {
        let list = r#"[{iov_base="abcd", iov_len=4}, {iov_base="efgh"..., iov_len=10}, {iov_base="ij", iov_len=2}]"#;
        let whole = [Bytes(b"abcd".to_vec()), Bytes(b"efgh".to_vec()), Missing(6), Bytes(b"ij".to_vec())];
        assert_eq!(pieces("writev", &format!("3, {list}, 3"), 16), whole);
        assert_eq!(pieces("writev", &format!("3, {list}, 3"), 5), [Bytes(b"abcd".to_vec()), Bytes(b"e".to_vec())]);
        let message = format!(r#"3, {{msg_name={{sun_path="/x"}}, msg_iov={list}, msg_control=[{{"no"}}]}}, 0"#);
        assert_eq!(pieces("sendmsg", &message, 20)[..4], whole);
        assert_eq!(pieces("sendmsg", &message, 20)[4..], [Missing(4)], "what is behind the list is none of it");
        let old = r#"3, [{"abcd", 4}, {"ef"..., 4}], 2"#;
        assert_eq!(pieces("readv", old, 8), [Bytes(b"abcd".to_vec()), Bytes(b"ef".to_vec()), Missing(2)]);
    }

    #[test]
    fn several_messages_have_a_length_each() {
        let message = |text: &str, len: usize| {
            format!(r#"{{msg_hdr={{msg_iov=[{{iov_base="{text}", iov_len=9}}], msg_iovlen=1}}, msg_len={len}}}"#)
        };
        let arguments = format!("3, [{}, {}, {}], 3, 0", message("ab", 2), message("cdef", 3), message("g", 1));
        assert_eq!(messages(&arguments, 2), [Bytes(b"ab".to_vec()), Bytes(b"cde".to_vec())]);
    }

    #[test]
    fn a_socket_has_a_path_or_none() {
        let path = |text| socket_path(text);
        assert_eq!(path(r#"3, {sa_family=AF_UNIX, sun_path="/dev/\x72ild"}, 19"#).as_deref(), Some("/dev/rild"));
        assert_eq!(path(r#"3, {sa_family=AF_UNIX, sun_path=@"name"}, 7"#), None);
        assert_eq!(path("3, {sa_family=AF_INET, sin_port=htons(80)}, 16"), None);
    }
}
