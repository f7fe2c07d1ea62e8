//! The INVITE of a leg that calls: to whom, shown as whom, by which way.
//!
//! It asks for a session timer, and once more when the other end wants a longer interval than this side asked for (422,
//! RFC 4028 section 6). It refuses to follow anybody elsewhere: a 3xx ends a call like any other refusal.

use rsipstack::dialog::dialog::DialogStateReceiver;
use rsipstack::dialog::invitation::{InviteAsyncResult, InviteOption};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::headers::{Header, PAssertedIdentity};
use rsipstack::sip::{HostWithPort, Param, Response, Uri};
use rsipstack::transport::SipAddr;
use tokio::task::JoinHandle;
use tracing::debug;

use super::{Agent, allow, timer, uri, wire};
use crate::cause::Cause;
use crate::settings::{Peer, Transport};

/// Whom a leg is to call.
pub(crate) struct Destination<'a> {
    /// The peer that gets the call.
    pub(crate) peer: &'a Peer,
    /// Whom that peer is to call.
    pub(crate) callee: Callee<'a>,
    /// Who is shown as the caller (`+` and digits); nobody when it is `None`.
    pub(crate) caller: Option<&'a str>,
    /// How many more hops it may take.
    pub(crate) hops: u8,
}

/// Whom a peer is to call.
pub(crate) enum Callee<'a> {
    /// `+` and digits.
    Number(&'a str),
    /// Somebody elsewhere, whom the peer reaches.
    Uri(&'a str),
}

/// An INVITE that can be sent.
pub(super) struct Invite {
    option: InviteOption,
    headers: Vec<Header>,
    /// The interval that a 422 has named.
    interval: Option<u32>,
}

/// What comes of an INVITE that was sent.
pub(super) struct Sent {
    pub(super) dialog: InviteDialog,
    pub(super) states: DialogStateReceiver,
    pub(super) result: JoinHandle<InviteAsyncResult>,
}

impl Invite {
    /// An INVITE with this offer.
    pub(super) fn new(agent: &Agent, to: &Destination<'_>, offer: Vec<u8>) -> Result<Self, Cause> {
        let transport = to.peer.transport;
        let own: HostWithPort = agent.address(transport).ok_or(Cause::TEMPORARY)?.into();
        let mut headers = vec![Header::MaxForwards(u32::from(to.hops).into()), allow()];
        let caller = match to.caller {
            Some(caller) => {
                let caller = uri(caller, own, transport);
                headers.push(Header::PAssertedIdentity(PAssertedIdentity::new(format!("<{caller}>"))));
                caller
            }
            None => {
                headers.push(Header::Privacy("id".into()));
                Uri::try_from("sip:anonymous@anonymous.invalid").map_err(|_| Cause::TEMPORARY)?
            }
        };
        let peer = destination(to.peer);
        let (callee, route_set) = match to.callee {
            Callee::Number(number) => (uri(number, peer.addr.clone(), transport), Vec::new()),
            Callee::Uri(elsewhere) => {
                let mut route = uri("", peer.addr.clone(), transport);
                route.auth = None;
                route.params.push(Param::Lr);
                let callee = Uri::try_from(elsewhere).map_err(|error| {
                    debug!(%error, "a number is forwarded to what is no URI");
                    Cause::INVALID_NUMBER
                })?;
                (callee, vec![route.into()])
            }
        };
        let option = InviteOption {
            caller,
            callee,
            destination: Some(peer),
            route_set,
            offer: Some(offer),
            support_prack: true,
            contact: agent.contact(transport).ok_or(Cause::TEMPORARY)?,
            credential: agent.0.credentials.get(&to.peer.name).cloned(),
            ..InviteOption::default()
        };
        Ok(Self { option, headers, interval: None })
    }

    /// Sends it.
    pub(super) fn send(&self, agent: &Agent) -> Result<Sent, Cause> {
        let headers = self.headers.iter().cloned().chain(timer::ask(self.interval)).collect();
        let option = InviteOption { headers: Some(headers), ..self.option.clone() };
        let (sender, states) = agent.0.layer.new_dialog_state_channel();
        let (dialog, result) = agent.0.layer.do_invite_async(option, sender).map_err(|error| {
            debug!(%error, "an INVITE could not be sent");
            Cause::TEMPORARY
        })?;
        Ok(Sent { dialog, states, result })
    }

    /// The interval of the session timer that a 422 has named, if any.
    pub(super) fn interval(&self) -> Option<u32> {
        self.interval
    }

    /// Whether it may be sent again after this refusal, and is changed so.
    pub(super) fn heeds(&mut self, refusal: &Response) -> bool {
        let again = self.interval.is_none();
        self.interval = self.interval.or_else(|| timer::least_of(refusal));
        again && self.interval.is_some()
    }
}

/// Where requests for a peer are sent: by its name where a certificate is looked at.
pub(super) fn destination(peer: &Peer) -> SipAddr {
    let name = peer.certificate_name.as_ref().filter(|_| peer.transport == Transport::Tls);
    let addr = match name {
        Some(name) => HostWithPort {
            host: rsipstack::sip::Host::Domain(rsipstack::sip::Domain(name.clone())),
            port: Some(peer.address.port().into()),
        },
        None => peer.address.into(),
    };
    SipAddr { r#type: Some(wire(peer.transport)), addr }
}
