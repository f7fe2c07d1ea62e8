//! Files of the SIM: what is in which, and what becomes of it.
//!
//! Services, languages, lists of networks, names of operators and emergency numbers stay. Identities, numbers, names
//! and messages become others where they are. A file that is not known here becomes `FF`, which is an empty one; so do
//! keys.
//!
//! Reference: 3GPP TS 51.011, 10; TS 31.102, 4; TS 31.103, 4; ETSI TS 102 221, 13; Common PCN Handset Specification,
//! B.4.

use std::ops::Range;

use ril_protocol::card::{self, applications, commands, folders, isim};

use super::Scrub;
use super::cells::cell_octets;
use super::objects::{length, short_objects};

/// A file, and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) command: i32,
    pub(super) id: i32,
    pub(super) path: String,
    pub(super) aid: String,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Nothing that somebody should not read.
    Open,
    Iccid,
    Imsi,
    /// An entry of a phone book: name, length, type and digits of the number, what it points to.
    Entry,
    /// A message behind its status.
    Message,
    /// Parameters of messages: name, and two numbers behind a byte that says which of them are there.
    MessageParameters,
    /// A number to which calls are forwarded.
    Forwarding,
    /// A temporary identity of so many bytes, then network and area.
    Location(usize),
    /// Networks, each with a range of areas.
    NetworkAreas,
    /// An emergency number, its name, its kind.
    Emergency,
    /// Applications, with names for people.
    Directory,
    /// A URI as one object.
    Uri,
    /// Keys, temporary identities, and what is not known.
    Hidden,
}

/// Files of the card, the SIM and the USIM.
static FILES: &[(u16, Content)] = &[
    (card::EF_DIR, Content::Directory),
    (card::EF_PL, Content::Open),
    (card::EF_ARR_CARD, Content::Open),
    (card::EF_UMPC, Content::Open),
    (card::EF_ICCID, Content::Iccid),
    (card::EF_PBR, Content::Open),
    (card::EF_LI, Content::Open),
    (card::EF_ARR, Content::Open),
    (card::EF_IMSI, Content::Imsi),
    (card::EF_CPHS_VMWF, Content::Open),
    (card::EF_CPHS_CFF, Content::Open),
    (card::EF_CPHS_ONS, Content::Open),
    (card::EF_CPHS_CSP, Content::Open),
    (card::EF_CPHS_INFO, Content::Open),
    (card::EF_CPHS_MBN, Content::Entry),
    (card::EF_CPHS_ONS_SHORT, Content::Open),
    (card::EF_DCK, Content::Open),
    (card::EF_PLMNSEL, Content::Open),
    (card::EF_HPPLMN, Content::Open),
    (card::EF_UST, Content::Open),
    (card::EF_ADN, Content::Entry),
    (card::EF_FDN, Content::Entry),
    (card::EF_SMS, Content::Message),
    (card::EF_GID1, Content::Open),
    (card::EF_GID2, Content::Open),
    (card::EF_MSISDN, Content::Entry),
    (card::EF_SMSP, Content::MessageParameters),
    (card::EF_SMSS, Content::Open),
    (card::EF_LND, Content::Entry),
    (card::EF_CBMI, Content::Open),
    (card::EF_SPN, Content::Open),
    (card::EF_CBMID, Content::Open),
    (card::EF_SDN, Content::Entry),
    (card::EF_BDN, Content::Entry),
    (card::EF_CBMIR, Content::Open),
    (card::EF_LOCIGPRS, Content::Location(7)),
    (card::EF_EST, Content::Open),
    (card::EF_PLMNWACT, Content::Open),
    (card::EF_OPLMNWACT, Content::Open),
    (card::EF_HPLMNWACT, Content::Open),
    (card::EF_PSLOCI, Content::Location(7)),
    (card::EF_FPLMN, Content::Open),
    (card::EF_LOCI, Content::Location(4)),
    (card::EF_AD, Content::Open),
    (card::EF_ECC, Content::Emergency),
    (card::EF_PNN, Content::Open),
    (card::EF_OPL, Content::NetworkAreas),
    (card::EF_MBDN, Content::Entry),
    (card::EF_MBI, Content::Open),
    (card::EF_MWIS, Content::Open),
    (card::EF_CFIS, Content::Forwarding),
    (card::EF_SPDI, Content::Open),
    (card::EF_EPSLOCI, Content::Location(12)),
];

