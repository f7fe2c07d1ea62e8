//! What holds for all octets, texts and times.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::super::septets::{pack, packed_len, unpack};
use super::super::*;

/// Octets that get past the first fields of a PDU more often than chance would have it.
fn plausible_pdu() -> impl Strategy<Value = Vec<u8>> {
    let centre = prop_oneof![Just(vec![0]), vec(any::<u8>(), 2).prop_map(|digits| [vec![3, 0x91], digits].concat())];
    let address = (0..=20_u8, any::<u8>(), vec(any::<u8>(), 10)).prop_map(|(length, kind, mut digits)| {
        digits.truncate(usize::from(length).div_ceil(2));
        [vec![length, kind], digits].concat()
    });
    let head = prop_oneof![Just(vec![]), vec(any::<u8>(), 1)];
    (centre, any::<u8>(), head, address, vec(any::<u8>(), 0..180))
        .prop_map(|(centre, first, head, address, rest)| [centre, vec![first], head, address, rest].concat())
}

/// A message with user data of the right length under any data coding scheme, as its TPDU and its type.
fn well_formed_deliver() -> impl Strategy<Value = Vec<u8>> {
    let address = (0..=20_u8, any::<u8>(), vec(any::<u8>(), 10));
    (any::<u8>(), address, any::<[u8; 9]>(), 0..=140_u8, vec(any::<u8>(), 140)).prop_map(
        |(first, (length, kind, digits), middle, user_data_length, user_data)| {
            let mut pdu = vec![if first & 1 == 0 { first & !2 } else { first | 3 }, length, kind];
            pdu.extend(digits.iter().take(usize::from(length).div_ceil(2)));
            pdu.extend(middle);
            let [_, data_coding, ..] = middle;
            let septets = DataCoding(data_coding).counts_septets();
            pdu.push(user_data_length);
            let octets = usize::from(user_data_length);
            pdu.extend(user_data.iter().take(if septets { (octets * 7).div_ceil(8) } else { octets }));
            pdu
        },
    )
}

/// Decoding succeeds or names an offset within the octets; what was decoded can be shown and is written back alike.
fn holds_for<T: Tpdu + Debug>(octets: &[u8], show: impl Fn(&T)) -> Result<(), TestCaseError> {
    match T::decode(octets) {
        Ok(tpdu) => {
            show(&tpdu);
            prop_assert_eq!(tpdu.encode()?, octets);
        }
        Err(error) => prop_assert!(error.at <= octets.len(), "{}", error),
    }
    Ok(())
}

fn show_deliver(deliver: &Deliver) {
    let _ = (deliver.text(), deliver.originating_address.to_string(), deliver.timestamp.date_time());
    let _ = (deliver.user_data.header(), deliver.data_coding.class(), deliver.data_coding.waiting());
}

fn show_submit(submit: &Submit) {
    let _ = (submit.text(), submit.destination_address.to_string(), submit.validity.period());
}

fn show_report(report: &StatusReport) {
    let _ = (report.recipient_address.to_string(), report.discharge_time.date_time(), report.status.outcome());
}

fn any_pdu() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..300), plausible_pdu()]
}

