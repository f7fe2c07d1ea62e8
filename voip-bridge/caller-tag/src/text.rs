//! A short message inside a short message: what a phone's SIM and the service send each other by SMS when there is no
//! data path between them.
//!
//! The cellular network carries messages between the SIM's number and an access number only. So the message that is
//! meant, a whole TPDU of 3GPP TS 23.040 with its other party, alphabet, class, ports and place in a longer message,
//! goes as the text of an SMS to or from the access number: the mark `CT1:`, then an [`Envelope`] in the characters of
//! base64 (RFC 4648 section 4, without padding). All of them are in the GSM 7-bit default alphabet at the code of their
//! ASCII character, so no conversion on the way can change one into another.
//!
//! The envelope says for which phone of the SIM the message is or from which it comes, which way it goes, and its id
//! (the first half of that on the link), by which a message that comes again, by this way or another, is known. A check
//! of 64 bits stands behind them. With the SIM's key ([`Sealer::mac`]) nobody else can make a text that
//! [`Sealer::open`] takes, so a stranger who sends from the access number chooses neither phone nor originator; one who
//! has seen a text may send it again, and its id tells. Without a key ([`unkeyed`]) the check finds damage only and
//! **anybody can forge it**: whom the network lets send from the access number can then write to any phone as anyone.
//!
//! # No concatenation
//!
//! A text is one SMS of at most 160 characters: its parts would arrive in any order, and each must be for a phone by
//! itself. A TPDU above [`ROOM`] octets goes in up to [`MOST_PIECES`] texts, each with an envelope of its own, and
//! [`Pieces`] puts them together. The service splits messages such that those to a phone need only one text each, so
//! that a device holds no half messages.
//!
//! # What is an ordinary text
//!
//! Everything that [`Sealer::open`] does not take. It takes exactly what [`Sealer::seal`] makes, with white space
//! around it at most: to write such a text by chance takes sixty-four bits of luck.
//!
//! No cryptography is done here: the message authentication code comes as a function, as in
//! [`suffix_keyed`](crate::suffix_keyed). Nothing is hidden: the network reads what it carries.

use std::fmt;

use crate::suffix1::Tag;

/// What every such text begins with: the scheme and its version.
const MARK: &str = "CT1:";
/// Characters of one SMS in the default alphabet.
const LONGEST_TEXT: usize = 160;
/// Octets in so many characters: four for three octets.
const LONGEST: usize = (LONGEST_TEXT - MARK.len()) * 3 / 4;
/// Octets of the way and the tag, of the place, and of the id.
const HEAD: usize = 1 + 1 + 8;
/// Octets of the check.
const CHECK: usize = 8;

/// Octets of a TPDU that go in one text.
pub const ROOM: usize = LONGEST - HEAD - CHECK;
/// Texts that one TPDU may need: the longest has 232 octets (TS 24.011 section 8.2.5.3).
pub const MOST_PIECES: usize = 3;

/// What the code is made over begins with this, so that the key may serve other purposes, too.
const LABEL: &[u8] = b"caller-tag text 1\0";

/// By which a message is known when it comes again. Whoever sends it first chooses it at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub [u8; 8]);

/// Which way a message goes. A text of one way is none of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From a phone: an SMS-SUBMIT.
    FromPhone,
    /// To a phone: an SMS-DELIVER or an SMS-STATUS-REPORT.
    ToPhone,
}

/// One text, opened: a TPDU or a piece of one.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The phone of the SIM.
    pub tag: Tag,
    /// The message.
    pub id: Id,
    /// Which piece of the TPDU this is, from 0.
    pub piece: u8,
    /// How many pieces there are: 1 when this is the whole TPDU.
    pub pieces: u8,
    /// The octets of this piece.
    pub octets: Vec<u8>,
}

/// Makes and opens texts, for one SIM.
#[derive(Clone, Copy)]
pub struct Sealer<M> {
    /// The first eight bytes, the most significant one first, of a message authentication code under the key that
    /// service and device share for this SIM; [`unkeyed`] when they share none.
    pub mac: M,
}

/// Why a TPDU cannot go as texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// It is empty.
    Empty,
    /// It needs more than [`MOST_PIECES`].
    TooLong,
}

/// The pieces of one TPDU, as they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// How many there are; 0 before the first.
    of: u8,
    have: [Option<Vec<u8>>; MOST_PIECES],
}