/// Files of the ISIM, which have numbers of their own.
static ISIM_FILES: &[(u16, Content)] = &[
    (isim::EF_IMPI, Content::Uri),
    (isim::EF_DOMAIN, Content::Uri),
    (isim::EF_IMPU, Content::Uri),
    (isim::EF_ARR, Content::Open),
    (isim::EF_IST, Content::Open),
    (isim::EF_P_CSCF, Content::Uri),
    (isim::EF_AD, Content::Open),
];

/// The applications whose files those are. A CSIM (3GPP2 C.S0065) has files of its own by the same numbers.
const USIM_OR_SIM: [&str; 2] = [applications::USIM, applications::SIM];

/// Octets of a number in a phone book, without length and type.
const NUMBER: usize = 10;

impl Scrub {
    /// What was read from a file, or is written to it.
    pub(super) fn file(&self, file: &File, octets: &mut [u8]) {
        if file.command == commands::GET_RESPONSE {
            return about_file(file.id, octets);
        }
        let is_sim = file.aid.is_empty() || USIM_OR_SIM.iter().any(|aid| starts_with(&file.aid, aid));
        // The files of CDMA have numbers of their own as well.
        let is_cdma = file.path.to_ascii_uppercase().contains(&format!("{:04X}", folders::DF_CDMA));
        let id = u16::try_from(file.id).ok();
        // Files of the card itself are the same whatever the application.
        let is_of_the_card = id.is_some_and(|id| folders::FILES_IN_MF.contains(&id));
        let files = match is_of_the_card || is_sim && !is_cdma {
            true => FILES,
            false if starts_with(&file.aid, applications::ISIM) => ISIM_FILES,
            false => &[],
        };
        let known = files.iter().find(|(known, _)| Some(*known) == id);
        match known.map_or(Content::Hidden, |(_, content)| *content) {
            Content::Open => {}
            Content::Iccid => self.swapped(octets, 0, Self::iccid),
            Content::Imsi => self.swapped(octets, 3, Self::imsi),
            Content::Entry => self.entry(octets),
            Content::Message => self.message(octets),
            Content::MessageParameters => self.message_parameters(octets),
            Content::Forwarding => match octets {
                [_, _, number @ ..] => self.number(number),
                rest => rest.fill(0xff),
            },
            Content::Location(identity) => self.location(identity, octets),
            Content::NetworkAreas => {
                for entry in octets.chunks_mut(8) {
                    let Some(areas) = entry.get_mut(3..7) else { return entry.fill(0xff) };
                    areas.chunks_mut(2).for_each(|area| cell_octets(self, area));
                }
            }
            Content::Emergency => self.emergency(octets),
            Content::Directory => self.directory(octets),
            Content::Uri => self.uri_object(octets),
            Content::Hidden => octets.fill(0xff),
        }
    }

    /// An entry of a phone book: the number is at its end.
    fn entry(&self, octets: &mut [u8]) {
        let Some(name) = octets.len().checked_sub(NUMBER + 4) else { return octets.fill(0xff) };
        let (name, number) = octets.split_at_mut(name);
        self.alpha(name);
        self.number(number);
    }

    /// Length, type, digits; what is behind them points to other files.
    fn number(&self, octets: &mut [u8]) {
        let Some((number, rest)) = octets.split_at_mut_checked(NUMBER + 2) else { return octets.fill(0xff) };
        rest.get_mut(2..).unwrap_or_default().fill(0xff);
        if let [_, type_of_number, digits @ ..] = number {
            self.semi_octets(*type_of_number, digits);
        }
    }

    fn message(&self, octets: &mut [u8]) {
        let Some((_, record)) = octets.split_first_mut() else { return };
        let end = record.iter().rposition(|octet| *octet != 0xff).map_or(0, |last| last + 1);
        // What fills the record up is not told from what the message ends with.
        for end in end..=record.len() {
            if let Some(other) = record.get(..end).and_then(|pdu| self.incoming(pdu)) {
                record[..end].copy_from_slice(&other);
                return record[end..].fill(0xff);
            }
        }
        record.fill(0xff);
    }

