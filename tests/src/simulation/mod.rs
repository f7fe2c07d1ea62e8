//! A whole system under a seeded schedule: the router, the simulated modem, phones, a store, and everything that can go
//! wrong between them, without a thread, a socket or a clock.
//!
//! A seed decides how the system is configured and what happens next, step by step: who speaks, what the network does,
//! what is lost, who dies. The same seed gives the same run. What must hold is checked as it happens; now and then all
//! are let finish, and what each believes must add up; at the end everything is mended, and nothing may be left over. A
//! run that fails is played again and written down as a [dialogue](crate::dialogue) that a test can replay.
//!
//! * `configuration`: what the seed makes of the configuration; `names`: how things say whose they are; `tagging`: how
//!   callers' numbers do.
//! * `client`, `modem`, `service`, `store`: the parts around the router.
//! * `watch`, `callers`, `broadcasts`, `emergencies`, `elsewhere`: what is checked of what the router does.
//! * `cdma`: what only a CDMA network has, which half of the runs play, too.
//! * `cards`: a SIM card that changes, which half of the runs play, too.
//! * `world`: all of them, and what the router does to them; `schedule`: what can happen; `settling`: the end, and the
//!   moments of calm before it.
//! * `noninterference`: two runs that differ in what one phone does alone, which no other may notice.
//!
//! Checked:
//!
//! * `client`: one answer to each question, to the client that asked; no number, message, USSD, channel, cause or call
//!   of one phone seen by another; no second message before the first is taken.
//! * `watch`: no request of a phone touches another's call, channel or data call, nor one that has taken the number of
//!   the one that is meant; numbers are shown as their own phone has chosen; nothing ends an emergency call but its own
//!   phone.
//! * `callers`: each incoming call and message is given to the phone that the service's hint, the tag or else policy
//!   names, which is shown that caller; a hint that the service may not give changes nothing, and neither does a tag
//!   with check digits that are forged, or too old to be shown again.
//! * `broadcasts`: a page is heard once, by the phones alone that have chosen its channel; a public warning by all; and
//!   the modem listens to what connected phones want.
//! * `service`: what the number service is told of a phone is about that phone. What a phone is told to be sent by it,
//!   the service has, or the network in short messages for it; one text of a phone is one text there, and nobody writes
//!   or calls as the SIM who has a number of its own.
//! * `emergencies`: each emergency call that is dialled goes to the modem, by the vendor's own request where the modem
//!   has one, and what goes by that is an emergency call.
//! * `elsewhere`: an emergency call on another SIM ends all calls here first but emergency calls; and while somebody is
//!   there on another SIM, or in a call, nobody shuts the modem down.
//! * `modem`: what only a vendor knows is heard by those phones alone that know it and may, and the router gives each
//!   answer that the modem waits for once, whatever phones say.
//! * `settling`: whenever all is calm, the modem's calls and data calls are those that the phones see; at the end no
//!   request and no message is left over. Every message of the network and of the service, which gives what it has by
//!   its link and in short messages, is taken once, by its owner, also while the store fails; twice at most if root was
//!   killed meanwhile, and had told a client what was not durable.
//!
//! Not checked: data calls that the modem opened while nobody could hear it, or of which the router hears when it has
//! given their set-up up for good; why a call ended that came and went without being in any list; what a root left
//! behind that could store nothing at all.
//!
//! Not played: the SIM toolkit, messages on the SIM, other RIL versions than the usual one, and a number
//! service that gives two answers to one question.
//!
//! Not here: bytes that make no sense, for which see the fuzz targets.

mod broadcasts;
mod callers;
mod cards;
mod cdma;
mod client;
mod configuration;
mod elsewhere;
mod emergencies;
mod modem;
mod names;
pub mod noninterference;
mod schedule;
mod service;
mod settling;
mod store;
mod tagging;
mod unsettled;
mod watch;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use world::World;

/// What a run is made of.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// How many things happen.
    pub steps: u32,
    /// How many phones there are, if not as the seed says.
    pub phones: Option<usize>,
}

/// A run in which something did not hold.
#[derive(Debug)]
pub struct Failure {
    /// The run.
    pub plan: Plan,
    /// What did not hold.
    pub what: String,
    /// The conversation up to there.
    pub dialogue: String,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Things that happened.
    pub steps: u64,
    /// Events of the router.
    pub events: u64,
    /// Messages that phones took.
    pub messages: u64,
    /// Messages that were taken twice, because root was killed while nothing could be stored.
    pub doubled: u64,
    /// Emergency calls that reached the modem.
    pub emergencies: u64,
    /// Calls to the number service.
    pub by_service: u64,
    /// Incoming calls of which the service had told before.
    pub hinted: u64,
    /// Texts of the service that were taken.
    pub texts: u64,
    /// Texts of phones that the service has.
    pub sent: u64,
    /// Restarts of root.
    pub restarts: u64,
    /// Pages of cell broadcast that phones heard.
    pub pages: u64,
    /// Copies of CDMA broadcasts that phones took.
    pub copies: u64,
    /// News of CDMA that phones heard.
    pub news: u64,
    /// Changes of the card.
    pub cards: u64,
    /// What phones were told of the card.
    pub views: u64,
    /// PINs and PUKs that the modem was asked to try.
    pub pins: u64,
    /// Moments of calm in which everything added up.
    pub calm: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.events += other.events;
        self.messages += other.messages;
        self.doubled += other.doubled;
        self.emergencies += other.emergencies;
        self.by_service += other.by_service;
        self.hinted += other.hinted;
        self.texts += other.texts;
        self.sent += other.sent;
        self.restarts += other.restarts;
        self.pages += other.pages;
        self.copies += other.copies;
        self.news += other.news;
        self.cards += other.cards;
        self.views += other.views;
        self.pins += other.pins;
        self.calm += other.calm;
    }
}

/// Runs a plan; one that fails is run again to be written down.
pub fn run(plan: Plan) -> Result<Tally, Box<Failure>> {
    match catch_unwind(|| World::new(plan, false).run()) {
        Ok(tally) => Ok(tally),
        Err(_) => {
            let mut world = World::new(plan, true);
            let what = match catch_unwind(AssertUnwindSafe(|| world.run())) {
                Ok(_) => "it holds when it is played again, so something is random".to_owned(),
                Err(panic) => {
                    let text = panic.downcast_ref::<String>().cloned();
                    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
                }
            };
            Err(Box::new(Failure { plan, what, dialogue: world.dialogue() }))
        }
    }
}

/// Runs a plan and writes it down, whether it holds or not.
pub fn write_down(plan: Plan) -> String {
    let mut world = World::new(plan, true);
    let _ = catch_unwind(AssertUnwindSafe(|| world.run()));
    world.dialogue()
}
