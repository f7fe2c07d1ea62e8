//! Short messages that root hands over again, and acknowledgements that root did not live to answer.

use super::*;

/// A short message, its kind's acknowledgement, and another message of that kind.
const KINDS: [(UnsolCode, RequestCode, UnsolCode); 3] = [
    (UnsolCode::RESPONSE_NEW_SMS, RequestCode::SMS_ACKNOWLEDGE, UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT),
    (
        UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT,
        RequestCode::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU,
        UnsolCode::RESPONSE_NEW_SMS,
    ),
    (UnsolCode::RESPONSE_CDMA_NEW_SMS, RequestCode::CDMA_SMS_ACKNOWLEDGE, UnsolCode::RESPONSE_CDMA_NEW_SMS),
];

#[test]
fn an_acknowledged_message_is_acknowledged_to_the_next_root_in_the_words_of_the_client() {
    for (code, acknowledge, other) in KINDS {
        let mut talk = Talk::with_both();
        let sms = news(code, b"pdu");
        talk.root(&sms);
        assert_eq!(talk.client_hears(), [spoken(&sms)]);
        talk.client(acknowledge, 7);
        talk.root_hears_one(acknowledge);
        talk.root_restarts();
        assert_eq!(talk.client_hears()[0], "#7 0 ", "it has done its part");
        talk.root(&sms);
        assert!(talk.client_hears().is_empty(), "it is not shown again");
        let body = talk.root_reads().remove(0);
        let serial = Request::parse(&body).unwrap().serial;
        assert_eq!(body, request(acknowledge, serial, b"args"));
        talk.root(&news(other, b"another"));
        assert_eq!(talk.client_hears().len(), 1, "a root may hand over the next before it answers");
        talk.root(&reply(serial, b""));
        assert!(talk.client_hears().is_empty(), "the answer is not the client's");
        talk.root(&sms);
        assert_eq!(talk.client_hears(), [spoken(&sms)], "once");
    }
}

#[test]
fn a_message_that_a_client_acknowledged_is_not_shown_to_the_next_one() {
    for (code, acknowledge, _) in KINDS {
        let mut talk = Talk::with_both();
        let sms = news(code, b"pdu");
        talk.root(&sms);
        talk.client_hears();
        talk.client(acknowledge, 7);
        talk.root_hears_one(acknowledge);
        talk.client_leaves();
        talk.client_comes();
        talk.root(&sms);
        assert!(talk.client_hears().is_empty());
        talk.root_hears_one(acknowledge);
    }
}

#[test]
fn a_message_that_no_client_acknowledged_is_shown_to_the_next_one() {
    for (code, ..) in KINDS {
        let mut talk = Talk::default();
        let sms = news(code, b"pdu");
        for _ in 0..3 {
            talk.client_comes();
            talk.root(&sms);
            assert_eq!(talk.client_hears(), [spoken(&sms)]);
            talk.client_leaves();
        }
    }
}

#[test]
fn an_acknowledgement_while_root_is_away_waits_for_it() {
    for (code, acknowledge, _) in KINDS {
        let mut talk = Talk::with_both();
        let sms = news(code, b"pdu");
        talk.root(&sms);
        talk.event(Event::RootDown);
        talk.client_hears();
        talk.client(acknowledge, 7);
        assert_eq!(talk.client_hears(), ["#7 0 "]);
        talk.client(acknowledge, 8);
        assert_eq!(talk.client_hears(), ["#8 1 "], "there is nothing more to acknowledge");
        talk.root_greets(12, RadioState::ON);
        talk.client_hears();
        assert!(talk.root_hears().is_empty());
        talk.root(&sms);
        assert!(talk.client_hears().is_empty());
        talk.root_hears_one(acknowledge);
    }
}

#[test]
fn a_message_that_is_handed_over_again_before_it_is_acknowledged_is_shown_once() {
    for (code, acknowledge, _) in KINDS {
        let mut talk = Talk::with_both();
        let sms = news(code, b"pdu");
        talk.root(&sms);
        talk.root_restarts();
        talk.client_hears();
        talk.root(&sms);
        assert!(talk.client_hears().is_empty() && talk.root_hears().is_empty());
        talk.client(acknowledge, 7);
        let serial = talk.root_hears_one(acknowledge);
        talk.root(&reply(serial, b""));
        assert_eq!(talk.client_hears(), ["#7 0 "], "root's own answer");
    }
}

