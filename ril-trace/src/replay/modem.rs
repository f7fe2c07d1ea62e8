//! A trace as the modem: recorded answers to what a live client asks.
//!
//! A live client never asks exactly what was recorded. The answer to a request is, in this order:
//!
//! 1. the next recorded answer, not given yet, to the same request with the same arguments;
//! 2. the last answer that was given to them: a question that is asked more often than it was gets its last answer
//!    again;
//! 3. none, if the same request with the same arguments was recorded without an answer;
//! 4. the next recorded answer, not given yet, to the same request with other arguments;
//! 5. the last answer that was given to that request;
//! 6. `REQUEST_NOT_SUPPORTED`.
//!
//! From the fourth on that is a difference, which is told. A recording ends before the answers to what was asked last,
//! so that none is no difference. An answer is only one if the trace says all of it and what was asked. Unsolicited
//! messages come when as many requests have come as before them in the trace, or at their recorded time if that is
//! earlier. The greeting comes at once.
//!
//! What a live client asks is remembered up to a limit, so that it cannot fill the memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use ril_protocol::frame::{self, Message, Reply, Unsolicited};
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};

use super::script::{Notice, Recorded, Script};

/// Most questions whose last answer is remembered.
const MOST_REMEMBERED: usize = 16 * 1024;

/// How an answer was found; see the head of this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is the one that was recorded.
    Next,
    /// The same question had this answer the last time.
    Again,
    /// The same question was recorded without an answer, and has none.
    Unanswered,
    /// The arguments are others.
    OtherArguments,
    /// The arguments are others, and all recorded answers were given.
    OtherArgumentsAgain,
    /// The trace has no answer to such a request.
    Never,
    /// The trace has an answer to such a request, and does not say what it was or what it answered.
    Unknown,
}

impl Found {
    /// What differs from the recording, if anything does.
    pub fn difference(self) -> Option<&'static str> {
        match self {
            Self::Next | Self::Again | Self::Unanswered => None,
            Self::OtherArguments | Self::OtherArgumentsAgain => {
                Some("the trace has an answer to other arguments only; that was given")
            }
            Self::Never => Some("the trace has no answer to this; REQUEST_NOT_SUPPORTED was given"),
            Self::Unknown => {
                Some("the trace does not say what was asked and answered; REQUEST_NOT_SUPPORTED was given")
            }
        }
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How it was found.
    pub found: Found,
    /// The whole frame; empty if there is no answer.
    pub frame: Vec<u8>,
    /// How long the modem took for it.
    pub took: Duration,
}

/// The modem of a trace.
#[derive(Clone, Debug)]
pub struct Modem {
    script: Script,
    /// The places in the script of answers that were not given yet, by request.
    waiting: HashMap<RequestCode, VecDeque<usize>>,
    /// The last that was given, by request and arguments.
    given: HashMap<(RequestCode, Bytes), usize>,
    /// The last that was given, by request.
    given_last: HashMap<RequestCode, usize>,
    /// The questions that were recorded without an answer.
    unanswered: HashSet<(RequestCode, Bytes)>,
    /// Requests that have an answer that cannot be given: what it was, or what was asked, is not known.
    unknown: Vec<(usize, RequestCode)>,
    requests: usize,
    next_notice: usize,
}

impl Modem {
    /// Begins at the beginning.
    pub fn new(script: Script) -> Self {
        let mut waiting: HashMap<RequestCode, VecDeque<usize>> = HashMap::new();
        let (mut unanswered, mut unknown) = (HashSet::new(), Vec::new());
        for (place, exchange) in script.exchanges.iter().enumerate() {
            match (&exchange.arguments, &exchange.answer) {
                (Some(arguments), None) => {
                    unanswered.insert((exchange.code, arguments.clone()));
                }
                (None, None) => {}
                (Some(_), Some(Recorded { payload: Some(_), .. })) => {
                    waiting.entry(exchange.code).or_default().push_back(place);
                }
                _ => unknown.push((place, exchange.code)),
            }
        }
        let (given, given_last) = (HashMap::new(), HashMap::new());
        Self { script, waiting, given, given_last, unanswered, unknown, requests: 0, next_notice: 0 }
    }

    /// What cannot be said to a client, because the trace does not say what it carried.
    pub fn unknown(&self) -> Vec<String> {
        let answers = self.unknown.iter().map(|(place, code)| format!("{} {code}", place + 1));
        answers.chain(self.script.unknown_notices.iter().map(ToString::to_string)).collect()
    }

