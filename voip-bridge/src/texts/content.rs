//! What is in a message: from a text or a TPDU to TPDUs for a phone, and from a phone's TPDUs to a text (TS 23.040).
//!
//! A message to a phone goes in TPDUs that fit into one tagged text each ([`caller_tag::text::ROOM`]), whichever way it
//! takes in the end. One that is longer is cut, and one that is a part of a longer message already is cut, too: part 2
//! of 3 becomes parts 3 and 4 of 6, without a look at the other parts. Alphabet, class, ports and every other element
//! of the header stay. It never cuts an escape sequence or a surrogate pair, and refuses what no phone could put
//! together.

use caller_tag::text::ROOM;
use ril_protocol::sms_pdu::{
    Address, Coding, Concatenation, DataCoding, DateTime, Deliver, Element, Header, Part, Reference, Splitter, Status,
    StatusReport, Submit, Timestamp as Scts, Tpdu, UserData, join,
};
use time::OffsetDateTime;

use crate::pool::Timestamp;

/// The escape of the 7-bit alphabets (TS 23.038 section 6.2.1).
const ESCAPE: u8 = 0x1b;
/// The most TPDUs that one may become: with the longest header and originator three.
const MOST_PIECES: usize = 4;

/// Why a message cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotSendable {
    /// More than fits into the parts that one message may have.
    #[error("it is too long")]
    TooLong,
    /// A malformed header or address.
    #[error("it is malformed")]
    Malformed,
    /// Data, ports, compression: no text.
    #[error("it is no text")]
    NotText,
}

/// The TPDUs that show a text to a phone.
pub(crate) fn text_to_phone(
    from: &Address,
    at: Timestamp,
    text: &str,
    reference: u8,
) -> Result<Vec<Vec<u8>>, NotSendable> {
    let empty = Part { data_coding: DataCoding::GSM7, user_data: UserData::default() };
    let octets = ROOM.saturating_sub(octets_of(&Deliver::new(from.clone(), scts(at), empty))?.len());
    let splitter = Splitter { reference: Reference::Short(reference), languages: &[], elements: &[], octets };
    let parts = splitter.split(text).map_err(|_| NotSendable::TooLong)?;
    let deliver = |part| octets_of(&Deliver::new(from.clone(), scts(at), part));
    parts.into_iter().map(deliver).collect()
}

/// The TPDUs that show a message to a phone which came as a whole TPDU. `reference` is for one that is in no part of a
/// longer one yet.
pub(crate) fn deliver_to_phone(mut deliver: Deliver, reference: u8) -> Result<Vec<Vec<u8>>, NotSendable> {
    // What waits at this service is no business of the network of the SIM.
    deliver.more_messages = false;
    let header = deliver.user_data.header().map_err(|_| NotSendable::Malformed)?;
    let concatenation = header.as_ref().and_then(Header::concatenation);
    let whole = octets_of(&deliver)?;
    if concatenation.is_none() && whole.len() <= ROOM {
        return Ok(vec![whole]);
    }
    let start =
        concatenation.unwrap_or(Concatenation { reference: Reference::Short(reference), total: 1, sequence: 1 });
    let units = Units::of(&deliver.part())?;
    // As many pieces for every part of the message: the longest that this header and originator allow decides.
    let with = |concatenation| numbered(header.as_ref(), concatenation);
    let taken = with(start).encode().map_err(|_| NotSendable::Malformed)?.len();
    let fixed = whole.len() - deliver.user_data.octets().len();
    let room = units.room(ROOM.saturating_sub(fixed + taken));
    let longest = units.room(ril_protocol::sms_pdu::MAX_OCTETS.saturating_sub(header_length(header.as_ref())?));
    // A piece may be a unit longer, where an escape sequence or a surrogate pair would be cut.
    let pieces = (1..=MOST_PIECES).find(|pieces| longest.div_ceil(*pieces) < room).ok_or(NotSendable::TooLong)?;
    let total = u8::try_from(usize::from(start.total) * pieces).map_err(|_| NotSendable::TooLong)?;
    let first = usize::from(start.sequence - 1) * pieces + 1;
    let cut = |(sequence, units): (usize, Units)| {
        let sequence = u8::try_from(sequence).map_err(|_| NotSendable::TooLong)?;
        let concatenation = Concatenation { reference: start.reference, total, sequence };
        let user_data = units.user_data(&with(concatenation)).ok_or(NotSendable::TooLong)?;
        let tpdu = octets_of(&Deliver { user_data, ..deliver.clone() })?;
        if tpdu.len() <= ROOM { Ok(tpdu) } else { Err(NotSendable::TooLong) }
    };
    (first..).zip(units.cut(pieces)).map(cut).collect()
}

