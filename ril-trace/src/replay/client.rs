//! A trace as the client: recorded requests to a live rild, and what it answers compared with what was recorded.
//!
//! A request is sent when every earlier one has been answered whose recorded answer came before it: what a client asked
//! because of an answer is never asked before there is one. Replies are compared field by field; unsolicited messages
//! are not, for they come when the network wants. A request of which the trace does not say the arguments is not sent,
//! and of an answer of which it does not say the result only the error is compared.

use std::collections::HashMap;
use std::time::Duration;

use ril_protocol::frame::{self, Reply};
use ril_protocol::{Errno, RequestCode, RilVersion, hex};
use serde_json::{Value, json};

use super::diff::{Difference, Ignored, differences};
use super::script::{Exchange, Script};

/// Plays the client of a script.
#[derive(Debug)]
pub struct Client {
    script: Script,
    recorded: RilVersion,
    ignored: Ignored,
    next: usize,
    /// Serial and place in the script of what was sent and not answered.
    unanswered: HashMap<i32, usize>,
}

/// How one reply compares.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The place of the request in the script, from 0.
    pub place: usize,
    /// What was asked.
    pub code: RequestCode,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl Client {
    /// Begins at the beginning. `recorded` is the RIL version of the trace.
    pub fn new(script: Script, recorded: RilVersion, ignored: Ignored) -> Self {
        let mut client = Self { script, recorded, ignored, next: 0, unanswered: HashMap::new() };
        client.pass_unknown();
        client
    }

    /// What cannot be sent, because the trace does not say its arguments.
    pub fn unknown(&self) -> Vec<String> {
        let unknown = |(place, exchange): (usize, &Exchange)| {
            exchange.arguments.is_none().then(|| format!("{} {}", place + 1, exchange.code))
        };
        self.script.exchanges.iter().enumerate().filter_map(unknown).collect()
    }

    fn pass_unknown(&mut self) {
        while self.script.exchanges.get(self.next).is_some_and(|exchange| exchange.arguments.is_none()) {
            self.next += 1;
        }
    }

    /// The next request, as a whole frame, if it may be sent now.
    pub fn request(&mut self) -> Option<Vec<u8>> {
        let exchange = self.script.exchanges.get(self.next)?;
        let arguments = exchange.arguments.as_ref()?;
        if self.unanswered.values().any(|place| answered_before(&self.script.exchanges, *place, exchange.at)) {
            return None;
        }
        let serial = serial(self.next);
        let mut frame = Vec::new();
        frame::Request { code: exchange.code, serial, payload: arguments }.put(&mut frame);
        // What was never answered is not waited for.
        if exchange.answer.is_some() {
            self.unanswered.insert(serial, self.next);
        }
        self.next += 1;
        self.pass_unknown();
        Some(frame)
    }

    /// When the next request was sent, since the beginning of the trace; `None` when all were.
    pub fn next_at(&self) -> Option<Duration> {
        self.script.exchanges.get(self.next).map(|exchange| exchange.at.saturating_sub(self.script.began))
    }

    /// Compares a reply of a rild of this version. `None` if it answers nothing, or what the trace has no answer to.
    pub fn reply(&mut self, reply: &Reply<'_>, now: RilVersion) -> Option<Compared> {
        let place = self.unanswered.remove(&reply.serial)?;
        let exchange = self.script.exchanges.get(place)?;
        let answer = exchange.answer.as_ref()?;
        let code = exchange.code;
        let (recorded, now) = match &answer.payload {
            Some(payload) => {
                let recorded = to_json(code, answer.errno, payload, self.recorded);
                (recorded, to_json(code, reply.errno, reply.payload, now))
            }
            None => (json!({"errno": answer.errno}), json!({"errno": reply.errno})),
        };
        let differences = differences(&recorded, &now, &self.ignored);
        Some(Compared { place, code, differences })
    }

    /// What was asked and not answered, by place in the script.
    pub fn unanswered(&self) -> Vec<(usize, RequestCode)> {
        let mut places: Vec<usize> = self.unanswered.values().copied().collect();
        places.sort_unstable();
        places.into_iter().filter_map(|place| Some((place, self.script.exchanges.get(place)?.code))).collect()
    }

    /// All was sent, and what is answered at all was answered.
    pub fn is_done(&self) -> bool {
        self.next == self.script.exchanges.len() && self.unanswered.is_empty()
    }
}

fn answered_before(exchanges: &[Exchange], place: usize, at: Duration) -> bool {
    let exchange = exchanges.get(place);
    exchange.is_some_and(|exchange| exchange.answer.as_ref().is_some_and(|answer| exchange.at + answer.took <= at))
}

