//! The messages of the link between a device's root daemon and the number service: calls that are about to be, and
//! texts.
//!
//! With a data path, what the digits of a caller ID, DTMF and tagged short messages say is said here, faster and in
//! full. `link.proto` is the reference; `generated.rs` is made from it and compared by a test
//! (`tests/link_protocol.rs`, with `UPDATE_EXPECT=1` after a change). What is read here is checked once and for all: a
//! tag is a digit, a number is one, an id has its length. It refuses everything else with one error, and passes over
//! what a later version has added. How the messages travel is in `seal`, behind the feature of that name.
//!
//! The messages hold numbers and texts, so `Debug` shows only what kind of message it is.

mod debug;

#[rustfmt::skip]
mod generated;

#[cfg(feature = "seal")]
pub mod seal;

use std::fmt;
use std::time::Duration;

use prost::Message;

pub use generated::*;

/// The longest encoded message.
pub const MESSAGE_LIMIT: usize = 512;

/// The longest TPDU that there is (RP-User Data, 3GPP TS 24.011 section 8.2.5.3).
pub const TPDU_LIMIT: usize = 232;

/// The longest number, with its prefixes.
pub const NUMBER_LIMIT: usize = 32;

/// How many bytes the id of a text has.
pub const TEXT_ID: usize = 16;

/// The longest time for which an intent or a hint is good, whatever it says.
pub const LONGEST_VALID: Duration = Duration::from_secs(120);

/// How many phones a device can have: a tag is a digit.
const MOST_PHONES: usize = 10;

/// What was sent is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMessage(&'static str);

/// Encodes what the device says.
pub fn to_service(say: to_service::Say) -> Vec<u8> {
    ToService { say: Some(say) }.encode_to_vec()
}

/// Encodes what the service says.
pub fn to_device(say: to_device::Say) -> Vec<u8> {
    ToDevice { say: Some(say) }.encode_to_vec()
}

/// Reads what a device says; `None` when it is something that a later version has added.
///
/// # Errors
/// [`NoMessage`] when it is nothing that a device may say.
pub fn from_device(bytes: &[u8]) -> Result<Option<to_service::Say>, NoMessage> {
    use to_service::Say;

    let say = read::<ToService>(bytes)?.say;
    match &say {
        Some(Say::CallIntent(intent)) => {
            check_tag(intent.tag)?;
            check_number(&intent.target)?;
        }
        Some(Say::Text(text)) => {
            check_text(&text.id, &text.tpdu)?;
            check_tag(text.tag)?;
            check_number(&text.recipient)?;
        }
        Some(Say::TextTaken(TextTaken { id }) | Say::TextRefused(TextRefused { id, .. })) => check_id(id)?,
        Some(Say::Phones(phones)) => check_phones(&phones.available)?,
        Some(Say::CallOver(_) | Say::HintTaken(_)) | None => {}
    }
    Ok(say)
}

/// Reads what the service says; `None` when it is something that a later version has added.
///
/// # Errors
/// [`NoMessage`] when it is nothing that the service may say.
pub fn from_service(bytes: &[u8]) -> Result<Option<to_device::Say>, NoMessage> {
    use to_device::Say;

    let say = read::<ToDevice>(bytes)?.say;
    match &say {
        Some(Say::IntentTaken(intent)) => check_number(&intent.access)?,
        Some(Say::Hint(hint)) => {
            check_tag(hint.tag)?;
            check_number(&hint.presented)?;
            if !hint.caller.is_empty() {
                check_number(&hint.caller)?;
            }
        }
        Some(Say::TextDeliver(text)) => {
            check_text(&text.id, &text.tpdu)?;
            check_tag(text.tag)?;
        }
        Some(Say::TextAccepted(TextAccepted { id }) | Say::TextRejected(TextRejected { id, .. })) => check_id(id)?,
        Some(Say::IntentRefused(_) | Say::CallAnswered(_) | Say::CallFailed(_)) | None => {}
    }
    Ok(say)
}