/// The text of all parts of a phone's message, given in their order.
pub(crate) fn text_of(parts: &[Submit]) -> Result<String, NotSendable> {
    let ports = |submit: &Submit| match submit.user_data.header() {
        Ok(header) => Ok(header.is_some_and(|header| header.ports().is_some())),
        Err(_) => Err(NotSendable::Malformed),
    };
    if parts.iter().map(ports).collect::<Result<Vec<_>, _>>()?.contains(&true) {
        return Err(NotSendable::NotText);
    }
    join(&parts.iter().map(Submit::part).collect::<Vec<_>>()).map_err(|_| NotSendable::NotText)
}

/// What became of a phone's message, as its phone is to see it.
pub(crate) fn report(submit: &Submit, taken: Timestamp, ended: Timestamp, status: u8) -> Result<Vec<u8>, NotSendable> {
    let recipient = submit.destination_address.clone();
    let report = StatusReport::new(submit.message_reference, recipient, scts(taken), scts(ended), Status(status));
    octets_of(&report)
}

/// TPDUs in one string of octets, each behind its length, as the queue keeps them.
pub(crate) fn pack(tpdus: &[Vec<u8>]) -> Vec<u8> {
    let packed = tpdus.iter().filter_map(|tpdu| Some((u8::try_from(tpdu.len()).ok()?, tpdu)));
    packed.flat_map(|(length, tpdu)| std::iter::once(length).chain(tpdu.iter().copied())).collect()
}

/// The TPDUs in a string that [`pack`] has made.
pub(crate) fn unpack(mut packed: &[u8]) -> Vec<&[u8]> {
    let mut tpdus = Vec::new();
    while let Some((length, rest)) = packed.split_first()
        && let Some((tpdu, rest)) = rest.split_at_checked(usize::from(*length))
    {
        tpdus.push(tpdu);
        packed = rest;
    }
    tpdus
}

fn octets_of(tpdu: &impl Tpdu) -> Result<Vec<u8>, NotSendable> {
    tpdu.encode().map_err(|_| NotSendable::Malformed)
}

fn header_length(header: Option<&Header>) -> Result<usize, NotSendable> {
    header.map_or(Ok(0), |header| header.encode().map(|octets| octets.len()).map_err(|_| NotSendable::Malformed))
}

/// The header with this concatenation in place of its own.
fn numbered(header: Option<&Header>, concatenation: Concatenation) -> Header {
    let others = header.into_iter().flat_map(|header| &header.elements);
    let others = others.filter(|element| !matches!(element, Element::Concatenation(_))).cloned();
    Header::new(std::iter::once(Element::Concatenation(concatenation)).chain(others))
}

/// The payload in units that may be cut between.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Units {
    Septets(Vec<u8>),
    Characters(Vec<u16>),
    Octets(Vec<u8>),
}

impl Units {
    fn of(part: &Part) -> Result<Self, NotSendable> {
        let (coding, data) = (part.data_coding, &part.user_data);
        let units = match coding.coding() {
            Coding::Gsm7 if coding.counts_septets() => data.septets().map(Self::Septets),
            Coding::Ucs2 if !coding.is_compressed() => data.utf16().map(Self::Characters),
            _ => data.payload().map(|payload| Self::Octets(payload.to_vec())),
        };
        units.map_err(|_| NotSendable::Malformed)
    }

