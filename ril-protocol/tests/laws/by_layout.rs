//! Reads a payload by its layout alone, as a reader does that is not written in Rust.

use std::collections::HashMap;

use ril_protocol::RilVersion;
use ril_protocol::hex::to_hex;
use ril_protocol::layout::{Arm, By, Field, Layout, Otherwise, When};
use ril_protocol::parcel::{DecodeError, Fault, Reader};
use serde_json::{Map, Value, json};

/// The JSON of a payload.
pub(super) fn read(layout: &Layout, payload: &[u8], version: RilVersion) -> Result<Value, DecodeError> {
    ByLayout { reader: Reader::new(payload, version), last: HashMap::new() }.read(layout)
}

struct ByLayout<'a> {
    reader: Reader<'a>,
    /// The last number that was read of each field.
    last: HashMap<&'static str, i32>,
}

impl ByLayout<'_> {
    fn read(&mut self, layout: &Layout) -> Result<Value, DecodeError> {
        Ok(match *layout {
            Layout::Nothing => {
                self.reader.take_rest();
                Value::Null
            }
            Layout::Int => json!(self.reader.int()?),
            Layout::Unsigned => json!(self.reader.int()?.cast_unsigned()),
            Layout::Long => json!(self.reader.long()?),
            Layout::Flag => json!(self.reader.int()? != 0),
            Layout::Byte => json!(self.byte()?),
            Layout::SignedByte => json!(self.byte()?.cast_signed()),
            Layout::ByteFlag => json!(self.byte()? != 0),
            Layout::Named { values, .. } => {
                let number = self.reader.int()?;
                let name = values.iter().find(|(value, _)| *value == number).map(|(_, name)| *name);
                name.map_or(json!(number), |name| json!(name))
            }
            Layout::Text => json!(self.reader.string()?),
            Layout::Raw => match self.reader.int()? {
                -1 => Value::Null,
                len => match usize::try_from(len) {
                    Ok(bytes) => json!(to_hex(self.reader.padded(bytes)?)),
                    Err(_) => return Err(self.reader.fault(Fault::BadLength(len))),
                },
            },
            Layout::Rest => json!(to_hex(self.reader.take_rest())),
            Layout::Octets { byte_count, most } => {
                let said = if byte_count { i32::from(self.byte()?) } else { self.reader.int()? };
                let count = usize::try_from(said).unwrap_or(0).min(most);
                let octets: Vec<u8> = (0..count).map(|_| self.byte()).collect::<Result<_, _>>()?;
                json!(to_hex(&octets))
            }
            Layout::Count => json!(self.reader.count(4)?),
            Layout::List(item) => {
                let count = self.reader.count(4)?;
                self.items(item, count)?
            }
            Layout::Array(item, count) => self.items(item, count)?,
            Layout::Times(field, item) => self.items(item, self.last[field] as usize)?,
            Layout::IfLeft(_) if self.reader.rest().is_empty() => Value::Null,
            Layout::IfLeft(value) => self.read(value)?,
            Layout::IfFlagged(value) => {
                let there = !self.reader.rest().is_empty() && self.reader.int()? != 0;
                if there { self.read(value)? } else { Value::Null }
            }
            Layout::Struct { fields, .. } => self.object(fields)?,
            Layout::Choice { by, arms, other } => self.choice(by, arms, other)?,
            Layout::Guess { first, identifier, limit, second } => {
                let before = self.reader.clone();
                let fits = |text: &str| text.len() < limit && text.bytes().all(|byte| byte.is_ascii_graphic());
                match self.read(first.1) {
                    Ok(value) if value[identifier].as_str().is_some_and(fits) => json!({ first.0: value }),
                    _ => {
                        self.reader = before;
                        json!({ second.0: self.read(second.1)? })
                    }
                }
            }
        })
    }

    fn object(&mut self, fields: &[Field]) -> Result<Value, DecodeError> {
        let mut object = Map::new();
        for field in fields {
            let value = if self.holds(field.when) {
                Some(self.field(field.name, field.layout)?)
            } else {
                match field.otherwise {
                    Otherwise::LeftOut => None,
                    Otherwise::Null => Some(Value::Null),
                    Otherwise::Number(number) => Some(json!(number)),
                    Otherwise::NoItems => Some(json!([])),
                }
            };
            if let Some(value) = value.filter(|_| !field.hidden) {
                object.insert(field.name.to_owned(), value);
            }
        }
        Ok(Value::Object(object))
    }

    /// A value, whose number, if it begins with one, is the last of this name.
    fn field(&mut self, name: &'static str, layout: &Layout) -> Result<Value, DecodeError> {
        if let Ok(number) = self.reader.clone().int() {
            self.last.insert(name, number);
        }
        self.read(layout)
    }

    fn choice(&mut self, by: By, arms: &[Arm], other: Option<&str>) -> Result<Value, DecodeError> {
        let number = match by {
            By::Field(name) => self.last[name],
            By::Next(name, layout) => {
                self.field(name, layout)?;
                self.last[name]
            }
        };
        match (arms.iter().find(|arm| arm.value == number), other) {
            (Some(arm), _) => Ok(json!({ arm.name: self.read(arm.layout)? })),
            (None, Some(other)) => Ok(json!({ other: number })),
            (None, None) => Err(self.reader.fault(Fault::BadValue(number))),
        }
    }

    fn items(&mut self, item: &Layout, count: usize) -> Result<Value, DecodeError> {
        (0..count).map(|_| self.read(item)).collect()
    }

    fn holds(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Left => !self.reader.rest().is_empty(),
            When::Since(version) => self.reader.version() >= version,
            When::Within(field, from, to) => (from..=to).contains(&self.last[field]),
            When::Both(one, other) => self.holds(*one) && self.holds(*other),
            When::Not(when) => !self.holds(*when),
        }
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        match self.reader.padded(1)? {
            [byte, ..] => Ok(*byte),
            [] => Err(self.reader.fault(Fault::Truncated)),
        }
    }
}
