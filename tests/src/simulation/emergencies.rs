//! Emergency calls: each one that a phone dials goes to the modem, as soon as there is a modem with its radio on,
//! before all else, and as it was dialled.
//!
//! Excepted: the number is one that only the vendor's request makes an emergency number, and its phone is not
//! privileged, so that the call yields to others' to known numbers; the phone itself dials a newer one or is gone
//! before the modem can be asked, a modem side that is away for as long as DIAL may take, and the fifth call of a phone
//! of which the modem has answered none. One that a modem side was asked to make before it went may wait for the list
//! of the next, and be found in it.

use std::collections::BTreeSet;
use std::time::Duration;

use ril_protocol::payload::Text;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RilVersion, parcel};
use rild_proxy::router::{Flow, Router};

use super::names;

/// How long a modem may take for a DIAL.
const DIAL_TIMEOUT: Duration = Duration::from_secs(120);
/// So many calls of a phone may be at the modem without an answer.
const MOST_DIALLED: usize = 4;
/// How long a call may wait for the radio of a modem that is there.
const WAIT_FOR_RADIO: Duration = Duration::from_secs(30);
/// How long a call that an earlier modem side may have made may wait for the list of the next.
const WAIT_FOR_LIST: Duration = Duration::from_secs(2);

/// What was dialled and has no answer, and what is known of the modem's radio.
#[derive(Debug, Default)]
pub(super) struct Emergencies {
    calls: Vec<EmergencyCall>,
    /// Since when the router knows the modem side to be there.
    modem_since: Option<Duration>,
    /// The modem was told to switch its radio off and has not said that it did.
    radio_goes_off: bool,
    /// The modem was told to switch its radio on for a call, and has not said that it did. It may have been on.
    radio_comes_on: bool,
    /// Numbers that the modem was to call for a phone before that switched its own radio off; not since.
    given_up: Vec<(usize, String)>,
    /// Phones that have ever dialled an emergency number, or are taken to have.
    callers: BTreeSet<usize>,
}

#[derive(Debug)]
struct EmergencyCall {
    place: usize,
    serial: i32,
    payload: Vec<u8>,
    since: Duration,
    /// It yields to calls to known numbers.
    yields: bool,
    /// The modem was asked.
    sent: bool,
    /// A modem side was asked that is gone.
    was_sent: bool,
    /// The client is gone that dialled.
    forsaken: bool,
}

impl Emergencies {
    /// A phone dials.
    pub(super) fn dialled(&mut self, now: Duration, place: usize, serial: i32, payload: &[u8], is_privileged: bool) {
        self.forget_forsaken(now);
        self.callers.insert(place);
        let yields = !is_privileged && number_of(payload).starts_with(names::EMERGENCY_OF_VENDOR);
        let payload = payload.to_vec();
        self.calls.push(EmergencyCall {
            place,
            serial,
            payload,
            since: now,
            yields,
            sent: false,
            was_sent: false,
            forsaken: false,
        });
    }

    /// This phone is taken for the caller of an emergency call.
    pub(super) fn note_caller(&mut self, place: usize) {
        self.callers.insert(place);
    }

    /// Whether this phone has ever dialled an emergency number.
    pub(super) fn has_called(&self, place: usize) -> bool {
        self.callers.contains(&place)
    }

    /// The modem is asked to dial.
    pub(super) fn reaches_modem(&mut self, flow: Flow, payload: &[u8]) {
        let place = self.calls.iter().position(|call| !call.sent && call.payload == payload);
        let place = place.expect("the modem is to make an emergency call that nobody dialled, or not like this");
        let phone = self.calls[place].place;
        let first = !self.calls.iter().any(|call| call.sent && call.place == phone);
        assert!(flow == Flow::Urgent || !first, "an emergency call of phone {phone} waits behind others' requests");
        self.calls[place].sent = true;
        self.radio_comes_on = false;
        self.given_up.retain(|given_up| *given_up != (phone, number_of(payload)));
    }

    /// A phone has its answer.
    pub(super) fn answered(&mut self, now: Duration, phone: usize, serial: i32, errno: Errno) {
        let Some(place) = self.calls.iter().position(|call| call.place == phone && call.serial == serial) else {
            return;
        };
        let call = self.calls.remove(place);
        let newer = self.calls[place..].iter().any(|other| other.place == phone);
        let was_in_reach = self.modem_since.is_some_and(|since| since.max(call.since) + WAIT_FOR_RADIO <= now);
        let in_vain = call.since + DIAL_TIMEOUT <= now && !was_in_reach;
        assert!(
            call.sent
                || call.yields
                || newer
                || call.was_sent && errno == Errno::SUCCESS
                || errno == Errno::RADIO_NOT_AVAILABLE && in_vain,
            "an emergency call of phone {phone} is answered {errno} and never reached the modem"
        );
    }

