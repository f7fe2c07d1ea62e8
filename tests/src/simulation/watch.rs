//! What reaches the modem, and on whose behalf: no request of a phone touches what is another's.
//!
//! Judged by the list of calls that the router heard last, and by the modem's own channels and data calls. Whose a call
//! is, its number says, or else the router's own word when the call appeared.

use ril_protocol::frame::Request;
use ril_protocol::payload::call::{Call, CallState, Clir, Dial};
use ril_protocol::payload::sim::SimApdu;
use ril_protocol::payload::{Strings, Text};
use ril_protocol::{RequestCode, RilVersion, parcel};
use rild_proxy::router::Flow;

use super::names;
use super::world::World;

const V: RilVersion = RilVersion::COMMON;

/// The request of a phone that the router carries out just now.
#[derive(Clone, Copy, Debug)]
pub(super) struct By {
    pub(super) place: usize,
    pub(super) code: RequestCode,
    /// It dials an emergency number, which makes room for itself.
    pub(super) emergency: bool,
}

impl World {
    /// The modem is about to be asked this.
    pub(super) fn check_request(&mut self, flow: Flow, request: &Request<'_>) {
        let payload = request.payload;
        let code = self.dialect.request_named(request.code);
        let by_vendor = self.dialect.emergency_dial();
        let number = || parcel::decode::<Vec<i32>>(payload, V).ok().and_then(|numbers| numbers.first().copied());
        if let Some(by) = self.by {
            self.unsettled.reaches_modem(by.place, code);
        }
        match code {
            code if by_vendor == Some(code) || code == RequestCode::DIAL && is_emergency(payload) => {
                assert!(
                    by_vendor.is_none_or(|by_vendor| by_vendor == code),
                    "the vendor's modem would make no emergency call"
                );
                self.emergencies.reaches_modem(flow, payload);
                self.tally.emergencies += 1;
            }
            RequestCode::DIAL => self.check_caller_id(payload),
            RequestCode::RADIO_POWER if number() == Some(0) => {
                self.check_radio_off();
                self.emergencies.radio_goes_off();
            }
            RequestCode::RADIO_POWER => self.emergencies.radio_comes_on(),
            RequestCode::HANGUP => {
                self.elsewhere.is_hung_up(flow, number());
                self.check_calls_touched(code, number());
            }
            RequestCode::SHUTDOWN => {
                self.check_shutdown();
                self.emergencies.radio_goes_off();
            }
            RequestCode::SEND_SMS | RequestCode::SEND_SMS_EXPECT_MORE => {
                let strings = parcel::decode::<Strings>(payload, V).unwrap_or_default();
                match strings.get(1).and_then(Option::as_deref) {
                    Some(pdu) => self.check_sms(pdu),
                    None => assert!(self.is_nonsense_sent(), "a short message is sent"),
                }
            }
            RequestCode::SIM_CLOSE_CHANNEL => self.check_channel(number()),
            RequestCode::SIM_TRANSMIT_APDU_CHANNEL => {
                self.check_channel(parcel::decode::<SimApdu>(payload, V).ok().map(|apdu| apdu.session_id));
            }
            RequestCode::DEACTIVATE_DATA_CALL => {
                let strings = parcel::decode::<Strings>(payload, V).unwrap_or_default();
                let cid = strings.first().and_then(|cid| cid.as_deref()?.parse().ok());
                match cid {
                    Some(cid) => self.check_data_call(cid),
                    None => assert!(self.is_nonsense_sent(), "a data call is named"),
                }
            }
            code => self.check_calls_touched(code, number()),
        }
        self.check_cdma_request(request, code);
        self.check_cards_request(code, request);
    }

