//! What happens in a pair: to one run, privately, and to both.

use std::time::Duration;

use ril_protocol::RequestCode;
use ril_protocol::frame::Request;
use ril_protocol::messages::Class;
use rild_proxy::config::{Incoming, OnSwitch};
use rild_proxy::router::{Event, PhoneId};
use serde_json::json;

use super::private::{ANYTHING, PRIVATE, When};
use super::{Terms, is_the_hidden_phones};
use crate::simulation::names;
use crate::simulation::world::World;

/// What is refused by the modem for as long as that is ordered, whoever asks. Nothing of which an answer is kept.
const FAILS: &[&str] =
    &["DIAL", "SEND_SMS", "SETUP_DATA_CALL", "DEACTIVATE_DATA_CALL", "SIM_OPEN_CHANNEL", "SIM_CLOSE_CHANNEL"];

/// A request that ril.h does not know.
const UNKNOWN: RequestCode = RequestCode(4711);

/// How often a phone that floods asks.
const FLOOD: i32 = 1100;

impl World {
    /// All phones are there, and the modem.
    pub(super) fn begin(&mut self, terms: &Terms) {
        self.link();
        for place in 0..self.clients.len() {
            self.come(place);
            self.says_what_it_wants(terms, place);
        }
        self.all_is_heard(terms);
    }

    /// The hidden phone does something, or something is done to it.
    pub(super) fn something_private(&mut self, terms: &Terms) {
        let hidden = terms.hidden;
        if !self.clients[hidden].up {
            if self.rng.u8(0..4) == 0 {
                self.come(hidden);
            }
            return self.hears(terms);
        }
        match self.rng.u8(0..100) {
            0..70 => self.asks_something_private(terms),
            70..78 => {
                let taken = self.rng.u8(0..5) > 0;
                self.clients[hidden].acknowledge(taken);
            }
            // The network sends one at a time: what is not heard and acknowledged at once keeps the others waiting.
            78..86 if terms.prompt && self.names.has_telephony(hidden) && self.is_in_reach() => {
                let n = self.rng.u32(..);
                let line = format!("sms send +{} {}", self.names.caller(hidden, n, 0), names::text(hidden, n));
                self.modem.console(self.now, &line);
            }
            86..90 if self.may_have_a_call(terms) => {
                let n = self.rng.u32(..);
                self.modem.console(self.now, &format!("call {}", self.names.caller(hidden, n, 0)));
            }
            90..93 if terms.calls_are_its_own => {
                let calls = self.modem.model().calls.report();
                if let Some(call) = calls.get(self.rng.usize(0..calls.len().max(1))) {
                    self.modem.console(self.now, &format!("hangup #{}", call.index));
                }
            }
            93..95 => self.says_nonsense(terms),
            95 => self.floods(hidden),
            // A privileged one that leaves hands on the SIM toolkit, and messages for the SIM.
            96..98 if terms.anchor.is_some() && self.is_private(terms, When::Unprivileged) => {
                self.clients[hidden].leave();
                self.event(Event::PhoneDown(PhoneId(hidden)));
            }
            _ => {}
        }
        self.says_all(terms, hidden);
        self.hears(terms);
    }

    /// Something happens that has nothing to do with the hidden phone.
    pub(super) fn something_common(&mut self, terms: &Terms) {
        match self.rng.u8(0..100) {
            0..38 => {
                let place = self.another_phone(terms);
                if self.clients[place].up {
                    self.clients[place].act(&mut self.rng);
                }
                self.says_all(terms, place);
            }
            38..50 => {
                let place = self.another_phone(terms);
                if self.clients[place].up {
                    let taken = self.rng.u8(0..5) > 0;
                    self.clients[place].acknowledge(taken);
                }
                self.says_all(terms, place);
            }
            50..66 => self.the_network_does_something(terms),
            66..80 => self.a_while_passes(terms),
            80..84 => self.all_is_heard(terms),
            84..87 => {
                self.service.up = !self.service.up;
                let event = if self.service.up { Event::ServiceUp } else { Event::ServiceDown };
                self.event(event);
            }
            87..91 => self.another_comes_or_goes(terms),
            91..94 => self.another_gets_the_screen(terms),
            94 if terms.others_have_calls() => {
                let place = self.another_phone(terms);
                if self.clients[place].up {
                    self.clients[place].call_for_help(&mut self.rng);
                }
                self.says_all(terms, place);
            }
            95 => self.something_ends(terms),
            96 => {
                let request = FAILS[self.rng.usize(0..FAILS.len())];
                self.modem.console(self.now, &format!("fail {request} GENERIC_FAILURE 1000000"));
            }
            _ => drop(self.modem.console(self.now, "faults clear")),
        }
        self.hears(terms);
    }