fn reference() -> impl Strategy<Value = Reference> {
    prop_oneof![any::<u8>().prop_map(Reference::Short), any::<u16>().prop_map(Reference::Long)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_octets_are_read_without_panic_and_written_back(octets in any_pdu()) {
        holds_for::<Deliver>(&octets, show_deliver)?;
        holds_for::<Submit>(&octets, show_submit)?;
        holds_for::<StatusReport>(&octets, show_report)?;
        holds_for::<Addressed<Deliver>>(&octets, |pdu| show_deliver(&pdu.tpdu))?;
        holds_for::<Addressed<Submit>>(&octets, |pdu| show_submit(&pdu.tpdu))?;
        holds_for::<Addressed<StatusReport>>(&octets, |pdu| show_report(&pdu.tpdu))?;
    }

    #[test]
    fn a_well_formed_deliver_is_read_and_written_back(octets in well_formed_deliver()) {
        let deliver = Deliver::decode(&octets)?;
        show_deliver(&deliver);
        prop_assert_eq!(deliver.encode()?, octets);
    }

    #[test]
    fn rewriting_keeps_all_other_octets(octets in well_formed_deliver(), digits in "[0-9*#abc]{0,20}") {
        let deliver = Deliver::decode(&octets)?;
        let address = Address::number(&digits)?;
        let pdu = [vec![0], octets].concat();
        let replaced = rewrite::replace_originating_address(&pdu, &address)?;
        prop_assert_eq!(rewrite::originating_address(&replaced)?.digits(), Some(digits));
        let tpdu = Deliver { originating_address: address, ..deliver.clone() };
        prop_assert_eq!(&replaced, &Addressed { service_centre: None, tpdu }.encode()?);
        prop_assert_eq!(rewrite::replace_originating_address(&replaced, &deliver.originating_address)?, pdu);
    }

    #[test]
    fn rewriting_never_panics(octets in any_pdu(), reference in any::<u8>()) {
        let _ = (rewrite::originating_address(&octets), rewrite::destination_address(&octets));
        let mut changed = octets.clone();
        match rewrite::set_report_reference(&mut changed, reference) {
            Ok(()) => prop_assert_eq!(rewrite::report_reference(&changed), Ok(reference)),
            Err(_) => prop_assert_eq!(&changed, &octets),
        }
        let mut changed = octets.clone();
        match rewrite::set_submit_reference(&mut changed, reference) {
            Ok(()) => prop_assert_eq!(rewrite::submit_reference(&changed), Ok(reference)),
            Err(_) => prop_assert_eq!(changed, octets),
        }
    }

    #[test]
    fn hex_is_read_back(octets in vec(any::<u8>(), 0..64), text in ".{0,20}") {
        prop_assert_eq!(&from_hex(&to_hex(&octets))?, &octets);
        prop_assert_eq!(from_hex(&to_hex(&octets).to_lowercase())?, octets);
        let _ = from_hex(&text);
    }

    #[test]
    fn septets_are_unpacked_again(septets in vec(0..128_u8, 0..200), fill in 0..7_u8) {
        let octets = pack(&septets, fill);
        prop_assert_eq!(octets.len(), packed_len(septets.len(), fill));
        prop_assert_eq!(unpack(&octets, fill, septets.len()), septets);
    }

    #[test]
    fn a_text_is_joined_from_its_parts(
        text in prop_oneof![".{0,400}", "[a-zA-Z €ğşİçãõ\\[\\]]{0,400}", "[0-9 ऀ-ॿ।?]{0,200}"],
        reference in reference(),
        languages in subsequence(Language::ALL.to_vec(), 0..=3),
        octets in 30..=MAX_OCTETS,
    ) {
        let parts = Splitter { reference, languages: &languages, elements: &[], octets }.split(&text)?;
        for (part, sequence) in parts.iter().zip(1_u8..) {
            let submit = Submit::new(Address::number("1")?, part.clone());
            let reread = Submit::decode(&submit.encode()?)?;
            prop_assert_eq!(&reread, &submit);
            prop_assert!(reread.user_data.octets().len() <= octets);
            let header = reread.user_data.header()?.unwrap_or_default();
            let found = header.concatenation().map(|found| (found.reference, usize::from(found.total), found.sequence));
            prop_assert_eq!(found, (parts.len() > 1).then_some((reference, parts.len(), sequence)));
        }
        prop_assert_eq!(join(&parts)?, text);
    }

    #[test]
    fn all_codes_of_all_tables_are_read_back(
        locking in proptest::option::of(0..13_usize),
        single in proptest::option::of(0..13_usize),
        septets in vec(0..128_u8, 0..60),
    ) {
        let language = |at: Option<usize>| at.and_then(|at| Language::ALL.get(at)).copied();
        let alphabet = Alphabet { locking: language(locking), single: language(single) };
        let text = alphabet.decode(&septets);
        let written = alphabet.encode(&text).map_err(|lacking| TestCaseError::fail(format!("{lacking:?}")))?;
        prop_assert_eq!(alphabet.decode(&written), text);
    }

    #[test]
    fn a_header_is_read_back(octets in vec(any::<u8>(), 0..140)) {
        if let Ok((header, taken)) = Header::decode(&octets) {
            prop_assert_eq!(header.encode()?, octets.get(..taken).unwrap_or_default());
        }
    }

    #[test]
    fn a_name_is_read_back(name in "[A-Za-z0-9 ]{0,11}") {
        prop_assert_eq!(Address::alphanumeric(&name)?.name(), Some(name));
    }

    #[test]
    fn times_are_read_back(seconds in 631_238_400_i64..3_786_825_600, zone in -79..=79_i8) {
        let date = DateTime::from_unix_seconds(seconds, zone).ok_or(TestCaseError::fail("no date"))?;
        prop_assert_eq!(date.unix_seconds(), seconds);
        prop_assert_eq!(Timestamp::from_date_time(date).and_then(Timestamp::date_time), Some(date));
    }
}
