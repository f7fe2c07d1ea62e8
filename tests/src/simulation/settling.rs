//! Moments in which all have said and heard what they have to, and the end, at which nothing may be left over.

use std::time::Duration;

use ril_protocol::RequestCode;
use ril_protocol::payload::call::Call;
use ril_protocol::payload::radio::RadioState;
use rild_proxy::router::Event;
use serde_json::{Value, json};

use super::names;
use super::world::{Sent, World};

impl World {
    /// Everybody is let finish, as far as the faults of the moment allow; then what all believe must add up.
    pub(super) fn calm(&mut self) {
        self.let_everybody_finish();
        if !self.is_calm() {
            return;
        }
        for client in self.clients.iter_mut().filter(|client| client.up) {
            client.ask(RequestCode::GET_CURRENT_CALLS, Value::Null);
            client.ask(RequestCode::DATA_CALL_LIST, Value::Null);
        }
        self.phones_look_at_the_card();
        self.let_everybody_finish();
        if self.is_calm() {
            assert!(!self.modem.has_questions(), "the modem waits for an answer that only its vendor knows");
            // A router that got no list of calls looks again a few times, and then when somebody asks who may have
            // calls.
            if self.clients.iter().any(|client| client.up && self.names.has_telephony(client.place)) {
                self.check_calls();
                self.check_ended_elsewhere();
            }
            self.check_data_calls();
            self.check_broadcasts();
            self.check_cdma_at_rest();
            self.check_cards_at_rest();
            self.tally.calm += 1;
        }
    }

    /// The modem works, and the router waits for nothing that it said.
    fn is_calm(&self) -> bool {
        let model = self.modem.model();
        let works = model.radio() != RadioState::UNAVAILABLE && model.faults.list().is_empty();
        self.linked && works && self.modem.is_quiet()
    }

    /// Each call at the modem is one phone's, which sees it as it is.
    fn check_calls(&self) {
        let at_modem = self.modem.model().calls.report();
        let known: Vec<_> = self.recorded.router.calls().collect();
        for call in &at_modem {
            let of_it = known.iter().filter(|view| view.modem_index == call.index && view.call.is_mt == call.is_mt);
            assert_eq!(of_it.count(), 1, "the router does not know the modem's call {}", call.index);
        }
        assert_eq!(known.len(), at_modem.len(), "the router knows calls that the modem has not");
        for (client, view) in self.clients.iter().zip(self.recorded.router.phones()).filter(|(client, _)| client.up) {
            let own = known.iter().filter(|view| view.phone.0 == client.place).map(|view| &view.call);
            let mut own: Vec<&Call> = own.collect();
            // Nothing rings in airplane mode.
            own.retain(|call| view.radio.is_on() || !call.state.is_ringing());
            // A phone's list is in the order of its own indices.
            own.sort_by_key(|call| call.index);
            if at_modem.is_empty() {
                assert!(client.calls.len() <= 1, "phone {} sees calls that there are not", client.place);
            } else {
                assert_eq!(
                    client.calls.iter().collect::<Vec<_>>(),
                    own,
                    "phone {} does not see its calls",
                    client.place
                );
            }
        }
    }

    /// Each data call at the modem is known to the router, unless it was opened while nobody could hear; and each phone
    /// sees those that it holds, which are not another's.
    fn check_data_calls(&self) {
        let known: Vec<_> = self.recorded.router.data_calls().collect();
        for (call, _) in self.modem.model().data.calls() {
            let is_known = known.iter().any(|view| view.cid == call.cid);
            assert!(is_known || self.modem.unheard_data().contains(&call.cid), "data call {} is nobody's", call.cid);
        }
        for (place, client) in self.clients.iter().enumerate().filter(|(_, client)| client.up) {
            let mut held: Vec<i32> = Vec::new();
            for view in &known {
                let own = view.holders.iter().filter(|(phone, _)| phone.0 == place).map(|(_, cid)| *cid);
                let before = held.len();
                held.extend(own);
                let owner = self.modem.model().data.calls().find(|(call, _)| call.cid == view.cid);
                let owner = owner.and_then(|(_, apn)| names::of_apn(apn));
                let stranger = held.len() > before && owner.is_some_and(|owner| owner != place);
                assert!(!stranger, "phone {place} holds the data call of {owner:?}");
            }
            if self.config.phone.iter().filter(|phone| phone.data).nth(1).is_some() {
                let mut seen = client.data.clone();
                held.sort_unstable();
                seen.sort_unstable();
                assert_eq!(seen, held, "phone {place} does not see its data calls");
            }
        }
    }

