//! Names that say whose something is: in this world every number, text, access point, application and cause that is
//! meant for one phone carries that phone's place, so that it can be told wherever it turns up.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use ril_protocol::payload::call::Call;
use rild_proxy::config::{Config, Outgoing, Phone};

use super::tagging::{FULL_NUMBER, Tagging};

/// What all incoming calls and messages that are for one phone come from, before its place.
const CALLERS: &str = "1555019";
/// What the callers begin with that the service alone tells of, before the place of the phone that they call.
const ANNOUNCED: &str = "1555018";
/// What callers begin with who call no phone in particular.
const STRANGERS: &str = "15550299";
/// What all numbers begin with that phones dial, before the place of the phone.
const DIALLED: &str = "5557";
/// What the full numbers begin with that phones by way of the number service call, before the place of the phone.
const NUMBERS: &str = "+15557";
/// The numbers at which the service is called, before the place of the phone.
const ACCESS: &str = "+1555010010";
/// Emergency numbers of the configuration, one for each phone, before its place.
const EMERGENCY: &str = "999";
/// What a recipient of messages begins with, before the place of the sender.
const RECIPIENTS: &str = "55501";
/// Numbers that are emergency numbers for the vendor's own request alone, before the place of the phone.
pub(super) const EMERGENCY_OF_VENDOR: &str = "888";
/// An access point of one phone, before its place.
const APN: &str = "own";
/// What begins a text that is for one phone, and one that is from it.
const TEXT: &str = "for ";
const WRITTEN: &str = "from ";
/// What makes a text so long that the service must be sent it in more than one short message.
const MORE: &str = " and so on";
/// The application that phones open logical channels to. Each names another length of it (ETSI TS 102 221, 8.5.1.2).
const APPLICATION: &str = "A0000000871002FF49FFFF8905010000";
/// Octets of it that every phone names.
const SHORTEST: usize = 5;
/// The cause of the end of a call of the first phone; the others' follow. 3GPP TS 24.008, 10.5.4.11 has nothing there.
const CAUSES: i32 = 64;

/// The phones, as far as names hang on what they are.
#[derive(Debug)]
pub(super) struct Names {
    /// Which of them have telephony: tags of others mean nothing.
    telephony: Vec<bool>,
    /// Which of them have a tag.
    tagged: Vec<bool>,
    /// At whose numbers the service is called, or is what is called: what stands behind one of these may be a tag.
    numbered: Vec<bool>,
    /// Which of them call and write by way of the number service.
    by_service: Vec<bool>,
    /// Which of them are privileged.
    privileged: Vec<bool>,
    /// What stands behind callers' numbers.
    pub(super) tagging: Tagging,
    /// For whom each message was when the router heard it.
    messages: RefCell<HashMap<String, Vec<usize>>>,
    /// Root was killed before it could note who had sent what.
    root_forgot: Cell<bool>,
    /// Root was killed before what it had noted was durable, such as who had dialled an emergency number.
    root_lost_notes: Cell<bool>,
    /// Root was killed before anything was durable, and takes itself for the first.
    root_knows_nothing: Cell<bool>,
}

impl Names {
    pub(super) fn new(config: &Config) -> Self {
        let all = |is: fn(&Phone) -> bool| config.phone.iter().map(is).collect::<Vec<_>>();
        let mut privileged = all(|phone| phone.privileged);
        // Where none is, the first is.
        if !privileged.contains(&true) {
            privileged[0] = true;
        }
        Self {
            telephony: all(|phone| phone.telephony),
            tagged: all(|phone| phone.tag.is_some()),
            numbered: all(|phone| phone.number.is_some() || phone.access.is_some()),
            by_service: all(|phone| phone.outgoing == Outgoing::Bridge),
            privileged,
            tagging: Tagging::new(config),
            messages: RefCell::default(),
            root_forgot: Cell::new(false),
            root_lost_notes: Cell::new(false),
            root_knows_nothing: Cell::new(false),
        }
    }

    /// Whether this phone may change what all share.
    pub(super) fn is_privileged(&self, place: usize) -> bool {
        self.privileged.get(place) == Some(&true)
    }

    /// Whether this phone calls and writes by way of the number service.
    pub(super) fn is_by_service(&self, place: usize) -> bool {
        self.by_service.get(place) == Some(&true)
    }

    /// A number that only this phone dials.
    pub(super) fn dialled(&self, place: usize, n: u32) -> String {
        let n = n % 10_000;
        if self.is_by_service(place) { format!("{NUMBERS}{place}0{n:04}") } else { format!("{DIALLED}{place}{n:04}") }
    }

