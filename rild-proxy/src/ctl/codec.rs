//! `rilctl decode` and `rilctl encode`: one payload between its bytes and JSON, by the row of its message.

use std::io::Write;

use ril_protocol::messages::PayloadCodec;
use ril_protocol::{RequestCode, UnsolCode, hex};
use serde_json::Value;

use super::args::{PayloadKind, PayloadOf, text_or_stdin};
use super::error::CtlError;
use super::near::{near_request, near_unsolicited};
use ril_trace::terminal::escaped;

pub(super) fn decode(of: &PayloadOf, bytes: &str, out: &mut dyn Write, pretty: bool) -> Result<(), CtlError> {
    let codec = codec(of)?;
    let payload = hex::from_hex(&text_or_stdin(bytes)?)
        .ok_or_else(|| CtlError::Usage("the bytes are not pairs of hexadecimal digits".to_owned()))?;
    let wrong =
        |error| CtlError::Failed(format!("this is no {} of RIL version {}: {error}", codec.type_name, of.ril_version));
    let value = codec.to_json(&payload, of.ril_version).map_err(wrong)?;
    let text = if pretty { format!("{value:#}") } else { value.to_string() };
    Ok(writeln!(out, "{}", escaped(&text))?)
}

pub(super) fn encode(of: &PayloadOf, json: &str, out: &mut dyn Write) -> Result<(), CtlError> {
    let codec = codec(of)?;
    let value: Value = serde_json::from_str(&text_or_stdin(json)?)
        .map_err(|error| CtlError::Usage(format!("this is not JSON: {error}")))?;
    let payload = codec.from_json(value, of.ril_version).map_err(|error| CtlError::Usage(error.to_string()))?;
    Ok(writeln!(out, "{}", hex::to_hex(&payload))?)
}

fn codec(of: &PayloadOf) -> Result<PayloadCodec, CtlError> {
    let name = of.name.as_str();
    let found = match of.kind {
        PayloadKind::Request => request(name).map(|row| row.request),
        PayloadKind::Response => request(name).map(|row| row.response),
        PayloadKind::Unsol => name.parse().ok().and_then(UnsolCode::row).map(|row| row.payload),
    };
    found.ok_or_else(|| {
        let (kind, near) = match of.kind {
            PayloadKind::Request | PayloadKind::Response => ("request", near_request(name)),
            PayloadKind::Unsol => ("unsolicited message", near_unsolicited(name)),
        };
        let meant = if near.is_empty() { String::new() } else { format!("; perhaps {}", near.join(", ")) };
        CtlError::Usage(format!("ril.h has no {kind} {name:?}{meant}"))
    })
}

fn request(name: &str) -> Option<&'static ril_protocol::messages::RequestRow> {
    name.parse().ok().and_then(RequestCode::row)
}

#[cfg(test)]
mod tests {
    use ril_protocol::RilVersion;
    use ril_protocol::messages::{REQUESTS, UNSOLICITED};

    use super::*;

    fn of(kind: PayloadKind, name: &str, version: i32) -> PayloadOf {
        PayloadOf { kind, name: name.to_owned(), ril_version: RilVersion(version) }
    }

    fn decoded(of: &PayloadOf, bytes: &str) -> Result<String, CtlError> {
        let mut out = Vec::new();
        decode(of, bytes, &mut out, false)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn encoded(of: &PayloadOf, json: &str) -> Result<String, CtlError> {
        let mut out = Vec::new();
        encode(of, json, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_payload_goes_both_ways() {
        let power = of(PayloadKind::Request, "RIL_REQUEST_RADIO_POWER", 12);
        assert_eq!(encoded(&power, "[1]").unwrap(), "0100000001000000\n");
        assert_eq!(decoded(&power, "01000000 01000000").unwrap(), "[1]\n");
        let imei = of(PayloadKind::Response, "38", 12);
        assert_eq!(encoded(&imei, r#""3""#).unwrap(), "010000003300 0000\n".replace(' ', ""));
        let ring = of(PayloadKind::Unsol, "CALL_RING", 12);
        assert_eq!(
            (decoded(&ring, "").unwrap(), encoded(&ring, "null").unwrap()),
            ("null\n".to_owned(), "\n".to_owned())
        );
    }

    #[test]
    fn the_version_decides() {
        // One GSM cell, which tells its timing advance from version 12 on.
        let cell = [1, 1, 0, 0, 0, 310, 260, 539, 11_067, 62, 21, 23, 99, 3];
        let words = |words: &[i32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        let bytes = hex::to_hex(&words(&[&[1], &cell[..]].concat()));
        let of_version = |version| decoded(&of(PayloadKind::Unsol, "CELL_INFO_LIST", version), &bytes);
        assert!(of_version(12).unwrap().contains(r#""timing_advance":3"#));
        assert!(!of_version(11).unwrap().contains(r#""timing_advance":3"#));
    }

    #[test]
    fn mistakes_are_told() {
        let wrong = |result: Result<String, CtlError>| result.unwrap_err().to_string();
        let dial = of(PayloadKind::Request, "DIAL", 12);
        assert!(wrong(decoded(&dial, "0")).contains("hexadecimal"));
        assert!(wrong(decoded(&dial, "ff")).contains("call::Dial"));
        assert!(wrong(encoded(&dial, "{")).contains("JSON"));
        assert!(wrong(encoded(&dial, r#"{"number": 1}"#)).contains("call::Dial"));
        let unknown = wrong(encoded(&of(PayloadKind::Unsol, "SIGNAL_STRENGHT", 12), "null"));
        assert!(unknown.contains("SIGNAL_STRENGTH"), "{unknown}");
        assert!(wrong(encoded(&of(PayloadKind::Unsol, "38", 12), "null")).contains("unsolicited"));
    }

    #[test]
    fn every_row_can_be_named() {
        for row in REQUESTS {
            for kind in [PayloadKind::Request, PayloadKind::Response] {
                assert_eq!(decoded(&of(kind, row.name, 12), "").unwrap(), "null\n", "{}", row.name);
            }
        }
        for row in UNSOLICITED {
            assert_eq!(decoded(&of(PayloadKind::Unsol, row.name, 12), "").unwrap(), "null\n", "{}", row.name);
        }
    }
}
