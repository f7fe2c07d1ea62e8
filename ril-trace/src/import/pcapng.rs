//! Packet captures: what `rilctl trace export --to pcapng` wrote, and TCP to a rild whose socket was bridged.
//!
//! A capture that was exported comes back as it was. Of TCP it is not known whose phone a connection is, nor the
//! modem's side; which end is the rild is seen from who began, or from what is said first.

use std::io::{BufRead, Write};

use serde_json::Value;

use super::jsonl::{event_of, session_of};
use super::tcp::Connections;
use super::{ImportError, Imported};
use crate::capture::{Captured, Content, LINK_TYPES, Packet, read};
use crate::format::{BLOCK_LIMIT, Entry, Event, Frame, Header, Phone, Record, Way, What, Writer};

pub(super) fn import<W: Write>(source: impl BufRead, into: &mut Writer<W>) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    let mut exported = Exported::default();
    let mut connections = Connections::default();
    let mut others = 0_u64;
    let end = read(source, |captured| {
        if !LINK_TYPES.contains(&captured.link_type) {
            return connections.take(&captured, into, &mut imported);
        }
        match Packet::parse(captured.data) {
            Some(packet) => exported.take(&captured, &packet, into, &mut imported),
            None => {
                others += 1;
                Ok(())
            }
        }
    });
    match end {
        Err(error @ ImportError::Capture { .. }) if imported.frames > 0 => imported.complain_of(error),
        end => end?,
    }
    connections.finish(into, &mut imported)?;
    if others > 0 {
        imported.complain_of(format_args!("{others} packets are of another program"));
    }
    Ok(imported)
}

/// What was exported.
#[derive(Default)]
struct Exported {
    header: Header,
    /// A frame of which more is to come.
    parts: Vec<u8>,
}

impl Exported {
    fn take<W: Write>(
        &mut self,
        captured: &Captured<'_>,
        packet: &Packet<'_>,
        into: &mut Writer<W>,
        imported: &mut Imported,
    ) -> Result<(), ImportError> {
        let number = captured.number;
        if captured.is_cut {
            imported.complain_of(format_args!("packet {number}: it was not captured as a whole"));
            return Ok(());
        }
        let what = match packet.content {
            Content::Session => {
                let Ok(session) = serde_json::from_slice(packet.data) else {
                    imported.complain_of(format_args!("packet {number}: is no session"));
                    return Ok(());
                };
                self.header = session_of(&session);
                return Ok(into.begin_session(&self.header)?);
            }
            Content::Damage => {
                imported.complain_of(format_args!("packet {number}: a part of the trace was damaged here"));
                return Ok(());
            }
            Content::Event => self.event(packet).map(What::Event),
            Content::Frame(way) => match self.whole(packet) {
                Ok(None) => return Ok(()),
                Ok(Some(whole)) => frame(way, packet, &whole).map(What::Frame),
                Err(NotWhole) => None,
            },
        };
        let Some(what) = what else {
            imported.complain_of(format_args!("packet {number}: is no frame and no event"));
            return Ok(());
        };
        imported.frames += u64::from(matches!(what, What::Frame(_)));
        let unix_ns = captured.time_ns.filter(|_| packet.has_time_of_day);
        into.write_entry(&Entry { number: 0, unix_ns, record: Record { at: packet.at, what } })?;
        Ok(())
    }

    fn event(&self, packet: &Packet<'_>) -> Option<Event> {
        let value: Value = serde_json::from_slice(packet.data).ok()?;
        // Names of phones need not be unique; places are.
        let (name, place) = (value.as_object().and_then(|event| event.keys().next()), packet.phone);
        match (name.map(String::as_str), place) {
            (Some("phone_up"), Some(place)) => Some(Event::PhoneUp(Phone { place })),
            (Some("phone_down"), Some(place)) => Some(Event::PhoneDown(Phone { place })),
            (Some("foreground"), Some(place)) => Some(Event::Foreground(Phone { place })),
            _ => event_of(&value, &self.header),
        }
    }

    /// All of a frame, when the last packet of it is there.
    fn whole(&mut self, packet: &Packet<'_>) -> Result<Option<Vec<u8>>, NotWhole> {
        if packet.part == 0 {
            self.parts.clear();
        }
        let follows = packet.part == 0 || !self.parts.is_empty();
        if !follows || self.parts.len() + packet.data.len() > BLOCK_LIMIT {
            self.parts.clear();
            return Err(NotWhole);
        }
        self.parts.extend_from_slice(packet.data);
        Ok((!packet.goes_on).then(|| std::mem::take(&mut self.parts)))
    }
}

/// The packets of a frame are not all there, or are too many.
struct NotWhole;

fn frame(way: Way, packet: &Packet<'_>, whole: &[u8]) -> Option<Frame> {
    let body = match way {
        Way::FromService | Way::ToService => whole,
        Way::FromPhone | Way::ToPhone | Way::FromModem | Way::ToModem | Way::NoWay => {
            let (length, body) = whole.split_first_chunk::<4>()?;
            (usize::try_from(u32::from_be_bytes(*length)) == Ok(body.len())).then_some(body)?
        }
    };
    let (phone, flow, head_only) = (packet.phone, packet.flow, packet.head_only);
    Some(Frame { way, phone, flow, body: body.to_vec().into(), head_only })
}