    fn message_parameters(&self, octets: &mut [u8]) {
        let Some(name) = octets.len().checked_sub(28) else { return octets.fill(0xff) };
        let (name, parameters) = octets.split_at_mut(name);
        self.alpha(name);
        parameters[1..25].chunks_mut(12).for_each(|number| self.number(number));
    }

    fn location(&self, identity: usize, octets: &mut [u8]) {
        let Some((identity, rest)) = octets.split_at_mut_checked(identity) else { return octets.fill(0xff) };
        identity.fill(0xff);
        if let Some(area) = rest.get_mut(3..5) {
            cell_octets(self, area);
        }
        rest.get_mut(7..).unwrap_or_default().fill(0xff);
        // The routing area, between the area and the status.
        if identity.len() == 7
            && let Some(routing) = rest.get_mut(5..6)
        {
            routing.fill(0xff);
        }
    }

    /// Several of three bytes, of the SIM, or one with a name and its kind, of the USIM.
    fn emergency(&self, octets: &mut [u8]) {
        let is_number =
            |octets: &[u8]| octets.iter().all(|octet| matches!((octet & 0xf, octet >> 4), (0..=9 | 0xf, 0..=9 | 0xf)));
        if octets.len().is_multiple_of(3) && is_number(octets) {
            return;
        }
        match octets.split_at_mut_checked(3) {
            Some((number, [name @ .., _])) if is_number(number) => self.alpha(name),
            _ => octets.fill(0xff),
        }
    }

    /// A template with an application identifier and a label.
    fn directory(&self, octets: &mut [u8]) {
        let Some(template) = template(octets, 0x61) else { return octets.fill(0xff) };
        octets[template.end..].fill(0xff);
        let inside = &mut octets[template];
        let (objects, end) = short_objects(inside);
        for (tag, place) in objects {
            let value = &mut inside[place];
            match tag {
                0x4f if value.len() <= 16 => {}
                0x50 => self.octets(value),
                _ => value.fill(0),
            }
        }
        inside[end..].fill(0);
    }

    fn uri_object(&self, octets: &mut [u8]) {
        let Some(place) = template(octets, 0x80) else { return octets.fill(0xff) };
        octets[place.end..].fill(0xff);
        let value = &mut octets[place];
        match std::str::from_utf8(value).map(|text| self.uri(text)) {
            Ok(other) if other.len() == value.len() => value.copy_from_slice(other.as_bytes()),
            _ => self.octets(value),
        }
    }
}

/// Where the value of the first object is, if it has this tag.
fn template(octets: &[u8], tag: u8) -> Option<Range<usize>> {
    let (taken, length) = length(octets.strip_prefix(&[tag])?)?;
    let place = 1 + taken..1 + taken + length;
    octets.get(place.clone()).map(|_| place)
}

/// What a SIM or a USIM says of a file: its size, kind, access and identifiers.
fn about_file(id: i32, octets: &mut [u8]) {
    let is_id = |octets: Option<&[u8]>| {
        octets.and_then(<[u8]>::first_chunk).is_some_and(|found| i32::from(u16::from_be_bytes(*found)) == id)
    };
    match octets {
        // TS 51.011, 9.2.1.
        [0, 0, ..] if octets.len() <= 34 && is_id(octets.get(4..6)) => {
            // Memory, identifier, type; counters and access; more of folders than of files.
            octets.get_mut(23..).unwrap_or_default().fill(0);
        }
        // TS 102 221, 11.1.1.3.
        [0x62, ..] => {
            let Some(template) = template(octets, 0x62) else { return octets.fill(0) };
            octets[template.end..].fill(0);
            let inside = &mut octets[template];
            let (objects, end) = short_objects(inside);
            for (tag, place) in objects {
                let is_known = matches!(tag, 0x80..=0x84 | 0x88 | 0x8a..=0x8c | 0xab | 0xc6) && place.len() <= 32;
                if !is_known {
                    inside[place].fill(0);
                }
            }
            inside[end..].fill(0);
        }
        _ => octets.fill(0),
    }
}

fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|text| text.eq_ignore_ascii_case(beginning))
}
