//! MESSAGE (RFC 3428), in and out of a call: what a peer sends, and what is sent to one.
//!
//! `text/plain` in UTF-8 and the RP-DATA of 3GPP TS 24.341 (`application/vnd.3gpp.sms`) are read. A peer hears 202 when
//! the message is durable, and not before: this service is a relay (RFC 3428 section 7). A request is sent with the
//! message's own Call-ID, tag and CSeq each time that it is tried, so that a receiver which looks can know it again. It
//! refuses bodies above 4 KiB, other types, and other character sets.

use std::time::Duration;

use caller_tag::NumberingPlan;
use rsipstack::dialog::authenticate::{AuthRetry, handle_client_authenticate};
use rsipstack::sip::headers::{Accept, CallId, ContentType, Header, PAssertedIdentity, RetryAfter};
use rsipstack::sip::{HeadersExt, Request, Response, SipMessage, StatusCode, StatusCodeKind, Uri, typed};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use tracing::debug;

use super::place::destination;
use super::{Agent, identity, reply, status, uri};
use crate::settings::Peer;

/// The types that are read, as an `Accept` header lists them.
pub(super) const ACCEPTED: &str = "text/plain, application/vnd.3gpp.sms";
/// The largest body that is looked at.
const LONGEST: usize = 4096;
/// After how many seconds a peer may try again.
const BUSY: &str = "30";

/// What a peer sends.
pub(crate) struct Incoming {
    /// The name of the peer.
    pub(crate) peer: String,
    /// To whom.
    pub(crate) uri: Uri,
    /// From whom, as written; nobody when it is withheld.
    pub(crate) from: Option<String>,
    /// What.
    pub(crate) body: Body,
    /// Call-ID, tag and CSeq, by which it is known when it comes again.
    pub(crate) id: [String; 3],
    /// The request, to be answered.
    pub(crate) answer: Answer,
}

/// What is in a MESSAGE.
pub(crate) enum Body {
    /// A text.
    Text(String),
    /// An RPDU of 3GPP TS 24.011.
    Rpdu(Vec<u8>),
}

/// The answer that a peer waits for. Whoever drops it leaves the peer to try again.
pub(crate) struct Answer(Transaction);

/// What is sent.
pub(crate) struct Outgoing<'a> {
    /// To which peer.
    pub(crate) peer: &'a Peer,
    /// For whom: `+` and digits.
    pub(crate) to: &'a str,
    /// From whom: `+` and digits.
    pub(crate) from: &'a str,
    /// The type of the body.
    pub(crate) kind: &'static str,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// By which the message is known: Call-ID and tag are made of it.
    pub(crate) id: &'a str,
    /// The Call-ID of the MESSAGE to which this is the answer.
    pub(crate) in_reply_to: Option<&'a str>,
}

/// What a peer has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// The status: 408 when there was no answer (RFC 3261 section 8.1.3.1).
    pub(crate) status: u16,
    /// How long it asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

/// Reads a MESSAGE, or answers what is wrong with it.
pub(super) fn read(transaction: Transaction, peer: &Peer, plan: &NumberingPlan) -> Option<Incoming> {
    let from = identity::sender(&transaction.original, peer.identity, plan);
    match parts(&transaction.original) {
        Ok((body, id)) => {
            let (peer, uri) = (peer.name.clone(), transaction.original.uri.clone());
            Some(Incoming { peer, uri, from, body, id, answer: Answer(transaction) })
        }
        Err((status, headers)) => {
            reply(transaction, status, headers);
            None
        }
    }
}

type Parts = (Body, [String; 3]);