    /// Everything works again, and goes on until nothing is left to do.
    pub(super) fn settle(&mut self) {
        self.something_is_mended();
        self.the_card_is_mended();
        if self.store.failing {
            self.store_fails(false);
        }
        if !self.service.up {
            self.service_comes();
        }
        self.modem.console(self.now, "gsm voice home");
        self.modem.console(self.now, "gsm data home");
        for place in 0..self.clients.len() {
            if !self.clients[place].up {
                self.come(place);
            }
            self.clients[place].ask(RequestCode::RADIO_POWER, json!([1]));
        }
        // A radio that has just come on may have found its network as it was before.
        self.let_everybody_finish();
        self.modem.console(self.now, "gsm voice home");
        self.modem.console(self.now, "gsm data home");
        for _ in 0..400 {
            self.the_service_gives_all();
            self.let_everybody_finish();
            self.let_time_pass(Duration::from_secs(5));
        }
        for (place, client) in self.clients.iter().enumerate() {
            assert!(client.is_quiet(), "phone {place} still waits for {:?}", client.open());
        }
        self.check_texts();
        self.check_messages();
        self.check_cdma_at_the_end();
        assert!(self.recorded.router.phones().all(|phone| phone.unanswered == 0), "requests are counted as open");
        self.calm();
        for call in self.recorded.router.data_calls().filter(|call| call.holders.is_empty()) {
            let open = self.modem.model().data.calls().any(|(open, _)| open.cid == call.cid);
            assert!(!open, "data call {} is left open for nobody", call.cid);
        }
    }

    fn let_everybody_finish(&mut self) {
        loop {
            let mut busy = false;
            while self.linked
                && let Some(body) = self.modem.speak(0)
            {
                busy = true;
                self.event(Event::FromModem(&body));
            }
            for place in 0..self.clients.len() {
                while let Some(body) = self.clients[place].send() {
                    busy = true;
                    self.phone_says(place, &body);
                }
                if self.clients[place].has_message() {
                    busy = true;
                    self.clients[place].acknowledge(true);
                }
            }
            if self.store.waiting() > 0 && !self.store.failing {
                busy = true;
                self.store_commits(usize::MAX);
            }
            if !busy {
                return;
            }
        }
    }

    /// Every message of the network and of the service was taken once, by its owner.
    fn check_messages(&mut self) {
        // A card that somebody has locked is let in nowhere, and the network keeps what it has.
        let served = self.modem.model().network.voice_now().in_service();
        assert!(!served || self.modem.model().sms.inbox.undelivered() == 0, "the network still has messages");
        for Sent { place, text, by_service } in &self.sent {
            let takers = self.clients.iter().map(|client| client.taken.iter().filter(|taken| *taken == text).count());
            let times: usize = takers.sum();
            let more = self.may_come_again.iter().filter(|again| *again == text).count();
            // What is for whom policy says may be another phone's when the network sends it to the next router.
            let strays = self.tally.restarts > 0 && self.names.is_message_for_several(text);
            let doubled = times > 1 && (times <= 1 + more || strays);
            assert!(
                times == 1 || doubled || times == 0 && !served && !by_service,
                "`{text}` for phone {place} was taken {times} times"
            );
            self.tally.doubled += u64::from(doubled);
        }
        self.tally.messages += self.clients.iter().map(|client| client.taken.len() as u64).sum::<u64>();
    }
}
