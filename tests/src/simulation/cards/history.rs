//! What the card in the slot was like, change by change, and how much of that the router has been told.

use modem_sim::model::Modem;
use modem_sim::model::sim_card::file_system::Content;
use ril_protocol::UnsolCode;
use ril_protocol::card::{EF_ADN, EF_ECC, EF_ICCID, EF_SPN};
use ril_protocol::hex::to_upper_hex;
use ril_protocol::payload::sim::CardStatus;

/// The files that are looked at.
pub(super) const FILES: [u16; 4] = [EF_ICCID, EF_ADN, EF_SPN, EF_ECC];

/// What the card was like for a while.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) status: CardStatus,
    pub(super) imsi: Option<String>,
    /// In the order of [`FILES`]: what is in each that has a content of its own, record by record.
    files: [Vec<String>; FILES.len()],
}

impl Moment {
    fn of(model: &Modem) -> Self {
        let content = |id| match model.sim.file(id).map(|file| &file.content) {
            Some(Content::Transparent(octets)) => vec![to_upper_hex(octets)],
            // Nobody writes others.
            Some(Content::Records(records)) => records.iter().take(5).map(|record| to_upper_hex(record)).collect(),
            None => Vec::new(),
        };
        Self { status: model.sim.status(), imsi: model.sim.imsi().ok().map(str::to_owned), files: FILES.map(content) }
    }

    /// What is in a file, or in a record of it, from 1.
    pub(super) fn file(&self, id: u16, record: usize) -> Option<&str> {
        let place = FILES.iter().position(|file| *file == id)?;
        self.files[place].get(record.checked_sub(1)?).map(String::as_str)
    }
}

/// All that the card was.
#[derive(Debug, Default)]
pub(in crate::simulation) struct CardHistory {
    moments: Vec<Moment>,
    /// The moment at which the modem said what the router heard last of a change.
    told: usize,
}

impl CardHistory {
    /// The modem has done something.
    pub(in crate::simulation) fn note(&mut self, model: &Modem) {
        let moment = Moment::of(model);
        if self.moments.last() != Some(&moment) {
            self.moments.push(moment);
        }
    }

    /// The moment that it is.
    pub(in crate::simulation) fn now(&self) -> usize {
        self.moments.len().saturating_sub(1)
    }

    /// The router hears this, which was said at that moment.
    pub(in crate::simulation) fn is_told(&mut self, code: UnsolCode, said: usize) {
        if is_of_change(code) {
            self.told = self.told.max(said);
        }
    }

    /// The moment that the router knows to have come.
    pub(super) fn told(&self) -> usize {
        self.told
    }

    /// What the card was like from that moment on.
    pub(super) fn since(&self, moment: usize) -> &[Moment] {
        &self.moments[moment..]
    }

    /// When this was first so, from that moment on.
    pub(super) fn when(&self, since: usize, is_so: impl Fn(&Moment) -> bool) -> Option<usize> {
        self.since(since).iter().position(is_so).map(|after| since + after)
    }
}

/// Whether a message says that what was read of the card may be old.
fn is_of_change(code: UnsolCode) -> bool {
    matches!(
        code,
        UnsolCode::RIL_CONNECTED
            | UnsolCode::RESPONSE_RADIO_STATE_CHANGED
            | UnsolCode::RESPONSE_SIM_STATUS_CHANGED
            | UnsolCode::SIM_REFRESH
    )
}
