//! Logical channels of the SIM: each phone has its own, under numbers of its own.
//!
//! A phone may have so many open as its configuration says. It can use and close no others; they are closed when its
//! client leaves. On its channels a phone without the privilege gets no further than to applications that are not the
//! network's and do not manage the card, see `apdu`: those hold the PINs, the keys and the files that SIM_IO guards.
//! The command that opens and closes channels goes to nobody's, for it can close another phone's.
//!
//! Reference: ril.h, `RIL_REQUEST_SIM_OPEN_CHANNEL` and following; 3GPP TS 27.007, 8.45 to 8.47 (`+CCHO`, `+CCHC`,
//! `+CGLA`); ISO/IEC 7816-4, 5.4.1 (the class byte); ETSI TS 101 220, annex E (application identifiers).

use ril_protocol::card::applications;
use ril_protocol::frame::Request;
use ril_protocol::payload::Text;
use ril_protocol::payload::sim::SimApdu;
use ril_protocol::{Errno, RequestCode, parcel};

use super::apdu::{MANAGE_CHANNEL, may_be_said};
use super::class_byte;
use crate::router::common::flow_of;
use crate::router::order::Order;
use crate::router::pending::{Answer, Ask, Asker, Pending, Waiter};
use crate::router::{Actions, Flow, Now, PhoneId, Router, denial};

/// The first logical channel; 0 is the basic channel, which has the network's application.
const FIRST: i32 = 1;

/// Who has registered the network's applications.
const NETWORK_PROVIDERS: [&str; 4] =
    [applications::ETSI, applications::THIRD_GENERATION, applications::CDMA, applications::GSMA];

/// Who manages the card: a few wrong keys, and it cannot be managed any more (GlobalPlatform Card Specification 2.3.1,
/// H.1.3; and two makers' own).
const CARD_MANAGERS: [&str; 3] = ["A000000151", "A000000003000000", "A000000018434D"];
/// What tells who may talk to applications, which is there to be asked (GlobalPlatform SE Access Control 1.1, 6.1).
const ACCESS_RULES: &str = "A00000015141434C00";

/// Channels that are open, and those that are being opened.
#[derive(Debug, Default)]
pub(in crate::router) struct Channels {
    open: Vec<Channel>,
    opening: Vec<Opening>,
    /// Whose were those that may be open, for the modem did not say whether it has closed them, and its numbers.
    lost: Vec<(PhoneId, i32)>,
}

#[derive(Debug)]
struct Opening {
    waiter: Waiter,
    /// The card has started anew since: a channel that was opened is gone, and its number may be another's by now.
    stale: bool,
}

#[derive(Debug)]
struct Channel {
    /// The modem's number.
    at_modem: i32,
    owner: PhoneId,
    /// The owner's client is gone, and another does not have it.
    forsaken: bool,
    /// The owner's number.
    number: i32,
    /// The modem has been asked to close it.
    closing: bool,
}

impl Channels {
    /// The modem's number of a channel that this phone can use.
    fn at_modem(&self, phone: PhoneId, number: i32) -> Option<i32> {
        self.of(phone).find(|channel| channel.number == number && !channel.closing).map(|channel| channel.at_modem)
    }

    /// Those of its present client.
    fn of(&self, phone: PhoneId) -> impl Iterator<Item = &Channel> {
        self.open.iter().filter(move |channel| channel.owner == phone && !channel.forsaken)
    }

    /// Whether this phone may have one more: those that its clients have left count until they are closed.
    fn has_room(&self, phone: PhoneId, most: usize) -> bool {
        let open = self.open.iter().filter(|channel| channel.owner == phone).count();
        let opening = self.opening.iter().filter(|opening| opening.waiter.phone == phone).count();
        let lost = self.lost.iter().filter(|(owner, _)| *owner == phone).count();
        open + opening + lost < most
    }

    /// A channel was opened; its owner's number for it.
    fn opened(&mut self, at_modem: i32, owner: PhoneId, forsaken: bool) -> i32 {
        // If it was another's, the modem has closed that without a word.
        self.open.retain(|channel| channel.at_modem != at_modem);
        self.lost.retain(|(_, lost)| *lost != at_modem);
        let taken = |number: &i32| self.of(owner).any(|channel| channel.number == *number);
        let number = (1..).find(|number| !taken(number)).unwrap_or_default();
        self.open.push(Channel { at_modem, owner, forsaken, number, closing: false });
        number
    }

