//! Noninterference: what a phone does alone, no other phone can notice.
//!
//! A pair is two runs of the whole system that differ in the private events of one phone, the *hidden* one, and in
//! nothing else: the same configuration, and the same schedule of all other phones, the network, the store, the number
//! service and of what goes wrong. Everything that the other phones are told must be the same in both, byte for byte.
//! Where the modem answers at once that includes the order and the time of the router; where it takes its time, what is
//! told between two moments at which it has answered everything, for a question may then have to wait for another's
//! answer. Lists of calls and data calls are then compared at these moments, when they are asked for anew.
//!
//! * `private`: what is private, and what is not and why.
//! * `schedule`: what happens, to the hidden phone and to the others.
//! * `observed`: what the others are told.
//!
//! One modem can do some things for one phone at a time, and who comes second must notice. A pair has terms for these:
//! the hidden phone has calls, or USSD, and no other has; or the other way round. The others send trains of messages,
//! or it sends messages. Whether it may have the screen, and whether it may come and go and switch its radio off,
//! because another phone is there that keeps the modem's on, are terms as well.
//!
//! Left out, for `docs/ROUTING.md` declares them: data calls that two phones share; trains of messages and emergencies
//! of the hidden phone; what privileged phones may change; calls that come while the modem side is away. What the modem
//! tells of itself is taken out of the answers: its names of interfaces and addresses. It has room for all channels and
//! data calls that the phones may have.

mod observed;
mod private;
mod schedule;

use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use ril_protocol::RequestCode;
use rild_proxy::config::{Bridge, Config, Modem};

use super::Plan;
use super::configuration::configuration;
use super::modem::ModemSide;
use super::names;
use super::world::World;
pub(super) use observed::Observed;

/// Most phones of a pair: the modem has room for what so many may have.
const MOST_PHONES: usize = 4;
/// Keep apart what one seed decides.
const TERMS: u64 = 0x7465_726d_7300;
const COMMON: u64 = 0x636f_6d6d_6f6e;
const PRIVATE: [u64; 2] = [0x6669_7273_7400, 0x7365_636f_6e64];

/// What a pair is made of.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Decides everything.
    pub seed: u64,
    /// How many things happen to both runs.
    pub steps: u32,
}

/// What pairs came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct PairTally {
    /// Things that happened to both runs.
    pub steps: u64,
    /// Private things that happened to one.
    pub private: u64,
    /// What phones were told that had to be the same.
    pub compared: u64,
}

impl std::ops::AddAssign for PairTally {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.private += other.private;
        self.compared += other.compared;
    }
}

/// A pair in which a phone could notice another.
#[derive(Debug)]
pub struct Interference {
    /// The pair.
    pub pair: Pair,
    /// What could be noticed, or what else did not hold.
    pub what: String,
    /// The conversations of both runs up to there, with what need not have happened left out.
    pub dialogues: [String; 2],
}

/// Who has what in a pair.
#[derive(Clone, Copy, Debug)]
struct Terms {
    /// Whose private events differ.
    hidden: usize,
    /// Stays, and wants its radio on.
    anchor: Option<usize>,
    /// The modem answers at once, and changes are durable at once.
    prompt: bool,
    /// Only the hidden phone has calls.
    calls_are_its_own: bool,
    /// Only the hidden phone has USSD.
    ussd_is_its_own: bool,
    /// The others send trains of messages, and the hidden phone sends none.
    trains: bool,
    /// The hidden phone may get the screen.
    may_be_in_front: bool,
}

impl Terms {
    /// Whether the other phones have calls. Where the modem takes its time, it is a matter of time by which number a
    /// phone knows a call that comes when another goes.
    fn others_have_calls(&self) -> bool {
        self.prompt && !self.calls_are_its_own
    }
}

/// Something that happens to both runs, or to one.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Which run alone.
    only: Option<usize>,
    /// Decides what.
    seed: u64,
}

/// Runs a pair.
pub fn compare(pair: Pair) -> Result<PairTally, Box<Interference>> {
    let steps = steps(pair);
    match play(pair, &steps) {
        Ok(tally) => Ok(tally),
        Err(_) => Err(Box::new(explain(pair, steps))),
    }
}

/// What happens in a pair.
fn steps(pair: Pair) -> Vec<Step> {
    let mut common = Rng::with_seed(pair.seed ^ COMMON);
    let mut private = PRIVATE.map(|salt| Rng::with_seed(pair.seed ^ salt));
    let mut steps = Vec::new();
    for _ in 0..pair.steps {
        for (run, rng) in private.iter_mut().enumerate() {
            let many = rng.usize(0..4).saturating_sub(1);
            steps.extend((0..many).map(|_| Step { only: Some(run), seed: rng.u64(..) }));
        }
        steps.push(Step { only: None, seed: common.u64(..) });
    }
    steps
}

/// Runs a pair without writing anything down. What a phone could notice, or what else did not hold.
fn play(pair: Pair, steps: &[Step]) -> Result<PairTally, String> {
    let mut runs = Runs::new(pair, false);
    match catch_unwind(AssertUnwindSafe(|| runs.play(steps))) {
        Ok(result) => result,
        Err(panic) => Err(text_of(panic.as_ref())),
    }
}

