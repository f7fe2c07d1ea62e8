//! What differs between two traces, message by message and field by field, with no regard to time.
//!
//! Each side of each conversation is compared with the same side in the other trace: what a phone asked, what it was
//! told, what the router asked the modem, what the modem said. Within one, messages that are the same keep their order
//! and are found by Myers' algorithm; of what is between them, messages of the same name are taken for the same message
//! with other fields, again in their order. Serials are not compared, for every client counts in its own way, and
//! neither are times. All sessions of a trace are one after another.

use std::collections::HashMap;
use std::io::Read;

use serde_json::{Map, Value, json};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::format::{Event, Item, Reader, What};
use crate::replay::diff::{Difference, Ignored, differences};
use crate::replay::report::{Case, Suite};
use crate::replay::script::SCRIPT_LIMIT;
use crate::show::{Filter, Show};

/// What says when and where in its trace a message was, and not what it is.
const NOT_COMPARED: &[&str] = &["record", "at", "time", "from", "to", "serial", "took"];

/// Why a trace cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// There is too much in it.
    #[error("the trace says more than {} MiB, which is more than can be compared", SCRIPT_LIMIT / 1024 / 1024)]
    TooLong,
}

/// A trace, side by side.
#[derive(Debug, Default)]
pub struct Sides {
    sides: Vec<(String, Vec<Line>)>,
}

/// One message or event.
#[derive(Debug)]
struct Line {
    number: u64,
    name: String,
    fields: Value,
    /// The fields that are compared, as text.
    key: String,
}

/// One message, in the one trace, in the other, or in both and not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// From whom to whom.
    pub side: String,
    /// What it is called.
    pub name: String,
    /// The number of its record in the first trace; `None` if it is not there.
    pub before: Option<u64>,
    /// The same in the second.
    pub after: Option<u64>,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// How many messages are the same.
    pub same: usize,
    /// The others, side by side, in their order.
    pub changed: Vec<Changed>,
}

impl Sides {
    /// Reads a trace. What is damaged is left out.
    ///
    /// # Errors
    /// Reading failed, or there is too much.
    pub fn read<R: Read>(reader: &mut Reader<R>, filter: Filter, ignored: &Ignored) -> Result<Self, CompareError> {
        let (mut show, mut sides, mut size) = (Show::new(filter), Self::default(), 0);
        while let Some(item) = reader.next_item()? {
            let line = show.json(&item);
            let (Item::Record(entry), Some(Value::Object(mut fields))) = (&item, line) else { continue };
            // When a clock ticks or a disk is done depends on time alone.
            if matches!(&entry.record.what, What::Event(Event::Tick(_) | Event::Stored(_) | Event::WallClock(_))) {
                continue;
            }
            let side = side(&fields);
            let name = name(&fields);
            NOT_COMPARED.iter().for_each(|field| drop(fields.remove(*field)));
            if let Some(ack) = fields.get_mut("ack") {
                *ack = Value::Null;
            }
            let fields = Value::Object(fields);
            let key = ignored.without(&fields).to_string();
            size += key.len();
            if size > SCRIPT_LIMIT {
                return Err(CompareError::TooLong);
            }
            sides.side(side).push(Line { number: entry.number, name, fields, key });
        }
        Ok(sides)
    }

    fn side(&mut self, name: String) -> &mut Vec<Line> {
        let place = self.sides.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.sides.push((name, Vec::new()));
            self.sides.len() - 1
        });
        &mut self.sides[place].1
    }

    fn lines(&self, name: &str) -> &[Line] {
        self.sides.iter().find(|(known, _)| known == name).map_or(&[], |(_, lines)| lines)
    }

    /// Compares this trace with a later one.
    pub fn compare(&self, after: &Self, ignored: &Ignored) -> Comparison {
        let mut comparison = Comparison::default();
        let new = after.sides.iter().map(|(name, _)| name).filter(|name| self.lines(name).is_empty());
        for name in self.sides.iter().map(|(name, _)| name).chain(new) {
            compare_side(name, self.lines(name), after.lines(name), ignored, &mut comparison);
        }
        comparison
    }
}

impl Comparison {
    /// The same as a report of a replay.
    pub fn suite(&self, name: String) -> Suite {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let changed = self.changed.iter().map(|changed| {
            let Changed { side, name, before, after, differences } = changed;
            let name = format!("{side}: {} | {} {name}", number(*before), number(*after));
            Case { name, differences: differences.iter().map(ToString::to_string).collect() }
        });
        Suite { name, cases: changed.collect(), alike: self.same, unknown: Vec::new() }
    }

