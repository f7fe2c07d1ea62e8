//! The packets of a capture, pcapng or pcap, one after the other, in bounded memory.

use std::io::{Cursor, Read};

use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, InterfaceDescriptionBlock, LegacyPcapReader, PcapBlockOwned, PcapError, PcapNGReader};

/// The longest block that is read: a few of Wireshark's longest packets.
const LONGEST: usize = 1024 * 1024;

/// As much is enough for nearly all.
const BUFFER: usize = 64 * 1024;

/// How much is read at first, so that the first block is there as a whole.
const BEGINNING: u64 = BUFFER as u64;

/// Most interfaces of a section.
const MOST_INTERFACES: usize = 4096;

/// What begins a pcapng file.
const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// What begins a pcap file: times in microseconds and in nanoseconds, in either byte order.
const MAGICS: [[u8; 4]; 4] =
    [[0xd4, 0xc3, 0xb2, 0xa1], [0xa1, 0xb2, 0xc3, 0xd4], [0x4d, 0x3c, 0xb2, 0xa1], [0xa1, 0xb2, 0x3c, 0x4d]];

/// Whether bytes begin a capture.
pub(crate) fn is_capture(beginning: &[u8]) -> bool {
    beginning.first_chunk().is_some_and(|magic| *magic == SECTION || MAGICS.contains(magic))
}

/// One packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Captured<'a> {
    /// Its number, from 1, as Wireshark counts.
    pub(crate) number: u64,
    /// What it begins with.
    pub(crate) link_type: i32,
    /// Nanoseconds since 1970, if that is what the one who captured counted.
    pub(crate) time_ns: Option<i64>,
    /// What was captured.
    pub(crate) data: &'a [u8],
    /// Not all of it was.
    pub(crate) is_cut: bool,
}

/// Why reading ended before the end.
#[derive(Debug, thiserror::Error)]
#[error("byte {at}: {what}")]
pub(crate) struct NoCapture {
    /// Where.
    pub(crate) at: u64,
    /// What was there.
    pub(crate) what: String,
}

/// An interface of a section.
struct Interface {
    link_type: i32,
    resolution: u8,
    offset_s: i64,
}

/// What a file said before its packets.
enum Said {
    Section(Vec<Interface>),
    /// Link type, and nanoseconds in a unit of the fraction of a second.
    Pcap(i32, i128),
}

/// Reads everything. A file that ends within a block gives its packets and then an error.
pub(crate) fn read<E: From<NoCapture>>(
    mut source: impl Read,
    mut each: impl FnMut(Captured<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let fail = |at: u64, what: &str| E::from(NoCapture { at, what: what.to_owned() });
    let mut beginning = Vec::new();
    source.by_ref().take(BEGINNING).read_to_end(&mut beginning).map_err(|error| fail(0, &error.to_string()))?;
    let is_pcapng = beginning.starts_with(&SECTION);
    let source = Cursor::new(beginning).chain(source);
    let mut reader: Box<dyn PcapReaderIterator> = if is_pcapng {
        Box::new(PcapNGReader::new(BUFFER, source).map_err(|_| fail(0, "this is no capture"))?)
    } else {
        Box::new(LegacyPcapReader::new(BUFFER, source).map_err(|_| fail(0, "this is no capture"))?)
    };
    let mut said = Said::Section(Vec::new());
    let (mut at, mut number, mut is_large) = (0, 0, false);
    loop {
        let len = match reader.next() {
            Ok((len, block)) => {
                if let Some(captured) = said.take(&block).map_err(|what| fail(at, what))? {
                    number += 1;
                    each(Captured { number, ..captured })?;
                }
                len
            }
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => {
                let before = reader.data().len();
                if reader.refill().is_err() {
                    return Err(fail(at, "the file cannot be read on"));
                }
                if reader.data().len() == before && !reader.reader_exhausted() {
                    return Err(fail(at, "a block is too long"));
                }
                continue;
            }
            Err(PcapError::UnexpectedEof) => return Err(fail(at, "the file ends within a block")),
            Err(PcapError::BufferTooSmall) => {
                if is_large {
                    return Err(fail(at, "a block is too long"));
                }
                is_large = true;
                reader.grow(LONGEST);
                continue;
            }
            Err(_) => return Err(fail(at, "this is no block")),
        };
        reader.consume(len);
        at += len as u64;
    }
}

impl Said {
    /// The packet of a block, if it is one.
    fn take<'a>(&mut self, block: &'a PcapBlockOwned<'_>) -> Result<Option<Captured<'a>>, &'static str> {
        let captured = |link_type, time_ns: Option<i128>, data, is_cut| {
            // A time before 1970 lies there as a number that is very large.
            let time_ns = time_ns.and_then(|ns| u64::try_from(ns).ok()).map(u64::cast_signed);
            Some(Captured { number: 0, link_type, time_ns, data, is_cut })
        };
        match (block, &mut *self) {
            (PcapBlockOwned::NG(Block::SectionHeader(_)), said) => {
                *said = Self::Section(Vec::new());
                Ok(None)
            }
            (PcapBlockOwned::NG(Block::InterfaceDescription(block)), Self::Section(interfaces)) => {
                if interfaces.len() == MOST_INTERFACES {
                    return Err("there are too many interfaces");
                }
                interfaces.push(Interface::of(block));
                Ok(None)
            }
            (PcapBlockOwned::NG(Block::EnhancedPacket(packet)), Self::Section(interfaces)) => {
                let interface = usize::try_from(packet.if_id).ok().and_then(|place| interfaces.get(place));
                let interface = interface.ok_or("a packet is of no interface")?;
                let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                Ok(captured(interface.link_type, interface.time_ns(ticks), packet.packet_data(), packet.truncated()))
            }
            (PcapBlockOwned::NG(Block::SimplePacket(packet)), Self::Section(interfaces)) => {
                let interface = interfaces.first().ok_or("a packet is of no interface")?;
                Ok(captured(interface.link_type, None, packet.packet_data(), packet.truncated()))
            }
            (PcapBlockOwned::LegacyHeader(header), said) => {
                *said = Self::Pcap(header.network.0, if header.is_nanosecond_precision() { 1 } else { 1_000 });
                Ok(None)
            }
            (PcapBlockOwned::Legacy(packet), Self::Pcap(link_type, unit)) => {
                let time = i128::from(packet.ts_sec) * 1_000_000_000 + i128::from(packet.ts_usec) * *unit;
                Ok(captured(*link_type, Some(time), packet.data, packet.caplen < packet.origlen))
            }
            _ => Ok(None),
        }
    }
}

impl Interface {
    fn of(block: &InterfaceDescriptionBlock<'_>) -> Self {
        Self { link_type: block.linktype.0, resolution: block.if_tsresol, offset_s: block.if_tsoffset }
    }

    /// A time of this interface in nanoseconds; `None` if its unit is nothing that one counts in.
    fn time_ns(&self, ticks: u64) -> Option<i128> {
        let power = u32::from(self.resolution & 0x7f);
        let base: i128 = if self.resolution & 0x80 == 0 { 10 } else { 2 };
        let a_second = base.checked_pow(power)?;
        let since = i128::from(ticks).checked_mul(1_000_000_000)? / a_second;
        Some(since + i128::from(self.offset_s) * 1_000_000_000)
    }
}