    /// How many fit into so many octets.
    fn room(&self, octets: usize) -> usize {
        match self {
            // Seven bits of fill at most are lost behind a header.
            Self::Septets(_) => (octets * 8).saturating_sub(6) / 7,
            Self::Characters(_) => octets / 2,
            Self::Octets(_) => octets,
        }
    }

    /// As many pieces as asked for, some of them empty when there is little.
    fn cut(&self, pieces: usize) -> Vec<Self> {
        match self {
            Self::Septets(units) => {
                cut(units, pieces, |before, _| before == ESCAPE).into_iter().map(Self::Septets).collect()
            }
            Self::Characters(units) => {
                let pair = |before, after| (0xd800..0xdc00).contains(&before) && (0xdc00..0xe000).contains(&after);
                cut(units, pieces, pair).into_iter().map(Self::Characters).collect()
            }
            Self::Octets(units) => cut(units, pieces, |_, _| false).into_iter().map(Self::Octets).collect(),
        }
    }

    fn user_data(&self, header: &Header) -> Option<UserData> {
        match self {
            Self::Septets(septets) => UserData::from_septets(Some(header), septets),
            Self::Characters(units) => {
                let octets: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
                UserData::from_octets(Some(header), &octets)
            }
            Self::Octets(octets) => UserData::from_octets(Some(header), octets),
        }
        .ok()
    }
}

/// Slices of like length; where `keep` says that two units belong together, both go into the later slice.
fn cut<T: Copy>(units: &[T], pieces: usize, keep: impl Fn(T, T) -> bool) -> Vec<Vec<T>> {
    let mut rest = units;
    let mut cut = Vec::with_capacity(pieces);
    for left in (1..=pieces).rev() {
        let mut at = rest.len().div_ceil(left);
        if let (Some(before), Some(after)) = (at.checked_sub(1).and_then(|at| rest.get(at)), rest.get(at))
            && keep(*before, *after)
        {
            at -= 1;
        }
        let (piece, behind) = rest.split_at(at);
        cut.push(piece.to_vec());
        rest = behind;
    }
    cut
}

