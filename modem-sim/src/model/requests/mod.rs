//! One row for each request that the modem knows: what it needs, and what it does.
//!
//! A request without a row is answered with `REQUEST_NOT_SUPPORTED`, one whose arguments cannot be read with
//! `INVALID_ARGUMENTS`. Rows are grouped as the parts of the model are.

mod calls;
mod cdma;
mod data;
mod device;
mod messages;
mod network;
mod services;
mod sim;
mod toolkit;

use ril_protocol::parcel::{self, Parcel};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Ints, Strings, Text};
use ril_protocol::{Errno, RequestCode};

use super::effects::{Effects, Outcome, Reply, VERSION};
use super::{Modem, UNKNOWN_REQUEST};

/// What must be there for a request to make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing.
    Nothing,
    /// A modem that is not restarting.
    Modem,
    /// The radio on.
    Radio,
}

type Handler = fn(&mut Modem, &Args<'_>, &mut Effects) -> Result<Outcome, Errno>;

/// What a request needs, and what it does.
pub(super) struct Row(Needs, Handler);

/// The row of a request.
pub(super) fn row(code: RequestCode) -> Option<Row> {
    calls::row(code)
        .or_else(|| sim::row(code))
        .or_else(|| network::row(code))
        .or_else(|| messages::row(code))
        .or_else(|| data::row(code))
        .or_else(|| services::row(code))
        .or_else(|| toolkit::row(code))
        .or_else(|| cdma::row(code))
        .or_else(|| device::row(code))
}

/// Carries out one request.
pub(super) fn run(modem: &mut Modem, code: RequestCode, payload: &[u8], to: &mut Effects) -> Outcome {
    let Some(Row(needs, handler)) = row(code) else {
        return Reply::error(UNKNOWN_REQUEST).into();
    };
    let there = match needs {
        Needs::Nothing => true,
        Needs::Modem => modem.radio != RadioState::UNAVAILABLE,
        Needs::Radio => modem.radio == RadioState::ON,
    };
    if !there {
        return Reply::error(Errno::RADIO_NOT_AVAILABLE).into();
    }
    handler(modem, &Args(payload), to).unwrap_or_else(|errno| Reply::error(errno).into())
}

/// The arguments of a request.
pub(super) struct Args<'a>(&'a [u8]);

impl Args<'_> {
    /// The arguments as their type.
    fn read<T: Parcel>(&self) -> Result<T, Errno> {
        parcel::decode(self.0, VERSION).map_err(|_| Errno::INVALID_ARGUMENTS)
    }

    /// The first of some integers.
    fn int(&self) -> Result<i32, Errno> {
        self.read::<Ints>()?.first().copied().ok_or(Errno::INVALID_ARGUMENTS)
    }

    /// The first of some integers as a flag.
    fn flag(&self) -> Result<bool, Errno> {
        self.int().map(|value| value != 0)
    }

    /// A string that may not be null.
    fn text(&self) -> Result<String, Errno> {
        self.read::<Text>()?.ok_or(Errno::INVALID_ARGUMENTS)
    }

    fn strings(&self) -> Result<Strings, Errno> {
        self.read()
    }
}

/// The string at a place of a list, which may not be null.
fn place(strings: &Strings, at: usize) -> Result<&str, Errno> {
    strings.get(at).and_then(|text| text.as_deref()).ok_or(Errno::INVALID_ARGUMENTS)
}

/// The number written in the string at a place; 0 where there is none.
fn number_at(strings: &Strings, at: usize) -> Result<i32, Errno> {
    match strings.get(at).and_then(|text| text.as_deref()) {
        None | Some("") => Ok(0),
        Some(text) => text.parse().map_err(|_| Errno::INVALID_ARGUMENTS),
    }
}

fn ok<T: Parcel>(result: &T) -> Result<Outcome, Errno> {
    Ok(Reply::of(result).into())
}

fn done() -> Result<Outcome, Errno> {
    Ok(Reply::done().into())
}

fn text(result: &str) -> Result<Outcome, Errno> {
    ok(&Some(result.to_owned()))
}

fn int(result: i32) -> Result<Outcome, Errno> {
    ok(&vec![result])
}