    /// A recipient to whom only this phone writes; by way of the number service, each text goes to another.
    pub(super) fn recipient(&self, place: usize, n: u32) -> String {
        let n = n % 10_000;
        if self.is_by_service(place) { format!("{NUMBERS}{place}9{n:04}") } else { format!("{RECIPIENTS}{place}23") }
    }

    /// Whether calls and messages can be for this phone.
    pub(super) fn has_telephony(&self, place: usize) -> bool {
        self.telephony.get(place) == Some(&true)
    }

    /// Whether the service can name this phone.
    pub(super) fn has_tag(&self, place: usize) -> bool {
        self.has_telephony(place) && self.tagged[place]
    }

    /// Whether the service may have a call show the number of this phone with its tag.
    pub(super) fn has_number(&self, place: usize) -> bool {
        self.numbered[place]
    }

    /// Whose this call is, if its number says so.
    pub(super) fn of_call(&self, call: &Call) -> Option<usize> {
        let number = call.number.as_deref().unwrap_or_default();
        if call.is_mt {
            let number = plain(number);
            if number.len() != FULL_NUMBER {
                // Check digits are not right for ever.
                return self.meaning(number).filter(|_| !self.tagging.is_keyed()).map(|(place, _)| place);
            }
            let place = place_behind(number, CALLERS).or_else(|| place_behind(number, ANNOUNCED));
            return place.filter(|place| self.has_telephony(*place));
        }
        if self.root_knows_nothing.get() {
            return None;
        }
        // Other calls that nobody is known to have dialled are ended; these may not be.
        let emergency = || {
            let plain = place_behind(number, EMERGENCY).filter(|_| !self.root_lost_notes.get());
            plain.or_else(|| place_behind(number, EMERGENCY_OF_VENDOR).filter(|_| !self.root_forgot.get()))
        };
        let by_service = || of_number(number).or_else(|| place_behind(number, ACCESS));
        place_behind(number, DIALLED).or_else(by_service).or_else(emergency)
    }

    /// What a call or a message of somebody shows that is for this phone, from a service whose clock is so many minutes
    /// ahead.
    pub(super) fn caller(&self, place: usize, n: u32, ahead: i64) -> String {
        self.tagging.tagged(plain(&untagged(place, n)), place, ahead)
    }

    /// What a call shows that is for this phone, and of which nobody is to be told who calls.
    pub(super) fn withheld(&self, place: usize) -> String {
        self.tagging.tagged(&access(place), place, 0)
    }

    /// What somebody shows who would like to call this phone and does not know the key, if there is one.
    pub(super) fn forged(&self, place: usize, n: u32) -> Option<String> {
        self.tagging.forged(plain(&stranger(n)), place)
    }

    /// The phone that a call is for that shows this, and the caller that it is shown, if the tag says so.
    pub(super) fn meaning(&self, presented: &str) -> Option<(usize, String)> {
        // Where no phone has a number, nobody knows in which country the SIM is, and how long a number is there.
        self.numbered.contains(&true).then_some(())?;
        let (place, number) = self.tagging.meaning(presented).filter(|(place, _)| self.has_tag(*place))?;
        let is_access = place_behind(plain(number), plain(ACCESS)).is_some_and(|place| self.has_number(place));
        Some((place, if is_access { String::new() } else { number.to_owned() }))
    }

    /// A message with this text comes, and is for this phone now.
    pub(super) fn message_comes(&self, text: String, place: usize) {
        self.messages.borrow_mut().entry(text).or_default().push(place);
    }

    /// Whether this message was for this phone whenever it came.
    pub(super) fn is_message_for(&self, text: &str, place: usize) -> bool {
        self.messages.borrow().get(text).is_some_and(|places| places.contains(&place))
    }

    /// Whether this message was for different phones when it came.
    pub(super) fn is_message_for_several(&self, text: &str) -> bool {
        self.messages.borrow().get(text).is_some_and(|places| places.iter().any(|place| *place != places[0]))
    }

    /// Whether root may not know that this is an emergency: one that only the vendor's own request made one, of which
    /// an earlier root had no time to take a note.
    pub(super) fn may_pass_for_ordinary(&self, number: &str) -> bool {
        self.root_forgot.get() && place_behind(number, EMERGENCY_OF_VENDOR).is_some()
    }

    /// Root is killed at a moment when it has not noted all, or what it has noted is not all durable.
    pub(super) fn root_is_killed(&self, has_noted_all: bool, is_durable: bool) {
        self.root_forgot.set(self.root_forgot.get() || !has_noted_all || !is_durable);
        self.root_lost_notes.set(self.root_lost_notes.get() || !is_durable);
    }