/// How long something is good that says that it is good for `valid_ms`.
pub fn valid(valid_ms: u32) -> Duration {
    Duration::from_millis(valid_ms.into()).min(LONGEST_VALID)
}

fn read<M: Message + Default>(bytes: &[u8]) -> Result<M, NoMessage> {
    if bytes.len() > MESSAGE_LIMIT {
        return Err(NoMessage("it is too long"));
    }
    M::decode(bytes).map_err(|_| NoMessage("it cannot be decoded"))
}

fn check_tag(tag: u32) -> Result<(), NoMessage> {
    if tag <= 9 { Ok(()) } else { Err(NoMessage("a tag is no digit")) }
}

fn check_number(number: &str) -> Result<(), NoMessage> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && number.len() <= NUMBER_LIMIT { Ok(()) } else { Err(NoMessage("a number is none")) }
}

fn check_id(id: &[u8]) -> Result<(), NoMessage> {
    if id.len() == TEXT_ID { Ok(()) } else { Err(NoMessage("the id of a text is none")) }
}

fn check_text(id: &[u8], tpdu: &[u8]) -> Result<(), NoMessage> {
    check_id(id)?;
    if tpdu.is_empty() || tpdu.len() > TPDU_LIMIT { Err(NoMessage("a text has no length")) } else { Ok(()) }
}

fn check_phones(available: &[u32]) -> Result<(), NoMessage> {
    if available.len() > MOST_PHONES {
        return Err(NoMessage("there are too many phones"));
    }
    for (at, tag) in available.iter().enumerate() {
        check_tag(*tag)?;
        if available[..at].contains(tag) {
            return Err(NoMessage("a phone is there twice"));
        }
    }
    Ok(())
}