    fn set_closing(&mut self, at_modem: i32, closing: bool) {
        for channel in self.open.iter_mut().filter(|channel| channel.at_modem == at_modem) {
            channel.closing = closing;
        }
    }

    /// The modem did not say whether it has closed this channel. If it has, it may give the number to somebody else,
    /// and a command, or another closing, would be about that one's. Until it does, the channel counts as its phone's:
    /// else that could leave one after another open, until the others have none.
    pub(in crate::router) fn lose(&mut self, at_modem: i32) {
        let is_it = |channel: &mut Channel| channel.at_modem == at_modem && channel.closing;
        self.lost.extend(self.open.extract_if(.., is_it).map(|channel| (channel.owner, at_modem)));
    }

    fn forget(&mut self) {
        self.open.clear();
        self.lost.clear();
        self.opening.iter_mut().for_each(|opening| opening.stale = true);
    }
}

impl Router {
    /// The modem or the card started anew, and no channel is open any more. Of one whose opening was given up nobody
    /// will hear: its number may be another's by then.
    pub(in crate::router) fn forget_channels(&mut self, out: &mut Actions) {
        self.channels.forget();
        let opens = |pending: &Pending| matches!(pending.asker, Asker::Router(Ask::OpenChannel(_)));
        out.give_up_all(&self.pending.forget_abandoned(opens));
    }

    /// A request of class `Channel`.
    pub(in crate::router) fn channel_request(
        &mut self,
        now: Now,
        id: PhoneId,
        request: &Request<'_>,
        out: &mut Actions,
    ) {
        match request.code {
            RequestCode::SIM_OPEN_CHANNEL => self.open_channel(now, id, request, out),
            RequestCode::SIM_CLOSE_CHANNEL => self.close_channel(now, id, request, out),
            _ => self.transmit(now, id, request, out),
        }
    }

    fn open_channel(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        let Some(phone) = self.phones.get(id) else { return };
        if !phone.privileged {
            let aid = parcel::decode::<Text>(payload, self.version()).ok().flatten();
            if aid.is_none_or(|aid| may_be_the_networks(&aid)) {
                return self.deny(id, request, denial::not_allowed(self.version()), out);
            }
        }
        if !self.channels.has_room(id, phone.sim_channels) {
            return self.deny(id, request, Errno::MISSING_RESOURCE, out);
        }
        let Some(waiter) = self.waiter(id, serial) else { return };
        let asker = Asker::Router(Ask::OpenChannel(waiter));
        if self.send(flow_of(id, code), now, asker, code, payload, out) {
            self.channels.opening.push(Opening { waiter, stale: false });
        } else {
            self.refuse_flood(id, request, out);
        }
    }

    /// A channel was opened, or not. The select response of the application follows its number.
    pub(in crate::router) fn on_channel_opened(
        &mut self,
        now: Now,
        waiter: Waiter,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let place = self.channels.opening.iter().position(|opening| opening.waiter == waiter);
        let stale = place.is_some_and(|place| self.channels.opening.remove(place).stale);
        if stale && answer.is_ok() {
            return self.answer(waiter, Errno::GENERIC_FAILURE, &[], out);
        }
        if !answer.is_ok() {
            return self.answer(waiter, answer.errno, answer.payload, out);
        }
        let mut numbers = parcel::decode::<Vec<i32>>(answer.payload, self.version()).unwrap_or_default();
        let Some(number) = numbers.first_mut().filter(|number| **number >= FIRST) else {
            return self.answer(waiter, Errno::GENERIC_FAILURE, &[], out);
        };
        let forsaken = !self.is_there(waiter);
        *number = self.channels.opened(*number, waiter.phone, forsaken);
        let seen = parcel::encode(&numbers, self.version());
        self.answer(waiter, Errno::SUCCESS, &seen, out);
        self.close_forsaken(now, out);
    }

    /// The modem opened a channel after nobody waited for it any more.
    pub(in crate::router) fn on_channel_opened_late(
        &mut self,
        now: Now,
        owner: PhoneId,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        if let Some(number) = self.first_int(answer.payload).filter(|number| answer.is_ok() && *number >= FIRST) {
            self.channels.opened(number, owner, true);
            self.close_forsaken(now, out);
        }
    }

