//! What can happen.

use std::time::Duration;

use ril_protocol::dialect::Shape;
use ril_protocol::{RilVersion, UnsolCode, parcel};
use rild_proxy::router::{Event, PhoneId, Record};

use super::names;
use super::world::{Sent, World};
use crate::dialogue::Recorded;

const V: RilVersion = RilVersion::COMMON;

/// The longest that a change waits to be made durable, while the store works.
const SLOWEST_STORE: Duration = Duration::from_secs(20);

/// How many calls ago somebody may have shown what somebody else shows again.
const MOST_SHOWN: usize = 3;

/// What the modem may not answer; refuse; or answer late.
const HANGS: &[&str] = &[
    "GET_IMEI",
    "SETUP_DATA_CALL",
    "SEND_SMS",
    "OPERATOR",
    "SIM_IO",
    "GET_CURRENT_CALLS",
    "DIAL",
    "LAST_CALL_FAIL_CAUSE",
];
const FAILS: &[&str] = &[
    "DIAL",
    "SETUP_DATA_CALL",
    "DEACTIVATE_DATA_CALL",
    "SEND_SMS",
    "SMS_ACKNOWLEDGE",
    "SIM_IO",
    "RADIO_POWER",
    "SIM_CLOSE_CHANNEL",
    "LAST_CALL_FAIL_CAUSE",
];
const DELAYS: &[&str] =
    &["DIAL", "SETUP_DATA_CALL", "OPERATOR", "GET_SIM_STATUS", "SIM_OPEN_CHANNEL", "LAST_CALL_FAIL_CAUSE"];

impl World {
    pub(super) fn step(&mut self) {
        if self.cdma.is_played && self.rng.u8(0..6) == 0 {
            return self.something_of_cdma();
        }
        if self.cards.is_played && self.rng.u8(0..8) == 0 {
            return self.something_of_cards();
        }
        match self.rng.u8(0..216) {
            0..60 => self.modem_speaks(),
            60..96 => self.a_phone_speaks(),
            96..116 => self.time_passes(),
            116..136 => self.a_phone_acts(),
            136..148 => self.a_phone_takes_its_message(),
            148..164 => self.the_network_acts(),
            164..176 => self.the_store_works(),
            176..182 => self.the_service_acts(),
            182..188 => self.a_client_comes_or_goes(),
            188..190 => self.foreground(),
            190..192 => self.emergency(),
            192 => self.calm(),
            193..195 => self.modem.double_next = true,
            195..197 => self.something_breaks(),
            197 => self.the_store_fails_or_works_again(),
            198..204 => self.the_service_acts(),
            204..206 => self.something_happens_elsewhere(),
            206..208 => self.something_is_mended(),
            _ => self.something_is_broadcast(),
        }
    }

    fn modem_speaks(&mut self) {
        if !self.linked {
            return;
        }
        // Mostly in order; answers may overtake one another.
        let place = if self.rng.u8(0..8) == 0 { self.rng.usize(0..self.modem.waiting().max(1)) } else { 0 };
        if let Some(body) = self.modem.speak(place) {
            self.event(Event::FromModem(&body));
        }
    }

    fn a_phone_speaks(&mut self) {
        let place = self.any_phone();
        if let Some(body) = self.clients[place].send() {
            self.phone_says(place, &body);
        }
    }

    fn a_phone_acts(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up {
            self.clients[place].act(&mut self.rng);
        }
    }

    fn a_phone_takes_its_message(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up {
            let taken = self.rng.u8(0..5) > 0;
            self.clients[place].acknowledge(taken);
        }
    }

    fn time_passes(&mut self) {
        let jump = match self.rng.u8(0..20) {
            0 => Duration::from_secs(self.rng.u64(1..400)),
            1..5 => Duration::from_millis(self.rng.u64(1..5000)),
            _ => self.modem.deadline().map_or(Duration::ZERO, |due| due.saturating_sub(self.now)),
        };
        // A disk takes its time, but not for ever.
        if self.store.waiting_since().is_some_and(|since| self.now + jump > since + SLOWEST_STORE) {
            self.store_commits(usize::MAX);
        }
        self.let_time_pass(jump);
    }

