//! The caller-ID tag codec: one decimal digit behind the caller's number says for which phone a call is.
//!
//! The number service rings the one cellular number of a device and shows the caller as `caller + tag`
//! ([`suffix1::encode`]). The router on the device finds the digit again ([`suffix1::decode`]), gives the call to
//! that phone and shows it there with the true caller. Nothing but the caller ID carries the tag, so the codec has to
//! tell a tagged number from a real longer one; [`numbering`] holds what is known of the world's number lengths, and
//! [`NumberingPlan`] undoes the forms in which a carrier may present one and the same number.
//!
//! Messages have no caller ID to carry a tag behind: [`text`] puts them into messages between the SIM and the service.
//! With a data path between the two, more can be said, and sooner: [`link`] has those messages.
//!
//! The crate opens nothing and logs nothing, and the codec allocates only what it encodes. With the feature `key` it
//! has the keys of [`suffix_keyed`] as files hold them, and the function under them.
//! With [`suffix1`] any caller who can choose the caller ID can choose the phone; [`suffix_keyed`] adds check digits
//! that a stranger has to guess.
//! Which countries have numbers that cannot carry a tag, and why, is in `docs/caller-tags.md`.
//!
//! ```
//! use caller_tag::{E164, NumberingPlan, suffix1, suffix1::{Caller, Decoded, Tag, Tags}};
//!
//! let caller = E164::parse("+15550199999")?;
//! let tag = Tag::new(2).expect("a digit");
//! assert_eq!(suffix1::encode(&caller, tag)?, "155501999992");
//!
//! let home = NumberingPlan::for_calling_code(1).expect("an assigned calling code");
//! let tags: Tags = [tag].into_iter().collect();
//! let decoded = suffix1::decode("155501999992", &home, tags, &[]);
//! assert_eq!(decoded, Decoded::Tagged { tag, caller: Caller::Number("15550199999") });
//! assert_eq!(suffix1::decode("15550199999", &home, tags, &[]), Decoded::Direct);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod cause;
mod digits;
mod e164;
#[cfg(feature = "key")]
pub mod key;
#[cfg(any(feature = "key", feature = "seal"))]
mod key_text;
pub mod link;
pub mod names;
pub mod numbering;
mod plan;
mod rule;
pub mod suffix1;
pub mod suffix_keyed;
mod target;
pub mod text;

pub use e164::{E164, NotE164};
pub use plan::NumberingPlan;
pub use target::Target;
