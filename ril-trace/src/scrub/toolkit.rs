//! The SIM toolkit: texts, numbers and messages in proactive commands, envelopes and terminal responses.
//!
//! The objects stay where they are, with their tags and lengths. What says how to act stays; texts, numbers, messages,
//! names and places become others; an object that is not known here, and whatever is no object, becomes zeros.
//!
//! Reference: ETSI TS 102 223, 8 and 9; 3GPP TS 31.111, 8.

use super::Scrub;
use super::cells::cell_octets;
use super::objects::{length, objects};

/// Objects that hold numbers and kinds, none of which somebody chose to write: command details, device identities,
/// result, duration, tone, identifiers of items, lengths, files, help, events, cause, status, transaction, icons,
/// timers, call control action, immediate response, language, timing advance, application, browser, bearers, channel
/// lengths and status, buffer size, transport, access technology, display.
const PLAIN: &[u8] = &[
    0x01, 0x02, 0x03, 0x04, 0x07, 0x0e, 0x10, 0x11, 0x12, 0x15, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1e, 0x1f, 0x24, 0x25,
    0x26, 0x27, 0x2b, 0x2d, 0x2e, 0x2f, 0x30, 0x32, 0x35, 0x37, 0x38, 0x39, 0x3c, 0x3f, 0x40,
];

/// The longest of those.
const LONGEST_PLAIN: usize = 32;

/// Text behind its coding in these: USSD string, text string, default text.
const CODED: &[u8] = &[0x0a, 0x0d, 0x17];

impl Scrub {
    /// A command or envelope, which is one object around others, or a terminal response, which is others alone.
    pub(super) fn toolkit(&self, octets: &mut [u8]) {
        let inside = match octets {
            [0xd0..=0xdf, rest @ ..] => length(rest).map_or(octets.len(), |(taken, _)| 1 + taken),
            _ => 0,
        };
        let octets = octets.get_mut(inside..).unwrap_or_default();
        let (objects, end) = objects(octets);
        for (tag, place) in objects {
            self.object(tag & 0x7f, &mut octets[place]);
        }
        octets[end..].fill(0);
    }

    fn object(&self, tag: u8, value: &mut [u8]) {
        match (tag, value) {
            (tag, value) if PLAIN.contains(&tag) && value.len() <= LONGEST_PLAIN => {}
            (tag, value) if CODED.contains(&tag) => self.coded(value),
            // Alpha identifier.
            (0x05, value) => self.alpha(value),
            // Address, supplementary service string.
            (0x06 | 0x09, [type_of_number, digits @ ..]) => self.semi_octets(*type_of_number, digits),
            (0x0b, value) => match self.tpdu(value) {
                Some(other) => value.copy_from_slice(&other),
                None => value.fill(0),
            },
            // Item, behind its identifier.
            (0x0f, [_, text @ ..]) => self.alpha(text),
            // Location: network, area, cell, and where the cell is of more than sixteen bits, its rest.
            (0x13, [_, _, _, rest @ ..]) => {
                let (area, cell) = rest.split_at_mut(rest.len().min(2));
                cell_octets(self, area);
                cell_octets(self, cell);
            }
            // IMEI, IMEISV.
            (0x14 | 0x62, value) => self.swapped(value, 1, Self::imei),
            // URL.
            (0x31, value) => self.octets(value),
            // Other address: IPv4, IPv6.
            (0x3e, [0x21, address @ ..]) if address.len() == 4 => {
                let other = self.ipv4([address[0], address[1], address[2], address[3]]);
                address.copy_from_slice(&other);
            }
            (0x3e, [0x57, address @ ..]) if address.len() == 16 => {
                let groups = std::array::from_fn(|at| u16::from_be_bytes([address[at * 2], address[at * 2 + 1]]));
                let others = self.ipv6(groups).map(u16::to_be_bytes);
                address.copy_from_slice(others.as_flattened());
            }
            // Access point, in labels behind their lengths.
            (0x47, value) => self.labels(value),
            (_, value) => value.fill(0),
        }
    }

    /// The labels of a name, each behind its length (RFC 1035, 3.1).
    fn labels(&self, octets: &mut [u8]) {
        let (mut text, mut at) = (String::new(), 0);
        while let Some(length) = octets.get(at).copied().map(usize::from) {
            let Some(label) = octets.get(at + 1..at + 1 + length) else { break };
            if at > 0 {
                text.push('.');
            }
            text.extend(label.iter().map(|byte| char::from(*byte)));
            at += 1 + length;
        }
        let other = self.name(&text);
        let mut next = other.chars();
        let mut at = 0;
        while let Some(length) = octets.get(at).copied().map(usize::from) {
            let Some(label) = octets.get_mut(at + 1..at + 1 + length) else { break };
            label.iter_mut().for_each(|byte| *byte = next.next().and_then(|c| u8::try_from(c).ok()).unwrap_or(b'a'));
            next.next();
            at += 1 + length;
        }
        octets.get_mut(at..).unwrap_or_default().fill(0);
    }
}