fn parts(request: &Request) -> Result<Parts, (StatusCode, Vec<Header>)> {
    if request.body.len() > LONGEST {
        return Err((StatusCode::RequestEntityTooLarge, Vec::new()));
    }
    let unsupported = || (StatusCode::UnsupportedMediaType, vec![Header::Accept(Accept::new(ACCEPTED))]);
    let malformed = || (StatusCode::BadRequest, Vec::new());
    let kind = request.headers.iter().find_map(|header| match header {
        Header::ContentType(kind) => Some(kind.value().to_ascii_lowercase()),
        _ => None,
    });
    if request.header_value("Content-Encoding").is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity")) {
        return Err(unsupported());
    }
    let kind = kind.ok_or_else(unsupported)?;
    let mut words = kind.split(';').map(str::trim);
    let body = match words.next() {
        Some("text/plain") => {
            let charset = words.find_map(|word| word.strip_prefix("charset=")).unwrap_or("utf-8").trim_matches('"');
            if !matches!(charset, "utf-8" | "us-ascii") {
                return Err(unsupported());
            }
            Body::Text(String::from_utf8(request.body.clone()).map_err(|_| malformed())?)
        }
        Some("application/vnd.3gpp.sms") => Body::Rpdu(request.body.clone()),
        _ => return Err(unsupported()),
    };
    let call_id = request.call_id_header().map_err(|_| malformed())?.value().to_owned();
    let tag = request.from_header().ok().and_then(|from| from.tag().ok().flatten());
    let sequence = request.cseq_header().and_then(|sequence| sequence.seq()).map_err(|_| malformed())?;
    let tag = tag.map_or_else(String::new, |tag| tag.value().to_owned());
    Ok((body, [call_id, tag, sequence.to_string()]))
}

impl Answer {
    /// The answer to this request.
    pub(super) fn to(transaction: Transaction) -> Self {
        Self(transaction)
    }

    /// Answers.
    pub(crate) fn give(self, status: u16) {
        let status = StatusCode::from(status);
        let busy = status == StatusCode::ServiceUnavailable;
        let headers = if busy { vec![Header::RetryAfter(RetryAfter::new(BUSY))] } else { Vec::new() };
        reply(self.0, status, headers);
    }
}

impl Agent {
    /// Sends a MESSAGE and waits for the answer.
    pub(crate) async fn message(&self, outgoing: Outgoing<'_>) -> Answered {
        match self.try_message(outgoing).await {
            Ok(Some(response)) => Answered { status: response.status_code.code(), retry_after: retry_after(&response) },
            Ok(None) => Answered { status: status::REQUEST_TIMEOUT, retry_after: None },
            Err(_) => {
                debug!("a MESSAGE could not be sent");
                Answered { status: status::SERVICE_UNAVAILABLE, retry_after: None }
            }
        }
    }

    async fn try_message(&self, outgoing: Outgoing<'_>) -> rsipstack::Result<Option<Response>> {
        let Outgoing { peer, to, from, kind, body, id, in_reply_to } = outgoing;
        let endpoint = self.0.endpoint.inner.clone();
        let target = destination(peer);
        let transport = peer.transport;
        let Some(own) = self.address(transport) else { return Ok(None) };
        let (connection, _) = endpoint.transport_layer.lookup(&target, None).await?;
        let via = endpoint.get_via(Some(connection.get_addr().clone()), None)?;
        let to = uri(to, target.addr.clone(), transport);
        let own_uri = uri(from, own.into(), transport);
        let from = typed::From { display_name: None, uri: own_uri.clone(), params: Vec::new() }.with_tag(id.into());
        let recipient = typed::To { display_name: None, uri: to.clone(), params: Vec::new() };
        let call_id = CallId::new(format!("{id}@{}", own.ip()));
        let mut request =
            endpoint.make_request(rsipstack::sip::Method::Message, to, via, from, recipient, 1, Some(call_id));
        request.headers.push(Header::PAssertedIdentity(PAssertedIdentity::new(format!("<{own_uri}>"))));
        request.headers.push(Header::ContentType(ContentType::new(kind)));
        if let Some(call_id) = in_reply_to {
            request.headers.push(Header::Other("In-Reply-To".to_owned(), call_id.to_owned()));
        }
        request.body = body;
        let key = TransactionKey::from_request(&request, TransactionRole::Client)?;
        let mut transaction = Transaction::new_client(key, request, endpoint, None);
        transaction.destination = Some(target);
        transaction.send().await?;
        let (mut auth, mut sequence) = (AuthRetry::new(), 1);
        while let Some(message) = transaction.receive().await {
            let SipMessage::Response(response) = message else { continue };
            let challenged =
                matches!(response.status_code, StatusCode::Unauthorized | StatusCode::ProxyAuthenticationRequired);
            match self.0.credentials.get(&peer.name) {
                _ if response.status_code.kind() == StatusCodeKind::Provisional => {}
                Some(credential) if challenged && auth.should_answer(&response) => {
                    sequence += 1;
                    let target = transaction.destination.clone();
                    transaction = handle_client_authenticate(sequence, &transaction, response, credential).await?;
                    transaction.destination = target;
                    transaction.send().await?;
                }
                _ => return Ok(Some(response)),
            }
        }
        Ok(None)
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers.iter().find_map(|header| match header {
        Header::RetryAfter(value) => Some(value.value()),
        _ => None,
    })?;
    // `18000;duration=3600`, `120 (in a meeting)`
    let digits: String = value.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &str, body: &[u8]) -> Request {
        let text = format!(
            "MESSAGE sip:+15550100001@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
             From: <sip:+15550199999@192.0.2.9>;tag=f1\r\nTo: <sip:+15550100001@192.0.2.1>\r\nCall-ID: c1\r\n\
             CSeq: 7 MESSAGE\r\n{headers}\r\n"
        );
        let mut request = Request::try_from(text.as_str()).expect("a request");
        request.body = body.to_owned();
        request
    }