    /// This phone, of so many, switches its own radio off, and by that ends all that it has dialled, and what a root
    /// took for its own that had lost its notes.
    pub(super) fn phone_goes_off(&mut self, phone: usize, phones: usize) {
        let of_phones = (0..phones).flat_map(|place| [names::emergency(place), names::emergency_of_vendor(place)]);
        let numbers = ["112".to_owned(), "911".to_owned()].into_iter().chain(of_phones);
        self.given_up.extend(numbers.map(|number| (phone, number)));
    }

    /// Whether this phone has ended its call to this number by that.
    pub(super) fn is_given_up(&self, phone: usize, number: &str) -> bool {
        self.given_up.iter().any(|(by, given_up)| *by == phone && given_up == number)
    }

    /// The client of this phone is gone.
    pub(super) fn client_gone(&mut self, phone: usize) {
        self.calls.retain(|call| call.place != phone || call.sent);
        self.calls.iter_mut().filter(|call| call.place == phone).for_each(|call| call.forsaken = true);
    }

    /// Root is gone, and knows of nothing when it is back. Phones that have no answer, and will dial again.
    pub(super) fn root_gone(&mut self) -> Vec<usize> {
        let unanswered = std::mem::take(&mut self.calls);
        (self.modem_since, self.radio_goes_off, self.radio_comes_on) = (None, false, false);
        unanswered.into_iter().filter(|call| !call.forsaken).map(|call| call.place).collect()
    }

    /// The router hears that the modem side is there, and knows nothing of what was asked before.
    pub(super) fn modem_up(&mut self, now: Duration) {
        self.modem_down();
        self.modem_since = Some(now);
    }

    /// The router hears that the modem side is gone.
    pub(super) fn modem_down(&mut self) {
        self.modem_since = None;
        (self.radio_goes_off, self.radio_comes_on) = (false, false);
        self.calls.retain(|call| !call.forsaken);
        for call in &mut self.calls {
            call.was_sent |= std::mem::take(&mut call.sent);
        }
    }

    /// The modem is told to switch its radio off.
    pub(super) fn radio_goes_off(&mut self) {
        self.radio_goes_off = true;
    }

    /// The modem is told to switch its radio on.
    pub(super) fn radio_comes_on(&mut self) {
        self.radio_comes_on = self.calls.iter().any(|call| !call.sent);
    }

    /// The modem tells the state of its radio.
    pub(super) fn radio_is_known(&mut self) {
        (self.radio_goes_off, self.radio_comes_on) = (false, false);
    }

    /// Whether a phone other than this waits for its call to be made.
    pub(super) fn any_of_another(&self, phone: Option<usize>) -> bool {
        self.calls.iter().any(|call| Some(call.place) != phone && !call.forsaken)
    }

    /// Nobody hears the answers to calls whose clients are gone, but they are over some time.
    fn forget_forsaken(&mut self, now: Duration) {
        self.calls.retain(|call| !call.forsaken || now < call.since + DIAL_TIMEOUT);
    }

    /// After each event: nothing waits that need not.
    pub(super) fn check(&self, now: Duration, router: &Router) {
        let Some(modem_since) = self.modem_since else { return };
        let may_go = router.radio() == RadioState::ON && !self.radio_goes_off && !self.radio_comes_on;
        for call in self.calls.iter().filter(|call| !call.sent) {
            let at_modem = self.calls.iter().filter(|other| other.place == call.place && other.sent).count();
            if at_modem >= MOST_DIALLED {
                continue;
            }
            let may_wait = call.was_sent && now <= modem_since + WAIT_FOR_LIST;
            assert!(!may_go || may_wait, "an emergency call of phone {} waits while the radio is on", call.place);
            let waited = now.saturating_sub(call.since.max(modem_since));
            assert!(waited <= WAIT_FOR_RADIO, "an emergency call of phone {} waits for the radio for ever", call.place);
        }
    }
}

fn number_of(payload: &[u8]) -> String {
    parcel::decode::<Text>(payload, RilVersion::COMMON).ok().flatten().unwrap_or_default()
}