    /// The answer to a request.
    pub fn answer(&mut self, request: &frame::Request<'_>) -> Answer {
        self.requests += 1;
        let (found, place) = self.find(request.code, request.payload);
        let mut frame = Vec::new();
        if found == Found::Unanswered {
            return Answer { found, frame, took: Duration::ZERO };
        }
        let exchange = place.and_then(|place| self.script.exchanges.get(place));
        let answer = exchange.and_then(|exchange| exchange.answer.as_ref());
        let Some(Recorded { errno, payload: Some(payload), took }) = answer else {
            Reply::new(request.serial, Errno::REQUEST_NOT_SUPPORTED, &[]).put(&mut frame);
            return Answer { found, frame, took: Duration::ZERO };
        };
        Reply::new(request.serial, *errno, payload).put(&mut frame);
        let took = *took;
        if let Some(place) = place {
            let question = (request.code, Bytes::copy_from_slice(request.payload));
            if self.given.len() < MOST_REMEMBERED || self.given.contains_key(&question) {
                self.given.insert(question, place);
            }
            self.given_last.insert(request.code, place);
        }
        Answer { found, frame, took }
    }

    fn find(&mut self, code: RequestCode, arguments: &[u8]) -> (Found, Option<usize>) {
        let exchanges = &self.script.exchanges;
        let question = (code, Bytes::copy_from_slice(arguments));
        let is_unanswered = self.unanswered.contains(&question);
        let Some(waiting) = self.waiting.get_mut(&code) else {
            if is_unanswered {
                return (Found::Unanswered, None);
            }
            let is_unknown = self.unknown.iter().any(|(_, unknown)| *unknown == code);
            return (if is_unknown { Found::Unknown } else { Found::Never }, None);
        };
        let same = waiting.iter().position(|place| exchanges[*place].arguments.as_deref() == Some(arguments));
        if let Some(place) = same.and_then(|at| waiting.remove(at)) {
            return (Found::Next, Some(place));
        }
        if let Some(place) = self.given.get(&question) {
            return (Found::Again, Some(*place));
        }
        if is_unanswered {
            return (Found::Unanswered, None);
        }
        if let Some(place) = waiting.pop_front() {
            return (Found::OtherArguments, Some(place));
        }
        (Found::OtherArgumentsAgain, self.given_last.get(&code).copied())
    }

    /// The next unsolicited message whose time has come, as a whole frame; `elapsed` counts from the beginning.
    pub fn notice(&mut self, elapsed: Duration) -> Option<Vec<u8>> {
        let notice = self.script.notices.get(self.next_notice)?;
        let due = self.due(notice);
        if notice.behind > self.requests && due > elapsed {
            return None;
        }
        self.next_notice += 1;
        let mut frame = Vec::with_capacity(4 + notice.body.len());
        // A body came out of a frame, so its length is one of a frame.
        frame.extend_from_slice(&(notice.body.len() as u32).to_be_bytes());
        frame.extend_from_slice(&notice.body);
        Some(frame)
    }

    /// When the next unsolicited message comes at the latest.
    pub fn next_notice(&self) -> Option<Duration> {
        self.script.notices.get(self.next_notice).map(|notice| self.due(notice))
    }

    fn due(&self, notice: &Notice) -> Duration {
        notice.at.saturating_sub(self.script.began)
    }

    /// The greeting for a trace that has none, because it was begun later: `RIL_CONNECTED` with the version that its
    /// header tells. Empty where a greeting will come, or where the version is not known.
    pub fn greeting(&self) -> Vec<u8> {
        let is_greeting = |notice: &Notice| {
            let message = Message::parse(&notice.body);
            matches!(message, Some(Message::Unsolicited(message)) if message.code == UnsolCode::RIL_CONNECTED)
        };
        let mut frame = Vec::new();
        if let Some(version) = self.script.version
            && !self.script.notices.iter().any(|notice| notice.behind == 0 && is_greeting(notice))
        {
            let payload = parcel::encode(&vec![version.0], version);
            Unsolicited::new(UnsolCode::RIL_CONNECTED, &payload).put(&mut frame);
        }
        frame
    }

