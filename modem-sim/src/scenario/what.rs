//! What `when` and `expect` look for: a message with fields, a state, or what the console says.

use std::fmt;
use std::time::Duration;

use ril_protocol::{Errno, RequestCode, UnsolCode};
use serde_json::Value;

use super::seen::{Seen, What as Message};
use crate::console;
use crate::model::{Effects, Modem};
use crate::states::{self, State};

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// So many messages of a kind.
    Messages(usize, Pattern),
    /// All of these states at the same time.
    States(Vec<Condition>),
    /// A line like this one among those that the console answers to this.
    Says(String, String),
    /// No request for so long.
    Quiet(Duration),
}

/// A kind of message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    message: Kind,
    fields: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Request(RequestCode),
    Answer(RequestCode),
    Told(UnsolCode),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    path: String,
    value: String,
}

/// A state and what it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    state: State,
    relation: Relation,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Is,
    IsNot,
    AtLeast,
    AtMost,
}

/// How relations are written; those with two characters first.
const RELATIONS: [(&str, Relation); 4] =
    [("!=", Relation::IsNot), (">=", Relation::AtLeast), ("<=", Relation::AtMost), ("=", Relation::Is)];

/// The field of an answer that is not in its payload.
const ERRNO: &str = "errno";

impl What {
    /// Reads the words behind `when` or `expect`.
    pub(super) fn parse(words: &[String]) -> Result<Self, String> {
        let [first, rest @ ..] = words else { return Err("what is looked for is missing".to_owned()) };
        if let Ok(count) = first.parse::<usize>() {
            return match Self::parse(rest)? {
                Self::Messages(1, pattern) if (1..=MOST).contains(&count) => Ok(Self::Messages(count, pattern)),
                Self::Messages(1, _) => Err(format!("how many is 1 to {MOST}")),
                _ => Err(format!("{count} can only be of messages")),
            };
        }
        let code = |name: Option<&String>| {
            let name = name.ok_or("the name of the request is missing")?;
            name.parse().map_err(|_| format!("no request '{name}' in ril.h"))
        };
        let behind = rest.get(1..).unwrap_or_default();
        match first.as_str() {
            "answer" => Self::messages(Kind::Answer(code(rest.first())?), behind),
            "told" => {
                let name = rest.first().ok_or("the name of the message is missing")?;
                let code = name.parse().map_err(|_| format!("no unsolicited message '{name}' in ril.h"))?;
                Self::messages(Kind::Told(code), behind)
            }
            "says" => match rest {
                [command, line] => {
                    console::knows(command)?;
                    Ok(Self::Says(command.clone(), line.clone()))
                }
                _ => Err("try 'says \"COMMAND\" \"LINE\"'".to_owned()),
            },
            "quiet" => match rest {
                [length] => time(length).map(Self::Quiet),
                _ => Err("try 'quiet TIME'".to_owned()),
            },
            word if word.starts_with(|c: char| c.is_ascii_uppercase()) => {
                Self::messages(Kind::Request(code(Some(first))?), rest)
            }
            _ => words.iter().map(|word| Condition::parse(word)).collect::<Result<_, _>>().map(Self::States),
        }
    }

    fn messages(message: Kind, fields: &[String]) -> Result<Self, String> {
        let fields = fields.iter().map(|word| Field::parse(word)).collect::<Result<Vec<_>, _>>()?;
        let is_answer = matches!(message, Kind::Answer(_));
        for field in fields.iter().filter(|field| field.path == ERRNO && is_answer) {
            field.value.parse::<Errno>().map_err(|_| format!("no errno '{}' in ril.h", field.value))?;
        }
        Ok(Self::Messages(1, Pattern { message, fields }))
    }

    /// Whether this is a message that is looked for.
    pub(super) fn matches(&self, seen: &Seen) -> bool {
        matches!(self, Self::Messages(_, pattern) if pattern.matches(seen))
    }

    /// Whether it is so, when so many messages have come that are looked for, and no request for so long.
    pub(super) fn holds(&self, came: usize, quiet: Duration, modem: &mut Modem, to: &mut Effects) -> bool {
        match self {
            Self::Messages(count, _) => came >= *count,
            Self::Quiet(length) => quiet >= *length,
            Self::States(conditions) => conditions.iter().all(|condition| condition.holds(modem)),
            Self::Says(command, line) => said(command, modem, to).iter().any(|said| like(line, said)),
        }
    }

    /// How it is instead, where that is a matter of the modem and not of messages.
    pub(super) fn instead(&self, modem: &mut Modem, to: &mut Effects) -> Option<String> {
        match self {
            Self::Messages(..) | Self::Quiet(_) => None,
            Self::States(conditions) => {
                let states = conditions.iter().map(|condition| states::show(condition.state, modem));
                Some(states.collect::<Vec<_>>().join(" "))
            }
            Self::Says(command, _) => Some(said(command, modem, to).join("\n")),
        }
    }

    /// The code of the messages that are looked for, to tell those that came with other fields.
    pub(super) fn is_akin_to(&self, seen: &Seen) -> bool {
        matches!(self, Self::Messages(_, pattern) if pattern.is_kind_of(seen))
    }
}

/// `200ms`, `1.5s`, `2m`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let wrong = || format!("'{text}' is no time; try 200ms, 1.5s or 2m");
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(wrong()),
    };
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = number.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
    let time = Duration::try_from_secs_f64(number * seconds).ok().filter(|time| *time <= LONGEST);
    time.ok_or_else(|| format!("{text} is more than a day"))
}

