//! Runs seeded schedules of the whole system for as long as wanted, and writes down what fails.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use rild_proxy_tests::simulation::noninterference::{self, Pair, PairTally};
use rild_proxy_tests::simulation::{self, Plan, Tally};

/// Run seeded schedules of router, simulated modem, phones and store; exit code 1 when something does not hold.
#[derive(Parser)]
struct Args {
    /// Seed of the first run; the next ones count on.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many runs.
    #[arg(long, default_value_t = 1000)]
    runs: u64,
    /// Things that happen in each run.
    #[arg(long, default_value_t = 2000)]
    steps: u32,
    /// Phones in each run, if not as the seed says.
    #[arg(long)]
    phones: Option<usize>,
    /// Where the dialogue of the first run that fails is written.
    #[arg(long, default_value = "failure.ril")]
    dialogue: PathBuf,
    /// Compare pairs of runs that differ in what one phone does alone, which no other may notice. The dialogues of a
    /// pair that fails are in two files, of which "2" stands behind the name of the second.
    #[arg(long)]
    noninterference: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.noninterference {
        return compare(&args);
    }
    let mut total = Tally::default();
    for seed in args.seed..args.seed.saturating_add(args.runs) {
        match simulation::run(Plan { seed, steps: args.steps, phones: args.phones }) {
            Ok(tally) => total += tally,
            Err(failure) => {
                eprintln!("seed {seed}: {}", failure.what);
                match std::fs::write(&args.dialogue, &failure.dialogue) {
                    Ok(()) => eprintln!("the dialogue is in {}", args.dialogue.display()),
                    Err(error) => eprintln!("{}: {error}", args.dialogue.display()),
                }
                return ExitCode::FAILURE;
            }
        }
    }
    println!(
        "{} steps, {} events, {} messages taken, of them {} twice, {} emergency calls, {} calls to the number service, \
         {} calls that it announced, {} texts for phones and {} of phones by it, {} pages, \
         {} copies of CDMA broadcasts, {} news of CDMA, {} changes of the card, {} looks at it, {} tries of PINs, {} restarts of root, \
         {} moments of calm: all held",
        total.steps,
        total.events,
        total.messages,
        total.doubled,
        total.emergencies,
        total.by_service,
        total.hinted,
        total.texts,
        total.sent,
        total.pages,
        total.copies,
        total.news,
        total.cards,
        total.views,
        total.pins,
        total.restarts,
        total.calm
    );
    ExitCode::SUCCESS
}

/// Compares pairs of runs.
fn compare(args: &Args) -> ExitCode {
    let mut total = PairTally::default();
    for seed in args.seed..args.seed.saturating_add(args.runs) {
        match noninterference::compare(Pair { seed, steps: args.steps }) {
            Ok(tally) => total += tally,
            Err(interference) => {
                eprintln!("seed {seed}: {}", interference.what);
                let second = PathBuf::from(format!("{}2", args.dialogue.display()));
                for (path, dialogue) in [&args.dialogue, &second].into_iter().zip(&interference.dialogues) {
                    match std::fs::write(path, dialogue) {
                        Ok(()) => eprintln!("the dialogue is in {}", path.display()),
                        Err(error) => eprintln!("{}: {error}", path.display()),
                    }
                }
                return ExitCode::FAILURE;
            }
        }
    }
    let PairTally { steps, private, compared } = total;
    println!(
        "{} pairs, {steps} common steps, {private} private ones, {compared} messages compared: all alike",
        args.runs
    );
    ExitCode::SUCCESS
}
