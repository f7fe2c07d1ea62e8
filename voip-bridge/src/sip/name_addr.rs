//! Addresses in headers: `"display name" <URI>;parameters`, or a URI alone (RFC 3261 section 20.10).
//!
//! A display name is whatever somebody calls himself, with brackets, commas and numbers of others in it, so it is
//! passed over as a whole. It refuses what is not of this form.

use rsipstack::sip::Uri;

/// The values of a header that is a list: commas in quotes and brackets belong to a value.
pub(super) fn list(header: &str) -> Vec<&str> {
    let (mut values, mut begin) = (Vec::new(), 0);
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    for (at, character) in header.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracketed => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            ',' if !quoted && !bracketed => {
                values.push(header.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            _ => {}
        }
    }
    values.push(header.get(begin..).unwrap_or_default());
    values
}

/// The URI of one value; `None` when it is malformed.
pub(super) fn uri(value: &str) -> Option<Uri> {
    let value = value.trim();
    let address = match value.strip_prefix('"') {
        Some(name) => behind_quote(name)?.trim_start().strip_prefix('<')?,
        None => match value.split_once('<') {
            Some((name, _)) if name.contains('"') => return None,
            Some((_, address)) => address,
            None => return Uri::try_from(alone(value)).ok(),
        },
    };
    Uri::try_from(address.split_once('>')?.0).ok()
}

/// What is behind the end of a quoted string.
fn behind_quote(text: &str) -> Option<&str> {
    let mut escaped = false;
    let (end, _) = text.char_indices().find(|(_, character)| match character {
        _ if escaped => {
            escaped = false;
            false
        }
        '\\' => {
            escaped = true;
            false
        }
        character => *character == '"',
    })?;
    text.get(end + 1..)
}

/// A URI without brackets: parameters behind its host are the header's.
fn alone(value: &str) -> &str {
    let host = value.find('@').unwrap_or(0);
    let end = value.get(host..).and_then(|rest| rest.find(';')).map_or(value.len(), |at| host + at);
    value.get(..end).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(value: &str) -> Option<String> {
        uri(value).map(|uri| uri.to_string())
    }

    #[test]
    fn the_address_is_found_behind_any_name() {
        for value in [
            "sip:a@b",
            "sip:a@b;tag=1",
            "<sip:a@b>;tag=1",
            "A. Name <sip:a@b>",
            "\"A \\\" <sip:x@y>, \\\\\"<sip:a@b>;tag=\"<sip:x@y>\"",
        ] {
            assert_eq!(read(value).as_deref(), Some("sip:a@b"), "{value}");
        }
        for value in ["", "\"sip:a@b", "\"a\" sip:a@b", "a \"<sip:x@y>\" <sip:a@b>", "<sip:a@b", "<>"] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn a_list_ends_where_its_values_do() {
        assert_eq!(list("<sip:a,b@c>,\"d,\\\",e\" <f>, g"), ["<sip:a,b@c>", "\"d,\\\",e\" <f>", " g"]);
        assert_eq!(list("\"no, end"), ["\"no, end"]);
        assert_eq!(list(""), [""]);
    }

    proptest! {
        #[test]
        fn no_value_hurts(value in any::<String>(), likely in "[\"<>,;:@ \\\\sip0-9]{0,20}") {
            for value in [value, likely] {
                prop_assert_eq!(list(&value).join(","), value.clone());
                list(&value).into_iter().for_each(|value| drop(uri(value)));
            }
        }
    }
}
