//! From phones to the service: over its link while it can be talked to, or else as tagged texts to the access number.
//!
//! A phone is answered when the service has a message for good, or the network has the texts of one. What was said to
//! the service and not answered is said again when the link is back, and by no other way: nobody knows whether it was
//! heard. After half a minute the phone is told that it failed. If the phone sends the same again within ten minutes,
//! that is the same message, with the same id: if the service has it already, it is not sent twice. So it is until the
//! phone has heard what became of it: also when it fails again, and when the client left that sent it first.
//!
//! What the service was told of and has not answered counts among the few that a phone may have there, whoever waits
//! for it, until the service answers or the link ends. On one link it is said once.
//!
//! The reference (TP-MR) is the router's, in the answer as in the message, so that a status report names it. A status
//! report is asked for in the message, not for the texts that carry it: what the network knows is that the service has
//! it.

use std::time::Duration;

use caller_tag::link::to_service::Say;
use caller_tag::link::{self, TEXT_ID, TextAccepted, TextRejected};
use caller_tag::suffix1::Tag;
use caller_tag::text::{self, Sealer, Way};
use ril_protocol::frame::Request;
use ril_protocol::payload::ims::{ImsMessage, ImsSms};
use ril_protocol::payload::sms::SmsResponse;
use ril_protocol::payload::{Strings, Text};
use ril_protocol::sms_pdu::{Address, Reference, Submit, Tpdu, from_hex, rewrite, split};
use ril_protocol::{Errno, RequestCode, RilVersion, parcel};

use super::{Id, mac};
use crate::router::calls::Access;
use crate::router::pending::{Answer, Waiter};
use crate::router::sms::Messages;
use crate::router::sms::records::Book;
use crate::router::sms::sending::MOST_WAITING;
use crate::router::{Actions, Now, PhoneId, Router, denial};

/// How long a phone waits for the service.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most messages of a phone that the service is told of and has not answered. The link is all phones', and what is said
/// on it waits behind what was said before.
const MOST_SAID: usize = 4;
/// How long a message that failed may be sent again as the same one.
const DOUBT: Duration = Duration::from_secs(600);
/// Most such messages of a phone.
const MOST_DOUBTFUL: usize = 16;
/// TP-RD, which AOSP sets in what it sends again, as it fills in the reference (TS 23.040, 9.2.3.25).
const REJECT_DUPLICATES: u8 = 0x04;

/// A message on its way to the service.
#[derive(Clone, Debug)]
pub(super) struct Leaving {
    waiter: Waiter,
    code: RequestCode,
    /// The service centre that the phone named, for the texts.
    service_centre: Text,
    message: Outbound,
    /// It was said to the service, which has not answered.
    is_said: bool,
    until: Now,
}

/// A message and its names.
#[derive(Clone, Debug)]
struct Outbound {
    /// As the phone sent it.
    tpdu: Vec<u8>,
    /// Its id and reference, once it has them.
    names: Option<(Id, u8)>,
}

/// A message that failed, or whose client left, and that the service may have.
#[derive(Clone, Debug)]
pub(super) struct Doubtful {
    phone: PhoneId,
    message: Outbound,
    /// It was said on this link, and the service has not answered.
    is_said: bool,
    until: Now,
}

/// A text that carries a message, or a piece of one, and those that follow it.
#[derive(Clone, Debug)]
pub(in crate::router::sms) struct Piece {
    message: Outbound,
    service_centre: Text,
    /// What the phone asked for.
    code: RequestCode,
    /// The SMS-SUBMITs that are to follow.
    rest: Vec<String>,
}

/// Where a message of a phone goes.
#[derive(Debug)]
enum Route {
    Direct,
    Service { service_centre: Text, tpdu: Vec<u8> },
    Nowhere(Errno),
}

impl Piece {
    /// The id and the reference of the message that it carries.
    fn names(&self) -> Option<(Id, u8)> {
        self.message.names
    }
}