    fn text(headers: &str, body: &[u8]) -> Result<String, u16> {
        match parts(&message(headers, body)) {
            Ok((Body::Text(text), id)) => {
                assert_eq!(id, ["c1", "f1", "7"]);
                Ok(text)
            }
            Ok((Body::Rpdu(octets), ..)) => Ok(format!("{octets:?}")),
            Err((status, _)) => Err(status.code()),
        }
    }

    #[test]
    fn texts_and_rpdus_are_read() {
        assert_eq!(text("Content-Type: text/plain\r\n", b"hello").as_deref(), Ok("hello"));
        assert_eq!(text("c: Text/Plain; charset=\"UTF-8\"\r\n", "ü€".as_bytes()).as_deref(), Ok("ü€"));
        assert_eq!(text("Content-Type: text/plain\r\n", b"").as_deref(), Ok(""));
        assert_eq!(text("Content-Type: application/vnd.3gpp.sms\r\n", &[1, 0]).as_deref(), Ok("[1, 0]"));
    }

    #[test]
    fn everything_else_is_refused() {
        assert_eq!(text("", b"hello"), Err(415));
        assert_eq!(text("Content-Type: text/html\r\n", b"hello"), Err(415));
        assert_eq!(text("Content-Type: text/plain;charset=iso-8859-1\r\n", b"hello"), Err(415));
        assert_eq!(text("Content-Type: text/plain\r\nContent-Encoding: gzip\r\n", b"hello"), Err(415));
        assert_eq!(text("Content-Type: text/plain\r\n", b"\xff"), Err(400));
        assert_eq!(text("Content-Type: text/plain\r\n", &[b'a'; LONGEST + 1]), Err(413));
        let (_, headers) = parts(&message("Content-Type: image/png\r\n", b"")).err().expect("a refusal");
        assert_eq!(headers.first().map(Header::value), Some(ACCEPTED));
    }

    #[test]
    fn who_asks_to_wait_is_understood() {
        let answer = |value: &str| {
            let text = format!(
                "SIP/2.0 503 Service Unavailable\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
                 From: <sip:1@192.0.2.9>;tag=1\r\nTo: <sip:2@192.0.2.9>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n{value}\r\n"
            );
            retry_after(&Response::try_from(text.as_str()).expect("a response"))
        };
        assert_eq!(answer("Retry-After: 120 (in a meeting)\r\n"), Some(Duration::from_secs(120)));
        assert_eq!(answer("Retry-After: 18000;duration=3600\r\n"), Some(Duration::from_secs(18_000)));
        assert_eq!(answer("Retry-After: soon\r\n"), None);
        assert_eq!(answer(""), None);
    }
}
