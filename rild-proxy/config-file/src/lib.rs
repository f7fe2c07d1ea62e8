//! Reads a TOML configuration file into structs and names the line of every mistake in it, all at once.
//!
//! It knows nothing of what the keys mean: each program brings its structs, made by [`section!`], and a function that
//! looks for what is well-formed and still makes no sense. It touches nothing but the file.
//!
//! Reference: TOML v0.5.0.

#![forbid(unsafe_code)]

mod locate;
mod read;
#[macro_use]
mod section;

pub use locate::Step;
pub use read::{ConfigError, Mistake, Mistakes, load, parse};
pub use section::{Key, table};