impl Leaving {
    pub(super) fn until(&self) -> Now {
        self.until
    }
}

impl Outbound {
    /// Whether this is the same message, sent again.
    fn is(&self, tpdu: &[u8]) -> bool {
        let plain = |tpdu: &[u8]| match tpdu.split_first_chunk::<2>() {
            Some(([first, _], rest)) => (first & !REJECT_DUPLICATES, rest.to_vec()),
            None => (0, tpdu.to_vec()),
        };
        plain(&self.tpdu) == plain(tpdu)
    }

    /// The SMS-SUBMIT with its own reference.
    fn named(&self, reference: u8) -> Vec<u8> {
        let mut tpdu = self.tpdu.clone();
        // What is no SMS-SUBMIT was refused.
        let _ = rewrite::set_submit_reference(&mut tpdu, reference);
        tpdu
    }
}

/// Where a message goes that this access number's phone wants sent.
fn route(access: &Access, code: RequestCode, payload: &[u8], version: RilVersion) -> Route {
    let strings = match code {
        RequestCode::CDMA_SEND_SMS => return Route::Nowhere(Errno::REQUEST_NOT_SUPPORTED),
        RequestCode::IMS_SEND_SMS => match parcel::decode::<ImsSms>(payload, version).map(|sms| sms.message) {
            Ok(ImsMessage::Gsm(strings)) => strings,
            _ => return Route::Nowhere(Errno::REQUEST_NOT_SUPPORTED),
        },
        _ => parcel::decode::<Strings>(payload, version).unwrap_or_default(),
    };
    let nowhere = Route::Nowhere(Errno::GENERIC_FAILURE);
    let [service_centre, Some(hex), ..] = &strings[..] else { return nowhere };
    let Ok(tpdu) = from_hex(hex) else { return nowhere };
    let Ok(recipient) = rewrite::destination_address(&tpdu) else { return nowhere };
    let number = recipient.to_string();
    if recipient.name().is_some() || access.is_short(&number) {
        return Route::Direct;
    }
    let is_number = access.is_number(&number) && tpdu.len() <= link::TPDU_LIMIT && Submit::decode(&tpdu).is_ok();
    if is_number { Route::Service { service_centre: service_centre.clone(), tpdu } } else { nowhere }
}

impl Router {
    /// A phone's request to send, if it goes by the service or nowhere; false if it is to be sent as it is.
    pub(in crate::router::sms) fn sends_by_service(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) -> bool {
        let Some(phone) = self.phones.get(id).filter(|phone| phone.by_service) else { return false };
        let version = self.version();
        let route = match &phone.access {
            Some(access) => route(access, request.code, request.payload, version),
            None => Route::Nowhere(denial::not_allowed(version)),
        };
        match route {
            Route::Direct => return false,
            Route::Nowhere(errno) => self.deny(id, request, errno, out),
            Route::Service { service_centre, tpdu } => {
                let of_phone = |leaving: &&Leaving| leaving.waiter.phone == id;
                if self.messages.by_service.leaving.iter().filter(of_phone).count() >= MOST_WAITING {
                    self.refuse_flood(id, request, out);
                } else if let Some(waiter) = self.wait(id, request.serial) {
                    let (names, is_said) = self.take_up_doubtful(now, id, &tpdu);
                    let message = Outbound { tpdu, names };
                    let code = request.code;
                    let until = now + PATIENCE;
                    let leaving = Leaving { waiter, code, service_centre, message, is_said, until };
                    self.messages.by_service.leaving.push(leaving);
                    self.messages.stir();
                }
            }
        }
        true
    }

