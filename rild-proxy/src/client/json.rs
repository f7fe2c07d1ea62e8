//! Arguments, results and notices by the message's name, in JSON. What ril.h does not know is hexadecimal text.

use ril_protocol::messages::JsonError;
use ril_protocol::parcel::{DecodeError, Opaque};
use ril_protocol::{RequestCode, RilVersion, hex};
use serde_json::{Value, json};

use super::Notice;

/// The parcel of a request's arguments.
pub fn arguments_from_json(code: RequestCode, arguments: Value, version: RilVersion) -> Result<Vec<u8>, JsonError> {
    match code.row() {
        Some(row) => row.request.from_json(arguments, version),
        None if arguments.is_null() => Ok(Vec::new()),
        None => match serde_json::from_value::<Opaque>(arguments) {
            Ok(bytes) => Ok(bytes.0),
            Err(error) => Err(JsonError { type_name: "Opaque", error }),
        },
    }
}

/// The result of a request.
pub fn result_to_json(code: RequestCode, payload: &[u8], version: RilVersion) -> Result<Value, DecodeError> {
    match code.row() {
        Some(row) => row.response.to_json(payload, version),
        None if payload.is_empty() => Ok(Value::Null),
        None => Ok(Value::String(hex::to_hex(payload))),
    }
}

/// An unsolicited message: `{"unsolicited": NAME, "payload": ...}`; `hex` instead of `payload` where the bytes are not
/// what ril.h says.
pub fn notice_to_json(notice: &Notice, version: RilVersion) -> Value {
    let code = notice.code;
    let name = code.name().map_or_else(|| json!(code.0), |name| json!(name));
    match code.row().map(|row| row.payload.to_json(&notice.payload, version)) {
        Some(Ok(payload)) => json!({"unsolicited": name, "payload": payload}),
        Some(Err(_)) | None => json!({"unsolicited": name, "hex": hex::to_hex(&notice.payload)}),
    }
}
