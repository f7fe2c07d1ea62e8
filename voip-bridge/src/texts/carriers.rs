//! By which a message goes: a SIP peer, or a connection to a service centre.
//!
//! A SIP peer is asked again with the same Call-ID, tag and CSeq, by which it may know the message; a device knows a
//! tagged text by its id. A service centre knows nothing of a message that comes again: so that none is sent twice, an
//! attempt is written down before it is made, and what was handed over and not answered for is given up.

use caller_tag::E164;
use ril_protocol::sms_pdu::{Status, Submit};
#[cfg(feature = "smpp")]
use std::collections::HashMap;
#[cfg(feature = "smpp")]
use tokio_util::sync::CancellationToken;

use super::outcome::Outcome;
use super::{Texts, content};
use crate::pool::StoreError;
use crate::sip::Agent;
use crate::sip::message::Outgoing;
#[cfg(feature = "smpp")]
use crate::smpp::{Link, Submitted, pdu};
use crate::store::Message;

#[cfg(feature = "smpp")]
use crate::settings::{Long, NoSecret};

/// All that messages go by. Clones are the same.
#[derive(Clone)]
pub(crate) struct Carriers {
    agent: Agent,
    #[cfg(feature = "smpp")]
    links: HashMap<String, Link>,
}

impl Carriers {
    /// The SIP peers of `agent`, and the connections that the settings have, until `stop`.
    ///
    /// # Errors
    /// [`NoSecret`].
    #[cfg(feature = "smpp")]
    pub(crate) fn open(texts: &Texts, agent: Agent, stop: &CancellationToken) -> Result<Self, NoSecret> {
        let opened = texts.0.settings.smpp.iter().map(|smpp| Ok((smpp.name.clone(), Link::open(smpp, texts, stop)?)));
        Ok(Self { agent, links: opened.collect::<Result<_, NoSecret>>()? })
    }

    /// The SIP peers of `agent`.
    #[cfg(not(feature = "smpp"))]
    pub(crate) fn open(
        _: &Texts,
        agent: Agent,
        _: &tokio_util::sync::CancellationToken,
    ) -> Result<Self, crate::settings::NoSecret> {
        Ok(Self { agent })
    }

    pub(super) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// A tagged text from an access number to a SIM.
    pub(super) async fn to_sim(&self, by: &str, message: &Message, from: &E164, to: &E164, text: String) -> Outcome {
        #[cfg(feature = "smpp")]
        if let Some(link) = self.links.get(by) {
            let seconds = message.expires.0 - message.queued.0;
            let envelope = pdu::Envelope { from: from.digits(), to: to.digits(), seconds, receipt: false };
            return match pdu::short(&envelope, &text) {
                Ok(submit) => match link.submit(submit, &message.id, false).await {
                    Submitted::Done | Submitted::Sent => Outcome::Done,
                    // The device knows it when it comes again.
                    Submitted::Later | Submitted::Unknown => Outcome::Later(None),
                    Submitted::Never(status) => Outcome::Never(status),
                },
                Err(_) => Outcome::Never(Status::INCOMPATIBLE.0),
            };
        }
        self.by_sip(by, message, &from.to_string(), &to.to_string(), text).await
    }

    /// A message of a phone.
    pub(super) async fn to_world(
        &self,
        by: &str,
        texts: &Texts,
        message: &Message,
        submits: &[Submit],
    ) -> Result<Outcome, StoreError> {
        #[cfg(feature = "smpp")]
        if let Some(link) = self.links.get(by) {
            return self.by_smpp(link, texts, message, submits).await;
        }
        let _ = texts;
        Ok(match content::text_of(submits) {
            Ok(text) => self.by_sip(by, message, &message.number.to_string(), &message.peer, text).await,
            Err(_) => Outcome::Never(Status::INCOMPATIBLE.0),
        })
    }

    async fn by_sip(&self, by: &str, message: &Message, from: &str, to: &str, text: String) -> Outcome {
        // The configuration was checked: the name is a peer's.
        let Some(peer) = self.agent.peer(by) else { return Outcome::Later(None) };
        let (kind, body) = ("text/plain;charset=UTF-8", text.into_bytes());
        self.agent.message(Outgoing { peer, to, from, kind, body, id: &message.id, in_reply_to: None }).await.into()
    }

    #[cfg(feature = "smpp")]
    async fn by_smpp(
        &self,
        link: &Link,
        texts: &Texts,
        message: &Message,
        submits: &[Submit],
    ) -> Result<Outcome, StoreError> {
        if message.given {
            return Ok(Outcome::Never(Status::NO_RESPONSE.0));
        }
        let envelope = pdu::Envelope {
            from: message.number.digits(),
            to: message.peer.trim_start_matches('+'),
            seconds: message.expires.0 - message.queued.0,
            receipt: submits.iter().any(|submit| submit.status_report_request),
        };
        let submit = match submits {
            [submit] => pdu::submit(&envelope, submit),
            _ => content::text_of(submits).and_then(|text| pdu::whole(&envelope, &text)),
        };
        let Ok(submit) = submit else { return Ok(Outcome::Never(Status::INCOMPATIBLE.0)) };
        if !texts.0.store.give_message(message).await? {
            return Ok(Outcome::Lost);
        }
        Ok(match link.submit(submit, &message.id, envelope.receipt).await {
            Submitted::Done => Outcome::Done,
            Submitted::Sent => Outcome::Lost,
            Submitted::Later => Outcome::Later(None),
            Submitted::Never(status) => Outcome::Never(status),
            Submitted::Unknown => Outcome::Never(Status::NO_RESPONSE.0),
        })
    }
}

impl Texts {
    /// Whether the provider takes long messages whole, and not in parts.
    pub(super) fn joins(&self) -> bool {
        #[cfg(feature = "smpp")]
        if let Some(provider) = &self.0.messages.provider
            && let Some(smpp) = self.0.settings.smpp.iter().find(|smpp| smpp.name == *provider)
        {
            return smpp.long == Long::Payload;
        }
        true
    }
}
