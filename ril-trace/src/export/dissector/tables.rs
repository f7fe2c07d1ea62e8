//! The tables of the script: names (`N`), fields, layouts (`L`), requests, unsolicited messages.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use ril_protocol::Errno;
use ril_protocol::layout::{By, Field, Layout, Otherwise, When};
use ril_protocol::messages::{PayloadCodec, REQUESTS, UNSOLICITED};

/// What a layout is called in the script, where the value of such a layout has no name of its own.
const ITEM: &str = "ril.item";

/// All tables.
pub(super) fn tables() -> String {
    let mut tables = Tables::default();
    for row in REQUESTS {
        let [request, response] = [&row.request, &row.response].map(|codec| tables.payload(codec));
        let line = format!(
            "REQUESTS[{}] = {{ name = {:?}, request = {request}, response = {response} }}",
            row.code.0, row.name
        );
        tables.messages.push(line);
    }
    for row in UNSOLICITED {
        let payload = tables.payload(&row.payload);
        let line = format!("UNSOLICITED[{}] = {{ name = {:?}, payload = {payload} }}", row.code.0, row.name);
        tables.messages.push(line);
    }
    let errno: Vec<(i32, &str)> = Errno::ALL.iter().filter_map(|errno| Some((errno.0, errno.name()?))).collect();
    let requests: Vec<(i32, &str)> = REQUESTS.iter().map(|row| (row.code.0, row.name)).collect();
    let unsolicited: Vec<(i32, &str)> = UNSOLICITED.iter().map(|row| (row.code.0, row.name)).collect();
    for (field, name, values) in [
        ("ril.errno", "errno", &errno),
        ("ril.request", "request", &requests),
        ("ril.reply", "reply", &requests),
        ("ril.unsolicited", "unsolicited", &unsolicited),
    ] {
        let names = tables.names(values);
        if field == "ril.errno" {
            tables.errno.clone_from(&names);
        }
        tables.fields.insert(field.to_owned(), (name.to_owned(), "int32", Some(names)));
    }
    tables.text()
}

#[derive(Default)]
struct Tables {
    /// What stands for the values of enumerations.
    names: Vec<String>,
    /// The fields by their names: how a person reads them, kind, values.
    fields: BTreeMap<String, (String, &'static str, Option<String>)>,
    /// The layouts, each after those that it is made of.
    layouts: Vec<String>,
    known: HashMap<String, usize>,
    messages: Vec<String>,
    /// Names of errors.
    errno: String,
}

impl Tables {
    /// A payload, as it stands in the row of its message.
    fn payload(&mut self, codec: &PayloadCodec) -> String {
        let bare = codec.type_name.replace("Vec<", "").replace("Option<", "").replace('>', "");
        self.item(codec.layout, &abbreviation(&bare))
    }

    /// A layout whose members have names behind `prefix` where it is no type of its own.
    fn layout(&mut self, layout: &'static Layout, prefix: &str) -> String {
        let text = match layout {
            Layout::Nothing => "kind = \"nothing\"".to_owned(),
            Layout::Int => "kind = \"int\"".to_owned(),
            Layout::Unsigned => "kind = \"unsigned\"".to_owned(),
            Layout::Long => "kind = \"long\"".to_owned(),
            Layout::Flag => "kind = \"flag\"".to_owned(),
            Layout::Byte => "kind = \"byte\"".to_owned(),
            Layout::SignedByte => "kind = \"signed_byte\"".to_owned(),
            Layout::ByteFlag => "kind = \"byte_flag\"".to_owned(),
            Layout::Named { values, .. } => format!("kind = \"int\", names = {}", self.names(values)),
            Layout::Text => "kind = \"text\"".to_owned(),
            Layout::Raw => "kind = \"raw\"".to_owned(),
            Layout::Rest => "kind = \"rest\"".to_owned(),
            Layout::Octets { byte_count, most } => {
                format!("kind = \"octets\", byte_count = {byte_count}, most = {most}")
            }
            Layout::Count => "kind = \"count\"".to_owned(),
            Layout::List(item) => format!("kind = \"list\", item = {}", self.item(item, prefix)),
            Layout::Array(item, count) => {
                format!("kind = \"array\", count = {count}, item = {}", self.item(item, prefix))
            }
            Layout::Times(by, item) => format!("kind = \"times\", by = {by:?}, item = {}", self.item(item, prefix)),
            Layout::IfLeft(value) => format!("kind = \"if_left\", of = {}", self.layout(value, prefix)),
            Layout::IfFlagged(value) => format!("kind = \"if_flagged\", of = {}", self.layout(value, prefix)),
            Layout::Struct { name, fields } => {
                let prefix = abbreviation(name);
                let fields: Vec<String> = fields.iter().map(|field| self.field(field, &prefix)).collect();
                format!("kind = \"struct\", fields = {{ {} }}", fields.join(", "))
            }
            Layout::Choice { by, arms, other } => {
                let mut text = "kind = \"choice\", ".to_owned();
                let _ = match by {
                    By::Field(name) => write!(text, "by = {name:?}"),
                    By::Next(name, layout) => write!(text, "tag = {}", self.member(name, layout, prefix)),
                };
                text.push_str(", arms = { ");
                for arm in *arms {
                    let _ = write!(text, "[{}] = {}, ", arm.value, self.member(arm.name, arm.layout, prefix));
                }
                text.push('}');
                if let Some(other) = other {
                    let _ = write!(text, ", other = {}", self.member(other, &Layout::Int, prefix));
                }
                text
            }
            Layout::Guess { first, identifier, limit, second } => {
                let [first, second] = [first, second].map(|(name, layout)| self.member(name, layout, prefix));
                format!(
                    "kind = \"guess\", first = {first}, second = {second}, identifier = {identifier:?}, limit = {limit}"
                )
            }
        };
        let next = self.layouts.len() + 1;
        let number = *self.known.entry(text.clone()).or_insert(next);
        if number == next {
            self.layouts.push(text);
        }
        format!("L[{number}]")
    }

