//! From the numbers on the wire to those of ril.h and back.

use std::collections::HashMap;
use std::sync::Arc;

use super::{
    AnswerEntry, DialectText, Fault, RequestEntry, Shape, UnsolicitedEntry, VENDOR, VendorAudience, VendorClass,
};
use crate::parcel::{self, Parcel};
use crate::payload::{Ints, Strings};
use crate::{RequestCode, RilVersion, UnsolCode};

/// A dialect that can be spoken; the default is ril.h. Cheap to copy.
#[derive(Clone, Debug, Default)]
pub struct Dialect(Option<Arc<Tables>>);

#[derive(Debug, Default)]
struct Tables {
    requests: Numbers,
    unsolicited: Numbers,
    own_requests: HashMap<RequestCode, RequestEntry>,
    own_unsolicited: HashMap<UnsolCode, UnsolicitedEntry>,
    emergency: Option<RequestCode>,
}

/// The numbers of one direction that are not those of ril.h.
#[derive(Debug, Default)]
struct Numbers {
    from_wire: HashMap<i32, i32>,
    to_wire: HashMap<i32, i32>,
}

impl Numbers {
    fn add(&mut self, wire: i32, code: i32) {
        self.from_wire.insert(wire, code);
        self.to_wire.insert(code, wire);
    }

    fn named(&self, wire: i32) -> i32 {
        self.from_wire.get(&wire).copied().unwrap_or(wire)
    }

    /// `None` if another message has taken this one's number.
    fn number(&self, code: i32) -> Option<i32> {
        match self.to_wire.get(&code) {
            Some(wire) => Some(*wire),
            None => (!self.from_wire.contains_key(&code)).then_some(code),
        }
    }
}

/// One argument of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    Number(i32),
    Particular(usize),
}

impl Argument {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('$') {
            Some(place) => place.parse().ok().map(Self::Particular),
            None => text.parse().ok().map(Self::Number),
        }
    }
}

impl Dialect {
    /// The dialect that a text describes, or what is wrong with that.
    pub fn new(text: &DialectText) -> Result<Self, Vec<Fault>> {
        let faults = text.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut tables = Tables::default();
        for entry in &text.request {
            let is = entry.is.as_deref().and_then(|is| is.parse::<RequestCode>().ok());
            let code = is.unwrap_or_else(|| RequestCode(own(entry.code, RequestCode(entry.code).row().is_some())));
            tables.requests.add(entry.code, code.0);
            if is.is_none() {
                tables.own_requests.insert(code, entry.clone());
            }
            if entry.emergency {
                tables.emergency = Some(code);
            }
        }
        for entry in &text.unsolicited {
            let is = entry.is.as_deref().and_then(|is| is.parse::<UnsolCode>().ok());
            let code = is.unwrap_or_else(|| UnsolCode(own(entry.code, UnsolCode(entry.code).row().is_some())));
            tables.unsolicited.add(entry.code, code.0);
            if is.is_none() {
                tables.own_unsolicited.insert(code, entry.clone());
            }
        }
        Ok(Self(Some(Arc::new(tables))))
    }

    /// What the number of a request on the wire stands for.
    pub fn request_named(&self, wire: RequestCode) -> RequestCode {
        self.0.as_ref().map_or(wire, |tables| RequestCode(tables.requests.named(wire.0)))
    }

    /// The number by which a request goes; `None` if this dialect has no such request.
    pub fn request_number(&self, code: RequestCode) -> Option<RequestCode> {
        self.0.as_ref().map_or(Some(code), |tables| tables.requests.number(code.0).map(RequestCode))
    }

    /// What the number of an unsolicited message on the wire stands for.
    pub fn unsolicited_named(&self, wire: UnsolCode) -> UnsolCode {
        self.0.as_ref().map_or(wire, |tables| UnsolCode(tables.unsolicited.named(wire.0)))
    }

    /// The number by which an unsolicited message goes; `None` if this dialect has no such message.
    pub fn unsolicited_number(&self, code: UnsolCode) -> Option<UnsolCode> {
        self.0.as_ref().map_or(Some(code), |tables| tables.unsolicited.number(code.0).map(UnsolCode))
    }

    /// Who may send a request, if it is one of the vendor's own.
    pub fn class(&self, code: RequestCode) -> Option<VendorClass> {
        self.own_request(code).map(|entry| entry.class)
    }