/// The longest time that can be written.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The most messages that are asked for at once: as many as are remembered.
const MOST: usize = super::seen::MOST_REMEMBERED;

impl Pattern {
    fn is_kind_of(&self, seen: &Seen) -> bool {
        match (self.message, &seen.what) {
            (Kind::Request(wanted), Message::Request(code)) | (Kind::Answer(wanted), Message::Answer(code, _)) => {
                wanted == *code
            }
            (Kind::Told(wanted), Message::Told(code)) => wanted == *code,
            _ => false,
        }
    }

    fn matches(&self, seen: &Seen) -> bool {
        self.is_kind_of(seen) && self.fields.iter().all(|field| field.matches(seen))
    }
}

impl Field {
    fn parse(word: &str) -> Result<Self, String> {
        match word.split_once('=') {
            Some((path, value)) if !path.is_empty() => Ok(Self { path: path.to_owned(), value: value.to_owned() }),
            _ => Err(format!("'{word}' is not FIELD=VALUE")),
        }
    }

    fn matches(&self, seen: &Seen) -> bool {
        if let (ERRNO, Message::Answer(_, errno)) = (self.path.as_str(), &seen.what) {
            return self.value.parse() == Ok(*errno);
        }
        let mut value = &seen.payload;
        for name in self.path.split('.').skip_while(|name| *name == "payload") {
            let inside = match value {
                Value::Array(list) => name.parse().ok().and_then(|at: usize| list.get(at)),
                other => other.get(name),
            };
            let Some(inside) = inside else { return false };
            value = inside;
        }
        match value {
            Value::String(text) => like(&self.value, text),
            other => like(&self.value, &other.to_string()),
        }
    }
}

impl Condition {
    fn parse(word: &str) -> Result<Self, String> {
        if let Some((name, relation, value)) = SHORT.iter().find(|(short, ..)| *short == word).map(|(_, long)| *long) {
            return Ok(Self { state: State::parse(name)?, relation, value: value.to_owned() });
        }
        let end = word.find(['=', '!', '<', '>']).unwrap_or(word.len());
        let (name, rest) = word.split_at(end);
        let state = State::parse(name)?;
        let (relation, value) = RELATIONS
            .iter()
            .find_map(|(written, relation)| Some((*relation, rest.strip_prefix(written)?)))
            .ok_or_else(|| format!("'{word}' is not STATE=VALUE, nor with !=, >= or <="))?;
        if matches!(relation, Relation::AtLeast | Relation::AtMost) && value.parse::<i64>().is_err() {
            return Err(format!("'{value}' is no number"));
        }
        Ok(Self { state, relation, value: value.to_owned() })
    }

    fn holds(&self, modem: &Modem) -> bool {
        let values = states::values(self.state, modem);
        let number = |text: &str| text.parse::<i64>().ok();
        match self.relation {
            Relation::Is => self.value.split('|').any(|choice| values.iter().any(|value| like(choice, value))),
            Relation::IsNot => !self.value.split('|').any(|choice| values.iter().any(|value| like(choice, value))),
            Relation::AtLeast => values.iter().any(|value| number(value) >= number(&self.value)),
            Relation::AtMost => {
                values.iter().any(|value| number(value).is_some() && number(value) <= number(&self.value))
            }
        }
    }
}

/// Short words for what is asked for often.
const SHORT: [(&str, (&str, Relation, &str)); 2] =
    [("registered", ("voice", Relation::Is, "home|roaming")), ("client", ("requests", Relation::AtLeast, "1"))];

/// What the console answers.
fn said(command: &str, modem: &mut Modem, to: &mut Effects) -> Vec<String> {
    let answer = console::run(command, modem, to);
    answer.render("\n").lines().map(str::to_owned).collect()
}

/// Whether a text is like a pattern, in which `*` stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = RELATIONS.iter().find(|(_, relation)| relation == self).map_or("", |(written, _)| written);
        f.write_str(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_anything() {
        for (pattern, text) in
            [("*", ""), ("a*", "abc"), ("*c", "abc"), ("a*b*c", "axxbyyc"), ("abc", "abc"), ("**", "x")]
        {
            assert!(like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", "ab"), ("a*a", "a"), ("*b", "ba"), ("a*b*b", "ab")] {
            assert!(!like(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        for (line, why) in [
            ("", "what is looked for is missing"),
            ("DIALL", "no request 'DIALL' in ril.h"),
            ("answer", "the name of the request is missing"),
            ("answer DIAL errno=NONSENSE", "no errno 'NONSENSE' in ril.h"),
            ("told CALL_RINGS", "no unsolicited message 'CALL_RINGS' in ril.h"),
            ("DIAL 5550100", "'5550100' is not FIELD=VALUE"),
            ("0 DIAL", "how many is 1 to 4096"),
            ("2 registered", "2 can only be of messages"),
            ("says calls", "try 'says \"COMMAND\" \"LINE\"'"),
            ("says cals x", "unknown command 'cals'"),
            ("voice", "'voice' is not STATE=VALUE, nor with !=, >= or <="),
            ("calls>=few", "'few' is no number"),
        ] {
            let words = console::words(line).unwrap();
            assert_eq!(What::parse(&words).unwrap_err(), why, "{line}");
        }
        let said = What::parse(&["colour=red".to_owned()]).unwrap_err();
        assert!(said.starts_with("no state 'colour'; there are radio, sim, voice,"), "{said}");
    }
}
