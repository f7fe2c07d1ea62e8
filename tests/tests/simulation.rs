//! The whole system under seeded schedules. `cargo run --release --bin simulate -- --help` does more of the same.

use rild_proxy_tests::dialogue;
use rild_proxy_tests::simulation::noninterference::{self, Pair, PairTally};
use rild_proxy_tests::simulation::{self, Plan, Tally};

#[test]
fn everything_holds_under_every_schedule() {
    let mut total = Tally::default();
    for seed in 1..=250 {
        match simulation::run(Plan { seed, steps: 1500, phones: None }) {
            Ok(tally) => total += tally,
            Err(failure) => panic!("{:?}: {}\n\n{}", failure.plan, failure.what, failure.dialogue),
        }
    }
    // A schedule in which nothing happens proves nothing.
    assert!(total.messages > 1000 && total.emergencies > 100 && total.restarts > 100, "{total:?}");
    assert!(total.hinted > 20 && total.texts > 500 && total.sent > 5 && total.pages > 1000, "{total:?}");
    assert!(total.copies > 1000 && total.news > 1000, "{total:?}");
    assert!(total.cards > 1000 && total.views > 5000 && total.pins > 100, "{total:?}");
}

#[test]
fn a_run_that_is_written_down_can_be_played_again() {
    for seed in 1..=5 {
        let text = simulation::write_down(Plan { seed, steps: 1500, phones: None });
        if let Err(difference) = dialogue::check(&text) {
            panic!("seed {seed}: {difference}");
        }
    }
}

#[test]
fn what_a_phone_does_alone_no_other_can_notice() {
    let mut total = PairTally::default();
    for seed in 1..=100 {
        match noninterference::compare(Pair { seed, steps: 250 }) {
            Ok(tally) => total += tally,
            Err(interference) => {
                let [first, second] = &interference.dialogues;
                panic!("{:?}: {}\n\n{first}\n\n{second}", interference.pair, interference.what);
            }
        }
    }
    assert!(total.private > 5_000 && total.compared > 10_000, "{total:?}");
}
