//! What a phone without the privilege may say to the card on a channel of its own.
//!
//! An application of nobody in particular is talked to freely. But no command leads to where the network's applications
//! and files are: a selection has to be one that every card takes alike, and names none of them. The way up, to the
//! master file, its folders and the folder above, is closed, for from there on files are read by short identifiers. A
//! PIN of the whole card is not tried either, and nothing is wrapped in another command.
//!
//! Reference: ISO/IEC 7816-4, 5 and 11; ETSI TS 102 221, 8.4, 9.5, 10.1 and 11.1.1.

use ril_protocol::card::commands::{BY_NAME, SELECT};
use ril_protocol::card::folders;
use ril_protocol::hex::from_hex;
use ril_protocol::payload::sim::SimApdu;

use super::channels::may_be_the_networks;
use super::guarded::{Told, is_guarded_folder, told};

/// MANAGE CHANNEL (ISO/IEC 7816-4, 11.1.2).
pub(super) const MANAGE_CHANNEL: i32 = 0x70;
/// VERIFY, CHANGE REFERENCE DATA, DISABLE and ENABLE VERIFICATION REQUIREMENT, RESET RETRY COUNTER.
const PINS: [i32; 5] = [0x20, 0x24, 0x26, 0x28, 0x2c];
/// P2 from which on a PIN is one of the application that is selected; 0 says nothing of whose it is.
const OWN_PINS: i32 = 0x80;
/// ENVELOPE, which may have another command in it.
const ENVELOPES: [i32; 2] = [0xc2, 0xc3];

/// Bits of the class that say nothing but the channel, in its two forms.
const CHANNEL: i32 = 0x03;
const FURTHER_CHANNEL: i32 = 0x4f;
const FURTHER: i32 = 0x40;

/// P1 of SELECT: by a file's identifier, a folder's, a file's in this folder; by path from the master file or from
/// here. What else there is beside a name leads up, or means nothing.
const BY_IDENTIFIER: std::ops::RangeInclusive<i32> = 0..=2;
const BY_PATH: std::ops::RangeInclusive<i32> = 8..=9;

/// Whether such a phone may say this. Its class is for the phone's channel already.
pub(super) fn may_be_said(apdu: &SimApdu, hides: impl Fn(Told) -> bool) -> bool {
    let data = apdu.data.as_deref().unwrap_or_default();
    // There is no place for data in a command of four bytes: a library makes one of it that nobody knows.
    if apdu.p3 < 0 && !data.is_empty() {
        return false;
    }
    match apdu.instruction {
        SELECT => selects_its_own(apdu, data, hides),
        instruction if PINS.contains(&instruction) => apdu.p2 == 0 || apdu.p2 >= OWN_PINS,
        instruction => !ENVELOPES.contains(&instruction),
    }
}

fn selects_its_own(apdu: &SimApdu, data: &str, hides: impl Fn(Told) -> bool) -> bool {
    // Neither a part of a command, nor a wrapped one.
    let only_channel = if apdu.cla & FURTHER == 0 { CHANNEL } else { FURTHER_CHANNEL };
    let Some(octets) = from_hex(data).filter(|_| apdu.cla & !only_channel == 0) else { return false };
    // The card takes as many as P3 says; one more may say how much it is to answer.
    let Ok(length @ 1..) = usize::try_from(apdu.p3) else { return false };
    if octets.len() != length && octets.len() != length + 1 {
        return false;
    }
    let (Some(named), Some(name)) = (octets.get(..length), data.get(..2 * length)) else { return false };
    let is_free = |identifier: &[u8]| {
        let [high, low] = *identifier else { return false };
        let file = u16::from_be_bytes([high, low]);
        let is_told = told(file.into(), || true).any(|told| told == Told::Others || hides(told));
        file != folders::MF && !folders::IN_MF.contains(&file) && !is_guarded_folder(file) && !is_told
    };
    match apdu.p1 {
        BY_NAME => !may_be_the_networks(name),
        p1 if BY_IDENTIFIER.contains(&p1) => is_free(named),
        p1 if BY_PATH.contains(&p1) => named.chunks(2).all(is_free),
        _ => false,
    }
}