    /// Root starts, and knows of nothing that was before it, or does.
    pub(super) fn root_knows_nothing(&self, nothing: bool) {
        self.root_knows_nothing.set(nothing);
    }

    /// Whose this USSD text is, if it says so.
    pub(super) fn of_ussd(&self, text: &str) -> Option<usize> {
        of_text(text).filter(|_| !self.root_knows_nothing.get())
    }

    /// Who wrote to this recipient and must be shown the report. The service says whose one is, the network does not.
    pub(super) fn of_report(&self, recipient: &str) -> Option<usize> {
        let of_network = place_behind(recipient, RECIPIENTS).filter(|_| !self.root_forgot.get());
        of_network.or_else(|| place_behind(recipient, plain(NUMBERS)))
    }

    /// Whose call ended for this cause, if one phone's did.
    pub(super) fn of_cause(&self, cause: i32) -> Option<usize> {
        usize::try_from(cause - CAUSES).ok().filter(|place| *place < self.telephony.len())
    }
}

/// A caller or sender who means this phone, without its tag.
pub(super) fn untagged(place: usize, n: u32) -> String {
    format!("+{CALLERS}{place}{:03}", n % 1000)
}

/// A caller of this phone of whom the service alone tells.
pub(super) fn announced(place: usize, n: u32) -> String {
    format!("+{ANNOUNCED}{place}{:03}", n % 1000)
}

/// A caller who calls no phone in particular.
pub(super) fn stranger(n: u32) -> String {
    format!("+{STRANGERS}{:03}", n % 1000)
}

/// The phone's own number, at which the service is called for it.
pub(super) fn access(place: usize) -> String {
    format!("{ACCESS}{place}")
}

/// Whose number for the service this is, if it is one.
pub(super) fn of_access(number: &str) -> Option<usize> {
    place_behind(number, ACCESS)
}

/// Who calls this full number by way of the service.
pub(super) fn of_number(number: &str) -> Option<usize> {
    place_behind(number, NUMBERS)
}

/// The emergency number of this phone.
pub(super) fn emergency(place: usize) -> String {
    format!("{EMERGENCY}{place}")
}

/// The number of this phone that only the vendor's own request makes an emergency number.
pub(super) fn emergency_of_vendor(place: usize) -> String {
    format!("{EMERGENCY_OF_VENDOR}{place}")
}

/// Whether this is one of the numbers that phones dial in need.
pub(super) fn is_emergency(number: &str) -> bool {
    matches!(number, "112" | "911") || number.starts_with(EMERGENCY) || number.starts_with(EMERGENCY_OF_VENDOR)
}

/// The access point that only this phone asks for.
pub(super) fn apn(place: usize) -> String {
    format!("{APN}{place}")
}

/// Whose access point this is.
pub(super) fn of_apn(apn: &str) -> Option<usize> {
    place_behind(apn, APN)
}

/// A text for this phone.
pub(super) fn text(place: usize, n: u32) -> String {
    format!("{TEXT}{place} #{n}")
}

/// Whose text this is.
pub(super) fn of_text(text: &str) -> Option<usize> {
    place_behind(text, TEXT)
}

/// A text from this phone.
pub(super) fn written(place: usize, n: u32, is_long: bool) -> String {
    format!("{WRITTEN}{place} #{n}{}", MORE.repeat(if is_long { 12 } else { 0 }))
}

/// Who has written this text.
pub(super) fn writer_of(text: &str) -> Option<usize> {
    place_behind(text, WRITTEN)
}

/// What stands for a status report: a PDU in hexadecimal digits.
pub(super) fn report(hex: &str) -> String {
    format!("report {hex}")
}

/// The service code that only this phone sends.
pub(super) fn ussd(place: usize) -> String {
    format!("*99{place}#")
}

/// The cause for which calls of this phone end.
pub(super) fn cause(place: usize) -> i32 {
    CAUSES + i32::try_from(place).unwrap_or_default()
}

/// The application as this phone names it.
pub(super) fn application(place: usize) -> &'static str {
    &APPLICATION[..2 * (SHORTEST + place).min(APPLICATION.len() / 2)]
}

/// Who names an application so.
pub(super) fn of_application(aid: &str) -> Option<usize> {
    (aid.len() / 2).checked_sub(SHORTEST)
}

/// A number without its `+`.
fn plain(number: &str) -> &str {
    number.trim_start_matches('+')
}

fn place_behind(text: &str, beginning: &str) -> Option<usize> {
    let digit = text.strip_prefix(beginning)?.chars().next()?.to_digit(10)?;
    usize::try_from(digit).ok()
}