    /// Who hears an unsolicited message, if it is one of the vendor's own.
    pub fn audience(&self, code: UnsolCode) -> Option<VendorAudience> {
        self.own_unsolicited(code).map(|entry| entry.audience)
    }

    /// The shapes of arguments and result of a request, if it is one of the vendor's own.
    pub fn request_shapes(&self, code: RequestCode) -> Option<(Shape, Shape)> {
        self.own_request(code).map(|entry| (entry.arguments, entry.result))
    }

    /// The shape of what an unsolicited message carries, if it is one of the vendor's own.
    pub fn unsolicited_shape(&self, code: UnsolCode) -> Option<Shape> {
        self.own_unsolicited(code).map(|entry| entry.particulars)
    }

    /// The request by which emergency numbers are dialled, where that is not DIAL.
    pub fn emergency_dial(&self) -> Option<RequestCode> {
        self.0.as_ref().and_then(|tables| tables.emergency)
    }

    /// The request that the modem waits for after this message, with its arguments.
    pub fn answer(&self, code: UnsolCode, payload: &[u8], version: RilVersion) -> Option<(RequestCode, Vec<u8>)> {
        let entry = self.own_unsolicited(code)?;
        let AnswerEntry { request, ints } = entry.answer.as_ref()?;
        let own = &self.0.as_ref()?.own_requests;
        let (code, _) = own.iter().find(|(_, entry)| entry.name.as_ref() == Some(request))?;
        let particulars = integers(entry.particulars, payload, version)?;
        let arguments: Option<Ints> = ints
            .iter()
            .map(|int| match Argument::parse(int)? {
                Argument::Number(number) => Some(number),
                Argument::Particular(place) => *particulars.get(place)?,
            })
            .collect();
        Some((*code, parcel::encode(&arguments?, version)))
    }

    fn own_request(&self, code: RequestCode) -> Option<&RequestEntry> {
        self.0.as_ref()?.own_requests.get(&code)
    }

    fn own_unsolicited(&self, code: UnsolCode) -> Option<&UnsolicitedEntry> {
        self.0.as_ref()?.own_unsolicited.get(&code)
    }
}

/// The code of a vendor's own message.
fn own(number: i32, is_in_ril_h: bool) -> i32 {
    if is_in_ril_h { number | VENDOR } else { number }
}

