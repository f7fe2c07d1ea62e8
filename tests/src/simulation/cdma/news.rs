//! What the modem says of its own accord that only CDMA has, and who hears it: once, and nobody else.

use ril_protocol::payload::call::Call;
use ril_protocol::payload::cdma::{CallWaiting, SignalInfo};
use ril_protocol::{RequestCode, UnsolCode, parcel};

use super::texts::V;
use crate::simulation::world::World;

/// What is heard by those alone that it is for.
const NEWS: [UnsolCode; 8] = [
    UnsolCode::CDMA_CALL_WAITING,
    UnsolCode::CDMA_INFO_REC,
    UnsolCode::CDMA_OTA_PROVISION_STATUS,
    UnsolCode::CDMA_PRL_CHANGED,
    UnsolCode::CDMA_RUIM_SMS_STORAGE_FULL,
    UnsolCode::CDMA_SUBSCRIPTION_SOURCE_CHANGED,
    UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE,
    UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE,
];

/// Whether this is one of them.
pub(in crate::simulation) fn is_news(code: UnsolCode) -> bool {
    NEWS.contains(&code)
}

fn is_of_callback_mode(code: UnsolCode) -> bool {
    matches!(code, UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE | UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE)
}

/// Who is to hear what the router hears just now.
pub(super) struct Expected {
    code: UnsolCode,
    /// Each phone, unless that is in doubt.
    who: Vec<Option<bool>>,
    /// No more than one of them.
    one: bool,
    /// The caller that is shown.
    caller: Option<String>,
}

impl World {
    /// The modem says something that its model does not make it say.
    pub(super) fn the_cdma_modem_says_something(&mut self) {
        let number = i32::try_from(self.numbers % 100).unwrap_or_default();
        let numbers = parcel::encode(&vec![number], V);
        let (code, payload) = match self.rng.u8(0..6) {
            0 => (UnsolCode::CDMA_SUBSCRIPTION_SOURCE_CHANGED, numbers),
            1 => (UnsolCode::CDMA_PRL_CHANGED, numbers),
            2 => (UnsolCode::CDMA_OTA_PROVISION_STATUS, numbers),
            3 => (UnsolCode::CDMA_RUIM_SMS_STORAGE_FULL, Vec::new()),
            4 => {
                self.modem.console(self.now, &format!("cdma info display Number {number}"));
                return;
            }
            // A call that rings tells how.
            _ if self.modem.told_calls().iter().any(|call| call.state.is_ringing()) => {
                let signal = SignalInfo { is_present: true, signal_type: 2, alert_pitch: 1, signal: number };
                (UnsolCode::CALL_RING, parcel::encode(&Some(signal), V))
            }
            _ => return,
        };
        self.modem.say_of_network(code, &payload);
    }

    /// The router is about to hear some of that.
    pub(super) fn news_comes(&mut self, code: UnsolCode, payload: &[u8]) {
        let up = |world: &Self, is: &dyn Fn(usize) -> bool| {
            (0..world.clients.len()).map(|place| Some(world.clients[place].up && is(place))).collect::<Vec<_>>()
        };
        let mut expected = Expected { code, who: Vec::new(), one: false, caller: None };
        expected.who = match code {
            UnsolCode::CDMA_CALL_WAITING => {
                let waiting: CallWaiting = parcel::decode(payload, V).expect("a waiting call that can be read");
                let (owner, caller) = self.meant_by(&waiting.number.unwrap_or_default());
                self.cdma.waiting.waits(self.now, owner);
                expected.caller = Some(caller);
                up(self, &|place| place == owner)
            }
            UnsolCode::CDMA_INFO_REC => {
                expected.one = true;
                self.who_may_be_in_a_call()
            }
            UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE => {
                let who = self.who_is_called_back();
                self.callback_mode_begins();
                who
            }
            UnsolCode::EXIT_EMERGENCY_CALLBACK_MODE => {
                self.callback_mode_ends();
                self.who_is_not_called_back_any_more()
            }
            UnsolCode::CDMA_OTA_PROVISION_STATUS | UnsolCode::CDMA_RUIM_SMS_STORAGE_FULL => {
                up(self, &|place| self.names.is_privileged(place))
            }
            _ => up(self, &|_| true),
        };
        self.cdma.expected = Some(expected);
    }

    /// Who may be taken for the one whose call is going on: whose call is known, or anybody.
    fn who_may_be_in_a_call(&self) -> Vec<Option<bool>> {
        let calls: Vec<&Call> = self.modem.told_calls().iter().collect();
        let owners: Vec<Option<usize>> = calls.iter().map(|call| self.owner_of(call)).collect();
        // A list that came late may have told the router that there are none.
        let has_calls = self.recorded.router.calls().next().is_some();
        let is_known = !owners.is_empty() && !owners.contains(&None) && self.cdma.waiting.in_front().is_none();
        let is_known = is_known && has_calls;
        let who = (0..self.clients.len()).map(|place| {
            let may = self.clients[place].up && (!is_known || owners.contains(&Some(place)));
            if may { None } else { Some(false) }
        });
        who.collect()
    }

    /// After each event: who has heard of it was to hear it, once.
    pub(super) fn check_news(&mut self) {
        let expected = self.cdma.expected.take();
        let mut hearers = Vec::new();
        for place in 0..self.clients.len() {
            let may_end = self.is_called_back(place) != Some(false);
            let client = &mut self.clients[place];
            for code in NEWS {
                let times = client.news.iter().filter(|(heard, _)| *heard == code).count();
                let of_modem = expected.as_ref().filter(|expected| expected.code == code);
                let is_to = match of_modem {
                    Some(expected) => expected.who[place],
                    // The router says so itself when the modem does not, and tells who calls for help meanwhile.
                    None if is_of_callback_mode(code) && may_end => None,
                    None => Some(false),
                };
                let heard = times > 0;
                assert!(is_to.is_none_or(|is_to| is_to == heard), "phone {place} hears {code}: {heard}");
                assert!(times <= 1, "phone {place} hears {code} {times} times");
                hearers.extend((heard && of_modem.is_some()).then_some(place));
                self.tally.news += u64::from(heard);
            }
            let waiting = client.news.drain(..).find(|(code, _)| *code == UnsolCode::CDMA_CALL_WAITING);
            if let (Some((_, payload)), Some(caller)) = (waiting, expected.as_ref().and_then(|it| it.caller.as_ref())) {
                let waiting: CallWaiting = parcel::decode(&payload, V).expect("a waiting call that can be read");
                assert_eq!(waiting.number.unwrap_or_default(), *caller, "phone {place} is shown another caller");
            }
        }
        let Some(expected) = expected else { return };
        assert!(!expected.one || hearers.len() <= 1, "phones {hearers:?} hear of one's call");
        if expected.code == UnsolCode::ENTER_EMERGENCY_CALLBACK_MODE {
            self.are_told_of_callback_mode(&hearers);
        }
    }

    /// What is on the card is shared by all, and changed by privileged phones.
    pub(super) fn check_ruim(&self, code: RequestCode) {
        let by = self.by.filter(|by| by.code == code).expect("a phone asks").place;
        assert!(self.names.is_privileged(by), "phone {by} changes what is on the RUIM");
    }
}
