//! The number service and what it is told.

use caller_tag::link::to_service::Say;
use caller_tag::link::{self, Phones};

use super::*;

impl Bench {
    /// The service is told this next.
    #[track_caller]
    pub(super) fn service_hears(&mut self, say: &Say) {
        let told = self.to_service.pop_front().expect("the service is told nothing");
        assert!(
            link::from_device(&told).unwrap().as_ref() == Some(say),
            "the service is told something else than {say:?}"
        );
    }
}

fn reachable(tags: &[u32]) -> Say {
    Say::Phones(Phones { available: tags.to_vec() })
}

#[test]
fn the_service_hears_which_phones_can_be_reached_and_what_changes() {
    let mut b = Bench::new();
    b.silence();
    b.event(Event::ServiceUp);
    b.service_hears(&reachable(&[1, 2]));
    b.advance(Duration::from_secs(1));
    b.event(Event::PhoneDown(WORK));
    b.service_hears(&reachable(&[1]));
    b.advance(Duration::from_secs(1));
    b.event(Event::PhoneUp(WORK));
    b.to_phones.clear();
    b.service_hears(&reachable(&[1, 2]));
    b.advance(Duration::from_secs(1));
    b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
    b.service_hears(&reachable(&[1]));
    b.event(Event::ServiceDown);
    b.event(Event::PhoneDown(PERSONAL));
    b.event(Event::ServiceUp);
    b.service_hears(&reachable(&[]));
}

#[test]
fn a_phone_that_comes_and_goes_without_end_does_not_fill_the_link() {
    let mut b = Bench::new();
    b.event(Event::ServiceUp);
    b.service_hears(&reachable(&[1, 2]));
    b.ask(PERSONAL, 1, RequestCode::RADIO_POWER, json!([1]));
    b.to_modem.clear();
    for _ in 0..100 {
        b.ask(WORK, 1, RequestCode::RADIO_POWER, json!([0]));
        b.ask(WORK, 2, RequestCode::RADIO_POWER, json!([1]));
    }
    b.ask(WORK, 3, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    b.silence();
    assert_eq!(b.router.deadline(), Some(b.now + Duration::from_secs(1)));
    b.advance(Duration::from_millis(999));
    b.silence();
    b.advance(Duration::from_millis(1));
    b.service_hears(&reachable(&[1]));
    b.silence();
    // What is as it was is not told, and nothing waits for it.
    b.ask(WORK, 4, RequestCode::RADIO_POWER, json!([1]));
    b.ask(WORK, 5, RequestCode::RADIO_POWER, json!([0]));
    b.to_phones.clear();
    assert_eq!(b.router.deadline(), None);
    b.advance(Duration::from_secs(2));
    b.silence();
}

#[test]
fn nonsense_of_the_service_is_noted_and_passed_over() {
    let mut b = Bench::new();
    b.event(Event::FromService(b"nonsense"));
    assert!(b.notes.is_empty(), "there is no service");
    b.event(Event::ServiceUp);
    b.service_hears(&reachable(&[1, 2]));
    b.event(Event::FromService(b"nonsense"));
    assert_eq!(b.notes, [Note::Undecodable { what: "a message of the number service" }]);
    b.event(Event::FromService(&[]));
    b.silence();
}