/// A time as service centres write it, in UTC.
pub(crate) fn scts(at: Timestamp) -> Scts {
    let at = OffsetDateTime::from_unix_timestamp(at.0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let date = DateTime {
        year: u16::try_from(at.year()).unwrap_or_default(),
        month: at.month().into(),
        day: at.day(),
        hour: at.hour(),
        minute: at.minute(),
        second: at.second(),
        zone: 0,
    };
    Scts::from_date_time(date).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const AT: Timestamp = Timestamp(1_790_000_000);

    fn address() -> impl Strategy<Value = Address> {
        prop_oneof![
            "[+]?[0-9]{1,15}".prop_map(|number| Address::number(&number).expect("a number")),
            "[A-Za-z]{1,11}".prop_map(|name| Address::alphanumeric(&name).expect("a name")),
        ]
    }

    fn deliver() -> impl Strategy<Value = Deliver> {
        let elements = prop_oneof![
            Just(vec![]),
            any::<(u16, u16)>().prop_map(|(destination, source)| vec![Element::Ports16 { destination, source }]),
            Just(vec![Element::SingleShift(1), Element::Other { identifier: 0x0a, data: vec![0, 9, 0] }]),
        ];
        let place = prop::option::of((any::<u8>(), 1..=60_u8).prop_flat_map(|(reference, total)| {
            (1..=total).prop_map(move |sequence| Concatenation {
                reference: Reference::Short(reference),
                total,
                sequence,
            })
        }));
        let payload = (vec(any::<u8>(), 0..=160), prop::sample::select(vec![0x00, 0xf0, 0x04, 0xf5, 0x08, 0x18]));
        (address(), elements, place, payload).prop_map(|(from, elements, place, (payload, coding))| {
            let elements = place.map(Element::Concatenation).into_iter().chain(elements);
            let header = Some(Header::new(elements)).filter(|header| !header.elements.is_empty());
            let taken = header.as_ref().map_or(0, |header| header.encode().expect("a header").len());
            let data_coding = DataCoding(coding);
            let user_data = if data_coding.counts_septets() {
                let room = (140 - taken) * 8 / 7;
                let septets: Vec<u8> = payload.iter().map(|octet| octet & 0x7f).take(room).collect();
                UserData::from_septets(header.as_ref(), &septets)
            } else {
                let even = if data_coding.coding() == Coding::Ucs2 { !1 } else { !0 };
                UserData::from_octets(header.as_ref(), &payload[..payload.len().min(140 - taken) & even])
            };
            let part = Part { data_coding, user_data: user_data.expect("it fits") };
            Deliver::new(from, scts(AT), part)
        })
    }

    /// What a phone sees of a part: its place, everything else of the header, and the payload.
    fn seen(tpdus: &[Vec<u8>]) -> Vec<(Deliver, Header, Units)> {
        let seen = tpdus.iter().map(|tpdu| {
            let deliver = Deliver::decode(tpdu).expect("a DELIVER");
            let header = deliver.user_data.header().expect("a header").unwrap_or_default();
            let units = Units::of(&deliver.part()).expect("a payload");
            (deliver, header, units)
        });
        seen.collect()
    }

    fn elements(header: &Header) -> Vec<Element> {
        header.elements.iter().filter(|element| !matches!(element, Element::Concatenation(_))).cloned().collect()
    }

    fn append(all: &mut Option<Units>, more: Units) {
        match (all, more) {
            (Some(Units::Septets(all)), Units::Septets(more)) | (Some(Units::Octets(all)), Units::Octets(more)) => {
                all.extend(more);
            }
            (Some(Units::Characters(all)), Units::Characters(more)) => all.extend(more),
            (all, more) => *all = Some(more),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_text_reaches_the_phone_in_texts_that_fit(from in address(), text in ".{0,300}", reference in any::<u8>()) {
            let tpdus = text_to_phone(&from, AT, &text, reference).expect("it fits");
            prop_assert!(tpdus.iter().all(|tpdu| tpdu.len() <= ROOM));
            let seen = seen(&tpdus);
            prop_assert!(seen.iter().all(|(deliver, ..)| deliver.originating_address == from));
            prop_assert_eq!(join(&seen.iter().map(|(deliver, ..)| deliver.part()).collect::<Vec<_>>()), Ok(text));
        }

        #[test]
        fn a_message_is_the_same_in_smaller_parts(whole in deliver(), reference in any::<u8>()) {
            let before = whole.user_data.header().expect("a header");
            let place = before.as_ref().and_then(Header::concatenation);
            let tpdus = deliver_to_phone(whole.clone(), reference).expect("it fits");
            prop_assert!(tpdus.iter().all(|tpdu| tpdu.len() <= ROOM));
            let seen = seen(&tpdus);
            // Two escapes are no character, and may be cut apart (3GPP TS 23.038, 6.2.1).
            let is_doubled = matches!(
                Units::of(&whole.part()),
                Ok(Units::Septets(units)) if units.windows(2).any(|two| two == [ESCAPE, ESCAPE])
            );
            let mut payload = None;
            for (index, (deliver, header, units)) in seen.into_iter().enumerate() {
                prop_assert_eq!(&deliver.originating_address, &whole.originating_address);
                prop_assert_eq!((deliver.data_coding, deliver.timestamp), (whole.data_coding, whole.timestamp));
                prop_assert_eq!(elements(&header), elements(&before.clone().unwrap_or_default()));
                if let Some(now) = header.concatenation() {
                    let (total, sequence) = place.map_or((1, 1), |place| (place.total, place.sequence));
                    let pieces = tpdus.len();
                    prop_assert_eq!(usize::from(now.total), usize::from(total) * pieces);
                    prop_assert_eq!(usize::from(now.sequence), usize::from(sequence - 1) * pieces + index + 1);
                    let was = place.map_or(Reference::Short(reference), |place| place.reference);
                    prop_assert_eq!(now.reference, was);
                } else {
                    prop_assert_eq!((tpdus.len(), place), (1, None));
                }
                let halved = match &units {
                    Units::Septets(units) => index + 1 < tpdus.len() && units.last() == Some(&ESCAPE),
                    Units::Characters(_) | Units::Octets(_) => false,
                };
                prop_assert!(!halved || is_doubled, "an escape stands alone");
                append(&mut payload, units);
            }
            prop_assert_eq!(payload, Some(Units::of(&whole.part()).expect("a payload")));
        }

        /// Every part of one message is cut into as many, or their places would not fit together.
        #[test]
        fn parts_of_one_message_are_cut_alike(whole in deliver(), length in 0..60_usize) {
            let cut = deliver_to_phone(whole.clone(), 0).expect("it fits").len();
            let header = whole.user_data.header().expect("a header");
            if let Some(header) = header.filter(|header| header.concatenation().is_some()) {
                let data = if whole.data_coding.counts_septets() {
                    UserData::from_septets(Some(&header), &vec![1; length])
                } else {
                    UserData::from_octets(Some(&header), &vec![1; length & !1])
                };
                let shorter = Deliver { user_data: data.expect("it fits"), ..whole };
                prop_assert_eq!(deliver_to_phone(shorter, 0).expect("it fits").len(), cut);
            }
        }

        #[test]
        fn tpdus_are_unpacked_as_they_were(tpdus in vec(vec(any::<u8>(), 0..=232), 0..6), noise in vec(any::<u8>(), 0..40)) {
            let packed = pack(&tpdus);
            prop_assert_eq!(unpack(&packed), tpdus);
            unpack(&noise);
        }
    }

    #[test]
    fn a_surrogate_pair_stays_together() {
        let from = Address::number("+15550199999").expect("a number");
        let text = "😀".repeat(35);
        let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let user_data = UserData::from_octets(None, &octets).expect("it fits");
        let part = Part { data_coding: DataCoding::UCS2, user_data };
        let tpdus = deliver_to_phone(Deliver::new(from, scts(AT), part), 7).expect("it fits");
        assert_eq!(tpdus.len(), 2);
        for (deliver, ..) in seen(&tpdus) {
            assert!(deliver.text().expect("a text").chars().all(|character| character == '😀'));
        }
    }

    #[test]
    fn the_time_is_the_time() {
        assert_eq!(scts(AT).date_time().map(|date| date.unix_seconds()), Some(AT.0));
        assert_eq!(scts(Timestamp(i64::MAX)).date_time(), None);
    }

    #[test]
    fn data_and_ports_are_no_text() {
        let to = Address::number("+15550199999").expect("a number");
        let ports = Header::new([Element::Ports16 { destination: 2948, source: 9200 }]);
        let submit = |part| Submit::new(to.clone(), part);
        let text = UserData::from_septets(Some(&ports), b"text").expect("it fits");
        let data = UserData::from_octets(None, b"data").expect("it fits");
        for (data_coding, user_data) in [(DataCoding::GSM7, text), (DataCoding::OCTETS, data)] {
            assert_eq!(text_of(&[submit(Part { data_coding, user_data })]), Err(NotSendable::NotText));
        }
        let parts = ril_protocol::sms_pdu::split(&"ü€".repeat(200), Reference::Short(1)).expect("it fits");
        assert!(parts.len() > 1);
        assert_eq!(text_of(&parts.into_iter().map(submit).collect::<Vec<_>>()), Ok("ü€".repeat(200)));
    }
}
