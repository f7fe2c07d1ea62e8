//! A row's payload type with the type erased: bytes to JSON and back, for tools that take the message by name.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::RilVersion;
use crate::layout::Layout;
use crate::parcel::{self, DecodeError, Parcel};
use crate::secrets::{Censor, Held, Secretive};

/// How one payload is read and written, without its Rust type.
#[derive(Clone, Copy)]
pub struct PayloadCodec {
    /// The payload type as the row names it.
    pub type_name: &'static str,
    /// How it lies in a parcel.
    pub layout: &'static Layout,
    reencode: fn(&[u8], RilVersion) -> Result<Vec<u8>, DecodeError>,
    to_json: fn(&[u8], RilVersion) -> Result<Value, DecodeError>,
    from_json: fn(Value, RilVersion) -> Result<Vec<u8>, serde_json::Error>,
    censor: Censored,
}

/// Reads a payload, shows it to a censor, and writes it.
type Censored = fn(&[u8], RilVersion, Held, &mut dyn Censor) -> Result<Vec<u8>, DecodeError>;

/// JSON that does not describe the payload.
#[derive(Debug, thiserror::Error)]
#[error("{type_name}: {error}")]
pub struct JsonError {
    /// The payload type that was wanted.
    pub type_name: &'static str,
    /// What was wrong.
    pub error: serde_json::Error,
}

impl PayloadCodec {
    pub(super) const fn of<T: Parcel + Serialize + DeserializeOwned + Secretive>(type_name: &'static str) -> Self {
        Self {
            type_name,
            layout: T::LAYOUT,
            reencode: |payload, version| {
                parcel::decode::<T>(payload, version).map(|value| parcel::encode(&value, version))
            },
            to_json: |payload, version| {
                let value = parcel::decode::<T>(payload, version)?;
                // Payload types serialise without fail: they are structs, lists, strings and numbers.
                Ok(serde_json::to_value(value).unwrap_or_default())
            },
            from_json: |value, version| serde_json::from_value::<T>(value).map(|value| parcel::encode(&value, version)),
            censor: |payload, version, held, censor| {
                let mut value = parcel::decode::<T>(payload, version)?;
                value.show(held, censor);
                Ok(parcel::encode(&value, version))
            },
        }
    }

    /// The payload in the form that this crate writes: what was decoded, without padding rubbish and trailing bytes.
    pub fn reencode(&self, payload: &[u8], version: RilVersion) -> Result<Vec<u8>, DecodeError> {
        (self.reencode)(payload, version)
    }

    /// As [`reencode`](Self::reencode), with what a censor put in the place of secrets.
    pub fn censor(
        &self,
        payload: &[u8],
        version: RilVersion,
        held: Held,
        censor: &mut dyn Censor,
    ) -> Result<Vec<u8>, DecodeError> {
        (self.censor)(payload, version, held, censor)
    }

    /// The payload as JSON; an empty payload, which libril sends where the library gave no result, is `null`.
    pub fn to_json(&self, payload: &[u8], version: RilVersion) -> Result<Value, DecodeError> {
        if payload.is_empty() { Ok(Value::Null) } else { (self.to_json)(payload, version) }
    }

    /// The payload that `value` describes; `null` is the empty payload where the type has no null of its own.
    pub fn from_json(&self, value: Value, version: RilVersion) -> Result<Vec<u8>, JsonError> {
        let wants_nothing = value.is_null();
        match (self.from_json)(value, version) {
            Err(_) if wants_nothing => Ok(Vec::new()),
            result => result.map_err(|error| JsonError { type_name: self.type_name, error }),
        }
    }
}

impl std::fmt::Debug for PayloadCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.type_name)
    }
}