impl<M: Fn(&[u8]) -> u64> Sealer<M> {
    /// The texts that carry a TPDU, in their order; each is one SMS.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&self, way: Way, tag: Tag, id: Id, tpdu: &[u8]) -> Result<Vec<String>, SealError> {
        let pieces = tpdu.chunks(ROOM);
        let count = match u8::try_from(pieces.len()) {
            Ok(0) => return Err(SealError::Empty),
            Ok(count) if usize::from(count) <= MOST_PIECES => count,
            _ => return Err(SealError::TooLong),
        };
        Ok((0..).zip(pieces).map(|(piece, octets)| self.text(way, tag, id, (piece, count), octets)).collect())
    }

    /// Opens the text of an SMS between the SIM and an access number; `None`: it is an ordinary one.
    pub fn open(&self, way: Way, text: &str) -> Option<Envelope> {
        let octets = from_base64(text.trim_ascii().strip_prefix(MARK)?)?;
        let (sealed, check) = octets.split_last_chunk::<CHECK>()?;
        let ([first, place], rest) = sealed.split_first_chunk::<2>()?;
        let (id, octets) = rest.split_first_chunk::<8>()?;
        let (piece, pieces) = (place >> 4, place & 0x0f);
        let last = piece + 1 == pieces;
        let whole = piece < pieces && usize::from(pieces) <= MOST_PIECES;
        let full = if last { (1..=ROOM).contains(&octets.len()) } else { octets.len() == ROOM };
        if first >> 4 != way.code() || !whole || !full || self.check(sealed) != *check {
            return None;
        }
        Some(Envelope { tag: Tag::new(first & 0x0f)?, id: Id(*id), piece, pieces, octets: octets.to_vec() })
    }

    fn text(&self, way: Way, tag: Tag, id: Id, (piece, pieces): (u8, u8), octets: &[u8]) -> String {
        let mut sealed = vec![way.code() << 4 | tag.digit(), piece << 4 | pieces];
        sealed.extend(id.0);
        sealed.extend(octets);
        sealed.extend(self.check(&sealed));
        let mut text = MARK.to_owned();
        to_base64(&sealed, &mut text);
        text
    }

    fn check(&self, sealed: &[u8]) -> [u8; CHECK] {
        (self.mac)(&[LABEL, sealed].concat()).to_be_bytes()
    }
}

impl Way {
    fn code(self) -> u8 {
        match self {
            Self::FromPhone => 1,
            Self::ToPhone => 2,
        }
    }
}

impl Pieces {
    /// Takes a piece; gives the TPDU when that was the last one that was missing. A piece that is there already, or of
    /// another number of pieces, changes nothing.
    pub fn add(&mut self, envelope: &Envelope) -> Option<Vec<u8>> {
        if self.of == 0 {
            self.of = envelope.pieces;
        }
        let place = self.have.get_mut(usize::from(envelope.piece))?;
        if self.of != envelope.pieces || place.is_some() {
            return None;
        }
        *place = Some(envelope.octets.clone());
        let whole: Option<Vec<&[u8]>> = self.have.iter().take(usize::from(self.of)).map(Option::as_deref).collect();
        whole.map(|pieces| pieces.concat())
    }
}

/// In place of a code under a key: FNV-1a of 64 bits. It finds damage; it keeps nobody out.
pub fn unkeyed(message: &[u8]) -> u64 {
    message.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(octets: &[u8], text: &mut String) {
    for group in octets.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        let characters = [18, 12, 6, 0].map(|shift| char::from(BASE64[(bits >> shift & 0x3f) as usize]));
        text.extend(characters.iter().take(group.len() + 1));
    }
}

/// `None` for other characters, and for what [`to_base64`] does not make: a lone character, bits behind the last octet.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for at in 0..4 {
            let value = match group.get(at) {
                Some(character) => BASE64.iter().position(|known| known == character)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        let [_, three @ ..] = bits.to_be_bytes();
        let (taken, left) = three.split_at(group.len() - 1);
        if taken.is_empty() || left.iter().any(|octet| *octet != 0) {
            return None;
        }
        octets.extend(taken);
    }
    Some(octets)
}

/// Does not show what is inside.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("tag", &self.tag)
            .field("id", &self.id)
            .field("piece", &self.piece)
            .field("pieces", &self.pieces)
            .field("octets", &self.octets.len())
            .finish()
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty TPDU",
            Self::TooLong => "a TPDU that is longer than any",
        })
    }
}

impl std::error::Error for SealError {}
