//! Cell broadcast: which channels the phone wants, and pages on them.
//!
//! Reference: 3GPP TS 23.041, 9.4.1 (pages of 88 octets), TS 23.038, 5 (coding).

use ril_protocol::UnsolCode;
use ril_protocol::parcel::Raw;
use ril_protocol::payload::sms::GsmBroadcastConfig;
use ril_protocol::sms_pdu::alphabet::Alphabet;
use ril_protocol::sms_pdu::septets;

use crate::model::effects::Effects;

/// Characters of seven bits that the 82 octets of a page hold.
const PAGE_SEPTETS: usize = 93;
const PAGE_OCTETS: usize = 82;
const MAX_PAGES: usize = 15;
/// English in the default alphabet.
const CODING: u8 = 0x01;
const FILLER: u8 = 0x0d;

/// The phone's choice of channels.
#[derive(Debug, Default)]
pub struct Broadcast {
    /// `GSM_SET_BROADCAST_SMS_CONFIG`.
    pub config: Vec<GsmBroadcastConfig>,
    /// `GSM_SMS_BROADCAST_ACTIVATION`.
    pub active: bool,
    serial: u16,
}

impl Broadcast {
    /// Forgets what the phone has chosen.
    pub(in crate::model) fn forget(&mut self) {
        *self = Self { serial: self.serial, ..Self::default() };
    }

    /// Whether the phone listens to a channel in our coding: the last range that holds both decides. Warnings (channels
    /// 4352 to 6399) are no exception: a phone that wants them asks for them.
    pub fn wants(&self, channel: u16) -> bool {
        let inside = |config: &&GsmBroadcastConfig| {
            (config.from_service_id..=config.to_service_id).contains(&i32::from(channel))
                && (config.from_code_scheme..=config.to_code_scheme).contains(&i32::from(CODING))
        };
        self.active && self.config.iter().rfind(inside).is_some_and(|config| config.selected)
    }

    /// The network broadcasts a text; a phone that is in its reach gets it if it listens. `Err` for a text that no
    /// pages can hold.
    pub fn send(&mut self, channel: u16, text: &str, reachable: bool, to: &mut Effects) -> Result<bool, String> {
        let septets =
            Alphabet::DEFAULT.encode(text).map_err(|c| format!("no code for '{c}' in the default alphabet"))?;
        let pages: Vec<&[u8]> = if septets.is_empty() { vec![&[]] } else { septets.chunks(PAGE_SEPTETS).collect() };
        let total = u8::try_from(pages.len()).ok().filter(|total| usize::from(*total) <= MAX_PAGES);
        let total = total.ok_or("text too long, at most 15 pages of 93 characters")?;
        self.serial = self.serial.wrapping_add(1) & 0x03ff;
        if !reachable || !self.wants(channel) {
            return Ok(false);
        }
        for (page, number) in pages.into_iter().zip(1_u8..) {
            to.tell(UnsolCode::RESPONSE_NEW_BROADCAST_SMS, &Raw(Some(self.page(channel, page, number, total))));
        }
        Ok(true)
    }

    fn page(&self, channel: u16, septets: &[u8], number: u8, total: u8) -> Vec<u8> {
        let mut padded = septets.to_vec();
        padded.resize(PAGE_SEPTETS, FILLER);
        // Serial number: geographical scope "PLMN wide", message code, update number 0.
        let serial = 0x4000 | self.serial << 4;
        let mut page = [serial.to_be_bytes(), channel.to_be_bytes()].concat();
        page.extend([CODING, number << 4 | total]);
        let mut content = septets::pack(&padded, 0);
        content.resize(PAGE_OCTETS, 0);
        page.extend(content);
        page
    }
}
