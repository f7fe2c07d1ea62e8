//! What strangers write and this service reads, one function for each reader: the way in for fuzz targets.
//!
//! No part of the interface: the functions take bytes and give back just enough to say what must hold.

use std::net::SocketAddr;

use caller_tag::NumberingPlan;
use rsipstack::sip::{Request, SipMessage};
use tokio::time::Instant;

use crate::call::target;
use crate::media::dtmf::{self, Events};
use crate::media::origin::Origin;
use crate::media::relay;
use crate::media::rtp::{self, Heard};
use crate::media::sdp::{self, Offer};
use crate::media::source::may_hear;
use crate::settings::{Calls, Digest, Identity};
use crate::sip::digest::{Guard, Shown};
use crate::sip::identity::{self, Caller};
use crate::sip::{body_length, refusal};

/// Where descriptions that this service writes lead.
pub const LOCAL: &str = "192.0.2.9:30000";

/// What is read in a request before anything is done for it.
#[derive(Debug)]
pub struct Requested {
    /// The status with which it is refused.
    pub refused: Option<u16>,
    /// The caller, `+` and digits.
    pub caller: Option<String>,
    /// Whom it calls.
    pub called: Option<String>,
    /// Whether it shows a password that nobody knows.
    pub shows_password: bool,
}

/// Reads a request as it comes from a peer. `None` when it is none.
pub fn request(message: &[u8], plan: &NumberingPlan) -> Option<Requested> {
    let SipMessage::Request(mut request) = SipMessage::try_from(message).ok()? else { return None };
    request.body.truncate(body_length(&request)?);
    let caller = match identity::caller(&request, Identity::Any, plan) {
        Caller::Number(number) => Some(number.to_string()),
        Caller::Withheld => None,
    };
    Some(Requested {
        refused: refusal(&request).map(|(status, _)| status.code()),
        caller,
        called: identity::number(&request.uri, plan).map(|number| number.to_string()),
        shows_password: shows_password(&request),
    })
}

fn shows_password(request: &Request) -> bool {
    let password = format!("{:032x}", rand::random::<u128>());
    let guard = Guard::new("voip".to_owned(), "trunk".to_owned(), password, vec![Digest::Sha256, Digest::Md5]);
    guard.check(request, Instant::now()) != Shown::Wrong
}

/// The answer of this service to an offer, if there is something in it for it.
pub fn answer(offer: &[u8]) -> Option<Vec<u8>> {
    Offer::read(offer).map(|offer| offer.answer(local()))
}

/// A description as it leads through a relay, and where it led.
pub fn relayed(description: &[u8]) -> Option<(Vec<u8>, SocketAddr)> {
    relay::redirect(description, local(), |remote| may_hear(local().ip(), remote))
}

/// Descriptions as one leg's own, in their order.
pub fn stamped(descriptions: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut origin = Origin::new(local().ip());
    descriptions.iter().map(|description| origin.stamp(description)).collect()
}

/// A description that is offered again.
pub fn again(description: &[u8]) -> Vec<u8> {
    sdp::again(description)
}

/// The digits and the number of samples in packets, where digits have the payload type 101.
pub fn heard(packets: &[&[u8]]) -> (String, usize) {
    let (mut digits, mut samples, mut events) = (String::new(), 0, Events::default());
    for packet in packets {
        match rtp::read(packet, Some(101), &mut events) {
            Some(Some(Heard::Digit(digit))) => digits.push(digit),
            Some(Some(Heard::Speech(_, speech))) => samples += speech.len(),
            Some(None) | None => {}
        }
    }
    (digits, samples)
}

/// The digit in an INFO.
pub fn info(kind: &str, content: &[u8]) -> Option<char> {
    dtmf::info(kind, content)
}

/// Whom a phone calls with these digits.
pub fn target(digits: &str, plan: &NumberingPlan, calls: &Calls) -> Option<String> {
    target::target(digits, plan, calls).ok().map(|target| target.number.to_string())
}

fn local() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 9], 30_000))
}
