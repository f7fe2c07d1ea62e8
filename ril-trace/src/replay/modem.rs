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
//! so that none is no difference. An answer is only one if the trace says all of it and what was asked.
//!
//! An unsolicited message comes as long after the last message before it that has come as it did in the trace, and
//! never before a recorded answer that it stood behind, if that was asked for. So the result of a request follows its
//! answer, whenever that was asked for, and to a client that does not ask something the rest comes in its time. In a
//! hurry none waits for its time, if as many requests have come as before it in the trace. The greeting comes at once.
//!
//! What a live client asks is remembered up to a limit, so that it cannot fill the memory.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
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
    /// The recorded one, to be told when it is [sent](Modem::sent) or [given up](Modem::given_up).
    pub place: Option<usize>,
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
    /// The messages of the trace that have come, by their places: when they did then, and now.
    played: BTreeMap<usize, (Duration, Duration)>,
    /// Answers that are given and not sent yet, and when they came then.
    unsent: BTreeMap<usize, Duration>,
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
        Self {
            script,
            waiting,
            given,
            given_last,
            unanswered,
            unknown,
            requests: 0,
            next_notice: 0,
            played: BTreeMap::new(),
            unsent: BTreeMap::new(),
        }
    }

    /// What cannot be said to a client, because the trace does not say what it carried.
    pub fn unknown(&self) -> Vec<String> {
        let answers = self.unknown.iter().map(|(place, code)| format!("{} {code}", place + 1));
        answers.chain(self.script.unknown_notices.iter().map(ToString::to_string)).collect()
    }

    /// The answer to a request that comes at this time, from the beginning.
    pub fn answer(&mut self, elapsed: Duration, request: &frame::Request<'_>) -> Answer {
        self.requests += 1;
        let (found, place) = self.find(request.code, request.payload);
        let mut frame = Vec::new();
        if found == Found::Unanswered {
            return Answer { found, frame, took: Duration::ZERO, place: None };
        }
        let exchange = place.and_then(|place| self.script.exchanges.get(place));
        let answer = exchange.and_then(|exchange| exchange.answer.as_ref());
        let (Some(exchange), Some(Recorded { place: at, errno, payload: Some(payload), took })) = (exchange, answer)
        else {
            Reply::new(request.serial, Errno::REQUEST_NOT_SUPPORTED, &[]).put(&mut frame);
            return Answer { found, frame, took: Duration::ZERO, place: None };
        };
        Reply::new(request.serial, *errno, payload).put(&mut frame);
        let (at, took) = (*at, *took);
        if matches!(found, Found::Next | Found::OtherArguments) {
            self.played.insert(exchange.place, (exchange.at, elapsed));
            self.unsent.insert(at, exchange.at + took);
        }
        if let Some(place) = place {
            let question = (request.code, Bytes::copy_from_slice(request.payload));
            if self.given.len() < MOST_REMEMBERED || self.given.contains_key(&question) {
                self.given.insert(question, place);
            }
            self.given_last.insert(request.code, place);
        }
        Answer { found, frame, took, place: Some(at) }
    }

    /// An answer is sent at this time.
    pub fn sent(&mut self, elapsed: Duration, place: usize) {
        if let Some(then) = self.unsent.remove(&place) {
            self.played.insert(place, (then, elapsed));
        }
    }

    /// Nobody waits for an answer any more.
    pub fn given_up(&mut self, place: usize) {
        self.unsent.remove(&place);
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

    /// The next unsolicited message that is due, as a whole frame; `elapsed` counts from the beginning.
    pub fn notice(&mut self, elapsed: Duration, in_a_hurry: bool) -> Option<Vec<u8>> {
        let notice = self.script.notices.get(self.next_notice)?;
        let due = self.due(notice)?;
        let hurries = in_a_hurry && notice.behind <= self.requests;
        if due > elapsed && !hurries {
            return None;
        }
        self.next_notice += 1;
        self.played.insert(notice.place, (notice.at, due.min(elapsed)));
        let mut frame = Vec::with_capacity(4 + notice.body.len());
        // A body came out of a frame, so its length is one of a frame.
        frame.extend_from_slice(&(notice.body.len() as u32).to_be_bytes());
        frame.extend_from_slice(&notice.body);
        Some(frame)
    }

    /// When the next unsolicited message comes, for all that has come until now.
    pub fn next_notice(&self) -> Option<Duration> {
        self.script.notices.get(self.next_notice).and_then(|notice| self.due(notice))
    }

    /// Not before the answers have come that it stood behind.
    fn due(&self, notice: &Notice) -> Option<Duration> {
        if self.unsent.range(..notice.place).next().is_some() {
            return None;
        }
        let (then, now) = match self.played.range(..notice.place).next_back() {
            Some((_, (then, now))) => (*then, *now),
            None => (self.script.began, Duration::ZERO),
        };
        Some(now + notice.at.saturating_sub(then))
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
        let answer = Recorded {
            place: 2 * at as usize + 1,
            errno: Errno::SUCCESS,
            payload: Some(answer.into()),
            took: Duration::from_millis(5),
        };
        Exchange {
            place: 2 * at as usize,
            at: Duration::from_millis(at),
            code,
            arguments: Some(arguments.into()),
            answer: Some(answer),
        }
    }

    fn asked(modem: &mut Modem, code: RequestCode, arguments: &[u8]) -> (Found, Vec<u8>) {
        let Answer { found, frame, .. } =
            modem.answer(Duration::ZERO, &frame::Request { code, serial: 9, payload: arguments });
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
            let asked = modem.answer(Duration::ZERO, &frame::Request { code: io, serial: 1, payload: b"two!" });
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
        assert_eq!((modem.left(), modem.notice(Duration::MAX, true)), (0, None));
    }

    /// Then: a request after one second, its answer a second later, what it led to four seconds after that, and a call
    /// in the next minute.
    fn ussd() -> Modem {
        let seconds = Duration::from_secs;
        let notice =
            |place, at, behind, body: &'static [u8]| Notice { place, at: seconds(at), behind, body: body.into() };
        let answer = Recorded { place: 3, errno: Errno::SUCCESS, payload: Some(Bytes::new()), took: seconds(1) };
        let exchanges = vec![Exchange {
            place: 2,
            at: seconds(101),
            code: RequestCode::SEND_USSD,
            arguments: Some(Bytes::new()),
            answer: Some(answer),
        }];
        let notices = vec![notice(1, 100, 0, b"first"), notice(4, 106, 1, b"result"), notice(5, 160, 1, b"call")];
        Modem::new(Script { exchanges, notices, began: seconds(100), ..Script::default() })
    }

    fn comes(modem: &mut Modem, seconds: u64) -> Option<Vec<u8>> {
        modem.notice(Duration::from_secs(seconds), false).map(|frame| frame[4..].to_vec())
    }

    fn asks(modem: &mut Modem, seconds: u64) -> usize {
        let request = frame::Request { code: RequestCode::SEND_USSD, serial: 1, payload: b"" };
        modem.answer(Duration::from_secs(seconds), &request).place.unwrap()
    }

    #[test]
    fn what_follows_an_answer_comes_as_long_after_it_as_it_did() {
        let mut modem = ussd();
        assert_eq!(modem.notice(Duration::ZERO, false).unwrap(), b"\0\0\0\x05first");
        assert_eq!((comes(&mut modem, 5), modem.next_notice()), (None, Some(Duration::from_secs(6))));
        // Asked for late, and answered late.
        let answer = asks(&mut modem, 5);
        assert_eq!((comes(&mut modem, 50), modem.next_notice()), (None, None), "it waits for the answer");
        modem.sent(Duration::from_secs(7), answer);
        assert_eq!((comes(&mut modem, 10), modem.next_notice()), (None, Some(Duration::from_secs(11))));
        assert_eq!(comes(&mut modem, 11).unwrap(), b"result");
        assert_eq!((comes(&mut modem, 64), modem.next_notice()), (None, Some(Duration::from_secs(65))));
        assert_eq!(comes(&mut modem, 65).unwrap(), b"call");
        assert_eq!((comes(&mut modem, 999), modem.next_notice()), (None, None));
    }

    #[test]
    fn to_a_client_that_does_not_ask_all_comes_in_its_time() {
        let mut modem = ussd();
        let all = [0, 6, 60].map(|seconds| comes(&mut modem, seconds).unwrap());
        assert_eq!(all, [&b"first"[..], b"result", b"call"]);
        // So it does for one that has given up waiting for its answer.
        let mut modem = ussd();
        comes(&mut modem, 0);
        let answer = asks(&mut modem, 3);
        modem.given_up(answer);
        assert_eq!(modem.next_notice(), Some(Duration::from_secs(8)), "five after the request");
    }

    #[test]
    fn in_a_hurry_only_the_order_counts() {
        let mut modem = ussd();
        let hurries = |modem: &mut Modem| modem.notice(Duration::ZERO, true).map(|frame| frame[4..].to_vec());
        assert_eq!(hurries(&mut modem).unwrap(), b"first");
        assert_eq!(hurries(&mut modem), None);
        let answer = asks(&mut modem, 0);
        assert_eq!(hurries(&mut modem), None);
        modem.sent(Duration::ZERO, answer);
        assert_eq!([(); 2].map(|()| hurries(&mut modem).unwrap()), [&b"result"[..], b"call"]);
    }
}