    fn another_phone(&mut self, terms: &Terms) -> usize {
        (terms.hidden + 1 + self.rng.usize(0..self.clients.len() - 1)) % self.clients.len()
    }

    // Phones.

    fn asks_something_private(&mut self, terms: &Terms) {
        let hidden = terms.hidden;
        let (code, when, template) = PRIVATE[self.rng.usize(0..PRIVATE.len())];
        // A message that it has is acknowledged elsewhere.
        if !self.is_private(terms, when) || self.clients[hidden].has_message() && is_acknowledgement(code) {
            return;
        }
        if template == ANYTHING {
            let nonsense = self.nonsense();
            return self.clients[hidden].ask_with(code, &nonsense);
        }
        let arguments = self.arguments(hidden, template);
        self.clients[hidden].ask(code, arguments);
    }

    fn nonsense(&mut self) -> Vec<u8> {
        (0..self.rng.usize(0..40)).map(|_| self.rng.u8(..)).collect()
    }

    /// Frames that are no requests, requests with arguments that are none, and one that nobody knows.
    fn says_nonsense(&mut self, terms: &Terms) {
        let hidden = terms.hidden;
        let nonsense = self.nonsense();
        let (code, ..) = PRIVATE[self.rng.usize(0..PRIVATE.len())];
        match self.rng.u8(0..3) {
            0 => {
                let body = &nonsense[..nonsense.len().min(7)];
                self.recorded.handle(Event::FromPhone(PhoneId(hidden), body), &mut self.actions);
                self.carry_out();
            }
            1 if self.is_private(terms, When::Unprivileged) => self.clients[hidden].ask_with(UNKNOWN, &nonsense),
            _ if self.is_private(terms, When::Unprivileged)
                && !is_acknowledgement(code)
                && PRIVATE.iter().any(|(other, when, _)| *other == code && self.is_private(terms, *when)) =>
            {
                self.clients[hidden].ask_with(code, &nonsense);
            }
            _ => {}
        }
    }

    fn floods(&mut self, place: usize) {
        for n in 0..FLOOD {
            let code = if n % 2 == 0 { RequestCode::GET_ACTIVITY_INFO } else { RequestCode::GET_CURRENT_CALLS };
            self.clients[place].ask(code, json!(null));
        }
    }

    /// A phone sends all that it has to say, but for what it must not in this pair.
    fn says_all(&mut self, terms: &Terms, place: usize) {
        while let Some(body) = self.clients[place].send() {
            let code = Request::parse(&body).expect("clients send requests").code;
            let is_common = place != terms.hidden;
            let is_anchors =
                Some(place) == terms.anchor && matches!(code, RequestCode::RADIO_POWER | RequestCode::SHUTDOWN);
            if is_common && (is_anchors || is_the_hidden_phones(terms, code) || self.is_confirmed_or_refused(code)) {
                continue;
            }
            self.event(Event::FromPhone(PhoneId(place), &body));
            self.hears(terms);
        }
    }

    /// Whether a setting is confirmed where another phone's wish has brought it about, and else refused by a modem that
    /// has no radio; and whether a list is known where no other phone had calls in an earlier life.
    fn is_confirmed_or_refused(&self, code: RequestCode) -> bool {
        let is_setting =
            code == RequestCode::DATA_CALL_LIST || code.row().is_some_and(|row| row.class == Class::Aggregated);
        is_setting && code != RequestCode::RADIO_POWER && !self.recorded.router.radio().is_on()
    }

