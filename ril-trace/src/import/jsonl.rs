//! What `rilctl trace export --to jsonl` wrote: the bytes of every frame beside what they mean.
//!
//! Only what `export` adds for this is looked at (`way`, `phone`, `flow`, `body` or `head`, `at_ns`, `unix_ns`); names
//! and fields are for others. So a trace may be edited by hand or by jq, and imported again.

use std::io::{BufRead, Write};
use std::time::Duration;

use ril_protocol::hex;
use serde_json::Value;

use super::{ImportError, Imported, Lines};
use crate::format::{
    ByteOrder, Entry, Event, Failing, Flow, Frame, GiveUp, Header, Kept, Lost, Modem, Nothing, Phone, Record, Remark,
    Stored, WallClock, Way, What, Writer,
};

pub(super) fn import<W: Write>(source: impl BufRead, into: &mut Writer<W>) -> Result<Imported, ImportError> {
    let (mut lines, mut imported) = (Lines::of(source), Imported::default());
    let mut header = Header::default();
    while let Some((number, line)) = lines.next()? {
        if line.is_empty() {
            continue;
        }
        let Ok(value) = serde_json::from_str::<Value>(&line) else {
            imported.complain(number, "is no JSON");
            continue;
        };
        if let Some(session) = value.get("session") {
            header = session_of(session);
            into.begin_session(&header)?;
            continue;
        }
        match entry(&value, &header) {
            Some(entry) => {
                imported.frames += u64::from(matches!(entry.record.what, What::Frame(_)));
                into.write_entry(&entry)?;
            }
            None if header.phones.is_empty() && is_of_a_phone(&value) => {
                imported.complain(number, "names a phone, and no line `session` before it says which phones there are");
            }
            None => imported.complain(number, "is no record with all of `at_ns` and `way` with `body`, or `event`"),
        }
    }
    Ok(imported)
}

/// Whether it is an event that names a phone.
fn is_of_a_phone(value: &Value) -> bool {
    ["phone_up", "phone_down", "foreground"].iter().any(|name| value["event"][name].is_string())
}

fn entry(value: &Value, header: &Header) -> Option<Entry> {
    let at = Duration::from_nanos(value["at_ns"].as_u64()?);
    let record = match value.get("event") {
        Some(event) => Record::event(at, event_of(event, header)?),
        None => {
            let way = Way::from_str_name(value["way"].as_str()?).filter(|way| *way != Way::NoWay)?;
            let phone = value["phone"].as_u64().and_then(|place| u32::try_from(place).ok());
            let head_only = value.get("head").is_some();
            let body = hex::from_hex(value[if head_only { "head" } else { "body" }].as_str()?)?.into();
            Record { at, what: What::Frame(Frame { way, phone, flow: flow_of(&value["flow"]), body, head_only }) }
        }
    };
    Some(Entry { number: 0, unix_ns: value["unix_ns"].as_i64(), record })
}

fn flow_of(value: &Value) -> Flow {
    match value.as_str() {
        Some("urgent") => Flow::Urgent,
        Some("router") => Flow::Router,
        Some("card") => Flow::Card,
        _ => value.as_u64().and_then(|place| u32::try_from(place).ok()).map_or(Flow::Unknown, Flow::Phone),
    }
}

pub(super) fn session_of(value: &Value) -> Header {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let names = value["phones"].as_array().into_iter().flatten();
    let mut header = Header {
        program: text("program").unwrap_or_default(),
        imported_from: text("imported_from").unwrap_or_default(),
        ril_version: int(&value["ril_version"]),
        dialect: text("dialect"),
        vendor_version: text("vendor_version"),
        configuration: text("configuration"),
        phones: names.filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        only_phone: int(&value["only_phone"]).and_then(|place| u32::try_from(place).ok()),
        from_start: value["from_start"] == true,
        untimed: value["untimed"] == true,
        scrubbed: value["scrubbed"] == true,
        ..Header::default()
    };
    let origin = value["origin"].as_str().and_then(crate::format::Origin::from_str_name);
    header.set_origin(origin.unwrap_or_default());
    header.set_byte_order(value["byte_order"].as_str().and_then(ByteOrder::from_str_name).unwrap_or_default());
    header
}

pub(super) fn event_of(value: &Value, header: &Header) -> Option<Event> {
    let plain = value.as_str().and_then(|name| match name {
        "modem_down" => Some(Event::ModemDown(Nothing {})),
        "tick" => Some(Event::Tick(Nothing {})),
        "service_up" => Some(Event::ServiceUp(Nothing {})),
        "in_use_elsewhere" => Some(Event::InUseElsewhere(Nothing {})),
        "emergency_elsewhere" => Some(Event::EmergencyElsewhere(Nothing {})),
        "service_down" => Some(Event::ServiceDown(Nothing {})),
        _ => None,
    });
    if plain.is_some() {
        return plain;
    }
    let (name, value) = value.as_object()?.iter().next()?;
    let phone = || {
        let place = header.phones.iter().position(|known| value.as_str() == Some(known))?;
        Some(Phone { place: u32::try_from(place).ok()? })
    };
    let kept = || {
        let bytes = |key: &str| Some(hex::from_hex(value[key].as_str()?)?.into());
        let kind = u32::try_from(value["kind"].as_u64()?).ok()?;
        Some(Kept { kind, key: bytes("key")?, value: bytes("value")? })
    };
    Some(match name.as_str() {
        "phone_up" => Event::PhoneUp(phone()?),
        "phone_down" => Event::PhoneDown(phone()?),
        "foreground" => Event::Foreground(phone()?),
        "modem_up" => Event::ModemUp(Modem {
            ril_version: int(&value["ril_version"]),
            vendor_version: value["vendor_version"].as_str().map(str::to_owned),
        }),
        "give_up" => Event::GiveUp(GiveUp { serial: int(value)? }),
        "recall" => Event::Recall(kept()?),
        "store" => Event::Store(kept()?),
        "remove" => Event::Remove(kept()?),
        "stored" => Event::Stored(Stored { changes: value.as_u64()? }),
        "store_failing" => Event::StoreFailing(Failing { failing: value.as_bool()? }),
        "lost" => Event::Lost(Lost { records: value["records"].as_u64()?, bytes: value["bytes"].as_u64()? }),
        "remark" => Event::Remark(Remark { text: value.as_str()?.to_owned() }),
        "wall_clock" => Event::WallClock(WallClock { unix_seconds: value.as_u64()? }),
        _ => return None,
    })
}

fn int(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|number| i32::try_from(number).ok())
}