    fn add(&mut self, side: &str, before: Option<&Line>, after: Option<&Line>, ignored: &Ignored) {
        let differences = match (before, after) {
            (Some(before), Some(after)) => differences(&before.fields, &after.fields, ignored),
            (before, after) => {
                let fields = |line: &Line| line.fields.clone();
                let whole = "message".to_owned();
                vec![Difference { field: whole, recorded: before.map(fields), now: after.map(fields) }]
            }
        };
        let Some(line) = before.or(after) else { return };
        if differences.is_empty() {
            self.same += 1;
            return;
        }
        self.changed.push(Changed {
            side: side.to_owned(),
            name: line.name.clone(),
            before: before.map(|line| line.number),
            after: after.map(|line| line.number),
            differences,
        });
    }
}

impl Changed {
    /// The same for programs.
    pub fn json(&self) -> Value {
        let field = |difference: &Difference| json!({"field": difference.field, "before": difference.recorded, "after": difference.now});
        json!({
            "side": self.side,
            "message": self.name,
            "before": self.before,
            "after": self.after,
            "differences": self.differences.iter().map(field).collect::<Vec<_>>(),
        })
    }
}

fn compare_side(side: &str, before: &[Line], after: &[Line], ignored: &Ignored, comparison: &mut Comparison) {
    let keys = |lines: &[Line], known: &mut HashMap<String, usize>| -> Vec<usize> {
        lines.iter().map(|line| number_of(&line.key, known)).collect()
    };
    let mut known = HashMap::new();
    let (before_keys, after_keys) = (keys(before, &mut known), keys(after, &mut known));
    for operation in capture_diff_slices(Algorithm::Myers, &before_keys, &after_keys) {
        if let DiffOp::Equal { len, .. } = operation {
            comparison.same += len;
            continue;
        }
        let (before, after) = (&before[operation.old_range()], &after[operation.new_range()]);
        pair_by_name(side, before, after, ignored, comparison);
    }
}

/// What is between messages that are the same: those of the same name belong together.
fn pair_by_name(side: &str, before: &[Line], after: &[Line], ignored: &Ignored, comparison: &mut Comparison) {
    let names = |lines: &[Line], known: &mut HashMap<String, usize>| -> Vec<usize> {
        lines.iter().map(|line| number_of(&line.name, known)).collect()
    };
    let mut known = HashMap::new();
    let (before_names, after_names) = (names(before, &mut known), names(after, &mut known));
    for operation in capture_diff_slices(Algorithm::Myers, &before_names, &after_names) {
        let (before, after) = (&before[operation.old_range()], &after[operation.new_range()]);
        if matches!(operation, DiffOp::Equal { .. }) {
            for (before, after) in before.iter().zip(after) {
                comparison.add(side, Some(before), Some(after), ignored);
            }
            continue;
        }
        before.iter().for_each(|line| comparison.add(side, Some(line), None, ignored));
        after.iter().for_each(|line| comparison.add(side, None, Some(line), ignored));
    }
}

/// Texts are compared by numbers.
fn number_of(text: &str, known: &mut HashMap<String, usize>) -> usize {
    let next = known.len();
    *known.entry(text.to_owned()).or_insert(next)
}

fn side(fields: &Map<String, Value>) -> String {
    match (fields.get("from").and_then(Value::as_str), fields.get("to").and_then(Value::as_str)) {
        (Some(from), Some(to)) => format!("{from} -> {to}"),
        _ => "events".to_owned(),
    }
}

/// What a line is about: the message and whether it is a request, or the event.
fn name(fields: &Map<String, Value>) -> String {
    let said = ["request", "reply", "unsolicited"].into_iter().find_map(|kind| fields.get_key_value(kind));
    match (said, fields.get("event")) {
        (Some((kind, code)), _) if kind == "reply" => format!("{} reply", unquoted(code)),
        (Some((_, code)), _) => unquoted(code),
        (None, Some(Value::Object(event))) => event.keys().next().cloned().unwrap_or_default(),
        (None, Some(event)) => unquoted(event),
        (None, None) => {
            ["ack", "service"].into_iter().find(|kind| fields.contains_key(*kind)).unwrap_or("bytes").to_owned()
        }
    }
}

fn unquoted(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
