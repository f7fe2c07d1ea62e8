//! What can be wrong with the text of a dialect.

use std::collections::BTreeSet;

use super::{AnswerEntry, DialectText, RequestEntry, Shape, UnsolicitedEntry};
use crate::messages::UNSOLICITED;
use crate::{RequestCode, UnsolCode};

/// Requests below this one are the same for every vendor, and the router lives on them.
const FIRST_REQUEST: i32 = 114;
/// As for requests; what says that the modem is there and how its radio is, is among them.
const FIRST_UNSOLICITED: i32 = 1036;

/// Which part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The N-th request.
    Request(usize),
    /// The N-th unsolicited message.
    Unsolicited(usize),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// Which key.
    pub key: &'static str,
    /// What is wrong with it.
    pub what: String,
}

impl DialectText {
    /// Everything that is wrong.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let (mut codes, mut same, mut known) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (index, entry) in self.request.iter().enumerate() {
            let mut add = |key, what: String| faults.push(Fault { place: Place::Request(index), key, what });
            if entry.code < FIRST_REQUEST || entry.code == RequestCode::RESPONSE_ACKNOWLEDGEMENT.0 {
                add("code", format!("{} has the meaning of ril.h for every vendor", entry.code));
            } else if !codes.insert(entry.code) {
                add("code", format!("{} is there already", entry.code));
            }
            request(entry, &mut add);
            if entry.name.as_ref().is_some_and(|name| !known.insert(name)) {
                add("name", "another request has this name".to_owned());
            }
            if let Some(Ok(code)) = entry.is.as_deref().map(str::parse::<RequestCode>)
                && !same.insert(code.0)
            {
                add("is", "goes by another number already".to_owned());
            }
        }
        if self.request.iter().filter(|entry| entry.emergency).count() > 1 {
            let last = self.request.iter().rposition(|entry| entry.emergency).unwrap_or_default();
            let what = "there is another way to dial emergency numbers already".to_owned();
            faults.push(Fault { place: Place::Request(last), key: "emergency", what });
        }
        codes.clear();
        same.clear();
        for (index, entry) in self.unsolicited.iter().enumerate() {
            let mut add = |key, what: String| faults.push(Fault { place: Place::Unsolicited(index), key, what });
            if entry.code < FIRST_UNSOLICITED {
                add("code", format!("{} has the meaning of ril.h for every vendor", entry.code));
            } else if !codes.insert(entry.code) {
                add("code", format!("{} is there already", entry.code));
            }
            self.unsolicited(entry, &mut add);
            if let Some(Ok(code)) = entry.is.as_deref().map(str::parse::<UnsolCode>)
                && !same.insert(code.0)
            {
                add("is", "goes by another number already".to_owned());
            }
        }
        faults
    }

    fn unsolicited(&self, entry: &UnsolicitedEntry, add: &mut impl FnMut(&'static str, String)) {
        names(entry.is.as_deref(), entry.name.as_deref(), add);
        if let Some(is) = &entry.is {
            if !UNSOLICITED.iter().any(|row| is.parse() == Ok(row.code) && row.code.0 >= FIRST_UNSOLICITED) {
                add("is", format!("ril.h has no such message from {FIRST_UNSOLICITED} on"));
            }
            let plain = UnsolicitedEntry { code: entry.code, is: entry.is.clone(), ..UnsolicitedEntry::default() };
            if plain != *entry {
                add("is", "says all: shape, audience and answer are those of ril.h".to_owned());
            }
        }
        if entry.particulars == Shape::Dial {
            add("particulars", "no message carries these".to_owned());
        }
        if let Some(AnswerEntry { request, ints }) = &entry.answer {
            let is_it = |entry: &RequestEntry| entry.name.as_ref() == Some(request) && entry.arguments == Shape::Ints;
            if !self.request.iter().any(is_it) {
                add("answer", format!("there is no request {request:?} here that takes Ints"));
            }
            if !matches!(entry.particulars, Shape::Ints | Shape::Strings) {
                add("answer", "needs particulars that are Ints or Strings".to_owned());
            }
            if let Some(wrong) = ints.iter().find(|int| super::translation::Argument::parse(int).is_none()) {
                add("answer", format!("{wrong:?} is neither a number nor $N"));
            }
        }
    }
}

fn request(entry: &RequestEntry, add: &mut impl FnMut(&'static str, String)) {
    names(entry.is.as_deref(), entry.name.as_deref(), add);
    if let Some(is) = &entry.is {
        if !is.parse::<RequestCode>().is_ok_and(|code| code.row().is_some() && code.0 >= FIRST_REQUEST) {
            add("is", format!("ril.h has no such request from {FIRST_REQUEST} on"));
        }
        let plain = RequestEntry { code: entry.code, is: entry.is.clone(), ..RequestEntry::default() };
        if plain != *entry {
            add("is", "says all: shapes and class are those of ril.h".to_owned());
        }
    }
    if entry.emergency && entry.arguments != Shape::Dial {
        add("emergency", "needs arguments = \"call::Dial\"".to_owned());
    }
    if entry.arguments == Shape::Dial && !entry.emergency {
        add("arguments", "are for emergency calls only: what else dials is not known to be a call".to_owned());
    }
    if entry.result == Shape::Dial {
        add("result", "no request is answered with these".to_owned());
    }
}

fn names(is: Option<&str>, name: Option<&str>, add: &mut impl FnMut(&'static str, String)) {
    match (is, name) {
        (None, None) => add("name", "needs a name, or the message of ril.h that it is".to_owned()),
        (Some(_), Some(_)) => add("name", "has the name of the message that it is".to_owned()),
        _ => {}
    }
}
