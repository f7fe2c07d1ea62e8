//! `RIL_Token`, by which the two sides of ril.h name a request.

/// The host's own name for a request; to be given back exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token(pub usize);
