//! The number service: a number of its own for each phone. **Not built yet.**
//!
//! What exists of it is the crate `caller-tag` beside this one: the codec by which the service tells the router for
//! which phone a call is. The router uses it; see `docs/ARCHITECTURE.md` for where the service will stand.