    /// The id and the reference that a message had when it failed, if it may be sent again as the same; and whether the
    /// service has been told of it and will answer. It stays in doubt until it is known what became of it.
    fn take_up_doubtful(&mut self, now: Now, phone: PhoneId, tpdu: &[u8]) -> (Option<(Id, u8)>, bool) {
        let Messages { by_service, sending, .. } = &mut self.messages;
        by_service.doubtful.retain(|doubtful| doubtful.until > now);
        // One that is on its way again is not sent a third time: that is another.
        let leaving = &by_service.leaving;
        let is_on_its_way = |names| {
            leaving.iter().any(|leaving| leaving.message.names == names)
                || sending.pieces().any(|piece| piece.names() == names)
        };
        let same = |doubtful: &&mut Doubtful| {
            doubtful.phone == phone && doubtful.message.is(tpdu) && !is_on_its_way(doubtful.message.names)
        };
        match by_service.doubtful.iter_mut().find(same) {
            Some(doubtful) => (doubtful.message.names, std::mem::take(&mut doubtful.is_said)),
            None => (None, false),
        }
    }

    /// A message of a phone failed or lost its client, and the service may have it.
    fn doubt(&mut self, now: Now, phone: PhoneId, message: Outbound, is_said: bool) {
        let is_said = is_said && self.can_tell_service();
        let doubtful = &mut self.messages.by_service.doubtful;
        doubtful.retain(|doubtful| doubtful.until > now && doubtful.message.names != message.names);
        // Those that the service will answer are few.
        if doubtful.iter().filter(|doubtful| doubtful.phone == phone).count() >= MOST_DOUBTFUL
            && let Some(oldest) = doubtful.iter().position(|doubtful| doubtful.phone == phone && !doubtful.is_said)
        {
            doubtful.remove(oldest);
        }
        doubtful.push(Doubtful { phone, message, is_said, until: now + DOUBT });
    }

    /// It is known what became of a message.
    fn settle_doubt(&mut self, names: Option<(Id, u8)>) {
        self.messages.by_service.doubtful.retain(|doubtful| doubtful.message.names != names);
    }

    /// Sends what can be sent, and tells phones what took too long.
    pub(in crate::router::sms) fn send_texts(&mut self, now: Now, out: &mut Actions) {
        let Self { messages, phones, journal, tags, .. } = self;
        let Messages { by_service, references, .. } = messages;
        for leaving in &by_service.leaving {
            references.begin_elsewhere(leaving.waiter.phone, &mut Book { phones, journal, out });
        }
        let minute = tags.known_minute();
        let may_name = !by_service.leaving.is_empty() && by_service.ids.make_ready(minute, journal, out);
        self.give_up_texts(now, out);
        if !may_name {
            return;
        }
        let by_service = &mut self.messages.by_service;
        by_service.doubtful.retain(|doubtful| doubtful.until > now);
        let mut said_of = by_service.said();
        for mut leaving in std::mem::take(&mut by_service.leaving) {
            let phone = leaving.waiter.phone;
            let can_tell = self.can_tell_service();
            let waits = can_tell && said_of.iter().filter(|said| **said == phone).count() >= MOST_SAID;
            let Self { messages, tags, journal, .. } = self;
            let Messages { by_service, references, .. } = messages;
            let cannot_be_named = leaving.message.names.is_none() && !references.have_begun(phone, journal);
            if leaving.is_said || waits || cannot_be_named {
                by_service.leaving.push(leaving);
                continue;
            }
            if !can_tell && self.modem.is_none() {
                self.answer_waiter(leaving.waiter, Errno::RADIO_NOT_AVAILABLE, &[], out);
                continue;
            }
            // Not before it goes: a phone that comes and goes would use up the ids.
            let names = || (by_service.ids.next(tags.minute()), references.next(phone));
            let (id, reference) = *leaving.message.names.get_or_insert_with(names);
            if !can_tell {
                self.send_as_texts(now, leaving, (id, reference), out);
                continue;
            }
            said_of.push(phone);
            leaving.is_said = true;
            self.say_text(&leaving, out);
            self.messages.by_service.leaving.push(leaving);
        }
    }