    fn close_channel(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        let number = self.first_int(payload);
        let Some(at_modem) = number.and_then(|number| self.channels.at_modem(id, number)) else {
            return self.deny(id, request, denial::invalid_arguments(self.version()), out);
        };
        let Some(waiter) = self.waiter(id, serial) else { return };
        let asker = Asker::Router(Ask::CloseChannel { at_modem, waiter: Some(waiter) });
        let payload = Order::about(code, at_modem).payload;
        if self.send(flow_of(id, code), now, asker, code, &payload, out) {
            self.channels.set_closing(at_modem, true);
        } else {
            self.refuse_flood(id, request, out);
        }
    }

    /// A channel was closed, or not.
    pub(in crate::router) fn on_channel_closed(
        &mut self,
        now: Now,
        at_modem: i32,
        waiter: Option<Waiter>,
        answer: Answer<'_>,
        out: &mut Actions,
    ) {
        let is_it = |channel: &Channel| channel.at_modem == at_modem && channel.closing;
        if !answer.is_ok() && waiter.is_none() {
            // Trying for ever would not help.
            self.channels.lose(at_modem);
        }
        self.channels.open.retain(|it| !is_it(it) || !answer.is_ok());
        self.channels.set_closing(at_modem, false);
        if let Some(waiter) = waiter {
            self.answer(waiter, answer.errno, answer.payload, out);
        }
        self.close_forsaken(now, out);
    }

    fn transmit(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        let version = self.version();
        let Ok(mut apdu) = parcel::decode::<SimApdu>(payload, version) else {
            return self.deny(id, request, denial::invalid_arguments(version), out);
        };
        let Some(at_modem) = self.channels.at_modem(id, apdu.session_id) else {
            return self.deny(id, request, denial::invalid_arguments(version), out);
        };
        // A library that cuts them to bytes would carry out another command than the one that is judged here.
        let bytes = [apdu.instruction, apdu.p1, apdu.p2].into_iter().all(|byte| (0..=0xff).contains(&byte));
        if !bytes || !(-1..=0xff).contains(&apdu.p3) {
            return self.deny(id, request, denial::invalid_arguments(version), out);
        }
        let Some(phone) = self.phones.get(id) else { return };
        let privileged = phone.privileged;
        let class = if privileged { class_byte::moved } else { class_byte::named };
        let Some(class) = class(apdu.cla, apdu.session_id, at_modem) else {
            return self.deny(id, request, denial::invalid_arguments(version), out);
        };
        (apdu.session_id, apdu.cla) = (at_modem, class);
        let is_its_own = privileged || may_be_said(&apdu, |told| phone.identity.hides(told));
        if apdu.instruction == MANAGE_CHANNEL || !is_its_own {
            return self.deny(id, request, denial::not_allowed(version), out);
        }
        let payload = parcel::encode(&apdu, version);
        if !privileged {
            return self.forward(now, id, &Request { code, serial, payload: &payload }, out);
        }
        // It can be any file that changes.
        let Some(waiter) = self.waiter(id, serial) else { return };
        if !self.send(flow_of(id, code), now, Asker::Router(Ask::SimChange(waiter, None)), code, &payload, out) {
            self.refuse_flood(id, request, out);
        }
    }

    /// The client of this phone is gone, and its channels with it.
    pub(in crate::router) fn leave_channels(&mut self, now: Now, id: PhoneId, out: &mut Actions) {
        for channel in self.channels.open.iter_mut().filter(|channel| channel.owner == id) {
            channel.forsaken = true;
        }
        self.close_forsaken(now, out);
    }

    /// Has every channel closed that nobody has. Whatever cannot be sent now is sent with the next.
    fn close_forsaken(&mut self, now: Now, out: &mut Actions) {
        let forsaken = |channel: &&Channel| channel.forsaken && !channel.closing;
        let forsaken: Vec<i32> = self.channels.open.iter().filter(forsaken).map(|channel| channel.at_modem).collect();
        for at_modem in forsaken {
            let ask = Ask::CloseChannel { at_modem, waiter: None };
            let order = Order::about(RequestCode::SIM_CLOSE_CHANNEL, at_modem);
            let asked = self.ask_on(Flow::Card, now, ask, &order, out);
            self.channels.set_closing(at_modem, asked);
        }
    }
}

/// Whether an application that is selected by this, its identifier or the beginning of it, may be one of the network's
/// or manage the card.
pub(super) fn may_be_the_networks(aid: &str) -> bool {
    let aid = aid.to_ascii_uppercase();
    let guarded = NETWORK_PROVIDERS.iter().chain(&CARD_MANAGERS);
    !aid.starts_with(ACCESS_RULES) && guarded.into_iter().any(|own| aid.starts_with(own) || own.starts_with(&aid))
}