#[test]
fn an_acknowledgement_that_comes_before_root_hands_over_again_is_kept_until_then() {
    let mut talk = Talk::with_both();
    let sms = news(UnsolCode::RESPONSE_NEW_SMS, b"pdu");
    talk.root(&sms);
    talk.root_restarts();
    talk.client_hears();
    talk.client(RequestCode::SMS_ACKNOWLEDGE, 7);
    assert_eq!(talk.client_hears(), ["#7 0 "]);
    assert!(talk.root_hears().is_empty(), "root waits for nothing yet");
    talk.root(&sms);
    talk.root_hears_one(RequestCode::SMS_ACKNOWLEDGE);
}

#[test]
fn a_root_that_hands_over_another_message_has_forgotten_the_one_before() {
    for (code, acknowledge, other) in KINDS {
        let mut talk = Talk::with_both();
        let (sms, another) = (news(code, b"pdu"), news(other, b"another"));
        talk.root(&sms);
        talk.client(acknowledge, 7);
        talk.root_hears();
        talk.root_restarts();
        talk.client_hears();
        talk.root(&another);
        talk.root(&sms);
        assert_eq!(talk.client_hears(), [spoken(&another), spoken(&sms)], "the network sent it again");
        assert!(talk.root_hears().is_empty());
    }
}

#[test]
fn a_late_acknowledgement_is_not_taken_for_that_of_another_message() {
    let mut talk = Talk::with_both();
    talk.root(&news(UnsolCode::RESPONSE_NEW_SMS, b"given up by root"));
    talk.root_restarts();
    talk.root(&news(UnsolCode::RESPONSE_NEW_SMS, b"the next"));
    talk.client_hears();
    talk.client(RequestCode::SMS_ACKNOWLEDGE, 7);
    assert!(talk.root_hears().is_empty());
    assert_eq!(talk.client_hears(), ["#7 0 "]);
    talk.client(RequestCode::SMS_ACKNOWLEDGE, 8);
    talk.root_hears_one(RequestCode::SMS_ACKNOWLEDGE);
}

#[test]
fn the_kinds_of_messages_are_acknowledged_apart() {
    let mut talk = Talk::with_both();
    let (gsm, cdma) = (news(UnsolCode::RESPONSE_NEW_SMS, b"gsm"), news(UnsolCode::RESPONSE_CDMA_NEW_SMS, b"cdma"));
    talk.root(&gsm);
    talk.root(&cdma);
    talk.client(RequestCode::CDMA_SMS_ACKNOWLEDGE, 1);
    talk.root_hears();
    talk.root_restarts();
    talk.client_hears();
    talk.root(&cdma);
    talk.root(&gsm);
    assert!(talk.client_hears().is_empty());
    talk.root_hears_one(RequestCode::CDMA_SMS_ACKNOWLEDGE);
}

#[test]
fn a_refused_acknowledgement_is_none() {
    let mut talk = Talk::with_both();
    let sms = news(UnsolCode::RESPONSE_NEW_SMS, b"pdu");
    talk.root(&sms);
    talk.client_hears();
    talk.client(RequestCode::SMS_ACKNOWLEDGE, 1);
    let serial = talk.root_hears_one(RequestCode::SMS_ACKNOWLEDGE);
    talk.root(&body(|out| Reply::new(serial, Errno::GENERIC_FAILURE, b"").put(out)));
    assert_eq!(talk.client_hears(), ["#1 2 "]);
    talk.root_restarts();
    talk.client_hears();
    talk.root(&sms);
    assert_eq!(talk.client_hears(), [spoken(&sms)]);
}

#[test]
fn messages_of_a_root_that_does_not_wait_pass_and_are_not_kept_forever() {
    let mut talk = Talk::with_both();
    for number in 0..100_u8 {
        talk.root(&news(UnsolCode::RESPONSE_NEW_SMS, &[number]));
        assert_eq!(talk.client_hears().len(), 1);
    }
    assert!(talk.machine.messages.len() <= 8);
    for serial in 0..100 {
        talk.client(RequestCode::SMS_ACKNOWLEDGE, serial);
    }
    assert_eq!(talk.root_hears().len(), 100);
}
