//! Scenarios: what a modem does and what is expected of its phone, in a file that reads like a session on the console.
//!
//! * [`expand`](mod@expand): files to plain lines. Includes, parameters and repetitions are dissolved there.
//! * [`Scenario`]: plain lines to steps, with an error for each line that is none.
//! * [`Player`]: the steps, one after the other, as a pure state machine on a [`Modem`](crate::model::Modem).
//! * [`Stage`]: a modem with its players and with those who watch it. [`VirtualModem`] has a clock of its own besides.
//!
//! A scenario is played inside the modem, under its lock and by its clock. So nothing comes between a request and what
//! the scenario does about it: the step behind `when DIAL` is done before the modem looks at the DIAL, and that nothing
//! came within a time is a statement about the modem's time and not about how busy the machine was.
//!
//! It decides nothing about files and sockets: whoever plays one reads them. The language is described in
//! `docs/scenarios.md`.

pub mod expand;
mod player;
mod report;
mod seen;
mod stage;
mod step;
#[cfg(test)]
mod tests;
mod virtual_modem;
mod what;

pub use expand::{Line, Mistake, Place, expand};
pub use player::Player;
pub use report::{Outcome, Report};
pub use stage::{PlayerId, Stage};
pub use step::{Scenario, Step};
pub use virtual_modem::VirtualModem;