    /// How many recorded answers were never asked for.
    pub fn left(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::Exchange;
    use super::*;

    fn exchange(at: u64, code: RequestCode, arguments: &'static [u8], answer: &'static [u8]) -> Exchange {
        let answer = Recorded { errno: Errno::SUCCESS, payload: Some(answer.into()), took: Duration::from_millis(5) };
        Exchange { at: Duration::from_millis(at), code, arguments: Some(arguments.into()), answer: Some(answer) }
    }

    fn asked(modem: &mut Modem, code: RequestCode, arguments: &[u8]) -> (Found, Vec<u8>) {
        let Answer { found, frame, .. } = modem.answer(&frame::Request { code, serial: 9, payload: arguments });
        let Some(Message::Reply(reply)) = Message::parse(&frame[4..]) else { panic!("{frame:?}") };
        let is_given = !matches!(found, Found::Never | Found::Unknown | Found::Unanswered);
        assert_eq!((reply.serial, reply.errno == Errno::SUCCESS), (9, is_given));
        (found, reply.payload.to_vec())
    }

    #[test]
    fn answers_are_those_of_the_same_question_first() {
        let io = RequestCode::SIM_IO;
        let exchanges = vec![
            exchange(1, io, b"one!", b"1st."),
            exchange(2, io, b"two!", b"2nd."),
            exchange(3, io, b"one!", b"3rd."),
            exchange(4, io, b"four", b"4th."),
        ];
        let mut modem = Modem::new(Script { exchanges, ..Script::default() });
        assert_eq!(asked(&mut modem, io, b"two!"), (Found::Next, b"2nd.".to_vec()));
        assert_eq!(asked(&mut modem, io, b"two!"), (Found::Again, b"2nd.".to_vec()));
        assert_eq!(asked(&mut modem, io, b"one!"), (Found::Next, b"1st.".to_vec()));
        assert_eq!(asked(&mut modem, io, b"else"), (Found::OtherArguments, b"3rd.".to_vec()));
        assert_eq!(modem.left(), 1);
        assert_eq!(asked(&mut modem, io, b"one!"), (Found::Again, b"1st.".to_vec()));
        assert_eq!(asked(&mut modem, io, b"four"), (Found::Next, b"4th.".to_vec()));
        assert_eq!(asked(&mut modem, io, b"more"), (Found::OtherArgumentsAgain, b"4th.".to_vec()));
        assert_eq!(asked(&mut modem, RequestCode::DIAL, b"1234"), (Found::Never, Vec::new()));
    }

    #[test]
    fn what_was_not_answered_may_be_asked_again_and_uses_up_no_other_answer() {
        let io = RequestCode::SIM_IO;
        let mut exchanges = vec![exchange(1, io, b"one!", b"1st."), exchange(2, io, b"two!", b"")];
        exchanges[1].answer = None;
        let mut modem = Modem::new(Script { exchanges, ..Script::default() });
        for _ in 0..2 {
            let asked = modem.answer(&frame::Request { code: io, serial: 1, payload: b"two!" });
            assert_eq!(asked.found.difference(), None);
        }
        assert_eq!(asked(&mut modem, io, b"one!"), (Found::Next, b"1st.".to_vec()));
        assert_eq!(asked(&mut modem, io, b"else").0, Found::OtherArgumentsAgain);
    }

    #[test]
    fn what_the_trace_does_not_say_is_not_answered() {
        let mut exchanges =
            vec![exchange(1, RequestCode::DIAL, b"", b""), exchange(2, RequestCode::OPERATOR, b"", b"")];
        exchanges[0].arguments = None;
        exchanges[1].answer.as_mut().unwrap().payload = None;
        let unknown_notices = vec![UnsolCode::SIGNAL_STRENGTH];
        let mut modem = Modem::new(Script { exchanges, unknown_notices, ..Script::default() });
        assert_eq!(asked(&mut modem, RequestCode::DIAL, b"").0, Found::Unknown);
        assert_eq!(asked(&mut modem, RequestCode::OPERATOR, b"").0, Found::Unknown);
        assert_eq!(modem.unknown(), ["1 DIAL", "2 OPERATOR", "SIGNAL_STRENGTH"]);
        assert_eq!((modem.left(), modem.notice(Duration::MAX)), (0, None));
    }

    #[test]
    fn unsolicited_messages_come_behind_as_many_requests_or_when_it_is_time() {
        let notice =
            |at, behind, body: &'static [u8]| Notice { at: Duration::from_secs(at), behind, body: body.into() };
        let exchanges = vec![exchange(6_000, RequestCode::OPERATOR, b"", b"")];
        let notices =
            vec![notice(5, 0, b"first"), notice(7, 1, b"second"), notice(9, 1, b"third"), notice(20, 7, b"last")];
        let mut modem = Modem::new(Script { exchanges, notices, began: Duration::from_secs(5), ..Script::default() });
        let comes = |modem: &mut Modem, seconds| modem.notice(Duration::from_secs(seconds));
        assert_eq!(comes(&mut modem, 0).unwrap(), b"\0\0\0\x05first");
        assert_eq!(comes(&mut modem, 0), None);
        assert_eq!(modem.next_notice(), Some(Duration::from_secs(2)));
        assert_eq!(comes(&mut modem, 2).unwrap()[4..], *b"second");
        assert_eq!(comes(&mut modem, 2), None);
        asked(&mut modem, RequestCode::OPERATOR, b"");
        assert_eq!(comes(&mut modem, 2).unwrap()[4..], *b"third");
        assert_eq!(comes(&mut modem, 14), None);
        assert_eq!(comes(&mut modem, 15).unwrap()[4..], *b"last");
        assert_eq!((comes(&mut modem, 99), modem.next_notice()), (None, None));
    }
}
