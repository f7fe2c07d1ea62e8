//! Questions with the same answer for all phones: `questions` is who asks the modem and who waits, `cache` the answers
//! that are kept, and what ends them.

mod cache;
mod questions;

pub(super) use cache::{Answers, QuestionId};