    pub(super) fn let_time_pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.hear_news();
            let deadlines = [self.modem.deadline(), self.recorded.router.deadline()];
            let Some(due) = deadlines.into_iter().flatten().min().filter(|due| *due <= until) else { break };
            self.set_time(self.now.max(due));
            self.modem.tick(self.now);
            if self.recorded.router.deadline().is_some_and(|deadline| deadline <= self.now) {
                self.event(Event::Tick);
                let next = self.recorded.router.deadline();
                assert!(next.is_none_or(|next| next > self.now), "the router's deadline stays in the past");
            }
        }
        self.hear_news();
        self.set_time(until);
    }

    /// An answer may take its time. What the modem says of itself is on its way for no more than a moment: a router
    /// that hears it minutes late cannot tell what it is about.
    pub(super) fn hear_news(&mut self) {
        while self.linked
            && let Some(body) = self.modem.news()
        {
            self.event(Event::FromModem(&body));
        }
    }

    fn the_network_acts(&mut self) {
        let owner = self.any_phone();
        self.numbers += 1;
        let n = self.numbers;
        let line = match self.rng.u8(0..20) {
            0..4 => self.somebody_calls(owner, n),
            4..9 => {
                let text = names::text(owner, n);
                let from = self.somebody_for(owner, n);
                self.sent.push(Sent { place: owner, text: text.clone(), by_service: false });
                format!("sms send +{} {text}", from.trim_start_matches('+'))
            }
            9 | 10 => self.far_end_hangs_up(),
            11 => format!("gsm signal {}", self.rng.u8(0..32)),
            12 => format!("data drop {}", self.rng.u8(1..4)),
            13 if !self.modem.awaits_ussd => return self.the_network_says_something(),
            14 => "nitz".to_owned(),
            15 => format!("gsm voice {}", if self.rng.bool() { "home" } else { "searching" }),
            16..18 => {
                let random = self.rng.usize(..);
                self.service.hints.any_announced(random).map_or("nitz".to_owned(), |number| format!("call {number}"))
            }
            18 => return self.the_vendor_says_something(),
            _ if self.names.tagging.has_key() && self.rng.bool() => return self.somebody_forges_a_text(),
            _ => format!("remote hold #{}", self.rng.u8(1..4)),
        };
        self.modem.console(self.now, &line);
    }

    /// A caller's number, as one who means this phone shows it: by the service, whose clock is not the router's; or
    /// without it, and perhaps as if it were by it.
    pub(super) fn somebody_for(&mut self, owner: usize, n: u32) -> String {
        match self.rng.u8(0..8) {
            0 => names::stranger(n),
            1 => self.names.forged(owner, n).unwrap_or_else(|| names::stranger(n)),
            2 => self.names.caller(owner, n, -1),
            3 => self.names.caller(owner, n, 1),
            _ => self.names.caller(owner, n, 0),
        }
    }

    /// Somebody calls, or shows what another caller has shown.
    fn somebody_calls(&mut self, owner: usize, n: u32) -> String {
        let number = match self.shown.first() {
            Some(shown) if self.rng.u8(0..6) == 0 => shown.clone(),
            _ => self.somebody_for(owner, n),
        };
        if self.shown.len() >= MOST_SHOWN {
            self.shown.remove(0);
        }
        self.shown.push(number.clone());
        format!("call {number}")
    }

    /// The modem says something that only its vendor knows.
    fn the_vendor_says_something(&mut self) {
        let text = self.config.dialect_text().expect("a dialect");
        let own: Vec<_> = text.unsolicited.iter().filter(|entry| entry.is.is_none()).collect();
        let Some(entry) = own.get(self.rng.usize(0..own.len().max(1))) else { return };
        let numbers = [1, 2, 3, 4, self.numbers].map(|number| i32::try_from(number).unwrap_or_default());
        let payload = match entry.particulars {
            Shape::Ints => parcel::encode(&numbers.to_vec(), V),
            Shape::Strings => parcel::encode(&numbers.map(|number| Some(number.to_string())).to_vec(), V),
            Shape::Text => parcel::encode(&Some("am start".to_owned()), V),
            _ => Vec::new(),
        };
        let code = self.dialect.unsolicited_named(UnsolCode(entry.code));
        self.modem.say_of_vendor(code, &payload);
    }

    /// Who asks the network something after this was said, but before it was heard, would take it for the answer.
    fn the_network_says_something(&mut self) {
        self.modem.console(self.now, "ussd notify Something");
        self.hear_news();
    }

    /// Calls end for causes that say whose they were; unless the router has not heard of the call: one that comes and
    /// goes between two of its looks, it cannot tell from none.
    fn far_end_hangs_up(&mut self) -> String {
        let calls = self.modem.model().calls.report();
        let Some(call) = calls.get(self.rng.usize(0..calls.len().max(1))) else { return "nitz".to_owned() };
        match self.names.of_call(call) {
            Some(owner) if self.modem.is_told(call) => format!("hangup #{} {}", call.index, names::cause(owner)),
            _ => format!("hangup #{}", call.index),
        }
    }

    fn the_store_works(&mut self) {
        let changes = self.rng.usize(0..=self.store.waiting());
        if changes > 0 {
            self.store_commits(changes);
        }
    }

    /// So many more changes are durable, if any can be.
    pub(super) fn store_commits(&mut self, changes: usize) {
        if self.store.failing {
            return;
        }
        let done = self.store.commit(changes);
        self.store_is_behind &= self.store.waiting() > 0;
        self.event(Event::Stored(done));
    }

    fn the_store_fails_or_works_again(&mut self) {
        let failing = !self.store.failing;
        self.store_fails(failing);
    }

    pub(super) fn store_fails(&mut self, failing: bool) {
        self.store.failing = failing;
        self.store_is_behind |= failing;
        self.event(Event::StoreFailing(failing));
    }

    fn a_client_comes_or_goes(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up {
            self.clients[place].leave();
            self.event(Event::PhoneDown(PhoneId(place)));
        } else {
            self.come(place);
        }
    }

    fn foreground(&mut self) {
        let place = self.any_phone();
        self.recorded.set_foreground(PhoneId(place), &mut self.actions);
        self.carry_out();
    }

    fn emergency(&mut self) {
        let place = self.any_phone();
        if self.clients[place].up {
            self.clients[place].call_for_help(&mut self.rng);
        }
    }

    fn something_breaks(&mut self) {
        match self.rng.u8(0..6) {
            0 => self.restart_root(),
            1 => {
                let how = ["", " off", " same"][self.rng.usize(0..3)];
                self.modem.console(self.now, &format!("radio crash{how}"));
            }
            2 if self.linked => {
                self.linked = false;
                self.event(Event::ModemDown);
            }
            3 => {
                let request = HANGS[self.rng.usize(0..HANGS.len())];
                self.modem.console(self.now, &format!("hang {request}"));
            }
            4 => {
                let request = FAILS[self.rng.usize(0..FAILS.len())];
                self.modem.console(self.now, &format!("fail {request} GENERIC_FAILURE 1"));
            }
            _ => {
                let request = DELAYS[self.rng.usize(0..DELAYS.len())];
                self.modem.console(self.now, &format!("delay {request} {}", self.rng.u32(1..200_000)));
            }
        }
    }

    pub(super) fn something_is_mended(&mut self) {
        self.modem.console(self.now, "faults clear");
        if !self.linked {
            self.link();
        }
    }

    /// Root is killed and starts again. The modem side lives on, as an existing rild does.
    pub(super) fn restart_root(&mut self) {
        self.tally.restarts += 1;
        if self.store_is_behind {
            for (client, confirmed) in self.clients.iter().zip(&self.confirmed_for_good) {
                self.may_come_again.extend_from_slice(&client.confirmed[*confirmed..]);
            }
        }
        let committed = self.rng.usize(0..=self.store.waiting());
        let is_durable = !self.store.failing && committed == self.store.waiting();
        self.names.root_is_killed(self.modem.is_quiet(), is_durable);
        self.store.crash(committed);
        self.names.root_knows_nothing(self.store.records().is_empty());
        self.store_is_behind = false;
        for client in &mut self.clients {
            client.leave();
        }
        self.in_need.extend(self.emergencies.root_gone());
        self.elsewhere.forget();
        self.broadcasts.root_gone();
        self.cdma.root_gone();
        self.cards.root_gone();
        self.unsettled.root_gone();
        self.assigned.clear();
        self.service.root_gone();
        // What a phone chose last may not have become durable.
        self.clir.fill(None);
        let lines = std::mem::replace(&mut self.recorded, Recorded::new(&self.config, None, false));
        self.recorded = lines.again(&self.config);
        self.minute = None;
        for (kind, key, value) in self.store.records() {
            self.event(Event::Recall(Record { kind, key: &key, value: &value }));
        }
        // A call whose own record did not become durable may have its cid in the record of an older one.
        let calls = self.modem.model().data.calls();
        let unknown = calls.map(|(call, _)| call).filter(|call| {
            !self.recorded.router.data_calls().any(|known| {
                let is_alike = Some(known.pdp_type.as_str()) == call.pdp_type.as_deref();
                known.cid == call.cid && is_alike && Some(known.addresses.as_str()) == call.addresses.as_deref()
            })
        });
        let unknown: Vec<i32> = unknown.map(|call| call.cid).collect();
        for cid in unknown {
            self.modem.forget_data(cid);
        }
        self.linked = false;
        self.link();
    }
}