/// Serials from 1 on; which ones the recorded client used says nothing.
fn serial(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX - 1) + 1
}

/// A reply as it is compared.
fn to_json(code: RequestCode, errno: Errno, payload: &[u8], version: RilVersion) -> Value {
    let fields = code.row().and_then(|row| row.response.to_json(payload, version).ok());
    match fields {
        Some(fields) => json!({"errno": errno, "payload": fields}),
        None if payload.is_empty() => json!({"errno": errno, "payload": null}),
        None => json!({"errno": errno, "hex": hex::to_hex(payload)}),
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::parcel;

    use super::super::script::Recorded;
    use super::*;

    fn exchange(at: u64, code: RequestCode, took: Option<u64>) -> Exchange {
        let payload = parcel::encode(&vec![Some("old".to_owned())], RilVersion::COMMON);
        let answer = took.map(Duration::from_millis);
        let answer =
            answer.map(|took| Recorded { place: 0, errno: Errno::SUCCESS, payload: Some(payload.into()), took });
        Exchange { place: 0, at: Duration::from_millis(at), code, arguments: Some(bytes::Bytes::new()), answer }
    }

    #[test]
    fn what_the_trace_does_not_say_is_neither_sent_nor_compared() {
        let mut exchanges = vec![
            exchange(0, RequestCode::DIAL, Some(1)),
            exchange(1, RequestCode::OPERATOR, Some(1)),
            exchange(5, RequestCode::SIM_IO, Some(1)),
        ];
        exchanges[0].arguments = None;
        exchanges[2].arguments = None;
        exchanges[1].answer.as_mut().unwrap().payload = None;
        let script = Script { exchanges, ..Script::default() };
        let mut client = Client::new(script, RilVersion::COMMON, Ignored::default());
        assert_eq!(client.unknown(), ["1 DIAL", "3 SIM_IO"]);
        let frame = client.request().unwrap();
        assert_eq!(frame::Request::parse(&frame[4..]).unwrap().code, RequestCode::OPERATOR);
        let answer = |client: &mut Client, errno| client.reply(&Reply::new(2, errno, b"any"), RilVersion::COMMON);
        let mut other = client.script.clone();
        assert_eq!(answer(&mut client, Errno::SUCCESS).unwrap().differences, []);
        assert!(client.is_done());
        other.exchanges.remove(0);
        let mut client = Client::new(other, RilVersion::COMMON, Ignored::default());
        client.request().unwrap();
        let compared = client.reply(&Reply::new(1, Errno::GENERIC_FAILURE, b"any"), RilVersion::COMMON).unwrap();
        assert_eq!(compared.differences[0].field, "errno");
    }

    #[test]
    fn what_followed_an_answer_waits_for_one_and_what_did_not_does_not() {
        let exchanges = vec![
            exchange(0, RequestCode::OPERATOR, Some(50)),
            exchange(10, RequestCode::GET_IMEI, None),
            exchange(20, RequestCode::SIGNAL_STRENGTH, Some(90)),
            exchange(60, RequestCode::OPERATOR, Some(10)),
        ];
        let script = Script { exchanges, ..Script::default() };
        let mut client = Client::new(script, RilVersion::COMMON, Ignored::default());
        let mut sent = 0;
        while client.request().is_some() {
            sent += 1;
        }
        assert_eq!(
            (sent, client.next_at()),
            (3, Some(Duration::from_millis(60))),
            "the last came behind the first's answer"
        );
        let now = parcel::encode(&vec![Some("new".to_owned())], RilVersion::COMMON);
        let compared = client.reply(&Reply::new(1, Errno::SUCCESS, &now), RilVersion::COMMON).unwrap();
        assert_eq!((compared.place, compared.code), (0, RequestCode::OPERATOR));
        let told: Vec<String> = compared.differences.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["payload.0: recorded \"old\", now \"new\""]);
        assert!(client.request().is_some() && client.request().is_none());
        assert_eq!(client.unanswered(), [(2, RequestCode::SIGNAL_STRENGTH), (3, RequestCode::OPERATOR)]);
        assert_eq!(
            client.reply(&Reply::new(2, Errno::SUCCESS, &[]), RilVersion::COMMON),
            None,
            "the trace has no answer"
        );
        client.reply(&Reply::new(3, Errno::SUCCESS, &[]), RilVersion::COMMON).unwrap();
        assert!(!client.is_done());
        client.reply(&Reply::new(4, Errno::GENERIC_FAILURE, &[]), RilVersion::COMMON).unwrap();
        assert!(client.is_done());
    }
}