    /// A client that has come asks what it asks, and the one that keeps the radio on says so.
    fn says_what_it_wants(&mut self, terms: &Terms, place: usize) {
        self.says_all(terms, place);
        if Some(place) == terms.anchor {
            self.clients[place].ask(RequestCode::RADIO_POWER, json!([1]));
            while let Some(body) = self.clients[place].send() {
                self.event(Event::FromPhone(PhoneId(place), &body));
            }
        }
        self.hears(terms);
    }

    /// Lists of what there is.
    fn others_ask_what_there_is(&mut self, terms: &Terms) {
        for place in (0..self.clients.len()).filter(|place| *place != terms.hidden) {
            if self.clients[place].up {
                self.clients[place].ask(RequestCode::GET_CURRENT_CALLS, json!(null));
                self.clients[place].ask(RequestCode::DATA_CALL_LIST, json!(null));
                self.says_all(terms, place);
            }
        }
        self.settles();
    }

    /// Whether what the network sends is heard at once.
    fn is_in_reach(&self) -> bool {
        let model = self.modem.model();
        self.linked
            && model.radio().is_on()
            && model.network.voice_now().in_service()
            && model.sms.inbox.undelivered() == 0
    }

    fn another_comes_or_goes(&mut self, terms: &Terms) {
        let place = self.another_phone(terms);
        if Some(place) == terms.anchor {
            return;
        }
        self.all_is_heard(terms);
        if self.clients[place].up {
            self.clients[place].leave();
            self.event(Event::PhoneDown(PhoneId(place)));
        } else {
            self.come(place);
            self.says_what_it_wants(terms, place);
        }
    }

    fn another_gets_the_screen(&mut self, terms: &Terms) {
        let place = self.any_phone();
        // With "deny" the calls of the phone in front forbid it, with "drop" they end.
        let hangs_on_calls = terms.calls_are_its_own && self.config.calls.on_switch == OnSwitch::Deny;
        if hangs_on_calls || place == terms.hidden && !terms.may_be_in_front {
            return;
        }
        self.recorded.set_foreground(PhoneId(place), &mut self.actions);
        self.carry_out();
    }

    /// Whether somebody may call the hidden phone: an incoming call may bring it to the front.
    fn may_have_a_call(&self, terms: &Terms) -> bool {
        terms.calls_are_its_own
            && self.names.has_telephony(terms.hidden)
            && self.config.calls.incoming != Incoming::Switch
    }

    // The network.

    fn the_network_does_something(&mut self, terms: &Terms) {
        let owner = self.another_phone(terms);
        self.numbers += 1;
        let n = self.numbers;
        let line = match self.rng.u8(0..18) {
            0..3 if self.may_call_others(terms) && self.names.has_telephony(owner) => {
                format!("call {}", self.names.caller(owner, n, 0))
            }
            3 if self.may_call_others(terms) && !self.may_be_default(terms) => format!("call 15550299{:03}", n % 1000),
            4..8 => {
                let text = names::text(owner, n);
                format!("sms send +{} {text}", self.names.caller(owner, n, 0))
            }
            8 => format!("sms send +15550298{:03} for all #{n}", n % 1000),
            9 | 10 if terms.others_have_calls() => {
                let calls = self.modem.model().calls.report();
                match calls.get(self.rng.usize(0..calls.len().max(1))) {
                    Some(call) => format!("hangup #{}", call.index),
                    None => return,
                }
            }
            11 => format!("gsm signal {}", self.rng.u8(0..32)),
            12 | 13 => match self.data_call_of_others(terms) {
                Some(cid) => format!("data drop {cid}"),
                None => return,
            },
            14 => "nitz".to_owned(),
            15 => format!("gsm voice {}", if self.rng.bool() { "home" } else { "searching" }),
            16 if terms.others_have_calls() => format!("remote hold #{}", self.rng.u8(1..4)),
            17 => format!("cb {} news", self.rng.u8(0..60)),
            _ => return,
        };
        self.modem.console(self.now, &line);
    }

    /// Whether somebody may call the others. Of a call that comes while the modem side is away nobody says anything: it
    /// is known when any phone asks for its calls, and the hidden one may.
    fn may_call_others(&self, terms: &Terms) -> bool {
        terms.others_have_calls() && self.linked
    }