impl fmt::Display for NoMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoMessage {}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: &[u8], tag: u32, recipient: &str, tpdu: &[u8]) -> to_service::Say {
        to_service::Say::Text(Text { id: id.to_vec(), tag, recipient: recipient.into(), tpdu: tpdu.to_vec() })
    }

    #[test]
    fn what_a_device_says_is_read_again() {
        let intent = CallIntent { id: 7, tag: 9, target: "+15550199999".into(), withheld: true, valid_ms: 30_000 };
        for say in [
            to_service::Say::CallIntent(intent),
            to_service::Say::CallOver(CallOver { id: u64::MAX }),
            to_service::Say::HintTaken(HintTaken { id: 0 }),
            text(&[1; TEXT_ID], 0, "0123", &[0; TPDU_LIMIT]),
            to_service::Say::TextTaken(TextTaken { id: vec![2; TEXT_ID] }),
            to_service::Say::TextRefused(TextRefused { id: vec![3; TEXT_ID], cause: 0xd3 }),
            to_service::Say::Phones(Phones { available: (0..10).collect() }),
        ] {
            let bytes = to_service(say.clone());
            assert!(from_device(&bytes) == Ok(Some(say)), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_the_service_says_is_read_again() {
        let number = "+15550199999".to_owned();
        let hint = Hint { id: 1, caller: String::new(), presented: number.clone(), tag: 1, valid_ms: 1 };
        for say in [
            to_device::Say::IntentTaken(IntentTaken { id: 1, access: number.clone() }),
            to_device::Say::IntentRefused(IntentRefused { id: 1, cause: 21 }),
            to_device::Say::CallAnswered(CallAnswered { id: 1 }),
            to_device::Say::CallFailed(CallFailed { id: 1, cause: 17 }),
            to_device::Say::Hint(hint.clone()),
            to_device::Say::Hint(Hint { caller: number, ..hint }),
            to_device::Say::TextDeliver(TextDeliver { id: vec![1; TEXT_ID], tag: 2, tpdu: vec![4; TPDU_LIMIT] }),
            to_device::Say::TextAccepted(TextAccepted { id: vec![1; TEXT_ID] }),
            to_device::Say::TextRejected(TextRejected { id: vec![1; TEXT_ID], cause: 0x80 }),
        ] {
            let bytes = to_device(say.clone());
            assert!(from_service(&bytes) == Ok(Some(say)), "{bytes:02x?}");
        }
    }

    #[test]
    fn the_longest_message_is_shorter_than_the_limit() {
        let number = "1".repeat(NUMBER_LIMIT);
        let longest = to_service(text(&[0xff; TEXT_ID], 9, &number, &[0xff; TPDU_LIMIT]));
        assert!(longest.len() <= MESSAGE_LIMIT, "{}", longest.len());
    }

    #[test]
    fn what_no_device_may_say_is_refused() {
        let intent = |tag, target: &str| {
            to_service::Say::CallIntent(CallIntent { tag, target: target.into(), ..CallIntent::default() })
        };
        for say in [
            intent(10, "+15550199999"),
            intent(1, ""),
            intent(1, "+"),
            intent(1, "112#"),
            intent(1, "*31#+15550199999"),
            intent(1, "sip:someone"),
            intent(1, &"1".repeat(NUMBER_LIMIT + 1)),
            text(&[1; TEXT_ID - 1], 1, "0123", &[0; 12]),
            text(&[1; TEXT_ID], 10, "0123", &[0; 12]),
            text(&[1; TEXT_ID], 1, "shop", &[0; 12]),
            text(&[1; TEXT_ID], 1, "0123", &[]),
            text(&[1; TEXT_ID], 1, "0123", &[0; TPDU_LIMIT + 1]),
            to_service::Say::TextTaken(TextTaken { id: vec![] }),
            to_service::Say::TextRefused(TextRefused { id: vec![0; TEXT_ID + 1], cause: 0 }),
            to_service::Say::Phones(Phones { available: vec![10] }),
            to_service::Say::Phones(Phones { available: vec![1, 1] }),
            to_service::Say::Phones(Phones { available: vec![1; 11] }),
        ] {
            let bytes = to_service(say);
            assert!(from_device(&bytes).is_err(), "{bytes:02x?}");
        }
        assert!(from_device(&[0xff; 8]).is_err());
        assert!(from_device(&[0; MESSAGE_LIMIT + 1]).is_err());
    }

    #[test]
    fn what_the_service_may_not_say_is_refused() {
        let hint = Hint { id: 1, caller: "+1555".into(), presented: "+1555".into(), tag: 1, valid_ms: 1 };
        for say in [
            to_device::Say::IntentTaken(IntentTaken { id: 1, access: String::new() }),
            to_device::Say::Hint(Hint { tag: 10, ..hint.clone() }),
            to_device::Say::Hint(Hint { presented: String::new(), ..hint.clone() }),
            to_device::Say::Hint(Hint { caller: "a".into(), ..hint }),
            to_device::Say::TextDeliver(TextDeliver { id: vec![1], tag: 2, tpdu: vec![4] }),
            to_device::Say::TextDeliver(TextDeliver { id: vec![1; TEXT_ID], tag: 11, tpdu: vec![4] }),
            to_device::Say::TextAccepted(TextAccepted { id: vec![] }),
            to_device::Say::TextRejected(TextRejected { id: vec![], cause: 1 }),
        ] {
            let bytes = to_device(say);
            assert!(from_service(&bytes).is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_a_later_version_says_is_passed_over() {
        // Field 100, one empty message.
        assert!(from_device(&[0xa2, 0x06, 0x00]) == Ok(None));
        assert!(from_service(&[0xa2, 0x06, 0x00]) == Ok(None));
        assert!(from_device(&[]) == Ok(None));
    }

    #[test]
    fn nothing_is_good_for_ever() {
        assert_eq!(valid(1500), Duration::from_millis(1500));
        assert_eq!(valid(u32::MAX), LONGEST_VALID);
    }

    #[test]
    fn debug_shows_neither_number_nor_text() {
        let say = text(b"abcdefghijklmnop", 1, "5550123", b"hello");
        assert_eq!(format!("{say:?}"), "Text");
        assert_eq!(format!("{:?}", ToService { say: Some(say) }), "ToService");
    }
}