    /// A request about calls: those that it changes.
    fn check_calls_touched(&self, code: RequestCode, index: Option<i32>) {
        let is_of_speaker = matches!(code, RequestCode::DTMF | RequestCode::DTMF_START | RequestCode::SET_MUTE);
        if is_of_speaker && self.is_asked_for(code) && self.cdma.waiting.in_front().is_some() {
            return self.check_speaks(code);
        }
        let ringing = |call: &Call| call.state.is_ringing();
        let held = |call: &Call| call.state == CallState::HOLDING;
        let going_on = |call: &Call| !ringing(call) && !held(call);
        let calls = self.modem.told_calls();
        let any_rings = calls.iter().any(ringing);
        let touched: Vec<&Call> = calls
            .iter()
            .filter(|call| match code {
                RequestCode::HANGUP | RequestCode::SEPARATE_CONNECTION => Some(call.index) == index,
                // The router itself spells to the service whom a phone calls.
                RequestCode::DTMF | RequestCode::DTMF_START => going_on(call) && self.is_asked_for(code),
                RequestCode::SET_MUTE => going_on(call) && self.is_asked_for(code),
                RequestCode::ANSWER | RequestCode::UDUB => ringing(call),
                RequestCode::HANGUP_WAITING_OR_BACKGROUND => ringing(call) || !any_rings && held(call),
                RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND => true,
                // What is active is held, whosever it is, but for an emergency call.
                RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE => !going_on(call) || is_emergency_call(call),
                RequestCode::CONFERENCE | RequestCode::EXPLICIT_CALL_TRANSFER => !ringing(call),
                _ => false,
            })
            .collect();
        let is_one_phones =
            |phone: usize| touched.iter().all(|call| self.owner_of(call).is_none_or(|owner| owner == phone));
        if self.by.is_none() && self.unsettled.phones().any(is_one_phones) {
            return;
        }
        for call in touched {
            let owner = self.owner_of(call);
            match self.by {
                Some(by) if !by.emergency => assert!(
                    owner.is_none_or(|owner| owner == by.place),
                    "{code} for phone {}, which asked {}, is about a call of {owner:?}",
                    by.place,
                    by.code
                ),
                // Room for an emergency call, or policy: never at the cost of an emergency call, unless its own phone
                // has switched its radio off meanwhile.
                _ => {
                    let number = call.number.as_deref().unwrap_or_default();
                    let may = owner
                        .is_none_or(|owner| self.emergencies.is_given_up(owner, number) || self.yields(owner, number));
                    let may = may || self.names.may_pass_for_ordinary(number);
                    assert!(may || !is_emergency_call(call), "{code} is about an emergency call of {owner:?}");
                }
            }
        }
    }

    /// Whether an emergency call of this phone to this number yields to such calls to known numbers.
    fn yields(&self, owner: usize, number: &str) -> bool {
        !self.config.is_privileged(owner) && number.starts_with(names::EMERGENCY_OF_VENDOR)
    }

    /// Whether a phone itself asks for this.
    fn is_asked_for(&self, code: RequestCode) -> bool {
        self.by.is_some_and(|by| by.code == code)
    }

    pub(super) fn owner_of(&self, call: &Call) -> Option<usize> {
        self.names.of_call(call).or_else(|| self.assigned.get(&call.index).copied())
    }

    /// A call shows the number or hides it as its own phone has chosen.
    fn check_caller_id(&mut self, payload: &[u8]) {
        let dial = parcel::decode::<Dial>(payload, V).expect("a DIAL that can be read");
        if let Some(place) = dial.address.as_deref().and_then(names::of_access) {
            // The service knows the device by the number that it sees.
            assert!(self.names.is_by_service(place), "the service is called for phone {place}");
            assert_ne!(dial.clir, Clir::INVOCATION, "the service does not see who calls");
            self.tally.by_service += 1;
            return;
        }
        let by = self.by.expect("somebody dials");
        assert!(!self.names.is_by_service(by.place), "phone {} calls as the SIM", by.place);
        if let Some(wanted) = self.clir[by.place] {
            assert_eq!(dial.clir.0, wanted, "phone {} chose to show its number or not", by.place);
        }
    }

