//! Short message PDUs: what was decoded is written back octet for octet, and changing one field leaves the others.

use ril_protocol::sms_pdu::{Addressed, Deliver, StatusReport, Submit, Tpdu, rewrite};

/// Takes the input as a PDU of every kind, with and without a service centre.
pub fn sms_pdu(octets: &[u8]) {
    holds_for::<Deliver>(octets, deliver);
    holds_for::<Submit>(octets, submit);
    holds_for::<StatusReport>(octets, report);
    holds_for::<Addressed<Deliver>>(octets, |pdu| deliver(&pdu.tpdu));
    holds_for::<Addressed<Submit>>(octets, |pdu| submit(&pdu.tpdu));
    holds_for::<Addressed<StatusReport>>(octets, |pdu| report(&pdu.tpdu));
    rewriting(octets);
}

fn holds_for<T: Tpdu>(octets: &[u8], show: impl Fn(&T)) {
    match T::decode(octets) {
        Ok(pdu) => {
            show(&pdu);
            assert_eq!(pdu.encode().as_deref(), Ok(octets));
        }
        Err(error) => assert!(error.at <= octets.len(), "{error}"),
    }
}

fn deliver(pdu: &Deliver) {
    let _ = (pdu.text(), pdu.originating_address.to_string(), pdu.timestamp.date_time());
    let _ = (pdu.user_data.header(), pdu.data_coding.class(), pdu.data_coding.waiting());
}

fn submit(pdu: &Submit) {
    let _ = (pdu.text(), pdu.destination_address.to_string(), pdu.validity.period());
}

fn report(pdu: &StatusReport) {
    let _ = (pdu.recipient_address.to_string(), pdu.discharge_time.date_time(), pdu.status.outcome());
}

fn rewriting(octets: &[u8]) {
    if let Ok(address) = rewrite::originating_address(octets) {
        assert_eq!(rewrite::replace_originating_address(octets, &address).as_deref(), Ok(octets));
    }
    let mut changed = octets.to_vec();
    if let Ok(reference) = rewrite::submit_reference(octets) {
        assert_eq!(rewrite::set_submit_reference(&mut changed, !reference), Ok(()));
        assert_eq!(rewrite::submit_reference(&changed), Ok(!reference));
        assert_eq!(rewrite::set_submit_reference(&mut changed, reference), Ok(()));
    }
    assert_eq!(changed, octets);
}
