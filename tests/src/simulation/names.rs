//! Names that say whose something is: in this world every number, text, access point, application and cause that is
//! meant for one phone carries that phone's place, so that it can be told wherever it turns up.

use std::cell::Cell;

use ril_protocol::payload::call::Call;

/// What all incoming calls and messages that are for one phone come from, before its place.
const CALLERS: &str = "1555019";
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
/// An access point of one phone, before its place.
const APN: &str = "own";
/// What begins a text that is for one phone.
const TEXT: &str = "for ";
/// The application that phones open logical channels to. Each names another length of it (ETSI TS 102 221, 8.5.1.2).
const APPLICATION: &str = "A0000000871002FF49FFFF8905010000";
/// Octets of it that every phone names.
const SHORTEST: usize = 5;
/// The cause of the end of a call of the first phone; the others' follow. 3GPP TS 24.008, 10.5.4.11 has nothing there.
const CAUSES: i32 = 64;

/// The phones, as far as names hang on what they are.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// Which of them have telephony: tags of others mean nothing.
    telephony: Vec<bool>,
    /// Which of them call and write by way of the number service.
    by_service: Vec<bool>,
    /// Root was killed before it could note who had sent what.
    root_forgot: Cell<bool>,
    /// Root was killed before what it had noted was durable, such as who had dialled an emergency number.
    root_lost_notes: Cell<bool>,
    /// Root was killed before anything was durable, and takes itself for the first.
    root_knows_nothing: Cell<bool>,
}

impl Names {
    pub(super) fn new(telephony: Vec<bool>, by_service: Vec<bool>) -> Self {
        Self {
            telephony,
            by_service,
            root_forgot: Cell::new(false),
            root_lost_notes: Cell::new(false),
            root_knows_nothing: Cell::new(false),
        }
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

    /// A recipient to whom only this phone writes.
    pub(super) fn recipient(&self, place: usize) -> String {
        if self.is_by_service(place) { format!("{NUMBERS}{place}99999") } else { format!("{RECIPIENTS}{place}23") }
    }

    /// Whether calls and messages can be for this phone.
    pub(super) fn has_telephony(&self, place: usize) -> bool {
        self.telephony.get(place) == Some(&true)
    }

    /// Whose this call is, if its number says so.
    pub(super) fn of_call(&self, call: &Call) -> Option<usize> {
        let number = call.number.as_deref().unwrap_or_default();
        if call.is_mt {
            return place_behind(number, CALLERS).filter(|place| self.has_telephony(*place));
        }
        if self.root_knows_nothing.get() {
            return None;
        }
        // Other calls that nobody is known to have dialled are ended; these may not be.
        let emergency = || place_behind(number, EMERGENCY).filter(|_| !self.root_lost_notes.get());
        let by_service = || of_number(number).or_else(|| place_behind(number, ACCESS));
        place_behind(number, DIALLED).or_else(by_service).or_else(emergency)
    }

    /// Whose this message is, if its text says so.
    pub(super) fn of_message(&self, text: &str) -> Option<usize> {
        of_text(text).filter(|place| self.has_telephony(*place))
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

    /// Who wrote to this recipient and must be shown the report.
    pub(super) fn of_report(&self, recipient: &str) -> Option<usize> {
        place_behind(recipient, RECIPIENTS).filter(|_| !self.root_forgot.get())
    }

    /// Whose call ended for this cause, if one phone's did.
    pub(super) fn of_cause(&self, cause: i32) -> Option<usize> {
        usize::try_from(cause - CAUSES).ok().filter(|place| *place < self.telephony.len())
    }
}

/// A caller or sender who means this phone, with its tag.
pub(super) fn caller(place: usize, n: u32) -> String {
    format!("{CALLERS}{place}{:03}{place}", n % 1000)
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

/// Whether this is one of the numbers that phones dial in need.
pub(super) fn is_emergency(number: &str) -> bool {
    matches!(number, "112" | "911") || number.starts_with(EMERGENCY)
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

fn place_behind(text: &str, beginning: &str) -> Option<usize> {
    let digit = text.strip_prefix(beginning)?.chars().next()?.to_digit(10)?;
    usize::try_from(digit).ok()
}