    /// The modem's radio is not taken from whoever is in an emergency call.
    fn check_radio_off(&self) {
        let by = self.by.map(|by| by.place);
        let in_call = self.modem.told_calls().iter().filter(|call| is_emergency_call(call));
        for call in in_call {
            let owner = self.owner_of(call);
            assert!(owner.is_none() || owner == by, "{by:?} ends the emergency call of {owner:?}");
        }
        assert!(!self.emergencies.any_of_another(by), "{by:?} takes the radio from an emergency call");
    }

    /// Whether a phone sends what makes no sense, which the router forwards for one that is alone with such requests.
    fn is_nonsense_sent(&self) -> bool {
        self.observed.is_some() && self.by.is_some()
    }

    /// The modem is shut down by a phone that may do so, and that is the last.
    fn check_shutdown(&self) {
        let by = self.by.filter(|by| by.code == RequestCode::SHUTDOWN).expect("a phone goes off").place;
        assert!(self.names.is_privileged(by), "phone {by} shuts the modem down without the privilege");
        assert!(!self.elsewhere.in_use, "phone {by} shuts the modem down while it is in use elsewhere");
        let other = self.clients.iter().find(|client| client.up && client.place != by);
        assert!(other.is_none(), "phone {by} shuts the modem down while phone {:?} is there", other.map(|it| it.place));
        let others_call = self.modem.told_calls().iter().find_map(|call| self.owner_of(call).filter(|it| *it != by));
        assert_eq!(others_call, None, "phone {by} shuts the modem down while another is in a call");
        self.check_radio_off();
    }

    fn check_channel(&self, channel: Option<i32>) {
        let Some(by) = self.by.filter(|by| is_about_channels(by.code)) else { return };
        // Another card gives the same numbers, and the router may not have heard yet that there is one.
        if self.cards.is_played {
            return;
        }
        let mut open = self.modem.model().sim.channels();
        let owner = open.find(|(number, _)| Some(*number) == channel).and_then(|(_, aid)| names::of_application(aid));
        assert!(owner.is_none_or(|owner| owner == by.place), "phone {} uses the channel of {owner:?}", by.place);
    }

    /// A data call is closed when nobody holds it, and no other in its place. That the modem gives a number to another
    /// call, no router can know before it is told that the first one is over.
    fn check_data_call(&mut self, cid: i32) {
        let holders = self.recorded.router.data_calls().find(|call| call.cid == cid).map(|call| call.holders);
        assert!(holders.is_none_or(|holders| holders.is_empty()), "data call {cid} is closed while it is held");
        // One phone alone may close what it likes.
        let is_shared = self.config.phone.iter().filter(|phone| phone.data).nth(1).is_some();
        if !is_shared || self.modem.has_to_say_that_it_is_over(cid) || self.modem.may_have_opened_late() {
            return;
        }
        let meant = self.recorded.router.data_calls().find(|call| call.cid == cid).map(|call| call.addresses);
        let call = self.modem.model().data.calls().find(|(call, _)| call.cid == cid);
        if let (Some(meant), Some((call, _))) = (meant, call) {
            assert_eq!(call.addresses, Some(meant), "another call is closed than data call {cid}");
        }
        let Some(by) = self.by.filter(|by| by.code == RequestCode::DEACTIVATE_DATA_CALL) else { return };
        let call = self.modem.model().data.calls().find(|(call, _)| call.cid == cid);
        let owner = call.and_then(|(_, apn)| names::of_apn(apn));
        assert!(owner.is_none_or(|owner| owner == by.place), "phone {} closes the data call of {owner:?}", by.place);
    }
}

/// Whether a DIAL goes to an emergency service.
pub(super) fn is_emergency(payload: &[u8]) -> bool {
    // The number comes first.
    let address = parcel::decode::<Text>(payload, V).ok().flatten();
    address.is_some_and(|address| names::is_emergency(&address))
}

/// Whether a call goes to an emergency service.
pub(super) fn is_emergency_call(call: &Call) -> bool {
    !call.is_mt && call.number.as_deref().is_some_and(names::is_emergency)
}

fn is_about_channels(code: RequestCode) -> bool {
    matches!(code, RequestCode::SIM_CLOSE_CHANNEL | RequestCode::SIM_TRANSMIT_APDU_CHANNEL)
}
