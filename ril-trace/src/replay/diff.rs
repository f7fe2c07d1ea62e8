//! What differs between two messages, field by field.
//!
//! Messages are compared as JSON, so that a difference is told by the names that `rilctl messages` uses.

use serde_json::{Map, Value};

/// One field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: names and places in lists, joined by dots.
    pub field: String,
    /// What it was; `None` where there was none.
    pub recorded: Option<Value>,
    /// What it is now.
    pub now: Option<Value>,
}

/// Fields that may differ, each as [`Difference::field`] names them, where `*` stands for any one name. What lies
/// inside such a field may differ too.
#[derive(Clone, Debug, Default)]
pub struct Ignored(Vec<Vec<String>>);

impl Ignored {
    /// From what a user wrote.
    pub fn new<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        Self(fields.into_iter().map(|field| field.split('.').map(str::to_owned).collect()).collect())
    }

    /// What is compared of a message.
    #[cfg(feature = "tools")]
    pub(crate) fn without(&self, value: &Value) -> Value {
        if self.0.is_empty() { value.clone() } else { self.without_inside(&mut Vec::new(), value) }
    }

    #[cfg(feature = "tools")]
    fn without_inside(&self, path: &mut Vec<String>, value: &Value) -> Value {
        let mut inside = |name: String, value: &Value| {
            path.push(name);
            let other = (!self.covers(path)).then(|| self.without_inside(path, value));
            path.pop();
            other
        };
        match value {
            // Also whether it is there may differ.
            Value::Object(fields) => {
                let fields =
                    fields.iter().filter_map(|(name, value)| Some((name.clone(), inside(name.clone(), value)?)));
                Value::Object(fields.collect())
            }
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(place, item)| inside(place.to_string(), item));
                Value::Array(items.map(Option::unwrap_or_default).collect())
            }
            plain => plain.clone(),
        }
    }

    fn covers(&self, path: &[String]) -> bool {
        let is = |pattern: &Vec<String>| {
            pattern.len() == path.len() && pattern.iter().zip(path).all(|(wanted, is)| wanted == "*" || wanted == is)
        };
        self.0.iter().any(is)
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let show = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        write!(f, "{}: recorded {}, now {}", self.field, show(&self.recorded), show(&self.now))
    }
}

/// All that differs, in the order of the fields.
pub fn differences(recorded: &Value, now: &Value, ignored: &Ignored) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), Some(recorded), Some(now), ignored, &mut found);
    found
}

fn compare(
    path: &mut Vec<String>,
    recorded: Option<&Value>,
    now: Option<&Value>,
    ignored: &Ignored,
    found: &mut Vec<Difference>,
) {
    if recorded == now || ignored.covers(path) {
        return;
    }
    let mut inside = |name: String, recorded: Option<&Value>, now: Option<&Value>| {
        path.push(name);
        compare(path, recorded, now, ignored, found);
        path.pop();
    };
    match (recorded, now) {
        (Some(Value::Object(recorded)), Some(Value::Object(now))) => {
            for name in names(recorded, now) {
                inside(name.clone(), recorded.get(name), now.get(name));
            }
        }
        (Some(Value::Array(recorded)), Some(Value::Array(now))) => {
            for place in 0..recorded.len().max(now.len()) {
                inside(place.to_string(), recorded.get(place), now.get(place));
            }
        }
        _ => found.push(Difference { field: path.join("."), recorded: recorded.cloned(), now: now.cloned() }),
    }
}

/// The names of both, each once.
fn names<'a>(recorded: &'a Map<String, Value>, now: &'a Map<String, Value>) -> impl Iterator<Item = &'a String> {
    recorded.keys().chain(now.keys().filter(|name| !recorded.contains_key(*name)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(recorded: &Value, now: &Value, ignored: &[&str]) -> Vec<String> {
        let ignored = Ignored::new(ignored.iter().copied());
        differences(recorded, now, &ignored).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fields_are_told_by_where_they_are() {
        let recorded = json!({"errno": "SUCCESS", "payload": [{"index": 1, "number": "1"}], "took": 1});
        let now = json!({"errno": "SUCCESS", "payload": [{"index": 1, "number": "2"}, 5], "more": null});
        assert_eq!(
            told(&recorded, &now, &[]),
            [
                "payload.0.number: recorded \"1\", now \"2\"",
                "payload.1: recorded nothing, now 5",
                "took: recorded 1, now nothing",
                "more: recorded nothing, now null",
            ]
        );
        assert_eq!(told(&recorded, &recorded, &[]), [] as [String; 0]);
        assert_eq!(told(&json!(1), &json!("1"), &[]), [": recorded 1, now \"1\""]);
    }

    #[test]
    fn what_may_differ_is_passed_over_with_all_that_is_in_it() {
        let recorded = json!({"payload": [{"a": 1, "b": 1}, {"a": 1, "b": 1}]});
        let now = json!({"payload": [{"a": 2, "b": 2}, {"a": 2, "b": 2}]});
        assert_eq!(told(&recorded, &now, &["payload"]), [] as [String; 0]);
        assert_eq!(told(&recorded, &now, &["payload.*.a", "payload.0.b"]), ["payload.1.b: recorded 1, now 2"]);
        assert_eq!(told(&recorded, &now, &["a", "*.a"]).len(), 4, "a path is a whole one");
    }

    #[cfg(feature = "tools")]
    #[test]
    fn what_is_compared_is_what_may_not_differ() {
        let message = json!({"errno": "SUCCESS", "payload": [{"a": 1, "b": null}, 5]});
        let without = |ignored: &[&str]| Ignored::new(ignored.iter().copied()).without(&message);
        assert_eq!(without(&[]), message);
        assert_eq!(without(&["payload.*.a", "errno"]), json!({"payload": [{"b": null}, 5]}));
        assert_eq!(without(&["payload.1"]), json!({"errno": "SUCCESS", "payload": [{"a": 1, "b": null}, null]}));
    }
}