/// Leaves out what need not happen for a pair to differ, and writes down the rest.
fn explain(pair: Pair, mut steps: Vec<Step>) -> Interference {
    let mut length = steps.len();
    while length > 0 {
        let mut from = 0;
        while from < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(from..steps.len().min(from + length));
            if play(pair, &fewer).is_err() {
                steps = fewer;
            } else {
                from += length;
            }
        }
        length /= 2;
    }
    let mut runs = Runs::new(pair, true);
    let what = match catch_unwind(AssertUnwindSafe(|| runs.play(&steps))) {
        Ok(Ok(_)) => "it holds when it is played again, so something is random".to_owned(),
        Ok(Err(what)) => what,
        Err(panic) => text_of(panic.as_ref()),
    };
    Interference { pair, what, dialogues: runs.worlds.map(|world| world.dialogue()) }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// The two runs of a pair.
struct Runs {
    terms: Terms,
    worlds: [World; 2],
}

impl Runs {
    fn new(pair: Pair, write: bool) -> Self {
        let rng = &mut Rng::with_seed(pair.seed ^ TERMS);
        let phones = rng.usize(2..=MOST_PHONES);
        let plan = Plan { seed: pair.seed, steps: pair.steps, phones: Some(phones) };
        let worlds = [(), ()].map(|()| {
            let mut config = configuration(plan);
            in_plain_words(&mut config);
            let mut world = World::configured(plan, config, write);
            world.modem = ModemSide::with_room_for_all();
            for place in 0..phones {
                let text = names::text(place, 0);
                world.modem.console(world.now, &format!("ussd answer {} {text}", names::ussd(place)));
            }
            world
        });
        let hidden = rng.usize(0..phones);
        let others: Vec<usize> = (0..phones).filter(|place| *place != hidden).collect();
        let anchor = rng.bool().then(|| others[rng.usize(0..others.len())]);
        let terms = Terms {
            hidden,
            anchor,
            prompt: rng.bool(),
            // A call keeps the modem's radio on, which whoever never said a word about its own would see.
            calls_are_its_own: anchor.is_some() && rng.bool(),
            ussd_is_its_own: rng.bool(),
            trains: rng.bool(),
            may_be_in_front: rng.bool() || worlds[0].recorded.router.foreground().0 == hidden,
        };
        Self { terms, worlds }
    }

    fn play(&mut self, steps: &[Step]) -> Result<PairTally, String> {
        let mut tally = PairTally::default();
        let terms = self.terms;
        for world in &mut self.worlds {
            world.observed = Some(Observed::new(terms.hidden, terms.prompt));
            world.begin(&terms);
        }
        self.compare(&mut tally)?;
        for step in steps {
            match step.only {
                Some(run) => {
                    tally.private += 1;
                    let world = &mut self.worlds[run];
                    world.rng = Rng::with_seed(step.seed);
                    world.something_private(&terms);
                }
                None => {
                    tally.steps += 1;
                    for world in &mut self.worlds {
                        world.rng = Rng::with_seed(step.seed);
                        world.something_common(&terms);
                    }
                    self.compare(&mut tally)?;
                }
            }
        }
        for world in &mut self.worlds {
            world.all_is_heard(&terms);
        }
        self.compare(&mut tally)?;
        Ok(tally)
    }

    /// What the others were told is the same, as far as it can be compared by now.
    fn compare(&mut self, tally: &mut PairTally) -> Result<(), String> {
        let [first, second] = &mut self.worlds;
        let [first, second] = [first, second].map(|world| {
            let observed = world.observed.as_mut().expect("a pair is observed");
            observed.take()
        });
        tally.compared += first.len() as u64;
        if first == second {
            return Ok(());
        }
        let not_in = |these: &[observed::Told], those: &[observed::Told]| {
            let mut rest = those.to_vec();
            let mut only = Vec::new();
            for told in these {
                match rest.iter().position(|other| other == told) {
                    Some(place) => drop(rest.swap_remove(place)),
                    None => only.push(told.to_string()),
                }
            }
            if only.is_empty() { "  nothing".to_owned() } else { only.join("\n") }
        };
        Err(format!(
            "{:?}\nonly in the first run:\n{}\nonly in the second run:\n{}\nin another order, if neither",
            self.terms,
            not_in(&first, &second),
            not_in(&second, &first)
        ))
    }
}

/// A modem that speaks as ril.h has it, and a tag without a key for each phone: what is private is said of these.
fn in_plain_words(config: &mut Config) {
    (config.modem, config.bridge) = (Modem::default(), Bridge::default());
    for (place, phone) in config.phone.iter_mut().enumerate() {
        (phone.number, phone.tag) = (Some(names::access(place)), u8::try_from(place).ok());
    }
}

/// Requests of the other phones that are not sent: what they do is the hidden phone's in this pair, or would wait for
/// it.
fn is_the_hidden_phones(terms: &Terms, code: RequestCode) -> bool {
    match code {
        RequestCode::DIAL => !terms.others_have_calls(),
        RequestCode::SEND_USSD | RequestCode::CANCEL_USSD => terms.ussd_is_its_own,
        RequestCode::SEND_SMS_EXPECT_MORE => !terms.trains,
        _ => false,
    }
}