    /// A value in a list: its field is that of its type.
    fn item(&mut self, layout: &'static Layout, prefix: &str) -> String {
        let field = self.generic(layout);
        format!("{{ field = {field:?}, of = {} }}", self.layout(layout, prefix))
    }

    /// The field of a value that has no name.
    fn generic(&mut self, layout: &'static Layout) -> String {
        let (kind, names) = self.kind(layout);
        let name = match (layout, kind) {
            (Layout::Named { name, .. }, _) => abbreviation(name),
            (_, "int32") => "ril.integer".to_owned(),
            (_, "string") => "ril.string".to_owned(),
            (_, "none") => ITEM.to_owned(),
            (_, kind) => format!("ril.{kind}"),
        };
        let shown = name.rsplit('.').next().unwrap_or_default().to_owned();
        self.fields.insert(name.clone(), (shown, kind, names));
        name
    }

    /// A value with a name.
    fn member(&mut self, name: &str, layout: &'static Layout, prefix: &str) -> String {
        let field = format!("{prefix}.{name}");
        let (kind, names) = self.kind(layout);
        self.fields.insert(field.clone(), (name.to_owned(), kind, names));
        let layout = self.layout(layout, &field);
        format!("{{ name = {name:?}, field = {field:?}, of = {layout} }}")
    }

    fn field(&mut self, field: &Field, prefix: &str) -> String {
        let Field { name, layout, hidden, when, otherwise } = field;
        let mut text = self.member(name, layout, prefix);
        text.truncate(text.len() - " }".len());
        if *hidden {
            text.push_str(", hidden = true");
        }
        if *when != When::Always {
            let _ = write!(text, ", when = {}", condition(when));
        }
        let _ = match otherwise {
            Otherwise::LeftOut => Ok(()),
            Otherwise::Null => write!(text, ", otherwise = \"null\""),
            Otherwise::Number(number) => write!(text, ", otherwise = \"number\", number = {number}"),
            Otherwise::NoItems => write!(text, ", otherwise = \"no items\""),
        };
        text.push_str(" }");
        text
    }

    /// What a value is to Wireshark, and the names that it may have.
    fn kind(&mut self, layout: &Layout) -> (&'static str, Option<String>) {
        let kind = match layout {
            Layout::Named { values, .. } => return ("int32", Some(self.names(values))),
            Layout::IfLeft(value) | Layout::IfFlagged(value) => return self.kind(value),
            Layout::Int | Layout::Count => "int32",
            Layout::Unsigned => "uint32",
            Layout::Long => "int64",
            Layout::Flag | Layout::ByteFlag => "bool",
            Layout::Byte => "uint8",
            Layout::SignedByte => "int8",
            Layout::Text | Layout::Octets { .. } => "string",
            Layout::Raw | Layout::Rest => "bytes",
            Layout::Nothing
            | Layout::List(_)
            | Layout::Array(..)
            | Layout::Times(..)
            | Layout::Struct { .. }
            | Layout::Choice { .. }
            | Layout::Guess { .. } => "none",
        };
        (kind, None)
    }

    fn names(&mut self, values: &[(i32, &str)]) -> String {
        let values: Vec<String> = values.iter().map(|(value, name)| format!("[{value}] = {name:?}")).collect();
        let text = format!("{{ {} }}", values.join(", "));
        let place = self.names.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.names.push(text);
            self.names.len() - 1
        });
        format!("N[{}]", place + 1)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (place, names) in self.names.iter().enumerate() {
            let _ = writeln!(text, "N[{}] = {names}", place + 1);
        }
        let _ = writeln!(text, "local ERRNO = {}", self.errno);
        for (field, (name, kind, names)) in &self.fields {
            let names = names.as_ref().map(|names| format!(", {names}")).unwrap_or_default();
            let _ = writeln!(text, "field({field:?}, {name:?}, {kind:?}{names})");
        }
        for (place, layout) in self.layouts.iter().enumerate() {
            let _ = writeln!(text, "L[{}] = {{ {layout} }}", place + 1);
        }
        for message in &self.messages {
            let _ = writeln!(text, "{message}");
        }
        text
    }
}

fn condition(when: &When) -> String {
    match when {
        When::Always => "{ \"always\" }".to_owned(),
        When::Left => "{ \"left\" }".to_owned(),
        When::Since(version) => format!("{{ \"since\", {} }}", version.0),
        When::Within(field, from, to) => format!("{{ \"within\", {field:?}, {from}, {to} }}"),
        When::Both(one, other) => format!("{{ \"both\", {}, {} }}", condition(one), condition(other)),
        When::Not(when) => format!("{{ \"not\", {} }}", condition(when)),
    }
}

/// A type behind its module, as the names of fields begin: `ril.call.forward_info` for `call::ForwardInfo`.
fn abbreviation(path: &str) -> String {
    let path = path.trim_start_matches("ril_protocol::").trim_start_matches("payload::");
    let mut name = "ril.".to_owned();
    for (place, part) in path.split("::").enumerate() {
        if place > 0 {
            name.push('.');
        }
        for (at, c) in part.char_indices() {
            if c.is_ascii_uppercase() && at > 0 {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        }
    }
    name
}
