//! Numbers as an operator writes and reads them: ranges, requests, the JSON of command line and API, and advice.
//!
//! It turns text into what the store is asked, and what the store answers into text. It opens nothing.

mod advice;
pub mod command;
mod range;
mod request;
mod view;

pub use advice::{access_advice, country_advice, plan_advice};
pub use range::{NotNumbers, parse_numbers};
pub use request::{AssignRequest, NotARequest};
pub use view::{AssignmentView, CallView, MessageCountView, MessageView, NumberView, UnavailableKind, VoicemailView};
pub(crate) use view::{direction, state};