    /// Whether what is for nobody may be for the hidden phone: for the one in front, or else the first with telephony.
    fn may_be_default(&self, terms: &Terms) -> bool {
        let first = (0..self.clients.len()).find(|place| self.names.has_telephony(*place));
        terms.may_be_in_front || first == Some(terms.hidden)
    }

    /// A data call that is not the hidden phone's, chosen by what its number has no part in.
    fn data_call_of_others(&mut self, terms: &Terms) -> Option<i32> {
        let own = names::apn(terms.hidden);
        let mut calls: Vec<(String, String, i32)> = self
            .modem
            .model()
            .data
            .calls()
            .filter(|(_, apn)| *apn != own)
            .map(|(call, apn)| (apn.to_owned(), call.pdp_type.clone().unwrap_or_default(), call.cid))
            .collect();
        calls.sort();
        calls.get(self.rng.usize(0..calls.len().max(1))).map(|(_, _, cid)| *cid)
    }

    // What ends, and time.

    fn something_ends(&mut self, terms: &Terms) {
        // What is under way arrives; what does not keeps the others waiting until the network sends it again.
        self.lets_pass(terms, Duration::from_millis(100));
        match self.rng.u8(0..3) {
            0 => {
                self.restart_root();
                for place in 0..self.clients.len() {
                    self.come(place);
                    self.says_what_it_wants(terms, place);
                }
                self.all_is_heard(terms);
            }
            1 => {
                let how = ["", " off", " same"][self.rng.usize(0..3)];
                self.modem.console(self.now, &format!("radio crash{how}"));
            }
            _ if self.linked => {
                self.linked = false;
                self.event(Event::ModemDown);
            }
            _ => self.link(),
        }
        self.all_is_heard(terms);
    }

    fn a_while_passes(&mut self, terms: &Terms) {
        let jump = match self.rng.u8(0..20) {
            0 => Duration::from_secs(self.rng.u64(1..400)),
            1..6 => Duration::from_millis(self.rng.u64(1..5000)),
            _ => Duration::from_millis(self.rng.u64(1..20)),
        };
        self.lets_pass(terms, jump);
    }

    fn lets_pass(&mut self, terms: &Terms, time: Duration) {
        self.all_is_heard(terms);
        let until = self.now + time;
        loop {
            self.settles();
            let deadlines = [self.modem.deadline(), self.recorded.router.deadline()];
            let Some(due) = deadlines.into_iter().flatten().min().filter(|due| *due <= until) else { break };
            self.now = self.now.max(due);
            self.recorded.set_time(self.now);
            self.modem.tick(self.now);
            self.settles();
            if self.recorded.router.deadline().is_some_and(|deadline| deadline <= self.now) {
                self.event(Event::Tick);
            }
        }
        self.now = until;
        self.recorded.set_time(until);
        self.all_is_heard(terms);
    }

    /// What has happened is heard: everything, or what the modem says of its own accord.
    fn hears(&mut self, terms: &Terms) {
        if terms.prompt { self.settles() } else { self.hear_news() }
    }

    /// The modem says what it has to say, and what is to be stored is.
    fn settles(&mut self) {
        loop {
            self.hear_news();
            if self.linked
                && let Some(body) = self.modem.speak(0)
            {
                self.event(Event::FromModem(&body));
            } else if self.store.waiting() > 0 {
                self.store_commits(usize::MAX);
            } else {
                return;
            }
        }
    }

    /// So it is, and the clients hear what they were told.
    pub(super) fn all_is_heard(&mut self, terms: &Terms) {
        self.settles();
        if self.observed.as_mut().is_some_and(|observed| observed.is_calm()) && self.recorded.router.radio().is_on() {
            self.others_ask_what_there_is(terms);
        }
        let unheard = self.observed.as_mut().map(|observed| observed.complete()).unwrap_or_default();
        for (place, body) in unheard {
            self.hears_from_root(place, &body);
        }
    }
}

fn is_acknowledgement(code: RequestCode) -> bool {
    matches!(code, RequestCode::SMS_ACKNOWLEDGE | RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU)
}
