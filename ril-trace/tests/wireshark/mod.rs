//! What a real tshark shows of a trace, held against what `trace show --json` says of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ril_trace::export::dissector;
use ril_trace::export::pcapng::Capture;
use ril_trace::format::{Item, Reader};
use ril_trace::show::{Filter, Show};
use roxmltree::{Document, Node};
use serde_json::Value;
use tempfile::TempDir;

/// Members that say how what follows lies; JSON does without them.
const HIDDEN: [&str; 5] = ["cell_info_type", "tech", "name", "allowed_carriers_count", "excluded_carriers_count"];

/// A capture, and the dissector.
pub(crate) struct Wireshark {
    folder: TempDir,
}

impl Wireshark {
    /// With this as the capture.
    pub(crate) fn with(capture: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("capture.pcapng"), capture).unwrap();
        fs::write(folder.path().join("ril.lua"), dissector::script()).unwrap();
        Self { folder }
    }

    /// What tshark says of the capture.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let path = |name| -> PathBuf { self.folder.path().join(name) };
        let script = format!("lua_script:{}", path("ril.lua").display());
        let output = Command::new("tshark")
            .args(["-n", "-X", &script, "-r"])
            .arg(path("capture.pcapng"))
            .args(args)
            .env("HOME", self.folder.path())
            .output()
            .expect("the package tshark is needed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        assert!(!said.contains("Lua"), "{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// One line for each packet that the filter lets through, with these fields.
    pub(crate) fn fields(&self, filter: &str, fields: &[&str]) -> Vec<String> {
        let fields: Vec<&str> = fields.iter().flat_map(|field| ["-e", field]).collect();
        self.run(&[&["-2", "-Y", filter, "-T", "fields"], &fields[..]].concat()).lines().map(str::to_owned).collect()
    }
}

/// Every item of a trace.
pub(crate) fn items(trace: &[u8]) -> Vec<Item> {
    let mut reader = Reader::open(trace).unwrap();
    std::iter::from_fn(|| reader.next_item().unwrap()).collect()
}

/// The capture of a trace.
pub(crate) fn capture(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut capture = Capture::new(&mut out, "a test", Filter::default()).unwrap();
    items.iter().for_each(|item| capture.add(item).unwrap());
    capture.finish().unwrap();
    out
}

/// Holds every field of every packet against the JSON of the trace; gives how many payloads had fields.
pub(crate) fn compare(items: &[Item]) -> usize {
    let mut show = Show::new(Filter::default());
    let lines: Vec<Value> = items.iter().filter_map(|item| show.json(item)).collect();
    let wireshark = Wireshark::with(&capture(items));
    let pdml: String = wireshark.run(&["-T", "pdml"]).chars().map(xml).collect();
    let document = Document::parse(&pdml).unwrap();
    let packets: Vec<Node<'_, '_>> = document.descendants().filter(|node| node.has_tag_name("packet")).collect();
    assert_eq!(packets.len(), lines.len());
    let mut payloads = 0;
    for (line, packet) in lines.iter().zip(packets) {
        let thrown = packet.children().any(|proto| proto.attribute("name") == Some("_ws.malformed"));
        assert!(!thrown, "{line}");
        let ril = packet.children().find(|proto| proto.attribute("name") == Some("ril"));
        packet_is(line, ril.unwrap_or_else(|| panic!("nothing was dissected of {line}")));
        payloads += usize::from(line.get("payload").is_some());
    }
    payloads
}

fn packet_is(line: &Value, ril: Node<'_, '_>) {
    let top = |name: &str| ril.children().find(|node| node.attribute("name") == Some(name));
    let shown = |name: &str| top(name).and_then(|field| field.attribute("show"));
    for (member, name) in [("session", "ril.session"), ("event", "ril.event")] {
        if let Some(value) = line.get(member) {
            let shown: Value = serde_json::from_str(shown(name).unwrap()).unwrap();
            return assert_eq!(shown, *value);
        }
    }
    for name in ["from", "to"] {
        assert_eq!(shown(&format!("ril.{name}")), line[name].as_str(), "{line}");
    }
    for name in ["request", "reply", "unsolicited", "serial", "errno", "ack", "wants_ack"] {
        let shown = top(&format!("ril.{name}"));
        match line.get(name).filter(|value| !value.is_null()) {
            Some(value) => is(value, shown.unwrap_or_else(|| panic!("no {name} of {line}"))),
            None => assert!(shown.is_none(), "{name} of {line}"),
        }
    }
    let took: Option<f64> = shown("ril.took").map(|took| took.parse().unwrap());
    match (took, line.get("took").and_then(Value::as_f64)) {
        (Some(shown), Some(said)) => assert!((shown - said).abs() < 1e-8, "{shown} {said}"),
        (shown, said) => assert_eq!(shown, said, "{line}"),
    }
    let payload = top("ril.payload");
    match line.get("payload") {
        Some(value @ (Value::Object(_) | Value::Array(_) | Value::Null)) => is(value, payload.unwrap()),
        Some(value) => {
            let below = below(payload.unwrap());
            assert_eq!(below.len(), 1, "{line}");
            is(value, below[0]);
        }
        None => assert!(payload.is_none() || line.get("hex").is_some(), "{line}"),
    }
    let expert = |name| field(ril, name).is_some();
    assert!(line.get("payload").is_none() || !expert("ril.malformed"), "{line}");
    if let Some(hex) = line.get("hex").filter(|hex| **hex != "") {
        let is_service = line.get("service").is_some();
        let bytes = top(if is_service { "ril.service" } else { "ril.hex" });
        is(hex, bytes.unwrap_or_else(|| panic!("no bytes of {line}")));
        let why = ["ril.malformed", "ril.unknown", "ril.unasked", "ril.unreadable"];
        assert!(is_service || why.into_iter().any(expert), "{line}");
    }
    assert_eq!(line.get("unreadable").is_some(), expert("ril.unreadable"), "{line}");
}

/// Whether a field shows a value, with all that is in it and nothing more.
fn is(value: &Value, field: Node<'_, '_>) {
    let shown = field.attribute("show").unwrap_or_default();
    let about = || format!("{value} in {}: {shown:?}", field.attribute("showname").unwrap_or_default());
    match value {
        Value::Null => assert!(self::field(field, "ril.null").is_some(), "{}", about()),
        Value::Bool(flag) => assert_eq!(["1", "True"].contains(&shown), *flag, "{}", about()),
        Value::Number(number) => assert_eq!(shown, number.to_string(), "{}", about()),
        Value::String(text) => {
            let name = field.attribute("showname").and_then(|name| Some(name.split_once(": ")?.1.split_once(" (")?.0));
            let is_shown = shown == printed(text) || name == Some(text) || shown.replace(':', "") == *text;
            assert!(is_shown, "{}", about());
            assert!(self::field(field, "ril.null").is_none(), "{}", about());
        }
        Value::Array(values) => {
            let fields = below(field);
            assert_eq!(fields.len(), values.len(), "{}", about());
            values.iter().zip(fields).for_each(|(value, field)| is(value, field));
        }
        Value::Object(members) => {
            let fields = below(field);
            for (name, value) in members {
                let mut named = fields.iter().filter(|field| member(field) == name);
                is(value, *named.next().unwrap_or_else(|| panic!("no {name}: {}", about())));
                assert!(named.next().is_none() || HIDDEN.contains(&name.as_str()), "{name} twice: {}", about());
            }
            for name in fields.iter().map(member) {
                assert!(members.contains_key(name) || HIDDEN.contains(&name), "{name}: {}", about());
            }
        }
    }
}

/// The name of a field in JSON.
fn member<'a>(field: &Node<'a, '_>) -> &'a str {
    field.attribute("name").and_then(|name| name.rsplit('.').next()).unwrap_or_default()
}

/// A string as it comes out of an attribute of tshark's XML.
fn printed(text: &str) -> String {
    let of = |c: char| match c {
        '\0' => "\u{2400}".to_owned(),
        '\n' | '\r' | '\t' => " ".to_owned(),
        c if c.is_ascii_control() => format!("\\x{:x}", u32::from(c)),
        c => xml(c).to_string(),
    };
    text.chars().map(of).collect()
}

/// XML has no such characters, though tshark writes them.
fn xml(c: char) -> char {
    if matches!(c, '\u{fffe}' | '\u{ffff}') { char::REPLACEMENT_CHARACTER } else { c }
}

/// The values below a field.
fn below<'a, 'input>(field: Node<'a, 'input>) -> Vec<Node<'a, 'input>> {
    let is_value = |node: &Node<'_, '_>| {
        node.attribute("name")
            .is_some_and(|name| !name.starts_with("_ws") && !["ril.null", "ril.leftover"].contains(&name))
    };
    field.children().filter(is_value).collect()
}

/// The field of this name in or below another.
fn field<'a, 'input>(of: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    of.descendants().find(|node| node.attribute("name") == Some(name))
}

/// Keeps the capture where a person can look at it, when `RIL_TRACE_KEEP` names a folder.
pub(crate) fn keep(name: &str, capture: &[u8]) {
    if let Some(folder) = std::env::var_os("RIL_TRACE_KEEP") {
        fs::write(Path::new(&folder).join(name), capture).unwrap();
    }
}
