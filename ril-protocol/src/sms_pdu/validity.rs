//! TP-VP, how long the service centre shall try (TS 23.040, 9.2.3.12).

use std::time::Duration;

use super::error::{DecodeError, Field};
use super::reader::Reader;
use super::timestamp::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// TP-VPF and TP-VP together: the format is the variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Validity {
    /// The service centre decides.
    #[default]
    Absent,
    /// One octet in steps that grow with the value (9.2.3.12.1).
    Relative(u8),
    /// Until a time (9.2.3.12.2).
    Absolute(Timestamp),
    /// A functionality indicator and what it announces, seven octets in all (9.2.3.12.3).
    Enhanced([u8; 7]),
}

impl Validity {
    /// The period; `None` when there is none, when it ends at a time of day, or when its format is reserved.
    pub fn period(self) -> Option<Duration> {
        match self {
            Validity::Absent | Validity::Absolute(_) => None,
            Validity::Relative(value) => Some(relative(value)),
            Validity::Enhanced(octets) => enhanced(octets),
        }
    }

    /// TP-VPF in its place in the first octet.
    pub(super) fn format_bits(self) -> u8 {
        match self {
            Validity::Absent => 0x00,
            Validity::Enhanced(_) => 0x08,
            Validity::Relative(_) => 0x10,
            Validity::Absolute(_) => 0x18,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>, first_octet: u8) -> Result<Self, DecodeError> {
        let field = Field::ValidityPeriod;
        Ok(match first_octet & 0x18 {
            0x00 => Validity::Absent,
            0x08 => Validity::Enhanced(reader.array(field)?),
            0x10 => Validity::Relative(reader.octet(field)?),
            _ => Validity::Absolute(Timestamp(reader.array(field)?)),
        })
    }

    pub(super) fn write(self, pdu: &mut Vec<u8>) {
        match self {
            Validity::Absent => {}
            Validity::Relative(value) => pdu.push(value),
            Validity::Absolute(Timestamp(octets)) | Validity::Enhanced(octets) => pdu.extend(octets),
        }
    }
}

fn relative(value: u8) -> Duration {
    let value = u64::from(value);
    Duration::from_secs(match value {
        0..=143 => (value + 1) * 5 * MINUTE,
        144..=167 => 12 * HOUR + (value - 143) * 30 * MINUTE,
        168..=196 => (value - 166) * DAY,
        _ => (value - 192) * 7 * DAY,
    })
}

/// Reads the format in the lowest three bits of the indicator, unless an extension octet follows it.
fn enhanced([indicator, rest @ ..]: [u8; 7]) -> Option<Duration> {
    let digits = |octet: u8| {
        let (tens, units) = (u64::from(octet & 0xf), u64::from(octet >> 4));
        (tens < 10 && units < 10).then_some(tens * 10 + units)
    };
    match (indicator & 0x80, indicator & 7) {
        (0, 1) => Some(relative(rest[0])),
        (0, 2) => Some(Duration::from_secs(u64::from(rest[0]))),
        (0, 3) => {
            let seconds = digits(rest[0])? * HOUR + digits(rest[1])? * MINUTE + digits(rest[2])?;
            Some(Duration::from_secs(seconds))
        }
        _ => None,
    }
}
