//! The messages of SIP peers: each is taken, kept, and only then answered; and what waits is given away.

use std::time::Duration;

use ril_protocol::sms_pdu::{Deliver, Tpdu};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::incoming::{Content, Received, Verdict};
use super::{Carriers, Texts, rpdu, sender};
use crate::clock::now;
use crate::pool::Direction;
use crate::sip::message::{Body, Incoming, Outgoing};
use crate::sip::{Agent, identity, status};

/// How long attempts that have begun may take when the service stops.
const GOODBYE: Duration = Duration::from_secs(5);

impl Texts {
    /// Serves messages until `stop`, and ends what was begun.
    pub(crate) async fn serve(
        self,
        carriers: Carriers,
        mut incoming: mpsc::Receiver<Incoming>,
        stop: CancellationToken,
    ) {
        let agent = carriers.agent().clone();
        let sending = TaskTracker::new();
        for direction in [Direction::In, Direction::Out] {
            sending.spawn(sender::run(self.clone(), carriers.clone(), direction, stop.clone()));
        }
        sending.close();
        let taken = TaskTracker::new();
        loop {
            let message = tokio::select! {
                message = incoming.recv() => message,
                () = stop.cancelled() => break,
            };
            let Some(message) = message else { break };
            let (texts, agent) = (self.clone(), agent.clone());
            taken.spawn(async move { texts.one(&agent, message).await });
        }
        taken.close();
        let ended = async {
            taken.wait().await;
            sending.wait().await;
        };
        if timeout(GOODBYE, ended).await.is_err() {
            warn!("messages are left under way: they will be tried again");
        }
    }

    async fn one(&self, agent: &Agent, message: Incoming) {
        let Incoming { peer, uri, from, body, id, answer } = message;
        let (content, data) = match body {
            Body::Text(text) => (Content::Text(text), None),
            Body::Rpdu(octets) => {
                let data = rpdu::data(&octets);
                let deliver = data.as_ref().and_then(|data| Deliver::decode(&data.tpdu).ok());
                let Some(deliver) = deliver else { return answer.give(status(Verdict::Malformed)) };
                (Content::Deliver(Box::new(deliver)), data)
            }
        };
        // A network that has not heard of an RP-DATA sends it again, in a new MESSAGE: its TPDU says that it is the
        // same.
        let words: Vec<&[u8]> = match &data {
            Some(data) => vec![&data.tpdu],
            None => id.iter().map(String::as_bytes).collect(),
        };
        let to = identity::number(&uri, self.plan());
        let received = Received { peer: &peer, to, from: from.as_deref(), id: &words, content };
        let verdict = self.receive(received, now()).await;
        answer.give(status(verdict));
        if let (Verdict::Accepted, Some(data), Some(number), Some(from)) = (verdict, data, to, from) {
            self.acknowledge(agent, &peer, &number.to_string(), &from, &id[0], data.reference).await;
        }
    }

    /// Tells the network that an RP-DATA has arrived (TS 24.341 section 5.3.2.4). Without that it sends it again.
    async fn acknowledge(&self, agent: &Agent, peer: &str, number: &str, to: &str, call_id: &str, reference: u8) {
        let Some(peer) = agent.peer(peer) else { return };
        let outgoing = Outgoing {
            peer,
            to,
            from: number,
            kind: "application/vnd.3gpp.sms",
            body: rpdu::ack(reference),
            id: &super::message_id(&[b"ack", call_id.as_bytes()], 0),
            in_reply_to: Some(call_id),
        };
        agent.message(outgoing).await;
    }
}

/// The SIP status of a verdict.
fn status(verdict: Verdict) -> u16 {
    match verdict {
        // RFC 3428 section 7: it is taken, and goes on later.
        Verdict::Accepted => status::ACCEPTED,
        Verdict::Malformed => status::BAD_REQUEST,
        Verdict::Refused => status::FORBIDDEN,
        Verdict::Unknown => status::NOT_FOUND,
        Verdict::TooLong => status::REQUEST_ENTITY_TOO_LARGE,
        Verdict::Busy => status::SERVICE_UNAVAILABLE,
    }
}