/// Particulars as integers, as far as they are.
fn integers(shape: Shape, payload: &[u8], version: RilVersion) -> Option<Vec<Option<i32>>> {
    fn decoded<T: Parcel>(payload: &[u8], version: RilVersion) -> Option<T> {
        parcel::decode(payload, version).ok()
    }
    match shape {
        Shape::Ints => Some(decoded::<Ints>(payload, version)?.into_iter().map(Some).collect()),
        Shape::Strings => {
            let texts = decoded::<Strings>(payload, version)?.into_iter();
            Some(texts.map(|text| text.and_then(|text| text.trim().parse().ok())).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn request(code: i32, is: Option<&str>, name: Option<&str>) -> RequestEntry {
        RequestEntry { code, is: is.map(str::to_owned), name: name.map(str::to_owned), ..RequestEntry::default() }
    }

    fn unsolicited(code: i32, is: Option<&str>, name: Option<&str>) -> UnsolicitedEntry {
        UnsolicitedEntry {
            code,
            is: is.map(str::to_owned),
            name: name.map(str::to_owned),
            ..UnsolicitedEntry::default()
        }
    }

    fn text() -> DialectText {
        DialectText {
            about: String::new(),
            request: vec![
                request(115, Some("SET_UICC_SUBSCRIPTION"), None),
                request(114, None, Some("GET_DATA_CALL_PROFILE")),
                RequestEntry { arguments: Shape::Ints, ..request(2065, None, Some("SET_CALL_INDICATION")) },
            ],
            unsolicited: vec![
                unsolicited(1041, Some("RIL_UNSOL_UICC_SUBSCRIPTION_STATUS_CHANGED"), None),
                UnsolicitedEntry {
                    particulars: Shape::Strings,
                    answer: Some(AnswerEntry {
                        request: "SET_CALL_INDICATION".to_owned(),
                        ints: vec!["0".to_owned(), "$0".to_owned(), "$4".to_owned()],
                    }),
                    ..unsolicited(3037, None, Some("INCOMING_CALL_INDICATION"))
                },
            ],
        }
    }

    #[test]
    fn numbers_are_exchanged() {
        let dialect = Dialect::new(&text()).unwrap();
        let (wire, here) = (RequestCode(115), RequestCode::SET_UICC_SUBSCRIPTION);
        assert_eq!((dialect.request_named(wire), dialect.request_number(here)), (here, Some(wire)));
        assert_eq!(dialect.request_number(RequestCode::SIM_OPEN_CHANNEL), None, "its number is taken");
        let own = dialect.request_named(RequestCode(114));
        assert_eq!((own.0, dialect.request_number(own)), (114 | VENDOR, Some(RequestCode(114))));
        assert_eq!(dialect.request_named(RequestCode::DIAL), RequestCode::DIAL);
        assert_eq!(dialect.request_number(RequestCode(4711)), Some(RequestCode(4711)));
        let status = UnsolCode::UICC_SUBSCRIPTION_STATUS_CHANGED;
        assert_eq!(dialect.unsolicited_named(UnsolCode(1041)), status);
        assert_eq!(dialect.unsolicited_number(status), Some(UnsolCode(1041)));
        assert_eq!(dialect.unsolicited_number(UnsolCode::DC_RT_INFO_CHANGED), None);
    }

    #[test]
    fn ril_h_is_the_dialect_of_no_vendor() {
        let none = Dialect::default();
        for code in [RequestCode::DIAL, RequestCode(115), RequestCode(10_016)] {
            assert_eq!((none.request_named(code), none.request_number(code)), (code, Some(code)));
        }
        assert_eq!((none.class(RequestCode(2065)), none.emergency_dial()), (None, None));
    }

    #[test]
    fn an_answer_is_made_of_what_it_answers() {
        let dialect = Dialect::new(&text()).unwrap();
        let strings = |texts: &[&str]| -> Strings { texts.iter().map(|text| Some((*text).to_owned())).collect() };
        let answer = |texts: &[&str]| {
            let payload = parcel::encode(&strings(texts), RilVersion::COMMON);
            dialect.answer(UnsolCode(3037), &payload, RilVersion::COMMON)
        };
        let expected = parcel::encode(&vec![0, 2, 77], RilVersion::COMMON);
        assert_eq!(answer(&["2", "5550100", "129", "0", "77"]), Some((RequestCode(2065), expected)));
        assert_eq!(answer(&["2", "5550100", "129", "0"]), None, "too short");
        assert_eq!(answer(&["two", "", "", "", "77"]), None, "no number");
        assert_eq!(dialect.answer(UnsolCode(3037), &[1, 2], RilVersion::COMMON), None, "no parcel");
        assert_eq!(dialect.answer(UnsolCode::CALL_RING, &[], RilVersion::COMMON), None);
    }

    #[test]
    fn faults_are_told_with_their_places() {
        let fault = |change: &dyn Fn(&mut DialectText)| {
            let mut text = text();
            change(&mut text);
            let faults = Dialect::new(&text).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
            (faults[0].place, faults[0].key)
        };
        assert_eq!(fault(&|text| text.request[1].code = 10), (Place::Request(1), "code"));
        assert_eq!(fault(&|text| text.request[1].code = 115), (Place::Request(1), "code"));
        assert_eq!(fault(&|text| text.request[1].name = None), (Place::Request(1), "name"));
        assert_eq!(fault(&|text| text.request[0].is = Some("DAIL".to_owned())), (Place::Request(0), "is"));
        assert_eq!(fault(&|text| text.request[0].class = VendorClass::Query), (Place::Request(0), "is"));
        assert_eq!(fault(&|text| text.request[1].emergency = true), (Place::Request(1), "emergency"));
        assert_eq!(fault(&|text| text.request[1].arguments = Shape::Dial), (Place::Request(1), "arguments"));
        assert_eq!(fault(&|text| text.unsolicited[0].code = 1000), (Place::Unsolicited(0), "code"));
        let again = |text: &mut DialectText| text.request[1].name = Some("SET_CALL_INDICATION".to_owned());
        assert_eq!(fault(&again), (Place::Request(2), "name"));
        let renamed = |text: &mut DialectText| text.request[2].name = Some("ANOTHER".to_owned());
        assert_eq!(fault(&renamed), (Place::Unsolicited(1), "answer"));
        let wrong = |text: &mut DialectText| text.unsolicited[1].answer.as_mut().unwrap().ints[0] = "zero".to_owned();
        assert_eq!(fault(&wrong), (Place::Unsolicited(1), "answer"));
    }
}