    fn say_text(&self, leaving: &Leaving, out: &mut Actions) {
        let Some((id, reference)) = leaving.message.names else { return };
        let Some(tag) = self.phones.get(leaving.waiter.phone).and_then(|phone| phone.tag) else { return };
        let tpdu = leaving.message.named(reference);
        let recipient = rewrite::destination_address(&tpdu).map(|address| address.to_string()).unwrap_or_default();
        let say = link::Text { id: long(id), tag: tag.into(), recipient, tpdu };
        self.tell_service(Say::Text(say), out);
    }

    /// The service can be told again what it has not answered.
    pub(in crate::router) fn texts_service_up(&mut self, out: &mut Actions) {
        for leaving in self.messages.by_service.leaving.iter().filter(|leaving| leaving.is_said) {
            self.say_text(leaving, out);
        }
    }

    fn give_up_texts(&mut self, now: Now, out: &mut Actions) {
        while let Some(place) = self.messages.by_service.leaving.iter().position(|leaving| leaving.until <= now) {
            let Leaving { waiter, message, is_said, .. } = self.messages.by_service.leaving.remove(place);
            if is_said {
                self.doubt(now, waiter.phone, message, true);
            }
            self.answer_waiter(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
    }

    /// The client of this phone is gone; how many of its messages nobody waits for.
    pub(in crate::router) fn texts_client_gone(&mut self, now: Now, phone: PhoneId) -> usize {
        let leaving = &mut self.messages.by_service.leaving;
        let gone: Vec<Leaving> = leaving.extract_if(.., |leaving| leaving.waiter.phone == phone).collect();
        let count = gone.len();
        for Leaving { message, .. } in gone.into_iter().filter(|leaving| leaving.is_said) {
            self.doubt(now, phone, message, true);
        }
        count
    }

    /// The service has a message for good.
    pub(in crate::router) fn text_accepted(&mut self, accepted: &TextAccepted, out: &mut Actions) {
        self.messages.stir();
        match self.messages.by_service.take(&accepted.id) {
            Some(Leaving { waiter, message: Outbound { names: names @ Some((_, reference)), .. }, .. }) => {
                self.settle_doubt(names);
                let payload = self.response(reference);
                self.answer_waiter(waiter, Errno::SUCCESS, &payload, out);
            }
            // Its phone has not heard that: it may send it again.
            _ => {
                if let Some(doubtful) = self.messages.by_service.doubtful_of(&accepted.id) {
                    doubtful.is_said = false;
                }
            }
        }
    }

    /// The service will not send a message.
    pub(in crate::router) fn text_rejected(&mut self, rejected: &TextRejected, out: &mut Actions) {
        self.messages.stir();
        if let Some(names) = self.messages.by_service.doubtful_of(&rejected.id).map(|doubtful| doubtful.message.names) {
            self.settle_doubt(names);
        }
        if let Some(leaving) = self.messages.by_service.take(&rejected.id) {
            self.answer_waiter(leaving.waiter, Errno::GENERIC_FAILURE, &[], out);
        }
    }

    fn response(&self, reference: u8) -> Vec<u8> {
        let response = SmsResponse { message_ref: reference.into(), ack_pdu: None, error_code: -1 };
        parcel::encode(&response, self.version())
    }

    /// A message goes as tagged texts.
    fn send_as_texts(&mut self, now: Now, leaving: Leaving, (id, reference): (Id, u8), out: &mut Actions) {
        let Leaving { waiter, code, service_centre, message, .. } = leaving;
        match self.seal(waiter.phone, id, &message.named(reference)) {
            Some(mut rest) if !rest.is_empty() => {
                let first = rest.remove(0);
                self.send_piece(now, waiter, first, Piece { message, service_centre, code, rest });
            }
            _ => self.answer_waiter(waiter, Errno::GENERIC_FAILURE, &[], out),
        }
    }

    /// The SMS-SUBMITs that carry a message to the phone's access number.
    fn seal(&self, phone: PhoneId, id: Id, tpdu: &[u8]) -> Option<Vec<String>> {
        let phone = self.phones.get(phone)?;
        let access = Address::number(&phone.access.as_ref()?.number.to_string()).ok()?;
        let sealer = Sealer { mac: mac(&self.tags) };
        let texts = sealer.seal(Way::FromPhone, Tag::new(phone.tag?)?, text::Id(id), tpdu).ok()?;
        let submit = |text: String| {
            let [part] = <[_; 1]>::try_from(split(&text, Reference::Short(0)).ok()?).ok()?;
            Submit::new(access.clone(), part).to_hex().ok()
        };
        texts.into_iter().map(submit).collect()
    }

    fn send_piece(&mut self, now: Now, waiter: Waiter, submit: String, piece: Piece) {
        let strings: Strings = vec![piece.service_centre.clone(), Some(submit)];
        // The texts of one message follow each other, as the phone's own do that it sends in a train.
        let more = !piece.rest.is_empty() || piece.code == RequestCode::SEND_SMS_EXPECT_MORE;
        let code = if more { RequestCode::SEND_SMS_EXPECT_MORE } else { RequestCode::SEND_SMS };
        let payload = parcel::encode(&strings, self.version());
        self.messages.sending.insert(now, waiter, code, payload, piece);
        self.messages.stir();
    }

    /// The network has taken a text that carries a message, or has not.
    pub(in crate::router::sms) fn piece_answered(
        &mut self,
        now: Now,
        waiter: Waiter,
        piece: Piece,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        if !answer.is_ok() {
            self.doubt(now, waiter.phone, piece.message, false);
            return self.answer(waiter, answer.errno, answer.payload, out);
        }
        let Piece { message, service_centre, code, mut rest } = piece;
        if rest.is_empty() {
            let Some((_, reference)) = message.names else { return };
            if self.is_there(waiter) {
                self.settle_doubt(message.names);
            } else {
                self.doubt(now, waiter.phone, message, false);
            }
            let payload = self.response(reference);
            return self.answer(waiter, Errno::SUCCESS, &payload, out);
        }
        if self.is_there(waiter)
            && let Some(waiter) = self.wait(waiter.phone, waiter.serial)
        {
            let next = rest.remove(0);
            self.send_piece(now, waiter, next, Piece { message, service_centre, code, rest });
        }
    }

    /// A text that carries a message of this phone was given up, or the modem is gone: it may have been sent.
    pub(in crate::router::sms) fn piece_given_up(&mut self, now: Now, phone: PhoneId, piece: Piece) {
        self.doubt(now, phone, piece.message, false);
    }
}

impl super::ByService {
    /// Whose the messages are that the service was told of and has not answered.
    fn said(&self) -> Vec<PhoneId> {
        let leaving = self.leaving.iter().filter(|leaving| leaving.is_said).map(|leaving| leaving.waiter.phone);
        let doubtful = self.doubtful.iter().filter(|doubtful| doubtful.is_said).map(|doubtful| doubtful.phone);
        leaving.chain(doubtful).collect()
    }

    /// The link is over: the service will not answer what it was told on it, unless that is said again.
    pub(super) fn link_is_over(&mut self) {
        for doubtful in &mut self.doubtful {
            doubtful.is_said = false;
        }
    }

    fn doubtful_of(&mut self, id: &[u8]) -> Option<&mut Doubtful> {
        self.doubtful.iter_mut().find(|doubtful| doubtful.message.names.is_some_and(|(own, _)| long(own) == id))
    }

    fn take(&mut self, id: &[u8]) -> Option<Leaving> {
        let same = |leaving: &Leaving| leaving.is_said && leaving.message.names.is_some_and(|(own, _)| long(own) == id);
        let place = self.leaving.iter().position(same)?;
        Some(self.leaving.remove(place))
    }
}

/// An id as the link has it.
fn long(id: Id) -> Vec<u8> {
    let mut long = id.to_vec();
    long.resize(TEXT_ID, 0);
    long
}
