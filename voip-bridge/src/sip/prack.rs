//! Provisional responses that must arrive (RFC 3262), of peers that are called: where their PRACK goes.
//!
//! The stack makes each PRACK and sends it until it is answered, but it has no early dialogs: it would go where the
//! INVITE went. So what such a response says of its sender is noted before the stack sees it: its PRACK goes to the
//! `Contact`, by way of the `Record-Route` (RFC 3261 section 12.1.2). The description in it is the answer, which the
//! 2xx need not repeat ([`Agreed`]). It refuses nothing: a PRACK that nobody answers holds the call up for as long as
//! the stack sends it, 32 seconds. The stack counts such responses of a call and not of an early dialog, so of two
//! forks that both send them the one with the lower numbers may not be acknowledged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::headers::{Header, Route};
use rsipstack::sip::typed::RecordRoute;
use rsipstack::sip::{HasHeaders, HeadersExt, Method, Request, Response, SipMessage, StatusCode, StatusCodeKind, Uri};
use rsipstack::transaction::endpoint::MessageInspector;
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transport::SipAddr;

use super::lock;

/// The calls of this side whose responses must be acknowledged by way of proxies.
#[derive(Default)]
pub(super) struct Pracks {
    layer: OnceLock<Weak<DialogLayer>>,
    paths: Mutex<HashMap<Call, Path>>,
}

/// Call-ID and own tag.
type Call = (String, String);

/// How the sender of the last such response of a call is reached.
struct Path {
    target: Uri,
    route: Vec<String>,
}

impl Pracks {
    /// Where the calls are.
    pub(super) fn watch(&self, layer: &Arc<DialogLayer>) {
        self.layer.get_or_init(|| Arc::downgrade(layer));
    }

    /// What the stack asks before each message.
    pub(super) fn inspector(self: &Arc<Self>) -> Box<dyn MessageInspector> {
        Box::new(Inspector(self.clone()))
    }

    /// This call is no more.
    pub(super) fn forget(&self, id: &DialogId) {
        lock(&self.paths).remove(&(id.call_id.clone(), id.local_tag.clone()));
    }

    fn note(&self, response: &Response) {
        let Some((layer, id)) = self.layer.get().and_then(Weak::upgrade).zip(of_call(response)) else { return };
        let Some((target, contact)) = target(response).zip(response.contact_header().ok()) else { return };
        // Locked before the call is looked for: who forgets one takes it out of the layer first.
        let mut paths = lock(&self.paths);
        let call = (id.call_id.clone(), id.local_tag.clone());
        let Some(dialog) = layer.get_dialog(&DialogId { remote_tag: String::new(), ..id }) else { return };
        let route = route(response);
        // A request goes to the first proxy, or to the other end where there is none.
        let next = route.first().map_or_else(|| target.clone(), |first| first.uri.clone());
        dialog.set_remote_target(next, Some(contact.clone()));
        let route: Vec<String> = route.iter().map(ToString::to_string).collect();
        if route.is_empty() {
            paths.remove(&call);
        } else {
            paths.insert(call, Path { target, route });
        }
    }

    fn direct(&self, prack: &mut Request) {
        let tag = prack.from_header().ok().and_then(|from| from.tag().ok().flatten());
        let Some((id, tag)) = prack.call_id_header().ok().zip(tag) else { return };
        if let Some(path) = lock(&self.paths).get(&(id.value().to_owned(), tag.value().to_owned())) {
            prack.uri = path.target.clone();
            let route = path.route.iter().map(|proxy| Header::Route(Route::new(proxy.clone())));
            prack.headers_mut().extend(route.collect());
        }
    }
}

struct Inspector(Arc<Pracks>);

impl MessageInspector for Inspector {
    fn before_send(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        match message {
            SipMessage::Request(mut request) if request.method == Method::PRack => {
                self.0.direct(&mut request);
                request.into()
            }
            other => other,
        }
    }

    fn after_received(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        if let SipMessage::Response(response) = &message
            && must_arrive(response)
        {
            self.0.note(response);
        }
        message
    }
}

/// The answer in a provisional response that has arrived, and by whom.
pub(super) struct Agreed {
    by: Option<String>,
    description: Vec<u8>,
}

impl Agreed {
    /// What a response to an INVITE with an offer says for good (RFC 3262 section 5).
    pub(super) fn by(response: &Response) -> Option<Self> {
        let says = must_arrive(response) && !response.body.is_empty();
        says.then(|| Self { by: sender(response), description: response.body.clone() })
    }

    /// The answer in a 2xx, or the one that its sender has given before.
    pub(super) fn in_answer(before: Option<Self>, answer: Response) -> Vec<u8> {
        match before {
            Some(agreed) if answer.body.is_empty() && agreed.by == sender(&answer) => agreed.description,
            _ => answer.body,
        }
    }
}

/// The tag of who answers.
fn sender(response: &Response) -> Option<String> {
    let tag = response.to_header().ok()?.tag().ok()??;
    Some(tag.value().to_owned())
}

/// Whether a response waits for PRACK. A 100 never does (RFC 3262 section 4).
fn must_arrive(response: &Response) -> bool {
    response.status_code.kind() == StatusCodeKind::Provisional
        && response.status_code != StatusCode::Trying
        && response.header_contains_token("Require", "100rel")
        && response.rseq_value().is_some()
}

fn of_call(response: &Response) -> Option<DialogId> {
    DialogId::try_from((response, TransactionRole::Client)).ok()
}

fn target(response: &Response) -> Option<Uri> {
    Some(response.typed_contact_headers().ok()?.first()?.uri.clone())
}

/// The route set of the caller: the proxies in the order that was recorded, backwards.
fn route(response: &Response) -> Vec<RecordRoute> {
    let mut route = response.typed_record_route_headers().unwrap_or_default();
    route.reverse();
    route
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: &str, tag: &str, more: &str, body: &str) -> Response {
        let text = format!(
            "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nFrom: <sip:2@192.0.2.9>;tag=1\r\n\
             To: <sip:1@192.0.2.1>;tag={tag}\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Response::try_from(text.as_str()).expect("a response")
    }

    #[test]
    fn an_answer_counts_when_it_has_arrived_and_for_who_gave_it() {
        let reliable = "Require: 100rel\r\nRSeq: 1\r\n";
        let agreed = || Agreed::by(&response("183 Session Progress", "a", reliable, "early"));
        let answer = |tag, body| Agreed::in_answer(agreed(), response("200 OK", tag, "", body));
        assert_eq!(answer("a", ""), b"early");
        assert_eq!(answer("b", ""), b"", "another phone's");
        assert_eq!(answer("a", "late"), b"late");
        assert_eq!(Agreed::in_answer(None, response("200 OK", "a", "", "")), b"");
    }

    #[test]
    fn what_need_not_arrive_agrees_to_nothing() {
        let reliable = "Require: 100rel\r\nRSeq: 1\r\n";
        for (status, more, body) in [
            ("100 Trying", reliable, "early"),
            ("183 Session Progress", "Require: 100rel\r\n", "early"),
            ("183 Session Progress", "RSeq: 1\r\n", "early"),
            ("180 Ringing", reliable, ""),
            ("200 OK", reliable, "late"),
        ] {
            assert!(Agreed::by(&response(status, "a", more, body)).is_none(), "{status} {more}");
        }
    }
}
