//! What a client says once and a modem that starts anew has forgotten: with which access point to attach, the data
//! profiles, whether data is allowed, and which network was chosen.
//!
//! RilJ says most of that again when it hears `RIL_CONNECTED`, oFono never. So the last of each is said again as it
//! was, as long as the client is there that said it and has not said it to this modem. What a modem refused once it may
//! refuse again; nobody is told of that.

use ril_protocol::RequestCode;
use ril_protocol::frame::Request;

use crate::router::order::Order;
use crate::router::pending::Ask;
use crate::router::{Actions, Now, PhoneId, Router};

/// The last of each, at most one for each request that there is.
#[derive(Debug, Default)]
pub(super) struct SaidOnce(Vec<Said>);

#[derive(Debug)]
struct Said {
    by: PhoneId,
    client: u32,
    order: Order,
    /// This modem knows it.
    is_told: bool,
}

impl SaidOnce {
    /// The modem has forgotten what it was told.
    pub(super) fn unlearn(&mut self) {
        self.0.iter_mut().for_each(|said| said.is_told = false);
    }
}

/// Requests that take each other's place have one subject.
fn subject(code: RequestCode) -> Option<RequestCode> {
    match code {
        RequestCode::SET_NETWORK_SELECTION_AUTOMATIC | RequestCode::SET_NETWORK_SELECTION_MANUAL => {
            Some(RequestCode::SET_NETWORK_SELECTION_MANUAL)
        }
        RequestCode::SET_INITIAL_ATTACH_APN | RequestCode::SET_DATA_PROFILE | RequestCode::ALLOW_DATA => Some(code),
        _ => None,
    }
}

impl Router {
    /// A request of this phone goes to the modem.
    pub(in crate::router) fn note_said(&mut self, id: PhoneId, request: &Request<'_>) {
        let Some(about) = subject(request.code) else { return };
        let Some(client) = self.phones.get(id).map(|phone| phone.client) else { return };
        let order = Order { code: request.code, payload: request.payload.to_vec() };
        let said = &mut self.settings.said_once.0;
        said.retain(|said| subject(said.order.code) != Some(about));
        said.push(Said { by: id, client, order, is_told: self.modem.is_some() });
    }

    /// The modem has its radio again after it has started anew.
    pub(super) fn say_again(&mut self, now: Now, out: &mut Actions) {
        let mut said = std::mem::take(&mut self.settings.said_once);
        said.0.retain(|said| self.phones.get(said.by).is_some_and(|phone| phone.up && phone.client == said.client));
        for said in said.0.iter_mut().filter(|said| !said.is_told) {
            said.is_told = self.ask(now, Ask::Order, &said.order, out);
        }
        self.settings.said_once = said;
    }
}
